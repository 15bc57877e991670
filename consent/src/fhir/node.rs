//! A place in a resource, and what is found wrong there.
//!
//! Strict: an element that is not named by the reader refuses, since what is not understood may narrow. A path holds
//! element names of ours and positions, never a text of the resource.

use serde_json::{Map, Value};

use super::{Remark, names};

pub(super) const NOT_READ: &str = "an element here is not one that this gateway evaluates";
pub(super) const WRONG_FORM: &str = "this does not have the form that FHIR R4 gives it";
const MODIFIED: &str =
    "a `modifierExtension` or `implicitRules` may change what this means; such a Consent is not evaluated";
const EMPTY_TEXT: &str = "an empty text is not allowed in FHIR";
const UNKNOWN_EXTENSION: &str = "an extension of this gateway's own that it does not have, or not here";
const NEEDS_SYSTEM: &str = "a code needs its `system`, and both have to be texts";

/// What was found: what refuses, and what only narrows.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) faults: Vec<Remark>,
    pub(super) notes: Vec<Remark>,
}

/// One place.
#[derive(Clone, Debug)]
pub(super) struct At<'a> {
    pub(super) value: &'a Value,
    pub(super) path: String,
}

/// A code in its system.
#[derive(Clone, Debug)]
pub(super) struct Code<'a> {
    pub(super) system: &'a str,
    pub(super) code: &'a str,
    pub(super) path: String,
}

impl Found {
    pub(super) fn fault(&mut self, path: &str, says: &'static str) {
        let path = path.to_owned();
        self.faults.push(Remark { path, says });
    }

    pub(super) fn note(&mut self, path: &str, says: &'static str) {
        let path = path.to_owned();
        self.notes.push(Remark { path, says });
    }
}

impl<'a> At<'a> {
    /// The fields, if it is an object that has no others than `known`, and no extension of ours.
    pub(super) fn object(&self, known: &[&str], found: &mut Found) -> Option<&'a Map<String, Value>> {
        if self.value.get("extension").is_some() {
            self.extensions(&[], found);
        }
        self.fields(known, found)
    }

    /// The fields, if it is an object that has no others than `known`; its extensions are looked at elsewhere.
    pub(super) fn fields(&self, known: &[&str], found: &mut Found) -> Option<&'a Map<String, Value>> {
        let Some(fields) = self.value.as_object() else {
            found.fault(&self.path, WRONG_FORM);
            return None;
        };
        if fields.contains_key("modifierExtension") || fields.contains_key("implicitRules") {
            found.fault(&self.path, MODIFIED);
        }
        let strange = fields.keys().any(|name| {
            !known.contains(&name.as_str())
                && !matches!(
                    name.as_str(),
                    "id" | "extension" | "modifierExtension" | "implicitRules"
                )
        });
        if strange {
            found.fault(&self.path, NOT_READ);
        }
        Some(fields)
    }

    /// The element `name`, if it is there.
    pub(super) fn get(&self, name: &'static str) -> Option<Self> {
        let value = self.value.get(name)?;
        let path = format!("{}.{name}", self.path);
        Some(Self { value, path })
    }

    /// The members of the list `name`; none if it is not there.
    pub(super) fn list(&self, name: &'static str, found: &mut Found) -> Vec<Self> {
        let Some(list) = self.get(name) else {
            return Vec::new();
        };
        match list.value.as_array() {
            Some(members) if !members.is_empty() => members
                .iter()
                .enumerate()
                .map(|(index, value)| Self {
                    value,
                    path: format!("{}[{index}]", list.path),
                })
                .collect(),
            _ => {
                found.fault(&list.path, WRONG_FORM);
                Vec::new()
            }
        }
    }

    /// It as a text.
    pub(super) fn text(&self, found: &mut Found) -> Option<&'a str> {
        match self.value.as_str() {
            Some("") => {
                found.fault(&self.path, EMPTY_TEXT);
                None
            }
            None => {
                found.fault(&self.path, WRONG_FORM);
                None
            }
            some => some,
        }
    }

    /// The text `name`; `None` without a fault if it is not there.
    pub(super) fn text_of(&self, name: &'static str, found: &mut Found) -> Option<&'a str> {
        self.get(name)?.text(found)
    }

    /// It as a `Coding`.
    pub(super) fn coding(&self, found: &mut Found) -> Option<Code<'a>> {
        self.object(&["system", "code", "display", "version", "userSelected"], found)?;
        let both = self.text_of("system", found).zip(self.text_of("code", found));
        if both.is_none() {
            found.fault(&self.path, NEEDS_SYSTEM);
        }
        let (system, code) = both?;
        let path = self.path.clone();
        Some(Code { system, code, path })
    }

    /// It as a `CodeableConcept` with at least one coding.
    pub(super) fn concept(&self, found: &mut Found) -> Vec<Code<'a>> {
        if self.object(&["coding", "text"], found).is_none() {
            return Vec::new();
        }
        let codings = self.list("coding", found);
        if codings.is_empty() {
            found.fault(&self.path, NEEDS_SYSTEM);
        }
        codings.iter().filter_map(|coding| coding.coding(found)).collect()
    }

    /// The extensions of ours, by name; those of others are left alone, as FHIR allows for what is no modifier.
    pub(super) fn extensions(&self, known: &[&'static str], found: &mut Found) -> Vec<(&'static str, Self)> {
        let mut ours = Vec::new();
        for extension in self.list("extension", found) {
            let url = extension.text_of("url", found);
            let name = url
                .and_then(|url| {
                    url.strip_prefix(names::BASE)?
                        .strip_prefix("/StructureDefinition/")
                })
                .and_then(|name| known.iter().find(|known| **known == name));
            match (name, url) {
                (Some(name), _) => ours.push((*name, extension)),
                (None, Some(url)) if url.starts_with(names::BASE) => {
                    found.fault(&extension.path, UNKNOWN_EXTENSION);
                }
                (None, Some(_)) => {}
                (None, None) => found.fault(&extension.path, WRONG_FORM),
            }
        }
        ours
    }

    /// The parts of a complex extension, by name.
    pub(super) fn parts(&self, known: &[&'static str], found: &mut Found) -> Vec<(&'static str, Self)> {
        if self.object(&["url"], found).is_none() {
            return Vec::new();
        }
        let mut parts: Vec<(&'static str, Self)> = Vec::new();
        for part in self.list("extension", found) {
            let name = part
                .text_of("url", found)
                .and_then(|url| known.iter().find(|known| **known == url));
            match name {
                Some(name) if !parts.iter().any(|(before, _)| before == name) => parts.push((*name, part)),
                _ => found.fault(&part.path, UNKNOWN_EXTENSION),
            }
        }
        parts
    }

    /// The value of a simple extension, which has to be of this type: `valueCode`, say.
    pub(super) fn value_of(&self, field: &'static str, found: &mut Found) -> Option<Self> {
        self.object(&["url", field], found)?;
        let value = self.get(field);
        if value.is_none() || self.value.get("extension").is_some() {
            found.fault(&self.path, WRONG_FORM);
        }
        value
    }

    /// The word of a closed vocabulary that a `valueCode` names.
    pub(super) fn word<T: serde::de::DeserializeOwned>(&self, found: &mut Found) -> Option<T> {
        let code = self.value_of("valueCode", found)?;
        code.text(found)?;
        let word = serde_json::from_value(code.value.clone()).ok();
        if word.is_none() {
            found.fault(&code.path, "not a code of this extension");
        }
        word
    }

    /// The truth of a `valueBoolean`.
    pub(super) fn truth(&self, found: &mut Found) -> Option<bool> {
        let value = self.value_of("valueBoolean", found)?;
        let truth = value.value.as_bool();
        if truth.is_none() {
            found.fault(&value.path, WRONG_FORM);
        }
        truth
    }
}
