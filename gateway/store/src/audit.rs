//! The audit log's bytes: appended by one sequencer, in batches that are durable before anyone is answered.
//!
//! Kept apart from the records (on SQLite in a file of its own), so that an import never delays a disclosure.

use gateway_types::{ClientId, EventId};

use crate::{StoreError, WitnessStore};

/// The newest head of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// How many entries the log has.
    pub size: u64,
    /// The tree's root over them.
    pub root: [u8; 32],
    /// The signed checkpoint, as text.
    pub checkpoint: String,
}

/// An entry to be appended.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// The event.
    pub event: EventId,
    /// The entry's kind, as numbered in the leaf.
    pub kind: u8,
    /// The leaf, as hashed into the tree.
    pub leaf: Vec<u8>,
    /// The detail, sealed under the entry's key.
    pub sealed_detail: Vec<u8>,
    /// The facts the decision rested on, sealed likewise.
    pub sealed_facts: Vec<u8>,
    /// The entry's secret, wrapped under the client's key.
    pub wrapped_secret: Vec<u8>,
    /// The client it is about. The store keeps only a keyed digest of the id.
    pub client: Option<ClientId>,
}

/// An entry on file.
#[derive(Clone, Debug)]
pub struct StoredEntry {
    /// Its place in the log.
    pub index: u64,
    /// The event.
    pub event: EventId,
    /// The entry's kind.
    pub kind: u8,
    /// The leaf, byte for byte as it was hashed.
    pub leaf: Vec<u8>,
    /// The sealed detail.
    pub sealed_detail: Vec<u8>,
    /// The sealed facts.
    pub sealed_facts: Vec<u8>,
    /// The wrapped secret.
    pub wrapped_secret: Vec<u8>,
    /// The keyed digest of the client it is about.
    pub client: Option<ClientTag>,
}

/// The keyed digest under which the log knows a client. Who has the master key can make it from the client's id;
/// nothing leads back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientTag(pub Vec<u8>);

/// A full tile of the tree. Written once, never again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileBytes {
    /// Its level: 0 holds leaf hashes.
    pub level: u8,
    /// Its number within the level.
    pub index: u64,
    /// 256 hashes.
    pub hashes: Vec<u8>,
}

/// The head of a client list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListHead {
    /// The list's label.
    pub label: [u8; 32],
    /// Its head.
    pub head: [u8; 32],
}

/// Entries that are appended together, with the tree and the checkpoint over them.
#[derive(Clone, Debug)]
pub struct AuditBatch {
    /// The size the log must have now: a compare-and-swap, so that a second sequencer writes nothing.
    pub from_size: u64,
    /// The entries, in order; the first gets the index `from_size`.
    pub entries: Vec<NewEntry>,
    /// Tiles that became full.
    pub tiles: Vec<TileBytes>,
    /// Client lists that got an entry, with their new heads; no label twice.
    pub lists: Vec<ListHead>,
    /// The head after the batch.
    pub head: LogHead,
}

/// Where the log is kept.
#[async_trait::async_trait]
pub trait AuditStore: WitnessStore {
    /// The newest head; `None` if nothing was ever appended.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn head(&self) -> Result<Option<LogHead>, StoreError>;

    /// Appends a batch. When this returns `Ok`, the batch is on stable storage: entries, tiles and head together.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the log has another size than `from_size`; on any error nothing was appended,
    /// or it cannot be known, and the caller must answer nobody and stop appending until it has read the head again.
    async fn append(&self, batch: AuditBatch) -> Result<(), StoreError>;

    /// Entries `from..from + count`, as many as there are.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn entries(&self, from: u64, count: u32) -> Result<Vec<StoredEntry>, StoreError>;

    /// The entries of one event, oldest first: an intent and its completion.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn entries_of_event(&self, event: EventId) -> Result<Vec<StoredEntry>, StoreError>;

    /// The entries about one client, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn entries_of_client(&self, client: ClientId) -> Result<Vec<StoredEntry>, StoreError>;

    /// The keyed digest under which the log knows a client: for finding whose an entry is.
    fn client_tag(&self, client: ClientId) -> ClientTag;

    /// Intents (leaf kind 1) whose event has neither a completion nor a recovery entry, oldest first: what was open
    /// when the gateway last stopped.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn open_intents(&self, limit: u32) -> Result<Vec<StoredEntry>, StoreError>;

    /// The heads of at most `count` client lists whose labels come after `after`, in the order of labels.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn lists(&self, after: Option<[u8; 32]>, count: u32) -> Result<Vec<ListHead>, StoreError>;

    /// A full tile.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn tile(&self, level: u8, index: u64) -> Result<Option<TileBytes>, StoreError>;
}
