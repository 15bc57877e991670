//! Charts come in as C-CDA documents and as bulk exports, and go out under the law of the unit they come from.

use gateway_synthetic::agencies as cast;
use gateway_types::vocabulary::{Regime, WordSet};
use gateway_types::{ProgrammeId, StaffId};
use serde_json::Value;
use tests_support::{TestGateway, elements, identity};

const ASKED: [&str; 2] = ["allergies", "conditions"];

fn document(organization: &str) -> Vec<u8> {
    format!(
        r#"<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<id root="1.2.3" extension="doc-1"/><effectiveTime value="20260304"/>
<recordTarget><patientRole><id root="1.2.3.4" extension="mrn-7"/><patient>
  <name><given>Zanzibara</given><family>Quillfeather</family></name><birthTime value="19800506"/></patient></patientRole></recordTarget>
<custodian><assignedCustodian><representedCustodianOrganization><id root="{organization}"/></representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody><component><section><templateId root="2.16.840.1.113883.10.20.22.2.6.1"/>
<text>Penicillin, and her brother drinks</text><entry><act><entryRelationship typeCode="SUBJ"><observation>
<participant typeCode="CSM"><participantRole><playingEntity><code displayName="Penicillin G"/></playingEntity></participantRole></participant>
</observation></entryRelationship></act></entry></section></component></structuredBody></component></ClinicalDocument>"#
    )
    .into_bytes()
}

async fn push(test: &TestGateway, document: Vec<u8>) -> Value {
    test.push(cast::LAKESIDE_HOSPITAL, "c-cda", "application/xml", document)
        .await
}

async fn told(test: &TestGateway) -> Vec<Value> {
    let whom = identity("Zanzibara", "Quillfeather", "1980-05-06");
    elements(&test.clinician().ask_about(&whom, "TREAT", &ASKED).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_allergy_in_a_document_reaches_the_crisis_clinician_without_its_prose() {
    let test = TestGateway::start().await;
    // As the registry lists the hospital's general programme.
    let status = push(&test, document("lakeside-general")).await;
    assert_eq!(status["state"], "published", "{status}");
    let told = told(&test).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["fields"]["allergy"], "Penicillin G");
    assert_eq!(told[0]["as_of"], "2026-03-04");
    assert!(!told[0].to_string().contains("brother"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_a_unit_that_nobody_registered_is_held_to_part_2() {
    let test = TestGateway::start().await;
    let status = push(&test, document("9.9.9.9")).await;
    assert_eq!(status["state"], "published", "{status}");
    assert!(told(&test).await.is_empty());
}

/// Nobody has to send anything again: the registry's word counts from the next question on, also where it closes.
#[tokio::test(flavor = "multi_thread")]
async fn a_unit_registered_after_its_document_came_counts_from_then_on() {
    let test = TestGateway::start().await;
    push(&test, document("9.9.9.9")).await;
    assert!(told(&test).await.is_empty());
    let hospital = test
        .agencies
        .iter()
        .find(|agency| agency.id.as_str() == cast::LAKESIDE_HOSPITAL);
    let by = ["one", "two"].map(|staff| StaffId::new(staff).unwrap());
    let unit = |regime: Regime| {
        let mut agency = hospital.unwrap().clone();
        let general = agency
            .programmes
            .iter_mut()
            .find(|programme| {
                programme
                    .source_names
                    .iter()
                    .any(|name| name == "lakeside-general")
            })
            .unwrap();
        let mut unit = general.clone();
        unit.id = ProgrammeId::new("annex").unwrap();
        unit.source_names = vec!["9.9.9.9".to_owned()];
        unit.regimes = WordSet::EMPTY.with(regime);
        agency.programmes.push(unit);
        agency
    };
    test.gateway
        .enter_agency(&unit(Regime::Hipaa), &by)
        .await
        .unwrap();
    let released = told(&test).await;
    assert_eq!(released.len(), 1, "{released:?}");
    assert_eq!(released[0]["fields"]["allergy"], "Penicillin G");
    test.gateway.enter_agency(&unit(Regime::P2), &by).await.unwrap();
    assert!(told(&test).await.is_empty(), "no consent to Part 2 is on file");
    test.gateway.enter_agency(&unit(Regime::Vsp), &by).await.unwrap();
    assert!(told(&test).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_document_is_refused_and_leaves_nothing() {
    let test = TestGateway::start().await;
    let sound = String::from_utf8(document("9.9.9.9")).unwrap();
    let bomb = format!("<!DOCTYPE x [<!ENTITY a \"aaaa\">]>{sound}");
    let status = push(&test, bomb.into_bytes()).await;
    assert_eq!(status["state"], "refused", "{status}");
    assert!(status.to_string().contains("document-type") && !status.to_string().contains("Quillfeather"));
    assert_eq!(test.records.count_clients().await.unwrap(), 0);
    let police = test
        .begin_push(
            cast::RIVERTON_PD_OUTREACH,
            "c-cda",
            "application/xml",
            sound.into_bytes(),
        )
        .await;
    assert_eq!(police.status, 403, "{}", police.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_of_a_bulk_export_are_taken_and_one_that_is_broken_is_told() {
    let test = TestGateway::start().await;
    let lines = [
        r#"{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"},"code":{"text":"Penicillin G"}}"#,
        r#"{"resourceType":"Allerg"#,
        r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Quillfeather","given":["Zanzibara"]}],"birthDate":"1980-05-06","managingOrganization":{"reference":"Organization/lakeside-general"}}"#,
    ]
    .join("\n");
    let push = async |media_type: &str| {
        test.push(
            cast::LAKESIDE_HOSPITAL,
            "fhir",
            media_type,
            lines.clone().into_bytes(),
        )
        .await
    };
    let refused = push("application/fhir+json").await;
    assert_eq!(refused["state"], "refused", "lines are no bundle: {refused}");
    let status = push("application/fhir+ndjson").await;
    assert_eq!(status["state"], "published", "{status}");
    assert!(status["report"].to_string().contains("bad-line"), "{status}");
    let told = told(&test).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["fields"]["allergy"], "Penicillin G");
}
