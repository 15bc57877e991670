//! One message: what it changes, or why it is refused and where.

use std::borrow::Cow;

use gateway_types::SourceClientKey;
use gateway_types::vocabulary::{Sensitivity, WordSet};

use super::change::{Event, RecordChange};
use super::concept::{told, told_by_words};
use super::er7::{Delimiters, Message, Part, Segment};
use super::header::decoded;
use super::person::{self, Barred, Setting, day};
use super::visit::{self, Step, Visit};
use super::{Condition, Fault, Header, Limits, Location, clinical, rules};
use crate::labelling::close;
use crate::report::{Place, Report, Rule};

/// A message, read.
#[derive(Debug)]
pub struct Reading {
    /// Who sent what, as far as the message has a header that can be read.
    pub header: Option<Header>,
    /// What it changes; more than one client only if it merges several.
    pub outcome: Result<Vec<Event>, Fault>,
    /// What was found, with the message's number as row.
    pub report: Report,
}

/// The segments that are read.
const TAKEN: [&str; 14] = [
    "MSH", "SFT", "UAC", "EVN", "PID", "PD1", "PV1", "PV2", "DG1", "AL1", "OBX", "MRG", "ARV", "DSC",
];
/// Those of which nothing is kept, but which tell of the visit: fields that hold codes.
const TELLING: [(&str, &[usize]); 4] = [("PR1", &[3, 16]), ("DRG", &[1]), ("ROL", &[9]), ("PRT", &[7])];

/// Reads the `number`th message of a file, or the one of a frame.
#[must_use]
pub fn message(bytes: &[u8], limits: &Limits, number: u64) -> Reading {
    let mut reading = Reading {
        header: None,
        outcome: Ok(Vec::new()),
        report: Report::default(),
    };
    reading.outcome = read(bytes, limits, number, &mut reading.header, &mut reading.report);
    if let Err(fault) = &reading.outcome {
        reading.report.add(fault.rule, fault.at.place(number));
    }
    reading
}

impl Location {
    /// As a place in a report: the segment, with the field's number, and the message.
    pub(super) fn place(self, number: u64) -> Place {
        let place = Place::file(self.segment.unwrap_or("message")).row(number);
        if self.field == 0 {
            place
        } else {
            place.column(self.field.to_string())
        }
    }
}

fn read(
    bytes: &[u8],
    limits: &Limits,
    number: u64,
    header: &mut Option<Header>,
    report: &mut Report,
) -> Result<Vec<Event>, Fault> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match decoded(bytes, limits) {
        Ok(text) => text,
        Err(fault) => {
            // The header alone can be answered to if it is plain.
            *header = plain_header(bytes, limits);
            return Err(fault);
        }
    };
    let Some(signs) = Delimiters::of(&text) else {
        let rule = if text.starts_with("MSH") {
            &rules::DELIMITERS
        } else {
            &rules::NO_MESSAGE
        };
        return Err(Fault::field(rule, Condition::SegmentSequence, "MSH", 2));
    };
    *header = plain_header(bytes, limits);
    let message = Message::parse(&text, signs, limits)?;
    let Some(msh) = message.first("MSH") else {
        return Err(Fault::whole(&rules::NO_MESSAGE, Condition::SegmentSequence));
    };
    let known = Header::of(msh, signs);
    let checked = known.check(&message);
    let event = known.event;
    *header = Some(known);
    checked?;
    let mut source = Source {
        message: &message,
        facility: msh.field(4).component(1).text(),
        written: msh.field(7).text(),
        number,
        report,
    };
    source.look_over(&text);
    match event {
        "A40" => source.merges(),
        event => source.event(event).map(|event| vec![event]),
    }
}

/// How much of a message is looked at for its header, if it cannot be read whole.
const HEADER: usize = 4096;

/// The header by itself, of a message that cannot be read whole.
fn plain_header(bytes: &[u8], limits: &Limits) -> Option<Header> {
    let begins = bytes.get(..bytes.len().min(HEADER))?;
    let line = begins.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let text = std::str::from_utf8(line).ok()?;
    let signs = Delimiters::of(text)?;
    let message = Message::parse(text, signs, limits).ok()?;
    Some(Header::of(message.first("MSH")?, signs))
}

/// A message that is read.
struct Source<'m, 'a> {
    message: &'m Message<'a>,
    facility: Option<String>,
    written: Option<String>,
    number: u64,
    report: &'m mut Report,
}

impl<'m, 'a> Source<'m, 'a> {
    fn add(&mut self, rule: &'static Rule, segment: Cow<'static, str>) {
        let mut place = Place::file("message").row(self.number);
        place.file = segment;
        self.report.add(rule, place);
    }

    /// Says what is not kept.
    fn look_over(&mut self, text: &str) {
        if text.contains('\n') {
            self.add(&rules::SEGMENT_END, "message".into());
        }
        for segment in &self.message.segments {
            if segment.name == "CON" {
                self.add(&rules::CONSENT_NOT_READ, "CON".into());
            } else if !TAKEN.contains(&segment.name) {
                let name = super::er7::known(segment.name).unwrap_or("other");
                self.add(&rules::SEGMENT_NOT_KEPT, name.into());
            }
        }
    }

    fn required(&self, name: &'static str, rule: &'static Rule) -> Result<&'m Segment<'a>, Fault> {
        self.message
            .first(name)
            .ok_or(Fault::field(rule, Condition::SegmentSequence, name, 0))
    }

    fn setting(&self, programme: Option<String>, barred: Barred) -> Setting {
        let recorded = self.message.first("EVN").and_then(|evn| evn.field(2).text());
        Setting {
            programme,
            regimes: barred.regimes(),
            as_of: recorded
                .as_deref()
                .and_then(day)
                .or_else(|| self.written.as_deref().and_then(day)),
        }
    }

    fn said_of_restrictions(&mut self) -> Barred {
        let barred = Barred::of(self.message);
        if barred.other || barred.demographics {
            self.add(&rules::RESTRICTED, "message".into());
        }
        if barred.location {
            self.add(&rules::LOCATION_RESTRICTED, "message".into());
        }
        barred
    }

    /// An event of one client.
    fn event(&mut self, event: &str) -> Result<Event, Fault> {
        let pid = self.required("PID", &rules::NO_PATIENT)?;
        if self.message.all("PID").nth(1).is_some() {
            return Err(Fault {
                rule: &rules::NO_PATIENT,
                at: Location {
                    segment: Some("PID"),
                    sequence: 2,
                    field: 0,
                },
                condition: Condition::SegmentSequence,
            });
        }
        let client = person::patient(pid)?;
        let barred = self.said_of_restrictions();
        let mut changes = vec![self.person(pid, &client, barred)];
        let pv1 = self.message.first("PV1");
        let step = match event {
            "A01" | "A04" => Some(Step::Begins),
            "A03" => Some(Step::Ends),
            "A13" => Some(Step::EndCancelled),
            "A08" => Some(Step::Described),
            _ => None,
        };
        let visit = Visit::of(pv1, pid, &client);
        let unit = pv1.and_then(visit::unit).or_else(|| self.facility.clone());
        let setting = self.setting(unit, barred);
        if event == "A11" {
            self.required("PV1", &rules::NO_VISIT)?;
            changes.extend(visit.withdrawal());
        } else {
            match (step, pv1) {
                (Some(step), Some(pv1)) => {
                    let told = self.told_of_visit(pv1);
                    let with = (&setting, told, barred);
                    changes.extend(visit::change(self.message, pv1, &visit, step, with));
                }
                // A description of the person alone.
                (None | Some(Step::Described), _) => {}
                (Some(_), None) => {
                    self.required("PV1", &rules::NO_VISIT)?;
                }
            }
            changes.extend(clinical::diagnoses(self.message, &visit, &client, &setting));
            changes.extend(clinical::allergies(self.message, &client, &setting));
            let (findings, untaken) = clinical::findings(self.message, &visit, &setting);
            changes.extend(findings);
            let place = Place::file("OBX").column("5").row(self.number);
            self.report
                .add_many(&rules::VALUE_NOT_KEPT, place, untaken, &[self.number]);
        }
        Ok(Event {
            client,
            merged: Vec::new(),
            changes,
        })
    }

    fn person(&mut self, pid: &Segment<'_>, client: &SourceClientKey, barred: Barred) -> RecordChange {
        let setting = self.setting(self.facility.clone(), barred);
        let (change, bad_date) = person::change(pid, client, &setting, barred);
        if bad_date {
            let place = Place::file("PID").column("7").row(self.number);
            self.report.add(&rules::BAD_DATE, place);
        }
        change
    }

    /// What tells of the visit beside its diagnoses: its place and service, whoever is in charge, what was done, the
    /// name of the plan that pays.
    fn told_of_visit(&self, pv1: &Segment<'_>) -> WordSet<Sensitivity> {
        let mut found = told_by_words(pv1.fields_from(1));
        let facility = self.message.first("MSH").map(|msh| msh.field(4));
        found = found.union(told_by_words(facility.into_iter()));
        if let Some(pv2) = self.message.first("PV2") {
            found = found.union(told(pv2, &[3], None));
        }
        for segment in &self.message.segments {
            if let Some((_, coded)) = TELLING.iter().find(|(name, _)| *name == segment.name) {
                found = found.union(told(segment, coded, None));
            } else if segment.name == "IN1" {
                let plan: [Part<'_>; 4] = [2, 4, 9, 15].map(|number| segment.field(number));
                found = found.union(told_by_words(plan.into_iter()));
            }
        }
        close(&mut found);
        found
    }

    /// Each MRG names an identifier that its PID has taken the place of.
    fn merges(&mut self) -> Result<Vec<Event>, Fault> {
        let barred = self.said_of_restrictions();
        let mut events: Vec<Event> = Vec::new();
        let mut into: Option<&Segment<'_>> = None;
        for segment in &self.message.segments {
            match (segment.name, into) {
                ("PID", None) => into = Some(segment),
                ("MRG", Some(pid)) => {
                    let client = person::patient(pid)?;
                    let fault = |rule| Fault {
                        rule,
                        at: Location {
                            segment: Some("MRG"),
                            sequence: segment.sequence,
                            field: 1,
                        },
                        condition: Condition::RequiredFieldMissing,
                    };
                    let gone = person::key(segment.field(1)).ok_or_else(|| fault(&rules::NO_PATIENT_ID))?;
                    if gone == client {
                        return Err(fault(&rules::MERGED_WITH_ITSELF));
                    }
                    let changes = vec![self.person(pid, &client, barred)];
                    events.push(Event {
                        client,
                        merged: vec![gone],
                        changes,
                    });
                    into = None;
                }
                ("PID", Some(_)) | ("MRG", None) => {
                    return Err(Fault {
                        rule: &rules::NO_PATIENT,
                        at: Location {
                            segment: super::er7::known(segment.name),
                            sequence: segment.sequence,
                            field: 0,
                        },
                        condition: Condition::SegmentSequence,
                    });
                }
                _ => {}
            }
        }
        if events.is_empty() || into.is_some() {
            return Err(Fault::field(
                &rules::NO_PATIENT,
                Condition::SegmentSequence,
                "MRG",
                0,
            ));
        }
        Ok(events)
    }
}
