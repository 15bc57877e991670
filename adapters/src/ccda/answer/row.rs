//! A released element as a row of narrative: each of its values once, with an ID that entries point at.
//!
//! Everything that is released stands here, whether or not an entry has a place for it, since the log says that it was
//! disclosed. Words of an entry are references to this, never copies.

use gateway_types::vocabulary::Word as _;
use serde_json::Value;

use super::markup::{Node, node};
use crate::answer::Released;

/// An element, told value by value.
pub(super) struct Row<'a> {
    number: usize,
    pub(super) element: &'a Released<'a>,
    values: Vec<Told<'a>>,
    /// The source says that it is not so.
    pub(super) denied: bool,
}

/// One value.
pub(super) struct Told<'a> {
    path: String,
    pub(super) label: String,
    text: String,
    pub(super) value: &'a Value,
    id: String,
}

impl Told<'_> {
    pub(super) fn reference(&self) -> String {
        format!("#{}", self.id)
    }
}

impl<'a> Row<'a> {
    /// The element that is the `number`th of the document.
    pub(super) fn of(element: &'a Released<'a>, number: usize) -> Self {
        let mut row = Self {
            number,
            element,
            values: Vec::new(),
            denied: is_denied(element.fields.fields()),
        };
        for (name, value) in element.fields.fields() {
            if name != "negated" || value.as_bool() != Some(true) {
                row.tell(name.clone(), in_words(name), value);
            }
        }
        row
    }

    fn tell(&mut self, path: String, label: String, value: &'a Value) {
        let text = match value {
            Value::Null => return,
            Value::Bool(true) => "yes".to_owned(),
            Value::Bool(false) => "no".to_owned(),
            Value::Number(number) => number.to_string(),
            Value::String(text) if text.trim().is_empty() => return,
            Value::String(text) => text.clone(),
            Value::Array(values) => {
                for (at, value) in values.iter().enumerate() {
                    let label = if values.len() > 1 {
                        format!("{label} {}", at + 1)
                    } else {
                        label.clone()
                    };
                    self.tell(format!("{path}[{at}]"), label, value);
                }
                return;
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.tell(
                        format!("{path}.{name}"),
                        format!("{label}, {}", in_words(name)),
                        value,
                    );
                }
                return;
            }
        };
        let id = format!("{}-{}", self.id(), self.values.len() + 1);
        self.values.push(Told {
            path,
            label,
            text,
            value,
            id,
        });
    }

    /// The ID of the row; ids of entries are made of it.
    pub(super) fn id(&self) -> String {
        format!("e{}", self.number)
    }

    /// A reference to the whole row.
    pub(super) fn reference(&self) -> Node {
        node("text").holding(node("reference").with("value", format!("#{}", self.id())))
    }

    pub(super) fn values(&self) -> &[Told<'a>] {
        &self.values
    }

    fn told(&self, path: &str) -> Option<&Told<'a>> {
        self.values.iter().find(|told| told.path == path)
    }

    /// A value that is text, a number or a truth, as it was sent.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let told = self.told(path)?;
        Some(match told.value {
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            Value::String(text) => text.trim(),
            _ => told.text.as_str(),
        })
    }

    /// The texts of a list, at the top or within another value (`components[0].value_codes`).
    pub(super) fn texts(&self, path: &str) -> Vec<&'a str> {
        let mut found: Option<&'a Value> = None;
        for step in path.split('.') {
            let (name, at) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
                Some((name, at)) => (name, at.parse::<usize>().ok()),
                None => (step, None),
            };
            let value = match found {
                None => self.element.fields.fields().get(name),
                Some(value) => value.get(name),
            };
            found = match at {
                Some(at) => value.and_then(|value| value.get(at)),
                None => value,
            };
            if found.is_none() {
                return Vec::new();
            }
        }
        let values = found.and_then(Value::as_array).into_iter().flatten();
        values.filter_map(Value::as_str).collect()
    }

    /// How many things a list at the top holds.
    pub(super) fn count(&self, field: &str) -> usize {
        let value = self.element.fields.fields().get(field);
        value.and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// The words of a field, as a reference into the narrative.
    pub(super) fn original(&self, path: &str) -> Option<Node> {
        let told = self.told(path)?;
        Some(node("originalText").holding(node("reference").with("value", told.reference())))
    }

    /// A reference to the first value whose path begins so.
    pub(super) fn first_under(&self, path: &str) -> Option<String> {
        let told = self.values.iter().find(|told| told.path.starts_with(path))?;
        Some(told.reference())
    }

    /// The row.
    pub(super) fn narrative(&self) -> Node {
        let said = self.values.iter().map(|told| {
            node("item")
                .saying(format!("{}: ", told.label))
                .holding(node("content").with("ID", &told.id).saying(&told.text))
        });
        let mut what = node("td");
        if self.denied {
            what = what.holding(node("paragraph").saying("This is denied; what follows is not so."));
        }
        what = if self.values.is_empty() {
            what.holding(node("paragraph").saying("Nothing further is said."))
        } else {
            what.holding(node("list").all(said))
        };
        let as_of = self
            .element
            .as_of
            .map_or_else(|| "not stated".to_owned(), |day| day.to_string());
        node("tr")
            .with("ID", self.id())
            .holding(node("td").saying(self.element.category.code().replace('_', " ")))
            .holding(what)
            .holding(node("td").saying(self.element.source))
            .holding(node("td").saying(as_of))
    }
}

/// The name of a field in words.
pub(super) fn in_words(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for letter in name.chars() {
        if letter == '_' {
            words.push(' ');
        } else if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            words.push(' ');
            words.push(letter.to_ascii_lowercase());
        } else {
            words.push(letter);
        }
        before = letter;
    }
    words
}

/// Whether the source says that it is not so: in the words of CDA, or of FHIR of a medicine that is not taken.
fn is_denied(fields: &std::collections::BTreeMap<String, Value>) -> bool {
    let not_taken = fields.get("status").and_then(Value::as_str) == Some("not-taken");
    not_taken || fields.get("negated").and_then(Value::as_bool) == Some(true)
}
