//! How long one client's accounting takes, with the proof that no line is missing, in a log of a given size.

use std::time::Instant;

use gateway_audit::VerifierKey;
use gateway_audit::lists::CompletenessProof;
use gateway_http::RequestLimits;
use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::json;
use tests_load::machine::Latencies;
use tests_support::TestGateway;

/// Disclosures about the client.
const DISCLOSURES: usize = 50;
/// Accountings asked for.
const ACCOUNTINGS: usize = 200;

/// Starts a gateway on the log in the folder and asks for the accounting of one client, each over a connection of its own.
pub(crate) async fn report(folder: tempfile::TempDir) {
    let start = Instant::now();
    let test = TestGateway::start_in(folder, RequestLimits::default()).await;
    println!("  started in {:.1?}", start.elapsed());
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    for _ in 0..DISCLOSURES {
        let asked = ["shelter_status", "medications"];
        let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &asked).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    test.settle().await;
    let client = json!({ "client": { "own_key": town.personal_id(CastMember::Rosa.index()) } });
    let key: VerifierKey = test.gateway.log_key().parse().expect("the log's key");
    let (mut took, mut checked) = (Vec::new(), Vec::new());
    for _ in 0..ACCOUNTINGS {
        let begun = Instant::now();
        let answer = test
            .auditor(cast::RIVERTON_HMIS)
            .post("/v1/accountings", &client)
            .await;
        took.push(begun.elapsed());
        assert_eq!(answer.status, 200, "{}", answer.text());
        let begun = Instant::now();
        let proof = answer.json().get("proof").cloned().expect("a proof");
        let proof: CompletenessProof = serde_json::from_value(proof).expect("a proof");
        let entries = proof.check(&key).expect("a proof that proves");
        checked.push(begun.elapsed());
        assert_eq!(entries.len(), DISCLOSURES);
    }
    println!(
        "  accounting of {DISCLOSURES} disclosures (goal: p99 under 50 ms): {}",
        Latencies::of(took)
    );
    println!("  its proof, checked: {}", Latencies::of(checked));
    test.stop().await;
}
