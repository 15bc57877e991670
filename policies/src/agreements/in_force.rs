//! What is in force at the moment of one request: the active set through its index, and agreements given as facts.
//!
//! The few that come as facts, in scenarios and replays, are looked through; of the active set only what binds the two
//! agencies concerned is looked at.

use gateway_types::vocabulary::{Category, Initiator, PurposeOfUse, Role, WordSet};
use gateway_types::{AgencyId, Timestamp};

use super::index::{Index, Number};
use super::{Agreement, Agreements, Clause};
use crate::facts::{CategoryScope, RequestFacts};

/// The agreements that are in force at the moment of one request.
#[derive(Debug)]
pub(crate) struct InForce<'a> {
    set: &'a Agreements,
    stated: Vec<Agreement>,
    now: Timestamp,
    lookup: Lookup,
}

/// How the active set is gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// By its index.
    Indexed,
    /// One agreement after the other, as a control of the index.
    Scanned,
}

/// A clause in force that runs from one agency to another for the purpose of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane<'a> {
    pub(crate) agreement: &'a Agreement,
    pub(crate) clause: &'a Clause,
}

/// An agency, and how the index of the active set calls it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party<'a> {
    pub(crate) id: &'a AgencyId,
    /// `None`: it is party to no agreement of the set.
    pub(crate) number: Option<Number>,
}

/// From the agency that holds to the one that would receive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'a> {
    pub(crate) from: Party<'a>,
    pub(crate) to: Party<'a>,
}

impl Agreements {
    /// What is in force at the moment of a request.
    pub(crate) fn for_request<'a>(&'a self, request: &RequestFacts, lookup: Lookup) -> InForce<'a> {
        let stated = request
            .mous
            .iter()
            .filter_map(Agreement::stated)
            .filter(|agreement| agreement.stands_at(request.now))
            .collect();
        InForce {
            set: self,
            stated,
            now: request.now,
            lookup,
        }
    }
}

impl InForce<'_> {
    /// The agreements that are gone through one by one, those of `party` alone.
    fn scanned<'s>(&'s self, party: &'s AgencyId) -> impl Iterator<Item = &'s Agreement> {
        let whole_set: &[Agreement] = match self.lookup {
            Lookup::Indexed => &[],
            Lookup::Scanned => &self.set.agreements,
        };
        whole_set
            .iter()
            .filter(|agreement| agreement.stands_at(self.now))
            .chain(&self.stated)
            .filter(move |agreement| agreement.parties.contains(party))
    }

    fn scanned_between<'s>(
        &'s self,
        one: &'s AgencyId,
        other: &'s AgencyId,
    ) -> impl Iterator<Item = &'s Agreement> {
        self.scanned(one)
            .filter(move |agreement| agreement.parties.contains(other))
    }

    /// The index of the set, unless it is to be gone through one by one.
    fn index(&self) -> Option<&Index> {
        (self.lookup == Lookup::Indexed).then_some(&self.set.index)
    }

    /// An agreement of the set by its position, if it stands now.
    fn standing(&self, position: usize) -> Option<&Agreement> {
        self.set
            .agreements
            .get(position)
            .filter(|agreement| agreement.stands_at(self.now))
    }

    /// Whether an agreement between the two is as `test` asks.
    pub(crate) fn any_between(
        &self,
        one: Party<'_>,
        other: Party<'_>,
        test: impl Fn(&Agreement) -> bool,
    ) -> bool {
        let by_index = self.index().is_some_and(|index| {
            index
                .agreements(one.number, other.number)
                .iter()
                .any(|position| self.standing(*position).is_some_and(&test))
        });
        by_index || (self.scans() && self.scanned_between(one.id, other.id).any(test))
    }

    /// Whether one of the clauses that run from one agency to another for a purpose is as `test` asks.
    pub(crate) fn any_running(
        &self,
        way: Way<'_>,
        purpose: PurposeOfUse,
        test: impl Fn(Lane<'_>) -> bool,
    ) -> bool {
        let by_index = self.index().is_some_and(|index| {
            index
                .clauses(way.from.number, way.to.number, purpose)
                .iter()
                .any(|(_, position, place)| {
                    self.standing(*position).is_some_and(|agreement| {
                        let clause = agreement.clauses.get(*place);
                        clause.is_some_and(|clause| test(Lane { agreement, clause }))
                    })
                })
        });
        by_index || (self.scans() && self.scanned_running(way.from.id, way.to.id, purpose).any(test))
    }

    /// Whether there is anything that the index does not know.
    fn scans(&self) -> bool {
        self.lookup == Lookup::Scanned || !self.stated.is_empty()
    }

    fn scanned_running<'s>(
        &'s self,
        from: &'s AgencyId,
        to: &'s AgencyId,
        purpose: PurposeOfUse,
    ) -> impl Iterator<Item = Lane<'s>> {
        self.scanned_between(from, to).flat_map(move |agreement| {
            agreement
                .clauses
                .iter()
                .filter(move |clause| clause.runs(from, to) && clause.purposes.contains(purpose))
                .map(move |clause| Lane { agreement, clause })
        })
    }

    /// An agency as a party to what is in force.
    pub(crate) fn party<'s>(&self, id: &'s AgencyId) -> Party<'s> {
        Party {
            id,
            number: self.set.index.number(id),
        }
    }

    /// The clauses that can admit something on a way, by the id of their agreements: the order in which agreements were
    /// loaded decides nothing, not even which one is named. They are asked about in this order whether they are wanted.
    pub(crate) fn lanes<'s>(
        &'s self,
        way: Way<'s>,
        purpose: PurposeOfUse,
        mut wanted: impl FnMut(&Lane<'s>) -> bool,
    ) -> Vec<Lane<'s>> {
        let by_index = self
            .index()
            .into_iter()
            .flat_map(|index| index.admissions(way.from.number, way.to.number, purpose, self.now))
            .filter_map(|(position, place)| {
                let agreement = self.set.agreements.get(position)?;
                let clause = agreement.clauses.get(place)?;
                Some(Lane { agreement, clause })
            });
        if !self.scans() {
            return by_index.filter(wanted).collect();
        }
        let by_scan = self.scanned_running(way.from.id, way.to.id, purpose);
        let mut lanes: Vec<Lane<'s>> = by_index.chain(by_scan).collect();
        // Stable: of two agreements called alike, the one of the set stays first, and clauses stay in their order.
        lanes.sort_by(|one, other| one.agreement.id.cmp(&other.agreement.id));
        lanes.retain(|lane| wanted(lane));
        lanes
    }

    /// What an agreement of the two promises never to share this way.
    pub(crate) fn promised(&self, way: Way<'_>, purpose: PurposeOfUse) -> WordSet<Category> {
        let by_index = self.index().map_or(WordSet::EMPTY, |index| {
            index.promised(way.from.number, way.to.number, purpose, self.now)
        });
        if !self.scans() {
            return by_index;
        }
        self.scanned_between(way.from.id, way.to.id)
            .flat_map(|agreement| &agreement.promises)
            .filter(|promise| promise.runs(way.from.id, way.to.id))
            .filter(|promise| promise.purposes.is_empty() || promise.purposes.contains(purpose))
            .fold(by_index, |barred, promise| {
                barred.union(promise.share.among(WordSet::all()))
            })
    }

    /// Those of `categories` that an agreement under which the holder got the record from its source forbids passing on.
    pub(crate) fn kept(
        &self,
        source: Party<'_>,
        holder: Party<'_>,
        recipient: Party<'_>,
        categories: WordSet<Category>,
    ) -> WordSet<Category> {
        let mut kept = WordSet::EMPTY;
        if source.id == holder.id {
            return kept;
        }
        if let Some(index) = self.index() {
            for position in index.agreements(source.number, holder.number) {
                if kept != categories
                    && self.standing(*position).is_some()
                    && let Some(allowed) = index.onward(*position, holder.number, recipient.number)
                {
                    kept = kept.union(categories.difference(allowed.among(categories)));
                }
            }
        }
        if !self.scans() {
            return kept;
        }
        for agreement in self.scanned_between(source.id, holder.id) {
            if let Some(exceptions) = &agreement.redisclosure {
                let allowed = exceptions
                    .iter()
                    .filter(|exception| exception.party == *holder.id && exception.to.contains(recipient.id))
                    .fold(CategoryScope::default(), |allowed, exception| {
                        allowed.or(exception.share)
                    });
                kept = kept.union(categories.difference(allowed.among(categories)));
            }
        }
        kept
    }

    /// The gate of step 1: an agreement has the agency as a party, lists the purpose and admits the role.
    pub(crate) fn opens_gate(
        &self,
        agency: &AgencyId,
        role: Role,
        purpose: PurposeOfUse,
        initiator: Initiator,
    ) -> bool {
        let by_index = self
            .index()
            .is_some_and(|index| index.opens(agency, role, purpose, initiator, self.now));
        by_index
            || self.scanned(agency).any(|agreement| {
                agreement.clauses.iter().any(|clause| {
                    let side = match initiator {
                        Initiator::Requester => clause.to.is_empty() || clause.to.contains(agency),
                        Initiator::Source => clause.from.is_empty() || clause.from.contains(agency),
                    };
                    // A directed clause names the roles of those who receive, so a sender's role is not asked for.
                    let sender = initiator == Initiator::Source && !clause.from.is_empty();
                    side && clause.purposes.contains(purpose) && (sender || clause.admits(Some(role)))
                })
            })
    }
}
