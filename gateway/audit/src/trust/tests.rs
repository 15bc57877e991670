//! Nobody counts twice towards a quorum, and no witness can speak for another.

use gateway_crypto::SigningKey;
use gateway_types::Timestamp;

use super::*;
use crate::checkpoint::LogSigner;
use crate::cosignature::Cosigner;
use crate::note::NoteSigner;
use crate::tree::Frontier;

fn log(seed: u8, origin: &str) -> LogSigner {
    LogSigner::new(
        NoteSigner::new(origin, SigningKey::from_seed([seed; 32])).unwrap(),
        None,
    )
}

fn witness(name: &str, seed: u8) -> Cosigner {
    Cosigner::new(name, SigningKey::from_seed([seed; 32])).unwrap()
}

fn refused(lines: &str) -> usize {
    let log = log(9, "log.example/one");
    TrustPolicy::parse(&format!("log {}\n{lines}", log.verifier()))
        .expect_err("refused")
        .line
}

#[test]
fn a_member_listed_twice_would_let_one_witness_be_two() {
    let one = witness("one.example", 1);
    let one = one.verifier();
    assert_eq!(refused(&format!("witness a {one}\ngroup g 2 a a\nquorum g\n")), 3);
    // By way of two groups, too.
    let lines = format!("witness a {one}\ngroup g any a\ngroup h any a\ngroup both all g h\nquorum both\n");
    assert_eq!(refused(&lines), 4);
}

#[test]
fn one_key_under_two_names_would_let_one_witness_be_two() {
    // What is signed does not name the key: whoever has the one line can write the other.
    let (one, alias) = (witness("one.example", 1), witness("alias.example", 1));
    let lines = format!(
        "witness a {}\nwitness b {}\ngroup g all a b\nquorum g\n",
        one.verifier(),
        alias.verifier()
    );
    assert_eq!(refused(&lines), 3);
    let alias = log(9, "log.example/two");
    assert_eq!(refused(&format!("log {}\nquorum none\n", alias.verifier())), 2);
    // The key of the log is its operator's: no witness.
    let operator = witness("operator.example", 9);
    assert_eq!(
        refused(&format!("witness a {}\nquorum a\n", operator.verifier())),
        2
    );
}

#[test]
fn a_witness_cannot_spoil_what_another_signed() {
    let (one, two) = (witness("one.example", 1), witness("two.example", 2));
    let mut log = log(9, "log.example/one");
    let policy = TrustPolicy::parse(&format!(
        "log {}\nwitness a {}\nwitness b {}\ngroup g any a b\nquorum g\n",
        log.verifier(),
        one.verifier(),
        two.verifier()
    ))
    .unwrap();
    let at = Timestamp::from_micros(1_795_000_000_000_000);
    let checkpoint = log.sign(Frontier::new().head()).unwrap();
    let text = checkpoint.split("\n\n").next().unwrap().to_owned() + "\n";
    // The answer of witness one: its own line, and one in the name of two that does not hold.
    let forged = Cosigner::new("two.example", SigningKey::from_seed([2; 32]))
        .unwrap()
        .line("another\n", at);
    let answer = one.line(&text, at) + &forged;
    assert!(policy.judge(&(checkpoint.clone() + &answer), None).is_err());
    // Taken over is only what it vouches for itself.
    let own = one.verifier().own_lines(&(checkpoint.clone() + &answer)).unwrap();
    assert_eq!(own, one.line(&text, at));
    assert!(policy.judge(&(checkpoint.clone() + &own), None).unwrap().met);
    // Of a line that does not hold, nothing is.
    assert!(two.verifier().own_lines(&(checkpoint.clone() + &answer)).is_err());
    assert_eq!(two.verifier().own_lines(&(checkpoint + &own)).unwrap(), "");
}
