//! What is wrong with a push, and where: a report by file, row and column that a person can act on.
//!
//! Every text is a constant and every place a number or a name out of our own tables, so a report cannot repeat a
//! name, a number or a note of a client, even when a value has slipped into the wrong column.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

/// How many rows a finding names before it only counts.
const ROWS_NAMED: usize = 5;

/// What follows from a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing of the push is taken.
    RefusesPush,
    /// This row or entry must not be here: it is not kept in any form.
    Barred,
    /// This row or entry is not taken; the others are.
    RefusesRow,
    /// The row is taken; this value is kept without a category, so that nobody is shown it.
    WithholdsValue,
    /// Taken as it is; the sender should look at it.
    Warning,
}

impl Severity {
    fn heading(self) -> &'static str {
        match self {
            Self::RefusesPush => "the push is refused",
            Self::Barred => "not allowed here, and not kept",
            Self::RefusesRow => "rows not taken",
            Self::WithholdsValue => "values withheld from everyone",
            Self::Warning => "taken, but please look",
        }
    }
}

/// A rule that a push can break.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, stable for machines.
    pub id: &'static str,
    /// What follows.
    pub severity: Severity,
    /// What is wrong.
    pub says: &'static str,
    /// What the sender can do about it.
    pub remedy: &'static str,
}

/// Declares rules as statics of their names.
macro_rules! rules {
    ($vis:vis static; $($name:ident: $id:literal, $severity:ident, $says:literal, $remedy:literal;)+) => {
        $($vis static $name: $crate::report::Rule = $crate::report::Rule {
            id: $id,
            severity: $crate::report::Severity::$severity,
            says: $says,
            remedy: $remedy,
        };)+
    };
}
pub(crate) use rules;

/// Where in a push something is: a file or kind of record, a row, a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, resource type or document; always a name of the format, never one out of the input.
    pub file: Cow<'static, str>,
    /// The column or path; a name of the format, or a position.
    pub column: Option<Cow<'static, str>>,
    /// The row as a spreadsheet counts it (the header is row 1), or the entry of a bundle (the first is 1).
    pub row: Option<u64>,
}

impl Place {
    /// The file as a whole.
    #[must_use]
    pub const fn file(file: &'static str) -> Self {
        Self {
            file: Cow::Borrowed(file),
            column: None,
            row: None,
        }
    }

    /// A row of it.
    #[must_use]
    pub const fn row(mut self, row: u64) -> Self {
        self.row = Some(row);
        self
    }

    /// A column of it.
    #[must_use]
    pub fn column(mut self, column: impl Into<Cow<'static, str>>) -> Self {
        self.column = Some(column.into());
        self
    }
}

/// One rule broken in one column of one file, however often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// What follows.
    pub severity: Severity,
    /// Where.
    pub file: Cow<'static, str>,
    /// In which column, or at which path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<Cow<'static, str>>,
    /// How often.
    pub count: u64,
    /// The first rows it was found in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<u64>,
    /// What is wrong.
    pub message: &'static str,
    /// What the sender can do about it.
    pub remedy: &'static str,
}

/// How the rows of one file fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Rows read.
    pub read: u64,
    /// Rows taken.
    pub taken: u64,
    /// Rows that withdraw what was sent before.
    pub withdrawn: u64,
    /// Rows refused.
    pub refused: u64,
    /// Rows that must not be here; counted, not kept.
    pub barred: u64,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    count: u64,
    rows: Vec<u64>,
}

/// Everything found out about one push.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: BTreeMap<Key, Tally>,
    files: BTreeMap<&'static str, Rows>,
}

#[derive(Clone, Debug)]
struct Key {
    rule: &'static Rule,
    file: Cow<'static, str>,
    column: Option<Cow<'static, str>>,
}

impl Key {
    fn order(&self) -> (Severity, &str, &'static str, Option<&str>) {
        (
            self.rule.severity,
            &self.file,
            self.rule.id,
            self.column.as_deref(),
        )
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl Report {
    /// Notes that `rule` is broken at `place`.
    pub fn add(&mut self, rule: &'static Rule, place: Place) {
        let key = Key {
            rule,
            file: place.file,
            column: place.column,
        };
        let tally = self.findings.entry(key).or_default();
        tally.count += 1;
        if let Some(row) = place.row
            && tally.rows.len() < ROWS_NAMED
        {
            tally.rows.push(row);
        }
    }

    /// Notes that `rule` is broken at `place` `count` times, first in `rows`.
    pub fn add_many(&mut self, rule: &'static Rule, place: Place, count: u64, rows: &[u64]) {
        if count == 0 {
            return;
        }
        let key = Key {
            rule,
            file: place.file,
            column: place.column,
        };
        let tally = self.findings.entry(key).or_default();
        tally.count += count;
        let free = ROWS_NAMED.saturating_sub(tally.rows.len());
        tally.rows.extend(rows.iter().take(free));
    }

    /// Adds what another report found; its counts of rows stay with it.
    pub(crate) fn take_in(&mut self, other: &Self) {
        for (key, tally) in &other.findings {
            let place = Place {
                file: key.file.clone(),
                column: key.column.clone(),
                row: None,
            };
            self.add_many(key.rule, place, tally.count, &tally.rows);
        }
    }

    /// The row counts of `file`, to be filled in.
    pub fn rows_of(&mut self, file: &'static str) -> &mut Rows {
        self.files.entry(file).or_default()
    }

    /// The same report in the terms of another document: `name` gives the new name of a file, whose row numbers then
    /// count from 1 without a header. Only rules that pass `keep` are told.
    pub(crate) fn retold(&self, name: impl Fn(&str) -> &'static str, keep: impl Fn(&Rule) -> bool) -> Self {
        let mut report = Self::default();
        for (key, tally) in self.findings.iter().filter(|(key, _)| keep(key.rule)) {
            let place = Place {
                file: Cow::Borrowed(name(&key.file)),
                column: key.column.clone(),
                row: None,
            };
            let rows: Vec<u64> = tally.rows.iter().map(|row| row.saturating_sub(1)).collect();
            report.add_many(key.rule, place, tally.count, &rows);
        }
        for (file, rows) in self.files.iter().filter(|(_, rows)| rows.read > 0) {
            *report.files.entry(name(file)).or_default() = *rows;
        }
        report
    }

    /// The row counts, by file.
    #[must_use]
    pub const fn files(&self) -> &BTreeMap<&'static str, Rows> {
        &self.files
    }

    /// Whether the push as a whole is refused.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.findings
            .keys()
            .any(|key| key.rule.severity == Severity::RefusesPush)
    }

    /// Whether nothing at all is to be said about it.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether `rule` was found broken anywhere.
    #[must_use]
    pub fn names(&self, rule: &str) -> bool {
        self.findings.keys().any(|key| key.rule.id == rule)
    }

    /// The findings, gravest first.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        self.findings
            .iter()
            .map(|(key, tally)| Finding {
                rule: key.rule.id,
                severity: key.rule.severity,
                file: key.file.clone(),
                column: key.column.clone(),
                count: tally.count,
                rows: {
                    let mut rows = tally.rows.clone();
                    rows.sort_unstable();
                    rows
                },
                message: key.rule.says,
                remedy: key.rule.remedy,
            })
            .collect()
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'a> {
            refused: bool,
            files: &'a BTreeMap<&'static str, Rows>,
            findings: Vec<Finding>,
        }
        Form {
            refused: self.refused(),
            files: &self.files,
            findings: self.findings(),
        }
        .serialize(serializer)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut heading = None;
        for finding in self.findings() {
            if heading != Some(finding.severity) {
                heading = Some(finding.severity);
                writeln!(f, "{}:", finding.severity.heading())?;
            }
            write!(f, "  {}", finding.file)?;
            if let Some(column) = &finding.column {
                write!(f, ", {column}")?;
            }
            write!(f, ": {} [{}", finding.message, finding.rule)?;
            if finding.count > 1 {
                write!(f, ", {} times", finding.count)?;
            }
            match finding.rows.as_slice() {
                [] => {}
                [row] => write!(f, ", row {row}")?,
                rows => {
                    let named = rows.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
                    let more = if finding.count > rows.len() as u64 {
                        ", ..."
                    } else {
                        ""
                    };
                    write!(f, ", rows {named}{more}")?;
                }
            }
            writeln!(f, "]; {}", finding.remedy)?;
        }
        for (file, rows) in &self.files {
            write!(f, "{file}: {} rows, {} taken", rows.read, rows.taken)?;
            for (count, word) in [
                (rows.withdrawn, "withdrawn"),
                (rows.refused, "refused"),
                (rows.barred, "not allowed here"),
            ] {
                if count > 0 {
                    write!(f, ", {count} {word}")?;
                }
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAD: Rule = Rule {
        id: "bad-value",
        severity: Severity::WithholdsValue,
        says: "not a value of this column",
        remedy: "correct it",
    };
    const GONE: Rule = Rule {
        id: "missing-file",
        severity: Severity::RefusesPush,
        says: "the file is missing",
        remedy: "add it",
    };

    #[test]
    fn the_gravest_comes_first_and_rows_are_capped() {
        let mut report = Report::default();
        for row in 2..20 {
            report.add(&BAD, Place::file("Client.csv").column("DOB").row(row));
        }
        assert!(!report.refused());
        report.add(&GONE, Place::file("Export.csv"));
        assert!(report.refused());
        let text = report.to_string();
        assert!(
            text.find("Export.csv").unwrap() < text.find("Client.csv").unwrap(),
            "{text}"
        );
        assert!(text.contains("18 times, rows 2, 3, 4, 5, 6, ..."), "{text}");
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["findings"][1]["count"], 18);
    }
}
