//! The agreement language: memoranda of understanding as TOML files, read like a compiler reads a program.
//!
//! A file may only take away from the law. Its words are those of the scenarios; an unknown key or word is an error
//! with line, column and a hint, and all errors of a file are told at once. `basis` is commentary that is never read
//! by a decision. The file's identity is the digest of what it says: comments, layout, status and signatures aside.

mod draft;
mod page;
mod tests_inside;

use std::fmt;

use gateway_types::AgencyId;
use gateway_types::vocabulary::{Category, SystemKind};

use crate::agreements::Agreement;
use crate::facts::CategoryScope;
use crate::law::Case;

pub(crate) use draft::read;

/// What is wrong in a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Diagnostic {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right, if that can be said.
    pub hint: Option<String>,
}

impl Diagnostic {
    pub(crate) fn whole_file(file: &str, message: &str, hint: &str) -> Self {
        Self {
            file: file.to_owned(),
            line: 1,
            column: 1,
            message: message.to_owned(),
            hint: Some(hint.to_owned()),
        }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// A file that was read and found in order.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) agreement: Agreement,
    pub(crate) status: Status,
    pub(crate) all_signed: bool,
}

impl File {
    /// A file without every party's signature is not active, whatever its status says.
    pub(crate) fn is_active(&self) -> bool {
        self.status == Status::Active && self.all_signed
    }
}

/// A condition of a clause: a closed list of what the gateway can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The recipient has a treating provider relationship with the client.
    TreatingRelationship,
    /// EMS is on the call.
    EmsCallOpen,
    /// An emergency statement says that treatment is needed at once.
    EmergencyStated,
    /// The payload is seen on a system of the recipient's own agency only.
    OwnSystem,
}

impl Condition {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("treating_relationship", Self::TreatingRelationship),
        ("ems_call_open", Self::EmsCallOpen),
        ("emergency_stated", Self::EmergencyStated),
        ("own_system", Self::OwnSystem),
    ];

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
pub(crate) struct Redisclosure {
    pub(crate) party: AgencyId,
    pub(crate) to: Vec<AgencyId>,
    pub(crate) share: CategoryScope,
}

impl Redisclosure {
    pub(crate) fn allows(&self, holder: &AgencyId, recipient: &AgencyId, category: Category) -> bool {
        self.party == *holder && self.to.contains(recipient) && self.share.covers(category)
    }
}

/// Reads a file and runs the tests inside it.
///
/// # Errors
/// Everything that is wrong with it, or every test inside that does not come out as it says.
pub fn check(name: &str, text: &str) -> Result<usize, Vec<Diagnostic>> {
    draft::read_counting_tests(name, text).map(|(_, tests)| tests)
}
