//! Allergies, observations, flags, plans, and what the client takes.

use super::*;
use gateway_types::record::UNRESOLVED_PROGRAMME;

fn about(resource: Value) -> Taken {
    let mut resource = resource;
    resource["subject"] = json!({ "reference": "Patient/p1" });
    resource["id"] = "r1".into();
    let taken = read(&of(&[patient(), organization(), resource])).unwrap();
    assert!(!taken.report.names("resource-type"), "{}", taken.report);
    taken
}

/// The elements of resources other than the patient, notes last.
fn elements(taken: &Taken) -> Vec<&LabelledElement> {
    let mut found = Vec::new();
    for record in &taken.records {
        if let SourceRecord::About { elements, .. } = record {
            found.extend(elements);
        }
    }
    found
}

fn coded(code: &str, system: &str) -> Value {
    json!({ "coding": [{ "system": system, "code": code }] })
}

const SNOMED: &str = "http://snomed.info/sct";
const OBSERVATION_CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

#[test]
fn an_allergy_is_taken_with_its_reactions_and_so_is_having_none() {
    let mut penicillin = json!({ "resourceType": "AllergyIntolerance", "patient": { "reference": "Patient/p1" },
        "clinicalStatus": coded("active", "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"),
        "code": { "text": "Penicillin" }, "criticality": "high", "recordedDate": "2025-05-06",
        "reaction": [{ "manifestation": [{ "text": "Anaphylaxis" }], "severity": "severe", "description": "at the fair" }] });
    let taken = about(penicillin.clone());
    let allergy = only(&taken, Category::Allergies);
    let fields = allergy.payload.fields();
    assert_eq!(fields["allergy"], "Penicillin");
    assert_eq!(fields["criticality"], "high");
    assert_eq!(
        fields["reactions"],
        json!([{ "manifestations": ["Anaphylaxis"], "severity": "severe" }])
    );
    assert_eq!(allergy.as_of.unwrap().to_string(), "2025-05-06");
    let notes = elements(&taken);
    assert!(notes[1].facts.contains(ElementFact::FreeText));
    assert_eq!(notes[1].payload.fields()["notes"], json!(["at the fair"]));

    let none = json!({ "resourceType": "AllergyIntolerance", "code": coded("716186003", SNOMED) });
    let taken = about(none);
    assert_eq!(
        only(&taken, Category::Allergies).payload.fields()["allergy_codes"],
        json!([format!("{SNOMED}|716186003")])
    );

    penicillin["verificationStatus"] = coded("refuted", "x");
    assert!(
        elements(&about(penicillin)).is_empty(),
        "what is refuted is withdrawn"
    );
}

#[test]
fn an_allergy_to_a_medicine_tells_what_it_treats() {
    let taken = about(json!({ "resourceType": "AllergyIntolerance", "code": { "text": "Naltrexone" } }));
    assert!(
        only(&taken, Category::Allergies)
            .sensitivity
            .contains(Sensitivity::Opioidud)
    );
}

#[test]
fn only_what_a_laboratory_reports_or_what_tells_of_the_mind_has_a_category() {
    let observation = |category: &str, code: &str| {
        json!({ "resourceType": "Observation", "status": "final", "category": [coded(category, OBSERVATION_CATEGORY)],
            "code": { "text": code }, "effectiveDateTime": "2026-02-03T04:05:06Z", "valueQuantity": { "value": 4, "unit": "mmol/L" },
            "component": [{ "code": { "text": "part" }, "valueString": "in words" }] })
    };
    let taken = about(observation("laboratory", "Potassium"));
    let lab = only(&taken, Category::Labs);
    assert_eq!(lab.payload.fields()["valueQuantity"]["value"], 4);
    assert!(
        !lab.payload.fields()["components"]
            .to_string()
            .contains("in words")
    );
    assert!(
        elements(&taken)[1].payload.fields()["notes"]
            .to_string()
            .contains("in words")
    );
    let category = |resource| elements(&about(resource))[0].category;
    assert_eq!(
        category(observation("survey", "Depression screening")),
        Some(Category::MentalHealth)
    );
    assert_eq!(category(observation("vital-signs", "Heart rate")), None);
    assert_eq!(category(observation("social-history", "Where they sleep")), None);
    let taken = about(observation("laboratory", "HIV-1 antibody"));
    assert!(
        only(&taken, Category::Labs)
            .sensitivity
            .contains(Sensitivity::Hiv),
        "also a negative one"
    );
}

#[test]
fn a_flag_reaches_dispatchers_only_if_it_tells_of_no_illness() {
    let flag = |category: &str, words: &str| {
        json!({ "resourceType": "Flag", "status": "active", "code": { "text": words },
            "category": [coded(category, "http://terminology.hl7.org/CodeSystem/flag-category")] })
    };
    let category = |resource| elements(&about(resource))[0].category;
    assert_eq!(
        category(flag("safety", "Guide dog in the room")),
        Some(Category::SafetyFlags)
    );
    assert_eq!(
        category(flag("safety", "HIV precautions")),
        Some(Category::Conditions)
    );
    assert_eq!(
        category(flag("safety", "Suicide risk")),
        Some(Category::Conditions)
    );
    assert_eq!(
        category(flag("clinical", "Guide dog in the room")),
        Some(Category::Conditions)
    );
}

#[test]
fn the_prose_of_a_plan_is_kept_apart() {
    let plan = |category: &str| {
        json!({ "resourceType": "CarePlan", "status": "active", "intent": "plan", "title": "For Zanzibara",
            "description": "call her sister first", "category": [{ "text": category }], "created": "2026-03-04",
            "activity": [{ "detail": { "code": { "text": "Weekly visit" }, "status": "scheduled", "description": "at noon" } }] })
    };
    let taken = about(plan("Crisis plan"));
    let crisis = only(&taken, Category::CrisisPlan);
    let shown = serde_json::to_string(&crisis.payload).unwrap();
    assert!(
        shown.contains("Weekly visit")
            && !shown.contains("sister")
            && !shown.contains("Zanzibara")
            && !shown.contains("noon")
    );
    let notes = elements(&taken)[1];
    assert!(notes.facts.contains(ElementFact::FreeText));
    assert_eq!(notes.category, Some(Category::CrisisPlan));
    assert_eq!(
        elements(&about(plan("Diabetes")))[0].category,
        Some(Category::CarePlan)
    );
    let goal = json!({ "resourceType": "Goal", "lifecycleStatus": "active", "description": { "text": "a room of my own" } });
    assert!(elements(&about(goal))[0].facts.contains(ElementFact::FreeText));
}

#[test]
fn what_a_client_takes_is_a_medicine_of_the_visit_or_of_who_says_so() {
    let mut statement = json!({ "resourceType": "MedicationStatement", "status": "active", "effectiveDateTime": "2026-01-01",
        "medicationCodeableConcept": { "text": "albuterol" }, "dosage": [{ "text": "as needed", "patientInstruction": "shake" }] });
    let taken = about(statement.clone());
    let medicine = only(&taken, Category::Medications);
    assert_eq!(medicine.payload.fields()["dosage"], json!(["as needed"]));
    assert_eq!(
        medicine.source_programme.as_deref(),
        Some("cedar-otp"),
        "the patient's"
    );
    statement["context"] = json!({ "reference": "Encounter/not-here" });
    assert_eq!(
        only(&about(statement.clone()), Category::Medications)
            .source_programme
            .as_deref(),
        Some(UNRESOLVED_PROGRAMME)
    );
    statement.as_object_mut().unwrap().remove("context");
    statement["informationSource"] = json!({ "reference": "Organization/elsewhere" });
    assert_eq!(
        only(&about(statement), Category::Medications)
            .source_programme
            .as_deref(),
        Some("elsewhere")
    );
}
