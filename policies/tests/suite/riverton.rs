//! The cast of the demo, decided under the agreements that ship with Assent.

use gateway_types::vocabulary::{Notice, Response};
use policies::facts::Facts;
use policies::{Agreements, Decision, decide_all};
use serde_json::{Value, json};

const CARE: &str = include_str!("../../mou/riverton-crisis-care.toml");
const OUTREACH: &str = include_str!("../../mou/riverton-outreach.toml");

fn agreements() -> Agreements {
    Agreements::load(&[("care", CARE), ("outreach", OUTREACH)]).unwrap()
}

fn agencies() -> Value {
    json!({
        "riverton-hmis": { "kind": "hmis_lead", "hmis_participant": true },
        "lakeside-hospital": { "kind": "hospital", "hipaa_covered_entity": true, "health_care_provider": true },
        "cedar-recovery": {
            "kind": "sud_program", "hipaa_covered_entity": true, "health_care_provider": true, "part2_program": "yes"
        },
        "harbor-crisis": {
            "kind": "behavioral_health_provider", "hipaa_covered_entity": true, "health_care_provider": true
        },
        "riverton-pd-outreach": { "kind": "law_enforcement", "criminal_justice_agency": true, "governmental": true }
    })
}

fn everything_on_file() -> Value {
    json!([
        { "id": "meds", "category": "medications", "source": "lakeside-hospital", "regimes": ["HIPAA"] },
        { "id": "otp", "category": "sud_treatment", "source": "cedar-recovery", "regimes": ["HIPAA", "P2"],
          "sensitivity": ["SUD"] },
        { "id": "worker", "category": "case_manager_contact", "source": "riverton-hmis", "regimes": ["HMIS"] },
        { "id": "bed", "category": "shelter_status", "source": "riverton-hmis", "regimes": ["HMIS"],
          "sensitivity": ["LIVARG"] },
        { "id": "call", "category": "calls_for_service", "source": "riverton-pd-outreach", "regimes": ["CADX"] }
    ])
}

fn asked(requester: &Value, purpose: &str, consents: &Value) -> Facts {
    serde_json::from_value(json!({
        "now": "2026-11-22T14:00:00Z", "initiator": "requester", "agencies": agencies(),
        "requester": requester, "purpose": purpose, "client": { "age": 36 },
        "elements": everything_on_file(), "consents": consents,
        "circumstances": { "privacy_notices": [{
            "agency": "riverton-hmis", "version": "2025-01", "uses": ["service_coordination"],
            "recipient_kinds": ["behavioral_health_provider"], "describes_gateway": true
        }] }
    }))
    .unwrap()
}

fn clinician() -> Value {
    json!({
        "agency": "harbor-crisis", "role": "clinician", "person": "a-rivera", "licensed_clinician": true,
        "treating_relationship": true, "system": "own_record_system"
    })
}

fn officer() -> Value {
    json!({ "agency": "riverton-pd-outreach", "role": "outreach_officer", "person": "k-nguyen", "system": "console" })
}

fn tpo_consent() -> Value {
    json!([{
        "id": "c-tpo", "kind": "tpo", "signed_at": "2026-06-01T10:00:00Z", "signer": { "role": "client" },
        "discloser": { "agencies": ["cedar-recovery"] }, "recipients": { "classes": ["treating_providers"] },
        "purposes": ["TREAT", "HPAYMT", "HOPERAT"], "categories": ["sud_treatment", "medications"],
        "expires": { "none": true },
        "statements": {
            "part2_right_to_revoke": true, "part2_redisclosure_potential": true,
            "part2_refusal_consequences": true, "part2_redisclosure_by_hipaa_holders": true
        }
    }])
}

fn seen(facts: &Facts) -> Vec<String> {
    decide_all(facts, &agreements())
        .findings()
        .released()
        .map(|handle| handle.as_str().to_owned())
        .collect()
}

#[test]
fn the_crisis_clinician_sees_what_consent_notice_and_agreement_allow() {
    let with_consent = asked(&clinician(), "COC", &tpo_consent());
    assert_eq!(seen(&with_consent), ["meds", "otp", "worker", "bed", "call"]);
    let Decision::Permit(permit) = decide_all(&with_consent, &agreements()) else {
        panic!("the clinician treats the person")
    };
    let notices = permit.findings().notices();
    assert!(notices.contains(Notice::Part2Statement1) && notices.contains(Notice::ConsentScope));
    assert_eq!(
        seen(&asked(&clinician(), "COC", &json!([]))),
        ["meds", "worker", "bed", "call"]
    );
    assert_eq!(
        seen(&asked(&clinician(), "TREAT", &tpo_consent())),
        ["meds", "otp", "worker", "bed", "call"]
    );
}

#[test]
fn a_revocation_acts_on_the_next_decision() {
    let mut consents = tpo_consent();
    consents[0]["revoked"] = json!([{ "at": "2026-11-22T13:59:59Z" }]);
    let revoked = asked(&clinician(), "TREAT", &consents);
    assert_eq!(seen(&revoked), ["meds", "worker", "bed", "call"]);
    assert!(
        decide_all(&revoked, &agreements())
            .findings()
            .notices()
            .iter()
            .all(|n| n == Notice::SourceHandling)
    );
}

#[test]
fn the_outreach_officer_sees_own_calls_and_more_only_on_a_written_release() {
    assert_eq!(seen(&asked(&officer(), "LE-OUTREACH", &tpo_consent())), ["call"]);
    let release = json!([{
        "id": "c-roi", "kind": "hmis_roi", "signed_at": "2026-06-01T10:00:00Z", "signer": { "role": "client" },
        "discloser": { "agencies": ["riverton-hmis"] }, "recipients": { "agencies": ["riverton-pd-outreach"] },
        "purposes": ["LE-OUTREACH"], "categories": ["case_manager_contact", "shelter_status"],
        "expires": { "at": "2027-06-01T00:00:00Z" }, "no_investigative_use": true
    }]);
    assert_eq!(
        seen(&asked(&officer(), "LE-OUTREACH", &release)),
        ["worker", "bed", "call"]
    );
}

#[test]
fn a_police_query_for_part_2_data_is_answered_as_for_an_unknown_person() {
    let mut hidden = asked(&officer(), "LE-OUTREACH", &tpo_consent());
    hidden
        .record
        .elements
        .retain(|element| element.id.as_str() == "otp");
    let mut unknown = hidden.clone();
    unknown.record.client.found = gateway_types::vocabulary::ClientMatch::None;
    unknown.record.elements.clear();
    for facts in [hidden, unknown] {
        let decision = decide_all(&facts, &agreements());
        assert_eq!(decision.findings().response(), Response::Neutral);
        assert!(decision.findings().notices().is_empty());
    }
}

#[test]
fn every_rule_has_an_id_a_citation_and_words() {
    let ids: Vec<&str> = policies::rules().map(|rule| rule.id).collect();
    assert!(ids.len() > 100, "only {} rules", ids.len());
    for wanted in ["HP-1", "HP-2", "HP-3", "HP-4", "HP-5", "HP-6", "HP-7", "HP-8"] {
        assert!(ids.contains(&wanted), "{wanted} is missing");
    }
    for rule in policies::rules() {
        assert!(!rule.citation.is_empty() && !rule.says.is_empty(), "{}", rule.id);
    }
}
