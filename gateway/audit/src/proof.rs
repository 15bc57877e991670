//! Receipts: the C2SP tlog-proof file, one text that proves offline that an entry is in the log.
//!
//! ```text
//! c2sp.org/tlog-proof@v1
//! extra BASE64 OF THE LEAF
//! index 73894
//! BASE64 HASH, from the leaf's sibling upwards, one a line
//!
//! SIGNED CHECKPOINT
//! ```
//!
//! Our receipts carry the leaf as extra data, so that nothing but the log's public key is needed to check one. Extra
//! data is not authenticated by the format; here it is what is proved: the leaf is hashed and must be in the tree.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_crypto::Digest;

use crate::checkpoint::{Checkpoint, CheckpointError, decimal};
use crate::leaf::{Leaf, LeafError};
use crate::note::VerifierKey;
use crate::tree::{HashSource, ProofError, inclusion_proof, leaf_hash, verify_inclusion};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// A path in a tree of 2^64 leaves has no more hashes than this.
const MAX_HASHES: usize = 64;

/// A proof that an entry is in the log: parsed, not yet checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Opaque data that travels along: in our receipts, the leaf.
    pub extra: Option<Vec<u8>>,
    /// The entry's number in the log, from 0.
    pub index: u64,
    /// The hashes from the leaf's sibling upwards.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint, verbatim.
    pub checkpoint: String,
}

/// Why a receipt was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The text is not a proof file.
    #[error("not a proof file: {0}")]
    Form(&'static str),
    /// The checkpoint in it.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The proof does not lead to the signed root.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The receipt carries no leaf.
    #[error("the receipt carries no entry")]
    NoLeaf,
    /// The leaf it carries is not an entry of this log format.
    #[error(transparent)]
    Leaf(#[from] LeafError),
}

/// What a receipt proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The entry's number in the log.
    pub index: u64,
    /// The entry.
    pub leaf: Leaf,
    /// The checkpoint that covers it.
    pub checkpoint: Checkpoint,
}

impl Proof {
    /// Makes the receipt of entry `index`. `checkpoint` is the signed note, `source` the hashes of the same
    /// snapshot.
    ///
    /// # Errors
    /// [`ReceiptError`] if the checkpoint does not parse, or a hash is missing.
    pub fn of_entry(
        index: u64,
        leaf: &[u8],
        checkpoint: &str,
        source: &dyn HashSource,
    ) -> Result<Self, ReceiptError> {
        let claimed = Checkpoint::claimed(checkpoint)?;
        let hashes = inclusion_proof(index, claimed.head.size, source)?;
        // A proof of one snapshot with the checkpoint of another is worse than none: it looks like tampering.
        verify_inclusion(
            &leaf_hash(leaf),
            index,
            claimed.head.size,
            &hashes,
            &claimed.head.root,
        )?;
        Ok(Self {
            extra: Some(leaf.to_vec()),
            index,
            hashes,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// The proof as a file (extension `.tlog-proof`).
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{FIRST_LINE}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", STANDARD.encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            text.push_str(&STANDARD.encode(hash.as_bytes()));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a proof file. Nothing is checked but its form.
    ///
    /// # Errors
    /// [`ReceiptError::Form`] if it is not one.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let (head, checkpoint) = text
            .split_once("\n\n")
            .ok_or(ReceiptError::Form("no blank line before the checkpoint"))?;
        let mut lines = head.split('\n');
        if lines.next() != Some(FIRST_LINE) {
            return Err(ReceiptError::Form("the first line is not that of version 1"));
        }
        let mut line = lines.next();
        let extra = match line.and_then(|line| line.strip_prefix("extra ")) {
            Some(encoded) => {
                line = lines.next();
                let decoded = STANDARD.decode(encoded);
                Some(decoded.map_err(|_| ReceiptError::Form("the extra data is not base64"))?)
            }
            None => None,
        };
        let index = line
            .and_then(|line| line.strip_prefix("index "))
            .and_then(decimal)
            .ok_or(ReceiptError::Form("no index line"))?;
        let hashes: Vec<Digest> = lines
            .take(MAX_HASHES + 1)
            .map(|line| {
                let hash: Option<[u8; 32]> = STANDARD.decode(line).ok().and_then(|hash| hash.try_into().ok());
                hash.map(Digest::from_bytes)
                    .ok_or(ReceiptError::Form("a hash line is not 32 bytes in base64"))
            })
            .collect::<Result<_, _>>()?;
        if hashes.len() > MAX_HASHES {
            return Err(ReceiptError::Form("too many hashes"));
        }
        Ok(Self {
            extra,
            index,
            hashes,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Checks that the leaf with this hash is in the log of `key`.
    ///
    /// # Errors
    /// [`ReceiptError`] if the checkpoint is not signed by `key`, or the proof does not lead to its root.
    pub fn verify(&self, key: &VerifierKey, leaf: &Digest) -> Result<Checkpoint, ReceiptError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let head = checkpoint.head;
        verify_inclusion(leaf, self.index, head.size, &self.hashes, &head.root)?;
        Ok(checkpoint)
    }

    /// Checks a receipt with nothing but the log's key, and returns the entry that it proves.
    ///
    /// # Errors
    /// [`ReceiptError`] if it proves nothing.
    pub fn verify_receipt(&self, key: &VerifierKey) -> Result<Proved, ReceiptError> {
        let bytes = self.extra.as_deref().ok_or(ReceiptError::NoLeaf)?;
        let checkpoint = self.verify(key, &leaf_hash(bytes))?;
        Ok(Proved {
            index: self.index,
            leaf: Leaf::decode(bytes)?,
            checkpoint,
        })
    }
}

#[cfg(test)]
mod tests {
    use gateway_crypto::SigningKey;
    use gateway_types::EventId;

    use super::*;
    use crate::checkpoint::LogSigner;
    use crate::kind::EntryKind;
    use crate::leaf::Stamp;
    use crate::note::{NoteError, NoteSigner};
    use crate::tree::{Frontier, TileSet};

    fn leaf(number: u8) -> Vec<u8> {
        Leaf {
            kind: EntryKind::Intent,
            event: EventId::from_bytes([number; 16]),
            stamp: Stamp {
                time_ms: 1_795_000_000_000,
                replica: 1,
                number: u64::from(number) + 1,
            },
            subject: Digest::of(b"subject"),
            detail: Digest::of(b"detail"),
            ciphertext: Digest::of(b"sealed"),
            lists: Vec::new(),
            policy: Digest::of(b"rules"),
        }
        .encode()
    }

    fn log(size: u8) -> (String, TileSet, VerifierKey) {
        let hashes: Vec<Digest> = (0..size).map(|number| leaf_hash(&leaf(number))).collect();
        let (frontier, _) = Frontier::new().extended(&hashes);
        let mut tiles = TileSet::default();
        tiles.insert_edge(&frontier);
        let key = SigningKey::from_seed([4; 32]);
        let mut signer = LogSigner::new(NoteSigner::new("log.example", key).unwrap(), None);
        let note = signer.sign(frontier.head()).unwrap();
        (note, tiles, signer.verifier().clone())
    }

    #[test]
    fn a_receipt_proves_its_entry_with_nothing_but_the_key() {
        for size in [1, 2, 7, 200] {
            let (note, tiles, key) = log(size);
            for index in [0, size / 2, size - 1] {
                let receipt = Proof::of_entry(u64::from(index), &leaf(index), &note, &tiles).unwrap();
                let read = Proof::parse(&receipt.to_text()).unwrap();
                assert_eq!(read, receipt);
                let proved = read.verify_receipt(&key).unwrap();
                assert_eq!(proved.leaf.encode(), leaf(index));
                assert_eq!(proved.checkpoint.head.size, u64::from(size));
            }
        }
    }

    #[test]
    fn no_character_of_a_receipt_can_be_changed() {
        let (note, tiles, key) = log(20);
        let text = Proof::of_entry(11, &leaf(11), &note, &tiles).unwrap().to_text();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            let outcome = Proof::parse(&changed).and_then(|proof| proof.verify_receipt(&key));
            assert!(outcome.is_err(), "character {at} was changed unnoticed");
        }
    }

    #[test]
    fn a_receipt_of_another_log_entry_or_snapshot_is_refused() {
        let (note, tiles, key) = log(20);
        let (older, _, _) = log(12);
        let other = VerifierKey::new("log.example", SigningKey::from_seed([5; 32]).public()).unwrap();
        let receipt = Proof::of_entry(3, &leaf(3), &note, &tiles).unwrap();
        assert_eq!(
            receipt.verify_receipt(&other),
            Err(CheckpointError::Note(NoteError::NotSigned).into())
        );
        let moved = Proof {
            index: 4,
            ..receipt.clone()
        };
        assert!(moved.verify_receipt(&key).is_err());
        let mixed = Proof {
            checkpoint: older,
            ..receipt.clone()
        };
        assert!(matches!(mixed.verify_receipt(&key), Err(ReceiptError::Proof(_))));
        let bare = Proof {
            extra: None,
            ..receipt
        };
        assert_eq!(bare.verify_receipt(&key), Err(ReceiptError::NoLeaf));
        assert!(Proof::of_entry(3, &leaf(4), &note, &tiles).is_err());
        assert!(Proof::of_entry(20, &leaf(3), &note, &tiles).is_err());
    }

    #[test]
    fn texts_that_are_not_proofs_are_refused() {
        let (note, tiles, _) = log(20);
        let good = Proof::of_entry(3, &leaf(3), &note, &tiles).unwrap().to_text();
        for bad in [
            good.replacen("@v1", "@v2", 1),
            good.replacen("index 3", "index 03", 1),
            good.replacen("index 3\n", "", 1),
            good.replacen("extra ", "extra  ", 1),
            good.replacen("\n\n", "\nAAAA\n\n", 1),
            good.replacen(
                "\n\n",
                &format!("{}\n\n", format!("\n{}=", "A".repeat(43)).repeat(65)),
                1,
            ),
            good.replace("\n\n", "\n"),
            String::new(),
        ] {
            assert!(matches!(Proof::parse(&bad), Err(ReceiptError::Form(_))), "{bad}");
        }
    }
}
