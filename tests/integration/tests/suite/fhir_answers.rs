//! Answers as FHIR R4: valid by somebody else's validator, bound to the receipt, neutral, and of what was released alone.

use gateway_crypto::Digest;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::{Value, json};
use tests_support::{Asker, EVERY_KIND, TestGateway, elements, identity, judged, nobody, receipt};

fn in_fhir(asker: &Asker) -> Asker {
    Asker(asker.0.clone().accepting("application/fhir+json"))
}

/// Every resource of an answer that is not the list of notices.
fn resources(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.headers["content-type"], "application/fhir+json");
    let bundle = answer.json();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries
        .into_iter()
        .filter(|entry| entry["search"]["mode"] == "match")
        .map(|entry| entry["resource"].clone())
        .collect()
}

/// What the validator finds wrong; `None`: it is not here, which is said aloud.
fn faults(bundle: &Value) -> Option<Vec<String>> {
    judged("validate-fhir.mjs", "fhir", &bundle.to_string())
}

#[test]
fn the_validator_finds_what_is_wrong() {
    let wrong = json!({ "resourceType": "Bundle", "type": "searchset", "entry": [
        { "resource": { "resourceType": "Patient", "id": "p", "gender": "whatever", "colour": "blue" } } ] });
    if let Some(faults) = faults(&wrong) {
        assert!(faults.iter().any(|fault| fault.contains("gender")), "{faults:?}");
        assert!(faults.iter().any(|fault| fault.contains("colour")), "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_valid_has_the_same_elements_and_its_receipt_commits_to_its_bytes() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let form = json!({
        "form": "cit_contact", "id": "C-1", "at": "2026-10-01T10:00:00Z",
        "client": { "first_name": "Zanzibara", "last_name": "Quillfeather", "birth_date": "1980-02-03" },
        "call_type_final": "WELFARE CHECK", "weapon": "knife", "case_manager": "A. Worker",
    });
    let status = test
        .push(
            cast::RIVERTON_PD_OUTREACH,
            "field-forms",
            "application/json",
            form.to_string().into_bytes(),
        )
        .await;
    assert_eq!(status["state"], "published", "{status}");
    test.record_tpo(&town, CastMember::Rosa).await;
    let clinician = test.clinician();
    let mut people: Vec<_> = CastMember::ALL
        .iter()
        .map(|member| member.person().identity())
        .collect();
    people.push(identity("Zanzibara", "Quillfeather", "1980-02-03"));
    let mut told = 0;
    for person in people {
        let plain = clinician.ask_about(&person, "TREAT", &EVERY_KIND).await;
        let answer = in_fhir(&clinician).ask_about(&person, "TREAT", &EVERY_KIND).await;
        let made = resources(&answer);
        let patients = made.iter().filter(|one| one["resourceType"] == "Patient").count();
        let others = elements(&plain)
            .iter()
            .filter(|element| {
                !matches!(
                    element["category"].as_str(),
                    Some("demographics" | "contact" | "ssn")
                )
            })
            .count();
        assert_eq!(made.len() - patients, others);
        assert_eq!(answer.json()["total"], made.len());
        told += made.len();

        assert_eq!(
            receipt(&answer)["disclosure_digest"],
            json!(Digest::of(&answer.body))
        );
        if let Some(faults) = faults(&answer.json()) {
            assert!(faults.is_empty(), "{faults:#?}");
        }
    }
    assert!(told > 20, "only {told} resources were looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_the_same_whoever_it_is_about() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let clinician = in_fhir(&test.clinician());
    let unknown = clinician.ask_about(&nobody(), "TREAT", &["sud_treatment"]).await;
    let known = clinician.ask(CastMember::Rosa, "TREAT", &["sud_treatment"]).await;
    assert_eq!((unknown.status.as_u16(), known.status.as_u16()), (200, 200));
    assert_eq!(unknown.body, known.body);
    let names = |answer: &Answer| {
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names(&unknown), names(&known));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withheld_leaves_nothing_in_a_bundle() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    // Without a consent the programme's records stay, though others' go.
    for member in CastMember::ALL {
        let answer = in_fhir(&test.clinician()).ask(member, "TREAT", &EVERY_KIND).await;
        assert!(!resources(&answer).is_empty());
        let text = answer.text().to_lowercase();
        for word in [cast::CEDAR_RECOVERY, "part2", "methadone", "substance"] {
            assert!(!text.contains(word), "{word} is in the answer about {member:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_form_is_the_answer_unless_fhir_is_named_first() {
    let test = TestGateway::start().await;
    let clinician = test.clinician();
    for (accept, media_type) in [
        ("*/*", "application/json"),
        ("application/json, application/fhir+json", "application/json"),
        (
            "Application/FHIR+JSON; fhirVersion=4.0, application/json",
            "application/fhir+json",
        ),
        ("text/html", "application/json"),
    ] {
        let asker = Asker(clinician.0.clone().accepting(accept));
        let answer = asker.ask_about(&nobody(), "TREAT", &["medications"]).await;
        assert_eq!(answer.headers["content-type"], media_type, "{accept}");
    }
}
