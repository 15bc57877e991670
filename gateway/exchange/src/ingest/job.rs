//! A push as a job: check, read, link and stage in a pipeline, publish once. Progress is counted, never content.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use adapters::hl7v2::Standing;
use futures_util::stream::{self, StreamExt as _};
use gateway_crypto::DrawnAhead;
use gateway_store::{
    Begun, ExportMark, IngestRecord, IngestState, NewIngest, RecordStore, StagedBatch, StoreError,
};
use gateway_types::registry::Agency;
use gateway_types::{AgencyId, IngestId, StaffId};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;

use super::Push;
use super::batches::Batches;
use super::deletions::{self, MeantDeletions, Weighed};
use super::door::{Door, DoorClosed, Received};
use super::older;
use super::read::{self, Piece, Refused};
use super::victims;
use crate::gateway::Gateway;
use crate::intake::{Intake, IntakeCounts};
use crate::spool::Spool;

/// How far a running push has come.
#[derive(Debug, Default)]
pub(super) struct Progress {
    records: AtomicU64,
    expected: AtomicU64,
}

impl Progress {
    pub(super) fn expect(&self, records: u64) {
        self.expected.store(records, Ordering::Relaxed);
    }

    fn advance(&self, records: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
    }
}

/// The pushes that are running in this process.
#[derive(Clone, Debug, Default)]
pub struct Imports(Arc<Running>);

#[derive(Debug, Default)]
struct Running {
    progress: Mutex<HashMap<IngestId, Arc<Progress>>>,
    ended: Notify,
    /// Who of an agency's clients pushed as JSON comes next.
    queues: Mutex<HashMap<AgencyId, Arc<tokio::sync::Mutex<()>>>>,
}

/// How many clients pushed as JSON wait for one agency at most.
const QUEUE: usize = 64;

impl Imports {
    pub(super) fn progress(&self, id: IngestId) -> Option<Arc<Progress>> {
        self.running().get(&id).cloned()
    }

    pub(super) fn begin(&self, id: IngestId) -> Arc<Progress> {
        let progress = Arc::new(Progress::default());
        self.running().insert(id, Arc::clone(&progress));
        progress
    }

    pub(super) fn end(&self, id: IngestId) {
        self.running().remove(&id);
        self.0.ended.notify_waiters();
    }

    /// Completes when a push ends. What ends after this was called is heard, whenever it is awaited.
    pub(super) fn ended(&self) -> impl Future<Output = ()> {
        self.0.ended.notified()
    }

    /// The queue of an agency's clients pushed as JSON, who come in the order in which they were pushed: a later state
    /// of a client must not be overtaken by an earlier one. `None` if it is full.
    pub(super) fn queue(&self, agency: &AgencyId) -> Option<Arc<tokio::sync::Mutex<()>>> {
        let mut queues = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = Arc::clone(queues.entry(agency.clone()).or_default());
        // One is held here, one is given out; the others wait or are at work.
        (Arc::strong_count(&queue) <= QUEUE + 2).then_some(queue)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<IngestId, Arc<Progress>>> {
        self.0.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A push as it stands.
#[derive(Clone, Debug)]
pub struct ImportStatus {
    /// Its id.
    pub id: IngestId,
    /// How far it has come.
    pub state: IngestState,
    /// Records read so far, while it is running.
    pub records: u64,
    /// How many there are, once that is known.
    pub records_expected: Option<u64>,
    /// What became of them.
    pub report: Option<serde_json::Value>,
}

impl ImportStatus {
    pub(super) fn of(record: &IngestRecord, progress: Option<&Progress>) -> Self {
        let count = |counter: fn(&Progress) -> &AtomicU64| {
            progress.map_or(0, |progress| counter(progress).load(Ordering::Relaxed))
        };
        let expected = count(|progress| &progress.expected);
        Self {
            id: record.begun.id,
            state: record.state,
            records: count(|progress| &progress.records),
            records_expected: (expected > 0).then_some(expected),
            report: record.report.clone(),
        }
    }

    /// The state as a word.
    #[must_use]
    pub const fn state_word(&self) -> &'static str {
        match self.state {
            IngestState::Running => "running",
            IngestState::Published => "published",
            IngestState::Refused => "refused",
            IngestState::Failed => "failed",
        }
    }
}

/// What beginning an import came to.
#[derive(Debug)]
pub enum Opened {
    /// The same bytes were taken in before: this is what became of them.
    Before(ImportStatus),
    /// It is to be run.
    Running(Box<Import>),
}

/// A push that has begun.
#[derive(Debug)]
#[must_use = "an import that is not run stays running for ever"]
pub struct Import {
    gateway: Arc<Gateway>,
    push: Push,
    door: Door,
    spool: Spool,
    meant: Option<MeantDeletions>,
    older: Option<StaffId>,
    progress: Arc<Progress>,
}

impl Gateway {
    /// Begins an import.
    ///
    /// # Errors
    /// [`DoorClosed`].
    pub async fn begin_import(self: &Arc<Self>, received: Received) -> Result<Opened, DoorClosed> {
        let Received {
            door,
            spool,
            meant,
            older,
        } = received;
        let push = self.new_push(&door, spool.digest())?;
        let begun = match self.records().begin_ingest(&push.ingest).await {
            Ok(begun) => begun,
            Err(error) => return Err(self.not_begun(&push, error).await),
        };
        match begun {
            Begun::Already(before) => Ok(Opened::Before(ImportStatus::of(&before, None))),
            Begun::New => {
                let progress = self.imports().begin(push.ingest.id);
                Ok(Opened::Running(Box::new(Import {
                    gateway: Arc::clone(self),
                    push,
                    door,
                    spool,
                    meant,
                    older,
                    progress,
                })))
            }
        }
    }
}

impl Import {
    /// The import as it stands now.
    #[must_use]
    pub fn status(&self) -> ImportStatus {
        let record = IngestRecord {
            begun: self.push.ingest.clone(),
            state: IngestState::Running,
            ended_at: None,
            report: None,
        };
        ImportStatus::of(&record, Some(&self.progress))
    }

    /// Runs it to its end: published, refused or failed. Returns how it ended.
    pub async fn run(self) -> ImportStatus {
        let (gateway, ingest) = (Arc::clone(&self.gateway), self.push.ingest.clone());
        // In a task of its own, so that even a panic ends the push instead of leaving it running for ever.
        if let Ok(status) = tokio::spawn(self.run_guarded()).await {
            return status;
        }
        tracing::error!(import = %ingest.id, "an import panicked");
        gateway
            .undo(&ingest, IngestState::Failed, &serde_json::Value::Null)
            .await;
        gateway.imports().end(ingest.id);
        ImportStatus {
            id: ingest.id,
            state: IngestState::Failed,
            records: 0,
            records_expected: None,
            report: None,
        }
    }

    async fn run_guarded(self) -> ImportStatus {
        let Self {
            gateway,
            mut push,
            door,
            spool,
            meant,
            older,
            progress,
        } = self;
        let mut outcome = work(&gateway, &push.ingest, &door, spool, (&progress, older.is_some())).await;
        if let Ok(Done {
            export, overtakes, ..
        }) = &outcome
        {
            push.older_by = older.filter(|_| *overtakes);
            if let Some(export) = export
                && let Err(error) = (gateway.records())
                    .note_export(push.ingest.id, &push.ingest.source, export)
                    .await
            {
                outcome = Err(not_staged(&error));
            }
        }
        if outcome.is_ok() {
            match deletions::weigh(gateway.records(), &push.ingest, meant.as_ref(), None).await {
                Ok(Weighed::Unasked) => {}
                Ok(Weighed::Meant) => push.meant_by = meant.map(|meant| meant.by),
                Ok(Weighed::Asks(report)) => outcome = Err(NotTaken::Refused(report)),
                Err(error) => outcome = Err(not_staged(&error)),
            }
        }
        if outcome.is_ok() && !gateway.is_as_admitted(&door) {
            outcome = Err(NotTaken::Failed);
        }
        let ingest = &push.ingest;
        let (state, report) = match outcome {
            Ok(Done { counts, report, .. }) => {
                let report = serde_json::json!({ "counts": counts, "findings": report });
                match gateway.publish(&push, counts, &report).await {
                    Ok(()) => (IngestState::Published, report),
                    Err(_) => (IngestState::Failed, serde_json::Value::Null),
                }
            }
            Err(NotTaken::Refused(findings)) => {
                gateway.turn_back(&push, &findings).await;
                (IngestState::Refused, serde_json::json!({ "findings": findings }))
            }
            Err(NotTaken::Failed) => {
                gateway
                    .undo(ingest, IngestState::Failed, &serde_json::Value::Null)
                    .await;
                (IngestState::Failed, serde_json::Value::Null)
            }
        };
        let status = ImportStatus {
            id: ingest.id,
            state,
            records: progress.records.load(Ordering::Relaxed),
            records_expected: None,
            report: Some(report),
        };
        gateway.imports().end(ingest.id);
        tracing::info!(import = %ingest.id, source = %ingest.source, state = status.state_word(), records = status.records, "an import ended");
        status
    }
}

/// Why a push was not taken in.
enum NotTaken {
    /// It cannot be: the report says why.
    Refused(serde_json::Value),
    /// A fault of ours.
    Failed,
}

impl From<Refused> for NotTaken {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused.0)
    }
}

fn not_staged(error: &dyn std::error::Error) -> NotTaken {
    tracing::error!(%error, "a push could not be staged");
    NotTaken::Failed
}

/// Pieces that wait to be staged. The store makes ready one more while it writes another.
const WAITING: usize = 1;

/// The staging of pieces while the next ones are read and placed. Dropped, it stops.
struct Staging {
    pieces: mpsc::Sender<StagedBatch>,
    running: JoinSet<Result<u64, StoreError>>,
}

impl Staging {
    fn begin(store: Arc<dyn RecordStore>, ingest: &NewIngest) -> Self {
        let (pieces, mut come) = mpsc::channel(WAITING);
        let (id, source) = (ingest.id, ingest.source.clone());
        let mut running = JoinSet::new();
        running.spawn(async move {
            let pieces = stream::poll_fn(move |context| come.poll_recv(context)).boxed();
            store.stage_all(id, &source, pieces).await
        });
        Self { pieces, running }
    }

    /// Waits until all pieces are staged; returns how many elements were stored. Afterwards nothing of the push is on
    /// its way any more.
    async fn finish(mut self) -> Result<u64, NotTaken> {
        drop(self.pieces);
        match self.running.join_next().await {
            Some(Ok(stored)) => stored.map_err(|error| not_staged(&error)),
            // What a panic says may hold what was being staged: it is not logged.
            Some(Err(_)) => {
                tracing::error!("staging a push panicked");
                Err(NotTaken::Failed)
            }
            None => Err(NotTaken::Failed),
        }
    }
}

/// A push that is staged whole.
struct Done {
    counts: IntakeCounts,
    report: serde_json::Value,
    /// Which export it is, if its format knows of exports.
    export: Option<ExportMark>,
    /// Whether that is older than what it overtakes.
    overtakes: bool,
}

async fn work(
    gateway: &Arc<Gateway>,
    ingest: &NewIngest,
    door: &Door,
    spool: Spool,
    (progress, though_older): (&Arc<Progress>, bool),
) -> Result<Done, NotTaken> {
    let columns = gateway.settings().call_columns.get(&ingest.source).cloned();
    // Few batches wait, so that memory stays flat whichever side is slower.
    let (sender, mut batches) = mpsc::channel(4);
    let (kind, counting) = (ingest.kind, Arc::clone(progress));
    let agency = door.agency();
    let registered = agency.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let source = read::Source {
            agency: &registered,
            columns: columns.as_deref(),
        };
        read::records(kind, spool, &source, &counting, &sender)
    });
    let store = gateway.shared_records();
    let thresholds = gateway.thresholds();
    let entropy = DrawnAhead::from(gateway.shared_entropy());
    let mut intake = Intake::new(&*store, gateway.clock(), &entropy, &thresholds, agency, ingest.id);
    let mut counts = IntakeCounts::default();
    let staging = Staging::begin(Arc::clone(&store), ingest);
    let mut standing = Standing::default();
    let mut placed = Ok(());
    let (mut export, mut overtakes) = (None, false);
    while let Some(batch) = batches.recv().await {
        let records = u64::try_from(batch.len()).unwrap_or(0);
        let batch = match batch {
            Piece::Records(records) => records,
            Piece::Export(read) => {
                match older::weigh(&*store, ingest, read).await {
                    Ok(weighed) if weighed.newest.is_some() && !though_older => {
                        placed = Err(NotTaken::Refused(weighed.report()));
                        break;
                    }
                    Ok(weighed) => {
                        overtakes = weighed.newest.is_some();
                        export = Some(weighed.mark);
                    }
                    Err(error) => {
                        placed = Err(not_staged(&error));
                        break;
                    }
                }
                continue;
            }
            Piece::Events(events) => {
                match intake.lay_over(&mut standing, events).await {
                    Ok(left) => counts.merges_left += left,
                    Err(error) => {
                        placed = Err(not_staged(&error));
                        break;
                    }
                }
                progress.advance(records);
                continue;
            }
        };
        match intake.place_all(batch).await {
            Ok((piece, placed)) => {
                counts += placed;
                // Staging that has stopped says why when it is finished.
                if staging.pieces.send(piece).await.is_err() {
                    break;
                }
            }
            Err(error) => {
                placed = Err(not_staged(&error));
                break;
            }
        }
        progress.advance(records);
    }
    // Whatever went wrong: nothing of this push may still be on its way when it is undone.
    drop(batches);
    if placed.is_ok() {
        placed = send_standing(&mut intake, agency, standing, &staging, &mut counts).await;
    }
    if placed.is_ok() {
        placed = (intake.keep_merges().await).map_err(|error| not_staged(&error));
    }
    let staged = staging.finish().await;
    placed?;
    counts.stored_elements = staged?;
    let report = reading.await.map_err(|_| {
        tracing::error!("reading a push panicked");
        NotTaken::Failed
    })??;
    Ok(Done {
        counts,
        report,
        export,
        overtakes,
    })
}

/// Sends on what messages have changed, each record once and whole.
async fn send_standing(
    intake: &mut Intake<'_>,
    agency: &Agency,
    standing: Standing,
    staging: &Staging,
    counts: &mut IntakeCounts,
) -> Result<(), NotTaken> {
    let mut records = standing.into_records();
    victims::without_their_clients(agency, &mut records);
    let mut batches = Batches::default();
    let mut full: Vec<_> = (records.into_iter())
        .filter_map(|record| batches.add(record))
        .collect();
    full.extend(batches.rest());
    for batch in full {
        let (piece, placed) = intake
            .place_all(batch)
            .await
            .map_err(|error| not_staged(&error))?;
        *counts += placed;
        // Staging that has stopped says why when it is finished.
        if staging.pieces.send(piece).await.is_err() {
            break;
        }
    }
    Ok(())
}
