//! The bundle: its entries, what they refer to, and what becomes of each. A resource by itself is a bundle of one, and
//! the lines of a bulk export are the entries of one.

use std::collections::HashMap;

use gateway_types::record::UNRESOLVED_PROGRAMME;
use gateway_types::{RecordKey, SourceClientKey, SourceRecord};
use serde_json::Value;

use super::resources::{self, Context};
use super::{Limits, findings, plans, provenance, rules};
use crate::Taken;
use crate::json::{self, JsonFault};
use crate::report::{Place, Report, Rule};

/// What findings about the document as a whole are filed under.
const BUNDLE: &str = "Bundle";

/// Reads a bundle, or one resource by itself.
///
/// # Errors
/// The report, if nothing of it is taken.
pub fn bundle(bytes: &[u8], limits: &Limits) -> Result<Taken, Box<Report>> {
    let mut report = Report::default();
    let mut document = json::parse(bytes, &limits.json).map_err(|fault| refuse(fault, &mut report))?;
    if text(&document, "resourceType").is_some_and(|kind| kind != "Bundle") {
        document = collection(vec![document]);
    }
    let records = read(&document, |at| at as u64 + 1, limits, &mut report);
    finish(records, report)
}

/// Reads the lines of a bulk export (NDJSON), one resource a line. A line that cannot be read is refused by its number,
/// the others are taken. References are resolved among all lines, so files of several types are sent as one.
///
/// # Errors
/// The report, if nothing of it is taken.
pub fn ndjson(bytes: &[u8], limits: &Limits) -> Result<Taken, Box<Report>> {
    let mut report = Report::default();
    if bytes.len() > limits.json.bytes {
        return Err(refuse(JsonFault::TooLarge, &mut report));
    }
    let (mut resources, mut lines) = (Vec::new(), Vec::new());
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let number = at as u64 + 1;
        match json::parse(line, &limits.json) {
            Ok(resource) => {
                resources.push(resource);
                lines.push(number);
            }
            Err(_) => {
                let counts = report.rows_of(ENTRY);
                counts.read += 1;
                counts.refused += 1;
                report.add(&rules::BAD_LINE, Place::file(ENTRY).row(number));
            }
        }
    }
    if resources.is_empty() {
        report.add(&rules::NOTHING_TAKEN, Place::file(BUNDLE));
    }
    let document = collection(resources);
    let number = |at: usize| lines.get(at).copied().unwrap_or_default();
    let records = read(&document, number, limits, &mut report);
    finish(records, report)
}

fn finish(records: Vec<SourceRecord>, report: Report) -> Result<Taken, Box<Report>> {
    if report.refused() {
        return Err(Box::new(report));
    }
    Ok(Taken { records, report })
}

fn collection(resources: Vec<Value>) -> Value {
    let entries: Vec<Value> = resources
        .into_iter()
        .map(|resource| serde_json::json!({ "resource": resource }))
        .collect();
    serde_json::json!({ "resourceType": "Bundle", "type": "collection", "entry": entries })
}

fn refuse(fault: JsonFault, report: &mut Report) -> Box<Report> {
    let (rule, line) = match fault {
        JsonFault::TooLarge | JsonFault::TooMany => (&rules::TOO_LARGE, None),
        JsonFault::Syntax { line, .. } => (&rules::SYNTAX, Some(line)),
        JsonFault::RepeatedKey { line, .. } => (&rules::REPEATED_KEY, Some(line)),
        JsonFault::TooDeep { line, .. } => (&rules::TOO_DEEP, Some(line)),
    };
    let place = Place::file(BUNDLE);
    report.add(rule, line.map_or(place.clone(), |line| place.row(line as u64)));
    Box::new(std::mem::take(report))
}

/// The entries of a bundle by the names under which others refer to them.
#[derive(Debug, Default)]
pub(super) struct Index<'a> {
    /// `None`: the name stands for more than one resource, and which is meant cannot be told.
    by_name: HashMap<String, Option<&'a Value>>,
}

impl<'a> Index<'a> {
    /// Gives `resource` a name; whether another resource has it already.
    fn name(&mut self, name: String, resource: &'a Value) -> bool {
        let known = self.by_name.entry(name).or_insert(Some(resource));
        let is_taken = known.is_none_or(|known| !std::ptr::eq(known, resource));
        if is_taken {
            *known = None;
        }
        is_taken
    }

    /// The resource that `reference` names, in this bundle or inside `within`.
    pub(super) fn resolve(&self, reference: &str, within: &'a Value) -> Option<&'a Value> {
        if let Some(id) = reference.strip_prefix('#') {
            return within
                .get("contained")?
                .as_array()?
                .iter()
                .find(|inner| inner.get("id").and_then(Value::as_str) == Some(id));
        }
        self.by_name
            .get(reference)
            .or_else(|| self.by_name.get(relative(reference)?))
            .copied()
            .flatten()
    }
}

/// `Type/id` out of a relative or absolute reference, without a version.
pub(super) fn relative(reference: &str) -> Option<&str> {
    let plain = reference.split("/_history/").next()?;
    let mut parts = plain.rsplitn(3, '/');
    let (id, kind) = (parts.next()?, parts.next()?);
    let is_type = kind.starts_with(|letter: char| letter.is_ascii_uppercase());
    let start = plain.len().checked_sub(id.len() + kind.len() + 1)?;
    (is_type && is_id(id)).then(|| plain.get(start..)).flatten()
}

/// Whether `text` is an id as FHIR allows it.
pub(super) fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

pub(super) fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// Reads the entries, which findings name by their `number`.
fn read(
    document: &Value,
    number: impl Fn(usize) -> u64,
    limits: &Limits,
    report: &mut Report,
) -> Vec<SourceRecord> {
    let mut records = Vec::new();
    let entries = document.get("entry").and_then(Value::as_array);
    let (Some("Bundle"), Some(entries)) = (text(document, "resourceType"), entries) else {
        report.add(&rules::NOT_A_BUNDLE, Place::file(BUNDLE));
        return records;
    };
    if !matches!(
        text(document, "type"),
        Some("collection" | "transaction" | "batch" | "searchset")
    ) {
        report.add(&rules::BUNDLE_TYPE, Place::file(BUNDLE).column("type"));
        return records;
    }
    if entries.len() > limits.entries {
        report.add(&rules::TOO_MANY_ENTRIES, Place::file(BUNDLE));
        return records;
    }
    let mut index = Index::default();
    let mut repeated = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let Some(resource) = entry.get("resource") else {
            continue;
        };
        if let Some(full_url) = text(entry, "fullUrl") {
            index.name(full_url.to_owned(), resource);
        }
        if let (Some(kind), Some(id)) = (text(resource, "resourceType"), text(resource, "id"))
            && index.name(format!("{kind}/{id}"), resource)
        {
            repeated.push((kind, id, at));
        }
    }
    let mut about = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let number = number(at);
        match take(entry, &index, number, report) {
            Ok((kind, taken)) => {
                let is_repeated = entry.get("resource").is_some_and(|resource| {
                    repeated.iter().any(|(kind, id, _)| {
                        text(resource, "resourceType") == Some(kind) && text(resource, "id") == Some(id)
                    })
                });
                let counts = report.rows_of(kind);
                counts.read += 1;
                if is_repeated {
                    counts.refused += 1;
                    report.add(&rules::DUPLICATE_ENTRY, Place::file(kind).row(number));
                    continue;
                }
                counts.taken += 1;
                match kind {
                    "Patient" => records.extend(taken),
                    _ => about.extend(taken),
                }
            }
            Err((rule, kind)) => {
                report.add(rule, Place::file(kind).row(number));
                let counts = report.rows_of(kind);
                counts.read += 1;
                if std::ptr::eq(rule, &rules::NOT_KEPT) {
                    counts.taken += 1;
                } else {
                    counts.refused += 1;
                }
            }
        }
    }
    records.extend(about);
    if records.is_empty() && !entries.is_empty() {
        report.add(&rules::NOTHING_TAKEN, Place::file(BUNDLE));
    }
    records
}

type Refusal = (&'static Rule, &'static str);

/// The kinds of resource that are known here, so that a report never repeats a word of the input.
const KINDS: [&str; 11] = [
    "Patient",
    "Condition",
    "MedicationRequest",
    "MedicationStatement",
    "AllergyIntolerance",
    "Observation",
    "Flag",
    "CarePlan",
    "Goal",
    "Encounter",
    "CareTeam",
];
const SUPPORTING: [&str; 5] = [
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "Location",
    "Medication",
];
const ENTRY: &str = "Bundle.entry";

fn take(
    entry: &Value,
    index: &Index<'_>,
    number: u64,
    report: &mut Report,
) -> Result<(&'static str, Vec<SourceRecord>), Refusal> {
    let request = entry.get("request");
    let method = request.and_then(|request| text(request, "method"));
    if method == Some("DELETE") {
        let url = request
            .and_then(|request| text(request, "url"))
            .and_then(relative);
        let id = url
            .and_then(|url| url.strip_prefix("Patient/"))
            .ok_or((&rules::METHOD, ENTRY))?;
        let client = SourceClientKey::new(id);
        return Ok(("Patient", vec![SourceRecord::Withdrawn { client, record: None }]));
    }
    let resource = entry.get("resource").ok_or((&rules::NO_RESOURCE, ENTRY))?;
    let stated = text(resource, "resourceType").unwrap_or_default();
    if let Some(kind) = SUPPORTING.into_iter().find(|kind| *kind == stated) {
        return Err((&rules::NOT_KEPT, kind));
    }
    let kind = KINDS
        .into_iter()
        .find(|kind| *kind == stated)
        .ok_or((&rules::RESOURCE_TYPE, ENTRY))?;
    if !matches!(method, None | Some("POST" | "PUT")) {
        return Err((&rules::METHOD, kind));
    }
    if resource.get("modifierExtension").is_some() {
        return Err((&rules::MODIFIER, kind));
    }
    let tags = resource.pointer("/meta/tag").and_then(Value::as_array);
    if tags.is_some_and(|tags| tags.iter().any(|tag| text(tag, "code") == Some("HTEST"))) {
        return Err((&rules::TEST_DATA, kind));
    }
    let id = text(resource, "id")
        .filter(|id| is_id(id))
        .or_else(|| {
            // A resource to be created has no id yet; the urn that the others refer to is one.
            text(entry, "fullUrl").and_then(|url| url.strip_prefix("urn:uuid:"))
        })
        .ok_or((&rules::NO_ID, kind))?;
    let mut context = Context {
        index,
        resource,
        kind,
        id,
        number,
        programme: provenance::programme(index, resource),
        report,
    };
    let records = match kind {
        "Patient" => resources::patient(&mut context),
        "Condition" => resources::condition(&mut context),
        "MedicationRequest" | "MedicationStatement" => resources::medication(&mut context),
        "AllergyIntolerance" => findings::allergy(&mut context),
        "Observation" => findings::observation(&mut context),
        "Flag" => findings::flag(&mut context),
        "CarePlan" => plans::care_plan(&mut context),
        "Goal" => plans::goal(&mut context),
        "Encounter" => resources::encounter(&mut context),
        _ => resources::care_team(&mut context),
    };
    let records = records.map_err(|rule| (rule, kind))?;
    if records.iter().any(is_unresolved) {
        report.add(&rules::UNRESOLVED_UNIT, Place::file(kind).row(number));
    }
    Ok((kind, records))
}

fn is_unresolved(record: &SourceRecord) -> bool {
    let (SourceRecord::Client { elements, .. } | SourceRecord::About { elements, .. }) = record else {
        return false;
    };
    elements
        .iter()
        .any(|element| element.source_programme.as_deref() == Some(UNRESOLVED_PROGRAMME))
}

/// The withdrawal of a record and of the notes on it.
pub(super) fn withdrawn(client: &SourceClientKey, kinds: &[String], id: &str) -> Vec<SourceRecord> {
    kinds
        .iter()
        .map(|kind| SourceRecord::Withdrawn {
            client: client.clone(),
            record: Some(RecordKey::new(kind.as_str(), id)),
        })
        .collect()
}
