//! An HMIS export of 100,000 clients through the real door: rows a second and peak memory.

use std::fs::File;
use std::io::Seek as _;
use std::path::Path;
use std::time::{Duration, Instant};

use adapters::hmis;
use gateway_synthetic::{Town, agencies as cast};
use gateway_types::{Clock as _, SystemClock};
use tests_load::machine::{peak_memory, processor_time, syncs_per_second};
use tests_load::process::{Process, SEED, Setting};

pub(crate) async fn run(clients: usize) {
    let (folder, _temporary) = super::data_folder();
    let setting = Setting::prepare(&folder, super::serve_command);
    let process = setting.start().await;
    let rate = import(&setting, &process, clients, Report::Full).await;
    process.kill();
    println!("{rate:.0} rows/s end to end (goal 50000)");
}

/// Whether to measure the bare parts as well.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    Full,
    Short,
}

/// Pushes the export of a town and reports; returns rows a second from the first byte sent to published.
pub(crate) async fn import(setting: &Setting, process: &Process, clients: usize, report: Report) -> f64 {
    let town = Town::new(SEED, clients, SystemClock.now().date());
    let mut file = tempfile::tempfile_in(&setting.folder).expect("a file");
    let start = Instant::now();
    let rows = gateway_synthetic::write_hmis_zip(&town, &mut file)
        .expect("an export")
        .total();
    let size = file.metadata().expect("a size").len();
    println!(
        "{rows} rows about {clients} clients, {} MiB, written in {:.1?}",
        size >> 20,
        start.elapsed()
    );
    if report == Report::Full {
        bare_parts(&mut file, rows, &setting.folder);
    }

    let mut bytes = Vec::new();
    file.rewind().expect("a file");
    std::io::Read::read_to_end(&mut file, &mut bytes).expect("a file");
    drop(file);
    let (mut received, mut checked) = (None, None);
    let idle_memory = peak_memory(process.id());
    let start = Instant::now();
    let status = setting
        .push(
            process,
            cast::RIVERTON_HMIS,
            ("hmis-csv", "application/zip"),
            bytes,
            |status| {
                received.get_or_insert_with(|| start.elapsed());
                if status
                    .get("records_expected")
                    .is_some_and(|expected| !expected.is_null())
                {
                    checked.get_or_insert_with(|| start.elapsed());
                }
            },
        )
        .await;
    let published = start.elapsed();
    let (received, checked) = (received.unwrap_or_default(), checked.unwrap_or(published));
    let rate = |spent: Duration| rows as f64 / spent.as_secs_f64();
    println!("received in {received:.2?}");
    println!(
        "checked in {:.2?}: {:.0} rows/s",
        checked - received,
        rate(checked - received)
    );
    println!(
        "read and staged in {:.2?}: {:.0} rows/s",
        published - checked,
        rate(published - checked)
    );
    println!("published after {published:.2?}: {:.0} rows/s", rate(published));
    println!(
        "peak memory {:?} MiB (before: {idle_memory:?})",
        peak_memory(process.id()).unwrap_or(0)
    );
    println!(
        "processor time by thread, s: {:.1?}",
        processor_time(process.id())
    );
    println!(
        "counts: {}",
        status
            .pointer("/report/counts")
            .unwrap_or(&serde_json::Value::Null)
    );
    rate(published)
}

/// What the parts do alone: the adapter without a store, the disk without a database.
fn bare_parts(file: &mut File, rows: u64, folder: &Path) {
    let start = Instant::now();
    file.rewind().expect("a file");
    let checked = hmis::check(&mut *file, &hmis::Limits::default()).expect("a sound export");
    let spent = start.elapsed();
    println!("bare check: {:.0} rows/s", rows as f64 / spent.as_secs_f64());
    let start = Instant::now();
    let mut records = 0u64;
    let read = checked.read(&mut *file, &mut |_record| {
        records += 1;
        std::ops::ControlFlow::Continue(())
    });
    assert!(read.is_ok(), "the export does not read");
    let spent = start.elapsed();
    println!(
        "bare read: {:.0} rows/s, {records} records",
        rows as f64 / spent.as_secs_f64()
    );
    println!(
        "bare syncs: {:.0} a second",
        syncs_per_second(folder).expect("a rate")
    );
}
