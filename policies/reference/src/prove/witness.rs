//! For each rule of the floor, facts that only this rule decides: what it forbids would else be released, what it
//! carries would else be withheld. Both engines have to see them so; a rule that one of them lost would show.

use cedar_policy::{Policy, PolicyId, PolicySet};
use gateway_types::vocabulary::{Regime, Word as _};
use policies::Agreements;
use policies::facts::Facts;
use serde_json::{Value, json};

use super::envelope::{Prover, allows};
use super::facts::facts;
use super::release::{ABOUT_ELEMENTS, Examples, Release, moved, moved_to};
use super::solver::{Solver, SolverFault, ask_all, on_large_stack};
use super::trial::speaks_of;
use crate::engine::ReferenceEngine;
use crate::floor::{FloorError, FloorRule, RuleKind};

/// What came of the search for a rule.
#[derive(Debug)]
pub struct Witness {
    /// The rule.
    pub rule: String,
    /// Whether it forbids, or carries.
    pub kind: RuleKind,
    /// The facts, or why there are none.
    pub facts: Result<Box<Facts>, String>,
}

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
        let broken = |error: FloorError| SolverFault::Broken(error.to_string());
        let release = on_large_stack(|| Release::of(&self.floor))?.map_err(broken)?;
        let whole = on_large_stack(|| ReferenceEngine::with_floor(self.floor.clone(), &Agreements::none()))?
            .map_err(broken)?;
        let rules: Vec<&FloorRule> = self
            .floor
            .rules()
            .iter()
            .filter(|rule| rule.kind != RuleKind::Envelope && wanted(&rule.id))
            .collect();
        ask_all(&rules, |solver, rule| {
            let witness = Witness {
                rule: rule.id.clone(),
                kind: rule.kind,
                facts: self.witness(solver, &release, &whole, rule).map(Box::new),
            };
            tell(&witness);
            witness
        })
    }

    fn witness(
        &self,
        solver: &mut Solver,
        release: &Release,
        whole: &ReferenceEngine,
        rule: &FloorRule,
    ) -> Result<Facts, String> {
        let failed = |error: FloorError| error.to_string();
        let lacking =
            ReferenceEngine::with_floor(self.floor.without(&rule.id).map_err(failed)?, &Agreements::none())
                .map_err(failed)?;
        let regimes: Vec<Regime> = if rule.kind == RuleKind::Basis {
            rule.regimes.clone()
        } else {
            regimes_of(&rule.text())
        };
        if rule.kind == RuleKind::Forbid {
            // Where nothing outright leaves it to this rule, no regime does.
            let open = release.outright_but(Examples::Facts, &rule.id).map_err(failed)?;
            let open = release.question.policies(&open, &release.schema)?;
            let fires = self.decisive(rule, Regime::Hipaa, Bare::NotAsked)?;
            let fires = release.question.policies(&fires, &release.schema)?;
            if self.common(solver, &open, &fires)?.is_none() {
                return Err("no simple request is left to it by the other prohibitions".to_owned());
            }
        }
        let mut why = "no simple request is decided by it alone".to_owned();
        for bare in [Bare::Without, Bare::NotAsked] {
            for regime in &regimes {
                let floor = release
                    .under(regime.code(), Examples::Facts, |other| other != rule.id)
                    .map_err(failed)?;
                let decisive = self.decisive(rule, *regime, bare)?;
                let compiled = release.question.policies(&floor, &release.schema)?;
                let other = release.question.policies(&decisive, &release.schema)?;
                let Some(found) = self.common(solver, &compiled, &other)? else {
                    continue;
                };
                if !allows(&floor, &found) || !allows(&decisive, &found) {
                    "the solver's example is none".clone_into(&mut why);
                    continue;
                }
                let context = found
                    .request
                    .context()
                    .and_then(|context| context.to_json_value().ok());
                let category = found.request.resource().map(|category| category.id().unescaped());
                let (Some(context), Some(category)) = (context, category) else {
                    continue;
                };
                match facts(&context, category).and_then(|facts| confirmed(rule, whole, &lacking, facts)) {
                    Ok(facts) => return Ok(facts),
                    Err(error) => why = error,
                }
            }
        }
        Err(why)
    }

    /// The requests that a rule decides under a regime, as permits of them.
    fn decisive(&self, rule: &FloorRule, regime: Regime, bare: Bare) -> Result<PolicySet, String> {
        let failed = |error: FloorError| error.to_string();
        let mut permits = Vec::new();
        if rule.kind == RuleKind::Basis {
            let lacking = self.floor.regime_without(regime, &rule.id).map_err(failed)?;
            permits.push(as_permit(&lacking, "carry", None)?);
        } else {
            let id = format!("REGIME/{}", regime.code());
            let without = self
                .floor
                .policies()
                .policies()
                .find(|policy| policy.id().to_string() == id);
            for action in ["admit"].iter().chain(&ABOUT_ELEMENTS) {
                if speaks_of(rule.policy(), action) {
                    let papers = matches!(*action, "carry" | "clear" | "proceeding");
                    let bare = match bare {
                        Bare::Without if papers && *action == "carry" => without,
                        Bare::Without | Bare::NotAsked => None,
                    };
                    permits.push(as_permit(rule.policy(), action, bare)?);
                }
            }
        }
        PolicySet::from_policies(permits).map_err(|error| error.to_string())
    }
}

/// The regimes under which a forbid is looked for: those it names, then some that bind most.
fn regimes_of(text: &str) -> Vec<Regime> {
    let named = Regime::ALL
        .iter()
        .copied()
        .filter(|regime| text.contains(&format!("Regime::\"{}\"", regime.code())));
    let mut all: Vec<Regime> = named.collect();
    for regime in [Regime::Hipaa, Regime::P2, Regime::Hmis, Regime::Cadx, Regime::Vsp] {
        if !all.contains(&regime) {
            all.push(regime);
        }
    }
    all.truncate(MOST_REGIMES);
    all
}

/// Under how many regimes a forbid is looked for.
const MOST_REGIMES: usize = 6;

/// Whether nothing may carry the element without the papers of the basis.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bare {
    Without,
    NotAsked,
}

const NO_CONSENT: &str =
    "permit (principal, action, resource) when { context.query.consent.kind == ConsentKind::\"absent\" };";

/// The situations in which a forbid fires, as a permit; with `bare`, only those that this fires in, too, when no paper
/// is shown.
fn as_permit(policy: &Policy, action: &str, bare: Option<&Policy>) -> Result<Policy, String> {
    let id = format!("{} {action}", policy.id());
    let policy = moved(policy, action, &id).map_err(|error| error.to_string())?;
    let mut tree = policy.to_json().map_err(|error| error.to_string())?;
    if let Some(bare) = bare {
        // The question about the question rests on a consent for victim-service data alone: elsewhere its copy is free.
        let none = Policy::parse(None, NO_CONSENT).map_err(|error| error.to_string())?;
        let bare = moved_to(bare, "carry", "bare", &|paper| {
            let is_consent = matches!(paper, "consent" | "revocation");
            if is_consent { "query" } else { "carry" }.to_owned()
        })
        .map_err(|error| error.to_string())?;
        for more in [none, bare] {
            let more = more.to_json().map_err(|error| error.to_string())?;
            let more = more
                .get("conditions")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            if let Some(conditions) = tree.get_mut("conditions").and_then(Value::as_array_mut) {
                conditions.extend(more);
            }
        }
    }
    if let Some(map) = tree.as_object_mut() {
        map.insert("effect".to_owned(), json!("permit"));
    }
    Policy::from_json(Some(PolicyId::new(id)), tree).map_err(|error| error.to_string())
}

/// Whether the element goes with the rule and not without, or the other way round, in the reference engine.
fn confirmed(
    rule: &FloorRule,
    whole: &ReferenceEngine,
    lacking: &ReferenceEngine,
    facts: Facts,
) -> Result<Facts, String> {
    let goes = |engine: &ReferenceEngine| -> Result<bool, String> {
        let decision = engine.decide(&facts).map_err(|error| error.to_string())?;
        Ok(decision
            .elements
            .first()
            .is_some_and(|element| element.withheld_by.is_empty()))
    };
    let expected = if rule.kind == RuleKind::Basis {
        (true, false)
    } else {
        (false, true)
    };
    let found = (goes(whole)?, goes(lacking)?);
    if found == expected {
        return Ok(facts);
    }
    let by = whole.decide(&facts).map_err(|error| error.to_string())?;
    let without = lacking.decide(&facts).map_err(|error| error.to_string())?;
    let names = |decision: &crate::engine::ReferenceDecision| {
        decision
            .elements
            .first()
            .map(|element| element.withheld_by.iter().cloned().collect::<Vec<_>>().join(", "))
            .unwrap_or_default()
    };
    Err(format!(
        "as facts it is decided otherwise: with the rule {}, without it {}",
        told(found.0, &names(&by)),
        told(found.1, &names(&without))
    ))
}

fn told(goes: bool, by: &str) -> String {
    if goes {
        "it goes".to_owned()
    } else {
        format!("it stays by {by}")
    }
}
