//! PV1 and PV2: where the client is or was, since when, what for, and who is in charge.

use gateway_types::vocabulary::{Category, Regime, Sensitivity, WordSet};
use gateway_types::{Payload, RecordKey, SourceClientKey};
use serde_json::{Map, Value};

use super::change::{Amended, RecordChange};
use super::concept::{put, words};
use super::er7::{Message, Part, Said, Segment};
use super::person::{Barred, Setting, Statement, written};

/// The kind of the record of a visit.
const VISIT: &str = "PV1";
/// That of who is in charge of it.
const IN_CHARGE: &str = "PV1.people";

/// The field in which what belongs to a visit names it.
const NUMBER: &str = "visit";

/// A visit, by name.
pub(super) struct Visit {
    number: Option<String>,
    key: String,
    /// Whether it has a number of its own, so that it is the same visit in the next message.
    pub(super) is_numbered: bool,
}

impl Visit {
    /// PV1-19, or the account of PID-18; where there is neither, the one visit that the client has now.
    pub(super) fn of(pv1: Option<&Segment<'_>>, pid: &Segment<'_>, client: &SourceClientKey) -> Self {
        let number = pv1
            .and_then(|segment| written(segment.field(19).first()))
            .or_else(|| written(pid.field(18).first()));
        Self {
            key: key_of(number.as_deref(), client),
            is_numbered: number.is_some(),
            number,
        }
    }

    /// Says in a payload which visit it belongs to.
    pub(super) fn name(&self, payload: &mut Payload) {
        if let Some(number) = &self.number {
            payload.insert(NUMBER, number.as_str());
        }
    }

    /// The record of this kind that belongs to the visit.
    pub(super) fn record(&self, kind: &'static str) -> RecordKey {
        RecordKey::new(kind, self.key.as_str())
    }

    /// What takes the visit back, with everything that was said of it.
    pub(super) fn withdrawal(&self) -> Vec<RecordChange> {
        [
            VISIT,
            IN_CHARGE,
            super::clinical::DIAGNOSES,
            super::clinical::FINDINGS,
        ]
        .into_iter()
        .map(|kind| RecordChange::Withdraw {
            record: self.record(kind),
        })
        .collect()
    }
}

fn key_of(number: Option<&str>, client: &SourceClientKey) -> String {
    format!("{}@{}", number.unwrap_or_default(), client.reveal())
}

/// The record that an element on file comes from, as far as it tells: by its visit, or as the `nth` of the client.
pub(super) fn record_of(client: &SourceClientKey, kind: &str, payload: &Payload, nth: usize) -> RecordKey {
    let number = payload.fields().get(NUMBER).and_then(Value::as_str);
    match number {
        Some(number) if kind != super::clinical::DIAGNOSIS => {
            RecordKey::new(kind, key_of(Some(number), client))
        }
        _ => RecordKey::new(kind, format!("{}/{nth}", client.reveal())),
    }
}

/// The same record of another client, whom the source has found to be the same person.
pub(super) fn moved(record: &RecordKey, gone: &SourceClientKey, into: &SourceClientKey) -> RecordKey {
    let number = (record.key.reveal().strip_suffix(gone.reveal()))
        .and_then(|rest| rest.strip_suffix('@'))
        .filter(|number| !number.is_empty());
    match number {
        Some(number) => RecordKey::new(record.kind.as_str(), key_of(Some(number), into)),
        None => record.clone(),
    }
}

/// The unit that a visit was at: the point of care of PV1-3, else the service of PV1-10.
pub(super) fn unit(pv1: &Segment<'_>) -> Option<String> {
    let place = pv1.field(3).first().component(1);
    place.text().or_else(|| pv1.field(10).component(1).text())
}

/// What an event does to a visit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It begins, or goes on.
    Begins,
    /// It ends.
    Ends,
    /// It had not ended after all.
    EndCancelled,
    /// It is described anew.
    Described,
}

/// What a message changes of a visit.
pub(super) fn change(
    message: &Message<'_>,
    pv1: &Segment<'_>,
    visit: &Visit,
    step: Step,
    (setting, sensitivity, barred): (&Setting, WordSet<Sensitivity>, Barred),
) -> Vec<RecordChange> {
    let mut said = Statement::default();
    for (field, number) in [("class", 2), ("type", 4), ("service", 10)] {
        said.put(field, words(pv1.field(number).first()));
    }
    if barred.location {
        said.cleared.insert("locations");
    } else {
        said.put("locations", place(pv1.field(3)));
    }
    said.put("from", time(pv1.field(44)));
    match step {
        Step::EndCancelled => {
            said.cleared.extend(["until", "discharge"]);
            said.payload.insert("status", "in-progress");
        }
        Step::Begins => said.payload.insert("status", "in-progress"),
        Step::Ends => said.payload.insert("status", "finished"),
        Step::Described => {}
    }
    if step != Step::EndCancelled {
        said.put("until", time(pv1.field(45)));
        said.put("discharge", words(pv1.field(36).first()));
    }
    if let Some(pv2) = message.first("PV2") {
        let reason = pv2.field(3);
        if reason.is_deletion() {
            said.cleared.extend(["reason", "reason_codes"]);
        }
        put(&mut said.payload, "reason", reason, None);
    }
    visit.name(&mut said.payload);
    let record = visit.record(VISIT);
    let mut element = setting.element(&record, Some(Category::Encounters), said.payload);
    element.sensitivity = sensitivity;
    if barred.location {
        // A later message that does not repeat the restriction does not lift it.
        element.regimes.insert(Regime::P2);
    }
    let amended = Amended {
        element,
        cleared: said.cleared,
    };
    let mut changes = vec![match step {
        // The last visit without a number is another one.
        Step::Begins if !visit.is_numbered => RecordChange::Replace {
            record,
            elements: vec![amended.element],
        },
        _ => RecordChange::Amend {
            record,
            parts: vec![amended],
        },
    }];
    changes.extend(in_charge(pv1, visit, setting, sensitivity));
    changes
}

/// Who is in charge of the visit: attending, referring, consulting, admitting.
fn in_charge(
    pv1: &Segment<'_>,
    visit: &Visit,
    setting: &Setting,
    sensitivity: WordSet<Sensitivity>,
) -> Option<RecordChange> {
    let mut said = Statement::default();
    for (field, number) in [("attending", 7), ("consulting", 9), ("admitting", 17)] {
        let people = pv1.field(number);
        if people.is_deletion() {
            said.cleared.insert(field);
            continue;
        }
        let named: Vec<Value> = people.repetitions().filter_map(person).collect();
        if !named.is_empty() {
            said.payload.insert(field, named);
        }
    }
    if said.is_empty() {
        return None;
    }
    visit.name(&mut said.payload);
    let record = visit.record(IN_CHARGE);
    let mut element = setting.element(&record, Some(Category::CaseManagerContact), said.payload);
    element.sensitivity = sensitivity;
    let amended = Amended {
        element,
        cleared: said.cleared,
    };
    Some(RecordChange::Amend {
        record,
        parts: vec![amended],
    })
}

fn person(of: Part<'_>) -> Option<Value> {
    // XCN, and in older messages CN: identifier, family name, given names, suffix, prefix.
    let name: Vec<String> = [6, 3, 4, 2, 5]
        .into_iter()
        .filter_map(|number| of.component(number).text())
        .collect();
    if name.is_empty() {
        return None;
    }
    let mut written = Map::new();
    written.insert("name".to_owned(), name.join(" ").into());
    Some(Value::Object(written))
}

/// Point of care and facility, not the bed.
fn place(field: Part<'_>) -> Said<Vec<Value>> {
    if field.is_deletion() {
        return Said::Deleted;
    }
    let first = field.first();
    let words: Vec<String> = [1, 4, 9]
        .into_iter()
        .filter_map(|number| first.component(number).text())
        .collect();
    if words.is_empty() {
        return Said::Nothing;
    }
    Said::Value(vec![words.join(", ").into()])
}

/// A time as it is written.
pub(super) fn time(field: Part<'_>) -> Said<String> {
    field.first().component(1).said()
}
