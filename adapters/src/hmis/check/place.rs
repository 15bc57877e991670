//! Where a row belongs: to which client, enrolment and project, and whether it may be here at all (catalogue VSP-1).

use csv::ByteRecord;
use gateway_types::Date;

use super::{ClientFacts, Directive, ExportFacts, Particulars, Pass, Stay, Verdict};
use crate::hmis::archive::ZIP;
use crate::hmis::directory::{Bar, LABELLING, Unplaced, is_unread};
use crate::hmis::format::{About, HmisFile, Version, Years};
use crate::hmis::identity::identity;
use crate::hmis::keys::Key;
use crate::hmis::plan::{Plan, cell};
use crate::hmis::rules;
use crate::hmis::values::{self, decode, whole};
use crate::report::{Place, Rule};

impl Pass<'_> {
    /// Ties the row to the client, the enrolment and the project that it names.
    pub(super) fn place(
        &mut self,
        plan: &Plan,
        number: u32,
        record: &ByteRecord,
        key: Key,
        deleted: bool,
    ) -> Verdict {
        match plan.file.about() {
            About::Projects if plan.file == HmisFile::Export => self.place_export(plan, record),
            About::Projects => self.place_directory(plan, number, record, key, deleted),
            About::Clients => {
                let facts = ClientFacts {
                    row: number,
                    deleted,
                    ..ClientFacts::default()
                };
                self.clients.insert(key, facts);
                if let Some(export) = self.export.as_ref().filter(|_| !deleted) {
                    let exported = export.exported_at.date();
                    let place = |column| {
                        Place::file(plan.file.name())
                            .row(u64::from(number))
                            .column(column)
                    };
                    identity(plan, record, exported, |rule, column| {
                        self.report.add(rule, place(column))
                    });
                }
                if deleted { Verdict::Withdraw } else { Verdict::Take }
            }
            About::Stays => self.place_stay(plan, record, key, deleted),
            About::DuringStay => self.place_during(plan, number, record, deleted),
        }
    }

    fn place_export(&mut self, plan: &Plan, record: &ByteRecord) -> Verdict {
        let text = |name| decode(plan.get(record, name)).map_or_else(String::new, |text| text.into_owned());
        let stated = text("CSVVersion");
        let version = match stated_version(&stated) {
            Some(Ok(version)) => version,
            Some(Err(())) => return Verdict::Refuse(&rules::UNSUPPORTED_VERSION, Some("CSVVersion")),
            None => return Verdict::Refuse(&rules::UNSTATED_VERSION, Some("CSVVersion")),
        };
        let particulars = match whole(plan.get(record, "HashStatus")) {
            Some(1) => Particulars::Clear,
            Some(2..=4) => Particulars::Hashed,
            Some(_) | None => return Verdict::Refuse(&rules::EXPORT_UNREADABLE, Some("HashStatus")),
        };
        if particulars == Particulars::Hashed {
            self.report
                .add(&rules::HASHED, Place::file(plan.file.name()).column("HashStatus"));
        }
        for column in plan.file.columns() {
            // Not asked for before it was known which version it is.
            if column.years != Years::All
                && column.belongs_in(version)
                && plan.position(column.name).is_none()
            {
                self.report.add(
                    &rules::ABSENT_COLUMN,
                    Place::file(plan.file.name()).column(column.name),
                );
            }
        }
        let written = plan.get(record, "ExportDate");
        let exported_at = values::moment(written).or_else(|| values::date(written).map(Date::start_utc));
        let Some(exported_at) = exported_at else {
            return Verdict::Refuse(&rules::EXPORT_UNREADABLE, Some("ExportDate"));
        };
        let directive = match whole(plan.get(record, "ExportDirective")) {
            Some(1) => Directive::Delta,
            Some(2) => Directive::Full,
            _ => Directive::Other,
        };
        self.export = Some(ExportFacts {
            export_id: text("ExportID"),
            version,
            particulars,
            exported_at,
            period: (
                values::date(plan.get(record, "ExportStartDate")),
                values::date(plan.get(record, "ExportEndDate")),
            ),
            directive,
            source_id: text("SourceID"),
            implementation_id: text("ImplementationID"),
        });
        Verdict::Take
    }

    fn place_directory(
        &mut self,
        plan: &Plan,
        number: u32,
        record: &ByteRecord,
        key: Key,
        deleted: bool,
    ) -> Verdict {
        if number > self.limits.directory_rows {
            return Verdict::Refuse(&rules::DIRECTORY_TOO_LARGE, None);
        }
        match self
            .directory
            .take(plan, record, key, number, deleted, self.limits)
        {
            Ok(()) => {
                if plan.file == HmisFile::Project && !deleted {
                    for column in LABELLING {
                        if is_unread(plan, record, column) {
                            let place = Place::file(plan.file.name()).row(u64::from(number));
                            self.report.add(&rules::PROJECT_FACT_UNREAD, place.column(column));
                        }
                    }
                }
                Verdict::Take
            }
            Err(Unplaced::Organization) => {
                Verdict::Refuse(&rules::UNKNOWN_ORGANIZATION, Some("OrganizationID"))
            }
            Err(Unplaced::Project) => Verdict::Refuse(&rules::UNKNOWN_PROJECT, Some("ProjectID")),
        }
    }

    /// A funder that could not be read may have been any: its project is labelled by the strictest. If the row does not
    /// even tell its project, that may be any project. A row that can be read and is about a project that is not here
    /// labels nothing, since that project's client-level rows are refused.
    pub(super) fn funder_unread(
        &mut self,
        plan: &Plan,
        number: u32,
        record: &ByteRecord,
        rule: &'static Rule,
    ) {
        if std::ptr::eq(rule, &rules::UNKNOWN_PROJECT) {
            return;
        }
        let in_place = record.len() == plan.columns.len() && !std::ptr::eq(rule, &rules::UNDECODABLE);
        let project = in_place.then(|| Key::of(plan.get(record, "ProjectID")));
        let rule = if self.directory.fund_by_any(project) {
            &rules::FUNDER_UNREAD
        } else {
            &rules::FUNDER_UNPLACED
        };
        self.report
            .add(rule, Place::file(plan.file.name()).row(u64::from(number)));
    }

    fn place_stay(&mut self, plan: &Plan, record: &ByteRecord, key: Key, deleted: bool) -> Verdict {
        let client = Key::of(cell(record, plan.at.person));
        let project = self
            .directory
            .project_index(Key::of(cell(record, plan.at.project)));
        let bar = project
            .and_then(|index| self.directory.project(index))
            .and_then(|project| project.bar);
        if project.is_none() && !deleted {
            if let Some(facts) = self.clients.get_mut(&client) {
                facts.unplaced_stays = true;
            }
            return Verdict::Refuse(&rules::UNKNOWN_PROJECT, Some("ProjectID"));
        }
        let delta = self.is_delta();
        let client_deleted = self.clients.get(&client).is_some_and(|facts| facts.deleted);
        match self.clients.get_mut(&client) {
            Some(facts) if bar.is_some() => facts.barred_stays = true,
            Some(facts) => facts.other_stays |= !deleted,
            None if deleted || delta => {}
            None => return Verdict::Refuse(&rules::UNKNOWN_CLIENT, Some("PersonalID")),
        }
        self.stays.insert(
            key,
            Stay {
                client,
                project,
                exit: None,
                deleted,
                client_deleted,
                barred: bar.is_some(),
            },
        );
        match (project, bar) {
            (Some(index), Some(_)) => Verdict::Bar(index),
            _ if deleted => Verdict::Withdraw,
            _ => Verdict::Take,
        }
    }

    fn place_during(&mut self, plan: &Plan, number: u32, record: &ByteRecord, deleted: bool) -> Verdict {
        let client = Key::of(cell(record, plan.at.person));
        let stay_key = Key::of(cell(record, plan.at.stay));
        let Some(stay) = self.stays.get_mut(&stay_key) else {
            return if deleted {
                Verdict::Withdraw
            } else {
                Verdict::Refuse(&rules::UNKNOWN_ENROLLMENT, Some("EnrollmentID"))
            };
        };
        if stay.barred {
            return stay.project.map_or(Verdict::Withdraw, Verdict::Bar);
        }
        if stay.client != client {
            return Verdict::Refuse(&rules::OTHER_PERSON, Some("PersonalID"));
        }
        let of_deleted = stay.deleted || stay.client_deleted;
        if plan.file == HmisFile::Exit
            && !deleted
            && let Some(date) = values::date(cell(record, plan.at.date))
        {
            stay.exit = Some(date);
        }
        if of_deleted && !deleted {
            let place = Place::file(plan.file.name()).row(u64::from(number));
            self.report.add(&rules::OF_DELETED, place);
        }
        if deleted || of_deleted {
            Verdict::Withdraw
        } else {
            Verdict::Take
        }
    }

    fn is_delta(&self) -> bool {
        self.export
            .as_ref()
            .is_some_and(|export| export.directive == Directive::Delta)
    }

    pub(super) fn bar(&mut self, file: HmisFile, index: u32) {
        let Some(project) = self.directory.project(index) else {
            return;
        };
        let rule = match project.bar {
            Some(Bar::ComparableDatabase) => &rules::COMPARABLE_DATABASE,
            Some(Bar::Unstated) => &rules::VICTIM_SERVICE_UNSTATED,
            Some(Bar::VictimService) | None => &rules::VICTIM_SERVICE,
        };
        self.report.add(rule, Place::file(file.name()));
        if !self.barred_projects.contains(&index) {
            self.barred_projects.push(index);
            let place = Place::file(HmisFile::Project.name()).row(u64::from(project.row));
            self.report.add(rule, place);
        }
    }

    /// Clients who are known only from barred projects are barred with them; those whose every project is unknown are
    /// not taken, since they may be just that. Barred rows are counted, not named.
    pub(super) fn bar_clients(&mut self) {
        let rows_of = |wanted: fn(ClientFacts) -> bool| -> Vec<u32> {
            let clients = self.clients.values().copied();
            let mut rows: Vec<u32> = clients
                .filter(|facts| wanted(*facts))
                .map(|facts| facts.row)
                .collect();
            rows.sort_unstable();
            rows
        };
        let (barred, unplaced) = (rows_of(ClientFacts::barred), rows_of(ClientFacts::unplaced));
        self.clients.retain(|_, facts| !facts.unplaced());
        let (barred_count, unplaced_count) = (barred.len() as u64, unplaced.len() as u64);
        let place = || Place::file(HmisFile::Client.name());
        self.report
            .add_many(&rules::BARRED_CLIENT, place(), barred_count, &[]);
        let first: Vec<u64> = unplaced.iter().take(5).map(|row| u64::from(*row)).collect();
        self.report
            .add_many(&rules::UNPLACED_CLIENT, place(), unplaced_count, &first);
        let counts = self.report.rows_of(HmisFile::Client.name());
        counts.taken = counts.taken.saturating_sub(barred_count + unplaced_count);
        counts.barred += barred_count;
        counts.refused += unplaced_count;
        if barred_count + unplaced_count > 0 {
            let skipped = self.skipped.entry(HmisFile::Client).or_default();
            skipped.extend(barred.into_iter().chain(unplaced));
            skipped.sort_unstable();
        }
    }

    /// An export of which no row about a client is left is refused as a whole.
    pub(super) fn look_whether_anything_is_left(&mut self) {
        let (mut read, mut left, mut barred) = (0, 0, 0);
        for file in HmisFile::ALL
            .into_iter()
            .filter(|file| file.about() != About::Projects)
        {
            if let Some(rows) = self.report.files().get(file.name()) {
                read += rows.read;
                left += rows.taken + rows.withdrawn;
                barred += rows.barred;
            }
        }
        if left == 0 && read > 0 {
            let rule = if barred > 0 {
                &rules::ALL_BARRED
            } else {
                &rules::NOTHING_TAKEN
            };
            self.report.add(rule, Place::file(ZIP));
        }
    }
}

/// The version that `CSVVersion` states: the first year in it. `None` if there is none.
fn stated_version(text: &str) -> Option<Result<Version, ()>> {
    let years = text.as_bytes().windows(4).find_map(|part| match part {
        [b'2', b'0', ..] => whole(part),
        _ => None,
    });
    if text.trim().is_empty() {
        return None;
    }
    Some(match years {
        Some(2022) => Ok(Version::Fy2022),
        Some(2024) => Ok(Version::Fy2024),
        Some(2026) => Ok(Version::Fy2026),
        _ => Err(()),
    })
}
