//! The `assent` binary as an operator meets it: demo, configuration, keys, registry, serving and stopping.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use gateway_crypto::SystemEntropy;
use gateway_http::Caller;
use gateway_synthetic::{Credentials, agencies as cast, agency_toml};
use gateway_types::registry::Agency;
use gateway_types::{Clock as _, SystemClock};
use serde_json::json;
use tests_support::{CLINICIAN, nobody};

/// The binary, built once from what is here.
fn assent() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let here = std::env::current_exe().unwrap();
        let profile = here.parent().unwrap().parent().unwrap();
        let mut build = Command::new(env!("CARGO"));
        build.args([
            "build",
            "--quiet",
            "--offline",
            "-p",
            "gateway-cli",
            "--manifest-path",
        ]);
        build.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml"));
        build.arg("--target-dir").arg(profile.parent().unwrap());
        if profile.file_name().is_some_and(|name| name == "release") {
            build.arg("--release");
        }
        assert!(build.status().unwrap().success(), "the binary does not build");
        profile.join("assent")
    })
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(assent()).args(arguments).output().unwrap()
}

pub(crate) fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exit code and what was said on standard error.
#[track_caller]
pub(crate) fn fails(arguments: &[&str], code: i32) -> String {
    let output = run(arguments);
    let complaint = said(&output.stderr);
    assert_eq!(
        output.status.code(),
        Some(code),
        "{complaint}{}",
        said(&output.stdout)
    );
    assert!(!complaint.contains("panicked"), "{complaint}");
    complaint
}

pub(crate) fn write_secret(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

/// A folder with everything that `assent serve` is told.
pub(crate) struct Office {
    folder: tempfile::TempDir,
    pub(crate) credentials: Credentials,
}

impl Office {
    pub(crate) fn furnish() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemClock.now();
        let mut agencies: Vec<Agency> =
            gateway_synthetic::agencies(now.date().plus_days(-365).unwrap()).unwrap();
        let credentials = Credentials::issue(&mut agencies, "assent", now, 300, &SystemEntropy).unwrap();
        let at = |name: &str| folder.path().join(name);
        let made = run(&["keys", "--out", at("keys").to_str().unwrap()]);
        assert!(made.status.success(), "{}", said(&made.stderr));
        fs::create_dir(at("data")).unwrap();
        fs::create_dir(at("mou")).unwrap();
        for (name, text) in tests_support::AGREEMENTS {
            fs::write(at("mou").join(name), text).unwrap();
        }
        for person in tests_support::APPROVERS {
            let key = at(&format!("{person}.key")).display().to_string();
            let made = run(&["keys", "approver", "--person", person, "--out", &key]);
            assert!(made.status.success(), "{}", said(&made.stderr));
            let told = said(&made.stdout);
            let public = told
                .lines()
                .find_map(|line| line.strip_prefix("key    = "))
                .expect("the public key is told");
            fs::write(at(&format!("{person}.public")), public).unwrap();
        }
        let (certificate, key) = credentials.server();
        fs::write(at("server.pem"), certificate).unwrap();
        write_secret(&at("server.key"), key);
        fs::write(at("agencies.pem"), credentials.authority()).unwrap();
        fs::write(at("officer.pem"), credentials.officer_public_key()).unwrap();
        fs::write(at("calls.toml"), gateway_synthetic::CALLS_MAPPING).unwrap();
        for agency in &agencies {
            fs::write(at(&format!("{}.toml", agency.id)), agency_toml(agency).unwrap()).unwrap();
        }
        let office = Self { folder, credentials };
        office.configure(&office.usual());
        office
    }

    pub(crate) fn usual(&self) -> String {
        let approvers: String = tests_support::APPROVERS
            .iter()
            .map(|person| {
                let key = fs::read_to_string(self.at(&format!("{person}.public"))).unwrap();
                format!(
                    "[[policies.approver]]\nperson = \"{person}\"\nagency = \"riverton-hmis\"\nkey = {key}\n"
                )
            })
            .collect();
        r#"listen = "127.0.0.1:0"
data = "data"
log_origin = "log.test.example/assent"

[tls]
certificate = "server.pem"
key = "server.key"
agency_ca = "agencies.pem"

[keys]
master = "keys/master.key"
log = "keys/log.key"

APPROVERS
[[officer]]
staff = "d-whitfield"
agency = "riverton-hmis"
public_key = "officer.pem"

[call_columns]
riverton-pd-outreach = "calls.toml"
"#
        .replace("APPROVERS", &approvers)
    }

    /// Both approve both agreements, which come into force.
    pub(crate) fn put_agreements_in_force(&self) {
        for (name, _) in tests_support::AGREEMENTS {
            for person in tests_support::APPROVERS {
                let approved = self.approve(name, person, &[]);
                assert!(approved.status.success(), "{}", said(&approved.stderr));
            }
        }
        let activated = self.activate(&["mou"]);
        assert!(activated.status.success(), "{}", said(&activated.stderr));
    }

    /// A person approves an agreement file of the folder `mou`.
    pub(crate) fn approve(&self, name: &str, person: &str, more: &[&str]) -> Output {
        let file = self.at("mou").join(name).display().to_string();
        let key = self.at(&format!("{person}.key")).display().to_string();
        let mut arguments = vec!["policies", "approve", &file, "--as", person, "--key", &key];
        arguments.extend(more);
        run(&arguments)
    }

    /// `assent policies activate` with files or folders of the office.
    pub(crate) fn activate(&self, files: &[&str]) -> Output {
        self.policies("activate", files)
    }

    /// A command of `assent policies` that works on files of the office.
    pub(crate) fn policies(&self, command: &str, files: &[&str]) -> Output {
        let config = self.config();
        let files: Vec<String> = files
            .iter()
            .map(|file| self.at(file).display().to_string())
            .collect();
        let mut arguments = vec!["policies", command, "--config", &config];
        arguments.extend(files.iter().map(String::as_str));
        run(&arguments)
    }

    pub(crate) fn configure(&self, text: &str) {
        fs::write(self.at("assent.toml"), text).unwrap();
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn config(&self) -> String {
        self.at("assent.toml").display().to_string()
    }

    /// Registers an agency of the cast.
    pub(crate) fn register(&self, agency: &str) -> Output {
        let file = self.at(&format!("{agency}.toml")).display().to_string();
        run(&[
            "agency",
            "add",
            "--config",
            &self.config(),
            "--by",
            "o-perator",
            "--approved-by",
            "a-pprover",
            &file,
        ])
    }

    /// What `assent serve` says when it is given this configuration; it must not start.
    #[track_caller]
    pub(crate) fn is_refused(&self, text: &str) -> String {
        self.configure(text);
        fails(&["serve", "--config", &self.config()], 64)
    }
}

/// A serving process.
pub(crate) struct Serving {
    process: Child,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) pages: Option<std::net::SocketAddr>,
    log: std::thread::JoinHandle<String>,
}

impl Serving {
    pub(crate) fn start(office: &Office) -> Self {
        let mut process = Command::new(assent())
            .args(["serve", "--config", &office.config()])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut before = String::new();
        let mut next_address = || loop {
            let Some(Ok(line)) = lines.next() else {
                panic!("it did not start: {before}")
            };
            before.push_str(&line);
            before.push('\n');
            let entry: serde_json::Value =
                serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a log line: {line}"));
            if let Some(address) = entry["fields"]["address"].as_str() {
                break address.parse().unwrap();
            }
        };
        let address = next_address();
        let has_pages = fs::read_to_string(office.config()).unwrap().contains("[pages]");
        let pages = has_pages.then(next_address);
        let log = std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .fold(before, |all, line| all + &line + "\n")
        });
        Self {
            process,
            address,
            pages,
            log,
        }
    }

    pub(crate) fn caller(&self, office: &Office, agency: Option<&str>) -> Caller {
        let identity = agency.map(|agency| office.credentials.identity(agency).unwrap());
        Caller::new(self.address, office.credentials.authority(), identity).unwrap()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{signal} {}", self.process.id())])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for its end: the exit code and its log.
    pub(crate) fn ended(mut self, within: Duration) -> (Option<i32>, String) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            if begun.elapsed() > within {
                self.process.kill().unwrap();
                panic!("it did not end within {within:?}: {}", self.log.join().unwrap());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        (status.code(), self.log.join().unwrap())
    }
}

#[test]
fn the_demo_does_what_it_says_and_leaves_nothing_behind() {
    let output = run(&["demo", "--exit", "--clients", "300"]);
    let told = said(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}{}", said(&output.stderr));
    assert!(!told.contains("FAIL"), "{told}");
    let checks = told
        .lines()
        .filter(|line| line.trim_start().starts_with("ok "))
        .count();
    assert!(checks >= 20, "only {checks} checks: {told}");
    // Each numbered step of the tour has a check under it.
    let steps: Vec<&str> = told
        .split("\n\n")
        .filter(|part| part.trim_start().starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    assert!(steps.len() >= 7, "{told}");
    for step in steps {
        assert!(
            step.lines().any(|line| line.trim_start().starts_with("ok ")),
            "no check in:\n{step}"
        );
    }
    assert!(
        told.trim_end().ends_with("Every step did what it said."),
        "{told}"
    );
    assert!(!told.contains('\u{1b}'), "colour without a terminal");
    assert_eq!(said(&output.stderr), "", "noise");
    let folder = told
        .lines()
        .find_map(|line| line.trim().strip_prefix("Data folder: "))
        .expect("the data folder is named");
    let folder = folder
        .strip_suffix(" (removed at the end)")
        .expect("it says that it is removed");
    assert!(!Path::new(folder).exists());
}

#[test]
fn the_demo_wants_a_folder_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("precious"), "mine").unwrap();
    let complaint = fails(&["demo", "--exit", "--data", folder.path().to_str().unwrap()], 64);
    assert!(
        complaint.contains("--data") && complaint.contains("not empty"),
        "{complaint}"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn keys_are_made_once_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("keys");
    let made = run(&["keys", "--out", out.to_str().unwrap()]);
    assert!(made.status.success());
    let read = |name: &str| fs::read(out.join(name)).unwrap();
    let before = (read("master.key"), read("log.key"));
    for name in ["master.key", "log.key"] {
        assert_eq!(
            fs::metadata(out.join(name)).unwrap().permissions().mode() & 0o777,
            0o600,
            "{name}"
        );
        assert!(
            !said(&made.stdout).contains(said(&read(name)).trim()),
            "{name} was printed"
        );
    }
    assert!(!run(&["keys", "--out", out.to_str().unwrap()]).status.success());
    assert_eq!((read("master.key"), read("log.key")), before);
}

#[test]
fn a_configuration_that_cannot_be_used_is_refused_with_every_fault_by_its_key() {
    let office = Office::furnish();
    let usual = office.usual();
    let unknown = office.is_refused(&usual.replace("log_origin", "log_orgin"));
    assert!(
        unknown.contains("line 3") && unknown.contains("log_orgin"),
        "{unknown}"
    );
    let nested = office.is_refused(&usual.replace("agency_ca", "agency_authority"));
    assert!(nested.contains("agency_authority"), "{nested}");
    let wrong = office.is_refused(&usual.replace("\"127.0.0.1:0\"", "\"everywhere\""));
    assert!(wrong.contains("line 1"), "{wrong}");
    let broken = office.is_refused("listen = ");
    assert!(broken.contains("line 1"), "{broken}");
    // Everything that is missing is named at once.
    let missing = office.is_refused(
        &usual
            .replace("server.pem", "no.pem")
            .replace("keys/log.key", "no.key")
            .replace("\"data\"", "\"no\"")
            .replace("key = \"s-lindqvist+", "key = \"somebody+"),
    );
    for key in ["tls.certificate", "keys.log", "`data`", "policies.approver"] {
        assert!(missing.contains(key), "{key} is not named: {missing}");
    }
    let tokens = office.is_refused(&format!(
        "{usual}\n[tokens]\nmax_age_seconds = 0\nleeway_seconds = 3000\naudience = \"\"\n"
    ));
    for key in [
        "tokens.max_age_seconds",
        "tokens.leeway_seconds",
        "tokens.audience",
    ] {
        assert!(tokens.contains(key), "{key} is not named: {tokens}");
    }
    let pages = "\n[pages]\nlisten = \"127.0.0.1:0\"\naddress = \"https://sign.example\"\nleave_to = \"https://weather.example/\"\n";
    for (told, wanted) in [
        (pages.replace("https://sign", "http://sign"), "`address`"),
        (pages.replace("sign.example", "sign.example/x"), "`address`"),
        (pages.replace("https://weather", "javascript:"), "`leave_to`"),
        (format!("{pages}key = \"server.key\"\n"), "go together"),
        (
            format!("{pages}key = \"no.key\"\ncertificate = \"server.pem\"\n"),
            "pages.key",
        ),
        (pages.replace("leave_to", "leave"), "leave_to"),
    ] {
        let complaint = office.is_refused(&format!("{usual}{told}"));
        assert!(complaint.contains(wanted), "{wanted}: {complaint}");
    }
    let clear = office.is_refused(&format!(
        "{usual}\n[[mllp]]\nlisten = \"0.0.0.0:2575\"\nagency = \"lakeside-hospital\"\n"
    ));
    assert!(
        clear.contains("mllp.listen") && clear.contains("loopback"),
        "{clear}"
    );
    for (name, key) in [
        ("keys/master.key", "keys.master"),
        ("keys/log.key", "keys.log"),
        ("server.key", "tls.key"),
    ] {
        fs::set_permissions(office.at(name), Permissions::from_mode(0o644)).unwrap();
        let complaint = office.is_refused(&usual);
        assert!(
            complaint.contains(key) && complaint.contains("read by others"),
            "{complaint}"
        );
        fs::set_permissions(office.at(name), Permissions::from_mode(0o600)).unwrap();
    }
    // A key that is none; its content is not repeated.
    let master = fs::read_to_string(office.at("keys/master.key")).unwrap();
    write_secret(&office.at("keys/master.key"), "SECRETSECRET");
    let complaint = office.is_refused(&usual);
    assert!(
        complaint.contains("master.key") && !complaint.contains("SECRETSECRET"),
        "{complaint}"
    );
    write_secret(&office.at("keys/master.key"), &master);
    // Certificates that are none.
    fs::write(office.at("server.pem"), "nothing").unwrap();
    let complaint = office.is_refused(&usual);
    assert!(complaint.contains("certificate"), "{complaint}");
    assert!(fails(&["serve", "--config", "/there/is/no/such.toml"], 64).contains("such.toml"));
}

#[test]
fn agencies_are_checked_entered_by_two_and_listed() {
    let office = Office::furnish();
    let file = office.at("cedar-recovery.toml").display().to_string();
    let checked = run(&[
        "agency",
        "check",
        &file,
        &office.at("safe-haven.toml").display().to_string(),
    ]);
    let told = said(&checked.stdout);
    assert!(checked.status.success(), "{}", said(&checked.stderr));
    assert!(
        told.contains("cedar-recovery.toml: ok") && told.contains("safe-haven.toml: ok"),
        "{told}"
    );
    assert!(told.contains("refused at the door"), "{told}");
    let alone = fails(
        &[
            "agency",
            "add",
            "--config",
            &office.config(),
            "--by",
            "x-one",
            "--approved-by",
            "x-one",
            &file,
        ],
        64,
    );
    assert!(alone.contains("two people"), "{alone}");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(
        office.at("bad.toml"),
        text.replacen("kind = \"sud_program\"", "kind = \"a_shop\"", 1),
    )
    .unwrap();
    let bad = office.at("bad.toml").display().to_string();
    let complaint = fails(&["agency", "check", &bad], 65);
    assert!(
        complaint.contains("bad.toml") && complaint.contains("line"),
        "{complaint}"
    );
    let complaint = fails(
        &[
            "agency",
            "add",
            "--config",
            &office.config(),
            "--by",
            "x-one",
            "--approved-by",
            "x-two",
            &bad,
        ],
        65,
    );
    assert!(complaint.contains("bad.toml"), "{complaint}");

    let added = office.register(cast::CEDAR_RECOVERY);
    assert!(
        said(&added.stdout).contains("cedar-recovery is registered, version 1"),
        "{}{}",
        said(&added.stdout),
        said(&added.stderr)
    );
    assert!(
        said(&office.register(cast::CEDAR_RECOVERY).stdout).contains("version 1"),
        "the same again is not a new version"
    );
    fs::write(
        &file,
        text.replacen("name = \"Cedar Recovery\"", "name = \"Cedar Recovery Center\"", 1),
    )
    .unwrap();
    assert!(said(&office.register(cast::CEDAR_RECOVERY).stdout).contains("version 2"));
    let listed = run(&["agency", "list", "--config", &office.config()]);
    let told = said(&listed.stdout);
    assert!(
        told.contains("cedar-recovery")
            && told.contains("version 2")
            && told.contains("o-perator and a-pprover"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_and_at_sigterm_lets_the_request_in_flight_end() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let office = Office::furnish();
    assert!(office.register(cast::HARBOR_CRISIS).status.success());
    office.put_agreements_in_force();
    let serving = Serving::start(&office);
    let anyone = serving.caller(&office, None);
    for path in ["/health", "/ready"] {
        let answer = anyone.get(path).await.unwrap();
        assert_eq!(
            (answer.status.as_u16(), answer.json()),
            (200, json!({ "status": "ok" })),
            "{path}"
        );
    }
    let token = office.credentials.token(CLINICIAN).unwrap();
    let question =
        json!({ "client": { "identity": nobody() }, "purpose": "TREAT", "categories": ["medications"] });
    let clinician = serving
        .caller(&office, Some(cast::HARBOR_CRISIS))
        .with_token(token.clone());
    let answer = clinician.post_json("/v1/disclosures", &question).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    // Not registered here.
    let hospital = serving.caller(&office, Some(cast::LAKESIDE_HOSPITAL));
    assert_eq!(
        hospital
            .post_json("/v1/clients", &json!({}))
            .await
            .unwrap()
            .status,
        403
    );

    // An idle connection, and a request that is half sent when the signal comes.
    let mut idle = anyone.connect().await.unwrap();
    assert_eq!(
        idle.call("GET", "/health", "application/json", "")
            .await
            .unwrap()
            .status,
        200
    );
    let identity = office.credentials.identity(cast::HARBOR_CRISIS).unwrap();
    let config = gateway_http::client_config(office.credentials.authority(), Some(identity)).unwrap();
    let socket = tokio::net::TcpStream::connect(serving.address).await.unwrap();
    let name = rustls_pki_types::ServerName::IpAddress(serving.address.ip().into());
    let mut stream = tokio_rustls::TlsConnector::from(config)
        .connect(name, socket)
        .await
        .unwrap();
    let body = question.to_string();
    let head = format!(
        "POST /v1/disclosures HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let (first, rest) = body.split_at(10);
    stream
        .write_all(format!("{head}{first}").as_bytes())
        .await
        .unwrap();
    stream.flush().await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    serving.signal("TERM");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(
        anyone.get("/health").await.is_err(),
        "it takes new connections after the signal"
    );
    stream.write_all(rest.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut answer = Vec::new();
    let _ended = stream.read_to_end(&mut answer).await;
    assert!(
        said(&answer).starts_with("HTTP/1.1 200") && said(&answer).contains("receipt"),
        "{}",
        said(&answer)
    );
    let (code, log) = serving.ended(Duration::from_secs(5));
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("\"stopped\""), "{log}");
    assert!(!log.contains("Nowhere-Atall"), "{log}");

    // The log it leaves can be exported and verified by anyone who has its key.
    let key = log
        .lines()
        .chain([log.as_str()])
        .find_map(|line| Some(line.split("\"log_key\":\"").nth(1)?.split('"').next()?.to_owned()))
        .expect("the log's key is told at start");
    let out = office.at("export").display().to_string();
    let exported = run(&["audit", "export", "--config", &office.config(), "--out", &out]);
    assert!(exported.status.success(), "{}", said(&exported.stderr));
    let verified = run(&["audit", "verify", &out, "--key", &key]);
    assert!(
        verified.status.success(),
        "{}{}",
        said(&verified.stdout),
        said(&verified.stderr)
    );
    let checkpoint = Path::new(&out).join("checkpoint");
    let text = fs::read_to_string(&checkpoint).unwrap();
    fs::write(&checkpoint, text.replacen("\n", "0\n", 2)).unwrap();
    fails(&["audit", "verify", &out, "--key", &key], 65);
}

#[test]
fn a_survey_says_what_would_become_of_files_and_shows_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "charts/patient.json",
        r#"{"resourceType":"Patient","id":"p","name":[{"family":"Quillfeather"}],"birthDate":"1980-02-03"}"#,
    );
    write("charts/broken.xml", "<ClinicalDocument><q:Quillfeather/>");
    write("export/Export.csv", "ExportID\nQuillfeather\n");
    write("alerts.hl7", "MSH|^~\\&|Quillfeather");
    let path = folder.path().to_str().unwrap();
    let output = run(&["adapters", "survey", path]);
    let text = said(&output.stdout);
    assert!(output.status.success(), "{}", said(&output.stderr));
    for line in [
        "charts/patient.json: FHIR, taken: 1 client; 1 demographics",
        "charts/broken.xml: XML, refused",
        "    undeclared-prefix: ",
        "export: HMIS CSV, refused",
        "alerts.hl7: HL7 v2, refused",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let objects = said(&run(&["adapters", "survey", "--json", path]).stdout);
    assert_eq!(objects.lines().count(), 4);
    for line in objects.lines() {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(object["format"].is_string() && object["outcome"].is_string());
    }
    assert!(!text.contains("Quillfeather") && !objects.contains("Quillfeather"));
    fails(&["adapters", "survey", "/nowhere-at-all"], 64);
}
