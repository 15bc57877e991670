//! What was found about a client: allergies, observations, flags.
//!
//! No code proves a category of law; which of ours a resource belongs to follows what the source says it is, and what
//! fits none is kept without one and withheld.

use gateway_types::vocabulary::{Category, Sensitivity};
use gateway_types::{Payload, SourceRecord, Timestamp};
use serde_json::Value;

use super::bundle::text;
use super::resources::{Context, codings, list, notes_of, put_concept, put_text, words};
use crate::report::Rule;

/// An allergy or intolerance; also the statement that there is none, which is no empty list.
pub(super) fn allergy(context: &mut Context<'_, '_>) -> Result<Vec<SourceRecord>, &'static Rule> {
    let client = context.client()?;
    let resource = context.resource;
    if matches!(
        code_of(resource.get("verificationStatus")),
        Some("entered-in-error" | "refuted")
    ) {
        return Ok(context.withdrawal(&client));
    }
    let mut payload = Payload::new();
    put_concept(&mut payload, "allergy", resource.get("code"));
    for (name, field) in [
        ("clinical_status", "clinicalStatus"),
        ("verification_status", "verificationStatus"),
    ] {
        put_text(&mut payload, name, words(resource.get(field)));
    }
    for field in [
        "type",
        "category",
        "criticality",
        "onsetDateTime",
        "recordedDate",
        "lastOccurrence",
    ] {
        put_text(&mut payload, field, resource.get(field).cloned());
    }
    let reactions: Vec<Value> = list(resource, "reaction").filter_map(reaction).collect();
    if !reactions.is_empty() {
        payload.insert("reactions", reactions);
    }
    let as_of = context
        .day("/recordedDate")
        .or_else(|| context.day("/onsetDateTime"))
        .or_else(|| context.updated().map(Timestamp::date));
    let element = context.element(Some(Category::Allergies), payload, as_of);
    let mut notes = notes_of(resource);
    notes.extend(
        list(resource, "reaction").filter_map(|reaction| text(reaction, "description").map(str::to_owned)),
    );
    Ok(context.about(client, element, notes))
}

/// How the client reacted, and how badly.
fn reaction(reaction: &Value) -> Option<Value> {
    let mut said = serde_json::Map::new();
    let signs: Vec<Value> = list(reaction, "manifestation")
        .filter_map(|sign| words(Some(sign)).map(Value::from))
        .collect();
    if !signs.is_empty() {
        said.insert("manifestations".to_owned(), signs.into());
    }
    if let Some(severity) = text(reaction, "severity") {
        said.insert("severity".to_owned(), severity.into());
    }
    (!said.is_empty()).then_some(Value::Object(said))
}

/// A measurement, a result, an answer. Only what the laboratory reports has a category of its own, and what tells of
/// the mind; vital signs, social history and the like fit none.
pub(super) fn observation(context: &mut Context<'_, '_>) -> Result<Vec<SourceRecord>, &'static Rule> {
    let client = context.client()?;
    let resource = context.resource;
    if matches!(context.text("status"), Some("entered-in-error" | "cancelled")) {
        return Ok(context.withdrawal(&client));
    }
    let mut payload = Payload::new();
    put_concept(&mut payload, "observation", resource.get("code"));
    put_value(&mut payload, resource);
    for field in ["status", "issued", "effectiveDateTime", "effectivePeriod"] {
        put_text(&mut payload, field, resource.get(field).cloned());
    }
    let interpretations: Vec<String> = list(resource, "interpretation")
        .filter_map(|concept| words(Some(concept)))
        .collect();
    if !interpretations.is_empty() {
        payload.insert("interpretation", interpretations);
    }
    let components: Vec<Payload> = list(resource, "component")
        .map(|component| {
            let mut payload = Payload::new();
            put_concept(&mut payload, "observation", component.get("code"));
            put_value(&mut payload, component);
            payload
        })
        .collect();
    if !components.is_empty() {
        let components = components
            .into_iter()
            .filter_map(|component| serde_json::to_value(component).ok())
            .collect::<Vec<_>>();
        payload.insert("components", components);
    }
    let as_of = context
        .day("/effectiveDateTime")
        .or_else(|| context.day("/effectivePeriod/start"))
        .or_else(|| context.day("/issued"))
        .or_else(|| context.updated().map(Timestamp::date));
    let mut element = context.element(None, payload, as_of);
    let stated = |wanted: &str| {
        list(resource, "category")
            .flat_map(codings)
            .any(|coding| text(coding, "code") == Some(wanted))
    };
    element.category = if stated("laboratory") {
        Some(Category::Labs)
    } else if element
        .sensitivity
        .contains_any(&[Sensitivity::Mh, Sensitivity::Psy])
    {
        Some(Category::MentalHealth)
    } else {
        None
    };
    // An answer in words may say anything.
    let mut notes = notes_of(resource);
    notes.extend(text(resource, "valueString").map(str::to_owned));
    notes.extend(
        list(resource, "component").filter_map(|component| text(component, "valueString").map(str::to_owned)),
    );
    Ok(context.about(client, element, notes))
}

/// What was found, or why there is nothing. A value that is masked by the source stays so.
fn put_value(payload: &mut Payload, of: &Value) {
    put_concept(payload, "value", of.get("valueCodeableConcept"));
    for field in [
        "valueQuantity",
        "valueBoolean",
        "valueInteger",
        "valueRange",
        "valueRatio",
        "valueDateTime",
        "valuePeriod",
    ] {
        put_text(payload, field, of.get(field).cloned());
    }
    put_text(payload, "absent", words(of.get("dataAbsentReason")));
}

/// A warning on a chart. `safety_flags` go to dispatchers and drivers, so only what the source files under safety and
/// what tells of no illness is one; any other flag is a problem of the client's.
pub(super) fn flag(context: &mut Context<'_, '_>) -> Result<Vec<SourceRecord>, &'static Rule> {
    let client = context.client()?;
    let resource = context.resource;
    if context.text("status") == Some("entered-in-error") {
        return Ok(context.withdrawal(&client));
    }
    let mut payload = Payload::new();
    put_concept(&mut payload, "flag", resource.get("code"));
    for field in ["status", "period"] {
        put_text(&mut payload, field, resource.get(field).cloned());
    }
    let as_of = context
        .day("/period/start")
        .or_else(|| context.updated().map(Timestamp::date));
    let mut element = context.element(Some(Category::SafetyFlags), payload, as_of);
    let safety = list(resource, "category")
        .flat_map(codings)
        .any(|coding| text(coding, "code") == Some("safety"));
    if !safety || !element.sensitivity.is_empty() {
        element.category = Some(Category::Conditions);
        element.sensitivity.insert(Sensitivity::Dia);
    }
    Ok(context.about(client, element, notes_of(resource)))
}

fn code_of(concept: Option<&Value>) -> Option<&str> {
    concept.and_then(|concept| codings(concept).find_map(|coding| text(coding, "code")))
}
