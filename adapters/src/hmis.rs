//! HMIS: the HUD CSV exports of FY2022, FY2024 and FY2026, and one client as JSON (catalogue HMIS-11, HMIS-12, VSP-1).
//!
//! An export is read twice. [`check()`] reads every byte of it and decides, by file, row and column, what is taken;
//! [`Checked::read`] then yields the records, clients first. Nothing is yielded before the whole export has been
//! looked at, so a refused export leaves nothing behind.
//!
//! Memory does not grow with what the rows say. What is kept between the two readings: organisations, projects and
//! staff; sixteen bytes of key with a few bytes of facts for each enrolment; the numbers of the rows that are not
//! taken. While the first reading goes on also such a key for each client, and for each row of the file being read.
//! An export of 100,000 clients and 1.6 million rows takes about 70 MB.
//!
//! | refuses | what |
//! | --- | --- |
//! | the push | not a zip, a damaged or protected one, a bomb; a needed file missing or twice; a column unknown, missing or twice; a version other than FY2022, FY2024 and FY2026; UTF-16 or mixed encodings; a row that never ends; too many refused rows |
//! | the row, without a trace | rows of victim service providers (as the export or the registry says) and comparable databases, and clients known from nowhere else |
//! | the row | wrong number of cells, several values of wrong type, unknown bytes, no key, two differing rows with one key, a client, project or enrolment that is not there, a value without which the row cannot be placed or labelled |
//! | the value | not of its type, not in its list: kept without a category, shown to nobody |
//! | nothing | hashed names and numbers, which are not read; empty cells that should not be, byte order marks, Windows-1252, order of columns, files that are absent |
//!
//! Rows are named as a spreadsheet counts them: the header is row 1.

use std::collections::BTreeSet;

mod archive;
mod check;
mod directory;
mod elements;
mod format;
mod identity;
mod keys;
mod one_client;
mod plan;
mod read;
mod rules;
mod values;

pub use check::{CheckError, Checked, Directive, ExportFacts, Particulars, check};
pub use format::Version;
pub(crate) use identity::{is_issued_ssn, last_four};
pub use one_client::one_client_json;
pub use read::ReadError;
pub(crate) use values::moment as local_moment;

/// What an empty `VictimServiceProvider` means.
///
/// The format does not allow it, yet products export a box that nobody ticked as empty. The source as a whole is
/// registered and is not a victim service provider, so the default is to read it as no, and to say so; an operator
/// who wants every organisation to have answered chooses the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum UnstatedVictimService {
    /// Not a victim service provider; the report warns.
    #[default]
    CountsAsNo,
    /// Client-level rows of its projects are not taken.
    BarsClientRows,
}

/// Projects that the gateway's registry holds to be a victim service provider's, by `ProjectID`: their client-level
/// rows are barred whatever the export says of their organisation.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum RegisteredVictimService {
    /// No project.
    #[default]
    None,
    /// These.
    Projects(BTreeSet<String>),
    /// All but these.
    AllBut(BTreeSet<String>),
}

impl RegisteredVictimService {
    fn runs(&self, project: &str) -> bool {
        match self {
            Self::None => false,
            Self::Projects(named) => named.contains(project),
            Self::AllBut(named) => !named.contains(project),
        }
    }
}

/// What is accepted of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Members of the zip.
    pub members: usize,
    /// Inflated bytes of all members together.
    pub inflated: u64,
    /// Inflated bytes for each packed byte of a member.
    pub ratio: u64,
    /// Below so many inflated bytes a member's ratio does not matter.
    pub ratio_floor: u64,
    /// Bytes of one row.
    pub row_bytes: u64,
    /// Rows of a file about projects, organisations or staff.
    pub directory_rows: u32,
    /// Rows of any one file: a key is kept for each while the file is checked.
    pub rows: u64,
    /// The push is refused if of a file more than this many rows in a hundred are refused (see `refused_floor`).
    pub refused_percent: u64,
    /// Below so many refused rows their share does not matter.
    pub refused_floor: u64,
    /// What an empty `VictimServiceProvider` means.
    pub unstated_victim_service: UnstatedVictimService,
    /// Projects known to be a victim service provider's.
    pub victim_service: RegisteredVictimService,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            members: 100,
            inflated: 8 << 30,
            ratio: 200,
            ratio_floor: 16 << 20,
            row_bytes: 1 << 20,
            directory_rows: 200_000,
            rows: 20_000_000,
            refused_percent: 10,
            refused_floor: 100,
            unstated_victim_service: UnstatedVictimService::CountsAsNo,
            victim_service: RegisteredVictimService::None,
        }
    }
}

#[cfg(test)]
mod samples;
#[cfg(test)]
mod survey;
#[cfg(test)]
mod tests;
