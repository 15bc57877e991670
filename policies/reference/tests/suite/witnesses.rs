//! The witnesses that the prover found: facts that one rule of the floor alone decides. Random facts miss rules; these
//! each hold one. `tests-load witnesses` finds them anew.

use std::collections::BTreeSet;

use policies::facts::Facts;
use policies::{Agreements, Outcome, decide_all};
use policies_reference::{Floor, ReferenceEngine};
use serde::Deserialize;

const KEPT: &str = include_str!("../../witnesses.jsonl");

#[derive(Deserialize)]
struct Witness {
    rule: String,
    it: String,
    facts: Option<Facts>,
    none: Option<String>,
}

fn kept() -> Vec<Witness> {
    KEPT.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn both_engines_decide_every_witness_alike_and_the_reference_by_the_rule_it_is_for() {
    let none = Agreements::none();
    let engine = ReferenceEngine::load(&none).unwrap();
    let mut different = Vec::new();
    let mut shown = 0;
    for witness in kept() {
        let Some(facts) = &witness.facts else { continue };
        shown += 1;
        let found = engine.differences(facts, &none).unwrap();
        if !found.is_empty() {
            different.push(format!("{}: {found:?}", witness.rule));
        }
        let released = decide_all(facts, &none)
            .findings()
            .elements()
            .iter()
            .any(|element| element.outcome() == Outcome::Release);
        if released != (witness.it == "carries") {
            different.push(format!("{}: does not show that it {}", witness.rule, witness.it));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    println!("{shown} witnesses");
}

#[test]
fn every_rule_has_its_witness_or_the_reason_why_none_was_found() {
    let kept = kept();
    let named: BTreeSet<&str> = kept.iter().map(|witness| witness.rule.as_str()).collect();
    let floor = Floor::load().unwrap();
    let missing: Vec<&str> = floor
        .rules()
        .iter()
        .filter(|rule| rule.kind != policies_reference::RuleKind::Envelope)
        .map(|rule| rule.id.as_str())
        .filter(|id| !named.contains(id))
        .collect();
    assert!(missing.is_empty(), "nobody looked for {missing:?}");
    for witness in &kept {
        assert!(
            witness.facts.is_some() != witness.none.is_some(),
            "{}: facts or a reason",
            witness.rule
        );
    }
}
