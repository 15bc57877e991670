//! Messages that came over connections: known again by a keyed digest of their sender's names and control id, when they come
//! again.

use std::collections::HashMap;

use gateway_store::{MessageMark, Repetition, StoreError};
use gateway_types::{AgencyId, IngestId, Timestamp};
use sqlx::Connection as _;

use super::{BEGIN, Durability, Records, bulk};
use crate::error::failed;

/// Old marks are dropped as new ones come, a few each time, from the oldest.
const FORGET: &str =
    "DELETE FROM messages WHERE received_at < $1 AND no <= (SELECT MIN(no) + $2 FROM messages)";
/// How many more than come.
const MORE: i64 = 100;

impl Records {
    pub(super) async fn note_marks(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        marks: &[MessageMark],
        (now, forget_before): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        const WHAT: &str = "keeping the marks of messages";
        let push = self.running(ingest, source).await?;
        let mut rows: Vec<_> = (marks.iter())
            .map(|mark| self.crypto.message(source, mark))
            .collect();
        rows.sort_unstable();
        let coming = i64::try_from(rows.len()).unwrap_or(MORE);
        let writes = bulk::marks(push.no, now.as_micros(), rows).map_err(failed(WHAT))?;
        let mut connection = self.writing(Durability::Staged, WHAT).await?;
        let mut transaction = connection.begin_with(BEGIN).await.map_err(failed(WHAT))?;
        sqlx::query(FORGET)
            .bind(forget_before.as_micros())
            .bind(coming.saturating_add(MORE))
            .execute(&mut *transaction)
            .await
            .map_err(failed(WHAT))?;
        bulk::run(&mut transaction, writes).await.map_err(failed(WHAT))?;
        transaction.commit().await.map_err(failed(WHAT))
    }

    pub(super) async fn known_marks(
        &self,
        source: &AgencyId,
        marks: &[MessageMark],
        since: Timestamp,
    ) -> Result<Vec<Repetition>, StoreError> {
        const WHAT: &str = "looking up the marks of messages";
        let wanted: Vec<_> = (marks.iter())
            .map(|mark| self.crypto.message(source, mark))
            .collect();
        let mut keys: Vec<i64> = wanted.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut connection = self.reader.acquire().await.map_err(failed(WHAT))?;
        let found = bulk::find_marks(&mut connection, keys, since.as_micros())
            .await
            .map_err(failed(WHAT))?;
        drop(connection);
        let found: HashMap<i64, i64> = found.into_iter().collect();
        Ok((wanted.iter())
            .map(|(key, content)| match found.get(key) {
                None => Repetition::New,
                Some(known) if known == content => Repetition::Same,
                Some(_) => Repetition::Other,
            })
            .collect())
    }
}
