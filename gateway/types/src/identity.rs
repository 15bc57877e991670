//! What a source says identifies a client: the input of linkage, never stored in the clear.

use serde::{Deserialize, Serialize};

use crate::sensitive::Pii;
use crate::time::Date;

/// Identifying particulars of one person, as one source or one question gives them.
///
/// Fields are as received, trimmed; normalising and comparing is the work of `gateway-linkage`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClientIdentity {
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Pii<String>>,
    /// Middle name or initial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<Pii<String>>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Pii<String>>,
    /// `Jr`, `III` and the like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name_suffix: Option<Pii<String>>,
    /// Date of birth, only if the source gives it in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Pii<Date>>,
    /// Social security number: nine digits, or the last four if that is all there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssn: Option<Pii<String>>,
    /// Telephone numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Pii<String>>,
}
