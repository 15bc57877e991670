//! The reference decision: for every element, seat and regime, is there a choice of documents that Cedar allows?
//!
//! The law forbids outright (`clear`), or guards an investigation (`proceeding`) or a question (`query`); each regime
//! must be carried (`carry`); an agreement must admit it where one is needed (`share`). Each is a question to Cedar,
//! asked with one choice of documents after the other until one is allowed. An evaluation error is a denial.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use cedar_policy::{
    ActionConstraint, Authorizer, Context, Decision, Entities, EntityUid, Policy, PolicySet, Request,
};
use gateway_types::AgencyId;
use gateway_types::vocabulary::{Category, ConsentKind, Regime, SystemKind, Word, WordSet};
use policies::agreements::{Agreement, Agreements};
use policies::facts::{Facts, Handle};

use crate::clauses::{Compiled, set_of};
use crate::floor::{Floor, FloorError, with_deep_stack};
use crate::needs::{Needs, RegimeNeeds};
use crate::papers::{moment, record, truth};
use crate::scene::{Against, Choice, FOR_QUESTION, Scene, Spot, seats};
use crate::words::{ABSENT, Lexicon};

/// The floor and a set of agreements, ready to decide.
#[derive(Debug)]
pub struct ReferenceEngine {
    floor: Floor,
    lexicon: Lexicon,
    actions: BTreeMap<Action, EntityUid>,
    /// The policies of the floor that can bear on a question, by action; for `carry`, by regime.
    slices: BTreeMap<Action, PolicySet>,
    carry: Vec<PolicySet>,
    needs: Vec<RegimeNeeds>,
    clear: Vec<Needs>,
    proceeding: Vec<Needs>,
    agreements: Vec<Held>,
    forms: Vec<Policy>,
    authorizer: Authorizer,
    nothing: Entities,
    questions: Questions,
}

/// Whether each question is held against the schema before it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Questions {
    Checked,
    /// Their form is fixed by this crate; tests check it.
    Trusted,
}

/// An agreement of the set, with its policies.
#[derive(Debug)]
struct Held {
    agreement: Agreement,
    policies: Vec<Policy>,
}

/// What Cedar is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Action {
    Admit,
    Clear,
    Proceeding,
    Query,
    Carry,
    Share,
}

impl Action {
    const ALL: [Self; 6] = [
        Self::Admit,
        Self::Clear,
        Self::Proceeding,
        Self::Query,
        Self::Carry,
        Self::Share,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Clear => "clear",
            Self::Proceeding => "proceeding",
            Self::Query => "query",
            Self::Carry => "carry",
            Self::Share => "share",
        }
    }
}

/// What the reference decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceDecision {
    /// The policies that closed the gates; empty: they are open. `no permit` stands for the absence of one.
    pub gates: BTreeSet<String>,
    /// Each element, in the order of the facts.
    pub elements: Vec<ReferenceFinding>,
    /// Policies that could not be evaluated. Each is a denial, and a fault of the floor.
    pub errors: BTreeSet<String>,
}

impl ReferenceDecision {
    /// The handles of the elements that may go.
    pub fn released(&self) -> impl Iterator<Item = &Handle> {
        self.elements
            .iter()
            .filter(|element| element.withheld_by.is_empty())
            .map(|element| &element.id)
    }
}

/// What the reference found about an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferenceFinding {
    /// The element.
    pub id: Handle,
    /// What was asked when it was withheld, and the policies that forbade it, for the choice of documents that came
    /// nearest; empty: it may go.
    pub withheld_by: BTreeSet<String>,
}

/// One answer of Cedar.
enum Answer {
    Allowed,
    Denied(BTreeSet<String>),
}

impl ReferenceEngine {
    /// The floor with these agreements.
    ///
    /// # Errors
    /// [`FloorError`] if the policies of an agreement do not fit the schema. Nothing is loaded then.
    pub fn load(agreements: &Agreements) -> Result<Self, FloorError> {
        Self::with_floor(Floor::load()?, agreements)
    }

    /// The same with a floor that was loaded, or bent, before.
    ///
    /// # Errors
    /// As for [`ReferenceEngine::load`].
    pub fn with_floor(floor: Floor, agreements: &Agreements) -> Result<Self, FloorError> {
        let invalid = |error: cedar_policy::ParseErrors| FloorError::Invalid(error.to_string());
        let lexicon = Lexicon::new()?;
        let mut actions = BTreeMap::new();
        let mut slices = BTreeMap::new();
        for action in Action::ALL {
            let uid: EntityUid = format!("Action::\"{}\"", action.code())
                .parse()
                .map_err(invalid)?;
            slices.insert(
                action,
                set_of(
                    floor
                        .policies()
                        .policies()
                        .filter(|policy| bears_on(policy, &uid)),
                )?,
            );
            actions.insert(action, uid);
        }
        let mut carry = Vec::new();
        for regime in Regime::ALL.iter().map(|regime| regime.code()).chain([ABSENT]) {
            let whole = slices
                .get(&Action::Carry)
                .into_iter()
                .flat_map(PolicySet::policies);
            carry.push(set_of(whole.filter(|policy| {
                let id = policy.id().to_string();
                id.strip_prefix("REGIME/").is_none_or(|named| named == regime)
            }))?);
        }
        let text_of = |action: Action| -> String {
            let forbids = floor
                .policies()
                .policies()
                .filter(|policy| match policy.action_constraint() {
                    ActionConstraint::Eq(uid) => actions.get(&action) == Some(&uid),
                    _ => false,
                });
            forbids.filter_map(Policy::to_cedar).collect()
        };
        let (held, forms) = with_deep_stack(|| held(agreements, &floor))??;
        Ok(Self {
            needs: Regime::ALL
                .iter()
                .map(|regime| RegimeNeeds::of(&floor, *regime))
                .collect(),
            clear: vec![Needs::of_text(&text_of(Action::Clear))],
            proceeding: vec![Needs::of_text(&text_of(Action::Proceeding))],
            lexicon,
            actions,
            slices,
            carry,
            agreements: held,
            forms,
            authorizer: Authorizer::new(),
            nothing: Entities::empty(),
            questions: Questions::Trusted,
            floor,
        })
    }

    /// The engine with a floor some rules of which are otherwise, for the search after facts that a rule alone decides. It
    /// asks with whatever papers there are, where this one asks with those alone that can help by what its rules say.
    pub(crate) fn bent(&self, floor: &Floor) -> Result<Self, FloorError> {
        let of = |known: &PolicySet| {
            let policies = known
                .policies()
                .filter_map(|policy| floor.policies().policy(policy.id()));
            set_of(policies)
        };
        let everything = [true, false].map(Needs::everything);
        Ok(Self {
            floor: floor.clone(),
            lexicon: self.lexicon.clone(),
            actions: self.actions.clone(),
            slices: self
                .slices
                .iter()
                .map(|(action, slice)| Ok((*action, of(slice)?)))
                .collect::<Result<_, FloorError>>()?,
            carry: self.carry.iter().map(of).collect::<Result<_, _>>()?,
            needs: Regime::ALL.iter().map(|_| RegimeNeeds::everything()).collect(),
            clear: everything.into(),
            proceeding: everything.into(),
            agreements: Vec::new(),
            forms: Vec::new(),
            authorizer: Authorizer::new(),
            nothing: Entities::empty(),
            questions: Questions::Trusted,
        })
    }

    /// The same, asking with those papers alone that can help by what the rules of this one say.
    pub(crate) fn bent_alike(&self, floor: &Floor) -> Result<Self, FloorError> {
        Ok(Self {
            needs: self.needs.clone(),
            clear: self.clear.clone(),
            proceeding: self.proceeding.clone(),
            ..self.bent(floor)?
        })
    }

    /// The same engine, holding each question against the schema first: for tests, it takes its time.
    #[must_use]
    pub const fn checking_questions(mut self) -> Self {
        self.questions = Questions::Checked;
        self
    }

    /// The floor.
    #[must_use]
    pub const fn floor(&self) -> &Floor {
        &self.floor
    }

    /// One policy of the agreements of the set for each form that there is.
    pub fn agreement_forms(&self) -> impl Iterator<Item = &Policy> {
        self.forms.iter()
    }

    /// The policies of the agreements of the set.
    pub fn agreement_policies(&self) -> impl Iterator<Item = &Policy> {
        self.agreements.iter().flat_map(|held| &held.policies)
    }

    /// Every policy that any question may be put to, as the engine holds it; some several times.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Policy> {
        self.slices
            .values()
            .chain(&self.carry)
            .flat_map(PolicySet::policies)
            .chain(self.agreement_policies())
    }

    /// Decides, with the agreements of the set and those among the facts.
    ///
    /// # Errors
    /// [`FloorError`] if an agreement among the facts cannot be brought into Cedar.
    pub fn decide(&self, facts: &Facts) -> Result<ReferenceDecision, FloorError> {
        let stated: Vec<Agreement> = facts.request.mous.iter().filter_map(Agreement::stated).collect();
        let mut brought = Vec::new();
        for (number, agreement) in stated.iter().enumerate() {
            let number = self.agreements.len() + number;
            let no_agreement = self.floor.no_agreement();
            brought.extend(Compiled::of(agreement, number, no_agreement)?.policies);
        }
        let involved = |agreement: &Agreement| {
            agreement
                .parties()
                .iter()
                .any(|party| facts.request.agencies.contains_key(party))
        };
        let ours: Vec<&Held> = self
            .agreements
            .iter()
            .filter(|held| involved(&held.agreement))
            .collect();
        let mut of_agreements: Vec<&Policy> = ours.iter().flat_map(|held| &held.policies).collect();
        of_agreements.extend(&brought);
        let agreements: Vec<&Agreement> = ours.iter().map(|held| &held.agreement).chain(&stated).collect();
        let with_agreements = |action: Action| -> Result<PolicySet, FloorError> {
            let uid = self.actions.get(&action);
            let floor = self.slices.get(&action).into_iter().flat_map(PolicySet::policies);
            let added = of_agreements
                .iter()
                .copied()
                .filter(|policy| uid.is_some_and(|uid| bears_on(policy, uid)));
            let all: Vec<Policy> = floor.cloned().chain(added.cloned()).collect();
            set_of(all.iter())
        };
        let mut inquiry = Inquiry {
            engine: self,
            scene: Scene::of(&self.lexicon, facts, &agreements),
            share: Rc::new(with_agreements(Action::Share)?),
            share_needs: share_needs(&agreements),
            errors: BTreeSet::new(),
        };
        let gates = inquiry.gates(&with_agreements(Action::Admit)?);
        let elements = facts.record.elements.iter().map(|element| ReferenceFinding {
            id: element.id.clone(),
            withheld_by: if gates.is_empty() {
                inquiry.judge(element)
            } else {
                gates.clone()
            },
        });
        Ok(ReferenceDecision {
            elements: elements.collect(),
            errors: inquiry.errors,
            gates,
        })
    }
}

/// The policies of agreements, found to fit the schema. Of those that are of one form one is checked: it is the form
/// that fits or does not.
fn held(agreements: &Agreements, floor: &Floor) -> Result<(Vec<Held>, Vec<Policy>), FloorError> {
    let mut held = Vec::new();
    let mut forms: BTreeMap<String, Policy> = BTreeMap::new();
    for (number, agreement) in agreements.all().iter().enumerate() {
        let compiled = Compiled::of(agreement, number, floor.no_agreement())?;
        for (policy, form) in compiled.policies.iter().zip(compiled.forms) {
            forms.entry(form).or_insert_with(|| policy.clone());
        }
        held.push(Held {
            policies: compiled.policies,
            agreement: agreement.clone(),
        });
    }
    floor.validate(forms.values())?;
    Ok((held, forms.into_values().collect()))
}

/// Whether a policy can bear on a question of this action.
fn bears_on(policy: &Policy, action: &EntityUid) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(one) => one == *action,
        ActionConstraint::In(some) => some.contains(action),
    }
}

fn share_needs(agreements: &[&Agreement]) -> Needs {
    let consents: WordSet<ConsentKind> = agreements
        .iter()
        .flat_map(|agreement| agreement.clauses())
        .flat_map(|clause| clause.consent.iter())
        .collect();
    Needs {
        consents,
        ..Needs::default()
    }
}

struct Inquiry<'a> {
    engine: &'a ReferenceEngine,
    scene: Scene<'a>,
    share: Rc<PolicySet>,
    share_needs: Needs,
    errors: BTreeSet<String>,
}

impl<'a> Inquiry<'a> {
    /// The gates, for every two recipients.
    fn gates(&mut self, policies: &PolicySet) -> BTreeSet<String> {
        let (engine, facts) = (self.engine, self.scene.facts);
        let (request, lexicon) = (&facts.request, &engine.lexicon);
        let party = |id: Option<&AgencyId>| lexicon.party(id, id.and_then(|id| request.agencies.get(id)));
        let known = |id: Option<&AgencyId>| truth(id.is_some_and(|id| request.agencies.contains_key(id)));
        let asking = &request.requester;
        let people: Vec<_> = request.recipients().map(Some).collect();
        let people = if people.is_empty() { vec![None] } else { people };
        let mut closed = BTreeSet::new();
        for one in &people {
            for other in &people {
                let agency = one.map(|person| &person.agency);
                let operator = one.map(|person| person.operator());
                let context = Context::from_pairs([
                    ("now".to_owned(), moment(request.now)),
                    ("purpose".to_owned(), lexicon.word(request.purpose)),
                    ("initiator".to_owned(), lexicon.word(request.initiator)),
                    (
                        "requester".to_owned(),
                        record([
                            ("known", known(Some(&asking.person.agency))),
                            ("agency", party(Some(&asking.person.agency))),
                            ("role", lexicon.word(asking.person.role)),
                            ("assertsConsent", truth(asking.asserts_consent)),
                            (
                                "unverified",
                                truth(asking.identity_unverified || asking.authority_unverified),
                            ),
                        ]),
                    ),
                    (
                        "recipient".to_owned(),
                        record([
                            ("known", known(agency)),
                            ("agency", party(agency)),
                            (
                                "system",
                                lexicon.word(one.map_or(SystemKind::None, |person| person.system)),
                            ),
                            ("operatorKnown", known(operator)),
                            ("operator", party(operator)),
                        ]),
                    ),
                    ("other".to_owned(), party(other.map(|person| &person.agency))),
                ]);
                let resource = lexicon.agency(asking.person.agency.as_str());
                let principal = lexicon.agency(agency.map_or("(nobody)", |id| id.as_str()));
                match context {
                    Ok(context) => match self.ask(Action::Admit, policies, principal, resource, context) {
                        Answer::Allowed => {}
                        Answer::Denied(by) => closed.extend(by),
                    },
                    Err(error) => {
                        self.errors.insert(error.to_string());
                        closed.insert("no question could be put".to_owned());
                    }
                }
            }
        }
        closed
    }

    /// Why the element is withheld; empty: it is not.
    fn judge(&mut self, element: &'a policies::facts::ElementFacts) -> BTreeSet<String> {
        let (engine, facts) = (self.engine, self.scene.facts);
        let known = |id| facts.request.agencies.contains_key(id);
        if !known(element.holder()) || !known(&element.source) {
            return BTreeSet::from(["holder or source unknown".to_owned()]);
        }
        for seat in seats(facts) {
            let spot = self.scene.spot(element, seat);
            let everything = self.scene.choices(&spot, &engine.clear, None);
            let mut withheld = self.exists(
                Action::Clear,
                engine.slice(Action::Clear),
                &spot,
                everything,
                None,
            );
            if withheld.is_empty() {
                let choices = self.scene.choices(&spot, &engine.proceeding, None);
                withheld = self.exists(
                    Action::Proceeding,
                    engine.slice(Action::Proceeding),
                    &spot,
                    choices,
                    None,
                );
            }
            if withheld.is_empty() {
                withheld = self.query(&spot);
            }
            let regimes: Vec<Option<Regime>> = if element.regimes.is_empty() {
                vec![None]
            } else {
                element.regimes.iter().map(Some).collect()
            };
            for regime in &regimes {
                if withheld.is_empty() {
                    let place = regime.map_or(Regime::ALL.len(), |regime| usize::from(regime.index()));
                    let needs = engine
                        .needs
                        .get(place)
                        .map(|needs| needs.for_purpose(facts.request.purpose))
                        .unwrap_or_default();
                    let mut choices = self.scene.choices(&spot, &needs, *regime);
                    choices.insert(Choice {
                        regime: *regime,
                        ..Choice::default()
                    });
                    let policies = engine.carry.get(place).unwrap_or(engine.slice(Action::Carry));
                    withheld = self.exists(Action::Carry, policies, &spot, choices, None);
                }
            }
            if withheld.is_empty() {
                let choices = regimes
                    .iter()
                    .flat_map(|regime| self.scene.choices(&spot, &[self.share_needs], *regime))
                    .collect();
                let policies = Rc::clone(&self.share);
                withheld = self.exists(Action::Share, &policies, &spot, choices, None);
            }
            if !withheld.is_empty() {
                return withheld;
            }
        }
        BTreeSet::new()
    }

    /// Whether the question may be put to every holder of whom it asks.
    fn query(&mut self, spot: &Spot<'a>) -> BTreeSet<String> {
        let facts = self.scene.facts;
        let releases: BTreeSet<Choice> = (0..facts.record.consents.len())
            .map(|consent| Choice {
                consent: Some(consent),
                relied_on: FOR_QUESTION,
                ..Choice::default()
            })
            .chain([Choice::default()])
            .collect();
        let engine = self.engine;
        let mut asked = Vec::new();
        for (queried, element) in facts.record.elements.iter().enumerate() {
            // What a question says of an element that is asked about is this and nothing else.
            let alike = (element.holder(), element.facts.flags);
            if asked.contains(&alike) {
                continue;
            }
            asked.push(alike);
            let choices = releases.clone();
            let withheld = self.exists(
                Action::Query,
                engine.slice(Action::Query),
                spot,
                choices,
                Some(queried),
            );
            if !withheld.is_empty() {
                return withheld;
            }
        }
        BTreeSet::new()
    }

    /// Whether some choice is allowed against everything that may stand against it: empty if so, else the policies that
    /// denied the choice that was denied by the fewest.
    fn exists(
        &mut self,
        action: Action,
        policies: &PolicySet,
        spot: &Spot<'a>,
        choices: BTreeSet<Choice>,
        queried: Option<usize>,
    ) -> BTreeSet<String> {
        let engine = self.engine;
        let principal = engine.lexicon.agency(spot.seat.agency.as_str());
        let mut nearest: Option<BTreeSet<String>> = None;
        for choice in choices {
            let mut denied = BTreeSet::new();
            for against in self.against(action, spot, &choice, queried) {
                let resource = engine.lexicon.uid(spot.element.category);
                let answer = match (self.scene.context(spot, &choice, &against), resource) {
                    (Ok(context), Some(resource)) => {
                        self.ask(action, policies, principal.clone(), resource, context)
                    }
                    (Err(error), _) => {
                        self.errors.insert(error.to_string());
                        Answer::Denied(BTreeSet::from(["no question could be put".to_owned()]))
                    }
                    (Ok(_), None) => Answer::Denied(BTreeSet::from(["unknown category".to_owned()])),
                };
                if let Answer::Denied(by) = answer {
                    denied.extend(by);
                    break;
                }
            }
            if denied.is_empty() {
                return denied;
            }
            if nearest
                .as_ref()
                .is_none_or(|nearest| denied.len() < nearest.len())
            {
                nearest = Some(denied);
            }
        }
        nearest.unwrap_or_else(|| BTreeSet::from([format!("no choice for {}", action.code())]))
    }

    fn against(
        &self,
        action: Action,
        spot: &Spot<'_>,
        choice: &Choice,
        queried: Option<usize>,
    ) -> Vec<Against> {
        let papers = &self.scene.facts.record.circumstances;
        let carry = action == Action::Carry;
        let restrictions: Vec<Option<usize>> = (0..papers.restrictions.len())
            .filter(|_| carry)
            // What a restriction spares it is not asked about.
            .filter(|at| {
                let restriction = papers.restrictions.get(*at);
                restriction.is_none_or(|one| !one.spares(&spot.element.facts))
            })
            .map(Some)
            .collect();
        let restrictions = if restrictions.is_empty() {
            one_by_one(0)
        } else {
            restrictions
        };
        let suspensions = if carry && spot.element.category == Category::DisclosureLog {
            papers.suspensions.len()
        } else {
            0
        };
        let mut all = Vec::new();
        for restriction in restrictions {
            for suspension in one_by_one(suspensions) {
                for revocation in one_by_one(self.scene.revocations(choice).len()) {
                    all.push(Against {
                        restriction,
                        suspension,
                        revocation,
                        queried,
                    });
                }
            }
        }
        all
    }

    fn ask(
        &mut self,
        action: Action,
        policies: &PolicySet,
        principal: EntityUid,
        resource: EntityUid,
        context: Context,
    ) -> Answer {
        let engine = self.engine;
        let Some(uid) = engine.actions.get(&action) else {
            return Answer::Denied(BTreeSet::from(["unknown action".to_owned()]));
        };
        let schema = (engine.questions == Questions::Checked).then(|| engine.floor.schema());
        let request = match Request::new(principal, uid.clone(), resource, context, schema) {
            Ok(request) => request,
            Err(error) => {
                self.errors.insert(error.to_string());
                return Answer::Denied(BTreeSet::from(["no question could be put".to_owned()]));
            }
        };
        let response = engine
            .authorizer
            .is_authorized(&request, policies, &engine.nothing);
        let failed: Vec<String> = response.diagnostics().errors().map(ToString::to_string).collect();
        if response.decision() == Decision::Allow && failed.is_empty() {
            return Answer::Allowed;
        }
        self.errors.extend(failed.iter().cloned());
        let mut by: BTreeSet<String> = response.diagnostics().reason().map(ToString::to_string).collect();
        if by.is_empty() || !failed.is_empty() {
            by.insert(format!("no permit for {}", action.code()));
        }
        Answer::Denied(by)
    }
}

impl ReferenceEngine {
    #[expect(clippy::expect_used, reason = "`with_floor` makes a slice for every action")]
    fn slice(&self, action: Action) -> &PolicySet {
        self.slices.get(&action).expect("every action has a slice")
    }
}

/// Each position, or none where there is nothing.
fn one_by_one(length: usize) -> Vec<Option<usize>> {
    if length == 0 {
        vec![None]
    } else {
        (0..length).map(Some).collect()
    }
}
