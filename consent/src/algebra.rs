//! The scope of a consent as a set of single disclosures: from whom, to whom, which information, what for, when.
//!
//! A set of disclosures is a list of [`Strip`]s, each a box over the five dimensions. Intersection, union and difference
//! give such lists again, so that a revocation is a difference and "no wider than" a question with an answer. Nothing
//! means nothing: a dimension without a member empties its strip.

use std::collections::BTreeSet;

use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, RecipientClass};
use gateway_types::{AgencyId, Timestamp, Word as _, WordSet};

use crate::combination::{CombinationBarred, check_combination};
use crate::consent::{Consent, Paper};
use crate::scope::{Ask, Party};
use crate::signing::RevocationScope;
use crate::terms::{CategoryScope, EventState, Expiry, NamedPerson, Terms};
use crate::usable::{DAY, EVENT_WORD_DAYS, Unusable};

/// A set of disclosures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    strips: Vec<Strip>,
}

/// Disclosures that differ in each dimension apart.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Strip {
    from: Parties,
    to: Parties,
    categories: WordSet<Category>,
    purposes: WordSet<PurposeOfUse>,
    period: Period,
}

/// A time, its end not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Period {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// Agencies, or persons there, that meet every condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Parties {
    /// One of these agencies; `None`: any.
    only: Option<BTreeSet<AgencyId>>,
    /// None of these.
    except: BTreeSet<AgencyId>,
    /// For each: a member of one of these classes.
    within: Vec<WordSet<RecipientClass>>,
    /// A member of none of these classes.
    without: WordSet<RecipientClass>,
    /// One of these persons; `None`: anybody or nobody in particular.
    persons: Option<BTreeSet<NamedPerson>>,
    /// None of these persons.
    not_persons: BTreeSet<NamedPerson>,
}

impl Parties {
    fn agencies(only: BTreeSet<AgencyId>) -> Self {
        Self {
            only: Some(only),
            ..Self::default()
        }
    }

    fn members_of(classes: WordSet<RecipientClass>) -> Self {
        Self {
            within: vec![classes.difference(WordSet::EMPTY.with(RecipientClass::Anyone))],
            ..Self::default()
        }
    }

    fn these_persons(persons: BTreeSet<NamedPerson>) -> Self {
        Self {
            persons: Some(persons),
            ..Self::default()
        }
    }

    fn has(&self, party: Party<'_>, person: Option<&NamedPerson>) -> bool {
        let meets = |group: &WordSet<RecipientClass>| !group.intersection(party.classes).is_empty();
        self.only.as_ref().is_none_or(|only| only.contains(party.agency))
            && !self.except.contains(party.agency)
            && self.within.iter().all(meets)
            && !meets(&self.without)
            && self
                .persons
                .as_ref()
                .is_none_or(|persons| person.is_some_and(|person| persons.contains(person)))
            && person.is_none_or(|person| !self.not_persons.contains(person))
    }

    /// Whether it is seen at once that everybody of it is in `other`: each condition there follows from one here.
    fn is_within(&self, other: &Self) -> bool {
        fn follows<T: Ord>(ours: Option<&BTreeSet<T>>, theirs: Option<&BTreeSet<T>>) -> bool {
            theirs.is_none_or(|theirs| ours.is_some_and(|ours| ours.is_subset(theirs)))
        }
        let implied =
            |group: &WordSet<RecipientClass>| self.within.iter().any(|ours| ours.is_subset_of(*group));
        follows(self.only.as_ref(), other.only.as_ref())
            && follows(self.persons.as_ref(), other.persons.as_ref())
            && other.except.is_subset(&self.except)
            && other.not_persons.is_subset(&self.not_persons)
            && other.without.is_subset_of(self.without)
            && other.within.iter().all(implied)
    }

    fn and(&self, other: &Self) -> Self {
        fn both<T: Ord + Clone>(
            one: Option<&BTreeSet<T>>,
            other: Option<&BTreeSet<T>>,
        ) -> Option<BTreeSet<T>> {
            match (one, other) {
                (Some(one), Some(other)) => Some(one & other),
                (one, other) => one.or(other).cloned(),
            }
        }
        let mut within = self.within.clone();
        within.extend(
            other
                .within
                .iter()
                .filter(|group| !self.within.contains(group))
                .copied(),
        );
        Self {
            only: both(self.only.as_ref(), other.only.as_ref()),
            except: &self.except | &other.except,
            within,
            without: self.without.union(other.without),
            persons: both(self.persons.as_ref(), other.persons.as_ref()),
            not_persons: &self.not_persons | &other.not_persons,
        }
    }

    /// Everybody else, as sets that cover it together.
    fn others(&self) -> Vec<Self> {
        let mut others = Vec::new();
        if let Some(only) = &self.only {
            others.push(Self {
                except: only.clone(),
                ..Self::default()
            });
        }
        others.push(Self::agencies(self.except.clone()));
        others.extend(self.within.iter().map(|group| Self {
            without: *group,
            ..Self::default()
        }));
        others.push(Self {
            within: vec![self.without],
            ..Self::default()
        });
        if let Some(persons) = &self.persons {
            others.push(Self {
                not_persons: persons.clone(),
                ..Self::default()
            });
        }
        others.push(Self::these_persons(self.not_persons.clone()));
        others.retain(|set| !set.is_empty());
        others
    }

    /// Whether nobody can meet the conditions, whatever classes an agency may belong to.
    fn is_empty(&self) -> bool {
        let possible = |agency: &AgencyId| {
            self.only.as_ref().is_none_or(|only| only.contains(agency)) && !self.except.contains(agency)
        };
        let nobody = match (&self.persons, &self.only) {
            (Some(persons), _) => !persons
                .iter()
                .any(|person| !self.not_persons.contains(person) && possible(&person.agency)),
            (None, Some(only)) => !only.iter().any(possible),
            (None, None) => false,
        };
        nobody || self.within.iter().any(|group| group.is_subset_of(self.without))
    }
}

impl Period {
    const ALWAYS: Self = Self {
        from: None,
        until: None,
    };

    fn has(self, moment: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= moment) && self.until.is_none_or(|until| moment < until)
    }

    fn and(self, other: Self) -> Self {
        let until = match (self.until, other.until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        // `None` is the lowest.
        Self {
            from: self.from.max(other.from),
            until,
        }
    }

    fn others(self) -> Vec<Self> {
        let before = self.from.map(|from| Self {
            from: None,
            until: Some(from),
        });
        let after = self.until.map(|until| Self {
            from: Some(until),
            until: None,
        });
        before.into_iter().chain(after).collect()
    }

    fn is_empty(self) -> bool {
        matches!((self.from, self.until), (Some(from), Some(until)) if until <= from)
    }
}

impl Strip {
    fn everything() -> Self {
        Self {
            from: Parties::default(),
            to: Parties::default(),
            categories: WordSet::all(),
            purposes: WordSet::all(),
            period: Period::ALWAYS,
        }
    }

    fn is_empty(&self) -> bool {
        self.categories.is_empty()
            || self.purposes.is_empty()
            || self.period.is_empty()
            || self.from.is_empty()
            || self.to.is_empty()
    }

    /// Whether it is seen at once that every disclosure of it is in `other`.
    fn is_within(&self, other: &Self) -> bool {
        self.categories.is_subset_of(other.categories)
            && self.purposes.is_subset_of(other.purposes)
            && self.period.and(other.period) == self.period
            && self.from.is_within(&other.from)
            && self.to.is_within(&other.to)
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            from: self.from.and(&other.from),
            to: self.to.and(&other.to),
            categories: self.categories.intersection(other.categories),
            purposes: self.purposes.intersection(other.purposes),
            period: self.period.and(other.period),
        }
    }

    /// What is not in this strip, as strips that cover it together.
    fn others(&self) -> Vec<Self> {
        let whole = Self::everything;
        let mut others = Vec::new();
        others.extend(self.from.others().into_iter().map(|from| Self {
            from,
            ..Self::everything()
        }));
        others.extend(self.to.others().into_iter().map(|to| Self { to, ..whole() }));
        others.push(Self {
            categories: WordSet::all().difference(self.categories),
            ..whole()
        });
        others.push(Self {
            purposes: WordSet::all().difference(self.purposes),
            ..whole()
        });
        let periods = self.period.others().into_iter();
        others.extend(periods.map(|period| Self { period, ..whole() }));
        others.retain(|strip| !strip.is_empty());
        others
    }
}

impl Scope {
    /// No disclosure at all.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { strips: Vec::new() }
    }

    fn of(strips: impl IntoIterator<Item = Strip>) -> Self {
        let mut kept: Vec<Strip> = Vec::new();
        for strip in strips {
            if !strip.is_empty() && !kept.iter().any(|kept| strip.is_within(kept)) {
                kept.retain(|kept| !kept.is_within(&strip));
                kept.push(strip);
            }
        }
        Self { strips: kept }
    }

    /// Whether the disclosure `ask`, made at `when`, is among them.
    #[must_use]
    pub fn contains(&self, ask: &Ask<'_>, when: Timestamp) -> bool {
        let person = ask.person.map(|staff| NamedPerson {
            agency: ask.recipient.agency.clone(),
            staff: staff.clone(),
        });
        self.strips.iter().any(|strip| {
            strip.period.has(when)
                && strip.categories.contains(ask.category)
                && strip.purposes.contains(ask.purpose)
                && strip.from.has(ask.discloser, None)
                && strip.to.has(ask.recipient, person.as_ref())
        })
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.strips.is_empty()
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let pairs = self
            .strips
            .iter()
            .flat_map(|one| other.strips.iter().map(|other| one.and(other)));
        Self::of(pairs)
    }

    /// What is in either. Of two consents, see [`Consent::joined_scope`].
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::of(self.strips.iter().chain(&other.strips).cloned())
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut left = self.clone();
        for gone in &other.strips {
            let others = gone.others();
            let rest = left.strips.iter().flat_map(|strip| {
                // What does not meet stays whole: cut up it would be the same set in more pieces.
                if strip.and(gone).is_empty() {
                    vec![strip.clone()]
                } else {
                    others.iter().map(|other| strip.and(other)).collect()
                }
            });
            left = Self::of(rest);
        }
        left
    }

    /// Whether all of it is in the other.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.difference(other).is_empty()
    }

    /// Every disclosure of these agencies' records.
    fn from_agencies(agencies: BTreeSet<AgencyId>) -> Self {
        Self::of([Strip {
            from: Parties::agencies(agencies),
            ..Strip::everything()
        }])
    }

    /// Every disclosure to these agencies from `since` on: what a partial revocation takes away.
    fn to_agencies_since(agencies: &BTreeSet<AgencyId>, since: Timestamp) -> Self {
        Self::of([Strip {
            to: Parties::agencies(agencies.clone()),
            period: Period {
                from: Some(since),
                until: None,
            },
            ..Strip::everything()
        }])
    }

    pub(crate) fn since(moment: Timestamp) -> Self {
        Self::of([Strip {
            period: Period {
                from: Some(moment),
                until: None,
            },
            ..Strip::everything()
        }])
    }
}

impl Terms {
    /// What the form describes, whenever that may hold.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.scope_during(Period::ALWAYS)
    }

    fn scope_during(&self, period: Period) -> Scope {
        let categories = match self.categories {
            CategoryScope::Only(named) => named,
            CategoryScope::All => Category::ALL
                .iter()
                .copied()
                .filter(|category| self.categories.contains(*category))
                .collect(),
        };
        let purposes = PurposeOfUse::ALL
            .iter()
            .copied()
            .filter(|purpose| self.lists_purpose(*purpose))
            .collect();
        let from = [
            Parties::agencies(self.discloser.agencies.clone()),
            Parties::members_of(self.discloser.classes),
        ];
        // Where persons of an agency are named, they are meant and not the whole agency (2.35(a)).
        let by_person = |agency: &&AgencyId| {
            self.recipients
                .persons
                .iter()
                .any(|person| person.agency == **agency)
        };
        let agencies = if self.kind == ConsentKind::CriminalJustice {
            BTreeSet::new()
        } else {
            self.recipients
                .agencies
                .iter()
                .filter(|agency| !by_person(agency))
                .cloned()
                .collect()
        };
        let to = [
            Parties::agencies(agencies),
            Parties::members_of(self.recipients.classes),
            Parties::these_persons(self.recipients.persons.clone()),
        ];
        let strips = from.iter().flat_map(|from| {
            to.iter().map(|to| Strip {
                from: from.clone(),
                to: to.clone(),
                categories,
                purposes,
                period,
            })
        });
        Scope::of(strips)
    }
}

impl Consent {
    /// What may be disclosed on it as things stand at `now`: nothing unless it may be relied on, until its end as far as
    /// it is known, less what was taken back.
    #[must_use]
    pub fn scope(&self, now: Timestamp) -> Scope {
        match self.usable_at(now) {
            Ok(()) => self.could_cover(now),
            Err(_) => Scope::nothing(),
        }
    }

    /// What may be disclosed on it, but that it rests or waits for a word: nothing of one that is defective or over.
    pub(crate) fn could_cover(&self, now: Timestamp) -> Scope {
        let waits = |reason: &Unusable| matches!(reason, Unusable::Suspended | Unusable::EventUnknown);
        let may = match self.usable_at(now) {
            Ok(()) => true,
            Err(reasons) => reasons.iter().all(waits),
        };
        let (Some(paper), true) = (self.paper(), may) else {
            return Scope::nothing();
        };
        let period = Period {
            from: Some(paper.signature.signed_at),
            until: self.known_end(paper),
        };
        let bound = std::iter::once(&paper.recorded.by.agency).chain(paper.confirmed.keys());
        let bound = Scope::from_agencies(bound.cloned().collect());
        let mut scope = self.terms.scope_during(period).intersection(&bound);
        for revocation in self.revocations() {
            let gone = match &revocation.scope {
                RevocationScope::Whole => Scope::since(revocation.at),
                RevocationScope::Recipients(agencies) => Scope::to_agencies_since(agencies, revocation.at),
            };
            scope = scope.difference(&gone);
        }
        scope
    }

    fn known_end(&self, paper: &Paper) -> Option<Timestamp> {
        match self.terms.expiry {
            Expiry::At(end) => Some(end),
            Expiry::Event(_) => {
                paper
                    .event
                    .as_ref()
                    .map(|heard| heard.report)
                    .map(|heard| match heard.state {
                        EventState::NotOccurred => heard.as_of.plus_seconds(EVENT_WORD_DAYS * DAY),
                        EventState::Occurred | EventState::Unknown => heard.as_of,
                    })
            }
            Expiry::None | Expiry::Unstated => None,
        }
    }

    /// What two consents cover together. Kinds that may not share a form are not added up: each is looked at by itself.
    ///
    /// # Errors
    /// [`CombinationBarred`].
    pub fn joined_scope(&self, other: &Self, now: Timestamp) -> Result<Scope, CombinationBarred> {
        if self.terms.kind != other.terms.kind {
            check_combination(self.terms.kind, other.terms.kind)?;
        }
        Ok(self.scope(now).union(&other.scope(now)))
    }
}
