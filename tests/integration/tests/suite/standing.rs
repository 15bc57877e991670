//! What the client was in law when they signed: the form of a youth who may obtain the service alone opens what it says
//! (42 CFR 2.14(b)), and the form of one who may not does not.

use gateway_audit::EntryKind;
use gateway_synthetic::{CastMember, Town, agencies as cast};
use gateway_types::Clock as _;
use serde_json::{Value, json};
use tests_support::{CLINICIAN, PROGRAMME_STAFF, TestGateway, elements, identity, patient_key, tpo_terms};

/// Fifteen on the day of the tests.
const BORN: &str = "2011-03-04";

/// The town's clinics have a member of the cast on file who was born on [`BORN`].
async fn with_a_youth(test: &TestGateway) -> Town {
    let town = Town::new(7, 60, test.clock.now().date());
    let born = CastMember::Rosa.person().birth_date.to_string();
    for (source, bundle) in gateway_synthetic::fhir_bundles(&town).unwrap() {
        let younger = bundle.replace(&born, BORN).into_bytes();
        let status = test
            .push(source.as_str(), "fhir", "application/fhir+json", younger)
            .await;
        assert_eq!(status["state"], "published", "{status}");
    }
    town
}

fn form(test: &TestGateway, key: &str, standing: &str) -> Value {
    let moment = test.clock.now();
    json!({
        "own_key": key,
        "terms": tpo_terms(),
        "signature": {
            "signed_at": moment.plus_seconds(-3600).to_string(),
            "signer": { "role": "client" },
            "standing": standing,
            "artefact": gateway_crypto::Digest::of(b"the signed paper").to_string(),
        },
        "attested": ["name_matches_client", "signer_identified", "statements_seen", "read_back", "not_conditioned"],
    })
}

async fn shows_the_programme(test: &TestGateway) -> bool {
    let rosa = CastMember::Rosa.person();
    let youth = identity(&rosa.first_name, &rosa.last_name, BORN);
    let answer = test
        .asker(CLINICIAN)
        .ask_about(&youth, "TREAT", &["medications", "conditions", "sud_treatment"])
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let shown = elements(&answer);
    // She is found, and what the law alone lets go is there.
    assert!(!shown.is_empty(), "{}", answer.text());
    shown
        .iter()
        .any(|element| element["source"] == cast::CEDAR_RECOVERY)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_youth_who_may_act_alone_opens_what_the_form_says_and_one_who_may_not_does_not() {
    for (standing, status, opens) in [
        ("minor_acting_alone", "active", true),
        ("minor", "inadequate", false),
        ("adult", "active", false),
    ] {
        let test = TestGateway::start().await;
        let town = with_a_youth(&test).await;
        let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
        assert!(!shows_the_programme(&test).await);
        let recorded = test
            .asker(PROGRAMME_STAFF)
            .post("/v1/consents", &form(&test, &key, standing))
            .await;
        assert_eq!(recorded.json()["status"], status, "{}", recorded.text());
        assert_eq!(shows_the_programme(&test).await, opens, "{standing}");
        test.settle().await;
        assert!(
            test.kinds_from(0).await.contains(&EntryKind::ConsentRecorded),
            "{standing}"
        );
    }
}
