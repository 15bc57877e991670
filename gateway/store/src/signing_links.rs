//! Links by which a client signs a form on a screen: only those that can still be used or looked at, without their secrets.
//!
//! What was made and used stands in the log for good. What cannot be used any more is not here, so that a link that was
//! ended and one that never was cannot be told apart.

use std::collections::BTreeSet;
use std::fmt;

use consent::{Attested, Consent, Language, Recorder, Screen, Signer, Standing};
use gateway_crypto::Digest;
use gateway_types::vocabulary::Role;
use gateway_types::{ClientId, ConsentId, SigningLinkId, SystemId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Artefact, OwedEntry, StoreError};

/// The digest of a link's secret, by which the link is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinkDigest([u8; 32]);

impl LinkDigest {
    /// The digest of a secret.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        Self(*Digest::of_parts(&[b"signing link", secret]).as_bytes())
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for LinkDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[link]")
    }
}

/// What was settled when the link was made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkParticulars {
    /// Who asked for it, and answers for the signing.
    pub asked_by: Recorder,
    /// In which role.
    pub role: Role,
    /// At which system.
    pub system: SystemId,
    /// The digest of the form as it is shown, in every language.
    pub shown: Digest,
    /// The language in which it is shown first.
    pub language: Language,
    /// On whose screen.
    pub screen: Screen,
    /// What the client is in law.
    pub standing: Standing,
    /// Who may sign; one of them does.
    pub signers: Vec<Signer>,
    /// What the person who asked for it vouches for.
    pub attested: BTreeSet<Attested>,
}

impl fmt::Debug for LinkParticulars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[what a signing link settles]")
    }
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningLink {
    /// Its id, which opens nothing.
    pub id: SigningLinkId,
    /// The digest of its secret.
    pub digest: LinkDigest,
    /// The form.
    pub consent: ConsentId,
    /// Whose form it is.
    pub client: ClientId,
    /// The version of the form that can be signed by it.
    pub version: u32,
    /// The moment from which on it cannot be used.
    pub expires_at: Timestamp,
    /// What was settled.
    pub particulars: LinkParticulars,
}

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkUse {
    /// The form can be signed.
    Sign,
    /// It was signed; the copy can be looked at.
    Copy,
}

/// Links by which clients sign.
#[async_trait::async_trait]
pub trait SigningLinkStore: Send + Sync {
    /// Makes a link, and ends every other of the same form. What nobody can use any more is cleared away.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if its version is not the newest of the form.
    async fn make_signing_link(&self, link: &SigningLink, now: Timestamp) -> Result<(), StoreError>;

    /// The link with this digest, if it is good for anything at `now`: not expired, of a form that is as it was, or signed
    /// and its copy still to be seen. In all other cases `None`, by the same one look-up.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn signing_link(
        &self,
        digest: &LinkDigest,
        now: Timestamp,
    ) -> Result<Option<(SigningLink, LinkUse)>, StoreError>;

    /// Ends the link of a form and the sight of its copy, and notes the entry that the audit log is then owed, both or
    /// neither; says whether there was one on file. Where there was none, nothing is owed.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn end_signing_links(
        &self,
        consent: ConsentId,
        owed: Option<&OwedEntry>,
    ) -> Result<bool, StoreError>;

    /// Uses a link up: the signed version, what was signed, and that the link is used, all or nothing. The copy can be
    /// looked at until `copy_until`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the link is not good for signing any more, or the form has changed.
    async fn sign_by_link(
        &self,
        link: &SigningLink,
        signed: &Consent,
        artefact: &Artefact,
        copy_until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
