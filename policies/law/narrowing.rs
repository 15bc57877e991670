//! What steps 2 and 6 to 8 take away: no match, no agreement, a promise, a restriction, a profile.

use gateway_types::vocabulary::{AgencyKind, ElementFact, PurposeOfUse, RestrictionType};

use super::case::Case;
use super::profiles::{AGREEMENT, DRIVER_PROFILE, ELIGIBILITY_PROFILE};
use super::rule::Rule;

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

pub(crate) static NARROWINGS: &[&Rule] = &[
    &NO_MATCH,
    &AGREEMENT,
    &PROMISE,
    &RESTRICTION,
    &DRIVER_PROFILE,
    &ELIGIBILITY_PROFILE,
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
    let mut outcome = Restricted::No;
    for restriction in &case.record.circumstances.restrictions {
        let bears = restriction.agency == *case.holder_id()
            && !case.stays_inside()
            && case.within(restriction.categories)
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
