//! The verifier with a trust policy: histories that only witnesses can tell apart, and games with the clock.

use gateway_crypto::SigningKey;
use gateway_types::Timestamp;

use super::tests::{Log, findings, key, log};
use super::*;
use crate::cosignature::Cosigner;
use crate::export::WITNESSED;
use crate::trust::TrustPolicy;

const BEGAN: i64 = 1_795_000_000;

fn witness(number: u8) -> Cosigner {
    Cosigner::new(format!("w{number}.example"), SigningKey::from_seed([number; 32])).unwrap()
}

/// Two of three.
pub(super) fn policy() -> TrustPolicy {
    let lines: String = (1..=3)
        .map(|n| format!("witness w{n} {}\n", witness(n).verifier()))
        .collect();
    TrustPolicy::parse(&format!(
        "log {}\n{lines}group two 2 w1 w2 w3\nquorum two\n",
        key()
    ))
    .unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((BEGAN + seconds) * 1_000_000)
}

/// The log's checkpoint, cosigned.
pub(super) fn cosigned(log: &Log, by: &[(u8, i64)]) -> Vec<u8> {
    let note = String::from_utf8(log.files()["checkpoint"].clone()).unwrap();
    let body = note.split("\n\n").next().unwrap().to_owned() + "\n";
    let lines = by
        .iter()
        .map(|(number, seconds)| witness(*number).line(&body, at(*seconds)));
    (note + &lines.collect::<String>()).into_bytes()
}

fn found(of: &Log, witnessed: Option<Vec<u8>>) -> Vec<Damage> {
    let mut files = of.files();
    if let Some(note) = witnessed {
        files.insert(WITNESSED.to_owned(), note);
    }
    let witnessed = verify_witnessed_log(&files, &key(), &policy(), None, None);
    witnessed
        .verification
        .findings
        .into_iter()
        .map(|finding| finding.damage)
        .collect()
}

#[test]
fn a_log_that_enough_have_cosigned_is_intact_and_others_are_not() {
    let whole = log(700);
    let before = whole.truncated(600);
    assert_eq!(found(&whole, Some(cosigned(&before, &[(1, 10), (3, 11)]))), []);
    assert_eq!(
        found(&whole, Some(cosigned(&before, &[(1, 10)]))),
        [Damage::NotWitnessed { by: 1 }]
    );
    assert_eq!(
        found(&whole, Some(cosigned(&before, &[(1, 10), (1, 11)]))),
        [Damage::NotWitnessed { by: 1 }]
    );
    assert_eq!(found(&whole, None), [Damage::NotWitnessed { by: 0 }]);
    // The checkpoint that was changed after they signed it.
    let mut changed = cosigned(&before, &[(1, 10), (3, 11)]);
    changed[20] ^= 1;
    assert!(matches!(
        found(&whole, Some(changed)).as_slice(),
        [Damage::Checkpoint(_)]
    ));
}

#[test]
fn what_the_keeper_of_the_key_did_is_named_by_the_witnesses_alone() {
    let whole = log(700);
    let seen = cosigned(&whole, &[(1, 10), (2, 10)]);
    // Everything below is signed anew with the log's key and agrees with itself.
    let mut edited = whole.clone();
    edited.leaves[300].policy = gateway_crypto::Digest::of(b"other rules");
    assert_eq!(findings(&edited.files()), []);
    assert_eq!(
        found(&edited, Some(seen.clone())),
        [Damage::Rewritten { earlier: 700 }]
    );
    // The tail is cut off, as if an older backup had been put back.
    assert_eq!(
        found(&whole.truncated(650), Some(seen)),
        [Damage::RolledBack { earlier: 700 }]
    );
}

#[test]
fn a_clock_that_was_ahead_or_behind_is_named_by_the_witnesses() {
    let whole = log(700);
    let before = whole.truncated(600);
    // They cosigned ten minutes before the time that the last entry they saw bears.
    let early = found(&whole, Some(cosigned(&before, &[(1, -600), (2, -590)])));
    assert!(
        matches!(early.as_slice(), [Damage::TimeAfterWitness { .. }]),
        "{early:?}"
    );
    // They cosigned ten minutes after the time of an entry that the log did not hold then.
    let late = found(&whole, Some(cosigned(&before, &[(1, 600), (2, 610)])));
    assert!(
        matches!(late.as_slice(), [Damage::TimeBeforeWitness { .. }]),
        "{late:?}"
    );
    // Within the few minutes that clocks may differ, nothing is said.
    assert_eq!(found(&whole, Some(cosigned(&before, &[(1, -200), (2, 200)]))), []);
}

#[test]
fn cosignatures_from_before_a_bound_do_not_count() {
    let whole = log(700);
    let mut files = whole.files();
    files.insert(WITNESSED.to_owned(), cosigned(&whole, &[(1, 10), (2, 90)]));
    let judged = |bound: i64| verify_witnessed_log(&files, &key(), &policy(), Some(at(bound)), None);
    assert!(judged(5).verification.is_intact());
    let stale = judged(50);
    assert_eq!(stale.judged.unwrap().1.stale, [("w1".to_owned(), at(10))]);
    assert_eq!(
        stale.verification.findings[0].damage,
        Damage::NotWitnessed { by: 1 }
    );
}
