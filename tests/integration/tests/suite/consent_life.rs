//! A consent from its draft to its end over the API: each step counts at once, and what is still to be done is listed
//! for the agency that holds the form and for nobody else.

use gateway_audit::EntryKind;
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use gateway_types::Clock as _;
use serde_json::{Value, json};
use tests_support::{
    CASE_MANAGER, CLINICIAN, OUTREACH_OFFICER, PROGRAMME_STAFF, TestGateway, named_terms, patient_key,
};

fn signing(test: &TestGateway, form: &Value) -> Value {
    json!({
        "form": form,
        "signature": {
            "signed_at": test.clock.now().to_string(),
            "signer": { "role": "client" },
            "standing": "adult",
        },
        "attested": ["name_matches_client", "signer_identified", "statements_seen", "read_back", "not_conditioned"],
    })
}

/// Takes a step at the programme that has to succeed; returns the status that the consent then has.
async fn stepped(test: &TestGateway, consent: &str, taken: Value) -> Value {
    let answer = test.step_consent(PROGRAMME_STAFF, consent, &taken).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["status"].clone()
}

async fn to_do(test: &TestGateway, by: Staff<'_>) -> Vec<Value> {
    let answer = test.asker(by).get("/v1/consents/follow-ups").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["follow_ups"].as_array().cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_drafted_answered_rests_and_ends_with_its_event() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let staff = test.asker(PROGRAMME_STAFF);
    let mut terms = named_terms();
    terms["purposes"] = json!([]);
    let drafted = staff
        .post("/v1/consents/drafts", &json!({ "own_key": key, "terms": terms }))
        .await;
    assert_eq!(drafted.status, 201, "{}", drafted.text());
    let drafted = drafted.json();
    assert_eq!(drafted["status"], "draft");
    let consent = drafted["consent"].as_str().unwrap();

    let amended = json!({ "amend": { "terms": named_terms() } });
    let amended = test.step_consent(PROGRAMME_STAFF, consent, &amended).await;
    assert_eq!(amended.json()["status"], "draft", "{}", amended.text());
    let form = amended.json()["form"].clone();
    assert_ne!(form, drafted["form"]);
    assert_eq!(stepped(&test, consent, json!("request")).await, "requested");
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    // A form printed before the terms changed is not this one.
    let stale = json!({ "sign": signing(&test, &drafted["form"]) });
    let stale = test.step_consent(PROGRAMME_STAFF, consent, &stale).await;
    assert_eq!(stale.status, 422, "{}", stale.text());
    let printed = staff.get(&format!("/v1/consents/{consent}/form/en")).await;
    assert!(printed.text().contains(form.as_str().unwrap()) && printed.text().contains(consent));
    let signed = json!({ "sign": signing(&test, &form) });
    assert_eq!(stepped(&test, consent, signed.clone()).await, "unconfirmed");
    let twice = test.step_consent(PROGRAMME_STAFF, consent, &signed).await;
    assert_eq!(twice.status, 422, "{}", twice.text());
    assert!(
        !test.shows_the_programme(CastMember::Rosa).await,
        "nobody has said whether she was discharged"
    );

    // The source's word, for every consent of hers that ends so.
    let event = |state: &str| json!({ "own_key": key, "event": "discharge", "state": state, "as_of": test.clock.now().to_string() });
    let heard = staff.post("/v1/consents/events", &event("not_occurred")).await;
    assert_eq!(heard.status, 200, "{}", heard.text());
    assert_eq!(heard.json()["heard"][0]["status"], "active");
    assert!(test.shows_the_programme(CastMember::Rosa).await);
    assert_eq!(
        stepped(&test, consent, json!({ "suspend": { "why": "client_asks" } })).await,
        "suspended"
    );
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    assert_eq!(
        stepped(&test, consent, json!({ "resume": { "because": "client_asks" } })).await,
        "active"
    );
    assert!(test.shows_the_programme(CastMember::Rosa).await);

    // The word runs out to the second, and its source was asked before.
    assert!(to_do(&test, PROGRAMME_STAFF).await.is_empty());
    test.clock.advance(30 * 86_400 - 60);
    assert!(test.shows_the_programme(CastMember::Rosa).await);
    let asked = to_do(&test, PROGRAMME_STAFF).await;
    assert_eq!(
        (&asked[0]["kind"], &asked[0]["event"]),
        (&json!("confirm_event"), &json!("discharge"))
    );
    test.clock.advance(120);
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    let heard = test
        .asker(PROGRAMME_STAFF)
        .post("/v1/consents/events", &event("not_occurred"))
        .await;
    assert_eq!(heard.status, 200, "{}", heard.text());
    assert!(test.shows_the_programme(CastMember::Rosa).await);
    let over = test
        .asker(PROGRAMME_STAFF)
        .post("/v1/consents/events", &event("occurred"))
        .await;
    assert_eq!(over.json()["heard"][0]["status"], "expired", "{}", over.text());
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    assert!(to_do(&test, PROGRAMME_STAFF).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oral_revocation_counts_at_once_and_the_writing_is_owed_until_it_comes() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    assert!(test.shows_the_programme(CastMember::Rosa).await);
    assert_eq!(test.revoke(PROGRAMME_STAFF, &consent).await.status, 200);
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    let owed = to_do(&test, PROGRAMME_STAFF).await;
    assert_eq!(
        (&owed[0]["kind"], &owed[0]["consent"]),
        (&json!("write_revocation"), &json!(consent))
    );
    for other in [CLINICIAN, OUTREACH_OFFICER, CASE_MANAGER] {
        assert!(to_do(&test, other).await.is_empty());
        let close = json!({ "done": "write_revocation" });
        let path = format!("/v1/consents/{consent}/follow-ups");
        let closed = test.asker(other).post(&path, &close).await;
        assert_eq!(closed.status, 404, "{}", closed.text());
    }
    let written = json!({ "at": test.clock.now().to_string(), "form": "written", "scope": "whole" });
    let path = format!("/v1/consents/{consent}/revocations");
    let answer = test.asker(PROGRAMME_STAFF).post(&path, &written).await;
    assert_eq!(answer.json()["follow_ups"], json!([]), "{}", answer.text());
    assert!(to_do(&test, PROGRAMME_STAFF).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defective_form_asks_for_the_right_one_of_its_holder_alone() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let mut terms = named_terms();
    terms["expiry"] = json!({ "at": test.clock.now().plus_seconds(7 * 86_400).to_string() });
    terms["statements"] = json!([]);
    terms["purposes"] = json!(["TREAT", "LEGAL-PROC"]);
    terms["proceeding"] = json!("case 26-1180");
    let recorded = test.record_consent(PROGRAMME_STAFF, &key, &terms).await;
    assert_eq!(recorded.json()["status"], "inadequate", "{}", recorded.text());
    let consent = recorded.json()["consent"].as_str().unwrap().to_owned();
    let owed = to_do(&test, PROGRAMME_STAFF).await;
    assert_eq!(owed[0]["kind"], "replace_form");
    assert!(
        owed[0]["missing"]
            .as_array()
            .unwrap()
            .iter()
            .any(|missing| missing["element"] == "2.31(a)(6)")
    );
    let forms = owed[0]["right_forms"].as_array().unwrap();
    let kinds: Vec<_> = forms
        .iter()
        .map(|form| form["terms"]["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["legal_proceedings", "named"]);
    assert!(to_do(&test, CLINICIAN).await.is_empty());

    // The form offered, signed, is a good one; the defective one then gives way to it.
    let sound = test
        .record_consent(PROGRAMME_STAFF, &key, &forms[1]["terms"])
        .await;
    assert_eq!(sound.json()["status"], "active", "{}", sound.text());
    assert!(test.shows_the_programme(CastMember::Rosa).await);
    let superseded = json!({ "superseded_by": { "consent": sound.json()["consent"] } });
    assert_eq!(stepped(&test, &consent, superseded).await, "superseded");
    assert!(to_do(&test, PROGRAMME_STAFF).await.is_empty());
    assert!(test.shows_the_programme(CastMember::Rosa).await);

    // A person may also have done with it. Another day: the same form is not recorded twice.
    test.clock.advance(86_400);
    let another = test.record_consent(PROGRAMME_STAFF, &key, &terms).await.json();
    let path = format!("/v1/consents/{}/follow-ups", another["consent"].as_str().unwrap());
    let done = json!({ "done": "replace_form" });
    assert_eq!(test.asker(PROGRAMME_STAFF).post(&path, &done).await.status, 200);
    assert_eq!(test.asker(PROGRAMME_STAFF).post(&path, &done).await.status, 404);
    assert!(to_do(&test, PROGRAMME_STAFF).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_names_who_vouches_and_is_logged_and_strangers_see_nothing() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    test.settle().await;
    let before = test.log_size().await;
    let path = format!("/v1/consents/{consent}");
    let look = test.asker(PROGRAMME_STAFF).get(&path).await;
    assert_eq!(look.status, 200, "{}", look.text());
    assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRead]);
    let body = look.json();
    assert_eq!(body["terms"]["kind"], "tpo");
    let elements = body["elements"].as_array().unwrap();
    assert!(elements.len() > 10);
    for element in elements {
        assert_eq!(element["vouched"]["staff"], "m-okafor", "{element}");
    }
    assert!(!look.text().contains("Rosa"));
    let nobodys = test
        .asker(OUTREACH_OFFICER)
        .get("/v1/consents/00000000-0000-7000-8000-000000000000")
        .await;
    for stranger in [OUTREACH_OFFICER, CLINICIAN] {
        let answer = test.asker(stranger).get(&path).await;
        assert_eq!((answer.status.as_u16(), &answer.body), (404, &nobodys.body));
        let suspend = json!({ "suspend": { "why": "disputed" } });
        let answer = test.step_consent(stranger, &consent, &suspend).await;
        assert_eq!((answer.status.as_u16(), &answer.body), (404, &nobodys.body));
    }
    assert!(test.shows_the_programme(CastMember::Rosa).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_would_receive_neither_drafts_nor_hears_of_events() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::HARBOR_CRISIS, CastMember::Marcus);
    let own = json!({ "own_key": key, "terms": named_terms() });
    let drafted = test.asker(CLINICIAN).post("/v1/consents/drafts", &own).await;
    assert_eq!(drafted.status, 422, "{}", drafted.text());
    let word = json!({ "own_key": key, "event": "discharge", "state": "not_occurred", "as_of": test.clock.now().to_string() });
    let heard = test.asker(CLINICIAN).post("/v1/consents/events", &word).await;
    assert_eq!(
        (heard.status.as_u16(), heard.json()),
        (200, json!({ "heard": [] }))
    );
    // Kinds that may not share a form are told while it can still be split.
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let mut barred = named_terms();
    barred["combined_with"] = json!(["legal_proceedings"]);
    let draft = json!({ "own_key": key, "terms": barred });
    let drafted = test
        .asker(PROGRAMME_STAFF)
        .post("/v1/consents/drafts", &draft)
        .await;
    assert_eq!(drafted.status, 422, "{}", drafted.text());
    assert!(drafted.text().contains("2.31(d)"), "{}", drafted.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_day_has_settled_does_not_stay_on_the_list_before_what_is_owed() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let mut terms = named_terms();
    terms["expiry"] = json!({ "at": test.clock.now().plus_seconds(86_400).to_string() });
    terms["statements"] = json!([]);
    let defective = test.record_consent(PROGRAMME_STAFF, &key, &terms).await;
    assert_eq!(defective.json()["status"], "inadequate", "{}", defective.text());
    assert_eq!(to_do(&test, PROGRAMME_STAFF).await.len(), 1);
    let cedar = gateway_types::AgencyId::new(cast::CEDAR_RECOVERY).unwrap();
    let listed = async || {
        let now = test.clock.now();
        test.records.follow_ups(&cedar, now).await.unwrap().len()
    };
    test.clock.advance(2 * 86_400);
    assert_eq!(
        listed().await,
        1,
        "the store does not know that the form has ended"
    );
    assert!(to_do(&test, PROGRAMME_STAFF).await.is_empty());
    assert_eq!(listed().await, 0);
}
