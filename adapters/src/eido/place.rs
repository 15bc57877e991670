//! Where an incident was, from its PIDF-LO (RFC 4119, RFC 5139): coarse, and only if its usage rules let it be passed on.
//!
//! `retransmission-allowed` counts as no where it is absent (RFC 4119, section 2.2.2). A place that must be forgotten
//! at some time (`retention-expiry`) is not taken, since what is stored here outlives it.

use crate::xml::{self, Element};

const GEOPRIV: &str = "urn:ietf:params:xml:ns:pidf:geopriv10";
const POLICY: &str = "urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy";
const CIVIC: &str = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr";

/// A document inside a document gets no more room than one place needs.
const LIMITS: xml::Limits = xml::Limits {
    bytes: 64 << 10,
    depth: 24,
    elements: 500,
    attributes: 16,
};

/// The street and town, without a number.
pub(super) fn coarse(document: &str) -> Option<String> {
    let root = xml::parse(document.as_bytes(), &LIMITS).ok()?;
    let rules = root
        .descendants()
        .find(|element| element.is(GEOPRIV, "usage-rules"))?;
    let says = |name: &str| {
        rules
            .elements()
            .find(|element| element.name() == name && matches!(element.namespace(), Some(GEOPRIV | POLICY)))
            .map(Element::text)
    };
    if says("retransmission-allowed").as_deref() != Some("true") || says("retention-expiry").is_some() {
        return None;
    }
    let civic = root
        .descendants()
        .find(|element| element.is(CIVIC, "civicAddress"))?;
    let part = |name: &str| {
        civic
            .elements()
            .find(|element| element.is(CIVIC, name))
            .map(Element::text)
            .filter(|text| !text.is_empty())
    };
    let street: Vec<String> = ["PRD", "RD", "STS", "POD"].into_iter().filter_map(part).collect();
    let place: Vec<String> = [
        (!street.is_empty()).then(|| street.join(" ")),
        part("A3"),
        part("A1"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!place.is_empty()).then(|| place.join(", "))
}
