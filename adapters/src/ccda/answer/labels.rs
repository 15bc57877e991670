//! The labels of one released element, as a privacy annotation (HL7 DS4P for CDA): at the entry that they belong to and
//! nowhere above it, so that no label of the document tells of what was withheld.

use super::markup::{Node, node};
use super::values::{ACT_CODE, fixed};
use crate::answer::Released;

/// HL7 Confidentiality.
pub(super) const CONFIDENTIALITY: &str = "2.16.840.1.113883.5.25";

const ANNOTATION: &str = "2.16.840.1.113883.3.3251.1.4";
const OBSERVATION: &str = "2.16.840.1.113883.3.445.21";
const CLASSIFICATION: &str = "2.16.840.1.113883.3.445.12";
const REFRAIN: &str = "2.16.840.1.113883.3.445.23";

/// The annotation of an element, if there is anything to say.
pub(super) fn annotation(element: &Released<'_>) -> Option<Node> {
    if element.confidentiality.is_none() && element.security.is_empty() {
        return None;
    }
    let value = match element.confidentiality {
        Some(code) => fixed("value", code, CONFIDENTIALITY),
        None => node("value").with("nullFlavor", "NI"),
    };
    let class = observation(Some(CLASSIFICATION), "SECCLASSOBS", value);
    let others = element.security.iter().map(|code| {
        let value = fixed("value", code, ACT_CODE);
        if is_refrain(code) {
            observation(Some(REFRAIN), "SECCONOBS", value)
        } else {
            // Policies and sensitivities.
            observation(None, "SECCATOBS", value)
        }
    });
    Some(
        node("organizer")
            .with("classCode", "CLUSTER")
            .with("moodCode", "DEF")
            .holding(node("templateId").with("root", ANNOTATION))
            .holding(node("statusCode").with("code", "active"))
            .all(std::iter::once(class).chain(others)),
    )
}

fn is_refrain(code: &str) -> bool {
    ["NORDSCLCD", "NOREUSE", "NORELINK"].contains(&code)
}

fn observation(template: Option<&str>, kind: &str, value: Node) -> Node {
    let templates = std::iter::once(OBSERVATION).chain(template);
    node("component").with("typeCode", "COMP").holding(
        node("observation")
            .with("classCode", "OBS")
            .with("moodCode", "DEF")
            .all(templates.map(|root| node("templateId").with("root", root)))
            .holding(fixed("code", kind, ACT_CODE))
            .holding(value.with("xsi:type", "CE")),
    )
}
