//! The gateway's process, seen from outside: started, called, measured, killed.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gateway_crypto::SystemEntropy;
use gateway_http::Caller;
use gateway_synthetic::{Credentials, Staff, Town, agencies as cast};
use gateway_types::{Clock as _, SystemClock};
use serde_json::Value;

use crate::served::{ADDRESS, AUDIENCE, LOG_KEY, MESSAGES, TOKEN_SECONDS, TOLD, Told};

/// The seed of the town.
pub const SEED: u64 = 7;
/// How many of its people the clinics and the police know, too: their files are taken whole, so they stay small.
const KNOWN_ELSEWHERE: usize = 500;
/// How long a gateway may take to start, whatever it finds.
const START: Duration = Duration::from_secs(30);

/// Credentials and a folder from which gateways are started, one after another.
pub struct Setting {
    /// The folder.
    pub folder: PathBuf,
    /// Everybody's credentials.
    pub credentials: Credentials,
    spawn: fn(&Path) -> Command,
}

/// A running gateway.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from its start until it listened.
    pub started_in: Duration,
}

impl Setting {
    /// Prepares a folder. `spawn` makes the command whose process calls [`crate::served::serve`] on the folder.
    ///
    /// # Panics
    /// If credentials cannot be made or written.
    #[must_use]
    pub fn prepare(folder: &Path, spawn: fn(&Path) -> Command) -> Self {
        let now = SystemClock.now();
        let mut agencies = gateway_synthetic::agencies(now.date().plus_days(-365).expect("a date"))
            .expect("the invented agencies");
        let credentials = Credentials::issue(&mut agencies, AUDIENCE, now, TOKEN_SECONDS, &SystemEntropy)
            .expect("credentials");
        let (certificate, key) = credentials.server();
        let told = Told {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            authority: credentials.authority().to_owned(),
            agencies,
        };
        let told = serde_json::to_vec(&told).expect("what the gateway is told");
        std::fs::write(folder.join(TOLD), told).expect("what the gateway is told");
        Self {
            folder: folder.to_owned(),
            credentials,
            spawn,
        }
    }

    /// Starts a gateway and waits until it listens.
    ///
    /// # Panics
    /// If it does not listen within half a minute.
    pub async fn start(&self) -> Process {
        let said = self.folder.join(ADDRESS);
        let _none = std::fs::remove_file(&said);
        let start = Instant::now();
        let mut child = (self.spawn)(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("a process");
        loop {
            if let Ok(address) = std::fs::read_to_string(&said) {
                return Process {
                    child,
                    address: address.parse().expect("an address"),
                    started_in: start.elapsed(),
                };
            }
            if let Some(ended) = child.try_wait().expect("the process") {
                panic!("the gateway ended: {ended}");
            }
            assert!(start.elapsed() < START, "the gateway does not listen");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Starts a gateway that kills itself before it listens, and waits for that.
    ///
    /// # Panics
    /// If it ends otherwise, or not within half a minute.
    pub async fn start_and_die(&self) {
        let _none = std::fs::remove_file(self.folder.join(ADDRESS));
        let child = (self.spawn)(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("a process");
        let mut process = Process {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            started_in: Duration::ZERO,
        };
        process.has_killed_itself().await;
        let listened = self.folder.join(ADDRESS).exists();
        assert!(
            !listened,
            "the gateway came past the step at which it was to be killed"
        );
    }

    /// An agency, calling.
    ///
    /// # Panics
    /// If there is no such agency.
    #[must_use]
    pub fn caller(&self, process: &Process, agency: &str) -> Caller {
        let identity = self.credentials.identity(agency).expect("an agency");
        Caller::new(process.address, self.credentials.authority(), Some(identity)).expect("a caller")
    }

    /// A person, calling.
    ///
    /// # Panics
    /// If there is no such person.
    #[must_use]
    pub fn person(&self, process: &Process, person: Staff<'_>) -> Caller {
        self.caller(process, person.agency)
            .with_token(self.credentials.token(person).expect("a token"))
    }

    /// The key that checks the log, once a gateway has run.
    ///
    /// # Panics
    /// If none has.
    #[must_use]
    pub fn log_key(&self) -> gateway_audit::VerifierKey {
        std::fs::read_to_string(self.folder.join(LOG_KEY))
            .expect("the log's key")
            .parse()
            .expect("the log's key")
    }

    /// Where the gateway that runs listens for messages of the hospital, in the clear.
    ///
    /// # Panics
    /// If none runs.
    #[must_use]
    pub fn message_line(&self) -> SocketAddr {
        let said = std::fs::read_to_string(self.folder.join(MESSAGES)).expect("a gateway that listens");
        said.parse().expect("an address")
    }

    /// Pushes bytes and waits until they are published. `watch` sees every state on the way.
    ///
    /// # Panics
    /// If the push ends otherwise.
    pub async fn push(
        &self,
        process: &Process,
        agency: &str,
        (kind, media_type): (&str, &str),
        bytes: Vec<u8>,
        mut watch: impl FnMut(&Value),
    ) -> Value {
        let mut connection = self
            .caller(process, agency)
            .connect()
            .await
            .expect("a connection");
        let path = format!("/v1/imports/{kind}");
        let answer = connection
            .call("POST", &path, media_type, bytes)
            .await
            .expect("an answer");
        assert!(answer.status.is_success(), "{agency}: {}", answer.text());
        let body = answer.json();
        watch(&body);
        let path = format!("/v1/imports/{}", text(&body, "import"));
        loop {
            let status = connection
                .call("GET", &path, "application/json", "")
                .await
                .expect("an answer")
                .json();
            watch(&status);
            match text(&status, "state") {
                "running" => tokio::time::sleep(Duration::from_millis(20)).await,
                "published" => return status,
                _ => panic!("{agency}: the push ended otherwise: {status}"),
            }
        }
    }

    /// Pushes what the clinics and the police hold about some people of the town.
    ///
    /// # Panics
    /// If a push fails.
    pub async fn push_the_rest(&self, process: &Process) {
        let town = Town::new(SEED, KNOWN_ELSEWHERE, SystemClock.now().date());
        for (agency, bundle) in gateway_synthetic::fhir_bundles(&town).expect("bundles") {
            let kind = ("fhir", "application/fhir+json");
            self.push(process, agency.as_str(), kind, bundle.into_bytes(), |_| {})
                .await;
        }
        let calls = gateway_synthetic::calls_for_service_csv(&town).into_bytes();
        let kind = ("calls-for-service", "text/csv");
        self.push(process, cast::RIVERTON_PD_OUTREACH, kind, calls, |_| {})
            .await;
    }
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[setting in {}]", self.folder.display())
    }
}

impl Process {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the process has killed itself.
    ///
    /// # Panics
    /// If it ends otherwise, or not within half a minute.
    pub async fn has_killed_itself(&mut self) {
        use std::os::unix::process::ExitStatusExt as _;
        let start = Instant::now();
        loop {
            if let Some(ended) = self.child.try_wait().expect("the process") {
                assert_eq!(ended.signal(), Some(9), "the gateway ended otherwise: {ended}");
                return;
            }
            assert!(
                start.elapsed() < START,
                "the step at which it was to be killed is not met"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// SIGKILL; returns when nothing of it runs any more.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("a killed process");
        self.child.wait().expect("an ended process");
    }
}

/// A test that fails leaves no gateway behind.
impl Drop for Process {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
    }
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
