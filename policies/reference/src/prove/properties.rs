//! The properties: forbidden situations, read from the catalogue by another hand than the floor's.

use std::collections::BTreeSet;

use cedar_policy::{
    ActionConstraint, Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator,
};

use serde_json::Value;

use crate::floor::FloorError;
use crate::terms::Terms;

const TERMS: &str = include_str!("../../properties/terms.cedar");
const SHAPE: &str = include_str!("../../properties/shape.cedar");
const FILES: &[(&str, &str)] = &[
    ("gates.cedar", include_str!("../../properties/gates.cedar")),
    (
        "prohibitions.cedar",
        include_str!("../../properties/prohibitions.cedar"),
    ),
    ("consents.cedar", include_str!("../../properties/consents.cedar")),
    ("papers.cedar", include_str!("../../properties/papers.cedar")),
    ("part2.cedar", include_str!("../../properties/part2.cedar")),
    ("hipaa.cedar", include_str!("../../properties/hipaa.cedar")),
    ("housing.cedar", include_str!("../../properties/housing.cedar")),
    ("justice.cedar", include_str!("../../properties/justice.cedar")),
];

/// What a question is like: forbids, so that they can stand beside the floor.
///
/// # Errors
/// [`FloorError`] if the text is malformed.
pub(crate) fn shape() -> Result<Vec<Policy>, FloorError> {
    let faulty = |message: String| FloorError::Text {
        file: "shape.cedar".to_owned(),
        message,
    };
    let policies: PolicySet = SHAPE
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

/// What must never be answered yes.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its name.
    pub id: String,
    /// Where the law is found.
    pub cite: String,
    /// The forbidden situation, in words.
    pub says: String,
    /// The questions that it speaks of, by the name of the action.
    pub actions: BTreeSet<String>,
    /// The regimes that it asks about by name.
    pub(crate) regimes: BTreeSet<String>,
    policy: Policy,
}

impl Property {
    /// The forbidden situation as a policy that matches it.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }
}

/// Every property, checked against the schema.
///
/// # Errors
/// [`FloorError`] if a property is malformed; a test reads them, so that this does not happen in use.
pub fn properties(schema: &Schema) -> Result<Vec<Property>, FloorError> {
    let terms = Terms::read(TERMS)?;
    let mut found: Vec<Property> = Vec::new();
    for (file, text) in FILES {
        let faulty = |message: String| FloorError::Text {
            file: (*file).to_owned(),
            message,
        };
        let policies: PolicySet =
            terms
                .expand(text)?
                .parse()
                .map_err(|error: cedar_policy::ParseErrors| {
                    faulty(
                        error
                            .iter()
                            .map(ToString::to_string)
                            .collect::<Vec<_>>()
                            .join("; "),
                    )
                })?;
        let mut read = Vec::new();
        for policy in policies.policies() {
            let place: usize = policy
                .id()
                .to_string()
                .trim_start_matches("policy")
                .parse()
                .unwrap_or_default();
            read.push((place, one(policy).map_err(faulty)?));
        }
        read.sort_by_key(|(place, _)| *place);
        for (_, property) in read {
            if found.iter().any(|known| known.id == property.id) {
                return Err(faulty(format!("{}: a second property of this id", property.id)));
            }
            found.push(property);
        }
    }
    let mut all = PolicySet::new();
    for property in &found {
        all.add(property.policy.clone())
            .map_err(|error| FloorError::Invalid(error.to_string()))?;
    }
    let checked = Validator::new(schema.clone()).validate(&all, ValidationMode::Strict);
    if checked.validation_passed() {
        Ok(found)
    } else {
        let faults: Vec<String> = checked.validation_errors().map(ToString::to_string).collect();
        Err(FloorError::Invalid(faults.join("; ")))
    }
}

fn one(policy: &Policy) -> Result<Property, String> {
    let stated = |key: &str| {
        policy
            .annotation(key)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .ok_or_else(|| format!("a property without @{key}"))
    };
    let id = stated("id")?;
    if policy.effect() != Effect::Permit {
        return Err(format!(
            "{id}: not written as a permit of the forbidden situation"
        ));
    }
    let actions = match policy.action_constraint() {
        ActionConstraint::Eq(action) => vec![action],
        ActionConstraint::In(actions) => actions,
        ActionConstraint::Any => return Err(format!("{id}: does not say of which questions it speaks")),
    };
    let mut regimes = BTreeSet::new();
    if let Ok(tree) = policy.to_json() {
        named_regimes(&tree, &mut regimes);
    }
    Ok(Property {
        regimes,
        policy: policy.new_id(PolicyId::new(&id)),
        cite: stated("cite")?,
        says: stated("says")?,
        actions: actions
            .iter()
            .map(|action| action.id().unescaped().to_owned())
            .collect(),
        id,
    })
}

/// The words that the asked regime is compared with.
fn named_regimes(tree: &Value, found: &mut BTreeSet<String>) {
    if let Some(node) = tree.get("==") {
        let asked = node.pointer("/left/./attr").and_then(Value::as_str) == Some("regime");
        let word = node.pointer("/right/Value/__entity/id").and_then(Value::as_str);
        if let (true, Some(word)) = (asked, word) {
            found.insert(word.to_owned());
        }
    }
    match tree {
        Value::Object(map) => map.values().for_each(|value| named_regimes(value, found)),
        Value::Array(items) => items.iter().for_each(|value| named_regimes(value, found)),
        _ => {}
    }
}
