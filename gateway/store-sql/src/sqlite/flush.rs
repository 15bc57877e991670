//! While a push is written, another connection takes what the write-ahead log holds into the database file, so that the
//! writer does not wait for the disk. The writer does it by itself only if the log grows all the same.

use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::task::JoinHandle;

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_millis(200);

/// Goes on until it is dropped.
#[derive(Debug)]
pub(crate) struct Flushing(JoinHandle<()>);

impl Flushing {
    pub(super) fn begin(options: SqliteConnectOptions) -> Self {
        Self(tokio::spawn(async move {
            // Only the writer's speed hangs on it: what fails here the writer does by itself.
            let Ok(mut connection) = options.connect().await else {
                return;
            };
            loop {
                // Takes what can be taken without anybody waiting.
                let taken = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)");
                if taken.execute(&mut connection).await.is_err() {
                    return;
                }
                tokio::time::sleep(PAUSE).await;
            }
        }))
    }
}

impl Drop for Flushing {
    fn drop(&mut self) {
        self.0.abort();
    }
}
