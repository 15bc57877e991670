//! `assent.toml`: everything the gateway must be told, checked before a port is opened.
//!
//! Unknown keys are errors. Relative paths are taken from the folder of the file. Secrets are files, never values, so
//! that the configuration itself can be shown to anyone.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use gateway_exchange::approval::{Approver, Approvers};
use gateway_exchange::spool::SpoolLimits;
use gateway_http::pages::Pages;
use gateway_types::{AgencyId, Date, StaffId};
use serde::Deserialize;

use crate::witnesses::{WitnessEntry, WitnessesEntry};

/// The configuration of `assent serve`, as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where to listen, e.g. `127.0.0.1:8443`.
    pub(crate) listen: SocketAddr,
    /// The folder for the database files (SQLite).
    pub(crate) data: PathBuf,
    /// The folder for pushes being received; absent: `data`.
    spool: Option<PathBuf>,
    /// The file that notes the last signed checkpoint of the log, best on another disk than the database and with other
    /// backups; absent: `log.mark` in `data`.
    log_mark: Option<PathBuf>,
    /// The operator's name in the log's origin, e.g. `log.riverton.example/assent`.
    pub(crate) log_origin: String,
    /// Where records and log are kept; absent: SQLite files in `data`.
    #[serde(default)]
    pub(crate) database: Option<Database>,
    /// The server's certificate and the CA of the agencies.
    pub(crate) tls: Tls,
    /// Key files.
    pub(crate) keys: Keys,
    /// How tokens are checked.
    #[serde(default)]
    pub(crate) tokens: Tokens,
    /// Who approves agreements.
    #[serde(default)]
    pub(crate) policies: Policies,
    /// Compliance officers, until they have a console.
    #[serde(default, rename = "officer")]
    pub(crate) officers: Vec<OfficerEntry>,
    /// Column mapping files for calls for service, by agency.
    #[serde(default)]
    pub(crate) call_columns: std::collections::BTreeMap<AgencyId, PathBuf>,
    /// The pages on which clients sign; absent: there are none.
    #[serde(default)]
    pub(crate) pages: Option<PagesEntry>,
    /// What makes PDF; absent: forms are HTML only.
    #[serde(default)]
    pub(crate) print: Print,
    /// As whom it cosigns other agencies' logs; absent: none.
    #[serde(default)]
    pub(crate) witness: Option<WitnessEntry>,
    /// Who cosigns its own log; absent: nobody is asked.
    #[serde(default)]
    pub(crate) witnesses: Option<WitnessesEntry>,
    /// Where HL7 v2 messages are listened for; absent: nowhere.
    #[serde(default)]
    pub(crate) mllp: Vec<Mllp>,
    /// Limits.
    #[serde(default)]
    pub(crate) limits: Limits,
    /// How long what counts no longer is kept.
    #[serde(default)]
    pub(crate) retention: Retention,
}

/// How long what counts no longer is kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Retention {
    /// For how many days what a source has superseded or taken back is kept; at least one.
    pub(crate) superseded_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { superseded_days: 90 }
    }
}

/// A listener for HL7 v2 messages over MLLP.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mllp {
    /// Where to listen, e.g. `0.0.0.0:2575`.
    pub(crate) listen: SocketAddr,
    /// Whose messages come here in the clear, on a loopback address; absent: over TLS, by client certificate.
    pub(crate) agency: Option<AgencyId>,
}

/// PostgreSQL instead of SQLite.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// A file that holds the URL, since the URL holds a password.
    pub(crate) url_file: PathBuf,
}

/// TLS material, PEM files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    /// The server's certificate chain.
    pub(crate) certificate: PathBuf,
    /// The server's key.
    pub(crate) key: PathBuf,
    /// The CA that issues the agencies' client certificates.
    pub(crate) agency_ca: PathBuf,
}

/// What makes PDF of pages to be printed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Print {
    /// The program WeasyPrint, e.g. `/usr/bin/weasyprint`.
    pub(crate) weasyprint: Option<PathBuf>,
}

/// The pages on which clients sign, on a listener of their own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PagesEntry {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// What stands before `/sign/` in a link, e.g. `https://sign.county.example`.
    address: String,
    /// Where the way out of a victim service's page leads.
    leave_to: String,
    /// The certificate chain that browsers see; absent: that of `tls`.
    pub(crate) certificate: Option<PathBuf>,
    /// Its key.
    pub(crate) key: Option<PathBuf>,
}

impl PagesEntry {
    /// The pages as they are seen from outside.
    pub(crate) fn pages(&self) -> Result<Pages, String> {
        Pages::new(&self.address, &self.leave_to).map_err(|error| format!("`pages`: {error}"))
    }
}

/// Key files, made by `assent keys`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    /// The master key that seals from now on.
    pub(crate) master: PathBuf,
    /// Earlier master keys that still open.
    #[serde(default)]
    pub(crate) older_masters: Vec<PathBuf>,
    /// The key that signs the log's checkpoints.
    pub(crate) log: PathBuf,
}

/// How tokens are checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tokens {
    /// The `aud` that a token must have.
    pub(crate) audience: String,
    /// The longest a token may live, in seconds.
    pub(crate) max_age_seconds: u32,
    /// How far clocks may differ, in seconds.
    pub(crate) leeway_seconds: u32,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            audience: "assent".to_owned(),
            max_age_seconds: 300,
            leeway_seconds: 30,
        }
    }
}

/// Who approves agreements. The agreements themselves are in the store.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policies {
    /// Everybody who may approve, or once might.
    #[serde(default, rename = "approver")]
    approvers: Vec<ApproverEntry>,
}

/// Somebody who approves agreements.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApproverEntry {
    /// The person.
    person: StaffId,
    /// Their agency.
    agency: AgencyId,
    /// Their public key, as `assent keys approver` tells it.
    key: String,
    /// The last day on which changes they approved can be made.
    until: Option<Date>,
}

impl Policies {
    /// The approvers, with their keys read.
    pub(crate) fn approvers(&self) -> Result<Approvers, String> {
        let approvers =
            self.approvers
                .iter()
                .map(|entry| {
                    let key = entry.key.parse().map_err(|error| {
                        format!("`policies.approver`: `{}`: `key`: {error}", entry.person)
                    })?;
                    Ok(Approver {
                        person: entry.person.clone(),
                        agency: entry.agency.clone(),
                        key,
                        until: entry.until,
                    })
                })
                .collect::<Result<_, String>>()?;
        Approvers::new(approvers).map_err(|error| format!("`policies.approver`: {error}"))
    }
}

/// A compliance officer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OfficerEntry {
    /// The officer.
    pub(crate) staff: StaffId,
    /// The agency whose disclosures they audit.
    pub(crate) agency: AgencyId,
    /// Their public key, a PEM file.
    pub(crate) public_key: PathBuf,
}

/// Limits.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// The largest HMIS export taken, in bytes.
    pub(crate) import_bytes: u64,
    /// How many bytes all imports being received and read may take together.
    pub(crate) spool_bytes: u64,
    /// How many bytes imports leave free on their disk.
    pub(crate) keep_free_bytes: u64,
    /// The largest JSON request taken, in bytes.
    pub(crate) request_bytes: usize,
    /// How many connections may be open at once.
    pub(crate) connections: usize,
    /// How long a request may take to arrive, in seconds.
    pub(crate) request_seconds: u64,
    /// How long one client pushed as JSON waits for a running push of its agency, in seconds.
    pub(crate) turn_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            import_bytes: 2 << 30,
            spool_bytes: SpoolLimits::default().total,
            keep_free_bytes: SpoolLimits::default().keep_free,
            request_bytes: 1 << 20,
            connections: 1024,
            request_seconds: 30,
            turn_seconds: 20,
        }
    }
}

/// Everything that is wrong with a configuration, so that it can be mended in one go.
#[derive(Debug)]
pub(crate) struct ConfigErrors(Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the configuration cannot be used:")?;
        self.0.iter().try_for_each(|error| writeln!(f, "  - {error}"))
    }
}

impl std::error::Error for ConfigErrors {}

impl Config {
    /// The file that notes the last signed checkpoint.
    pub(crate) fn log_mark(&self) -> PathBuf {
        self.log_mark
            .clone()
            .unwrap_or_else(|| self.data.join("log.mark"))
    }

    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`ConfigErrors`]: each names its key.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigErrors> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigErrors(vec![format!("`{}`: {error}", path.display())]))?;
        let mut config: Self = toml::from_str(&text)
            .map_err(|error| ConfigErrors(vec![format!("`{}`: {error}", path.display())]))?;
        config.resolve_paths(path.parent().unwrap_or_else(|| Path::new(".")));
        config.check()?;
        Ok(config)
    }

    /// The folder for pushes being received.
    pub(crate) fn spool_folder(&self) -> &Path {
        self.spool.as_deref().unwrap_or(&self.data)
    }

    fn resolve_paths(&mut self, base: &Path) {
        let files = [
            &mut self.data,
            &mut self.tls.certificate,
            &mut self.tls.key,
            &mut self.tls.agency_ca,
            &mut self.keys.master,
            &mut self.keys.log,
        ];
        files
            .into_iter()
            .chain(self.spool.iter_mut())
            .chain(self.log_mark.iter_mut())
            .chain(self.keys.older_masters.iter_mut())
            .chain(self.officers.iter_mut().map(|officer| &mut officer.public_key))
            .chain(self.call_columns.values_mut())
            .chain(self.print.weasyprint.iter_mut())
            .chain(
                self.pages
                    .iter_mut()
                    .flat_map(|pages| pages.certificate.iter_mut().chain(pages.key.iter_mut())),
            )
            .chain(self.witness.iter_mut().map(|witness| &mut witness.key))
            .chain(
                self.witnesses
                    .iter_mut()
                    .flat_map(|witnesses| [&mut witnesses.policy, &mut witnesses.ca]),
            )
            .chain(self.database.iter_mut().map(|database| &mut database.url_file))
            .for_each(|file| *file = base.join(&*file));
    }

    fn check(&self) -> Result<(), ConfigErrors> {
        let mut errors = Vec::new();
        let mut needs_file = |key: &str, path: &Path| {
            if !path.is_file() {
                errors.push(format!("`{key}`: there is no file `{}`", path.display()));
            }
        };
        needs_file("tls.certificate", &self.tls.certificate);
        needs_file("tls.key", &self.tls.key);
        needs_file("tls.agency_ca", &self.tls.agency_ca);
        needs_file("keys.master", &self.keys.master);
        needs_file("keys.log", &self.keys.log);
        if let Some(witness) = &self.witness {
            needs_file("witness.key", &witness.key);
        }
        if let Some(witnesses) = &self.witnesses {
            needs_file("witnesses.policy", &witnesses.policy);
            needs_file("witnesses.ca", &witnesses.ca);
        }
        self.keys
            .older_masters
            .iter()
            .for_each(|path| needs_file("keys.older_masters", path));
        self.officers
            .iter()
            .for_each(|officer| needs_file("officer.public_key", &officer.public_key));
        self.call_columns
            .values()
            .for_each(|path| needs_file("call_columns", path));
        self.print
            .weasyprint
            .iter()
            .for_each(|path| needs_file("print.weasyprint", path));
        self.database
            .iter()
            .for_each(|database| needs_file("database.url_file", &database.url_file));
        let page_files = self.pages.iter().flat_map(|pages| {
            let certificate = pages.certificate.iter().map(|path| ("pages.certificate", path));
            certificate.chain(pages.key.iter().map(|path| ("pages.key", path)))
        });
        page_files.for_each(|(key, path)| needs_file(key, path));
        if let Some(pages) = &self.pages {
            if pages.certificate.is_some() != pages.key.is_some() {
                errors.push("`pages`: `certificate` and `key` go together".into());
            }
            errors.extend(pages.pages().err());
        }
        if !self.data.is_dir() {
            errors.push(format!("`data`: there is no folder `{}`", self.data.display()));
        }
        if let Some(spool) = self.spool.as_deref().filter(|spool| !spool.is_dir()) {
            errors.push(format!("`spool`: there is no folder `{}`", spool.display()));
        }
        for mllp in &self.mllp {
            if mllp.agency.is_some() && !mllp.listen.ip().is_loopback() {
                errors.push(format!(
                    "`mllp.listen`: `{}` is not a loopback address: leave out `agency`, for messages over TLS",
                    mllp.listen
                ));
            }
        }
        errors.extend(self.policies.approvers().err());
        let origin = &self.log_origin;
        if origin.is_empty() || origin.contains(|c: char| c.is_whitespace() || c == '+') {
            errors.push(
                "`log_origin`: a name without blanks or `+` is wanted, e.g. `log.county.example/assent`"
                    .into(),
            );
        }
        if self
            .witnesses
            .as_ref()
            .is_some_and(|witnesses| witnesses.every_seconds == 0)
        {
            errors.push("`witnesses.every_seconds`: at least 1 is wanted".into());
        }
        if self
            .witnesses
            .as_ref()
            .is_some_and(|witnesses| !witnesses.shows_in_time())
        {
            errors.push(
                "`witnesses.stop_without_quorum_minutes`: at least three times `every_seconds` is wanted"
                    .into(),
            );
        }
        if self.retention.superseded_days == 0 {
            errors.push("`retention.superseded_days`: at least 1 is wanted".into());
        }
        if self.tokens.audience.is_empty() {
            errors.push("`tokens.audience`: it must not be empty".into());
        }
        if !(1..=86_400).contains(&self.tokens.max_age_seconds) {
            errors.push("`tokens.max_age_seconds`: between 1 and 86400 is wanted".into());
        }
        if !(0..=300).contains(&self.tokens.leeway_seconds) {
            errors.push("`tokens.leeway_seconds`: between 0 and 300 is wanted".into());
        }
        if self.limits.request_bytes < 1024
            || self.limits.connections == 0
            || self.limits.request_seconds == 0
        {
            errors.push("`limits`: at least 1024 bytes, one connection and one second are needed".into());
        }
        if self.limits.spool_bytes < self.limits.import_bytes {
            errors.push("`limits.spool_bytes`: it must not be less than `limits.import_bytes`".into());
        }
        let secret = [
            ("keys.master", &self.keys.master),
            ("keys.log", &self.keys.log),
            ("tls.key", &self.tls.key),
        ];
        let page_key = self.pages.iter().filter_map(|pages| pages.key.as_ref());
        for (key, path) in secret.into_iter().chain(page_key.map(|path| ("pages.key", path))) {
            if readable_by_others(path) {
                errors.push(format!(
                    "`{key}`: `{}` can be read by others; `chmod 600` it",
                    path.display()
                ));
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(ConfigErrors(errors))
        }
    }
}

#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
const fn readable_by_others(_: &Path) -> bool {
    false
}
