//! Is this the same person? Normalise, block, compare, score, explain.
//!
//! Pure: no I/O. A false match discloses one person's record as another's, a missed match withholds; so anything
//! doubtful is no match (catalogue 0.3 step 2: an ambiguous match is no match). Scoring is that of Fellegi and Sunter:
//! each field's agreement adds log2(m/u), and a match needs enough bits, a lead over the next candidate, and no
//! contradiction that speaks of another person (twins, father and son).

mod blocking;
mod compare;
mod find;
mod names;
mod nicknames;
mod particulars;
mod weights;

pub use blocking::BlockingKey;
pub use compare::{Agreement, Evidence, Explanation, Field};
pub use find::{MatchOutcome, find_one};
pub use particulars::Particulars;
pub use weights::{Bits, Thresholds};

#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod tests;
