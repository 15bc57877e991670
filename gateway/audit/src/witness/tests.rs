//! Witnesses against logs that go on, stand still, go back and split; the exchange of another implementation; trust policies.

use gateway_crypto::SigningKey;

use super::*;
use crate::checkpoint::LogSigner;
use crate::cosignature::WitnessKey;
use crate::note::NoteSigner;
use crate::tree::{Frontier, TileSet, TreeHead, leaf_hash};
use crate::trust::{PolicyError, TrustPolicy};

struct Log {
    frontier: Frontier,
    tiles: TileSet,
}

impl Log {
    /// A log of so many entries; another `history` has other entries from the third on.
    fn of(size: u64, history: u8) -> Self {
        let (mut frontier, mut tiles) = (Frontier::new(), TileSet::default());
        for entry in 0..size {
            let history = if entry < 3 { 0 } else { history };
            let mut full = Vec::new();
            frontier.push(leaf_hash(&[entry as u8, history]), &mut full);
            for tile in full {
                tiles.insert(tile.id, &tile.bytes()).unwrap();
            }
        }
        tiles.insert_edge(&frontier);
        Self { frontier, tiles }
    }

    fn checkpoint(&self) -> String {
        signer(9).sign(self.frontier.head()).unwrap()
    }

    fn request(&self, old: u64) -> AddCheckpoint {
        AddCheckpoint::make(old, &self.checkpoint(), self.frontier.size(), &self.tiles).unwrap()
    }
}

fn signer(seed: u8) -> LogSigner {
    let key = SigningKey::from_seed([seed; 32]);
    LogSigner::new(NoteSigner::new("log.example/one", key).unwrap(), None)
}

fn witness(name: &str, seed: u8) -> Cosigner {
    Cosigner::new(name, SigningKey::from_seed([seed; 32])).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_795_000_000 + seconds) * 1_000_000)
}

fn ask(request: &AddCheckpoint, held: Option<&str>) -> WitnessAnswer {
    let text = request.to_text();
    let read = AddCheckpoint::parse(&text).unwrap();
    assert_eq!(&read, request);
    assert_eq!(read.origin(), Some("log.example/one"));
    add_checkpoint(
        &read,
        signer(9).verifier(),
        held,
        &witness("hospital.example", 1),
        at(0),
    )
}

#[test]
fn a_log_that_goes_on_is_cosigned_and_the_cosignature_holds() {
    let mut held: Option<String> = None;
    for size in [1, 2, 5, 255, 256, 300, 300] {
        let log = Log::of(size, 0);
        let before = held
            .as_deref()
            .map_or(0, |note| Checkpoint::claimed(note).unwrap().head.size);
        let WitnessAnswer::Cosigned(line) = ask(&log.request(before), held.as_deref()) else {
            panic!("size {size} from {before}");
        };
        let note = log.checkpoint() + &line;
        let key = witness("hospital.example", 1).verifier().clone();
        let key: WitnessKey = key.to_string().parse().unwrap();
        let cosigned = key.find(&note).unwrap().unwrap();
        assert_eq!((cosigned.checkpoint.head.size, cosigned.at), (size, at(0)));
        // The log's own signature holds as before, beside the cosignature.
        Checkpoint::open(&note, signer(9).verifier()).unwrap();
        // Another witness's key finds nothing; a changed time spoils it.
        assert_eq!(witness("hospital.example", 2).verifier().find(&note), Ok(None));
        held = Some(log.checkpoint());
    }
}

#[test]
fn an_older_head_and_another_history_are_not_cosigned_and_are_evidence() {
    let seen = Log::of(300, 0).checkpoint();
    let held = Some(seen.as_str());
    // The log was put back, and shows what it has, from wherever it thinks the witness stands.
    assert_eq!(
        ask(&Log::of(200, 0).request(200), held),
        WitnessAnswer::Holds(300)
    );
    assert_eq!(ask(&Log::of(200, 0).request(0), held), WitnessAnswer::Holds(300));
    // Two trees of one size.
    let split = ask(&Log::of(300, 1).request(300), held);
    assert_eq!(split, WitnessAnswer::Split { held: seen.clone() });
    // A rewritten history that has grown: its own proof does not lead from what the witness holds.
    let rewritten = ask(&Log::of(310, 1).request(300), held);
    assert_eq!(rewritten, WitnessAnswer::NotConsistent { held: seen.clone() });
    let mut without_proof = Log::of(310, 0).request(300);
    without_proof.proof.clear();
    assert!(matches!(
        ask(&without_proof, held),
        WitnessAnswer::NotConsistent { .. }
    ));
    // Proof of the empty tree is no proof.
    let mut with_proof = Log::of(310, 0).request(0);
    with_proof.proof.push(leaf_hash(b"x"));
    assert!(matches!(
        ask(&with_proof, None),
        WitnessAnswer::NotConsistent { .. }
    ));
}

#[test]
fn what_is_no_request_or_not_the_logs_is_refused() {
    let log = Log::of(5, 0);
    let mut larger = log.request(5);
    larger.old = 6;
    assert_eq!(ask(&larger, None), WitnessAnswer::Malformed);
    let mut forged = log.request(0);
    forged.checkpoint = signer(8).sign(log.frontier.head()).unwrap();
    assert_eq!(ask(&forged, None), WitnessAnswer::NotSigned);
    for text in [
        "",
        "old 1",
        "old 01\n\nx",
        "old -1\n\nx",
        "old 1\nnot base64\n\nx",
        "old 1\nAAAA\n\nx",
        "new 1\n\nx",
    ] {
        assert_eq!(AddCheckpoint::parse(text), None, "{text}");
    }
    let many = format!(
        "old 1\n{}\nx",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n".repeat(64)
    );
    assert_eq!(AddCheckpoint::parse(&many), None);
}

#[test]
fn a_policy_counts_witnesses_groups_and_freshness() {
    let keys: Vec<Cosigner> = (1..=3).map(|n| witness(&format!("w{n}.example"), n)).collect();
    let text = format!(
        "# who must have seen it\nlog {}\nwitness hospital {}\nwitness police {}\nwitness archive {} https://archive.example\n\
         group care any hospital archive\ngroup both all care police\nquorum both\n",
        signer(9).verifier(),
        keys[0].verifier(),
        keys[1].verifier(),
        keys[2].verifier()
    );
    let policy = TrustPolicy::parse(&text).unwrap();
    let log = Log::of(7, 0);
    let parts = log.checkpoint();
    let body = parts.split("\n\n").next().unwrap().to_owned() + "\n";
    let note = |by: &[(usize, i64)]| -> String {
        by.iter().fold(parts.clone(), |note, (who, when)| {
            note + &keys[*who].line(&body, at(*when))
        })
    };
    let met = |by: &[(usize, i64)], bound: Option<i64>| policy.judge(&note(by), bound.map(at)).unwrap().met;
    assert!(!met(&[], None));
    assert!(!met(&[(0, 0)], None), "the hospital alone");
    assert!(!met(&[(0, 0), (2, 0)], None), "two of one group are one");
    assert!(met(&[(0, 0), (1, 0)], None));
    assert!(met(&[(2, 0), (1, 0)], None));
    assert!(!met(&[(0, 0), (1, 0)], Some(1)), "both too old");
    assert!(met(&[(0, 5), (1, 1)], Some(1)));
    let judged = policy.judge(&note(&[(0, 0), (1, 5)]), Some(at(1))).unwrap();
    assert_eq!(judged.stale, [("hospital".to_owned(), at(0))]);
    // A signature of a known witness that does not fit spoils the whole.
    let other = Log::of(8, 0).checkpoint() + &keys[0].line(&body, at(0));
    assert!(policy.judge(&other, None).is_err());
    // Cosignatures do not make up for the log's own signature.
    let forged = signer(8).sign(log.frontier.head()).unwrap() + &keys[0].line(&body, at(0));
    assert!(policy.judge(&forged, None).is_err());
}

#[test]
fn a_policy_with_a_fault_is_refused_by_its_line() {
    let log = format!("log {}\n", signer(9).verifier());
    let hospital = format!("witness hospital {}\n", witness("w1.example", 1).verifier());
    let fault = |rest: &str| TrustPolicy::parse(&format!("{log}{hospital}{rest}")).unwrap_err();
    for (rest, line) in [
        ("group g any nobody\nquorum g\n", 3),
        ("group g 2 hospital\nquorum g\n", 3),
        ("group g 0 hospital\nquorum g\n", 3),
        ("group none any hospital\nquorum none\n", 3),
        ("quorum nobody\n", 3),
        ("quorum hospital\nquorum hospital\n", 4),
        ("\nwhatever\nquorum none\n", 4),
        ("", 0),
    ] {
        assert_eq!(fault(rest).line, line, "{rest}");
    }
    let twice = fault(&format!(
        "witness again {}\nquorum none\n",
        witness("w1.example", 1).verifier()
    ));
    assert_eq!(twice.line, 3);
    assert_eq!(
        TrustPolicy::parse("quorum none\n").unwrap_err(),
        PolicyError {
            line: 0,
            what: "there is no `log` line"
        }
    );
}

#[test]
fn the_head_of_a_tree_is_what_is_compared() {
    // A checkpoint of the same size and root with another signature line is the same head.
    let log = Log::of(4, 0);
    let held = log.checkpoint() + &witness("other.example", 5).line("x\n", at(0));
    assert!(matches!(
        ask(&log.request(4), Some(&held)),
        WitnessAnswer::Cosigned(_)
    ));
    assert_eq!(
        log.frontier.head(),
        TreeHead {
            size: 4,
            root: log.frontier.root()
        }
    );
}
