//! The door: who may push what, decided before a byte of the push is read; then receiving, sealed, within the limit.

use gateway_audit::{Detail, EntryKind};
use gateway_store::{IngestKind, StoreError};
use gateway_types::registry::Agency;
use gateway_types::vocabulary::{AgencyFlag, AgencyKind};

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
    /// The source has a push of this kind running.
    #[error("a push of this kind by this agency is still running")]
    AlreadyRunning,
    /// The push is larger than allowed.
    #[error("the push is larger than {limit} bytes")]
    TooLarge {
        /// The most that is taken.
        limit: u64,
    },
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
#[derive(Debug)]
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

/// A push being received.
#[derive(Debug)]
pub struct Receiving {
    door: Door,
    writer: SpoolWriter,
}

/// A push received whole.
#[derive(Debug)]
pub struct Received {
    pub(super) door: Door,
    pub(super) spool: Spool,
}

impl Gateway {
    /// Decides whether `sender` may push data of this kind. A refusal is recorded.
    ///
    /// # Errors
    /// [`DoorClosed`].
    pub async fn open_door(&self, sender: &Sender, kind: IngestKind) -> Result<Door, DoorClosed> {
        let agency = sender.agency().ok_or(DoorClosed::Fault)?;
        let closed = if agency.is_victim_service() {
            Some(DoorClosed::VictimServiceSource)
        } else if agency.gateway_role.is_none() {
            Some(DoorClosed::NoGatewayRole)
        } else if !pushes(agency, kind) {
            Some(DoorClosed::NoSuchSourceKind)
        } else {
            None
        };
        let Some(closed) = closed else {
            return Ok(Door {
                agency: agency.clone(),
                kind,
            });
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
    /// [`DoorClosed::TooLarge`] if that is too much, [`DoorClosed::Unavailable`] if there is no place for it.
    pub fn receive(&self, door: Door, announced: u64) -> Result<Receiving, DoorClosed> {
        let settings = self.settings();
        let limit = settings.import_bytes;
        if announced > limit {
            return Err(DoorClosed::TooLarge { limit });
        }
        let writer = SpoolWriter::create(&settings.spool, settings.import_bytes, self.shared_entropy())
            .map_err(|error| spool_failed(&error))?;
        Ok(Receiving { door, writer })
    }
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
        })
    }
}

fn spool_failed(error: &std::io::Error) -> DoorClosed {
    let too_large = error.get_ref().and_then(|inner| inner.downcast_ref::<TooLarge>());
    if let Some(TooLarge { limit }) = too_large {
        return DoorClosed::TooLarge { limit: *limit };
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
        IngestKind::FhirBundle => agency.flags.contains(AgencyFlag::HealthCareProvider),
        IngestKind::CallsForService => matches!(agency.kind, AgencyKind::LawEnforcement | AgencyKind::Psap),
    }
}
