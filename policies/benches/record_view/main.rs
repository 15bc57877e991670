//! How long a decision over a whole record view takes: 40 elements of 40 categories under four regimes, five agencies
//! in the audience, five consents, a thousand agreements in force; from typed facts to a permit with its obligations.
//!
//! `cargo bench -p policies`. Every decision is timed alone, on one thread; the views are drawn in an order that no
//! branch predictor knows. Two clocks run: the wall clock, which counts what other processes take from the core, and the
//! time that the thread had the core. To compare machines, the figures are also given as multiples of a loop of known
//! work on the same core. Pin it to one core (`taskset -c 1`) for quiet figures.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that fails has nothing to report, and prints what it finds"
)]

mod world;

/// As in what is shipped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
mod yardstick;

use std::hint::black_box;
use std::time::Instant;

use policies::facts::Facts;
use policies::{Agreements, Decision, decide_all};
use world::Variety;

/// How often all is measured; the figures are the medians of the rounds, and the quietest.
const ROUNDS: usize = 5;
/// Decisions timed in each round.
const DECISIONS: usize = 100_000;

fn main() {
    // `cargo test` builds and runs benches too, with `--test`: a few decisions show that it works.
    let decisions = if std::env::args().any(|argument| argument == "--bench") {
        DECISIONS
    } else {
        100
    };
    let begun = Instant::now();
    let agreements = world::agreements();
    println!(
        "{} agreements read, checked and compiled in {:.0} ms",
        world::AGREEMENTS,
        begun.elapsed().as_secs_f64() * 1e3
    );
    println!(
        "{} elements, 5 agencies in the audience, 5 consents; {ROUNDS} rounds of {decisions} decisions\n",
        world::ELEMENTS
    );
    for variety in [Variety::Usual, Variety::AllUnlike] {
        let views = world::views(variety);
        println!("{variety:?}: {} views", views.len());
        show_releases(&views, &agreements);
        measure(&views, &agreements, decisions);
        println!();
    }
}

/// What the views release, so that nobody measures refusals only.
fn show_releases(views: &[(&'static str, Facts)], agreements: &Agreements) {
    let mut line = String::from("  released:");
    for (purpose, facts) in views {
        let decision = decide_all(facts, agreements);
        let released = decision.findings().released().count();
        let kind = match decision {
            Decision::Permit(_) => "",
            Decision::Denial(_) => " (denied)",
        };
        line += &format!(" {purpose} {released}{kind}");
    }
    println!("{line}");
}

/// Decisions by the wall clock and by the time on the core, both sorted; and how long the loop of known work took.
type Round = (Vec<u64>, Vec<u64>, u64);

fn measure(views: &[(&'static str, Facts)], agreements: &Agreements, decisions: usize) {
    let mut rounds = Vec::new();
    let mut of_purpose: Vec<Vec<u64>> = vec![Vec::new(); views.len()];
    let mut order = Order(0x9e37_79b9_7f4a_7c15);
    for _ in 0..ROUNDS {
        let mut taken = Vec::with_capacity(decisions);
        let mut had = Vec::with_capacity(decisions);
        for _ in 0..decisions {
            let drawn = order.next(views.len());
            let facts = &views[drawn].1;
            let on_core = yardstick::core_nanos();
            let begun = Instant::now();
            let decision = decide_all(black_box(facts), black_box(agreements));
            let nanos = u64::try_from(begun.elapsed().as_nanos()).unwrap();
            let core_nanos = yardstick::core_nanos() - on_core;
            drop(black_box(decision));
            taken.push(nanos);
            had.push(core_nanos);
            of_purpose[drawn].push(core_nanos);
        }
        taken.sort_unstable();
        had.sort_unstable();
        rounds.push((taken, had, yardstick::loop_nanos()));
    }
    println!("  round      p50       p99     p99.9       max | on the core: p50       p99  (microseconds)");
    for (number, (taken, had, _)) in rounds.iter().enumerate() {
        println!(
            "  {:>5} {:>8.2} {:>9.2} {:>9.2} {:>9.2} | {:>16.2} {:>9.2}",
            number + 1,
            micros(taken, 0.5),
            micros(taken, 0.99),
            micros(taken, 0.999),
            micros(taken, 1.0),
            micros(had, 0.5),
            micros(had, 0.99)
        );
    }
    let middle = |figure: &dyn Fn(&Round) -> f64| {
        let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        (figures[ROUNDS / 2], figures[0])
    };
    let (p99, quietest) = middle(&|(taken, ..)| micros(taken, 0.99));
    let (core_p99, quietest_core) = middle(&|(_, had, _)| micros(had, 0.99));
    println!(
        "  median of the rounds: p50 {:.2}, p99 {p99:.2}, p99 on the core {core_p99:.2}; quietest p99 {quietest:.2}, on the \
         core {quietest_core:.2} microseconds",
        middle(&|(taken, ..)| micros(taken, 0.5)).0,
    );
    let (p50_loops, _) = middle(&|(_, had, one)| micros(had, 0.5) / micros(&[*one], 0.5));
    let (p99_loops, quietest_loops) = middle(&|(_, had, one)| micros(had, 0.99) / micros(&[*one], 0.5));
    println!(
        "  in loops of known work ({:.2} microseconds each): p50 {p50_loops:.2}, p99 {p99_loops:.2}, quietest p99 \
         {quietest_loops:.2}",
        middle(&|(.., one)| micros(&[*one], 0.5)).0
    );
    let mut slowest = (0.0, "");
    for (taken, (purpose, _)) in of_purpose.iter_mut().zip(views) {
        taken.sort_unstable();
        let middle = micros(taken, 0.5);
        if middle > slowest.0 {
            slowest = (middle, purpose);
        }
    }
    println!(
        "  slowest view: {} with a p50 of {:.2} microseconds",
        slowest.1, slowest.0
    );
}

/// A quantile of sorted nanoseconds.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions in a list of at most millions, printed with two decimals"
)]
fn micros(sorted: &[u64], quantile: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get((last as f64 * quantile).round() as usize)
        .map_or(0.0, |nanos| *nanos as f64 / 1e3)
}

/// An order without a pattern, the same in every run (xorshift64).
struct Order(u64);

impl Order {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % below
    }
}
