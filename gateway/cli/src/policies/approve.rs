//! `assent policies approve`: one person's signature under one change of one agreement, in a file beside it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use gateway_audit::NoteSigner;
use gateway_audit::note::{claimed_signers, unsigned_text};
use gateway_exchange::approval::{NEEDED, Statement, unready};
use gateway_store::AgreementAction;
use gateway_types::{Clock as _, StaffId, SystemClock, Timestamp};

use crate::{Failure, keys, say};

#[derive(Args)]
pub(crate) struct ApproveArgs {
    /// The agreement file: the one that is to come into force, or with `--retire` the one that is to leave it.
    file: PathBuf,
    /// Who approves.
    #[arg(long = "as")]
    person: StaffId,
    /// Their key file, made by `assent keys approver`.
    #[arg(long)]
    key: PathBuf,
    /// Approve that this version leaves force.
    #[arg(long)]
    retire: bool,
    /// The file to put the signature into; by default beside the agreement, ending in `.approval` or `.retirement`.
    #[arg(long)]
    approval: Option<PathBuf>,
}

pub(crate) fn run(arguments: &ApproveArgs) -> Result<(), Failure> {
    let signer = keys::read_approver(&arguments.person, &arguments.key)?;
    let action = if arguments.retire {
        AgreementAction::Retire
    } else {
        AgreementAction::Activate
    };
    let path = arguments
        .approval
        .clone()
        .unwrap_or_else(|| approval_file(&arguments.file, action));
    let (statement, signers) = approve(&arguments.file, &path, action, &signer, SystemClock.now())?;
    say(statement.trim_end());
    say("");
    let missing = NEEDED.saturating_sub(signers.len());
    let rest = match missing {
        0 => "that is enough".to_owned(),
        1 => "one more person has to approve it".to_owned(),
        more => format!("{more} more people have to approve it"),
    };
    say(&format!(
        "approved by {} in `{}`; {rest}",
        signers.join(" and "),
        path.display()
    ));
    Ok(())
}

/// Where the approval of a file lies if nothing else is said.
pub(crate) fn approval_file(file: &Path, action: AgreementAction) -> PathBuf {
    file.with_extension(match action {
        AgreementAction::Activate => "approval",
        AgreementAction::Retire => "retirement",
    })
}

/// Puts a signature into an approval file; gives the statement and everybody who signed it by now.
pub(crate) fn approve(
    file: &Path,
    approval: &Path,
    action: AgreementAction,
    signer: &NoteSigner,
    now: Timestamp,
) -> Result<(String, Vec<String>), Failure> {
    let name = file.display().to_string();
    let wrong = |error: anyhow::Error| Failure::Data(error);
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("`{name}` cannot be read"))
        .map_err(Failure::Usage)?;
    let heading = policies::mou::heading(&name, &text).map_err(|found| {
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        wrong(anyhow::anyhow!(
            "the agreement cannot be used:\n{}",
            lines.join("\n")
        ))
    })?;
    if action == AgreementAction::Activate
        && let Some(why) = unready(&heading, now)
    {
        return Err(wrong(anyhow::anyhow!("{name}: {why}")));
    }
    let wanted = Statement::about(action, &heading, &text, now)
        .with_context(|| name.clone())
        .map_err(wrong)?;
    let note = match std::fs::read_to_string(approval) {
        Ok(existing) => sign_existing(&existing, &wanted, signer)
            .with_context(|| format!("`{}`", approval.display()))
            .map_err(wrong)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => signer
            .sign(&wanted.to_string())
            .context("the statement cannot be signed")?,
        Err(error) => {
            return Err(Failure::Usage(
                anyhow::Error::new(error).context(format!("`{}` cannot be read", approval.display())),
            ));
        }
    };
    write_whole(approval, &note)?;
    let statement = unsigned_text(&note).context("the approval")?.to_owned();
    let signers = claimed_signers(&note).context("the approval")?;
    Ok((statement, signers.into_iter().map(str::to_owned).collect()))
}

/// One more signature under a statement that somebody else made, if it is about the same change.
fn sign_existing(note: &str, wanted: &Statement, signer: &NoteSigner) -> anyhow::Result<String> {
    let stated = Statement::read(unsigned_text(note)?)?;
    wanted
        .same_change_as(&stated)
        .context("it is of no use for this file; approve in another file, or remove it")?;
    let name = signer.verifier().name();
    anyhow::ensure!(
        !claimed_signers(note)?.contains(&name),
        "`{name}` has signed it already; another person has to"
    );
    Ok(signer.sign_also(note)?)
}

/// Replaces a file whole, so that nobody ever reads half an approval.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let next = path.with_added_extension("new");
    std::fs::write(&next, text).with_context(|| format!("`{}` cannot be written", next.display()))?;
    std::fs::rename(&next, path).with_context(|| format!("`{}` cannot be written", path.display()))
}
