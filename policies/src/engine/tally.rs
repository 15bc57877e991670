//! What a decision owes and brings with it: obligations, notices, accountings, and the papers it rests on.

use gateway_types::vocabulary::{
    ApprovalType, Basis, Category, Deidentified, Initiator, LegalProcessType, Notice, Obligation,
    PurposeOfUse, Regime, WordSet,
};

use super::passage::{Agreed, Carried, Passage, Rests};
use crate::agreements::Lane;
use crate::decision::{Accounting, AgreementInPlay, ElementFinding, Outcome};
use crate::facts::{Handle, RecordFacts, RequestFacts};
use crate::law::{self, Case};
use crate::terms::{AgreementTerm, Terms};

/// What the decision as a whole owes and brings with it.
#[derive(Default)]
pub(super) struct Tally<'a> {
    pub(super) obligations: WordSet<Obligation>,
    pub(super) notices: WordSet<Notice>,
    pub(super) accounting: Accounting,
    /// Positions of consents.
    consents: Vec<usize>,
    lanes: Vec<Lane<'a>>,
    terms: Terms,
}

impl<'a> Tally<'a> {
    /// A basis that waits for a human: the human is asked.
    pub(super) fn awaits(&mut self, approval: ApprovalType) {
        self.obligations.insert(match approval {
            ApprovalType::Review => Obligation::Review,
            ApprovalType::Counsel => Obligation::Counsel,
        });
    }

    /// Adds what is owed for what goes, of the elements of one batch, to one recipient; and on what bases it goes.
    pub(super) fn add(
        &mut self,
        case: &Case<'_>,
        passage: &Passage,
        rests: &Rests<'a>,
        released: WordSet<Category>,
        bases: &mut Vec<(WordSet<Category>, Basis)>,
    ) {
        for carried in rests.carried.get(passage.carried.clone()).unwrap_or_default() {
            let goes = carried.categories.intersection(released);
            if !goes.is_empty() {
                bases.push((goes, carried.basis));
                self.carry(carried, passage, case);
            }
        }
        for agreed in rests.agreed.get(passage.agreed.clone()).unwrap_or_default() {
            self.agree(agreed, agreed.categories.intersection(released), case);
        }
        self.pass(passage, released, case);
    }

    /// Of what goes on a ground.
    fn carry(&mut self, carried: &Carried, passage: &Passage, case: &Case<'_>) {
        self.obligations = self.obligations.union(carried.ground.owes);
        self.notices = self.notices.union(carried.ground.notices);
        if let Some(consent) = carried.ground.consent
            && !self.consents.contains(&consent)
        {
            self.consents.push(consent);
        }
        if carried.regime == Regime::Hipaa && is_public_interest(carried.basis) {
            self.accounting.hipaa = true;
        }
        if is_part2(carried.regime) && carried.ground.consent.is_some() {
            self.accounting.part2 = true;
        }
        if carried.regime == Regime::Hmis && law::is_police(case.recipient()) && !passage.inside {
            self.obligations.insert(Obligation::Acct);
        }
    }

    /// Of the agreement under which `released` goes, and its terms.
    fn agree(&mut self, agreed: &Agreed<'a>, released: WordSet<Category>, case: &Case<'_>) {
        if released.is_empty() {
            return;
        }
        let Lane { agreement, clause } = agreed.lane;
        let known = self
            .lanes
            .iter()
            .any(|lane| std::ptr::eq(lane.agreement, agreement) && std::ptr::eq(lane.clause, clause));
        if !known {
            self.lanes.push(agreed.lane);
        }
        for category in released.iter() {
            self.terms.add(agreement, clause, case.recipient_id(), category);
        }
    }

    /// Of the recipient, whatever the ground.
    fn pass(&mut self, passage: &Passage, released: WordSet<Category>, case: &Case<'_>) {
        if !passage.broken.intersection(released).is_empty() {
            self.notices.insert(Notice::RestrictionRequest);
        }
        if !passage.profiled.intersection(released).is_empty() {
            self.obligations.insert(Obligation::Minec);
        }
        // 2.13(a) limits use as well as disclosure, by whomever but the patient.
        let identifiable = case.element.facts.deidentified == Deidentified::None;
        let part2 = case.is_part2() && identifiable;
        if part2 && case.purpose() != PurposeOfUse::Patrqt {
            self.obligations.insert(Obligation::Minec);
        }
        if passage.inside {
            return;
        }
        if !released.is_subset_of(passage.family) {
            self.obligations.insert(Obligation::Verify);
        }
        let in_patients_place = matches!(case.purpose(), PurposeOfUse::Patrqt | PurposeOfUse::Pwatrny);
        let outside_the_circle = !case.recipient().under_hipaa() && !case.recipient().may_be_programme();
        if part2 && !in_patients_place && outside_the_circle {
            self.obligations.insert(Obligation::Nored);
        }
    }

    /// What the request as a whole owes.
    pub(super) fn owe_for_request(
        &mut self,
        request: &RequestFacts,
        record: &RecordFacts,
        elements: &[ElementFinding],
    ) {
        let circumstances = &record.circumstances;
        if !circumstances.audit_store_unavailable {
            self.obligations.insert(Obligation::Log);
        }
        let formal = circumstances.legal_process.iter().any(|process| {
            !matches!(
                process.kind,
                LegalProcessType::OralRequest | LegalProcessType::WrittenRequest
            )
        });
        if formal {
            self.obligations.insert(Obligation::Counsel);
        }
        let health_withheld = record.elements.iter().zip(elements).any(|(facts, finding)| {
            finding.outcome == Outcome::Withhold
                && facts
                    .regimes
                    .contains_any(&[Regime::Hipaa, Regime::P2, Regime::Unknown])
        });
        if health_withheld && request.initiator == Initiator::Requester {
            self.obligations.insert(Obligation::Ib);
        }
        if self.notices.contains(Notice::Part2Statement1) {
            self.obligations.insert(Obligation::N1);
        }
        if self.notices.contains(Notice::ConsentScope) {
            self.obligations.insert(Obligation::Sc);
        }
        if self.accounting.hipaa || self.accounting.part2 {
            self.obligations.insert(Obligation::Acct);
        }
    }

    /// The consents that released elements rest on.
    pub(super) fn consents(&self, record: &RecordFacts) -> Vec<Handle> {
        let mut consents: Vec<Handle> = self
            .consents
            .iter()
            .filter_map(|position| record.consents.get(*position))
            .map(|consent| consent.id.clone())
            .collect();
        consents.sort();
        consents.dedup();
        consents
    }

    /// The agreements under which released elements go.
    pub(super) fn agreements(&self) -> Vec<AgreementInPlay> {
        let mut agreements: Vec<AgreementInPlay> = self
            .lanes
            .iter()
            .map(|lane| lane.agreement.in_play(lane.clause))
            .collect();
        agreements.sort();
        agreements.dedup();
        agreements
    }

    /// What these agreements ask.
    pub(super) fn into_terms(self) -> Vec<AgreementTerm> {
        self.terms.into_sorted()
    }
}

/// What is owed because of how things stand, released or not.
pub(super) fn owed_for_circumstances(case: &Case<'_>) -> WordSet<Obligation> {
    let mut owed: WordSet<Obligation> = law::suspension_check(case).into_iter().collect();
    let warned = case.purpose() == PurposeOfUse::Threat
        || (case.purpose() == PurposeOfUse::AbuseReport && law::receives_adult_abuse_reports(case));
    if case.is_part2() && warned {
        owed.insert(Obligation::Counsel);
    }
    owed
}

/// Bases by which family and friends receive: nobody's identity papers are asked for.
pub(super) fn is_family(basis: Basis) -> bool {
    matches!(
        basis,
        Basis::Hip510b1 | Basis::Hip510b3 | Basis::Hip510b4 | Basis::Hip510b5
    )
}

/// Whether 42 CFR part 2 binds what this regime binds; what is unknown is held to it.
#[must_use]
pub const fn is_part2(regime: Regime) -> bool {
    matches!(regime, Regime::P2 | Regime::Unknown | Regime::Sudn)
}

/// 164.512 but (k)(5): what an accounting under 164.528 lists.
#[must_use]
pub const fn is_public_interest(basis: Basis) -> bool {
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
