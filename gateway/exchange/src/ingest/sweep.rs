//! Clients of what turns out to be a victim service leave the shared index (34 USC 12291(b)(2); catalogue HP-4, VSP-1).
//!
//! A programme, or a whole agency, may be registered as a victim service only after its clients came. Before that registration is
//! in force here, whom the source knows through it alone is taken back: name, index and records, as if the source had
//! deleted them. They do not come back by themselves: whatever the registration says later, only the source can send them.

use std::sync::Arc;

use gateway_audit::{Detail, EntryKind};
use gateway_crypto::Digest;
use gateway_store::{
    Begun, IngestKind, IngestState, NewIngest, StagedBatch, StagedWithdrawal, StoreError, StoredElement,
};
use gateway_types::registry::{Agency, Programme};
use gateway_types::vocabulary::Category;
use gateway_types::{AgencyId, ClientId, IngestId};
use tokio::time::Instant;

use super::{DoorClosed, Push};
use crate::directory::Directory;
use crate::gateway::Gateway;

/// The kinds of record that say who somebody is, and nothing of where they were.
const NAMING: [&str; 5] = [
    "Client.csv",
    "contact",
    "Patient",
    "PID",
    "ClinicalDocument.patient",
];
/// How many clients are taken back in one piece.
const TOGETHER: usize = 500;

impl Gateway {
    /// Takes out the clients of victim services that were registered as such after they came. Returns whose. Where that
    /// fails it is tried again when the registry is next read; their records are withheld by the registration itself.
    pub(crate) async fn sweep_victims(
        &self,
        directory: &Directory,
        even_if_done: &[AgencyId],
    ) -> Vec<AgencyId> {
        let mut swept = Vec::new();
        for entry in directory.versions() {
            let agency = &entry.agency;
            let Some(registration) = registration(agency) else {
                continue;
            };
            let again = even_if_done.contains(&agency.id);
            let done = self.records().swept_for(&agency.id).await;
            if !again && matches!(done, Ok(Some(known)) if known == registration) {
                continue;
            }
            match self.sweep(agency, &registration).await {
                Ok(()) => swept.push(agency.id.clone()),
                Err(error) => {
                    tracing::error!(%error, agency = %agency.id, "clients of a victim service could not be taken out; it is tried again");
                }
            }
        }
        swept
    }

    async fn sweep(&self, agency: &Agency, registration: &Digest) -> Result<(), DoorClosed> {
        let ingest = NewIngest {
            id: IngestId::generate(self.clock(), self.entropy()).map_err(|_| DoorClosed::Fault)?,
            source: agency.id.clone(),
            // Of no format: as what is said now and then, it is not waited for until it is published.
            kind: IngestKind::Hl7V2Messages,
            // Never that of a push: what comes after is compared with what this leaves.
            digest: Digest::of_parts(&[
                b"victim sweep",
                registration.as_bytes(),
                &self.now().as_micros().to_be_bytes(),
            ]),
            received_at: self.now(),
        };
        let mut push = Push {
            received: ingest.digest,
            ingest,
            meant_by: None,
            older_by: None,
        };
        let given_up = Instant::now() + self.settings().turn_patience;
        // While this runs nothing of the source comes in.
        if let Begun::Already(_) = self.begin_in_turn(&mut push, given_up).await? {
            return Err(DoorClosed::AlreadyRunning);
        }
        let taken_out = self.take_out(agency, &push).await;
        self.imports().end(push.ingest.id);
        match taken_out {
            Ok(taken_out) => {
                self.records().note_swept(&agency.id, registration).await?;
                if taken_out > 0 {
                    self.count_people().await;
                }
                Ok(())
            }
            Err(closed) => {
                self.undo(&push.ingest, IngestState::Failed, &serde_json::Value::Null)
                    .await;
                Err(closed)
            }
        }
    }

    async fn take_out(&self, agency: &Agency, push: &Push) -> Result<usize, DoorClosed> {
        let mut theirs: Vec<ClientId> = Vec::new();
        for client in self.records().clients_named_by(&agency.id).await? {
            let on_file = match self.records().elements(Some(client)).await {
                Ok(on_file) => on_file,
                // What cannot be opened is nobody's to say who else knows the client.
                Err(StoreError::Inconsistent { .. }) => Vec::new(),
                Err(error) => return Err(error.into()),
            };
            let own = on_file.iter().filter(|element| element.source == agency.id);
            if only_theirs(agency, own) {
                theirs.push(client);
            }
        }
        for piece in theirs.chunks(TOGETHER) {
            let withdrawals = piece.iter().copied().map(StagedWithdrawal::Client).collect();
            let batch = StagedBatch {
                withdrawals,
                ..StagedBatch::default()
            };
            self.records().stage(push.ingest.id, &agency.id, batch).await?;
        }
        let report = serde_json::json!({ "victim_service_clients_taken_out": theirs.len() });
        if theirs.is_empty() {
            self.undo(&push.ingest, IngestState::Failed, &report).await;
            return Ok(0);
        }
        // As at the door: on record and alerted, with whose and how many, never who.
        let mut detail = Detail::at(self.now());
        detail.requester = Some(gateway_audit::detail::Party {
            agency: agency.id.clone(),
            person: None,
            role: None,
            system: None,
        });
        let note = format!(
            "{} clients were taken out of the index: they are known through a victim service alone, which was registered as one after they came",
            theirs.len()
        );
        detail.note = Some(note.into());
        let key = self.records().client_key(None).await?;
        self.log_new_event(EntryKind::IngestRefused, &key, detail, b"")
            .await
            .map_err(|_| DoorClosed::Unavailable)?;
        tracing::warn!(agency = %agency.id, clients = theirs.len(), "clients of a victim service were in the shared index and were taken out");
        self.records()
            .publish(push.ingest.id, &report, self.now())
            .await?;
        Ok(theirs.len())
    }

    /// Reads the registry anew. Before a registration is in force here, the clients of what it makes a victim service are out;
    /// what a push brought in between is taken out after it.
    pub(crate) async fn take_up_registry(&self) -> Result<(), StoreError> {
        let before = self.directory();
        let directory = Arc::new(Directory::read(self.records(), Some(&before)).await?);
        let swept = self.sweep_victims(&directory, &[]).await;
        self.put_directory(Arc::clone(&directory));
        if !swept.is_empty() {
            self.sweep_victims(&directory, &swept).await;
        }
        Ok(())
    }
}

/// What of a registration says whose clients may not be here; `None`: it names no victim service.
fn registration(agency: &Agency) -> Option<Digest> {
    let programmes: Vec<&Programme> = agency
        .programmes
        .iter()
        .filter(|programme| programme.is_victim_service())
        .collect();
    if programmes.is_empty() && !agency.is_victim_service() {
        return None;
    }
    // The other programmes count as well: a client whom one of them knew may now be known through this one alone.
    let said = (
        agency.is_victim_service(),
        &agency.programmes,
        &agency.default_programme,
    );
    serde_json::to_vec(&said).ok().map(|said| Digest::of(&said))
}

/// Whether all that a source has on file of a client is its victim services'. Who they are counts only if nothing else is
/// said, as at the door.
fn only_theirs<'e>(agency: &Agency, own: impl Iterator<Item = &'e StoredElement>) -> bool {
    if agency.is_victim_service() {
        return true;
    }
    let (mut of_the_name, mut of_the_rest) = (None, None);
    for element in own {
        let theirs = match &element.programme {
            Some(id) => agency.programme(id).is_some_and(Programme::is_victim_service),
            None => agency.is_victim_service_programme(element.source_programme.as_deref()),
        };
        let names = NAMING.contains(&element.record_kind.as_str())
            || matches!(
                element.category,
                Some(Category::Demographics | Category::Contact | Category::Ssn)
            );
        let said = if names { &mut of_the_name } else { &mut of_the_rest };
        *said = Some(said.unwrap_or(true) && theirs);
    }
    of_the_rest
        .or(of_the_name)
        .unwrap_or_else(|| agency.is_victim_service_programme(None))
}
