//! The growing edge of the tree: all that a sequencer keeps in memory to append, and how it is rebuilt at start.
//!
//! One peak for each perfect subtree of the present size, largest first, and the open (partial) tile of each level.
//! Appending costs one or two hashes a leaf; nothing already written is ever read or changed.

use gateway_crypto::Digest;

use super::tile::{TileId, nodes_at};
use super::{TreeHead, empty_root, node_hash, root_of};

/// A tile that an append filled. It is written once and never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullTile {
    /// Which tile.
    pub id: TileId,
    hashes: Vec<Digest>,
}

impl FullTile {
    /// The tile's 8,192 bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        concatenate(&self.hashes)
    }
}

/// The bytes of a tile of these hashes.
pub(crate) fn concatenate(hashes: &[Digest]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

/// The growing edge of the tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// INVARIANT: one for each set bit of `size`, from the largest subtree to the smallest.
    peaks: Vec<Digest>,
    /// INVARIANT: at level L, `(size >> 8L) % 256` hashes.
    open: Vec<Vec<Digest>>,
}

impl Frontier {
    /// The frontier of the empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many leaves the tree has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Digest {
        self.peaks
            .iter()
            .rev()
            .copied()
            .reduce(|right, left| node_hash(&left, &right))
            .unwrap_or_else(empty_root)
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead {
            size: self.size,
            root: self.root(),
        }
    }

    /// Appends one leaf hash; tiles that it fills are added to `filled`, lowest level first.
    pub fn push(&mut self, leaf: Digest, filled: &mut Vec<FullTile>) {
        let mut hash = leaf;
        let mut height = 0u8;
        let mut rest = self.size;
        self.extend_level(0, hash, filled);
        while rest & 1 == 1 {
            // By the invariant on `peaks` there is one for this bit.
            let Some(left) = self.peaks.pop() else { break };
            hash = node_hash(&left, &hash);
            height += 1;
            rest >>= 1;
            if height.is_multiple_of(8) {
                self.extend_level(height / 8, hash, filled);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The frontier after these leaf hashes, and the tiles that they fill. `self` is left as it was, so that a batch
    /// whose write fails is simply forgotten.
    #[must_use]
    pub fn extended(&self, leaves: &[Digest]) -> (Self, Vec<FullTile>) {
        let mut after = self.clone();
        let mut filled = Vec::new();
        for leaf in leaves {
            after.push(*leaf, &mut filled);
        }
        (after, filled)
    }

    fn extend_level(&mut self, level: u8, hash: Digest, filled: &mut Vec<FullTile>) {
        let position = usize::from(level);
        if self.open.len() <= position {
            self.open.resize(position + 1, Vec::new());
        }
        let Some(open) = self.open.get_mut(position) else {
            return;
        };
        open.push(hash);
        if open.len() == 256 {
            filled.push(FullTile {
                // The leaf being pushed has number `size`: it lies in this tile.
                id: TileId::full(level, nodes_at(self.size, level + 1)),
                hashes: std::mem::take(open),
            });
        }
    }

    /// The partial tiles at the right edge, as they are at this size.
    pub fn partial_tiles(&self) -> impl Iterator<Item = (TileId, &[Digest])> {
        (0u8..)
            .zip(&self.open)
            .filter(|(_, hashes)| !hashes.is_empty())
            .map(|(level, hashes)| {
                let id = TileId {
                    level,
                    index: nodes_at(self.size, level + 1),
                    width: u16::try_from(hashes.len()).unwrap_or(256),
                };
                (id, hashes.as_slice())
            })
    }
}

/// Rebuilding a frontier at start, from stored full tiles and the leaves after the last full one.
///
/// Ask [`Resume::tiles`] for the tiles to fetch, then [`Resume::rebuild`].
#[derive(Clone, Copy, Debug)]
pub struct Resume {
    head: TreeHead,
}

/// Why a frontier could not be rebuilt. The log must not be appended to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// A full tile is not there or has the wrong length.
    #[error("stored tile {} is missing or has a wrong length", .0.path())]
    Tile(TileId),
    /// The number of leaves after the last full tile is not what the size says.
    #[error("{found} leaves follow the last full tile, {expected} should")]
    Tail {
        /// How many the size asks for.
        expected: u64,
        /// How many were given.
        found: usize,
    },
    /// The stored tiles and leaves do not give the root that was signed.
    #[error("the stored tiles and leaves do not give the signed root of size {0}")]
    Root(u64),
}

impl Resume {
    /// Rebuilding for the head that was last signed.
    #[must_use]
    pub const fn of(head: TreeHead) -> Self {
        Self { head }
    }

    /// How many leaves follow the last full tile; their hashes, freshly computed from the stored leaves, are wanted.
    #[must_use]
    pub const fn tail(self) -> u64 {
        self.head.size % super::TILE_WIDTH
    }

    /// The full tiles wanted: at most 255 a level.
    pub fn tiles(self) -> impl Iterator<Item = TileId> {
        (1..8u8).flat_map(move |level| {
            let count = nodes_at(self.head.size, level);
            let first = count - count % super::TILE_WIDTH;
            (first..count).map(move |index| TileId::full(level - 1, index))
        })
    }

    /// Rebuilds the frontier, and checks that it has the signed root.
    ///
    /// # Errors
    /// [`ResumeError`] if a tile or leaf is missing, or the root differs.
    pub fn rebuild(
        self,
        tail: Vec<Digest>,
        mut fetch: impl FnMut(TileId) -> Option<Vec<u8>>,
    ) -> Result<Frontier, ResumeError> {
        if u64::try_from(tail.len()) != Ok(self.tail()) {
            return Err(ResumeError::Tail {
                expected: self.tail(),
                found: tail.len(),
            });
        }
        let mut open = vec![tail];
        for tile in self.tiles() {
            let bytes = fetch(tile).ok_or(ResumeError::Tile(tile))?;
            let hashes = tile.hashes(&bytes).map_err(|_| ResumeError::Tile(tile))?;
            let level = usize::from(tile.level) + 1;
            if open.len() <= level {
                open.resize(level + 1, Vec::new());
            }
            if let Some(row) = open.get_mut(level) {
                row.push(root_of(&hashes));
            }
        }
        let frontier = Frontier {
            size: self.head.size,
            peaks: open.iter().rev().flat_map(|row| peaks_of(row)).collect(),
            open,
        };
        if frontier.head() == self.head {
            Ok(frontier)
        } else {
            Err(ResumeError::Root(self.head.size))
        }
    }
}

/// The perfect subtrees, largest first, that a row of fewer than 256 equal subtrees forms.
fn peaks_of(mut row: &[Digest]) -> Vec<Digest> {
    let mut peaks = Vec::new();
    while let Some(width) = row.len().checked_ilog2() {
        let (perfect, rest) = row.split_at(1 << width);
        peaks.push(root_of(perfect));
        row = rest;
    }
    peaks
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::tree::leaf_hash;

    fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    #[test]
    fn the_root_is_that_of_the_definition_at_every_size() {
        let all = leaves(600);
        let mut frontier = Frontier::new();
        let mut filled = Vec::new();
        for (size, leaf) in all.iter().enumerate() {
            assert_eq!(frontier.root(), root_of(&all[..size]), "size {size}");
            frontier.push(*leaf, &mut filled);
        }
        let ids: Vec<String> = filled.iter().map(|tile| tile.id.path()).collect();
        assert_eq!(ids, ["tile/0/000", "tile/0/001"]);
    }

    #[test]
    fn a_frontier_rebuilt_from_full_tiles_and_tail_goes_on_alike() {
        let all = leaves(70_000);
        let mut frontier = Frontier::new();
        let mut filled = Vec::new();
        let mut stored = BTreeMap::new();
        for (count, leaf) in all.iter().enumerate() {
            if [
                0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_000, 69_999,
            ]
            .contains(&count)
            {
                stored.extend(filled.drain(..).map(|tile: FullTile| (tile.id, tile.bytes())));
                let tail = all[count - count % 256..count].to_vec();
                let mut again = Resume::of(frontier.head())
                    .rebuild(tail, |tile| stored.get(&tile).cloned())
                    .unwrap();
                assert_eq!(again.head(), frontier.head());
                let (mut one, mut other) = (Vec::new(), Vec::new());
                let mut first = frontier.clone();
                for leaf in &all[..300] {
                    first.push(*leaf, &mut one);
                    again.push(*leaf, &mut other);
                }
                assert_eq!(first.head(), again.head(), "after {count}");
                assert_eq!(one, other);
            }
            frontier.push(*leaf, &mut filled);
        }
    }

    #[test]
    fn a_frontier_is_not_rebuilt_on_a_wrong_tile_or_leaf() {
        let all = leaves(600);
        let (frontier, filled) = Frontier::new().extended(&all);
        let stored: BTreeMap<_, _> = filled.iter().map(|tile| (tile.id, tile.bytes())).collect();
        let resume = Resume::of(frontier.head());
        let mut tail = all[512..].to_vec();
        assert!(
            resume
                .rebuild(tail.clone(), |tile| stored.get(&tile).cloned())
                .is_ok()
        );
        let missing = resume.rebuild(tail.clone(), |_| None);
        assert_eq!(missing.unwrap_err(), ResumeError::Tile(TileId::full(0, 0)));
        let flipped = resume.rebuild(tail.clone(), |tile| {
            let mut bytes = stored.get(&tile).cloned()?;
            bytes[100] ^= 1;
            Some(bytes)
        });
        assert_eq!(flipped.unwrap_err(), ResumeError::Root(600));
        tail.pop();
        assert!(matches!(
            resume.rebuild(tail, |tile| stored.get(&tile).cloned()),
            Err(ResumeError::Tail {
                expected: 88,
                found: 87
            })
        ));
    }
}
