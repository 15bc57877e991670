//! The fields of a released element, taken one by one in the types of FHIR; what is left goes into extensions.

use std::collections::BTreeMap;

use gateway_types::Payload;
use serde_json::{Map, Value, json};

/// The fields that are not yet placed.
pub(super) struct Fields<'a>(BTreeMap<&'a str, &'a Value>);

impl<'a> Fields<'a> {
    pub(super) fn of(payload: &'a Payload) -> Self {
        let fields = payload.fields().iter();
        Self(fields.map(|(name, value)| (name.as_str(), value)).collect())
    }

    /// Takes a field if `fits`.
    pub(super) fn take_if(&mut self, name: &str, fits: impl FnOnce(&Value) -> bool) -> Option<&'a Value> {
        if self.0.get(name).copied().is_some_and(fits) {
            self.0.remove(name)
        } else {
            None
        }
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, name: &str) -> Option<&'a str> {
        self.take_if(name, is_text).and_then(Value::as_str)
    }

    /// One of these codes, in whatever case; another word stays.
    pub(super) fn code(&mut self, name: &str, codes: &[&'static str]) -> Option<&'static str> {
        let found = self.0.get(name).and_then(|value| {
            let text = value.as_str()?;
            codes.iter().find(|code| text.eq_ignore_ascii_case(code)).copied()
        })?;
        self.0.remove(name);
        Some(found)
    }

    /// Truth or falsehood.
    pub(super) fn yes_or_no(&mut self, name: &str) -> Option<bool> {
        self.take_if(name, Value::is_boolean).and_then(Value::as_bool)
    }

    /// A FHIR `dateTime`; a date is one.
    pub(super) fn moment(&mut self, name: &str) -> Option<&'a str> {
        self.take_if(name, |value| value.as_str().is_some_and(is_moment))
            .and_then(Value::as_str)
    }

    /// A FHIR `date`.
    pub(super) fn day(&mut self, name: &str) -> Option<&'a str> {
        self.take_if(name, |value| value.as_str().is_some_and(is_day))
            .and_then(Value::as_str)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, name: &str) -> Vec<&'a str> {
        self.take_if(name, |value| {
            value
                .as_array()
                .is_some_and(|values| !values.is_empty() && values.iter().all(is_text))
        })
        .and_then(Value::as_array)
        .map(|values| values.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
    }

    /// A `CodeableConcept` of `name` and `name_codes`, the codes as `system|code`.
    pub(super) fn concept(&mut self, name: &str) -> Option<Value> {
        let codes = self.texts(&format!("{name}_codes"));
        let coding: Vec<Value> = codes
            .into_iter()
            .filter_map(|code| code.split_once('|'))
            .filter(|(system, code)| is_uri(system) && is_code(code))
            .map(|(system, code)| json!({ "system": system, "code": code }))
            .collect();
        let text = self.text(name);
        let mut concept = Map::new();
        if !coding.is_empty() {
            concept.insert("coding".to_owned(), coding.into());
        }
        if let Some(text) = text {
            concept.insert("text".to_owned(), text.into());
        }
        (!concept.is_empty()).then_some(Value::Object(concept))
    }

    /// A `Period`: an object with start and end, or our `from` and `until`.
    pub(super) fn period(&mut self, name: &str) -> Option<Value> {
        if let Some(given) = self.take_if(name, |value| period_of(value).is_some()) {
            return period_of(given);
        }
        let (start, end) = (
            self.moment("from").or_else(|| self.moment("time")),
            self.moment("until"),
        );
        let mut period = Map::new();
        for (name, value) in [("start", start), ("end", end)] {
            if let Some(value) = value {
                period.insert(name.to_owned(), value.into());
            }
        }
        (!period.is_empty()).then_some(Value::Object(period))
    }

    /// A `Quantity`.
    pub(super) fn quantity(&mut self, name: &str) -> Option<Value> {
        let given = self.take_if(name, |value| quantity_of(value).is_some())?;
        quantity_of(given)
    }

    /// An array whose objects all give something.
    pub(super) fn each(&mut self, name: &str, make: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
        let given = self.take_if(name, |value| {
            value
                .as_array()
                .is_some_and(|values| !values.is_empty() && values.iter().all(|value| make(value).is_some()))
        })?;
        Some(given.as_array()?.iter().filter_map(make).collect())
    }

    /// The names of what is not yet placed, with a FHIR value of each.
    pub(super) fn rest(self) -> impl Iterator<Item = (&'a str, (&'static str, Value))> {
        self.0
            .into_iter()
            .filter_map(|(name, value)| Some((name, value_of(value)?)))
    }

    /// Puts what is not yet placed into extensions of a resource.
    pub(super) fn left_over(self, resource: &mut Map<String, Value>) {
        for (name, (kind, value)) in self.rest() {
            let mut extension = Map::new();
            let name: String = name
                .chars()
                .map(|letter| {
                    if letter.is_ascii_alphanumeric() {
                        letter
                    } else {
                        '-'
                    }
                })
                .collect();
            extension.insert("url".to_owned(), format!("urn:assent:field:{name}").into());
            extension.insert(kind.to_owned(), value);
            extend(resource, Value::Object(extension));
        }
    }
}

/// Adds an extension.
pub(super) fn extend(resource: &mut Map<String, Value>, extension: Value) {
    let all = resource
        .entry("extension")
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(all) = all {
        all.push(extension);
    }
}

/// A value as `value[x]`.
fn value_of(value: &Value) -> Option<(&'static str, Value)> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => ("valueBoolean", value.clone()),
        Value::Number(number) => match number.as_i64() {
            Some(whole) if i32::try_from(whole).is_ok() => ("valueInteger", value.clone()),
            _ => ("valueDecimal", value.clone()),
        },
        Value::String(text) if text.trim().is_empty() => return None,
        Value::String(_) => ("valueString", value.clone()),
        Value::Array(values) if values.iter().all(is_text) => {
            let texts: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            if texts.is_empty() {
                return None;
            }
            ("valueString", texts.join("; ").into())
        }
        Value::Array(_) | Value::Object(_) => ("valueString", value.to_string().into()),
    })
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn is_uri(text: &str) -> bool {
    text.contains(':') && !text.contains(char::is_whitespace)
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.contains(['\t', '\n', '\r'])
}

fn is_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: &[usize] = match parts.len() {
        1 => &[4],
        2 => &[4, 2],
        3 => return text.len() == 10 && text.parse::<gateway_types::Date>().is_ok(),
        _ => return false,
    };
    parts
        .iter()
        .zip(lengths)
        .all(|(part, length)| part.len() == *length && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_moment(text: &str) -> bool {
    is_day(text) || (text.len() >= 20 && text.parse::<gateway_types::Timestamp>().is_ok())
}

pub(super) fn period_of(value: &Value) -> Option<Value> {
    let given = value.as_object()?;
    let mut period = Map::new();
    for name in ["start", "end"] {
        match given.get(name).map(Value::as_str) {
            Some(Some(text)) if is_moment(text) => {
                period.insert(name.to_owned(), text.into());
            }
            None => {}
            _ => return None,
        }
    }
    (!period.is_empty()).then_some(Value::Object(period))
}

fn quantity_of(value: &Value) -> Option<Value> {
    let given = value.as_object()?;
    let mut quantity = Map::new();
    if let Some(number) = given.get("value").filter(|number| number.is_number()) {
        quantity.insert("value".to_owned(), number.clone());
    }
    for name in ["unit", "system", "code"] {
        if let Some(text) = given.get(name).filter(|text| is_text(text)) {
            quantity.insert(name.to_owned(), text.clone());
        }
    }
    // A code without its system means nothing (qty-3).
    if !quantity.get("system").and_then(Value::as_str).is_some_and(is_uri) {
        quantity.remove("system");
        quantity.remove("code");
    }
    if let Some(comparator) = given
        .get("comparator")
        .filter(|text| matches!(text.as_str(), Some("<" | "<=" | ">=" | ">")))
    {
        quantity.insert("comparator".to_owned(), comparator.clone());
    }
    quantity.contains_key("value").then_some(Value::Object(quantity))
}
