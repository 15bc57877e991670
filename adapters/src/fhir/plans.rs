//! What is planned with a client: care plans and goals.
//!
//! Most of a plan is prose, which is kept apart as free text; the plan itself is its status, its dates, and what its
//! activities are in codes.

use gateway_types::vocabulary::{Category, ElementFact};
use gateway_types::{Payload, SourceRecord, Timestamp};
use serde_json::Value;

use super::bundle::text;
use super::resources::{Context, list, notes_of, put_concept, put_text, words};
use crate::report::Rule;

/// A plan of care, or for a crisis.
pub(super) fn care_plan(context: &mut Context<'_, '_>) -> Result<Vec<SourceRecord>, &'static Rule> {
    let client = context.client()?;
    let resource = context.resource;
    if matches!(context.text("status"), Some("entered-in-error" | "revoked")) {
        return Ok(context.withdrawal(&client));
    }
    let kinds: Vec<String> = list(resource, "category")
        .filter_map(|concept| words(Some(concept)))
        .collect();
    let category = if kinds.iter().any(|kind| is_for_a_crisis(kind)) {
        Category::CrisisPlan
    } else {
        Category::CarePlan
    };
    let mut payload = Payload::new();
    if !kinds.is_empty() {
        payload.insert("kinds", kinds);
    }
    for field in ["status", "intent", "period", "created"] {
        put_text(&mut payload, field, resource.get(field).cloned());
    }
    let activities: Vec<Value> = list(resource, "activity")
        .filter_map(|activity| activity.get("detail"))
        .filter_map(activity)
        .collect();
    if !activities.is_empty() {
        payload.insert("activities", activities);
    }
    let as_of = context
        .day("/created")
        .or_else(|| context.day("/period/start"))
        .or_else(|| context.updated().map(Timestamp::date));
    let element = context.element(Some(category), payload, as_of);
    let mut notes = notes_of(resource);
    notes.extend(
        [context.text("title"), context.text("description")]
            .into_iter()
            .flatten()
            .map(str::to_owned),
    );
    notes.extend(
        list(resource, "activity")
            .filter_map(|activity| text(activity.get("detail")?, "description"))
            .map(str::to_owned),
    );
    Ok(context.about(client, element, notes))
}

/// Whether the source calls it a plan for a crisis.
fn is_for_a_crisis(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    ["crisis", "safety plan", "psychiatric advance directive"]
        .iter()
        .any(|word| kind.contains(word))
}

/// What is to be done, and whether it is.
fn activity(detail: &Value) -> Option<Value> {
    let mut payload = Payload::new();
    put_concept(&mut payload, "activity", detail.get("code"));
    for field in ["status", "scheduledPeriod", "scheduledString"] {
        put_text(&mut payload, field, detail.get(field).cloned());
    }
    serde_json::to_value(payload)
        .ok()
        .filter(|_| detail.get("code").is_some())
}

/// What is to be reached. Its words are the client's own more often than not, so they are free text.
pub(super) fn goal(context: &mut Context<'_, '_>) -> Result<Vec<SourceRecord>, &'static Rule> {
    let client = context.client()?;
    let resource = context.resource;
    if matches!(
        context.text("lifecycleStatus"),
        Some("entered-in-error" | "rejected" | "cancelled")
    ) {
        return Ok(context.withdrawal(&client));
    }
    let mut payload = Payload::new();
    put_concept(&mut payload, "goal", resource.get("description"));
    for field in ["lifecycleStatus", "startDate", "statusDate"] {
        put_text(&mut payload, field, resource.get(field).cloned());
    }
    let as_of = context
        .day("/statusDate")
        .or_else(|| context.day("/startDate"))
        .or_else(|| context.updated().map(Timestamp::date));
    let mut element = context.element(Some(Category::CarePlan), payload, as_of);
    element.facts.insert(ElementFact::FreeText);
    Ok(context.about(client, element, notes_of(resource)))
}
