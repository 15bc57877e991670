//! Every class of tampering against a synthetic log of 700 entries, which crosses two tile boundaries.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use gateway_crypto::{Digest, Secret, SigningKey};

use super::*;
use crate::checkpoint::LogSigner;
use crate::detail::Detail;
use crate::export::{Exporter, unbundle_details, unbundle_entries};
use crate::kind::EntryKind;
use crate::leaf::{Leaf, Stamp, Stamper};
use crate::note::NoteSigner;
use crate::seal::{Ciphertexts, Entry, open_entry, seal_entry};
use crate::testing::{SeededEntropy, client, event};
use crate::tree::{Frontier, TreeHead, concatenate, leaf_hash, root_of};

pub(super) type Files = BTreeMap<String, Vec<u8>>;

const SIZE: u64 = 700;

#[derive(Clone)]
pub(super) struct Log {
    pub(super) leaves: Vec<Leaf>,
    pub(super) sealed: Vec<Option<Ciphertexts>>,
}

fn client_key() -> Secret {
    Secret::from_bytes([0x5c; 32])
}

pub(super) fn signer() -> LogSigner {
    let key = SigningKey::from_seed([9; 32]);
    LogSigner::new(NoteSigner::new("log.example/2026", key).unwrap(), None)
}

pub(super) fn key() -> VerifierKey {
    signer().verifier().clone()
}

/// Disclosures with their outcomes, a refusal now and then; the last disclosure stays open.
pub(super) fn log(size: u64) -> Log {
    static WHOLE: OnceLock<Log> = OnceLock::new();
    if size == SIZE {
        return WHOLE.get_or_init(|| make_log(SIZE)).clone();
    }
    make_log(size)
}

fn make_log(size: u64) -> Log {
    let entropy = SeededEntropy::new(size);
    let key = client_key();
    let mut stampers = [Stamper::resume(1, 0, 0), Stamper::resume(2, 0, 0)];
    let mut log = Log {
        leaves: Vec::new(),
        sealed: Vec::new(),
    };
    for index in 0..size {
        let (kind, event_number) = match index % 5 {
            0 => (EntryKind::Intent, index),
            1 => (EntryKind::Completion, index - 1),
            2 => (EntryKind::Intent, index),
            3 => (EntryKind::Denial, index),
            _ => (EntryKind::Completion, index - 2),
        };
        let now = gateway_types::Timestamp::from_micros((1_795_000_000_000 + index as i64 * 7) * 1000);
        let mut detail = Detail::at(now);
        detail.client = Some(client(index as u8));
        detail.withheld = index;
        let facts = format!("{{\"n\":{index}}}");
        let entry = Entry {
            kind,
            event: event(event_number),
            detail: &detail,
            facts: facts.as_bytes(),
            policy: Digest::of(b"rules"),
            labels: &[],
        };
        let sealed = seal_entry(&entry, &key, &entropy).unwrap();
        let replica = usize::from(index % 3 == 0);
        log.leaves.push(sealed.leaf(stampers[replica].next(now)));
        log.sealed.push(Some(sealed.ciphertexts().clone()));
    }
    log
}

impl Log {
    fn bytes(&self) -> Vec<Vec<u8>> {
        self.leaves.iter().map(Leaf::encode).collect()
    }

    pub(super) fn head(&self) -> TreeHead {
        let hashes: Vec<Digest> = self.bytes().iter().map(|leaf| leaf_hash(leaf)).collect();
        Frontier::new().extended(&hashes).0.head()
    }

    /// The log as an honest (or insider) signer exports it.
    pub(super) fn files(&self) -> Files {
        let mut exporter = Exporter::new();
        let mut files = Vec::new();
        for (leaf, sealed) in self.bytes().iter().zip(&self.sealed) {
            files.extend(exporter.push(leaf, sealed.as_ref()).unwrap());
        }
        let note = signer().sign(self.head()).unwrap();
        files.extend(exporter.finish(&note).unwrap());
        files.into_iter().map(|file| (file.path, file.bytes)).collect()
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            origin: "log.example/2026".into(),
            head: self.head(),
        }
    }

    pub(super) fn truncated(&self, size: usize) -> Self {
        Self {
            leaves: self.leaves[..size].to_vec(),
            sealed: self.sealed[..size].to_vec(),
        }
    }
}

pub(super) fn findings(files: &Files) -> Vec<Finding> {
    let verification = verify_log(files, &key(), None);
    assert_eq!(verification.further_findings, 0);
    verification.findings
}

fn only(files: &Files) -> (Damage, Place) {
    let found = findings(files);
    assert_eq!(found.len(), 1, "{found:#?}");
    (found[0].damage.clone(), found[0].place.clone())
}

/// Takes the entry bundle apart, lets `change` work on its entries and puts it together again.
pub(super) fn rebundle(files: &mut Files, path: &str, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
    let bundle = files.get_mut(path).unwrap();
    let mut entries: Vec<Vec<u8>> = unbundle_entries(bundle)
        .items
        .iter()
        .map(|entry| entry.to_vec())
        .collect();
    change(&mut entries);
    *bundle = entries
        .iter()
        .flat_map(|entry| [&(entry.len() as u16).to_be_bytes(), entry.as_slice()].concat())
        .collect();
}

pub(super) fn redetail(files: &mut Files, path: &str, change: impl FnOnce(&mut Vec<Option<Ciphertexts>>)) {
    let bundle = files.get_mut(path).unwrap();
    let mut items: Vec<Option<Ciphertexts>> = unbundle_details(bundle)
        .items
        .iter()
        .map(|parts| parts.map(crate::export::SealedParts::to_ciphertexts))
        .collect();
    change(&mut items);
    let mut exporter = Exporter::new();
    for item in &items {
        exporter.push(b"", item.as_ref()).unwrap();
    }
    let head = {
        let hashes = vec![leaf_hash(b""); items.len()];
        Frontier::new().extended(&hashes).0.head()
    };
    let note = signer().sign(head).unwrap();
    let made = if items.len() == 256 {
        let mut exporter = Exporter::new();
        items
            .iter()
            .flat_map(|item| exporter.push(b"", item.as_ref()).unwrap())
            .collect()
    } else {
        exporter.finish(&note).unwrap()
    };
    *bundle = made
        .into_iter()
        .find(|file| file.path.starts_with("details/"))
        .unwrap()
        .bytes;
}

pub(super) const FIRST: &str = "tile/entries/000";
pub(super) const SECOND: &str = "tile/entries/001";
pub(super) const LAST: &str = "tile/entries/002.p/188";

#[test]
fn an_untouched_log_is_intact_at_every_kind_of_size() {
    for size in [0, 1, 2, 255, 256, 257, 512, SIZE] {
        let log = log(size);
        let verification = verify_log(&log.files(), &key(), Some(&log.checkpoint()));
        assert!(verification.is_intact(), "{size}: {verification}");
        assert_eq!((verification.entries, verification.details), (size, Some(size)));
    }
    let verification = verify_log(&log(698).files(), &key(), None);
    assert_eq!(verification.open_intents, [(697, event(697))]);
    let words = verification.to_string();
    assert!(
        words.contains("1 disclosures have no recorded outcome"),
        "{words}"
    );
    assert!(words.ends_with("Nothing was found wrong."), "{words}");
}

#[test]
fn a_flipped_byte_in_an_entry_names_the_entry() {
    let log = log(SIZE);
    for (path, index, at) in [(FIRST, 3, 3), (SECOND, 300, 300 - 256), (LAST, 699, 699 - 512)] {
        let mut files = log.files();
        rebundle(&mut files, path, |entries| entries[at][100] ^= 0x04);
        assert_eq!(only(&files), (Damage::EntryAltered, Place::entry(index)));
    }
}

#[test]
fn a_flipped_byte_in_sealed_content_names_entry_and_event() {
    let log = log(SIZE);
    for (path, index) in [("details/000", 17), ("details/002.p/188", 600)] {
        for part in 0..2 {
            let mut files = log.files();
            redetail(&mut files, path, |items| {
                let item = items[index as usize % 256].as_mut().unwrap();
                [&mut item.detail, &mut item.facts][part][20] ^= 1;
            });
            let event = Some(log.leaves[index as usize].event);
            assert_eq!(
                only(&files),
                (Damage::DetailAltered, Place::Entry { index, event })
            );
        }
    }
}

#[test]
fn a_flipped_byte_in_a_tile_names_the_tile_and_clears_the_entries() {
    let log = log(SIZE);
    for (path, slot) in [
        ("tile/0/000", 255),
        ("tile/0/001", 0),
        ("tile/0/002.p/188", 187),
        ("tile/1/000.p/2", 1),
    ] {
        let mut files = log.files();
        files.get_mut(path).unwrap()[slot * 32 + 5] ^= 1;
        let damage = Damage::TileAltered {
            first: slot as u64,
            count: 1,
        };
        assert_eq!(only(&files), (damage, Place::File(path.to_owned())));
    }
}

#[test]
fn a_changed_checkpoint_is_named() {
    let log = log(20);
    let good = log.files();
    let note = String::from_utf8(good[CHECKPOINT].clone()).unwrap();
    for at in 0..note.len() {
        let mut files = good.clone();
        files.get_mut(CHECKPOINT).unwrap()[at] ^= 1;
        let found = findings(&files);
        assert!(
            matches!(&found[0].damage, Damage::Checkpoint(_))
                && found[0].place == Place::File(CHECKPOINT.into()),
            "byte {at}: {found:?}"
        );
    }
    let mut files = good;
    files.remove(CHECKPOINT);
    assert_eq!(
        only(&files),
        (Damage::FileMissing, Place::File(CHECKPOINT.into()))
    );
}

#[test]
fn a_checkpoint_of_another_key_proves_nothing() {
    let mut files = log(300).files();
    let other = SigningKey::from_seed([8; 32]);
    let mut other = LogSigner::new(NoteSigner::new("log.example/2026", other).unwrap(), None);
    let note = other.sign(log(300).head()).unwrap();
    files.insert(CHECKPOINT.into(), note.into_bytes());
    let expected = Damage::Checkpoint(CheckpointError::Note(NoteError::NotSigned));
    assert_eq!(only(&files), (expected, Place::File(CHECKPOINT.into())));
}

#[test]
fn a_deleted_entry_is_named_and_not_those_that_moved_up() {
    for (path, index) in [(FIRST, 0), (FIRST, 255), (SECOND, 300), (LAST, 512), (LAST, 699)] {
        let mut files = log(SIZE).files();
        rebundle(&mut files, path, |entries| {
            entries.remove(index % 256);
        });
        assert_eq!(only(&files), (Damage::EntryMissing, Place::entry(index as u64)));
    }
}

#[test]
fn swapped_reordered_and_inserted_entries_are_named() {
    let mut files = log(SIZE).files();
    rebundle(&mut files, SECOND, |entries| entries.swap(10, 20));
    let found: Vec<(Damage, Place)> = findings(&files)
        .into_iter()
        .map(|finding| (finding.damage, finding.place))
        .collect();
    assert_eq!(
        found,
        [
            (Damage::EntryMoved { belongs: 276 }, Place::entry(266)),
            (Damage::EntryMoved { belongs: 266 }, Place::entry(276)),
        ]
    );

    let mut files = log(SIZE).files();
    let stolen = unbundle_entries(&files[FIRST]).items[7].to_vec();
    let mut other = Vec::new();
    rebundle(&mut files, LAST, |entries| {
        other = std::mem::replace(&mut entries[8], stolen);
    });
    rebundle(&mut files, FIRST, |entries| entries[7] = other);
    let found = findings(&files);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].damage, Damage::EntryMoved { belongs: 520 });
    assert_eq!(found[1].damage, Damage::EntryMoved { belongs: 7 });

    let mut files = log(SIZE).files();
    rebundle(&mut files, SECOND, |entries| entries[4..9].rotate_left(1));
    let found = findings(&files);
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(
        found
            .iter()
            .all(|f| matches!(f.damage, Damage::EntryMoved { .. }))
    );

    let mut files = log(SIZE).files();
    rebundle(&mut files, FIRST, |entries| {
        let mut forged = entries[30].clone();
        forged[60] ^= 1;
        entries.insert(31, forged);
    });
    assert_eq!(only(&files), (Damage::EntryForeign, Place::entry(31)));
}

#[test]
fn truncation_is_named() {
    // The last entries cut out of the bundle, file otherwise sound.
    let mut files = log(SIZE).files();
    rebundle(&mut files, LAST, |entries| entries.truncate(180));
    let expected = Place::Entries {
        first: 692,
        last: 699,
    };
    assert_eq!(only(&files), (Damage::EntryMissing, expected));
    // The file cut in the middle of an entry.
    let mut files = log(SIZE).files();
    let bundle = files.get_mut(SECOND).unwrap();
    let whole = unbundle_entries(bundle).items[..100]
        .iter()
        .map(|entry| entry.len() + 2)
        .sum::<usize>();
    bundle.truncate(whole + 50);
    let found = findings(&files);
    assert_eq!(found[0].damage, Damage::FileBroken);
    assert_eq!(found[1].damage, Damage::EntryMissing);
    let expected = Place::Entries {
        first: 356,
        last: 511,
    };
    assert_eq!(found[1].place, expected);
    // A whole bundle gone; a whole tile gone; the tail of the folder gone.
    let mut files = log(SIZE).files();
    files.remove(SECOND);
    let expected = Place::Entries {
        first: 256,
        last: 511,
    };
    assert_eq!(only(&files), (Damage::EntryMissing, expected));
    let mut files = log(SIZE).files();
    files.remove("tile/0/001");
    assert_eq!(
        only(&files),
        (Damage::FileMissing, Place::File("tile/0/001".into()))
    );
    let mut files = log(SIZE).files();
    files.remove("tile/1/000.p/2");
    assert_eq!(
        only(&files),
        (Damage::FileMissing, Place::File("tile/1/000.p/2".into()))
    );
}

#[test]
fn an_older_copy_of_the_log_is_recognised_by_a_later_checkpoint() {
    let now = log(SIZE);
    let old = now.truncated(400);
    assert!(verify_log(&old.files(), &key(), None).is_intact());
    let found = verify_log(&old.files(), &key(), Some(&now.checkpoint())).findings;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].damage, Damage::RolledBack { earlier: SIZE });
    for size in [0, 1, 255, 256, 257, 400, 512, 699, 700] {
        let earlier = now.truncated(size).checkpoint();
        let verification = verify_log(&now.files(), &key(), Some(&earlier));
        assert!(verification.is_intact(), "{size}: {verification}");
    }
    let mut other = now.checkpoint();
    other.origin = "another.example".into();
    let found = verify_log(&now.files(), &key(), Some(&other)).findings;
    assert_eq!(found[0].damage, Damage::OtherLog);
}

#[test]
fn a_rewritten_log_signed_anew_is_recognised_only_by_an_earlier_checkpoint() {
    let honest = log(SIZE);
    for (changed, earlier, caught) in [
        (3, 300, true),
        (299, 300, true),
        (300, 300, false),
        (600, 650, true),
    ] {
        let mut rewritten = honest.clone();
        rewritten.leaves[changed].policy = Digest::of(b"other rules");
        let files = rewritten.files();
        assert!(verify_log(&files, &key(), None).is_intact());
        let kept = honest.truncated(earlier).checkpoint();
        let found = verify_log(&files, &key(), Some(&kept)).findings;
        assert_eq!(!found.is_empty(), caught, "{changed} {earlier}");
        if caught {
            let expected = Damage::Rewritten {
                earlier: earlier as u64,
            };
            assert_eq!(found[0].damage, expected);
        }
    }
}

#[test]
fn an_entry_changed_together_with_its_tiles_is_found_by_the_signed_root() {
    let log = log(SIZE);
    let mut files = log.files();
    rebundle(&mut files, SECOND, |entries| entries[44][100] ^= 1);
    let hashes: Vec<Digest> = unbundle_entries(&files[SECOND])
        .items
        .iter()
        .map(|entry| leaf_hash(entry))
        .collect();
    files.insert("tile/0/001".into(), concatenate(&hashes));
    let expected = Place::Entries {
        first: 256,
        last: 511,
    };
    assert_eq!(only(&files), (Damage::EntryAltered, expected));
    let upper = files.get_mut("tile/1/000.p/2").unwrap();
    upper.splice(32..64, *root_of(&hashes).as_bytes());
    assert_eq!(only(&files), (Damage::RootDiffers, Place::Log));
}

#[test]
fn damage_in_several_places_is_all_named() {
    let log = log(SIZE);
    let mut files = log.files();
    rebundle(&mut files, FIRST, |entries| entries[5][100] ^= 1);
    files.get_mut("tile/0/001").unwrap()[0] ^= 1;
    rebundle(&mut files, LAST, |entries| {
        entries.remove(9);
    });
    let found: Vec<String> = findings(&files).iter().map(|f| f.place.to_string()).collect();
    assert_eq!(found, ["file tile/0/001", "entry 5", "entry 521"]);
}

#[test]
fn what_even_the_signer_must_not_do_is_named() {
    let place = |log: &Log, index: usize| Place::Entry {
        index: index as u64,
        event: Some(log.leaves[index].event),
    };

    let mut back = log(SIZE);
    back.leaves[300].stamp.time_ms -= 100;
    let (damage, at) = only(&back.files());
    assert_eq!(
        (damage, at),
        (Damage::TimeWentBack { by_ms: 93 }, place(&back, 300))
    );

    // An entry dropped before it was in the tree: everything signed, one number gone.
    let mut hole = log(SIZE);
    let gone = hole.leaves[303].stamp;
    hole.leaves.remove(303);
    hole.sealed.remove(303);
    let (damage, at) = only(&hole.files());
    let expected = Damage::NumbersMissing {
        replica: gone.replica,
        first: gone.number,
        count: 1,
    };
    assert_eq!((damage, at), (expected, place(&hole, 305)));

    let mut doubled = log(SIZE);
    doubled.leaves.push(doubled.leaves[3].clone());
    doubled.sealed.push(doubled.sealed[3].clone());
    doubled.leaves[700].stamp.time_ms += 100_000;
    let Stamp { replica, number, .. } = doubled.leaves[3].stamp;
    let expected = Damage::NumberRepeated { replica, number };
    assert_eq!(only(&doubled.files()), (expected, place(&doubled, 700)));

    let mut log_with = log(SIZE);
    log_with.leaves[301].event = event(999_999);
    let found = findings(&log_with.files());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].damage, Damage::OutcomeWithoutIntent);
    assert_eq!(found[0].place, place(&log_with, 301));

    let mut log_with = log(SIZE);
    log_with.leaves[302].event = log_with.leaves[0].event;
    log_with.leaves[304].event = log_with.leaves[0].event;
    log_with.leaves[1].kind = EntryKind::Denial;
    let found = findings(&log_with.files());
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].damage, Damage::IntentRepeated);
}

#[test]
fn sealed_content_that_is_gone_needs_a_recorded_erasure() {
    let mut log = log(SIZE);
    log.sealed[300] = None;
    let lost = log.leaves[300].event;
    let place = Place::Entry {
        index: 300,
        event: Some(lost),
    };
    assert_eq!(only(&log.files()), (Damage::DetailMissing, place));

    let mut erasure = log.leaves[699].clone();
    erasure.kind = EntryKind::Erasure;
    erasure.event = lost;
    erasure.stamp.number = log
        .leaves
        .iter()
        .filter(|leaf| leaf.stamp.replica == erasure.stamp.replica)
        .count() as u64
        + 1;
    log.leaves.push(erasure);
    log.sealed.push(log.sealed[699].clone());
    let verification = verify_log(&log.files(), &key(), None);
    assert!(verification.is_intact(), "{verification}");
    assert_eq!((verification.erased, verification.details), (1, Some(SIZE)));
}

#[test]
fn sealed_content_swapped_deleted_or_left_out_is_named() {
    let log = log(SIZE);
    let mut files = log.files();
    redetail(&mut files, "details/001", |items| items.swap(0, 9));
    let found = findings(&files);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].damage, Damage::DetailMoved { belongs: 265 });

    let mut files = log.files();
    redetail(&mut files, "details/002.p/188", |items| {
        items.remove(40);
        items.push(None);
    });
    let found = findings(&files);
    assert_eq!(found[0].damage, Damage::DetailMissing);
    let place = Place::Entry {
        index: 552,
        event: Some(log.leaves[552].event),
    };
    assert_eq!(found[0].place, place);

    let mut files = log.files();
    files.remove("details/001");
    assert_eq!(
        only(&files),
        (Damage::FileMissing, Place::File("details/001".into()))
    );
    files.retain(|path, _| !path.starts_with("details/"));
    let public = verify_public_log(&files, &key(), None);
    assert!(public.is_intact() && public.details.is_none(), "{public}");
}

#[test]
fn no_byte_of_any_file_can_be_changed_unnoticed() {
    let log = log(260);
    let good = log.files();
    for (path, bytes) in &good {
        let bundle = path.starts_with("details") || path.starts_with("tile/entries");
        for at in (0..bytes.len()).step_by(if bundle { 499 } else { 101 }) {
            let mut files = good.clone();
            files.get_mut(path).unwrap()[at] ^= 0x20;
            if !verify_log(&files, &key(), None).is_intact() {
                continue;
            }
            // Only a wrapped secret may change unseen by those without keys; whoever has the key sees it.
            let changed = unbundle_details(&files[path]);
            let before = unbundle_details(bytes);
            let (position, parts) = (0..changed.items.len())
                .map(|n| (n, changed.items[n].unwrap()))
                .find(|(n, parts)| parts.wrapped_secret != before.items[*n].unwrap().wrapped_secret)
                .unwrap_or_else(|| panic!("byte {at} of {path} was changed unnoticed"));
            let index = position + if path.contains("001") { 256 } else { 0 };
            assert!(open_entry(&log.leaves[index], &client_key(), &parts.to_ciphertexts()).is_err());
        }
    }
}

#[test]
fn a_recorded_entry_outside_the_grammar_is_named() {
    let mut frontier = Frontier::new();
    let mut files = Files::new();
    let mut entry = log(1).leaves[0].encode();
    entry.push(0);
    frontier.push(leaf_hash(&entry), &mut Vec::new());
    let bundle = [&(entry.len() as u16).to_be_bytes(), entry.as_slice()].concat();
    files.insert("tile/entries/000.p/1".into(), bundle);
    files.insert("tile/0/000.p/1".into(), leaf_hash(&entry).as_bytes().to_vec());
    files.insert("details/000.p/1".into(), vec![0]);
    files.insert(
        CHECKPOINT.into(),
        signer().sign(frontier.head()).unwrap().into_bytes(),
    );
    let expected = Damage::NotAnEntry(crate::leaf::LeafError::NotCanonical);
    assert_eq!(only(&files), (expected, Place::entry(0)));
}

#[test]
fn a_checkpoint_that_claims_an_absurd_size_does_not_hold_the_verifier_up() {
    let mut files = log(300).files();
    let head = TreeHead {
        size: u64::MAX,
        root: Digest::of(b""),
    };
    files.insert(CHECKPOINT.into(), signer().sign(head).unwrap().into_bytes());
    let found = findings(&files);
    assert!(!found.is_empty() && found.len() < 20, "{found:?}");
}

#[test]
fn findings_are_words_without_client_data_and_say_where() {
    let mut files = log(SIZE).files();
    rebundle(&mut files, SECOND, |entries| entries[44][100] ^= 1);
    let words = verify_log(&files, &key(), None).to_string();
    assert!(
        words.contains("entry 300: it was changed after it was recorded"),
        "{words}"
    );
    assert!(words.ends_with("The log is NOT as it was signed."), "{words}");
}
