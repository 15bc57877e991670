//! Agreements between agencies.

use gateway_crypto::Digest;
use gateway_store::{AgreementStore, AgreementVersion, StoreError};
use gateway_types::{MouId, Timestamp};
use sqlx::Connection as _;

use super::{BEGIN, Db, Durability, Records};
use crate::bodies;
use crate::error::{conflicting, failed};

const RETIRE: &str = "UPDATE agreements SET retired_at = $2 WHERE hash = $1 AND retired_at IS NULL";
const ACTIVATE: &str = "INSERT INTO agreements (hash, mou, body, activated_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (hash) DO UPDATE SET activated_at = excluded.activated_at, retired_at = NULL
    WHERE agreements.retired_at IS NOT NULL";
const ACTIVE: &str = "SELECT hash, mou, body, activated_at, retired_at FROM agreements
    WHERE retired_at IS NULL ORDER BY mou";
const ONE: &str = "SELECT hash, mou, body, activated_at, retired_at FROM agreements WHERE hash = $1";
const TABLE: &str = "agreements";

#[derive(sqlx::FromRow)]
struct Row {
    hash: Vec<u8>,
    mou: String,
    body: String,
    activated_at: i64,
    retired_at: Option<i64>,
}

impl Row {
    fn read(self) -> Result<AgreementVersion, StoreError> {
        Ok(AgreementVersion {
            mou: bodies::slug(TABLE, &self.mou)?,
            hash: bodies::digest(TABLE, &self.hash)?,
            text: self.body,
            activated_at: Timestamp::from_micros(self.activated_at),
            retired_at: self.retired_at.map(Timestamp::from_micros),
        })
    }
}

#[async_trait::async_trait]
impl AgreementStore for Records {
    async fn activate_agreements(
        &self,
        versions: &[(MouId, Digest, String)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const WHAT: &str = "activating agreements";
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let active: Vec<Row> = sqlx::query_as::<Db, Row>(ACTIVE)
            .fetch_all(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        // Retired first: of one agreement only one version may be active.
        for gone in active.iter().filter(|row| {
            !versions
                .iter()
                .any(|(_, hash, _)| hash.as_bytes().as_slice() == row.hash)
        }) {
            sqlx::query(RETIRE)
                .bind(gone.hash.as_slice())
                .bind(now.as_micros())
                .execute(&mut *transaction)
                .await
                .map_err(failed(WHAT))?;
        }
        for (mou, hash, text) in versions {
            sqlx::query(ACTIVATE)
                .bind(hash.as_bytes().as_slice())
                .bind(mou.as_str())
                .bind(text.as_str())
                .bind(now.as_micros())
                .execute(&mut *transaction)
                .await
                .map_err(conflicting(WHAT, "an agreement that is in the set twice"))?;
        }
        transaction.commit().await.map_err(failed(WHAT))
    }

    async fn active_agreements(&self) -> Result<Vec<AgreementVersion>, StoreError> {
        let rows = sqlx::query_as::<Db, Row>(ACTIVE)
            .fetch_all(&self.reader)
            .await
            .map_err(failed("listing agreements"))?;
        rows.into_iter().map(Row::read).collect()
    }

    async fn agreement(&self, hash: &Digest) -> Result<Option<AgreementVersion>, StoreError> {
        sqlx::query_as::<Db, Row>(ONE)
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(&self.reader)
            .await
            .map_err(failed("reading an agreement"))?
            .map(Row::read)
            .transpose()
    }
}
