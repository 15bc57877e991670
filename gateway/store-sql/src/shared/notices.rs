//! Notices that consents ended.

use gateway_store::{ChangedConsent, NoticeStore, StoreError, StoredNotice};
use gateway_types::{AgencyId, ClientId, ConsentId, EventId, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::Connection as _;

use super::{BEGIN, Connection, Db, Durability, Records};
use crate::bodies;
use crate::crypto::Sealed;
use crate::error::failed;

const NOTE_CHANGE: &str = "INSERT INTO changed_consents (consent, version, due_at) VALUES ($1, $2, $3)
    ON CONFLICT (consent) DO UPDATE SET version = excluded.version, due_at = excluded.due_at";
const CHANGED: &str = "SELECT consent, version FROM changed_consents WHERE due_at <= $1
    ORDER BY due_at, consent LIMIT $2";
const LOOKED_AT: &str = "DELETE FROM changed_consents WHERE consent = $1 AND version = $2";
const AGAIN: &str = "UPDATE changed_consents SET due_at = $3 WHERE consent = $1 AND version = $2";
const RECORD: &str = "INSERT INTO notices (id, recipient, consent, issued_at, sealed)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING";
const ONE: &str = "SELECT id, recipient, issued_at, acknowledged_at, sealed FROM notices WHERE id = $1";
const OPEN: &str = "SELECT id, recipient, issued_at, acknowledged_at, sealed FROM notices
    WHERE recipient = $1 AND acknowledged_at IS NULL
    AND (issued_at, id) > (COALESCE((SELECT issued_at FROM notices WHERE id = $2 AND recipient = $1), -1), $2)
    ORDER BY issued_at, id LIMIT $3";
const OF_CONSENT: &str = "SELECT id, recipient, issued_at, acknowledged_at, sealed FROM notices
    WHERE consent = $1 ORDER BY issued_at, id";
const ACKNOWLEDGE: &str = "UPDATE notices SET acknowledged_at = $2 WHERE id = $1 AND acknowledged_at IS NULL";
const TABLE: &str = "notices";

#[derive(sqlx::FromRow)]
struct Row {
    id: Vec<u8>,
    recipient: String,
    issued_at: i64,
    acknowledged_at: Option<i64>,
    sealed: Vec<u8>,
}

/// What is sealed: with it in the clear, whoever reads the file could tell whose an entry of the log is.
#[derive(Serialize, Deserialize)]
struct Body {
    client: ClientId,
    consent: ConsentId,
    sources: Vec<AgencyId>,
    note: String,
}

impl Records {
    fn read_notice(&self, row: &Row) -> Result<StoredNotice, StoreError> {
        let recipient: AgencyId = bodies::slug(TABLE, &row.recipient)?;
        let id = EventId::from_bytes(*bodies::uuid(TABLE, &row.id)?.as_bytes());
        let place = Sealed::Notice {
            id,
            recipient: &recipient,
        };
        let body: Body = bodies::read(TABLE, &self.crypto.open(place, &row.sealed)?)?;
        Ok(StoredNotice {
            id,
            client: body.client,
            consent: body.consent,
            sources: body.sources,
            note: body.note,
            issued_at: Timestamp::from_micros(row.issued_at),
            acknowledged_at: row.acknowledged_at.map(Timestamp::from_micros),
            recipient,
        })
    }

    /// Notes within the transaction of a step that it was taken.
    pub(super) async fn note_changed_consent(
        connection: &mut Connection,
        consent: ConsentId,
        version: i64,
        now: Timestamp,
        what: &'static str,
    ) -> Result<(), StoreError> {
        sqlx::query(NOTE_CHANGE)
            .bind(consent.as_bytes().as_slice())
            .bind(version)
            .bind(now.as_micros())
            .execute(connection)
            .await
            .map_err(failed(what))?;
        Ok(())
    }
}

#[async_trait::async_trait]
impl NoticeStore for Records {
    async fn changed_consents(&self, now: Timestamp, limit: u32) -> Result<Vec<ChangedConsent>, StoreError> {
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as::<Db, _>(CHANGED)
            .bind(now.as_micros())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing consents that took a step"))?;
        let read = |(consent, version): (Vec<u8>, i64)| {
            Ok(ChangedConsent {
                consent: ConsentId::from_uuid(bodies::uuid("changed_consents", &consent)?),
                version: bodies::version("changed_consents", version)?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    async fn record_notices(
        &self,
        of: ChangedConsent,
        notices: &[StoredNotice],
        again: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "recording notices that a consent ended";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        for notice in notices {
            let body = Body {
                client: notice.client,
                consent: notice.consent,
                sources: notice.sources.clone(),
                note: notice.note.clone(),
            };
            let (id, recipient) = (notice.id, &notice.recipient);
            let place = Sealed::Notice { id, recipient };
            let sealed = self.crypto.seal(place, bodies::write(TABLE, &body)?.as_bytes())?;
            sqlx::query(RECORD)
                .bind(id.as_bytes().as_slice())
                .bind(recipient.as_str())
                .bind(self.crypto.consent_of_notice(notice.consent))
                .bind(notice.issued_at.as_micros())
                .bind(sealed)
                .execute(&mut *transaction)
                .await
                .map_err(failed(WHAT))?;
        }
        let (consent, version) = (of.consent.as_bytes().as_slice(), i64::from(of.version));
        match again {
            None => sqlx::query(LOOKED_AT).bind(consent).bind(version),
            Some(again) => sqlx::query(AGAIN)
                .bind(consent)
                .bind(version)
                .bind(again.as_micros()),
        }
        .execute(&mut *transaction)
        .await
        .map_err(failed(WHAT))?;
        transaction.commit().await.map_err(failed(WHAT))
    }

    async fn notice(&self, id: EventId) -> Result<Option<StoredNotice>, StoreError> {
        sqlx::query_as::<Db, Row>(ONE)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading a notice"))?
            .map(|row| self.read_notice(&row))
            .transpose()
    }

    async fn open_notices(
        &self,
        recipient: &AgencyId,
        after: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<StoredNotice>, StoreError> {
        let after = after.unwrap_or(EventId::from_bytes([0; 16]));
        let rows = sqlx::query_as::<Db, Row>(OPEN)
            .bind(recipient.as_str())
            .bind(after.as_bytes().as_slice())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing notices"))?;
        rows.iter().map(|row| self.read_notice(row)).collect()
    }

    async fn notices_of_consent(&self, consent: ConsentId) -> Result<Vec<StoredNotice>, StoreError> {
        let rows = sqlx::query_as::<Db, Row>(OF_CONSENT)
            .bind(self.crypto.consent_of_notice(consent))
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing the notices about a consent"))?;
        rows.iter().map(|row| self.read_notice(row)).collect()
    }

    async fn acknowledge_notice(&self, id: EventId, now: Timestamp) -> Result<(), StoreError> {
        const WHAT: &str = "acknowledging a notice";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        sqlx::query(ACKNOWLEDGE)
            .bind(id.as_bytes().as_slice())
            .bind(now.as_micros())
            .execute(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }
}
