//! The life of a consent: a state machine with the facts inside the state.
//!
//! 42 CFR 2.31(c), 45 CFR 164.508(b)(2): what is expired, revoked or deficient is never relied on. Expiry is not a
//! state but a question asked at a given moment; so a form whose day has passed needs nobody to notice.

use std::collections::BTreeSet;
use std::fmt;

use gateway_types::vocabulary::RevocationForm;
use gateway_types::{AgencyId, ClientId, ConsentId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::adequacy::{ElementCheck, Form, Outcome};
use crate::combination::{CombinationBarred, check_combination};
use crate::facts::{ExpiryFacts, Facts, RevocationFacts};
use crate::scope::Ask;
use crate::signing::{Attested, Finding, Recorder, Revocation, RevocationScope, Signature};
use crate::terms::{EventReport, EventState, Expiry, Terms};

/// What one client agreed to on one form.
///
/// The client and the terms of a signed form cannot be changed: there is no way to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    format: Format,
    id: ConsentId,
    client: ClientId,
    version: Version,
    terms: Terms,
    state: State,
}

/// How many times a consent has been written down; each transition adds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(u32);

impl Version {
    /// The number; the first is 1.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The stored form. A later one gets a new number and a way to read this one.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Format;

impl From<Format> for u32 {
    fn from(_: Format) -> Self {
        1
    }
}

impl TryFrom<u32> for Format {
    type Error = &'static str;

    fn try_from(number: u32) -> Result<Self, Self::Error> {
        if number == 1 {
            Ok(Self)
        } else {
            Err("a form of stored consent that this version cannot read")
        }
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum State {
    Draft {
        drafted: Act,
    },
    Signed {
        paper: Paper,
    },
    Revoked {
        paper: Paper,
        whole: Revocation,
        recorded: Act,
    },
    Superseded {
        paper: Paper,
        by: ConsentId,
        recorded: Act,
    },
    EnteredInError {
        was: Box<State>,
        why: EntryError,
        recorded: Act,
    },
}

/// A signed form and what became known about it since.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Paper {
    signature: Signature,
    attested: BTreeSet<Attested>,
    recorded: Act,
    #[serde(default)]
    findings: BTreeSet<Finding>,
    #[serde(default)]
    event: Option<EventReport>,
    /// Revocations as against single recipients, and everything said after the whole was revoked.
    #[serde(default)]
    revocations: Vec<Revocation>,
}

/// Something done to the record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    by: Recorder,
    at: Timestamp,
}

/// Why a consent should never have been on file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryError {
    /// It is another client's form.
    WrongClient,
    /// What was typed is not what the form says.
    WrongTerms,
    /// It is on file already.
    Duplicate,
    /// The draft was never signed.
    Abandoned,
}

/// Where a consent stands at a given moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not signed yet.
    Draft,
    /// Signed, and lacking something that the law asks for.
    Inadequate,
    /// Signed, adequate and in force.
    Active,
    /// Signed, and nobody has said whether the event that ends it has happened.
    Unconfirmed,
    /// Its end has come.
    Expired,
    /// Taken back.
    Revoked,
    /// Another one stands in its place.
    Superseded,
    /// Should never have been on file.
    EnteredInError,
}

/// Why a consent may not be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Not signed.
    NotSigned,
    /// An element is missing.
    Inadequate {
        /// Which.
        element: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Its end has come.
    Expired,
    /// The state of the event that ends it is not known.
    EventUnknown,
    /// Taken back.
    Revoked,
    /// Another one stands in its place.
    Superseded,
    /// Should never have been on file.
    EnteredInError,
}

/// A step that a consent cannot take. The consent is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// Kinds that may not share a form.
    #[error(transparent)]
    Combination(#[from] CombinationBarred),
    /// Only a draft can be changed or signed.
    #[error("only a draft can be changed or signed")]
    NotADraft,
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

    /// Changes the terms of a draft.
    ///
    /// # Errors
    /// [`TransitionError::NotADraft`], [`TransitionError::Combination`].
    pub fn amend(self, terms: Terms, by: Recorder, now: Timestamp) -> Result<Self, TransitionError> {
        let State::Draft { .. } = self.state else {
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

    /// Records that the form was signed, and what the recorder vouches for.
    ///
    /// # Errors
    /// [`TransitionError::NotADraft`] for anything but a draft, however it ended;
    /// [`TransitionError::OwnBenefitWithoutArtefact`].
    pub fn sign(
        self,
        signature: Signature,
        attested: BTreeSet<Attested>,
        by: Recorder,
        now: Timestamp,
    ) -> Result<Self, TransitionError> {
        let State::Draft { .. } = self.state else {
            return Err(TransitionError::NotADraft);
        };
        if signature.artefact.is_none() && self.terms.recipients.may_include(&by.agency) {
            return Err(TransitionError::OwnBenefitWithoutArtefact);
        }
        let recorded = Act { by, at: now };
        let paper = Paper {
            signature,
            attested,
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
            (State::Draft { .. }, _) => return Err(TransitionError::NotSigned),
            (State::Superseded { .. } | State::EnteredInError { .. }, _) => {
                return Err(TransitionError::Ended);
            }
            (State::Signed { paper }, RevocationScope::Whole) => State::Revoked {
                paper,
                whole: revocation,
                recorded,
            },
            (State::Signed { mut paper }, RevocationScope::Recipients(_)) => {
                paper.revocations.push(revocation);
                State::Signed { paper }
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

    /// Records what the source says about the event that ends it. Once the event has happened, nothing undoes that.
    ///
    /// # Errors
    /// [`TransitionError::NoEvent`], [`TransitionError::EventIsFinal`], [`TransitionError::NotSigned`],
    /// [`TransitionError::Ended`].
    pub fn report_event(self, report: EventReport) -> Result<Self, TransitionError> {
        let Expiry::Event(_) = self.terms.expiry else {
            return Err(TransitionError::NoEvent);
        };
        self.change_paper(|paper| match paper.event {
            Some(EventReport {
                state: EventState::Occurred,
                ..
            }) if report.state != EventState::Occurred => Err(TransitionError::EventIsFinal),
            _ => {
                paper.event = Some(report);
                Ok(())
            }
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
        let paper = match &self.state {
            State::Draft { .. } => return Err(TransitionError::NotSigned),
            State::Signed { paper } => paper.clone(),
            _ => return Err(TransitionError::Ended),
        };
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
        let mut paper = match &self.state {
            State::Draft { .. } => return Err(TransitionError::NotSigned),
            State::Signed { paper } => paper.clone(),
            _ => return Err(TransitionError::Ended),
        };
        change(&mut paper)?;
        Ok(self.step(State::Signed { paper }))
    }

    fn step(self, state: State) -> Self {
        Self {
            version: Version(self.version.0.saturating_add(1)),
            state,
            ..self
        }
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> ConsentId {
        self.id
    }

    /// The client whose it is.
    #[must_use]
    pub const fn client(&self) -> ClientId {
        self.client
    }

    /// Which version this is.
    #[must_use]
    pub const fn version(&self) -> Version {
        self.version
    }

    /// What stands on the form.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The signature, once it has one.
    #[must_use]
    pub fn signature(&self) -> Option<&Signature> {
        self.paper().map(|paper| &paper.signature)
    }

    /// Who last put it on record as signed, and when.
    #[must_use]
    pub fn recorded(&self) -> Option<(&Recorder, Timestamp)> {
        self.paper().map(|paper| (&paper.recorded.by, paper.recorded.at))
    }

    /// Every revocation, in the order recorded.
    pub fn revocations(&self) -> impl Iterator<Item = &Revocation> {
        let whole = match &self.state {
            State::Revoked { whole, .. } => Some(whole),
            _ => None,
        };
        whole
            .into_iter()
            .chain(self.paper().into_iter().flat_map(|paper| &paper.revocations))
    }

    /// Whether the client took the whole of it back by word of mouth and the writing has not come.
    #[must_use]
    pub fn owes_written_revocation(&self) -> bool {
        let written = |revocation: &Revocation| revocation.form == RevocationForm::Written;
        self.revocations().next().is_some() && !self.revocations().any(written)
    }

    /// The form in force when it can still be acted on; not of one entered in error.
    fn paper(&self) -> Option<&Paper> {
        match &self.state {
            State::Draft { .. } | State::EnteredInError { .. } => None,
            State::Signed { paper } | State::Revoked { paper, .. } | State::Superseded { paper, .. } => {
                Some(paper)
            }
        }
    }

    /// The elements that the law asks of this kind of form, each met or missing. Empty before it is signed.
    #[must_use]
    pub fn adequacy(&self, now: Timestamp) -> Vec<ElementCheck> {
        self.paper().map_or_else(Vec::new, |paper| {
            let form = Form {
                terms: &self.terms,
                signature: &paper.signature,
                attested: &paper.attested,
                findings: &paper.findings,
                now,
            };
            form.checks()
        })
    }

    /// Whether it may be relied on at `now`. As against single recipients it may still have been revoked, and
    /// elements met in part bind in part: [`Self::covers`] and the rules look at each disclosure.
    ///
    /// # Errors
    /// Every reason why it may not.
    pub fn usable_at(&self, now: Timestamp) -> Result<(), Vec<Unusable>> {
        let mut reasons = Vec::new();
        match &self.state {
            State::Draft { .. } => reasons.push(Unusable::NotSigned),
            State::EnteredInError { .. } => reasons.push(Unusable::EnteredInError),
            State::Superseded { .. } => reasons.push(Unusable::Superseded),
            State::Revoked { .. } => reasons.push(Unusable::Revoked),
            State::Signed { paper } => reasons.extend(self.ended(paper, now)),
        }
        reasons.extend(
            self.adequacy(now)
                .into_iter()
                .filter_map(|check| match check.outcome {
                    Outcome::Missing(reason) => Some(Unusable::Inadequate {
                        element: check.id,
                        reason,
                    }),
                    Outcome::Met | Outcome::MetInPart(_) => None,
                }),
        );
        if reasons.is_empty() { Ok(()) } else { Err(reasons) }
    }

    /// Whether its end has come. The end itself is no longer in force.
    fn ended(&self, paper: &Paper, now: Timestamp) -> Option<Unusable> {
        match self.terms.expiry {
            Expiry::At(end) => (now >= end).then_some(Unusable::Expired),
            Expiry::Event(_) => match paper.event.map_or(EventState::Unknown, |report| report.state) {
                EventState::NotOccurred => None,
                EventState::Occurred => Some(Unusable::Expired),
                EventState::Unknown => Some(Unusable::EventUnknown),
            },
            Expiry::None | Expiry::Unstated => None,
        }
    }

    /// Where it stands at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        let paper = match &self.state {
            State::Draft { .. } => return Status::Draft,
            State::Revoked { .. } => return Status::Revoked,
            State::Superseded { .. } => return Status::Superseded,
            State::EnteredInError { .. } => return Status::EnteredInError,
            State::Signed { paper } => paper,
        };
        match (self.ended(paper, now), self.usable_at(now)) {
            (Some(Unusable::Expired), _) => Status::Expired,
            (Some(_), _) => Status::Unconfirmed,
            (None, Ok(())) => Status::Active,
            (None, Err(_)) => Status::Inadequate,
        }
    }

    /// Whether `agency` still may receive under it: no revocation that has taken effect is against it.
    #[must_use]
    pub fn stands_for(&self, agency: &AgencyId, now: Timestamp) -> bool {
        !self.revocations().any(|revocation| {
            revocation.at <= now
                && match &revocation.scope {
                    RevocationScope::Whole => true,
                    RevocationScope::Recipients(agencies) => agencies.contains(agency),
                }
        })
    }

    /// Whether it may be relied on at `now`, its terms cover `ask`, and it stands for that recipient.
    #[must_use]
    pub fn covers(&self, ask: &Ask<'_>, now: Timestamp) -> bool {
        self.usable_at(now).is_ok() && self.stands_for(ask.recipient.agency, now) && self.terms.cover(ask)
    }

    /// The facts for a decision at `now`. One that may not be relied on gives none, so that none can rest on it.
    ///
    /// # Errors
    /// Every reason why it may not be relied on.
    pub fn facts(&self, now: Timestamp) -> Result<Facts, Vec<Unusable>> {
        self.usable_at(now)?;
        let paper = self.paper().ok_or_else(|| vec![Unusable::NotSigned])?;
        let terms = &self.terms;
        let found = |finding| paper.findings.contains(&finding);
        let vouched = |attested| paper.attested.contains(&attested);
        Ok(Facts {
            id: self.id,
            version: self.version,
            kind: terms.kind,
            signed_at: paper.signature.signed_at,
            signer: paper.signature.signer,
            co_signer: paper.signature.co_signer,
            discloser: terms.discloser.clone(),
            recipients: terms.recipients.clone(),
            purposes: terms.purposes,
            categories: terms.categories,
            expires: match terms.expiry {
                Expiry::At(end) => Some(ExpiryFacts::At(end)),
                Expiry::Event(event) => Some(ExpiryFacts::Event {
                    event,
                    occurred: match paper.event.map_or(EventState::Unknown, |report| report.state) {
                        EventState::NotOccurred => Some(false),
                        EventState::Occurred => Some(true),
                        EventState::Unknown => None,
                    },
                }),
                Expiry::None => Some(ExpiryFacts::None),
                Expiry::Unstated => None,
            },
            revoked: self.revocations().map(RevocationFacts::from).collect(),
            statements: terms.statements,
            combined_with: terms.combined_with,
            no_investigative_use: terms.no_investigative_use,
            known_false: found(Finding::KnownFalse),
            conditioned: found(Finding::Conditioned) || !vouched(Attested::NotConditioned),
            names_gateway: terms.names_gateway,
            client_name_differs: found(Finding::ClientNameDiffers) || !vouched(Attested::NameMatchesClient),
            proceeding: terms.proceeding.clone(),
        })
    }
}

impl From<&Revocation> for RevocationFacts {
    fn from(revocation: &Revocation) -> Self {
        let recipients = match &revocation.scope {
            RevocationScope::Whole => None,
            RevocationScope::Recipients(agencies) => Some(agencies.iter().cloned().collect()),
        };
        Self {
            at: revocation.at,
            recipients,
            form: revocation.form,
        }
    }
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Draft { .. } => "draft",
            State::Signed { .. } => "signed",
            State::Revoked { .. } => "revoked",
            State::Superseded { .. } => "superseded",
            State::EnteredInError { .. } => "entered in error",
        };
        f.debug_struct("Consent")
            .field("id", &self.id)
            .field("version", &self.version.0)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

/// Refuses a draft whose kinds may not share a form.
fn check_form(terms: &Terms) -> Result<(), CombinationBarred> {
    let barred = |other| check_combination(terms.kind, other);
    terms.combined_with.iter().try_for_each(barred)
}
