//! Reading the scenario files and comparing a decision with what a scenario expects.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use policies::facts::Facts;
use policies::{Agreements, Decision, decide_all};
use serde::Deserialize;

/// One scenario: its facts, and what it expects of the decision.
pub(crate) struct Scenario {
    pub(crate) id: String,
    pub(crate) facts: Facts,
    pub(crate) expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) elements: BTreeMap<String, String>,
    pub(crate) response: String,
    pub(crate) obligations_include: BTreeSet<String>,
    pub(crate) obligations_exclude: BTreeSet<String>,
    pub(crate) notices: BTreeSet<String>,
    pub(crate) accounting: BTreeMap<String, bool>,
    #[serde(default)]
    pub(crate) basis_include: BTreeSet<String>,
}

pub(crate) fn cases_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// Every scenario of the folder, in the order of files and entries.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(cases_folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json") && !path.ends_with("schema.json"))
        .collect();
    files.sort();
    files.iter().flat_map(|path| read(path)).collect()
}

fn read(path: &Path) -> Vec<Scenario> {
    let text = std::fs::read_to_string(path).unwrap();
    let entries: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&text).unwrap();
    entries
        .into_iter()
        .map(|mut entry| {
            // The facts are all that remains once these are gone; the engine never sees them.
            let id = entry.remove("id").unwrap().as_str().unwrap().to_owned();
            entry.remove("title");
            entry.remove("cites");
            let expect = serde_json::from_value(entry.remove("expect").unwrap()).unwrap();
            let facts = serde_json::from_value(serde_json::Value::Object(entry))
                .unwrap_or_else(|error| panic!("{id}: {error}"));
            Scenario { id, facts, expect }
        })
        .collect()
}

pub(crate) fn decision(facts: &Facts) -> Decision {
    decide_all(facts, &Agreements::none())
}

/// The handles that a decision releases.
pub(crate) fn released(facts: &Facts) -> BTreeSet<String> {
    decision(facts)
        .findings()
        .released()
        .map(|handle| handle.as_str().to_owned())
        .collect()
}

/// What `cases/because.txt` says of a case: which rules have to be among the reasons, for an element or the request.
/// For rules that others back up, so that the outcome alone does not show them.
pub(crate) fn because() -> &'static BTreeMap<String, Vec<(String, String)>> {
    static BECAUSE: LazyLock<BTreeMap<String, Vec<(String, String)>>> = LazyLock::new(|| {
        let text = std::fs::read_to_string(cases_folder().join("because.txt")).unwrap();
        let mut because: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let [case, of, rule] = words[..] else {
                panic!("cases/because.txt: a line is a case, an element or `request`, and a rule: {line}")
            };
            let entry = because.entry(case.to_owned()).or_default();
            entry.push((of.to_owned(), rule.to_owned()));
        }
        because
    });
    &BECAUSE
}

/// The rules that `cases/because.txt` asks for and that are not among the reasons.
fn unsaid(id: &str, findings: &policies::Findings) -> Vec<String> {
    let says = |reasons: &[policies::Reason], rule: &str| {
        reasons
            .iter()
            .any(|reason| reason.rule().id == rule && reason.effect() != policies::Effect::NothingPermits)
    };
    let asked = because().get(id).map(Vec::as_slice).unwrap_or_default();
    asked
        .iter()
        .filter(|(of, rule)| {
            let of_element = findings
                .elements()
                .iter()
                .find(|element| element.id().as_str() == of);
            !of_element.map_or_else(
                || of == "request" && says(findings.request_reasons(), rule),
                |element| says(&element.reasons().collect::<Vec<_>>(), rule),
            )
        })
        .map(|(of, rule)| format!("{rule} is no reason for {of}"))
        .collect()
}

/// What differs between the decision and the expectation; empty if nothing.
pub(crate) fn differences(scenario: &Scenario) -> Vec<String> {
    let decision = decision(&scenario.facts);
    let findings = decision.findings();
    let expect = &scenario.expect;
    let mut found = unsaid(&scenario.id, findings);
    for element in findings.elements() {
        let wanted = &expect.elements[element.id().as_str()];
        if wanted != element.outcome().code() {
            let why: Vec<String> = element
                .reasons()
                .map(|reason| format!("{}:{:?}", reason.rule().id, reason.effect()))
                .collect();
            found.push(format!("{} should {wanted} [{}]", element.id(), why.join(" ")));
        }
    }
    if findings.elements().len() != expect.elements.len() {
        found.push("not every element has an outcome".to_owned());
    }
    if findings.response().to_string() != expect.response {
        found.push(format!(
            "response {} not {}",
            findings.response(),
            expect.response
        ));
    }
    let owed: BTreeSet<String> = words(policies::decision::codes(findings.obligations()));
    for missing in expect.obligations_include.difference(&owed) {
        found.push(format!("obligation {missing} missing"));
    }
    for present in expect.obligations_exclude.intersection(&owed) {
        found.push(format!("obligation {present} present"));
    }
    let notices = words(policies::decision::codes(findings.notices()));
    if notices != expect.notices {
        found.push(format!("notices {notices:?} not {:?}", expect.notices));
    }
    let accounting = findings.accounting();
    if accounting.hipaa != expect.accounting["hipaa"] || accounting.part2 != expect.accounting["part2"] {
        found.push(format!("accounting {accounting:?}"));
    }
    let bases = words(policies::decision::codes(findings.bases()));
    for missing in expect.basis_include.difference(&bases) {
        found.push(format!("basis {missing} missing among {bases:?}"));
    }
    found
}

fn words(codes: Vec<&'static str>) -> BTreeSet<String> {
    codes.into_iter().map(str::to_owned).collect()
}
