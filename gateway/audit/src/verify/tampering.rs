//! The table of tampering: each class is done to a copy of a log, and what `verify` says of it is written down, word for
//! word, in `docs/tampering.md`.
//!
//! `ASSENT_WRITE_TAMPERING=1` writes the document; otherwise it has to be as it is made here.

use gateway_crypto::{Digest, SigningKey};

use super::tests::{FIRST, Files, LAST, Log, SECOND, key, log, rebundle, redetail};
use super::witnessed_tests::{cosigned, policy};
use super::*;
use crate::checkpoint::LogSigner;
use crate::export::WITNESSED;
use crate::kind::EntryKind;
use crate::leaf::Stamper;
use crate::lists::tests::crooked;
use crate::lists::{FiledBatch, Head, Label, ListMap, Update};
use crate::note::NoteSigner;

/// Who can do it, and with what it is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Whoever can write the files; found with the log's public key.
    Files,
    /// Whoever has the log's signing key too; found by what even the signer must not do.
    Signer,
    /// Whoever has the signing key and rewrites everything; found with a checkpoint kept from earlier.
    Earlier,
    /// The same; found with witnesses.
    Witnesses,
}

struct Row {
    by: By,
    what: &'static str,
    found: Vec<Finding>,
}

fn words(row: &Row) -> String {
    let first = row
        .found
        .first()
        .map_or_else(|| "NOTHING".to_owned(), ToString::to_string);
    // Some are found in more than one place; the first says what was done.
    first.replace('|', "\\|")
}

/// Something done to the files of a whole log.
fn files(what: &'static str, change: impl FnOnce(&mut Files)) -> Row {
    let mut files = log(700).files();
    change(&mut files);
    let found = verify_log(&files, &key(), None).findings;
    Row {
        by: By::Files,
        what,
        found,
    }
}

/// Something done by the signer, who signs it.
fn signer(what: &'static str, change: impl FnOnce(&mut Log)) -> Row {
    let mut log = log(700);
    change(&mut log);
    let found = verify_log(&log.files(), &key(), None).findings;
    Row {
        by: By::Signer,
        what,
        found,
    }
}

/// Something done to the client lists by who keeps and signs them.
fn lists(what: &'static str, crook: &mut dyn FnMut(&mut ListMap, &mut FiledBatch)) -> Row {
    let place = Place::Log;
    let found = crooked(crook).into_iter();
    let found = found
        .map(|damage| Finding {
            damage,
            place: place.clone(),
        })
        .collect();
    Row {
        by: By::Signer,
        what,
        found,
    }
}

/// A history rewritten and signed anew, which agrees with itself.
fn rewritten(what: &'static str, change: impl Fn(&mut Log)) -> [Row; 2] {
    let honest = log(700);
    let mut other = honest.clone();
    change(&mut other);
    assert!(
        verify_log(&other.files(), &key(), None).is_intact(),
        "{what}: it gives itself away"
    );
    let found = verify_log(&other.files(), &key(), Some(&honest.checkpoint())).findings;
    let mut with = other.files();
    with.insert(WITNESSED.to_owned(), cosigned(&honest, &[(1, 10), (2, 10)]));
    let witnessed = verify_witnessed_log(&with, &key(), &policy(), None, None);
    [
        Row {
            by: By::Earlier,
            what,
            found,
        },
        Row {
            by: By::Witnesses,
            what,
            found: witnessed.verification.findings,
        },
    ]
}

/// A log with what witnesses said of its beginning.
fn witnessed(what: &'static str, by: &[(u8, i64)], bound: Option<i64>) -> Row {
    let whole = log(700);
    let mut files = whole.files();
    files.insert(WITNESSED.to_owned(), cosigned(&whole.truncated(600), by));
    let bound =
        bound.map(|seconds| gateway_types::Timestamp::from_micros((1_795_000_000 + seconds) * 1_000_000));
    let found = verify_witnessed_log(&files, &key(), &policy(), bound, None)
        .verification
        .findings;
    Row {
        by: By::Witnesses,
        what,
        found,
    }
}

fn restamp(log: &mut Log, from: usize) {
    // A signer who rewrites keeps the running numbers whole.
    let mut stampers = [Stamper::resume(1, 0, 0), Stamper::resume(2, 0, 0)];
    for (index, leaf) in log.leaves.iter_mut().enumerate() {
        let stamper = &mut stampers[leaf.stamp.replica as usize - 1];
        let time = gateway_types::Timestamp::from_micros(leaf.stamp.time_ms as i64 * 1000);
        let stamp = stamper.next(time);
        if index >= from {
            leaf.stamp = stamp;
        }
    }
}

fn table() -> Vec<Row> {
    let note = |files: &Files| String::from_utf8(files[CHECKPOINT].clone()).unwrap();
    let mut rows = vec![
        files("a byte of an entry is changed", |f| {
            rebundle(f, FIRST, |e| e[3][100] ^= 4)
        }),
        files("an entry is deleted", |f| {
            rebundle(f, SECOND, |e| drop(e.remove(44)))
        }),
        files("an entry is inserted", |f| {
            rebundle(f, FIRST, |e| {
                let mut forged = e[30].clone();
                forged[60] ^= 1;
                e.insert(31, forged);
            });
        }),
        files("an entry is doubled", |f| {
            rebundle(f, FIRST, |e| {
                let same = e[30].clone();
                e.insert(31, same);
            });
        }),
        files("two entries are exchanged", |f| {
            rebundle(f, SECOND, |e| e.swap(10, 20))
        }),
        files("entries are put in another order", |f| {
            rebundle(f, SECOND, |e| e[4..9].rotate_left(1))
        }),
        files("the last entries are cut off", |f| {
            rebundle(f, LAST, |e| e.truncate(180))
        }),
        files("a file is cut off within an entry", |f| {
            f.get_mut(SECOND).unwrap().truncate(20_050)
        }),
        files("a file of entries is gone", |f| drop(f.remove(SECOND))),
        files("an entry is replaced by bytes that are none", |f| {
            rebundle(f, FIRST, |e| e[9] = b"nothing".to_vec());
        }),
        files("a hash in a tile is changed", |f| {
            f.get_mut("tile/0/001").unwrap()[5] ^= 1
        }),
        files("a hash in a tile of the second level is changed", |f| {
            f.get_mut("tile/1/000.p/2").unwrap()[37] ^= 1;
        }),
        files("a tile is gone", |f| drop(f.remove("tile/0/001"))),
        files("sealed content is changed", |f| {
            redetail(f, "details/000", |d| d[17].as_mut().unwrap().detail[20] ^= 1);
        }),
        files("sealed facts are changed", |f| {
            redetail(f, "details/000", |d| d[17].as_mut().unwrap().facts[20] ^= 1);
        }),
        files("sealed content is exchanged between clients", |f| {
            redetail(f, "details/000", |d| d.swap(3, 8))
        }),
        files("sealed content is deleted without an erasure", |f| {
            redetail(f, "details/000", |d| d[17] = None)
        }),
        files("a file of sealed content is gone", |f| {
            drop(f.remove("details/001"))
        }),
        files("the checkpoint states another size", |f| {
            let changed = note(f).replacen("\n700\n", "\n701\n", 1);
            f.insert(CHECKPOINT.to_owned(), changed.into_bytes());
        }),
        files("the checkpoint states another root", |f| {
            let changed = note(f).replacen('A', "B", 1);
            f.insert(CHECKPOINT.to_owned(), changed.into_bytes());
        }),
        files("the checkpoint has a line added", |f| {
            let changed = note(f).replacen("\n\n", "\nextra\n\n", 1);
            f.insert(CHECKPOINT.to_owned(), changed.into_bytes());
        }),
        files("the checkpoint is signed with another key", |f| {
            let key = SigningKey::from_seed([8; 32]);
            let mut other = LogSigner::new(NoteSigner::new("log.example/2026", key).unwrap(), None);
            f.insert(
                CHECKPOINT.to_owned(),
                other.sign(log(700).head()).unwrap().into_bytes(),
            );
        }),
        files("the checkpoint of an older state is put back", |f| {
            let old = log(700).truncated(400).files().remove(CHECKPOINT).unwrap();
            f.insert(CHECKPOINT.to_owned(), old);
        }),
        files("the checkpoint is gone", |f| drop(f.remove(CHECKPOINT))),
        signer("an entry is back-dated", |l| {
            l.leaves[300].stamp.time_ms -= 60_000
        }),
        signer("an entry is dropped before it reaches the log", |l| {
            l.leaves.remove(303);
            l.sealed.remove(303);
        }),
        signer("an entry is recorded a second time", |l| {
            let (leaf, sealed) = (l.leaves[303].clone(), l.sealed[303].clone());
            l.leaves.insert(304, leaf);
            l.sealed.insert(304, sealed);
        }),
        signer("a disclosure is begun twice under one event", |l| {
            l.leaves[302].event = l.leaves[300].event
        }),
        signer("an outcome is recorded of a disclosure that never was", |l| {
            l.leaves[301].event = crate::testing::event(99_999);
        }),
        signer("a disclosure is made a refusal, its outcome left", |l| {
            l.leaves[300].kind = EntryKind::Denial
        }),
        signer(
            "the sealed content of an entry is exchanged and left uncommitted",
            |l| {
                l.sealed[300] = l.sealed[305].clone();
            },
        ),
        lists("a disclosure is filed under no list", &mut |map, filed| {
            let update = filed.updates.filed.pop().unwrap();
            map.set(update.label, filed.before[0][0]);
        }),
        lists(
            "a line is hidden: the list's head is left as it was",
            &mut |map, filed| {
                let update = filed.updates.filed[0];
                map.set(update.label, filed.before[0][0]);
            },
        ),
        lists("a disclosure is filed twice", &mut |map, filed| {
            let update = filed.updates.filed[0];
            map.set(update.label, map.head(&update.label).unwrap().then(update.place));
            filed.updates.filed.push(update);
        }),
        lists(
            "an earlier disclosure is filed once more, on another's list",
            &mut |_, filed| {
                let label = filed.updates.filed[0].label;
                filed.updates.filed.push(Update { label, place: 0 });
            },
        ),
        lists(
            "a list is begun anew, so that its past is gone",
            &mut |map, filed| {
                let update = filed.updates.filed[0];
                let beginning = Head(Digest::of(b"anew"));
                filed.updates.new.push((update.label, beginning));
                map.set(update.label, beginning.then(update.place));
            },
        ),
        lists("another client's list is changed in secret", &mut |map, _| {
            map.set(Label(Digest::of(b"x")), Head(Digest::of(b"y")));
        }),
        witnessed("one witness alone has cosigned", &[(1, 10)], None),
        witnessed("one witness has cosigned twice", &[(1, 10), (1, 11)], None),
        witnessed(
            "old cosignatures are shown as if they were new",
            &[(1, 10), (2, 10)],
            Some(60),
        ),
        witnessed("the gateway's clock was set ahead", &[(1, -600), (2, -600)], None),
        witnessed(
            "entries were back-dated after they were seen missing",
            &[(1, 600), (2, 600)],
            None,
        ),
    ];
    rows.extend(rewritten(
        "an entry is changed, everything after it made anew",
        |l| {
            l.leaves[300].policy = Digest::of(b"other rules");
        },
    ));
    rows.extend(rewritten(
        "the newest entries are cut off, as by an older backup",
        |l| *l = l.truncated(650),
    ));
    rows.extend(rewritten("an entry is deleted and the numbers closed up", |l| {
        l.leaves.remove(303);
        l.sealed.remove(303);
        restamp(l, 303);
    }));
    rows
}

const HEAD: &str = "# What tampering looks like

Each of these was done to a copy of a log of 700 entries (the client lists: to a small one), and this is what
`assent audit verify` said first. Made by a test; [the audit trail](audit-trail.md) says what the words mean.
";

#[test]
fn every_class_of_tampering_is_done_to_a_copy_and_named() {
    let rows = table();
    assert!(rows.len() >= 30, "{}", rows.len());
    let mut text = HEAD.to_owned();
    for (by, title) in [
        (
            By::Files,
            "By whoever can write the files: found with the log's public key",
        ),
        (
            By::Signer,
            "By whoever has the signing key too: found by what even the signer must not do",
        ),
        (
            By::Earlier,
            "By whoever rewrites everything and signs it anew: found with a checkpoint kept from earlier",
        ),
        (
            By::Witnesses,
            "The same, and games with the clock: found with witnesses",
        ),
    ] {
        text.push_str(&format!(
            "\n## {title}\n\n| what is done | what is said |\n| --- | --- |\n"
        ));
        for row in rows.iter().filter(|row| row.by == by) {
            assert!(!row.found.is_empty(), "not found: {}", row.what);
            text.push_str(&format!("| {} | {} |\n", row.what, words(row)));
        }
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/tampering.md");
    if std::env::var_os("ASSENT_WRITE_TAMPERING").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "docs/tampering.md is not what is found; if that is wanted: ASSENT_WRITE_TAMPERING=1 cargo test -p gateway-audit"
    );
}
