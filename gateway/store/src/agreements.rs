//! Agreements between agencies: a history that only grows. What is in force follows from it; nothing in it is ever
//! changed or deleted, so that any version, and who approved it, can be read years later.

use std::collections::BTreeMap;

use gateway_crypto::Digest;
use gateway_types::{EventId, MouId, Timestamp};

use crate::StoreError;

/// What a change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementAction {
    /// Brings a version into force, perhaps in place of another.
    Activate,
    /// Takes the version in force out of it.
    Retire,
}

impl AgreementAction {
    /// Its word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Activate => "activate",
            Self::Retire => "retire",
        }
    }

    /// The action with this word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Activate, Self::Retire]
            .into_iter()
            .find(|action| action.code() == code)
    }
}

/// One agreement changed, with the approvals that allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementChange {
    /// The agreement.
    pub mou: MouId,
    /// What was done.
    pub action: AgreementAction,
    /// The version, in the words of its file.
    pub version: String,
    /// The content hash of the version that came into force, or left it; kept with every decision.
    pub hash: Digest,
    /// The content hash of the version that was in force until then.
    pub replaced: Option<Digest>,
    /// The file that came into force; `None` for a retirement.
    pub text: Option<String>,
    /// The approval: a statement and the signatures under it.
    pub approval: String,
    /// The digest of the statement. No statement is used twice.
    pub statement: Digest,
}

/// Changes that came into force together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementEpoch {
    /// Its number: the first is 1, each next one more.
    pub number: u64,
    /// The event of its entry in the log.
    pub event: EventId,
    /// When it was entered.
    pub at: Timestamp,
    /// What changed, at most once for each agreement.
    pub changes: Vec<AgreementChange>,
}

/// A version in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingAgreement {
    /// The change that brought it into force.
    pub change: AgreementChange,
    /// The epoch of that change.
    pub since: u64,
}

/// What is in force after some epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandingAgreements {
    epoch: u64,
    versions: BTreeMap<MouId, StandingAgreement>,
}

/// A history that does not hold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrokenHistory {
    /// An epoch is missing, or there twice.
    #[error("epoch {found} follows epoch {after}")]
    Gap {
        /// The last epoch that was known.
        after: u64,
        /// The one that came.
        found: u64,
    },
    /// A change was made from another state than the one before it.
    #[error("a change of epoch {epoch} does not follow what was in force before it")]
    OtherState {
        /// The epoch.
        epoch: u64,
    },
}

impl StandingAgreements {
    /// The newest epoch in it; 0: nothing was ever in force.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The versions in force, by agreement.
    pub fn versions(&self) -> impl Iterator<Item = &StandingAgreement> {
        self.versions.values()
    }

    /// The version of an agreement that is in force.
    #[must_use]
    pub fn version(&self, mou: &MouId) -> Option<&StandingAgreement> {
        self.versions.get(mou)
    }

    /// What is in force after one more epoch.
    ///
    /// # Errors
    /// [`BrokenHistory`], if the epoch does not follow.
    pub fn after(&self, epoch: &AgreementEpoch) -> Result<Self, BrokenHistory> {
        if epoch.number != self.epoch.saturating_add(1) {
            return Err(BrokenHistory::Gap {
                after: self.epoch,
                found: epoch.number,
            });
        }
        let mut next = self.clone();
        next.epoch = epoch.number;
        for change in &epoch.changes {
            let stood = next.versions.remove(&change.mou).map(|stood| stood.change.hash);
            let follows = match change.action {
                AgreementAction::Activate => change.replaced == stood && change.text.is_some(),
                AgreementAction::Retire => stood == Some(change.hash) && change.replaced == stood,
            };
            if !follows {
                return Err(BrokenHistory::OtherState { epoch: epoch.number });
            }
            if change.action == AgreementAction::Activate {
                let standing = StandingAgreement {
                    change: change.clone(),
                    since: epoch.number,
                };
                next.versions.insert(change.mou.clone(), standing);
            }
        }
        Ok(next)
    }
}

/// The history of the agreements.
#[async_trait::async_trait]
pub trait AgreementStore: Send + Sync {
    /// The number of the newest epoch; 0 if there is none. Cheap: the gateway asks every second.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn newest_agreement_epoch(&self) -> Result<u64, StoreError>;

    /// Every epoch after `epoch`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn agreement_epochs_after(&self, epoch: u64) -> Result<Vec<AgreementEpoch>, StoreError>;

    /// Enters the next epoch.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if its number is not the next one, or one of its statements was used before; nothing
    /// was entered then.
    async fn enter_agreement_epoch(&self, epoch: &AgreementEpoch) -> Result<(), StoreError>;
}
