//! The forms that an agency holds of a client, listed for it alone; one form, sent twice at once or by two doors, is one;
//! no more of them are held than can be weighed at each disclosure.

use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use serde_json::{Value, json};
use tests_support::{CASE_MANAGER, CLINICIAN, PROGRAMME_STAFF, TestGateway, patient_key, tpo_terms};

async fn search(test: &TestGateway, by: Staff<'_>, wanted: Value) -> Answer {
    test.asker(by).post("/v1/consents/search", &wanted).await
}

fn ids(list: &Value) -> Vec<String> {
    let listed = list["consents"].as_array().unwrap().iter();
    listed
        .map(|form| form["consent"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_lists_its_own_forms_page_by_page_and_nobody_elses() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let none = search(&test, PROGRAMME_STAFF, json!({ "own_key": key }))
        .await
        .json();
    assert_eq!(none, json!({ "consents": [] }));
    let mut recorded = Vec::new();
    for _ in 0..3 {
        let answer = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        recorded.push(answer.json()["consent"].as_str().unwrap().to_owned());
        test.clock.advance(60);
    }
    recorded.sort_unstable();
    // Another agency's form about the same person.
    test.record_release(&town, CastMember::Rosa).await;

    test.settle().await;
    let before = test.log_size().await;
    let all = search(&test, PROGRAMME_STAFF, json!({ "own_key": key }))
        .await
        .json();
    assert_eq!(ids(&all), recorded);
    assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRead]);
    let form = &all["consents"][0];
    assert_eq!(
        (&form["status"], &form["terms"]["kind"]),
        (&json!("active"), &json!("tpo"))
    );
    for told in [
        "signed",
        "recorded",
        "missing",
        "confirm_back",
        "not_confirmed_by",
    ] {
        assert!(!form[told].is_null(), "{told}: {form:#}");
    }
    let page = search(&test, PROGRAMME_STAFF, json!({ "own_key": key, "limit": 2 }))
        .await
        .json();
    assert_eq!(ids(&page), recorded[..2]);
    let after = json!({ "own_key": key, "limit": 2, "after": page["next"] });
    let page = search(&test, PROGRAMME_STAFF, after).await.json();
    assert_eq!(ids(&page), recorded[2..]);
    assert!(page["next"].is_null());

    // To others, the same as about a key that names nobody.
    let own = patient_key(&town, cast::HARBOR_CRISIS, CastMember::Rosa);
    for (by, key) in [
        (CLINICIAN, own.as_str()),
        (CLINICIAN, key.as_str()),
        (CASE_MANAGER, key.as_str()),
        (PROGRAMME_STAFF, "there-is-no-such-key"),
    ] {
        let none = search(&test, by, json!({ "own_key": key })).await;
        assert_eq!(
            (none.status.as_u16(), none.text()),
            (200, "{\"consents\":[]}".into())
        );
    }
    for wrong in [
        json!({ "own_key": "" }),
        json!({ "own_key": key, "limit": 0 }),
        json!({ "own_key": key, "limit": 101 }),
    ] {
        assert!(
            search(&test, PROGRAMME_STAFF, wrong)
                .await
                .status
                .is_client_error()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_form_sent_twice_at_once_is_one() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let terms = tpo_terms();
    let send = || test.record_consent(PROGRAMME_STAFF, &key, &terms);
    let (one, two, three, four) = tokio::join!(send(), send(), send(), send());
    let mut statuses: Vec<u16> = Vec::new();
    let mut consents = Vec::new();
    for answer in [one, two, three, four] {
        statuses.push(answer.status.as_u16());
        consents.push(answer.json()["consent"].clone());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 201]);
    consents.dedup();
    assert_eq!(consents.len(), 1, "{consents:?}");
    let all = search(&test, PROGRAMME_STAFF, json!({ "own_key": key }))
        .await
        .json();
    assert_eq!(ids(&all).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_forms_of_a_client_are_held_than_the_bound() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let draft = json!({ "own_key": key, "terms": tpo_terms() });
    let caller = test.asker(PROGRAMME_STAFF);
    let mut last = Value::Null;
    for _ in 0..100 {
        let answer = caller.post("/v1/consents/drafts", &draft).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        last = answer.json()["consent"].clone();
    }
    let refused = caller.post("/v1/consents/drafts", &draft).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("100 forms"), "{}", refused.text());
    let refused = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    // Each that has ended makes room.
    let path = format!("/v1/consents/{}/steps", last.as_str().unwrap());
    let gone = json!({ "enter_in_error": { "why": "abandoned" } });
    let answer = caller.post(&path, &gone).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let recorded = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(recorded.status, 201, "{}", recorded.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_of_a_form_is_not_washed_off_by_marking_it_and_sending_it_again() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let caller = test.asker(PROGRAMME_STAFF);
    let recorded = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(recorded.status, 201, "{}", recorded.text());
    assert!(test.shows_the_programme(CastMember::Rosa).await);
    let path = format!(
        "/v1/consents/{}/steps",
        recorded.json()["consent"].as_str().unwrap()
    );
    for step in [
        json!({ "find": { "finding": "conditioned" } }),
        json!({ "enter_in_error": { "why": "duplicate" } }),
    ] {
        let answer = caller.post(&path, &step).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let again = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(again.status, 422, "{}", again.text());
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
}
