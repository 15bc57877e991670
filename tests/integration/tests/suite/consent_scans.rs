//! Scans of signed forms: taken from the agency that holds the form, given back to it alone, and only the paper signed.

use std::time::Duration;

use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::Clock as _;
use serde_json::{Value, json};
use tests_support::{Asker, CASE_MANAGER, CLINICIAN, PROGRAMME_STAFF, TestGateway, patient_key, tpo_terms};

use crate::raw::Raw;

const PDF: &[u8] = b"%PDF-1.7\n1 0 obj (the page that Rosa signed) endobj\n%%EOF\n";

fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}

async fn hand_in(who: &Asker, consent: &str, media_type: &str, bytes: &[u8]) -> Answer {
    let path = format!("/v1/consents/{consent}/artefact");
    who.0
        .call("POST", &path, media_type, bytes.to_vec())
        .await
        .unwrap()
}

async fn look(who: &Asker, consent: &str) -> Answer {
    who.get(&format!("/v1/consents/{consent}/artefact")).await
}

fn form(test: &TestGateway, key: &str, artefact: Option<&str>) -> Value {
    let mut form = json!({
        "own_key": key,
        "terms": tpo_terms(),
        "signature": {
            "signed_at": test.clock.now().to_string(),
            "signer": { "role": "client" },
            "standing": "adult",
        },
        "attested": ["name_matches_client", "signer_identified", "statements_seen", "read_back", "not_conditioned", "plain_language", "copy_given"],
    });
    if let Some(artefact) = artefact {
        form["signature"]["artefact"] = json!(artefact);
    }
    form
}

/// A gateway with Rosa on file at the programme, and her key there.
async fn with_rosa() -> (TestGateway, String) {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    (test, key)
}

async fn recorded(test: &TestGateway, form: &Value) -> String {
    let answer = test.asker(PROGRAMME_STAFF).post("/v1/consents", form).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["consent"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paper_that_was_signed_is_kept_for_its_holder_and_each_look_is_logged() {
    let (test, key) = with_rosa().await;
    let consent = recorded(&test, &form(&test, &key, Some(&digest(PDF)))).await;
    let staff = test.asker(PROGRAMME_STAFF);
    assert_eq!(look(&staff, &consent).await.status, 404, "nothing is there yet");
    test.settle().await;
    let before = test.log_size().await;
    let kept = hand_in(&staff, &consent, "application/pdf", PDF).await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    assert_eq!(kept.json()["artefact"], digest(PDF));
    let read = look(&staff, &consent).await;
    assert_eq!(read.status, 200);
    assert_eq!(&read.body[..], PDF);
    assert_eq!(read.headers["content-type"], "application/pdf");
    assert!(
        read.headers["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    assert_eq!(read.headers["cache-control"], "no-store");
    assert_eq!(
        test.kinds_from(before).await,
        [EntryKind::ConsentRecorded, EntryKind::ConsentRead]
    );
    let client = test.client_of(cast::CEDAR_RECOVERY, &key).await;
    for entry in test.log_from(before).await {
        let detail = test.detail(&entry, client).await;
        let note = detail.note.unwrap();
        assert!(note.reveal().contains(&digest(PDF)), "the log names the paper");
    }

    // Neither who may receive under the form nor anybody else sees it, hands one in, or learns that there is one.
    let after = test.log_size().await;
    for person in [CLINICIAN, CASE_MANAGER] {
        let stranger = test.asker(person);
        let nothing = look(&stranger, "019a0000-0000-7000-8000-000000000000").await;
        let seen = look(&stranger, &consent).await;
        assert_eq!((seen.status, &seen.body), (nothing.status, &nothing.body));
        assert_eq!(seen.status, 404);
        assert_eq!(
            hand_in(&stranger, &consent, "application/pdf", PDF).await.status,
            404
        );
    }
    assert_eq!(look(&Asker(test.caller(None)), &consent).await.status, 401);
    assert_eq!(test.log_size().await, after);

    // It stays readable when the form is taken back: what was signed was signed.
    let revocation = json!({ "at": test.clock.now().to_string(), "form": "written", "scope": "whole" });
    let path = format!("/v1/consents/{consent}/revocations");
    let revoked = staff.post(&path, &revocation).await;
    assert_eq!(revoked.status, 200, "{}", revoked.text());
    assert_eq!(&look(&staff, &consent).await.body[..], PDF);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_paper_than_the_one_signed_is_not_taken() {
    let (test, key) = with_rosa().await;
    let staff = test.asker(PROGRAMME_STAFF);
    let consent = recorded(&test, &form(&test, &key, Some(&digest(PDF)))).await;
    let before = test.log_size().await;
    let other = hand_in(&staff, &consent, "application/pdf", b"%PDF-1.7 another page").await;
    assert_eq!(other.status, 422);
    assert!(other.text().contains("another digest"), "{}", other.text());
    assert!(!other.text().contains("sha256:"), "{}", other.text());
    assert_eq!(look(&staff, &consent).await.status, 404);
    assert_eq!(test.kinds_from(before).await, [] as [EntryKind; 0]);
    // Nor is it stated otherwise.
    let steps = format!("/v1/consents/{consent}/steps");
    let other = json!({ "state_artefact": { "artefact": digest(b"another page") } });
    let other = staff.post(&steps, &other).await;
    assert_eq!(other.status, 422);
    assert!(other.text().contains("another `artefact`"), "{}", other.text());
    assert!(!other.text().contains("sha256:"), "{}", other.text());
    assert_eq!(test.log_size().await, before);
}

/// What the entries from number `from` on say about a client's forms, as words.
async fn notes(test: &TestGateway, key: &str, from: u64) -> Vec<String> {
    let client = test.client_of(cast::CEDAR_RECOVERY, key).await;
    let mut notes = Vec::new();
    for entry in test.log_from(from).await {
        let note = test.detail(&entry, client).await.note.unwrap();
        notes.push(note.reveal().to_owned());
    }
    notes
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paper_of_a_form_recorded_without_is_shown_later_once_and_for_good() {
    let (test, key) = with_rosa().await;
    let staff = test.asker(PROGRAMME_STAFF);
    // One under which the programme receives nothing itself may state no digest.
    let mut unstated = form(&test, &key, None);
    unstated["terms"]["recipients"] = json!({ "agencies": [cast::HARBOR_CRISIS] });
    let uploaded = recorded(&test, &unstated).await;
    assert_eq!(look(&staff, &uploaded).await.status, 404);
    test.settle().await;

    // By its scan: the digest is stated and the scan kept, each with its entry. Again, it changes nothing.
    let before = test.log_size().await;
    let stranger = test.asker(CLINICIAN);
    assert_eq!(
        hand_in(&stranger, &uploaded, "application/pdf", PDF).await.status,
        404
    );
    assert_eq!(test.log_size().await, before);
    let kept = hand_in(&staff, &uploaded, "application/pdf", PDF).await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    let said = notes(&test, &key, before).await;
    assert_eq!(said[0], "the digest of the signed paper was stated");
    assert!(said[1].contains(&digest(PDF)), "{said:?}");
    assert_eq!(said.len(), 2);
    assert_eq!(&look(&staff, &uploaded).await.body[..], PDF);
    let version = |answer: Answer| answer.json()["version"].clone();
    let steps = format!("/v1/consents/{uploaded}/steps");
    let same = json!({ "state_artefact": { "artefact": digest(PDF) } });
    let again = staff.post(&steps, &same).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(version(again), 2);
    assert_eq!(
        hand_in(&staff, &uploaded, "application/pdf", PDF).await.status,
        201
    );
    let other = hand_in(&staff, &uploaded, "application/pdf", b"%PDF-1.7 another").await;
    assert_eq!(other.status, 422);
    assert_eq!(&look(&staff, &uploaded).await.body[..], PDF);

    // By its digest alone, also of a form that was taken back; then only that scan is taken.
    unstated["signature"]["signed_at"] = json!(test.clock.now().plus_seconds(-60).to_string());
    let stated = recorded(&test, &unstated).await;
    assert_eq!(test.revoke(PROGRAMME_STAFF, &stated).await.status, 200);
    let steps = format!("/v1/consents/{stated}/steps");
    assert_eq!(stranger.post(&steps, &same).await.status, 404);
    let shown = staff.post(&steps, &same).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert_eq!(shown.json()["status"], "revoked");
    let other = hand_in(&staff, &stated, "application/pdf", b"%PDF-1.7 another").await;
    assert_eq!(other.status, 422);
    assert_eq!(hand_in(&staff, &stated, "application/pdf", PDF).await.status, 201);

    // A form sent again with its paper states it too; with another one it is refused.
    unstated["signature"]["signed_at"] = json!(test.clock.now().plus_seconds(-30).to_string());
    unstated["terms"]["recipients"] = json!({ "agencies": [cast::LAKESIDE_HOSPITAL] });
    let sent = recorded(&test, &unstated).await;
    unstated["signature"]["artefact"] = json!(digest(PDF));
    let again = staff.post("/v1/consents", &unstated).await;
    assert_eq!(again.status, 200, "{}", again.text());
    assert_eq!(again.json()["consent"], json!(sent));
    assert_eq!(again.json()["version"], 2);
    unstated["signature"]["artefact"] = json!(digest(b"another page"));
    let other = staff.post("/v1/consents", &unstated).await;
    assert_eq!(other.status, 422, "{}", other.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_scan_or_too_large_is_not_taken() {
    let (test, key) = with_rosa().await;
    let staff = test.asker(PROGRAMME_STAFF);
    let drafted = staff
        .post(
            "/v1/consents/drafts",
            &json!({ "own_key": key, "terms": tpo_terms() }),
        )
        .await;
    let consent = drafted.json()["consent"].as_str().unwrap().to_owned();
    for (media_type, bytes, status) in [
        ("application/json", PDF, 415),
        ("text/html", b"<script>".as_slice(), 415),
        ("application/pdf", b"<html>".as_slice(), 422),
        ("image/png", PDF, 422),
        ("application/pdf", b"", 422),
        ("image/svg+xml", b"<svg>", 415),
    ] {
        let answer = hand_in(&staff, &consent, media_type, bytes).await;
        assert_eq!(answer.status, status, "{media_type}: {}", answer.text());
    }
    let mut large = PDF.to_vec();
    large.resize(10 << 20, b' ');
    // One byte more is refused as soon as it is announced.
    let token = test.credentials.token(PROGRAMME_STAFF).unwrap();
    let announced = format!(
        "POST /v1/consents/{consent}/artefact HTTP/1.1\r\nHost: assent\r\nAuthorization: Bearer {token}\r\nContent-Type: application/pdf\r\nContent-Length: {}\r\n\r\n",
        large.len() + 1
    );
    let mut raw = Raw::connect(&test, Some(cast::CEDAR_RECOVERY)).await;
    assert!(raw.send(announced.as_bytes()).await);
    let answer = raw.rest(Duration::from_secs(20)).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert_eq!(look(&staff, &consent).await.status, 404);
    assert_eq!(
        hand_in(&staff, &consent, "application/pdf", &large).await.status,
        201
    );
    let read = look(&staff, &consent).await;
    assert!(read.body == large, "10 MiB come back as they were");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_takes_scans_and_its_signature_says_which_one_counts() {
    let (test, key) = with_rosa().await;
    let staff = test.asker(PROGRAMME_STAFF);
    let drafted = staff
        .post(
            "/v1/consents/drafts",
            &json!({ "own_key": key, "terms": tpo_terms() }),
        )
        .await
        .json();
    let consent = drafted["consent"].as_str().unwrap();
    let (first, second): (&[u8], &[u8]) = (PDF, b"\x89PNG\r\n\x1a\n a photograph of the page");
    let kept = hand_in(&staff, consent, "application/pdf", first).await;
    let stated = kept.json()["artefact"].clone();
    test.clock.advance(5);
    assert_eq!(hand_in(&staff, consent, "image/png", second).await.status, 201);
    let last = look(&staff, consent).await;
    assert_eq!(
        (&last.body[..], &last.headers["content-type"]),
        (second, &"image/png".parse().unwrap())
    );
    let path = format!("/v1/consents/{consent}/steps");
    let asked = staff.post(&path, &json!("request")).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    let signed = form(&test, &key, Some(stated.as_str().unwrap()));
    let sign = json!({ "sign": { "form": drafted["form"], "signature": signed["signature"], "attested": signed["attested"] } });
    let signed = staff.post(&path, &sign).await;
    assert_eq!(signed.status, 200, "{}", signed.text());
    assert_eq!(
        &look(&staff, consent).await.body[..],
        first,
        "the one that was signed"
    );
    // It is kept already; the other one is not the paper any more.
    assert_eq!(
        hand_in(&staff, consent, "application/pdf", first).await.status,
        201
    );
    assert_eq!(hand_in(&staff, consent, "image/png", second).await.status, 422);
}
