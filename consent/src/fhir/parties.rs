//! Whom a reference names: an agency, a member of its staff, a class; and what is left of such a list when others are
//! taken out.
//!
//! An agency is named by its id in the registry, as an identifier or as `Organization/<id>`, in the reference or in a
//! resource that the Consent contains. Nothing is fetched, so a reference elsewhere resolves to nobody.

use std::collections::BTreeSet;

use gateway_types::vocabulary::RecipientClass;
use gateway_types::{AgencyId, StaffId, Word as _, WordSet};
use serde_json::Value;

use super::names;
use super::node::{At, Found};
use crate::terms::{NamedPerson, Recipients};

const UNRESOLVED: &str = "this reference resolves to no agency, person or class that the gateway knows";
const TWO_NAMES: &str = "the reference and its identifier name two different things";

/// Somebody named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Agency(AgencyId),
    Class(RecipientClass),
    Person(NamedPerson),
}

/// How references are resolved.
#[derive(Clone, Copy)]
pub(super) struct Resolver<'a> {
    /// The resources inside the Consent.
    pub(super) contained: Option<&'a Value>,
    /// Whether an agency is registered.
    pub(super) knows: &'a dyn Fn(&AgencyId) -> bool,
}

impl Resolver<'_> {
    /// Whom the reference names. Nobody is a fault.
    pub(super) fn resolve(self, at: &At<'_>, found: &mut Found) -> Option<Named> {
        at.object(&["reference", "type", "identifier", "display"], found)?;
        let mut names = Vec::new();
        if let Some(identifier) = at.get("identifier") {
            names.push(self.by_identifier(&identifier, found));
        }
        if let Some(reference) = at.text_of("reference", found) {
            names.push(self.by_reference(reference));
        }
        let mut names = names.into_iter();
        let Some(named) = names.next().flatten() else {
            found.fault(&at.path, UNRESOLVED);
            return None;
        };
        if names.any(|other| other.as_ref() != Some(&named)) {
            found.fault(&at.path, TWO_NAMES);
        }
        Some(named)
    }

    fn by_identifier(self, at: &At<'_>, found: &mut Found) -> Option<Named> {
        at.object(&["system", "value", "use", "type"], found)?;
        self.identified(at.text_of("system", found)?, at.text_of("value", found)?)
    }

    fn identified(self, system: &str, value: &str) -> Option<Named> {
        match system {
            names::AGENCY => self.agency(value).map(Named::Agency),
            names::CLASS => RecipientClass::from_code(value).ok().map(Named::Class),
            names::STAFF => {
                let (agency, staff) = value.split_once('/')?;
                Some(Named::Person(NamedPerson {
                    agency: self.agency(agency)?,
                    staff: StaffId::new(staff).ok()?,
                }))
            }
            _ => None,
        }
    }

    fn by_reference(self, reference: &str) -> Option<Named> {
        let Some(id) = reference.strip_prefix('#') else {
            return self
                .agency(reference.strip_prefix("Organization/")?)
                .map(Named::Agency);
        };
        let mut inside = self
            .contained?
            .as_array()?
            .iter()
            .filter(|inner| inner.get("id").and_then(Value::as_str) == Some(id));
        let (one, None) = (inside.next()?, inside.next()) else {
            return None;
        };
        if one.get("resourceType").and_then(Value::as_str) != Some("Organization")
            || one.get("modifierExtension").is_some()
        {
            return None;
        }
        let mut identifiers = one
            .get("identifier")?
            .as_array()?
            .iter()
            .filter_map(|identifier| {
                let system = identifier.get("system")?.as_str()?;
                (system == names::AGENCY).then(|| identifier.get("value")?.as_str())?
            });
        let (id, None) = (identifiers.next()?, identifiers.next()) else {
            return None;
        };
        self.agency(id).map(Named::Agency)
    }

    fn agency(self, id: &str) -> Option<AgencyId> {
        AgencyId::new(id).ok().filter(|id| (self.knows)(id))
    }
}

/// What is left of a list of recipients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// All of it.
    All,
    /// None of it.
    Nobody,
    /// These; and those named are not meant although a class may include them.
    Some(Recipients, BTreeSet<AgencyId>),
    /// It cannot be told.
    Unclear,
}

/// What is left of `whole` without `taken`.
pub(super) fn without(whole: &Recipients, taken: &Recipients) -> Left {
    let mut left = Recipients::default();
    let mut unclear = false;
    for agency in &whole.agencies {
        if taken.agencies.contains(agency) {
            continue;
        }
        // Whether the agency belongs to a class is not known here; part of an agency cannot be taken out.
        unclear |= !taken.classes.is_empty() || taken.persons.iter().any(|person| person.agency == *agency);
        left.agencies.insert(agency.clone());
    }
    for person in &whole.persons {
        if taken.agencies.contains(&person.agency) || taken.persons.contains(person) {
            continue;
        }
        unclear |= !taken.classes.is_empty();
        left.persons.insert(person.clone());
    }
    left.classes = whole.classes.difference(taken.classes);
    let classes_cut = !(left.classes.is_empty() || taken.classes.is_empty() && taken.persons.is_empty());
    if unclear || classes_cut {
        return Left::Unclear;
    }
    let except = if left.classes.is_empty() {
        BTreeSet::new()
    } else {
        taken.agencies.clone()
    };
    if left == Recipients::default() {
        Left::Nobody
    } else if left == *whole && except.is_empty() {
        Left::All
    } else {
        Left::Some(left, except)
    }
}

/// Whether everybody of `part` is named in `whole` too.
pub(super) fn are_among(part: &Recipients, whole: &Recipients) -> bool {
    part.agencies.is_subset(&whole.agencies)
        && part.classes.is_subset_of(whole.classes)
        && part
            .persons
            .iter()
            .all(|person| whole.persons.contains(person) || whole.agencies.contains(&person.agency))
}

/// The list of those named.
pub(super) fn recipients(named: Vec<Named>) -> Recipients {
    let mut recipients = Recipients {
        classes: WordSet::EMPTY,
        ..Recipients::default()
    };
    for one in named {
        match one {
            Named::Agency(id) => {
                recipients.agencies.insert(id);
            }
            Named::Class(class) => recipients.classes.insert(class),
            Named::Person(person) => {
                recipients.persons.insert(person);
            }
        }
    }
    recipients
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agency(id: &str) -> AgencyId {
        AgencyId::new(id).unwrap()
    }

    fn list(agencies: &[&str], classes: &[RecipientClass], persons: &[(&str, &str)]) -> Recipients {
        Recipients {
            agencies: agencies.iter().map(|id| agency(id)).collect(),
            classes: classes.iter().copied().collect(),
            persons: persons
                .iter()
                .map(|(at, staff)| NamedPerson {
                    agency: agency(at),
                    staff: StaffId::new(*staff).unwrap(),
                })
                .collect(),
        }
    }

    #[test]
    fn what_cannot_be_told_apart_is_not_guessed() {
        use RecipientClass::{HealthPlans, TreatingProviders};
        let ab = list(&["a", "b"], &[], &[]);
        let treating = list(&[], &[TreatingProviders], &[]);
        let one_person = list(&[], &[], &[("a", "x")]);
        assert_eq!(without(&ab, &list(&["c"], &[], &[])), Left::All);
        assert_eq!(
            without(&ab, &list(&["b"], &[], &[])),
            Left::Some(list(&["a"], &[], &[]), BTreeSet::new())
        );
        assert_eq!(without(&ab, &ab), Left::Nobody);
        assert_eq!(without(&ab, &one_person), Left::Unclear, "part of an agency");
        assert_eq!(
            without(&ab, &treating),
            Left::Unclear,
            "a may be a treating provider"
        );
        assert_eq!(without(&one_person, &list(&["a"], &[], &[])), Left::Nobody);
        assert_eq!(
            without(&treating, &list(&["a"], &[], &[])),
            Left::Some(treating.clone(), [agency("a")].into())
        );
        assert_eq!(without(&treating, &one_person), Left::Unclear);
        assert_eq!(
            without(&treating, &list(&[], &[HealthPlans], &[])),
            Left::Unclear,
            "one may be both"
        );
        assert_eq!(without(&treating, &treating), Left::Nobody);
    }
}
