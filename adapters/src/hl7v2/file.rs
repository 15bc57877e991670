//! A file of messages: one, several, or batches (`FHS`, `BHS`, `BTS`, `FTS`).

use std::ops::ControlFlow;

use super::change::Event;
use super::read::message;
use super::{Limits, rules};
use crate::report::{Place, Report, Rule};

/// After so many messages of which none could be taken, the rest is not looked at.
const HOPELESS: u64 = 1000;

/// Reads a file, message by message, and hands on what each changes. A message that is refused does not hold up the others.
///
/// # Errors
/// The report, if nothing of the file may be taken: some of it may then have been handed on already.
pub fn file(
    bytes: &[u8],
    limits: &Limits,
    out: &mut dyn FnMut(Vec<Event>) -> ControlFlow<()>,
) -> Result<Report, Box<Report>> {
    let mut report = Report::default();
    let refused = |rule: &'static Rule, mut report: Report| {
        report.add(rule, Place::file("file"));
        Err(Box::new(report))
    };
    if bytes.len() > limits.file {
        return refused(&rules::FILE_TOO_LARGE, report);
    }
    let (mut number, mut taken) = (0_u64, 0_u64);
    let mut counted = Counted::default();
    for piece in pieces(bytes) {
        match piece {
            Piece::Stray => return refused(&rules::NO_MESSAGE, report),
            Piece::Envelope(line) => {
                if counted.is_wrong(line) {
                    return refused(&rules::BATCH_COUNT, report);
                }
            }
            Piece::Message(bytes) => {
                number += 1;
                counted.messages += 1;
                if number > limits.messages {
                    return refused(&rules::FILE_TOO_LARGE, report);
                }
                if taken == 0 && number > HOPELESS {
                    return refused(&rules::NOTHING_TAKEN, report);
                }
                let reading = message(bytes, limits, number);
                report.take_in(&reading.report);
                let counts = report.rows_of("message");
                counts.read += 1;
                match reading.outcome {
                    Err(_) => counts.refused += 1,
                    Ok(events) => {
                        counts.taken += 1;
                        taken += 1;
                        if out(events).is_break() {
                            return Ok(report);
                        }
                    }
                }
            }
        }
    }
    if counted.is_open() {
        return refused(&rules::BATCH_COUNT, report);
    }
    match (number, taken) {
        (0, _) => refused(&rules::NO_MESSAGE, report),
        (_, 0) => refused(&rules::NOTHING_TAKEN, report),
        _ => Ok(report),
    }
}

/// What a file is made of.
enum Piece<'a> {
    /// A message, with its segments.
    Message(&'a [u8]),
    /// A segment that begins or ends a file or batch.
    Envelope(&'a [u8]),
    /// Something before the first header.
    Stray,
}

/// Takes a file apart. The signs that frame a message on the wire are passed over.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::iter::from_fn(move || {
        loop {
            let (line, _) = line_of(rest)?;
            let bare = bare(line);
            if bare.is_empty() {
                rest = line_of(rest)?.1;
                continue;
            }
            if is_envelope(bare) {
                rest = line_of(rest)?.1;
                return Some(Piece::Envelope(bare));
            }
            if !bare.starts_with(b"MSH") {
                rest = &[];
                return Some(Piece::Stray);
            }
            let begins = rest.len() - skip_frame(rest).len();
            let whole = rest;
            let mut after = line_of(rest)?.1;
            while let Some((line, next)) = line_of(after) {
                let bare = self::bare(line);
                if bare.starts_with(b"MSH") || is_envelope(bare) {
                    break;
                }
                after = next;
            }
            rest = after;
            let message = whole.get(begins..whole.len() - after.len()).unwrap_or_default();
            return Some(Piece::Message(trim_frame(message)));
        }
    })
}

/// The first line, and what follows it.
fn line_of(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.is_empty() {
        return None;
    }
    let end = bytes
        .iter()
        .position(|byte| matches!(byte, b'\r' | b'\n'))
        .unwrap_or(bytes.len());
    Some((
        bytes.get(..end).unwrap_or_default(),
        bytes.get(end + 1..).unwrap_or_default(),
    ))
}

fn skip_frame(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some((b'\x0B' | b'\x1C' | b' ' | b'\t', after)) =
        rest.split_first().map(|(first, after)| (*first, after))
    {
        rest = after;
    }
    rest
}

fn trim_frame(bytes: &[u8]) -> &[u8] {
    let mut rest = bytes;
    while let Some((b'\x0B' | b'\x1C' | b'\r' | b'\n', before)) =
        rest.split_last().map(|(last, before)| (*last, before))
    {
        rest = before;
    }
    rest
}

fn bare(line: &[u8]) -> &[u8] {
    trim_frame(skip_frame(line)).trim_ascii()
}

fn is_envelope(line: &[u8]) -> bool {
    [b"FHS", b"BHS", b"BTS", b"FTS"]
        .iter()
        .any(|name| line.starts_with(*name))
}

/// What the envelopes count, against what there is.
#[derive(Default)]
struct Counted {
    messages: u64,
    batches: u64,
    in_file: bool,
    in_batch: bool,
}

impl Counted {
    /// Whether an envelope segment does not fit what there was before it.
    fn is_wrong(&mut self, line: &[u8]) -> bool {
        let separator = line.get(3).copied().unwrap_or(b'|');
        let stated = || -> Option<u64> {
            let field = line.split(|byte| *byte == separator).nth(1)?;
            std::str::from_utf8(field).ok()?.trim().parse().ok()
        };
        match line.get(..3) {
            Some(b"FHS") => {
                let wrong = self.in_file || self.messages > 0;
                self.in_file = true;
                wrong
            }
            Some(b"BHS") => {
                let wrong = self.in_batch;
                self.in_batch = true;
                self.batches += 1;
                self.messages = 0;
                wrong
            }
            Some(b"BTS") => {
                let wrong = !self.in_batch || stated().is_some_and(|count| count != self.messages);
                self.in_batch = false;
                wrong
            }
            _ => {
                let wrong =
                    !self.in_file || self.in_batch || stated().is_some_and(|count| count != self.batches);
                self.in_file = false;
                wrong
            }
        }
    }

    /// Whether something was begun and not ended: the file is cut off.
    const fn is_open(&self) -> bool {
        self.in_file || self.in_batch
    }
}
