//! Writing a push piece by piece: each is made ready, on another thread, while the one before it is written.
//!
//! Ready means: numbered, blinded, sealed, and bound to the statements that write it, so that the database waits for
//! nothing. What has to be compared with what is on file is compared, and then sealed, when the piece before it is
//! written.

use std::collections::{BTreeSet, HashMap};

use futures_util::StreamExt as _;
use gateway_crypto::Secret;
use gateway_store::{Pieces, StagedBatch, StagedWithdrawal, StoreError};
use gateway_types::{AgencyId, IngestId};
use sqlx::Connection as _;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use super::bulk::{self, Write};
use super::{BEGIN, Connection, Db, Durability, Numbered, Records, STILL_RUNNING};
use crate::Crypto;
use crate::crypto::{RecordDigest, RecordRest, Sealed};
use crate::error::{conflicting, failed};
use crate::rows::{FoundStatement, NewBlocking, NewClient, NewIdentity, NewStatement, Part};
use crate::staging::{self, Changes, Client, Identity, Numbers, Statement, number_of};

const LIVE_OF_CLIENT: &str = "SELECT s.record, s.part, s.sealed IS NOT NULL
    FROM statements s JOIN ingests i ON i.no = s.ingest
    WHERE s.client = $1 AND i.source = $2 AND (i.state = 'published' OR i.no = $3) ORDER BY s.ingest, s.no";
const SEALED_OF_CLIENT: &str = "SELECT c.id, s.sealed FROM statements s JOIN clients c ON c.no = s.client
    WHERE s.no = $1 AND s.sealed IS NOT NULL";
const IDENTITIES_OF_CLIENT: &str = "SELECT d.source_key, d.sealed IS NOT NULL
    FROM identities d JOIN ingests i ON i.no = d.ingest
    WHERE d.client = $1 AND i.source = $2 AND (i.state = 'published' OR i.no = $3) ORDER BY d.ingest, d.no";

const WHAT: &str = "staging a push";
/// Pieces that are ready and wait to be written: memory for one more, so that neither side waits for the other.
const WAITING: usize = 1;
/// From so many pieces on a push is helped by a connection beside the writer.
const LONG: usize = 3;
/// Places that are written together: a few megabytes.
const PLACES: usize = 200_000;

/// A running push.
#[derive(Clone)]
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

/// A piece as it stands when its turn to be written comes.
enum Prepared {
    /// To be compared with what is on file.
    Draft(Draft),
    /// To be written as it is.
    Ready(Ready),
}

/// What a piece says, blinded.
struct Draft {
    clients: Vec<NewClient>,
    /// By source key.
    identities: HashMap<Vec<u8>, Identity>,
    statements: Vec<Statement>,
    withdrawals: Vec<Withdrawal>,
}

/// A piece, sealed and bound.
struct Ready {
    clients: Vec<Write>,
    rest: Vec<Write>,
    withdrawals: Vec<Withdrawal>,
    /// About whom its records speak.
    places: Vec<(i64, i64)>,
    /// How many of its elements are new or changed.
    elements: u64,
}

/// Records beside the clients they speak about, until they are written: sorted, and many at a time, since they lie
/// anywhere in their index.
#[derive(Default)]
struct Places(BTreeSet<(i64, i64)>);

impl Places {
    /// Whether they have to be written now: they are many, or a record is looked for among them.
    fn are_due(&self, withdrawals: &[Withdrawal]) -> bool {
        let holds = |record: i64| {
            self.0
                .range((record, i64::MIN)..=(record, i64::MAX))
                .next()
                .is_some()
        };
        self.0.len() >= PLACES
            || withdrawals.iter().any(|withdrawal| match withdrawal {
                Withdrawal::Record(record) => holds(record.number),
                Withdrawal::Client { .. } => false,
            })
    }

    fn take(&mut self) -> Vec<(i64, i64)> {
        std::mem::take(&mut self.0).into_iter().collect()
    }
}

/// A deleted record, or client.
enum Withdrawal {
    Record(RecordDigest),
    Client { client: Client, number: i64 },
}

impl Records {
    /// Writes the pieces of a push in their order. Dropped, it stops.
    pub(super) async fn write_pieces(&self, push: Running, pieces: Pieces) -> Result<u64, StoreError> {
        let (sender, mut ready) = mpsc::channel(WAITING);
        let mut preparing = JoinSet::new();
        let crypto = self.crypto.drawing_ahead();
        let (store, of) = (
            Self {
                crypto,
                ..self.clone()
            },
            push.clone(),
        );
        preparing.spawn(async move { store.prepare_all(&of, pieces, &sender).await });
        let (mut elements, mut places) = (0, Places::default());
        let (mut pieces, mut _flushing) = (0, None);
        while let Some(piece) = ready.recv().await {
            pieces += 1;
            // Not for a few messages: another connection costs more than they do.
            if pieces == LONG {
                _flushing = Some(self.flush_beside());
            }
            let piece = match piece? {
                Prepared::Draft(draft) => self.compare(&push, draft).await?,
                Prepared::Ready(ready) => ready,
            };
            elements += piece.elements;
            let is_last = ready.is_closed() && ready.is_empty();
            self.write(&push, piece, is_last, &mut places).await?;
        }
        self.write_rest(&push, places).await?;
        // A task that ended early closed the channel too: without this its missing pieces would not be missed.
        let met = preparing
            .join_next()
            .await
            .transpose()
            .map_err(|error| StoreError::unavailable(WHAT, error))?;
        self.met.keep(push.id, met.unwrap_or_default());
        Ok(elements)
    }

    /// Makes pieces ready until there are no more, one fails, or nobody waits for them. Returns the numbers met.
    async fn prepare_all(
        &self,
        push: &Running,
        mut pieces: Pieces,
        out: &mpsc::Sender<Result<Prepared, StoreError>>,
    ) -> Numbers {
        let mut numbers = self.met.take(push.id);
        while let Some(batch) = pieces.next().await {
            match self.prepare(push, batch, numbers).await {
                Ok((prepared, met)) => {
                    numbers = met;
                    if out.send(Ok(prepared)).await.is_err() {
                        return Numbers::new();
                    }
                }
                Err(error) => {
                    // Whoever waits learns it; if nobody does, it makes no difference.
                    let _ = out.send(Err(error)).await;
                    return Numbers::new();
                }
            }
        }
        numbers
    }

    async fn prepare(
        &self,
        push: &Running,
        batch: StagedBatch,
        mut numbers: Numbers,
    ) -> Result<(Prepared, Numbers), StoreError> {
        let new: Vec<Client> = (batch.clients.iter())
            .filter(|staged| staged.new)
            .map(|staged| *staged.client.as_bytes())
            .collect();
        let reserved = self.reserve(Numbered::Clients, new.len()).await?;
        numbers.extend(new.iter().copied().zip(reserved));
        self.find_numbers(push, &batch, &mut numbers).await?;
        let identities = match push.repeats {
            Repeats::Never => self.reserve(Numbered::Identities, batch.clients.len()).await?,
            // How many of them are to be written is not known yet.
            Repeats::Maybe => Vec::new(),
        };
        let (crypto, push) = (self.crypto.clone(), push.clone());
        blocking(move || {
            let draft = Draft::of(&crypto, &push.source, &batch, &numbers, &new)?;
            drop(batch);
            let prepared = match push.repeats {
                Repeats::Never => Prepared::Ready(draft.seal_all(&crypto, push.no, identities)?),
                Repeats::Maybe => Prepared::Draft(draft),
            };
            Ok((prepared, numbers))
        })
        .await
    }

    /// Adds the numbers of the clients that a batch speaks about.
    async fn find_numbers(
        &self,
        push: &Running,
        batch: &StagedBatch,
        numbers: &mut Numbers,
    ) -> Result<(), StoreError> {
        let mut ids: Vec<_> = (batch.elements.iter().map(|staged| staged.client))
            .chain(batch.treating.iter().map(|staged| staged.client))
            .chain(batch.withdrawals.iter().filter_map(|staged| match staged {
                StagedWithdrawal::Record(_) => None,
                StagedWithdrawal::Client(client) => Some(*client),
            }))
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
        for (id, number) in found {
            numbers.insert(*crate::bodies::uuid("clients", &id)?.as_bytes(), number);
        }
        Ok(())
    }

    /// Keeps of a piece what differs from what is on file, and seals it.
    async fn compare(&self, push: &Running, draft: Draft) -> Result<Ready, StoreError> {
        let Draft {
            clients,
            mut identities,
            statements,
            withdrawals,
        } = draft;
        let mut connection = self.reader.acquire().await.map_err(failed(WHAT))?;
        let keys = identities.keys().cloned().collect();
        let on_file = bulk::find_identities(&mut connection, keys, push.no)
            .await
            .map_err(failed(WHAT))?;
        let on_file: HashMap<_, _> = on_file
            .into_iter()
            .map(|row| (row.source_key.clone(), row))
            .collect();
        let mut moved = Vec::new();
        for (key, old) in on_file.into_iter().filter(|(_, old)| old.live) {
            match identities.get(&key) {
                Some(new) if new.client.as_slice() != old.client => moved.push((old.client, key)),
                Some(new) if new.content == old.content => {
                    identities.remove(&key);
                }
                Some(_) | None => {}
            }
        }
        let mut records: Vec<_> = (statements.iter())
            .map(|statement| statement.record().number)
            .collect();
        records.sort_unstable();
        records.dedup();
        let found = bulk::find_statements(&mut connection, records, push.no)
            .await
            .map_err(failed(WHAT))?;
        let Changes {
            changed,
            mut unsaid,
            of_others,
        } = staging::changes(statements, found);
        for (old, rest) in of_others {
            unsaid.extend(self.moved(&mut connection, &old, rest).await?);
        }
        let replaced = changed
            .iter()
            .filter_map(|(_, old)| Some(old.as_ref()?.no))
            .collect();
        let replaced = bulk::find_sealed(&mut connection, replaced)
            .await
            .map_err(failed(WHAT))?;
        drop(connection);
        let numbers = self
            .reserve(Numbered::Identities, moved.len() + identities.len())
            .await?;
        let (crypto, ingest) = (self.crypto.drawing_ahead(), push.no);
        blocking(move || {
            let replaced = replaced.into_iter().collect();
            let (said, elements) = staging::seal_changes(&crypto, ingest, changed, &replaced)?;
            let mut writing = Writing::of(clients, ingest)?;
            writing.identities(&crypto, moved, identities, numbers)?;
            writing.statements(unsaid)?;
            writing.statements(said)?;
            Ok(writing.ready(withdrawals, elements))
        })
        .await
    }

    /// The row that takes back what a record said about another client than it speaks about now.
    async fn moved(
        &self,
        connection: &mut Connection,
        old: &FoundStatement,
        rest: RecordRest,
    ) -> Result<Option<NewStatement>, StoreError> {
        let kept: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as::<Db, _>(SEALED_OF_CLIENT)
            .bind(old.no)
            .fetch_optional(connection)
            .await
            .map_err(failed(WHAT))?;
        let Some((client, sealed)) = kept else {
            return Ok(None);
        };
        let slot = staging::said_by(&self.crypto, rest, old, &client, &sealed)?;
        Ok(slot.map(staging::taken_back))
    }

    async fn write(
        &self,
        push: &Running,
        piece: Ready,
        is_last: bool,
        places: &mut Places,
    ) -> Result<(), StoreError> {
        let mut connection = self.writing(Durability::Staged, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        still_running(&mut transaction, push).await?;
        bulk::run(&mut transaction, piece.clients)
            .await
            .map_err(conflicting(WHAT, "a client that is not new"))?;
        bulk::run(&mut transaction, piece.rest)
            .await
            .map_err(failed(WHAT))?;
        places.0.extend(piece.places);
        if is_last || places.are_due(&piece.withdrawals) {
            let run = bulk::places(push.no, places.take()).map_err(failed(WHAT))?;
            bulk::run(&mut transaction, run).await.map_err(failed(WHAT))?;
        }
        for withdrawal in piece.withdrawals {
            self.withdraw(&mut transaction, push, &withdrawal).await?;
        }
        transaction.commit().await.map_err(failed(WHAT))
    }

    /// Writes the places that no piece has written.
    async fn write_rest(&self, push: &Running, mut places: Places) -> Result<(), StoreError> {
        let run = bulk::places(push.no, places.take()).map_err(failed(WHAT))?;
        if run.is_empty() {
            return Ok(());
        }
        let mut connection = self.writing(Durability::Staged, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        still_running(&mut transaction, push).await?;
        bulk::run(&mut transaction, run).await.map_err(failed(WHAT))?;
        transaction.commit().await.map_err(failed(WHAT))
    }

    /// Takes back what the source said in one record, or all that it said about a client.
    async fn withdraw(
        &self,
        connection: &mut Connection,
        push: &Running,
        withdrawal: &Withdrawal,
    ) -> Result<(), StoreError> {
        let writes = match withdrawal {
            Withdrawal::Record(record) => {
                let rows = self.said_in(connection, push, *record).await?;
                bulk::statements(push.no, rows).map_err(failed(WHAT))?
            }
            Withdrawal::Client { client, number } => {
                let rows = said_about(connection, push, *number).await?;
                let mut writes = bulk::statements(push.no, rows).map_err(failed(WHAT))?;
                let rows = self.known_as(connection, push, client).await?;
                writes.extend(bulk::identities(push.no, rows).map_err(failed(WHAT))?);
                writes
            }
        };
        bulk::run(connection, writes).await.map_err(failed(WHAT))
    }

    /// The rows that take back what one record says, about whomever.
    async fn said_in(
        &self,
        connection: &mut Connection,
        push: &Running,
        record: RecordDigest,
    ) -> Result<Vec<NewStatement>, StoreError> {
        let said = bulk::find_statements(connection, vec![record.number], push.no)
            .await
            .map_err(failed(WHAT))?;
        let newest: HashMap<_, _> = said
            .into_iter()
            .map(|said| ((said.client, said.part), said))
            .collect();
        let mut rows = Vec::new();
        for said in newest.into_values().filter(|said| said.live) {
            rows.extend(self.moved(connection, &said, record.rest).await?);
        }
        Ok(rows)
    }

    /// The rows that take back how the source names a client.
    async fn known_as(
        &self,
        connection: &mut Connection,
        push: &Running,
        client: &Client,
    ) -> Result<Vec<NewIdentity>, StoreError> {
        let known: Vec<(Vec<u8>, bool)> = sqlx::query_as::<Db, _>(IDENTITIES_OF_CLIENT)
            .bind(client.as_slice())
            .bind(push.source.as_str())
            .bind(push.no)
            .fetch_all(connection)
            .await
            .map_err(failed(WHAT))?;
        let newest: HashMap<_, _> = known.into_iter().collect();
        let live: Vec<_> = newest
            .into_iter()
            .filter_map(|(source_key, live)| live.then_some((client.to_vec(), source_key)))
            .collect();
        let numbers = self.reserve(Numbered::Identities, live.len()).await?;
        Ok(live.into_iter().zip(numbers).map(no_longer).collect())
    }
}

/// Nothing is written for a push that is being undone.
pub(super) async fn still_running(connection: &mut Connection, push: &Running) -> Result<(), StoreError> {
    sqlx::query_scalar::<Db, i64>(STILL_RUNNING)
        .bind(push.no)
        .fetch_optional(connection)
        .await
        .map_err(failed(WHAT))?
        .map(drop)
        .ok_or(StoreError::Missing { what: "running push" })
}

/// The rows that take back all that the source says about a client.
async fn said_about(
    connection: &mut Connection,
    push: &Running,
    number: i64,
) -> Result<Vec<NewStatement>, StoreError> {
    let said: Vec<(i64, i64, bool)> = sqlx::query_as::<Db, _>(LIVE_OF_CLIENT)
        .bind(number)
        .bind(push.source.as_str())
        .bind(push.no)
        .fetch_all(connection)
        .await
        .map_err(failed(WHAT))?;
    let newest: HashMap<_, _> = said
        .into_iter()
        .filter_map(|(record, part, live)| Some(((record, Part::of(part)?), live)))
        .collect();
    Ok(newest
        .into_iter()
        .filter(|(_, live)| *live)
        .map(|((record, part), _)| staging::taken_back((number, record, part)))
        .collect())
}

impl Draft {
    fn of(
        crypto: &Crypto,
        source: &AgencyId,
        batch: &StagedBatch,
        numbers: &Numbers,
        new: &[Client],
    ) -> Result<Self, StoreError> {
        let clients = new
            .iter()
            .map(|client| new_client(crypto, client, number_of(numbers, client)?))
            .collect::<Result<_, _>>()?;
        // A key that is named twice counts as it is named last.
        let identities = batch
            .clients
            .iter()
            .map(|staged| Identity::of(crypto, source, staged).map(|said| (said.source_key.clone(), said)))
            .collect::<Result<_, _>>()?;
        let withdrawals = batch
            .withdrawals
            .iter()
            .map(|staged| match staged {
                StagedWithdrawal::Record(record) => Ok(Withdrawal::Record(crypto.record(source, record))),
                StagedWithdrawal::Client(client) => {
                    let client = *client.as_bytes();
                    let number = number_of(numbers, &client)?;
                    Ok(Withdrawal::Client { client, number })
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            clients,
            identities,
            statements: staging::read_all(crypto, source, batch, numbers)?,
            withdrawals,
        })
    }

    /// Seals everything, for a source that cannot repeat itself.
    fn seal_all(self, crypto: &Crypto, ingest: i64, identities: Vec<i64>) -> Result<Ready, StoreError> {
        let elements = self.statements.iter().map(Statement::new_elements).sum();
        let mut writing = Writing::of(self.clients, ingest)?;
        writing.identities(crypto, Vec::new(), self.identities, identities)?;
        let said = self
            .statements
            .into_iter()
            .map(|statement| statement.seal(crypto, ingest))
            .collect::<Result<_, _>>()?;
        writing.statements(said)?;
        Ok(writing.ready(self.withdrawals, elements))
    }
}

/// The statements that write a piece, in their order.
struct Writing {
    ingest: i64,
    clients: Vec<Write>,
    rest: Vec<Write>,
    places: Vec<(i64, i64)>,
}

impl Writing {
    fn of(clients: Vec<NewClient>, ingest: i64) -> Result<Self, StoreError> {
        Ok(Self {
            ingest,
            clients: bulk::clients(ingest, clients).map_err(failed(WHAT))?,
            rest: Vec::new(),
            places: Vec::new(),
        })
    }

    /// What is taken back has the lower numbers: of one source key, the highest number counts.
    fn identities(
        &mut self,
        crypto: &Crypto,
        moved: Vec<(Vec<u8>, Vec<u8>)>,
        said: HashMap<Vec<u8>, Identity>,
        numbers: Vec<i64>,
    ) -> Result<(), StoreError> {
        let mut numbers = numbers.into_iter();
        let mut rows: Vec<NewIdentity> = moved.into_iter().zip(&mut numbers).map(no_longer).collect();
        let mut blocking = Vec::new();
        for (said, no) in said.into_values().zip(numbers) {
            rows.push(said.seal(crypto, self.ingest, no)?);
            let keys = said.blocking.into_iter();
            blocking.extend(keys.map(|key| NewBlocking { key, identity: no }));
        }
        // In the order of the index.
        blocking.sort_unstable_by_key(|row| (row.key, row.identity));
        self.rest
            .extend(bulk::identities(self.ingest, rows).map_err(failed(WHAT))?);
        self.rest
            .extend(bulk::blocking(self.ingest, blocking).map_err(failed(WHAT))?);
        Ok(())
    }

    fn statements(&mut self, rows: Vec<NewStatement>) -> Result<(), StoreError> {
        self.places.extend(
            rows.iter()
                .filter(|row| row.sealed.is_some())
                .map(|row| (row.record, row.client)),
        );
        self.rest
            .extend(bulk::statements(self.ingest, rows).map_err(failed(WHAT))?);
        Ok(())
    }

    fn ready(self, withdrawals: Vec<Withdrawal>, elements: u64) -> Ready {
        Ready {
            clients: self.clients,
            rest: self.rest,
            withdrawals,
            places: self.places,
            elements,
        }
    }
}

fn new_client(crypto: &Crypto, client: &Client, no: i64) -> Result<NewClient, StoreError> {
    let key = Secret::generate(crypto.entropy.as_ref())
        .map_err(|error| StoreError::unavailable("making a key", error))?;
    Ok(NewClient {
        no,
        id: client.to_vec(),
        sealed_key: crypto.seal(Sealed::AuditKey { client }, key.as_bytes())?,
    })
}

/// The row that takes an identity back.
fn no_longer(((client, source_key), no): ((Vec<u8>, Vec<u8>), i64)) -> NewIdentity {
    NewIdentity {
        no,
        client,
        source_key,
        content: 0,
        sealed: None,
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work)
        .await
        .map_err(|error| StoreError::unavailable(WHAT, error))?
}
