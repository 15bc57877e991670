//! MSH: who sends, what is sent, in which signs and characters.

use std::borrow::Cow;

use super::er7::{Delimiters, Message, Segment};
use super::{Condition, Fault, Limits, rules};

/// What an acknowledgement repeats of the message, and by what a repetition of it is known. Names of systems, no person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub(super) signs: Delimiters,
    /// `MSH-3`, as it stands there.
    pub(super) sending_application: String,
    /// `MSH-4`, as it stands there.
    pub(super) sending_facility: String,
    /// `MSH-5`, as it stands there.
    pub(super) receiving_application: String,
    /// `MSH-6`, as it stands there.
    pub(super) receiving_facility: String,
    /// The event of `MSH-9`; empty if there is none.
    pub(super) event: &'static str,
    /// `MSH-10`, as it stands there.
    pub(super) control_id: String,
    /// `MSH-11`, if it is one of the table.
    pub(super) processing_id: &'static str,
    /// `MSH-12`, if it is a version of the standard.
    pub(super) version: &'static str,
}

/// The events that are taken.
pub(super) const EVENTS: [&str; 9] = ["A01", "A03", "A04", "A08", "A11", "A13", "A28", "A31", "A40"];
const VERSIONS: [&str; 13] = [
    "2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2",
];
const NEWEST: [&str; 2] = ["2.9", "2.9.1"];
/// The most that a control id may have (HL7 2.7 and later).
const CONTROL_ID: usize = 199;

impl Header {
    /// By what a repetition of the message is known: its sender and its control id, each closed by what stands in none.
    #[must_use]
    pub fn key(&self) -> String {
        format!(
            "{}\n{}\n{}",
            self.sending_application, self.sending_facility, self.control_id
        )
    }

    pub(super) fn of(segment: &Segment<'_>, signs: Delimiters) -> Self {
        let raw = |number: usize| {
            let text = segment.field(number).raw();
            // Long names are no names; what is cut off is missed by nobody.
            text.char_indices()
                .nth(CONTROL_ID + 1)
                .and_then(|(at, _)| text.get(..at))
                .unwrap_or(text)
                .to_owned()
        };
        let word = |number: usize, component: usize, table: &[&'static str]| {
            let said = segment.field(number).first().component(component).text();
            let said = said.unwrap_or_default();
            table
                .iter()
                .find(|known| **known == said)
                .copied()
                .unwrap_or_default()
        };
        let versions: Vec<_> = VERSIONS.into_iter().chain(NEWEST).collect();
        Self {
            signs,
            sending_application: raw(3),
            sending_facility: raw(4),
            receiving_application: raw(5),
            receiving_facility: raw(6),
            event: word(9, 2, &EVENTS),
            control_id: raw(10),
            processing_id: word(11, 1, &["P", "D", "T"]),
            version: word(12, 1, &versions),
        }
    }

    /// Holds the header to what is taken.
    pub(super) fn check(&self, message: &Message<'_>) -> Result<(), Fault> {
        let Some(segment) = message.segments.first() else {
            return Err(Fault::whole(&rules::NO_MESSAGE, Condition::SegmentSequence));
        };
        let fault = |rule, condition, field| Err(Fault::field(rule, condition, "MSH", field));
        if self.control_id.is_empty() || self.control_id.chars().count() > CONTROL_ID {
            return fault(&rules::NO_CONTROL_ID, Condition::RequiredFieldMissing, 10);
        }
        if self.version.is_empty() {
            return fault(&rules::VERSION, Condition::VersionId, 12);
        }
        let marked = |text: Cow<'_, str>| text.eq_ignore_ascii_case("HTEST");
        if self.processing_id != "P" || segment.field(8).leaves().any(marked) {
            return fault(&rules::TEST_MESSAGE, Condition::ProcessingId, 11);
        }
        if segment.field(9).first().component(1).text().as_deref() != Some("ADT") {
            return fault(&rules::MESSAGE_TYPE, Condition::MessageType, 9);
        }
        if self.event.is_empty() {
            return fault(&rules::EVENT_CODE, Condition::EventCode, 9);
        }
        Ok(())
    }
}

/// The text of a message, in the characters that it says it is written in. Without a word, UTF-8, of which ASCII is a
/// part: what is neither would be guessed.
pub(super) fn decoded<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, str>, Fault> {
    if bytes.len() > limits.bytes {
        return Err(Fault::whole(&rules::TOO_LARGE, Condition::SegmentSequence));
    }
    let fault = Fault::field(&rules::CHARACTER_SET, Condition::TableValue, "MSH", 18);
    let utf8 = || std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| fault);
    let mut sets = stated_sets(bytes);
    let set = sets.next().unwrap_or_default();
    // Further ones are for what is switched to by escapes, which nothing here reads.
    match set {
        b"" | b"UNICODE UTF-8" | b"UNICODE" | b"UTF-8" => utf8(),
        b"ASCII" | b"ISO IR6" if bytes.is_ascii() => utf8(),
        b"8859/1" => Ok(if bytes.is_ascii() {
            utf8()?
        } else {
            Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect())
        }),
        _ => Err(fault),
    }
}

/// What MSH-18 says, before the characters are known.
fn stated_sets(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let line = bytes
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .next()
        .unwrap_or_default();
    let separator = line.get(3).copied().unwrap_or(b'|');
    let repetition = line.get(5).copied().unwrap_or(b'~');
    // The separator is MSH-1, so that MSH-18 is the seventeenth piece after the name.
    let field = line
        .split(move |byte| *byte == separator)
        .nth(17)
        .unwrap_or_default();
    field
        .split(move |byte| *byte == repetition)
        .map(<[u8]>::trim_ascii)
}
