//! NENA emergency incident data objects (EIDO-JSON, NENA-STA-021.1b): what a 911 centre knows of an incident.
//!
//! Taken are the incident, for each person who is its subject, and the cautions about them. Callers, victims, witnesses
//! and people under eighteen are barred (catalogue 4.1, CJ-CADX); notes, additional data, callback numbers, vehicles and
//! media are not read, and no URL is ever fetched. A place is taken only where its own usage rules let it be passed on
//! and kept (RFC 4119, section 2.2.2), and then without a house number.

mod place;
mod rules;

use std::collections::HashMap;

use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity, WordSet};
use gateway_types::{Date, LabelledElement, Payload, RecordKey, SourceRecord, Timestamp};
use serde_json::{Map, Value};

use crate::json::{self, JsonFault};
use crate::labelling::{close, text_sensitivity};
use crate::person::{People, Person, is_minor, moment};
use crate::report::{Place, Report, Rule, Severity};
use crate::{Taken, markers};

/// What findings are filed under.
const FILE: &str = "EIDO";

/// What is accepted of a document.
pub const LIMITS: json::Limits = json::Limits {
    bytes: 16 << 20,
    depth: 24,
    values: 500_000,
};

/// Reads an object, or an array of them.
///
/// # Errors
/// The report, if nothing of it is taken.
pub fn incident(bytes: &[u8]) -> Result<Taken, Box<Report>> {
    let mut report = Report::default();
    let given = match json::parse(bytes, &LIMITS) {
        Ok(Value::Array(given)) => given,
        Ok(one) => vec![one],
        Err(fault) => {
            let (rule, line) = told(fault);
            let place = Place::file(FILE);
            report.add(rule, line.map_or(place.clone(), |line| place.row(line)));
            return Err(Box::new(report));
        }
    };
    let mut records = Vec::new();
    let mut people = People::default();
    for (row, object) in (1..).zip(&given) {
        match Incident::of(object) {
            Ok(incident) => incident.subjects(&mut people, &mut records, row, &mut report),
            Err((rule, component)) => {
                let counts = report.rows_of(FILE);
                counts.read += 1;
                match rule.severity {
                    Severity::Barred => counts.barred += 1,
                    _ => counts.refused += 1,
                }
                report.add(rule, Place::file(FILE).column(component).row(row));
            }
        }
    }
    if records.is_empty() {
        report.add(&rules::NOTHING_TAKEN, Place::file(FILE));
        return Err(Box::new(report));
    }
    Ok(Taken { records, report })
}

fn told(fault: JsonFault) -> (&'static Rule, Option<u64>) {
    let line = |line: usize| u64::try_from(line).ok();
    match fault {
        JsonFault::TooLarge | JsonFault::TooMany => (&rules::TOO_LARGE, None),
        JsonFault::Syntax { line: at, .. } => (&rules::SYNTAX, line(at)),
        JsonFault::RepeatedKey { line: at, .. } => (&rules::REPEATED_KEY, line(at)),
        JsonFault::TooDeep { line: at, .. } => (&rules::TOO_DEEP, line(at)),
    }
}

/// An object read, its references resolvable.
struct Incident<'v> {
    id: &'v str,
    updated: Timestamp,
    /// What the object says of the incident itself.
    what: &'v Map<String, Value>,
    object: &'v Map<String, Value>,
    by_id: HashMap<&'v str, &'v Map<String, Value>>,
    /// Words of the incident or its end tell of an arrest.
    arrest: bool,
}

type Stop = (&'static Rule, &'static str);

impl<'v> Incident<'v> {
    fn of(object: &'v Value) -> Result<Self, Stop> {
        let object = object.as_object().ok_or((&rules::NOT_EIDO, "object"))?;
        if text(object, "eidoVersion") != Some("1.0") {
            return Err((&rules::NOT_EIDO, "eidoVersion"));
        }
        let what = one(object.get("incidentComponent")).ok_or((&rules::NO_INCIDENT, "incidentComponent"))?;
        let id = text(object, "$id")
            .or_else(|| text(what, "$id"))
            .filter(|id| !id.is_empty() && id.len() <= 256)
            .ok_or((&rules::NO_INCIDENT, "$id"))?;
        let updated = text(what, "lastUpdateTimeStamp")
            .or_else(|| text(object, "lastUpdateTimeStamp"))
            .and_then(moment)
            .filter(|moment| moment.date().year() > 1900)
            .ok_or((&rules::BAD_TIME, "lastUpdateTimeStamp"))?;
        let mut by_id = HashMap::new();
        for component in object.iter().flat_map(|(_, component)| all(component)) {
            if let Some(id) = text(component, "$id")
                && by_id.insert(id, component).is_some()
            {
                return Err((&rules::REPEATED_ID, "$id"));
            }
        }
        let mut texts = Vec::new();
        what.values().for_each(|value| gather(value, &mut texts));
        if texts.iter().any(|text| markers::is_ncic_return(text)) {
            return Err((&rules::NCIC, "incidentComponent"));
        }
        if texts.iter().any(|text| markers::is_juvenile(text)) {
            return Err((&rules::JUVENILE, "incidentComponent"));
        }
        Ok(Self {
            id,
            updated,
            what,
            object,
            by_id,
            arrest: texts.iter().any(|text| markers::is_arrest_notation(text)),
        })
    }

    /// What stands behind the references of `key`.
    fn referenced(
        &'v self,
        from: &'v Map<String, Value>,
        key: &str,
    ) -> impl Iterator<Item = &'v Map<String, Value>> {
        from.get(key)
            .into_iter()
            .flat_map(all)
            .filter_map(|reference| self.by_id.get(text(reference, "$ref")?).copied())
    }

    fn subjects(&self, people: &mut People, records: &mut Vec<SourceRecord>, row: u64, report: &mut Report) {
        let persons: Vec<_> = self
            .object
            .get("personComponent")
            .into_iter()
            .flat_map(all)
            .collect();
        let mut taken = 0;
        for person in &persons {
            report.rows_of(FILE).read += 1;
            let outcome = self.subject(person);
            let counts = report.rows_of(FILE);
            match outcome {
                Ok(subject) => {
                    counts.taken += 1;
                    taken += 1;
                    let only = persons.len() == 1;
                    let elements = self.elements(person, &subject, only);
                    records.push(people.record(subject.key(), subject.identity(), elements, self.updated));
                }
                Err((rule, column)) => {
                    match rule.severity {
                        Severity::Barred => counts.barred += 1,
                        _ => counts.refused += 1,
                    }
                    report.add(rule, Place::file(FILE).column(column).row(row));
                }
            }
        }
        if persons.is_empty() {
            report.rows_of(FILE).read += 1;
            report.rows_of(FILE).refused += 1;
            report.add(
                &rules::NOBODY,
                Place::file(FILE).column("personComponent").row(row),
            );
        }
        if taken > 0 && self.arrest {
            report.add(&rules::ARREST, Place::file(FILE).row(row));
        }
        for unread in [
            "notesComponent",
            "additionalDataComponent",
            "callbackComponent",
            "mediaComponent",
        ] {
            if self.object.contains_key(unread) {
                report.add(&rules::NOT_KEPT, Place::file(FILE).column(unread).row(row));
            }
        }
    }

    fn subject(&self, person: &Map<String, Value>) -> Result<Person, Stop> {
        let roles: Vec<&str> = person
            .get("personIncidentRoleRegistryText")
            .into_iter()
            .flat_map(texts_of)
            .collect();
        // Without a role nobody can tell a subject from a caller.
        if roles.is_empty() || roles.iter().any(|role| markers::is_third_party(role)) {
            return Err((&rules::THIRD_PARTY, "personIncidentRoleRegistryText"));
        }
        let niem = one(person.get("ncPersonComponent")).ok_or((&rules::NOBODY, "ncPersonComponent"))?;
        let name = loosely(niem, "PersonName")
            .and_then(|name| one(Some(name)))
            .ok_or((&rules::NOBODY, "ncPersonComponent"))?;
        let born = match loosely(niem, "PersonBirthDate").map(first_text) {
            Some(Some(text)) => Some(
                text.parse::<Date>()
                    .map_err(|_| (&rules::BAD_BIRTH_DATE, "ncPersonComponent"))?,
            ),
            Some(None) => return Err((&rules::BAD_BIRTH_DATE, "ncPersonComponent")),
            None => None,
        };
        if born.is_some_and(|born| is_minor(born, self.updated.date())) {
            return Err((&rules::JUVENILE, "ncPersonComponent"));
        }
        let part = |key| loosely(name, key).and_then(first_text).unwrap_or_default();
        Person::named(part("PersonGivenName"), part("PersonSurName"), born)
            .ok_or((&rules::NOBODY, "ncPersonComponent"))
    }

    /// The call, and a flag for each caution about this person.
    fn elements(&self, person: &Map<String, Value>, subject: &Person, only: bool) -> Vec<LabelledElement> {
        let call = self.element(
            RecordKey::new("EidoIncident", format!("{}|{}", self.id, subject.key())),
            Category::CallsForService,
            self.call(),
            &[Sensitivity::Locis],
        );
        let cautions = self
            .object
            .get("cautionComponent")
            .into_iter()
            .flat_map(all)
            .filter(|caution| self.is_about(caution, person, only))
            .enumerate()
            .map(|(at, caution)| {
                let key = text(caution, "$id").map_or_else(|| at.to_string(), str::to_owned);
                let mut flag = self.element(
                    RecordKey::new("EidoCaution", format!("{}|{key}|{}", self.id, subject.key())),
                    Category::SafetyFlags,
                    picked(
                        caution,
                        &[
                            ("hazard", "cautionTypeCommonRegistryText"),
                            ("detail", "cautionSubRegistryText"),
                            ("severity", "cautionSeverity"),
                            ("source", "cautionSource"),
                            ("since", "startDate"),
                        ],
                    ),
                    &[],
                );
                if flag.category.is_some() {
                    flag.category = Some(markers::hazard(flag.sensitivity));
                }
                flag
            });
        std::iter::once(call).chain(cautions).collect()
    }

    /// Whether a caution is about a person: it refers to them, or they are the only one and it refers to nobody.
    fn is_about(&self, caution: &'v Map<String, Value>, person: &Map<String, Value>, only: bool) -> bool {
        match caution.get("personReference") {
            Some(_) => self
                .referenced(caution, "personReference")
                .any(|referred| std::ptr::eq(referred, person)),
            None => only,
        }
    }

    fn call(&self) -> Payload {
        let mut payload = picked(
            self.what,
            &[
                ("call_type", "incidentTypeCommonRegistryText"),
                ("local_call_type", "incidentTypeInternalText"),
                ("status", "incidentStatusCommonRegistryText"),
                ("priority", "incidentCommonPriorityNumber"),
                ("incident", "internalIncidentId"),
                ("beat", "beatOrDispatchGroupText"),
            ],
        );
        if !payload.fields().contains_key("incident") {
            payload.insert("incident", self.id);
        }
        let ended: Vec<Value> = self
            .what
            .get("dispositionComponent")
            .into_iter()
            .flat_map(all)
            .filter_map(|disposition| text(disposition, "dispositionCommonRegistryCode"))
            .map(Value::from)
            .collect();
        if !ended.is_empty() {
            payload.insert("disposition", ended);
        }
        let received = self
            .object
            .get("callComponent")
            .into_iter()
            .flat_map(all)
            .filter_map(|call| text(call, "callStartTimestamp").and_then(moment))
            .min()
            .unwrap_or(self.updated);
        payload.insert("received", received.to_string());
        let places: Vec<&str> = self
            .referenced(self.what, "locationReference")
            .filter_map(|location| text(location, "locationByValue"))
            .collect();
        if let [place] = places.as_slice()
            && let Some(block) = place::coarse(place)
        {
            payload.insert("block", block);
        }
        payload
    }

    fn element(
        &self,
        record: RecordKey,
        category: Category,
        payload: Payload,
        tells: &[Sensitivity],
    ) -> LabelledElement {
        let mut texts = Vec::new();
        payload
            .fields()
            .values()
            .for_each(|value| gather(value, &mut texts));
        let returned = texts.iter().any(|text| markers::is_ncic_return(text));
        let arrest = self.arrest || texts.iter().any(|text| markers::is_arrest_notation(text));
        let mut sensitivity = texts
            .iter()
            .fold(WordSet::EMPTY, |told, text| told.union(text_sensitivity(text)));
        for told in tells {
            sensitivity.insert(*told);
        }
        close(&mut sensitivity);
        let mut element = LabelledElement {
            record,
            category: Some(category),
            source_programme: None,
            regimes: WordSet::EMPTY,
            sensitivity,
            facts: WordSet::EMPTY,
            as_of: Some(self.updated.date()),
            payload,
        };
        if arrest {
            element.regimes.insert(Regime::Chri);
            element.facts.insert(ElementFact::ContainsArrestNotation);
        }
        if returned {
            // Whatever a caution repeats of the FBI's files stays there (28 CFR 20.33).
            element.payload = Payload::new();
            element.category = None;
        }
        element
    }
}

/// The object, or the only one of an array.
fn one(value: Option<&Value>) -> Option<&Map<String, Value>> {
    match value? {
        Value::Object(object) => Some(object),
        Value::Array(values) => match values.as_slice() {
            [Value::Object(object)] => Some(object),
            _ => None,
        },
        _ => None,
    }
}

/// The objects of an array, or the one that stands there.
fn all(value: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        one => std::slice::from_ref(one),
    };
    values.iter().filter_map(Value::as_object)
}

fn text<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    object.get(key).and_then(Value::as_str)
}

fn texts_of(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A NIEM property under whatever prefix, in upper or lower camel case.
fn loosely<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    object
        .iter()
        .find(|(key, _)| {
            key.rsplit(':')
                .next()
                .is_some_and(|local| local.eq_ignore_ascii_case(name))
        })
        .map(|(_, value)| value)
}

/// A text, wherever NIEM puts it: bare, in an array, or inside an object of one property.
fn first_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(values) => values.first().and_then(first_text),
        Value::Object(object) => object
            .iter()
            .filter(|(key, _)| !key.starts_with('@') && !key.starts_with('$'))
            .find_map(|(_, value)| first_text(value)),
        _ => None,
    }
}

fn gather<'v>(value: &'v Value, into: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(values) => values.iter().for_each(|value| gather(value, into)),
        Value::Object(object) => object.values().for_each(|value| gather(value, into)),
        _ => {}
    }
}

/// The texts and numbers of an object under our names.
fn picked(object: &Map<String, Value>, names: &[(&'static str, &str)]) -> Payload {
    let mut payload = Payload::new();
    for (ours, theirs) in names {
        match object.get(*theirs) {
            Some(Value::String(text)) if !text.trim().is_empty() => payload.insert(*ours, text.trim()),
            Some(Value::Number(number)) => payload.insert(*ours, number.clone()),
            Some(Value::Array(values)) => {
                let words: Vec<Value> = values.iter().filter(|value| value.is_string()).cloned().collect();
                if !words.is_empty() {
                    payload.insert(*ours, words);
                }
            }
            _ => {}
        }
    }
    payload
}

#[cfg(test)]
mod tests;
