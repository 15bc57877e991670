//! Requests for consents.

use consent::ConsentRequest;
use gateway_store::{AskedSoFar, RequestAnswer, RequestStore, StoreError};
use gateway_types::{AgencyId, ConsentRequestId, StaffId, Timestamp};

use super::{Db, Durability, Records};
use crate::bodies;
use crate::crypto::Sealed;
use crate::error::{conflicting, failed};

const RECORD: &str = "INSERT INTO consent_requests (id, agency, staff, asked_at, closes_at, sealed)
    VALUES ($1, $2, $3, $4, $5, $6)";
const OF_AGENCY: &str = "SELECT COUNT(*) FROM consent_requests WHERE agency = $1 AND asked_at >= $2";
const OF_PERSON: &str =
    "SELECT COUNT(*) FROM consent_requests WHERE agency = $1 AND asked_at >= $2 AND staff = $3";
const ONE: &str = "SELECT id, sealed FROM consent_requests WHERE id = $1";
const OPEN: &str = "SELECT r.id, r.sealed, a.answer FROM consent_requests r
    LEFT JOIN request_answers a ON a.request = r.id AND a.agency = $1
    WHERE r.closes_at > $2 ORDER BY r.closes_at, r.id";
const SEEN: &str = "INSERT INTO request_answers (request, agency, answer, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (request, agency) DO NOTHING";
const ANSWER: &str = "INSERT INTO request_answers (request, agency, answer, at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (request, agency) DO UPDATE SET answer = excluded.answer, at = excluded.at
    WHERE request_answers.answer = 'seen'";
const TABLE: &str = "consent_requests";

impl Records {
    fn read_request(&self, id: &[u8], sealed: &[u8]) -> Result<ConsentRequest, StoreError> {
        let id = ConsentRequestId::from_uuid(bodies::uuid(TABLE, id)?);
        bodies::read(TABLE, &self.crypto.open(Sealed::Request { id }, sealed)?)
    }
}

#[async_trait::async_trait]
impl RequestStore for Records {
    async fn record_request(&self, request: &ConsentRequest) -> Result<(), StoreError> {
        const WHAT: &str = "recording a request for a consent";
        let body = bodies::write(TABLE, request)?;
        let id = request.id;
        let sealed = self.crypto.seal(Sealed::Request { id }, body.as_bytes())?;
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        sqlx::query(RECORD)
            .bind(id.as_bytes().as_slice())
            .bind(request.by.agency.as_str())
            .bind(request.by.staff.as_str())
            .bind(request.asked_at.as_micros())
            .bind(request.closes_at().as_micros())
            .bind(sealed)
            .execute(&mut *connection)
            .await
            .map_err(conflicting(WHAT, "the request"))?;
        Ok(())
    }

    async fn asked_since(
        &self,
        agency: &AgencyId,
        person: &StaffId,
        since: Timestamp,
    ) -> Result<AskedSoFar, StoreError> {
        const WHAT: &str = "counting requests for consents";
        let of_agency: i64 = sqlx::query_scalar(OF_AGENCY)
            .bind(agency.as_str())
            .bind(since.as_micros())
            .fetch_one(&self.reader)
            .await
            .map_err(failed(WHAT))?;
        let of_person: i64 = sqlx::query_scalar(OF_PERSON)
            .bind(agency.as_str())
            .bind(since.as_micros())
            .bind(person.as_str())
            .fetch_one(&self.reader)
            .await
            .map_err(failed(WHAT))?;
        Ok(AskedSoFar {
            person: of_person.unsigned_abs(),
            agency: of_agency.unsigned_abs(),
        })
    }

    async fn request(&self, id: ConsentRequestId) -> Result<Option<ConsentRequest>, StoreError> {
        let row: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as::<Db, _>(ONE)
            .bind(id.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading a request for a consent"))?;
        row.map(|(id, sealed)| self.read_request(&id, &sealed))
            .transpose()
    }

    async fn open_requests(
        &self,
        agency: &AgencyId,
        now: Timestamp,
    ) -> Result<Vec<(ConsentRequest, Option<RequestAnswer>)>, StoreError> {
        let rows: Vec<(Vec<u8>, Vec<u8>, Option<String>)> = sqlx::query_as::<Db, _>(OPEN)
            .bind(agency.as_str())
            .bind(now.as_micros())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing requests for consents"))?;
        let read = |(id, sealed, answer): (Vec<u8>, Vec<u8>, Option<String>)| {
            let answer = answer.map(|code| {
                RequestAnswer::from_code(&code).ok_or(StoreError::Inconsistent {
                    table: "request_answers",
                    what: "an answer that is none",
                })
            });
            Ok((self.read_request(&id, &sealed)?, answer.transpose()?))
        };
        rows.into_iter().map(read).collect()
    }

    async fn answer_request(
        &self,
        id: ConsentRequestId,
        agency: &AgencyId,
        answer: RequestAnswer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "answering a request for a consent";
        if self.request(id).await?.is_none() {
            return Err(StoreError::Missing { what: "request" });
        }
        let seen = answer == RequestAnswer::Seen;
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let written = sqlx::query(if seen { SEEN } else { ANSWER })
            .bind(id.as_bytes().as_slice())
            .bind(agency.as_str())
            .bind(answer.code())
            .bind(now.as_micros())
            .execute(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        if written.rows_affected() == 0 && !seen {
            return Err(StoreError::Conflict { what: "the request" });
        }
        Ok(())
    }
}
