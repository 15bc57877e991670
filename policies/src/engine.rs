//! The order of evaluation (catalogue 0.3): gates, match, prohibitions, bases, agreements, restrictions, profiles,
//! obligations.
//!
//! An element goes only if for every recipient no prohibition fires, every regime that binds it has a basis, an
//! agreement admits it where one is needed, and nothing narrows it away. The result depends on no order of any list.

use gateway_crypto::Digest;
use gateway_types::vocabulary::{
    ApprovalType, Basis, Category, ClientMatch, Initiator, LegalProcessType, Notice, Obligation,
    PurposeOfUse, Regime, Response, SystemKind, WordSet,
};

use crate::agreements::{Agreement, Agreements, Clause, InForce, PolicePresent};
use crate::decision::{
    Accounting, AgreementInPlay, Decision, Denial, Effect, ElementFinding, Findings, Outcome, Reason,
};
use crate::facts::{Facts, Handle, RecordFacts, RequestFacts};
use crate::law::{self, Alert, BasisRule, Case, Element, Ground, Restricted, Seat, Verdict};
use crate::terms::Terms;

/// Proof that a request passed the gates of step 1. Only [`admit`] makes one; a decision needs it.
///
/// ```compile_fail,E0451
/// // There is no way to a decision around the gates.
/// fn forge<'a>(request: &'a policies::facts::RequestFacts, other: policies::Admitted<'a>) -> policies::Admitted<'a> {
///     policies::Admitted { request, ..other }
/// }
/// ```
#[derive(Debug)]
#[must_use = "an admitted request is there to be decided"]
pub struct Admitted<'a> {
    request: &'a RequestFacts,
    agreements: InForce<'a>,
    agreement_set: Digest,
}

/// Looks at the request alone, before any client is looked up.
///
/// # Errors
/// A [`Denial`] whose response is `refused`: its reason would be the same for any client.
pub fn admit<'a>(request: &'a RequestFacts, agreements: &'a Agreements) -> Result<Admitted<'a>, Denial> {
    let in_force = agreements.for_request(request);
    let closed: Vec<Reason> = law::GATES
        .iter()
        .filter(|gate| gate.is_closed(request, &in_force))
        .map(|gate| Reason {
            rule: &gate.rule,
            effect: Effect::Forbids,
            recipient: None,
        })
        .collect();
    if closed.is_empty() {
        return Ok(Admitted {
            request,
            agreements: in_force,
            agreement_set: agreements.hash(),
        });
    }
    let mut obligations = WordSet::EMPTY.with(Obligation::Log);
    if request.initiator == Initiator::Requester {
        // What would have been withheld is not looked up; the evidence of 171.202(b) is kept in any case.
        obligations.insert(Obligation::Ib);
    }
    Err(Findings {
        elements: Vec::new(),
        request: closed,
        response: Response::Refused,
        obligations,
        notices: WordSet::EMPTY,
        accounting: Accounting::default(),
        consents: Vec::new(),
        agreements: Vec::new(),
        terms: Vec::new(),
        rule_set: law::rule_set_hash(),
        agreement_set: agreements.hash(),
    }
    .into_denial())
}

/// Decides an admitted request, element by element.
#[must_use]
pub fn decide(admitted: Admitted<'_>, record: &RecordFacts) -> Decision {
    Inquiry::new(&admitted, record).run().into_decision()
}

/// Gates and decision in one, for facts that are all known: scenarios, replay.
#[must_use]
pub fn decide_all(facts: &Facts, agreements: &Agreements) -> Decision {
    match admit(&facts.request, agreements) {
        Ok(admitted) => decide(admitted, &facts.record),
        Err(mut denial) => {
            denial.list_withheld(&facts.record);
            Decision::Denial(denial)
        }
    }
}

/// One run of the evaluation.
struct Inquiry<'a> {
    request: &'a RequestFacts,
    record: &'a RecordFacts,
    agreements: &'a InForce<'a>,
    agreement_set: Digest,
    seats: Vec<Seat<'a>>,
    /// The bases that can serve the purpose.
    bases: Vec<&'static BasisRule>,
    tally: Tally,
}

/// What the decision as a whole owes and brings with it.
#[derive(Default)]
struct Tally {
    obligations: WordSet<Obligation>,
    notices: WordSet<Notice>,
    accounting: Accounting,
    consents: Vec<usize>,
    agreements: Vec<AgreementInPlay>,
    terms: Terms,
}

/// What one element was found to rest on for one recipient.
struct Passage<'a> {
    grounds: Vec<(Regime, Basis, Ground)>,
    agreement: Option<(&'a Agreement, &'a Clause)>,
    restriction: Restricted,
    profiled: bool,
}

impl<'a> Inquiry<'a> {
    fn new(admitted: &'a Admitted<'a>, record: &'a RecordFacts) -> Self {
        let purpose = admitted.request.purpose;
        let bases = law::BASES
            .iter()
            .flat_map(|group| group.iter())
            .filter(|basis| basis.purposes.is_empty() || basis.purposes.contains(&purpose))
            .collect();
        Self {
            request: admitted.request,
            record,
            agreements: &admitted.agreements,
            agreement_set: admitted.agreement_set,
            seats: seats(admitted.request),
            bases,
            tally: Tally::default(),
        }
    }

    fn run(mut self) -> Findings {
        let found = !law::heard(&law::NO_MATCH, self.record.client.found != ClientMatch::Unique);
        let elements: Vec<ElementFinding> = self
            .record
            .elements
            .iter()
            .map(|element| {
                if found {
                    self.judge(element)
                } else {
                    withheld(element.id.clone(), Vec::new())
                }
            })
            .collect();
        let request = if found {
            Vec::new()
        } else {
            vec![Reason {
                rule: &law::NO_MATCH,
                effect: Effect::Forbids,
                recipient: None,
            }]
        };
        self.owe_for_request(&elements);
        let released = elements.iter().any(|element| element.outcome == Outcome::Release);
        let response = if released {
            Response::Ok
        } else if self.request.initiator == Initiator::Source {
            // The answer of a push goes to the holder, from whom its own record cannot be hidden.
            Response::Refused
        } else {
            Response::Neutral
        };
        let mut consents: Vec<Handle> = self
            .tally
            .consents
            .iter()
            .filter_map(|position| self.record.consents.get(*position))
            .map(|consent| consent.id.clone())
            .collect();
        consents.sort();
        consents.dedup();
        self.tally.agreements.sort();
        self.tally.agreements.dedup();
        Findings {
            elements,
            request,
            response,
            obligations: self.tally.obligations,
            notices: self.tally.notices,
            accounting: self.tally.accounting,
            consents,
            agreements: self.tally.agreements,
            terms: self.tally.terms.into_sorted(),
            rule_set: law::rule_set_hash(),
            agreement_set: self.agreement_set,
        }
    }

    /// One element against every recipient.
    fn judge(&mut self, element: &'a crate::facts::ElementFacts) -> ElementFinding {
        let mut reasons = Vec::new();
        let (Some(holder), Some(source)) = (
            self.request.agencies.get(element.holder()),
            self.request.agencies.get(&element.source),
        ) else {
            return withheld(
                element.id.clone(),
                vec![reason(&law::NOTHING_PERMITS, Effect::NothingPermits, None)],
            );
        };
        let mut passages = Vec::with_capacity(self.seats.len());
        let mut passes = !self.seats.is_empty() && !element.regimes.is_empty();
        for seat in self.seats.clone() {
            let case = Case {
                request: self.request,
                record: self.record,
                agreements: self.agreements,
                element: Element::of(element),
                holder,
                source,
                seat,
            };
            match self.examine(&case, element.category, &mut reasons) {
                Some(passage) => passages.push((case, passage)),
                None => passes = false,
            }
        }
        if !passes {
            return withheld(element.id.clone(), reasons);
        }
        let mut bases = WordSet::EMPTY;
        for (case, passage) in &passages {
            for (_, basis, _) in &passage.grounds {
                bases.insert(*basis);
            }
            self.tally.add(case, passage, element.category);
        }
        ElementFinding {
            id: element.id.clone(),
            outcome: Outcome::Release,
            bases,
            reasons,
        }
    }

    /// One element and one recipient: steps 4 to 8.
    fn examine(
        &mut self,
        case: &Case<'a>,
        category: Category,
        reasons: &mut Vec<Reason>,
    ) -> Option<Passage<'a>> {
        let recipient = case.recipient_id();
        let mut forbidden = false;
        for prohibition in law::PROHIBITIONS {
            if prohibition.fires(case) {
                forbidden = true;
                reasons.push(reason(&prohibition.rule, Effect::Forbids, Some(recipient)));
                if prohibition.alerts == Alert::Review {
                    self.tally.obligations.insert(Obligation::Review);
                }
            }
        }
        self.owe_for_circumstances(case);
        if forbidden {
            return None;
        }
        let mut grounds = Vec::with_capacity(3);
        let mut satisfied = true;
        for regime in case
            .element
            .regimes
            .iter()
            .filter(|regime| law::asks_for_basis(*regime))
        {
            match self.basis(case, regime, reasons) {
                Some((basis, ground)) => grounds.push((regime, basis, ground)),
                None => satisfied &= !law::heard(&law::NOTHING_PERMITS, true),
            }
        }
        if !satisfied {
            return None;
        }
        let passage = Passage {
            agreement: match self.agreement(case, category) {
                Covered::By(agreement, clause) if !law::heard(&law::AGREEMENT, false) => {
                    Some((agreement, clause))
                }
                Covered::NotNeeded => None,
                Covered::By(..) => return None,
                Covered::No(rule) if !law::heard(rule, true) => None,
                Covered::No(rule) => {
                    reasons.push(reason(rule, Effect::Forbids, Some(recipient)));
                    return None;
                }
            },
            restriction: law::restricted(case),
            profiled: law::profile_of(case).is_some(),
            grounds,
        };
        let bound = passage
            .grounds
            .iter()
            .any(|(_, basis, _)| !law::outranks_restriction(*basis));
        if law::heard(&law::RESTRICTION, passage.restriction == Restricted::Yes && bound) {
            reasons.push(reason(&law::RESTRICTION, Effect::Forbids, Some(recipient)));
            return None;
        }
        if let Some((rule, categories)) = law::profile_of(case)
            && law::heard(rule, !case.element.category.is_one_of(categories))
        {
            reasons.push(reason(rule, Effect::Forbids, Some(recipient)));
            return None;
        }
        Some(passage)
    }

    /// The first basis that carries the element under one regime.
    fn basis(
        &mut self,
        case: &Case<'a>,
        regime: Regime,
        reasons: &mut Vec<Reason>,
    ) -> Option<(Basis, Ground)> {
        let recipient = Some(case.recipient_id());
        for rule in self.bases.iter().filter(|rule| rule.regimes.contains(&regime)) {
            match rule.says(case) {
                Verdict::Met(ground) => {
                    reasons.push(reason(&rule.rule, Effect::Permits, recipient));
                    return Some((rule.basis, ground));
                }
                Verdict::Held(ApprovalType::Review) => {
                    self.tally.obligations.insert(Obligation::Review);
                    reasons.push(reason(&rule.rule, Effect::AwaitsReview, recipient));
                }
                Verdict::Held(ApprovalType::Counsel) => {
                    self.tally.obligations.insert(Obligation::Counsel);
                    reasons.push(reason(&rule.rule, Effect::AwaitsCounsel, recipient));
                }
                Verdict::Unmet => {}
            }
        }
        reasons.push(reason(&law::NOTHING_PERMITS, Effect::NothingPermits, recipient));
        None
    }

    /// Step 6: an agreement admits it, where one is needed, and none promises the contrary.
    fn agreement(&self, case: &Case<'a>, category: Category) -> Covered<'a> {
        if case.stays_inside() || !law::needs_agreement(case.purpose(), self.request.initiator) {
            return Covered::NotNeeded;
        }
        let (from, to) = (case.holder_id(), case.recipient_id());
        let promised = self.agreements.promises_not(from, to, case.purpose(), category);
        if law::heard(&law::PROMISE, promised) {
            return Covered::No(&law::PROMISE);
        }
        let forbidden = self
            .agreements
            .forbids_passing_on(case.element.source, from, to, category);
        if law::heard(&law::REDISCLOSURE, forbidden) {
            return Covered::No(&law::REDISCLOSURE);
        }
        let police_present = || self.seats.iter().any(|seat| law::is_police(seat.agency));
        let admitting = self
            .agreements
            .between(from, to)
            .filter(|agreement| agreement.police_present != PolicePresent::Withhold || !police_present())
            .filter_map(|agreement| {
                let clause = agreement.clauses.iter().find(|clause| {
                    clause.covers(from, to, case.seat.role(), case.purpose(), category)
                        && (clause.consent.is_empty() || case.has_consent_of(clause.consent))
                        && clause.when.iter().all(|condition| condition.holds(case))
                })?;
                Some((agreement, clause))
            })
            // The order in which agreements were loaded decides nothing, not even which one is named.
            .min_by(|(one, _), (other, _)| one.id.cmp(&other.id));
        admitting.map_or(Covered::No(&law::AGREEMENT), |(agreement, clause)| {
            Covered::By(agreement, clause)
        })
    }

    /// What is owed because of how things stand, released or not.
    fn owe_for_circumstances(&mut self, case: &Case<'a>) {
        if let Some(check) = law::suspension_check(case) {
            self.tally.obligations.insert(check);
        }
        let warned = case.purpose() == PurposeOfUse::Threat
            || (case.purpose() == PurposeOfUse::AbuseReport && law::receives_adult_abuse_reports(case));
        if case.is_part2() && warned {
            self.tally.obligations.insert(Obligation::Counsel);
        }
    }

    /// What the request as a whole owes.
    fn owe_for_request(&mut self, elements: &[ElementFinding]) {
        let circumstances = &self.record.circumstances;
        if !circumstances.audit_store_unavailable {
            self.tally.obligations.insert(Obligation::Log);
        }
        let formal = circumstances.legal_process.iter().any(|process| {
            !matches!(
                process.kind,
                LegalProcessType::OralRequest | LegalProcessType::WrittenRequest
            )
        });
        if formal {
            self.tally.obligations.insert(Obligation::Counsel);
        }
        let health_withheld = self.record.elements.iter().zip(elements).any(|(facts, finding)| {
            finding.outcome == Outcome::Withhold
                && facts
                    .regimes
                    .contains_any(&[Regime::Hipaa, Regime::P2, Regime::Unknown])
        });
        if health_withheld && self.request.initiator == Initiator::Requester {
            self.tally.obligations.insert(Obligation::Ib);
        }
        if self.tally.notices.contains(Notice::Part2Statement1) {
            self.tally.obligations.insert(Obligation::N1);
        }
        if self.tally.notices.contains(Notice::ConsentScope) {
            self.tally.obligations.insert(Obligation::Sc);
        }
        if self.tally.accounting.hipaa || self.tally.accounting.part2 {
            self.tally.obligations.insert(Obligation::Acct);
        }
    }
}

/// How step 6 came out.
enum Covered<'a> {
    NotNeeded,
    By(&'a Agreement, &'a Clause),
    No(&'static law::Rule),
}

impl Tally {
    /// Adds what a released element owes for one recipient.
    fn add(&mut self, case: &Case<'_>, passage: &Passage<'_>, category: Category) {
        for (regime, basis, ground) in &passage.grounds {
            self.obligations = self.obligations.union(ground.owes);
            self.notices = self.notices.union(ground.notices);
            self.consents.extend(ground.consent);
            if *regime == Regime::Hipaa && is_public_interest(*basis) {
                self.accounting.hipaa = true;
            }
            if is_part2(*regime) && ground.consent.is_some() {
                self.accounting.part2 = true;
            }
            if *regime == Regime::Hmis && law::is_police(case.recipient()) && !case.stays_inside() {
                self.obligations.insert(Obligation::Acct);
            }
        }
        if passage.restriction == Restricted::BrokenForEmergency {
            self.notices.insert(Notice::RestrictionRequest);
        }
        if passage.profiled {
            self.obligations.insert(Obligation::Minec);
        }
        if let Some((agreement, clause)) = passage.agreement {
            self.agreements.push(agreement.in_play(clause));
            self.terms.add(agreement, clause, case.recipient_id(), category);
        }
        // 2.13(a) limits use as well as disclosure, by whomever but the patient.
        let identifiable = case.element.facts.deidentified == gateway_types::vocabulary::Deidentified::None;
        let part2 = case.is_part2() && identifiable;
        if part2 && case.purpose() != PurposeOfUse::Patrqt {
            self.obligations.insert(Obligation::Minec);
        }
        if case.stays_inside() {
            return;
        }
        let family = passage.grounds.iter().any(|(_, basis, _)| {
            matches!(
                basis,
                Basis::Hip510b1 | Basis::Hip510b3 | Basis::Hip510b4 | Basis::Hip510b5
            )
        });
        if !family {
            self.obligations.insert(Obligation::Verify);
        }
        let in_patients_place = matches!(case.purpose(), PurposeOfUse::Patrqt | PurposeOfUse::Pwatrny);
        let outside_the_circle = !case.recipient().under_hipaa() && !case.recipient().may_be_programme();
        if part2 && !in_patients_place && outside_the_circle {
            self.obligations.insert(Obligation::Nored);
        }
    }
}

fn is_part2(regime: Regime) -> bool {
    matches!(regime, Regime::P2 | Regime::Unknown | Regime::Sudn)
}

/// 164.512 but (k)(5): what an accounting under 164.528 lists.
fn is_public_interest(basis: Basis) -> bool {
    matches!(
        basis,
        Basis::Hip512a
            | Basis::Hip512b
            | Basis::Hip512c
            | Basis::Hip512d
            | Basis::Hip512e
            | Basis::Hip512f1i
            | Basis::Hip512f1iiA
            | Basis::Hip512f1iiB
            | Basis::Hip512f1iiC
            | Basis::Hip512f2
            | Basis::Hip512f3
            | Basis::Hip512f4
            | Basis::Hip512f5
            | Basis::Hip512f6
            | Basis::Hip512g
            | Basis::Hip512i
            | Basis::Hip512j1
            | Basis::Hip512j2
            | Basis::Hip512j3
            | Basis::Hip502j2
    )
}

/// Step 0: every person, and every other agency whose shared screen, mailbox or police system shows the payload.
fn seats(request: &RequestFacts) -> Vec<Seat<'_>> {
    let mut seats = Vec::new();
    for (index, person) in request.recipients().enumerate() {
        let asks = index == 0 && request.initiator == Initiator::Requester;
        if let Some(agency) = request.agencies.get(&person.agency) {
            seats.push(Seat {
                agency_id: &person.agency,
                agency,
                person: Some(person),
                asks,
            });
        }
        let shared = matches!(
            person.system,
            SystemKind::SharedTerminal
                | SystemKind::SharedInbox
                | SystemKind::LawEnforcementRms
                | SystemKind::Cad
        );
        let operator = person.operator();
        if shared
            && *operator != person.agency
            && let Some(agency) = request.agencies.get(operator)
        {
            seats.push(Seat {
                agency_id: operator,
                agency,
                person: None,
                asks: false,
            });
        }
    }
    seats
}

fn reason(rule: &'static law::Rule, effect: Effect, recipient: Option<&gateway_types::AgencyId>) -> Reason {
    Reason {
        rule,
        effect,
        recipient: recipient.cloned(),
    }
}

fn withheld(id: Handle, reasons: Vec<Reason>) -> ElementFinding {
    ElementFinding {
        id,
        outcome: Outcome::Withhold,
        bases: WordSet::EMPTY,
        reasons,
    }
}
