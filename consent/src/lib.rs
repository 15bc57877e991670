//! What a client agreed to: the form, its signing, its end, and whether it holds what the law asks of it.
//!
//! Pure: no I/O; the present moment is a parameter. Carries 42 CFR 2.31 and 2.35, 45 CFR 164.508, 28 CFR 90.4(b)(3)
//! and the written HMIS release. It says what is on file and whether that may be relied on; whether a disclosure may
//! rest on it is decided in `policies`, from the [`Facts`] given here.
//!
//! Life of a consent: drafted, signed, and from then on usable while it is adequate and in force; ended by
//! revocation, by its own expiry, by a successor, or as entered in error. No step leads back.

mod adequacy;
mod combination;
mod consent;
mod facts;
mod plain_words;
mod scope;
mod signing;
mod terms;
#[cfg(test)]
mod tests;
mod transitions;
mod usable;

pub use adequacy::{ElementCheck, Outcome};
pub use combination::{CombinationBarred, check_combination};
pub use consent::{Consent, EntryError, Version};
pub use facts::{ExpiryFacts, Facts, RevocationFacts};
pub use plain_words::Mentioned;
pub use scope::{Ask, Party};
pub use signing::{
    ArtefactDigest, Attested, Finding, InvalidDigest, Recorder, Revocation, RevocationScope, Signature,
    Signer, Standing,
};
pub use terms::{CategoryScope, Discloser, EventReport, EventState, Expiry, NamedPerson, Recipients, Terms};
pub use transitions::TransitionError;
pub use usable::{Status, Unusable};
