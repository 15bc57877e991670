//! Requests for accountings.

use gateway_store::{AccountingRequest, AccountingRequestStore, StoreError};
use gateway_types::{AgencyId, ClientId, Date, EventId, Pii, SourceClientKey, StaffId};
use serde::{Deserialize, Serialize};

use super::{Db, Durability, Records};
use crate::bodies;
use crate::crypto::Sealed;
use crate::error::{conflicting, failed};

const RECORD: &str =
    "INSERT INTO accounting_requests (id, version, agency, asked, received, due, given, sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const CHANGE: &str = "UPDATE accounting_requests SET version = $2, due = $6, given = $7, sealed = $8
    WHERE id = $1 AND version = $2 - 1 AND agency = $3 AND asked = $4 AND received = $5";
const ONE: &str = "SELECT id, version, agency, sealed FROM accounting_requests WHERE id = $1";
const OWED: &str = "SELECT id, version, agency, sealed FROM accounting_requests
    WHERE agency = $1 AND given IS NULL
    AND (due, id) > (SELECT due, id FROM accounting_requests WHERE id = $2 AND agency = $1)
    ORDER BY due, id LIMIT $3";
const OWED_FIRST: &str = "SELECT id, version, agency, sealed FROM accounting_requests
    WHERE agency = $1 AND given IS NULL ORDER BY due, id LIMIT $2";
const ASKED_SINCE: &str = "SELECT COUNT(*) FROM accounting_requests WHERE asked = $1 AND received >= $2";
const TABLE: &str = "accounting_requests";

#[derive(sqlx::FromRow)]
struct Row {
    id: Vec<u8>,
    version: i64,
    agency: String,
    sealed: Vec<u8>,
}

/// What is sealed of a request.
#[derive(Serialize, Deserialize)]
struct Body {
    client: ClientId,
    own_key: SourceClientKey,
    view: String,
    received: Date,
    due: Date,
    put_off: Option<Pii<String>>,
    given: Option<Date>,
    free: bool,
    by: StaffId,
}

impl Records {
    fn read_accounting_request(&self, row: &Row) -> Result<AccountingRequest, StoreError> {
        const FORM: StoreError = StoreError::Inconsistent {
            table: TABLE,
            what: "a row that is no request",
        };
        let id = <[u8; 16]>::try_from(row.id.as_slice()).map_err(|_| FORM)?;
        let (id, agency) = (
            EventId::from_bytes(id),
            AgencyId::new(row.agency.as_str()).map_err(|_| FORM)?,
        );
        let place = Sealed::AccountingRequest {
            id,
            version: row.version,
            agency: &agency,
        };
        let body: Body = bodies::read(TABLE, &self.crypto.open(place, &row.sealed)?)?;
        Ok(AccountingRequest {
            id,
            version: u32::try_from(row.version).map_err(|_| FORM)?,
            agency,
            client: body.client,
            own_key: body.own_key,
            view: body.view,
            received: body.received,
            due: body.due,
            put_off: body.put_off,
            given: body.given,
            free: body.free,
            by: body.by,
        })
    }
}

#[async_trait::async_trait]
impl AccountingRequestStore for Records {
    async fn record_accounting_request(&self, request: &AccountingRequest) -> Result<(), StoreError> {
        const WHAT: &str = "recording a request for an accounting";
        let version = i64::from(request.version);
        let body = Body {
            client: request.client,
            own_key: request.own_key.clone(),
            view: request.view.clone(),
            received: request.received,
            due: request.due,
            put_off: request.put_off.clone(),
            given: request.given,
            free: request.free,
            by: request.by.clone(),
        };
        let place = Sealed::AccountingRequest {
            id: request.id,
            version,
            agency: &request.agency,
        };
        let body = bodies::write(TABLE, &body)?;
        let sealed = self.crypto.seal(place, body.as_bytes())?;
        let asked = self
            .crypto
            .accounting(&request.agency, request.client, &request.view);
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let written = sqlx::query(if version == 1 { RECORD } else { CHANGE })
            .bind(request.id.as_bytes().as_slice())
            .bind(version)
            .bind(request.agency.as_str())
            .bind(asked)
            .bind(request.received.start_utc().as_micros())
            .bind(request.due.start_utc().as_micros())
            .bind(request.given.map(|day| day.start_utc().as_micros()))
            .bind(sealed)
            .execute(&mut *connection)
            .await
            .map_err(conflicting(WHAT, "the request"))?;
        if written.rows_affected() == 0 {
            return Err(StoreError::Conflict { what: "the request" });
        }
        Ok(())
    }

    async fn accounting_request(&self, id: EventId) -> Result<Option<AccountingRequest>, StoreError> {
        sqlx::query_as::<Db, Row>(ONE)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading a request for an accounting"))?
            .map(|row| self.read_accounting_request(&row))
            .transpose()
    }

    async fn owed_accountings(
        &self,
        agency: &AgencyId,
        after: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<AccountingRequest>, StoreError> {
        let query = match &after {
            None => sqlx::query_as::<Db, Row>(OWED_FIRST).bind(agency.as_str()),
            Some(after) => sqlx::query_as::<Db, Row>(OWED)
                .bind(agency.as_str())
                .bind(after.as_bytes().as_slice()),
        };
        let rows = query
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing requests for accountings"))?;
        rows.iter().map(|row| self.read_accounting_request(row)).collect()
    }

    async fn accountings_asked_since(
        &self,
        agency: &AgencyId,
        client: ClientId,
        view: &str,
        since: Date,
    ) -> Result<u64, StoreError> {
        let count: i64 = sqlx::query_scalar(ASKED_SINCE)
            .bind(self.crypto.accounting(agency, client, view))
            .bind(since.start_utc().as_micros())
            .fetch_one(&self.reader)
            .await
            .map_err(failed("counting requests for accountings"))?;
        Ok(count.unsigned_abs())
    }
}
