//! What may be disclosed, to whom, for what: the statutory floor, the agreements, the decision. Pure.
//!
//! No I/O, no clock, no chance: the same facts and agreements give the same decision. [`admit`] looks at the request
//! alone, before any client is looked up; only its token lets [`decide`] run; only [`decide`] makes a [`Permit`].

pub mod agreements;
pub mod blocking;
pub mod decision;
mod engine;
pub mod facts;
pub mod labels;
#[path = "../law/mod.rs"]
pub mod law;
pub mod mou;
pub mod notices;
#[cfg(feature = "random-facts")]
pub mod random;
mod rule_set;
pub mod terms;
pub mod tools;

// The mutation check bends rules, which only the crate's own tests can do (see `law::rule::heard`).
#[cfg(test)]
extern crate self as policies;
#[cfg(test)]
#[path = "../tests/mutation/mod.rs"]
mod mutation;

pub use agreements::{Agreement, Agreements};
pub use decision::{
    Accounting, AgreementInPlay, Decision, Denial, Effect, ElementFinding, Findings, Outcome, Permit, Reason,
};
pub use engine::{Admitted, admit, decide, decide_all, find_one_by_one, is_part2, is_public_interest};
pub use law::{Rule, is_suspendable, rules};
pub use rule_set::rule_set_hash;
