//! One run of the evaluation, on sets of categories.
//!
//! Every step asks a question of some categories of a batch and takes the answers set by set: what was asked about one
//! category is answered for all that are alike (see the law's view of an element). Nothing is remembered between two
//! decisions.

use std::ops::Range;
use std::sync::Arc;

use gateway_crypto::Digest;
use gateway_types::AgencyId;
use gateway_types::vocabulary::{
    ApprovalType, Basis, Category, ClientMatch, Initiator, Regime, Response, WordSet,
};

use super::Admitted;
use super::batches::Batch;
use super::bearing::{bases, prohibitions};
use super::passage::{Agreed, Carried, Passage, Rests};
use super::seats::seats;
use super::tally::{Tally, is_family, owed_for_circumstances};
use crate::agreements::{InForce, Lane, Party, PolicePresent, Way};
use crate::decision::{Effect, ElementFinding, Findings, Noted, Outcome, Place, Reason, Reasons};
use crate::facts::{AgencyFacts, ElementFacts, RecordFacts, RequestFacts};
use crate::law::{
    self, Alert, Case, Disclosing, Parties, Reach, Receiving, Restricted, Rule, Seat, Verdict, Watch,
};
use crate::rule_set::rule_set_hash;

/// Of what a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    /// Of one category on behalf of all that are alike.
    OnceForAllAlike,
    /// Of each element alone, as a control.
    EachAlone,
}

/// One run of the evaluation.
pub(super) struct Inquiry<'a> {
    request: &'a RequestFacts,
    record: &'a RecordFacts,
    agreements: &'a InForce<'a>,
    agreement_set: Digest,
    asking: Asking,
    seats: Vec<Seated<'a>>,
    police_present: bool,
    noted: Vec<Noted>,
    /// What carries what is released, batch after batch.
    bases: Vec<(WordSet<Category>, Basis)>,
    rests: Rests<'a>,
    disclosers: Vec<(&'a AgencyFacts, Disclosing)>,
    tally: Tally<'a>,
}

/// A recipient, and what is worked out about them once for the whole record.
#[derive(Clone, Copy)]
struct Seated<'a> {
    seat: Seat<'a>,
    place: Place,
    party: Party<'a>,
    receiving: Receiving,
}

/// How a batch came out.
#[derive(Default)]
struct Judged {
    released: WordSet<Category>,
    /// The part of the notes that is about it.
    noted: Range<usize>,
    /// The part of the bases that carries it, over all recipients.
    bases: Range<usize>,
}

impl<'a> Inquiry<'a> {
    pub(super) fn new(admitted: &'a Admitted<'a>, record: &'a RecordFacts, asking: Asking) -> Self {
        let seats: Vec<Seated<'a>> = seats(admitted.request)
            .into_iter()
            .enumerate()
            .map(|(position, seat)| Seated {
                seat,
                place: Place::of(position),
                party: admitted.agreements.party(seat.agency_id),
                receiving: Receiving::of(admitted.request, record, &seat),
            })
            .collect();
        Self {
            request: admitted.request,
            record,
            agreements: &admitted.agreements,
            agreement_set: admitted.agreement_set,
            asking,
            police_present: seats.iter().any(|seated| law::is_police(seated.seat.agency)),
            seats,
            noted: Vec::with_capacity(512),
            bases: Vec::with_capacity(64),
            rests: Rests::default(),
            disclosers: Vec::with_capacity(8),
            tally: Tally::default(),
        }
    }

    pub(super) fn run(mut self) -> Findings {
        let found = !law::heard(&law::NO_MATCH, self.record.client.found != ClientMatch::Unique);
        let elements = if found {
            self.judge_all()
        } else {
            self.record
                .elements
                .iter()
                .map(|element| withheld(element, Reasons::none(element.category)))
                .collect()
        };
        let request = if found {
            Vec::new()
        } else {
            vec![Reason {
                rule: &law::NO_MATCH,
                effect: Effect::Forbids,
                seat: None,
            }]
        };
        self.tally.owe_for_request(self.request, self.record, &elements);
        let released = elements.iter().any(|element| element.outcome == Outcome::Release);
        let response = if released {
            Response::Ok
        } else if self.request.initiator == Initiator::Source {
            // The answer of a push goes to the holder, from whom its own record cannot be hidden.
            Response::Refused
        } else {
            Response::Neutral
        };
        Findings {
            elements,
            request,
            recipients: self
                .seats
                .iter()
                .map(|seated| seated.seat.agency_id.clone())
                .collect(),
            response,
            obligations: self.tally.obligations,
            notices: self.tally.notices,
            accounting: self.tally.accounting,
            consents: self.tally.consents(self.record),
            agreements: self.tally.agreements(),
            terms: self.tally.into_terms(),
            rule_set: rule_set_hash(),
            agreement_set: self.agreement_set,
        }
    }

    fn judge_all(&mut self) -> Vec<ElementFinding> {
        let elements = &self.record.elements;
        let (batches, places) = Batch::of(elements, self.request, self.agreements, self.asking);
        let mut pacts = Pacts::between(batches.len(), self.seats.len());
        let judged: Vec<Judged> = batches
            .iter()
            .map(|batch| self.judge(batch, &mut pacts))
            .collect();
        // Every element has a place among the batches; one without would stay.
        let nothing = Judged::default();
        let of = |place: usize| judged.get(place).unwrap_or(&nothing);
        let noted = Arc::new(std::mem::take(&mut self.noted));
        elements
            .iter()
            .zip(places)
            .map(|(element, place)| {
                let judged = of(place);
                let reasons = Reasons {
                    noted: Some(Arc::clone(&noted)),
                    part: judged.noted.clone(),
                    category: element.category,
                };
                self.finding(element, judged, reasons)
            })
            .collect()
    }

    /// What was found about a batch, told of one of its elements.
    fn finding(&self, element: &ElementFacts, judged: &Judged, reasons: Reasons) -> ElementFinding {
        if !judged.released.contains(element.category) {
            return withheld(element, reasons);
        }
        let carrying = self
            .bases
            .get(judged.bases.clone())
            .unwrap_or_default()
            .iter()
            .filter(|(categories, _)| categories.contains(element.category));
        ElementFinding {
            id: element.id.clone(),
            outcome: Outcome::Release,
            bases: carrying.map(|(_, basis)| *basis).collect(),
            reasons,
        }
    }

    /// One batch against every recipient.
    fn judge(&mut self, batch: &Batch<'a>, pacts: &mut Pacts<'a>) -> Judged {
        let first_note = self.noted.len();
        let (Some((holder, source)), Some(first)) = (batch.agencies, batch.categories.first()) else {
            self.noted.push(Noted {
                categories: batch.categories,
                rule: &law::NOTHING_PERMITS,
                effect: Effect::NothingPermits,
                seat: None,
            });
            return Judged {
                noted: first_note..self.noted.len(),
                ..Judged::default()
            };
        };
        let watch = Watch::on(first);
        let element = batch.element();
        let mut released = batch.categories;
        if self.seats.is_empty() || element.regimes.is_empty() {
            released = WordSet::EMPTY;
        }
        let mut passages = Vec::with_capacity(self.seats.len());
        let disclosing = (self.asking == Asking::OnceForAllAlike).then(|| {
            let of_holder = self.disclosing(element.holder(), holder);
            if std::ptr::eq(holder, source) {
                of_holder
            } else {
                of_holder.or(self.disclosing(element.source, source))
            }
        });
        self.rests.carried.clear();
        self.rests.agreed.clear();
        for position in 0..self.seats.len() {
            let Some(seated) = self.seats.get(position).copied() else {
                break;
            };
            let facts = (self.request, self.record);
            let watched = element.watched(&watch);
            let parties = Parties {
                holder: batch.party,
                source: batch.source,
                recipient: seated.party,
            };
            let agencies = (holder, source);
            let mut case = Case::new(facts, self.agreements, watched, agencies, seated.seat, parties);
            if let Some(disclosing) = disclosing {
                case.reach = Reach::of(&case, seated.receiving, disclosing);
            }
            let hearing = Hearing {
                case: &case,
                watch: &watch,
                asking: self.asking,
                seat: position,
                place: seated.place,
            };
            let passage = self.examine(&hearing, batch, &seated, pacts);
            released = released.intersection(passage.passed);
            passages.push((case, passage));
        }
        let first_basis = self.bases.len();
        if !released.is_empty() {
            for (case, passage) in &passages {
                self.tally
                    .add(case, passage, &self.rests, released, &mut self.bases);
            }
        }
        Judged {
            released,
            noted: first_note..self.noted.len(),
            bases: first_basis..self.bases.len(),
        }
    }

    /// Which consents allow an agency to disclose, worked out once for each.
    fn disclosing(&mut self, id: &AgencyId, agency: &'a AgencyFacts) -> Disclosing {
        let mut known = self.disclosers.iter();
        // The facts of an agency lie in one place in a request.
        if let Some((_, disclosing)) = known.find(|(one, _)| std::ptr::eq(*one, agency)) {
            return *disclosing;
        }
        let disclosing = Disclosing::of(self.record, id, agency);
        self.disclosers.push((agency, disclosing));
        disclosing
    }

    /// One batch and one recipient: steps 4 to 8.
    fn examine(
        &mut self,
        hearing: &Hearing<'_>,
        batch: &Batch<'a>,
        seated: &Seated<'a>,
        pacts: &mut Pacts<'a>,
    ) -> Passage {
        let (first_basis, first_lane) = (self.rests.carried.len(), self.rests.agreed.len());
        let mut passage = Passage {
            inside: hearing.case.stays_inside(),
            carried: first_basis..first_basis,
            agreed: first_lane..first_lane,
            ..Passage::default()
        };
        let allowed = batch
            .categories
            .difference(self.forbidden(hearing, batch.categories));
        for (_, owed) in hearing.ask(batch.categories, owed_for_circumstances) {
            self.tally.obligations = self.tally.obligations.union(owed);
        }
        if allowed.is_empty() {
            return passage;
        }
        let mut left = allowed;
        let regimes = hearing.case.element.regimes.iter();
        for regime in regimes.filter(|regime| law::asks_for_basis(*regime)) {
            left = left.intersection(self.carried(hearing, allowed, regime, &mut passage));
        }
        passage.carried = first_basis..self.rests.carried.len();
        if !left.is_empty()
            && !passage.inside
            && law::needs_agreement(self.request.purpose, self.request.initiator)
        {
            let pact = pacts.of(batch, hearing.seat, || self.pact(batch, seated));
            left = self.admitted(hearing, (batch, seated), left, pact);
        }
        passage.agreed = first_lane..self.rests.agreed.len();
        left = self.unrestricted(hearing, left, &mut passage);
        passage.passed = self.within_profile(hearing, left, &mut passage);
        passage
    }

    /// Step 4: those that a prohibition keeps back.
    fn forbidden(&mut self, hearing: &Hearing<'_>, categories: WordSet<Category>) -> WordSet<Category> {
        let mut forbidden = WordSet::EMPTY;
        let bearing = prohibitions(self.request.purpose);
        // Mostly none fires for anything: all are asked in one breath, and the answer is the bits of those that fired.
        let all_at_once = |case: &Case<'_>| {
            bearing.iter().rev().fold(0_u64, |fired, prohibition| {
                fired << 1 | u64::from(prohibition.fires(case))
            })
        };
        for (alike, fired) in hearing.ask(categories, all_at_once) {
            if fired == 0 {
                continue;
            }
            forbidden = forbidden.union(alike);
            for (bit, prohibition) in bearing.iter().enumerate() {
                if fired >> bit & 1 == 1 {
                    self.note(hearing, alike, &prohibition.rule, Effect::Forbids);
                    if prohibition.alerts == Alert::Review {
                        self.tally.awaits(ApprovalType::Review);
                    }
                }
            }
        }
        forbidden
    }

    /// Step 5: those that some basis carries under one regime, each on the first that does.
    fn carried(
        &mut self,
        hearing: &Hearing<'_>,
        categories: WordSet<Category>,
        regime: Regime,
        passage: &mut Passage,
    ) -> WordSet<Category> {
        let left = self.carried_by(hearing, categories, regime, |_| true, passage);
        self.note(hearing, left, &law::NOTHING_PERMITS, Effect::NothingPermits);
        if law::heard(&law::NOTHING_PERMITS, true) {
            categories.difference(left)
        } else {
            categories
        }
    }

    /// Asks those bases that are wanted; what none of them carries is left.
    fn carried_by(
        &mut self,
        hearing: &Hearing<'_>,
        categories: WordSet<Category>,
        regime: Regime,
        wanted: fn(Basis) -> bool,
        passage: &mut Passage,
    ) -> WordSet<Category> {
        let mut left = categories;
        for rule in bases(self.request.purpose, regime) {
            if left.is_empty() {
                break;
            }
            if !wanted(rule.basis) {
                continue;
            }
            for (alike, verdict) in hearing.ask(left, |case| rule.says(case)) {
                match verdict {
                    Verdict::Met(ground) => {
                        left = left.difference(alike);
                        self.note(hearing, alike, &rule.rule, Effect::Permits);
                        if is_family(rule.basis) {
                            passage.family = passage.family.union(alike);
                        }
                        self.rests.carried.push(Carried {
                            categories: alike,
                            regime,
                            basis: rule.basis,
                            ground,
                        });
                    }
                    Verdict::Held(approval) => {
                        self.tally.awaits(approval);
                        let effect = match approval {
                            ApprovalType::Review => Effect::AwaitsReview,
                            ApprovalType::Counsel => Effect::AwaitsCounsel,
                        };
                        self.note(hearing, alike, &rule.rule, effect);
                    }
                    Verdict::Unmet => {}
                }
            }
        }
        left
    }

    /// What holder and recipient agreed, as far as the recipient's role and the audience let it run.
    fn pact(&self, batch: &Batch<'a>, seated: &Seated<'a>) -> Pact<'a> {
        let way = Way {
            from: batch.party,
            to: seated.party,
        };
        let purpose = self.request.purpose;
        // What a lane before it admits without demanding anything, no later lane is asked about.
        let mut given = WordSet::EMPTY;
        let lanes = self.agreements.lanes(way, purpose, |lane| {
            let runs = lane.clause.admits(seated.seat.role())
                && (lane.agreement.police_present != PolicePresent::Withhold || !self.police_present);
            if !runs || self.asking == Asking::EachAlone {
                return runs;
            }
            let shared = lane.clause.share.among(WordSet::all());
            let adds = !shared.is_subset_of(given);
            if lane.clause.consent.is_empty() && lane.clause.when.is_empty() {
                given = given.union(shared);
            }
            adds
        });
        Pact {
            promised: self.agreements.promised(way, purpose),
            lanes,
        }
    }

    /// Step 6: those that an agreement admits and none promises to keep.
    fn admitted(
        &mut self,
        hearing: &Hearing<'_>,
        (batch, seated): (&Batch<'a>, &Seated<'a>),
        categories: WordSet<Category>,
        pact: &Pact<'a>,
    ) -> WordSet<Category> {
        if categories.is_empty() {
            return categories;
        }
        let promised = categories.intersection(pact.promised);
        let promised = law::heard_of(&law::PROMISE, categories, promised);
        self.note(hearing, promised, &law::PROMISE, Effect::Forbids);
        let mut left = categories.difference(promised);
        let kept = self
            .agreements
            .kept(batch.source, batch.party, seated.party, left);
        let kept = law::heard_of(&law::REDISCLOSURE, left, kept);
        self.note(hearing, kept, &law::REDISCLOSURE, Effect::Forbids);
        left = left.difference(kept);
        let open = left;
        for lane in &pact.lanes {
            let covered = lane.clause.share.among(left);
            if covered.is_empty() {
                continue;
            }
            for (alike, demands_met) in hearing.ask(covered, |case| demands_met(*lane, case)) {
                if demands_met {
                    left = left.difference(alike);
                    self.rests.agreed.push(Agreed {
                        categories: alike,
                        lane: *lane,
                    });
                }
            }
        }
        let left = law::heard_of(&law::AGREEMENT, open, left);
        self.note(hearing, left, &law::AGREEMENT, Effect::Forbids);
        open.difference(left)
    }

    /// Step 7: those that no restriction on file holds back.
    fn unrestricted(
        &mut self,
        hearing: &Hearing<'_>,
        categories: WordSet<Category>,
        passage: &mut Passage,
    ) -> WordSet<Category> {
        let bound = self
            .rests
            .carried
            .get(passage.carried.clone())
            .unwrap_or_default()
            .iter()
            .filter(|carried| !law::outranks_restriction(carried.basis))
            .fold(WordSet::EMPTY, |bound, carried| bound.union(carried.categories));
        let mut left = categories;
        for (alike, restricted) in hearing.ask(categories, law::restricted) {
            let held_back = match restricted {
                Restricted::No => WordSet::EMPTY,
                Restricted::BrokenForEmergency => {
                    passage.broken = passage.broken.union(alike);
                    WordSet::EMPTY
                }
                Restricted::Yes => {
                    let bound = alike.intersection(bound);
                    bound.difference(self.carried_regardless(hearing, bound, passage))
                }
            };
            let held_back = law::heard_of(&law::RESTRICTION, alike, held_back);
            self.note(hearing, held_back, &law::RESTRICTION, Effect::Forbids);
            left = left.difference(held_back);
        }
        left
    }

    /// Of those that a restriction holds back on the basis found first: those that another carries which no restriction
    /// stops (164.522(a)(1)(v)). They go on that one instead.
    fn carried_regardless(
        &mut self,
        hearing: &Hearing<'_>,
        categories: WordSet<Category>,
        passage: &mut Passage,
    ) -> WordSet<Category> {
        let mut free = categories;
        let regimes = hearing.case.element.regimes.iter();
        for regime in regimes.filter(|regime| law::asks_for_basis(*regime)) {
            let yielding = self
                .rests
                .carried
                .get(passage.carried.clone())
                .unwrap_or_default()
                .iter()
                .filter(|carried| carried.regime == regime && !law::outranks_restriction(carried.basis))
                .fold(WordSet::EMPTY, |yielding, carried| {
                    yielding.union(carried.categories)
                });
            let asked = free.intersection(yielding);
            free =
                free.difference(self.carried_by(hearing, asked, regime, law::outranks_restriction, passage));
        }
        // What was found just now is carried for this recipient too.
        passage.carried.end = self.rests.carried.len();
        let all = self.rests.carried.get_mut(passage.carried.clone());
        for carried in all.unwrap_or_default() {
            if !law::outranks_restriction(carried.basis) {
                carried.categories = carried.categories.difference(free);
            }
        }
        passage.family = passage.family.difference(free);
        free
    }

    /// Step 8: those that every profile of the recipient's role or purpose lets through.
    fn within_profile(
        &mut self,
        hearing: &Hearing<'_>,
        categories: WordSet<Category>,
        passage: &mut Passage,
    ) -> WordSet<Category> {
        let mut left = categories;
        for (alike, profiles) in hearing.ask(categories, law::profiles_of) {
            for (rule, shown) in profiles.into_iter().flatten() {
                passage.profiled = passage.profiled.union(alike);
                let hidden = alike.difference(shown.iter().copied().collect());
                let hidden = law::heard_of(rule, alike, hidden);
                self.note(hearing, hidden, rule, Effect::Forbids);
                left = left.difference(hidden);
            }
        }
        left
    }

    fn note(
        &mut self,
        hearing: &Hearing<'_>,
        categories: WordSet<Category>,
        rule: &'static Rule,
        effect: Effect,
    ) {
        if !categories.is_empty() {
            self.noted.push(Noted {
                categories,
                rule,
                effect,
                seat: Some(hearing.place),
            });
        }
    }
}

/// Whether what a clause demands besides the law is there.
fn demands_met(lane: Lane<'_>, case: &Case<'_>) -> bool {
    (lane.clause.consent.is_empty() || case.has_consent_of(lane.clause.consent))
        && lane.clause.when.iter().all(|condition| condition.holds(case))
}

/// One batch before one recipient.
struct Hearing<'c> {
    case: &'c Case<'c>,
    watch: &'c Watch,
    asking: Asking,
    /// The recipient's position among the seats.
    seat: usize,
    /// The same, for notes.
    place: Place,
}

impl<'c> Hearing<'c> {
    /// Asks a question of some categories: each answer with all the categories that it holds for.
    fn ask<T>(
        &self,
        categories: WordSet<Category>,
        question: impl Fn(&Case<'c>) -> T,
    ) -> impl Iterator<Item = (WordSet<Category>, T)> {
        let mut left = categories;
        std::iter::from_fn(move || {
            let first = left.first()?;
            let alike = match self.asking {
                Asking::OnceForAllAlike => left,
                Asking::EachAlone => WordSet::EMPTY.with(first),
            };
            self.watch.begin(first, alike);
            let answer = question(self.case);
            let alike = self.watch.alike();
            left = left.difference(alike);
            Some((alike, answer))
        })
    }
}

/// What holder and recipient agreed, for the purpose of the request.
struct Pact<'a> {
    lanes: Vec<Lane<'a>>,
    promised: WordSet<Category>,
}

/// What was agreed, looked up once for each holder and recipient.
struct Pacts<'a> {
    known: Vec<Option<Pact<'a>>>,
    seats: usize,
}

impl<'a> Pacts<'a> {
    fn between(batches: usize, seats: usize) -> Self {
        let mut known = Vec::new();
        known.resize_with(batches * seats, || None);
        Self { known, seats }
    }

    /// The pact of the batch's holder with the recipient in a seat.
    fn of(&mut self, batch: &Batch<'a>, seat: usize, look_up: impl FnOnce() -> Pact<'a>) -> &Pact<'a> {
        let place = batch.house * self.seats + seat;
        if self.known.len() <= place {
            self.known.resize_with(place + 1, || None);
        }
        // The slot is there: the list was made long enough just now.
        #[expect(clippy::indexing_slicing, reason = "the list was made long enough just above")]
        self.known[place].get_or_insert_with(look_up)
    }
}

fn withheld(element: &ElementFacts, reasons: Reasons) -> ElementFinding {
    ElementFinding {
        id: element.id.clone(),
        outcome: Outcome::Withhold,
        bases: WordSet::EMPTY,
        reasons,
    }
}
