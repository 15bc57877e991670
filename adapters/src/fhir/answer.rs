//! FHIR R4 out: what was released, as a searchset Bundle, made anew from the released elements and from nothing else.
//!
//! No resource of a source is passed on: each is built from the fields of one released element, so that what was withheld
//! has left nothing behind, neither in a narrative nor in a display, a reference or a count. A field that R4 has no place
//! for in that resource stands in an extension beside it. Each source has a Patient of its own, which names the person only
//! if that source's demographics were released. Ids count within the Bundle and mean nothing outside it.

mod fields;
mod resources;

use gateway_types::Payload;
use gateway_types::vocabulary::{Category, Word as _};
use serde_json::{Map, Value, json};

use crate::answer::{Attached, Released};
use fields::Fields;

const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/// The answer as a Bundle. With nothing released it is the same for everybody: no entry, and a total of none.
#[must_use]
pub fn bundle(released: &[Released<'_>], attached: &Attached<'_>) -> Value {
    let mut entries = Vec::new();
    let mut sources: Vec<&str> = released.iter().map(|element| element.source).collect();
    sources.sort_unstable();
    sources.dedup();
    for (at, source) in (1..).zip(&sources) {
        entries.push(entry(patient_url(at), patient(released, source, at)));
    }
    let others = released
        .iter()
        .filter(|element| !resources::is_of_the_patient(element.category));
    for (at, element) in (1..).zip(others) {
        let subject = (1..)
            .zip(&sources)
            .find(|(_, source)| **source == element.source)
            .map_or_else(|| patient_url(0), |(at, _)| patient_url(at));
        let mut resource = resources::resource(element, &json!({ "reference": subject }));
        dress(&mut resource, &format!("e{at}"), &[element]);
        entries.push(entry(format!("urn:assent:answer:e{at}"), resource));
    }
    let total = entries.len();
    if let Some(outcome) = outcome(attached) {
        entries.push(json!({
            "fullUrl": "urn:assent:answer:notices",
            "resource": outcome,
            "search": { "mode": "outcome" },
        }));
    }
    let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "total": total });
    if let Some(fields) = bundle.as_object_mut() {
        if let Some(code) = attached.confidentiality {
            fields.insert(
                "meta".to_owned(),
                json!({ "security": [coding(CONFIDENTIALITY, code)] }),
            );
        }
        // An empty array is no FHIR.
        if !entries.is_empty() {
            fields.insert("entry".to_owned(), entries.into());
        }
    }
    bundle
}

fn patient_url(at: usize) -> String {
    format!("urn:assent:answer:p{at}")
}

fn entry(url: String, resource: Value) -> Value {
    json!({ "fullUrl": url, "resource": resource, "search": { "mode": "match" } })
}

fn coding(system: &str, code: &str) -> Value {
    json!({ "system": system, "code": code })
}

/// The Patient of one source: with what of it was released, or bare, so that the others have a subject.
fn patient(released: &[Released<'_>], source: &str, at: usize) -> Value {
    let of_patient: Vec<&Released<'_>> = released
        .iter()
        .filter(|element| element.source == source && resources::is_of_the_patient(element.category))
        .collect();
    let mut resource = Map::new();
    resource.insert("resourceType".to_owned(), "Patient".into());
    for element in &of_patient {
        let mut fields = Fields::of(element.fields);
        match element.category {
            Category::Demographics => resources::demographics(&mut resource, &mut fields),
            Category::Ssn => resources::ssn(&mut resource, &mut fields),
            _ => resources::contact(&mut resource, &mut fields),
        }
        fields.left_over(&mut resource);
    }
    let mut resource = Value::Object(resource);
    let bare = [Released {
        category: Category::Demographics,
        source,
        as_of: None,
        confidentiality: None,
        security: &[],
        fields: const { &Payload::new() },
    }];
    if of_patient.is_empty() {
        dress(&mut resource, &format!("p{at}"), &[&bare[0]]);
    } else {
        dress(&mut resource, &format!("p{at}"), &of_patient);
    }
    resource
}

/// Gives a resource its id, its source, its labels and its age.
fn dress(resource: &mut Value, id: &str, elements: &[&Released<'_>]) {
    let Some(fields) = resource.as_object_mut() else {
        return;
    };
    fields.insert("id".to_owned(), id.into());
    let mut security: Vec<Value> = Vec::new();
    let mut add = |system: &str, code: &str| {
        let label = coding(system, code);
        if !security.contains(&label) {
            security.push(label);
        }
    };
    for element in elements {
        if let Some(code) = element.confidentiality {
            add(CONFIDENTIALITY, code);
        }
        for code in element.security {
            add(ACT_CODE, code);
        }
    }
    let mut meta = Map::new();
    if let Some(element) = elements.first() {
        meta.insert(
            "source".to_owned(),
            format!("urn:assent:agency:{}", element.source).into(),
        );
    }
    if !security.is_empty() {
        meta.insert("security".to_owned(), security.into());
    }
    fields.insert("meta".to_owned(), meta.into());
    let newest = elements.iter().filter_map(|element| element.as_of).max();
    if let Some(day) = newest {
        fields::extend(
            fields,
            json!({ "url": "urn:assent:as-of", "valueDate": day.to_string() }),
        );
    }
}

/// The notices and duties, as information in an OperationOutcome.
fn outcome(attached: &Attached<'_>) -> Option<Value> {
    let issue = |text: &String| json!({ "severity": "information", "code": "informational", "details": { "text": text } });
    let issues: Vec<Value> = attached
        .notices
        .iter()
        .chain(attached.obligations)
        .map(issue)
        .collect();
    (!issues.is_empty())
        .then(|| json!({ "resourceType": "OperationOutcome", "id": "notices", "issue": issues }))
}

/// How a category is named where a resource has no code of its own.
fn named(category: Category) -> Value {
    json!({
        "coding": [{ "system": "urn:assent:category", "code": category.code() }],
        "text": category.code().replace('_', " "),
    })
}

#[cfg(test)]
mod tests;
