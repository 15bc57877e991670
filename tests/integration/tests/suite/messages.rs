//! HL7 v2 messages come in by file and over MLLP: what is acknowledged is stored, once, and changes only what it states.

use std::sync::Arc;
use std::time::Duration;

use gateway_exchange::ingest::frames;
use gateway_http::{MllpLimits, MllpListener, client_config};
use gateway_synthetic::agencies as cast;
use gateway_types::{AgencyId, ClientId, SourceClientKey};
use serde_json::Value;
use tests_support::messages::{MessageLine, adt, pid, segment, visit};
use tests_support::{Outage, PROGRAMME_STAFF, TestGateway, elements, identity, tpo_terms};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const FIRST: &str = "Zanzibara";
const LAST: &str = "Quillfeather";
const BORN: &str = "1980-05-06";

fn of(number: &str) -> String {
    pid(number, FIRST, LAST, BORN)
}

fn allergy(to: &str) -> String {
    segment("AL1", &[(1, "1"), (2, "DA"), (3, &format!("^{to}"))])
}

fn admission(id: &str) -> String {
    adt("A01", id, &[of("7"), visit("V1"), allergy("Penicillin G")])
}

async fn told(test: &TestGateway, categories: &[&str]) -> Vec<Value> {
    let whom = identity(FIRST, LAST, BORN);
    elements(&test.clinician().ask_about(&whom, "TREAT", categories).await)
}

async fn push(test: &TestGateway, messages: &str) -> Value {
    let (kind, media_type) = ("hl7-v2", "application/hl7-v2");
    test.push(
        cast::LAKESIDE_HOSPITAL,
        kind,
        media_type,
        messages.as_bytes().to_vec(),
    )
    .await
}

async fn line(test: &TestGateway) -> MessageLine {
    let address = test
        .listen_for_messages(cast::LAKESIDE_HOSPITAL, MllpLimits::default())
        .await;
    MessageLine::connect(address).await
}

fn visits(told: &[Value]) -> Vec<&Value> {
    (told.iter())
        .filter(|element| element["category"] == "encounters")
        .map(|element| &element["fields"])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_messages_changes_only_what_it_states() {
    let test = TestGateway::start().await;
    let status = push(&test, &admission("1")).await;
    assert_eq!(status["state"], "published", "{status}");
    let first = told(&test, &["allergies", "encounters"]).await;
    assert_eq!(first.len(), 2, "{first:?}");
    // A visit that ends: nothing is said of who the client is but the number, nothing of allergies or of the place.
    let left = segment("PV1", &[(19, "V1^^^LAKESIDE"), (36, "01"), (45, "20261102")]);
    let left = adt("A03", "2", &[segment("PID", &[(3, "7^^^LAKESIDE^MR")]), left]);
    let status = push(&test, &left).await;
    assert_eq!(status["state"], "published", "{status}");
    let then = told(&test, &["allergies", "encounters"]).await;
    let of_visit = visits(&then);
    assert_eq!(of_visit.len(), 1, "{then:?}");
    assert_eq!(of_visit[0]["status"], "finished");
    assert_eq!(
        of_visit[0]["locations"],
        first.iter().find(|one| one["category"] == "encounters").unwrap()["fields"]["locations"]
    );
    assert!(
        then.iter()
            .any(|element| element["fields"]["allergy"] == "Penicillin G")
    );
    let never = segment("PV1", &[(19, "V1^^^LAKESIDE")]);
    let never = adt("A11", "3", &[segment("PID", &[(3, "7^^^LAKESIDE^MR")]), never]);
    assert_eq!(push(&test, &never).await["state"], "published");
    assert!(visits(&told(&test, &["encounters"]).await).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_which_nothing_can_be_taken_is_refused_and_leaves_nothing() {
    let test = TestGateway::start().await;
    let status = push(&test, &admission("1").replace("|P|2.5.1", "|T|2.5.1")).await;
    assert_eq!(status["state"], "refused", "{status}");
    assert!(status.to_string().contains("test-message") && !status.to_string().contains(LAST));
    assert_eq!(test.records.count_clients().await.unwrap(), 0);
    let police = test
        .begin_push(
            cast::RIVERTON_PD_OUTREACH,
            "hl7-v2",
            "application/hl7-v2",
            admission("1").into_bytes(),
        )
        .await;
    assert_eq!(police.status, 403, "{}", police.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_acknowledged_when_it_can_be_asked_for_and_stored_once() {
    let test = TestGateway::start().await;
    let mut line = line(&test).await;
    let answer = line.exchange(&admission("1")).await;
    assert!(answer.contains("\rMSA|AA|1\r"), "{answer}");
    assert_eq!(told(&test, &["allergies"]).await.len(), 1);
    let entries = test.log_size().await;
    let again = line.exchange(&admission("1")).await;
    assert!(again.contains("\rMSA|AA|1\r"), "{again}");
    assert_eq!(test.log_size().await, entries, "a repetition was taken in again");
    let other = line
        .exchange(&admission("1").replace("Penicillin", "Codeine"))
        .await;
    assert!(
        other.contains("\rMSA|AR|1\r") && other.contains("|205^"),
        "{other}"
    );
    let allergies = told(&test, &["allergies"]).await;
    assert_eq!(allergies[0]["fields"]["allergy"], "Penicillin G");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_where_and_repeats_nothing() {
    let test = TestGateway::start().await;
    let mut line = line(&test).await;
    let nameless = adt(
        "A01",
        "1",
        &[
            segment("PID", &[(5, "Quillfeather^Zanzibara"), (11, "Marker Street")]),
            visit("V1"),
        ],
    );
    for (message, wanted) in [
        (nameless, "ERR||PID^1^3|101^"),
        (
            admission("2").replace("|P|2.5.1", "|T|2.5.1"),
            "ERR||MSH^1^11|202^",
        ),
        (admission("3").replace("ADT^A01", "ORU^R01"), "ERR||MSH^1^9|200^"),
        (admission("4").replace("ADT^A01", "ADT^A02"), "ERR||MSH^1^9|201^"),
        ("Quillfeather".to_owned(), "ERR||MSH^1^2|100^"),
    ] {
        let answer = line.exchange(&message).await;
        assert!(
            answer.contains("\rMSA|AR|") && answer.contains(wanted),
            "{wanted}: {answer}"
        );
        assert!(!answer.contains(LAST) && !answer.contains("Marker"), "{answer}");
    }
    assert_eq!(test.records.count_clients().await.unwrap(), 0);
    let logs = tests_support::captured_logs();
    assert!(!logs.text().contains("Marker Street"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_durable_is_not_acknowledged_and_may_be_sent_again() {
    let test = TestGateway::start().await;
    let mut line = line(&test).await;
    test.audit.set(Outage::Appends);
    let answer = line.exchange(&admission("1")).await;
    assert!(answer.contains("\rMSA|AE|1\r"), "{answer}");
    test.audit.set(Outage::None);
    assert_eq!(
        test.records.count_clients().await.unwrap(),
        0,
        "nothing of it may be visible"
    );
    // The log says that it is well again when it has been written.
    for _ in 0..50 {
        let answer = line.exchange(&admission("1")).await;
        if answer.contains("\rMSA|AA|1\r") {
            assert_eq!(test.records.count_clients().await.unwrap(), 1);
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the message was never taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_in_the_order_of_messages_that_did_not_wait_for_them() {
    let test = Arc::new(TestGateway::start().await);
    let address = test
        .listen_for_messages(cast::LAKESIDE_HOSPITAL, MllpLimits::default())
        .await;
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..4 {
        senders.spawn(async move {
            let mut line = MessageLine::connect(address).await;
            for number in 0..50 {
                let who = pid(
                    &format!("{sender}-{}", number % 5),
                    "Wanda",
                    &format!("Person{sender}"),
                    BORN,
                );
                let place = segment(
                    "PV1",
                    &[
                        (3, &format!("ward{number}")),
                        (19, &format!("{sender}-{}", number % 5)),
                    ],
                );
                line.send(&adt("A08", &format!("{sender}.{number}"), &[who, place]))
                    .await;
            }
            for number in 0..50 {
                let answer = line.answer().await.unwrap();
                assert!(
                    answer.contains(&format!("\rMSA|AA|{sender}.{number}\r")),
                    "{answer}"
                );
            }
        });
    }
    senders.join_all().await;
    assert_eq!(test.records.count_clients().await.unwrap(), 20);
    let keys: Vec<SourceClientKey> = (0..5)
        .map(|number| SourceClientKey::new(format!("LAKESIDE|0-{number}")))
        .collect();
    let agency = AgencyId::new(cast::LAKESIDE_HOSPITAL).unwrap();
    for (number, client) in test
        .records
        .clients_of_source(&agency, &keys)
        .await
        .unwrap()
        .into_iter()
        .enumerate()
    {
        let elements = test.records.elements(client).await.unwrap();
        let visit = elements
            .iter()
            .find(|element| element.record_kind == "PV1")
            .unwrap();
        // The last of each.
        assert_eq!(
            visit.payload.fields()["locations"][0],
            format!("ward{}", 45 + number)
        );
    }
}

/// Sends one message, and while that is written the others in one breath, so that they are stored together; returns the answers to
/// these.
async fn together(line: &mut MessageLine, first: &str, others: &[String]) -> Vec<String> {
    let bytes = |message: &str| frames::framed(message.as_bytes());
    let breath: Vec<u8> = others.iter().flat_map(|message| bytes(message)).collect();
    line.send_raw(&[bytes(first), breath].concat()).await;
    let answer = line.answer().await.unwrap();
    assert!(answer.contains("\rMSA|AA|"), "{answer}");
    let mut answers = Vec::new();
    for _ in others {
        answers.push(line.answer().await.unwrap());
    }
    answers
}

async fn on_file(test: &TestGateway, numbers: &[&str]) -> Vec<Option<ClientId>> {
    let agency = AgencyId::new(cast::LAKESIDE_HOSPITAL).unwrap();
    let keys: Vec<_> = (numbers.iter())
        .map(|number| SourceClientKey::new(format!("LAKESIDE|{number}")))
        .collect();
    test.records.clients_of_source(&agency, &keys).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_refused_spoils_none_of_those_stored_with_it() {
    let test = TestGateway::start().await;
    let mut line = line(&test).await;
    let born = |number: usize| format!("19{}-05-06", 50 + number);
    let arrives = |number: usize, id: &str| {
        let who = pid(
            &number.to_string(),
            "Wanda",
            &format!("Person{number}"),
            &born(number),
        );
        adt("A01", id, &[who, visit(&format!("V{number}"))])
    };
    let nameless = segment("PID", &[(5, "Nobody^Known"), (11, "Marker Street")]);
    let others = [
        arrives(2, "2"),
        adt("A01", "3", &[nameless, visit("V3")]),
        arrives(4, "4"),
        // Another message under an id that was taken a moment ago, and one that comes again.
        arrives(5, "4"),
        arrives(2, "2"),
        "Quillfeather".to_owned(),
        arrives(6, "6").replace("|P|2.5.1", "|T|2.5.1"),
        arrives(7, "7"),
    ];
    let before = test.log_size().await;
    let answers = together(&mut line, &arrives(1, "1"), &others).await;
    let entries = test.log_size().await - before;
    for (answer, wanted) in answers.iter().zip([
        "\rMSA|AA|2\r",
        "\rMSA|AR|3\r",
        "\rMSA|AA|4\r",
        "\rMSA|AR|4\r",
        "\rMSA|AA|2\r",
        "\rMSA|AR|",
        "\rMSA|AR|6\r",
        "\rMSA|AA|7\r",
    ]) {
        assert!(answer.contains(wanted), "{wanted}: {answer}");
    }
    let found = on_file(&test, &["1", "2", "3", "4", "5", "6", "7"]).await;
    let taken: Vec<bool> = found.iter().map(Option::is_some).collect();
    assert_eq!(taken, [true, true, false, true, false, false, true]);
    assert_eq!(test.records.count_clients().await.unwrap(), 4);
    assert!(entries < 4, "{entries} entries: they were not stored together");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_about_one_client_that_are_stored_together_count_in_their_order() {
    let test = TestGateway::start().await;
    let mut line = line(&test).await;
    let at = |ward: &str, more: &[(usize, &str)]| {
        let mut fields = vec![(3, ward), (19, "V1^^^LAKESIDE")];
        fields.extend(more);
        segment("PV1", &fields)
    };
    let other = pid("8", "Zara", LAST, BORN);
    let merge = [
        segment("PID", &[(3, "7^^^LAKESIDE^MR")]),
        segment("MRG", &[(1, "8^^^LAKESIDE^MR")]),
    ];
    let others = [
        adt("A01", "2", &[of("7"), at("ward1", &[]), allergy("Penicillin G")]),
        adt("A08", "3", &[of("7"), at("ward2", &[])]),
        adt("A01", "4", &[other, visit("V2"), allergy("Latex")]),
        adt("A40", "5", &merge),
        adt("A03", "6", &[of("7"), at("ward3", &[(45, "20261102")])]),
    ];
    let before = test.log_size().await;
    let first = adt(
        "A04",
        "1",
        &[pid("9", "Wanda", "Person", "1951-01-01"), visit("V9")],
    );
    let answers = together(&mut line, &first, &others).await;
    let entries = test.log_size().await - before;
    for (number, answer) in answers.iter().enumerate() {
        assert!(answer.contains(&format!("\rMSA|AA|{}\r", number + 2)), "{answer}");
    }
    assert!(entries < 4, "{entries} entries: they were not stored together");
    let found = on_file(&test, &["7", "8"]).await;
    assert!(found[0].is_some() && found[1].is_none(), "{found:?}");
    let elements = test.records.elements(found[0]).await.unwrap();
    let of = |kind: &str| -> Vec<_> {
        (elements.iter())
            .filter(|element| element.record_kind == kind)
            .map(|element| element.payload.fields())
            .collect()
    };
    let visits = of("PV1");
    assert_eq!(visits.len(), 2);
    let visit = visits
        .iter()
        .find(|visit| visit["visit"] == "LAKESIDE|V1")
        .unwrap();
    assert_eq!(
        (&visit["status"], &visit["locations"][0]),
        (&Value::from("finished"), &Value::from("ward3"))
    );
    let allergies = of("AL1");
    for substance in ["Penicillin G", "Latex"] {
        assert!(
            allergies.iter().any(|one| one["allergy"] == substance),
            "{substance}"
        );
    }
    assert_eq!((allergies.len(), of("PID").len()), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_moves_what_was_said_and_leaves_alone_what_somebody_signed_for() {
    let test = TestGateway::start().await;
    let mut sender = line(&test).await;
    let other = adt(
        "A01",
        "2",
        &[pid("8", "Zara", LAST, BORN), visit("V2"), allergy("Latex")],
    );
    for message in [&admission("1"), &other] {
        assert!(sender.exchange(message).await.contains("|AA|"));
    }
    let merge = |into: &str, gone: &str, id: &str| {
        adt(
            "A40",
            id,
            &[
                segment("PID", &[(3, &format!("{into}^^^LAKESIDE^MR"))]),
                segment("MRG", &[(1, &format!("{gone}^^^LAKESIDE^MR"))]),
            ],
        )
    };
    assert!(sender.exchange(&merge("7", "8", "3")).await.contains("|AA|"));
    let agency = AgencyId::new(cast::LAKESIDE_HOSPITAL).unwrap();
    let key = |number: &str| SourceClientKey::new(format!("LAKESIDE|{number}"));
    let found = test
        .records
        .clients_of_source(&agency, &[key("7"), key("8")])
        .await
        .unwrap();
    assert!(found[0].is_some() && found[1].is_none(), "{found:?}");
    let moved = told(&test, &["allergies", "encounters"]).await;
    assert_eq!(visits(&moved).len(), 2, "{moved:?}");
    for substance in ["Penicillin G", "Latex"] {
        assert!(
            moved
                .iter()
                .any(|element| element["fields"]["allergy"] == substance),
            "{substance}"
        );
    }
    // The visit goes on under the number that stays.
    let left = segment("PV1", &[(19, "V2^^^LAKESIDE"), (45, "20261102")]);
    let left = adt("A03", "4", &[segment("PID", &[(3, "7^^^LAKESIDE^MR")]), left]);
    assert!(sender.exchange(&left).await.contains("|AA|"));
    let ended = told(&test, &["encounters"]).await;
    assert_eq!(visits(&ended).len(), 2, "{ended:?}");
    assert!(
        visits(&ended)
            .iter()
            .any(|visit| visit["status"] == "finished" && visit["visit"] == "LAKESIDE|V2")
    );

    // The programme holds a form under the number that is to go: neither may open what the other closed.
    let address = test
        .listen_for_messages(cast::CEDAR_RECOVERY, MllpLimits::default())
        .await;
    let mut sender = MessageLine::connect(address).await;
    for (id, number, name) in [("1", "1", "Ada"), ("2", "2", "Adah")] {
        let message = adt("A04", id, &[pid(number, name, "Vane", "1970-01-01"), visit(id)]);
        assert!(sender.exchange(&message).await.contains("|AA|"));
    }
    let recorded = test
        .record_consent(PROGRAMME_STAFF, "LAKESIDE|2", &tpo_terms())
        .await;
    assert_eq!(recorded.status, 201, "{}", recorded.text());
    let answer = sender.exchange(&merge("1", "2", "3")).await;
    assert!(
        answer.contains("|AA|3"),
        "the sender does not learn whether anything is on file: {answer}"
    );
    let agency = AgencyId::new(cast::CEDAR_RECOVERY).unwrap();
    let found = test
        .records
        .clients_of_source(&agency, &[key("1"), key("2")])
        .await
        .unwrap();
    assert!(
        found[0].is_some() && found[1].is_some() && found[0] != found[1],
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_in_the_clear_come_from_the_machine_itself_others_by_certificate() {
    let test = TestGateway::start().await;
    let agency = AgencyId::new(cast::LAKESIDE_HOSPITAL).unwrap();
    assert!(
        MllpListener::local("0.0.0.0:0".parse().unwrap(), agency)
            .await
            .is_err()
    );
    let address = test.listen_for_messages_over_tls(MllpLimits::default()).await;
    let connect = async |agency: Option<&str>| {
        let identity = agency.map(|agency| test.credentials.identity(agency).unwrap());
        let connector = TlsConnector::from(client_config(test.credentials.authority(), identity).unwrap());
        let socket = TcpStream::connect(address).await.unwrap();
        let stream = connector.connect(address.ip().into(), socket).await.unwrap();
        MessageLine::over(stream)
    };
    let mut hospital = connect(Some(cast::LAKESIDE_HOSPITAL)).await;
    assert!(hospital.exchange(&admission("1")).await.contains("|AA|1"));
    for nobody in [None, Some(cast::RIVERTON_PD_OUTREACH), Some(cast::SAFE_HAVEN)] {
        let mut line = connect(nobody).await;
        line.send(&admission("2")).await;
        assert_eq!(line.answer().await, None, "{nobody:?}");
    }
    assert_eq!(test.records.count_clients().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_keep_to_the_frames_or_is_slow_is_put_out() {
    let test = TestGateway::start().await;
    let limits = MllpLimits {
        frame: Duration::from_millis(200),
        message: 4096,
        ..MllpLimits::default()
    };
    let address = test.listen_for_messages(cast::LAKESIDE_HOSPITAL, limits).await;
    let large = format!("\x0B{}", "A".repeat(5000));
    for bytes in ["GET / HTTP/1.1\r\n\r\n", "\x0BMSH|\x0B", "\x0BMSH|^~\\&", &large] {
        let mut line = MessageLine::connect(address).await;
        line.send_raw(bytes.as_bytes()).await;
        let answer = tokio::time::timeout(Duration::from_secs(20), line.answer()).await;
        assert_eq!(answer, Ok(None), "{bytes:.20}");
    }
    // What came before is answered all the same.
    let mut line = MessageLine::connect(address).await;
    line.send(&admission("1")).await;
    line.send_raw(b"x").await;
    assert!(line.answer().await.unwrap().contains("|AA|1"));
    assert_eq!(line.answer().await, None);
}
