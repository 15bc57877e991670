//! Reading the log bundle by bundle: the entries, the tile of their hashes, and what the tile above says of both.

use gateway_crypto::Digest;

use super::Reader;
use super::finding::{Damage, Findings, Place};
use crate::export::{entries_path, unbundle_entries};
use crate::tree::{TILE_WIDTH, TileId, leaf_hash, parts_of, root_of};

/// After so many bundles in a row of which nothing is there, the rest is taken for missing. A forged checkpoint may
/// claim any size.
const GIVE_UP_AFTER: usize = 16;

/// The log as far as it is there.
pub(super) struct Parts {
    pub(super) list: Vec<Part>,
    /// How many entries the bundles in the list should hold.
    pub(super) size: u64,
    /// How many they do.
    pub(super) entries: u64,
}

/// One bundle with its tile.
pub(super) struct Part {
    pub(super) number: u64,
    pub(super) width: u16,
    /// Whether there is an entry bundle at all.
    pub(super) read: bool,
    /// The roots that the bundle may have, the likeliest first.
    pub(super) candidates: Vec<(Source, Digest)>,
    /// Kept where the two differ, and for the bundle in which an earlier checkpoint ends.
    pub(super) hashes: Option<Hashes>,
}

pub(super) struct Hashes {
    pub(super) tile: Option<Vec<Digest>>,
    pub(super) entries: Option<Vec<Digest>>,
}

/// Whose word is taken for the content of a bundle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Both,
    Tile,
    Entries,
    TileAbove,
}

impl Part {
    pub(super) const fn start(&self) -> u64 {
        self.number * TILE_WIDTH
    }

    /// All its entries.
    pub(super) fn all(&self) -> Place {
        Place::Entries {
            first: self.start(),
            last: self.start() + u64::from(self.width) - 1,
        }
    }

    /// Its tile of leaf hashes.
    pub(super) const fn tile(&self) -> TileId {
        TileId {
            level: 0,
            index: self.number,
            width: self.width,
        }
    }

    fn is_empty(&self) -> bool {
        !self.read && self.hashes.as_ref().is_none_or(|hashes| hashes.tile.is_none())
    }
}

/// Reads all bundles of a log of `size` entries. The hashes of bundle `keep` are kept in any case.
pub(super) fn read_parts(files: &Reader<'_>, size: u64, keep: Option<u64>, findings: &mut Findings) -> Parts {
    let mut parts = Parts {
        list: Vec::new(),
        size,
        entries: 0,
    };
    let mut above = Above::default();
    let mut empty = 0;
    for (number, width) in parts_of(size) {
        let mut part = Part {
            number,
            width,
            read: false,
            candidates: Vec::new(),
            hashes: None,
        };
        let tile = read_tile(files, part.tile())
            .map_err(|damage| findings.add(damage, Place::File(part.tile().path())))
            .ok();
        let entries = read_entries(files, &part, findings);
        parts.entries += entries.as_ref().map_or(0, |entries| entries.len() as u64);
        part.read = entries.is_some();
        let above = above.of(files, size, number);
        part.candidates = candidates(width, tile.as_deref(), entries.as_deref(), above);
        if keep == Some(number) || tile != entries {
            part.hashes = Some(Hashes { tile, entries });
        }
        empty = if part.is_empty() { empty + 1 } else { 0 };
        parts.list.push(part);
        if empty == GIVE_UP_AFTER {
            parts.list.truncate(parts.list.len() - empty);
            parts.size = parts.list.len() as u64 * TILE_WIDTH;
            let (first, last) = (parts.size, size - 1);
            findings.add(Damage::EntryMissing, Place::Entries { first, last });
            break;
        }
    }
    parts
}

/// The hashes of the entries of a bundle, computed from their bytes, as far as they can be read.
fn read_entries(files: &Reader<'_>, part: &Part, findings: &mut Findings) -> Option<Vec<Digest>> {
    let path = entries_path(part.number, part.width);
    match files.read(&path) {
        Ok(bytes) => {
            let read = unbundle_entries(&bytes);
            if !read.whole {
                findings.add(Damage::FileBroken, Place::File(path));
            }
            Some(read.items.iter().map(|entry| leaf_hash(entry)).collect())
        }
        // The entries it should hold are named later.
        Err(Damage::FileMissing) => None,
        Err(damage) => {
            findings.add(damage, Place::File(path));
            None
        }
    }
}

pub(super) fn read_tile(files: &Reader<'_>, tile: TileId) -> Result<Vec<Digest>, Damage> {
    let bytes = files.read(&tile.path())?;
    tile.hashes(&bytes).map_err(|_| Damage::FileBroken)
}

/// The tile of level 1 that was looked at last.
#[derive(Default)]
struct Above {
    tile: Option<(u64, Option<Vec<Digest>>)>,
}

impl Above {
    /// What level 1 says about full bundle `number`.
    fn of(&mut self, files: &Reader<'_>, size: u64, number: u64) -> Option<Digest> {
        let full = size / TILE_WIDTH;
        if number >= full {
            return None;
        }
        let index = number / TILE_WIDTH;
        if self.tile.as_ref().is_none_or(|(held, _)| *held != index) {
            let width = u16::try_from((full - index * TILE_WIDTH).min(TILE_WIDTH)).unwrap_or(256);
            let tile = TileId {
                level: 1,
                index,
                width,
            };
            self.tile = Some((index, read_tile(files, tile).ok()));
        }
        let (_, hashes) = self.tile.as_ref()?;
        let position = usize::try_from(number % TILE_WIDTH).ok()?;
        hashes.as_ref()?.get(position).copied()
    }
}

fn candidates(
    width: u16,
    tile: Option<&[Digest]>,
    entries: Option<&[Digest]>,
    above: Option<Digest>,
) -> Vec<(Source, Digest)> {
    let tile_root = tile.map(root_of);
    // With more or fewer entries than there should be, they cannot be what was signed.
    let entries_root = entries
        .filter(|entries| entries.len() == usize::from(width))
        .map(root_of);
    let mut candidates: Vec<(Source, Digest)> = if tile_root.is_some() && tile_root == entries_root {
        tile_root.into_iter().map(|root| (Source::Both, root)).collect()
    } else {
        let tile = tile_root.map(|root| (Source::Tile, root));
        let entries = entries_root.map(|root| (Source::Entries, root));
        tile.into_iter().chain(entries).collect()
    };
    if let Some(above) = above {
        candidates.sort_by_key(|(_, root)| *root != above);
        if !candidates.iter().any(|(_, root)| *root == above) {
            candidates.push((Source::TileAbove, above));
        }
    }
    candidates
}
