//! What a rule sees of an element, and for which other categories it would have said the same.
//!
//! The elements of a record mostly differ in category alone. So a rule is asked about one of them, and what it wants
//! to know about the category is watched: a rule that only asked whether the category is on a list says the same of
//! the whole list, and one that never asked says the same of every category. Nobody has to declare this, so nobody can
//! declare it wrongly: the category itself cannot be read here, only asked about.

use std::cell::Cell;

use gateway_types::AgencyId;
use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity, WordSet};

use crate::facts::{CategoryScope, ElementFacts, Particularities};

/// An element as the rules see it.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) category: Topic<'a>,
    /// The organisation the record came from.
    pub(crate) source: &'a AgencyId,
    pub(crate) regimes: WordSet<Regime>,
    pub(crate) sensitivity: WordSet<Sensitivity>,
    pub(crate) facts: &'a Particularities,
    holder: &'a AgencyId,
}

impl<'a> Element<'a> {
    /// This element alone.
    pub(crate) fn of(element: &'a ElementFacts) -> Self {
        Self {
            category: Topic {
                category: element.category,
                alike: None,
            },
            source: &element.source,
            regimes: element.regimes,
            sensitivity: element.sensitivity,
            facts: &element.facts,
            holder: element.holder(),
        }
    }

    /// An element like this one but of `category`; what is asked about that is noted in `alike`.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "asked for when elements are judged together")
    )]
    pub(crate) const fn like(self, category: Category, alike: &'a Alike) -> Self {
        Self {
            category: Topic {
                category,
                alike: Some(alike),
            },
            ..self
        }
    }

    /// The organisation it would be released from now.
    pub(crate) const fn holder(&self) -> &'a AgencyId {
        self.holder
    }

    /// Whether a yes/no fact holds of it.
    pub(crate) fn is(&self, fact: ElementFact) -> bool {
        self.facts.flags.has(fact)
    }
}

/// The category of an element: it can be asked about, not read.
#[derive(Clone, Copy)]
pub(crate) struct Topic<'a> {
    category: Category,
    alike: Option<&'a Alike>,
}

impl Topic<'_> {
    /// Whether it is in a set.
    pub(crate) fn within(self, categories: WordSet<Category>) -> bool {
        let inside = categories.contains(self.category);
        if let Some(alike) = self.alike {
            alike.answered(categories, inside);
        }
        inside
    }

    /// Whether it is on a list.
    pub(crate) fn is_one_of(self, categories: &[Category]) -> bool {
        self.within(categories.iter().copied().collect())
    }

    /// Whether a document covers it.
    pub(crate) fn covered_by(self, scope: CategoryScope) -> bool {
        match scope {
            CategoryScope::All => true,
            CategoryScope::Only(named) => self.within(named),
        }
    }
}

impl PartialEq<Category> for Topic<'_> {
    fn eq(&self, category: &Category) -> bool {
        self.within(WordSet::EMPTY.with(*category))
    }
}

/// The categories of which everything that was asked so far would have been answered alike.
#[derive(Debug)]
pub(crate) struct Alike(Cell<WordSet<Category>>);

impl Alike {
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "asked for when elements are judged together")
    )]
    /// Before anything is asked, all of `categories` are alike.
    pub(crate) const fn among(categories: WordSet<Category>) -> Self {
        Self(Cell::new(categories))
    }

    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "asked for when elements are judged together")
    )]
    /// Those that are still alike.
    pub(crate) const fn categories(&self) -> WordSet<Category> {
        self.0.get()
    }

    fn answered(&self, asked: WordSet<Category>, inside: bool) {
        let alike = self.0.get();
        self.0.set(if inside {
            alike.intersection(asked)
        } else {
            alike.difference(asked)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_asked_about_is_alike() {
        let facts: ElementFacts = serde_json::from_value(serde_json::json!({
            "id": "item", "category": "labs", "source": "clinic", "regimes": ["HIPAA"]
        }))
        .unwrap();
        let all = WordSet::all();
        let alike = Alike::among(all);
        let element = Element::of(&facts).like(Category::Labs, &alike);
        assert_eq!(alike.categories(), all);
        assert!(element.category != Category::Hiv);
        assert_eq!(
            alike.categories(),
            all.difference(WordSet::EMPTY.with(Category::Hiv))
        );
        assert!(
            element
                .category
                .is_one_of(&[Category::Labs, Category::Hiv, Category::Claims])
        );
        assert_eq!(
            alike.categories(),
            [Category::Labs, Category::Claims].into_iter().collect()
        );
        assert!(element.category.covered_by(CategoryScope::All));
        assert_eq!(alike.categories().len(), 2);
    }
}
