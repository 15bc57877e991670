//! What `assent policies prove --mous` says of a set of agreements: that it adds nothing but permits and promises to the
//! floor that was proved, that none of it can fail, and what is wrong with its clauses.

use std::fmt::Write as _;
use std::time::Instant;

use gateway_types::vocabulary::{Word, WordSet};
use policies::Agreements;
use serde::Serialize;

use super::envelope::{Prover, Verdict};
use super::lint::{Fault, Finding};
use super::solver::{SolverFault, on_large_stack};
use crate::active::ActiveSet;
use crate::engine::ReferenceEngine;

/// What came of a set of agreements.
#[derive(Debug, Serialize)]
pub struct SetReport {
    /// The digest of the floor beside which the set would run; it is the one that was proved.
    pub floor: String,
    /// The digest of the set.
    pub set: String,
    /// How many agreements it holds.
    pub agreements: usize,
    /// How many policies they come to; none can fail, by what it is made of.
    pub policies: usize,
    /// How many forms these are of. Of each, one was shown by the solver not to fail.
    pub forms: usize,
    /// Policies of which the solver did not say so.
    pub may_fail: Vec<String>,
    /// How many clauses were looked at.
    pub clauses: usize,
    /// What is wrong with some of them.
    pub findings: Vec<ClauseFinding>,
    /// How many questions about clauses the solver was asked.
    pub asked: usize,
    /// Milliseconds for all of it.
    pub milliseconds: u128,
}

/// What is wrong with a clause.
#[derive(Debug, Serialize)]
pub struct ClauseFinding {
    /// The agreement.
    pub agreement: String,
    /// The clause.
    pub clause: String,
    /// Whether it never lets anything go, or that is not known.
    pub is_grave: bool,
    /// In words.
    pub says: String,
}

impl Prover {
    /// Looks at a set of agreements.
    ///
    /// # Errors
    /// [`SolverFault`] if the solver could not be asked, or the set cannot run beside the floor that was proved.
    pub fn report_on(&self, agreements: &Agreements) -> Result<SetReport, SolverFault> {
        let begun = Instant::now();
        let broken = |error: String| SolverFault::Broken(error);
        let (engine, active) = on_large_stack(|| {
            let engine = ReferenceEngine::with_floor(self.floor.clone(), agreements)
                .map_err(|error| broken(error.to_string()))?;
            let active = ActiveSet::run_by(&engine).map_err(|error| broken(error.to_string()))?;
            Ok::<_, SolverFault>((engine, active))
        })??;
        let forms = engine.agreement_forms().count();
        let may_fail = self
            .none_fails(engine.agreement_forms())?
            .into_iter()
            .filter(|checked| !matches!(checked.verdict, Verdict::Proved))
            .map(|checked| checked.id)
            .collect();
        let linted = self.lint(agreements)?;
        Ok(SetReport {
            floor: active.floor.to_string(),
            set: agreements.hash().to_string(),
            agreements: agreements.all().len(),
            policies: active.policies,
            forms,
            may_fail,
            clauses: linted.clauses,
            findings: linted.findings.into_iter().map(in_words).collect(),
            asked: linted.asked,
            milliseconds: begun.elapsed().as_millis(),
        })
    }
}

impl SetReport {
    /// Whether nothing can fail and every clause can let something go.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.may_fail.is_empty() && !self.findings.iter().any(|finding| finding.is_grave)
    }

    /// The report in words.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(
            out,
            "set {}: {} agreements, {} clauses, {} policies\nbeside the floor that was proved, {}\n",
            self.set, self.agreements, self.clauses, self.policies, self.floor
        );
        match self.may_fail.as_slice() {
            [] => {
                let _ = writeln!(
                    out,
                    "None of them can fail while it is evaluated ({} forms proved).",
                    self.forms
                );
            }
            some => {
                let _ = writeln!(out, "NOT PROVED that these cannot fail: {}", some.join(", "));
            }
        }
        for finding in &self.findings {
            let _ = writeln!(
                out,
                "  {} {} clause {}: {}",
                if finding.is_grave { "DEAD  " } else { "remark" },
                finding.agreement,
                finding.clause,
                finding.says
            );
        }
        let grave = self.findings.iter().filter(|finding| finding.is_grave).count();
        let _ = write!(
            out,
            "{} of {} clauses can let something go; {} questions to the solver, {}.{:03} s.",
            self.clauses - grave.min(self.clauses),
            self.clauses,
            self.asked,
            self.milliseconds / 1000,
            self.milliseconds % 1000
        );
        out
    }
}

fn in_words(finding: Finding) -> ClauseFinding {
    let says = match &finding.fault {
        Fault::NeverInForce => "its agreement ends before it begins".to_owned(),
        Fault::NobodyToShareWith => "it names nobody who could see what is another's".to_owned(),
        Fault::Promised => "promises of the set keep all of it back from everybody it names".to_owned(),
        Fault::Dead => {
            "the law lets nothing go by it, whatever is asked: proved for every request that needs an agreement"
                .to_owned()
        }
        Fault::Shadowed { agreement, clause } => {
            format!("whatever it permits, clause {clause} of {agreement} permits too")
        }
        Fault::Withheld(categories) => format!("never goes by it: {}", listed(*categories)),
        Fault::Purposeless(purposes) => format!("nothing goes by it for {}", listed(*purposes)),
        Fault::Undecided(why) => format!("not known: {why}"),
    };
    let is_grave = !matches!(
        finding.fault,
        Fault::Shadowed { .. } | Fault::Withheld(_) | Fault::Purposeless(_)
    );
    ClauseFinding {
        agreement: finding.agreement,
        clause: finding.clause,
        is_grave,
        says,
    }
}

fn listed<W: Word>(words: WordSet<W>) -> String {
    let codes: Vec<&str> = words.iter().map(|word| word.code()).collect();
    codes.join(", ")
}
