//! The agreement language: memoranda of understanding as TOML files, read like a compiler reads a program.
//!
//! A file may only take away from the law. Its words are those of the scenarios; an unknown key or word is an error
//! with line, column and a hint, and all errors of a file are told at once. `basis` is commentary that is never read
//! by a decision. The file's identity is the digest of what it says: comments, layout, status and signatures aside.

mod clauses;
mod code;
mod draft;
mod heading;
mod keys;
mod page;
mod paper;
mod schema;
mod tests_inside;
mod version;

use std::fmt;
use std::ops::Range;

use gateway_types::AgencyId;
use gateway_types::vocabulary::SystemKind;
use serde::Serialize;

use crate::agreements::Agreement;
use crate::facts::CategoryScope;
use crate::law::Case;

pub use code::{Code, Severity};
pub use heading::{Heading, heading};
pub use schema::{numbers, reference, schema};
pub use version::{InvalidVersion, Version};

pub(crate) use draft::{read, read_untested};
pub(crate) use paper::{ClauseLines, Paper};
pub(crate) use tests_inside::TestOutcome;

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What kind of finding it is.
    pub code: Code,
    /// Whether it stops the file from being used.
    pub severity: Severity,
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// How many characters of that line it is about, at least 1.
    pub length: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right, if that can be said.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A finding about a part of a file's text.
    pub(crate) fn at(
        code: Code,
        file: &str,
        text: &str,
        place: &Range<usize>,
        message: impl Into<String>,
        hint: Option<String>,
    ) -> Self {
        let (line, column) = page::position(text, place.start);
        // A table's place is its head: the mark stays on its line.
        let marked = text.get(place.clone()).unwrap_or_default();
        let length = marked
            .lines()
            .next()
            .map_or(0, |first| first.trim_end().chars().count());
        Self {
            code,
            severity: code.severity(),
            file: file.to_owned(),
            line,
            column,
            length: length.max(1),
            message: message.into(),
            hint,
        }
    }

    pub(crate) fn whole_file(code: Code, file: &str, message: &str, hint: &str) -> Self {
        Self::at(code, file, "", &(0..0), message, Some(hint.to_owned()))
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        self.hint
            .as_ref()
            .map_or(Ok(()), |hint| write!(f, " (hint: {hint})"))
    }
}

/// Whether an agreement is to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Being written.
    Draft,
    /// With the parties.
    InReview,
    /// In use, once all parties have signed and its dates say so.
    Active,
    /// Not in use for now.
    Suspended,
    /// Not in use any more.
    Terminated,
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) agreement: Agreement,
    pub(crate) paper: Paper,
    pub(crate) tests: Vec<TestOutcome>,
}

impl File {
    /// A file without every party's signature is not active, whatever its status says.
    pub(crate) fn is_active(&self) -> bool {
        self.paper.status == Status::Active && self.paper.unsigned.is_empty()
    }
}

/// A condition of a clause: a closed list of what the gateway can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// The recipient has a treating provider relationship with the client.
    TreatingRelationship,
    /// EMS is on the call.
    EmsCallOpen,
    /// An emergency statement says that treatment is needed at once.
    EmergencyStated,
    /// The payload is seen on a system of the recipient's own agency only.
    OwnSystem,
    /// The emergency statement says who makes it and what kind of emergency it is. Asked for by `requires` alone.
    ReasonStated,
}

impl Condition {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("treating_relationship", Self::TreatingRelationship),
        ("ems_call_open", Self::EmsCallOpen),
        ("emergency_stated", Self::EmergencyStated),
        ("own_system", Self::OwnSystem),
    ];

    /// The word of the files.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::TreatingRelationship => "treating_relationship",
            Self::EmsCallOpen => "ems_call_open",
            Self::EmergencyStated => "emergency_stated",
            Self::OwnSystem => "own_system",
            Self::ReasonStated => "stated_reason",
        }
    }

    pub(crate) fn holds(self, case: &Case<'_>) -> bool {
        let person = case.seat.person;
        match self {
            Self::TreatingRelationship => person.is_some_and(|person| person.treating_relationship),
            Self::EmsCallOpen => case.record.circumstances.ems_call_open,
            Self::EmergencyStated => case
                .record
                .circumstances
                .emergency
                .is_some_and(|emergency| emergency.immediate_treatment_needed),
            Self::ReasonStated => case
                .record
                .circumstances
                .emergency
                .is_some_and(|emergency| emergency.stated_by.is_some() && emergency.nature_recorded),
            Self::OwnSystem => person.is_some_and(|person| {
                person.operator() == &person.agency
                    && !matches!(
                        person.system,
                        SystemKind::SharedTerminal | SystemKind::SharedInbox
                    )
            }),
        }
    }
}

/// What a test may take to hold: conditions, and what an emergency clause requires beforehand.
fn given_facts() -> Vec<&'static str> {
    let conditions = Condition::WORDS.iter().map(|(name, _)| *name);
    conditions.chain([Condition::ReasonStated.code()]).collect()
}

/// How long a recipient may keep what it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Who keeps it.
    pub party: AgencyId,
    /// What.
    pub share: CategoryScope,
    /// For how many days.
    pub days: u32,
}

/// Whether, and what, a party may pass on of what it got from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redisclosure {
    /// Who may pass on.
    pub party: AgencyId,
    /// To whom.
    pub to: Vec<AgencyId>,
    /// What.
    pub share: CategoryScope,
}

/// Reads a file and runs the tests inside it; gives their number.
///
/// # Errors
/// Everything that is wrong with it, or every test inside that does not come out as it says.
pub fn check(name: &str, text: &str) -> Result<usize, Vec<Diagnostic>> {
    read(name, text).map(|file| file.tests.len())
}
