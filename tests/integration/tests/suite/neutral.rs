//! Silence tells nothing (promise 4): whatever the reason why nothing is released, the answer is the same.

use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::ClientIdentity;
use serde_json::json;
use tests_support::{TestGateway, client_document, elements, identity, nobody};

/// All of an answer that one who asks can compare: but for the date, and the length, which varies with the digits of
/// the receipt's numbers.
fn visible(answer: &Answer) -> (u16, Vec<(String, String)>, String, Vec<String>) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    let members: std::collections::BTreeMap<String, Box<serde_json::value::RawValue>> =
        serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("not an answer: {}", answer.text()));
    let receipt = answer.json()["receipt"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    (
        answer.status.as_u16(),
        headers,
        members["disclosure"].get().to_owned(),
        receipt,
    )
}

/// Two clients whom nobody can tell apart: two keys of one source are two people.
async fn twins(test: &TestGateway) -> ClientIdentity {
    for key in ["TWIN1", "TWIN2"] {
        let pushed = test
            .push_client(
                cast::RIVERTON_HMIS,
                &client_document(key, "Zanzibara", "Quillfeather", "1980-05-06"),
            )
            .await;
        assert_eq!(pushed.status, 201, "{}", pushed.text());
    }
    let (one, other) = (
        test.client_of(cast::RIVERTON_HMIS, "TWIN1").await.unwrap(),
        test.client_of(cast::RIVERTON_HMIS, "TWIN2").await.unwrap(),
    );
    assert_ne!(one, other);
    identity("Zanzibara", "Quillfeather", "1980-05-06")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_that_releases_nothing_is_the_same_to_the_one_who_asked() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let ambiguous = twins(&test).await;
    let rosa = CastMember::Rosa.person().identity();
    let ezekiel = CastMember::Ezekiel.person().identity();
    let too_little = ClientIdentity {
        first_name: rosa.first_name.clone(),
        ..ClientIdentity::default()
    };

    let contact: &[&str] = &["contact", "case_manager_contact", "shelter_status"];
    let health: &[&str] = &["medications", "conditions", "sud_treatment"];
    let officer = test.outreach_officer();
    let clinician = test.clinician();
    let colleague = test.asker(gateway_synthetic::Staff {
        staff: "b-colleague",
        ..tests_support::CLINICIAN
    });
    let cases: [(&str, &tests_support::Asker, &ClientIdentity, &str, &[&str]); 9] = [
        (
            "unknown to all, asked by police",
            &officer,
            &nobody(),
            "LE-OUTREACH",
            contact,
        ),
        ("known, all withheld", &officer, &ezekiel, "LE-OUTREACH", contact),
        ("ambiguous", &officer, &ambiguous, "LE-OUTREACH", contact),
        ("too little said", &officer, &too_little, "LE-OUTREACH", contact),
        (
            "Part 2 data asked for by police",
            &officer,
            &rosa,
            "LE-OUTREACH",
            health,
        ),
        (
            "unknown to all, asked by a clinician",
            &clinician,
            &nobody(),
            "TREAT",
            health,
        ),
        (
            "known, nothing held of this category",
            &clinician,
            &rosa,
            "TREAT",
            &["labs"],
        ),
        (
            "known to Part 2 alone in this category, no consent",
            &clinician,
            &rosa,
            "TREAT",
            &["sud_treatment"],
        ),
        (
            "ambiguous, asked by another clinician",
            &colleague,
            &ambiguous,
            "TREAT",
            health,
        ),
    ];
    let mut first = None;
    for (what, asker, about, purpose, categories) in cases {
        let before = test.log_size().await;
        let answer = asker.ask_about(about, purpose, categories).await;
        assert!(elements(&answer).is_empty(), "{what}: {}", answer.text());
        assert_eq!(test.kinds_from(before).await, [EntryKind::Denial], "{what}");
        let seen = visible(&answer);
        assert_eq!(
            seen.2, r#"{"elements":[],"obligations":[],"notices":[]}"#,
            "{what}"
        );
        assert_eq!(&seen, first.get_or_insert_with(|| seen.clone()), "{what}");
        // The receipt is as good as any.
        let event = answer.json()["receipt"]["event"].as_str().unwrap().to_owned();
        let proof = test
            .caller(None)
            .get(&format!("/v1/log/proofs/{event}"))
            .await
            .unwrap();
        assert_eq!(proof.status, 200, "{what}");
    }
    assert!(test.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_by_ones_own_key_tells_no_more() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let by_key = |key: String| json!({ "client": { "own_key": key }, "purpose": "LE-OUTREACH", "categories": ["contact"] });
    let officer = test.outreach_officer();
    // The key is the HMIS's, not the officer's: it names nobody to them.
    let anothers = officer
        .post(
            "/v1/disclosures",
            &by_key(town.personal_id(CastMember::Marcus.index())),
        )
        .await;
    let nobodys = officer
        .post("/v1/disclosures", &by_key("there-is-no-such-key".to_owned()))
        .await;
    assert_eq!(visible(&anothers), visible(&nobodys));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_entry() {
    let test = TestGateway::start().await;
    let before = test.log_size().await;
    // A gate that looks at the request alone: no client is looked up, the refusal is told and recorded.
    let question = json!({
        "client": { "identity": nobody() }, "purpose": "TREAT", "categories": ["medications"],
        "audience": [{ "agency": cast::RIVERTON_PD_OUTREACH, "role": "outreach_officer", "system": "outreach-console" }],
    });
    let answer = test.clinician().post("/v1/disclosures", &question).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["type"]),
        (403, &json!("urn:assent:problem:refused"))
    );
    assert_eq!(test.kinds_from(before).await, [EntryKind::Denial]);
    let entry = test.log_from(before).await.remove(0);
    let detail = test.detail(&entry, None).await;
    assert_eq!(detail.requester.unwrap().person.unwrap().as_str(), "a-rivera");
    assert!(!detail.reasons.is_empty());
    // A push refused at the door is one too.
    let before = test.log_size().await;
    let refused = test
        .begin_push(cast::SAFE_HAVEN, "hmis-csv", "application/zip", vec![0; 64])
        .await;
    assert_eq!(refused.status, 403);
    assert_eq!(test.kinds_from(before).await, [EntryKind::IngestRefused]);
}
