//! The acceptance scenarios, the metamorphic properties, and the agreements that ship with Assent.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "test code: a step that fails fails the test"
)]

mod agreements;
mod blocking;
mod cases;
mod compared;
mod control;
mod fuzz;
mod language;
mod legal_map;
mod properties;
mod random;
mod riverton;
mod rules;
mod scenarios;
mod terms;
mod tools;
