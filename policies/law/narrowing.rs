//! What steps 2 and 6 to 8 take away: no match, no agreement, a promise, a restriction, a profile.

use gateway_types::vocabulary::{AgencyKind, ElementFact, PurposeOfUse, Regime, RestrictionType};

use super::case::Case;
use super::hipaa::is_clients_own_request;
use super::profiles::{AGREEMENT, AUDITOR_PROFILE, DRIVER_PROFILE, ELIGIBILITY_PROFILE};
use super::rule::{Rule, heard};

pub(crate) static NO_MATCH: Rule = Rule {
    id: "G-MATCH",
    citation: "42 CFR 2.13(c)(2); catalogue 0.3 step 2",
    says: "anything but one unique client is no match",
};
pub(crate) static NOTHING_PERMITS: Rule = Rule {
    id: "DEFAULT",
    citation: "catalogue 0.3, section 6",
    says: "no rule of this regime carries the release, so it stays",
};
pub(crate) static RESTRICTION: Rule = Rule {
    id: "HIP-522",
    citation: "45 CFR 164.522(a); 42 CFR 2.26",
    says: "a restriction that the holder agreed to, or must, holds",
};
pub(crate) static PROMISE: Rule = Rule {
    id: "MOU-NEVER",
    citation: "catalogue 0.5",
    says: "an agreement of these parties promises that this is never shared",
};

/// HP-3 needs no test of its own: separated notes carry a regime of their own, which only these bases satisfy.
pub(crate) static NOTES: Rule = Rule {
    id: "HP-3",
    citation: "42 CFR 2.31(b); 45 CFR 164.508(a)(2)",
    says: "separated notes go on no general consent: their own regime must have a basis of its own",
};
/// HP-6 is asked wherever a consent is looked for: no basis ever sees one that is not usable.
pub(crate) static BAD_CONSENT: Rule = Rule {
    id: "HP-6",
    citation: "42 CFR 2.31(c); 45 CFR 164.508(b)(2)",
    says: "nothing goes on a consent that is expired, revoked, deficient on its face or known to be false",
};
pub(crate) static REDISCLOSURE: Rule = Rule {
    id: "MOU-ONWARD",
    citation: "catalogue 0.5",
    says: "an agreement of source and holder forbids passing this on",
};

/// Whether a regime that binds an element has to have a basis.
pub(crate) fn asks_for_basis(regime: Regime) -> bool {
    !matches!(regime, Regime::Sudn | Regime::Psyn) || heard(&NOTES, true)
}

pub(crate) static NARROWINGS: &[&Rule] = &[
    &NO_MATCH,
    &NOTES,
    &BAD_CONSENT,
    &AGREEMENT,
    &PROMISE,
    &REDISCLOSURE,
    &RESTRICTION,
    &DRIVER_PROFILE,
    &ELIGIBILITY_PROFILE,
    &AUDITOR_PROFILE,
    &NOTHING_PERMITS,
];

/// How a restriction on file bears on a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restricted {
    No,
    /// It is broken for emergency treatment; the recipient is asked not to use it further (164.522(a)(1)(iii)-(iv)).
    BrokenForEmergency,
    Yes,
}

pub(crate) fn restricted(case: &Case<'_>) -> Restricted {
    // What somebody asks to be kept back is not kept from themselves (164.522(a)(1)(v), 164.524).
    if case.purpose() == PurposeOfUse::Patrqt && is_clients_own_request(case) {
        return Restricted::No;
    }
    let mut outcome = Restricted::No;
    for restriction in &case.record.circumstances.restrictions {
        let bears = restriction.agency == *case.holder_id()
            && !case.stays_inside()
            && case.within(restriction.categories)
            && !restriction.spares(case.element.facts)
            && (restriction.recipients.is_empty() || restriction.recipients.contains(case.recipient_id()));
        if !bears {
            continue;
        }
        match restriction.kind {
            RestrictionType::SelfPay => {
                let to_payer = case.recipient().kind == AgencyKind::HealthPlan
                    && matches!(
                        case.purpose(),
                        PurposeOfUse::Hpaymt | PurposeOfUse::Hoperat | PurposeOfUse::Hqualimp
                    );
                if to_payer && case.element.is(ElementFact::SelfPaid) {
                    return Restricted::Yes;
                }
            }
            RestrictionType::Agreed if case.emergency_needs_element() => {
                outcome = Restricted::BrokenForEmergency;
            }
            RestrictionType::Agreed => return Restricted::Yes,
        }
    }
    outcome
}
