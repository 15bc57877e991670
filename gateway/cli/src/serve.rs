//! `assent serve`: the gateway for real use. Configuration first, then keys and stores, then the port.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use gateway_exchange::Settings;
use gateway_exchange::requester::{KnownOfficer, TokenPolicy};
use gateway_exchange::spool::SpoolLimits;
use gateway_http::print::{PrintLimits, WeasyPrint};
use gateway_http::{ConnectionLimits, Doors, MllpLimits, MllpListener, RequestLimits, Sharing};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::compose::{self, GatewayKeys, LogPlace, Process, Stores};
use crate::config::{Config, PagesEntry};
use crate::mark::MarkFile;
use crate::witnesses::{self, WitnessEntry, WitnessesEntry};
use crate::{Failure, keys, telemetry};

/// How often the registry is read again.
const REGISTRY: Duration = Duration::from_secs(5);
/// How often it is asked whether the agreements have changed.
const AGREEMENTS: Duration = Duration::from_secs(1);
/// How often what counts no longer is removed.
const SUPERSEDED: Duration = Duration::from_hours(24);
/// How often it is asked whether the canaries are due.
const CANARIES: Duration = Duration::from_secs(1);
/// How often it is asked whether recipients are still to be told that a consent ended.
const ENDS: Duration = Duration::from_secs(5);
/// How often it is asked which service requests are too old to be kept.
const SERVICE_REQUESTS: Duration = Duration::from_secs(60 * 60);
/// How long imports and completion entries may go on after the last request.
const AFTER: Duration = Duration::from_secs(30);

/// Serves until SIGTERM or SIGINT.
pub(crate) async fn run(config: &Path) -> Result<(), Failure> {
    let config = Config::load(config).map_err(|errors| Failure::Usage(errors.into()))?;
    telemetry::start();
    let tls = server_tls(&config).map_err(Failure::Usage)?;
    let keys = gateway_keys(&config).map_err(Failure::Usage)?;
    let stores = Stores::of(&config, &keys, Process::Serves).await?;
    let settings = settings(&config).map_err(Failure::Usage)?;
    let approvers = compose::approvers(&config)?;
    let log = LogPlace {
        origin: config.log_origin.clone(),
        mark: MarkFile::serving(config.log_mark()),
    };
    let gateway = compose::start_serving(stores, &keys, log, approvers, settings).await?;
    if let Err(error) = gateway.take_up_agreements().await {
        return Err(if error.is_passing() {
            Failure::Fault(error.into())
        } else {
            Failure::Data(error.into())
        });
    }
    if gateway.in_force().agreements().all().is_empty() {
        tracing::warn!("no agreement is in force: only what needs none is answered");
    }
    gateway.try_canaries().await;
    let after = TaskTracker::new();
    let limits = RequestLimits {
        body: config.limits.request_bytes,
        patience: Duration::from_secs(config.limits.request_seconds),
    };
    let mut doors = Doors::new(Arc::clone(&gateway), limits, after.clone());
    if let Some(program) = &config.print.weasyprint {
        doors = doors.printing_by(Arc::new(WeasyPrint::new(program.clone(), PrintLimits::default())));
    }
    let connections = ConnectionLimits {
        connections: config.limits.connections,
        ..ConnectionLimits::default()
    };
    let stop = CancellationToken::new();
    let pages = match &config.pages {
        None => None,
        Some(entry) => {
            let pages = entry
                .pages()
                .map_err(|error| Failure::Usage(anyhow::anyhow!(error)))?;
            doors = doors.signing_at(pages.clone());
            let tls = page_tls(&config, entry).map_err(Failure::Usage)?;
            let (listener, bound) = gateway_http::bind(entry.listen)
                .await
                .with_context(|| format!("`pages.listen`: `{}` cannot be listened on", entry.listen))?;
            let router = gateway_http::pages::router(doors.clone(), pages);
            let connections = ConnectionLimits {
                sharing: Sharing::ByAddress,
                ..connections
            };
            let serving = gateway_http::serve(listener, tls, router, connections, stop.clone());
            Some((bound, tokio::spawn(serving)))
        }
    };
    let router = gateway_http::api::router(doors);
    let (listener, bound) = gateway_http::bind(config.listen)
        .await
        .with_context(|| format!("`listen`: `{}` cannot be listened on", config.listen))?;
    let message_lines = message_lines(&config, &tls).await?;
    tracing::info!(address = %bound, log_key = gateway.log_key(), "serving");
    if let Some((bound, _)) = &pages {
        tracing::info!(address = %bound, "serving signing pages");
    }
    tokio::spawn(stop_on_signal(stop.clone()));
    tokio::spawn(follow_registry(Arc::clone(&gateway), stop.clone()));
    tokio::spawn(follow_agreements(Arc::clone(&gateway), stop.clone()));
    tokio::spawn(follow_ends(Arc::clone(&gateway), stop.clone()));
    tokio::spawn(forget_service_requests(Arc::clone(&gateway), stop.clone()));
    tokio::spawn(watch_canaries(Arc::clone(&gateway), stop.clone()));
    tokio::spawn(remove_superseded(
        Arc::clone(&gateway),
        config.retention.superseded_days,
        stop.clone(),
    ));
    if let Some(witnesses) = &config.witnesses {
        let lines = witnesses.lines().map_err(Failure::Usage)?;
        let every = Duration::from_secs(u64::from(witnesses.every_seconds));
        tokio::spawn(witnesses::follow(
            Arc::clone(&gateway),
            lines,
            every,
            witnesses.heartbeat(),
            stop.clone(),
        ));
    }
    let lines = TaskTracker::new();
    for line in message_lines {
        lines.spawn(line.serve(Arc::clone(&gateway), MllpLimits::default(), stop.clone()));
    }
    gateway_http::serve(listener, tls, router, connections, stop).await;
    lines.close();
    lines.wait().await;
    if let Some((_, serving)) = pages {
        let _ended = serving.await;
    }
    after.close();
    if tokio::time::timeout(AFTER, after.wait()).await.is_err() {
        tracing::warn!("an import was still running; it is undone at the next start");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Opens the listeners for HL7 v2 messages.
async fn message_lines(
    config: &Config,
    tls: &gateway_http::ServerTls,
) -> Result<Vec<MllpListener>, anyhow::Error> {
    let mut lines = Vec::new();
    for mllp in &config.mllp {
        let line = match &mllp.agency {
            Some(agency) => MllpListener::local(mllp.listen, agency.clone()).await,
            None => MllpListener::over_tls(mllp.listen, tls.clone()).await,
        };
        let line = line.with_context(|| format!("`mllp.listen`: `{}`", mllp.listen))?;
        tracing::info!(address = %line.address()?, over_tls = mllp.agency.is_none(), "listening for HL7 v2 messages");
        lines.push(line);
    }
    Ok(lines)
}

/// Takes up agreements that another process put in force or retired. Why one cannot be taken up is logged by the gateway,
/// once.
async fn follow_agreements(gateway: Arc<gateway_exchange::Gateway>, stop: CancellationToken) {
    let mut answers = true;
    while tokio::time::timeout(AGREEMENTS, stop.cancelled()).await.is_err() {
        let failed = gateway.take_up_agreements().await.err();
        let answered = failed.is_none_or(|error| !error.is_passing());
        if answers && !answered {
            tracing::warn!("the agreements could not be read again; those known stay in force");
        }
        answers = answered;
    }
}

/// Files the notices that could not be filed when a consent ended: an answer was still on its way, or the log was down.
async fn follow_ends(gateway: Arc<gateway_exchange::Gateway>, stop: CancellationToken) {
    let mut filed = true;
    while tokio::time::timeout(ENDS, stop.cancelled()).await.is_err() {
        let files = gateway.file_notices().await.is_ok();
        if filed && !files {
            tracing::warn!("notices that a consent ended cannot be filed; it is tried again");
        }
        filed = files;
    }
}

/// Removes what counts no longer, at start and each day.
async fn remove_superseded(gateway: Arc<gateway_exchange::Gateway>, days: u32, stop: CancellationToken) {
    loop {
        gateway.remove_superseded(days).await;
        if tokio::time::timeout(SUPERSEDED, stop.cancelled()).await.is_ok() {
            return;
        }
    }
}

/// Takes out the service requests that are too old, whether or not anybody sends or asks for some.
async fn forget_service_requests(gateway: Arc<gateway_exchange::Gateway>, stop: CancellationToken) {
    loop {
        if gateway.forget_service_requests().await.is_err() {
            tracing::warn!("old service requests could not be taken out; it is tried again");
        }
        if tokio::time::timeout(SERVICE_REQUESTS, stop.cancelled())
            .await
            .is_ok()
        {
            return;
        }
    }
}

/// Has the canaries tried, when it is time, and makes the entries that the log is owed from when it was away.
async fn watch_canaries(gateway: Arc<gateway_exchange::Gateway>, stop: CancellationToken) {
    while tokio::time::timeout(CANARIES, stop.cancelled()).await.is_err() {
        gateway.turn_canaries().await;
        gateway.make_owed_entries().await;
    }
}

/// Takes up what `assent agency add` enters from another process, within seconds.
async fn follow_registry(gateway: Arc<gateway_exchange::Gateway>, stop: CancellationToken) {
    while tokio::time::timeout(REGISTRY, stop.cancelled()).await.is_err() {
        if gateway.reread_registry().await.is_err() {
            tracing::warn!("the registry could not be read again; the one known stays in force");
        }
    }
}

/// Cancels `stop` at SIGINT or SIGTERM.
pub(crate) async fn stop_on_signal(stop: CancellationToken) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            stop.cancel();
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
    stop.cancel();
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))
}

/// TLS for browsers: nobody is asked for a certificate.
fn page_tls(config: &Config, pages: &PagesEntry) -> anyhow::Result<gateway_http::ServerTls> {
    let (certificate, key) = (
        pages.certificate.as_ref().unwrap_or(&config.tls.certificate),
        pages.key.as_ref().unwrap_or(&config.tls.key),
    );
    Ok(gateway_http::page_config(&read(certificate)?, &read(key)?)?)
}

fn server_tls(config: &Config) -> anyhow::Result<gateway_http::ServerTls> {
    Ok(gateway_http::server_config(
        &read(&config.tls.certificate)?,
        &read(&config.tls.key)?,
        &read(&config.tls.agency_ca)?,
    )?)
}

/// The key files that the configuration names.
pub(crate) fn gateway_keys(config: &Config) -> anyhow::Result<GatewayKeys> {
    Ok(GatewayKeys {
        master: keys::read_master(&config.keys.master)?,
        older: config
            .keys
            .older_masters
            .iter()
            .map(|path| keys::read_master(path))
            .collect::<Result<_, _>>()?,
        log: keys::read_log(&config.keys.log)?,
    })
}

/// The URL of the database, if the configuration names one.
pub(crate) fn database_url(config: &Config) -> anyhow::Result<Option<String>> {
    config
        .database
        .as_ref()
        .map(|database| {
            let text = std::fs::read_to_string(&database.url_file)
                .with_context(|| format!("`{}` cannot be read", database.url_file.display()))?;
            Ok(text.trim().to_owned())
        })
        .transpose()
}

pub(crate) fn settings(config: &Config) -> anyhow::Result<Settings> {
    let officers = config
        .officers
        .iter()
        .map(|officer| {
            let public_key_pem = std::fs::read_to_string(&officer.public_key)
                .with_context(|| format!("`{}` cannot be read", officer.public_key.display()))?;
            gateway_crypto::tokens::check_token_key(&public_key_pem).with_context(|| {
                format!(
                    "`{}` is not a public key for ES256 or ES384",
                    officer.public_key.display()
                )
            })?;
            Ok(KnownOfficer {
                staff: officer.staff.clone(),
                agency: officer.agency.clone(),
                public_key_pem,
            })
        })
        .collect::<anyhow::Result<_>>()?;
    let call_columns = config
        .call_columns
        .iter()
        .map(|(agency, path)| {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("`{}` cannot be read", path.display()))?;
            Ok((agency.clone(), text))
        })
        .collect::<anyhow::Result<_>>()?;
    Ok(Settings {
        tokens: TokenPolicy {
            audience: config.tokens.audience.clone(),
            max_age_seconds: config.tokens.max_age_seconds,
            leeway_seconds: config.tokens.leeway_seconds,
        },
        officers,
        spool: config.spool_folder().to_owned(),
        spool_limits: SpoolLimits {
            total: config.limits.spool_bytes,
            keep_free: config.limits.keep_free_bytes,
        },
        import_bytes: config.limits.import_bytes,
        turn_patience: Duration::from_secs(config.limits.turn_seconds),
        thresholds: gateway_linkage::Thresholds::default(),
        call_columns,
        witness_of: config.witness.as_ref().map(WitnessEntry::read).transpose()?,
        quorum: config
            .witnesses
            .as_ref()
            .map(WitnessesEntry::quorum)
            .transpose()?,
    })
}
