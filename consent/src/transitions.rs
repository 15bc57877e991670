//! The steps of a consent's life. Each takes the consent and gives the next version, or says why there is none.
//!
//! 42 CFR 2.31(a)(6) and (c), 45 CFR 164.508(b)(5): taking it back counts at once, and nothing leads back from there.

use std::collections::BTreeSet;

use gateway_types::{ClientId, ConsentId, Timestamp};

use crate::algebra::Scope;
use crate::combination::{CombinationBarred, check_combination};
use crate::consent::{Act, Consent, EntryError, Format, Heard, Paper, State, Version};
use crate::signing::{
    ArtefactDigest, Attested, Finding, Narrowing, Recorder, Resumption, Revocation, RevocationScope,
    Signature, Suspension,
};
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
    /// The agency could receive under it, and is not the only one that discloses.
    #[error(
        "an agency that may receive under a consent cannot keep it alive unless it alone discloses; the agency that discloses has to"
    )]
    OwnBenefit,
    /// Only the agency that holds the form may do so.
    #[error("only the agency that holds the form can do this")]
    HolderOnly,
    /// The form does not name the agency as a discloser.
    #[error("the form does not name the agency as one that may disclose")]
    NotADiscloser,
    /// The agency's records are bound by it already.
    #[error("the form binds the agency's records already")]
    BindsAlready,
    /// The signature states the digest of another paper.
    #[error("the signature states another `artefact`: the paper that was signed cannot be exchanged")]
    OtherArtefact,
    /// It is not suspended.
    #[error("the consent is not suspended")]
    NotSuspended,
    /// The reason given does not answer the one for which it was laid to rest.
    #[error("the reason does not answer the one for which the consent was laid to rest")]
    DoubtUnanswered,
    /// A word of a day before the form was signed.
    #[error("the word on the event is older than the signature")]
    BeforeItWasSigned,
    /// Nothing was heard of the event, so there is nothing to correct.
    #[error("no word on the event is on file")]
    NoWord,
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
    /// The other consent lets less happen, and nobody said that this was meant.
    #[error("the successor covers less; to let it, say that it narrows")]
    SuccessorNarrower,
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
            confirmed: std::collections::BTreeMap::new(),
            excepted: BTreeSet::new(),
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

    /// Records that an agency named as discloser has the signed form before it too, and that it is its own client's: from
    /// now on it binds that agency's records. Which client it is, the caller has to have asked.
    ///
    /// # Errors
    /// [`TransitionError::NotADiscloser`], [`TransitionError::BindsAlready`], [`TransitionError::OwnBenefit`],
    /// [`TransitionError::NotSigned`], [`TransitionError::Ended`].
    pub fn confirm(self, by: Recorder, now: Timestamp) -> Result<Self, TransitionError> {
        self.live_paper()?;
        if !self.terms.discloser.agencies.contains(&by.agency) {
            return Err(TransitionError::NotADiscloser);
        }
        if self.binds(&by.agency) {
            return Err(TransitionError::BindsAlready);
        }
        self.keeps_alive(&by)?;
        self.change_paper(|paper| {
            paper.confirmed.insert(by.agency.clone(), Act { by, at: now });
            Ok(())
        })
    }

    /// Ends a suspension: by the holder or by who laid it to rest, with the answer to what it rested for. What happened
    /// meanwhile (a day that passed, an event, a finding) counts.
    ///
    /// # Errors
    /// [`TransitionError::NotSuspended`], [`TransitionError::HolderOnly`], [`TransitionError::DoubtUnanswered`],
    /// [`TransitionError::OwnBenefit`].
    pub fn resume(self, because: Resumption, by: &Recorder) -> Result<Self, TransitionError> {
        let State::Suspended { paper, why, recorded } = &self.state else {
            return Err(TransitionError::NotSuspended);
        };
        self.keeps_alive(by)?;
        if recorded.by.agency != by.agency {
            self.held_by(by)?;
        }
        if !because.answers(*why) {
            return Err(TransitionError::DoubtUnanswered);
        }
        let paper = paper.clone();
        Ok(self.step(State::Signed { paper }))
    }

    /// Records what the holder vouches for later, such as that the signer now has a copy: nobody else has the paper.
    ///
    /// # Errors
    /// [`TransitionError::NotSigned`], [`TransitionError::Ended`], [`TransitionError::OwnBenefit`],
    /// [`TransitionError::HolderOnly`].
    pub fn attest(
        self,
        attested: BTreeSet<Attested>,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        self.keeps_alive(&by)?;
        self.held_by(&by)?;
        let act = Act { by, at: now };
        self.change_paper(|paper| {
            for attested in attested {
                paper.attested.entry(attested).or_insert_with(|| act.clone());
            }
            Ok(())
        })
    }

    /// States the digest of the signed paper, of which none was stated when the form was put on record; the holder has
    /// the paper. One that is stated is never exchanged. It opens nothing, so that it may be stated of an ended form too:
    /// what went on it went on that paper. Whoever may receive under a form stated it when recording, or recorded nothing.
    ///
    /// # Errors
    /// [`TransitionError::OtherArtefact`], [`TransitionError::HolderOnly`], [`TransitionError::NotSigned`],
    /// [`TransitionError::Ended`] if it should never have been on file.
    pub fn state_artefact(self, artefact: ArtefactDigest, by: &Recorder) -> Result<Self, TransitionError> {
        self.held_by(by)?;
        let mut state = self.state.clone();
        let paper = match &mut state {
            State::Draft { .. } | State::Requested { .. } => return Err(TransitionError::NotSigned),
            State::Declined { .. } | State::EnteredInError { .. } => return Err(TransitionError::Ended),
            State::Signed { paper }
            | State::Suspended { paper, .. }
            | State::Revoked { paper, .. }
            | State::Superseded { paper, .. } => paper,
        };
        match paper.signature.artefact {
            Some(stated) if stated != artefact => return Err(TransitionError::OtherArtefact),
            _ => paper.signature.artefact = Some(artefact),
        }
        Ok(self.step(state))
    }

    /// Adds what the same form, sent again by its holder, says beyond what is on file: what is vouched for, and the digest
    /// of the signed paper.
    ///
    /// # Errors
    /// As [`Self::attest`] and [`Self::state_artefact`].
    pub fn say_again(
        self,
        attested: BTreeSet<Attested>,
        artefact: Option<ArtefactDigest>,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        let version = self.version.0.saturating_add(1);
        let more = attested
            .iter()
            .any(|one| self.vouched_for().all(|known| known != *one));
        let stated = match artefact {
            Some(artefact) => self.state_artefact(artefact, &by)?,
            None => self,
        };
        // What is vouched for already is nothing new, and whoever may not vouch for more may still show the paper.
        let said = if more {
            stated.attest(attested, by, now)?
        } else {
            stated
        };
        Ok(Self {
            version: Version(version),
            ..said
        })
    }

    /// Records what the holder says about the event that ends it. Once the event has happened no later word undoes that:
    /// only [`Self::withdraw_event_word`] does. A moment still to come is read as `now`; one before the signature is of
    /// another stay or case.
    ///
    /// # Errors
    /// [`TransitionError::NoEvent`], [`TransitionError::EventIsFinal`], [`TransitionError::EarlierWord`],
    /// [`TransitionError::BeforeItWasSigned`], [`TransitionError::OwnBenefit`] if who may receive says "not yet",
    /// [`TransitionError::HolderOnly`], [`TransitionError::NotSigned`], [`TransitionError::Ended`].
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
        self.live_paper()?;
        self.held_by(&by)?;
        let report = EventReport {
            as_of: report.as_of.min(now),
            ..report
        };
        let recorded = Act { by, at: now };
        self.change_paper(|paper| {
            if report.as_of < paper.signature.signed_at {
                return Err(TransitionError::BeforeItWasSigned);
            }
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

    /// Takes the word on the event back, because it was said of the wrong client or by mistake: then nobody has said
    /// anything, and the form waits for the right word.
    ///
    /// # Errors
    /// [`TransitionError::NoWord`], [`TransitionError::HolderOnly`], [`TransitionError::OwnBenefit`],
    /// [`TransitionError::NotSigned`], [`TransitionError::Ended`].
    pub fn withdraw_event_word(self, by: &Recorder) -> Result<Self, TransitionError> {
        self.live_paper()?;
        self.held_by(by)?;
        self.keeps_alive(by)?;
        self.change_paper(|paper| {
            paper.event.take().ok_or(TransitionError::NoWord)?;
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

    /// Puts `successor` in this one's place. A successor that cannot be relied on takes nobody's place, and one that
    /// covers less only if that is meant, so that an edit never quietly ends a good consent.
    ///
    /// # Errors
    /// [`TransitionError::OtherClient`], [`TransitionError::Itself`], [`TransitionError::SuccessorNotUsable`],
    /// [`TransitionError::SuccessorNarrower`], [`TransitionError::HolderOnly`], [`TransitionError::NotSigned`],
    /// [`TransitionError::Ended`].
    pub fn supersede(
        self,
        successor: &Self,
        narrowing: Narrowing,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
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
        self.held_by(&by)?;
        let lost = self
            .could_cover(now)
            .intersection(&Scope::since(now))
            .difference(&successor.scope(now));
        if narrowing == Narrowing::Barred && !lost.is_empty() {
            return Err(TransitionError::SuccessorNarrower);
        }
        let recorded = Act { by, at: now };
        Ok(self.step(State::Superseded {
            paper,
            by: successor.id,
            recorded,
        }))
    }

    /// Marks it as one that should never have been on file. Final; what it was is kept, and whose it was.
    ///
    /// # Errors
    /// [`TransitionError::Ended`] if it is so marked already, [`TransitionError::HolderOnly`].
    pub fn enter_in_error(
        self,
        why: EntryError,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        if matches!(self.state, State::EnteredInError { .. }) {
            return Err(TransitionError::Ended);
        }
        self.held_by(&by)?;
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
        if self.terms.benefits(&by.agency) {
            return Err(TransitionError::OwnBenefit);
        }
        Ok(())
    }

    fn held_by(&self, by: &Recorder) -> Result<(), TransitionError> {
        if *self.holder() != by.agency {
            return Err(TransitionError::HolderOnly);
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
