//! FHIR R4 (4.0.1) bundles: who a client is, what was found, prescribed, done and planned, and who cares for them.
//!
//! A thin layer over JSON. What a resource says is kept as readable fields; every code in it, and every word, is
//! looked up for what it tells ([`crate::labelling`]). Narrative (`text.div`) repeats the coded facts of a resource
//! and its neighbours, so it is not kept; notes become an element of their own marked as free text. Organization,
//! Practitioner, PractitionerRole, Location and Medication are used to resolve references and not kept. Every other
//! resource is refused by the number of its entry, never dropped unseen.
//!
//! A resource with a `modifierExtension` is refused, since what it modifies is not known here; so is test data
//! (`meta.tag` HTEST) and a merged patient (`link` `replaced-by`), whose consents a person has to move.

pub mod answer;
mod bundle;
mod findings;
mod plans;
mod provenance;
mod resources;
mod rules;

pub use bundle::{bundle, ndjson};

/// What is accepted of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of the document.
    pub json: crate::json::Limits,
    /// Entries.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            json: crate::json::Limits::default(),
            entries: 20_000,
        }
    }
}

#[cfg(test)]
mod tests;
