//! The JSON schema of agreement files and the reference of their keys, both written from the table of keys.
//!
//! Draft 7, which TOML editors understand (`#:schema` on the first line of a file).

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Code;
use super::keys::{Holds, Key, Need, Section, TOP, sections};

/// The JSON schema of an agreement file.
#[must_use]
pub fn schema() -> Value {
    let mut whole = table(&TOP);
    if let Value::Object(entries) = &mut whole {
        entries.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
        entries.insert("title".into(), "Agreement between agencies, mou/1".into());
    }
    whole
}

fn table(section: &Section) -> Value {
    let properties: Map<String, Value> = section
        .keys
        .iter()
        .map(|key| (key.name.to_owned(), described(key)))
        .collect();
    let required: Vec<&str> = section
        .keys
        .iter()
        .filter(|key| key.need == Need::Needed)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn described(key: &Key) -> Value {
    let mut value = holds(key.holds, key.need);
    if let Value::Object(entries) = &mut value {
        entries.insert("description".into(), key.about.into());
    }
    value
}

fn holds(what: Holds, need: Need) -> Value {
    // A key that is needed may not be an empty list; one text alone counts as a list of one.
    let least = usize::from(need == Need::Needed);
    let list =
        |item: Value| json!({ "anyOf": [item, { "type": "array", "items": item, "minItems": least }] });
    match what {
        Holds::Text => json!({ "type": "string" }),
        Holds::Shaped(form) => json!({ "type": "string", "pattern": form }),
        Holds::Date => json!({ "type": "string", "format": "date" }),
        Holds::Flag => json!({ "type": "boolean" }),
        Holds::Number => json!({ "type": "integer", "minimum": 1 }),
        Holds::One(words) => json!({ "enum": words() }),
        Holds::Words(words) => list(json!({ "enum": words() })),
        Holds::Names(words) if words().is_empty() => list(json!({ "type": "string" })),
        Holds::Names(words) => list(json!({ "anyOf": [{ "enum": words() }, { "type": "string" }] })),
        Holds::Demand(words) => {
            let kind = json!({ "enum": words() });
            json!({ "anyOf": [
                { "const": "not_required" },
                kind,
                { "type": "array", "items": kind, "minItems": 1 },
                { "type": "array", "items": { "const": "not_required" }, "minItems": 1, "maxItems": 1 },
            ] })
        }
        Holds::Pairs => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Holds::Table(section) => table(section),
        Holds::Tables(section) => json!({ "type": "array", "items": table(section), "minItems": least }),
    }
}

/// The reference of every key, as Markdown.
#[must_use]
pub fn reference() -> String {
    let mut told = String::new();
    for section in sections() {
        let heading = match section.name {
            "" => "At the top".to_owned(),
            name if is_list(name) => format!("`[[{name}]]`"),
            name => format!("`[{name}]`"),
        };
        // Writing to a string does not fail.
        let _ = write!(
            told,
            "#### {heading}\n\n| key | | holds | |\n| --- | --- | --- | --- |\n"
        );
        for key in section.keys {
            let need = if key.need == Need::Needed { "needed" } else { "" };
            let _ = writeln!(
                told,
                "| `{}` | {need} | {} | {} |",
                key.name,
                in_words(key.holds),
                key.about
            );
        }
        told.push('\n');
    }
    told
}

/// The numbers of findings, as Markdown.
#[must_use]
pub fn numbers() -> String {
    let mut told = "| number | |\n| --- | --- |\n".to_owned();
    for (code, about) in Code::ALL {
        // Writing to a string does not fail.
        let _ = writeln!(told, "| `{code}` | {} |", about.trim());
    }
    told
}

fn is_list(name: &str) -> bool {
    sections()
        .iter()
        .flat_map(|section| section.keys)
        .any(|key| matches!(key.holds, Holds::Tables(section) if section.name == name))
}

fn in_words(what: Holds) -> String {
    let quoted = |words: Vec<&str>| {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        words.join(", ")
    };
    // The long vocabularies are in the scenarios' schema and in this one; here they would hide the rest.
    let few = |words: Vec<&'static str>, all: &str| {
        if words.len() > 14 {
            all.to_owned()
        } else {
            quoted(words)
        }
    };
    match what {
        Holds::Text => "text".into(),
        Holds::Shaped(form) => format!("text like `{}`", form.replace('|', "\\|")),
        Holds::Date => "date, without quotes".into(),
        Holds::Flag => "`true` or `false`".into(),
        Holds::Number => "whole number".into(),
        Holds::One(words) => few(words(), "a word of the schema"),
        Holds::Words(words) => format!("list: {}", few(words(), "words of the schema")),
        Holds::Names(words) => match words() {
            known if known.is_empty() => "list of names".into(),
            known => format!("list: {}", few(known, "categories, names")),
        },
        Holds::Demand(words) => format!("`not_required`, or list: {}", few(words(), "kinds of consent")),
        Holds::Pairs => "table".into(),
        Holds::Table(_) => "table".into(),
        Holds::Tables(_) => "list of tables".into(),
    }
}
