//! Changing the agreements in force: everything is checked, then all changes are entered as one epoch, then logged,
//! then in force.

use gateway_audit::detail::AgreementVersion;
use gateway_audit::{Detail, EntryKind};
use gateway_store::{
    AgreementAction, AgreementChange, AgreementEpoch, BrokenHistory, StandingAgreements, StoreError,
};
use gateway_types::{EntropyUnavailable, EventId, Timestamp};
use policies::mou::{Diagnostic, Heading, Severity, heading};
use serde::Serialize;

use super::compile::compile;
use super::{NotTakenUp, TakenUp};
use crate::approval::{Approvers, NotApproved, Statement, StatementError, unready};
use crate::gateway::Gateway;
use crate::sequencer::LogUnavailable;

/// A change that somebody wants made.
#[derive(Clone, Copy, Debug)]
pub struct WantedChange<'t> {
    /// What is to be done.
    pub action: AgreementAction,
    /// The file's name, for messages.
    pub name: &'t str,
    /// The file: that which is to come into force, or is to leave it.
    pub text: &'t str,
    /// The approval: statement and signatures.
    pub approval: &'t str,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// Nothing was asked for.
    #[error("no file was given")]
    Nothing,
    /// Files are wrong.
    #[error("the agreements cannot be used:\n{}", lines(.0))]
    Faulty(Vec<Diagnostic>),
    /// A file says itself that it is not to be used, or not yet.
    #[error("{name}: {why}")]
    NotReady {
        /// The file.
        name: String,
        /// Why not.
        why: String,
    },
    /// The change is not approved.
    #[error("{name}: {why}")]
    NotApproved {
        /// The file.
        name: String,
        /// Why not.
        why: NotApproved,
    },
    /// The file cannot be named in a statement.
    #[error("{name}: {why}")]
    Statement {
        /// The file.
        name: String,
        /// Why not.
        why: StatementError,
    },
    /// Another version is in force than the one that was to be replaced.
    #[error("{name}: it was approved to {approved}, but {found}")]
    Moved {
        /// The file.
        name: String,
        /// What the approval was for.
        approved: String,
        /// What is in force.
        found: String,
    },
    /// Two files are about one agreement.
    #[error("{name}: another file of this change is about `{mou}` too")]
    Twice {
        /// The file.
        name: String,
        /// The agreement.
        mou: String,
    },
    /// What is in force now cannot be built upon.
    #[error("what is in force now cannot be taken up: {0}")]
    Before(NotTakenUp),
    /// The set would not hold together.
    #[error("the set would not hold together: {0}")]
    After(NotTakenUp),
    /// The history would not hold together.
    #[error(transparent)]
    History(#[from] BrokenHistory),
    /// Somebody else changed the agreements meanwhile, or the approval was used before.
    #[error("nothing was changed: {what}; look at `assent policies versions` and approve anew")]
    Conflict {
        /// What was in the way.
        what: &'static str,
    },
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// No random bytes could be had.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
    /// The change is in the store, but its entry could not be written: it comes into force once it can.
    #[error(
        "epoch {epoch} was entered, but not yet in the log: it comes into force when the log can be written"
    )]
    NotLogged {
        /// The epoch.
        epoch: u64,
        /// Why.
        #[source]
        why: NotTakenUp,
    },
}

fn lines(found: &[Diagnostic]) -> String {
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { what } => Self::Conflict { what },
            other => Self::Store(other),
        }
    }
}

impl Gateway {
    /// Makes approved changes, all or none, and puts them in force.
    ///
    /// # Errors
    /// [`NotChanged`]. Except for [`NotChanged::NotLogged`], nothing was changed.
    pub async fn change_agreements(&self, wanted: &[WantedChange<'_>]) -> Result<AgreementEpoch, NotChanged> {
        if wanted.is_empty() {
            return Err(NotChanged::Nothing);
        }
        let _turn = self.current_agreements().turn.lock().await;
        let standing = self.newest_standing().await.map_err(NotChanged::Before)?;
        let now = self.now();
        let mut changes: Vec<AgreementChange> = Vec::with_capacity(wanted.len());
        let mut faults = Vec::new();
        for one in wanted {
            match heading(one.name, one.text) {
                Ok(heading) => {
                    if changes.iter().any(|change| change.mou == heading.id) {
                        return Err(NotChanged::Twice {
                            name: one.name.to_owned(),
                            mou: heading.id.to_string(),
                        });
                    }
                    changes.push(change(one, &heading, &standing, self.approvers(), now)?);
                }
                Err(found) => faults.extend(found),
            }
        }
        if !faults.is_empty() {
            return Err(NotChanged::Faulty(faults));
        }
        changes.sort_by(|one, other| one.mou.cmp(&other.mou));
        let epoch = AgreementEpoch {
            number: standing.epoch().saturating_add(1),
            event: EventId::generate(self.entropy())?,
            at: now,
            changes,
        };
        let after = standing.after(&epoch)?;
        lint(wanted, &after, now)?;
        let compiled = compile(&after).map_err(NotChanged::After)?;
        self.clear(compiled).await.map_err(NotChanged::After)?;
        self.records().enter_agreement_epoch(&epoch).await?;
        match self.catch_up().await {
            Ok(TakenUp::Epoch(_) | TakenUp::Nothing) => Ok(epoch),
            Err(why) => Err(NotChanged::NotLogged {
                epoch: epoch.number,
                why,
            }),
        }
    }

    /// Writes the entry of an epoch, unless whoever entered it did.
    pub(super) async fn log_agreement_epoch(
        &self,
        epoch: &AgreementEpoch,
        after: &StandingAgreements,
    ) -> Result<(), NotTakenUp> {
        if !self.audit().entries_of_event(epoch.event).await?.is_empty() {
            return Ok(());
        }
        let set = policies::agreements::set_hash(
            after
                .versions()
                .map(|version| (&version.change.mou, &version.change.hash)),
        );
        let mut detail = Detail::at(epoch.at);
        detail.rule_set = Some(policies::rule_set_hash());
        detail.agreement_set = Some(set);
        detail.agreements = after
            .versions()
            .map(|version| AgreementVersion {
                id: version.change.mou.clone(),
                hash: version.change.hash,
            })
            .collect();
        let said: Vec<String> = epoch.changes.iter().map(in_words).collect();
        detail.note = Some(said.join("; ").into());
        let facts = serde_json::to_vec(&Facts::of(epoch)).map_err(|_| LogUnavailable)?;
        let key = self.records().client_key(None).await?;
        let policy =
            gateway_crypto::Digest::of_parts(&[policies::rule_set_hash().as_bytes(), set.as_bytes()]);
        self.log_event_under(
            policy,
            EntryKind::PolicyVersion,
            epoch.event,
            &key,
            &detail,
            &facts,
        )
        .await?;
        Ok(())
    }
}

/// One change, if the file is ready, approved, and about what is in force.
fn change(
    wanted: &WantedChange<'_>,
    heading: &Heading,
    standing: &StandingAgreements,
    approvers: &Approvers,
    now: Timestamp,
) -> Result<AgreementChange, NotChanged> {
    let name = || wanted.name.to_owned();
    let statement = Statement::about(wanted.action, heading, wanted.text, now)
        .map_err(|why| NotChanged::Statement { name: name(), why })?;
    if wanted.action == AgreementAction::Activate
        && let Some(why) = unready(heading, now)
    {
        return Err(NotChanged::NotReady { name: name(), why });
    }
    let approved = approvers
        .check(wanted.approval, &statement, now)
        .map_err(|why| NotChanged::NotApproved { name: name(), why })?;
    let stood = standing.version(&heading.id);
    let hash = stood.map(|version| version.change.hash);
    let same_file = wanted.action == AgreementAction::Activate
        || stood.is_some_and(|version| version.change.text.as_deref() == Some(wanted.text));
    if hash != statement.replaces || !same_file {
        let found = hash.map_or_else(
            || "no version of it is in force".to_owned(),
            |hash| format!("{hash} is in force"),
        );
        let approved = statement.replaces.map_or_else(
            || "come into force where no version is".to_owned(),
            |hash| format!("take the place of {hash}"),
        );
        return Err(NotChanged::Moved {
            name: name(),
            approved,
            found,
        });
    }
    Ok(AgreementChange {
        mou: heading.id.clone(),
        action: wanted.action,
        version: heading.version.clone(),
        hash: heading.hash,
        replaced: hash,
        text: (wanted.action == AgreementAction::Activate).then(|| wanted.text.to_owned()),
        approval: wanted.approval.to_owned(),
        statement: approved.statement,
    })
}

/// What `assent policies check` finds wrong in the set as it would be, under the names that the files were given.
fn lint(wanted: &[WantedChange<'_>], after: &StandingAgreements, now: Timestamp) -> Result<(), NotChanged> {
    let files: Vec<(String, String)> = after
        .versions()
        .map(|version| {
            let text = version.change.text.clone().unwrap_or_default();
            let name = wanted.iter().find(|one| one.text == text).map_or_else(
                || format!("{}.toml", version.change.mou),
                |one| one.name.to_owned(),
            );
            (name, text)
        })
        .collect();
    let report = policies::tools::check::check(&files, now);
    if report.has_errors() {
        let errors = report.findings.into_iter();
        return Err(NotChanged::Faulty(
            errors
                .filter(|finding| finding.code.severity() == Severity::Error)
                .collect(),
        ));
    }
    Ok(())
}

fn in_words(change: &AgreementChange) -> String {
    let signers = gateway_audit::note::claimed_signers(&change.approval).unwrap_or_default();
    let done = match change.action {
        AgreementAction::Activate => "came into force",
        AgreementAction::Retire => "left force",
    };
    format!(
        "{} {} {done}, approved by {}",
        change.mou,
        change.version,
        signers.join(" and ")
    )
}

/// What is kept beside the entry: the approvals, signatures and all.
#[derive(Serialize)]
struct Facts<'e> {
    epoch: u64,
    changes: Vec<ChangeFacts<'e>>,
}

#[derive(Serialize)]
struct ChangeFacts<'e> {
    action: &'static str,
    agreement: &'e str,
    version: &'e str,
    hash: gateway_crypto::Digest,
    replaced: Option<gateway_crypto::Digest>,
    approval: &'e str,
}

impl<'e> Facts<'e> {
    fn of(epoch: &'e AgreementEpoch) -> Self {
        Self {
            epoch: epoch.number,
            changes: epoch
                .changes
                .iter()
                .map(|change| ChangeFacts {
                    action: change.action.code(),
                    agreement: change.mou.as_str(),
                    version: &change.version,
                    hash: change.hash,
                    replaced: change.replaced,
                    approval: &change.approval,
                })
                .collect(),
        }
    }
}
