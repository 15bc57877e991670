//! What we serve of the log verifies with code written by others: the Go project's `sumdb/note` and `sumdb/tlog`.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_audit::tree::{TileSet, consistency_proof};
use gateway_audit::{Checkpoint, Proof, VerifierKey};
use gateway_crypto::Digest;
use gateway_store::AuditStore as _;
use gateway_synthetic::agencies as cast;
use serde_json::{Value, json};
use tests_support::{TestGateway, nobody};

/// Lets the log grow by an officer's look.
async fn grow(test: &TestGateway) {
    let officer = test.auditor(cast::RIVERTON_HMIS);
    let nobody = json!({ "client": { "identity": nobody() } });
    assert_eq!(officer.post("/v1/accountings", &nobody).await.status, 200);
}

fn encoded(hashes: &[Digest]) -> Vec<String> {
    hashes
        .iter()
        .map(|hash| STANDARD.encode(hash.as_bytes()))
        .collect()
}

/// The log as it is served, with proofs beside it: of some entries, as the gateway gives them, and that it goes on from each of
/// these earlier checkpoints.
async fn mirror(test: &TestGateway, earlier: &[String]) -> BTreeMap<String, Vec<u8>> {
    let key: VerifierKey = test.gateway.log_key().parse().unwrap();
    let get = async |path: &str| {
        let answer = test.caller(None).get(path).await.unwrap();
        assert_eq!(answer.status, 200, "{path}");
        answer.body.to_vec()
    };
    let checkpoint = get("/log/checkpoint").await;
    let head = Checkpoint::open(std::str::from_utf8(&checkpoint).unwrap(), &key)
        .unwrap()
        .head;
    let mut files = BTreeMap::from([
        ("checkpoint".to_owned(), checkpoint),
        ("key".to_owned(), key.to_string().into_bytes()),
    ]);
    let mut tiles = TileSet::default();
    for tile in gateway_audit::tree::tiles_of(head.size) {
        let bytes = get(&format!("/log/{}", tile.path())).await;
        tiles.insert(tile, &bytes).unwrap();
        files.insert(tile.path(), bytes);
    }
    for (number, width) in gateway_audit::tree::parts_of(head.size) {
        let path = gateway_audit::export::entries_path(number, width);
        let bytes = get(&format!("/log/{path}")).await;
        files.insert(path, bytes);
    }
    let mut records = Vec::new();
    for index in [0, 1, 137, 255, 256, head.size - 2] {
        let entry = &test.audit.entries(index, 1).await.unwrap()[0];
        let text = get(&format!("/v1/log/proofs/{}", entry.event)).await;
        let proof = Proof::parse(std::str::from_utf8(&text).unwrap()).unwrap();
        let leaf = STANDARD.encode(proof.extra.unwrap());
        records.push(json!({ "index": proof.index, "leaf": leaf, "proof": encoded(&proof.hashes) }));
    }
    let mut trees = Vec::new();
    for note in earlier {
        let old = Checkpoint::open(note, &key).unwrap().head;
        let proof = consistency_proof(old.size, head.size, &tiles).unwrap();
        let root = STANDARD.encode(old.root.as_bytes());
        trees.push(json!({ "old": old.size, "old_root": root, "proof": encoded(&proof) }));
    }
    let proofs = json!({ "records": records, "trees": trees });
    files.insert("proofs.json".to_owned(), proofs.to_string().into_bytes());
    files
}

/// What the Go program says of these files: exit code and words.
fn judged(program: &Path, files: &BTreeMap<String, Vec<u8>>) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let output = Command::new(program).arg(folder.path()).output().unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(words).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoint_tiles_entries_and_proofs_verify_with_gos_own_code_and_nothing_changed_does() {
    let folder = tempfile::tempdir().unwrap();
    let Some(program) = tests_support::go::built(folder.path()) else {
        return;
    };
    let test = TestGateway::start().await;
    let mut earlier = Vec::new();
    for size in [1, 100, 256, 280] {
        while test.log_size().await < size {
            grow(&test).await;
        }
        earlier.push(test.audit.head().await.unwrap().unwrap().checkpoint);
    }
    grow(&test).await;
    let files = mirror(&test, &earlier).await;
    let (code, words) = judged(&program, &files);
    assert_eq!(code, Some(0), "{words}");
    let size = test.log_size().await;
    assert_eq!(
        words.trim(),
        format!("{size} entries, 6 proofs of inclusion, 4 of consistency")
    );
    // One byte of any file, and of any kind of proof, and it does not.
    for path in files.keys().filter(|path| *path != "proofs.json") {
        let mut changed = files.clone();
        let bytes = changed.get_mut(path).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        let (code, words) = judged(&program, &changed);
        assert_eq!(code, Some(65), "{path}: {words}");
    }
    let proofs: Value = serde_json::from_slice(&files["proofs.json"]).unwrap();
    for (place, expected) in [
        ("/records/2/index", "the proof of entry"),
        ("/trees/1/old", "the proof from size"),
    ] {
        let mut wrong = proofs.clone();
        let value = wrong.pointer_mut(place).unwrap();
        *value = json!(value.as_u64().unwrap() - 1);
        let mut changed = files.clone();
        changed.insert("proofs.json".to_owned(), wrong.to_string().into_bytes());
        let (code, words) = judged(&program, &changed);
        assert!(code == Some(65) && words.contains(expected), "{place}: {words}");
    }
}
