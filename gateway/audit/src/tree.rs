//! The Merkle tree of RFC 6962 (section 2.1) with SHA-256, kept as the tiles of C2SP tlog-tiles.
//!
//! A leaf hash is SHA-256(0x00 || leaf), an inner hash SHA-256(0x01 || left || right); the two prefixes keep a leaf
//! from passing for an inner node. The empty tree's root is SHA-256 of nothing.

mod frontier;
mod proof;
mod tile;

pub(crate) use frontier::concatenate;
pub use frontier::{Frontier, FullTile, Resume, ResumeError};
pub use proof::{
    ProofError, Subtree, consistency_path, consistency_proof, inclusion_path, inclusion_proof, prove,
    tiles_for, verify_consistency, verify_inclusion,
};
pub(crate) use tile::nodes_at;
pub use tile::{
    HashSource, TILE_WIDTH, TileId, TileSet, TileShapeError, numbered_path, parse_numbered, parts_of,
    tiles_of,
};

use gateway_crypto::{Digest, RunningDigest};

/// The size and root of a tree: what a checkpoint signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves the tree has.
    pub size: u64,
    /// Its root hash.
    pub root: Digest,
}

/// The root of the tree without leaves.
#[must_use]
pub fn empty_root() -> Digest {
    Digest::of(&[])
}

/// The hash of a leaf, from the leaf's stored bytes.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Digest {
    hash_of(&[&[0x00], leaf])
}

/// The hash of an inner node.
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    hash_of(&[&[0x01], left.as_bytes(), right.as_bytes()])
}

fn hash_of(pieces: &[&[u8]]) -> Digest {
    let mut running = RunningDigest::new();
    for piece in pieces {
        running.update(piece);
    }
    running.finish()
}

/// The root over `hashes`, each the root of a perfect subtree of one and the same height (the last may be of less).
#[must_use]
pub fn root_of(hashes: &[Digest]) -> Digest {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => node_hash(left, right),
                // A lone last node rises unchanged: RFC 6962 splits at the largest power of two below the size.
                [lone] => *lone,
                _ => empty_root(),
            })
            .collect();
    }
    row.first().copied().unwrap_or_else(empty_root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaf_and_inner_hashes_are_those_of_rfc_6962() {
        let text = |digest: Digest| digest.to_string();
        assert_eq!(
            text(empty_root()),
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(
            text(leaf_hash(b"")),
            "sha256:6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
        assert_eq!(
            text(node_hash(&leaf_hash(b""), &leaf_hash(&[0]))),
            "sha256:fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }

    #[test]
    fn a_leaf_never_passes_for_an_inner_node() {
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
        let forged = [left.as_bytes().as_slice(), right.as_bytes()].concat();
        assert_ne!(leaf_hash(&forged), node_hash(&left, &right));
    }
}
