//! The compiled decision against the reference in Cedar, on many random facts.

use std::process::ExitCode;
use std::time::Instant;

use policies::Agreements;
use policies::random::RandomFacts;
use policies_reference::ReferenceEngine;

/// How many differences are shown.
const SHOWN: usize = 40;

/// Decides `count` sets of facts with both engines; names what differs by seed and number.
pub(crate) fn run(count: usize, seed: usize) -> ExitCode {
    let supply = RandomFacts::seeded(seed as u64).expect("the scenarios that ship");
    let none = Agreements::none();
    let engine = ReferenceEngine::load(&none).expect("the floor");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let start = Instant::now();
    let different: Vec<String> = std::thread::scope(|scope| {
        let working: Vec<_> = (0..threads)
            .map(|first| {
                let (supply, engine, none) = (&supply, &engine, &none);
                scope.spawn(move || {
                    let numbers = (first..count).step_by(threads);
                    let differences = numbers.filter_map(|number| {
                        let facts = supply.facts(number as u64);
                        let found = engine.differences(&facts, none).expect("agreements that fit");
                        (!found.is_empty()).then(|| {
                            format!("seed {seed} facts {number} {}: {found:?}", facts.request.purpose)
                        })
                    });
                    differences.collect::<Vec<_>>()
                })
            })
            .collect();
        working
            .into_iter()
            .flat_map(|thread| thread.join().expect("a thread that ends"))
            .collect()
    });
    println!(
        "{count} facts decided twice, {:.1?}, {} differ",
        start.elapsed(),
        different.len()
    );
    for difference in different.iter().take(SHOWN) {
        println!("{difference}");
    }
    if different.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
