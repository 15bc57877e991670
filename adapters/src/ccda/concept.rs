//! What a coded value says: words to read, codes with their systems, and what they tell.

use std::collections::HashMap;

use gateway_types::Payload;
use gateway_types::vocabulary::{Sensitivity, WordSet};

use super::V3;
use crate::labelling::{CodeSystem, code_sensitivity, text_sensitivity};
use crate::xml::Element;

/// More words than this are no name of anything.
const LONGEST_NAME: usize = 200;

/// The pieces of narrative that entries point at, by their `ID`.
#[derive(Debug, Default)]
pub(super) struct Narrative<'a>(HashMap<&'a str, Option<&'a Element>>);

impl<'a> Narrative<'a> {
    pub(super) fn of(section: &'a Element) -> Self {
        let mut pieces = HashMap::new();
        for text in children(section, "text") {
            for piece in text.descendants() {
                if let Some(id) = piece.attribute("ID") {
                    // A name that two pieces have points at neither.
                    let known = pieces.entry(id).or_insert(Some(piece));
                    if known.is_some_and(|known| !std::ptr::eq(known, piece)) {
                        *known = None;
                    }
                }
            }
        }
        Self(pieces)
    }

    /// The words that `originalText` holds or points at, if they can be a name.
    fn words(&self, original: &Element) -> Option<String> {
        let pointed = child(original, "reference")
            .and_then(|reference| reference.attribute("value")?.strip_prefix('#'))
            .and_then(|id| self.0.get(id).copied().flatten());
        let words = pointed.unwrap_or(original).text();
        (!words.is_empty() && words.chars().count() <= LONGEST_NAME).then_some(words)
    }
}

/// The first child of this name.
pub(super) fn child<'a>(element: &'a Element, name: &str) -> Option<&'a Element> {
    element.elements().find(|child| child.is(V3, name))
}

/// The children of this name.
pub(super) fn children<'a>(element: &'a Element, name: &'static str) -> impl Iterator<Item = &'a Element> {
    element.elements().filter(move |child| child.is(V3, name))
}

/// The element that a path of names leads to.
pub(super) fn at<'a>(element: &'a Element, path: &[&str]) -> Option<&'a Element> {
    path.iter()
        .try_fold(element, |element, name| child(element, name))
}

/// Whether the source says that there is a value and that it must not be told.
pub(super) fn is_masked(element: &Element) -> bool {
    element.attribute("nullFlavor") == Some("MSK")
}

/// The words of a concept.
pub(super) fn words(concept: &Element, narrative: &Narrative<'_>) -> Option<String> {
    let shown = |element: &Element| {
        element
            .attribute("displayName")
            .map(str::trim)
            .filter(|words| !words.is_empty())
            .map(str::to_owned)
    };
    shown(concept)
        .or_else(|| children(concept, "translation").find_map(shown))
        .or_else(|| narrative.words(child(concept, "originalText")?))
        .or_else(|| concept.attribute("code").map(str::to_owned))
}

/// The codes of a concept and of its translations, as `system|code`, where the system is its OID.
fn codes(concept: &Element) -> Vec<String> {
    std::iter::once(concept)
        .chain(children(concept, "translation"))
        .filter_map(|coded| {
            let system = coded.attribute("codeSystem").unwrap_or_default();
            Some(format!("urn:oid:{system}|{}", coded.attribute("code")?))
        })
        .collect()
}

/// Puts a concept into a payload, as words and as codes.
pub(super) fn put(payload: &mut Payload, name: &str, concept: Option<&Element>, narrative: &Narrative<'_>) {
    let Some(concept) = concept else {
        return;
    };
    if let Some(words) = words(concept, narrative) {
        payload.insert(name, words);
    }
    let codes = codes(concept);
    if !codes.is_empty() {
        payload.insert(format!("{name}_codes"), codes);
    }
}

/// What the codes and words of an element tell, and those of the narrative that it points at. Names of people are not
/// looked at; names of organisations, places and materials are.
pub(super) fn told(element: &Element, narrative: &Narrative<'_>) -> WordSet<Sensitivity> {
    let mut found = WordSet::EMPTY;
    gather(element, narrative, &mut found);
    found
}

fn gather(element: &Element, narrative: &Narrative<'_>, found: &mut WordSet<Sensitivity>) {
    const PEOPLE: [&str; 4] = [
        "assignedPerson",
        "associatedPerson",
        "relatedPerson",
        "guardianPerson",
    ];
    if PEOPLE.iter().any(|name| element.is(V3, name)) {
        return;
    }
    if let (Some(system), Some(code)) = (element.attribute("codeSystem"), element.attribute("code"))
        && let Some(system) = CodeSystem::from_uri(&format!("urn:oid:{system}"))
    {
        *found = found.union(code_sensitivity(system, code));
    }
    if let Some(words) = element.attribute("displayName") {
        *found = found.union(text_sensitivity(words));
    }
    if ["originalText", "text", "value", "name", "desc"]
        .iter()
        .any(|name| element.is(V3, name))
    {
        *found = found.union(text_sensitivity(&element.text()));
        let pointed = element
            .descendants()
            .filter_map(|inner| inner.attribute("value")?.strip_prefix('#'))
            .filter_map(|id| narrative.0.get(id).copied().flatten());
        for piece in pointed {
            *found = found.union(text_sensitivity(&piece.text()));
        }
    }
    element
        .elements()
        .for_each(|inner| gather(inner, narrative, found));
}
