//! Scans of signed forms: handed in and looked at by the agency that holds the form, and by nobody else.
//!
//! A signature may state the SHA-256 of the signed paper. A scan is taken only if it is that paper; before the form is
//! signed any is, and its digest is what the signature then states. The first one of a form that was recorded without
//! states it, as a step of its own. A scan opens nothing: it lets whoever doubts a form see what was signed. The log names
//! its digest, so that neither can be exchanged later.

use consent::{ArtefactDigest, Consent, TransitionError};
use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_store::{Artefact, ScanFormat, StoreError};
use gateway_types::{ConsentId, Timestamp};

use super::{NotRecorded, Step};
use crate::gateway::Gateway;
use crate::requester::Requester;

/// The largest scan taken, in bytes.
pub const LARGEST_SCAN: usize = 10 << 20;

/// A scan that was handed in.
#[derive(Clone, Copy, Debug)]
pub struct HandedIn {
    /// Its digest, as a signature states it.
    pub digest: ArtefactDigest,
    /// What it is.
    pub format: ScanFormat,
    /// When.
    pub at: Timestamp,
}

/// A scan as it was handed in.
pub struct Scan {
    /// What it is.
    pub handed_in: HandedIn,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[scan]")
    }
}

/// Why a scan was not taken, or is not there.
#[derive(Debug, thiserror::Error)]
pub enum NoScan {
    /// The agency holds no such form, or nothing was handed in for it.
    #[error("there is no such form or scan of yours")]
    NotThere,
    /// It is in none of the formats taken.
    #[error("a PDF, JPEG, PNG or TIFF of at most {LARGEST_SCAN} bytes is wanted")]
    NotAScan,
    /// The signature states the digest of another paper.
    #[error("this is not the paper that the signature states: its `artefact` is another digest")]
    OtherPaper,
    /// The form was marked as one that should not be on file, and states no digest.
    #[error("the form was marked as an error: the digest of its paper cannot be stated any more")]
    InError,
    /// So many of the form are kept already.
    #[error("no more scans of this form are kept")]
    TooMany,
    /// The store or the log cannot be reached.
    #[error("the gateway cannot answer now")]
    Unavailable,
    /// A fault of ours, or a scan that is not what was handed in.
    #[error("the gateway failed")]
    Fault,
}

impl From<NotRecorded> for NoScan {
    fn from(error: NotRecorded) -> Self {
        match error {
            NotRecorded::NoConsent => Self::NotThere,
            NotRecorded::Unavailable => Self::Unavailable,
            NotRecorded::Unacceptable(TransitionError::OtherArtefact) => Self::OtherPaper,
            NotRecorded::Unacceptable(TransitionError::Ended) => Self::InError,
            _ => Self::Fault,
        }
    }
}

impl Gateway {
    /// Takes in a scan of a form that the agency holds. It is in the log before it is kept.
    ///
    /// # Errors
    /// [`NoScan`].
    pub async fn hand_in_scan(
        &self,
        by: &Requester,
        id: ConsentId,
        bytes: Vec<u8>,
    ) -> Result<HandedIn, NoScan> {
        let consent = self.held(by, id).await?;
        let format = ScanFormat::of(&bytes)
            .filter(|_| bytes.len() <= LARGEST_SCAN)
            .ok_or(NoScan::NotAScan)?;
        let digest = digest_of(&bytes);
        let consent = match consent.signed_as().map(|signature| signature.artefact) {
            // What is stated and then not handed in can be handed in again.
            Some(None) => {
                self.step_consent(by, id, Step::StateArtefact(digest)).await?;
                self.held(by, id).await?
            }
            Some(Some(stated)) if stated != digest => return Err(NoScan::OtherPaper),
            _ => consent,
        };
        let at = self.now();
        let note = format!("a scan of it was handed in: {digest}");
        self.log_consent(by, &consent, EntryKind::ConsentRecorded, Some(&note))
            .await?;
        let artefact = Artefact {
            consent: id,
            client: consent.client(),
            digest,
            bytes,
            handed_in_at: at,
        };
        if let Err(error) = self.records().keep_artefact(&artefact).await {
            crate::gateway::log_store_error(&error);
            let note = format!("the store did not say that the scan is kept: {digest}");
            self.log_consent(by, &consent, EntryKind::ConsentRecorded, Some(&note))
                .await?;
            return Err(match error {
                StoreError::Conflict { .. } => NoScan::TooMany,
                StoreError::Unavailable { .. } => NoScan::Unavailable,
                _ => NoScan::Fault,
            });
        }
        Ok(HandedIn { digest, format, at })
    }

    /// The scan of a form that the agency holds: the paper that its signature states; before it is signed, the one handed
    /// in last. The look is logged before the scan is given.
    ///
    /// # Errors
    /// [`NoScan`].
    pub async fn scan(&self, by: &Requester, id: ConsentId) -> Result<Scan, NoScan> {
        let consent = self.held(by, id).await?;
        let wanted = match consent.signed_as() {
            None => None,
            Some(signature) => Some(signature.artefact.ok_or(NoScan::NotThere)?),
        };
        let kept = self
            .records()
            .artefact(id, wanted)
            .await
            .map_err(NotRecorded::from)?;
        let Artefact {
            client,
            digest,
            bytes,
            handed_in_at: at,
            ..
        } = kept.ok_or(NoScan::NotThere)?;
        let is_what_was_handed_in = client == consent.client()
            && digest == digest_of(&bytes)
            && wanted.is_none_or(|wanted| wanted == digest);
        let (true, Some(format)) = (is_what_was_handed_in, ScanFormat::of_kept(&bytes)) else {
            tracing::error!("a scan is not what was handed in");
            return Err(NoScan::Fault);
        };
        let note = format!("its scan was looked at: {digest}");
        self.log_consent(by, &consent, EntryKind::ConsentRead, Some(&note))
            .await?;
        let handed_in = HandedIn { digest, format, at };
        Ok(Scan { handed_in, bytes })
    }

    /// A form that the agency holds.
    async fn held(&self, by: &Requester, id: ConsentId) -> Result<Consent, NoScan> {
        let consent = self.concerning(by, id).await?;
        if consent.holder() == by.agency_id() {
            Ok(consent)
        } else {
            Err(NoScan::NotThere)
        }
    }
}

fn digest_of(bytes: &[u8]) -> ArtefactDigest {
    ArtefactDigest::from_bytes(*Digest::of(bytes).as_bytes())
}
