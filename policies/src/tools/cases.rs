//! `test`: scenario files by the contract of the acceptance scenarios, and the tests inside agreement files.
//!
//! A scenario is facts and an expected decision. The facts are taken out before anything is decided, so no decision
//! can depend on a scenario's id, title, citations or expectation.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use gateway_types::vocabulary::{Basis, Notice, Obligation, PurposeOfUse, Response, Word, WordSet};
use gateway_types::{AgencyId, Timestamp, vocabulary::Initiator};
use serde::{Deserialize, Serialize};

use super::text::{Style, Tone};
use crate::agreements::Agreements;
use crate::decision::{Decision, Effect, Findings, codes};
use crate::engine::decide_all;
use crate::facts::{
    AgencyFacts, Circumstances, ClientFacts, ConsentFacts, ElementFacts, Facts, MouFacts, Person,
    RecordFacts, RequestFacts, Requester,
};
use crate::mou::{self, Diagnostic};

/// One scenario: facts, and what is expected of the decision.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its id; for people.
    pub id: String,
    /// One line; for people.
    pub title: String,
    /// What is decided.
    pub facts: Facts,
    expect: Expect,
}

/// A scenario file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct Unusable {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong; words of the format only, as scenario files hold no client's data.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    title: String,
    #[serde(rename = "cites")]
    _cites: Vec<String>,
    now: Timestamp,
    initiator: Initiator,
    agencies: BTreeMap<AgencyId, AgencyFacts>,
    requester: Requester,
    #[serde(default)]
    audience: Vec<Person>,
    purpose: PurposeOfUse,
    #[serde(default)]
    mous: Vec<MouFacts>,
    client: ClientFacts,
    elements: Vec<ElementFacts>,
    #[serde(default)]
    consents: Vec<ConsentFacts>,
    #[serde(default)]
    circumstances: Circumstances,
    expect: Expect,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    elements: BTreeMap<String, Expected>,
    response: Response,
    obligations_include: WordSet<Obligation>,
    obligations_exclude: WordSet<Obligation>,
    notices: WordSet<Notice>,
    accounting: ExpectedAccounting,
    #[serde(default)]
    basis_include: WordSet<Basis>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Release,
    Withhold,
}

impl Expected {
    const fn code(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Withhold => "withhold",
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedAccounting {
    hipaa: bool,
    part2: bool,
}

/// Reads a scenario file.
///
/// # Errors
/// [`Unusable`] if it is no such file: not JSON, an unknown key or value, something that must be there and is not.
pub fn read_scenarios(file: &str, text: &str) -> Result<Vec<Scenario>, Unusable> {
    let unusable = |line, column, message: String| Unusable {
        file: file.to_owned(),
        line,
        column,
        message,
    };
    let entries: Vec<&serde_json::value::RawValue> = serde_json::from_str(text)
        .map_err(|error| unusable(error.line(), error.column(), without_place(&error)))?;
    entries
        .into_iter()
        .map(|entry| {
            let (first_line, first_column) = place_of(text, entry.get());
            let moved = |line: usize, column: usize| match line {
                0 | 1 => (first_line, first_column + column.saturating_sub(1)),
                _ => (first_line + line - 1, column.max(1)),
            };
            let written: Written = serde_json::from_str(entry.get()).map_err(|error| {
                let (line, column) = moved(error.line(), error.column());
                unusable(line, column, without_place(&error))
            })?;
            let whole: serde_json::Value = serde_json::from_str(entry.get())
                .map_err(|error| unusable(first_line, first_column, without_place(&error)))?;
            match fault(&written, &whole) {
                Some(message) => Err(unusable(first_line, first_column, message)),
                None => Ok(written.into_scenario()),
            }
        })
        .collect()
}

/// Line and column, from 1, at which a part of a text begins.
fn place_of(text: &str, part: &str) -> (usize, usize) {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let before = text.get(..start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

fn without_place(error: &serde_json::Error) -> String {
    let told = error.to_string();
    told.rfind(" at line ")
        .and_then(|end| told.get(..end))
        .unwrap_or(&told)
        .to_owned()
}

/// What the types do not say and the schema does.
fn fault(written: &Written, whole: &serde_json::Value) -> Option<String> {
    let id = &written.id;
    if written.elements.is_empty() || written.agencies.is_empty() {
        return Some(format!("{id}: `agencies` and `elements` must not be empty"));
    }
    if written.initiator == Initiator::Source && written.audience.is_empty() {
        return Some(format!("{id}: a push needs an `audience`"));
    }
    if written.elements.iter().any(|element| element.regimes.is_empty()) {
        return Some(format!("{id}: an element needs a regime, if only `NONE`"));
    }
    let named: BTreeSet<&str> = written
        .elements
        .iter()
        .map(|element| element.id.as_str())
        .collect();
    if named.len() != written.elements.len() {
        return Some(format!("{id}: two elements have the same id"));
    }
    let expected: BTreeSet<&str> = written.expect.elements.keys().map(String::as_str).collect();
    if named != expected {
        return Some(format!(
            "{id}: `expect.elements` must name every element and no other"
        ));
    }
    repeated(whole).map(|word| format!("{id}: `{word}` is in a list twice"))
}

/// A text that is in one list twice, anywhere.
fn repeated(value: &serde_json::Value) -> Option<&str> {
    match value {
        serde_json::Value::Array(items) => {
            let mut known = BTreeSet::new();
            items
                .iter()
                .filter_map(serde_json::Value::as_str)
                .find(|word| !known.insert(*word))
                .or_else(|| items.iter().find_map(repeated))
        }
        serde_json::Value::Object(entries) => entries.values().find_map(repeated),
        _ => None,
    }
}

impl Written {
    fn into_scenario(self) -> Scenario {
        Scenario {
            id: self.id,
            title: self.title,
            facts: Facts {
                request: RequestFacts {
                    now: self.now,
                    initiator: self.initiator,
                    agencies: self.agencies,
                    requester: self.requester,
                    audience: self.audience,
                    purpose: self.purpose,
                    mous: self.mous,
                },
                record: RecordFacts {
                    client: self.client,
                    elements: self.elements,
                    consents: self.consents,
                    circumstances: self.circumstances,
                },
            },
            expect: self.expect,
        }
    }
}

/// The decision on a scenario in the words of the contract: one line of a results file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// The scenario.
    pub id: String,
    /// `release` or `withhold`, by element.
    pub elements: BTreeMap<String, &'static str>,
    /// What the caller is told.
    pub response: &'static str,
    /// Every obligation, sorted.
    pub obligations: Vec<&'static str>,
    /// Every notice, sorted.
    pub notices: Vec<&'static str>,
    /// In which accountings it is an entry.
    pub accounting: AccountingResult,
}

/// In which legal accountings a decision is an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AccountingResult {
    /// 45 CFR 164.528.
    pub hipaa: bool,
    /// 42 CFR 2.25.
    pub part2: bool,
}

/// How one case came out.
#[derive(Clone, Debug, Serialize)]
pub struct CaseOutcome {
    /// The case: a scenario's id, or agreement and test.
    pub id: String,
    /// One line about it.
    pub title: String,
    /// What differs; empty if nothing does.
    pub differs: Vec<Difference>,
    /// The whole decision, if the case is a scenario.
    pub decision: Option<CaseResult>,
}

/// One thing that came out otherwise than expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is about: an element, `response`, `obligations`, `notices`, an accounting, `bases`, a category.
    pub of: String,
    /// What was expected.
    pub expected: String,
    /// What came out.
    pub found: String,
    /// The rules that made it so, where one can be named.
    pub because: Vec<String>,
}

/// Decides a scenario and compares.
#[must_use]
pub fn run(scenario: &Scenario) -> CaseOutcome {
    let decision = decide_all(&scenario.facts, &Agreements::none());
    let findings = decision.findings();
    CaseOutcome {
        id: scenario.id.clone(),
        title: scenario.title.clone(),
        differs: differences(&scenario.expect, findings),
        decision: Some(result(&scenario.id, &decision)),
    }
}

fn result(id: &str, decision: &Decision) -> CaseResult {
    let findings = decision.findings();
    let accounting = findings.accounting();
    CaseResult {
        id: id.to_owned(),
        elements: findings
            .elements()
            .iter()
            .map(|element| (element.id().to_string(), element.outcome().code()))
            .collect(),
        response: findings.response().code(),
        obligations: sorted(findings.obligations()),
        notices: sorted(findings.notices()),
        accounting: AccountingResult {
            hipaa: accounting.hipaa,
            part2: accounting.part2,
        },
    }
}

fn sorted<W: Word>(set: WordSet<W>) -> Vec<&'static str> {
    let mut listed = codes(set);
    listed.sort_unstable();
    listed
}

fn listed<W: Word>(set: WordSet<W>) -> String {
    if set.is_empty() {
        "none".to_owned()
    } else {
        sorted(set).join(", ")
    }
}

fn differences(expect: &Expect, findings: &Findings) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut differ = |of: &str, expected: String, came_out: String, because: Vec<String>| {
        found.push(Difference {
            of: of.to_owned(),
            expected,
            found: came_out,
            because,
        });
    };
    for element in findings.elements() {
        let Some(expected) = expect.elements.get(element.id().as_str()) else {
            continue;
        };
        let outcome = element.outcome().code();
        if expected.code() != outcome {
            let because = element
                .reasons()
                .chain(findings.request_reasons().iter().copied())
                .map(|reason| {
                    let rule = reason.rule();
                    format!(
                        "{} {}: {} ({})",
                        rule.id,
                        did(reason.effect()),
                        rule.says,
                        rule.citation
                    )
                })
                .collect();
            differ(
                element.id().as_str(),
                expected.code().to_owned(),
                outcome.to_owned(),
                because,
            );
        }
    }
    if findings.response() != expect.response {
        differ(
            "response",
            expect.response.code().to_owned(),
            findings.response().code().to_owned(),
            Vec::new(),
        );
    }
    let owed = findings.obligations();
    let missing = expect.obligations_include.difference(owed);
    let surplus = expect.obligations_exclude.intersection(owed);
    if !missing.is_empty() {
        differ(
            "obligations",
            format!("with {}", listed(missing)),
            listed(owed),
            Vec::new(),
        );
    }
    if !surplus.is_empty() {
        differ(
            "obligations",
            format!("without {}", listed(surplus)),
            listed(owed),
            Vec::new(),
        );
    }
    if findings.notices() != expect.notices {
        differ(
            "notices",
            listed(expect.notices),
            listed(findings.notices()),
            Vec::new(),
        );
    }
    let accounting = findings.accounting();
    for (of, expected, came_out) in [
        ("accounting.hipaa", expect.accounting.hipaa, accounting.hipaa),
        ("accounting.part2", expect.accounting.part2, accounting.part2),
    ] {
        if expected != came_out {
            differ(of, expected.to_string(), came_out.to_string(), Vec::new());
        }
    }
    let bases = findings.bases();
    let missing = expect.basis_include.difference(bases);
    if !missing.is_empty() {
        differ(
            "bases",
            format!("with {}", listed(missing)),
            listed(bases),
            Vec::new(),
        );
    }
    found
}

const fn did(effect: Effect) -> &'static str {
    match effect {
        Effect::Permits => "permits",
        Effect::Forbids => "forbids",
        Effect::AwaitsReview => "awaits a review",
        Effect::AwaitsCounsel => "awaits counsel",
        Effect::NothingPermits => "found nothing that permits",
    }
}

impl CaseOutcome {
    /// Whether everything came out as expected.
    #[must_use]
    pub const fn passes(&self) -> bool {
        self.differs.is_empty()
    }

    /// The line of the runner contract: `ok <id>` or `FAIL <id> <what differs>`.
    #[must_use]
    pub fn line(&self, style: Style) -> String {
        if self.passes() {
            return format!("{} {}", style.paint(Tone::Good, "ok"), self.id);
        }
        let what: Vec<String> = self
            .differs
            .iter()
            .map(|difference| {
                format!(
                    "{} {} not {}",
                    difference.of, difference.found, difference.expected
                )
            })
            .collect();
        format!(
            "{} {} {}",
            style.paint(Tone::Bad, "FAIL"),
            self.id,
            what.join("; ")
        )
    }

    /// What differs, set out so that a person can act on it.
    #[must_use]
    pub fn to_text(&self, style: Style) -> String {
        let mut told = format!(
            "{}\n",
            style.paint(Tone::Strong, &format!("{}: {}", self.id, self.title))
        );
        for difference in &self.differs {
            // Writing to a string does not fail.
            let _ = writeln!(told, "    {}", difference.of);
            let expected = style.wrap(&difference.expected, 17);
            let found = style.wrap(&difference.found, 17);
            let _ = writeln!(
                told,
                "      {}",
                style.paint(Tone::Good, &format!("- expected {expected}"))
            );
            let _ = writeln!(
                told,
                "      {}",
                style.paint(Tone::Bad, &format!("+ came out {found}"))
            );
            for reason in &difference.because {
                let _ = writeln!(told, "        {}", style.wrap(reason, 10));
            }
        }
        told
    }
}

/// Runs the tests inside an agreement file.
///
/// # Errors
/// Everything that is wrong with the file besides its tests.
pub fn run_inside(name: &str, text: &str) -> Result<Vec<CaseOutcome>, Vec<Diagnostic>> {
    let file = mou::read_untested(name, text)?;
    let outcome = |(index, test): (usize, &mou::TestOutcome)| CaseOutcome {
        id: format!("{}/test-{}", file.agreement.id(), index + 1),
        title: test.name.clone(),
        differs: test
            .differs
            .iter()
            .map(|difference| Difference {
                of: difference.category.clone(),
                expected: difference.expected.clone(),
                found: difference.found.clone(),
                because: Vec::new(),
            })
            .collect(),
        decision: None,
    };
    Ok(file.tests.iter().enumerate().map(outcome).collect())
}
