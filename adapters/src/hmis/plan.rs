//! What the header of one file says: which column stands where.

use csv::ByteRecord;

use super::check::{ExportFacts, Particulars};
use super::format::{About, Column, HmisFile, Null, Version, Weight, Years};
use super::rules;
use crate::report::{Place, Report};

/// The columns of one file as they stand in it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The file.
    pub(super) file: HmisFile,
    /// The columns, by position.
    pub(super) columns: Vec<&'static Column>,
    /// Where the columns stand that every step needs.
    pub(super) at: At,
    /// The version of the export; `None` in Export.csv, which says it.
    pub(super) version: Option<Version>,
    /// What stands in the columns of names and social security numbers.
    pub(super) particulars: Particulars,
}

/// Positions of the columns that name, date and tie a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct At {
    /// The row's own key.
    pub(super) key: Option<usize>,
    /// `PersonalID`.
    pub(super) person: Option<usize>,
    /// `EnrollmentID`.
    pub(super) stay: Option<usize>,
    /// `ProjectID`.
    pub(super) project: Option<usize>,
    /// `DateDeleted`.
    pub(super) deleted: Option<usize>,
    /// `DateUpdated`.
    pub(super) updated: Option<usize>,
    /// `UserID`.
    pub(super) user: Option<usize>,
    /// `ExportID`.
    pub(super) export: Option<usize>,
    /// The column that dates the information.
    pub(super) date: Option<usize>,
    /// The column that decides what the row is about, or the living situation in it.
    pub(super) chooser: Option<usize>,
    /// The column whose codes the chooser chooses.
    pub(super) chosen: Option<usize>,
    /// The column about a pregnancy.
    pub(super) pregnancy: Option<usize>,
    /// `MoveInDate`.
    pub(super) move_in: Option<usize>,
}

impl Plan {
    /// Reads the header of `file`. `None` if the file cannot be read by it; `report` then says why.
    ///
    /// A header that is not one of ours is told by position only: where the header is missing, the first row of
    /// client data stands in its place.
    pub(super) fn of(
        file: HmisFile,
        header: &ByteRecord,
        export: Option<&ExportFacts>,
        report: &mut Report,
    ) -> Option<Self> {
        let version = export.map(|export| export.version);
        let place = || Place::file(file.name());
        let mut columns: Vec<&'static Column> = Vec::with_capacity(header.len());
        let mut readable = true;
        for (position, name) in header.iter().enumerate() {
            let Some(column) = file.column(name.trim_ascii(), version) else {
                report.add(
                    &rules::UNKNOWN_COLUMN,
                    place().column(format!("column {}", position + 1)),
                );
                readable = false;
                continue;
            };
            if version.is_some_and(|version| !column.may_stand_in(version)) {
                report.add(&rules::OTHER_YEARS_COLUMN, place().column(column.name));
                readable = false;
            }
            if columns.iter().any(|known| known.name == column.name) {
                report.add(&rules::REPEATED_COLUMN, place().column(column.name));
                readable = false;
            }
            columns.push(column);
        }
        for column in file.columns() {
            let wanted = version.map_or(column.years == Years::All, |version| column.belongs_in(version));
            if !wanted || columns.iter().any(|known| known.name == column.name) {
                continue;
            }
            // Export.csv says which version it is; until that is read, a column of a later one is not asked for.
            let needed = match file {
                HmisFile::Export => column.weight == Weight::Row || column.name == "CSVVersion",
                _ => {
                    column.null == Null::Required
                        || column.weight == Weight::Row
                        || column.name == "DateDeleted"
                }
            };
            if needed {
                report.add(&rules::MISSING_COLUMN, place().column(column.name));
                readable = false;
            } else {
                report.add(&rules::ABSENT_COLUMN, place().column(column.name));
            }
        }
        if !readable {
            return None;
        }
        let in_order = file
            .columns()
            .iter()
            .filter(|column| columns.iter().any(|known| std::ptr::eq(*known, *column)))
            .map(|column| column.name)
            .eq(columns.iter().map(|column| column.name));
        if !in_order {
            report.add(&rules::COLUMN_ORDER, place());
        }
        let position = |name: &str| columns.iter().position(|column| column.name == name);
        let (chooser, chosen) = match file {
            HmisFile::Disabilities => ("DisabilityType", "DisabilityResponse"),
            HmisFile::Services => ("RecordType", "TypeProvided"),
            HmisFile::Enrollment => ("LivingSituation", ""),
            HmisFile::CurrentLivingSituation => ("CurrentLivingSituation", ""),
            HmisFile::Exit => ("Destination", ""),
            _ => ("", ""),
        };
        let at = At {
            chooser: position(chooser),
            chosen: position(chosen),
            pregnancy: position("PregnancyStatus").or_else(|| position("CurrentPregnant")),
            move_in: position("MoveInDate"),
            key: file.columns().first().and_then(|column| position(column.name)),
            person: position("PersonalID"),
            stay: position("EnrollmentID"),
            project: position("ProjectID"),
            deleted: position("DateDeleted"),
            updated: position("DateUpdated"),
            user: (file.about() == About::Stays)
                .then(|| position("UserID"))
                .flatten(),
            export: position("ExportID"),
            date: file.date_column().and_then(position),
        };
        Some(Self {
            file,
            columns,
            at,
            version,
            particulars: export.map_or(Particulars::Clear, |export| export.particulars),
        })
    }

    /// Whether what stands in a cell is a hash, or may be one, of a name or a social security number: a hash without a
    /// key is undone in seconds, so it is neither kept nor shown nor used.
    pub(super) fn hides(&self, column: &Column, raw: &[u8]) -> bool {
        self.file == HmisFile::Client
            && ["FirstName", "MiddleName", "LastName", "NameSuffix", "SSN"].contains(&column.name)
            && (self.particulars == Particulars::Hashed || is_hash(raw))
    }

    /// The position of the column called `name`.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The trimmed bytes of the column called `name` in `record`.
    pub(super) fn get<'r>(&self, record: &'r ByteRecord, name: &str) -> &'r [u8] {
        cell(record, self.position(name))
    }
}

/// Whether `raw` looks like a digest in hexadecimal, with or without the last four digits before it.
pub(super) fn is_hash(raw: &[u8]) -> bool {
    let text = raw.trim_ascii();
    text.len() >= 32 && text.iter().all(u8::is_ascii_hexdigit)
}

/// The trimmed bytes at `position`; empty if there is no such column.
pub(super) fn cell(record: &ByteRecord, position: Option<usize>) -> &[u8] {
    position
        .and_then(|position| record.get(position))
        .unwrap_or_default()
        .trim_ascii()
}
