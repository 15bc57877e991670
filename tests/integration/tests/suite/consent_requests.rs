//! Requests for consents: who asks is told the same whoever it is about and whatever is answered; who holds the client's
//! records sees who asks before anybody is told anything.

use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use gateway_types::vocabulary::Role;
use gateway_types::{ClientIdentity, Clock as _};
use serde_json::{Value, json};
use tests_support::{
    CASE_MANAGER, CLINICIAN, OUTREACH_OFFICER, PROGRAMME_STAFF, TestGateway, elements, identity, nobody,
    patient_key,
};

const HOSPITAL_CLINICIAN: Staff<'static> = Staff {
    agency: cast::LAKESIDE_HOSPITAL,
    staff: "r-hale",
    role: Role::Clinician,
    system: "lakeside-ehr",
};
const WANTED: [&str; 3] = ["medications", "sud_treatment", "shelter_status"];

async fn ask(
    test: &TestGateway,
    by: Staff<'_>,
    about: &ClientIdentity,
    purpose: &str,
    what: &[&str],
) -> Answer {
    let wanted =
        json!({ "client": { "identity": about }, "purpose": purpose, "categories": what, "days": 90 });
    test.asker(by).post("/v1/consent-requests", &wanted).await
}

async fn asked(test: &TestGateway, about: &ClientIdentity) -> Value {
    let answer = ask(test, CLINICIAN, about, "TREAT", &WANTED).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    answer.json()
}

async fn inbox(test: &TestGateway, by: Staff<'_>) -> Vec<Value> {
    let answer = test
        .asker(by)
        .post("/v1/consent-requests/inbox", &json!({}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["requests"].as_array().unwrap().clone()
}

async fn answer(test: &TestGateway, by: Staff<'_>, request: &Value, word: &str) -> Answer {
    let path = format!(
        "/v1/consent-requests/{}/answers",
        request["request"].as_str().unwrap()
    );
    test.asker(by).post(&path, &json!({ "answer": word })).await
}

async fn look(test: &TestGateway, by: Staff<'_>, request: &Value) -> Answer {
    let path = format!("/v1/consent-requests/{}", request["request"].as_str().unwrap());
    test.asker(by).get(&path).await
}

fn words(value: &Value) -> Vec<&str> {
    let mut words: Vec<_> = value
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    words.sort_unstable();
    words
}

fn rosa() -> ClientIdentity {
    CastMember::Rosa.person().identity()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_asker_is_told_the_same_whoever_it_is_about() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let mut first: Option<(Value, Vec<String>)> = None;
    let mut requests = Vec::new();
    for about in [
        json!({ "identity": rosa() }),
        json!({ "identity": nobody() }),
        json!({ "identity": CastMember::Ezekiel.person().identity() }),
        json!({ "identity": identity("Rosa", "", "1990-01-01") }),
        json!({ "own_key": patient_key(&town, cast::HARBOR_CRISIS, CastMember::Rosa) }),
        json!({ "own_key": "there-is-no-such-key" }),
    ] {
        let before = test.log_size().await;
        let wanted = json!({ "client": about, "purpose": "TREAT", "categories": WANTED, "days": 90 });
        let answer = test.clinician().post("/v1/consent-requests", &wanted).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRequest]);
        let body = answer.json();
        let mut headers: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        let id = body["request"].as_str().unwrap().to_owned();
        let bare: Value = serde_json::from_str(&body.to_string().replace(&id, "R")).unwrap();
        let seen = (bare, headers);
        assert_eq!(&seen, first.get_or_insert_with(|| seen.clone()), "{about}");
        requests.push(body);
    }
    // Nor does it matter what is answered, or by whom, until the day comes that was told at first.
    for holder in [PROGRAMME_STAFF, CASE_MANAGER] {
        for waiting in inbox(&test, holder).await {
            assert_eq!(answer(&test, holder, &waiting, "declined").await.status, 200);
        }
    }
    for request in &requests {
        assert_eq!(look(&test, CLINICIAN, request).await.json(), *request);
    }
    let closes = requests[0]["closes"].as_str().unwrap();
    assert_eq!(closes, test.clock.now().plus_seconds(7 * 86_400).to_string());
    test.clock.advance(7 * 86_400);
    for request in &requests {
        let closed = look(&test, CLINICIAN, request).await.json();
        assert_eq!(closed["state"], "closed");
        let other = |value: &Value| (value["closes"].clone(), value["says"].clone());
        assert_eq!(other(&closed), other(request));
    }
    // A request is its asker's; to others it is not there.
    let theirs = look(&test, PROGRAMME_STAFF, &requests[0]).await;
    let unknown = json!({ "request": "00000000-0000-7000-8000-000000000000" });
    assert_eq!(theirs.status, 404);
    assert_eq!(theirs.body, look(&test, PROGRAMME_STAFF, &unknown).await.body);
    assert!(test.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_sees_who_asks_for_its_own_records_and_a_form_is_made_in_one_step() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    // Nothing of the programme is to be had.
    let sees = || async {
        let answer = test
            .clinician()
            .ask(CastMember::Rosa, "TREAT", &["medications"])
            .await;
        elements(&answer)
            .iter()
            .any(|element| element["source"] == cast::CEDAR_RECOVERY)
    };
    assert!(!sees().await);
    let request = asked(&test, &rosa()).await;
    asked(&test, &nobody()).await;
    let waiting = inbox(&test, PROGRAMME_STAFF).await;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    let line = &waiting[0];
    assert_eq!(line["request"], request["request"]);
    assert_eq!(
        line["own_keys"],
        json!([patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa)])
    );
    assert_eq!(
        (&line["agency"], &line["person"]),
        (&json!(cast::HARBOR_CRISIS), &json!("a-rivera"))
    );
    assert_eq!(
        (&line["role"], &line["purpose"], &line["days"]),
        (&json!("clinician"), &json!("TREAT"), &json!(90))
    );
    // Of what was asked, what this agency has.
    assert_eq!(words(&line["categories"]), ["medications"]);
    let says = line["says"].as_str().unwrap();
    assert!(
        says.contains("a-rivera") && says.contains("90 days") && says.contains("You may say no"),
        "{says}"
    );
    let housing = inbox(&test, CASE_MANAGER).await;
    assert_eq!(words(&housing[0]["categories"]), ["shelter_status"]);
    // The hospital needs no consent to treatment; the police have nothing to do with it; the asker sees no inbox of its own.
    for other in [HOSPITAL_CLINICIAN, OUTREACH_OFFICER, CLINICIAN] {
        assert!(inbox(&test, other).await.is_empty(), "{}", other.agency);
        let tried = answer(&test, other, line, "declined").await;
        assert_eq!(tried.status, 404, "{}", tried.text());
    }

    let begun = answer(&test, PROGRAMME_STAFF, line, "draft").await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let drafts = begun.json()["drafts"].as_array().unwrap().clone();
    assert_eq!(drafts.len(), 1, "{}", begun.text());
    assert_eq!(drafts[0]["status"], "draft");
    assert!(inbox(&test, PROGRAMME_STAFF).await.is_empty());
    let again = answer(&test, PROGRAMME_STAFF, line, "declined").await;
    assert_eq!(again.status, 404, "{}", again.text());
    assert_eq!(
        inbox(&test, CASE_MANAGER).await.len(),
        1,
        "each agency answers for itself"
    );
    assert_eq!(look(&test, CLINICIAN, &request).await.json(), request);
    assert!(!sees().await, "a draft opens nothing");

    // The client signs: who asked sees it by asking.
    let path = format!("/v1/consents/{}/steps", drafts[0]["consent"].as_str().unwrap());
    let signed = json!({ "sign": {
        "form": drafts[0]["form"],
        "signature": { "signed_at": test.clock.now().to_string(), "signer": { "role": "client" }, "standing": "adult" },
        "attested": ["name_matches_client", "signer_identified", "statements_seen", "read_back", "not_conditioned"],
    } });
    let signed = test.asker(PROGRAMME_STAFF).post(&path, &signed).await;
    assert_eq!(signed.json()["status"], "active", "{}", signed.text());
    assert!(sees().await);
    assert_eq!(look(&test, CLINICIAN, &request).await.json(), request);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_twice_is_shown_once_and_answered_once() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let first = asked(&test, &rosa()).await;
    let colleague = Staff {
        staff: "b-lund",
        ..CLINICIAN
    };
    let second = ask(&test, colleague, &rosa(), "TREAT", &["conditions"])
        .await
        .json();
    assert_ne!(
        first["request"], second["request"],
        "that they are one is not told"
    );
    let waiting = inbox(&test, PROGRAMME_STAFF).await;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!(words(&waiting[0]["categories"]), ["conditions", "medications"]);
    assert_eq!(
        answer(&test, PROGRAMME_STAFF, &second, "not_reached")
            .await
            .status,
        200
    );
    assert!(inbox(&test, PROGRAMME_STAFF).await.is_empty());
    // Closed, nobody answers any more.
    test.clock.advance(7 * 86_400);
    assert!(inbox(&test, CASE_MANAGER).await.is_empty());
    assert_eq!(answer(&test, CASE_MANAGER, &first, "draft").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_ask_is_told_so_whoever_it_is_about() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    for about in [rosa(), nobody()] {
        // That a treatment programme asks would tell whom it treats.
        let refused = ask(&test, PROGRAMME_STAFF, &about, "TREAT", &WANTED).await;
        assert_eq!(refused.status, 403, "{}", refused.text());
        assert!(refused.text().contains("42 CFR part 2"), "{}", refused.text());
        // No agreement lets police ask in order to investigate, so none lets them ask for a consent to it.
        let police = ask(&test, OUTREACH_OFFICER, &about, "LE-INVEST", &["contact"]).await;
        assert_eq!(police.status, 403, "{}", police.text());
        // Nor does one let them have health records in order to help.
        let health = ask(&test, OUTREACH_OFFICER, &about, "LE-OUTREACH", &["medications"]).await;
        assert_eq!(health.status, 403, "{}", health.text());
        let outreach = ask(&test, OUTREACH_OFFICER, &about, "LE-OUTREACH", &["contact"]).await;
        assert_eq!(outreach.status, 202, "{}", outreach.text());
    }
    let path = "/v1/consent-requests";
    let client = json!({ "identity": rosa() });
    for (body, status) in [
        (
            json!({ "client": client, "purpose": "TREAT", "categories": [], "days": 9 }),
            400,
        ),
        (
            json!({ "client": client, "purpose": "TREAT", "categories": ["contact"], "days": 0 }),
            400,
        ),
        (
            json!({ "client": client, "purpose": "TREAT", "categories": ["contact"], "days": 366 }),
            400,
        ),
        (
            json!({ "client": client, "categories": ["contact"], "days": 9 }),
            400,
        ),
        (
            json!({ "purpose": "TREAT", "categories": ["contact"], "days": 9 }),
            400,
        ),
        (
            json!({ "client": client, "purpose": "TREAT", "categories": ["contact"], "days": 9, "why": "x" }),
            400,
        ),
    ] {
        let refused = test.clinician().post(path, &body).await;
        assert_eq!(refused.status.as_u16(), status, "{}", refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_asks_about_one_after_the_other() {
    let test = TestGateway::start().await;
    for _ in 0..30 {
        asked(&test, &nobody()).await;
    }
    let more = ask(&test, CLINICIAN, &nobody(), "TREAT", &WANTED).await;
    assert_eq!(more.status, 429, "{}", more.text());
    assert_eq!(more.json()["type"], "urn:assent:problem:too-many");
    // Others of the agency may, and the next day they too.
    let colleague = Staff {
        staff: "b-lund",
        ..CLINICIAN
    };
    assert_eq!(
        ask(&test, colleague, &nobody(), "TREAT", &WANTED).await.status,
        202
    );
    test.clock.advance(86_401);
    asked(&test, &nobody()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounting_lists_who_asked_for_those_who_were_shown_it_and_for_nobody_else() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    asked(&test, &rosa()).await;
    // The HMIS lead asks too: its own officer must not learn from it that somebody else has records.
    let hmis = ask(&test, CASE_MANAGER, &rosa(), "HOUSING-COORD", &["crisis_plan"]).await;
    assert_eq!(hmis.status, 202, "{}", hmis.text());
    let account = |agency: &'static str| {
        let test = &test;
        async move {
            let whose = json!({ "client": { "identity": rosa() } });
            let answer = test.auditor(agency).post("/v1/accountings", &whose).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.json()["requests"].as_array().unwrap().clone()
        }
    };
    assert!(
        account(cast::CEDAR_RECOVERY).await.is_empty(),
        "not shown to anybody yet"
    );
    let before = test.log_size().await;
    assert_eq!(inbox(&test, PROGRAMME_STAFF).await.len(), 1);
    assert_eq!(inbox(&test, PROGRAMME_STAFF).await.len(), 1);
    assert_eq!(
        test.kinds_from(before).await,
        [EntryKind::ConsentRead],
        "logged the first time"
    );
    let lines = account(cast::CEDAR_RECOVERY).await;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(
        (&lines[0]["asked_by"], &lines[0]["person"]),
        (&json!(cast::HARBOR_CRISIS), &json!("a-rivera"))
    );
    assert_eq!(lines[0]["purpose"], "TREAT");
    for other in [cast::RIVERTON_HMIS, cast::LAKESIDE_HOSPITAL] {
        assert!(account(other).await.is_empty(), "{other}");
    }
}
