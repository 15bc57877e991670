//! SQLite: one file for the records and one for the audit log, one writer each, readers beside it (WAL).
//!
//! Staging runs at `synchronous = NORMAL`: what a power cut takes from a push that was never published is not missed,
//! and the next commit at `FULL`, which publishes, takes everything before it to the disk as well (one WAL).

mod append;
mod bulk;
mod flush;
mod settings;

#[path = "shared/agreements.rs"]
mod agreements;
#[path = "shared/artefacts.rs"]
mod artefacts;
#[path = "shared/audit.rs"]
mod audit;
#[path = "shared/clients.rs"]
mod clients;
#[path = "shared/consents.rs"]
mod consents;
#[path = "shared/ingest.rs"]
mod ingest;
#[path = "shared/merges.rs"]
mod merges;
#[path = "shared/messages.rs"]
mod messages;
#[path = "shared/notices.rs"]
mod notices;
#[path = "shared/owed.rs"]
mod owed;
#[path = "shared/registry.rs"]
mod registry;
#[path = "shared/requests.rs"]
mod requests;
#[path = "shared/restrictions.rs"]
mod restrictions;
#[path = "shared/service_requests.rs"]
mod service_requests;
#[path = "shared/signing_links.rs"]
mod signing_links;
#[path = "shared/staging.rs"]
mod staging;
#[path = "shared/witness.rs"]
mod witness;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use gateway_store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Pool, Sqlite};
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::error::failed;
use crate::lock::DatabaseLock;
use crate::staging::MetNumbers;
use crate::{Crypto, OpenError};

pub(crate) type Db = Sqlite;
pub(crate) type Connection = sqlx::SqliteConnection;
pub(crate) use SqliteAuditStore as AuditLog;
pub(crate) use SqliteStore as Records;

/// A deferred transaction that turns into a writing one ignores the busy timeout, so every writer says so at once.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

/// Whether a push may still be staged into. Asked within the writing transaction, which nobody else writes beside.
pub(crate) const STILL_RUNNING: &str = "SELECT no FROM ingests WHERE no = $1 AND state = 'running'";

/// What is numbered before it is written, so that what refers to it can be made ready without asking.
#[derive(Clone, Copy)]
pub(crate) enum Numbered {
    /// Clients. No number is ever given to a second one.
    Clients,
    /// Identities. Of one source key the highest number counts.
    Identities,
}

/// The last numbers given. This process is the only one that writes the file, so that it need not ask the database.
#[derive(Debug)]
struct LastNumbers {
    clients: AtomicI64,
    identities: AtomicI64,
}

const LAST_CLIENT: &str = "SELECT MAX((SELECT COALESCE(MAX(no), 0) FROM clients),
    COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'clients'), 0))";
const LAST_IDENTITY: &str = "SELECT COALESCE(MAX(no), 0) FROM identities";

/// How long a commit takes to be safe from a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On the disk when it returns.
    Confirmed,
    /// With the next confirmed one.
    Staged,
}

/// Who opens a file. A tool needs the lock for the schema alone: kept, it would bar a gateway that starts meanwhile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Process {
    /// The one that serves.
    Serves,
    /// One that may work beside it.
    Tool,
}

/// The records in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    writer: Pool<Sqlite>,
    reader: Pool<Sqlite>,
    crypto: Crypto,
    met: MetNumbers,
    last: Arc<LastNumbers>,
    /// Whether the writer is known to wait for the disk. A new connection does.
    confirms: Arc<AtomicBool>,
    _lock: Option<Arc<DatabaseLock>>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the database file at `path`, making it if there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`] if another process has it open, it was written by a newer release or under another master key,
    /// or would not keep what it confirms.
    pub async fn open(path: &Path, crypto: Crypto) -> Result<Self, OpenError> {
        Self::open_with(path, crypto, Some(DatabaseLock::take(path)?), Process::Serves).await
    }

    /// Opens it for a tool, perhaps beside a gateway that serves from it; the tool then leaves the schema alone. A tool
    /// takes nothing in and undoes nothing.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], and if it is in use by an older release.
    pub async fn open_beside(path: &Path, crypto: Crypto) -> Result<Self, OpenError> {
        Self::open_with(path, crypto, DatabaseLock::take_if_free(path)?, Process::Tool).await
    }

    async fn open_with(
        path: &Path,
        crypto: Crypto,
        lock: Option<DatabaseLock>,
        process: Process,
    ) -> Result<Self, OpenError> {
        let writer = settings::writer(path, settings::For::Records).await?;
        let schema = sqlx::migrate!("migrations/sqlite/records");
        settings::bring_up_to_date(&writer, &schema, lock.as_ref()).await?;
        let lock = lock.filter(|_| process == Process::Serves);
        let reader = settings::readers(path).await?;
        let last = Arc::new(LastNumbers {
            clients: AtomicI64::new(0),
            identities: AtomicI64::new(0),
        });
        let store = Self {
            writer,
            reader,
            crypto,
            met: MetNumbers::default(),
            last: Arc::clone(&last),
            confirms: Arc::new(AtomicBool::new(true)),
            _lock: lock.map(Arc::new),
        };
        store.keep_nobody().await?;
        for (counter, ask) in [(&last.clients, LAST_CLIENT), (&last.identities, LAST_IDENTITY)] {
            let number = sqlx::query_scalar(ask).fetch_one(&store.writer).await?;
            counter.store(number, Ordering::Relaxed);
        }
        Ok(store)
    }

    /// Numbers that nobody else is given, in rising order.
    #[expect(clippy::unused_async, reason = "another database has to be asked")]
    pub(crate) async fn reserve(&self, what: Numbered, count: usize) -> Result<Vec<i64>, StoreError> {
        let counter = match what {
            Numbered::Clients => &self.last.clients,
            Numbered::Identities => &self.last.identities,
        };
        let count = i64::try_from(count).map_err(|error| StoreError::unavailable("numbering", error))?;
        let last = counter.fetch_add(count, Ordering::Relaxed);
        Ok((last + 1..=last + count).collect())
    }

    /// Closes the connections and takes what is in the write-ahead log into the database file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    /// Lets the disk take up beside the writer what a push writes, for as long as what is returned is held.
    pub(crate) fn flush_beside(&self) -> flush::Flushing {
        flush::Flushing::begin((*self.writer.connect_options()).clone())
    }

    pub(crate) async fn writing(
        &self,
        durability: Durability,
        operation: &'static str,
    ) -> Result<PoolConnection<Sqlite>, StoreError> {
        let mut connection = self.writer.acquire().await.map_err(failed(operation))?;
        // There is one writer, and it is held here, so that nobody else sets it meanwhile. Until it has been set it is not
        // relied on.
        let confirms = durability == Durability::Confirmed;
        if self.confirms.load(Ordering::Acquire) != confirms {
            self.confirms.store(false, Ordering::Release);
            let pragma = match durability {
                Durability::Confirmed => "PRAGMA synchronous = FULL",
                Durability::Staged => "PRAGMA synchronous = NORMAL",
            };
            sqlx::query(pragma)
                .execute(&mut *connection)
                .await
                .map_err(failed(operation))?;
            self.confirms.store(confirms, Ordering::Release);
        }
        Ok(connection)
    }
}

/// The audit log in an SQLite file of its own.
#[derive(Clone)]
pub struct SqliteAuditStore {
    writer: Pool<Sqlite>,
    /// The connection that appends, and the turn of whoever writes: one at a time, so that nobody waits in SQLite. `None`:
    /// to be opened.
    appender: Arc<Mutex<Option<sqlx::SqliteConnection>>>,
    reader: Pool<Sqlite>,
    crypto: Crypto,
    _lock: Option<Arc<DatabaseLock>>,
}

impl fmt::Debug for SqliteAuditStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteAuditStore").finish_non_exhaustive()
    }
}

impl SqliteAuditStore {
    /// Opens the log's file at `path`, making it if there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub async fn open(path: &Path, crypto: Crypto) -> Result<Self, OpenError> {
        Self::open_with(path, crypto, Some(DatabaseLock::take(path)?), Process::Serves).await
    }

    /// Opens it for a tool, as [`SqliteStore::open_beside`].
    ///
    /// # Errors
    /// As [`SqliteStore::open_beside`].
    pub async fn open_beside(path: &Path, crypto: Crypto) -> Result<Self, OpenError> {
        Self::open_with(path, crypto, DatabaseLock::take_if_free(path)?, Process::Tool).await
    }

    async fn open_with(
        path: &Path,
        crypto: Crypto,
        lock: Option<DatabaseLock>,
        process: Process,
    ) -> Result<Self, OpenError> {
        let writer = settings::writer(path, settings::For::Log).await?;
        let schema = sqlx::migrate!("migrations/sqlite/audit");
        settings::bring_up_to_date(&writer, &schema, lock.as_ref()).await?;
        let lock = lock.filter(|_| process == Process::Serves);
        let reader = settings::readers(path).await?;
        Ok(Self {
            writer,
            appender: Arc::default(),
            reader,
            crypto,
            _lock: lock.map(Arc::new),
        })
    }

    pub(crate) async fn writing(&self, operation: &'static str) -> Result<Turn, StoreError> {
        let turn = Arc::clone(&self.appender).lock_owned().await;
        let connection = self.writer.acquire().await.map_err(failed(operation))?;
        Ok(Turn {
            connection,
            _turn: turn,
        })
    }

    /// Closes the connections.
    pub async fn close(&self) {
        if let Some(appender) = self.appender.lock().await.take() {
            let _closed_in_any_case = appender.close().await;
        }
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// The writer, and that nobody appends meanwhile.
pub(crate) struct Turn {
    connection: PoolConnection<Sqlite>,
    _turn: OwnedMutexGuard<Option<Connection>>,
}

impl std::ops::Deref for Turn {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl std::ops::DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}
