//! What the audit log is owed: a step that narrows counts at once, and the entry about it is noted in the same
//! transaction, so that no crash between the two leaves a step without its entry.

use gateway_types::{ClientId, EventId, Pii, Timestamp};

use crate::StoreError;

/// An entry still to be made.
#[derive(Clone, Debug)]
pub struct OwedEntry {
    /// The event. Under it the log shows whether the entry was made after all.
    pub event: EventId,
    /// The client it is about.
    pub client: ClientId,
    /// Since when.
    pub since: Timestamp,
    /// What it says. Kept sealed.
    pub body: Pii<Vec<u8>>,
}

/// The entries owed.
#[async_trait::async_trait]
pub trait OwedStore: Send + Sync {
    /// The entries owed, the longest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn owed_entries(&self, limit: u32) -> Result<Vec<OwedEntry>, StoreError>;

    /// Notes that an entry is in the log.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn settle_owed_entry(&self, event: EventId) -> Result<(), StoreError>;
}
