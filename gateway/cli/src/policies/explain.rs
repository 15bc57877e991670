//! `assent policies explain`: why each element of one decision goes or stays.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use gateway_types::{EventId, StaffId};
use policies::Agreements;
use policies::facts::Facts;
use policies::tools::cases::read_scenarios;
use policies::tools::explain::explain;

use super::page::{Form, read_files, tell_diagnostics};
use super::replay;
use crate::Failure;

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// A file of facts, or of scenarios.
    #[arg(required_unless_present = "receipt", conflicts_with = "receipt")]
    facts: Option<PathBuf>,
    /// A recorded decision instead, by the `event` of its receipt.
    #[arg(long, requires_all = ["config", "by"], conflicts_with_all = ["id", "agreements"])]
    receipt: Option<EventId>,
    /// The configuration file, for a recorded decision.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Who looks into the log, for a recorded decision; kept in it.
    #[arg(long)]
    by: Option<StaffId>,
    /// Which scenario of the file, by its id.
    #[arg(long)]
    id: Option<String>,
    /// Agreement files, or folders of them, in force besides what the facts say.
    #[arg(long)]
    agreements: Vec<PathBuf>,
    #[command(flatten)]
    form: Form,
}

pub(crate) async fn run(arguments: &ExplainArgs) -> Result<(), Failure> {
    if let (Some(receipt), Some(config), Some(by)) = (arguments.receipt, &arguments.config, &arguments.by) {
        return replay::explain(config, by, receipt, &arguments.form).await;
    }
    let files = read_files(&arguments.agreements, "toml")?;
    let pairs: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let agreements = Agreements::load(&pairs).map_err(|found| tell_diagnostics(&found))?;
    let explanation = explain(&facts(arguments)?, &agreements);
    arguments
        .form
        .print(&explanation, |style| explanation.to_text(style))
}

fn facts(arguments: &ExplainArgs) -> Result<Facts, Failure> {
    let path = arguments.facts.clone().unwrap_or_default();
    let name = path.display().to_string();
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("`{name}` cannot be read"))
        .map_err(Failure::Usage)?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(&text)
            .with_context(|| format!("`{name}` does not hold the facts of one decision"))
            .map_err(Failure::Data);
    }
    let scenarios = read_scenarios(&name, &text).map_err(|error| Failure::Data(error.into()))?;
    let ids: Vec<String> = scenarios.iter().map(|scenario| scenario.id.clone()).collect();
    let wanted = match (&arguments.id, ids.as_slice()) {
        (Some(id), _) => id.clone(),
        (None, [only]) => only.clone(),
        (None, _) => {
            return Err(Failure::Usage(anyhow::anyhow!(
                "`{name}` holds several scenarios; choose one with `--id`: {}",
                ids.join(", ")
            )));
        }
    };
    scenarios
        .into_iter()
        .find(|scenario| scenario.id == wanted)
        .map(|scenario| scenario.facts)
        .with_context(|| format!("`{name}` has no scenario `{wanted}`; it has {}", ids.join(", ")))
        .map_err(Failure::Usage)
}
