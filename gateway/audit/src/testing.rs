//! What this crate's tests share: repeatable chance, invented ids.

use std::sync::atomic::{AtomicU64, Ordering};

use gateway_crypto::Digest;
use gateway_types::{ClientId, Entropy, EntropyUnavailable, EventId};

/// SHA-256 in counter mode: the same bytes in every run.
#[derive(Debug)]
pub(crate) struct SeededEntropy {
    seed: u64,
    counter: AtomicU64,
}

impl SeededEntropy {
    pub(crate) const fn new(seed: u64) -> Self {
        Self {
            seed,
            counter: AtomicU64::new(0),
        }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyUnavailable> {
        for chunk in bytes.chunks_mut(32) {
            let counter = self.counter.fetch_add(1, Ordering::Relaxed);
            let block = Digest::of(&[self.seed.to_be_bytes(), counter.to_be_bytes()].concat());
            for (to, from) in chunk.iter_mut().zip(block.as_bytes()) {
                *to = *from;
            }
        }
        Ok(())
    }
}

/// A source that gives nothing.
#[derive(Debug)]
pub(crate) struct NoEntropy;

impl Entropy for NoEntropy {
    fn fill(&self, _bytes: &mut [u8]) -> Result<(), EntropyUnavailable> {
        Err(EntropyUnavailable)
    }
}

/// The invented client `number`.
pub(crate) fn client(number: u8) -> ClientId {
    format!("018f0000-0000-7000-8000-0000000000{number:02x}")
        .parse()
        .unwrap()
}

/// The event `number`.
pub(crate) fn event(number: u64) -> EventId {
    EventId::from_bytes((u128::from(number) | 0xe << 124).to_be_bytes())
}
