//! Notices to earlier recipients that a consent ended, and what is still to be looked at for them.

use gateway_types::{AgencyId, ClientId, ConsentId, EventId, Timestamp};

use crate::StoreError;

/// A notice on file.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredNotice {
    /// Its id: the event of its entry in the log.
    pub id: EventId,
    /// Whom it is for.
    pub recipient: AgencyId,
    /// The client whose consent it was.
    pub client: ClientId,
    /// The consent.
    pub consent: ConsentId,
    /// The agencies whose records no longer rest on anything.
    pub sources: Vec<AgencyId>,
    /// What the recipient gets, signed.
    pub note: String,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When the recipient said that it has it.
    pub acknowledged_at: Option<Timestamp>,
}

impl std::fmt::Debug for StoredNotice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[notice {}]", self.id)
    }
}

/// A consent that took a step since it was last looked at whom that concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangedConsent {
    /// The consent.
    pub consent: ConsentId,
    /// The version that came of it.
    pub version: u32,
}

/// Notices that consents ended. That a consent took a step is noted by [`crate::ConsentStore::record_consent`] with the
/// step itself, so that no crash comes between the two.
#[async_trait::async_trait]
pub trait NoticeStore: Send + Sync {
    /// Consents that took a step and are to be looked at by `now`, the longest due first, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn changed_consents(&self, now: Timestamp, limit: u32) -> Result<Vec<ChangedConsent>, StoreError>;

    /// Records what came of looking: notices, of which those on file stay as they are, and when to look again. `None`: not
    /// before it takes another step. If it took one meanwhile, it stays to be looked at.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn record_notices(
        &self,
        of: ChangedConsent,
        notices: &[StoredNotice],
        again: Option<Timestamp>,
    ) -> Result<(), StoreError>;

    /// A notice.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn notice(&self, id: EventId) -> Result<Option<StoredNotice>, StoreError>;

    /// The notices that an agency has not acknowledged, the oldest first, those after the notice `after`, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn open_notices(
        &self,
        recipient: &AgencyId,
        after: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError>;

    /// Every notice about a consent, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn notices_of_consent(&self, consent: ConsentId) -> Result<Vec<StoredNotice>, StoreError>;

    /// Records that the recipient has it. The first time counts.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn acknowledge_notice(&self, id: EventId, now: Timestamp) -> Result<(), StoreError>;
}
