//! Revocation travels: each earlier recipient of what rested on a consent that ended is told so, and says that it has it.
//!
//! 42 CFR 2.31(a)(6) and (c), 45 CFR 164.508(b)(5). What was sent before stands and stays in the accounting; the notice
//! tells no more than that and the day ([`gateway_audit::ended`]). A recipient fetches its own notices; it is never sent
//! one. What the holder of the form learns is how many of its own disclosures' recipients have it.
//!
//! The store notes each step of a consent with the step itself, and keeps it noted until what follows from it is on file:
//! a crash loses no notice, and doing it over makes none twice, since the id of each follows from the disclosure and the
//! recipient.

mod owed;

use std::collections::BTreeMap;

use gateway_audit::detail::Party;
use gateway_audit::{Detail, EntryKind};
use gateway_store::{StoreError, StoredNotice};
use gateway_types::{AgencyId, ConsentId, EventId, Pii, Timestamp};

use self::owed::Followed;
use crate::consents::NotRecorded;
use crate::gateway::Gateway;
use crate::requester::{Requester, Sender};
use crate::sequencer::LogUnavailable;

/// How many notices are listed at a time.
pub const PAGE: u32 = 100;
/// After how many seconds it is tried again where what is on file does not open.
const AFTER_FAULT: i64 = 3600;
/// How many changed consents are looked at before the list is read again.
const ROUND: u32 = 64;

/// Notices of one recipient.
#[derive(Debug)]
pub struct Page {
    /// The notices, the oldest first.
    pub notices: Vec<StoredNotice>,
    /// Whether there are more.
    pub more: bool,
}

/// How far the recipients of one agency's disclosures have been told, for one consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The recipient.
    pub recipient: AgencyId,
    /// How many notices there are for it.
    pub notices: u64,
    /// How many of them it has acknowledged.
    pub acknowledged: u64,
    /// When the oldest that it has not acknowledged was made.
    pub waiting_since: Option<Timestamp>,
}

/// Why notices were not listed or acknowledged.
#[derive(Debug, thiserror::Error)]
pub enum NotNotified {
    /// The agency has no such notice.
    #[error("there is no such notice of yours")]
    NoNotice,
    /// Store or log cannot be reached.
    #[error("the gateway cannot answer now")]
    Unavailable,
    /// A fault of ours.
    #[error("the gateway failed")]
    Fault,
}

impl From<StoreError> for NotNotified {
    fn from(error: StoreError) -> Self {
        crate::gateway::log_store_error(&error);
        match error {
            StoreError::Unavailable { .. } | StoreError::Conflict { .. } => Self::Unavailable,
            _ => Self::Fault,
        }
    }
}

impl From<LogUnavailable> for NotNotified {
    fn from(_: LogUnavailable) -> Self {
        Self::Unavailable
    }
}

impl Gateway {
    /// Works out and files the notices that follow from every step that consents took since. Called after each step, at
    /// the start and each minute; what fails stays to be done.
    ///
    /// # Errors
    /// [`NotNotified`].
    pub async fn file_notices(&self) -> Result<(), NotNotified> {
        // One at a time: two would write the same entry.
        let _turn = self.notices_turn().lock().await;
        loop {
            let now = self.now();
            let changed = self.records().changed_consents(now, ROUND).await?;
            if changed.is_empty() {
                return Ok(());
            }
            for of in changed {
                let followed = match self.follow(of.consent, now).await {
                    // Something on file about this client does not open: others must not wait for them.
                    Err(NotNotified::Fault) => Followed {
                        notices: Vec::new(),
                        again: Some(now.plus_seconds(AFTER_FAULT)),
                    },
                    other => other?,
                };
                for (notice, detail) in &followed.notices {
                    self.log_once(notice, detail).await?;
                }
                let notices: Vec<StoredNotice> =
                    followed.notices.into_iter().map(|(notice, _)| notice).collect();
                self.records()
                    .record_notices(of, &notices, followed.again)
                    .await?;
            }
        }
    }

    /// The entry that a notice was made, unless it stands in the log already.
    async fn log_once(&self, notice: &StoredNotice, detail: &Detail) -> Result<(), NotNotified> {
        if !self.audit().entries_of_event(notice.id).await?.is_empty() {
            return Ok(());
        }
        let key = self.records().client_key(Some(notice.client)).await?;
        let content = notice.note.as_bytes();
        self.log_event(EntryKind::Notice, notice.id, &key, detail, content)
            .await?;
        Ok(())
    }

    /// The notices that an agency's system has not acknowledged, after the notice `after`.
    ///
    /// # Errors
    /// [`NotNotified`].
    pub async fn open_notices(&self, by: &Sender, after: Option<EventId>) -> Result<Page, NotNotified> {
        let recipient = by.agency_id();
        let mut notices = self.records().open_notices(recipient, after, PAGE + 1).await?;
        let more = notices.len() > PAGE as usize;
        notices.truncate(PAGE as usize);
        Ok(Page { notices, more })
    }

    /// Records that an agency's system has a notice of its own. Said again, nothing changes. Returns since when it has it.
    ///
    /// # Errors
    /// [`NotNotified`].
    pub async fn acknowledge_notice(&self, by: &Sender, id: EventId) -> Result<Timestamp, NotNotified> {
        let _turn = self.notices_turn().lock().await;
        let notice = self.records().notice(id).await?;
        let own = notice.filter(|notice| notice.recipient == *by.agency_id());
        let notice = own.ok_or(NotNotified::NoNotice)?;
        if let Some(at) = notice.acknowledged_at {
            return Ok(at);
        }
        let now = self.now();
        // One entry when it was made, one when it was acknowledged; after a crash between log and store the second is there.
        if self.audit().entries_of_event(id).await?.len() < 2 {
            let mut detail = Detail::at(now);
            detail.client = Some(notice.client);
            detail.requester = Some(Party {
                agency: by.agency_id().clone(),
                person: None,
                role: None,
                system: None,
            });
            detail.note = Some(Pii::new("the notice was acknowledged".to_owned()));
            let key = self.records().client_key(Some(notice.client)).await?;
            self.log_event(EntryKind::Notice, id, &key, &detail, b"").await?;
        }
        self.records().acknowledge_notice(id, now).await?;
        Ok(now)
    }

    /// How far the recipients of the agency's own disclosures under a consent have been told that it ended. The look is
    /// logged first.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn told_of_end(&self, by: &Requester, consent: ConsentId) -> Result<Vec<Told>, NotRecorded> {
        let form = self.concerning(by, consent).await?;
        let note = Some("who was told of its end was looked at");
        self.log_consent(by, &form, EntryKind::ConsentRead, note).await?;
        let mut told: BTreeMap<AgencyId, Told> = BTreeMap::new();
        for notice in self.records().notices_of_consent(consent).await? {
            // Of a disclosure with records of several agencies each hears of its own part alone.
            if !notice.sources.contains(by.agency_id()) {
                continue;
            }
            let so_far = told.entry(notice.recipient.clone()).or_insert_with(|| Told {
                recipient: notice.recipient.clone(),
                notices: 0,
                acknowledged: 0,
                waiting_since: None,
            });
            so_far.notices += 1;
            match notice.acknowledged_at {
                Some(_) => so_far.acknowledged += 1,
                None => so_far.waiting_since = so_far.waiting_since.or(Some(notice.issued_at)),
            }
        }
        Ok(told.into_values().collect())
    }
}
