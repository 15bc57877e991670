//! `assent policies replay` and `explain --receipt`: recorded decisions, worked out again from their sealed facts. The
//! master key is needed, and the look is logged.

use std::path::{Path, PathBuf};

use clap::Args;
use gateway_exchange::Gateway;
use gateway_exchange::replay::NotReplayed;
use gateway_types::{Date, EventId, StaffId, Timestamp};

use super::page::{Form, found_wrong, read_files};
use crate::{Failure, compose};

#[derive(Args)]
pub(crate) struct ReplayArgs {
    /// Drafts, or folders of them: each takes the place of the version of its agreement that was in force. Without one,
    /// decisions are only worked out again as they were.
    drafts: Vec<PathBuf>,
    /// From when on: a day, or a time as in the log.
    #[arg(long, value_parser = moment)]
    since: Timestamp,
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    /// Who looks; kept in the log.
    #[arg(long)]
    by: StaffId,
    #[command(flatten)]
    form: Form,
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse::<Date>()
        .map(|day| day.start_utc())
        .or_else(|_| text.parse())
        .map_err(|_| "a day like 2026-01-31 or a time like 2026-01-31T14:00:00Z is wanted".to_owned())
}

pub(crate) async fn run(arguments: &ReplayArgs) -> Result<(), Failure> {
    let drafts = read_files(&arguments.drafts, "toml")?;
    let gateway = gateway(&arguments.config).await?;
    let report = gateway
        .replay(&arguments.by, arguments.since, &drafts)
        .await
        .map_err(failure)?;
    arguments.form.print(&report, |_| report.to_string())?;
    if report.holds() {
        Ok(())
    } else {
        Err(found_wrong())
    }
}

/// Explains a recorded decision.
pub(crate) async fn explain(
    config: &Path,
    by: &StaffId,
    receipt: EventId,
    form: &Form,
) -> Result<(), Failure> {
    let gateway = gateway(config).await?;
    let explained = gateway.explain_decision(by, receipt).await.map_err(failure)?;
    form.print(&explained, |style| {
        let mut told = format!(
            "Entry {} of the log, event {}.\n",
            explained.index, explained.event
        );
        if let Some(rules) = explained.other_rules {
            told.push_str(&format!(
                "It was decided by the rules {rules}; this release has {}, by which it is explained.\n",
                explained.explanation.rule_set
            ));
        }
        if !explained.unlike.is_empty() {
            told.push_str(&format!(
                "It does not come out as it was recorded: {}.\n",
                explained.unlike.join(", ")
            ));
        }
        told + "\n" + &explained.explanation.to_text(style)
    })
}

async fn gateway(config: &Path) -> Result<std::sync::Arc<Gateway>, Failure> {
    let (gateway, taken_up) = compose::tool(config, None).await?;
    taken_up.map_err(|error| failure(NotReplayed::Agreements(error)))?;
    Ok(gateway)
}

fn failure(error: NotReplayed) -> Failure {
    match error {
        NotReplayed::Store(_) | NotReplayed::Log(_) => Failure::Fault(error.into()),
        _ => Failure::Data(error.into()),
    }
}
