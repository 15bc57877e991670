//! Facts about one element: what it is, where it came from, what binds it.

use std::fmt;
use std::sync::Arc;

use gateway_types::vocabulary::{Basis, Category, Deidentified, ElementFact, Regime, Sensitivity, WordSet};
use gateway_types::{AgencyId, Timestamp};
use serde::{Deserialize, Serialize};

use super::flags::{Flags, is_default};

/// A name by which facts, decision and record speak of the same thing: an element, a consent, an agreement. Facts and
/// decision share its text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle(Arc<str>);

/// A text that is not a handle. Does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid handle: a lower-case letter, then lower-case letters, digits and hyphens are wanted")]
pub struct InvalidHandle;

impl Handle {
    /// Reads a handle: `[a-z][a-z0-9-]*`.
    ///
    /// # Errors
    /// [`InvalidHandle`] if `text` is not one.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidHandle> {
        let text = text.into();
        let mut bytes = text.bytes();
        let starts_well = bytes.next().is_some_and(|first| first.is_ascii_lowercase());
        if starts_well && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            Ok(Self(text.into()))
        } else {
            Err(InvalidHandle)
        }
    }

    /// The handle of the `index`th thing of a list.
    #[must_use]
    pub fn numbered(index: usize) -> Self {
        Self(format!("n{index}").into())
    }

    /// The handle as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<gateway_types::ElementId> for Handle {
    fn from(id: gateway_types::ElementId) -> Self {
        Self(format!("e{id}").into())
    }
}

impl From<gateway_types::ConsentId> for Handle {
    fn from(id: gateway_types::ConsentId) -> Self {
        Self(format!("c{id}").into())
    }
}

impl Serialize for Handle {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Handle {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// One element of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElementFacts {
    /// Its handle.
    pub id: Handle,
    /// What it is about.
    pub category: Category,
    /// The organisation the record came from.
    pub source: AgencyId,
    /// The organisation it would be released from now, if not the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<AgencyId>,
    /// The regimes that bind it: all must permit.
    pub regimes: WordSet<Regime>,
    /// What its content is about.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sensitivity: WordSet<Sensitivity>,
    /// What is special about it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub facts: Particularities,
}

impl ElementFacts {
    /// The organisation it would be released from now.
    #[must_use]
    pub fn holder(&self) -> &AgencyId {
        self.holder.as_ref().unwrap_or(&self.source)
    }

    /// Whether a yes/no fact holds of it.
    #[must_use]
    pub fn is(&self, fact: ElementFact) -> bool {
        self.facts.flags.has(fact)
    }
}

/// What is special about an element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Particularities {
    /// Whether and how it was de-identified.
    #[serde(default = "identifiable", skip_serializing_if = "is_identifiable")]
    pub deidentified: Deidentified,
    /// The smallest non-zero cell, if it is a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_cell: Option<u64>,
    /// The past disclosure that it tells of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_entry: Option<LogEntry>,
    /// A moment after which it surely came to its holder, where a restriction turns on that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_after: Option<Timestamp>,
    /// Yes/no facts.
    #[serde(flatten)]
    pub flags: Flags<ElementFact>,
}

impl Default for Particularities {
    fn default() -> Self {
        Self {
            deidentified: Deidentified::None,
            min_cell: None,
            log_entry: None,
            came_after: None,
            flags: Flags::default(),
        }
    }
}

const fn identifiable() -> Deidentified {
    Deidentified::None
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_identifiable(state: &Deidentified) -> bool {
    *state == Deidentified::None
}

/// A past disclosure, as an entry of the disclosure log tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogEntry {
    /// The basis it rested on.
    pub basis: Basis,
    /// Who received.
    pub recipient: AgencyId,
    /// When.
    pub at: Timestamp,
    /// The regime of what went.
    pub regime: Regime,
    /// Whether it went through an electronic health record; if unstated, yes.
    #[serde(default = "by_ehr")]
    pub via_ehr: bool,
}

const fn by_ehr() -> bool {
    true
}
