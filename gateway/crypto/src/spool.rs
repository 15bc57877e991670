//! Sealing of a spool: content too large for memory, written to disk in numbered chunks under a secret that lives no
//! longer than the process. Chunks cannot be swapped, dropped, doubled or taken from another spool, and a spool cut
//! short shows, because only the last chunk opens as the last.

use std::fmt;

use gateway_types::Entropy;
use zeroize::Zeroizing;

use crate::seal::{KeyedSealer, OpenError, SealError};
use crate::secret::Secret;

/// Whether a chunk ends its spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkPosition {
    /// More chunks follow.
    Middle,
    /// The spool ends here.
    Last,
}

/// Seals and opens the chunks of one spool.
pub struct SpoolSealer(KeyedSealer);

impl SpoolSealer {
    /// How many bytes a sealed chunk is longer than its content.
    pub const OVERHEAD: usize = 1 + 12 + 16;

    /// The sealer of the spool that `secret` belongs to: one secret for each spool.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self(KeyedSealer::new(secret, "spool"))
    }

    /// Seals chunk `number`.
    ///
    /// # Errors
    /// [`SealError`] if no nonce could be drawn.
    pub fn seal(
        &self,
        number: u64,
        position: ChunkPosition,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, SealError> {
        self.0
            .seal(&[&number.to_be_bytes(), &[position as u8]], plain, entropy)
    }

    /// Opens chunk `number`.
    ///
    /// # Errors
    /// [`OpenError`] if it is not that chunk of this spool, in that position, unchanged.
    pub fn open(
        &self,
        number: u64,
        position: ChunkPosition,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        self.0.open(&[&number.to_be_bytes(), &[position as u8]], sealed)
    }
}

impl fmt::Debug for SpoolSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpoolSealer([secret])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    #[test]
    fn chunks_open_only_in_their_number_position_and_spool() {
        let entropy = SeededEntropy::new(1);
        let spool = SpoolSealer::new(&Secret::generate(&entropy).unwrap());
        let other = SpoolSealer::new(&Secret::generate(&entropy).unwrap());
        let chunk = spool.seal(3, ChunkPosition::Middle, b"Tamsin", &entropy).unwrap();
        assert_eq!(chunk.len(), 6 + SpoolSealer::OVERHEAD);
        assert_eq!(*spool.open(3, ChunkPosition::Middle, &chunk).unwrap(), b"Tamsin");
        for (sealer, number, position) in [
            (&spool, 4, ChunkPosition::Middle),
            (&spool, 3, ChunkPosition::Last),
            (&other, 3, ChunkPosition::Middle),
        ] {
            assert_eq!(
                sealer.open(number, position, &chunk),
                Err(OpenError::NotAuthentic)
            );
        }
        assert_eq!(format!("{spool:?}"), "SpoolSealer([secret])");
    }
}
