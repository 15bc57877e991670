//! The second reading: the records of a checked export, file by file, clients first.

use std::cell::Cell;
use std::io::{self, Read, Seek};
use std::ops::ControlFlow;
use std::rc::Rc;

use csv::ByteRecord;
use gateway_types::{RecordKey, SourceClientKey, SourceRecord, Timestamp};

use super::archive::{self, Stop};
use super::check::{Checked, Stay};
use super::elements::{Setting, elements};
use super::format::{About, HmisFile};
use super::identity::identity;
use super::keys::Key;
use super::plan::{Plan, cell};
use super::values::{date, decode, moment};

/// The second reading could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes are not those that were checked.
    #[error("the export is not the one that was checked")]
    Changed,
    /// The bytes could not be read.
    #[error("the bytes of the push could not be read")]
    Unavailable(#[source] io::Error),
}

impl From<Stop> for ReadError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(_) => Self::Changed,
            Stop::Unavailable(error) => Self::Unavailable(error),
        }
    }
}

impl Checked {
    /// Yields every record that is taken, from the same bytes that were checked. `sink` may break off.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read<R: Read + Seek>(
        &self,
        reader: &mut R,
        sink: &mut dyn FnMut(SourceRecord) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, ReadError> {
        let mut archive = archive::open(reader)?;
        let total = Rc::new(Cell::new(self.limits.inflated));
        for file in HmisFile::ALL {
            if file.about() == About::Projects {
                continue;
            }
            let Some((index, plan)) = self.plans.get(&file) else {
                continue;
            };
            let mut skipped = self.skipped.get(&file).into_iter().flatten().peekable();
            let mut rows = archive::rows(&mut archive, *index, &self.limits, &total)?;
            rows.next()?;
            while let Some((number, record)) = rows.next()? {
                if skipped.next_if(|row| **row == number).is_some() {
                    continue;
                }
                if record.len() != plan.columns.len() {
                    return Err(ReadError::Changed);
                }
                if let Some(record) = self.record(plan, record)
                    && sink(record).is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn record(&self, plan: &Plan, record: &ByteRecord) -> Option<SourceRecord> {
        let person = cell(record, plan.at.person);
        let client = || decode(person).map(|key| SourceClientKey::new(key.into_owned()));
        let deleted = !cell(record, plan.at.deleted).is_empty();
        let setting = Setting {
            as_of: date(cell(record, plan.at.date)).or_else(|| updated(plan, record).map(Timestamp::date)),
            ..Setting::default()
        };
        match plan.file.about() {
            About::Projects => None,
            About::Clients if deleted => Some(SourceRecord::Withdrawn {
                client: client()?,
                record: None,
            }),
            About::Clients => Some(SourceRecord::Client {
                client: client()?,
                identity: identity(plan, record, self.export.exported_at.date(), |_, _| ()),
                elements: elements(plan, record, &setting),
                updated: updated(plan, record),
            }),
            About::Stays | About::DuringStay => {
                let stay = self.stay(plan, record);
                if stay.is_some_and(|stay| stay.client_deleted) {
                    // The withdrawal of the client has taken it along.
                    return None;
                }
                if deleted || stay.is_some_and(|stay| stay.deleted) {
                    let key = decode(cell(record, plan.at.key))?;
                    return Some(SourceRecord::Withdrawn {
                        client: client()?,
                        record: Some(RecordKey::new(plan.file.name(), key.into_owned())),
                    });
                }
                let setting = Setting {
                    project: stay
                        .and_then(|stay| stay.project)
                        .and_then(|index| self.directory.project(index)),
                    exit: stay.and_then(|stay| stay.exit),
                    worker: plan
                        .at
                        .user
                        .and_then(|at| self.directory.worker(Key::of(cell(record, Some(at))))),
                    ..setting
                };
                Some(SourceRecord::About {
                    client: client()?,
                    elements: elements(plan, record, &setting),
                    updated: updated(plan, record),
                })
            }
        }
    }

    fn stay(&self, plan: &Plan, record: &ByteRecord) -> Option<&Stay> {
        let key = match plan.file {
            HmisFile::Enrollment => plan.at.key,
            _ => plan.at.stay,
        };
        self.stays.get(&Key::of(cell(record, key)))
    }
}

fn updated(plan: &Plan, record: &ByteRecord) -> Option<Timestamp> {
    let text = cell(record, plan.at.updated);
    moment(text).or_else(|| date(text).map(|date| date.start_utc()))
}
