//! Two readings of one law: what the compiled engine releases, the reference releases, and nothing else.

use std::collections::BTreeSet;

use policies::facts::Facts;
use policies::random::RandomFacts;
use policies::{Agreements, decide_all};
use policies_reference::ReferenceEngine;

/// How many random facts; the load test takes a million and more.
const DRAWN: usize = 2_000;
const SEED: u64 = 20;

fn compiled(facts: &Facts, agreements: &Agreements) -> BTreeSet<String> {
    decide_all(facts, agreements)
        .findings()
        .released()
        .map(|id| id.as_str().to_owned())
        .collect()
}

/// What differs, in words; empty if nothing.
fn difference(engine: &ReferenceEngine, facts: &Facts, agreements: &Agreements) -> String {
    let reference = engine.decide(facts).unwrap();
    let released: BTreeSet<String> = reference.released().map(|id| id.as_str().to_owned()).collect();
    let expected = compiled(facts, agreements);
    let mut found = String::new();
    for error in &reference.errors {
        found.push_str(&format!(" error {error};"));
    }
    for element in reference
        .elements
        .iter()
        .filter(|element| expected.contains(element.id.as_str()))
    {
        if !element.withheld_by.is_empty() {
            found.push_str(&format!(
                " {} withheld by the reference: {:?};",
                element.id, element.withheld_by
            ));
        }
    }
    let decision = decide_all(facts, agreements);
    for finding in decision.findings().elements() {
        if released.contains(finding.id().as_str()) && !expected.contains(finding.id().as_str()) {
            let why: Vec<String> = finding
                .reasons()
                .iter()
                .map(|reason| format!("{}:{:?}", reason.rule().id, reason.effect()))
                .collect();
            found.push_str(&format!(
                " {} released by the reference alone: {why:?};",
                finding.id()
            ));
        }
    }
    found
}

#[test]
fn every_scenario_is_decided_alike() {
    let none = Agreements::none();
    let engine = ReferenceEngine::load(&none).unwrap().checking_questions();
    let supply = RandomFacts::seeded(0).unwrap();
    let mut different = Vec::new();
    for (number, facts) in supply.scenarios().iter().enumerate() {
        let found = difference(&engine, facts, &none);
        if !found.is_empty() {
            different.push(format!("scenario {number} {:?}:{found}", facts.request.purpose));
        }
    }
    assert!(
        different.is_empty(),
        "{} of {}:\n{}",
        different.len(),
        supply.scenarios().len(),
        different.join("\n")
    );
}

#[test]
fn random_facts_are_decided_alike() {
    let none = Agreements::none();
    let engine = ReferenceEngine::load(&none).unwrap();
    let supply = RandomFacts::seeded(SEED).unwrap();
    let mut different = Vec::new();
    let mut releasing = 0;
    for (number, facts) in supply.stream().take(DRAWN).enumerate() {
        let found = difference(&engine, &facts, &none);
        releasing += usize::from(!compiled(&facts, &none).is_empty());
        if !found.is_empty() {
            different.push(format!(
                "seed {SEED} number {number} {:?}:{found}",
                facts.request.purpose
            ));
        }
    }
    assert!(
        releasing * 4 > DRAWN,
        "only {releasing} of {DRAWN} release anything"
    );
    assert!(
        different.is_empty(),
        "{} of {DRAWN}:\n{}",
        different.len(),
        different.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
}
