//! Disclosures against 100,000 clients: latencies at a fixed rate, then as many as go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gateway_http::caller::Connection;
use gateway_synthetic::Town;
use gateway_types::{Clock as _, SystemClock};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{Pool, Sqlite};
use tests_load::machine::{Latencies, peak_memory, processor_time, syncs_per_second};
use tests_load::process::{Process, SEED, Setting};
use tests_load::questions::{Expected, Promise, Question, question};
use tests_support::{CLINICIAN, OUTREACH_OFFICER};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::import::{self, Report};

/// Questions a second in the open loop.
const RATE: usize = 100;
/// Connections of each of the two who ask.
const CONNECTIONS: usize = 8;

pub(crate) async fn run(clients: usize, seconds: usize) {
    let (folder, _temporary) = super::data_folder();
    let filled = folder.join("records.db").exists();
    let setting = Setting::prepare(&folder, super::serve_command);
    let process = setting.start().await;
    if !filled {
        let rate = import::import(&setting, &process, clients, Report::Short).await;
        println!("{rate:.0} rows/s end to end");
    }
    setting.push_the_rest(&process).await;
    println!(
        "bare syncs: {:.0} a second",
        syncs_per_second(&folder).expect("a rate")
    );
    let town = Town::new(SEED, clients, SystemClock.now().date());
    let asking = Arc::new(Asking::connect(&setting, &process, town).await);

    // A second of warming up: caches, connections, lazily made texts.
    asking.at_a_rate(0, RATE).await;
    let before = processor_time(process.id());
    let answers = asking.at_a_rate(RATE, RATE * seconds).await;
    report(&format!("{RATE} a second for {seconds} s"), &answers);
    println!(
        "processor time by thread before {before:.1?}, after {:.1?}",
        processor_time(process.id())
    );

    let start = Instant::now();
    let answers = asking
        .as_many_as_go(RATE * (seconds + 1), Duration::from_secs(10))
        .await;
    let rate = answers.len() as f64 / start.elapsed().as_secs_f64();
    report(
        &format!(
            "closed loop of {} connections: {rate:.0} a second",
            2 * CONNECTIONS
        ),
        &answers,
    );
    println!("peak memory {} MiB", peak_memory(process.id()).unwrap_or(0));
    process.kill();
}

/// An answer, how long it took, what was expected.
struct Answered {
    took: Duration,
    expected: Expected,
    released: bool,
}

/// Open connections of both who ask, and the log's file.
struct Asking {
    town: Town,
    clinicians: Vec<Mutex<Connection>>,
    officers: Vec<Mutex<Connection>>,
    log: Pool<Sqlite>,
}

impl Asking {
    async fn connect(setting: &Setting, process: &Process, town: Town) -> Self {
        let (clinician, officer) = (
            setting.person(process, CLINICIAN),
            setting.person(process, OUTREACH_OFFICER),
        );
        let (mut clinicians, mut officers) = (Vec::new(), Vec::new());
        for _ in 0..CONNECTIONS {
            clinicians.push(Mutex::new(clinician.connect().await.expect("a connection")));
            officers.push(Mutex::new(officer.connect().await.expect("a connection")));
        }
        let options = SqliteConnectOptions::new()
            .filename(setting.folder.join("audit.db"))
            .read_only(true);
        let log = SqlitePoolOptions::new()
            .connect_with(options)
            .await
            .expect("the log's file");
        Self {
            town,
            clinicians,
            officers,
            log,
        }
    }

    /// Sends on schedule, whatever the answers do; a latency counts from the moment the question was due.
    async fn at_a_rate(self: &Arc<Self>, from: usize, count: usize) -> Vec<Answered> {
        let start = Instant::now();
        let mut asked = JoinSet::new();
        for number in 0..count {
            let due = start + Duration::from_secs(1) * u32::try_from(number).unwrap_or(0) / 100;
            tokio::time::sleep_until(due.into()).await;
            let asking = Arc::clone(self);
            asked.spawn(async move { asking.ask(from + number, due).await });
        }
        asked.join_all().await
    }

    /// Each connection asks again as soon as it has its answer.
    async fn as_many_as_go(self: &Arc<Self>, from: usize, during: Duration) -> Vec<Answered> {
        let until = Instant::now() + during;
        let mut clients = JoinSet::new();
        for client in 0..2 * CONNECTIONS {
            let asking = Arc::clone(self);
            clients.spawn(async move {
                let mut answers = Vec::new();
                for number in (from + client..).step_by(2 * CONNECTIONS) {
                    if Instant::now() >= until {
                        break;
                    }
                    answers.push(asking.ask(number, Instant::now()).await);
                }
                answers
            });
        }
        clients.join_all().await.into_iter().flatten().collect()
    }

    async fn ask(&self, number: usize, due: Instant) -> Answered {
        let Question {
            by, body, expected, ..
        } = question(number, &self.town);
        let connections = if by.agency == CLINICIAN.agency {
            &self.clinicians
        } else {
            &self.officers
        };
        let connection = connections.get(number / 3 % CONNECTIONS).expect("a connection");
        let mut connection = connection.lock().await;
        let answer = connection
            .call("POST", "/v1/disclosures", "application/json", body)
            .await
            .expect("an answer");
        let took = due.elapsed();
        drop(connection);
        let promise = Promise::of(&answer);
        self.check(&promise).await;
        assert!(
            expected != Expected::Withheld || promise.elements == 0,
            "elements that nobody may be told"
        );
        Answered {
            took,
            expected,
            released: promise.elements > 0,
        }
    }

    /// The entry of an answer is in the log's file, and the head covers it, by the time the answer is here.
    async fn check(&self, promise: &Promise) {
        assert_eq!(
            promise.received, promise.promised,
            "the receipt is of other bytes"
        );
        let index = i64::try_from(promise.index).expect("a place");
        let covered: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM audit_entries WHERE place = $1 AND event = $2)
                AND (SELECT size FROM audit_head) > $1",
        )
        .bind(index)
        .bind(promise.event.as_bytes().as_slice())
        .fetch_one(&self.log)
        .await
        .expect("the log's file");
        assert!(covered, "an answer without its durable entry");
    }
}

fn report(what: &str, answers: &[Answered]) {
    println!(
        "{what}: {}",
        Latencies::of(answers.iter().map(|answer| answer.took).collect())
    );
    for expected in [Expected::Released, Expected::Unknown, Expected::Withheld] {
        let of = || answers.iter().filter(move |answer| answer.expected == expected);
        let released = of().filter(|answer| answer.released).count();
        let latencies = Latencies::of(of().map(|answer| answer.took).collect());
        println!("  {expected:?}: {latencies}; with elements {released}");
    }
}
