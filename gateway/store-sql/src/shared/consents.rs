//! Consents on file.

use consent::Consent;
use gateway_store::{ConsentStore, StoreError, StoredConsent};
use gateway_types::{ClientId, ConsentId, Timestamp};
use sqlx::Connection as _;

use super::clients::client_bytes;
use super::{BEGIN, Db, Durability, Records};
use crate::bodies;
use crate::crypto::Sealed;
use crate::error::{conflicting, failed};

const NEWEST: &str = "SELECT id, version, client, recorded_at, sealed FROM consents
    WHERE id = $1 ORDER BY version DESC LIMIT 1";
const NEWEST_OF_CLIENT: &str = "SELECT id, version, client, recorded_at, sealed FROM consents c
    WHERE client = $1 AND version = (SELECT MAX(version) FROM consents d WHERE d.id = c.id) ORDER BY id";
const RECORD: &str =
    "INSERT INTO consents (id, version, client, recorded_at, sealed) VALUES ($1, $2, $3, $4, $5)";
const KNOWN: &str = "SELECT COUNT(*) FROM clients c JOIN ingests i ON i.no = c.ingest
    WHERE c.id = $1 AND i.state = 'published'";
const TABLE: &str = "consents";

#[derive(sqlx::FromRow)]
struct Row {
    id: Vec<u8>,
    version: i64,
    client: Vec<u8>,
    recorded_at: i64,
    sealed: Vec<u8>,
}

impl Records {
    fn read_consent(&self, row: &Row) -> Result<StoredConsent, StoreError> {
        let id = ConsentId::from_uuid(bodies::uuid(TABLE, &row.id)?);
        let place = Sealed::Consent {
            id,
            version: row.version,
            client: &row.client,
        };
        Ok(StoredConsent {
            version: bodies::version(TABLE, row.version)?,
            recorded_at: Timestamp::from_micros(row.recorded_at),
            consent: bodies::read(TABLE, &self.crypto.open(place, &row.sealed)?)?,
        })
    }
}

#[async_trait::async_trait]
impl ConsentStore for Records {
    async fn record_consent(
        &self,
        consent: &Consent,
        version: u32,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "recording a consent";
        const CHANGED: StoreError = StoreError::Conflict { what: "the consent" };
        let (id, client) = (consent.id(), consent.client());
        let client = client.as_bytes().as_slice();
        let body = bodies::write(TABLE, consent)?;
        let place = Sealed::Consent {
            id,
            version: i64::from(version),
            client,
        };
        let sealed = self.crypto.seal(place, body.as_bytes())?;

        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let newest = sqlx::query_as::<Db, Row>(NEWEST)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        match newest {
            Some(newest) if newest.client != client || newest.version + 1 != i64::from(version) => {
                return Err(CHANGED);
            }
            None if version != 1 => return Err(CHANGED),
            Some(_) => {}
            None => {
                let known: i64 = sqlx::query_scalar(KNOWN)
                    .bind(client)
                    .fetch_one(&mut *transaction)
                    .await
                    .map_err(failed(WHAT))?;
                if known == 0 {
                    return Err(StoreError::Missing { what: "client" });
                }
            }
        }
        sqlx::query(RECORD)
            .bind(id.as_bytes().as_slice())
            .bind(i64::from(version))
            .bind(client)
            .bind(now.as_micros())
            .bind(sealed)
            .execute(&mut *transaction)
            .await
            .map_err(conflicting(WHAT, "the consent"))?;
        transaction.commit().await.map_err(failed(WHAT))
    }

    async fn consent(&self, id: ConsentId) -> Result<Option<StoredConsent>, StoreError> {
        sqlx::query_as::<Db, Row>(NEWEST)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading a consent"))?
            .map(|row| self.read_consent(&row))
            .transpose()
    }

    async fn consents(&self, client: Option<ClientId>) -> Result<Vec<StoredConsent>, StoreError> {
        let rows = sqlx::query_as::<Db, Row>(NEWEST_OF_CLIENT)
            .bind(client_bytes(client).as_slice())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing consents"))?;
        rows.iter().map(|row| self.read_consent(row)).collect()
    }
}
