//! Entropy for this crate's tests: repeatable, and one that has run dry.

use std::sync::atomic::{AtomicU64, Ordering};

use gateway_types::{Entropy, EntropyUnavailable};
use ring::digest;

/// SHA-256 in counter mode over a seed: the same bytes in every run.
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
            let block = digest::digest(
                &digest::SHA256,
                &[self.seed.to_be_bytes(), counter.to_be_bytes()].concat(),
            );
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
        Ok(())
    }
}

/// A source that gives nothing.
#[derive(Debug)]
pub(crate) struct DryEntropy;

impl Entropy for DryEntropy {
    fn fill(&self, _bytes: &mut [u8]) -> Result<(), EntropyUnavailable> {
        Err(EntropyUnavailable)
    }
}
