//! The proof that an agency's accounting of a client leaves no line out (45 CFR 164.528, 42 CFR 2.25).
//!
//! The lists of suspendable disclosures are never proved, whether anything is on them or not
//! ([`gateway_audit::lists`]). Which list a disclosure is on was settled when it was written. A later release may read the
//! law otherwise; then what the log says was filed counts.

use std::collections::BTreeSet;

use gateway_audit::lists::{Class, CompleteList, CompletenessProof, ListName, ProvedEntry, Update, Updates};
use gateway_audit::tree::inclusion_proof;
use gateway_audit::{AccountingNumber, Base64, EntryKind, Hashes};
use gateway_crypto::Secret;
use gateway_types::AgencyId;

use crate::account::NotAccounted;
use crate::gateway::Gateway;
use crate::sequencer::ShownLists;

/// How many entries are read at once in search of the end of a batch.
const READ: u32 = 64;

/// A disclosure as it is on the lists.
pub(crate) struct Listed {
    pub(crate) place: u64,
    pub(crate) leaf: Vec<u8>,
    pub(crate) lists: Vec<ListName>,
}

/// Where an agency's lists of a client stand.
pub(crate) struct Standing {
    number: AccountingNumber,
    named: Vec<(ListName, gateway_audit::Label, gateway_crypto::LabelProof)>,
    shown: ShownLists,
}

impl Standing {
    /// The entries it covers are those before this place.
    pub(crate) const fn size(&self) -> u64 {
        self.shown.size
    }
}

impl Gateway {
    /// Where the lists of a client that an agency accounts for stand now. What is read of the log afterwards, up to that size,
    /// is all of it.
    pub(crate) async fn where_lists_stand(
        &self,
        key: &Secret,
        agency: &AgencyId,
    ) -> Result<Standing, NotAccounted> {
        let number = AccountingNumber::of(key);
        let mut named = Vec::new();
        for class in Class::PROVABLE {
            let list = ListName {
                class,
                source: agency.clone(),
                recipient: None,
            };
            let (label, proof) = self.log().label(number, &list).map_err(|_| NotAccounted::Fault)?;
            named.push((list, label, proof));
        }
        let labels = named.iter().map(|(_, label, _)| *label).collect();
        let shown = self.log().show_lists(labels).await?;
        Ok(Standing { number, named, shown })
    }

    /// The proof that these are all the disclosures on an agency's lists of a client.
    pub(crate) async fn completeness(
        &self,
        standing: Standing,
        disclosures: &[Listed],
    ) -> Result<CompletenessProof, NotAccounted> {
        let Standing { number, named, shown } = standing;
        let mut lists = Vec::new();
        let mut as_filed = None;
        for ((list, label, proof), path) in named.into_iter().zip(&shown.paths) {
            let show = |places| {
                let keys = self.log().list_keys();
                CompleteList::show(
                    keys,
                    (number, list.clone()),
                    (label, proof),
                    places,
                    path,
                    shown.root,
                )
            };
            let by_law = disclosures.iter().filter(|listed| listed.lists.contains(&list));
            let mut shown_whole = show(by_law.map(|listed| listed.place).collect());
            if shown_whole.is_none() {
                let filed = match as_filed.take() {
                    Some(filed) => filed,
                    None => self.as_filed(disclosures).await?,
                };
                let on_it = filed.iter().filter(|update| update.label == label);
                shown_whole = show(on_it.map(|update| update.place).collect());
                as_filed = Some(filed);
            }
            lists.push(shown_whole.ok_or_else(|| {
                tracing::error!("a client's entries are not those on their lists; no accounting goes out");
                NotAccounted::Fault
            })?);
        }
        let mut entries = Vec::new();
        // Tiles are shared between the proofs, and one at the right edge is made of many: each is read once.
        let on_a_list = |listed: &&Listed| lists.iter().any(|list| list.places.contains(&listed.place));
        let places = disclosures.iter().filter(on_a_list).map(|listed| listed.place);
        let tiles = self.tiles_for(places, shown.size).await?;
        for listed in disclosures.iter().filter(on_a_list) {
            let inclusion =
                inclusion_proof(listed.place, shown.size, &tiles).map_err(|_| NotAccounted::Fault)?;
            entries.push(ProvedEntry {
                place: listed.place,
                leaf: Base64(listed.leaf.clone()),
                inclusion: Hashes(inclusion),
            });
        }
        Ok(CompletenessProof {
            number,
            label_key: Base64(self.log().list_keys().verifier().to_bytes().to_vec()),
            checkpoint: shown.checkpoint,
            map: shown.map,
            lists,
            entries,
        })
    }

    /// Under which labels these disclosures were filed, by the leaves that closed their batches.
    async fn as_filed(&self, disclosures: &[Listed]) -> Result<Vec<Update>, NotAccounted> {
        let mut filed: Vec<Update> = Vec::new();
        let mut closed = 0;
        for listed in disclosures {
            let mut from = listed.place;
            // A batch read for the entry before may hold this one too.
            while closed <= listed.place {
                let entries = self.audit().entries(from, READ).await?;
                let Some(last) = entries.last() else {
                    return Err(NotAccounted::Fault);
                };
                from = last.index + 1;
                let closing = EntryKind::MapRoot.number();
                if let Some(leaf) = entries.iter().find(|entry| entry.kind == closing) {
                    let updates = Updates::decode(&leaf.sealed_detail).map_err(|_| NotAccounted::Fault)?;
                    filed.extend(updates.filed);
                    closed = leaf.index + 1;
                }
            }
        }
        let places: BTreeSet<u64> = disclosures.iter().map(|listed| listed.place).collect();
        filed.retain(|update| places.contains(&update.place));
        Ok(filed)
    }
}
