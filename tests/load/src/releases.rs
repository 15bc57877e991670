//! The forms of a county through the real door: as many as one file takes, tried, taken in, sent again.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use gateway_synthetic::{Town, agencies as cast};
use gateway_types::{Clock as _, SystemClock};
use serde_json::Value;
use tests_load::machine::peak_memory;
use tests_load::process::{Process, SEED, Setting};
use tests_support::CASE_MANAGER;

use crate::import::{self, Report};

const HEADER: &str = "own_key,kind,signed_at,signer,standing,discloser_agencies,recipient_agencies,purposes,categories,expiry,statements,attested";
const WORDS: &str = "name_matches_client;signer_identified;statements_seen;read_back;not_conditioned";
const GOAL: Duration = Duration::from_secs(60);

pub(crate) async fn run(forms: usize) {
    let (folder, _temporary) = super::data_folder();
    let setting = Setting::prepare(&folder, super::serve_command);
    let process = setting.start().await;
    let clients = (forms / 2).max(1);
    import::import(&setting, &process, clients, Report::Short).await;
    let file = file_of_forms(forms, clients);
    println!("{forms} forms of {clients} clients, {} MiB", file.len() >> 20);
    let mut taken = Duration::ZERO;
    for (what, path) in [
        ("tried", "/v1/consents/imports/dry-run"),
        ("taken in", "/v1/consents/imports"),
        ("sent again", "/v1/consents/imports"),
    ] {
        let (report, spent) = send(&setting, &process, path, &file).await;
        assert!(
            report.pointer("/counts/unreadable").is_none(),
            "forms that are not read measure nothing"
        );
        println!(
            "{what} in {spent:.2?}: {:.0} forms/s, {}, peak memory {} MiB",
            forms as f64 / spent.as_secs_f64(),
            report.get("counts").unwrap_or(&Value::Null),
            peak_memory(process.id()).unwrap_or(0)
        );
        if what == "taken in" {
            taken = spent;
        }
    }
    process.kill();
    println!("{forms} forms taken in after {taken:.1?} (goal for 100000: {GOAL:?})");
}

async fn send(setting: &Setting, process: &Process, path: &str, file: &str) -> (Value, Duration) {
    let caller = setting.person(process, CASE_MANAGER);
    let start = Instant::now();
    let answer = caller
        .call("POST", path, "text/csv", file.to_owned().into_bytes())
        .await
        .expect("an answer");
    let spent = start.elapsed();
    assert!(answer.status.is_success(), "{}", answer.text());
    (answer.json(), spent)
}

/// Two forms of each client, in the order in which a drawer of paper has them: by day. One in three lacks words that
/// its recorder vouches for.
fn file_of_forms(forms: usize, clients: usize) -> String {
    let town = Town::new(SEED, clients, SystemClock.now().date());
    let mut file = format!("{HEADER}\n");
    for number in 0..forms {
        let key = town.personal_id(number % clients);
        let (month, day) = (1 + number * 12 / forms.max(1), 1 + number % 28);
        let words = if number % 3 == 0 {
            "name_matches_client"
        } else {
            WORDS
        };
        let year = 2020 + 2 * (number / clients);
        writeln!(
            file,
            "{key},hmis_roi,{year}-{month:02}-{day:02}T10:00:00Z,client,adult,{},{},HOUSING-COORD,enrollment;shelter_status,2099-01-01T00:00:00Z,,{words}",
            cast::RIVERTON_HMIS,
            cast::HARBOR_CRISIS,
        )
        .expect("a line");
    }
    file
}
