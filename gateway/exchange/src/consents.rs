//! Recording and revoking what a client agreed to.
//!
//! A consent is recorded by an agency about a client of its own records, so that the answer tells it nothing new. It
//! is in the audit log before it counts; a revocation counts before it is in the log, because a log that cannot be
//! written must not keep a revoked consent alive. That its entry is owed is noted in the same transaction.

mod artefacts;
mod authority;
mod consult;
mod fhir;
mod follow_ups;
mod listing;
mod on_file;
mod preview;
mod releases;
mod signing_links;
mod steps;

use std::collections::BTreeSet;

use consent::{
    Attested, Consent, Content, ElementCheck, FollowUp, Language, Mentioned, NoForm, Outcome, Recorder,
    Revocation, RightForm, Signature, Status, Terms, TransitionError,
};
use gateway_audit::detail::{ConsentVersion, Party};
use gateway_audit::{Detail, EntryKind};
use gateway_crypto::Digest;
use gateway_store::{OwedEntry, StoreError};
use gateway_types::{AgencyId, ConsentId, Pii, SourceClientKey};

use crate::directory::Directory;
use crate::gateway::Gateway;
use crate::owed::StillOwed;
use crate::question::About;
use crate::requester::Requester;
use crate::sequencer::LogUnavailable;

pub use self::artefacts::{HandedIn, LARGEST_SCAN, NoScan, Scan};
use self::authority::{by_our_clock, may_put_on_record, revokes_for_known};
pub use self::consult::{Actor, Advice, Consultation, NotConsulted, Permitted};
pub use self::fhir::{FhirConsent, FhirNotRecorded};
pub use self::follow_ups::ToDo;
pub use self::listing::{Listed, Listing, MOST_LISTED, Page};
use self::on_file::{MOST_LIVE, Match, Said};
pub use self::preview::{Preview, Share};
pub use self::releases::{Mender, NotTakenIn, Reason, ReleaseReport, RowOutcome, RowReport, Run};
pub use self::signing_links::{
    Copy, Danger, LinkMade, LinkSecret, LinkWanted, NoPage, NotLinked, Opened, Signing, ToSign, link_minutes,
};
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
    /// The agencies that it names as disclosers and whose records it does not open until they confirm it.
    pub not_confirmed_by: Vec<AgencyId>,
    /// The digest of the terms, as it is printed at the foot of the form: who signs says which form was before them.
    pub form: Digest,
    /// What it lets happen, in plain words, to be read back to the client.
    pub confirm_back: String,
    /// What is still to be done about it.
    pub follow_ups: Vec<FollowUp>,
    /// The forms that would do what this one was meant to, if it lacks something.
    pub right_forms: Vec<RightForm>,
}

/// Whether a form was recorded now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It was not on file.
    New,
    /// It was.
    OnFile,
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
    /// The form is not about the client whom the agency names.
    #[error("`own_key` is not that of the client whose form it is")]
    OtherClient,
    /// The agency has recorded no such consent, and none in which it is the discloser.
    #[error("there is no such consent of yours")]
    NoConsent,
    /// The agency could receive under the form and is not the only one that would disclose. Until signed forms can be
    /// handed in and looked at, its word is not enough.
    #[error(
        "an agency that may receive under a consent cannot record it unless it alone discloses; the agency that discloses has to"
    )]
    OwnBenefit,
    /// The form is about other agencies' records.
    #[error("`terms.discloser` does not name your agency; the agency that discloses has to record the form")]
    NotADiscloser,
    /// An agency is named that is not registered.
    #[error("{place} names an agency that is not registered")]
    UnknownAgency {
        /// Where.
        place: &'static str,
    },
    /// The signature is dated in the future.
    #[error("the signature is dated in the future")]
    SignedAhead,
    /// Another form was signed than the one on record.
    #[error("`form` is not the digest of the form on record: the terms have changed since it was printed")]
    OtherForm,
    /// The form cannot be recorded, or the consent cannot change so.
    #[error(transparent)]
    Unacceptable(#[from] TransitionError),
    /// A form between the same parties was taken back after this one was signed.
    #[error(
        "a form between the same parties was taken back after this one was signed; only a newer signature counts"
    )]
    Ended,
    /// The agency holds as many forms of the client as it may.
    #[error(
        "your agency holds {MOST_LIVE} forms of this client that have not ended, the most that are kept; end those that no longer hold"
    )]
    TooMany,
    /// The same form is on file under another id.
    #[error("the same form, signed at the same moment, is on file as consent {0}")]
    OnFile(ConsentId),
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

impl From<StillOwed> for NotRecorded {
    fn from(error: StillOwed) -> Self {
        match error {
            StillOwed::Log(error) => error.into(),
            StillOwed::Store(error) => error.into(),
            StillOwed::Unreadable => Self::Fault,
        }
    }
}

impl From<LogUnavailable> for NotRecorded {
    fn from(_: LogUnavailable) -> Self {
        Self::Unavailable
    }
}

impl Gateway {
    /// Records a signed form. A defective one is kept, releases nothing and says what it lacks. One that is on file is not
    /// recorded twice; what is vouched for beyond what was is added to it.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn record_consent(
        &self,
        by: &Requester,
        new: NewConsent,
    ) -> Result<(Kept, RecordedConsent), NotRecorded> {
        let now = self.now();
        let client = self
            .find_client(by.agency_id(), &About::OwnKey(new.client))
            .await?
            .ok_or(NotRecorded::NoClient)?;
        may_put_on_record(by, &new.terms)?;
        let signature = by_our_clock(new.signature, now)?;
        for _ in 0..TURNS {
            let on_file = self.forms_on_file(by.agency_id(), client).await?;
            let said = Said::of(&signature, &new.attested);
            match on_file.place(Content::of(client, &new.terms, &signature), said)? {
                Match::New => {}
                other => return self.not_anew(by, other, said).await,
            }
            let id = ConsentId::generate(self.clock(), self.entropy()).map_err(|_| NotRecorded::Fault)?;
            let consent = Consent::record_signed(
                id,
                client,
                new.terms.clone(),
                signature.clone(),
                new.attested.clone(),
                recorder(by),
                now,
            )?;
            match self.log_then_store(by, &consent, None).await? {
                Stored::Kept => return Ok((Kept::New, self.describe(&consent)?)),
                // The same form came by another door at the same moment.
                Stored::Overtaken => {}
            }
        }
        Err(NotRecorded::Unavailable)
    }

    /// What becomes of a form that is not new.
    async fn not_anew(
        &self,
        by: &Requester,
        known: Match,
        said: Said<'_>,
    ) -> Result<(Kept, RecordedConsent), NotRecorded> {
        let recorded = match known {
            Match::Ended(_) => return Err(NotRecorded::Ended),
            Match::OtherPaper(_) => return Err(TransitionError::OtherArtefact.into()),
            Match::New | Match::TooMany | Match::OnFile(None) | Match::MoreSaid(None) => {
                return Err(NotRecorded::TooMany);
            }
            Match::MoreSaid(Some(id)) => self.step_consent(by, id, said.step()).await?,
            Match::OnFile(Some(id)) => {
                let consent = self.concerning(by, id).await?;
                let note = Some("sent again: the same form is on file");
                self.log_consent(by, &consent, EntryKind::ConsentRead, note)
                    .await?;
                self.describe(&consent)?
            }
        };
        Ok((Kept::OnFile, recorded))
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
        may_put_on_record(by, &terms)?;
        if self.forms_on_file(by.agency_id(), client).await?.is_full(client) {
            return Err(NotRecorded::TooMany);
        }
        let id = ConsentId::generate(self.clock(), self.entropy()).map_err(|_| NotRecorded::Fault)?;
        let draft = Consent::draft(id, client, terms, recorder(by), now)?;
        self.put_on_file(by, &draft, Some("drafted")).await?;
        self.describe(&draft)
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
            recorded: self.describe(&consent)?,
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
        let mark = form_digest(&consent)?.to_string();
        let page = consent.form(language, &|mentioned| name_of(&directory, mentioned), &mark);
        Ok(page?)
    }

    /// A consent that is the agency's affair.
    pub(crate) async fn concerning(&self, by: &Requester, id: ConsentId) -> Result<Consent, NotRecorded> {
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
        revokes_for_known(by.directory(), &revocation.scope)?;
        let now = self.now();
        for _ in 0..TURNS {
            let consent = self.concerning(by, id).await?;
            let revoked = consent.revoke(revocation.clone(), recorder(by), now)?;
            match self
                .store_then_log(by, &revoked, EntryKind::ConsentRevoked, None)
                .await?
            {
                Stored::Overtaken => {}
                Stored::Kept => return self.describe(&revoked),
            }
        }
        Err(NotRecorded::Unavailable)
    }

    /// Puts what narrows on file, and with it that the log is owed its entry; then makes the entry.
    async fn store_then_log(
        &self,
        by: &Requester,
        consent: &Consent,
        kind: EntryKind,
        note: Option<&str>,
    ) -> Result<Stored, NotRecorded> {
        let owed = self.owe_about(by, consent, kind, note)?;
        let (number, now) = (consent.version().number(), self.now());
        let stored = self
            .records()
            .record_consent_owing(consent, number, Some(&owed), now)
            .await;
        match stored {
            Ok(()) => {}
            Err(StoreError::Conflict { .. }) => return Ok(Stored::Overtaken),
            Err(error) => return Err(error.into()),
        }
        self.make_owed_entry(&owed).await?;
        Ok(Stored::Kept)
    }

    /// An entry about a consent, to be noted with what it is about.
    fn owe_about(
        &self,
        by: &Requester,
        consent: &Consent,
        kind: EntryKind,
        note: Option<&str>,
    ) -> Result<OwedEntry, NotRecorded> {
        let facts = serde_json::to_string(consent).map_err(|_| NotRecorded::Fault)?;
        let detail = self.detail_of(by, consent, note);
        Ok(self.owe(kind, consent.client(), detail, facts)?)
    }

    /// Stores a version whose turn it is.
    async fn store(&self, consent: &Consent) -> Result<Stored, NotRecorded> {
        let number = consent.version().number();
        match self.records().record_consent(consent, number, self.now()).await {
            Ok(()) => Ok(Stored::Kept),
            Err(StoreError::Conflict { .. }) => Ok(Stored::Overtaken),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts what can widen a disclosure into the log, and then on file. If it does not get there, a second entry says so.
    async fn log_then_store(
        &self,
        by: &Requester,
        consent: &Consent,
        note: Option<&str>,
    ) -> Result<Stored, NotRecorded> {
        self.log_consent(by, consent, EntryKind::ConsentRecorded, note)
            .await?;
        let stored = self.store(consent).await;
        let note = match &stored {
            Ok(Stored::Kept) => return stored,
            Ok(Stored::Overtaken) => "did not take effect: another step came first",
            Err(_) => "the store did not say that it is kept; what is on file counts",
        };
        self.log_consent(by, consent, EntryKind::ConsentRecorded, Some(note))
            .await?;
        stored
    }

    /// As [`Self::log_then_store`]; to be overtaken is a failure.
    async fn put_on_file(
        &self,
        by: &Requester,
        consent: &Consent,
        note: Option<&str>,
    ) -> Result<(), NotRecorded> {
        match self.log_then_store(by, consent, note).await? {
            Stored::Kept => Ok(()),
            Stored::Overtaken => Err(NotRecorded::Unavailable),
        }
    }

    pub(crate) async fn log_consent(
        &self,
        by: &Requester,
        consent: &Consent,
        kind: EntryKind,
        note: Option<&str>,
    ) -> Result<(), NotRecorded> {
        let detail = self.detail_of(by, consent, note);
        // The whole of it, so that the log shows what was signed, vouched for, heard and taken back.
        let whole = serde_json::to_vec(consent).map_err(|_| NotRecorded::Fault)?;
        let key = self.records().client_key(Some(consent.client())).await?;
        self.log_new_event(kind, &key, detail, &whole).await?;
        Ok(())
    }

    fn detail_of(&self, by: &Requester, consent: &Consent, note: Option<&str>) -> Detail {
        let mut detail = Detail::at(self.now());
        detail.note = note.map(|note| Pii::new(note.to_owned()));
        detail.client = Some(consent.client());
        detail.requester = Some(party(by));
        detail.consents = vec![version_of(consent)];
        detail
    }

    fn describe(&self, consent: &Consent) -> Result<RecordedConsent, NotRecorded> {
        let now = self.now();
        let directory = self.directory();
        let confirm_back = consent.confirm_back(|mentioned| name_of(&directory, mentioned));
        let lacking = |wanted: fn(&Outcome) -> bool| {
            let checks = consent.adequacy(now).into_iter();
            checks.filter(|check| wanted(&check.outcome)).collect::<Vec<_>>()
        };
        let missing = lacking(|outcome| matches!(outcome, Outcome::Missing(_)));
        Ok(RecordedConsent {
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
            not_confirmed_by: consent.not_confirmed_by().cloned().collect(),
            form: form_digest(consent)?,
            confirm_back,
        })
    }
}

/// How often a step that narrows is taken again when another came first.
const TURNS: usize = 32;

/// What became of a version that was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    /// It is the newest.
    Kept,
    /// Another step was taken since the one before it was read.
    Overtaken,
}

/// The digest of a form: of its consent and the terms that stand on it. It is the same from the printing to the signing,
/// and another as soon as the terms are.
fn form_digest(consent: &Consent) -> Result<Digest, NotRecorded> {
    let terms = serde_json::to_vec(consent.terms()).map_err(|_| NotRecorded::Fault)?;
    Ok(Digest::of_parts(&[consent.id().as_bytes(), &terms]))
}

/// A version as an entry names it.
fn version_of(consent: &Consent) -> ConsentVersion {
    ConsentVersion {
        id: consent.id(),
        version: consent.version().to_string(),
    }
}

pub(crate) fn name_of(directory: &Directory, mentioned: Mentioned<'_>) -> Option<String> {
    match mentioned {
        Mentioned::Agency(id) => directory.agency(id).map(|agency| agency.name.clone()),
        Mentioned::Person(_) => None,
    }
}

pub(crate) fn recorder(by: &Requester) -> Recorder {
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

/// Whether the consent is the agency's affair: it holds the form, or is named as the one who may disclose. A form that
/// is not signed is the holder's alone.
fn concerns(consent: &Consent, by: &Requester) -> bool {
    consent.holder() == by.agency_id()
        || (consent.recorded().is_some() && consent.terms().discloser.agencies.contains(by.agency_id()))
}
