//! The first reading: every row of every file is looked at, and what the second reading needs is kept.

mod place;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read, Seek};
use std::rc::Rc;

use csv::ByteRecord;
use gateway_types::{Date, Timestamp};
use zip::ZipArchive;

use super::Limits;
use super::archive::{self, Mark, Members, Stop, ZIP};
use super::directory::Directory;
use super::format::{self, About, HmisFile, Kind, Null, Version, Weight};
use super::keys::{Key, KeyMap, fingerprint};
use super::plan::{Plan, cell};
use super::values::{self, Cell as Value, Remark, decode, whole};
use super::{UnstatedVictimService, rules};
use crate::report::{Place, Report, Rule, Severity};

/// An export was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It breaks the rules of the format, or of what may be here.
    #[error("the HMIS export is refused")]
    Refused(Box<Report>),
    /// Its bytes could not be read; the fault is not the sender's.
    #[error("the bytes of the push could not be read")]
    Unavailable(#[source] io::Error),
}

/// What the export means to be (HUD list 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    /// Only what is new or different.
    Delta,
    /// Replaces what was sent before, within its scope.
    Full,
    /// By agreement.
    Other,
}

/// What stands in the columns of names and social security numbers (HUD list 1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Particulars {
    /// Names and numbers.
    Clear,
    /// Hashes of them. They are not read; the clients have their `PersonalID` alone.
    Hashed,
}

/// What `Export.csv` says about the export as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFacts {
    /// `ExportID`, new for every export.
    pub export_id: String,
    /// The version of the format.
    pub version: Version,
    /// What stands in the columns of names and social security numbers.
    pub particulars: Particulars,
    /// When it was exported, in the source's own time.
    pub exported_at: Timestamp,
    /// The first and last day of its period.
    pub period: (Option<Date>, Option<Date>),
    /// What it means to be.
    pub directive: Directive,
    /// `SourceID`: the CoC code or codes.
    pub source_id: String,
    /// `ImplementationID`: which database it comes from.
    pub implementation_id: String,
}

/// A client of the export.
#[derive(Clone, Copy, Debug, Default)]
struct ClientFacts {
    row: u32,
    deleted: bool,
    barred_stays: bool,
    unplaced_stays: bool,
    other_stays: bool,
}

impl ClientFacts {
    /// Whether all that is known of where the client comes from is that it is not known.
    const fn unplaced(self) -> bool {
        self.unplaced_stays && !self.barred_stays && !self.other_stays && !self.deleted
    }

    /// Whether the client is known only from where clients may not be known from.
    const fn barred(self) -> bool {
        self.barred_stays && !self.other_stays
    }
}

/// An enrolment of the export.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    client: Key,
    pub(super) project: Option<u32>,
    pub(super) exit: Option<Date>,
    pub(super) deleted: bool,
    /// Whether the client of the enrolment is deleted, with everything about them.
    pub(super) client_deleted: bool,
    barred: bool,
}

/// An export that was found good to be read.
#[derive(Debug)]
pub struct Checked {
    pub(super) export: ExportFacts,
    pub(super) directory: Directory,
    pub(super) stays: KeyMap<Stay>,
    /// Rows that are not taken, by file, in order.
    pub(super) skipped: BTreeMap<HmisFile, Vec<u32>>,
    pub(super) plans: BTreeMap<HmisFile, (usize, Plan)>,
    pub(super) limits: Limits,
    report: Report,
}

impl Checked {
    /// What the export says about itself.
    #[must_use]
    pub const fn export(&self) -> &ExportFacts {
        &self.export
    }

    /// What was found: warnings, rows and values not taken, counts.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// How many rows about clients the second reading will go through; for a progress bar.
    #[must_use]
    pub fn rows_about_clients(&self) -> u64 {
        self.plans
            .keys()
            .filter(|file| file.about() != About::Projects)
            .filter_map(|file| self.report.files().get(file.name()))
            .map(|rows| rows.read)
            .sum()
    }

    /// The `ProjectID`s of the projects whose client-level rows are taken.
    pub fn projects(&self) -> impl Iterator<Item = &str> {
        self.directory
            .projects()
            .iter()
            .filter(|project| project.bar.is_none())
            .map(|project| project.id.as_str())
    }
}

/// Reads a whole export and decides what is taken.
///
/// # Errors
/// [`CheckError::Refused`] with the report if nothing of it is; [`CheckError::Unavailable`] if `reader` failed.
pub fn check<R: Read + Seek>(reader: &mut R, limits: &Limits) -> Result<Checked, CheckError> {
    let mut pass = Pass::new(limits);
    match pass.run(reader) {
        Ok(()) => {}
        Err(Stop::Unavailable(error)) => return Err(CheckError::Unavailable(error)),
        Err(Stop::Refused(rule)) => pass.report.add(rule, Place::file(ZIP)),
    }
    match (pass.report.refused(), pass.export) {
        (false, Some(export)) => Ok(Checked {
            export,
            directory: pass.directory,
            stays: pass.stays,
            skipped: pass.skipped,
            plans: pass.plans,
            limits: limits.clone(),
            report: pass.report,
        }),
        _ => Err(CheckError::Refused(Box::new(pass.report))),
    }
}

/// What becomes of a row.
#[derive(Clone, Copy)]
enum Verdict {
    Take,
    Withdraw,
    /// It repeats an earlier row word for word.
    Repeats,
    Refuse(&'static Rule, Option<&'static str>),
    Bar(u32),
}

/// What is known about one file while it is checked.
#[derive(Default)]
struct Progress {
    /// For each key the row and fingerprint of its first row.
    keys: KeyMap<(u32, u32)>,
    /// Keys with rows that differ.
    clashes: Vec<(Key, u32)>,
    utf8: bool,
    windows_1252: bool,
    blanks: Vec<(u64, Vec<u64>)>,
}

struct Pass<'l> {
    limits: &'l Limits,
    report: Report,
    total: Rc<Cell<u64>>,
    export: Option<ExportFacts>,
    directory: Directory,
    clients: KeyMap<ClientFacts>,
    stays: KeyMap<Stay>,
    skipped: BTreeMap<HmisFile, Vec<u32>>,
    plans: BTreeMap<HmisFile, (usize, Plan)>,
    barred_projects: Vec<u32>,
}

impl<'l> Pass<'l> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            report: Report::default(),
            total: Rc::new(Cell::new(limits.inflated)),
            export: None,
            directory: Directory::default(),
            clients: KeyMap::default(),
            stays: KeyMap::default(),
            skipped: BTreeMap::new(),
            plans: BTreeMap::new(),
            barred_projects: Vec::new(),
        }
    }

    fn run<R: Read + Seek>(&mut self, reader: &mut R) -> Result<(), Stop> {
        let mut archive = archive::open(reader)?;
        let members = Members::find(&archive, self.limits, &mut self.report);
        for file in HmisFile::NEEDED {
            if members.index_of(file).is_none() {
                self.report.add(&rules::MISSING_FILE, Place::file(file.name()));
            }
        }
        if self.report.refused() {
            return Ok(());
        }
        for file in HmisFile::ALL {
            let version = self.export.as_ref().map(|export| export.version);
            let expected = version.is_none_or(|version| file.belongs_in(version));
            let Some(index) = members.index_of(file) else {
                if expected {
                    self.report.add(&rules::ABSENT_FILE, Place::file(file.name()));
                }
                if file == HmisFile::Funder {
                    self.directory.fund_by_any(None);
                    self.report.add(&rules::NO_FUNDERS, Place::file(file.name()));
                }
                continue;
            };
            if !expected && file == HmisFile::EnrollmentCoc {
                // Left over beside an enrolment that has the column itself.
                self.report
                    .add(&rules::EXTRA_FILE, Place::file(ZIP).row(index as u64 + 1));
                continue;
            }
            match self.file(&mut archive, file, index) {
                Err(Stop::Refused(rule)) => self.report.add(rule, Place::file(file.name())),
                other => other?,
            }
            if file == HmisFile::Export && self.export.is_none() {
                // Without it neither version nor period is known; everything after would be guessed.
                if !self.report.refused() {
                    self.report
                        .add(&rules::EXPORT_UNREADABLE, Place::file(file.name()));
                }
                return Ok(());
            }
            if file == HmisFile::Enrollment {
                self.bar_clients();
            }
        }
        self.look_whether_anything_is_left();
        Ok(())
    }

    fn file<R: Read + Seek>(
        &mut self,
        archive: &mut ZipArchive<R>,
        file: HmisFile,
        index: usize,
    ) -> Result<(), Stop> {
        let total = Rc::clone(&self.total);
        let mut rows = archive::rows(archive, index, self.limits, &total)?;
        if rows.mark == Mark::Utf8 {
            self.report.add(&rules::BOM, Place::file(file.name()));
        }
        let plan = match rows.next()? {
            Some((_, header)) => Plan::of(file, header, self.export.as_ref(), &mut self.report),
            None => return Err(Stop::Refused(&rules::EMPTY_FILE)),
        };
        let Some(plan) = plan else {
            return Ok(());
        };
        let mut progress = Progress {
            blanks: vec![(0, Vec::new()); plan.columns.len()],
            ..Progress::default()
        };
        let mut skipped = Vec::new();
        let mut counts = crate::report::Rows::default();
        loop {
            let (number, record) = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(Stop::Refused(rule)) => {
                    let place = Place::file(file.name()).row(rows.number() + 1);
                    self.report.add(rule, place);
                    return Ok(());
                }
                Err(stop) => return Err(stop),
            };
            counts.read += 1;
            if counts.read > self.limits.rows {
                return Err(Stop::Refused(&rules::TOO_MANY_ROWS));
            }
            let place = || Place::file(file.name()).row(u64::from(number));
            match self.judge(&plan, number, record, &mut progress) {
                Verdict::Take => counts.taken += 1,
                Verdict::Withdraw => counts.withdrawn += 1,
                Verdict::Repeats => {
                    self.report.add(&rules::REPEATED_ROW, place());
                    skipped.push(number);
                    counts.refused += 1;
                }
                Verdict::Refuse(rule, column) => {
                    if file == HmisFile::Funder {
                        self.funder_unread(&plan, number, record, rule);
                    }
                    let place = column.map_or_else(place, |column| place().column(column));
                    self.report.add(rule, place);
                    skipped.push(number);
                    counts.refused += 1;
                    if rule.severity == Severity::RefusesPush {
                        return Ok(());
                    }
                }
                Verdict::Bar(project) => {
                    self.bar(file, project);
                    skipped.push(number);
                    counts.barred += 1;
                }
            }
        }
        self.finish(&plan, progress, &mut skipped, &mut counts);
        if file == HmisFile::Export && counts.read != 1 {
            self.report.add(&rules::EXPORT_ROWS, Place::file(file.name()));
        }
        let too_many = counts.refused > self.limits.refused_floor
            && counts.refused * 100 > counts.read * self.limits.refused_percent;
        if too_many {
            self.report
                .add(&rules::TOO_MANY_REFUSED, Place::file(file.name()));
        }
        *self.report.rows_of(file.name()) = counts;
        if !skipped.is_empty() {
            self.skipped.insert(file, skipped);
        }
        self.plans.insert(file, (index, plan));
        Ok(())
    }

    /// Settles what can only be known at the end of a file.
    fn finish(
        &mut self,
        plan: &Plan,
        progress: Progress,
        skipped: &mut Vec<u32>,
        counts: &mut crate::report::Rows,
    ) {
        let name = plan.file.name();
        let mut clashing: KeyMap<()> = KeyMap::default();
        for (key, row) in progress.clashes {
            if clashing.insert(key, ()).is_none() {
                // The first row of the key was taken before the second came.
                let place = Place::file(name).row(u64::from(row));
                let place = plan
                    .file
                    .columns()
                    .first()
                    .map_or(place.clone(), |key| place.column(key.name));
                self.report.add(&rules::DUPLICATE_KEY, place);
                self.directory.forget(plan.file, key);
                match plan.file {
                    HmisFile::Client => drop(self.clients.remove(&key)),
                    HmisFile::Enrollment => drop(self.stays.remove(&key)),
                    _ => {}
                }
                if skipped.binary_search(&row).is_err() {
                    skipped.push(row);
                    skipped.sort_unstable();
                    counts.refused += 1;
                    counts.taken = counts.taken.saturating_sub(1);
                }
            }
        }
        match (progress.utf8, progress.windows_1252) {
            (true, true) => self.report.add(&rules::MIXED_ENCODING, Place::file(name)),
            (false, true) => self.report.add(&rules::LATIN_1, Place::file(name)),
            _ => {}
        }
        for (column, (count, rows)) in plan.columns.iter().zip(progress.blanks) {
            let place = Place::file(name).column(column.name);
            self.report.add_many(&rules::BLANK, place, count, &rows);
        }
    }

    fn judge(&mut self, plan: &Plan, number: u32, record: &ByteRecord, progress: &mut Progress) -> Verdict {
        if record.len() != plan.columns.len() {
            return Verdict::Refuse(&rules::FIELD_COUNT, None);
        }
        if let Err(rule) = encoding(record, progress) {
            return Verdict::Refuse(rule, None);
        }
        let deleted = !cell(record, plan.at.deleted).is_empty();
        if let Some(refused) = self.cells(plan, number, record, progress, deleted) {
            return refused;
        }
        let key_text = cell(record, plan.at.key);
        if key_text.is_empty() || key_text.len() > 200 {
            let column = plan.file.columns().first().map(|column| column.name);
            return Verdict::Refuse(&rules::NO_KEY, column);
        }
        let key = Key::of(key_text);
        let print = fingerprint(record);
        match progress.keys.get(&key) {
            Some((_, first)) if *first == print => return Verdict::Repeats,
            Some((row, _)) => {
                progress.clashes.push((key, *row));
                let column = plan.file.columns().first().map(|column| column.name);
                return Verdict::Refuse(&rules::DUPLICATE_KEY, column);
            }
            None => drop(progress.keys.insert(key, (number, print))),
        }
        if let Some(export) = &self.export
            && !cell(record, plan.at.export).eq_ignore_ascii_case(export.export_id.as_bytes())
        {
            let place = Place::file(plan.file.name()).column("ExportID");
            self.report
                .add(&rules::OTHER_EXPORT, place.row(u64::from(number)));
        }
        self.place(plan, number, record, key, deleted)
    }

    /// Looks at every cell; gives a verdict if one of them settles the row.
    fn cells(
        &mut self,
        plan: &Plan,
        number: u32,
        record: &ByteRecord,
        progress: &mut Progress,
        deleted: bool,
    ) -> Option<Verdict> {
        let client_level = plan.file.about() != About::Projects;
        let mut wrong = 0;
        let mut verdict = None;
        for (position, (column, raw)) in plan.columns.iter().zip(record).enumerate() {
            if raw.is_empty() && column.null == Null::Nullable {
                continue;
            }
            if plan.hides(column, raw) {
                if plan.particulars == Particulars::Clear {
                    self.add(&rules::HASHED_VALUE, plan, column.name, number);
                }
                continue;
            }
            let (value, remark) = values::read(column, raw);
            let decides = column.weight == Weight::Row || column.name == "DateDeleted";
            if matches!(value, Value::Blank) {
                if column.null == Null::Nullable || (deleted && !is_key(column.name)) {
                    continue;
                }
                if column.name == "VictimServiceProvider" {
                    if self.limits.unstated_victim_service == UnstatedVictimService::CountsAsNo {
                        self.add(&rules::VSP_BLANK, plan, column.name, number);
                    }
                } else if decides && Some(position) != plan.at.key {
                    verdict = verdict.or(Some(Verdict::Refuse(&rules::NEEDED_VALUE, Some(column.name))));
                } else if let Some((count, rows)) = progress.blanks.get_mut(position) {
                    *count += 1;
                    if rows.len() < 5 {
                        rows.push(u64::from(number));
                    }
                }
                continue;
            }
            if remark == Remark::Fine {
                continue;
            }
            if !remark.usable()
                && decides
                && (!deleted || column.name == "DateDeleted" || is_key(column.name))
            {
                verdict = verdict.or(Some(Verdict::Refuse(&rules::NEEDED_VALUE, Some(column.name))));
            } else {
                let rule = match remark {
                    Remark::LenientDate => &rules::LENIENT_DATE,
                    Remark::TooLong => &rules::TOO_LONG,
                    Remark::BadCode => &rules::BAD_CODE,
                    Remark::BadValue | Remark::Fine => &rules::BAD_VALUE,
                };
                self.add(rule, plan, column.name, number);
            }
            wrong += usize::from(remark == Remark::BadValue && !matches!(column.kind, Kind::Text(_)));
        }
        if wrong > SHIFTED && client_level {
            return Some(Verdict::Refuse(&rules::LOOKS_SHIFTED, None));
        }
        if verdict.is_none() && !deleted {
            self.dependent_code(plan, number, record);
        }
        verdict
    }

    /// Codes whose list another column of the row chooses.
    fn dependent_code(&mut self, plan: &Plan, number: u32, record: &ByteRecord) {
        let (chooser, column) = match plan.file {
            HmisFile::Services => ("RecordType", "TypeProvided"),
            HmisFile::Disabilities => ("DisabilityType", "DisabilityResponse"),
            _ => return,
        };
        let (Some(chosen), Some(code)) = (whole(plan.get(record, chooser)), whole(plan.get(record, column)))
        else {
            return;
        };
        let codes = match plan.file {
            HmisFile::Services => format::service_types(chosen),
            _ => format::disability_responses(chosen),
        };
        if !values::has_code(codes, code) {
            self.add(&rules::BAD_CODE, plan, column, number);
        }
    }

    fn add(&mut self, rule: &'static Rule, plan: &Plan, column: &'static str, number: u32) {
        let place = Place::file(plan.file.name()).column(column);
        self.report.add(rule, place.row(u64::from(number)));
    }
}

/// A row with more values of wrong type than this has slipped sideways.
const SHIFTED: usize = 2;

fn is_key(column: &str) -> bool {
    matches!(column, "PersonalID")
}

fn encoding(record: &ByteRecord, progress: &mut Progress) -> Result<(), &'static Rule> {
    let bytes = record.as_slice();
    if bytes.contains(&0) {
        return Err(&rules::UNDECODABLE);
    }
    if bytes.is_ascii() {
        return Ok(());
    }
    for field in record.iter().filter(|field| !field.is_ascii()) {
        if std::str::from_utf8(field).is_ok() {
            progress.utf8 = true;
        } else if decode(field).is_some() {
            progress.windows_1252 = true;
        } else {
            return Err(&rules::UNDECODABLE);
        }
    }
    Ok(())
}
