//! What a file says besides what decides: names, dates, places. The tools read it; no decision does.

use std::ops::Range;

use gateway_types::vocabulary::{AgencyKind, Category, PurposeOfUse, Role, WordSet};
use gateway_types::{AgencyId, Date, Zone};

use super::{Status, Version};
use crate::facts::CategoryScope;

/// The paper behind an agreement.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    pub(crate) version: Version,
    pub(crate) title: String,
    pub(crate) status: Status,
    pub(crate) effective: Date,
    pub(crate) expires: Option<Placed<Date>>,
    pub(crate) review_by: Option<Placed<Date>>,
    pub(crate) zone: Zone,
    pub(crate) supersedes: Option<Supersedes>,
    pub(crate) instruments: Range<usize>,
    /// Keys of the parties that have not signed.
    pub(crate) unsigned: Vec<String>,
    pub(crate) parties: Vec<Party>,
    pub(crate) field_sets: Vec<FieldSet>,
    /// One for each clause of the agreement, in the same order.
    pub(crate) clauses: Vec<ClauseLines>,
    pub(crate) tests: Vec<Tested>,
    /// Where the file speaks of its status.
    pub(crate) status_place: Range<usize>,
}

/// A value with its place in the file.
#[derive(Clone, Debug)]
pub(crate) struct Placed<T> {
    pub(crate) value: T,
    pub(crate) place: Range<usize>,
}

/// A party as the file names it.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) key: String,
    pub(crate) agency: AgencyId,
    pub(crate) kind: Option<AgencyKind>,
    pub(crate) roles: WordSet<Role>,
    pub(crate) place: Range<usize>,
}

/// A name for categories.
#[derive(Clone, Debug)]
pub(crate) struct FieldSet {
    pub(crate) key: String,
    pub(crate) fields: WordSet<Category>,
    pub(crate) place: Range<usize>,
}

/// Where a clause and its parts stand.
#[derive(Clone, Debug)]
pub(crate) struct ClauseLines {
    pub(crate) place: Range<usize>,
    /// Each entry of `share` with the categories that it means.
    pub(crate) share: Vec<Placed<WordSet<Category>>>,
    /// Where it says what consent it demands.
    pub(crate) consent: Range<usize>,
}

/// The version that a file says it replaces.
#[derive(Clone, Debug)]
pub(crate) struct Supersedes {
    pub(crate) version: String,
    pub(crate) hash: String,
}

/// What a test inside speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Tested {
    pub(crate) from: AgencyId,
    pub(crate) to: Vec<(AgencyId, Role)>,
    pub(crate) purpose: PurposeOfUse,
    pub(crate) visible: CategoryScope,
}
