//! FHIR Consents in and out go through the gates of every other form; what cannot be evaluated changes nothing and is
//! told by element.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use consent::fhir::names;
use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::Clock as _;
use serde_json::{Value, json};
use tests_support::{
    CASE_MANAGER, CLINICIAN, OUTREACH_OFFICER, Outage, PROGRAMME_STAFF, TestGateway, elements, patient_key,
};

const PATH: &str = "/fhir/R4/Consent";
const PAPER: &[u8] = b"The form that Rosa signed.";

fn extension(name: &str, kind: &str, value: impl Into<Value>) -> Value {
    json!({ "url": names::extension(name), kind: value.into() })
}

fn concept(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

/// The one Part 2 consent of a client of the programme to treatment, payment and operations.
fn consent(test: &TestGateway, key: &str) -> Value {
    let mut extensions: Vec<Value> = [
        "part2_redisclosure_by_hipaa_holders",
        "part2_right_to_revoke",
        "part2_redisclosure_potential",
        "part2_refusal_consequences",
    ]
    .map(|word| extension("consent-statement", "valueCode", word))
    .into();
    extensions.extend(
        [
            "name_matches_client",
            "signer_identified",
            "statements_seen",
            "read_back",
            "not_conditioned",
        ]
        .map(|word| extension("consent-attested", "valueCode", word)),
    );
    extensions.push(extension("consent-standing", "valueCode", "adult"));
    extensions.push(extension("consent-expiry", "valueCode", "none"));
    let treating = json!({ "identifier": { "system": names::CLASS, "value": "treating_providers" } });
    let categories = ["sud_treatment", "medications", "conditions", "encounters"]
        .map(|word| extension("consent-category", "valueCode", word));
    let purposes =
        ["TREAT", "HPAYMT", "HOPERAT"].map(|code| json!({ "system": names::ACT_REASON, "code": code }));
    json!({
        "resourceType": "Consent",
        "extension": extensions,
        "status": "active",
        "scope": concept("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [concept("http://loinc.org", "59284-0"), concept(names::KIND, "tpo")],
        "patient": { "reference": format!("Patient/{key}") },
        "dateTime": test.clock.now().plus_seconds(-3600).to_string(),
        "performer": [{ "reference": format!("Patient/{key}") }],
        "organization": [{ "reference": format!("Organization/{}", cast::CEDAR_RECOVERY) }],
        "sourceAttachment": { "contentType": "text/plain", "data": STANDARD.encode(PAPER) },
        "policy": [{ "uri": format!("{}/policy/tpo", names::BASE) }],
        "provision": {
            "extension": categories,
            "type": "permit",
            "actor": [{ "role": concept("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP"), "reference": treating }],
            "purpose": purposes,
        },
    })
}

async fn shown(test: &TestGateway) -> BTreeSet<String> {
    let answer = test
        .clinician()
        .ask(
            CastMember::Rosa,
            "TREAT",
            &["medications", "conditions", "sud_treatment"],
        )
        .await;
    let ours = elements(&answer).into_iter();
    ours.filter(|element| element["source"] == cast::CEDAR_RECOVERY)
        .map(|element| element["category"].as_str().unwrap().to_owned())
        .collect()
}

/// The places and reasons of an outcome.
fn issues(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(
        answer.headers["content-type"],
        "application/fhir+json",
        "{}",
        answer.text()
    );
    let outcome = answer.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    let issues = outcome["issue"].as_array().unwrap().iter();
    issues
        .map(|issue| {
            assert_eq!(issue["severity"], "error");
            let place = issue["expression"][0].as_str().unwrap_or_default().to_owned();
            (place, issue["diagnostics"].as_str().unwrap().to_owned())
        })
        .collect()
}

fn of_kind(resource: &Value, name: &str) -> Vec<Value> {
    let url = names::extension(name);
    let all = resource["extension"].as_array().unwrap().iter();
    all.filter(|extension| extension["url"] == url.as_str())
        .cloned()
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_understood_is_logged_then_counts_and_reads_back_to_the_same() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let staff = test.asker(PROGRAMME_STAFF);
    assert!(shown(&test).await.is_empty());
    test.settle().await;
    let before = test.log_size().await;
    let recorded = staff.post(PATH, &consent(&test, &key)).await;
    assert_eq!(recorded.status, 201, "{}", recorded.text());
    assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRecorded]);
    assert_eq!(recorded.headers["content-type"], "application/fhir+json");
    let on_file = recorded.json();
    let id = on_file["id"].as_str().unwrap().to_owned();
    let place = format!("{PATH}/{id}");
    assert_eq!(recorded.headers["location"], place.as_str());
    assert_eq!(
        (&on_file["status"], &on_file["meta"]["versionId"]),
        (&json!("active"), &json!("1"))
    );
    let div = on_file["text"]["div"].as_str().unwrap();
    assert!(div.contains("Cedar Recovery"), "{div}");
    assert!(of_kind(&on_file, "consent-note").is_empty(), "{on_file:#}");
    assert!(!shown(&test).await.is_empty());

    // The signed paper is known by its digest from then on; it is not kept or given out.
    let source = &on_file["sourceAttachment"];
    assert_eq!(
        source["extension"][0]["valueString"],
        Digest::of(PAPER).to_string()
    );
    assert!(source.get("data").is_none());

    // It is the same consent as for every other way in.
    let plain = staff.get(&format!("/v1/consents/{id}")).await.json();
    assert_eq!(plain["status"], "active");
    assert_eq!(
        plain["terms"]["recipients"]["classes"],
        json!(["treating_providers"])
    );
    test.settle().await;
    let before = test.log_size().await;
    let looked = staff.get(&place).await;
    assert_eq!(looked.status, 200, "{}", looked.text());
    assert_eq!(looked.headers["etag"], "W/\"1\"");
    assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRead]);
    let mut again = looked.json();
    assert!(again.get("patient").is_none(), "whose it is is not told");
    assert!(!looked.text().contains("Rosa") && !looked.text().contains(&key));
    assert!(of_kind(&again, "consent-adequacy").len() > 10);
    again["patient"] = json!({ "reference": format!("Patient/{key}") });
    // The same form again is the form on file.
    let same = staff.post(PATH, &again).await;
    assert_eq!(same.status, 200, "{}", same.text());
    assert_eq!(
        (&same.json()["id"], &same.json()["meta"]["versionId"]),
        (&json!(id), &json!("1"))
    );
    again["dateTime"] = test.clock.now().plus_seconds(-3599).to_string().into();
    let copied = staff.post(PATH, &again).await;
    assert_eq!(copied.status, 201, "{}", copied.text());
    // Its own id is given to each: what is sent under another's id never touches the other.
    assert_ne!(copied.json()["id"], id.as_str());
    let copy = staff
        .get(&format!("/v1/consents/{}", copied.json()["id"].as_str().unwrap()))
        .await
        .json();
    assert_eq!(copy["terms"], plain["terms"]);
    assert_eq!(copy["status"], "active");

    // Who receives, and who has nothing to do with it, sees nothing; nobody else's id tells more.
    let nobodys = format!("{PATH}/00000000-0000-7000-8000-000000000000");
    for stranger in [CLINICIAN, OUTREACH_OFFICER, CASE_MANAGER] {
        let (this, other) = (
            test.asker(stranger).get(&place).await,
            test.asker(stranger).get(&nobodys).await,
        );
        assert_eq!((this.status.as_u16(), &this.body), (404, &other.body));
    }
    assert_eq!(staff.get(&place).await.json()["meta"]["versionId"], "1");
    // Taken back, it is written as what no reader may act on.
    for consent in [&id, copied.json()["id"].as_str().unwrap()] {
        test.revoke(PROGRAMME_STAFF, consent).await;
    }
    let revoked = staff.get(&place).await.json();
    assert_eq!(revoked["status"], "inactive");
    assert_eq!(of_kind(&revoked, "consent-status")[0]["valueCode"], "revoked");
    assert!(shown(&test).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_evaluated_is_told_by_element_and_changes_nothing() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let staff = test.asker(PROGRAMME_STAFF);
    test.settle().await;
    let before = test.log_size().await;
    const NAME: &str = "Zanzibara Quillfeather";
    let cases: [(&str, Value, &str); 8] = [
        ("/provision/type", Value::Null, "Consent.provision"),
        ("/provision/type", json!(NAME), "Consent.provision"),
        (
            "/provision/actor/0/reference",
            json!({ "reference": "Organization/nobody" }),
            "Consent.provision.actor[0].reference",
        ),
        (
            "/provision/purpose/0/code",
            json!(NAME),
            "Consent.provision.purpose[0]",
        ),
        ("/policy/0/uri", json!(NAME), "Consent.policy[0]"),
        ("/status", json!("draft"), "Consent.status"),
        ("/modifierExtension", json!([{ "url": NAME }]), "Consent"),
        (
            "/provision/provision",
            json!([{ "type": "deny", "provision": [{ "type": "permit" }] }]),
            "Consent.provision.provision[0].provision",
        ),
    ];
    for (pointer, value, place) in cases {
        let mut wrong = consent(&test, &key);
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match wrong.pointer_mut(parent).unwrap() {
            Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
            object if value.is_null() => drop(object.as_object_mut().unwrap().remove(name)),
            object => object[name] = value,
        }
        let answer = staff.post(PATH, &wrong).await;
        assert_eq!(answer.status, 422, "{pointer}: {}", answer.text());
        let issues = issues(&answer);
        assert!(
            issues.iter().any(|(path, _)| path == place),
            "{pointer}: {issues:?}"
        );
        assert!(!answer.text().contains("Zanzi") && !answer.text().contains(&key));
    }
    let caller = &staff.0;
    for (text, status) in [
        ("not JSON".to_owned(), 400),
        (format!("{{\"status\": \"{NAME}\", \"status\": \"active\"}}"), 400),
        ("[]".to_owned(), 422),
        ("{\"resourceType\": \"Patient\"}".to_owned(), 422),
    ] {
        let bytes = text.clone().into_bytes();
        let answer = caller
            .call("POST", PATH, "application/fhir+json", bytes)
            .await
            .unwrap();
        assert_eq!(answer.status.as_u16(), status, "{text}: {}", answer.text());
        assert_eq!(issues(&answer).len(), 1);
        assert!(!answer.text().contains("Zanzi"));
    }
    let other_type = caller
        .call("POST", PATH, "application/fhir+xml", Vec::new())
        .await
        .unwrap();
    assert_eq!(other_type.status, 415);
    let nobody = test
        .caller(None)
        .call("POST", PATH, "application/fhir+json", Vec::new())
        .await
        .unwrap();
    assert_eq!(nobody.status, 401);
    assert!(test.kinds_from(before).await.is_empty());
    assert!(shown(&test).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gates_of_every_form_are_in_its_way() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    test.settle().await;
    let before = test.log_size().await;
    let refused = async |by, wrong: Value| {
        let answer = test.asker(by).post(PATH, &wrong).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        issues(&answer)
    };
    // Another agency's client, and nobody's: the same answer.
    let anothers = refused(
        PROGRAMME_STAFF,
        consent(&test, &town.personal_id(CastMember::Marcus.index())),
    )
    .await;
    assert_eq!(
        anothers,
        refused(PROGRAMME_STAFF, consent(&test, "no-such-key")).await
    );
    assert!(anothers[0].1.contains("by that key"), "{anothers:?}");
    // The one who would receive, with the signed paper in hand.
    let own = patient_key(&town, cast::HARBOR_CRISIS, CastMember::Marcus);
    let benefit = refused(CLINICIAN, consent(&test, &own)).await;
    assert!(benefit[0].1.contains("may receive"), "{benefit:?}");
    // A digest that is not that of the paper.
    let mut other = consent(&test, &key);
    other["sourceAttachment"]["extension"] = json!([extension(
        "consent-artefact",
        "valueString",
        Digest::of(b"another").to_string()
    )]);
    let mismatch = refused(PROGRAMME_STAFF, other).await;
    assert_eq!(mismatch[0].0, "Consent.source");
    assert!(test.kinds_from(before).await.is_empty());
    assert!(shown(&test).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defective_one_is_kept_and_opens_nothing_and_an_exception_counts_from_the_first_moment() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let staff = test.asker(PROGRAMME_STAFF);
    let mut nobody = consent(&test, &key);
    nobody["provision"].as_object_mut().unwrap().remove("actor");
    let kept = staff.post(PATH, &nobody).await;
    assert_eq!(kept.status, 201, "{}", kept.text());
    let kept = kept.json();
    assert_eq!(kept["status"], "inactive");
    assert_eq!(of_kind(&kept, "consent-status")[0]["valueCode"], "inadequate");
    let missing = of_kind(&kept, "consent-adequacy").into_iter().find(|element| {
        element["extension"][0]["valueString"] == "2.31(a)(4)(i)"
            && element["extension"][2]["valueCode"] == "missing"
    });
    assert!(missing.is_some(), "{kept:#}");
    let note = &of_kind(&kept, "consent-note")[0]["extension"];
    assert_eq!(note[0]["valueString"], "Consent.provision");
    assert!(shown(&test).await.is_empty());
    let owed = staff.get("/v1/consents/follow-ups").await.json();
    assert_eq!(owed["follow_ups"][0]["consent"], kept["id"]);

    let but_harbor = all_but_harbor(&test, &key);
    let recorded = staff.post(PATH, &but_harbor).await;
    assert_eq!(recorded.status, 201, "{}", recorded.text());
    assert_eq!(recorded.json()["status"], "active");
    assert_eq!(recorded.json()["provision"]["provision"][0]["type"], "deny");
    assert!(shown(&test).await.is_empty());
    // The same paper without the exception is the form on file: what protects more counts, whichever came first.
    let whole = staff.post(PATH, &consent(&test, &key)).await;
    assert_eq!(whole.status, 200, "{}", whole.text());
    assert_eq!(whole.json()["id"], recorded.json()["id"]);
    assert!(shown(&test).await.is_empty());
    // Another, signed another day, opens it.
    test.clock.advance(2 * 3600);
    let whole = test
        .asker(PROGRAMME_STAFF)
        .post(PATH, &consent(&test, &key))
        .await;
    assert_eq!(whole.status, 201, "{}", whole.text());
    assert!(!shown(&test).await.is_empty());
    test.settle().await;
    assert!(test.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_leaves_somebody_out_is_another_than_the_same_that_does_not() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let staff = test.asker(PROGRAMME_STAFF);
    let (whole, but_harbor) = (consent(&test, &key), all_but_harbor(&test, &key));
    let id = |answer: &Answer| answer.json()["id"].as_str().unwrap().to_owned();

    // Kept beside the form that opens to Harbor, it would leave nobody out; and it is not that form either.
    let first = staff.post(PATH, &whole).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let beside = staff.post(PATH, &but_harbor).await;
    assert_eq!(beside.status, 422, "{}", beside.text());
    assert!(beside.text().contains(&id(&first)), "{}", beside.text());
    assert!(!shown(&test).await.is_empty());

    // What the client says today is said by a revocation; the paper of before stands in nobody's way after it.
    let now = test.clock.now().to_string();
    let said = json!({ "at": now, "form": "written", "scope": { "recipients": [cast::HARBOR_CRISIS] } });
    let path = format!("/v1/consents/{}/revocations", id(&first));
    assert_eq!(staff.post(&path, &said).await.status, 200);
    assert!(shown(&test).await.is_empty());
    let revived = staff.post(PATH, &whole).await;
    assert_eq!(revived.status, 422, "{}", revived.text());
    assert!(shown(&test).await.is_empty());

    // Signed another day without Harbor, and sent twice: one form.
    test.clock.advance(2 * 3600);
    let (staff, but_harbor) = (test.asker(PROGRAMME_STAFF), all_but_harbor(&test, &key));
    let kept = staff.post(PATH, &but_harbor).await;
    let again = staff.post(PATH, &but_harbor).await;
    assert_eq!(
        (kept.status.as_u16(), again.status.as_u16()),
        (201, 200),
        "{}",
        again.text()
    );
    assert_eq!(id(&kept), id(&again));
    assert!(shown(&test).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_again_brings_the_newer_word_on_its_event() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let begun = consent(&test, &key);
    let until_discharge = |test: &TestGateway, state: &str| {
        let mut form = begun.clone();
        let extensions = form["extension"].as_array_mut().unwrap();
        extensions.retain(|extension| extension["url"] != names::extension("consent-expiry"));
        extensions.push(extension("consent-expiry", "valueCode", "discharge"));
        extensions.push(
            json!({ "url": names::extension("consent-event-state"), "extension": [
            { "url": "state", "valueCode": state },
            { "url": "as-of", "valueDateTime": test.clock.now().to_string() },
        ] }),
        );
        form
    };
    let first = test
        .asker(PROGRAMME_STAFF)
        .post(PATH, &until_discharge(&test, "not_occurred"))
        .await;
    assert_eq!(first.status, 201, "{}", first.text());
    assert!(!shown(&test).await.is_empty());

    // Sent again each month, it stays alive; told that the client has left, it ends at once.
    for _ in 0..2 {
        test.clock.advance(20 * 24 * 3600);
        let again = test
            .asker(PROGRAMME_STAFF)
            .post(PATH, &until_discharge(&test, "not_occurred"))
            .await;
        assert_eq!(again.status, 200, "{}", again.text());
        assert!(!shown(&test).await.is_empty());
    }
    let told = until_discharge(&test, "occurred");
    let ended = test.asker(PROGRAMME_STAFF).post(PATH, &told).await;
    assert_eq!(ended.status, 200, "{}", ended.text());
    assert_eq!(ended.json()["id"], first.json()["id"]);
    assert_eq!(ended.json()["status"], "inactive");
    assert!(shown(&test).await.is_empty());
    // What ended is not begun again by an older word.
    let older = until_discharge(&test, "not_occurred");
    let older = test.asker(PROGRAMME_STAFF).post(PATH, &older).await;
    assert_eq!(older.status, 200, "{}", older.text());
    assert!(shown(&test).await.is_empty());
}

/// To all treating providers but Harbor.
fn all_but_harbor(test: &TestGateway, key: &str) -> Value {
    let mut form = consent(test, key);
    let role = form["provision"]["actor"][0]["role"].clone();
    let harbor = json!({ "role": role, "reference": { "reference": format!("Organization/{}", cast::HARBOR_CRISIS) } });
    form["provision"]["provision"] = json!([{ "type": "deny", "actor": [harbor] }]);
    form
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_log_nothing_is_recorded_shown_or_answered() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let staff = test.asker(PROGRAMME_STAFF);
    let defective = {
        let mut form = consent(&test, &key);
        form["provision"].as_object_mut().unwrap().remove("purpose");
        staff.post(PATH, &form).await.json()
    };
    let place = format!("{PATH}/{}", defective["id"].as_str().unwrap());
    let hook = json!({ "hook": "patient-consent-consult", "hookInstance": "1", "context": {
        "patientId": { "system": names::OWN_KEY, "value": key }, "purposeOfUse": "TREAT",
        "actor": { "system": names::AGENCY, "value": cast::HARBOR_CRISIS } } });
    test.settle().await;
    test.audit.set(Outage::Appends);
    for answer in [
        staff.post(PATH, &consent(&test, &key)).await,
        staff.get(&place).await,
        staff.post("/cds-services/patient-consent-consult", &hook).await,
    ] {
        assert_eq!(answer.status, 503, "{}", answer.text());
        assert_eq!(answer.json()["type"], "urn:assent:problem:unavailable");
    }
    test.audit.set(Outage::None);
    assert!(shown(&test).await.is_empty());
}
