//! NIEM exchanges (XML of NIEM 2 to 6, LEXS and N-DEx, NIEM JSON): an incident, a booking, a release from custody.
//!
//! Names are matched by namespace and local name, never by prefix. Taken are people whom the exchange makes the subject
//! of an incident or of a booking. Victims, witnesses, officers and whoever has no role are third parties and barred, as
//! are people under eighteen, returns of NCIC or III, and what its owner does not share (LEXS dissemination other than
//! green). An arrest, a booking, its charges and a release are criminal history record information (28 CFR 20.3(b)).
//! What a jail repeats of somebody's care comes from a provider that cannot be told, so it is held to 42 CFR Part 2.
//! Narrative is not read.

mod custody;
mod incident;
mod person;
mod rules;
mod tree;

use std::collections::HashMap;

use gateway_types::vocabulary::{Category, WordSet};
use gateway_types::{LabelledElement, Payload, RecordKey, SourceRecord, Timestamp};

use crate::labelling::{close, text_sensitivity};
use crate::person::{People, moment};
use crate::report::{Place, Report, Rule, Severity};
use crate::{Taken, markers};
use tree::{Node, Space};

/// What findings are filed under.
const FILE: &str = "NIEM";

/// Reads an exchange, XML or JSON.
///
/// # Errors
/// The report, if nothing of it is taken.
pub fn exchange(bytes: &[u8]) -> Result<Taken, Box<Report>> {
    let mut report = Report::default();
    let mut pushed = Pushed::default();
    let read = tree::read(bytes).and_then(|root| pushed.read(&root, &mut report));
    if let Err((rule, row)) = read {
        let place = Place::file(FILE);
        report.add(rule, row.map_or(place.clone(), |row| place.row(row)));
    }
    if pushed.records.is_empty() {
        if !report.refused() {
            report.add(&rules::NOTHING_TAKEN, Place::file(FILE));
        }
        return Err(Box::new(report));
    }
    if report.refused() {
        return Err(Box::new(report));
    }
    Ok(Taken {
        records: pushed.records,
        report,
    })
}

/// Why an exchange stops: the rule, and the line.
type Stop = (&'static Rule, Option<u64>);

/// What an exchange has given so far.
#[derive(Default)]
struct Pushed {
    people: People,
    records: Vec<SourceRecord>,
}

impl Pushed {
    fn read(&mut self, root: &Node, report: &mut Report) -> Result<(), Stop> {
        let at = |rule| (rule, root.line);
        let returned = root
            .descendants()
            .find(|node| markers::is_ncic_return(&node.text) || &*node.name == "PersonNCICIdentification");
        if let Some(node) = returned {
            return Err((&rules::NCIC, node.line));
        }
        let name = &*root.name;
        if name.contains("Warrant") {
            return Err(at(&rules::WARRANT));
        }
        if root.space == Space::Nibrs {
            return Err(at(&rules::STATISTICAL));
        }
        if root.space == Space::Ndex {
            return Err(at(&rules::PAYLOAD_ALONE));
        }
        let has = |name| root.descendants().any(|node| node.is(Space::Justice, name));
        let custody = has("Booking")
            && (name.contains("Booking") || name.contains("Custody"))
            && !name.contains("Quer");
        let packages: Vec<&Node> = root
            .descendants()
            .filter(|node| node.is(Space::Lexs, "DataItemPackage"))
            .collect();
        if packages.is_empty() && !custody && !name.contains("Incident") {
            return Err(at(&rules::UNKNOWN_EXCHANGE));
        }
        let names = Names::of(root)?;
        if !packages.is_empty() {
            for package in packages {
                incident::package(package, &names, self, report);
            }
        } else if custody {
            custody::custody(root, &names, self, report);
        } else {
            incident::report(root, &names, self, report);
        }
        Ok(())
    }

    /// Keeps the elements of a person, or says why not.
    fn keep(
        &mut self,
        whose: Result<person::Known, &'static Rule>,
        line: Option<u64>,
        updated: Timestamp,
        report: &mut Report,
        elements: impl FnOnce(&str) -> Vec<LabelledElement>,
    ) {
        let counts = report.rows_of(FILE);
        counts.read += 1;
        match whose {
            Ok(known) => {
                counts.taken += 1;
                let key = known.person.key();
                let elements = elements(&key);
                let identity = known.identity();
                self.records
                    .push(self.people.record(key, identity, elements, updated));
            }
            Err(rule) => {
                match rule.severity {
                    Severity::Barred => counts.barred += 1,
                    _ => counts.refused += 1,
                }
                let place = Place::file(FILE);
                report.add(rule, line.map_or(place.clone(), |line| place.row(line)));
            }
        }
    }
}

/// The objects of an exchange by their ids.
struct Names<'n>(HashMap<&'n str, &'n Node>);

impl<'n> Names<'n> {
    fn of(root: &'n Node) -> Result<Self, Stop> {
        let mut names = HashMap::new();
        for node in root.descendants() {
            if let Some(id) = node.id.as_deref()
                && names.insert(id, node).is_some()
            {
                return Err((&rules::REPEATED_ID, node.line));
            }
        }
        Ok(Self(names))
    }

    /// The node itself, or what it refers to. One step: what refers to a reference refers to nothing.
    fn resolve(&self, node: &'n Node) -> &'n Node {
        node.refers
            .as_deref()
            .and_then(|id| self.0.get(id).copied())
            .unwrap_or(node)
    }

    /// The person whose role a node is.
    fn person_of(&self, role: &'n Node) -> Option<&'n Node> {
        role.children
            .iter()
            .find(|child| matches!(&*child.name, "RoleOfPerson" | "RoleOfPersonReference" | "Person"))
            .map(|child| self.resolve(child))
            .or_else(|| role.refers.as_deref().and_then(|id| self.0.get(id).copied()))
    }
}

/// When something was: its `DateTime` or `Date`.
fn when(node: &Node) -> Option<Timestamp> {
    let said = node
        .descendants()
        .find(|inner| matches!(&*inner.name, "DateTime" | "Date") && !inner.text.is_empty())?;
    let found = said
        .text
        .parse::<gateway_types::Date>()
        .ok()
        .map(gateway_types::Date::start_utc)
        .or_else(|| moment(&said.text))?;
    // What no machine knew is written as 1900 or earlier.
    (found.date().year() > 1900).then_some(found)
}

/// An element of `category` with what its texts tell.
fn element(record: RecordKey, category: Category, at: Timestamp, payload: Payload) -> LabelledElement {
    let mut sensitivity = WordSet::EMPTY;
    for value in payload.fields().values() {
        let texts = value
            .as_array()
            .map_or_else(|| vec![value], |values| values.iter().collect());
        for text in texts.into_iter().filter_map(serde_json::Value::as_str) {
            sensitivity = sensitivity.union(text_sensitivity(text));
        }
    }
    close(&mut sensitivity);
    LabelledElement {
        record,
        category: Some(category),
        source_programme: None,
        regimes: WordSet::EMPTY,
        sensitivity,
        facts: WordSet::EMPTY,
        as_of: Some(at.date()),
        payload,
    }
}

#[cfg(test)]
mod tests;
