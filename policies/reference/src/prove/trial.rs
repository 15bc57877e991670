//! The properties on trial: a floor that is weaker by one condition must break one of them.

use std::collections::BTreeMap;

use cedar_policy::{ActionConstraint, Effect, Policy, PolicyId, PolicySet};
use cedar_policy_symcc::CompiledPolicySet;

use super::envelope::{Counterexample, Prover, allows};
use super::question::Question;
use super::solver::{Solver, SolverFault, ask_all, on_large_stack};
use super::weaken::{Templates, Weakening};
use crate::floor::FloorError;

/// The questions, the cheapest first.
const ACTIONS: [&str; 6] = ["admit", "query", "clear", "proceeding", "share", "carry"];

/// What a weakening was found to do.
#[derive(Debug)]
pub enum Effectual {
    /// It breaks this property, as this request shows.
    Breaks(String, Box<Counterexample>),
    /// It lets nothing through that the floor does not: what it takes away is said elsewhere, too.
    LetsNothingThrough,
    /// It lets something through that no property speaks of: one is missing.
    Unseen(Box<Counterexample>),
    /// It is not known.
    Undecided(String),
}

/// One weakening and what came of it.
#[derive(Debug)]
pub struct Trial {
    /// What was weakened, and how.
    pub what: String,
    /// What came of it.
    pub effect: Effectual,
}

/// Which weakenings to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fineness {
    /// Each forbid removed, each basis opened: the largest there are.
    Rules,
    /// Each condition of each rule.
    Conditions,
    /// Each condition of each term.
    Terms,
}

/// The weakenings of the floor that is built in.
///
/// # Errors
/// [`FloorError`] if it cannot be read.
pub fn weakenings(fineness: Fineness) -> Result<Vec<Weakening>, FloorError> {
    on_large_stack(|| {
        let templates = Templates::read()?;
        match fineness {
            Fineness::Rules => templates.coarse(),
            Fineness::Conditions => templates.of_rules(),
            Fineness::Terms => templates.of_terms(),
        }
    })
    .map_err(|fault| FloorError::Invalid(fault.to_string()))?
}

struct Ground {
    question: Question,
    /// All properties that speak of the question.
    compiled_situations: CompiledPolicySet,
    whole: PolicySet,
    compiled_whole: CompiledPolicySet,
}

impl Prover {
    /// Tries each weakening.
    ///
    /// # Errors
    /// [`SolverFault`] if the solver could not be asked.
    pub fn try_all(&self, weakenings: &[Weakening]) -> Result<Vec<Trial>, SolverFault> {
        self.try_until(weakenings, &|| false, &|_| ())
    }

    /// Tries one weakening after the other until there was `enough`; those that were not tried are left out. Each is
    /// told as soon as it was tried.
    ///
    /// # Errors
    /// [`SolverFault`] if the solver could not be asked.
    pub fn try_until(
        &self,
        weakenings: &[Weakening],
        enough: &(dyn Fn() -> bool + Sync),
        tell: &(dyn Fn(&Trial) + Sync),
    ) -> Result<Vec<Trial>, SolverFault> {
        let broken = |error: String| SolverFault::Broken(error);
        let rules = on_large_stack(|| Templates::read().and_then(|templates| templates.policies()))?
            .map_err(|error| broken(error.to_string()))?;
        let grounds = on_large_stack(|| self.grounds(&rules))??;
        let tried = ask_all(weakenings, |solver, weakening| {
            (!enough()).then(|| {
                let trial = Trial {
                    what: weakening.what.clone(),
                    effect: self.attempt(solver, weakening, &rules, &grounds),
                };
                tell(&trial);
                trial
            })
        })?;
        Ok(tried.into_iter().flatten().collect())
    }

    fn grounds(
        &self,
        rules: &BTreeMap<String, Policy>,
    ) -> Result<BTreeMap<&'static str, Ground>, SolverFault> {
        let broken = |error: String| SolverFault::Broken(error);
        let mut grounds = BTreeMap::new();
        for action in ACTIONS {
            let Some(question) = self.questions.get(action).cloned() else {
                continue;
            };
            let mut situations = PolicySet::new();
            for property in self
                .properties
                .iter()
                .filter(|property| property.actions.contains(action))
            {
                situations
                    .add(property.policy().clone())
                    .map_err(|error| broken(error.to_string()))?;
            }
            let whole = whole(rules, &BTreeMap::new(), action, &self.shape).map_err(broken)?;
            let compile = |set: &PolicySet| question.policies(set, self.floor.schema()).map_err(broken);
            grounds.insert(
                action,
                Ground {
                    compiled_situations: compile(&situations)?,
                    compiled_whole: compile(&whole)?,
                    whole,
                    question,
                },
            );
        }
        Ok(grounds)
    }

    fn attempt(
        &self,
        solver: &mut Solver,
        weakening: &Weakening,
        rules: &BTreeMap<String, Policy>,
        grounds: &BTreeMap<&'static str, Ground>,
    ) -> Effectual {
        let mut wider = None;
        let touched = ACTIONS.iter().filter(|action| {
            weakening
                .changed
                .keys()
                .any(|id| rules.get(id).is_some_and(|rule| speaks_of(rule, action)))
        });
        let mut weaker = Vec::new();
        for action in touched {
            let Some(ground) = grounds.get(action) else {
                continue;
            };
            let set = match whole(rules, &weakening.changed, action, &self.shape) {
                Ok(set) => set,
                Err(error) => return Effectual::Undecided(error),
            };
            let compiled = match ground.question.policies(&set, self.floor.schema()) {
                Ok(compiled) => compiled,
                Err(error) => return Effectual::Undecided(error.to_string()),
            };
            match self.common(solver, &compiled, &ground.compiled_situations) {
                Ok(Some(found)) => {
                    let property = self
                        .properties
                        .iter()
                        .filter(|property| property.actions.contains(*action))
                        .find(|property| {
                            PolicySet::from_policies([property.policy().clone()])
                                .is_ok_and(|alone| allows(&alone, &found))
                        });
                    return match property {
                        Some(property) if allows(&set, &found) => {
                            Effectual::Breaks(property.id.clone(), Box::new(found))
                        }
                        _ => Effectual::Undecided("the solver's counterexample is none".to_owned()),
                    };
                }
                Ok(None) => weaker.push((ground, set, compiled)),
                Err(error) => return Effectual::Undecided(error),
            }
        }
        for (ground, set, compiled) in weaker {
            match self.beyond(solver, &compiled, &ground.compiled_whole) {
                Ok(None) => {}
                Ok(Some(found)) if allows(&set, &found) && !allows(&ground.whole, &found) => {
                    wider = Some(found);
                }
                Ok(Some(_)) => return Effectual::Undecided("the solver's counterexample is none".to_owned()),
                Err(error) => return Effectual::Undecided(error),
            }
        }
        wider.map_or(Effectual::LetsNothingThrough, |found| {
            Effectual::Unseen(Box::new(found))
        })
    }
}

/// What the floor comes to for one question, some rules changed: its forbids, and what carries or could be agreed.
fn whole(
    rules: &BTreeMap<String, Policy>,
    changed: &BTreeMap<String, Option<Policy>>,
    action: &str,
    shape: &[Policy],
) -> Result<PolicySet, String> {
    let only_bases = !changed.is_empty()
        && changed
            .keys()
            .all(|id| rules.get(id).is_some_and(|rule| rule.effect() == Effect::Permit));
    let mut set = PolicySet::new();
    for (id, rule) in rules.iter().filter(|(_, rule)| speaks_of(rule, action)) {
        let rule = match changed.get(id) {
            Some(None) => continue,
            Some(Some(other)) => other,
            // What the other bases carry is proved already.
            None if only_bases && rule.effect() == Effect::Permit => continue,
            None => rule,
        };
        set.add(rule.clone()).map_err(|error| error.to_string())?;
    }
    for policy in shape.iter().filter(|policy| speaks_of(policy, action)) {
        set.add(policy.clone()).map_err(|error| error.to_string())?;
    }
    if action == "carry" && !only_bases {
        // What no regime binds meets no forbid that asks for a basis.
        let untagged = "permit (principal, action, resource) when { context.regime == Regime::\"absent\" };";
        set.add(Policy::parse(Some(PolicyId::new("UNTAGGED")), untagged).map_err(|error| error.to_string())?)
            .map_err(|error| error.to_string())?;
    }
    if action != "carry" {
        set.add(
            Policy::parse(None, "permit (principal, action, resource);")
                .map_err(|error| error.to_string())?,
        )
        .map_err(|error| error.to_string())?;
    }
    Ok(set)
}

/// Whether a rule speaks of a question. The envelope's own permits are left out: everything could be agreed.
pub(super) fn speaks_of(rule: &Policy, action: &str) -> bool {
    if rule.id().to_string().starts_with("ENVELOPE/") {
        return false;
    }
    match rule.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(one) => one.id().unescaped() == action,
        ActionConstraint::In(several) => several.iter().any(|one| one.id().unescaped() == action),
    }
}
