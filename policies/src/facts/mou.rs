//! An agreement as facts, in the scenarios' flat form: both ways between all parties, one list of purposes.

use gateway_types::vocabulary::{Instrument, InstrumentTerm, PurposeOfUse, Role, WordSet};
use gateway_types::{AgencyId, Timestamp};
use serde::{Deserialize, Serialize};

use super::element::Handle;
use super::flags::{CategoryScope, is_default, is_false};

/// An agreement between agencies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MouFacts {
    /// Its handle.
    pub id: Handle,
    /// The first moment it is in force.
    pub effective: Timestamp,
    /// The first moment it is no longer in force; `None`: no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Who is bound.
    pub parties: Vec<AgencyId>,
    /// For what.
    pub purposes: WordSet<PurposeOfUse>,
    /// What.
    pub categories: CategoryScope,
    /// Which recipient roles; empty: every role.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recipient_roles: WordSet<Role>,
    /// What it is in law.
    #[serde(default, skip_serializing_if = "is_default")]
    pub instruments: WordSet<Instrument>,
    /// The terms it contains.
    #[serde(default, skip_serializing_if = "is_default")]
    pub terms: WordSet<InstrumentTerm>,
    /// It says that clinical records are kept apart from the host agency.
    #[serde(default, skip_serializing_if = "is_false")]
    pub segregated_clinical_record: bool,
}
