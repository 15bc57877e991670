//! Restrictions that clients asked for.

use consent::restriction::Restriction;
use gateway_store::{OwedEntry, RestrictionStore, StoreError};
use gateway_types::{ClientId, RestrictionId, Timestamp};
use sqlx::Connection as _;

use super::clients::client_bytes;
use super::{BEGIN, Db, Durability, Records};
use crate::bodies;
use crate::crypto::Sealed;
use crate::error::{conflicting, failed};

const NEWEST: &str = "SELECT id, version, client, sealed FROM restrictions
    WHERE id = $1 ORDER BY version DESC LIMIT 1";
const NEWEST_OF_CLIENT: &str = "SELECT id, version, client, sealed FROM restrictions r
    WHERE client = $1 AND version = (SELECT MAX(version) FROM restrictions s WHERE s.id = r.id) ORDER BY id";
const RECORD: &str =
    "INSERT INTO restrictions (id, version, client, recorded_at, sealed) VALUES ($1, $2, $3, $4, $5)";
const KNOWN: &str = "SELECT COUNT(*) FROM clients c JOIN ingests i ON i.no = c.ingest
    WHERE c.id = $1 AND i.state = 'published'";
const TABLE: &str = "restrictions";
const CHANGED: StoreError = StoreError::Conflict {
    what: "the restriction",
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Vec<u8>,
    version: i64,
    client: Vec<u8>,
    sealed: Vec<u8>,
}

impl Records {
    fn read_restriction(&self, row: &Row) -> Result<Restriction, StoreError> {
        let place = Sealed::Restriction {
            id: RestrictionId::from_uuid(bodies::uuid(TABLE, &row.id)?),
            version: row.version,
            client: &row.client,
        };
        bodies::read(TABLE, &self.crypto.open(place, &row.sealed)?)
    }
}

#[async_trait::async_trait]
impl RestrictionStore for Records {
    async fn record_restriction_owing(
        &self,
        restriction: &Restriction,
        owed: Option<&OwedEntry>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "recording a restriction";
        let (id, client) = (restriction.id(), restriction.client());
        let version = i64::from(restriction.version().number());
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let newest = sqlx::query_as::<Db, Row>(NEWEST)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        match newest {
            Some(newest) if newest.client != client.as_bytes() || newest.version + 1 != version => {
                return Err(CHANGED);
            }
            None if version != 1 => return Err(CHANGED),
            Some(_) => {}
            None => {
                let known: i64 = sqlx::query_scalar(KNOWN)
                    .bind(client.as_bytes().as_slice())
                    .fetch_one(&mut *transaction)
                    .await
                    .map_err(failed(WHAT))?;
                if known == 0 {
                    return Err(StoreError::Missing { what: "client" });
                }
            }
        }
        let client = client.as_bytes().as_slice();
        let body = bodies::write(TABLE, restriction)?;
        let place = Sealed::Restriction { id, version, client };
        let sealed = self.crypto.seal(place, body.as_bytes())?;
        sqlx::query(RECORD)
            .bind(id.as_bytes().as_slice())
            .bind(version)
            .bind(client)
            .bind(now.as_micros())
            .bind(sealed)
            .execute(&mut *transaction)
            .await
            .map_err(conflicting(WHAT, "the restriction"))?;
        if let Some(owed) = owed {
            self.owe(&mut transaction, owed, WHAT).await?;
        }
        transaction.commit().await.map_err(failed(WHAT))
    }

    async fn restriction(&self, id: RestrictionId) -> Result<Option<Restriction>, StoreError> {
        sqlx::query_as::<Db, Row>(NEWEST)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading a restriction"))?
            .map(|row| self.read_restriction(&row))
            .transpose()
    }

    async fn restrictions(&self, client: Option<ClientId>) -> Result<Vec<Restriction>, StoreError> {
        let rows = sqlx::query_as::<Db, Row>(NEWEST_OF_CLIENT)
            .bind(client_bytes(client).as_slice())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing restrictions"))?;
        rows.iter().map(|row| self.read_restriction(row)).collect()
    }
}
