//! The witnesses that the prover found: facts that one rule of the floor alone decides. Random facts miss rules; these
//! each hold one. `tests-load witnesses` finds them anew.

use std::collections::BTreeSet;

use policies::facts::Facts;
use policies::{Agreements, Outcome, decide_all};
use policies_reference::prove::{Weakening, is_decided_by};
use policies_reference::{Floor, ReferenceEngine};
use serde::Deserialize;

const OF_RULES: &str = include_str!("../../witnesses.jsonl");
/// Of so many rules one is taken out of the reference here: it takes its time. The search did it for each.
const ONE_OF: usize = 12;

#[derive(Deserialize)]
struct OfRule {
    rule: String,
    it: Option<String>,
    facts: Option<Facts>,
    none: Option<String>,
}

fn read<T: for<'t> Deserialize<'t>>(kept: &str) -> Vec<T> {
    kept.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Whether the element that the facts are about goes, in the compiled engine.
fn goes(facts: &Facts) -> bool {
    let decision = decide_all(facts, &Agreements::none());
    decision.findings().elements()[0].outcome() == Outcome::Release
}

#[test]
fn both_engines_decide_every_witness_alike_and_the_reference_by_the_rule_it_is_for() {
    let none = Agreements::none();
    let engine = ReferenceEngine::load(&none).unwrap();
    let mut different = Vec::new();
    let mut shown = 0;
    for witness in read::<OfRule>(OF_RULES) {
        let Some(facts) = &witness.facts else { continue };
        shown += 1;
        let found = engine.differences(facts, &none).unwrap();
        if !found.is_empty() {
            different.push(format!("{}: {found:?}", witness.rule));
        }
        let it = witness.it.as_deref();
        if goes(facts) != (it == Some("carries")) {
            different.push(format!("{}: does not show that it {it:?}", witness.rule));
        }
        if shown % ONE_OF == 1 && !is_decided_by(&engine, &Weakening::without(&witness.rule), facts).unwrap()
        {
            different.push(format!("{}: it is not this rule that decides", witness.rule));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    println!("{shown} witnesses");
}

#[test]
fn every_rule_has_its_witness_or_the_reason_why_none_was_found() {
    let kept: Vec<OfRule> = read(OF_RULES);
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
