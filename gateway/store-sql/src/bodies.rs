//! What is sealed: the content of a row as JSON, with short names, since there are millions of them.
//!
//! The words are those of the vocabularies, so that a later release reads what an earlier one wrote. Their order is
//! fixed: equal contents give equal texts, by which an unchanged statement is told.

use std::borrow::Cow;
use std::str::FromStr;

use gateway_crypto::Digest;
use gateway_store::{StagedElement, StagedTreating, StoreError, StoredElement, Treating};
use gateway_types::record::UNRESOLVED_PROGRAMME;
use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity};
use gateway_types::{
    AgencyId, ClientIdentity, Date, ElementId, Payload, ProgrammeId, SourceClientKey, StaffId, Timestamp,
    WordSet,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::crypto::RecordRest;

/// An element without its id: what is compared.
#[derive(Serialize, Deserialize)]
pub(crate) struct ElementBody<'a> {
    #[serde(rename = "k")]
    kind: Cow<'a, str>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    category: Option<Category>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    programme: Option<Cow<'a, ProgrammeId>>,
    /// Only beside no programme: what the source calls it; empty if it names none.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    source_programme: Option<Cow<'a, str>>,
    #[serde(rename = "r", default, skip_serializing_if = "nothing")]
    regimes: WordSet<Regime>,
    #[serde(rename = "s", default, skip_serializing_if = "nothing")]
    sensitivity: WordSet<Sensitivity>,
    #[serde(rename = "f", default, skip_serializing_if = "nothing")]
    facts: WordSet<ElementFact>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    as_of: Option<Date>,
    #[serde(rename = "v")]
    payload: Cow<'a, Payload>,
}

fn nothing<W: gateway_types::Word>(words: &WordSet<W>) -> bool {
    words.is_empty()
}

impl<'a> ElementBody<'a> {
    pub(crate) fn of(staged: &'a StagedElement) -> Self {
        let element = &staged.element;
        Self {
            kind: Cow::Borrowed(&element.record.kind),
            category: element.category,
            programme: staged.programme.as_ref().map(Cow::Borrowed),
            source_programme: match (&staged.programme, element.source_programme.as_deref()) {
                (Some(_), _) => None,
                (None, None) => Some(Cow::Borrowed("")),
                // An empty name is none that could be registered.
                (None, Some("")) => Some(Cow::Borrowed(UNRESOLVED_PROGRAMME)),
                (None, Some(name)) => Some(Cow::Borrowed(name)),
            },
            regimes: element.regimes,
            sensitivity: element.sensitivity,
            facts: element.facts,
            as_of: element.as_of,
            payload: Cow::Borrowed(&element.payload),
        }
    }

    pub(crate) fn into_stored(
        self,
        mark: ElementMark,
        source: AgencyId,
        received_at: Timestamp,
    ) -> StoredElement {
        let received_at = mark.received_at.unwrap_or(received_at);
        let source_programme = match (&self.programme, self.source_programme) {
            (Some(_), _) => None,
            (None, Some(name)) => Some(name.into_owned()).filter(|name| !name.is_empty()),
            (None, None) => Some(UNRESOLVED_PROGRAMME.to_owned()),
        };
        StoredElement {
            id: mark.id,
            source,
            source_programme,
            programme: self.programme.map(Cow::into_owned),
            category: self.category,
            regimes: self.regimes,
            sensitivity: self.sensitivity,
            facts: self.facts,
            record_kind: self.kind.into_owned(),
            as_of: self.as_of,
            received_at,
            payload: self.payload.into_owned(),
        }
    }
}

/// A treating relationship.
#[derive(Serialize, Deserialize)]
pub(crate) struct TreatingBody {
    staff: StaffId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<Date>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Date>,
}

impl TreatingBody {
    pub(crate) fn of(staged: &StagedTreating) -> Self {
        Self {
            staff: staged.staff.clone(),
            since: staged.since,
            until: staged.until,
        }
    }

    pub(crate) fn into_treating(self, agency: AgencyId) -> Treating {
        Treating {
            agency,
            staff: self.staff,
            since: self.since,
            until: self.until,
        }
    }
}

/// Who a client is, by one source.
#[derive(Serialize, Deserialize)]
pub(crate) struct IdentityBody<'a> {
    key: Cow<'a, SourceClientKey>,
    pub(crate) identity: Cow<'a, ClientIdentity>,
}

impl<'a> IdentityBody<'a> {
    pub(crate) const fn of(key: &'a SourceClientKey, identity: &'a ClientIdentity) -> Self {
        Self {
            key: Cow::Borrowed(key),
            identity: Cow::Borrowed(identity),
        }
    }

    pub(crate) fn into_key(self) -> SourceClientKey {
        self.key.into_owned()
    }
}

/// Writes a body.
pub(crate) fn write<T: Serialize>(table: &'static str, body: &T) -> Result<String, StoreError> {
    serde_json::to_string(body).map_err(|_| StoreError::Inconsistent {
        table,
        what: "a content cannot be written as JSON",
    })
}

/// Reads a body.
pub(crate) fn read<T: DeserializeOwned>(table: &'static str, plain: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(plain).map_err(|_| StoreError::Inconsistent {
        table,
        what: "a content is not of the form it was written in",
    })
}

/// What is kept beside an element and never compared: its id, and when it came if that was before its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ElementMark {
    id: ElementId,
    /// `None`: with the push that wrote the row.
    received_at: Option<Timestamp>,
}

impl ElementMark {
    /// A new element.
    pub(crate) const fn new(id: ElementId) -> Self {
        Self {
            id,
            received_at: None,
        }
    }

    /// The mark as it is carried on into another row, if its own was received at `at`.
    pub(crate) fn received(self, at: Timestamp) -> Self {
        Self {
            id: self.id,
            received_at: Some(self.received_at.unwrap_or(at)),
        }
    }

    /// Whether it came with the push that writes the row.
    pub(crate) const fn is_new(self) -> bool {
        self.received_at.is_none()
    }
}

/// What a record says of one part: a line for each element or treating relationship. JSON as we write it has no line
/// feed in it.
#[derive(Default)]
pub(crate) struct Lines {
    /// One for each line of elements; none beside treating relationships.
    pub(crate) marks: Vec<ElementMark>,
    /// What is compared.
    pub(crate) text: Vec<u8>,
}

/// How long a mark is when kept: id and time.
const MARK: usize = 24;
/// Stands for no time of its own.
const WITH_ITS_ROW: i64 = i64::MIN;

impl Lines {
    /// Adds a line.
    pub(crate) fn add<T: Serialize>(
        &mut self,
        mark: Option<ElementMark>,
        table: &'static str,
        body: &T,
    ) -> Result<(), StoreError> {
        if !self.text.is_empty() {
            self.text.push(b'\n');
        }
        self.marks.extend(mark);
        serde_json::to_writer(&mut self.text, body).map_err(|_| StoreError::Inconsistent {
            table,
            what: "a content cannot be written as JSON",
        })
    }

    /// The sealed form: the lines, the marks, the number of marks, the second half of the record's digest.
    pub(crate) fn join(self, record: RecordRest) -> Vec<u8> {
        let Self { marks, mut text } = self;
        text.reserve_exact(marks.len() * MARK + size_of::<u32>() + record.len());
        for mark in &marks {
            text.extend_from_slice(mark.id.as_bytes());
            let received_at = mark.received_at.map_or(WITH_ITS_ROW, Timestamp::as_micros);
            text.extend_from_slice(&received_at.to_be_bytes());
        }
        // A push is smaller than 2^32 bytes, and so is the number of its elements.
        text.extend_from_slice(&u32::try_from(marks.len()).unwrap_or(u32::MAX).to_be_bytes());
        text.extend_from_slice(&record);
        text
    }
}

/// The lines of a text.
pub(crate) fn lines(text: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
    // Collected, since the iterator of the standard library does not know its length.
    text.split(|byte| *byte == b'\n').collect::<Vec<_>>().into_iter()
}

/// What was sealed of one part of a record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kept<'a> {
    pub(crate) marks: Vec<ElementMark>,
    pub(crate) text: &'a [u8],
    pub(crate) record: RecordRest,
}

/// Splits what [`Lines::join`] joined.
pub(crate) fn split_lines<'a>(table: &'static str, plain: &'a [u8]) -> Result<Kept<'a>, StoreError> {
    let short = StoreError::Inconsistent {
        table,
        what: "a content is cut short",
    };
    let Some((rest, record)) = plain.split_last_chunk() else {
        return Err(short);
    };
    let Some((rest, count)) = rest.split_last_chunk() else {
        return Err(short);
    };
    let marks = usize::try_from(u32::from_be_bytes(*count))
        .ok()
        .and_then(|count| count.checked_mul(MARK))
        .and_then(|length| rest.len().checked_sub(length));
    let Some((text, marks)) = marks.and_then(|at| rest.split_at_checked(at)) else {
        return Err(short);
    };
    let (marks, _) = marks.as_chunks::<MARK>();
    let marks = marks
        .iter()
        .map(|mark| {
            let (id, time) = mark.split_first_chunk()?;
            let micros = i64::from_be_bytes(*time.first_chunk()?);
            Some(ElementMark {
                id: ElementId::from_uuid(uuid::Uuid::from_bytes(*id)),
                received_at: (micros != WITH_ITS_ROW).then(|| Timestamp::from_micros(micros)),
            })
        })
        .collect::<Option<Vec<_>>>();
    let record = *record;
    marks.map(|marks| Kept { marks, text, record }).ok_or(short)
}

/// A 16-byte id.
pub(crate) fn uuid(table: &'static str, bytes: &[u8]) -> Result<uuid::Uuid, StoreError> {
    uuid::Uuid::from_slice(bytes).map_err(|_| StoreError::Inconsistent {
        table,
        what: "an id of another length",
    })
}

/// A 32-byte digest.
pub(crate) fn digest(table: &'static str, bytes: &[u8]) -> Result<Digest, StoreError> {
    bytes
        .try_into()
        .map(Digest::from_bytes)
        .map_err(|_| StoreError::Inconsistent {
            table,
            what: "a digest of another length",
        })
}

/// A version number.
pub(crate) fn version(table: &'static str, number: i64) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::Inconsistent {
        table,
        what: "a version out of range",
    })
}

/// An id that people write.
pub(crate) fn slug<T: FromStr>(table: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Inconsistent {
        table,
        what: "an id that is not one",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(number: u128, received_at: Option<i64>) -> ElementMark {
        ElementMark {
            id: ElementId::from_uuid(uuid::Uuid::from_u128(number)),
            received_at: received_at.map(Timestamp::from_micros),
        }
    }

    #[test]
    fn lines_come_back_with_their_marks() {
        let mut written = Lines::default();
        let marks = [mark(1, None), mark(2, Some(-5)), mark(3, Some(0))];
        for (mark, says) in marks.into_iter().zip(["one\ntwo", "", "three"]) {
            written.add(Some(mark), "t", &says).unwrap();
        }
        let text = written.text.clone();
        let plain = written.join(*b"the rest");
        let kept = split_lines("t", &plain).unwrap();
        let expected = Kept {
            marks: marks.to_vec(),
            text: &text,
            record: *b"the rest",
        };
        assert_eq!(kept, expected);
        let said: Vec<String> = lines(kept.text).map(|line| read("t", line).unwrap()).collect();
        assert_eq!(said, ["one\ntwo", "", "three"]);
        assert_eq!(
            marks.map(|mark| mark.received(Timestamp::from_micros(9))),
            [mark(1, Some(9)), mark(2, Some(-5)), mark(3, Some(0))]
        );
    }

    #[test]
    fn what_is_cut_short_is_told() {
        let mut written = Lines::default();
        written.add(Some(mark(1, None)), "t", &"x").unwrap();
        let plain = written.join([0; 8]);
        for cut in 1..plain.len() {
            assert!(split_lines("t", &plain[cut..]).is_err() || cut <= 3, "{cut}");
        }
        assert!(split_lines("t", b"").is_err());
    }
}
