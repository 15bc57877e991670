//! `assent policies activate` and `retire`: what two people approved comes into force, or leaves it, all files or none.
//! A gateway that serves takes it up by itself.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use gateway_exchange::Gateway;
use gateway_exchange::agreements::{NotChanged, WantedChange};
use gateway_store::{AgreementAction, AgreementEpoch};

use super::approve::approval_file;
use super::page::read_files;
use crate::{Failure, compose, proved, say};

#[derive(Args)]
pub(crate) struct ChangeArgs {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    /// The agreement files, or folders of them.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Their approvals, in the same order; by default beside each file.
    #[arg(long, num_args = 1..)]
    approvals: Vec<PathBuf>,
}

pub(crate) async fn run(arguments: &ChangeArgs, action: AgreementAction) -> Result<(), Failure> {
    let files = read_files(&arguments.files, "toml")?;
    let approvals = read_approvals(&files, &arguments.approvals, action)?;
    // Whether what is in force now can be used is seen when it is built upon.
    let (gateway, _taken_up) = compose::tool(&arguments.config, proved::clearance()).await?;
    let epoch = change(&gateway, &files, &approvals, action).await?;
    for change in &epoch.changes {
        let signers = gateway_audit::note::claimed_signers(&change.approval).unwrap_or_default();
        say(&format!(
            "{} {} {}: {}, approved by {}",
            change.mou,
            change.version,
            match action {
                AgreementAction::Activate => "is in force",
                AgreementAction::Retire => "is no longer in force",
            },
            change.hash,
            signers.join(" and ")
        ));
    }
    say(&format!(
        "epoch {}, agreement set {}",
        epoch.number,
        gateway.in_force().agreements().hash()
    ));
    Ok(())
}

/// Makes a change of the agreements in force.
pub(crate) async fn change(
    gateway: &Gateway,
    files: &[(String, String)],
    approvals: &[String],
    action: AgreementAction,
) -> Result<AgreementEpoch, Failure> {
    let wanted: Vec<WantedChange<'_>> = files
        .iter()
        .zip(approvals)
        .map(|((name, text), approval)| WantedChange {
            action,
            name,
            text,
            approval,
        })
        .collect();
    gateway
        .change_agreements(&wanted)
        .await
        .map_err(|error| match error {
            NotChanged::Store(_) | NotChanged::Entropy(_) | NotChanged::NotLogged { .. } => {
                Failure::Fault(error.into())
            }
            _ => Failure::Data(error.into()),
        })
}

fn read_approvals(
    files: &[(String, String)],
    named: &[PathBuf],
    action: AgreementAction,
) -> Result<Vec<String>, Failure> {
    let paths: Vec<PathBuf> = if named.is_empty() {
        files
            .iter()
            .map(|(name, _)| approval_file(Path::new(name), action))
            .collect()
    } else if named.len() == files.len() {
        named.to_vec()
    } else {
        return Err(Failure::Usage(anyhow::anyhow!(
            "`--approvals`: {} are named for {} files",
            named.len(),
            files.len()
        )));
    };
    paths
        .iter()
        .zip(files)
        .map(|(path, (name, _))| {
            std::fs::read_to_string(path)
                .with_context(|| {
                    format!(
                        "{name}: it is not approved: `{}` cannot be read; two people have to run `assent policies \
                         approve`",
                        path.display()
                    )
                })
                .map_err(Failure::Data)
        })
        .collect()
}
