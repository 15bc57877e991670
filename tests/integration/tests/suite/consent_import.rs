//! The forms that an agency has on paper, many at once: what is inadequate never releases, nothing is recorded twice, a
//! dry run keeps nothing.

use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use serde_json::{Value, json};
use tests_support::{CLINICIAN, PROGRAMME_STAFF, TestGateway, patient_key};

const HEADER: &str = "own_key,kind,signed_at,signer,standing,discloser_agencies,recipient_agencies,purposes,categories,expiry,statements,attested,artefact";
const STATEMENTS: &str = "part2_redisclosure_by_hipaa_holders;part2_right_to_revoke;part2_redisclosure_potential;part2_refusal_consequences";

fn row(key: &str, purposes: &str, statements: &str) -> String {
    format!(
        "{key},named,2026-06-01T10:00:00Z,client,adult,{},{},{purposes},medications;conditions;sud_treatment,2099-01-01T00:00:00Z,{statements},name_matches_client;signer_identified;statements_seen;read_back;not_conditioned,",
        cast::CEDAR_RECOVERY,
        cast::HARBOR_CRISIS,
    )
}

async fn send(test: &TestGateway, by: Staff<'_>, path: &str, file: String) -> Answer {
    let caller = test.asker(by).0;
    caller
        .call("POST", path, "text/csv", file.into_bytes())
        .await
        .unwrap()
}

fn outcomes(report: &Value) -> Vec<&str> {
    let rows = report["rows"].as_array().unwrap().iter();
    rows.map(|row| row["outcome"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_forms_is_reported_row_by_row_and_only_what_is_adequate_releases() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let poor = [
        row(&key, "TREAT", "part2_right_to_revoke"),
        row("nobodys-key", "TREAT", STATEMENTS),
        row(&key, "Rosa Delgado", STATEMENTS),
        row(&key, "TREAT", STATEMENTS)
            .replace("discloser", "x")
            .replace(cast::CEDAR_RECOVERY, cast::LAKESIDE_HOSPITAL)
            .replace(cast::HARBOR_CRISIS, cast::CEDAR_RECOVERY),
    ];
    let poor = format!("{HEADER}\n{}\n", poor.join("\n"));
    let real = "/v1/consents/imports";
    let answer = send(&test, PROGRAMME_STAFF, real, poor).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let report = answer.json();
    assert_eq!(
        outcomes(&report),
        ["inadequate", "no_client", "unreadable", "refused"],
        "{report:#}"
    );
    assert_eq!(report["rows"][0]["missing"][0]["element"], "2.31(a)(10)(i)");
    assert_eq!(report["rows"][0]["right_forms"], json!(["named"]));
    assert!(!answer.text().contains("Delgado") && !answer.text().contains(&key));
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    let owed = test
        .asker(PROGRAMME_STAFF)
        .get("/v1/consents/follow-ups")
        .await
        .json();
    assert_eq!(owed["follow_ups"][0]["kind"], "replace_form", "{owed:#}");

    let good = format!("{HEADER}\n{0}\n{0}\n", row(&key, "TREAT", STATEMENTS));
    test.settle().await;
    let before = test.log_size().await;
    let dry = send(
        &test,
        PROGRAMME_STAFF,
        "/v1/consents/imports/dry-run",
        good.clone(),
    )
    .await
    .json();
    assert_eq!(
        (outcomes(&dry), &dry["dry_run"]),
        (vec!["active", "on_file"], &json!(true))
    );
    assert!(dry["rows"][0]["consent"].is_null());
    assert!(dry["rows"][1]["consent"].is_null());
    assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRead]);
    assert!(
        !test.shows_the_programme(CastMember::Rosa).await,
        "a dry run keeps nothing"
    );

    test.settle().await;
    let before = test.log_size().await;
    let taken = send(&test, PROGRAMME_STAFF, real, good.clone()).await.json();
    assert_eq!(taken["counts"], json!({ "active": 1, "on_file": 1 }), "{taken:#}");
    assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRecorded]);
    assert!(test.shows_the_programme(CastMember::Rosa).await);
    let again = send(&test, PROGRAMME_STAFF, real, good.clone()).await.json();
    assert_eq!(outcomes(&again), ["on_file", "on_file"]);
    assert_eq!(again["rows"][0]["consent"], taken["rows"][0]["consent"]);

    // Each is a consent like any other.
    let consent = taken["rows"][0]["consent"].as_str().unwrap();
    assert_eq!(test.revoke(PROGRAMME_STAFF, consent).await.status, 200);
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    let revived = send(&test, PROGRAMME_STAFF, real, good.clone()).await.json();
    assert_eq!(
        outcomes(&revived),
        ["ended", "ended"],
        "a file sent again revives nothing"
    );
    // Nor does the same paper with a scan, or with other words between the same parties.
    let scan = gateway_crypto::Digest::of(b"the scan").to_string();
    let scanned = format!(
        "{HEADER}\n{}{scan}\n{}{scan}\n",
        row(&key, "TREAT", STATEMENTS),
        row(&key, "TREAT;COC", STATEMENTS)
    );
    let revived = send(&test, PROGRAMME_STAFF, real, scanned).await.json();
    assert_eq!(outcomes(&revived), ["ended", "ended"], "{revived:#}");
    assert!(!test.shows_the_programme(CastMember::Rosa).await);

    // Who would receive cannot take in.
    let own = patient_key(&town, cast::HARBOR_CRISIS, CastMember::Marcus);
    let file = format!("{HEADER}\n{}\n", row(&own, "TREAT", STATEMENTS));
    let refused = send(&test, CLINICIAN, real, file).await.json();
    assert_eq!(outcomes(&refused), ["refused"]);
    let headless = send(&test, PROGRAMME_STAFF, real, "Rosa,Delgado\n".to_owned()).await;
    assert_eq!(headless.status, 422);
    assert!(!headless.text().contains("Rosa"), "{}", headless.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_file_adds_what_it_vouches_for_and_the_report_says_what_to_do() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let full = row(&key, "TREAT", STATEMENTS);
    let poor = full.replace(";read_back;not_conditioned", ";not_conditioned");
    let real = "/v1/consents/imports";
    let file = |rows: &[&String]| {
        let mut file = HEADER.to_owned();
        for row in rows {
            file.push('\n');
            file.push_str(row);
        }
        file
    };
    let ahead = full.replace("2026-06-01T10:00:00Z", "2098-01-01T00:00:00Z");
    let first = send(&test, PROGRAMME_STAFF, real, file(&[&poor, &ahead]))
        .await
        .json();
    assert_eq!(outcomes(&first), ["inadequate", "refused"], "{first:#}");
    assert_eq!(
        first["rows"][0]["to_do"],
        "look at the signed form; if it is so, add `read_back` to the row's `attested` and send the row again"
    );
    assert!(first["rows"][1]["why"].as_str().unwrap().contains("`signed_at`"));
    let menders = [0, 1].map(|row| &first["rows"][row]["mended_by"]);
    assert_eq!(menders, ["form_holder", "clerk"]);
    // What the paper does not say, only another paper can.
    let mute = full
        .replace(";part2_right_to_revoke", "")
        .replace("part2_right_to_revoke;", "");
    let mute = send(
        &test,
        PROGRAMME_STAFF,
        "/v1/consents/imports/dry-run",
        file(&[&mute]),
    )
    .await;
    let mute = &mute.json()["rows"][0];
    assert_eq!(
        (&mute["outcome"], &mute["mended_by"]),
        (&json!("inadequate"), &json!("client")),
        "{mute:#}"
    );
    assert_eq!(mute["right_forms"], json!(["named"]), "{mute:#}");
    let to_do = mute["to_do"].as_str().unwrap();
    assert!(
        to_do.contains("If the form does say it, correct the row"),
        "{to_do}"
    );
    let reason = &first["reasons"][0];
    assert_eq!(
        (&reason["rows"], &reason["first_lines"]),
        (&json!(1), &json!([2]))
    );
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    let dry = "/v1/consents/imports/dry-run";
    // The same as a sheet, a line for each row.
    let caller = test.asker(PROGRAMME_STAFF).0.accepting("text/csv");
    let sheet = caller
        .call(
            "POST",
            dry,
            "text/csv",
            file(&[&full.replace("06-01", "06-02"), &ahead]).into_bytes(),
        )
        .await
        .unwrap();
    assert_eq!(
        sheet.headers["content-type"],
        "text/csv; charset=utf-8; header=present"
    );
    let text = sheet.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "line,outcome,status,mended_by,to_do,why,missing,right_forms,consent"
    );
    assert_eq!(lines[1], "2,active,active,,,,,,");
    assert!(
        lines[2].starts_with("3,refused,,clerk,\"correct the row, or let"),
        "{text}"
    );
    assert_eq!(lines.len(), 3, "{text}");
    // The same again vouches for no more.
    let again = send(&test, PROGRAMME_STAFF, real, file(&[&poor])).await.json();
    assert_eq!(outcomes(&again), ["on_file"]);

    let tried = send(&test, PROGRAMME_STAFF, dry, file(&[&full])).await.json();
    assert_eq!(outcomes(&tried), ["completed"]);
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    test.settle().await;
    let before = test.log_size().await;
    let corrected = send(&test, PROGRAMME_STAFF, real, file(&[&full, &full]))
        .await
        .json();
    assert_eq!(outcomes(&corrected), ["completed", "on_file"], "{corrected:#}");
    assert_eq!(corrected["rows"][0]["status"], "active");
    assert_eq!(corrected["rows"][0]["consent"], first["rows"][0]["consent"]);
    assert_eq!(test.kinds_from(before).await, [EntryKind::ConsentRecorded]);
    assert!(test.shows_the_programme(CastMember::Rosa).await);
}

/// What one row leaves out, another of the same form may bring: in the same file, in one sent later, and in a trial alike.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_later_row_of_the_same_form_brings_is_taken_with_its_entry_and_its_name() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let full = row(&key, "TREAT", STATEMENTS);
    let named = full.replace(";signer_identified;statements_seen;read_back;not_conditioned", "");
    let seen = full.replace("name_matches_client;", "").replace(";read_back", "");
    let [scan, other] = [&b"a scan"[..], b"another"].map(gateway_crypto::Digest::of);
    let [scanned, exchanged] = [scan, other].map(|digest| format!("{full}{digest}"));
    let rows = [&named, &seen, &seen, &full, &scanned, &scanned, &exchanged];
    let file = rows
        .iter()
        .fold(HEADER.to_owned(), |file, row| format!("{file}\n{row}"));
    let expected = [
        "inadequate",
        "completed",
        "on_file",
        "completed",
        "completed",
        "on_file",
        "other_paper",
    ];
    let statuses = |report: &Value| {
        let rows = report["rows"].as_array().unwrap().clone();
        rows.iter().map(|row| row["status"].clone()).collect::<Vec<_>>()
    };
    let dry = "/v1/consents/imports/dry-run";
    let tried = send(&test, PROGRAMME_STAFF, dry, file.clone()).await.json();
    assert_eq!(outcomes(&tried), expected, "{tried:#}");
    assert!(!test.shows_the_programme(CastMember::Rosa).await);
    test.settle().await;
    let before = test.log_size().await;
    let real = "/v1/consents/imports";
    let taken = send(&test, PROGRAMME_STAFF, real, file.clone()).await.json();
    assert_eq!(outcomes(&taken), expected, "{taken:#}");
    assert_eq!(statuses(&taken), statuses(&tried));
    assert_eq!(
        (&taken["rows"][1]["status"], &taken["rows"][3]["status"]),
        (&json!("inadequate"), &json!("active"))
    );
    // They are one form, in as many versions as rows brought something.
    let consent = taken["rows"][0]["consent"].as_str().unwrap().to_owned();
    let rows = taken["rows"].as_array().unwrap();
    assert!(
        rows.iter().all(|row| row["consent"] == json!(consent)),
        "{taken:#}"
    );
    let staff = test.asker(PROGRAMME_STAFF);
    let on_file = staff.get(&format!("/v1/consents/{consent}")).await.json();
    assert_eq!(on_file["version"], 4, "{on_file:#}");
    assert!(test.shows_the_programme(CastMember::Rosa).await);
    // The log's one entry names each of the versions.
    let entries = test.log_from(before).await;
    let recorded: Vec<_> = entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::ConsentRecorded.number())
        .collect();
    assert_eq!(recorded.len(), 1);
    let again = send(&test, PROGRAMME_STAFF, real, file).await.json();
    let mut nothing = vec!["on_file"; 6];
    nothing.push("other_paper");
    assert_eq!(outcomes(&again), nothing, "{again:#}");
    let reason = &again["reasons"][0];
    assert_eq!(
        (&reason["outcome"], &reason["mended_by"]),
        (&json!("on_file"), &Value::Null),
        "{reason:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_came_to_nothing_stands_in_no_ones_way() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let header = HEADER.replace("recipient_agencies", "recipient_classes");
    // An agency that may receive has to show the signed form.
    let without = row(&key, "TREAT;HPAYMT;HOPERAT", STATEMENTS)
        .replace("named,2026", "tpo,2026")
        .replace(cast::HARBOR_CRISIS, "treating_providers");
    let with = format!("{without}{}", gateway_crypto::Digest::of(b"a signed form"));
    let file = format!("{header}\n{without}\n{with}\n{with}\n");
    let report = send(&test, PROGRAMME_STAFF, "/v1/consents/imports", file)
        .await
        .json();
    let outcomes = outcomes(&report);
    assert_eq!(outcomes.first(), Some(&"refused"), "{report:#}");
    assert_ne!(outcomes.get(1), Some(&"on_file"), "{report:#}");
    assert_eq!(outcomes.get(2), Some(&"on_file"), "{report:#}");
    let kept = report["rows"][1]["consent"].as_str().expect("an id");
    assert_eq!(report["rows"][2]["consent"], kept);
    let path = format!("/v1/consents/{kept}");
    assert_eq!(test.asker(PROGRAMME_STAFF).get(&path).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_sends_one_file_of_forms_at_a_time() {
    let test = TestGateway::start().await;
    let town = test.take_in_town(60).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let mut file = HEADER.to_owned();
    for day in 1..=90 {
        file.push('\n');
        let signed = format!("2025-{:02}-{:02}T10:00:00Z", 1 + day / 28, 1 + day % 28);
        file.push_str(&row(&key, "TREAT", STATEMENTS).replace("2026-06-01T10:00:00Z", &signed));
    }
    let real = "/v1/consents/imports";
    let (one, two) = tokio::join!(
        send(&test, PROGRAMME_STAFF, real, file.clone()),
        send(&test, PROGRAMME_STAFF, real, file.clone())
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    // Whoever came second was turned away, or came after the first was done and found all of it on file.
    let again = send(&test, PROGRAMME_STAFF, real, file).await;
    assert_eq!((statuses[0], again.status.as_u16()), (200, 200));
    assert!([200, 409].contains(&statuses[1]), "{statuses:?}");
    assert_eq!(again.json()["counts"], json!({ "on_file": 90 }));
}
