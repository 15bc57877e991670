//! Replay: recorded decisions worked out again, from the facts that are kept sealed beside their entries (promise 6).
//!
//! First under the rules and agreements of their day: the same must come out, or something is wrong. Then, if a draft is
//! given, with the draft in place of the version of its agreement: what would have been answered otherwise. Reading the
//! facts needs every client's key, and is itself an entry of the log, made before anything is read.

mod recorded;
mod report;

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_audit::detail::Detail;
use gateway_audit::{Ciphertexts, EntryKind, Leaf, Opened, open_entry};
use gateway_crypto::{Digest, Secret};
use gateway_store::{ClientTag, StandingAgreements, StoreError, StoredEntry};
use gateway_types::{ClientId, EventId, Pii, StaffId, Timestamp};
use policies::Agreements;
use policies::mou::Diagnostic;
use policies::tools::explain::{Explanation, explain};

use crate::agreements::NotTakenUp;
use crate::gateway::Gateway;
use crate::sequencer::LogUnavailable;
use recorded::{Facts, differences};
pub use report::{Changed, Direction, ReplayReport, Unlike};

/// How many entries are read at a time.
const PAGE: u32 = 256;

/// Why there is no replay.
#[derive(Debug, thiserror::Error)]
pub enum NotReplayed {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The look into the log could not be logged, so that nothing was read.
    #[error(transparent)]
    Log(#[from] LogUnavailable),
    /// What was once in force cannot be used any more.
    #[error(transparent)]
    Agreements(#[from] NotTakenUp),
    /// The draft is wrong.
    #[error("the draft cannot be used:\n{}", lines(.0))]
    Draft(Vec<Diagnostic>),
    /// An entry does not open or is not of a form that this release knows.
    #[error("entry {index} cannot be read: {why}")]
    Entry {
        /// Its number.
        index: u64,
        /// Why not; no content.
        why: String,
    },
    /// There is no decision of that name.
    #[error("the log has no decision with the event `{0}`")]
    NoSuchDecision(EventId),
    /// The agreements of its day are not on file.
    #[error("entry {index} was decided under the agreement set {set}, which is not in the history")]
    UnknownSet {
        /// Its number.
        index: u64,
        /// The set that it names.
        set: String,
    },
}

fn lines(found: &[Diagnostic]) -> String {
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// One recorded decision, explained under the agreements of its day.
#[derive(Debug, serde::Serialize)]
pub struct ExplainedDecision {
    /// The entry's number in the log.
    pub index: u64,
    /// The event.
    pub event: EventId,
    /// The rules of its day, if they were others than those of this release: the explanation is then by the latter.
    pub other_rules: Option<Digest>,
    /// In what the decision does not come out as it was recorded; empty: in nothing.
    pub unlike: Vec<&'static str>,
    /// The explanation.
    pub explanation: Explanation,
}

/// A decision out of the log.
struct Decided {
    index: u64,
    event: EventId,
    detail: Detail,
    facts: Option<Facts>,
}

impl Gateway {
    /// Works out again every decision since `since`, first as it was, then with `drafts` (name and text) in place of
    /// the versions of their agreements, taken to be in force on each decision's day.
    ///
    /// # Errors
    /// [`NotReplayed`].
    pub async fn replay(
        &self,
        by: &StaffId,
        since: Timestamp,
        drafts: &[(String, String)],
    ) -> Result<ReplayReport, NotReplayed> {
        let pairs: Vec<(&str, &str)> = drafts
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        let drafts = Agreements::load_drafts(&pairs).map_err(NotReplayed::Draft)?;
        let named: Vec<String> = drafts
            .all()
            .iter()
            .filter_map(|draft| Some(format!("{} {}", draft.id(), draft.hash()?)))
            .collect();
        self.log_look(
            by,
            None,
            &format!("replay of decisions since {since} against {}", named.join(", ")),
        )
        .await?;
        let clients = self.client_tags().await?;
        let mut sets = Sets::read(self).await?;
        let mut report = ReplayReport::new(since, named);
        let mut next = self.first_entry_since(since).await?;
        loop {
            let entries = self.audit().entries(next, PAGE).await?;
            let Some(last) = entries.last() else { break };
            next = last.index + 1;
            for entry in &entries {
                let Some(decided) = self.open_decision(entry, &clients).await? else {
                    continue;
                };
                replay_one(&decided, &drafts, &mut sets, &mut report)?;
            }
        }
        Ok(report)
    }

    /// Explains one recorded decision.
    ///
    /// # Errors
    /// [`NotReplayed`].
    pub async fn explain_decision(
        &self,
        by: &StaffId,
        event: EventId,
    ) -> Result<ExplainedDecision, NotReplayed> {
        let entries = self.audit().entries_of_event(event).await?;
        let missing = || NotReplayed::NoSuchDecision(event);
        let entry = entries
            .iter()
            .find(|entry| is_decision(entry))
            .ok_or_else(missing)?;
        let clients = self.client_tags().await?;
        let client = entry.client.as_ref().and_then(|tag| clients.get(tag)).copied();
        self.log_look(by, client, &format!("explanation of the decision {event}"))
            .await?;
        let decided = self.open_decision(entry, &clients).await?.ok_or_else(missing)?;
        let facts = decided.facts.as_ref().ok_or_else(missing)?;
        let mut sets = Sets::read(self).await?;
        let agreements = sets
            .named(decided.detail.agreement_set)?
            .ok_or_else(|| unknown_set(&decided))?;
        Ok(ExplainedDecision {
            index: decided.index,
            event,
            other_rules: decided
                .detail
                .rule_set
                .filter(|rules| *rules != policies::rule_set_hash()),
            unlike: differences(&decided.detail, &facts.decide(&agreements)),
            explanation: explain(&facts.whole(), &agreements),
        })
    }

    /// Records a look into the log, before it is taken.
    async fn log_look(&self, by: &StaffId, client: Option<ClientId>, what: &str) -> Result<(), NotReplayed> {
        let mut detail = Detail::at(self.now());
        detail.client = client;
        detail.note = Some(Pii::new(format!("{what}, by {by} at the operator's console")));
        let key = self.records().client_key(client).await?;
        self.log_new_event(EntryKind::LogAccess, &key, detail, b"")
            .await?;
        Ok(())
    }

    /// Whose entries are whose. The log itself does not tell.
    pub(crate) async fn client_tags(&self) -> Result<BTreeMap<ClientTag, ClientId>, StoreError> {
        let clients = self.records().every_client().await?;
        Ok(clients
            .into_iter()
            .map(|client| (self.audit().client_tag(client), client))
            .collect())
    }

    /// The number of the first entry at or after a moment: entries are in the order of their times.
    pub(crate) async fn first_entry_since(&self, since: Timestamp) -> Result<u64, NotReplayed> {
        let since = u64::try_from(since.as_millis()).unwrap_or(0);
        let (mut low, mut high) = (0, self.audit().head().await?.map_or(0, |head| head.size));
        while low < high {
            let middle = low + (high - low) / 2;
            let entries = self.audit().entries(middle, 1).await?;
            let before = match entries.first() {
                Some(entry) => leaf(entry)?.stamp.time_ms < since,
                None => false,
            };
            if before {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// Opens an entry if it is a decision.
    async fn open_decision(
        &self,
        entry: &StoredEntry,
        clients: &BTreeMap<ClientTag, ClientId>,
    ) -> Result<Option<Decided>, NotReplayed> {
        if !is_decision(entry) {
            return Ok(None);
        }
        let broken = |why: &dyn std::fmt::Display| NotReplayed::Entry {
            index: entry.index,
            why: why.to_string(),
        };
        let client = match &entry.client {
            None => None,
            Some(tag) => Some(
                *clients
                    .get(tag)
                    .ok_or_else(|| broken(&"its client is not on file any more"))?,
            ),
        };
        let key = self.records().client_key(client).await?;
        let opened = open(entry, &key)?;
        let facts = Facts::read(&opened.facts).map_err(|error| broken(&error))?;
        Ok(Some(Decided {
            index: entry.index,
            event: entry.event,
            detail: opened.detail,
            facts,
        }))
    }
}

fn is_decision(entry: &StoredEntry) -> bool {
    entry.kind == EntryKind::Intent.number() || entry.kind == EntryKind::Denial.number()
}

fn leaf(entry: &StoredEntry) -> Result<Leaf, NotReplayed> {
    Leaf::decode(&entry.leaf).map_err(|error| NotReplayed::Entry {
        index: entry.index,
        why: error.to_string(),
    })
}

fn open(entry: &StoredEntry, key: &Secret) -> Result<Opened, NotReplayed> {
    let sealed = Ciphertexts {
        detail: entry.sealed_detail.clone(),
        facts: entry.sealed_facts.clone(),
        wrapped_secret: entry.wrapped_secret.clone(),
    };
    open_entry(&leaf(entry)?, key, &sealed).map_err(|error| NotReplayed::Entry {
        index: entry.index,
        why: error.to_string(),
    })
}

fn unknown_set(decided: &Decided) -> NotReplayed {
    NotReplayed::UnknownSet {
        index: decided.index,
        set: decided
            .detail
            .agreement_set
            .map_or_else(|| "(none named)".to_owned(), |set| set.to_string()),
    }
}

/// One decision: as it was, then under the drafts.
fn replay_one(
    decided: &Decided,
    drafts: &Agreements,
    sets: &mut Sets,
    report: &mut ReplayReport,
) -> Result<(), NotReplayed> {
    let Some(facts) = &decided.facts else {
        report.without_facts += 1;
        return Ok(());
    };
    let Some(agreements) = sets.named(decided.detail.agreement_set)? else {
        report.unknown_set.push(decided.index);
        return Ok(());
    };
    report.decisions += 1;
    let again = facts.decide(&agreements);
    if decided.detail.rule_set == Some(policies::rule_set_hash()) {
        let unlike = differences(&decided.detail, &again);
        if unlike.is_empty() {
            report.same += 1;
        } else {
            report.unlike.push(Unlike {
                index: decided.index,
                event: decided.event,
                what: unlike,
            });
        }
    } else {
        report.other_rules += 1;
    }
    if !drafts.all().is_empty() {
        let changes = facts.changes(&again, &facts.decide(&agreements.with(drafts)));
        report.count(decided.index, decided.event, changes);
    }
    Ok(())
}

/// Every set that was ever in force, compiled when it is first needed.
pub(crate) struct Sets {
    known: BTreeMap<Digest, StandingAgreements>,
    compiled: BTreeMap<Digest, Arc<Agreements>>,
}

impl Sets {
    pub(crate) async fn read(gateway: &Gateway) -> Result<Self, NotReplayed> {
        let mut standing = StandingAgreements::default();
        let mut known = BTreeMap::from([(hash_of(&standing), standing.clone())]);
        for epoch in gateway.records().agreement_epochs_after(0).await? {
            standing = standing.after(&epoch).map_err(NotTakenUp::History)?;
            known.insert(hash_of(&standing), standing.clone());
        }
        Ok(Self {
            known,
            compiled: BTreeMap::new(),
        })
    }

    /// The set of this name; `None` if there never was one.
    pub(crate) fn named(&mut self, hash: Option<Digest>) -> Result<Option<Arc<Agreements>>, NotReplayed> {
        let Some((hash, standing)) = hash.and_then(|hash| Some((hash, self.known.get(&hash)?))) else {
            return Ok(None);
        };
        if let Some(compiled) = self.compiled.get(&hash) {
            return Ok(Some(Arc::clone(compiled)));
        }
        let compiled = Arc::new(crate::agreements::compile_standing(standing)?);
        self.compiled.insert(hash, Arc::clone(&compiled));
        Ok(Some(compiled))
    }
}

fn hash_of(standing: &StandingAgreements) -> Digest {
    policies::agreements::set_hash(
        standing
            .versions()
            .map(|version| (&version.change.mou, &version.change.hash)),
    )
}
