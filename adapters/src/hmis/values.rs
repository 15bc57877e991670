//! One cell: is it what its column says, and what does it hold.

use std::borrow::Cow;

use gateway_types::{Date, Timestamp};

use super::format::{Column, Kind};

/// What a cell holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    /// Nothing.
    Blank,
    /// Text, trimmed, in the bytes received.
    Text(&'a [u8]),
    /// A whole number.
    Whole(u32),
    /// A date.
    Date(Date),
    /// A moment, in the source's own time.
    Moment(Timestamp),
    /// Money: the text of a plain decimal number.
    Money(&'a [u8]),
}

/// What is to be said about a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Remark {
    /// Nothing.
    Fine,
    /// A date for a time or the reverse.
    LenientDate,
    /// Longer than the format allows.
    TooLong,
    /// A number that the list does not have.
    BadCode,
    /// Not of the column's type.
    BadValue,
}

impl Remark {
    /// Whether the cell's value can be used.
    pub(super) const fn usable(self) -> bool {
        matches!(self, Self::Fine | Self::LenientDate | Self::TooLong)
    }
}

/// Reads `raw` as a cell of `column`. If the remark says it is not usable, the cell is the raw text.
pub(super) fn read<'a>(column: &Column, raw: &'a [u8]) -> (Cell<'a>, Remark) {
    let text = raw.trim_ascii();
    if text.is_empty() {
        return (Cell::Blank, Remark::Fine);
    }
    let wrong = (Cell::Text(text), Remark::BadValue);
    match column.kind {
        Kind::Text(most) => {
            // Characters are counted only when there are more bytes than characters allowed.
            let long = text.len() > usize::from(most) && characters(text) > usize::from(most);
            (
                Cell::Text(text),
                if long { Remark::TooLong } else { Remark::Fine },
            )
        }
        Kind::Whole => match whole(text) {
            Some(number) if !has_code(column.codes, number) => (Cell::Text(text), Remark::BadCode),
            Some(number) => (Cell::Whole(number), Remark::Fine),
            None => wrong,
        },
        Kind::Date => {
            if let Some(date) = date(text) {
                return (Cell::Date(date), Remark::Fine);
            }
            moment(text).map_or(wrong, |moment| (Cell::Date(moment.date()), Remark::LenientDate))
        }
        Kind::Moment => {
            if let Some(moment) = moment(text) {
                return (Cell::Moment(moment), Remark::Fine);
            }
            date(text).map_or(wrong, |date| {
                (Cell::Moment(date.start_utc()), Remark::LenientDate)
            })
        }
        Kind::Money | Kind::Amount => {
            if is_money(text, column.kind == Kind::Money) {
                (Cell::Money(text), Remark::Fine)
            } else {
                wrong
            }
        }
    }
}

fn characters(text: &[u8]) -> usize {
    std::str::from_utf8(text).map_or(text.len(), |text| text.chars().count())
}

/// Whether `codes` has `number`; a column without a list takes any.
pub(super) fn has_code(codes: &[u16], number: u32) -> bool {
    codes.is_empty() || u16::try_from(number).is_ok_and(|number| codes.binary_search(&number).is_ok())
}

/// A whole number of at most nine digits.
pub(super) fn whole(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0u32, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u32::from(byte - b'0'))
    })
}

/// `yyyy-mm-dd`.
pub(super) fn date(text: &[u8]) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else {
        return None;
    };
    let year = i16::try_from(whole(&[y1, y2, y3, y4])?).ok()?;
    let month = i8::try_from(whole(&[m1, m2])?).ok()?;
    let day = i8::try_from(whole(&[d1, d2])?).ok()?;
    Date::new(year, month, day)
}

/// `yyyy-mm-dd hh:mm:ss`, also with a `T` and with fractions of a second, read as if it were UTC: the format has no
/// zone, so that such a moment orders the versions of one source's row and means nothing beside another source's.
pub(crate) fn moment(text: &[u8]) -> Option<Timestamp> {
    let (day, time) = text.split_at_checked(10)?;
    let day = date(day)?;
    let [b' ' | b'T', h1, h2, b':', m1, m2, rest @ ..] = time else {
        return None;
    };
    let seconds = match *rest {
        [] => 0,
        [b':', s1, s2] => whole(&[s1, s2])?,
        [b':', s1, s2, b'.', ref fraction @ ..] if whole(fraction).is_some() => whole(&[s1, s2])?,
        _ => return None,
    };
    let (hours, minutes) = (whole(&[*h1, *h2])?, whole(&[*m1, *m2])?);
    (hours < 24 && minutes < 60 && seconds < 61).then(|| {
        let seconds = i64::from(hours * 3600 + minutes * 60 + seconds);
        Timestamp::from_micros((days_since_1970(day) * 86_400 + seconds) * 1_000_000)
    })
}

/// Days from 1970-01-01 to `day`, with years that begin in March so that the leap day comes last. Every row has two
/// or three moments, for which going through a time zone takes longer than all the rest.
fn days_since_1970(day: Date) -> i64 {
    let month = i64::from(day.month());
    let year = i64::from(day.year()) - i64::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(day.day()) - 1;
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn is_money(text: &[u8], may_be_negative: bool) -> bool {
    let digits = match text.split_first() {
        Some((b'-', rest)) if may_be_negative => rest,
        _ => text,
    };
    let mut parts = digits.splitn(2, |byte| *byte == b'.');
    let (whole_part, cents) = (parts.next().unwrap_or_default(), parts.next());
    whole(whole_part).is_some() && cents.is_none_or(|cents| cents.len() <= 4 && whole(cents).is_some())
}

/// The text of a cell: UTF-8 if it is, else Windows-1252; `None` if it is neither.
pub(super) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => bytes
            .iter()
            .map(|byte| windows_1252(*byte))
            .collect::<Option<String>>()
            .map(Cow::Owned),
    }
}

/// The character of a byte in Windows-1252, of which Latin-1 is the part without 0x80 to 0x9F.
const fn windows_1252(byte: u8) -> Option<char> {
    Some(match byte {
        0x80 => '\u{20AC}',
        0x82 => '\u{201A}',
        0x83 => '\u{0192}',
        0x84 => '\u{201E}',
        0x85 => '\u{2026}',
        0x86 => '\u{2020}',
        0x87 => '\u{2021}',
        0x88 => '\u{02C6}',
        0x89 => '\u{2030}',
        0x8A => '\u{0160}',
        0x8B => '\u{2039}',
        0x8C => '\u{0152}',
        0x8E => '\u{017D}',
        0x91 => '\u{2018}',
        0x92 => '\u{2019}',
        0x93 => '\u{201C}',
        0x94 => '\u{201D}',
        0x95 => '\u{2022}',
        0x96 => '\u{2013}',
        0x97 => '\u{2014}',
        0x98 => '\u{02DC}',
        0x99 => '\u{2122}',
        0x9A => '\u{0161}',
        0x9B => '\u{203A}',
        0x9C => '\u{0153}',
        0x9E => '\u{017E}',
        0x9F => '\u{0178}',
        0x81 | 0x8D | 0x8F | 0x90 | 0x9D | 0 => return None,
        _ => byte as char,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_real_days_in_one_form() {
        assert!(date(b"2024-02-29").is_some());
        for bad in [
            "2023-02-29",
            "9/10/2015",
            "08-MAY-67",
            "2024-2-9",
            "2024-02-30",
            "",
        ] {
            assert!(date(bad.as_bytes()).is_none(), "{bad}");
        }
        assert_eq!(
            moment(b"2024-02-29 13:01:02").unwrap().to_string(),
            "2024-02-29T13:01:02Z"
        );
        assert!(moment(b"2024-02-29 25:00:00").is_none());
        let mut day = date(b"1899-12-30").unwrap();
        for _ in 0..2_000 {
            assert_eq!(days_since_1970(day) * 86_400, day.start_utc().as_seconds());
            day = day.plus_days(37).unwrap();
        }
    }

    #[test]
    fn money_is_a_plain_number() {
        assert!(is_money(b"100", false) && is_money(b"100.50", false) && is_money(b"-3.20", true));
        for bad in ["$5", "1,000", "-1", ".", "1.", "1.2.3"] {
            assert!(!is_money(bad.as_bytes(), false), "{bad}");
        }
    }

    #[test]
    fn a_latin_1_name_is_decoded_and_an_undefined_byte_is_not() {
        assert_eq!(decode(b"Mu\xF1oz").unwrap(), "Mu\u{F1}oz");
        assert_eq!(decode(b"O\x92Neil").unwrap(), "O\u{2019}Neil");
        assert!(decode(b"a\x81").is_none());
    }
}
