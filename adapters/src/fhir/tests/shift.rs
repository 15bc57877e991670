//! The labels that clinicians gave (SHIFT's demonstration patients) against ours, by category: how many of theirs we find,
//! and how many of ours they gave too.

use std::collections::BTreeMap;
use std::path::Path;

use gateway_types::SourceRecord;
use gateway_types::vocabulary::Sensitivity;
use serde_json::{Value, json};

use super::super::{Limits, bundle};

/// Their codes, and which of ours says as much. What is no label of content (the regime 42CFRPart2, the kind of note
/// PSYTHPN, and SICKVIS, which tells how somebody was seen) is not compared.
const THEIRS: [(&str, &[Sensitivity]); 7] = [
    ("BH", &[Sensitivity::Mh, Sensitivity::Psy, Sensitivity::Sud]),
    ("SUD", &[Sensitivity::Sud]),
    ("OPIOIDUD", &[Sensitivity::Opioidud]),
    // An infection is told by a code of its own, theirs and ours: beside it they give SEX no more than we do.
    ("SEX", &[Sensitivity::Sex, Sensitivity::Pregnant]),
    ("STD", &[Sensitivity::Std]),
    ("HIV", &[Sensitivity::Hiv]),
    ("GDIS", &[Sensitivity::Gdis]),
];

#[derive(Default)]
struct Tally {
    both: u32,
    theirs_alone: Vec<String>,
    ours_alone: Vec<String>,
}

#[test]
fn the_labels_of_clinicians_are_found() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ehr-fhir/shift-labelled");
    if !root.is_dir() {
        println!("NOT RUN: the labelled bundles are not at ../shared/data/ehr-fhir/shift-labelled");
        return;
    }
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let (mut looked_at, mut not_taken) = (0, BTreeMap::<String, u32>::new());
    for file in ["1Asample.json", "1Bsample.json"] {
        let given: Value = serde_json::from_slice(&std::fs::read(root.join(file)).unwrap()).unwrap();
        let resources: Vec<Value> = given["entry"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["resource"].clone())
            .collect();
        for (at, resource) in resources.iter().enumerate() {
            let theirs: Vec<String> = resource["meta"]["security"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|label| label["code"].as_str().map(str::to_owned))
                .collect();
            let kind = resource["resourceType"].as_str().unwrap();
            if theirs.is_empty() || kind == "Patient" {
                continue;
            }
            let Some(ours) = labels_of(resource) else {
                *not_taken.entry(kind.to_owned()).or_default() += 1;
                continue;
            };
            looked_at += 1;
            for (code, same) in THEIRS {
                let (they, we) = (
                    theirs.iter().any(|one| one == code),
                    ours.iter().any(|one| same.contains(one)),
                );
                let tally = tallies.entry(code).or_default();
                let name = || format!("{file} {kind} {}", at + 1);
                match (they, we) {
                    (true, true) => tally.both += 1,
                    (true, false) => tally.theirs_alone.push(name()),
                    (false, true) => tally.ours_alone.push(name()),
                    (false, false) => {}
                }
            }
        }
    }
    println!("{looked_at} labelled resources; not taken in: {not_taken:?}");
    println!("{:<9} {:>6} {:>9}", "label", "recall", "precision");
    for (code, tally) in &tallies {
        let share = |others: usize| {
            let all = f64::from(tally.both) + others as f64;
            if all == 0.0 {
                "-".to_owned()
            } else {
                format!("{:.0} %", 100.0 * f64::from(tally.both) / all)
            }
        };
        println!(
            "{code:<9} {:>6} {:>9}   missed: {:?}; ours alone: {:?}",
            share(tally.theirs_alone.len()),
            share(tally.ours_alone.len()),
            tally.theirs_alone,
            tally.ours_alone
        );
        assert!(tally.theirs_alone.is_empty(), "{code}: {:?}", tally.theirs_alone);
    }
}

/// What we say of a resource whose labels were taken off; `None`: it is not taken in.
fn labels_of(resource: &Value) -> Option<Vec<Sensitivity>> {
    let mut resource = resource.clone();
    resource["meta"] = json!({});
    resource["id"] = "r".into();
    for about in ["subject", "patient"] {
        if resource.get(about).is_some() {
            resource[about] = json!({ "reference": "Patient/p" });
        }
    }
    let whole = json!({ "resourceType": "Bundle", "type": "collection", "entry": [
        { "resource": { "resourceType": "Patient", "id": "p", "name": [{ "family": "A", "given": ["B"] }] } },
        { "resource": resource },
    ]});
    let taken = bundle(whole.to_string().as_bytes(), &Limits::default()).ok()?;
    let mut labels = Vec::new();
    let mut found = false;
    for record in &taken.records {
        if let SourceRecord::About { elements, .. } = record {
            found = true;
            for element in elements {
                labels.extend(element.sensitivity.iter());
            }
        }
    }
    found.then_some(labels)
}
