//! The audit log, read; how a batch is appended each database says for itself.

use gateway_store::{
    AuditBatch, AuditStore, ClientTag, ListHead, LogHead, StoreError, StoredEntry, TileBytes,
};
use gateway_types::{ClientId, EventId};

use super::{AuditLog, Db};
use crate::error::failed;

const HEAD: &str = "SELECT size, root, checkpoint FROM audit_head";
const RANGE: &str = "SELECT place, event, kind, client, leaf, sealed_detail, sealed_facts, wrapped_secret
    FROM audit_entries WHERE place >= $1 AND place < $2 ORDER BY place";
const OF_EVENT: &str = "SELECT place, event, kind, client, leaf, sealed_detail, sealed_facts, wrapped_secret
    FROM audit_entries WHERE event = $1 ORDER BY place";
const OF_CLIENT: &str = "SELECT place, event, kind, client, leaf, sealed_detail, sealed_facts, wrapped_secret
    FROM audit_entries WHERE client = $1 ORDER BY place";
const OPEN: &str =
    "SELECT e.place, e.event, e.kind, e.client, e.leaf, e.sealed_detail, e.sealed_facts, e.wrapped_secret
    FROM audit_open_intents o JOIN audit_entries e ON e.place = o.place ORDER BY e.place LIMIT $1";
const TILE: &str = "SELECT hashes FROM audit_tiles WHERE level = $1 AND place = $2";

const LISTS: &str = "SELECT label, head FROM audit_lists WHERE label > $1 ORDER BY label LIMIT $2";

/// Kinds of leaf, as numbered in `gateway-audit`.
pub(super) const INTENT: u8 = 1;
pub(super) const COMPLETION: u8 = 2;
pub(super) const RECOVERY: u8 = 9;

const ENTRIES: &str = "audit_entries";
pub(super) const WHAT: &str = "appending to the audit log";
pub(super) const MOVED: &str = "the head of the audit log";

#[derive(sqlx::FromRow)]
struct Row {
    place: i64,
    event: Vec<u8>,
    kind: i64,
    client: Option<Vec<u8>>,
    leaf: Vec<u8>,
    sealed_detail: Vec<u8>,
    sealed_facts: Vec<u8>,
    wrapped_secret: Vec<u8>,
}

impl Row {
    fn read(self) -> Result<StoredEntry, StoreError> {
        let wrong = |what| StoreError::Inconsistent { table: ENTRIES, what };
        Ok(StoredEntry {
            index: u64::try_from(self.place).map_err(|_| wrong("a place below zero"))?,
            event: self
                .event
                .as_slice()
                .try_into()
                .map(EventId::from_bytes)
                .map_err(|_| wrong("an event of another length"))?,
            kind: u8::try_from(self.kind).map_err(|_| wrong("a kind out of range"))?,
            leaf: self.leaf,
            sealed_detail: self.sealed_detail,
            sealed_facts: self.sealed_facts,
            wrapped_secret: self.wrapped_secret,
            client: self.client.map(ClientTag),
        })
    }
}

/// Sizes and places: 2^63 entries are out of reach, so that what cannot be written is a broken batch.
pub(super) fn number(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Inconsistent {
        table: ENTRIES,
        what: "a place out of range",
    })
}

fn list(
    operation: &'static str,
    rows: Result<Vec<Row>, sqlx::Error>,
) -> Result<Vec<StoredEntry>, StoreError> {
    rows.map_err(failed(operation))?
        .into_iter()
        .map(Row::read)
        .collect()
}

#[async_trait::async_trait]
impl AuditStore for AuditLog {
    async fn head(&self) -> Result<Option<LogHead>, StoreError> {
        let wrong = |what| StoreError::Inconsistent {
            table: "audit_head",
            what,
        };
        let head: Option<(i64, Vec<u8>, String)> = sqlx::query_as::<Db, _>(HEAD)
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading the head of the audit log"))?;
        head.map(|(size, root, checkpoint)| {
            Ok(LogHead {
                size: u64::try_from(size).map_err(|_| wrong("a size below zero"))?,
                root: root
                    .as_slice()
                    .try_into()
                    .map_err(|_| wrong("a root of another length"))?,
                checkpoint,
            })
        })
        .transpose()
    }

    async fn append(&self, batch: AuditBatch) -> Result<(), StoreError> {
        if batch.entries.is_empty() || batch.head.size != batch.from_size + batch.entries.len() as u64 {
            return Err(StoreError::Inconsistent {
                table: "audit_head",
                what: "a batch whose head does not count its entries",
            });
        }
        self.append_batch(&batch).await
    }

    async fn entries(&self, from: u64, count: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let Ok(from) = i64::try_from(from) else {
            return Ok(Vec::new());
        };
        let rows = sqlx::query_as::<Db, Row>(RANGE)
            .bind(from)
            .bind(from.saturating_add(i64::from(count)))
            .fetch_all(&self.reader)
            .await;
        list("reading the audit log", rows)
    }

    async fn entries_of_event(&self, event: EventId) -> Result<Vec<StoredEntry>, StoreError> {
        let rows = sqlx::query_as::<Db, Row>(OF_EVENT)
            .bind(event.as_bytes().as_slice())
            .fetch_all(&self.reader)
            .await;
        list("reading an event", rows)
    }

    async fn entries_of_client(&self, client: ClientId) -> Result<Vec<StoredEntry>, StoreError> {
        let rows = sqlx::query_as::<Db, Row>(OF_CLIENT)
            .bind(self.crypto.audit_client(client))
            .fetch_all(&self.reader)
            .await;
        list("reading a client's entries", rows)
    }

    fn client_tag(&self, client: ClientId) -> ClientTag {
        ClientTag(self.crypto.audit_client(client))
    }

    async fn open_intents(&self, limit: u32) -> Result<Vec<StoredEntry>, StoreError> {
        let rows = sqlx::query_as::<Db, Row>(OPEN)
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await;
        list("reading open intents", rows)
    }

    async fn lists(&self, after: Option<[u8; 32]>, count: u32) -> Result<Vec<ListHead>, StoreError> {
        // Nothing stands before the empty label.
        let after = after.map(Vec::from).unwrap_or_default();
        let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as::<Db, _>(LISTS)
            .bind(after)
            .bind(i64::from(count))
            .fetch_all(&self.reader)
            .await
            .map_err(failed("reading client lists"))?;
        rows.into_iter()
            .map(|(label, head)| {
                Some(ListHead {
                    label: label.try_into().ok()?,
                    head: head.try_into().ok()?,
                })
            })
            .collect::<Option<_>>()
            .ok_or(StoreError::Inconsistent {
                table: "audit_lists",
                what: "a label or head of another length",
            })
    }

    async fn tile(&self, level: u8, index: u64) -> Result<Option<TileBytes>, StoreError> {
        let Ok(place) = i64::try_from(index) else {
            return Ok(None);
        };
        let hashes: Option<Vec<u8>> = sqlx::query_scalar(TILE)
            .bind(i64::from(level))
            .bind(place)
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading a tile"))?;
        Ok(hashes.map(|hashes| TileBytes { level, index, hashes }))
    }
}
