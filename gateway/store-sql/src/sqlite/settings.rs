//! How the connections are set, and that they really are: what SQLite answers is read back before anything is kept.
//!
//! No index is made for one statement: for a few hundred rows that are looked up, SQLite would read a whole table to make one.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Pool, Sqlite, SqliteConnection};

use crate::OpenError;
use crate::lock::DatabaseLock;

const BUSY: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// Statements kept ready: all there are, also in each of their lengths.
const STATEMENTS: usize = 512;

/// What a writer writes.
#[derive(Clone, Copy)]
pub(crate) enum For {
    /// Records: an import writes all over its indices.
    Records,
    /// The log: little at a time, each time flushed.
    Log,
}

/// The one writing connection.
pub(crate) async fn writer(path: &Path, of: For) -> Result<Pool<Sqlite>, OpenError> {
    let (kibibytes, checkpoint) = match of {
        // During a push another connection takes the write-ahead log up sooner (`super::flush`).
        For::Records => ("-98304", "48000"),
        // Short, so that it is soon written over instead of grown: a flush of a file that grows takes twice as long.
        For::Log => ("-32768", "4000"),
    };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(STATEMENTS)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // macOS: reach the disk, not only its cache.
        .pragma("fullfsync", "ON")
        .pragma("checkpoint_fullfsync", "ON")
        .pragma("cache_size", kibibytes)
        .pragma("wal_autocheckpoint", checkpoint)
        // An unusually large transaction leaves no unusually large file behind.
        .pragma("journal_size_limit", "67108864")
        .pragma("automatic_index", "OFF")
        .pragma("trusted_schema", "OFF");
    let pool = SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(1)
        .idle_timeout(None)
        // Nothing stands between here and the file that could have hung up.
        .test_before_acquire(false)
        .max_lifetime(None)
        .connect_with(options)
        .await?;
    check(&mut *pool.acquire().await?).await?;
    Ok(pool)
}

/// Reading connections, which no writer blocks.
pub(crate) async fn readers(path: &Path) -> Result<Pool<Sqlite>, OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .busy_timeout(BUSY)
        .statement_cache_capacity(STATEMENTS)
        .pragma("cache_size", "-8192")
        .pragma("automatic_index", "OFF")
        .pragma("trusted_schema", "OFF");
    Ok(SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(READERS)
        .idle_timeout(None)
        // Nothing stands between here and the file that could have hung up.
        .test_before_acquire(false)
        .max_lifetime(None)
        .connect_with(options)
        .await?)
}

/// Brings the schema up to date; without the lock, only sees that it is.
pub(crate) async fn bring_up_to_date(
    pool: &Pool<Sqlite>,
    schema: &Migrator,
    lock: Option<&DatabaseLock>,
) -> Result<(), OpenError> {
    if lock.is_none() {
        let wanted = schema.iter().map(|step| step.version).max().unwrap_or_default();
        let found: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM _sqlx_migrations")
            .fetch_one(pool)
            .await?;
        if found < wanted {
            return Err(OpenError::OlderSchemaInUse { found, wanted });
        }
    }
    Ok(schema.run(pool).await?)
}

/// That a connection keeps what it confirms.
pub(super) async fn check(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    const FULL: i64 = 2;
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    if journal != "wal" {
        return Err(OpenError::NotDurable {
            setting: "journal_mode",
            found: journal,
            wanted: "wal",
        });
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(connection)
        .await?;
    if synchronous != FULL {
        let found = synchronous.to_string();
        return Err(OpenError::NotDurable {
            setting: "synchronous",
            found,
            wanted: "2 (full)",
        });
    }
    Ok(())
}
