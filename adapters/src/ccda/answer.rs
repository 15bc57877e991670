//! C-CDA R2.1 out: what was released, as a Continuity of Care Document, made anew from the released elements alone.
//!
//! No section, entry or narrative of a source is passed on. Every value of a released element stands once in the
//! narrative of its section, with its source and its age; its entry carries codes and refers to those words. So nothing
//! that was released is missing, and nothing that was withheld can have left a trace. Ids count within the document and
//! mean nothing outside it.

mod entries;
mod labels;
mod markup;
mod patient;
mod row;
mod sections;
mod values;

use std::io;

use gateway_types::Timestamp;

use crate::answer::{Attached, Released};
use labels::CONFIDENTIALITY;
use markup::{Node, node};
use row::Row;
use sections::{KNOWN, Section, templates, words_alone};
use values::{LOINC, at, fixed, time};

/// When a document was made, and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// The document's id: a UUID or an OID.
    pub id: &'a str,
    /// When.
    pub at: Timestamp,
}

/// What every document says of itself, whatever is in it: so it tells nothing about anybody.
const ABOUT: &str = "This document was put together by a gateway from records that other agencies hold. It holds what was \
    released to its recipient for the purpose that was asked for, and nothing else. Where a section says that there is no \
    information, or is not there, nothing follows from that: neither that nothing is on record nor that something is.";

/// The answer as a document. With nothing released it is the same for everybody, apart from its id and its time.
///
/// # Errors
/// None that is known: it is written to memory.
pub fn document(released: &[Released<'_>], attached: &Attached<'_>, made: &Made<'_>) -> io::Result<Vec<u8>> {
    let rows: Vec<Row<'_>> = (1..)
        .zip(released)
        .map(|(number, element)| Row::of(element, number))
        .collect();
    let now = time(&made.at.to_string());
    let root =
        node("ClinicalDocument")
            .with("xmlns", super::V3)
            .with("xmlns:sdtc", super::SDTC)
            .with("xmlns:xsi", super::XSI)
            .holding(node("realmCode").with("code", "US"))
            .holding(
                node("typeId")
                    .with("root", "2.16.840.1.113883.1.3")
                    .with("extension", "POCD_HD000040"),
            )
            .all(templates("1.1", "2015-08-01", true))
            .all(templates("1.2", "2015-08-01", true))
            .holding(node("id").with("root", made.id))
            .holding(fixed("code", "34133-9", LOINC))
            .holding(node("title").saying("Continuity of Care Document"))
            .holding(at("effectiveTime", now.clone()))
            .holding(match attached.confidentiality {
                Some(code) => fixed("confidentialityCode", code, CONFIDENTIALITY),
                None => node("confidentialityCode").with("nullFlavor", "NI"),
            })
            .holding(node("languageCode").with("code", "en-US"))
            .holding(patient::record_target(&rows, made.id))
            .holding(author(now.clone()))
            .holding(node("custodian").holding(
                node("assignedCustodian").holding(gateway(node("representedCustodianOrganization"))),
            ))
            .holding(
                node("documentationOf").holding(
                    node("serviceEvent").with("classCode", "PCPR").holding(
                        node("effectiveTime")
                            .holding(node("low").with("nullFlavor", "NI"))
                            .holding(at("high", now)),
                    ),
                ),
            )
            .holding(node("component").holding(body(&rows, attached, made.id)));
    markup::written(&root)
}

/// The gateway as an organisation.
fn gateway(organization: Node) -> Node {
    organization
        .holding(node("id").with("nullFlavor", "NI"))
        .holding(node("name").saying("Assent gateway"))
        .holding(patient::no_telecom())
        .holding(patient::no_address())
}

/// The gateway, which put the document together.
fn author(now: Option<String>) -> Node {
    node("author").holding(at("time", now)).holding(
        node("assignedAuthor")
            .holding(node("id").with("nullFlavor", "NI"))
            .holding(patient::no_address())
            .holding(patient::no_telecom())
            .holding(
                node("assignedAuthoringDevice")
                    .holding(node("manufacturerModelName").saying("Assent"))
                    .holding(node("softwareName").saying("Assent")),
            )
            .holding(gateway(node("representedOrganization"))),
    )
}

fn body(rows: &[Row<'_>], attached: &Attached<'_>, document: &str) -> Node {
    let mut body = node("structuredBody").holding(words_alone(
        "about",
        "About this document",
        std::iter::once(node("paragraph").saying(ABOUT)),
    ));
    if !attached.notices.is_empty() || !attached.obligations.is_empty() {
        let texts = attached.notices.iter().chain(attached.obligations);
        body = body.holding(words_alone(
            "notices",
            "Notices and duties of the recipient",
            texts.map(|text| node("paragraph").saying(text)),
        ));
    }
    let in_section = |section: Section| -> Vec<&Row<'_>> {
        rows.iter().filter(|row| Section::of(row) == section).collect()
    };
    for section in KNOWN {
        let inside = in_section(section);
        if section.is_required() || !inside.is_empty() {
            body = body.holding(section.holding(&inside, document));
        }
    }
    let mut met: Vec<Section> = Vec::new();
    for row in rows {
        let section = Section::of(row);
        if matches!(section, Section::Other(_)) && !met.contains(&section) {
            body = body.holding(section.holding(&in_section(section), document));
            met.push(section);
        }
    }
    body
}

#[cfg(test)]
mod tests;
