//! One step of the sequencer: from leaves in order to a signed head, with every hash computed twice.
//!
//! One flipped bit in one leaf hash has ended a public log for good. So the tree is computed once from the leaves in
//! memory and once more from the bytes read back from the store, inside the same transaction, and only a head on
//! which both agree can be signed: [`Confirmed`] is the only way to the log's signature. A new log signs its
//! empty tree the same way, with a batch of no leaves.
//!
//! ```text
//! Batch::lay(&frontier, &leaves)     hash, extend the tree, fill tiles
//!   write leaves, tiles; read the leaves back
//! batch.confirm(read back)           hash again, compare            -> Confirmed
//! confirmed.sign(&mut signer)        checkpoint                     -> note, to be written
//!   commit; only then: frontier = confirmed.into_frontier()
//! ```

use gateway_crypto::Digest;

use crate::checkpoint::{CheckpointError, LogSigner};
use crate::leaf::MAX_LEAF_BYTES;
use crate::tree::{Frontier, FullTile, TreeHead, leaf_hash};

/// Why a batch must not be committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// A leaf does not fit an entry bundle.
    #[error("entry {0} is longer than an entry may be")]
    TooLong(u64),
    /// More or fewer entries were read back than were written.
    #[error("{written} entries were written, {read} read back")]
    Count {
        /// How many were written.
        written: usize,
        /// How many were read back.
        read: usize,
    },
    /// An entry read back has another hash than the one written.
    #[error("entry {0} read back differs from what was written")]
    Entry(u64),
    /// The same entries gave another tree the second time: the machine miscalculates.
    #[error("the tree of size {0} came out differently the second time")]
    Tree(u64),
}

/// Leaves laid onto the tree, not yet confirmed.
#[derive(Debug)]
pub struct Batch {
    before: Frontier,
    after: Frontier,
    hashes: Vec<Digest>,
    tiles: Vec<FullTile>,
}

impl Batch {
    /// Lays encoded leaves, in order, onto the tree. `frontier` is left as it was.
    ///
    /// # Errors
    /// [`BatchError::TooLong`] if a leaf does not fit an entry bundle.
    pub fn lay<L: AsRef<[u8]>>(frontier: &Frontier, leaves: &[L]) -> Result<Self, BatchError> {
        if let Some((index, _)) = (frontier.size()..)
            .zip(leaves)
            .find(|(_, leaf)| leaf.as_ref().len() > MAX_LEAF_BYTES)
        {
            return Err(BatchError::TooLong(index));
        }
        let hashes: Vec<Digest> = leaves.iter().map(|leaf| leaf_hash(leaf.as_ref())).collect();
        let (after, tiles) = frontier.extended(&hashes);
        Ok(Self {
            before: frontier.clone(),
            after,
            hashes,
            tiles,
        })
    }

    /// The number of the batch's first leaf in the log.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.before.size()
    }

    /// The head after the batch. For a compare-and-swap in the store, not for signing.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.after.head()
    }

    /// The hashes of the leaves.
    #[must_use]
    pub fn hashes(&self) -> &[Digest] {
        &self.hashes
    }

    /// The tiles that the batch fills: to be inserted, never to be overwritten.
    #[must_use]
    pub fn full_tiles(&self) -> &[FullTile] {
        &self.tiles
    }

    /// Hashes the leaves again, from the bytes read back, and compares everything.
    ///
    /// # Errors
    /// [`BatchError`] if anything differs: roll back, and find out why before going on.
    pub fn confirm<L: AsRef<[u8]>>(self, read_back: &[L]) -> Result<Confirmed, BatchError> {
        if read_back.len() != self.hashes.len() {
            return Err(BatchError::Count {
                written: self.hashes.len(),
                read: read_back.len(),
            });
        }
        let again: Vec<Digest> = read_back.iter().map(|leaf| leaf_hash(leaf.as_ref())).collect();
        if let Some((index, _)) = (self.first()..)
            .zip(again.iter().zip(&self.hashes))
            .find(|(_, (again, first))| again != first)
        {
            return Err(BatchError::Entry(index));
        }
        let (after, tiles) = self.before.extended(&again);
        if after != self.after || tiles != self.tiles || after.root() != self.after.root() {
            return Err(BatchError::Tree(after.size()));
        }
        Ok(Confirmed { frontier: after })
    }
}

/// A tree on which both computations agree.
#[derive(Debug)]
pub struct Confirmed {
    frontier: Frontier,
}

impl Confirmed {
    /// The head.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.frontier.head()
    }

    /// Signs the head.
    ///
    /// # Errors
    /// [`CheckpointError::Rollback`] if the signer has signed a larger or contradicting head.
    pub fn sign(&self, signer: &mut LogSigner) -> Result<String, CheckpointError> {
        signer.sign(self.frontier.head())
    }

    /// The frontier to go on with, once the batch is durable.
    #[must_use]
    pub fn into_frontier(self) -> Frontier {
        self.frontier
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(range: std::ops::Range<u32>) -> Vec<Vec<u8>> {
        range.map(|n| n.to_be_bytes().to_vec()).collect()
    }

    #[test]
    fn batches_give_the_tree_that_single_appends_give() {
        let mut frontier = Frontier::new();
        let mut tiles = Vec::new();
        for range in [0..1, 1..1, 1..300, 300..512, 512..513] {
            let batch = Batch::lay(&frontier, &leaves(range.clone())).unwrap();
            assert_eq!(batch.first(), u64::from(range.start));
            tiles.extend(batch.full_tiles().iter().map(|tile| tile.id.path()));
            frontier = batch.confirm(&leaves(range)).unwrap().into_frontier();
        }
        let hashes: Vec<Digest> = leaves(0..513).iter().map(|leaf| leaf_hash(leaf)).collect();
        assert_eq!(frontier.root(), crate::tree::root_of(&hashes));
        assert_eq!(tiles, ["tile/0/000", "tile/0/001"]);
    }

    #[test]
    fn what_reads_back_differently_is_not_confirmed() {
        let frontier = Frontier::new().extended(&[leaf_hash(b"x")]).0;
        let written = leaves(0..5);
        let lay = || Batch::lay(&frontier, &written).unwrap();
        let mut flipped = written.clone();
        flipped[3][0] ^= 0x10;
        assert_eq!(lay().confirm(&flipped).unwrap_err(), BatchError::Entry(4));
        let mut swapped = written.clone();
        swapped.swap(1, 2);
        assert_eq!(lay().confirm(&swapped).unwrap_err(), BatchError::Entry(2));
        assert!(matches!(
            lay().confirm(&written[..4]),
            Err(BatchError::Count { written: 5, read: 4 })
        ));
        let mut miscalculated = lay();
        miscalculated.hashes[2] = leaf_hash(b"bit flip");
        assert_eq!(miscalculated.confirm(&written).unwrap_err(), BatchError::Entry(3));
        let mut miscalculated = lay();
        miscalculated.after = frontier.clone();
        assert_eq!(miscalculated.confirm(&written).unwrap_err(), BatchError::Tree(6));
        assert!(lay().confirm(&written).is_ok());
    }

    #[test]
    fn a_leaf_that_no_bundle_can_hold_is_refused() {
        let long = [vec![0u8; MAX_LEAF_BYTES], vec![0u8; MAX_LEAF_BYTES + 1]];
        assert_eq!(
            Batch::lay(&Frontier::new(), &long).unwrap_err(),
            BatchError::TooLong(1)
        );
    }
}
