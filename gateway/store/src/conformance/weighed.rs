//! Cases about what a push is weighed against: what was taken away before it, which export was the newest.

use std::collections::BTreeSet;

use gateway_crypto::Digest;

use super::sample::{
    abort, agency, at, begin, client, client_id, clients, ingest_id, publish, push, stage, withdrawn_client,
};
use crate::{ExportMark, Holdings, RecordStore, StagedBatch, StoreError};

const fn held(clients: u64, statements: u64) -> Holdings {
    Holdings { clients, statements }
}

/// Pushes are published at second 100.
pub(super) async fn what_pushes_took_away_counts_together_until_somebody_means_it(store: &dyn RecordStore) {
    let hmis = agency("hmis");
    let gone = async |since: i64| store.gone_since(&hmis, at(since)).await.unwrap();
    let taking = async |number: u64, takes: Holdings, meant: bool| {
        begin(store, number, "hmis").await;
        store.note_gone(ingest_id(number), takes, meant).await.unwrap();
    };
    assert_eq!(gone(0).await, held(0, 0));
    taking(1, held(2, 30), false).await;
    assert_eq!(gone(0).await, held(0, 0), "it is not published");
    publish(store, 1).await;
    taking(2, held(0, 5), false).await;
    publish(store, 2).await;
    assert_eq!(gone(100).await, held(2, 35));
    assert_eq!(gone(101).await, held(0, 0), "too long ago");
    assert_eq!(
        store.gone_since(&agency("hospital"), at(0)).await.unwrap(),
        held(0, 0)
    );
    // What was undone has taken nothing away, whatever was meant.
    taking(3, held(9, 9), true).await;
    abort(store, 3).await;
    assert_eq!(gone(0).await, held(2, 35));
    taking(4, held(50, 700), true).await;
    publish(store, 4).await;
    assert_eq!(gone(0).await, held(0, 0), "somebody has looked");
    taking(5, held(1, 0), false).await;
    publish(store, 5).await;
    assert_eq!(gone(0).await, held(1, 0));
    let late = store.note_gone(ingest_id(5), held(1, 1), false).await;
    assert!(matches!(late, Err(StoreError::Missing { .. })), "{late:?}");
}

pub(super) async fn the_export_that_was_published_last_is_told_by_project(store: &dyn RecordStore) {
    let hmis = agency("hmis");
    let [north, south] = ["north", "south"].map(|name| Digest::of(name.as_bytes()));
    let system = Digest::of(b"system");
    let exported = async |number: u64, projects: &[Digest], seconds: i64| {
        begin(store, number, "hmis").await;
        let mark = ExportMark {
            system,
            projects: projects.iter().copied().collect::<BTreeSet<_>>(),
            exported_at: at(seconds),
        };
        store.note_export(ingest_id(number), &hmis, &mark).await.unwrap();
    };
    let told = async |project: &Digest| {
        let newest = store.newest_exports(&hmis, &system).await.unwrap();
        newest.get(project).copied()
    };
    exported(1, &[north, south], 10).await;
    assert_eq!(told(&north).await, None, "it is not published");
    publish(store, 1).await;
    exported(2, &[north], 20).await;
    publish(store, 2).await;
    assert_eq!(
        (told(&north).await, told(&south).await),
        (Some(at(20)), Some(at(10)))
    );
    exported(3, &[north], 30).await;
    abort(store, 3).await;
    assert_eq!(told(&north).await, Some(at(20)), "it was undone");
    exported(4, &[north, south], 5).await;
    publish(store, 4).await;
    assert_eq!(
        (told(&north).await, told(&south).await),
        (Some(at(5)), Some(at(5))),
        "the last one counts, not the one of the latest date"
    );
    let other = store.newest_exports(&hmis, &north).await.unwrap();
    assert!(other.is_empty(), "another system");
    let other = store.newest_exports(&agency("shelter"), &system).await.unwrap();
    assert!(other.is_empty(), "another source");
}

pub(super) async fn the_clients_of_a_source_are_those_it_names(store: &dyn RecordStore) {
    let hmis = agency("hmis");
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
    push(store, 2, "hospital", clients(vec![client(3)])).await;
    let named = async || {
        let mut named = store.clients_named_by(&hmis).await.unwrap();
        named.sort_unstable();
        named
    };
    assert_eq!(named().await, [client_id(1), client_id(2)]);
    begin(store, 3, "hmis").await;
    let gone = StagedBatch {
        withdrawals: vec![withdrawn_client(1)],
        ..StagedBatch::default()
    };
    stage(store, 3, "hmis", gone).await;
    assert_eq!(named().await.len(), 2, "nothing is published");
    publish(store, 3).await;
    assert_eq!(named().await, [client_id(2)]);

    let (first, second) = (Digest::of(b"1"), Digest::of(b"2"));
    assert_eq!(store.swept_for(&hmis).await.unwrap(), None);
    store.note_swept(&hmis, &first).await.unwrap();
    store.note_swept(&hmis, &second).await.unwrap();
    assert_eq!(store.swept_for(&hmis).await.unwrap(), Some(second));
    assert_eq!(store.swept_for(&agency("hospital")).await.unwrap(), None);
}
