//! PID and what belongs to it: who the client is, and how they are reached. Relatives, aliases and a mother's name are
//! not read.

use std::collections::BTreeSet;

use gateway_types::vocabulary::{Category, Regime, WordSet};
use gateway_types::{Date, LabelledElement, Payload, RecordKey, SourceClientKey};
use serde_json::{Map, Value};

use super::change::{Amended, RecordChange};
use super::concept::words;
use super::er7::{Message, Part, Said, Segment};
use super::{Condition, Fault, rules};
use crate::hmis::{is_issued_ssn, last_four};

/// The kind of the record that says who a client is.
const PERSON: &str = "PID";

/// Whether a record says who a client is.
pub(super) fn is_person(record: &RecordKey) -> bool {
    record.kind == PERSON
}

/// What the source bars, by its own word.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Barred {
    /// Whereabouts.
    pub(super) location: bool,
    /// Demographic data.
    pub(super) demographics: bool,
    /// More than these, or it is not said what.
    pub(super) other: bool,
}

impl Barred {
    /// By ARV (2.8), PD1-12 and the confidentiality of PV1-16 and MSH-8. A restriction that a message takes back is one
    /// that it says nothing about; what was barred stays so ([`super::change`]).
    pub(super) fn of(message: &Message<'_>) -> Self {
        let mut barred = Self::default();
        for segment in message.all("ARV") {
            if segment.field(2).component(1).text().as_deref() == Some("D") {
                continue;
            }
            let mut kinds = segment.field(3).repetitions().peekable();
            barred.other |= kinds.peek().is_none();
            for kind in kinds {
                match kind.component(1).text().as_deref() {
                    Some("LOC") => barred.location = true,
                    Some("DEM" | "PID-7" | "PID-17") => barred.demographics = true,
                    Some("NO") => {}
                    _ => barred.other = true,
                }
            }
        }
        let says = |segment: Option<&Segment<'_>>, field: usize| {
            segment.and_then(|segment| segment.field(field).component(1).text())
        };
        if says(message.first("PD1"), 12).as_deref() == Some("Y") {
            barred.other = true;
            barred.location = true;
        }
        let vip = says(message.first("PV1"), 16);
        barred.other |= vip.is_some_and(|vip| !matches!(vip.as_str(), "N" | "0"));
        let marked = says(message.first("MSH"), 8);
        barred.other |= marked.is_some_and(|code| matches!(code.as_str(), "R" | "V"));
        barred
    }

    /// The regimes that this adds: which law is meant is not said, so the strictest.
    pub(super) fn regimes(self) -> WordSet<Regime> {
        if self.other {
            [Regime::P2].into_iter().collect()
        } else {
            WordSet::EMPTY
        }
    }
}

/// The key of the client: the medical record number of PID-3 if one is marked as such, else the first identifier that is no
/// social security number; PID-2, which older versions used, if PID-3 is empty.
pub(super) fn key(of: Part<'_>) -> Option<SourceClientKey> {
    let usable = || {
        of.repetitions()
            .filter(|id| !is_ssn(*id))
            .filter(|id| id.component(1).text().is_some())
    };
    let marked = usable().find(|id| id.component(5).text().as_deref() == Some("MR"));
    marked
        .or_else(|| usable().next())
        .and_then(written)
        .map(SourceClientKey::new)
}

/// An identifier with its authority: `authority|number`, or the number.
pub(super) fn written(id: Part<'_>) -> Option<String> {
    let number = id.component(1).text()?;
    let authority = id.component(4);
    let authority = authority.sub(1).text().or_else(|| authority.sub(2).text());
    Some(match authority {
        Some(authority) => format!("{authority}|{number}"),
        None => number,
    })
}

fn is_ssn(id: Part<'_>) -> bool {
    id.component(5).text().as_deref() == Some("SS")
        || matches!(id.component(4).sub(1).text().as_deref(), Some("SSA" | "USSSA"))
}

/// The key of the patient of a PID.
pub(super) fn patient(segment: &Segment<'_>) -> Result<SourceClientKey, Fault> {
    key(segment.field(3))
        .or_else(|| key(segment.field(2)))
        .ok_or(Fault {
            rule: &rules::NO_PATIENT_ID,
            at: super::Location {
                segment: Some(PERSON),
                sequence: segment.sequence,
                field: 3,
            },
            condition: Condition::RequiredFieldMissing,
        })
}

/// Nine digits that were issued, or the last four of them.
pub(super) fn usable_ssn(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if is_issued_ssn(digits.as_bytes()) {
        return Some(digits);
    }
    last_four(digits.as_bytes())
}

/// What is said of a payload.
#[derive(Default)]
pub(super) struct Statement {
    pub(super) payload: Payload,
    pub(super) cleared: BTreeSet<&'static str>,
}

impl Statement {
    /// Takes up what a field says.
    pub(super) fn put<T: Into<Value>>(&mut self, name: &'static str, said: Said<T>) {
        match said {
            Said::Nothing => {}
            Said::Deleted => {
                self.cleared.insert(name);
            }
            Said::Value(value) => self.payload.insert(name, value),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.payload.is_empty() && self.cleared.is_empty()
    }
}

/// A date, if it is a full one: `YYYY-MM-DD`.
pub(super) fn day(written: &str) -> Option<Date> {
    let (year, month, day) = (written.get(..4)?, written.get(4..6)?, written.get(6..8)?);
    format!("{year}-{month}-{day}").parse().ok()
}

/// What makes elements of a message alike.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) programme: Option<String>,
    pub(super) regimes: WordSet<Regime>,
    pub(super) as_of: Option<Date>,
}

impl Setting {
    pub(super) fn element(
        &self,
        record: &RecordKey,
        category: Option<Category>,
        payload: Payload,
    ) -> LabelledElement {
        LabelledElement {
            record: record.clone(),
            category,
            source_programme: self.programme.clone(),
            regimes: self.regimes,
            sensitivity: WordSet::EMPTY,
            facts: WordSet::EMPTY,
            as_of: self.as_of,
            payload,
        }
    }
}

/// What a PID changes; the date of birth stands there and is no full date, if so.
pub(super) fn change(
    segment: &Segment<'_>,
    client: &SourceClientKey,
    setting: &Setting,
    barred: Barred,
) -> (RecordChange, bool) {
    let record = RecordKey::new(PERSON, client.reveal());
    let (demographics, bad_date) = demographics(segment);
    let mut contact = contact(segment);
    if barred.location {
        contact.payload = without_address(&contact.payload);
        contact.cleared.insert("address");
    }
    let mut ssn = Statement::default();
    ssn.put("ssn", ssn_of(segment));
    let parts = [
        (Category::Demographics, demographics),
        (Category::Contact, contact),
        (Category::Ssn, ssn),
    ]
    .into_iter()
    .filter(|(_, said)| !said.is_empty())
    .map(|(category, said)| {
        let mut element = setting.element(&record, Some(category), said.payload);
        if (barred.demographics && category == Category::Demographics)
            || (barred.location && category == Category::Contact)
        {
            element.regimes.insert(Regime::P2);
        }
        Amended {
            element,
            cleared: said.cleared,
        }
    })
    .collect();
    (RecordChange::Amend { record, parts }, bad_date)
}

fn without_address(payload: &Payload) -> Payload {
    let mut kept = Payload::new();
    for (name, value) in payload.fields().iter().filter(|(name, _)| *name != "address") {
        kept.insert(name.clone(), value.clone());
    }
    kept
}

fn ssn_of(segment: &Segment<'_>) -> Said<String> {
    match segment.field(19).said() {
        Said::Nothing => {
            let mut ids = segment.field(3).repetitions().filter(|id| is_ssn(*id));
            let number = ids.find_map(|id| id.component(1).text());
            number.map_or(Said::Nothing, Said::Value)
        }
        said => said,
    }
}

fn demographics(segment: &Segment<'_>) -> (Statement, bool) {
    let mut said = Statement::default();
    said.put("name", name(segment.field(5)));
    let birth = segment.field(7).first().component(1).said();
    let mut bad_date = false;
    said.put(
        "birthDate",
        birth.map(|written| {
            let full = day(&written);
            bad_date = full.is_none();
            full.map_or(written, |day| day.to_string())
        }),
    );
    for (field, number) in [("gender", 8), ("marital_status", 16), ("language", 15)] {
        said.put(field, words(segment.field(number).first()));
    }
    for (field, number) in [("race", 10), ("ethnicity", 22)] {
        said.put(
            field,
            all(segment.field(number), |one| words(one).value().map(Value::from)),
        );
    }
    said.put("deceasedDate", segment.field(29).first().component(1).said());
    let deceased = segment.field(30).said().map(|indicator| indicator == "Y");
    said.put("deceased", deceased);
    (said, bad_date)
}

/// Every repetition of a field: together they are its value.
fn all(field: Part<'_>, read: impl Fn(Part<'_>) -> Option<Value>) -> Said<Vec<Value>> {
    if field.is_empty() {
        return Said::Nothing;
    }
    if field.is_deletion() {
        return Said::Deleted;
    }
    let values: Vec<Value> = field.repetitions().filter_map(read).collect();
    if values.is_empty() {
        Said::Nothing
    } else {
        Said::Value(values)
    }
}

/// The name in law: of type L, else one without a type, else the first that is not assumed, past or a nickname.
fn name(field: Part<'_>) -> Said<Map<String, Value>> {
    const OTHERS: [&str; 9] = ["A", "B", "M", "N", "P", "S", "TEMP", "U", "NAV"];
    if field.is_deletion() {
        return Said::Deleted;
    }
    let rank = |name: &Part<'_>| match name.component(7).text() {
        Some(kind) if kind == "L" => 0,
        None => 1,
        Some(kind) if !OTHERS.contains(&kind.as_str()) => 2,
        Some(_) => 3,
    };
    let Some(name) = field.repetitions().min_by_key(rank) else {
        return Said::Nothing;
    };
    let mut written = Map::new();
    for (which, numbers) in [
        ("family", &[1][..]),
        ("given", &[2, 3]),
        ("suffix", &[4]),
        ("prefix", &[5]),
    ] {
        let parts: Vec<String> = numbers
            .iter()
            .filter_map(|number| name.component(*number).text())
            .collect();
        if !parts.is_empty() {
            written.insert(which.to_owned(), parts.into());
        }
    }
    if written.is_empty() {
        Said::Nothing
    } else {
        Said::Value(written)
    }
}

fn contact(segment: &Segment<'_>) -> Statement {
    let mut said = Statement::default();
    said.put("address", all(segment.field(11), address));
    // PID-40 took the place of PID-13 and PID-14 in 2.7.
    let home = if segment.field(40).is_empty() {
        segment.field(13)
    } else {
        segment.field(40)
    };
    said.put("telecom", all(home, telecom));
    said.put("telecom_work", all(segment.field(14), telecom));
    said
}

fn address(of: Part<'_>) -> Option<Value> {
    let kind = of.component(7).text();
    // Known to be wrong, or where somebody was born.
    if matches!(kind.as_deref(), Some("BA" | "N" | "BDL" | "BR" | "F")) {
        return None;
    }
    let mut written = Map::new();
    let lines: Vec<String> = [1, 2]
        .into_iter()
        .filter_map(|number| of.component(number).text())
        .collect();
    if !lines.is_empty() {
        written.insert("line".to_owned(), lines.join(", ").into());
    }
    for (field, number) in [("city", 3), ("state", 4), ("postalCode", 5)] {
        if let Some(text) = of.component(number).text() {
            written.insert(field.to_owned(), text.into());
        }
    }
    if let Some(kind) = kind {
        written.insert("use".to_owned(), kind.into());
    }
    (written.len() > usize::from(of.component(7).text().is_some())).then_some(Value::Object(written))
}

/// A telephone number, or an address for messages.
pub(super) fn telecom(of: Part<'_>) -> Option<Value> {
    let whole = of.component(1).text().or_else(|| of.component(12).text());
    let number = || {
        let (area, local) = (of.component(6).text(), of.component(7).text()?);
        Some(match area {
            Some(area) => format!("({area}) {local}"),
            None => local,
        })
    };
    whole
        .or_else(number)
        .or_else(|| of.component(4).text())
        .map(Value::from)
}
