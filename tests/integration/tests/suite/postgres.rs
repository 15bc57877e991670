//! The same gateway on PostgreSQL: the whole way in and out, lost connections, a second process beside it.

use std::time::Duration;

use gateway_synthetic::{CastMember, agencies as cast};
use tests_support::{PROGRAMME_STAFF, TestGateway, elements, nobody};

const ASKED: [&str; 3] = ["medications", "case_manager_contact", "shelter_status"];

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_way_in_and_out_is_the_same_on_postgres() {
    let Some(url) = tests_postgres::database_or_skip("the whole way on PostgreSQL") else {
        return;
    };
    let test = TestGateway::start_on_postgres(&url, tempfile::tempdir().unwrap()).await;
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    let from_cedar = |answer: &gateway_http::Answer| {
        elements(answer)
            .iter()
            .any(|element| element["source"] == cast::CEDAR_RECOVERY)
    };
    let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await;
    assert!(from_cedar(&answer), "{}", answer.text());
    assert_eq!(test.revoke(PROGRAMME_STAFF, &consent).await.status, 200);
    let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &ASKED).await;
    assert!(!from_cedar(&answer) && !elements(&answer).is_empty());
    let neutral = test
        .outreach_officer()
        .ask(CastMember::Rosa, "LE-OUTREACH", &ASKED)
        .await;
    let unknown = test
        .outreach_officer()
        .ask_about(&nobody(), "LE-OUTREACH", &ASKED)
        .await;
    assert_eq!(neutral.json()["disclosure"], unknown.json()["disclosure"]);
    test.settle().await;
    assert!(test.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_connections_are_made_anew_and_the_log_can_still_be_read() {
    let Some(url) = tests_postgres::database_or_skip("lost connections on PostgreSQL") else {
        return;
    };
    let test = TestGateway::start_on_postgres(&url, tempfile::tempdir().unwrap()).await;
    test.take_in_town(60).await;
    let server = tests_postgres::shared().unwrap();
    server
        .psql(
            &url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();
    // The first questions may meet the broken connections: refused then, never answered without an entry.
    let mut answered = false;
    for _ in 0..20 {
        let answer = test.clinician().ask(CastMember::Marcus, "TREAT", &ASKED).await;
        if answer.status == 200 {
            answered = true;
            break;
        }
        assert_eq!(answer.status, 503, "{}", answer.text());
    }
    assert!(answered, "the gateway did not come back");
    let reader = test.caller(None);
    for _ in 0..12 {
        let checkpoint =
            tokio::time::timeout(Duration::from_secs(20), reader.get("/v1/log/checkpoint")).await;
        assert_eq!(checkpoint.expect("the log can be read").unwrap().status, 200);
    }
    test.settle().await;
    assert!(test.verify().await.is_intact());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_appends_beside_the_first() {
    let Some(url) = tests_postgres::database_or_skip("two processes on PostgreSQL") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let first = TestGateway::start_on_postgres(&url, folder).await;
    std::fs::copy(
        first.folder.path().join("master.key"),
        copy.path().join("master.key"),
    )
    .unwrap();
    first.take_in_town(60).await;
    // What `assent agency add` does: a gateway on the same database, entering registrations.
    let second = TestGateway::start_on_postgres(&url, copy).await;
    for _ in 0..5 {
        let answer = first.clinician().ask_about(&nobody(), "TREAT", &ASKED).await;
        // The second gateway has keys of its own for the agencies' tokens in the registry; the first one still knows its.
        assert_eq!(answer.status, 200, "{}", answer.text());
        second.clinician().ask_about(&nobody(), "TREAT", &ASKED).await;
    }
    first.settle().await;
    second.settle().await;
    assert!(first.verify().await.is_intact());
}
