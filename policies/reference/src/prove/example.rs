//! What an example of a release shows: which demands of a clause it meets.

use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, Role, Word};
use policies::agreements::PolicePresent;
use policies::mou::Condition;
use serde_json::Value;

use super::reach::Demands;

/// One example, as far as clauses ask.
#[derive(Clone, Debug)]
pub(super) struct Example {
    pub(super) purpose: PurposeOfUse,
    pub(super) category: Category,
    /// None for whoever looks at a shared screen.
    role: Option<Role>,
    /// The consent that is there for the recipient.
    consent: Option<ConsentKind>,
    holds: Vec<Condition>,
    police: bool,
}

const SHARED: &[&str] = &["shared_terminal", "shared_inbox"];

impl Example {
    pub(super) fn of(context: &Value, category: Category) -> Result<Self, String> {
        let word = |path: &str| context.pointer(path).and_then(entity).unwrap_or_default();
        let truth = |path: &str| context.pointer(path).and_then(Value::as_bool).unwrap_or_default();
        let among = |path: &str, code: &str| {
            context
                .pointer(path)
                .and_then(Value::as_array)
                .is_some_and(|items| items.iter().filter_map(entity).any(|item| item == code))
        };
        let role = Role::from_code(word("/recipient/role")).ok();
        let relied_on = word("/share/consent/reliedOn") == "recipient";
        let mut holds = Vec::new();
        let conditions = [
            (Condition::TreatingRelationship, truth("/recipient/treating")),
            (Condition::EmsCallOpen, truth("/ambulanceOnCall")),
            (Condition::EmergencyStated, truth("/emergency/treatmentNeeded")),
            (
                Condition::ReasonStated,
                truth("/emergency/natureRecorded") && Role::from_code(word("/emergency/statedBy")).is_ok(),
            ),
            (
                Condition::OwnSystem,
                word("/recipient/operator") == word("/recipient/agency/id")
                    && role.is_some()
                    && !SHARED.contains(&word("/recipient/system")),
            ),
        ];
        for (condition, is_so) in conditions {
            if is_so {
                holds.push(condition);
            }
        }
        Ok(Self {
            purpose: PurposeOfUse::from_code(word("/purpose")).map_err(|error| error.to_string())?,
            consent: ConsentKind::from_code(word("/share/consent/kind"))
                .ok()
                .filter(|_| relied_on),
            police: among("/present/flags", "criminal_justice_agency")
                || among("/present/kinds", "law_enforcement"),
            category,
            role,
            holds,
        })
    }

    /// Whether it is an example for a clause that demands this.
    pub(super) fn meets(&self, demands: &Demands) -> bool {
        let role = demands.roles.is_empty() || self.role.is_none_or(|role| demands.roles.contains(role));
        let consent =
            demands.consent.is_empty() || self.consent.is_some_and(|kind| demands.consent.contains(kind));
        role && consent
            && demands
                .when
                .iter()
                .all(|condition| self.holds.contains(condition))
            && !(self.police && demands.police == PolicePresent::Withhold)
    }
}

fn entity(value: &Value) -> Option<&str> {
    value.pointer("/__entity/id").and_then(Value::as_str)
}
