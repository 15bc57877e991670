//! Cases about the life of a push.

use futures_util::stream::{self, StreamExt as _};
use gateway_crypto::Digest;
use gateway_types::RecordKey;
use gateway_types::vocabulary::Category;

use super::sample::{
    abort, agency, at, begin, client, client_id, clients, element, element_id, elements, identity, ingest_id,
    key, known, new_ingest, publish, push, said, source_key, stage, texts, treating, withdrawn_client,
    withdrawn_record,
};
use crate::{
    Begun, Holdings, IngestKind, IngestState, MessageMark, NewIngest, RecordStore, Repetition, StagedBatch,
    StagedClient, StoreError,
};

fn piece() -> StagedBatch {
    StagedBatch {
        clients: vec![client(1)],
        elements: vec![element(1, 1, "e1", Category::Income, "some")],
        treating: vec![treating(1, "a-rivera", "team")],
        withdrawals: Vec::new(),
    }
}

async fn nothing_is_visible(store: &dyn RecordStore) {
    let who = Some(client_id(1));
    assert!(store.elements(who).await.unwrap().is_empty());
    assert!(store.treating(who).await.unwrap().is_empty());
    assert!(store.birth_dates(who).await.unwrap().is_empty());
    assert!(matches!(
        store.client_key(who).await,
        Err(StoreError::Missing { .. })
    ));
    assert!(store.candidates(&[vec![key("number", "1")]], 9).await.unwrap()[0].is_empty());
    let found = store
        .clients_of_source(&agency("hmis"), &[source_key(1)])
        .await
        .unwrap();
    assert_eq!(found, [None]);
}

fn second_client() -> StagedBatch {
    StagedBatch {
        clients: vec![client(2)],
        ..elements(vec![element(9, 2, "e9", Category::Income, "other")])
    }
}

fn missing<T>(outcome: Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Missing { .. }))
}

pub(super) async fn what_is_staged_is_invisible_until_published(store: &dyn RecordStore) {
    begin(store, 1, "hmis").await;
    assert_eq!(stage(store, 1, "hmis", piece()).await, 1);
    nothing_is_visible(store).await;
    publish(store, 1).await;
    assert_eq!(texts(store, 1).await, ["some"]);
    assert_eq!(store.treating(Some(client_id(1))).await.unwrap().len(), 1);
    assert_eq!(store.birth_dates(Some(client_id(1))).await.unwrap().len(), 1);
    assert!(store.client_key(Some(client_id(1))).await.is_ok());
    assert_eq!(
        store.candidates(&[vec![key("number", "1")]], 9).await.unwrap()[0].len(),
        1
    );
    assert_eq!(store.count_clients().await.unwrap(), 1);
    let record = store.ingest(ingest_id(1)).await.unwrap().unwrap();
    assert_eq!(
        (record.state, record.ended_at),
        (IngestState::Published, Some(at(100)))
    );
    assert_eq!(record.report, Some(serde_json::json!({ "rows": 1 })));
}

pub(super) async fn an_aborted_push_leaves_nothing(store: &dyn RecordStore) {
    push(store, 1, "hospital", second_client()).await;
    begin(store, 2, "hmis").await;
    begin(store, 3, "police").await;
    stage(store, 2, "hmis", piece()).await;
    stage(
        store,
        3,
        "police",
        elements(vec![element(8, 2, "e8", Category::Income, "third")]),
    )
    .await;
    abort(store, 2).await;
    nothing_is_visible(store).await;
    let record = store.ingest(ingest_id(2)).await.unwrap().unwrap();
    assert_eq!(
        (record.state, record.ended_at),
        (IngestState::Refused, Some(at(100)))
    );
    assert_eq!(record.report, Some(serde_json::json!({ "why": "a broken row" })));
    publish(store, 3).await;
    assert_eq!(
        texts(store, 2).await,
        ["other", "third"],
        "what others staged stays"
    );
    // The same bytes and the same ids again: nothing of the first attempt is in the way.
    let again = NewIngest {
        id: ingest_id(4),
        ..new_ingest(2, "hmis")
    };
    assert!(matches!(store.begin_ingest(&again).await.unwrap(), Begun::New));
    assert_eq!(stage(store, 4, "hmis", piece()).await, 1);
    publish(store, 4).await;
    assert_eq!(texts(store, 1).await, ["some"]);
}

pub(super) async fn what_a_push_takes_away_is_counted_beside_what_is_on_file(store: &dyn RecordStore) {
    let held = |clients, statements| Holdings { clients, statements };
    let hmis = agency("hmis");
    let income = |of: u64, record: &str, says: &str| element(of, of, record, Category::Income, says);
    assert_eq!(store.holdings(&hmis).await.unwrap(), held(0, 0));
    let both = StagedBatch {
        clients: vec![client(1), client(2)],
        elements: vec![income(1, "e1", "some"), income(2, "e2", "none")],
        treating: vec![treating(1, "a-rivera", "team")],
        withdrawals: Vec::new(),
    };
    push(store, 1, "hmis", both).await;
    push(store, 2, "hospital", clients(vec![client(3)])).await;
    assert_eq!(store.holdings(&hmis).await.unwrap(), held(2, 3));
    // Said anew is not taken away, and what was never there cannot be.
    begin(store, 3, "hmis").await;
    let anew = StagedBatch {
        withdrawals: vec![withdrawn_record("never")],
        ..elements(vec![income(1, "e1", "more")])
    };
    stage(store, 3, "hmis", anew).await;
    assert_eq!(store.taken_away(ingest_id(3)).await.unwrap(), held(0, 0));
    publish(store, 3).await;
    assert_eq!(store.holdings(&hmis).await.unwrap(), held(2, 3));
    // A record, then a client with all that is said of them.
    begin(store, 4, "hmis").await;
    let gone = |withdrawals| StagedBatch {
        withdrawals,
        ..StagedBatch::default()
    };
    stage(store, 4, "hmis", gone(vec![withdrawn_record("e2")])).await;
    assert_eq!(store.taken_away(ingest_id(4)).await.unwrap(), held(0, 1));
    stage(store, 4, "hmis", gone(vec![withdrawn_client(1)])).await;
    assert_eq!(store.taken_away(ingest_id(4)).await.unwrap(), held(1, 3));
    assert_eq!(
        store.holdings(&hmis).await.unwrap(),
        held(2, 3),
        "nothing is published"
    );
    publish(store, 4).await;
    assert_eq!(store.holdings(&hmis).await.unwrap(), held(1, 0));
    assert_eq!(store.holdings(&agency("hospital")).await.unwrap(), held(1, 0));
    assert!(missing(store.taken_away(ingest_id(4)).await));
}

/// Where numbers are given again once rows are removed, what is staged then may lie below what there was before.
pub(super) async fn a_push_that_began_beside_one_that_was_undone_is_counted_and_undone_whole(
    store: &dyn RecordStore,
) {
    let held = |clients, statements| Holdings { clients, statements };
    let says = |of: u64, record: &str| element(of, of, record, Category::Income, "some");
    let hers = StagedBatch {
        clients: vec![client(1)],
        ..elements(vec![says(1, "e1")])
    };
    push(store, 1, "hmis", hers).await;
    // The hospital has staged a good deal when the HMIS begins, and is undone before the HMIS stages anything.
    begin(store, 2, "hospital").await;
    let many = StagedBatch {
        clients: (20..40).map(client).collect(),
        ..elements((20..40).map(|of| says(of, "h")).collect())
    };
    stage(store, 2, "hospital", many).await;
    begin(store, 3, "hmis").await;
    abort(store, 2).await;
    let gone = StagedBatch {
        withdrawals: vec![withdrawn_record("e1")],
        ..StagedBatch::default()
    };
    stage(store, 3, "hmis", gone.clone()).await;
    assert_eq!(store.taken_away(ingest_id(3)).await.unwrap(), held(0, 1));
    // Undone, nothing of it stays: what is on file is as it was, and the same again is counted the same.
    abort(store, 3).await;
    assert_eq!(store.holdings(&agency("hmis")).await.unwrap(), held(1, 1));
    begin(store, 4, "hmis").await;
    stage(store, 4, "hmis", gone).await;
    assert_eq!(store.taken_away(ingest_id(4)).await.unwrap(), held(0, 1));
    publish(store, 4).await;
    assert_eq!(store.holdings(&agency("hmis")).await.unwrap(), held(1, 0));
}

/// Pushes are published at second 100.
pub(super) async fn what_was_superseded_long_ago_is_removed_and_nothing_else(store: &dyn RecordStore) {
    let income = |of: u64, record: &str, says: &str| element(of, of, record, Category::Income, says);
    let renamed = |name: &str, found: &str| StagedClient {
        identity: identity(name),
        blocking: vec![key("name", found)],
        ..client(1)
    };
    let first = StagedBatch {
        clients: vec![renamed("Tamsin", "old"), client(2)],
        ..elements(vec![
            income(1, "e1", "some"),
            income(2, "e2", "none"),
            income(2, "e3", "rent"),
        ])
    };
    push(store, 1, "hmis", first).await;
    assert_eq!(
        store.remove_superseded(at(1000)).await.unwrap(),
        0,
        "all of it counts"
    );
    let second = StagedBatch {
        clients: vec![known(renamed("Thomasina", "new"))],
        withdrawals: vec![withdrawn_record("e3")],
        ..elements(vec![income(1, "e1", "more")])
    };
    push(store, 2, "hmis", second).await;
    assert_eq!(
        store.remove_superseded(at(99)).await.unwrap(),
        0,
        "not long enough ago"
    );
    // A later word that nobody sees yet does not supersede.
    begin(store, 3, "hmis").await;
    stage(store, 3, "hmis", elements(vec![income(2, "e2", "much")])).await;
    let removed = store.remove_superseded(at(1000)).await.unwrap();
    assert_eq!(
        removed, 4,
        "two statements, a name and the value it was found under"
    );
    assert_eq!(store.remove_superseded(at(1000)).await.unwrap(), 0);
    abort(store, 3).await;
    assert_eq!(texts(store, 1).await, ["more"]);
    assert_eq!(texts(store, 2).await, ["none"]);
    let found = store
        .candidates(&[vec![key("name", "new")], vec![key("name", "old")]], 9)
        .await;
    let found: Vec<usize> = found.unwrap().iter().map(Vec::len).collect();
    assert_eq!(found, [1, 0]);
    // What was taken back stays taken back, and can be said again.
    push(store, 4, "hmis", elements(vec![income(2, "e3", "rent")])).await;
    assert_eq!(texts(store, 2).await, ["none", "rent"]);
}

pub(super) async fn only_refused_or_failed_ends_an_abort(store: &dyn RecordStore) {
    begin(store, 1, "hmis").await;
    let report = serde_json::json!({});
    for state in [IngestState::Running, IngestState::Published] {
        let outcome = store.abort(ingest_id(1), state, &report, at(2)).await;
        assert!(matches!(outcome, Err(StoreError::Conflict { .. })));
    }
    store
        .abort(ingest_id(1), IngestState::Failed, &report, at(2))
        .await
        .unwrap();
    let record = store.ingest(ingest_id(1)).await.unwrap().unwrap();
    assert_eq!(record.state, IngestState::Failed);
}

pub(super) async fn the_same_bytes_again_are_recognised(store: &dyn RecordStore) {
    push(store, 1, "hmis", piece()).await;
    let again = NewIngest {
        id: ingest_id(2),
        ..new_ingest(1, "hmis")
    };
    let Begun::Already(record) = store.begin_ingest(&again).await.unwrap() else {
        panic!("the same bytes were taken for new");
    };
    assert_eq!(record.begun.id, ingest_id(1));
    assert_eq!(record.begun.source, agency("hmis"));
    assert_eq!(record.begun.kind, IngestKind::HmisCsv);
    assert_eq!(record.begun.digest, Digest::of(&1u64.to_be_bytes()));
    assert_eq!(
        (record.begun.received_at, record.state),
        (at(1), IngestState::Published)
    );
    assert!(store.ingest(ingest_id(2)).await.unwrap().is_none());
    for other in [
        NewIngest {
            id: ingest_id(3),
            source: agency("hospital"),
            ..again.clone()
        },
        NewIngest {
            id: ingest_id(4),
            kind: IngestKind::HmisJson,
            ..again
        },
    ] {
        assert!(matches!(store.begin_ingest(&other).await.unwrap(), Begun::New));
    }
}

pub(super) async fn bytes_that_were_overtaken_are_new(store: &dyn RecordStore) {
    push(store, 1, "hmis", piece()).await;
    push(
        store,
        2,
        "hmis",
        elements(vec![element(2, 1, "e1", Category::Income, "more")]),
    )
    .await;
    begin(store, 3, "hmis").await;
    abort(store, 3).await;
    let later = NewIngest {
        kind: IngestKind::HmisJson,
        ..new_ingest(5, "hmis")
    };
    assert!(matches!(store.begin_ingest(&later).await.unwrap(), Begun::New));
    publish(store, 5).await;
    let second = NewIngest {
        id: ingest_id(6),
        ..new_ingest(2, "hmis")
    };
    assert!(
        matches!(store.begin_ingest(&second).await.unwrap(), Begun::New),
        "overtaken by a push of another kind"
    );
    abort(store, 6).await;
    let again = NewIngest {
        id: ingest_id(4),
        ..new_ingest(1, "hmis")
    };
    assert!(matches!(store.begin_ingest(&again).await.unwrap(), Begun::New));
    let back = elements(vec![element(3, 1, "e1", Category::Income, "some")]);
    assert_eq!(stage(store, 4, "hmis", back).await, 1);
    publish(store, 4).await;
    assert_eq!(texts(store, 1).await, ["some"]);
}

pub(super) async fn one_push_of_a_source_runs_at_a_time(store: &dyn RecordStore) {
    begin(store, 1, "hmis").await;
    let other_kind = NewIngest {
        kind: IngestKind::HmisJson,
        ..new_ingest(3, "hmis")
    };
    for second in [&new_ingest(2, "hmis"), &other_kind] {
        let refused = store.begin_ingest(second).await;
        assert!(matches!(refused, Err(StoreError::Conflict { .. })));
        assert!(store.ingest(second.id).await.unwrap().is_none());
    }
    begin(store, 4, "hospital").await;
    publish(store, 1).await;
    assert!(matches!(
        store.begin_ingest(&other_kind).await.unwrap(),
        Begun::New
    ));
}

pub(super) async fn only_a_running_push_of_its_source_is_staged_or_ended(store: &dyn RecordStore) {
    let (hmis, hospital) = (agency("hmis"), agency("hospital"));
    let report = serde_json::json!({});
    let one = ingest_id(1);
    assert!(missing(store.stage(one, &hmis, piece()).await), "never begun");
    assert!(missing(store.publish(one, &report, at(2)).await));
    assert!(missing(
        store.abort(one, IngestState::Failed, &report, at(2)).await
    ));
    assert!(store.ingest(one).await.unwrap().is_none());
    begin(store, 1, "hmis").await;
    assert!(
        missing(store.stage(one, &hospital, piece()).await),
        "another source's"
    );
    publish(store, 1).await;
    assert!(missing(store.stage(one, &hmis, piece()).await), "published");
    assert!(missing(store.publish(one, &report, at(2)).await));
    assert!(missing(
        store.abort(one, IngestState::Failed, &report, at(2)).await
    ));
    nothing_is_visible(store).await;
}

pub(super) async fn only_clients_on_file_or_new_are_spoken_about(store: &dyn RecordStore) {
    push(store, 1, "hmis", piece()).await;
    begin(store, 2, "police").await;
    stage(store, 2, "police", second_client()).await;
    begin(store, 3, "hospital").await;
    for (of, why) in [(9, "never made"), (2, "made by a push that is not published")] {
        let batch = elements(vec![
            element(3, 1, "e3", Category::Income, "kept?"),
            element(4, of, "e4", Category::Income, "x"),
        ]);
        let outcome = store.stage(ingest_id(3), &agency("hospital"), batch).await;
        assert!(missing(outcome), "{why}");
    }
    let twice = store
        .stage(ingest_id(3), &agency("hospital"), clients(vec![client(1)]))
        .await;
    assert!(
        matches!(twice, Err(StoreError::Conflict { .. })),
        "client 1 is not new"
    );
    publish(store, 3).await;
    assert_eq!(
        texts(store, 1).await,
        ["some"],
        "a piece that fails leaves nothing"
    );
    assert_eq!(store.count_clients().await.unwrap(), 1);
}

pub(super) async fn what_was_running_is_swept(store: &dyn RecordStore) {
    push(store, 1, "hospital", second_client()).await;
    begin(store, 2, "hmis").await;
    stage(store, 2, "hmis", piece()).await;
    begin(store, 3, "police").await;
    assert_eq!(store.sweep_unfinished(at(50)).await.unwrap(), 2);
    nothing_is_visible(store).await;
    let record = store.ingest(ingest_id(2)).await.unwrap().unwrap();
    assert_eq!(
        (record.state, record.ended_at),
        (IngestState::Failed, Some(at(50)))
    );
    assert_eq!(store.sweep_unfinished(at(51)).await.unwrap(), 0);
    assert_eq!(texts(store, 2).await, ["other"]);
    push(store, 4, "hmis", piece()).await;
    assert_eq!(texts(store, 1).await, ["some"]);
}

pub(super) async fn pieces_count_in_their_order(store: &dyn RecordStore) {
    let says = |id, text: &str| elements(vec![element(id, 1, "e1", Category::Income, text)]);
    let piece_of = |number| StagedBatch {
        clients: vec![client(number)],
        ..elements(vec![element(
            100 + number,
            number,
            "own",
            Category::Income,
            &format!("own {number}"),
        )])
    };
    for (push, source) in [(1, "hmis"), (2, "hospital")] {
        begin(store, push, source).await;
        let of = push * 100;
        // Later pieces speak of clients of earlier ones, whether or not those are written yet.
        let pieces = (1..=20u64)
            .map(|number| piece_of(of + number))
            .chain([elements(vec![
                element(900, of + 1, "e2", Category::Income, "later"),
                element(901, of + 20, "e2", Category::Income, "later"),
            ])]);
        let pieces: Vec<_> = pieces.collect();
        let stored = store
            .stage_all(ingest_id(push), &agency(source), stream::iter(pieces).boxed())
            .await
            .unwrap();
        assert_eq!(stored, 22);
        publish(store, push).await;
        for number in 1..=20 {
            let mut expected = vec![format!("own {}", of + number)];
            if number == 1 || number == 20 {
                expected.insert(0, "later".to_owned());
            }
            assert_eq!(texts(store, of + number).await, expected);
        }
    }

    // A piece is compared with what the pieces before it said.
    push(
        store,
        3,
        "police",
        StagedBatch {
            clients: vec![client(1)],
            ..says(1, "before")
        },
    )
    .await;
    begin(store, 4, "police").await;
    let pieces = vec![says(2, "between"), says(3, "before")];
    let stored = store
        .stage_all(ingest_id(4), &agency("police"), stream::iter(pieces).boxed())
        .await
        .unwrap();
    assert_eq!(stored, 2);
    publish(store, 4).await;
    assert_eq!(said(store, 1).await, [(element_id(3), "before".to_owned())]);
}

pub(super) async fn after_a_piece_that_fails_none_is_written(store: &dyn RecordStore) {
    push(store, 1, "hmis", second_client()).await;
    begin(store, 2, "hospital").await;
    let of_nobody = elements(vec![element(3, 7, "e3", Category::Income, "x")]);
    let pieces = vec![piece(), of_nobody, clients(vec![client(3)])];
    let outcome = store
        .stage_all(ingest_id(2), &agency("hospital"), stream::iter(pieces).boxed())
        .await;
    assert!(missing(outcome));
    // What the first piece wrote stays until the push is aborted; the third is not there.
    publish(store, 2).await;
    assert_eq!(texts(store, 1).await, ["some"]);
    assert_eq!(store.count_clients().await.unwrap(), 2);
}

pub(super) async fn a_large_piece_is_kept_whole(store: &dyn RecordStore) {
    const CLIENTS: u64 = 123;
    const ELEMENTS: u64 = 2_345;
    let batch = StagedBatch {
        clients: (0..CLIENTS).map(client).collect(),
        elements: (0..ELEMENTS)
            .map(|n| {
                element(
                    n,
                    n % CLIENTS,
                    &n.to_string(),
                    Category::Encounters,
                    &format!("visit {n}"),
                )
            })
            .collect(),
        ..clients(Vec::new())
    };
    assert_eq!(push(store, 1, "hmis", batch.clone()).await, ELEMENTS);
    let mut kept = 0;
    for number in 0..CLIENTS {
        for text in texts(store, number).await {
            let visit: u64 = text.strip_prefix("visit ").unwrap().parse().unwrap();
            assert_eq!(visit % CLIENTS, number);
            kept += 1;
        }
    }
    assert_eq!(kept, ELEMENTS);
    let keys: Vec<_> = (0..CLIENTS).map(source_key).collect();
    let found = store.clients_of_source(&agency("hmis"), &keys).await.unwrap();
    assert!(
        found
            .iter()
            .zip(0..)
            .all(|(found, number)| *found == Some(client_id(number)))
    );
    let questions: Vec<_> = (0..CLIENTS)
        .map(|n| vec![key("number", &n.to_string())])
        .collect();
    let found = store.candidates(&questions, 5).await.unwrap();
    assert!(
        found
            .iter()
            .zip(0..)
            .all(|(found, number)| found[0].client == client_id(number))
    );

    let again = StagedBatch {
        clients: batch.clients.into_iter().map(known).collect(),
        ..batch
    };
    assert_eq!(push(store, 2, "hmis", again).await, 0, "all of it is unchanged");
}

pub(super) async fn a_record_is_read_as_its_source_last_said_it(store: &dyn RecordStore) {
    let wanted: Vec<_> = [(1, "e1"), (1, "e2"), (2, "e1")]
        .map(|(of, record)| (client_id(of), RecordKey::new("Enrollment.csv", record)))
        .into();
    let read = async |source: &str| -> Vec<Vec<String>> {
        let said = store.said(&agency(source), &wanted).await.unwrap();
        let text =
            |element: &crate::StoredElement| element.payload.fields()["Says"].as_str().unwrap().to_owned();
        said.iter()
            .map(|elements| elements.iter().map(text).collect())
            .collect()
    };
    let first = StagedBatch {
        clients: vec![client(1), client(2)],
        ..elements(vec![
            element(1, 1, "e1", Category::Income, "some"),
            element(2, 1, "e2", Category::Income, "more"),
        ])
    };
    begin(store, 1, "hmis").await;
    stage(store, 1, "hmis", first).await;
    assert_eq!(read("hmis").await, [[""; 0]; 3], "not published");
    publish(store, 1).await;
    assert_eq!(read("hmis").await, [vec!["some"], vec!["more"], vec![]]);
    assert_eq!(read("hospital").await, [[""; 0]; 3], "another's records");
    let mut second = elements(vec![element(3, 1, "e1", Category::Income, "less")]);
    second.withdrawals.push(withdrawn_record("e2"));
    push(store, 2, "hmis", second).await;
    assert_eq!(read("hmis").await, [vec!["less"], vec![], vec![]]);
    push(
        store,
        3,
        "hmis",
        elements(vec![element(4, 2, "e1", Category::Income, "theirs")]),
    )
    .await;
    assert_eq!(read("hmis").await, [vec![], vec![], vec!["theirs"]]);
}

pub(super) async fn a_message_is_known_again_once_it_is_published(store: &dyn RecordStore) {
    let mark = |key: &str, content: &[u8]| MessageMark {
        key: key.to_owned(),
        content: Digest::of(content),
    };
    let (one, two) = (mark("one", b"1"), mark("two", b"2"));
    let asked = [one.clone(), mark("one", b"other"), two.clone()];
    let known = async |source: &str, since: i64| {
        store
            .repetitions(&agency(source), &asked, at(since))
            .await
            .unwrap()
    };
    let none = [Repetition::New; 3];
    let keep = async |ingest: u64, source: &str, marks: &[MessageMark], now: i64, forget: i64| {
        store
            .keep_marks(ingest_id(ingest), &agency(source), marks, at(now), at(forget))
            .await
    };
    begin(store, 1, "hmis").await;
    assert!(missing(
        keep(1, "hospital", std::slice::from_ref(&one), 10, 0).await
    ));
    keep(1, "hmis", std::slice::from_ref(&one), 10, 0).await.unwrap();
    assert_eq!(known("hmis", 0).await, none, "not published");
    abort(store, 1).await;
    assert_eq!(known("hmis", 0).await, none, "given up");
    begin(store, 2, "hmis").await;
    keep(2, "hmis", std::slice::from_ref(&one), 10, 0).await.unwrap();
    publish(store, 2).await;
    assert_eq!(
        known("hmis", 0).await,
        [Repetition::Same, Repetition::Other, Repetition::New]
    );
    assert_eq!(known("hospital", 0).await, none, "another's messages");
    assert_eq!(known("hmis", 11).await, none, "too long ago");
    // What is old enough is dropped when others come.
    begin(store, 3, "hmis").await;
    keep(3, "hmis", std::slice::from_ref(&two), 20, 15).await.unwrap();
    publish(store, 3).await;
    assert_eq!(
        known("hmis", 0).await,
        [Repetition::New, Repetition::New, Repetition::Same]
    );
    assert!(missing(keep(3, "hmis", &[one], 30, 0).await));
}
