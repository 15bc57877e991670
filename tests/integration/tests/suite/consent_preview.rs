//! What a consent would share is shown before it is signed, and is what is then released; nothing is disclosed by looking.

use std::collections::BTreeSet;

use gateway_audit::EntryKind;
use gateway_synthetic::{CastMember, agencies as cast};
use gateway_types::Clock as _;
use serde_json::{Value, json};
use tests_support::{CLINICIAN, OUTREACH_OFFICER, PROGRAMME_STAFF, TestGateway, elements, patient_key};

const WANTED: [&str; 5] = [
    "sud_treatment",
    "medications",
    "conditions",
    "encounters",
    "allergies",
];

fn terms(test: &TestGateway) -> Value {
    json!({
        "kind": "tpo",
        "discloser": { "agencies": [cast::CEDAR_RECOVERY] },
        "recipients": { "classes": ["treating_providers"], "agencies": [cast::RIVERTON_PD_OUTREACH] },
        "purposes": ["TREAT", "HPAYMT", "HOPERAT"],
        "categories": { "only": ["sud_treatment", "medications", "conditions"] },
        "expiry": { "at": test.clock.now().plus_seconds(86_400).to_string() },
        "statements": [
            "part2_redisclosure_by_hipaa_holders", "part2_right_to_revoke",
            "part2_redisclosure_potential", "part2_refusal_consequences",
        ],
    })
}

/// The categories that somebody in this role would get, for treatment, at the crisis provider's tablet.
fn for_clinicians(preview: &Value, list: &str) -> BTreeSet<String> {
    let shares = preview["shares"].as_array().unwrap().iter();
    shares
        .filter(|share| share["recipient"] == cast::HARBOR_CRISIS && share["purpose"] == "TREAT")
        .filter(|share| share["roles"].as_array().unwrap().contains(&json!("clinician")))
        .filter(|share| {
            share["systems"]
                .as_array()
                .unwrap()
                .contains(&json!("pavement-tablet"))
        })
        .flat_map(|share| share[list].as_array().unwrap().clone())
        .map(|category| category.as_str().unwrap().to_owned())
        .collect()
}

async fn released(test: &TestGateway) -> BTreeSet<String> {
    let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &WANTED).await;
    let ours = elements(&answer).into_iter();
    ours.filter(|element| element["source"] == cast::CEDAR_RECOVERY)
        .map(|element| element["category"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_beforehand_what_is_released_afterwards_and_discloses_nothing() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let staff = test.asker(PROGRAMME_STAFF);
    let draft = json!({ "own_key": key, "terms": terms(&test) });
    let drafted = staff.post("/v1/consents/drafts", &draft).await.json();
    let consent = drafted["consent"].as_str().unwrap();
    let path = format!("/v1/consents/{consent}/preview");
    test.settle().await;
    let before = test.log_size().await;
    let shown = staff.get(&path).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRead]);
    assert!(!shown.text().contains("Rosa") && !shown.text().contains("methadone"));
    let shown = shown.json();
    assert_eq!(shown["as_if_signed"], true);
    let promised = for_clinicians(&shown, "categories");
    assert!(promised.contains("medications"), "{shown:#}");
    assert_eq!(for_clinicians(&shown, "by_this_consent"), promised);
    let police = json!({ "recipient": cast::RIVERTON_PD_OUTREACH, "purpose": "TREAT" });
    assert!(
        shown["nothing_for"].as_array().unwrap().contains(&police),
        "{shown:#}"
    );
    assert!(released(&test).await.is_empty(), "looking opens nothing");

    let sign = json!({ "sign": {
        "form": drafted["form"],
        "signature": { "signed_at": test.clock.now().to_string(), "signer": { "role": "client" }, "standing": "adult",
            "artefact": gateway_crypto::Digest::of(b"the signed paper").to_string() },
        "attested": ["name_matches_client", "signer_identified", "statements_seen", "read_back", "not_conditioned"],
    } });
    let signed = staff.post(&format!("/v1/consents/{consent}/steps"), &sign).await;
    assert_eq!(signed.json()["status"], "active", "{}", signed.text());
    let signed = staff.get(&path).await.json();
    assert_eq!(signed["as_if_signed"], false);
    assert_eq!(for_clinicians(&signed, "categories"), promised);
    assert_eq!(released(&test).await, promised);
    for stranger in [CLINICIAN, OUTREACH_OFFICER] {
        assert_eq!(test.asker(stranger).get(&path).await.status, 404);
    }
    test.revoke(PROGRAMME_STAFF, consent).await;
    let revoked = staff.get(&path).await.json();
    assert!(
        for_clinicians(&revoked, "by_this_consent").is_empty(),
        "{revoked:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn its_form_is_printed_from_the_same_terms_in_both_languages() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let staff = test.asker(PROGRAMME_STAFF);
    let draft = json!({ "own_key": key, "terms": terms(&test) });
    let drafted = staff.post("/v1/consents/drafts", &draft).await.json();
    let path = format!("/v1/consents/{}/form", drafted["consent"].as_str().unwrap());
    for (language, says) in [
        ("en", "You can take this back"),
        ("es", "Puede retirar este permiso"),
    ] {
        let page = staff.get(&format!("{path}/{language}")).await;
        assert_eq!(page.status, 200, "{}", page.text());
        let text = page.text();
        assert!(text.contains(&format!("<html lang=\"{language}\">")) && text.contains(says));
        assert!(
            text.contains("Cedar Recovery") && !text.contains("Rosa"),
            "{text}"
        );
    }
    assert_eq!(staff.get(&format!("{path}/fr")).await.status, 404);
    assert_eq!(test.clinician().get(&format!("{path}/en")).await.status, 404);
    // No form is made of what would be defective.
    let mut poor = terms(&test);
    poor["statements"] = json!(["part2_right_to_revoke"]);
    let draft = json!({ "own_key": key, "terms": poor });
    let drafted = staff.post("/v1/consents/drafts", &draft).await.json();
    let path = format!("/v1/consents/{}/form/en", drafted["consent"].as_str().unwrap());
    let answer = staff.get(&path).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(answer.text().contains("part2_redisclosure"), "{}", answer.text());
}
