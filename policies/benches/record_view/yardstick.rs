//! What the figures are measured by: the time that a thread had its core, and a loop of known work.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// Steps of the loop: each waits for the one before, so that it measures the core and not its width.
const STEPS: u32 = 10_000;

/// How long this thread has had a core, in nanoseconds.
pub(crate) fn core_nanos() -> u64 {
    let had = clock_gettime(ClockId::ThreadCPUTime);
    u64::try_from(had.tv_sec * 1_000_000_000 + had.tv_nsec).unwrap_or(0)
}

/// How long the loop takes, in nanoseconds on the core: the median of many.
pub(crate) fn loop_nanos() -> u64 {
    let mut taken: Vec<u64> = (0..301)
        .map(|_| {
            let begun = core_nanos();
            black_box(known_work(black_box(0x9e37_79b9_7f4a_7c15)));
            core_nanos() - begun
        })
        .collect();
    taken.sort_unstable();
    taken.get(taken.len() / 2).copied().unwrap_or(1).max(1)
}

/// Xorshift64, step after step.
fn known_work(mut state: u64) -> u64 {
    for _ in 0..STEPS {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    state
}
