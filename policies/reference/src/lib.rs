//! The law and the agreements once more, in Cedar: forbids read from the catalogue, permits compiled from agreements.
//!
//! This is the reference that the compiled engine of `policies` is held against, and what is proved. It is a second
//! reading: nothing here is generated from the rules of `policies/law`. Each rule is Cedar text in `floor/`, with its
//! catalogue id, citation and words.

mod active;
mod assumptions;
mod clauses;
mod differences;
mod engine;
mod floor;
mod needs;
mod papers;
pub mod prove;
mod scene;
mod schema;
mod terms;
mod words;

pub use active::{ActiveSet, NotActive, proved_floor};
pub use assumptions::{ASSUMPTIONS, Assumption};
pub use differences::Difference;
pub use engine::{ReferenceDecision, ReferenceEngine, ReferenceFinding};
pub use floor::{Floor, FloorError, FloorRule, RuleKind};
pub use schema::{schema, schema_text};
pub use words::{Lexicon, Listed};
