//! `assent policies explain`: why each element of one decision goes or stays.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use policies::Agreements;
use policies::facts::Facts;
use policies::tools::cases::read_scenarios;
use policies::tools::explain::explain;

use super::page::{Form, read_files, tell_diagnostics};
use crate::Failure;

#[derive(Args)]
pub(crate) struct ExplainArgs {
    /// A file of facts, or of scenarios.
    facts: PathBuf,
    /// Which scenario of the file, by its id.
    #[arg(long)]
    id: Option<String>,
    /// Agreement files, or folders of them, in force besides what the facts say.
    #[arg(long)]
    agreements: Vec<PathBuf>,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(arguments: &ExplainArgs) -> Result<(), Failure> {
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
    let name = arguments.facts.display().to_string();
    let text = std::fs::read_to_string(&arguments.facts)
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
