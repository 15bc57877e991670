//! Random facts near the rules, for tests and benchmarks: the same seed gives the same facts on every machine.
//!
//! Facts drawn evenly would be refused at the first gate. These start from an acceptance scenario, take papers, people
//! and elements from others, and are then changed a little: some changes complete what a rule asks for, the others
//! spoil something. Each set of facts depends on the seed and its own number alone, so that a failure can be named by
//! the two and made again.

mod changes;
mod completions;
mod dice;
pub mod properties;

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde_json::Value;

use crate::facts::Facts;
use changes::Weave;
use dice::Dice;

const FILES: &[&str] = &[
    include_str!("../cases/a_crisis.json"),
    include_str!("../cases/b_dispatch.json"),
    include_str!("../cases/c_police.json"),
    include_str!("../cases/d_teams.json"),
    include_str!("../cases/e_housing.json"),
    include_str!("../cases/f_custody_courts.json"),
    include_str!("../cases/floor_gates.json"),
    include_str!("../cases/floor_hipaa.json"),
    include_str!("../cases/floor_housing.json"),
    include_str!("../cases/floor_justice.json"),
    include_str!("../cases/floor_part2.json"),
    include_str!("../cases/fresh_consents.json"),
    include_str!("../cases/fresh_edges.json"),
    include_str!("../cases/fresh_mixed.json"),
    include_str!("../cases/fresh_part2.json"),
    include_str!("../cases/fresh_people.json"),
    include_str!("../cases/fresh_persons.json"),
    include_str!("../cases/fresh_police.json"),
    include_str!("../cases/fresh_process.json"),
    include_str!("../cases/fresh_records.json"),
    include_str!("../cases/fresh_shelter.json"),
    include_str!("../cases/g_research_oversight.json"),
    include_str!("../cases/h_client_rights.json"),
    include_str!("../cases/i_police_data.json"),
    include_str!("../cases/meeting_rules.json"),
    include_str!("../cases/traps.json"),
];

/// An endless supply of facts.
#[derive(Debug)]
pub struct RandomFacts {
    first: Facts,
    scenarios: Vec<Facts>,
    seed: u64,
}

impl RandomFacts {
    /// The supply of this seed.
    ///
    /// # Errors
    /// If a scenario that ships with this crate cannot be read.
    pub fn seeded(seed: u64) -> Result<Self, serde_json::Error> {
        let mut scenarios: Vec<Facts> = Vec::new();
        for text in FILES {
            for mut entry in serde_json::from_str::<Vec<BTreeMap<String, Value>>>(text)? {
                for not_a_fact in ["id", "title", "cites", "expect"] {
                    entry.remove(not_a_fact);
                }
                scenarios.push(serde_json::from_value(Value::Object(
                    entry.into_iter().collect(),
                ))?);
            }
        }
        let first = scenarios.first().cloned();
        Ok(Self {
            first: first.ok_or_else(|| serde_json::Error::custom("no scenario to start from"))?,
            scenarios,
            seed,
        })
    }

    /// The scenarios that everything starts from, unchanged.
    #[must_use]
    pub fn scenarios(&self) -> &[Facts] {
        &self.scenarios
    }

    /// The facts of this number: always the same for one seed.
    #[must_use]
    pub fn facts(&self, number: u64) -> Facts {
        Weave::start(self, Dice::at(self.seed, number)).finish()
    }

    /// All facts from number 0 on.
    pub fn stream(&self) -> impl Iterator<Item = Facts> {
        (0..).map(|number| self.facts(number))
    }

    fn some_scenario(&self, dice: &mut Dice) -> &Facts {
        dice.pick(&self.scenarios).unwrap_or(&self.first)
    }
}
