//! Every code of the list, planted in every carrier of every format, is found: what a format has a place for and its
//! adapter does not look at would leave here unlabelled.

use std::collections::BTreeMap;

use gateway_types::vocabulary::{Sensitivity, WordSet};
use gateway_types::{LabelledElement, SourceRecord};
use serde_json::{Value, json};

use crate::labelling::CodeSystem;
use crate::labelling::codes::all;
use crate::{Taken, ccda, fhir, hl7v2, xml};

const fn uri(system: CodeSystem) -> &'static str {
    match system {
        CodeSystem::Icd10Cm => "http://hl7.org/fhir/sid/icd-10-cm",
        CodeSystem::Icd9Cm => "http://hl7.org/fhir/sid/icd-9-cm",
        CodeSystem::Snomed => "http://snomed.info/sct",
        CodeSystem::RxNorm => "http://www.nlm.nih.gov/research/umls/rxnorm",
        CodeSystem::Loinc => "http://loinc.org",
        CodeSystem::Hcpcs => "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        CodeSystem::Cpt => "http://www.ama-assn.org/go/cpt",
        CodeSystem::Icd10Pcs => "http://www.cms.gov/Medicare/Coding/ICD10",
        CodeSystem::Icd9Procedure => "http://www.cms.gov/Medicare/Coding/ICD9",
        CodeSystem::MsDrg => {
            "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software"
        }
    }
}

/// The number of a system in HL7 version 3; groups of stays have none that is used.
const fn oid(system: CodeSystem) -> Option<&'static str> {
    Some(match system {
        CodeSystem::Icd10Cm => "2.16.840.1.113883.6.90",
        CodeSystem::Icd9Cm => "2.16.840.1.113883.6.103",
        CodeSystem::Snomed => "2.16.840.1.113883.6.96",
        CodeSystem::RxNorm => "2.16.840.1.113883.6.88",
        CodeSystem::Loinc => "2.16.840.1.113883.6.1",
        CodeSystem::Hcpcs => "2.16.840.1.113883.6.285",
        CodeSystem::Cpt => "2.16.840.1.113883.6.12",
        CodeSystem::Icd10Pcs => "2.16.840.1.113883.6.4",
        CodeSystem::Icd9Procedure => "2.16.840.1.113883.6.104",
        CodeSystem::MsDrg => return None,
    })
}

/// The elements by the key of their record.
fn by_key(taken: &Taken) -> BTreeMap<String, &LabelledElement> {
    let mut found = BTreeMap::new();
    for record in &taken.records {
        if let SourceRecord::About { elements, .. } = record {
            for element in elements {
                found.insert(element.record.key.reveal().clone(), element);
            }
        }
    }
    found
}

#[track_caller]
fn all_found(carrier: &str, taken: &Taken, planted: &[(String, &str, WordSet<Sensitivity>)]) {
    let elements = by_key(taken);
    for (key, code, labels) in planted {
        let element = elements
            .get(key)
            .unwrap_or_else(|| panic!("{carrier}: no element for {code}\n{}", taken.report));
        for label in labels.iter() {
            assert!(
                element.sensitivity.contains(label),
                "{carrier}: {code} lacks {label:?}"
            );
        }
    }
}

/// A resource with a code in one of its places.
type Resource = fn(Value) -> Value;
/// An entry with a code, written as attributes, in one of its places, and an id.
type Entry<'a> = &'a dyn Fn(&str, &str) -> String;

/// The codes that the `nth` carrier carries: the first all of them; the others, which look codes up in the same way, an
/// eighth each, since reading them all is slow without optimisation.
fn carried_by(nth: usize) -> impl Iterator<Item = (usize, (CodeSystem, &'static str, WordSet<Sensitivity>))> {
    all()
        .enumerate()
        .filter(move |(at, _)| nth == 0 || at % 8 == nth % 8)
}

#[test]
fn every_code_is_found_wherever_a_fhir_resource_carries_one() {
    let subject = || json!({ "reference": "Patient/p" });
    let carriers: [(&str, Resource); 16] = [
        (
            "Condition.code",
            |code| json!({ "resourceType": "Condition", "code": code }),
        ),
        (
            "Condition.evidence",
            |code| json!({ "resourceType": "Condition", "evidence": [{ "code": [code] }] }),
        ),
        (
            "MedicationRequest.medication",
            |code| json!({ "resourceType": "MedicationRequest", "medicationCodeableConcept": code }),
        ),
        ("MedicationRequest.contained", |code| {
            json!({ "resourceType": "MedicationRequest", "medicationReference": { "reference": "#m" },
                "contained": [{ "resourceType": "Medication", "id": "m", "code": code }] })
        }),
        (
            "MedicationRequest.reasonCode",
            |code| json!({ "resourceType": "MedicationRequest", "reasonCode": [code] }),
        ),
        (
            "MedicationStatement.medication",
            |code| json!({ "resourceType": "MedicationStatement", "medicationCodeableConcept": code }),
        ),
        (
            "AllergyIntolerance.code",
            |code| json!({ "resourceType": "AllergyIntolerance", "code": code }),
        ),
        (
            "AllergyIntolerance.reaction",
            |code| json!({ "resourceType": "AllergyIntolerance", "reaction": [{ "substance": code }] }),
        ),
        (
            "Observation.code",
            |code| json!({ "resourceType": "Observation", "code": code }),
        ),
        (
            "Observation.value",
            |code| json!({ "resourceType": "Observation", "valueCodeableConcept": code }),
        ),
        (
            "Observation.component",
            |code| json!({ "resourceType": "Observation", "component": [{ "code": code }] }),
        ),
        (
            "Flag.code",
            |code| json!({ "resourceType": "Flag", "code": code }),
        ),
        (
            "CarePlan.activity",
            |code| json!({ "resourceType": "CarePlan", "activity": [{ "detail": { "code": code } }] }),
        ),
        (
            "Goal.description",
            |code| json!({ "resourceType": "Goal", "description": code }),
        ),
        (
            "Encounter.type",
            |code| json!({ "resourceType": "Encounter", "type": [code] }),
        ),
        (
            "Encounter.reasonCode",
            |code| json!({ "resourceType": "Encounter", "reasonCode": [code] }),
        ),
    ];
    for (nth, (carrier, carry)) in carriers.into_iter().enumerate() {
        let mut planted = Vec::new();
        let mut entries = vec![json!({ "resource": { "resourceType": "Patient", "id": "p" } })];
        for (at, (system, code, labels)) in carried_by(nth) {
            let mut resource = carry(json!({ "coding": [{ "system": uri(system), "code": code }] }));
            let id = format!("r{at}");
            resource["id"] = id.as_str().into();
            resource["subject"] = subject();
            entries.push(json!({ "resource": resource }));
            planted.push((id, code, labels));
        }
        assert!(planted.len() > 1_000);
        let document = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
        let taken = fhir::bundle(document.to_string().as_bytes(), &fhir::Limits::default()).unwrap();
        all_found(carrier, &taken, &planted);
    }
}

#[test]
fn every_code_is_found_wherever_a_c_cda_entry_carries_one() {
    let observation = |inside: &str, id: &str| {
        format!(r#"<entry><observation><id root="{id}"/>{inside}</observation></entry>"#)
    };
    let carriers: [(&str, &str, Entry<'_>); 9] = [
        ("problem", "5.1", &|code, id| {
            observation(&format!("<value {code}/>"), id)
        }),
        ("problem, translated", "5.1", &|code, id| {
            observation(
                &format!("<value nullFlavor='OTH'><translation {code}/></value>"),
                id,
            )
        }),
        ("allergy", "6.1", &|code, id| {
            let inside = format!(
                "<participant><participantRole><playingEntity><code {code}/></playingEntity></participantRole></participant>"
            );
            observation(&inside, id)
        }),
        ("reaction", "6.1", &|code, id| {
            let inside = format!(
                "<entryRelationship typeCode='MFST'><observation><value {code}/></observation></entryRelationship>"
            );
            observation(&inside, id)
        }),
        ("medication", "1.1", &|code, id| {
            format!(
                "<entry><substanceAdministration><id root='{id}'/><consumable><manufacturedProduct><manufacturedMaterial><code {code}/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"
            )
        }),
        ("indication", "1.1", &|code, id| {
            format!(
                "<entry><substanceAdministration><id root='{id}'/><entryRelationship typeCode='RSON'><observation><value {code}/></observation></entryRelationship></substanceAdministration></entry>"
            )
        }),
        ("result", "3.1", &|code, id| {
            observation(&format!("<code {code}/>"), id)
        }),
        ("encounter diagnosis", "22.1", &|code, id| {
            format!(
                "<entry><encounter><id root='{id}'/><entryRelationship><act><entryRelationship><observation><value {code}/></observation></entryRelationship></act></entryRelationship></encounter></entry>"
            )
        }),
        ("plan", "10", &|code, id| {
            observation(&format!("<code {code}/>"), id)
        }),
    ];
    for (nth, (carrier, template, carry)) in carriers.into_iter().enumerate() {
        let mut planted = Vec::new();
        let mut entries = String::new();
        for (at, (system, code, labels)) in carried_by(nth) {
            let Some(oid) = oid(system) else {
                continue;
            };
            let id = format!("1.{at}");
            entries += &carry(&format!(r#"code="{code}" codeSystem="{oid}""#), &id);
            planted.push((id, code, labels));
        }
        let document = format!(
            r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1"/><recordTarget><patientRole><id root="2"/></patientRole></recordTarget>
<component><structuredBody><component><section><templateId root="2.16.840.1.113883.10.20.22.2.{template}"/>{entries}</section></component></structuredBody></component></ClinicalDocument>"#
        );
        let taken = ccda::document(document.as_bytes(), &xml::Limits::default()).unwrap();
        all_found(carrier, &taken, &planted);
    }
}

/// The name of a system in HL7 version 2 (table 0396).
const fn v2_name(system: CodeSystem) -> &'static str {
    match system {
        CodeSystem::Icd10Cm => "I10C",
        CodeSystem::Icd9Cm => "I9C",
        CodeSystem::Snomed => "SCT",
        CodeSystem::RxNorm => "RXNORM",
        CodeSystem::Loinc => "LN",
        CodeSystem::Hcpcs => "HPC",
        CodeSystem::Cpt => "C4",
        CodeSystem::Icd10Pcs => "I10P",
        CodeSystem::Icd9Procedure => "I9CP",
        CodeSystem::MsDrg => "DRG",
    }
}

/// The elements of a message with these segments about a visit, but for who the client is.
fn elements_of(segments: &str) -> Vec<LabelledElement> {
    let text = format!(
        "MSH|^~\\&|A|B|||20260101||ADT^A08|1|P|2.8\rPID|||7^^^X^MR\rPV1||I|||||||||||||||||V1\r{segments}"
    );
    let events = hl7v2::message(text.as_bytes(), &hl7v2::Limits::default(), 1)
        .outcome
        .unwrap_or_else(|fault| panic!("{fault:?}"));
    let mut elements = Vec::new();
    for change in events.into_iter().flat_map(|event| event.changes) {
        match change {
            hl7v2::RecordChange::Amend { parts, .. } => {
                elements.extend(parts.into_iter().map(|part| part.element));
            }
            hl7v2::RecordChange::Replace { elements: all, .. } => elements.extend(all),
            hl7v2::RecordChange::Withdraw { .. } => {}
        }
    }
    elements
}

/// A segment with a code of a system in one of its places.
type Segment = fn(&str, &str) -> String;

#[test]
fn every_code_is_found_wherever_an_hl7_v2_message_carries_one() {
    // Several to a message, each an element of its own.
    let carriers: [(&str, &str, Segment); 8] = [
        ("diagnosis", "DG1", |code, system| {
            format!("DG1|1||{code}^^{system}\r")
        }),
        ("diagnosis, alternative", "DG1", |code, system| {
            format!("DG1|1||LOCAL^^L^{code}^^{system}\r")
        }),
        ("diagnosis by method", "DG1", |code, system| {
            format!("DG1|1|{system}|{code}\r")
        }),
        ("diagnosis of no system", "DG1", |code, _| {
            format!("DG1|1||{code}\r")
        }),
        ("allergy", "AL1", |code, system| {
            format!("AL1|1||{code}^^{system}\r")
        }),
        ("reaction", "AL1", |code, system| {
            format!("AL1|1||x||{code}^^{system}\r")
        }),
        ("observation", "OBX", |code, system| {
            format!("OBX|1|NM|{code}^^{system}||1\r")
        }),
        ("observed value", "OBX", |code, system| {
            format!("OBX|1|CWE|x^^L||{code}^^{system}\r")
        }),
    ];
    for (nth, (carrier, kind, carry)) in carriers.into_iter().enumerate() {
        let planted: Vec<_> = carried_by(nth).map(|(_, planted)| planted).collect();
        for some in planted.chunks(400) {
            let segments: String = some
                .iter()
                .map(|(system, code, _)| carry(code, v2_name(*system)))
                .collect();
            let elements = elements_of(&segments);
            let found: Vec<_> = elements
                .iter()
                .filter(|element| element.record.kind == kind)
                .collect();
            assert_eq!(found.len(), some.len(), "{carrier}");
            for (element, (_, code, labels)) in found.iter().zip(some) {
                for label in labels.iter() {
                    assert!(
                        element.sensitivity.contains(label),
                        "{carrier}: {code} lacks {label:?}"
                    );
                }
            }
        }
    }
    // What tells of the visit as a whole.
    let carriers: [(&str, Segment); 4] = [
        ("reason", |code, system| format!("PV2|||{code}^^{system}\r")),
        ("procedure", |code, system| format!("PR1|1||{code}^^{system}\r")),
        ("group", |code, system| format!("DRG|{code}^^{system}\r")),
        ("role", |code, system| {
            format!("ROL|1|AD|PP|1|||||{code}^^{system}\r")
        }),
    ];
    for (nth, (carrier, carry)) in carriers.into_iter().enumerate() {
        for (at, (system, code, labels)) in all().enumerate().filter(|(at, _)| at % 16 == nth) {
            let elements = elements_of(&carry(code, v2_name(system)));
            let visit = elements.iter().find(|element| element.record.kind == "PV1");
            let visit = visit.unwrap_or_else(|| panic!("{carrier}: no visit for the {at}th"));
            for label in labels.iter() {
                assert!(
                    visit.sensitivity.contains(label),
                    "{carrier}: {code} lacks {label:?}"
                );
            }
        }
    }
}
