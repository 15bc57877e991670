//! What an agreement asks of those who receive under it, as terms that come with the decision.
//!
//! They stand beside the obligations of the law, whose codes are closed: how long something may be kept or used, who
//! has to look at it within a day, who is to be told.

use gateway_crypto::Digest;
use gateway_types::vocabulary::{Category, WordSet};
use gateway_types::{AgencyId, MouId};
use serde::Serialize;

use crate::agreements::{Agreement, Clause};

/// A term that an agreement puts on what goes to one recipient under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AgreementTerm {
    /// The agreement.
    pub agreement: MouId,
    /// The clause, if it came from a file.
    pub clause: Option<String>,
    /// The digest of the file's meaning, if it came from a file.
    pub hash: Option<Digest>,
    /// Whom it binds.
    pub recipient: AgencyId,
    /// What it asks.
    #[serde(flatten)]
    pub asks: Term,
}

/// What a term asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "term", rename_all = "snake_case")]
pub enum Term {
    /// What went may be kept for so long, then it is deleted.
    KeepAtMost {
        /// Days from the release.
        days: u32,
        /// What it is about.
        categories: WordSet<Category>,
    },
    /// What was opened in an emergency may be used for so long.
    UseWithin {
        /// Hours from the release.
        hours: u32,
    },
    /// A second person looks at the emergency access.
    SecondPerson {
        /// Within so many hours of the release.
        within_hours: u32,
    },
    /// The privacy officer of a party is told.
    NotifyPrivacyOfficer {
        /// The party.
        of: AgencyId,
    },
    /// The client is told as soon as that is safe.
    NotifyClientWhenSafe,
}

impl Term {
    const fn rank(&self) -> (u8, u32) {
        match self {
            Self::KeepAtMost { days, .. } => (0, *days),
            Self::UseWithin { hours } => (1, *hours),
            Self::SecondPerson { within_hours } => (2, *within_hours),
            Self::NotifyPrivacyOfficer { .. } => (3, 0),
            Self::NotifyClientWhenSafe => (4, 0),
        }
    }
}

/// The terms of one decision so far.
#[derive(Debug, Default)]
pub(crate) struct Terms(Vec<AgreementTerm>);

impl Terms {
    /// Adds what a clause and its agreement ask of a recipient of one category.
    pub(crate) fn add(
        &mut self,
        agreement: &Agreement,
        clause: &Clause,
        recipient: &AgencyId,
        category: Category,
    ) {
        // Of two times to keep the same thing, the shorter one holds.
        let days = agreement
            .retention
            .iter()
            .filter(|retention| retention.party == *recipient && retention.share.covers(category))
            .map(|retention| retention.days)
            .min();
        let kept = days.map(|days| Term::KeepAtMost {
            days,
            categories: WordSet::EMPTY.with(category),
        });
        for asks in kept.into_iter().chain(clause.duties.iter().cloned()) {
            self.put(AgreementTerm {
                agreement: agreement.id.clone(),
                clause: (!clause.id.is_empty()).then(|| clause.id.clone()),
                hash: agreement.hash,
                recipient: recipient.clone(),
                asks,
            });
        }
    }

    fn put(&mut self, new: AgreementTerm) {
        for known in &mut self.0 {
            let same_source = known.agreement == new.agreement
                && known.clause == new.clause
                && known.hash == new.hash
                && known.recipient == new.recipient;
            if !same_source {
                continue;
            }
            match (&mut known.asks, &new.asks) {
                (
                    Term::KeepAtMost { days, categories },
                    Term::KeepAtMost {
                        days: new_days,
                        categories: more,
                    },
                ) if days == new_days => {
                    *categories = categories.union(*more);
                    return;
                }
                (known, new) if known == new => return,
                _ => {}
            }
        }
        self.0.push(new);
    }

    /// The terms in an order that does not depend on that of the elements.
    pub(crate) fn into_sorted(mut self) -> Vec<AgreementTerm> {
        self.0.sort_by(|one, other| {
            let key = |term: &AgreementTerm| {
                let officer = match &term.asks {
                    Term::NotifyPrivacyOfficer { of } => Some(of.clone()),
                    _ => None,
                };
                let categories: Vec<Category> = match &term.asks {
                    Term::KeepAtMost { categories, .. } => categories.iter().collect(),
                    _ => Vec::new(),
                };
                (
                    term.agreement.clone(),
                    term.clause.clone(),
                    term.recipient.clone(),
                    term.asks.rank(),
                    officer,
                    categories,
                )
            };
            key(one).cmp(&key(other))
        });
        self.0
    }
}
