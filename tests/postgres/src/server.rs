//! A PostgreSQL server of our own: fresh data folder, a socket inside it, no network, no durability.
//!
//! Everything runs under a small shell that waits for the end of its standard input, a pipe from this process. When
//! this process ends, however it ends, the pipe closes, and the shell stops the server and removes the folder.

use std::fmt::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::account::Account;
use crate::{Unavailable, binaries};

/// Names the socket inside the server's own folder; no port is opened.
const PORT: &str = "5432";
const SUPERUSER: &str = "assent";
const READY_SECONDS: u64 = 60;
const POLL: Duration = Duration::from_millis(10);

/// `$1` the folder of the programs, `$2` our folder, `$3` the port, `$4` the superuser.
///
/// The shell leads a process group of its own, so that signal 0's group is exactly what it started. SIGQUIT is
/// PostgreSQL's immediate shutdown (what it would save is thrown away) and is sent again until all have ended, since
/// it could fall between `initdb` and the server.
const WATCH: &str = r#"
trap '' HUP INT TERM QUIT
(
    "$1/initdb" --auth=trust --encoding=UTF8 --locale=C --no-sync --no-instructions \
        --username="$4" --pgdata="$2/data" &&
    "$1/postgres" -D "$2/data" -p "$3" -c listen_addresses= -c unix_socket_directories="$2" \
        -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
        -c max_connections=300 -c shared_buffers=64MB
    : >"$2/ended"
) </dev/null >"$2/log" 2>&1 &
all=$!
read -r _
while kill -0 "$all" 2>/dev/null; do
    kill -QUIT 0
    sleep 0.05
done
rm -rf "$2"
"#;

/// A running server. Dropping it stops it and removes what it kept; so does the end of this process.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    binaries: PathBuf,
    account: Account,
    databases: AtomicU32,
    watch: Child,
}

impl Server {
    /// Starts a server and waits until it takes connections.
    ///
    /// # Errors
    /// [`Unavailable`] if PostgreSQL is absent or does not start.
    pub fn start() -> Result<Self, Unavailable> {
        let binaries = binaries::find()?;
        let folder = tempfile::Builder::new()
            .prefix("assent-pg-")
            .tempdir()
            .map_err(Unavailable::system("make a temporary folder"))?;
        let account = Account::for_owner_of(folder.path())?;
        account.own(folder.path())?;
        let mut watch = Command::new("/bin/sh");
        account
            .run(&mut watch)
            .args(["-c", WATCH, "watch"])
            .arg(&binaries)
            .arg(folder.path())
            .args([PORT, SUPERUSER])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let watch = watch.spawn().map_err(Unavailable::system("start /bin/sh"))?;
        let server = Self {
            // From here on the shell removes the folder.
            folder: folder.keep(),
            binaries,
            account,
            databases: AtomicU32::new(0),
            watch,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// Makes a fresh, empty database and gives its URL, in the form that `sqlx` and `psql` read.
    ///
    /// # Errors
    /// [`Unavailable`] if the server does not make it.
    pub fn create_database(&self) -> Result<String, Unavailable> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql(&self.url("postgres"), &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// Runs one SQL statement on a database of this server and gives what `psql` prints, without headings.
    ///
    /// # Errors
    /// [`Unavailable::Failed`] with the server's message if the statement fails.
    pub fn psql(&self, url: &str, statement: &str) -> Result<String, Unavailable> {
        let mut psql = Command::new(self.binaries.join("psql"));
        self.account
            .run(&mut psql)
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"])
            .args(["--set=ON_ERROR_STOP=1", "--dbname", url, "--command", statement]);
        run(&mut psql, &self.folder)
    }

    /// The server's folder: gone when the server is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn url(&self, database: &str) -> String {
        let mut host = String::new();
        for byte in self.folder.as_os_str().as_encoded_bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => host.push(char::from(*byte)),
                // Writing to a String does not fail.
                _ => _ = write!(host, "%{byte:02X}"),
            }
        }
        format!("postgres://{SUPERUSER}@localhost:{PORT}/{database}?host={host}")
    }

    /// The server writes its state into the eighth line of `postmaster.pid`, where `pg_ctl` looks too.
    fn wait_until_ready(&self) -> Result<(), Unavailable> {
        let state = self.folder.join("data/postmaster.pid");
        let ended = self.folder.join("ended");
        let deadline = Instant::now() + Duration::from_secs(READY_SECONDS);
        while Instant::now() < deadline && !ended.exists() {
            let lines = std::fs::read_to_string(&state).unwrap_or_default();
            if lines.lines().nth(7).is_some_and(|line| line.trim() == "ready") {
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
        let log = std::fs::read(self.folder.join("log")).unwrap_or_default();
        Err(Unavailable::NotReady { said: tail(&log) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        // The shell ends once the server has ended and the folder is gone; there is nobody to tell if it does not.
        let _ = self.watch.wait();
    }
}

/// Runs a program in `folder` with an empty environment, so that no `PG...` variable or `.psqlrc` has a say.
fn run(command: &mut Command, folder: &Path) -> Result<String, Unavailable> {
    let output = command
        .env_clear()
        .env("HOME", folder)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(Unavailable::system("run psql"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        let said = [output.stdout, output.stderr].concat();
        Err(Unavailable::Failed {
            program: "psql",
            said: tail(&said),
        })
    }
}

fn tail(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = text.trim().lines().collect();
    let start = lines.len().saturating_sub(8);
    lines.get(start..).unwrap_or_default().join(" | ")
}
