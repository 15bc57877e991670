//! One request, one element, one recipient, one paper of each kind: all that bears on a release, as a question that the
//! solver can be asked and whose answer can be written down as the facts of a decision.
//!
//! The engine asks each question (`clear`, `carry`, ...) with some of the papers that are on file. Here each question is
//! a way to look at the same situation: with which papers, and for which regime. What it looks away from it sees as it
//! would see nothing, so that "and not without this paper" can be asked, too.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Policy, PolicyId, PolicySet, Schema};
use serde_json::{Value, json};

use super::question::Question;
use super::release::asked_action;
use crate::floor::FloorError;
use crate::schema::schema_text;
use crate::words::ABSENT;

const FORM: &str = include_str!("../../properties/situation.cedar");
/// What stands for an agency that is not there.
const NOBODY: &str = "(nobody)";

/// The papers, each with the type of its record. A revocation goes with its consent.
const PAPERS: &[(&str, &str)] = &[
    ("consent", "Consent"),
    ("revocation", "Revocation"),
    ("attestation", "Attestation"),
    ("process", "Process"),
    ("authority", "Authority"),
    ("agreement", "Agreement"),
    ("holderNotice", "Notice"),
    ("recipientNotice", "Notice"),
    ("wordOfMouth", "WordOfMouth"),
    ("restriction", "Restriction"),
    ("suspension", "Suspension"),
];
/// Papers that a decision may rest on, so that it could rest on others or none.
pub(super) const RELIED_ON: [&str; 8] = [
    "consent",
    "attestation",
    "process",
    "authority",
    "agreement",
    "holderNotice",
    "recipientNotice",
    "wordOfMouth",
];

/// How a question looks at the situation.
#[derive(Clone, Debug, Default)]
pub(super) struct View<'v> {
    pub(super) action: &'v str,
    /// The regime it asks about, by its code.
    pub(super) regime: Option<&'v str>,
    /// Papers that it looks away from.
    pub(super) without: Vec<&'v str>,
    /// For whose sake it looks at the consent; `None`: as the situation has it.
    pub(super) relied_on: Option<&'v str>,
}

/// The question, and what every situation is like.
#[derive(Debug)]
pub(super) struct Situations {
    pub(super) schema: Schema,
    pub(super) question: Question,
    pub(super) form: Vec<Policy>,
    records: BTreeMap<String, Vec<(String, String)>>,
}

impl Situations {
    pub(super) fn new() -> Result<Self, FloorError> {
        let text = schema_text();
        let records = records_of(&text);
        let cell = text
            .split_once("type Cell = {\n")
            .and_then(|(_, after)| after.split_once("\n};"))
            .map(|(fields, _)| fields)
            .ok_or_else(|| FloorError::Schema("there is no `Cell`".to_owned()))?;
        let sets: BTreeSet<&str> = PAPERS
            .iter()
            .filter_map(|(_, record)| records.get(*record))
            .flatten()
            .filter_map(|(_, kind)| kind.strip_prefix("Set<")?.strip_suffix('>'))
            .collect();
        let nothing: Vec<String> = sets
            .iter()
            .map(|kind| format!("    of{kind}: Set<{kind}>,"))
            .collect();
        let text = format!(
            "{text}\ntype Nothing = {{\n{}\n}};\ntype Situation = {{\n{cell}\n    gate: Gate,\n    nothing: Nothing,\n}};\n\
             action \"situation\" appliesTo {{ principal: [Agency], resource: [Category], context: Situation }};\n",
            nothing.join("\n"),
        );
        let schema = Schema::from_cedarschema_str(&text)
            .map(|(schema, _)| schema)
            .map_err(|error| FloorError::Schema(error.to_string()))?;
        let environment = schema
            .request_envs()
            .find(|environment| environment.action().id().unescaped() == "situation")
            .ok_or_else(|| FloorError::Schema("there is no `situation`".to_owned()))?;
        let question = Question::new(environment, &schema)?;
        let mut situations = Self {
            schema,
            question,
            form: written()?,
            records: records.clone(),
        };
        let empty: Vec<String> = sets
            .iter()
            .map(|kind| format!("context.nothing.of{kind}.isEmpty()"))
            .collect();
        situations.form.push(never_but("NOTHING", &empty.join(" && "))?);
        for (paper, record) in PAPERS {
            let mark = match *paper {
                "revocation" => "!context.revocation.received".to_owned(),
                "agreement" => "context.agreement.parties.isEmpty()".to_owned(),
                "authority" => format!("context.authority.topic == AuthorityTopic::\"{ABSENT}\""),
                "holderNotice" | "recipientNotice" => format!("context.{paper}.uses.isEmpty()"),
                "wordOfMouth" => format!("context.wordOfMouth.to == Agency::\"{NOBODY}\""),
                "suspension" => format!("context.suspension.form == StatementForm::\"{ABSENT}\""),
                _ => format!(
                    "context.{paper}.kind == {}::\"{ABSENT}\"",
                    situations.kind_of(record)
                ),
            };
            let mut nothing = Vec::new();
            situations.nothing_of(&format!("context.{paper}"), record, &mut nothing);
            let text = format!("!({mark}) || ({})", nothing.join(" && "));
            situations
                .form
                .push(never_but(&format!("ABSENT/{paper}"), &text)?);
        }
        Ok(situations)
    }

    /// The type of the attribute by which a paper is what it is.
    fn kind_of(&self, record: &str) -> &str {
        self.field(record, "kind").unwrap_or_default()
    }

    fn field(&self, record: &str, name: &str) -> Option<&str> {
        let fields = self.records.get(record)?;
        fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, kind)| kind.as_str())
    }

    /// That every attribute of a paper is as if it were not there.
    fn nothing_of(&self, path: &str, record: &str, all: &mut Vec<String>) {
        for (name, kind) in self.records.get(record).into_iter().flatten() {
            let path = format!("{path}.{name}");
            all.push(match kind.as_str() {
                "Bool" => format!("!{path}"),
                "Long" => format!("{path} == 0"),
                "Reliance" => continue,
                set if set.starts_with("Set<") => format!("{path}.isEmpty()"),
                inner if self.records.contains_key(inner) => {
                    self.nothing_of(&path, inner, all);
                    continue;
                }
                word => format!("{path} == {word}::\"{}\"", none_of(word)),
            });
        }
    }

    /// A condition as this view sees it.
    pub(super) fn seen(&self, tree: &Value, view: &View<'_>) -> Value {
        if let Some(asked) = asked_action(tree) {
            return json!({ "Value": asked == view.action });
        }
        if let Some(path) = path_of(tree) {
            return self.attribute(tree, &path, view);
        }
        match tree {
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, value)| (key.clone(), self.seen(value, view)))
                    .collect(),
            ),
            Value::Array(items) => Value::Array(items.iter().map(|item| self.seen(item, view)).collect()),
            other => other.clone(),
        }
    }

    fn attribute(&self, tree: &Value, path: &[&str], view: &View<'_>) -> Value {
        if view.action == "admit" {
            return access(&[&["gate"], path].concat());
        }
        match path {
            ["regime"] => return word("Regime", view.regime.unwrap_or(ABSENT)),
            ["consent", "reliedOn"] => {
                if let Some(whose) = view.relied_on {
                    return word("Reliance", whose);
                }
            }
            [paper, inside @ ..] => {
                let of = if *paper == "revocation" { "consent" } else { paper };
                if view.without.contains(&of)
                    && let Some((_, record)) = PAPERS.iter().find(|(name, _)| name == paper)
                    && let Some(nothing) = self.nothing_at(record, inside)
                {
                    return nothing;
                }
            }
            [] => {}
        }
        tree.clone()
    }

    /// What an attribute is in a record of what is not there.
    fn nothing_at(&self, record: &str, path: &[&str]) -> Option<Value> {
        let (name, inside) = path.split_first()?;
        let kind = self.field(record, name)?;
        if !inside.is_empty() {
            return self.nothing_at(kind, inside);
        }
        Some(match kind {
            "Bool" => json!({ "Value": false }),
            "Long" => json!({ "Value": 0 }),
            set if set.starts_with("Set<") => {
                let of = set.strip_prefix("Set<")?.strip_suffix('>')?;
                access(&["nothing", &format!("of{of}")])
            }
            other => word(other, none_of(other)),
        })
    }

    /// A policy about situations.
    pub(super) fn policy(&self, id: &str, effect: &str, condition: &Value) -> Result<Policy, FloorError> {
        let tree = json!({
            "effect": effect,
            "principal": { "op": "All" },
            "action": { "op": "==", "entity": { "type": "Action", "id": "situation" } },
            "resource": { "op": "All" },
            "conditions": [{ "kind": "when", "body": condition }],
        });
        Policy::from_json(Some(PolicyId::new(id)), tree)
            .map_err(|error| FloorError::Invalid(error.to_string()))
    }

    /// That one regime binds the element, or none.
    pub(super) fn under(&self, regime: &str) -> Result<Policy, FloorError> {
        let text = if regime == ABSENT {
            "context.element.regimes.isEmpty()".to_owned()
        } else {
            format!("context.element.regimes == [Regime::\"{regime}\"]")
        };
        never_but("THIS REGIME", &text)
    }
}

fn none_of(kind: &str) -> &'static str {
    match kind {
        "Agency" => NOBODY,
        "Expiry" => "not_stated",
        "Occurrence" => "unknown",
        "Reliance" => "recipient",
        _ => ABSENT,
    }
}

fn word(kind: &str, code: &str) -> Value {
    json!({ "Value": { "__entity": { "type": kind, "id": code } } })
}

fn access(path: &[&str]) -> Value {
    path.iter().fold(
        json!({ "Var": "context" }),
        |left, attribute| json!({ ".": { "left": left, "attr": attribute } }),
    )
}

/// The attributes from the context down, if that is what this is.
fn path_of(tree: &Value) -> Option<Vec<&str>> {
    let node = tree.get(".")?;
    let attribute = node.get("attr")?.as_str()?;
    let left = node.get("left")?;
    let mut path = if left.get("Var").and_then(Value::as_str) == Some("context") {
        Vec::new()
    } else {
        path_of(left)?
    };
    path.push(attribute);
    Some(path)
}

fn never_but(id: &str, condition: &str) -> Result<Policy, FloorError> {
    let text = format!("forbid (principal, action, resource) unless {{ {condition} }};");
    Policy::parse(Some(PolicyId::new(id)), text).map_err(|error| FloorError::Invalid(error.to_string()))
}

fn written() -> Result<Vec<Policy>, FloorError> {
    let faulty = |message: String| FloorError::Text {
        file: "situation.cedar".to_owned(),
        message,
    };
    let policies: PolicySet = FORM
        .parse()
        .map_err(|error: cedar_policy::ParseErrors| faulty(error.to_string()))?;
    policies
        .policies()
        .map(|policy| {
            let id = policy
                .annotation("id")
                .ok_or_else(|| faulty("a line without @id".to_owned()))?;
            Ok(policy.new_id(PolicyId::new(id)))
        })
        .collect()
}

/// The record types of a schema: the attributes of each, with their types.
fn records_of(text: &str) -> BTreeMap<String, Vec<(String, String)>> {
    let mut found = BTreeMap::new();
    for definition in text.split("\ntype ").skip(1) {
        let Some((name, body)) = definition.split_once(" = {\n") else {
            continue;
        };
        let fields = body.split_once("\n};").map_or(body, |(fields, _)| fields);
        let fields = fields.lines().filter_map(|line| {
            let (field, kind) = line.trim().split_once(": ")?;
            (!field.starts_with("///")).then(|| (field.to_owned(), kind.trim_end_matches(',').to_owned()))
        });
        found.insert(name.to_owned(), fields.collect());
    }
    found
}
