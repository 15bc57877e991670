//! The sequencer: the one place where entries get their order, and where "durable" is waited for.
//!
//! Promise 2, "no record, no release": [`AuditLog::append`] returns only when the entry, the tree and the signed
//! checkpoint over it are on stable storage. A thread of its own takes whatever has queued up during the last write
//! and writes it as one batch (opportunistic group commit, no fixed window), and with it the client lists that the batch
//! changed and their new root. If the store fails, everyone in the batch is refused; there is no spool. Before it goes on
//! it reads the store's head again, since only the store knows whether the batch landed.

mod edge;
mod labels;
mod mark;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gateway_audit::lists::{Head, ListName, MapLeaf, Path};
use gateway_audit::tree::{ProofError, TileSet, inclusion_proof};
use gateway_audit::{
    AccountingNumber, Base64, ConsentEnded, Hashes, Label, ListKeys, NoteError, NoteSigner, SealedEntry,
    SignedAccounting, VerifierKey,
};
use gateway_crypto::{Digest, LabelProof, NotTheLabel, Secret, SigningKey};
use gateway_store::{AuditStore, StoreError};
use gateway_types::{ClientId, Clock};
use tokio::sync::{mpsc, oneshot};

use edge::Edge;
use labels::Labels;
pub use mark::{HighWater, MarkKeeper, NoMark};
use write::Sequencer;

/// How many entries may wait. A full queue refuses; it never drops.
const QUEUE: usize = 4096;
/// How many entries are written together at most.
const BATCH: usize = 512;
/// How often the store is asked whether it is back.
const RETRY: std::time::Duration = std::time::Duration::from_secs(1);
/// How many times a batch is put in order anew because another process appended first.
const CONFLICTS: u32 = 5;
/// This process's number among those that append. One process for each log, so far.
const REPLICA: u32 = 1;

/// The log takes no entry now: nothing may be released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot be written")]
pub struct LogUnavailable;

/// Where an entry came to stand. Only the log makes it, and only for an entry that is durable.
#[derive(Clone, Debug)]
pub struct Appended {
    index: u64,
    leaf: Vec<u8>,
    /// For each list of the entry: its head before, and the way to it from the map's root.
    filed: Vec<(Head, Path)>,
    batch: Arc<Written>,
}

/// What the entries of one batch have in common.
#[derive(Debug)]
struct Written {
    checkpoint: String,
    size: u64,
    /// The root of the lists, as the map leaf has it.
    lists: Digest,
    map_leaf: Vec<u8>,
    /// The right edge of the tree, and the tiles that the batch filled.
    tiles: TileSet,
}

impl Appended {
    /// The entry's number in the log.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The entry's leaf.
    #[must_use]
    pub fn leaf(&self) -> &[u8] {
        &self.leaf
    }

    /// The hash of its leaf in the tree.
    #[must_use]
    pub fn leaf_hash(&self) -> Digest {
        gateway_audit::tree::leaf_hash(&self.leaf)
    }

    /// The signed checkpoint that covers it.
    #[must_use]
    pub fn checkpoint(&self) -> &str {
        &self.batch.checkpoint
    }

    /// That it is in the tree.
    ///
    /// # Errors
    /// [`ProofError`]: never for an entry just written.
    pub fn inclusion(&self) -> Result<Hashes, ProofError> {
        inclusion_proof(self.index, self.batch.size, &self.batch.tiles).map(Hashes)
    }

    /// For each of its lists, in the order they were given: the head before it, and the way from the map's root.
    #[must_use]
    pub fn filed(&self) -> &[(Head, Path)] {
        &self.filed
    }

    /// The map's root, in the same tree.
    ///
    /// # Errors
    /// [`ProofError`]: never for an entry just written.
    pub fn map(&self) -> Result<MapLeaf, ProofError> {
        self.batch.map()
    }
}

impl Written {
    fn map(&self) -> Result<MapLeaf, ProofError> {
        let last = self.size.saturating_sub(1);
        Ok(MapLeaf {
            leaf: Base64(self.map_leaf.clone()),
            inclusion: Hashes(inclusion_proof(last, self.size, &self.tiles)?),
        })
    }
}

/// The key of the log and its name.
pub struct LogKey {
    /// The log's origin, as in its checkpoints.
    pub origin: String,
    /// The signing key's seed.
    pub seed: [u8; 32],
}

impl std::fmt::Debug for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[key of the log {}]", self.origin)
    }
}

/// Why the log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum LogNotOpened {
    /// The store failed, or holds what was not signed by this key.
    #[error("the audit log cannot be opened: {0}")]
    Store(#[from] StoreError),
    /// The log's name or key cannot be used.
    #[error("the log's name or key cannot be used")]
    Key,
    /// The store holds less than was signed, or something else: an older copy of it was put back, or history rewritten.
    #[error(
        "the audit log is not the one that was kept: entries up to {signed} were signed, and the store {}",
        if *held < *signed { "holds only part of them" } else { "holds others" }
    )]
    RolledBack {
        /// How many entries the last checkpoint covers that the signer noted.
        signed: u64,
        /// How many the store holds.
        held: u64,
    },
    /// The signer's note of the last checkpoint cannot be read.
    #[error("the note of the last signed checkpoint cannot be read: {0}")]
    Mark(String),
    /// Tiles, leaves and signed head do not agree: the log was damaged or tampered with.
    #[error("the audit log does not agree with its signed head: {0}")]
    Damaged(String),
    /// No thread could be started.
    #[error("the sequencer could not be started")]
    Thread,
}

/// What the sequencer is asked for.
enum Work {
    /// To append an entry.
    Append(Submission),
    /// To show where lists stand, between two batches.
    Show {
        labels: Vec<Label>,
        reply: oneshot::Sender<Result<ShownLists, LogUnavailable>>,
    },
}

/// Where some lists stand in the map, and the map in the log, all of one moment.
#[derive(Clone, Debug)]
pub struct ShownLists {
    /// The signed checkpoint.
    pub checkpoint: String,
    /// How many entries it covers.
    pub size: u64,
    /// The map's root, as the last of them.
    pub map: MapLeaf,
    /// The root itself.
    pub root: Digest,
    /// For each label the way to it.
    pub paths: Vec<Path>,
}

struct Submission {
    entry: Box<SealedEntry>,
    client: Option<ClientId>,
    reply: oneshot::Sender<Result<Appended, LogUnavailable>>,
}

/// A handle to the sequencer.
#[derive(Clone)]
pub struct AuditLog {
    queue: mpsc::Sender<Work>,
    signer: Arc<NoteSigner>,
    labels: Arc<Labels>,
    well: Arc<AtomicBool>,
}

impl AuditLog {
    /// Opens the log: rebuilds the tree and the map of lists from the store, checks them against the signed head and that
    /// head against the signer's own note, starts the sequencer.
    ///
    /// # Errors
    /// [`LogNotOpened`].
    pub async fn open(
        store: Arc<dyn AuditStore>,
        key: LogKey,
        clock: Arc<dyn Clock>,
        mark: Box<dyn HighWater>,
    ) -> Result<Self, LogNotOpened> {
        let signer = Arc::new(key.signer()?);
        let lists = Arc::new(ListKeys::of(&Secret::from_bytes(key.seed)));
        let edge = Edge::read(&*store, &key).await?;
        let map = edge.load_lists(&*store).await?;
        edge::check_mark(&*store, &key, &edge, &*mark).await?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let well = Arc::new(AtomicBool::new(true));
        // Its waiting is done on a thread of its own, its I/O on the runtime that the store's connections belong to.
        let runtime = tokio::runtime::Handle::current();
        let mark = MarkKeeper::start(mark).map_err(|_| LogNotOpened::Thread)?;
        let sequencer = Sequencer::new(
            store,
            key,
            Arc::clone(&lists),
            clock,
            (edge, map),
            mark,
            Arc::clone(&well),
        );
        std::thread::Builder::new()
            .name("audit-sequencer".to_owned())
            .spawn(move || sequencer.run(&runtime, waiting))
            .map_err(|_| LogNotOpened::Thread)?;
        Ok(Self {
            queue,
            signer,
            labels: Arc::new(Labels::new(lists)),
            well,
        })
    }

    /// The label of a client's list, with its proof.
    ///
    /// # Errors
    /// [`NotTheLabel`] if the machine miscalculated.
    pub(crate) fn label(
        &self,
        number: AccountingNumber,
        list: &ListName,
    ) -> Result<(Label, LabelProof), NotTheLabel> {
        self.labels.of(number, list)
    }

    /// The keys of the lists.
    pub(crate) fn list_keys(&self) -> &ListKeys {
        self.labels.keys()
    }

    /// Appends an entry and returns when it is durable.
    ///
    /// # Errors
    /// [`LogUnavailable`]: the entry may or may not be in the log; nothing may be released on it.
    pub async fn append(
        &self,
        entry: SealedEntry,
        client: Option<ClientId>,
    ) -> Result<Appended, LogUnavailable> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .try_send(Work::Append(Submission {
                entry: Box::new(entry),
                client,
                reply,
            }))
            .map_err(|_| LogUnavailable)?;
        answer.await.map_err(|_| LogUnavailable)?
    }

    /// Shows where lists stand. Something must have been appended since the start.
    ///
    /// # Errors
    /// [`LogUnavailable`].
    pub(crate) async fn show_lists(&self, labels: Vec<Label>) -> Result<ShownLists, LogUnavailable> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .try_send(Work::Show { labels, reply })
            .map_err(|_| LogUnavailable)?;
        answer.await.map_err(|_| LogUnavailable)?
    }

    /// The key that checks the log's checkpoints.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        self.signer.verifier()
    }

    /// A notice that a consent ended, signed by the log's key. Never a checkpoint: only the sequencer signs those.
    ///
    /// # Errors
    /// [`NoteError`].
    pub(crate) fn sign_notice(&self, notice: &ConsentEnded) -> Result<String, NoteError> {
        notice.sign(&self.signer)
    }

    /// The signature of an accounting, by the log's key. Never a checkpoint either.
    ///
    /// # Errors
    /// [`NoteError`].
    pub(crate) fn sign_accounting(&self, accounting: &SignedAccounting) -> Result<String, NoteError> {
        accounting.sign(&self.signer)
    }

    /// Whether the last append succeeded.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.well.load(Ordering::Acquire) && !self.queue.is_closed()
    }
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[log {}]", self.verifier().name())
    }
}

impl LogKey {
    fn signer(&self) -> Result<NoteSigner, LogNotOpened> {
        NoteSigner::new(self.origin.clone(), SigningKey::from_seed(self.seed)).map_err(|_| LogNotOpened::Key)
    }

    fn verifier(&self) -> Result<VerifierKey, LogNotOpened> {
        Ok(self.signer()?.verifier().clone())
    }
}
