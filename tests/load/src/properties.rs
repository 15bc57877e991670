//! The metamorphic properties of the decision on many random facts.

use std::process::ExitCode;
use std::time::Instant;

use policies::random::RandomFacts;
use policies::random::properties::{Tally, violations};

const SEED: u64 = 2_026;
/// How many failures are shown before it gives up.
const SHOWN: usize = 10;

/// Tries all properties on `count` sets of facts; names what fails by seed and number.
pub(crate) fn run(count: usize) -> ExitCode {
    let supply = RandomFacts::seeded(SEED).expect("the scenarios that ship");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let start = Instant::now();
    let parts: Vec<(Tally, Vec<String>)> = std::thread::scope(|scope| {
        let working: Vec<_> = (0..threads)
            .map(|thread| {
                let supply = &supply;
                scope.spawn(move || part(supply, count, thread, threads))
            })
            .collect();
        working
            .into_iter()
            .map(|thread| thread.join().expect("a thread that ends"))
            .collect()
    });
    let mut tally = Tally::default();
    let mut failed: Vec<String> = Vec::new();
    for (part, found) in parts {
        tally.facts += part.facts;
        tally.released += part.released;
        tally.compared += part.compared;
        failed.extend(found);
    }
    println!(
        "{} facts, of {} something is released, {} comparisons, {:.1?}, {} fail",
        tally.facts,
        tally.released,
        tally.compared,
        start.elapsed(),
        failed.len()
    );
    for failure in failed.iter().take(SHOWN) {
        println!("{failure}");
    }
    if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn part(supply: &RandomFacts, count: usize, first: usize, step: usize) -> (Tally, Vec<String>) {
    let mut tally = Tally::default();
    let mut failed = Vec::new();
    for number in (first..count).step_by(step) {
        let number = number as u64;
        for violation in violations(&supply.facts(number), number, &mut tally) {
            failed.push(format!(
                "seed {SEED}, facts {number}, property {}: {}",
                violation.property, violation.what
            ));
        }
    }
    (tally, failed)
}
