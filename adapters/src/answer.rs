//! What an answer is made of, whatever its format: the released elements, and what travels with them.
//!
//! A format's answer is made anew from these and from nothing else, so that what was withheld leaves nothing behind.

use gateway_types::vocabulary::Category;
use gateway_types::{Date, Payload};

/// A released element.
#[derive(Clone, Copy, Debug)]
pub struct Released<'a> {
    /// What kind of information it is.
    pub category: Category,
    /// The agency it comes from.
    pub source: &'a str,
    /// The date it is about or was last confirmed.
    pub as_of: Option<Date>,
    /// Its confidentiality (HL7 v3-Confidentiality), where the readers are told.
    pub confidentiality: Option<&'static str>,
    /// HL7 v3-ActCode: refrain codes; policies and sensitivities where the readers are told.
    pub security: &'a [&'static str],
    /// The content.
    pub fields: &'a Payload,
}

/// What travels with the whole answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Attached<'a> {
    /// The confidentiality of the whole.
    pub confidentiality: Option<&'static str>,
    /// Obligations of the recipient and what agreements ask, as codes or texts.
    pub obligations: &'a [String],
    /// Notices that the law wants told with the data, word for word.
    pub notices: &'a [String],
}
