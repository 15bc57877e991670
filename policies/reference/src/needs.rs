//! Which documents a basis looks at, read off its own text: only choices of these are worth asking about.
//!
//! Leaving a choice out can only withhold. That nothing is left out which would have carried is what the differential
//! tests show.

use gateway_types::vocabulary::{
    AttestationType, AuthorityTopic, ConsentKind, PurposeOfUse, Regime, Word, WordSet,
};

use crate::floor::{Floor, FloorRule, RuleKind};

/// What one question may rest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) consents: WordSet<ConsentKind>,
    /// A consent for the holder, who passes on what it received.
    pub(crate) onward: bool,
    pub(crate) attestations: WordSet<AttestationType>,
    pub(crate) process: bool,
    pub(crate) authorities: WordSet<AuthorityTopic>,
    pub(crate) agreement: bool,
    pub(crate) holder_notice: bool,
    pub(crate) recipient_notice: bool,
    pub(crate) word_of_mouth: bool,
    /// Papers of whomever, too: for the search after facts that a rule alone decides.
    pub(crate) of_anybody: bool,
}

impl Needs {
    pub(crate) fn of_text(text: &str) -> Self {
        Self {
            consents: named(text, "ConsentKind"),
            onward: text.contains("Reliance::\"holder\""),
            attestations: named(text, "AttestationType"),
            process: text.contains("context.process"),
            authorities: named(text, "AuthorityTopic"),
            agreement: text.contains("context.agreement"),
            holder_notice: text.contains("context.holderNotice"),
            recipient_notice: text.contains("context.recipientNotice"),
            word_of_mouth: text.contains("context.wordOfMouth"),
            of_anybody: false,
        }
    }

    /// Every paper there is.
    pub(crate) fn everything(onward: bool) -> Self {
        Self {
            consents: WordSet::all(),
            onward,
            attestations: WordSet::all(),
            process: true,
            authorities: WordSet::all(),
            agreement: true,
            holder_notice: true,
            recipient_notice: true,
            word_of_mouth: true,
            of_anybody: true,
        }
    }
}

fn named<W: Word>(text: &str, kind: &str) -> WordSet<W> {
    W::ALL
        .iter()
        .copied()
        .filter(|word| text.contains(&format!("{kind}::\"{}\"", word.code())))
        .collect()
}

/// The bases of one regime and what they need.
#[derive(Clone, Debug)]
pub(crate) struct RegimeNeeds {
    bases: Vec<(Vec<PurposeOfUse>, Needs)>,
}

impl RegimeNeeds {
    pub(crate) fn of(floor: &Floor, regime: Regime) -> Self {
        let bases = floor
            .rules()
            .iter()
            .filter(|rule| rule.kind == RuleKind::Basis && rule.regimes.contains(&regime))
            .map(|rule: &FloorRule| (rule.purposes.clone(), Needs::of_text(&rule.text())))
            .collect();
        Self { bases }
    }

    /// Whatever there is.
    pub(crate) fn everything() -> Self {
        let bases = [true, false].map(|onward| (Vec::new(), Needs::everything(onward)));
        Self { bases: bases.into() }
    }

    /// What the bases that can serve this purpose need, each kind of need once.
    pub(crate) fn for_purpose(&self, purpose: PurposeOfUse) -> Vec<Needs> {
        let mut needs: Vec<Needs> = Vec::new();
        for (purposes, need) in &self.bases {
            if (purposes.is_empty() || purposes.contains(&purpose)) && !needs.contains(need) {
                needs.push(*need);
            }
        }
        needs
    }
}
