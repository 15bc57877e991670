//! An audit store that fails when it is told to, to see that nothing is released without a durable entry.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use gateway_store::{
    AuditBatch, AuditStore, ClientTag, ListHead, LogHead, SplitView, StoreError, StoredEntry, TileBytes,
    WitnessStore,
};
use gateway_types::{ClientId, EventId};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};

/// What does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Outage {
    /// Everything works.
    None,
    /// Nothing is written and nothing is read.
    Whole,
    /// Nothing is written; reading works.
    Appends,
    /// What is appended is written, but the answer is lost.
    AnswersToAppends,
}

/// An audit store with a switch.
pub struct AuditWithOutages {
    inner: Arc<dyn AuditStore>,
    outage: AtomicU8,
    /// Appends wait for it.
    gate: Arc<RwLock<()>>,
    waiting: AtomicUsize,
}

impl AuditWithOutages {
    /// `inner`, working.
    #[must_use]
    pub fn new(inner: Arc<dyn AuditStore>) -> Self {
        Self {
            inner,
            outage: AtomicU8::new(Outage::None as u8),
            gate: Arc::new(RwLock::new(())),
            waiting: AtomicUsize::new(0),
        }
    }

    /// From now on, this does not work.
    pub fn set(&self, outage: Outage) {
        self.outage.store(outage as u8, Ordering::SeqCst);
    }

    /// Holds back whatever is appended, until what this returns is dropped.
    pub async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.gate).write_owned().await
    }

    /// How many appends are under way.
    pub fn under_way(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    fn is(&self, outage: Outage) -> bool {
        self.outage.load(Ordering::SeqCst) == outage as u8
    }

    fn read(&self) -> Result<&dyn AuditStore, StoreError> {
        if self.is(Outage::Whole) {
            Err(down())
        } else {
            Ok(&*self.inner)
        }
    }
}

impl std::fmt::Debug for AuditWithOutages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[audit store with outages]")
    }
}

const fn down() -> StoreError {
    StoreError::Unavailable {
        operation: "a test has cut it off",
        source: None,
    }
}

#[async_trait::async_trait]
impl WitnessStore for AuditWithOutages {
    async fn held_checkpoint(&self, origin: &str) -> Result<Option<String>, StoreError> {
        self.read()?.held_checkpoint(origin).await
    }

    async fn hold_checkpoint(&self, origin: &str, held: Option<&str>, new: &str) -> Result<bool, StoreError> {
        self.read()?.hold_checkpoint(origin, held, new).await
    }

    async fn keep_split(&self, split: &SplitView) -> Result<(), StoreError> {
        self.read()?.keep_split(split).await
    }

    async fn splits(&self) -> Result<Vec<SplitView>, StoreError> {
        self.read()?.splits().await
    }

    async fn witnessed(&self) -> Result<Option<String>, StoreError> {
        self.read()?.witnessed().await
    }

    async fn keep_witnessed(&self, checkpoint: &str) -> Result<(), StoreError> {
        self.read()?.keep_witnessed(checkpoint).await
    }
}

#[async_trait::async_trait]
impl AuditStore for AuditWithOutages {
    async fn head(&self) -> Result<Option<LogHead>, StoreError> {
        self.read()?.head().await
    }

    async fn append(&self, batch: AuditBatch) -> Result<(), StoreError> {
        if self.is(Outage::Appends) {
            return Err(down());
        }
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let gate = self.gate.read().await;
        let appended = match self.read() {
            Ok(store) => store.append(batch).await,
            Err(down) => Err(down),
        };
        drop(gate);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        appended?;
        if self.is(Outage::AnswersToAppends) {
            return Err(down());
        }
        Ok(())
    }

    async fn entries(&self, from: u64, count: u32) -> Result<Vec<StoredEntry>, StoreError> {
        self.read()?.entries(from, count).await
    }

    async fn entries_of_event(&self, event: EventId) -> Result<Vec<StoredEntry>, StoreError> {
        self.read()?.entries_of_event(event).await
    }

    async fn entries_of_client(&self, client: ClientId) -> Result<Vec<StoredEntry>, StoreError> {
        self.read()?.entries_of_client(client).await
    }

    fn client_tag(&self, client: ClientId) -> ClientTag {
        self.inner.client_tag(client)
    }

    async fn open_intents(&self, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        self.read()?.open_intents(limit).await
    }

    async fn lists(&self, after: Option<[u8; 32]>, count: u32) -> Result<Vec<ListHead>, StoreError> {
        self.read()?.lists(after, count).await
    }

    async fn tile(&self, level: u8, index: u64) -> Result<Option<TileBytes>, StoreError> {
        self.read()?.tile(level, index).await
    }
}
