//! Which column of an agency's export is what: a TOML file, made once when the agency joins.

use serde::Deserialize;

/// The names of an export's columns.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The incident number.
    pub incident: String,
    /// The type of call.
    pub call_type: String,
    /// When the call came in.
    pub received: String,
    /// The block or other coarse place.
    #[serde(default)]
    pub block: Option<String>,
    /// How it ended.
    #[serde(default)]
    pub disposition: Option<String>,
    /// Priority.
    #[serde(default)]
    pub priority: Option<String>,
    /// The unit or agency that went.
    #[serde(default)]
    pub agency: Option<String>,
    /// The person's given name.
    pub first_name: String,
    /// The person's family name.
    pub last_name: String,
    /// The person's birth date.
    #[serde(default)]
    pub birth_date: Option<String>,
    /// What the person was in the call; anything but the subject is refused.
    #[serde(default)]
    pub role: Option<String>,
    /// A hazard note that may be dispatched.
    #[serde(default)]
    pub hazard: Option<String>,
}

/// A mapping that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingFault {
    /// It is not TOML, or lacks a key, or has one that is not known.
    #[error("the column mapping cannot be read: {0}")]
    Malformed(String),
    /// Two keys name one column.
    #[error("`{0}` and `{1}` name the same column")]
    Shared(&'static str, &'static str),
}

impl Mapping {
    /// Reads a mapping. It is written by an operator and holds no client data, so a fault is told in full.
    ///
    /// # Errors
    /// [`MappingFault`].
    pub fn from_toml(text: &str) -> Result<Self, MappingFault> {
        let mapping: Self =
            toml::from_str(text).map_err(|fault| MappingFault::Malformed(fault.to_string()))?;
        let columns = mapping.columns();
        for (at, (key, column)) in columns.iter().enumerate() {
            let shared = columns.iter().skip(at + 1).find(|(_, other)| {
                column.is_some_and(|column| other.is_some_and(|other| other.eq_ignore_ascii_case(column)))
            });
            if let Some((other, _)) = shared {
                return Err(MappingFault::Shared(key, other));
            }
        }
        Ok(mapping)
    }

    /// Its keys with the columns they name.
    pub(super) fn columns(&self) -> [(&'static str, Option<&str>); 12] {
        [
            ("incident", Some(&self.incident)),
            ("call_type", Some(&self.call_type)),
            ("received", Some(&self.received)),
            ("block", self.block.as_deref()),
            ("disposition", self.disposition.as_deref()),
            ("priority", self.priority.as_deref()),
            ("agency", self.agency.as_deref()),
            ("first_name", Some(&self.first_name)),
            ("last_name", Some(&self.last_name)),
            ("birth_date", self.birth_date.as_deref()),
            ("role", self.role.as_deref()),
            ("hazard", self.hazard.as_deref()),
        ]
    }
}
