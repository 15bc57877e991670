//! A gateway under test: real stores, real TLS, invented agencies and people, a clock that tests can move.
//!
//! A test reads as request, status, body:
//!
//! ```ignore
//! let test = TestGateway::start().await;
//! test.take_in_town(50).await;
//! let answer = test.clinician().ask(CastMember::Rosa, "TREAT", &["medications"]).await;
//! assert_eq!(answer.status, 200);
//! ```
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test support: a failure here is a failed test"
)]

mod approving;
mod asking;
mod clock;
mod consenting;
pub mod go;
mod log;
mod logs;
mod markers;
pub mod messages;
mod node;
mod outage;
mod pushing;
pub mod signing;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use gateway_audit::{Cosigner, TrustPolicy, VerifierKey};
use gateway_crypto::{BlindIndexer, MasterKey, Sealer, SigningKey, SystemEntropy};
use gateway_exchange::requester::{KnownOfficer, TokenPolicy};
use gateway_exchange::sequencer::{AuditLog, LogKey, NoMark};
use gateway_exchange::witness::{Quorum, WitnessOf};
use gateway_exchange::{Gateway, Parts, Settings};
use gateway_http::pages::Pages;
use gateway_http::print::Printer;
use gateway_http::{ConnectionLimits, Doors, RequestLimits};
use gateway_store::{AuditStore, RecordStore};
use gateway_store_sql::{Crypto, PgAuditStore, PgStore, ServerDurability, SqliteAuditStore, SqliteStore};
use gateway_synthetic::{CALLS_MAPPING, Credentials, Staff, agencies as cast};
use gateway_types::registry::Agency;
use gateway_types::vocabulary::Role;
use gateway_types::{AgencyId, Clock as _, KeyId, StaffId, SystemClock};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use approving::{APPROVERS, approval, approver_key, approvers, change, put_in_force};
pub use asking::{Asker, EVERY_KIND, elements, identity, nobody, receipt};
pub use clock::TestClock;
pub use consenting::{is_of_the_programme, named_terms};
pub use log::{ExportedLog, exported, leaf};
pub use logs::{CapturedLogs, captured_logs};
pub use markers::Markers;
pub use node::judged;
pub use outage::{AuditWithOutages, Outage};
pub use pushing::{client_document, patient_key, tpo_terms};

/// The crisis clinician.
pub const CLINICIAN: Staff<'_> = Staff {
    agency: cast::HARBOR_CRISIS,
    staff: "a-rivera",
    role: Role::Clinician,
    system: "pavement-tablet",
};
/// The police outreach officer.
pub const OUTREACH_OFFICER: Staff<'_> = Staff {
    agency: cast::RIVERTON_PD_OUTREACH,
    staff: "k-nguyen",
    role: Role::OutreachOfficer,
    system: "outreach-console",
};
/// Who records consents at the treatment programme.
pub const PROGRAMME_STAFF: Staff<'_> = Staff {
    agency: cast::CEDAR_RECOVERY,
    staff: "m-okafor",
    role: Role::ProgramStaff,
    system: "cedar-ehr",
};
/// Who records releases at the HMIS lead.
pub const CASE_MANAGER: Staff<'_> = Staff {
    agency: cast::RIVERTON_HMIS,
    staff: "l-ortega",
    role: Role::CaseManager,
    system: "riverton-hmis-database",
};

/// The agreements of the demo, which the tests use too.
pub const AGREEMENTS: [(&str, &str); 2] = [
    (
        "riverton-crisis-care.toml",
        include_str!("../../../policies/mou/riverton-crisis-care.toml"),
    ),
    (
        "riverton-outreach.toml",
        include_str!("../../../policies/mou/riverton-outreach.toml"),
    ),
];

/// Where the way out of a victim service's page leads.
pub const LEAVE_TO: &str = "https://weather.example/today";

/// The name of the logs under test.
pub const LOG: &str = "log.test.example/assent";

const AUDIENCE: &str = "assent-test";
const TOKEN_SECONDS: u32 = 3600;
/// How long a client pushed as JSON waits for its turn.
const TURN_PATIENCE: std::time::Duration = std::time::Duration::from_millis(400);
/// The largest push that a gateway under test takes.
pub const IMPORT_BYTES: u64 = 8 << 20;

/// A gateway under test.
pub struct TestGateway {
    /// The gateway itself.
    pub gateway: Arc<Gateway>,
    /// Its records, past the use cases.
    pub records: Arc<dyn RecordStore>,
    /// Its log, past the use cases; can be made to fail.
    pub audit: Arc<AuditWithOutages>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its signing pages are.
    pub pages: SocketAddr,
    /// Everybody's credentials.
    pub credentials: Credentials,
    /// The registered agencies.
    pub agencies: Vec<Agency>,
    /// Its clock.
    pub clock: Arc<TestClock>,
    /// Its data folder.
    pub folder: tempfile::TempDir,
    stop: CancellationToken,
    after: TaskTracker,
    serving: tokio::task::JoinHandle<()>,
    /// Once it is set, no set of agreements comes into force, for the reason given.
    pub not_cleared: Arc<OnceLock<String>>,
}

impl std::fmt::Debug for TestGateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[gateway under test at {}]", self.address)
    }
}

impl TestGateway {
    /// A gateway with the six invented agencies and nobody on file.
    pub async fn start() -> Self {
        Self::start_with(RequestLimits {
            patience: std::time::Duration::from_millis(700),
            ..RequestLimits::default()
        })
        .await
    }

    /// The same with other limits on requests.
    pub async fn start_with(limits: RequestLimits) -> Self {
        Self::start_in(tempfile::tempdir().expect("a temporary folder"), limits).await
    }

    /// A gateway on what an earlier one left in its folder.
    pub async fn start_in(folder: tempfile::TempDir, limits: RequestLimits) -> Self {
        let connections = ConnectionLimits {
            handshake: std::time::Duration::from_secs(5),
            headers: std::time::Duration::from_millis(700),
            ..ConnectionLimits::default()
        };
        Self::start_guarded(folder, limits, connections).await
    }

    /// The same with other limits on connections too.
    pub async fn start_guarded(
        folder: tempfile::TempDir,
        limits: RequestLimits,
        connections: ConnectionLimits,
    ) -> Self {
        let stores = open_stores(folder.path()).await;
        Self::start_on(stores, folder, limits, connections, Extras::default()).await
    }

    /// A gateway that makes PDF.
    pub async fn start_printing(printer: Arc<dyn Printer>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let stores = open_stores(folder.path()).await;
        let (limits, connections) = (RequestLimits::default(), ConnectionLimits::default());
        let extras = Extras {
            printer: Some(printer),
            ..Extras::default()
        };
        Self::start_on(stores, folder, limits, connections, extras).await
    }

    /// A gateway that releases nothing once its log has gone so many minutes without being witnessed.
    pub async fn start_needing_witnesses(minutes: u32) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let stores = open_stores(folder.path()).await;
        let (limits, connections) = (RequestLimits::default(), ConnectionLimits::default());
        let extras = Extras {
            stop_without_quorum_minutes: Some(minutes),
            ..Extras::default()
        };
        Self::start_on(stores, folder, limits, connections, extras).await
    }

    /// A gateway on the PostgreSQL database at `url`, with the keys of its folder.
    pub async fn start_on_postgres(url: &str, folder: tempfile::TempDir) -> Self {
        let crypto = crypto(folder.path());
        let records = PgStore::connect(url, crypto.clone(), ServerDurability::TestOnly)
            .await
            .expect("the record store");
        let audit = PgAuditStore::connect(url, crypto, ServerDurability::TestOnly)
            .await
            .expect("the audit store");
        let stores: (Arc<dyn RecordStore>, Arc<dyn AuditStore>) = (Arc::new(records), Arc::new(audit));
        Self::start_on(
            stores,
            folder,
            RequestLimits::default(),
            ConnectionLimits::default(),
            Extras::default(),
        )
        .await
    }

    async fn start_on(
        (records, audit): (Arc<dyn RecordStore>, Arc<dyn AuditStore>),
        folder: tempfile::TempDir,
        limits: RequestLimits,
        connections: ConnectionLimits,
        extras: Extras,
    ) -> Self {
        let _ = captured_logs();
        let clock = Arc::new(TestClock::at(SystemClock.now()));
        let now = clock.now();
        let mut agencies = gateway_synthetic::agencies(now.date().plus_days(-365).expect("a date"))
            .expect("the invented agencies");
        let credentials = Credentials::issue(&mut agencies, AUDIENCE, now, TOKEN_SECONDS, &SystemEntropy)
            .expect("credentials");
        let audit = Arc::new(AuditWithOutages::new(audit));
        let not_cleared = Arc::new(OnceLock::new());
        let gateway = compose(
            &records,
            &audit,
            &clock,
            Settings {
                quorum: Some(Quorum {
                    policy: trust_policy(),
                    stop_after_minutes: extras.stop_without_quorum_minutes,
                }),
                ..settings(folder.path(), credentials.officer_public_key())
            },
            &not_cleared,
        )
        .await;
        let by = [
            StaffId::new("test-operator").expect("an id"),
            StaffId::new("test-approver").expect("an id"),
        ];
        for agency in &agencies {
            gateway.enter_agency(agency, &by).await.expect("a registration");
        }
        let after = TaskTracker::new();
        let mut doors = Doors::new(Arc::clone(&gateway), limits, after.clone());
        if let Some(printer) = extras.printer {
            doors = doors.printing_by(printer);
        }
        let (certificate, key) = credentials.server();
        let stop = CancellationToken::new();
        let (listener, page_address) = gateway_http::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .await
            .expect("a loopback port");
        let pages = Pages::new(&format!("https://{page_address}"), LEAVE_TO).expect("addresses");
        doors = doors.signing_at(pages.clone());
        let serving_pages = gateway_http::serve(
            listener,
            gateway_http::page_config(certificate, key).expect("the pages' TLS"),
            gateway_http::pages::router(doors.clone(), pages),
            connections,
            stop.clone(),
        );
        let router = gateway_http::api::router(doors);
        let tls =
            gateway_http::server_config(certificate, key, credentials.authority()).expect("the server's TLS");
        let (listener, address) = gateway_http::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .await
            .expect("a loopback port");
        let serving_all = gateway_http::serve(listener, tls, router, connections, stop.clone());
        let serving = tokio::spawn(async move {
            tokio::join!(serving_pages, serving_all);
        });
        Self {
            gateway,
            records,
            audit,
            address,
            pages: page_address,
            credentials,
            agencies,
            clock,
            folder,
            stop,
            after,
            serving,
            not_cleared,
        }
    }

    /// The crisis clinician, calling.
    #[must_use]
    pub fn clinician(&self) -> Asker {
        self.asker(CLINICIAN)
    }

    /// The police outreach officer, calling.
    #[must_use]
    pub fn outreach_officer(&self) -> Asker {
        self.asker(OUTREACH_OFFICER)
    }

    /// A person, calling with certificate and token of their agency; the token is issued now, by the test's clock.
    #[must_use]
    pub fn asker(&self, person: Staff<'_>) -> Asker {
        let mut claims = self.credentials.claims(person).expect("claims");
        claims.iat = self.clock.now().as_seconds();
        claims.exp = claims.iat + i64::from(TOKEN_SECONDS);
        let token = self.credentials.sign(person.agency, &claims).expect("a token");
        Asker(self.caller(Some(person.agency)).with_token(token))
    }

    /// A compliance officer of an agency, calling.
    #[must_use]
    pub fn auditor(&self, agency: &str) -> Asker {
        let token = self
            .credentials
            .officer_token("d-whitfield", agency)
            .expect("a token");
        Asker(self.caller(None).with_token(token))
    }

    /// A caller with an agency's certificate, or none.
    #[must_use]
    pub fn caller(&self, agency: Option<&str>) -> gateway_http::Caller {
        let identity = agency.map(|agency| self.credentials.identity(agency).expect("an agency"));
        gateway_http::Caller::new(self.address, self.credentials.authority(), identity).expect("a caller")
    }

    /// Waits until what goes on after answers (imports, completion entries) has ended.
    pub async fn settle(&self) {
        self.after.close();
        self.after.wait().await;
        self.after.reopen();
    }

    /// Stops serving and lets requests in flight end.
    pub async fn stop(self) -> tempfile::TempDir {
        self.stop.cancel();
        self.serving.await.expect("the server ends well");
        self.after.close();
        self.after.wait().await;
        let Self {
            gateway,
            records,
            audit,
            folder,
            ..
        } = self;
        drop((gateway, records, audit));
        // A task that has just ended may still be giving up what it held.
        for lock in ["records.db.lock", "audit.db.lock"] {
            let lock = std::fs::File::open(folder.path().join(lock)).expect("a lock file");
            while lock.try_lock().is_err() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            lock.unlock().expect("a lock that is given up");
        }
        folder
    }
}

/// The stores of a gateway in a folder; the same keys every time, so that a folder can be opened again.
pub async fn open_stores(folder: &Path) -> (Arc<dyn RecordStore>, Arc<dyn AuditStore>) {
    let crypto = crypto(folder);
    let records = SqliteStore::open(&folder.join("records.db"), crypto.clone())
        .await
        .expect("the record store");
    let audit = SqliteAuditStore::open(&folder.join("audit.db"), crypto)
        .await
        .expect("the audit store");
    (Arc::new(records), Arc::new(audit))
}

/// The keys of a folder, made if there are none.
fn crypto(folder: &Path) -> Crypto {
    let key_file = folder.join("master.key");
    let master = if key_file.exists() {
        MasterKey::from_text(&std::fs::read_to_string(&key_file).expect("the master key"))
            .expect("a master key")
    } else {
        let master =
            MasterKey::generate(KeyId::new("test-master").expect("an id"), &SystemEntropy).expect("a key");
        std::fs::write(&key_file, master.to_text().as_str()).expect("the master key");
        master
    };
    Crypto {
        sealer: Arc::new(Sealer::new(&master, &[])),
        blind: BlindIndexer::new(&master),
        entropy: Arc::new(SystemEntropy),
    }
}

async fn compose(
    records: &Arc<dyn RecordStore>,
    audit: &Arc<AuditWithOutages>,
    clock: &Arc<TestClock>,
    settings: Settings,
    not_cleared: &Arc<OnceLock<String>>,
) -> Arc<Gateway> {
    let audit: Arc<dyn AuditStore> = Arc::clone(audit) as Arc<dyn AuditStore>;
    let clock: Arc<dyn gateway_types::Clock> = Arc::clone(clock) as Arc<dyn gateway_types::Clock>;
    let key = LogKey {
        origin: LOG.to_owned(),
        seed: [7; 32],
    };
    let log = AuditLog::open(Arc::clone(&audit), key, Arc::clone(&clock), Box::new(NoMark))
        .await
        .expect("the log");
    let stated = clock.now();
    let parts = Parts {
        records: Arc::clone(records),
        audit,
        log,
        clock,
        entropy: Arc::new(SystemEntropy),
        approvers: approvers(),
        settings,
    };
    let refused = Arc::clone(not_cleared);
    let gateway = Gateway::start(parts)
        .await
        .expect("a gateway")
        .cleared_by(Arc::new(move |_| {
            refused.get().map_or(Ok(()), |why| Err(why.clone()))
        }));
    gateway.recover().await.expect("a recovery");
    put_in_force(&gateway, &AGREEMENTS, stated).await;
    Arc::new(gateway)
}

/// What only some gateways under test have.
#[derive(Default)]
struct Extras {
    printer: Option<Arc<dyn Printer>>,
    stop_without_quorum_minutes: Option<u32>,
}

/// The key with which every gateway under test cosigns the logs of the others.
#[must_use]
pub fn cosigner() -> Cosigner {
    Cosigner::new("witness.test.example", SigningKey::from_seed([11; 32])).expect("a witness")
}

/// The key of every log under test: they are of one name, so that one can pass for another's older or other self.
#[must_use]
pub fn log_key() -> VerifierKey {
    VerifierKey::new(LOG, SigningKey::from_seed([7; 32]).public()).expect("a log's key")
}

/// One witness is enough.
#[must_use]
pub fn trust_policy() -> TrustPolicy {
    let text = format!(
        "log {}\nwitness other {}\nquorum other\n",
        log_key(),
        cosigner().verifier()
    );
    TrustPolicy::parse(&text).expect("a policy")
}

fn settings(folder: &Path, officer_key: &str) -> Settings {
    let officer = |agency: &str| KnownOfficer {
        staff: StaffId::new("d-whitfield").expect("an id"),
        agency: AgencyId::new(agency).expect("an id"),
        public_key_pem: officer_key.to_owned(),
    };
    Settings {
        tokens: TokenPolicy {
            audience: AUDIENCE.to_owned(),
            max_age_seconds: TOKEN_SECONDS,
            leeway_seconds: 30,
        },
        officers: [cast::RIVERTON_HMIS, cast::CEDAR_RECOVERY, cast::LAKESIDE_HOSPITAL]
            .map(officer)
            .into(),
        spool: folder.to_owned(),
        // The disk of whoever runs the tests may be full.
        spool_limits: gateway_exchange::spool::SpoolLimits {
            keep_free: 0,
            ..Default::default()
        },
        import_bytes: IMPORT_BYTES,
        turn_patience: TURN_PATIENCE,
        thresholds: gateway_linkage::Thresholds::default(),
        witness_of: Some(WitnessOf {
            cosigner: cosigner(),
            logs: vec![log_key()],
        }),
        quorum: None,
        call_columns: [(
            AgencyId::new(cast::RIVERTON_PD_OUTREACH).expect("an id"),
            CALLS_MAPPING.to_owned(),
        )]
        .into(),
    }
}
