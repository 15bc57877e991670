//! Which unit of the source an entry comes from.
//!
//! An entry names units by the organisations of its authors; a visit also by who was there for it, since a laboratory or
//! a pharmacy serves many units. If it names none, those of its
//! section's authors count, then the place of the visit that the document is of, then the document's authors, then its
//! custodian. All that are named at one level must be the same unit. An organisation is known by its one id; if it has
//! only a name, by that of another organisation of the document with the same name. What cannot be told is of unknown
//! provenance ([`Named::Unresolved`]), never of a general programme.

use std::collections::HashMap;

use super::V3;
use super::concept::{at, child, children};
use super::sections::Section;
use crate::unit::Named;
use crate::xml::Element;

/// National provider identifiers: several units of one organisation share them.
const NPI: &str = "2.16.840.1.113883.4.6";

/// The units that a document names.
pub(super) struct Units {
    /// Organisations by name; `None`: two that differ have it.
    by_name: HashMap<String, Option<String>>,
    of_document: Named,
}

impl Units {
    pub(super) fn of(document: &Element) -> Self {
        let mut by_name: HashMap<String, Option<String>> = HashMap::new();
        for organization in document.descendants().filter(|element| is_organization(element)) {
            let (Some(name), Some(id)) = (name_of(organization), only_id(organization)) else {
                continue;
            };
            let known = by_name.entry(name).or_insert_with(|| Some(id.clone()));
            if known.as_ref() != Some(&id) {
                *known = None;
            }
        }
        let mut units = Self {
            by_name,
            of_document: Named::Nothing,
        };
        let place = [
            "componentOf",
            "encompassingEncounter",
            "location",
            "healthCareFacility",
            "serviceProviderOrganization",
        ];
        let custodian = [
            "custodian",
            "assignedCustodian",
            "representedCustodianOrganization",
        ];
        units.of_document = units
            .named(at(document, &place).into_iter())
            .or_else(|| units.named(authors_of(document)))
            .or_else(|| units.named(at(document, &custodian).into_iter()));
        units
    }

    /// The programme of an entry of a section.
    pub(super) fn programme(&self, kind: Section, section: &Element, entry: &Element) -> Option<String> {
        let performers = || {
            let visits = (kind == Section::Encounters).then_some(entry);
            visits
                .into_iter()
                .flat_map(Element::descendants)
                .flat_map(performers_of)
        };
        self.named(entry.descendants().flat_map(authors_of))
            .or_else(|| self.named(performers()))
            .or_else(|| self.named(authors_of(section)))
            .or_else(|| self.of_document.clone())
            .into_programme()
    }

    /// The programme of what the document itself says.
    pub(super) fn of_document(&self) -> Option<String> {
        self.of_document.clone().into_programme()
    }

    fn named<'a>(&self, organizations: impl Iterator<Item = &'a Element>) -> Named {
        organizations
            .map(|organization| {
                only_id(organization)
                    .or_else(|| {
                        let unnumbered = child(organization, "id").is_none();
                        let name = name_of(organization).filter(|_| unnumbered)?;
                        self.by_name.get(&name).cloned().flatten()
                    })
                    .map_or(Named::Unresolved, Named::Unit)
            })
            .fold(Named::Nothing, Named::and)
    }
}

fn is_organization(element: &Element) -> bool {
    [
        "representedOrganization",
        "representedCustodianOrganization",
        "serviceProviderOrganization",
    ]
    .iter()
    .any(|name| element.is(V3, name))
}

fn authors_of(of: &Element) -> impl Iterator<Item = &Element> {
    children(of, "author").filter_map(|author| at(author, &["assignedAuthor", "representedOrganization"]))
}

fn performers_of(of: &Element) -> impl Iterator<Item = &Element> {
    children(of, "performer")
        .filter_map(|performer| at(performer, &["assignedEntity", "representedOrganization"]))
}

fn name_of(organization: &Element) -> Option<String> {
    let name = child(organization, "name")?.text().to_lowercase();
    (!name.is_empty()).then_some(name)
}

/// The id of an organisation, as `root|extension`, if there is one of its own or else one national number.
fn only_id(organization: &Element) -> Option<String> {
    let (national, own): (Vec<_>, Vec<_>) = ids(organization).partition(|(root, _)| *root == NPI);
    match (own.as_slice(), national.as_slice()) {
        ([id], _) | ([], [id]) => Some(written(*id)),
        _ => None,
    }
}

/// The ids of an element that say something: root, and extension if there is one.
pub(super) fn ids(of: &Element) -> impl Iterator<Item = (&str, Option<&str>)> {
    children(of, "id")
        .filter(|id| id.attribute("nullFlavor").is_none())
        .filter_map(|id| Some((id.attribute("root")?, id.attribute("extension"))))
        .filter(|(root, extension)| {
            !root.is_empty() && extension.is_none_or(|extension| !extension.is_empty())
        })
}

/// An id in one string.
pub(super) fn written((root, extension): (&str, Option<&str>)) -> String {
    match extension {
        Some(extension) => format!("{root}|{extension}"),
        None => root.to_owned(),
    }
}
