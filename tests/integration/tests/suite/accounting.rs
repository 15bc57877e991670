//! "Who saw my record?": an officer sees their own agency's part, and nothing from which another's could be guessed.

use gateway_audit::EntryKind;
use gateway_audit::lists::{CompletenessProof, Incomplete};
use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::{Value, json};
use tests_support::{TestGateway, elements, nobody, patient_key};

const PICTURE: [&str; 6] = [
    "shelter_status",
    "case_manager_contact",
    "medications",
    "conditions",
    "encounters",
    "sud_treatment",
];

async fn account(test: &TestGateway, agency: &str, client: Value) -> Vec<Value> {
    let answer = test
        .auditor(agency)
        .post("/v1/accountings", &json!({ "client": client }))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["disclosures"].as_array().unwrap().clone()
}

fn set(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_sees_their_agencys_part_of_a_mixed_disclosure() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &PICTURE).await;
    let sources: std::collections::BTreeSet<_> = elements(&answer)
        .iter()
        .map(|element| element["source"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        sources.len() >= 3 && sources.contains(cast::CEDAR_RECOVERY),
        "{sources:?}"
    );
    test.settle().await;

    let hmis_key = json!({ "own_key": town.personal_id(CastMember::Rosa.index()) });
    let lines = account(&test, cast::RIVERTON_HMIS, hmis_key).await;
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let line = &lines[0];
    assert_eq!(line["event"], answer.json()["receipt"]["event"]);
    assert_eq!(line["index"], answer.json()["receipt"]["index"]);
    assert_eq!(line["outcome"], "sent");
    assert_eq!(
        (&line["recipient"], &line["person"]),
        (&json!(cast::HARBOR_CRISIS), &json!("a-rivera"))
    );
    assert_eq!(line["purpose"], "TREAT");
    assert_eq!(set(&line["sources"]), [cast::RIVERTON_HMIS]);
    assert_eq!(
        set(&line["categories"]),
        ["case_manager_contact", "shelter_status"]
    );
    assert!(!set(&line["bases"]).is_empty());
    let text = line.to_string();
    for other in [
        cast::CEDAR_RECOVERY,
        cast::LAKESIDE_HOSPITAL,
        "art2",
        "consent",
        "medications",
        "Part 2",
    ] {
        assert!(!text.contains(other), "`{other}` in {text}");
    }

    let identity = json!({ "identity": CastMember::Rosa.person().identity() });
    let lines = account(&test, cast::CEDAR_RECOVERY, identity.clone()).await;
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(set(&lines[0]["sources"]), [cast::CEDAR_RECOVERY]);
    assert!(set(&lines[0]["categories"]).contains(&"medications"));
    for other in [cast::RIVERTON_HMIS, cast::LAKESIDE_HOSPITAL, "shelter_status"] {
        assert!(!lines[0].to_string().contains(other), "`{other}` in {}", lines[0]);
    }
    let own_key = json!({ "own_key": patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa) });
    assert_eq!(account(&test, cast::CEDAR_RECOVERY, own_key).await, lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disclosure_in_which_an_agency_had_no_part_is_not_in_its_account() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    // Only the programme's part is asked for and given.
    let answer = test
        .clinician()
        .ask(CastMember::Rosa, "TREAT", &["medications"])
        .await;
    assert!(
        elements(&answer)
            .iter()
            .all(|element| element["source"] != cast::RIVERTON_HMIS)
    );
    // And the police ask in vain.
    test.outreach_officer()
        .ask(CastMember::Rosa, "LE-OUTREACH", &["contact"])
        .await;
    test.settle().await;
    let identity = json!({ "identity": CastMember::Rosa.person().identity() });
    assert_eq!(
        account(&test, cast::RIVERTON_HMIS, identity.clone()).await,
        Vec::<Value>::new()
    );
    assert_eq!(account(&test, cast::CEDAR_RECOVERY, identity).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_and_somebody_without_disclosures_look_the_same_and_the_look_is_logged() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let officer = test.auditor(cast::RIVERTON_HMIS);
    let mut first = None;
    for client in [
        json!({ "identity": nobody() }),
        json!({ "identity": CastMember::Ezekiel.person().identity() }),
        json!({ "own_key": "there-is-no-such-key" }),
        // A key of another agency's.
        json!({ "own_key": patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Ezekiel) }),
    ] {
        let before = test.log_size().await;
        let answer = officer
            .post("/v1/accountings", &json!({ "client": client }))
            .await;
        assert_eq!(test.kinds_from(before).await, [EntryKind::LogAccess]);
        let mut headers = answer.headers.clone();
        headers.remove("date");
        let seen = (answer.status, headers, answer.body.clone());
        assert_eq!(answer.text(), r#"{"disclosures":[],"requests":[]}"#);
        assert_eq!(&seen, first.get_or_insert_with(|| seen.clone()));
    }
    // The look says who looked; the client's own account does not list it as a disclosure.
    let size = test.log_size().await;
    let key = town.personal_id(CastMember::Ezekiel.index());
    officer
        .post("/v1/accountings", &json!({ "client": { "own_key": key } }))
        .await;
    let client = test.client_of(cast::RIVERTON_HMIS, &key).await;
    let detail = test.detail(&test.log_from(size).await[0], client).await;
    let party = detail.requester.unwrap();
    assert_eq!(
        (party.agency.as_str(), party.person.unwrap().as_str()),
        (cast::RIVERTON_HMIS, "d-whitfield")
    );
    assert!(
        account(&test, cast::RIVERTON_HMIS, json!({ "own_key": key }))
            .await
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_proves_that_no_line_is_missing() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let mut receipts = Vec::new();
    for _ in 0..3 {
        let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &PICTURE).await;
        let receipt: gateway_audit::Receipt =
            serde_json::from_value(answer.json()["receipt"].clone()).unwrap();
        receipts.push(receipt);
    }
    test.settle().await;
    let ask = async |agency: &str, client: Value| -> (Value, Option<CompletenessProof>) {
        let officer = test.auditor(agency);
        let answer = officer
            .post("/v1/accountings", &json!({ "client": client }))
            .await;
        let account = answer.json();
        let proof = account
            .get("proof")
            .map(|proof| serde_json::from_value(proof.clone()).unwrap());
        (account, proof)
    };
    let key = test.gateway.log_key().parse().unwrap();
    let rosa = json!({ "identity": CastMember::Rosa.person().identity() });
    let (account, proof) = ask(cast::CEDAR_RECOVERY, rosa).await;
    let proof = proof.expect("a proof, since the agency's records went out");
    // The client's number is the one in the recipients' receipts.
    assert_eq!(proof.number, receipts[0].filing.as_ref().unwrap().number);
    let entries = proof.check(&key).unwrap();
    let lines = account["disclosures"].as_array().unwrap();
    assert_eq!(lines.len(), 3);
    for line in lines {
        let leaf = &entries[&line["index"].as_u64().unwrap()];
        assert_eq!(line["event"], leaf.event.to_string());
    }
    assert_eq!(entries.len(), 3);
    // A line that is left out, list and entry, is missed.
    for hidden in 0..3 {
        let mut shorter = proof.clone();
        let place = shorter.entries.remove(hidden).place;
        assert_eq!(shorter.check(&key).unwrap_err(), Incomplete::EntryMissing);
        for list in &mut shorter.lists {
            list.places.retain(|listed| *listed != place);
        }
        assert_eq!(shorter.check(&key).unwrap_err(), Incomplete::Places);
    }
    // The proof of one client is none of another's: the labels are made from the number.
    let mut other = proof.clone();
    other.number = "0123456789abcdef0123456789abcdef".parse().unwrap();
    assert_eq!(other.check(&key).unwrap_err(), Incomplete::Label);
    // Of the agency's own client to whom nothing happened, that is proved too.
    let ezekiel = json!({ "own_key": town.personal_id(CastMember::Ezekiel.index()) });
    let (account, proof) = ask(cast::RIVERTON_HMIS, ezekiel).await;
    assert_eq!(account["disclosures"], json!([]));
    let proof = proof.expect("a proof, since the client is the agency's own");
    assert!(proof.check(&key).unwrap().is_empty());
    assert_eq!(proof.lists.len(), 3);
    // The whole log replays, lists and all.
    let verification = test.verify().await;
    assert!(verification.is_intact(), "{verification}");
    assert!(
        verification.lists.is_some_and(|lists| lists >= 1),
        "{verification}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_known_officer_may_look() {
    let test = TestGateway::start().await;
    let question = json!({ "client": { "identity": nobody() } });
    // The gateway knows no officer of this agency, and no officer of this name.
    let token = test
        .credentials
        .officer_token("d-whitfield", cast::HARBOR_CRISIS)
        .unwrap();
    let of_another = test
        .caller(None)
        .with_token(token)
        .post_json("/v1/accountings", &question)
        .await
        .unwrap();
    let token = test
        .credentials
        .officer_token("somebody-else", cast::RIVERTON_HMIS)
        .unwrap();
    let unknown = test
        .caller(None)
        .with_token(token)
        .post_json("/v1/accountings", &question)
        .await
        .unwrap();
    for answer in [of_another, unknown] {
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["type"]),
            (401, &json!("urn:assent:problem:not-authenticated"))
        );
    }
    let officer = test.auditor(cast::RIVERTON_HMIS);
    for body in [
        json!({}),
        json!({ "client": {} }),
        json!({ "client": { "own_key": "" } }),
    ] {
        let answer = officer.post("/v1/accountings", &body).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["type"]),
            (400, &json!("urn:assent:problem:no-client"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_what_a_receipt_and_an_accounting_show_and_refuses_what_was_changed() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &PICTURE).await;
    test.settle().await;
    let officer = test.auditor(cast::CEDAR_RECOVERY);
    let rosa = json!({ "client": { "identity": CastMember::Rosa.person().identity() } });
    let accounting = officer.post("/v1/accountings", &rosa).await;
    let folder = tempfile::tempdir().unwrap();
    let key = test.gateway.log_key();
    let prove = |text: &str| {
        let file = folder.path().join("file.json");
        std::fs::write(&file, text).unwrap();
        let output = crate::binary::run(&["audit", "prove", file.to_str().unwrap(), "--key", &key]);
        let words = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(words).unwrap())
    };
    let (code, words) = prove(&answer.text());
    assert_eq!(code, Some(0), "{words}");
    for line in [
        "to harbor-crisis (clinician), for TREAT:",
        "Filed under accounting number ",
        "The answer in this file is the one that was recorded.",
    ] {
        assert!(words.contains(line), "{words}");
    }
    let rosa = CastMember::Rosa.person().identity();
    let name = serde_json::to_value(&rosa).unwrap()["name"]["family"]
        .as_str()
        .unwrap_or("Rosa")
        .to_owned();
    assert!(!words.contains(&name));
    // One byte of the answer, and it is no longer the one that was recorded.
    let changed = answer.text().replacen("\"category\":\"", "\"category\":\"x", 1);
    assert_eq!(prove(&changed).0, Some(65));
    let receipt = answer.json()["receipt"].to_string();
    assert_eq!(prove(&receipt).0, Some(0));
    let forged = receipt.replacen("TREAT", "HPAYMT", 1);
    let (code, words) = prove(&forged);
    assert_eq!(code, Some(65));
    assert!(
        words.contains("the statement is not the one that the entry commits to"),
        "{words}"
    );

    let (code, words) = prove(&accounting.text());
    assert_eq!(code, Some(0), "{words}");
    assert!(words.contains("none left out"), "{words}");
    // A line is taken out of the accounting, its proof left as it is.
    let mut shorter = accounting.json();
    shorter["disclosures"].as_array_mut().unwrap().clear();
    let (code, words) = prove(&shorter.to_string());
    assert_eq!(code, Some(65));
    assert!(words.contains("has no line in the accounting"), "{words}");
    // The accounting of one law is held against its own list, as far back as that law reaches.
    let mut of_law = std::collections::BTreeMap::new();
    for view in ["part2", "hipaa", "intermediary"] {
        let asked = json!({ "client": { "identity": rosa }, "view": view });
        let answer = officer.post("/v1/accountings", &asked).await.json();
        let (code, words) = prove(&answer.to_string());
        assert_eq!(code, Some(0), "{view}: {words}");
        let said = words.contains("The lists do not follow the accounting");
        assert_eq!(said, view == "intermediary", "{words}");
        of_law.insert(view, answer);
    }
    assert_eq!(of_law["part2"]["disclosures"].as_array().unwrap().len(), 1);
    assert_eq!(of_law["hipaa"]["disclosures"], json!([]));
    let mut shorter = of_law["part2"].clone();
    shorter["disclosures"].as_array_mut().unwrap().clear();
    let (code, words) = prove(&shorter.to_string());
    assert_eq!(code, Some(65));
    assert!(words.contains("has no line in the accounting"), "{words}");
    // It cannot be cut off at a day of its own choosing.
    shorter["accounting"]["since"] = json!("2030-01-01");
    let (code, words) = prove(&shorter.to_string());
    assert_eq!(code, Some(65));
    assert!(words.contains("begins later than 42 CFR 2.25 lets it"), "{words}");
    let (code, words) = prove("{\n\"receipt\": tru");
    assert_eq!(code, Some(65));
    assert!(words.contains("line 2, column"), "{words}");
}
