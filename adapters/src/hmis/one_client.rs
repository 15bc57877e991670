//! One client as JSON: what an HMIS pushes between two nightly exports.
//!
//! The document holds rows in the columns of the format, so that a client sent this way is labelled by the same code
//! as one in an export, and the next export replaces it row by row:
//!
//! ```json
//! {
//!   "version": "FY2026",
//!   "exported_at": "2026-11-10T14:00:00Z",
//!   "organizations": [ { "OrganizationID": "O1", "OrganizationName": "...", "VictimServiceProvider": 0 } ],
//!   "projects":      [ { "ProjectID": "J1", "OrganizationID": "O1", "ProjectName": "...", "ProjectType": 1,
//!                        "TargetPopulation": 4, "HOPWAMedAssistedLivingFac": null } ],
//!   "funders":       [ { "FunderID": "F1", "ProjectID": "J1", "Funder": 2 } ],
//!   "users":         [ { "UserID": "U1", "UserFirstName": "...", "UserPhone": "..." } ],
//!   "client":        { "PersonalID": "P1", "FirstName": "...", "NameDataQuality": 1, "DateUpdated": "..." },
//!   "contact":       { "phones": ["5550100"], "email": "...", "address": "..." },
//!   "enrollments":   [ { "EnrollmentID": "E1", "ProjectID": "J1", "EntryDate": "2026-09-01" } ],
//!   "exits": [], "services": [], "current_living_situations": [], "disabilities": [], "health_and_dv": []
//! }
//! ```
//!
//! `PersonalID` is filled in from the client; columns left out count as empty. Other keys are refused.
//!
//! An enrolment replaces the row of the last export, with its labels. So that it never carries fewer, what decides them
//! must be stated and is not taken from silence: `organizations`, `projects` and `funders` stand beside `enrollments`,
//! with all rows of the enrolment's project; a project states its `ProjectType`, `TargetPopulation` and
//! `HOPWAMedAssistedLivingFac`, an organisation whether it is a victim service provider. `"funders": []` and `null` say
//! that there is none; leaving them out refuses the document.

use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use gateway_types::vocabulary::{Category, WordSet};
use gateway_types::{LabelledElement, Payload, Pii, RecordKey, SourceRecord, Timestamp};
use serde_json::{Map, Value};
use zip::write::SimpleFileOptions;

use super::Limits;
use super::check::{CheckError, check};
use super::format::{HmisFile, Version};
use crate::Taken;
use crate::json::{self, JsonFault};
use crate::report::{Place, Report, Rule, rules};

rules! { static;
    NOT_JSON: "not-json", RefusesPush, "not valid JSON, or nested or sized beyond what is accepted (the row is the line)", "send one JSON object";
    REPEATED_KEY: "repeated-key", RefusesPush, "an object names a key twice (the row is the line)", "a key may stand once";
    UNKNOWN_KEY: "unknown-key", RefusesPush, "a key that the schema does not have here (told by its place among the keys, in order)", "remove or rename it";
    WRONG_SHAPE: "wrong-shape", RefusesPush, "not what the schema has here", "compare with the documented example";
    MISSING_KEY: "missing-key", RefusesPush, "the key is missing", "add it";
    UNSTATED_LIST: "unstated-list", RefusesPush,
        "the list is missing, and an enrolment cannot be labelled without it (the regimes of a funder, the kind of project and organisation)",
        "add the rows of the enrolment's project; an empty list of funders says that it has none";
    UNSTATED_FACT: "unstated-fact", RefusesPush,
        "the column is missing, and what comes from the project cannot be labelled without it",
        "state it; null says that it does not apply to the project";
    UNSTATED_VICTIM_SERVICE: "unstated-victim-service", RefusesPush,
        "whether the organisation is a victim service provider is not stated", "state 0 or 1";
}

/// The keys of the document that hold rows, with their files.
const LISTS: [(&str, HmisFile); 16] = [
    ("organizations", HmisFile::Organization),
    ("projects", HmisFile::Project),
    ("funders", HmisFile::Funder),
    ("project_cocs", HmisFile::ProjectCoC),
    ("hmis_participations", HmisFile::HmisParticipation),
    ("users", HmisFile::User),
    ("enrollments", HmisFile::Enrollment),
    ("exits", HmisFile::Exit),
    ("services", HmisFile::Services),
    ("current_living_situations", HmisFile::CurrentLivingSituation),
    ("disabilities", HmisFile::Disabilities),
    ("health_and_dv", HmisFile::HealthAndDv),
    ("income_benefits", HmisFile::IncomeBenefits),
    ("employment_education", HmisFile::EmploymentEducation),
    ("assessments", HmisFile::Assessment),
    ("events", HmisFile::Event),
];

/// The lists that must stand beside enrolments.
const BESIDE_ENROLLMENTS: [&str; 3] = ["organizations", "projects", "funders"];

/// What a project must state beside enrolments.
const STATED_OF_PROJECTS: [&str; 3] = ["ProjectType", "TargetPopulation", "HOPWAMedAssistedLivingFac"];

const DOCUMENT: &str = "document";
const CLIENT: &str = "client";
const CONTACT: &str = "contact";

/// The id under which the rows of a document go together.
const EXPORT_ID: &str = "one-client";

/// Reads one client. In the report a file is a key of the document, and a row the place in its list, from 1.
///
/// # Errors
/// The report, if nothing of it is taken.
pub fn one_client_json(bytes: &[u8], limits: &Limits) -> Result<Taken, Box<Report>> {
    let mut report = Report::default();
    match document(bytes, &mut report) {
        Some(document) => document.read(limits),
        None => Err(Box::new(report)),
    }
}

/// The document as files of the format.
struct Document {
    files: Vec<(HmisFile, Vec<u8>)>,
    contact: Option<Map<String, Value>>,
    client: String,
}

fn document(bytes: &[u8], report: &mut Report) -> Option<Document> {
    let bounds = json::Limits {
        bytes: 1 << 20,
        depth: 6,
        values: 20_000,
    };
    let value = match json::parse(bytes, &bounds) {
        Ok(value) => value,
        Err(fault) => {
            let place = Place::file(DOCUMENT);
            match fault {
                JsonFault::RepeatedKey { line, .. } => report.add(&REPEATED_KEY, place.row(line as u64)),
                JsonFault::Syntax { line, .. } | JsonFault::TooDeep { line, .. } => {
                    report.add(&NOT_JSON, place.row(line as u64));
                }
                JsonFault::TooLarge | JsonFault::TooMany => report.add(&NOT_JSON, place),
            }
            return None;
        }
    };
    let Value::Object(fields) = value else {
        report.add(&WRONG_SHAPE, Place::file(DOCUMENT));
        return None;
    };
    for (at, key) in fields.keys().enumerate() {
        let known = ["version", "exported_at", CLIENT, CONTACT].contains(&key.as_str())
            || LISTS.iter().any(|(name, _)| name == key);
        if !known {
            report.add(
                &UNKNOWN_KEY,
                Place::file(DOCUMENT).column(format!("key {}", at + 1)),
            );
        }
    }
    let version = match fields.get("version").and_then(Value::as_str) {
        Some("FY2026") => Some(Version::Fy2026),
        Some("FY2024") => Some(Version::Fy2024),
        Some(_) => refuse(report, &WRONG_SHAPE, "version"),
        None => refuse(report, &MISSING_KEY, "version"),
    };
    let exported_at = match fields
        .get("exported_at")
        .map(|text| text.as_str().and_then(|text| text.parse().ok()))
    {
        Some(Some(moment)) => Some(moment),
        Some(None) => refuse::<Timestamp>(report, &WRONG_SHAPE, "exported_at"),
        None => refuse(report, &MISSING_KEY, "exported_at"),
    };
    let client = match fields.get(CLIENT) {
        Some(Value::Object(client)) => Some(client),
        Some(_) => refuse(report, &WRONG_SHAPE, CLIENT),
        None => refuse(report, &MISSING_KEY, CLIENT),
    };
    let (version, exported_at, client) = (version?, exported_at?, client?);
    let id = client.get("PersonalID").and_then(as_text).unwrap_or_default();
    let at = exported_at.to_string();
    let moment = at.get(..19).unwrap_or_default().replace('T', " ");
    let filling = Filling {
        version,
        person: &id,
        moment: &moment,
    };
    let stated = match version {
        Version::Fy2022 => "2022",
        Version::Fy2024 => "2024",
        Version::Fy2026 => "2026",
    };
    let mut export = Map::new();
    for (name, value) in [
        ("CSVVersion", stated),
        ("HashStatus", "1"),
        ("ExportDate", moment.as_str()),
        ("ExportDirective", "3"),
        ("ExportPeriodType", "4"),
        ("SourceType", "1"),
    ] {
        export.insert(name.to_owned(), value.into());
    }
    let mut files = vec![
        (
            HmisFile::Export,
            filling.csv(HmisFile::Export, "export", &[&export], report),
        ),
        (
            HmisFile::Client,
            filling.csv(HmisFile::Client, CLIENT, &[client], report),
        ),
    ];
    for (name, file) in LISTS {
        let rows: Vec<&Map<String, Value>> = match fields.get(name) {
            None => Vec::new(),
            Some(Value::Array(rows)) if rows.iter().all(Value::is_object) => {
                rows.iter().filter_map(Value::as_object).collect()
            }
            Some(_) => {
                report.add(&WRONG_SHAPE, Place::file(name));
                continue;
            }
        };
        files.push((file, filling.csv(file, name, &rows, report)));
    }
    what_labels_is_stated(&fields, report);
    let contact = match fields.get(CONTACT) {
        None => None,
        Some(Value::Object(contact)) => {
            for (at, (key, value)) in contact.iter().enumerate() {
                let sound = match key.as_str() {
                    "phones" => value
                        .as_array()
                        .is_some_and(|phones| phones.iter().all(Value::is_string)),
                    "email" | "address" | "preferred_way" => value.is_string(),
                    _ => {
                        report.add(
                            &UNKNOWN_KEY,
                            Place::file(CONTACT).column(format!("key {}", at + 1)),
                        );
                        continue;
                    }
                };
                if !sound {
                    report.add(
                        &WRONG_SHAPE,
                        Place::file(CONTACT).column(format!("key {}", at + 1)),
                    );
                }
            }
            Some(contact.clone())
        }
        Some(_) => refuse(report, &WRONG_SHAPE, CONTACT),
    };
    (!report.refused()).then_some(Document {
        files,
        contact,
        client: id,
    })
}

/// Looks whether all is stated that decides the labels of an enrolment.
fn what_labels_is_stated(fields: &Map<String, Value>, report: &mut Report) {
    let rows = |name: &str| {
        let rows = fields.get(name).and_then(Value::as_array);
        rows.into_iter().flatten().zip(1..)
    };
    if rows("enrollments").next().is_none() {
        return;
    }
    for list in BESIDE_ENROLLMENTS {
        if !fields.contains_key(list) {
            report.add(&UNSTATED_LIST, Place::file(list));
        }
    }
    for (project, row) in rows("projects") {
        for column in STATED_OF_PROJECTS {
            if project.get(column).is_none() {
                report.add(&UNSTATED_FACT, Place::file("projects").column(column).row(row));
            }
        }
    }
    for (organization, row) in rows("organizations") {
        let stated = organization.get("VictimServiceProvider").and_then(as_text);
        if stated.is_none_or(|stated| stated.trim().is_empty()) {
            let place = Place::file("organizations").column("VictimServiceProvider");
            report.add(&UNSTATED_VICTIM_SERVICE, place.row(row));
        }
    }
}

fn refuse<T>(report: &mut Report, rule: &'static Rule, key: &'static str) -> Option<T> {
    report.add(rule, Place::file(key));
    None
}

/// A scalar as the text of a cell.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(answer) => Some(u8::from(*answer).to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// What is filled in where the document says nothing.
struct Filling<'a> {
    version: Version,
    person: &'a str,
    moment: &'a str,
}

impl Filling<'_> {
    fn csv(
        &self,
        file: HmisFile,
        name: &'static str,
        rows: &[&Map<String, Value>],
        report: &mut Report,
    ) -> Vec<u8> {
        let columns: Vec<_> = file
            .columns()
            .iter()
            .filter(|column| column.may_stand_in(self.version))
            .collect();
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut write = |cells: Vec<String>| {
            // Writing to memory cannot fail.
            let _written = writer.write_record(cells);
        };
        write(columns.iter().map(|column| column.name.to_owned()).collect());
        for (number, row) in rows.iter().enumerate() {
            let place = || Place::file(name).row(number as u64 + 1);
            for (at, key) in row.keys().enumerate() {
                if !columns.iter().any(|column| column.name == key) {
                    report.add(&UNKNOWN_KEY, place().column(format!("key {}", at + 1)));
                }
            }
            let cells = columns.iter().map(|column| {
                let given = row.get(column.name).map(as_text);
                if given == Some(None) {
                    report.add(&WRONG_SHAPE, place().column(column.name));
                }
                let given = given.flatten().unwrap_or_default();
                match column.name {
                    "ExportID" => EXPORT_ID.to_owned(),
                    "PersonalID" if given.is_empty() => self.person.to_owned(),
                    "DateUpdated" | "DateCreated" if given.is_empty() => self.moment.to_owned(),
                    _ => given,
                }
            });
            let cells = cells.collect();
            write(cells);
        }
        writer.into_inner().unwrap_or_default()
    }
}

impl Document {
    fn read(self, limits: &Limits) -> Result<Taken, Box<Report>> {
        let Some(bytes) = self.zip() else {
            let mut report = Report::default();
            report.add(&WRONG_SHAPE, Place::file(DOCUMENT));
            return Err(Box::new(report));
        };
        let mut reader = Cursor::new(bytes);
        let checked = match check(&mut reader, limits) {
            Ok(checked) => checked,
            Err(CheckError::Refused(report)) => return Err(Box::new(by_key(&report))),
            Err(CheckError::Unavailable(_)) => return Err(unreadable()),
        };
        let mut records = Vec::new();
        let read = checked.read(&mut reader, &mut |record| {
            records.push(record);
            ControlFlow::Continue(())
        });
        if read.is_err() {
            return Err(unreadable());
        }
        if let Some(contact) = &self.contact {
            add_contact(&mut records, &self.client, contact);
        }
        let report = by_key(checked.report());
        Ok(Taken { records, report })
    }

    /// The files as an export, so that one client is labelled by the same code as a hundred thousand.
    fn zip(&self) -> Option<Vec<u8>> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for (file, bytes) in &self.files {
            writer.start_file(file.name(), options).ok()?;
            writer.write_all(bytes).ok()?;
        }
        Some(writer.finish().ok()?.into_inner())
    }
}

fn unreadable() -> Box<Report> {
    let mut report = Report::default();
    report.add(&WRONG_SHAPE, Place::file(DOCUMENT));
    Box::new(report)
}

/// The report of the files as one of the document: keys for files, places in lists for rows. Empty cells and absent
/// files are what a document of one client is made of, so nothing is said of them.
fn by_key(report: &Report) -> Report {
    let key_of = |file: &str| {
        LISTS.iter().find(|(_, known)| known.name() == file).map_or(
            if file == HmisFile::Client.name() {
                CLIENT
            } else {
                DOCUMENT
            },
            |(key, _)| key,
        )
    };
    report.retold(key_of, |rule| !matches!(rule.id, "blank" | "absent-file"))
}

fn add_contact(records: &mut [SourceRecord], client: &str, contact: &Map<String, Value>) {
    let Some(SourceRecord::Client {
        identity,
        elements,
        updated,
        ..
    }) = records.first_mut()
    else {
        return;
    };
    let phones = contact
        .get("phones")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    identity.phones = phones
        .filter_map(Value::as_str)
        .map(|phone| Pii::new(phone.to_owned()))
        .collect();
    let mut payload = Payload::new();
    for (name, value) in contact {
        payload.insert(name.as_str(), value.clone());
    }
    if !payload.is_empty() {
        elements.push(LabelledElement {
            record: RecordKey::new(CONTACT, client),
            category: Some(Category::Contact),
            source_programme: None,
            regimes: WordSet::EMPTY,
            sensitivity: WordSet::EMPTY,
            facts: WordSet::EMPTY,
            as_of: updated.map(Timestamp::date),
            payload,
        });
    }
}

#[cfg(test)]
mod tests {
    use gateway_types::vocabulary::{ElementFact, Regime};
    use proptest::prelude::*;

    use super::*;

    const ROSA: &str = r#"{
        "version": "FY2026",
        "exported_at": "2026-11-10T14:00:00Z",
        "organizations": [{"OrganizationID": "O1", "OrganizationName": "Harbour Housing", "VictimServiceProvider": 0}],
        "projects": [{"ProjectID": "J1", "OrganizationID": "O1", "ProjectName": "Pier House", "ProjectType": 0,
            "TargetPopulation": 4, "HOPWAMedAssistedLivingFac": null}],
        "funders": [],
        "users": [{"UserID": "U1", "UserFirstName": "Wanda", "UserPhone": "5550100"}],
        "client": {"PersonalID": "P1", "FirstName": "Zanzibara", "LastName": "Quillfeather", "NameDataQuality": 1},
        "contact": {"phones": ["5550123"], "address": "a tent by the pier"},
        "enrollments": [{"EnrollmentID": "E1", "ProjectID": "J1", "EntryDate": "2026-09-01", "UserID": "U1"}],
        "current_living_situations": [{"CurrentLivingSitID": "C1", "EnrollmentID": "E1",
            "InformationDate": "2026-11-09", "CurrentLivingSituation": 116}]
    }"#;

    fn read(text: &str) -> Result<Taken, Box<Report>> {
        one_client_json(text.as_bytes(), &Limits::default())
    }

    #[test]
    fn one_client_is_labelled_as_in_an_export() {
        let taken = read(ROSA).unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(taken.records.len(), 3);
        let SourceRecord::Client {
            identity, elements, ..
        } = &taken.records[0]
        else {
            panic!("not a client");
        };
        assert_eq!(identity.phones.len(), 1);
        assert!(
            elements
                .iter()
                .any(|element| element.category == Some(Category::Contact))
        );
        let categories: Vec<_> = taken
            .records
            .iter()
            .flat_map(|record| match record {
                SourceRecord::About { elements, .. } => elements.as_slice(),
                _ => &[],
            })
            .filter_map(|element| element.category)
            .collect();
        for wanted in [
            Category::ShelterStatus,
            Category::CaseManagerContact,
            Category::Location,
        ] {
            assert!(categories.contains(&wanted), "{wanted}");
        }
        assert!(taken.report.is_clean(), "{}", taken.report);
    }

    #[test]
    fn faults_are_told_by_key_and_place_and_without_a_value() {
        for (from, to, rule, place) in [
            (
                "\"EntryDate\": \"2026-09-01\"",
                "\"EntryDate\": \"Quillfeather\"",
                "needed-value",
                "enrollments, EntryDate",
            ),
            (
                "\"EntryDate\"",
                "\"Quillfeather\"",
                "unknown-key",
                "enrollments, key",
            ),
            (
                "\"ProjectID\": \"J1\", \"EntryDate\"",
                "\"ProjectID\": \"Quillfeather\", \"EntryDate\"",
                "unknown-project",
                "enrollments, ProjectID",
            ),
            ("\"contact\"", "\"Quillfeather\"", "unknown-key", "document, key"),
            (
                "\"version\": \"FY2026\"",
                "\"version\": \"Quillfeather\"",
                "wrong-shape",
                "version",
            ),
            ("[\"5550123\"]", "[[\"Quillfeather\"]]", "wrong-shape", "contact"),
            (
                "\"VictimServiceProvider\": 0",
                "\"VictimServiceProvider\": 1",
                "victim-service",
                "enrollments",
            ),
        ] {
            assert!(ROSA.contains(from), "{from}");
            let report = read(&ROSA.replace(from, to)).map_or_else(|report| *report, |taken| taken.report);
            let text = report.to_string();
            assert!(
                report.names(rule) && text.contains(place),
                "{rule} {place}:\n{text}"
            );
            assert!(!text.contains("Quill") && !text.contains("Zanzi"), "{text}");
        }
    }

    #[test]
    fn a_funder_and_a_population_bring_their_labels_along() {
        let funded = ROSA
            .replace(
                "\"funders\": []",
                "\"funders\": [{\"FunderID\": \"F1\", \"ProjectID\": \"J1\", \"Funder\": 14}]",
            )
            .replace("\"TargetPopulation\": 4", "\"TargetPopulation\": 1");
        let stays = |text: &str| -> Vec<LabelledElement> {
            let taken = read(text).unwrap_or_else(|report| panic!("{report}"));
            let about = taken.records.into_iter().filter_map(|record| match record {
                SourceRecord::About { elements, .. } => Some(elements),
                _ => None,
            });
            about.flatten().collect()
        };
        let elements = stays(&funded);
        assert!(elements.len() > 3);
        for element in elements {
            assert!(element.regimes.contains(Regime::Hopwa));
            assert!(element.facts.contains(ElementFact::FamilyViolenceProject));
        }
        assert!(stays(ROSA).iter().all(|element| element.regimes.is_empty()));

        let unreadable = funded.replace("\"Funder\": 14", "\"Funder\": \"Quillfeather\"");
        let report = read(&unreadable).unwrap().report;
        assert!(report.names("funder-unread"), "{report}");
        for element in stays(&unreadable) {
            assert!(element.regimes.contains(Regime::Hopwa) && element.regimes.contains(Regime::Rhy));
        }
    }

    #[test]
    fn an_enrolment_without_what_labels_it_refuses_the_document() {
        for (from, to, rule, place) in [
            ("\"funders\": [],", "", "unstated-list", "funders"),
            (
                "\"TargetPopulation\": 4,",
                "",
                "unstated-fact",
                "projects, TargetPopulation",
            ),
            (
                "\"ProjectType\": 0,",
                "",
                "unstated-fact",
                "projects, ProjectType",
            ),
            (
                ", \"HOPWAMedAssistedLivingFac\": null",
                "",
                "unstated-fact",
                "projects, HOPWAMedAssistedLivingFac",
            ),
            (
                "\"HOPWAMedAssistedLivingFac\"",
                "\"HousingType\"",
                "unstated-fact",
                "projects, HOPWAMed",
            ),
            (
                "\"VictimServiceProvider\": 0",
                "\"VictimServiceProvider\": null",
                "unstated-victim-service",
                "organizations, VictimServiceProvider",
            ),
        ] {
            let squeezed = ROSA.replace("\n            \"TargetPopulation\"", " \"TargetPopulation\"");
            assert!(squeezed.contains(from), "{from}");
            let report = read(&squeezed.replace(from, to)).unwrap_err();
            let text = report.to_string();
            assert!(
                report.names(rule) && text.contains(place),
                "{rule} {place}:\n{text}"
            );
            assert!(!text.contains("Quill") && !text.contains("Zanzi"), "{text}");
        }
        for list in ["organizations", "projects"] {
            let mut document: Value = serde_json::from_str(ROSA).unwrap();
            document.as_object_mut().unwrap().remove(list);
            let report = read(&document.to_string()).unwrap_err();
            assert!(
                report.names("unstated-list") && report.to_string().contains(list),
                "{report}"
            );
        }
        // A client who is enrolled nowhere says nothing of projects.
        let mut document: Value = serde_json::from_str(ROSA).unwrap();
        for list in [
            "organizations",
            "projects",
            "funders",
            "enrollments",
            "current_living_situations",
        ] {
            document.as_object_mut().unwrap().remove(list);
        }
        let taken = read(&document.to_string()).unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(taken.records.len(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_mutated_document_never_panics(at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
            let mut bytes = ROSA.as_bytes().to_vec();
            for (index, byte) in at {
                let index = index.index(bytes.len());
                bytes[index] = byte;
            }
            let _outcome = one_client_json(&bytes, &Limits::default());
        }
    }
}
