//! `assent audit`: take the log out of a data folder, verify such a folder without any gateway, and check what a receipt or
//! an accounting shows.

mod prove;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use gateway_audit::export::{Exporter, LogFiles, WITNESSED};
use gateway_audit::verify::{Verification, verify_log};
use gateway_audit::{Checkpoint, Ciphertexts, VerifierKey, Witnessed, verify_witnessed_log};
use gateway_store::AuditStore;
use gateway_types::Timestamp;

use crate::compose::{Process, Stores};
use crate::config::Config;
use crate::{Failure, say, serve, witnesses};

/// The audit log, offline.
#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Write the whole log into a folder that anyone with the log's public key can verify.
    Export {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The folder to write; it must not exist yet.
        #[arg(long)]
        out: PathBuf,
    },
    /// Say what a receipt, an answer, an accounting or a proof file shows, offline.
    Prove {
        /// The file: an answer or accounting in JSON as it came, a receipt out of one, a `tlog-proof`, or, with `--note`, an
        /// accounting as a page, PDF or table.
        file: PathBuf,
        /// A file with the signature of an accounting, as it came in the header `Assent-Accounting`.
        #[arg(long)]
        note: Option<PathBuf>,
        /// The log's public key, as text or as a file that holds it.
        #[arg(long)]
        key: String,
    },
    /// Verify an exported log, offline: entries, tree, signature, sealed parts.
    Verify {
        /// The exported folder.
        folder: PathBuf,
        /// The log's public key, as text or as a file that holds it.
        #[arg(long)]
        key: String,
        /// A checkpoint kept from earlier: the log must still begin with it.
        #[arg(long)]
        earlier: Option<PathBuf>,
        /// A trust policy (C2SP tlog-policy): so many of these witnesses must have cosigned.
        #[arg(long)]
        policy: Option<PathBuf>,
        /// Cosignatures made before this time do not count, e.g. `2026-11-23T00:00:00Z`.
        #[arg(long, requires = "policy")]
        not_before: Option<Timestamp>,
    },
    /// Show the evidence kept of logs that signed two histories, as a witness saw them.
    Splits {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
    },
}

pub(crate) async fn run(command: AuditCommand) -> Result<(), Failure> {
    match command {
        AuditCommand::Export { config, out } => {
            let config = Config::load(&config).map_err(|errors| Failure::Usage(errors.into()))?;
            let keys = serve::gateway_keys(&config).map_err(Failure::Usage)?;
            let stores = Stores::of(&config, &keys, Process::Tool).await?;
            let count = export(&*stores.audit, &out).await?;
            say(&format!("{count} entries written to `{}`", out.display()));
            Ok(())
        }
        AuditCommand::Prove { file, note, key } => {
            let key = log_key(key)?;
            let words = match note {
                Some(note) => prove::signed_file(&file, &note, &key)?,
                None => prove::run(&file, &key)?,
            };
            say(&words);
            Ok(())
        }
        AuditCommand::Splits { config } => splits(&config).await,
        AuditCommand::Verify {
            folder,
            key,
            earlier,
            policy,
            not_before,
        } => {
            let key = log_key(key)?;
            let earlier = earlier.map(|path| kept_checkpoint(&path, &key)).transpose()?;
            let verification = match policy {
                None => verify(&folder, &key, earlier.as_ref()),
                Some(path) => {
                    let policy = witnesses::read_policy(&path).map_err(Failure::Usage)?;
                    let witnessed =
                        verify_witnessed_log(&Folder(&folder), &key, &policy, not_before, earlier.as_ref());
                    say(&cosigned(&witnessed));
                    witnessed.verification
                }
            };
            say(verification.to_string().trim_end());
            if verification.is_intact() {
                Ok(())
            } else {
                Err(Failure::Data(anyhow::anyhow!("the log does not verify")))
            }
        }
    }
}

/// Who cosigned what, in words.
fn cosigned(witnessed: &Witnessed) -> String {
    let Some((checkpoint, judged)) = &witnessed.judged else {
        return "No cosigned checkpoint could be read.".to_owned();
    };
    let named = |list: &[(String, Timestamp)]| -> String {
        let each: Vec<String> = list.iter().map(|(name, at)| format!("{name} at {at}")).collect();
        if each.is_empty() {
            "nobody".to_owned()
        } else {
            each.join(", ")
        }
    };
    let mut words = format!(
        "The first {} entries were cosigned by {}.",
        checkpoint.head.size,
        named(&judged.by)
    );
    if !judged.stale.is_empty() {
        words.push_str(&format!(" Too long ago to count: {}.", named(&judged.stale)));
    }
    words
}

async fn splits(config: &Path) -> Result<(), Failure> {
    let config = Config::load(config).map_err(|errors| Failure::Usage(errors.into()))?;
    let keys = serve::gateway_keys(&config).map_err(Failure::Usage)?;
    let stores = Stores::of(&config, &keys, Process::Tool).await?;
    let splits = stores
        .audit
        .splits()
        .await
        .context("the evidence cannot be read")?;
    if splits.is_empty() {
        say("no log that this gateway witnesses has signed two histories");
    }
    for split in splits {
        say(&format!(
            "{}, seen {}: two trees of one size, each signed by the log. Held:\n\n{}\nShown:\n\n{}",
            split.origin, split.at, split.held, split.shown
        ));
    }
    Ok(())
}

/// The log's public key, given as text or as a file.
fn log_key(given: String) -> Result<VerifierKey, Failure> {
    let text = if Path::new(&given).is_file() {
        std::fs::read_to_string(&given).with_context(|| format!("`{given}` cannot be read"))?
    } else {
        given
    };
    text.trim()
        .parse()
        .map_err(|error| Failure::Usage(anyhow::anyhow!("`--key`: {error}")))
}

fn kept_checkpoint(path: &Path, key: &VerifierKey) -> Result<Checkpoint, Failure> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    Checkpoint::open(&text, key)
        .with_context(|| format!("`{}` is not a checkpoint of this log", path.display()))
        .map_err(Failure::Data)
}

/// Writes the whole log into a new folder.
pub(crate) async fn export(store: &dyn AuditStore, out: &Path) -> anyhow::Result<u64> {
    std::fs::create_dir(out).with_context(|| format!("`{}` cannot be made", out.display()))?;
    let head = store
        .head()
        .await?
        .context("the log is empty: there is nothing to export")?;
    let mut exporter = Exporter::new();
    let mut next = 0;
    while next < head.size {
        let wanted = u32::try_from((head.size - next).min(256)).unwrap_or(256);
        let entries = store.entries(next, wanted).await?;
        anyhow::ensure!(!entries.is_empty(), "entry {next} is missing in the store");
        for entry in entries {
            let sealed = Ciphertexts {
                detail: entry.sealed_detail,
                facts: entry.sealed_facts,
                wrapped_secret: entry.wrapped_secret,
            };
            for file in exporter.push(&entry.leaf, Some(&sealed))? {
                write_file(out, &file.path, &file.bytes)?;
            }
            next += 1;
        }
    }
    for file in exporter.finish(&head.checkpoint)? {
        write_file(out, &file.path, &file.bytes)?;
    }
    // Read after the head: it may be newer than that, and then it is of entries that are not here.
    if let Some(note) = store.witnessed().await?
        && Checkpoint::claimed_size(&note).is_some_and(|size| size <= head.size)
    {
        write_file(out, WITNESSED, note.as_bytes())?;
    }
    Ok(head.size)
}

fn write_file(folder: &Path, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(path);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    Ok(std::fs::File::create(&path)?.write_all(bytes)?)
}

/// Verifies an exported folder.
pub(crate) fn verify(folder: &Path, key: &VerifierKey, earlier: Option<&Checkpoint>) -> Verification {
    verify_log(&Folder(folder), key, earlier)
}

struct Folder<'p>(&'p Path);

impl LogFiles for Folder<'_> {
    fn read(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        match std::fs::read(self.0.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
