//! Requests to 311 lines: taken in without whoever called, and shown to outreach by place and time.
//!
//! About nobody, so no client, consent or agreement decides: who asks does, by what their agency is and what they are
//! there. Police and everybody else who enforces, prosecutes or supervises is refused, whatever their team is called: a
//! map of where people stay outdoors is not to become a list of places to clear (docs/decisions/0018-service-requests.md).

use adapters::open311;
use adapters::report::Report;
use gateway_audit::detail::{Intake, Party};
use gateway_audit::{Detail, EntryKind};
use gateway_crypto::Digest;
use gateway_store::{Area, StoreError, StoredServiceRequest};
use gateway_types::vocabulary::{AgencyFlag, AgencyKind, Role, SystemKind};
use gateway_types::{IngestId, Spot, Timestamp};

use crate::consents::party;
use crate::gateway::Gateway;
use crate::ingest::DoorClosed;
use crate::requester::{Requester, Sender};
use crate::sequencer::LogUnavailable;

/// How many bytes of a push are read.
pub const MOST_BYTES: usize = open311::LIMITS.bytes;
/// How many days a request is kept after it was made: as far back as GeoReport answers by itself.
pub const KEPT_DAYS: i64 = 90;
/// How far a clock of a 311 line may be ahead.
const AHEAD: i64 = 60 * 60;
/// How many requests are told at once.
pub const MOST: usize = 500;
/// How large an area may be, in thousandths of a degree each way: a city, not a state.
const WIDEST: i32 = 300;
const DAY: i64 = 24 * 60 * 60;

/// What became of a push of service requests.
#[derive(Debug)]
pub struct TakenRequests {
    /// How many are new or other than before; `None`: the push was refused.
    pub kept: Option<u64>,
    /// What was found. It holds nothing that was received.
    pub report: Report,
}

/// What stands in an area.
#[derive(Debug)]
pub struct FoundRequests {
    /// The newest first.
    pub requests: Vec<StoredServiceRequest>,
    /// Whether there are more.
    pub more: bool,
}

/// Why somebody is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTold {
    /// The agency is not one that answers such requests.
    #[error("service requests are shown to agencies that answer them with outreach or care")]
    Agency,
    /// The person is not one who does.
    #[error("service requests are shown to those who go out, or send somebody out, to help")]
    Role,
    /// The screen is one that others read along on.
    #[error(
        "service requests are not shown on a system that dispatch, police or other agencies read along on"
    )]
    System,
    /// The area is none, or too large.
    #[error("`area` is from a south-west to a north-east corner, at most 0.3 degrees each way")]
    Area,
    /// The time is too early.
    #[error("`since` is not before the 90 days that requests are kept, and not in the future")]
    Since,
    /// Store or log cannot be reached.
    #[error("the gateway cannot answer now")]
    Unavailable,
    /// A fault of ours.
    #[error("the gateway failed")]
    Fault,
}

impl From<StoreError> for NotTold {
    fn from(error: StoreError) -> Self {
        crate::gateway::log_store_error(&error);
        match error {
            StoreError::Unavailable { .. } | StoreError::Conflict { .. } => Self::Unavailable,
            _ => Self::Fault,
        }
    }
}

impl From<LogUnavailable> for NotTold {
    fn from(_: LogUnavailable) -> Self {
        Self::Unavailable
    }
}

/// An area between two corners.
///
/// # Errors
/// [`NotTold::Area`].
pub fn area(south_west: (f64, f64), north_east: (f64, f64)) -> Result<Area, NotTold> {
    let corner = |(latitude, longitude)| Spot::round(latitude, longitude).ok_or(NotTold::Area);
    let (south_west, north_east) = (corner(south_west)?, corner(north_east)?);
    let high = north_east.latitude() - south_west.latitude();
    let wide = north_east.longitude() - south_west.longitude();
    if (0..=WIDEST).contains(&high) && (0..=WIDEST).contains(&wide) {
        Ok(Area {
            south_west,
            north_east,
        })
    } else {
        Err(NotTold::Area)
    }
}

impl Gateway {
    /// Decides whether `sender` may push service requests: a 311 line may. A refusal is recorded.
    ///
    /// # Errors
    /// [`DoorClosed`].
    pub async fn admit_service_requests(&self, sender: &Sender) -> Result<(), DoorClosed> {
        let agency = sender.agency().ok_or(DoorClosed::Fault)?;
        self.admit(agency, agency.kind == AgencyKind::ServiceLine311)
            .await
    }

    /// Takes in what a 311 line was asked to see to. The bytes are not kept.
    ///
    /// # Errors
    /// [`DoorClosed`].
    pub async fn take_service_requests(
        &self,
        sender: &Sender,
        bytes: &[u8],
    ) -> Result<TakenRequests, DoorClosed> {
        self.admit_service_requests(sender).await?;
        let now = self.now();
        let oldest = oldest(now);
        let times = open311::Times {
            from: oldest,
            until: now.plus_seconds(AHEAD),
        };
        let (requests, report, taken) = match open311::requests(bytes, &times) {
            Ok(read) => (read.requests, read.report, true),
            Err(report) => (Vec::new(), *report, false),
        };
        let mut detail = Detail::at(now);
        detail.requester = Some(Party {
            agency: sender.agency_id().clone(),
            person: None,
            role: None,
            system: None,
        });
        let refused: u64 = report.files().values().map(|rows| rows.refused).sum();
        detail.ingest = Some(Intake {
            id: IngestId::generate(self.clock(), self.entropy()).map_err(|_| DoorClosed::Fault)?,
            received: Digest::of(bytes),
            accepted: u64::try_from(requests.len()).unwrap_or(u64::MAX),
            quarantined: 0,
            refused,
        });
        let kind = if taken {
            EntryKind::Ingest
        } else {
            EntryKind::IngestRefused
        };
        let key = self.records().client_key(None).await?;
        self.log_new_event(kind, &key, detail, b"")
            .await
            .map_err(|_| DoorClosed::Unavailable)?;
        self.records().forget_service_requests(oldest).await?;
        let kept = if taken {
            let kept = self
                .records()
                .keep_service_requests(sender.agency_id(), &requests)
                .await?;
            Some(kept)
        } else {
            None
        };
        Ok(TakenRequests { kept, report })
    }

    /// Which service requests stand in an area, made at `since` or later (of themselves: all that are kept). Looking is
    /// recorded, as is being refused.
    ///
    /// # Errors
    /// [`NotTold`].
    pub async fn service_requests(
        &self,
        by: &Requester,
        area: Area,
        since: Option<Timestamp>,
    ) -> Result<FoundRequests, NotTold> {
        let now = self.now();
        let oldest = oldest(now);
        let mut detail = Detail::at(now);
        detail.requester = Some(party(by));
        let key = self.records().client_key(None).await?;
        if let Err(refused) = may_be_told(by) {
            detail.note = Some(refused.to_string().into());
            self.log_new_event(EntryKind::Denial, &key, detail, b"").await?;
            return Err(refused);
        }
        let since = since.unwrap_or(oldest);
        if since < oldest || since > now {
            return Err(NotTold::Since);
        }
        let limit = u32::try_from(MOST).unwrap_or(u32::MAX).saturating_add(1);
        let mut requests = self.records().service_requests(area, since, limit).await?;
        let more = requests.len() > MOST;
        requests.truncate(MOST);
        detail.note = Some(looked(area, since, requests.len()).into());
        self.log_new_event(EntryKind::ServiceRequests, &key, detail, b"")
            .await?;
        Ok(FoundRequests { requests, more })
    }

    /// Takes out the service requests that are too old to be kept.
    ///
    /// # Errors
    /// [`NotTold::Unavailable`] or [`NotTold::Fault`].
    pub async fn forget_service_requests(&self) -> Result<u64, NotTold> {
        Ok(self.records().forget_service_requests(oldest(self.now())).await?)
    }
}

fn oldest(now: Timestamp) -> Timestamp {
    Timestamp::from_micros(now.as_micros() - KEPT_DAYS * DAY * 1_000_000)
}

fn looked(area: Area, since: Timestamp, found: usize) -> String {
    let degrees = |spot: Spot| {
        format!(
            "{:.3} {:.3}",
            f64::from(spot.latitude()) / 1000.0,
            f64::from(spot.longitude()) / 1000.0
        )
    };
    format!(
        "from {} to {}, since {since}: {found}",
        degrees(area.south_west),
        degrees(area.north_east)
    )
}

fn may_be_told(by: &Requester) -> Result<(), NotTold> {
    let agency = by.sender().agency().ok_or(NotTold::Fault)?;
    let enforces = [
        AgencyFlag::CriminalJusticeAgency,
        AgencyFlag::CjDispatch,
        AgencyFlag::CorrectionalInstitution,
        AgencyFlag::ImmigrationEnforcement,
    ];
    let answers = matches!(
        agency.kind,
        AgencyKind::HomelessServices
            | AgencyKind::HmisLead
            | AgencyKind::YouthServices
            | AgencyKind::BehavioralHealthProvider
            | AgencyKind::CrisisLine
            | AgencyKind::RecoveryOrganization
            | AgencyKind::Ems
            | AgencyKind::ServiceLine311
    );
    if !answers || enforces.iter().any(|flag| agency.flags.contains(*flag)) {
        return Err(NotTold::Agency);
    }
    let goes_out = matches!(
        by.role(),
        Role::OutreachWorker
            | Role::CaseManager
            | Role::HousingNavigator
            | Role::PeerSpecialist
            | Role::CrisisCounselor
            | Role::Clinician
            | Role::Nurse
            | Role::Paramedic
            | Role::ServiceAgent
    );
    if !goes_out {
        return Err(NotTold::Role);
    }
    let own = by.system_operator() == by.agency_id();
    let alone = matches!(
        by.system_kind(),
        SystemKind::OwnRecordSystem
            | SystemKind::SegregatedClinicalRecord
            | SystemKind::Hmis
            | SystemKind::Console
    );
    if !(own && alone) {
        return Err(NotTold::System);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_a_city_at_most_and_the_right_way_up() {
        assert!(area((37.70, -122.52), (37.83, -122.35)).is_ok());
        assert!(area((37.7, -122.5), (37.7, -122.5)).is_ok());
        for (south_west, north_east) in [
            ((37.83, -122.52), (37.70, -122.35)),
            ((37.70, -122.35), (37.83, -122.52)),
            ((37.0, -122.5), (38.0, -122.4)),
            ((37.0, -122.5), (37.1, -121.5)),
            ((f64::NAN, 0.0), (0.1, 0.1)),
            ((-91.0, 0.0), (-90.9, 0.1)),
        ] {
            assert_eq!(area(south_west, north_east), Err(NotTold::Area));
        }
    }
}
