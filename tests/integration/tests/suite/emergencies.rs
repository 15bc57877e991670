//! Emergencies (42 CFR 2.51): what has to be said, by whom, and what is kept of it.

use gateway_http::Answer;
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use gateway_types::vocabulary::{Obligation, Role};
use serde_json::{Value, json};
use tests_support::{Asker, CLINICIAN, TestGateway, elements, patient_key};

const NATURE: &str = "found unresponsive, slow breathing";

fn nurse(test: &TestGateway) -> Asker {
    test.asker(Staff {
        staff: "m-nurse",
        role: Role::Nurse,
        ..CLINICIAN
    })
}

fn statement() -> Value {
    json!({
        "immediate_treatment_needed": true,
        "nature": NATURE,
        "consent_unobtainable": "unconscious, nobody with them",
        "client_able_to_consent": false,
        "client_refused": false,
        "representative_available": false,
        "needed_categories": ["medications"],
    })
}

async fn ask(asker: &Asker, statement: &Value) -> Answer {
    let question = json!({
        "client": { "identity": CastMember::Rosa.person().identity() },
        "purpose": "ETREAT",
        "categories": ["medications", "conditions"],
        "attested": { "emergency": statement },
    });
    asker.post("/v1/disclosures", &question).await
}

fn from_the_programme(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    elements(answer)
        .iter()
        .filter(|element| element["source"] == cast::CEDAR_RECOVERY)
        .map(|element| element["category"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_statement_opens_what_is_needed_and_its_words_are_sealed_with_the_entry() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let before = test.log_size().await;
    let answer = ask(&nurse(&test), &statement()).await;
    let went = from_the_programme(&answer);
    assert!(!went.is_empty() && went.iter().all(|category| category == "medications"));
    assert!(!answer.text().contains(NATURE), "the statement is told back");
    let client = test
        .client_of(
            cast::CEDAR_RECOVERY,
            &patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa),
        )
        .await;
    let entries = test.log_from(before).await;
    let detail = test.detail(&entries[0], client).await;
    assert!(detail.obligations.contains(Obligation::Emerg));
    let kept = detail.emergency.unwrap();
    assert_eq!(kept.nature.unwrap().reveal(), NATURE);
    assert!(kept.consent_unobtainable.is_some());
    let discloser = detail.discloser.unwrap();
    assert_eq!(discloser.agency.as_str(), cast::CEDAR_RECOVERY);
    assert_eq!(discloser.person.unwrap().as_str(), cast::EMERGENCY_DISCLOSER);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_left_out_is_a_line_not_recorded() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let nurse = nurse(&test);
    let whole = statement();
    for line in whole.as_object().unwrap().keys() {
        let mut statement = whole.clone();
        statement.as_object_mut().unwrap().remove(line);
        let answer = ask(&nurse, &statement).await;
        assert_eq!(
            from_the_programme(&answer),
            Vec::<String>::new(),
            "without {line}"
        );
    }
    for (line, said) in [
        ("client_refused", json!(true)),
        ("client_able_to_consent", json!(true)),
        ("nature", json!("  ")),
    ] {
        let mut statement = whole.clone();
        statement[line] = said;
        let answer = ask(&nurse, &statement).await;
        assert_eq!(from_the_programme(&answer), Vec::<String>::new(), "{line}");
    }
    // The agreement lets nobody but nurses and physicians ask so at all.
    assert_eq!(ask(&test.clinician(), &whole).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gateway_or_the_registry_has_to_know_nobody_can_say() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    for line in [
        "program_closed_by_disaster",
        "personnel_named",
        "affiliation_named",
        "discloser_named",
        "time_recorded",
        "nature_recorded",
        "stated_by",
    ] {
        let mut statement = statement();
        statement[line] = json!(true);
        assert_eq!(ask(&nurse(&test), &statement).await.status, 400, "{line}");
    }
}
