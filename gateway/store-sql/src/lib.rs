//! The ports of `gateway-store` on SQLite and PostgreSQL. The only crate that knows SQL.
//!
//! Every file under `shared` is compiled twice, once for each database: the statements are the same text, with `$1`
//! placeholders, and the types are 64-bit integers, bytes and text only. What differs (bulk statements, how a
//! transaction begins, what must hold before the store may be used) is in `sqlite` and `postgres`.
//!
//! At rest nothing about a person is in the clear: contents are sealed under the master key and bound to their place,
//! look-ups go by keyed digests, and what a column shows is an agency, a random id or a time of the gateway's own.
//! What a push stages is appended with the push's number and becomes visible when the push's one row says `published`.

#![expect(
    clippy::duplicate_mod,
    reason = "the files under `shared` are compiled once for each database, against its own types"
)]

mod bodies;
mod crypto;
mod error;
mod lock;
mod postgres;
mod rows;
mod sqlite;
mod staging;

pub use crypto::Crypto;
pub use error::OpenError;
pub use postgres::{PgAuditStore, PgStore, ServerDurability};
pub use sqlite::{SqliteAuditStore, SqliteStore};
