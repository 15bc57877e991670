//! One client, with or without a certificate, cannot stop the gateway for the others.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use gateway_http::{ConnectionLimits, RequestLimits};
use gateway_synthetic::agencies as cast;
use hyper::body::{Body, Bytes, Frame};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tests_support::{Outage, TestGateway};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::raw::Raw;

const SOON: Duration = Duration::from_secs(20);
const NEVER: Duration = Duration::from_secs(3600);

async fn start(limits: ConnectionLimits) -> TestGateway {
    let patience = RequestLimits {
        patience: Duration::from_millis(700),
        ..RequestLimits::default()
    };
    TestGateway::start_guarded(tempfile::tempdir().unwrap(), patience, limits).await
}

/// Whether a client is served now.
async fn is_served(test: &TestGateway, agency: Option<&str>) -> bool {
    match tokio::time::timeout(SOON, test.caller(agency).get("/health")).await {
        Ok(Ok(answer)) => answer.status == 200,
        _ => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_ask_nothing_are_closed_and_others_are_served_meanwhile() {
    let test = start(ConnectionLimits {
        connections: 16,
        headers: Duration::from_secs(2),
        drain: Duration::from_millis(200),
        ..ConnectionLimits::default()
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(Raw::connect(&test, None).await);
    }
    assert!(is_served(&test, Some(cast::RIVERTON_HMIS)).await);
    for connection in &mut silent {
        assert!(connection.rest(SOON).await.is_some(), "it was left open");
    }
    assert!(is_served(&test, None).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_in_use_ends_all_the_same_so_that_its_certificate_is_judged_again() {
    let test = start(ConnectionLimits {
        lifetime: Duration::from_millis(300),
        drain: Duration::from_millis(200),
        ..ConnectionLimits::default()
    })
    .await;
    let caller = test.caller(Some(cast::RIVERTON_HMIS));
    let mut connection = caller.connect().await.unwrap();
    let begun = std::time::Instant::now();
    while connection
        .call("GET", "/health", "application/json", Vec::new())
        .await
        .is_ok()
    {
        assert!(begun.elapsed() < SOON, "it was kept open");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_connection_that_is_not_used_is_closed() {
    let test = start(ConnectionLimits {
        headers: Duration::from_millis(500),
        idle: Duration::from_millis(300),
        drain: Duration::from_millis(200),
        ..ConnectionLimits::default()
    })
    .await;
    // HTTP/2, well-behaved but for asking nothing.
    let mut silent = Raw::connect(&test, Some(cast::RIVERTON_HMIS)).await;
    silent.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    silent.send(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
    assert!(silent.rest(SOON).await.is_some());
    // HTTP/1, after its one question.
    let mut asked = Raw::connect(&test, Some(cast::RIVERTON_HMIS)).await;
    asked.send(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let answer = asked.rest(SOON).await.expect("an end");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_cannot_take_the_places_of_the_others() {
    let test = start(ConnectionLimits {
        connections: 8,
        headers: NEVER,
        drain: Duration::from_millis(200),
        ..ConnectionLimits::default()
    })
    .await;
    let mut greedy = Vec::new();
    for _ in 0..10 {
        greedy.push(Raw::connect(&test, Some(cast::LAKESIDE_HOSPITAL)).await);
    }
    assert!(is_served(&test, Some(cast::RIVERTON_HMIS)).await);
    assert!(is_served(&test, None).await);
    assert!(!is_served(&test, Some(cast::LAKESIDE_HOSPITAL)).await);
    drop(greedy);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_give_way() {
    let test = start(ConnectionLimits {
        handshakes: 4,
        handshake: NEVER,
        ..ConnectionLimits::default()
    })
    .await;
    let mut half_open = Vec::new();
    for _ in 0..20 {
        half_open.push(TcpStream::connect(test.address).await.unwrap());
    }
    assert!(is_served(&test, None).await);
    let mut byte = [0];
    let oldest = tokio::time::timeout(SOON, half_open[0].read(&mut byte))
        .await
        .expect("the oldest was left open");
    assert!(!matches!(oldest, Ok(1..)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_sends_one_push_of_a_kind_at_a_time() {
    let test = TestGateway::start_with(RequestLimits::default()).await;
    let mut first = Raw::connect(&test, Some(cast::RIVERTON_HMIS)).await;
    first
        .send(b"POST /v1/imports/hmis-csv HTTP/1.1\r\nHost: a\r\nContent-Type: application/zip\r\nContent-Length: 5000\r\nExpect: 100-continue\r\n\r\nPK")
        .await;
    let push = async || {
        test.begin_push(cast::RIVERTON_HMIS, "hmis-csv", "application/zip", vec![1; 10])
            .await
            .status
            .as_u16()
    };
    // Whichever request is seen first: while the one is open, the other is turned away.
    let turned_away = async {
        while push().await != 409 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, turned_away)
        .await
        .expect("two at a time");
    drop(first);
    let taken_again = async {
        while push().await == 409 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, taken_again)
        .await
        .expect("the turn of a push that was broken off is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_trickles_is_ended() {
    let test = start(ConnectionLimits::default()).await;
    let mut slow = Raw::connect(&test, Some(cast::RIVERTON_HMIS)).await;
    slow.send(b"POST /v1/imports/hmis-csv HTTP/1.1\r\nHost: a\r\nContent-Type: application/zip\r\nContent-Length: 5000\r\n\r\n")
        .await;
    // Each byte comes well within the patience for one piece; together they would take minutes.
    for _ in 0..100 {
        if !slow.send(b"P").await {
            break;
        }
        if let Some(answer) = slow.rest(Duration::from_millis(100)).await {
            assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
            return;
        }
    }
    panic!("it was listened to for ten seconds");
}

/// A body of many pieces that counts how many were taken.
struct Counted {
    left: usize,
    taken: Arc<AtomicUsize>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        self.taken.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b' '; 64 << 10])))))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_heard_out_over_http_2_so_that_the_answer_is_seen() {
    const PIECES: usize = 160;
    let test = TestGateway::start_with(RequestLimits::default()).await;
    for (path, media_type, status) in [
        ("/v1/clients", "application/json", 413),
        ("/v1/imports/hmis-csv", "application/zip", 413),
        // Refused before the body is looked at.
        ("/v1/disclosures", "application/json", 401),
        ("/v1/accountings", "application/json", 401),
        ("/v1/consents", "text/plain", 401),
        ("/v1/nothing-here", "application/json", 404),
    ] {
        let stream = Raw::connect(&test, Some(cast::RIVERTON_HMIS)).await.into_stream();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .unwrap();
        tokio::spawn(connection);
        let taken = Arc::new(AtomicUsize::new(0));
        let body = Counted {
            left: PIECES,
            taken: Arc::clone(&taken),
        };
        let request = hyper::Request::post(format!("https://assent.local{path}"))
            .header("content-type", media_type)
            .body(body)
            .unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(taken.load(Ordering::SeqCst), PIECES, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_the_stores_answer_is_asked_once_a_second() {
    let test = TestGateway::start().await;
    let ready = async || test.caller(None).get("/ready").await.unwrap().status.as_u16();
    assert_eq!(ready().await, 200);
    test.audit.set(Outage::Whole);
    assert_eq!(ready().await, 200, "it answered within this second");
    test.clock.advance(1);
    assert_eq!(ready().await, 503);
    test.audit.set(Outage::None);
    assert_eq!(ready().await, 200, "what does not answer is asked again at once");
}
