//! Who the canaries are: two clients, six agencies, an agreement, and what is asked about whom.

use std::sync::Arc;

use gateway_store::RegistryVersion;
use gateway_types::registry::Agency;
use gateway_types::vocabulary::{Category, PurposeOfUse, Regime, Role};
use gateway_types::{AgencyId, ClientId, ProgrammeId, SourceClientKey, StaffId, Timestamp, WordSet};
use policies::Agreements;
use serde::Deserialize;

use crate::directory::Directory;
use crate::question::{About, Attested, Question, Shape};
use crate::requester::Requester;

const AGENCIES: &str = include_str!("agencies.toml");
const AGREEMENT: &str = include_str!("agreement.toml");

/// Who asks and must be released to.
const CLINIC: &str = "assent-canary-clinic";
/// Who asks and must not.
const STRANGER: &str = "assent-canary-stranger";
/// The person who asks, at either.
pub(super) const STAFF: &str = "canary";

/// Which client it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Must {
    /// Never released to anybody.
    Stay,
    /// Always released.
    Go,
}

impl Must {
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::Stay => "stay",
            Self::Go => "go",
        }
    }

    /// The client.
    pub(super) const fn client(self) -> ClientId {
        match self {
            Self::Stay => never(),
            Self::Go => always(),
        }
    }
}

/// The client who must never be released to anybody.
#[must_use]
pub const fn never() -> ClientId {
    client(1)
}

/// The client who must always be released.
#[must_use]
pub const fn always() -> ClientId {
    client(2)
}

/// Not of the time-ordered kind that is made for clients, so that it can never be made for one.
const fn client(last: u8) -> ClientId {
    ClientId::from_bytes(bytes(1, last))
}

/// A UUID of version 8.
pub(super) const fn bytes(kind: u8, last: u8) -> [u8; 16] {
    [
        0xCA, 0x9A, 0x41, kind, 0, 0, 0x80, 0, 0x80, 0, 0, 0, 0, 0, 0, last,
    ]
}

/// One record of each client: under which regime, of which agency and programme, in a category of its own.
#[derive(Clone, Copy)]
pub(super) struct Kept {
    pub(super) regime: Regime,
    pub(super) source: &'static str,
    /// `None`: of unknown provenance.
    pub(super) programme: Option<&'static str>,
    pub(super) category: Category,
    /// Whether there is a law under which it goes to the clinic, for treatment.
    pub(super) goes: Goes,
}

/// How a record may go to the clinic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goes {
    /// By law alone, or on a consent of the client who must be released.
    ToTheClinic,
    /// Not to a clinic for treatment: only that it stays is tried.
    Not,
}

const PROGRAMME: &str = "assent-canary-programme";
const HOUSING: &str = "assent-canary-housing";
const REFUGE: &str = "assent-canary-refuge";
const PRECINCT: &str = "assent-canary-precinct";

/// Every regime but `NONE`, which no law keeps back.
pub(super) const KEPT: [Kept; 15] = {
    const fn kept(
        regime: Regime,
        source: &'static str,
        programme: Option<&'static str>,
        category: Category,
        goes: Goes,
    ) -> Kept {
        Kept {
            regime,
            source,
            programme,
            category,
            goes,
        }
    }
    use Category as C;
    use Goes::{Not, ToTheClinic};
    use Regime as R;
    [
        kept(R::P2, PROGRAMME, Some("p2"), C::SudTreatment, ToTheClinic),
        kept(R::Unknown, PROGRAMME, None, C::Medications, ToTheClinic),
        kept(
            R::Sudn,
            PROGRAMME,
            Some("sudn"),
            C::SudCounselingNotes,
            ToTheClinic,
        ),
        kept(R::Hipaa, PROGRAMME, Some("hipaa"), C::Allergies, ToTheClinic),
        kept(
            R::Psyn,
            PROGRAMME,
            Some("psyn"),
            C::PsychotherapyNotes,
            ToTheClinic,
        ),
        kept(R::Va7332, PROGRAMME, Some("va"), C::Conditions, Not),
        kept(R::Hmis, HOUSING, Some("hmis"), C::ShelterStatus, ToTheClinic),
        kept(R::Rhy, HOUSING, Some("rhy"), C::Enrollment, Not),
        kept(R::Hopwa, HOUSING, Some("hopwa"), C::Disability, Not),
        kept(R::Vsp, REFUGE, Some("vsp"), C::DvHistory, Not),
        kept(R::Cji, PRECINCT, Some("cji"), C::PoliceIncident, Not),
        kept(R::Chri, PRECINCT, Some("chri"), C::CriminalHistory, Not),
        kept(R::Ncicr, PRECINCT, Some("ncicr"), C::NcicResponse, Not),
        kept(R::Juv, PRECINCT, Some("juv"), C::JuvenileRecord, Not),
        kept(R::Cadx, PRECINCT, Some("cadx"), C::CallsForService, Not),
    ]
};

/// One question about one record of one client.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) must: Must,
    pub(super) regime: Regime,
    category: Category,
}

/// The canaries and all that is around them.
pub(super) struct Flock {
    directory: Arc<Directory>,
    agreements: Agreements,
    agencies: Vec<Agency>,
    trials: Vec<Trial>,
}

#[derive(Deserialize)]
struct Agencies {
    agency: Vec<Agency>,
}

impl Flock {
    /// `None` never in practice: what is read here is a part of the program.
    pub(super) fn invent() -> Option<Self> {
        let agencies: Agencies = toml::from_str(AGENCIES)
            .inspect_err(|error| tracing::error!(%error, "the canaries' agencies cannot be read"))
            .ok()?;
        let agreements = Agreements::load(&[("agreement.toml", AGREEMENT)])
            .inspect_err(|errors| {
                for error in errors {
                    tracing::error!(%error, "the canaries' agreement cannot be read");
                }
            })
            .ok()?;
        let versions = agencies.agency.iter().map(|agency| RegistryVersion {
            agency: agency.clone(),
            version: 1,
            entered_at: Timestamp::from_micros(0),
            entered_by: Vec::new(),
        });
        let must_stay = KEPT.iter().map(|kept| (Must::Stay, kept));
        let must_go = KEPT.iter().filter(|kept| kept.goes == Goes::ToTheClinic);
        let trials = must_stay.chain(must_go.map(|kept| (Must::Go, kept)));
        Some(Self {
            directory: Arc::new(Directory::new(versions.collect())),
            agreements,
            trials: trials
                .map(|(must, kept)| Trial {
                    must,
                    regime: kept.regime,
                    category: kept.category,
                })
                .collect(),
            agencies: agencies.agency,
        })
    }

    pub(super) const fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    pub(super) const fn agreements(&self) -> &Agreements {
        &self.agreements
    }

    pub(super) fn agencies(&self) -> &[Agency] {
        &self.agencies
    }

    pub(super) fn trials(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter()
    }

    /// Who asks, and what.
    pub(super) fn question(&self, trial: &Trial) -> Option<(Requester, Question)> {
        let (agency, role, purpose) = match trial.must {
            Must::Go => (CLINIC, Role::Clinician, PurposeOfUse::Treat),
            Must::Stay => (STRANGER, Role::Landlord, PurposeOfUse::TenantScreen),
        };
        let agency = AgencyId::new(agency).ok()?;
        let by = Requester::of_canary(&self.directory, &agency, StaffId::new(STAFF).ok()?, role)?;
        let question = Question {
            about: About::OwnKey(own_key(trial.must)),
            purpose,
            categories: WordSet::EMPTY.with(trial.category),
            audience: Vec::new(),
            attested: Attested::default(),
            shape: Shape::Elements,
        };
        Some((by, question))
    }
}

/// By which key every canary agency names the client.
pub(super) fn own_key(must: Must) -> SourceClientKey {
    SourceClientKey::new(must.in_words())
}

impl Kept {
    pub(super) fn programme_id(&self) -> Option<ProgrammeId> {
        self.programme.and_then(|id| ProgrammeId::new(id).ok())
    }
}
