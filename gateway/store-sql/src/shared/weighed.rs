//! What pushes took away and when they were exported: what a push is weighed against before it is published.

use std::collections::BTreeMap;

use gateway_crypto::Digest;
use gateway_store::{ExportMark, Holdings, StoreError};
use gateway_types::{AgencyId, ClientId, IngestId, Timestamp};
use sqlx::Connection as _;

use super::{BEGIN, Db, Durability, Records};
use crate::bodies;
use crate::error::failed;

const NOTE_GONE: &str = "UPDATE ingests SET gone_clients = $2, gone_statements = $3, gone_meant = $4
    WHERE id = $1 AND state = 'running'";
const GONE_SINCE: &str = "SELECT CAST(COALESCE(SUM(gone_clients), 0) AS BIGINT),
        CAST(COALESCE(SUM(gone_statements), 0) AS BIGINT)
    FROM ingests WHERE source = $1 AND ended_at >= $2 AND (gone_clients > 0 OR gone_statements > 0)
        AND state = 'published' AND gone_meant = 0 AND no > COALESCE((SELECT MAX(no) FROM ingests
            WHERE source = $1 AND gone_meant > 0 AND state = 'published'), 0)";
const NOTE_EXPORT: &str = "INSERT INTO exports (source, system, project, ingest, exported_at)
    VALUES ($1, $2, $3, $4, $5)";
/// What a newer one has taken the place of says nothing any more.
const FORGET_EXPORTS: &str =
    "DELETE FROM exports WHERE source = $1 AND system = $2 AND project = $3 AND ingest <
    (SELECT MAX(n.ingest) FROM exports n JOIN ingests i ON i.no = n.ingest
        WHERE n.source = $1 AND n.system = $2 AND n.project = $3 AND i.state = 'published')";
const EXPORTS: &str = "SELECT e.project, e.exported_at FROM exports e
    WHERE e.source = $1 AND e.system = $2 AND e.ingest = (SELECT MAX(n.ingest) FROM exports n
        JOIN ingests i ON i.no = n.ingest
        WHERE n.source = $1 AND n.system = $2 AND n.project = e.project AND i.state = 'published')";
const NAMED_BY: &str = "SELECT DISTINCT d.client FROM identities d WHERE d.sealed IS NOT NULL AND d.no IN
    (SELECT MAX(m.no) FROM identities m JOIN ingests i ON i.no = m.ingest
        WHERE i.source = $1 AND i.state = 'published' GROUP BY m.source_key)";
const SWEPT: &str = "SELECT registration FROM victim_sweeps WHERE source = $1";
const NOTE_SWEPT: &str = "INSERT INTO victim_sweeps (source, registration) VALUES ($1, $2)
    ON CONFLICT (source) DO UPDATE SET registration = excluded.registration";

const NOT_RUNNING: StoreError = StoreError::Missing { what: "running push" };

impl Records {
    pub(super) async fn write_gone(
        &self,
        ingest: IngestId,
        gone: Holdings,
        meant: bool,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "noting what a push takes away";
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        // Publishing it confirms this too.
        let mut connection = self.writing(Durability::Staged, WHAT).await?;
        let noted = sqlx::query(NOTE_GONE)
            .bind(ingest.as_bytes().as_slice())
            .bind(number(gone.clients))
            .bind(number(gone.statements))
            .bind(i64::from(meant))
            .execute(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        match noted.rows_affected() {
            1 => Ok(()),
            _ => Err(NOT_RUNNING),
        }
    }

    pub(super) async fn read_gone(
        &self,
        source: &AgencyId,
        since: Timestamp,
    ) -> Result<Holdings, StoreError> {
        let (clients, statements): (i64, i64) = sqlx::query_as::<Db, _>(GONE_SINCE)
            .bind(source.as_str())
            .bind(since.as_micros())
            .fetch_one(&self.reader)
            .await
            .map_err(failed("counting what a source took away"))?;
        Ok(Holdings {
            clients: clients.unsigned_abs(),
            statements: statements.unsigned_abs(),
        })
    }

    pub(super) async fn write_export(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        export: &ExportMark,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "noting when an export was made";
        let push = self.running(ingest, source).await?;
        let mut connection = self.writing(Durability::Staged, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        for project in &export.projects {
            sqlx::query(FORGET_EXPORTS)
                .bind(source.as_str())
                .bind(export.system.as_bytes().as_slice())
                .bind(project.as_bytes().as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(failed(WHAT))?;
            sqlx::query(NOTE_EXPORT)
                .bind(source.as_str())
                .bind(export.system.as_bytes().as_slice())
                .bind(project.as_bytes().as_slice())
                .bind(push.no)
                .bind(export.exported_at.as_micros())
                .execute(&mut *transaction)
                .await
                .map_err(failed(WHAT))?;
        }
        transaction.commit().await.map_err(failed(WHAT))
    }

    pub(super) async fn read_exports(
        &self,
        source: &AgencyId,
        system: &Digest,
    ) -> Result<BTreeMap<Digest, Timestamp>, StoreError> {
        let rows: Vec<(Vec<u8>, i64)> = sqlx::query_as::<Db, _>(EXPORTS)
            .bind(source.as_str())
            .bind(system.as_bytes().as_slice())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("looking up the newest exports"))?;
        rows.into_iter()
            .map(|(project, at)| Ok((bodies::digest("exports", &project)?, Timestamp::from_micros(at))))
            .collect()
    }

    pub(super) async fn read_named_by(&self, source: &AgencyId) -> Result<Vec<ClientId>, StoreError> {
        let rows: Vec<Vec<u8>> = sqlx::query_scalar::<Db, _>(NAMED_BY)
            .bind(source.as_str())
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing the clients of a source"))?;
        rows.iter()
            .map(|id| Ok(ClientId::from_uuid(bodies::uuid("identities", id)?)))
            .collect()
    }

    pub(super) async fn read_swept(&self, source: &AgencyId) -> Result<Option<Digest>, StoreError> {
        let found: Option<Vec<u8>> = sqlx::query_scalar::<Db, _>(SWEPT)
            .bind(source.as_str())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("looking up whose clients were taken out"))?;
        found
            .map(|digest| bodies::digest("victim_sweeps", &digest))
            .transpose()
    }

    pub(super) async fn write_swept(
        &self,
        source: &AgencyId,
        registration: &Digest,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "noting whose clients were taken out";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        sqlx::query(NOTE_SWEPT)
            .bind(source.as_str())
            .bind(registration.as_bytes().as_slice())
            .execute(&mut *connection)
            .await
            .map_err(failed(WHAT))?;
        Ok(())
    }
}
