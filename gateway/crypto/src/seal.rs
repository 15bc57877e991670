//! Sealing of what the database keeps: AES-256-GCM (NIST SP 800-38D), bound to table, row and kind, so that a blob
//! moved to another place does not open.
//!
//! SP 800-38D section 8.3 allows one key 2^32 seals with random nonces. A nightly re-push of a million rows would
//! come near within years, so each master key gives [`LANES`] sealing keys; the row's id chooses one.

use std::fmt;

use gateway_types::{Entropy, EntropyUnavailable};
use ring::aead;
use zeroize::Zeroizing;

use crate::digest::length_prefix;
use crate::master::{KeyTag, MasterKey};
use crate::secret::{Deriver, Secret};

const LANES: usize = 16;
const PLACED: u8 = 1;
const KEYED: u8 = 2;
const NONCE: usize = aead::NONCE_LEN;
const TAG: usize = 16;

/// Where a sealed blob belongs. A blob opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The row's id.
    pub row: &'a [u8],
    /// What the blob is: the column, or the kind of content where one column holds several.
    pub kind: &'a str,
}

/// Nothing was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// No nonce could be drawn.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
    /// The content is longer than AES-GCM allows (64 GiB).
    #[error("content too long to seal")]
    TooLong,
}

/// A sealed blob did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is shorter than the shortest sealed blob.
    #[error("sealed content is cut short")]
    Truncated,
    /// It was sealed in a form that this version does not know.
    #[error("sealed content is of an unknown form")]
    UnknownForm,
    /// It was sealed with a master key that is not at hand.
    #[error("sealed with the master key tagged {0}, which is not among the keys given")]
    UnknownKey(KeyTag),
    /// It was changed, moved to another place, or sealed with another key.
    #[error("sealed content was changed, moved, or sealed with another key")]
    NotAuthentic,
}

/// Seals with the newest master key; opens what any of them sealed.
pub struct Sealer {
    primary: Keyring,
    older: Vec<Keyring>,
}

struct Keyring {
    tag: KeyTag,
    lanes: [aead::LessSafeKey; LANES],
}

impl Sealer {
    /// A sealer that seals with `primary` and also opens what the `older` keys sealed.
    #[must_use]
    pub fn new(primary: &MasterKey, older: &[MasterKey]) -> Self {
        Self {
            primary: Keyring::new(primary),
            older: older.iter().map(Keyring::new).collect(),
        }
    }

    /// Seals `plain` for `place`: version, key tag, nonce, ciphertext and its tag.
    ///
    /// # Errors
    /// [`SealError`] if no nonce could be drawn or `plain` is longer than the cipher allows.
    pub fn seal(&self, place: Place<'_>, plain: &[u8], entropy: &dyn Entropy) -> Result<Vec<u8>, SealError> {
        let mut head = [PLACED, 0, 0, 0, 0];
        let [_, tag @ ..] = &mut head;
        *tag = *self.primary.tag.as_bytes();
        let aad = place_aad(&head, place);
        seal_bytes(self.primary.lane(place.row), &head, &aad, plain, entropy)
    }

    /// Opens what was sealed for `place`.
    ///
    /// # Errors
    /// [`OpenError`] if it was changed, cut or moved, or its key is not at hand.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (head, body) = sealed.split_first_chunk::<5>().ok_or(OpenError::Truncated)?;
        let [PLACED, tag @ ..] = *head else {
            return Err(OpenError::UnknownForm);
        };
        let tag = KeyTag::from_bytes(tag);
        let aad = place_aad(head, place);
        // Two keys may share a tag (one chance in four thousand million), so every key of that name is tried.
        let mut outcome = Err(OpenError::UnknownKey(tag));
        for ring in std::iter::once(&self.primary).chain(&self.older) {
            if ring.tag == tag {
                outcome = open_bytes(ring.lane(place.row), &aad, body);
                if outcome != Err(OpenError::NotAuthentic) {
                    break;
                }
            }
        }
        outcome
    }

    /// Whether `sealed` was sealed with the newest key (by its tag); if not, it should be sealed anew.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed
            .split_first_chunk::<5>()
            .is_some_and(|([form, tag @ ..], _)| *form == PLACED && tag == self.primary.tag.as_bytes())
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealer([secret], {} older)", self.older.len())
    }
}

impl Keyring {
    fn new(master: &MasterKey) -> Self {
        let deriver = Deriver::new(master.secret());
        Self {
            tag: master.tag(),
            lanes: std::array::from_fn(|lane| {
                cipher(&deriver.derive("seal", &[&(lane as u64).to_be_bytes()]))
            }),
        }
    }

    /// The sealing key for a row. Row ids are random or time-ordered with a random tail, so that folding their
    /// bytes spreads them evenly.
    fn lane(&self, row: &[u8]) -> &aead::LessSafeKey {
        let folded = row.iter().fold(0u8, |folded, byte| folded ^ byte);
        let lane = usize::from(folded ^ (folded >> 4)) % LANES;
        #[expect(clippy::indexing_slicing, reason = "a remainder by LANES is below LANES")]
        &self.lanes[lane]
    }
}

/// Seals `plain` with a key that is not a master key (an audit entry's, a client's), bound to the parts of `aad`.
///
/// # Errors
/// [`SealError`] if no nonce could be drawn or `plain` is longer than the cipher allows.
pub fn seal_with(
    secret: &Secret,
    aad: &[&[u8]],
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    KeyedSealer::new(secret, "seal with").seal(aad, plain, entropy)
}

/// Opens what [`seal_with`] sealed under the same secret and the same parts.
///
/// # Errors
/// [`OpenError`] if it was changed or cut, or belongs to another secret or other parts.
pub fn open_with(secret: &Secret, aad: &[&[u8]], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    KeyedSealer::new(secret, "seal with").open(aad, sealed)
}

/// One secret made ready for many seals.
pub(crate) struct KeyedSealer(aead::LessSafeKey);

impl KeyedSealer {
    pub(crate) fn new(secret: &Secret, label: &str) -> Self {
        Self(cipher(&secret.derive(label, &[])))
    }

    pub(crate) fn seal(
        &self,
        aad: &[&[u8]],
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        seal_bytes(&self.0, &[KEYED], &join_aad(&[KEYED], aad), plain, entropy)
    }

    pub(crate) fn open(&self, aad: &[&[u8]], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let (form, body) = sealed.split_first().ok_or(OpenError::Truncated)?;
        if *form != KEYED {
            return Err(OpenError::UnknownForm);
        }
        open_bytes(&self.0, &join_aad(&[KEYED], aad), body)
    }
}

fn place_aad(head: &[u8], place: Place<'_>) -> Vec<u8> {
    join_aad(head, &[place.table.as_bytes(), place.row, place.kind.as_bytes()])
}

fn join_aad(head: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len() + 8).sum::<usize>();
    let mut aad = Vec::with_capacity(head.len() + length);
    aad.extend_from_slice(head);
    for part in parts {
        aad.extend_from_slice(&length_prefix(part));
        aad.extend_from_slice(part);
    }
    aad
}

fn cipher(key: &Secret) -> aead::LessSafeKey {
    let key = aead::UnboundKey::new(&aead::AES_256_GCM, key.as_bytes());
    #[expect(
        clippy::expect_used,
        reason = "ring refuses only a key of another length than 32 bytes"
    )]
    aead::LessSafeKey::new(key.expect("a 32-byte key"))
}

fn seal_bytes(
    key: &aead::LessSafeKey,
    head: &[u8],
    aad: &[u8],
    plain: &[u8],
    entropy: &dyn Entropy,
) -> Result<Vec<u8>, SealError> {
    let mut nonce = [0u8; NONCE];
    entropy.fill(&mut nonce)?;
    let start = head.len() + NONCE;
    let mut sealed = Vec::with_capacity(start + plain.len() + TAG);
    sealed.extend_from_slice(head);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plain);
    let content = sealed.get_mut(start..).unwrap_or_default();
    let nonce = aead::Nonce::assume_unique_for_key(nonce);
    match key.seal_in_place_separate_tag(nonce, aead::Aad::from(aad), content) {
        Ok(tag) => {
            sealed.extend_from_slice(tag.as_ref());
            Ok(sealed)
        }
        Err(ring::error::Unspecified) => {
            zeroize::Zeroize::zeroize(&mut sealed);
            Err(SealError::TooLong)
        }
    }
}

fn open_bytes(key: &aead::LessSafeKey, aad: &[u8], body: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let (nonce, content) = body.split_first_chunk::<NONCE>().ok_or(OpenError::Truncated)?;
    if content.len() < TAG {
        return Err(OpenError::Truncated);
    }
    let mut buffer = Zeroizing::new(content.to_vec());
    let nonce = aead::Nonce::assume_unique_for_key(*nonce);
    let length = key
        .open_in_place(nonce, aead::Aad::from(aad), &mut buffer)
        .map_err(|_| OpenError::NotAuthentic)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}

#[cfg(test)]
mod tests;
