//! Requests to 311 lines.

use gateway_store::{Area, ServiceRequestStore, StoreError, StoredServiceRequest};
use gateway_types::vocabulary::Word;
use gateway_types::{AgencyId, ServiceRequest, ServiceRequestNumber, Spot, Timestamp};
use sqlx::Connection as _;

use super::{BEGIN, Db, Durability, Records};
use crate::bodies;
use crate::error::failed;

const KEEP: &str = "INSERT INTO service_requests
    (source, number, kind, state, requested_at, updated_at, latitude, longitude)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (source, number) DO UPDATE SET kind = excluded.kind, state = excluded.state,
        requested_at = excluded.requested_at, updated_at = excluded.updated_at,
        latitude = excluded.latitude, longitude = excluded.longitude
    WHERE excluded.updated_at >= service_requests.updated_at
        AND (excluded.kind <> service_requests.kind OR excluded.state <> service_requests.state
            OR excluded.requested_at <> service_requests.requested_at
            OR excluded.updated_at <> service_requests.updated_at
            OR excluded.latitude <> service_requests.latitude
            OR excluded.longitude <> service_requests.longitude)";
const FIND: &str = "SELECT source, number, kind, state, requested_at, updated_at, latitude, longitude
    FROM service_requests
    WHERE latitude >= $1 AND latitude <= $2 AND longitude >= $3 AND longitude <= $4 AND requested_at >= $5
    ORDER BY requested_at DESC, source, number LIMIT $6";
const FORGET: &str = "DELETE FROM service_requests WHERE requested_at < $1";
const TABLE: &str = "service_requests";

#[derive(sqlx::FromRow)]
struct Row {
    source: String,
    number: String,
    kind: String,
    state: String,
    requested_at: i64,
    updated_at: i64,
    latitude: i64,
    longitude: i64,
}

impl Row {
    fn read(&self) -> Result<StoredServiceRequest, StoreError> {
        let none = |what| StoreError::Inconsistent { table: TABLE, what };
        let spot = i32::try_from(self.latitude)
            .ok()
            .zip(i32::try_from(self.longitude).ok())
            .and_then(|(latitude, longitude)| Spot::new(latitude, longitude));
        Ok(StoredServiceRequest {
            source: bodies::slug(TABLE, &self.source)?,
            request: ServiceRequest {
                number: ServiceRequestNumber::new(&self.number).ok_or(none("a number that is none"))?,
                kind: Word::from_code(&self.kind).map_err(|_| none("a kind that is none"))?,
                state: Word::from_code(&self.state).map_err(|_| none("a state that is none"))?,
                requested_at: Timestamp::from_micros(self.requested_at),
                updated_at: Timestamp::from_micros(self.updated_at),
                spot: spot.ok_or(none("a place that is none"))?,
            },
        })
    }
}

#[async_trait::async_trait]
impl ServiceRequestStore for Records {
    async fn keep_service_requests(
        &self,
        source: &AgencyId,
        requests: &[ServiceRequest],
    ) -> Result<u64, StoreError> {
        const WHAT: &str = "keeping service requests";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let mut changed = 0;
        for request in requests {
            let written = sqlx::query(KEEP)
                .bind(source.as_str())
                .bind(request.number.as_str())
                .bind(request.kind.code())
                .bind(request.state.code())
                .bind(request.requested_at.as_micros())
                .bind(request.updated_at.as_micros())
                .bind(i64::from(request.spot.latitude()))
                .bind(i64::from(request.spot.longitude()))
                .execute(&mut *transaction)
                .await
                .map_err(failed(WHAT))?;
            changed += written.rows_affected();
        }
        transaction.commit().await.map_err(failed(WHAT))?;
        Ok(changed)
    }

    async fn service_requests(
        &self,
        area: Area,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredServiceRequest>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as::<Db, _>(FIND)
            .bind(i64::from(area.south_west.latitude()))
            .bind(i64::from(area.north_east.latitude()))
            .bind(i64::from(area.south_west.longitude()))
            .bind(i64::from(area.north_east.longitude()))
            .bind(since.as_micros())
            .bind(i64::from(limit))
            .fetch_all(&self.reader)
            .await
            .map_err(failed("finding service requests"))?;
        rows.iter().map(Row::read).collect()
    }

    async fn forget_service_requests(&self, before: Timestamp) -> Result<u64, StoreError> {
        const WHAT: &str = "forgetting service requests";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let gone = sqlx::query(FORGET)
            .bind(before.as_micros())
            .execute(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        Ok(gone.rows_affected())
    }
}
