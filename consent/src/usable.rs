//! Whether a consent may be relied on at a given moment, and the facts of one that may.
//!
//! 42 CFR 2.31(c), 45 CFR 164.508(b)(2): what is expired, revoked or deficient is never relied on. Asked anew at each
//! release; so a form whose day has passed needs nobody to notice.

use gateway_types::{AgencyId, Timestamp};

use crate::adequacy::{ElementCheck, Form, Outcome};
use crate::consent::{Consent, Paper, State};
use crate::facts::{ExpiryFacts, Facts, RevocationFacts};
use crate::scope::Ask;
use crate::signing::{Attested, Finding, Revocation, RevocationScope};
use crate::terms::{EventState, Expiry};

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

impl Consent {
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
