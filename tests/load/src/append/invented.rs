//! Disclosures of invented clients, as large as real ones: sealed, filed under labels, with their receipts.

use std::sync::Mutex;

use gateway_audit::detail::{AgreementVersion, Outcome, Party, Released};
use gateway_audit::lists::{Class, Filed, Filing, ListName};
use gateway_audit::{
    AccountingNumber, Base64, Detail, Entry, EntryKind, Label, ListKeys, Receipt, SealedEntry, seal_entry,
};
use gateway_crypto::{Digest, LabelProof, Secret, SystemEntropy};
use gateway_exchange::sequencer::Appended;
use gateway_types::vocabulary::{Basis, Category, PurposeOfUse, Regime, WordSet};
use gateway_types::{AgencyId, ClientId, Clock as _, ElementId, EventId, MouId, StaffId, SystemClock};

/// A client, with the lists that its disclosures go under.
pub(crate) struct Client {
    id: ClientId,
    key: Secret,
    /// What a decision found, but for its moment: making that is not the log's work.
    found: Detail,
    facts: Vec<u8>,
    lists: Mutex<Option<Vec<(ListName, Label, LabelProof)>>>,
}

/// A disclosure ready to be appended, and what its receipt needs.
pub(crate) struct Ready {
    pub(crate) entry: SealedEntry,
    pub(crate) client: ClientId,
    pub(crate) event: EventId,
    lists: Vec<(ListName, Label, LabelProof)>,
    number: AccountingNumber,
    answer: Digest,
}

impl Client {
    /// Somebody nobody knows; decisions about them rest on so many bytes of facts and release so many elements.
    pub(crate) fn new((facts, elements): (usize, usize)) -> Self {
        let id = ClientId::generate(&SystemClock, &SystemEntropy).expect("an id");
        Self {
            id,
            key: Secret::generate(&SystemEntropy).expect("a key"),
            found: detail(id, elements),
            facts: vec![b'7'; facts],
            lists: Mutex::default(),
        }
    }

    /// The labels of its lists, made at the first asking, as the gateway does.
    fn lists(&self, keys: &ListKeys) -> Vec<(ListName, Label, LabelProof)> {
        let mut made = self.lists.lock().expect("a lock");
        made.get_or_insert_with(|| {
            let number = AccountingNumber::of(&self.key);
            let named = [
                ("lakeside-hospital", Class::Hipaa),
                ("riverton-hmis", Class::Other),
            ];
            let named = named.map(|(source, class)| {
                let source = AgencyId::new(source).expect("an id");
                let list = ListName {
                    class,
                    source,
                    recipient: None,
                };
                let (label, proof) = keys.label(number, &list).expect("a label");
                (list, label, proof)
            });
            named.to_vec()
        })
        .clone()
    }

    /// A disclosure about the client, from the decision's findings to the sealed entry.
    pub(crate) fn disclosure(&self, keys: &ListKeys) -> Ready {
        let lists = self.lists(keys);
        let labels: Vec<Label> = lists.iter().map(|(_, label, _)| *label).collect();
        let answer = Digest::of(self.id.as_bytes());
        let mut detail = self.found.clone();
        detail.occurred_at = SystemClock.now();
        detail.body = Some(answer);
        let entry = self.sealed(EntryKind::Intent, event(), &detail, &self.facts, &labels);
        Ready {
            event: entry.event(),
            entry,
            client: self.id,
            lists,
            number: AccountingNumber::of(&self.key),
            answer,
        }
    }

    /// That the answer of a disclosure was sent.
    pub(crate) fn completion(&self, event: EventId) -> (SealedEntry, ClientId) {
        let mut detail = Detail::at(SystemClock.now());
        detail.client = Some(self.id);
        detail.outcome = Some(Outcome::Sent { bytes: 9_000 });
        (
            self.sealed(EntryKind::Completion, event, &detail, b"", &[]),
            self.id,
        )
    }

    fn sealed(
        &self,
        kind: EntryKind,
        event: EventId,
        detail: &Detail,
        facts: &[u8],
        labels: &[Label],
    ) -> SealedEntry {
        let entry = Entry {
            kind,
            event,
            detail,
            facts,
            policy: Digest::of(b"rules"),
            labels,
        };
        seal_entry(&entry, &self.key, &SystemEntropy).expect("a sealed entry")
    }
}

fn event() -> EventId {
    EventId::generate(&SystemEntropy).expect("an id")
}

fn detail(client: ClientId, elements: usize) -> Detail {
    let mut detail = Detail::at(SystemClock.now());
    let agency = |name: &str| AgencyId::new(name).expect("an id");
    detail.client = Some(client);
    detail.requester = Some(Party {
        agency: agency("harbor-crisis"),
        person: Some(StaffId::new("d-okafor").expect("an id")),
        role: None,
        system: None,
    });
    detail.purpose = Some(PurposeOfUse::Treat);
    detail.holders = vec![agency("lakeside-hospital"), agency("riverton-hmis")];
    detail.accounting.hipaa = true;
    detail.rule_set = Some(Digest::of(b"rules"));
    detail.agreements = vec![AgreementVersion {
        id: MouId::new("harbor-riverton-2026").expect("an id"),
        hash: Digest::of(b"agreement"),
    }];
    let category = WordSet::<Category>::all().iter().next().expect("a category");
    detail.released = (0..elements)
        .map(|number| Released {
            element: ElementId::generate(&SystemClock, &SystemEntropy).expect("an id"),
            category,
            source: agency(if number % 2 == 0 {
                "lakeside-hospital"
            } else {
                "riverton-hmis"
            }),
            programme: None,
            regimes: [Regime::Hipaa].into_iter().collect(),
            bases: [Basis::Hip506a, Basis::P231a].into_iter().collect(),
            as_of: None,
        })
        .collect();
    detail
}

impl Ready {
    /// How many bytes of the entry the store keeps.
    pub(crate) fn stored(&self) -> usize {
        let parts = self.entry.ciphertexts();
        parts.detail.len() + parts.facts.len() + parts.wrapped_secret.len() + 250
    }
}

/// What is kept of a disclosure for its receipt, while the entry itself goes to the log.
pub(crate) struct Kept {
    event: EventId,
    number: AccountingNumber,
    answer: Digest,
    stated: Option<gateway_audit::Stated>,
    lists: Vec<(ListName, Label, LabelProof)>,
}

impl Ready {
    /// The entry to append, its client, and what is kept.
    pub(crate) fn part(self) -> (SealedEntry, ClientId, Kept) {
        let kept = Kept {
            event: self.event,
            number: self.number,
            answer: self.answer,
            stated: self.entry.stated().cloned(),
            lists: self.lists,
        };
        (self.entry, self.client, kept)
    }
}

impl Kept {
    /// The receipt, as the gateway makes it: inclusion, and the filing under each list.
    pub(crate) fn receipt(self, keys: &ListKeys, appended: &Appended) -> Receipt {
        let filed = self.lists.into_iter().zip(appended.filed());
        Receipt {
            event: self.event,
            index: appended.index(),
            leaf_hash: appended.leaf_hash(),
            disclosure_digest: self.answer,
            checkpoint: appended.checkpoint().to_owned(),
            leaf: Base64(appended.leaf().to_vec()),
            inclusion: appended.inclusion().expect("a proof"),
            stated: self.stated,
            filing: Some(Filing {
                number: self.number,
                label_key: Base64(keys.verifier().to_bytes().to_vec()),
                lists: filed
                    .map(|((list, _, proof), (before, path))| Filed {
                        list,
                        label_proof: Base64(proof.as_bytes().to_vec()),
                        before: Base64::from(&before.0),
                        path: Base64(path.to_bytes()),
                    })
                    .collect(),
                map: appended.map().expect("a proof"),
            }),
        }
    }
}
