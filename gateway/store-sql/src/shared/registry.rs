//! The registry of agencies.

use gateway_store::{RegistryStore, RegistryVersion, StoreError};
use gateway_types::registry::Agency;
use gateway_types::{AgencyId, StaffId, Timestamp};
use sqlx::Connection as _;

use super::{BEGIN, Db, Durability, Records};
use crate::bodies;
use crate::error::{conflicting, failed};

const NEWEST: &str = "SELECT version, entered_at, entered_by, body FROM agency_versions
    WHERE agency = $1 ORDER BY version DESC LIMIT 1";
const EVERY_NEWEST: &str = "SELECT version, entered_at, entered_by, body FROM agency_versions a
    WHERE version = (SELECT MAX(version) FROM agency_versions b WHERE b.agency = a.agency) ORDER BY agency";
const HISTORY: &str = "SELECT version, entered_at, entered_by, body FROM agency_versions
    WHERE agency = $1 ORDER BY version";
const ENTER: &str = "INSERT INTO agency_versions (agency, version, entered_at, entered_by, body)
    VALUES ($1, $2, $3, $4, $5)";
const TABLE: &str = "agency_versions";

#[derive(sqlx::FromRow)]
struct Row {
    version: i64,
    entered_at: i64,
    entered_by: String,
    body: String,
}

impl Row {
    fn read(self) -> Result<RegistryVersion, StoreError> {
        Ok(RegistryVersion {
            version: bodies::version(TABLE, self.version)?,
            entered_at: Timestamp::from_micros(self.entered_at),
            entered_by: bodies::read(TABLE, self.entered_by.as_bytes())?,
            agency: bodies::read(TABLE, self.body.as_bytes())?,
        })
    }
}

#[async_trait::async_trait]
impl RegistryStore for Records {
    async fn enter_agency(
        &self,
        agency: &Agency,
        entered_at: Timestamp,
        entered_by: &[StaffId],
    ) -> Result<RegistryVersion, StoreError> {
        const WHAT: &str = "entering an agency";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let newest = sqlx::query_as::<Db, Row>(NEWEST)
            .bind(agency.id.as_str())
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed(WHAT))?
            .map(Row::read)
            .transpose()?;
        let version = match newest {
            Some(newest) if newest.agency == *agency => return Ok(newest),
            Some(newest) => newest.version.saturating_add(1),
            None => 1,
        };
        sqlx::query(ENTER)
            .bind(agency.id.as_str())
            .bind(i64::from(version))
            .bind(entered_at.as_micros())
            .bind(bodies::write(TABLE, &entered_by)?)
            .bind(bodies::write(TABLE, agency)?)
            .execute(&mut *transaction)
            .await
            .map_err(conflicting(WHAT, "the agency's registration"))?;
        transaction.commit().await.map_err(failed(WHAT))?;
        Ok(RegistryVersion {
            version,
            entered_at,
            entered_by: entered_by.to_vec(),
            agency: agency.clone(),
        })
    }

    async fn agencies(&self) -> Result<Vec<RegistryVersion>, StoreError> {
        let rows = sqlx::query_as::<Db, Row>(EVERY_NEWEST)
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing agencies"))?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn agency_history(&self, agency: &AgencyId) -> Result<Vec<RegistryVersion>, StoreError> {
        let rows = sqlx::query_as::<Db, Row>(HISTORY)
            .bind(agency.as_str())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing an agency's versions"))?;
        rows.into_iter().map(Row::read).collect()
    }
}
