//! How long the reference engine takes over the record views that the compiled engine is measured on, and how many
//! times as long that is. `cargo bench -p policies-reference`.
//!
//! Both engines decide the same views under the same agreements, in turn, on one thread. The reference is there to be
//! read and proved, not to be fast; the ratio is what the compiled form is for.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that fails has nothing to report, and prints what it finds"
)]

#[path = "../../benches/record_view/world.rs"]
mod world;

use std::hint::black_box;
use std::time::Instant;

use policies::decide_all;
use policies_reference::ReferenceEngine;
use world::Variety;

fn main() {
    // `cargo test` builds and runs benches too, with `--test`: a few decisions show that it works.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let agreements = world::agreements();
    let begun = Instant::now();
    let reference = ReferenceEngine::load(&agreements).unwrap();
    println!(
        "{} agreements as policies of the reference in {:.1} s; views of {} elements",
        world::AGREEMENTS,
        begun.elapsed().as_secs_f64(),
        world::ELEMENTS
    );
    for variety in [Variety::Usual, Variety::AllUnlike] {
        let views = world::views(variety);
        // The reference takes some twenty seconds for a view: every sixth is enough to compare.
        let asked = if measured { views.len() } else { 1 };
        let (mut compiled, mut referred) = (Vec::new(), Vec::new());
        for (_, facts) in views[..asked].iter().step_by(6) {
            // The first decision of each warms the caches; the fastest of a few is the engine's own time.
            let fastest = |times: usize, decide: &dyn Fn()| {
                (0..times)
                    .map(|_| {
                        let begun = Instant::now();
                        decide();
                        begun.elapsed().as_secs_f64() * 1e6
                    })
                    .fold(f64::INFINITY, f64::min)
            };
            compiled.push(fastest(4, &|| {
                drop(black_box(decide_all(black_box(facts), &agreements)))
            }));
            referred.push(fastest(1, &|| {
                drop(black_box(reference.decide(black_box(facts)).unwrap()))
            }));
        }
        compiled.sort_by(f64::total_cmp);
        referred.sort_by(f64::total_cmp);
        let (middle, slowest) = (compiled.len() / 2, compiled.len() - 1);
        println!(
            "{variety:?}, {} views: compiled p50 {:.1}, slowest {:.1} microseconds; reference p50 {:.0}, slowest {:.0} \
             microseconds; {:.0} times as long",
            compiled.len(),
            compiled[middle],
            compiled[slowest],
            referred[middle],
            referred[slowest],
            referred[middle] / compiled[middle]
        );
    }
}
