//! `assent policies versions` and `show`: every version that ever was in force, who approved it, and its file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use gateway_audit::note::claimed_signers;
use gateway_crypto::Digest;
use gateway_store::{AgreementAction, AgreementEpoch, StandingAgreements};
use gateway_types::{EventId, MouId, Timestamp};
use serde::Serialize;

use super::page::Form;
use crate::compose::{Process, Stores};
use crate::config::Config;
use crate::{Failure, say, serve};

/// So many digits of a hash say which version is meant, if no other begins with them.
const SHORTEST: usize = 8;

#[derive(Args)]
pub(crate) struct VersionsArgs {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    #[command(flatten)]
    form: Form,
}

#[derive(Args)]
pub(crate) struct ShowArgs {
    /// The configuration file.
    #[arg(long)]
    config: PathBuf,
    /// The content hash of the version, or its first eight digits or more.
    hash: String,
    #[command(flatten)]
    form: Form,
}

/// One change of one agreement.
#[derive(Serialize)]
struct Change {
    agreement: MouId,
    version: String,
    hash: Digest,
    action: &'static str,
    replaced: Option<Digest>,
    epoch: u64,
    at: Timestamp,
    /// The event of its entry in the log.
    event: EventId,
    approved_by: Vec<String>,
    in_force: bool,
    /// The approval, statement and signatures, as it was given.
    approval: String,
    #[serde(skip)]
    text: Option<String>,
}

pub(crate) async fn list(arguments: &VersionsArgs) -> Result<(), Failure> {
    let changes = read(&arguments.config).await?;
    arguments.form.print(&changes, |_| {
        if changes.is_empty() {
            return "no agreement was ever in force".to_owned();
        }
        let mut by_agreement: BTreeMap<&MouId, Vec<&Change>> = BTreeMap::new();
        for change in &changes {
            by_agreement.entry(&change.agreement).or_default().push(change);
        }
        let mut told = String::new();
        for (agreement, changes) in by_agreement {
            told.push_str(&format!("{agreement}\n"));
            for change in changes {
                told.push_str(&format!("  {}\n", in_words(change)));
            }
        }
        told
    })
}

pub(crate) async fn show(arguments: &ShowArgs) -> Result<(), Failure> {
    let changes = read(&arguments.config).await?;
    let wanted = arguments.hash.strip_prefix("sha256:").unwrap_or(&arguments.hash);
    if wanted.len() < SHORTEST {
        return Err(Failure::Usage(anyhow::anyhow!(
            "`{}`: at least {SHORTEST} digits of the hash are needed",
            arguments.hash
        )));
    }
    let about: Vec<&Change> = changes
        .iter()
        .filter(|change| {
            change
                .hash
                .to_string()
                .strip_prefix("sha256:")
                .is_some_and(|digits| digits.starts_with(wanted))
        })
        .collect();
    let mut hashes: Vec<Digest> = about.iter().map(|change| change.hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    if hashes.len() > 1 {
        return Err(Failure::Usage(anyhow::anyhow!(
            "`{}`: {} versions begin with it",
            arguments.hash,
            hashes.len()
        )));
    }
    // The same content may have come into force twice, with other comments: the newest file is shown.
    let text = about
        .iter()
        .rev()
        .find_map(|change| change.text.as_deref())
        .with_context(|| format!("no version with the hash `{}` was ever in force", arguments.hash))
        .map_err(Failure::Data)?;
    if arguments.form.json {
        #[derive(Serialize)]
        struct Shown<'c> {
            changes: &'c [&'c Change],
            text: &'c str,
        }
        let shown = Shown {
            changes: &about,
            text,
        };
        return arguments.form.print(&shown, |_| String::new());
    }
    // As comments, so that what is printed is still the file.
    for change in &about {
        say(&format!("# {} {}", change.agreement, in_words(change)));
        change
            .approval
            .lines()
            .for_each(|line| say(&format!("#   {line}")));
    }
    say("");
    say(text.trim_end());
    Ok(())
}

fn in_words(change: &Change) -> String {
    let done = match (change.action, change.in_force) {
        ("activate", true) => "in force since",
        ("activate", false) => "came into force",
        _ => "left force",
    };
    format!(
        "{} {done} {} by epoch {}, approved by {}: {}",
        change.version,
        change.at,
        change.epoch,
        change.approved_by.join(" and "),
        change.hash
    )
}

/// Every change, oldest first.
async fn read(config: &Path) -> Result<Vec<Change>, Failure> {
    let config = Config::load(config).map_err(|errors| Failure::Usage(errors.into()))?;
    let keys = serve::gateway_keys(&config).map_err(Failure::Usage)?;
    let stores = Stores::of(&config, &keys, Process::Tool).await?;
    let epochs = stores
        .records
        .agreement_epochs_after(0)
        .await
        .context("the history of the agreements cannot be read")?;
    let mut standing = StandingAgreements::default();
    for epoch in &epochs {
        standing = standing
            .after(epoch)
            .context("the history of the agreements does not hold together")
            .map_err(Failure::Data)?;
    }
    Ok(epochs
        .into_iter()
        .flat_map(|epoch| changes(epoch, &standing))
        .collect())
}

fn changes(epoch: AgreementEpoch, standing: &StandingAgreements) -> Vec<Change> {
    let (number, at, event) = (epoch.number, epoch.at, epoch.event);
    epoch
        .changes
        .into_iter()
        .map(|change| Change {
            in_force: change.action == AgreementAction::Activate
                && standing
                    .version(&change.mou)
                    .is_some_and(|version| version.since == number),
            agreement: change.mou,
            version: change.version,
            hash: change.hash,
            action: change.action.code(),
            replaced: change.replaced,
            epoch: number,
            at,
            event,
            approved_by: claimed_signers(&change.approval)
                .unwrap_or_default()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            approval: change.approval,
            text: change.text,
        })
        .collect()
}
