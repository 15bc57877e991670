//! The active set compiled for decisions: who may pass what to whom for which purpose, found without a search.
//!
//! Made once, when the set is loaded. Whatever a decision asks is looked up by the two agencies concerned, so that the
//! number of agreements between others costs nothing. Nothing is decided here: whether an agreement stands at the
//! moment of a request, and what its clauses demand besides, is asked at each decision.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use gateway_types::vocabulary::{Category, ConsentKind, Initiator, PurposeOfUse, Role, WordSet};
use gateway_types::{AgencyId, Timestamp};

use super::{Agreement, Clause, PolicePresent};
use crate::facts::CategoryScope;
use crate::mou::Condition;

/// An agency's number in this index.
pub(super) type Number = u32;

/// A table by numbers that this index gave: nobody outside can choose them so that they collide.
type ByNumbers<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// Spreads small numbers by a multiplication (Knuth, vol. 3, 6.4).
#[derive(Clone, Copy, Debug, Default)]
struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        // The multiplication leaves the best bits on top, where the table looks last.
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = self
            .0
            .wrapping_add(u64::from(number))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// The index of a list of agreements, by their positions.
#[derive(Debug, Default)]
pub(super) struct Index {
    numbers: HashMap<AgencyId, Number>,
    /// What is agreed between two agencies, seen from the one that holds to the one that would receive.
    pairs: ByNumbers<(Number, Number), Pair>,
    /// When, and to which roles, the gate is open.
    openings: HashMap<(Number, Initiator, PurposeOfUse), Vec<Opening>>,
    /// For each agreement that speaks of redisclosure: what a party that got something may pass on to whom.
    onward: HashMap<usize, ByNumbers<(Number, Number), CategoryScope>>,
}

/// What is agreed between two agencies in one direction. Positions are in the order of the list.
#[derive(Debug, Default)]
struct Pair {
    agreements: Vec<usize>,
    /// Purpose, agreement, and the position of one of its clauses.
    clauses: Vec<(PurposeOfUse, usize, usize)>,
    /// Those of the clauses that can admit something that no clause before them always admits too, in the same order.
    admissions: Vec<Admission>,
    promises: Vec<Barred>,
}

/// A clause as one pair of agencies sees it.
#[derive(Debug)]
struct Admission {
    purpose: PurposeOfUse,
    agreement: usize,
    clause: usize,
    stands: Stretch,
    /// Empty: every role.
    roles: WordSet<Role>,
    police_present: PolicePresent,
    shared: WordSet<Category>,
    /// One of these is demanded besides; empty: none.
    consent: WordSet<ConsentKind>,
    /// All of these are demanded besides.
    when: Vec<Condition>,
}

impl Admission {
    fn of(agreement: &Agreement, clause: &Clause, purpose: PurposeOfUse, place: (usize, usize)) -> Self {
        Self {
            purpose,
            agreement: place.0,
            clause: place.1,
            stands: Stretch::of(agreement),
            roles: clause.roles,
            police_present: agreement.police_present,
            shared: clause.share.among(WordSet::all()),
            consent: clause.consent,
            when: clause.when.clone(),
        }
    }

    /// Whether it admits, at any moment and to anybody, whatever `later` would: it is asked first, so `later` would find
    /// nothing left. No demand looks at the agreement that makes it.
    fn comes_before(&self, later: &Self) -> bool {
        let consent = self.consent.is_empty()
            || (!later.consent.is_empty() && later.consent.is_subset_of(self.consent));
        let roles =
            self.roles.is_empty() || (!later.roles.is_empty() && later.roles.is_subset_of(self.roles));
        self.purpose == later.purpose
            && consent
            && self.when.iter().all(|condition| later.when.contains(condition))
            && roles
            && self.stands.contains(later.stands)
            && (self.police_present == later.police_present
                || self.police_present == PolicePresent::TreatAsRecipient)
            && later.shared.is_subset_of(self.shared)
    }
}

/// A promise as one pair of agencies sees it.
#[derive(Clone, Copy, Debug)]
struct Barred {
    stands: Stretch,
    /// Empty: any.
    purposes: WordSet<PurposeOfUse>,
    share: WordSet<Category>,
}

impl Barred {
    /// Whether it keeps back, at any moment and for any purpose, whatever `other` would.
    fn includes(&self, other: &Self) -> bool {
        let purposes = self.purposes.is_empty()
            || (!other.purposes.is_empty() && other.purposes.is_subset_of(self.purposes));
        purposes && self.stands.contains(other.stands) && other.share.is_subset_of(self.share)
    }
}

/// When an agreement is in force.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    since: Timestamp,
    /// The first moment after it; `None`: no end.
    until: Option<Timestamp>,
}

impl Stretch {
    const fn of(agreement: &Agreement) -> Self {
        Self {
            since: agreement.effective,
            until: agreement.ends,
        }
    }

    fn covers(self, now: Timestamp) -> bool {
        self.since <= now && self.until.is_none_or(|end| now < end)
    }

    fn contains(self, other: Self) -> bool {
        let ends_later = self
            .until
            .is_none_or(|end| other.until.is_some_and(|other| other <= end));
        self.since <= other.since && ends_later
    }
}

/// A stretch of time in which the gate is open for some roles.
#[derive(Clone, Debug)]
struct Opening {
    /// Empty: every role.
    roles: WordSet<Role>,
    since: Timestamp,
    until: Option<Timestamp>,
}

impl Index {
    pub(super) fn of(agreements: &[Agreement]) -> Self {
        let mut index = Self::default();
        for (position, agreement) in agreements.iter().enumerate() {
            index.take(position, agreement);
        }
        for pair in index.pairs.values_mut() {
            // Stable: the order of agreements and of clauses stays.
            pair.clauses.sort_by_key(|(purpose, ..)| *purpose);
            pair.admissions.sort_by_key(|admission| admission.purpose);
        }
        for openings in index.openings.values_mut() {
            merge(openings);
        }
        index
    }

    fn take(&mut self, position: usize, agreement: &Agreement) {
        let parties: BTreeSet<Number> = agreement.parties.iter().map(|party| self.assign(party)).collect();
        for way in ways(&parties, &parties) {
            self.pairs.entry(way).or_default().agreements.push(position);
        }
        for (place, clause) in agreement.clauses.iter().enumerate() {
            let senders = self.side(&clause.from, &parties);
            let receivers = self.side(&clause.to, &parties);
            for way in ways(&senders, &receivers) {
                let pair = self.pairs.entry(way).or_default();
                for purpose in clause.purposes.iter() {
                    pair.clauses.push((purpose, position, place));
                    let admission = Admission::of(agreement, clause, purpose, (position, place));
                    if !pair
                        .admissions
                        .iter()
                        .any(|before| before.comes_before(&admission))
                    {
                        pair.admissions.push(admission);
                    }
                }
            }
            self.open(agreement, clause, &senders, &receivers);
        }
        for promise in &agreement.promises {
            let barred = Barred {
                stands: Stretch::of(agreement),
                purposes: promise.purposes,
                share: promise.share.among(WordSet::all()),
            };
            let senders = self.side(&promise.from, &parties);
            // A promise names whom it keeps something from; nobody named is nobody.
            let receivers: BTreeSet<Number> = promise.to.iter().map(|to| self.assign(to)).collect();
            for way in ways(&senders, &(&receivers & &parties)) {
                let promises = &mut self.pairs.entry(way).or_default().promises;
                if !promises.iter().any(|known| known.includes(&barred)) {
                    promises.retain(|known| !barred.includes(known));
                    promises.push(barred);
                }
            }
        }
        if let Some(exceptions) = &agreement.redisclosure {
            let mut allowed: ByNumbers<(Number, Number), CategoryScope> = ByNumbers::default();
            for exception in exceptions {
                let holder = self.assign(&exception.party);
                for to in &exception.to {
                    let scope = allowed.entry((holder, self.assign(to))).or_default();
                    *scope = scope.or(exception.share);
                }
            }
            self.onward.insert(position, allowed);
        }
    }

    fn open(
        &mut self,
        agreement: &Agreement,
        clause: &Clause,
        senders: &BTreeSet<Number>,
        receivers: &BTreeSet<Number>,
    ) {
        let receiving = Opening {
            roles: clause.roles,
            since: agreement.effective,
            until: agreement.ends,
        };
        // A directed clause names the roles of those who receive, so a sender's role is not asked for.
        let sending = Opening {
            roles: if clause.from.is_empty() {
                clause.roles
            } else {
                WordSet::EMPTY
            },
            ..receiving.clone()
        };
        for purpose in clause.purposes.iter() {
            for (side, agencies, opening) in [
                (Initiator::Requester, receivers, &receiving),
                (Initiator::Source, senders, &sending),
            ] {
                for agency in agencies {
                    self.openings
                        .entry((*agency, side, purpose))
                        .or_default()
                        .push(opening.clone());
                }
            }
        }
    }

    fn assign(&mut self, agency: &AgencyId) -> Number {
        if let Some(number) = self.numbers.get(agency) {
            return *number;
        }
        let number = Number::try_from(self.numbers.len()).unwrap_or(Number::MAX);
        self.numbers.insert(agency.clone(), number);
        number
    }

    /// The parties on one side of a clause; empty: all of them.
    fn side(&mut self, named: &[AgencyId], parties: &BTreeSet<Number>) -> BTreeSet<Number> {
        if named.is_empty() {
            return parties.clone();
        }
        let named: BTreeSet<Number> = named.iter().map(|agency| self.assign(agency)).collect();
        &named & parties
    }

    /// The agreements that have both as parties.
    pub(super) fn agreements(&self, one: Option<Number>, other: Option<Number>) -> &[usize] {
        self.numbered(one, other)
            .map(|pair| pair.agreements.as_slice())
            .unwrap_or_default()
    }

    /// The clauses that run this way for this purpose: with it agreement and clause, in the order of the list.
    pub(super) fn clauses(
        &self,
        from: Option<Number>,
        to: Option<Number>,
        purpose: PurposeOfUse,
    ) -> &[(PurposeOfUse, usize, usize)] {
        let clauses = self
            .numbered(from, to)
            .map(|pair| pair.clauses.as_slice())
            .unwrap_or_default();
        let first = clauses.partition_point(|(served, ..)| *served < purpose);
        let end = clauses.partition_point(|(served, ..)| *served <= purpose);
        clauses.get(first..end).unwrap_or_default()
    }

    /// The number of an agency; `None`: it is party to nothing here.
    pub(super) fn number(&self, agency: &AgencyId) -> Option<Number> {
        self.numbers.get(agency).copied()
    }

    fn numbered(&self, from: Option<Number>, to: Option<Number>) -> Option<&Pair> {
        self.pairs.get(&(from?, to?))
    }

    /// The clauses that can admit something on this way, now and for this purpose: agreement and clause, in the order of
    /// the list. A clause that only repeats one before it is not among them.
    pub(super) fn admissions(
        &self,
        from: Option<Number>,
        to: Option<Number>,
        purpose: PurposeOfUse,
        now: Timestamp,
    ) -> impl Iterator<Item = (usize, usize)> {
        let admissions = self
            .numbered(from, to)
            .map(|pair| pair.admissions.as_slice())
            .unwrap_or_default();
        let first = admissions.partition_point(|admission| admission.purpose < purpose);
        admissions
            .iter()
            .skip(first)
            .take_while(move |admission| admission.purpose == purpose)
            .filter(move |admission| admission.stands.covers(now))
            .map(|admission| (admission.agreement, admission.clause))
    }

    /// What promises in force keep back on this way.
    pub(super) fn promised(
        &self,
        from: Option<Number>,
        to: Option<Number>,
        purpose: PurposeOfUse,
        now: Timestamp,
    ) -> WordSet<Category> {
        let promises = self
            .numbered(from, to)
            .map(|pair| pair.promises.as_slice())
            .unwrap_or_default();
        promises
            .iter()
            .filter(|promise| promise.purposes.is_empty() || promise.purposes.contains(purpose))
            .filter(|promise| promise.stands.covers(now))
            .fold(WordSet::EMPTY, |barred, promise| barred.union(promise.share))
    }

    /// What a party may pass on to `recipient` of what it got under an agreement; `None`: the paper does not say.
    pub(super) fn onward(
        &self,
        agreement: usize,
        party: Option<Number>,
        recipient: Option<Number>,
    ) -> Option<CategoryScope> {
        let allowed = self.onward.get(&agreement)?;
        let scope = party.zip(recipient).and_then(|way| allowed.get(&way));
        Some(scope.copied().unwrap_or_default())
    }

    /// Whether the gate is open.
    pub(super) fn opens(
        &self,
        agency: &AgencyId,
        role: Role,
        purpose: PurposeOfUse,
        side: Initiator,
        now: Timestamp,
    ) -> bool {
        let openings = self
            .numbers
            .get(agency)
            .and_then(|number| self.openings.get(&(*number, side, purpose)));
        openings.into_iter().flatten().any(|opening| {
            (opening.roles.is_empty() || opening.roles.contains(role))
                && opening.since <= now
                && opening.until.is_none_or(|end| now < end)
        })
    }
}

/// Every way from one of the senders to one of the receivers.
fn ways(senders: &BTreeSet<Number>, receivers: &BTreeSet<Number>) -> impl Iterator<Item = (Number, Number)> {
    senders
        .iter()
        .flat_map(move |from| receivers.iter().map(move |to| (*from, *to)))
}

/// Joins stretches for the same roles that touch or overlap: a thousand agreements leave a handful.
fn merge(openings: &mut Vec<Opening>) {
    let mut by_roles: HashMap<WordSet<Role>, Vec<Opening>> = HashMap::new();
    for opening in openings.drain(..) {
        by_roles.entry(opening.roles).or_default().push(opening);
    }
    for mut same in by_roles.into_values() {
        same.sort_by_key(|opening| opening.since);
        let mut joined: Vec<Opening> = Vec::new();
        for opening in same {
            match joined.last_mut() {
                Some(last) if last.until.is_none_or(|end| opening.since <= end) => {
                    // No end is the latest end.
                    last.until = last.until.zip(opening.until).map(|(one, other)| one.max(other));
                }
                _ => joined.push(opening),
            }
        }
        openings.extend(joined);
    }
}
