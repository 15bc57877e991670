//! `append`: what it takes until an entry is durable, beside what the disk gives, in one run on one disk.
//!
//! Entry, sealed parts, tree, signed checkpoint, client lists with their map, and the mark beside the database: all as
//! `assent serve` does it, without HTTP and without deciding.

mod accounts;
mod bare;
mod invented;
mod loads;
#[path = "../../../gateway/cli/src/mark.rs"]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "a gateway serves, it does not look on")
)]
mod mark;
mod slow;
mod verifying;

use std::time::Duration;

use loads::{Logged, ORDINARY, SMALL, closed, open};
use tests_load::machine::Latencies;

const RATE: u32 = 500;
/// What a flush takes longer on the slower disk.
const SLOWER: Duration = Duration::from_millis(1);

pub(crate) async fn run(seconds: usize, lists: usize) {
    let time = Duration::from_secs(seconds as u64);
    let folder = super::scratch();
    let path = folder.path();
    // Clients whose labels are known, as of those asked about again.
    let logged = Logged::open(path, (lists / 2, ORDINARY), Duration::ZERO).await;
    println!("{lists} client lists in the map; filling");
    logged.know_all().await;
    closed(&logged, 1, Duration::from_secs(1)).await;

    let (bare, flush) = bare::flushes(path, time, Duration::ZERO);
    println!("bare flush: {bare:.0} a second, {flush}");
    let (rate, took) = closed(&logged, 1, time).await;
    ratio("one entry a transaction, one client", rate, bare, 30, &took);

    let size = logged.stored_size();
    let journal = bare::journal(path, 64, size, time).await;
    println!("bare flat journal, 64 clients, records of {size} bytes: {journal:.0} a second");
    let (rate, took) = closed(&logged, 64, time).await;
    ratio("64 clients", rate, journal, 20, &took);

    let took = open(&logged, RATE, time).await;
    let times = took.at(500).as_secs_f64() / flush.at(500).as_secs_f64();
    println!("{RATE} a second, labels known: p50 {times:.1} x a bare flush (goal at most 3): {took}");
    logged.close().await;

    let fresh = usize::try_from(RATE).unwrap_or(0) * seconds;
    let logged = Logged::open(path, (fresh, ORDINARY), Duration::ZERO).await;
    let took = open(&logged, RATE, time).await;
    let p99 = took.at(990);
    println!("{RATE} a second, every label made anew: receipt at p99 {p99:.1?} (goal under 5 ms): {took}");
    logged.close().await;

    let logged = Logged::open(path, (1_000, ORDINARY), SLOWER).await;
    logged.know_all().await;
    let (bare, _) = bare::flushes(path, time, SLOWER);
    println!("bare flush with 1 ms more: {bare:.0} a second");
    let (rate, took) = closed(&logged, 1, time).await;
    ratio(
        "one entry a transaction, 1 ms more a flush",
        rate,
        bare,
        75,
        &took,
    );
}

/// How fast a log of so many entries is verified.
pub(crate) async fn verify(entries: u64) {
    let folder = super::scratch();
    let logged = Logged::open(folder.path(), (20_000, ORDINARY), Duration::ZERO).await;
    logged.fill(entries).await;
    verifying::report(&logged).await;
    logged.close().await;
}

/// How long one client's accounting with its proof takes in logs of these sizes.
pub(crate) async fn accountings(sizes: &[u64]) {
    for size in sizes {
        let folder = super::scratch();
        let logged = Logged::open(folder.path(), (20_000, SMALL), Duration::ZERO).await;
        let start = std::time::Instant::now();
        logged.fill(*size).await;
        logged.close().await;
        println!("{size} entries, made in {:.0?}", start.elapsed());
        accounts::report(folder).await;
    }
}

fn ratio(what: &str, rate: f64, of: f64, goal: u32, took: &Latencies) {
    let share = 100.0 * rate / of;
    println!("{what}: {rate:.0} a second, {share:.0} % (goal {goal} %): {took}");
}
