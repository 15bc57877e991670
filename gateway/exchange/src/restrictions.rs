//! What clients ask agencies to keep back (45 CFR 164.522(a), 42 CFR 2.26): taken down, answered, ended, looked at.
//!
//! An agency takes it down about a client of its own records and for itself alone, so that the answer tells it nothing
//! new. What narrows counts before it is in the log; what lets more out is in the log before it counts.

use consent::restriction::{Restriction, RestrictionStep, Standing, StepBarred, Wish};
use gateway_audit::{Detail, EntryKind};
use gateway_store::StoreError;
use gateway_types::{ClientId, Pii, RestrictionId, SourceClientKey};

use crate::consents::{party, recorder};
use crate::gateway::Gateway;
use crate::owed::StillOwed;
use crate::question::About;
use crate::requester::Requester;
use crate::sequencer::LogUnavailable;

/// A restriction on file and where it stands now.
#[derive(Debug)]
pub struct RestrictionOnFile {
    /// The restriction.
    pub restriction: Restriction,
    /// Where it stands.
    pub standing: Standing,
}

/// Why a restriction was not taken down or changed.
#[derive(Debug, thiserror::Error)]
pub enum NotRestricted {
    /// The agency's own records name no such client.
    #[error("your records name no client by that key")]
    NoClient,
    /// The agency was asked for no such restriction.
    #[error("there is no such restriction of yours")]
    NoRestriction,
    /// It cannot be, or cannot change so.
    #[error(transparent)]
    Barred(#[from] StepBarred),
    /// The store or the log cannot be reached.
    #[error("the gateway cannot record now")]
    Unavailable,
    /// A fault of ours.
    #[error("the gateway failed")]
    Fault,
}

impl From<StoreError> for NotRestricted {
    fn from(error: StoreError) -> Self {
        crate::gateway::log_store_error(&error);
        match error {
            StoreError::Unavailable { .. } | StoreError::Conflict { .. } => Self::Unavailable,
            _ => Self::Fault,
        }
    }
}

impl From<StillOwed> for NotRestricted {
    fn from(error: StillOwed) -> Self {
        match error {
            StillOwed::Log(error) => error.into(),
            StillOwed::Store(error) => error.into(),
            StillOwed::Unreadable => Self::Fault,
        }
    }
}

impl From<LogUnavailable> for NotRestricted {
    fn from(_: LogUnavailable) -> Self {
        Self::Unavailable
    }
}

impl Gateway {
    /// Takes down what a client asked the agency to keep back.
    ///
    /// # Errors
    /// [`NotRestricted`].
    pub async fn ask_restriction(
        &self,
        by: &Requester,
        client: SourceClientKey,
        wish: Wish,
    ) -> Result<RestrictionOnFile, NotRestricted> {
        let now = self.now();
        let client = self.own_client(by, client).await?;
        let id = RestrictionId::generate(self.clock(), self.entropy()).map_err(|_| NotRestricted::Fault)?;
        let restriction = Restriction::ask(id, client, wish, recorder(by), now)?;
        self.store_then_log_restriction(by, &restriction, "asked for")
            .await?;
        Ok(self.standing(restriction))
    }

    /// Takes a step in the life of a restriction of the agency's own.
    ///
    /// # Errors
    /// [`NotRestricted`].
    pub async fn step_restriction(
        &self,
        by: &Requester,
        id: RestrictionId,
        step: RestrictionStep,
    ) -> Result<RestrictionOnFile, NotRestricted> {
        let now = self.now();
        let restriction = self.own_restriction(by, id).await?;
        let next = restriction.step(step, recorder(by), now)?;
        let note = match step {
            RestrictionStep::Agree(_) => "agreed to",
            RestrictionStep::Refuse(_) => "refused",
            RestrictionStep::EndByClient(_) => "ended by the client",
            RestrictionStep::EndByAgency(_) => "ended by the agency for later records",
            RestrictionStep::EnterInError(_) => "entered in error",
        };
        if step.widens() {
            self.log_restriction(by, &next, note).await?;
            if let Err(error) = self.records().record_restriction(&next, now).await {
                let note = format!("{note}: the store did not say that it is kept; what is on file counts");
                self.log_restriction(by, &next, &note).await?;
                return Err(error.into());
            }
        } else {
            self.store_then_log_restriction(by, &next, note).await?;
        }
        Ok(self.standing(next))
    }

    /// Shows a restriction to the agency that was asked for it. The look is logged first.
    ///
    /// # Errors
    /// [`NotRestricted`].
    pub async fn restriction_on_file(
        &self,
        by: &Requester,
        id: RestrictionId,
    ) -> Result<RestrictionOnFile, NotRestricted> {
        let restriction = self.own_restriction(by, id).await?;
        self.log_restriction(by, &restriction, "looked at").await?;
        Ok(self.standing(restriction))
    }

    /// What one client asked of the agency, oldest first. Each look is logged first.
    ///
    /// # Errors
    /// [`NotRestricted`].
    pub async fn restrictions_of(
        &self,
        by: &Requester,
        client: SourceClientKey,
    ) -> Result<Vec<RestrictionOnFile>, NotRestricted> {
        let client = self.own_client(by, client).await?;
        let mut own = self.records().restrictions(Some(client)).await?;
        own.retain(|restriction| restriction.agency() == by.agency_id());
        for restriction in &own {
            self.log_restriction(by, restriction, "looked at").await?;
        }
        Ok(own
            .into_iter()
            .map(|restriction| self.standing(restriction))
            .collect())
    }

    async fn own_client(&self, by: &Requester, key: SourceClientKey) -> Result<ClientId, NotRestricted> {
        self.find_client(by.agency_id(), &About::OwnKey(key))
            .await?
            .ok_or(NotRestricted::NoClient)
    }

    async fn own_restriction(&self, by: &Requester, id: RestrictionId) -> Result<Restriction, NotRestricted> {
        self.records()
            .restriction(id)
            .await?
            .filter(|restriction| restriction.agency() == by.agency_id())
            .ok_or(NotRestricted::NoRestriction)
    }

    fn standing(&self, restriction: Restriction) -> RestrictionOnFile {
        RestrictionOnFile {
            standing: restriction.standing(self.now()),
            restriction,
        }
    }

    /// Puts what narrows on file, and with it that the log is owed its entry; then makes the entry.
    async fn store_then_log_restriction(
        &self,
        by: &Requester,
        restriction: &Restriction,
        note: &str,
    ) -> Result<(), NotRestricted> {
        let facts = serde_json::to_string(restriction).map_err(|_| NotRestricted::Fault)?;
        let detail = self.detail_of_restriction(by, restriction, note);
        let owed = self.owe(EntryKind::Restriction, restriction.client(), detail, facts)?;
        self.records()
            .record_restriction_owing(restriction, Some(&owed), self.now())
            .await?;
        Ok(self.make_owed_entry(&owed).await?)
    }

    async fn log_restriction(
        &self,
        by: &Requester,
        restriction: &Restriction,
        note: &str,
    ) -> Result<(), NotRestricted> {
        let detail = self.detail_of_restriction(by, restriction, note);
        let content = serde_json::to_vec(restriction).map_err(|_| NotRestricted::Fault)?;
        let key = self.records().client_key(Some(restriction.client())).await?;
        self.log_new_event(EntryKind::Restriction, &key, detail, &content)
            .await?;
        Ok(())
    }

    fn detail_of_restriction(&self, by: &Requester, restriction: &Restriction, note: &str) -> Detail {
        let mut detail = Detail::at(self.now());
        detail.client = Some(restriction.client());
        detail.requester = Some(party(by));
        detail.holders = vec![restriction.agency().clone()];
        detail.note = Some(Pii::new(format!(
            "restriction {} version {}: {note}",
            restriction.id(),
            restriction.version()
        )));
        detail
    }
}
