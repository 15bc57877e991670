//! Police calls for service as CSV, with a file that says which column is what (catalogue CJ-CADX, CJ-20.21).
//!
//! One row a call, about one known person. What a dispatch system holds beside that is stopped at the door and told by
//! row number only: returns of NCIC or III (HP-5), people under eighteen, callers, witnesses and victims. An arrest or
//! charge mentioned in a row makes it criminal history record information; it is kept with that regime and fact, so
//! that the rules withhold it. A row about nobody in particular has no client to belong to and is not taken.
//!
//! Columns that the mapping does not name are not read.

mod mapping;

use std::collections::HashSet;

use csv::StringRecord;
use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity, WordSet};
use gateway_types::{ClientIdentity, Date, LabelledElement, Payload, RecordKey, SourceRecord, Timestamp};

pub use mapping::{Mapping, MappingFault};

use crate::labelling::{close, text_sensitivity};
use crate::person::{People, Person, is_minor, moment};
use crate::report::{Place, Report, Rule, Severity, rules};
use crate::{Taken, markers};

/// What is accepted of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Rows.
    pub rows: u64,
    /// Bytes of one cell.
    pub cell: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            rows: 1_000_000,
            cell: 16 << 10,
        }
    }
}

/// What findings are filed under.
const FILE: &str = "calls for service";

rules! { static;
    TOO_LARGE: "too-large", RefusesPush, "the file is larger than is accepted", "send a shorter period";
    NOT_UTF8: "not-utf-8", RefusesPush, "the file is not UTF-8", "export in UTF-8";
    NOT_CSV: "not-csv", RefusesPush, "a row cannot be read as CSV", "look for a quotation mark that is not closed";
    MISSING_COLUMN: "missing-column", RefusesPush, "a column that the mapping names is not in the header", "correct the mapping or the export";
    REPEATED_COLUMN: "repeated-column", RefusesPush, "the header names a mapped column twice", "remove one";
    UNMAPPED: "unmapped-column", Warning, "a column that the mapping does not name; it was not read", "name it in the mapping if it is to be taken";
    FIELD_COUNT: "field-count", RefusesRow, "the row has more or fewer cells than the header", "look for a missing comma or quotation mark";
    NO_INCIDENT: "no-incident-number", RefusesRow, "the row has no incident number", "every call needs one";
    BAD_TIME: "bad-time", RefusesRow, "the time of the call cannot be read", "use yyyy-mm-ddThh:mm:ss";
    TOO_LONG: "cell-too-long", RefusesRow, "a cell is longer than is accepted", "narratives do not belong in this export";
    NOBODY: "about-nobody", RefusesRow, "the row names no person in full, so it belongs to no client's record", "leave out calls without a known person";
    BAD_BIRTH_DATE: "bad-birth-date", RefusesRow, "the birth date cannot be read, so the person's age is not known", "use yyyy-mm-dd, or leave it empty";
    DUPLICATE: "duplicate-incident", RefusesRow, "the same incident and person stand there twice; the first was taken", "send one row for each";
    NCIC: "ncic-return", Barred, "the row carries what looks like an NCIC or III return (28 CFR 20.33); it was not kept", "take these returns out of the export";
    JUVENILE: "juvenile", Barred, "the person was under eighteen; the row was not kept", "leave out calls about minors";
    THIRD_PARTY: "third-party", Barred, "the person was not the subject of the call; the row was not kept", "send subjects only, no callers, witnesses or victims";
    ARREST: "arrest-notation", Warning, "the row mentions an arrest, charge or warrant; it is kept as criminal history and withheld accordingly", "leave arrests out of the export";
    NOTHING: "nothing-taken", RefusesPush, "not one row could be taken", "correct what the other findings name";
}

/// Reads a file of calls.
///
/// # Errors
/// The report, if nothing of it is taken.
pub fn calls(bytes: &[u8], mapping: &Mapping, limits: &Limits) -> Result<Taken, Box<Report>> {
    let mut report = Report::default();
    let records = match read(bytes, mapping, limits, &mut report) {
        Ok(records) => records,
        Err((rule, row)) => {
            let place = Place::file(FILE);
            report.add(rule, row.map_or(place.clone(), |row| place.row(row)));
            Vec::new()
        }
    };
    let rows = *report.rows_of(FILE);
    if records.is_empty() && rows.read > 0 {
        report.add(&NOTHING, Place::file(FILE));
    }
    if report.refused() {
        return Err(Box::new(report));
    }
    Ok(Taken { records, report })
}

type Stop = (&'static Rule, Option<u64>);

fn read(
    bytes: &[u8],
    mapping: &Mapping,
    limits: &Limits,
    report: &mut Report,
) -> Result<Vec<SourceRecord>, Stop> {
    if bytes.len() > limits.bytes {
        return Err((&TOO_LARGE, None));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| (&NOT_UTF8, None))?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut row = StringRecord::new();
    let mut number = 1;
    if !reader.read_record(&mut row).map_err(|_| (&NOT_CSV, Some(1)))? {
        return Err((&NOT_CSV, Some(1)));
    }
    let columns = Columns::of(&row, mapping, report)?;
    let mut records = Vec::new();
    let mut seen = Seen::default();
    loop {
        number += 1;
        if !reader
            .read_record(&mut row)
            .map_err(|_| (&NOT_CSV, Some(number)))?
        {
            return Ok(records);
        }
        let counts = report.rows_of(FILE);
        counts.read += 1;
        if counts.read > limits.rows {
            return Err((&TOO_LARGE, Some(number)));
        }
        let outcome = columns.call(&row, limits).and_then(|call| seen.take(call));
        let counts = report.rows_of(FILE);
        match outcome {
            Ok((record, arrest)) => {
                counts.taken += 1;
                if arrest {
                    report.add(&ARREST, Place::file(FILE).row(number));
                }
                records.push(record);
            }
            Err(rule) => {
                match rule.severity {
                    Severity::Barred => counts.barred += 1,
                    _ => counts.refused += 1,
                }
                report.add(rule, Place::file(FILE).row(number));
            }
        }
    }
}

/// Where the mapped columns stand.
struct Columns {
    count: usize,
    incident: usize,
    received: usize,
    first_name: usize,
    last_name: usize,
    birth_date: Option<usize>,
    role: Option<usize>,
    hazard: Option<usize>,
    /// Columns shown as they are, with the name they are shown under.
    shown: Vec<(&'static str, usize)>,
}

impl Columns {
    fn of(header: &StringRecord, mapping: &Mapping, report: &mut Report) -> Result<Self, Stop> {
        let named = |wanted: &str| {
            header
                .iter()
                .enumerate()
                .filter(move |(_, name)| name.trim().eq_ignore_ascii_case(wanted))
                .map(|(at, _)| at)
                .collect::<Vec<_>>()
        };
        let mut place_of = |key: &'static str, wanted: &str| match named(wanted).as_slice() {
            [at] => Ok(*at),
            found => {
                let rule = if found.is_empty() {
                    &MISSING_COLUMN
                } else {
                    &REPEATED_COLUMN
                };
                report.add(rule, Place::file(FILE).column(key));
                Err(())
            }
        };
        let mut all = |entries: &[(&'static str, Option<&str>)]| -> Vec<Option<Result<usize, ()>>> {
            entries
                .iter()
                .map(|(key, wanted)| wanted.map(|wanted| place_of(key, wanted)))
                .collect()
        };
        let found = all(&mapping.columns());
        let broken = || (&MISSING_COLUMN, None);
        if found.iter().flatten().any(Result::is_err) {
            return Err(broken());
        }
        let at = |key: &str| -> Option<usize> {
            let position = mapping.columns().iter().position(|(name, _)| *name == key)?;
            found.get(position).copied().flatten()?.ok()
        };
        for (position, name) in header.iter().enumerate() {
            let mapped = mapping
                .columns()
                .iter()
                .any(|(_, wanted)| wanted.is_some_and(|wanted| name.trim().eq_ignore_ascii_case(wanted)));
            if !mapped {
                report.add(
                    &UNMAPPED,
                    Place::file(FILE).column(format!("column {}", position + 1)),
                );
            }
        }
        let shown = [
            "call_type",
            "received",
            "block",
            "disposition",
            "priority",
            "agency",
        ];
        Ok(Self {
            count: header.len(),
            incident: at("incident").ok_or_else(broken)?,
            received: at("received").ok_or_else(broken)?,
            first_name: at("first_name").ok_or_else(broken)?,
            last_name: at("last_name").ok_or_else(broken)?,
            birth_date: at("birth_date"),
            role: at("role"),
            hazard: at("hazard"),
            shown: shown
                .into_iter()
                .filter_map(|key| Some((key, at(key)?)))
                .collect(),
        })
    }

    fn call(&self, row: &StringRecord, limits: &Limits) -> Result<Call, &'static Rule> {
        // Before anything else: what must not be here must not even be looked at further.
        if row.iter().any(markers::is_ncic_return) {
            return Err(&NCIC);
        }
        if row.len() != self.count {
            return Err(&FIELD_COUNT);
        }
        if row.iter().any(|cell| cell.len() > limits.cell) {
            return Err(&TOO_LONG);
        }
        let cell = |at: usize| row.get(at).unwrap_or_default().trim();
        if self.role.is_some_and(|at| markers::is_third_party(cell(at))) {
            return Err(&THIRD_PARTY);
        }
        let received = moment(cell(self.received)).ok_or(&BAD_TIME)?;
        let born = match self.birth_date.map(cell).filter(|text| !text.is_empty()) {
            Some(text) => Some(text.parse::<Date>().map_err(|_| &BAD_BIRTH_DATE)?),
            None => None,
        };
        if born.is_some_and(|born| is_minor(born, received.date())) || row.iter().any(markers::is_juvenile) {
            return Err(&JUVENILE);
        }
        let incident = cell(self.incident).to_owned();
        if incident.is_empty() {
            return Err(&NO_INCIDENT);
        }
        let person = Person::named(cell(self.first_name), cell(self.last_name), born).ok_or(&NOBODY)?;
        let mut payload = Payload::new().with("incident", incident.as_str());
        for (name, at) in &self.shown {
            if !cell(*at).is_empty() {
                payload.insert(*name, cell(*at));
            }
        }
        Ok(Call {
            client: person.key(),
            identity: person.identity(),
            incident,
            received,
            arrest: row.iter().any(markers::is_arrest_notation),
            sensitivity: self.shown.iter().fold(WordSet::EMPTY, |found, (_, at)| {
                found.union(text_sensitivity(cell(*at)))
            }),
            payload,
            hazard: self
                .hazard
                .map(cell)
                .filter(|text| !text.is_empty())
                .map(str::to_owned),
        })
    }
}

/// A call about a person.
struct Call {
    client: String,
    identity: ClientIdentity,
    incident: String,
    received: Timestamp,
    arrest: bool,
    sensitivity: WordSet<Sensitivity>,
    payload: Payload,
    hazard: Option<String>,
}

/// The people and calls that the file has named so far.
#[derive(Default)]
struct Seen {
    people: People,
    calls: HashSet<(String, String)>,
}

impl Seen {
    fn take(&mut self, call: Call) -> Result<(SourceRecord, bool), &'static Rule> {
        if !self.calls.insert((call.incident.clone(), call.client.clone())) {
            return Err(&DUPLICATE);
        }
        let arrest = call.arrest;
        let mut sensitivity = call.sensitivity;
        // Where somebody was met.
        sensitivity.insert(Sensitivity::Locis);
        close(&mut sensitivity);
        let mut element = LabelledElement {
            record: RecordKey::new("Call", format!("{}|{}", call.incident, call.client)),
            category: Some(Category::CallsForService),
            source_programme: None,
            regimes: WordSet::EMPTY,
            sensitivity,
            facts: WordSet::EMPTY,
            as_of: Some(call.received.date()),
            payload: call.payload,
        };
        if arrest {
            element.regimes.insert(Regime::Chri);
            element.facts.insert(ElementFact::ContainsArrestNotation);
        }
        let mut elements = Vec::with_capacity(2);
        if let Some(hazard) = call.hazard {
            let mut flag = element.clone();
            flag.sensitivity = text_sensitivity(&hazard);
            flag.category = Some(markers::hazard(flag.sensitivity));
            close(&mut flag.sensitivity);
            flag.payload = Payload::new().with("hazard", hazard);
            elements.push(flag);
        }
        elements.insert(0, element);
        let record = self
            .people
            .record(call.client, call.identity, elements, call.received);
        Ok((record, arrest))
    }
}

#[cfg(test)]
mod tests;
