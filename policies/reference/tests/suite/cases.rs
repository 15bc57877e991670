//! Every case that ships, and the tests inside agreements, decided by both engines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policies::Agreements;
use policies::facts::Facts;
use policies_reference::ReferenceEngine;
use serde_json::Value;

/// Every case of `policies/cases`: file, id, facts.
fn cases() -> Vec<(String, String, Facts)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json") && !path.ends_with("schema.json"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        for mut entry in serde_json::from_str::<Vec<BTreeMap<String, Value>>>(&text).unwrap() {
            let id = entry["id"].as_str().unwrap().to_owned();
            for not_a_fact in ["id", "title", "cites", "expect"] {
                entry.remove(not_a_fact);
            }
            let facts = serde_json::from_value(Value::Object(entry.into_iter().collect())).unwrap();
            cases.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), id, facts));
        }
    }
    cases
}

#[test]
fn every_case_is_decided_alike() {
    let none = Agreements::none();
    let engine = ReferenceEngine::load(&none).unwrap().checking_questions();
    let cases = cases();
    let of = |prefix: &str| cases.iter().filter(|(file, ..)| file.starts_with(prefix)).count();
    println!(
        "{} cases, {} of them floor_*, {} fresh_*",
        cases.len(),
        of("floor_"),
        of("fresh_")
    );
    assert!(of("floor_") > 300 && of("fresh_") > 400, "cases are missing");
    let mut different = Vec::new();
    for (file, id, facts) in &cases {
        let found = engine.differences(facts, &none).unwrap();
        if !found.is_empty() {
            different.push(format!("{file} {id} {}: {found:?}", facts.request.purpose));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
