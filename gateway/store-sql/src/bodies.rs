//! What is sealed: the content of a row as JSON, with short names, since there are millions of them.
//!
//! The words are those of the vocabularies, so that a later release reads what an earlier one wrote. Their order is
//! fixed: equal contents give equal texts, by which an unchanged statement is told.

use std::borrow::Cow;
use std::str::FromStr;

use gateway_crypto::Digest;
use gateway_store::{StagedElement, StagedTreating, StoreError, StoredElement, Treating};
use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity};
use gateway_types::{
    AgencyId, ClientIdentity, Date, ElementId, Payload, ProgrammeId, SourceClientKey, StaffId, Timestamp,
    WordSet,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// An element without its id: what is compared.
#[derive(Serialize, Deserialize)]
pub(crate) struct ElementBody<'a> {
    #[serde(rename = "k")]
    kind: Cow<'a, str>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    category: Option<Category>,
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    programme: Option<Cow<'a, ProgrammeId>>,
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
            regimes: element.regimes,
            sensitivity: element.sensitivity,
            facts: element.facts,
            as_of: element.as_of,
            payload: Cow::Borrowed(&element.payload),
        }
    }

    pub(crate) fn into_stored(
        self,
        id: ElementId,
        source: AgencyId,
        received_at: Timestamp,
    ) -> StoredElement {
        StoredElement {
            id,
            source,
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

/// The sealed content of an element: its id, then its body.
pub(crate) fn join_element(id: ElementId, body: &str) -> Vec<u8> {
    [id.as_bytes().as_slice(), body.as_bytes()].concat()
}

/// Splits what [`join_element`] joined.
pub(crate) fn split_element(plain: &[u8]) -> Result<(uuid::Uuid, &[u8]), StoreError> {
    plain
        .split_first_chunk()
        .map(|(id, body)| (uuid::Uuid::from_bytes(*id), body))
        .ok_or(StoreError::Inconsistent {
            table: "statements",
            what: "a content is cut short",
        })
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
