//! What a receipt says of a disclosure without saying of whom: when, to whom, which categories, why, by which rules.
//!
//! The entry's leaf commits to it under a key of its own ([`Statement::commitment`]); the recipient gets that key with the
//! receipt. So a receipt can be shown to anybody, years later, and checked against the log, while it says nothing about the
//! client and opens nothing else of the entry.

use gateway_crypto::{Digest, Secret, hmac_sha256};
use gateway_types::vocabulary::{Basis, Category, PurposeOfUse, Role};
use gateway_types::{AgencyId, Timestamp, WordSet};
use serde::{Deserialize, Serialize};

use crate::canonical::{NotCanonical, canonical_json};
use crate::detail::Detail;

/// A disclosure in the words of its receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// When.
    pub at: Timestamp,
    /// The agency that received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<AgencyId>,
    /// In which role the person asked who received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<PurposeOfUse>,
    /// Of which categories the released elements are.
    pub categories: WordSet<Category>,
    /// On which grounds.
    pub bases: WordSet<Basis>,
    /// The digest of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Digest>,
}

impl Statement {
    /// What the receipt of this entry says.
    #[must_use]
    pub fn of(detail: &Detail) -> Self {
        let requester = detail.requester.as_ref();
        Self {
            at: detail.occurred_at,
            recipient: requester.map(|party| party.agency.clone()),
            role: requester.and_then(|party| party.role),
            purpose: detail.purpose,
            categories: detail.released.iter().map(|released| released.category).collect(),
            bases: detail
                .released
                .iter()
                .flat_map(|released| released.bases.iter())
                .collect(),
            answer: detail.body,
        }
    }

    /// HMAC-SHA-256 under `opening`, over "statement" and the canonical JSON, each led by its length.
    ///
    /// # Errors
    /// [`NotCanonical`]: never for a statement that was read or made here.
    pub fn commitment(&self, opening: &Secret) -> Result<Digest, NotCanonical> {
        let canonical = canonical_json(self)?;
        let parts: [&[u8]; 2] = [b"statement", &canonical];
        Ok(Digest::from_bytes(hmac_sha256(opening.as_bytes(), &parts)))
    }
}
