//! The tests inside agreement files, put to both engines as whole requests: with the law out of the way, and with it.

use std::path::Path;

use gateway_types::vocabulary::{Category, Initiator, PurposeOfUse, Statement, Word};
use policies::facts::Facts;
use policies::{Agreements, Outcome, decide_all};
use policies_reference::ReferenceEngine;
use serde_json::{Value, json};

/// Purposes for which no agreement is asked, so that none hides anything.
const WITHOUT_AGREEMENT: &[&str] = &[
    "PATRQT",
    "FAMRQT",
    "PWATRNY",
    "THREAT",
    "LE-INVEST",
    "LE-REPORT",
    "LEGAL-PROC",
    "ABUSE-REPORT",
    "ABUSE-FOLLOWUP",
];

/// The agreement files that ship.
pub(crate) fn files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> =
        std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../mou"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
            .map(|path| {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                (name, std::fs::read_to_string(&path).unwrap())
            })
            .collect();
    files.sort();
    files
}

fn every<W: Word>() -> Vec<&'static str> {
    W::ALL.iter().map(|word| word.code()).collect()
}

fn texts(value: &toml::Value, key: &str) -> Vec<String> {
    let listed = value.get(key).and_then(toml::Value::as_array);
    listed
        .into_iter()
        .flatten()
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// A word as a handle.
fn handle(word: &str) -> String {
    word.replace('_', "-")
}

/// One agency as its kind makes it.
fn agency(kind: &str) -> Value {
    match kind {
        "law_enforcement" => json!({ "kind": kind, "criminal_justice_agency": true, "governmental": true }),
        "hmis_lead" => json!({ "kind": kind, "hmis_participant": true }),
        "sud_program" => json!({ "kind": kind, "hipaa_covered_entity": true, "health_care_provider": true,
            "part2_program": "yes" }),
        _ => json!({ "kind": kind, "hipaa_covered_entity": true, "health_care_provider": true }),
    }
}

/// Under what the records of an agency are, besides under nothing at all.
fn regimes(kind: &str) -> &'static [&'static str] {
    match kind {
        "law_enforcement" => &["CADX"],
        "hmis_lead" => &["HMIS"],
        "sud_program" => &["HIPAA", "P2"],
        _ => &["HIPAA"],
    }
}

/// A test inside, as a request for one element of each category.
fn request(file: &toml::Value, test: &toml::Value, regimes: &[&str]) -> Facts {
    let given = &test["given"];
    let parties = file["party"].as_array().unwrap();
    let id = |key: &str| {
        let party = parties
            .iter()
            .find(|party| party["key"].as_str() == Some(key))
            .unwrap();
        party["agency"].as_str().unwrap()
    };
    let facts = texts(given, "facts");
    let holds = |fact: &str| facts.iter().any(|known| known == fact);
    let person = |side: &str| {
        let (key, role) = side.split_once('.').unwrap();
        json!({ "agency": id(key), "role": role, "licensed_clinician": true, "medical_personnel": true,
            "treating_relationship": holds("treating_relationship"), "system": "own_record_system" })
    };
    let mut sides = vec![given["as"].as_str().unwrap().to_owned()];
    sides.extend(texts(given, "audience"));
    let from = id(given["from"].as_str().unwrap());
    let recipients: Vec<&str> = sides
        .iter()
        .map(|side| id(side.split_once('.').unwrap().0))
        .collect();
    let on = given["on"].to_string();
    let statements: serde_json::Map<String, Value> = every::<Statement>()
        .into_iter()
        .map(|code| (code.to_owned(), json!(true)))
        .collect();
    let consents: Vec<Value> = texts(given, "consent")
        .iter()
        .map(|kind| {
            json!({ "id": handle(kind), "kind": kind, "signed_at": "2024-06-01T09:00:00Z", "signer": { "role": "client" },
                "discloser": { "agencies": [from] }, "recipients": { "agencies": recipients },
                "purposes": [given["purpose"].as_str().unwrap()], "categories": every::<Category>(),
                "expires": { "at": "2030-01-01T00:00:00Z" }, "statements": statements })
        })
        .collect();
    let agencies: serde_json::Map<String, Value> = parties
        .iter()
        .map(|party| {
            (
                party["agency"].as_str().unwrap().to_owned(),
                agency(party["kind"].as_str().unwrap()),
            )
        })
        .collect();
    let elements: Vec<Value> = every::<Category>()
        .into_iter()
        .map(|code| {
            // What identifies nobody is free by law, so that the agreement alone decides.
            let deidentified = if regimes == ["NONE"] { "expert" } else { "none" };
            json!({ "id": handle(code), "category": code, "source": from, "regimes": regimes,
                "facts": { "deidentified": deidentified } })
        })
        .collect();
    let mut circumstances = json!({
        "ems_call_open": holds("ems_call_open"),
        "privacy_notices": [{ "agency": from, "version": "1", "uses": ["service_coordination"],
            "recipient_kinds": ["behavioral_health_provider", "hospital", "sud_program"], "describes_gateway": true }],
    });
    if holds("emergency_stated") {
        let mut emergency = json!({ "immediate_treatment_needed": true, "personnel_named": true,
            "affiliation_named": true, "discloser_named": true, "time_recorded": true,
            "needed_categories": every::<Category>() });
        if holds("stated_reason") {
            emergency["stated_by"] = json!("physician");
            emergency["nature_recorded"] = json!(true);
        }
        circumstances["emergency"] = emergency;
    }
    serde_json::from_value(json!({
        "now": format!("{on}T18:00:00Z"), "initiator": Initiator::Requester.code(), "agencies": agencies,
        "requester": person(&sides[0]), "audience": sides[1..].iter().map(|side| person(side)).collect::<Vec<_>>(),
        "purpose": given["purpose"].as_str().unwrap(), "client": { "age": 36 }, "elements": elements,
        "consents": consents, "circumstances": circumstances,
    }))
    .unwrap()
}

/// The categories that a test names, field sets put in.
fn named(file: &toml::Value, test: &toml::Value, key: &str) -> Vec<String> {
    let sets = file["field_set"].as_array().unwrap();
    texts(&test["expect"], key)
        .iter()
        .flat_map(|word| {
            if word == "*" {
                return every::<Category>().into_iter().map(str::to_owned).collect();
            }
            match sets.iter().find(|set| set["key"].as_str() == Some(word)) {
                Some(set) => texts(set, "fields"),
                None => vec![word.clone()],
            }
        })
        .collect()
}

#[test]
fn the_tests_inside_agreements_come_out_alike_as_requests() {
    let mut wrong = Vec::new();
    let (mut seen, mut hidden) = (0, 0);
    for (name, text) in files() {
        let file: toml::Value = toml::from_str(&text).unwrap();
        let agreements = Agreements::load(&[(&name, &text)]).unwrap();
        let engine = ReferenceEngine::load(&agreements).unwrap().checking_questions();
        for test in file["test"].as_array().unwrap() {
            let from = test["given"]["from"].as_str().unwrap();
            let party = file["party"]
                .as_array()
                .unwrap()
                .iter()
                .find(|party| party["key"].as_str() == Some(from));
            let of_law = regimes(party.unwrap()["kind"].as_str().unwrap());
            let says = test["name"].as_str().unwrap();
            for regimes in [&["NONE"], of_law] {
                let facts = request(&file, test, regimes);
                let found = engine.differences(&facts, &agreements).unwrap();
                if !found.is_empty() {
                    wrong.push(format!("{name}, {says}, {regimes:?}: {found:?}"));
                }
                let decision = decide_all(&facts, &agreements);
                let goes = |category: &String| {
                    decision.findings().elements().iter().any(|element| {
                        element.id().as_str() == handle(category) && element.outcome() == Outcome::Release
                    })
                };
                let own = facts
                    .request
                    .recipients()
                    .all(|one| one.agency == *facts.record.elements[0].holder());
                let asked = PurposeOfUse::from_code(test["given"]["purpose"].as_str().unwrap()).unwrap();
                if !own && !WITHOUT_AGREEMENT.contains(&asked.code()) {
                    for category in named(&file, test, "hidden") {
                        hidden += 1;
                        if goes(&category) {
                            wrong.push(format!("{name}, {says}, {regimes:?}: {category} goes"));
                        }
                    }
                }
                if regimes == ["NONE"] {
                    for category in named(&file, test, "visible") {
                        seen += 1;
                        if !goes(&category) {
                            wrong.push(format!("{name}, {says}: {category} stays"));
                        }
                    }
                }
            }
        }
    }
    assert!(seen > 20 && hidden > 200, "only {seen} seen and {hidden} hidden");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
