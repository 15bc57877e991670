//! What police and 911 send as forms and exchanges comes in, and goes out without arrests, third parties or victims' data.

use gateway_synthetic::agencies as cast;
use serde_json::{Value, json};
use tests_support::{TestGateway, elements, identity};

const ASKED: [&str; 6] = [
    "calls_for_service",
    "police_incident",
    "safety_flags",
    "arrest",
    "dv_history",
    "contact",
];

fn forms() -> Value {
    let client =
        json!({ "first_name": "Zanzibara", "last_name": "Quillfeather", "birth_date": "1980-02-03" });
    json!([
        { "form": "cit_contact", "id": "C-1", "at": "2026-10-01T10:00:00Z", "client": client,
          "call_type_final": "WELFARE CHECK", "suicide": "threat", "weapon": "none_seen" },
        { "form": "diversion_referral", "id": "D-1", "at": "2026-10-01T10:30:00Z", "client": client,
          "charge_held": "POSSESSION", "needs": ["shelter"] },
        { "form": "lethality_screen", "id": "L-1", "at": "2026-10-01T10:40:00Z", "client": client,
          "result": "high_danger_by_belief", "safe_phone": "555-0101" },
    ])
}

async fn told(test: &TestGateway) -> Vec<Value> {
    let whom = identity("Zanzibara", "Quillfeather", "1980-02-03");
    elements(&test.clinician().ask_about(&whom, "TREAT", &ASKED).await)
}

async fn push(test: &TestGateway, kind: &str, media_type: &str, bytes: Vec<u8>) -> Value {
    test.push(cast::RIVERTON_PD_OUTREACH, kind, media_type, bytes)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_and_a_referral_reach_the_clinician_without_the_charge_and_a_screen_never() {
    let test = TestGateway::start().await;
    let status = push(
        &test,
        "field-forms",
        "application/json",
        forms().to_string().into_bytes(),
    )
    .await;
    assert_eq!(status["state"], "published", "{status}");
    let told = told(&test).await;
    let categories: Vec<&str> = told
        .iter()
        .filter_map(|element| element["category"].as_str())
        .collect();
    assert!(categories.contains(&"calls_for_service"), "{categories:?}");
    assert!(categories.contains(&"police_incident"), "{categories:?}");
    let all = serde_json::to_string(&told).unwrap();
    for withheld in ["POSSESSION", "high_danger", "555-0101"] {
        assert!(!all.contains(withheld), "{withheld} is in {all}");
    }
    let needs = told.iter().find(|element| element["fields"]["needs"].is_array());
    assert!(needs.is_some(), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_pushed_again_replaces_itself() {
    let test = TestGateway::start().await;
    let contact = |text: &str| {
        let mut form = forms()[0].clone();
        form["call_type_final"] = text.into();
        form.to_string().into_bytes()
    };
    for text in ["WELFARE CHECK", "MENTAL HEALTH CRISIS"] {
        let status = push(&test, "field-forms", "application/json", contact(text)).await;
        assert_eq!(status["state"], "published", "{status}");
    }
    let all = serde_json::to_string(&told(&test).await).unwrap();
    assert!(
        all.contains("MENTAL HEALTH CRISIS") && !all.contains("WELFARE CHECK"),
        "{all}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_of_911_comes_in_for_its_subject_and_never_for_the_caller() {
    let test = TestGateway::start().await;
    let incident = |role: &str| {
        json!({
            "$id": "urn:emergency:uid:incidentid:1:psap.example",
            "lastUpdateTimeStamp": "2026-10-01T10:05:00Z",
            "eidoVersion": "1.0",
            "incidentComponent": { "$id": "i1", "incidentTypeCommonRegistryText": "Psychiatric" },
            "personComponent": [{
                "$id": "p1",
                "personIncidentRoleRegistryText": [role],
                "ncPersonComponent": {
                    "nc:PersonName": { "nc:PersonGivenName": "Zanzibara", "nc:PersonSurName": "Quillfeather" },
                    "nc:PersonBirthDate": { "nc:Date": "1980-02-03" },
                },
            }],
        })
        .to_string()
        .into_bytes()
    };
    let status = push(&test, "eido", "application/json", incident("Caller")).await;
    assert_eq!(status["state"], "refused", "{status}");
    assert!(!status.to_string().contains("Quill"), "{status}");
    assert!(told(&test).await.is_empty());
    let status = push(&test, "eido", "application/json", incident("Patient")).await;
    assert_eq!(status["state"], "published", "{status}");
    assert_eq!(told(&test).await[0]["fields"]["call_type"], "Psychiatric");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_report_comes_in_without_its_victim_and_its_arrest_stays_with_justice() {
    let test = TestGateway::start().await;
    let report = r#"<i:IncidentReport xmlns:i="http://example.org/IncidentReport/1.0"
        xmlns:nc="http://release.niem.gov/niem/niem-core/5.0/" xmlns:j="http://release.niem.gov/niem/domains/jxdm/7.0/"
        xmlns:s="http://release.niem.gov/niem/structures/5.0/">
      <nc:Incident><nc:ActivityIdentification><nc:IdentificationID>K26-9</nc:IdentificationID></nc:ActivityIdentification>
        <nc:ActivityCategoryText>Disturbance</nc:ActivityCategoryText>
        <nc:ActivityDate><nc:Date>2026-10-01</nc:Date></nc:ActivityDate></nc:Incident>
      <j:ArrestSubject><nc:RoleOfPerson s:ref="p1"/></j:ArrestSubject>
      <j:Victim><nc:RoleOfPerson s:ref="p2"/></j:Victim>
      <nc:Person s:id="p1"><nc:PersonBirthDate><nc:Date>1980-02-03</nc:Date></nc:PersonBirthDate><nc:PersonName>
        <nc:PersonGivenName>Zanzibara</nc:PersonGivenName><nc:PersonSurName>Quillfeather</nc:PersonSurName></nc:PersonName></nc:Person>
      <nc:Person s:id="p2"><nc:PersonBirthDate><nc:Date>1990-02-03</nc:Date></nc:PersonBirthDate><nc:PersonName>
        <nc:PersonGivenName>Vic</nc:PersonGivenName><nc:PersonSurName>Marlowe</nc:PersonSurName></nc:PersonName></nc:Person>
    </i:IncidentReport>"#;
    let status = push(&test, "niem", "application/xml", report.as_bytes().to_vec()).await;
    assert_eq!(status["state"], "published", "{status}");
    let told = told(&test).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["fields"]["kind"], "Disturbance");
    let victim = identity("Vic", "Marlowe", "1990-02-03");
    assert!(elements(&test.clinician().ask_about(&victim, "TREAT", &ASKED).await).is_empty());
}
