//! What a permission opens and what an exception takes out of it.
//!
//! A form here opens one box: these recipients, for these purposes, this information. An exception that cuts along one
//! side leaves a box; one that cuts out a corner does not, and is refused rather than rounded.

use std::collections::BTreeSet;

use gateway_types::vocabulary::PurposeOfUse;
use gateway_types::{AgencyId, Timestamp, WordSet};

use super::parties::{Left, are_among, without};
use crate::terms::{CategoryScope, Recipients};

/// A provision's own conditions. What is `None` is not limited by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) who: Option<Recipients>,
    pub(super) purposes: Option<WordSet<PurposeOfUse>>,
    pub(super) categories: Option<CategoryScope>,
    pub(super) until: Option<Timestamp>,
}

/// What is permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Permitted {
    pub(super) who: Recipients,
    pub(super) except: BTreeSet<AgencyId>,
    pub(super) purposes: WordSet<PurposeOfUse>,
    pub(super) categories: CategoryScope,
    pub(super) until: Option<Timestamp>,
}

pub(super) const NOTHING_LEFT: &str = "nothing is permitted: there is no consent to be recorded";
pub(super) const CORNER: &str = "this exception limits more than one of recipient, purpose and information; put what is left into Consents of their own";
pub(super) const UNCLEAR: &str =
    "whom this exception leaves cannot be told: part of an agency, or a class that others may belong to";
pub(super) const INHERITED: &str =
    "this forbids a purpose that follows from one permitted; permit the single purposes instead";
pub(super) const ALL_BUT: &str = "an exception from all information; permit the single categories instead";
pub(super) const NOT_ONE: &str = "these permissions differ in more than one of recipient, purpose and information; send a Consent for each";

/// The purposes that a permission for `purposes` lets happen.
fn follow_from(purposes: WordSet<PurposeOfUse>) -> WordSet<PurposeOfUse> {
    let mut all = purposes;
    if purposes.contains(PurposeOfUse::Treat) {
        all.insert(PurposeOfUse::Coc);
    }
    if purposes.contains(PurposeOfUse::Hoperat) {
        all.insert(PurposeOfUse::Hqualimp);
    }
    all
}

enum Side<T> {
    Untouched,
    Gone,
    Cut(T),
}

impl Permitted {
    /// Whether nothing at all is permitted.
    fn is_empty(&self) -> bool {
        self.who == Recipients::default() || self.purposes.is_empty() || self.categories.is_empty()
    }

    /// Takes out what `denied` names; where that names nothing on a side, it means everything there.
    pub(super) fn without(&mut self, denied: &Limits) -> Result<(), &'static str> {
        if self.is_empty() {
            return Ok(());
        }
        let who = match denied.who.as_ref().map(|who| without(&self.who, who)) {
            None | Some(Left::Nobody) => Side::Gone,
            Some(Left::All) => Side::Untouched,
            Some(Left::Some(left, except)) => Side::Cut((left, except)),
            Some(Left::Unclear) => return Err(UNCLEAR),
        };
        let purposes = match denied.purposes {
            None => Side::Gone,
            Some(denied) => {
                let left = self.purposes.difference(denied);
                if follow_from(self.purposes).is_subset_of(denied) {
                    Side::Gone
                } else if follow_from(self.purposes).intersection(denied).is_empty() {
                    Side::Untouched
                } else if !follow_from(left).intersection(denied).is_empty() {
                    return Err(INHERITED);
                } else if left.is_empty() {
                    Side::Gone
                } else {
                    Side::Cut(left)
                }
            }
        };
        let categories = match (denied.categories, self.categories) {
            (None | Some(CategoryScope::All), _) => Side::Gone,
            (Some(_), CategoryScope::All) => return Err(ALL_BUT),
            (Some(CategoryScope::Only(denied)), CategoryScope::Only(mine)) => {
                let left = mine.difference(denied);
                if left.is_empty() {
                    Side::Gone
                } else if left == mine {
                    Side::Untouched
                } else {
                    Side::Cut(left)
                }
            }
        };
        match (who, purposes, categories) {
            (Side::Untouched, _, _) | (_, Side::Untouched, _) | (_, _, Side::Untouched) => {}
            (Side::Gone, Side::Gone, Side::Gone) => return Err(NOTHING_LEFT),
            (Side::Cut((left, except)), Side::Gone, Side::Gone) => {
                self.who = left;
                self.except.extend(except);
            }
            (Side::Gone, Side::Cut(left), Side::Gone) => self.purposes = left,
            (Side::Gone, Side::Gone, Side::Cut(left)) => self.categories = CategoryScope::Only(left),
            _ => return Err(CORNER),
        }
        Ok(())
    }

    /// Puts another permission beside it, if together they are one box.
    pub(super) fn or(self, other: Self) -> Result<Self, &'static str> {
        if self.until != other.until || self.except != other.except {
            return Err(NOT_ONE);
        }
        let same = (
            self.who == other.who,
            self.purposes == other.purposes,
            self.categories == other.categories,
        );
        let mut one = self;
        match same {
            (true, true, true) => {}
            (false, true, true) => {
                // Persons named beside their agency would narrow it.
                let apart = |one: &Recipients, other: &Recipients| {
                    let mut persons = one.persons.iter();
                    persons.all(|person| !other.agencies.contains(&person.agency))
                };
                if !apart(&one.who, &other.who) || !apart(&other.who, &one.who) {
                    return Err(NOT_ONE);
                }
                one.who.agencies.extend(other.who.agencies);
                one.who.persons.extend(other.who.persons);
                one.who.classes = one.who.classes.union(other.who.classes);
            }
            (true, false, true) => one.purposes = one.purposes.union(other.purposes),
            (true, true, false) => match (one.categories, other.categories) {
                (CategoryScope::Only(mine), CategoryScope::Only(theirs)) => {
                    one.categories = CategoryScope::Only(mine.union(theirs));
                }
                _ => return Err(NOT_ONE),
            },
            _ => return Err(NOT_ONE),
        }
        Ok(one)
    }
}

impl Limits {
    /// Whether everything that `inner` names is named here too, purposes with what HL7 puts below them.
    pub(super) fn contain(&self, inner: &Self) -> bool {
        let who = match (&self.who, &inner.who) {
            (Some(whole), Some(part)) => are_among(part, whole),
            _ => true,
        };
        let purposes = match (self.purposes, inner.purposes) {
            (Some(whole), Some(part)) => part.is_subset_of(whole),
            _ => true,
        };
        let categories = match (self.categories, inner.categories) {
            (Some(CategoryScope::Only(whole)), Some(CategoryScope::Only(part))) => part.is_subset_of(whole),
            (Some(CategoryScope::Only(_)), Some(CategoryScope::All)) => false,
            _ => true,
        };
        who && purposes && categories
    }
}

/// What both of two lists of categories hold.
pub(super) fn both(one: CategoryScope, other: CategoryScope) -> CategoryScope {
    match (one, other) {
        (CategoryScope::All, other) => other,
        (one, CategoryScope::All) => one,
        (CategoryScope::Only(one), CategoryScope::Only(other)) => {
            CategoryScope::Only(one.intersection(other))
        }
    }
}
