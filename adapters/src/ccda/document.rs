//! A document: its patient, its sections, and what becomes of each entry.

use std::collections::HashSet;

use gateway_types::record::UNRESOLVED_PROGRAMME;
use gateway_types::vocabulary::{Category, Regime, Sensitivity, WordSet};
use gateway_types::{Date, LabelledElement, Payload, RecordKey, SourceClientKey, SourceRecord};

use super::concept::{Narrative, at, child, children, told};
use super::entries::{self, Statement};
use super::patient::{Patient, day};
use super::provenance::{Units, ids, written};
use super::sections::{self, Section};
use super::{V3, rules};
use crate::Taken;
use crate::labelling::close;
use crate::report::{Place, Report, Rule};
use crate::xml::{self, Element, Limits, Wrong};

/// What findings about the document as a whole are filed under.
const DOCUMENT: &str = "ClinicalDocument";

/// Reads a document. The client's key is the first identifier of the patient that is no social security number.
///
/// # Errors
/// The report, if nothing of it is taken.
pub fn document(bytes: &[u8], limits: &Limits) -> Result<Taken, Box<Report>> {
    let mut report = Report::default();
    let records = match read(bytes, limits, &mut report) {
        Ok(records) => records,
        Err((rule, line)) => {
            let place = Place::file(DOCUMENT);
            report.add(rule, line.map_or(place.clone(), |line| place.row(line)));
            return Err(Box::new(report));
        }
    };
    if report.refused() {
        return Err(Box::new(report));
    }
    Ok(Taken { records, report })
}

type Refusal = (&'static Rule, Option<u64>);

fn read(bytes: &[u8], limits: &Limits, report: &mut Report) -> Result<Vec<SourceRecord>, Refusal> {
    let root = xml::parse(bytes, limits).map_err(|fault| (rule_of(fault.what), Some(fault.line)))?;
    if !root.is(V3, DOCUMENT) {
        return Err((&rules::NOT_A_DOCUMENT, Some(root.line)));
    }
    if at(&root, &["component", "structuredBody"]).is_none() {
        return Err((&rules::UNSTRUCTURED, Some(root.line)));
    }
    let patient = Patient::of(&root).map_err(|rule| (rule, Some(root.line)))?;
    if patient.bad_birth_date {
        report.add(&rules::BAD_DATE, Place::file(DOCUMENT).column("birthTime"));
    }
    let id = child(&root, "setId")
        .into_iter()
        .chain(children(&root, "id"))
        .find_map(|id| Some(written((id.attribute("root")?, id.attribute("extension")))))
        .ok_or((&rules::NO_DOCUMENT_ID, Some(root.line)))?;
    let mut reading = Reading {
        units: Units::of(&root),
        about: told_of_organizations(&root),
        restricted: is_restricted(&root),
        written_on: child(&root, "effectiveTime")
            .and_then(|time| time.attribute("value"))
            .and_then(day),
        client: patient.key.clone(),
        id,
        records: Vec::new(),
        report,
    };
    if reading.restricted {
        reading.report.add(&rules::RESTRICTED, Place::file(DOCUMENT));
    }
    reading.take_patient(patient);
    reading.take_performers(&root);
    for section in sections::all(&root) {
        reading.take_section(section);
    }
    Ok(reading.records)
}

const fn rule_of(wrong: Wrong) -> &'static Rule {
    match wrong {
        Wrong::TooLarge => &rules::TOO_LARGE,
        Wrong::TooDeep => &rules::TOO_DEEP,
        Wrong::NotUtf8 => &rules::NOT_UTF8,
        Wrong::NotWellFormed => &rules::NOT_XML,
        Wrong::DocumentType | Wrong::Entity => &rules::DOCUMENT_TYPE,
        Wrong::UndeclaredPrefix => &rules::UNDECLARED_PREFIX,
    }
}

/// Whether the source marks a document or section as restricted, or puts a refrain of its own on something in it.
fn is_restricted(of: &Element) -> bool {
    const REFRAINS: [&str; 4] = ["42CFRPart2", "NORDSLCD", "NORDSCLCD", "NODSCLCD"];
    let marked = child(of, "confidentialityCode")
        .and_then(|code| code.attribute("code"))
        .is_some_and(|code| matches!(code, "R" | "V"));
    let refrains = || {
        of.descendants()
            .filter(|element| element.is(V3, "value"))
            .filter_map(|value| value.attribute("code"))
            .any(|code| REFRAINS.contains(&code))
    };
    marked || (of.is(V3, "section") && refrains())
}

/// What the names of the organisations that wrote and keep the document tell.
fn told_of_organizations(root: &Element) -> WordSet<Sensitivity> {
    let none = Narrative::default();
    ["author", "custodian", "componentOf"]
        .into_iter()
        .flat_map(|name| children(root, name))
        .fold(WordSet::EMPTY, |found, element| found.union(told(element, &none)))
}

struct Reading<'r> {
    units: Units,
    about: WordSet<Sensitivity>,
    restricted: bool,
    written_on: Option<Date>,
    client: SourceClientKey,
    id: String,
    records: Vec<SourceRecord>,
    report: &'r mut Report,
}

impl Reading<'_> {
    fn take_patient(&mut self, patient: Patient) {
        let programme = self.units.of_document();
        if programme.as_deref() == Some(UNRESOLVED_PROGRAMME) {
            self.report.add(&rules::UNRESOLVED_UNIT, Place::file(DOCUMENT));
        }
        let counts = self.report.rows_of("recordTarget");
        (counts.read, counts.taken) = (1, 1);
        let elements = patient
            .payloads
            .into_iter()
            .map(|(category, payload)| {
                let record = RecordKey::new("ClinicalDocument.patient", patient.key.reveal());
                self.element(
                    record,
                    Some(category),
                    payload,
                    programme.clone(),
                    self.about,
                    false,
                )
            })
            .collect();
        self.records.push(SourceRecord::Client {
            client: patient.key,
            identity: patient.identity,
            elements,
            updated: None,
        });
    }

    /// Who cared for the client, by the document's header.
    fn take_performers(&mut self, root: &Element) {
        let none = Narrative::default();
        let performers: Vec<_> = children(root, "documentationOf")
            .filter_map(|documented| child(documented, "serviceEvent"))
            .flat_map(|event| children(event, "performer"))
            .collect();
        let people: Vec<_> = performers
            .iter()
            .filter_map(|performer| entries::person(performer, &none))
            .collect();
        if people.is_empty() {
            return;
        }
        let sensitivity = performers
            .iter()
            .fold(self.about, |found, performer| found.union(told(performer, &none)));
        let element = self.element(
            RecordKey::new("ClinicalDocument.performers", self.id.as_str()),
            Some(Category::CaseManagerContact),
            Payload::new().with("people", people),
            self.units.of_document(),
            sensitivity,
            false,
        );
        self.push(element);
    }

    fn take_section(&mut self, section: &Element) {
        let Some(kind) = Section::of(section) else {
            // One that holds other sections is not lost: each of those is met by itself.
            let is_frame = children(section, "component").next().is_some();
            if !is_frame && (child(section, "entry").is_some() || child(section, "text").is_some()) {
                self.report
                    .add(&rules::SECTION_NOT_KEPT, Place::file("section").row(section.line));
            }
            return;
        };
        let narrative = Narrative::of(section);
        let restricted = is_restricted(section);
        if restricted && !self.restricted {
            self.report
                .add(&rules::RESTRICTED, Place::file(kind.name()).row(section.line));
        }
        let (mut met, mut number) = (HashSet::new(), 0_u32);
        for entry in children(section, "entry") {
            let statements = entries::read(kind, entry, &narrative);
            let counts = self.report.rows_of(kind.name());
            counts.read += 1;
            if statements.is_empty() {
                counts.refused += 1;
                self.report
                    .add(&rules::UNKNOWN_ENTRY, Place::file(kind.name()).row(entry.line));
                continue;
            }
            counts.taken += 1;
            let programme = self.units.programme(kind, section, entry);
            if programme.as_deref() == Some(UNRESOLVED_PROGRAMME) {
                self.report
                    .add(&rules::UNRESOLVED_UNIT, Place::file(kind.name()).row(entry.line));
            }
            let sensitivity = told(entry, &narrative).union(self.about);
            for statement in statements {
                let line = statement.of.line;
                number += 1;
                // By its place, so that the next version of the document replaces it.
                let mut key = ids(statement.of)
                    .next()
                    .map_or_else(|| format!("{}#{number}", self.id), written);
                if !met.insert(key.clone()) {
                    self.report
                        .add(&rules::REPEATED_ENTRY, Place::file(kind.name()).row(line));
                    key = format!("{key}#{number}");
                }
                let record = RecordKey::new(format!("ClinicalDocument.{}", kind.name()), key);
                self.take(statement, record, programme.clone(), sensitivity, restricted);
            }
        }
    }

    fn take(
        &mut self,
        statement: Statement<'_>,
        record: RecordKey,
        programme: Option<String>,
        mut sensitivity: WordSet<Sensitivity>,
        restricted: bool,
    ) {
        if statement.is_nullified() {
            self.records.push(SourceRecord::Withdrawn {
                client: self.client.clone(),
                record: Some(record),
            });
            return;
        }
        if statement.category == Category::Conditions {
            sensitivity.insert(Sensitivity::Dia);
        }
        // What the source masks is withheld: it has said that there is something and no more.
        let category = (!statement.is_masked).then_some(statement.category);
        let mut element = self.element(
            record,
            category,
            statement.payload,
            programme,
            sensitivity,
            restricted,
        );
        element.as_of = statement.as_of.or(element.as_of);
        self.push(element);
    }

    fn push(&mut self, element: LabelledElement) {
        self.records.push(SourceRecord::About {
            client: self.client.clone(),
            elements: vec![element],
            updated: None,
        });
    }

    fn element(
        &self,
        record: RecordKey,
        category: Option<Category>,
        payload: Payload,
        source_programme: Option<String>,
        mut sensitivity: WordSet<Sensitivity>,
        restricted: bool,
    ) -> LabelledElement {
        close(&mut sensitivity);
        let mut regimes = WordSet::EMPTY;
        if restricted || self.restricted {
            regimes.insert(Regime::Unknown);
        }
        LabelledElement {
            record,
            category,
            source_programme,
            regimes,
            sensitivity,
            facts: WordSet::EMPTY,
            as_of: self.written_on,
            payload,
        }
    }
}
