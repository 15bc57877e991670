//! `assent policies`: the tools of those who answer for agreements. Each reads files, asks the policies crate, prints.
//!
//! Words for a person, or one JSON document with `--json`. A tool that finds what it looks for ends with 65; `test` has
//! the exit codes of the scenarios' runner contract.

mod check;
mod diff;
mod explain;
mod page;
mod test;

use clap::Subcommand;

use crate::Failure;

/// The law and the agreements: check, test, explain, compare.
#[derive(Subcommand)]
pub(crate) enum PoliciesCommand {
    /// Check agreement files: what is wrong or doubtful in them, and what the law will never let through.
    Check(check::CheckArgs),
    /// Compare two versions: what newly becomes visible to whom, and what no longer.
    Diff(diff::DiffArgs),
    /// Run scenarios and the tests inside agreement files.
    Test(test::TestArgs),
    /// Explain one decision: every rule that fired, with its citation.
    Explain(explain::ExplainArgs),
}

pub(crate) fn run(command: PoliciesCommand) -> Result<(), Failure> {
    match command {
        PoliciesCommand::Check(arguments) => check::run(&arguments),
        PoliciesCommand::Diff(arguments) => diff::run(&arguments),
        PoliciesCommand::Test(arguments) => test::run(&arguments),
        PoliciesCommand::Explain(arguments) => explain::run(&arguments),
    }
}
