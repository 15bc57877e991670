//! Released elements of every category, to be answered with.

use gateway_types::Payload;
use gateway_types::vocabulary::{Category, Word as _};
use serde_json::{Value, json};

/// Elements as the adapters make them, of every category: with what C-CDA has a place for, and with what it has none for.
pub(super) fn records() -> Vec<(Category, Payload)> {
    let snomed = "http://snomed.info/sct";
    let mut all: Vec<(Category, Value)> = vec![
        (
            Category::Demographics,
            json!({
            "name": { "use": "official", "family": "Quill", "given": ["Rosa", "May"], "suffix": ["Jr"] },
            "gender": "female", "birthDate": "1987-04-19", "languages": ["es"], "deceased": true,
            "race_codes": ["urn:oid:2.16.840.1.113883.6.238|2106-3"], "maritalStatus": { "text": "Married" } }),
        ),
        (
            Category::Demographics,
            json!({ "FirstName": "Rosa", "LastName": "Quill", "DOB": "1987-04-19", "Veteran": 0 }),
        ),
        (
            Category::Contact,
            json!({ "telecom": [{ "system": "phone", "value": "555-0100" }, "r@example.org"],
            "address": [{ "line": ["4 Elm", "Room 2"], "city": "Riverton", "state": "NH", "postalCode": "99999" }] }),
        ),
        (
            Category::Contact,
            json!({ "address": "under the bridge", "safe_phone": "555-0101" }),
        ),
        (Category::Ssn, json!({ "ssn": "512-34-5678" })),
        (
            Category::Conditions,
            json!({ "condition": "Depression", "condition_codes": [format!("{snomed}|35489007"),
            "http://hl7.org/fhir/sid/icd-10-cm|F32.9", "|local", "http://example.org|x"],
            "clinical_status": "active", "onsetDateTime": "2020-05", "severity": "moderate" }),
        ),
        (
            Category::Conditions,
            json!({ "condition": "Sprain", "condition_codes": ["I10C|S93.4"], "from": "20190101",
            "until": "20190301120000-0500", "clinical_status": "resolved" }),
        ),
        (
            Category::Conditions,
            json!({ "negated": true, "condition": "Epilepsy", "condition_codes": [format!("{snomed}|84757009")] }),
        ),
        (
            Category::Conditions,
            json!({ "flag": "Falls easily", "status": "active" }),
        ),
        (
            Category::Medications,
            json!({ "medication": "Lithium 300 mg", "medication_codes": ["urn:oid:2.16.840.1.113883.6.88|42351"],
            "status": "active", "intent": "taken", "from": "20250102", "dose": "1 mg", "every": "12 h", "route": "Oral",
            "reasons": ["Bipolar disorder", "Sleep"] }),
        ),
        (
            Category::Medications,
            json!({ "medication": "Naloxone", "intent": "order", "authoredOn": "2026-01-02T03:04:05Z",
            "dosage": ["as needed"], "dose": "a spray" }),
        ),
        (
            Category::Medications,
            json!({ "negated": true, "medication": "Warfarin", "medication_codes": ["http://www.nlm.nih.gov/research/umls/rxnorm|11289"] }),
        ),
        (
            Category::Allergies,
            json!({ "allergy": "Penicillin", "allergy_codes": ["http://www.nlm.nih.gov/research/umls/rxnorm|7980"],
            "type": "Allergy to drug", "type_codes": [format!("urn:oid:2.16.840.1.113883.6.96|416098002")], "criticality": "high",
            "reactions": [{ "manifestations": ["Hives", "Wheeze"], "severity": "severe" }, { "description": "once" }] }),
        ),
        (
            Category::Allergies,
            json!({ "negated": true, "allergy": "Latex", "allergy_codes": [format!("{snomed}|111088007")] }),
        ),
        (
            Category::Labs,
            json!({ "observation": "Potassium", "observation_codes": ["http://loinc.org|2823-3"], "status": "final",
            "valueQuantity": { "value": 4.2, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L" },
            "interpretation": ["N", "fine"], "effectiveDateTime": "2026-02-03" }),
        ),
        (
            Category::Labs,
            json!({ "observation": "Panel", "components": [
            { "observation": "Sodium", "observation_codes": ["http://loinc.org|2951-2"], "valueQuantity": { "value": 140, "unit": "mmol per litre" } },
            { "observation": "Culture", "value": "Growth", "value_codes": [format!("{snomed}|10828004")] } ] }),
        ),
        (
            Category::Labs,
            json!({ "negated": true, "observation": "HIV", "observation_codes": ["http://loinc.org|7917-8"], "value": "none" }),
        ),
        (
            Category::MentalHealth,
            json!({ "observation": "PHQ-9", "observation_codes": ["http://loinc.org|44261-6"], "value": "14", "unit": "{score}",
            "time": "20260203" }),
        ),
        (
            Category::MentalHealth,
            json!({ "observation": "Mood", "valueBoolean": true }),
        ),
        (
            Category::MentalHealth,
            json!({ "observation": "Range", "value_from": "1", "value_until": "3" }),
        ),
        (
            Category::MentalHealth,
            json!({ "observation": "Count", "valueInteger": 3 }),
        ),
        (
            Category::Encounters,
            json!({ "types": ["Detox stay", "Inpatient"], "class": "IMP", "provider": "Elm Street Clinic",
            "period": { "start": "2026-01-01T10:00:00-05:00", "end": "2026-01-04" }, "locations": ["Ward 4"], "reasons": ["Withdrawal"],
            "discharge": "Home" }),
        ),
        (
            Category::Encounters,
            json!({ "type": "Visit", "type_codes": ["C4|99213"], "time": "20260101" }),
        ),
        (
            Category::CarePlan,
            json!({ "activity": "Group therapy", "activity_codes": [format!("{snomed}|76168009")], "mood": "RQO", "status": "active" }),
        ),
        (
            Category::CarePlan,
            json!({ "status": "completed", "kinds": ["Recovery"], "activities": [
            { "activity": "Walk", "status": "completed", "activity_codes": [format!("{snomed}|129006008")] }, { "activity": "Rest", "status": "scheduled" } ] }),
        ),
        (
            Category::CarePlan,
            json!({ "negated": true, "activity": "Surgery" }),
        ),
        (
            Category::CaseManagerContact,
            json!({ "people": [
            { "name": "A. Worker", "role": "Case manager", "organization": "Riverton Housing", "telecom": ["+1-555-0102"] },
            { "role": "Nurse", "telecom": [{ "system": "email", "value": "n@example.org" }] } ] }),
        ),
        (
            Category::CaseManagerContact,
            json!({ "case_manager": "B. Worker", "case_manager_phone": "555-0103" }),
        ),
        (Category::Conditions, json!({})),
        (Category::Labs, json!({})),
        (Category::Encounters, json!({})),
        (Category::CarePlan, json!({})),
        (Category::Medications, json!({})),
        (Category::Allergies, json!({})),
    ];
    for category in Category::ALL.iter().copied() {
        if !all.iter().any(|(known, _)| *known == category) {
            all.push((category, json!({ "kind": format!("about {}", category.code()), "at": "2026-01-01", "yes": true, "count": 3,
                "list": ["a", { "deep": ["b", null, 1.5] }], "from": "2026-01-01" })));
        }
    }
    let payload = |(category, value)| (category, serde_json::from_value(value).unwrap());
    all.into_iter().map(payload).collect()
}
