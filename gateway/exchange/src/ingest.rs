//! The way of a record in: the door, the sealed spool, the check, staging, one publication.
//!
//! Promise 8, "nothing acknowledged is lost": what is reported as published is stored. Promise 9, "what must not be
//! here is not here": a victim service provider is turned away before a byte of its push is read.

mod batches;
mod door;
mod job;
mod read;
mod victims;

pub(crate) use door::Turns;
pub use door::{Door, DoorClosed, Received, Receiving};
pub use job::{Import, ImportStatus, Imports, Opened};

use gateway_audit::{Detail, EntryKind};
use gateway_store::{IngestState, NewIngest};
use gateway_types::IngestId;

use crate::gateway::Gateway;
use crate::intake::{Intake, IntakeCounts};
use crate::requester::Sender;

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
}

impl Gateway {
    /// Takes in one client as JSON; when this returns it is stored and visible.
    ///
    /// # Errors
    /// [`NotPushed`].
    pub async fn push_client(&self, door: Door, bytes: &[u8]) -> Result<ClientPushed, NotPushed> {
        let read = read::one_client(bytes, door.agency()).map_err(NotPushed::Unacceptable)?;
        let ingest = self
            .new_ingest(&door, gateway_crypto::Digest::of(bytes))
            .map_err(NotPushed::Door)?;
        if let gateway_store::Begun::Already(before) = self
            .records()
            .begin_ingest(&ingest)
            .await
            .map_err(DoorClosed::from)?
        {
            let report = before.report.clone().unwrap_or_default();
            return Ok(ClientPushed {
                import: before.begun.id,
                report,
            });
        }
        let thresholds = self.thresholds();
        let mut intake = Intake::new(
            self.records(),
            self.clock(),
            self.entropy(),
            &thresholds,
            door.agency(),
            ingest.id,
        );
        let taken = intake.take(read.records).await;
        match taken {
            Ok(counts) => {
                let report = serde_json::json!({ "counts": counts, "findings": read.report });
                self.publish(&ingest, counts, &report).await?;
                Ok(ClientPushed {
                    import: ingest.id,
                    report,
                })
            }
            Err(error) => {
                tracing::error!(%error, "a client could not be taken in");
                self.undo(&ingest, IngestState::Failed, &serde_json::Value::Null)
                    .await;
                Err(NotPushed::Door(DoorClosed::Unavailable))
            }
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

    fn new_ingest(&self, door: &Door, digest: gateway_crypto::Digest) -> Result<NewIngest, DoorClosed> {
        Ok(NewIngest {
            id: IngestId::generate(self.clock(), self.entropy()).map_err(|_| DoorClosed::Fault)?,
            source: door.agency().id.clone(),
            kind: door.kind(),
            digest,
            received_at: self.now(),
        })
    }

    /// Writes the entry of a push, then makes it visible. If the log cannot be written, nothing becomes visible.
    async fn publish(
        &self,
        ingest: &NewIngest,
        counts: IntakeCounts,
        report: &serde_json::Value,
    ) -> Result<(), DoorClosed> {
        let logged = self.log_ingest(EntryKind::Ingest, ingest, counts).await;
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
        self.count_people().await;
        published
    }

    /// Ends a push of which nothing is kept.
    async fn undo(&self, ingest: &NewIngest, state: IngestState, report: &serde_json::Value) {
        if let Err(error) = self.records().abort(ingest.id, state, report, self.now()).await {
            // What is staged stays invisible and is swept at the next start.
            tracing::error!(%error, "a push could not be undone now");
        }
    }

    async fn log_ingest(
        &self,
        kind: EntryKind,
        ingest: &NewIngest,
        counts: IntakeCounts,
    ) -> Result<(), DoorClosed> {
        let mut detail = Detail::at(self.now());
        detail.requester = Some(gateway_audit::detail::Party {
            agency: ingest.source.clone(),
            person: None,
            role: None,
            system: None,
        });
        detail.ingest = Some(gateway_audit::detail::Intake {
            id: ingest.id,
            received: ingest.digest,
            accepted: counts.elements,
            quarantined: 0,
            refused: counts.without_client + counts.barred,
        });
        let key = self.records().client_key(None).await?;
        self.log_new_event(kind, &key, detail, b"")
            .await
            .map_err(|_| DoorClosed::Unavailable)?;
        Ok(())
    }
}
