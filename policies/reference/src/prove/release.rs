//! All questions about one element and one recipient as one question: is there a release?
//!
//! The engine asks gate, prohibitions, investigation, query, basis and agreement one by one, each with documents of its
//! own. Here each has its own copy of what may differ, and shares the rest: a request of this kind that every rule lets
//! pass is a whole release, and where there is none, nothing is ever released so.

use std::collections::BTreeMap;

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Schema};
use serde_json::{Value, json};

use super::question::Question;
use super::trial::speaks_of;
use crate::floor::{Floor, FloorError};
use crate::schema::schema_text;

const FORM: &str = include_str!("../../properties/release.cedar");

/// What each question has of its own, by its name in the context, with its type.
const OWN: &[(&str, &str)] = &[
    ("regime", "Regime"),
    ("consent", "Consent"),
    ("revocation", "Revocation"),
    ("attestation", "Attestation"),
    ("process", "Process"),
    ("authority", "Authority"),
    ("agreement", "Agreement"),
    ("holderNotice", "Notice"),
    ("recipientNotice", "Notice"),
    ("wordOfMouth", "WordOfMouth"),
];

/// The questions about an element.
pub(super) const ABOUT_ELEMENTS: [&str; 5] = ["clear", "proceeding", "query", "carry", "share"];

/// The floor as forbids of one question.
#[derive(Clone, Debug)]
pub(super) struct Release {
    pub(super) schema: Schema,
    pub(super) question: Question,
    /// By the rule, or the regime, that each is of.
    pub(super) forbids: Vec<(String, Policy)>,
    /// What every release is like.
    pub(super) form: Vec<Policy>,
    /// What an example is to be like besides.
    plain: Vec<Policy>,
}

impl Release {
    pub(super) fn of(floor: &Floor) -> Result<Self, FloorError> {
        let (schema, question) = question()?;
        let [form, plain] = shapes()?;
        Ok(Self {
            forbids: moved_forbids(floor)?,
            schema,
            question,
            form,
            plain,
        })
    }

    /// The same, for what goes by an agreement alone: no release counts for which the law asks for none.
    pub(super) fn needing_agreements(mut self, no_agreement: &Value) -> Result<Self, FloorError> {
        let tree = json!({
            "effect": "forbid",
            "principal": { "op": "All" },
            "action": { "op": "==", "entity": { "type": "Action", "id": "share" } },
            "resource": { "op": "All" },
            "conditions": [{ "kind": "when", "body": no_agreement }],
        });
        let policy = Policy::from_json(None, tree).map_err(|error| FloorError::Invalid(error.to_string()))?;
        self.form.push(moved(&policy, "share", "NEEDS NONE")?);
        Ok(self)
    }

    /// What forbids a release at all, bases aside.
    pub(super) fn outright(&self, examples: Examples) -> Result<PolicySet, FloorError> {
        let everything = Policy::parse(
            Some(PolicyId::new("EVERYTHING")),
            "permit (principal, action, resource);",
        )
        .map_err(|error| FloorError::Invalid(error.to_string()))?;
        let forbids = self
            .forbids
            .iter()
            .filter(|(rule, _)| !rule.starts_with("REGIME/"));
        PolicySet::from_policies(
            forbids
                .map(|(_, policy)| policy)
                .chain(&self.form)
                .chain(self.of_examples(examples))
                .cloned()
                .chain([everything]),
        )
        .map_err(|error| FloorError::Invalid(error.to_string()))
    }

    fn of_examples(&self, examples: Examples) -> impl Iterator<Item = &Policy> {
        match examples {
            Examples::All => [].iter(),
            Examples::Plain => self.plain.iter(),
        }
    }

    /// The envelope of all questions under one regime, as a set that allows what no rule forbids.
    pub(super) fn under(
        &self,
        regime: &str,
        examples: Examples,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<PolicySet, FloorError> {
        let invalid = |error: String| FloorError::Invalid(error);
        let everything = Policy::parse(
            Some(PolicyId::new("EVERYTHING")),
            "permit (principal, action, resource);",
        )
        .map_err(|error| invalid(error.to_string()))?;
        let this = format!(
            "forbid (principal, action, resource) unless {{ context.carry.regime == Regime::\"{regime}\" }};"
        );
        let this = Policy::parse(Some(PolicyId::new("THIS REGIME")), this)
            .map_err(|error| invalid(error.to_string()))?;
        let forbids = self
            .forbids
            .iter()
            .filter(|(rule, _)| {
                rule.strip_prefix("REGIME/").is_none_or(|named| named == regime) && wanted(rule)
            })
            .map(|(_, policy)| policy);
        PolicySet::from_policies(
            forbids
                .chain(&self.form)
                .chain(self.of_examples(examples))
                .cloned()
                .chain([everything, this]),
        )
        .map_err(|error| invalid(error.to_string()))
    }
}

/// Which releases are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Examples {
    /// Every one there is: where there is none of these there is none.
    All,
    /// Those of one recipient and one regime.
    Plain,
}

/// The question with its schema: that of the questions it is made of, and one more.
fn question() -> Result<(Schema, Question), FloorError> {
    let text = schema_text();
    let cell = text
        .split_once("type Cell = {\n")
        .and_then(|(_, after)| after.split_once("\n};"))
        .map(|(fields, _)| fields)
        .ok_or_else(|| FloorError::Schema("there is no `Cell`".to_owned()))?;
    let shared: Vec<&str> = cell
        .lines()
        .filter(|line| {
            !OWN.iter()
                .any(|(name, _)| line.trim_start().starts_with(&format!("{name}:")))
        })
        .collect();
    let own: Vec<String> = OWN
        .iter()
        .map(|(name, kind)| format!("    {name}: {kind},"))
        .collect();
    let each: Vec<String> = ABOUT_ELEMENTS
        .iter()
        .map(|action| format!("    {action}: Papers,"))
        .collect();
    let text = format!(
        "{text}\ntype Papers = {{\n{}\n}};\ntype Release = {{\n{}\n    gate: Gate,\n{}\n}};\n\
         action \"release\" appliesTo {{ principal: [Agency], resource: [Category], context: Release }};\n",
        own.join("\n"),
        shared.join("\n"),
        each.join("\n"),
    );
    let schema = Schema::from_cedarschema_str(&text)
        .map(|(schema, _)| schema)
        .map_err(|error| FloorError::Schema(error.to_string()))?;
    let environment = schema
        .request_envs()
        .find(|environment| environment.action().id().unescaped() == "release")
        .ok_or_else(|| FloorError::Schema("there is no `release`".to_owned()))?;
    let question = Question::new(environment, &schema)?;
    Ok((schema, question))
}

fn shapes() -> Result<[Vec<Policy>; 2], FloorError> {
    let faulty = |message: String| FloorError::Text {
        file: "release.cedar".to_owned(),
        message,
    };
    let policies: PolicySet = FORM
        .parse()
        .map_err(|error: cedar_policy::ParseErrors| faulty(error.to_string()))?;
    let mut named = BTreeMap::new();
    for policy in policies.policies() {
        let id = policy
            .annotation("id")
            .ok_or_else(|| faulty("a line without @id".to_owned()))?;
        named.insert(id.to_owned(), policy.new_id(PolicyId::new(id)));
    }
    let of = |prefix: &str| {
        named
            .iter()
            .filter(|(id, _)| id.starts_with(prefix))
            .map(|(_, policy)| policy.clone())
            .collect()
    };
    Ok([of("form/"), of("plain/")])
}

/// Each forbid of the floor, once for each question that it speaks of.
fn moved_forbids(floor: &Floor) -> Result<Vec<(String, Policy)>, FloorError> {
    let mut found = Vec::new();
    for policy in floor.policies().policies() {
        if policy.effect() != Effect::Forbid {
            continue;
        }
        for action in ["admit"].iter().chain(&ABOUT_ELEMENTS) {
            if speaks_of(policy, action) {
                let id = format!("{} {action}", policy.id());
                found.push((policy.id().to_string(), moved(policy, action, &id)?));
            }
        }
    }
    Ok(found)
}

/// A policy about one of the questions as a policy about all of them.
pub(super) fn moved(policy: &Policy, action: &str, id: &str) -> Result<Policy, FloorError> {
    let invalid = |error: String| FloorError::Invalid(error);
    let mut tree = policy.to_json().map_err(|error| invalid(error.to_string()))?;
    let conditions = tree
        .get("conditions")
        .map(|conditions| moved_tree(conditions, action));
    if let Some(map) = tree.as_object_mut() {
        map.insert(
            "action".to_owned(),
            json!({ "op": "==", "entity": { "type": "Action", "id": "release" } }),
        );
        map.insert("conditions".to_owned(), conditions.unwrap_or_else(|| json!([])));
    }
    Policy::from_json(Some(PolicyId::new(id)), tree).map_err(|error| invalid(error.to_string()))
}

fn moved_tree(tree: &Value, action: &str) -> Value {
    if let Some(asked) = asked_action(tree) {
        return json!({ "Value": asked == action });
    }
    if let Some(access) = tree.get(".")
        && access.pointer("/left/Var").and_then(Value::as_str) == Some("context")
    {
        let attribute = access.get("attr").and_then(Value::as_str).unwrap_or_default();
        let own = if action == "admit" {
            Some("gate")
        } else {
            OWN.iter().any(|(name, _)| *name == attribute).then_some(action)
        };
        return match own {
            Some(part) => json!({ ".": {
                "left": { ".": { "left": { "Var": "context" }, "attr": part } },
                "attr": attribute,
            } }),
            None => tree.clone(),
        };
    }
    match tree {
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(key, value)| (key.clone(), moved_tree(value, action)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(|item| moved_tree(item, action)).collect()),
        other => other.clone(),
    }
}

/// Of a comparison of the action with a constant: the constant.
pub(super) fn asked_action(tree: &Value) -> Option<&str> {
    let node = tree.get("==")?;
    (node.pointer("/left/Var").and_then(Value::as_str) == Some("action"))
        .then(|| node.pointer("/right/Value/__entity/id").and_then(Value::as_str))?
}
