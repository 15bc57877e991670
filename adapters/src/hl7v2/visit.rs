//! PV1 and PV2: where the client is or was, since when, what for, and who is in charge.

use gateway_types::vocabulary::{Category, Regime, Sensitivity, WordSet};
use gateway_types::{RecordKey, SourceClientKey};
use serde_json::{Map, Value};

use super::change::{Amended, RecordChange};
use super::concept::{put, words};
use super::er7::{Message, Part, Said, Segment};
use super::person::{Barred, Setting, Statement, written};

/// The kind of the record of a visit.
const VISIT: &str = "PV1";
/// That of who is in charge of it.
const IN_CHARGE: &str = "PV1.people";

/// A visit, by name.
pub(super) struct Visit {
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
        match number {
            Some(number) => Self {
                key: format!("{number}@{}", client.reveal()),
                is_numbered: true,
            },
            None => Self {
                key: format!("@{}", client.reveal()),
                is_numbered: false,
            },
        }
    }

    /// The record of this kind that belongs to the visit.
    pub(super) fn record(&self, kind: &'static str) -> RecordKey {
        RecordKey::new(kind, self.key.as_str())
    }

    /// What takes the visit back, with everything that was said of it.
    pub(super) fn withdrawal(&self) -> Vec<RecordChange> {
        [VISIT, IN_CHARGE, super::clinical::DIAGNOSES, super::clinical::FINDINGS]
            .into_iter()
            .map(|kind| RecordChange::Withdraw {
                record: self.record(kind),
            })
            .collect()
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
