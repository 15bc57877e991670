//! The finite world in which agreements are asked what they show: the real engine, over facts that favour a release.
//!
//! Agencies are what their kind usually is in law; records carry the regimes that such a source's records carry; what
//! the law asks for besides consent (approvals, attestations, authority, notices, State modules) is there and in order.
//! Left to vary are sender, recipient, role, purpose, category, the consents on file and what clauses can ask for.
//! Data stays identifiable: that it could be sent de-identified is no reason to promise it.

use std::collections::BTreeMap;

use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, ApprovalType, AttestationFact, AttestationType, AuthorityForm, AuthorityTopic,
    Category, ClientMatch, ConsentKind, Deidentified, ElementFact, Initiator, NoticeUse, Part2Status,
    PurposeOfUse, Regime, Role, SignerRole, StateEffect, StateTopic, Statement, SystemKind, Word, WordSet,
};
use gateway_types::{AgencyId, StaffId, Timestamp};

use crate::agreements::Agreements;
use crate::engine::decide_all;
use crate::facts::{
    AgencyFacts, Approval, Attestation, CategoryScope, Circumstances, ClientFacts, ConsentFacts, Discloser,
    ElementFacts, Emergency, Expiry, Facts, Flags, Handle, LegalAuthority, NoticeOnFile, OralAgreement,
    Particularities, Person, Recipients, RecordFacts, RequestFacts, Requester, Signer, StateModule,
};
use crate::mou::Condition;

/// One moment for all: agreements are asked as if in force.
const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const DAY: i64 = 24 * 60 * 60;

/// Roles whose bearers are licensed and may be medical personnel.
const CLINICAL: &[Role] = &[
    Role::Clinician,
    Role::Physician,
    Role::Nurse,
    Role::Psychologist,
    Role::CrisisCounselor,
    Role::Paramedic,
    Role::Pharmacist,
];

/// Who would see whose data, in which role, for what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    pub(super) from: AgencyId,
    pub(super) to: AgencyId,
    pub(super) role: Role,
    pub(super) purpose: PurposeOfUse,
}

/// What is given besides: consents on file and what clauses can ask for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Given {
    pub(super) consents: Vec<ConsentKind>,
    pub(super) conditions: Vec<Condition>,
}

impl Given {
    pub(super) fn everything() -> Self {
        Self {
            consents: ConsentKind::ALL.to_vec(),
            conditions: CONDITIONS.to_vec(),
        }
    }

    /// Whether everything given here is given there too.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.consents.iter().all(|kind| other.consents.contains(kind))
            && self
                .conditions
                .iter()
                .all(|condition| other.conditions.contains(condition))
    }
}

pub(super) const CONDITIONS: &[Condition] = &[
    Condition::TreatingRelationship,
    Condition::EmsCallOpen,
    Condition::EmergencyStated,
    Condition::ReasonStated,
    Condition::OwnSystem,
];

/// What the parties are, and on which systems they read.
pub(super) struct World {
    kinds: BTreeMap<AgencyId, AgencyKind>,
    segregated: bool,
}

impl World {
    pub(super) const fn new(kinds: BTreeMap<AgencyId, AgencyKind>, segregated: bool) -> Self {
        Self { kinds, segregated }
    }

    pub(super) fn kind(&self, agency: &AgencyId) -> AgencyKind {
        self.registered(agency).unwrap_or(AgencyKind::PrivatePerson)
    }

    /// What it is registered as; `None`: it is not.
    pub(super) fn registered(&self, agency: &AgencyId) -> Option<AgencyKind> {
        self.kinds.get(agency).copied()
    }

    /// The categories that go this way with what is given, asked for or sent.
    pub(super) fn seen(&self, agreements: &Agreements, way: &Way, given: &Given) -> WordSet<Category> {
        let mut facts = self.facts(way, given);
        let asked = released(&facts, agreements);
        let request = &mut facts.request;
        request.initiator = Initiator::Source;
        let recipient = std::mem::replace(
            &mut request.requester.person,
            person(&way.from, Role::ProgramDirector, SystemKind::OwnRecordSystem),
        );
        request.audience.push(recipient);
        asked.union(released(&facts, agreements))
    }

    /// The same while somebody else looks on.
    pub(super) fn seen_beside(
        &self,
        agreements: &Agreements,
        way: &Way,
        given: &Given,
        beside: (&AgencyId, Role),
    ) -> WordSet<Category> {
        let mut facts = self.facts(way, given);
        facts
            .request
            .audience
            .push(person(beside.0, beside.1, SystemKind::Console));
        released(&facts, agreements)
    }

    fn facts(&self, way: &Way, given: &Given) -> Facts {
        let source = self.kind(&way.from);
        let has = |condition| given.conditions.contains(&condition);
        let clinical = CLINICAL.contains(&way.role);
        let system = if !has(Condition::OwnSystem) {
            SystemKind::SharedTerminal
        } else if self.segregated && clinical && !treats(self.kind(&way.to)) {
            SystemKind::SegregatedClinicalRecord
        } else {
            SystemKind::OwnRecordSystem
        };
        let recipient = Person {
            licensed_clinician: clinical,
            medical_personnel: clinical,
            treating_relationship: has(Condition::TreatingRelationship),
            ..person(&way.to, way.role, system)
        };
        let deceased = matches!(way.purpose, PurposeOfUse::DeathInq | PurposeOfUse::DeathReview);
        Facts {
            request: RequestFacts {
                now: NOW,
                initiator: Initiator::Requester,
                agencies: self
                    .kinds
                    .iter()
                    .map(|(agency, kind)| (agency.clone(), usually(*kind)))
                    .collect(),
                requester: Requester {
                    person: recipient,
                    asserts_consent: true,
                    identity_unverified: false,
                    authority_unverified: false,
                },
                audience: Vec::new(),
                purpose: way.purpose,
                mous: Vec::new(),
            },
            record: RecordFacts {
                client: ClientFacts {
                    age: 36,
                    in_custody: matches!(way.purpose, PurposeOfUse::CustodySafety | PurposeOfUse::CjMonitor),
                    deceased,
                    minor_may_consent_alone: false,
                    adjudicated_incapacity: false,
                    found: ClientMatch::Unique,
                },
                elements: Category::ALL
                    .iter()
                    .enumerate()
                    .map(|(index, category)| element(index, *category, way, source))
                    .collect(),
                consents: given
                    .consents
                    .iter()
                    .enumerate()
                    .map(|(index, kind)| consent(index, *kind, way, deceased))
                    .collect(),
                circumstances: circumstances(way, &has),
            },
        }
    }
}

fn released(facts: &Facts, agreements: &Agreements) -> WordSet<Category> {
    let decision = decide_all(facts, agreements);
    let findings = decision.findings();
    facts
        .record
        .elements
        .iter()
        .filter(|element| findings.released().any(|released| *released == element.id))
        .map(|element| element.category)
        .collect()
}

fn person(agency: &AgencyId, role: Role, system: SystemKind) -> Person {
    Person {
        agency: agency.clone(),
        role,
        person: StaffId::new(STAFF).ok(),
        licensed_clinician: false,
        medical_personnel: false,
        treating_relationship: false,
        system,
        system_operator: None,
    }
}

const STAFF: &str = "p-1";

const fn treats(kind: AgencyKind) -> bool {
    matches!(
        kind,
        AgencyKind::BehavioralHealthProvider
            | AgencyKind::CrisisLine
            | AgencyKind::Hospital
            | AgencyKind::MedicalProvider
            | AgencyKind::SudProgram
            | AgencyKind::Ems
            | AgencyKind::Laboratory
            | AgencyKind::VaFacility
    )
}

/// What an agency of a kind usually is in law.
fn usually(kind: AgencyKind) -> AgencyFacts {
    use AgencyFlag as F;
    let mut flags: WordSet<F> = WordSet::EMPTY;
    if treats(kind) {
        flags = flags.with(F::HipaaCoveredEntity).with(F::HealthCareProvider);
    }
    let more: &[F] = match kind {
        AgencyKind::HealthPlan => &[F::HipaaCoveredEntity],
        AgencyKind::GatewayOperator => &[F::BusinessAssociate],
        AgencyKind::LawEnforcement | AgencyKind::Prosecutor | AgencyKind::Supervision => {
            &[F::CriminalJusticeAgency, F::Governmental]
        }
        AgencyKind::Jail => &[
            F::CriminalJusticeAgency,
            F::Governmental,
            F::CorrectionalInstitution,
        ],
        AgencyKind::Psap => &[F::Governmental, F::CjDispatch],
        AgencyKind::HomelessServices | AgencyKind::HmisLead => &[F::HmisParticipant],
        AgencyKind::VictimServiceProvider => &[F::VictimService],
        AgencyKind::Court
        | AgencyKind::ServiceLine311
        | AgencyKind::PublicHealthAuthority
        | AgencyKind::Coroner
        | AgencyKind::DeathReviewTeam
        | AgencyKind::OversightAgency
        | AgencyKind::Pdmp
        | AgencyKind::ChildProtection
        | AgencyKind::AdultProtection
        | AgencyKind::VaFacility => &[F::Governmental],
        _ => &[],
    };
    AgencyFacts {
        kind,
        part2_program: if kind == AgencyKind::SudProgram {
            Part2Status::Yes
        } else {
            Part2Status::No
        },
        flags: Flags(more.iter().copied().fold(flags, WordSet::with)),
    }
}

/// The regimes that a record of such a source usually carries.
fn regimes(category: Category, source: AgencyKind) -> WordSet<Regime> {
    use Regime as R;
    let health = treats(source) || source == AgencyKind::HealthPlan;
    let justice = matches!(
        source,
        AgencyKind::LawEnforcement
            | AgencyKind::Prosecutor
            | AgencyKind::Supervision
            | AgencyKind::Jail
            | AgencyKind::Psap
            | AgencyKind::Court
    );
    let mut carried: WordSet<R> = WordSet::EMPTY;
    if health {
        carried.insert(R::Hipaa);
    }
    match (category, source) {
        (Category::NcicResponse, _) => return carried.with(R::Ncicr),
        (Category::Arrest | Category::CriminalHistory, _) => return carried.with(R::Chri),
        (Category::JuvenileRecord, _) => return carried.with(R::Juv),
        (_, AgencyKind::SudProgram) => carried.insert(R::P2),
        (_, AgencyKind::VictimServiceProvider) => carried.insert(R::Vsp),
        (_, AgencyKind::YouthServices) => carried.insert(R::Rhy),
        (_, AgencyKind::HomelessServices | AgencyKind::HmisLead) => carried.insert(R::Hmis),
        _ if justice => carried.insert(R::Cadx),
        _ => {}
    }
    match category {
        Category::PsychotherapyNotes => carried.with(R::Hipaa).with(R::Psyn),
        Category::SudCounselingNotes => carried.with(R::P2).with(R::Sudn),
        _ if carried.is_empty() => carried.with(R::None),
        _ => carried,
    }
}

fn element(index: usize, category: Category, way: &Way, source: AgencyKind) -> ElementFacts {
    let mut facts = Particularities::default();
    let flags: &[ElementFact] = match category {
        Category::PoliceNarrative => &[ElementFact::FreeText, ElementFact::HumanCleared],
        Category::Arrest | Category::CriminalHistory => &[ElementFact::Conviction],
        Category::LinkageToken => &[ElementFact::Encoded],
        Category::PsychotherapyNotes | Category::SudCounselingNotes if way.from == way.to => {
            &[ElementFact::OriginatedByRequester]
        }
        _ => &[],
    };
    facts.flags = flags.iter().copied().collect();
    if category == Category::AggregateCounts {
        facts.deidentified = Deidentified::Expert;
        facts.min_cell = Some(20);
    }
    ElementFacts {
        id: Handle::numbered(index),
        category,
        source: way.from.clone(),
        holder: None,
        regimes: regimes(category, source),
        sensitivity: WordSet::EMPTY,
        facts,
    }
}

/// A form of this kind with nothing missing.
fn consent(index: usize, kind: ConsentKind, way: &Way, deceased: bool) -> ConsentFacts {
    let everybody = |first: &AgencyId, second: &AgencyId| vec![first.clone(), second.clone()];
    ConsentFacts {
        id: Handle::numbered(index),
        kind,
        signed_at: Some(NOW.plus_seconds(-DAY)),
        signer: Some(Signer {
            role: if deceased {
                SignerRole::PersonalRepresentative
            } else {
                SignerRole::Client
            },
            authority_documented: true,
            suspected_abuser: false,
        }),
        co_signer: None,
        discloser: Discloser {
            agencies: everybody(&way.from, &way.to),
            classes: WordSet::EMPTY,
        },
        recipients: Recipients {
            agencies: everybody(&way.to, &way.from),
            classes: WordSet::EMPTY,
            persons: StaffId::new(STAFF).into_iter().collect(),
        },
        purposes: WordSet::EMPTY.with(way.purpose),
        categories: CategoryScope::Only(WordSet::all()),
        expires: Some(Expiry::At(NOW.plus_seconds(20 * DAY))),
        revoked: Vec::new(),
        statements: Flags(WordSet::<Statement>::all()),
        combined_with: WordSet::EMPTY,
        no_investigative_use: false,
        known_false: false,
        conditioned: false,
        names_gateway: true,
        client_name_differs: false,
        proceeding: Some("in the matter of the client".to_owned()),
    }
}

fn circumstances(way: &Way, has: &dyn Fn(Condition) -> bool) -> Circumstances {
    let parties = [&way.from, &way.to];
    let reason = has(Condition::ReasonStated);
    let emergency = has(Condition::EmergencyStated).then(|| Emergency {
        immediate_treatment_needed: true,
        personnel_named: true,
        affiliation_named: true,
        discloser_named: true,
        time_recorded: true,
        nature_recorded: reason,
        stated_by: reason.then_some(way.role),
        needed_categories: WordSet::all(),
        ..Emergency::default()
    });
    let attests = |kind: AttestationType, agency: &AgencyId, role| Attestation {
        kind,
        by_role: role,
        by_agency: agency.clone(),
        categories: WordSet::all(),
        facts: [
            AttestationFact::RecipientCanLessen,
            AttestationFact::IndividualAgrees,
            AttestationFact::OnPremises,
        ]
        .into_iter()
        .collect(),
    };
    let attestations = AttestationType::ALL
        .iter()
        // A suspicion of abuse speaks against a release, and nothing else here does.
        .filter(|kind| **kind != AttestationType::RepresentativeEndangerment)
        .flat_map(|kind| {
            let roles = [Role::Clinician, Role::ProgramDirector, way.role];
            parties
                .into_iter()
                .flat_map(move |agency| roles.into_iter().map(move |role| (*kind, agency, role)))
        })
        .map(|(kind, agency, role)| attests(kind, agency, role))
        .collect();
    Circumstances {
        emergency,
        attestations,
        approvals: [ApprovalType::Review, ApprovalType::Counsel]
            .into_iter()
            .map(|kind| Approval {
                kind,
                by_role: Some(Role::ComplianceOfficer),
                by_agency: way.from.clone(),
                two_person: true,
            })
            .collect(),
        legal_authority: AuthorityTopic::ALL
            .iter()
            .map(|topic| LegalAuthority {
                agency: way.to.clone(),
                form: AuthorityForm::Statute,
                topic: *topic,
                categories: WordSet::all(),
            })
            .collect(),
        oral_agreements: vec![OralAgreement {
            to: way.to.clone(),
            documented: true,
            client_present: true,
            categories: WordSet::all(),
        }],
        state_modules: StateTopic::ALL
            .iter()
            .enumerate()
            .map(|(index, topic)| StateModule {
                id: Handle::numbered(index),
                topic: *topic,
                effect: StateEffect::NoAdditionalRule,
            })
            .collect(),
        privacy_notices: parties
            .into_iter()
            .map(|agency| NoticeOnFile {
                agency: agency.clone(),
                version: "1".to_owned(),
                uses: WordSet::<NoticeUse>::all(),
                recipient_kinds: WordSet::all(),
                describes_gateway: true,
            })
            .collect(),
        ems_call_open: has(Condition::EmsCallOpen),
        ..Circumstances::default()
    }
}
