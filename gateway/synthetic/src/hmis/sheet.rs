//! One CSV file of an export, written row by row: strings quoted, numbers and dates bare, nothing held back but
//! the rows of the last few kilobytes. The rules are those of the HMIS CSV specification (types S, I, D, T, M).

use std::io::{self, Write};

use gateway_types::Date;

use crate::stays::Stay;
use crate::town::Town;

/// A file on its way out.
pub(super) struct Sheet<'t> {
    town: &'t Town,
    out: &'t mut dyn Write,
    export_id: &'t str,
    line: Vec<u8>,
    rows: u64,
    at_start: bool,
}

const FLUSH_AT: usize = 64 * 1024;

impl<'t> Sheet<'t> {
    /// Starts a file with its header.
    pub(super) fn new(town: &'t Town, out: &'t mut dyn Write, export_id: &'t str, header: &str) -> Self {
        let mut line = Vec::with_capacity(FLUSH_AT + 4096);
        line.extend_from_slice(header.as_bytes());
        line.push(b'\n');
        Self {
            town,
            out,
            export_id,
            line,
            rows: 0,
            at_start: true,
        }
    }

    /// The id of the export, which is in every row.
    pub(super) const fn export_id(&self) -> &'t str {
        self.export_id
    }

    fn separate(&mut self) {
        if !self.at_start {
            self.line.push(b',');
        }
        self.at_start = false;
    }

    /// A string; nothing if it is empty, since an empty cell is how the format says that there is none.
    pub(super) fn text(&mut self, text: &str) {
        self.separate();
        if text.is_empty() {
            return;
        }
        self.line.push(b'"');
        for byte in text.bytes() {
            if byte == b'"' {
                self.line.push(b'"');
            }
            self.line.push(byte);
        }
        self.line.push(b'"');
    }

    /// A whole number or a code.
    pub(super) fn code(&mut self, code: i64) {
        self.separate();
        if let Ok(small @ 0..=9) = u8::try_from(code) {
            self.line.push(b'0' + small);
        } else {
            self.line.extend_from_slice(code.to_string().as_bytes());
        }
    }

    /// A code, or nothing.
    pub(super) fn code_if(&mut self, code: Option<i64>) {
        match code {
            Some(code) => self.code(code),
            None => self.separate(),
        }
    }

    /// 1 for yes, 0 for no.
    pub(super) fn yes(&mut self, yes: bool) {
        self.code(i64::from(yes));
    }

    /// Empty cells.
    pub(super) fn blank(&mut self, cells: usize) {
        for _ in 0..cells {
            self.separate();
        }
    }

    /// Money, given in cents.
    pub(super) fn money(&mut self, cents: i64) {
        self.separate();
        self.line
            .extend_from_slice(format!("{}.{:02}", cents / 100, cents % 100).as_bytes());
    }

    /// A date.
    pub(super) fn date(&mut self, date: Date) {
        self.separate();
        self.push_date(date);
    }

    /// The date so many days ago.
    pub(super) fn ago(&mut self, days: i32) {
        self.date(self.town.ago(days));
    }

    /// A date so many days ago, or nothing.
    pub(super) fn ago_if(&mut self, days: Option<i32>) {
        match days {
            Some(days) => self.ago(days),
            None => self.separate(),
        }
    }

    /// A moment so many days ago; the hour follows from the number of bytes before it, which is as good as any.
    pub(super) fn moment_ago(&mut self, days: i32) {
        let spread = self.rows.wrapping_mul(2_654_435_761) + days as u64;
        self.separate();
        self.push_date(self.town.ago(days));
        self.line.push(b' ');
        self.push_pair(8 + spread % 10);
        self.line.push(b':');
        self.push_pair(spread / 10 % 60);
        self.line.push(b':');
        self.push_pair(spread / 600 % 60);
    }

    fn push_pair(&mut self, number: u64) {
        self.line.push(b'0' + (number / 10 % 10) as u8);
        self.line.push(b'0' + (number % 10) as u8);
    }

    fn push_date(&mut self, date: Date) {
        let year: u64 = date.year().unsigned_abs().into();
        self.push_pair(year / 100);
        self.push_pair(year % 100);
        self.line.push(b'-');
        self.push_pair(date.month().unsigned_abs().into());
        self.line.push(b'-');
        self.push_pair(date.day().unsigned_abs().into());
    }

    fn push_hex(&mut self, number: u64) {
        for shift in (0..16).rev() {
            let digit = (number >> (shift * 4) & 15) as u8;
            self.line.push(if digit < 10 {
                b'0' + digit
            } else {
                b'A' + digit - 10
            });
        }
    }

    /// A `PersonalID`.
    pub(super) fn person(&mut self, client: usize) {
        self.separate();
        self.line.push(b'"');
        self.push_hex(self.town.personal_number(client));
        self.line.push(b'"');
    }

    /// An `EnrollmentID`.
    pub(super) fn enrolment(&mut self, stay: &Stay) {
        self.separate();
        self.push_stay_key(stay, b'E', None);
    }

    /// A `HouseholdID`: the same for everybody who came together.
    pub(super) fn household(&mut self, stay: &Stay) {
        self.separate();
        self.push_stay_key(
            &Stay {
                client: stay.head,
                ..*stay
            },
            b'H',
            None,
        );
    }

    fn push_stay_key(&mut self, stay: &Stay, letter: u8, ordinal: Option<u64>) {
        self.line.push(b'"');
        self.push_hex(
            self.town
                .personal_number(stay.client)
                .rotate_left(u32::from(letter)),
        );
        self.line.push(letter);
        self.push_pair(stay.number.into());
        if let Some(ordinal) = ordinal {
            self.line.push(b'-');
            self.push_pair(ordinal);
        }
        self.line.push(b'"');
    }

    /// The key of a row about a stay: the `ordinal`th of its kind, then `EnrollmentID` and `PersonalID`.
    pub(super) fn keys(&mut self, stay: &Stay, letter: u8, ordinal: u64) {
        self.row_key(stay, letter, ordinal);
        self.enrolment(stay);
        self.person(stay.client);
    }

    /// The key of a row about a stay alone.
    pub(super) fn row_key(&mut self, stay: &Stay, letter: u8, ordinal: u64) {
        self.separate();
        self.push_stay_key(stay, letter, Some(ordinal));
    }

    /// Ends a row with `DateCreated, DateUpdated, UserID, DateDeleted, ExportID`.
    pub(super) fn end(&mut self, created_ago: i32, deleted_ago: Option<i32>, user: &str) -> io::Result<()> {
        // Nothing is deleted before it is there.
        let deleted_ago = deleted_ago.map(|deleted| deleted.min(created_ago));
        self.stamps(created_ago, deleted_ago);
        self.text(user);
        self.deletion(deleted_ago);
        self.finish()
    }

    /// Ends a row of the file that lists the users itself: the same without `UserID`.
    pub(super) fn end_without_user(&mut self, created_ago: i32) -> io::Result<()> {
        self.stamps(created_ago, None);
        self.deletion(None);
        self.finish()
    }

    fn stamps(&mut self, created_ago: i32, deleted_ago: Option<i32>) {
        self.moment_ago(created_ago);
        self.moment_ago(deleted_ago.unwrap_or(created_ago));
    }

    fn deletion(&mut self, deleted_ago: Option<i32>) {
        match deleted_ago {
            Some(days) => self.moment_ago(days),
            None => self.separate(),
        }
        self.text(self.export_id);
    }

    /// Ends a row that has no such columns.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.line.push(b'\n');
        self.rows += 1;
        self.at_start = true;
        if self.line.len() >= FLUSH_AT {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.line)?;
        self.line.clear();
        Ok(())
    }

    /// Ends the file: how many rows it has.
    pub(super) fn close(mut self) -> io::Result<u64> {
        self.flush()?;
        Ok(self.rows)
    }
}
