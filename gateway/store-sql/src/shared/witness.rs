//! The memory of a witness. A checkpoint is compared and replaced in one statement.

use gateway_store::{SplitView, StoreError, WitnessStore};
use gateway_types::Timestamp;

use super::{AuditLog, Db};
use crate::error::failed;

const HELD: &str = "SELECT checkpoint FROM witness_held WHERE origin = $1";
const HOLD_FIRST: &str =
    "INSERT INTO witness_held (origin, checkpoint) VALUES ($1, $2) ON CONFLICT (origin) DO NOTHING";
const HOLD_NEXT: &str = "UPDATE witness_held SET checkpoint = $2 WHERE origin = $1 AND checkpoint = $3";
const KEEP_SPLIT: &str = "INSERT INTO witness_splits (origin, held, shown, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (origin, held) DO NOTHING";
const SPLITS: &str = "SELECT origin, held, shown, at FROM witness_splits ORDER BY no";
const WITNESSED: &str = "SELECT checkpoint FROM audit_witnessed";
const KEEP_WITNESSED: &str = "INSERT INTO audit_witnessed (only_one, checkpoint) VALUES (1, $1)
    ON CONFLICT (only_one) DO UPDATE SET checkpoint = excluded.checkpoint";

const KEEPING: &str = "keeping what a witness saw";
const READING: &str = "reading what a witness saw";

#[async_trait::async_trait]
impl WitnessStore for AuditLog {
    async fn held_checkpoint(&self, origin: &str) -> Result<Option<String>, StoreError> {
        // What was held before an answer went out is committed, so a statement that begins now sees it.
        sqlx::query_scalar::<Db, String>(HELD)
            .bind(origin)
            .fetch_optional(&self.reader)
            .await
            .map_err(failed(READING))
    }

    async fn hold_checkpoint(&self, origin: &str, held: Option<&str>, new: &str) -> Result<bool, StoreError> {
        let mut connection = self.writing(KEEPING).await?;
        let mut query = sqlx::query(if held.is_some() { HOLD_NEXT } else { HOLD_FIRST })
            .bind(origin)
            .bind(new);
        if let Some(held) = held {
            query = query.bind(held);
        }
        let done = query.execute(&mut *connection).await.map_err(failed(KEEPING))?;
        Ok(done.rows_affected() == 1)
    }

    async fn keep_split(&self, split: &SplitView) -> Result<(), StoreError> {
        let mut connection = self.writing(KEEPING).await?;
        sqlx::query(KEEP_SPLIT)
            .bind(split.origin.as_str())
            .bind(split.held.as_str())
            .bind(split.shown.as_str())
            .bind(split.at.as_micros())
            .execute(&mut *connection)
            .await
            .map_err(failed(KEEPING))?;
        Ok(())
    }

    async fn splits(&self) -> Result<Vec<SplitView>, StoreError> {
        let rows: Vec<(String, String, String, i64)> = sqlx::query_as::<Db, _>(SPLITS)
            .fetch_all(&self.reader)
            .await
            .map_err(failed(READING))?;
        Ok(rows
            .into_iter()
            .map(|(origin, held, shown, at)| SplitView {
                origin,
                held,
                shown,
                at: Timestamp::from_micros(at),
            })
            .collect())
    }

    async fn witnessed(&self) -> Result<Option<String>, StoreError> {
        sqlx::query_scalar::<Db, String>(WITNESSED)
            .fetch_optional(&self.reader)
            .await
            .map_err(failed(READING))
    }

    async fn keep_witnessed(&self, checkpoint: &str) -> Result<(), StoreError> {
        let mut connection = self.writing(KEEPING).await?;
        sqlx::query(KEEP_WITNESSED)
            .bind(checkpoint)
            .execute(&mut *connection)
            .await
            .map_err(failed(KEEPING))?;
        Ok(())
    }
}
