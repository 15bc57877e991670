//! The four people of the guided tour. They are in every town, at fixed places and with fixed particulars.

use gateway_types::Date;

use crate::directory::ProjectKey;
use crate::names::Heritage;
use crate::person::{Person, Sex, Ssn};

/// A person of the guided tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CastMember {
    /// Signs a single Part 2 consent at the opioid treatment programme.
    Rosa,
    /// Signs a written HMIS release that names the police outreach team.
    Marcus,
    /// Revokes a consent during the tour.
    Tamsin,
    /// Has agreed to nothing.
    Ezekiel,
}

/// A stay of a cast member: which project, and how many days ago it began and ended.
pub(crate) type CastStay = (ProjectKey, i32, Option<i32>);

impl CastMember {
    /// Everybody, in the order of their places in the town.
    pub const ALL: [Self; 4] = [Self::Rosa, Self::Marcus, Self::Tamsin, Self::Ezekiel];

    /// Place in the town.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    pub(crate) fn at(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// Who they are.
    #[must_use]
    pub fn person(self) -> Person {
        let (first, middle, last, born, ssn, sex, heritage, veteran) = match self {
            Self::Rosa => (
                "Rosa",
                "M",
                "Delgado-Quill",
                (1987, 4, 19),
                Ssn::of_cast(921, 4, 7713),
                Sex::Female,
                Heritage::Iberian,
                false,
            ),
            Self::Marcus => (
                "Marcus",
                "T",
                "Oyelaran-Finch",
                (1979, 11, 2),
                Ssn::of_cast(933, 7, 2865),
                Sex::Male,
                Heritage::WestAfrican,
                true,
            ),
            Self::Tamsin => (
                "Tamsin",
                "E",
                "Brightwater",
                (1994, 8, 27),
                Ssn::of_cast(945, 2, 6138),
                Sex::Female,
                Heritage::British,
                false,
            ),
            Self::Ezekiel => (
                "Ezekiel",
                "J",
                "Stroud",
                (1968, 2, 14),
                Ssn::of_cast(958, 9, 3347),
                Sex::Male,
                Heritage::British,
                false,
            ),
        };
        let (year, month, day) = born;
        Person {
            index: self.index(),
            first_name: first.to_owned(),
            middle_name: Some(middle),
            last_name: last.to_owned(),
            name_suffix: None,
            birth_date: Date::new(year, month, day)
                .unwrap_or_else(|| gateway_types::Timestamp::from_micros(0).date()),
            ssn,
            sex,
            veteran,
            heritage,
        }
    }

    /// Where they stayed: everybody has an open stay, so that there is something current to tell.
    pub(crate) const fn stays(self) -> &'static [CastStay] {
        use ProjectKey::{Access, CannerySt, FreshKeys, MillNight, StreetTeam};
        match self {
            Self::Rosa => &[
                (StreetTeam, 410, Some(355)),
                (MillNight, 21, None),
                (Access, 19, None),
            ],
            Self::Marcus => &[(StreetTeam, 96, None), (Access, 60, None)],
            Self::Tamsin => &[(CannerySt, 240, Some(150)), (FreshKeys, 148, None)],
            Self::Ezekiel => &[(CannerySt, 700, Some(622)), (StreetTeam, 33, None)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_has_a_valid_birth_date_and_an_open_stay() {
        for member in CastMember::ALL {
            assert_ne!(member.person().birth_date.to_string(), "1970-01-01");
            assert!(member.stays().iter().any(|(_, _, exit)| exit.is_none()));
            assert_eq!(CastMember::at(member.index()), Some(member));
        }
    }
}
