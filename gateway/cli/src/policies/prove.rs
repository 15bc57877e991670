//! `assent policies prove`: what the floor never lets through, proved for every request and every agreement.

use anyhow::Context as _;
use clap::Args;
use policies_reference::Floor;
use policies_reference::prove::Prover;

use super::page::{Form, found_wrong};
use crate::Failure;

#[derive(Args)]
pub(crate) struct ProveArgs {
    /// Only the properties whose name begins so; several are allowed.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(arguments: &ProveArgs) -> Result<(), Failure> {
    let floor = Floor::load().context("the floor cannot be loaded")?;
    let prover = Prover::new(floor).context("the properties cannot be read")?;
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
