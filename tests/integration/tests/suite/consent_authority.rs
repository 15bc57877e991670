//! Whose word opens whose records: a form binds who put it on record and who confirmed it, and nobody keeps one alive that
//! it gains by.

use gateway_http::Answer;
use gateway_synthetic::{CastMember, Staff, Town, agencies as cast};
use gateway_types::Clock as _;
use serde_json::{Value, json};
use tests_support::{CASE_MANAGER, CLINICIAN, PROGRAMME_STAFF, TestGateway, patient_key};

const ROSA: CastMember = CastMember::Rosa;

fn terms(disclosers: &[&str], recipients: &[&str]) -> Value {
    json!({
        "kind": "named",
        "discloser": { "agencies": disclosers },
        "recipients": { "agencies": recipients },
        "purposes": ["TREAT"],
        "categories": { "only": ["sud_treatment", "medications", "conditions", "encounters"] },
        "expiry": { "at": "2099-01-01T00:00:00Z" },
        "statements": [
            "part2_redisclosure_by_hipaa_holders", "part2_right_to_revoke",
            "part2_redisclosure_potential", "part2_refusal_consequences",
        ],
    })
}

fn of_hmis_and_programme() -> Value {
    terms(
        &[cast::RIVERTON_HMIS, cast::CEDAR_RECOVERY],
        &[cast::HARBOR_CRISIS],
    )
}

fn hmis_key(town: &Town) -> String {
    town.personal_id(ROSA.index())
}

fn cedar_key(town: &Town) -> String {
    patient_key(town, cast::CEDAR_RECOVERY, ROSA)
}

async fn step(test: &TestGateway, by: Staff<'_>, consent: &Value, step: Value) -> Answer {
    let path = format!("/v1/consents/{}/steps", consent["consent"].as_str().unwrap());
    test.asker(by).post(&path, &step).await
}

fn refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 422, "{}", answer.text());
    let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
    assert!(detail.contains(why), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_opens_another_agencys_records_only_when_that_agency_confirms_it() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let form = test
        .record_consent(CASE_MANAGER, &hmis_key(&town), &of_hmis_and_programme())
        .await;
    assert_eq!(form.status, 201, "{}", form.text());
    let form = form.json();
    assert_eq!(form["status"], "active");
    assert_eq!(form["not_confirmed_by"], json!([cast::CEDAR_RECOVERY]));
    assert!(
        !test.shows_the_programme(ROSA).await,
        "the programme has said nothing"
    );
    // Neither by another client's key, nor by who is not named.
    let anothers = json!({ "confirm": { "own_key": "there-is-no-such-key" } });
    refused(
        &step(&test, PROGRAMME_STAFF, &form, anothers).await,
        "whose form it is",
    );
    let receives = json!({ "confirm": { "own_key": "any" } });
    assert_eq!(step(&test, CLINICIAN, &form, receives).await.status, 404);
    assert!(!test.shows_the_programme(ROSA).await);
    let confirm = json!({ "confirm": { "own_key": cedar_key(&town) } });
    let confirmed = step(&test, PROGRAMME_STAFF, &form, confirm.clone()).await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    assert_eq!(confirmed.json()["not_confirmed_by"], json!([]));
    assert!(test.shows_the_programme(ROSA).await);
    refused(&step(&test, PROGRAMME_STAFF, &form, confirm).await, "already");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_records_a_form_that_it_gains_by_or_has_no_part_in() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let own = patient_key(&town, cast::HARBOR_CRISIS, CastMember::Marcus);
    let both = terms(
        &[cast::CEDAR_RECOVERY, cast::HARBOR_CRISIS],
        &[cast::HARBOR_CRISIS],
    );
    let draft = json!({ "own_key": own, "terms": both });
    let answer = test.asker(CLINICIAN).post("/v1/consents/drafts", &draft).await;
    refused(&answer, "unless it alone discloses");
    let answer = test.record_consent(CLINICIAN, &own, &both).await;
    refused(&answer, "unless it alone discloses");
    // Neither names the case manager's agency: it would open the programme's records on a third one's word.
    let others = terms(&[cast::CEDAR_RECOVERY], &[cast::HARBOR_CRISIS]);
    let answer = test.record_consent(CASE_MANAGER, &hmis_key(&town), &others).await;
    refused(&answer, "does not name your agency");
    // Where it alone discloses it gains nothing.
    let alone = terms(
        &[cast::HARBOR_CRISIS],
        &[cast::HARBOR_CRISIS, cast::CEDAR_RECOVERY],
    );
    let answer = test.record_consent(CLINICIAN, &own, &alone).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_of_disclosers_binds_of_its_members_the_holder_alone() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let mut of_a_class = terms(&[cast::RIVERTON_HMIS], &[cast::HARBOR_CRISIS]);
    of_a_class["discloser"]["classes"] = json!(["part2_programs"]);
    let by_hmis = test
        .record_consent(CASE_MANAGER, &hmis_key(&town), &of_a_class)
        .await;
    assert_eq!(by_hmis.json()["status"], "active", "{}", by_hmis.text());
    assert!(!test.shows_the_programme(ROSA).await);
    let by_member = test
        .record_consent(PROGRAMME_STAFF, &cedar_key(&town), &of_a_class)
        .await;
    assert_eq!(by_member.json()["status"], "active", "{}", by_member.text());
    assert!(test.shows_the_programme(ROSA).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_does_not_exist_is_told_with_its_place() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = cedar_key(&town);
    let mistyped = terms(&[cast::CEDAR_RECOVERY], &["harbor-crysis"]);
    let answer = test.record_consent(PROGRAMME_STAFF, &key, &mistyped).await;
    refused(
        &answer,
        "`terms.recipients.agencies` names an agency that is not registered",
    );
    let draft = json!({ "own_key": key, "terms": mistyped });
    let answer = test
        .asker(PROGRAMME_STAFF)
        .post("/v1/consents/drafts", &draft)
        .await;
    refused(&answer, "`terms.recipients.agencies`");
    let mistyped = terms(&[cast::CEDAR_RECOVERY, "elm"], &[cast::HARBOR_CRISIS]);
    refused(
        &test.record_consent(PROGRAMME_STAFF, &key, &mistyped).await,
        "`terms.discloser.agencies`",
    );
    // A revocation as against nobody would leave everything as it is.
    let consent = test.record_tpo(&town, ROSA).await;
    let now = test.clock.now().to_string();
    let nobody = json!({ "at": now, "form": "written", "scope": { "recipients": ["harbor-crysis"] } });
    let path = format!("/v1/consents/{consent}/revocations");
    let answer = test.asker(PROGRAMME_STAFF).post(&path, &nobody).await;
    refused(&answer, "`scope.recipients`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_a_little_ahead_makes_no_defect_and_a_date_to_come_no_form() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let signed = async |ahead: i64| {
        let form = json!({
            "own_key": cedar_key(&town),
            "terms": terms(&[cast::CEDAR_RECOVERY], &[cast::HARBOR_CRISIS]),
            "signature": {
                "signed_at": test.clock.now().plus_seconds(ahead).to_string(),
                "signer": { "role": "client" },
                "standing": "adult",
            },
            "attested": ["name_matches_client", "signer_identified", "statements_seen", "read_back", "not_conditioned"],
        });
        test.asker(PROGRAMME_STAFF).post("/v1/consents", &form).await
    };
    for ahead in [2, 300] {
        let answer = signed(ahead).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.json()["status"], "active", "{}", answer.text());
        // Both count as signed when they come: at the same moment they would be one form.
        test.clock.advance(1);
    }
    refused(&signed(301).await, "in the future");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_alone_speaks_of_events_and_takes_a_mistaken_word_back() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let mut until_discharge = of_hmis_and_programme();
    until_discharge["expiry"] = json!({ "event": "discharge" });
    let form = test
        .record_consent(CASE_MANAGER, &hmis_key(&town), &until_discharge)
        .await
        .json();
    let says = async |by: Staff<'_>, key: String, state: &str, ago: i64| {
        let as_of = test.clock.now().plus_seconds(-ago).to_string();
        let word = json!({ "own_key": key, "event": "discharge", "state": state, "as_of": as_of });
        let answer = test.asker(by).post("/v1/consents/events", &word).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["heard"].clone()
    };
    assert_eq!(
        says(CASE_MANAGER, hmis_key(&town), "not_occurred", 0).await[0]["status"],
        "active"
    );
    // The programme is named as discloser; that her stay there ended does not end the form, nor does it hear of it.
    assert_eq!(
        says(PROGRAMME_STAFF, cedar_key(&town), "occurred", 0).await,
        json!([])
    );
    let ends = json!({ "event": { "state": "occurred", "as_of": test.clock.now().to_string() } });
    refused(&step(&test, PROGRAMME_STAFF, &form, ends).await, "holds the form");
    // A discharge of before the signature is of an earlier stay.
    assert_eq!(
        says(CASE_MANAGER, hmis_key(&town), "occurred", 7200).await,
        json!([])
    );
    assert_eq!(
        says(CASE_MANAGER, hmis_key(&town), "occurred", 0).await[0]["status"],
        "expired"
    );
    let back = step(&test, CASE_MANAGER, &form, json!("withdraw_event_word")).await;
    assert_eq!(back.json()["status"], "unconfirmed", "{}", back.text());
    assert_eq!(
        says(CASE_MANAGER, hmis_key(&town), "not_occurred", 0).await[0]["status"],
        "active"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_rests_is_woken_by_the_answer_to_the_doubt_and_not_by_another_discloser() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let form = test
        .record_consent(CASE_MANAGER, &hmis_key(&town), &of_hmis_and_programme())
        .await
        .json();
    let rests = step(
        &test,
        CASE_MANAGER,
        &form,
        json!({ "suspend": { "why": "disputed" } }),
    )
    .await;
    assert_eq!(rests.json()["status"], "suspended", "{}", rests.text());
    let wake = |because: &str| json!({ "resume": { "because": because } });
    let another = step(&test, PROGRAMME_STAFF, &form, wake("signature_confirmed")).await;
    refused(&another, "holds the form");
    let vouched = json!({ "attest": { "attested": ["copy_given"] } });
    refused(
        &step(&test, PROGRAMME_STAFF, &form, vouched).await,
        "holds the form",
    );
    let error = json!({ "enter_in_error": { "why": "duplicate" } });
    refused(
        &step(&test, PROGRAMME_STAFF, &form, error).await,
        "holds the form",
    );
    refused(
        &step(&test, CASE_MANAGER, &form, wake("client_asks")).await,
        "does not answer",
    );
    let woken = step(&test, CASE_MANAGER, &form, wake("signature_confirmed")).await;
    assert_eq!(woken.json()["status"], "active", "{}", woken.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_that_covers_less_takes_its_place_only_if_that_is_said() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = cedar_key(&town);
    let whole = terms(&[cast::CEDAR_RECOVERY], &[cast::HARBOR_CRISIS]);
    let mut less = whole.clone();
    less["categories"] = json!({ "only": ["encounters"] });
    let old = test.record_consent(PROGRAMME_STAFF, &key, &whole).await.json();
    let new = test.record_consent(PROGRAMME_STAFF, &key, &less).await.json();
    let put = |narrows: bool| json!({ "superseded_by": { "consent": new["consent"], "narrows": narrows } });
    refused(
        &step(&test, PROGRAMME_STAFF, &old, put(false)).await,
        "covers less",
    );
    assert!(test.shows_the_programme(ROSA).await);
    let put = step(&test, PROGRAMME_STAFF, &old, put(true)).await;
    assert_eq!(put.json()["status"], "superseded", "{}", put.text());
    assert!(!test.shows_the_programme(ROSA).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_speak_at_once_nobody_who_takes_something_back_is_turned_away() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, ROSA).await;
    let asker = test.asker(PROGRAMME_STAFF);
    let revocations = format!("/v1/consents/{consent}/revocations");
    let steps = format!("/v1/consents/{consent}/steps");
    let now = test.clock.now().to_string();
    let partly = json!({ "at": now, "form": "written", "scope": { "recipients": [cast::HARBOR_CRISIS] } });
    let found = json!({ "find": { "finding": "conditioned" } });
    let answers = tokio::join!(
        asker.post(&revocations, &partly),
        asker.post(&steps, &found),
        asker.post(&revocations, &partly),
        asker.post(&steps, &found),
        asker.post(&revocations, &partly),
        asker.post(&steps, &found),
        asker.post(&revocations, &partly),
        asker.post(&steps, &found),
    );
    let (a, b, c, d, e, f, g, h) = answers;
    for answer in [a, b, c, d, e, f, g, h] {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let look = test
        .asker(PROGRAMME_STAFF)
        .get(&format!("/v1/consents/{consent}"))
        .await;
    assert_eq!(look.json()["version"], 9, "{}", look.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_was_logged_and_came_too_late_has_a_second_entry_that_says_so() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, ROSA).await;
    let client = test.client_of(cast::CEDAR_RECOVERY, &cedar_key(&town)).await;
    test.settle().await;
    let before = test.log_size().await;
    let asker = test.asker(PROGRAMME_STAFF);
    let path = format!("/v1/consents/{consent}/steps");
    let copy = json!({ "attest": { "attested": ["copy_given"] } });
    let vouch = || asker.post(&path, &copy);
    let (a, b, c, d, e, f) = tokio::join!(vouch(), vouch(), vouch(), vouch(), vouch(), vouch());
    let late = [a, b, c, d, e, f]
        .iter()
        .filter(|answer| answer.status != 200)
        .count();
    test.settle().await;
    let mut said = 0;
    let entries = test.log_from(before).await;
    for entry in &entries {
        let note = test.detail(entry, client).await.note.unwrap().into_inner();
        said += usize::from(note.contains("did not take effect"));
    }
    assert_eq!(said, late);
    assert_eq!(entries.len(), 6 + late);
    let look = test
        .asker(PROGRAMME_STAFF)
        .get(&format!("/v1/consents/{consent}"))
        .await;
    assert_eq!(look.json()["version"], 1 + 6 - late, "{}", look.text());
    println!("{late} of 6 came too late");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_keeps_what_was_signed_vouched_for_and_taken_back() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.settle().await;
    let before = test.log_size().await;
    let consent = test.record_tpo(&town, ROSA).await;
    test.revoke(PROGRAMME_STAFF, &consent).await;
    test.settle().await;
    let client = test.client_of(cast::CEDAR_RECOVERY, &cedar_key(&town)).await;
    let entries = test.log_from(before).await;
    let signed: consent::Consent = serde_json::from_slice(&test.facts(&entries[0], client).await).unwrap();
    assert_eq!(signed.id().to_string(), consent);
    assert!(signed.signature().unwrap().artefact.is_some());
    assert!(
        signed
            .adequacy(test.clock.now())
            .iter()
            .all(|element| element.vouched.is_some())
    );
    let revoked: consent::Consent = serde_json::from_slice(&test.facts(&entries[1], client).await).unwrap();
    assert_eq!(revoked.revocations().count(), 1);
}
