//! Approvals: what two people sign before an agreement comes into force, or leaves it.
//!
//! An approval is a signed note (C2SP signed-note, Ed25519): a [`Statement`] in plain text that names exactly one
//! change, and a signature line of each approver. Anyone can check it with the approvers' public keys and other
//! people's tools. Its first line keeps it apart from everything else that such a key might ever sign.

mod approvers;
mod statement;

pub use approvers::{Approved, Approver, Approvers, NotApproved, UnsoundApprovers};
pub use statement::{Statement, StatementError};

/// How many different people, with different keys, have to approve. Two: whoever wrote the agreement, one of them did
/// not.
pub const NEEDED: usize = 2;
