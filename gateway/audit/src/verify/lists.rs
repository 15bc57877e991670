//! The client lists, replayed: was every disclosure filed, in its own batch, and does each root follow?
//!
//! No key is needed. What is not seen here is whether a disclosure went under the *right* client's list: its recipient
//! sees that from the receipt, and an auditor with the keys from the entry.

use std::collections::HashSet;

use gateway_crypto::Digest;
use gateway_types::EventId;

use super::finding::{Damage, Findings, Place};
use crate::kind::EntryKind;
use crate::leaf::Leaf;
use crate::lists::{ListMap, Updates};

/// The replay as far as it came.
#[derive(Debug, Default)]
pub(super) struct Replay {
    map: ListMap,
    /// Disclosures since the last root, which the next one has to file.
    waiting: Vec<(u64, EventId)>,
    begun: bool,
    /// Something the replay needs is damaged; what follows cannot be judged.
    stopped_at: Option<u64>,
    /// The place of the last root.
    last_root: Option<u64>,
    label_key: Option<Digest>,
    last_place: u64,
}

impl Replay {
    /// How many lists there are; `None` if the log keeps none, or they could not be followed to the end.
    pub(super) fn lists(&self) -> Option<u64> {
        (self.begun && self.stopped_at.is_none()).then(|| self.map.len())
    }

    /// Takes in the entry at `place`; `detail` is what is kept for it as its sealed detail.
    pub(super) fn entry(
        &mut self,
        place: u64,
        leaf: Option<&Leaf>,
        detail: Option<&[u8]>,
        findings: &mut Findings,
    ) {
        self.last_place = place;
        if self.stopped_at.is_some() {
            return;
        }
        let Some(leaf) = leaf else {
            self.stopped_at = Some(place);
            return;
        };
        match leaf.kind {
            EntryKind::Intent => self.waiting.push((place, leaf.event)),
            EntryKind::MapRoot => self.root(place, leaf, detail, findings),
            _ => {}
        }
    }

    /// The log has ended.
    pub(super) fn end(&self, findings: &mut Findings) {
        if self.begun && self.stopped_at.is_none() && self.last_root != Some(self.last_place) {
            findings.add(Damage::ListsNotClosed, Place::Log);
        }
    }

    fn root(&mut self, place: u64, leaf: &Leaf, detail: Option<&[u8]>, findings: &mut Findings) {
        let here = Place::Entry {
            index: place,
            event: Some(leaf.event),
        };
        // Disclosures from before the log kept lists are on none.
        let waiting = std::mem::take(&mut self.waiting);
        let begins = !std::mem::replace(&mut self.begun, true);
        self.last_root = Some(place);
        if self
            .label_key
            .replace(leaf.detail)
            .is_some_and(|key| key != leaf.detail)
        {
            findings.add(Damage::LabelKeyChanged, here.clone());
        }
        // That it is missing or altered is found with the sealed parts.
        let Some(detail) = detail else {
            self.stopped_at = Some(place);
            return;
        };
        let Ok(updates) = Updates::decode(detail) else {
            findings.add(Damage::ListsUnreadable, here);
            self.stopped_at = Some(place);
            return;
        };
        let mut new: HashSet<_> = HashSet::new();
        for (label, beginning) in &updates.new {
            if self.map.head(label).is_some() || !new.insert(*label) {
                findings.add(Damage::ListRestarted, here.clone());
            }
            self.map.set(*label, *beginning);
        }
        let mut filed = HashSet::new();
        for update in &updates.filed {
            let is_disclosure = waiting.iter().any(|(waiting, _)| *waiting == update.place);
            let Some(head) = self.map.head(&update.label).filter(|_| is_disclosure) else {
                findings.add(Damage::FiledForeign { place: update.place }, here.clone());
                continue;
            };
            if !filed.insert((update.label, update.place)) {
                findings.add(Damage::FiledTwice, Place::entry(update.place));
            }
            self.map.set(update.label, head.then(update.place));
        }
        let places: HashSet<u64> = filed.into_iter().map(|(_, place)| place).collect();
        for (index, event) in waiting
            .into_iter()
            .filter(|(place, _)| !begins && !places.contains(place))
        {
            findings.add(
                Damage::NotFiled,
                Place::Entry {
                    index,
                    event: Some(event),
                },
            );
        }
        if self.map.root() != leaf.subject {
            findings.add(Damage::ListsRoot, here);
            self.stopped_at = Some(place);
        }
    }
}
