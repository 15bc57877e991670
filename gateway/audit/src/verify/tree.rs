//! First pass: are the entries and tiles the ones that the signed checkpoint vouches for, and if not, which are not.
//!
//! An entry bundle and its tile each give a root. Where they differ one of them was changed; the tile a level above
//! says which, and the signed root has the last word.

use std::collections::HashMap;

use gateway_crypto::Digest;

use super::align::{Kind, Mismatch, align, classify};
use super::finding::{Damage, Findings, Place};
use super::part::{Part, Source, read_parts, read_tile};
use super::{Claim, Reader};
use crate::checkpoint::Checkpoint;
use crate::tree::{TILE_WIDTH, TileId, nodes_at, root_of};

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

pub(super) fn check(
    files: &Reader<'_>,
    claim: &Claim,
    earlier: Option<&Checkpoint>,
    findings: &mut Findings,
) -> Shape {
    let head = claim.checkpoint.head;
    let earlier = earlier.filter(|_| claim.signed);
    let keep = earlier.map(|earlier| earlier.head.size / TILE_WIDTH);
    let read = read_parts(files, head.size, keep, findings);
    let mut shape = Shape {
        size: read.size,
        entries: read.entries,
        placements: HashMap::new(),
    };
    let parts = read.list;
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
                    let count = wrong.len() as u64;
                    findings.add(
                        Damage::TileAltered { first: *first, count },
                        Place::File(part.tile().path()),
                    );
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
