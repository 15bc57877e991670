//! State law: modules can only tighten (45 CFR 160.203(b), 42 CFR 2.20); without one the conservative default holds.

use gateway_types::vocabulary::{ElementFact, Sensitivity, StateEffect, StateTopic};

use super::case::Case;

/// Which topic of State law a label falls under.
const TOPICS: &[(StateTopic, &[Sensitivity])] = &[
    (StateTopic::MentalHealth, &[Sensitivity::Mh, Sensitivity::Psy]),
    (StateTopic::Hiv, &[Sensitivity::Hiv, Sensitivity::Std]),
    (StateTopic::Genetic, &[Sensitivity::Gdis]),
    (
        StateTopic::Reproductive,
        &[Sensitivity::Sex, Sensitivity::Pregnant],
    ),
];

impl Case<'_> {
    fn module_says(&self, topic: StateTopic, effect: StateEffect) -> bool {
        self.record
            .circumstances
            .state_modules
            .iter()
            .any(|module| module.topic == topic && module.effect == effect)
    }

    /// The topics of State law that the element touches.
    fn state_topics(&self) -> impl Iterator<Item = StateTopic> {
        let by_label = TOPICS
            .iter()
            .filter(|(_, labels)| self.labelled(labels))
            .map(|(topic, _)| *topic);
        let minors = self
            .element
            .is(ElementFact::MinorSelfConsented)
            .then_some(StateTopic::Minors);
        by_label.chain(minors)
    }

    /// ST-1, ST-2: whether State law, or the default in its absence, lets the element go outside on treatment grounds.
    pub(crate) fn state_law_allows(&self) -> bool {
        self.stays_inside()
            || self.state_topics().all(|topic| {
                let open = self.module_says(topic, StateEffect::NoAdditionalRule)
                    && !self.module_says(topic, StateEffect::RequireConsent);
                !self.module_says(topic, StateEffect::Deny)
                    && (open || self.emergency_clinician() || self.any_written_consent())
            })
    }

    /// ST-1: whether a module forbids the element's topic outright.
    pub(crate) fn state_law_forbids(&self) -> bool {
        !self.stays_inside()
            && self
                .state_topics()
                .any(|topic| self.module_says(topic, StateEffect::Deny))
    }

    /// Whether State law on local police data leaves the default profile open.
    pub(crate) fn police_records_open(&self) -> bool {
        !self.module_says(StateTopic::PoliceRecords, StateEffect::Deny)
            && (!self.module_says(StateTopic::PoliceRecords, StateEffect::RequireConsent)
                || self.any_written_consent())
    }
}
