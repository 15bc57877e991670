//! Small exports made on the spot, for tests: every row is invented, every file in the shape of the tables.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use gateway_types::SourceRecord;
use zip::write::SimpleFileOptions;

use super::Limits;
use super::check::{CheckError, Checked, check};
use super::format::{HmisFile, Kind, Version};
use crate::report::Report;

/// An export in the making.
#[derive(Clone)]
pub(super) struct Sample {
    version: Version,
    files: BTreeMap<String, Vec<u8>>,
}

impl Sample {
    /// One client (P1, full name, SSN and birth date) in one shelter (J1 of O1), user U1.
    pub(super) fn new(version: Version) -> Self {
        let mut sample = Self {
            version,
            files: BTreeMap::new(),
        };
        for file in HmisFile::ALL.into_iter().filter(|file| file.belongs_in(version)) {
            sample.set_rows(file, &[]);
        }
        let (stated, outdoors) = match version {
            Version::Fy2022 => ("2022 v1.3", "16"),
            Version::Fy2024 => ("2024 v1.3", "116"),
            Version::Fy2026 => ("2026 v1.0", "116"),
        };
        sample.add(
            HmisFile::Export,
            &[
                ("ExportID", "X1"),
                ("CSVVersion", stated),
                ("HashStatus", "1"),
                ("ExportDirective", "2"),
                ("ExportDate", "2026-10-01 02:00:00"),
            ],
        );
        sample.add(
            HmisFile::User,
            &[
                ("UserID", "U1"),
                ("UserFirstName", "Wanda"),
                ("UserLastName", "Worker"),
                ("UserPhone", "5550100"),
                ("UserEmail", "w@example.org"),
            ],
        );
        sample.add(
            HmisFile::Organization,
            &[("OrganizationID", "O1"), ("OrganizationName", "Harbour Housing")],
        );
        sample.add(
            HmisFile::Project,
            &[
                ("ProjectID", "J1"),
                ("OrganizationID", "O1"),
                ("ProjectName", "Pier House"),
                ("ProjectType", "1"),
            ],
        );
        sample.client("P1", &[]);
        sample.stay("E1", "P1", "J1", &[("LivingSituation", outdoors)]);
        sample
    }

    /// Adds a client.
    pub(super) fn client(&mut self, id: &str, cells: &[(&str, &str)]) {
        let mut all = vec![
            ("PersonalID", id),
            ("FirstName", "Zanzibara"),
            ("LastName", "Quillfeather"),
            ("NameDataQuality", "1"),
            ("SSN", "512345678"),
            ("SSNDataQuality", "1"),
            ("DOB", "1980-02-03"),
            ("DOBDataQuality", "1"),
        ];
        all.extend_from_slice(cells);
        self.add(HmisFile::Client, &all);
    }

    /// Adds an enrolment.
    pub(super) fn stay(&mut self, id: &str, person: &str, project: &str, cells: &[(&str, &str)]) {
        let mut all = vec![
            ("EnrollmentID", id),
            ("PersonalID", person),
            ("ProjectID", project),
            ("EntryDate", "2026-09-01"),
            ("LivingSituation", "116"),
        ];
        all.extend_from_slice(cells);
        self.add(HmisFile::Enrollment, &all);
    }

    /// Adds a row; cells not named hold something the format allows. A later cell of a name wins.
    pub(super) fn add(&mut self, file: HmisFile, cells: &[(&str, &str)]) {
        let mut row = String::new();
        let columns: Vec<_> = file
            .columns()
            .iter()
            .filter(|column| column.belongs_in(self.version))
            .collect();
        for (at, column) in columns.iter().enumerate() {
            let given = cells.iter().rev().find(|(name, _)| *name == column.name);
            assert!(
                cells
                    .iter()
                    .all(|(name, _)| file.columns().iter().any(|c| c.name == *name)),
                "{cells:?}"
            );
            let value = given.map_or_else(
                || match (column.null, column.kind, column.name) {
                    (super::format::Null::Nullable, ..) => String::new(),
                    (_, _, "ExportID") => "X1".to_owned(),
                    (_, _, "UserID") => "U1".to_owned(),
                    (_, Kind::Text(_), _) => "t".to_owned(),
                    (_, Kind::Whole, _) => column.codes.first().copied().unwrap_or(0).to_string(),
                    (_, Kind::Date, _) => "2026-09-02".to_owned(),
                    (_, Kind::Moment, _) => "2026-09-03 10:11:12".to_owned(),
                    _ => "0.00".to_owned(),
                },
                |(_, value)| (*value).to_owned(),
            );
            if at > 0 {
                row.push(',');
            }
            if value.contains([',', '"', '\n']) {
                row.push_str(&format!("\"{}\"", value.replace('"', "\"\"")));
            } else {
                row.push_str(&value);
            }
        }
        row.push('\n');
        self.bytes(file).extend_from_slice(row.as_bytes());
    }

    /// Leaves only the header and `rows`.
    pub(super) fn set_rows(&mut self, file: HmisFile, rows: &[&str]) {
        let header: Vec<_> = file
            .columns()
            .iter()
            .filter(|column| column.belongs_in(self.version))
            .map(|column| column.name)
            .collect();
        let mut text = header.join(",") + "\n";
        rows.iter().for_each(|row| text += &format!("{row}\n"));
        self.files.insert(file.name().to_owned(), text.into_bytes());
    }

    /// The bytes of a file, to be spoilt.
    pub(super) fn bytes(&mut self, file: HmisFile) -> &mut Vec<u8> {
        self.files.get_mut(file.name()).unwrap()
    }

    /// Replaces text in a file.
    pub(super) fn replace(&mut self, file: HmisFile, from: &str, to: &str) {
        let text = String::from_utf8(self.bytes(file).clone()).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        *self.bytes(file) = text.replace(from, to).into_bytes();
    }

    /// Adds a file of any name.
    pub(super) fn file(&mut self, name: &str, bytes: &[u8]) {
        self.files.insert(name.to_owned(), bytes.to_vec());
    }

    /// Takes a file out.
    pub(super) fn without(&mut self, name: &str) {
        self.files.remove(name).unwrap();
    }

    /// The zip.
    pub(super) fn zip(&self) -> Vec<u8> {
        zip_of(
            self.files
                .iter()
                .map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
        )
    }

    /// Checks it.
    pub(super) fn check(&self) -> Result<Checked, Box<Report>> {
        check_bytes(&self.zip(), &Limits::default())
    }

    /// Checks and reads it.
    pub(super) fn records(&self) -> (Checked, Vec<SourceRecord>) {
        let bytes = self.zip();
        let checked = check_bytes(&bytes, &Limits::default()).unwrap_or_else(|report| panic!("{report}"));
        let records = read_all(&checked, &bytes);
        (checked, records)
    }
}

/// A zip of these files.
pub(super) fn zip_of<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in files {
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Checks a zip.
pub(super) fn check_bytes(bytes: &[u8], limits: &Limits) -> Result<Checked, Box<Report>> {
    match check(&mut Cursor::new(bytes), limits) {
        Ok(checked) => Ok(checked),
        Err(CheckError::Refused(report)) => Err(report),
        Err(CheckError::Unavailable(error)) => panic!("{error}"),
    }
}

/// Everything a checked zip yields.
pub(super) fn read_all(checked: &Checked, bytes: &[u8]) -> Vec<SourceRecord> {
    let mut records = Vec::new();
    let outcome = checked
        .read(&mut Cursor::new(bytes), &mut |record| {
            records.push(record);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(outcome.is_continue());
    records
}
