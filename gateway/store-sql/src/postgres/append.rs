//! Appending to the log: one transaction for entries, tiles, lists and head, which succeeds only from the size it was made
//! for.

use gateway_store::{AuditBatch, NewEntry, StoreError};
use sqlx::Connection as _;

use super::audit::{COMPLETION, INTENT, MOVED, RECOVERY, WHAT, number};
use super::{AuditLog, BEGIN, Connection};
use crate::error::{conflicting, failed};

const FIRST_HEAD: &str = "INSERT INTO audit_head (only_one, size, root, checkpoint) VALUES (1, $1, $2, $3)
    ON CONFLICT (only_one) DO NOTHING";
const NEXT_HEAD: &str = "UPDATE audit_head SET size = $1, root = $2, checkpoint = $3 WHERE size = $4";
const APPEND: &str = "INSERT INTO audit_entries
    (place, event, kind, client, leaf, sealed_detail, sealed_facts, wrapped_secret)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const APPEND_TILE: &str = "INSERT INTO audit_tiles (level, place, hashes) VALUES ($1, $2, $3)";
const OPEN_INTENT: &str = "INSERT INTO audit_open_intents (event, place) VALUES ($1, $2)
    ON CONFLICT (event) DO NOTHING";
const CLOSE_INTENT: &str = "DELETE FROM audit_open_intents WHERE event = $1";
const SET_LIST: &str = "INSERT INTO audit_lists (label, head) VALUES ($1, $2)
    ON CONFLICT (label) DO UPDATE SET head = excluded.head";

fn place_of(from: u64, offset: usize) -> Result<i64, StoreError> {
    number(from.saturating_add(offset as u64))
}

impl AuditLog {
    async fn append_entry(
        &self,
        connection: &mut Connection,
        place: i64,
        entry: &NewEntry,
    ) -> Result<(), StoreError> {
        let event = entry.event.as_bytes().as_slice();
        sqlx::query(APPEND)
            .bind(place)
            .bind(event)
            .bind(i64::from(entry.kind))
            .bind(entry.client.map(|client| self.crypto.audit_client(client)))
            .bind(entry.leaf.as_slice())
            .bind(entry.sealed_detail.as_slice())
            .bind(entry.sealed_facts.as_slice())
            .bind(entry.wrapped_secret.as_slice())
            .execute(&mut *connection)
            .await
            .map_err(conflicting(WHAT, MOVED))?;
        match entry.kind {
            INTENT => {
                sqlx::query(OPEN_INTENT)
                    .bind(event)
                    .bind(place)
                    .execute(connection)
                    .await
            }
            COMPLETION | RECOVERY => sqlx::query(CLOSE_INTENT).bind(event).execute(connection).await,
            _ => return Ok(()),
        }
        .map_err(failed(WHAT))?;
        Ok(())
    }

    async fn move_head(&self, connection: &mut Connection, batch: &AuditBatch) -> Result<(), StoreError> {
        let text = if batch.from_size == 0 {
            FIRST_HEAD
        } else {
            NEXT_HEAD
        };
        let mut query = sqlx::query(text)
            .bind(number(batch.head.size)?)
            .bind(batch.head.root.as_slice())
            .bind(batch.head.checkpoint.as_str());
        if batch.from_size > 0 {
            query = query.bind(number(batch.from_size)?);
        }
        let moved = query.execute(connection).await.map_err(failed(WHAT))?;
        if moved.rows_affected() == 1 {
            Ok(())
        } else {
            Err(StoreError::Conflict { what: MOVED })
        }
    }

    /// Appends a batch.
    pub(super) async fn append_batch(&self, batch: &AuditBatch) -> Result<(), StoreError> {
        let mut connection = self.writing(WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        // First the compare-and-swap: whoever is late stops here, before it has written anything.
        self.move_head(&mut transaction, batch).await?;
        for (offset, entry) in batch.entries.iter().enumerate() {
            let place = place_of(batch.from_size, offset)?;
            self.append_entry(&mut transaction, place, entry).await?;
        }
        for tile in &batch.tiles {
            sqlx::query(APPEND_TILE)
                .bind(i64::from(tile.level))
                .bind(number(tile.index)?)
                .bind(tile.hashes.as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(conflicting(WHAT, "a tile of the audit log"))?;
        }
        for list in &batch.lists {
            sqlx::query(SET_LIST)
                .bind(list.label.as_slice())
                .bind(list.head.as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(failed(WHAT))?;
        }
        transaction.commit().await.map_err(failed(WHAT))
    }
}
