//! Facts that one rule of the floor alone decides, found by the solver, for every rule: written to standard output as
//! `policies/reference/witnesses.jsonl` keeps them.

use policies_reference::prove::Prover;
use policies_reference::{Floor, RuleKind};
use serde_json::json;

/// Searches for every rule, or for those that are named; writes each as it is found, a line each.
pub(crate) fn run(wanted: &[String]) {
    let prover = Prover::new(Floor::load().expect("the floor")).expect("the properties");
    prover
        .witnesses(
            &|id| wanted.is_empty() || wanted.iter().any(|rule| rule == id),
            &|witness| {
                let it = if witness.kind == RuleKind::Basis {
                    "carries"
                } else {
                    "forbids"
                };
                let line = match &witness.facts {
                    Ok(facts) => json!({ "rule": witness.rule, "it": it, "facts": facts }),
                    Err(why) => json!({ "rule": witness.rule, "it": it, "none": why }),
                };
                println!("{line}");
            },
        )
        .expect("a solver");
}
