//! SQLite: one file for the records and one for the audit log, one writer each, readers beside it (WAL).
//!
//! Staging runs at `synchronous = NORMAL`: what a power cut takes from a push that was never published is not missed,
//! and the next commit at `FULL`, which publishes, takes everything before it to the disk as well (one WAL).

mod bulk;
mod settings;

#[path = "shared/agreements.rs"]
mod agreements;
#[path = "shared/audit.rs"]
mod audit;
#[path = "shared/clients.rs"]
mod clients;
#[path = "shared/consents.rs"]
mod consents;
#[path = "shared/ingest.rs"]
mod ingest;
#[path = "shared/registry.rs"]
mod registry;
#[path = "shared/staging.rs"]
mod staging;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use gateway_store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::{Pool, Sqlite};

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

/// How long a commit takes to be safe from a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On the disk when it returns.
    Confirmed,
    /// With the next confirmed one.
    Staged,
}

/// The records in one SQLite file.
#[derive(Clone)]
pub struct SqliteStore {
    writer: Pool<Sqlite>,
    reader: Pool<Sqlite>,
    crypto: Crypto,
    met: MetNumbers,
    _lock: Arc<DatabaseLock>,
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
        let lock = Arc::new(DatabaseLock::take(path)?);
        let writer = settings::writer(path, settings::Cache::Import).await?;
        sqlx::migrate!("migrations/sqlite/records").run(&writer).await?;
        let reader = settings::readers(path).await?;
        let store = Self {
            writer,
            reader,
            crypto,
            met: MetNumbers::default(),
            _lock: lock,
        };
        store.keep_nobody().await?;
        Ok(store)
    }

    /// Closes the connections and takes what is in the write-ahead log into the database file.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn writing(
        &self,
        durability: Durability,
        operation: &'static str,
    ) -> Result<PoolConnection<Sqlite>, StoreError> {
        let mut connection = self.writer.acquire().await.map_err(failed(operation))?;
        let pragma = match durability {
            Durability::Confirmed => "PRAGMA synchronous = FULL",
            Durability::Staged => "PRAGMA synchronous = NORMAL",
        };
        sqlx::query(pragma)
            .execute(&mut *connection)
            .await
            .map_err(failed(operation))?;
        Ok(connection)
    }
}

/// The audit log in an SQLite file of its own.
#[derive(Clone)]
pub struct SqliteAuditStore {
    writer: Pool<Sqlite>,
    reader: Pool<Sqlite>,
    crypto: Crypto,
    _lock: Arc<DatabaseLock>,
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
        let lock = Arc::new(DatabaseLock::take(path)?);
        let writer = settings::writer(path, settings::Cache::Small).await?;
        sqlx::migrate!("migrations/sqlite/audit").run(&writer).await?;
        let reader = settings::readers(path).await?;
        Ok(Self {
            writer,
            reader,
            crypto,
            _lock: lock,
        })
    }

    pub(crate) async fn writing(
        &self,
        operation: &'static str,
    ) -> Result<PoolConnection<Sqlite>, StoreError> {
        self.writer.acquire().await.map_err(failed(operation))
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.reader.close().await;
        self.writer.close().await;
    }
}
