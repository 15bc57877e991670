//! One push after another by the same agency: each in its turn, and what is corrected is corrected.

use std::collections::BTreeSet;

use gateway_crypto::{Digest, SystemEntropy};
use gateway_store::{IngestKind, IngestState, NewIngest};
use gateway_synthetic::{Town, agencies as cast};
use gateway_types::{AgencyId, Clock as _, IngestId, StaffId};
use serde_json::{Value, json};
use tests_support::{TestGateway, client_document, elements, identity};

use crate::exports::Export;

async fn push(test: &TestGateway, export: Vec<u8>) -> Value {
    test.push(cast::RIVERTON_HMIS, "hmis-csv", "application/zip", export)
        .await
}

pub(crate) fn new_ingest(test: &TestGateway, kind: IngestKind) -> NewIngest {
    NewIngest {
        id: IngestId::generate(&*test.clock, &SystemEntropy).unwrap(),
        source: AgencyId::new(cast::RIVERTON_HMIS).unwrap(),
        kind,
        digest: Digest::of(b"a push"),
        received_at: test.clock.now(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_waits_for_the_one_that_runs() {
    let test = TestGateway::start().await;
    let export = Export::of(&Town::new(8, 60, test.clock.now().date())).zip();
    let running = new_ingest(&test, IngestKind::HmisCsv);
    test.records.begin_ingest(&running).await.unwrap();
    let second = test
        .begin_push(cast::RIVERTON_HMIS, "hmis-csv", "application/zip", export.clone())
        .await;
    assert_eq!(
        (second.status.as_u16(), &second.json()["type"]),
        (409, &json!("urn:assent:problem:conflict"))
    );
    // One client waits, too, since what it changes could not be told; in the end it is to be sent again.
    let document = client_document("P1", "Zanzibara", "Quillfeather", "1980-05-06");
    let one = test.push_client(cast::RIVERTON_HMIS, &document).await;
    assert_eq!(
        (one.status.as_u16(), &one.json()["type"]),
        (503, &json!("urn:assent:problem:unavailable"))
    );
    assert!(one.headers.contains_key("retry-after"), "{:?}", one.headers);
    // Another agency does not wait.
    let (agency, bundle) = gateway_synthetic::fhir_bundles(&Town::new(8, 60, test.clock.now().date()))
        .unwrap()
        .remove(0);
    let other = test
        .begin_push(
            agency.as_str(),
            "fhir",
            "application/fhir+json",
            bundle.into_bytes(),
        )
        .await;
    assert_eq!(other.status, 202, "{}", other.text());
    test.records
        .abort(running.id, IngestState::Failed, &Value::Null, test.clock.now())
        .await
        .unwrap();
    assert_eq!(test.push_client(cast::RIVERTON_HMIS, &document).await.status, 201);
    assert_eq!(push(&test, export).await["state"], "published");
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_pushed_at_once_are_all_taken_in_one_after_another() {
    let test = TestGateway::start().await;
    let one = |number: u8| {
        let (key, born) = (format!("P{number}"), format!("198{number}-05-06"));
        let document = client_document(&key, "Zanzibara", "Quillfeather", &born);
        let test = &test;
        async move { test.push_client(cast::RIVERTON_HMIS, &document).await.status }
    };
    let (first, second, third, fourth) = tokio::join!(one(1), one(2), one(3), one(4));
    assert_eq!([first, second, third, fourth], [201, 201, 201, 201]);
    for number in 1..=4 {
        let key = format!("P{number}");
        assert!(test.client_of(cast::RIVERTON_HMIS, &key).await.is_some());
    }
}

/// What the clinician is shown of the stays of one of two people.
async fn stays(test: &TestGateway, first_name: &str, born: &str) -> BTreeSet<String> {
    let answer = test
        .clinician()
        .ask_about(
            &identity(first_name, "Quillfeather", born),
            "TREAT",
            &["shelter_status", "case_manager_contact"],
        )
        .await;
    elements(&answer)
        .iter()
        .map(|element| element["category"].as_str().unwrap().to_owned())
        .collect()
}

/// An intake worker entered a stay under the wrong person, and their HMIS corrects it.
#[tokio::test(flavor = "multi_thread")]
async fn a_stay_that_was_another_persons_is_shown_with_that_person_only() {
    let test = TestGateway::start().await;
    let wrong = client_document("P1", "Zanzibara", "Quillfeather", "1980-05-06");
    let mut right = client_document("P2", "Ottoline", "Quillfeather", "1951-12-30");
    for field in ["enrollments", "current_living_situations"] {
        right[field] = wrong[field].clone();
    }
    assert_eq!(test.push_client(cast::RIVERTON_HMIS, &wrong).await.status, 201);
    assert!(!stays(&test, "Zanzibara", "1980-05-06").await.is_empty());
    assert!(stays(&test, "Ottoline", "1951-12-30").await.is_empty());
    let answer = test.push_client(cast::RIVERTON_HMIS, &right).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(stays(&test, "Zanzibara", "1980-05-06").await.is_empty());
    assert!(!stays(&test, "Ottoline", "1951-12-30").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_are_read_again_after_a_correction_of_the_registration() {
    let test = TestGateway::start().await;
    let export = Export::of(&Town::new(8, 60, test.clock.now().date())).zip();
    let first = push(&test, export.clone()).await;
    let mut agency = (test.agencies.iter())
        .find(|agency| agency.id.as_str() == cast::RIVERTON_HMIS)
        .unwrap()
        .clone();
    agency.name.push_str(" (corrected)");
    let by = ["one", "two"].map(|staff| StaffId::new(staff).unwrap());
    test.gateway.enter_agency(&agency, &by).await.unwrap();
    let again = push(&test, export.clone()).await;
    assert_ne!(again["import"], first["import"]);
    assert_eq!(push(&test, export).await["import"], again["import"]);
}

/// A hospital corrects whom a prescription is for, and sends that alone: it is not on file of whom.
#[tokio::test(flavor = "multi_thread")]
async fn what_now_speaks_of_somebody_unknown_is_shown_of_nobody() {
    let test = TestGateway::start().await;
    let (agency, bundle) = gateway_synthetic::fhir_bundles(&Town::new(8, 60, test.clock.now().date()))
        .unwrap()
        .remove(0);
    let fhir = async |bundle: String| {
        let status = test
            .push(
                agency.as_str(),
                "fhir",
                "application/fhir+json",
                bundle.into_bytes(),
            )
            .await;
        assert_eq!(status["state"], "published", "{status}");
    };
    fhir(bundle.clone()).await;
    let mut whole: Value = serde_json::from_str(&bundle).unwrap();
    let mut corrected = (whole["entry"].as_array().unwrap().iter())
        .find(|entry| entry["resource"]["resourceType"] == "MedicationRequest")
        .unwrap()
        .clone();
    let was = corrected["resource"]["subject"]["reference"]
        .as_str()
        .unwrap()
        .to_owned();
    let patient = was.rsplit('/').next().unwrap();
    let of_patient = async || {
        let client = test.client_of(agency.as_str(), patient).await.unwrap();
        test.records.elements(Some(client)).await.unwrap().len()
    };
    let before = of_patient().await;
    corrected["resource"]["subject"]["reference"] = json!("Patient/somebody-else");
    whole["entry"] = json!([corrected]);
    fhir(whole.to_string()).await;
    assert!(of_patient().await < before);
}
