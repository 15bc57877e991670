//! Requests to a 311 line: taken in without a word of who called, shown to outreach by place and time, to nobody who
//! enforces, and gone after ninety days (docs/decisions/0018-service-requests.md).

use gateway_audit::EntryKind;
use gateway_http::Answer;
use gateway_synthetic::{Staff, agencies as cast};
use gateway_types::vocabulary::{AgencyKind, Role};
use gateway_types::{AgencyId, Clock as _, StaffId};
use serde_json::{Value, json};
use tests_support::{CASE_MANAGER, Markers, OUTREACH_OFFICER, TestGateway, captured_logs};

/// An outreach worker of the homeless services.
const OUTREACH_WORKER: Staff<'_> = Staff {
    staff: "t-birch",
    role: Role::OutreachWorker,
    ..CASE_MANAGER
};
/// Stands in every field of a request that may tell of a person.
const MARK: &str = "Wrenfeather";

/// A gateway at which the hospital's certificate is a 311 line's.
async fn with_a_311_line() -> TestGateway {
    let test = TestGateway::start().await;
    let mut line = test
        .agencies
        .iter()
        .find(|agency| agency.id == AgencyId::new(cast::LAKESIDE_HOSPITAL).unwrap())
        .unwrap()
        .clone();
    line.kind = AgencyKind::ServiceLine311;
    line.flags = gateway_types::WordSet::EMPTY;
    let by = [
        StaffId::new("test-operator").unwrap(),
        StaffId::new("test-approver").unwrap(),
    ];
    test.gateway.enter_agency(&line, &by).await.unwrap();
    test
}

fn request(number: u32, made: &str, latitude: f64) -> Value {
    json!({
        "service_request_id": number, "status": "open", "service_name": format!("Homeless Encampment {MARK}"),
        "description": format!("{MARK} is asleep in the doorway"), "address": format!("12 {MARK} Lane"),
        "media_url": format!("https://pictures.example/{MARK}.jpg"), "email": format!("{MARK}@example.org"),
        "device_id": MARK, "first_name": MARK, "last_name": MARK, "phone": MARK, "status_notes": MARK,
        "requested_datetime": made, "lat": latitude, "long": -122.465_114_5,
    })
}

async fn push(test: &TestGateway, agency: &str, requests: &Value) -> Answer {
    let bytes = requests.to_string().into_bytes();
    test.begin_push(agency, "open311", "application/json", bytes)
        .await
}

async fn look(test: &TestGateway, by: Staff<'_>, since: Option<&str>) -> Answer {
    let mut question = json!({ "area": { "south": 37.7, "west": -122.6, "north": 37.9, "east": -122.4 } });
    if let Some(since) = since {
        question["since"] = since.into();
    }
    test.asker(by)
        .post("/v1/service-requests/search", &question)
        .await
}

fn days_ago(test: &TestGateway, days: i64) -> String {
    test.clock.now().plus_seconds(-days * 86_400).to_string()
}

fn numbers(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let requests = answer.json()["requests"].as_array().unwrap().clone();
    requests
        .iter()
        .map(|request| request["number"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn outreach_sees_where_and_when_and_never_a_word_of_who_called() {
    let logs = captured_logs();
    let test = with_a_311_line().await;
    let (two, one) = (days_ago(&test, 2), days_ago(&test, 1));
    let pushed = json!([
        request(11, &two, 37.762_22),
        request(12, &one, 37.81),
        request(13, &one, 38.5)
    ]);
    let answer = push(&test, cast::LAKESIDE_HOSPITAL, &pushed).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["state"], "published");
    assert_eq!(answer.json()["kept"], 3);
    let again = push(&test, cast::LAKESIDE_HOSPITAL, &pushed).await;
    assert_eq!(again.json()["kept"], 0, "the same again changes nothing");

    let log = test.log_size().await;
    let found = look(&test, OUTREACH_WORKER, None).await;
    assert_eq!(numbers(&found), ["12", "11"], "the third is elsewhere");
    let first = &found.json()["requests"][1];
    assert_eq!(first["kind"], "encampment");
    assert_eq!(first["state"], "open");
    assert_eq!(first["agency"], cast::LAKESIDE_HOSPITAL);
    assert_eq!(
        (first["latitude"].as_f64(), first["longitude"].as_f64()),
        (Some(37.762), Some(-122.465))
    );
    assert_eq!(first.as_object().unwrap().len(), 8, "and nothing else: {first}");
    assert_eq!(numbers(&look(&test, OUTREACH_WORKER, Some(&one)).await), ["12"]);
    assert_eq!(
        test.kinds_from(log).await,
        [EntryKind::ServiceRequests, EntryKind::ServiceRequests]
    );

    for told in [answer.text(), again.text(), found.text()] {
        assert!(!told.contains(MARK), "{told}");
    }
    assert!(!logs.text().contains(MARK));
    test.settle().await;
    let marks = Markers::new(std::iter::once(MARK.to_owned()));
    assert_eq!(marks.found_under(test.folder.path()), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_enforces_and_whoever_stays_in_is_refused_and_that_is_on_record() {
    let test = with_a_311_line().await;
    let log = test.log_size().await;
    let registrar = Staff {
        role: Role::ComplianceOfficer,
        ..OUTREACH_WORKER
    };
    for who in [OUTREACH_OFFICER, registrar] {
        let answer = look(&test, who, None).await;
        assert_eq!(answer.status, 403, "{}", answer.text());
        assert_eq!(answer.json()["type"], "urn:assent:problem:refused");
    }
    assert_eq!(test.kinds_from(log).await, [EntryKind::Denial, EntryKind::Denial]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_311_line_pushes_and_what_is_no_list_is_refused() {
    let test = with_a_311_line().await;
    let made = days_ago(&test, 1);
    let log = test.log_size().await;
    for agency in [cast::RIVERTON_HMIS, cast::RIVERTON_PD_OUTREACH, cast::SAFE_HAVEN] {
        let answer = push(&test, agency, &json!([request(11, &made, 37.8)])).await;
        assert_eq!(answer.status, 403, "{agency}: {}", answer.text());
    }
    let none = push(
        &test,
        cast::LAKESIDE_HOSPITAL,
        &json!([{ "service_code": "001", "service_name": MARK }]),
    )
    .await;
    assert_eq!(none.json()["state"], "refused", "{}", none.text());
    assert!(!none.text().contains(MARK));
    assert_eq!(test.kinds_from(log).await, [EntryKind::IngestRefused; 4]);
    assert!(numbers(&look(&test, OUTREACH_WORKER, None).await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_ninety_days_a_request_is_gone() {
    let test = with_a_311_line().await;
    let requests = json!([
        request(11, &days_ago(&test, 91), 37.8),
        request(12, &days_ago(&test, 89), 37.8),
        request(13, &days_ago(&test, -1), 37.8),
    ]);
    let answer = push(&test, cast::LAKESIDE_HOSPITAL, &requests).await;
    assert_eq!(answer.json()["kept"], 1, "neither too old nor from tomorrow");
    let report = &answer.json()["report"];
    assert_eq!(report["files"]["Open311"]["refused"], 2, "{report}");
    for (rule, row) in [("too-old", 1), ("in-the-future", 3)] {
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|finding| finding["rule"] == rule);
        assert_eq!(
            (&found.unwrap()["rows"], &found.unwrap()["column"]),
            (&json!([row]), &"requested_datetime".into()),
            "{report}"
        );
    }
    // A clock that is wrong throughout is said, request by request.
    let all = json!([request(14, &days_ago(&test, -2), 37.8)]);
    let answer = push(&test, cast::LAKESIDE_HOSPITAL, &all).await;
    assert_eq!(
        (&answer.json()["state"], &answer.json()["kept"]),
        (&"published".into(), &0.into())
    );
    assert!(answer.text().contains("in-the-future"), "{}", answer.text());
    assert_eq!(numbers(&look(&test, OUTREACH_WORKER, None).await), ["12"]);
    assert_eq!(test.gateway.forget_service_requests().await.unwrap(), 0);
    test.clock.advance(2 * 86_400);
    assert_eq!(test.gateway.forget_service_requests().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_area_larger_than_a_city_or_a_time_before_all_is_malformed() {
    let test = with_a_311_line().await;
    for question in [
        json!({ "area": { "south": 37.0, "west": -122.5, "north": 38.0, "east": -122.4 } }),
        json!({ "area": { "south": 37.8, "west": -122.5, "north": 37.7, "east": -122.4 } }),
        json!({ "area": { "south": 37.7, "west": -122.5, "north": 37.8, "east": -122.4 }, "since": days_ago(&test, 91) }),
        json!({ "since": days_ago(&test, 1) }),
    ] {
        let answer = test
            .asker(OUTREACH_WORKER)
            .post("/v1/service-requests/search", &question)
            .await;
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
}
