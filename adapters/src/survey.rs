//! What would become of a file: which format it is in, and whether it would be taken, with what, or refused for what.
//!
//! For somebody who is about to connect a source, before anything is configured. A format is known by what stands in the
//! file, never by its name. Nothing is kept; what is told holds counts, categories and the rules of a report, no value.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::ControlFlow;

use gateway_types::vocabulary::Word as _;
use gateway_types::{SourceRecord, WordSet};
use serde::Serialize;
use serde_json::Value;

use crate::json::JsonFault;
use crate::report::Report;
use crate::{Taken, ccda, eido, fhir, field_forms, hl7v2, hmis, json, niem, open311, xml};

/// A format by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A zip: a HUD HMIS CSV export.
    HmisCsv,
    /// A FHIR R4 Bundle or resource.
    Fhir,
    /// The lines of a FHIR bulk export.
    FhirNdjson,
    /// A C-CDA document.
    Ccda,
    /// An HL7 version 2 message.
    Hl7V2,
    /// A NIEM exchange, N-DEx or NIBRS among them.
    Niem,
    /// A NENA emergency incident data object.
    Eido,
    /// Field forms.
    FieldForms,
    /// Open311 GeoReport.
    Open311,
    /// Some other JSON.
    Json,
    /// Some other XML.
    Xml,
    /// None of these.
    Unknown,
}

impl Format {
    /// As a person calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmisCsv => "HMIS CSV",
            Self::Fhir => "FHIR",
            Self::FhirNdjson => "FHIR NDJSON",
            Self::Ccda => "C-CDA",
            Self::Hl7V2 => "HL7 v2",
            Self::Niem => "NIEM",
            Self::Eido => "EIDO",
            Self::FieldForms => "field forms",
            Self::Open311 => "Open311",
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Unknown => "unknown",
        }
    }

    /// What is in a file with these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let text = bytes.trim_ascii_start();
        if bytes.starts_with(b"PK\x03\x04") {
            Self::HmisCsv
        } else if text.starts_with(b"MSH|")
            || text.starts_with(b"\x0BMSH|")
            || text.starts_with(b"FHS|")
            || text.starts_with(b"BHS|")
        {
            Self::Hl7V2
        } else if text.starts_with(b"<") {
            Self::of_xml(text)
        } else if text.starts_with(b"{") || text.starts_with(b"[") {
            Self::of_json(text)
        } else {
            Self::Unknown
        }
    }

    fn of_json(text: &[u8]) -> Self {
        match json::parse(text, &json::Limits::default()) {
            Ok(value) => Self::of_value(&value),
            // One object a line is no JSON document; its first line is.
            Err(JsonFault::Syntax { .. }) => match text
                .split(|byte| *byte == b'\n')
                .next()
                .map(|line| json::parse(line, &json::Limits::default()))
            {
                Some(Ok(first)) if Self::of_value(&first) == Self::Fhir => Self::FhirNdjson,
                _ => Self::Json,
            },
            Err(_) => Self::Json,
        }
    }

    fn of_value(value: &Value) -> Self {
        let one = value
            .as_array()
            .and_then(|values| values.first())
            .unwrap_or(value);
        let has = |field: &str| one.get(field).is_some();
        if value.get("resourceType").is_some() {
            Self::Fhir
        } else if has("eidoVersion") {
            Self::Eido
        } else if one
            .get("form")
            .and_then(Value::as_str)
            .is_some_and(|name| field_forms::FORMS.iter().any(|form| form.name == name))
        {
            Self::FieldForms
        } else if has("service_code") || has("service_request_id") {
            Self::Open311
        } else if one
            .get("@context")
            .is_some_and(|context| context.to_string().contains("niem"))
        {
            Self::Niem
        } else {
            Self::Json
        }
    }

    fn of_xml(text: &[u8]) -> Self {
        let Some((namespace, name)) = xml::root(text) else {
            return Self::Xml;
        };
        let namespace = namespace.unwrap_or_default();
        if namespace == "urn:hl7-org:v3" && name == "ClinicalDocument" {
            Self::Ccda
        } else if ["niem", "lexs", "n-dex", "nibrs", "ojbc"]
            .iter()
            .any(|word| namespace.to_lowercase().contains(word))
        {
            Self::Niem
        } else if ["services", "service_requests", "service_definition"].contains(&name.as_str()) {
            Self::Open311
        } else {
            Self::Xml
        }
    }
}

/// What would become of a file.
#[derive(Debug)]
pub struct Surveyed {
    /// The format it is in.
    pub format: Format,
    /// What would become of it.
    pub outcome: Outcome,
}

/// What would become of a file.
#[derive(Debug)]
pub enum Outcome {
    /// It would be taken, at least in part.
    Taken {
        /// Clients.
        clients: u64,
        /// Elements by category; under the empty text those without one, which are withheld. Of service requests, which
        /// are about nobody, how many would be kept.
        elements: BTreeMap<&'static str, u64>,
        /// What was found.
        report: Report,
    },
    /// It would be refused.
    Refused(Box<Report>),
    /// Assent does not take this format in.
    NotTaken,
}

/// Reads a file as the gateway would, and keeps nothing.
#[must_use]
pub fn survey(bytes: &[u8]) -> Surveyed {
    let format = Format::of(bytes);
    let outcome = match format {
        Format::HmisCsv => hmis_csv(bytes),
        Format::Fhir => whole(fhir::bundle(bytes, &fhir::Limits::default())),
        Format::FhirNdjson => whole(fhir::ndjson(bytes, &fhir::Limits::default())),
        Format::Ccda | Format::Xml => whole(ccda::document(bytes, &xml::Limits::default())),
        Format::Json => whole(fhir::bundle(bytes, &fhir::Limits::default())),
        Format::Niem => whole(niem::exchange(bytes)),
        Format::Eido => whole(eido::incident(bytes)),
        Format::FieldForms => whole(field_forms::forms(bytes)),
        Format::Hl7V2 => hl7_v2(bytes),
        Format::Open311 => service_requests(bytes),
        Format::Unknown => Outcome::NotTaken,
    };
    Surveyed { format, outcome }
}

fn whole(read: Result<Taken, Box<Report>>) -> Outcome {
    match read {
        Err(report) => Outcome::Refused(report),
        Ok(taken) => {
            let mut count = Count::default();
            taken.records.iter().for_each(|record| count.add(record));
            count.taken(taken.report)
        }
    }
}

/// As if nothing had been on file before.
fn hl7_v2(bytes: &[u8]) -> Outcome {
    let mut standing = hl7v2::Standing::default();
    let read = hl7v2::file(bytes, &hl7v2::Limits::default(), &mut |events| {
        for event in events {
            for gone in &event.merged {
                standing.merge(gone, &event.client);
            }
            standing.apply(event, &|_| Some(WordSet::EMPTY));
        }
        ControlFlow::Continue(())
    });
    whole(read.map(|report| Taken {
        records: standing.into_records(),
        report,
    }))
}

/// About no client and in no category: they are counted as what they are.
fn service_requests(bytes: &[u8]) -> Outcome {
    match open311::requests(bytes, &open311::Times::ANY) {
        Ok(read) => {
            let mut count = Count::default();
            if let Ok(requests @ 1..) = u64::try_from(read.requests.len()) {
                count.elements.insert("service_request", requests);
            }
            count.taken(read.report)
        }
        Err(report) => Outcome::Refused(report),
    }
}

fn hmis_csv(bytes: &[u8]) -> Outcome {
    let checked = match hmis::check(&mut Cursor::new(bytes), &hmis::Limits::default()) {
        Ok(checked) => checked,
        Err(hmis::CheckError::Refused(report)) => return Outcome::Refused(report),
        // Bytes in memory can always be read.
        Err(hmis::CheckError::Unavailable(_)) => return Outcome::NotTaken,
    };
    let mut count = Count::default();
    let read = checked.read(&mut Cursor::new(bytes), &mut |record| {
        count.add(&record);
        ControlFlow::Continue(())
    });
    match read {
        Ok(_) => count.taken(checked.report().clone()),
        Err(_) => Outcome::NotTaken,
    }
}

#[derive(Default)]
struct Count {
    clients: u64,
    elements: BTreeMap<&'static str, u64>,
}

impl Count {
    fn add(&mut self, record: &SourceRecord) {
        let elements = match record {
            SourceRecord::Client { elements, .. } => {
                self.clients += 1;
                elements
            }
            SourceRecord::About { elements, .. } => elements,
            SourceRecord::Treating { .. } | SourceRecord::Withdrawn { .. } => return,
        };
        for element in elements {
            let category = element.category.map_or("", |category| category.code());
            *self.elements.entry(category).or_default() += 1;
        }
    }

    fn taken(self, report: Report) -> Outcome {
        Outcome::Taken {
            clients: self.clients,
            elements: self.elements,
            report,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_known_by_its_content() {
        for (text, format) in [
            (r#"{"resourceType":"Bundle"}"#, Format::Fhir),
            (
                "{\"resourceType\":\"Patient\"}\n{\"resourceType\":\"Patient\"}\n",
                Format::FhirNdjson,
            ),
            (
                "\u{FEFF}<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>",
                Format::Ccda,
            ),
            ("MSH|^~\\&|A|B", Format::Hl7V2),
            (
                "<a xmlns='http://release.niem.gov/niem/niem-core/3.0/'/>",
                Format::Niem,
            ),
            (r#"{"eidoVersion":"1.0"}"#, Format::Eido),
            (r#"[{"form":"cit_contact"}]"#, Format::FieldForms),
            (r#"[{"service_code":"001"}]"#, Format::Open311),
            ("<services/>", Format::Open311),
            ("PK\u{3}\u{4}", Format::HmisCsv),
            ("{", Format::Json),
            ("<a>", Format::Xml),
            ("one,two", Format::Unknown),
            ("", Format::Unknown),
        ] {
            assert_eq!(Format::of(text.as_bytes()), format, "{text}");
        }
    }

    #[test]
    fn a_survey_counts_and_names_rules_and_nothing_else() {
        let patient = r#"{"resourceType":"Patient","id":"p","name":[{"family":"Quillfeather"}],"birthDate":"1980-02-03"}"#;
        let Outcome::Taken {
            clients, elements, ..
        } = survey(patient.as_bytes()).outcome
        else {
            panic!("not taken");
        };
        assert_eq!((clients, elements.get("demographics")), (1, Some(&1)));
        let broken = survey(b"{\"Quillfeather\"");
        assert!(!format!("{broken:?}").contains("Quillfeather"));
        assert!(matches!(broken.outcome, Outcome::Refused(report) if report.names("not-json")));
        assert!(matches!(survey(b"MSH|").outcome, Outcome::Refused(report) if report.names("delimiters")));
    }
}
