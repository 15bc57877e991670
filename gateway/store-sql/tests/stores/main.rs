//! The stores on both databases: the conformance suite, what SQLite files must not show, and what makes a store refuse
//! to open.

mod conformance;
mod opening;
mod secrecy;
mod support;
