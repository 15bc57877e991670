//! The sequencer's thread: takes what waits, puts it in order, files it, signs, writes, answers.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gateway_audit::lists::updates::{label_key_digest, map_leaf};
use gateway_audit::tree::TileSet;
use gateway_audit::{Batch, Frontier, Label, ListKeys, ListMap, SealedEntry};
use gateway_store::{AuditBatch, AuditStore, ListHead, LogHead, NewEntry, StoreError, TileBytes};
use gateway_types::Clock;
use tokio::sync::mpsc;

use super::edge::Edge;
use super::mark::MarkKeeper;
use super::{
    Appended, BATCH, CONFLICTS, LogKey, LogUnavailable, RETRY, ShownLists, Submission, Work, Written,
};

pub(super) struct Sequencer {
    store: Arc<dyn AuditStore>,
    key: LogKey,
    keys: Arc<ListKeys>,
    clock: Arc<dyn Clock>,
    /// `None` after a failed write: the store has to be asked where the log stands.
    edge: Option<Edge>,
    /// INVARIANT: while there is an edge, the map has the root of its last entry, or is `None` and to be read.
    map: Option<ListMap>,
    mark: MarkKeeper,
    /// What was put off to the next batch, because a list of its own was in the last.
    put_off: VecDeque<Submission>,
    /// The last batch that this process wrote.
    last: Option<Arc<Written>>,
    well: Arc<AtomicBool>,
}

impl Sequencer {
    pub(super) fn new(
        store: Arc<dyn AuditStore>,
        key: LogKey,
        keys: Arc<ListKeys>,
        clock: Arc<dyn Clock>,
        (edge, map): (Edge, ListMap),
        mark: MarkKeeper,
        well: Arc<AtomicBool>,
    ) -> Self {
        Self {
            store,
            key,
            keys,
            clock,
            edge: Some(edge),
            map: Some(map),
            mark,
            put_off: VecDeque::new(),
            last: None,
            well,
        }
    }

    pub(super) fn run(mut self, runtime: &tokio::runtime::Handle, mut waiting: mpsc::Receiver<Work>) {
        raise_priority();
        loop {
            let first = if let Some(first) = self.put_off.pop_front() {
                Some(Work::Append(first))
            } else if self.edge.is_some() {
                waiting.blocking_recv()
            } else {
                // Nobody is sent here while the log is down, so it has to find out by itself that the store is back.
                match runtime.block_on(async { tokio::time::timeout(RETRY, waiting.recv()).await }) {
                    Ok(first) => first,
                    Err(_) => {
                        // That it can be read does not show that it can be written. A batch of nothing does: the root of
                        // the lists once more.
                        let back = runtime.block_on(self.write(&[])).is_ok();
                        if !back {
                            self.edge = None;
                        }
                        self.well.store(back, Ordering::Release);
                        continue;
                    }
                }
            };
            let first = match first {
                Some(Work::Append(first)) => first,
                Some(Work::Show { labels, reply }) => {
                    // Whoever asked may have gone away.
                    let _gone = reply.send(self.show(&labels));
                    continue;
                }
                None => return,
            };
            let taken = self.take(first, &mut waiting);
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
                    let refused = taken.into_iter().chain(std::mem::take(&mut self.put_off));
                    for submission in refused {
                        let _gone = submission.reply.send(Err(LogUnavailable));
                    }
                }
            }
        }
    }

    /// What goes into one batch. Of two entries on the same list the later waits for the next batch: the proof that the
    /// earlier is filed would otherwise tell its recipient of the other.
    fn take(&mut self, first: Submission, waiting: &mut mpsc::Receiver<Work>) -> Vec<Submission> {
        let mut lists: HashSet<Label> = first.entry.labels().iter().copied().collect();
        let mut taken = vec![first];
        let mut again = VecDeque::new();
        while taken.len() < BATCH
            && let Some(next) = self
                .put_off
                .pop_front()
                .map(Work::Append)
                .or_else(|| waiting.try_recv().ok())
        {
            let next = match next {
                Work::Append(next) => next,
                // As things stood before this batch.
                Work::Show { labels, reply } => {
                    let _gone = reply.send(self.show(&labels));
                    continue;
                }
            };
            if next.entry.labels().iter().any(|label| lists.contains(label)) {
                again.push_back(next);
            } else {
                lists.extend(next.entry.labels());
                taken.push(next);
            }
        }
        again.append(&mut self.put_off);
        self.put_off = again;
        taken
    }

    /// Where lists stand after the last batch.
    fn show(&self, labels: &[Label]) -> Result<ShownLists, LogUnavailable> {
        let (Some(_), Some(map), Some(last)) = (&self.edge, &self.map, &self.last) else {
            return Err(LogUnavailable);
        };
        // Another process may have appended since, and the map been read anew: what is shown must be of one moment.
        if map.root() != last.lists {
            return Err(LogUnavailable);
        }
        Ok(ShownLists {
            checkpoint: last.checkpoint.clone(),
            size: last.size,
            map: last.map().map_err(|_| LogUnavailable)?,
            root: last.lists,
            paths: labels.iter().map(|label| map.path(label)).collect(),
        })
    }

    /// Asks the store where the log stands, if that is not known.
    async fn find_edge(&mut self) -> Result<(), ()> {
        let unreadable = |error| tracing::error!(%error, "the audit log cannot be read");
        if self.edge.is_none() {
            let edge = Edge::read(&*self.store, &self.key).await.map_err(unreadable)?;
            // What a failed write did to the map, or another process to the lists, shows in the root.
            if self
                .map
                .as_ref()
                .is_some_and(|map| edge.lists != Some(map.root()))
            {
                self.map = None;
            }
            self.edge = Some(edge);
        }
        if self.map.is_none()
            && let Some(edge) = &self.edge
        {
            self.map = Some(edge.load_lists(&*self.store).await.map_err(unreadable)?);
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
        let (Some(edge), Some(map)) = (self.edge.as_mut(), self.map.as_mut()) else {
            return Err(NOT_READY);
        };
        let prepared = prepare(edge, map, &self.keys, taken, &*self.clock).map_err(|error| {
            tracing::error!(%error, "a batch of audit entries cannot be prepared");
            NOT_READY
        })?;
        let root = map.root();
        self.store.append(prepared.batch).await?;
        edge.frontier = prepared.after;
        edge.lists = Some(root);
        self.mark.note(&prepared.written.checkpoint);
        self.last = Some(prepared.written);
        Ok(prepared.places)
    }
}

struct Prepared {
    batch: AuditBatch,
    places: Vec<Appended>,
    written: Arc<Written>,
    after: Frontier,
}

/// Orders, files, hashes (twice) and signs. The map is changed here; if the batch is not written it is read anew.
fn prepare(
    edge: &mut Edge,
    map: &mut ListMap,
    keys: &ListKeys,
    taken: &[Submission],
    clock: &dyn Clock,
) -> Result<Prepared, Box<dyn std::error::Error>> {
    let from_size = edge.frontier.size();
    let sealed = || taken.iter().map(|submission| &*submission.entry);
    let filed = map.file(keys, (from_size..).zip(sealed().map(SealedEntry::labels)));
    let mut entries = Vec::with_capacity(taken.len() + 1);
    for submission in taken {
        let entry = &submission.entry;
        let parts = entry.ciphertexts();
        entries.push(NewEntry {
            event: entry.event(),
            kind: entry.kind().number(),
            leaf: entry.leaf(edge.stamper.next(clock.now())).encode(),
            sealed_detail: parts.detail.clone(),
            sealed_facts: parts.facts.clone(),
            wrapped_secret: parts.wrapped_secret.clone(),
            client: submission.client,
        });
    }
    let updates = filed.updates.encode();
    let place = from_size + entries.len() as u64;
    let lists = map.root();
    let last = map_leaf(
        lists,
        label_key_digest(keys.verifier()),
        &updates,
        place,
        edge.stamper.next(clock.now()),
    );
    entries.push(NewEntry {
        event: last.event,
        kind: last.kind.number(),
        leaf: last.encode(),
        sealed_detail: updates,
        sealed_facts: Vec::new(),
        wrapped_secret: Vec::new(),
        client: None,
    });
    let leaves: Vec<&[u8]> = entries.iter().map(|entry| entry.leaf.as_slice()).collect();
    let laid = Batch::lay(&edge.frontier, &leaves)?;
    let mut proving = TileSet::default();
    let mut tiles = Vec::new();
    for tile in laid.full_tiles() {
        proving.insert(tile.id, &tile.bytes())?;
        tiles.push(TileBytes {
            level: tile.id.level,
            index: tile.id.index,
            hashes: tile.bytes(),
        });
    }
    // The second hashing reads the buffers that are about to be written.
    let confirmed = laid.confirm(&leaves)?;
    let checkpoint = confirmed.sign(&mut edge.signer)?;
    let head = confirmed.head();
    let after = confirmed.into_frontier();
    proving.insert_edge(&after);
    let written = Arc::new(Written {
        checkpoint: checkpoint.clone(),
        size: head.size,
        lists,
        map_leaf: last.encode(),
        tiles: proving,
    });
    let places = (from_size..)
        .zip(&entries)
        .zip(sealed().zip(filed.before))
        .map(|((index, entry), (sealed, before))| Appended {
            index,
            leaf: entry.leaf.clone(),
            filed: before
                .into_iter()
                .zip(sealed.labels())
                .map(|(before, label)| (before, map.path(label)))
                .collect(),
            batch: Arc::clone(&written),
        })
        .collect();
    let heads = filed.heads.into_iter().map(|(label, head)| ListHead {
        label: *label.as_bytes(),
        head: *head.0.as_bytes(),
    });
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
            lists: heads.collect(),
            head,
        },
        places,
        written,
        after,
    })
}

/// Lets the sequencer go before the work of a push: a disclosure waits for it, a push does not mind. Where the system does
/// not let us, it goes on as it is.
#[cfg(unix)]
fn raise_priority() {
    // On Linux a nice value is a thread's own.
    let _refused = rustix::process::nice(-10);
}

#[cfg(not(unix))]
fn raise_priority() {}
