//! `assent policies`: the tools of those who answer for agreements. Each reads files, asks the policies crate, prints.
//!
//! Words for a person, or one JSON document with `--json`. A tool that finds what it looks for ends with 65; `test` has
//! the exit codes of the scenarios' runner contract.

pub(crate) mod activate;
pub(crate) mod approve;
mod check;
mod diff;
mod explain;
mod page;
#[cfg(feature = "reference")]
mod prove;
mod replay;
mod test;
mod versions;

use clap::Subcommand;
use gateway_store::AgreementAction;

use crate::Failure;

/// The law and the agreements: check, test, explain, compare, approve, put in force.
#[derive(Subcommand)]
pub(crate) enum PoliciesCommand {
    /// Check agreement files: what is wrong or doubtful in them, and what the law will never let through.
    Check(check::CheckArgs),
    /// Compare two versions: what newly becomes visible to whom, and what no longer.
    Diff(diff::DiffArgs),
    /// Run scenarios and the tests inside agreement files.
    Test(test::TestArgs),
    /// Explain one decision, given as facts or out of the log: every rule that fired, with its citation.
    Explain(explain::ExplainArgs),
    /// Sign that an agreement may come into force, or with `--retire` that it may leave it. Two people have to.
    Approve(approve::ApproveArgs),
    /// Put approved agreements in force. A gateway that serves takes them up within seconds.
    Activate(activate::ChangeArgs),
    /// Take agreements out of force whose retirement was approved.
    Retire(activate::ChangeArgs),
    /// Work recorded decisions out again: as they were, and with drafts in place of their agreements.
    Replay(replay::ReplayArgs),
    /// List every version of every agreement: when it was in force, who approved it.
    Versions(versions::VersionsArgs),
    /// Show one version: its approvals and its file.
    Show(versions::ShowArgs),
    /// Prove what the law never lets through, whatever is asked and whatever any agreement says. Needs cvc5.
    #[cfg(feature = "reference")]
    Prove(prove::ProveArgs),
}

pub(crate) async fn run(command: PoliciesCommand) -> Result<(), Failure> {
    match command {
        PoliciesCommand::Check(arguments) => check::run(&arguments),
        PoliciesCommand::Diff(arguments) => diff::run(&arguments),
        PoliciesCommand::Test(arguments) => test::run(&arguments),
        PoliciesCommand::Explain(arguments) => explain::run(&arguments).await,
        PoliciesCommand::Replay(arguments) => replay::run(&arguments).await,
        PoliciesCommand::Approve(arguments) => approve::run(&arguments),
        PoliciesCommand::Activate(arguments) => activate::run(&arguments, AgreementAction::Activate).await,
        PoliciesCommand::Retire(arguments) => activate::run(&arguments, AgreementAction::Retire).await,
        PoliciesCommand::Versions(arguments) => versions::list(&arguments).await,
        PoliciesCommand::Show(arguments) => versions::show(&arguments).await,
        #[cfg(feature = "reference")]
        PoliciesCommand::Prove(arguments) => prove::run(&arguments),
    }
}
