//! Inclusion and consistency proofs: RFC 6962 sections 2.1.1 and 2.1.2, checked as RFC 9162 sections 2.1.3.2 and
//! 2.1.4.2 say.
//!
//! A proof is first a list of subtrees, so that a caller with an asynchronous store can fetch the tiles beforehand;
//! then their hashes.

use std::collections::BTreeSet;

use gateway_crypto::Digest;

use super::tile::{HashSource, TILE_WIDTH, TileId, nodes_at, place_of};
use super::{empty_root, node_hash};

/// A part of the tree whose hash a proof needs: the leaves from `start` up to, not including, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// The first leaf.
    pub start: u64,
    /// The leaf after the last.
    pub end: u64,
}

/// Why a proof could not be made, or does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// There is no such leaf in a tree of this size, or the sizes are in the wrong order.
    #[error("entry or size {wanted} is not within a tree of size {size}")]
    OutOfRange {
        /// The leaf or earlier size.
        wanted: u64,
        /// The size of the tree.
        size: u64,
    },
    /// A hash that the proof needs is not to be had.
    #[error("the hash of entries {start} to {end} (excluded) is not at hand")]
    Missing {
        /// The first leaf.
        start: u64,
        /// The leaf after the last.
        end: u64,
    },
    /// The proof has too few or too many hashes.
    #[error("the proof has a wrong number of hashes")]
    Length,
    /// The proof leads to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// The largest power of two below `count`; `count` is at least 2.
const fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The subtrees whose hashes prove that leaf `index` is in the tree of `size` leaves, from the leaf upwards.
///
/// # Errors
/// [`ProofError::OutOfRange`] if there is no such leaf.
pub fn inclusion_path(index: u64, size: u64) -> Result<Vec<Subtree>, ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { wanted: index, size });
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(Subtree { start: middle, end });
            end = middle;
        } else {
            path.push(Subtree { start, end: middle });
            start = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The subtrees whose hashes prove that the tree of `old` leaves is the beginning of the tree of `new` leaves.
///
/// # Errors
/// [`ProofError::OutOfRange`] if `old` is 0 or above `new`.
pub fn consistency_path(old: u64, new: u64) -> Result<Vec<Subtree>, ProofError> {
    if old == 0 || old > new {
        return Err(ProofError::OutOfRange {
            wanted: old,
            size: new,
        });
    }
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(Subtree { start: middle, end });
            end = middle;
        } else {
            path.push(Subtree { start, end: middle });
            start = middle;
        }
    }
    // At the start of the tree the verifier knows this hash already: it is the old root.
    if start > 0 {
        path.push(Subtree { start, end });
    }
    path.reverse();
    Ok(path)
}

/// The perfect subtrees that `subtree` consists of, from left to right, as (height, number).
fn perfect_parts(subtree: Subtree) -> impl Iterator<Item = (u8, u64)> {
    let mut start = subtree.start;
    std::iter::from_fn(move || {
        let height = (subtree.end.checked_sub(start)?).checked_ilog2()?;
        let part = (u8::try_from(height).ok()?, start >> height);
        start += 1 << height;
        Some(part)
    })
}

/// The tiles to fetch for the hashes of `path` in a tree of `size` leaves.
#[must_use]
pub fn tiles_for(path: &[Subtree], size: u64) -> BTreeSet<TileId> {
    path.iter()
        .flat_map(|subtree| perfect_parts(*subtree))
        .map(|(height, number)| {
            let (level, index, _, _) = place_of(height, number);
            let left = nodes_at(size, level).saturating_sub(index * TILE_WIDTH);
            TileId {
                level,
                index,
                width: u16::try_from(left.min(TILE_WIDTH)).unwrap_or(256),
            }
        })
        .collect()
}

/// The hashes of `path`.
///
/// # Errors
/// [`ProofError::Missing`] if `source` lacks one.
pub fn prove(path: &[Subtree], source: &dyn HashSource) -> Result<Vec<Digest>, ProofError> {
    path.iter()
        .map(|subtree| {
            let missing = ProofError::Missing {
                start: subtree.start,
                end: subtree.end,
            };
            let parts: Vec<Digest> = perfect_parts(*subtree)
                .map(|(height, number)| source.subtree(height, number))
                .collect::<Option<_>>()
                .ok_or(missing)?;
            parts
                .into_iter()
                .rev()
                .reduce(|right, left| node_hash(&left, &right))
                .ok_or(missing)
        })
        .collect()
}

/// The proof that leaf `index` is in the tree of `size` leaves.
///
/// # Errors
/// [`ProofError`] if there is no such leaf or a hash is missing.
pub fn inclusion_proof(index: u64, size: u64, source: &dyn HashSource) -> Result<Vec<Digest>, ProofError> {
    prove(&inclusion_path(index, size)?, source)
}

/// The proof that the tree of `old` leaves is the beginning of the tree of `new` leaves.
///
/// # Errors
/// [`ProofError`] if the sizes do not fit or a hash is missing.
pub fn consistency_proof(old: u64, new: u64, source: &dyn HashSource) -> Result<Vec<Digest>, ProofError> {
    prove(&consistency_path(old, new)?, source)
}

/// Checks that the leaf with hash `leaf` is number `index` in the tree of `size` leaves with this root.
///
/// # Errors
/// [`ProofError`] if it does not follow from the proof.
pub fn verify_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { wanted: index, size });
    }
    let mut climb = Climb {
        node: index,
        last: size - 1,
    };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match climb.step()? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    climb.ended()?;
    if hash == *root {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}

/// Checks that the tree of `old` leaves with root `old_root` is the beginning of the tree of `new` leaves with root
/// `new_root`. The empty tree is the beginning of every tree.
///
/// # Errors
/// [`ProofError`] if it does not follow from the proof.
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[Digest],
    old_root: &Digest,
    new_root: &Digest,
) -> Result<(), ProofError> {
    if old > new {
        return Err(ProofError::OutOfRange {
            wanted: old,
            size: new,
        });
    }
    if old == new || old == 0 {
        let expected = if old == 0 { empty_root() } else { *new_root };
        return match proof {
            [] if *old_root == expected => Ok(()),
            [] => Err(ProofError::Root),
            _ => Err(ProofError::Length),
        };
    }
    let (first, rest) = match proof {
        [] => return Err(ProofError::Length),
        rest if old.is_power_of_two() => (old_root, rest),
        [first, rest @ ..] => (first, rest),
    };
    let whole = (old - 1).trailing_ones();
    let mut climb = Climb {
        node: (old - 1) >> whole,
        last: (new - 1) >> whole,
    };
    let (mut old_hash, mut new_hash) = (*first, *first);
    for sibling in rest {
        match climb.step()? {
            Side::Left => {
                old_hash = node_hash(sibling, &old_hash);
                new_hash = node_hash(sibling, &new_hash);
            }
            Side::Right => new_hash = node_hash(&new_hash, sibling),
        }
    }
    climb.ended()?;
    if old_hash == *old_root && new_hash == *new_root {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}

/// On which side of the path the sibling stands.
enum Side {
    Left,
    Right,
}

/// The way from a node to the root: its number and that of the last node in its row (RFC 9162's fn and sn).
struct Climb {
    node: u64,
    last: u64,
}

impl Climb {
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::Length);
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // A lone node at the right edge rises without a sibling until it is a right child.
            while self.node & 1 == 0 && self.node != 0 {
                self.node >>= 1;
                self.last >>= 1;
            }
            Side::Left
        } else {
            Side::Right
        };
        self.node >>= 1;
        self.last >>= 1;
        Ok(side)
    }

    fn ended(&self) -> Result<(), ProofError> {
        if self.last == 0 {
            Ok(())
        } else {
            Err(ProofError::Length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{Frontier, TileSet, leaf_hash, root_of, tiles_of};

    fn tree(size: u64) -> (Vec<Digest>, TileSet) {
        let leaves: Vec<Digest> = (0..size).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let (frontier, full) = Frontier::new().extended(&leaves);
        let mut tiles = TileSet::default();
        for tile in full {
            tiles.insert(tile.id, &tile.bytes()).unwrap();
        }
        tiles.insert_edge(&frontier);
        (leaves, tiles)
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_provable_and_only_as_itself() {
        let (leaves, tiles) = tree(70);
        for size in 1..=70u64 {
            let root = root_of(&leaves[..size as usize]);
            for index in 0..size {
                let proof = inclusion_proof(index, size, &tiles).unwrap();
                let leaf = &leaves[index as usize];
                assert_eq!(verify_inclusion(leaf, index, size, &proof, &root), Ok(()));
                assert!(
                    verify_inclusion(leaf, (index + 1) % size, size, &proof, &root).is_err() || size == 1
                );
                assert!(verify_inclusion(&leaf_hash(b"no"), index, size, &proof, &root).is_err());
            }
            assert!(inclusion_proof(size, size, &tiles).is_err());
        }
    }

    #[test]
    fn every_pair_of_small_sizes_is_consistent_and_a_rewritten_one_is_not() {
        let (leaves, tiles) = tree(70);
        let mut rewritten = leaves.clone();
        rewritten[0] = leaf_hash(b"rewritten");
        for new in 1..=70usize {
            let new_root = root_of(&leaves[..new]);
            for old in 1..=new {
                let proof = consistency_proof(old as u64, new as u64, &tiles).unwrap();
                let check = |old_root: &Digest| {
                    verify_consistency(old as u64, new as u64, &proof, old_root, &new_root)
                };
                assert_eq!(check(&root_of(&leaves[..old])), Ok(()), "{old} {new}");
                assert!(check(&root_of(&rewritten[..old])).is_err(), "{old} {new}");
            }
        }
    }

    #[test]
    fn proofs_of_a_large_tree_need_only_the_tiles_they_name() {
        let (leaves, all) = tree(66_000);
        let known: BTreeSet<TileId> = tiles_of(66_000).collect();
        let root = root_of(&leaves);
        for index in [0, 255, 256, 65_535, 65_536, 65_999] {
            let path = inclusion_path(index, 66_000).unwrap();
            let wanted = tiles_for(&path, 66_000);
            assert!(wanted.is_subset(&known) && wanted.len() <= 4, "{wanted:?}");
            let mut few = TileSet::default();
            for tile in &wanted {
                let hashes = (0..u64::from(tile.width))
                    .map(|n| all.subtree(tile.level * 8, tile.index * 256 + n).unwrap())
                    .collect();
                few.insert_hashes(tile.level, tile.index, hashes);
            }
            let proof = prove(&path, &few).unwrap();
            assert_eq!(
                verify_inclusion(&leaves[index as usize], index, 66_000, &proof, &root),
                Ok(())
            );
        }
    }
}
