//! From which unit a resource is said to come: never a general one where a protected one may be meant.

use gateway_types::SourceRecord;
use gateway_types::record::UNRESOLVED_PROGRAMME;
use serde_json::{Value, json};

use super::{methadone, of, read};

const GENERAL: &str = "lakeside-general";
const DETOX: &str = "lakeside-detox";
const UNKNOWN: Option<&str> = Some(UNRESOLVED_PROGRAMME);

/// A patient of the general hospital.
fn patient() -> Value {
    json!({ "resourceType": "Patient", "id": "p1", "name": [{ "family": "Quillfeather" }],
        "managingOrganization": { "reference": format!("Organization/{GENERAL}") } })
}

fn organization(id: &str) -> Value {
    json!({ "resourceType": "Organization", "id": id, "name": "A unit" })
}

fn encounter(id: &str, field: &str, value: Value) -> Value {
    let mut visit = json!({ "resourceType": "Encounter", "id": id, "status": "finished", "class": { "code": "AMB" },
        "subject": { "reference": "Patient/p1" } });
    visit[field] = value;
    visit
}

fn medicine(field: &str, value: Value) -> Value {
    let mut medicine = methadone();
    medicine[field] = value;
    medicine
}

fn team(organizations: Value) -> Value {
    json!({ "resourceType": "CareTeam", "id": "t1", "status": "active", "subject": { "reference": "Patient/p1" },
        "telecom": [{ "system": "phone", "value": "555-0100" }], "managingOrganization": organizations })
}

fn to(id: &str) -> Value {
    json!({ "reference": format!("Organization/{id}") })
}

/// The one programme of the elements of `kind` and its notes, and whether the report says that it cannot be told.
#[track_caller]
fn programme(resources: &[Value], kind: &str) -> Option<String> {
    of_document(&of(resources), kind)
}

#[track_caller]
fn of_document(document: &Value, kind: &str) -> Option<String> {
    let taken = read(document).unwrap_or_else(|report| panic!("{report}"));
    let programmes: Vec<_> = taken
        .records
        .iter()
        .flat_map(|record| match record {
            SourceRecord::Client { elements, .. } | SourceRecord::About { elements, .. } => {
                elements.as_slice()
            }
            _ => &[],
        })
        .filter(|element| element.record.kind.trim_end_matches(".note") == kind)
        .map(|element| element.source_programme.clone())
        .collect();
    let first = programmes
        .first()
        .unwrap_or_else(|| panic!("no {kind}:\n{}", taken.report));
    assert!(programmes.iter().all(|programme| programme == first));
    let is_told =
        taken.report.findings().iter().any(|finding| {
            finding.rule == "unresolved-unit" && finding.file == kind && !finding.rows.is_empty()
        });
    assert_eq!(is_told, first.as_deref() == UNKNOWN, "{}", taken.report);
    first.clone()
}

#[track_caller]
fn of_medicine(field: &str, value: Value, others: &[Value]) -> Option<String> {
    let mut resources = vec![patient(), medicine(field, value)];
    resources.extend_from_slice(others);
    programme(&resources, "MedicationRequest")
}

#[test]
fn the_organisation_of_a_care_team_is_read_from_its_list() {
    let team_of = |organizations: Value| programme(&[patient(), team(organizations)], "CareTeam");
    assert_eq!(team_of(json!([to(DETOX)])).as_deref(), Some(DETOX));
    assert_eq!(team_of(json!([to(DETOX), to(DETOX)])).as_deref(), Some(DETOX));
    assert_eq!(
        team_of(to(DETOX)).as_deref(),
        Some(DETOX),
        "as R3 and our neighbours write it"
    );
    for unclear in [
        json!([to(GENERAL), to(DETOX)]),
        json!([to(GENERAL), { "display": "Detox" }]),
        json!([{}]),
        json!(["Organization/lakeside-detox"]),
    ] {
        assert_eq!(team_of(unclear.clone()).as_deref(), UNKNOWN, "{unclear}");
    }
    for none in [json!([]), Value::Null] {
        assert_eq!(team_of(none.clone()).as_deref(), Some(GENERAL), "{none}");
    }
}

#[test]
fn an_encounter_tells_the_unit_and_one_that_is_not_at_hand_is_no_general_one() {
    let visit = |provider: Value| encounter("e1", "serviceProvider", provider);
    let reference = || json!({ "reference": "Encounter/e1" });
    let detox = of_medicine("encounter", reference(), &[visit(to(DETOX))]);
    assert_eq!(detox.as_deref(), Some(DETOX));
    assert_eq!(of_medicine("encounter", reference(), &[]).as_deref(), UNKNOWN);
    for lost in [
        json!({ "identifier": { "value": "visit 7" } }),
        json!({ "display": "a visit" }),
        json!({ "reference": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a" }),
        json!({ "reference": "#e1" }),
        json!({ "reference": "Organization/lakeside-general" }),
    ] {
        let found = of_medicine("encounter", lost.clone(), &[organization(GENERAL)]);
        assert_eq!(found.as_deref(), UNKNOWN, "{lost}");
    }
    let unnamed = of_medicine("encounter", reference(), &[visit(json!({ "display": "Detox" }))]);
    assert_eq!(unnamed.as_deref(), UNKNOWN);
    let two = of_medicine("encounter", reference(), &[visit(to(GENERAL)), visit(to(DETOX))]);
    assert_eq!(two.as_deref(), UNKNOWN, "two encounters of one name");
    let nowhere = of_medicine("encounter", reference(), &[visit(Value::Null)]);
    assert_eq!(
        nowhere.as_deref(),
        Some(GENERAL),
        "it names no unit, so the patient's counts"
    );

    let condition = json!({ "resourceType": "Condition", "id": "c1", "subject": { "reference": "Patient/p1" },
        "encounter": { "reference": "https://lakeside.example/fhir/Encounter/e9" } });
    assert_eq!(
        programme(&[patient(), condition], "Condition").as_deref(),
        UNKNOWN
    );
}

#[test]
fn a_place_and_an_author_tell_the_unit_too() {
    let ward = json!({ "resourceType": "Location", "id": "w1", "managingOrganization": to(DETOX) });
    let at_ward = json!([{ "location": { "reference": "Location/w1" } }]);
    let visit = encounter("e1", "location", at_ward.clone());
    let of_visit = |others: &[Value]| {
        let mut resources = vec![patient(), visit.clone()];
        resources.extend_from_slice(others);
        programme(&resources, "Encounter")
    };
    assert_eq!(of_visit(std::slice::from_ref(&ward)).as_deref(), Some(DETOX));
    assert_eq!(
        of_visit(&[]).as_deref(),
        Some(GENERAL),
        "every encounter names places"
    );
    let mut both = visit.clone();
    both["serviceProvider"] = to(GENERAL);
    let both = programme(&[patient(), both, ward], "Encounter");
    assert_eq!(
        both.as_deref(),
        UNKNOWN,
        "the ward is another unit than the hospital"
    );

    let role = json!({ "resourceType": "PractitionerRole", "id": "r1", "organization": to(DETOX) });
    let requester = |reference: &str| json!({ "reference": reference });
    let by_role = of_medicine("requester", requester("PractitionerRole/r1"), &[role]);
    assert_eq!(by_role.as_deref(), Some(DETOX));
    assert_eq!(of_medicine("requester", to(DETOX), &[]).as_deref(), Some(DETOX));
    let lost = of_medicine("requester", requester("PractitionerRole/r9"), &[]);
    assert_eq!(lost.as_deref(), UNKNOWN);
    for person in [
        requester("Practitioner/d1"),
        requester("Practitioner?identifier=urn:npi|9999999999"),
        json!({ "display": "D. Dray" }),
    ] {
        let found = of_medicine("requester", person.clone(), &[]);
        assert_eq!(found.as_deref(), Some(GENERAL), "{person}");
    }
}

#[test]
fn an_organisation_is_known_by_id_address_or_identifier() {
    for (provider, expected) in [
        (
            json!({ "reference": "https://lakeside.example/fhir/Organization/lakeside-detox" }),
            Some(DETOX),
        ),
        (
            json!({ "reference": "Organization/lakeside-detox/_history/3" }),
            Some(DETOX),
        ),
        (
            json!({ "reference": "Organization?identifier=urn:units|lakeside-detox" }),
            Some(DETOX),
        ),
        (
            json!({ "identifier": { "system": "urn:units", "value": "lakeside-detox" } }),
            Some(DETOX),
        ),
        (json!({ "reference": "Organization?name=Lakeside" }), UNKNOWN),
        (json!({ "reference": "Practitioner/lakeside-general" }), UNKNOWN),
        (
            json!({ "reference": "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a" }),
            UNKNOWN,
        ),
        (json!({ "identifier": { "value": "" } }), UNKNOWN),
    ] {
        let visit = encounter("e1", "serviceProvider", provider.clone());
        let found = programme(&[patient(), visit], "Encounter");
        assert_eq!(found.as_deref(), expected, "{provider}");
    }
}

#[test]
fn a_urn_means_the_organisation_of_its_entry_and_a_hash_one_inside() {
    let urn = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a";
    let document = json!({ "resourceType": "Bundle", "type": "transaction", "entry": [
        { "resource": patient() },
        { "fullUrl": urn, "resource": organization(DETOX) },
        { "resource": encounter("e1", "serviceProvider", json!({ "reference": urn })) },
    ]});
    assert_eq!(of_document(&document, "Encounter").as_deref(), Some(DETOX));

    let inside = |identifiers: Value| {
        let mut visit = encounter("e1", "serviceProvider", json!({ "reference": "#unit" }));
        visit["contained"] =
            json!([{ "resourceType": "Organization", "id": "unit", "identifier": identifiers }]);
        programme(&[patient(), visit], "Encounter")
    };
    assert_eq!(inside(json!([{ "value": DETOX }])).as_deref(), Some(DETOX));
    let two = json!([{ "value": GENERAL }, { "value": DETOX }]);
    assert_eq!(inside(two).as_deref(), UNKNOWN);
    assert_eq!(
        inside(json!([])).as_deref(),
        UNKNOWN,
        "its id means nothing outside"
    );

    let mut medicine = medicine("encounter", json!({ "reference": "#visit" }));
    medicine["contained"] = json!([
        { "resourceType": "Encounter", "id": "visit", "serviceProvider": { "reference": "#unit" } },
        { "resourceType": "Organization", "id": "unit", "identifier": [{ "value": DETOX }] },
    ]);
    let found = programme(&[patient(), medicine], "MedicationRequest");
    assert_eq!(found.as_deref(), Some(DETOX));
}

#[test]
fn units_that_differ_are_no_unit_and_a_patient_that_is_not_at_hand_has_none() {
    let mut both = team(json!([to(GENERAL)]));
    both["encounter"] = json!({ "reference": "Encounter/e1" });
    let visit = encounter("e1", "serviceProvider", to(DETOX));
    let found = programme(&[patient(), visit, both], "CareTeam");
    assert_eq!(found.as_deref(), UNKNOWN);

    assert_eq!(programme(&[methadone()], "MedicationRequest").as_deref(), UNKNOWN);
    let mut nobodys = patient();
    nobodys["managingOrganization"] = Value::Null;
    let found = programme(&[nobodys.clone(), methadone()], "MedicationRequest");
    assert_eq!(found, None, "no unit is named at all");
    assert_eq!(programme(&[nobodys], "Patient"), None);
    let mut unclear = patient();
    unclear["managingOrganization"] = json!({ "display": "Lakeside" });
    assert_eq!(programme(&[unclear.clone()], "Patient").as_deref(), UNKNOWN);
    let found = programme(&[unclear, methadone()], "MedicationRequest");
    assert_eq!(found.as_deref(), UNKNOWN);
}

#[test]
fn an_encounter_that_names_itself_ends() {
    let visit = encounter("e1", "encounter", json!({ "reference": "Encounter/e1" }));
    assert_eq!(
        programme(&[patient(), visit], "Encounter").as_deref(),
        Some(GENERAL)
    );
}

#[test]
fn every_record_of_the_invented_clinics_is_of_its_clinics_unit() {
    let today = gateway_types::Date::new(2026, 11, 10).unwrap();
    let town = gateway_synthetic::Town::new(7, 300, today);
    let agencies = gateway_synthetic::agencies::agencies(today).unwrap();
    for (source, document) in gateway_synthetic::fhir_bundles(&town).unwrap() {
        let taken = read(&serde_json::from_str(&document).unwrap()).unwrap();
        let agency = agencies.iter().find(|agency| agency.id == source).unwrap();
        assert!(!taken.report.names("unresolved-unit"), "{source}");
        for record in &taken.records {
            let (SourceRecord::Client { elements, .. } | SourceRecord::About { elements, .. }) = record
            else {
                continue;
            };
            for element in elements {
                let name = element.source_programme.as_deref();
                assert!(name.is_some(), "{source} {}", element.record.kind);
                let programme = agency.programme_of(name).map(|programme| &programme.id);
                assert_eq!(programme, agency.default_programme.as_ref(), "{source}");
            }
        }
    }
}
