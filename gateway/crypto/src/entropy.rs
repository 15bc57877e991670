//! Random bytes from the operating system.

use gateway_types::{Entropy, EntropyUnavailable};
use ring::rand::{SecureRandom, SystemRandom};

/// The operating system's random source, through `ring`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyUnavailable> {
        SystemRandom::new().fill(bytes).map_err(|_| EntropyUnavailable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let (mut one, mut two) = ([0u8; 32], [0u8; 32]);
        SystemEntropy.fill(&mut one).unwrap();
        SystemEntropy.fill(&mut two).unwrap();
        assert_ne!(one, [0; 32]);
        assert_ne!(one, two);
    }
}
