//! A complete list: every disclosure of one class from one agency's records about one client, provably none left out.
//!
//! The places are shown from the list's beginning; hashed one after another they must give the very head that the newest
//! map of the log holds. A list that never had an entry is proved absent instead.

use gateway_crypto::{Digest, LabelProof, LabelVerifier};
use serde::{Deserialize, Serialize};

use super::chain::Head;
use super::filing::{MapLeaf, NotFiled};
use super::map::Path;
use super::name::{AccountingNumber, Class, Label, ListKeys, ListName};
use crate::base64_text::{Base64, Hashes};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::leaf::{Leaf, LeafError};
use crate::note::VerifierKey;
use crate::tree::{ProofError, TreeHead, leaf_hash, verify_inclusion};

/// One list, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteList {
    /// Which. Never of the suspendable class.
    pub list: ListName,
    /// The proof of its label.
    pub label_proof: Base64,
    /// What hid the list's beginning.
    pub blind: Base64,
    /// The places of its entries in the log, in order.
    pub places: Vec<u64>,
    /// The way from the map's root: 33 bytes a step.
    pub path: Base64,
    /// What stands in the map where the list would: label and head, 64 bytes; only if the list has no entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_there: Option<Base64>,
}

/// Why a list cannot be taken for complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Incomplete {
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The map's root is not shown.
    #[error(transparent)]
    Map(#[from] NotFiled),
    /// The label is not that of this client and list.
    #[error("a label is not that of this client and list")]
    Label,
    /// No proof is given about such lists, to nobody.
    #[error("a list of this class is never proved")]
    Class,
    /// The places do not lead to the signed root: some are missing, too many or others.
    #[error("the entries listed are not those that were filed: a line is missing, or one too many")]
    Places,
    /// The list is said to be empty and is not.
    #[error("the list is said to be empty, and the log does not show that")]
    NotEmpty,
    /// An entry on the list is not shown.
    #[error("an entry of the list is not among those shown")]
    EntryMissing,
    /// An entry shown is none.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// An entry shown is not in the log.
    #[error(transparent)]
    Inclusion(#[from] ProofError),
}

impl CompleteList {
    /// Shows a whole list, by the way to its label in the map with this root. `None` if the map holds another head than
    /// these places give: then the accounting must not go out.
    #[must_use]
    pub fn show(
        keys: &ListKeys,
        (number, list): (AccountingNumber, ListName),
        (label, proof): (Label, LabelProof),
        places: Vec<u64>,
        path: &Path,
        root: Digest,
    ) -> Option<Self> {
        let blind = keys.blind(&label);
        let shown = Self {
            list,
            label_proof: Base64(proof.as_bytes().to_vec()),
            blind: Base64::from(&blind),
            places,
            path: Base64(path.to_bytes()),
            stands_there: path
                .stands_there
                .map(|(label, head)| Base64([*label.as_bytes(), *head.0.as_bytes()].concat())),
        };
        shown.check(number, keys.verifier(), root).ok()?;
        Some(shown)
    }

    /// Checks that the list has these places and no other, in the map with this root.
    ///
    /// # Errors
    /// [`Incomplete`].
    pub fn check(
        &self,
        number: AccountingNumber,
        key: &LabelVerifier,
        root: Digest,
    ) -> Result<(), Incomplete> {
        if self.list.class == Class::Suspendable {
            return Err(Incomplete::Class);
        }
        let proof = LabelProof::from_slice(&self.label_proof.0).ok_or(Incomplete::Label)?;
        let label = self
            .list
            .check(number, key, &proof)
            .map_err(|_| Incomplete::Label)?;
        let stands_there = match &self.stands_there {
            None => None,
            Some(bytes) => Some(pair(&bytes.0).ok_or(Incomplete::NotEmpty)?),
        };
        let path = Path::from_bytes(&self.path.0, stands_there).ok_or(Incomplete::Places)?;
        if self.places.is_empty() {
            return (path.root_without(&label) == Some(root))
                .then_some(())
                .ok_or(Incomplete::NotEmpty);
        }
        let blind: [u8; 32] = self
            .blind
            .0
            .as_slice()
            .try_into()
            .map_err(|_| Incomplete::Places)?;
        let head = Head::beginning(&label, &Digest::from_bytes(blind)).after(self.places.iter().copied());
        (path.root_with(&label, &head) == Some(root))
            .then_some(())
            .ok_or(Incomplete::Places)
    }
}

fn pair(bytes: &[u8]) -> Option<(Label, Head)> {
    let (label, head) = bytes.split_first_chunk::<32>()?;
    let digest = Digest::from_bytes;
    Some((Label(digest(*label)), Head(digest(head.try_into().ok()?))))
}

/// The proof that goes with an accounting: the lists, whole, and each entry on them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompletenessProof {
    /// The client's accounting number: the same as in the recipients' receipts.
    pub number: AccountingNumber,
    /// The public key of the labels.
    pub label_key: Base64,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The map's root in the log.
    pub map: MapLeaf,
    /// The lists.
    pub lists: Vec<CompleteList>,
    /// Every entry on them.
    pub entries: Vec<ProvedEntry>,
}

/// An entry, proved to be in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvedEntry {
    /// Its place.
    pub place: u64,
    /// Its leaf.
    pub leaf: Base64,
    /// Hashes from its sibling upwards.
    pub inclusion: Hashes,
}

impl ProvedEntry {
    /// Its leaf, proved to be in the tree with this head.
    ///
    /// # Errors
    /// [`Incomplete`].
    pub fn check(&self, head: &TreeHead) -> Result<Leaf, Incomplete> {
        let leaf = Leaf::decode(&self.leaf.0)?;
        verify_inclusion(
            &leaf_hash(&self.leaf.0),
            self.place,
            head.size,
            &self.inclusion.0,
            &head.root,
        )?;
        Ok(leaf)
    }
}

impl CompletenessProof {
    /// Checks everything: the checkpoint with the log's key, the map, each list, each entry on it. Gives back the entries,
    /// by place, for comparison with the lines of the accounting.
    ///
    /// # Errors
    /// [`Incomplete`].
    pub fn check(&self, key: &VerifierKey) -> Result<std::collections::BTreeMap<u64, Leaf>, Incomplete> {
        let head = Checkpoint::open(&self.checkpoint, key)?.head;
        let labels = self.label_key.0.as_slice().try_into().ok();
        let labels = labels
            .and_then(LabelVerifier::from_bytes)
            .ok_or(NotFiled::LabelKey)?;
        let root = self.map.root(&head, &labels)?;
        let mut entries = std::collections::BTreeMap::new();
        for entry in &self.entries {
            entries.insert(entry.place, entry.check(&head)?);
        }
        for list in &self.lists {
            list.check(self.number, &labels, root)?;
            if !list.places.iter().all(|place| entries.contains_key(place)) {
                return Err(Incomplete::EntryMissing);
            }
        }
        Ok(entries)
    }
}
