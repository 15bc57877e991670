//! A witness: what it says to a log that shows it a new checkpoint (C2SP tlog-witness, `add-checkpoint`).
//!
//! Pure: what the witness holds of the log goes in, what it answers and is to hold comes out. Whoever calls it keeps the new
//! checkpoint, whole, before the answer goes, and in one step with the comparison; else the witness could be led back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_crypto::Digest;
use gateway_types::Timestamp;

use crate::checkpoint::{Checkpoint, decimal};
use crate::cosignature::Cosigner;
use crate::note::{VerifierKey, split_note};
use crate::tree::{HashSource, ProofError, consistency_proof, verify_consistency};

/// A proof needs no more hashes than this; the specification says so too.
const MOST_HASHES: usize = 63;

/// A request to cosign: `old SIZE`, the proof a hash a line, an empty line, the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size from which the proof leads.
    pub old: u64,
    /// The consistency proof.
    pub proof: Vec<Digest>,
    /// The new checkpoint, signed by the log.
    pub checkpoint: String,
}

impl AddCheckpoint {
    /// The request for a checkpoint, from the size that the witness holds.
    ///
    /// # Errors
    /// [`ProofError`] if the old size is larger, or a hash is missing.
    pub fn make(old: u64, checkpoint: &str, size: u64, source: &dyn HashSource) -> Result<Self, ProofError> {
        let proof = if old == 0 || old == size {
            Vec::new()
        } else {
            consistency_proof(old, size, source)?
        };
        Ok(Self {
            old,
            proof,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// Its body.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("old {}\n", self.old);
        for hash in &self.proof {
            text.push_str(&STANDARD.encode(hash.as_bytes()));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a body; `None` if it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n');
        let old = decimal(lines.next()?.strip_prefix("old ")?)?;
        let proof: Vec<Digest> = lines
            .map(|line| {
                let hash: [u8; 32] = STANDARD.decode(line).ok()?.try_into().ok()?;
                Some(Digest::from_bytes(hash))
            })
            .collect::<Option<_>>()?;
        (proof.len() <= MOST_HASHES).then(|| Self {
            old,
            proof,
            checkpoint: checkpoint.to_owned(),
        })
    }

    /// The log that it says it is of: for finding that log's key, never for trusting it.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        split_note(&self.checkpoint).ok()?.text.split('\n').next()
    }
}

/// What a witness answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WitnessAnswer {
    /// 200: the cosignature line; the checkpoint is to be held from now on.
    Cosigned(String),
    /// 400: the old size is larger than the checkpoint's, or the checkpoint is not one.
    Malformed,
    /// 403: no signature of the log's key.
    NotSigned,
    /// 409: the witness holds this size, from which the proof has to lead.
    Holds(u64),
    /// 409: the log has signed two trees of one size. Both checkpoints are evidence.
    Split {
        /// What the witness held.
        held: String,
    },
    /// 422: the proof does not hold. With the log's signature on a checkpoint that does not go on from the one held, the
    /// history may have been rewritten: both are evidence.
    NotConsistent {
        /// What the witness held.
        held: String,
    },
}

/// Decides about a request, by the log's key and the whole checkpoint held of it (`None`: nothing so far).
#[must_use]
pub fn add_checkpoint(
    request: &AddCheckpoint,
    log: &VerifierKey,
    held: Option<&str>,
    cosigner: &Cosigner,
    now: Timestamp,
) -> WitnessAnswer {
    let Ok(parts) = split_note(&request.checkpoint) else {
        return WitnessAnswer::Malformed;
    };
    if log.open(&request.checkpoint).is_err() {
        return WitnessAnswer::NotSigned;
    }
    let Ok(new) = Checkpoint::open(&request.checkpoint, log) else {
        return WitnessAnswer::Malformed;
    };
    if request.old > new.head.size {
        return WitnessAnswer::Malformed;
    }
    let known = held.and_then(|note| Checkpoint::open(note, log).ok());
    // What is held was checked when it was taken. If it cannot be read any more, nothing is signed over it.
    if held.is_some() && known.is_none() {
        return WitnessAnswer::Holds(0);
    }
    let (size, root) = known
        .as_ref()
        .map_or((0, None), |known| (known.head.size, Some(known.head.root)));
    let before = || held.unwrap_or_default().to_owned();
    if let Some(root) = root
        && size == new.head.size
        && root != new.head.root
    {
        return WitnessAnswer::Split { held: before() };
    }
    if request.old != size {
        return WitnessAnswer::Holds(size);
    }
    let proved = match root {
        // Of nothing, everything is the continuation; there is nothing to prove, and no proof.
        None => request.proof.is_empty(),
        Some(root) => verify_consistency(size, new.head.size, &request.proof, &root, &new.head.root).is_ok(),
    };
    if proved {
        WitnessAnswer::Cosigned(cosigner.line(parts.text, now))
    } else {
        WitnessAnswer::NotConsistent { held: before() }
    }
}

#[cfg(test)]
mod tests;
