//! An HMIS export that was made before the one taken in last does not overtake it, unless somebody means that.

use gateway_audit::EntryKind;
use gateway_synthetic::{Town, agencies as cast};
use gateway_types::Clock as _;
use serde_json::Value;
use tests_support::TestGateway;

use crate::exports::Export;

/// The export as it was made at some time.
fn made(town: &Town, at: &str, change: impl FnOnce(String) -> String) -> Vec<u8> {
    let column = |text: &str, name: &str| {
        let header = text.lines().next().unwrap();
        let names: Vec<&str> = header.trim_start_matches('\u{feff}').split(',').collect();
        names.iter().position(|column| column.trim() == name).unwrap()
    };
    Export::of(town)
        .with("Export.csv", |text| {
            let place = column(&text, "ExportDate");
            let line = text.lines().nth(1).unwrap().to_owned();
            let mut cells: Vec<&str> = line.split(',').collect();
            cells[place] = at;
            text.replacen(&line, &cells.join(","), 1)
        })
        .with("User.csv", change)
        .zip()
}

fn phone(number: &str) -> impl FnOnce(String) -> String + use<'_> {
    move |text| text.replace("3125550", number)
}

async fn push(test: &TestGateway, bytes: Vec<u8>) -> Value {
    test.push(cast::RIVERTON_HMIS, "hmis-csv", "application/zip", bytes)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_was_made_earlier_does_not_overtake_a_newer_one() {
    let test = TestGateway::start().await;
    let town = Town::new(8, 60, test.clock.now().date());
    let newer = made(&town, "2026-11-20 02:00:00", phone("4145550"));
    let older = made(&town, "2026-11-19 02:00:00", phone("5155550"));
    assert_eq!(push(&test, newer.clone()).await["state"], "published");
    let refused = push(&test, older.clone()).await;
    assert_eq!(refused["state"], "refused", "{refused}");
    let finding = &refused["report"]["findings"]["findings"][0];
    assert_eq!(
        (
            &finding["rule"],
            &finding["file"],
            &finding["column"],
            &finding["rows"][0]
        ),
        (
            &"older-export".into(),
            &"Export.csv".into(),
            &"ExportDate".into(),
            &2.into()
        ),
        "{refused}"
    );
    assert_eq!(
        refused["report"]["findings"]["exports"]["newest"],
        "2026-11-20T02:00:00Z"
    );
    // The same moment and the same bytes: nothing to do. The same moment and other bytes: as they come.
    let again = test
        .begin_push(cast::RIVERTON_HMIS, "hmis-csv", "application/zip", newer)
        .await;
    assert_eq!(again.status, 200);
    let same_moment = made(&town, "2026-11-20 02:00:00", phone("6165550"));
    assert_eq!(push(&test, same_moment).await["state"], "published");

    let meaning = async |by: &str| {
        test.caller(Some(cast::RIVERTON_HMIS))
            .with_header("assent-older-meant", by.parse().unwrap())
            .call("POST", "/v1/imports/hmis-csv", "application/zip", older.clone())
            .await
            .unwrap()
    };
    assert_eq!(meaning("d-okafor").await.status, 400);
    let size = test.log_size().await;
    let answer = meaning("by=d-okafor").await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    test.settle().await;
    let entries = test.log_from(size).await;
    let entry = entries
        .iter()
        .find(|entry| tests_support::leaf(entry).kind == EntryKind::Ingest);
    let note = test.detail(entry.unwrap(), None).await.note.unwrap();
    assert!(note.reveal().contains("`d-okafor` says that it is meant"));
    // From then on that one is what is held on to: one between them is newer.
    let between = made(&town, "2026-11-19 12:00:00", phone("7175550"));
    assert_eq!(push(&test, between).await["state"], "published");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_far_ahead_bars_nobody_for_long() {
    let test = TestGateway::start().await;
    let town = Town::new(8, 60, test.clock.now().date());
    let ahead = made(&town, "2062-01-01 00:00:00", phone("4145550"));
    assert_eq!(push(&test, ahead).await["state"], "published");
    test.clock.advance(2 * 86_400);
    let now = test.clock.now().to_string();
    let mended: String = now.replace('T', " ").chars().take(19).collect();
    let mended = made(&town, &mended, phone("5155550"));
    assert_eq!(push(&test, mended).await["state"], "published");
}
