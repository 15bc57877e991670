//! From what a FHIR Consent says to a consent on record, through the gate of every signed form.

use std::collections::BTreeSet;

use gateway_types::vocabulary::RevocationForm;
use gateway_types::{AgencyId, ClientId, ConsentId, Timestamp};

use super::Draft;
use crate::consent::{Consent, State, Version};
use crate::signing::{ArtefactDigest, Recorder, Revocation, RevocationScope, Signature};
use crate::transitions::TransitionError;

impl Draft {
    /// Records it as a signed form of `client`, who has to be the one whom [`Draft::patient`] names. `artefact` is the
    /// digest of the signed paper. Whom a class on the form does not mean counts as revoked for them from the first
    /// version on; a word on the event is taken from whoever may give it.
    ///
    /// # Errors
    /// Those of [`Consent::record_signed`], [`Consent::revoke`] and [`Consent::report_event`].
    pub fn record(
        self,
        id: ConsentId,
        client: ClientId,
        artefact: Option<ArtefactDigest>,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Consent, TransitionError> {
        let signature = Signature {
            signed_at: self.signed_at,
            signer: self.signer,
            co_signer: self.co_signer,
            standing: self.standing,
            artefact,
        };
        let mut consent =
            Consent::record_signed(id, client, self.terms, signature, self.attested, by.clone(), now)?;
        if !self.except.is_empty() {
            consent = consent.leave_out(self.except, by.clone(), now)?;
        }
        if let Some(report) = self.event {
            consent = consent.report_event(report, by, now)?;
        }
        // One act, so one version: none of the steps was ever on file by itself.
        consent.version = Version(1);
        Ok(consent)
    }
}

impl Consent {
    /// Takes down whom it was stated not to mean when it was signed: for them it counts as revoked from that moment on.
    pub(crate) fn leave_out(
        self,
        agencies: BTreeSet<AgencyId>,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        let signed_at = self.signature().ok_or(TransitionError::NotSigned)?.signed_at;
        let never_meant = Revocation {
            at: signed_at,
            form: RevocationForm::Written,
            scope: RevocationScope::Recipients(agencies.clone()),
        };
        let mut consent = self.revoke(never_meant, by, now)?;
        if let State::Signed { paper } = &mut consent.state {
            paper.excepted = agencies;
        }
        Ok(consent)
    }
}
