//! FHIR Consents on their way in and out: the same gates, the same entries of the log, as any other form.

use std::collections::BTreeSet;

use adapters::json::{self, JsonFault};
use consent::fhir::{self, Draft, Remark};
use consent::{ArtefactDigest, Consent, EventReport, RevocationScope, TransitionError};
use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_types::{AgencyId, ConsentId, SourceClientKey, Timestamp};
use serde_json::Value;

use super::authority::signed_by_our_clock;
use super::on_file::{Match, Said};
use super::{Kept, NotRecorded, Step, Stored, TURNS, may_put_on_record, recorder};
use crate::gateway::Gateway;
use crate::question::About;
use crate::requester::Requester;

/// A consent on file, as FHIR.
pub struct FhirConsent {
    /// The consent.
    pub id: ConsentId,
    /// Its version.
    pub version: u32,
    /// The resource.
    pub resource: Value,
    /// Where what was sent was read more narrowly than it may have been meant.
    pub notes: Vec<Remark>,
}

impl std::fmt::Debug for FhirConsent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[FHIR Consent {}]", self.id)
    }
}

/// Why a FHIR Consent was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum FhirNotRecorded {
    /// It is not JSON, or more than is accepted.
    #[error(transparent)]
    Unreadable(#[from] JsonFault),
    /// It cannot be evaluated: each reason with its element.
    #[error("the Consent cannot be evaluated")]
    NotEvaluated(Vec<Remark>),
    /// The digest stated is not that of what is attached.
    #[error("the digest stated in `consent-artefact` is not that of the attachment's data")]
    OtherArtefact,
    /// It is read, and the form cannot be recorded.
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
}

impl From<TransitionError> for FhirNotRecorded {
    fn from(error: TransitionError) -> Self {
        Self::NotRecorded(error.into())
    }
}

impl Gateway {
    /// Records a FHIR Consent about one of the agency's own clients. One that lacks what its law asks for is kept,
    /// releases nothing and says what it lacks; one that cannot be evaluated is not kept.
    ///
    /// # Errors
    /// [`FhirNotRecorded`].
    pub async fn record_fhir_consent(
        &self,
        by: &Requester,
        bytes: &[u8],
    ) -> Result<(Kept, FhirConsent), FhirNotRecorded> {
        let now = self.now();
        let document = json::parse(bytes, &json::Limits::default())?;
        let directory = by.directory();
        let knows = |id: &AgencyId| directory.agency(id).is_some();
        let mut draft = fhir::read(&document, &knows, now).map_err(FhirNotRecorded::NotEvaluated)?;
        draft.signed_at = signed_by_our_clock(draft.signed_at, now)?;
        let artefact = artefact(&draft)?;
        let (patient, notes) = (draft.patient.clone(), draft.notes.clone());
        let client = self
            .find_client(by.agency_id(), &About::OwnKey(patient.clone()))
            .await
            .map_err(NotRecorded::from)?
            .ok_or(NotRecorded::NoClient)?;
        may_put_on_record(by, &draft.terms)?;
        for _ in 0..TURNS {
            let id = ConsentId::generate(self.clock(), self.entropy()).map_err(|_| NotRecorded::Fault)?;
            let consent = draft.clone().record(id, client, artefact, recorder(by), now)?;
            let on_file = self.forms_on_file(by.agency_id(), client).await?;
            if let Some(content) = consent.content() {
                let attested: BTreeSet<_> = consent.vouched_for().collect();
                let said = Said {
                    attested: &attested,
                    artefact,
                };
                match on_file.place(content, said)? {
                    Match::New => {}
                    other => {
                        let (_, recorded) = self.not_anew(by, other, said).await?;
                        if let Some(word) = consent.word_on_event() {
                            self.hear_of_the_event(by, recorded.id, word).await?;
                        }
                        let known = self.concerning(by, recorded.id).await?;
                        return Ok((Kept::OnFile, self.as_fhir(&known, Some(&patient), notes)?));
                    }
                }
                if let Some(known) = self.opened_by_the_same(&consent, now).await? {
                    return Err(NotRecorded::OnFile(known).into());
                }
            } else if on_file.is_full(client) {
                return Err(NotRecorded::TooMany.into());
            }
            let note = Some("sent as a FHIR Consent");
            if self.log_then_store(by, &consent, note).await? == Stored::Kept {
                return Ok((Kept::New, self.as_fhir(&consent, Some(&patient), notes)?));
            }
        }
        Err(NotRecorded::Unavailable.into())
    }

    /// Takes the word on the event of a form that was sent again, unless what is on file is as new or has ended it.
    async fn hear_of_the_event(
        &self,
        by: &Requester,
        id: ConsentId,
        word: EventReport,
    ) -> Result<(), NotRecorded> {
        if self.concerning(by, id).await?.word_on_event() == Some(word) {
            return Ok(());
        }
        match self.step_consent(by, id, Step::Event(word)).await {
            Err(NotRecorded::Unacceptable(
                TransitionError::EarlierWord | TransitionError::EventIsFinal | TransitionError::Ended,
            )) => Ok(()),
            other => other.map(drop),
        }
    }

    /// The form on file that says the same, and opens to somebody whom this one leaves out. To keep both would let them
    /// have it all the same; that the client does not want it any more is said by a revocation.
    async fn opened_by_the_same(
        &self,
        consent: &Consent,
        now: Timestamp,
    ) -> Result<Option<ConsentId>, NotRecorded> {
        let left_out: BTreeSet<&AgencyId> = consent
            .revocations()
            .filter_map(|revocation| match &revocation.scope {
                RevocationScope::Recipients(agencies) => Some(agencies),
                RevocationScope::Whole => None,
            })
            .flatten()
            .collect();
        let Some(content) = consent.content().filter(|_| !left_out.is_empty()) else {
            return Ok(None);
        };
        let on_file = self.records().consents(Some(consent.client())).await?;
        let opens = on_file.into_iter().map(|stored| stored.consent).find(|known| {
            known.holder() == consent.holder()
                && known
                    .content()
                    .is_some_and(|known| known.is_same_but_for_exceptions(&content))
                && left_out.iter().any(|agency| known.stands_for(agency, now))
        });
        Ok(opens.map(|known| known.id()))
    }

    /// Shows a consent as FHIR to an agency that it concerns. The look is logged first.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn fhir_consent(&self, by: &Requester, id: ConsentId) -> Result<FhirConsent, NotRecorded> {
        let consent = self.concerning(by, id).await?;
        self.log_consent(by, &consent, EntryKind::ConsentRead, Some("as a FHIR Consent"))
            .await?;
        self.as_fhir(&consent, None, Vec::new())
    }

    fn as_fhir(
        &self,
        consent: &Consent,
        patient: Option<&SourceClientKey>,
        notes: Vec<Remark>,
    ) -> Result<FhirConsent, NotRecorded> {
        let read_back = self.describe(consent)?.confirm_back;
        Ok(FhirConsent {
            id: consent.id(),
            version: consent.version().number(),
            resource: fhir::write(consent, patient, Some(&read_back), self.now()),
            notes,
        })
    }
}

/// The digest of the signed paper: of what is attached, or as it is stated.
fn artefact(draft: &Draft) -> Result<Option<ArtefactDigest>, FhirNotRecorded> {
    let attached = draft
        .attached
        .as_ref()
        .map(|bytes| ArtefactDigest::from_bytes(*Digest::of(bytes.reveal()).as_bytes()));
    match (attached, draft.stated) {
        (Some(attached), Some(stated)) if attached != stated => Err(FhirNotRecorded::OtherArtefact),
        (attached, stated) => Ok(attached.or(stated)),
    }
}
