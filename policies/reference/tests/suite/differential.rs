//! Two readings of one law: what the compiled engine releases, the reference releases, and nothing else.

use policies::Agreements;
use policies::random::RandomFacts;
use policies_reference::{Floor, ReferenceEngine};

/// How many random facts; `tests-load differential` takes as many as there is time for.
const DRAWN: usize = 1_500;
const SEED: u64 = 20;

#[test]
fn random_facts_are_decided_alike() {
    let none = Agreements::none();
    let engine = ReferenceEngine::load(&none).unwrap();
    let supply = RandomFacts::seeded(SEED).unwrap();
    let mut different = Vec::new();
    let mut releasing = 0;
    for (number, facts) in supply.stream().take(DRAWN).enumerate() {
        let found = engine.differences(&facts, &none).unwrap();
        releasing += usize::from(engine.decide(&facts).unwrap().released().next().is_some());
        if !found.is_empty() {
            different.push(format!(
                "seed {SEED} number {number} {:?}: {found:?}",
                facts.request.purpose
            ));
        }
    }
    assert!(
        releasing * 4 > DRAWN,
        "only {releasing} of {DRAWN} release anything"
    );
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// The comparison notices a rule that one of the two does not know.
#[test]
fn a_rule_less_is_noticed() {
    let none = Agreements::none();
    let supply = RandomFacts::seeded(SEED).unwrap();
    for rule in ["HP-5", "P2-51"] {
        let floor = Floor::load().unwrap().without(rule).unwrap();
        let engine = ReferenceEngine::with_floor(floor, &none).unwrap();
        let noticed = supply
            .scenarios()
            .iter()
            .any(|facts| !engine.differences(facts, &none).unwrap().is_empty());
        assert!(noticed, "nothing tells that {rule} is missing");
    }
}
