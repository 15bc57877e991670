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
        let store = SqliteStore::open(&folder.path().join("records.db"), crypto()).await.unwrap();
        (case.run)(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn sqlite_keeps_the_log_as_the_port_says() {
    for case in AUDIT {
        println!("sqlite: {}", case.name);
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteAuditStore::open(&folder.path().join("audit.db"), crypto()).await.unwrap();
        (case.run)(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn postgresql_keeps_records_as_the_ports_say() {
    for case in RECORDS {
        println!("postgresql: {}", case.name);
        let Some(url) = database_or_skip("the record store") else { return };
        let store = PgStore::connect(&url, crypto(), ServerDurability::TestOnly).await.unwrap();
        (case.run)(&store).await;
        store.close().await;
    }
}

#[tokio::test]
async fn postgresql_keeps_the_log_as_the_port_says() {
    for case in AUDIT {
        println!("postgresql: {}", case.name);
        let Some(url) = database_or_skip("the audit store") else { return };
        let store = PgAuditStore::connect(&url, crypto(), ServerDurability::TestOnly).await.unwrap();
        (case.run)(&store).await;
        store.close().await;
    }
}
