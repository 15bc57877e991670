//! The history of the agreements: rows are added, never touched again.

use std::collections::BTreeMap;

use gateway_store::{AgreementAction, AgreementChange, AgreementEpoch, AgreementStore, StoreError};
use gateway_types::{EventId, Timestamp};
use sqlx::Connection as _;

use super::{BEGIN, Db, Durability, Records};
use crate::bodies;
use crate::error::{conflicting, failed};

const NEWEST: &str = "SELECT COALESCE(MAX(epoch), 0) FROM agreement_epochs";
const EPOCHS: &str = "SELECT epoch, event, entered_at FROM agreement_epochs WHERE epoch > $1 ORDER BY epoch";
const CHANGES: &str = "SELECT epoch, mou, action, version, hash, replaced, body, approval, statement
    FROM agreement_changes WHERE epoch > $1 ORDER BY epoch, mou";
const ENTER: &str = "INSERT INTO agreement_epochs (epoch, event, entered_at) VALUES ($1, $2, $3)";
const CHANGE: &str = "INSERT INTO agreement_changes
    (epoch, mou, action, version, hash, replaced, body, approval, statement)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const USED: &str = "SELECT COUNT(*) FROM agreement_changes WHERE statement = $1";
const TABLE: &str = "agreement_changes";
const MOVED: &str = "the agreements in force";
const SPENT: &str = "an approval, which was used before";

#[derive(sqlx::FromRow)]
struct EpochRow {
    epoch: i64,
    event: Vec<u8>,
    entered_at: i64,
}

#[derive(sqlx::FromRow)]
struct ChangeRow {
    epoch: i64,
    mou: String,
    action: String,
    version: String,
    hash: Vec<u8>,
    replaced: Option<Vec<u8>>,
    body: Option<String>,
    approval: String,
    statement: Vec<u8>,
}

impl ChangeRow {
    fn read(self) -> Result<AgreementChange, StoreError> {
        Ok(AgreementChange {
            mou: bodies::slug(TABLE, &self.mou)?,
            action: AgreementAction::from_code(&self.action).ok_or(StoreError::Inconsistent {
                table: TABLE,
                what: "an action that is none",
            })?,
            version: self.version,
            hash: bodies::digest(TABLE, &self.hash)?,
            replaced: self
                .replaced
                .map(|hash| bodies::digest(TABLE, &hash))
                .transpose()?,
            text: self.body,
            approval: self.approval,
            statement: bodies::digest(TABLE, &self.statement)?,
        })
    }
}

impl EpochRow {
    fn read(self, changes: Vec<AgreementChange>) -> Result<AgreementEpoch, StoreError> {
        let wrong = |what| StoreError::Inconsistent {
            table: "agreement_epochs",
            what,
        };
        Ok(AgreementEpoch {
            number: u64::try_from(self.epoch).map_err(|_| wrong("an epoch below zero"))?,
            event: self
                .event
                .as_slice()
                .try_into()
                .map(EventId::from_bytes)
                .map_err(|_| wrong("an event of another length"))?,
            at: Timestamp::from_micros(self.entered_at),
            changes,
        })
    }
}

fn number(epoch: u64) -> Result<i64, StoreError> {
    i64::try_from(epoch).map_err(|_| StoreError::Inconsistent {
        table: "agreement_epochs",
        what: "an epoch out of range",
    })
}

#[async_trait::async_trait]
impl AgreementStore for Records {
    async fn newest_agreement_epoch(&self) -> Result<u64, StoreError> {
        let newest: i64 = sqlx::query_scalar(NEWEST)
            .fetch_one(&self.reader)
            .await
            .map_err(failed("reading the newest epoch of the agreements"))?;
        Ok(u64::try_from(newest).unwrap_or_default())
    }

    async fn agreement_epochs_after(&self, epoch: u64) -> Result<Vec<AgreementEpoch>, StoreError> {
        const WHAT: &str = "reading the history of the agreements";
        let after = number(epoch)?;
        // Epochs first: what is entered between the two reads has changes without an epoch, which are left out.
        let epochs = sqlx::query_as::<Db, EpochRow>(EPOCHS)
            .bind(after)
            .fetch_all(&self.reader)
            .await
            .map_err(failed(WHAT))?;
        let rows = sqlx::query_as::<Db, ChangeRow>(CHANGES)
            .bind(after)
            .fetch_all(&self.reader)
            .await
            .map_err(failed(WHAT))?;
        let mut changes: BTreeMap<i64, Vec<AgreementChange>> = BTreeMap::new();
        for row in rows {
            changes.entry(row.epoch).or_default().push(row.read()?);
        }
        epochs
            .into_iter()
            .map(|row| {
                let changed = changes.remove(&row.epoch).unwrap_or_default();
                row.read(changed)
            })
            .collect()
    }

    async fn enter_agreement_epoch(&self, epoch: &AgreementEpoch) -> Result<(), StoreError> {
        const WHAT: &str = "changing agreements";
        let this = number(epoch.number)?;
        let mut connection = self.writing(Durability::Confirmed, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        let newest: i64 = sqlx::query_scalar(NEWEST)
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        if this != newest.saturating_add(1) {
            return Err(StoreError::Conflict { what: MOVED });
        }
        // Of two that got this far at once, the primary key lets one through.
        sqlx::query(ENTER)
            .bind(this)
            .bind(epoch.event.as_bytes().as_slice())
            .bind(epoch.at.as_micros())
            .execute(&mut *transaction)
            .await
            .map_err(conflicting(WHAT, MOVED))?;
        for change in &epoch.changes {
            let used: i64 = sqlx::query_scalar(USED)
                .bind(change.statement.as_bytes().as_slice())
                .fetch_one(&mut *transaction)
                .await
                .map_err(failed(WHAT))?;
            if used > 0 {
                return Err(StoreError::Conflict { what: SPENT });
            }
            sqlx::query(CHANGE)
                .bind(this)
                .bind(change.mou.as_str())
                .bind(change.action.code())
                .bind(change.version.as_str())
                .bind(change.hash.as_bytes().as_slice())
                .bind(change.replaced.as_ref().map(|hash| hash.as_bytes().as_slice()))
                .bind(change.text.as_deref())
                .bind(change.approval.as_str())
                .bind(change.statement.as_bytes().as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(conflicting(WHAT, SPENT))?;
        }
        transaction.commit().await.map_err(failed(WHAT))
    }
}
