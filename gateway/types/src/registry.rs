//! The registry: what each agency is in law, kept by the operator, versioned, changed by two people.
//!
//! No fact about a caller comes from a request body (architecture, "Facts, and who says so"). An agency that is not
//! here, or has no instrument in force, can neither push nor ask. The files are `registry/*.toml`, one an agency.

use serde::{Deserialize, Serialize};

use crate::ids::{AgencyId, ProgrammeId, StaffId, SystemId};
use crate::record::UNRESOLVED_PROGRAMME;
use crate::time::{Date, Timestamp};
use crate::vocabulary::{
    AgencyFlag, AgencyKind, GatewayRole, Instrument, InstrumentTerm, NoticeUse, Part2Status, Regime, Role,
    SystemKind, WordSet,
};

/// An organisation that takes part in the exchange.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// Its id.
    pub id: AgencyId,
    /// Its name, as people know it.
    pub name: String,
    /// What it is.
    pub kind: AgencyKind,
    /// Whether it is a Part 2 programme. `unknown` is treated as yes.
    #[serde(default = "Agency::part2_unstated")]
    pub part2_program: Part2Status,
    /// Legal facts about it.
    #[serde(default)]
    pub flags: WordSet<AgencyFlag>,
    /// The roles that its tokens may claim.
    #[serde(default)]
    pub roles: WordSet<Role>,
    /// Its programmes.
    #[serde(default, rename = "programme")]
    pub programmes: Vec<Programme>,
    /// The programme whose registration binds records that name none; `None`: such records are of unknown provenance.
    #[serde(default)]
    pub default_programme: Option<ProgrammeId>,
    /// Its systems: where payloads will be seen.
    #[serde(default, rename = "system")]
    pub systems: Vec<System>,
    /// Instruments between it and the operator of the gateway.
    #[serde(default, rename = "instrument")]
    pub instruments: Vec<InstrumentInForce>,
    /// What the gateway is to it, in law (catalogue 0.6). Without it nothing is taken in.
    #[serde(default)]
    pub gateway_role: Option<GatewayRole>,
    /// Its HMIS privacy notice, if it has one.
    #[serde(default)]
    pub privacy_notice: Option<PrivacyNotice>,
    /// Who answers for what it discloses in an emergency: the person or officer of 42 CFR 2.51(c)(2). Without one
    /// none of its Part 2 records goes on an emergency.
    #[serde(default)]
    pub emergency_discloser: Option<StaffId>,
    /// Times at which a declared disaster has closed it (42 CFR 2.51(a)(2)).
    #[serde(default, rename = "disaster_closure")]
    pub disaster_closures: Vec<DisasterClosure>,
    /// Keys with which it signs its tokens.
    #[serde(default, rename = "token_key")]
    pub token_keys: Vec<TokenKey>,
}

impl Agency {
    const fn part2_unstated() -> Part2Status {
        Part2Status::No
    }

    /// The instruments in force at `now`.
    pub fn instruments_in_force(&self, now: Timestamp) -> impl Iterator<Item = &InstrumentInForce> {
        self.instruments
            .iter()
            .filter(move |instrument| instrument.in_force(now))
    }

    /// Whether a declared disaster has closed it at `now`.
    #[must_use]
    pub fn is_closed_by_disaster(&self, now: Timestamp) -> bool {
        let today = now.date();
        self.disaster_closures
            .iter()
            .any(|closure| closure.from <= today && today <= closure.until)
    }

    /// Whether it may exchange anything at all at `now`: some instrument with the operator is in force.
    #[must_use]
    pub fn may_exchange(&self, now: Timestamp) -> bool {
        self.instruments_in_force(now).next().is_some()
    }

    /// Whether it is, or has a division that is, a victim service provider.
    #[must_use]
    pub fn is_victim_service(&self) -> bool {
        self.kind == AgencyKind::VictimServiceProvider || self.flags.contains(AgencyFlag::VictimService)
    }

    /// The programme with this id.
    #[must_use]
    pub fn programme(&self, id: &ProgrammeId) -> Option<&Programme> {
        self.programmes.iter().find(|programme| programme.id == *id)
    }

    /// The programme that a source's own name for it means; the default one if the record names none. None at all if
    /// the record names one that cannot be told, whatever the registration says.
    #[must_use]
    pub fn programme_of(&self, source_name: Option<&str>) -> Option<&Programme> {
        match source_name {
            Some(UNRESOLVED_PROGRAMME) => None,
            Some(name) => self
                .programmes
                .iter()
                .find(|programme| programme.source_names.iter().any(|known| known == name))
                .or_else(|| self.programmes.iter().find(|programme| programme.covers_unnamed)),
            None => self.programme(self.default_programme.as_ref()?),
        }
    }

    /// Whether a record that names this programme, or none, is a victim service provider's by the registration.
    #[must_use]
    pub fn is_victim_service_programme(&self, source_name: Option<&str>) -> bool {
        self.programme_of(source_name)
            .is_some_and(Programme::is_victim_service)
    }

    /// The system with this id.
    #[must_use]
    pub fn system(&self, id: &SystemId) -> Option<&System> {
        self.systems.iter().find(|system| system.id == *id)
    }
}

/// A programme of an agency. Its regimes bind every record that comes from it, whatever the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Its id.
    pub id: ProgrammeId,
    /// Its name.
    pub name: String,
    /// The regimes that bind its records.
    pub regimes: WordSet<Regime>,
    /// What the agency's systems call it: HMIS `ProjectID`s, FHIR `Organization` ids.
    #[serde(default)]
    pub source_names: Vec<String>,
    /// Whether it also stands for names that no programme of the agency lists (an HMIS lead with hundreds of projects).
    #[serde(default)]
    pub covers_unnamed: bool,
}

impl Programme {
    /// Whether it is a victim service provider's, whose client records enter no shared system (34 USC 12291(b)(2)).
    #[must_use]
    pub fn is_victim_service(&self) -> bool {
        self.regimes.contains(Regime::Vsp)
    }
}

/// A system on which payloads are seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Its id.
    pub id: SystemId,
    /// What it is.
    pub kind: SystemKind,
    /// The agency that runs it, if not the agency itself.
    #[serde(default)]
    pub operator: Option<AgencyId>,
}

/// A legal instrument between an agency and the operator of the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstrumentInForce {
    /// What it is.
    pub kind: Instrument,
    /// The terms it contains.
    #[serde(default)]
    pub terms: WordSet<InstrumentTerm>,
    /// The first day it is in force.
    pub effective: Date,
    /// The last day it is in force; `None`: no end.
    #[serde(default)]
    pub expires: Option<Date>,
}

impl InstrumentInForce {
    /// Whether it is in force at `now`: from the start of its first day to the end of its last, in UTC.
    #[must_use]
    pub fn in_force(&self, now: Timestamp) -> bool {
        let today = now.date();
        self.effective <= today && self.expires.is_none_or(|last| today <= last)
    }
}

/// A declared disaster that closed an agency, from the first day to the last, in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisasterClosure {
    /// The declaration, as it can be found: who declared it, and its number or date.
    pub declaration: String,
    /// The first day.
    pub from: Date,
    /// The last day. A closure without an end is entered again when it is known to go on.
    pub until: Date,
}

/// An HMIS privacy notice (69 FR 45888, section 4.2.1): what it says decides what may go by notice alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrivacyNotice {
    /// Its version, as printed on it.
    pub version: String,
    /// The uses it lists.
    pub uses: WordSet<NoticeUse>,
    /// The kinds of agency it names as recipients.
    #[serde(default)]
    pub recipient_kinds: WordSet<AgencyKind>,
    /// Whether it describes the gateway.
    #[serde(default)]
    pub describes_gateway: bool,
}

/// A public key with which an agency signs the tokens of its people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenKey {
    /// The `kid` in the token's header.
    pub kid: String,
    /// The public key, PEM (`SubjectPublicKeyInfo`): P-256 for ES256, P-384 for ES384.
    pub public_key_pem: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency() -> Agency {
        let programme = |id: &str, source_names: &[&str], covers_unnamed| Programme {
            id: ProgrammeId::new(id).unwrap(),
            name: id.to_owned(),
            regimes: WordSet::EMPTY,
            source_names: source_names.iter().map(|name| (*name).to_owned()).collect(),
            covers_unnamed,
        };
        Agency {
            id: AgencyId::new("lakeside-hospital").unwrap(),
            name: "Lakeside".to_owned(),
            kind: AgencyKind::Hospital,
            part2_program: Part2Status::No,
            flags: WordSet::EMPTY,
            roles: WordSet::EMPTY,
            programmes: vec![
                programme("general", &["lakeside", UNRESOLVED_PROGRAMME], true),
                programme("detox", &["lakeside-detox"], false),
            ],
            default_programme: Some(ProgrammeId::new("general").unwrap()),
            systems: Vec::new(),
            instruments: Vec::new(),
            gateway_role: None,
            privacy_notice: None,
            emergency_discloser: None,
            disaster_closures: Vec::new(),
            token_keys: Vec::new(),
        }
    }

    #[test]
    fn what_cannot_be_told_falls_to_no_programme_even_if_one_covers_the_unnamed() {
        let agency = agency();
        let of = |name| {
            agency
                .programme_of(name)
                .map(|programme| programme.id.to_string())
        };
        assert_eq!(of(Some("lakeside-detox")).as_deref(), Some("detox"));
        assert_eq!(of(Some("a new ward")).as_deref(), Some("general"));
        assert_eq!(of(None).as_deref(), Some("general"));
        assert_eq!(of(Some(UNRESOLVED_PROGRAMME)), None);
    }

    #[test]
    fn a_closure_counts_from_its_first_day_to_its_last() {
        let mut agency = agency();
        let day = |text: &str| text.parse::<Date>().unwrap();
        agency.disaster_closures.push(DisasterClosure {
            declaration: "DR-1".to_owned(),
            from: day("2026-03-02"),
            until: day("2026-03-04"),
        });
        let closed = |moment: &str| agency.is_closed_by_disaster(moment.parse().unwrap());
        assert!(!closed("2026-03-01T23:59:59Z"));
        assert!(closed("2026-03-02T00:00:00Z"));
        assert!(closed("2026-03-04T23:59:59Z"));
        assert!(!closed("2026-03-05T00:00:00Z"));
    }
}
