//! DG1, AL1 and OBX: diagnoses, allergies, observations. What a message sends of a kind is all there is of it (snapshot
//! mode, HL7 v2 chapter 2, "Protocol for interpreting repeating segments"), unless every diagnosis has an id and an action of
//! its own.

use std::collections::BTreeMap;

use gateway_types::vocabulary::{Category, Sensitivity, WordSet};
use gateway_types::{LabelledElement, Payload, RecordKey, SourceClientKey};

use super::change::RecordChange;
use super::concept::{put, told, words};
use super::er7::{Message, Part, Said, Segment};
use super::person::{Setting, day};
use super::visit::Visit;

/// The kind of the record of a visit's diagnoses.
pub(super) const DIAGNOSES: &str = "DG1";
/// That of its observations.
pub(super) const FINDINGS: &str = "OBX";
const ALLERGIES: &str = "AL1";
/// That of a diagnosis with an id of its own.
pub(super) const DIAGNOSIS: &str = "DG1.one";

/// What the diagnoses of a message change.
pub(super) fn diagnoses(
    message: &Message<'_>,
    visit: &Visit,
    client: &SourceClientKey,
    setting: &Setting,
) -> Vec<RecordChange> {
    let all: Vec<&Segment<'_>> = message.all("DG1").collect();
    if all.is_empty() {
        return Vec::new();
    }
    let own: Option<Vec<(String, String)>> = (all.iter())
        .map(|one| {
            let id = one.field(20).first();
            let number = id.component(1).text()?;
            let authority = id.component(2).text().unwrap_or_default();
            Some((
                format!("{authority}|{number}@{}", client.reveal()),
                one.field(21).component(1).text()?,
            ))
        })
        .collect();
    if let Some(own) = own {
        let mut changes = BTreeMap::new();
        for (one, (key, action)) in all.iter().zip(own) {
            let record = RecordKey::new(DIAGNOSIS, key.as_str());
            let change = if action == "D" {
                RecordChange::Withdraw { record }
            } else {
                let elements = diagnosis(one, &record, visit, setting).into_iter().collect();
                RecordChange::Replace { record, elements }
            };
            // Of two about one diagnosis the later counts.
            changes.insert(key, change);
        }
        return changes.into_values().collect();
    }
    let record = visit.record(DIAGNOSES);
    let elements = (all.iter())
        .filter_map(|one| diagnosis(one, &record, visit, setting))
        .collect();
    vec![RecordChange::Replace { record, elements }]
}

fn diagnosis(
    segment: &Segment<'_>,
    record: &RecordKey,
    visit: &Visit,
    setting: &Setting,
) -> Option<LabelledElement> {
    let method = segment.field(2).component(1).text();
    let mut payload = Payload::new();
    put(&mut payload, "condition", segment.field(3), method.as_deref());
    // DG1-4 is what older versions name it by.
    if !payload.fields().contains_key("condition")
        && let Some(words) = segment.field(4).text()
    {
        payload.insert("condition", words);
    }
    if payload.is_empty() {
        return None;
    }
    visit.name(&mut payload);
    if let Some(kind) = words(segment.field(6).first()).value() {
        payload.insert("type", kind);
    }
    let on = segment.field(5).first().component(1).text();
    let mut element = setting.element(record, Some(Category::Conditions), payload);
    element.as_of = on.as_deref().and_then(day).or(setting.as_of);
    if let Some(on) = on {
        element.payload.insert("time", on);
    }
    element.sensitivity = told(segment, &[3, 4, 8], method.as_deref());
    element.sensitivity.insert(Sensitivity::Dia);
    Some(element)
}

/// What the allergies of a message change: those of the client, whatever the visit.
pub(super) fn allergies(
    message: &Message<'_>,
    client: &SourceClientKey,
    setting: &Setting,
) -> Option<RecordChange> {
    message.first("AL1")?;
    let record = RecordKey::new(ALLERGIES, client.reveal());
    let elements = message
        .all("AL1")
        .filter_map(|segment| allergy(segment, &record, setting))
        .collect();
    Some(RecordChange::Replace { record, elements })
}

fn allergy(segment: &Segment<'_>, record: &RecordKey, setting: &Setting) -> Option<LabelledElement> {
    let mut payload = Payload::new();
    put(&mut payload, "allergy", segment.field(3), None);
    if payload.is_empty() {
        return None;
    }
    for (field, number) in [("type", 2), ("severity", 4)] {
        if let Some(words) = words(segment.field(number).first()).value() {
            payload.insert(field, words);
        }
    }
    let reactions: Vec<String> = segment
        .field(5)
        .repetitions()
        .filter_map(|reaction| words(reaction).value())
        .collect();
    if !reactions.is_empty() {
        payload.insert("reactions", reactions);
    }
    let mut element = setting.element(record, Some(Category::Allergies), payload);
    element.sensitivity = told(segment, &[3, 5], None);
    Some(element)
}

/// What the observations of a message change; how many were in words, which may say anything, or documents.
pub(super) fn findings(
    message: &Message<'_>,
    visit: &Visit,
    setting: &Setting,
) -> (Option<RecordChange>, u64) {
    if message.first("OBX").is_none() {
        return (None, 0);
    }
    let record = visit.record(FINDINGS);
    let mut untaken = 0;
    let elements = message
        .all("OBX")
        .filter(|segment| {
            !matches!(
                segment.field(11).component(1).text().as_deref(),
                Some("D" | "W" | "X")
            )
        })
        .filter_map(|segment| {
            let found = finding(segment, &record, visit, setting);
            untaken += u64::from(found.is_none());
            found
        })
        .collect();
    (Some(RecordChange::Replace { record, elements }), untaken)
}

fn finding(
    segment: &Segment<'_>,
    record: &RecordKey,
    visit: &Visit,
    setting: &Setting,
) -> Option<LabelledElement> {
    let mut payload = Payload::new();
    put(&mut payload, "observation", segment.field(3), None);
    let value = segment.field(5);
    match segment.field(2).component(1).text().as_deref() {
        Some("CE" | "CWE" | "CNE" | "CF" | "ID" | "IS") => put(&mut payload, "value", value, None),
        Some("NM" | "SN" | "DT" | "TM" | "TS" | "DTM") => {
            let parts: Vec<String> = value
                .repetitions()
                .map(|one| one.leaves().collect::<Vec<_>>().concat())
                .collect();
            // Words in a field for numbers may say anything.
            if parts.iter().any(|part| part.chars().any(char::is_alphabetic)) {
                return None;
            }
            if !parts.is_empty() {
                payload.insert("value", parts.join(", "));
            }
        }
        _ => return None,
    }
    if payload.is_empty() {
        return None;
    }
    visit.name(&mut payload);
    for (field, said) in [
        ("unit", words(segment.field(6).first())),
        ("interpretation", words(segment.field(8).first())),
    ] {
        if let Said::Value(words) = said {
            payload.insert(field, words);
        }
    }
    let on = Part::first(segment.field(14)).component(1).text();
    let sensitivity: WordSet<Sensitivity> = told(segment, &[3, 5], None);
    let category = sensitivity
        .contains_any(&[Sensitivity::Mh, Sensitivity::Psy])
        .then_some(Category::MentalHealth);
    let mut element = setting.element(record, category, payload);
    element.as_of = on.as_deref().and_then(day).or(setting.as_of);
    element.sensitivity = sensitivity;
    Some(element)
}
