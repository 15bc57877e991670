//! What an agreement adds in time and duty: where its days begin, what breaks the glass and owes, how long to keep.

use policies::facts::Facts;
use policies::{Agreements, decide_all};
use serde_json::json;

use crate::tools::{CARE, bent, codes, facts};

#[test]
fn days_begin_and_end_where_the_parties_are() {
    let chicago = bent(
        "review_by = 2027-01-01",
        "expires = 2026-11-22\ntime_zone = \"America/Chicago\"",
    );
    let agreements = Agreements::load(&[("care", &chicago)]).unwrap();
    let stands = |moment: &str| agreements.in_force(moment.parse().unwrap()).count() == 1;
    assert!(!stands("2025-01-01T05:59:59Z") && stands("2025-01-01T06:00:00Z"));
    assert!(stands("2026-11-23T05:59:59Z") && !stands("2026-11-23T06:00:00Z"));
    assert_eq!(
        codes("review_by = ", "time_zone = \"America/Chicgo\"\nreview_by = "),
        ["E05"]
    );
}

fn broken_glass(emergency: &serde_json::Value) -> Facts {
    facts(|facts| {
        facts["purpose"] = "BTG".into();
        facts["requester"]["role"] = "physician".into();
        facts["requester"]["medical_personnel"] = true.into();
        facts["circumstances"] = json!({ "emergency": emergency });
    })
}

#[test]
fn the_glass_breaks_only_with_what_the_paper_requires_and_brings_its_duties() {
    let agreements = Agreements::load(&[("care", CARE)]).unwrap();
    let stated = json!({
        "immediate_treatment_needed": true, "personnel_named": true, "affiliation_named": true,
        "discloser_named": true, "time_recorded": true, "nature_recorded": true, "stated_by": "physician",
        "needed_categories": ["medications", "sud_treatment"]
    });
    let decision = decide_all(&broken_glass(&stated), &agreements);
    let released: Vec<String> = decision.findings().released().map(ToString::to_string).collect();
    assert_eq!(released, ["meds", "otp"]);
    let terms: Vec<serde_json::Value> = decision
        .findings()
        .terms()
        .iter()
        .map(|term| {
            let mut term = serde_json::to_value(term).unwrap();
            term.as_object_mut().unwrap().remove("hash");
            term
        })
        .collect();
    let of = |term: serde_json::Value| {
        let mut whole = json!({ "agreement": "riverton-crisis-care", "clause": "emergency", "recipient": "harbor-crisis" });
        whole
            .as_object_mut()
            .unwrap()
            .extend(term.as_object().unwrap().clone());
        whole
    };
    assert_eq!(
        terms,
        [
            of(json!({ "term": "use_within", "hours": 12 })),
            of(json!({ "term": "second_person", "within_hours": 24 })),
            of(json!({ "term": "notify_privacy_officer", "of": "cedar-recovery" })),
            of(json!({ "term": "notify_client_when_safe" })),
        ]
    );
    // The law would let the medications go without a reason (164.506); this paper does not.
    for missing in ["stated_by", "nature_recorded"] {
        let mut less = stated.clone();
        less.as_object_mut().unwrap().remove(missing);
        let denied = decide_all(&broken_glass(&less), &agreements);
        assert_eq!(denied.findings().released().count(), 0, "opens without {missing}");
        assert!(denied.findings().terms().is_empty());
    }
    let lenient = bent(
        "requires  = [\"stated_reason\", \"second_person_within_24h\"]\n",
        "",
    );
    let lenient = Agreements::load(&[("care", &lenient)]).unwrap();
    let mut less = stated;
    less.as_object_mut().unwrap().remove("stated_by");
    assert!(
        decide_all(&broken_glass(&less), &lenient)
            .findings()
            .released()
            .count()
            > 0
    );
}

#[test]
fn retention_comes_with_the_decision_the_shorter_time_first() {
    let with = bent(
        "[[retention]]",
        "[[retention]]\nparty = \"crisis\"\nshare = [\"*\"]\ndays = 30\nthen = \"delete\"\n\n\
         [[retention]]\nparty = \"crisis\"\nshare = [\"medications\"]\ndays = 7\nthen = \"delete\"\n\n[[retention]]",
    );
    let agreements = Agreements::load(&[("care", &with)]).unwrap();
    let decision = decide_all(&facts(|_| {}), &agreements);
    let terms = serde_json::to_value(decision.findings().terms()).unwrap();
    assert_eq!(terms.as_array().unwrap().len(), 1, "{terms}");
    assert_eq!(terms[0]["term"], "keep_at_most");
    assert_eq!(terms[0]["days"], 7);
    assert_eq!(terms[0]["categories"], json!(["medications"]));
}
