//! The client's word counts at the moment of release (42 CFR 2.31(a)(6), 45 CFR 164.508(b)(5)): nothing goes on a consent
//! that was taken back, or has ended, while the answer was being made.

use std::sync::Arc;

use consent::fhir::names;
use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::Clock as _;
use serde_json::{Value, json};
use tests_support::{
    CLINICIAN, PROGRAMME_STAFF, TestGateway, is_of_the_programme, named_terms, patient_key, tpo_terms,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_while_its_entry_is_written_is_not_released() {
    let test = Arc::new(TestGateway::start().await);
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let recorded = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(recorded.status, 201, "{}", recorded.text());
    let consent = recorded.json()["consent"].as_str().unwrap().to_owned();
    let categories = ["medications", "conditions", "sud_treatment"];
    let open = test.clinician().ask(CastMember::Rosa, "TREAT", &categories).await;
    assert!(is_of_the_programme(&open), "{}", open.text());
    test.settle().await;

    let before = test.log_size().await;
    let clinician = test.clinician();
    let asking = async move { clinician.ask(CastMember::Rosa, "TREAT", &categories).await };
    let answer = test.revoke_while(&consent, asking).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!is_of_the_programme(&answer), "{}", answer.text());
    test.settle().await;
    let kinds = test.kinds_from(before).await;
    let of = |kind: EntryKind| kinds.iter().filter(|one| **one == kind).count();
    // What had been decided before is closed with nothing sent.
    assert!(
        of(EntryKind::Intent) >= 1 && of(EntryKind::Completion) >= 1,
        "{kinds:?}"
    );
    assert_eq!(of(EntryKind::ConsentRevoked), 1, "{kinds:?}");
}

/// What ends by itself ends between the question and the release too: by the word on its event, in the second of its day,
/// and in the second from which that word no longer holds.
#[tokio::test(flavor = "multi_thread")]
async fn what_ends_while_its_entry_is_written_is_not_released() {
    let test = Arc::new(TestGateway::start().await);
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let asking = || {
        let clinician = test.clinician();
        async move {
            let categories = ["medications", "conditions", "sud_treatment"];
            clinician.ask(CastMember::Rosa, "TREAT", &categories).await
        }
    };
    let opened_by = async |expiry: Value| {
        // Signed later than what was ended before.
        test.clock.advance(2 * 3600);
        let mut terms = named_terms();
        terms["expiry"] = expiry;
        let recorded = test.record_consent(PROGRAMME_STAFF, &key, &terms).await;
        assert_eq!(recorded.status, 201, "{}", recorded.text());
        recorded.json()["consent"].as_str().unwrap().to_owned()
    };
    let word = |state: &str| json!({ "event": { "state": state, "as_of": test.clock.now().to_string() } });
    let said = async |consent: &str, state: &str| {
        let answer = test.step_consent(PROGRAMME_STAFF, consent, &word(state)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    let goes = |answer: &Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        is_of_the_programme(answer)
    };

    let consent = opened_by(json!({ "event": "discharge" })).await;
    said(&consent, "not_occurred").await;
    assert!(goes(&asking().await));
    let discharged = {
        let (test, consent, word) = (Arc::clone(&test), consent.clone(), word("occurred"));
        async move { test.step_consent(PROGRAMME_STAFF, &consent, &word).await }
    };
    let answer = test.change_while(&consent, discharged, asking()).await;
    assert!(!goes(&answer), "the client was discharged meanwhile");

    let end = test.clock.now().plus_seconds(2 * 3600 + 60);
    opened_by(json!({ "at": end.to_string() })).await;
    let left = end.as_seconds() - test.clock.now().as_seconds();
    assert!(
        goes(&test.advance_while(left - 1, asking()).await),
        "its last second"
    );
    assert!(
        !goes(&test.advance_while(1, asking()).await),
        "its day came meanwhile"
    );

    let consent = opened_by(json!({ "event": "case_closure" })).await;
    said(&consent, "not_occurred").await;
    let holds = 30 * 24 * 3600;
    assert!(
        goes(&test.advance_while(holds - 1, asking()).await),
        "the word still holds"
    );
    assert!(!goes(&test.advance_while(1, asking()).await), "and now no longer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_signed_before_it_was_taken_back_is_not_recorded_again() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let recorded = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    let consent = recorded.json()["consent"].as_str().unwrap().to_owned();
    assert_eq!(test.revoke(PROGRAMME_STAFF, &consent).await.status, 200);
    // An hour old when it comes in, like every form of these tests.
    let again = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(again.status, 422, "{}", again.text());
    // Another day the client signs anew.
    test.clock.advance(2 * 3600);
    let anew = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(anew.json()["status"], "active", "{}", anew.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_advised_to_disclose_on_what_is_taken_back_meanwhile() {
    let test = Arc::new(TestGateway::start().await);
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let recorded = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    let consent = recorded.json()["consent"].as_str().unwrap().to_owned();
    let call = json!({
        "hook": "patient-consent-consult",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "patientId": [{ "system": names::OWN_KEY, "value": key }],
            "scope": "patient-privacy",
            "purposeOfUse": "TREAT",
            "actor": [
                { "system": names::STAFF, "value": format!("{}/{}", CLINICIAN.agency, CLINICIAN.staff) },
                { "system": names::ROLE, "value": "clinician" },
                { "system": names::SYSTEM, "value": CLINICIAN.system },
            ],
            "treatsClient": true,
        },
    });
    let decision = |answer: &Answer| answer.json()["cards"][0]["summary"].clone();
    let hook = "/cds-services/patient-consent-consult";
    let open = test.asker(PROGRAMME_STAFF).post(hook, &call).await;
    assert_eq!(decision(&open), "CONSENT_PERMIT", "{}", open.text());

    let staff = test.asker(PROGRAMME_STAFF);
    let asking = async move { staff.post(hook, &call).await };
    let advised = test.revoke_while(&consent, asking).await;
    assert_eq!(decision(&advised), "CONSENT_DENY", "{}", advised.text());
}
