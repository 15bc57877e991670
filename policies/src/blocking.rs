//! The evidence that withholding health information is no information blocking (45 CFR 171.202).
//!
//! Made from the findings of each decision that withholds from somebody who asks. Internal: it says why, which the
//! answer never does (42 CFR 2.13(c)); keep it sealed with the entry.

use gateway_crypto::Digest;
use gateway_types::vocabulary::{Obligation, PurposeOfUse, Regime};
use serde::{Serialize, Serializer};

use crate::decision::{Effect, Findings, Outcome};
use crate::facts::{ConsentFacts, ElementFacts, Facts};

/// On which part of the privacy exception a refusal rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Exception {
    /// 171.202(b): a legal precondition is not satisfied.
    Precondition,
    /// 171.202(d): an individual's own access is denied as 164.524(a)(2) allows.
    OwnAccess,
    /// 171.202(e): the individual asked that it not be shared.
    IndividualsRequest,
    /// None: only an agreement is missing, which is no legal precondition. Somebody has to look at it.
    NoneClaimed,
}

impl Exception {
    /// The provision; `None` where none is claimed.
    #[must_use]
    pub const fn citation(self) -> Option<&'static str> {
        match self {
            Self::Precondition => Some("45 CFR 171.202(b)"),
            Self::OwnAccess => Some("45 CFR 171.202(d)"),
            Self::IndividualsRequest => Some("45 CFR 171.202(e)"),
            Self::NoneClaimed => None,
        }
    }
}

/// What is owed because of a form on file (171.202(b)(2)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUp {
    /// Nothing.
    None,
    /// A form that would have covered this could not be used: offer a good one, and help.
    OfferNewForm,
}

/// Case-by-case documentation of one refusal: criteria, which were not met, why (171.202(b)(1)(ii)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockingRecord {
    /// The exceptions that it rests on, without repetition.
    pub exceptions: Vec<Exception>,
    /// The rules that were asked and said something: ids of the catalogue.
    pub criteria: Vec<&'static str>,
    /// Those that were not met.
    pub unmet: Vec<&'static str>,
    /// Why, in the words of the rules.
    pub why: Vec<&'static str>,
    /// How many elements of health information were withheld.
    pub withheld: usize,
    /// What a form on file asks for.
    pub follow_up: FollowUp,
    /// The version of the criteria: the statutory floor and the agreements that decided.
    #[serde(serialize_with = "as_text")]
    pub rule_set: Digest,
    /// The agreements in force.
    #[serde(serialize_with = "as_text")]
    pub agreement_set: Digest,
}

fn as_text<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(digest)
}

impl BlockingRecord {
    /// The record of a decision; `None` if nothing of health was withheld from somebody who asks.
    #[must_use]
    pub fn of(findings: &Findings, facts: &Facts) -> Option<Self> {
        if !findings.obligations().contains(Obligation::Ib) {
            return None;
        }
        let withheld: Vec<_> = facts
            .record
            .elements
            .iter()
            .zip(findings.elements())
            .filter(|(element, finding)| finding.outcome() == Outcome::Withhold && is_health(element))
            .collect();
        let reasons = || {
            withheld
                .iter()
                .flat_map(|(_, finding)| finding.reasons())
                .chain(findings.request_reasons().iter().copied())
        };
        let unmet = || reasons().filter(|reason| reason.effect() != Effect::Permits);
        let mut exceptions: Vec<Exception> = withheld
            .iter()
            .map(|(_, finding)| {
                let unmet: Vec<&str> = finding
                    .reasons()
                    .chain(findings.request_reasons().iter().copied())
                    .filter(|reason| reason.effect() != Effect::Permits)
                    .map(|reason| reason.rule().id)
                    .collect();
                exception(&unmet, facts.request.purpose)
            })
            .collect();
        exceptions.sort_unstable_by_key(|exception| *exception as u8);
        exceptions.dedup();
        let offer = withheld.iter().any(|(element, _)| {
            facts
                .record
                .consents
                .iter()
                .any(|form| falls_short(form, element, findings, facts))
        });
        Some(Self {
            exceptions,
            criteria: sorted(reasons().map(|reason| reason.rule().id)),
            unmet: sorted(unmet().map(|reason| reason.rule().id)),
            why: sorted(unmet().map(|reason| reason.rule().says)),
            withheld: withheld.len(),
            follow_up: if offer {
                FollowUp::OfferNewForm
            } else {
                FollowUp::None
            },
            rule_set: findings.rule_set(),
            agreement_set: findings.agreement_set(),
        })
    }
}

fn is_health(element: &ElementFacts) -> bool {
    element
        .regimes
        .contains_any(&[Regime::Hipaa, Regime::P2, Regime::Unknown])
}

fn exception(unmet: &[&str], purpose: PurposeOfUse) -> Exception {
    if !unmet.is_empty()
        && unmet
            .iter()
            .all(|id| matches!(*id, "MOU" | "G-MOU" | "MOU-NEVER" | "MOU-ONWARD"))
    {
        Exception::NoneClaimed
    } else if unmet.contains(&"HIP-522") {
        Exception::IndividualsRequest
    } else if purpose == PurposeOfUse::Patrqt {
        Exception::OwnAccess
    } else {
        Exception::Precondition
    }
}

/// A form that speaks of this element and recipient, was not withdrawn, and was not relied on: it falls short somewhere.
fn falls_short(form: &ConsentFacts, element: &ElementFacts, findings: &Findings, facts: &Facts) -> bool {
    let speaks_of_recipient = facts
        .request
        .recipients()
        .any(|person| form.recipients.agencies.contains(&person.agency))
        || !form.recipients.classes.is_empty();
    form.revoked.is_empty()
        && speaks_of_recipient
        && form.categories.covers(element.category)
        && form.purposes.contains(facts.request.purpose)
        && !findings.consents().contains(&form.id)
}

fn sorted(items: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut items: Vec<&'static str> = items.collect();
    items.sort_unstable();
    items.dedup();
    items
}
