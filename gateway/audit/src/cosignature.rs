//! Cosignatures of witnesses (C2SP tlog-cosignature, `cosignature/v1`): at this time, this was the log's head, and it goes on
//! from every head seen before.
//!
//! An operator with the log's key can write another history and sign it; the witnesses have seen the first. Ed25519 (type
//! 0x04) is made and checked. ML-DSA-44 (type 0x06) is passed over, as every signature by a key that is not asked about.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_crypto::{SigningKey, verify_ed25519};
use gateway_types::Timestamp;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::{NoteError, VerifierKey, key_id, key_text, parse_key, split_note};

const COSIGNATURE: u8 = 0x04;

/// The public key of a witness.
#[derive(Clone, PartialEq, Eq)]
pub struct WitnessKey {
    name: String,
    public: [u8; 32],
}

/// What a witness vouches for: the checkpoint, and when it saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// When.
    pub at: Timestamp,
}

impl WitnessKey {
    /// The key `public`, called `name`.
    ///
    /// # Errors
    /// [`NoteError::KeyName`] if `name` cannot be a key name.
    pub fn new(name: impl Into<String>, public: [u8; 32]) -> Result<Self, NoteError> {
        let key = VerifierKey::new(name, public)?;
        Ok(Self {
            name: key.name().to_owned(),
            public,
        })
    }

    /// The witness's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key.
    #[must_use]
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The lines of a note that are this witness's own, if they hold; none of anybody else's, which the witness may have
    /// written in another's name to spoil the note.
    ///
    /// # Errors
    /// [`CheckpointError`] if the note is none, or a line of this witness does not fit.
    pub fn own_lines(&self, note: &str) -> Result<String, CheckpointError> {
        if self.find(note)?.is_none() {
            return Ok(String::new());
        }
        let signatures = split_note(note)?.signatures.into_iter();
        let own =
            signatures.filter(|(name, signature)| *name == self.name && signature.starts_with(&self.id()));
        Ok(own
            .map(|(name, signature)| format!("\u{2014} {name} {}\n", STANDARD.encode(signature)))
            .collect())
    }

    /// The first four bytes of SHA-256(name, newline, type, public key).
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        key_id(&self.name, COSIGNATURE, &self.public)
    }

    /// The newest cosignature of this witness on a note, if it has one that holds. A bad one by this key spoils the note.
    ///
    /// # Errors
    /// [`CheckpointError`] if the note is none, or this witness's signature does not fit.
    pub fn find(&self, note: &str) -> Result<Option<Cosigned>, CheckpointError> {
        let parts = split_note(note)?;
        let mut newest: Option<u64> = None;
        for (name, signature) in &parts.signatures {
            let Some((id, rest)) = signature.split_first_chunk::<4>() else {
                return Err(NoteError::Form("a signature is shorter than a key id").into());
            };
            if *name != self.name || *id != self.id() {
                continue;
            }
            let (time, signature) = rest
                .split_first_chunk::<8>()
                .ok_or(NoteError::Form("a cosignature is shorter than its time"))?;
            let time = u64::from_be_bytes(*time);
            verify_ed25519(&self.public, signed(time, parts.text).as_bytes(), signature)
                .map_err(|_| NoteError::BadSignature)?;
            newest = newest.max(Some(time));
        }
        newest
            .map(|time| {
                Ok(Cosigned {
                    checkpoint: Checkpoint::parse(parts.text)?,
                    at: time_of(time).ok_or(NoteError::Form("a cosignature of no time"))?,
                })
            })
            .transpose()
    }
}

fn time_of(seconds: u64) -> Option<Timestamp> {
    let micros = i64::try_from(seconds).ok()?.checked_mul(1_000_000)?;
    Some(Timestamp::from_micros(micros))
}

/// What a cosignature signs.
fn signed(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&key_text(&self.name, COSIGNATURE, &self.public))
    }
}

impl fmt::Debug for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for WitnessKey {
    type Err = NoteError;

    /// Reads the text form `name+id+base64(type || key)`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, public) = parse_key(text, COSIGNATURE)?;
        Self::new(name, public)
    }
}

/// The key of a witness, with which it signs. Never the key of a log.
pub struct Cosigner {
    verifier: WitnessKey,
    key: SigningKey,
}

impl Cosigner {
    /// The signing key `key` of the witness called `name`.
    ///
    /// # Errors
    /// [`NoteError::KeyName`] if `name` cannot be a key name.
    pub fn new(name: impl Into<String>, key: SigningKey) -> Result<Self, NoteError> {
        Ok(Self {
            verifier: WitnessKey::new(name, key.public())?,
            key,
        })
    }

    /// The public key.
    #[must_use]
    pub const fn verifier(&self) -> &WitnessKey {
        &self.verifier
    }

    /// The signature line for a note's text. Reached from outside only through [`crate::witness`], after the log's history
    /// was checked.
    pub(crate) fn line(&self, text: &str, at: Timestamp) -> String {
        let time = u64::try_from(at.as_seconds()).unwrap_or(0);
        let signature = self.key.sign(signed(time, text).as_bytes());
        let bytes = [self.verifier.id().as_slice(), &time.to_be_bytes(), &signature].concat();
        format!("\u{2014} {} {}\n", self.verifier.name, STANDARD.encode(bytes))
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cosigner({})", self.verifier)
    }
}
