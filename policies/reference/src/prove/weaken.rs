//! Every way to make the floor a little weaker, so that the list of properties can be tested: a floor that lets through
//! one situation more must break one of them.
//!
//! Weakenings are the smallest there are: a single condition of a rule, of a basis or of a term is taken to hold (or
//! not to hold) for ever. Whatever weakens more lets through all that these let through.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Effect, Policy, PolicyId, PolicySet};
use serde_json::{Value, json};

use crate::floor::{FloorError, RuleKind, sources};

/// A mark for a term that has not been put in yet, and for a term's parameter. No attribute is called so.
const MARK: char = '§';

/// A weaker floor: the same rules, but for some.
#[derive(Clone, Debug)]
pub struct Weakening {
    /// The rule or term that is weakened, and how.
    pub what: String,
    /// The rules that are different in it; `None`: it is not there.
    pub(crate) changed: BTreeMap<String, Option<Policy>>,
}

impl Weakening {
    /// The floor without a rule. Without a basis it is stricter.
    #[must_use]
    pub fn without(rule: &str) -> Self {
        Self {
            what: format!("{rule}: removed"),
            changed: BTreeMap::from([(rule.to_owned(), None)]),
        }
    }
}

/// One rule as it is written.
pub(crate) struct Template {
    pub(crate) id: String,
    pub(crate) kind: RuleKind,
    policy: Value,
    condition: Value,
}

/// The rules and terms of the floor as they are written, terms not put in.
pub(crate) struct Templates {
    terms: BTreeMap<String, Value>,
    pub(crate) rules: Vec<Template>,
}

impl Templates {
    pub(crate) fn read() -> Result<Self, FloorError> {
        let (terms_text, files) = sources();
        let mut terms = BTreeMap::new();
        for (name, parameter, condition) in definitions(terms_text) {
            let text = match parameter {
                Some(parameter) => {
                    crate::terms::replaced(&condition, &parameter, &format!("principal[\"{MARK}\"]"))
                }
                None => condition,
            };
            terms.insert(name, expression(&text)?);
        }
        let mut rules = Vec::new();
        for (file, text) in files {
            let policies: PolicySet = marked(&crate::terms::without_comments(text)).parse().map_err(
                |error: cedar_policy::ParseErrors| FloorError::Text {
                    file: (*file).to_owned(),
                    message: error.to_string(),
                },
            )?;
            for policy in policies.policies() {
                rules.extend(Template::read(policy)?);
            }
        }
        rules.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(Self { terms, rules })
    }

    /// Every rule as a policy: a basis as a permit under its regimes, for its purposes, if no restriction stops it.
    pub(crate) fn policies(&self) -> Result<BTreeMap<String, Policy>, FloorError> {
        self.rules
            .iter()
            .map(|rule| {
                Ok((
                    rule.id.clone(),
                    rule.with(self.filled(&rule.condition, None, None)?)?,
                ))
            })
            .collect()
    }

    /// Each forbid taken out, and each basis carrying whatever it is asked.
    pub(crate) fn coarse(&self) -> Result<Vec<Weakening>, FloorError> {
        self.rules
            .iter()
            .filter(|rule| rule.kind != RuleKind::Envelope)
            .map(|rule| {
                let (what, change) = match rule.kind {
                    RuleKind::Basis => ("carries whatever is asked", Some(rule.with(rule.regimes()?)?)),
                    _ => ("removed", None),
                };
                Ok(Weakening {
                    what: format!("{}: {what}", rule.id),
                    changed: BTreeMap::from([(rule.id.clone(), change)]),
                })
            })
            .collect()
    }

    /// Each condition of each rule in turn.
    pub(crate) fn of_rules(&self) -> Result<Vec<Weakening>, FloorError> {
        let mut all = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.kind != RuleKind::Envelope) {
            let towards = if rule.kind == RuleKind::Basis {
                Towards::True
            } else {
                Towards::False
            };
            for (what, condition) in changes(&rule.condition, towards) {
                if what.starts_with(REGIMES) {
                    continue;
                }
                let changed = rule.with(self.filled(&condition, None, None)?)?;
                all.push(Weakening {
                    what: format!("{}: {what}", rule.id),
                    changed: BTreeMap::from([(rule.id.clone(), Some(changed))]),
                });
            }
        }
        Ok(all)
    }

    /// Each condition of each term in turn, in every rule that uses it; both ways, since a term may stand under a not.
    pub(crate) fn of_terms(&self) -> Result<Vec<Weakening>, FloorError> {
        let mut all = Vec::new();
        for (name, condition) in &self.terms {
            let using: Vec<&Template> = self
                .rules
                .iter()
                .filter(|rule| rule.kind != RuleKind::Envelope && self.uses(&rule.condition, name, 0))
                .collect();
            for towards in [Towards::True, Towards::False] {
                for (what, mutated) in changes(condition, towards) {
                    let mut changed = BTreeMap::new();
                    for rule in &using {
                        let filled = self.filled(&rule.condition, None, Some((name, &mutated)))?;
                        changed.insert(rule.id.clone(), Some(rule.with(filled)?));
                    }
                    all.push(Weakening {
                        what: format!("${name}: {what}"),
                        changed,
                    });
                }
            }
        }
        Ok(all)
    }

    fn uses(&self, tree: &Value, name: &str, depth: usize) -> bool {
        depth < 24
            && terms_in(tree).iter().any(|used| {
                used == name
                    || self
                        .terms
                        .get(used)
                        .is_some_and(|term| self.uses(term, name, depth + 1))
            })
    }

    /// The condition with every term put in; with `instead`, one of them otherwise than it is defined.
    fn filled(
        &self,
        tree: &Value,
        argument: Option<&Value>,
        instead: Option<(&str, &Value)>,
    ) -> Result<Value, FloorError> {
        if let Some(call) = placeholder(tree) {
            let (name, given) = match call.split_once('(') {
                Some((name, given)) => (name, Some(expression(given.strip_suffix(')').unwrap_or(given))?)),
                None => (call, None),
            };
            let term = match instead {
                Some((other, condition)) if other == name => condition,
                _ => self
                    .terms
                    .get(name)
                    .ok_or_else(|| FloorError::Term(name.to_owned()))?,
            };
            let given = match given {
                Some(given) => Some(self.filled(&given, argument, instead)?),
                None => None,
            };
            return self.filled(term, given.as_ref(), instead);
        }
        if is_parameter(tree) {
            return argument
                .cloned()
                .ok_or_else(|| FloorError::Term("a parameter without a value".to_owned()));
        }
        Ok(match tree {
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, value)| Ok((key.clone(), self.filled(value, argument, instead)?)))
                    .collect::<Result<_, FloorError>>()?,
            ),
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|value| self.filled(value, argument, instead))
                    .collect::<Result<_, _>>()?,
            ),
            other => other.clone(),
        })
    }
}

/// How a condition on the regime begins, in short; what a basis satisfies is not weakened, for a basis of a regime that
/// it does not know is another basis.
const REGIMES: &str = "[Regime::";

impl Template {
    fn read(policy: &Policy) -> Result<Option<Self>, FloorError> {
        let invalid = |error: String| FloorError::Invalid(error);
        let mut condition = crate::floor::conditions_of(policy)?;
        let listed = |key: &str, kind: &str, attribute: &str| {
            let words: Vec<Value> = policy
                .annotation(key)
                .unwrap_or_default()
                .split_whitespace()
                .map(|code| json!({ "Value": { "__entity": { "type": kind, "id": code } } }))
                .collect();
            (!words.is_empty()).then(|| {
                json!({ "contains": {
                    "left": { "Set": words },
                    "right": { ".": { "left": { "Var": "context" }, "attr": attribute } },
                } })
            })
        };
        let kind = match (policy.effect(), policy.annotation("regimes")) {
            (Effect::Forbid, _) => RuleKind::Forbid,
            (Effect::Permit, Some(_)) => RuleKind::Basis,
            (Effect::Permit, None) => RuleKind::Envelope,
        };
        if kind == RuleKind::Basis {
            if policy.annotation("yields").is_some() {
                condition = both(json!({ "!": { "arg": expression("$restricted")? } }), condition);
            }
            if let Some(purposes) = listed("purposes", "Purpose", "purpose") {
                condition = both(purposes, condition);
            }
            if let Some(regimes) = listed("regimes", "Regime", "regime") {
                condition = both(regimes, condition);
            }
        }
        Ok(Some(Self {
            id: policy.annotation("id").unwrap_or_default().to_owned(),
            kind,
            policy: policy.to_json().map_err(|error| invalid(error.to_string()))?,
            condition,
        }))
    }

    /// The condition that the regime is one that this basis satisfies.
    fn regimes(&self) -> Result<Value, FloorError> {
        self.condition
            .get("&&")
            .and_then(|node| node.get("left"))
            .cloned()
            .ok_or_else(|| FloorError::Invalid(format!("{}: no regimes", self.id)))
    }

    /// This rule on another condition.
    fn with(&self, condition: Value) -> Result<Policy, FloorError> {
        let mut tree = self.policy.clone();
        if let Some(map) = tree.as_object_mut() {
            map.insert(
                "conditions".to_owned(),
                json!([{ "kind": "when", "body": condition }]),
            );
        }
        Policy::from_json(Some(PolicyId::new(&self.id)), tree)
            .map_err(|error| FloorError::Invalid(error.to_string()))
    }
}

fn both(left: Value, right: Value) -> Value {
    json!({ "&&": { "left": left, "right": right } })
}

/// The definitions of a text of terms: name, parameter, condition.
fn definitions(text: &str) -> Vec<(String, Option<String>, String)> {
    let mut found = Vec::new();
    for definition in crate::terms::without_comments(text).split("\n$").skip(1) {
        let Some((head, body)) = definition.split_once(" = ") else {
            continue;
        };
        let condition = body
            .rsplit_once(';')
            .map_or(body, |(condition, _)| condition)
            .to_owned();
        match head.split_once('(') {
            Some((name, parameter)) => found.push((
                name.to_owned(),
                Some(parameter.trim_end_matches(')').to_owned()),
                condition,
            )),
            None => found.push((head.to_owned(), None, condition)),
        }
    }
    found
}

/// The text with `$name(argument)` written as something that Cedar parses.
fn marked(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let end = after
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(after.len());
        let (name, mut following) = after.split_at_checked(end).unwrap_or((after, ""));
        let mut call = name.to_owned();
        if let Some((argument, behind)) = following
            .strip_prefix('(')
            .and_then(|inner| inner.split_once(')'))
        {
            call.push_str(&format!("({argument})"));
            following = behind;
        }
        let escaped = call.replace('\\', "\\\\").replace('"', "\\\"");
        out.push_str(&format!("(principal has \"{MARK}{escaped}\")"));
        rest = following;
    }
    out.push_str(rest);
    out
}

fn expression(text: &str) -> Result<Value, FloorError> {
    let policy = Policy::parse(
        None,
        format!(
            "permit (principal, action, resource) when {{ {} }};",
            marked(text)
        ),
    )
    .map_err(|error| FloorError::Term(format!("{error}: {text}")))?;
    crate::floor::conditions_of(&policy)
}

fn placeholder(tree: &Value) -> Option<&str> {
    tree.get("has")?.get("attr")?.as_str()?.strip_prefix(MARK)
}

fn is_parameter(tree: &Value) -> bool {
    tree.get(".")
        .and_then(|node| node.get("attr"))
        .and_then(Value::as_str)
        == Some("§")
}

fn terms_in(tree: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if let Some(call) = placeholder(tree) {
        found.insert(call.split_once('(').map_or(call, |(name, _)| name).to_owned());
    }
    let inner: Vec<&Value> = match tree {
        Value::Object(map) => map.values().collect(),
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    for value in inner {
        found.extend(terms_in(value));
    }
    found
}

/// Which way a condition is moved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Towards {
    /// True more often.
    True,
    /// True less often.
    False,
}

impl Towards {
    const fn opposite(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
        }
    }
}

/// The smallest changes of a condition towards one side, each with what was done.
fn changes(tree: &Value, towards: Towards) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (operator, neutral) in [("&&", Towards::True), ("||", Towards::False)] {
        if let Some(parts) = flattened(tree, operator) {
            for (place, part) in parts.iter().enumerate() {
                for (what, changed) in changes(part, towards) {
                    let constant = changed.get("Value").and_then(Value::as_bool);
                    let mut others = parts.clone();
                    if constant == Some(neutral == Towards::True) {
                        others.remove(place);
                    } else if let Some(other) = others.get_mut(place) {
                        *other = changed;
                    }
                    all.push((what, joined(others, operator)));
                }
            }
            return all;
        }
    }
    if let Some(argument) = tree.get("!").and_then(|node| node.get("arg")) {
        return changes(argument, towards.opposite())
            .into_iter()
            .map(|(what, changed)| (format!("not {what}"), json!({ "!": { "arg": changed } })))
            .collect();
    }
    if let Some(choice) = tree.get("if-then-else") {
        for branch in ["then", "else"] {
            for (what, changed) in choice
                .get(branch)
                .map(|inner| changes(inner, towards))
                .unwrap_or_default()
            {
                let mut choice = choice.clone();
                if let Some(map) = choice.as_object_mut() {
                    map.insert(branch.to_owned(), changed);
                }
                all.push((what, json!({ "if-then-else": choice })));
            }
        }
        return all;
    }
    if let Some(listed) = shortened(tree, towards) {
        return listed;
    }
    let constant = towards == Towards::True;
    vec![(
        format!("{} taken as {constant}", in_short(tree)),
        json!({ "Value": constant }),
    )]
}

/// A condition over a written-out list, with one word of the list left out, where that moves it the right way.
fn shortened(tree: &Value, towards: Towards) -> Option<Vec<(String, Value)>> {
    let (operator, side) = match towards {
        Towards::False => [("contains", "left"), ("containsAny", "right")],
        Towards::True => [("containsAll", "right"), ("", "")],
    }
    .into_iter()
    .find(|(operator, _)| tree.get(operator).is_some())?;
    let node = tree.get(operator)?;
    let words = node.get(side)?.get("Set")?.as_array()?;
    if words.len() < 2 {
        return None;
    }
    let mut all = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let mut fewer = words.clone();
        fewer.remove(place);
        let mut node = node.clone();
        node.as_object_mut()?
            .insert(side.to_owned(), json!({ "Set": fewer }));
        let mut changed = serde_json::Map::new();
        changed.insert(operator.to_owned(), node);
        all.push((
            format!("without {} in {}", in_short(word), in_short(tree)),
            Value::Object(changed),
        ));
    }
    Some(all)
}

fn flattened(tree: &Value, operator: &str) -> Option<Vec<Value>> {
    let node = tree.get(operator)?;
    let mut parts = Vec::new();
    for side in ["left", "right"] {
        let part = node.get(side)?;
        match flattened(part, operator) {
            Some(inner) => parts.extend(inner),
            None => parts.push(part.clone()),
        }
    }
    Some(parts)
}

fn joined(parts: Vec<Value>, operator: &str) -> Value {
    parts
        .into_iter()
        .reduce(|left, right| {
            let mut node = serde_json::Map::new();
            node.insert(operator.to_owned(), json!({ "left": left, "right": right }));
            Value::Object(node)
        })
        .unwrap_or_else(|| json!({ "Value": operator == "&&" }))
}

/// A condition in a few characters, for the name of a weakening.
fn in_short(tree: &Value) -> String {
    if let Some(call) = placeholder(tree) {
        return format!("${call}");
    }
    if let Some(entity) = tree.get("Value").and_then(|value| value.get("__entity")) {
        return entity
            .get("id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
    }
    let policy = json!({
        "effect": "permit", "principal": { "op": "All" }, "action": { "op": "All" }, "resource": { "op": "All" },
        "conditions": [{ "kind": "when", "body": tree }],
    });
    let text = Policy::from_json(None, policy)
        .ok()
        .and_then(|policy| policy.to_cedar())
        .unwrap_or_default();
    let text = text
        .split_once("when {")
        .map_or(text.as_str(), |(_, condition)| condition);
    let words: Vec<&str> = text.trim().trim_end_matches("};").split_whitespace().collect();
    words.join(" ").chars().take(110).collect()
}
