//! The signer's own note of how far the log came: a database put back to an older state, or with another history, is refused
//! at the start.

use std::path::Path;
use std::sync::{Arc, Mutex};

use gateway_audit::{Detail, Entry, EntryKind, seal_entry};
use gateway_crypto::{Digest, Secret, SystemEntropy};
use gateway_exchange::sequencer::{AuditLog, HighWater, LogKey, LogNotOpened, NoMark};
use gateway_store::AuditStore;
use gateway_types::{Clock as _, EventId, SystemClock};

#[derive(Clone, Debug, Default)]
struct Mark(Arc<Mutex<Option<String>>>);

impl HighWater for Mark {
    fn read(&self) -> std::io::Result<Option<String>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn write(&self, checkpoint: &str) -> std::io::Result<()> {
        *self.0.lock().unwrap() = Some(checkpoint.to_owned());
        Ok(())
    }
}

async fn open(
    folder: &Path,
    mark: Box<dyn HighWater>,
) -> Result<(AuditLog, Arc<dyn AuditStore>), LogNotOpened> {
    let (_, audit) = tests_support::open_stores(folder).await;
    let key = LogKey {
        origin: "log.test.example/mark".to_owned(),
        seed: [7; 32],
    };
    let log = AuditLog::open(Arc::clone(&audit), key, Arc::new(SystemClock), mark).await?;
    Ok((log, audit))
}

/// Appends entries and stops, so that the files can be copied.
async fn append(folder: &Path, mark: Box<dyn HighWater>, count: usize) {
    let (log, audit) = open(folder, mark).await.unwrap();
    for _ in 0..count {
        let entry = Entry {
            kind: EntryKind::LogAccess,
            event: EventId::generate(&SystemEntropy).unwrap(),
            detail: &Detail::at(SystemClock.now()),
            facts: b"",
            policy: Digest::of(b"rules"),
            labels: &[],
        };
        let sealed = seal_entry(&entry, &Secret::from_bytes([1; 32]), &SystemEntropy).unwrap();
        log.append(sealed, None).await.unwrap();
    }
    stop(log, audit).await;
}

/// Why it does not open.
async fn why_not(folder: &Path, mark: Mark) -> LogNotOpened {
    match open(folder, Box::new(mark)).await {
        Ok(_) => panic!("the log was opened"),
        Err(error) => error,
    }
}

/// Lets go of the files: the sequencer's thread holds them a little longer.
async fn stop(log: AuditLog, audit: Arc<dyn AuditStore>) {
    drop(log);
    while Arc::strong_count(&audit) > 1 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        if file.path().is_file() {
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_and_another_history_are_refused_at_the_start() {
    let (now, before, other) = (
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let mark = Mark::default();
    append(now.path(), Box::new(mark.clone()), 5).await;
    copy(now.path(), before.path());
    copy(now.path(), other.path());
    append(now.path(), Box::new(mark.clone()), 3).await;
    // What was kept goes on.
    let (log, audit) = open(now.path(), Box::new(mark.clone())).await.unwrap();
    stop(log, audit).await;
    // Each entry has the root of the lists behind it.
    let refused = why_not(before.path(), mark.clone()).await;
    assert!(
        matches!(refused, LogNotOpened::RolledBack { signed: 16, held: 10 }),
        "{refused}"
    );
    // Another history of more entries, signed with the same key.
    append(other.path(), Box::new(NoMark), 9).await;
    let refused = why_not(other.path(), mark.clone()).await;
    assert!(
        matches!(refused, LogNotOpened::RolledBack { signed: 16, held: 28 }),
        "{refused}"
    );
    // A note that is none is no reason to go on without.
    *mark.0.lock().unwrap() = Some("nothing".to_owned());
    let refused = why_not(now.path(), mark).await;
    assert!(matches!(refused, LogNotOpened::Mark(_)), "{refused}");
}
