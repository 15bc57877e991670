//! Merges of clients, kept for the accounting of what was disclosed about those who went (45 CFR 164.528).

use gateway_store::StoreError;
use gateway_types::{AgencyId, IngestId, SourceClientKey};
use sqlx::Connection as _;

use super::{BEGIN, Db, Durability, Records};
use crate::error::failed;

/// Everybody whom the key that goes ever stood for.
const KEEP: &str = "INSERT INTO merged_clients (into_key, client, ingest)
    SELECT $1, d.client, $3 FROM identities d JOIN ingests i ON i.no = d.ingest
        WHERE d.source_key = $2 AND (i.state = 'published' OR i.no = $3)
    UNION SELECT $1, m.client, $3 FROM merged_clients m JOIN ingests i ON i.no = m.ingest
        WHERE m.into_key = $2 AND (i.state = 'published' OR i.no = $3)
    ON CONFLICT DO NOTHING";

impl Records {
    pub(super) async fn note_merges(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        merges: &[(SourceClientKey, SourceClientKey)],
    ) -> Result<(), StoreError> {
        const WHAT: &str = "keeping merges of clients";
        let push = self.running(ingest, source).await?;
        let mut connection = self.writing(Durability::Staged, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        super::staging::still_running(&mut transaction, &push).await?;
        for (gone, into) in merges {
            sqlx::query::<Db>(KEEP)
                .bind(self.crypto.source_key(source, into))
                .bind(self.crypto.source_key(source, gone))
                .bind(push.no)
                .execute(&mut *transaction)
                .await
                .map_err(failed(WHAT))?;
        }
        transaction.commit().await.map_err(failed(WHAT))
    }
}
