//! What `assent policies prove` says: each property in words with its citation, proved or with a request that breaks it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use serde::Serialize;
use serde_json::Value;

use super::envelope::{Checked, Counterexample, Prover, Verdict};
use super::solver::{SolverFault, solver_version};
use crate::assumptions::ASSUMPTIONS;

/// What is shown of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It holds for every request.
    Proved,
    /// It does not: there is a request that shows it.
    Refuted,
    /// It is not known, and so the check failed.
    Undecided,
}

/// One check.
#[derive(Debug, Serialize)]
pub struct Line {
    /// The property or the rule.
    pub id: String,
    /// The question it was asked of.
    pub question: String,
    /// For a property: the situation that must never be let through. For a rule: what it says.
    pub says: String,
    /// Where the law is found.
    pub cite: String,
    /// What came of it.
    pub result: Answer,
    /// For what is refuted: the request, attribute by attribute. For what is undecided: why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
    /// Milliseconds that it took; of what was asked at once, its share.
    pub milliseconds: u128,
}

/// What was proved, what was not, and what it rests on.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The solver, in its own words.
    pub solver: String,
    /// The digest of the floor that was looked at.
    pub floor: String,
    /// The forbidden situations.
    pub properties: Vec<Line>,
    /// No rule can fail while it is evaluated: a forbid that fails would be skipped.
    pub never_errors: Vec<Line>,
    /// Every basis can carry something: none is there for nothing.
    pub bases: Vec<Line>,
    /// What the proof takes to be so.
    pub assumptions: Vec<Assumed>,
    /// Milliseconds for all of it.
    pub milliseconds: u128,
}

/// Something that the proof takes to be so.
#[derive(Debug, Serialize)]
pub struct Assumed {
    /// Its name.
    pub name: String,
    /// What is taken to be so.
    pub means: String,
    /// For what Cedar is told: why it is not left to Cedar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

/// What the proof takes to be so besides [`ASSUMPTIONS`], which are about what Cedar is told.
const OF_THE_PROOF: &[(&str, &str)] = &[
    (
        "shape",
        "a question has every attribute of the schema and no other, and a question about a regime is about one that binds the element; the solver knows nothing else of it, so that a property holds under any labelling",
    ),
    (
        "agreements",
        "agreements add policies to `admit` and `share` alone, and the floor in use is the one proved (same digest)",
    ),
    (
        "solver",
        "cvc5 and the translation of Cedar to SMT are right when they say `proved`",
    ),
];

/// All of it.
fn assumed() -> Vec<Assumed> {
    let told = ASSUMPTIONS.iter().map(|told| Assumed {
        name: told.name.to_owned(),
        means: told.means.to_owned(),
        because: Some(told.because.to_owned()),
    });
    let of_the_proof = OF_THE_PROOF.iter().map(|(name, means)| Assumed {
        name: (*name).to_owned(),
        means: (*means).to_owned(),
        because: None,
    });
    told.chain(of_the_proof).collect()
}

impl Prover {
    /// Proves everything there is to prove.
    ///
    /// # Errors
    /// [`SolverFault`] if there is no solver, or it cannot be asked.
    pub fn report(&self) -> Result<Report, SolverFault> {
        let begun = Instant::now();
        let solver = solver_version()?;
        let properties = self.prove_all()?;
        let never_errors = self.never_errors()?;
        let bases = self.bases()?;
        let said: BTreeMap<&str, (&str, &str)> = self
            .properties()
            .iter()
            .map(|property| {
                (
                    property.id.as_str(),
                    (property.says.as_str(), property.cite.as_str()),
                )
            })
            .chain(
                self.floor
                    .rules()
                    .iter()
                    .map(|rule| (rule.id.as_str(), (rule.says.as_str(), rule.cite.as_str()))),
            )
            .collect();
        let lines = |checks: Vec<Checked>| checks.iter().map(|check| line(check, &said)).collect();
        Ok(Report {
            solver,
            floor: self.floor.hash().to_string(),
            properties: lines(properties),
            never_errors: lines(never_errors),
            bases: lines(bases),
            assumptions: assumed(),
            milliseconds: begun.elapsed().as_millis(),
        })
    }
}

impl Report {
    /// Whether everything was proved.
    #[must_use]
    pub fn is_proved(&self) -> bool {
        [&self.properties, &self.never_errors, &self.bases]
            .into_iter()
            .flatten()
            .all(|line| line.result == Answer::Proved)
    }

    /// The report in words.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let count = |lines: &[Line]| lines.iter().filter(|line| line.result == Answer::Proved).count();
        let _ = writeln!(out, "floor {}\nsolver {}\n", self.floor, self.solver);
        let _ = writeln!(out, "Never, whatever is asked and whatever any agreement says:");
        for line in &self.properties {
            write_line(&mut out, line);
        }
        for (title, lines) in [
            ("No rule can fail while it is evaluated", &self.never_errors),
            ("Every basis can carry something", &self.bases),
        ] {
            let _ = writeln!(out, "\n{title}: {} of {} proved.", count(lines), lines.len());
            for line in lines.iter().filter(|line| line.result != Answer::Proved) {
                write_line(&mut out, line);
            }
        }
        let _ = writeln!(out, "\nThis takes to be so:");
        for assumed in &self.assumptions {
            let _ = writeln!(out, "  {}: {}.", assumed.name, assumed.means);
            if let Some(because) = &assumed.because {
                let _ = writeln!(out, "      It is told rather than worked out: {because}.");
            }
        }
        let _ = write!(
            out,
            "\n{} of {} properties proved in {}.{:03} s.",
            count(&self.properties),
            self.properties.len(),
            self.milliseconds / 1000,
            self.milliseconds % 1000
        );
        out
    }
}

fn write_line(out: &mut String, line: &Line) {
    let result = match line.result {
        Answer::Proved => "proved",
        Answer::Refuted => "REFUTED",
        Answer::Undecided => "NOT DECIDED",
    };
    let _ = writeln!(
        out,
        "  {result}  {} ({}): {}\n          {}",
        line.id, line.question, line.says, line.cite
    );
    for shown in &line.shown {
        let _ = writeln!(out, "            {shown}");
    }
}

fn line(check: &Checked, said: &BTreeMap<&str, (&str, &str)>) -> Line {
    let (says, cite) = said.get(check.id.as_str()).copied().unwrap_or_default();
    let (result, shown) = match &check.verdict {
        Verdict::Proved => (Answer::Proved, Vec::new()),
        Verdict::Refuted(found) => (Answer::Refuted, found.in_words()),
        Verdict::Undecided(why) => (Answer::Undecided, vec![why.clone()]),
    };
    Line {
        id: check.id.clone(),
        question: check.action.clone(),
        says: says.to_owned(),
        cite: cite.to_owned(),
        result,
        shown,
        milliseconds: check.took.as_millis(),
    }
}

impl Counterexample {
    /// The request, attribute by attribute; what is false, empty or absent is left out.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(resource) = self.request.resource() {
            lines.push(format!("about: {}", resource.id().unescaped()));
        }
        if let Some(context) = self
            .request
            .context()
            .and_then(|context| context.to_json_value().ok())
        {
            put(&context, "", &mut lines);
        }
        lines
    }
}

fn put(value: &Value, path: &str, lines: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if let Some(word) = map
                .get("__entity")
                .and_then(|entity| entity.get("id"))
                .and_then(Value::as_str)
            {
                if word != "absent" {
                    lines.push(format!("{path}: {word}"));
                }
                return;
            }
            for (key, inner) in map {
                let inner_path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                put(inner, &inner_path, lines);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let words: Vec<&str> = items
                .iter()
                .filter_map(|item| item.get("__entity")?.get("id")?.as_str())
                .collect();
            lines.push(format!("{path}: {}", words.join(", ")));
        }
        Value::Bool(true) => lines.push(format!("{path}: yes")),
        Value::Number(number) if number.as_i64() != Some(0) => lines.push(format!("{path}: {number}")),
        _ => {}
    }
}
