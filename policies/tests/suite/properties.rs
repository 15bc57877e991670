//! The metamorphic properties of the scenarios' README (section 9): change the input, compare what is released.

use std::collections::BTreeSet;

use crate::cases::{decision, released, scenarios};
use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, Category, ClientMatch, Instrument, PurposeOfUse, Regime, Role, Sensitivity,
    Statement, SystemKind, Word, WordSet,
};
use gateway_types::{AgencyId, Timestamp};
use policies::facts::{
    AgencyFacts, CategoryScope, Expiry, Facts, Flags, Handle, MouFacts, Person, Revocation,
};
use policies::{Findings, Outcome};

/// Every scenario; `change` gives changed facts, none of which may release anything more.
fn nothing_more(change: impl Fn(&Facts) -> Vec<Facts>) {
    let mut tried = 0;
    for scenario in scenarios() {
        let before = released(&scenario.facts);
        for changed in change(&scenario.facts) {
            let after = released(&changed);
            let more: Vec<_> = after.difference(&before).collect();
            assert!(more.is_empty(), "{}: {more:?} released in addition", scenario.id);
            tried += 1;
        }
    }
    assert!(tried > 50, "only {tried} cases tried");
}

/// Everything that a decision says, as text.
fn told(findings: &Findings) -> String {
    let elements: BTreeSet<String> = findings
        .elements()
        .iter()
        .map(|element| format!("{} {:?} {:?}", element.id(), element.outcome(), element.bases()))
        .collect();
    format!(
        "{elements:?} {} {:?} {:?} {:?} {:?}",
        findings.response(),
        findings.obligations(),
        findings.notices(),
        findings.accounting(),
        findings.consents().iter().collect::<BTreeSet<_>>(),
    )
}

fn everything_for_everybody(facts: &Facts) -> MouFacts {
    MouFacts {
        id: Handle::new("m-everything").unwrap(),
        effective: Timestamp::from_micros(0),
        expires: None,
        parties: facts.request.agencies.keys().cloned().collect(),
        purposes: WordSet::all(),
        categories: CategoryScope::All,
        recipient_roles: WordSet::EMPTY,
        instruments: WordSet::EMPTY.with(Instrument::Other),
        terms: WordSet::EMPTY,
        segregated_clinical_record: false,
    }
}

#[test]
fn a_an_agreement_of_no_legal_kind_adds_nothing_where_one_already_covers_all() {
    let mut tried = 0;
    for scenario in scenarios() {
        let request = &scenario.facts.request;
        let holders: BTreeSet<&AgencyId> = scenario
            .facts
            .record
            .elements
            .iter()
            .map(|e| e.holder())
            .collect();
        let covered = request.mous.iter().any(|mou| {
            mou.effective <= request.now
                && mou.expires.is_none_or(|end| request.now < end)
                && request
                    .recipients()
                    .all(|person| mou.parties.contains(&person.agency))
                && mou.parties.contains(&request.requester.person.agency)
                && holders.iter().all(|holder| mou.parties.contains(holder))
                && mou.purposes.contains(request.purpose)
                && mou.categories == CategoryScope::All
                && mou.recipient_roles.is_empty()
        });
        if !covered {
            continue;
        }
        let mut changed = scenario.facts.clone();
        changed
            .request
            .mous
            .push(everything_for_everybody(&scenario.facts));
        let (before, after) = (released(&scenario.facts), released(&changed));
        assert!(after.is_subset(&before), "{}: {after:?}", scenario.id);
        tried += 1;
    }
    assert!(tried > 50, "only {tried} cases tried");
}

#[test]
fn a2_no_agreement_changes_a_purpose_that_needs_none() {
    for scenario in scenarios() {
        let needs_none = matches!(
            scenario.facts.request.purpose,
            PurposeOfUse::Patrqt
                | PurposeOfUse::Famrqt
                | PurposeOfUse::Pwatrny
                | PurposeOfUse::Threat
                | PurposeOfUse::LeInvest
                | PurposeOfUse::LeReport
                | PurposeOfUse::LegalProc
                | PurposeOfUse::AbuseReport
                | PurposeOfUse::AbuseFollowup
        );
        if needs_none {
            let mut changed = scenario.facts.clone();
            changed
                .request
                .mous
                .push(everything_for_everybody(&scenario.facts));
            assert_eq!(
                told(decision(&changed).findings()),
                told(decision(&scenario.facts).findings()),
                "{}",
                scenario.id
            );
        }
    }
}

#[test]
fn b_a_further_recipient_never_widens_the_view() {
    let member = |agency: &AgencyId, role, system, treating_relationship| Person {
        agency: agency.clone(),
        role,
        person: None,
        licensed_clinician: treating_relationship,
        medical_personnel: treating_relationship,
        treating_relationship,
        system,
        system_operator: None,
    };
    nothing_more(|facts| {
        let outsider = AgencyId::new("added-agency").unwrap();
        let mut all = Vec::new();
        for kind in AgencyKind::ALL {
            for flags in [
                Flags::default(),
                [AgencyFlag::CriminalJusticeAgency].into_iter().collect(),
            ] {
                let mut changed = facts.clone();
                changed.request.agencies.insert(
                    outsider.clone(),
                    AgencyFacts {
                        kind: *kind,
                        part2_program: gateway_types::vocabulary::Part2Status::No,
                        flags,
                    },
                );
                changed.request.audience.push(member(
                    &outsider,
                    Role::Clinician,
                    SystemKind::OwnRecordSystem,
                    false,
                ));
                all.push(changed);
            }
        }
        for agency in facts.request.agencies.keys() {
            for (role, system, treats) in [
                (Role::Clinician, SystemKind::OwnRecordSystem, true),
                (Role::PatrolOfficer, SystemKind::Console, false),
                (Role::Client, SystemKind::Portal, false),
                (Role::ComplianceOfficer, SystemKind::SharedInbox, false),
            ] {
                let mut changed = facts.clone();
                changed
                    .request
                    .audience
                    .push(member(agency, role, system, treats));
                all.push(changed);
            }
        }
        all
    });
}

#[test]
fn c_a_consent_taken_away_never_widens_the_view() {
    nothing_more(|facts| {
        (0..facts.record.consents.len())
            .map(|position| {
                let mut changed = facts.clone();
                changed.record.consents.remove(position);
                changed
            })
            .collect()
    });
}

#[test]
fn d_time_events_and_revocations_never_widen_the_view() {
    nothing_more(|facts| {
        let mut all = Vec::new();
        for (position, consent) in facts.record.consents.iter().enumerate() {
            let mut revoked = facts.clone();
            revoked.record.consents[position].revoked.push(Revocation {
                at: facts.request.now,
                recipients: Vec::new(),
                form: gateway_types::vocabulary::RevocationForm::Oral,
            });
            assert!(
                !decision(&revoked).findings().consents().contains(&consent.id),
                "a revoked consent is relied on"
            );
            all.push(revoked);
            match consent.expires {
                Some(Expiry::At(end)) if end > facts.request.now => {
                    let mut later = facts.clone();
                    later.request.now = end;
                    all.push(later);
                }
                Some(Expiry::Event { event, .. }) => {
                    let mut ended = facts.clone();
                    ended.record.consents[position].expires = Some(Expiry::Event {
                        event,
                        occurred: Some(true),
                    });
                    all.push(ended);
                }
                _ => {}
            }
        }
        for mou in &facts.request.mous {
            if let Some(end) = mou.expires
                && end > facts.request.now
                && facts.record.circumstances.suspensions.is_empty()
            {
                let mut later = facts.clone();
                later.request.now = end;
                all.push(later);
            }
        }
        all
    });
}

#[test]
fn e_to_the_outside_no_client_hidden_data_and_refusal_look_alike() {
    for scenario in scenarios() {
        let mut unknown = scenario.facts.clone();
        unknown.record.client.found = ClientMatch::None;
        let without_client = decision(&unknown);
        let with_client = decision(&scenario.facts);
        if with_client.findings().released().next().is_none() {
            assert_eq!(
                with_client.findings().response(),
                without_client.findings().response(),
                "{}",
                scenario.id
            );
            assert!(with_client.findings().notices().is_empty(), "{}", scenario.id);
        }
        assert!(
            without_client.findings().released().next().is_none(),
            "{}",
            scenario.id
        );
    }
}

#[test]
fn f_a_form_with_something_missing_never_widens_the_view() {
    nothing_more(|facts| {
        let mut all = Vec::new();
        for (position, consent) in facts.record.consents.iter().enumerate() {
            for statement in Statement::ALL {
                if consent.statements.has(*statement) {
                    let mut changed = facts.clone();
                    changed.record.consents[position].statements.0.remove(*statement);
                    all.push(changed);
                }
            }
            let mut undated = facts.clone();
            undated.record.consents[position].signed_at = None;
            let mut unsigned = facts.clone();
            unsigned.record.consents[position].signer = None;
            all.extend([undated, unsigned]);
        }
        all
    });
}

#[test]
fn g_nothing_goes_that_cannot_be_recorded() {
    for scenario in scenarios() {
        let mut changed = scenario.facts.clone();
        changed.record.circumstances.audit_store_unavailable = true;
        assert!(released(&changed).is_empty(), "{}", scenario.id);
    }
}

#[test]
fn h_a_label_is_not_a_regime() {
    let health: WordSet<Regime> = [Regime::Hipaa, Regime::P2].into_iter().collect();
    for scenario in scenarios() {
        let mut changed = scenario.facts.clone();
        for element in &mut changed.record.elements {
            if element.regimes.is_subset_of(health) {
                element.sensitivity.insert(Sensitivity::Sud);
            }
        }
        assert_eq!(
            told(decision(&changed).findings()),
            told(decision(&scenario.facts).findings()),
            "{}",
            scenario.id
        );
    }
}

#[test]
fn i_neither_order_nor_names_decide() {
    for scenario in scenarios() {
        let before = told(decision(&scenario.facts).findings());
        let mut changed = scenario.facts.clone();
        changed.request.audience.reverse();
        changed.request.mous.reverse();
        changed.record.elements.reverse();
        changed.record.consents.reverse();
        let circumstances = &mut changed.record.circumstances;
        circumstances.legal_process.reverse();
        circumstances.attestations.reverse();
        circumstances.approvals.reverse();
        circumstances.legal_authority.reverse();
        circumstances.oral_agreements.reverse();
        circumstances.restrictions.reverse();
        circumstances.state_modules.reverse();
        circumstances.suspensions.reverse();
        circumstances.privacy_notices.reverse();
        for consent in &mut changed.record.consents {
            consent.recipients.agencies.reverse();
            consent.discloser.agencies.reverse();
            consent.revoked.reverse();
        }
        for mou in &mut changed.request.mous {
            mou.parties.reverse();
        }
        assert_eq!(
            told(decision(&changed).findings()),
            before,
            "{} reordered",
            scenario.id
        );
        assert_eq!(
            renamed_and_back(&scenario.facts),
            before,
            "{} renamed",
            scenario.id
        );
    }
}

/// Decides the facts under other agency names that sort the other way, and gives the names back in what is told.
fn renamed_and_back(facts: &Facts) -> String {
    let mut json = String::from_utf8(facts.to_canonical_json().unwrap()).unwrap();
    for (position, agency) in facts.request.agencies.keys().enumerate() {
        let other = format!("\"z{:02}-agency\"", 50 - position);
        json = json.replace(&format!("\"{agency}\""), &other);
    }
    let renamed: Facts = serde_json::from_str(&json).unwrap();
    told(decision(&renamed).findings())
}

#[test]
fn j_an_element_less_changes_nothing_for_the_others() {
    for scenario in scenarios() {
        let facts = &scenario.facts;
        let whole = decision(facts);
        for (position, dropped) in facts.record.elements.iter().enumerate() {
            // A victim service asks nobody unless its release names every holder: there elements hang together.
            let asker = &facts.request.agencies.get(&facts.request.requester.person.agency);
            let asks_for_victims = asker.is_some_and(|agency| {
                agency.flags.has(AgencyFlag::VictimService)
                    || agency.kind == AgencyKind::VictimServiceProvider
            });
            if dropped.category == Category::PatientStatement
                || asks_for_victims
                || facts.record.elements.len() == 1
            {
                continue;
            }
            let mut changed = facts.clone();
            changed.record.elements.remove(position);
            let part = decision(&changed);
            for element in part.findings().elements() {
                let before: Outcome = whole
                    .findings()
                    .elements()
                    .iter()
                    .find(|other| other.id() == element.id())
                    .unwrap()
                    .outcome();
                assert_eq!(element.outcome(), before, "{} {}", scenario.id, element.id());
            }
        }
    }
}

#[test]
fn a_decision_says_the_same_each_time() {
    for scenario in scenarios() {
        assert_eq!(
            told(decision(&scenario.facts).findings()),
            told(decision(&scenario.facts).findings())
        );
    }
}

/// Facts that nobody wrote together: the papers and circumstances of one scenario in another's request.
#[test]
fn strange_mixtures_of_facts_are_decided_and_never_release_more_without_consents() {
    let all = scenarios();
    let mut released_something = 0;
    for (position, scenario) in all.iter().enumerate() {
        for step in [1usize, 7, 31, 59, 101, 149] {
            let other = &all[(position + step) % all.len()];
            let mut mixed = scenario.facts.clone();
            mixed.record.circumstances = other.facts.record.circumstances.clone();
            mixed
                .record
                .consents
                .extend(other.facts.record.consents.iter().cloned());
            mixed.request.purpose = other.facts.request.purpose;
            mixed
                .request
                .mous
                .extend(other.facts.request.mous.iter().cloned());
            let with = released(&mixed);
            released_something += usize::from(!with.is_empty());
            mixed.record.consents.clear();
            let without = released(&mixed);
            assert!(without.is_subset(&with), "{} with {}", scenario.id, other.id);
            mixed.record.circumstances.audit_store_unavailable = true;
            assert!(released(&mixed).is_empty());
        }
    }
    assert!(
        released_something > 20,
        "only {released_something} mixtures released anything"
    );
}
