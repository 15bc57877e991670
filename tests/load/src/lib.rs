//! A gateway in a process of its own, to be loaded, measured and killed; `README.md` says how to run it.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "tests: a failure here is a failed test"
)]

pub mod acknowledged;
pub mod full;
pub mod kill;
pub mod machine;
#[path = "../../../gateway/cli/src/mark.rs"]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "a gateway serves, it does not look on")
)]
mod mark;
pub mod process;
pub mod questions;
pub mod served;
pub mod steps;
