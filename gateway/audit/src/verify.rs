//! The offline verifier: reads an exported log and says, in words, what is wrong with it and where.
//!
//! It trusts nothing but the log's public key and, if given, a checkpoint kept from earlier. Every entry is hashed
//! anew, every tile recomputed, every sealed part compared with the digest its entry holds; then the entries are read
//! in order: their grammar, times, replicas' numbers, and that every outcome has its disclosure.
//!
//! What it cannot see alone: an insider with the signing key who rewrites and signs everything anew passes every check
//! but the one against an earlier checkpoint. Keep checkpoints; let others keep them: with a trust policy the verifier asks
//! for the cosignatures of witnesses ([`verify_witnessed_log`]).

mod align;
mod conduct;
mod finding;
mod lists;
mod part;
mod tree;
mod witnessed;

pub use finding::{Damage, Finding, Place, Verification};
pub use witnessed::{Witnessed, verify_witnessed_log};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::export::{CHECKPOINT, LogFiles};
use crate::note::{NoteError, VerifierKey};
use finding::Findings;

/// Whether the sealed parts are examined too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Details {
    Examined,
    LeftOut,
}

/// Checks a whole exported log, sealed parts included.
///
/// `key` is the log's public key, `earlier` a checkpoint of the same log that the reader kept (already opened with
/// the key): the log must still begin with it.
#[must_use]
pub fn verify_log(files: &dyn LogFiles, key: &VerifierKey, earlier: Option<&Checkpoint>) -> Verification {
    verify(files, key, earlier, Details::Examined)
}

/// Checks an exported log of which the sealed parts were not handed over: what a mirror or witness can check.
#[must_use]
pub fn verify_public_log(
    files: &dyn LogFiles,
    key: &VerifierKey,
    earlier: Option<&Checkpoint>,
) -> Verification {
    verify(files, key, earlier, Details::LeftOut)
}

fn verify(
    files: &dyn LogFiles,
    key: &VerifierKey,
    earlier: Option<&Checkpoint>,
    details: Details,
) -> Verification {
    let mut findings = Findings::default();
    let Some(claim) = read_checkpoint(files, key, &mut findings) else {
        return Verification::unreadable(findings);
    };
    let files = &Reader { files };
    let shape = tree::check(files, &claim, earlier, &mut findings);
    let conduct = conduct::check(files, &shape, details, &mut findings);
    Verification::of(claim.checkpoint, shape.entries, conduct, findings)
}

/// What the checkpoint file says, and whether the key vouches for it.
struct Claim {
    checkpoint: Checkpoint,
    signed: bool,
}

fn read_checkpoint(files: &dyn LogFiles, key: &VerifierKey, findings: &mut Findings) -> Option<Claim> {
    let file = Place::File(CHECKPOINT.to_owned());
    let note = match files.read(CHECKPOINT) {
        Ok(Some(bytes)) => String::from_utf8(bytes).ok(),
        Ok(None) => {
            findings.add(Damage::FileMissing, file);
            return None;
        }
        Err(_) => {
            findings.add(Damage::FileUnreadable, file);
            return None;
        }
    };
    let Some(note) = note else {
        let form = CheckpointError::Note(NoteError::Form("it is not text"));
        findings.add(Damage::Checkpoint(form), file);
        return None;
    };
    match Checkpoint::open(&note, key) {
        Ok(checkpoint) => Some(Claim {
            checkpoint,
            signed: true,
        }),
        Err(error) => {
            findings.add(Damage::Checkpoint(error), file);
            // What it claims may still help to find where the log itself is damaged.
            let checkpoint = Checkpoint::claimed(&note).ok()?;
            Some(Claim {
                checkpoint,
                signed: false,
            })
        }
    }
}

/// The files, with a failure to read told apart from a missing file.
struct Reader<'f> {
    files: &'f dyn LogFiles,
}

impl Reader<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, Damage> {
        match self.files.read(path) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(Damage::FileMissing),
            Err(_) => Err(Damage::FileUnreadable),
        }
    }
}

#[cfg(test)]
mod tampering;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod witnessed_tests;
