//! Restrictions that clients asked for: every version is kept, the newest counts.

use consent::restriction::Restriction;
use gateway_types::{ClientId, RestrictionId, Timestamp};

use crate::{OwedEntry, StoreError};

/// What clients asked to be kept back.
#[async_trait::async_trait]
pub trait RestrictionStore: Send + Sync {
    /// Records a restriction; its version is the one it must become: 1 for a new one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another change was recorded first, or its client would change;
    /// [`StoreError::Missing`] if the client is not on file.
    async fn record_restriction(&self, restriction: &Restriction, now: Timestamp) -> Result<(), StoreError> {
        self.record_restriction_owing(restriction, None, now).await
    }

    /// The same, and with it the entry that the audit log is then owed.
    ///
    /// # Errors
    /// As [`Self::record_restriction`].
    async fn record_restriction_owing(
        &self,
        restriction: &Restriction,
        owed: Option<&OwedEntry>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The newest version of a restriction.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn restriction(&self, id: RestrictionId) -> Result<Option<Restriction>, StoreError>;

    /// The newest version of each that a client asked for, by id. `None` as in [`crate::ClientStore::elements`].
    ///
    /// # Errors
    /// [`StoreError`].
    async fn restrictions(&self, client: Option<ClientId>) -> Result<Vec<Restriction>, StoreError>;
}
