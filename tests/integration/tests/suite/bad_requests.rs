//! Whatever is wrong with a request, the answer is a problem document with a stable type and no client data.

use std::time::Duration;

use gateway_audit::EntryKind;
use gateway_crypto::SystemEntropy;
use gateway_crypto::certificates::Authority;
use gateway_http::{Answer, Caller, Problem};
use gateway_synthetic::{CastMember, Staff, agencies as cast};
use gateway_types::vocabulary::Role;
use gateway_types::{AgencyId, Clock as _, StaffId, SystemId, Timestamp};
use serde_json::{Value, json};
use tests_support::{CLINICIAN, IMPORT_BYTES, TestGateway, elements};

use crate::raw::Raw;

/// Words of the client whom every bad request is about.
const WORDS: [&str; 5] = ["Rosa", "Delgado", "921047713", "1987-04-19", "921-04"];
const SLOW: Duration = Duration::from_secs(5);

#[track_caller]
fn is_problem(answer: &Answer, status: u16, kind: &str) {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    assert_eq!(
        answer.headers["content-type"], "application/problem+json",
        "{text}"
    );
    assert_eq!(answer.headers["cache-control"], "no-store");
    let problem = answer.json();
    assert_eq!(problem["type"], format!("urn:assent:problem:{kind}"), "{text}");
    assert_eq!(problem["status"], status);
    assert!(problem["title"].is_string());
    says_nothing(&text);
}

#[track_caller]
fn says_nothing(text: &str) {
    for word in WORDS {
        assert!(!text.contains(word), "`{word}` in {text}");
    }
}

fn question() -> Value {
    json!({ "client": { "identity": CastMember::Rosa.person().identity() }, "purpose": "TREAT", "categories": ["medications"] })
}

/// The question with one thing changed.
fn with(path: &str, value: Value) -> Value {
    let mut question = question();
    question[path] = value;
    question
}

#[test]
fn the_kinds_of_problem_are_these_and_no_other() {
    let kinds: Vec<(&str, u16)> = Problem::all()
        .iter()
        .map(|problem| (problem.kind, problem.status))
        .collect();
    assert_eq!(
        kinds,
        [
            ("urn:assent:problem:not-authenticated", 401),
            ("urn:assent:problem:certificate-refused", 401),
            ("urn:assent:problem:agency-not-admitted", 403),
            ("urn:assent:problem:refused", 403),
            ("urn:assent:problem:victim-service-source", 403),
            ("urn:assent:problem:malformed", 400),
            ("urn:assent:problem:no-purpose", 400),
            ("urn:assent:problem:unknown-word", 400),
            ("urn:assent:problem:no-client", 400),
            ("urn:assent:problem:not-acceptable", 406),
            ("urn:assent:problem:unsupported-media-type", 415),
            ("urn:assent:problem:too-large", 413),
            ("urn:assent:problem:too-slow", 408),
            ("urn:assent:problem:not-found", 404),
            ("urn:assent:problem:method-not-allowed", 405),
            ("urn:assent:problem:conflict", 409),
            ("urn:assent:problem:unacceptable", 422),
            ("urn:assent:problem:many-deletions", 422),
            ("urn:assent:problem:too-many", 429),
            ("urn:assent:problem:unavailable", 503),
            ("urn:assent:problem:internal", 500),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_does_not_prove_who_they_are() {
    let test = TestGateway::start().await;
    let asks = async |caller: Caller| caller.post_json("/v1/disclosures", &question()).await.unwrap();
    let harbor = || test.caller(Some(cast::HARBOR_CRISIS));
    let token = test.credentials.token(CLINICIAN).unwrap();

    is_problem(
        &asks(test.caller(None).with_token(token.clone())).await,
        401,
        "not-authenticated",
    );
    is_problem(&asks(harbor()).await, 401, "not-authenticated");
    is_problem(
        &asks(harbor().with_token("Rosa.Delgado.Quill")).await,
        401,
        "not-authenticated",
    );
    is_problem(&asks(harbor().with_token("")).await, 401, "not-authenticated");
    // A token of another agency, with this agency's certificate, and the other way round.
    is_problem(
        &asks(
            test.caller(Some(cast::LAKESIDE_HOSPITAL))
                .with_token(token.clone()),
        )
        .await,
        401,
        "not-authenticated",
    );
    let officer = test
        .credentials
        .officer_token("d-whitfield", cast::RIVERTON_HMIS)
        .unwrap();
    is_problem(
        &asks(harbor().with_token(officer)).await,
        401,
        "not-authenticated",
    );
    let account = json!({ "client": { "identity": CastMember::Rosa.person().identity() } });
    let as_officer = test.caller(None).with_token(token.clone());
    is_problem(
        &as_officer.post_json("/v1/accountings", &account).await.unwrap(),
        401,
        "not-authenticated",
    );
    is_problem(
        &harbor().post_json("/v1/accountings", &account).await.unwrap(),
        401,
        "not-authenticated",
    );

    let claims = test.credentials.claims(CLINICIAN).unwrap();
    let mut forgeries = Vec::new();
    let mut forged = claims.clone();
    forged.cnf = test
        .credentials
        .claims(Staff {
            agency: cast::LAKESIDE_HOSPITAL,
            ..CLINICIAN
        })
        .unwrap()
        .cnf;
    forgeries.push((
        "bound to another certificate",
        test.credentials.sign(cast::HARBOR_CRISIS, &forged).unwrap(),
    ));
    forgeries.push((
        "signed by another agency",
        test.credentials.sign(cast::LAKESIDE_HOSPITAL, &claims).unwrap(),
    ));
    let mut forged = claims.clone();
    forged.iss = AgencyId::new(cast::LAKESIDE_HOSPITAL).unwrap();
    forgeries.push((
        "issued by another agency",
        test.credentials.sign(cast::HARBOR_CRISIS, &forged).unwrap(),
    ));
    let mut forged = claims.clone();
    forged.aud = "another-gateway".to_owned();
    forgeries.push((
        "for another gateway",
        test.credentials.sign(cast::HARBOR_CRISIS, &forged).unwrap(),
    ));
    let mut forged = claims.clone();
    forged.role = Role::Physician;
    forgeries.push((
        "role not registered",
        test.credentials.sign(cast::HARBOR_CRISIS, &forged).unwrap(),
    ));
    let mut forged = claims.clone();
    forged.system = SystemId::new("somebodys-phone").unwrap();
    forgeries.push((
        "system not registered",
        test.credentials.sign(cast::HARBOR_CRISIS, &forged).unwrap(),
    ));
    for (what, forged) in forgeries {
        println!("{what}");
        is_problem(&asks(harbor().with_token(forged)).await, 401, "not-authenticated");
    }
    assert_eq!(
        asks(harbor().with_token(token.clone())).await.status,
        200,
        "the token itself is good"
    );
    let mut endless = claims.clone();
    endless.exp += 86_400;
    let endless = test.credentials.sign(cast::HARBOR_CRISIS, &endless).unwrap();
    assert_eq!(asks(harbor().with_token(endless.clone())).await.status, 200);
    // However long a token says it lives: it is taken for as long as the gateway allows.
    test.clock.advance(3600 + 31);
    is_problem(
        &asks(harbor().with_token(endless)).await,
        401,
        "not-authenticated",
    );
    is_problem(&asks(harbor().with_token(token)).await, 401, "not-authenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_does_not_hold() {
    let test = TestGateway::start().await;
    let id = AgencyId::new(cast::HARBOR_CRISIS).unwrap();
    // Dates in TLS are compared with the system's clock: what is said of each holds at any time from 2021 to 2119.
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let (past, century) = (at("2020-01-01T00:00:00Z"), 36_500);
    let foreign = Authority::create("Somebody else", past, century, &SystemEntropy).unwrap();
    let elsewhere = foreign.issue_agency(&id, past, century, &SystemEntropy).unwrap();
    let expired = test.credentials.issue_at(&id, past, 30, &SystemEntropy).unwrap();
    for (issued, told) in [
        (elsewhere, "not issued by this gateway's agency CA"),
        (expired, "past its dates"),
    ] {
        let caller = Caller::new(
            test.address,
            test.credentials.authority(),
            Some((&issued.cert_pem, &issued.key_pem)),
        )
        .unwrap();
        let with_token = caller
            .clone()
            .with_token(test.credentials.token(CLINICIAN).unwrap());
        let officer = caller.clone().with_token(
            test.credentials
                .officer_token("d-whitfield", cast::RIVERTON_HMIS)
                .unwrap(),
        );
        for answer in [
            with_token
                .post_json("/v1/disclosures", &question())
                .await
                .unwrap(),
            caller.post_json("/v1/clients", &json!({})).await.unwrap(),
            caller
                .call(
                    "POST",
                    "/v1/imports/hmis-csv",
                    "application/zip",
                    vec![0; 100_000],
                )
                .await
                .unwrap(),
            // Not even what needs no certificate: a connection that shows a bad one is not talked to.
            caller.get("/health").await.unwrap(),
            caller.get("/openapi.json").await.unwrap(),
            officer.get("/v1/log/checkpoint").await.unwrap(),
        ] {
            assert!(answer.text().contains(told), "{told}: {}", answer.text());
            is_problem(&answer, 401, "certificate-refused");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_that_may_not_exchange() {
    let test = TestGateway::start().await;
    // One of ours for an agency that nobody registered.
    let unknown = test
        .credentials
        .stranger(&AgencyId::new("nobody-registered").unwrap(), &SystemEntropy)
        .unwrap();
    let caller = Caller::new(
        test.address,
        test.credentials.authority(),
        Some((&unknown.cert_pem, &unknown.key_pem)),
    )
    .unwrap();
    let with_token = caller
        .clone()
        .with_token(test.credentials.token(CLINICIAN).unwrap());
    is_problem(
        &with_token
            .post_json("/v1/disclosures", &question())
            .await
            .unwrap(),
        403,
        "agency-not-admitted",
    );
    is_problem(
        &caller.post_json("/v1/clients", &json!({})).await.unwrap(),
        403,
        "agency-not-admitted",
    );
    let pushed = caller
        .call("POST", "/v1/imports/hmis-csv", "application/zip", vec![0; 100])
        .await
        .unwrap();
    is_problem(&pushed, 403, "agency-not-admitted");

    // One whose instrument has ended: it can neither ask nor push nor be in an audience.
    let mut harbor = test
        .agencies
        .iter()
        .find(|agency| agency.id.as_str() == cast::HARBOR_CRISIS)
        .unwrap()
        .clone();
    for instrument in &mut harbor.instruments {
        instrument.expires = test.clock.now().date().plus_days(-1);
    }
    let by = ["one", "two"].map(|staff| StaffId::new(staff).unwrap());
    let clinician = test.clinician();
    assert_eq!(clinician.post("/v1/disclosures", &question()).await.status, 200);
    test.gateway.enter_agency(&harbor, &by).await.unwrap();
    is_problem(
        &clinician.post("/v1/disclosures", &question()).await,
        403,
        "agency-not-admitted",
    );
    let pushed = test
        .begin_push(
            cast::HARBOR_CRISIS,
            "fhir",
            "application/fhir+json",
            b"{}".to_vec(),
        )
        .await;
    is_problem(&pushed, 403, "agency-not-admitted");
    let mut conference = question();
    conference["audience"] =
        json!([{ "agency": cast::HARBOR_CRISIS, "role": "clinician", "system": "pavement-tablet" }]);
    let hospital = test.asker(Staff {
        agency: cast::LAKESIDE_HOSPITAL,
        staff: "s-oyelowo",
        role: Role::Physician,
        system: "lakeside-ehr",
    });
    is_problem(
        &hospital.post("/v1/disclosures", &conference).await,
        400,
        "unknown-word",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_cannot_be_read() {
    let test = TestGateway::start().await;
    let before = test.log_size().await;
    let clinician = test.clinician();
    let name = "Rosa Delgado-Quill";
    let with_client = |client: Value| with("client", client);
    let member = |agency: &str, role: &str, system: &str| {
        with(
            "audience",
            json!([{ "agency": agency, "role": role, "system": system }]),
        )
    };
    let mut no_purpose = question();
    no_purpose.as_object_mut().unwrap().remove("purpose");
    let mut no_client = question();
    no_client.as_object_mut().unwrap().remove("client");
    let cases: Vec<(&str, Value, &str)> = vec![
        ("no purpose", no_purpose, "no-purpose"),
        ("empty purpose", with("purpose", json!("")), "no-purpose"),
        ("unknown purpose", with("purpose", json!(name)), "unknown-word"),
        (
            "two purposes",
            with("purpose", json!(["TREAT", "COC"])),
            "malformed",
        ),
        (
            "unknown category",
            with("categories", json!(["medications", name])),
            "unknown-word",
        ),
        ("all categories", with("categories", json!(["*"])), "unknown-word"),
        ("no categories", with("categories", json!([])), "malformed"),
        (
            "categories of a wrong type",
            with("categories", json!(name)),
            "malformed",
        ),
        ("no client", no_client, "no-client"),
        ("an empty client", with_client(json!({})), "no-client"),
        (
            "an empty identity",
            with_client(json!({ "identity": {} })),
            "no-client",
        ),
        (
            "key and identity",
            with_client(json!({ "own_key": name, "identity": { "first_name": name } })),
            "no-client",
        ),
        ("an empty key", with_client(json!({ "own_key": "" })), "no-client"),
        ("a client of a wrong type", with_client(json!(name)), "malformed"),
        (
            "a birth date that is none",
            with_client(json!({ "identity": { "birth_date": "1987-04-19x" } })),
            "malformed",
        ),
        ("an unknown field", with(name, json!(1)), "malformed"),
        (
            "an unknown field of the identity",
            with_client(json!({ "identity": { "Rosa": name } })),
            "malformed",
        ),
        (
            "a fact about the caller in the body",
            with("role", json!("physician")),
            "malformed",
        ),
        (
            "an agency that is no id",
            member(name, "clinician", "lakeside-ehr"),
            "unknown-word",
        ),
        (
            "an unknown role",
            member(cast::LAKESIDE_HOSPITAL, name, "lakeside-ehr"),
            "unknown-word",
        ),
        (
            "a role the agency does not have",
            member(cast::LAKESIDE_HOSPITAL, "outreach_officer", "lakeside-ehr"),
            "unknown-word",
        ),
        (
            "a system the agency does not have",
            member(cast::LAKESIDE_HOSPITAL, "physician", "pavement-tablet"),
            "unknown-word",
        ),
        (
            "an attestation of no known kind",
            with("attested", json!({ "attestations": [{ "kind": name }] })),
            "unknown-word",
        ),
        (
            "attestations of a wrong type",
            with("attested", json!({ "attestations": name })),
            "malformed",
        ),
        ("nothing", Value::Null, "malformed"),
        ("a list", json!([question()]), "malformed"),
    ];
    for (what, body, kind) in cases {
        println!("{what}");
        is_problem(&clinician.post("/v1/disclosures", &body).await, 400, kind);
    }
    let send = async |media_type: &str, body: Vec<u8>| {
        clinician
            .0
            .call("POST", "/v1/disclosures", media_type, body)
            .await
            .unwrap()
    };
    let whole = question().to_string();
    let broken: [(&str, Vec<u8>); 8] = [
        ("cut off", whole.as_bytes()[..whole.len() - 9].to_vec()),
        ("followed by more", format!("{whole}{whole}").into_bytes()),
        ("a name instead of JSON", name.as_bytes().to_vec()),
        ("empty", Vec::new()),
        ("not UTF-8", [whole.as_bytes(), b"\xff\xfe"].concat()),
        (
            "a key twice",
            whole.replacen('{', r#"{"purpose":"Rosa","#, 1).into_bytes(),
        ),
        (
            "nested without end",
            [vec![b'['; 100_000], b"Rosa".to_vec()].concat(),
        ),
        (
            "a number beyond all",
            format!(r#"{{"purpose": {}}}"#, "9".repeat(4000)).into_bytes(),
        ),
    ];
    for (what, body) in broken {
        println!("{what}");
        is_problem(&send("application/json", body).await, 400, "malformed");
    }
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "application/jsonx",
        "+json",
    ] {
        println!("{media_type}");
        is_problem(
            &send(media_type, whole.clone().into_bytes()).await,
            415,
            "unsupported-media-type",
        );
    }
    for media_type in [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/fhir+json",
    ] {
        assert_eq!(
            send(media_type, whole.clone().into_bytes()).await.status,
            200,
            "{media_type}"
        );
    }
    // Nobody was looked up for what could not be read, so the log has only the three that could, and the two refusals
    // of an audience in which nobody is registered.
    assert_eq!(test.kinds_from(before).await, [EntryKind::Denial; 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_or_method_that_is_not_there() {
    let test = TestGateway::start().await;
    let caller = test.clinician().0;
    let call =
        async |method: &str, path: &str| caller.call(method, path, "application/json", "").await.unwrap();
    for path in [
        "/",
        "/v1",
        "/v1/Rosa%20Delgado",
        "/v2/disclosures",
        "/v1/disclosures/",
        "/v1/disclosures/Rosa",
        "/../etc/passwd",
        "/v1/imports/Rosa",
        "/v1/imports/%ff%fe",
        "/v1/log/proofs/Rosa",
        "/v1/log/proofs/%ff",
        "/openapi.json/Rosa",
    ] {
        println!("{path}");
        is_problem(&call("GET", path).await, 404, "not-found");
    }
    for path in ["/v1/consents/Rosa/revocations", "/v1/consents/%ff/revocations"] {
        let revocation = json!({ "at": test.clock.now().to_string(), "form": "oral", "scope": "whole" });
        is_problem(
            &caller.post_json(path, &revocation).await.unwrap(),
            404,
            "not-found",
        );
    }
    for (method, path) in [
        ("GET", "/v1/disclosures"),
        ("PUT", "/v1/disclosures"),
        ("DELETE", "/v1/consents"),
        ("PATCH", "/v1/clients"),
        ("POST", "/health"),
        ("OPTIONS", "/v1/disclosures"),
        ("BREW", "/v1/disclosures"),
        ("POST", "/openapi.json"),
        ("DELETE", "/v1/log/checkpoint"),
    ] {
        println!("{method} {path}");
        let answer = call(method, path).await;
        is_problem(&answer, 405, "method-not-allowed");
        assert!(answer.headers.contains_key("allow"), "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused_before_it_is_read() {
    let test = TestGateway::start().await;
    let token = test.credentials.token(CLINICIAN).unwrap();
    let head = |path: &str, length: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: assent\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
        )
    };
    // Ten megabytes announced: the answer comes though nothing of them is sent.
    for path in ["/v1/disclosures", "/v1/consents"] {
        let mut raw = Raw::connect(&test, Some(cast::HARBOR_CRISIS)).await;
        raw.send(head(path, "Content-Length: 10485760").as_bytes()).await;
        let answer = raw.rest(SLOW).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        assert!(answer.contains("urn:assent:problem:too-large"), "{answer}");
    }
    // Without a length: it is cut off a little after the limit.
    let mut raw = Raw::connect(&test, Some(cast::HARBOR_CRISIS)).await;
    raw.send(head("/v1/disclosures", "Transfer-Encoding: chunked").as_bytes())
        .await;
    let piece = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
    for _ in 0..17 {
        raw.send(&piece).await;
    }
    let answer = raw.rest(SLOW).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    // A push has a limit of its own.
    let mut raw = Raw::connect(&test, Some(cast::RIVERTON_HMIS)).await;
    let announced = format!(
        "POST /v1/imports/hmis-csv HTTP/1.1\r\nHost: a\r\nContent-Type: application/zip\r\nContent-Length: {}\r\n\r\n",
        IMPORT_BYTES + 1
    );
    raw.send(announced.as_bytes()).await;
    let answer = raw.rest(SLOW).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    // Headers without end are not read without end.
    let mut raw = Raw::connect(&test, None).await;
    raw.send(b"GET /health HTTP/1.1\r\n").await;
    for number in 0..2000 {
        if !raw
            .send(format!("X-{number}: {}\r\n", "Rosa".repeat(100)).as_bytes())
            .await
        {
            break;
        }
    }
    let answer = raw.rest(SLOW).await.expect("an answer or an end");
    assert!(!answer.contains("200 OK"), "{answer}");
    says_nothing(&answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_is_given_up_and_stands_in_nobodys_way() {
    let test = TestGateway::start().await;
    test.take_in_town(60).await;
    let token = test.credentials.token(CLINICIAN).unwrap();
    let head = format!(
        "POST /v1/disclosures HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 300\r\n\r\n{{"
    );
    let mut slow = Vec::new();
    for _ in 0..8 {
        let mut one = Raw::connect(&test, Some(cast::HARBOR_CRISIS)).await;
        one.send(head.as_bytes()).await;
        let mut other = Raw::connect(&test, None).await;
        other.send(b"GET /hea").await;
        slow.extend([(one, true), (other, false)]);
    }
    let mut push = Raw::connect(&test, Some(cast::RIVERTON_HMIS)).await;
    push.send(b"POST /v1/imports/hmis-csv HTTP/1.1\r\nHost: a\r\nContent-Type: application/zip\r\nContent-Length: 300\r\n\r\nPK").await;
    slow.push((push, true));
    // Sockets that say nothing at all, not even hello.
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(tokio::net::TcpStream::connect(test.address).await.unwrap());
    }
    let answer = tokio::time::timeout(
        SLOW,
        test.clinician().ask(CastMember::Rosa, "TREAT", &["medications"]),
    )
    .await;
    assert!(!elements(&answer.expect("others are served meanwhile")).is_empty());
    for (mut one, has_headers) in slow {
        let answer = one.rest(SLOW).await.expect("it is closed within the limit");
        if has_headers {
            assert!(
                answer.starts_with("HTTP/1.1 408") && answer.contains("urn:assent:problem:too-slow"),
                "{answer}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_request() {
    let test = TestGateway::start().await;
    for bytes in [
        &b"GET / HTTP/0.9\r\n\r\n"[..],
        b"Rosa Delgado-Quill\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: Rosa\r\n\r\n",
        b"POST /v1/disclosures HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nRosa\r\n",
        b"GET /health HTTP/1.1\r\nHo st: Rosa\r\n\r\n",
        b"\0\0\0\0\0\0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nRosa Delgado garbage frames",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let mut raw = Raw::connect(&test, Some(cast::HARBOR_CRISIS)).await;
        raw.send(bytes).await;
        let answer = raw.rest(SLOW).await.unwrap_or_default();
        assert!(!answer.contains("HTTP/1.1 2"), "{answer}");
        says_nothing(&answer);
    }
    // HTTP/1.0 is old, not wrong.
    let mut raw = Raw::connect(&test, None).await;
    raw.send(b"GET /health HTTP/1.0\r\n\r\n").await;
    let answer = raw.rest(SLOW).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    // Plain HTTP on the TLS port.
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut plain = tokio::net::TcpStream::connect(test.address).await.unwrap();
    plain
        .write_all(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut said = Vec::new();
    let _ended = tokio::time::timeout(SLOW, plain.read_to_end(&mut said))
        .await
        .expect("it is closed");
    assert!(!String::from_utf8_lossy(&said).contains("200"));
    assert_eq!(test.caller(None).get("/health").await.unwrap().status, 200);
}
