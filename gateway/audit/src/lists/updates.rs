//! The updates of one batch: which of its disclosures went under which labels, and the leaf with the map's new root.
//!
//! Every batch ends with a leaf of kind 8, also if no list changed, so that the newest root is always the last leaf of a
//! signed tree: an older one cannot be shown for it. Its fields mean:
//!
//! | key | here |
//! | --- | --- |
//! | 3 | the first 16 bytes of SHA-256(0x07, root, place of this leaf) |
//! | 7 | the map's root |
//! | 8 | SHA-256 of the public key of the labels |
//! | 9 | as everywhere; the sealed detail is the updates, in the clear, the facts are empty |
//! | 11 | 32 zero bytes |
//!
//! The updates are: how many lists are new (four bytes, big-endian); each new list's label and beginning (32 bytes each);
//! then for each filing the label and the entry's place (eight bytes, big-endian), in the order of places. They tell which
//! entries are on one list, not whose; they are for auditors, not on the public tree.

use gateway_crypto::{Digest, LabelVerifier};
use gateway_types::EventId;

use super::chain::{Head, hash};
use super::map::ListMap;
use super::name::{Label, ListKeys};
use crate::kind::EntryKind;
use crate::leaf::{Leaf, Stamp};
use crate::seal::ciphertext_digest;

const NEW: usize = 64;
const UPDATE: usize = 40;

/// One entry filed under one label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    /// The list.
    pub label: Label,
    /// The entry's place in the log.
    pub place: u64,
}

/// The updates of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Updates {
    /// Lists that got their first entry, with their beginnings.
    pub new: Vec<(Label, Head)>,
    /// What was filed.
    pub filed: Vec<Update>,
}

/// Bytes that are no updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the updates of a batch")]
pub struct UpdatesError;

impl Updates {
    /// Their bytes; none at all if nothing was filed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        if self.filed.is_empty() {
            return Vec::new();
        }
        let mut bytes = Vec::with_capacity(4 + self.new.len() * NEW + self.filed.len() * UPDATE);
        // A batch has a few hundred entries.
        bytes.extend_from_slice(&u32::try_from(self.new.len()).unwrap_or(u32::MAX).to_be_bytes());
        for (label, beginning) in &self.new {
            bytes.extend_from_slice(label.as_bytes());
            bytes.extend_from_slice(beginning.0.as_bytes());
        }
        for update in &self.filed {
            bytes.extend_from_slice(update.label.as_bytes());
            bytes.extend_from_slice(&update.place.to_be_bytes());
        }
        bytes
    }

    /// Reads them.
    ///
    /// # Errors
    /// [`UpdatesError`] if these are none.
    pub fn decode(bytes: &[u8]) -> Result<Self, UpdatesError> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        Self::read(bytes).ok_or(UpdatesError)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (count, rest) = bytes.split_first_chunk::<4>()?;
        let new = usize::try_from(u32::from_be_bytes(*count))
            .ok()?
            .checked_mul(NEW)?;
        let (new, filed) = rest.split_at_checked(new)?;
        let new = new.as_chunks::<NEW>().0.iter().map(|pair| {
            let (label, beginning) = pair.split_first_chunk::<32>()?;
            let beginning = Head(Digest::from_bytes(beginning.try_into().ok()?));
            Some((Label(Digest::from_bytes(*label)), beginning))
        });
        let (filed, rest) = filed.as_chunks::<UPDATE>();
        let filed = filed.iter().map(|update| {
            let (label, place) = update.split_first_chunk::<32>()?;
            Some(Update {
                label: Label(Digest::from_bytes(*label)),
                place: u64::from_be_bytes(place.try_into().ok()?),
            })
        });
        let read = Self {
            new: new.collect::<Option<_>>()?,
            filed: filed.collect::<Option<_>>()?,
        };
        (rest.is_empty() && !read.filed.is_empty()).then_some(read)
    }
}

impl ListMap {
    /// Files the entries of a batch: each with its place and its labels. No label may come twice, so that what one
    /// recipient is shown of a list never tells of a disclosure to another.
    ///
    /// Gives the updates, the new heads, and for each entry the heads of its lists before it.
    pub fn file<'a>(
        &mut self,
        keys: &ListKeys,
        entries: impl IntoIterator<Item = (u64, &'a [Label])>,
    ) -> FiledBatch {
        let mut batch = FiledBatch::default();
        for (place, labels) in entries {
            let mut before = Vec::with_capacity(labels.len());
            for label in labels {
                let head = self.head(label).unwrap_or_else(|| {
                    let beginning = keys.beginning(label);
                    batch.updates.new.push((*label, beginning));
                    beginning
                });
                let next = head.then(place);
                self.set(*label, next);
                before.push(head);
                batch.heads.push((*label, next));
                batch.updates.filed.push(Update { label: *label, place });
            }
            batch.before.push(before);
        }
        batch
    }
}

/// What filing a batch changed.
#[derive(Clone, Debug, Default)]
pub struct FiledBatch {
    /// The updates, for the map's leaf.
    pub updates: Updates,
    /// The new heads.
    pub heads: Vec<(Label, Head)>,
    /// For each entry, the heads of its lists before it.
    pub before: Vec<Vec<Head>>,
}

/// The digest by which a map leaf names the key of the labels.
#[must_use]
pub fn label_key_digest(key: &LabelVerifier) -> Digest {
    Digest::of(&key.to_bytes())
}

/// The event of the map leaf at this place.
#[must_use]
pub fn map_event(root: &Digest, place: u64) -> EventId {
    let digest = hash(&[&[0x07], root.as_bytes(), &place.to_be_bytes()]);
    let mut event = [0; 16];
    for (to, from) in event.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    EventId::from_bytes(event)
}

/// The leaf that closes a batch.
#[must_use]
pub fn map_leaf(root: Digest, key: Digest, updates: &[u8], place: u64, stamp: Stamp) -> Leaf {
    Leaf {
        kind: EntryKind::MapRoot,
        event: map_event(&root, place),
        stamp,
        subject: root,
        detail: key,
        ciphertext: ciphertext_digest(updates, &[]),
        lists: Vec::new(),
        policy: Digest::from_bytes([0; 32]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_read_back_and_nothing_else_reads() {
        let label = |name: &[u8]| Label(Digest::of(name));
        let updates = Updates {
            new: vec![(label(b"a"), Head(Digest::of(b"beginning")))],
            filed: vec![
                Update {
                    label: label(b"a"),
                    place: 7,
                },
                Update {
                    label: label(b"b"),
                    place: u64::MAX,
                },
            ],
        };
        let bytes = updates.encode();
        assert_eq!(Updates::decode(&bytes), Ok(updates));
        assert_eq!(Updates::decode(&[]), Ok(Updates::default()));
        assert_eq!(Updates::decode(&bytes[1..]), Err(UpdatesError));
        assert_eq!(Updates::decode(&bytes[..68]), Err(UpdatesError));
        assert_eq!(Updates::decode(&[0xff; 4]), Err(UpdatesError));
    }

    #[test]
    fn a_map_leaf_reads_back() {
        let stamp = Stamp {
            time_ms: 5,
            replica: 1,
            number: 3,
        };
        let leaf = map_leaf(Digest::of(b"root"), Digest::of(b"key"), b"", 2, stamp);
        assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf));
        assert_ne!(
            map_event(&Digest::of(b"root"), 2),
            map_event(&Digest::of(b"root"), 3)
        );
    }
}
