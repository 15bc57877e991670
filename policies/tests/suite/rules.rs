//! Rules of the floor that no scenario exercises: each once where it carries and once where one thing is missing.

use policies::Agreements;
use policies::decide_all;
use policies::facts::Facts;
use serde_json::{Value, json};

/// A request with everything a rule might need left out; `set` fills in what it is about.
fn facts(purpose: &str, requester: &Value, element: &Value, set: &[(&str, Value)]) -> Facts {
    let mut all = json!({
        "now": "2026-11-10T14:00:00Z",
        "initiator": "requester",
        "agencies": {
            "clinic": { "kind": "behavioral_health_provider", "hipaa_covered_entity": true, "health_care_provider": true },
            "hospital": { "kind": "hospital", "hipaa_covered_entity": true, "health_care_provider": true },
            "programme": { "kind": "sud_program", "health_care_provider": true, "part2_program": "yes" },
            "shelter": { "kind": "homeless_services", "hmis_participant": true },
            "youth": { "kind": "youth_services" },
            "haven": { "kind": "victim_service_provider", "victim_service": true },
            "police": { "kind": "law_enforcement", "criminal_justice_agency": true, "governmental": true },
            "prosecutor": { "kind": "prosecutor", "criminal_justice_agency": true, "governmental": true },
            "court": { "kind": "court", "governmental": true },
            "pdmp": { "kind": "pdmp", "governmental": true },
            "cps": { "kind": "child_protection", "governmental": true },
            "university": { "kind": "research_institution" },
            "operator": { "kind": "gateway_operator", "business_associate": true },
            "home": { "kind": "private_person" }
        },
        "requester": requester,
        "purpose": purpose,
        "client": { "age": 30 },
        "elements": [element],
        "mous": [{
            "id": "m-1", "effective": "2026-01-01T00:00:00Z",
            "parties": ["clinic", "hospital", "programme", "shelter", "youth", "haven", "police", "prosecutor", "court",
                        "pdmp", "cps", "university", "operator", "home"],
            "purposes": ["TREAT", "COC", "HRESCH", "HOUSING-COORD", "PDMP-REPORT", "LE-OUTREACH", "AUDIT"],
            "categories": ["all"], "instruments": ["RESEARCH"]
        }]
    });
    for (key, value) in set {
        all[*key] = value.clone();
    }
    serde_json::from_value(all).unwrap()
}

fn goes(facts: &Facts) -> bool {
    decide_all(facts, &Agreements::none())
        .findings()
        .released()
        .count()
        == 1
}

/// What carries a release, and the same with each of `without` taken out of its facts.
fn carried(basis: &str, facts: &Facts, without: &[&str]) {
    let decision = decide_all(facts, &Agreements::none());
    let bases = policies::decision::codes(decision.findings().bases());
    assert!(
        bases.contains(&basis),
        "{basis} not among {bases:?}: {:#?}",
        decision.findings().elements()
    );
    for path in without {
        let mut json: Value = serde_json::from_slice(&facts.to_canonical_json().unwrap()).unwrap();
        let (parent, key) = path.rsplit_once('/').unwrap();
        let place = json.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}"));
        match place {
            Value::Object(entries) => drop(entries.remove(key).unwrap()),
            Value::Array(items) => drop(items.remove(key.parse().unwrap())),
            _ => panic!("{path} is no place"),
        }
        assert!(
            !goes(&serde_json::from_value(json).unwrap()),
            "{basis} goes without {path}"
        );
    }
}

fn person(agency: &str, role: &str) -> Value {
    json!({ "agency": agency, "role": role, "system": "none" })
}

fn clinician(agency: &str) -> Value {
    json!({ "agency": agency, "role": "clinician", "licensed_clinician": true, "treating_relationship": true,
            "system": "own_record_system" })
}

fn element(category: &str, source: &str, regimes: &Value) -> Value {
    json!({ "id": "item", "category": category, "source": source, "regimes": regimes })
}

fn consent(kind: &str, from: &str, to: &str, purpose: &str, category: &str, statements: &Value) -> Value {
    json!([{
        "id": "c-1", "kind": kind, "signed_at": "2026-06-01T10:00:00Z", "signer": { "role": "client" },
        "discloser": { "agencies": [from] }, "recipients": { "agencies": [to] }, "purposes": [purpose],
        "categories": [category], "expires": { "at": "2027-06-01T00:00:00Z" }, "statements": statements
    }])
}

fn tpo_statements() -> Value {
    json!({ "part2_right_to_revoke": true, "part2_redisclosure_potential": true,
            "part2_refusal_consequences": true, "part2_redisclosure_by_hipaa_holders": true })
}

#[test]
fn separated_notes_are_open_to_their_author_alone() {
    let mut notes = element("psychotherapy_notes", "clinic", &json!(["HIPAA", "PSYN"]));
    notes["facts"] = json!({ "originated_by_requester": true });
    carried(
        "OWN",
        &facts("TREAT", &clinician("clinic"), &notes, &[]),
        &["/elements/0/facts"],
    );
}

#[test]
fn victim_data_does_not_cross_into_another_division_that_holds_it() {
    let own = element("contact", "haven", &json!(["VSP"]));
    assert!(goes(&facts(
        "COC",
        &person("haven", "victim_advocate"),
        &own,
        &[]
    )));
    let mut crossed = own;
    crossed["holder"] = json!("police");
    assert!(!goes(&facts(
        "LE-OUTREACH",
        &person("police", "outreach_officer"),
        &crossed,
        &[]
    )));
}

#[test]
fn a_named_holder_under_a_single_consent_passes_on_for_treatment_but_not_to_police() {
    let mut held = element("medications", "programme", &json!(["HIPAA", "P2"]));
    held["holder"] = json!("hospital");
    let consents = consent(
        "tpo",
        "programme",
        "hospital",
        "TREAT",
        "medications",
        &tpo_statements(),
    );
    let passed_on = facts("TREAT", &clinician("clinic"), &held, &[("consents", consents)]);
    carried(
        "P2-33",
        &passed_on,
        &["/consents/0", "/consents/0/statements", "/elements/0/holder"],
    );
}

#[test]
fn dispensing_is_reported_on_consent_where_the_law_requires_it() {
    let item = element("medications", "programme", &json!(["P2"]));
    let statements = json!({ "part2_right_to_revoke": true });
    let reported = facts(
        "PDMP-REPORT",
        &person("programme", "program_staff"),
        &item,
        &[
            ("initiator", json!("source")),
            ("audience", json!([person("pdmp", "registrar")])),
            (
                "consents",
                consent(
                    "named",
                    "programme",
                    "pdmp",
                    "PDMP-REPORT",
                    "medications",
                    &statements,
                ),
            ),
            (
                "circumstances",
                json!({ "legal_authority": [
                { "agency": "pdmp", "form": "statute", "topic": "pdmp_report", "categories": ["medications"] }] }),
            ),
        ],
    );
    carried("P2-36", &reported, &["/consents/0"]);
}

#[test]
fn youth_and_hopwa_records_go_on_a_written_release_only() {
    let release = |from| {
        consent(
            "hmis_roi",
            from,
            "shelter",
            "HOUSING-COORD",
            "enrollment",
            &json!({}),
        )
    };
    let navigator = person("shelter", "housing_navigator");
    let youth = element("enrollment", "youth", &json!(["RHY"]));
    let of_age = facts(
        "HOUSING-COORD",
        &navigator,
        &youth,
        &[("consents", release("youth"))],
    );
    carried(
        "RHY-1",
        &of_age,
        &["/consents/0", "/consents/0/signer", "/consents/0/expires"],
    );
    let minor = facts(
        "HOUSING-COORD",
        &navigator,
        &youth,
        &[("consents", release("youth")), ("client", json!({ "age": 16 }))],
    );
    assert!(!goes(&minor), "a minor's release without the parent's signature");
    let hopwa = element("enrollment", "youth", &json!(["HOPWA"]));
    let released = facts(
        "HOUSING-COORD",
        &navigator,
        &hopwa,
        &[("consents", release("youth"))],
    );
    carried("HOPWA-1", &released, &["/consents/0"]);
}

#[test]
fn judicial_process_opens_hmis_and_hospital_data_after_counsel() {
    let served = |by: &str, holder: &str| {
        json!({
            "legal_process": [{ "type": "court_order", "by": by, "categories": ["contact"] }],
            "approvals": [{ "type": "counsel", "by_agency": holder }],
            "privacy_notices": [{ "agency": "shelter", "version": "1", "uses": ["le_process"] }]
        })
    };
    let hmis = facts(
        "LE-INVEST",
        &person("police", "detective"),
        &element("contact", "shelter", &json!(["HMIS"])),
        &[("circumstances", served("police", "shelter"))],
    );
    carried(
        "LE-1",
        &hmis,
        &[
            "/circumstances/approvals/0",
            "/circumstances/privacy_notices/0",
            "/circumstances/legal_process/0/categories",
        ],
    );
    let order = facts(
        "LEGAL-PROC",
        &person("court", "judge_or_clerk"),
        &element("contact", "hospital", &json!(["HIPAA"])),
        &[("circumstances", served("court", "hospital"))],
    );
    carried(
        "HIP-512e",
        &order,
        &["/circumstances/approvals/0", "/circumstances/legal_process/0"],
    );
}

#[test]
fn child_abuse_is_reported_by_a_hospital_to_whom_the_law_names() {
    let report = facts(
        "ABUSE-REPORT",
        &person("hospital", "nurse"),
        &element("incident_report", "hospital", &json!(["HIPAA"])),
        &[
            ("initiator", json!("source")),
            ("audience", json!([person("cps", "protective_services_worker")])),
            (
                "circumstances",
                json!({
                "legal_authority": [{ "agency": "cps", "form": "statute", "topic": "child_abuse_report" }],
                "attestations": [{ "type": "abuse_report", "by_role": "nurse", "by_agency": "hospital" }] }),
            ),
        ],
    );
    carried(
        "HIP-512b",
        &report,
        &[
            "/circumstances/legal_authority/0",
            "/circumstances/attestations/0",
        ],
    );
}

#[test]
fn hmis_research_needs_waiver_notice_and_agreement() {
    let research = facts(
        "HRESCH",
        &person("university", "researcher"),
        &element("income", "shelter", &json!(["HMIS"])),
        &[(
            "circumstances",
            json!({
            "attestations": [{ "type": "research_waiver", "by_role": "researcher", "by_agency": "university",
                               "categories": ["income"] }],
            "privacy_notices": [{ "agency": "shelter", "version": "1", "uses": ["research"],
                                  "recipient_kinds": ["research_institution"], "describes_gateway": true }] }),
        )],
    );
    carried(
        "HMIS-5",
        &research,
        &[
            "/circumstances/attestations/0",
            "/circumstances/privacy_notices/0/describes_gateway",
            "/mous/0/instruments",
        ],
    );
}

#[test]
fn criminal_history_stays_between_criminal_justice_agencies() {
    let history = element("criminal_history", "police", &json!(["CHRI"]));
    carried(
        "CJ-20.33",
        &facts("LE-INVEST", &person("prosecutor", "prosecutor"), &history, &[]),
        &["/agencies/prosecutor/criminal_justice_agency"],
    );
    assert!(!goes(&facts(
        "LE-INVEST",
        &person("court", "judge_or_clerk"),
        &history,
        &[]
    )));
}

#[test]
fn a_compliance_officer_reads_no_payload_even_of_the_own_agency() {
    let officer = person("clinic", "compliance_officer");
    assert!(!goes(&facts(
        "AUDIT",
        &officer,
        &element("medications", "clinic", &json!(["HIPAA"])),
        &[]
    )));
    let log = element("disclosure_log", "operator", &json!(["NONE"]));
    assert!(goes(&facts(
        "AUDIT",
        &person("operator", "compliance_officer"),
        &log,
        &[]
    )));
}

#[test]
fn an_agency_that_the_registry_does_not_know_is_refused() {
    let unknown = facts(
        "TREAT",
        &clinician("nobody"),
        &element("medications", "hospital", &json!(["HIPAA"])),
        &[],
    );
    assert_eq!(
        decide_all(&unknown, &Agreements::none())
            .findings()
            .response()
            .to_string(),
        "refused"
    );
    let lost = facts(
        "TREAT",
        &clinician("clinic"),
        &element("medications", "nobody", &json!(["HIPAA"])),
        &[],
    );
    assert!(!goes(&lost));
}

/// 2.51: who answers, and who is closed, is a fact of each programme; another's readiness neither opens nor closes it.
#[test]
fn an_emergency_is_looked_at_for_each_programme_apart() {
    let emergency = json!({
        "immediate_treatment_needed": true, "client_able_to_consent": false, "client_refused": false,
        "representative_available": false, "personnel_named": true, "affiliation_named": true,
        "discloser_named": true, "time_recorded": true, "nature_recorded": true, "stated_by": "physician",
        "needed_categories": ["medications"]
    });
    let mut physician = clinician("hospital");
    physician["role"] = json!("physician");
    physician["medical_personnel"] = json!(true);
    let ask = |changes: &[(&str, Value)]| {
        let mut circumstances = json!({ "emergency": emergency });
        for (path, value) in changes {
            match path.split_once('/') {
                Some((_, line)) => circumstances["emergency"][line] = value.clone(),
                None => circumstances[*path] = value.clone(),
            }
        }
        let of = |id: &str, source: &str| json!({ "id": id, "category": "medications", "source": source, "regimes": ["P2"] });
        let mous = json!([{
            "id": "m-1", "effective": "2026-01-01T00:00:00Z", "parties": ["programme", "other", "hospital"],
            "purposes": ["ETREAT"], "categories": ["all"]
        }]);
        let mut all: Value = serde_json::to_value(facts(
            "ETREAT",
            &physician,
            &of("item", "programme"),
            &[("circumstances", circumstances), ("mous", mous)],
        ))
        .unwrap();
        all["agencies"]["other"] = all["agencies"]["programme"].clone();
        all["elements"] = json!([of("item", "programme"), of("theirs", "other")]);
        let facts: Facts = serde_json::from_value(all).unwrap();
        let decision = decide_all(&facts, &Agreements::none());
        let released: Vec<String> = decision.findings().released().map(|id| id.to_string()).collect();
        released
    };
    assert_eq!(ask(&[]), ["item", "theirs"]);
    assert_eq!(
        ask(&[("without_emergency_discloser", json!(["other"]))]),
        ["item"]
    );
    let able = ("emergency/client_able_to_consent", json!(true));
    assert!(ask(std::slice::from_ref(&able)).is_empty());
    assert_eq!(ask(&[able, ("closed_by_disaster", json!(["other"]))]), ["theirs"]);
}
