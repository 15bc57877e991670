//! The steps of a consent's life after it was begun, each by an agency that it concerns.
//!
//! What can widen a disclosure is in the log before it counts; what narrows one counts before it is in the log.

use std::collections::BTreeSet;

use consent::{
    ArtefactDigest, Attested, Consent, Content, EntryError, EventReport, EventState, Expiry, Finding,
    Narrowing, Resumption, Signature, Status, Suspension, Terms, TransitionError,
};
use gateway_audit::EntryKind;
use gateway_crypto::Digest;
use gateway_types::vocabulary::ExpiryEvent;
use gateway_types::{ConsentId, SourceClientKey, Timestamp};

use super::{
    Match, NotRecorded, RecordedConsent, Said, Stored, TURNS, by_our_clock, form_digest, may_put_on_record,
    recorder,
};
use crate::gateway::Gateway;
use crate::question::About;
use crate::requester::Requester;

/// A step.
#[derive(Clone, Debug)]
pub enum Step {
    /// Other terms, before it is signed.
    Amend(Box<Terms>),
    /// The form was put before the client.
    Request,
    /// The client said no.
    Decline,
    /// The form was signed.
    Sign {
        /// The digest at the foot of the form that was before the client.
        form: Digest,
        /// By whom, when.
        signature: Signature,
        /// What the recorder vouches for.
        attested: BTreeSet<Attested>,
    },
    /// The agency, named as discloser, has the signed form too, about the client whom it knows by this key: the form binds
    /// its records.
    Confirm(SourceClientKey),
    /// Something is vouched for that was not before.
    Attest(BTreeSet<Attested>),
    /// The digest of the signed paper, of which none was stated.
    StateArtefact(ArtefactDigest),
    /// The form was sent again, with more vouched for or with the digest of the signed paper.
    SaidAgain {
        /// What is vouched for.
        attested: BTreeSet<Attested>,
        /// The digest, if one is stated.
        artefact: Option<ArtefactDigest>,
    },
    /// The source's word on the event that ends it.
    Event(EventReport),
    /// The word on the event was said by mistake.
    WithdrawEventWord,
    /// It rests.
    Suspend(Suspension),
    /// It rests no longer.
    Resume(Resumption),
    /// Something was found to be wrong with it.
    Find(Finding),
    /// Another stands in its place.
    SupersededBy(ConsentId, Narrowing),
    /// It should never have been on file.
    EnterInError(EntryError),
}

impl Step {
    /// Whether more may be disclosed after it than before.
    const fn widens(&self) -> bool {
        match self {
            Self::Amend(_)
            | Self::Request
            | Self::Sign { .. }
            | Self::Confirm(_)
            | Self::Attest(_)
            | Self::StateArtefact(_)
            | Self::SaidAgain { .. }
            | Self::WithdrawEventWord
            | Self::Resume(_) => true,
            Self::Event(report) => matches!(report.state, EventState::NotOccurred),
            Self::Decline
            | Self::Suspend(_)
            | Self::Find(_)
            | Self::SupersededBy(..)
            | Self::EnterInError(_) => false,
        }
    }

    /// Whether the form is as the step would make it: then there is no step to take.
    fn is_taken(&self, consent: &Consent, by: &Requester) -> bool {
        let states = |digest: ArtefactDigest| {
            let signed = consent.signed_as();
            signed.is_some_and(|signature| signature.artefact == Some(digest))
        };
        match self {
            Self::StateArtefact(digest) => consent.holder() == by.agency_id() && states(*digest),
            _ => false,
        }
    }

    /// The step as the log names it.
    const fn in_words(&self) -> &'static str {
        match self {
            Self::Amend(_) => "changed before it was signed",
            Self::Request => "put before the client",
            Self::Decline => "declined",
            Self::Sign { .. } => "signed",
            Self::Confirm(_) => "confirmed by another discloser",
            Self::Attest(_) => "vouched for further",
            Self::StateArtefact(_) => "the digest of the signed paper was stated",
            Self::SaidAgain { artefact: None, .. } => "sent again, and vouched for further",
            Self::SaidAgain { .. } => "sent again, with the digest of the signed paper",
            Self::Event(report) => match report.state {
                EventState::NotOccurred => "the event that ends it has not happened",
                EventState::Occurred => "the event that ends it has happened",
                EventState::Unknown => "whether the event that ends it has happened is not known",
            },
            Self::WithdrawEventWord => "the word on the event that ends it was a mistake",
            Self::Suspend(_) => "suspended",
            Self::Resume(Resumption::ClientAsks) => "resumed: the client wants it to hold again",
            Self::Resume(Resumption::SignatureConfirmed) => "resumed: the client confirmed the signature",
            Self::Resume(Resumption::AuthorityShown) => {
                "resumed: the paper that shows the authority was seen"
            }
            Self::Find(_) => "found to be wrong",
            Self::SupersededBy(..) => "superseded",
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
        let (widens, note) = (step.widens(), step.in_words());
        for _ in 0..TURNS {
            let consent = self.concerning(by, id).await?;
            if step.is_taken(&consent, by) {
                return self.describe(&consent);
            }
            let next = self.next_version(by, consent, step.clone(), self.now()).await?;
            if widens {
                self.put_on_file(by, &next, Some(note)).await?;
            } else {
                let kind = EntryKind::ConsentRecorded;
                if self.store_then_log(by, &next, kind, Some(note)).await? == Stored::Overtaken {
                    // What narrows is not turned away because somebody else spoke at the same moment.
                    continue;
                }
            }
            return self.describe(&next);
        }
        Err(NotRecorded::Unavailable)
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
                may_put_on_record(by, &terms)?;
                consent.amend(*terms, who, now)
            }
            Step::Request => consent.request(who, now),
            Step::Decline => consent.decline(who, now),
            Step::Sign {
                form,
                signature,
                attested,
            } => {
                may_put_on_record(by, consent.terms())?;
                if form != form_digest(&consent)? {
                    return Err(NotRecorded::OtherForm);
                }
                let signature = by_our_clock(signature, now)?;
                let on_file = self.forms_on_file(by.agency_id(), consent.client()).await?;
                let content = Content::of(consent.client(), consent.terms(), &signature);
                match on_file.place(content, Said::of(&signature, &attested))? {
                    // The form that is signed has its place already.
                    Match::New
                    | Match::TooMany
                    | Match::OnFile(None)
                    | Match::MoreSaid(None)
                    | Match::OtherPaper(None) => {}
                    Match::OnFile(Some(id)) | Match::MoreSaid(Some(id)) | Match::OtherPaper(Some(id)) => {
                        return Err(if id == consent.id() {
                            TransitionError::NotADraft.into()
                        } else {
                            NotRecorded::OnFile(id)
                        });
                    }
                    Match::Ended(_) => return Err(NotRecorded::Ended),
                }
                consent.sign(signature, attested, who, now)
            }
            Step::Confirm(own_key) => {
                let known = self.find_client(by.agency_id(), &About::OwnKey(own_key)).await?;
                if known != Some(consent.client()) {
                    // Whoever tries keys to see whose form it is stands in the log for each.
                    let note = Some("not confirmed: of another client by the key given");
                    self.log_consent(by, &consent, EntryKind::ConsentRead, note)
                        .await?;
                    return Err(NotRecorded::OtherClient);
                }
                consent.confirm(who, now)
            }
            Step::Attest(attested) => consent.attest(attested, who, now),
            Step::StateArtefact(digest) => consent.state_artefact(digest, &who),
            Step::SaidAgain { attested, artefact } => consent.say_again(attested, artefact, who, now),
            Step::Event(report) => consent.report_event(report, who, now),
            Step::Suspend(why) => consent.suspend(why, who, now),
            Step::WithdrawEventWord => consent.withdraw_event_word(&who),
            Step::Resume(because) => consent.resume(because, &who),
            Step::Find(finding) => consent.find(finding),
            Step::SupersededBy(successor, narrowing) => {
                let successor = self.concerning(by, successor).await?;
                consent.supersede(&successor, narrowing, who, now)
            }
            Step::EnterInError(why) => consent.enter_in_error(why, who, now),
        };
        Ok(next?)
    }

    /// Takes in an agency's word on an event in the life of one of its clients: every form that the agency holds and that
    /// ends by this event hears it. Returns those that did.
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
            if !ends_so || !lives || consent.holder() != by.agency_id() {
                continue;
            }
            match self
                .step_consent(by, consent.id(), Step::Event(word.report))
                .await
            {
                Ok(recorded) => heard.push(recorded),
                // One that has a later word, was signed since, or is not the agency's to keep alive, keeps what it has.
                Err(NotRecorded::Unacceptable(
                    TransitionError::EarlierWord
                    | TransitionError::BeforeItWasSigned
                    | TransitionError::OwnBenefit,
                )) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(heard)
    }
}
