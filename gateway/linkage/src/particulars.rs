//! The particulars of one person, normalised for comparison. Nothing in here is ever shown.

use std::fmt;

use gateway_types::{ClientIdentity, Date, Pii};

use crate::names::{Name, Suffix};

/// What is known of one person, ready to compare.
#[derive(Clone, Default)]
pub struct Particulars {
    pub(crate) first: Option<Name>,
    pub(crate) middle: Option<Name>,
    pub(crate) last: Option<Name>,
    pub(crate) suffix: Option<Suffix>,
    pub(crate) birth: Option<Birth>,
    pub(crate) ssn: Option<Ssn>,
    pub(crate) phones: Vec<String>,
}

/// A date of birth. January 1st is what systems write when only the year is known, so it tells the year alone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Birth {
    Day(Date),
    Year(i16),
}

impl Birth {
    pub(crate) fn year(self) -> i16 {
        match self {
            Self::Day(date) => date.year(),
            Self::Year(year) => year,
        }
    }
}

/// A social security number, whole or its last four digits.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Ssn {
    Full(String),
    LastFour(String),
}

impl Ssn {
    pub(crate) fn last_four(&self) -> &str {
        match self {
            Self::Full(digits) => digits.get(5..).unwrap_or_default(),
            Self::LastFour(digits) => digits,
        }
    }
}

impl Particulars {
    /// Normalises what a source or a question gives. What is a placeholder counts as not given.
    #[must_use]
    pub fn of(identity: &ClientIdentity) -> Self {
        let text = |field: &Option<Pii<String>>| field.as_ref().map(|value| value.reveal().clone());
        let first = text(&identity.first_name).unwrap_or_default();
        let last = text(&identity.last_name).unwrap_or_default();
        let (first, last) = match last.split_once(',') {
            // `Brightwater, Tamsin` in the last name; `Brightwater, Jr` is left to the suffix.
            Some((family, given))
                if first.trim().is_empty() && Suffix::read(&crate::names::fold(given)).is_none() =>
            {
                (given.to_owned(), family.to_owned())
            }
            _ => (first, last),
        };
        let (last, suffix_in_last) = Name::read(&last).map_or((None, None), Name::split_suffix);
        let (first, suffix_in_first) = Name::read(&first).map_or((None, None), Name::split_suffix);
        let (first, last) = match (first, last) {
            (Some(full), None) | (None, Some(full)) if full.words().len() >= 2 => full
                .split_first()
                .map_or((None, None), |(first, last)| (Some(first), Some(last))),
            names => names,
        };
        let (first, middle_in_first) = split_middle(first);
        let middle = text(&identity.middle_name)
            .and_then(|name| Name::read(&name))
            .or(middle_in_first);
        let suffix = text(&identity.name_suffix)
            .and_then(|suffix| Suffix::read(&crate::names::fold(&suffix)))
            .or(suffix_in_last)
            .or(suffix_in_first);
        let birth = identity
            .birth_date
            .as_ref()
            .and_then(|date| read_birth(*date.reveal()));
        let ssn = text(&identity.ssn).and_then(|ssn| read_ssn(&ssn));
        let mut phones: Vec<String> = identity
            .phones
            .iter()
            .filter_map(|phone| read_phone(phone.reveal()))
            .collect();
        phones.sort_unstable();
        phones.dedup();
        Self {
            first,
            middle,
            last,
            suffix,
            birth,
            ssn,
            phones,
        }
    }

    /// Whether there is enough to tell a person by: a first and a last name, and a birth date to the day or a social
    /// security number. With less nothing ever matches.
    #[must_use]
    pub fn suffices(&self) -> bool {
        self.first.is_some()
            && self.last.is_some()
            && (matches!(self.birth, Some(Birth::Day(_))) || self.ssn.is_some())
    }
}

impl fmt::Debug for Particulars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[particulars of a person]")
    }
}

/// `Maria Elena` as a first name: the second word is a middle name too.
fn split_middle(first: Option<Name>) -> (Option<Name>, Option<Name>) {
    match first {
        Some(name) if name.words().len() >= 2 => match name.clone().split_first() {
            Some((_, rest)) => (Some(name), Some(rest)),
            None => (Some(name), None),
        },
        other => (other, None),
    }
}

fn read_birth(date: Date) -> Option<Birth> {
    match (date.year(), date.month(), date.day()) {
        (..=1901, _, _) => None,
        (year, 1, 1) => Some(Birth::Year(year)),
        _ => Some(Birth::Day(date)),
    }
}

/// Nine digits or the last four. Numbers that are never issued or printed on specimens are placeholders; those
/// beginning with 9 are kept, being taxpayer numbers and test data.
fn read_ssn(text: &str) -> Option<Ssn> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let all_same = digits
        .bytes()
        .zip(digits.bytes().skip(1))
        .all(|(one, next)| one == next);
    if all_same {
        return None;
    }
    let (area, group, serial) = (digits.get(..3), digits.get(3..5), digits.get(5..));
    match digits.len() {
        4 => (digits != "1234").then_some(Ssn::LastFour(digits)),
        9 => {
            let specimen = ["123456789", "987654321", "078051120", "219099999", "457555462"];
            let never =
                area == Some("000") || area == Some("666") || group == Some("00") || serial == Some("0000");
            (!never && !specimen.contains(&digits.as_str())).then_some(Ssn::Full(digits))
        }
        _ => None,
    }
}

/// Ten digits, without the country code.
fn read_phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let number = match digits.len() {
        11 => digits.strip_prefix('1')?,
        10 => digits.as_str(),
        _ => return None,
    };
    let tail = number.get(3..)?;
    let all_same = tail
        .bytes()
        .zip(tail.bytes().skip(1))
        .all(|(one, next)| one == next);
    (!all_same).then(|| number.to_owned())
}
