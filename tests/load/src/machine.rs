//! What the machine gives, to be read beside what the gateway makes of it; Linux only where it reads `/proc`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// The peak resident memory of a process, in MiB; `None` where there is no `/proc`.
#[must_use]
pub fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes / 1024)
}

/// Seconds of processor time of a process by the names of its threads; empty where there is no `/proc`.
#[must_use]
pub fn processor_time(process: u32) -> BTreeMap<String, f64> {
    const TICKS: f64 = 100.0;
    let mut times = BTreeMap::new();
    let threads = std::fs::read_dir(format!("/proc/{process}/task"))
        .into_iter()
        .flatten();
    for thread in threads.flatten() {
        let Ok(stat) = std::fs::read_to_string(thread.path().join("stat")) else {
            continue;
        };
        // The name is in parentheses and may hold anything; times are fields 14 and 15 of the line.
        let (Some((_, rest)), Some((head, tail))) = (stat.split_once('('), stat.rsplit_once(')')) else {
            continue;
        };
        let name = rest
            .get(..rest.len() - (stat.len() - head.len()))
            .unwrap_or_default();
        let ticks: f64 = tail
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<f64>().ok())
            .sum();
        *times.entry(name.to_owned()).or_insert(0.0) += ticks / TICKS;
    }
    times
}

/// How many times in a second a small file can be written to the disk for sure.
///
/// # Errors
/// The system's.
pub fn syncs_per_second(folder: &Path) -> std::io::Result<f64> {
    let mut file = tempfile::tempfile_in(folder)?;
    let start = Instant::now();
    let mut count = 0u32;
    while start.elapsed() < Duration::from_secs(1) {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / start.elapsed().as_secs_f64())
}

/// Latencies, sorted.
#[derive(Debug)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Of these.
    #[must_use]
    pub fn of(mut all: Vec<Duration>) -> Self {
        all.sort_unstable();
        Self(all)
    }

    /// The latency that so many in a thousand do not exceed.
    #[must_use]
    pub fn at(&self, per_thousand: usize) -> Duration {
        let place = (self.0.len() * per_thousand).div_ceil(1000).max(1) - 1;
        self.0.get(place).copied().unwrap_or_default()
    }
}

impl std::fmt::Display for Latencies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "n {}, p50 {:.1?}, p95 {:.1?}, p99 {:.1?}, max {:.1?}",
            self.0.len(),
            self.at(500),
            self.at(950),
            self.at(990),
            self.at(1000)
        )
    }
}
