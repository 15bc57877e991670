//! A question as the solver sees it: one variable for each attribute, however deep it lies in the context.
//!
//! `cedar-policy-symcc` would make the whole context one variable of a nested datatype, and every look at an attribute a
//! chain of selectors that the solver has to reason through. A record of variables says the same (a value of a record
//! type is the record of its attributes, and every attribute is required), and looking into it is done while translating.

use std::sync::Arc;

use cedar_policy::{Policy, PolicySet, RequestEnv, Schema};
use cedar_policy_symcc::term::{Term, TermVar};
use cedar_policy_symcc::term_type::TermType;
use cedar_policy_symcc::{CompiledPolicy, CompiledPolicySet, SymEnv};

use crate::floor::FloorError;

/// One action with what may be asked about it.
#[derive(Clone, Debug)]
pub(super) struct Question {
    environment: RequestEnv,
    symbols: SymEnv,
}

impl Question {
    pub(super) fn new(environment: RequestEnv, schema: &Schema) -> Result<Self, FloorError> {
        let mut symbols =
            SymEnv::new(schema, &environment).map_err(|error| FloorError::Schema(error.to_string()))?;
        symbols.request.context = attributes("context", &symbols.request.context.type_of());
        Ok(Self { environment, symbols })
    }

    pub(super) fn action(&self) -> &str {
        self.environment.action().id().unescaped()
    }

    /// A policy, translated.
    pub(super) fn policy(&self, policy: &Policy, schema: &Schema) -> Result<CompiledPolicy, String> {
        CompiledPolicy::compile_with_custom_symenv(policy, &self.environment, schema, self.symbols.clone())
            .map_err(|error| error.to_string())
    }

    /// Policies, translated together.
    pub(super) fn policies(
        &self,
        policies: &PolicySet,
        schema: &Schema,
    ) -> Result<CompiledPolicySet, String> {
        CompiledPolicySet::compile_with_custom_symenv(
            policies,
            &self.environment,
            schema,
            self.symbols.clone(),
        )
        .map_err(|error| error.to_string())
    }
}

/// A variable, or for a record the record of its attributes.
fn attributes(path: &str, kind: &TermType) -> Term {
    match kind {
        TermType::Record { rty } => Term::Record(Arc::new(
            rty.iter()
                .map(|(name, kind)| (name.clone(), attributes(&format!("{path}.{name}"), kind)))
                .collect(),
        )),
        _ => Term::Var(TermVar {
            id: path.into(),
            ty: kind.clone(),
        }),
    }
}
