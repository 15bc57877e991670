//! What a file is, apart from what it says: by this it is approved, activated and found again.

use gateway_crypto::Digest;
use gateway_types::{MouId, Timestamp};

use super::{Code, Diagnostic, Status, read};

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The agreement.
    pub id: MouId,
    /// Its version number.
    pub version: String,
    /// The digest of what it says.
    pub hash: Digest,
    /// Whether it is to be used.
    pub status: Status,
    /// Keys of the parties that have not signed.
    pub unsigned: Vec<String>,
    /// The digest of the version that it says it replaces.
    pub supersedes: Option<Digest>,
    /// The first moment at which it is no longer in force.
    pub ends: Option<Timestamp>,
}

/// Reads a file, runs the tests inside, and says what it is.
///
/// # Errors
/// Everything that is wrong with it.
pub fn heading(name: &str, text: &str) -> Result<Heading, Vec<Diagnostic>> {
    let file = read(name, text)?;
    let unreadable = |what: &str| {
        vec![Diagnostic::whole_file(
            Code::WrongKind,
            name,
            what,
            "start from an agreement that works",
        )]
    };
    Ok(Heading {
        id: file.agreement.id,
        version: file.paper.version.to_string(),
        hash: file
            .agreement
            .hash
            .ok_or_else(|| unreadable("the file has no digest"))?,
        status: file.paper.status,
        unsigned: file.paper.unsigned,
        supersedes: file
            .paper
            .supersedes
            .map(|older| {
                let digits = older.hash.strip_prefix("sha256:").unwrap_or(&older.hash);
                format!("sha256:{digits}").parse()
            })
            .transpose()
            .map_err(|_| unreadable("the digest of the superseded version is not one"))?,
        ends: file.agreement.ends,
    })
}
