//! Facts that one rule of the floor, or one condition of a rule, alone decides: what it forbids would else be released,
//! what it carries would else be withheld. Both engines have to see them so; a rule or a condition that one of them lost
//! would show.

use super::envelope::{Prover, allows};
use super::facts::facts;
use super::situation::{RELIED_ON, Situations, View};
use super::solver::{Solver, SolverFault, ask_all, on_large_stack};
use super::trial::speaks_of;
use super::weaken::Weakening;
use crate::engine::ReferenceEngine;
use crate::floor::{Floor, FloorError, FloorRule, RuleKind, any_of, both, conditions_of};
use crate::words::ABSENT;
use cedar_policy::{Effect, Policy, PolicySet};
use gateway_types::vocabulary::{Regime, Word as _};
use policies::Agreements;
use policies::facts::Facts;

/// What came of the search for a rule or a condition.
#[derive(Debug)]
pub struct Witness {
    /// The rule, or what is done to one of its conditions.
    pub of: String,
    /// Whether the facts go, as the law stands.
    pub goes: bool,
    /// The facts, or why there are none.
    pub facts: Result<Box<Facts>, String>,
}

/// Two floors that differ in some rules: facts are wanted that go by the one and not by the other.
struct Difference {
    of: String,
    /// Whether they go by the floor as it is.
    goes: bool,
    open: Floor,
    closed: Floor,
    changed: Vec<String>,
}

/// The questions that a document may help with. What is shared without a document needs none here.
const ABOUT: [&str; 4] = ["carry", "clear", "proceeding", "query"];
/// Under how many regimes a forbid is looked for.
const MOST_REGIMES: usize = 6;

impl Prover {
    /// Searches facts for each rule that is wanted.
    ///
    /// # Errors
    /// [`SolverFault`] if the solver could not be asked.
    pub fn witnesses(
        &self,
        wanted: &(dyn Fn(&str) -> bool + Sync),
        tell: &(dyn Fn(&Witness) + Sync),
    ) -> Result<Vec<Witness>, SolverFault> {
        let rules: Vec<&FloorRule> = self
            .floor
            .rules()
            .iter()
            .filter(|rule| rule.kind != RuleKind::Envelope && wanted(&rule.id))
            .collect();
        self.search(
            &rules,
            |rule| {
                let without = self.floor.bent(&[(rule.id.clone(), None)].into())?;
                let goes = rule.kind == RuleKind::Basis;
                let (open, closed) = if goes {
                    (self.floor.clone(), without)
                } else {
                    (without, self.floor.clone())
                };
                Ok(Difference {
                    of: rule.id.clone(),
                    goes,
                    open,
                    closed,
                    changed: vec![rule.id.clone()],
                })
            },
            tell,
        )
    }

    /// Searches facts for each weakening: withheld as the law stands, released where it is weaker by this.
    ///
    /// # Errors
    /// [`SolverFault`] if the solver could not be asked.
    pub fn witnesses_of(
        &self,
        weakenings: &[&Weakening],
        tell: &(dyn Fn(&Witness) + Sync),
    ) -> Result<Vec<Witness>, SolverFault> {
        self.search(
            weakenings,
            |weakening| {
                Ok(Difference {
                    of: weakening.what.clone(),
                    goes: false,
                    open: self.floor.bent(&weakening.changed)?,
                    closed: self.floor.clone(),
                    changed: weakening.changed.keys().cloned().collect(),
                })
            },
            tell,
        )
    }

    fn search<Q: Sync>(
        &self,
        wanted: &[Q],
        difference: impl Fn(&Q) -> Result<Difference, FloorError> + Sync,
        tell: &(dyn Fn(&Witness) + Sync),
    ) -> Result<Vec<Witness>, SolverFault> {
        let broken = |error: FloorError| SolverFault::Broken(error.to_string());
        let situations = on_large_stack(Situations::new)?.map_err(broken)?;
        let engine = on_large_stack(|| ReferenceEngine::with_floor(self.floor.clone(), &Agreements::none()))?
            .map_err(broken)?;
        ask_all(wanted, |solver, one| {
            let witness = match difference(one) {
                Ok(difference) => Witness {
                    facts: self
                        .shown(solver, &situations, &engine, &difference)
                        .map(Box::new),
                    goes: difference.goes,
                    of: difference.of,
                },
                Err(error) => Witness {
                    of: String::new(),
                    goes: false,
                    facts: Err(error.to_string()),
                },
            };
            tell(&witness);
            witness
        })
    }

    fn shown(
        &self,
        solver: &mut Solver,
        situations: &Situations,
        engine: &ReferenceEngine,
        difference: &Difference,
    ) -> Result<Facts, String> {
        let mut why = NONE.to_owned();
        for regime in difference.regimes() {
            let modes: &[Asked] = if regime == Regime::Vsp.code() {
                &[Asked::WithoutPapers, Asked::WithTheConsent]
            } else {
                &[Asked::WithoutPapers]
            };
            for mode in modes {
                let open = released(situations, &difference.open, regime, *mode)?;
                let compiled = situations.question.policies(&open, &situations.schema)?;
                for care in [Care::ForWhatItNames, Care::ForAll] {
                    let closed = withheld(situations, difference, regime, *mode, care)?;
                    let other = situations.question.policies(&closed, &situations.schema)?;
                    let Some(found) = self.common(solver, &compiled, &other)? else {
                        break;
                    };
                    if !allows(&open, &found) || !allows(&closed, &found) {
                        "the solver's example is none".clone_into(&mut why);
                        break;
                    }
                    let context = found
                        .request
                        .context()
                        .and_then(|context| context.to_json_value().ok());
                    let category = found.request.resource().map(|category| category.id().unescaped());
                    let (Some(context), Some(category)) = (context, category) else {
                        continue;
                    };
                    match facts(&context, category).and_then(|facts| confirmed(engine, difference, facts)) {
                        Ok(facts) => return Ok(facts),
                        Err(error) => why = error,
                    }
                }
            }
        }
        Err(why)
    }
}

const NONE: &str =
    "no request of one element, one recipient and one paper of each kind is decided by it alone";

/// Whether facts are decided otherwise where some rules are as a weakening has them: what goes or stays, in the reference
/// engine, asking with whatever papers there are.
///
/// # Errors
/// [`FloorError`] if the rules, or the facts, cannot be brought into Cedar.
pub fn is_decided_by(
    engine: &ReferenceEngine,
    weakening: &Weakening,
    facts: &Facts,
) -> Result<bool, FloorError> {
    let goes = |engine: &ReferenceEngine| -> Result<Vec<bool>, FloorError> {
        let decision = engine.decide(facts)?;
        let elements = decision.elements.iter();
        Ok(elements.map(|element| element.withheld_by.is_empty()).collect())
    };
    let is = goes(engine)?;
    let floor = engine.floor().bent(&weakening.changed)?;
    Ok(goes(&engine.bent_alike(&floor)?)? != is || goes(&engine.bent(&floor)?)? != is)
}

/// How the question to a victim service provider is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    WithoutPapers,
    WithTheConsent,
}

/// For which papers it is seen to that nothing goes without them either.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Those that the rule speaks of.
    ForWhatItNames,
    /// All, and the consent looked at for whoever else.
    ForAll,
}

impl Difference {
    /// The regimes under which it is looked for: those that it names, then some that bind most.
    fn regimes(&self) -> Vec<&'static str> {
        let rules: Vec<&FloorRule> = self
            .changed
            .iter()
            .filter_map(|id| self.closed.rule(id).or(self.open.rule(id)))
            .collect();
        let of_bases: Vec<Regime> = Regime::ALL
            .iter()
            .copied()
            .filter(|regime| rules.iter().any(|rule| rule.regimes.contains(regime)))
            .collect();
        let forbids = rules.iter().any(|rule| rule.kind == RuleKind::Forbid);
        let mut all: Vec<&'static str> = of_bases.iter().map(|regime| regime.code()).collect();
        if !forbids {
            return all;
        }
        let text: String = rules.iter().map(|rule| rule.text()).collect();
        let codes = Regime::ALL.iter().map(|regime| regime.code()).chain([ABSENT]);
        all.extend(codes.filter(|code| text.contains(&format!("Regime::\"{code}\""))));
        for regime in [
            Regime::Hipaa,
            Regime::P2,
            Regime::Hmis,
            Regime::Cadx,
            Regime::Vsp,
            Regime::Sudn,
        ] {
            if !all.contains(&regime.code()) {
                all.push(regime.code());
            }
        }
        all.truncate(MOST_REGIMES);
        all
    }
}

fn view<'v>(action: &'v str, regime: &'v str, mode: Asked) -> View<'v> {
    View {
        action,
        regime: (action == "carry").then_some(regime),
        without: match (action, mode) {
            ("query", Asked::WithTheConsent) => RELIED_ON
                .iter()
                .copied()
                .filter(|paper| *paper != "consent")
                .collect(),
            ("query", Asked::WithoutPapers) => RELIED_ON.to_vec(),
            _ => Vec::new(),
        },
        relied_on: (action == "query").then_some("question"),
    }
}

/// Every situation that a floor lets go under a regime.
fn released(situations: &Situations, floor: &Floor, regime: &str, mode: Asked) -> Result<PolicySet, String> {
    let failed = |error: FloorError| error.to_string();
    let everything =
        Policy::parse(None, "permit (principal, action, resource);").map_err(|error| error.to_string())?;
    let mut all = vec![everything, situations.under(regime).map_err(failed)?];
    all.extend(situations.form.iter().cloned());
    for policy in floor
        .policies()
        .policies()
        .filter(|policy| concerns(policy, regime))
    {
        let condition = conditions_of(policy).map_err(failed)?;
        for action in ["admit"]
            .iter()
            .chain(&ABOUT)
            .filter(|action| speaks_of(policy, action))
        {
            let seen = situations.seen(&condition, &view(action, regime, mode));
            let id = format!("{} {action}", policy.id());
            all.push(situations.policy(&id, "forbid", &seen).map_err(failed)?);
        }
    }
    PolicySet::from_policies(all).map_err(|error| error.to_string())
}

/// Whether a policy forbids something under this regime.
fn concerns(policy: &Policy, regime: &str) -> bool {
    policy.effect() == Effect::Forbid
        && policy
            .id()
            .to_string()
            .strip_prefix("REGIME/")
            .is_none_or(|named| named == regime)
}

/// Every situation that the closed floor keeps by the rules that differ, whichever paper is left away: as permits.
fn withheld(
    situations: &Situations,
    difference: &Difference,
    regime: &str,
    mode: Asked,
    care: Care,
) -> Result<PolicySet, String> {
    let failed = |error: FloorError| error.to_string();
    let changed = |policy: &Policy| {
        let id = policy.id().to_string();
        match id.strip_prefix("REGIME/") {
            None => difference.changed.contains(&id),
            // What a regime asks for is changed with a basis of it.
            Some(named) => difference.changed.iter().any(|id| {
                let basis = difference.open.rule(id).or(difference.closed.rule(id));
                basis.is_some_and(|rule| rule.regimes.iter().any(|regime| regime.code() == named))
            }),
        }
    };
    let mut permits = Vec::new();
    for action in ["admit"].iter().chain(&ABOUT) {
        let mut fires = Vec::new();
        let mut any = Vec::new();
        let mut named = String::new();
        for policy in difference.closed.policies().policies() {
            if !concerns(policy, regime) || !speaks_of(policy, action) {
                continue;
            }
            let condition = conditions_of(policy).map_err(failed)?;
            let is_of_bases = policy.id().to_string().starts_with("REGIME/");
            if changed(policy) {
                fires.push(condition.clone());
                if !is_of_bases {
                    named.push_str(&policy.to_cedar().unwrap_or_default());
                }
                any.push(condition);
            } else if *action != "carry" || is_of_bases || condition.to_string().contains("reliedOn") {
                // With fewer papers only a basis can be wanting; with the consent for somebody else, its use for them too.
                any.push(condition);
            }
        }
        if fires.is_empty() {
            continue;
        }
        let base = view(action, regime, mode);
        let mut condition = situations.seen(&any_of(fires), &base);
        if *action != "admit" {
            let any = any_of(any);
            for other in otherwise(&base, &named, care) {
                condition = both(condition, situations.seen(&any, &other));
            }
        }
        permits.push(situations.policy(action, "permit", &condition).map_err(failed)?);
    }
    PolicySet::from_policies(permits).map_err(|error| error.to_string())
}

/// The other ways to ask the same, with fewer papers or with the consent for somebody else.
fn otherwise<'v>(base: &View<'v>, named: &str, care: Care) -> Vec<View<'v>> {
    let mut all = Vec::new();
    for paper in RELIED_ON {
        if (care == Care::ForAll || named.contains(&format!("context.{paper}")))
            && !base.without.contains(&paper)
        {
            let mut other = base.clone();
            other.without.push(paper);
            all.push(other);
        }
    }
    if base.action != "query" && care == Care::ForAll {
        for whose in ["recipient", "holder"] {
            let mut other = base.clone();
            other.relied_on = Some(whose);
            all.push(other);
        }
    }
    all
}

/// Whether the element goes by the one floor and not by the other, in the reference engine.
fn confirmed(engine: &ReferenceEngine, difference: &Difference, facts: Facts) -> Result<Facts, String> {
    let by = |floor: &Floor| -> Result<Vec<String>, String> {
        let engine = engine.bent(floor).map_err(|error| error.to_string())?;
        let decision = engine.decide(&facts).map_err(|error| error.to_string())?;
        let element = decision.elements.first().ok_or("no element")?;
        Ok(element.withheld_by.iter().cloned().collect())
    };
    let (open, closed) = (by(&difference.open)?, by(&difference.closed)?);
    if open.is_empty() && !closed.is_empty() {
        return Ok(facts);
    }
    let told = |by: &[String]| {
        if by.is_empty() {
            "it goes".to_owned()
        } else {
            format!("it stays by {}", by.join(", "))
        }
    };
    Err(format!(
        "as facts it is decided otherwise: where it should go {}, where it should stay {}",
        told(&open),
        told(&closed)
    ))
}
