//! The set that would decide: exactly the floor that was proved, and agreements that can add nothing to it but permits
//! and promises, and cannot fail.
//!
//! The proof is about one floor, known by its digest. `proved.txt` keeps the digest of the floor that was last proved
//! whole (a test proves it and writes the file). What is to run is taken apart again: every policy that no agreement
//! brought counts as floor, so that one rule more, less or otherwise is another digest.

use std::collections::BTreeMap;

use cedar_policy::{ActionConstraint, Effect, Policy};
use gateway_crypto::Digest;
use policies::Agreements;
use serde_json::Value;

use crate::engine::ReferenceEngine;
use crate::floor::{FloorError, digest_of};

const PROVED: &str = include_str!("../proved.txt");

/// How the ids of policies begin that an agreement brought.
pub(crate) const OF_AGREEMENTS: &str = "MOU/";

/// The digest of the floor that was last proved whole.
///
/// # Errors
/// [`NotActive::NothingProved`] if the record holds none.
pub fn proved_floor() -> Result<Digest, NotActive> {
    PROVED
        .lines()
        .find_map(|line| line.strip_prefix("floor "))
        .and_then(|digest| digest.trim().parse().ok())
        .ok_or(NotActive::NothingProved)
}

/// Why a set of agreements must not come into force.
#[derive(Debug, thiserror::Error)]
pub enum NotActive {
    /// There is no proof on record.
    #[error("no floor is on record as proved")]
    NothingProved,
    /// The floor that would run is not the one that was proved.
    #[error("the floor that would run is {found}, the one that was proved is {proved}")]
    OtherFloor {
        /// What was proved.
        proved: Digest,
        /// What would run.
        found: Digest,
    },
    /// The policies of an agreement do more than permit and promise.
    #[error(
        "{policy}: an agreement may permit what passes the gates and is shared, and forbid sharing; nothing else"
    )]
    Exceeds {
        /// The policy.
        policy: String,
    },
    /// A policy of an agreement could fail while it is evaluated.
    #[error("{policy}: it could fail while it is evaluated, by `{operation}`")]
    MayFail {
        /// The policy.
        policy: String,
        /// What is not total.
        operation: String,
    },
    /// The floor or the policies of an agreement cannot be loaded.
    #[error(transparent)]
    Floor(#[from] FloorError),
}

/// A set that was taken apart and found in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveSet {
    /// The floor in it, which is the one that was proved.
    pub floor: Digest,
    /// How many policies the agreements bring.
    pub policies: usize,
}

impl ActiveSet {
    /// What the floor of this build and these agreements come to.
    ///
    /// # Errors
    /// [`NotActive`]: then these agreements must not come into force under this build.
    pub fn of(agreements: &Agreements) -> Result<Self, NotActive> {
        Self::run_by(&ReferenceEngine::load(agreements)?)
    }

    /// What an engine runs.
    ///
    /// # Errors
    /// As for [`ActiveSet::of`].
    pub fn run_by(engine: &ReferenceEngine) -> Result<Self, NotActive> {
        let proved = proved_floor()?;
        let mut floor: BTreeMap<String, String> = BTreeMap::new();
        let mut of_agreements = 0;
        for policy in engine.running() {
            let id = policy.id().to_string();
            if id.starts_with(OF_AGREEMENTS) {
                of_agreements += 1;
                narrows(policy)?;
                cannot_fail(policy)?;
                continue;
            }
            let text = policy.to_cedar().unwrap_or_default();
            // The engine keeps a policy in several slices; if two differ, neither is what was proved.
            match floor.get(&id) {
                Some(known) if *known != text => {
                    floor.insert(format!("{id} otherwise"), text);
                }
                _ => {
                    floor.insert(id, text);
                }
            }
        }
        let found = digest_of(floor);
        if found != proved {
            return Err(NotActive::OtherFloor { proved, found });
        }
        Ok(Self {
            floor: found,
            policies: of_agreements,
        })
    }
}

/// The floor was proved beside a permit for everything: more permits change nothing of it, nor do forbids.
fn narrows(policy: &Policy) -> Result<(), NotActive> {
    let action = match policy.action_constraint() {
        ActionConstraint::Eq(action) => action.id().unescaped().to_owned(),
        _ => String::new(),
    };
    match (policy.effect(), action.as_str()) {
        (Effect::Permit, "admit" | "share") | (Effect::Forbid, "share") => Ok(()),
        _ => Err(NotActive::Exceeds {
            policy: policy.id().to_string(),
        }),
    }
}

/// What a policy may be built of that fits the schema strictly and never fails: no sum that overflows, no extension
/// that refuses its text, no attribute of an entity that is not there. An attribute of the context is always there,
/// since the schema requires each. The prover shows the same of one policy of each form.
const TOTAL: &[&str] = &[
    "&&", "||", "!", "==", "<", "<=", ".", "Value", "Var", "Set", "contains",
];

/// What an operator is given; not an operator itself.
const OPERANDS: &[&str] = &["left", "right", "arg"];

pub(crate) fn cannot_fail(policy: &Policy) -> Result<(), NotActive> {
    let id = || policy.id().to_string();
    let tree = policy
        .to_json()
        .map_err(|error| FloorError::Invalid(error.to_string()))?;
    let bodies = tree
        .get("conditions")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    for body in bodies.filter_map(|condition| condition.get("body")) {
        if let Some(operation) = partial(body) {
            return Err(NotActive::MayFail {
                policy: id(),
                operation,
            });
        }
    }
    Ok(())
}

/// The first operation that is not among those which never fail.
fn partial(tree: &Value) -> Option<String> {
    match tree {
        Value::Array(items) => items.iter().find_map(partial),
        Value::Object(map) => map.iter().find_map(|(operator, operands)| {
            if !TOTAL.contains(&operator.as_str()) {
                return Some(operator.clone());
            }
            match (operator.as_str(), operands) {
                ("Value" | "Var", _) => None,
                // Only what begins at the context is a record; an entity has no attributes here, but might elsewhere.
                (".", access) => (!from_context(access)).then(|| ".".to_owned()),
                (_, Value::Object(named)) => named.iter().find_map(|(name, operand)| {
                    if OPERANDS.contains(&name.as_str()) {
                        partial(operand)
                    } else {
                        Some(name.clone())
                    }
                }),
                (_, others) => partial(others),
            }
        }),
        _ => None,
    }
}

fn from_context(access: &Value) -> bool {
    let Some(left) = access.get("left") else {
        return false;
    };
    left.get("Var").and_then(Value::as_str) == Some("context") || left.get(".").is_some_and(from_context)
}
