//! The zip: which member is which file, and its bytes within limits.
//!
//! Nothing is trusted that the zip says about itself: members are counted, inflated bytes are counted as they come,
//! and a member that inflates to many times its packed size stops the reading (a zip bomb, also one of overlapping
//! members, meets one of the three).

use std::cell::Cell;
use std::io::{self, Read, Seek};
use std::rc::Rc;

use zip::ZipArchive;
use zip::result::ZipError;

use super::Limits;
use super::format::HmisFile;
use super::rules;
use crate::report::{Place, Report, Rule};

/// Why the reading of a member stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The push is refused, by this rule.
    Refused(&'static Rule),
    /// The bytes could not be read; the fault is not the sender's.
    Unavailable(io::Error),
}

/// The members of a zip that are files of the format.
#[derive(Clone, Debug)]
pub(super) struct Members {
    found: Vec<(HmisFile, usize)>,
}

impl Members {
    /// The member that is `file`.
    pub(super) fn index_of(&self, file: HmisFile) -> Option<usize> {
        self.found
            .iter()
            .find(|(found, _)| *found == file)
            .map(|(_, index)| *index)
    }

    /// Finds them. What is wrong with the zip as a whole is added to `report`.
    pub(super) fn find<R: Read + Seek>(
        archive: &ZipArchive<R>,
        limits: &Limits,
        report: &mut Report,
    ) -> Self {
        let mut found: Vec<(HmisFile, usize)> = Vec::new();
        if archive.len() > limits.members {
            report.add(&rules::TOO_MANY_MEMBERS, Place::file(ZIP));
            return Self { found };
        }
        if archive.has_duplicate_names() {
            report.add(&rules::DUPLICATE_FILE, Place::file(ZIP));
        }
        let mut folders: Vec<Vec<u8>> = Vec::new();
        for (index, name) in archive.file_names_raw().enumerate() {
            let separator = name.iter().rposition(|byte| matches!(byte, b'/' | b'\\'));
            let (folder, base) = match separator {
                Some(at) => (
                    name.get(..at).unwrap_or_default(),
                    name.get(at + 1..).unwrap_or_default(),
                ),
                None => (&[][..], name),
            };
            if base.is_empty() || folder.starts_with(b"__MACOSX") || base == b".DS_Store" {
                continue;
            }
            let Some(file) = HmisFile::called(base) else {
                report.add(&rules::EXTRA_FILE, Place::file(ZIP).row(index as u64 + 1));
                continue;
            };
            if found.iter().any(|(other, _)| *other == file) {
                report.add(&rules::DUPLICATE_FILE, Place::file(file.name()));
            }
            found.push((file, index));
            if !folders.iter().any(|known| known == folder) {
                folders.push(folder.to_vec());
            }
        }
        match folders.as_slice() {
            [] => {}
            [folder] if folder.is_empty() => {}
            [_] => report.add(&rules::ONE_FOLDER, Place::file(ZIP)),
            _ => report.add(&rules::SUBFOLDER, Place::file(ZIP)),
        }
        Self { found }
    }
}

/// What findings about the zip as a whole are filed under.
pub(super) const ZIP: &str = "the zip";

/// Opens a zip.
pub(super) fn open<R: Read + Seek>(reader: &mut R) -> Result<ZipArchive<&mut R>, Stop> {
    let mut magic = [0u8; 4];
    reader.rewind().map_err(Stop::Unavailable)?;
    let looks_like_zip = match reader.read_exact(&mut magic) {
        Ok(()) => magic == *b"PK\x03\x04" || magic == *b"PK\x05\x06",
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
        Err(error) => return Err(Stop::Unavailable(error)),
    };
    if !looks_like_zip {
        return Err(Stop::Refused(&rules::NOT_A_ZIP));
    }
    ZipArchive::new(reader).map_err(zip_fault)
}

fn zip_fault(error: ZipError) -> Stop {
    match error {
        ZipError::Io(error) => io_fault(error),
        ZipError::UnsupportedArchive(_)
        | ZipError::InvalidPassword
        | ZipError::CompressionMethodNotSupported(_) => Stop::Refused(&rules::ENCRYPTED),
        _ => Stop::Refused(&rules::BROKEN_ZIP),
    }
}

fn io_fault(error: io::Error) -> Stop {
    if let Some(Exceeded(rule)) = error.get_ref().and_then(|inner| inner.downcast_ref::<Exceeded>()) {
        return Stop::Refused(rule);
    }
    match error.kind() {
        io::ErrorKind::InvalidData
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::Other => Stop::Refused(&rules::BROKEN_ZIP),
        _ => Stop::Unavailable(error),
    }
}

/// Turns a fault of the CSV reader into what stopped the reading.
pub(super) fn csv_fault(error: csv::Error) -> Stop {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => io_fault(error),
        _ => Stop::Refused(&rules::BROKEN_ZIP),
    }
}

/// A limit was met while reading.
#[derive(Debug)]
struct Exceeded(&'static Rule);

impl std::fmt::Display for Exceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.says)
    }
}

impl std::error::Error for Exceeded {}

/// A reader that counts what comes out of it and stops at the limits.
#[derive(Debug)]
pub(super) struct Metered<R> {
    inner: R,
    came: u64,
    most: u64,
    total: Rc<Cell<u64>>,
    since_row: Rc<Cell<u64>>,
    row_most: u64,
    too_much: &'static Rule,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.since_row.get() > self.row_most {
            return Err(io::Error::other(Exceeded(&rules::LINE_TOO_LONG)));
        }
        let came = self.inner.read(buffer)?;
        let count = came as u64;
        self.came = self.came.saturating_add(count);
        self.since_row.set(self.since_row.get().saturating_add(count));
        if self.came > self.most {
            return Err(io::Error::other(Exceeded(self.too_much)));
        }
        let left = self.total.get().checked_sub(count);
        self.total
            .set(left.ok_or_else(|| io::Error::other(Exceeded(&rules::TOO_LARGE)))?);
        Ok(came)
    }
}

/// Whether a member begins with a mark of its encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// It does not.
    None,
    /// UTF-8; skipped.
    Utf8,
}

/// A member being read row by row.
pub(super) struct Rows<R> {
    csv: csv::Reader<R>,
    record: csv::ByteRecord,
    since_row: Rc<Cell<u64>>,
    number: u64,
    /// Whether a byte order mark was skipped.
    pub(super) mark: Mark,
}

impl<R> std::fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[rows, at {}]", self.number)
    }
}

/// Opens member `index` for reading, within what is left of `total` inflated bytes.
pub(super) fn rows<'a, R: Read + Seek>(
    archive: &'a mut ZipArchive<R>,
    index: usize,
    limits: &Limits,
    total: &Rc<Cell<u64>>,
) -> Result<Rows<impl Read + use<'a, R>>, Stop> {
    let mut member = archive.by_index(index).map_err(zip_fault)?;
    let by_ratio = member
        .compressed_size()
        .saturating_mul(limits.ratio)
        .max(limits.ratio_floor);
    let since_row = Rc::new(Cell::new(0));
    let mut start = [0u8; 3];
    let mut filled = 0;
    while let Some(rest) = start.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match member.read(rest).map_err(io_fault)? {
            0 => break,
            count => filled += count,
        }
    }
    let start = start.get(..filled).unwrap_or_default();
    if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return Err(Stop::Refused(&rules::UTF16));
    }
    let marked = start == [0xEF, 0xBB, 0xBF];
    let start = if marked { Vec::new() } else { start.to_vec() };
    let metered = Metered {
        inner: io::Cursor::new(start).chain(member),
        came: 0,
        most: by_ratio,
        total: Rc::clone(total),
        since_row: Rc::clone(&since_row),
        row_most: limits.row_bytes,
        too_much: &rules::BOMB,
    };
    let csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(64 * 1024)
        .from_reader(metered);
    Ok(Rows {
        csv,
        record: csv::ByteRecord::new(),
        since_row,
        number: 0,
        mark: if marked { Mark::Utf8 } else { Mark::None },
    })
}

impl<R: Read> Rows<R> {
    /// The next row and its number; the header is row 1.
    pub(super) fn next(&mut self) -> Result<Option<(u32, &csv::ByteRecord)>, Stop> {
        self.since_row.set(0);
        if !self.csv.read_byte_record(&mut self.record).map_err(csv_fault)? {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some((
            u32::try_from(self.number).unwrap_or(u32::MAX),
            &self.record,
        )))
    }

    /// The number of the row last read.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }
}
