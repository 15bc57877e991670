//! FHIR R4 (4.0.1) Consent in and out, IHE PCF basic, intermediate and advanced (catalogue 5.5).
//!
//! A Consent is read whole or not at all. Whatever is in it and cannot be evaluated here (an absent `provision.type`, a
//! policy, code, label or actor that is not known, data told apart by author or date, an exception within an exception,
//! a `modifierExtension`) refuses it, each with its place; what it leaves unsaid names nothing, so that the form is kept
//! and releases nothing. A Consent that can be read is no evidence that the law's elements are there: adequacy is judged
//! of what came out, as of any other form.
//!
//! What FHIR has no home for stands in extensions under [`names::BASE`]; docs/adapters/fhir-consent.md lists them.

pub mod names;
mod node;
mod parties;
mod provision;
mod read;
mod record;
mod scope;
mod signing;
mod times;
mod write;

use std::collections::BTreeSet;

use gateway_types::{AgencyId, Pii, SourceClientKey, Timestamp};

use crate::signing::{ArtefactDigest, Attested, Signer, Standing};
use crate::terms::{EventReport, Terms};

pub use read::read;
pub use write::write;

/// What a FHIR Consent says, not yet on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The client, by the sender's own key.
    pub patient: SourceClientKey,
    /// What stands on the form.
    pub terms: Terms,
    /// Agencies that a class on the form does not mean.
    pub except: BTreeSet<AgencyId>,
    /// The date on the form; of a day without a time, the earliest moment at which it can have begun.
    pub signed_at: Timestamp,
    /// Who signed.
    pub signer: Signer,
    /// Who signed beside them.
    pub co_signer: Option<Signer>,
    /// What the client was in law.
    pub standing: Standing,
    /// What the sender vouches for.
    pub attested: BTreeSet<Attested>,
    /// The word on the event that ends it.
    pub event: Option<EventReport>,
    /// The signed paper itself, to be digested.
    pub attached: Option<Pii<Vec<u8>>>,
    /// The digest of the signed paper, as the sender states it.
    pub stated: Option<ArtefactDigest>,
    /// Where it was read more narrowly than it may have been meant.
    pub notes: Vec<Remark>,
}

/// Something to be said about one place of a Consent. Both parts are made of constants and positions, so it repeats
/// nothing of what was sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The element, as a FHIRPath: `Consent.provision.actor[1].reference`.
    pub path: String,
    /// What is to be said.
    pub says: &'static str,
}
