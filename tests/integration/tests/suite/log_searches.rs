//! A compliance officer looks through the log: their agency's part of it and nothing else, over all clients; and lists whom a
//! breach at a recipient touches.

use gateway_audit::EntryKind;
use gateway_synthetic::{CastMember, Town, agencies as cast};
use gateway_types::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tests_support::{TestGateway, patient_key};

const SEARCH: &str = "/v1/log/searches";
const DAY: i64 = 24 * 60 * 60;

/// Two disclosures to the crisis team about Rosa and one about Marcus, and a question of the police that gets nothing.
async fn asked(test: &TestGateway) -> Town {
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let clinician = test.clinician();
    clinician
        .ask(CastMember::Rosa, "TREAT", &["medications", "sud_treatment"])
        .await;
    clinician.ask(CastMember::Rosa, "TREAT", &["medications"]).await;
    clinician
        .ask(CastMember::Marcus, "TREAT", &["case_manager_contact"])
        .await;
    let police = test.outreach_officer();
    police
        .ask(CastMember::Rosa, "LE-OUTREACH", &["medications"])
        .await;
    test.settle().await;
    town
}

fn wanted(changed: &[(&str, Value)]) -> Value {
    let now = SystemClock.now();
    let mut wanted = json!({
        "from": now.plus_seconds(-DAY).to_string(),
        "until": now.plus_seconds(DAY).to_string(),
    });
    for (name, value) in changed {
        wanted[*name] = value.clone();
    }
    wanted
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_finds_their_agencys_part_and_nothing_else() {
    let test = TestGateway::start().await;
    let town = asked(&test).await;
    let search = async |agency: &str, changed: &[(&str, Value)]| {
        let answer = test.auditor(agency).post(SEARCH, &wanted(changed)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        let found = body["disclosures"].as_array().unwrap().clone();
        (found, body)
    };
    let before = test.log_size().await;
    let (found, body) = search(cast::CEDAR_RECOVERY, &[]).await;
    assert_eq!(test.kinds_from(before).await, [EntryKind::LogAccess]);
    // Of the programme's records something went twice, about one client, whom it knows by its own key.
    assert_eq!(found.len(), 2, "{body:#}");
    let rosa = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    for line in &found {
        assert_eq!(line["clients"], json!([rosa]));
        assert_eq!(line["sources"], json!([cast::CEDAR_RECOVERY]));
        assert_eq!(
            (&line["recipient"], &line["outcome"]),
            (&json!(cast::HARBOR_CRISIS), &json!("sent"))
        );
    }
    assert_eq!(body.get("next"), None);
    // Each thing that is named narrows it.
    for (changed, expected) in [
        (("category", json!("medications")), 2),
        (("category", json!("shelter_status")), 0),
        (("recipient", json!(cast::HARBOR_CRISIS)), 2),
        (("recipient", json!(cast::RIVERTON_PD_OUTREACH)), 0),
        (("purpose", json!("TREAT")), 2),
        (("purpose", json!("HPAYMT")), 0),
        (("person", found[0]["person"].clone()), 2),
        (("person", json!("somebody-else")), 0),
        (("basis", found[0]["bases"][0].clone()), 2),
        (
            ("until", json!(SystemClock.now().plus_seconds(-3600).to_string())),
            0,
        ),
    ] {
        let (found, _) = search(cast::CEDAR_RECOVERY, std::slice::from_ref(&changed)).await;
        assert_eq!(found.len(), expected, "{changed:?}");
    }
    // The lines go on where a page ended.
    let first = found[0]["index"].as_u64().unwrap();
    let (rest, _) = search(cast::CEDAR_RECOVERY, &[("after", json!(first + 1))]).await;
    assert_eq!(rest, found[1..]);
    // Another agency finds its own, and learns nothing of the programme.
    let (found, body) = search(cast::LAKESIDE_HOSPITAL, &[]).await;
    assert!(!found.is_empty());
    assert!(!body.to_string().contains(cast::CEDAR_RECOVERY), "{body:#}");
    assert!(!body.to_string().contains(&rosa));
    let (found, _) = search(cast::RIVERTON_HMIS, &[]).await;
    let marcus = town.personal_id(CastMember::Marcus.index());
    assert!(
        found.iter().any(|line| line["clients"] == json!([marcus])),
        "{found:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_breach_list_names_everybody_once_and_the_day_until_which_they_are_told() {
    let test = TestGateway::start().await;
    let town = asked(&test).await;
    let breach = async |agency: &str, changed: &[(&str, Value)]| {
        let mut asked = wanted(&[
            ("recipient", json!(cast::HARBOR_CRISIS)),
            ("discovered", json!("2026-11-20")),
        ]);
        for (name, value) in changed {
            asked[*name] = value.clone();
        }
        test.auditor(agency).post("/v1/log/breaches", &asked).await
    };
    let answer = breach(cast::CEDAR_RECOVERY, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    assert_eq!(
        (&body["notify_by"], &body["five_hundred_or_more"]),
        (&json!("2027-01-19"), &json!(false))
    );
    let touched = body["individuals"].as_array().unwrap();
    assert_eq!(touched.len(), 1, "{body:#}");
    let rosa = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    assert_eq!(
        (&touched[0]["clients"], &touched[0]["disclosures"]),
        (&json!([rosa]), &json!(2))
    );
    assert!(
        touched[0]["categories"]
            .as_array()
            .unwrap()
            .contains(&json!("medications"))
    );
    let elsewhere = breach(
        cast::CEDAR_RECOVERY,
        &[("recipient", json!(cast::RIVERTON_PD_OUTREACH))],
    )
    .await;
    assert_eq!(elsewhere.json()["individuals"], json!([]));
    for (changed, status) in [
        (("until", json!("2020-01-01T00:00:00Z")), 400),
        (("recipient", json!("No Agency")), 400),
        (("discovered", json!("yesterday")), 400),
    ] {
        assert_eq!(
            breach(cast::CEDAR_RECOVERY, std::slice::from_ref(&changed))
                .await
                .status,
            status,
            "{changed:?}"
        );
    }
    assert_eq!(
        test.clinician().post("/v1/log/breaches", &json!({})).await.status,
        401
    );
}
