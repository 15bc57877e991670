//! What travels with an answer beside its elements, and what is kept beside its entry: HL7 security labels of what is
//! released, the terms of agreements, and the evidence that what stays is no information blocking.

use gateway_audit::EntryKind;
use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::json;
use tests_support::{OUTREACH_OFFICER, PROGRAMME_STAFF, TestGateway, elements, patient_key, tpo_terms};

const ASKED: [&str; 3] = ["medications", "conditions", "sud_treatment"];

#[tokio::test(flavor = "multi_thread")]
async fn each_element_carries_its_own_labels_and_the_whole_only_how_confidential_it_is() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let before_consent = test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await;
    let disclosure = &before_consent.json()["disclosure"];
    assert!(!elements(&before_consent).is_empty(), "{disclosure:#}");
    assert_eq!(disclosure["confidentiality"], "N", "{disclosure:#}");
    // Nothing tells that there is more.
    assert!(!before_consent.text().contains("42CFRPart2"));

    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let recorded = test.record_consent(PROGRAMME_STAFF, &key, &tpo_terms()).await;
    assert_eq!(recorded.json()["status"], "active", "{}", recorded.text());
    let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await;
    let disclosure = &answer.json()["disclosure"];
    assert_eq!(disclosure["confidentiality"], "R");
    assert!(disclosure.get("security").is_none());
    for element in elements(&answer) {
        let part2 = element["source"] == cast::CEDAR_RECOVERY;
        let labels = element["security"].as_array().unwrap();
        assert_eq!(labels.contains(&json!("42CFRPart2")), part2, "{element:#}");
        if part2 {
            assert_eq!(element["confidentiality"], "R");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terms_of_an_agreement_go_along_and_stand_in_the_entry() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = town.personal_id(CastMember::Marcus.index());
    test.record_release(&town, CastMember::Marcus).await;
    test.settle().await;
    let before = test.log_size().await;
    let officer = test.asker(OUTREACH_OFFICER);
    let answer = officer
        .ask(CastMember::Marcus, "LE-OUTREACH", &["case_manager_contact"])
        .await;
    assert!(!elements(&answer).is_empty(), "{}", answer.text());
    // A label on a worker's number would tell what the worker is for.
    let disclosure = &answer.json()["disclosure"];
    assert!(disclosure.get("confidentiality").is_none(), "{disclosure:#}");
    for element in elements(&answer) {
        assert!(element.get("confidentiality").is_none(), "{element:#}");
        for label in element["security"].as_array().unwrap() {
            let refrains = ["NORDSCLCD", "NOREUSE", "PERSISTLABEL"];
            assert!(refrains.iter().any(|code| label == code), "{element:#}");
        }
    }
    let terms = answer.json()["disclosure"]["terms"].clone();
    let kept = terms.as_array().unwrap();
    assert!(
        kept.iter()
            .any(|term| term["term"] == "keep_at_most" && term["recipient"] == cast::RIVERTON_PD_OUTREACH),
        "{terms:#}"
    );
    let client = test.client_of(cast::RIVERTON_HMIS, &key).await;
    let entries = test.log_from(before).await;
    let detail = test.detail(&entries[0], client).await;
    assert_eq!(detail.terms.len(), kept.len());
    assert_eq!(detail.terms[0].asks["term"], kept[0]["term"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_of_health_information_is_evidenced_in_the_entry_and_not_in_the_answer() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.settle().await;
    let before = test.log_size().await;
    let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await;
    assert!(!answer.text().contains("171.202") && !answer.text().contains("blocking"));
    let entries = test.log_from(before).await;
    assert_eq!(test.kinds_from(before).await[0], EntryKind::Intent);
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let client = test.client_of(cast::CEDAR_RECOVERY, &key).await;
    let blocking = test.detail(&entries[0], client).await.blocking.unwrap();
    assert!(blocking.withheld > 0);
    assert_eq!(blocking.exceptions, ["45 CFR 171.202(b)"]);
    assert!(
        !blocking.unmet.is_empty() && !blocking.offer_new_form,
        "{blocking:?}"
    );
    // Nobody asked about: nothing stays.
    let before = test.log_size().await;
    let nobody = test
        .clinician()
        .ask_about(&tests_support::nobody(), "TREAT", &ASKED)
        .await;
    assert!(elements(&nobody).is_empty());
    test.settle().await;
    let entry = &test.log_from(before).await[0];
    assert_eq!(test.detail(entry, None).await.blocking, None);
}
