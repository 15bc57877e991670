//! What a form has: its fields, what each takes and which category it becomes. One table is check, mapping, JSON schema
//! and documentation, so that they cannot differ.

use gateway_types::vocabulary::{Category, Sensitivity, Word as _};
use serde_json::{Map, Value, json};

/// A form.
#[derive(Debug)]
pub struct Form {
    /// The word in its key `form`, which is also the kind of its records.
    pub name: &'static str,
    /// What it is, for a reader of the schema.
    pub title: &'static str,
    /// Its fields, without those that every form has ([`COMMON`]).
    pub fields: &'static [Field],
    /// What each category of it tells whoever sees it, whatever stands in it.
    pub tells: &'static [(Category, Sensitivity)],
}

/// A field of a form.
#[derive(Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What it means.
    pub says: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether a form without it is refused.
    pub needed: Needed,
    /// What becomes of it.
    pub goes: Goes,
}

/// What a field takes.
#[derive(Clone, Copy, Debug)]
pub enum Takes {
    /// Text of at most so many characters.
    Text(usize),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Some of these words, each once.
    SomeOf(&'static [&'static str]),
    /// True or false.
    YesNo,
    /// A day, `yyyy-mm-dd`.
    Day,
    /// A moment with its zone, RFC 3339.
    Moment,
    /// A whole number up to this.
    Count(u64),
}

/// Whether a field has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// A form without it is refused.
    Yes,
    /// It may be left out; `null` counts as left out.
    No,
}

/// What becomes of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// It places the form: kind, id, moment, person.
    Placing,
    /// It goes into the element of this category.
    Into(Category),
}

/// The fields of every form. `client` is an object of the fields of [`CLIENT`].
pub static COMMON: &[Field] = &[
    Field {
        name: "id",
        says: "the agency's own number of the form; a later version with the same number replaces it",
        takes: Takes::Text(64),
        needed: Needed::Yes,
        goes: Goes::Placing,
    },
    Field {
        name: "at",
        says: "when it happened",
        takes: Takes::Moment,
        needed: Needed::Yes,
        goes: Goes::Placing,
    },
];

/// The fields of `client`.
pub static CLIENT: &[Field] = &[
    Field {
        name: "first_name",
        says: "given name",
        takes: Takes::Text(80),
        needed: Needed::Yes,
        goes: Goes::Placing,
    },
    Field {
        name: "last_name",
        says: "family name",
        takes: Takes::Text(80),
        needed: Needed::Yes,
        goes: Goes::Placing,
    },
    Field {
        name: "birth_date",
        says: "birth date, if known",
        takes: Takes::Day,
        needed: Needed::No,
        goes: Goes::Placing,
    },
];

impl Takes {
    /// Whether `value` is one.
    pub(super) fn admits(self, value: &Value) -> bool {
        match self {
            Self::Text(most) => value
                .as_str()
                .is_some_and(|text| !text.trim().is_empty() && text.chars().count() <= most),
            Self::OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::SomeOf(words) => value.as_array().is_some_and(|given| {
                given.len() <= words.len()
                    && given.iter().enumerate().all(|(at, value)| {
                        value.as_str().is_some_and(|word| words.contains(&word))
                            && !given.iter().take(at).any(|other| other == value)
                    })
            }),
            Self::YesNo => value.is_boolean(),
            Self::Day => value
                .as_str()
                .is_some_and(|text| text.parse::<gateway_types::Date>().is_ok()),
            // A form filled in by a machine that knows no year says 1900 (formats note, section 10).
            Self::Moment => value
                .as_str()
                .and_then(|text| text.parse::<gateway_types::Timestamp>().ok())
                .is_some_and(|moment| moment.date().year() > 1900),
            Self::Count(most) => value.as_u64().is_some_and(|count| count <= most),
        }
    }

    fn schema(self) -> Value {
        match self {
            Self::Text(most) => json!({ "type": "string", "minLength": 1, "maxLength": most }),
            Self::OneOf(words) => json!({ "enum": words }),
            Self::SomeOf(words) => {
                json!({ "type": "array", "items": { "enum": words }, "uniqueItems": true })
            }
            Self::YesNo => json!({ "type": "boolean" }),
            Self::Day => json!({ "type": "string", "format": "date" }),
            Self::Moment => json!({ "type": "string", "format": "date-time" }),
            Self::Count(most) => json!({ "type": "integer", "minimum": 0, "maximum": most }),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Text(most) => format!("text, at most {most} characters"),
            Self::OneOf(words) => format!("one of `{}`", words.join("`, `")),
            Self::SomeOf(words) => format!("some of `{}`", words.join("`, `")),
            Self::YesNo => "true or false".to_owned(),
            Self::Day => "a day, `yyyy-mm-dd`".to_owned(),
            Self::Moment => "a moment with its zone, RFC 3339".to_owned(),
            Self::Count(most) => format!("a whole number up to {most}"),
        }
    }
}

/// The JSON schema (2020-12) of one form or an array of forms.
#[must_use]
pub fn json_schema(forms: &[&Form]) -> Value {
    let named: Map<String, Value> = forms
        .iter()
        .map(|form| (form.name.to_owned(), form.schema()))
        .collect();
    let one: Vec<Value> = forms
        .iter()
        .map(|form| json!({ "$ref": format!("#/$defs/{}", form.name) }))
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A field form, or several",
        "oneOf": [{ "oneOf": one }, { "type": "array", "items": { "oneOf": one } }],
        "$defs": named,
    })
}

impl Form {
    fn schema(&self) -> Value {
        let mut schema = object(COMMON.iter().chain(self.fields));
        if let Some(fields) = schema.as_object_mut() {
            fields.insert("title".to_owned(), self.title.into());
            if let Some(Value::Object(properties)) = fields.get_mut("properties") {
                properties.insert("form".to_owned(), json!({ "const": self.name }));
                properties.insert("client".to_owned(), object(CLIENT));
            }
            if let Some(Value::Array(required)) = fields.get_mut("required") {
                required.extend(["form".into(), "client".into()]);
            }
        }
        schema
    }

    /// The form as a table for a reader, in Markdown.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = format!(
            "## `{}`: {}\n\n| key | what it means | takes | becomes |\n| --- | --- | --- | --- |\n",
            self.name, self.title
        );
        for field in self.fields {
            let becomes = match field.goes {
                Goes::Placing => "(places the form)".to_owned(),
                Goes::Into(category) => format!("`{}`", category.code()),
            };
            let needed = match field.needed {
                Needed::Yes => "; needed",
                Needed::No => "",
            };
            table += &format!(
                "| `{}` | {} | {}{needed} | {becomes} |\n",
                field.name,
                field.says,
                field.takes.words(),
            );
        }
        table
    }
}

fn object<'f>(fields: impl IntoIterator<Item = &'f Field>) -> Value {
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    for field in fields {
        let mut schema = field.takes.schema();
        if let Some(schema) = schema.as_object_mut() {
            schema.insert("description".to_owned(), field.says.into());
        }
        properties.insert(field.name.to_owned(), schema);
        if field.needed == Needed::Yes {
            required.push(field.name.into());
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
