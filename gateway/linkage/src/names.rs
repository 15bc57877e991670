//! Names as they are compared: folded to plain letters, in words, without placeholders, particles and suffixes.

use rphonetic::{DoubleMetaphone, Encoder};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A name in words of lower-case letters; never empty.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Name {
    words: Vec<String>,
}

/// `Jr`, `III` and the like, as a generation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Suffix {
    Senior,
    Junior,
    Second,
    Third,
    Fourth,
    Fifth,
}

/// Words that stand where a name is not known, or was refused.
const PLACEHOLDERS: &[&str] = &[
    "anonymous",
    "anon",
    "baby",
    "client",
    "declined",
    "doe",
    "female",
    "guest",
    "homeless",
    "john doe",
    "jane doe",
    "jdoe",
    "male",
    "n a",
    "na",
    "nfn",
    "nln",
    "name",
    "newborn",
    "no",
    "none",
    "null",
    "patient",
    "person",
    "prefers",
    "refused",
    "refuse",
    "subject",
    "test",
    "transient",
    "unidentified",
    "unk",
    "unknown",
    "unkn",
    "unnamed",
    "x",
    "xx",
    "xxx",
    "xxxx",
];

/// Words of a surname that many surnames share.
const PARTICLES: &[&str] = &[
    "al", "bin", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "la", "las",
    "le", "los", "van", "von", "y",
];

/// Lower-case letters and spaces: accents and apostrophes gone, hyphens and other marks as spaces.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.nfkd() {
        match letter {
            _ if is_combining_mark(letter) => {}
            '\'' | '\u{2019}' | '\u{2018}' | '`' | '.' => {}
            'ß' => folded.push_str("ss"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            'đ' | 'Đ' => folded.push('d'),
            'ı' => folded.push('i'),
            _ if letter.is_alphabetic() => folded.extend(letter.to_lowercase()),
            _ => folded.push(' '),
        }
    }
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Suffix {
    pub(crate) fn read(word: &str) -> Option<Self> {
        Some(match word {
            "sr" | "senior" | "snr" => Self::Senior,
            "jr" | "junior" | "jnr" => Self::Junior,
            "ii" => Self::Second,
            "iii" => Self::Third,
            "iv" => Self::Fourth,
            "v" => Self::Fifth,
            _ => return None,
        })
    }

    /// Whether they cannot be one person's: `Jr` and `II` can.
    pub(crate) fn contradicts(self, other: Self) -> bool {
        let generation = |suffix| match suffix {
            Self::Senior => 1,
            Self::Junior | Self::Second => 2,
            Self::Third => 3,
            Self::Fourth => 4,
            Self::Fifth => 5,
        };
        generation(self) != generation(other)
    }
}

impl Name {
    /// Reads a name; `None` if there is none or a placeholder stands in its place.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let folded = fold(text);
        if PLACEHOLDERS.contains(&folded.as_str()) {
            return None;
        }
        Self::of_words(folded.split(' ').map(str::to_owned).collect())
    }

    pub(crate) fn of_words(words: Vec<String>) -> Option<Self> {
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let placeholder = |word: &String| PLACEHOLDERS.contains(&word.as_str());
        if words.is_empty() || words.iter().any(placeholder) {
            None
        } else {
            Some(Self { words })
        }
    }

    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    pub(crate) fn first_word(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Written without spaces: `De La Cruz` and `Delacruz` are one name.
    pub(crate) fn joined(&self) -> String {
        self.words.concat()
    }

    /// The words that tell it apart: particles left out, unless there is nothing else.
    pub(crate) fn telling_words(&self) -> Vec<&str> {
        let telling: Vec<&str> = self
            .words
            .iter()
            .map(String::as_str)
            .filter(|word| !PARTICLES.contains(word) && word.len() > 1)
            .collect();
        if telling.is_empty() {
            self.words.iter().map(String::as_str).collect()
        } else {
            telling
        }
    }

    pub(crate) fn is_initial(&self) -> bool {
        self.joined().chars().count() == 1
    }

    /// Splits off a suffix that was written into the name.
    pub(crate) fn split_suffix(mut self) -> (Option<Self>, Option<Suffix>) {
        let found = match self.words.as_slice() {
            // A name of one word is never read as a suffix.
            [_, .., last] => Suffix::read(last),
            _ => None,
        };
        if found.is_some() {
            self.words.pop();
        }
        (Self::of_words(self.words), found)
    }

    /// Splits a full name written in one field into first word and the rest.
    pub(crate) fn split_first(self) -> Option<(Self, Self)> {
        let mut words = self.words.into_iter();
        let first = words.next()?;
        let rest = Self::of_words(words.collect())?;
        Some((Self { words: vec![first] }, rest))
    }
}

/// How a word sounds: Double Metaphone, four letters; the word itself if it is not in the Latin alphabet.
pub(crate) fn sound(word: &str) -> String {
    if !word.is_ascii() {
        return word.to_owned();
    }
    let code = DoubleMetaphone::default().encode(word);
    if code.is_empty() { word.to_owned() } else { code }
}

/// Whether two names are one name misspelt: a slip of the pen, a mishearing, a letter read wrong by a machine.
pub(crate) fn are_alike(one: &str, other: &str) -> bool {
    let shorter = one.chars().count().min(other.chars().count());
    if shorter < 3 {
        return false;
    }
    let slips = strsim::damerau_levenshtein(one, other);
    let likeness = strsim::jaro_winkler(one, other);
    (slips <= 1 && shorter >= 4)
        || (slips <= 2 && shorter >= 6)
        || likeness >= 0.93
        || (likeness >= 0.82 && sound(one) == sound(other))
        || (shorter >= 4 && (one.starts_with(other) || other.starts_with(one)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_apostrophes_and_hyphens_fold() {
        assert_eq!(fold("  O\u{2019}Brien-Núñez "), "obrien nunez");
        assert_eq!(fold("D'Angelo"), "dangelo");
        assert_eq!(fold("Łukasz Großmann"), "lukasz grossmann");
        assert_eq!(fold("José"), fold("Jose\u{301}"));
    }

    #[test]
    fn placeholders_are_no_names() {
        for text in [
            "Unknown",
            "DOE",
            "Client Refused",
            "n/a",
            "",
            "--",
            "John Doe",
            "Baby Boy",
        ] {
            assert!(Name::read(text).is_none(), "{text}");
        }
        assert!(Name::read("Doerr").is_some());
    }

    #[test]
    fn a_suffix_in_the_name_is_split_off() {
        let (name, suffix) = Name::read("Brightwater, Jr.").unwrap().split_suffix();
        assert_eq!(name.unwrap().joined(), "brightwater");
        assert!(suffix == Some(Suffix::Junior));
        assert!(Suffix::Junior.contradicts(Suffix::Senior) && !Suffix::Junior.contradicts(Suffix::Second));
    }

    #[test]
    fn misspellings_are_alike_and_other_names_are_not() {
        for (one, other) in [
            ("catherine", "kathrine"),
            ("simone", "simpne"),
            ("brightwater", "brigthwater"),
        ] {
            assert!(are_alike(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("maria", "mark"),
            ("stroud", "finch"),
            ("lee", "li"),
            ("james", "john"),
        ] {
            assert!(!are_alike(one, other), "{one} {other}");
        }
    }
}
