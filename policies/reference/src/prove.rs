//! The proof: what the floor never lets through, whatever is asked and whatever an agreement says.
//!
//! A property describes a situation that must never be answered yes; the floor is asked, together with a permit that
//! allows everything, whether it ever is. Deny overrides, so no agreement can add to that set: one proof holds for every
//! agreement that will ever be written. What solver and translation to SMT (`cedar-policy-symcc`) call a counterexample
//! is believed only when Cedar's own authorizer says the same. Anything but a proof is a failed check.

mod envelope;
mod example;
mod facts;
mod lint;
mod properties;
mod question;
mod reach;
mod release;
mod report;
mod set;
mod situation;
mod solver;
mod trial;
mod weaken;
mod witness;

pub use envelope::{Checked, Counterexample, Prover, Verdict};
pub use lint::{Fault, Finding, Linted};
pub use properties::{Property, properties};
pub use report::{Answer, Assumed, Line, Report};
pub use set::{ClauseFinding, SetReport};
pub use solver::{SolverFault, solver_version};
pub use trial::{Effectual, Fineness, Trial, weakenings};
pub use weaken::Weakening;
pub use witness::{Witness, is_decided_by};
