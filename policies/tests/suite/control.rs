//! The evaluation by sets of categories against its control: the same rules asked of every element by itself, and every
//! agreement looked at one after the other. They must find the same, to the last reason.

use policies::facts::{Facts, Handle};
use policies::random::RandomFacts;
use policies::{Agreements, Findings, decide_all, find_one_by_one};

const DRAWN: u64 = 1_500;

/// Everything that was found, reasons and their recipients too.
fn told(findings: &Findings) -> String {
    use std::fmt::Write as _;
    let mut told = String::new();
    for element in findings.elements() {
        let _ = write!(
            told,
            "{} {:?} {:?}:",
            element.id(),
            element.outcome(),
            element.bases()
        );
        for reason in element.reasons() {
            let recipient = findings.recipient(&reason);
            let _ = write!(
                told,
                " {}, {:?} {recipient:?};",
                reason.rule().id,
                reason.effect()
            );
            let _ = write!(told, " {}", reason.rule().citation);
        }
        told.push('\n');
    }
    let _ = write!(
        told,
        "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        findings.request_reasons(),
        findings.response(),
        findings.obligations(),
        findings.notices(),
        findings.accounting(),
        findings.consents(),
        findings.agreements(),
        findings.terms()
    );
    told
}

/// The agreements that ship with Assent: their parties are those of many scenarios.
fn shipped() -> Agreements {
    Agreements::load(&[
        (
            "riverton-crisis-care.toml",
            include_str!("../../mou/riverton-crisis-care.toml"),
        ),
        (
            "riverton-outreach.toml",
            include_str!("../../mou/riverton-outreach.toml"),
        ),
    ])
    .unwrap()
}

/// The elements of `other` and the agencies they name, in the record of `facts`: many elements, few alike.
fn with_elements_of(mut facts: Facts, other: &Facts) -> Facts {
    for (position, element) in other.record.elements.iter().enumerate() {
        let mut element = element.clone();
        element.id = Handle::numbered(position);
        facts.record.elements.push(element);
    }
    for (id, agency) in &other.request.agencies {
        facts.request.agencies.entry(id.clone()).or_insert(*agency);
    }
    facts
}

/// Each element once more for every category: what differs in category alone has to be told apart.
fn in_every_category(mut facts: Facts) -> Facts {
    let first = facts.record.elements.first().cloned();
    for (position, category) in gateway_types::vocabulary::Word::ALL.iter().enumerate() {
        facts.record.elements.extend(first.clone().map(|mut element| {
            element.id = Handle::numbered(position);
            element.category = *category;
            element
        }));
    }
    facts
}

#[test]
fn together_and_one_by_one_find_the_same() {
    let supply = RandomFacts::seeded(29).unwrap();
    let (none, shipped) = (Agreements::none(), shipped());
    let mut released = [0_usize; 4];
    for number in 0..DRAWN {
        let facts = supply.facts(number);
        let other = supply.facts(number + DRAWN);
        let mut without = facts.clone();
        without.request.mous.clear();
        let variants = [
            (&none, in_every_category(facts.clone())),
            (&none, with_elements_of(facts.clone(), &other)),
            (&shipped, without),
            (&shipped, with_elements_of(facts, &other)),
        ];
        for ((agreements, facts), released) in variants.iter().zip(&mut released) {
            let together = decide_all(facts, agreements);
            let together = together.findings();
            let one_by_one = find_one_by_one(facts, agreements);
            assert_eq!(
                told(together),
                told(&one_by_one),
                "seed 29, facts {number}: {}",
                String::from_utf8(facts.to_canonical_json().unwrap()).unwrap()
            );
            *released += usize::from(together.released().next().is_some());
        }
    }
    println!("{released:?} of {DRAWN} release something");
    assert!(released.iter().all(|released| *released > 100), "{released:?}");
}
