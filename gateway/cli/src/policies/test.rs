//! `assent policies test`: scenarios by their runner contract, and the tests inside agreement files.
//!
//! Standard output has one line a case and a last line with totals; what differs is set out on standard error. Exit
//! status 0 if every case matches, 1 if one does not, 2 if a file cannot be read or is not what it should be.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use policies::tools::cases::{self, CaseOutcome};
use serde::Serialize;

use super::page::{Form, complain_of, style};
use crate::{Failure, complain, say};

/// A case does not match.
const MISMATCH: u8 = 1;
/// A file cannot be used.
const UNUSABLE: u8 = 2;

#[derive(Args)]
pub(crate) struct TestArgs {
    /// Scenario files (`.json`) and agreement files (`.toml`), or folders of them.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Write each scenario's decision to this file, one JSON object a line.
    #[arg(long)]
    results: Option<PathBuf>,
    #[command(flatten)]
    form: Form,
}

#[derive(Serialize)]
struct Report<'o> {
    cases: &'o [CaseOutcome],
    passed: usize,
    failed: usize,
}

pub(crate) fn run(arguments: &TestArgs) -> Result<(), Failure> {
    let mut outcomes = Vec::new();
    for path in listed(&arguments.files)? {
        outcomes.extend(run_file(&path)?);
    }
    if let Some(path) = &arguments.results {
        write_results(path, &outcomes).map_err(|error| {
            complain(&format!("`{}` cannot be written: {error}", path.display()));
            Failure::Told(UNUSABLE)
        })?;
    }
    let failed = outcomes.iter().filter(|outcome| !outcome.passes()).count();
    let report = Report {
        cases: &outcomes,
        passed: outcomes.len() - failed,
        failed,
    };
    if arguments.form.json {
        arguments.form.print(&report, |_| String::new())?;
    } else {
        for outcome in &outcomes {
            say(&outcome.line(style()));
            if !outcome.passes() {
                complain_of(&outcome.to_text(style()));
            }
        }
        say(&format!("{} passed, {failed} failed", report.passed));
    }
    if failed == 0 {
        Ok(())
    } else {
        Err(Failure::Told(MISMATCH))
    }
}

fn unusable(message: &str) -> Failure {
    complain(message);
    Failure::Told(UNUSABLE)
}

/// The files that are meant; of a folder, by name, what is a case.
fn listed(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path)
            .map_err(|error| unusable(&format!("`{}` cannot be read: {error}", path.display())))?;
        let mut found: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|file| {
                let ending = file.extension().and_then(|ending| ending.to_str());
                matches!(ending, Some("json" | "toml")) && !is_schema(file)
            })
            .collect();
        found.sort();
        if found.is_empty() {
            return Err(unusable(&format!("`{}` holds no case", path.display())));
        }
        files.extend(found);
    }
    Ok(files)
}

fn is_schema(file: &Path) -> bool {
    file.file_name()
        .is_some_and(|name| name == "schema.json" || name.to_string_lossy().ends_with(".schema.json"))
}

fn run_file(path: &Path) -> Result<Vec<CaseOutcome>, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| unusable(&format!("`{name}` cannot be read: {error}")))?;
    if path.extension().is_some_and(|ending| ending == "toml") {
        return cases::run_inside(&name, &text).map_err(|found| {
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            unusable(&format!("the agreement cannot be used:\n{}", lines.join("\n")))
        });
    }
    let scenarios = cases::read_scenarios(&name, &text).map_err(|error| unusable(&error.to_string()))?;
    Ok(scenarios.iter().map(cases::run).collect())
}

fn write_results(path: &Path, outcomes: &[CaseOutcome]) -> std::io::Result<()> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    for decision in outcomes.iter().filter_map(|outcome| outcome.decision.as_ref()) {
        serde_json::to_writer(&mut file, decision)?;
        file.write_all(b"\n")?;
    }
    file.flush()
}
