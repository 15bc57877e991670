//! HL7 v2 ADT messages (2.1 to 2.9, ER7): who a client is, where they are and were, and what it was for.
//!
//! A message says what has changed. An empty field says nothing, `""` says that there is no longer a value (HL7 v2,
//! chapter 2, "Message construction rules"), so that a message alone does not tell how a record now stands: it is read to
//! [`Event`]s, which are laid over what is on file ([`Standing`]). What cannot be read is refused whole, with the place
//! and the rule, for the sender's `ERR` segment ([`Fault`]).
//!
//! Relatives, guarantors and insurance are never kept, nor is any segment that is not known here; of the segments that
//! are dropped, procedures and the plan are looked at for what they tell of the visit, and nothing else of them is.

pub mod acknowledgement;
mod change;
mod clinical;
mod concept;
mod er7;
mod file;
mod header;
pub mod mllp;
mod person;
mod read;
mod rules;
mod visit;

pub use change::{Amended, Event, RecordChange, Standing, Unit};
pub use file::file;
pub use header::Header;
pub use read::{Reading, message};

use crate::report::Rule;

/// How large a message, and how deep its parts, may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a file.
    pub file: usize,
    /// Messages of a file.
    pub messages: u64,
    /// Bytes of a message.
    pub bytes: usize,
    /// Segments of a message.
    pub segments: usize,
    /// Fields of a segment.
    pub fields: usize,
    /// Repetitions of a field, components of one, and sub-components of one of these.
    pub parts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file: 32 << 20,
            messages: 100_000,
            bytes: 1 << 20,
            segments: 1000,
            fields: 300,
            parts: 200,
        }
    }
}

/// Where in a message something is, as ERL, the data type of `ERR-2`, tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The segment's name, out of our own table; `None`: the message as a whole, or a segment that is not known.
    pub segment: Option<&'static str>,
    /// Which of the segments of this name, from 1.
    pub sequence: usize,
    /// The field, from 1; 0: the segment as a whole.
    pub field: usize,
}

/// The message error condition codes of HL7 table 0357 that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The segments or their order are wrong, or the message as such.
    SegmentSequence,
    /// A required field is missing.
    RequiredFieldMissing,
    /// A value is not of its data type.
    DataType,
    /// A value is not in its table.
    TableValue,
    /// Not a kind of message that is taken.
    MessageType,
    /// Not an event that is taken.
    EventCode,
    /// Not taken under this processing id: a test message.
    ProcessingId,
    /// Not a version that is taken.
    VersionId,
    /// What is referred to is not known.
    UnknownKey,
    /// The control id was used for another message.
    DuplicateKey,
    /// A fault on this side, or a refusal for reasons beyond the message's form.
    Internal,
}

impl Condition {
    /// Code and text of the table.
    #[must_use]
    pub const fn coded(self) -> (&'static str, &'static str) {
        match self {
            Self::SegmentSequence => ("100", "Segment sequence error"),
            Self::RequiredFieldMissing => ("101", "Required field missing"),
            Self::DataType => ("102", "Data type error"),
            Self::TableValue => ("103", "Table value not found"),
            Self::MessageType => ("200", "Unsupported message type"),
            Self::EventCode => ("201", "Unsupported event code"),
            Self::ProcessingId => ("202", "Unsupported processing id"),
            Self::VersionId => ("203", "Unsupported version id"),
            Self::UnknownKey => ("204", "Unknown key identifier"),
            Self::DuplicateKey => ("205", "Duplicate key identifier"),
            Self::Internal => ("207", "Application internal error"),
        }
    }
}

/// Why a message is refused, and where. Holds nothing of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule broken.
    pub rule: &'static Rule,
    /// Where.
    pub at: Location,
    /// How HL7 names the kind of fault.
    pub condition: Condition,
}

impl Fault {
    /// A fault of the message as a whole.
    #[must_use]
    pub const fn whole(rule: &'static Rule, condition: Condition) -> Self {
        Self {
            rule,
            at: Location {
                segment: None,
                sequence: 0,
                field: 0,
            },
            condition,
        }
    }

    /// The control id was used for a message of other content.
    #[must_use]
    pub const fn other_content() -> Self {
        Self::field(&rules::OTHER_CONTENT, Condition::DuplicateKey, "MSH", 10)
    }

    /// The message is about what a victim service provider must not share.
    #[must_use]
    pub const fn victim_service() -> Self {
        Self::whole(&rules::VICTIM_SERVICE, Condition::Internal)
    }

    /// The message is in order, and takes away so much that a person is to be asked first.
    #[must_use]
    pub const fn many_deletions() -> Self {
        Self::whole(&rules::MANY_DELETIONS, Condition::Internal)
    }

    /// The message is in order and could not be stored now.
    #[must_use]
    pub const fn not_stored() -> Self {
        Self::whole(&rules::NOT_STORED, Condition::Internal)
    }

    /// A fault in a field of the first segment of a name.
    pub(crate) const fn field(
        rule: &'static Rule,
        condition: Condition,
        segment: &'static str,
        field: usize,
    ) -> Self {
        Self {
            rule,
            at: Location {
                segment: Some(segment),
                sequence: 1,
                field,
            },
            condition,
        }
    }
}

#[cfg(test)]
mod tests;
