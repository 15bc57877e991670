//! A full disk: while nothing can be written nothing is answered, `/health` says so, and with room again all goes on.
//!
//! Two ways to fill it. [`Fills::Limit`] lowers the size that a file of the gateway's process may have (RLIMIT_FSIZE), to
//! stop at an exact byte of a commit; it needs no rights and no other disk. [`Fills::Ballast`] fills the file system that the
//! folder is on, which must be a small one, so that the system says what it says of a full disk (ENOSPC).

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use gateway_http::Answer;
use gateway_http::caller::Connection;
use gateway_synthetic::Town;
use gateway_types::{Clock as _, SystemClock};
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use tests_support::CLINICIAN;

use crate::kill::{self, Received};
use crate::process::{Process, SEED, Setting};
use crate::questions::{Expected, Promise, question};

/// How the disk is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fills {
    /// By a limit on the size of a file: each of these many bytes beyond the log's write-ahead log.
    Limit,
    /// By a file that takes all the room there is.
    Ballast,
}

/// How far beyond what is written a commit comes before the disk is full: the beginning, within the first frame, at its
/// end, later. A frame is a page of 4,096 bytes with a header of 24.
const ROOM: [u64; 6] = [0, 100, 4_120, 9_000, 4 * 4_120, 10 * 4_120 + 17];
/// How many refusals are seen before there is room again.
const REFUSALS: usize = 3;
/// After this long a gateway has looked whether the log can be written again.
const LOOKS_AGAIN: Duration = Duration::from_millis(1_500);
/// A root of the lists alone takes more room than this.
const TRIED_WITH: u64 = 3 * 4_120;
/// How long a gateway may take to find out that there is room again.
const PATIENCE: Duration = Duration::from_secs(10);
/// Everybody in the town.
const PEOPLE: usize = 40;

/// What happened.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Times the disk was full.
    pub full: usize,
    /// Answers that had to be refused, and were.
    pub refused: usize,
    /// Answers given.
    pub answers: usize,
    /// The longest it took from there being room again until an answer.
    pub slowest_return: Duration,
    /// Entries in the log at the end, verified.
    pub entries: u64,
}

/// A command whose process is told of a limit on the size of files by an error and not by a signal that ends it.
#[must_use]
pub fn told_of_limits(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell
}

/// Fills the disk again and again while a clinician asks. `spawn` must tell its process of limits.
///
/// # Panics
/// If there is an answer without an entry, `/health` says that all is well, the gateway does not go on, or the log does not
/// verify.
pub async fn rounds(folder: &Path, spawn: fn(&Path) -> Command, fills: Fills) -> Outcome {
    let setting = Setting::prepare(folder, spawn);
    let town = Town::new(SEED, PEOPLE, SystemClock.now().date());
    kill::fill(&setting, &town).await;
    let process = setting.start().await;
    let mut asking = Asking {
        connection: setting
            .person(&process, CLINICIAN)
            .connect()
            .await
            .expect("a connection"),
        town,
        received: Vec::new(),
        number: 0,
    };
    let mut outcome = Outcome::default();
    asking.answered().await;
    for room in ROOM {
        let full = Full::begin(&setting.folder, &process, fills, room);
        // The room that is left may take an entry or two, and after one that it does not take a smaller one.
        let mut refused = 0;
        while refused < REFUSALS {
            match asking.ask().await.status.as_u16() {
                200 => assert!(room > 0, "an answer without room for its entry"),
                status => {
                    assert_eq!(status, 503);
                    refused += 1;
                }
            }
        }
        outcome.refused += refused;
        // Also once it has looked whether it can go on; where there is room for what it tries that with, it may.
        if room < TRIED_WITH {
            asking.says_so(room).await;
            tokio::time::sleep(LOOKS_AGAIN).await;
            asking.says_so(room).await;
        }
        outcome.full += 1;
        drop(full);
        let since = Instant::now();
        asking.until_well().await;
        asking.answered().await;
        outcome.slowest_return = outcome.slowest_return.max(since.elapsed());
    }
    outcome.answers = asking.received.len();
    process.kill();
    let (records, audit) = tests_support::open_stores(folder).await;
    kill::check_answers(&*records, &*audit, &asking.received).await;
    outcome.entries = kill::verify(&setting, &*audit).await;
    outcome
}

/// Somebody who asks, and what they were answered.
struct Asking {
    connection: Connection,
    town: Town,
    received: Vec<Received>,
    number: usize,
}

impl Asking {
    /// Asks about somebody of whom something is released.
    async fn ask(&mut self) -> Answer {
        let question = question(self.number, &self.town);
        assert_eq!(question.expected, Expected::Released);
        self.number += 3;
        let answer = self
            .connection
            .call("POST", "/v1/disclosures", "application/json", question.body)
            .await
            .expect("an answer");
        if answer.status == 200 {
            self.received.push(Received {
                promise: Promise::of(&answer),
                about: question.about,
            });
        }
        answer
    }

    async fn answered(&mut self) {
        let answer = self.ask().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// `/health` and `/ready` say that nothing is released.
    async fn says_so(&mut self, room: u64) {
        for path in ["/health", "/ready"] {
            let health = self.connection.call("GET", path, "application/json", "").await;
            let status = health.expect("an answer").status;
            assert_eq!(status, 503, "{path} with room for {room} bytes");
        }
    }

    async fn until_well(&mut self) {
        let start = Instant::now();
        loop {
            let health = self
                .connection
                .call("GET", "/health", "application/json", "")
                .await;
            let health = health.expect("an answer");
            if health.status == 200 {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "it does not go on: {}", health.text());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// A disk that is full until this is dropped.
struct Full {
    ballast: Option<PathBuf>,
    limited: Option<(Pid, Rlimit)>,
}

impl Full {
    fn begin(folder: &Path, process: &Process, fills: Fills, room: u64) -> Self {
        if fills == Fills::Ballast {
            return Self {
                ballast: Some(fill_up(&folder.join("ballast"), room)),
                limited: None,
            };
        }
        let written = std::fs::metadata(folder.join("audit.db-wal"))
            .expect("the log's file")
            .len();
        let process = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
        let limit = Rlimit {
            current: Some(written + room),
            maximum: None,
        };
        let before = prlimit(process, Resource::Fsize, limit).expect("a limit");
        Self {
            ballast: None,
            limited: process.map(|process| (process, before)),
        }
    }
}

/// Takes all the room there is but for so many bytes.
fn fill_up(path: &Path, room: u64) -> PathBuf {
    let mut file = std::fs::File::create(path).expect("a file");
    for size in [1 << 20, 4096] {
        let block = vec![7u8; size];
        while file.write_all(&block).is_ok() {
            assert!(
                file.metadata().expect("a file").len() < 4 << 30,
                "the folder is to be on a small file system"
            );
        }
    }
    let length = file.metadata().expect("a file").len();
    file.set_len(length.saturating_sub(room)).expect("some room");
    path.to_owned()
}

impl Drop for Full {
    fn drop(&mut self) {
        if let Some(ballast) = &self.ballast {
            std::fs::remove_file(ballast).expect("room again");
        }
        if let Some((process, before)) = self.limited.take() {
            prlimit(Some(process), Resource::Fsize, before).expect("room again");
        }
    }
}
