//! Lists: which disclosures about one client belong to one accounting, kept so that nobody can leave a line out.
//!
//! 45 CFR 164.528 and 42 CFR 2.25 give a client the right to *all* disclosures of a kind. That an entry is in the log
//! shows only that its line is true; that no line is missing needs more. So each disclosure is filed, in the very batch
//! that records it, under the lists it belongs to:
//!
//! - a list has a [`Label`]: the output of a verifiable random function for the client's accounting number, the class
//!   and the agencies ([`ListName`]). One client has one list of a kind, whoever keeps the log, and without the key
//!   nobody can tell whose list it is;
//! - its [`chain`] of hashes ends in a head, which fixes every entry on it and their order, and hides how many they are;
//! - a [`map`] leads from each label to its head, and its root is the last leaf of every batch ([`updates`]).
//!
//! The recipient checks that the disclosure in hand was filed under the right labels ([`filing`]); an accounting shows
//! every entry of a list back to its beginning ([`complete`]); anybody with the updates can replay the whole map.
//!
//! Disclosures whose accounting a law-enforcement or oversight agency may suspend (164.528(a)(2)) are filed apart, by
//! that agency, and under no other list. No client is ever given a proof about those lists, suspended or not: a proof
//! that tells "none" from "hidden" would be the trace that the rule forbids. Auditors check them in the replay.

pub mod chain;
pub mod complete;
pub mod filing;
pub mod map;
mod name;
pub mod updates;

pub use chain::Head;
pub use complete::{CompleteList, CompletenessProof, Incomplete, ProvedEntry};
pub use filing::{Filed, Filing, MapLeaf, NotFiled};
pub use map::{ListMap, Path};
pub use name::{AccountingNumber, Class, Label, ListKeys, ListName};
pub use updates::{FiledBatch, Update, Updates, UpdatesError};

#[cfg(test)]
pub(crate) mod tests;
