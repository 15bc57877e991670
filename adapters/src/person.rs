//! A person as police data names one: by full name and birth date, for want of a number that would last.
//!
//! Everything one agency sends about a person joins by these, whichever of its systems sent it. Who is not named in
//! full is nobody's client; who was under eighteen is not taken at all (catalogue 4.1, JUV).

use std::collections::HashSet;

use gateway_types::{ClientIdentity, Date, LabelledElement, Pii, SourceClientKey, SourceRecord, Timestamp};

/// A person named in full.
#[derive(Clone)]
pub(crate) struct Person {
    first: String,
    last: String,
    born: Option<Date>,
}

impl Person {
    /// `None`: a part of the name is missing.
    pub(crate) fn named(first: &str, last: &str, born: Option<Date>) -> Option<Self> {
        let (first, last) = (first.trim(), last.trim());
        (!first.is_empty() && !last.is_empty()).then(|| Self {
            first: first.to_owned(),
            last: last.to_owned(),
            born,
        })
    }

    /// What the agency's systems have in common to name them by.
    pub(crate) fn key(&self) -> String {
        let born = self.born.map(|born| born.to_string()).unwrap_or_default();
        format!(
            "{}|{}|{born}",
            self.last.to_lowercase(),
            self.first.to_lowercase()
        )
    }

    /// For linkage.
    pub(crate) fn identity(self) -> ClientIdentity {
        ClientIdentity {
            first_name: Some(Pii::new(self.first)),
            last_name: Some(Pii::new(self.last)),
            birth_date: self.born.map(Pii::new),
            ..ClientIdentity::default()
        }
    }
}

/// Whether somebody born then is under eighteen on `day`.
pub(crate) fn is_minor(born: Date, day: Date) -> bool {
    born.years_until(day) < 18
}

/// The people that a push has named so far.
#[derive(Default)]
pub(crate) struct People(HashSet<String>);

impl People {
    /// A record about the client of this key: with who they are where the push names them first.
    pub(crate) fn record(
        &mut self,
        key: String,
        identity: ClientIdentity,
        elements: Vec<LabelledElement>,
        updated: Timestamp,
    ) -> SourceRecord {
        let client = SourceClientKey::new(key.as_str());
        let updated = Some(updated);
        if self.0.insert(key) {
            SourceRecord::Client {
                client,
                identity,
                elements,
                updated,
            }
        } else {
            SourceRecord::About {
                client,
                elements,
                updated,
            }
        }
    }
}

/// A moment as police systems write it: with its zone, or without (then UTC).
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    text.parse()
        .ok()
        .or_else(|| crate::hmis::local_moment(text.as_bytes()))
}
