//! 42 CFR Part 2: what goes with the patient's consent, and to the patient (2.23, 2.31, 2.33, 2.35, 2.36).
//!
//! A record that came from a programme stays a Part 2 record at every later holder. Everything released here to
//! anyone but the patient is limited to what the purpose needs (2.13(a)), and every consented release carries
//! Statement 1 and the scope of the consent (2.32).

use gateway_types::vocabulary::{
    AgencyKind, ApprovalType, AttestationType, AuthorityTopic, Basis, ConsentKind, InstrumentTerm, Notice,
    PurposeOfUse, Regime, Role,
};

use super::case::{Case, Seat};
use super::consents::{in_force, is_tpo};
use super::hipaa::{is_clients_own_request, is_representative, on_consent_for, on_consent_that};
use super::rule::{BasisRule, Ground, Rule, Verdict, plain, with_approval};

const PART2: &[Regime] = &[Regime::P2, Regime::Unknown];
const PART2_AND_NOTES: &[Regime] = &[Regime::Sudn, Regime::P2, Regime::Unknown];

pub(crate) static BASES: &[BasisRule] = &[
    BasisRule {
        rule: Rule {
            id: "P2-23",
            citation: "42 CFR 2.23",
            says: "patients get their own record without a consent, except separated notes",
        },
        basis: Basis::P223,
        regimes: PART2,
        purposes: &[PurposeOfUse::Patrqt],
        test: |case| Verdict::when(is_clients_own_request(case)),
    },
    BasisRule {
        rule: Rule {
            id: "P2-15",
            citation: "42 CFR 2.15(a)(1), (b)(2)",
            says: "a representative acts for a patient who was found unable to, or has died",
        },
        basis: Basis::P215,
        regimes: PART2,
        purposes: &[PurposeOfUse::Pwatrny],
        test: |case| {
            let client = case.record.client;
            Verdict::when(is_representative(case) && (client.adjudicated_incapacity || client.deceased))
        },
    },
    BasisRule {
        rule: Rule {
            id: "P2-31b",
            citation: "42 CFR 2.31(b)",
            says: "separated counselling notes go on a consent for notes alone",
        },
        basis: Basis::P231b,
        regimes: PART2_AND_NOTES,
        purposes: &[],
        test: |case| {
            if case.binds(Regime::Sudn) {
                consented(case, &[ConsentKind::Notes], Regime::Sudn)
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "P2-31a",
            citation: "42 CFR 2.31(a), 2.33(a)(2)",
            says: "a single consent for treatment, payment and operations covers this recipient and purpose",
        },
        basis: Basis::P231a,
        regimes: PART2,
        purposes: &[],
        test: |case| {
            if is_tpo(case.purpose()) {
                consented(case, &[ConsentKind::Tpo], Regime::P2)
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "P2-36",
            citation: "42 CFR 2.36",
            says: "a programme reports dispensing where State law requires it and the patient consented",
        },
        basis: Basis::P236,
        regimes: PART2,
        purposes: &[PurposeOfUse::PdmpReport],
        test: |case| {
            if case.has_authority(AuthorityTopic::PdmpReport) {
                consented(case, &[ConsentKind::Named], Regime::P2)
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "P2-31a",
            citation: "42 CFR 2.31(a), 2.33(a)(1)",
            says: "a consent names this recipient and purpose",
        },
        basis: Basis::P231a,
        regimes: PART2,
        purposes: &[],
        test: named,
    },
    BasisRule {
        rule: Rule {
            id: "P2-52",
            citation: "42 CFR 2.31(a), 2.52",
            says: "the patient consented to this research",
        },
        basis: Basis::P231a,
        regimes: PART2,
        purposes: &[PurposeOfUse::Hresch],
        test: |case| consented(case, &[ConsentKind::Research], Regime::P2),
    },
    BasisRule {
        rule: Rule {
            id: "P2-31d",
            citation: "42 CFR 2.31(d), 2.33(a)(1)",
            says: "a consent of its own covers this proceeding, and counsel has cleared it",
        },
        basis: Basis::P231d,
        regimes: PART2,
        purposes: &[PurposeOfUse::LeInvest, PurposeOfUse::LegalProc],
        test: |case| match consented(case, &[ConsentKind::LegalProceedings], Regime::P2) {
            Verdict::Met(ground) => with_approval(case, ApprovalType::Counsel, ground),
            other => other,
        },
    },
    BasisRule {
        rule: Rule {
            id: "P2-35",
            citation: "42 CFR 2.35",
            says: "the named people who supervise a treatment condition monitor it",
        },
        basis: Basis::P235,
        regimes: PART2,
        purposes: &[PurposeOfUse::CjMonitor],
        test: |case| {
            if in_justice_system(case) {
                consented(case, &[ConsentKind::CriminalJustice], Regime::P2)
            } else {
                Verdict::Unmet
            }
        },
    },
    BasisRule {
        rule: Rule {
            id: "P2-33",
            citation: "42 CFR 2.33(b)(1)",
            says: "who received under a single consent discloses on for treatment, payment and operations, never to police",
        },
        basis: Basis::P233,
        regimes: PART2,
        purposes: &[
            PurposeOfUse::Treat,
            PurposeOfUse::Coc,
            PurposeOfUse::Etreat,
            PurposeOfUse::Hpaymt,
            PurposeOfUse::Hoperat,
            PurposeOfUse::Hqualimp,
        ],
        test: redisclosure,
    },
    BasisRule {
        rule: Rule {
            id: "P2-33",
            citation: "42 CFR 2.33(b)(3), (c)",
            says: "who holds it for payment or operations, outside HIPAA, passes it to a contractor bound in writing to Part 2",
        },
        basis: Basis::P233,
        regimes: PART2,
        purposes: &[
            PurposeOfUse::Hpaymt,
            PurposeOfUse::Hoperat,
            PurposeOfUse::Hqualimp,
        ],
        test: to_contractor,
    },
];

/// What every consented Part 2 release carries (2.32) and owes (2.13(a)).
pub(crate) fn consent_ground() -> Ground {
    plain()
        .filtered()
        .noting(Notice::Part2Statement1)
        .noting(Notice::ConsentScope)
}

fn consented(case: &Case<'_>, kinds: &[ConsentKind], regime: Regime) -> Verdict {
    on_consent_for(case, kinds, regime, consent_ground())
}

fn named(case: &Case<'_>) -> Verdict {
    match case.purpose() {
        // These need a consent of their own kind.
        PurposeOfUse::LeInvest | PurposeOfUse::LegalProc | PurposeOfUse::CjMonitor => Verdict::Unmet,
        PurposeOfUse::LeOutreach | PurposeOfUse::LeWelfare => {
            match consented(case, &[ConsentKind::Named], Regime::P2) {
                Verdict::Met(ground) if director_approved(case) => {
                    with_approval(case, ApprovalType::Review, ground.attested())
                }
                Verdict::Met(_) => Verdict::Held(ApprovalType::Review),
                other => other,
            }
        }
        _ => consented(case, &[ConsentKind::Named], Regime::P2),
    }
}

/// The programme's director approves the exchange with a recipient who does not treat.
fn director_approved(case: &Case<'_>) -> bool {
    case.attestations(AttestationType::LinkageApproved, case.holder_id())
        .any(|attestation| {
            case.within(attestation.categories) && attestation.by_role == Role::ProgramDirector
        })
}

/// A covered entity or business associate that holds the record under a single consent still in force for it.
fn redisclosure(case: &Case<'_>) -> Verdict {
    let holds_as_recipient = case.element.source != case.holder_id() && case.holder.under_hipaa();
    if !holds_as_recipient || case.recipient().is_justice() || !case.recipient().under_hipaa() {
        return Verdict::Unmet;
    }
    received_under(case, &[ConsentKind::Tpo])
}

/// 2.33(b)(3), (c): a lawful holder that is under neither Part 2 nor HIPAA, a payer for one, and its contractor.
fn to_contractor(case: &Case<'_>) -> Verdict {
    let holds_as_recipient = case.element.source != case.holder_id()
        && !case.holder.under_hipaa()
        && !case.holder.may_be_programme()
        && !case.holder.is_justice();
    let bound = || case.listed_by(|agreement| agreement.terms.contains(InstrumentTerm::Part2ContractorTerms));
    if holds_as_recipient && !case.recipient().is_justice() && bound() {
        received_under(case, &[ConsentKind::Tpo, ConsentKind::Named])
    } else {
        Verdict::Unmet
    }
}

/// The holder has the record under a consent that still stands, for the holder and for who would receive.
fn received_under(case: &Case<'_>, kinds: &[ConsentKind]) -> Verdict {
    let as_recipient = case.before(Seat {
        agency_id: case.holder_id(),
        agency: case.holder,
        person: None,
        asks: false,
    });
    on_consent_that(&as_recipient, kinds, Regime::P2, consent_ground(), |consent| {
        in_force(consent, case.recipient_id(), case.request.now)
    })
}

/// Those who made participation a condition and supervise it: police, prosecution, courts, supervision, custody.
fn in_justice_system(case: &Case<'_>) -> bool {
    case.recipient().is_justice()
        || matches!(
            case.recipient().kind,
            AgencyKind::Court | AgencyKind::Prosecutor | AgencyKind::Supervision | AgencyKind::Jail
        )
}
