//! How long `assent demo --exit` takes, and how much memory.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tests_load::machine::peak_memory;

/// Runs the `assent` beside this program.
pub(crate) fn run() {
    let program = std::env::current_exe()
        .expect("this program")
        .with_file_name("assent");
    let start = Instant::now();
    let mut child = Command::new(&program)
        .args(["demo", "--exit"])
        .stdout(Stdio::null())
        .spawn()
        .expect("`assent` beside this program: cargo build --release");
    let mut peak = 0;
    let ended = loop {
        // The peak only grows, and goes with the process: the last look before the end counts.
        peak = peak_memory(child.id()).unwrap_or(peak);
        if let Some(ended) = child.try_wait().expect("the process") {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    println!(
        "{ended}, {:.1?} (goal 60 s), peak memory {peak} MiB (goal 300)",
        start.elapsed()
    );
}
