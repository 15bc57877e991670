//! Compliance search: an agency's part of the log, over all clients; and whom a breach at a recipient touches (45 CFR 164.404).
//!
//! An officer finds what an accounting of each client would show them, and nothing else: disclosures of the agency's own
//! records, and what its own people received. Clients are named by the agency's own keys. What its people asked and did not
//! get is told in number alone. A search is an entry of the log before anything is read.

use std::collections::BTreeMap;

use gateway_audit::EntryKind;
use gateway_crypto::Secret;
use gateway_store::StoredEntry;
use gateway_types::vocabulary::{Basis, Category, PurposeOfUse, Word as _};
use gateway_types::{AgencyId, ClientId, Date, SourceClientKey, StaffId, Timestamp, WordSet};
use serde::Serialize;

use super::lines::{self, OpenEntry};
use super::{AccountLine, NotAccounted};
use crate::gateway::Gateway;
use crate::replay::NotReplayed;
use crate::requester::Officer;

/// How many entries are read at a time.
const READ: u32 = 256;
/// How many lines one page holds.
const LINES: usize = 100;
/// How many entries are looked through for one page.
const LOOKED_THROUGH: u64 = 20_000;
/// How many entries are looked through for a breach.
const BREACH: u64 = 500_000;
/// From so many people on the media are told, and the Secretary with the client (164.406, 164.408).
const MANY: usize = 500;
/// Within so many days of its discovery those whom a breach touches are told (164.404(b)).
const DAYS: i32 = 60;

/// What is looked for. What is not named may be anything.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// From when on.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Who received.
    pub recipient: Option<AgencyId>,
    /// The person who received.
    pub person: Option<StaffId>,
    /// Why.
    pub purpose: Option<PurposeOfUse>,
    /// Of what kind something of it was.
    pub category: Option<Category>,
    /// On what ground something of it went.
    pub basis: Option<Basis>,
}

/// A disclosure that was found.
#[derive(Clone, Debug, Serialize)]
pub struct FoundLine {
    /// As in the accounting of the client.
    #[serde(flatten)]
    pub line: AccountLine,
    /// How the officer's agency names the client; none if it is not one of its own.
    pub clients: Vec<SourceClientKey>,
}

/// A page of what was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The disclosures, oldest first.
    pub lines: Vec<FoundLine>,
    /// How often, among the entries looked through, the agency's own people asked and nothing was disclosed.
    pub refusals: u64,
    /// The number of the entry from which the next page goes on, if there is more to look through.
    pub next: Option<u64>,
}

/// One of those whom a breach touches.
#[derive(Clone, Debug, Serialize)]
pub struct Touched {
    /// How the officer's agency names the client.
    pub clients: Vec<SourceClientKey>,
    /// How often something went.
    pub disclosures: u64,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// What.
    pub categories: WordSet<Category>,
}

/// Whom a breach at a recipient touches, of the officer's agency's own records.
#[derive(Clone, Debug, Serialize)]
pub struct Breach {
    /// The people, in the order in which something of them went first.
    pub individuals: Vec<Touched>,
    /// The day until which they are told.
    pub notify_by: Option<Date>,
    /// Whether there are so many that the media and the Secretary are told too.
    pub five_hundred_or_more: bool,
}

/// Why nothing is searched.
#[derive(Debug, thiserror::Error)]
pub enum NotSearched {
    /// There is more in the time than is looked through at once.
    #[error("there is more in that time than is looked through at once: name a shorter one")]
    TooMuch,
    /// As for an accounting.
    #[error(transparent)]
    Failed(#[from] NotAccounted),
}

impl From<NotReplayed> for NotAccounted {
    fn from(error: NotReplayed) -> Self {
        match error {
            NotReplayed::Store(error) => error.into(),
            NotReplayed::Log(error) => error.into(),
            error => {
                tracing::error!(%error, "the log cannot be searched");
                Self::Fault
            }
        }
    }
}

/// What was met while looking through entries.
#[derive(Default)]
struct Met {
    lines: Vec<(ClientId, AccountLine)>,
    refusals: u64,
    next: Option<u64>,
}

impl Gateway {
    /// A page of the disclosures that are wanted, from entry `after` on.
    ///
    /// # Errors
    /// [`NotSearched`].
    pub async fn search_log(
        &self,
        officer: &Officer,
        wanted: &Wanted,
        after: Option<u64>,
    ) -> Result<Found, NotSearched> {
        self.log_look_of(officer, None, &wanted.in_words("search"), b"")
            .await?;
        let met = self
            .look_through(officer.agency(), wanted, after, (LOOKED_THROUGH, LINES))
            .await?;
        let mut lines = Vec::with_capacity(met.lines.len());
        for (client, mut line) in met.lines {
            self.note_outcome(client, &mut line).await?;
            let clients = self.own_keys(client, officer.agency()).await?;
            lines.push(FoundLine { line, clients });
        }
        Ok(Found {
            lines,
            refusals: met.refusals,
            next: met.next,
        })
    }

    /// Whom it touches that what a recipient got in a time is out.
    ///
    /// # Errors
    /// [`NotSearched`].
    pub async fn whom_a_breach_touches(
        &self,
        officer: &Officer,
        wanted: &Wanted,
        discovered: Date,
    ) -> Result<Breach, NotSearched> {
        self.log_look_of(officer, None, &wanted.in_words("breach list"), b"")
            .await?;
        let met = self
            .look_through(officer.agency(), wanted, None, (BREACH, usize::MAX))
            .await?;
        if met.next.is_some() {
            return Err(NotSearched::TooMuch);
        }
        let mut order = Vec::new();
        let mut touched: BTreeMap<ClientId, Touched> = BTreeMap::new();
        // What the agency's own people received is no breach of its records at the recipient.
        let own = |line: &AccountLine| line.sources.contains(officer.agency());
        for (client, line) in met.lines.iter().filter(|(_, line)| own(line)) {
            let one = touched.entry(*client).or_insert_with(|| {
                order.push(*client);
                Touched {
                    clients: Vec::new(),
                    disclosures: 0,
                    first: line.at,
                    last: line.at,
                    categories: WordSet::EMPTY,
                }
            });
            one.disclosures += 1;
            one.first = one.first.min(line.at);
            one.last = one.last.max(line.at);
            one.categories = one.categories.union(line.categories);
        }
        let mut individuals = Vec::with_capacity(order.len());
        for client in order {
            if let Some(mut one) = touched.remove(&client) {
                one.clients = self.own_keys(client, officer.agency()).await?;
                individuals.push(one);
            }
        }
        Ok(Breach {
            five_hundred_or_more: individuals.len() >= MANY,
            notify_by: discovered.plus_days(DAYS),
            individuals,
        })
    }

    /// Looks through the entries of a time, so many at most and until so many lines are found.
    async fn look_through(
        &self,
        agency: &AgencyId,
        wanted: &Wanted,
        after: Option<u64>,
        (most, most_lines): (u64, usize),
    ) -> Result<Met, NotAccounted> {
        let clients = self.client_tags().await?;
        let mut keys: BTreeMap<ClientId, Secret> = BTreeMap::new();
        let first = self.first_entry_since(wanted.from).await?;
        let first = after.map_or(first, |after| after.max(first));
        let (mut next, mut met) = (first, Met::default());
        loop {
            let entries = self.audit().entries(next, READ).await?;
            if entries.is_empty() {
                return Ok(met);
            }
            for entry in entries {
                next = entry.index + 1;
                if wanted.is_past(&entry)? {
                    return Ok(met);
                }
                let asked = entry.kind == EntryKind::Denial.number();
                if !asked && entry.kind != EntryKind::Intent.number() {
                    continue;
                }
                // A canary's client is nobody.
                let client = match &entry.client {
                    Some(tag) => match clients.get(tag) {
                        Some(client) => Some(*client),
                        None => continue,
                    },
                    None => None,
                };
                let of_nobody;
                let key = match client {
                    Some(client) => match keys.entry(client) {
                        std::collections::btree_map::Entry::Occupied(known) => &*known.into_mut(),
                        std::collections::btree_map::Entry::Vacant(new) => {
                            &*new.insert(self.records().client_key(Some(client)).await?)
                        }
                    },
                    None => {
                        of_nobody = self.records().client_key(None).await?;
                        &of_nobody
                    }
                };
                let open = OpenEntry::open(entry, key)?;
                if asked {
                    let by = open.detail.requester.as_ref();
                    met.refusals += u64::from(by.is_some_and(|by| by.agency == *agency));
                } else if let Some(client) = client
                    && let Some(line) = lines::line(&open.stored, &open.detail, agency)
                    && wanted.fits(&line)
                {
                    met.lines.push((client, line));
                }
                if met.lines.len() >= most_lines || next - first >= most {
                    met.next = Some(next);
                    return Ok(met);
                }
            }
        }
    }

    /// Notes how the sending of a disclosure ended.
    async fn note_outcome(&self, client: ClientId, line: &mut AccountLine) -> Result<(), NotAccounted> {
        let key = self.records().client_key(Some(client)).await?;
        for entry in self.audit().entries_of_event(line.event).await? {
            if entry.kind == EntryKind::Completion.number() {
                let open = OpenEntry::open(entry, &key)?;
                lines::end(std::slice::from_mut(line), &open.stored, &open.detail);
            }
        }
        Ok(())
    }

    async fn own_keys(
        &self,
        client: ClientId,
        agency: &AgencyId,
    ) -> Result<Vec<SourceClientKey>, NotAccounted> {
        let mut keys = self.records().keys_from(client, agency).await?;
        if keys.is_empty() {
            for survivor in self.records().survivors(agency, client).await? {
                keys.append(&mut self.records().keys_from(survivor, agency).await?);
            }
        }
        Ok(keys)
    }
}

impl Wanted {
    fn in_words(&self, what: &str) -> String {
        let mut words = format!("{what} of the log from {} until {}", self.from, self.until);
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                words.push_str(&format!(", {name} {value}"));
            }
        };
        add("recipient", self.recipient.as_ref().map(ToString::to_string));
        add("person", self.person.as_ref().map(ToString::to_string));
        add("purpose", self.purpose.map(|word| word.code().to_owned()));
        add("category", self.category.map(|word| word.code().to_owned()));
        add("ground", self.basis.map(|word| word.code().to_owned()));
        words
    }

    /// Whether an entry, and with it all that follow, came after the time.
    fn is_past(&self, entry: &StoredEntry) -> Result<bool, NotAccounted> {
        let leaf = gateway_audit::Leaf::decode(&entry.leaf).map_err(|_| NotAccounted::Fault)?;
        let until = u64::try_from(self.until.as_millis()).unwrap_or(0);
        Ok(leaf.stamp.time_ms >= until)
    }

    fn fits(&self, line: &AccountLine) -> bool {
        (self.recipient.is_none() || self.recipient == line.recipient)
            && (self.person.is_none() || self.person == line.person)
            && (self.purpose.is_none() || self.purpose == line.purpose)
            && self
                .category
                .is_none_or(|category| line.categories.contains(category))
            && self.basis.is_none_or(|basis| line.bases.contains(basis))
    }
}
