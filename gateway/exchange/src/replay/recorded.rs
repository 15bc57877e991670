//! What was recorded of a decision, and what comes out of its facts when they are asked again.

use std::collections::BTreeSet;

use gateway_audit::detail::{Accounting, Detail};
use gateway_types::AgencyId;
use gateway_types::vocabulary::{Category, ClientMatch, Response};
use policies::facts::{Circumstances, ClientFacts, Handle, RecordFacts, RequestFacts};
use policies::{Agreements, Decision, Effect, Findings, Outcome};

use super::report::{Change, Direction};

/// The facts of one decision, as far as they were gathered.
pub(super) enum Facts {
    /// All: somebody was looked for.
    Whole(Box<policies::facts::Facts>),
    /// Those of the request alone: it was refused at the gates, before anybody was looked for.
    Request(Box<RequestFacts>),
}

/// What comes out.
pub(super) enum Outcomes {
    /// A decision.
    Decided(Decision),
    /// The gates would let it through; what then would have been found was never looked up.
    Admitted,
}

impl Facts {
    /// Reads sealed facts; `None` if there were none to decide on.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, &'static str> {
        if bytes.is_empty() {
            return Ok(None);
        }
        if let Ok(facts) = serde_json::from_slice(bytes) {
            return Ok(Some(Self::Whole(Box::new(facts))));
        }
        // The parser's own words might repeat a value.
        serde_json::from_slice(bytes)
            .map(|facts| Some(Self::Request(Box::new(facts))))
            .map_err(|_| "its facts are of a form that this release does not know")
    }

    pub(super) fn decide(&self, agreements: &Agreements) -> Outcomes {
        match self {
            Self::Whole(facts) => Outcomes::Decided(policies::decide_all(facts, agreements)),
            Self::Request(request) => match policies::admit(request, agreements) {
                Ok(_admitted) => Outcomes::Admitted,
                Err(denial) => Outcomes::Decided(Decision::Denial(denial)),
            },
        }
    }

    /// The facts for the explanation: of a request that was refused at the gates, with nobody found.
    pub(super) fn whole(&self) -> policies::facts::Facts {
        match self {
            Self::Whole(facts) => (**facts).clone(),
            Self::Request(request) => policies::facts::Facts {
                request: (**request).clone(),
                record: RecordFacts {
                    client: ClientFacts {
                        age: 0,
                        in_custody: false,
                        deceased: false,
                        minor_may_consent_alone: false,
                        adjudicated_incapacity: false,
                        found: ClientMatch::None,
                    },
                    elements: Vec::new(),
                    consents: Vec::new(),
                    circumstances: Circumstances::default(),
                },
            },
        }
    }

    /// What would be answered otherwise.
    pub(super) fn changes(&self, before: &Outcomes, after: &Outcomes) -> Vec<Change> {
        let request = match self {
            Self::Whole(facts) => &facts.request,
            Self::Request(request) => request,
        };
        let recipients: BTreeSet<&AgencyId> = request.recipients().map(|person| &person.agency).collect();
        let purpose = request.purpose;
        let mut changes = Vec::new();
        let mut note = |direction, category: Option<Category>| {
            for recipient in &recipients {
                changes.push(Change {
                    direction,
                    recipient: (*recipient).clone(),
                    purpose,
                    category,
                });
            }
        };
        match (is_admitted(before), is_admitted(after)) {
            (false, true) => note(Direction::NewlyAdmitted, None),
            (true, false) => note(Direction::NoLongerAdmitted, None),
            _ => {}
        }
        if let (Self::Whole(facts), Outcomes::Decided(before), Outcomes::Decided(after)) =
            (self, before, after)
        {
            let (before, after) = (released(before.findings()), released(after.findings()));
            for element in &facts.record.elements {
                match (before.contains(&element.id), after.contains(&element.id)) {
                    (false, true) => note(Direction::NewlyReleased, Some(element.category)),
                    (true, false) => note(Direction::NoLongerReleased, Some(element.category)),
                    _ => {}
                }
            }
        }
        changes
    }
}

fn released(findings: &Findings) -> BTreeSet<&Handle> {
    findings.released().collect()
}

/// Whether the gates let it through.
fn is_admitted(outcome: &Outcomes) -> bool {
    match outcome {
        Outcomes::Admitted => true,
        Outcomes::Decided(decision) => decision.findings().response() != Response::Refused,
    }
}

/// In what a decision does not come out as it was recorded.
pub(super) fn differences(recorded: &Detail, again: &Outcomes) -> Vec<&'static str> {
    let Outcomes::Decided(decision) = again else {
        return vec!["response"];
    };
    let findings = decision.findings();
    let released = findings
        .elements()
        .iter()
        .filter(|element| element.outcome() == Outcome::Release);
    let same_released = recorded
        .released
        .iter()
        .map(|element| (Handle::from(element.element), element.bases))
        .eq(released
            .clone()
            .map(|element| (element.id().clone(), element.bases())));
    let accounting = Accounting {
        hipaa: findings.accounting().hipaa,
        part2: findings.accounting().part2,
        via_ehr: recorded.accounting.via_ehr,
    };
    let agreements: Vec<_> = findings
        .agreements()
        .iter()
        .filter_map(|agreement| Some((agreement.id.clone(), agreement.hash?)))
        .collect();
    let recorded_agreements: Vec<_> = recorded
        .agreements
        .iter()
        .map(|agreement| (agreement.id.clone(), agreement.hash))
        .collect();
    let consents: BTreeSet<Handle> = findings.consents().iter().cloned().collect();
    let recorded_consents: BTreeSet<Handle> = recorded
        .consents
        .iter()
        .map(|consent| Handle::from(consent.id))
        .collect();
    // What was not looked up has no number.
    let withheld = findings.elements().len() - released.count();
    let checks = [
        ("response", recorded.response == Some(findings.response())),
        ("elements or bases", same_released),
        ("withheld", recorded.withheld == withheld as u64),
        ("obligations", recorded.obligations == findings.obligations()),
        ("notices", recorded.notices == findings.notices()),
        ("accounting", recorded.accounting == accounting),
        ("consents", recorded_consents == consents),
        ("agreements", recorded_agreements == agreements),
        (
            "agreement set",
            recorded.agreement_set == Some(findings.agreement_set()),
        ),
        ("reasons", recorded_rules(recorded) == rules(findings)),
    ];
    checks
        .into_iter()
        .filter(|(_, same)| !same)
        .map(|(what, _)| what)
        .collect()
}

fn recorded_rules(recorded: &Detail) -> BTreeSet<&str> {
    recorded
        .reasons
        .iter()
        .map(|reason| reason.rule.as_str())
        .collect()
}

/// The rules that forbade something, as the entry of a decision lists them.
fn rules(findings: &Findings) -> BTreeSet<&'static str> {
    let withheld = findings
        .elements()
        .iter()
        .filter(|element| element.outcome() == Outcome::Withhold)
        .flat_map(|element| element.reasons());
    findings
        .request_reasons()
        .iter()
        .copied()
        .chain(withheld)
        .filter(|reason| reason.effect() != Effect::Permits)
        .map(|reason| reason.rule().id)
        .collect()
}
