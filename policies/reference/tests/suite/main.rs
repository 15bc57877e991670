//! The reference: that it loads, that it says what the compiled engine says, that each of its rules is needed.

mod differential;
mod floor;
