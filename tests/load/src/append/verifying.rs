//! How fast a log is verified, on one core: the public part alone, and all of it with the client lists replayed.

use std::collections::BTreeMap;
use std::time::Instant;

use gateway_audit::{Ciphertexts, EntryKind, Exporter, Verification, verify_log, verify_public_log};

use super::loads::Logged;

/// Exports the log into memory and verifies it both ways.
pub(crate) async fn report(logged: &Logged) {
    let head = logged.store.head().await.expect("a head").expect("entries");
    let mut exporter = Exporter::new();
    let mut files = BTreeMap::new();
    let (mut from, mut disclosures) = (0, 0);
    while from < head.size {
        for entry in logged.store.entries(from, 5_000).await.expect("entries") {
            let sealed = Ciphertexts {
                detail: entry.sealed_detail,
                facts: entry.sealed_facts,
                wrapped_secret: entry.wrapped_secret,
            };
            let written = exporter.push(&entry.leaf, Some(&sealed)).expect("an export");
            files.extend(written.into_iter().map(|file| (file.path, file.bytes)));
            disclosures += u64::from(entry.kind == EntryKind::Intent.number());
            from += 1;
        }
    }
    let last = exporter.finish(&head.checkpoint).expect("an export");
    files.extend(last.into_iter().map(|file| (file.path, file.bytes)));
    let bytes: usize = files.values().map(Vec::len).sum();
    println!(
        "{} entries, {disclosures} of them disclosures, {} MiB",
        head.size,
        bytes >> 20
    );

    let key = logged.verifier();
    let say = |what: &str, goal: u32, verify: &dyn Fn() -> Verification| {
        let start = Instant::now();
        let verified = verify();
        let rate = head.size as f64 / start.elapsed().as_secs_f64();
        assert!(verified.is_intact(), "{verified}");
        println!("{what}: {rate:.0} entries a second on one core (goal {goal})");
    };
    say("tree, entries and their grammar", 500_000, &|| {
        verify_public_log(&files, key, None)
    });
    say("the same, sealed parts and client lists too", 100_000, &|| {
        verify_log(&files, key, None)
    });
}
