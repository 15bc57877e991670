//! Where the two readings of the law part: each difference is a fault in one of them.

use std::collections::BTreeSet;

use policies::facts::{Facts, Handle};
use policies::{Agreements, Outcome, decide_all};

use crate::engine::ReferenceEngine;
use crate::floor::FloorError;

/// Something that the two engines do not say alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The compiled engine releases what the reference withholds.
    WithheldByReference {
        /// The element.
        element: Handle,
        /// The policies that withhold it.
        by: BTreeSet<String>,
    },
    /// The reference releases what the compiled engine withholds.
    WithheldByCompiled {
        /// The element.
        element: Handle,
        /// The rules that fired, and how.
        by: Vec<String>,
    },
    /// A policy could not be evaluated.
    Fault(String),
}

impl ReferenceEngine {
    /// Decides with both engines. `agreements` are those with which this one was loaded.
    ///
    /// # Errors
    /// As for [`ReferenceEngine::decide`].
    pub fn differences(&self, facts: &Facts, agreements: &Agreements) -> Result<Vec<Difference>, FloorError> {
        let reference = self.decide(facts)?;
        let compiled = decide_all(facts, agreements);
        let mut found: Vec<Difference> = reference.errors.iter().cloned().map(Difference::Fault).collect();
        for (finding, element) in reference.elements.iter().zip(compiled.findings().elements()) {
            let released = element.outcome() == Outcome::Release;
            if finding.id != *element.id() {
                found.push(Difference::Fault(
                    "the elements are not in the same order".to_owned(),
                ));
            } else if released && !finding.withheld_by.is_empty() {
                found.push(Difference::WithheldByReference {
                    element: finding.id.clone(),
                    by: finding.withheld_by.clone(),
                });
            } else if !released && finding.withheld_by.is_empty() {
                let reasons = element
                    .reasons()
                    .chain(compiled.findings().request_reasons().iter().copied());
                found.push(Difference::WithheldByCompiled {
                    element: finding.id.clone(),
                    by: reasons
                        .map(|reason| format!("{} {:?}", reason.rule().id, reason.effect()))
                        .collect(),
                });
            }
        }
        if reference.elements.len() != compiled.findings().elements().len() {
            found.push(Difference::Fault("not every element is decided".to_owned()));
        }
        Ok(found)
    }
}
