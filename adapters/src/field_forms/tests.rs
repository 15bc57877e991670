//! Forms, taken, withheld and barred; the schema and the tables of the documentation, held to the code.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn cit() -> Value {
    json!({
        "form": "cit_contact",
        "id": "C-1",
        "at": "2026-10-01T10:00:00Z",
        "client": { "first_name": "Zanzibara", "last_name": "Quillfeather", "birth_date": "1980-02-03" },
        "call_type_final": "WELFARE CHECK",
        "block": "400 block of Pier St",
        "behaviors": ["confused", "self_harming"],
        "suicide": "threat",
        "suspected_substances": ["fentanyl"],
        "weapon": "none_seen",
        "staying": "unsheltered",
        "case_manager": "A. Worker",
        "case_manager_phone": "555-0100",
    })
}

fn with(mut form: Value, key: &str, value: Value) -> Value {
    form[key] = value;
    form
}

fn without(mut form: Value, key: &str) -> Value {
    form.as_object_mut().unwrap().remove(key);
    form
}

fn read(form: &Value) -> Result<Taken, Box<Report>> {
    forms(form.to_string().as_bytes())
}

fn elements_of(taken: &Taken) -> &[LabelledElement] {
    match &taken.records[0] {
        SourceRecord::Client { elements, .. } => elements,
        other => panic!("not a client: {other:?}"),
    }
}

fn of(taken: &Taken, category: Category) -> &LabelledElement {
    let found = elements_of(taken)
        .iter()
        .find(|element| element.category == Some(category));
    found.unwrap_or_else(|| panic!("no {category:?}"))
}

#[track_caller]
fn stopped(form: &Value, rule: &str, severity: Severity, column: Option<&str>) {
    let report = read(form).expect_err(rule);
    let finding = report.findings().into_iter().find(|finding| finding.rule == rule);
    let finding = finding.unwrap_or_else(|| panic!("{rule} is not in:\n{report}"));
    assert_eq!(
        (finding.severity, finding.column.as_deref()),
        (severity, column),
        "{rule}"
    );
    assert!(!report.to_string().contains("Quill"), "{report}");
}

#[test]
fn a_contact_becomes_an_element_for_each_category_with_its_labels() {
    let taken = read(&cit()).unwrap();
    assert!(taken.report.is_clean(), "{}", taken.report);
    let categories: Vec<_> = elements_of(&taken)
        .iter()
        .filter_map(|element| element.category)
        .collect();
    assert_eq!(categories.len(), 5, "{categories:?}");
    let seen = of(&taken, Category::PoliceIncident);
    for told in [Sensitivity::Mh, Sensitivity::Opioidud, Sensitivity::Sud] {
        assert!(seen.sensitivity.contains(told), "{told:?}");
    }
    assert!(seen.regimes.is_empty() && seen.facts.is_empty());
    assert!(
        of(&taken, Category::CallsForService)
            .sensitivity
            .contains(Sensitivity::Locis)
    );
    assert_eq!(
        of(&taken, Category::CaseManagerContact).payload.fields()["case_manager_phone"],
        "555-0100"
    );
    let all = elements_of(&taken);
    assert!(!all.iter().any(|element| {
        element
            .payload
            .fields()
            .values()
            .any(|value| value.to_string().contains("Quill"))
    }));
}

#[test]
fn a_hazard_that_tells_of_illness_is_no_flag_for_dispatch() {
    let taken = read(&with(cit(), "hazard", "schizophrenia, off medication".into())).unwrap();
    assert!(
        of(&taken, Category::PoliceIncident)
            .payload
            .fields()
            .contains_key("hazard")
    );
    assert!(
        !of(&taken, Category::SafetyFlags)
            .payload
            .fields()
            .contains_key("hazard")
    );
    let taken = read(&with(cit(), "hazard", "two dogs".into())).unwrap();
    assert!(
        of(&taken, Category::SafetyFlags)
            .payload
            .fields()
            .contains_key("hazard")
    );
}

#[test]
fn a_held_charge_is_criminal_history_apart_from_the_referral() {
    let referral = json!({
        "form": "diversion_referral", "id": "D-1", "at": "2026-10-01T10:00:00Z",
        "client": { "first_name": "Zanzibara", "last_name": "Quillfeather" },
        "charge_held": "POSSESSION", "needs": ["shelter", "substance_use_care"], "intake_by": "2026-10-15",
    });
    let taken = read(&referral).unwrap();
    let charge = of(&taken, Category::Arrest);
    assert!(
        charge.regimes.contains(Regime::Chri) && charge.facts.contains(ElementFact::ContainsArrestNotation)
    );
    let rest = of(&taken, Category::PoliceIncident);
    assert!(!rest.regimes.contains(Regime::Chri) && rest.sensitivity.contains(Sensitivity::Sud));
    assert!(!rest.payload.fields().contains_key("charge_held"));
    assert!(taken.report.is_clean(), "{}", taken.report);

    let taken = read(&with(
        referral,
        "handed_over_to",
        "the jail, after he was BOOKED".into(),
    ))
    .unwrap();
    assert!(
        of(&taken, Category::PoliceIncident)
            .regimes
            .contains(Regime::Chri)
    );
    assert!(taken.report.names("arrest-notation"));
}

#[test]
fn a_fatal_overdose_leaves_nothing_among_the_calls() {
    let event = json!({
        "form": "overdose_event", "id": "O-1", "at": "2026-10-01T10:00:00Z",
        "client": { "first_name": "Zanzibara", "last_name": "Quillfeather" },
        "fatal": false, "naloxone_doses": 2, "block": "100 block of Ferry Rd",
    });
    let survived = read(&event).unwrap();
    assert!(
        of(&survived, Category::CallsForService)
            .sensitivity
            .contains(Sensitivity::Sud)
    );
    let died = read(&with(event.clone(), "fatal", true.into())).unwrap();
    assert_eq!(elements_of(&died).len(), 1);
    assert!(
        of(&died, Category::DeathInformation)
            .sensitivity
            .contains(Sensitivity::Sud)
    );
    stopped(
        &without(event.clone(), "fatal"),
        "missing-key",
        Severity::RefusesRow,
        Some("fatal"),
    );
    stopped(
        &with(event, "naloxone_doses", 2.5.into()),
        "bad-value",
        Severity::RefusesRow,
        Some("naloxone_doses"),
    );
}

#[test]
fn a_lethality_screen_is_a_result_bound_as_victim_information_and_never_answers() {
    let screen = json!({
        "form": "lethality_screen", "id": "L-1", "at": "2026-10-01T10:00:00Z",
        "client": { "first_name": "Zanzibara", "last_name": "Quillfeather" },
        "result": "high_danger_by_answers", "agreed_to_call": true, "safe_phone": "555-0101",
    });
    let taken = read(&screen).unwrap();
    for element in elements_of(&taken) {
        assert!(element.regimes.contains(Regime::Vsp) && element.sensitivity.contains(Sensitivity::Sdv));
    }
    for key in ["q1", "Q_7", "question 4", "answers", "lap_answers"] {
        stopped(
            &with(screen.clone(), key, "yes".into()),
            "lethality-answers",
            Severity::Barred,
            Some("answers"),
        );
    }
}

#[test]
fn what_must_not_be_here_is_stopped_by_its_place() {
    let minor = json!({ "first_name": "Zanzibara", "last_name": "Quillfeather", "birth_date": "2010-02-03" });
    stopped(
        &with(cit(), "client", minor),
        "juvenile",
        Severity::Barred,
        Some("client"),
    );
    stopped(
        &with(cit(), "hazard", "NCIC HIT".into()),
        "ncic-return",
        Severity::Barred,
        None,
    );
    let nameless = json!({ "first_name": "Quill", "last_name": " " });
    stopped(
        &with(cit(), "client", nameless),
        "bad-value",
        Severity::RefusesRow,
        Some("last_name"),
    );
    stopped(
        &without(cit(), "client"),
        "about-nobody",
        Severity::RefusesRow,
        Some("client"),
    );
    stopped(
        &with(cit(), "narrative", "Quill said".into()),
        "unknown-key",
        Severity::RefusesRow,
        Some("key 14"),
    );
    stopped(
        &with(cit(), "at", "1900-01-01T00:00:00Z".into()),
        "bad-value",
        Severity::RefusesRow,
        Some("at"),
    );
    stopped(
        &with(cit(), "suicide", "Quill".into()),
        "bad-value",
        Severity::RefusesRow,
        Some("suicide"),
    );
    stopped(
        &with(cit(), "behaviors", json!(["calm", "calm"])),
        "bad-value",
        Severity::RefusesRow,
        Some("behaviors"),
    );
    stopped(
        &with(cit(), "form", "Quill".into()),
        "not-a-form",
        Severity::RefusesRow,
        None,
    );
    stopped(&json!("Quill"), "not-a-form", Severity::RefusesRow, None);
    assert!(forms(b"{\"Quill\"").unwrap_err().names("not-json"));
}

#[test]
fn the_others_of_an_array_are_taken_and_a_person_is_named_once() {
    let array = json!([
        cit(),
        with(cit(), "id", "C-2".into()),
        cit(),
        with(cit(), "id", 7.into())
    ]);
    let taken = read(&array).unwrap();
    assert!(matches!(
        taken.records.as_slice(),
        [SourceRecord::Client { .. }, SourceRecord::About { .. }]
    ));
    assert!(taken.report.names("duplicate-form") && taken.report.names("bad-value"));
    let rows = taken.report.files()[FILE];
    assert_eq!((rows.read, rows.taken, rows.refused), (4, 2, 2));
}

/// `ASSENT_WRITE_FIELD_FORMS=1` writes them anew.
#[test]
fn the_schema_and_the_tables_of_the_documentation_are_those_of_the_code() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/adapters");
    let schema = format!("{}\n", serde_json::to_string_pretty(&json_schema(FORMS)).unwrap());
    let tables: Vec<String> = FORMS.iter().map(|form| form.table()).collect();
    let page = docs.join("field-forms.md");
    let old = std::fs::read_to_string(&page).unwrap();
    let (head, _) = old.split_once("<!-- generated -->\n").unwrap();
    let new = format!("{head}<!-- generated -->\n\n{}", tables.join("\n"));
    let path = docs.join("field-forms.schema.json");
    if std::env::var_os("ASSENT_WRITE_FIELD_FORMS").is_some() {
        std::fs::write(&path, &schema).unwrap();
        std::fs::write(&page, &new).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).unwrap() == schema,
        "write the schema anew"
    );
    assert!(old == new, "write the tables anew");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_forms_never_panic_and_never_speak(at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8)) {
        let mut bytes = cit().to_string().into_bytes();
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let report = match forms(&bytes) {
            Ok(taken) => taken.report.to_string(),
            Err(report) => report.to_string(),
        };
        prop_assert!(!report.contains("Quillf") && !report.contains("Zanzi"));
    }
}
