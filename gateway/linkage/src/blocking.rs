//! Keys under which a person is filed, so that a near match shares at least one. The store keeps them blinded.

use gateway_types::Pii;

use crate::names::{Name, sound};
use crate::nicknames::roots;
use crate::particulars::{Birth, Particulars, Ssn};

/// One key. The domain keeps keys of different makes apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockingKey {
    /// How the key is made.
    pub domain: &'static str,
    /// The key itself: personal data.
    pub value: Pii<String>,
}

impl Particulars {
    /// Every key under which this person is filed and sought, in a fixed order, each once.
    #[must_use]
    pub fn blocking_keys(&self) -> Vec<BlockingKey> {
        let mut keys = Vec::new();
        let mut add = |domain: &'static str, parts: &[&str]| {
            keys.push(BlockingKey {
                domain,
                value: Pii::new(parts.join("|")),
            });
        };
        let given = self.given_forms();
        let family = self.family_sounds();
        if let Some(Ssn::Full(digits)) = &self.ssn {
            add("ssn", &[digits]);
        }
        if let Some(ssn) = &self.ssn {
            for sound in given.iter().chain(&family) {
                add("ssn4-name", &[ssn.last_four(), sound]);
            }
        }
        if let Some(Birth::Day(date)) = self.birth {
            // Day and month in order of size: a transposed date has the same key.
            let (low, high) = (date.month().min(date.day()), date.month().max(date.day()));
            let day = format!("{:04}-{low:02}-{high:02}", date.year());
            for sound in given.iter().chain(&family) {
                add("name-birth", &[sound, &day]);
            }
        }
        if let Some(birth) = self.birth {
            for (one, other) in pairs(&given, &family) {
                add("names-year", &[one, other, &birth.year().to_string()]);
            }
        }
        if let Some(Birth::Day(date)) = self.birth {
            // A slip in the year leaves day and month.
            let day = format!("{:02}-{:02}", date.month(), date.day());
            for (one, other) in pairs(&given, &family) {
                add("names-day", &[one, other, &day]);
            }
        }
        for phone in &self.phones {
            for sound in &given {
                add("name-phone", &[sound, phone]);
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The sounds of the first and middle names, and the names of which they are forms.
    fn given_forms(&self) -> Vec<String> {
        let mut forms = Vec::new();
        for name in self
            .first
            .iter()
            .chain(&self.middle)
            .filter(|name| !name.is_initial())
        {
            for word in name.words().iter().take(2) {
                forms.push(sound(word));
                forms.extend(roots(word).iter().map(|root| sound(root)));
            }
        }
        forms.sort_unstable();
        forms.dedup();
        forms
    }

    /// The sounds of each word of the last name that tells it apart.
    fn family_sounds(&self) -> Vec<String> {
        let words = |name: &Name| {
            name.telling_words()
                .into_iter()
                .take(3)
                .map(sound)
                .collect::<Vec<_>>()
        };
        let mut sounds = self.last.as_ref().map(words).unwrap_or_default();
        sounds.sort_unstable();
        sounds.dedup();
        sounds
    }
}

/// Every given form with every family sound, each pair in alphabetical order: swapped names have the same key.
fn pairs<'a>(given: &'a [String], family: &'a [String]) -> impl Iterator<Item = (&'a str, &'a str)> {
    given.iter().flat_map(move |one| {
        family.iter().map(move |other| {
            let (one, other) = (one.as_str(), other.as_str());
            if one <= other { (one, other) } else { (other, one) }
        })
    })
}
