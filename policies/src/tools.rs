//! The tools of those who answer for agreements: check, test, explain, compare. Pure: text in, findings out.
//!
//! Each tool gives a value that can be written as JSON and as words for a person; none reads a file or a clock.

pub mod cases;
pub mod check;
pub mod diff;
pub mod explain;
mod text;
mod world;

pub use text::{Ink, Style};
