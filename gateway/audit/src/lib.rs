//! The disclosure log: entries, a Merkle tree over them, signed checkpoints, receipts, and a verifier for all of it.
//!
//! The promise carried here is the architecture's seventh: the log is verifiable without us. Formats are C2SP's
//! (tlog-tiles, tlog-checkpoint, signed-note, tlog-proof) over the tree of RFC 6962, so that other people's tools
//! read it; only the leaf ([`leaf`]), the sealed parts ([`seal`]) and the folder of ciphertexts ([`export`]) are ours,
//! and described there so that someone else can write another verifier.
//!
//! No I/O: bytes come in and go out, time and randomness are parameters.

pub mod accounted;
mod base64_text;
pub mod batch;
pub mod canonical;
pub mod checkpoint;
pub mod cosignature;
pub mod detail;
pub mod ended;
pub mod export;
pub mod kind;
pub mod leaf;
pub mod lists;
pub mod note;
pub mod proof;
pub mod receipt;
pub mod seal;
pub mod statement;
pub mod tree;
pub mod trust;
pub mod verify;
pub mod witness;

pub use accounted::SignedAccounting;
pub use base64_text::{Base64, Hashes};
pub use batch::{Batch, BatchError, Confirmed};
pub use checkpoint::{Checkpoint, CheckpointError, LogSigner};
pub use cosignature::{Cosigned, Cosigner, WitnessKey};
pub use detail::Detail;
pub use ended::ConsentEnded;
pub use export::{Exporter, LogFiles};
pub use kind::EntryKind;
pub use leaf::{Leaf, LeafError, Stamp, Stamper};
pub use lists::{AccountingNumber, Label, ListKeys, ListMap};
pub use note::{NoteError, NoteSigner, VerifierKey, unsigned_text};
pub use proof::{Proof, Proved, ReceiptError};
pub use receipt::{Receipt, ReceiptRefused, Stated};
pub use seal::{
    Ciphertexts, Entry, EntryOpenError, EntrySealError, Opened, SealedEntry, open_entry, seal_entry,
};
pub use statement::Statement;
pub use tree::{Frontier, TreeHead};
pub use trust::TrustPolicy;
pub use verify::{
    Damage, Finding, Place, Verification, Witnessed, verify_log, verify_public_log, verify_witnessed_log,
};

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod vectors;
