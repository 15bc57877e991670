//! What clients agreed to, as agencies record it: a defective form is kept and opens nothing, a revocation is final.

use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use gateway_types::Clock as _;
use gateway_types::vocabulary::Role;
use serde_json::{Value, json};
use tests_support::{
    CASE_MANAGER, CLINICIAN, OUTREACH_OFFICER, PROGRAMME_STAFF, TestGateway, patient_key, tpo_terms,
};

/// The release that would let the officer see whom to call.
fn release_terms(to: &str) -> Value {
    json!({
        "kind": "hmis_roi",
        "discloser": { "agencies": [cast::RIVERTON_HMIS] },
        "recipients": { "agencies": [to] },
        "purposes": ["LE-OUTREACH"],
        "categories": { "only": ["contact", "case_manager_contact", "shelter_status"] },
        "expiry": "none",
        "no_investigative_use": true,
    })
}

fn kind(answer: &Answer) -> String {
    answer.json()["type"]
        .as_str()
        .unwrap_or_default()
        .replace("urn:assent:problem:", "")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_form_is_read_back_recorded_and_logged_before_it_counts() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    test.settle().await;
    let before = test.log_size().await;
    let recorded = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(recorded.status, 201, "{}", recorded.text());
    let body = recorded.json();
    assert_eq!((&body["status"], &body["version"]), (&json!("active"), &json!(1)));
    assert_eq!(body["missing"], json!([]));
    let read_back = body["confirm_back"].as_str().unwrap();
    assert!(read_back.contains("Cedar Recovery"), "{read_back}");
    assert!(!recorded.text().contains("Rosa") && !recorded.text().contains(&key));
    assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRecorded]);
    let client = test.client_of(cast::CEDAR_RECOVERY, &key).await;
    let detail = test.detail(&test.log_from(before).await[0], client).await;
    assert_eq!(detail.client, client);
    assert_eq!(
        detail.consents[0].id.to_string(),
        body["consent"].as_str().unwrap()
    );
    assert!(test.shows_the_programme(CastMember::Rosa).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defective_form_is_kept_opens_nothing_and_says_what_it_lacks_by_citation() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let cases = [
        ("purposes", json!([]), "2.31(a)(5)"),
        ("recipients", json!({}), "2.31(a)(4)(i)"),
        ("categories", json!({ "only": [] }), "2.31(a)(3)"),
        ("expiry", json!("unstated"), "2.31(a)(7)"),
        ("statements", json!([]), "2.31(a)(6)"),
        (
            "statements",
            json!(["part2_redisclosure_by_hipaa_holders", "part2_right_to_revoke"]),
            "2.31(a)(10)(i)",
        ),
    ];
    for (field, value, element) in cases {
        let mut terms = tpo_terms();
        terms[field] = value;
        let recorded = test.record_consent(PROGRAMME_STAFF, &key, &terms).await;
        assert_eq!(recorded.status, 201, "{element}: {}", recorded.text());
        let body = recorded.json();
        assert_eq!(body["status"], "inadequate", "{element}: {body}");
        let missing = body["missing"].as_array().unwrap();
        let named = missing.iter().find(|missing| missing["element"] == element);
        let named = named.unwrap_or_else(|| panic!("{element} is not among {missing:#?}"));
        assert!(
            named["citation"].as_str().unwrap().contains("CFR 2.31"),
            "{named}"
        );
        assert!(!named["why"].as_str().unwrap().is_empty(), "{named}");
        assert!(!test.shows_the_programme(CastMember::Rosa).await, "{element}");
    }
    // A sound one beside them counts.
    let sound = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(sound.json()["status"], "active");
    assert!(test.shows_the_programme(CastMember::Rosa).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_records_for_its_own_clients_only_and_learns_nothing_of_others() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let before = test.log_size().await;
    // Known to the HMIS by this key, to the programme by none.
    let anothers = test
        .record_consent(
            PROGRAMME_STAFF,
            &town.personal_id(CastMember::Marcus.index()),
            &tpo_terms(),
        )
        .await;
    let nobodys = test
        .record_consent(PROGRAMME_STAFF, "there-is-no-such-key", &tpo_terms())
        .await;
    assert_eq!(
        (anothers.status.as_u16(), kind(&anothers)),
        (422, "unacceptable".to_owned())
    );
    assert_eq!(anothers.body, nobodys.body);
    assert!(test.kinds_from(before).await.is_empty());
    let empty = test.record_consent(PROGRAMME_STAFF, "", &tpo_terms()).await;
    assert_eq!(
        (empty.status.as_u16(), kind(&empty)),
        (400, "no-client".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_one_who_would_receive_cannot_record() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let own_key = patient_key(&town, cast::HARBOR_CRISIS, CastMember::Marcus);
    let form = json!({
        "own_key": own_key,
        "terms": tpo_terms(),
        "signature": { "signed_at": test.clock.now().plus_seconds(-3600).to_string(), "signer": { "role": "client" }, "standing": "adult" },
        "attested": ["name_matches_client", "signer_identified", "statements_seen", "read_back", "not_conditioned", "plain_language", "copy_given"],
    });
    let answer = test.asker(CLINICIAN).post("/v1/consents", &form).await;
    assert_eq!(
        (answer.status.as_u16(), kind(&answer)),
        (422, "unacceptable".to_owned()),
        "{}",
        answer.text()
    );
    // Not even with the digest of a paper that nobody here can look at.
    let digest = gateway_crypto::Digest::of(b"a paper, perhaps").to_string();
    let mut shown = form;
    shown["signature"]["artefact"] = json!(digest);
    let again = test.asker(CLINICIAN).post("/v1/consents", &shown).await;
    assert_eq!(again.body, answer.body);
    // Nor does leaving the discloser open make a recipient the discloser.
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let mut open = tpo_terms();
    open["discloser"] = json!({});
    let answer = test.record_consent(PROGRAMME_STAFF, &key, &open).await;
    assert_eq!(
        (answer.status.as_u16(), kind(&answer)),
        (422, "unacceptable".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_cannot_be_read_is_told_so_without_its_content() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = town.personal_id(CastMember::Marcus.index());
    for (field, value) in [
        ("kind", json!("Rosa Delgado-Quill")),
        ("purposes", json!(["Rosa Delgado-Quill"])),
        ("categories", json!("Rosa Delgado-Quill")),
        ("Rosa Delgado-Quill", json!(1)),
        ("expiry", json!({ "at": "Rosa Delgado-Quill" })),
    ] {
        let mut terms = release_terms(cast::RIVERTON_PD_OUTREACH);
        terms[field] = value;
        let answer = test.record_consent(CASE_MANAGER, &key, &terms).await;
        assert_eq!(
            (answer.status.as_u16(), kind(&answer)),
            (400, "malformed".to_owned()),
            "{field}: {}",
            answer.text()
        );
        assert!(!answer.text().contains("Delgado"), "{}", answer.text());
    }
    let unsigned = test
        .asker(CASE_MANAGER)
        .post(
            "/v1/consents",
            &json!({ "own_key": key, "terms": release_terms(cast::HARBOR_CRISIS) }),
        )
        .await;
    assert_eq!(unsigned.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_is_for_those_whom_the_consent_concerns_and_is_final() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    // A stranger agency cannot even learn that there is such a consent.
    let stranger = test.revoke(OUTREACH_OFFICER, &consent).await;
    let recipient = test.revoke(CLINICIAN, &consent).await;
    let nobodys = test
        .revoke(OUTREACH_OFFICER, "00000000-0000-7000-8000-000000000000")
        .await;
    assert_eq!(
        (stranger.status.as_u16(), kind(&stranger)),
        (404, "not-found".to_owned())
    );
    assert_eq!(stranger.body, nobodys.body);
    assert_eq!(recipient.body, nobodys.body);
    assert!(test.shows_the_programme(CastMember::Rosa).await);

    test.settle().await;
    let before = test.log_size().await;
    let colleague = Staff {
        staff: "another",
        role: Role::Nurse,
        ..PROGRAMME_STAFF
    };
    let revoked = test.revoke(colleague, &consent).await;
    assert_eq!(
        (revoked.status.as_u16(), &revoked.json()["status"]),
        (200, &json!("revoked"))
    );
    let kinds = [EntryKind::ConsentRevoked, EntryKind::Notice];
    assert_eq!(
        test.kinds_from(before).await,
        kinds,
        "taken back, and told to who had received"
    );
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    // A second time: it stays revoked, whatever is said.
    let again = test.revoke(PROGRAMME_STAFF, &consent).await;
    assert!(matches!(again.status.as_u16(), 200 | 422), "{}", again.text());
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_revocation_counts_against_those_it_names() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    let path = format!("/v1/consents/{consent}/revocations");
    let against = |agencies: Value| json!({ "at": test.clock.now().to_string(), "form": "oral", "scope": { "recipients": agencies } });
    let staff = test.asker(PROGRAMME_STAFF);
    let nobody = staff.post(&path, &against(json!([]))).await;
    assert_eq!(
        (nobody.status.as_u16(), kind(&nobody)),
        (422, "unacceptable".to_owned())
    );
    let hospital = staff
        .post(&path, &against(json!([cast::LAKESIDE_HOSPITAL])))
        .await;
    assert_eq!(hospital.status, 200, "{}", hospital.text());
    assert!(test.shows_the_programme(CastMember::Rosa).await);
    let harbor = staff.post(&path, &against(json!([cast::HARBOR_CRISIS]))).await;
    assert_eq!(harbor.status, 200, "{}", harbor.text());
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
}
