//! Formats on their way in: bytes become labelled elements, or errors with a place.
//!
//! One module a format. Nothing here reads a file, a clock or a random number; what cannot be labelled gets no
//! category and is withheld from everyone, what must not be kept is refused at the door (architecture, promises 1
//! and 9), and no report or error text holds a value that was received: every text in a [`report::Finding`] is a
//! constant of this crate, so there is nothing to leak.

pub mod answer;
pub mod calls_for_service;
pub mod ccda;
pub mod eido;
pub mod fhir;
pub mod field_forms;
pub mod hl7v2;
pub mod hmis;
pub mod json;
pub mod labelling;
mod markers;
pub mod niem;
pub mod open311;
mod person;
#[cfg(test)]
mod planted;
pub mod releases;
pub mod report;
pub mod survey;
mod unit;
pub mod xml;

pub use report::{Finding, Report, Rule, Severity};

/// What a small push says: its records, with a report of what was not taken.
#[derive(Debug)]
pub struct Taken {
    /// The records, clients first.
    pub records: Vec<gateway_types::SourceRecord>,
    /// What was found.
    pub report: Report,
}
