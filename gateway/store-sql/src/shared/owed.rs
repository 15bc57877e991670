//! Entries that are still to be made in the audit log, about versions that are on file already.

use gateway_store::{OwedEntry, OwedStore, StoreError};
use gateway_types::{ClientId, EventId, Timestamp};

use super::{Connection, Db, Durability, Records};
use crate::bodies;
use crate::crypto::Sealed;
use crate::error::failed;

const OWE: &str = "INSERT INTO owed_entries (event, client, owed_at, sealed) VALUES ($1, $2, $3, $4)";
const OWED: &str = "SELECT event, client, owed_at, sealed FROM owed_entries ORDER BY owed_at, event LIMIT $1";
const SETTLE: &str = "DELETE FROM owed_entries WHERE event = $1";
const TABLE: &str = "owed_entries";

#[derive(sqlx::FromRow)]
struct Row {
    event: Vec<u8>,
    client: Vec<u8>,
    owed_at: i64,
    sealed: Vec<u8>,
}

impl Records {
    /// Notes an entry within the transaction that makes it owed.
    pub(super) async fn owe(
        &self,
        connection: &mut Connection,
        owed: &OwedEntry,
        what: &'static str,
    ) -> Result<(), StoreError> {
        let client = owed.client.as_bytes().as_slice();
        let place = Sealed::OwedEntry {
            event: owed.event,
            client,
        };
        let sealed = self.crypto.seal(place, owed.body.reveal())?;
        sqlx::query(OWE)
            .bind(owed.event.as_bytes().as_slice())
            .bind(client)
            .bind(owed.since.as_micros())
            .bind(sealed)
            .execute(connection)
            .await
            .map_err(failed(what))?;
        Ok(())
    }
}

#[async_trait::async_trait]
impl OwedStore for Records {
    async fn owed_entries(&self, limit: u32) -> Result<Vec<OwedEntry>, StoreError> {
        let rows = sqlx::query_as::<Db, Row>(OWED)
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing the entries owed"))?;
        rows.into_iter()
            .map(|row| {
                let event = EventId::from_bytes(bodies::uuid(TABLE, &row.event)?.into_bytes());
                let place = Sealed::OwedEntry {
                    event,
                    client: &row.client,
                };
                Ok(OwedEntry {
                    event,
                    client: ClientId::from_uuid(bodies::uuid(TABLE, &row.client)?),
                    since: Timestamp::from_micros(row.owed_at),
                    body: self.crypto.open(place, &row.sealed)?.to_vec().into(),
                })
            })
            .collect()
    }

    async fn settle_owed_entry(&self, event: EventId) -> Result<(), StoreError> {
        const WHAT: &str = "settling an entry owed";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        sqlx::query(SETTLE)
            .bind(event.as_bytes().as_slice())
            .execute(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }
}
