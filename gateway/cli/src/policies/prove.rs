//! `assent policies prove`: what the floor never lets through, proved for every request and every agreement.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use policies::Agreements;
use policies_reference::Floor;
use policies_reference::prove::Prover;

use super::page::{Form, found_wrong, read_files, tell_diagnostics};
use crate::Failure;

#[derive(Args)]
pub(crate) struct ProveArgs {
    /// Agreement files, or folders of them: whether what is active among them adds nothing to the floor that was proved
    /// but permits and promises, whether any of it can fail, and what is wrong with its clauses.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "only")]
    mous: Vec<PathBuf>,
    /// Only the properties whose name begins so; several are allowed.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(arguments: &ProveArgs) -> Result<(), Failure> {
    let floor = Floor::load().context("the floor cannot be loaded")?;
    let prover = Prover::new(floor).context("the properties cannot be read")?;
    if !arguments.mous.is_empty() {
        return agreements(&prover, arguments);
    }
    let prover = prover.only(|id| {
        arguments.only.is_empty()
            || arguments
                .only
                .iter()
                .any(|begins| id.starts_with(begins.as_str()))
    });
    if prover.properties().is_empty() {
        return Err(Failure::Usage(anyhow::anyhow!("no property has such a name")));
    }
    let report = prover.report().context("nothing was proved")?;
    arguments.form.print(&report, |_| report.to_text())?;
    if report.is_proved() {
        Ok(())
    } else {
        Err(found_wrong())
    }
}

/// A set of agreements in place of the law.
fn agreements(prover: &Prover, arguments: &ProveArgs) -> Result<(), Failure> {
    let files = read_files(&arguments.mous, "toml")?;
    let pairs: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let set = Agreements::load(&pairs).map_err(|found| tell_diagnostics(&found))?;
    let report = prover.report_on(&set).context("nothing was proved")?;
    arguments.form.print(&report, |_| report.to_text())?;
    if report.is_sound() {
        Ok(())
    } else {
        Err(found_wrong())
    }
}
