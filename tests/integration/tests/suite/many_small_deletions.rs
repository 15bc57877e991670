//! Many small pushes that together take much away ask a person as one large one does, at every door.

use gateway_audit::EntryKind;
use gateway_exchange::ingest::frames;
use gateway_http::{Answer, MllpLimits};
use gateway_synthetic::agencies as cast;
use gateway_types::{AgencyId, SourceClientKey};
use serde_json::json;
use tests_support::messages::{MessageLine, adt, pid, segment, visit};
use tests_support::{TestGateway, client_document};

const DAY: i64 = 24 * 60 * 60;

async fn deleted(test: &TestGateway, number: usize, meant: Option<&str>) -> Answer {
    let mut document = client_document(
        &format!("P{number}"),
        &format!("Zanzibara{number}"),
        "Quillfeather",
        "1980-05-06",
    );
    document["client"]["DateDeleted"] = json!("2026-11-10 09:00:00");
    let mut caller = test.caller(Some(cast::RIVERTON_HMIS));
    if let Some(meant) = meant {
        caller = caller.with_header("assent-deletions-meant", meant.parse().unwrap());
    }
    caller.post_json("/v1/clients", &document).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_deleted_one_by_one_ask_a_person_before_all_are_gone() {
    let test = TestGateway::start().await;
    for number in 0..20 {
        let document = client_document(
            &format!("P{number}"),
            &format!("Zanzibara{number}"),
            "Quillfeather",
            "1980-05-06",
        );
        let answer = test.push_client(cast::RIVERTON_HMIS, &document).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    let on_file = async || {
        let agency = AgencyId::new(cast::RIVERTON_HMIS).unwrap();
        test.records.clients_named_by(&agency).await.unwrap().len()
    };
    for number in 0..10 {
        let answer = deleted(&test, number, None).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    assert_eq!(on_file().await, 10);
    for _ in 0..2 {
        let answer = deleted(&test, 10, None).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert_eq!(answer.json()["type"], "urn:assent:problem:many-deletions");
        assert!(
            answer.text().contains("within_a_day_before") && !answer.text().contains("Quillfeather"),
            "{}",
            answer.text()
        );
    }
    assert_eq!(on_file().await, 10, "nothing has changed");
    // What takes nothing away is taken in all the same.
    let other = client_document("P99", "Ottoline", "Quillfeather", "1951-12-30");
    assert_eq!(test.push_client(cast::RIVERTON_HMIS, &other).await.status, 201);
    let meant = "clients=1, statements=9, by=d-okafor";
    assert_eq!(
        deleted(&test, 10, Some("clients=0, statements=9, by=d-okafor"))
            .await
            .status,
        422
    );
    assert_eq!(deleted(&test, 10, Some(meant)).await.status, 201);
    assert_eq!(on_file().await, 10);
    // Somebody has looked: what went before it is not counted again.
    assert_eq!(deleted(&test, 11, None).await.status, 201);
    assert_eq!(on_file().await, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_day_what_went_before_counts_no_more() {
    let test = TestGateway::start().await;
    for number in 0..13 {
        let document = client_document(
            &format!("P{number}"),
            &format!("Zanzibara{number}"),
            "Quillfeather",
            "1980-05-06",
        );
        assert_eq!(test.push_client(cast::RIVERTON_HMIS, &document).await.status, 201);
    }
    for number in 0..10 {
        assert_eq!(deleted(&test, number, None).await.status, 201);
    }
    test.clock.advance(DAY - 600);
    assert_eq!(deleted(&test, 10, None).await.status, 422);
    test.clock.advance(1_200);
    assert_eq!(deleted(&test, 10, None).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_merge_client_after_client_are_held_back_until_a_person_has_looked() {
    let test = TestGateway::start().await;
    let address = test
        .listen_for_messages(cast::LAKESIDE_HOSPITAL, MllpLimits::default())
        .await;
    let mut line = MessageLine::connect(address).await;
    for number in 0..14 {
        let patient = pid(
            &format!("{number}"),
            &format!("Zanzibara{number}"),
            "Quillfeather",
            "1980-05-06",
        );
        let message = adt(
            "A01",
            &format!("A{number}"),
            &[patient, visit(&format!("V{number}"))],
        );
        assert!(line.exchange(&message).await.contains("|AA|"));
    }
    let merge = |gone: usize| {
        let into = segment("PID", &[(3, "0^^^LAKESIDE^MR")]);
        let gone_id = segment("MRG", &[(1, &format!("{gone}^^^LAKESIDE^MR"))]);
        adt("A40", &format!("M{gone}"), &[into, gone_id])
    };
    for gone in 1..=10 {
        let answer = line.exchange(&merge(gone)).await;
        assert!(answer.contains("|AA|"), "{gone}: {answer}");
    }
    let size = test.log_size().await;
    for _ in 0..3 {
        let answer = line.exchange(&merge(11)).await;
        assert!(
            answer.contains("\rMSA|AE|M11\r")
                && answer.contains("many-deletions")
                && !answer.contains("Quill"),
            "{answer}"
        );
    }
    assert_eq!(
        test.kinds_from(size).await,
        [EntryKind::IngestRefused],
        "recorded once, however often it is sent"
    );
    let stays = async |number: usize| {
        let agency = AgencyId::new(cast::LAKESIDE_HOSPITAL).unwrap();
        let key = SourceClientKey::new(format!("LAKESIDE|{number}"));
        let found = test.records.clients_of_source(&agency, &[key]).await.unwrap();
        found[0].is_some()
    };
    assert!(stays(11).await);
    // Others that come with it are stored and acknowledged.
    let admission = adt(
        "A01",
        "A20",
        &[pid("20", "Ottoline", "Quillfeather", "1951-12-30"), visit("V20")],
    );
    let mut together = Vec::new();
    for message in [&merge(12), &admission] {
        together.extend(frames::framed(message.as_bytes()));
    }
    line.send_raw(&together).await;
    let held = line.answer().await.unwrap();
    let taken = line.answer().await.unwrap();
    assert!(held.contains("|AE|M12"), "{held}");
    assert!(taken.contains("|AA|A20"), "{taken}");
    assert!(stays(12).await && stays(20).await);

    // Somebody looks, and pushes what was held back as a file; the engine's next try finds it done.
    let file = test
        .caller(Some(cast::LAKESIDE_HOSPITAL))
        .with_header(
            "assent-deletions-meant",
            "clients=2, statements=20, by=r-ahn".parse().unwrap(),
        )
        .call(
            "POST",
            "/v1/imports/hl7-v2",
            "application/hl7-v2",
            merge(11) + &merge(12),
        )
        .await
        .unwrap();
    assert_eq!(file.status, 202, "{}", file.text());
    test.settle().await;
    assert!(!stays(11).await && !stays(12).await);
    for gone in [11, 12, 13] {
        let answer = line.exchange(&merge(gone)).await;
        assert!(answer.contains("|AA|"), "{gone}: {answer}");
    }
}
