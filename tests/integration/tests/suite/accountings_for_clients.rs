//! Accountings that a law asks for: of one log each lists its own, and the client gets it on a page in plain words.

use gateway_audit::EntryKind;
use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::{Value, json};
use tests_support::{Asker, TestGateway, nobody, patient_key};

use crate::consents_on_paper::{has, weasyprint};

/// Treatment on a consent: records of the programme, the hospital and the shelter go together.
async fn treated(test: &TestGateway) -> gateway_synthetic::Town {
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    test.clinician()
        .ask(
            CastMember::Rosa,
            "TREAT",
            &["medications", "sud_treatment", "shelter_status"],
        )
        .await;
    test.settle().await;
    town
}

async fn view(test: &TestGateway, agency: &str, view: &str) -> Value {
    let identity = json!({ "identity": CastMember::Rosa.person().identity() });
    let answer = test
        .auditor(agency)
        .post("/v1/accountings", &json!({ "client": identity, "view": view }))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_disclosure_is_in_the_accountings_that_its_records_belong_to_and_in_no_other() {
    let test = TestGateway::start().await;
    treated(&test).await;
    for (agency, name, expected) in [
        // With consent: Part 2 wants it listed, HIPAA does not.
        (cast::CEDAR_RECOVERY, "part2", 1),
        (cast::CEDAR_RECOVERY, "hipaa", 0),
        // To the programme the gateway is no intermediary.
        (cast::CEDAR_RECOVERY, "intermediary", 0),
        (cast::CEDAR_RECOVERY, "hmis", 0),
        (cast::RIVERTON_HMIS, "hmis", 1),
        (cast::RIVERTON_HMIS, "part2", 0),
        (cast::RIVERTON_HMIS, "cjis", 0),
    ] {
        let body = view(&test, agency, name).await;
        let lines = body["disclosures"].as_array().unwrap();
        assert_eq!(lines.len(), expected, "{agency}, {name}: {body:#}");
        assert_eq!(body["accounting"]["view"], name);
        for line in lines {
            assert_eq!(line["sources"], json!([agency]), "{line:#}");
        }
    }
    let part2 = view(&test, cast::CEDAR_RECOVERY, "part2").await;
    assert_eq!(part2["accounting"]["rule"], "42 CFR 2.25");
    assert!(part2["accounting"]["since"].is_string());
    assert!(!part2.to_string().contains("shelter_status"), "{part2:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_gets_it_as_a_page_or_a_table_and_the_look_is_logged() {
    let test = TestGateway::start().await;
    let town = treated(&test).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let asked = json!({ "client": { "own_key": key }, "view": "part2" });
    let before = test.log_size().await;
    let officer = |accept: &'static str| Asker(test.auditor(cast::CEDAR_RECOVERY).0.accepting(accept));
    let page = officer("text/html").post("/v1/accountings", &asked).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(test.kinds_from(before).await, [EntryKind::LogAccess]);
    let client = test.client_of(cast::CEDAR_RECOVERY, &key).await;
    let look = test.detail(&test.log_from(before).await[0], client).await;
    assert_eq!(
        look.note.unwrap().reveal().as_str(),
        "accounting under 42 CFR 2.25"
    );
    let text = page.text();
    for said in [
        "Who got your records",
        "to treat you",
        "You said yes in writing.",
        "your medicines",
        "leave some lines off for a time",
    ] {
        assert!(text.contains(said), "`{said}` in {text}");
    }
    // By name, not by id, and nothing of another agency's records.
    for other in [cast::HARBOR_CRISIS, cast::CEDAR_RECOVERY, "shelter", "Rosa"] {
        assert!(!text.contains(other), "`{other}` in {text}");
    }
    let spanish = json!({ "client": { "own_key": key }, "view": "part2", "language": "es" });
    let page = officer("text/html").post("/v1/accountings", &spanish).await;
    assert!(page.text().contains("<html lang=\"es\">"), "{}", page.text());
    let table = officer("text/csv").post("/v1/accountings", &asked).await;
    assert!(
        table.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/csv")
    );
    assert_eq!(table.text().matches("\r\n").count(), 3, "{}", table.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_is_given_is_signed_and_whoever_changes_it_is_found_out_offline() {
    let test = TestGateway::start().await;
    let town = treated(&test).await;
    let client = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let asked = json!({ "client": { "own_key": client }, "view": "part2" });
    let officer = |accept: &'static str| Asker(test.auditor(cast::CEDAR_RECOVERY).0.accepting(accept));
    let folder = tempfile::tempdir().unwrap();
    let (file, beside) = (folder.path().join("file"), folder.path().join("note"));
    let key = test.gateway.log_key();
    let prove = |bytes: &[u8], note: Option<&str>| {
        std::fs::write(&file, bytes).unwrap();
        let mut words = vec!["audit", "prove", file.to_str().unwrap(), "--key", &key];
        if let Some(note) = note {
            std::fs::write(&beside, note).unwrap();
            words.extend(["--note", beside.to_str().unwrap()]);
        }
        let output = crate::binary::run(&words);
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let signed = "The accounting `part2` of cedar-recovery, made ";
    let json = officer("application/json").post("/v1/accountings", &asked).await;
    let (code, words) = prove(&json.body, None);
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains("none left out") && words.contains(signed),
        "{words}"
    );
    // A line's words are in no leaf that is shown: the signature alone covers them. White space is nothing.
    let spaced = serde_json::to_vec_pretty(&json.json()).unwrap();
    assert_eq!(prove(&spaced, None).0, Some(0));
    for (from, to) in [
        ("\"purpose\":\"TREAT\"", "\"purpose\":\"HPAYMT\""),
        (cast::HARBOR_CRISIS, cast::LAKESIDE_HOSPITAL),
        ("\"categories\":[\"medications\"]", "\"categories\":[]"),
    ] {
        assert!(json.text().contains(from), "{from} in {}", json.text());
        let changed = json.text().replacen(from, to, 1);
        let (code, words) = prove(changed.as_bytes(), None);
        assert_eq!(code, Some(65), "{from}: {words}");
        assert!(words.contains("it was changed after it was made"), "{words}");
    }
    // The signature taken off: what is left does not pass for signed.
    let mut bare = json.json();
    bare.as_object_mut().unwrap().shift_remove("signed");
    let (code, words) = prove(bare.to_string().as_bytes(), None);
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains("It is NOT signed") && !words.contains(signed),
        "{words}"
    );
    // What the officer reads for themselves is no accounting that is given.
    let own = json!({ "client": { "own_key": client } });
    let own = officer("*/*").post("/v1/accountings", &own).await;
    assert!(own.json().get("signed").is_none());

    for accept in ["text/html", "text/csv"] {
        let given = officer(accept).post("/v1/accountings", &asked).await;
        let note = given.headers["assent-accounting"].to_str().unwrap();
        let (code, words) = prove(&given.body, Some(note));
        assert_eq!(code, Some(0), "{accept}: {words}");
        assert!(words.contains(signed), "{words}");
        let changed = given.text().replacen("you", "them", 1);
        assert_eq!(prove(changed.as_bytes(), Some(note)).0, Some(65), "{accept}");
        assert_eq!(prove(&json.body, Some(note)).0, Some(65), "of another file");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounting_is_printed_as_a_tagged_pdf() {
    let Some(printer) = weasyprint() else { return };
    let test = TestGateway::start_printing(printer).await;
    let town = treated(&test).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let officer = Asker(test.auditor(cast::CEDAR_RECOVERY).0.accepting("application/pdf"));
    for language in ["en", "es"] {
        let asked = json!({ "client": { "own_key": key }, "view": "part2", "language": language });
        let printed = officer.post("/v1/accountings", &asked).await;
        assert_eq!(printed.status, 200, "{}", printed.text());
        assert_eq!(printed.headers["content-type"], "application/pdf");
        assert!(printed.body.starts_with(b"%PDF-"));
        assert!(has(&printed.body, format!("/Lang ({language})").as_bytes()));
        assert!(has(&printed.body, b"/StructTreeRoot") && has(&printed.body, b"/Marked true"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_is_refused_before_anybody_is_looked_up() {
    let test = TestGateway::start().await;
    let before = test.log_size().await;
    let officer = test.auditor(cast::CEDAR_RECOVERY);
    let client = json!({ "identity": nobody() });
    for (accept, asked, status) in [
        ("text/html", json!({ "client": client }), 400),
        ("text/csv", json!({ "client": client }), 400),
        ("*/*", json!({ "client": client, "view": "everything" }), 400),
        (
            "*/*",
            json!({ "client": client, "view": "hipaa", "language": "fr" }),
            400,
        ),
        (
            "application/pdf",
            json!({ "client": client, "view": "hipaa" }),
            406,
        ),
    ] {
        let answer = Asker(officer.0.clone().accepting(accept))
            .post("/v1/accountings", &asked)
            .await;
        assert_eq!(answer.status, status, "{asked}: {}", answer.text());
    }
    assert_eq!(test.log_size().await, before);
}
