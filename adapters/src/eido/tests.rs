//! Incidents, taken, coarsened and barred.

use proptest::prelude::*;
use serde_json::json;

use super::*;

const PLACE: &str = "<presence xmlns='urn:ietf:params:xml:ns:pidf' xmlns:gp='urn:ietf:params:xml:ns:pidf:geopriv10' \
    xmlns:gbp='urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy'><gp:geopriv><gp:location-info>\
    <civicAddress xmlns='urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr'><A1>NM</A1><A3>Riverton</A3><RD>Pier</RD>\
    <STS>Street</STS><HNO>42</HNO><NAM>Quillfeather house</NAM></civicAddress></gp:location-info><gp:usage-rules>\
    <gbp:retransmission-allowed>true</gbp:retransmission-allowed></gp:usage-rules></gp:geopriv></presence>";

fn sound() -> Value {
    json!({
        "$id": "urn:emergency:uid:incidentid:1:psap.example",
        "lastUpdateTimeStamp": "2026-10-01T10:05:00.0-04:00",
        "eidoVersion": "1.0",
        "incidentComponent": {
            "$id": "i1",
            "incidentTypeCommonRegistryText": "Overdose",
            "incidentCommonPriorityNumber": 2,
            "internalIncidentId": "K26-1",
            "dispositionComponent": [{ "$id": "d1", "dispositionCommonRegistryCode": "Transported" }],
            "locationReference": [{ "$ref": "l1" }],
        },
        "callComponent": [{ "$id": "c1", "callStartTimestamp": "2026-10-01T10:00:00.0-04:00" }],
        "locationComponent": [{ "$id": "l1", "locationByValue": PLACE }],
        "personComponent": [{
            "$id": "p1",
            "personIncidentRoleRegistryText": ["Patient"],
            "ncPersonComponent": {
                "nc:PersonName": { "nc:PersonGivenName": "Zanzibara", "nc:PersonSurName": ["Quillfeather"] },
                "nc:PersonBirthDate": { "nc:Date": "1980-02-03" },
            },
        }],
        "cautionComponent": [{ "$id": "k1", "cautionTypeCommonRegistryText": "Uses mobility aid", "cautionSeverity": "low" }],
        "notesComponent": [{ "$id": "n1", "notesActionComments": "Quillfeather's sister said" }],
    })
}

fn changed(pointer: &str, value: Value) -> Value {
    let mut object = sound();
    *object.pointer_mut(pointer).unwrap() = value;
    object
}

fn read(object: &Value) -> Result<Taken, Box<Report>> {
    incident(object.to_string().as_bytes())
}

fn elements_of(taken: &Taken) -> &[LabelledElement] {
    match &taken.records[0] {
        SourceRecord::Client { elements, .. } => elements,
        other => panic!("not a client: {other:?}"),
    }
}

#[track_caller]
fn stopped(object: &Value, rule: &str, severity: Severity) {
    let report = read(object).expect_err(rule);
    let finding = report.findings().into_iter().find(|finding| finding.rule == rule);
    let finding = finding.unwrap_or_else(|| panic!("{rule} is not in:\n{report}"));
    assert_eq!(finding.severity, severity);
    assert!(!report.to_string().contains("Quill"), "{report}");
}

#[test]
fn an_incident_becomes_a_call_with_a_coarse_place_and_its_cautions() {
    let taken = read(&sound()).unwrap();
    let [call, caution] = elements_of(&taken) else {
        panic!("a call and a caution");
    };
    let said = call.payload.fields();
    assert_eq!(call.category, Some(Category::CallsForService));
    assert_eq!(said["block"], "Pier Street, Riverton, NM");
    assert_eq!(said["received"], "2026-10-01T14:00:00Z");
    assert_eq!(said["disposition"], json!(["Transported"]));
    assert!(call.sensitivity.contains(Sensitivity::Sud) && call.sensitivity.contains(Sensitivity::Locis));
    assert_eq!(caution.category, Some(Category::SafetyFlags));
    assert_eq!(caution.payload.fields()["hazard"], "Uses mobility aid");
    let all = format!(
        "{:?}",
        elements_of(&taken)
            .iter()
            .map(|element| element.payload.fields())
            .collect::<Vec<_>>()
    );
    assert!(
        !all.contains("42") && !all.contains("Quill") && !all.contains("sister"),
        "{all}"
    );
    assert!(taken.report.names("component-not-kept"));
}

#[test]
fn a_place_that_may_not_be_passed_on_or_kept_is_not_taken() {
    for place in [
        PLACE.replace(">true<", ">false<"),
        PLACE.replace(
            "<gbp:retransmission-allowed>true</gbp:retransmission-allowed>",
            "",
        ),
        PLACE.replace(
            "</gp:usage-rules>",
            "<gbp:retention-expiry>2026-12-10T16:00:00Z</gbp:retention-expiry></gp:usage-rules>",
        ),
        format!("<!DOCTYPE presence [<!ENTITY a 'b'>]>{PLACE}"),
        "<presence".to_owned(),
    ] {
        let taken = read(&changed("/locationComponent/0/locationByValue", place.into())).unwrap();
        assert!(!elements_of(&taken)[0].payload.fields().contains_key("block"));
    }
}

#[test]
fn third_parties_minors_and_returns_of_ncic_are_barred() {
    let role = "/personComponent/0/personIncidentRoleRegistryText";
    for roles in [
        json!(["Caller"]),
        json!(["Patient", "Witness"]),
        json!([]),
        json!("Victim"),
    ] {
        stopped(&changed(role, roles), "third-party", Severity::Barred);
    }
    let born = "/personComponent/0/ncPersonComponent/nc:PersonBirthDate";
    stopped(
        &changed(born, json!({ "nc:Date": "2010-02-03" })),
        "juvenile",
        Severity::Barred,
    );
    let kind = "/incidentComponent/incidentTypeCommonRegistryText";
    stopped(&changed(kind, "NCIC HIT".into()), "ncic-return", Severity::Barred);
    stopped(&changed(kind, "RUNAWAY".into()), "juvenile", Severity::Barred);
    let taken = read(&changed(
        "/cautionComponent/0/cautionTypeCommonRegistryText",
        "III HIT".into(),
    ))
    .unwrap();
    assert!(elements_of(&taken)[1].payload.is_empty() && elements_of(&taken)[1].category.is_none());
}

#[test]
fn an_arrest_makes_the_incident_criminal_history() {
    let pointer = "/incidentComponent/dispositionComponent/0/dispositionCommonRegistryCode";
    let taken = read(&changed(pointer, "Arrest".into())).unwrap();
    assert!(elements_of(&taken)[0].regimes.contains(Regime::Chri));
    assert!(
        elements_of(&taken)[1]
            .facts
            .contains(ElementFact::ContainsArrestNotation)
    );
    assert!(taken.report.names("arrest-notation"));
}

#[test]
fn what_cannot_be_placed_is_refused() {
    stopped(
        &changed("/eidoVersion", "2.0".into()),
        "not-eido",
        Severity::RefusesRow,
    );
    stopped(
        &changed("/incidentComponent", json!([])),
        "no-incident",
        Severity::RefusesRow,
    );
    stopped(
        &changed("/lastUpdateTimeStamp", "soon".into()),
        "bad-time",
        Severity::RefusesRow,
    );
    stopped(
        &changed("/callComponent/0/$id", "i1".into()),
        "repeated-id",
        Severity::RefusesRow,
    );
    stopped(
        &changed("/personComponent", json!([])),
        "about-nobody",
        Severity::RefusesRow,
    );
    stopped(
        &changed(
            "/personComponent/0/ncPersonComponent/nc:PersonName",
            json!({ "nc:PersonSurName": "Quillfeather" }),
        ),
        "about-nobody",
        Severity::RefusesRow,
    );
    assert!(incident(b"{\"Quill\"").unwrap_err().names("not-json"));
}

#[test]
fn a_caution_about_another_person_stays_with_them() {
    let mut object = sound();
    let mut second = object["personComponent"][0].clone();
    second["$id"] = "p2".into();
    second["ncPersonComponent"]["nc:PersonName"]["nc:PersonGivenName"] = "Other".into();
    object["personComponent"].as_array_mut().unwrap().push(second);
    object["cautionComponent"][0]["personReference"] = json!([{ "$ref": "p2" }]);
    let taken = read(&object).unwrap();
    let counts: Vec<usize> = taken
        .records
        .iter()
        .map(|record| match record {
            SourceRecord::Client { elements, .. } => elements.len(),
            _ => 0,
        })
        .collect();
    assert_eq!(counts, [1, 2]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_objects_never_panic_and_never_speak(at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8)) {
        let mut bytes = sound().to_string().into_bytes();
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let report = match incident(&bytes) {
            Ok(taken) => taken.report.to_string(),
            Err(report) => report.to_string(),
        };
        prop_assert!(!report.contains("Quillf") && !report.contains("Zanzi"));
    }
}
