//! The reference: that it loads, that it says what the compiled engine says, that each of its rules is needed.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "test code: a step that fails fails the test"
)]

mod active;
mod cases;
mod differential;
mod floor;
mod papers;
mod witnesses;
