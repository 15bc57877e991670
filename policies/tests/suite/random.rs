//! The supply of random facts is worth testing with: near the rules, varied, and the same each time.

use std::collections::{BTreeMap, BTreeSet};

use crate::cases::decision;
use policies::random::RandomFacts;

const DRAWN: usize = 6_000;

#[test]
fn a_seed_and_a_number_always_give_the_same_facts() {
    let (one, other) = (RandomFacts::seeded(7).unwrap(), RandomFacts::seeded(7).unwrap());
    for number in [0, 1, 17, 4096] {
        assert_eq!(one.facts(number), other.facts(number));
    }
    assert_ne!(one.facts(3), RandomFacts::seeded(8).unwrap().facts(3));
}

#[test]
fn a_good_share_is_released_and_nearly_every_basis_and_rule_is_met() {
    let supply = RandomFacts::seeded(1).unwrap();
    let mut released = 0;
    let mut bases: BTreeMap<&str, usize> = BTreeMap::new();
    let mut forbidding: BTreeMap<&str, usize> = BTreeMap::new();
    let mut texts = BTreeSet::new();
    for facts in supply.stream().take(DRAWN) {
        let decision = decision(&facts);
        let findings = decision.findings();
        released += usize::from(findings.released().next().is_some());
        for basis in policies::decision::codes(findings.bases()) {
            *bases.entry(basis).or_default() += 1;
        }
        let element_reasons = findings.elements().iter().flat_map(|element| element.reasons());
        for reason in element_reasons.chain(findings.request_reasons().iter().copied()) {
            if reason.effect() == policies::Effect::Forbids {
                *forbidding.entry(reason.rule().id).or_default() += 1;
            }
        }
        texts.insert(facts.to_canonical_json().unwrap());
        let again: policies::facts::Facts =
            serde_json::from_slice(&facts.to_canonical_json().unwrap()).unwrap();
        assert_eq!(again, facts);
    }
    println!("{released} of {DRAWN} release something\nbases {bases:?}\nforbidding {forbidding:?}");
    assert!(
        released * 10 > DRAWN * 3,
        "only {released} of {DRAWN} release something"
    );
    assert!(texts.len() * 10 > DRAWN * 9, "only {} differ", texts.len());
    assert!(bases.len() >= 50, "only {} bases carry anything", bases.len());
    assert!(
        forbidding.len() >= 20,
        "only {} rules forbid anything",
        forbidding.len()
    );
}

#[test]
fn the_properties_hold_on_random_facts() {
    use policies::random::properties::{Tally, violations};

    /// A million go in `tests-load properties`.
    const TRIED: usize = 20_000;
    let supply = RandomFacts::seeded(20).unwrap();
    let mut tally = Tally::default();
    for (number, facts) in (0_u64..).zip(supply.stream().take(TRIED)) {
        let found = violations(&facts, number, &mut tally);
        assert!(
            found.is_empty(),
            "facts {number} of seed 20: {found:?}\n{}",
            String::from_utf8(facts.to_canonical_json().unwrap()).unwrap()
        );
    }
    assert!(tally.released * 4 > tally.facts, "{tally:?}");
    println!("{tally:?}");
}
