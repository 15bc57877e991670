//! One invented person: who they are, and what of it the homeless services wrote down.

use std::fmt;

use gateway_types::{ClientIdentity, Date, Pii};

use crate::dice::{Dice, Stream};
use crate::names::{Heritage, STREET_NAMES};

/// A social security number that was never issued to anybody.
///
/// Area 900 to 999 with a group below 50: the Social Security Administration issues no area above 899, and the tax
/// office's numbers for persons without one (ITIN, ATIN) have groups of 50 and up. Areas 000 and 666 are as
/// safe but too small (666) or likely to be taken for a placeholder (000). HUD's quality rules call all three
/// invalid: a report may say so, yet the number is full (quality 1) and serves for matching.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ssn(u32);

const AREAS: u64 = 100;
const SERIALS: u64 = 9_999;
/// Groups 10 to 49 are for the town, groups 01 to 09 for the cast.
const TOWN_GROUPS: u64 = 40;
/// Shares no factor with the number of numbers, so that a multiple of it visits each of them once.
const STRIDE: u64 = 17_654_321;

impl Ssn {
    pub(crate) const fn of_cast(area: u32, group: u32, serial: u32) -> Self {
        Self(area * 1_000_000 + group * 10_000 + serial)
    }

    /// The number of the `index`th person: no two of a town share one.
    pub(crate) const fn of_town(seed: u64, index: usize) -> Self {
        let all = AREAS * TOWN_GROUPS * SERIALS;
        let place = ((index as u64 % all) * STRIDE + seed % all) % all;
        let serial = place % SERIALS + 1;
        let group = place / SERIALS % TOWN_GROUPS + 10;
        let area = place / SERIALS / TOWN_GROUPS + 900;
        Self((area * 1_000_000 + group * 10_000 + serial) as u32)
    }

    /// The nine digits.
    #[must_use]
    pub fn digits(self) -> String {
        format!("{:09}", self.0)
    }

    /// The digits as people write them: `AAA-GG-SSSS`.
    #[must_use]
    pub fn dashed(self) -> String {
        format!(
            "{:03}-{:02}-{:04}",
            self.0 / 1_000_000,
            self.0 / 10_000 % 100,
            self.0 % 10_000
        )
    }

    pub(crate) const fn last_four(self) -> u32 {
        self.0 % 10_000
    }
}

impl fmt::Debug for Ssn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal data]")
    }
}

/// Sex as HMIS element 4.21 asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// Code 0.
    Female,
    /// Code 1.
    Male,
}

/// How a person belongs to the household they came with (HMIS element 3.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Head of the household, or alone.
    Head,
    /// Child of the head.
    Child,
    /// Spouse or partner of the head.
    Partner,
}

/// How complete an answer is (HMIS quality codes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quality {
    Full = 1,
    Partial = 2,
    Unknown = 8,
    Declined = 9,
    NotCollected = 99,
}

/// An invented person. `Debug` shows no particulars.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Place in the town, from 0.
    pub index: usize,
    /// First name.
    pub first_name: String,
    /// Middle initial.
    pub middle_name: Option<&'static str>,
    /// Family name.
    pub last_name: String,
    /// `Jr` and the like.
    pub name_suffix: Option<&'static str>,
    /// Birth date.
    pub birth_date: Date,
    /// Social security number, never issued.
    pub ssn: Ssn,
    /// Sex.
    pub sex: Sex,
    /// Whether they served in the armed forces.
    pub veteran: bool,
    pub(crate) heritage: Heritage,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[person {} of the town]", self.index)
    }
}

impl Person {
    /// First and last name.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// Identifying particulars in full, as somebody who knows the person well would ask.
    #[must_use]
    pub fn identity(&self) -> ClientIdentity {
        let text = |text: &str| Pii::new(text.to_owned());
        ClientIdentity {
            first_name: Some(text(&self.first_name)),
            middle_name: self.middle_name.map(text),
            last_name: Some(text(&self.last_name)),
            name_suffix: self.name_suffix.map(text),
            birth_date: Some(Pii::new(self.birth_date)),
            ssn: Some(Pii::new(self.ssn.digits())),
            phones: Vec::new(),
        }
    }
}

/// What the HMIS has of a person's particulars: some are partial, some missing.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Reported {
    pub(crate) name: Quality,
    pub(crate) street_name: &'static str,
    pub(crate) ssn: Quality,
    pub(crate) dob: Quality,
}

impl Reported {
    pub(crate) const FULL: Self = Self {
        name: Quality::Full,
        street_name: "",
        ssn: Quality::Full,
        dob: Quality::Full,
    };

    pub(crate) fn draw(seed: u64, index: usize) -> Self {
        let mut dice = Dice::at(seed, Stream::Reported, index as u64);
        let name = match dice.below(100) {
            0..=95 => Quality::Full,
            96..=97 => Quality::Partial,
            98 => Quality::Declined,
            _ => Quality::NotCollected,
        };
        let ssn = match dice.below(100) {
            0..=77 => Quality::Full,
            78..=84 => Quality::Partial,
            85..=88 => Quality::Unknown,
            89..=93 => Quality::Declined,
            _ => Quality::NotCollected,
        };
        let dob = match dice.below(100) {
            0..=93 => Quality::Full,
            94..=97 => Quality::Partial,
            98 => Quality::Unknown,
            _ => Quality::NotCollected,
        };
        Self {
            name,
            street_name: dice.pick(&STREET_NAMES),
            ssn,
            dob,
        }
    }

    /// Whether nothing is partial or missing.
    pub(crate) fn is_full(&self) -> bool {
        [self.name, self.ssn, self.dob]
            .iter()
            .all(|quality| *quality == Quality::Full)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_are_unique_and_none_can_have_been_issued() {
        let mut seen = HashSet::new();
        for index in 0..200_000 {
            let ssn = Ssn::of_town(42, index);
            assert!(seen.insert(ssn.0));
            let (area, group) = (ssn.0 / 1_000_000, ssn.0 / 10_000 % 100);
            assert!((900..=999).contains(&area));
            assert!((10..=49).contains(&group));
            assert_ne!(ssn.last_four(), 0);
        }
    }

    #[test]
    fn a_number_is_written_in_two_ways() {
        let ssn = Ssn::of_cast(921, 4, 7713);
        assert_eq!(ssn.digits(), "921047713");
        assert_eq!(ssn.dashed(), "921-04-7713");
        assert_eq!(format!("{ssn:?}"), "[personal data]");
    }
}
