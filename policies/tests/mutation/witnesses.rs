//! The prover's witnesses as a further jury: facts that one rule of the floor alone decides, so that an engine which lost
//! the rule decides them otherwise. The solver read the law apart from the code under test.

use serde::Deserialize;

use super::{Bend, with_bent};
use crate::facts::Facts;
use crate::law::{self, Rule};
use crate::{Agreements, Outcome, decide_all};

#[derive(Deserialize)]
struct Witness {
    rule: String,
    facts: Option<Facts>,
}

/// What becomes of the element that the facts are about: the first.
fn outcome(facts: &Facts) -> Outcome {
    decide_all(facts, &Agreements::none()).findings().elements()[0].outcome()
}

/// Whether a rule of the compiled engine is the one, or a part of the one, that a rule of the reference states. The
/// reference cuts finer: `P2-31a/2` is a part of what the engine asks of every form (HP-6).
fn states(rule: &Rule, id: &str) -> bool {
    let whole = id.split('/').next();
    whole == Some(rule.id) || rule.id == "HP-6"
}

/// Rules of the reference that the compiled engine holds otherwise than by one rule that could be lost. That it holds them
/// is shown by the same facts: it decides them as the reference does.
const OTHERWISE_HELD: [&str; 19] = [
    // Whom, what and for what a form names is how it looks for a form at all (`names`, `covered_by` in
    // `law/consents.rs`); one that does not name it is no form in the case, and nothing permits.
    "P2-31a/2",
    "P2-31a/3",
    "P2-31a/3-all",
    "P2-31a/4",
    "P2-31a/5",
    "P2-33/received",
    "VSP-3/blanket",
    // Nor are papers of others, or no longer in force, in the case.
    "HIP-514h/authority",
    "HIP-514h/process",
    "MOU-DATES",
    // That clients see their own records under HOPWA, RHY, title 38 and VAWA is a branch of those regimes' own bases.
    "OWN/client",
    // Whom the registry does not know can be shown nothing; what no regime is known to bind has no basis.
    "G-FACTS",
    "G-TAGS",
    // Each of the two stops what the other does on these facts, and the bases want the order as well: what it must recite
    // stands in `P2-64` and `P2-65` themselves.
    "HP-1",
    "HP-2",
    "P2-63",
    "P2-64/limits",
    "P2-64/notice",
    "P2-65/hearing",
];

#[test]
fn an_engine_that_lost_a_rule_decides_its_witness_otherwise() {
    let kept = include_str!("../../reference/witnesses.jsonl");
    let mut unseen = Vec::new();
    let mut shown = 0;
    for line in kept.lines() {
        let witness: Witness = serde_json::from_str(line).unwrap();
        let Some(facts) = witness.facts else { continue };
        let whole = outcome(&facts);
        let mut stating = law::rules().filter(|rule| states(rule, &witness.rule));
        shown += 1;
        let seen = stating.any(|rule| with_bent(rule, Bend::Removed, || outcome(&facts)) != whole);
        if seen == OTHERWISE_HELD.contains(&witness.rule.as_str()) {
            let others =
                law::rules().filter(|rule| with_bent(rule, Bend::Removed, || outcome(&facts)) != whole);
            unseen.push((witness.rule, others.map(|rule| rule.id).collect::<Vec<_>>()));
        }
    }
    assert!(
        unseen.is_empty(),
        "of {shown} witnesses these do not tell of their rule as said: {unseen:#?}"
    );
}
