//! Closed vocabularies: every word a partner, an agreement or a rule may use, and nothing else.
//!
//! A word outside its vocabulary is an input error, never a default. The codes are those of the acceptance
//! scenarios (HL7 codes where HL7 has one), so that a file, a token, a decision and a log entry speak alike.

mod agency;
mod consent;
mod decision;
mod element;
mod purpose;
mod request;
mod service_request;

pub use agency::*;
pub use consent::*;
pub use decision::*;
pub use element::*;
pub use purpose::*;
pub use request::*;
pub use service_request::*;

use std::fmt;
use std::marker::PhantomData;

/// A word of a closed vocabulary.
pub trait Word: Copy + Eq + Ord + fmt::Debug + 'static {
    /// What the vocabulary is called in messages, e.g. `purpose of use`.
    const VOCABULARY: &'static str;
    /// Every word, in the order of the standard or the scenarios.
    const ALL: &'static [Self];

    /// The word as it is written in files and on the wire.
    fn code(self) -> &'static str;

    /// The word's position in [`Word::ALL`]; below 128 for every vocabulary.
    fn index(self) -> u8;

    /// The word at a position of [`Word::ALL`]; `None` past its end.
    fn at(index: u8) -> Option<Self>;

    /// The word written `code`.
    ///
    /// # Errors
    /// [`UnknownWord`] if the vocabulary has no such word. The error does not repeat the input, which may
    /// hold client data that landed in the wrong column.
    fn from_code(code: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .iter()
            .copied()
            .find(|word| word.code() == code)
            .ok_or(UnknownWord {
                vocabulary: Self::VOCABULARY,
            })
    }
}

/// A word that its vocabulary does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a known {vocabulary}")]
pub struct UnknownWord {
    /// The vocabulary that was asked.
    pub vocabulary: &'static str,
}

/// A set of words of one vocabulary, as bits: cheap to copy, to intersect and to compare.
///
/// The empty set means nothing, never everything.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WordSet<W> {
    bits: u128,
    vocabulary: PhantomData<W>,
}

impl<W: Word> WordSet<W> {
    /// The set with no word.
    pub const EMPTY: Self = Self {
        bits: 0,
        vocabulary: PhantomData,
    };

    /// The set of every word of the vocabulary.
    #[must_use]
    pub fn all() -> Self {
        W::ALL.iter().copied().collect()
    }

    /// The set with `word` added.
    #[must_use]
    pub fn with(mut self, word: W) -> Self {
        self.insert(word);
        self
    }

    /// Adds `word`.
    pub fn insert(&mut self, word: W) {
        self.bits |= 1 << word.index();
    }

    /// Takes `word` out.
    pub fn remove(&mut self, word: W) {
        self.bits &= !(1 << word.index());
    }

    /// Whether `word` is in the set.
    #[must_use]
    pub fn contains(self, word: W) -> bool {
        self.bits & (1 << word.index()) != 0
    }

    /// Whether any of `words` is in the set.
    #[must_use]
    pub fn contains_any(self, words: &[W]) -> bool {
        words.iter().any(|word| self.contains(*word))
    }

    /// The words in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self {
            bits: self.bits & other.bits,
            vocabulary: PhantomData,
        }
    }

    /// The words in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            bits: self.bits | other.bits,
            vocabulary: PhantomData,
        }
    }

    /// The words of this set that are not in `other`.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        Self {
            bits: self.bits & !other.bits,
            vocabulary: PhantomData,
        }
    }

    /// Whether every word of this set is in `other`.
    #[must_use]
    pub fn is_subset_of(self, other: Self) -> bool {
        self.bits & !other.bits == 0
    }

    /// Whether the set has no word.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bits == 0
    }

    /// How many words the set has.
    #[must_use]
    pub fn len(self) -> u32 {
        self.bits.count_ones()
    }

    /// The first word, in the vocabulary's order.
    #[must_use]
    pub fn first(self) -> Option<W> {
        // The position of the lowest bit; past every vocabulary if there is none.
        u8::try_from(self.bits.trailing_zeros()).ok().and_then(W::at)
    }

    /// The words, in the vocabulary's order.
    pub fn iter(self) -> impl Iterator<Item = W> {
        let mut left = self;
        std::iter::from_fn(move || {
            let word = left.first()?;
            left.remove(word);
            Some(word)
        })
    }
}

impl<W: Word> Default for WordSet<W> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<W: Word> FromIterator<W> for WordSet<W> {
    fn from_iter<I: IntoIterator<Item = W>>(words: I) -> Self {
        words.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl<W: Word> fmt::Debug for WordSet<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<W: Word> serde::Serialize for WordSet<W> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Word::code))
    }
}

impl<'de, W: Word> serde::Deserialize<'de> for WordSet<W> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let codes = <Vec<std::borrow::Cow<'de, str>>>::deserialize(deserializer)?;
        codes
            .iter()
            .map(|code| W::from_code(code).map_err(serde::de::Error::custom))
            .collect()
    }
}

/// Declares one closed vocabulary: the enum, its codes and their text forms.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident, $called:literal { $($(#[$word_meta:meta])* $word:ident = $code:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$word_meta])* $word,)+ }

        impl crate::vocabulary::Word for $name {
            const VOCABULARY: &'static str = $called;
            const ALL: &'static [Self] = &[$(Self::$word,)+];

            fn code(self) -> &'static str {
                match self { $(Self::$word => $code,)+ }
            }

            fn index(self) -> u8 {
                self as u8
            }

            #[inline]
            fn at(index: u8) -> Option<Self> {
                // Compiled to a comparison with the length.
                match index {
                    $(index if index == Self::$word as u8 => Some(Self::$word),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(crate::vocabulary::Word::code(*self))
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::vocabulary::UnknownWord;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                crate::vocabulary::Word::from_code(code)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(crate::vocabulary::Word::code(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                crate::vocabulary::Word::from_code(&code).map_err(serde::de::Error::custom)
            }
        }
    };
}

use vocabulary;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_word_is_an_error_that_does_not_repeat_it() {
        let error = PurposeOfUse::from_code("Maria Lopez").unwrap_err();
        assert_eq!(error.to_string(), "not a known purpose of use");
    }

    #[test]
    fn sets_read_and_write_as_lists_of_codes() {
        let set: WordSet<Category> = [Category::Medications, Category::Demographics]
            .into_iter()
            .collect();
        let json = serde_json::to_string(&set).unwrap();
        assert_eq!(json, r#"["demographics","medications"]"#);
        assert_eq!(serde_json::from_str::<WordSet<Category>>(&json).unwrap(), set);
        assert!(serde_json::from_str::<WordSet<Category>>(r#"["diagnosis"]"#).is_err());
    }

    #[test]
    fn a_set_gives_back_its_words_in_order() {
        let words = [Category::DisclosureLog, Category::Demographics, Category::Hiv];
        let set: WordSet<Category> = words.into_iter().collect();
        assert_eq!(set.first(), Some(Category::Demographics));
        assert!(
            set.iter()
                .eq([Category::Demographics, Category::Hiv, Category::DisclosureLog])
        );
        assert!(
            WordSet::<Category>::all()
                .iter()
                .eq(Category::ALL.iter().copied())
        );
        assert_eq!(WordSet::<Category>::EMPTY.first(), None);
        assert_eq!(WordSet::<Category>::EMPTY.iter().next(), None);
    }

    #[test]
    fn every_vocabulary_fits_a_set() {
        assert_eq!(WordSet::<Basis>::all().len() as usize, Basis::ALL.len());
        assert_eq!(WordSet::<Role>::all().len() as usize, Role::ALL.len());
    }
}
