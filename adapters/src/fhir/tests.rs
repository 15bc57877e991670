//! Bundles, taken and refused; and a survey over the published samples, if they are at hand.

mod findings;
mod provenance;
mod shift;

use std::path::Path;

use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity};
use gateway_types::{LabelledElement, SourceRecord};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Limits, bundle, ndjson};
use crate::report::Report;
use crate::{Severity, Taken};

fn read(document: &Value) -> Result<Taken, Box<Report>> {
    bundle(document.to_string().as_bytes(), &Limits::default())
}

fn of(resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources
        .iter()
        .map(|resource| json!({ "resource": resource }))
        .collect();
    json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

fn patient() -> Value {
    json!({
        "resourceType": "Patient", "id": "p1",
        "identifier": [{ "system": "http://hl7.org/fhir/sid/us-ssn", "value": "512-34-5678" }],
        "name": [{ "use": "old", "family": "Before" }, { "use": "official", "family": "Quillfeather", "given": ["Zanzibara"] }],
        "birthDate": "1980-02-03",
        "telecom": [{ "system": "phone", "value": "555-0100" }],
        "managingOrganization": { "reference": "Organization/cedar-otp" },
    })
}

fn organization() -> Value {
    json!({ "resourceType": "Organization", "id": "cedar-otp", "name": "Cedar Methadone Clinic" })
}

fn methadone() -> Value {
    json!({
        "resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order",
        "medicationCodeableConcept": { "coding": [{ "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6813" }] },
        "subject": { "reference": "Patient/p1" }, "authoredOn": "2026-09-01",
        "dosageInstruction": [{ "text": "80 mg daily, observed" }],
        "note": [{ "text": "takes it well" }],
    })
}

#[track_caller]
fn only(taken: &Taken, category: Category) -> &LabelledElement {
    let mut found = taken.records.iter().flat_map(|record| match record {
        SourceRecord::Client { elements, .. } | SourceRecord::About { elements, .. } => elements.as_slice(),
        _ => &[],
    });
    found
        .find(|element| element.category == Some(category) && !element.facts.contains(ElementFact::FreeText))
        .unwrap_or_else(|| panic!("no {category}"))
}

#[track_caller]
fn entry_refused(resource: Value, rule: &str) {
    let taken = read(&of(&[patient(), resource])).unwrap();
    let finding = taken
        .report
        .findings()
        .into_iter()
        .find(|finding| finding.rule == rule);
    let finding = finding.unwrap_or_else(|| panic!("{rule} is not in:\n{}", taken.report));
    assert_eq!(
        (finding.severity, finding.rows.as_slice()),
        (Severity::RefusesRow, &[2][..])
    );
    assert_eq!(taken.records.len(), 1);
}

#[test]
fn a_patient_is_identified_and_their_number_kept_apart() {
    let taken = read(&of(&[patient(), organization()])).unwrap();
    let SourceRecord::Client {
        client,
        identity,
        elements,
        ..
    } = &taken.records[0]
    else {
        panic!("not a client");
    };
    assert_eq!(client.reveal(), "p1");
    assert_eq!(identity.last_name.as_ref().unwrap().reveal(), "Quillfeather");
    assert_eq!(identity.ssn.as_ref().unwrap().reveal(), "512345678");
    assert_eq!(identity.phones.len(), 1);
    let shown: Vec<_> = elements
        .iter()
        .filter(|element| element.category != Some(Category::Ssn))
        .collect();
    assert!(shown.iter().all(|element| {
        !serde_json::to_string(&element.payload)
            .unwrap()
            .contains("512-34")
    }));
    assert!(
        elements
            .iter()
            .all(|element| element.source_programme.as_deref() == Some("cedar-otp"))
    );
}

#[test]
fn a_partial_birth_date_identifies_nobody() {
    let mut born = patient();
    born["birthDate"] = "1980-02".into();
    let taken = read(&of(&[born])).unwrap();
    let SourceRecord::Client { identity, .. } = &taken.records[0] else {
        panic!("not a client");
    };
    assert!(identity.birth_date.is_none());
    assert!(taken.report.names("bad-date"));
}

#[test]
fn a_medicine_is_labelled_by_code_and_its_note_is_free_text() {
    let taken = read(&of(&[organization(), patient(), methadone()])).unwrap();
    let medicine = only(&taken, Category::Medications);
    assert!(
        medicine.sensitivity.contains(Sensitivity::Opioidud)
            && medicine.sensitivity.contains(Sensitivity::Sud)
    );
    assert_eq!(medicine.source_programme.as_deref(), Some("cedar-otp"));
    assert_eq!(
        medicine.payload.fields()["dosage"],
        json!(["80 mg daily, observed"])
    );
    assert_eq!(medicine.as_of.unwrap().to_string(), "2026-09-01");
    assert!(!medicine.payload.fields().contains_key("notes"));
    let note = taken.records.iter().find_map(|record| match record {
        SourceRecord::About { elements, .. } => elements
            .iter()
            .find(|element| element.facts.contains(ElementFact::FreeText)),
        _ => None,
    });
    assert_eq!(note.unwrap().record.kind, "MedicationRequest.note");
    assert!(
        matches!(taken.records[0], SourceRecord::Client { .. }),
        "clients come first"
    );
}

#[test]
fn words_label_where_no_code_does() {
    let mut vague = methadone();
    vague["medicationCodeableConcept"] = json!({ "text": "Suboxone film" });
    assert!(
        only(&read(&of(&[patient(), vague])).unwrap(), Category::Medications)
            .sensitivity
            .contains(Sensitivity::Opioidud)
    );
    let ulcer = json!({ "resourceType": "Condition", "id": "c1", "subject": { "reference": "Patient/p1" },
        "code": { "coding": [{ "system": "urn:local", "code": "17" }], "text": "Schizoaffective disorder" } });
    let taken = read(&of(&[patient(), ulcer])).unwrap();
    let condition = only(&taken, Category::Conditions);
    assert!(
        condition.sensitivity.contains(Sensitivity::Mh) && condition.sensitivity.contains(Sensitivity::Dia)
    );
}

#[test]
fn a_visit_to_a_clinic_whose_name_tells_is_labelled() {
    let visit = json!({ "resourceType": "Encounter", "id": "e1", "status": "finished", "class": { "code": "AMB" },
        "subject": { "reference": "Patient/p1" }, "period": { "start": "2026-10-01T10:00:00Z" },
        "serviceProvider": { "reference": "Organization/cedar-otp" } });
    let taken = read(&of(&[patient(), organization(), visit])).unwrap();
    let visit = only(&taken, Category::Encounters);
    assert!(visit.sensitivity.contains(Sensitivity::Opioidud));
    assert_eq!(visit.payload.fields()["provider"], "Cedar Methadone Clinic");
}

#[test]
fn labels_of_the_source_are_kept() {
    let mut labelled = methadone();
    labelled["meta"] = json!({ "security": [{ "code": "42CFRPart2" }, { "code": "PSY" }, { "code": "R" }] });
    let taken = read(&of(&[patient(), labelled])).unwrap();
    let medicine = only(&taken, Category::Medications);
    assert!(medicine.regimes.contains(Regime::P2) && medicine.sensitivity.contains(Sensitivity::Psy));
}

#[test]
fn references_are_resolved_by_urn_and_by_absolute_address() {
    for (full_url, reference) in [
        (
            "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a",
            "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a",
        ),
        (
            "https://cedar.example/fhir/Patient/p1",
            "https://cedar.example/fhir/Patient/p1",
        ),
        ("https://cedar.example/fhir/Patient/p1", "Patient/p1"),
    ] {
        let mut medicine = methadone();
        medicine["subject"]["reference"] = reference.into();
        let document = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
            { "fullUrl": full_url, "resource": patient(), "request": { "method": "PUT", "url": "Patient/p1" } },
            { "resource": medicine, "request": { "method": "POST", "url": "MedicationRequest" } },
        ]});
        let taken = read(&document).unwrap();
        let about = taken.records.iter().find_map(|record| match record {
            SourceRecord::About { client, .. } => Some(client.reveal()),
            _ => None,
        });
        assert_eq!(about, Some("p1"), "{reference}");
    }
}

#[test]
fn a_care_team_names_who_treats_and_who_to_call() {
    let team = json!({ "resourceType": "CareTeam", "id": "t1", "status": "active", "name": "Zanzibara's team",
    "subject": { "reference": "Patient/p1" }, "period": { "start": "2026-01-02" },
    "participant": [
        { "role": [{ "text": "clinician" }], "member": { "identifier": { "system": "urn:assent:staff", "value": "a-rivera" }, "display": "A. Rivera" } },
        { "member": { "reference": "Practitioner/d1" } },
        { "member": { "reference": "Patient/p1" } },
        { "member": { "identifier": { "system": "urn:assent:staff", "value": "Not A Slug" } } },
    ]});
    let doctor = json!({ "resourceType": "Practitioner", "id": "d1", "name": [{ "family": "Dray", "given": ["Dora"] }], "telecom": [{ "system": "phone", "value": "555-0199" }] });
    let taken = read(&of(&[patient(), doctor, team.clone()])).unwrap();
    let treating: Vec<_> = taken
        .records
        .iter()
        .filter_map(|record| match record {
            SourceRecord::Treating {
                staff, since, until, ..
            } => Some((staff.to_string(), since.map(|day| day.to_string()), *until)),
            _ => None,
        })
        .collect();
    assert_eq!(
        treating,
        [("a-rivera".to_owned(), Some("2026-01-02".to_owned()), None)]
    );
    let contact = only(&taken, Category::CaseManagerContact);
    let people = contact.payload.fields()["people"].to_string();
    assert!(
        people.contains("A. Rivera") && people.contains("Dora Dray") && people.contains("555-0199"),
        "{people}"
    );
    assert!(!people.contains("Quillfeather"));
    assert!(taken.report.names("bad-staff-id"));

    // All of it is one record, so that who has left the team is taken back with the next version.
    assert!(taken.records.iter().all(|said| match said {
        SourceRecord::Treating { record, .. } => *record == contact.record,
        _ => true,
    }));

    let mut ended = team;
    ended["participant"] = json!([]);
    let mut empty = ended.clone();
    ended["status"] = "inactive".into();
    for field in ["name", "period"] {
        empty.as_object_mut().unwrap().remove(field);
    }
    for gone in [ended, empty] {
        let taken = read(&of(&[patient(), gone])).unwrap();
        let withdrawn = |said: &SourceRecord| matches!(said, SourceRecord::Withdrawn { record: Some(record), .. } if *record == contact.record);
        assert!(taken.records.iter().any(withdrawn));
        assert!(
            !taken
                .records
                .iter()
                .any(|said| matches!(said, SourceRecord::Treating { .. }))
        );
    }
}

#[test]
fn what_was_entered_in_error_is_withdrawn() {
    let mut wrong = methadone();
    wrong["status"] = "entered-in-error".into();
    let taken = read(&of(&[patient(), wrong])).unwrap();
    let kinds: Vec<_> = taken
        .records
        .iter()
        .filter_map(|record| match record {
            SourceRecord::Withdrawn {
                record: Some(record), ..
            } => Some(record.kind.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(kinds, ["MedicationRequest", "MedicationRequest.note"]);
}

#[test]
fn an_order_not_to_give_a_medicine_is_no_order_to_give_it() {
    let mut never = methadone();
    never["doNotPerform"] = true.into();
    let taken = read(&of(&[patient(), never])).unwrap();
    let denied = only(&taken, Category::Medications).payload.fields()["negated"].clone();
    assert_eq!(denied, true);
    let mut given = methadone();
    given["doNotPerform"] = false.into();
    let taken = read(&of(&[patient(), given])).unwrap();
    assert!(
        !only(&taken, Category::Medications)
            .payload
            .fields()
            .contains_key("negated")
    );
}

#[test]
fn entries_that_cannot_be_taken_are_told_by_number() {
    entry_refused(json!({ "resourceType": "Claim", "id": "o1" }), "resource-type");
    entry_refused(json!({ "resourceType": "Quillfeather" }), "resource-type");
    entry_refused(json!({ "resourceType": "Condition", "id": "c1" }), "no-subject");
    entry_refused(
        json!({ "resourceType": "Condition", "id": "c 1", "subject": { "reference": "Patient/p1" } }),
        "no-id",
    );
    let with = |field: &str, value: Value| {
        let mut resource = methadone();
        resource[field] = value;
        resource
    };
    entry_refused(
        with("modifierExtension", json!([{ "url": "x" }])),
        "modifier-extension",
    );
    entry_refused(with("meta", json!({ "tag": [{ "code": "HTEST" }] })), "test-data");
    entry_refused(with("subject", json!({ "reference": "Group/g1" })), "no-subject");
    let mut merged = patient();
    merged["id"] = "p2".into();
    merged["link"] = json!([{ "type": "replaced-by", "other": { "reference": "Patient/p1" } }]);
    entry_refused(merged, "merged-patient");
}

#[test]
fn a_resource_that_stands_twice_is_not_taken() {
    let taken = read(&of(&[patient(), methadone(), methadone()])).unwrap();
    assert!(taken.report.names("duplicate-entry"));
    assert_eq!(taken.records.len(), 1);
}

#[test]
fn documents_that_are_no_bundle_are_refused() {
    for (document, rule) in [
        ("", "not-json"),
        ("{\"resourceType\": \"Claim\"}", "resource-type"),
        ("{\"kind\": \"Claim\"}", "not-a-bundle"),
        ("{\"resourceType\": \"Patient\"}", "nothing-taken"),
        (
            "{\"resourceType\": \"Bundle\", \"type\": \"history\", \"entry\": []}",
            "bundle-type",
        ),
        (
            "{\"resourceType\": \"Bundle\", \"resourceType\": \"Bundle\"}",
            "repeated-key",
        ),
        (
            "{\"resourceType\": \"Bundle\", \"type\": \"batch\", \"entry\": [{\"resource\": {\"resourceType\": \"Claim\"}}]}",
            "nothing-taken",
        ),
    ] {
        let report = bundle(document.as_bytes(), &Limits::default()).unwrap_err();
        assert!(report.names(rule), "{rule}: {report}");
    }
    let deep = "{\"a\":".repeat(99);
    assert!(
        bundle(deep.as_bytes(), &Limits::default())
            .unwrap_err()
            .names("too-deep")
    );
}

#[test]
fn a_resource_by_itself_is_taken_and_the_lines_of_an_export_are() {
    let alone = read(&patient()).unwrap();
    assert!(matches!(&alone.records[..], [SourceRecord::Client { .. }]));
    // Whose record it is cannot be told without the patient.
    let alone = read(&methadone()).unwrap();
    assert!(alone.report.names("unresolved-unit"));

    let lines = format!(
        "{}\n\n{{\"broken\": \n{}\n{{\"resourceType\": \"Claim\"}}\r\n{}\n",
        methadone(),
        patient(),
        organization()
    );
    let taken = ndjson(lines.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(
        only(&taken, Category::Medications).source_programme.as_deref(),
        Some("cedar-otp"),
        "references go across lines"
    );
    let rows = |rule: &str| {
        let found = taken
            .report
            .findings()
            .into_iter()
            .find(|finding| finding.rule == rule);
        found.unwrap_or_else(|| panic!("{rule}: {}", taken.report)).rows
    };
    assert_eq!(rows("bad-line"), [3]);
    assert_eq!(rows("resource-type"), [5]);
    assert!(ndjson(b"nothing\n", &Limits::default()).is_err());
}

#[test]
fn a_deleted_patient_is_withdrawn() {
    let document = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
        { "request": { "method": "DELETE", "url": "Patient/p1" } },
        { "request": { "method": "DELETE", "url": "Condition/c1" } },
    ]});
    let taken = read(&document).unwrap();
    assert!(
        matches!(&taken.records[..], [SourceRecord::Withdrawn { client, record: None }] if client.reveal() == "p1")
    );
    assert!(taken.report.names("request-method"));
}

#[test]
fn the_published_samples_are_read_and_labelled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ehr-fhir");
    if !root.is_dir() {
        println!("NOT RUN: the FHIR samples are not at ../shared/data/ehr-fhir");
        return;
    }
    // Sample, records of clients, and a label that must be found on some medicine or condition.
    let samples: [(&str, Option<usize>, Option<Sensitivity>); 7] = [
        ("shift-labelled/1Asample.json", Some(1), Some(Sensitivity::Sud)),
        ("shift-labelled/1Bsample.json", Some(1), Some(Sensitivity::Sex)),
        (
            "synthea-hiv/Bob965_Keeling57_3f6fd0bb-6cd3-eb3f-4401-cd38ace25f2b.json",
            Some(1),
            None,
        ),
        // Two servers name different patients 23: a key that means two people means nobody.
        ("hl7-r4-examples/bundle-references.json", Some(2), None),
        ("hl7-r4-examples/bundle-transaction.json", Some(5), None),
        ("hl7-r4-examples/bundle-response.json", None, None),
        ("hl7-r4-examples/patient-example.json", None, None),
    ];
    for (name, clients, label) in samples {
        let bytes = std::fs::read(root.join(name)).unwrap();
        let outcome = bundle(&bytes, &Limits::default());
        match (&outcome, clients) {
            (Ok(taken), Some(clients)) => {
                println!("== {name}: {} records\n{}", taken.records.len(), taken.report);
                let found = taken
                    .records
                    .iter()
                    .filter(|record| matches!(record, SourceRecord::Client { .. }))
                    .count();
                assert_eq!(found, clients, "{name}");
                let labels = |record: &SourceRecord| match record {
                    SourceRecord::About { elements, .. } => elements
                        .iter()
                        .any(|element| label.is_none_or(|label| element.sensitivity.contains(label))),
                    _ => false,
                };
                assert!(label.is_none() || taken.records.iter().any(labels), "{name}");
            }
            (Err(report), None) => println!("== {name}: refused\n{report}"),
            (Ok(_), None) => panic!("{name} should be refused"),
            (Err(report), Some(_)) => panic!("{name} should be read\n{report}"),
        }
    }
}

#[test]
fn no_report_repeats_a_value() {
    let mut documents = Vec::new();
    for (pointer, value) in [
        ("/entry/0/resource/resourceType", "Xyloquent"),
        ("/entry/1/resource/resourceType", "Xyloquent"),
        ("/entry/1/resource/id", "Xylo quent"),
        ("/entry/1/resource/subject/reference", "Xyloquent/1"),
        ("/entry/1/resource/authoredOn", "Xyloquent"),
        ("/entry/0/resource/birthDate", "Xyloquent"),
        ("/type", "Xyloquent"),
    ] {
        let mut document = of(&[patient(), methadone()]);
        *document.pointer_mut(pointer).unwrap() = value.into();
        documents.push(document.to_string());
    }
    let sound = of(&[patient(), methadone()]).to_string();
    documents.push(sound.replacen("\"id\"", "\"Xyloquent\": 1, \"Xyloquent\"", 1));
    documents.push(sound.replacen(':', "Xyloquent", 1));
    for document in documents {
        let text = match bundle(document.as_bytes(), &Limits::default()) {
            Ok(taken) => format!(
                "{}{:?}{:?}",
                taken.report,
                taken,
                serde_json::to_string(&taken.report).unwrap()
            ),
            Err(report) => format!("{report}{report:?}"),
        };
        for mark in ["Xylo", "Quillfeather", "512-34", "512345678"] {
            assert!(!text.contains(mark), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_bundle_never_panics(at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let mut bytes = of(&[patient(), organization(), methadone()]).to_string().into_bytes();
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let _outcome = bundle(&bytes, &Limits::default());
    }
}

#[test]
fn the_bundles_of_the_invented_clinics_are_taken_whole() {
    let today = gateway_types::Date::new(2026, 11, 10).unwrap();
    let town = gateway_synthetic::Town::new(7, 300, today);
    for (agency, document) in gateway_synthetic::fhir_bundles(&town).unwrap() {
        let taken = bundle(document.as_bytes(), &Limits::default())
            .unwrap_or_else(|report| panic!("{agency}: {report}"));
        let refused: u64 = taken.report.files().values().map(|rows| rows.refused).sum();
        assert_eq!(refused, 0, "{agency}: {}", taken.report);
        if agency.as_str() == "cedar-recovery" {
            assert!(
                only(&taken, Category::Medications)
                    .sensitivity
                    .contains(Sensitivity::Opioidud)
            );
        }
        if agency.as_str() == "harbor-crisis" {
            assert!(
                taken
                    .records
                    .iter()
                    .any(|record| matches!(record, SourceRecord::Treating { .. }))
            );
        }
    }
}
