//! What a person still has to do about a form: get the writing after an oral revocation, replace a defective form by
//! the right one, ask whether the event that ends it has happened.
//!
//! 45 CFR 171.202(b)(2): who cannot release because a consent lacks something offers the client one that does not.
//! What is owed follows from the form and the moment alone, so that nobody has to remember to write it down.

use std::fmt;

use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, Statement};
use gateway_types::{Timestamp, WordSet};
use serde::{Deserialize, Serialize};

use crate::adequacy::{Outcome, tpo_purposes};
use crate::consent::{Consent, State};
use crate::terms::{CategoryScope, EventState, Expiry, Terms};
use crate::usable::{DAY, EVENT_WORD_DAYS};

/// How many days before the last word on an event runs out its source is asked again.
const ASKED_AHEAD_DAYS: i64 = 7;

/// Something that is still to be done about a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FollowUp {
    /// What.
    pub kind: FollowUpKind,
    /// From when. Until then nothing is to be done yet.
    pub due: Timestamp,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpKind {
    /// Get in writing what the client revoked by word of mouth.
    WriteRevocation,
    /// Offer the client a form that lacks nothing.
    ReplaceForm,
    /// Ask whether the event that ends it has happened.
    ConfirmEvent,
}

impl FollowUpKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::WriteRevocation, Self::ReplaceForm, Self::ConfirmEvent];

    /// The kind as a word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::WriteRevocation => "write_revocation",
            Self::ReplaceForm => "replace_form",
            Self::ConfirmEvent => "confirm_event",
        }
    }

    /// The kind written so.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl fmt::Display for FollowUpKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A form that would do what a defective one was meant to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightForm {
    /// Its terms, with every statement that it needs; what only the client can say is left as it was.
    pub terms: Terms,
    /// Why this one.
    pub because: &'static str,
}

impl Consent {
    /// What is still to be done about it, at `now`.
    #[must_use]
    pub fn follow_ups(&self, now: Timestamp) -> Vec<FollowUp> {
        let mut owed = Vec::new();
        if let Some(oral) = self.unwritten_revocations().map(|revocation| revocation.at).min() {
            owed.push(FollowUp {
                kind: FollowUpKind::WriteRevocation,
                due: oral,
            });
        }
        let (State::Signed { paper } | State::Suspended { paper, .. }) = &self.state else {
            return owed;
        };
        let over = matches!(self.terms.expiry, Expiry::At(end) if end <= now);
        let lacks = |check: &crate::ElementCheck| matches!(check.outcome, Outcome::Missing(_));
        if !over && self.adequacy(now).iter().any(lacks) {
            owed.push(FollowUp {
                kind: FollowUpKind::ReplaceForm,
                due: paper.recorded.at,
            });
        }
        if let Expiry::Event(_) = self.terms.expiry {
            let heard = paper.event.as_ref().map(|heard| heard.report);
            let due = match heard {
                None => Some(paper.recorded.at),
                Some(heard) => match heard.state {
                    EventState::Occurred => None,
                    EventState::Unknown => Some(heard.as_of),
                    EventState::NotOccurred => Some(
                        heard
                            .as_of
                            .plus_seconds((EVENT_WORD_DAYS - ASKED_AHEAD_DAYS) * DAY),
                    ),
                },
            };
            owed.extend(due.map(|due| FollowUp {
                kind: FollowUpKind::ConfirmEvent,
                due,
            }));
        }
        owed
    }
}

impl Terms {
    /// The statements that a form of this kind, for these purposes, has to carry.
    #[must_use]
    pub fn required_statements(&self) -> WordSet<Statement> {
        use Statement::{
            CjReasonablePeriod, CjRevocableEvent, HipaaConditioning, HipaaRedisclosurePotential,
            HipaaRightToRevoke, Part2RedisclosureByHipaaHolders, Part2RedisclosurePotential,
            Part2RefusalConsequences, Part2RightToRevoke, VawaDuration, VawaReason, VawaVoluntary,
        };
        let hipaa = [HipaaRightToRevoke, HipaaConditioning, HipaaRedisclosurePotential];
        let tpo = [
            Part2RightToRevoke,
            Part2RedisclosureByHipaaHolders,
            Part2RedisclosurePotential,
            Part2RefusalConsequences,
        ];
        let words: &[Statement] = match self.kind {
            ConsentKind::Tpo => &tpo,
            ConsentKind::Named if !self.purposes.intersection(tpo_purposes()).is_empty() => &tpo,
            ConsentKind::Named | ConsentKind::LegalProceedings => &[Part2RightToRevoke],
            ConsentKind::Notes if self.names_only(Category::PsychotherapyNotes) => &hipaa,
            ConsentKind::Notes => &[Part2RightToRevoke],
            ConsentKind::CriminalJustice => &[CjReasonablePeriod, CjRevocableEvent],
            ConsentKind::Authorization => &hipaa,
            ConsentKind::VawaRelease => &[VawaReason, VawaDuration, VawaVoluntary],
            ConsentKind::Research => &[
                Part2RightToRevoke,
                HipaaRightToRevoke,
                HipaaConditioning,
                HipaaRedisclosurePotential,
            ],
            ConsentKind::HmisRoi => &[],
        };
        words.iter().copied().collect()
    }

    fn names_only(&self, category: Category) -> bool {
        self.categories == CategoryScope::Only(WordSet::EMPTY.with(category))
    }

    /// The forms that would do, each on its own paper, what this one was meant to. One if it only lacks something.
    #[must_use]
    pub fn right_forms(&self) -> Vec<RightForm> {
        let mut forms = Vec::new();
        let mut rest = Self {
            combined_with: WordSet::EMPTY,
            ..self.clone()
        };
        for (category, because) in [
            (
                Category::SudCounselingNotes,
                "a counsellor's separate notes need a form of their own (42 CFR 2.31(b))",
            ),
            (
                Category::PsychotherapyNotes,
                "a therapist's separate notes need a form of their own (45 CFR 164.508(b)(3)(ii))",
            ),
        ] {
            let CategoryScope::Only(named) = rest.categories else {
                continue;
            };
            if !named.contains(category) || (rest.kind == ConsentKind::Notes && named.len() == 1) {
                continue;
            }
            rest.categories = CategoryScope::Only(named.difference(WordSet::EMPTY.with(category)));
            forms.push(RightForm {
                terms: Self {
                    kind: ConsentKind::Notes,
                    categories: CategoryScope::Only(WordSet::EMPTY.with(category)),
                    ..rest.clone()
                },
                because,
            });
        }
        // What a single consent does not open by its law, one that names the purpose may.
        let beyond = rest.purposes.difference(rest.opened_purposes()).difference(
            apart()
                .iter()
                .fold(WordSet::EMPTY, |all, (_, purposes, _)| all.union(*purposes)),
        );
        if rest.kind == ConsentKind::Tpo && !beyond.is_empty() {
            rest.purposes = rest.purposes.difference(beyond);
            forms.push(RightForm {
                terms: Self {
                    kind: ConsentKind::Named,
                    purposes: beyond,
                    ..rest.clone()
                },
                because: "a purpose beyond treatment, payment and operations needs a consent that names it (42 CFR 2.31(a)(5))",
            });
        }
        for (kind, purposes, because) in apart() {
            let taken = rest.purposes.intersection(purposes);
            let part2 = matches!(
                rest.kind,
                ConsentKind::Tpo | ConsentKind::Named | ConsentKind::Notes
            );
            if !part2 || taken.is_empty() {
                continue;
            }
            rest.purposes = rest.purposes.difference(purposes);
            forms.push(RightForm {
                terms: Self {
                    kind,
                    purposes: taken,
                    ..rest.clone()
                },
                because,
            });
        }
        let others = self.combined_with.iter().filter(|other| *other != self.kind);
        let barred = others.filter(|other| crate::check_combination(self.kind, *other).is_err());
        forms.extend(barred.map(|kind| RightForm {
            terms: Self { kind, ..rest.clone() },
            because: "the two kinds may not share a form",
        }));
        let left = !rest.purposes.is_empty() && !rest.categories.is_empty();
        if left || forms.is_empty() {
            let kind = match rest.kind {
                // What is left of a form for notes, once they have their own.
                ConsentKind::Notes if !forms.is_empty() => ConsentKind::Named,
                kind => kind,
            };
            forms.push(RightForm {
                terms: Self { kind, ..rest },
                because: "the same consent, with everything that its kind has to say",
            });
        }
        for form in &mut forms {
            form.terms.statements = form.terms.statements.union(form.terms.required_statements());
        }
        forms
    }
}

/// Purposes that Part 2 wants on a form of their own, and on which.
fn apart() -> [(ConsentKind, WordSet<PurposeOfUse>, &'static str); 2] {
    use PurposeOfUse::{CjMonitor, LeInvest, LegalProc};
    [
        (
            ConsentKind::LegalProceedings,
            [LeInvest, LegalProc].into_iter().collect(),
            "a proceeding or an investigation needs a form of its own (42 CFR 2.31(d))",
        ),
        (
            ConsentKind::CriminalJustice,
            WordSet::EMPTY.with(CjMonitor),
            "supervision by the justice system needs a form of its own (42 CFR 2.35)",
        ),
    ]
}
