//! Consents on file: every version is kept, the newest counts.

use consent::{Consent, FollowUp};
use gateway_types::{AgencyId, ClientId, ConsentId, StaffId, Timestamp};

use crate::{OwedEntry, StoreError};

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

/// Something that is still to be done about a consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFollowUp {
    /// The consent.
    pub consent: ConsentId,
    /// What, and from when.
    pub follow_up: FollowUp,
    /// When it was found to be owed.
    pub opened_at: Timestamp,
}

/// Consents, authorisations and releases.
#[async_trait::async_trait]
pub trait ConsentStore: Send + Sync {
    /// Records the next version of a consent. `version` is the one it must become: 1 for a new consent. What is then
    /// still to be done about it ([`Consent::follow_ups`]) is opened for the agency that holds it, and what is not owed
    /// any more is closed. What one agency holds with one content ([`Consent::content`]) is one consent, whoever comes
    /// first; one that was entered in error as a duplicate, or never signed, leaves its place to another.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another change was recorded first, the client of a consent would change, or its holder
    /// has the same form on file under another id.
    async fn record_consent(
        &self,
        consent: &Consent,
        version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.record_consent_owing(consent, version, None, now).await
    }

    /// The same, and with it the entry that the audit log is then owed.
    ///
    /// # Errors
    /// As [`Self::record_consent`].
    async fn record_consent_owing(
        &self,
        consent: &Consent,
        version: u32,
        owed: Option<&OwedEntry>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

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

    /// The newest version of each of many clients' consents, in no order.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn consents_of(&self, clients: &[ClientId]) -> Result<Vec<StoredConsent>, StoreError>;

    /// Records many consents, all or none: each as the version that it says it is.
    ///
    /// # Errors
    /// As [`Self::record_consent`]; [`StoreError::Missing`] if the client of a new one is not on file.
    async fn record_consents(&self, consents: &[Consent], now: Timestamp) -> Result<(), StoreError>;

    /// What the agency still has to do from `now` or earlier, the longest due first, 500 at most.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn follow_ups(&self, agency: &AgencyId, now: Timestamp) -> Result<Vec<OpenFollowUp>, StoreError>;

    /// Settles what is no longer owed because a day has passed: no version of the form says so, and nobody did it. Should
    /// it be owed again, it is opened again.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn settle_follow_ups(
        &self,
        no_longer_owed: &[(ConsentId, FollowUp)],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Records that somebody of the agency has done with it. Of what was done with before, or is not the agency's,
    /// nothing changes.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the agency has no such thing to do.
    async fn close_follow_up(
        &self,
        agency: &AgencyId,
        consent: ConsentId,
        follow_up: FollowUp,
        by: &StaffId,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
