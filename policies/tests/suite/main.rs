//! The acceptance scenarios, the metamorphic properties, and the agreements that ship with Assent.

mod cases;
mod properties;
mod scenarios;
