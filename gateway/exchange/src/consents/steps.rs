//! The steps of a consent's life after it was begun, each by an agency that it concerns.
//!
//! What can widen a disclosure is in the log before it counts; what narrows one counts before it is in the log.

use std::collections::BTreeSet;

use consent::{
    Attested, Consent, EntryError, EventReport, EventState, Expiry, Finding, Signature, Status, Suspension,
    Terms, TransitionError,
};
use gateway_audit::EntryKind;
use gateway_types::vocabulary::ExpiryEvent;
use gateway_types::{ConsentId, SourceClientKey, Timestamp};

use super::{NotRecorded, RecordedConsent, bar_own_benefit, recorder};
use crate::gateway::Gateway;
use crate::question::About;
use crate::requester::Requester;

/// A step.
#[derive(Debug)]
pub enum Step {
    /// Other terms, before it is signed.
    Amend(Box<Terms>),
    /// The form was put before the client.
    Request,
    /// The client said no.
    Decline,
    /// The form was signed.
    Sign {
        /// By whom, when.
        signature: Signature,
        /// What the recorder vouches for.
        attested: BTreeSet<Attested>,
    },
    /// Something is vouched for that was not before.
    Attest(BTreeSet<Attested>),
    /// The source's word on the event that ends it.
    Event(EventReport),
    /// It rests.
    Suspend(Suspension),
    /// It rests no longer.
    Resume,
    /// Something was found to be wrong with it.
    Find(Finding),
    /// Another stands in its place.
    SupersededBy(ConsentId),
    /// It should never have been on file.
    EnterInError(EntryError),
}

impl Step {
    /// Whether more may be disclosed after it than before.
    const fn widens(&self) -> bool {
        match self {
            Self::Amend(_) | Self::Request | Self::Sign { .. } | Self::Attest(_) | Self::Resume => true,
            Self::Event(report) => matches!(report.state, EventState::NotOccurred),
            Self::Decline
            | Self::Suspend(_)
            | Self::Find(_)
            | Self::SupersededBy(_)
            | Self::EnterInError(_) => false,
        }
    }

    /// The step as the log names it.
    const fn in_words(&self) -> &'static str {
        match self {
            Self::Amend(_) => "changed before it was signed",
            Self::Request => "put before the client",
            Self::Decline => "declined",
            Self::Sign { .. } => "signed",
            Self::Attest(_) => "vouched for further",
            Self::Event(report) => match report.state {
                EventState::NotOccurred => "the event that ends it has not happened",
                EventState::Occurred => "the event that ends it has happened",
                EventState::Unknown => "whether the event that ends it has happened is not known",
            },
            Self::Suspend(_) => "suspended",
            Self::Resume => "resumed",
            Self::Find(_) => "found to be wrong",
            Self::SupersededBy(_) => "superseded",
            Self::EnterInError(_) => "entered in error",
        }
    }
}

/// What an agency says of an event in the life of one of its clients.
#[derive(Clone, Debug)]
pub struct EventWord {
    /// The client, by the agency's own key.
    pub client: SourceClientKey,
    /// The event.
    pub event: ExpiryEvent,
    /// Whether it has happened, and as of when.
    pub report: EventReport,
}

impl Gateway {
    /// Takes a step in the life of a consent.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn step_consent(
        &self,
        by: &Requester,
        id: ConsentId,
        step: Step,
    ) -> Result<RecordedConsent, NotRecorded> {
        let consent = self.concerning(by, id).await?;
        self.take(by, consent, step).await
    }

    async fn take(
        &self,
        by: &Requester,
        consent: Consent,
        step: Step,
    ) -> Result<RecordedConsent, NotRecorded> {
        let now = self.now();
        let (widens, note) = (step.widens(), step.in_words());
        let next = self.next_version(by, consent, step, now).await?;
        if widens {
            self.log_consent(by, &next, EntryKind::ConsentRecorded, Some(note))
                .await?;
        }
        self.records()
            .record_consent(&next, next.version().number(), now)
            .await?;
        if !widens {
            self.log_consent(by, &next, EntryKind::ConsentRecorded, Some(note))
                .await?;
        }
        Ok(self.describe(&next))
    }

    async fn next_version(
        &self,
        by: &Requester,
        consent: Consent,
        step: Step,
        now: Timestamp,
    ) -> Result<Consent, NotRecorded> {
        let who = recorder(by);
        let next = match step {
            Step::Amend(terms) => {
                bar_own_benefit(by, &terms)?;
                consent.amend(*terms, who, now)
            }
            Step::Request => consent.request(who, now),
            Step::Decline => consent.decline(who, now),
            Step::Sign { signature, attested } => {
                bar_own_benefit(by, consent.terms())?;
                consent.sign(signature, attested, who, now)
            }
            Step::Attest(attested) => consent.attest(attested, who, now),
            Step::Event(report) => consent.report_event(report, who, now),
            Step::Suspend(why) => consent.suspend(why, who, now),
            Step::Resume => consent.resume(&who),
            Step::Find(finding) => consent.find(finding),
            Step::SupersededBy(successor) => {
                let successor = self.concerning(by, successor).await?;
                consent.supersede(&successor, who, now)
            }
            Step::EnterInError(why) => consent.enter_in_error(why, who, now),
        };
        Ok(next?)
    }

    /// Takes in an agency's word on an event in the life of one of its clients: every consent that ends by this event
    /// and concerns the agency hears it. Returns those that did.
    ///
    /// # Errors
    /// [`NotRecorded`].
    pub async fn hear_of_event(
        &self,
        by: &Requester,
        word: EventWord,
    ) -> Result<Vec<RecordedConsent>, NotRecorded> {
        let client = self
            .find_client(by.agency_id(), &About::OwnKey(word.client))
            .await?
            .ok_or(NotRecorded::NoClient)?;
        let now = self.now();
        let mut heard = Vec::new();
        for stored in self.records().consents(Some(client)).await? {
            let consent = stored.consent;
            let ends_so = consent.terms().expiry == Expiry::Event(word.event);
            let lives = matches!(
                consent.status(now),
                Status::Active | Status::Suspended | Status::Unconfirmed | Status::Inadequate
            );
            if !ends_so || !lives || !super::concerns(&consent, by) {
                continue;
            }
            match self.take(by, consent, Step::Event(word.report)).await {
                Ok(recorded) => heard.push(recorded),
                // One that has a later word, or is not the agency's to keep alive, keeps what it has.
                Err(NotRecorded::Unacceptable(
                    TransitionError::EarlierWord | TransitionError::OwnBenefit,
                )) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(heard)
    }
}
