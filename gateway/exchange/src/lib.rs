//! The use cases: take in, disclose, record and revoke consent, account. Sees storage as traits only.
//!
//! The two ways are those of docs/architecture.md. In: [`ingest`]. Out: [`disclose`], the one path for everything that
//! leaves. [`sequencer`] is where "durable" is waited for.

mod assemble;
mod candidates;
mod completeness;
mod intake;
mod notices;
mod owed;
mod receipt;
mod redact;
mod word;

pub mod account;
pub mod agreements;
pub mod approval;
pub mod canaries;
pub mod consents;
pub mod directory;
pub mod disclose;
pub mod ended;
pub mod gateway;
pub mod ingest;
pub mod question;
pub mod replay;
pub mod requester;
pub mod requests;
pub mod restrictions;
pub mod sequencer;
pub mod service_requests;
pub mod spool;
pub mod tiles;
pub mod witness;

pub use agreements::InForce;
pub use gateway::{Gateway, NotStarted, Parts, Settings};
