//! The stores on both databases: the conformance suite, what SQLite files must not show, and what makes a store refuse
//! to open.

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod giving_up;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod secrecy;
#[cfg(test)]
mod support;
