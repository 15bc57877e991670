//! Why a store cannot be opened, and how database errors become the port's errors.

use gateway_store::StoreError;

/// A store that cannot be used. The gateway does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has the data folder open.
    #[error("the data folder is in use by another process ({file} is locked)")]
    InUse {
        /// The lock file's name.
        file: String,
    },
    /// Another gateway serves from the database.
    #[error("another gateway serves from this database; each needs its own")]
    Served,
    /// The lock file cannot be made.
    #[error("the data folder cannot be locked ({file})")]
    Lock {
        /// The lock file's name.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The database was written by a newer release.
    #[error(
        "the database has schema version {version}, which this release does not know; install the newer release"
    )]
    NewerSchema {
        /// The unknown version.
        version: i64,
    },
    /// The database is in use by an older release, under which its schema is not changed.
    #[error(
        "the database has schema version {found} and is in use; version {wanted} is needed: stop what uses it, or \
         use its own release"
    )]
    OlderSchemaInUse {
        /// The version it has.
        found: i64,
        /// The version this release needs.
        wanted: i64,
    },
    /// The schema cannot be brought up to date.
    #[error("the database schema cannot be brought up to date")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database would not keep what it confirms.
    #[error(
        "the database setting `{setting}` is `{found}`, `{wanted}` is needed so that nothing confirmed is lost"
    )]
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// The value it needs.
        wanted: &'static str,
    },
    /// What the database holds was sealed under a master key that was not given.
    #[error("the database was sealed under another master key")]
    WrongKey,
    /// The database address is not one.
    #[error("the database address cannot be read")]
    Address,
    /// The database cannot be reached or refuses.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

impl From<sqlx::migrate::MigrateError> for OpenError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(version) => Self::NewerSchema { version },
            other => Self::Migration(Box::new(other)),
        }
    }
}

/// Maps what the database says while `operation` is done.
pub(crate) fn failed(operation: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| match error {
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreError::Inconsistent {
            table: operation,
            what: "a column of another type than the schema's",
        },
        other => StoreError::unavailable(operation, other),
    }
}

/// As [`failed`], but what is there already is a conflict about `what`.
pub(crate) fn conflicting(operation: &'static str, what: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| match &error {
        sqlx::Error::Database(said) if said.is_unique_violation() => StoreError::Conflict { what },
        _ => failed(operation)(error),
    }
}
