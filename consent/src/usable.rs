//! Whether a consent may be relied on at a given moment, and the facts of one that may.
//!
//! 42 CFR 2.31(c), 45 CFR 164.508(b)(2): what is expired, revoked or deficient is never relied on. Asked anew at each
//! release; so a form whose day has passed needs nobody to notice.

use gateway_types::vocabulary::SignerRole;
use gateway_types::{AgencyId, StaffId, Timestamp};

use crate::adequacy::{ElementCheck, Form, Outcome};
use crate::consent::{Consent, Paper, State};
use crate::facts::{ExpiryFacts, Facts, RevocationFacts};
use crate::scope::Ask;
use crate::signing::{
    ArtefactDigest, Attested, Finding, Recorder, Revocation, RevocationScope, Signature, Signer, Standing,
};
use crate::terms::{Discloser, EventReport, EventState, Expiry};

/// How many days the word "it has not happened yet" holds of the event that ends a consent (catalogue P2-31a a7, CD).
pub const EVENT_WORD_DAYS: i64 = 30;
pub(crate) const DAY: i64 = 24 * 60 * 60;

/// Where a consent stands at a given moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not signed yet.
    Draft,
    /// Before the client, who has not answered.
    Requested,
    /// The client said no.
    Declined,
    /// Signed, and lacking something that the law asks for.
    Inadequate,
    /// Signed, adequate and in force.
    Active,
    /// Signed, and resting.
    Suspended,
    /// Signed, and nobody has said, or not lately, whether the event that ends it has happened.
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

impl Status {
    /// The status as a word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Requested => "requested",
            Self::Declined => "declined",
            Self::Suspended => "suspended",
            Self::Inadequate => "inadequate",
            Self::Active => "active",
            Self::Unconfirmed => "unconfirmed",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Superseded => "superseded",
            Self::EnteredInError => "entered_in_error",
        }
    }
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
    /// It rests.
    Suspended,
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
                paper,
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
            State::Draft { .. } | State::Requested { .. } | State::Declined { .. } => {
                reasons.push(Unusable::NotSigned);
            }
            State::EnteredInError { .. } => reasons.push(Unusable::EnteredInError),
            State::Superseded { .. } => reasons.push(Unusable::Superseded),
            State::Revoked { .. } => reasons.push(Unusable::Revoked),
            State::Suspended { paper, .. } => {
                reasons.push(Unusable::Suspended);
                reasons.extend(self.ended(paper, now));
            }
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
            Expiry::Event(_) => match paper.event_state(now) {
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
            State::Requested { .. } => return Status::Requested,
            State::Declined { .. } => return Status::Declined,
            State::Revoked { .. } => return Status::Revoked,
            State::Superseded { .. } => return Status::Superseded,
            State::EnteredInError { .. } => return Status::EnteredInError,
            // Of a form that rests and has ended, the end is told: no word resumes it.
            State::Suspended { paper, .. } if self.ended(paper, now) == Some(Unusable::Expired) => {
                return Status::Expired;
            }
            State::Suspended { .. } => return Status::Suspended,
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

    /// Whether it may be relied on at `now`, its terms cover `ask`, and it binds that discloser and stands for that
    /// recipient.
    #[must_use]
    pub fn covers(&self, ask: &Ask<'_>, now: Timestamp) -> bool {
        self.usable_at(now).is_ok()
            && self.binds(ask.discloser.agency)
            && self.stands_for(ask.recipient.agency, now)
            && self.terms.cover(ask)
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
        let vouched = |attested| paper.attested.contains_key(&attested);
        Ok(Facts {
            id: self.id,
            version: self.version,
            kind: terms.kind,
            signed_at: paper.signature.signed_at,
            standing: paper.signature.standing,
            signer: paper.signature.signer,
            co_signer: paper.signature.co_signer,
            holder: self.holder().clone(),
            discloser: Discloser {
                agencies: terms
                    .discloser
                    .agencies
                    .iter()
                    .filter(|agency| self.binds(agency))
                    .cloned()
                    .collect(),
                classes: terms.discloser.classes,
            },
            recipients: terms.recipients.clone(),
            purposes: terms.purposes,
            categories: terms.categories,
            expires: match terms.expiry {
                Expiry::At(end) => Some(ExpiryFacts::At(end)),
                Expiry::Event(event) => Some(ExpiryFacts::Event {
                    event,
                    occurred: match paper.event_state(now) {
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

impl Consent {
    /// The form as it would be, were it signed now by whoever has to and all of it vouched for: to show beforehand what
    /// it would do. `None` unless it waits for its signature.
    #[must_use]
    pub fn as_if_signed(&self, now: Timestamp) -> Option<Self> {
        let by = Recorder {
            agency: self.holder().clone(),
            staff: StaffId::new("nobody").ok()?,
        };
        let signature = Signature {
            signed_at: now,
            signer: Signer::new(SignerRole::Client),
            co_signer: Some(Signer::with_authority(SignerRole::Parent)),
            standing: Standing::Adult,
            artefact: Some(ArtefactDigest::from_bytes([0; 32])),
        };
        let attested = Attested::ALL.into_iter().collect();
        let signed = self.clone().sign(signature, attested, by.clone(), now).ok()?;
        let not_yet = EventReport {
            state: EventState::NotOccurred,
            as_of: now,
        };
        Some(match signed.clone().report_event(not_yet, by, now) {
            Ok(heard) => heard,
            Err(_) => signed,
        })
    }
}

impl Paper {
    /// What is known of the event at `now`. A "not yet" holds for [`EVENT_WORD_DAYS`]; then nobody knows again.
    pub(crate) fn event_state(&self, now: Timestamp) -> EventState {
        match self.event.as_ref().map(|heard| heard.report) {
            Some(report)
                if report.state == EventState::NotOccurred
                    && now >= report.as_of.plus_seconds(EVENT_WORD_DAYS * DAY) =>
            {
                EventState::Unknown
            }
            Some(report) => report.state,
            None => EventState::Unknown,
        }
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
