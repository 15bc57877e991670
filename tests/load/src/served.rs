//! What runs in the other process: a gateway on a prepared folder, until it is killed.
//!
//! The same parts as `assent serve` on SQLite, with the settings of the tests.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gateway_crypto::SystemEntropy;
use gateway_exchange::requester::TokenPolicy;
use gateway_exchange::sequencer::{AuditLog, LogKey};
use gateway_exchange::{Gateway, Parts, Settings};
use gateway_http::{ConnectionLimits, Doors, MllpLimits, MllpListener, RequestLimits};
use gateway_synthetic::{CALLS_MAPPING, agencies as cast};
use gateway_types::registry::Agency;
use gateway_types::{AgencyId, Clock, StaffId, SystemClock};
use serde::{Deserialize, Serialize};
use tests_support::AGREEMENTS;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::mark::MarkFile;
use crate::steps::aimed;

pub(crate) const AUDIENCE: &str = "assent-load";
pub(crate) const TOKEN_SECONDS: u32 = 12 * 3600;
/// What the gateway is told, in its folder.
pub(crate) const TOLD: &str = "told.json";
/// Where the gateway says where it listens for messages of the hospital.
pub(crate) const MESSAGES: &str = "messages";
/// Where the gateway says where it listens.
pub(crate) const ADDRESS: &str = "address";
/// The signer's own note of the last checkpoint.
pub const MARK: &str = "log.mark";
/// The log's key as the gateway prints it, for verification.
pub(crate) const LOG_KEY: &str = "log.key.public";

/// What the gateway is told before it starts.
#[derive(Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) authority: String,
    pub(crate) agencies: Vec<Agency>,
}

/// Serves the folder until the process is killed. Called in a process of its own.
///
/// # Panics
/// If it cannot start.
pub fn serve(folder: &Path) {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("gateway.log"))
        .expect("the gateway's log");
    tracing_subscriber::fmt()
        .json()
        .with_writer(Mutex::new(log))
        .with_env_filter("info,sqlx=warn")
        .init();
    tokio::runtime::Runtime::new()
        .expect("a runtime")
        .block_on(serve_folder(folder));
}

async fn serve_folder(folder: &Path) {
    let told = std::fs::read(folder.join(TOLD)).expect("what the gateway is told");
    let told: Told = serde_json::from_slice(&told).expect("what the gateway is told");
    let gateway = compose(folder).await;
    let by = [StaffId::new("load-operator").expect("an id")];
    for agency in &told.agencies {
        gateway.enter_agency(agency, &by).await.expect("a registration");
    }
    std::fs::write(folder.join(LOG_KEY), gateway.log_key()).expect("the log's key");
    let limits = RequestLimits {
        body: 1 << 20,
        patience: Duration::from_secs(30),
    };
    let hospital = AgencyId::new(cast::LAKESIDE_HOSPITAL).expect("an id");
    let line = MllpListener::local(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), hospital)
        .await
        .expect("a loopback port");
    let listens = line.address().expect("an address").to_string();
    std::fs::write(folder.join(MESSAGES), listens).expect("the address");
    tokio::spawn(line.serve(
        Arc::clone(&gateway),
        MllpLimits::default(),
        CancellationToken::new(),
    ));
    let router = gateway_http::api::router(Doors::new(gateway, limits, TaskTracker::new()));
    let tls =
        gateway_http::server_config(&told.certificate, &told.key, &told.authority).expect("the server's TLS");
    let (listener, address) = gateway_http::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .expect("a loopback port");
    // Renamed into place, so that nobody reads half an address.
    let written = folder.join("address.new");
    std::fs::write(&written, address.to_string()).expect("the address");
    std::fs::rename(written, folder.join(ADDRESS)).expect("the address");
    gateway_http::serve(
        listener,
        tls,
        router,
        ConnectionLimits::default(),
        CancellationToken::new(),
    )
    .await;
}

/// The log's name and signing key.
#[must_use]
pub fn log_key() -> LogKey {
    LogKey {
        origin: "log.test.example/assent-load".to_owned(),
        seed: [7; 32],
    }
}

async fn compose(folder: &Path) -> Arc<Gateway> {
    let (records, audit) = tests_support::open_stores(folder).await;
    let (audit, mark) = aimed(folder, audit, MarkFile::serving(folder.join(MARK)));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let log = AuditLog::open(Arc::clone(&audit), log_key(), Arc::clone(&clock), mark)
        .await
        .expect("the log");
    let stated = clock.now();
    let parts = Parts {
        records,
        audit,
        log,
        clock,
        entropy: Arc::new(SystemEntropy),
        approvers: tests_support::approvers(),
        settings: settings(folder),
    };
    let gateway = Gateway::start(parts).await.expect("a gateway");
    gateway.recover().await.expect("a recovery");
    tests_support::put_in_force(&gateway, &AGREEMENTS, stated).await;
    Arc::new(gateway)
}

fn settings(folder: &Path) -> Settings {
    Settings {
        tokens: TokenPolicy {
            audience: AUDIENCE.to_owned(),
            max_age_seconds: TOKEN_SECONDS,
            leeway_seconds: 30,
        },
        officers: Vec::new(),
        spool: folder.to_owned(),
        spool_limits: gateway_exchange::spool::SpoolLimits::default(),
        import_bytes: 2 << 30,
        turn_patience: Duration::from_secs(20),
        thresholds: gateway_linkage::Thresholds::default(),
        witness_of: None,
        quorum: None,
        call_columns: [(
            AgencyId::new(cast::RIVERTON_PD_OUTREACH).expect("an id"),
            CALLS_MAPPING.to_owned(),
        )]
        .into(),
    }
}
