//! The steps of the append path, and the store and the mark that kill their own process at one of them.
//!
//! A gateway finds in its folder at which step, and the how many-th time that it comes there, it is to be killed
//! (SIGKILL, by itself). `kill` lays that down before each start.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use gateway_audit::EntryKind;
use gateway_exchange::sequencer::HighWater;
use gateway_store::{
    AuditBatch, AuditStore, ClientTag, ListHead, LogHead, SplitView, StoreError, StoredEntry, TileBytes,
    WitnessStore,
};
use gateway_types::{ClientId, EventId};
use serde::{Deserialize, Serialize};

/// Where it is laid down.
const FILE: &str = "killed.json";

/// Where a gateway is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// At any moment, from outside.
    AnyMoment,
    /// A disclosure is decided, sealed and signed over, nothing of it is written.
    BeforeTheEntry,
    /// Somewhere in the transaction that writes it.
    WithinTheTransaction,
    /// It is durable, nobody has the answer.
    AfterTheEntry,
    /// At the start: what was left open is about to be closed.
    BeforeTheRecovery,
    /// At the start: the first that was left open is closed.
    AfterTheRecovery,
    /// The answer is out, its completion is not written.
    BeforeTheCompletion,
    /// Somewhere in the transaction that writes the completion.
    WithinTheCompletion,
    /// The completion is durable.
    AfterTheCompletion,
    /// The mark beside the database is about to be written: the answer may be out.
    BeforeTheMark,
    /// The mark is written.
    AfterTheMark,
}

impl Step {
    /// In an order in which a disclosure is open when a recovery is to be met.
    pub const ALL: [Self; 11] = [
        Self::AnyMoment,
        Self::BeforeTheEntry,
        Self::WithinTheTransaction,
        Self::AfterTheEntry,
        Self::BeforeTheRecovery,
        Self::AfterTheRecovery,
        Self::BeforeTheCompletion,
        Self::WithinTheCompletion,
        Self::AfterTheCompletion,
        Self::BeforeTheMark,
        Self::AfterTheMark,
    ];

    /// Whether it is met while the gateway starts.
    #[must_use]
    pub const fn is_at_the_start(self) -> bool {
        matches!(self, Self::BeforeTheRecovery | Self::AfterTheRecovery)
    }

    /// The kind of entry that is being written, if it is met at one.
    const fn writes(self) -> Option<EntryKind> {
        match self {
            Self::BeforeTheEntry | Self::WithinTheTransaction | Self::AfterTheEntry => {
                Some(EntryKind::Intent)
            }
            Self::BeforeTheRecovery | Self::AfterTheRecovery => Some(EntryKind::Recovery),
            Self::BeforeTheCompletion | Self::WithinTheCompletion | Self::AfterTheCompletion => {
                Some(EntryKind::Completion)
            }
            Self::AnyMoment | Self::BeforeTheMark | Self::AfterTheMark => None,
        }
    }
}

/// At which step, which time it comes there, how long into a transaction.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Aim {
    pub(crate) step: Step,
    pub(crate) time: u32,
    pub(crate) into: Duration,
}

impl Aim {
    /// Lays it down for the next start.
    pub(crate) fn lay_down(&self, folder: &Path) {
        let aim = serde_json::to_vec(self).expect("an aim");
        std::fs::write(folder.join(FILE), aim).expect("an aim");
    }

    fn read(folder: &Path) -> Option<Self> {
        let aim = std::fs::read(folder.join(FILE)).ok()?;
        Some(serde_json::from_slice(&aim).expect("an aim"))
    }
}

fn kill_this_process() -> ! {
    use rustix::process::{Signal, getpid, kill_process};
    kill_process(getpid(), Signal::KILL).expect("a signal");
    loop {
        std::thread::park();
    }
}

/// The store and the mark, with the aim that was laid down.
pub(crate) fn aimed(
    folder: &Path,
    store: Arc<dyn AuditStore>,
    mark: Box<dyn HighWater>,
) -> (Arc<dyn AuditStore>, Box<dyn HighWater>) {
    let Some(aim) = Aim::read(folder) else {
        return (store, mark);
    };
    let aimed = Arc::new(Aimed {
        left: AtomicU32::new(aim.time),
        aim,
        store,
    });
    let mark = AimedMark {
        aimed: Arc::clone(&aimed),
        mark,
    };
    (aimed, Box::new(mark))
}

struct Aimed {
    aim: Aim,
    left: AtomicU32,
    store: Arc<dyn AuditStore>,
}

impl Aimed {
    /// Whether the step is met, for the time that was aimed at.
    fn is_met(&self) -> bool {
        self.left.fetch_sub(1, Ordering::SeqCst) == 1
    }
}

struct AimedMark {
    aimed: Arc<Aimed>,
    mark: Box<dyn HighWater>,
}

impl HighWater for AimedMark {
    fn read(&self) -> std::io::Result<Option<String>> {
        self.mark.read()
    }

    fn write(&self, checkpoint: &str) -> std::io::Result<()> {
        let step = self.aimed.aim.step;
        let met = matches!(step, Step::BeforeTheMark | Step::AfterTheMark) && self.aimed.is_met();
        if met && step == Step::BeforeTheMark {
            kill_this_process();
        }
        let written = self.mark.write(checkpoint);
        if met {
            kill_this_process();
        }
        written
    }
}

#[async_trait::async_trait]
impl AuditStore for Aimed {
    async fn append(&self, batch: AuditBatch) -> Result<(), StoreError> {
        let step = self.aim.step;
        let writes = step.writes().map(EntryKind::number);
        let met = batch.entries.iter().any(|entry| Some(entry.kind) == writes) && self.is_met();
        if !met {
            return self.store.append(batch).await;
        }
        match step {
            Step::BeforeTheEntry | Step::BeforeTheRecovery | Step::BeforeTheCompletion => kill_this_process(),
            Step::WithinTheTransaction | Step::WithinTheCompletion => {
                let end = Instant::now() + self.aim.into;
                std::thread::spawn(move || {
                    while Instant::now() < end {
                        std::hint::spin_loop();
                    }
                    kill_this_process();
                });
                let _any = self.store.append(batch).await;
                // It was sooner through than aimed.
                std::future::pending().await
            }
            _ => {
                self.store.append(batch).await?;
                kill_this_process()
            }
        }
    }

    async fn head(&self) -> Result<Option<LogHead>, StoreError> {
        self.store.head().await
    }

    async fn entries(&self, from: u64, count: u32) -> Result<Vec<StoredEntry>, StoreError> {
        self.store.entries(from, count).await
    }

    async fn entries_of_event(&self, event: EventId) -> Result<Vec<StoredEntry>, StoreError> {
        self.store.entries_of_event(event).await
    }

    async fn entries_of_client(&self, client: ClientId) -> Result<Vec<StoredEntry>, StoreError> {
        self.store.entries_of_client(client).await
    }

    fn client_tag(&self, client: ClientId) -> ClientTag {
        self.store.client_tag(client)
    }

    async fn open_intents(&self, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        self.store.open_intents(limit).await
    }

    async fn lists(&self, after: Option<[u8; 32]>, count: u32) -> Result<Vec<ListHead>, StoreError> {
        self.store.lists(after, count).await
    }

    async fn tile(&self, level: u8, index: u64) -> Result<Option<TileBytes>, StoreError> {
        self.store.tile(level, index).await
    }
}

#[async_trait::async_trait]
impl WitnessStore for Aimed {
    async fn held_checkpoint(&self, origin: &str) -> Result<Option<String>, StoreError> {
        self.store.held_checkpoint(origin).await
    }

    async fn hold_checkpoint(&self, origin: &str, held: Option<&str>, new: &str) -> Result<bool, StoreError> {
        self.store.hold_checkpoint(origin, held, new).await
    }

    async fn keep_split(&self, split: &SplitView) -> Result<(), StoreError> {
        self.store.keep_split(split).await
    }

    async fn splits(&self) -> Result<Vec<SplitView>, StoreError> {
        self.store.splits().await
    }

    async fn witnessed(&self) -> Result<Option<String>, StoreError> {
        self.store.witnessed().await
    }

    async fn keep_witnessed(&self, checkpoint: &str) -> Result<(), StoreError> {
        self.store.keep_witnessed(checkpoint).await
    }
}
