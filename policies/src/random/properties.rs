//! The metamorphic properties of the scenarios (README, section 9), for any facts: change the input, compare.
//!
//! What a property changes, where there is a choice, goes by a number, so that a failure can be made again.

use std::collections::BTreeSet;

use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, Category, ClientMatch, Instrument, PurposeOfUse, Regime, RevocationForm, Role,
    Sensitivity, Statement, SystemKind, Word, WordSet,
};
use gateway_types::{AgencyId, Timestamp};

use crate::facts::{AgencyFacts, CategoryScope, Expiry, Facts, Flags, Handle, MouFacts, Person, Revocation};
use crate::{Agreements, Decision, Findings, decide_all};

/// A property that does not hold, by its letter, and what went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The letter of the README.
    pub property: &'static str,
    /// In words, without anybody's data.
    pub what: String,
}

/// How often each property could be tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Facts looked at.
    pub facts: u64,
    /// Facts of which something is released.
    pub released: u64,
    /// Changed facts compared.
    pub compared: u64,
}

/// Tries every property on these facts.
#[must_use]
pub fn violations(facts: &Facts, number: u64, tally: &mut Tally) -> Vec<Violation> {
    let mut trial = Trial {
        facts,
        before: decide(facts),
        number,
        compared: 0,
        found: Vec::new(),
    };
    trial.agreements();
    trial.recipients();
    trial.consents();
    trial.silence();
    trial.record();
    trial.labels();
    trial.order();
    trial.elements();
    tally.facts += 1;
    tally.released += u64::from(trial.before.findings().released().next().is_some());
    tally.compared += trial.compared;
    trial.found
}

struct Trial<'a> {
    facts: &'a Facts,
    before: Decision,
    number: u64,
    compared: u64,
    found: Vec<Violation>,
}

fn decide(facts: &Facts) -> Decision {
    decide_all(facts, &Agreements::none())
}

fn released(findings: &Findings) -> BTreeSet<&str> {
    findings.released().map(Handle::as_str).collect()
}

/// Everything that a decision says, in no order.
fn told(findings: &Findings) -> String {
    let elements: BTreeSet<String> = findings
        .elements()
        .iter()
        .map(|element| format!("{} {:?} {:?}", element.id(), element.outcome(), element.bases()))
        .collect();
    let consents: BTreeSet<&Handle> = findings.consents().iter().collect();
    format!(
        "{elements:?} {} {:?} {:?} {:?} {consents:?}",
        findings.response(),
        findings.obligations(),
        findings.notices(),
        findings.accounting(),
    )
}

impl Trial<'_> {
    fn choose<T: Copy>(&self, from: &[T]) -> Option<T> {
        let len = u64::try_from(from.len()).ok().filter(|len| *len > 0)?;
        from.get(usize::try_from(self.number % len).ok()?).copied()
    }

    fn fail(&mut self, property: &'static str, what: String) {
        self.found.push(Violation { property, what });
    }

    /// Nothing more may go once the facts are changed so.
    fn nothing_more(&mut self, property: &'static str, what: &str, change: impl FnOnce(&mut Facts)) {
        let mut changed = self.facts.clone();
        change(&mut changed);
        let after = decide(&changed);
        let more = released(after.findings())
            .difference(&released(self.before.findings()))
            .count();
        self.compared += 1;
        if more > 0 {
            self.fail(property, format!("{what}: {more} more released"));
        }
    }

    /// The decision may not change at all.
    fn the_same(&mut self, property: &'static str, what: &str, change: impl FnOnce(&mut Facts)) {
        let mut changed = self.facts.clone();
        change(&mut changed);
        self.compared += 1;
        if told(decide(&changed).findings()) != told(self.before.findings()) {
            self.fail(property, what.to_owned());
        }
    }

    /// a, a2.
    fn agreements(&mut self) {
        let request = &self.facts.request;
        let everything = MouFacts {
            id: handle("m-everything"),
            effective: Timestamp::from_micros(0),
            expires: None,
            parties: request.agencies.keys().cloned().collect(),
            purposes: WordSet::all(),
            categories: CategoryScope::All,
            recipient_roles: WordSet::EMPTY,
            instruments: WordSet::EMPTY.with(Instrument::Other),
            terms: WordSet::EMPTY,
            segregated_clinical_record: false,
        };
        let holders = || {
            self.facts
                .record
                .elements
                .iter()
                .map(crate::facts::ElementFacts::holder)
        };
        let covered = request.mous.iter().any(|mou| {
            mou.effective <= request.now
                && mou.expires.is_none_or(|end| request.now < end)
                && request.recipients().all(|person| {
                    mou.parties.contains(&person.agency) && mou.parties.contains(person.operator())
                })
                && mou.parties.contains(&request.requester.person.agency)
                && holders().all(|holder| mou.parties.contains(holder))
                && mou.purposes.contains(request.purpose)
                && mou.categories == CategoryScope::All
                && mou.recipient_roles.is_empty()
        });
        if covered {
            let one = everything.clone();
            self.nothing_more("a", "an agreement of no legal kind", |facts| {
                facts.request.mous.push(one)
            });
        }
        if needs_none(request.purpose) {
            self.the_same("a2", "an agreement where none is needed", |facts| {
                facts.request.mous.push(everything);
            });
        }
    }

    /// b.
    fn recipients(&mut self) {
        // A push to nobody is refused; its first recipient is no further one.
        if self.facts.request.recipients().next().is_none() {
            return;
        }
        let Some(kind) = self.choose(AgencyKind::ALL) else {
            return;
        };
        let (Some(role), Some(system)) = (self.choose(Role::ALL), self.choose(SystemKind::ALL)) else {
            return;
        };
        let justice = self.number.is_multiple_of(3);
        self.nothing_more("b", "one more in the audience", |facts| {
            let Ok(outsider) = AgencyId::new("added-agency") else {
                return;
            };
            let flags = if justice {
                [AgencyFlag::CriminalJusticeAgency].into_iter().collect()
            } else {
                Flags::default()
            };
            facts.request.agencies.insert(
                outsider.clone(),
                AgencyFacts {
                    kind,
                    part2_program: gateway_types::vocabulary::Part2Status::No,
                    flags,
                },
            );
            facts.request.audience.push(Person {
                agency: outsider,
                role,
                person: None,
                licensed_clinician: true,
                medical_personnel: true,
                treating_relationship: true,
                system,
                system_operator: None,
            });
        });
    }

    /// c, d, f.
    fn consents(&mut self) {
        for position in 0..self.facts.record.consents.len() {
            self.nothing_more("c", "a consent taken away", |facts| {
                facts.record.consents.remove(position);
            });
            let now = self.facts.request.now;
            let of_this = |facts: &mut Facts, change: &dyn Fn(&mut crate::facts::ConsentFacts)| {
                if let Some(consent) = facts.record.consents.get_mut(position) {
                    change(consent);
                }
            };
            self.nothing_more("d", "a consent revoked", |facts| {
                of_this(facts, &|consent| {
                    consent.revoked.push(Revocation {
                        at: now,
                        recipients: Vec::new(),
                        form: RevocationForm::Oral,
                    });
                });
            });
            let expires = self
                .facts
                .record
                .consents
                .get(position)
                .and_then(|consent| consent.expires);
            if let Some(Expiry::Event { event, .. }) = expires {
                self.nothing_more("d", "an event that occurred", |facts| {
                    of_this(facts, &|consent| {
                        consent.expires = Some(Expiry::Event {
                            event,
                            occurred: Some(true),
                        });
                    });
                });
            }
            if let Some(Expiry::At(_)) = expires {
                self.nothing_more("d", "an end reached", |facts| {
                    of_this(facts, &|consent| consent.expires = Some(Expiry::At(now)));
                });
            }
            let said = self
                .facts
                .record
                .consents
                .get(position)
                .map(|consent| consent.statements.0);
            let statement = said.and_then(|said| self.choose(&said.iter().collect::<Vec<Statement>>()));
            if let Some(statement) = statement {
                self.nothing_more("f", "a statement missing", |facts| {
                    of_this(facts, &|consent| consent.statements.0.remove(statement));
                });
            }
            self.nothing_more("f", "no signature", |facts| {
                of_this(facts, &|consent| consent.signer = None)
            });
            self.nothing_more("f", "no date", |facts| {
                of_this(facts, &|consent| consent.signed_at = None)
            });
        }
        for position in 0..self.facts.request.mous.len() {
            let now = self.facts.request.now;
            self.nothing_more("d", "an agreement ended", |facts| {
                if let Some(mou) = facts.request.mous.get_mut(position) {
                    mou.expires = Some(now);
                }
            });
        }
    }

    /// e.
    fn silence(&mut self) {
        let mut unknown = self.facts.clone();
        unknown.record.client.found = ClientMatch::None;
        let unknown = decide(&unknown);
        self.compared += 1;
        let before = self.before.findings();
        if unknown.findings().released().next().is_some() {
            self.fail("e", "something goes about nobody".to_owned());
        } else if before.released().next().is_none()
            && (before.response() != unknown.findings().response()
                || !before.notices().is_empty()
                || !unknown.findings().notices().is_empty())
        {
            self.fail("e", "a refusal can be told from nobody".to_owned());
        }
    }

    /// g.
    fn record(&mut self) {
        let mut changed = self.facts.clone();
        changed.record.circumstances.audit_store_unavailable = true;
        self.compared += 1;
        if decide(&changed).findings().released().next().is_some() {
            self.fail("g", "something goes that cannot be recorded".to_owned());
        }
    }

    /// h.
    fn labels(&mut self) {
        let health: WordSet<Regime> = [Regime::Hipaa, Regime::P2].into_iter().collect();
        self.the_same("h", "a label counted as a regime", |facts| {
            for element in &mut facts.record.elements {
                if element.regimes.is_subset_of(health) {
                    element.sensitivity.insert(Sensitivity::Sud);
                }
            }
        });
    }

    /// i.
    fn order(&mut self) {
        self.the_same("i", "order decides", |facts| {
            facts.request.audience.reverse();
            facts.request.mous.reverse();
            for mou in &mut facts.request.mous {
                mou.parties.reverse();
            }
            facts.record.elements.reverse();
            facts.record.consents.reverse();
            for consent in &mut facts.record.consents {
                consent.recipients.agencies.reverse();
                consent.discloser.agencies.reverse();
                consent.revoked.reverse();
            }
            let circumstances = &mut facts.record.circumstances;
            circumstances.legal_process.reverse();
            circumstances.attestations.reverse();
            circumstances.approvals.reverse();
            circumstances.legal_authority.reverse();
            circumstances.oral_agreements.reverse();
            circumstances.restrictions.reverse();
            circumstances.state_modules.reverse();
            circumstances.suspensions.reverse();
            circumstances.privacy_notices.reverse();
        });
    }

    /// j. A victim service asks nobody unless its release names every holder: there elements hang together.
    fn elements(&mut self) {
        let asker = self
            .facts
            .request
            .agencies
            .get(&self.facts.request.requester.person.agency);
        let for_victims = asker.is_some_and(|agency| {
            agency.flags.has(AgencyFlag::VictimService) || agency.kind == AgencyKind::VictimServiceProvider
        });
        let positions: Vec<usize> = (0..self.facts.record.elements.len()).collect();
        let Some(position) = self
            .choose(&positions)
            .filter(|_| positions.len() > 1 && !for_victims)
        else {
            return;
        };
        let mut changed = self.facts.clone();
        let dropped = changed.record.elements.remove(position);
        if dropped.category == Category::PatientStatement {
            return;
        }
        let after = decide(&changed);
        self.compared += 1;
        let whole = released(self.before.findings());
        let part = released(after.findings());
        let differs = whole
            .symmetric_difference(&part)
            .any(|id| *id != dropped.id.as_str());
        if differs {
            self.fail("j", "an element less changes another".to_owned());
        }
    }
}

fn handle(text: &str) -> Handle {
    Handle::new(text).unwrap_or_else(|_| Handle::numbered(0))
}

/// Purposes that need no agreement, so that none may change anything.
const fn needs_none(purpose: PurposeOfUse) -> bool {
    matches!(
        purpose,
        PurposeOfUse::Patrqt
            | PurposeOfUse::Famrqt
            | PurposeOfUse::Pwatrny
            | PurposeOfUse::Threat
            | PurposeOfUse::LeInvest
            | PurposeOfUse::LeReport
            | PurposeOfUse::LegalProc
            | PurposeOfUse::AbuseReport
            | PurposeOfUse::AbuseFollowup
    )
}
