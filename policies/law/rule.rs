//! What a rule is: an id of the catalogue, a citation, plain words, and a test over the facts of one case.

use gateway_types::vocabulary::{
    ApprovalType, Basis, Notice, Obligation, PurposeOfUse, Regime, Word, WordSet,
};

use super::case::Case;

/// A rule of law, as it is shown and cited.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// The catalogue's id.
    pub id: &'static str,
    /// Where the rule is found.
    pub citation: &'static str,
    /// What it says, in plain words.
    pub says: &'static str,
}

/// What a rule found. In the crate's own tests the mutation check takes one rule away, or turns it round, and sees
/// whether a case notices; in any other build this is what was found, and there is no way to bend it.
#[cfg(not(test))]
#[inline]
pub(crate) const fn heard(_rule: &'static Rule, found: bool) -> bool {
    found
}
#[cfg(test)]
pub(crate) use crate::mutation::heard;

/// The same of a set: of those asked about, the ones that a rule fired for.
pub(crate) fn heard_of<W: Word>(rule: &'static Rule, asked: WordSet<W>, fired: WordSet<W>) -> WordSet<W> {
    let those_that_fired = if heard(rule, true) { fired } else { WordSet::EMPTY };
    let the_others = if heard(rule, false) {
        asked.difference(fired)
    } else {
        WordSet::EMPTY
    };
    those_that_fired.union(the_others)
}

/// A legal basis: what can carry a release under the regimes it speaks for.
pub(crate) struct BasisRule {
    pub(crate) rule: Rule,
    pub(crate) basis: Basis,
    /// The regimes that it satisfies.
    pub(crate) regimes: &'static [Regime],
    /// The purposes that it can serve; empty: any.
    pub(crate) purposes: &'static [PurposeOfUse],
    pub(crate) test: fn(&Case<'_>) -> Verdict,
}

impl BasisRule {
    /// What it says about a case.
    pub(crate) fn says(&'static self, case: &Case<'_>) -> Verdict {
        let verdict = (self.test)(case);
        let carries = matches!(verdict, Verdict::Met(_));
        match (carries, heard(&self.rule, carries)) {
            (false, true) => Verdict::Met(Ground::default()),
            (true, false) => Verdict::Unmet,
            _ => verdict,
        }
    }
}

/// What a basis says about a case.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    /// It does not carry the release.
    Unmet,
    /// It would, once a named human has approved.
    Held(ApprovalType),
    /// It does, on this ground.
    Met(Ground),
}

impl Verdict {
    /// Carried if the condition holds.
    pub(crate) fn when(condition: bool) -> Self {
        if condition {
            Self::Met(Ground::default())
        } else {
            Self::Unmet
        }
    }
}

/// On what exactly a release rests, and what it brings with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ground {
    /// The consent that it rests on, as a position in the facts.
    pub(crate) consent: Option<usize>,
    pub(crate) owes: WordSet<Obligation>,
    pub(crate) notices: WordSet<Notice>,
}

impl Ground {
    /// Rests on what a named person attested.
    pub(crate) fn attested(self) -> Self {
        self.owing(Obligation::Attest)
    }

    /// Let only some categories through.
    pub(crate) fn filtered(self) -> Self {
        self.owing(Obligation::Minec)
    }

    pub(crate) fn owing(mut self, obligation: Obligation) -> Self {
        self.owes.insert(obligation);
        self
    }

    pub(crate) fn noting(mut self, notice: Notice) -> Self {
        self.notices.insert(notice);
        self
    }

    pub(crate) const fn on(mut self, consent: usize) -> Self {
        self.consent = Some(consent);
        self
    }
}

/// A ground with nothing attached.
pub(crate) fn plain() -> Ground {
    Ground::default()
}

/// Carried on this ground.
pub(crate) const fn met(ground: Ground) -> Verdict {
    Verdict::Met(ground)
}

/// Carried on this ground once the holder has approved; the obligation stays on the decision either way.
pub(crate) fn with_approval(case: &Case<'_>, kind: ApprovalType, ground: Ground) -> Verdict {
    if case.approved(kind) {
        let obligation = match kind {
            ApprovalType::Review => Obligation::Review,
            ApprovalType::Counsel => Obligation::Counsel,
        };
        Verdict::Met(ground.owing(obligation))
    } else {
        Verdict::Held(kind)
    }
}
