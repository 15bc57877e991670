//! The acceptance scenarios, run against the floor. None that is not listed in `cases/pending.txt` may differ.

use std::collections::BTreeSet;

use crate::cases::{cases_folder, differences, scenarios};

fn pending() -> BTreeSet<String> {
    let text = std::fs::read_to_string(cases_folder().join("pending.txt")).unwrap();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn nothing_is_released_that_a_scenario_withholds() {
    let mut released = Vec::new();
    for scenario in scenarios() {
        for id in crate::cases::released(&scenario.facts) {
            if scenario.expect.elements[&id] == "withhold" {
                released.push(format!("{} {id}", scenario.id));
            }
        }
    }
    assert!(
        released.is_empty(),
        "released against the scenario: {released:#?}"
    );
}

#[test]
fn every_scenario_matches_but_those_listed_as_pending() {
    let pending = pending();
    let all = scenarios();
    let mut wrong = Vec::new();
    let mut done = Vec::new();
    for scenario in &all {
        let found = differences(scenario);
        match (found.is_empty(), pending.contains(&scenario.id)) {
            (false, false) => wrong.push(format!("{}: {}", scenario.id, found.join("; "))),
            (true, true) => done.push(scenario.id.clone()),
            _ => {}
        }
    }
    let matching = all.len() - wrong.len() - pending.len() + done.len();
    println!("{matching} of {} scenarios match exactly", all.len());
    assert!(
        wrong.is_empty(),
        "{matching} match; these differ:\n{}",
        wrong.join("\n")
    );
    assert!(
        done.is_empty(),
        "these match now, take them off cases/pending.txt: {done:?}"
    );
    let known: BTreeSet<&str> = all.iter().map(|scenario| scenario.id.as_str()).collect();
    assert!(
        pending.iter().all(|id| known.contains(id.as_str())),
        "cases/pending.txt names no scenario of that id"
    );
}

#[test]
fn facts_survive_being_written_and_read() {
    for scenario in scenarios() {
        let json = scenario.facts.to_canonical_json().unwrap();
        let again: policies::facts::Facts = serde_json::from_slice(&json).unwrap();
        assert_eq!(again, scenario.facts, "{}", scenario.id);
        assert_eq!(again.to_canonical_json().unwrap(), json, "{}", scenario.id);
    }
}

#[test]
fn an_unknown_fact_is_an_error() {
    let text = std::fs::read_to_string(cases_folder().join("a_crisis.json")).unwrap();
    for (known, unknown) in [
        ("\"treating_relationship\"", "\"treating_relation\""),
        ("\"hipaa_covered_entity\"", "\"hipaa_covered\""),
        ("\"part2_right_to_revoke\"", "\"part2_revoke\""),
        ("\"TREAT\"", "\"TREATMENT\""),
        ("\"personnel_named\"", "\"personal_named\""),
    ] {
        let bent = text.replace(known, unknown);
        assert_ne!(bent, text);
        let entries: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&bent).unwrap();
        let refused = entries.into_iter().any(|mut entry| {
            for key in ["id", "title", "cites", "expect"] {
                entry.remove(key);
            }
            serde_json::from_value::<policies::facts::Facts>(serde_json::Value::Object(entry)).is_err()
        });
        assert!(refused, "{unknown} was taken");
    }
}
