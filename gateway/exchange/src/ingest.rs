//! The way of a record in: the door, the sealed spool, the check, staging, one publication.
//!
//! Promise 8, "nothing acknowledged is lost": what is reported as published is stored. Promise 9, "what must not be
//! here is not here": a victim service provider is turned away before a byte of its push is read.

mod batches;
mod deletions;
mod door;
mod job;
mod messages;
mod older;
mod read;
mod sweep;
mod victims;

pub use deletions::MeantDeletions;
pub(crate) use door::Turns;
pub use door::{Door, DoorClosed, Received, Receiving};
pub use job::{Import, ImportStatus, Imports, Opened};
pub(crate) use messages::Lanes;
pub use messages::{MessageDoor, Pending, frames};

use std::sync::Arc;
use std::time::Duration;

use gateway_audit::{Detail, EntryKind};
use gateway_crypto::Digest;
use gateway_store::{Begun, IngestKind, IngestState, NewIngest, StoreError};
use gateway_types::{IngestId, SourceRecord, StaffId};
use tokio::time::Instant;

use self::deletions::Weighed;
use crate::gateway::Gateway;
use crate::intake::{Intake, IntakeCounts};
use crate::requester::Sender;

/// How often it is looked whether a push that nobody here runs has ended.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The longest pause before something is tried again.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// A push that begins.
#[derive(Clone, Debug)]
struct Push {
    ingest: NewIngest,
    /// Digest of the bytes received, as anybody can compute it.
    received: Digest,
    /// Who says that what it takes away is meant, if it takes away so much that somebody has to.
    meant_by: Option<StaffId>,
    /// Who says that it is to overtake a newer export, if it does.
    older_by: Option<StaffId>,
}

/// A client pushed as JSON, stored.
#[derive(Debug)]
pub struct ClientPushed {
    /// The push.
    pub import: IngestId,
    /// What is to be known about it.
    pub report: serde_json::Value,
}

/// Why a client pushed as JSON was not stored.
#[derive(Debug, thiserror::Error)]
pub enum NotPushed {
    /// The door is closed.
    #[error(transparent)]
    Door(#[from] DoorClosed),
    /// The content cannot be accepted: where and why, without any client data.
    #[error("the content cannot be accepted")]
    Unacceptable(String),
    /// Together with what went before it takes away so much that somebody has to say that it is meant: how much.
    #[error("so much would be taken away that somebody has to say that it is meant")]
    Asks(serde_json::Value),
}

impl Gateway {
    /// Takes in one client as JSON; when this returns it is stored and visible.
    ///
    /// # Errors
    /// [`NotPushed`].
    pub async fn push_client(
        self: &Arc<Self>,
        door: Door,
        bytes: &[u8],
        meant: Option<MeantDeletions>,
    ) -> Result<ClientPushed, NotPushed> {
        let read = read::one_client(bytes, door.agency()).map_err(NotPushed::Unacceptable)?;
        let mut push = self.new_push(&door, Digest::of(bytes)).map_err(NotPushed::Door)?;
        let given_up = Instant::now() + self.settings().turn_patience;
        let queue = self
            .imports()
            .queue(&door.agency().id)
            .ok_or(DoorClosed::AlreadyRunning)?;
        // Held until this push has ended.
        let Ok(_turn) = tokio::time::timeout_at(given_up, queue.lock()).await else {
            return Err(DoorClosed::AlreadyRunning.into());
        };
        if let Begun::Already(before) = self.begin_in_turn(&mut push, given_up).await? {
            let report = before.report.clone().unwrap_or_default();
            return Ok(ClientPushed {
                import: before.begun.id,
                report,
            });
        }
        let _running = self.imports().begin(push.ingest.id);
        // In a task of its own, so that even a panic ends the push instead of leaving it running for ever.
        let (gateway, ingest) = (Arc::clone(self), push.ingest.clone());
        let of = Door::clone(&door);
        let taking = tokio::spawn(async move { gateway.take_client(&door, &ingest, read.records).await });
        // What a panic says may hold what was being taken in: it is not logged.
        let taken = taking.await.unwrap_or_else(|_| {
            tracing::error!("taking in a client panicked");
            Err(DoorClosed::Fault)
        });
        let weighed = match taken {
            Ok(_) if !self.is_as_admitted(&of) => Err(DoorClosed::Unavailable),
            Ok(counts) => deletions::weigh(self.records(), &push.ingest, meant.as_ref(), None)
                .await
                .map(|weighed| (counts, weighed))
                .map_err(DoorClosed::from),
            Err(closed) => Err(closed),
        };
        let published = match weighed {
            Ok((_, Weighed::Asks(report))) => {
                self.turn_back(&push, &report).await;
                Err(NotPushed::Asks(report))
            }
            Ok((counts, weighed)) => {
                if weighed == Weighed::Meant {
                    push.meant_by = meant.map(|meant| meant.by);
                }
                let report = serde_json::json!({ "counts": counts, "findings": read.report });
                let published = self.publish(&push, counts, &report).await;
                published.map(|()| report).map_err(NotPushed::Door)
            }
            Err(closed) => {
                self.undo(&push.ingest, IngestState::Failed, &serde_json::Value::Null)
                    .await;
                Err(NotPushed::Door(closed))
            }
        };
        self.imports().end(push.ingest.id);
        Ok(ClientPushed {
            import: push.ingest.id,
            report: published?,
        })
    }

    /// Records that a push is refused, and undoes it.
    async fn turn_back(&self, push: &Push, findings: &serde_json::Value) {
        let logged = self
            .log_ingest(EntryKind::IngestRefused, push, IntakeCounts::default())
            .await;
        if logged.is_err() {
            tracing::error!("the refusal of a push could not be recorded");
        }
        let report = serde_json::json!({ "findings": findings });
        self.undo(&push.ingest, IngestState::Refused, &report).await;
    }

    /// A push that the store may have begun all the same, if it could not say so, is undone.
    async fn not_begun(&self, push: &Push, error: StoreError) -> DoorClosed {
        if !matches!(error, StoreError::Conflict { .. }) {
            self.undo(&push.ingest, IngestState::Failed, &serde_json::Value::Null)
                .await;
        }
        error.into()
    }

    async fn take_client(
        &self,
        door: &Door,
        ingest: &NewIngest,
        records: Vec<SourceRecord>,
    ) -> Result<IntakeCounts, DoorClosed> {
        let thresholds = self.thresholds();
        let mut intake = Intake::new(
            self.records(),
            self.clock(),
            self.entropy(),
            &thresholds,
            door.agency(),
            ingest.id,
        );
        intake.take(records).await.map_err(|error| {
            tracing::error!(%error, "a client could not be taken in");
            DoorClosed::Unavailable
        })
    }

    /// Begins a push, waiting for its turn while another one of the same agency runs.
    async fn begin_in_turn(&self, push: &mut Push, given_up: Instant) -> Result<Begun, DoorClosed> {
        loop {
            // Listening before asking: what ends in between is heard.
            let ended = self.imports().ended();
            push.ingest.received_at = self.now();
            match self.records().begin_ingest(&push.ingest).await {
                Err(StoreError::Conflict { .. }) if Instant::now() < given_up => {}
                Err(error) => return Err(self.not_begun(push, error).await),
                Ok(begun) => return Ok(begun),
            }
            // What another process runs is not heard of here.
            let look_again = given_up.min(Instant::now() + LOOK_AGAIN);
            let _ = tokio::time::timeout_at(look_again, ended).await;
        }
    }

    /// How far a push of the sender's own agency has come; `None` if there is no such push of theirs.
    ///
    /// # Errors
    /// [`DoorClosed`], if the store fails.
    pub async fn import_status(
        &self,
        sender: &Sender,
        id: IngestId,
    ) -> Result<Option<ImportStatus>, DoorClosed> {
        let Some(record) = self.records().ingest(id).await? else {
            return Ok(None);
        };
        if record.begun.source != *sender.agency_id() {
            return Ok(None);
        }
        Ok(Some(ImportStatus::of(
            &record,
            self.imports().progress(id).as_deref(),
        )))
    }

    fn new_push(&self, door: &Door, received: Digest) -> Result<Push, DoorClosed> {
        let ingest = NewIngest {
            id: IngestId::generate(self.clock(), self.entropy()).map_err(|_| DoorClosed::Fault)?,
            source: door.agency().id.clone(),
            kind: door.kind(),
            digest: self.digest_as_read(door, received)?,
            received_at: self.now(),
        };
        Ok(Push {
            ingest,
            received,
            meant_by: None,
            older_by: None,
        })
    }

    /// The digest of a push and of all that decides how it is read: which programmes are registered, how columns are
    /// named, which release reads it. After a correction of any of these the same bytes are read again.
    fn digest_as_read(&self, door: &Door, received: Digest) -> Result<Digest, DoorClosed> {
        let agency = serde_json::to_vec(door.agency()).map_err(|_| DoorClosed::Fault)?;
        let columns = self.settings().call_columns.get(&door.agency().id);
        Ok(Digest::of_parts(&[
            received.as_bytes(),
            &agency,
            columns.map_or(&[], |columns| columns.as_bytes()),
            env!("CARGO_PKG_VERSION").as_bytes(),
        ]))
    }

    /// Writes the entry of a push, then makes it visible. If the log cannot be written, nothing becomes visible.
    async fn publish(
        &self,
        push: &Push,
        counts: IntakeCounts,
        report: &serde_json::Value,
    ) -> Result<(), DoorClosed> {
        let ingest = &push.ingest;
        let logged = self.log_ingest(EntryKind::Ingest, push, counts).await;
        let published = match logged {
            Ok(()) => self
                .records()
                .publish(ingest.id, report, self.now())
                .await
                .map_err(DoorClosed::from),
            Err(error) => Err(error),
        };
        if published.is_err() {
            self.undo(ingest, IngestState::Failed, &serde_json::Value::Null)
                .await;
        }
        // Messages come all the time: their lane counts now and then.
        if ingest.kind != IngestKind::Hl7V2Messages {
            self.count_people().await;
        }
        published
    }

    /// Ends a push of which nothing is kept. What cannot be undone now is tried again until it is, since its source
    /// cannot push before; what is staged stays invisible, and a restart would sweep it.
    async fn undo(&self, ingest: &NewIngest, state: IngestState, report: &serde_json::Value) {
        let (id, now) = (ingest.id, self.now());
        let error = match self.records().abort(id, state, report, now).await {
            // It has ended, or never begun.
            Ok(()) | Err(StoreError::Missing { .. }) => return,
            Err(error) => error,
        };
        tracing::error!(%error, import = %id, "a push could not be undone now; it is tried again");
        let (records, imports, report) = (self.shared_records(), self.imports().clone(), report.clone());
        tokio::spawn(async move {
            let mut pause = LOOK_AGAIN;
            loop {
                tokio::time::sleep(pause).await;
                match records.abort(id, state, &report, now).await {
                    // It has ended meanwhile: published after all, or undone by the call that failed.
                    Ok(()) | Err(StoreError::Missing { .. }) => break,
                    Err(error) => tracing::error!(%error, import = %id, "a push still could not be undone"),
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            imports.end(id);
            tracing::info!(import = %id, "a push has been undone");
        });
    }

    async fn log_ingest(&self, kind: EntryKind, push: &Push, counts: IntakeCounts) -> Result<(), DoorClosed> {
        let ingest = &push.ingest;
        let mut detail = Detail::at(self.now());
        detail.requester = Some(gateway_audit::detail::Party {
            agency: ingest.source.clone(),
            person: None,
            role: None,
            system: None,
        });
        detail.ingest = Some(gateway_audit::detail::Intake {
            id: ingest.id,
            received: push.received,
            accepted: counts.elements,
            quarantined: counts.unknown_provenance,
            refused: counts.without_client + counts.barred + counts.refused,
        });
        let mut notes = Vec::new();
        if counts.merges_left > 0 {
            notes.push(format!(
                "{} merges of clients were left to a person: a word of theirs is on file",
                counts.merges_left
            ));
            tracing::warn!(import = %ingest.id, merges = counts.merges_left, "merges of clients were left to a person");
        }
        if let Some(by) = &push.meant_by {
            notes.push(format!(
                "more is taken away than a push does unasked: `{by}` says that it is meant"
            ));
        }
        if let Some(by) = &push.older_by {
            notes.push(format!(
                "it overtakes an export that was made later: `{by}` says that it is meant"
            ));
        }
        if !notes.is_empty() {
            detail.note = Some(notes.join("; ").into());
        }
        let key = self.records().client_key(None).await?;
        self.log_new_event(kind, &key, detail, b"")
            .await
            .map_err(|_| DoorClosed::Unavailable)?;
        Ok(())
    }
}
