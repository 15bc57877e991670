//! What an agency still has to do about the forms that it holds (45 CFR 171.202(b)(2)).

use consent::{ElementCheck, FollowUp, FollowUpKind, Outcome, RightForm};
use gateway_audit::EntryKind;
use gateway_store::StoreError;
use gateway_types::vocabulary::{ConsentKind, ExpiryEvent};
use gateway_types::{ConsentId, Timestamp};

use super::NotRecorded;
use crate::gateway::Gateway;
use crate::requester::Requester;

/// Something that is still to be done.
#[derive(Debug)]
pub struct ToDo {
    /// The consent.
    pub consent: ConsentId,
    /// Its kind.
    pub kind: ConsentKind,
    /// What, and since when.
    pub follow_up: FollowUp,
    /// When it was found to be owed.
    pub opened_at: Timestamp,
    /// What a defective form lacks.
    pub missing: Vec<ElementCheck>,
    /// The forms to offer instead of a defective one.
    pub right_forms: Vec<RightForm>,
    /// The event to ask about.
    pub event: Option<ExpiryEvent>,
}

impl Gateway {
    /// What the agency has to do now, the longest due first. Nobody but the holder of a form is told.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn consent_follow_ups(&self, by: &Requester) -> Result<Vec<ToDo>, NotRecorded> {
        let now = self.now();
        loop {
            let (list, no_longer_owed) = self.owed_of_those_listed(by, now).await?;
            if no_longer_owed.is_empty() {
                return Ok(list);
            }
            // Each round closes all of these, so there are no more rounds than there are rows.
            // The list is cut off at its end: what is no longer owed would hide what is.
            self.records().settle_follow_ups(&no_longer_owed, now).await?;
        }
    }

    /// Of what the store lists: what is owed, and what a day that passed has settled without a new version.
    async fn owed_of_those_listed(
        &self,
        by: &Requester,
        now: Timestamp,
    ) -> Result<(Vec<ToDo>, Vec<(ConsentId, FollowUp)>), NotRecorded> {
        let (mut list, mut no_longer_owed) = (Vec::new(), Vec::new());
        for open in self.records().follow_ups(by.agency_id(), now).await? {
            let Some(stored) = self.records().consent(open.consent).await? else {
                no_longer_owed.push((open.consent, open.follow_up));
                continue;
            };
            let consent = stored.consent;
            if !consent.follow_ups(now).contains(&open.follow_up) {
                no_longer_owed.push((open.consent, open.follow_up));
                continue;
            }
            let terms = consent.terms();
            let replace = open.follow_up.kind == FollowUpKind::ReplaceForm;
            let lacks = |check: &ElementCheck| matches!(check.outcome, Outcome::Missing(_));
            list.push(ToDo {
                consent: open.consent,
                kind: terms.kind,
                follow_up: open.follow_up,
                opened_at: open.opened_at,
                missing: if replace {
                    consent.adequacy(now).into_iter().filter(lacks).collect()
                } else {
                    Vec::new()
                },
                right_forms: if replace { terms.right_forms() } else { Vec::new() },
                event: match (open.follow_up.kind, terms.expiry) {
                    (FollowUpKind::ConfirmEvent, consent::Expiry::Event(event)) => Some(event),
                    _ => None,
                },
            });
        }
        Ok((list, no_longer_owed))
    }

    /// Records that somebody has done with it without the form itself showing so, as when the client will not write.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn close_consent_follow_up(
        &self,
        by: &Requester,
        consent: ConsentId,
        kind: FollowUpKind,
    ) -> Result<(), NotRecorded> {
        let now = self.now();
        let form = self.concerning(by, consent).await?;
        let owed = form.follow_ups(now).into_iter();
        let this = owed
            .into_iter()
            .find(|owed| owed.kind == kind && owed.due <= now)
            .ok_or(NotRecorded::NoConsent)?;
        let note = match kind {
            FollowUpKind::WriteRevocation => "somebody has done with the writing of an oral revocation",
            FollowUpKind::ReplaceForm => "somebody has done with the replacing of a defective form",
            FollowUpKind::ConfirmEvent => "somebody has done with asking about the event that ends it",
        };
        let closed = self
            .records()
            .close_follow_up(by.agency_id(), consent, this, by.staff(), now)
            .await;
        match closed {
            Err(StoreError::Missing { .. }) => return Err(NotRecorded::NoConsent),
            other => other?,
        }
        self.log_consent(by, &form, EntryKind::ConsentRecorded, Some(note))
            .await
    }
}
