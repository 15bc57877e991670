//! Each clause of a set of agreements, exactly: can it ever let anything go, and does it say anything that no other
//! clause says?
//!
//! The solver is not asked about each clause. The floor names no agency and no moment, it only compares them: renaming
//! agencies and moving times changes no answer of it. So what a clause demands, for one purpose and one category, is
//! asked once, of any two agencies at any time; and what was found of one demand is used for all that it reaches. An
//! example counts when Cedar's authorizer allows it under the whole floor; that there is none counts when the solver
//! proves it for more than is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cedar_policy::{
    Context, Entities, EntityId, EntityTypeName, EntityUid, Policy, PolicyId, PolicySet, Request,
};
use cedar_policy_symcc::CompiledPolicySet;
use gateway_types::AgencyId;
use gateway_types::vocabulary::{Category, PurposeOfUse, Regime, Role, Word as _, WordSet};
use policies::Agreements;
use policies::mou::Condition;
use serde_json::{Value, json};

use super::envelope::{Counterexample, Prover, allows};
use super::example::Example;
use super::reach::{Bars, Demands, Reach};
use super::release::{Examples, Release, moved};
use super::solver::{Solver, SolverFault, ask_all, on_large_stack};
use crate::clauses::{all_of, demands, for_purpose};
use crate::floor::{FloorError, any_of};
use crate::words::type_name;

/// What is wrong with a clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its agreement ends before it begins.
    NeverInForce,
    /// Nobody is left to share with.
    NobodyToShareWith,
    /// Promises of the set keep back all of it from everybody.
    Promised,
    /// The law never lets anything go by it that needs an agreement.
    Dead,
    /// Whatever it permits, another clause permits too.
    Shadowed {
        /// The other's agreement.
        agreement: String,
        /// The other clause.
        clause: String,
    },
    /// These of its categories never go by it; others do.
    Withheld(WordSet<Category>),
    /// For these of its purposes nothing goes by it; for others something does.
    Purposeless(WordSet<PurposeOfUse>),
    /// The solver gave no answer about some of it.
    Undecided(String),
}

/// A fault and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The agreement.
    pub agreement: String,
    /// The clause.
    pub clause: String,
    /// What is wrong.
    pub fault: Fault,
}

/// What came of looking at a set.
#[derive(Debug)]
pub struct Linted {
    /// How many clauses were looked at.
    pub clauses: usize,
    /// What was found, in the order of the set.
    pub findings: Vec<Finding>,
    /// How many questions the solver was asked.
    pub asked: usize,
    /// How many examples were found.
    pub examples: usize,
}

/// The floor as one question, by what is asked of it.
struct Ground<'p> {
    prover: &'p Prover,
    release: Release,
    /// Without bases: what forbids at all. Whatever this rules out is never released.
    light: CompiledPolicySet,
    /// The same for plain examples.
    light_plain: CompiledPolicySet,
    /// Under one regime, and whether plain.
    under: BTreeMap<(&'static str, bool), OnceLock<Result<Under, String>>>,
    /// The types of who asks, of what is asked and of what it is about.
    kinds: [EntityTypeName; 3],
    known: Mutex<Known>,
}

/// What was found so far.
#[derive(Default)]
struct Known {
    examples: BTreeMap<(PurposeOfUse, Category), Vec<Example>>,
    dead: BTreeMap<(PurposeOfUse, Category), Vec<Demands>>,
    asked: usize,
    count: usize,
    patterns: Vec<Pattern>,
    /// Of a pattern, for a purpose, a role and conditions: the categories that were tried, and those that go.
    fits: BTreeMap<Fit, (WordSet<Category>, WordSet<Category>)>,
    /// The regime under which the last example was found.
    last: usize,
}

type Under = (PolicySet, CompiledPolicySet);
type Fit = (usize, PurposeOfUse, Option<Role>, Vec<Condition>);

/// What the solver found, every document widened.
#[derive(Clone)]
struct Pattern {
    number: usize,
    regime: &'static str,
    context: Arc<Value>,
}

type Cells = BTreeMap<PurposeOfUse, WordSet<Category>>;

impl Prover {
    /// Looks at each clause of a set.
    ///
    /// # Errors
    /// [`SolverFault`] if the solver could not be asked.
    pub fn lint(&self, agreements: &Agreements) -> Result<Linted, SolverFault> {
        let reaches: Vec<Reach> = agreements
            .all()
            .iter()
            .enumerate()
            .flat_map(|(at, agreement)| {
                let clauses = agreement.clauses().iter().enumerate();
                clauses.map(move |(place, clause)| Reach::of(agreement, at, clause, place))
            })
            .collect();
        let bars = Bars::of(agreements.all());
        let ground =
            on_large_stack(|| Ground::of(self))?.map_err(|error| SolverFault::Broken(error.to_string()))?;
        let alive = ask_all(&reaches, |solver, reach| ground.faults(solver, reach, &bars))?;
        let by_pair = by_pair(&reaches);
        let name = |reach: &Reach| {
            let agreement = agreements.all().get(reach.agreement);
            let clause = agreement.and_then(|agreement| agreement.clauses().get(reach.clause));
            (
                agreement.map_or_else(String::new, |agreement| agreement.id().to_string()),
                clause.map_or_else(String::new, |clause| clause.id.clone()),
            )
        };
        let mut findings = Vec::new();
        for (place, (reach, faults)) in reaches.iter().zip(alive).enumerate() {
            let (agreement, clause) = name(reach);
            let mut add = |fault| {
                findings.push(Finding {
                    agreement: agreement.clone(),
                    clause: clause.clone(),
                    fault,
                });
            };
            let is_dead = faults.iter().any(|fault| {
                matches!(
                    fault,
                    Fault::NeverInForce | Fault::NobodyToShareWith | Fault::Promised | Fault::Dead
                )
            });
            faults.into_iter().for_each(&mut add);
            if is_dead {
                continue;
            }
            if let Some(other) = shadow(place, &reaches, &by_pair) {
                let (agreement, clause) = name(other);
                add(Fault::Shadowed { agreement, clause });
            }
        }
        let known = ground.known.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Linted {
            clauses: reaches.len(),
            findings,
            asked: known.asked,
            examples: known.count,
        })
    }
}

/// The clauses by the pairs of agencies they are about.
fn by_pair(reaches: &[Reach]) -> BTreeMap<(&AgencyId, &AgencyId), Vec<usize>> {
    let mut found: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (place, reach) in reaches.iter().enumerate() {
        for pair in reach.pairs() {
            found.entry(pair).or_default().push(place);
        }
    }
    found
}

/// The first clause that permits all that this one permits; of two that say the same, the earlier stands.
fn shadow<'r>(
    place: usize,
    reaches: &'r [Reach],
    by_pair: &BTreeMap<(&AgencyId, &AgencyId), Vec<usize>>,
) -> Option<&'r Reach> {
    let reach = reaches.get(place)?;
    let fewest = reach
        .pairs()
        .filter_map(|pair| by_pair.get(&pair))
        .min_by_key(|others| others.len())?;
    fewest
        .iter()
        .filter(|other| **other != place)
        .filter_map(|other| Some((*other, reaches.get(*other)?)))
        .find(|(other, wider)| reach.within(wider) && (*other < place || !wider.within(reach)))
        .map(|(_, wider)| wider)
}

impl<'p> Ground<'p> {
    fn of(prover: &'p Prover) -> Result<Self, FloorError> {
        let release = Release::of(&prover.floor)?.needing_agreements(prover.floor.no_agreement())?;
        let light = |examples| {
            release
                .question
                .policies(&release.outright(examples)?, &release.schema)
                .map_err(FloorError::Invalid)
        };
        let under = Regime::ALL
            .iter()
            .flat_map(|regime| [(regime.code(), true), (regime.code(), false)])
            .map(|key| (key, OnceLock::new()))
            .collect();
        Ok(Self {
            kinds: [type_name("Agency")?, type_name("Action")?, type_name("Category")?],
            known: Mutex::default(),
            light: light(Examples::All)?,
            light_plain: light(Examples::Plain)?,
            prover,
            release,
            under,
        })
    }

    /// What is wrong with a clause by itself.
    fn faults(&self, solver: &mut Solver, reach: &Reach, bars: &Bars) -> Vec<Fault> {
        if !reach.has_time() {
            return vec![Fault::NeverInForce];
        }
        if reach.pairs().next().is_none() {
            return vec![Fault::NobodyToShareWith];
        }
        let open = bars.leave_open(reach);
        if open.is_empty() {
            return vec![Fault::Promised];
        }
        let mut categories = WordSet::EMPTY;
        let mut purposes = WordSet::EMPTY;
        loop {
            self.take_known(&open, &reach.demands, &mut categories, &mut purposes);
            let left = self.left(&open, &reach.demands, categories, purposes);
            if left.is_empty() {
                break;
            }
            if let Err(why) = self.settle(solver, &left, &reach.demands) {
                return vec![Fault::Undecided(why)];
            }
        }
        if categories.is_empty() {
            return vec![Fault::Dead];
        }
        let mut faults = Vec::new();
        let withheld = reach.share.difference(categories);
        if !withheld.is_empty() {
            faults.push(Fault::Withheld(withheld));
        }
        let purposeless = reach.purposes.difference(purposes);
        if !purposeless.is_empty() {
            faults.push(Fault::Purposeless(purposeless));
        }
        faults
    }

    /// The categories that go, and the purposes for which something does, as far as examples are known.
    fn take_known(
        &self,
        open: &Cells,
        demands: &Demands,
        categories: &mut WordSet<Category>,
        purposes: &mut WordSet<PurposeOfUse>,
    ) {
        let known = self.known();
        for (purpose, cells) in open {
            for category in cells.iter() {
                if categories.contains(category) && purposes.contains(*purpose) {
                    continue;
                }
                let fits = known
                    .examples
                    .get(&(*purpose, category))
                    .is_some_and(|examples| examples.iter().any(|example| example.meets(demands)));
                if fits {
                    categories.insert(category);
                    purposes.insert(*purpose);
                }
            }
        }
    }

    /// What is neither shown to go nor known not to.
    fn left(
        &self,
        open: &Cells,
        demands: &Demands,
        categories: WordSet<Category>,
        purposes: WordSet<PurposeOfUse>,
    ) -> Cells {
        let known = self.known();
        let mut left = Cells::new();
        for (purpose, cells) in open {
            for category in cells.iter() {
                let shown = categories.contains(category) && purposes.contains(*purpose);
                let dead = known
                    .dead
                    .get(&(*purpose, category))
                    .is_some_and(|dead| dead.iter().any(|wider| demands.imply(wider)));
                if !shown && !dead {
                    left.entry(*purpose).or_insert(WordSet::EMPTY).insert(category);
                }
            }
        }
        left
    }

    /// Finds one example more, or that there is none of all that is left.
    fn settle(&self, solver: &mut Solver, left: &Cells, demands: &Demands) -> Result<(), String> {
        let clause = self.clause(left, demands)?;
        if self.fitted(left, demands)? {
            return Ok(());
        }
        let compiled = self.release.question.policies(&clause, &self.release.schema)?;
        let first = self.known().last;
        if self.example(solver, first, Examples::Plain, &clause, &compiled)? {
            return Ok(());
        }
        if self.ask(solver, &self.light, &compiled)?.is_none() {
            // Perhaps there is none whatever is demanded.
            let anyhow = self.clause(left, &Demands::NOTHING)?;
            let anyhow = self.release.question.policies(&anyhow, &self.release.schema)?;
            let wider = if self.ask(solver, &self.light, &anyhow)?.is_none() {
                &Demands::NOTHING
            } else {
                demands
            };
            self.bury(left, wider);
            return Ok(());
        }
        let plain = self.ask(solver, &self.light_plain, &compiled)?.is_some();
        for examples in [Examples::Plain, Examples::All] {
            if examples == Examples::Plain && !plain {
                continue;
            }
            for place in 0..Regime::ALL.len() {
                let known = examples == Examples::Plain && place == first;
                if !known && self.example(solver, place, examples, &clause, &compiled)? {
                    return Ok(());
                }
            }
        }
        self.bury(left, demands);
        Ok(())
    }

    /// Whether the solver has an example under this regime; it is kept.
    fn example(
        &self,
        solver: &mut Solver,
        place: usize,
        examples: Examples,
        clause: &PolicySet,
        compiled: &CompiledPolicySet,
    ) -> Result<bool, String> {
        let Some(regime) = Regime::ALL.get(place) else {
            return Ok(false);
        };
        let (set, floor) = self.under(regime.code(), examples)?;
        let Some(found) = self.ask(solver, floor, compiled)? else {
            return Ok(false);
        };
        if !allows(set, &found) || !allows(clause, &found) {
            return Err("the solver's example is none".to_owned());
        }
        self.learn(&found, place)?;
        Ok(true)
    }

    /// Whether something that the solver found for another clause, changed to what this one asks, is an example for it.
    /// Cedar's authorizer says so, not this.
    fn fitted(&self, left: &Cells, demands: &Demands) -> Result<bool, String> {
        let Some((purpose, categories)) = left.first_key_value() else {
            return Ok(false);
        };
        let patterns = self.known().patterns.clone();
        for pattern in patterns {
            let role = demands.roles.first();
            let context = pattern.fitted(*purpose, role, &demands.when);
            if !Example::of(&context, Category::Demographics)?.meets(demands) {
                continue;
            }
            let key = (pattern.number, *purpose, role, demands.when.clone());
            let (tried, allowed) = self
                .known()
                .fits
                .get(&key)
                .copied()
                .unwrap_or((WordSet::EMPTY, WordSet::EMPTY));
            let (set, _) = self.under(pattern.regime, Examples::Plain)?;
            let more = self.those_allowed(&context, categories.difference(tried), set)?;
            let mut known = self.known();
            let fit = known.fits.entry(key).or_insert((tried, allowed));
            *fit = (fit.0.union(*categories), fit.1.union(more));
            let fitting = categories.intersection(fit.1);
            if !fitting.is_empty() {
                for category in fitting.iter() {
                    known.keep(Example::of(&context, category)?);
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The categories for which a request of this context is allowed.
    fn those_allowed(
        &self,
        context: &Value,
        categories: WordSet<Category>,
        set: &PolicySet,
    ) -> Result<WordSet<Category>, String> {
        let mut found = WordSet::EMPTY;
        if categories.is_empty() {
            return Ok(found);
        }
        let [agency, action, kind] = &self.kinds;
        let entity = |kind: &EntityTypeName, id: &str| {
            EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
        };
        let value = Context::from_json_value(context.clone(), None).map_err(|error| error.to_string())?;
        for category in categories.iter() {
            let request = Request::new(
                entity(agency, "recipient"),
                entity(action, "release"),
                entity(kind, category.code()),
                value.clone(),
                None,
            )
            .map_err(|error| error.to_string())?;
            let candidate = Counterexample {
                request,
                entities: Entities::empty(),
            };
            if allows(set, &candidate) {
                found.insert(category);
            }
        }
        Ok(found)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bury(&self, left: &Cells, demands: &Demands) {
        let mut known = self.known();
        for (purpose, cells) in left {
            for category in cells.iter() {
                known
                    .dead
                    .entry((*purpose, category))
                    .or_default()
                    .push(demands.clone());
            }
        }
    }

    fn ask(
        &self,
        solver: &mut Solver,
        floor: &CompiledPolicySet,
        clause: &CompiledPolicySet,
    ) -> Result<Option<Counterexample>, String> {
        self.known().asked += 1;
        self.prover.common(solver, floor, clause)
    }

    /// A clause that demands this, between any two agencies at any time, whatever the law says.
    fn clause(&self, cells: &Cells, of: &Demands) -> Result<PolicySet, String> {
        let mut all = vec![any_of(
            cells
                .iter()
                .map(|(purpose, categories)| for_purpose(*purpose, *categories)),
        )];
        all.extend(demands(of.roles, of.consent, &of.when, of.police));
        let tree = json!({
            "effect": "permit",
            "principal": { "op": "All" },
            "action": { "op": "==", "entity": { "type": "Action", "id": "share" } },
            "resource": { "op": "All" },
            "conditions": [{ "kind": "when", "body": all_of(all) }],
        });
        let policy =
            Policy::from_json(Some(PolicyId::new("CLAUSE")), tree).map_err(|error| error.to_string())?;
        let policy = moved(&policy, "share", "CLAUSE").map_err(|error| error.to_string())?;
        PolicySet::from_policies([policy]).map_err(|error| error.to_string())
    }

    fn under(&self, regime: &'static str, examples: Examples) -> Result<&Under, String> {
        let slot = self
            .under
            .get(&(regime, examples == Examples::Plain))
            .ok_or_else(|| format!("{regime}: no such regime"))?;
        slot.get_or_init(|| {
            let set = self
                .release
                .under(regime, examples, |_| true)
                .map_err(|error| error.to_string())?;
            let compiled = self.release.question.policies(&set, &self.release.schema)?;
            Ok((set, compiled))
        })
        .as_ref()
        .map_err(Clone::clone)
    }

    /// Keeps an example, and what it is a pattern of.
    fn learn(&self, found: &Counterexample, regime: usize) -> Result<(), String> {
        let mut context = found
            .request
            .context()
            .ok_or("an example without a context")?
            .to_json_value()
            .map_err(|error| error.to_string())?;
        let category = found
            .request
            .resource()
            .and_then(|resource| Category::from_code(resource.id().unescaped()).ok())
            .ok_or("an example of no category")?;
        let example = Example::of(&context, category)?;
        widen(&mut context);
        let mut known = self.known();
        known.last = regime;
        let pattern = Pattern {
            number: known.patterns.len(),
            regime: Regime::ALL.get(regime).map_or("absent", |regime| regime.code()),
            context: Arc::new(context),
        };
        known.patterns.push(pattern);
        known.keep(example);
        Ok(())
    }
}

impl Known {
    fn keep(&mut self, example: Example) {
        self.count += 1;
        self.examples
            .entry((example.purpose, example.category))
            .or_default()
            .push(example);
    }
}

impl Pattern {
    /// The request changed to what a clause asks, as far as that can be done by halves.
    fn fitted(&self, purpose: PurposeOfUse, role: Option<Role>, when: &[Condition]) -> Value {
        let mut context = Value::clone(&self.context);
        let mut put = |path: &str, value: Value| {
            if let Some(place) = context.pointer_mut(path) {
                *place = value;
            }
        };
        put("/purpose", word("Purpose", purpose.code()));
        put("/gate/purpose", word("Purpose", purpose.code()));
        if let Some(role) = role {
            put("/recipient/role", word("Role", role.code()));
            put("/gate/requester/role", word("Role", role.code()));
        }
        for condition in when {
            match condition {
                Condition::TreatingRelationship => put("/recipient/treating", json!(true)),
                Condition::EmsCallOpen => put("/ambulanceOnCall", json!(true)),
                Condition::EmergencyStated => put("/emergency/treatmentNeeded", json!(true)),
                Condition::OwnSystem | Condition::ReasonStated => {}
            }
        }
        context
    }
}

fn word(kind: &str, code: &str) -> Value {
    json!({ "__entity": { "type": kind, "id": code } })
}

/// Lets each document speak of every category and purpose, and no restriction of any.
fn widen(context: &mut Value) {
    let categories: Vec<Value> = Category::ALL
        .iter()
        .map(|category| word("Category", category.code()))
        .collect();
    let purposes: Vec<Value> = PurposeOfUse::ALL
        .iter()
        .map(|purpose| word("Purpose", purpose.code()))
        .collect();
    let Some(map) = context.as_object_mut() else {
        return;
    };
    for (name, value) in map.iter_mut() {
        match value {
            Value::Array(items) if name == "categories" || name == "needed" => {
                items.clone_from(&categories);
            }
            Value::Array(items) if name == "purposes" => items.clone_from(&purposes),
            Value::Object(_) if name == "restriction" => {
                if let Some(Value::Array(items)) = value.get_mut("categories") {
                    items.clear();
                }
            }
            Value::Object(_) => widen(value),
            _ => {}
        }
    }
}
