//! Taken back is taken back at once: with questions coming in all the time, nothing is released on a consent more than a
//! second after it was revoked, or against a restriction more than a second after it was agreed to, and nothing at all
//! on a question that was put after either was answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gateway_synthetic::{CastMember, agencies as cast};
use serde_json::json;
use tests_support::{PROGRAMME_STAFF, TestGateway, elements, patient_key};

/// How many ask at once.
const ASKERS: usize = 6;

/// When a question was put and when its answer was here, if it released something of the programme.
type Released = Vec<(Instant, Instant)>;

/// Asks without a pause until it is told to stop.
fn keep_asking(
    test: &Arc<TestGateway>,
    stop: &Arc<AtomicBool>,
    count: &Arc<AtomicUsize>,
) -> Vec<tokio::task::JoinHandle<Released>> {
    let one = || {
        let (test, stop, count) = (Arc::clone(test), Arc::clone(stop), Arc::clone(count));
        tokio::spawn(async move {
            let mut released = Vec::new();
            let clinician = test.clinician();
            while !stop.load(Ordering::Acquire) {
                let put = Instant::now();
                let answer = clinician
                    .ask(CastMember::Rosa, "TREAT", &["medications", "conditions"])
                    .await;
                assert_eq!(answer.status, 200, "{}", answer.text());
                let of_the_programme = elements(&answer)
                    .iter()
                    .any(|element| element["source"] == cast::CEDAR_RECOVERY);
                if of_the_programme {
                    released.push((put, Instant::now()));
                    count.fetch_add(1, Ordering::AcqRel);
                }
            }
            released
        })
    };
    (0..ASKERS).map(|_| one()).collect()
}

/// Lets the askers ask for a while, has something taken back, and looks at what went when.
#[expect(clippy::print_stderr, reason = "the figure is what the test is for")]
async fn stops<F: Future<Output = u16>>(test: &Arc<TestGateway>, take_back: impl FnOnce() -> F) {
    let stop = Arc::new(AtomicBool::new(false));
    let count = Arc::new(AtomicUsize::new(0));
    let askers = keep_asking(test, &stop, &count);
    while count.load(Ordering::Acquire) < 2 * ASKERS {
        tokio::task::yield_now().await;
    }
    let sent = Instant::now();
    assert_eq!(take_back().await, 200);
    let answered = Instant::now();
    for _ in 0..10 {
        let answer = test
            .clinician()
            .ask(CastMember::Rosa, "TREAT", &["medications", "conditions"])
            .await;
        assert!(
            elements(&answer)
                .iter()
                .all(|element| element["source"] != cast::CEDAR_RECOVERY)
        );
    }
    stop.store(true, Ordering::Release);
    let mut latest = None;
    for asker in askers {
        for (put, here) in asker.await.unwrap() {
            assert!(put < answered, "a question put afterwards was answered with it");
            latest = latest.max(Some(here));
        }
    }
    let latest = latest.expect("it went before");
    let after = latest.saturating_duration_since(sent);
    let count = count.load(Ordering::Acquire);
    eprintln!("{count} releases, the last {after:?} after it was sent that it is taken back");
    assert!(after < Duration::from_secs(1), "{after:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_stops_what_is_on_its_way_within_a_second() {
    let test = Arc::new(TestGateway::start().await);
    let town = test.take_in_town(60).await;
    let consent = test.record_tpo(&town, CastMember::Rosa).await;
    stops(&test, || async {
        test.revoke(PROGRAMME_STAFF, &consent).await.status.as_u16()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restriction_stops_what_is_on_its_way_within_a_second() {
    let test = Arc::new(TestGateway::start().await);
    let town = test.take_in_town(60).await;
    test.record_tpo(&town, CastMember::Rosa).await;
    let key = patient_key(&town, cast::CEDAR_RECOVERY, CastMember::Rosa);
    let asked =
        json!({ "own_key": key, "wish": { "withhold": { "categories": "all", "from": "everybody" } } });
    let asked = test
        .asker(PROGRAMME_STAFF)
        .post("/v1/restrictions", &asked)
        .await
        .json();
    let path = format!(
        "/v1/restrictions/{}/steps",
        asked["restriction"].as_str().unwrap()
    );
    stops(&test, || async {
        test.asker(PROGRAMME_STAFF)
            .post(&path, &json!({ "agree": {} }))
            .await
            .status
            .as_u16()
    })
    .await;
}
