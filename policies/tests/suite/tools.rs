//! The tools of compliance officers: what they say of files that ship, of files with something wrong, of one decision.

use gateway_types::Timestamp;
use policies::facts::Facts;
use policies::tools::Style;
use policies::tools::cases::{read_scenarios, run, run_inside};
use policies::tools::check::{CheckReport, check};
use policies::tools::explain::{Answer, Explanation, FailsOn, explain};
use policies::{Agreements, decide_all};
use serde_json::json;

pub(crate) const CARE: &str = include_str!("../../mou/riverton-crisis-care.toml");
const OUTREACH: &str = include_str!("../../mou/riverton-outreach.toml");

pub(crate) fn now() -> Timestamp {
    "2026-11-22T14:00:00Z".parse().unwrap()
}

pub(crate) fn checked(files: &[(&str, &str)]) -> CheckReport {
    let files: Vec<(String, String)> = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    check(&files, now())
}

/// The codes found in the care agreement once a text in it is changed.
pub(crate) fn codes(from: &str, to: &str) -> Vec<String> {
    assert!(CARE.contains(from), "the agreement does not say {from}");
    checked(&[("care.toml", &CARE.replacen(from, to, 1))])
        .findings
        .iter()
        .map(|finding| finding.code.to_string())
        .collect()
}

pub(crate) fn bent(from: &str, to: &str) -> String {
    assert!(CARE.contains(from), "the agreement does not say {from}");
    CARE.replacen(from, to, 1)
}

#[test]
fn a_finding_is_shown_with_its_line_its_mark_and_its_hint() {
    let text = bent(
        "share    = [\"clinical_picture\"]",
        "share    = [\"clinical_pictures\"]",
    )
    .replace("visible = [\"clinical_picture\"]", "visible = [\"demographics\"]");
    let report = checked(&[("care.toml", &text)]);
    assert_eq!(
        report.to_text(Style::PLAIN),
        r#"error[E07]: `clinical_pictures` is no known category or field set
  --> care.toml:92:13
   |
92 | share    = ["clinical_pictures"]
   |             ^^^^^^^^^^^^^^^^^^^
   = hint: did you mean `clinical_picture`?

1 file, 1 error, 0 warnings
"#
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(
        json["findings"][0],
        json!({
            "code": "E07", "severity": "error", "file": "care.toml", "line": 92, "column": 13, "length": 19,
            "message": "`clinical_pictures` is no known category or field set",
            "hint": "did you mean `clinical_picture`?"
        })
    );
}

#[test]
fn what_ships_has_no_error() {
    let report = checked(&[("care.toml", CARE), ("outreach.toml", OUTREACH)]);
    assert!(!report.has_errors(), "{}", report.to_text(Style::PLAIN));
}

#[test]
fn a_paper_is_told_of_its_dates_its_signatures_and_what_it_leaves_unused() {
    let with = |from, to, code: &str| {
        let found = codes(from, to);
        assert!(found.contains(&code.to_owned()), "no {code} for {to}: {found:?}");
        assert!(
            !codes("title     = ", "title     = ").contains(&code.to_owned()),
            "{code} anyway"
        );
    };
    with("review_by = 2027-01-01", "expires = 2026-12-24", "W04");
    with("review_by = 2027-01-01", "expires = 2028-01-01", "W01");
    with("review_by = 2027-01-01\n", "", "W01");
    with("review_by = 2027-01-01", "review_by = 2026-11-21", "W06");
    with("review_by = 2027-01-01", "expires = 2026-11-21", "W12");
    with("effective = 2025-01-01", "effective = 2026-12-01", "E19");
    with(
        "party = \"crisis\"\nname  = \"Ines",
        "party = \"hmis\"\nname  = \"Ines",
        "E01",
    );
    with(
        "instruments = [\"OTHER\"]",
        "instruments = [\"OTHER\", \"QSOA\"]",
        "W10",
    );
    with(
        "[[field_set]]\nkey    = \"housing_path\"",
        "[[field_set]]\nkey = \"more\"\nfields = [\"ssn\"]\n\n[[field_set]]\nkey    = \"housing_path\"",
        "W05",
    );
    with(
        "\"psychologist\", \"crisis_counselor\"]",
        "\"psychologist\", \"crisis_counselor\", \"driver\"]",
        "W15",
    );
    with(
        "[[never]]\nid    = \"4.1\"",
        "[[clause]]\nid=\"3.5\"\ntext=\"x\"\nfrom=\"hospital\"\nto=\"crisis\"\nroles=[\"nurse\"]\npurposes=[\"COC\"]\n\
         share=[\"labs\"]\nconsent=\"tpo\"\nbasis=\"x\"\n[[never]]\nid    = \"4.1\"",
        "W07",
    );
    // The last day still counts.
    assert!(!codes("review_by = 2027-01-01", "expires = 2026-11-22").contains(&"W12".to_owned()));
}

#[test]
fn a_set_is_told_of_promises_that_close_and_clauses_that_repeat() {
    let other = CARE
        .replacen("riverton-crisis-care", "riverton-second", 1)
        .replacen("[[never]]\nid    = \"4.1\"", "[[never]]\nid = \"9.9\"\ntext = \"No income.\"\nto = \"crisis\"\nshare = [\"veteran\"]\n\n[[never]]\nid    = \"4.1\"", 1)
        .replacen("\"enrollment\", \"veteran\"]", "\"enrollment\"]", 1);
    let report = checked(&[("care.toml", CARE), ("second.toml", &other)]);
    let told: Vec<String> = report
        .findings
        .iter()
        .map(|finding| format!("{} {} {}", finding.code, finding.file, finding.message))
        .collect();
    assert!(
        told.iter().any(|line| line.starts_with(
            "W13 care.toml promise `9.9` of `riverton-second` closes what clause `3.3` shares: veteran"
        )),
        "{told:#?}"
    );
    assert!(
        told.iter().any(|line| line.starts_with(
            "W14 second.toml clause `3.1` of `riverton-crisis-care` lets through all that clause `3.1`"
        )),
        "{told:#?}"
    );
    let same = checked(&[("care.toml", CARE), ("again.toml", CARE)]);
    assert!(
        same.findings
            .iter()
            .any(|finding| finding.code.to_string() == "E20")
    );
    // Health data for officers, promised without any condition.
    let officers = OUTREACH
        .replacen(
            "fields = [\"contact\", ",
            "fields = [\"medications\", \"contact\", ",
            1,
        )
        .replacen("consent  = \"hmis_roi\"", "consent  = \"not_required\"", 1)
        .replacen("\"medications\", \"conditions\"", "\"conditions\"", 1);
    let report = checked(&[("outreach.toml", &officers)]);
    let text = officers.replace("expect = { hidden = [\"*\"] }", "expect = { hidden = [\"ssn\"] }");
    let report = if report
        .findings
        .iter()
        .any(|finding| finding.code.to_string() == "E19")
    {
        checked(&[("outreach.toml", &text)])
    } else {
        report
    };
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.code.to_string() == "E14"),
        "{}",
        report.to_text(Style::PLAIN)
    );
}

#[test]
fn scenarios_run_by_their_contract_and_wrong_files_are_located() {
    let folder = crate::cases::cases_folder();
    let text = std::fs::read_to_string(folder.join("a_crisis.json")).unwrap();
    let scenarios = read_scenarios("a_crisis.json", &text).unwrap();
    assert!(scenarios.iter().all(|scenario| run(scenario).passes()));
    let first = run(&scenarios[0]);
    assert_eq!(first.line(Style::PLAIN), "ok D1");
    assert_eq!(
        serde_json::to_string(&first.decision).unwrap(),
        r#"{"id":"D1","elements":{"allergies":"release","meds":"release"},"response":"ok","obligations":["LOG","VERIFY"],"notices":[],"accounting":{"hipaa":false,"part2":false}}"#
    );
    let flipped = text.replacen("\"meds\": \"release\"", "\"meds\": \"withhold\"", 1);
    let failing = run(&read_scenarios("a", &flipped).unwrap()[0]);
    assert_eq!(failing.line(Style::PLAIN), "FAIL D1 meds release not withhold");
    assert!(
        failing.to_text(Style::PLAIN).contains("HIP-506a permits"),
        "{}",
        failing.to_text(Style::PLAIN)
    );
    for (from, to, line, told) in [
        ("\"initiator\"", "\"initator\"", 9, "unknown field `initator`"),
        ("\"TREAT\"", "\"TREATS\"", 1, "purpose of use"),
        ("\"cites\"", "\"cites\": [], \"cites\"", 1, "duplicate field"),
        ("\"meds\": \"release\",", "", 1, "must name every element"),
        ("[\n", "{\n", 1, ""),
    ] {
        assert!(text.contains(from), "no {from}");
        let error = read_scenarios("a.json", &text.replacen(from, to, 1)).unwrap_err();
        assert!(error.line >= line && error.message.contains(told), "{error}");
    }
}

#[test]
fn a_test_inside_that_fails_says_what_decided() {
    let wrong = bent(
        "visible = [\"sud_treatment\", \"medications\"]",
        "visible = [\"sud_treatment\", \"income\"], because = { labs = \"3.1\", hiv = \"4.9\" }",
    );
    let outcomes = run_inside("care.toml", &wrong).unwrap();
    let failing: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.passes())
        .map(|outcome| outcome.to_text(Style::PLAIN))
        .collect();
    assert_eq!(
        failing,
        [
            r"riverton-crisis-care/test-4: a treating clinician with a consent sees the treatment record
    income
      - expected visible
      + came out hidden: no clause shows it to everybody present
    labs
      - expected decided by `3.1`
      + came out visible by `3.2`
    hiv
      - expected decided by `4.9`
      + came out hidden: no clause shows it to everybody present
"
        ]
    );
    assert!(checked(&[("care.toml", &wrong)]).has_errors());
}

pub(crate) fn facts(change: impl FnOnce(&mut serde_json::Value)) -> Facts {
    let mut facts = json!({
        "now": "2026-11-22T14:00:00Z", "initiator": "requester", "purpose": "TREAT",
        "agencies": {
            "lakeside-hospital": { "kind": "hospital", "hipaa_covered_entity": true, "health_care_provider": true },
            "cedar-recovery": { "kind": "sud_program", "hipaa_covered_entity": true, "health_care_provider": true,
                                "part2_program": "yes" },
            "harbor-crisis": { "kind": "behavioral_health_provider", "hipaa_covered_entity": true,
                               "health_care_provider": true }
        },
        "requester": { "agency": "harbor-crisis", "role": "clinician", "licensed_clinician": true,
                       "treating_relationship": true, "system": "own_record_system" },
        "client": { "age": 36 },
        "elements": [
            { "id": "meds", "category": "medications", "source": "lakeside-hospital", "regimes": ["HIPAA"] },
            { "id": "otp", "category": "sud_treatment", "source": "cedar-recovery", "regimes": ["HIPAA", "P2"] }
        ]
    });
    change(&mut facts);
    serde_json::from_value(facts).unwrap()
}

fn explained(agreement: &str, change: impl FnOnce(&mut serde_json::Value)) -> Explanation {
    explain(&facts(change), &Agreements::load(&[("care", agreement)]).unwrap())
}

#[test]
fn an_explanation_names_statute_agreement_and_what_is_missing() {
    let told = explained(CARE, |_| {});
    assert_eq!(told.response, "ok");
    let [meds, otp] = told.elements.as_slice() else {
        panic!("two elements")
    };
    assert_eq!((meds.outcome, meds.answer), ("release", Answer::Agreement));
    let clause = meds
        .because
        .iter()
        .find(|fired| fired.rule == "riverton-crisis-care@1.0.0/3.1")
        .unwrap();
    assert_eq!(
        clause.says,
        "Crisis clinicians see the hospital's clinical picture of a person they treat."
    );
    assert_eq!(clause.authority, "45 CFR 164.506(c)(2)");
    assert_eq!((otp.outcome, otp.answer), ("withhold", Answer::Default));
    assert!(
        otp.because.iter().any(|fired| fired.rule == "DEFAULT-P2"),
        "{:?}",
        otp.because
    );
    assert!(
        !otp.because.iter().any(|fired| fired.rule == "DEFAULT-HIPAA"),
        "{:?}",
        otp.because
    );
    let text = told.to_text(Style::PLAIN);
    assert!(
        text.contains("medications of lakeside-hospital (meds) goes by agreement"),
        "{text}"
    );
}

#[test]
fn near_misses_are_clauses_that_fail_on_one_thing() {
    let missed = |agreement: &str, change: &dyn Fn(&mut serde_json::Value)| -> Vec<(String, FailsOn)> {
        let told = explained(agreement, change);
        told.near_misses
            .iter()
            .chain(told.elements.iter().flat_map(|element| &element.near_misses))
            .map(|miss| (miss.clause.clone(), miss.fails_on))
            .collect()
    };
    let fails = |clause: &str, on| vec![(clause.to_owned(), on)];
    let meds = |facts: &mut serde_json::Value| drop(facts["elements"].as_array_mut().unwrap().pop());
    let consent = CARE.replacen("consent  = \"not_required\"", "consent  = \"authorization\"", 1);
    let consent = consent.replace("[\"clinical_picture\"], hidden", "[], hidden");
    assert_eq!(missed(&consent, &meds), fails("3.1", FailsOn::Consent));
    let when = CARE.replacen(
        "consent  = \"not_required\"\n",
        "consent  = \"not_required\"\nwhen = [\"ems_call_open\"]\n",
        1,
    );
    let when = when.replace("[\"clinical_picture\"], hidden", "[], hidden");
    assert_eq!(missed(&when, &meds), fails("3.1", FailsOn::Condition));
    let psychologist = |facts: &mut serde_json::Value| {
        meds(facts);
        facts["requester"]["role"] = "driver".into();
    };
    let roles = missed(CARE, &psychologist);
    assert!(roles.contains(&("3.1".into(), FailsOn::Role)), "{roles:?}");
    let purpose = |facts: &mut serde_json::Value| {
        meds(facts);
        facts["purpose"] = "HOUSING-COORD".into();
    };
    // The gate is open by clause 3.3, so the miss is at the element; the law forbids it first.
    assert!(missed(CARE, &purpose).is_empty());
    let late = |facts: &mut serde_json::Value| {
        meds(facts);
        facts["now"] = "2024-12-31T23:59:59Z".into();
    };
    assert!(missed(CARE, &late).contains(&("3.1".into(), FailsOn::Date)));
    let gate = explained(CARE, |facts| {
        facts["purpose"] = "HPAYMT".into();
    });
    assert_eq!(gate.response, "refused");
    assert!(
        gate.near_misses
            .iter()
            .any(|miss| miss.fails_on == FailsOn::Purpose && miss.clause == "3.1")
    );
}

#[test]
fn the_basis_of_a_clause_is_never_read_by_a_decision() {
    let other = CARE.replace("basis    = \"", "basis    = \"42 CFR 2.51 and anything else: ");
    assert_ne!(other, CARE);
    let (one, two) = (
        Agreements::load(&[("a", CARE)]).unwrap(),
        Agreements::load(&[("a", &other)]).unwrap(),
    );
    let mut compared = 0;
    for purpose in ["TREAT", "COC", "HOUSING-COORD", "ETREAT", "BTG"] {
        for role in ["clinician", "physician", "driver", "case_manager"] {
            for consents in [json!([]), consent_on_file()] {
                let facts = facts(|facts| {
                    facts["purpose"] = purpose.into();
                    facts["requester"]["role"] = role.into();
                    facts["consents"] = consents.clone();
                });
                let (before, after) = (decide_all(&facts, &one), decide_all(&facts, &two));
                let released = |decision: &policies::Decision| {
                    decision
                        .findings()
                        .released()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>()
                };
                assert_eq!(released(&before), released(&after));
                assert_eq!(before.findings().response(), after.findings().response());
                assert_eq!(before.findings().obligations(), after.findings().obligations());
                compared += released(&before).len();
            }
        }
    }
    assert!(compared > 0, "nothing was ever released");
}

fn consent_on_file() -> serde_json::Value {
    json!([{
        "id": "c-tpo", "kind": "tpo", "signed_at": "2026-06-01T10:00:00Z", "signer": { "role": "client" },
        "discloser": { "agencies": ["cedar-recovery"] }, "recipients": { "agencies": ["harbor-crisis"] },
        "purposes": ["TREAT", "COC"], "categories": ["sud_treatment", "medications"], "expires": { "none": true },
        "statements": { "part2_right_to_revoke": true, "part2_redisclosure_potential": true,
                        "part2_refusal_consequences": true, "part2_redisclosure_by_hipaa_holders": true }
    }])
}
