//! The forms of a county through the real door: as many as one file takes, tried, taken in, sent again; then scans of them.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use gateway_synthetic::{Town, agencies as cast};
use gateway_types::{Clock as _, SystemClock};
use serde_json::Value;
use tests_load::machine::{peak_memory, processor_time};
use tests_load::process::{Process, SEED, Setting};
use tests_support::CASE_MANAGER;

use crate::import::{self, Report};

const HEADER: &str = "own_key,kind,signed_at,signer,standing,discloser_agencies,recipient_agencies,purposes,categories,expiry,statements,attested";
const WORDS: &str = "name_matches_client;signer_identified;statements_seen;read_back;not_conditioned";
const GOAL: Duration = Duration::from_secs(60);
/// How many scans are handed in, of how many bytes, over how many connections.
const SCANS: usize = 2000;
const SCAN_BYTES: usize = 60 << 10;
const CONNECTIONS: usize = 4;

pub(crate) async fn run(forms: usize) {
    let (folder, _temporary) = super::data_folder();
    let setting = Setting::prepare(&folder, super::serve_command);
    let process = setting.start().await;
    let clients = (forms / 2).max(1);
    import::import(&setting, &process, clients, Report::Short).await;
    let file = file_of_forms(forms, clients);
    println!("{forms} forms of {clients} clients, {} MiB", file.len() >> 20);
    let mut taken = (Duration::ZERO, Value::Null);
    for (what, path) in [
        ("tried", "/v1/consents/imports/dry-run"),
        ("taken in", "/v1/consents/imports"),
        ("sent again", "/v1/consents/imports"),
    ] {
        let before = processor_time(process.id());
        let (report, bytes, spent) = send(&setting, &process, path, &file).await;
        println!(
            "{what} in {spent:.2?}: {:.0} forms/s, {}, report of {} MiB, peak memory {} MiB",
            forms as f64 / spent.as_secs_f64(),
            report.get("counts").unwrap_or(&Value::Null),
            bytes >> 20,
            peak_memory(process.id()).unwrap_or(0)
        );
        for (thread, after) in processor_time(process.id()) {
            let used = after - before.get(&thread).unwrap_or(&0.0);
            if used > 0.5 {
                println!("  {thread}: {used:.1} s of processor time");
            }
        }
        if what == "tried" {
            read_as_a_clerk(&report);
        }
        if what == "taken in" {
            taken = (spent, report);
        }
    }
    let (spent, report) = taken;
    println!("{forms} forms taken in after {spent:.1?} (goal for 100000: {GOAL:?})");
    hand_in_scans(&setting, &process, &report).await;
    process.kill();
}

/// The reasons as the sheet over the drawer has them.
fn read_as_a_clerk(report: &Value) {
    let text = |reason: &Value, field: &str| reason[field].as_str().unwrap_or("-").to_owned();
    for reason in report["reasons"].as_array().into_iter().flatten() {
        println!(
            "  {:>6} rows, {}: {} {}\n          {}",
            reason["rows"],
            text(reason, "mended_by"),
            text(reason, "element"),
            text(reason, "why"),
            text(reason, "to_do")
        );
    }
}

/// Hands in a scan of each of the first forms recorded, as a county does after its file: by the ids in the report.
async fn hand_in_scans(setting: &Setting, process: &Process, report: &Value) {
    let forms: Vec<String> = report["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["consent"].as_str().map(str::to_owned))
        .take(SCANS)
        .collect();
    let start = Instant::now();
    let mut sending = tokio::task::JoinSet::new();
    for forms in forms.chunks(forms.len().div_ceil(CONNECTIONS).max(1)) {
        let (caller, forms) = (setting.person(process, CASE_MANAGER), forms.to_vec());
        sending.spawn(async move {
            for form in forms {
                let mut scan = format!("%PDF-1.7 {form}\n").into_bytes();
                scan.resize(SCAN_BYTES, b'.');
                let path = format!("/v1/consents/{form}/artefact");
                let sent = caller.call("POST", &path, "application/pdf", scan).await;
                let answer = sent.expect("an answer");
                assert!(answer.status.is_success(), "{}", answer.text());
            }
        });
    }
    sending.join_all().await;
    let spent = start.elapsed();
    println!(
        "{} scans of {} KiB handed in over {CONNECTIONS} connections in {spent:.1?}: {:.0} scans/s, each in the log twice",
        forms.len(),
        SCAN_BYTES >> 10,
        forms.len() as f64 / spent.as_secs_f64()
    );
}

async fn send(setting: &Setting, process: &Process, path: &str, file: &str) -> (Value, usize, Duration) {
    let caller = setting.person(process, CASE_MANAGER);
    let start = Instant::now();
    let answer = caller
        .call("POST", path, "text/csv", file.to_owned().into_bytes())
        .await
        .expect("an answer");
    let spent = start.elapsed();
    assert!(answer.status.is_success(), "{}", answer.text());
    (answer.json(), answer.body.len(), spent)
}

/// Two forms of each client, in the order in which a drawer of paper has them: by day. One in three lacks words that
/// its recorder vouches for; of a hundred, five say nothing of their end, three have ended, two are of strangers, one has a
/// cell that nobody can read and one is in the drawer twice.
fn file_of_forms(forms: usize, clients: usize) -> String {
    let town = Town::new(SEED, clients, SystemClock.now().date());
    let mut file = format!("{HEADER}\n");
    for number in 0..forms {
        // The hundredth of each hundred is the form before it, once more.
        let number = if number % 100 == 99 { number - 1 } else { number };
        let mut key = town.personal_id(number % clients);
        let (month, day) = (1 + number * 12 / forms.max(1), 1 + number % 28);
        let words = if number % 3 == 0 {
            "name_matches_client"
        } else {
            WORDS
        };
        let (mut expiry, mut purpose) = ("2099-01-01T00:00:00Z", "HOUSING-COORD");
        match number % 100 {
            10 | 30 | 50 | 70 | 90 => expiry = "",
            20 | 40 | 60 => expiry = "2025-01-01T00:00:00Z",
            25 | 75 => key = format!("unknown-{number}"),
            35 => purpose = "housing",
            _ => {}
        }
        let year = 2020 + 2 * (number / clients);
        writeln!(
            file,
            "{key},hmis_roi,{year}-{month:02}-{day:02}T10:00:00Z,client,adult,{},{},{purpose},enrollment;shelter_status,{expiry},,{words}",
            cast::RIVERTON_HMIS,
            cast::HARBOR_CRISIS,
        )
        .expect("a line");
    }
    file
}
