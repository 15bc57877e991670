//! The CDS Hook `patient-consent-consult`: it distinguishes for the holder of a record about its own record, and for
//! nobody else.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use consent::fhir::names;
use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use gateway_types::vocabulary::Response;
use serde_json::{Value, json};
use tests_support::{
    CASE_MANAGER, CLINICIAN, OUTREACH_OFFICER, PROGRAMME_STAFF, TestGateway, elements, patient_key, tpo_terms,
};

const HOOK: &str = "/cds-services/patient-consent-consult";
const NEUTRAL: &str = r#"{"cards":[{"summary":"NO_CONSENT","detail":"No applicable consent was found.","indicator":"warning","source":{"label":"Assent","url":"https://assent.example/fhir"},"extension":{"decision":"NO_CONSENT","obligations":[]}}]}"#;

fn call(key: &str, agency: &str, purpose: &str) -> Value {
    json!({
        "hook": "patient-consent-consult",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "patientId": [{ "system": "http://hl7.org/fhir/sid/us-medicare", "value": "0000-000-0000" },
                          { "system": names::OWN_KEY, "value": key }],
            "scope": "patient-privacy",
            "purposeOfUse": purpose,
            "actor": [{ "system": names::AGENCY, "value": agency }],
        },
    })
}

/// The same about the crisis clinician at the tablet, who treats the client, as the asker says.
fn for_the_clinician(key: &str, purpose: &str) -> Value {
    let mut call = call(key, cast::HARBOR_CRISIS, purpose);
    call["context"]["actor"] = json!([
        { "system": names::STAFF, "value": format!("{}/{}", CLINICIAN.agency, CLINICIAN.staff) },
        { "system": names::ROLE, "value": "clinician" },
        { "system": names::SYSTEM, "value": CLINICIAN.system },
    ]);
    call["context"]["treatsClient"] = json!(true);
    call
}

fn decision(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let cards = answer.json()["cards"].as_array().unwrap().clone();
    assert_eq!(cards.len(), 1);
    assert_eq!(cards[0]["summary"], cards[0]["extension"]["decision"]);
    cards[0]["extension"].clone()
}

/// What the obligation to redact leaves.
fn left(extension: &Value) -> BTreeSet<String> {
    let redact = &extension["obligations"][0];
    assert_eq!(redact["id"]["code"], "REDACT", "{extension:#}");
    let codes = redact["parameters"]["exceptAnyOfCodes"]
        .as_array()
        .unwrap()
        .iter();
    codes
        .map(|code| {
            assert_eq!(code["system"], names::CATEGORY);
            code["code"].as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_treats_the_client_elsewhere_is_not_told() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let recorded = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(recorded.json()["status"], "active", "{}", recorded.text());
    // She is treated there, and gets care on this consent.
    let released = test
        .clinician()
        .ask(CastMember::Rosa, "TREAT", &["medications"])
        .await;
    assert!(
        elements(&released)
            .iter()
            .any(|element| element["source"] == cast::CEDAR_RECOVERY)
    );
    let asker = test.asker(PROGRAMME_STAFF);
    let mut asked = for_the_clinician(&key, "TREAT");
    assert_eq!(
        decision(&asker.post(HOOK, &asked).await)["decision"],
        "CONSENT_PERMIT"
    );
    asked["context"]["treatsClient"] = json!(false);
    assert_eq!(
        decision(&asker.post(HOOK, &asked).await)["decision"],
        "CONSENT_DENY"
    );
    asked["context"].as_object_mut().unwrap().remove("treatsClient");
    assert_eq!(
        decision(&asker.post(HOOK, &asked).await)["decision"],
        "CONSENT_DENY"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_found() {
    let test = TestGateway::start().await;
    let found = test.caller(None).get("/cds-services").await.unwrap();
    assert_eq!(found.status, 200);
    let service = &found.json()["services"][0];
    assert_eq!(
        (&service["id"], &service["hook"]),
        (
            &json!("patient-consent-consult"),
            &json!("patient-consent-consult")
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_is_told_what_is_then_released_and_the_question_is_logged() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let staff = test.asker(PROGRAMME_STAFF);
    let question = for_the_clinician(&key, "TREAT");
    assert_eq!(
        decision(&staff.post(HOOK, &question).await)["decision"],
        "CONSENT_DENY"
    );

    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    test.settle().await;
    let before = test.log_size().await;
    let answer = staff.post(HOOK, &question).await;
    let permit = decision(&answer);
    assert_eq!(permit["decision"], "CONSENT_PERMIT", "{permit:#}");
    assert_eq!(permit["basedOn"], format!("Consent/{consent}"));
    assert!(!answer.text().contains("Rosa") && !answer.text().contains(&key));
    assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRead]);
    let client = test.client_of(cast::CEDAR_RECOVERY, &key).await;
    let detail = test.detail(&test.log_from(before).await[0], client).await;
    assert_eq!(detail.response, Some(Response::Ok));
    assert_eq!(detail.client, client);
    assert_eq!(detail.consents[0].id.to_string(), consent);
    assert_eq!(detail.audience[0].agency.as_str(), cast::HARBOR_CRISIS);

    // The engine says to the clinician's own question what it said of it.
    let wanted = [
        "medications",
        "conditions",
        "sud_treatment",
        "encounters",
        "enrollment",
        "demographics",
        "contact",
    ];
    let asked = test.clinician().ask(CastMember::Rosa, "TREAT", &wanted).await;
    let released: BTreeSet<String> = elements(&asked)
        .iter()
        .filter(|element| element["source"] == cast::CEDAR_RECOVERY)
        .map(|element| element["category"].as_str().unwrap().to_owned())
        .collect();
    assert!(!released.is_empty());
    let promised: BTreeSet<String> = left(&permit)
        .into_iter()
        .filter(|word| wanted.contains(&word.as_str()))
        .collect();
    assert_eq!(promised, released);
    let marked = permit["obligations"].as_array().unwrap().iter();
    let codes: Vec<&str> = marked
        .map(|obligation| obligation["id"]["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&"RedisclosureProhibitionMark"), "{codes:?}");

    // Asked about one class only.
    let mut narrower = question.clone();
    narrower["context"]["class"] =
        json!([{ "system": "http://hl7.org/fhir/resource-types", "code": "MedicationRequest" }]);
    assert_eq!(
        left(&decision(&staff.post(HOOK, &narrower).await)),
        ["medications".to_owned()].into()
    );
    // In the older shape of LEAP-CDS: one patient, one actor.
    let mut older = call(&key, cast::RIVERTON_PD_OUTREACH, "LE-OUTREACH");
    older["context"]["patientId"] = older["context"]["patientId"][1].clone();
    older["context"]["actor"] = older["context"]["actor"][0].clone();
    assert_eq!(
        decision(&staff.post(HOOK, &older).await)["decision"],
        "CONSENT_DENY"
    );
    // Everybody of the agency, on every system it has: only what each of them would get.
    let anybody = decision(&staff.post(HOOK, &call(&key, cast::HARBOR_CRISIS, "TREAT")).await);
    if anybody["decision"] == "CONSENT_PERMIT" {
        assert!(left(&anybody).is_subset(&left(&permit)));
    }

    test.revoke(PROGRAMME_STAFF, &consent).await;
    assert_eq!(
        decision(&staff.post(HOOK, &question).await)["decision"],
        "CONSENT_DENY"
    );
    test.settle().await;
    assert!(test.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_else_gets_the_neutral_answer_to_the_byte() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    test.record_tpo(&town, CastMember::Rosa).await;
    let hmis_key = town.personal_id(CastMember::Marcus.index());
    let mut by_other_identifier = for_the_clinician(&key, "TREAT");
    by_other_identifier["context"]["patientId"] =
        json!([{ "system": "http://hl7.org/fhir/sid/us-ssn", "value": key }]);
    let mut narrower = for_the_clinician(&key, "TREAT");
    narrower["context"]["class"] = json!([{ "system": names::CATEGORY, "code": "sud_treatment" }]);
    let cases: [(&str, Staff<'_>, Value); 8] = [
        (
            "who would receive, by the holder's key",
            CLINICIAN,
            for_the_clinician(&key, "TREAT"),
        ),
        (
            "police, by the holder's key",
            OUTREACH_OFFICER,
            for_the_clinician(&key, "TREAT"),
        ),
        (
            "police, about another purpose",
            OUTREACH_OFFICER,
            call(&key, cast::RIVERTON_PD_OUTREACH, "LE-OUTREACH"),
        ),
        (
            "the HMIS, by the holder's key",
            CASE_MANAGER,
            for_the_clinician(&key, "TREAT"),
        ),
        ("the HMIS, about one class", CASE_MANAGER, narrower),
        (
            "the programme, by the key of the HMIS",
            PROGRAMME_STAFF,
            for_the_clinician(&hmis_key, "TREAT"),
        ),
        (
            "the programme, by a key nobody has",
            PROGRAMME_STAFF,
            for_the_clinician("no-such-key", "TREAT"),
        ),
        (
            "the programme, by an identifier that is not its key",
            PROGRAMME_STAFF,
            by_other_identifier,
        ),
    ];
    let mut first = None;
    for (what, by, question) in cases {
        test.settle().await;
        let before = test.log_size().await;
        let begun = Instant::now();
        let answer = test.asker(by).post(HOOK, &question).await;
        assert!(
            begun.elapsed() >= Duration::from_millis(10),
            "{what}: answered before the end of a step"
        );
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        assert_eq!(answer.text(), NEUTRAL, "{what}");
        let mut headers: Vec<(String, String)> = answer
            .headers
            .iter()
            .filter(|(name, _)| name.as_str() != "date")
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        assert_eq!(&headers, first.get_or_insert_with(|| headers.clone()), "{what}");
        assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRead], "{what}");
        let detail = test.detail(&test.log_from(before).await[0], None).await;
        assert_eq!(
            (detail.response, detail.client),
            (Some(Response::Neutral), None),
            "{what}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_cannot_be_read_is_refused_whoever_it_is_about_and_leaves_no_trace() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    test.record_tpo(&town, CastMember::Rosa).await;
    test.settle().await;
    let before = test.log_size().await;
    const NAME: &str = "Zanzibara Quillfeather";
    let actor = "/context/actor";
    let cases: [(&str, Value, &str); 13] = [
        ("/hook", json!("patient-view"), "unknown-word"),
        ("/context/scope", json!("treatment"), "unknown-word"),
        ("/context/purposeOfUse", json!(NAME), "unknown-word"),
        ("/context/purposeOfUse", json!(""), "no-purpose"),
        ("/context/patientId", json!([]), "no-client"),
        (
            "/context/patientId",
            json!([{ "system": names::OWN_KEY, "value": key }, { "system": names::OWN_KEY, "value": "P2" }]),
            "no-client",
        ),
        (actor, json!([]), "unknown-word"),
        (
            actor,
            json!([{ "system": names::AGENCY, "value": "nobody-knows" }]),
            "unknown-word",
        ),
        (actor, json!([{ "system": NAME, "value": NAME }]), "unknown-word"),
        (
            actor,
            json!([{ "system": names::AGENCY, "value": "harbor-crisis" }, { "system": names::AGENCY, "value": "cedar-recovery" }]),
            "unknown-word",
        ),
        (
            actor,
            json!([{ "system": names::AGENCY, "value": "harbor-crisis" }, { "system": names::ROLE, "value": "detective" }]),
            "unknown-word",
        ),
        (
            "/context/class",
            json!([{ "system": NAME, "code": NAME }]),
            "unknown-word",
        ),
        (
            "/context/content",
            json!({ "resourceType": "Bundle" }),
            "malformed",
        ),
    ];
    let (mine, nobodys) = (
        for_the_clinician(&key, "TREAT"),
        for_the_clinician("no-such-key", "TREAT"),
    );
    for (pointer, value, kind) in cases {
        let mut answers = Vec::new();
        for question in [&mine, &nobodys] {
            let mut wrong = question.clone();
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            wrong.pointer_mut(parent).unwrap()[name] = value.clone();
            let answer = test.asker(PROGRAMME_STAFF).post(HOOK, &wrong).await;
            assert_eq!(answer.status, 400, "{pointer} {value}: {}", answer.text());
            assert_eq!(
                answer.json()["type"],
                format!("urn:assent:problem:{kind}"),
                "{pointer} {value}"
            );
            assert!(!answer.text().contains("Zanzi") && !answer.text().contains(&key));
            answers.push(answer.json()["title"].clone());
        }
        assert_eq!(answers[0], answers[1]);
    }
    let nobody = test.caller(None).post_json(HOOK, &mine).await.unwrap();
    assert_eq!(nobody.status, 401);
    assert!(test.kinds_from(before).await.is_empty());
}
