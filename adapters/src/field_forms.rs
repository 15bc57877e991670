//! Field forms as JSON: what an officer or responder fills in after a contact (CIT contact, diversion referral, overdose
//! event, result of a lethality screen).
//!
//! A form has no room for what must not come in: no narrative, no third party, no answer of a lethality screen. What it
//! has is one table ([`FORMS`]); a key outside it refuses the form. A charge that is held is criminal history record
//! information and becomes an element of its own, so that a referral can be seen without it (28 CFR 20.3, CJ-CADX).
//! What comes of a lethality screen is bound as victim-service information (34 USC 12291(b)(2)).

mod rules;
mod schema;
mod tables;

use std::collections::{BTreeMap, HashSet};

use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity, WordSet};
use gateway_types::{Date, LabelledElement, Payload, RecordKey, SourceRecord, Timestamp};
use serde_json::{Map, Value};

pub use schema::{CLIENT, COMMON, Field, Form, Goes, Needed, Takes, json_schema};
pub use tables::FORMS;

use crate::json::{self, JsonFault};
use crate::labelling::{close, text_sensitivity};
use crate::person::{People, Person, is_minor};
use crate::report::{Place, Report, Rule, Severity};
use crate::{Taken, markers};

/// What findings are filed under where no form is known yet.
const FILE: &str = "field forms";

/// The most forms of one push.
const MOST_FORMS: usize = 10_000;

/// What is accepted of a document.
pub const LIMITS: json::Limits = json::Limits {
    bytes: 16 << 20,
    depth: 6,
    values: 1_000_000,
};

/// Reads a form, or an array of them.
///
/// # Errors
/// The report, if nothing of it is taken.
pub fn forms(bytes: &[u8]) -> Result<Taken, Box<Report>> {
    let mut report = Report::default();
    let document = match json::parse(bytes, &LIMITS) {
        Ok(document) => document,
        Err(fault) => {
            let (rule, line) = told(fault);
            let place = Place::file(FILE);
            report.add(rule, line.map_or(place.clone(), |line| place.row(line)));
            return Err(Box::new(report));
        }
    };
    let given = match document {
        Value::Array(forms) => forms,
        form => vec![form],
    };
    if given.len() > MOST_FORMS {
        report.add(&rules::TOO_LARGE, Place::file(FILE));
        return Err(Box::new(report));
    }
    let mut pushed = Pushed::default();
    let mut records = Vec::new();
    for (row, form) in (1..).zip(&given) {
        report.rows_of(FILE).read += 1;
        let taken = pushed.take(form, row, &mut report);
        let counts = report.rows_of(FILE);
        match taken {
            Ok(record) => {
                counts.taken += 1;
                records.push(record);
            }
            Err(Stopped { rule, place }) => {
                match rule.severity {
                    Severity::Barred => counts.barred += 1,
                    _ => counts.refused += 1,
                }
                report.add(rule, place.row(row));
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

/// A form that is not taken: the rule, and where it is broken.
struct Stopped {
    rule: &'static Rule,
    place: Place,
}

/// The people and forms that a push has named so far.
#[derive(Default)]
struct Pushed {
    people: People,
    forms: HashSet<(&'static str, String)>,
}

impl Pushed {
    fn take(&mut self, given: &Value, row: u64, report: &mut Report) -> Result<SourceRecord, Stopped> {
        let nowhere = |rule| Stopped {
            rule,
            place: Place::file(FILE),
        };
        let given = given.as_object().ok_or_else(|| nowhere(&rules::NOT_A_FORM))?;
        let form = given
            .get("form")
            .and_then(Value::as_str)
            .and_then(|name| FORMS.iter().find(|form| form.name == name))
            .ok_or_else(|| nowhere(&rules::NOT_A_FORM))?;
        let filled = Filled::of(form, given)?;
        if !self.forms.insert((form.name, filled.id.clone())) {
            return Err(at(form, "id", &rules::DUPLICATE));
        }
        if filled.arrest {
            report.add(&rules::ARREST, Place::file(form.name).row(row));
        }
        let Filled {
            person, at, elements, ..
        } = filled;
        Ok(self.people.record(person.key(), person.identity(), elements, at))
    }
}

fn at(form: &Form, column: &'static str, rule: &'static Rule) -> Stopped {
    Stopped {
        rule,
        place: Place::file(form.name).column(column),
    }
}

/// A form filled in as its table wants.
struct Filled {
    id: String,
    at: Timestamp,
    person: Person,
    elements: Vec<LabelledElement>,
    /// A text mentions an arrest.
    arrest: bool,
}

impl Filled {
    fn of(form: &'static Form, given: &Map<String, Value>) -> Result<Self, Stopped> {
        // What must not be here must not even be looked at further.
        if form.name == "lethality_screen" && given.keys().any(|key| is_an_answer(key)) {
            return Err(at(form, "answers", &rules::ANSWERS));
        }
        if given
            .values()
            .filter_map(Value::as_str)
            .any(markers::is_ncic_return)
        {
            return Err(Stopped {
                rule: &rules::NCIC,
                place: Place::file(form.name),
            });
        }
        let client = match given.get("client") {
            Some(Value::Object(client)) => client,
            Some(_) => return Err(at(form, "client", &rules::BAD_VALUE)),
            None => return Err(at(form, "client", &rules::NOBODY)),
        };
        let born = client
            .get("birth_date")
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<Date>().ok());
        let moment = given
            .get("at")
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<Timestamp>().ok())
            .filter(|moment| moment.date().year() > 1900);
        if born
            .zip(moment)
            .is_some_and(|(born, moment)| is_minor(born, moment.date()))
        {
            return Err(at(form, "client", &rules::JUVENILE));
        }
        check(form, given, COMMON.iter().chain(form.fields), &["form", "client"])?;
        check(form, client, CLIENT, &[])?;
        let word = |object: &Map<String, Value>, key: &str| -> String {
            let text = object.get(key).and_then(Value::as_str);
            text.unwrap_or_default().trim().to_owned()
        };
        let person = Person::named(&word(client, "first_name"), &word(client, "last_name"), born)
            .ok_or_else(|| at(form, "client", &rules::NOBODY))?;
        let moment = moment.ok_or_else(|| at(form, "at", &rules::BAD_VALUE))?;
        let id = word(given, "id");
        let arrest = given
            .iter()
            .filter(|(key, _)| !is_criminal_history(form, key))
            .filter_map(|(_, value)| value.as_str())
            .any(markers::is_arrest_notation);
        let key = RecordKey::new(form.name, format!("{id}|{}", person.key()));
        Ok(Self {
            elements: elements(form, given, &key, moment, arrest),
            id,
            at: moment,
            person,
            arrest,
        })
    }
}

/// Whether a key looks like one of the screen's eleven questions or all of them.
fn is_an_answer(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let number = key
        .strip_prefix("question")
        .or_else(|| key.strip_prefix('q'))
        .map(|rest| rest.trim_start_matches(['_', '-', ' ']));
    key.contains("answer")
        || number.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

fn is_criminal_history(form: &Form, key: &str) -> bool {
    form.fields
        .iter()
        .any(|field| field.name == key && field.goes == Goes::Into(Category::Arrest))
}

/// Holds an object to its fields; `also`: keys that are looked at elsewhere.
fn check(
    form: &'static Form,
    given: &Map<String, Value>,
    fields: impl IntoIterator<Item = &'static Field>,
    also: &[&str],
) -> Result<(), Stopped> {
    let fields: Vec<&Field> = fields.into_iter().collect();
    let unknown = given
        .keys()
        .position(|key| !also.contains(&key.as_str()) && !fields.iter().any(|field| field.name == key));
    if let Some(place) = unknown {
        // The key itself may hold anything.
        return Err(Stopped {
            rule: &rules::UNKNOWN_KEY,
            place: Place::file(form.name).column(format!("key {}", place + 1)),
        });
    }
    for field in fields {
        match given.get(field.name).filter(|value| !value.is_null()) {
            Some(value) if field.takes.admits(value) => {}
            Some(_) => return Err(at(form, field.name, &rules::BAD_VALUE)),
            None if field.needed == Needed::Yes => return Err(at(form, field.name, &rules::MISSING)),
            None => {}
        }
    }
    Ok(())
}

/// One element for each category that the form says something of.
fn elements(
    form: &'static Form,
    given: &Map<String, Value>,
    key: &RecordKey,
    moment: Timestamp,
    arrest: bool,
) -> Vec<LabelledElement> {
    let died = given.get("fatal").and_then(Value::as_bool) == Some(true);
    let mut parts: BTreeMap<Category, Payload> = BTreeMap::new();
    let mut tells: BTreeMap<Category, WordSet<Sensitivity>> = BTreeMap::new();
    for field in form.fields {
        let (Goes::Into(category), Some(value)) =
            (field.goes, given.get(field.name).filter(|value| !value.is_null()))
        else {
            continue;
        };
        let category = match category {
            Category::SafetyFlags => markers::hazard(words_of(value)),
            other => other,
        };
        // Nothing of a death stays behind in the calls, from whose lack it could be told.
        let category = if died && category == Category::CallsForService {
            Category::DeathInformation
        } else {
            category
        };
        let said = tells.entry(category).or_insert(WordSet::EMPTY);
        *said = said.union(words_of(value));
        let part = parts
            .entry(category)
            .or_insert_with(|| Payload::new().with("at", moment.to_string()));
        part.insert(field.name, value.clone());
    }
    let element = |(category, payload): (Category, Payload)| {
        let mut sensitivity = tells.get(&category).copied().unwrap_or(WordSet::EMPTY);
        for (_, told) in form.tells.iter().filter(|(of, _)| *of == category) {
            sensitivity.insert(*told);
        }
        if matches!(category, Category::CallsForService | Category::DeathInformation) {
            // Where somebody was met.
            sensitivity.insert(Sensitivity::Locis);
        }
        close(&mut sensitivity);
        let mut element = LabelledElement {
            record: key.clone(),
            category: Some(category),
            source_programme: None,
            regimes: WordSet::EMPTY,
            sensitivity,
            facts: WordSet::EMPTY,
            as_of: Some(moment.date()),
            payload,
        };
        if arrest || category == Category::Arrest {
            element.regimes.insert(Regime::Chri);
            element.facts.insert(ElementFact::ContainsArrestNotation);
        }
        if form.name == "lethality_screen" {
            element.regimes.insert(Regime::Vsp);
        }
        element
    };
    parts.into_iter().map(element).collect()
}

/// What the words of a value tell.
fn words_of(value: &Value) -> WordSet<Sensitivity> {
    match value {
        Value::String(text) => text_sensitivity(&text.replace('_', " ")),
        Value::Array(values) => values
            .iter()
            .fold(WordSet::EMPTY, |told, value| told.union(words_of(value))),
        _ => WordSet::EMPTY,
    }
}

#[cfg(test)]
mod tests;
