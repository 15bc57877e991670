//! Gateways witness each other's logs, over their doors: what goes on is cosigned, an older copy and another history are not,
//! and two histories of one size are kept as evidence.

use gateway_audit::{Cosigner, NoteSigner, WitnessKey};
use gateway_crypto::SigningKey;
use gateway_exchange::witness::WitnessLine;
use gateway_store::WitnessStore as _;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::{Clock as _, Timestamp};
use serde_json::json;
use tests_support::{LOG, TestGateway, cosigner, elements, log_key, nobody, trust_policy};

/// The line to a gateway that witnesses.
struct Line {
    key: WitnessKey,
    caller: gateway_http::Caller,
}

#[async_trait::async_trait]
impl WitnessLine for Line {
    fn key(&self) -> &WitnessKey {
        &self.key
    }

    async fn add_checkpoint(&self, body: String) -> Result<(u16, String), String> {
        let path = "/v1/witness/add-checkpoint";
        let answer = self.caller.call("POST", path, "text/plain", body).await;
        let answer = answer.map_err(|error| error.to_string())?;
        Ok((answer.status.as_u16(), answer.text()))
    }
}

fn line_to(witness: &TestGateway) -> Vec<Box<dyn WitnessLine>> {
    vec![Box::new(Line {
        key: cosigner().verifier().clone(),
        caller: witness.caller(None),
    })]
}

/// Lets the log grow by an officer's look.
async fn grow(test: &TestGateway) {
    let officer = test.auditor(cast::RIVERTON_HMIS);
    let nobody = json!({ "client": { "identity": nobody() } });
    assert_eq!(officer.post("/v1/accountings", &nobody).await.status, 200);
}

async fn health(test: &TestGateway) -> (u16, String) {
    let answer = test.caller(None).get("/health").await.unwrap();
    (answer.status.as_u16(), answer.text())
}

async fn witnessed(test: &TestGateway) -> Option<String> {
    let answer = test
        .caller(None)
        .get("/v1/log/checkpoint/witnessed")
        .await
        .unwrap();
    (answer.status == 200).then(|| answer.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_goes_on_is_cosigned_each_time_by_a_witness_that_remembers() {
    let (log, witness) = (TestGateway::start().await, TestGateway::start().await);
    assert_eq!(witnessed(&log).await, None);
    let mut sizes = Vec::new();
    for _ in 0..3 {
        grow(&log).await;
        log.gateway.be_witnessed(&line_to(&witness)).await.unwrap();
        let note = witnessed(&log).await.unwrap();
        let judged = trust_policy().judge(&note, None).unwrap();
        assert!(judged.met, "{note}");
        let cosigned = cosigner().verifier().find(&note).unwrap().unwrap();
        sizes.push(cosigned.checkpoint.head.size);
    }
    assert!(sizes.is_sorted_by(|before, after| before < after), "{sizes:?}");
    // A line that has forgotten where the witness stands is told, and proves from there.
    grow(&log).await;
    log.gateway.be_witnessed(&line_to(&witness)).await.unwrap();
    // The witness holds the whole checkpoint, and still does when it is started anew.
    let held = witness.audit.held_checkpoint(LOG).await.unwrap().unwrap();
    assert!(witnessed(&log).await.unwrap().starts_with(&held));
    assert_eq!(health(&log).await.0, 200);
    assert_eq!(health(&witness).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_and_another_history_are_not_cosigned_and_health_says_so() {
    let (log, witness) = (TestGateway::start().await, TestGateway::start().await);
    for _ in 0..3 {
        grow(&log).await;
    }
    log.gateway.be_witnessed(&line_to(&witness)).await.unwrap();
    let size = log.log_size().await;

    // The same name and key, and less on file: as after a backup was put back.
    let older = TestGateway::start().await;
    older.gateway.be_witnessed(&line_to(&witness)).await.unwrap();
    assert_eq!(witnessed(&older).await, None);
    let (status, words) = health(&older).await;
    assert_eq!(status, 503);
    assert!(
        words.contains("has seen another history of the audit log, or more of it"),
        "{words}"
    );
    // One witness's word stops nobody from getting an answer.
    let ready = older.caller(None).get("/ready").await.unwrap();
    assert_eq!(ready.status, 200, "{}", ready.text());

    // Another history of exactly that size: two signed trees, which is proof for anybody, and is kept.
    while older.log_size().await < size {
        grow(&older).await;
    }
    assert_eq!(older.log_size().await, size);
    older.gateway.be_witnessed(&line_to(&witness)).await.unwrap();
    assert_eq!(witnessed(&older).await, None);
    let splits = witness.audit.splits().await.unwrap();
    assert_eq!(splits.len(), 1);
    let key = log_key();
    for note in [&splits[0].held, &splits[0].shown] {
        assert_eq!(
            gateway_audit::Checkpoint::open(note, &key).unwrap().head.size,
            size
        );
    }
    assert_ne!(splits[0].held, splits[0].shown);
    let (status, words) = health(&witness).await;
    assert_eq!(status, 200);
    assert!(words.contains("has signed two histories"), "{words}");

    // And one that has grown beyond: its proof does not lead from what the witness saw.
    grow(&older).await;
    older.gateway.be_witnessed(&line_to(&witness)).await.unwrap();
    assert_eq!(witnessed(&older).await, None);
    // The first log is cosigned as before.
    grow(&log).await;
    log.gateway.be_witnessed(&line_to(&witness)).await.unwrap();
    let note = witnessed(&log).await.unwrap();
    assert_eq!(
        cosigner()
            .verifier()
            .find(&note)
            .unwrap()
            .unwrap()
            .checkpoint
            .head
            .size,
        size + 2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_answers_as_the_specification_says() {
    let test = TestGateway::start().await;
    let send = async |body: String| {
        let path = "/v1/witness/add-checkpoint";
        let answer = test
            .caller(None)
            .call("POST", path, "text/plain", body)
            .await
            .unwrap();
        let media_type = answer.headers["content-type"].to_str().unwrap().to_owned();
        (answer.status.as_u16(), media_type, answer.text())
    };
    let note = |name: &str, seed: u8, size: u64, root: u8| -> String {
        let root = gateway_audit::Base64(vec![root; 32]);
        let root = serde_json::to_value(root).unwrap().as_str().unwrap().to_owned();
        let signer = NoteSigner::new(name, SigningKey::from_seed([seed; 32])).unwrap();
        signer.sign(&format!("{name}\n{size}\n{root}\n")).unwrap()
    };
    let first = note(LOG, 7, 5, 1);
    let (status, _, line) = send(format!("old 0\n\n{first}")).await;
    assert_eq!(status, 200);
    let cosigned = cosigner()
        .verifier()
        .find(&format!("{first}{line}"))
        .unwrap()
        .unwrap();
    let now: Timestamp = test.clock.now();
    assert_eq!(cosigned.at.as_seconds(), now.as_seconds());
    assert_eq!(
        send(format!("old 4\n\n{first}")).await,
        (409, "text/x.tlog.size".to_owned(), "5\n".to_owned())
    );
    assert_eq!(send(format!("old 5\n\n{}", note(LOG, 7, 9, 2))).await.0, 422);
    assert_eq!(send(format!("old 5\n\n{}", note(LOG, 7, 5, 2))).await.0, 409);
    assert_eq!(send(format!("old 6\n\n{}", note(LOG, 7, 5, 1))).await.0, 400);
    assert_eq!(send(format!("old 5\n\n{}", note(LOG, 8, 9, 2))).await.0, 403);
    assert_eq!(
        send(format!("old 0\n\n{}", note("log.other.example", 7, 9, 2)))
            .await
            .0,
        404
    );
    assert_eq!(send("Maria Lopez".to_owned()).await.0, 400);
    assert_eq!(send("x".repeat(70_000)).await.0, 413);
    // A witness with another key is not taken for this one.
    let stranger = Cosigner::new("witness.test.example", SigningKey::from_seed([1; 32])).unwrap();
    assert_eq!(stranger.verifier().find(&format!("{first}{line}")), Ok(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_quorum_for_too_long_nothing_is_released_until_it_is_witnessed_again() {
    let log = TestGateway::start_needing_witnesses(30).await;
    let witness = TestGateway::start().await;
    let town = log.take_in_town(60).await;
    log.record_tpo(&town, CastMember::Rosa).await;
    let released = async || {
        let question = json!({
            "client": { "identity": CastMember::Rosa.person().identity() },
            "purpose": "TREAT",
            "categories": ["medications"],
        });
        let answer = log.clinician().post("/v1/disclosures", &question).await;
        (
            answer.status.as_u16(),
            answer.status == 200 && !elements(&answer).is_empty(),
        )
    };
    log.gateway.be_witnessed(&line_to(&witness)).await.unwrap();
    assert_eq!(released().await, (200, true));
    log.clock.advance(30 * 60);
    assert_eq!(released().await, (200, true));
    log.clock.advance(1);
    assert_eq!(released().await.0, 503);
    let ready = log.caller(None).get("/ready").await.unwrap();
    assert_eq!(ready.status, 503);
    assert!(
        ready.text().contains("without its quorum of witnesses"),
        "{}",
        ready.text()
    );
    // Nobody there to cosign: it stays so. Then somebody is.
    log.gateway.be_witnessed(&[]).await.unwrap();
    assert_eq!(released().await.0, 503);
    witness.clock.advance(30 * 60 + 1);
    log.gateway.be_witnessed(&line_to(&witness)).await.unwrap();
    assert_eq!(released().await, (200, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_served_as_files_that_a_mirror_can_verify() {
    let test = TestGateway::start().await;
    // More than one tile full.
    while test.log_size().await < 280 {
        grow(&test).await;
    }
    let get = async |path: &str| {
        let answer = test.caller(None).get(&format!("/log/{path}")).await.unwrap();
        (answer.status.as_u16(), answer.body.to_vec())
    };
    let note = String::from_utf8(get("checkpoint").await.1).unwrap();
    let head = gateway_audit::Checkpoint::open(&note, &log_key()).unwrap().head;
    let mut files = std::collections::BTreeMap::from([("checkpoint".to_owned(), note.into_bytes())]);
    for tile in gateway_audit::tree::tiles_of(head.size) {
        files.insert(tile.path(), get(&tile.path()).await.1);
    }
    for (number, width) in gateway_audit::tree::parts_of(head.size) {
        let path = gateway_audit::export::entries_path(number, width);
        files.insert(path.clone(), get(&path).await.1);
    }
    let verification = gateway_audit::verify_public_log(&files, &log_key(), None);
    assert!(verification.is_intact(), "{verification}");
    assert_eq!(verification.entries, head.size);
    // Full files may be kept by whoever passes them on, nothing else.
    let kept = async |path: &str| {
        let answer = test.caller(None).get(&format!("/log/{path}")).await.unwrap();
        answer.headers["cache-control"].to_str().unwrap().to_owned()
    };
    let width = head.size - 256;
    for path in ["tile/0/000", "tile/entries/000"] {
        assert_eq!(kept(path).await, "public, max-age=31536000, immutable");
    }
    for path in [
        "checkpoint".to_owned(),
        format!("tile/0/001.p/{width}"),
        "tile/0/009".to_owned(),
    ] {
        assert_eq!(kept(&path).await, "no-store", "{path}");
    }
    for path in [
        "tile/0/001",
        "tile/0/009",
        "tile/1/000",
        "tile/9/000",
        "tile/+0/000",
        "tile/00/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/0",
        "tile/0/x000/000",
        "tile/entries/001",
        "tile/details/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/",
    ] {
        assert_eq!(get(path).await.0, 404, "{path}");
    }
}
