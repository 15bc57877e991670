//! Accountings suspended on an agency's statement (45 CFR 164.528(a)(2)): taken down, ended, and lapsing by the clock.
//!
//! A health oversight agency or the police may state that an accounting would impede them, in writing until a day, or by word
//! of mouth for thirty days. What went to them under 164.512(d) or (f) is then left out of the accounting, without a gap:
//! such entries are on none of the lists that a client is shown. That there is a statement stands in the log alone, as an
//! entry of the same kind as every look into it, sealed under the client's key. Nothing counts before it is durable, and
//! nothing else has to be kept.

use gateway_audit::detail::Party;
use gateway_audit::{Detail, EntryKind};
use gateway_types::registry::Agency;
use gateway_types::vocabulary::{AgencyFlag, AgencyKind, Role};
use gateway_types::{AgencyId, EventId, Pii, SourceClientKey, Timestamp};
use policies::facts::{StatementForm, Suspension};
use serde::{Deserialize, Serialize};

use super::lists::may_be_suspended;
use super::{NotAccounted, OpenEntry};
use crate::gateway::Gateway;
use crate::question::About;
use crate::requester::Officer;

/// What an official has stated.
#[derive(Debug)]
pub struct Stated {
    /// The agency whose work an accounting would impede.
    pub agency: AgencyId,
    /// Who stated it: name and office (164.528(a)(2)(ii)(A)).
    pub official: Pii<String>,
    /// How.
    pub form: StatementForm,
    /// When.
    pub at: Timestamp,
    /// Until when; wanted in writing, and not taken by word of mouth, which is good for thirty days.
    pub until: Option<Timestamp>,
}

/// A suspension on file.
#[derive(Clone, Debug)]
pub struct SuspensionOnFile {
    /// The event under which it was taken down.
    pub event: EventId,
    /// Who stated it.
    pub official: Pii<String>,
    /// What.
    pub suspension: Suspension,
    /// When the agency took it back, if it did.
    pub ended: Option<Timestamp>,
    /// Whether it runs, as it was looked at.
    pub running: bool,
}

/// Why a suspension was not taken down or ended.
#[derive(Debug, thiserror::Error)]
pub enum NotSuspended {
    /// The agency's own records name no such client.
    #[error("your records name no client by that key")]
    NoClient,
    /// There is no such suspension of the officer's agency, or it has ended.
    #[error("there is no such suspension that runs")]
    NoSuspension,
    /// The statement is none that suspends.
    #[error("{0}")]
    NoStatement(&'static str),
    /// As for an accounting.
    #[error(transparent)]
    Failed(#[from] NotAccounted),
}

/// What stands beside the entry, sealed with it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Recorded {
    Suspended {
        /// Whose accounting it is.
        of: AgencyId,
        official: Pii<String>,
        suspension: Suspension,
    },
    Ended {
        of: AgencyId,
        suspension: EventId,
    },
}

/// The suspensions of one agency's accounting of one client.
#[derive(Debug, Default)]
pub(super) struct Suspensions(Vec<SuspensionOnFile>);

impl Suspensions {
    /// Reads them out of a client's entries, in order.
    pub(super) fn read(
        &mut self,
        entries: &[OpenEntry],
        of: &AgencyId,
        now: Timestamp,
    ) -> Result<(), NotAccounted> {
        let looks = entries.iter().filter(|entry| entry.kind == EntryKind::LogAccess);
        for entry in looks.filter(|entry| !entry.facts.is_empty()) {
            let recorded = serde_json::from_slice(&entry.facts).map_err(|_| {
                tracing::error!(index = entry.stored.index, "a suspension cannot be read");
                NotAccounted::Fault
            })?;
            match recorded {
                Recorded::Suspended {
                    of: whose,
                    official,
                    suspension,
                } if whose == *of => self.0.push(SuspensionOnFile {
                    event: entry.stored.event,
                    official,
                    running: suspension.is_in_force(now),
                    suspension,
                    ended: None,
                }),
                Recorded::Ended {
                    of: whose,
                    suspension,
                } if whose == *of => {
                    let found = self.0.iter_mut().find(|on_file| on_file.event == suspension);
                    if let Some(found) = found {
                        found.ended.get_or_insert(entry.detail.occurred_at);
                        found.running = false;
                    }
                }
                Recorded::Suspended { .. } | Recorded::Ended { .. } => {}
            }
        }
        Ok(())
    }

    /// Until when a disclosure is left out of the client's accounting, if it is.
    pub(super) fn hides(&self, detail: &Detail) -> Option<Timestamp> {
        let recipient = &detail.requester.as_ref()?.agency;
        if !may_be_suspended(detail) {
            return None;
        }
        let running = self.0.iter().filter(|on_file| on_file.running);
        let theirs = running.filter(|on_file| on_file.suspension.agency == *recipient);
        theirs.map(|on_file| on_file.suspension.ends()).max()
    }
}

/// Whose statement counts: a health oversight agency's, or that of a law enforcement official.
fn may_state(agency: &Agency) -> bool {
    agency.kind == AgencyKind::OversightAgency
        || agency.kind == AgencyKind::LawEnforcement
        || agency.flags.contains(AgencyFlag::CriminalJusticeAgency)
}

impl Gateway {
    /// Takes down a statement by which an agency suspends the accounting of one of the officer's agency's own clients. It counts
    /// from now on.
    ///
    /// # Errors
    /// [`NotSuspended`].
    pub async fn suspend_accounting(
        &self,
        officer: &Officer,
        client: SourceClientKey,
        stated: Stated,
    ) -> Result<SuspensionOnFile, NotSuspended> {
        let now = self.now();
        let directory = self.directory();
        let agency = directory
            .agency(&stated.agency)
            .filter(|agency| may_state(agency))
            .ok_or(NotSuspended::NoStatement(
                "`agency`: neither a health oversight agency nor police is registered by that id",
            ))?;
        let suspension = Suspension {
            agency: agency.id.clone(),
            form: stated.form,
            start: stated.at,
            end: stated.until,
        };
        let wrong = match (stated.form, stated.until) {
            _ if stated.official.reveal().trim().is_empty() => "`official`: who stated it is wanted",
            (StatementForm::Oral, Some(_)) => {
                "`until`: a statement by word of mouth is good for thirty days; end it sooner, or take down the written one"
            }
            (StatementForm::Written, None) => "`until`: a written statement says until when",
            _ if stated.at > now => "`stated` lies in the future",
            _ if suspension.ends() <= now => "it has lapsed by now",
            _ => "",
        };
        if !wrong.is_empty() {
            return Err(NotSuspended::NoStatement(wrong));
        }
        let recorded = Recorded::Suspended {
            of: officer.agency().clone(),
            official: stated.official.clone(),
            suspension: suspension.clone(),
        };
        let event = self.record_suspension(officer, client, &recorded).await?;
        Ok(SuspensionOnFile {
            event,
            official: stated.official,
            suspension,
            ended: None,
            running: true,
        })
    }

    /// The suspensions of the officer's agency's accounting of one of its clients, also those that have ended. The look is logged
    /// first.
    ///
    /// # Errors
    /// [`NotSuspended`].
    pub async fn suspensions(
        &self,
        officer: &Officer,
        client: SourceClientKey,
    ) -> Result<Vec<SuspensionOnFile>, NotSuspended> {
        let about = About::OwnKey(client);
        let (client, merged) = self.accounted_for(officer.agency(), &about).await?;
        let client = client.ok_or(NotSuspended::NoClient)?;
        self.log_look_of(officer, Some(client), "suspensions of an accounting", b"")
            .await?;
        let mut on_file = Suspensions::default();
        for client in std::iter::once(client).chain(merged) {
            let entries = self.open_entries(client).await?;
            on_file.read(&entries, officer.agency(), self.now())?;
        }
        Ok(on_file.0)
    }

    /// Ends a suspension before its time.
    ///
    /// # Errors
    /// [`NotSuspended`].
    pub async fn end_suspension(
        &self,
        officer: &Officer,
        client: SourceClientKey,
        event: EventId,
    ) -> Result<SuspensionOnFile, NotSuspended> {
        let on_file = self.suspensions(officer, client.clone()).await?;
        let mut found = on_file
            .into_iter()
            .find(|on_file| on_file.event == event && on_file.running)
            .ok_or(NotSuspended::NoSuspension)?;
        let recorded = Recorded::Ended {
            of: officer.agency().clone(),
            suspension: event,
        };
        self.record_suspension(officer, client, &recorded).await?;
        (found.ended, found.running) = (Some(self.now()), false);
        Ok(found)
    }

    async fn record_suspension(
        &self,
        officer: &Officer,
        client: SourceClientKey,
        recorded: &Recorded,
    ) -> Result<EventId, NotSuspended> {
        let about = About::OwnKey(client);
        let (client, _) = self.accounted_for(officer.agency(), &about).await?;
        let client = client.ok_or(NotSuspended::NoClient)?;
        let facts = serde_json::to_vec(recorded).map_err(|_| NotAccounted::Fault)?;
        let what = match recorded {
            Recorded::Suspended { .. } => "accounting suspended",
            Recorded::Ended { .. } => "suspension of an accounting ended",
        };
        Ok(self.log_look_of(officer, Some(client), what, &facts).await?)
    }

    /// Records what an officer does with the accounting of a client, before it is done.
    pub(super) async fn log_look_of(
        &self,
        officer: &Officer,
        client: Option<gateway_types::ClientId>,
        what: &str,
        facts: &[u8],
    ) -> Result<EventId, NotAccounted> {
        let key = self.records().client_key(client).await?;
        let mut detail = Detail::at(self.now());
        detail.client = client;
        detail.note = Some(Pii::new(what.to_owned()));
        detail.requester = Some(Party {
            agency: officer.agency().clone(),
            person: Some(officer.staff().clone()),
            role: Some(Role::ComplianceOfficer),
            system: None,
        });
        let (event, _) = self
            .log_new_event(EntryKind::LogAccess, &key, detail, facts)
            .await?;
        Ok(event)
    }
}
