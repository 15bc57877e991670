//! What is kept of a service request, and what never is.

use proptest::prelude::*;

use super::*;

const ONE: &str = r#"[{
    "service_request_id": 638344, "status": "open", "service_name": "Homeless Encampment",
    "requested_datetime": "2026-11-20T06:37:38-08:00", "updated_datetime": "2026-11-21T06:37:38-08:00",
    "lat": 37.762221815, "long": "-122.4651145" }]"#;

fn xml(fields: &str) -> String {
    format!("<?xml version=\"1.0\"?><service_requests><request>{fields}</request></service_requests>")
}

const SOUND: &str = "<service_request_id>7</service_request_id><status>closed</status>\
    <service_name>Wellness Check</service_name><requested_datetime>2026-11-20T06:37:38Z</requested_datetime>\
    <lat>37.5</lat><long>-122.5</long>";

#[track_caller]
fn refused(text: &str, rule: &str) {
    let report = requests(text.as_bytes(), &Times::ANY).unwrap_err();
    assert!(report.names(rule), "{report}");
}

#[test]
fn a_request_is_its_number_kind_state_times_and_rounded_position() {
    let read = requests(ONE.as_bytes(), &Times::ANY).unwrap();
    assert!(read.report.is_clean(), "{}", read.report);
    let [request] = read.requests.as_slice() else {
        panic!("one request");
    };
    assert_eq!(request.number.as_str(), "638344");
    assert_eq!(request.kind, ServiceKind::Encampment);
    assert_eq!(request.state, ServiceRequestState::Open);
    assert_eq!(request.requested_at.to_string(), "2026-11-20T14:37:38Z");
    assert_eq!(request.updated_at.to_string(), "2026-11-21T14:37:38Z");
    assert_eq!(
        (request.spot.latitude(), request.spot.longitude()),
        (37_762, -122_465)
    );

    let read = requests(xml(SOUND).as_bytes(), &Times::ANY).unwrap();
    assert_eq!(read.requests[0].kind, ServiceKind::WelfareCheck);
    assert_eq!(read.requests[0].state, ServiceRequestState::Closed);
    assert_eq!(read.requests[0].updated_at, read.requests[0].requested_at);
}

/// A marker stands in every field of the format and in one that is none; none of them comes out.
#[test]
fn no_text_of_a_request_comes_out() {
    const MARK: &str = "Quillfeather";
    let names = [
        "service_code",
        "agency_responsible",
        "jurisdiction_id",
        "unheard_of",
        MARK,
    ];
    let fields: String = CARRIERS
        .iter()
        .chain(&names)
        .map(|name| format!(r#""{name}": "{MARK} 12 Pier Lane","#))
        .collect();
    let json = ONE
        .replacen('{', &format!("{{{fields}"), 1)
        .replace("Homeless Encampment", "Homeless Encampment of Quillfeather");
    let elements: String = CARRIERS
        .iter()
        .chain(&names)
        .map(|name| format!("<{name}>{MARK} 12 Pier Lane</{name}>"))
        .collect();
    for text in [json, xml(&format!("{SOUND}{elements}"))] {
        let read = requests(text.as_bytes(), &Times::ANY).unwrap();
        assert_eq!(read.requests.len(), 1);
        let told = format!("{:?}{}{:?}", read.requests, read.report, read.report);
        assert!(!told.contains(MARK) && !told.contains("Pier"), "{told}");
        let left_out = read
            .report
            .findings()
            .into_iter()
            .filter(|finding| finding.rule == "left-out");
        assert_eq!(left_out.count(), CARRIERS.len());
    }
    // Where it makes the request unusable, the report does not repeat it either.
    for field in [
        "service_request_id",
        "status",
        "service_name",
        "requested_datetime",
        "updated_datetime",
        "lat",
        "long",
    ] {
        let mut given: Value = serde_json::from_str(ONE).unwrap();
        given[0][field] = MARK.into();
        let told = match requests(given.to_string().as_bytes(), &Times::ANY) {
            Ok(read) => format!("{:?}{}", read.requests, read.report),
            Err(report) => format!("{report}{report:?}"),
        };
        assert!(!told.contains(MARK), "{told}");
    }
}

#[test]
fn what_outreach_does_not_answer_is_not_kept() {
    let read = requests(
        ONE.replace("Homeless Encampment", "Sidewalk and Curb Issues")
            .as_bytes(),
        &Times::ANY,
    )
    .unwrap();
    assert!(read.requests.is_empty());
    assert!(read.report.names("other-service"));
}

#[test]
fn a_request_that_cannot_be_placed_is_refused_where_it_stands() {
    for (from, to, rule) in [
        ("638344", "\"Maria Lopez\"", "no-number"),
        ("\"open\"", "\"maybe\"", "no-state"),
        ("2026-11-20T06:37:38-08:00", "2026-11-20 06:37", "no-time"),
        ("2026-11-21T06:37:38-08:00", "yesterday", "no-time"),
        ("37.762221815", "137.7", "no-position"),
        ("\"-122.4651145\"", "null", "no-position"),
        ("\"service_name\"", "\"service\"", "no-service"),
    ] {
        refused(&ONE.replace(from, to), rule);
    }
    let twice = xml(&format!("{SOUND}<lat>38.5</lat>"));
    refused(&twice, "no-position");
    let same = ONE.trim_start_matches('[').trim_end_matches(']');
    let read = requests(format!("[{same},{same}]").as_bytes(), &Times::ANY).unwrap();
    assert_eq!(read.requests.len(), 1);
    assert!(read.report.names("repeated-request"));
}

#[test]
fn what_is_no_list_of_requests_is_refused() {
    refused("<services><service/></services>", "no-requests");
    refused(
        r#"[{"service_code": "001", "service_name": "Cans left out"}]"#,
        "no-requests",
    );
    refused(r#"{"service_code": "001"}"#, "no-requests");
    refused(r#"[{"service_code":001}]"#, "not-json-or-xml");
    refused("<!DOCTYPE a><service_requests/>", "not-json-or-xml");
    refused("lat=1&long=2", "not-json-or-xml");
    refused(&("[".repeat(64) + &"]".repeat(64)), "not-json-or-xml");
    assert!(requests(b"[]", &Times::ANY).unwrap().requests.is_empty());
}

#[test]
fn the_samples_of_the_specification_are_read_or_refused_for_what_they_are() {
    let root =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/open311/georeport-v2-spec");
    if !root.is_dir() {
        println!("NOT RUN: the samples are not at ../shared/data/open311/georeport-v2-spec");
        return;
    }
    let read = |name: &str| requests(&std::fs::read(root.join(name)).unwrap(), &Times::ANY);
    let kerb = read("request_638344.xml").unwrap();
    assert!(kerb.requests.is_empty() && kerb.report.names("other-service"));
    assert!(kerb.report.names("left-out"));
    for (name, rule) in [
        ("services.xml", "no-requests"),
        ("service_definition.xml", "no-requests"),
        ("services.json", "not-json-or-xml"),
        ("service_definition.json", "no-requests"),
        ("post_request.form", "not-json-or-xml"),
    ] {
        assert!(read(name).unwrap_err().names(rule), "{name}");
    }
    // The answer to a request that was made holds its number only.
    assert!(read("post_response.xml").unwrap_err().names("nothing-taken"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is read of a spoilt document is a place on earth under a number, and reading never panics.
    #[test]
    fn mutated_documents_never_panic(
        at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        as_xml in any::<bool>(),
    ) {
        let mut bytes = if as_xml { xml(SOUND).into_bytes() } else { ONE.as_bytes().to_vec() };
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(read) = requests(&bytes, &Times::ANY) {
            for request in read.requests {
                prop_assert!(request.spot.latitude().abs() <= 90_000);
                prop_assert!(request.number.as_str().bytes().any(|byte| byte.is_ascii_digit()));
            }
        }
    }
}
