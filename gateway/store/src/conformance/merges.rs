//! Cases about clients who were merged or taken back: whom a key means, and meant.

use super::sample::{
    abort, agency, begin, client, client_id, clients, ingest_id, known, publish, push, source_key, stage,
    withdrawn_client,
};
use crate::{KeyHolder, RecordStore, StagedBatch};

fn withdrawn(number: u64) -> StagedBatch {
    StagedBatch {
        withdrawals: vec![withdrawn_client(number)],
        ..StagedBatch::default()
    }
}

pub(super) async fn a_key_that_was_taken_back_still_tells_whom_it_meant(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
    push(store, 2, "hmis", withdrawn(1)).await;
    let keys = [source_key(1), source_key(2), source_key(3)];
    let holder = |number, named| {
        Some(KeyHolder {
            client: client_id(number),
            named,
        })
    };
    let found = store.holders_of_keys(&agency("hmis"), &keys).await.unwrap();
    assert_eq!(found, [holder(1, false), holder(2, true), None]);
    let named = store.clients_of_source(&agency("hmis"), &keys).await.unwrap();
    assert_eq!(named, [None, Some(client_id(2)), None]);
    // It can be given again.
    push(store, 3, "hmis", clients(vec![known(client(1))])).await;
    let found = store.holders_of_keys(&agency("hmis"), &keys).await.unwrap();
    assert_eq!(found, [holder(1, true), holder(2, true), None]);
    let elsewhere = store.holders_of_keys(&agency("hospital"), &keys).await.unwrap();
    assert_eq!(elsewhere, [None, None, None]);
}

pub(super) async fn merges_are_kept_with_the_push_that_is_published(store: &dyn RecordStore) {
    let hmis = agency("hmis");
    push(store, 1, "hmis", clients(vec![client(1), client(2), client(3)])).await;
    let merged_into = async |number| {
        let found = store.merged_into(&hmis, &[source_key(number)]).await;
        found.unwrap()
    };
    begin(store, 2, "hmis").await;
    let merge = [(source_key(1), source_key(2))];
    store.keep_merges(ingest_id(2), &hmis, &merge).await.unwrap();
    assert!(merged_into(2).await.is_empty(), "not published yet");
    abort(store, 2).await;
    begin(store, 3, "hmis").await;
    stage(store, 3, "hmis", withdrawn(1)).await;
    store.keep_merges(ingest_id(3), &hmis, &merge).await.unwrap();
    publish(store, 3).await;
    assert_eq!(merged_into(2).await, [client_id(1)]);
    assert!(store.was_merged(client_id(1)).await.unwrap());
    assert!(!store.was_merged(client_id(2)).await.unwrap());
    // Who was merged before goes along, and saying it twice changes nothing.
    begin(store, 4, "hmis").await;
    let merges = [(source_key(2), source_key(3)), (source_key(2), source_key(3))];
    store.keep_merges(ingest_id(4), &hmis, &merges).await.unwrap();
    publish(store, 4).await;
    assert_eq!(merged_into(3).await, [client_id(1), client_id(2)]);
    let survivors = store.survivors(&hmis, client_id(1)).await.unwrap();
    assert!(survivors.contains(&client_id(3)), "{survivors:?}");
    assert!(store.survivors(&hmis, client_id(3)).await.unwrap().is_empty());
    assert!(
        store
            .survivors(&agency("hospital"), client_id(1))
            .await
            .unwrap()
            .is_empty()
    );
    let hospital = store.merged_into(&agency("hospital"), &[source_key(3)]).await;
    assert!(hospital.unwrap().is_empty());
    let ended = store.keep_merges(ingest_id(4), &hmis, &merges).await;
    assert!(ended.is_err(), "a push that has ended keeps nothing");
}
