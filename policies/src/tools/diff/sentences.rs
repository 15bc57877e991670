//! Differences in few words: cells of the same condition are joined over categories, then roles, then purposes.

use std::collections::{BTreeMap, BTreeSet};

use gateway_types::AgencyId;
use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, Role, Word};

use super::super::world::{Given, Way};
use super::report::{Change, Sentence};
use crate::mou::Condition;

/// Something that is seen by one and not by the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub(super) change: Change,
    pub(super) way: Way,
    pub(super) category: Category,
    pub(super) consents: Vec<ConsentKind>,
    /// What else has to hold, in words.
    pub(super) besides: String,
}

/// Sender, recipient and direction of change: what is never joined.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Side {
    change: Change,
    to: AgencyId,
    from: AgencyId,
    besides: String,
}

type Consents = Vec<ConsentKind>;
type Cells = BTreeMap<(Side, Consents, Role, PurposeOfUse), BTreeSet<Category>>;
type Roles = BTreeMap<(Side, Consents, PurposeOfUse, BTreeSet<Category>), BTreeSet<Role>>;
type Purposes = BTreeMap<(Side, Consents, BTreeSet<Role>, BTreeSet<Category>), BTreeSet<PurposeOfUse>>;
type Sentences =
    BTreeMap<(Side, BTreeSet<Role>, BTreeSet<Category>, BTreeSet<PurposeOfUse>), BTreeSet<Consents>>;

pub(super) fn join(cells: BTreeSet<Cell>) -> Vec<Sentence> {
    let mut single = Cells::new();
    for cell in cells {
        let side = Side {
            change: cell.change,
            to: cell.way.to,
            from: cell.way.from,
            besides: cell.besides,
        };
        single
            .entry((side, cell.consents, cell.way.role, cell.way.purpose))
            .or_default()
            .insert(cell.category);
    }
    let mut roles = Roles::new();
    for ((side, consents, role, purpose), categories) in single {
        roles
            .entry((side, consents, purpose, categories))
            .or_default()
            .insert(role);
    }
    let mut purposes = Purposes::new();
    for ((side, consents, purpose, categories), roles) in roles {
        purposes
            .entry((side, consents, roles, categories))
            .or_default()
            .insert(purpose);
    }
    let mut sentences = Sentences::new();
    for ((side, consents, roles, categories), purposes) in purposes {
        sentences
            .entry((side, roles, categories, purposes))
            .or_default()
            .insert(consents);
    }
    sentences
        .into_iter()
        .map(|((side, roles, categories, purposes), consents)| Sentence {
            change: side.change,
            to: side.to.to_string(),
            roles: codes(roles),
            from: side.from.to_string(),
            categories: codes(categories),
            purposes: codes(purposes),
            condition: in_words(&consents, &side.besides),
        })
        .collect()
}

/// The consents of which one is enough, and what else has to hold.
fn in_words(consents: &BTreeSet<Consents>, besides: &str) -> String {
    let kinds: Vec<String> = consents
        .iter()
        .filter(|kinds| !kinds.is_empty())
        .map(|kinds| {
            kinds
                .iter()
                .map(|kind| kind.code())
                .collect::<Vec<_>>()
                .join(" and ")
        })
        .collect();
    let consent = (!kinds.is_empty()).then(|| format!("with a consent ({})", kinds.join(" or ")));
    let besides = (!besides.is_empty()).then(|| besides.to_owned());
    consent.into_iter().chain(besides).collect::<Vec<_>>().join(", ")
}

fn codes<W: Word>(words: BTreeSet<W>) -> Vec<&'static str> {
    words.into_iter().map(Word::code).collect()
}

/// What has to hold besides consents, in words; empty if nothing has.
pub(super) fn besides(given: &Given) -> String {
    let words: Vec<&str> = given
        .conditions
        .iter()
        .map(|condition| match condition {
            Condition::TreatingRelationship => "where they treat the client",
            Condition::EmsCallOpen => "while an ambulance is on the call",
            Condition::EmergencyStated => "on an emergency statement",
            Condition::ReasonStated => "with its reason and who makes it",
            Condition::OwnSystem => "on their own system only",
        })
        .collect();
    words.join(", ")
}
