//! What a clause reaches, as a box: for each thing it asks about, the answers that it takes. A box lies in another
//! exactly if it does so in each of these, so that "wholly shadowed" needs no solver.

use std::collections::{BTreeMap, BTreeSet};

use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, Role, WordSet};
use gateway_types::{AgencyId, Timestamp};
use policies::agreements::{Agreement, Clause, PolicePresent};
use policies::facts::CategoryScope;
use policies::mou::Condition;

/// What a clause demands besides parties, time, purposes and categories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Demands {
    /// Empty: any role.
    pub(super) roles: WordSet<Role>,
    /// Empty: none.
    pub(super) consent: WordSet<ConsentKind>,
    pub(super) when: Vec<Condition>,
    pub(super) police: PolicePresent,
}

impl Demands {
    /// Nothing.
    pub(super) const NOTHING: Self = Self {
        roles: WordSet::EMPTY,
        consent: WordSet::EMPTY,
        when: Vec::new(),
        police: PolicePresent::TreatAsRecipient,
    };

    /// Whether whatever meets this meets the other.
    pub(super) fn imply(&self, other: &Self) -> bool {
        let every_role = other.roles.is_empty() || other.roles == WordSet::all();
        let roles = every_role || (!self.roles.is_empty() && self.roles.is_subset_of(other.roles));
        let consent = other.consent.is_empty()
            || (!self.consent.is_empty() && self.consent.is_subset_of(other.consent));
        roles
            && consent
            && other.when.iter().all(|condition| self.when.contains(condition))
            && (other.police == PolicePresent::TreatAsRecipient || self.police == PolicePresent::Withhold)
    }
}

/// One clause of a set.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub(super) agreement: usize,
    pub(super) clause: usize,
    pub(super) from: BTreeSet<AgencyId>,
    pub(super) to: BTreeSet<AgencyId>,
    /// Whether the paper names those who share; then their roles are not asked for when they push.
    names_sharers: bool,
    pub(super) purposes: WordSet<PurposeOfUse>,
    pub(super) share: WordSet<Category>,
    pub(super) demands: Demands,
    term: Term,
}

type Term = (Timestamp, Option<Timestamp>);

impl Reach {
    pub(super) fn of(agreement: &Agreement, at: usize, clause: &Clause, place: usize) -> Self {
        let side = |named: &[AgencyId]| {
            agreement
                .parties()
                .iter()
                .filter(|party| named.is_empty() || named.contains(party))
                .cloned()
                .collect()
        };
        Self {
            agreement: at,
            clause: place,
            from: side(&clause.from),
            to: side(&clause.to),
            names_sharers: !clause.from.is_empty(),
            purposes: clause.purposes,
            share: clause.share.among(WordSet::all()),
            demands: Demands {
                roles: clause.roles,
                consent: clause.consent,
                when: clause.when.clone(),
                police: agreement.police_present(),
            },
            term: agreement.term(),
        }
    }

    /// Whether it is ever in force.
    pub(super) fn has_time(&self) -> bool {
        self.term.1.is_none_or(|end| self.term.0 < end)
    }

    /// Two different agencies, of whom one may see the other's, for each such pair.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&AgencyId, &AgencyId)> {
        self.from
            .iter()
            .flat_map(|from| self.to.iter().map(move |to| (from, to)))
            .filter(|(from, to)| from != to)
    }

    /// Whether everything that this permits, at the gate and of elements, the other permits too.
    pub(super) fn within(&self, other: &Self) -> bool {
        let pushed_by_any_role = !self.names_sharers
            || other.names_sharers
            || other.demands.roles.is_empty()
            || other.demands.roles == WordSet::all();
        self.from.is_subset(&other.from)
            && self.to.is_subset(&other.to)
            && self.purposes.is_subset_of(other.purposes)
            && self.share.is_subset_of(other.share)
            && self.demands.imply(&other.demands)
            && pushed_by_any_role
            && other.term.0 <= self.term.0
            && other
                .term
                .1
                .is_none_or(|end| self.term.1.is_some_and(|ours| ours <= end))
    }
}

/// A promise of a set.
pub(super) struct Bar {
    purposes: WordSet<PurposeOfUse>,
    share: WordSet<Category>,
    term: Term,
}

/// The promises of a set, by those whose data they keep back and those from whom.
pub(super) struct Bars {
    bars: BTreeMap<(AgencyId, AgencyId), Vec<Bar>>,
}

impl Bars {
    pub(super) fn of(agreements: &[Agreement]) -> Self {
        let mut bars: BTreeMap<(AgencyId, AgencyId), Vec<Bar>> = BTreeMap::new();
        for agreement in agreements {
            for promise in agreement.promises() {
                let parties = agreement.parties();
                let from = parties
                    .iter()
                    .filter(|party| promise.from.is_empty() || promise.from.contains(party));
                for from in from {
                    for to in parties.iter().filter(|party| promise.to.contains(party)) {
                        bars.entry((from.clone(), to.clone())).or_default().push(Bar {
                            purposes: if promise.purposes.is_empty() {
                                WordSet::all()
                            } else {
                                promise.purposes
                            },
                            share: CategoryScope::among(promise.share, WordSet::all()),
                            term: agreement.term(),
                        });
                    }
                }
            }
        }
        Self { bars }
    }

    /// What is left of a clause, by purpose: what at least one of its pairs keeps back for less than its whole term.
    pub(super) fn leave_open(&self, reach: &Reach) -> BTreeMap<PurposeOfUse, WordSet<Category>> {
        let mut open: BTreeMap<PurposeOfUse, WordSet<Category>> = BTreeMap::new();
        for (from, to) in reach.pairs() {
            let bars = self.bars.get(&(from.clone(), to.clone()));
            for purpose in reach.purposes.iter() {
                let left = open.entry(purpose).or_insert(WordSet::EMPTY);
                if reach.share.is_subset_of(*left) {
                    continue;
                }
                let barred: Vec<&Bar> = bars
                    .into_iter()
                    .flatten()
                    .filter(|bar| bar.purposes.contains(purpose))
                    .collect();
                for category in reach.share.difference(*left).iter() {
                    let mut terms: Vec<Term> = barred
                        .iter()
                        .filter(|bar| bar.share.contains(category))
                        .map(|bar| bar.term)
                        .collect();
                    if !fill(&mut terms, reach.term) {
                        left.insert(category);
                    }
                }
            }
        }
        open.retain(|_, categories| !categories.is_empty());
        open
    }
}

/// Whether these times together fill a term.
fn fill(times: &mut [Term], (start, end): Term) -> bool {
    times.sort();
    let mut reached = start;
    for (from, to) in times.iter() {
        if *from > reached {
            return false;
        }
        match to {
            None => return true,
            Some(to) if *to > reached => reached = *to,
            Some(_) => {}
        }
        if end.is_some_and(|end| reached >= end) {
            return true;
        }
    }
    false
}
