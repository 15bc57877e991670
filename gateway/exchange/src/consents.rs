//! Recording and revoking what a client agreed to.
//!
//! A consent is recorded by an agency about a client of its own records, so that the answer tells it nothing new. It
//! is in the audit log before it counts; a revocation counts before it is in the log, because a log that cannot be
//! written must not keep a revoked consent alive.

mod consult;
mod fhir;
mod follow_ups;
mod preview;
mod releases;
mod steps;

use std::collections::BTreeSet;

use consent::{
    Attested, Consent, ElementCheck, FollowUp, Language, Mentioned, NoForm, Outcome, Recorder, Revocation,
    RightForm, Signature, Status, Terms, TransitionError,
};
use gateway_audit::detail::{ConsentVersion, Party};
use gateway_audit::{Detail, EntryKind};
use gateway_store::StoreError;
use gateway_types::{ConsentId, Pii, SourceClientKey};

use crate::directory::Directory;
use crate::gateway::Gateway;
use crate::question::About;
use crate::requester::Requester;
use crate::sequencer::LogUnavailable;

pub use self::consult::{Actor, Advice, Consultation, NotConsulted, Permitted};
pub use self::fhir::{FhirConsent, FhirNotRecorded};
pub use self::follow_ups::ToDo;
pub use self::preview::{Preview, Share};
pub use self::releases::{NotTakenIn, ReleaseReport, RowOutcome, RowReport, Run};
pub use self::steps::{EventWord, Step};

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
    /// What is still to be done about it.
    pub follow_ups: Vec<FollowUp>,
    /// The forms that would do what this one was meant to, if it lacks something.
    pub right_forms: Vec<RightForm>,
}

/// A consent on file with its terms and every element of the law, met or missing, and who vouches for it.
#[derive(Debug)]
pub struct ConsentOnFile {
    /// What stands on it.
    pub terms: Terms,
    /// Every element; none before it is signed.
    pub elements: Vec<ElementCheck>,
    /// Where it stands.
    pub recorded: RecordedConsent,
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
    /// It means so many that it cannot be shown for each of them what they would get.
    #[error("the consent means too many persons, agencies and purposes to be shown one by one")]
    TooWide,
    /// No form can be made of the terms.
    #[error(transparent)]
    NoForm(#[from] NoForm),
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
        bar_own_benefit(by, &new.terms)?;
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
        self.log_consent(by, &consent, EntryKind::ConsentRecorded, None)
            .await?;
        self.records()
            .record_consent(&consent, consent.version().number(), now)
            .await?;
        Ok(self.describe(&consent))
    }

    /// Begins a form for one of the agency's own clients. Kinds that may not share a form are refused while it can still
    /// be split.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn draft_consent(
        &self,
        by: &Requester,
        client: SourceClientKey,
        terms: Terms,
    ) -> Result<RecordedConsent, NotRecorded> {
        let now = self.now();
        let client = self
            .find_client(by.agency_id(), &About::OwnKey(client))
            .await?
            .ok_or(NotRecorded::NoClient)?;
        bar_own_benefit(by, &terms)?;
        let id = ConsentId::generate(self.clock(), self.entropy()).map_err(|_| NotRecorded::Fault)?;
        let draft = Consent::draft(id, client, terms, recorder(by), now)?;
        self.log_consent(by, &draft, EntryKind::ConsentRecorded, Some("drafted"))
            .await?;
        self.records()
            .record_consent(&draft, draft.version().number(), now)
            .await?;
        Ok(self.describe(&draft))
    }

    /// Shows a consent to an agency that it concerns. The look is logged first.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn consent_on_file(&self, by: &Requester, id: ConsentId) -> Result<ConsentOnFile, NotRecorded> {
        let consent = self.concerning(by, id).await?;
        self.log_consent(by, &consent, EntryKind::ConsentRead, None)
            .await?;
        Ok(ConsentOnFile {
            terms: consent.terms().clone(),
            elements: consent.adequacy(self.now()),
            recorded: self.describe(&consent),
        })
    }

    /// The form of a consent, as a page to be printed. The look is logged first.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn consent_form(
        &self,
        by: &Requester,
        id: ConsentId,
        language: Language,
    ) -> Result<String, NotRecorded> {
        let consent = self.concerning(by, id).await?;
        let note = Some("its form was made");
        self.log_consent(by, &consent, EntryKind::ConsentRead, note)
            .await?;
        let directory = self.directory();
        let page = consent
            .terms()
            .form(language, &|mentioned| name_of(&directory, mentioned));
        Ok(page?)
    }

    /// A consent that is the agency's affair.
    async fn concerning(&self, by: &Requester, id: ConsentId) -> Result<Consent, NotRecorded> {
        let stored = self.records().consent(id).await?.ok_or(NotRecorded::NoConsent)?;
        if concerns(&stored.consent, by) {
            Ok(stored.consent)
        } else {
            Err(NotRecorded::NoConsent)
        }
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
        let consent = self.concerning(by, id).await?;
        let revoked = consent.revoke(revocation, recorder(by), now)?;
        self.records()
            .record_consent(&revoked, revoked.version().number(), now)
            .await?;
        self.log_consent(by, &revoked, EntryKind::ConsentRevoked, None)
            .await?;
        Ok(self.describe(&revoked))
    }

    async fn log_consent(
        &self,
        by: &Requester,
        consent: &Consent,
        kind: EntryKind,
        note: Option<&str>,
    ) -> Result<(), NotRecorded> {
        let mut detail = Detail::at(self.now());
        detail.note = note.map(|note| Pii::new(note.to_owned()));
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
        let confirm_back = consent.confirm_back(|mentioned| name_of(&directory, mentioned));
        let lacking = |wanted: fn(&Outcome) -> bool| {
            let checks = consent.adequacy(now).into_iter();
            checks.filter(|check| wanted(&check.outcome)).collect::<Vec<_>>()
        };
        let missing = lacking(|outcome| matches!(outcome, Outcome::Missing(_)));
        RecordedConsent {
            id: consent.id(),
            version: consent.version().number(),
            status: consent.status(now),
            follow_ups: consent.follow_ups(now),
            right_forms: if missing.is_empty() {
                Vec::new()
            } else {
                consent.terms().right_forms()
            },
            missing,
            in_part: lacking(|outcome| matches!(outcome, Outcome::MetInPart(_))),
            confirm_back,
        }
    }
}

fn name_of(directory: &Directory, mentioned: Mentioned<'_>) -> Option<String> {
    match mentioned {
        Mentioned::Agency(id) => directory.agency(id).map(|agency| agency.name.clone()),
        Mentioned::Person(_) => None,
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

/// Refuses a form that its recorder would receive under without being the one who discloses.
fn bar_own_benefit(by: &Requester, terms: &Terms) -> Result<(), NotRecorded> {
    let receives = terms.recipients.may_include(by.agency_id());
    if receives && !terms.discloser.agencies.contains(by.agency_id()) {
        return Err(NotRecorded::OwnBenefit);
    }
    Ok(())
}

/// Whether the consent is the agency's affair: it holds the form, or is named as the one who may disclose. A form that
/// is not signed is the holder's alone.
fn concerns(consent: &Consent, by: &Requester) -> bool {
    consent.holder() == by.agency_id()
        || (consent.recorded().is_some() && consent.terms().discloser.agencies.contains(by.agency_id()))
}
