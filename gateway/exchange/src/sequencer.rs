//! The sequencer: the one place where entries get their order, and where "durable" is waited for.
//!
//! Promise 2, "no record, no release": [`AuditLog::append`] returns only when the entry, the tree and the signed
//! checkpoint over it are on stable storage. A thread of its own takes whatever has queued up during the last write
//! and writes it as one batch (opportunistic group commit, no fixed window). If the store fails, everyone in the batch
//! is refused; there is no spool. Before it goes on it reads the store's head again, since only the store knows
//! whether the batch landed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gateway_audit::{
    Batch, ConsentEnded, Frontier, LogSigner, NoteError, NoteSigner, SealedEntry, Stamper, TreeHead,
    VerifierKey,
};
use gateway_crypto::{Digest, SigningKey};
use gateway_store::{AuditBatch, AuditStore, LogHead, NewEntry, StoreError, TileBytes};
use gateway_types::{ClientId, Clock};
use tokio::sync::{mpsc, oneshot};

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
    checkpoint: Arc<str>,
}

impl Appended {
    /// The entry's number in the log.
    #[must_use]
    pub const fn index(&self) -> u64 {
        self.index
    }

    /// The hash of its leaf in the tree.
    #[must_use]
    pub fn leaf_hash(&self) -> Digest {
        gateway_audit::tree::leaf_hash(&self.leaf)
    }

    /// The signed checkpoint that covers it.
    #[must_use]
    pub fn checkpoint(&self) -> &str {
        &self.checkpoint
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
    /// Tiles, leaves and signed head do not agree: the log was damaged or tampered with.
    #[error("the audit log does not agree with its signed head: {0}")]
    Damaged(String),
    /// No thread could be started.
    #[error("the sequencer could not be started")]
    Thread,
}

struct Submission {
    entry: SealedEntry,
    client: Option<ClientId>,
    reply: oneshot::Sender<Result<Appended, LogUnavailable>>,
}

/// A handle to the sequencer.
#[derive(Clone)]
pub struct AuditLog {
    queue: mpsc::Sender<Submission>,
    signer: Arc<NoteSigner>,
    well: Arc<AtomicBool>,
}

impl AuditLog {
    /// Opens the log: rebuilds the tree from the store, checks it against the signed head, starts the sequencer.
    ///
    /// # Errors
    /// [`LogNotOpened`].
    pub async fn open(
        store: Arc<dyn AuditStore>,
        key: LogKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LogNotOpened> {
        let signer = Arc::new(key.signer()?);
        let edge = Edge::read(&*store, &key).await?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let well = Arc::new(AtomicBool::new(true));
        // Its waiting is done on a thread of its own, its I/O on the runtime that the store's connections belong to.
        let runtime = tokio::runtime::Handle::current();
        let sequencer = Sequencer {
            store,
            key,
            clock,
            edge: Some(edge),
            well: Arc::clone(&well),
        };
        std::thread::Builder::new()
            .name("audit-sequencer".to_owned())
            .spawn(move || sequencer.run(&runtime, waiting))
            .map_err(|_| LogNotOpened::Thread)?;
        Ok(Self { queue, signer, well })
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
            .try_send(Submission { entry, client, reply })
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

/// Where the log stands: all that is needed to append.
struct Edge {
    frontier: Frontier,
    signer: LogSigner,
    stamper: Stamper,
}

impl Edge {
    /// Reads the edge from the store and checks it against the signed head.
    async fn read(store: &dyn AuditStore, key: &LogKey) -> Result<Self, LogNotOpened> {
        let damaged = |error: &dyn std::fmt::Display| LogNotOpened::Damaged(error.to_string());
        let Some(head) = store.head().await? else {
            let signer = LogSigner::new(key.signer()?, None);
            return Ok(Self {
                frontier: Frontier::new(),
                signer,
                stamper: Stamper::resume(REPLICA, 0, 0),
            });
        };
        let signed = gateway_audit::Checkpoint::open(&head.checkpoint, &key.verifier()?)
            .map_err(|error| damaged(&error))?
            .head;
        if signed
            != (TreeHead {
                size: head.size,
                root: Digest::from_bytes(head.root),
            })
        {
            return Err(LogNotOpened::Damaged(
                "the stored head is not the signed one".to_owned(),
            ));
        }
        let resume = gateway_audit::tree::Resume::of(signed);
        let mut tiles = std::collections::BTreeMap::new();
        for tile in resume.tiles() {
            if let Some(stored) = store.tile(tile.level, tile.index).await? {
                tiles.insert((tile.level, tile.index), stored.hashes);
            }
        }
        let tail = resume.tail();
        let last = store
            .entries(
                signed.size - tail.max(1),
                u32::try_from(tail.max(1)).unwrap_or(u32::MAX),
            )
            .await?;
        let hashes: Vec<Digest> = if tail == 0 {
            Vec::new()
        } else {
            last.iter()
                .map(|entry| gateway_audit::tree::leaf_hash(&entry.leaf))
                .collect()
        };
        let frontier = resume
            .rebuild(hashes, |tile| tiles.get(&(tile.level, tile.index)).cloned())
            .map_err(|error| damaged(&error))?;
        let stamp = last
            .last()
            .ok_or_else(|| LogNotOpened::Damaged("the last entry is missing".to_owned()))
            .and_then(|entry| gateway_audit::Leaf::decode(&entry.leaf).map_err(|error| damaged(&error)))?
            .stamp;
        let stamper = Stamper::resume(REPLICA, stamp.number, stamp.time_ms);
        Ok(Self {
            frontier,
            signer: LogSigner::new(key.signer()?, Some(signed)),
            stamper,
        })
    }
}

struct Sequencer {
    store: Arc<dyn AuditStore>,
    key: LogKey,
    clock: Arc<dyn Clock>,
    /// `None` after a failed write: the store has to be asked where the log stands.
    edge: Option<Edge>,
    well: Arc<AtomicBool>,
}

impl Sequencer {
    fn run(mut self, runtime: &tokio::runtime::Handle, mut waiting: mpsc::Receiver<Submission>) {
        loop {
            let first = if self.edge.is_some() {
                waiting.blocking_recv()
            } else {
                // Nobody is sent here while the log is down, so it has to find out by itself that the store is back.
                match runtime.block_on(async { tokio::time::timeout(RETRY, waiting.recv()).await }) {
                    Ok(first) => first,
                    Err(_) => {
                        let back = runtime.block_on(self.find_edge()).is_ok();
                        self.well.store(back, Ordering::Release);
                        continue;
                    }
                }
            };
            let Some(first) = first else { return };
            let mut taken = vec![first];
            while taken.len() < BATCH
                && let Ok(next) = waiting.try_recv()
            {
                taken.push(next);
            }
            let outcome = runtime.block_on(self.write(&taken));
            self.well.store(outcome.is_ok(), Ordering::Release);
            match outcome {
                Ok(places) => {
                    for (submission, place) in taken.into_iter().zip(places) {
                        // A caller that has gone away left an intent without completion; it counts as disclosed.
                        let _gone = submission.reply.send(Ok(place));
                    }
                }
                Err(()) => {
                    self.edge = None;
                    for submission in taken {
                        let _gone = submission.reply.send(Err(LogUnavailable));
                    }
                }
            }
        }
    }

    /// Asks the store where the log stands, if that is not known.
    async fn find_edge(&mut self) -> Result<(), ()> {
        if self.edge.is_none() {
            let edge = Edge::read(&*self.store, &self.key).await;
            self.edge = Some(edge.map_err(|error| tracing::error!(%error, "the audit log cannot be read"))?);
        }
        Ok(())
    }

    /// Writes a batch. If another process appended first, nothing of it was written and it is put in order anew.
    async fn write(&mut self, taken: &[Submission]) -> Result<Vec<Appended>, ()> {
        for _ in 0..CONFLICTS {
            match self.write_once(taken).await {
                Err(StoreError::Conflict { .. }) => self.edge = None,
                Err(error) => {
                    tracing::error!(%error, "audit entries could not be written; nothing is released");
                    return Err(());
                }
                Ok(places) => return Ok(places),
            }
        }
        tracing::error!("another process keeps appending to the log; nothing is released");
        Err(())
    }

    async fn write_once(&mut self, taken: &[Submission]) -> Result<Vec<Appended>, StoreError> {
        const NOT_READY: StoreError = StoreError::Unavailable {
            operation: "putting audit entries in order",
            source: None,
        };
        self.find_edge().await.map_err(|()| NOT_READY)?;
        let edge = self.edge.as_mut().ok_or(NOT_READY)?;
        let prepared = prepare(edge, taken, &*self.clock).map_err(|error| {
            tracing::error!(%error, "a batch of audit entries cannot be prepared");
            NOT_READY
        })?;
        let (places, after) = (prepared.places, prepared.after);
        self.store.append(prepared.batch).await?;
        edge.frontier = after;
        Ok(places)
    }
}

struct Prepared {
    batch: AuditBatch,
    places: Vec<Appended>,
    after: Frontier,
}

/// Orders, hashes (twice) and signs.
fn prepare(
    edge: &mut Edge,
    taken: &[Submission],
    clock: &dyn Clock,
) -> Result<Prepared, Box<dyn std::error::Error>> {
    let from_size = edge.frontier.size();
    let mut entries = Vec::with_capacity(taken.len());
    for submission in taken {
        let entry = &submission.entry;
        let sealed = entry.ciphertexts();
        entries.push(NewEntry {
            event: entry.event(),
            kind: entry.kind().number(),
            leaf: entry.leaf(edge.stamper.next(clock.now())).encode(),
            sealed_detail: sealed.detail.clone(),
            sealed_facts: sealed.facts.clone(),
            wrapped_secret: sealed.wrapped_secret.clone(),
            client: submission.client,
        });
    }
    let leaves: Vec<&[u8]> = entries.iter().map(|entry| entry.leaf.as_slice()).collect();
    let laid = Batch::lay(&edge.frontier, &leaves)?;
    let tiles = laid
        .full_tiles()
        .iter()
        .map(|tile| TileBytes {
            level: tile.id.level,
            index: tile.id.index,
            hashes: tile.bytes(),
        })
        .collect();
    // The second hashing reads the buffers that are about to be written.
    let confirmed = laid.confirm(&leaves)?;
    let checkpoint = confirmed.sign(&mut edge.signer)?;
    let head = confirmed.head();
    let shared: Arc<str> = checkpoint.as_str().into();
    let places = (from_size..)
        .zip(&entries)
        .map(|(index, entry)| Appended {
            index,
            leaf: entry.leaf.clone(),
            checkpoint: Arc::clone(&shared),
        })
        .collect();
    let head = LogHead {
        size: head.size,
        root: *head.root.as_bytes(),
        checkpoint,
    };
    Ok(Prepared {
        batch: AuditBatch {
            from_size,
            entries,
            tiles,
            head,
        },
        places,
        after: confirmed.into_frontier(),
    })
}
