//! The proof that an agency's accounting of a client leaves no line out (45 CFR 164.528, 42 CFR 2.25).
//!
//! The lists of suspendable disclosures are never proved, whether anything is on them or not
//! ([`gateway_audit::lists`]).

use gateway_audit::lists::{Class, CompleteList, CompletenessProof, ListName, ProvedEntry};
use gateway_audit::tree::inclusion_proof;
use gateway_audit::{AccountingNumber, Base64, Hashes};
use gateway_crypto::Secret;
use gateway_types::AgencyId;

use crate::account::NotAccounted;
use crate::gateway::Gateway;
use crate::sequencer::ShownLists;

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
        for ((list, label, proof), path) in named.into_iter().zip(&shown.paths) {
            let on_it = disclosures.iter().filter(|listed| listed.lists.contains(&list));
            let places = on_it.map(|listed| listed.place).collect();
            let keys = self.log().list_keys();
            let list = CompleteList::show(keys, (number, list), (label, proof), places, path, shown.root);
            lists.push(list.ok_or_else(|| {
                tracing::error!("a client's entries are not those on their lists; no accounting goes out");
                NotAccounted::Fault
            })?);
        }
        let mut entries = Vec::new();
        for listed in disclosures {
            if !lists.iter().any(|list| list.places.contains(&listed.place)) {
                continue;
            }
            let tiles = self.tiles_for(listed.place, shown.size).await?;
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
}
