//! A record on its way in: labelled elements, as an adapter makes them and the gateway keeps them.
//!
//! Architecture, "the way of a record in": each element carries category, source programme and sensitivity. The
//! regimes that bind it follow the registration of its programme; an adapter may only add to them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::identity::ClientIdentity;
use crate::ids::StaffId;
use crate::sensitive::Pii;
use crate::time::{Date, Timestamp};
use crate::vocabulary::{Category, ElementFact, Regime, Sensitivity, WordSet};

/// The key by which a source names a client (HMIS `PersonalID`, a medical record number). Personal data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourceClientKey(Pii<String>);

impl SourceClientKey {
    /// Wraps the source's key.
    pub fn new(key: impl Into<String>) -> Self {
        Self(Pii::new(key.into()))
    }

    /// The key itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// The key by which a source names one of its records: which table or resource type, and which row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordKey {
    /// The kind of record: a file name (`Enrollment.csv`), a resource type (`MedicationRequest`).
    pub kind: String,
    /// The source's key for it. Personal data, since keys are made from names often enough.
    pub key: Pii<String>,
}

impl RecordKey {
    /// The record `key` of `kind`.
    pub fn new(kind: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            key: Pii::new(key.into()),
        }
    }
}

/// The content of one element: named fields, in a fixed order.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Payload(BTreeMap<String, serde_json::Value>);

impl Payload {
    /// A payload with no field.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Adds a field.
    pub fn insert(&mut self, field: impl Into<String>, value: impl Into<serde_json::Value>) {
        self.0.insert(field.into(), value.into());
    }

    /// The payload with a field added.
    #[must_use]
    pub fn with(mut self, field: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
        self.insert(field, value);
        self
    }

    /// The fields, by name.
    #[must_use]
    pub const fn fields(&self) -> &BTreeMap<String, serde_json::Value> {
        &self.0
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[payload of {} fields]", self.0.len())
    }
}

/// What an adapter gives as source programme where a record names a unit that cannot be told. No programme of any
/// agency answers to it ([`crate::registry::Agency::programme_of`]), so that the record is of unknown provenance, which
/// is treated as Part 2, and never falls to a default programme.
pub const UNRESOLVED_PROGRAMME: &str = "?";

/// One piece of information about a client, labelled. One source row gives one element for each category in it.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledElement {
    /// The source's record it comes from.
    pub record: RecordKey,
    /// What kind of information it is. `None`: it could not be labelled, so it is kept and withheld from everyone.
    pub category: Option<Category>,
    /// The programme it comes from, as the source names it (HMIS `ProjectID`, FHIR `Organization` id). The registry
    /// resolves it; what the registry does not know is of unknown provenance, as is [`UNRESOLVED_PROGRAMME`]. `None`: it
    /// names none, so that the default programme's registration binds it.
    pub source_programme: Option<String>,
    /// Regimes that the data itself proves beyond those of the programme (HMIS funder: HOPWA, RHY).
    pub regimes: WordSet<Regime>,
    /// Sensitivity of the content.
    pub sensitivity: WordSet<Sensitivity>,
    /// Further facts that rules look at.
    pub facts: WordSet<ElementFact>,
    /// The date the information is about or was last confirmed.
    pub as_of: Option<Date>,
    /// The content.
    pub payload: Payload,
}

/// What a source says about one of its records at one moment.
#[derive(Clone, Debug, PartialEq)]
pub enum SourceRecord {
    /// A client: who they are, with the elements of the client row itself.
    Client {
        /// The source's key for the client.
        client: SourceClientKey,
        /// Identifying particulars for linkage.
        identity: ClientIdentity,
        /// Elements of this row.
        elements: Vec<LabelledElement>,
        /// When the source last changed it.
        updated: Option<Timestamp>,
    },
    /// A record about a client that the source has named or will name in the same push.
    About {
        /// The source's key for the client.
        client: SourceClientKey,
        /// Elements of this row.
        elements: Vec<LabelledElement>,
        /// When the source last changed it.
        updated: Option<Timestamp>,
    },
    /// A member of the source's own staff treats this client (FHIR `CareTeam`): the source's statement, kept as a fact.
    Treating {
        /// The source's key for the client.
        client: SourceClientKey,
        /// Who treats them.
        staff: StaffId,
        /// The first day; `None`: not stated, so it counts from the day it was received.
        since: Option<Date>,
        /// The last day; `None`: until further notice.
        until: Option<Date>,
        /// The record that says so, so that a later version of it replaces this one.
        record: RecordKey,
    },
    /// The source has deleted this record (HMIS `DateDeleted`). A deleted client takes every record of this source
    /// about them along.
    Withdrawn {
        /// The source's key for the client the record was about.
        client: SourceClientKey,
        /// The deleted record; `None` deletes the client.
        record: Option<RecordKey>,
    },
}
