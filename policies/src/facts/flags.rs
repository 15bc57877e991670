//! Sets of yes/no facts, written as the scenarios write them: one key for each fact that is true.

use std::collections::BTreeMap;

use gateway_types::vocabulary::{Category, Word, WordSet};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Yes/no facts of one vocabulary. Written as `"fact": true`; an omitted fact is false, an unknown one an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags<W: Word>(pub WordSet<W>);

impl<W: Word> Flags<W> {
    /// Whether the fact holds.
    #[must_use]
    pub fn has(self, fact: W) -> bool {
        self.0.contains(fact)
    }

    /// Whether all of the facts hold.
    #[must_use]
    pub fn has_all(self, facts: &[W]) -> bool {
        facts.iter().all(|fact| self.has(*fact))
    }
}

impl<W: Word> Default for Flags<W> {
    fn default() -> Self {
        Self(WordSet::EMPTY)
    }
}

impl<W: Word> FromIterator<W> for Flags<W> {
    fn from_iter<I: IntoIterator<Item = W>>(facts: I) -> Self {
        Self(facts.into_iter().collect())
    }
}

impl<W: Word> Serialize for Flags<W> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|fact| (fact.code(), true)))
    }
}

impl<'de, W: Word> Deserialize<'de> for Flags<W> {
    // Also takes the leftover keys of a flattened struct, so that a key which nobody knows is an error there too.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stated = BTreeMap::<String, bool>::deserialize(deserializer)?;
        let mut facts = WordSet::EMPTY;
        for (code, holds) in stated {
            let fact = W::from_code(&code).map_err(serde::de::Error::custom)?;
            if holds {
                facts.insert(fact);
            }
        }
        Ok(Self(facts))
    }
}

/// Which categories a document covers: those it names, or all because it says "all".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CategoryScope {
    /// The document says "all".
    All,
    /// The document names these; with none named it covers nothing.
    Only(WordSet<Category>),
}

impl CategoryScope {
    /// Whether `category` is covered.
    #[must_use]
    pub fn covers(self, category: Category) -> bool {
        match self {
            Self::All => true,
            Self::Only(named) => named.contains(category),
        }
    }
}

impl CategoryScope {
    /// Those of `categories` that are covered.
    #[must_use]
    pub fn among(self, categories: WordSet<Category>) -> WordSet<Category> {
        match self {
            Self::All => categories,
            Self::Only(named) => named.intersection(categories),
        }
    }

    /// What either covers.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Only(one), Self::Only(other)) => Self::Only(one.union(other)),
            _ => Self::All,
        }
    }
}

impl Default for CategoryScope {
    fn default() -> Self {
        Self::Only(WordSet::EMPTY)
    }
}

impl Serialize for CategoryScope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => ["all"].serialize(serializer),
            Self::Only(named) => named.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for CategoryScope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let codes = Vec::<String>::deserialize(deserializer)?;
        let mut named = WordSet::EMPTY;
        let mut all = false;
        for code in &codes {
            if code == "all" {
                all = true;
            } else {
                named.insert(Category::from_code(code).map_err(serde::de::Error::custom)?);
            }
        }
        Ok(if all { Self::All } else { Self::Only(named) })
    }
}

/// For `skip_serializing_if`: a false fact is omitted.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) const fn is_false(fact: &bool) -> bool {
    !*fact
}

/// For `skip_serializing_if`: a fact at its default is omitted.
pub(super) fn is_default<T: Default + PartialEq>(fact: &T) -> bool {
    *fact == T::default()
}
