//! Consents on file: every version is kept, the newest counts.

use consent::Consent;
use gateway_types::{ClientId, ConsentId, Timestamp};

use crate::StoreError;

/// One version of a consent.
#[derive(Clone, Debug)]
pub struct StoredConsent {
    /// 1 for the first.
    pub version: u32,
    /// When this version was recorded.
    pub recorded_at: Timestamp,
    /// What it says.
    pub consent: Consent,
}

/// Consents, authorisations and releases.
#[async_trait::async_trait]
pub trait ConsentStore: Send + Sync {
    /// Records the next version of a consent. `version` is the one it must become: 1 for a new consent.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another change was recorded first, or the client of a consent would change.
    async fn record_consent(&self, consent: &Consent, version: u32, now: Timestamp)
    -> Result<(), StoreError>;

    /// The newest version of a consent.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn consent(&self, id: ConsentId) -> Result<Option<StoredConsent>, StoreError>;

    /// The newest version of each of a client's consents. `None` as in [`crate::ClientStore::elements`].
    ///
    /// # Errors
    /// [`StoreError`].
    async fn consents(&self, client: Option<ClientId>) -> Result<Vec<StoredConsent>, StoreError>;
}
