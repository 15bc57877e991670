//! The legal map: every id of the rule catalogue, the rules that carry it, the cases that exercise them.
//!
//! `ASSENT_WRITE_LEGAL_MAP=1 cargo test -p policies legal_map` renews `docs/legal-map.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use policies::Effect;
use serde::Deserialize;

use crate::cases::{decision, scenarios};

/// How many cases are named for an id.
const NAMED: usize = 4;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    id: Vec<Entry>,
    ours: Vec<Ours>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    says: String,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    r#where: Vec<String>,
    #[serde(default)]
    cases: Vec<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ours {
    id: String,
    says: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn listed() -> Listed {
    let text = std::fs::read_to_string(root().join("policies/law/catalogue.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// Which file of the floor holds a rule.
fn files_of_rules() -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut files: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("policies/law")).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("policies/law/{}", path.file_name().unwrap().to_string_lossy());
        if !name.ends_with(".rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for rule in policies::rules() {
            if text.contains(&format!("\"{}\"", rule.id)) {
                files.entry(rule.id).or_default().insert(name.clone());
            }
        }
    }
    files
}

/// Which cases make a rule say something: carry, forbid or wait.
fn cases_of_rules() -> BTreeMap<&'static str, Vec<String>> {
    let mut cases: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for scenario in scenarios() {
        let decision = decision(&scenario.facts);
        let findings = decision.findings();
        let of_elements = findings.elements().iter().flat_map(|element| element.reasons());
        let said: BTreeSet<&'static str> = of_elements
            .chain(findings.request_reasons().iter().copied())
            .filter(|reason| reason.effect() != Effect::NothingPermits)
            .map(|reason| reason.rule().id)
            .collect();
        for id in said {
            cases.entry(id).or_default().push(scenario.id.clone());
        }
    }
    cases
}

/// The ids that a text of the catalogue speaks of.
fn ids_in(text: &str) -> BTreeSet<String> {
    const FAMILIES: &[&str] = &[
        "HP", "HIP", "P2", "HMIS", "LE", "VSP", "RHY", "HOPWA", "VA", "RET", "CJ", "ST", "MIN", "ADA", "FHA",
        "HIT", "IB",
    ];
    // Words that look like ids and are none.
    const NO_IDS: &[&str] = &[
        "HIP-RH.enabled",
        "HMIS-side",
        "VSP-side",
        "LE-INVEST",
        "LE-OUTREACH",
        "LE-WELFARE",
        "P2-CLOSED",
        "P2-consent",
        "VA-approved",
    ];
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.'))
        .map(|word| word.trim_end_matches('.'))
        .filter(|word| !NO_IDS.contains(word))
        .filter_map(|word| {
            let (family, rest) = word.split_once('-')?;
            let (number, _) = rest.split_once('-').unwrap_or((rest, ""));
            (FAMILIES.contains(&family) && !number.is_empty()).then(|| format!("{family}-{number}"))
        })
        .collect()
}

#[test]
fn every_id_has_a_rule_a_place_or_a_stated_reason() {
    let listed = listed();
    let known: BTreeSet<&str> = policies::rules().map(|rule| rule.id).collect();
    let scenarios: BTreeSet<String> = scenarios().into_iter().map(|scenario| scenario.id).collect();
    let mut named: BTreeSet<&str> = listed.ours.iter().map(|ours| ours.id.as_str()).collect();
    for entry in &listed.id {
        let said = !entry.rules.is_empty() || !entry.r#where.is_empty() || entry.reason.is_some();
        assert!(said, "{} has neither rule nor place nor reason", entry.id);
        for rule in &entry.rules {
            assert!(
                known.contains(rule.as_str()),
                "{}: there is no rule {rule}",
                entry.id
            );
            named.insert(rule);
        }
        for place in &entry.r#where {
            let (file, word) = place.split_once(": ").unwrap();
            let path = root().join(file);
            let found = if path.is_dir() {
                std::fs::read_dir(&path).unwrap().any(|file| {
                    std::fs::read_to_string(file.unwrap().path()).is_ok_and(|text| text.contains(word))
                })
            } else {
                std::fs::read_to_string(&path).is_ok_and(|text| text.contains(word))
            };
            assert!(found, "{}: {file} does not say {word}", entry.id);
        }
        for case in &entry.cases {
            assert!(scenarios.contains(case), "{}: there is no case {case}", entry.id);
        }
    }
    let lost: Vec<&&str> = known.iter().filter(|rule| !named.contains(*rule)).collect();
    assert!(
        lost.is_empty(),
        "policies/law/catalogue.toml names no id for {lost:?}"
    );
    let ids: BTreeSet<&str> = listed.id.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids.len(), listed.id.len(), "an id is listed twice");
}

#[test]
fn every_id_of_the_catalogue_is_listed() {
    let Ok(catalogue) = std::fs::read_to_string(root().join("../shared/law/catalogue.md")) else {
        println!("the rule catalogue is not beside this repository: its ids were not compared");
        return;
    };
    let ids: BTreeSet<String> = listed().id.into_iter().map(|entry| entry.id).collect();
    let missing: Vec<String> = ids_in(&catalogue)
        .into_iter()
        .filter(|id| !ids.contains(id))
        .collect();
    assert!(
        missing.is_empty(),
        "policies/law/catalogue.toml lacks {missing:?}"
    );
}

#[test]
fn the_map_in_the_docs_is_the_map_of_the_code() {
    let listed = listed();
    let (files, cases) = (files_of_rules(), cases_of_rules());
    let mut page = "# Legal map\n\nEach id of the rule catalogue: what it says, where Assent keeps it, and cases that exercise it. An id \
                    without rule, place or reason fails the build.\n\nGenerated from `policies/law/catalogue.toml`: \
                    `ASSENT_WRITE_LEGAL_MAP=1 cargo test -p policies legal_map`. What each rule does without is in \
                    [the mutation check](law-mutations.md).\n\n| id | says | where | cases |\n| --- | --- | --- | --- |\n"
        .to_owned();
    let named = |found: &[String]| {
        let mut told = found.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        if found.len() > NAMED {
            let _ = write!(told, " and {} more", found.len() - NAMED);
        }
        told
    };
    for entry in &listed.id {
        let mut places: Vec<String> = Vec::new();
        let mut exercised = entry.cases.clone();
        for rule in &entry.rules {
            for file in files.get(rule.as_str()).into_iter().flatten() {
                places.push(format!("{rule} in `{file}`"));
            }
            exercised.extend(cases.get(rule.as_str()).cloned().unwrap_or_default());
        }
        places.extend(entry.r#where.iter().map(|place| format!("`{place}`")));
        places.extend(entry.reason.iter().map(|reason| format!("no rule: {reason}")));
        let mut seen = BTreeSet::new();
        exercised.retain(|case| seen.insert(case.clone()));
        assert!(
            entry.rules.is_empty() || !exercised.is_empty(),
            "{}: no case exercises its rules",
            entry.id
        );
        writeln!(
            page,
            "| {} | {} | {} | {} |",
            entry.id,
            entry.says,
            places.join("; "),
            named(&exercised)
        )
        .unwrap();
    }
    page.push_str("\nIds of our own:\n\n| id | says | cases |\n| --- | --- | --- |\n");
    for ours in &listed.ours {
        let exercised = cases.get(ours.id.as_str()).cloned().unwrap_or_default();
        writeln!(page, "| {} | {} | {} |", ours.id, ours.says, named(&exercised)).unwrap();
    }
    let path = root().join("docs/legal-map.md");
    if std::env::var_os("ASSENT_WRITE_LEGAL_MAP").is_some() {
        std::fs::write(&path, &page).unwrap();
        return;
    }
    assert!(
        std::fs::read_to_string(&path).is_ok_and(|kept| kept == page),
        "docs/legal-map.md is out of date: run `ASSENT_WRITE_LEGAL_MAP=1 cargo test -p policies legal_map`"
    );
}
