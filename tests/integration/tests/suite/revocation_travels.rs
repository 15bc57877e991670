//! Revocation travels (42 CFR 2.31(a)(6), (c)): who received what rested on a consent is told that it ended, in a notice
//! that anybody can check and that says nothing else; and nobody hears of what did not go to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use consent::{Recorder, Revocation, RevocationScope};
use gateway_audit::ended::STATEMENT;
use gateway_audit::{ConsentEnded, EntryKind, VerifierKey};
use gateway_http::Answer;
use gateway_store::AgreementAction;
use gateway_synthetic::{CastMember, Staff, Town, agencies as cast};
use gateway_types::vocabulary::{RevocationForm, Role};
use gateway_types::{AgencyId, Clock as _, ConsentId, StaffId};
use serde_json::{Value, json};
use tests_support::{
    AGREEMENTS, CASE_MANAGER, CLINICIAN, OUTREACH_OFFICER, Outage, PROGRAMME_STAFF, TestGateway, change,
    elements, is_of_the_programme, named_terms, patient_key,
};

const HOSPITAL_CLINICIAN: Staff<'static> = Staff {
    agency: cast::LAKESIDE_HOSPITAL,
    staff: "r-hale",
    role: Role::Clinician,
    system: "lakeside-ehr",
};
const ASKED: [&str; 3] = ["medications", "conditions", "sud_treatment"];

/// An agreement by which the hospital's clinicians too see the programme's record, on the patient's consent.
async fn let_the_hospital_ask(test: &TestGateway) {
    let (_, text) = AGREEMENTS[0];
    let (text, _tests_inside) = text.split_once("[[test]]").unwrap();
    let (head, clause) = text.split_once("id       = \"3.2\"").unwrap();
    let clause = clause
        .replacen("to       = \"crisis\"", "to       = \"hospital\"", 1)
        .replacen(", \"psychologist\"]", "]", 1)
        .replacen("when     = [\"treating_relationship\"]\n", "", 1);
    let text = format!("{head}id       = \"3.2\"{clause}");
    let text = text.replacen("\"riverton-crisis-care\"", "\"riverton-hospital-care\"", 1);
    let stated = test.clock.now();
    change(&test.gateway, AgreementAction::Activate, &text, stated)
        .await
        .unwrap();
}

/// The notices that an agency's system is shown.
async fn notices(test: &TestGateway, agency: &str) -> Vec<Value> {
    test.settle().await;
    let answer = test
        .caller(Some(agency))
        .post_json("/v1/notices", &json!({}))
        .await
        .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["more"], false);
    answer.json()["notices"].as_array().unwrap().clone()
}

fn opened(test: &TestGateway, notice: &Value) -> ConsentEnded {
    let key: VerifierKey = test.gateway.log_key().parse().unwrap();
    let ended = ConsentEnded::open(notice["note"].as_str().unwrap(), &key).unwrap();
    assert_eq!(notice["notice"], ended.notice.to_string());
    ended
}

/// The disclosures about which an agency has a notice.
async fn told_about(test: &TestGateway, agency: &str) -> BTreeSet<String> {
    let notices = notices(test, agency).await;
    let ended: Vec<_> = notices.iter().map(|notice| opened(test, notice)).collect();
    assert!(ended.iter().all(|ended| ended.recipient.as_str() == agency));
    ended.iter().map(|ended| ended.disclosure.to_string()).collect()
}

fn event(answer: &Answer) -> String {
    answer.json()["receipt"]["event"].as_str().unwrap().to_owned()
}

/// Asks for what the programme has; the event of the answer, which has to hold something of it.
async fn received(test: &TestGateway, by: Staff<'_>) -> String {
    let answer = test.asker(by).ask(CastMember::Rosa, "TREAT", &ASKED).await;
    assert!(is_of_the_programme(&answer), "{}", answer.text());
    event(&answer)
}

async fn acknowledge(test: &TestGateway, agency: &str, notice: &str) -> Answer {
    let path = format!("/v1/notices/{notice}/acknowledge");
    let caller = test.caller(Some(agency));
    caller.post_json(&path, &json!({})).await.unwrap()
}

async fn told(test: &TestGateway, by: Staff<'_>, consent: &str) -> Answer {
    test.asker(by)
        .get(&format!("/v1/consents/{consent}/notices"))
        .await
}

/// A consent of Rosa's that names both who treat her in a crisis and the hospital.
async fn to_both(test: &TestGateway, town: &Town) -> String {
    let mut terms = named_terms();
    terms["recipients"] = json!({ "agencies": [cast::HARBOR_CRISIS, cast::LAKESIDE_HOSPITAL] });
    terms["expiry"] = json!({ "at": test.clock.now().plus_seconds(180 * 86_400).to_string() });
    recorded(
        test,
        &patient_key(town, cast::CEDAR_RECOVERY, CastMember::Rosa),
        &terms,
    )
    .await
}

async fn recorded(test: &TestGateway, key: &str, terms: &Value) -> String {
    let answer = test.record_consent(PROGRAMME_STAFF, key, terms).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["consent"].as_str().unwrap().to_owned()
}

async fn discharge(test: &TestGateway, key: &str, state: &str) {
    let word = json!({ "own_key": key, "event": "discharge", "state": state, "as_of": test.clock.now().to_string() });
    let heard = test
        .asker(PROGRAMME_STAFF)
        .post("/v1/consents/events", &word)
        .await;
    assert_eq!(heard.status, 200, "{}", heard.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_recipient_hears_of_its_own_disclosures_and_says_so() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let_the_hospital_ask(&test).await;
    // Before there was a consent, nothing of the programme went.
    test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await;
    let consent = to_both(&test, &town).await;
    let harbors = BTreeSet::from([received(&test, CLINICIAN).await, received(&test, CLINICIAN).await]);
    let lakesides = BTreeSet::from([received(&test, HOSPITAL_CLINICIAN).await]);
    // The police asked in vain, and of another client nothing went.
    test.outreach_officer()
        .ask(CastMember::Rosa, "LE-OUTREACH", &["contact"])
        .await;
    assert!(told_about(&test, cast::HARBOR_CRISIS).await.is_empty());
    let before = test.log_size().await;
    assert_eq!(test.revoke(PROGRAMME_STAFF, &consent).await.status, 200);
    assert_eq!(told_about(&test, cast::HARBOR_CRISIS).await, harbors);
    assert_eq!(told_about(&test, cast::LAKESIDE_HOSPITAL).await, lakesides);
    for other in [
        cast::RIVERTON_PD_OUTREACH,
        cast::RIVERTON_HMIS,
        cast::CEDAR_RECOVERY,
    ] {
        assert!(notices(&test, other).await.is_empty(), "{other}");
    }
    let mut kinds = vec![EntryKind::ConsentRevoked];
    kinds.extend([EntryKind::Notice; 3]);
    assert_eq!(test.kinds_from(before).await, kinds);
    // Another step of the same consent, and another start, tell nobody again.
    assert_eq!(test.revoke(PROGRAMME_STAFF, &consent).await.status, 200);
    assert_eq!(told_about(&test, cast::HARBOR_CRISIS).await, harbors);

    // The holder learns how many of its recipients have it; nobody else learns that there is anything.
    let list = told(&test, PROGRAMME_STAFF, &consent).await;
    assert_eq!(list.status, 200, "{}", list.text());
    let list = list.json()["recipients"].clone();
    let of = |agency: &str, list: &Value| {
        let rows = list.as_array().unwrap().iter();
        let mut rows = rows.filter(|row| row["recipient"] == agency);
        rows.next()
            .unwrap_or_else(|| panic!("{agency} in {list}"))
            .clone()
    };
    let harbor = of(cast::HARBOR_CRISIS, &list);
    assert_eq!(
        (&harbor["notices"], &harbor["acknowledged"]),
        (&json!(2), &json!(0))
    );
    assert!(harbor["waiting_since"].is_string());
    assert_eq!(of(cast::LAKESIDE_HOSPITAL, &list)["notices"], 1);
    assert_eq!(list.as_array().unwrap().len(), 2);
    for stranger in [CLINICIAN, OUTREACH_OFFICER, CASE_MANAGER, HOSPITAL_CLINICIAN] {
        let nobodys = told(&test, stranger, "00000000-0000-7000-8000-000000000000").await;
        let this = told(&test, stranger, &consent).await;
        assert_eq!((this.status.as_u16(), &this.body), (404, &nobodys.body));
    }

    // A notice is its recipient's alone. Acknowledged once or twice, it is acknowledged since the first time.
    let first = notices(&test, cast::HARBOR_CRISIS).await[0].clone();
    let id = first["notice"].as_str().unwrap();
    let unknown = acknowledge(&test, cast::LAKESIDE_HOSPITAL, &"0".repeat(32)).await;
    let anothers = acknowledge(&test, cast::LAKESIDE_HOSPITAL, id).await;
    assert_eq!((anothers.status.as_u16(), &anothers.body), (404, &unknown.body));
    let before = test.log_size().await;
    let once = acknowledge(&test, cast::HARBOR_CRISIS, id).await;
    assert_eq!(once.status, 200, "{}", once.text());
    test.clock.advance(60);
    let twice = acknowledge(&test, cast::HARBOR_CRISIS, id).await;
    assert_eq!(once.body, twice.body);
    assert_eq!(test.kinds_from(before).await, [EntryKind::Notice]);
    assert_eq!(notices(&test, cast::HARBOR_CRISIS).await.len(), 1);
    let list = told(&test, PROGRAMME_STAFF, &consent).await.json()["recipients"].clone();
    let harbor = of(cast::HARBOR_CRISIS, &list);
    assert_eq!(
        (&harbor["notices"], &harbor["acknowledged"]),
        (&json!(2), &json!(1))
    );

    // That it was made stands in the log, and the recipient can prove it.
    let proof = test
        .caller(None)
        .get(&format!("/v1/log/proofs/{id}"))
        .await
        .unwrap();
    assert_eq!(proof.status, 200, "{}", proof.text());
    let verification = test.verify().await;
    assert!(verification.is_intact(), "{verification}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_about_a_treatment_consent_reads_like_one_about_an_hmis_release() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let treatment = test.record_tpo(&town, CastMember::Rosa).await;
    let named = recorded(
        &test,
        &patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa),
        &named_terms(),
    )
    .await;
    discharge(
        &test,
        &patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa),
        "not_occurred",
    )
    .await;
    let release = test.record_release(&town, CastMember::Marcus).await;
    received(&test, CLINICIAN).await;
    let answer = test
        .outreach_officer()
        .ask(
            CastMember::Marcus,
            "LE-OUTREACH",
            &["contact", "case_manager_contact"],
        )
        .await;
    assert!(!elements(&answer).is_empty(), "{}", answer.text());
    assert_eq!(test.revoke(CASE_MANAGER, &release).await.status, 200);
    assert_eq!(test.revoke(PROGRAMME_STAFF, &treatment).await.status, 200);
    // One ends by being taken back, the other by an event.
    discharge(
        &test,
        &patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa),
        "occurred",
    )
    .await;
    let _ = named;

    let (harbors, polices) = (
        notices(&test, cast::HARBOR_CRISIS).await,
        notices(&test, cast::RIVERTON_PD_OUTREACH).await,
    );
    assert_eq!((harbors.len(), polices.len()), (1, 1), "{harbors:?} {polices:?}");
    let bare = |notice: &Value| {
        let ended = opened(&test, notice);
        let text = notice["note"].as_str().unwrap();
        let (text, _signature) = text.split_once("\n\n").unwrap();
        text.replace(&ended.notice.to_string(), "N")
            .replace(&ended.disclosure.to_string(), "D")
            .replace(ended.recipient.as_str(), "R")
    };
    assert_eq!(bare(&harbors[0]), bare(&polices[0]));
    let day = test.clock.now().date();
    let expected = format!(
        "assent consent-ended 1\nlog.test.example/assent\nnotice N\nrecipient R\ndisclosure D\nended {day}\n{STATEMENT}"
    );
    assert_eq!(bare(&harbors[0]), expected);
    let members = |notice: &Value| notice.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&harbors[0]), members(&polices[0]));
    for notice in harbors.iter().chain(&polices) {
        for word in [
            "art 2",
            "tpo",
            "hmis",
            "release",
            "revo",
            "discharge",
            "Rosa",
            "Marcus",
            "cedar",
            &treatment,
        ] {
            let text = notice.to_string().replace(cast::RIVERTON_PD_OUTREACH, "");
            assert!(!text.contains(word), "`{word}` in {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partial_revocation_is_told_to_those_it_is_against() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let_the_hospital_ask(&test).await;
    let consent = to_both(&test, &town).await;
    received(&test, CLINICIAN).await;
    let lakesides = received(&test, HOSPITAL_CLINICIAN).await;
    let partial = json!({
        "at": test.clock.now().to_string(), "form": "oral",
        "scope": { "recipients": [cast::LAKESIDE_HOSPITAL] },
    });
    let path = format!("/v1/consents/{consent}/revocations");
    let answer = test.asker(PROGRAMME_STAFF).post(&path, &partial).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        told_about(&test, cast::LAKESIDE_HOSPITAL).await,
        BTreeSet::from([lakesides])
    );
    assert!(told_about(&test, cast::HARBOR_CRISIS).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_still_rests_on_another_consent_is_told_when_that_one_ends() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let general = test.record_tpo(&town, CastMember::Rosa).await;
    let named = recorded(&test, &key, &named_terms()).await;
    discharge(&test, &key, "not_occurred").await;
    let disclosure = received(&test, CLINICIAN).await;
    for (consent, left) in [(&general, 0), (&named, 1)] {
        assert_eq!(test.revoke(PROGRAMME_STAFF, consent).await.status, 200);
        assert_eq!(notices(&test, cast::HARBOR_CRISIS).await.len(), left);
    }
    assert_eq!(
        told_about(&test, cast::HARBOR_CRISIS).await,
        BTreeSet::from([disclosure])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_that_lets_as_much_happen_is_told_to_nobody_and_a_narrower_one_is() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let first = test.record_tpo(&town, CastMember::Rosa).await;
    let disclosure = received(&test, CLINICIAN).await;
    // Signed at the same moment it would be the same form.
    test.clock.advance(1);
    let second = test.record_tpo(&town, CastMember::Rosa).await;
    let supersede = |of: &str, by: &str, body: Value| {
        let path = format!("/v1/consents/{of}/steps");
        let mut step = json!({ "superseded_by": { "consent": by } });
        step["superseded_by"]
            .as_object_mut()
            .unwrap()
            .extend(body.as_object().unwrap().clone());
        let staff = test.asker(PROGRAMME_STAFF);
        async move {
            let answer = staff.post(&path, &step).await;
            assert_eq!(answer.json()["status"], "superseded", "{}", answer.text());
        }
    };
    supersede(&first, &second, json!({})).await;
    assert!(told_about(&test, cast::HARBOR_CRISIS).await.is_empty());
    let mut narrow = tests_support::tpo_terms();
    narrow["categories"] = json!({ "only": ["encounters"] });
    let third = recorded(&test, &key, &narrow).await;
    supersede(&second, &third, json!({ "narrows": true })).await;
    assert_eq!(
        told_about(&test, cast::HARBOR_CRISIS).await,
        BTreeSet::from([disclosure])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hears_of_an_answer_that_did_not_go() {
    let test = Arc::new(TestGateway::start().await);
    let town = test.take_in_town(60).await;
    let_the_hospital_ask(&test).await;
    let consent = to_both(&test, &town).await;
    let before = received(&test, CLINICIAN).await;
    test.settle().await;
    let hospital = test.asker(HOSPITAL_CLINICIAN);
    let asking = async move { hospital.ask(CastMember::Rosa, "TREAT", &ASKED).await };
    let answer = test.revoke_while(&consent, asking).await;
    assert!(!is_of_the_programme(&answer), "{}", answer.text());
    test.settle().await;
    // What was on its way when it was taken back is looked at again when that is settled.
    test.clock.advance(120);
    test.gateway.file_notices().await.unwrap();
    assert_eq!(
        told_about(&test, cast::HARBOR_CRISIS).await,
        BTreeSet::from([before])
    );
    assert!(told_about(&test, cast::LAKESIDE_HOSPITAL).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_revocation_and_notice_loses_none_and_doubles_none() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    let disclosure = received(&test, CLINICIAN).await;
    test.settle().await;
    // The revocation reaches the store, and nothing comes after it.
    let id = ConsentId::from_uuid(consent.parse().unwrap());
    let stored = test.records.consent(id).await.unwrap().unwrap();
    let by = Recorder {
        agency: AgencyId::new(cast::CEDAR_RECOVERY).unwrap(),
        staff: StaffId::new("m-okafor").unwrap(),
    };
    let now = test.clock.now();
    let word = Revocation {
        at: now,
        form: RevocationForm::Oral,
        scope: RevocationScope::Whole,
    };
    let revoked = stored.consent.revoke(word, by, now).unwrap();
    test.records.record_consent(&revoked, 2, now).await.unwrap();
    // While the log takes nothing no notice is given out.
    test.audit.set(Outage::Appends);
    assert!(test.gateway.file_notices().await.is_err());
    assert!(notices(&test, cast::HARBOR_CRISIS).await.is_empty());
    // The entry is written, its answer lost: the notice is not on file, its entry is in the log.
    test.audit.set(Outage::AnswersToAppends);
    while test.gateway.file_notices().await.is_err()
        && test
            .log_from(0)
            .await
            .iter()
            .all(|entry| entry.kind != EntryKind::Notice.number())
    {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(notices(&test, cast::HARBOR_CRISIS).await.is_empty());
    test.audit.set(Outage::None);
    let mut folder = test.stop().await;
    for _ in 0..2 {
        let again = TestGateway::start_in(folder, Default::default()).await;
        let told = told_about(&again, cast::HARBOR_CRISIS).await;
        assert_eq!(told, BTreeSet::from([disclosure.clone()]));
        let entries = again.log_from(0).await;
        let of_notices = entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Notice.number());
        assert_eq!(of_notices.count(), 1);
        let verification = again.verify().await;
        assert!(verification.is_intact(), "{verification}");
        folder = again.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_notices_are_listed_page_by_page() {
    let test = Arc::new(TestGateway::start().await);
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..103 {
        let test = Arc::clone(&test);
        asking.spawn(async move { received(&test, CLINICIAN).await });
    }
    let mut events = BTreeSet::new();
    while let Some(event) = asking.join_next().await {
        events.insert(event.unwrap());
    }
    test.settle().await;
    assert_eq!(test.revoke(PROGRAMME_STAFF, &consent).await.status, 200);
    test.settle().await;
    let (mut after, mut seen, mut pages) = (json!({}), BTreeSet::new(), Vec::new());
    loop {
        let caller = test.caller(Some(cast::HARBOR_CRISIS));
        let page = caller.post_json("/v1/notices", &after).await.unwrap().json();
        let notices = page["notices"].as_array().unwrap();
        pages.push(notices.len());
        seen.extend(
            notices
                .iter()
                .map(|notice| opened(&test, notice).disclosure.to_string()),
        );
        if page["more"] == false {
            break;
        }
        after = json!({ "after": notices.last().unwrap()["notice"] });
    }
    assert_eq!(pages, [100, 3]);
    assert_eq!(seen, events);
}
