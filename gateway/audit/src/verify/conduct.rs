//! Second pass: the entries that are as they were signed, read in order. Were the rules for keeping the log kept?
//!
//! An insider can sign anything; what is checked here is what even the signer must not do. Entries that the first
//! pass found damaged are passed over, and what follows from their absence is not reported again.

use std::collections::{BTreeMap, HashMap};

use gateway_crypto::Digest;
use gateway_types::EventId;

use super::align::{Kind, Mismatch, align, classify};
use super::finding::{Damage, Findings, Place};
use super::lists::Replay;
use super::tree::Shape;
use super::{Details, Reader};
use crate::export::{details_path, entries_path, unbundle_details, unbundle_entries};
use crate::kind::EntryKind;
use crate::leaf::Leaf;
use crate::seal::ciphertext_digest;
use crate::tree::{TILE_WIDTH, parts_of};

/// What the second pass learned.
#[derive(Debug, Default)]
pub(super) struct Conduct {
    pub(super) details: Option<u64>,
    pub(super) erased: u64,
    /// Disclosures begun and not closed.
    open: HashMap<EventId, u64>,
    /// Entries whose sealed content is absent and no erasure was seen yet.
    absent: BTreeMap<u64, EventId>,
    last_time: u64,
    /// The last running number of each replica.
    numbers: HashMap<u32, u64>,
    /// Entries that could not be read: as many running numbers may be missing for that reason.
    unread: u64,
    any_unread: bool,
    mismatches: Vec<Mismatch>,
    events: HashMap<u64, EventId>,
    lists: Replay,
}

impl Conduct {
    pub(super) fn open_intents(&self) -> Vec<(u64, EventId)> {
        let mut open: Vec<(u64, EventId)> = self.open.iter().map(|(event, index)| (*index, *event)).collect();
        open.sort_unstable();
        open
    }

    pub(super) fn lists(&self) -> Option<u64> {
        self.details.and_then(|_| self.lists.lists())
    }
}

pub(super) fn check(files: &Reader<'_>, shape: &Shape, details: Details, findings: &mut Findings) -> Conduct {
    let mut conduct = Conduct {
        details: (details == Details::Examined).then_some(0),
        ..Conduct::default()
    };
    for (number, width) in parts_of(shape.size) {
        let start = number * TILE_WIDTH;
        let bytes = files.read(&entries_path(number, width)).unwrap_or_default();
        let entries = unbundle_entries(&bytes).items;
        let placement = shape.placements.get(&number);
        let leaves: Vec<Option<Leaf>> = (0..usize::from(width))
            .map(|place| {
                let position = match placement {
                    None => Some(place),
                    Some(placement) => placement.get(place).copied().flatten(),
                };
                let entry = position.and_then(|position| entries.get(position));
                let index = start + place as u64;
                conduct.entry(index, entry.copied(), findings)
            })
            .collect();
        if details == Details::Examined {
            conduct.check_details(files, number, width, &leaves, findings);
        }
    }
    if details == Details::Examined {
        conduct.lists.end(findings);
    }
    conduct.report_details(findings);
    conduct
}

impl Conduct {
    /// Takes in the entry `index`; gives it back decoded if it is one.
    fn entry(&mut self, index: u64, entry: Option<&[u8]>, findings: &mut Findings) -> Option<Leaf> {
        let leaf = match entry.map(Leaf::decode) {
            Some(Ok(leaf)) => leaf,
            other => {
                if let Some(Err(error)) = other {
                    findings.add(Damage::NotAnEntry(error), Place::entry(index));
                }
                self.unread += 1;
                self.any_unread = true;
                return None;
            }
        };
        let place = || Place::Entry {
            index,
            event: Some(leaf.event),
        };
        let by_ms = self.last_time.saturating_sub(leaf.stamp.time_ms);
        if by_ms > 0 {
            findings.add(Damage::TimeWentBack { by_ms }, place());
        }
        self.last_time = self.last_time.max(leaf.stamp.time_ms);
        if let Some(damage) = self.number(leaf.stamp.replica, leaf.stamp.number) {
            findings.add(damage, place());
        }
        let fault = match leaf.kind {
            EntryKind::Intent => {
                let before = self.open.insert(leaf.event, index);
                before.map(|_| Damage::IntentRepeated)
            }
            EntryKind::Completion | EntryKind::Recovery => {
                let begun = self.open.remove(&leaf.event).is_some();
                // The disclosure may be one of the entries that could not be read.
                (!begun && !self.any_unread).then_some(Damage::OutcomeWithoutIntent)
            }
            EntryKind::Erasure => {
                let before = self.absent.len();
                self.absent.retain(|_, event| *event != leaf.event);
                self.erased += (before - self.absent.len()) as u64;
                None
            }
            _ => None,
        };
        if let Some(damage) = fault {
            findings.add(damage, place());
        }
        Some(leaf)
    }

    fn number(&mut self, replica: u32, number: u64) -> Option<Damage> {
        let last = self.numbers.entry(replica).or_insert(0);
        if number <= *last {
            return Some(Damage::NumberRepeated { replica, number });
        }
        let first = *last + 1;
        let missing = number - first;
        *last = number;
        if missing <= self.unread {
            self.unread -= missing;
            return None;
        }
        Some(Damage::NumbersMissing {
            replica,
            first,
            count: missing,
        })
    }

    fn check_details(
        &mut self,
        files: &Reader<'_>,
        number: u64,
        width: u16,
        leaves: &[Option<Leaf>],
        findings: &mut Findings,
    ) {
        let path = details_path(number, width);
        let bytes = match files.read(&path) {
            Ok(bytes) => bytes,
            Err(damage) => {
                for (index, leaf) in (number * TILE_WIDTH..).zip(leaves) {
                    self.lists.entry(index, leaf.as_ref(), None, findings);
                }
                return findings.add(damage, Place::File(path));
            }
        };
        let bundle = unbundle_details(&bytes);
        if !bundle.whole {
            findings.add(Damage::FileBroken, Place::File(path));
        }
        let expected: Vec<Option<Digest>> = leaves
            .iter()
            .map(|leaf| leaf.as_ref().map(|leaf| leaf.ciphertext))
            .collect();
        let found: Vec<Option<Digest>> = bundle
            .items
            .iter()
            .map(|parts| parts.map(|parts| ciphertext_digest(parts.detail, parts.facts)))
            .collect();
        let start = number * TILE_WIDTH;
        let aligned = align(start, &expected, &found);
        let compared = aligned.placement.iter().zip(leaves);
        for (index, (position, leaf)) in (start..).zip(compared) {
            let (Some(position), Some(leaf)) = (position, leaf) else {
                continue;
            };
            match found.get(*position) {
                Some(Some(_)) => self.details = self.details.map(|details| details + 1),
                _ => {
                    self.absent.insert(index, leaf.event);
                }
            }
        }
        for (index, (position, leaf)) in (start..).zip(aligned.placement.iter().zip(leaves)) {
            let kept = position.and_then(|position| bundle.items.get(position).copied().flatten());
            let detail = kept.map(|parts| parts.detail);
            self.lists.entry(index, leaf.as_ref(), detail, findings);
        }
        for mismatch in &aligned.mismatches {
            let position = mismatch
                .index
                .checked_sub(start)
                .and_then(|at| usize::try_from(at).ok());
            if let Some(Some(leaf)) = position.and_then(|at| leaves.get(at)) {
                self.events.insert(mismatch.index, leaf.event);
            }
        }
        self.mismatches.extend(aligned.mismatches);
    }

    fn report_details(&self, findings: &mut Findings) {
        for (index, kind) in classify(&self.mismatches) {
            let damage = match kind {
                Kind::Altered | Kind::Foreign => Damage::DetailAltered,
                Kind::Missing => Damage::DetailMissing,
                Kind::Moved(belongs) => Damage::DetailMoved { belongs },
            };
            let event = self.events.get(&index).copied();
            findings.add(damage, Place::Entry { index, event });
        }
        for (index, event) in &self.absent {
            let place = Place::Entry {
                index: *index,
                event: Some(*event),
            };
            findings.add(Damage::DetailMissing, place);
        }
    }
}
