//! Restrictions on file as facts for the rules, and what they turn on in the elements (45 CFR 164.522(a), 42 CFR 2.26).

use consent::restriction;
use gateway_types::Timestamp;
use gateway_types::vocabulary::{ElementFact, RestrictionType};
use policies::facts::{ElementFacts, Restriction};

use super::element;
use crate::candidates::{Candidate, Candidates};

/// The restrictions that bind at a moment.
pub(super) struct Binding(Vec<restriction::Binding>);

impl Binding {
    pub(super) fn of(candidates: &Candidates, now: Timestamp) -> Self {
        let on_file = candidates.restrictions().iter();
        Self(
            on_file
                .filter_map(|restriction| restriction.binding(now))
                .collect(),
        )
    }

    /// The restrictions as facts.
    pub(super) fn facts(&self) -> Vec<Restriction> {
        let facts = self.0.iter().map(|binding| Restriction {
            kind: binding.kind,
            agency: binding.agency.clone(),
            categories: binding.categories,
            recipients: binding.kept_from.iter().flatten().cloned().collect(),
            until: binding.until(),
        });
        facts.collect()
    }

    /// The elements as facts, with what a restriction turns on: whether a service was paid for in full, and when what an
    /// agency ended was ended.
    pub(super) fn elements(&self, candidates: &Candidates) -> Vec<ElementFacts> {
        candidates
            .elements()
            .iter()
            .map(|candidate| self.element(candidate))
            .collect()
    }

    fn element(&self, candidate: &Candidate) -> ElementFacts {
        let mut facts = element(candidate);
        let (as_of, received) = (candidate.element.as_of, candidate.element.received_at);
        for binding in &self.0 {
            if binding.agency != candidate.element.source {
                continue;
            }
            if binding.kind == RestrictionType::SelfPay && binding.is_about_paid(candidate.category, as_of) {
                facts.facts.flags.0.insert(ElementFact::SelfPaid);
            }
            if !binding.binds(as_of, received) {
                facts.facts.came_after = facts.facts.came_after.max(binding.until());
            }
        }
        facts
    }
}
