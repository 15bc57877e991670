//! A push that is given up is not published, wherever removing it was interrupted and whatever else was on its way.

use std::time::Duration;

use gateway_crypto::Digest;
use gateway_store::{
    ClientStore, IngestKind, IngestState, IngestStore, NewIngest, RecordStore, StagedBatch, StagedClient,
    StagedElement, StoreError,
};
use gateway_store_sql::{PgStore, ServerDurability, SqliteStore};
use gateway_types::vocabulary::Category;
use gateway_types::{
    AgencyId, ClientId, ClientIdentity, IngestId, LabelledElement, Payload, RecordKey, SourceClientKey,
    Timestamp, WordSet,
};
use sqlx::{Connection as _, Executor as _};
use tests_postgres::database_or_skip;

use crate::support::crypto;

const NOW: Timestamp = Timestamp::from_micros(1_000_000);
/// As a crash leaves it: settled, and half removed.
const HALF_REMOVED: &str =
    "UPDATE ingests SET state = 'removing' WHERE state = 'running'; DELETE FROM statements";
const LEFT: &str = "SELECT (SELECT COUNT(*) FROM statements) + (SELECT COUNT(*) FROM identities)
    + (SELECT COUNT(*) FROM clients WHERE ingest IS NOT NULL)";

fn source() -> AgencyId {
    AgencyId::new("hmis").unwrap()
}

fn push(number: u128) -> NewIngest {
    NewIngest {
        id: IngestId::from_uuid(uuid(number)),
        source: source(),
        kind: IngestKind::HmisCsv,
        digest: Digest::of(&number.to_be_bytes()),
        received_at: NOW,
    }
}

fn client() -> ClientId {
    ClientId::from_uuid(uuid(77))
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

fn piece() -> StagedBatch {
    let staged = StagedClient {
        client: client(),
        new: true,
        source_key: SourceClientKey::new("P1"),
        identity: ClientIdentity::default(),
        blocking: Vec::new(),
    };
    let element = StagedElement {
        id: gateway_types::ElementId::from_uuid(uuid(88)),
        client: client(),
        programme: None,
        element: LabelledElement {
            record: RecordKey::new("Enrollment.csv", "E1"),
            category: Some(Category::Income),
            source_programme: None,
            regimes: WordSet::EMPTY,
            sensitivity: WordSet::EMPTY,
            facts: WordSet::EMPTY,
            as_of: None,
            payload: Payload::new().with("Says", "some"),
        },
    };
    StagedBatch {
        clients: vec![staged],
        elements: vec![element],
        ..StagedBatch::default()
    }
}

async fn begin_and_stage(store: &dyn RecordStore) {
    store.begin_ingest(&push(1)).await.unwrap();
    assert_eq!(store.stage(push(1).id, &source(), piece()).await.unwrap(), 1);
}

fn missing<T>(outcome: Result<T, StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Missing { .. }))
}

/// What must hold after [`HALF_REMOVED`].
async fn it_ends_as_failed(store: &dyn RecordStore) {
    let report = serde_json::json!({});
    let state = async |store: &dyn RecordStore| store.ingest(push(1).id).await.unwrap().unwrap().state;
    assert_eq!(state(store).await, IngestState::Running, "until nothing is left");
    assert!(missing(store.publish(push(1).id, &report, NOW).await));
    assert!(missing(store.stage(push(1).id, &source(), piece()).await));
    assert!(matches!(
        store.begin_ingest(&push(2)).await,
        Err(StoreError::Conflict { .. })
    ));
    assert_eq!(store.sweep_unfinished(NOW).await.unwrap(), 1);
    assert_eq!(state(store).await, IngestState::Failed);
    assert!(store.elements(Some(client())).await.unwrap().is_empty());
    assert_eq!(store.count_clients().await.unwrap(), 0);
}

#[tokio::test]
async fn sqlite_publishes_nothing_that_is_half_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    let crypto = crypto();
    let store = SqliteStore::open(&path, crypto.clone()).await.unwrap();
    begin_and_stage(&store).await;
    store.close().await;
    drop(store);
    let mut raw = crate::opening::raw(&path).await;
    raw.execute(HALF_REMOVED).await.unwrap();
    let store = SqliteStore::open(&path, crypto).await.unwrap();
    it_ends_as_failed(&store).await;
    let left: i64 = sqlx::query_scalar(LEFT).fetch_one(&mut raw).await.unwrap();
    assert_eq!(left, 0);
}

/// Two sweeps see the same push unfinished, and one of them ends it.
async fn what_another_ends_does_not_stop_a_sweep(store: &dyn RecordStore) {
    begin_and_stage(store).await;
    let (one, other) = tokio::join!(store.sweep_unfinished(NOW), store.sweep_unfinished(NOW));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    let ended = store.ingest(push(1).id).await.unwrap().unwrap();
    assert_eq!(ended.state, IngestState::Failed);
    assert_eq!(store.count_clients().await.unwrap(), 0);
}

#[tokio::test]
async fn a_sweep_of_sqlite_goes_on_over_what_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("records.db"), crypto())
        .await
        .unwrap();
    what_another_ends_does_not_stop_a_sweep(&store).await;
}

#[tokio::test]
async fn a_sweep_of_postgresql_goes_on_over_what_has_ended() {
    let Some(url) = database_or_skip("a sweep beside another") else {
        return;
    };
    let store = PgStore::connect(&url, crypto(), ServerDurability::TestOnly)
        .await
        .unwrap();
    what_another_ends_does_not_stop_a_sweep(&store).await;
    store.close().await;
}

#[tokio::test]
async fn postgresql_publishes_nothing_that_is_half_removed() {
    let Some(url) = database_or_skip("a push that is half removed") else {
        return;
    };
    let store = PgStore::connect(&url, crypto(), ServerDurability::TestOnly)
        .await
        .unwrap();
    begin_and_stage(&store).await;
    let mut raw = sqlx::PgConnection::connect(&url).await.unwrap();
    raw.execute(HALF_REMOVED).await.unwrap();
    it_ends_as_failed(&store).await;
    let left: i64 = sqlx::query_scalar(LEFT).fetch_one(&mut raw).await.unwrap();
    assert_eq!(left, 0);
    store.close().await;
}

/// The gateway lost sight of its own publication, which the server completes later: giving up has to wait for it.
#[tokio::test]
async fn what_is_being_published_in_postgresql_is_not_given_up() {
    let Some(url) = database_or_skip("a publication on its way") else {
        return;
    };
    let store = PgStore::connect(&url, crypto(), ServerDurability::TestOnly)
        .await
        .unwrap();
    begin_and_stage(&store).await;
    let mut raw = sqlx::PgConnection::connect(&url).await.unwrap();
    let mut publication = raw.begin().await.unwrap();
    publication
        .execute("UPDATE ingests SET state = 'published' WHERE state = 'running'")
        .await
        .unwrap();
    let giving_up = {
        let store = store.clone();
        tokio::spawn(async move {
            let report = serde_json::json!({});
            store.abort(push(1).id, IngestState::Failed, &report, NOW).await
        })
    };
    // Time for it to do harm; that it has not ended shows that it waits.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!giving_up.is_finished());
    publication.commit().await.unwrap();
    assert!(missing(giving_up.await.unwrap()));
    assert_eq!(store.elements(Some(client())).await.unwrap().len(), 1);
    store.close().await;
}
