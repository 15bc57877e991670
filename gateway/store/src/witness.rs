//! What a witness holds of other agencies' logs, and what witnesses have said of this one. Beside the audit log, since a
//! witness whose memory is put back can be led back itself.

use gateway_types::Timestamp;

use crate::StoreError;

/// Two checkpoints of one log that cannot both be true, whole and signed: evidence that anybody can check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitView {
    /// The log's origin.
    pub origin: String,
    /// The checkpoint that was held.
    pub held: String,
    /// The one that was shown.
    pub shown: String,
    /// When.
    pub at: Timestamp,
}

/// The memory of a witness, and of being witnessed.
#[async_trait::async_trait]
pub trait WitnessStore: Send + Sync {
    /// The whole checkpoint last cosigned for a log.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn held_checkpoint(&self, origin: &str) -> Result<Option<String>, StoreError>;

    /// Holds `new` instead of `held` (`None`: nothing so far). `false`: something else is held by now, and nothing was
    /// changed. When this returns `true`, the new one is on stable storage.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn hold_checkpoint(&self, origin: &str, held: Option<&str>, new: &str) -> Result<bool, StoreError>;

    /// Keeps evidence of a split; of one log and one size once.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn keep_split(&self, split: &SplitView) -> Result<(), StoreError>;

    /// The evidence kept, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn splits(&self) -> Result<Vec<SplitView>, StoreError>;

    /// The newest checkpoint of this log with cosignatures.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn witnessed(&self) -> Result<Option<String>, StoreError>;

    /// Keeps a checkpoint of this log with cosignatures in place of the last.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn keep_witnessed(&self, checkpoint: &str) -> Result<(), StoreError>;
}
