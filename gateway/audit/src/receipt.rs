//! The receipt of a disclosure: kept by the recipient, checked by anybody, offline, with the log's public key alone.
//!
//! It shows, in this order, each resting on the one before: that the checkpoint is the log's; that the entry is in the
//! tree; that its statement (when, to whom, which categories, why) is what the entry commits to; and that it was filed
//! under the lists of one client, of whom only the accounting number is known ([`crate::lists::filing`]).

use gateway_crypto::{Digest, Secret};
use gateway_types::{AgencyId, EventId};
use serde::{Deserialize, Serialize};

use crate::base64_text::{Base64, Hashes};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::kind::EntryKind;
use crate::leaf::{Leaf, LeafError};
use crate::lists::{Filing, NotFiled};
use crate::note::VerifierKey;
use crate::statement::Statement;
use crate::tree::{ProofError, leaf_hash, verify_inclusion};

/// What the recipient keeps to prove, years later, what was disclosed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The event.
    pub event: EventId,
    /// The entry's number in the log.
    pub index: u64,
    /// The hash of the entry's leaf.
    pub leaf_hash: Digest,
    /// The digest of the `disclosure` member, byte for byte; of the whole body where the answer is a FHIR Bundle or a C-CDA
    /// document.
    pub disclosure_digest: Digest,
    /// The signed checkpoint that covers the entry.
    pub checkpoint: String,
    /// The entry's leaf.
    pub leaf: Base64,
    /// That the leaf is in the tree: hashes from its sibling upwards.
    #[serde(default = "no_hashes", skip_serializing_if = "Hashes::is_empty")]
    pub inclusion: Hashes,
    /// What was disclosed, to whom and why; absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<Stated>,
    /// The lists it went under; absent where nothing was disclosed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filing: Option<Filing>,
}

const fn no_hashes() -> Hashes {
    Hashes(Vec::new())
}

/// A statement with what opens the entry's commitment to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stated {
    /// The statement.
    pub statement: Statement,
    /// The key of the commitment: 32 bytes. It opens nothing else.
    pub opening: Base64,
}

/// What a receipt shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The entry.
    pub leaf: Leaf,
    /// The checkpoint that covers it.
    pub checkpoint: Checkpoint,
}

/// Why a receipt shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptRefused {
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The leaf is none.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// The entry is not shown to be in the log.
    #[error("the entry is not in the log: {0}")]
    Inclusion(#[from] ProofError),
    /// Event or hash are not those of the leaf.
    #[error("the receipt is not that of its entry")]
    OtherEntry,
    /// A disclosure without its statement or filing, or something else with them.
    #[error("the receipt does not hold what its entry must have")]
    Incomplete,
    /// The statement is not what the entry commits to.
    #[error("the statement is not the one that the entry commits to")]
    Statement,
    /// The disclosure is not shown to be filed.
    #[error("the disclosure is not filed: {0}")]
    Filing(#[from] NotFiled),
}

impl Receipt {
    /// The receipt as short as it can be: without its proofs. That of the entry can be had from the log, by the event.
    #[must_use]
    pub fn without_proofs(&self) -> Self {
        Self {
            inclusion: Hashes(Vec::new()),
            filing: None,
            ..self.clone()
        }
    }

    /// Checks everything that the receipt shows, with nothing but the log's key.
    ///
    /// # Errors
    /// [`ReceiptRefused`].
    pub fn check(&self, key: &VerifierKey) -> Result<Shown, ReceiptRefused> {
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = Leaf::decode(&self.leaf.0)?;
        let head = &checkpoint.head;
        let hash = leaf_hash(&self.leaf.0);
        verify_inclusion(&hash, self.index, head.size, &self.inclusion.0, &head.root)?;
        if leaf.event != self.event || hash != self.leaf_hash {
            return Err(ReceiptRefused::OtherEntry);
        }
        match (leaf.kind, &self.stated, &self.filing) {
            (EntryKind::Intent, Some(stated), Some(filing)) => {
                stated.check(&leaf, self.disclosure_digest)?;
                filing.check(self.index, head, stated.statement.recipient.as_ref())?;
            }
            (EntryKind::Intent, ..) | (_, Some(_), _) | (_, _, Some(_)) => {
                return Err(ReceiptRefused::Incomplete);
            }
            _ => {}
        }
        Ok(Shown { leaf, checkpoint })
    }

    /// Checks the receipt, and that it is one for this answer: its bytes, and the agencies whose records it holds.
    ///
    /// # Errors
    /// [`ReceiptRefused`].
    pub fn check_for<'a>(
        &self,
        key: &VerifierKey,
        answer: &[u8],
        sources: impl IntoIterator<Item = &'a AgencyId>,
    ) -> Result<Shown, ReceiptRefused> {
        let shown = self.check(key)?;
        if Digest::of(answer) != self.disclosure_digest {
            return Err(ReceiptRefused::Statement);
        }
        if let Some(filing) = &self.filing {
            filing.covers(sources)?;
        }
        Ok(shown)
    }
}

impl Stated {
    fn check(&self, leaf: &Leaf, answer: Digest) -> Result<(), ReceiptRefused> {
        let opening = Secret::from_slice(&self.opening.0).ok_or(ReceiptRefused::Statement)?;
        let commitment = self
            .statement
            .commitment(&opening)
            .map_err(|_| ReceiptRefused::Statement)?;
        let committed = leaf.lists.get(crate::seal::STATEMENT_COMMITMENT);
        if committed == Some(&commitment) && self.statement.answer == Some(answer) {
            Ok(())
        } else {
            Err(ReceiptRefused::Statement)
        }
    }
}
