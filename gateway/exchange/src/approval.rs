//! Approvals: what two people sign before an agreement comes into force, or leaves it.
//!
//! An approval is a signed note (C2SP signed-note, Ed25519): a [`Statement`] in plain text that names exactly one
//! change, and a signature line of each approver. Anyone can check it with the approvers' public keys and other
//! people's tools. Its first line keeps it apart from everything else that such a key might ever sign.

mod approvers;
mod statement;

pub use approvers::{Approved, Approver, Approvers, NotApproved, UnsoundApprovers};
pub use statement::{Statement, StatementError};

use gateway_types::Timestamp;
use policies::mou::{Heading, Status};

/// Why a file may not come into force now, whoever approves it; `None` if it may.
#[must_use]
pub fn unready(heading: &Heading, now: Timestamp) -> Option<String> {
    if heading.status != Status::Active {
        Some("its status is not `active`".to_owned())
    } else if !heading.unsigned.is_empty() {
        Some(format!(
            "there is no `[[signature]]` of {}",
            heading.unsigned.join(", ")
        ))
    } else {
        heading
            .ends
            .filter(|end| *end <= now)
            .map(|end| format!("it has expired: it was in force until {}", end.date()))
    }
}

/// How many different people, with different keys, have to approve. Two: whoever wrote the agreement, one of them did
/// not.
pub const NEEDED: usize = 2;
