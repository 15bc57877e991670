//! Which unit of the source a resource comes from (42 CFR 2.12: protection follows the programme, not the content).
//!
//! A resource names units by its own organisation, its encounter and whoever recorded it. They must all be found and
//! mean the same unit: where one cannot be found, or two differ, the record is of unknown provenance
//! ([`Named::Unresolved`]) and never falls to a general programme. Only where a resource names no unit does its
//! patient's organisation count, and only where that is none either the agency's default programme.

use serde_json::Value;

use super::bundle::{Index, relative, text};
use crate::unit::Named;

/// A resource, and the one whose contained resources its `#` references mean.
#[derive(Clone, Copy)]
struct Placed<'a> {
    resource: &'a Value,
    container: &'a Value,
}

impl<'a> Placed<'a> {
    const fn new(resource: &'a Value) -> Self {
        Self {
            resource,
            container: resource,
        }
    }

    fn kind(self) -> Option<&'a str> {
        text(self.resource, "resourceType")
    }

    fn is_contained(self) -> bool {
        !std::ptr::eq(self.resource, self.container)
    }

    /// All references in a field, of which R4 and its neighbours disagree whether it is one or a list.
    fn references(self, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        each(self.resource.get(field))
    }
}

/// The values of a field that holds one or a list.
pub(super) fn each(field: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (one, many) = match field {
        None | Some(Value::Null) => (None, None),
        Some(Value::Array(values)) => (None, Some(values)),
        one => (one, None),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

/// The programme of `resource` as its source names it; `None` if neither it nor its patient names a unit.
pub(super) fn programme(index: &Index<'_>, resource: &Value) -> Option<String> {
    let units = Units { index };
    let resource = Placed::new(resource);
    units
        .of(resource)
        .or_else(|| units.of_patient(resource))
        .into_programme()
}

struct Units<'i, 'a> {
    index: &'i Index<'a>,
}

impl<'a> Units<'_, 'a> {
    /// The unit that the resource itself names.
    fn of(&self, resource: Placed<'a>) -> Named {
        let visits = || {
            ["encounter", "context"]
                .into_iter()
                .flat_map(|field| resource.references(field))
        };
        let encounters = visits().map(|reference| self.encounter(reference, resource));
        let authors = ["requester", "recorder", "asserter"]
            .into_iter()
            .flat_map(|field| resource.references(field))
            .map(|reference| self.author(reference, resource));
        // Who did or wrote it tells where it comes from if no visit does: a laboratory serves many.
        let doers = ["performer", "author", "informationSource"]
            .into_iter()
            .filter(|_| visits().next().is_none())
            .flat_map(|field| resource.references(field))
            .map(|reference| self.author(reference, resource));
        encounters
            .chain(authors)
            .chain(doers)
            .fold(self.of_stay(resource), Named::and)
    }

    /// The unit of which the resource says that it provides or manages it, or the place of it.
    fn of_stay(&self, resource: Placed<'a>) -> Named {
        let organizations = ["serviceProvider", "managingOrganization"]
            .into_iter()
            .flat_map(|field| resource.references(field))
            .map(|reference| self.organization(reference, resource));
        let places = resource
            .references("location")
            .filter_map(|place| place.get("location"))
            .map(|reference| self.place(reference, resource));
        organizations.chain(places).fold(Named::Nothing, Named::and)
    }

    /// The organisation that the patient belongs to. It is not known if the patient is not at hand.
    fn of_patient(&self, resource: Placed<'a>) -> Named {
        let subjects = || {
            resource
                .references("subject")
                .chain(resource.references("patient"))
        };
        subjects()
            .map(|reference| match self.find(reference, resource) {
                Some(patient) if patient.kind() == Some("Patient") => self.of_stay(patient),
                _ => Named::Unresolved,
            })
            .fold(Named::Nothing, Named::and)
    }

    fn find(&self, reference: &Value, from: Placed<'a>) -> Option<Placed<'a>> {
        let name = text(reference, "reference")?;
        let resource = self.index.resolve(name, from.container)?;
        Some(if name.starts_with('#') {
            Placed {
                resource,
                container: from.container,
            }
        } else {
            Placed::new(resource)
        })
    }

    /// By id if it is a resource of its own; by identifier if it has no id beyond the document.
    fn organization(&self, reference: &Value, from: Placed<'a>) -> Named {
        let named = match self.find(reference, from) {
            Some(found) if found.kind() != Some("Organization") => return Named::Unresolved,
            Some(found) => text(found.resource, "id")
                .filter(|_| !found.is_contained())
                .or_else(|| only_identifier(found.resource)),
            None => text(reference, "reference").and_then(|name| {
                relative(name)
                    .and_then(|name| name.strip_prefix("Organization/"))
                    .or_else(|| searched(name))
            }),
        };
        named
            .or_else(|| text(reference.get("identifier")?, "value"))
            .map_or(Named::Unresolved, |name| Named::Unit(name.to_owned()))
    }

    /// An encounter that is not at hand was somewhere; one that is may say nowhere.
    fn encounter(&self, reference: &Value, from: Placed<'a>) -> Named {
        match self.find(reference, from) {
            Some(found) if found.kind() == Some("Encounter") => self.of_stay(found),
            _ => Named::Unresolved,
        }
    }

    /// An organisation, or somebody at one. A person as such belongs to no unit.
    fn author(&self, reference: &Value, from: Placed<'a>) -> Named {
        let found = self.find(reference, from);
        let name = text(reference, "reference");
        let kind = found
            .and_then(Placed::kind)
            .or_else(|| name.and_then(kind_of))
            .or_else(|| text(reference, "type"));
        match (kind, found) {
            (Some("Organization"), _) => self.organization(reference, from),
            (Some("PractitionerRole"), Some(role)) => role
                .references("organization")
                .map(|reference| self.organization(reference, role))
                .fold(Named::Nothing, Named::and),
            (Some("PractitionerRole"), None) => Named::Unresolved,
            (Some(_), _) => Named::Nothing,
            (None, _) if name.is_some() => Named::Unresolved,
            (None, _) => Named::Nothing,
        }
    }

    /// Whoever runs a place that is at hand. Every encounter names places; one that is not at hand tells no unit.
    fn place(&self, reference: &Value, from: Placed<'a>) -> Named {
        let Some(place) = self.find(reference, from) else {
            return Named::Nothing;
        };
        place
            .references("managingOrganization")
            .map(|reference| self.organization(reference, place))
            .fold(Named::Nothing, Named::and)
    }
}

/// The value of the identifier, if there is exactly one: which of several the registry knows cannot be told here.
fn only_identifier(organization: &Value) -> Option<&str> {
    let mut identifiers = each(organization.get("identifier"));
    let only = identifiers.next()?;
    identifiers
        .next()
        .is_none()
        .then(|| text(only, "value"))
        .flatten()
}

/// The identifier in `Organization?identifier=system|value`, a reference by search.
fn searched(reference: &str) -> Option<&str> {
    let token = reference.strip_prefix("Organization?identifier=")?;
    let value = token.rsplit('|').next()?;
    (!value.is_empty() && !token.contains(['&', '%', ','])).then_some(value)
}

/// The type that a reference names.
fn kind_of(reference: &str) -> Option<&str> {
    match reference.split_once('?') {
        Some((kind, _)) => Some(kind),
        None => relative(reference)?.split('/').next(),
    }
}
