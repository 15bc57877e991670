//! Facts that one rule of the floor alone decides, found by the solver, for every rule: written to standard output as
//! `policies/reference/witnesses.json` keeps them.

use policies_reference::prove::Prover;
use policies_reference::{Floor, RuleKind};
use serde_json::{Value, json};

/// Searches for every rule, or for those that are named.
pub(crate) fn run(wanted: &[String]) {
    let prover = Prover::new(Floor::load().expect("the floor")).expect("the properties");
    let found = prover
        .witnesses(
            &|id| wanted.is_empty() || wanted.iter().any(|rule| rule == id),
            &|witness| {
                if let Err(why) = &witness.facts {
                    eprintln!("{}: {why}", witness.rule);
                }
            },
        )
        .expect("a solver");
    let kept: Vec<Value> = found
        .iter()
        .map(|witness| {
            let kind = if witness.kind == RuleKind::Basis {
                "carries"
            } else {
                "forbids"
            };
            match &witness.facts {
                Ok(facts) => json!({ "rule": witness.rule, "it": kind, "facts": facts }),
                Err(why) => json!({ "rule": witness.rule, "it": kind, "none": why }),
            }
        })
        .collect();
    let lines: Vec<String> = kept.iter().map(Value::to_string).collect();
    println!("[\n{}\n]", lines.join(",\n"));
}
