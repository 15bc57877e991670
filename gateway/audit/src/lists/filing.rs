//! A filing: what shows the recipient that the disclosure in hand went under the right client's lists.
//!
//! It is checked before the body is read. To leave a disclosure out of a client's accounting then takes the gateway and
//! that very recipient together.

use gateway_crypto::{Digest, LabelProof, LabelVerifier};
use gateway_types::AgencyId;
use serde::{Deserialize, Serialize};

use super::chain::Head;
use super::map::Path;
use super::name::{AccountingNumber, ListName};
use super::updates::label_key_digest;
use crate::base64_text::{Base64, Hashes};
use crate::kind::EntryKind;
use crate::leaf::Leaf;
use crate::tree::{TreeHead, leaf_hash, verify_inclusion};

/// The lists under which a disclosure was filed, provably.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filing {
    /// The client's accounting number: the same in every receipt about the same client.
    pub number: AccountingNumber,
    /// The public key of the labels.
    pub label_key: Base64,
    /// Each list.
    pub lists: Vec<Filed>,
    /// The map's root, in the log.
    pub map: MapLeaf,
}

/// One list under which a disclosure was filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filed {
    /// Which.
    pub list: ListName,
    /// The proof of its label: 80 bytes.
    pub label_proof: Base64,
    /// The head before this disclosure. It does not tell whether there was one.
    pub before: Base64,
    /// The way from the map's root: 33 bytes a step.
    pub path: Base64,
}

/// The leaf that closes the batch, and so the tree, with the map's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapLeaf {
    /// The leaf.
    pub leaf: Base64,
    /// That it is the last of the tree: hashes from its sibling upwards.
    pub inclusion: Hashes,
}

impl MapLeaf {
    /// The map's root, proved to be the last leaf of the tree, under this key of the labels.
    ///
    /// # Errors
    /// [`NotFiled`].
    pub fn root(&self, head: &TreeHead, key: &LabelVerifier) -> Result<Digest, NotFiled> {
        let leaf = Leaf::decode(&self.leaf.0).map_err(|_| NotFiled::Map)?;
        let last = head.size.checked_sub(1).ok_or(NotFiled::Map)?;
        verify_inclusion(
            &leaf_hash(&self.leaf.0),
            last,
            head.size,
            &self.inclusion.0,
            &head.root,
        )
        .map_err(|_| NotFiled::Map)?;
        if leaf.kind != EntryKind::MapRoot {
            return Err(NotFiled::Map);
        }
        if leaf.detail != label_key_digest(key) {
            return Err(NotFiled::LabelKey);
        }
        Ok(leaf.subject)
    }
}

/// Why a disclosure cannot be taken for filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFiled {
    /// The last leaf is not there, or none with a map's root.
    #[error("the last leaf of the log does not hold the root of the lists")]
    Map,
    /// The key of the labels is not the one the log names.
    #[error("the key of the labels is not the one that the log names")]
    LabelKey,
    /// The proof of a label does not fit the number and the list.
    #[error("a label is not that of this client and list")]
    Label,
    /// A list does not lead to the signed root.
    #[error("a list does not lead to the signed root of the lists")]
    List,
    /// There is no list for an agency whose records are in the answer, or one for an agency whose are not.
    #[error("the lists are not those of the agencies whose records these are")]
    Sources,
    /// A list of suspendable disclosures names another recipient.
    #[error("the list is that of another recipient")]
    Recipient,
}

impl Filing {
    /// Checks that the entry at `place` was filed under every list named, in the tree with this head.
    ///
    /// # Errors
    /// [`NotFiled`].
    pub fn check(&self, place: u64, head: &TreeHead, recipient: Option<&AgencyId>) -> Result<(), NotFiled> {
        let key = self.label_key.0.as_slice().try_into().ok();
        let key = key
            .and_then(LabelVerifier::from_bytes)
            .ok_or(NotFiled::LabelKey)?;
        let root = self.map.root(head, &key)?;
        if self.lists.is_empty() {
            return Err(NotFiled::Sources);
        }
        for filed in &self.lists {
            if filed.list.recipient.is_some() && filed.list.recipient.as_ref() != recipient {
                return Err(NotFiled::Recipient);
            }
            let proof = LabelProof::from_slice(&filed.label_proof.0).ok_or(NotFiled::Label)?;
            let label = filed
                .list
                .check(self.number, &key, &proof)
                .map_err(|_| NotFiled::Label)?;
            let before: [u8; 32] = filed.before.0.as_slice().try_into().map_err(|_| NotFiled::List)?;
            let after = Head(Digest::from_bytes(before)).then(place);
            let path = Path::from_bytes(&filed.path.0, None).ok_or(NotFiled::List)?;
            if path.root_with(&label, &after) != Some(root) {
                return Err(NotFiled::List);
            }
        }
        Ok(())
    }

    /// Checks that each agency whose records the answer holds has a list here, and nobody else.
    ///
    /// # Errors
    /// [`NotFiled::Sources`].
    pub fn covers<'a>(&self, sources: impl IntoIterator<Item = &'a AgencyId>) -> Result<(), NotFiled> {
        let mut named: Vec<&AgencyId> = self.lists.iter().map(|filed| &filed.list.source).collect();
        let mut held: Vec<&AgencyId> = sources.into_iter().collect();
        for list in [&mut named, &mut held] {
            list.sort_unstable();
            list.dedup();
        }
        (named == held).then_some(()).ok_or(NotFiled::Sources)
    }
}
