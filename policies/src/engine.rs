//! The order of evaluation (catalogue 0.3): gates, match, prohibitions, bases, agreements, restrictions, profiles,
//! obligations.
//!
//! An element goes only if for every recipient no prohibition fires, every regime that binds it has a basis, an
//! agreement admits it where one is needed, and nothing narrows it away. The result depends on no order of any list.

mod batches;
mod bearing;
mod inquiry;
mod passage;
mod seats;
mod tally;

use gateway_crypto::Digest;
use gateway_types::vocabulary::{Initiator, Obligation, Response, WordSet};

pub use self::tally::{is_part2, is_public_interest};
use crate::agreements::{Agreements, InForce, Lookup};
use crate::decision::{Accounting, Decision, Denial, Effect, Findings, Reason};
use crate::facts::{Facts, RecordFacts, RequestFacts};
use crate::law;
use crate::rule_set::rule_set_hash;
use inquiry::{Asking, Inquiry};

/// Proof that a request passed the gates of step 1. Only [`admit`] makes one; a decision needs it.
///
/// ```compile_fail,E0451
/// // There is no way to a decision around the gates.
/// fn forge<'a>(request: &'a policies::facts::RequestFacts, other: policies::Admitted<'a>) -> policies::Admitted<'a> {
///     policies::Admitted { request, ..other }
/// }
/// ```
#[derive(Debug)]
#[must_use = "an admitted request is there to be decided"]
pub struct Admitted<'a> {
    request: &'a RequestFacts,
    agreements: InForce<'a>,
    agreement_set: Digest,
}

/// Looks at the request alone, before any client is looked up.
///
/// # Errors
/// A [`Denial`] whose response is `refused`: its reason would be the same for any client.
pub fn admit<'a>(request: &'a RequestFacts, agreements: &'a Agreements) -> Result<Admitted<'a>, Denial> {
    pass_gates(request, agreements, Lookup::Indexed)
}

fn pass_gates<'a>(
    request: &'a RequestFacts,
    agreements: &'a Agreements,
    lookup: Lookup,
) -> Result<Admitted<'a>, Denial> {
    let in_force = agreements.for_request(request, lookup);
    let closed: Vec<Reason> = law::GATES
        .iter()
        .filter(|gate| gate.is_closed(request, &in_force))
        .map(|gate| Reason {
            rule: &gate.rule,
            effect: Effect::Forbids,
            seat: None,
        })
        .collect();
    if closed.is_empty() {
        return Ok(Admitted {
            request,
            agreements: in_force,
            agreement_set: agreements.hash(),
        });
    }
    let mut obligations = WordSet::EMPTY.with(Obligation::Log);
    if request.initiator == Initiator::Requester {
        // What would have been withheld is not looked up; the evidence of 171.202(b) is kept in any case.
        obligations.insert(Obligation::Ib);
    }
    Err(Findings {
        elements: Vec::new(),
        request: closed,
        recipients: Vec::new(),
        response: Response::Refused,
        obligations,
        notices: WordSet::EMPTY,
        accounting: Accounting::default(),
        consents: Vec::new(),
        agreements: Vec::new(),
        terms: Vec::new(),
        rule_set: rule_set_hash(),
        agreement_set: agreements.hash(),
    }
    .into_denial())
}

/// Decides an admitted request: element by element in effect, together what differs in category alone.
#[must_use]
pub fn decide(admitted: Admitted<'_>, record: &RecordFacts) -> Decision {
    Inquiry::new(&admitted, record, Asking::OnceForAllAlike)
        .run()
        .into_decision()
}

/// Gates and decision in one, for facts that are all known: scenarios, replay.
#[must_use]
pub fn decide_all(facts: &Facts, agreements: &Agreements) -> Decision {
    in_one(facts, agreements, Lookup::Indexed, Asking::OnceForAllAlike)
}

/// The control of [`decide_all`]: the same rules, asked of every element by itself, and every agreement of the set
/// looked at one after the other. What it finds must be the same; it gives no permit.
#[must_use]
pub fn find_one_by_one(facts: &Facts, agreements: &Agreements) -> Findings {
    match in_one(facts, agreements, Lookup::Scanned, Asking::EachAlone) {
        Decision::Permit(permit) => permit.into_findings(),
        Decision::Denial(denial) => denial.into_findings(),
    }
}

fn in_one(facts: &Facts, agreements: &Agreements, lookup: Lookup, asking: Asking) -> Decision {
    match pass_gates(&facts.request, agreements, lookup) {
        Ok(admitted) => Inquiry::new(&admitted, &facts.record, asking)
            .run()
            .into_decision(),
        Err(mut denial) => {
            denial.list_withheld(&facts.record);
            Decision::Denial(denial)
        }
    }
}
