//! Putting a gateway together: stores, log, agreements, settings.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use gateway_crypto::{BlindIndexer, MasterKey, Sealer, SigningKey, SystemEntropy};
use gateway_exchange::agreements::{Clearance, NotTakenUp, TakenUp};
use gateway_exchange::approval::Approvers;
use gateway_exchange::sequencer::{AuditLog, HighWater, LogKey};
use gateway_exchange::{Gateway, Parts, Settings};
use gateway_store::{AuditStore, RecordStore};
use gateway_store_sql::{Crypto, PgAuditStore, PgStore, ServerDurability, SqliteAuditStore, SqliteStore};
use gateway_types::{Clock, Entropy, SystemClock};
use policies::Agreements;

use crate::config::Config;
use crate::mark::MarkFile;
use crate::{Failure, proved, serve};

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

/// Whether a process serves or is a tool. On SQLite one process serves from a folder; tools may work beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    /// It serves.
    Serves,
    /// It looks, or changes registry and agreements.
    Tool,
}

impl Stores {
    /// Opens the stores that a configuration names.
    pub(crate) async fn of(config: &Config, keys: &GatewayKeys, process: Process) -> anyhow::Result<Self> {
        let url = serve::database_url(config)?;
        let place = url
            .as_deref()
            .map_or(Place::Folder(&config.data), Place::Postgres);
        Self::open(&place, keys, process).await
    }

    /// Opens both stores.
    pub(crate) async fn open(
        place: &Place<'_>,
        keys: &GatewayKeys,
        process: Process,
    ) -> anyhow::Result<Self> {
        let crypto = Crypto {
            sealer: Arc::new(Sealer::new(&keys.master, &keys.older)),
            blind: BlindIndexer::new(&keys.master),
            entropy: Arc::new(SystemEntropy),
        };
        Ok(match place {
            Place::Folder(folder) if process == Process::Tool => Self {
                records: Arc::new(
                    SqliteStore::open_beside(&folder.join("records.db"), crypto.clone())
                        .await
                        .context("the record store cannot be opened")?,
                ),
                audit: Arc::new(
                    SqliteAuditStore::open_beside(&folder.join("audit.db"), crypto)
                        .await
                        .context("the audit store cannot be opened")?,
                ),
            },
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
                    match process {
                        Process::Tool => {
                            PgStore::connect(url, crypto.clone(), ServerDurability::Required).await
                        }
                        Process::Serves => {
                            PgStore::connect_serving(url, crypto.clone(), ServerDurability::Required).await
                        }
                    }
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

/// What the log is called, and where its signer notes how far it came.
pub(crate) struct LogPlace {
    pub(crate) origin: String,
    pub(crate) mark: Box<dyn HighWater>,
}

/// Starts the gateway that serves: clears up after the last stop.
pub(crate) async fn start_serving(
    stores: Stores,
    keys: &GatewayKeys,
    log: LogPlace,
    approvers: Approvers,
    settings: Settings,
) -> anyhow::Result<Arc<Gateway>> {
    // Also where no agreement is in force: much of the law needs none.
    let clearance = proved::clearance();
    if let Some(clearance) = clearance.clone() {
        tokio::task::spawn_blocking(move || clearance(&Agreements::none()))
            .await?
            .map_err(|why| anyhow::anyhow!("this build must not serve: {why}"))?;
    }
    let gateway = start(stores, keys, log, approvers, settings, clearance).await?;
    gateway.recover().await?;
    Ok(gateway)
}

/// Starts a gateway on open stores, perhaps beside one that serves. No agreement is in force in it until they are
/// taken up.
pub(crate) async fn start(
    stores: Stores,
    keys: &GatewayKeys,
    log: LogPlace,
    approvers: Approvers,
    settings: Settings,
    clearance: Option<Clearance>,
) -> anyhow::Result<Arc<Gateway>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let key = LogKey {
        origin: log.origin,
        seed: *keys.log.seed().as_bytes(),
    };
    let log = AuditLog::open(Arc::clone(&stores.audit), key, Arc::clone(&clock), log.mark).await?;
    let parts = Parts {
        records: stores.records,
        audit: stores.audit,
        log,
        clock,
        entropy,
        approvers,
        settings,
    };
    let gateway = Gateway::start(parts).await?;
    Ok(Arc::new(match clearance {
        Some(clearance) => gateway.cleared_by(clearance),
        None => gateway,
    }))
}

/// A gateway for a tool, perhaps beside one that serves, with the agreements in force. Whether these can be taken up is
/// told apart, since some tools are there to mend them. Only a tool that puts agreements in force needs to have them
/// cleared.
pub(crate) async fn tool(
    config: &Path,
    clearance: Option<Clearance>,
) -> Result<(Arc<Gateway>, Result<TakenUp, NotTakenUp>), Failure> {
    let config = Config::load(config).map_err(|errors| Failure::Usage(errors.into()))?;
    let keys = serve::gateway_keys(&config).map_err(Failure::Usage)?;
    let stores = Stores::of(&config, &keys, Process::Tool).await?;
    let settings = serve::settings(&config).map_err(Failure::Usage)?;
    let approvers = approvers(&config)?;
    let log = LogPlace {
        origin: config.log_origin.clone(),
        mark: MarkFile::looked_at(config.log_mark()),
    };
    let gateway = start(stores, &keys, log, approvers, settings, clearance).await?;
    let taken_up = gateway.take_up_agreements().await;
    Ok((gateway, taken_up))
}

/// The approvers that the configuration names; it was checked that they can be read.
pub(crate) fn approvers(config: &Config) -> Result<Approvers, Failure> {
    config
        .policies
        .approvers()
        .map_err(|error| Failure::Usage(anyhow::anyhow!(error)))
}
