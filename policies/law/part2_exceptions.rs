//! 42 CFR Part 2 without consent: service organisations, crimes on the premises, reports, deaths, emergencies,
//! research, audit, and subpart E orders.
//!
//! There is no exception for threats, missing persons, custody, adult abuse or gunshot reports.

use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, ApprovalType, AttestationFact, AttestationType, AuthorityTopic, Basis, Category,
    Finding, Instrument, InstrumentTerm, LegalProcessFact, LegalProcessType, Notice, Obligation,
    PurposeOfUse, Regime, Role,
};

use super::case::Case;
use super::hipaa_public::report;
use super::profiles::PREMISES;
use super::rule::{BasisRule, Rule, Verdict, met, plain};
use crate::facts::{Emergency, LegalProcess};

macro_rules! part2 {
    ($basis:ident, $id:literal, $citation:literal, $says:literal, [$($purpose:ident),*], $test:expr) => {
        BasisRule {
            rule: Rule { id: $id, citation: concat!("42 CFR ", $citation), says: $says },
            basis: Basis::$basis,
            regimes: &[Regime::P2, Regime::Unknown],
            purposes: &[$(PurposeOfUse::$purpose),*],
            test: $test,
        }
    };
    // The few that 2.31(b) lets reach separated notes.
    (notes too: $basis:ident, $id:literal, $citation:literal, $says:literal, [$($purpose:ident),*], $test:expr) => {
        BasisRule {
            rule: Rule { id: $id, citation: concat!("42 CFR ", $citation, ", 2.31(b)"), says: $says },
            basis: Basis::$basis,
            regimes: &[Regime::P2, Regime::Unknown, Regime::Sudn],
            purposes: &[$(PurposeOfUse::$purpose),*],
            test: $test,
        }
    };
}

pub(crate) static BASES: &[BasisRule] = &[
    part2!(
        P212c4,
        "P2-12c4",
        "2.11, 2.12(c)(4)",
        "a service organisation gets what it needs to serve the programme",
        [],
        service_organisation
    ),
    part2!(
        P212c5,
        "P2-12c5",
        "2.12(c)(5)",
        "staff tell police of a crime on the programme's premises, nothing clinical",
        [LeReport],
        |case| {
            let attested = case
                .attestations(AttestationType::PremisesCrime, case.holder_id())
                .any(|attestation| attestation.facts.has(AttestationFact::OnPremises));
            let told = from_programme(case)
                && case.pushed_by_holder()
                && attested
                && case.recipient().is_justice()
                && case.element.category.is_one_of(PREMISES)
                && !case.reproductive();
            noticed(told, Obligation::Attest)
        }
    ),
    part2!(
        P212c6,
        "P2-12c6",
        "2.12(c)(6)",
        "a programme makes the first report of suspected child abuse",
        [AbuseReport],
        |case| if from_programme(case) {
            report(case, AuthorityTopic::ChildAbuseReport)
        } else {
            Verdict::Unmet
        }
    ),
    part2!(notes too: P215, "P2-15", "2.15(b)(1)", "the cause of a death goes where a law on deaths asks for it",
    [DeathInq, DeathReview], |case| noticed(
        case.record.client.deceased
            && case.element.category == Category::DeathInformation
            && case.has_authority(AuthorityTopic::DeathInquiry),
        Obligation::Minec,
    )),
    part2!(
        P251,
        "P2-51",
        "2.51",
        "medical personnel get what an emergency needs when consent cannot be had, on the record",
        [Etreat, Btg],
        |case| noticed(
            case.emergency_needs_element() && consent_cannot_be_had(case) && emergency_is_recorded(case),
            Obligation::Emerg,
        )
    ),
    part2!(
        P252,
        "P2-52",
        "2.52",
        "research goes on with the director's determination",
        [Hresch],
        |case| {
            let determined = case
                .attestations(AttestationType::Part2ResearchDetermination, case.holder_id())
                .any(|attestation| {
                    case.within(attestation.categories) && attestation.by_role == Role::ProgramDirector
                });
            if determined {
                met(plain().attested().filtered().noting(Notice::ResearchTerms))
            } else {
                Verdict::Unmet
            }
        }
    ),
    part2!(notes too: P253, "P2-53", "2.53", "an auditor who undertook the limits in writing gets the audit's set",
    [Audit], |case| {
        let body = matches!(
            case.recipient().kind,
            AgencyKind::OversightAgency | AgencyKind::HealthPlan
        );
        let attested = case.attested_for_element(AttestationType::AuditUndertaking, case.recipient_id());
        if body && attested && case.notes_only_of_originator() {
            met(plain().attested().filtered().noting(Notice::AuditLimits))
        } else {
            Verdict::Unmet
        }
    }),
    part2!(notes too: P264, "P2-64", "2.61, 2.63, 2.64", "an order for other than criminal use, with notice, findings, limits and a mandate",
    [LegalProc], |case| ordered(case, |order| {
        order.kind == LegalProcessType::Part2Order264
            && order.facts.has_all(&[
                LegalProcessFact::PatientNotified,
                LegalProcessFact::HolderNotified,
            ])
            && (!confided(case) || order.findings.contains(Finding::ExtremelySeriousCrime))
    })),
    part2!(
        P265,
        "P2-65",
        "2.61, 2.65",
        "an order to investigate a patient for an extremely serious crime, with counsel heard and a mandate",
        [LeInvest],
        |case| ordered(case, |order| {
            order.kind == LegalProcessType::Part2Order265
                && order.facts.has_all(&[
                    LegalProcessFact::HolderNotified,
                    LegalProcessFact::HolderIndependentCounsel,
                ])
                && order.findings.contains(Finding::ExtremelySeriousCrime)
                && order.findings.contains(Finding::SubstantialValue)
        })
    ),
];

/// Released without consent, so with Statement 1 but with no scope of a consent.
fn noticed(condition: bool, owes: Obligation) -> Verdict {
    if condition {
        met(plain().filtered().owing(owes).noting(Notice::Part2Statement1))
    } else {
        Verdict::Unmet
    }
}

/// The programme itself holds the record: these exceptions are its own, not a later holder's.
fn from_programme(case: &Case<'_>) -> bool {
    case.element.source == case.holder_id() && case.holder.may_be_programme()
}

/// A service organisation serves the programme; police, courts and multi-agency teams never do, and none forwards.
fn service_organisation(case: &Case<'_>) -> Verdict {
    let serves = (case.recipient().flags.has(AgencyFlag::BusinessAssociate)
        || matches!(
            case.recipient().kind,
            AgencyKind::Laboratory | AgencyKind::GatewayOperator | AgencyKind::Evaluator
        ))
        && !case.recipient().is_justice()
        && !matches!(
            case.recipient().kind,
            AgencyKind::Court | AgencyKind::DeathReviewTeam
        );
    let agreed = || {
        case.instrument(
            Instrument::Qsoa,
            &[
                InstrumentTerm::QsoaBoundByPart2,
                InstrumentTerm::QsoaResistsProceedings,
            ],
        )
    };
    if serves && from_programme(case) && agreed() {
        met(plain().filtered())
    } else {
        Verdict::Unmet
    }
}

/// The statement for the programme whose record it is: another programme's readiness neither opens nor closes it.
fn emergency_at_source(case: &Case<'_>) -> Option<Emergency> {
    case.record.circumstances.emergency_at(case.element.source)
}

/// 2.51(a): nobody can consent, or a declared disaster has closed the programme. A refusal is not an impossibility.
fn consent_cannot_be_had(case: &Case<'_>) -> bool {
    emergency_at_source(case).is_some_and(|emergency| {
        emergency.program_closed_by_disaster
            || !(emergency.client_able_to_consent
                || emergency.client_refused
                || emergency.representative_available)
    })
}

/// 2.51(c): the four lines of the record.
fn emergency_is_recorded(case: &Case<'_>) -> bool {
    emergency_at_source(case).is_some_and(|emergency| {
        emergency.personnel_named
            && emergency.affiliation_named
            && emergency.discloser_named
            && emergency.time_recorded
            && emergency.nature_recorded
    })
}

/// 2.61, 2.64(d)-(e), 2.65(d)-(e): what both orders must recite; the mandate; two people at the holder.
fn ordered(case: &Case<'_>, sort: impl Fn(&LegalProcess) -> bool) -> Verdict {
    let recited = [
        Finding::NoOtherWay,
        Finding::InterestOutweighs,
        Finding::PartsLimited,
        Finding::PersonsLimited,
    ];
    let served = case.processes().any(|order| {
        sort(order)
            && case.within(order.categories)
            && order.facts.has(LegalProcessFact::MandatePresent)
            && recited.iter().all(|finding| order.findings.contains(*finding))
    });
    if !served {
        Verdict::Unmet
    } else if case.approved_by_two(ApprovalType::Counsel) {
        noticed(true, Obligation::Counsel)
    } else {
        Verdict::Held(ApprovalType::Counsel)
    }
}

/// 2.63: what the patient confided in the programme. An order has to recite why it reaches that too; of the three
/// grounds, the facts can carry the serious crime. Orders under 2.65 always recite it.
fn confided(case: &Case<'_>) -> bool {
    case.binds(Regime::Sudn) || case.element.category == Category::PatientStatement
}

/// Whether the law at least on its face compels something of this Part 2 record (HP-1, HP-2).
pub(crate) fn proceeding_is_open(case: &Case<'_>) -> bool {
    BASES
        .iter()
        .filter(|basis| matches!(basis.basis, Basis::P264 | Basis::P265))
        .filter(|basis| basis.purposes.contains(&case.purpose()))
        .any(|basis| !matches!(basis.says(case), Verdict::Unmet))
}
