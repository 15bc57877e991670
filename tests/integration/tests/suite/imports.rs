//! Data comes in whole and labelled, or not at all with a report to act on; what must not be here is not here.

use std::collections::BTreeSet;
use std::time::Duration;

use gateway_audit::EntryKind;
use gateway_crypto::SystemEntropy;
use gateway_http::Answer;
use gateway_store::{IngestKind, StagedBatch, StagedClient};
use gateway_synthetic::{CastMember, Town, agencies as cast};
use gateway_types::{ClientId, Clock as _, SourceClientKey};
use serde_json::{Value, json};
use tests_support::{Markers, TestGateway, client_document, elements, identity};

use crate::exports::{Export, change_line};
use crate::pushes::new_ingest;
use crate::raw::Raw;

const PATH: &str = "/v1/imports/hmis-csv";

async fn push(test: &TestGateway, export: Vec<u8>) -> Value {
    test.push(cast::RIVERTON_HMIS, "hmis-csv", "application/zip", export)
        .await
}

/// What the gateway holds and tells of the cast, as far as it can be seen.
async fn standing(test: &TestGateway) -> (u64, Vec<Vec<Value>>) {
    let mut told = Vec::new();
    for member in CastMember::ALL {
        let asked = [
            "shelter_status",
            "case_manager_contact",
            "medications",
            "demographics",
            "enrollment",
        ];
        told.push(elements(&test.clinician().ask(member, "TREAT", &asked).await));
    }
    (test.records.count_clients().await.unwrap(), told)
}

/// A finding of a report: rule, file, column, first row.
fn findings(status: &Value) -> BTreeSet<(String, String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    status["report"]["findings"]["findings"]
        .as_array()
        .unwrap_or_else(|| panic!("no findings: {status}"))
        .iter()
        .map(|finding| {
            assert!(!text(&finding["message"]).is_empty() && !text(&finding["remedy"]).is_empty());
            let row = finding["rows"][0].as_u64().unwrap_or(0);
            (
                text(&finding["rule"]),
                text(&finding["file"]),
                text(&finding["column"]),
                row,
            )
        })
        .collect()
}

#[track_caller]
fn names(status: &Value, rule: &str, file: &str, column: &str, row: u64) {
    let wanted = (rule.to_owned(), file.to_owned(), column.to_owned(), row);
    let found = findings(status);
    assert!(found.contains(&wanted), "{wanted:?} is not among {found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_refused_whole_with_a_report_and_leaves_all_as_it_was() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let before = standing(&test).await;
    let good = Export::of(&Town::new(8, 90, town.today()));
    let bytes = good.zip();
    let mut cut = bytes.clone();
    cut.truncate(bytes.len() / 2);
    let mut damaged = bytes.clone();
    let middle = bytes.len() / 2;
    damaged[middle..middle + 64].fill(0x55);
    let bomb = good.clone().with("Services.csv", |text| {
        text + &format!("P1,{}\r\n", "A".repeat(3000)).repeat(10_000)
    });
    let cases = [
        (
            "something else",
            b"Rosa Delgado-Quill 921-04-7713".to_vec(),
            "not-a-zip",
            "the zip",
            "",
        ),
        ("nothing", Vec::new(), "not-a-zip", "the zip", ""),
        ("cut short", cut, "broken-zip", "the zip", ""),
        ("damaged", damaged, "broken-zip", "", ""),
        ("a bomb", bomb.zip(), "zip-bomb", "Services.csv", ""),
        (
            "no enrolments",
            good.clone().without("Enrollment.csv").zip(),
            "missing-file",
            "Enrollment.csv",
            "",
        ),
        (
            "a wrong column",
            good.clone()
                .with("Enrollment.csv", |text| text.replacen("EntryDate", "EntryDte", 1))
                .zip(),
            "missing-column",
            "Enrollment.csv",
            "EntryDate",
        ),
    ];
    for (what, export, rule, file, column) in cases {
        println!("{what}");
        let status = push(&test, export).await;
        assert_eq!(status["state"], "refused", "{what}: {status}");
        let named = findings(&status)
            .into_iter()
            .any(|found| found.0 == rule && (file.is_empty() || found.1 == file) && found.2 == column);
        assert!(named, "{what}: {:#?}", findings(&status));
        assert!(
            !status.to_string().contains("Delgado") && !status.to_string().contains("04-7713"),
            "{what}"
        );
        assert_eq!(standing(&test).await, before, "{what}");
    }
    // A refused push can be mended and sent again.
    assert_eq!(push(&test, bytes).await["state"], "published");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_row_is_left_out_and_named_and_the_rest_is_taken() {
    let test = TestGateway::start().await;
    let town = Town::new(8, 60, test.clock.now().date());
    let good = Export::of(&town);
    let marcus = town.personal_id(CastMember::Marcus.index());
    // One comma too many: every value would stand under the wrong column.
    let shifted = good.clone().with("Client.csv", |text| {
        change_line(&text, &marcus, |line| line.replacen(',', ",,", 1))
    });
    let status = push(&test, shifted.zip()).await;
    assert_eq!(status["state"], "published", "{status}");
    names(&status, "field-count", "Client.csv", "", 3);
    names(&status, "unknown-enrollment", "Assessment.csv", "EnrollmentID", 3);
    assert_eq!(test.client_of(cast::RIVERTON_HMIS, &marcus).await, None);
    let rosa = town.personal_id(CastMember::Rosa.index());
    assert!(test.client_of(cast::RIVERTON_HMIS, &rosa).await.is_some());

    // Two rows that both say who he is: neither is believed.
    let doubled = good.clone().with("Client.csv", |text| {
        let line = text
            .lines()
            .find(|line| line.contains(&marcus))
            .unwrap()
            .replace("Marcus", "Markus");
        format!("{text}{line}\r\n")
    });
    let status = push(&test, doubled.zip()).await;
    assert_eq!(status["state"], "published", "{status}");
    names(&status, "duplicate-key", "Client.csv", "PersonalID", 3);
    assert!(!status.to_string().contains("Markus"));
    assert_eq!(test.client_of(cast::RIVERTON_HMIS, &marcus).await, None);

    // A quotation mark that is never closed does not swallow the rows behind it.
    let unclosed = good.clone().with("Client.csv", |text| {
        change_line(&text, &marcus, |line| {
            line.replacen("\"USR-02\",,", "\"USR-02,,", 1)
        })
    });
    let status = push(&test, unclosed.zip()).await;
    assert_eq!(status["state"], "published", "{status}");
    assert!(
        findings(&status)
            .iter()
            .any(|found| found.1 == "Client.csv" && found.3 == 3),
        "{status}"
    );
    assert_eq!(test.client_of(cast::RIVERTON_HMIS, &marcus).await, None);

    let status = push(&test, good.zip()).await;
    assert!(
        test.client_of(cast::RIVERTON_HMIS, &marcus).await.is_some(),
        "{status}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn encodings_and_line_ends_are_read_for_what_they_are() {
    let test = TestGateway::start().await;
    let town = Town::new(8, 60, test.clock.now().date());
    let good = Export::of(&town);
    let plain = push(&test, good.zip()).await;
    assert_eq!(plain["state"], "published", "{plain}");
    let elements_read = plain["report"]["counts"]["elements"].clone();
    let before = standing(&test).await;
    let with_mark = good.clone().with_all(|bytes| [b"\xef\xbb\xbf", bytes].concat());
    let unix = good
        .clone()
        .with_all(|bytes| String::from_utf8_lossy(bytes).replace("\r\n", "\n").into_bytes());
    let windows = good.clone().with_all(|bytes| {
        String::from_utf8_lossy(bytes)
            .replace("\r\n", "\n")
            .replace('\n', "\r\n")
            .into_bytes()
    });
    for (what, export) in [("byte order mark", with_mark), ("LF", unix), ("CRLF", windows)] {
        println!("{what}");
        let status = push(&test, export.zip()).await;
        assert_eq!(status["state"], "published", "{status}");
        assert_eq!(status["report"]["counts"]["elements"], elements_read);
        if what == "byte order mark" {
            names(&status, "byte-order-mark", "Client.csv", "", 0);
        }
        assert_eq!(standing(&test).await, before, "{what}: it says the same");
    }
    let marcus = town.personal_id(CastMember::Marcus.index());
    let latin = good
        .clone()
        .with("Client.csv", |text| {
            change_line(&text, &marcus, |line| line.replace("Marcus", "M\u{e9}rc\u{fc}s"))
        })
        .with_all(|bytes| {
            String::from_utf8_lossy(bytes)
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect()
        });
    let status = push(&test, latin.zip()).await;
    assert_eq!(status["state"], "published", "{status}");
    names(&status, "latin-1", "Client.csv", "", 0);
    let found = test
        .clinician()
        .ask_about(
            &identity("M\u{e9}rc\u{fc}s", "Oyelaran-Finch", "1979-11-02"),
            "TREAT",
            &["case_manager_contact"],
        )
        .await;
    assert!(!elements(&found).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_client_is_gone_as_far_as_that_source_knew_them() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let marcus = town.personal_id(CastMember::Marcus.index());
    let of = async |member: CastMember| -> BTreeSet<String> {
        let answer = test
            .clinician()
            .ask(member, "TREAT", &["case_manager_contact", "medications"])
            .await;
        elements(&answer)
            .iter()
            .map(|element| element["source"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(of(CastMember::Marcus).await.contains(cast::RIVERTON_HMIS));
    let rosa = of(CastMember::Rosa).await;
    let deleted = Export::of(&town).with("Client.csv", |text| {
        change_line(&text, &marcus, |line| {
            line.replacen("\"USR-02\",,", "\"USR-02\",2026-11-20 09:00:00,", 1)
        })
    });
    let status = push(&test, deleted.zip()).await;
    assert_eq!(status["state"], "published", "{status}");
    assert!(
        status["report"]["counts"]["withdrawn"].as_u64().unwrap() > 0,
        "{status}"
    );
    let left = of(CastMember::Marcus).await;
    assert!(
        !left.contains(cast::RIVERTON_HMIS) && left.contains(cast::LAKESIDE_HOSPITAL),
        "{left:?}"
    );
    assert_eq!(of(CastMember::Rosa).await, rosa);
    assert_eq!(test.client_of(cast::RIVERTON_HMIS, &marcus).await, None);
}

/// A product that upgrades and says that its names are hashed must not leave a crisis team looking for everybody in vain.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_with_hashed_names_leaves_everybody_to_be_found_as_before() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let found = async || {
        let answer = test
            .clinician()
            .ask(CastMember::Marcus, "TREAT", &["case_manager_contact"])
            .await;
        let told = elements(&answer);
        told.iter()
            .filter(|element| element["source"] == cast::RIVERTON_HMIS)
            .count()
    };
    let before = found().await;
    assert!(before > 0);
    let hashed = Export::of(&town).with("Export.csv", |text| {
        let at = text
            .lines()
            .next()
            .unwrap()
            .split(',')
            .position(|name| name.trim() == "HashStatus")
            .unwrap();
        let line = text.lines().nth(1).unwrap();
        let mut cells: Vec<&str> = line.split(',').collect();
        cells[at] = "3";
        text.replacen(line, &cells.join(","), 1)
    });
    let status = push(&test, hashed.zip()).await;
    assert_eq!(status["state"], "published", "{status}");
    assert!(status["report"].to_string().contains("hashed-export"), "{status}");
    assert_eq!(found().await, before);
}

/// A night in which a vendor marks everybody as deleted asks a person, before a crisis provider finds nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_would_empty_its_source_waits_for_somebody_who_means_it() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let emptied = Export::of(&town)
        .with("Client.csv", |text| {
            (0..=9).fold(text, |text, user| {
                let kept = format!("\"USR-0{user}\",,");
                text.replace(&kept, &kept.replace(",,", ",2026-11-20 09:00:00,"))
            })
        })
        .zip();
    let before = standing(&test).await;
    let status = push(&test, emptied.clone()).await;
    assert_eq!(status["state"], "refused", "{status}");
    assert!(
        findings(&status)
            .iter()
            .any(|(rule, ..)| rule == "many-deletions"),
        "{status}"
    );
    let deletions = &status["report"]["findings"]["deletions"];
    let gone = |what: &str| deletions[what]["taken_away"].as_u64().unwrap();
    let (clients, statements) = (gone("clients"), gone("statements"));
    assert!(
        clients > 50 && clients <= deletions["clients"]["on_file"].as_u64().unwrap(),
        "{status}"
    );
    assert_eq!(standing(&test).await, before, "nothing has changed");

    let meaning = async |clients: u64, by: &str| {
        let meant = format!("clients={clients}, statements={statements}{by}");
        test.caller(Some(cast::RIVERTON_HMIS))
            .with_header("assent-deletions-meant", meant.parse().unwrap())
            .call("POST", PATH, "application/zip", emptied.clone())
            .await
            .unwrap()
    };
    for nameless in [
        "",
        ", by=",
        ", by=Dana Okafor",
        ", by=d-okafor, by=d-okafor",
        ", for=d-okafor",
    ] {
        let answer = meaning(clients, nameless).await;
        assert_eq!(answer.status, 400, "{nameless}: {}", answer.text());
        assert!(!answer.text().contains("kafor"), "{}", answer.text());
    }
    let ended = async |answer: Answer| {
        let import = answer.json()["import"].as_str().unwrap().to_owned();
        test.settle().await;
        let caller = test.caller(Some(cast::RIVERTON_HMIS));
        let status = caller.get(&format!("/v1/imports/{import}")).await.unwrap();
        status.json()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        ended(meaning(clients - 1, ", by=d-okafor").await).await,
        "refused"
    );
    assert_eq!(standing(&test).await, before, "more would go than is meant");
    let size = test.log_size().await;
    assert_eq!(ended(meaning(clients, ", by=d-okafor").await).await, "published");
    assert_ne!(standing(&test).await, before);
    let entries = test.log_from(size).await;
    let entry = entries
        .iter()
        .find(|entry| tests_support::leaf(entry).kind == EntryKind::Ingest);
    let note = test.detail(entry.unwrap(), None).await.note.unwrap();
    assert!(note.reveal().contains("`d-okafor` says that it is meant"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_again_are_the_same_push_until_another_overtakes_it() {
    let test = TestGateway::start().await;
    let town = Town::new(8, 60, test.clock.now().date());
    let export = Export::of(&town).zip();
    let first = push(&test, export.clone()).await;
    let size = test.log_size().await;
    let again = test
        .begin_push(cast::RIVERTON_HMIS, "hmis-csv", "application/zip", export.clone())
        .await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["import"], first["import"]);
    assert_eq!(again.json()["report"], first["report"]);
    assert_eq!(test.log_size().await, size, "nothing happened");
    let grown = push(
        &test,
        Export::of(&Town::new(8, 72, test.clock.now().date())).zip(),
    )
    .await;
    assert_eq!(grown["state"], "published");
    let back = push(&test, export).await;
    assert_eq!(back["state"], "published");
    assert_ne!(
        back["import"], first["import"],
        "what was overtaken is a new push"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_victim_services_records_are_turned_away_before_they_are_read_and_kept_nowhere() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let before = standing(&test).await;
    let mut export = std::io::Cursor::new(Vec::new());
    gateway_synthetic::write_vsp_zip(&town, &mut export).unwrap();
    let export = export.into_inner();
    // The answer comes though nothing of the body is sent.
    let mut raw = Raw::connect(&test, Some(cast::SAFE_HAVEN)).await;
    raw.send(b"POST /v1/imports/hmis-csv HTTP/1.1\r\nHost: a\r\nContent-Type: application/zip\r\nContent-Length: 5000\r\n\r\n").await;
    let answer = raw.rest(Duration::from_secs(5)).await.expect("an answer");
    assert!(
        answer.starts_with("HTTP/1.1 403") && answer.contains("victim-service-source"),
        "{answer}"
    );
    for (path, media_type) in [
        (PATH, "application/zip"),
        ("/v1/imports/fhir", "application/fhir+json"),
        ("/v1/imports/calls-for-service", "text/csv"),
        ("/v1/imports/field-forms", "application/json"),
        ("/v1/imports/eido", "application/json"),
        ("/v1/imports/niem", "application/xml"),
        ("/v1/clients", "application/json"),
    ] {
        let answer = test
            .caller(Some(cast::SAFE_HAVEN))
            .call("POST", path, media_type, export.clone())
            .await
            .unwrap();
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["type"]),
            (403, &json!("urn:assent:problem:victim-service-source")),
            "{path}"
        );
    }
    // The same rows inside the export of a source that may push: they are barred, and the report says where.
    let status = push(&test, export).await;
    let barred = status["report"]["findings"]["findings"]
        .as_array()
        .unwrap()
        .iter()
        .any(|finding| finding["severity"] == "barred");
    assert!(barred, "{status}");
    assert_eq!(standing(&test).await, before);
    let markers = Markers::new(gateway_synthetic::victim_service_markers());
    assert_eq!(markers.found_in(status.to_string().as_bytes()), None);
    assert_eq!(markers.found_under(test.folder.path()), None);
    assert_eq!(
        markers.found_in(tests_support::captured_logs().text().as_bytes()),
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_pushes_its_own_kind_and_sees_its_own_pushes() {
    let test = TestGateway::start().await;
    for (agency, kind, media_type) in [
        (cast::RIVERTON_PD_OUTREACH, "hmis-csv", "application/zip"),
        (cast::RIVERTON_PD_OUTREACH, "fhir", "application/fhir+json"),
        (cast::LAKESIDE_HOSPITAL, "hmis-csv", "application/zip"),
        (cast::LAKESIDE_HOSPITAL, "calls-for-service", "text/csv"),
        (cast::RIVERTON_HMIS, "fhir", "application/fhir+json"),
        (cast::RIVERTON_HMIS, "calls-for-service", "text/csv"),
        (cast::LAKESIDE_HOSPITAL, "field-forms", "application/json"),
        (cast::RIVERTON_HMIS, "eido", "application/json"),
        (cast::LAKESIDE_HOSPITAL, "niem", "application/json"),
    ] {
        let answer = test.begin_push(agency, kind, media_type, b"x".to_vec()).await;
        let problem = answer.json();
        assert_eq!(
            (answer.status.as_u16(), &problem["type"]),
            (403, &json!("urn:assent:problem:agency-not-admitted")),
            "{agency} {kind}"
        );
    }
    let wrong_type = test
        .begin_push(cast::RIVERTON_HMIS, "hmis-csv", "text/csv", b"x".to_vec())
        .await;
    assert_eq!(wrong_type.status, 415);

    let town = test.take_in_town(60).await;
    let mine = test
        .begin_push(
            cast::RIVERTON_HMIS,
            "hmis-csv",
            "application/zip",
            Export::of(&town).zip(),
        )
        .await;
    let path = format!("/v1/imports/{}", mine.json()["import"].as_str().unwrap());
    let see = async |agency: Option<&str>| test.caller(agency).get(&path).await.unwrap();
    assert_eq!(see(Some(cast::RIVERTON_HMIS)).await.status, 200);
    let anothers = see(Some(cast::LAKESIDE_HOSPITAL)).await;
    let nobodys = test
        .caller(Some(cast::LAKESIDE_HOSPITAL))
        .get("/v1/imports/00000000-0000-7000-8000-000000000000")
        .await
        .unwrap();
    assert_eq!((anothers.status.as_u16(), &anothers.body), (404, &nobodys.body));
    assert_eq!(see(None).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_bundle_or_call_list_is_refused_with_its_place() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let before = standing(&test).await;
    let (_, bundle) = gateway_synthetic::fhir_bundles(&town).unwrap().remove(0);
    let cut = bundle.strip_suffix('}').expect("an object").to_owned();
    let calls = gateway_synthetic::calls_for_service_csv(&town);
    for (agency, kind, media_type, text) in [
        (cast::LAKESIDE_HOSPITAL, "fhir", "application/fhir+json", cut),
        (
            cast::LAKESIDE_HOSPITAL,
            "fhir",
            "application/fhir+json",
            "Rosa Delgado-Quill".to_owned(),
        ),
        (
            cast::RIVERTON_PD_OUTREACH,
            "calls-for-service",
            "text/csv",
            calls.replacen(',', ";", 1),
        ),
        (
            cast::RIVERTON_PD_OUTREACH,
            "calls-for-service",
            "text/csv",
            "Rosa Delgado-Quill\r\n".to_owned(),
        ),
    ] {
        let status = test.push(agency, kind, media_type, text.into_bytes()).await;
        assert_eq!(status["state"], "refused", "{kind}: {status}");
        assert!(!findings(&status).is_empty());
        assert!(!status.to_string().contains("Delgado"));
        assert_eq!(standing(&test).await, before, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_dies_in_the_middle_of_a_push_leaves_nothing_of_it() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let before = standing(&test).await;
    let ingest = new_ingest(&test, IngestKind::HmisCsv);
    test.records.begin_ingest(&ingest).await.unwrap();
    let staged = StagedClient {
        client: ClientId::generate(&*test.clock, &SystemEntropy).unwrap(),
        new: true,
        source_key: SourceClientKey::new("HALF".to_owned()),
        identity: identity("Zanzibara", "Quillfeather", "1980-05-06"),
        blocking: Vec::new(),
    };
    let batch = StagedBatch {
        clients: vec![staged],
        ..StagedBatch::default()
    };
    test.records
        .stage(ingest.id, &ingest.source, batch)
        .await
        .unwrap();
    assert_eq!(standing(&test).await, before, "what is staged is invisible");
    assert_eq!(test.client_of(cast::RIVERTON_HMIS, "HALF").await, None);
    let folder = test.stop().await;

    let again = TestGateway::start_in(folder, Default::default()).await;
    assert_eq!(standing(&again).await, before);
    assert_eq!(again.client_of(cast::RIVERTON_HMIS, "HALF").await, None);
    let status = again
        .caller(Some(cast::RIVERTON_HMIS))
        .get(&format!("/v1/imports/{}", ingest.id))
        .await
        .unwrap();
    assert_eq!(status.json()["state"], "failed", "{}", status.text());
    let pushed = push(
        &again,
        Export::of(&Town::new(8, 60, again.clock.now().date())).zip(),
    )
    .await;
    assert_eq!(pushed["state"], "published", "{pushed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_client_as_json_is_found_at_once_and_a_faulty_one_is_not_taken() {
    let test = TestGateway::start().await;
    let document = client_document("P1", "Zanzibara", "Quillfeather", "1980-05-06");
    let pushed = test.push_client(cast::RIVERTON_HMIS, &document).await;
    assert_eq!(
        (pushed.status.as_u16(), &pushed.json()["state"]),
        (201, &json!("published")),
        "{}",
        pushed.text()
    );
    let path = format!("/v1/imports/{}", pushed.json()["import"].as_str().unwrap());
    assert_eq!(
        test.caller(Some(cast::RIVERTON_HMIS))
            .get(&path)
            .await
            .unwrap()
            .json()["state"],
        "published"
    );
    let found = test
        .clinician()
        .ask_about(
            &identity("Zanzibara", "Quillfeather", "1980-05-06"),
            "TREAT",
            &["shelter_status", "case_manager_contact"],
        )
        .await;
    let categories: BTreeSet<_> = elements(&found)
        .iter()
        .map(|element| element["category"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        categories,
        ["case_manager_contact", "shelter_status"]
            .map(str::to_owned)
            .into()
    );
    // The same again changes nothing.
    assert_eq!(
        test.push_client(cast::RIVERTON_HMIS, &document).await.json()["import"],
        pushed.json()["import"]
    );

    let before = test.records.count_clients().await.unwrap();
    for (path, value) in [
        ("version", json!("Quillfeather")),
        ("client", json!(["Quillfeather"])),
        ("Quillfeather", json!(1)),
    ] {
        let mut faulty = client_document("P2", "Ottoline", "Quillfeather", "1951-12-30");
        faulty[path] = value;
        let answer = test.push_client(cast::RIVERTON_HMIS, &faulty).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.json()["type"]),
            (422, &json!("urn:assent:problem:unacceptable")),
            "{path}"
        );
        assert!(
            !answer.text().contains("Quill") && !answer.text().contains("Ottoline"),
            "{}",
            answer.text()
        );
    }
    let plain = test
        .caller(Some(cast::RIVERTON_HMIS))
        .call("POST", "/v1/clients", "text/plain", document.to_string())
        .await
        .unwrap();
    assert_eq!(plain.status, 415);
    let police = test.push_client(cast::RIVERTON_PD_OUTREACH, &document).await;
    assert_eq!(police.status, 403);
    assert_eq!(test.records.count_clients().await.unwrap(), before);
}
