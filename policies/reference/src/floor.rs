//! The statutory floor: forbids and bases as Cedar text, put together into the policies that are evaluated and proved.
//!
//! A basis is written as a permit for `carry`, annotated with the regimes it satisfies, the purposes it serves and, if
//! a restriction on file stops it (164.522(a)), `@yields("restriction")`. No such permit is ever loaded: for each
//! regime all of its bases become one forbid, "unless (basis or basis or ...)", so that each stays visible and can be
//! taken out alone.

use std::collections::BTreeMap;

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use gateway_crypto::Digest;
use gateway_types::vocabulary::{PurposeOfUse, Regime, Word};
use serde_json::{Value, json};

use crate::schema::{schema, schema_text};
use crate::terms::Terms;

const TERMS: &str = include_str!("../floor/terms.cedar");
const FILES: &[(&str, &str)] = &[
    ("gates.cedar", include_str!("../floor/gates.cedar")),
    ("envelope.cedar", include_str!("../floor/envelope.cedar")),
    ("narrowing.cedar", include_str!("../floor/narrowing.cedar")),
    ("papers.cedar", include_str!("../floor/papers.cedar")),
    ("consents.cedar", include_str!("../floor/consents.cedar")),
    ("own.cedar", include_str!("../floor/own.cedar")),
    ("part2.cedar", include_str!("../floor/part2.cedar")),
    ("hipaa.cedar", include_str!("../floor/hipaa.cedar")),
    ("hipaa_public.cedar", include_str!("../floor/hipaa_public.cedar")),
    ("hmis.cedar", include_str!("../floor/hmis.cedar")),
    ("victims.cedar", include_str!("../floor/victims.cedar")),
    ("justice.cedar", include_str!("../floor/justice.cedar")),
];

/// Why the floor, or a set of policies, could not be loaded. Nothing is decided then.
#[derive(Debug, thiserror::Error)]
pub enum FloorError {
    /// A term is malformed, defined twice, unknown or circular.
    #[error("a term of the floor is not in order: {0}")]
    Term(String),
    /// The schema is not one.
    #[error("the schema is not in order: {0}")]
    Schema(String),
    /// A file is not Cedar, or a rule lacks what it must say of itself.
    #[error("{file}: {message}")]
    Text {
        /// The file of the floor.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// The policies do not fit the schema.
    #[error("the policies do not fit the schema: {0}")]
    Invalid(String),
}

/// What a rule of the floor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// It forbids.
    Forbid,
    /// It carries a release under the regimes it names.
    Basis,
    /// It stands for what no agreement has to allow.
    Envelope,
}

/// One rule of the floor.
#[derive(Clone, Debug)]
pub struct FloorRule {
    /// Its own id: the catalogue's, and after a slash which part of that rule it is.
    pub id: String,
    /// Where the law is found.
    pub cite: String,
    /// What it says, in words.
    pub says: String,
    /// What it is.
    pub kind: RuleKind,
    /// For a basis: the regimes that it satisfies.
    pub regimes: Vec<Regime>,
    /// For a basis: the purposes that it serves; empty: any.
    pub purposes: Vec<PurposeOfUse>,
    /// For a basis: whether a restriction on file stops it.
    pub yields: bool,
    policy: Policy,
}

impl FloorRule {
    /// The catalogue's id.
    #[must_use]
    pub fn catalogue_id(&self) -> &str {
        self.id.split_once('/').map_or(&self.id, |(id, _)| id)
    }

    /// The rule as Cedar text, terms put in.
    #[must_use]
    pub fn text(&self) -> String {
        self.policy.to_cedar().unwrap_or_default()
    }

    /// The rule as a policy of its own: a basis as the permit it is written as.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    fn read(file: &str, policy: &Policy) -> Result<Self, FloorError> {
        let faulty = |message: String| FloorError::Text {
            file: file.to_owned(),
            message,
        };
        let stated = |key: &str| {
            policy
                .annotation(key)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| {
                    faulty(format!(
                        "{}: no @{key}",
                        policy.annotation("id").unwrap_or("a rule")
                    ))
                })
        };
        let id = stated("id")?;
        let kind = match (policy.effect(), policy.annotation("regimes")) {
            (Effect::Forbid, None) => RuleKind::Forbid,
            (Effect::Permit, Some(_)) => RuleKind::Basis,
            (Effect::Permit, None) if file == "envelope.cedar" => RuleKind::Envelope,
            _ => {
                return Err(faulty(format!(
                    "{id}: neither a forbid nor a basis with its regimes"
                )));
            }
        };
        Ok(Self {
            regimes: listed(policy, "regimes").map_err(&faulty)?,
            purposes: listed(policy, "purposes").map_err(&faulty)?,
            yields: policy.annotation("yields") == Some("restriction"),
            policy: policy.new_id(PolicyId::new(&id)),
            cite: stated("cite")?,
            says: stated("says")?,
            kind,
            id,
        })
    }
}

fn listed<W: Word>(policy: &Policy, key: &str) -> Result<Vec<W>, String> {
    policy
        .annotation(key)
        .unwrap_or_default()
        .split_whitespace()
        .map(|code| W::from_code(code).map_err(|error| format!("@{key}: {error}")))
        .collect()
}

/// Conditions of the floor that are put into other policies.
#[derive(Clone, Debug)]
struct Conditions {
    /// A restriction on file stops this, for the bases that yield to it.
    restricted: Value,
    /// No agreement is needed, for the promises and bars of agreements.
    no_agreement: Value,
}

/// The floor, put together and checked against the schema.
#[derive(Clone, Debug)]
pub struct Floor {
    schema: Schema,
    rules: Vec<FloorRule>,
    terms: Conditions,
    policies: PolicySet,
    hash: Digest,
}

impl Floor {
    /// Loads the floor that is built in.
    ///
    /// # Errors
    /// [`FloorError`]; a test loads it, so that this does not happen in use.
    pub fn load() -> Result<Self, FloorError> {
        // Cedar's parser and validator go deep into the larger conditions: more than an ordinary stack holds in a
        // debug build.
        with_deep_stack(Self::read)?
    }

    fn read() -> Result<Self, FloorError> {
        let terms = Terms::read(TERMS)?;
        let mut rules: Vec<FloorRule> = Vec::new();
        for (file, text) in FILES {
            let faulty = |message: String| FloorError::Text {
                file: (*file).to_owned(),
                message,
            };
            let policies: PolicySet = terms
                .expand(text)?
                .parse()
                .map_err(|error: cedar_policy::ParseErrors| faulty(in_words(&error)))?;
            let mut read: Vec<(usize, FloorRule)> = Vec::new();
            for policy in policies.policies() {
                // Cedar numbers the policies of a text.
                let place = policy.id().to_string().trim_start_matches("policy").parse();
                read.push((place.unwrap_or_default(), FloorRule::read(file, policy)?));
            }
            read.sort_by_key(|(place, _)| *place);
            for (_, rule) in read {
                if rules.iter().any(|known| known.id == rule.id) {
                    return Err(faulty(format!("{}: a second rule of this id", rule.id)));
                }
                rules.push(rule);
            }
        }
        let stated = |term: &str| {
            condition(&terms.expand(&format!(
                "permit (principal, action, resource) when {{ {term} }};"
            ))?)
        };
        let conditions = Conditions {
            restricted: stated("$restricted")?,
            no_agreement: stated("$inside || $needs_no_agreement")?,
        };
        Self::assembled(schema()?, rules, conditions)
    }

    fn assembled(schema: Schema, rules: Vec<FloorRule>, terms: Conditions) -> Result<Self, FloorError> {
        let mut policies = PolicySet::new();
        let mut add = |policy: Policy| {
            policies
                .add(policy)
                .map_err(|error| FloorError::Invalid(error.to_string()))
        };
        for rule in rules.iter().filter(|rule| rule.kind != RuleKind::Basis) {
            add(rule.policy.clone())?;
        }
        for regime in Regime::ALL {
            add(of_regime(*regime, &rules, &terms.restricted)?)?;
        }
        valid(&schema, &policies)?;
        let texts = policies
            .policies()
            .map(|policy| (policy.id().to_string(), policy.to_cedar().unwrap_or_default()));
        Ok(Self {
            hash: digest_of(texts.collect()),
            schema,
            rules,
            terms,
            policies,
        })
    }

    /// The schema.
    #[must_use]
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Every rule, in the order of the files.
    #[must_use]
    pub fn rules(&self) -> &[FloorRule] {
        &self.rules
    }

    /// The rule of this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&FloorRule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// The policies as they are evaluated and proved: forbids, one more for each regime, and the envelope.
    #[must_use]
    pub const fn policies(&self) -> &PolicySet {
        &self.policies
    }

    /// The condition that no agreement is needed, as a tree of Cedar's syntax.
    pub(crate) const fn no_agreement(&self) -> &Value {
        &self.terms.no_agreement
    }

    /// Checks further policies against the schema.
    pub(crate) fn validate<'p>(
        &self,
        policies: impl IntoIterator<Item = &'p Policy>,
    ) -> Result<(), FloorError> {
        let policies = PolicySet::from_policies(policies.into_iter().cloned())
            .map_err(|error| FloorError::Invalid(error.to_string()))?;
        with_deep_stack(|| valid(&self.schema, &policies))?
    }

    /// The digest of schema and policies. What is in use is what was proved if the digests are the same.
    #[must_use]
    pub const fn hash(&self) -> Digest {
        self.hash
    }

    /// The floor with one rule left out, for the test that nothing is there for nothing.
    ///
    /// # Errors
    /// [`FloorError`] if what is left does not hold together.
    pub fn without(&self, id: &str) -> Result<Self, FloorError> {
        let rules = self.rules.iter().filter(|rule| rule.id != id).cloned().collect();
        let (schema, terms) = (self.schema.clone(), self.terms.clone());
        with_deep_stack(|| Self::assembled(schema, rules, terms))?
    }

    /// The floor with some rules otherwise, or not there, for a search; it is not checked and has no digest. A basis that
    /// is otherwise has its purposes, and that it yields, in its condition.
    pub(crate) fn bent(&self, changed: &BTreeMap<String, Option<Policy>>) -> Result<Self, FloorError> {
        let mut bent = self.clone();
        bent.hash = Digest::of_parts(&[]);
        bent.rules
            .retain(|rule| changed.get(&rule.id).is_none_or(Option::is_some));
        let mut regimes: Vec<Regime> = Vec::new();
        for rule in self.rules.iter().filter(|rule| changed.contains_key(&rule.id)) {
            regimes.extend(rule.regimes.iter().copied());
        }
        for rule in &mut bent.rules {
            if let Some(Some(policy)) = changed.get(&rule.id) {
                rule.policy = policy.clone();
                rule.purposes.clear();
                rule.yields = false;
            }
        }
        let mut policies = PolicySet::new();
        for policy in self.policies.policies() {
            let id = policy.id().to_string();
            let regime = regimes
                .iter()
                .find(|regime| id.strip_prefix("REGIME/") == Some(regime.code()));
            let policy = match (changed.get(&id), regime) {
                (Some(None), _) => continue,
                (Some(Some(other)), _) => other.clone(),
                (None, Some(regime)) => of_regime(*regime, &bent.rules, &self.terms.restricted)?,
                (None, None) => policy.clone(),
            };
            policies
                .add(policy)
                .map_err(|error| FloorError::Invalid(error.to_string()))?;
        }
        bent.policies = policies;
        Ok(bent)
    }

    /// The floor with one basis carrying whatever is asked under its regimes and purposes, for the test that its
    /// conditions are not there for nothing.
    ///
    /// # Errors
    /// [`FloorError`] if what comes of it does not hold together.
    pub fn opened(&self, id: &str) -> Result<Self, FloorError> {
        let always = Policy::parse(
            Some(PolicyId::new(id)),
            "permit (principal, action == Action::\"carry\", resource);",
        )
        .map_err(|error| FloorError::Invalid(error.to_string()))?;
        let mut rules = self.rules.clone();
        for rule in &mut rules {
            if rule.id == id && rule.kind == RuleKind::Basis {
                rule.policy = always.clone();
            }
        }
        let (schema, terms) = (self.schema.clone(), self.terms.clone());
        with_deep_stack(|| Self::assembled(schema, rules, terms))?
    }
}

/// The digest of the schema and of policies, each by its id and its text.
pub(crate) fn digest_of(mut texts: BTreeMap<String, String>) -> Digest {
    texts.insert(String::new(), schema_text());
    let parts: Vec<&[u8]> = texts
        .iter()
        .flat_map(|(id, text)| [id.as_bytes(), text.as_bytes()])
        .collect();
    Digest::of_parts(&parts)
}

/// Strict validation; a warning is a fault too.
fn valid(schema: &Schema, policies: &PolicySet) -> Result<(), FloorError> {
    let found = Validator::new(schema.clone()).validate(policies, ValidationMode::Strict);
    if found.validation_passed_without_warnings() {
        return Ok(());
    }
    let faults: Vec<String> = found
        .validation_errors()
        .map(ToString::to_string)
        .chain(found.validation_warnings().map(ToString::to_string))
        .collect();
    Err(FloorError::Invalid(faults.join("; ")))
}

const DEEP_STACK: usize = 256 << 20;

/// Runs something on a stack of its own that is deep enough for Cedar's recursion.
///
/// # Errors
/// If there is no such stack to be had.
pub(crate) fn with_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, FloorError> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(DEEP_STACK)
            .spawn_scoped(scope, work)
            .ok()
            .and_then(|thread| thread.join().ok())
    })
    .ok_or_else(|| FloorError::Invalid("no stack deep enough could be had".to_owned()))
}

fn in_words(error: &cedar_policy::ParseErrors) -> String {
    error
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// The conditions of a policy as one expression of Cedar's syntax tree.
fn condition(text: &str) -> Result<Value, FloorError> {
    let policy = Policy::parse(None, text).map_err(|error| FloorError::Invalid(error.to_string()))?;
    conditions_of(&policy)
}

pub(crate) fn conditions_of(policy: &Policy) -> Result<Value, FloorError> {
    let tree = policy
        .to_json()
        .map_err(|error| FloorError::Invalid(error.to_string()))?;
    let mut all: Option<Value> = None;
    for clause in tree
        .get("conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let body = clause.get("body").cloned().unwrap_or(Value::Null);
        let one = if clause.get("kind").and_then(Value::as_str) == Some("unless") {
            json!({ "!": { "arg": body } })
        } else {
            body
        };
        all = Some(match all {
            Some(before) => json!({ "&&": { "left": before, "right": one } }),
            None => one,
        });
    }
    Ok(all.unwrap_or_else(|| json!({ "Value": true })))
}

/// A tree as flat as can be: what walks it needs less stack.
pub(crate) fn any_of(conditions: impl IntoIterator<Item = Value>) -> Value {
    let mut level: Vec<Value> = conditions.into_iter().collect();
    while level.len() > 1 {
        let mut pairs = level.into_iter();
        let mut next = Vec::new();
        while let Some(left) = pairs.next() {
            next.push(match pairs.next() {
                Some(right) => json!({ "||": { "left": left, "right": right } }),
                None => left,
            });
        }
        level = next;
    }
    level.pop().unwrap_or_else(|| json!({ "Value": false }))
}

pub(crate) fn both(left: Value, right: Value) -> Value {
    json!({ "&&": { "left": left, "right": right } })
}

pub(crate) fn is_word(attribute: &str, kind: &str, code: &str) -> Value {
    json!({ "==": {
        "left": { ".": { "left": { "Var": "context" }, "attr": attribute } },
        "right": { "Value": { "__entity": { "type": kind, "id": code } } },
    } })
}

/// Under this regime nothing goes unless one of its bases carries it.
fn of_regime(regime: Regime, rules: &[FloorRule], restricted: &Value) -> Result<Policy, FloorError> {
    let mut carried = Vec::new();
    for rule in rules.iter().filter(|rule| rule.regimes.contains(&regime)) {
        let mut condition = conditions_of(&rule.policy)?;
        if rule.yields {
            condition = both(json!({ "!": { "arg": restricted } }), condition);
        }
        if !rule.purposes.is_empty() {
            let purposes = rule
                .purposes
                .iter()
                .map(|purpose| is_word("purpose", "Purpose", purpose.code()));
            condition = both(any_of(purposes), condition);
        }
        carried.push(condition);
    }
    let tree = json!({
        "effect": "forbid",
        "principal": { "op": "All" },
        "action": { "op": "==", "entity": { "type": "Action", "id": "carry" } },
        "resource": { "op": "All" },
        "conditions": [
            { "kind": "when", "body": is_word("regime", "Regime", regime.code()) },
            { "kind": "unless", "body": any_of(carried) },
        ],
        "annotations": {
            "id": format!("REGIME/{}", regime.code()),
            "cite": "catalogue 0.3 step 5",
            "says": format!("Under {} nothing goes without a basis.", regime.code()),
        },
    });
    Policy::from_json(Some(PolicyId::new(format!("REGIME/{}", regime.code()))), tree)
        .map_err(|error| FloorError::Invalid(error.to_string()))
}

/// The text of the terms and of every file, as they are written.
pub(crate) const fn sources() -> (&'static str, &'static [(&'static str, &'static str)]) {
    (TERMS, FILES)
}
