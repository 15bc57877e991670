//! The envelope: the floor with a permit that allows everything an agreement could ever allow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use cedar_policy::{Authorizer, Decision, Effect, Entities, Policy, PolicyId, PolicySet, Request};
use cedar_policy_symcc::{CompiledPolicySet, Env};

use super::properties::{Property, properties, shape};
use super::question::Question;
use super::solver::{Solver, SolverFault, ask_all, on_large_stack};
use super::trial::speaks_of;
use super::weaken::Templates;
use crate::floor::{Floor, FloorError};

/// A request for which something does not hold, run through Cedar's own authorizer.
#[derive(Debug)]
pub struct Counterexample {
    /// The request.
    pub request: Request,
    /// What it refers to.
    pub entities: Entities,
}

/// What came of one check.
#[derive(Debug)]
pub enum Verdict {
    /// It holds for every request.
    Proved,
    /// It does not: here is why not.
    Refuted(Box<Counterexample>),
    /// It is not known. That is a failed check.
    Undecided(String),
}

/// One check that was made.
#[derive(Debug)]
pub struct Checked {
    /// The property, or the rule that was asked about.
    pub id: String,
    /// The question it was asked of, by the name of the action.
    pub action: String,
    /// What came of it.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

/// How many properties are asked at once: what is said once is translated once, and both cores have work.
const AT_ONCE: usize = 12;

/// The floor and the properties, made ready for the solver.
#[derive(Debug)]
pub struct Prover {
    pub(super) floor: Floor,
    pub(super) properties: Vec<Property>,
    pub(super) questions: BTreeMap<String, Question>,
    pub(super) shape: Vec<Policy>,
}

impl Prover {
    /// Makes the floor ready.
    ///
    /// # Errors
    /// [`FloorError`] if a property is malformed.
    pub fn new(floor: Floor) -> Result<Self, FloorError> {
        let properties = properties(floor.schema())?;
        // The schema gives them in another order at every run.
        let questions = floor
            .schema()
            .request_envs()
            .map(|environment| {
                let question = Question::new(environment, floor.schema())?;
                Ok((question.action().to_owned(), question))
            })
            .collect::<Result<_, FloorError>>()?;
        Ok(Self {
            floor,
            properties,
            questions,
            shape: shape()?,
        })
    }

    /// The properties.
    #[must_use]
    pub fn properties(&self) -> &[Property] {
        &self.properties
    }

    /// The same, with those properties alone that are asked for by name.
    #[must_use]
    pub fn only(mut self, wanted: impl Fn(&str) -> bool) -> Self {
        self.properties.retain(|property| wanted(&property.id));
        self
    }

    /// Every property against the envelope of every question that it speaks of.
    ///
    /// What some forbids rule out, all of them rule out: a property is asked first of as few as may be enough, since the
    /// forbid that holds all bases of a regime is longer than all others together. What is never one of several
    /// situations is never any of them: those asked of the same forbids are asked at once. Where that is no proof each
    /// is asked alone, and only the whole floor refutes.
    ///
    /// # Errors
    /// [`SolverFault`] if the solver could not be asked.
    pub fn prove_all(&self) -> Result<Vec<Checked>, SolverFault> {
        let whole = self
            .envelope(self.floor.policies().policies())
            .map_err(SolverFault::Broken)?;
        let mut slices: BTreeMap<Slice, Vec<&Property>> = BTreeMap::new();
        for property in &self.properties {
            for action in &property.actions {
                slices
                    .entry(Slice::of(property, action))
                    .or_default()
                    .push(property);
            }
        }
        let groups: Vec<(&Slice, &[&Property])> = slices
            .iter()
            .flat_map(|(slice, properties)| properties.chunks(AT_ONCE).map(move |some| (slice, some)))
            .collect();
        let at_once = ask_all(&groups, |solver, (slice, properties)| {
            let begun = Instant::now();
            let proved = self.are_never(solver, slice, properties);
            (proved, begun.elapsed())
        })?;
        let mut checked = Vec::new();
        let mut open = Vec::new();
        for ((slice, properties), (proved, took)) in groups.into_iter().zip(at_once) {
            for property in properties {
                if proved {
                    checked.push(Checked {
                        id: property.id.clone(),
                        action: slice.action.clone(),
                        verdict: Verdict::Proved,
                        took: took / u32::try_from(properties.len()).unwrap_or(1),
                    });
                } else {
                    open.push((*property, slice));
                }
            }
        }
        checked.extend(ask_all(&open, |solver, (property, slice)| {
            let begun = Instant::now();
            Checked {
                id: property.id.clone(),
                action: slice.action.clone(),
                verdict: self.prove_one(solver, property, slice, &whole),
                took: begun.elapsed(),
            }
        })?);
        let places: BTreeMap<&str, usize> = self
            .properties
            .iter()
            .map(|one| one.id.as_str())
            .zip(0..)
            .collect();
        checked.sort_by(|one, other| {
            let place = |check: &Checked| places.get(check.id.as_str()).copied();
            (place(one), &one.action).cmp(&(place(other), &other.action))
        });
        Ok(checked)
    }

    /// Whether the forbids of a slice rule out all of these situations.
    fn are_never(&self, solver: &mut Solver, slice: &Slice, properties: &[&Property]) -> bool {
        let Some(question) = self.questions.get(&slice.action) else {
            return false;
        };
        let answer = self.of_slice(slice, question).and_then(|some| {
            let situations = PolicySet::from_policies(properties.iter().map(|one| one.policy().clone()))
                .map_err(|error| error.to_string())?;
            let situations = question.policies(&situations, self.floor.schema())?;
            self.common(solver, &some, &situations)
        });
        matches!(answer, Ok(None))
    }

    /// The envelope of some forbids: those of the question, and of the regimes that are asked about.
    fn of_slice(&self, slice: &Slice, question: &Question) -> Result<CompiledPolicySet, String> {
        let some = self
            .floor
            .policies()
            .policies()
            .filter(|policy| slice.holds(policy));
        question.policies(&self.envelope(some)?, self.floor.schema())
    }

    fn prove_one(
        &self,
        solver: &mut Solver,
        property: &Property,
        slice: &Slice,
        whole: &PolicySet,
    ) -> Verdict {
        let Some(question) = self.questions.get(&slice.action) else {
            return Verdict::Undecided("no such question".to_owned());
        };
        let situation = match question.policy(property.policy(), self.floor.schema()) {
            Ok(compiled) => compiled.into_compiled_policyset(),
            Err(error) => return Verdict::Undecided(error),
        };
        let alone = PolicySet::from_policies([property.policy().clone()]);
        let confirmed = |found: &Counterexample| {
            allows(whole, found) && alone.as_ref().is_ok_and(|alone| allows(alone, found))
        };
        if let Ok(some) = self.of_slice(slice, question) {
            match self.common(solver, &some, &situation) {
                Ok(None) => return Verdict::Proved,
                Ok(Some(found)) if confirmed(&found) => return Verdict::Refuted(Box::new(found)),
                _ => {}
            }
        }
        let compiled = match question.policies(whole, self.floor.schema()) {
            Ok(compiled) => compiled,
            Err(error) => return Verdict::Undecided(error),
        };
        match self.common(solver, &compiled, &situation) {
            Ok(None) => Verdict::Proved,
            Ok(Some(found)) if confirmed(&found) => Verdict::Refuted(Box::new(found)),
            Ok(Some(_)) => Verdict::Undecided("the solver's counterexample is none".to_owned()),
            Err(error) => Verdict::Undecided(error),
        }
    }

    /// No rule of the floor can fail while it is evaluated, whatever is asked.
    ///
    /// # Errors
    /// [`SolverFault`] if the solver could not be asked.
    pub fn never_errors(&self) -> Result<Vec<Checked>, SolverFault> {
        self.none_fails(self.floor.policies().policies())
    }

    /// None of these policies can fail while it is evaluated, whatever is asked.
    ///
    /// # Errors
    /// [`SolverFault`] if the solver could not be asked.
    pub fn none_fails<'p>(
        &self,
        policies: impl Iterator<Item = &'p Policy>,
    ) -> Result<Vec<Checked>, SolverFault> {
        let policies: Vec<&Policy> = policies.collect();
        let questions: Vec<(&Policy, &str, &Question)> = policies
            .iter()
            .flat_map(|policy| {
                self.questions
                    .iter()
                    .map(move |(action, question)| (*policy, action.as_str(), question))
            })
            .filter(|(policy, action, _)| speaks_of(policy, action))
            .collect();
        let mut found = ask_all(&questions, |solver, (policy, action, question)| {
            let begun = Instant::now();
            let verdict = match question.policy(policy, self.floor.schema()) {
                Ok(compiled) => {
                    let Solver { runtime, compiler } = solver;
                    let answer =
                        runtime.block_on(compiler.check_never_errors_with_counterexample_opt(&compiled));
                    match found(solver, answer) {
                        Ok(None) => Verdict::Proved,
                        Ok(Some(found)) => Verdict::Refuted(Box::new(found)),
                        Err(error) => Verdict::Undecided(error),
                    }
                }
                Err(error) => Verdict::Undecided(error),
            };
            Checked {
                id: policy.id().to_string(),
                action: (*action).to_owned(),
                verdict,
                took: begun.elapsed(),
            }
        })?;
        found.sort_by(|one, other| (&one.id, &one.action).cmp(&(&other.id, &other.action)));
        Ok(found)
    }

    /// Every basis can carry something past the forbids: none is dead.
    ///
    /// # Errors
    /// [`SolverFault`] if the solver could not be asked.
    pub fn bases(&self) -> Result<Vec<Checked>, SolverFault> {
        let broken = |error: String| SolverFault::Broken(error);
        let Some(question) = self.questions.get("carry") else {
            return Err(broken("the schema knows no `carry`".to_owned()));
        };
        let rules = on_large_stack(|| Templates::read().and_then(|templates| templates.policies()))?
            .map_err(|error| broken(error.to_string()))?;
        let forbids = rules
            .values()
            .filter(|rule| rule.effect() == Effect::Forbid && speaks_of(rule, "carry"));
        let open = self.envelope(forbids).map_err(broken)?;
        let compiled_open =
            on_large_stack(|| question.policies(&open, self.floor.schema()))?.map_err(broken)?;
        let bases: Vec<&Policy> = rules
            .values()
            .filter(|rule| rule.effect() == Effect::Permit && speaks_of(rule, "carry"))
            .collect();
        ask_all(&bases, |solver, basis| {
            let begun = Instant::now();
            let verdict = match question.policy(basis, self.floor.schema()) {
                Ok(compiled) => {
                    match self.common(solver, &compiled_open, &compiled.into_compiled_policyset()) {
                        Ok(Some(found)) if allows(&open, &found) => Verdict::Proved,
                        Ok(Some(_)) => Verdict::Undecided("the solver's example is none".to_owned()),
                        Ok(None) => Verdict::Undecided("it carries nothing: a dead rule".to_owned()),
                        Err(error) => Verdict::Undecided(error),
                    }
                }
                Err(error) => Verdict::Undecided(error),
            };
            Checked {
                id: basis.id().to_string(),
                action: "carry".to_owned(),
                verdict,
                took: begun.elapsed(),
            }
        })
    }

    /// Some of the floor, what questions are like, and a permit for whatever an agreement could allow.
    pub(super) fn envelope<'a>(&self, floor: impl Iterator<Item = &'a Policy>) -> Result<PolicySet, String> {
        let everything = Policy::parse(None, "permit (principal, action, resource);")
            .map_err(|error| error.to_string())?;
        let everything = everything.new_id(PolicyId::new("EVERYTHING"));
        PolicySet::from_policies(
            floor
                .cloned()
                .chain(self.shape.iter().cloned())
                .chain([everything]),
        )
        .map_err(|error| error.to_string())
    }

    /// A request that both sets allow.
    pub(super) fn common(
        &self,
        solver: &mut Solver,
        one: &CompiledPolicySet,
        other: &CompiledPolicySet,
    ) -> Result<Option<Counterexample>, String> {
        let Solver { runtime, compiler } = solver;
        let answer = runtime.block_on(compiler.check_disjoint_with_counterexample_opt(one, other));
        found(solver, answer)
    }

    /// A request that the first set allows and the second does not.
    pub(super) fn beyond(
        &self,
        solver: &mut Solver,
        one: &CompiledPolicySet,
        other: &CompiledPolicySet,
    ) -> Result<Option<Counterexample>, String> {
        let Solver { runtime, compiler } = solver;
        let answer = runtime.block_on(compiler.check_implies_with_counterexample_opt(one, other));
        found(solver, answer)
    }
}

/// Time-outs, unknowns and errors are no answers; after one, the process may be in any state.
fn found(
    solver: &mut Solver,
    answer: Result<Option<Env>, cedar_policy_symcc::err::Error>,
) -> Result<Option<Counterexample>, String> {
    match answer {
        Ok(found) => Ok(found.map(|found| Counterexample {
            request: found.request,
            entities: found.entities,
        })),
        Err(error) => {
            solver.restart().map_err(|fault| format!("{error}; {fault}"))?;
            Err(error.to_string())
        }
    }
}

pub(super) fn allows(policies: &PolicySet, found: &Counterexample) -> bool {
    let answer = Authorizer::new().is_authorized(&found.request, policies, &found.entities);
    answer.decision() == Decision::Allow && answer.diagnostics().errors().next().is_none()
}

/// Which part of the floor a property is asked of first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Slice {
    action: String,
    regimes: BTreeSet<String>,
}

impl Slice {
    fn of(property: &Property, action: &str) -> Self {
        Self {
            action: action.to_owned(),
            // A property of several questions is not about the bases of one.
            regimes: if property.actions.len() == 1 {
                property.regimes.clone()
            } else {
                BTreeSet::new()
            },
        }
    }

    fn holds(&self, policy: &Policy) -> bool {
        let id = policy.id().to_string();
        id.strip_prefix("REGIME/").map_or_else(
            || speaks_of(policy, &self.action),
            |regime| self.action == "carry" && self.regimes.contains(regime),
        )
    }
}
