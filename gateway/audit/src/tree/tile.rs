//! Tiles: 256 hashes of one level side by side, named and cut as C2SP tlog-tiles says.
//!
//! A tile at level L holds roots of perfect subtrees of 256^L leaves. Only full tiles are ever stored, and each only
//! once; a partial tile is made for the size that is asked about.

use std::collections::BTreeMap;

use gateway_crypto::Digest;

use super::{Frontier, node_hash};

/// How many hashes a full tile holds, and how many entries a full bundle.
pub const TILE_WIDTH: u64 = 256;

/// The height of the subtree that a full tile spans.
const TILE_HEIGHT: u8 = 8;

/// Which tile, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// Level: 0 holds leaf hashes, each level above holds roots of full tiles of the level below.
    pub level: u8,
    /// Number within the level.
    pub index: u64,
    /// How many hashes: 1 to 256.
    pub width: u16,
}

/// Bytes that are not a tile of the width wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tile {path} should hold {expected} bytes, found {found}", path = .tile.path(), expected = u32::from(.tile.width) * 32)]
pub struct TileShapeError {
    /// The tile.
    pub tile: TileId,
    /// How many bytes there were.
    pub found: usize,
}

impl TileId {
    /// The full tile `index` of `level`.
    #[must_use]
    pub const fn full(level: u8, index: u64) -> Self {
        Self {
            level,
            index,
            width: 256,
        }
    }

    /// The path of the tile: `tile/L/N` or `tile/L/N.p/W`.
    #[must_use]
    pub fn path(self) -> String {
        numbered_path(&format!("tile/{}", self.level), self.index, self.width)
    }

    /// Reads the tile's hashes from its bytes.
    ///
    /// # Errors
    /// [`TileShapeError`] if there are more or fewer hashes than the tile's width.
    pub fn hashes(self, bytes: &[u8]) -> Result<Vec<Digest>, TileShapeError> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if rest.is_empty() && hashes.len() == usize::from(self.width) {
            Ok(hashes.iter().map(|hash| Digest::from_bytes(*hash)).collect())
        } else {
            Err(TileShapeError {
                tile: self,
                found: bytes.len(),
            })
        }
    }
}

/// The path `folder/N` or `folder/N.p/W` of a tile or bundle: N in groups of three digits, all but the last group
/// led by `x` (C2SP tlog-tiles).
#[must_use]
pub fn numbered_path(folder: &str, index: u64, width: u16) -> String {
    let mut groups = vec![format!("{:03}", index % 1000)];
    let mut rest = index / 1000;
    while rest > 0 {
        groups.push(format!("x{:03}", rest % 1000));
        rest /= 1000;
    }
    groups.reverse();
    let number = groups.join("/");
    if u64::from(width) == TILE_WIDTH {
        format!("{folder}/{number}")
    } else {
        format!("{folder}/{number}.p/{width}")
    }
}

/// The bundle or tile that a numbered path names: its number and how many it holds. `None` if it is not in the one form that
/// [`numbered_path`] writes.
#[must_use]
pub fn parse_numbered(path: &str) -> Option<(u64, u16)> {
    let (number, width) = match path.split_once(".p/") {
        Some((number, width)) => (
            number,
            width.parse().ok().filter(|width| (1..256).contains(width))?,
        ),
        None => (path, 256u16),
    };
    let mut index = 0u64;
    for group in number.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    // Whatever else would read as the same number is another path.
    (numbered_path("t", index, width).strip_prefix("t/") == Some(path)).then_some((index, width))
}

/// How many nodes a tree of `size` leaves has at tile level `level`.
pub(crate) fn nodes_at(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))
        .unwrap_or(0)
}

/// The tiles, full ones first and then the partial one, that `count` things in a row are cut into, as (number, width).
pub fn parts_of(count: u64) -> impl Iterator<Item = (u64, u16)> {
    let full = count / TILE_WIDTH;
    let rest = u16::try_from(count % TILE_WIDTH).unwrap_or(0);
    (0..full)
        .map(|index| (index, 256))
        .chain((rest > 0).then_some((full, rest)))
}

/// Every tile of a tree of `size` leaves, level by level.
pub fn tiles_of(size: u64) -> impl Iterator<Item = TileId> {
    (0..8u8)
        .take_while(move |level| nodes_at(size, *level) > 0)
        .flat_map(move |level| {
            parts_of(nodes_at(size, level)).map(move |(index, width)| TileId { level, index, width })
        })
}

/// Where the hashes of perfect subtrees come from.
pub trait HashSource {
    /// The root of the perfect subtree of `2^height` leaves that starts at leaf `index * 2^height`, if it is to be had.
    fn subtree(&self, height: u8, index: u64) -> Option<Digest>;
}

/// Tiles fetched beforehand, from which every hash of the tree they cover can be had.
#[derive(Clone, Debug, Default)]
pub struct TileSet {
    tiles: BTreeMap<(u8, u64), Vec<Digest>>,
}

impl TileSet {
    /// Adds a tile, from its bytes.
    ///
    /// # Errors
    /// [`TileShapeError`] if the bytes are not those of a tile of this width.
    pub fn insert(&mut self, tile: TileId, bytes: &[u8]) -> Result<(), TileShapeError> {
        let hashes = tile.hashes(bytes)?;
        self.insert_hashes(tile.level, tile.index, hashes);
        Ok(())
    }

    /// Adds the partial tiles at the growing edge of the tree, which no store keeps.
    pub fn insert_edge(&mut self, frontier: &Frontier) {
        for (tile, hashes) in frontier.partial_tiles() {
            self.insert_hashes(tile.level, tile.index, hashes.to_vec());
        }
    }

    /// Adds a tile, full or partial, from its hashes. Of two versions of one tile the wider stays.
    pub fn insert_hashes(&mut self, level: u8, index: u64, hashes: Vec<Digest>) {
        let slot = self.tiles.entry((level, index)).or_default();
        if hashes.len() > slot.len() {
            *slot = hashes;
        }
    }
}

/// The tile that holds what the root of a perfect subtree is made of: (level, tile number, offset, how many).
pub(super) fn place_of(height: u8, index: u64) -> (u8, u64, usize, usize) {
    let level = height / TILE_HEIGHT;
    let within = u32::from(height % TILE_HEIGHT);
    let first = index.checked_shl(within).unwrap_or(u64::MAX);
    let offset = usize::try_from(first % TILE_WIDTH).unwrap_or(0);
    (level, first / TILE_WIDTH, offset, 1 << within)
}

impl HashSource for TileSet {
    fn subtree(&self, height: u8, index: u64) -> Option<Digest> {
        let (level, tile, offset, count) = place_of(height, index);
        let hashes = self.tiles.get(&(level, tile))?;
        let mut row = hashes.get(offset..offset.checked_add(count)?)?.to_vec();
        while row.len() > 1 {
            row = row
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[left, right]| node_hash(left, right))
                .collect();
        }
        row.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_tlog_tiles() {
        assert_eq!(TileId::full(0, 1_234_067).path(), "tile/0/x001/x234/067");
        assert_eq!(TileId::full(2, 0).path(), "tile/2/000");
        assert_eq!(numbered_path("tile/entries", 273, 112), "tile/entries/273.p/112");
        assert_eq!(numbered_path("details", 1000, 256), "details/x001/000");
    }

    #[test]
    fn the_example_of_70000_leaves_is_cut_as_the_specification_says() {
        let tiles: Vec<TileId> = tiles_of(70_000).collect();
        let at = |level| {
            tiles
                .iter()
                .filter(|tile| tile.level == level)
                .collect::<Vec<_>>()
        };
        assert_eq!(at(0).len(), 274);
        assert_eq!(at(0).last().unwrap().width, 112);
        assert_eq!(at(1).iter().map(|tile| tile.width).collect::<Vec<_>>(), [256, 17]);
        assert_eq!(at(2).iter().map(|tile| tile.width).collect::<Vec<_>>(), [1]);
        assert!(at(3).is_empty());
        assert_eq!(tiles_of(0).count(), 0);
        assert_eq!(
            tiles_of(256).map(TileId::path).collect::<Vec<_>>(),
            ["tile/0/000", "tile/1/000.p/1"]
        );
    }
}
