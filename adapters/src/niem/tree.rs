//! An exchange as a tree of names, whichever of XML and JSON it came as, and whichever version of NIEM it speaks.
//!
//! A namespace becomes a [`Space`]: what belongs to NIEM is known by its namespace in every version from 2 to 6, and an
//! unknown version is refused, since its names may mean something else. JSON is JSON-LD with its context in the document;
//! none is fetched.

use serde_json::{Map, Value};

use super::{Stop, rules};
use crate::xml::{self, Element, Wrong};
use crate::{json, report::Rule};

/// What a name belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// NIEM core.
    Core,
    /// The justice domain.
    Justice,
    /// LEXS.
    Lexs,
    /// N-DEx.
    Ndex,
    /// NIBRS.
    Nibrs,
    /// Another domain of NIEM, or an extension of whoever made the exchange.
    Other,
}

/// An object or property.
pub(super) struct Node {
    pub(super) space: Space,
    pub(super) name: Box<str>,
    /// What the document calls it.
    pub(super) id: Option<String>,
    /// What it refers to.
    pub(super) refers: Option<String>,
    /// Its own text, white space folded; empty if it has parts.
    pub(super) text: String,
    pub(super) children: Vec<Self>,
    /// The line, where there are lines.
    pub(super) line: Option<u64>,
}

impl Node {
    /// Whether it is `name` of `space`.
    pub(super) fn is(&self, space: Space, name: &str) -> bool {
        self.space == space && &*self.name == name
    }

    /// The part of this name, of whatever space.
    pub(super) fn part(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| &*child.name == name)
    }

    /// The text at the end of a path of names.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<&str> {
        let end = path.iter().try_fold(self, |node, name| node.part(name))?;
        Some(end.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The text of the first part of this name at any depth.
    pub(super) fn text_within(&self, name: &str) -> Option<&str> {
        self.descendants()
            .find(|node| &*node.name == name && !node.text.is_empty())
            .map(|node| node.text.as_str())
    }

    /// What is in it at any depth, itself first.
    pub(super) fn descendants(&self) -> impl Iterator<Item = &Self> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(next.children.iter().rev());
            Some(next)
        })
    }
}

/// Reads an exchange.
pub(super) fn read(bytes: &[u8]) -> Result<Node, Stop> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match text.trim_ascii_start().first() {
        Some(b'{') => of_json(text),
        _ => {
            let root = xml::parse(bytes, &xml::Limits::default())
                .map_err(|fault| (told(fault.what), Some(fault.line)))?;
            of_xml(&root)
        }
    }
}

const fn told(wrong: Wrong) -> &'static Rule {
    match wrong {
        Wrong::TooLarge => &rules::TOO_LARGE,
        Wrong::TooDeep => &rules::TOO_DEEP,
        Wrong::NotUtf8 => &rules::NOT_UTF8,
        Wrong::NotWellFormed => &rules::NOT_XML,
        Wrong::DocumentType | Wrong::Entity => &rules::DOCUMENT_TYPE,
        Wrong::UndeclaredPrefix => &rules::UNDECLARED_PREFIX,
    }
}

/// Where NIEM's namespaces begin, by generation.
const ROOTS: [&str; 3] = [
    "http://niem.gov/niem/",
    "http://release.niem.gov/niem/",
    "https://docs.oasis-open.org/niemopen/ns/model/",
];

/// The namespaces of ids and references.
const STRUCTURES: [&str; 6] = [
    "http://niem.gov/niem/structures/2.0",
    "http://release.niem.gov/niem/structures/3.0/",
    "http://release.niem.gov/niem/structures/4.0/",
    "http://release.niem.gov/niem/structures/5.0/",
    "https://docs.oasis-open.org/niemopen/ns/model/structures/6.0/",
    "http://usdoj.gov/leisp/lexs/library/3.1",
];

/// What a namespace is; `None`: a version of NIEM core that is not known.
fn space_of(namespace: &str) -> Option<Space> {
    let namespace = namespace.trim_end_matches(['#', '/']);
    if let Some(rest) = ROOTS.iter().find_map(|root| namespace.strip_prefix(root)) {
        let space = match rest.strip_prefix("domains/").unwrap_or(rest).split('/').next()? {
            "niem-core" => Space::Core,
            "jxdm" | "justice" => Space::Justice,
            _ => return Some(Space::Other),
        };
        let version = rest.rsplit('/').next()?;
        let (major, _) = version.split_once('.').unwrap_or((version, ""));
        let known: &[&str] = match space {
            Space::Core => &["2", "3", "4", "5", "6"],
            // The justice domain counted its own versions until 7; since NIEMOpen it follows the model.
            _ => &["4", "5", "6", "7"],
        };
        return known.contains(&major).then_some(space);
    }
    let lower = namespace.to_ascii_lowercase();
    Some(if lower.starts_with("http://usdoj.gov/leisp/lexs/") {
        Space::Lexs
    } else if lower.starts_with("http://fbi.gov/cjis/n-dex/") {
        Space::Ndex
    } else if lower.starts_with("http://fbi.gov/cjis/nibrs/") {
        Space::Nibrs
    } else {
        Space::Other
    })
}

fn of_xml(element: &Element) -> Result<Node, Stop> {
    let line = Some(element.line);
    let space = space_of(element.namespace().unwrap_or_default()).ok_or((&rules::VERSION, line))?;
    let attribute = |name: &str| {
        STRUCTURES
            .iter()
            .find_map(|namespace| element.attribute_of(Some(namespace), name))
    };
    let children = element.elements().map(of_xml).collect::<Result<Vec<_>, Stop>>()?;
    let text = if children.is_empty() {
        element.text()
    } else {
        String::new()
    };
    // NIEM 5 and 6 may name by URI; a fragment is the document's own. With content it names, without it refers.
    let uri = attribute("uri").and_then(|uri| uri.strip_prefix('#'));
    let bare = children.is_empty() && text.is_empty();
    let own = |uri: Option<&str>, wanted: bool| uri.filter(|_| bare != wanted).map(str::to_owned);
    Ok(Node {
        space,
        name: element.name().into(),
        id: attribute("id").map(str::to_owned).or_else(|| own(uri, true)),
        refers: attribute("ref").map(str::to_owned).or_else(|| own(uri, false)),
        text,
        children,
        line,
    })
}

fn of_json(bytes: &[u8]) -> Result<Node, Stop> {
    let limits = json::Limits {
        bytes: 16 << 20,
        depth: 40,
        values: 500_000,
    };
    let document = json::parse(bytes, &limits).map_err(|fault| match fault {
        json::JsonFault::TooLarge | json::JsonFault::TooMany => (&rules::TOO_LARGE, None),
        json::JsonFault::TooDeep { line, .. } => (&rules::TOO_DEEP, u64::try_from(line).ok()),
        json::JsonFault::Syntax { line, .. } | json::JsonFault::RepeatedKey { line, .. } => {
            (&rules::NOT_JSON, u64::try_from(line).ok())
        }
    })?;
    let context = document
        .get("@context")
        .and_then(Value::as_object)
        .filter(|context| context.values().all(Value::is_string))
        .ok_or((&rules::BAD_CONTEXT, None))?;
    let object = document.as_object().ok_or((&rules::BAD_CONTEXT, None))?;
    let mut roots = Vec::new();
    for (key, value) in object.iter().filter(|(key, _)| !key.starts_with('@')) {
        add(key, value, context, &mut roots)?;
    }
    match roots.len() {
        1 => roots.pop().ok_or((&rules::UNKNOWN_EXCHANGE, None)),
        _ => Err((&rules::UNKNOWN_EXCHANGE, None)),
    }
}

/// Adds the node or nodes of a property.
fn add(key: &str, value: &Value, context: &Map<String, Value>, into: &mut Vec<Node>) -> Result<(), Stop> {
    if let Value::Array(values) = value {
        return values.iter().try_for_each(|value| add(key, value, context, into));
    }
    let (prefix, name) = key.split_once(':').ok_or((&rules::UNDECLARED_PREFIX, None))?;
    let namespace = context
        .get(prefix)
        .and_then(Value::as_str)
        .ok_or((&rules::UNDECLARED_PREFIX, None))?;
    let mut node = Node {
        space: space_of(namespace).ok_or((&rules::VERSION, None))?,
        name: name.into(),
        id: None,
        refers: None,
        text: String::new(),
        children: Vec::new(),
        line: None,
    };
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter().filter(|(key, _)| !key.starts_with('@')) {
                add(key, value, context, &mut node.children)?;
            }
            let named = object
                .get("@id")
                .or_else(|| object.get("@ref"))
                .and_then(Value::as_str)
                .map(|id| id.trim_start_matches('#').to_owned());
            if node.children.is_empty() {
                node.refers = named;
            } else {
                node.id = named;
            }
        }
        Value::String(text) => {
            let words: Vec<&str> = text.split_whitespace().collect();
            node.text = words.join(" ");
        }
        Value::Number(_) | Value::Bool(_) => node.text = value.to_string(),
        Value::Null | Value::Array(_) => {}
    }
    into.push(node);
    Ok(())
}
