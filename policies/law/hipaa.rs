//! HIPAA: treatment, payment, operations; authorisations; representatives, access, family (45 CFR 164.502-164.510, 164.524).

use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, AttestationType, AuthorityTopic, Basis, Category, ConsentKind, ElementFact,
    Instrument, InstrumentTerm, Notice, PurposeOfUse, Regime, Role, SystemKind,
};

use super::case::Case;
use super::consents::Review;
use super::profiles::{EMS, NOTIFY};
use super::rule::{BasisRule, Ground, Rule, Verdict, met, plain, with_approval};
use crate::facts::ConsentFacts;

/// Who treats, or helps those who treat, in a provider's workforce.
const CARE_ROLES: &[Role] = &[
    Role::Clinician,
    Role::Physician,
    Role::Nurse,
    Role::Psychologist,
    Role::CrisisCounselor,
    Role::Paramedic,
    Role::Pharmacist,
    Role::PeerSpecialist,
    Role::Driver,
    Role::CaseManager,
    Role::OutreachWorker,
    Role::HousingNavigator,
    Role::ProgramStaff,
    Role::ProgramDirector,
    Role::LaboratoryStaff,
];
/// Who may attest a professional judgment about treatment.
pub(crate) const CLINICAL_ROLES: &[Role] = &[
    Role::Clinician,
    Role::Physician,
    Role::Nurse,
    Role::Psychologist,
    Role::CrisisCounselor,
    Role::Paramedic,
    Role::Pharmacist,
];
const FAMILY: &[Role] = &[Role::FamilyCaregiver, Role::Parent, Role::Guardian];

pub(crate) static BASES: &[BasisRule] = &[
    BasisRule {
        rule: Rule {
            id: "HIP-524",
            citation: "45 CFR 164.524, 164.502(a)(1)(i)",
            says: "people get their own record, except separated notes and what is about others",
        },
        basis: Basis::Hip524,
        regimes: &[Regime::Hipaa, Regime::None],
        purposes: &[PurposeOfUse::Patrqt],
        // Entries of the log go by the accounting, which knows of suspensions.
        test: |case| {
            Verdict::when(is_clients_own_request(case) && case.element.category != Category::DisclosureLog)
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-502g",
            citation: "45 CFR 164.502(g)(2), (4)",
            says: "a representative with documented authority stands in the client's place, within that authority",
        },
        basis: Basis::Hip502g,
        regimes: &[Regime::Hipaa],
        purposes: &[PurposeOfUse::Pwatrny],
        test: |case| Verdict::when(is_representative(case)),
    },
    BasisRule {
        rule: Rule {
            id: "HIP-502g",
            citation: "45 CFR 164.502(g)(3)",
            says: "a parent stands in a minor's place where State law gives access, unless the minor consented alone",
        },
        basis: Basis::Hip502g,
        regimes: &[Regime::Hipaa],
        purposes: &[PurposeOfUse::Famrqt, PurposeOfUse::Pwatrny],
        test: |case| {
            Verdict::when(
                case.seat.has_role(&[Role::Parent])
                    && case.record.client.is_minor()
                    && !case.record.client.minor_may_consent_alone
                    && !case.element.is(ElementFact::MinorSelfConsented)
                    && !case.element.is(ElementFact::ThirdParty)
                    && case.authority_reaches(AuthorityTopic::ParentalAccess),
            )
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-508psy",
            citation: "45 CFR 164.508(a)(2), (b)(3)(ii)",
            says: "separated psychotherapy notes go on an authorisation for notes alone",
        },
        basis: Basis::Hip508psy,
        regimes: &[Regime::Psyn, Regime::Hipaa],
        purposes: &[],
        test: |case| {
            if case.binds(Regime::Psyn) {
                on_consent(case, &[ConsentKind::Notes], Regime::Psyn)
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-506a",
            citation: "45 CFR 164.506(c)(2), 164.501 (treatment)",
            says: "a provider gets what it needs to treat",
        },
        basis: Basis::Hip506a,
        regimes: &[Regime::Hipaa],
        purposes: &[
            PurposeOfUse::Treat,
            PurposeOfUse::Coc,
            PurposeOfUse::Etreat,
            PurposeOfUse::Btg,
        ],
        test: |case| {
            Verdict::when(
                case.recipient().flags.has(AgencyFlag::HealthCareProvider)
                    && (case.seat.person.is_none() || case.seat.has_role(CARE_ROLES))
                    && case.state_law_allows(),
            )
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-506a",
            citation: "45 CFR 164.506(c)(2), 164.103 (law enforcement official)",
            says: "a licensed clinician of another body treats from a record that body cannot read",
        },
        basis: Basis::Hip506a,
        regimes: &[Regime::Hipaa],
        purposes: &[
            PurposeOfUse::Treat,
            PurposeOfUse::Coc,
            PurposeOfUse::Etreat,
            PurposeOfUse::Btg,
        ],
        test: segregated_clinician,
    },
    BasisRule {
        rule: Rule {
            id: "HIP-506a",
            citation: "45 CFR 164.506(c)(2), 164.502(b)",
            says: "a dispatcher with an ambulance on the call gets the clinical minimum",
        },
        basis: Basis::Hip506a,
        regimes: &[Regime::Hipaa],
        purposes: &[PurposeOfUse::Etreat],
        test: |case| {
            let dispatches = matches!(case.recipient().kind, AgencyKind::Psap | AgencyKind::Ems)
                && !case.recipient().is_justice()
                && case.seat.has_role(&[Role::Dispatcher, Role::CallTaker]);
            if dispatches
                && case.record.circumstances.ems_call_open
                && case.element.category.is_one_of(EMS)
                && case.state_law_allows()
            {
                met(plain().filtered())
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-506a",
            citation: "45 CFR 164.506(c)(3)-(4), 164.502(e), 164.504(e)",
            says: "another provider or covered entity is paid, keeps its quality, looks into fraud; a business associate serves the holder",
        },
        basis: Basis::Hip506a,
        regimes: &[Regime::Hipaa],
        purposes: &[
            PurposeOfUse::Hpaymt,
            PurposeOfUse::Hoperat,
            PurposeOfUse::Hqualimp,
            PurposeOfUse::Fraud,
        ],
        test: |case| {
            Verdict::when(case.state_law_allows() && (pays_or_operates(case) || serves_holder(case)))
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-508c",
            citation: "45 CFR 164.508(c)",
            says: "a valid authorisation covers this recipient, purpose and category",
        },
        basis: Basis::Hip508c,
        regimes: &[Regime::Hipaa],
        purposes: &[],
        test: |case| {
            let kinds: &[ConsentKind] = if case.purpose() == PurposeOfUse::Hresch {
                &[
                    ConsentKind::Authorization,
                    ConsentKind::Named,
                    ConsentKind::Research,
                ]
            } else {
                &[ConsentKind::Authorization, ConsentKind::Named]
            };
            if case.state_law_forbids() {
                Verdict::Unmet
            } else {
                on_consent(case, kinds, Regime::Hipaa)
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-506a",
            citation: "45 CFR 164.501 (treatment: coordination with a third party), 164.502(b)",
            says: "a treating clinician attests which items coordinate treatment with this third party",
        },
        basis: Basis::Hip506a,
        regimes: &[Regime::Hipaa],
        purposes: &[
            PurposeOfUse::HousingCoord,
            PurposeOfUse::HousingElig,
            PurposeOfUse::Coc,
        ],
        test: |case| {
            let attested = case
                .attestations(AttestationType::TreatmentCoordination, case.holder_id())
                .any(|attestation| {
                    case.within(attestation.categories) && CLINICAL_ROLES.contains(&attestation.by_role)
                });
            if attested && !case.recipient().is_justice() && case.state_law_allows() {
                met(plain().attested().filtered())
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-510b1",
            citation: "45 CFR 164.510(b)(1)-(2)",
            says: "family involved in care gets what bears on that, with the client's documented agreement",
        },
        basis: Basis::Hip510b1,
        regimes: &[Regime::Hipaa],
        purposes: &[PurposeOfUse::Famrqt],
        test: |case| {
            let agreed = case.record.circumstances.oral_agreements.iter().any(|agreement| {
                agreement.to == *case.recipient_id()
                    && agreement.documented
                    && case.within(agreement.categories)
            });
            family(case, agreed, AttestationType::CareInvolvement)
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-510b3",
            citation: "45 CFR 164.510(b)(3)",
            says: "family gets what is in the best interest of a client who is absent or cannot agree",
        },
        basis: Basis::Hip510b3,
        regimes: &[Regime::Hipaa],
        purposes: &[PurposeOfUse::Famrqt],
        test: |case| {
            let can_agree = client_can_agree(case) || case.record.client.deceased;
            family(case, !can_agree, AttestationType::BestInterest)
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-510b4",
            citation: "45 CFR 164.510(b)(4)",
            says: "in a declared disaster, a relief organisation learns who and where somebody is, to tell the family",
        },
        basis: Basis::Hip510b4,
        regimes: &[Regime::Hipaa],
        purposes: &[PurposeOfUse::Disaster],
        test: |case| {
            let relief = case.has_authority(AuthorityTopic::DisasterRelief) && !case.recipient().is_justice();
            if relief
                && case.record.circumstances.declared_disaster
                && case.element.category.is_one_of(NOTIFY)
                && case.state_law_allows()
            {
                met(plain().filtered())
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-510b5",
            citation: "45 CFR 164.510(b)(5)",
            says: "family involved before death gets what bears on that",
        },
        basis: Basis::Hip510b5,
        regimes: &[Regime::Hipaa],
        purposes: &[PurposeOfUse::Famrqt],
        test: |case| {
            family(
                case,
                case.record.client.deceased,
                AttestationType::CareInvolvement,
            )
        },
    },
];

/// Carried by a usable consent of one of these kinds; one for "all" waits for review.
pub(crate) fn on_consent(case: &Case<'_>, kinds: &[ConsentKind], regime: Regime) -> Verdict {
    on_consent_for(case, kinds, regime, plain())
}

pub(crate) fn on_consent_for(
    case: &Case<'_>,
    kinds: &[ConsentKind],
    regime: Regime,
    ground: Ground,
) -> Verdict {
    on_consent_that(case, kinds, regime, ground, |_| true)
}

pub(crate) fn on_consent_that(
    case: &Case<'_>,
    kinds: &[ConsentKind],
    regime: Regime,
    ground: Ground,
    also: impl Fn(&ConsentFacts) -> bool,
) -> Verdict {
    use gateway_types::vocabulary::{ApprovalType, Obligation};
    let Some(usable) = case.consent_that(kinds, regime, also) else {
        return Verdict::Unmet;
    };
    let limits_use = case
        .record
        .consents
        .get(usable.position)
        .is_some_and(|consent| consent.no_investigative_use);
    let mut ground = ground.on(usable.position);
    if limits_use {
        ground = ground.noting(Notice::UseLimit);
    }
    if case.recipient().is_justice() {
        ground = ground.owing(Obligation::Noreuse);
    }
    match usable.review {
        Review::NotNeeded => met(ground),
        Review::Done | Review::Missing => with_approval(case, ApprovalType::Review, ground),
    }
}

/// The client asks for their own record.
pub(crate) fn is_clients_own_request(case: &Case<'_>) -> bool {
    case.seat.asks && case.seat.has_role(&[Role::Client]) && !case.element.is(ElementFact::ThirdParty)
}

/// A guardian whose authority is on file and reaches this category; for a minor, not care that the minor consented to
/// alone (164.502(g)(3)).
pub(crate) fn is_representative(case: &Case<'_>) -> bool {
    let client = case.record.client;
    let minors_own = client.is_minor()
        && (client.minor_may_consent_alone || case.element.is(ElementFact::MinorSelfConsented));
    case.seat.has_role(&[Role::Guardian])
        && !minors_own
        && !case.element.is(ElementFact::ThirdParty)
        && case
            .record
            .circumstances
            .representative
            .is_some_and(|representative| {
                representative.authority_documented
                    && case.element.category.covered_by(representative.categories)
            })
}

fn segregated_clinician(case: &Case<'_>) -> Verdict {
    let clinician = case.seat.person.is_some_and(|person| {
        person.licensed_clinician && person.system == SystemKind::SegregatedClinicalRecord
    });
    let promised = || case.holder_agreed(|agreement| agreement.segregates_clinical_record());
    let attested = case
        .attestations(AttestationType::ClinicalRecordSegregated, case.recipient_id())
        .next()
        .is_some();
    if clinician && attested && promised() && case.state_law_allows() {
        met(plain().attested())
    } else {
        Verdict::Unmet
    }
}

fn pays_or_operates(case: &Case<'_>) -> bool {
    let covered = case.recipient().flags.has(AgencyFlag::HipaaCoveredEntity);
    match case.purpose() {
        PurposeOfUse::Hpaymt => covered || case.recipient().flags.has(AgencyFlag::HealthCareProvider),
        // 164.506(c)(4): both must have a relationship with the individual.
        _ => {
            let related = case
                .seat
                .person
                .is_some_and(|person| person.treating_relationship)
                || case.recipient().kind == AgencyKind::HealthPlan;
            covered && related
        }
    }
}

fn serves_holder(case: &Case<'_>) -> bool {
    case.recipient().flags.has(AgencyFlag::BusinessAssociate)
        && case.instrument(Instrument::Baa, &[InstrumentTerm::Baa504eContent])
}

/// A client who is present, or said to be able, is asked (164.510(b)(2)); judgment is for those who cannot be.
fn client_can_agree(case: &Case<'_>) -> bool {
    let circumstances = &case.record.circumstances;
    circumstances
        .oral_agreements
        .iter()
        .any(|agreement| agreement.to == *case.recipient_id() && agreement.client_present)
        || circumstances
            .emergency
            .is_some_and(|emergency| emergency.client_able_to_consent || emergency.client_refused)
}

/// Family and caregivers: never police, whatever the client says by word of mouth.
fn family(case: &Case<'_>, condition: bool, judgment: AttestationType) -> Verdict {
    let judged = case.attestations(judgment, case.holder_id()).any(|attestation| {
        case.within(attestation.categories) && CLINICAL_ROLES.contains(&attestation.by_role)
    });
    if condition
        && judged
        && case.recipient().kind == AgencyKind::PrivatePerson
        && case.seat.has_role(FAMILY)
        && case.state_law_allows()
    {
        met(plain().attested().filtered())
    } else {
        Verdict::Unmet
    }
}
