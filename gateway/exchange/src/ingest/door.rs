//! The door: who may push what, decided before a byte of the push is read; then receiving, sealed, within the limits.
//!
//! An agency's pushes cannot stop the gateway for others: it sends one at a time, as large as its format is ever read,
//! and all pushes share the room of the spool.

use std::sync::{Arc, Mutex, PoisonError};

use adapters::{calls_for_service, eido, fhir, field_forms, hl7v2, xml};
use gateway_audit::{Detail, EntryKind};
use gateway_store::{IngestKind, StoreError};
use gateway_types::registry::Agency;
use gateway_types::vocabulary::{AgencyFlag, AgencyKind};
use gateway_types::{AgencyId, StaffId};

use super::MeantDeletions;
use crate::gateway::Gateway;
use crate::requester::Sender;
use crate::spool::{Spool, SpoolWriter, TooLarge};

/// Why a push is not taken. Depends on the sender and the push, never on a client.
#[derive(Debug, thiserror::Error)]
pub enum DoorClosed {
    /// Client records of a victim service provider do not enter a shared system (34 USC 12291(b)(2); catalogue HP-4).
    #[error("client records of a victim service provider are not taken in")]
    VictimServiceSource,
    /// The registry does not say what the gateway is to this source in law (catalogue 0.6).
    #[error("the agency has not settled the gateway's legal role: its registration has no `gateway_role`")]
    NoGatewayRole,
    /// This kind of agency does not push this kind of data.
    #[error("the agency is not registered as one that pushes this kind of data")]
    NoSuchSourceKind,
    /// The source has a push running.
    #[error("a push by this agency is still running")]
    AlreadyRunning,
    /// The push is larger than allowed.
    #[error("the push is larger than {limit} bytes")]
    TooLarge {
        /// The most that is taken.
        limit: u64,
    },
    /// Other pushes take all the room there is.
    #[error("there is no room for the push now; send it again later")]
    NoRoom,
    /// Store, log or disk cannot take it now.
    #[error("the gateway cannot take it now")]
    Unavailable,
    /// A fault of ours.
    #[error("the gateway failed")]
    Fault,
}

impl From<StoreError> for DoorClosed {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::AlreadyRunning,
            StoreError::Unavailable { .. } => {
                crate::gateway::log_store_error(&error);
                Self::Unavailable
            }
            _ => {
                crate::gateway::log_store_error(&error);
                Self::Fault
            }
        }
    }
}

/// A sender that may push.
#[derive(Clone, Debug)]
pub struct Door {
    agency: Agency,
    kind: IngestKind,
}

impl Door {
    /// The agency that pushes.
    #[must_use]
    pub const fn agency(&self) -> &Agency {
        &self.agency
    }

    /// What it pushes.
    #[must_use]
    pub const fn kind(&self) -> IngestKind {
        self.kind
    }
}

/// The agencies that are sending something, pushes or files of forms: one of its sort at a time by each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns(Arc<Mutex<Vec<AgencyId>>>);

/// A turn to send; over when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Turns,
    whose: AgencyId,
}

impl Turns {
    pub(crate) fn take(&self, whose: &AgencyId) -> Option<Turn> {
        let whose = whose.clone();
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.contains(&whose) {
            return None;
        }
        taken.push(whose.clone());
        drop(taken);
        Some(Turn {
            turns: self.clone(),
            whose,
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut taken = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|whose| *whose != self.whose);
    }
}

/// A push being received.
#[derive(Debug)]
pub struct Receiving {
    door: Door,
    writer: SpoolWriter,
    /// Over when all is received: from then on the store holds the agency to one push at a time.
    _turn: Turn,
}

/// A push received whole.
#[derive(Debug)]
pub struct Received {
    pub(super) door: Door,
    pub(super) spool: Spool,
    pub(super) meant: Option<MeantDeletions>,
    pub(super) older: Option<StaffId>,
}

impl Received {
    /// The same, of which somebody says what it is meant to take away.
    #[must_use]
    pub fn meaning(mut self, deletions: Option<MeantDeletions>) -> Self {
        self.meant = deletions;
        self
    }

    /// The same, of which somebody says that it is to overtake an export that is newer than it.
    #[must_use]
    pub fn though_older(mut self, by: Option<StaffId>) -> Self {
        self.older = by;
        self
    }
}

impl Gateway {
    /// Decides whether `sender` may push data of this kind. A refusal is recorded.
    ///
    /// # Errors
    /// [`DoorClosed`].
    pub async fn open_door(&self, sender: &Sender, kind: IngestKind) -> Result<Door, DoorClosed> {
        let agency = sender.agency().ok_or(DoorClosed::Fault)?;
        self.admit(agency, pushes(agency, kind)).await?;
        Ok(Door {
            agency: agency.clone(),
            kind,
        })
    }

    /// Whether the sender is still registered as when it was let in: what it brings may not belong here any more.
    pub(super) fn is_as_admitted(&self, door: &Door) -> bool {
        self.directory().agency(&door.agency.id) == Some(&door.agency)
    }

    /// Lets an agency in that may push, and is of those that push this. A refusal is recorded.
    pub(crate) async fn admit(&self, agency: &Agency, is_of_those: bool) -> Result<(), DoorClosed> {
        let closed = if agency.is_victim_service() {
            Some(DoorClosed::VictimServiceSource)
        } else if agency.gateway_role.is_none() {
            Some(DoorClosed::NoGatewayRole)
        } else if !is_of_those {
            Some(DoorClosed::NoSuchSourceKind)
        } else {
            None
        };
        let Some(closed) = closed else {
            return Ok(());
        };
        let mut detail = Detail::at(self.now());
        detail.requester = Some(gateway_audit::detail::Party {
            agency: agency.id.clone(),
            person: None,
            role: None,
            system: None,
        });
        detail.note = Some(closed.to_string().into());
        let key = self.records().client_key(None).await?;
        self.log_new_event(EntryKind::IngestRefused, &key, detail, b"")
            .await
            .map_err(|_| DoorClosed::Unavailable)?;
        tracing::warn!(agency = %agency.id, reason = %closed, "a push was refused at the door");
        Err(closed)
    }

    /// Begins to receive a push of which at least `announced` bytes will come.
    ///
    /// # Errors
    /// [`DoorClosed::TooLarge`] if that is too much, [`DoorClosed::AlreadyRunning`] if another by this agency is
    /// being received, [`DoorClosed::NoRoom`] if there is no room for it.
    pub fn receive(&self, door: Door, announced: u64) -> Result<Receiving, DoorClosed> {
        let limit = most_bytes(door.kind, self.settings().import_bytes);
        if announced > limit {
            return Err(DoorClosed::TooLarge { limit });
        }
        let turn = self
            .turns()
            .take(&door.agency.id)
            .ok_or(DoorClosed::AlreadyRunning)?;
        let writer = SpoolWriter::create(self.spool_room(), announced, limit, self.shared_entropy())
            .map_err(|error| spool_failed(&error))?;
        Ok(Receiving {
            door,
            writer,
            _turn: turn,
        })
    }
}

/// The largest push of a kind: what its adapter reads at most, since all but HMIS exports are read into memory whole.
fn most_bytes(kind: IngestKind, import_bytes: u64) -> u64 {
    let format = match kind {
        IngestKind::HmisCsv => return import_bytes,
        IngestKind::FhirBundle | IngestKind::FhirNdjson | IngestKind::HmisJson => {
            fhir::Limits::default().json.bytes
        }
        IngestKind::Ccda | IngestKind::Niem => xml::Limits::default().bytes,
        IngestKind::FieldForms => field_forms::LIMITS.bytes,
        IngestKind::Eido => eido::LIMITS.bytes,
        IngestKind::CallsForService => calls_for_service::Limits::default().bytes,
        IngestKind::Hl7V2 => hl7v2::Limits::default().file,
        IngestKind::Hl7V2Messages => hl7v2::Limits::default().bytes,
    };
    import_bytes.min(format as u64)
}

impl Receiving {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`DoorClosed`]; what was received is then gone.
    pub fn take(&mut self, bytes: &[u8]) -> Result<(), DoorClosed> {
        self.writer.take(bytes).map_err(|error| spool_failed(&error))
    }

    /// Ends the push.
    ///
    /// # Errors
    /// [`DoorClosed`].
    pub fn finish(self) -> Result<Received, DoorClosed> {
        Ok(Received {
            spool: self.writer.finish().map_err(|error| spool_failed(&error))?,
            door: self.door,
            meant: None,
            older: None,
        })
    }
}

fn spool_failed(error: &std::io::Error) -> DoorClosed {
    let too_large = error.get_ref().and_then(|inner| inner.downcast_ref::<TooLarge>());
    if let Some(TooLarge { limit }) = too_large {
        return DoorClosed::TooLarge { limit: *limit };
    }
    if error.kind() == std::io::ErrorKind::StorageFull {
        tracing::error!("there is no room to spool a push");
        return DoorClosed::NoRoom;
    }
    tracing::error!(kind = ?error.kind(), "a push could not be spooled");
    DoorClosed::Unavailable
}

/// Whether an agency is of a kind that holds such data.
fn pushes(agency: &Agency, kind: IngestKind) -> bool {
    match kind {
        IngestKind::HmisCsv | IngestKind::HmisJson => {
            agency.flags.contains(AgencyFlag::HmisParticipant)
                || matches!(
                    agency.kind,
                    AgencyKind::HmisLead | AgencyKind::HomelessServices | AgencyKind::YouthServices
                )
        }
        IngestKind::FhirBundle
        | IngestKind::FhirNdjson
        | IngestKind::Ccda
        | IngestKind::Hl7V2
        | IngestKind::Hl7V2Messages => agency.flags.contains(AgencyFlag::HealthCareProvider),
        IngestKind::CallsForService | IngestKind::FieldForms | IngestKind::Eido => {
            matches!(agency.kind, AgencyKind::LawEnforcement | AgencyKind::Psap)
        }
        IngestKind::Niem => matches!(
            agency.kind,
            AgencyKind::LawEnforcement | AgencyKind::Psap | AgencyKind::Jail | AgencyKind::Supervision
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_whole_is_no_larger_than_its_adapter_reads() {
        assert_eq!(most_bytes(IngestKind::HmisCsv, 2 << 30), 2 << 30);
        assert_eq!(most_bytes(IngestKind::FhirBundle, 2 << 30), 64 << 20);
        assert_eq!(most_bytes(IngestKind::CallsForService, 2 << 30), 256 << 20);
        assert_eq!(
            most_bytes(IngestKind::FhirBundle, 1000),
            1000,
            "never more than configured"
        );
    }
}
