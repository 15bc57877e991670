//! What makes a store refuse to open, and what survives when it is opened again.

use std::path::Path;
use std::time::Duration;

use gateway_crypto::Digest;
use gateway_store::{
    AgreementAction, AgreementChange, AgreementEpoch, AgreementStore as _, AuditBatch, AuditStore,
    ClientStore, IngestKind, IngestStore, LogHead, NewEntry, NewIngest, StagedBatch, StagedClient,
    StoreError,
};
use gateway_store_sql::{OpenError, PgAuditStore, PgStore, ServerDurability, SqliteAuditStore, SqliteStore};
use gateway_types::{AgencyId, ClientId, ClientIdentity, EventId, MouId, SourceClientKey, Timestamp};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, SqliteConnection};
use tests_postgres::database_or_skip;

use crate::support::crypto;

const NOW: Timestamp = Timestamp::from_micros(1);

pub(crate) async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap()
}

async fn stage_one(store: &SqliteStore) -> ClientId {
    let client = "01890000-0000-7000-8000-000000000001".parse().unwrap();
    let source = AgencyId::new("hmis").unwrap();
    let ingest = NewIngest {
        id: "01890000-0000-7000-8000-000000000002".parse().unwrap(),
        source: source.clone(),
        kind: IngestKind::HmisCsv,
        digest: Digest::of(b"file"),
        received_at: NOW,
    };
    store.begin_ingest(&ingest).await.unwrap();
    let staged = StagedClient {
        client,
        new: true,
        source_key: SourceClientKey::new("P1"),
        identity: ClientIdentity::default(),
        blocking: Vec::new(),
    };
    let batch = StagedBatch {
        clients: vec![staged],
        ..StagedBatch::default()
    };
    store.stage(ingest.id, &source, batch).await.unwrap();
    client
}

#[tokio::test]
async fn one_process_at_a_time_has_a_file_open() {
    let folder = tempfile::tempdir().unwrap();
    let (records, log) = (folder.path().join("records.db"), folder.path().join("audit.db"));
    let store = SqliteStore::open(&records, crypto()).await.unwrap();
    let audit = SqliteAuditStore::open(&log, crypto()).await.unwrap();
    assert!(matches!(
        SqliteStore::open(&records, crypto()).await,
        Err(OpenError::InUse { .. })
    ));
    assert!(matches!(
        SqliteAuditStore::open(&log, crypto()).await,
        Err(OpenError::InUse { .. })
    ));
    audit.close().await;
    drop((store, audit));
    SqliteAuditStore::open(&log, crypto()).await.unwrap();
}

#[tokio::test]
async fn another_master_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    let crypto_then = crypto();
    drop(SqliteStore::open(&path, crypto_then.clone()).await.unwrap());
    assert!(matches!(
        SqliteStore::open(&path, crypto()).await,
        Err(OpenError::WrongKey)
    ));
    SqliteStore::open(&path, crypto_then).await.unwrap();
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    const NEWER: &str =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        VALUES (9999, 'from the future', TRUE, X'00', 0)";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    let crypto = crypto();
    SqliteStore::open(&path, crypto.clone())
        .await
        .unwrap()
        .close()
        .await;
    sqlx::query(NEWER).execute(&mut raw(&path).await).await.unwrap();
    let outcome = SqliteStore::open(&path, crypto).await;
    assert!(
        matches!(outcome, Err(OpenError::NewerSchema { version: 9999 })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn what_was_staged_when_the_process_ended_is_invisible_and_swept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    let crypto = crypto();
    let store = SqliteStore::open(&path, crypto.clone()).await.unwrap();
    let client = stage_one(&store).await;
    drop(store);
    let store = SqliteStore::open(&path, crypto).await.unwrap();
    assert!(store.client_key(Some(client)).await.is_err());
    assert_eq!(store.sweep_unfinished(NOW).await.unwrap(), 1);
    let rows: i64 =
        sqlx::query_scalar("SELECT (SELECT COUNT(*) FROM identities) + (SELECT COUNT(*) FROM clients)")
            .fetch_one(&mut raw(&path).await)
            .await
            .unwrap();
    assert_eq!(rows, 1, "only the row for nobody is left");
}

#[tokio::test]
async fn a_writer_does_not_hold_up_readers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    let store = SqliteStore::open(&path, crypto()).await.unwrap();
    let mut writer = raw(&path).await;
    sqlx::raw_sql("BEGIN IMMEDIATE; DELETE FROM clients")
        .execute(&mut writer)
        .await
        .unwrap();
    let read = tokio::time::timeout(Duration::from_secs(5), store.client_key(None));
    read.await.expect("a reader waited for a writer").unwrap();
}

#[tokio::test]
async fn the_log_in_sqlite_refuses_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.db");
    let store = SqliteAuditStore::open(&path, crypto()).await.unwrap();
    store.append(one_entry()).await.unwrap();
    let mut connection = raw(&path).await;
    for change in [
        "UPDATE audit_entries SET leaf = X'00'",
        "DELETE FROM audit_entries",
        "INSERT OR REPLACE INTO audit_entries SELECT place, event, 2, client, leaf, leaf, leaf, leaf FROM audit_entries",
        "INSERT INTO audit_entries SELECT 7, event, kind, client, leaf, leaf, leaf, leaf FROM audit_entries",
        "UPDATE audit_tiles SET hashes = X'00'",
        "DELETE FROM audit_tiles",
        "INSERT OR REPLACE INTO audit_tiles SELECT level, place, X'00' FROM audit_tiles",
        "UPDATE audit_head SET root = X'00'",
        "UPDATE audit_head SET size = 0",
        "DELETE FROM audit_head",
    ] {
        assert!(
            sqlx::query(change).execute(&mut connection).await.is_err(),
            "{change}"
        );
    }
}

#[tokio::test]
async fn the_log_in_postgresql_refuses_every_change() {
    let Some(url) = database_or_skip("append-only tables") else {
        return;
    };
    let store = PgAuditStore::connect(&url, crypto(), ServerDurability::TestOnly)
        .await
        .unwrap();
    store.append(one_entry()).await.unwrap();
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    for change in [
        "UPDATE audit_entries SET leaf = ''",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "UPDATE audit_tiles SET hashes = ''",
        "DELETE FROM audit_tiles",
        "TRUNCATE audit_tiles",
        "UPDATE audit_head SET root = ''",
        "UPDATE audit_head SET size = 0",
        "DELETE FROM audit_head",
        "TRUNCATE audit_head",
    ] {
        assert!(
            sqlx::query(change).execute(&mut connection).await.is_err(),
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_tool_works_beside_the_process_that_serves() {
    let folder = tempfile::tempdir().unwrap();
    let (records, log) = (folder.path().join("records.db"), folder.path().join("audit.db"));
    let crypto = crypto();
    let serving = SqliteStore::open(&records, crypto.clone()).await.unwrap();
    let serving_log = SqliteAuditStore::open(&log, crypto.clone()).await.unwrap();
    let tool = SqliteStore::open_beside(&records, crypto.clone()).await.unwrap();
    let tool_log = SqliteAuditStore::open_beside(&log, crypto.clone()).await.unwrap();
    tool.enter_agreement_epoch(&one_epoch()).await.unwrap();
    assert_eq!(serving.newest_agreement_epoch().await.unwrap(), 1);
    // Of two that append at once to the same head, one does.
    serving_log.append(one_entry()).await.unwrap();
    let late = tool_log.append(one_entry()).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "{late:?}");
    assert_eq!(tool_log.head().await.unwrap(), serving_log.head().await.unwrap());

    // An older release serves: the tool does not change the schema under it.
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version > 1")
        .execute(&mut raw(&records).await)
        .await
        .unwrap();
    let outcome = SqliteStore::open_beside(&records, crypto.clone()).await;
    assert!(
        matches!(outcome, Err(OpenError::OlderSchemaInUse { found: 1, .. })),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_gateway_starts_while_a_tool_is_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let (records, log) = (folder.path().join("records.db"), folder.path().join("audit.db"));
    let crypto = crypto();
    let tool = SqliteStore::open_beside(&records, crypto.clone()).await.unwrap();
    let tool_log = SqliteAuditStore::open_beside(&log, crypto.clone()).await.unwrap();
    let serving = SqliteStore::open(&records, crypto.clone()).await.unwrap();
    let serving_log = SqliteAuditStore::open(&log, crypto.clone()).await.unwrap();
    // Both work on, and still one process serves.
    tool.enter_agreement_epoch(&one_epoch()).await.unwrap();
    assert_eq!(serving.newest_agreement_epoch().await.unwrap(), 1);
    serving_log.append(one_entry()).await.unwrap();
    assert_eq!(tool_log.head().await.unwrap(), serving_log.head().await.unwrap());
    let second = SqliteStore::open(&records, crypto).await;
    assert!(matches!(second, Err(OpenError::InUse { .. })), "{second:?}");
}

#[tokio::test]
async fn the_history_of_agreements_in_sqlite_refuses_every_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.db");
    let store = SqliteStore::open(&path, crypto()).await.unwrap();
    store.enter_agreement_epoch(&one_epoch()).await.unwrap();
    let mut connection = raw(&path).await;
    for change in [
        "UPDATE agreement_epochs SET entered_at = 0",
        "DELETE FROM agreement_epochs",
        "INSERT OR REPLACE INTO agreement_epochs SELECT epoch, event, 0 FROM agreement_epochs",
        "INSERT OR REPLACE INTO agreement_epochs SELECT 2, event, 0 FROM agreement_epochs",
        "INSERT INTO agreement_epochs SELECT 7, X'00', 0 FROM agreement_epochs",
        "UPDATE agreement_changes SET body = 'other'",
        "DELETE FROM agreement_changes",
        "INSERT OR REPLACE INTO agreement_changes SELECT epoch, mou, action, version, hash, replaced, 'other', \
         approval, X'00' FROM agreement_changes",
        "INSERT OR REPLACE INTO agreement_changes SELECT epoch, 'other', action, version, hash, replaced, 'other', \
         approval, statement FROM agreement_changes",
    ] {
        assert!(
            sqlx::query(change).execute(&mut connection).await.is_err(),
            "{change}"
        );
    }
    assert_eq!(store.agreement_epochs_after(0).await.unwrap(), [one_epoch()]);
}

#[tokio::test]
async fn the_history_of_agreements_in_postgresql_refuses_every_change() {
    let Some(url) = database_or_skip("the history of agreements") else {
        return;
    };
    let store = PgStore::connect(&url, crypto(), ServerDurability::TestOnly)
        .await
        .unwrap();
    store.enter_agreement_epoch(&one_epoch()).await.unwrap();
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    for change in [
        "UPDATE agreement_epochs SET entered_at = 0",
        "DELETE FROM agreement_epochs",
        "TRUNCATE agreement_epochs CASCADE",
        "UPDATE agreement_changes SET body = 'other'",
        "DELETE FROM agreement_changes",
        "TRUNCATE agreement_changes",
        "INSERT INTO agreement_changes SELECT * FROM agreement_changes",
    ] {
        assert!(
            sqlx::query(change).execute(&mut connection).await.is_err(),
            "{change}"
        );
    }
    assert_eq!(store.agreement_epochs_after(0).await.unwrap(), [one_epoch()]);
}

#[tokio::test]
async fn a_server_that_may_forget_is_refused() {
    let Some(url) = database_or_skip("durable settings") else {
        return;
    };
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let fsync: String = sqlx::query_scalar("SHOW fsync")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        fsync, "off",
        "the server for tests is expected to run without fsync"
    );
    for outcome in [
        PgStore::connect(&url, crypto(), ServerDurability::Required)
            .await
            .err(),
        PgAuditStore::connect(&url, crypto(), ServerDurability::Required)
            .await
            .err(),
    ] {
        assert!(
            matches!(outcome, Some(OpenError::NotDurable { setting: "fsync", .. })),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_not_repeated() {
    let outcome = PgStore::connect("postgres//user:hunter2@", crypto(), ServerDurability::Required).await;
    let Err(error) = outcome else {
        panic!("it is no address")
    };
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

fn one_epoch() -> AgreementEpoch {
    AgreementEpoch {
        number: 1,
        event: EventId::from_bytes([1; 16]),
        at: NOW,
        changes: vec![AgreementChange {
            mou: MouId::new("care").unwrap(),
            action: AgreementAction::Activate,
            version: "1.0.0".to_owned(),
            hash: Digest::of(b"care"),
            replaced: None,
            text: Some("care".to_owned()),
            approval: "approved".to_owned(),
            statement: Digest::of(b"statement"),
        }],
    }
}

fn one_entry() -> AuditBatch {
    let entry = NewEntry {
        event: EventId::from_bytes([1; 16]),
        kind: 1,
        leaf: vec![1],
        sealed_detail: vec![2],
        sealed_facts: vec![3],
        wrapped_secret: vec![4],
        client: None,
    };
    AuditBatch {
        from_size: 0,
        entries: vec![entry],
        tiles: vec![gateway_store::TileBytes {
            level: 0,
            index: 0,
            hashes: vec![7],
        }],
        lists: Vec::new(),
        head: LogHead {
            size: 1,
            root: [0; 32],
            checkpoint: String::new(),
        },
    }
}

#[tokio::test]
async fn one_gateway_serves_from_a_postgresql_database() {
    let Some(url) = database_or_skip("one serving gateway") else {
        return;
    };
    let crypto = crypto();
    let serve = || PgStore::connect_serving(&url, crypto.clone(), ServerDurability::TestOnly);
    let first = serve().await.unwrap();
    let second = serve().await;
    assert!(matches!(second, Err(OpenError::Served)), "{second:?}");
    // A tool may work beside it.
    PgStore::connect(&url, crypto.clone(), ServerDurability::TestOnly)
        .await
        .unwrap();
    first.close().await;
    drop(first);
    // The server gives the lock back when it notices that the connection has gone.
    let mut again = serve().await;
    while matches!(again, Err(OpenError::Served)) {
        tokio::task::yield_now().await;
        again = serve().await;
    }
    again.unwrap();
}
