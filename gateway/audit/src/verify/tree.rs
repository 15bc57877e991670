//! First pass: are the entries and tiles the ones that the signed checkpoint vouches for, and if not, which are not.
//!
//! An entry bundle and its tile each give a root. Where they differ one of them was changed; the tile a level above
//! says which, and the signed root has the last word.

use std::collections::HashMap;

use gateway_crypto::Digest;

use super::align::{Kind, Mismatch, align, classify};
use super::finding::{Damage, Findings, Place};
use super::{Claim, Reader};
use crate::checkpoint::Checkpoint;
use crate::export::{entries_path, unbundle_entries};
use crate::tree::{TILE_WIDTH, TileId, leaf_hash, nodes_at, parts_of, root_of};

/// After so many bundles in a row of which nothing is there, the rest is taken for missing. A forged checkpoint may
/// claim any size.
const GIVE_UP_AFTER: usize = 16;
/// Of so many doubtful bundles every combination is tried against the signed root.
const DOUBTFUL: usize = 6;

/// What the second pass needs to know.
#[derive(Debug)]
pub(super) struct Shape {
    /// How many entries to expect, in the bundles that are there.
    pub(super) size: u64,
    /// How many entries were read.
    pub(super) entries: u64,
    /// For each damaged bundle: at which position in it the right entry of each place stands.
    pub(super) placements: HashMap<u64, Vec<Option<usize>>>,
}

/// One bundle with its tile.
struct Part {
    number: u64,
    width: u16,
    /// Whether there is an entry bundle at all.
    read: bool,
    candidates: Vec<(Source, Digest)>,
    /// Kept where the two differ, and for the bundle in which an earlier checkpoint ends.
    hashes: Option<Hashes>,
}

struct Hashes {
    tile: Option<Vec<Digest>>,
    entries: Option<Vec<Digest>>,
}

/// Whose word is taken for the content of a bundle.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Both,
    Tile,
    Entries,
    TileAbove,
}

impl Part {
    fn start(&self) -> u64 {
        self.number * TILE_WIDTH
    }

    fn all(&self) -> Place {
        Place::Entries {
            first: self.start(),
            last: self.start() + u64::from(self.width) - 1,
        }
    }
}

pub(super) fn check(
    files: &Reader<'_>,
    claim: &Claim,
    earlier: Option<&Checkpoint>,
    findings: &mut Findings,
) -> Shape {
    let head = claim.checkpoint.head;
    let earlier = earlier.filter(|_| claim.signed);
    let mut shape = Shape {
        size: head.size,
        entries: 0,
        placements: HashMap::new(),
    };
    let parts = read_parts(files, head.size, earlier, &mut shape, findings);
    let complete = shape.size == head.size && parts.iter().all(|part| !part.candidates.is_empty());
    let chosen = choose(&parts, (claim.signed && complete).then_some(head.root));
    report(&parts, &chosen, &mut shape, findings);
    let roots: Vec<Option<Digest>> = parts
        .iter()
        .zip(&chosen)
        .map(|(part, choice)| part.candidates.get(*choice).map(|(_, root)| *root))
        .collect();
    check_upper_tiles(files, head.size, &parts, &roots, findings);
    let whole: Option<Vec<Digest>> = roots.iter().copied().collect();
    if claim.signed
        && complete
        && let Some(whole) = &whole
        && root_of(whole) != head.root
    {
        findings.add(Damage::RootDiffers, Place::Log);
    }
    if let Some(earlier) = earlier {
        check_earlier(claim, earlier, &parts, &chosen, &roots, findings);
    }
    shape
}

fn read_parts(
    files: &Reader<'_>,
    size: u64,
    earlier: Option<&Checkpoint>,
    shape: &mut Shape,
    findings: &mut Findings,
) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut empty = 0;
    let mut above = Above::default();
    for (number, width) in parts_of(size) {
        let tile_id = TileId {
            level: 0,
            index: number,
            width,
        };
        let tile = read_tile(files, tile_id);
        let path = entries_path(number, width);
        let entries = files.read(&path);
        if tile == Err(Damage::FileMissing) && entries == Err(Damage::FileMissing) {
            empty += 1;
            if empty == GIVE_UP_AFTER {
                let first = (number + 1 - GIVE_UP_AFTER as u64) * TILE_WIDTH;
                parts.truncate(parts.len() + 1 - GIVE_UP_AFTER);
                let last = size - 1;
                findings.add(Damage::EntryMissing, Place::Entries { first, last });
                shape.size = first;
                break;
            }
        } else {
            empty = 0;
        }
        if let Err(damage) = &tile {
            findings.add(damage.clone(), Place::File(tile_id.path()));
        }
        let entries = match entries {
            Ok(bytes) => {
                let read = unbundle_entries(&bytes);
                if !read.whole {
                    findings.add(Damage::FileBroken, Place::File(path));
                }
                Some(
                    read.items
                        .iter()
                        .map(|entry| leaf_hash(entry))
                        .collect::<Vec<_>>(),
                )
            }
            Err(Damage::FileMissing) => None,
            Err(damage) => {
                findings.add(damage, Place::File(path));
                None
            }
        };
        shape.entries += entries.as_ref().map_or(0, |entries| entries.len() as u64);
        let tile = tile.ok();
        let candidates = candidates(
            width,
            tile.as_deref(),
            entries.as_deref(),
            above.of(files, size, number),
        );
        let split = earlier.is_some_and(|earlier| earlier.head.size / TILE_WIDTH == number);
        parts.push(Part {
            number,
            width,
            read: entries.is_some(),
            candidates,
            hashes: (split || tile != entries).then_some(Hashes { tile, entries }),
        });
    }
    parts
}

fn read_tile(files: &Reader<'_>, tile: TileId) -> Result<Vec<Digest>, Damage> {
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

/// The roots that a bundle may have, the likeliest first.
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

/// For each bundle, which of its candidates to believe: such that the signed root comes out, if that can be.
fn choose(parts: &[Part], signed: Option<Digest>) -> Vec<usize> {
    let first = vec![0; parts.len()];
    let Some(signed) = signed else { return first };
    let root = |choice: &[usize]| {
        let roots: Option<Vec<Digest>> = parts
            .iter()
            .zip(choice)
            .map(|(part, choice)| Some(part.candidates.get(*choice)?.1))
            .collect();
        roots.map(|roots| root_of(&roots))
    };
    if root(&first) == Some(signed) {
        return first;
    }
    let doubtful: Vec<usize> = (0..parts.len())
        .filter(|position| parts.get(*position).is_some_and(|part| part.candidates.len() > 1))
        .collect();
    if doubtful.len() > DOUBTFUL {
        return first;
    }
    // Counts through all combinations, the candidates of each bundle being the digits.
    let mut choice = first.clone();
    loop {
        let mut carried = true;
        for position in &doubtful {
            let (Some(digit), Some(part)) = (choice.get_mut(*position), parts.get(*position)) else {
                continue;
            };
            *digit += 1;
            if *digit < part.candidates.len() {
                carried = false;
                break;
            }
            *digit = 0;
        }
        if carried {
            return first;
        }
        if root(&choice) == Some(signed) {
            return choice;
        }
    }
}

fn report(parts: &[Part], chosen: &[usize], shape: &mut Shape, findings: &mut Findings) {
    let mut mismatches: Vec<Mismatch> = Vec::new();
    for (part, choice) in parts.iter().zip(chosen) {
        let source = part.candidates.get(*choice).map(|(source, _)| *source);
        let nowhere = || vec![None; usize::from(part.width)];
        let hashes = part.hashes.as_ref();
        let entries = hashes.and_then(|hashes| hashes.entries.as_deref());
        let tile = hashes.and_then(|hashes| hashes.tile.as_deref());
        match (source, entries, tile) {
            (Some(Source::Both), _, _) => {}
            (Some(Source::TileAbove), _, _) if part.read => {
                findings.add(Damage::EntryAltered, part.all());
                shape.placements.insert(part.number, nowhere());
            }
            (Some(Source::Entries), Some(entries), tile) => {
                let wrong: Vec<u64> = (0u64..)
                    .zip(tile.unwrap_or_default().iter().zip(entries))
                    .filter(|(_, (tile, entry))| tile != entry)
                    .map(|(position, _)| position)
                    .collect();
                if let Some(first) = wrong.first() {
                    let path = TileId {
                        level: 0,
                        index: part.number,
                        width: part.width,
                    }
                    .path();
                    let count = wrong.len() as u64;
                    findings.add(Damage::TileAltered { first: *first, count }, Place::File(path));
                }
            }
            (Some(Source::Tile), Some(entries), Some(tile)) => {
                let known = |hashes: &[Digest]| hashes.iter().copied().map(Some).collect::<Vec<_>>();
                let aligned = align(part.start(), &known(tile), &known(entries));
                mismatches.extend(aligned.mismatches);
                shape.placements.insert(part.number, aligned.placement);
            }
            // There are entries, and nothing to tell whether they are the right ones.
            (_, Some(_), _) => {
                shape.placements.insert(part.number, nowhere());
            }
            (_, None, _) => {
                findings.add(Damage::EntryMissing, part.all());
                shape.placements.insert(part.number, nowhere());
            }
        }
    }
    let mut missing: Option<(u64, u64)> = None;
    for (index, kind) in classify(&mismatches) {
        if kind == Kind::Missing {
            missing = match missing {
                Some((first, last)) if last + 1 == index => Some((first, index)),
                run => {
                    report_missing(run, findings);
                    Some((index, index))
                }
            };
            continue;
        }
        report_missing(missing.take(), findings);
        let damage = match kind {
            Kind::Altered => Damage::EntryAltered,
            Kind::Moved(belongs) => Damage::EntryMoved { belongs },
            Kind::Foreign | Kind::Missing => Damage::EntryForeign,
        };
        findings.add(damage, Place::entry(index));
    }
    report_missing(missing, findings);
}

fn report_missing(run: Option<(u64, u64)>, findings: &mut Findings) {
    match run {
        None => {}
        Some((first, last)) if first == last => findings.add(Damage::EntryMissing, Place::entry(first)),
        Some((first, last)) => findings.add(Damage::EntryMissing, Place::Entries { first, last }),
    }
}

/// Recomputes the tiles above the first level and compares them.
fn check_upper_tiles(
    files: &Reader<'_>,
    size: u64,
    parts: &[Part],
    roots: &[Option<Digest>],
    findings: &mut Findings,
) {
    let mut row: Vec<Option<Digest>> = parts
        .iter()
        .zip(roots)
        .filter(|(part, _)| u64::from(part.width) == TILE_WIDTH)
        .map(|(_, root)| *root)
        .collect();
    // Only over what is there: the size may be anything that a checkpoint claims.
    for level in 1..8u8 {
        for (index, expected) in (0u64..).zip(row.chunks(256)) {
            let width = (nodes_at(size, level) - index * TILE_WIDTH).min(TILE_WIDTH);
            let tile = TileId {
                level,
                index,
                width: u16::try_from(width).unwrap_or(256),
            };
            check_tile(files, tile, expected, findings);
        }
        row = row
            .chunks_exact(256)
            .map(|chunk| {
                let known: Option<Vec<Digest>> = chunk.iter().copied().collect();
                known.map(|hashes| root_of(&hashes))
            })
            .collect();
    }
}

fn check_tile(files: &Reader<'_>, tile: TileId, expected: &[Option<Digest>], findings: &mut Findings) {
    let place = Place::File(tile.path());
    let hashes = match read_tile(files, tile) {
        Ok(hashes) => hashes,
        Err(damage) => return findings.add(damage, place),
    };
    let mut wrong = (0u64..)
        .zip(expected.iter().zip(&hashes))
        .filter(|(_, (expected, found))| expected.is_some_and(|expected| expected != **found))
        .map(|(position, _)| position);
    if let Some(first) = wrong.next() {
        let count = 1 + wrong.count() as u64;
        findings.add(Damage::TileAltered { first, count }, place);
    }
}

/// Whether the log still begins with what an earlier checkpoint covers.
fn check_earlier(
    claim: &Claim,
    earlier: &Checkpoint,
    parts: &[Part],
    chosen: &[usize],
    roots: &[Option<Digest>],
    findings: &mut Findings,
) {
    let head = claim.checkpoint.head;
    let size = earlier.head.size;
    if earlier.origin != claim.checkpoint.origin {
        return findings.add(Damage::OtherLog, Place::Log);
    }
    if size > head.size {
        return findings.add(Damage::RolledBack { earlier: size }, Place::Log);
    }
    let full = usize::try_from(size / TILE_WIDTH).unwrap_or(usize::MAX);
    let rest = usize::try_from(size % TILE_WIDTH).unwrap_or(0);
    let mut prefix: Option<Vec<Digest>> = roots.iter().take(full).copied().collect();
    if rest > 0 {
        let tail = parts.get(full).zip(chosen.get(full)).and_then(|(part, choice)| {
            let hashes = part.hashes.as_ref()?;
            let source = match part.candidates.get(*choice)?.0 {
                Source::Tile | Source::Both => hashes.tile.as_ref(),
                Source::Entries => hashes.entries.as_ref(),
                Source::TileAbove => None,
            };
            source?.get(..rest).map(root_of)
        });
        prefix = prefix.zip(tail).map(|(mut prefix, tail)| {
            prefix.push(tail);
            prefix
        });
    }
    // If part of the beginning is missing that was said already, and nothing can be concluded.
    if let Some(prefix) = prefix
        && root_of(&prefix) != earlier.head.root
    {
        findings.add(Damage::Rewritten { earlier: size }, Place::Log);
    }
}
