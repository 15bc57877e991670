//! What agreement is worth: the probabilities of Fellegi and Sunter, in hundredths of a bit.
//!
//! m: how often two records of one person agree so; u: how often those of two people do. The values are rounded
//! estimates for homeless-services, hospital and police records (high rates of nicknames, missing and partial fields),
//! checked against labelled synthetic sets; they are the same for every site until a site has measured its own.

use std::fmt;
use std::ops::{Add, AddAssign};

use serde::Serialize;

use crate::compare::{Agreement, Field};

/// Evidence in hundredths of a bit: each bit doubles the odds that the two are one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Bits(i32);

impl Bits {
    /// This many hundredths of a bit.
    #[must_use]
    pub const fn hundredths(hundredths: i32) -> Self {
        Self(hundredths)
    }

    /// The evidence as hundredths of a bit.
    #[must_use]
    pub const fn as_hundredths(self) -> i32 {
        self.0
    }
}

impl Add for Bits {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Bits {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}

/// When two are taken for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// The evidence needed. With N people on file it takes log2(N) bits to single one out; seven to ten more make
    /// the odds a hundred or a thousand to one.
    pub accept: Bits,
    /// From here on a candidate is plausible: another plausible one within the margin makes the match ambiguous.
    pub plausible: Bits,
    /// How far the best has to be ahead of any other plausible one.
    pub margin: Bits,
}

impl Thresholds {
    /// The same thresholds for so many people on file: enough evidence to single one out among them, and eight bits
    /// more, so that of some hundred strangers asked about at most one is taken for somebody. Never less than `self`.
    /// Asking for more would part the records of one person that differ by a slip of the pen, and a question that fits
    /// both parts then fits nobody: a wrong refusal.
    #[must_use]
    pub fn among(self, people: u64) -> Self {
        let bits = i32::try_from(u64::BITS - people.max(1).leading_zeros()).unwrap_or(64);
        let accept = Bits(bits * 100 + 800).max(self.accept);
        Self { accept, ..self }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            accept: Bits(2400),
            plausible: Bits(1600),
            margin: Bits(800),
        }
    }
}

/// The weight of one field's agreement: log2(m/u).
pub(crate) fn weight(field: Field, agreement: Agreement) -> Bits {
    let (m, u) = match (field, agreement) {
        (_, Agreement::NotCompared) => return Bits(0),
        (Field::FirstName, Agreement::Exact) => (0.72, 0.006),
        (Field::FirstName, Agreement::Nickname) => (0.09, 0.004),
        (Field::FirstName, Agreement::OtherName) => (0.03, 0.003),
        (Field::FirstName, Agreement::Swapped) => (0.02, 0.0005),
        (Field::FirstName, Agreement::Alike) => (0.07, 0.006),
        (Field::FirstName, Agreement::Initial) => (0.02, 0.02),
        (Field::FirstName, _) => (0.05, 0.95),
        (Field::LastName, Agreement::Exact) => (0.82, 0.002),
        (Field::LastName, Agreement::Part) => (0.05, 0.003),
        (Field::LastName, Agreement::Swapped) => (0.02, 0.0005),
        (Field::LastName, Agreement::Alike) => (0.07, 0.005),
        (Field::LastName, Agreement::Initial) => (0.005, 0.02),
        (Field::LastName, _) => (0.05, 0.97),
        (Field::MiddleName, Agreement::Exact) => (0.60, 0.015),
        (Field::MiddleName, Agreement::Initial) => (0.30, 0.07),
        (Field::MiddleName, _) => (0.10, 0.90),
        (Field::Suffix, Agreement::Exact) => (0.50, 0.05),
        (Field::Suffix, Agreement::OneSided) => (0.40, 0.50),
        (Field::Suffix, _) => (0.01, 0.90),
        (Field::BirthDate, Agreement::Exact) => (0.82, 0.000_05),
        (Field::BirthDate, Agreement::Transposed) => (0.02, 0.000_02),
        (Field::BirthDate, Agreement::Alike) => (0.06, 0.001),
        (Field::BirthDate, Agreement::YearOnly) => (0.06, 0.02),
        (Field::BirthDate, _) => (0.03, 0.97),
        (Field::Ssn, Agreement::Exact) => (0.85, 0.000_002),
        (Field::Ssn, Agreement::LastFour) => (0.88, 0.000_1),
        // Twins and spouses who applied together hold neighbouring numbers, so a slip proves little.
        (Field::Ssn, Agreement::Alike) => (0.06, 0.002),
        (Field::Ssn, _) => (0.06, 0.999),
        // Shelters and case workers lend one number to many.
        (Field::Phone, Agreement::Exact) => (0.40, 0.02),
        (Field::Phone, _) => (0.60, 0.98),
    };
    bits(m, u)
}

/// log2(m/u), in hundredths.
fn bits(m: f64, u: f64) -> Bits {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "m and u are the constants above, so the value is far within the range of an i32"
    )]
    let hundredths = (100.0 * (m / u).log2()).round() as i32;
    Bits(hundredths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_read_as_decimals() {
        assert_eq!(Bits(-405).to_string(), "-4.05");
        assert_eq!(Bits(2600).to_string(), "26.00");
        assert_eq!(bits(0.5, 0.25), Bits(100));
    }

    #[test]
    fn the_more_people_are_on_file_the_more_evidence_is_needed() {
        let base = Thresholds::default();
        assert_eq!(base.among(0), base);
        assert_eq!(base.among(2_000), base);
        assert_eq!(base.among(100_000).accept, Bits(2500));
        let full = weight(Field::FirstName, Agreement::Exact)
            + weight(Field::LastName, Agreement::Exact)
            + weight(Field::BirthDate, Agreement::Exact);
        // Somebody who gives their full name and birth date is still found among half a million.
        assert!(full >= base.among(500_000).accept, "{full}");
    }

    #[test]
    fn names_and_a_telephone_never_reach_the_threshold() {
        let names = weight(Field::FirstName, Agreement::Exact) + weight(Field::LastName, Agreement::Exact);
        let phone = weight(Field::Phone, Agreement::Exact);
        assert!(names + phone < Thresholds::default().accept);
    }

    #[test]
    fn better_agreement_is_never_worth_less() {
        let falling: [(Field, &[Agreement]); 3] = [
            (
                Field::FirstName,
                &[
                    Agreement::Exact,
                    Agreement::Nickname,
                    Agreement::Alike,
                    Agreement::Initial,
                ],
            ),
            (
                Field::BirthDate,
                &[
                    Agreement::Exact,
                    Agreement::Transposed,
                    Agreement::Alike,
                    Agreement::YearOnly,
                ],
            ),
            (
                Field::Ssn,
                &[
                    Agreement::Exact,
                    Agreement::LastFour,
                    Agreement::Alike,
                    Agreement::Differs,
                ],
            ),
        ];
        for (field, agreements) in falling {
            assert!(
                agreements.is_sorted_by(|one, next| weight(field, *one) > weight(field, *next)),
                "{field:?}"
            );
        }
    }
}
