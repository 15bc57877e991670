//! Agreements between agencies: every version stays readable for ever, by its hash.

use gateway_crypto::Digest;
use gateway_types::{MouId, Timestamp};

use crate::StoreError;

/// One version of an agreement file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementVersion {
    /// The agreement.
    pub mou: MouId,
    /// The hash of its content; kept with every decision.
    pub hash: Digest,
    /// The file, as it was activated.
    pub text: String,
    /// When it was activated.
    pub activated_at: Timestamp,
    /// When it was taken out of force; `None`: it still is active.
    pub retired_at: Option<Timestamp>,
}

/// Agreement files.
#[async_trait::async_trait]
pub trait AgreementStore: Send + Sync {
    /// Makes `versions` the active set at `now`: activates what is new, retires what is no longer in it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn activate_agreements(
        &self,
        versions: &[(MouId, Digest, String)],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The versions now active.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn active_agreements(&self) -> Result<Vec<AgreementVersion>, StoreError>;

    /// The version with this hash, active or not.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn agreement(&self, hash: &Digest) -> Result<Option<AgreementVersion>, StoreError>;
}
