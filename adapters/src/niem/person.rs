//! A person of an exchange: who they are, and whether they may be taken at all.

use gateway_types::{ClientIdentity, Date, Pii, Timestamp};

use super::rules;
use super::tree::Node;
use crate::person::{Person, is_minor};
use crate::report::Rule;

/// A person who may be taken.
pub(super) struct Known {
    pub(super) person: Person,
    middle: Option<String>,
    suffix: Option<String>,
    ssn: Option<String>,
}

impl Known {
    /// Reads a person, as of a moment.
    pub(super) fn of(node: &Node, at: Timestamp) -> Result<Self, &'static Rule> {
        let born = match node.part("PersonBirthDate") {
            Some(date) => {
                let text = date.text_within("Date").ok_or(&rules::BAD_BIRTH_DATE)?;
                Some(text.parse::<Date>().map_err(|_| &rules::BAD_BIRTH_DATE)?)
            }
            None => None,
        };
        let years = node
            .part("PersonAgeMeasure")
            .and_then(|age| age.descendants().find_map(|part| part.text.parse::<f64>().ok()));
        if born.is_some_and(|born| is_minor(born, at.date())) || years.is_some_and(|years| years < 18.0) {
            return Err(&rules::JUVENILE);
        }
        let name = node.part("PersonName").ok_or(&rules::NOBODY)?;
        let part = |part: &str| name.text_at(&[part]).map(str::to_owned);
        let person = Person::named(
            name.text_at(&["PersonGivenName"]).unwrap_or_default(),
            name.text_at(&["PersonSurName"]).unwrap_or_default(),
            born,
        )
        .ok_or(&rules::NOBODY)?;
        let ssn = node
            .text_at(&["PersonSSNIdentification", "IdentificationID"])
            .map(|text| text.chars().filter(char::is_ascii_digit).collect::<String>())
            .filter(|digits| digits.len() == 9);
        Ok(Self {
            person,
            middle: part("PersonMiddleName"),
            suffix: part("PersonNameSuffixText"),
            ssn,
        })
    }

    /// For linkage.
    pub(super) fn identity(self) -> ClientIdentity {
        ClientIdentity {
            middle_name: self.middle.map(Pii::new),
            name_suffix: self.suffix.map(Pii::new),
            ssn: self.ssn.map(Pii::new),
            ..self.person.identity()
        }
    }
}
