//! Key files: made once, readable by their owner alone, never overwritten.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Subcommand;
use gateway_audit::{NoteSigner, VerifierKey, WitnessKey};
use gateway_crypto::{MasterKey, SigningKey, SystemEntropy};
use gateway_types::{KeyId, StaffId};

use crate::{Failure, say};

/// `assent keys ...`.
#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Make the key with which a person approves agreements. It stays with that person.
    Approver {
        /// The person.
        #[arg(long)]
        person: StaffId,
        /// The key file to write. Nothing is overwritten.
        #[arg(long)]
        out: PathBuf,
    },
    /// Make the key with which this gateway cosigns other agencies' logs.
    Witness {
        /// Its name as a witness, e.g. `witness.hospital.example`.
        #[arg(long)]
        name: String,
        /// The key file to write. Nothing is overwritten.
        #[arg(long)]
        out: PathBuf,
    },
}

pub(crate) fn run(command: &KeysCommand) -> Result<(), Failure> {
    let (person, out) = match command {
        KeysCommand::Approver { person, out } => (person, out),
        KeysCommand::Witness { name, out } => return make_witness(name, out),
    };
    let public = make_approver(person, out)?;
    say(&format!(
        "made the key of {person} in `{}`; in the configuration of the gateway it is\n\n[[policies.approver]]\n\
         person = \"{person}\"\nagency = \"the id of their agency\"\nkey    = \"{public}\"",
        out.display()
    ));
    Ok(())
}

/// Makes a witness's key file and says what others have to know of it.
fn make_witness(name: &str, out: &Path) -> Result<(), Failure> {
    let key = SigningKey::generate(&SystemEntropy).context("no random bytes")?;
    let public = WitnessKey::new(name, key.public())
        .context("`--name`")
        .map_err(Failure::Usage)?;
    write_secret(out, &key.to_text(&KeyId::new("witness-1").context("an id")?))?;
    say(&format!(
        "made the witness key `{}`; whoever is cosigned by it has in the trust policy\n\nwitness NAME {public} https://HOST/v1/witness",
        out.display()
    ));
    Ok(())
}

/// Reads the key file of a witness.
pub(crate) fn read_witness(path: &Path) -> anyhow::Result<SigningKey> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let (id, key) =
        SigningKey::from_text(&text).with_context(|| format!("`{}` is not a witness key", path.display()))?;
    anyhow::ensure!(
        id.as_str().starts_with("witness-"),
        "`{}` is the key of a log or a person, not of a witness",
        path.display()
    );
    Ok(key)
}

/// Makes an approver's key file and gives the public half.
pub(crate) fn make_approver(person: &StaffId, out: &Path) -> anyhow::Result<VerifierKey> {
    let key = SigningKey::generate(&SystemEntropy)?;
    write_secret(out, &key.to_text(&KeyId::new(person.as_str())?))?;
    Ok(VerifierKey::new(person.as_str(), key.public())?)
}

/// Reads the key file of an approver; it must be that person's.
pub(crate) fn read_approver(person: &StaffId, path: &Path) -> Result<NoteSigner, Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("`--key`: `{}` cannot be read", path.display()))
        .map_err(Failure::Usage)?;
    let (id, key) = SigningKey::from_text(&text)
        .with_context(|| format!("`--key`: `{}` is not an approver's key", path.display()))
        .map_err(Failure::Usage)?;
    if id.as_str() != person.as_str() {
        return Err(Failure::Usage(anyhow::anyhow!(
            "`--key`: `{}` is the key of `{id}`, not of `{person}`",
            path.display()
        )));
    }
    NoteSigner::new(person.as_str(), key)
        .context("`--as`")
        .map_err(Failure::Usage)
}

/// `assent keys`: makes the master key and the log's signing key.
pub(crate) fn make(out: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(out).with_context(|| format!("`{}` cannot be made", out.display()))?;
    let (master, log) = generate()?;
    write_secret(&out.join("master.key"), &master)?;
    write_secret(&out.join("log.key"), &log)?;
    say(&format!(
        "made `master.key` and `log.key` in `{}`; back them up apart from the data: without the master key \
         nothing can be opened",
        out.display()
    ));
    Ok(())
}

/// A new master key and a new log key, as the texts of their files.
pub(crate) fn generate() -> anyhow::Result<(String, String)> {
    let master = MasterKey::generate(KeyId::new("master-1")?, &SystemEntropy)?;
    let log = SigningKey::generate(&SystemEntropy)?;
    Ok((
        master.to_text().to_string(),
        log.to_text(&KeyId::new("log-1")?).to_string(),
    ))
}

/// Reads a master key file.
pub(crate) fn read_master(path: &Path) -> anyhow::Result<MasterKey> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    MasterKey::from_text(&text).with_context(|| format!("`{}` is not a master key", path.display()))
}

/// Reads the log's key file.
pub(crate) fn read_log(path: &Path) -> anyhow::Result<SigningKey> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    Ok(SigningKey::from_text(&text)
        .with_context(|| format!("`{}` is not a log key", path.display()))?
        .1)
}

/// Writes a secret to a new file that only its owner can read.
pub(crate) fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options
        .open(path)
        .with_context(|| format!("`{}` cannot be made", path.display()))?;
    file.write_all(text.as_bytes())
        .with_context(|| format!("`{}` cannot be written", path.display()))?;
    Ok(file.sync_all()?)
}
