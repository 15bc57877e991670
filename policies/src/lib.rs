//! What may be disclosed, to whom, for what: the statutory floor, the agreements, the decision. Pure.
//!
//! No I/O, no clock, no chance: the same facts and agreements give the same decision. [`admit`] looks at the request
//! alone; only its token lets [`decide`] run; only [`decide`] makes a [`Permit`].

pub mod facts;
