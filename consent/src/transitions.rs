//! The steps of a consent's life. Each takes the consent and gives the next version, or says why there is none.
//!
//! 42 CFR 2.31(a)(6) and (c), 45 CFR 164.508(b)(5): taking it back counts at once, and nothing leads back from there.

use std::collections::BTreeSet;

use gateway_types::{ClientId, ConsentId, Timestamp};

use crate::combination::{CombinationBarred, check_combination};
use crate::consent::{Act, Consent, EntryError, Format, Heard, Paper, State, Version};
use crate::signing::{Attested, Finding, Recorder, Revocation, RevocationScope, Signature, Suspension};
use crate::terms::{EventReport, EventState, Expiry, Terms};

/// A step that a consent cannot take. The consent is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// Kinds that may not share a form.
    #[error(transparent)]
    Combination(#[from] CombinationBarred),
    /// Only a form that is not signed can be changed or signed.
    #[error("only a form that is not signed, declined or ended can be changed or signed")]
    NotADraft,
    /// The client was not asked, so there is no answer to record.
    #[error("the client was not asked")]
    NotRequested,
    /// It has not been signed.
    #[error("the consent has not been signed")]
    NotSigned,
    /// It has ended.
    #[error("the consent has ended and cannot be changed")]
    Ended,
    /// The agency that records it could receive under it, and has not shown the signed form.
    #[error(
        "an agency that may receive under a consent has to give the digest of the signed form to record it"
    )]
    OwnBenefitWithoutArtefact,
    /// The agency could receive under it, and is not the one that discloses.
    #[error(
        "an agency that may receive under a consent cannot keep it alive; the agency that discloses has to"
    )]
    OwnBenefit,
    /// It is not suspended.
    #[error("the consent is not suspended")]
    NotSuspended,
    /// A word of an earlier day than the one on file.
    #[error("a later word on the event is on file")]
    EarlierWord,
    /// A partial revocation that names nobody.
    #[error("a partial revocation has to name an agency; to revoke for everybody, revoke the whole")]
    RevokesForNobody,
    /// The terms name no event.
    #[error("the consent does not end by an event")]
    NoEvent,
    /// The event has happened; it cannot unhappen.
    #[error("the event that ended the consent cannot be taken back")]
    EventIsFinal,
    /// The other consent is another client's.
    #[error("the other consent is of another client")]
    OtherClient,
    /// The other consent is the same one.
    #[error("a consent cannot take its own place")]
    Itself,
    /// The other consent is not usable, so this one stays.
    #[error("the successor is not signed, adequate and in force")]
    SuccessorNotUsable,
}

impl Consent {
    /// Begins a form for `client`. Kinds that may not share a form are refused here, while it can still be split.
    ///
    /// # Errors
    /// [`TransitionError::Combination`].
    pub fn draft(
        id: ConsentId,
        client: ClientId,
        terms: Terms,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        check_form(&terms)?;
        let state = State::Draft {
            drafted: Act { by, at: now },
        };
        Ok(Self {
            format: Format,
            id,
            client,
            version: Version(1),
            terms,
            state,
        })
    }

    /// Records a form that was signed elsewhere, as it is. A defective one is kept and never usable.
    ///
    /// # Errors
    /// [`TransitionError::OwnBenefitWithoutArtefact`].
    pub fn record_signed(
        id: ConsentId,
        client: ClientId,
        terms: Terms,
        signature: Signature,
        attested: BTreeSet<Attested>,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        let state = State::Draft {
            drafted: Act {
                by: by.clone(),
                at: now,
            },
        };
        Self {
            format: Format,
            id,
            client,
            version: Version(0),
            terms,
            state,
        }
        .sign(signature, attested, by, now)
    }

    /// Changes the terms of a form that is not signed. One that was before the client is a draft again.
    ///
    /// # Errors
    /// [`TransitionError::NotADraft`], [`TransitionError::Combination`].
    pub fn amend(self, terms: Terms, by: Recorder, now: Timestamp) -> Result<Self, TransitionError> {
        let (State::Draft { .. } | State::Requested { .. }) = self.state else {
            return Err(TransitionError::NotADraft);
        };
        check_form(&terms)?;
        let state = State::Draft {
            drafted: Act { by, at: now },
        };
        Ok(Self {
            terms,
            ..self.step(state)
        })
    }

    /// Puts the finished form before the client.
    ///
    /// # Errors
    /// [`TransitionError::NotADraft`].
    pub fn request(self, by: Recorder, now: Timestamp) -> Result<Self, TransitionError> {
        let State::Draft { .. } = self.state else {
            return Err(TransitionError::NotADraft);
        };
        let requested = Act { by, at: now };
        Ok(self.step(State::Requested { requested }))
    }

    /// Records that the client, asked, said no. Final: who asks again begins another form.
    ///
    /// # Errors
    /// [`TransitionError::NotRequested`].
    pub fn decline(self, by: Recorder, now: Timestamp) -> Result<Self, TransitionError> {
        let State::Requested { requested } = &self.state else {
            return Err(TransitionError::NotRequested);
        };
        let requested = requested.clone();
        let recorded = Act { by, at: now };
        Ok(self.step(State::Declined { requested, recorded }))
    }

    /// Records that the form was signed, and what the recorder vouches for.
    ///
    /// # Errors
    /// [`TransitionError::NotADraft`] for anything but a form that waits for its signature;
    /// [`TransitionError::OwnBenefitWithoutArtefact`].
    pub fn sign(
        self,
        signature: Signature,
        attested: BTreeSet<Attested>,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        let (State::Draft { .. } | State::Requested { .. }) = self.state else {
            return Err(TransitionError::NotADraft);
        };
        if signature.artefact.is_none() && self.terms.recipients.may_include(&by.agency) {
            return Err(TransitionError::OwnBenefitWithoutArtefact);
        }
        let recorded = Act { by, at: now };
        let vouched = |attested| (attested, recorded.clone());
        let paper = Paper {
            signature,
            attested: attested.into_iter().map(vouched).collect(),
            recorded,
            findings: BTreeSet::new(),
            event: None,
            revocations: Vec::new(),
        };
        Ok(self.step(State::Signed { paper }))
    }

    /// Records that the client took it back: in writing or orally, wholly or as against some agencies.
    ///
    /// It counts at once: a moment still to come is read as `now`. Everything said later is kept too, such as the
    /// writing after an oral revocation.
    ///
    /// # Errors
    /// [`TransitionError::NotSigned`], [`TransitionError::Ended`], [`TransitionError::RevokesForNobody`].
    pub fn revoke(
        self,
        revocation: Revocation,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        let revocation = Revocation {
            at: revocation.at.min(now),
            ..revocation
        };
        if matches!(&revocation.scope, RevocationScope::Recipients(agencies) if agencies.is_empty()) {
            return Err(TransitionError::RevokesForNobody);
        }
        let recorded = Act { by, at: now };
        let state = match (self.state.clone(), &revocation.scope) {
            (State::Draft { .. } | State::Requested { .. }, _) => return Err(TransitionError::NotSigned),
            (State::Declined { .. } | State::Superseded { .. } | State::EnteredInError { .. }, _) => {
                return Err(TransitionError::Ended);
            }
            (State::Signed { paper } | State::Suspended { paper, .. }, RevocationScope::Whole) => {
                State::Revoked {
                    paper,
                    whole: revocation,
                    recorded,
                }
            }
            (State::Signed { mut paper }, RevocationScope::Recipients(_)) => {
                paper.revocations.push(revocation);
                State::Signed { paper }
            }
            (
                State::Suspended {
                    mut paper,
                    why,
                    recorded,
                },
                RevocationScope::Recipients(_),
            ) => {
                paper.revocations.push(revocation);
                State::Suspended { paper, why, recorded }
            }
            (
                State::Revoked {
                    mut paper,
                    whole,
                    recorded,
                },
                _,
            ) => {
                paper.revocations.push(revocation);
                State::Revoked {
                    paper,
                    whole,
                    recorded,
                }
            }
        };
        Ok(self.step(state))
    }

    /// Lets it rest: it is not relied on until it is resumed.
    ///
    /// # Errors
    /// [`TransitionError::NotSigned`], [`TransitionError::Ended`].
    pub fn suspend(self, why: Suspension, by: Recorder, now: Timestamp) -> Result<Self, TransitionError> {
        let paper = self.live_paper()?.clone();
        let recorded = Act { by, at: now };
        Ok(self.step(State::Suspended { paper, why, recorded }))
    }

    /// Ends a suspension. What happened meanwhile (a day that passed, an event, a finding) counts.
    ///
    /// # Errors
    /// [`TransitionError::NotSuspended`], [`TransitionError::OwnBenefit`].
    pub fn resume(self, by: &Recorder) -> Result<Self, TransitionError> {
        let State::Suspended { paper, .. } = &self.state else {
            return Err(TransitionError::NotSuspended);
        };
        self.keeps_alive(by)?;
        let paper = paper.clone();
        Ok(self.step(State::Signed { paper }))
    }

    /// Records what somebody vouches for later, such as that the signer now has a copy.
    ///
    /// # Errors
    /// [`TransitionError::NotSigned`], [`TransitionError::Ended`], [`TransitionError::OwnBenefit`].
    pub fn attest(
        self,
        attested: BTreeSet<Attested>,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        self.keeps_alive(&by)?;
        let act = Act { by, at: now };
        self.change_paper(|paper| {
            for attested in attested {
                paper.attested.entry(attested).or_insert_with(|| act.clone());
            }
            Ok(())
        })
    }

    /// Records what the source says about the event that ends it. Once the event has happened, nothing undoes that.
    /// A moment still to come is read as `now`.
    ///
    /// # Errors
    /// [`TransitionError::NoEvent`], [`TransitionError::EventIsFinal`], [`TransitionError::EarlierWord`],
    /// [`TransitionError::OwnBenefit`] if who may receive says "not yet", [`TransitionError::NotSigned`],
    /// [`TransitionError::Ended`].
    pub fn report_event(
        self,
        report: EventReport,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        let Expiry::Event(_) = self.terms.expiry else {
            return Err(TransitionError::NoEvent);
        };
        if report.state == EventState::NotOccurred {
            self.keeps_alive(&by)?;
        }
        let report = EventReport {
            as_of: report.as_of.min(now),
            ..report
        };
        let recorded = Act { by, at: now };
        self.change_paper(|paper| {
            let before = paper.event.as_ref().map(|heard| heard.report);
            match before {
                Some(before) if report.state != EventState::Occurred => {
                    if before.state == EventState::Occurred {
                        return Err(TransitionError::EventIsFinal);
                    }
                    if report.as_of < before.as_of {
                        return Err(TransitionError::EarlierWord);
                    }
                }
                _ => {}
            }
            paper.event = Some(Heard { report, recorded });
            Ok(())
        })
    }

    /// Records that something is wrong with the signed form. There is no way to take a finding back: a sound form
    /// is signed anew.
    ///
    /// # Errors
    /// [`TransitionError::NotSigned`], [`TransitionError::Ended`].
    pub fn find(self, finding: Finding) -> Result<Self, TransitionError> {
        self.change_paper(|paper| {
            paper.findings.insert(finding);
            Ok(())
        })
    }

    /// Puts `successor` in this one's place. A successor that cannot be relied on takes nobody's place, so that an
    /// edit never quietly ends a good consent.
    ///
    /// # Errors
    /// [`TransitionError::OtherClient`], [`TransitionError::Itself`], [`TransitionError::SuccessorNotUsable`],
    /// [`TransitionError::NotSigned`], [`TransitionError::Ended`].
    pub fn supersede(self, successor: &Self, by: Recorder, now: Timestamp) -> Result<Self, TransitionError> {
        if successor.client != self.client {
            return Err(TransitionError::OtherClient);
        }
        if successor.id == self.id {
            return Err(TransitionError::Itself);
        }
        if successor.usable_at(now).is_err() {
            return Err(TransitionError::SuccessorNotUsable);
        }
        let paper = self.live_paper()?.clone();
        let recorded = Act { by, at: now };
        Ok(self.step(State::Superseded {
            paper,
            by: successor.id,
            recorded,
        }))
    }

    /// Marks it as one that should never have been on file. Final; what it was is kept.
    ///
    /// # Errors
    /// [`TransitionError::Ended`] if it is so marked already.
    pub fn enter_in_error(
        self,
        why: EntryError,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        if matches!(self.state, State::EnteredInError { .. }) {
            return Err(TransitionError::Ended);
        }
        let was = Box::new(self.state.clone());
        Ok(self.step(State::EnteredInError {
            was,
            why,
            recorded: Act { by, at: now },
        }))
    }

    fn change_paper(
        self,
        change: impl FnOnce(&mut Paper) -> Result<(), TransitionError>,
    ) -> Result<Self, TransitionError> {
        let mut paper = self.live_paper()?.clone();
        change(&mut paper)?;
        let state = match &self.state {
            State::Suspended { why, recorded, .. } => State::Suspended {
                paper,
                why: *why,
                recorded: recorded.clone(),
            },
            _ => State::Signed { paper },
        };
        Ok(self.step(state))
    }

    /// The paper of a form that is signed and has not ended.
    const fn live_paper(&self) -> Result<&Paper, TransitionError> {
        match &self.state {
            State::Draft { .. } | State::Requested { .. } => Err(TransitionError::NotSigned),
            State::Signed { paper } | State::Suspended { paper, .. } => Ok(paper),
            State::Declined { .. }
            | State::Revoked { .. }
            | State::Superseded { .. }
            | State::EnteredInError { .. } => Err(TransitionError::Ended),
        }
    }

    /// Refuses what would keep it alive for the good of whoever says so.
    fn keeps_alive(&self, by: &Recorder) -> Result<(), TransitionError> {
        let receives = self.terms.recipients.may_include(&by.agency);
        if receives && !self.terms.discloser.agencies.contains(&by.agency) {
            return Err(TransitionError::OwnBenefit);
        }
        Ok(())
    }

    fn step(self, state: State) -> Self {
        Self {
            version: Version(self.version.0.saturating_add(1)),
            state,
            ..self
        }
    }
}

/// Refuses a draft whose kinds may not share a form.
fn check_form(terms: &Terms) -> Result<(), CombinationBarred> {
    let barred = |other| check_combination(terms.kind, other);
    terms.combined_with.iter().try_for_each(barred)
}
