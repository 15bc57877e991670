//! C-CDA documents (R1.1 and R2.1): one client's chart, section by section.
//!
//! What an entry says is kept as readable fields, under the names that FHIR resources have here; every code in it, and
//! every word, is looked up for what it tells ([`crate::labelling`]). Narrative repeats the coded facts of an entry and
//! of its neighbours, so it is not kept: of it only the words that an uncoded item points at are read, to name that item.
//!
//! Sections are known by template, else by LOINC code. A section that is not known here, or has no category, is not kept,
//! and the report says so. A document that is not structured is refused: what stands in it cannot be told apart.

pub mod answer;
mod concept;
mod document;
mod entries;
mod patient;
mod provenance;
mod rules;
mod sections;

pub use document::document;

/// HL7 version 3.
const V3: &str = "urn:hl7-org:v3";
/// HL7's own extensions to it.
const SDTC: &str = "urn:hl7-org:sdtc";
/// Data types of values.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

#[cfg(test)]
mod tests;
