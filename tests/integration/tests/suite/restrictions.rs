//! What clients ask to be kept back (45 CFR 164.522(a), 42 CFR 2.26): kept back end to end once agreed, whatever else
//! would let it go; broken by an emergency alone; ended by whom the law lets end it.

use std::sync::Arc;

use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_store::AgreementAction;
use gateway_synthetic::{CastMember, Staff, Town, agencies as cast};
use gateway_types::registry::Agency;
use gateway_types::vocabulary::{AgencyFlag, AgencyKind, Role};
use gateway_types::{AgencyId, Clock as _, RestrictionId, StaffId};
use serde_json::{Value, json};
use tests_support::{
    Asker, CASE_MANAGER, CLINICIAN, OUTREACH_OFFICER, PROGRAMME_STAFF, TestGateway, change, elements,
    patient_key,
};

const WANTED: [&str; 3] = ["medications", "conditions", "sud_treatment"];

/// Who answers for the hospital's records.
const HOSPITAL_STAFF: Staff<'_> = Staff {
    agency: cast::LAKESIDE_HOSPITAL,
    staff: "r-hale",
    role: Role::Clinician,
    system: "lakeside-ehr",
};

async fn ask_for(test: &TestGateway, by: Staff<'_>, key: &str, wish: Value) -> Value {
    let asked = json!({ "own_key": key, "wish": wish });
    let answer = test.asker(by).post("/v1/restrictions", &asked).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

async fn step(test: &TestGateway, by: Staff<'_>, restriction: &Value, step: Value) -> Answer {
    let id = restriction["restriction"].as_str().unwrap();
    let path = format!("/v1/restrictions/{id}/steps");
    test.asker(by).post(&path, &step).await
}

async fn stepped(test: &TestGateway, by: Staff<'_>, restriction: &Value, taken: Value) -> Value {
    let answer = step(test, by, restriction, taken).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["status"].clone()
}

/// The categories that the clinician gets of an agency's records.
async fn seen(test: &TestGateway, source: &str) -> Vec<String> {
    of(
        &test.clinician().ask(CastMember::Rosa, "TREAT", &WANTED).await,
        source,
    )
}

fn of(answer: &Answer, source: &str) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut categories: Vec<String> = elements(answer)
        .iter()
        .filter(|element| element["source"] == source)
        .map(|element| element["category"].as_str().unwrap().to_owned())
        .collect();
    categories.sort_unstable();
    categories.dedup();
    categories
}

fn everything_from(whom: Value) -> Value {
    json!({ "withhold": { "categories": "all", "from": whom } })
}

fn cedar_key(town: &Town) -> String {
    patient_key(town, cast::CEDAR_RECOVERY, CastMember::Rosa)
}

#[tokio::test(flavor = "multi_thread")]
async fn once_agreed_it_withholds_what_a_consent_lets_go_until_the_client_ends_it() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let before = seen(&test, cast::CEDAR_RECOVERY).await;
    assert!(before.contains(&"medications".to_owned()) && before.len() > 1);
    let at_the_hospital = seen(&test, cast::LAKESIDE_HOSPITAL).await;

    test.settle().await;
    let from = test.log_size().await;
    let wish = json!({ "withhold": { "categories": { "only": ["medications"] }, "from": "everybody" } });
    let asked = ask_for(&test, PROGRAMME_STAFF, &cedar_key(&town), wish).await;
    assert_eq!(asked["status"], "requested");
    assert_eq!(
        seen(&test, cast::CEDAR_RECOVERY).await,
        before,
        "nobody agreed yet"
    );
    let agreed = stepped(&test, PROGRAMME_STAFF, &asked, json!({ "agree": {} })).await;
    assert_eq!(agreed, "in_force");
    let rest: Vec<_> = before
        .iter()
        .filter(|category| *category != "medications")
        .cloned()
        .collect();
    assert_eq!(seen(&test, cast::CEDAR_RECOVERY).await, rest);
    assert_eq!(
        seen(&test, cast::LAKESIDE_HOSPITAL).await,
        at_the_hospital,
        "another agency's records are not its to keep back"
    );
    let kinds = test.kinds_from(from).await;
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == EntryKind::Restriction)
            .count(),
        2
    );

    // A consent signed afterwards that names the recipient changes nothing.
    let terms = json!({
        "kind": "named",
        "discloser": { "agencies": [cast::CEDAR_RECOVERY] },
        "recipients": { "agencies": [cast::HARBOR_CRISIS] },
        "purposes": ["TREAT"],
        "categories": { "only": ["sud_treatment", "medications", "conditions"] },
        "expiry": { "at": test.clock.now().plus_seconds(86_400).to_string() },
        "statements": [
            "part2_right_to_revoke", "part2_redisclosure_by_hipaa_holders",
            "part2_redisclosure_potential", "part2_refusal_consequences",
        ],
    });
    let named = test
        .record_consent(PROGRAMME_STAFF, &cedar_key(&town), &terms)
        .await;
    assert_eq!(named.json()["status"], "active", "{}", named.text());
    assert_eq!(seen(&test, cast::CEDAR_RECOVERY).await, rest);
    // Nor does the hook promise the holder otherwise.
    let id = named.json()["consent"].as_str().unwrap().to_owned();
    let preview = test
        .asker(PROGRAMME_STAFF)
        .get(&format!("/v1/consents/{id}/preview"))
        .await;
    assert_eq!(preview.status, 200);
    assert!(
        !preview.json()["shares"].to_string().contains("medications"),
        "{}",
        preview.text()
    );

    let ended = json!({ "end_by_client": { "how": "orally_documented" } });
    assert_eq!(
        stepped(&test, PROGRAMME_STAFF, &asked, ended).await,
        "ended_by_client"
    );
    assert_eq!(seen(&test, cast::CEDAR_RECOVERY).await, before);
    test.settle().await;
    assert!(test.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_against_those_it_names_and_from_the_second_it_was_agreed_for() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let before = seen(&test, cast::CEDAR_RECOVERY).await;
    let key = cedar_key(&town);
    let of_others = everything_from(json!({ "only": [cast::RIVERTON_HMIS] }));
    let asked = ask_for(&test, PROGRAMME_STAFF, &key, of_others).await;
    stepped(&test, PROGRAMME_STAFF, &asked, json!({ "agree": {} })).await;
    assert_eq!(
        seen(&test, cast::CEDAR_RECOVERY).await,
        before,
        "it names somebody else"
    );

    let of_ours = everything_from(json!({ "only": [cast::HARBOR_CRISIS] }));
    let asked = ask_for(&test, PROGRAMME_STAFF, &key, of_ours).await;
    let start = test.clock.now().plus_seconds(60).to_string();
    let agree = json!({ "agree": { "from": start } });
    assert_eq!(stepped(&test, PROGRAMME_STAFF, &asked, agree).await, "agreed");
    test.clock.advance(59);
    assert_eq!(seen(&test, cast::CEDAR_RECOVERY).await, before);
    test.clock.advance(1);
    assert!(seen(&test, cast::CEDAR_RECOVERY).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_breaks_it_for_what_is_needed_and_asks_that_it_go_no_further() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let asked = ask_for(
        &test,
        PROGRAMME_STAFF,
        &cedar_key(&town),
        everything_from(json!("everybody")),
    )
    .await;
    stepped(&test, PROGRAMME_STAFF, &asked, json!({ "agree": {} })).await;
    let nurse: Asker = test.asker(Staff {
        staff: "m-nurse",
        role: Role::Nurse,
        ..CLINICIAN
    });
    let question = json!({
        "client": { "identity": CastMember::Rosa.person().identity() },
        "purpose": "ETREAT",
        "categories": ["medications", "conditions"],
        "attested": { "emergency": {
            "immediate_treatment_needed": true,
            "nature": "found unresponsive, slow breathing",
            "consent_unobtainable": "unconscious, nobody with them",
            "client_able_to_consent": false,
            "client_refused": false,
            "representative_available": false,
            "needed_categories": ["medications"],
        } },
    });
    let answer = nurse.post("/v1/disclosures", &question).await;
    assert_eq!(of(&answer, cast::CEDAR_RECOVERY), ["medications"]);
    let notices = answer.json()["disclosure"]["notices"].as_array().unwrap().clone();
    assert!(
        notices
            .iter()
            .any(|notice| notice["notice"] == "restriction_request"),
        "{notices:?}"
    );
}

/// A bundle with one prescription for Rosa, written on this day.
fn prescription(key: &str, day: &str) -> Vec<u8> {
    let born = CastMember::Rosa.person().birth_date.to_string();
    let patient = json!({
        "resourceType": "Patient", "id": key, "birthDate": born,
        "name": [{ "family": CastMember::Rosa.person().last_name, "given": [CastMember::Rosa.person().first_name] }],
    });
    let prescribed = json!({
        "resourceType": "MedicationRequest", "id": "after-the-end", "status": "active", "intent": "order",
        "medicationCodeableConcept": { "text": "loratadine 10 mg" },
        "subject": { "reference": format!("Patient/{key}") }, "authoredOn": day,
    });
    let entry = |resource: &Value| json!({ "resource": resource });
    json!({ "resourceType": "Bundle", "type": "collection", "entry": [entry(&patient), entry(&prescribed)] })
        .to_string()
        .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_ends_it_frees_only_what_comes_after_its_word() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::LAKESIDE_HOSPITAL, CastMember::Rosa);
    assert!(!seen(&test, cast::LAKESIDE_HOSPITAL).await.is_empty());
    let asked = ask_for(&test, HOSPITAL_STAFF, &key, everything_from(json!("everybody"))).await;
    stepped(&test, HOSPITAL_STAFF, &asked, json!({ "agree": {} })).await;
    assert!(seen(&test, cast::LAKESIDE_HOSPITAL).await.is_empty());

    let later = test.clock.now().plus_seconds(60).to_string();
    let untold = step(
        &test,
        HOSPITAL_STAFF,
        &asked,
        json!({ "end_by_agency": { "informed": later } }),
    )
    .await;
    assert_eq!(untold.status, 422, "{}", untold.text());
    let informed = test.clock.now();
    let told = json!({ "end_by_agency": { "informed": informed.to_string() } });
    assert_eq!(
        stepped(&test, HOSPITAL_STAFF, &asked, told).await,
        "ended_by_agency"
    );
    assert!(
        seen(&test, cast::LAKESIDE_HOSPITAL).await.is_empty(),
        "it binds on for what there was"
    );

    test.clock.advance(3 * 86_400);
    let old = informed.date().to_string();
    let pushed = test
        .push(
            cast::LAKESIDE_HOSPITAL,
            "fhir",
            "application/fhir+json",
            prescription(&key, &old),
        )
        .await;
    assert_eq!(pushed["state"], "published", "{pushed}");
    assert!(
        seen(&test, cast::LAKESIDE_HOSPITAL).await.is_empty(),
        "an earlier record that comes late"
    );
    let new = test.clock.now().date().plus_days(-1).unwrap().to_string();
    let pushed = test
        .push(
            cast::LAKESIDE_HOSPITAL,
            "fhir",
            "application/fhir+json",
            prescription(&key, &new),
        )
        .await;
    assert_eq!(pushed["state"], "published", "{pushed}");
    let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &WANTED).await;
    assert_eq!(of(&answer, cast::LAKESIDE_HOSPITAL), ["medications"]);
    assert!(answer.text().contains("loratadine"), "{}", answer.text());
    assert_eq!(
        elements(&answer)
            .iter()
            .filter(|element| element["source"] == cast::LAKESIDE_HOSPITAL)
            .count(),
        1
    );
}

/// An agreement under which a health plan gets what the hospital bills it for.
const PLAN_AGREEMENT: &str = r#"#:schema mou.schema.json
format    = "mou/1"
id        = "prairie-payment"
version   = "1.0.0"
title     = "Prairie Health Plan payment agreement"
status    = "active"
effective = 2025-01-01
review_by = 2027-01-01
instruments = ["OTHER"]

[[party]]
key    = "plan"
agency = "prairie-plan"
name   = "Prairie Health Plan"
kind   = "health_plan"
roles  = ["claims_reviewer"]

[[party]]
key    = "hospital"
agency = "lakeside-hospital"
name   = "Lakeside Hospital"
kind   = "hospital"
roles  = ["clinician", "physician", "nurse"]

[[signature]]
party = "plan"
name  = "Osric Vane"
title = "Chief Executive Officer"
on    = 2024-12-09

[[signature]]
party = "hospital"
name  = "Tomas Wrenfield"
title = "Chief Medical Officer"
on    = 2024-12-10

[[clause]]
id       = "2.1"
text     = "The plan sees what the hospital bills it for."
from     = "hospital"
to       = "plan"
roles    = ["claims_reviewer"]
purposes = ["HPAYMT"]
share    = ["encounters", "conditions", "claims"]
consent  = "not_required"
basis    = "45 CFR 164.506(c)(3)"

[redisclosure]
default = "prohibited"

[[test]]
name   = "the plan sees encounters for payment"
given  = { as = "plan.claims_reviewer", from = "hospital", purpose = "HPAYMT", on = 2026-03-01 }
expect = { visible = ["encounters"], hidden = ["medications"] }

[[test]]
name   = "and nothing for treatment"
given  = { as = "plan.claims_reviewer", from = "hospital", purpose = "TREAT", on = 2026-03-01 }
expect = { hidden = ["*"] }
"#;

async fn with_a_health_plan(test: &TestGateway) {
    let hospital = test
        .agencies
        .iter()
        .find(|agency| agency.id.as_str() == cast::LAKESIDE_HOSPITAL)
        .unwrap();
    let mut system = hospital.systems[0].clone();
    system.id = "prairie-claims".parse().unwrap();
    let plan = Agency {
        id: AgencyId::new("prairie-plan").unwrap(),
        name: "Prairie Health Plan".to_owned(),
        kind: AgencyKind::HealthPlan,
        flags: [AgencyFlag::HipaaCoveredEntity].into_iter().collect(),
        roles: [Role::ClaimsReviewer].into_iter().collect(),
        systems: vec![system],
        programmes: Vec::new(),
        default_programme: None,
        token_keys: Vec::new(),
        ..hospital.clone()
    };
    let by = [
        StaffId::new("test-operator").unwrap(),
        StaffId::new("test-approver").unwrap(),
    ];
    test.gateway.enter_agency(&plan, &by).await.unwrap();
    change(
        &test.gateway,
        AgreementAction::Activate,
        PLAN_AGREEMENT,
        test.clock.now(),
    )
    .await
    .unwrap();
}

/// What the hospital may bill the plan for, as the hook tells it.
async fn billable(test: &TestGateway, key: &str) -> Value {
    use consent::fhir::names;
    let call = json!({
        "hook": "patient-consent-consult",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "patientId": [{ "system": names::OWN_KEY, "value": key }],
            "scope": "patient-privacy",
            "purposeOfUse": "HPAYMT",
            "actor": [{ "system": names::AGENCY, "value": "prairie-plan" }],
        },
    });
    let answer = test
        .asker(HOSPITAL_STAFF)
        .post("/cds-services/patient-consent-consult", &call)
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["cards"][0]["extension"]["decision"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_client_paid_for_in_full_is_kept_from_the_health_plan_without_anybody_agreeing() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    with_a_health_plan(&test).await;
    let key = patient_key(&town, cast::LAKESIDE_HOSPITAL, CastMember::Rosa);
    assert_eq!(billable(&test, &key).await, "CONSENT_PERMIT");
    let treated = seen(&test, cast::LAKESIDE_HOSPITAL).await;
    let paid = |first: &str, last: &str| json!({ "self_paid": { "categories": "all", "first_day": first, "last_day": last } });
    let elsewhere = ask_for(&test, HOSPITAL_STAFF, &key, paid("1990-01-01", "1990-01-02")).await;
    assert_eq!(elsewhere["status"], "in_force");
    assert_eq!(
        billable(&test, &key).await,
        "CONSENT_PERMIT",
        "other days' services"
    );
    let asked = ask_for(&test, HOSPITAL_STAFF, &key, paid("1990-01-01", "2100-01-01")).await;
    assert_eq!(asked["status"], "in_force");
    assert_eq!(billable(&test, &key).await, "CONSENT_DENY");
    assert_eq!(
        seen(&test, cast::LAKESIDE_HOSPITAL).await,
        treated,
        "treatment is not payment"
    );
    for barred in [
        json!({ "refuse": { "why": "free_to_refuse" } }),
        json!({ "end_by_agency": { "informed": test.clock.now().to_string() } }),
    ] {
        let answer = step(&test, HOSPITAL_STAFF, &asked, barred).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(answer.text().contains("164.522(a)(1)(vi)"), "{}", answer.text());
    }
    assert_eq!(billable(&test, &key).await, "CONSENT_DENY");
    let unpaid = json!({ "refuse": { "why": "not_paid_in_full" } });
    assert_eq!(stepped(&test, HOSPITAL_STAFF, &asked, unpaid).await, "refused");
    assert_eq!(billable(&test, &key).await, "CONSENT_PERMIT");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_the_affair_of_the_agency_that_was_asked_alone() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = cedar_key(&town);
    let asked = ask_for(&test, PROGRAMME_STAFF, &key, everything_from(json!("everybody"))).await;
    let path = format!("/v1/restrictions/{}", asked["restriction"].as_str().unwrap());
    let listed = test
        .asker(PROGRAMME_STAFF)
        .post("/v1/restrictions/list", &json!({ "own_key": key }))
        .await;
    assert_eq!(listed.json()["restrictions"], json!([asked]), "{}", listed.text());
    assert_eq!(test.asker(PROGRAMME_STAFF).get(&path).await.json(), asked);
    let nobodys = test
        .asker(CLINICIAN)
        .get("/v1/restrictions/00000000-0000-7000-8000-000000000000")
        .await;
    assert_eq!(nobodys.status, 404);
    for stranger in [CLINICIAN, OUTREACH_OFFICER, CASE_MANAGER] {
        let look = test.asker(stranger).get(&path).await;
        assert_eq!((look.status.as_u16(), &look.body), (404, &nobodys.body));
        let taken = step(&test, stranger, &asked, json!({ "agree": {} })).await;
        assert_eq!((taken.status.as_u16(), &taken.body), (404, &nobodys.body));
    }
    // Another agency's key names nobody here, and an own client of whom others keep something back has nothing listed.
    let lakeside = patient_key(&town, cast::LAKESIDE_HOSPITAL, CastMember::Rosa);
    let own = test
        .asker(HOSPITAL_STAFF)
        .post("/v1/restrictions/list", &json!({ "own_key": lakeside }))
        .await;
    assert_eq!(own.json(), json!({ "restrictions": [] }), "{}", own.text());
    let foreign = json!({ "own_key": key, "wish": everything_from(json!("everybody")) });
    let refused = test.asker(CASE_MANAGER).post("/v1/restrictions", &foreign).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let empty = json!({ "own_key": key, "wish": everything_from(json!({ "only": [] })) });
    let refused = test.asker(PROGRAMME_STAFF).post("/v1/restrictions", &empty).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_back_while_its_entry_is_written_is_not_released() {
    let test = Arc::new(TestGateway::start().await);
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let key = cedar_key(&town);
    let asked = ask_for(&test, PROGRAMME_STAFF, &key, everything_from(json!("everybody"))).await;
    let id: RestrictionId = asked["restriction"].as_str().unwrap().parse().unwrap();
    assert!(!seen(&test, cast::CEDAR_RECOVERY).await.is_empty());
    test.settle().await;
    let held = test.audit.hold().await;
    let asking = tokio::spawn({
        let test = Arc::clone(&test);
        async move { seen(&test, cast::CEDAR_RECOVERY).await }
    });
    while test.audit.under_way() == 0 {
        tokio::task::yield_now().await;
    }
    let agreeing = tokio::spawn({
        let test = Arc::clone(&test);
        async move { stepped(&test, PROGRAMME_STAFF, &asked, json!({ "agree": {} })).await }
    });
    while test
        .records
        .restriction(id)
        .await
        .unwrap()
        .unwrap()
        .version()
        .number()
        == 1
    {
        tokio::task::yield_now().await;
    }
    drop(held);
    assert!(asking.await.unwrap().is_empty());
    assert_eq!(agreeing.await.unwrap(), "in_force");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_down_by_mistake_keeps_nothing_back_and_stands_in_the_log() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::LAKESIDE_HOSPITAL, CastMember::Rosa);
    let before = seen(&test, cast::LAKESIDE_HOSPITAL).await;
    assert!(!before.is_empty());
    let restriction = ask_for(&test, HOSPITAL_STAFF, &key, everything_from(json!("everybody"))).await;
    let agree = json!({ "agree": {} });
    assert_eq!(
        stepped(&test, HOSPITAL_STAFF, &restriction, agree).await,
        "in_force"
    );
    assert!(seen(&test, cast::LAKESIDE_HOSPITAL).await.is_empty());

    let mistake = json!({ "enter_in_error": { "why": "wrong_client" } });
    let others = step(&test, CASE_MANAGER, &restriction, mistake.clone()).await;
    assert_eq!(others.status, 404);
    test.settle().await;
    let log = test.log_size().await;
    assert_eq!(
        stepped(&test, HOSPITAL_STAFF, &restriction, mistake.clone()).await,
        "entered_in_error"
    );
    assert_eq!(test.kinds_from(log).await, [EntryKind::Restriction]);
    assert_eq!(seen(&test, cast::LAKESIDE_HOSPITAL).await, before);
    assert_eq!(
        step(&test, HOSPITAL_STAFF, &restriction, mistake).await.status,
        422
    );
}
