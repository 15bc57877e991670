//! Writes that never reached the disk, as after a power cut: what had been acknowledged is there, or the start is refused.
//!
//! SQLite flushes its write-ahead log at each commit. So what a power cut may take is what was written after the last
//! flush, in any part and any order. The files are copied after an acknowledged batch and after a next one; of what the
//! next wrote, every beginning, and any sectors of it, are then put onto the disk, over what stood there before.

use std::path::Path;
use std::sync::Arc;

use gateway_audit::{Checkpoint, Detail, Entry, EntryKind, VerifierKey, seal_entry, verify_log};
use gateway_crypto::{Digest, Secret, SystemEntropy};
use gateway_exchange::sequencer::{AuditLog, HighWater, LogKey, LogNotOpened, NoMark};
use gateway_store::AuditStore;
use gateway_types::{Clock as _, Entropy as _, EventId, SystemClock};

/// The header of the write-ahead log, and of each frame in it.
const HEADER: usize = 32;
const FRAME: usize = 24 + 4096;
const SECTOR: usize = 512;

fn key() -> LogKey {
    LogKey {
        origin: "log.test.example/lost".to_owned(),
        seed: [7; 32],
    }
}

async fn open(
    folder: &Path,
    mark: Box<dyn HighWater>,
) -> Result<(AuditLog, Arc<dyn AuditStore>), LogNotOpened> {
    let (_, audit) = tests_support::open_stores(folder).await;
    let log = AuditLog::open(Arc::clone(&audit), key(), Arc::new(SystemClock), mark).await?;
    Ok((log, audit))
}

/// Appends a batch and gives back the size of the log that covers it.
async fn append(log: &AuditLog) -> u64 {
    let entry = Entry {
        kind: EntryKind::LogAccess,
        event: EventId::generate(&SystemEntropy).unwrap(),
        detail: &Detail::at(SystemClock.now()),
        facts: &[7; 3000],
        policy: Digest::of(b"rules"),
        labels: &[],
    };
    let sealed = seal_entry(&entry, &Secret::from_bytes([1; 32]), &SystemEntropy).unwrap();
    let appended = log.append(sealed, None).await.unwrap();
    Checkpoint::open(appended.checkpoint(), log.verifier())
        .unwrap()
        .head
        .size
}

/// The files of a log as they stand on the disk.
#[derive(Clone)]
struct Files {
    database: Vec<u8>,
    written_ahead: Vec<u8>,
    master: Vec<u8>,
}

impl Files {
    fn read(folder: &Path) -> Self {
        let read = |name| std::fs::read(folder.join(name)).unwrap();
        Self {
            database: read("audit.db"),
            written_ahead: read("audit.db-wal"),
            master: read("master.key"),
        }
    }

    /// A folder with these files. What SQLite keeps in shared memory is gone after a power cut.
    fn put(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("audit.db", &self.database);
        write("audit.db-wal", &self.written_ahead);
        write("master.key", &self.master);
        folder
    }

    fn with(&self, written_ahead: Vec<u8>) -> Self {
        Self {
            written_ahead,
            ..self.clone()
        }
    }
}

/// Starts on these files: the log must open, hold what was acknowledged, verify, and go on.
async fn recovers(files: &Files, acknowledged: u64, case: &str) {
    let folder = files.put();
    let opened = open(folder.path(), Box::new(NoMark)).await;
    let (log, audit) = opened.unwrap_or_else(|error| panic!("{case}: {error}"));
    let held = audit.head().await.unwrap().unwrap().size;
    assert!(
        held >= acknowledged,
        "{case}: {held} entries of {acknowledged} acknowledged"
    );
    append(&log).await;
    verify(&*audit, log.verifier(), case).await;
}

async fn verify(audit: &dyn AuditStore, key: &VerifierKey, case: &str) {
    let verification = verify_log(&tests_support::exported(audit).await, key, None);
    assert!(verification.is_intact(), "{case}: {verification}");
}

/// A log with some acknowledged batches, and what one more wrote.
struct PowerCut {
    before: Files,
    after: Files,
    acknowledged: u64,
}

impl PowerCut {
    async fn during_the_next_batch() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (log, _audit) = open(folder.path(), Box::new(NoMark)).await.unwrap();
        let mut acknowledged = 0;
        for _ in 0..5 {
            acknowledged = append(&log).await;
        }
        let before = Files::read(folder.path());
        append(&log).await;
        let after = Files::read(folder.path());
        assert_eq!(
            before.database, after.database,
            "the batch went into the write-ahead log alone"
        );
        Self {
            before,
            after,
            acknowledged,
        }
    }

    /// Where what was not flushed begins.
    fn from(&self) -> usize {
        let (before, after) = (&self.before.written_ahead, &self.after.written_ahead);
        let same = before.iter().zip(after).take_while(|(one, other)| one == other);
        same.count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_beginning_of_a_batch_reached_the_disk_the_log_has_all_that_was_acknowledged() {
    let cut = PowerCut::during_the_next_batch().await;
    let (from, whole) = (cut.from(), &cut.after.written_ahead);
    let frames = (whole.len() - from) / FRAME;
    assert!(
        frames >= 3 && (from - HEADER).is_multiple_of(FRAME),
        "{frames} frames from {from}"
    );
    for frame in 0..=frames {
        let start = from + frame * FRAME;
        // At the end of a frame; within its header, its page, and one byte short of its end.
        for more in [0, 1, 24, 100, 2048, FRAME - 1] {
            let length = (start + more).min(whole.len());
            let cut_short = cut.before.with(whole[..length].to_vec());
            recovers(
                &cut_short,
                cut.acknowledged,
                &format!("{length} of {} bytes", whole.len()),
            )
            .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_sectors_of_a_batch_reached_the_disk_the_log_has_all_that_was_acknowledged() {
    let cut = PowerCut::during_the_next_batch().await;
    let (from, whole) = (cut.from(), &cut.after.written_ahead);
    for round in 0..40 {
        let mut torn = whole.clone();
        let mut chance = vec![0u8; whole.len() / SECTOR + 1];
        SystemEntropy.fill(&mut chance).unwrap();
        for (sector, chance) in chance.iter().enumerate() {
            let (start, end) = (sector * SECTOR, ((sector + 1) * SECTOR).min(whole.len()));
            // Flushed before, or written after all.
            if end <= from || chance % 2 == 0 {
                continue;
            }
            let first = start.max(from);
            for (at, byte) in (first..end).zip(&mut torn[first..end]) {
                // What stood there before the file was made longer is nothing.
                *byte = cut.before.written_ahead.get(at).copied().unwrap_or_default();
            }
        }
        let case = format!("round {round}");
        recovers(&cut.before.with(torn), cut.acknowledged, &case).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_pages_of_a_checkpoint_reached_the_disk_the_log_has_all_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let (log, _audit) = open(folder.path(), Box::new(NoMark)).await.unwrap();
    let mut acknowledged = append(&log).await;
    let before = Files::read(folder.path());
    // With one of the next batches SQLite takes what was written ahead into the database; the next would be written over it.
    let length = || std::fs::metadata(folder.path().join("audit.db")).unwrap().len();
    while length() == before.database.len() as u64 {
        acknowledged = append(&log).await;
    }
    let Files {
        database,
        written_ahead,
        ..
    } = Files::read(folder.path());
    let before = before.with(written_ahead);
    assert_eq!(database.len() % 4096, 0);
    for round in 0..8 {
        let mut torn = before.database.clone();
        torn.resize(database.len(), 0);
        let mut chance = vec![0u8; database.len() / SECTOR];
        SystemEntropy.fill(&mut chance).unwrap();
        for (sector, _) in chance.iter().enumerate().filter(|(_, chance)| *chance % 2 == 0) {
            let at = sector * SECTOR..(sector + 1) * SECTOR;
            torn[at.clone()].copy_from_slice(&database[at]);
        }
        let files = Files {
            database: torn,
            ..before.clone()
        };
        recovers(&files, acknowledged, &format!("round {round}")).await;
    }
}

/// A disk that said it had flushed and had not: no program can see that from the database, but the mark lies elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_disk_lost_after_acknowledging_it_is_refused_by_the_mark() {
    let folder = tempfile::tempdir().unwrap();
    let mark = Noted::default();
    let (log, audit) = open(folder.path(), Box::new(mark.clone())).await.unwrap();
    let mut acknowledged = 0;
    for _ in 0..5 {
        acknowledged = append(&log).await;
    }
    let files = Files::read(folder.path());
    let noted = || {
        mark.read()
            .unwrap()
            .map(|note| Checkpoint::open(&note, log.verifier()).unwrap().head.size)
    };
    while noted() != Some(acknowledged) {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    stop(log, audit).await;
    for lost in [FRAME, 3 * FRAME, 12 * FRAME] {
        let left = files.written_ahead.len() - lost;
        let folder = files.with(files.written_ahead[..left].to_vec()).put();
        match open(folder.path(), Box::new(mark.clone())).await {
            Err(LogNotOpened::RolledBack { signed, held }) => {
                assert!(signed == acknowledged && held < signed, "{held} of {signed}");
            }
            Err(other) => panic!("{lost} bytes lost: {other}"),
            Ok(_) => panic!("{lost} bytes lost, and the log was opened"),
        }
    }
}

#[derive(Clone, Default)]
struct Noted(Arc<std::sync::Mutex<Option<String>>>);

impl HighWater for Noted {
    fn read(&self) -> std::io::Result<Option<String>> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn write(&self, checkpoint: &str) -> std::io::Result<()> {
        *self.0.lock().unwrap() = Some(checkpoint.to_owned());
        Ok(())
    }
}

/// Lets go of the files: the sequencer's thread holds them a little longer.
async fn stop(log: AuditLog, audit: Arc<dyn AuditStore>) {
    drop(log);
    while Arc::strong_count(&audit) > 1 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}
