//! Answers as FHIR: what stands where, what is denied, and that nothing of one source stands under another.

use gateway_types::Date;

use super::*;

fn payload(value: Value) -> Payload {
    serde_json::from_value(value).unwrap()
}

fn released<'a>(category: Category, source: &'a str, fields: &'a Payload) -> Released<'a> {
    Released {
        category,
        source,
        as_of: Date::new(2026, 3, 4),
        confidentiality: Some("R"),
        security: &["NORDSCLCD", "PSY"],
        fields,
    }
}

fn resources(bundle: &Value) -> Vec<&Value> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().map(|entry| &entry["resource"]).collect()
}

fn only(category: Category, fields: Value) -> Value {
    let fields = payload(fields);
    let bundle = bundle(&[released(category, "one", &fields)], &Attached::default());
    resources(&bundle)[1].clone()
}

#[test]
fn nothing_is_an_empty_searchset_and_no_more() {
    assert_eq!(
        bundle(&[], &Attached::default()),
        json!({ "resourceType": "Bundle", "type": "searchset", "total": 0 })
    );
}

#[test]
fn a_condition_has_its_codes_its_labels_its_source_and_its_age() {
    let made = only(
        Category::Conditions,
        json!({
            "condition": "Depression", "condition_codes": ["http://snomed.info/sct|35489007", "|local"],
            "clinical_status": "Active", "recordedDate": "2026-03-04", "ward": "4b",
        }),
    );
    assert_eq!(made["resourceType"], "Condition");
    assert_eq!(
        made["code"],
        json!({ "text": "Depression", "coding": [{ "system": "http://snomed.info/sct", "code": "35489007" }] })
    );
    assert_eq!(made["clinicalStatus"]["coding"][0]["code"], "active");
    assert_eq!(made["meta"]["source"], "urn:assent:agency:one");
    let codes: Vec<&Value> = made["meta"]["security"]
        .as_array()
        .unwrap()
        .iter()
        .map(|label| &label["code"])
        .collect();
    assert_eq!(codes, ["R", "NORDSCLCD", "PSY"]);
    assert_eq!(
        made["extension"],
        json!([
            { "url": "urn:assent:field:ward", "valueString": "4b" },
            { "url": "urn:assent:as-of", "valueDate": "2026-03-04" },
        ])
    );
}

#[test]
fn an_order_is_a_request_and_what_is_taken_a_statement() {
    let medicine = json!({ "medication": "Lithium", "status": "active", "dosage": ["twice a day"] });
    let statement = only(Category::Medications, medicine.clone());
    assert_eq!(
        (&statement["resourceType"], &statement["dosage"][0]["text"]),
        (&"MedicationStatement".into(), &"twice a day".into())
    );
    let mut ordered = medicine;
    ordered["intent"] = "order".into();
    let request = only(Category::Medications, ordered);
    assert_eq!(
        (&request["resourceType"], &request["dosageInstruction"][0]["text"]),
        (&"MedicationRequest".into(), &"twice a day".into())
    );
}

#[test]
fn what_is_denied_never_reads_as_if_it_were_so() {
    for (category, fields) in [
        (
            Category::Conditions,
            json!({ "negated": true, "condition": "Epilepsy", "condition_codes": ["http://snomed.info/sct|84757009"] }),
        ),
        (
            Category::Allergies,
            json!({ "negated": true, "allergy": "Epilepsy", "allergy_codes": ["http://snomed.info/sct|84757009"] }),
        ),
        (
            Category::Medications,
            json!({ "negated": true, "medication": "Epilepsy", "medication_codes": ["http://snomed.info/sct|84757009"], "intent": "order" }),
        ),
        (
            Category::Labs,
            json!({ "negated": true, "observation": "Epilepsy", "observation_codes": ["http://snomed.info/sct|84757009"] }),
        ),
        (
            Category::MentalHealth,
            json!({ "negated": true, "value": "Epilepsy", "value_codes": ["http://snomed.info/sct|84757009"] }),
        ),
    ] {
        let made = only(category, fields).to_string();
        assert!(
            made.contains("not so: Epilepsy") && !made.contains("84757009"),
            "{made}"
        );
    }
}

#[test]
fn a_patient_is_named_only_by_the_source_whose_demographics_were_released() {
    let who = payload(
        json!({ "name": { "family": "Quill", "given": ["Rosa"] }, "birthDate": "1987-04-19", "gender": "female" }),
    );
    let reached = payload(json!({ "telecom": [{ "system": "phone", "value": "555-0100" }] }));
    let shelter = payload(json!({ "living_situation": "shelter" }));
    let answer = bundle(
        &[
            released(Category::Demographics, "one", &who),
            released(Category::Contact, "one", &reached),
            released(Category::ShelterStatus, "two", &shelter),
        ],
        &Attached::default(),
    );
    let [named, bare, stay] = resources(&answer)[..] else {
        panic!("three resources");
    };
    assert_eq!(named["name"][0]["family"], "Quill");
    assert_eq!(named["telecom"][0]["value"], "555-0100");
    assert_eq!(
        bare.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["resourceType", "id", "meta"]
    );
    assert_eq!(bare["meta"], json!({ "source": "urn:assent:agency:two" }));
    assert_eq!(stay["subject"]["reference"], "urn:assent:answer:p2");
    assert_eq!(stay["component"][0]["valueString"], "shelter");
    assert_eq!(answer["total"], 3);
}

#[test]
fn notices_go_with_the_answer_word_for_word_and_do_not_count() {
    let stay = payload(json!({ "x": 1 }));
    let attached = Attached {
        confidentiality: Some("V"),
        obligations: &["NORED".to_owned()],
        notices: &["Federal law says".to_owned()],
    };
    let answer = bundle(&[released(Category::Enrollment, "one", &stay)], &attached);
    assert_eq!(
        (&answer["total"], &answer["meta"]["security"][0]["code"]),
        (&2.into(), &"V".into())
    );
    let last = answer["entry"].as_array().unwrap().last().unwrap();
    assert_eq!(last["search"]["mode"], "outcome");
    assert_eq!(
        last["resource"]["issue"][0]["details"]["text"],
        "Federal law says"
    );
}
