//! The agreement files that ship with Assent, and what a file with something wrong in it is told.

use std::path::Path;

use gateway_types::Timestamp;
use policies::mou::{Diagnostic, check};
use policies::{Agreements, Decision, decide_all};

const CARE: &str = include_str!("../../mou/riverton-crisis-care.toml");
const OUTREACH: &str = include_str!("../../mou/riverton-outreach.toml");

fn told(found: &[Diagnostic]) -> String {
    found.iter().map(|diagnostic| format!("{diagnostic}\n")).collect()
}

/// What is said about the care agreement once a text in it is changed.
fn changed(from: &str, to: &str) -> String {
    assert!(CARE.contains(from), "the agreement does not say {from}");
    told(&check("care.toml", &CARE.replacen(from, to, 1)).unwrap_err())
}

#[test]
fn every_agreement_that_ships_is_in_order_and_its_tests_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mou");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let tests =
            check(&path.display().to_string(), &text).unwrap_or_else(|found| panic!("{}", told(&found)));
        assert!(tests >= 5, "{} has too few tests", path.display());
        files += 1;
    }
    assert!(files >= 2);
}

#[test]
fn errors_name_line_column_and_what_was_meant() {
    assert_eq!(
        changed("roles    = [\"clinician\"", "rolls    = [\"clinician\""),
        "care.toml:85:1: `roles` is missing\n\
         care.toml:90:1: unknown key `rolls` (hint: did you mean `roles`?)\n"
    );
    assert_eq!(
        changed(
            "share    = [\"clinical_picture\"]",
            "share    = [\"clinical_pictures\"]"
        )
        .lines()
        .next()
        .unwrap(),
        "care.toml:92:13: `clinical_pictures` is no known category or field set (hint: did you mean `clinical_picture`?)"
    );
    assert!(changed("\"TREAT\", \"COC\"", "\"TREATS\", \"COC\"").contains("did you mean `TREAT`?"));
    assert!(changed("status    = \"active\"", "status    = \"activ\"").contains("did you mean `active`?"));
    assert!(
        changed("from     = \"hospital\"", "from     = \"hospitals\"").contains("did you mean `hospital`?")
    );
    assert!(changed("effective = 2025-01-01", "effective = \"2025-01-01\"").contains("a date like"));
    assert!(changed("consent  = \"not_required\"\n", "").contains("`consent` is missing"));
}

#[test]
fn an_agreement_that_contradicts_itself_is_refused() {
    assert!(
        changed("share    = [\"clinical_picture\"]", "share    = [\"*\"]").contains("`*` may not be shared")
    );
    assert!(changed("id       = \"3.2\"", "id       = \"3.1\"").contains("used twice"));
    assert!(
        changed(
            "share    = [\"case_manager_contact\", \"crisis_plan\"]",
            "share    = [\"labs\"]"
        )
        .contains("promises never to share")
    );
    assert!(
        changed("review_by = ", "expires = 2024-01-01\nreview_by = ").contains("expires before it starts")
    );
    assert!(
        changed("\"housing_navigator\"]\npurposes", "\"driver\"]\npurposes")
            .contains("no receiving party has this role")
    );
    assert!(changed("when     = [\"treating_relationship\"]\n", "").contains("a consent alone does not do"));
}

#[test]
fn all_errors_of_a_file_are_told_at_once() {
    let bent = CARE
        .replacen("kind   = \"hospital\"", "kind   = \"hospitl\"", 1)
        .replacen("purposes = [\"HOUSING-COORD\"]", "purposes = [\"HOUSING\"]", 1)
        .replacen("days  = 365", "days  = \"a year\"", 1);
    let found = check("care.toml", &bent).unwrap_err();
    assert!(found.len() >= 3, "{}", told(&found));
    assert!(found.is_sorted_by_key(|diagnostic| diagnostic.line));
}

#[test]
fn a_file_that_not_all_have_signed_brings_nothing_into_force() {
    let now: Timestamp = "2026-11-10T14:00:00Z".parse().unwrap();
    let start = CARE.find("[[signature]]").unwrap();
    let end = CARE[start + 1..].find("[[signature]]").unwrap() + start + 1;
    let unsigned = format!("{}{}", &CARE[..start], &CARE[end..]);
    assert_eq!(
        Agreements::load(&[("care.toml", &unsigned)])
            .unwrap()
            .in_force(now)
            .count(),
        0
    );
    assert_eq!(
        Agreements::load(&[("care.toml", CARE)])
            .unwrap()
            .in_force(now)
            .count(),
        1
    );
    let suspended = CARE.replacen("\"active\"", "\"suspended\"", 1);
    assert_eq!(
        Agreements::load(&[("care.toml", &suspended)])
            .unwrap()
            .in_force(now)
            .count(),
        0
    );
}

#[test]
fn the_digest_tells_what_the_agreement_says_and_nothing_else() {
    let hash = |text: &str| Agreements::load(&[("a", text)]).unwrap().all()[0].hash().unwrap();
    let commented = format!("# a remark\n{}", CARE.replace("  = ", " = "));
    assert_eq!(hash(CARE), hash(&commented));
    assert_ne!(
        hash(CARE),
        hash(&CARE.replacen("max_hours = 12", "max_hours = 24", 1))
    );
    let one = Agreements::load(&[("a", CARE), ("b", OUTREACH)]).unwrap();
    let other = Agreements::load(&[("b", OUTREACH), ("a", CARE)]).unwrap();
    assert_eq!(one.hash(), other.hash());
    assert_ne!(one.hash(), Agreements::none().hash());
}

#[test]
fn the_same_agreement_twice_is_refused() {
    assert!(Agreements::load(&[("a", CARE), ("b", CARE)]).is_err());
}

fn facts(json: serde_json::Value) -> policies::facts::Facts {
    serde_json::from_value(json).unwrap()
}

fn outreach_request(purpose: &str, consents: &serde_json::Value) -> policies::facts::Facts {
    facts(serde_json::json!({
        "now": "2026-11-10T14:00:00Z",
        "initiator": "requester",
        "agencies": {
            "riverton-pd-outreach": { "kind": "law_enforcement", "criminal_justice_agency": true, "governmental": true },
            "riverton-hmis": { "kind": "hmis_lead", "hmis_participant": true }
        },
        "requester": { "agency": "riverton-pd-outreach", "role": "outreach_officer", "system": "console" },
        "purpose": purpose,
        "client": { "age": 41 },
        "elements": [
            { "id": "worker", "category": "case_manager_contact", "source": "riverton-hmis", "regimes": ["HMIS"] },
            { "id": "bed", "category": "shelter_status", "source": "riverton-hmis", "regimes": ["HMIS"], "sensitivity": ["LIVARG"] },
            { "id": "income", "category": "income", "source": "riverton-hmis", "regimes": ["HMIS"] }
        ],
        "consents": consents
    }))
}

#[test]
fn clauses_narrow_by_direction_role_purpose_and_demand() {
    let agreements = Agreements::load(&[("care", CARE), ("outreach", OUTREACH)]).unwrap();
    let release = serde_json::json!([{
        "id": "c-1", "kind": "hmis_roi", "signed_at": "2026-06-01T10:00:00Z", "signer": { "role": "client" },
        "discloser": { "agencies": ["riverton-hmis"] },
        "recipients": { "agencies": ["riverton-pd-outreach"] },
        "purposes": ["LE-OUTREACH", "LE-WELFARE"],
        "categories": ["case_manager_contact", "shelter_status", "income"],
        "expires": { "at": "2027-06-01T00:00:00Z" }
    }]);
    let seen = |facts: &policies::facts::Facts| -> Vec<String> {
        decide_all(facts, &agreements)
            .findings()
            .released()
            .map(|handle| handle.as_str().to_owned())
            .collect()
    };
    // The release names income, the agreement does not: the agreement narrows.
    let permitted = outreach_request("LE-OUTREACH", &release);
    assert_eq!(seen(&permitted), ["worker", "bed"]);
    let Decision::Permit(permit) = decide_all(&permitted, &agreements) else {
        panic!("the outreach officer has a release")
    };
    let in_play = permit.findings().agreements();
    assert_eq!(in_play[0].clause.as_deref(), Some("3.1"));
    assert_eq!(in_play[0].hash, agreements.all()[1].hash());
    assert!(seen(&outreach_request("LE-OUTREACH", &serde_json::json!([]))).is_empty());
    let welfare = decide_all(&outreach_request("LE-WELFARE", &release), &agreements);
    assert_eq!(welfare.findings().response().to_string(), "refused");
    let mut patrol = permitted;
    patrol.request.requester.person.role = gateway_types::vocabulary::Role::PatrolOfficer;
    assert_eq!(
        decide_all(&patrol, &agreements).findings().response().to_string(),
        "refused"
    );
}
