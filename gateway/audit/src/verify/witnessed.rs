//! What witnesses have to say: enough of them cosigned a checkpoint, the log begins with it, and its times fit theirs.

use gateway_types::Timestamp;

use super::finding::{Damage, Finding, Place, Verification};
use super::verify_log;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::export::{CHECKPOINT, LogFiles, WITNESSED, entries_path, unbundle_entries};
use crate::leaf::Leaf;
use crate::note::{NoteError, VerifierKey};
use crate::tree::{TILE_WIDTH, parts_of};
use crate::trust::{Judgment, TrustPolicy};

/// How far the clocks of gateway and witnesses may differ.
const SKEW_MS: u64 = 5 * 60 * 1000;

/// A log, verified with its witnesses.
#[derive(Clone, Debug)]
pub struct Witnessed {
    /// What was found, about the log itself and about its witnesses.
    pub verification: Verification,
    /// Which checkpoint was cosigned, and by whom; `None` if none could be read.
    pub judged: Option<(Checkpoint, Judgment)>,
}

/// Checks a whole exported log against its key, the cosignatures of a trust policy and a checkpoint kept from earlier. With
/// `not_before`, cosignatures made earlier do not count.
#[must_use]
pub fn verify_witnessed_log(
    files: &dyn LogFiles,
    key: &VerifierKey,
    policy: &TrustPolicy,
    not_before: Option<Timestamp>,
    earlier: Option<&Checkpoint>,
) -> Witnessed {
    let mut verification = verify_log(files, key, earlier);
    let add = |verification: &mut Verification, damage, place| {
        verification.findings.push(Finding { damage, place });
    };
    let file = [WITNESSED, CHECKPOINT]
        .into_iter()
        .find_map(|path| Some((path, String::from_utf8(files.read(path).ok()??).ok()?)));
    let Some((path, note)) = file else {
        add(
            &mut verification,
            Damage::NotWitnessed { by: 0 },
            Place::File(CHECKPOINT.to_owned()),
        );
        return Witnessed {
            verification,
            judged: None,
        };
    };
    let place = || Place::File(path.to_owned());
    let judged = policy
        .judge(&note, not_before)
        .and_then(|judgment| match Checkpoint::open(&note, key) {
            Ok(checkpoint) => Ok((checkpoint, judgment)),
            Err(error) => Err(error),
        });
    let (cosigned, judgment) = match judged {
        Ok(judged) => judged,
        Err(error) => {
            let unsigned = CheckpointError::Note(NoteError::NotSigned);
            // An unsigned checkpoint was found before; as a witnessed one it is told once more, by its file.
            if path == WITNESSED || error != unsigned {
                add(&mut verification, Damage::Checkpoint(error), place());
            }
            return Witnessed {
                verification,
                judged: None,
            };
        }
    };
    if !judgment.met {
        let by = judgment.by.len();
        add(&mut verification, Damage::NotWitnessed { by }, place());
    }
    // What they cosigned, the log must begin with.
    for finding in verify_log(files, key, Some(&cosigned)).findings {
        if matches!(
            finding.damage,
            Damage::RolledBack { .. } | Damage::Rewritten { .. }
        ) {
            verification.findings.push(finding);
        }
    }
    check_times(files, &cosigned, &judgment, &mut verification);
    Witnessed {
        verification,
        judged: Some((cosigned, judgment)),
    }
}

/// The last entry that they cosigned is not from after, the first that they did not see not from before.
fn check_times(files: &dyn LogFiles, cosigned: &Checkpoint, judgment: &Judgment, found: &mut Verification) {
    let times = || {
        let times = judgment.by.iter().chain(&judgment.stale);
        times.map(|(_, at)| u64::try_from(at.as_millis()).unwrap_or(0))
    };
    let (Some(first), Some(last)) = (times().min(), times().max()) else {
        return;
    };
    let size = found
        .checkpoint
        .as_ref()
        .map_or(0, |checkpoint| checkpoint.head.size);
    let place = |index, leaf: &Leaf| Place::Entry {
        index,
        event: Some(leaf.event),
    };
    if let Some(index) = cosigned.head.size.checked_sub(1)
        && let Some(leaf) = leaf_at(files, index, size)
    {
        let by_ms = leaf.stamp.time_ms.saturating_sub(first + SKEW_MS);
        if by_ms > 0 {
            let damage = Damage::TimeAfterWitness { by_ms };
            found.findings.push(Finding {
                damage,
                place: place(index, &leaf),
            });
        }
    }
    let next = cosigned.head.size;
    if let Some(leaf) = leaf_at(files, next, size) {
        let by_ms = last.saturating_sub(leaf.stamp.time_ms + SKEW_MS);
        if by_ms > 0 {
            let damage = Damage::TimeBeforeWitness { by_ms };
            found.findings.push(Finding {
                damage,
                place: place(next, &leaf),
            });
        }
    }
}

fn leaf_at(files: &dyn LogFiles, index: u64, size: u64) -> Option<Leaf> {
    let (number, width) = parts_of(size).find(|(number, _)| *number == index / TILE_WIDTH)?;
    let bytes = files.read(&entries_path(number, width)).ok()??;
    let position = usize::try_from(index % TILE_WIDTH).ok()?;
    Leaf::decode(unbundle_entries(&bytes).items.get(position)?).ok()
}
