//! Agreements as static policies: permits for clauses, forbids for promises and bars on passing on.
//!
//! Never a template link: the prover refuses those. Whatever a file says gets here as a value of Cedar's syntax tree,
//! never as text that is put together.

use cedar_policy::{Policy, PolicyId, PolicySet};
use gateway_types::vocabulary::{
    AgencyFlag, AgencyKind, Category, ConsentKind, PurposeOfUse, Role, SystemKind, Word, WordSet,
};
use gateway_types::{AgencyId, Timestamp};
use policies::agreements::{Agreement, Clause, PolicePresent, Promise};
use policies::facts::CategoryScope;
use policies::mou::Condition;
use serde_json::{Value, json};

use crate::active::OF_AGREEMENTS;
use crate::floor::{FloorError, any_of, both, is_word};
use crate::words::ABSENT;

/// The policies of one agreement.
pub(crate) struct Compiled {
    pub(crate) policies: Vec<Policy>,
    /// The form of each.
    pub(crate) forms: Vec<String>,
}

impl Compiled {
    /// `number` keeps the ids of agreements apart that share an id; `no_agreement` is the floor's condition that none
    /// is needed.
    pub(crate) fn of(agreement: &Agreement, number: usize, no_agreement: &Value) -> Result<Self, FloorError> {
        let mut writer = Writer {
            agreement,
            number,
            policies: Vec::new(),
            forms: Vec::new(),
        };
        for (position, clause) in agreement.clauses().iter().enumerate() {
            writer.clause(position, clause)?;
        }
        for (position, promise) in agreement.promises().iter().enumerate() {
            writer.promise(position, promise, no_agreement)?;
        }
        writer.redisclosure(no_agreement)?;
        Ok(Self {
            policies: writer.policies,
            forms: writer.forms,
        })
    }
}

/// The policies of agreements, as a set.
///
/// # Errors
/// If two have the same id.
pub(crate) fn set_of<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> Result<PolicySet, FloorError> {
    PolicySet::from_policies(policies.into_iter().cloned())
        .map_err(|error| FloorError::Invalid(error.to_string()))
}

struct Writer<'a> {
    agreement: &'a Agreement,
    number: usize,
    policies: Vec<Policy>,
    forms: Vec<String>,
}

impl Writer<'_> {
    /// Each party once, however often the paper names it.
    fn parties(&self) -> Vec<AgencyId> {
        let mut parties = self.agreement.parties().to_vec();
        parties.sort();
        parties.dedup();
        parties
    }

    fn clause(&mut self, position: usize, clause: &Clause) -> Result<(), FloorError> {
        let parties = self.parties();
        let side = |named: &[AgencyId]| -> Vec<AgencyId> {
            parties
                .iter()
                .filter(|party| named.is_empty() || named.contains(party))
                .cloned()
                .collect()
        };
        let (from, to) = (side(&clause.from), side(&clause.to));
        let mut admits = vec![
            one_of("purpose", words("Purpose", clause.purposes)),
            in_force(self.agreement.term()),
        ];
        // A directed clause names the roles of those who receive, so a sender's role is not asked for.
        let asks = [
            one_of_path(&["requester", "agency", "id"], agencies(&to)),
            is_word("initiator", "Initiator", "requester"),
            roles_of(&["requester", "role"], clause.roles),
        ];
        let mut pushes = vec![
            one_of_path(&["requester", "agency", "id"], agencies(&from)),
            is_word("initiator", "Initiator", "source"),
        ];
        if clause.from.is_empty() {
            pushes.push(roles_of(&["requester", "role"], clause.roles));
        }
        admits.push(any_of([all_of(asks), all_of(pushes)]));
        self.add(
            "permit",
            "admit",
            all_of(admits),
            &format!("gate {position}"),
            &clause.id,
            &clause.wording.text,
        )?;
        // Whoever is no party is told apart first: a set of many agreements is asked about two of its agencies.
        let mut shares = vec![
            one_of_path(&["recipient", "agency", "id"], agencies(&to)),
            one_of_path(&["holder", "id"], agencies(&from)),
            one_of("purpose", words("Purpose", clause.purposes)),
            covers(clause.share),
            in_force(self.agreement.term()),
        ];
        shares.extend(demands(
            clause.roles,
            clause.consent,
            &clause.when,
            self.agreement.police_present(),
        ));
        self.add(
            "permit",
            "share",
            all_of(shares),
            &format!("share {position}"),
            &clause.id,
            &clause.wording.text,
        )
    }

    fn promise(
        &mut self,
        position: usize,
        promise: &Promise,
        no_agreement: &Value,
    ) -> Result<(), FloorError> {
        let parties = self.parties();
        let from: Vec<AgencyId> = parties
            .iter()
            .filter(|party| promise.from.is_empty() || promise.from.contains(party))
            .cloned()
            .collect();
        let to: Vec<AgencyId> = parties
            .iter()
            .filter(|party| promise.to.contains(party))
            .cloned()
            .collect();
        let mut bars = vec![
            one_of_path(&["recipient", "agency", "id"], agencies(&to)),
            one_of_path(&["holder", "id"], agencies(&from)),
            covers(promise.share),
            in_force(self.agreement.term()),
            not(no_agreement.clone()),
        ];
        if !promise.purposes.is_empty() {
            bars.push(one_of("purpose", words("Purpose", promise.purposes)));
        }
        self.add(
            "forbid",
            "share",
            all_of(bars),
            &format!("never {position}"),
            &promise.id,
            &promise.wording.text,
        )
    }

    /// What the holder got under this agreement goes on only as it says.
    fn redisclosure(&mut self, no_agreement: &Value) -> Result<(), FloorError> {
        let Some(exceptions) = self.agreement.redisclosure() else {
            return Ok(());
        };
        let parties = agencies(self.agreement.parties());
        let allowed = exceptions.iter().map(|exception| {
            all_of([
                equals(path(&["holder", "id"]), agency(&exception.party)),
                one_of_path(&["recipient", "agency", "id"], agencies(&exception.to)),
                covers(exception.share),
            ])
        });
        let bars = all_of([
            one_of_path(&["source", "id"], parties.clone()),
            one_of_path(&["holder", "id"], parties),
            not(equals(path(&["source", "id"]), path(&["holder", "id"]))),
            in_force(self.agreement.term()),
            not(no_agreement.clone()),
            not(any_of(allowed)),
        ]);
        self.add("forbid", "share", bars, "redisclosure", "redisclosure", "")
    }

    fn add(
        &mut self,
        effect: &str,
        action: &str,
        condition: Value,
        part: &str,
        clause: &str,
        says: &str,
    ) -> Result<(), FloorError> {
        let agreement = self.agreement;
        let id = format!("{OF_AGREEMENTS}{} {} {part}", self.number, agreement.id());
        let tree = json!({
            "effect": effect,
            "principal": { "op": "All" },
            "action": { "op": "==", "entity": { "type": "Action", "id": action } },
            "resource": { "op": "All" },
            "conditions": [{ "kind": "when", "body": condition }],
            "annotations": {
                "mou": agreement.id().as_str(),
                "version": agreement.version().unwrap_or_default(),
                "clause": clause,
                "hash": agreement.hash().map_or_else(String::new, |hash| hash.to_string()),
                "says": says,
            },
        });
        let mut form = format!("{effect} {action} ");
        form_of(tree.get("conditions").unwrap_or(&Value::Null), &mut form);
        self.forms.push(form);
        let policy = Policy::from_json(Some(PolicyId::new(id)), tree)
            .map_err(|error| FloorError::Invalid(error.to_string()))?;
        self.policies.push(policy);
        Ok(())
    }
}

/// What a condition is like, its words and numbers aside: of an entity its type is left, of a set the types of what is
/// in it. Whether a policy fits the schema is a matter of types, so those of one form all fit or none does. (Of the
/// closed vocabularies only words are ever put in that the schema is made from.)
fn form_of(tree: &Value, form: &mut String) {
    match tree {
        Value::Object(map) => {
            if let Some(kind) = tree.pointer("/Value/__entity/type").and_then(Value::as_str) {
                form.push_str(kind);
                return;
            }
            if let Some(items) = map.get("Set").and_then(Value::as_array) {
                let mut kinds: Vec<String> = items
                    .iter()
                    .map(|item| {
                        let mut kind = String::new();
                        form_of(item, &mut kind);
                        kind
                    })
                    .collect();
                kinds.sort_unstable();
                kinds.dedup();
                form.push_str(&format!("[{}]", kinds.join(",")));
                return;
            }
            for (key, value) in map {
                form.push_str(key);
                form.push('(');
                form_of(value, form);
                form.push(')');
            }
        }
        Value::Array(items) => {
            for item in items {
                form_of(item, form);
                form.push(';');
            }
        }
        Value::Number(_) => form.push('0'),
        other => form.push_str(&other.to_string()),
    }
}

fn path(attributes: &[&str]) -> Value {
    attributes.iter().fold(
        json!({ "Var": "context" }),
        |left, attribute| json!({ ".": { "left": left, "attr": attribute } }),
    )
}

fn word(kind: &str, code: &str) -> Value {
    json!({ "Value": { "__entity": { "type": kind, "id": code } } })
}

fn words<W: Word>(kind: &str, set: WordSet<W>) -> Vec<Value> {
    set.iter().map(|one| word(kind, one.code())).collect()
}

fn agency(id: &AgencyId) -> Value {
    word("Agency", id.as_str())
}

fn agencies(ids: &[AgencyId]) -> Vec<Value> {
    ids.iter().map(agency).collect()
}

fn equals(left: Value, right: Value) -> Value {
    json!({ "==": { "left": left, "right": right } })
}

pub(crate) fn not(condition: Value) -> Value {
    json!({ "!": { "arg": condition } })
}

pub(crate) fn all_of(conditions: impl IntoIterator<Item = Value>) -> Value {
    conditions
        .into_iter()
        .reduce(both)
        .unwrap_or_else(|| json!({ "Value": true }))
}

fn contains(set: Vec<Value>, value: Value) -> Value {
    // An empty set has no type of its own in Cedar; nothing is in it.
    if set.is_empty() {
        json!({ "Value": false })
    } else {
        json!({ "contains": { "left": { "Set": set }, "right": value } })
    }
}

fn one_of(attribute: &str, values: Vec<Value>) -> Value {
    contains(values, path(&[attribute]))
}

fn one_of_path(attributes: &[&str], values: Vec<Value>) -> Value {
    contains(values, path(attributes))
}

fn covers(share: CategoryScope) -> Value {
    match share {
        CategoryScope::All => json!({ "Value": true }),
        CategoryScope::Only(named) => contains(words("Category", named), json!({ "Var": "resource" })),
    }
}

/// No role named: every role. Whoever looks at a shared screen has none, and is not asked for one.
fn roles_of(attributes: &[&str], roles: WordSet<Role>) -> Value {
    if roles.is_empty() {
        return json!({ "Value": true });
    }
    let mut admitted = words("Role", roles);
    admitted.push(word("Role", ABSENT));
    one_of_path(attributes, admitted)
}

fn in_force((effective, ends): (Timestamp, Option<Timestamp>)) -> Value {
    let now = path(&["now"]);
    let started = json!({ "<=": { "left": { "Value": effective.as_micros() }, "right": now } });
    match ends {
        None => started,
        Some(end) => both(
            started,
            json!({ "<": { "left": now, "right": { "Value": end.as_micros() } } }),
        ),
    }
}

/// What a clause demands besides parties, purposes and categories.
pub(crate) fn demands(
    roles: WordSet<Role>,
    consent: WordSet<ConsentKind>,
    when: &[Condition],
    police: PolicePresent,
) -> Vec<Value> {
    let mut all = vec![roles_of(&["recipient", "role"], roles)];
    if !consent.is_empty() {
        all.push(one_of_path(&["consent", "kind"], words("ConsentKind", consent)));
        all.push(equals(
            path(&["consent", "reliedOn"]),
            word("Reliance", "recipient"),
        ));
    }
    all.extend(when.iter().map(|condition| holds(*condition)));
    if police == PolicePresent::Withhold {
        all.push(nobody_of_police());
    }
    all
}

/// One of these categories, for one purpose.
pub(crate) fn for_purpose(purpose: PurposeOfUse, categories: WordSet<Category>) -> Value {
    both(
        is_word("purpose", "Purpose", purpose.code()),
        covers(CategoryScope::Only(categories)),
    )
}

fn nobody_of_police() -> Value {
    not(any_of([
        json!({ "contains": {
            "left": path(&["present", "flags"]),
            "right": word("AgencyFlag", AgencyFlag::CriminalJusticeAgency.code()),
        } }),
        json!({ "contains": {
            "left": path(&["present", "kinds"]),
            "right": word("AgencyKind", AgencyKind::LawEnforcement.code()),
        } }),
    ]))
}

fn holds(condition: Condition) -> Value {
    match condition {
        Condition::TreatingRelationship => path(&["recipient", "treating"]),
        Condition::EmsCallOpen => path(&["ambulanceOnCall"]),
        Condition::EmergencyStated => path(&["emergency", "treatmentNeeded"]),
        Condition::ReasonStated => both(
            path(&["emergency", "natureRecorded"]),
            not(equals(path(&["emergency", "statedBy"]), word("Role", ABSENT))),
        ),
        Condition::OwnSystem => {
            let system =
                |kind: SystemKind| equals(path(&["recipient", "system"]), word("SystemKind", kind.code()));
            all_of([
                equals(
                    path(&["recipient", "operator"]),
                    path(&["recipient", "agency", "id"]),
                ),
                not(equals(path(&["recipient", "role"]), word("Role", ABSENT))),
                not(system(SystemKind::SharedTerminal)),
                not(system(SystemKind::SharedInbox)),
            ])
        }
    }
}
