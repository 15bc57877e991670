//! A log kept as the sequencer keeps it, by an honest keeper and by crooked ones who hold the signing key.

use std::collections::BTreeMap;

use gateway_crypto::{Digest, Secret, SigningKey};
use gateway_types::vocabulary::{Basis, Category, PurposeOfUse, Regime};
use gateway_types::{AgencyId, WordSet};

use super::updates::{label_key_digest, map_leaf};
use super::*;
use crate::base64_text::{Base64, Hashes};
use crate::checkpoint::LogSigner;
use crate::detail::{Accounting, Detail, Party, Released};
use crate::export::Exporter;
use crate::kind::EntryKind;
use crate::leaf::Stamper;
use crate::note::{NoteSigner, VerifierKey};
use crate::receipt::{Receipt, ReceiptRefused};
use crate::seal::{Ciphertexts, Entry, SealedEntry, open_entry, seal_entry};
use crate::testing::{SeededEntropy, client, event};
use crate::tree::{Frontier, TileSet, inclusion_proof, leaf_hash};
use crate::verify::{Damage, verify_log};

fn agency(name: &str) -> AgencyId {
    AgencyId::new(name).unwrap()
}

fn client_key(number: u8) -> Secret {
    Secret::from_bytes([number; 32])
}

/// A disclosure of one element of each of these agencies' records.
fn disclosure(number: u8, sources: &[&str], accounting: Accounting, basis: Basis) -> Detail {
    let mut detail = Detail::at("2026-11-22T14:00:00Z".parse().unwrap());
    detail.client = Some(client(number));
    detail.purpose = Some(PurposeOfUse::Treat);
    detail.requester = Some(Party {
        agency: agency("crisis-team"),
        person: None,
        role: None,
        system: None,
    });
    detail.accounting = accounting;
    detail.body = Some(Digest::of(ANSWER));
    detail.released = sources
        .iter()
        .map(|source| Released {
            element: "018f0000-0000-7000-8000-0000000000e1".parse().unwrap(),
            category: WordSet::<Category>::all().iter().next().unwrap(),
            source: agency(source),
            programme: None,
            regimes: regimes_of(source),
            bases: [basis].into_iter().collect(),
            as_of: None,
        })
        .collect();
    detail
}

fn regimes_of(source: &str) -> WordSet<Regime> {
    match source {
        "shelter" => [Regime::Hmis].into_iter().collect(),
        "clinic" => [Regime::Hipaa].into_iter().collect(),
        _ => [Regime::Hipaa, Regime::P2].into_iter().collect(),
    }
}

/// What a keeper files it under; which law asks for which list is not the log's affair.
fn lists_of(detail: &Detail) -> Vec<ListName> {
    let mut lists = Vec::new();
    for released in &detail.released {
        let mut add = |class, recipient| {
            let source = released.source.clone();
            lists.push(ListName {
                class,
                source,
                recipient,
            });
        };
        if released.bases.contains(Basis::Hip512f2) {
            let recipient = detail.requester.as_ref().map(|party| party.agency.clone());
            add(Class::Suspendable, recipient);
            continue;
        }
        let classes = classes_of(detail.accounting, released.regimes);
        classes.into_iter().for_each(|class| add(class, None));
    }
    lists
}

fn classes_of(accounting: Accounting, regimes: WordSet<Regime>) -> Vec<Class> {
    let mut classes = Vec::new();
    if accounting.hipaa && regimes.contains(Regime::Hipaa) {
        classes.push(Class::Hipaa);
    }
    if accounting.part2 && regimes.contains(Regime::P2) {
        classes.push(Class::Part2);
    }
    if classes.is_empty() {
        classes.push(Class::Other);
    }
    classes
}

const ANSWER: &[u8] = b"the answer";
const HIPAA: Accounting = Accounting {
    hipaa: true,
    part2: false,
    via_ehr: false,
};
const BOTH: Accounting = Accounting {
    hipaa: true,
    part2: true,
    via_ehr: false,
};
const NONE: Accounting = Accounting {
    hipaa: false,
    part2: false,
    via_ehr: false,
};

/// What a crooked keeper does between filing a batch and closing it: to the map, and to the updates written down.
pub(crate) type Crook<'c> = &'c mut dyn FnMut(&mut ListMap, &mut FiledBatch);

struct Log {
    keys: ListKeys,
    label_key: Digest,
    map: ListMap,
    leaves: Vec<Vec<u8>>,
    sealed: Vec<Ciphertexts>,
    frontier: Frontier,
    tiles: TileSet,
    signer: LogSigner,
    stamper: Stamper,
    entropy: SeededEntropy,
    events: u64,
}

impl Log {
    fn new() -> Self {
        let keys = ListKeys::of(&Secret::from_bytes([9; 32]));
        let note = NoteSigner::new("log.example/2026", SigningKey::from_seed([9; 32])).unwrap();
        Self {
            label_key: label_key_digest(keys.verifier()),
            keys,
            map: ListMap::default(),
            leaves: Vec::new(),
            sealed: Vec::new(),
            frontier: Frontier::new(),
            tiles: TileSet::default(),
            signer: LogSigner::new(note, None),
            stamper: Stamper::resume(1, 0, 0),
            entropy: SeededEntropy::new(1),
            events: 0,
        }
    }

    fn key(&self) -> VerifierKey {
        self.signer.verifier().clone()
    }

    fn seal(&mut self, detail: &Detail) -> SealedEntry {
        let number = detail.client.unwrap().as_bytes()[15];
        let key = client_key(number);
        let labels: Vec<Label> = lists_of(detail)
            .iter()
            .map(|list| self.keys.label(AccountingNumber::of(&key), list).unwrap().0)
            .collect();
        self.events += 1;
        let entry = Entry {
            kind: EntryKind::Intent,
            event: event(self.events),
            detail,
            facts: b"{}",
            policy: Digest::of(b"rules"),
            labels: &labels,
        };
        seal_entry(&entry, &key, &self.entropy).unwrap()
    }

    fn batch(&mut self, details: &[Detail]) -> Vec<Receipt> {
        self.crooked_batch(details, &mut |_, _| ())
    }

    fn crooked_batch(&mut self, details: &[Detail], crook: Crook<'_>) -> Vec<Receipt> {
        let first = self.frontier.size();
        let entries: Vec<SealedEntry> = details.iter().map(|detail| self.seal(detail)).collect();
        let labelled = (first..).zip(entries.iter().map(SealedEntry::labels));
        let mut filed = self.map.file(&self.keys, labelled);
        crook(&mut self.map, &mut filed);
        let now = "2026-11-22T14:00:00Z".parse().unwrap();
        let mut leaves: Vec<Vec<u8>> = entries
            .iter()
            .map(|entry| entry.leaf(self.stamper.next(now)).encode())
            .collect();
        let updates = filed.updates.encode();
        let place = first + entries.len() as u64;
        let last = map_leaf(
            self.map.root(),
            self.label_key,
            &updates,
            place,
            self.stamper.next(now),
        );
        leaves.push(last.encode());
        self.sealed
            .extend(entries.iter().map(|entry| entry.ciphertexts().clone()));
        self.sealed.push(Ciphertexts {
            detail: updates,
            facts: Vec::new(),
            wrapped_secret: Vec::new(),
        });
        let mut full = Vec::new();
        for leaf in &leaves {
            self.frontier.push(leaf_hash(leaf), &mut full);
        }
        for tile in &full {
            self.tiles.insert(tile.id, &tile.bytes()).unwrap();
        }
        self.tiles.insert_edge(&self.frontier);
        self.leaves.extend(leaves.iter().cloned());
        let checkpoint = self.signer.sign(self.frontier.head()).unwrap();
        let size = self.frontier.size();
        let inclusion = |index| Hashes(inclusion_proof(index, size, &self.tiles).unwrap());
        entries
            .iter()
            .enumerate()
            .map(|(at, entry)| {
                let index = first + at as u64;
                let detail = &details[at];
                let number = AccountingNumber::of(&client_key(detail.client.unwrap().as_bytes()[15]));
                let lists = lists_of(detail)
                    .into_iter()
                    .zip(&filed.before[at])
                    .map(|(list, before)| {
                        let (label, proof) = self.keys.label(number, &list).unwrap();
                        Filed {
                            list,
                            label_proof: Base64(proof.as_bytes().to_vec()),
                            before: Base64::from(&before.0),
                            path: Base64(self.map.path(&label).to_bytes()),
                        }
                    });
                Receipt {
                    event: entry.event(),
                    index,
                    leaf_hash: leaf_hash(&leaves[at]),
                    disclosure_digest: Digest::of(ANSWER),
                    checkpoint: checkpoint.clone(),
                    leaf: Base64(leaves[at].clone()),
                    inclusion: inclusion(index),
                    stated: entry.stated().cloned(),
                    filing: Some(Filing {
                        number,
                        label_key: Base64(self.keys.verifier().to_bytes().to_vec()),
                        lists: lists.collect(),
                        map: MapLeaf {
                            leaf: Base64(last.encode()),
                            inclusion: inclusion(size - 1),
                        },
                    }),
                }
            })
            .collect()
    }

    fn list(&self, number: u8, class: Class, source: &str, places: &[u64]) -> Result<(), Incomplete> {
        let list = ListName {
            class,
            source: agency(source),
            recipient: None,
        };
        let number = AccountingNumber::of(&client_key(number));
        let (label, proof) = self.keys.label(number, &list).unwrap();
        let path = self.map.path(&label);
        let shown = CompleteList {
            list,
            label_proof: Base64(proof.as_bytes().to_vec()),
            blind: Base64::from(&self.keys.blind(&label)),
            places: places.to_vec(),
            path: Base64(path.to_bytes()),
            stands_there: path
                .stands_there
                .map(|(label, head)| Base64([*label.as_bytes(), *head.0.as_bytes()].concat())),
        };
        shown.check(number, self.keys.verifier(), self.map.root())
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut exporter = Exporter::new();
        let mut files = Vec::new();
        for (leaf, sealed) in self.leaves.iter().zip(&self.sealed) {
            files.extend(exporter.push(leaf, Some(sealed)).unwrap());
        }
        let note = NoteSigner::new("log.example/2026", SigningKey::from_seed([9; 32])).unwrap();
        let note = LogSigner::new(note, None).sign(self.frontier.head()).unwrap();
        files.extend(exporter.finish(&note).unwrap());
        files.into_iter().map(|file| (file.path, file.bytes)).collect()
    }

    fn found(&self) -> Vec<Damage> {
        let verification = verify_log(&self.files(), &self.key(), None);
        verification
            .findings
            .into_iter()
            .map(|finding| finding.damage)
            .collect()
    }
}

#[test]
fn an_honest_log_replays_and_every_receipt_shows_its_filing() {
    let mut log = Log::new();
    let mut receipts = log.batch(&[
        disclosure(1, &["clinic"], HIPAA, Basis::Hip506a),
        disclosure(2, &["clinic", "methadone"], BOTH, Basis::P231a),
    ]);
    receipts.extend(log.batch(&[]));
    receipts.extend(log.batch(&[disclosure(1, &["clinic"], BOTH, Basis::P231a)]));
    receipts.extend(log.batch(&[disclosure(1, &["shelter"], NONE, Basis::Hip508c)]));
    let verification = verify_log(&log.files(), &log.key(), None);
    assert!(verification.is_intact(), "{verification}");
    // Client 1: HIPAA of the clinic, other of the shelter. Client 2: HIPAA of both, Part 2 of the programme alone.
    assert_eq!(verification.lists, Some(2 + 3));
    for receipt in &receipts {
        let json = serde_json::to_string(receipt).unwrap();
        let read: Receipt = serde_json::from_str(&json).unwrap();
        let shown = read.check(&log.key()).unwrap();
        assert_eq!(shown.leaf.kind, EntryKind::Intent);
        let stated = &read.stated.as_ref().unwrap().statement;
        assert_eq!(stated.recipient, Some(agency("crisis-team")));
        assert_eq!(stated.purpose, Some(PurposeOfUse::Treat));
    }
    let clinic = agency("clinic");
    assert!(receipts[0].check_for(&log.key(), ANSWER, [&clinic]).is_ok());
    assert_eq!(
        receipts[1].check_for(&log.key(), ANSWER, [&clinic]),
        Err(ReceiptRefused::Filing(NotFiled::Sources))
    );
    assert_eq!(
        receipts[0].check_for(&log.key(), b"another answer", [&clinic]),
        Err(ReceiptRefused::Statement)
    );
}

#[test]
fn a_receipt_shows_nothing_once_any_part_of_it_is_changed() {
    let mut log = Log::new();
    let receipts = log.batch(&[
        disclosure(1, &["clinic"], HIPAA, Basis::Hip506a),
        disclosure(2, &["clinic"], HIPAA, Basis::Hip506a),
    ]);
    let changed = |change: &dyn Fn(&mut Receipt)| {
        let mut receipt = receipts[0].clone();
        change(&mut receipt);
        receipt.check(&log.key()).unwrap_err()
    };
    let filing =
        |receipt: &mut Receipt, change: &dyn Fn(&mut Filing)| change(receipt.filing.as_mut().unwrap());
    // Filed under another client's number, or with the other client's filing.
    let other = receipts[1].filing.clone().unwrap();
    let refused = ReceiptRefused::Filing;
    assert_eq!(
        changed(&|r| filing(r, &|f| f.number = other.number)),
        refused(NotFiled::Label)
    );
    assert_eq!(
        changed(&|r| r.filing = Some(other.clone())),
        refused(NotFiled::List)
    );
    assert_eq!(
        changed(&|r| filing(r, &|f| f.lists[0].list.class = Class::Part2)),
        refused(NotFiled::Label)
    );
    assert_eq!(
        changed(&|r| filing(r, &|f| f.lists[0].before.0[0] ^= 1)),
        refused(NotFiled::List)
    );
    assert_eq!(
        changed(&|r| filing(r, &|f| f.lists[0].path.0[1] ^= 1)),
        refused(NotFiled::List)
    );
    assert_eq!(
        changed(&|r| filing(r, &|f| f.lists.clear())),
        refused(NotFiled::Sources)
    );
    // The root of an entry that is not the last, or no root at all.
    assert_eq!(
        changed(&|r| {
            let leaf = r.leaf.clone();
            let inclusion = r.inclusion.clone();
            filing(r, &|f| {
                f.map = MapLeaf {
                    leaf: leaf.clone(),
                    inclusion: inclusion.clone(),
                }
            });
        }),
        refused(NotFiled::Map)
    );
    let other_key = ListKeys::of(&Secret::from_bytes([1; 32]));
    let other_key = Base64(other_key.verifier().to_bytes().to_vec());
    assert_eq!(
        changed(&|r| filing(r, &|f| f.label_key = other_key.clone())),
        refused(NotFiled::LabelKey)
    );
    // The statement.
    let stated = |r: &mut Receipt| r.stated.as_mut().unwrap().statement.purpose = Some(PurposeOfUse::Hpaymt);
    assert_eq!(changed(&stated), ReceiptRefused::Statement);
    assert_eq!(
        changed(&|r| r.stated = receipts[1].stated.clone()),
        ReceiptRefused::Statement
    );
    assert_eq!(changed(&|r| r.stated = None), ReceiptRefused::Incomplete);
    assert_eq!(changed(&|r| r.filing = None), ReceiptRefused::Incomplete);
    assert_eq!(changed(&|r| r.event = event(77)), ReceiptRefused::OtherEntry);
    assert!(matches!(changed(&|r| r.index = 1), ReceiptRefused::Inclusion(_)));
}

#[test]
fn a_list_is_complete_or_it_is_not_shown_to_be() {
    let mut log = Log::new();
    log.batch(&[disclosure(1, &["clinic"], HIPAA, Basis::Hip506a)]); // 0, root 1
    log.batch(&[
        disclosure(2, &["clinic"], HIPAA, Basis::Hip506a),
        disclosure(1, &["clinic"], HIPAA, Basis::Hip506a),
    ]); // 2, 3, root 4
    log.batch(&[disclosure(1, &["clinic"], HIPAA, Basis::Hip506a)]); // 5
    let list = |places: &[u64]| log.list(1, Class::Hipaa, "clinic", places);
    assert_eq!(list(&[0, 3, 5]), Ok(()));
    for hidden in [&[3, 5][..], &[0, 5], &[0, 3], &[5, 3, 0], &[0, 2, 3, 5]] {
        assert_eq!(list(hidden), Err(Incomplete::Places));
    }
    assert_eq!(list(&[]), Err(Incomplete::NotEmpty));
    assert_eq!(log.list(1, Class::Part2, "clinic", &[]), Ok(()));
    assert_eq!(log.list(3, Class::Hipaa, "clinic", &[]), Ok(()));
    assert_eq!(log.list(3, Class::Hipaa, "clinic", &[0]), Err(Incomplete::Places));
    assert_eq!(
        log.list(1, Class::Suspendable, "clinic", &[]),
        Err(Incomplete::Class)
    );
}

#[test]
fn what_may_be_suspended_is_filed_apart_by_recipient_and_nowhere_else() {
    let lists = lists_of(&disclosure(1, &["clinic", "shelter"], BOTH, Basis::Hip512f2));
    assert_eq!(lists.len(), 2);
    for list in lists {
        assert_eq!(
            (list.class, list.recipient),
            (Class::Suspendable, Some(agency("crisis-team")))
        );
    }
    // A client's own lists are the same bytes whether there was such a disclosure or not.
    let shown = |with: bool| {
        let mut log = Log::new();
        log.batch(&[disclosure(1, &["clinic"], HIPAA, Basis::Hip506a)]);
        if with {
            log.batch(&[disclosure(1, &["clinic"], HIPAA, Basis::Hip512f2)]);
        }
        let number = AccountingNumber::of(&client_key(1));
        let name = ListName {
            class: Class::Hipaa,
            source: agency("clinic"),
            recipient: None,
        };
        let (label, proof) = log.keys.label(number, &name).unwrap();
        let (path, root) = (log.map.path(&label), log.map.root());
        let list =
            CompleteList::show(&log.keys, (number, name), (label, proof), vec![0], &path, root).unwrap();
        (list.places.clone(), list.blind.clone(), list.label_proof.clone())
    };
    assert_eq!(shown(true), shown(false));
}

#[test]
fn an_entry_commits_to_its_lists() {
    let mut log = Log::new();
    let detail = disclosure(1, &["clinic"], HIPAA, Basis::Hip506a);
    let sealed = log.seal(&detail);
    let now = "2026-11-22T14:00:00Z".parse().unwrap();
    let leaf = sealed.leaf(log.stamper.next(now));
    let opened = open_entry(&leaf, &client_key(1), sealed.ciphertexts()).unwrap();
    assert_eq!(opened.is_filed_under(sealed.labels()), Some(true));
    assert_eq!(opened.is_filed_under(&[]), Some(false));
}

/// A log of an honest and then a crooked batch, as the replay sees it.
pub(crate) fn crooked(crook: Crook<'_>) -> Vec<Damage> {
    let mut log = Log::new();
    log.batch(&[disclosure(1, &["clinic"], HIPAA, Basis::Hip506a)]);
    log.crooked_batch(&[disclosure(1, &["clinic"], HIPAA, Basis::Hip506a)], crook);
    log.found()
}

#[test]
fn a_keeper_with_the_signing_key_who_cheats_is_named_by_the_replay() {
    // Files the disclosure nowhere, the map left as it was.
    let nowhere = crooked(&mut |map, filed| {
        let update = filed.updates.filed.pop().unwrap();
        map.set(update.label, filed.before[0][0]);
    });
    assert_eq!(nowhere, [Damage::NotFiled]);
    // Files it in the map alone, or in the updates alone.
    assert_eq!(
        crooked(&mut |map, filed| {
            let update = filed.updates.filed[0];
            map.set(update.label, filed.before[0][0]);
        }),
        [Damage::ListsRoot]
    );
    // Twice.
    let twice = crooked(&mut |map, filed| {
        let update = filed.updates.filed[0];
        map.set(update.label, map.head(&update.label).unwrap().then(update.place));
        filed.updates.filed.push(update);
    });
    assert_eq!(twice, [Damage::FiledTwice]);
    // Files an entry of an earlier batch once more.
    let foreign = crooked(&mut |_, filed| {
        let label = filed.updates.filed[0].label;
        filed.updates.filed.push(Update { label, place: 0 });
    });
    assert_eq!(foreign, [Damage::FiledForeign { place: 0 }]);
    // Begins the list anew, so that its first line is gone.
    let restarted = crooked(&mut |map, filed| {
        let update = filed.updates.filed[0];
        let beginning = Head(Digest::of(b"anew"));
        filed.updates.new.push((update.label, beginning));
        map.set(update.label, beginning.then(update.place));
    });
    assert_eq!(restarted, [Damage::ListRestarted]);
    // Shortens another client's list in secret.
    let secret = crooked(&mut |map, _| map.set(Label(Digest::of(b"x")), Head(Digest::of(b"y"))));
    assert_eq!(secret, [Damage::ListsRoot]);
    assert!(crooked(&mut |_, _| ()).is_empty());
}

#[test]
fn another_label_key_and_a_log_without_its_last_root_are_named() {
    let mut log = Log::new();
    log.batch(&[disclosure(1, &["clinic"], HIPAA, Basis::Hip506a)]);
    log.label_key = Digest::of(b"another key");
    log.batch(&[]);
    assert_eq!(log.found(), [Damage::LabelKeyChanged]);

    let mut log = Log::new();
    log.batch(&[disclosure(1, &["clinic"], HIPAA, Basis::Hip506a)]);
    let sealed = log.seal(&disclosure(2, &["clinic"], HIPAA, Basis::Hip506a));
    let leaf = sealed
        .leaf(log.stamper.next("2026-11-22T14:00:00Z".parse().unwrap()))
        .encode();
    log.frontier.push(leaf_hash(&leaf), &mut Vec::new());
    log.leaves.push(leaf);
    log.sealed.push(sealed.ciphertexts().clone());
    assert_eq!(log.found(), [Damage::ListsNotClosed]);
}
