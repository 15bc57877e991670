//! PostgreSQL: many gateways on one database. The records and the log may share it.

mod append;
mod bulk;

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
use std::sync::{Arc, Mutex};

use gateway_store::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, Pool, Postgres};

use crate::error::failed;
use crate::staging::MetNumbers;
use crate::{Crypto, OpenError};

pub(crate) type Db = Postgres;
pub(crate) type Connection = sqlx::PgConnection;
pub(crate) use PgAuditStore as AuditLog;
pub(crate) use PgStore as Records;

/// Every check that a writer depends on is a unique index or a compare-and-swap, which hold at any isolation.
pub(crate) const BEGIN: &str = "BEGIN";

/// Whether a push may still be staged into. The row stays locked until the piece is written, so that nobody begins to
/// remove the push meanwhile.
pub(crate) const STILL_RUNNING: &str = "SELECT no FROM ingests WHERE no = $1 AND state = 'running' FOR SHARE";

/// What is numbered before it is written, so that what refers to it can be made ready without asking.
#[derive(Clone, Copy)]
pub(crate) enum Numbered {
    /// Clients. No number is ever given to a second one.
    Clients,
    /// Identities. Of one source key the highest number counts.
    Identities,
}

/// The server's lock, one in each database, of the gateway that serves.
const SERVING: i64 = i64::from_be_bytes(*b"assent/1");

const CONNECTIONS: u32 = 16;
const LOG_CONNECTIONS: u32 = 4;

/// How long a commit takes to be safe from a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// On the disk when it returns.
    Confirmed,
    /// With the next confirmed one.
    Staged,
}

/// Whether the server's own settings must keep what it confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerDurability {
    /// `fsync`, `full_page_writes` and `synchronous_commit` must be on.
    Required,
    /// A server for tests, which may forget.
    TestOnly,
}

/// The records in a PostgreSQL database.
#[derive(Clone)]
pub struct PgStore {
    writer: Pool<Postgres>,
    reader: Pool<Postgres>,
    crypto: Crypto,
    met: MetNumbers,
    /// Held, never used: the server keeps the lock of [`SERVING`] as long as it is open.
    _serving: Option<Arc<Mutex<Connection>>>,
}

impl fmt::Debug for PgStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgStore").finish_non_exhaustive()
    }
}

impl PgStore {
    /// Connects to the database at `url` and brings its schema up to date.
    ///
    /// # Errors
    /// [`OpenError`] if it cannot be reached, was written by a newer release or under another master key, or would
    /// not keep what it confirms.
    pub async fn connect(url: &str, crypto: Crypto, durability: ServerDurability) -> Result<Self, OpenError> {
        Self::connect_as(url, crypto, durability, None).await
    }

    /// The same for the one gateway that serves from the database: a second one would take the first one's running
    /// pushes for cut off and undo them.
    ///
    /// # Errors
    /// As [`PgStore::connect`], and [`OpenError::Served`].
    pub async fn connect_serving(
        url: &str,
        crypto: Crypto,
        durability: ServerDurability,
    ) -> Result<Self, OpenError> {
        let mut connection = Connection::connect_with(&options(url)?).await?;
        let free: bool = sqlx::query_scalar("SELECT PG_TRY_ADVISORY_LOCK($1)")
            .bind(SERVING)
            .fetch_one(&mut connection)
            .await?;
        if !free {
            return Err(OpenError::Served);
        }
        let serving = Arc::new(Mutex::new(connection));
        Self::connect_as(url, crypto, durability, Some(serving)).await
    }

    async fn connect_as(
        url: &str,
        crypto: Crypto,
        durability: ServerDurability,
        serving: Option<Arc<Mutex<Connection>>>,
    ) -> Result<Self, OpenError> {
        let pool = pool(url, CONNECTIONS).await?;
        check(&pool, durability).await?;
        sqlx::migrate!("migrations/postgres/records").run(&pool).await?;
        let store = Self {
            writer: pool.clone(),
            reader: pool,
            crypto,
            met: MetNumbers::default(),
            _serving: serving,
        };
        store.keep_nobody().await?;
        Ok(store)
    }

    /// Numbers that nobody else is given, in rising order.
    pub(crate) async fn reserve(&self, what: Numbered, count: usize) -> Result<Vec<i64>, StoreError> {
        const WHAT: &str = "numbering";
        if count == 0 {
            return Ok(Vec::new());
        }
        let take = match what {
            Numbered::Clients => {
                "SELECT NEXTVAL(PG_GET_SERIAL_SEQUENCE('clients', 'no')) FROM GENERATE_SERIES(1, $1)"
            }
            Numbered::Identities => {
                "SELECT NEXTVAL(PG_GET_SERIAL_SEQUENCE('identities', 'no')) FROM GENERATE_SERIES(1, $1)"
            }
        };
        let count = i64::try_from(count).map_err(|error| StoreError::unavailable(WHAT, error))?;
        sqlx::query_scalar(take)
            .bind(count)
            .fetch_all(&self.writer)
            .await
            .map_err(failed(WHAT))
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.writer.close().await;
    }

    /// The server writes beside us by itself.
    #[expect(clippy::unused_self, reason = "another database has to be helped")]
    pub(crate) const fn flush_beside(&self) -> Nothing {
        Nothing
    }

    pub(crate) async fn writing(
        &self,
        durability: Durability,
        operation: &'static str,
    ) -> Result<PoolConnection<Postgres>, StoreError> {
        let mut connection = self.writer.acquire().await.map_err(failed(operation))?;
        let setting = match durability {
            Durability::Confirmed => "RESET synchronous_commit",
            Durability::Staged => "SET synchronous_commit = off",
        };
        sqlx::query(setting)
            .execute(&mut *connection)
            .await
            .map_err(failed(operation))?;
        Ok(connection)
    }
}

/// The audit log in a PostgreSQL database.
#[derive(Clone)]
pub struct PgAuditStore {
    writer: Pool<Postgres>,
    reader: Pool<Postgres>,
    crypto: Crypto,
}

impl fmt::Debug for PgAuditStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PgAuditStore").finish_non_exhaustive()
    }
}

impl PgAuditStore {
    /// Connects to the database at `url` and brings the log's schema up to date.
    ///
    /// # Errors
    /// As [`PgStore::connect`].
    pub async fn connect(url: &str, crypto: Crypto, durability: ServerDurability) -> Result<Self, OpenError> {
        let pool = pool(url, LOG_CONNECTIONS).await?;
        check(&pool, durability).await?;
        let mut migrator = sqlx::migrate!("migrations/postgres/audit");
        migrator.dangerous_set_table_name("_audit_migrations");
        migrator.run(&pool).await?;
        Ok(Self {
            writer: pool.clone(),
            reader: pool,
            crypto,
        })
    }

    /// Closes the connections.
    pub async fn close(&self) {
        self.writer.close().await;
    }

    pub(crate) async fn writing(
        &self,
        operation: &'static str,
    ) -> Result<PoolConnection<Postgres>, StoreError> {
        self.writer.acquire().await.map_err(failed(operation))
    }
}

/// What [`Records::flush_beside`] keeps going here.
pub(crate) struct Nothing;

/// The parse error may repeat the address, and with it the password.
fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    url.parse().map_err(|_| OpenError::Address)
}

async fn pool(url: &str, connections: u32) -> Result<Pool<Postgres>, OpenError> {
    Ok(PgPoolOptions::new()
        .max_connections(connections)
        .connect_with(options(url)?)
        .await?)
}

async fn check(pool: &Pool<Postgres>, durability: ServerDurability) -> Result<(), OpenError> {
    if durability == ServerDurability::TestOnly {
        return Ok(());
    }
    for (setting, show) in [
        ("fsync", "SHOW fsync"),
        ("full_page_writes", "SHOW full_page_writes"),
        ("synchronous_commit", "SHOW synchronous_commit"),
    ] {
        let found: String = sqlx::query_scalar(show).fetch_one(pool).await?;
        let enough = match setting {
            "synchronous_commit" => matches!(found.as_str(), "on" | "remote_apply"),
            _ => found == "on",
        };
        if !enough {
            return Err(OpenError::NotDurable {
                setting,
                found,
                wanted: "on",
            });
        }
    }
    Ok(())
}
