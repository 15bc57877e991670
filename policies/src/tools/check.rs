//! `check`: what is wrong or doubtful in agreement files, each finding with its place, like a good compiler.
//!
//! The files given together are one set: what one of them closes or says twice is found too. What the law always
//! withholds is asked of the real engine, never looked up in a list.

mod law;
mod paper;
mod set;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use gateway_types::Timestamp;
use serde::Serialize;

use super::text::{Style, Tone, count};
use crate::mou::{self, Diagnostic, Severity, Status};

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
    /// What it is, if it could be read.
    pub agreement: Option<Checked>,
    #[serde(skip)]
    text: String,
}

/// An agreement that could be read.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Its id.
    pub id: String,
    /// Its version number.
    pub version: String,
    /// Its title.
    pub title: String,
    /// The digest of what it says.
    pub hash: String,
    /// Its status.
    pub status: Status,
    /// The version that it says it replaces, and its digest.
    pub supersedes: Option<(String, String)>,
    /// Keys of the parties that have not signed.
    pub unsigned: Vec<String>,
    /// How many tests it carries inside; all pass.
    pub tests: usize,
}

/// A file of the set that could be read, with its text: what the lints look at.
struct Read<'f> {
    name: &'f str,
    text: &'f str,
    file: mou::File,
}

/// Checks a set of files, given as name and text, as things stand at `now`.
#[must_use]
pub fn check(files: &[(String, String)], now: Timestamp) -> CheckReport {
    let mut checked = Vec::new();
    let mut findings = Vec::new();
    let mut set = Vec::new();
    for (name, text) in files {
        let agreement = match mou::read(name, text) {
            Ok(file) => {
                let known = Checked::of(&file);
                set.push(Read { name, text, file });
                Some(known)
            }
            Err(found) => {
                findings.extend(found);
                None
            }
        };
        checked.push(CheckedFile {
            file: name.clone(),
            agreement,
            text: text.clone(),
        });
    }
    let mut answers = law::Answers::default();
    for read in &set {
        paper::lint(read, now, &mut findings);
        law::lint(read, &mut answers, &mut findings);
    }
    set::lint(&set, &mut findings);
    let places: BTreeMap<&str, usize> = files.iter().map(|(name, _)| name.as_str()).zip(0..).collect();
    let position = |finding: &Diagnostic| {
        let file = places.get(finding.file.as_str()).copied();
        (file, finding.line, finding.column, finding.code)
    };
    findings.sort_by(|one, other| {
        position(one)
            .cmp(&position(other))
            .then_with(|| one.message.cmp(&other.message))
    });
    findings.dedup();
    CheckReport {
        files: checked,
        findings,
    }
}

impl Checked {
    fn of(file: &mou::File) -> Self {
        Self {
            id: file.agreement.id().to_string(),
            version: file.paper.version.to_string(),
            title: file.paper.title.clone(),
            hash: file
                .agreement
                .hash()
                .map_or_else(String::new, |hash| hash.to_string()),
            status: file.paper.status,
            supersedes: file
                .paper
                .supersedes
                .as_ref()
                .map(|older| (older.version.clone(), older.hash.clone())),
            unsigned: file.paper.unsigned.clone(),
            tests: file.tests.len(),
        }
    }
}

impl CheckReport {
    /// Whether something forbids that the files are used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.number(Severity::Error) > 0
    }

    fn number(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// The report in words.
    #[must_use]
    pub fn to_text(&self, style: Style) -> String {
        let mut told = String::new();
        let texts: BTreeMap<&str, &str> = self
            .files
            .iter()
            .map(|file| (file.file.as_str(), file.text.as_str()))
            .collect();
        for finding in &self.findings {
            let text = texts.get(finding.file.as_str()).copied().unwrap_or_default();
            told.push_str(&in_words(finding, text, style));
            told.push('\n');
        }
        for file in &self.files {
            if let Some(agreement) = &file.agreement {
                let line = format!(
                    "{} {}: {} inside pass; digest {}",
                    agreement.id,
                    agreement.version,
                    count(agreement.tests, "test"),
                    agreement.hash
                );
                // Writing to a string does not fail.
                let _ = writeln!(told, "{}", style.paint(Tone::Faint, &line));
            }
        }
        let files = count(self.files.len(), "file");
        let (errors, warnings) = (self.number(Severity::Error), self.number(Severity::Warning));
        let verdict = match (errors, warnings) {
            (0, 0) => style.paint(Tone::Good, &format!("{files} in order")),
            (0, _) => style.paint(
                Tone::Doubtful,
                &format!("{files} can be used, {}", count(warnings, "warning")),
            ),
            _ => style.paint(
                Tone::Bad,
                &format!(
                    "{files}, {}, {}",
                    count(errors, "error"),
                    count(warnings, "warning")
                ),
            ),
        };
        told.push_str(&verdict);
        told.push('\n');
        told
    }
}

/// A finding with the line that it is about.
pub(super) fn in_words(finding: &Diagnostic, text: &str, style: Style) -> String {
    let (tone, word) = match finding.severity {
        Severity::Error => (Tone::Bad, "error"),
        Severity::Warning => (Tone::Doubtful, "warning"),
    };
    let head = format!("{word}[{}]", finding.code);
    let message = style.wrap(&finding.message, head.len() + 2);
    let mut told = format!(
        "{}: {}\n",
        style.paint(tone, &head),
        style.paint(Tone::Strong, &message)
    );
    let number = finding.line.to_string();
    let margin = " ".repeat(number.len());
    let place = format!("--> {}:{}:{}", finding.file, finding.line, finding.column);
    // Writing to a string does not fail.
    let _ = writeln!(told, "{margin}{}", style.paint(Tone::Faint, &place));
    if let Some(line) = text.lines().nth(finding.line - 1) {
        let (line, column) = window(line, finding.column, style.width.saturating_sub(number.len() + 3));
        let mark = "^".repeat(
            finding
                .length
                .min(line.chars().count().saturating_sub(column - 1))
                .max(1),
        );
        let blank = " ".repeat(column - 1);
        let _ = writeln!(told, "{margin} |\n{number} | {line}");
        let _ = writeln!(told, "{margin} | {blank}{}", style.paint(tone, &mark));
    }
    if let Some(hint) = &finding.hint {
        let hint = style.wrap(hint, number.len() + 9);
        let _ = writeln!(told, "{margin} = hint: {hint}");
    }
    told
}

/// The part of a line around a column that fits, and the column in it. Tabs and whatever else is not printed become
/// blanks: they would move the mark away from its place.
fn window(line: &str, column: usize, width: usize) -> (String, usize) {
    let letters: Vec<char> = line
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if letters.len() <= width || width < 20 {
        return (letters.iter().collect(), column);
    }
    let start = (column - 1)
        .saturating_sub(width / 3)
        .min(letters.len().saturating_sub(1));
    let mut shown: String = letters.iter().skip(start).take(width - 4).collect();
    if start + width - 4 < letters.len() {
        shown.push_str(" ..");
    }
    (shown, column - start)
}
