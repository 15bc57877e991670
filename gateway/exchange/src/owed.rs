//! Entries about steps that counted before they were in the log: noted with the step, made as soon as the log takes them,
//! each exactly once.

use gateway_audit::{Detail, EntryKind};
use gateway_store::{OwedEntry, StoreError};
use gateway_types::ClientId;
use serde::{Deserialize, Serialize};

use crate::gateway::{Gateway, log_store_error};
use crate::sequencer::LogUnavailable;

/// How many are read at once.
const AT_ONCE: u32 = 256;

/// What an entry says, as it is kept until it is made.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    kind: u8,
    detail: Detail,
    /// JSON, as text.
    facts: String,
}

/// Why an entry that is owed could not be made now. It stays owed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StillOwed {
    #[error(transparent)]
    Log(#[from] LogUnavailable),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("an entry owed cannot be read")]
    Unreadable,
}

impl Gateway {
    /// An entry to be noted with the step that it is about. `facts` are JSON.
    pub(crate) fn owe(
        &self,
        kind: EntryKind,
        client: ClientId,
        detail: Detail,
        facts: String,
    ) -> Result<OwedEntry, StillOwed> {
        let body = Body {
            kind: kind.number(),
            detail,
            facts,
        };
        let body = serde_json::to_vec(&body).map_err(|_| StillOwed::Unreadable)?;
        Ok(OwedEntry {
            event: self.new_event()?,
            client,
            since: self.now(),
            body: body.into(),
        })
    }

    /// Makes an entry that is owed, unless it was made, and settles it.
    pub(crate) async fn make_owed_entry(&self, owed: &OwedEntry) -> Result<(), StillOwed> {
        // One at a time: between the look and the entry nobody else makes it.
        let _turn = self.owing().lock().await;
        if self.audit().entries_of_event(owed.event).await?.is_empty() {
            let body: Body = serde_json::from_slice(owed.body.reveal()).map_err(|_| StillOwed::Unreadable)?;
            let kind = EntryKind::from_number(body.kind).ok_or(StillOwed::Unreadable)?;
            let key = self.records().client_key(Some(owed.client)).await?;
            self.log_event(kind, owed.event, &key, &body.detail, body.facts.as_bytes())
                .await?;
        }
        Ok(self.records().settle_owed_entry(owed.event).await?)
    }

    /// Makes every entry that is owed: at start, and from time to time, since the log may have been away.
    pub async fn make_owed_entries(&self) {
        loop {
            let owed = match self.records().owed_entries(AT_ONCE).await {
                Ok(owed) if owed.is_empty() => return,
                Ok(owed) => owed,
                Err(error) => return log_store_error(&error),
            };
            for entry in owed {
                if let Err(error) = self.make_owed_entry(&entry).await {
                    tracing::error!(%error, "an entry owed to the audit log could not be made; it stays owed");
                    return;
                }
            }
        }
    }
}
