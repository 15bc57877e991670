//! Checkpoints (C2SP tlog-checkpoint): origin, size and root of the log, as a signed note.
//!
//! Extension lines are refused: nobody audits what they say. A signer keeps the last head it signed and refuses to
//! sign a smaller one, or another of the same size.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_crypto::Digest;

use crate::note::{NoteError, NoteSigner, VerifierKey};
use crate::tree::TreeHead;

/// What a log says of itself at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name. One for each log and, later, each yearly shard of it.
    pub origin: String,
    /// Size and root.
    pub head: TreeHead,
}

/// Why a checkpoint was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note or its signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The signed text is not a checkpoint.
    #[error("not a checkpoint: {0}")]
    Text(&'static str),
    /// The checkpoint is of a log with another name than the key's.
    #[error("the checkpoint is of another log than the key")]
    Origin,
    /// The head to sign is older than, or contradicts, the one signed last.
    #[error("a head of size {size} contradicts the head of size {signed} that was signed before")]
    Rollback {
        /// The size to be signed.
        size: u64,
        /// The size signed last.
        signed: u64,
    },
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        let root = STANDARD.encode(self.head.root.as_bytes());
        format!("{}\n{}\n{root}\n", self.origin, self.head.size)
    }

    /// Reads a signed checkpoint and checks that `key` signed it and that it is of the log `key` is named after.
    ///
    /// # Errors
    /// [`CheckpointError`] if either is not so.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, CheckpointError> {
        let checkpoint = Self::parse(key.open(note)?)?;
        if checkpoint.origin == key.name() {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Origin)
        }
    }

    /// Reads the text of a checkpoint, without any signature: what it claims, not what is so.
    ///
    /// # Errors
    /// [`CheckpointError::Text`] if it is not one.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text
            .strip_suffix('\n')
            .ok_or(CheckpointError::Text("no final newline"))?
            .split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Text("fewer than three lines"));
        };
        if origin.is_empty() {
            return Err(CheckpointError::Text("no origin"));
        }
        if lines.next().is_some() {
            return Err(CheckpointError::Text("extension lines are not accepted"));
        }
        let root: [u8; 32] = STANDARD
            .decode(root)
            .ok()
            .and_then(|root| root.try_into().ok())
            .ok_or(CheckpointError::Text("the root is not 32 bytes in base64"))?;
        Ok(Self {
            origin: origin.to_owned(),
            head: TreeHead {
                size: decimal(size).ok_or(CheckpointError::Text("the size is not a plain number"))?,
                root: Digest::from_bytes(root),
            },
        })
    }

    /// The size that a note claims, whoever signed it: for choosing among notes, never for trusting one.
    #[must_use]
    pub fn claimed_size(note: &str) -> Option<u64> {
        Self::claimed(note).ok().map(|claimed| claimed.head.size)
    }

    /// What a note claims, whoever signed it.
    pub(crate) fn claimed(note: &str) -> Result<Self, CheckpointError> {
        Self::parse(crate::note::unsigned_text(note)?)
    }
}

/// A decimal number without sign or leading zeroes.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// The key of a log with the head it signed last: it signs nothing older and no second head of one size.
#[derive(Debug)]
pub struct LogSigner {
    signer: NoteSigner,
    last: Option<TreeHead>,
}

impl LogSigner {
    /// A log's signer, named as the log's origin. `last` is the head it signed last, from where the signer keeps it;
    /// `None` only for a log that has never signed.
    #[must_use]
    pub const fn new(signer: NoteSigner, last: Option<TreeHead>) -> Self {
        Self { signer, last }
    }

    /// The key that checks what this one signs.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        self.signer.verifier()
    }

    /// The head signed last.
    #[must_use]
    pub const fn last(&self) -> Option<TreeHead> {
        self.last
    }

    /// Signs `head`. Reached from outside only through [`crate::batch::Confirmed`], after every hash was computed twice.
    ///
    /// # Errors
    /// [`CheckpointError::Rollback`] if `head` is smaller than the last one, or of its size with another root.
    pub(crate) fn sign(&mut self, head: TreeHead) -> Result<String, CheckpointError> {
        if let Some(last) = self.last
            && (head.size < last.size || (head.size == last.size && head.root != last.root))
        {
            return Err(CheckpointError::Rollback {
                size: head.size,
                signed: last.size,
            });
        }
        let checkpoint = Checkpoint {
            origin: self.signer.verifier().name().to_owned(),
            head,
        };
        let note = self.signer.sign(&checkpoint.text())?;
        self.last = Some(head);
        Ok(note)
    }
}

#[cfg(test)]
mod tests {
    use gateway_crypto::SigningKey;

    use super::*;

    fn signer(name: &str) -> LogSigner {
        let key = SigningKey::from_seed([3; 32]);
        LogSigner::new(NoteSigner::new(name, key).unwrap(), None)
    }

    fn head(size: u64, text: &str) -> TreeHead {
        TreeHead {
            size,
            root: Digest::of(text.as_bytes()),
        }
    }

    #[test]
    fn a_signed_checkpoint_opens_and_a_changed_one_does_not() {
        let mut signer = signer("assent.example/2026");
        let note = signer.sign(head(5, "a")).unwrap();
        let opened = Checkpoint::open(&note, signer.verifier()).unwrap();
        assert_eq!(opened.head, head(5, "a"));
        let changed = note.replacen("\n5\n", "\n6\n", 1);
        assert_eq!(
            Checkpoint::open(&changed, signer.verifier()),
            Err(NoteError::BadSignature.into())
        );
    }

    #[test]
    fn a_signer_signs_nothing_older_and_no_second_head_of_one_size() {
        let mut signer = signer("assent.example/2026");
        signer.sign(head(5, "a")).unwrap();
        assert!(signer.sign(head(5, "a")).is_ok());
        assert!(matches!(
            signer.sign(head(5, "b")),
            Err(CheckpointError::Rollback { .. })
        ));
        assert!(matches!(
            signer.sign(head(4, "a")),
            Err(CheckpointError::Rollback { .. })
        ));
        assert!(signer.sign(head(6, "c")).is_ok());
    }

    #[test]
    fn texts_that_are_not_checkpoints_are_refused() {
        let good = Checkpoint {
            origin: "o".into(),
            head: head(12, "x"),
        }
        .text();
        assert!(Checkpoint::parse(&good).is_ok());
        for bad in [
            good.replacen("12", "012", 1),
            good.replacen("12", "+12", 1),
            good.replacen("12", "", 1),
            good.replacen("o\n", "\n", 1),
            format!("{good}extension\n"),
            good.replacen('=', "", 1),
            good.trim_end().to_owned(),
            "o\n1\n".to_owned(),
        ] {
            assert!(
                matches!(Checkpoint::parse(&bad), Err(CheckpointError::Text(_))),
                "{bad}"
            );
        }
    }
}
