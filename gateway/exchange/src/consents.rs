//! Recording and revoking what a client agreed to.
//!
//! A consent is recorded by an agency about a client of its own records, so that the answer tells it nothing new. It
//! is in the audit log before it counts; a revocation counts before it is in the log, because a log that cannot be
//! written must not keep a revoked consent alive.

use std::collections::BTreeSet;

use consent::{
    Attested, Consent, ElementCheck, Mentioned, Outcome, Recorder, Revocation, Signature, Status, Terms,
    TransitionError,
};
use gateway_audit::detail::{ConsentVersion, Party};
use gateway_audit::{Detail, EntryKind};
use gateway_store::StoreError;
use gateway_types::{ConsentId, SourceClientKey};

use crate::gateway::Gateway;
use crate::question::About;
use crate::requester::Requester;
use crate::sequencer::LogUnavailable;

/// A signed form to be recorded.
#[derive(Debug)]
pub struct NewConsent {
    /// The client, by the recording agency's own key.
    pub client: SourceClientKey,
    /// What stands on the form.
    pub terms: Terms,
    /// Who signed it.
    pub signature: Signature,
    /// What the recorder vouches for.
    pub attested: BTreeSet<Attested>,
}

/// A consent on file.
#[derive(Debug)]
pub struct RecordedConsent {
    /// The consent.
    pub id: ConsentId,
    /// Its version.
    pub version: u32,
    /// Where it stands now.
    pub status: Status,
    /// What the law asks for and the form lacks. While anything is here it is kept, and releases nothing.
    pub missing: Vec<ElementCheck>,
    /// What is there for some disclosures and lacking for others: it releases less than it names.
    pub in_part: Vec<ElementCheck>,
    /// What it lets happen, in plain words, to be read back to the client.
    pub confirm_back: String,
}

/// Why a consent was not recorded or revoked.
#[derive(Debug, thiserror::Error)]
pub enum NotRecorded {
    /// The agency's own records name no such client.
    #[error("your records name no client by that key")]
    NoClient,
    /// The agency has recorded no such consent, and none in which it is the discloser.
    #[error("there is no such consent of yours")]
    NoConsent,
    /// The agency could receive under the form and is not the one that would disclose. Until signed forms can be handed
    /// in and looked at, its word is not enough.
    #[error("an agency that may receive under a consent cannot record it; the agency that discloses has to")]
    OwnBenefit,
    /// The form cannot be recorded, or the consent cannot change so.
    #[error(transparent)]
    Unacceptable(#[from] TransitionError),
    /// The store or the log cannot be reached.
    #[error("the gateway cannot record now")]
    Unavailable,
    /// A fault of ours.
    #[error("the gateway failed")]
    Fault,
}

impl From<StoreError> for NotRecorded {
    fn from(error: StoreError) -> Self {
        crate::gateway::log_store_error(&error);
        match error {
            StoreError::Unavailable { .. } | StoreError::Conflict { .. } => Self::Unavailable,
            _ => Self::Fault,
        }
    }
}

impl From<LogUnavailable> for NotRecorded {
    fn from(_: LogUnavailable) -> Self {
        Self::Unavailable
    }
}

impl Gateway {
    /// Records a signed form. A defective one is kept, releases nothing and says what it lacks.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn record_consent(
        &self,
        by: &Requester,
        new: NewConsent,
    ) -> Result<RecordedConsent, NotRecorded> {
        let now = self.now();
        let client = self
            .find_client(by.agency_id(), &About::OwnKey(new.client))
            .await?
            .ok_or(NotRecorded::NoClient)?;
        let own_benefit = new.terms.recipients.may_include(by.agency_id());
        if own_benefit && !new.terms.discloser.agencies.contains(by.agency_id()) {
            return Err(NotRecorded::OwnBenefit);
        }
        let id = ConsentId::generate(self.clock(), self.entropy()).map_err(|_| NotRecorded::Fault)?;
        let consent = Consent::record_signed(
            id,
            client,
            new.terms,
            new.signature,
            new.attested,
            recorder(by),
            now,
        )?;
        self.log_consent(by, &consent, EntryKind::ConsentRecorded).await?;
        self.records()
            .record_consent(&consent, consent.version().number(), now)
            .await?;
        Ok(self.describe(&consent))
    }

    /// Revokes a consent, wholly or as against some agencies. The same query changes at once.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn revoke_consent(
        &self,
        by: &Requester,
        id: ConsentId,
        revocation: Revocation,
    ) -> Result<RecordedConsent, NotRecorded> {
        let now = self.now();
        let stored = self.records().consent(id).await?.ok_or(NotRecorded::NoConsent)?;
        if !concerns(&stored.consent, by) {
            return Err(NotRecorded::NoConsent);
        }
        let revoked = stored.consent.revoke(revocation, recorder(by), now)?;
        self.records()
            .record_consent(&revoked, revoked.version().number(), now)
            .await?;
        self.log_consent(by, &revoked, EntryKind::ConsentRevoked).await?;
        Ok(self.describe(&revoked))
    }

    async fn log_consent(
        &self,
        by: &Requester,
        consent: &Consent,
        kind: EntryKind,
    ) -> Result<(), NotRecorded> {
        let mut detail = Detail::at(self.now());
        detail.client = Some(consent.client());
        detail.requester = Some(party(by));
        detail.consents = vec![ConsentVersion {
            id: consent.id(),
            version: consent.version().to_string(),
        }];
        let terms = serde_json::to_vec(consent.terms()).map_err(|_| NotRecorded::Fault)?;
        let key = self.records().client_key(Some(consent.client())).await?;
        self.log_new_event(kind, &key, detail, &terms).await?;
        Ok(())
    }

    fn describe(&self, consent: &Consent) -> RecordedConsent {
        let now = self.now();
        let directory = self.directory();
        let confirm_back = consent.confirm_back(|mentioned| match mentioned {
            Mentioned::Agency(id) => directory.agency(id).map(|agency| agency.name.clone()),
            Mentioned::Person(_) => None,
        });
        let lacking = |wanted: fn(&Outcome) -> bool| {
            let checks = consent.adequacy(now).into_iter();
            checks.filter(|check| wanted(&check.outcome)).collect()
        };
        RecordedConsent {
            id: consent.id(),
            version: consent.version().number(),
            status: consent.status(now),
            missing: lacking(|outcome| matches!(outcome, Outcome::Missing(_))),
            in_part: lacking(|outcome| matches!(outcome, Outcome::MetInPart(_))),
            confirm_back,
        }
    }
}

fn recorder(by: &Requester) -> Recorder {
    Recorder {
        agency: by.agency_id().clone(),
        staff: by.staff().clone(),
    }
}

/// The person as the audit entry names them.
pub(crate) fn party(by: &Requester) -> Party {
    Party {
        agency: by.agency_id().clone(),
        person: Some(by.staff().clone()),
        role: Some(by.role()),
        system: Some(by.system().clone()),
    }
}

/// Whether the consent is the agency's affair: it recorded it, or is named as the one who may disclose.
fn concerns(consent: &Consent, by: &Requester) -> bool {
    consent
        .recorded()
        .is_some_and(|(recorder, _)| recorder.agency == *by.agency_id())
        || consent.terms().discloser.agencies.contains(by.agency_id())
}
