//! What a client agreed to: the form, its signing, its end, and whether it holds what the law asks of it.
//!
//! Pure: no I/O; the present moment is a parameter. Carries 42 CFR 2.31 and 2.35, 45 CFR 164.508, 28 CFR 90.4(b)(3)
//! and the written HMIS release. It says what is on file and whether that may be relied on; whether a disclosure may
//! rest on it is decided in `policies`, from the [`Facts`] given here.
//!
//! Life of a consent: drafted, put before the client (who may decline), signed, and from then on usable while it is
//! adequate and in force; it may rest for a while; it is ended by revocation, by its own expiry, by a successor, or as
//! entered in error. From an end no step leads back.

mod adequacy;
mod algebra;
mod authority;
mod combination;
mod consent;
mod content;
mod ended;
mod facts;
pub mod fhir;
mod follow_up;
mod forms;
mod opening;
mod plain_words;
mod request;
pub mod restriction;
mod scope;
mod signing;
mod terms;
#[cfg(test)]
mod tests;
mod transitions;
mod usable;
mod weigh;

pub use adequacy::{ElementCheck, Outcome};
pub use algebra::Scope;
pub use combination::{CombinationBarred, check_combination};
pub use consent::{Act, Consent, EntryError, Version};
pub use content::Content;
pub use ended::End;
pub use facts::{ExpiryFacts, Facts, RevocationFacts};
pub use follow_up::{FollowUp, FollowUpKind, RightForm};
pub use forms::{
    Disclosed, DisclosedLine, Drawing, Hand, LARGEST_DRAWING, Language, NameOf, NoForm, NotADrawing,
    NotAName, Screen, ScreenWords, SignedOnScreen, WrittenName, escaped, is_page, may_be_suspended,
    signed_body,
};
pub use plain_words::Mentioned;
pub use request::{ConsentRequest, MOST_DAYS, OPEN_DAYS};
pub use scope::{Ask, Party};
pub use signing::{
    ArtefactDigest, Attested, Finding, InvalidDigest, Narrowing, Recorder, Resumption, Revocation,
    RevocationScope, Signature, Signer, Standing, Suspension,
};
pub use terms::{
    CategoryScope, Discloser, EventReport, EventState, Expiry, NamedPerson, Recipients, Terms, YouthProject,
};
pub use transitions::TransitionError;
pub use usable::{EVENT_WORD_DAYS, Status, Unusable};
pub use weigh::{Against, Weighed, weigh};
