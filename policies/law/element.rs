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
            category: Topic(Known::Alone(element.category)),
            source: &element.source,
            regimes: element.regimes,
            sensitivity: element.sensitivity,
            facts: &element.facts,
            holder: element.holder(),
        }
    }

    /// An element like this one, of whichever category the watch is set to.
    pub(crate) const fn watched(self, watch: &'a Watch) -> Self {
        Self {
            category: Topic(Known::Watched(watch)),
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
pub(crate) struct Topic<'a>(Known<'a>);

#[derive(Clone, Copy)]
enum Known<'a> {
    /// Of this element alone.
    Alone(Category),
    /// Of one element that speaks for all that are alike.
    Watched(&'a Watch),
}

impl Topic<'_> {
    /// Whether it is in a set.
    pub(crate) fn within(self, categories: WordSet<Category>) -> bool {
        match self.0 {
            Known::Alone(category) => categories.contains(category),
            Known::Watched(watch) => watch.within(categories),
        }
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

/// Which category a rule is asked about now, and of which others everything it asked so far would have been answered
/// alike.
#[derive(Debug)]
pub(crate) struct Watch {
    about: Cell<Category>,
    alike: Cell<WordSet<Category>>,
}

impl Watch {
    /// On one category, which speaks for itself alone.
    pub(crate) fn on(category: Category) -> Self {
        Self {
            about: Cell::new(category),
            alike: Cell::new(WordSet::EMPTY.with(category)),
        }
    }

    /// Asks about `category` on behalf of all of `categories`: before anything is asked, all are alike.
    pub(crate) fn begin(&self, category: Category, categories: WordSet<Category>) {
        self.about.set(category);
        self.alike.set(categories);
    }

    /// Those that are still alike; the one asked about is always among them.
    pub(crate) const fn alike(&self) -> WordSet<Category> {
        self.alike.get()
    }

    fn within(&self, asked: WordSet<Category>) -> bool {
        let inside = asked.contains(self.about.get());
        let alike = self.alike.get();
        self.alike.set(if inside {
            alike.intersection(asked)
        } else {
            alike.difference(asked)
        });
        inside
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
        let (all, watch) = (WordSet::all(), Watch::on(Category::Labs));
        let element = Element::of(&facts).watched(&watch);
        watch.begin(Category::Labs, all);
        assert_eq!(watch.alike(), all);
        assert!(element.category != Category::Hiv);
        assert_eq!(watch.alike(), all.difference(WordSet::EMPTY.with(Category::Hiv)));
        assert!(
            element
                .category
                .is_one_of(&[Category::Labs, Category::Hiv, Category::Claims])
        );
        assert_eq!(
            watch.alike(),
            [Category::Labs, Category::Claims].into_iter().collect()
        );
        assert!(element.category.covered_by(CategoryScope::All));
        assert_eq!(watch.alike().len(), 2);
    }
}
