//! A consent on file: a state machine with the facts inside the state, and the form in which it is stored.
//!
//! Expiry and adequacy are not states but questions asked at a given moment (`usable`); the steps are in
//! `transitions`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use gateway_types::vocabulary::RevocationForm;
use gateway_types::{AgencyId, ClientId, ConsentId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::signing::{Attested, Finding, Recorder, Revocation, RevocationScope, Signature, Suspension};
use crate::terms::{EventReport, EventState, Terms};

/// What one client agreed to on one form.
///
/// The client and the terms of a signed form cannot be changed: there is no way to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    pub(crate) format: Format,
    pub(crate) id: ConsentId,
    pub(crate) client: ClientId,
    pub(crate) version: Version,
    pub(crate) terms: Terms,
    pub(crate) state: State,
}

/// How many times a consent has been written down; each transition adds one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub(crate) u32);

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
pub(crate) struct Format;

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
pub(crate) enum State {
    Draft {
        drafted: Act,
    },
    /// Put before the client, who has not answered.
    Requested {
        requested: Act,
    },
    /// The client said no.
    Declined {
        requested: Act,
        recorded: Act,
    },
    Signed {
        paper: Paper,
    },
    /// Signed, and for now not to be relied on.
    Suspended {
        paper: Paper,
        why: Suspension,
        recorded: Act,
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
pub(crate) struct Paper {
    pub(crate) signature: Signature,
    pub(crate) attested: BTreeMap<Attested, Act>,
    pub(crate) recorded: Act,
    #[serde(default)]
    pub(crate) findings: BTreeSet<Finding>,
    #[serde(default)]
    pub(crate) event: Option<Heard>,
    /// The other disclosers named that have put it on record for their own records too.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) confirmed: BTreeMap<AgencyId, Act>,
    /// Whom a class on it was stated not to mean when it was signed. Each stands among the revocations too, from the moment
    /// of the signature on; here it is told from what was taken back since.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) excepted: BTreeSet<AgencyId>,
    /// Revocations as against single recipients, and everything said after the whole was revoked.
    #[serde(default)]
    pub(crate) revocations: Vec<Revocation>,
}

/// What was last heard of the event that ends it, and who put it on record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Heard {
    pub(crate) report: EventReport,
    pub(crate) recorded: Act,
}

/// Something done to the record: by whom and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// Who did it.
    pub by: Recorder,
    /// When.
    pub at: Timestamp,
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

impl Consent {
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

    /// How it was signed, also if it was entered in error.
    #[must_use]
    pub fn signed_as(&self) -> Option<&Signature> {
        self.paper_as_signed().map(|paper| &paper.signature)
    }

    /// What is vouched for.
    pub fn vouched_for(&self) -> impl Iterator<Item = Attested> {
        let vouched = self.paper().into_iter().flat_map(|paper| paper.attested.keys());
        vouched.copied()
    }

    /// Why it does not belong on file, if it does not.
    #[must_use]
    pub const fn entry_error(&self) -> Option<EntryError> {
        match &self.state {
            State::EnteredInError { why, .. } => Some(*why),
            _ => None,
        }
    }

    /// What its holder last said of the event that ends it.
    #[must_use]
    pub fn word_on_event(&self) -> Option<EventReport> {
        let heard = self.paper_as_signed()?.event.as_ref()?;
        Some(heard.report)
    }

    /// Whether something was held against it, or it rested, had an end or a successor, before it was marked as an error:
    /// marking it takes none of that off the paper.
    #[must_use]
    pub fn was_held_back(&self) -> bool {
        let state = self.state.before_the_error();
        let ended = |paper: &Paper| {
            !paper.findings.is_empty()
                || (paper.event.as_ref()).is_some_and(|heard| heard.report.state == EventState::Occurred)
        };
        match state {
            State::Suspended { .. } | State::Revoked { .. } | State::Superseded { .. } => true,
            State::Signed { paper } => ended(paper),
            State::Draft { .. }
            | State::Requested { .. }
            | State::Declined { .. }
            | State::EnteredInError { .. } => false,
        }
    }

    /// Until when no other form between the same parties counts that was signed by then: the last word by which it was
    /// taken back; or its signing, if it is another client's form. `None`: nothing speaks against another.
    #[must_use]
    pub fn ended_for_good(&self) -> Option<Timestamp> {
        let signed = self.signed_as()?.signed_at;
        let anothers = (self.entry_error() == Some(EntryError::WrongClient)).then_some(signed);
        // What it excepted from the first is no word by which it was taken back.
        let stated = |revocation: &&Revocation| {
            revocation.at == signed
                && matches!(&revocation.scope, RevocationScope::Recipients(agencies) if agencies == self.excepted())
        };
        let words = self.revocations().filter(|revocation| !stated(revocation));
        words.map(|revocation| revocation.at).chain(anothers).max()
    }

    /// Who last put it on record as signed, and when.
    #[must_use]
    pub fn recorded(&self) -> Option<(&Recorder, Timestamp)> {
        self.paper().map(|paper| (&paper.recorded.by, paper.recorded.at))
    }

    /// Every revocation, in the order recorded. What was taken back stays so when the form is marked as an error.
    pub fn revocations(&self) -> impl Iterator<Item = &Revocation> {
        let state = self.state.before_the_error();
        let whole = match state {
            State::Revoked { whole, .. } => Some(whole),
            _ => None,
        };
        whole
            .into_iter()
            .chain(state.paper().into_iter().flat_map(|paper| &paper.revocations))
    }

    /// The oral revocations for which no writing has come that takes back as much.
    pub fn unwritten_revocations(&self) -> impl Iterator<Item = &Revocation> {
        let mut whole = false;
        let mut agencies: BTreeSet<&AgencyId> = BTreeSet::new();
        for revocation in self.revocations() {
            match (&revocation.form, &revocation.scope) {
                (RevocationForm::Oral, _) => {}
                (RevocationForm::Written, RevocationScope::Whole) => whole = true,
                (RevocationForm::Written, RevocationScope::Recipients(named)) => agencies.extend(named),
            }
        }
        self.revocations().filter(move |revocation| {
            let written = match &revocation.scope {
                _ if whole => true,
                RevocationScope::Whole => false,
                RevocationScope::Recipients(named) => named.iter().all(|agency| agencies.contains(agency)),
            };
            revocation.form == RevocationForm::Oral && !written
        })
    }

    /// Whether the client took it back by word of mouth, wholly or in part, and the writing has not come.
    #[must_use]
    pub fn owes_written_revocation(&self) -> bool {
        self.unwritten_revocations().next().is_some()
    }

    /// The agency that holds the form: who put it on record as signed, or began it while it is not. Nobody else holds it
    /// for having marked it as an error.
    #[must_use]
    pub fn holder(&self) -> &AgencyId {
        let act = match self.state.before_the_error() {
            State::Draft { drafted: act }
            | State::Requested { requested: act }
            | State::Declined { requested: act, .. }
            // There is no error of an error; were there one, whoever marked it would be told.
            | State::EnteredInError { recorded: act, .. } => act,
            State::Signed { paper }
            | State::Suspended { paper, .. }
            | State::Revoked { paper, .. }
            | State::Superseded { paper, .. } => &paper.recorded,
        };
        &act.by.agency
    }

    /// Whether it binds the records of `agency`: it holds the form, or confirmed it. What an agency says that another
    /// may disclose binds the other only once that one has said so too.
    #[must_use]
    pub fn binds(&self, agency: &AgencyId) -> bool {
        self.paper()
            .is_some_and(|paper| paper.recorded.by.agency == *agency || paper.confirmed.contains_key(agency))
    }

    /// The agencies that it names as disclosers and whose records it does not bind yet.
    pub fn not_confirmed_by(&self) -> impl Iterator<Item = &AgencyId> {
        let named = self.terms.discloser.agencies.iter();
        named.filter(|agency| self.paper().is_some() && !self.binds(agency))
    }

    /// Why it is suspended, if it is.
    #[must_use]
    pub const fn suspension(&self) -> Option<Suspension> {
        match &self.state {
            State::Suspended { why, .. } => Some(*why),
            _ => None,
        }
    }

    /// The form in force when it can still be acted on; not of one entered in error.
    pub(crate) const fn paper(&self) -> Option<&Paper> {
        self.state.paper()
    }

    /// The form as it was signed, also if it was entered in error.
    pub(crate) fn paper_as_signed(&self) -> Option<&Paper> {
        self.state.before_the_error().paper()
    }

    /// Whom it was stated not to mean when it was signed.
    fn excepted(&self) -> &BTreeSet<AgencyId> {
        static NOBODY: BTreeSet<AgencyId> = BTreeSet::new();
        self.paper_as_signed().map_or(&NOBODY, |paper| &paper.excepted)
    }
}

impl State {
    const fn paper(&self) -> Option<&Paper> {
        match self {
            Self::Draft { .. }
            | Self::Requested { .. }
            | Self::Declined { .. }
            | Self::EnteredInError { .. } => None,
            Self::Signed { paper }
            | Self::Suspended { paper, .. }
            | Self::Revoked { paper, .. }
            | Self::Superseded { paper, .. } => Some(paper),
        }
    }

    /// What it was before it was marked as an error; itself if it was not.
    fn before_the_error(&self) -> &Self {
        match self {
            Self::EnteredInError { was, .. } => was,
            other => other,
        }
    }
}

impl fmt::Debug for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Draft { .. } => "draft",
            State::Requested { .. } => "requested",
            State::Declined { .. } => "declined",
            State::Signed { .. } => "signed",
            State::Suspended { .. } => "suspended",
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
