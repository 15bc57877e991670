//! What was found about the elements of one batch for one recipient, as sets of categories.

use std::ops::Range;

use gateway_types::vocabulary::{Basis, Category, Regime, WordSet};

use crate::agreements::Lane;
use crate::law::Ground;

/// What one recipient may have of one batch, and what hangs on it.
#[derive(Default)]
pub(super) struct Passage {
    /// What goes, as far as this recipient is concerned.
    pub(super) passed: WordSet<Category>,
    /// The recipient holds it already.
    pub(super) inside: bool,
    /// Carried by a basis for family and friends.
    pub(super) family: WordSet<Category>,
    /// Goes for emergency treatment although the client asked that it should not.
    pub(super) broken: WordSet<Category>,
    /// Limited by a profile.
    pub(super) profiled: WordSet<Category>,
    /// Which of the bases it rests on.
    pub(super) carried: Range<usize>,
    /// Which of the agreements it rests on.
    pub(super) agreed: Range<usize>,
}

/// What one batch rests on before each recipient, in one piece for all of them; emptied for the next batch.
#[derive(Default)]
pub(super) struct Rests<'a> {
    pub(super) carried: Vec<Carried>,
    pub(super) agreed: Vec<Agreed<'a>>,
}

/// Categories that a basis carries under a regime.
pub(super) struct Carried {
    pub(super) categories: WordSet<Category>,
    pub(super) regime: Regime,
    pub(super) basis: Basis,
    pub(super) ground: Ground,
}

/// Categories that an agreement admits.
pub(super) struct Agreed<'a> {
    pub(super) categories: WordSet<Category>,
    pub(super) lane: Lane<'a>,
}
