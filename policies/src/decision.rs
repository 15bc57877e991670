//! What a decision is: a permit or a denial, which only this crate can make.
//!
//! A [`Permit`] names what may go, to exactly the audience that was decided on, with its obligations. It cannot be made,
//! copied or read from a file elsewhere:
//!
//! ```compile_fail,E0451
//! // A permit cannot be put together: its fields are private.
//! fn forge(other: policies::Permit) -> policies::Permit {
//!     policies::Permit { ..other }
//! }
//! ```
//!
//! ```compile_fail,E0308
//! // A permit cannot be copied for a second release.
//! fn copy(permit: &policies::Permit) -> policies::Permit {
//!     permit.clone()
//! }
//! ```
//!
//! ```compile_fail,E0277
//! // A permit cannot be read from anywhere.
//! fn read(json: &str) -> Option<policies::Permit> {
//!     serde_json::from_str::<policies::Permit>(json).ok()
//! }
//! ```
//!
//! ```compile_fail,E0277
//! // Nor is there an empty one to begin with.
//! fn empty() -> policies::Permit {
//!     Default::default()
//! }
//! ```

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use gateway_crypto::Digest;
use gateway_types::vocabulary::{Basis, Category, Notice, Obligation, Regime, Response, Word, WordSet};
use gateway_types::{AgencyId, MouId};

use crate::facts::Handle;
use crate::law::Rule;
use crate::terms::AgreementTerm;

/// The outcome of a request: what may go, or nothing.
#[derive(Debug)]
pub enum Decision {
    /// At least one element may go.
    Permit(Permit),
    /// Nothing may go.
    Denial(Denial),
}

impl Decision {
    /// What was found, whichever way it came out.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        match self {
            Self::Permit(permit) => permit.findings(),
            Self::Denial(denial) => denial.findings(),
        }
    }
}

/// Leave to release some elements to the audience that was decided on.
#[derive(Debug)]
#[must_use = "a permit is there to redact by, and its obligations to be met"]
pub struct Permit {
    findings: Box<Findings>,
}

impl Permit {
    /// What was found: elements, grounds, obligations, notices.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    pub(crate) fn into_findings(self) -> Findings {
        *self.findings
    }

    /// The elements that may go.
    pub fn released(&self) -> impl Iterator<Item = &Handle> {
        self.findings.released()
    }

    /// Whether this element may go.
    #[must_use]
    pub fn releases(&self, element: &Handle) -> bool {
        self.released().any(|released| released == element)
    }
}

/// A refusal. To the outside it says nothing but its [`Response`].
#[derive(Debug)]
pub struct Denial {
    findings: Box<Findings>,
}

impl Denial {
    /// What was found: why each element stays, and what is owed nevertheless.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    pub(crate) fn into_findings(self) -> Findings {
        *self.findings
    }

    /// Names the elements of a request that was refused before they were looked at. For tests and replay.
    pub(crate) fn list_withheld(&mut self, record: &crate::facts::RecordFacts) {
        self.findings.elements = record
            .elements
            .iter()
            .map(|element| ElementFinding {
                id: element.id.clone(),
                outcome: Outcome::Withhold,
                bases: WordSet::EMPTY,
                reasons: Reasons::none(element.category),
            })
            .collect();
        // The elements are known after all: the evidence of 171.202(b) is owed for health data only.
        let health = record.elements.iter().any(|element| {
            element
                .regimes
                .contains_any(&[Regime::Hipaa, Regime::P2, Regime::Unknown])
        });
        if !health {
            self.findings.obligations.remove(Obligation::Ib);
        }
    }

    /// What the caller is told: `refused` for a reason that lies in the request alone, else `neutral`.
    #[must_use]
    pub fn response(&self) -> Response {
        self.findings.response
    }
}

/// What was found about a request and each of its elements. Internal: a neutral response shows none of it.
#[derive(Debug)]
pub struct Findings {
    pub(crate) elements: Vec<ElementFinding>,
    pub(crate) request: Vec<Reason>,
    /// Whoever will see the payload, seat by seat.
    pub(crate) recipients: Vec<AgencyId>,
    pub(crate) response: Response,
    pub(crate) obligations: WordSet<Obligation>,
    pub(crate) notices: WordSet<Notice>,
    pub(crate) accounting: Accounting,
    pub(crate) consents: Vec<Handle>,
    pub(crate) agreements: Vec<AgreementInPlay>,
    pub(crate) terms: Vec<AgreementTerm>,
    pub(crate) rule_set: Digest,
    pub(crate) agreement_set: Digest,
}

impl Findings {
    /// Each element, in the order of the facts.
    #[must_use]
    pub fn elements(&self) -> &[ElementFinding] {
        &self.elements
    }

    /// The handles of the elements that may go.
    pub fn released(&self) -> impl Iterator<Item = &Handle> {
        self.elements
            .iter()
            .filter(|element| element.outcome == Outcome::Release)
            .map(|element| &element.id)
    }

    /// Reasons that concern the request as a whole: a gate, a client not found.
    #[must_use]
    pub fn request_reasons(&self) -> &[Reason] {
        &self.request
    }

    /// The agency of the recipient whom a reason of these findings concerns, if it concerns one.
    #[must_use]
    pub fn recipient(&self, reason: &Reason) -> Option<&AgencyId> {
        self.recipients.get(reason.seat?.position())
    }

    /// What the caller is told.
    #[must_use]
    pub const fn response(&self) -> Response {
        self.response
    }

    /// What must be done because of the decision.
    #[must_use]
    pub const fn obligations(&self) -> WordSet<Obligation> {
        self.obligations
    }

    /// What travels with the payload. Empty unless something is released.
    #[must_use]
    pub const fn notices(&self) -> WordSet<Notice> {
        self.notices
    }

    /// In which accountings the decision is an entry.
    #[must_use]
    pub const fn accounting(&self) -> Accounting {
        self.accounting
    }

    /// Every basis that carries a released element.
    #[must_use]
    pub fn bases(&self) -> WordSet<Basis> {
        self.elements
            .iter()
            .filter(|element| element.outcome == Outcome::Release)
            .flat_map(|element| element.bases.iter())
            .collect()
    }

    /// The consents that released elements rest on.
    #[must_use]
    pub fn consents(&self) -> &[Handle] {
        &self.consents
    }

    /// The agreements under which released elements go.
    #[must_use]
    pub fn agreements(&self) -> &[AgreementInPlay] {
        &self.agreements
    }

    /// What these agreements ask of those who receive under them, beside the obligations of the law. Empty unless
    /// something is released.
    #[must_use]
    pub fn terms(&self) -> &[AgreementTerm] {
        &self.terms
    }

    /// The statutory floor that decided.
    #[must_use]
    pub const fn rule_set(&self) -> Digest {
        self.rule_set
    }

    /// The set of agreements that was in force.
    #[must_use]
    pub const fn agreement_set(&self) -> Digest {
        self.agreement_set
    }
}

/// What was found about one element.
#[derive(Debug, Clone)]
pub struct ElementFinding {
    pub(crate) id: Handle,
    pub(crate) outcome: Outcome,
    pub(crate) bases: WordSet<Basis>,
    pub(crate) reasons: Reasons,
}

impl ElementFinding {
    /// The element.
    #[must_use]
    pub const fn id(&self) -> &Handle {
        &self.id
    }

    /// Whether it may go.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The bases it goes on, over all regimes and recipients; empty if it stays.
    #[must_use]
    pub const fn bases(&self) -> WordSet<Basis> {
        self.bases
    }

    /// The rules that fired, in the order in which they were asked.
    pub fn reasons(&self) -> impl Iterator<Item = Reason> {
        self.reasons.iter()
    }
}

/// A rule that fired for some categories of elements that are alike otherwise.
#[derive(Clone, Copy)]
pub(crate) struct Noted {
    pub(crate) categories: WordSet<Category>,
    pub(crate) rule: &'static Rule,
    pub(crate) effect: Effect,
    /// The recipient, as a position among the seats; `None`: whoever receives.
    pub(crate) seat: Option<Place>,
}

/// The reasons of one element: what was noted for its category, in a part of all that was noted.
#[derive(Clone)]
pub(crate) struct Reasons {
    /// `None`: nothing was noted.
    pub(crate) noted: Option<Arc<Vec<Noted>>>,
    pub(crate) part: Range<usize>,
    pub(crate) category: Category,
}

impl Reasons {
    /// Of an element that no rule was asked about.
    pub(crate) const fn none(category: Category) -> Self {
        Self {
            noted: None,
            part: 0..0,
            category,
        }
    }

    fn iter(&self) -> impl Iterator<Item = Reason> {
        let all = self.noted.as_ref().and_then(|noted| noted.get(self.part.clone()));
        all.unwrap_or_default()
            .iter()
            .filter(|noted| noted.categories.contains(self.category))
            .map(|noted| Reason {
                rule: noted.rule,
                effect: noted.effect,
                seat: noted.seat,
            })
    }
}

impl fmt::Debug for Reasons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Whether an element may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It may go to the whole audience.
    Release,
    /// It stays.
    Withhold,
}

impl Outcome {
    /// The word of the scenarios.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Withhold => "withhold",
        }
    }
}

/// A rule that fired, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    pub(crate) rule: &'static Rule,
    pub(crate) effect: Effect,
    pub(crate) seat: Option<Place>,
}

/// The position of a recipient among those of the findings. Small, since there are thousands in a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(NonZeroU32);

impl Place {
    pub(crate) fn of(position: usize) -> Self {
        // No request has four thousand million recipients.
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        Self(NonZeroU32::MIN.saturating_add(position))
    }

    const fn position(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl Reason {
    /// The rule, with its citation and its words.
    #[must_use]
    pub const fn rule(&self) -> &'static Rule {
        self.rule
    }

    /// What it did.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.effect
    }
}

/// What a rule did when it fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It carries the release.
    Permits,
    /// It forbids the release.
    Forbids,
    /// It would carry the release once a named human has approved.
    AwaitsReview,
    /// It would carry the release once legal review has approved.
    AwaitsCounsel,
    /// No rule of this regime carries the release; this stands for their absence.
    NothingPermits,
}

/// In which legal accountings of disclosures a decision is an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accounting {
    /// 45 CFR 164.528.
    pub hipaa: bool,
    /// 42 CFR 2.25.
    pub part2: bool,
}

/// An agreement under which something goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgreementInPlay {
    /// Its id.
    pub id: MouId,
    /// Its version, if it came from a file.
    pub version: Option<String>,
    /// The clause, if it came from a file.
    pub clause: Option<String>,
    /// The digest of the file's meaning, if it came from a file.
    pub hash: Option<Digest>,
}

impl Findings {
    /// Something is released: a permit. Nothing is: a denial. There is no third way to make either.
    pub(crate) fn into_decision(self) -> Decision {
        if self.released().next().is_some() {
            Decision::Permit(Permit {
                findings: Box::new(self),
            })
        } else {
            Decision::Denial(self.into_denial())
        }
    }

    /// A denial, whatever was found on the way.
    pub(crate) fn into_denial(mut self) -> Denial {
        for element in &mut self.elements {
            element.outcome = Outcome::Withhold;
            element.bases = WordSet::EMPTY;
        }
        self.notices = WordSet::EMPTY;
        self.terms.clear();
        self.accounting = Accounting::default();
        Denial {
            findings: Box::new(self),
        }
    }
}

/// The codes of a set, for logs and results.
#[must_use]
pub fn codes<W: Word>(set: WordSet<W>) -> Vec<&'static str> {
    set.iter().map(Word::code).collect()
}
