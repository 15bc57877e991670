//! The evidence kept of each refusal of health information (45 CFR 171.202).

use policies::blocking::{BlockingRecord, Exception, FollowUp};

use crate::cases::{decision, scenarios};

fn record(id: &str) -> Option<BlockingRecord> {
    let scenario = scenarios()
        .into_iter()
        .find(|scenario| scenario.id == id)
        .unwrap();
    let decision = decision(&scenario.facts);
    BlockingRecord::of(decision.findings(), &scenario.facts)
}

#[test]
fn every_decision_that_owes_evidence_has_it_and_no_other() {
    for scenario in scenarios() {
        let decision = decision(&scenario.facts);
        let owed = decision
            .findings()
            .obligations()
            .contains(gateway_types::vocabulary::Obligation::Ib);
        let record = BlockingRecord::of(decision.findings(), &scenario.facts);
        assert_eq!(record.is_some(), owed, "{}", scenario.id);
        if let Some(record) = record {
            assert!(
                !record.unmet.is_empty() && !record.why.is_empty(),
                "{}",
                scenario.id
            );
            assert!(record.unmet.iter().all(|id| record.criteria.contains(id)));
            assert!(
                !record.exceptions.is_empty() && record.withheld > 0,
                "{}",
                scenario.id
            );
        }
    }
}

#[test]
fn the_exception_and_the_follow_up_fit_the_reason() {
    // A consent that was never there, and one that lacks its statements.
    let without = record("D5").unwrap();
    assert_eq!(
        (without.exceptions.as_slice(), without.follow_up),
        ([Exception::Precondition].as_slice(), FollowUp::None)
    );
    let defective = record("D11").unwrap();
    assert_eq!(defective.follow_up, FollowUp::OfferNewForm);
    // A revoked one needs no repair.
    assert_eq!(record("D9").unwrap().follow_up, FollowUp::None);
    // An agreement is no legal precondition.
    assert_eq!(record("D2a").unwrap().exceptions, [Exception::NoneClaimed]);
    assert_eq!(
        record("F14a").unwrap().exceptions,
        [Exception::IndividualsRequest]
    );
    assert!(record("D1").is_none());
}
