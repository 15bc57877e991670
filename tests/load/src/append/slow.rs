//! A store whose every flush takes a while longer, as on a disk without a cache that survives a power cut.
//!
//! An append flushes once (the write-ahead log, at its commit), so the thread that waits for the append is held up once.

use std::sync::Arc;
use std::time::Duration;

use gateway_store::{
    AuditBatch, AuditStore, ClientTag, ListHead, LogHead, SplitView, StoreError, StoredEntry, TileBytes,
    WitnessStore,
};
use gateway_types::{ClientId, EventId};

pub(crate) struct SlowFlushes {
    pub(crate) inner: Arc<dyn AuditStore>,
    pub(crate) extra: Duration,
}

#[async_trait::async_trait]
impl WitnessStore for SlowFlushes {
    async fn held_checkpoint(&self, origin: &str) -> Result<Option<String>, StoreError> {
        self.inner.held_checkpoint(origin).await
    }

    async fn hold_checkpoint(&self, origin: &str, held: Option<&str>, new: &str) -> Result<bool, StoreError> {
        self.inner.hold_checkpoint(origin, held, new).await
    }

    async fn keep_split(&self, split: &SplitView) -> Result<(), StoreError> {
        self.inner.keep_split(split).await
    }

    async fn splits(&self) -> Result<Vec<SplitView>, StoreError> {
        self.inner.splits().await
    }

    async fn witnessed(&self) -> Result<Option<String>, StoreError> {
        self.inner.witnessed().await
    }

    async fn keep_witnessed(&self, checkpoint: &str) -> Result<(), StoreError> {
        self.inner.keep_witnessed(checkpoint).await
    }
}

#[async_trait::async_trait]
impl AuditStore for SlowFlushes {
    async fn head(&self) -> Result<Option<LogHead>, StoreError> {
        self.inner.head().await
    }

    async fn append(&self, batch: AuditBatch) -> Result<(), StoreError> {
        let outcome = self.inner.append(batch).await;
        // On the sequencer's own thread, which waits here for nothing else.
        if !self.extra.is_zero() {
            std::thread::sleep(self.extra);
        }
        outcome
    }

    async fn entries(&self, from: u64, count: u32) -> Result<Vec<StoredEntry>, StoreError> {
        self.inner.entries(from, count).await
    }

    async fn entries_of_event(&self, event: EventId) -> Result<Vec<StoredEntry>, StoreError> {
        self.inner.entries_of_event(event).await
    }

    async fn entries_of_client(&self, client: ClientId) -> Result<Vec<StoredEntry>, StoreError> {
        self.inner.entries_of_client(client).await
    }

    fn client_tag(&self, client: ClientId) -> ClientTag {
        self.inner.client_tag(client)
    }

    async fn open_intents(&self, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        self.inner.open_intents(limit).await
    }

    async fn lists(&self, after: Option<[u8; 32]>, count: u32) -> Result<Vec<ListHead>, StoreError> {
        self.inner.lists(after, count).await
    }

    async fn tile(&self, level: u8, index: u64) -> Result<Option<TileBytes>, StoreError> {
        self.inner.tile(level, index).await
    }
}
