//! Putting a gateway together: stores, log, agreements, settings.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use gateway_crypto::{BlindIndexer, Digest, MasterKey, Sealer, SigningKey, SystemEntropy};
use gateway_exchange::sequencer::{AuditLog, LogKey};
use gateway_exchange::{Gateway, Parts, Settings};
use gateway_store::{AuditStore, RecordStore};
use gateway_store_sql::{Crypto, PgAuditStore, PgStore, ServerDurability, SqliteAuditStore, SqliteStore};
use gateway_types::{Clock, Entropy, MouId, SystemClock};
use policies::Agreements;

use crate::Failure;

/// Where records and log are.
pub(crate) enum Place<'a> {
    /// SQLite files in a folder.
    Folder(&'a Path),
    /// A PostgreSQL database.
    Postgres(&'a str),
}

/// Both stores.
pub(crate) struct Stores {
    pub(crate) records: Arc<dyn RecordStore>,
    pub(crate) audit: Arc<dyn AuditStore>,
}

/// The keys of a gateway.
pub(crate) struct GatewayKeys {
    pub(crate) master: MasterKey,
    pub(crate) older: Vec<MasterKey>,
    pub(crate) log: SigningKey,
}

impl Stores {
    /// Opens both stores.
    pub(crate) async fn open(place: &Place<'_>, keys: &GatewayKeys) -> anyhow::Result<Self> {
        let crypto = Crypto {
            sealer: Arc::new(Sealer::new(&keys.master, &keys.older)),
            blind: BlindIndexer::new(&keys.master),
            entropy: Arc::new(SystemEntropy),
        };
        Ok(match place {
            Place::Folder(folder) => Self {
                records: Arc::new(
                    SqliteStore::open(&folder.join("records.db"), crypto.clone())
                        .await
                        .context("the record store cannot be opened")?,
                ),
                audit: Arc::new(
                    SqliteAuditStore::open(&folder.join("audit.db"), crypto)
                        .await
                        .context("the audit store cannot be opened")?,
                ),
            },
            Place::Postgres(url) => Self {
                records: Arc::new(
                    PgStore::connect(url, crypto.clone(), ServerDurability::Required)
                        .await
                        .context("the record store cannot be opened")?,
                ),
                audit: Arc::new(
                    PgAuditStore::connect(url, crypto, ServerDurability::Required)
                        .await
                        .context("the audit store cannot be opened")?,
                ),
            },
        })
    }
}

/// Reads the agreement files of a folder, by name. The first unreadable or faulty file fails all.
pub(crate) fn read_agreements(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let listed =
        std::fs::read_dir(folder).with_context(|| format!("`{}` cannot be read", folder.display()))?;
    let mut files = Vec::new();
    for entry in listed {
        let path = entry.context("the agreement folder cannot be read")?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("`{}` cannot be read", path.display()))?;
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            files.push((name, text));
        }
    }
    files.sort();
    Ok(files)
}

/// The agreements in force, and the files they came from.
pub(crate) struct Filed {
    pub(crate) agreements: Agreements,
    pub(crate) versions: Vec<(MouId, Digest, String)>,
}

/// Compiles agreement files; every fault is named with its place.
pub(crate) fn load_agreements(files: &[(String, String)]) -> Result<Filed, Failure> {
    let load = |files: &[(&str, &str)]| {
        Agreements::load(files).map_err(|diagnostics| {
            let lines: Vec<String> = diagnostics.iter().map(ToString::to_string).collect();
            Failure::Data(anyhow::anyhow!(
                "the agreements cannot be used:\n{}",
                lines.join("\n")
            ))
        })
    };
    let pairs: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let agreements = load(&pairs)?;
    let mut versions = Vec::new();
    for (name, text) in pairs {
        // One by one once more, to know which text brought which agreement into force.
        for agreement in load(&[(name, text)])?.all() {
            if let Some(hash) = agreement.hash() {
                versions.push((agreement.id().clone(), hash, text.to_owned()));
            }
        }
    }
    Ok(Filed { agreements, versions })
}

/// Starts the gateway that serves: clears up after the last stop and puts its agreements on file.
pub(crate) async fn start_serving(
    stores: Stores,
    keys: &GatewayKeys,
    origin: String,
    filed: Filed,
    settings: Settings,
) -> anyhow::Result<Arc<Gateway>> {
    let versions = filed.versions.clone();
    let gateway = start(stores, keys, origin, filed, settings).await?;
    gateway.recover().await?;
    gateway.file_agreements(&versions).await?;
    Ok(gateway)
}

/// Starts a gateway on open stores, perhaps beside one that serves.
pub(crate) async fn start(
    stores: Stores,
    keys: &GatewayKeys,
    origin: String,
    filed: Filed,
    settings: Settings,
) -> anyhow::Result<Arc<Gateway>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let key = LogKey {
        origin,
        seed: *keys.log.seed().as_bytes(),
    };
    let log = AuditLog::open(Arc::clone(&stores.audit), key, Arc::clone(&clock)).await?;
    let Filed { agreements, .. } = filed;
    let parts = Parts {
        records: stores.records,
        audit: stores.audit,
        log,
        clock,
        entropy,
        agreements,
        settings,
    };
    Ok(Arc::new(Gateway::start(parts).await?))
}
