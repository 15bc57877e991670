//! Writing a piece of a push, sealed on another thread while the rows before it are written.

use std::collections::HashMap;
use std::sync::Arc;

use gateway_crypto::Secret;
use gateway_store::{StagedBatch, StagedClient, StagedWithdrawal, StoreError};
use gateway_types::{AgencyId, IngestId};
use sqlx::Connection as _;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use super::{BEGIN, Connection, Db, Durability, Records, bulk};
use crate::Crypto;
use crate::bodies;
use crate::crypto::Sealed;
use crate::error::{conflicting, failed};
use crate::rows::{NewBlocking, NewClient, NewIdentity, NewStatement};
use crate::staging::{self, Identity, Numbers, Reader, SealedStatement, Statement, number_of};

const LIVE_OF_CLIENT: &str = "SELECT s.record, s.part, s.sealed IS NOT NULL
    FROM statements s JOIN ingests i ON i.no = s.ingest
    WHERE s.client = $1 AND i.source = $2 AND (i.state = 'published' OR i.no = $3) ORDER BY s.ingest, s.no";
const IDENTITIES_OF_CLIENT: &str = "SELECT d.source_key, d.sealed IS NOT NULL
    FROM identities d JOIN ingests i ON i.no = d.ingest
    WHERE d.client = $1 AND i.source = $2 AND (i.state = 'published' OR i.no = $3) ORDER BY d.ingest, d.no";

const WHAT: &str = "staging a push";
/// Rows that are sealed, sent and written together.
const CHUNK: usize = 400;
/// Chunks that wait to be written: enough that neither side waits for the other, and no more memory than that.
const WAITING: usize = 4;

/// A running push.
pub(super) struct Running {
    pub(super) id: IngestId,
    pub(super) no: i64,
    pub(super) source: AgencyId,
    /// Whether its source has anything on file that it could repeat.
    pub(super) repeats: Repeats,
}

/// Whether a source may repeat what it said before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    /// It has published before: compare.
    Maybe,
    /// Nothing of it is on file: everything is new.
    Never,
}

impl Records {
    pub(super) async fn write_batch(&self, push: &Running, batch: StagedBatch) -> Result<u64, StoreError> {
        let batch = Arc::new(batch);
        let mut numbers = self.met.take(push.id);
        self.find_numbers(push, &batch, &mut numbers).await?;
        let (clients, identities) = self.identities(push, &batch).await?;
        let mut sealing = match push.repeats {
            Repeats::Never => self.seal_all(push, &batch),
            Repeats::Maybe => self.seal_changes(push, &batch, &numbers).await?,
        };
        let first = sealing.rows.recv().await;

        let mut connection = self.writing(Durability::Staged, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let new = bulk::insert_clients(&mut transaction, push.no, clients)
            .await
            .map_err(conflicting(WHAT, "a client that is not new"))?;
        numbers.extend(read_numbers(new)?);
        write_identities(&mut transaction, push.no, identities).await?;
        let mut next = first;
        bulk::insert_statements(&mut transaction, push.no, sealing.unsaid)
            .await
            .map_err(failed(WHAT))?;
        while let Some(chunk) = next {
            let rows = chunk?
                .into_iter()
                .map(|statement| statement.numbered(&numbers))
                .collect::<Result<_, _>>()?;
            bulk::insert_statements(&mut transaction, push.no, rows)
                .await
                .map_err(failed(WHAT))?;
            next = sealing.rows.recv().await;
        }
        // A thread that ended early closed the channel too: without this its missing rows would not be missed.
        sealing
            .thread
            .await
            .map_err(|error| StoreError::unavailable(WHAT, error))?;
        for withdrawal in &batch.withdrawals {
            let number = number_of(&numbers, withdrawal.client.as_bytes())?;
            self.withdraw(&mut transaction, push, withdrawal, number).await?;
        }
        transaction.commit().await.map_err(failed(WHAT))?;
        self.met.keep(push.id, numbers);
        Ok(sealing.counted)
    }

    /// Adds the numbers of the clients that a batch speaks about, those it makes aside.
    async fn find_numbers(
        &self,
        push: &Running,
        batch: &StagedBatch,
        numbers: &mut Numbers,
    ) -> Result<(), StoreError> {
        let mut ids: Vec<_> = (batch.elements.iter().map(|staged| staged.client))
            .chain(batch.treating.iter().map(|staged| staged.client))
            .chain(batch.withdrawals.iter().map(|staged| staged.client))
            .filter(|client| !numbers.contains_key(client.as_bytes()))
            .collect();
        if ids.is_empty() {
            return Ok(());
        }
        ids.sort_unstable();
        ids.dedup();
        let ids = ids.iter().map(|id| id.as_bytes().to_vec()).collect();
        let mut connection = self.reader.acquire().await.map_err(failed(WHAT))?;
        let found = bulk::find_clients(&mut connection, ids, push.no)
            .await
            .map_err(failed(WHAT))?;
        numbers.extend(read_numbers(found)?);
        Ok(())
    }

    /// The new clients, and what has to be written about who they and others are.
    async fn identities(
        &self,
        push: &Running,
        batch: &Arc<StagedBatch>,
    ) -> Result<(Vec<NewClient>, Vec<SealedIdentity>), StoreError> {
        if batch.clients.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let (crypto, source, shared) = (self.crypto.clone(), push.source.clone(), Arc::clone(batch));
        let (clients, identities) = blocking(move || {
            let clients = new_clients(&crypto, &shared.clients)?;
            // A key that is named twice counts as it is named last.
            let identities = shared
                .clients
                .iter()
                .map(|staged| {
                    Identity::of(&crypto, &source, staged).map(|said| (said.source_key.clone(), said))
                })
                .collect::<Result<HashMap<_, _>, _>>()?;
            Ok((clients, identities))
        })
        .await?;

        let mut moved = Vec::new();
        let mut identities = identities;
        if push.repeats == Repeats::Maybe {
            let keys = identities.keys().cloned().collect();
            let mut connection = self.reader.acquire().await.map_err(failed(WHAT))?;
            let found = bulk::find_identities(&mut connection, keys, push.no)
                .await
                .map_err(failed(WHAT))?;
            drop(connection);
            let newest: HashMap<_, _> = found
                .into_iter()
                .map(|row| (row.source_key.clone(), row))
                .collect();
            for (key, old) in newest.into_iter().filter(|(_, old)| old.live) {
                match identities.get(&key) {
                    Some(new) if new.client.as_slice() != old.client => moved.push(SealedIdentity {
                        row: NewIdentity {
                            client: old.client,
                            source_key: key,
                            content: Vec::new(),
                            sealed: None,
                        },
                        blocking: Vec::new(),
                    }),
                    Some(new) if new.content == old.content => {
                        identities.remove(&key);
                    }
                    Some(_) | None => {}
                }
            }
        }
        let (crypto, ingest) = (self.crypto.clone(), push.no);
        let sealed: Vec<SealedIdentity> = blocking(move || {
            identities
                .into_values()
                .map(|said| {
                    let sealed = Some(said.seal(&crypto, ingest)?);
                    let Identity {
                        client,
                        source_key,
                        content,
                        blocking,
                        ..
                    } = said;
                    let row = NewIdentity {
                        client: client.to_vec(),
                        source_key,
                        content,
                        sealed,
                    };
                    Ok(SealedIdentity { row, blocking })
                })
                .collect()
        })
        .await?;
        moved.extend(sealed);
        Ok((clients, moved))
    }

    /// Seals everything, for a source that cannot repeat itself.
    fn seal_all(&self, push: &Running, batch: &Arc<StagedBatch>) -> Sealing {
        let (crypto, source, ingest, batch) = (
            self.crypto.clone(),
            push.source.clone(),
            push.no,
            Arc::clone(batch),
        );
        let counted = batch.elements.len() as u64;
        let (sender, receiver) = mpsc::channel(WAITING);
        let thread = spawn_blocking(move || {
            let mut reader = Reader::new(&crypto, &source);
            for chunk in batch.elements.chunks(CHUNK) {
                let sealed = chunk
                    .iter()
                    .map(|staged| reader.element(staged)?.seal(&crypto, ingest))
                    .collect();
                if sender.blocking_send(sealed).is_err() {
                    return;
                }
            }
            for chunk in batch.treating.chunks(CHUNK) {
                let sealed = chunk
                    .iter()
                    .map(|staged| reader.treating(staged)?.seal(&crypto, ingest))
                    .collect();
                if sender.blocking_send(sealed).is_err() {
                    return;
                }
            }
        });
        Sealing {
            rows: receiver,
            thread,
            unsaid: Vec::new(),
            counted,
        }
    }

    /// Seals what differs from what is on file.
    async fn seal_changes(
        &self,
        push: &Running,
        batch: &Arc<StagedBatch>,
        numbers: &Numbers,
    ) -> Result<Sealing, StoreError> {
        let (crypto, source, shared) = (self.crypto.clone(), push.source.clone(), Arc::clone(batch));
        let statements = blocking(move || staging::read_all(&crypto, &source, &shared)).await?;
        let mut records: Vec<_> = statements
            .iter()
            .map(Statement::record)
            .filter_map(|(client, record)| Some((*numbers.get(&client)?, record)))
            .collect();
        records.sort_unstable();
        records.dedup();
        let mut connection = self.reader.acquire().await.map_err(failed(WHAT))?;
        let found = bulk::find_statements(&mut connection, records, push.no)
            .await
            .map_err(failed(WHAT))?;
        drop(connection);
        let (changed, unsaid) = staging::changes(statements, found, numbers);
        let counted = changed.iter().filter(|statement| statement.is_element()).count() as u64;

        let (sender, receiver) = mpsc::channel(WAITING);
        let (crypto, ingest) = (self.crypto.clone(), push.no);
        let thread = spawn_blocking(move || {
            let mut changed = changed.into_iter().peekable();
            while changed.peek().is_some() {
                let sealed = changed
                    .by_ref()
                    .take(CHUNK)
                    .map(|statement| statement.seal(&crypto, ingest))
                    .collect();
                if sender.blocking_send(sealed).is_err() {
                    return;
                }
            }
        });
        Ok(Sealing {
            rows: receiver,
            thread,
            unsaid,
            counted,
        })
    }

    /// Takes back what the source said in one record, or all that it said about a client.
    async fn withdraw(
        &self,
        connection: &mut Connection,
        push: &Running,
        withdrawal: &StagedWithdrawal,
        number: i64,
    ) -> Result<(), StoreError> {
        let client = withdrawal.client.as_bytes().as_slice();
        let wanted = withdrawal
            .record
            .as_ref()
            .map(|record| self.crypto.record(&push.source, record));
        let said: Vec<(i64, i64, bool)> = sqlx::query_as::<Db, _>(LIVE_OF_CLIENT)
            .bind(number)
            .bind(push.source.as_str())
            .bind(push.no)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        let newest: HashMap<_, _> = said
            .into_iter()
            .map(|(record, part, live)| ((record, part), live))
            .collect();
        let rows = newest
            .into_iter()
            .filter(|((record, _), live)| *live && wanted.is_none_or(|wanted| wanted == *record))
            .map(|((record, part), _)| staging::taken_back(number, record, part))
            .collect();
        bulk::insert_statements(connection, push.no, rows)
            .await
            .map_err(failed(WHAT))?;
        if wanted.is_some() {
            return Ok(());
        }
        let known: Vec<(Vec<u8>, bool)> = sqlx::query_as::<Db, _>(IDENTITIES_OF_CLIENT)
            .bind(client)
            .bind(push.source.as_str())
            .bind(push.no)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        let newest: HashMap<_, _> = known.into_iter().collect();
        let rows = newest
            .into_iter()
            .filter(|(_, live)| *live)
            .map(|(source_key, _)| NewIdentity {
                client: client.to_vec(),
                source_key,
                content: Vec::new(),
                sealed: None,
            })
            .collect();
        bulk::insert_identities(connection, push.no, rows)
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }
}

/// Statements on their way from the sealing thread.
struct Sealing {
    rows: mpsc::Receiver<Result<Vec<SealedStatement>, StoreError>>,
    thread: JoinHandle<()>,
    /// What is taken back beside them.
    unsaid: Vec<NewStatement>,
    /// How many of them are elements.
    counted: u64,
}

/// An identity to be written, with the keys under which it is found.
struct SealedIdentity {
    row: NewIdentity,
    blocking: Vec<i64>,
}

fn new_clients(crypto: &Crypto, staged: &[StagedClient]) -> Result<Vec<NewClient>, StoreError> {
    staged
        .iter()
        .filter(|staged| staged.new)
        .map(|staged| {
            let client = staged.client.as_bytes();
            let key = Secret::generate(crypto.entropy.as_ref())
                .map_err(|error| StoreError::unavailable("making a key", error))?;
            let sealed_key = crypto.seal(Sealed::AuditKey { client }, key.as_bytes())?;
            Ok(NewClient {
                id: client.to_vec(),
                sealed_key,
            })
        })
        .collect()
}

fn read_numbers(rows: Vec<(Vec<u8>, i64)>) -> Result<Numbers, StoreError> {
    rows.into_iter()
        .map(|(id, number)| Ok((*bodies::uuid("clients", &id)?.as_bytes(), number)))
        .collect()
}

async fn write_identities(
    connection: &mut Connection,
    ingest: i64,
    identities: Vec<SealedIdentity>,
) -> Result<(), StoreError> {
    // What is taken back goes first, and has no keys: within a piece each source key then names one row.
    let (taken_back, said): (Vec<_>, Vec<_>) = identities
        .into_iter()
        .partition(|identity| identity.row.sealed.is_none());
    let taken_back = taken_back.into_iter().map(|identity| identity.row).collect();
    bulk::insert_identities(connection, ingest, taken_back)
        .await
        .map_err(failed(WHAT))?;
    let (mut rows, mut keys) = (Vec::with_capacity(said.len()), HashMap::new());
    for identity in said {
        keys.insert(identity.row.source_key.clone(), identity.blocking);
        rows.push(identity.row);
    }
    let numbers = bulk::insert_identities(connection, ingest, rows)
        .await
        .map_err(failed(WHAT))?;
    let mut blocking = Vec::new();
    for (source_key, identity) in numbers {
        let found_by = keys.remove(&source_key).unwrap_or_default();
        blocking.extend(found_by.into_iter().map(|key| NewBlocking { key, identity }));
    }
    bulk::insert_blocking(connection, ingest, blocking)
        .await
        .map_err(failed(WHAT))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work)
        .await
        .map_err(|error| StoreError::unavailable(WHAT, error))?
}
