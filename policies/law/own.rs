//! What needs no disclosure basis of its own: an agency's own record, counts that identify nobody, a view of the log.

use gateway_types::vocabulary::{
    Basis, Category, Deidentified, ElementFact, Obligation, PurposeOfUse, Regime, Role,
};

use super::case::Case;
use super::rule::{BasisRule, Rule, Verdict, met, plain};
use crate::facts::{LogEntry, Suspension};

/// The smallest cell of a table that may be published (catalogue HIP-514b, edge 5).
const SMALLEST_CELL: u64 = 11;

pub(crate) static BASES: &[BasisRule] = &[
    BasisRule {
        rule: Rule {
            id: "LOGVIEW",
            citation: "45 CFR 164.308(a)(1)(ii)(D), 164.312(b), 164.528; 42 CFR 2.25",
            says: "a compliance officer reads the metadata of the log; the client gets an accounting",
        },
        basis: Basis::Logview,
        regimes: &[Regime::None],
        purposes: &[PurposeOfUse::Audit, PurposeOfUse::Patrqt],
        test: log_view,
    },
    BasisRule {
        rule: Rule {
            id: "OWN",
            citation: "catalogue scenarios, section 5",
            says: "an agency's own record needs no further basis",
        },
        basis: Basis::Own,
        regimes: &[
            Regime::Hipaa,
            Regime::P2,
            Regime::Unknown,
            Regime::Hmis,
            Regime::Rhy,
            Regime::Hopwa,
            Regime::Va7332,
            Regime::Chri,
            Regime::Ncicr,
            Regime::Juv,
            Regime::Cji,
            Regime::Cadx,
            Regime::None,
        ],
        purposes: &[],
        test: |case| Verdict::when(case.stays_inside() && case.element.category != Category::DisclosureLog),
    },
    BasisRule {
        rule: Rule {
            id: "OWN",
            citation: "34 USC 12291(b)(2); 28 CFR 90.4(b)(2)(iii)",
            says: "a victim service provider reads its own record; other divisions of the same body do not",
        },
        basis: Basis::Own,
        regimes: &[Regime::Vsp],
        purposes: &[],
        test: |case| Verdict::when(case.stays_inside() && case.element.source == case.recipient_id()),
    },
    BasisRule {
        rule: Rule {
            id: "OWN",
            citation: "42 CFR 2.31(b); 45 CFR 164.508(a)(2)(i)(A)",
            says: "the author of separated notes uses them for treatment",
        },
        basis: Basis::Own,
        regimes: &[Regime::Sudn, Regime::Psyn],
        purposes: &[
            PurposeOfUse::Treat,
            PurposeOfUse::Coc,
            PurposeOfUse::Etreat,
            PurposeOfUse::Btg,
        ],
        test: |case| {
            Verdict::when(
                case.stays_inside() && case.seat.asks && case.element.is(ElementFact::OriginatedByRequester),
            )
        },
    },
    BasisRule {
        rule: Rule {
            id: "P2-54",
            citation: "42 CFR 2.54; 45 CFR 164.514(b)",
            says: "a public health authority gets Part 2 information only de-identified",
        },
        basis: Basis::P254,
        regimes: &[Regime::P2, Regime::Unknown],
        purposes: &[PurposeOfUse::Pubhlth],
        test: |case| Verdict::when(is_deidentified(case)),
    },
    BasisRule {
        rule: Rule {
            id: "VSP-5",
            citation: "45 CFR 1370.4(d)(1); 34 USC 12291(b)(2)(D)",
            says: "a victim service provider may share counts that identify nobody",
        },
        basis: Basis::Vsp5,
        regimes: &[Regime::Vsp],
        purposes: &[],
        test: |case| {
            Verdict::when(case.element.category == Category::AggregateCounts && is_deidentified(case))
        },
    },
    BasisRule {
        rule: Rule {
            id: "HIP-514b",
            citation: "45 CFR 164.502(d), 164.514(a)-(b)",
            says: "what is de-identified, with no small or recoverable cell, leaves HIPAA and Part 2",
        },
        basis: Basis::Hip514b,
        regimes: &[Regime::Hipaa, Regime::P2, Regime::Unknown, Regime::None],
        purposes: &[],
        test: |case| Verdict::when(is_deidentified(case)),
    },
    BasisRule {
        rule: Rule {
            id: "AGG",
            citation: "69 FR 45888 s. 4.1.3; catalogue HIP-514b",
            says: "counts that identify nobody are nobody's record",
        },
        basis: Basis::Agg,
        regimes: &[
            Regime::Hmis,
            Regime::Rhy,
            Regime::Hopwa,
            Regime::Va7332,
            Regime::Chri,
            Regime::Juv,
            Regime::Cji,
            Regime::Cadx,
        ],
        purposes: &[],
        test: |case| {
            Verdict::when(case.element.category == Category::AggregateCounts && is_deidentified(case))
        },
    },
];

/// 164.514(b) met, no small cell, nothing that lets a reader work one out, no unread free text, no match key.
pub(crate) fn is_deidentified(case: &Case<'_>) -> bool {
    let element = case.element;
    let cells_large = match element.facts.min_cell {
        Some(smallest) => smallest >= SMALLEST_CELL,
        None => element.category != Category::AggregateCounts,
    };
    element.facts.deidentified != Deidentified::None
        && cells_large
        && !element.is(ElementFact::RecoversSuppressedCell)
        && (!element.is(ElementFact::FreeText) || element.is(ElementFact::HumanCleared))
        && element.category != Category::LinkageToken
}

fn log_view(case: &Case<'_>) -> Verdict {
    if case.element.category != Category::DisclosureLog {
        return Verdict::Unmet;
    }
    if case.purpose() == PurposeOfUse::Audit {
        return Verdict::when(case.seat.has_role(&[Role::ComplianceOfficer]));
    }
    let shown = case.seat.has_role(&[Role::Client]) && !is_suspended(case);
    if shown { met(plain()) } else { Verdict::Unmet }
}

/// 164.528(a)(2): whether an agency's statement hides this entry of its own 512(d) or 512(f) disclosures now.
pub(crate) fn is_suspended(case: &Case<'_>) -> bool {
    let Some(entry) = &case.element.facts.log_entry else {
        return false;
    };
    is_suspendable(entry.basis)
        && case
            .record
            .circumstances
            .suspensions
            .iter()
            .any(|suspension| hides(suspension, entry, case))
}

fn hides(suspension: &Suspension, entry: &LogEntry, case: &Case<'_>) -> bool {
    suspension.agency == entry.recipient && suspension.is_in_force(case.request.now)
}

/// Whether disclosures on this ground may be kept from an accounting for a time (164.528(a)(2)(i)): 512(d) and 512(f),
/// and nothing else.
#[must_use]
pub const fn is_suspendable(basis: Basis) -> bool {
    matches!(
        basis,
        Basis::Hip512d
            | Basis::Hip512f1i
            | Basis::Hip512f1iiA
            | Basis::Hip512f1iiB
            | Basis::Hip512f1iiC
            | Basis::Hip512f2
            | Basis::Hip512f3
            | Basis::Hip512f4
            | Basis::Hip512f5
            | Basis::Hip512f6
    )
}

/// An accounting in which an entry is hidden owes the check of the suspension.
pub(crate) fn suspension_check(case: &Case<'_>) -> Option<Obligation> {
    let accounting =
        case.purpose() == PurposeOfUse::Patrqt && case.element.category == Category::DisclosureLog;
    (accounting && is_suspended(case)).then_some(Obligation::Susp)
}
