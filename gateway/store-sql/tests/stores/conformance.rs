//! The one suite of the ports, on SQLite always and on PostgreSQL where its server binaries are.

use gateway_store::conformance::{AUDIT, RECORDS};
use gateway_store_sql::{PgAuditStore, PgStore, ServerDurability, SqliteAuditStore, SqliteStore};
use tests_postgres::database_or_skip;

use crate::support::crypto;

#[tokio::test]
async fn sqlite_keeps_records_as_the_ports_say() {
    for case in RECORDS {
        println!("sqlite: {}", case.name);
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(&folder.path().join("records.db"), crypto())
            .await
            .unwrap();
        (case.run)(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn sqlite_keeps_the_log_as_the_port_says() {
    for case in AUDIT {
        println!("sqlite: {}", case.name);
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteAuditStore::open(&folder.path().join("audit.db"), crypto())
            .await
            .unwrap();
        (case.run)(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn postgresql_keeps_records_as_the_ports_say() {
    let Some(url) = database_or_skip("the record store") else {
        return;
    };
    for case in RECORDS {
        println!("postgresql: {}", case.name);
        empty(&url);
        let store = PgStore::connect(&url, crypto(), ServerDurability::TestOnly)
            .await
            .unwrap();
        (case.run)(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn postgresql_keeps_the_log_as_the_port_says() {
    let Some(url) = database_or_skip("the audit store") else {
        return;
    };
    for case in AUDIT {
        println!("postgresql: {}", case.name);
        empty(&url);
        let store = PgAuditStore::connect(&url, crypto(), ServerDurability::TestOnly)
            .await
            .unwrap();
        (case.run)(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn records_and_log_can_share_a_postgresql_database() {
    let Some(url) = database_or_skip("a shared database") else {
        return;
    };
    let crypto = crypto();
    for _ in ["made", "opened again"] {
        let records = PgStore::connect(&url, crypto.clone(), ServerDurability::TestOnly)
            .await
            .unwrap();
        let log = PgAuditStore::connect(&url, crypto.clone(), ServerDurability::TestOnly)
            .await
            .unwrap();
        records.close().await;
        log.close().await;
    }
}

/// Makes the database as it was when it was made, which is faster than making another.
fn empty(url: &str) {
    let server = tests_postgres::shared().unwrap();
    server
        .psql(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .unwrap();
}
