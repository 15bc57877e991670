//! The agreements in force: one immutable value, replaced whole when their history grows.
//!
//! Whoever decides takes the value once and uses it from the gates to the entry. A newer history is checked and
//! compiled completely before it takes the place of the older; if that fails, the older stays. Nothing comes into force
//! before its entry in the log is durable.

mod change;
mod compile;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use gateway_crypto::Digest;
use gateway_store::{BrokenHistory, StandingAgreements, StoreError};
use gateway_types::MouId;
use policies::Agreements;

pub use change::{NotChanged, WantedChange};

use crate::approval::NotApproved;
use crate::gateway::Gateway;
use crate::sequencer::LogUnavailable;

/// A set of agreements in force, with its place in their history.
#[derive(Debug)]
pub struct InForce {
    standing: StandingAgreements,
    agreements: Agreements,
}

impl InForce {
    fn none() -> Self {
        Self {
            standing: StandingAgreements::default(),
            agreements: Agreements::none(),
        }
    }

    /// The same with more agreements, which are in no history: the canaries'.
    pub(crate) fn with(&self, others: &Agreements) -> Self {
        Self {
            standing: self.standing.clone(),
            agreements: self.agreements.with(others),
        }
    }

    /// The newest epoch in it; 0: nothing was ever in force.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.standing.epoch()
    }

    /// The agreements, compiled.
    #[must_use]
    pub const fn agreements(&self) -> &Agreements {
        &self.agreements
    }

    /// The versions, with their files and approvals.
    #[must_use]
    pub const fn standing(&self) -> &StandingAgreements {
        &self.standing
    }

    /// Names rules and agreements, for the leaf of an entry.
    pub(crate) fn policy(&self) -> Digest {
        Digest::of_parts(&[
            policies::rule_set_hash().as_bytes(),
            self.agreements.hash().as_bytes(),
        ])
    }
}

/// Where the set in force is kept.
pub(crate) struct Current {
    in_force: RwLock<Arc<InForce>>,
    /// One at a time reads the history and puts a set in force.
    turn: tokio::sync::Mutex<()>,
    /// The epoch that could not be taken up; 0: none.
    stuck: AtomicU64,
}

impl Current {
    pub(crate) fn none() -> Self {
        Self {
            in_force: RwLock::new(Arc::new(InForce::none())),
            turn: tokio::sync::Mutex::default(),
            stuck: AtomicU64::new(0),
        }
    }

    fn get(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, next: InForce) {
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        self.stuck.store(0, Ordering::Release);
    }
}

/// Asked about a set before it comes into force, beside all that is checked here: whether it may, under this release;
/// if not, why not. Whoever puts the gateway together knows what was proved of the law.
pub type Clearance = Arc<dyn Fn(&Agreements) -> Result<(), String> + Send + Sync>;

/// Why the newest agreements were not put in force. Those before them stay.
#[derive(Debug, thiserror::Error)]
pub enum NotTakenUp {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log cannot be written.
    #[error(transparent)]
    Log(#[from] LogUnavailable),
    /// The history does not hold together.
    #[error("the history of the agreements does not hold together: {0}")]
    History(#[from] BrokenHistory),
    /// A change is not approved by two people that the configuration knows.
    #[error("epoch {epoch}: the change of `{mou}` is not approved: {why}")]
    Approval {
        /// The epoch.
        epoch: u64,
        /// The agreement.
        mou: MouId,
        /// What is wrong.
        why: NotApproved,
    },
    /// A file on record is not the one it is said to be.
    #[error("epoch {epoch}: what is on file of `{mou}` is not what was approved")]
    OtherFile {
        /// The epoch.
        epoch: u64,
        /// The agreement.
        mou: MouId,
    },
    /// The files do not compile under this release.
    #[error("the agreements cannot be used:\n{0}")]
    Faulty(String),
    /// What would decide is not what was proved of the law.
    #[error("the agreements must not come into force under this release: {0}")]
    NotCleared(String),
}

impl NotTakenUp {
    /// Whether trying again may help, without anything being changed.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Log(_) | Self::Store(StoreError::Unavailable { .. } | StoreError::Conflict { .. })
        )
    }
}

/// Compiles a set that is, or once was, in force.
pub(crate) fn compile_standing(standing: &StandingAgreements) -> Result<Agreements, NotTakenUp> {
    compile::compile(standing)
}

/// What became of a look into the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenUp {
    /// There was nothing new.
    Nothing,
    /// This epoch is in force now.
    Epoch(u64),
}

impl Gateway {
    /// The agreements in force now. Whoever decides on something keeps this value until its entry is written.
    #[must_use]
    pub fn in_force(&self) -> Arc<InForce> {
        self.current_agreements().get()
    }

    /// Takes up what was entered in the history of the agreements, by this process or another. To be called every
    /// second or so; what it asks first is one number.
    ///
    /// # Errors
    /// [`NotTakenUp`]: the agreements known so far then stay in force.
    pub async fn take_up_agreements(&self) -> Result<TakenUp, NotTakenUp> {
        if self.records().newest_agreement_epoch().await? == self.in_force().epoch() {
            return Ok(TakenUp::Nothing);
        }
        let _turn = self.current_agreements().turn.lock().await;
        self.catch_up().await
    }

    /// The same, for whoever has the turn.
    async fn catch_up(&self) -> Result<TakenUp, NotTakenUp> {
        let current = self.current_agreements();
        let known = current.get();
        let newer = self.records().agreement_epochs_after(known.epoch()).await?;
        let Some(newest) = newer.last().map(|epoch| epoch.number) else {
            return Ok(TakenUp::Nothing);
        };
        let compiled = compile::follow(&known.standing, &newer, self.approvers())
            .and_then(|next| Ok((compile::compile(&next.standing)?, next)));
        let cleared = match compiled {
            Ok((agreements, next)) => self.clear(agreements).await.map(|agreements| (agreements, next)),
            Err(error) => Err(error),
        };
        let (agreements, next) = match cleared {
            Ok(compiled) => compiled,
            Err(error) => {
                // Told once for each epoch, not every second.
                if current.stuck.swap(newest, Ordering::AcqRel) != newest {
                    tracing::error!(
                        epoch = newest,
                        in_force = known.epoch(),
                        %error,
                        "agreements could not be taken up; the earlier ones stay in force"
                    );
                }
                return Err(error);
            }
        };
        for (epoch, standing) in &next.steps {
            self.log_agreement_epoch(epoch, standing).await?;
        }
        tracing::info!(
            epoch = newest,
            agreements = agreements.all().len(),
            set = %agreements.hash(),
            "agreements in force"
        );
        current.set(InForce {
            standing: next.standing,
            agreements,
        });
        Ok(TakenUp::Epoch(newest))
    }

    /// Asks whether a set may come into force, if there is anybody to ask. That may take its time.
    async fn clear(&self, agreements: Agreements) -> Result<Agreements, NotTakenUp> {
        let Some(clearance) = self.clearance() else {
            return Ok(agreements);
        };
        tokio::task::spawn_blocking(move || clearance(&agreements).map(|()| agreements))
            .await
            .map_err(|_| NotTakenUp::NotCleared("the check did not come to an end".to_owned()))?
            .map_err(NotTakenUp::NotCleared)
    }

    /// What stands by the history, whether or not this release can compile it: a version that it cannot compile can
    /// still be replaced.
    async fn newest_standing(&self) -> Result<StandingAgreements, NotTakenUp> {
        let known = self.in_force();
        let newer = self.records().agreement_epochs_after(known.epoch()).await?;
        Ok(compile::follow(&known.standing, &newer, self.approvers())?.standing)
    }

    /// What does not stop the gateway but needs somebody, in fixed words; empty if all is as it should be.
    #[must_use]
    pub fn concerns(&self) -> Vec<&'static str> {
        let mut concerns = Vec::new();
        if self.current_agreements().stuck.load(Ordering::Acquire) != 0 {
            concerns.push("the newest agreements could not be taken up: the earlier ones stay in force");
        }
        concerns.extend(self.witness_concerns());
        concerns
    }
}
