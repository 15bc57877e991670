//! Answers as C-CDA: what stands where, that the templates are kept, that all that is released is there and nothing else
//! is told, and that our own reader reads the same back.

mod records;
mod templates;

use std::collections::BTreeSet;

use gateway_types::vocabulary::Category;
use gateway_types::vocabulary::Word as _;
use gateway_types::{Date, LabelledElement, Payload, SourceRecord};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ccda::V3;
use crate::ccda::concept::child;
use crate::xml::{self, Element, Limits};
use records::records;

const MADE: Made<'_> = Made {
    id: "0b6f2f5e-4c0b-4d0f-9a57-3d9f8f0c7b12",
    at: Timestamp::from_micros(1_772_000_000_000_000),
};

fn released(category: Category, fields: &Payload) -> Released<'_> {
    Released {
        category,
        source: "elm-clinic",
        as_of: Date::new(2026, 3, 4),
        confidentiality: Some("R"),
        security: &["NORDSCLCD", "PSY"],
        fields,
    }
}

fn made(released: &[Released<'_>], attached: &Attached<'_>) -> (String, Element) {
    let bytes = document(released, attached, &MADE).unwrap();
    let parsed = xml::parse(&bytes, &Limits::default()).unwrap();
    (String::from_utf8(bytes).unwrap(), parsed)
}

fn of(category: Category, fields: Value) -> (String, Element) {
    let fields: Payload = serde_json::from_value(fields).unwrap();
    made(&[released(category, &fields)], &Attached::default())
}

fn all_of(records: &[(Category, Payload)]) -> Vec<Released<'_>> {
    records
        .iter()
        .map(|(category, fields)| released(*category, fields))
        .collect()
}

/// The words of the narrative of all sections.
fn narrative(document: &Element) -> String {
    let sections = document.descendants().filter(|element| element.is(V3, "section"));
    sections
        .filter_map(|section| child(section, "text"))
        .map(Element::text)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every text and number in a value.
fn leaves(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Number(number) => into.push(number.to_string()),
        Value::Array(values) => values.iter().for_each(|value| leaves(value, into)),
        Value::Object(fields) => fields.values().for_each(|value| leaves(value, into)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn said(payload: &Payload) -> Vec<String> {
    let mut all = Vec::new();
    payload
        .fields()
        .values()
        .for_each(|value| leaves(value, &mut all));
    all
}

#[test]
fn every_template_has_what_it_requires_and_every_reference_leads_somewhere() {
    let records = records();
    let whole = all_of(&records);
    let (_, document) = made(&whole, &Attached::default());
    assert_eq!(templates::faults(&document), Vec::<String>::new());
    for one in &whole {
        let (_, document) = made(std::slice::from_ref(one), &Attached::default());
        assert_eq!(templates::faults(&document), Vec::<String>::new(), "{one:?}");
    }
}

#[test]
fn the_check_of_templates_finds_what_is_missing() {
    let (text, _) = of(Category::Conditions, json!({ "condition": "Depression" }));
    for (from, to) in [
        ("<statusCode code=\"completed\"/>", ""),
        ("extension=\"2015-08-01\"", ""),
        ("value=\"#e1-1\"", "value=\"#e2-1\""),
        ("<title>Vital signs</title>", ""),
        ("<raceCode nullFlavor=\"NI\"/>", ""),
        (
            "<languageCode code=\"en-US\"/>",
            "<languageCode code=\"en-US\"/><title>x</title>",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let broken = xml::parse(text.replace(from, to).as_bytes(), &Limits::default()).unwrap();
        assert!(!templates::faults(&broken).is_empty(), "{from}");
    }
}

#[test]
fn nothing_is_the_same_for_everybody_but_for_the_id_and_the_time() {
    let (text, document) = made(&[], &Attached::default());
    assert_eq!(templates::faults(&document), Vec::<String>::new());
    let other = Made {
        id: "11111111-4c0b-4d0f-9a57-3d9f8f0c7b12",
        at: MADE.at,
    };
    let other = String::from_utf8(super::document(&[], &Attached::default(), &other).unwrap()).unwrap();
    assert_eq!(
        text.replace(MADE.id, ""),
        other.replace("11111111-4c0b-4d0f-9a57-3d9f8f0c7b12", "")
    );
    for word in [
        "MSK",
        "NASK",
        "ASKU",
        "withheld",
        "redact",
        "mask",
        "negationInd",
        "<entry",
    ] {
        assert!(!text.to_lowercase().contains(&word.to_lowercase()), "{word}");
    }
    let empty = document.descendants().filter(|element| element.is(V3, "section"));
    assert_eq!(
        empty
            .filter(|section| section.attribute("nullFlavor") == Some("NI"))
            .count(),
        6
    );
}

#[test]
fn the_same_answer_is_the_same_bytes() {
    let records = records();
    let whole = all_of(&records);
    assert_eq!(
        made(&whole, &Attached::default()).0,
        made(&whole, &Attached::default()).0
    );
}

#[test]
fn all_that_is_released_stands_in_the_narrative_with_its_source() {
    for (category, fields) in records() {
        let (_, document) = made(&[released(category, &fields)], &Attached::default());
        let words = narrative(&document);
        for leaf in said(&fields) {
            assert!(words.contains(&leaf), "{category:?}: {leaf} is not in {words}");
        }
        assert!(
            words.contains("elm-clinic") && words.contains("2026-03-04"),
            "{words}"
        );
    }
}

/// Category and codes of what our own reader reads in a document.
fn read_back(text: &str) -> Vec<LabelledElement> {
    let taken = crate::ccda::document(text.as_bytes(), &Limits::default()).unwrap();
    let mut found = Vec::new();
    for record in taken.records {
        if let SourceRecord::About { elements, .. } = record {
            found.extend(elements);
        }
    }
    found
}

fn codes_in(payload: &Payload) -> BTreeSet<String> {
    fn gather(name: &str, value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Array(values) if name.ends_with("_codes") => {
                into.extend(values.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            Value::Array(values) => values.iter().for_each(|value| gather(name, value, into)),
            Value::Object(fields) => fields.iter().for_each(|(name, value)| gather(name, value, into)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for (name, value) in payload.fields() {
        gather(name, value, &mut found);
    }
    found
}

/// A code as our reader names it.
fn as_oid(code: &str) -> Option<String> {
    let (system, code) = code.split_once('|')?;
    let oid = match system {
        "http://snomed.info/sct" => "2.16.840.1.113883.6.96",
        "http://loinc.org" => "2.16.840.1.113883.6.1",
        "http://www.nlm.nih.gov/research/umls/rxnorm" => "2.16.840.1.113883.6.88",
        "http://hl7.org/fhir/sid/icd-10-cm" | "I10C" => "2.16.840.1.113883.6.90",
        "C4" => "2.16.840.1.113883.6.12",
        other => other.strip_prefix("urn:oid:")?,
    };
    Some(format!("urn:oid:{oid}|{code}"))
}

#[test]
fn our_own_reader_reads_the_same_categories_and_codes_back() {
    const READ: [Category; 8] = [
        Category::Conditions,
        Category::Medications,
        Category::Allergies,
        Category::Labs,
        Category::MentalHealth,
        Category::Encounters,
        Category::CarePlan,
        Category::CaseManagerContact,
    ];
    let mut looked_at = 0;
    for (category, fields) in records() {
        let denied = fields.fields().contains_key("negated");
        let has_home = category != Category::CaseManagerContact || fields.fields().contains_key("people");
        if !READ.contains(&category) || (denied && category == Category::CarePlan) || !has_home {
            continue;
        }
        let (text, _) = made(&[released(category, &fields)], &Attached::default());
        let back = read_back(&text);
        assert!(!back.is_empty(), "{category:?}");
        assert!(
            back.iter().all(|element| element.category == Some(category)),
            "{category:?}"
        );
        let mut told = BTreeSet::new();
        for element in &back {
            told.extend(codes_in(&element.payload));
            assert_eq!(
                element.payload.fields().get("negated").and_then(Value::as_bool),
                denied.then_some(true)
            );
        }
        let sent: BTreeSet<String> = codes_in(&fields).iter().filter_map(|code| as_oid(code)).collect();
        match category {
            // Whoever overlooks a negation there must not read a code.
            Category::Medications | Category::Labs if denied => assert!(told.is_empty(), "{told:?}"),
            Category::Allergies => {
                // The general kind, where the source states none.
                told.remove("urn:oid:2.16.840.1.113883.6.96|420134006");
                assert_eq!(told, sent);
            }
            _ => assert_eq!(told, sent, "{category:?}"),
        }
        looked_at += 1;
    }
    assert!(looked_at > 20, "only {looked_at} were looked at");
}

#[test]
fn a_name_is_read_back_as_it_was_sent() {
    let (text, _) = of(
        Category::Conditions,
        json!({ "condition": "Falls & <other> \"things\"" }),
    );
    assert_eq!(
        read_back(&text)[0].payload.fields()["condition"],
        "Falls & <other> \"things\""
    );
    let (text, _) = of(
        Category::Medications,
        json!({ "negated": true, "medication": "Warfarin" }),
    );
    let back = &read_back(&text)[0];
    assert_eq!(
        (
            &back.payload.fields()["medication"],
            &back.payload.fields()["negated"]
        ),
        (&"Warfarin".into(), &true.into())
    );
    assert!(text.contains("This is denied; what follows is not so."));
}

#[test]
fn how_bad_a_reaction_is_is_told_in_codes() {
    let (text, _) = of(
        Category::Allergies,
        json!({ "allergy": "Nuts", "criticality": "high", "reactions": [
            { "manifestations": ["Swelling"], "severity": "severe" }, { "manifestations": ["Itch"], "severity": "so so" } ] }),
    );
    assert_eq!(text.matches("code=\"CRITH\"").count(), 1, "{text}");
    assert_eq!(text.matches("code=\"24484000\"").count(), 1, "{text}");
    let back = &read_back(&text)[0];
    assert_eq!(
        back.payload.fields()["reactions"],
        json!([{ "manifestations": ["Swelling"], "severity": "severe" }, { "manifestations": ["Itch"], "severity": "so so" }])
    );
    assert_eq!(back.payload.fields()["criticality"], "high");
}

#[test]
fn a_patient_is_named_by_what_was_released_of_them_and_only_where_sources_agree() {
    let payload = |value| -> Payload { serde_json::from_value(value).unwrap() };
    let one = payload(
        json!({ "name": { "family": ["Quill"], "given": ["Rosa"] }, "birthDate": "1987-04-19", "gender": "female" }),
    );
    let two =
        payload(json!({ "FirstName": "Rose", "LastName": "Quill", "DOB": "1987-04-20", "gender": "F" }));
    let patient = |given: &[Released<'_>]| {
        let (text, _) = made(given, &Attached::default());
        let (_, after) = text.split_once("<recordTarget>").unwrap();
        after.split_once("</recordTarget>").unwrap().0.to_owned()
    };
    let only = patient(&[released(Category::Demographics, &one)]);
    assert!(only.contains("<birthTime value=\"19870419\"/>"), "{only}");
    assert!(
        only.contains("<given>Rosa</given><family>Quill</family>"),
        "{only}"
    );
    let both = patient(&[
        released(Category::Demographics, &one),
        released(Category::Demographics, &two),
    ]);
    assert!(both.contains("<birthTime nullFlavor=\"NI\"/>"), "{both}");
    assert!(both.contains("<administrativeGenderCode code=\"F\""), "{both}");
    assert_eq!(both.matches("<name>").count(), 2, "{both}");
    let other = payload(json!({ "living_situation": "shelter" }));
    let none = patient(&[released(Category::ShelterStatus, &other)]);
    assert!(
        !none.contains("Quill") && none.contains("<family nullFlavor=\"NI\"/>"),
        "{none}"
    );
}

#[test]
fn death_numbers_and_telephones_stand_above_only_where_sources_agree() {
    let payload = |value| -> Payload { serde_json::from_value(value).unwrap() };
    let patient = |given: &[Released<'_>]| {
        let (text, _) = made(given, &Attached::default());
        let (_, after) = text.split_once("<recordTarget>").unwrap();
        after.split_once("</recordTarget>").unwrap().0.to_owned()
    };
    let of = |source: &'static str, category, fields| Released {
        source,
        ..released(category, fields)
    };
    let dead = payload(json!({ "deceasedDateTime": "2026-01-02" }));
    let lives = payload(json!({ "deceasedBoolean": false }));
    let silent = payload(json!({ "gender": "F" }));
    let died = |all: &[&Payload]| {
        let given: Vec<_> = all
            .iter()
            .map(|fields| released(Category::Demographics, fields))
            .collect();
        patient(&given)
    };
    for all in [&[&dead][..], &[&dead, &silent]] {
        let told = died(all);
        assert!(told.contains("<sdtc:deceasedInd value=\"true\"/>"), "{told}");
        assert!(told.contains("<sdtc:deceasedTime value=\"20260102\"/>"), "{told}");
    }
    for all in [&[&lives][..], &[&dead, &lives], &[&lives, &dead, &silent]] {
        let told = died(all);
        assert!(!told.contains("deceased"), "{told}");
    }

    let number = |text: &str| payload(json!({ "ssn": text }));
    let (one, same, other) = (
        number("219-09-9999"),
        number("219099999"),
        payload(json!({ "SSN": "219099998" })),
    );
    let numbers = |fields: &[&Payload]| {
        let given: Vec<_> = fields
            .iter()
            .map(|fields| released(Category::Ssn, fields))
            .collect();
        patient(&given)
    };
    let agreed = numbers(&[&one, &same]);
    assert_eq!(agreed.matches("219099999").count(), 1, "{agreed}");
    let differ = numbers(&[&one, &other]);
    assert!(!differ.contains("21909"), "{differ}");

    let (first, second) = (
        payload(json!({ "phones": ["(312) 555-0101", "3125550102"], "email": "Rosa@example.org" })),
        payload(
            json!({ "telecom": [{ "system": "phone", "value": "+1 312 555 0101" },
            { "system": "email", "value": "rosa@example.org" }, { "system": "phone", "value": "3125550103" }] }),
        ),
    );
    let more = payload(json!({ "phone": "3125550104" }));
    let alone = patient(&[
        of("harbor", Category::Contact, &first),
        of("harbor", Category::Contact, &more),
    ]);
    assert_eq!(alone.matches("<telecom ").count(), 4, "one source: {alone}");
    let both = patient(&[
        of("harbor", Category::Contact, &first),
        of("lakeside", Category::Contact, &second),
    ]);
    assert_eq!(both.matches("<telecom ").count(), 2, "{both}");
    assert!(
        both.contains("(312) 555-0101") && both.contains("mailto:Rosa@example.org"),
        "{both}"
    );
    let apart = patient(&[
        of("harbor", Category::Contact, &second),
        of("lakeside", Category::Contact, &more),
    ]);
    assert!(apart.contains("<telecom nullFlavor=\"NI\"/>"), "{apart}");
}

#[test]
fn labels_stand_at_their_entry_and_nowhere_above_it() {
    let fields: Payload = serde_json::from_value(json!({ "condition": "Depression" })).unwrap();
    let labelled = released(Category::Conditions, &fields);
    let (text, document) = made(
        &[
            labelled,
            Released {
                confidentiality: None,
                security: &[],
                ..labelled
            },
        ],
        &Attached {
            confidentiality: Some("R"),
            ..Attached::default()
        },
    );
    assert_eq!(text.matches("code=\"PSY\"").count(), 1, "{text}");
    assert_eq!(text.matches("code=\"NORDSCLCD\"").count(), 1, "{text}");
    let whole = child(&document, "confidentialityCode").unwrap();
    assert_eq!(whole.attribute("code"), Some("R"));
    let entries: Vec<&Element> = document
        .descendants()
        .filter(|element| element.is(V3, "entry"))
        .collect();
    let labels = |entry: &Element| {
        entry
            .descendants()
            .filter(|element| element.attribute("code") == Some("PSY"))
            .count()
    };
    assert_eq!((labels(entries[0]), labels(entries[1])), (1, 0));
}

#[test]
fn notices_go_with_the_document_word_for_word() {
    let notice = "42 CFR part 2 prohibits <unauthorized> use & disclosure of these records.".to_owned();
    let attached = Attached {
        notices: std::slice::from_ref(&notice),
        obligations: &["NORED".to_owned()],
        ..Attached::default()
    };
    let fields = Payload::new().with("kind", "x");
    let (_, document) = made(&[released(Category::Enrollment, &fields)], &attached);
    let paragraphs: Vec<String> = document
        .descendants()
        .filter(|element| element.is(V3, "paragraph"))
        .map(Element::text)
        .collect();
    assert!(
        paragraphs.contains(&notice) && paragraphs.contains(&"NORED".to_owned()),
        "{paragraphs:?}"
    );
    assert_eq!(templates::faults(&document), Vec::<String>::new());
}

#[test]
fn times_are_told_in_the_form_of_hl7_or_not_at_all() {
    for (written, told) in [
        ("2026-01-02", Some("20260102")),
        ("2026-01", Some("202601")),
        ("2026", Some("2026")),
        ("2026-01-02T03:04:05.123Z", Some("20260102030405+0000")),
        ("2026-01-02T03:04-05:00", Some("202601020304-0500")),
        ("20260102030405-0500", Some("20260102030405-0500")),
        ("20260102030405.1234", Some("20260102030405.1234")),
        ("next week", None),
        ("2026-1-2", None),
        ("20261302", None),
        ("2026-01-02T", Some("20260102")),
        ("", None),
        ("ä-01-02", None),
    ] {
        assert_eq!(time(written).as_deref(), told, "{written}");
    }
}

/// The records with every text replaced by a marker of its own, and the markers.
fn marked() -> Vec<(Category, Payload, Vec<String>)> {
    fn mark(value: &mut Value, markers: &mut Vec<String>, prefix: &str) {
        match value {
            Value::String(text) => {
                let marker = format!("zq{prefix}x{}q", markers.len());
                *text = match text.split_once('|') {
                    Some((system, _)) => format!("{system}|{marker}"),
                    None => marker.clone(),
                };
                markers.push(marker);
            }
            Value::Array(values) => values.iter_mut().for_each(|value| mark(value, markers, prefix)),
            Value::Object(fields) => fields.values_mut().for_each(|value| mark(value, markers, prefix)),
            _ => {}
        }
    }
    let all = records().into_iter().enumerate();
    all.map(|(at, (category, fields))| {
        let mut value = serde_json::to_value(&fields).unwrap();
        let mut markers = Vec::new();
        mark(&mut value, &mut markers, &at.to_string());
        (category, serde_json::from_value(value).unwrap(), markers)
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn of_any_part_of_a_record_that_part_is_told_and_no_other(chosen in proptest::collection::vec(any::<bool>(), 80)) {
        let records = marked();
        let kept: Vec<bool> = (0..records.len()).map(|at| chosen[at % chosen.len()]).collect();
        let given: Vec<Released<'_>> = records
            .iter()
            .zip(&kept)
            .filter(|(_, kept)| **kept)
            .map(|((category, fields, _), _)| released(*category, fields))
            .collect();
        let (text, document) = made(&given, &Attached::default());
        prop_assert_eq!(templates::faults(&document), Vec::<String>::new());
        for ((category, _, markers), kept) in records.iter().zip(&kept) {
            for marker in markers {
                prop_assert_eq!(text.contains(marker.as_str()), *kept, "{:?} {}", category, marker);
            }
            // A section of its own says nothing of a category of which nothing was released.
            let own = format!("code=\"{}\"", category.code());
            let any = given.iter().any(|one| one.category == *category);
            prop_assert!(any || !text.contains(&own), "{}", own);
        }
        // What is there is numbered without a gap.
        for at in 1..=given.len() {
            let row = format!("<tr ID=\"e{at}\">");
            prop_assert!(text.contains(&row));
        }
    }

    #[test]
    fn whatever_is_in_a_value_the_document_is_well_formed_and_says_it(
        text in any::<String>(), name in "\\PC{1,12}", which in 0_usize..200
    ) {
        let records = records();
        let (category, fields) = &records[which % records.len()];
        let mut value = serde_json::to_value(fields).unwrap();
        let object = value.as_object_mut().unwrap();
        for (_, one) in object.iter_mut() {
            if one.is_string() {
                *one = text.clone().into();
            }
        }
        object.insert(name, json!([text, { "under": text, "value_codes": [text, "http://loinc.org|\"><x/>"] }]));
        let fields: Payload = serde_json::from_value(value).unwrap();
        let (_, document) = made(&[released(*category, &fields)], &Attached::default());
        prop_assert_eq!(templates::faults(&document), Vec::<String>::new());
        let told: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
        let words: String = narrative(&document).chars().filter(|letter| letter.is_alphanumeric()).collect();
        prop_assert!(words.contains(&told));
    }
}
