//! `check`: what is wrong or doubtful in agreement files, each finding with its place, like a good compiler.

use std::fmt::Write as _;

use serde::Serialize;

use super::text::{Style, Tone, count};
use crate::mou::{self, Diagnostic};

/// What was found in a set of files.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    /// The files, in the order in which they were given.
    pub files: Vec<CheckedFile>,
    /// What was found, in the order of the files.
    pub findings: Vec<Diagnostic>,
}

/// One file of the set.
#[derive(Debug, Serialize)]
pub struct CheckedFile {
    /// Its name, as it was given.
    pub file: String,
    /// How many tests it carries inside, if it could be read.
    pub tests: Option<usize>,
    #[serde(skip)]
    text: String,
}

/// Checks a set of files, given as name and text.
#[must_use]
pub fn check(files: &[(String, String)]) -> CheckReport {
    let mut report = CheckReport {
        files: Vec::new(),
        findings: Vec::new(),
    };
    for (name, text) in files {
        let tests = match mou::check(name, text) {
            Ok(tests) => Some(tests),
            Err(found) => {
                report.findings.extend(found);
                None
            }
        };
        report.files.push(CheckedFile {
            file: name.clone(),
            tests,
            text: text.clone(),
        });
    }
    report
}

impl CheckReport {
    /// Whether something forbids that the files are used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        !self.findings.is_empty()
    }

    /// The report in words.
    #[must_use]
    pub fn to_text(&self, style: Style) -> String {
        let mut told = String::new();
        for finding in &self.findings {
            let text = self
                .files
                .iter()
                .find(|file| file.file == finding.file)
                .map_or("", |file| file.text.as_str());
            told.push_str(&in_words(finding, text, style));
            told.push('\n');
        }
        let files = count(self.files.len(), "file");
        let verdict = if self.findings.is_empty() {
            let tests = self.files.iter().filter_map(|file| file.tests).sum();
            style.paint(
                Tone::Good,
                &format!("{files} in order, {} inside pass", count(tests, "test")),
            )
        } else {
            style.paint(
                Tone::Bad,
                &format!("{files}, {}", count(self.findings.len(), "error")),
            )
        };
        told.push_str(&verdict);
        told.push('\n');
        told
    }
}

/// A finding with the line that it is about.
fn in_words(finding: &Diagnostic, text: &str, style: Style) -> String {
    let mut told = format!(
        "{}: {}\n",
        style.paint(Tone::Bad, "error"),
        style.paint(Tone::Strong, &style.wrap(&finding.message, 7)),
    );
    let number = finding.line.to_string();
    let margin = " ".repeat(number.len());
    // Writing to a string does not fail.
    let place = format!("--> {}:{}:{}", finding.file, finding.line, finding.column);
    let _ = writeln!(told, "{margin}{}", style.paint(Tone::Faint, &place));
    if let Some(line) = text.lines().nth(finding.line - 1) {
        // Tabs and whatever else is not printed would move the mark away from its place.
        let line: String = line
            .chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect();
        let blank = " ".repeat(finding.column - 1);
        let _ = writeln!(told, "{margin} |\n{number} | {line}");
        let _ = writeln!(told, "{margin} | {blank}{}", style.paint(Tone::Bad, "^"));
    }
    if let Some(hint) = &finding.hint {
        let hint = style.wrap(hint, number.len() + 9);
        let _ = writeln!(told, "{margin} = hint: {hint}");
    }
    told
}
