//! The HTTP door: JSON under `/v1`, described by `/openapi.json`; TLS, authentication, problem documents; and, on a
//! listener of its own, the pages on which clients sign.
//!
//! Handlers hold no rule: they read, call one use case of `gateway-exchange` and write what it returns. What a
//! disclosure sends is fixed by the exchange, as bytes, before its audit entry is written; nothing is added here.

pub mod api;
mod body;
pub mod caller;
mod extract;
mod listener;
pub mod mllp;
pub mod pages;
pub mod print;
mod problem;
mod state;
mod tls;

pub use caller::{Answer, CallError, Caller};
pub use listener::{ConnectionLimits, Peer, Sharing, bind, serve};
pub use mllp::{MllpLimits, MllpListener};
pub use problem::Problem;
pub use state::{Doors, RequestLimits};
pub use tls::{CertificateFault, ServerTls, TlsError, client_config, page_config, server_config};
