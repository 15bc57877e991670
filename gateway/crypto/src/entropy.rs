//! Random bytes from the operating system, one by one or drawn ahead for those who need millions of nonces.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use gateway_types::{Entropy, EntropyUnavailable};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, Zeroizing};

/// The operating system's random source, through `ring`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyUnavailable> {
        SystemRandom::new().fill(bytes).map_err(|_| EntropyUnavailable)
    }
}

/// Draws from another source some thousand bytes at a time: a system call for each nonce costs an import more than
/// sealing does. Every byte is given out once, and none stays behind: what was given out is overwritten at once, what
/// was not when this is dropped.
pub struct DrawnAhead {
    source: Arc<dyn Entropy>,
    drawn: Mutex<Drawn>,
}

const AHEAD: usize = 4096;

struct Drawn {
    bytes: Zeroizing<[u8; AHEAD]>,
    /// How many of them, from the front, were given out.
    given: usize,
}

impl DrawnAhead {
    /// Draws from `source`; nothing before it is needed.
    #[must_use]
    pub fn from(source: Arc<dyn Entropy>) -> Self {
        Self {
            source,
            drawn: Mutex::new(Drawn {
                bytes: Zeroizing::new([0; AHEAD]),
                given: AHEAD,
            }),
        }
    }
}

impl Entropy for DrawnAhead {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyUnavailable> {
        if bytes.len() > AHEAD {
            return self.source.fill(bytes);
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if AHEAD - drawn.given < bytes.len() {
            // Should the source fail half way, nothing of it is given out.
            drawn.given = AHEAD;
            self.source.fill(drawn.bytes.as_mut_slice())?;
            drawn.given = 0;
        }
        let from = drawn.given;
        drawn.given += bytes.len();
        let given = drawn
            .bytes
            .get_mut(from..)
            .and_then(|rest| rest.get_mut(..bytes.len()))
            .ok_or(EntropyUnavailable)?;
        bytes.copy_from_slice(given);
        given.zeroize();
        Ok(())
    }
}

impl fmt::Debug for DrawnAhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DrawnAhead([secret])")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::testing::{DryEntropy, SeededEntropy};

    /// Counts its draws; gives as many as it has.
    struct Counted {
        source: SeededEntropy,
        draws: AtomicUsize,
        most: usize,
    }

    impl Entropy for Counted {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyUnavailable> {
            if self.draws.fetch_add(1, Ordering::Relaxed) >= self.most {
                return Err(EntropyUnavailable);
            }
            self.source.fill(bytes)
        }
    }

    fn counted(most: usize) -> Arc<Counted> {
        Arc::new(Counted {
            source: SeededEntropy::new(5),
            draws: AtomicUsize::new(0),
            most,
        })
    }

    #[test]
    fn what_is_drawn_ahead_is_given_out_once_in_the_order_of_the_source() {
        let source = counted(usize::MAX);
        let ahead = DrawnAhead::from(source.clone());
        let mut given = Vec::new();
        for length in (0..2 * AHEAD).map(|number| 1 + number % 23) {
            let mut bytes = vec![0; length];
            ahead.fill(&mut bytes).unwrap();
            given.push(bytes);
        }
        let draws = source.draws.load(Ordering::Relaxed);
        let plain = SeededEntropy::new(5);
        let mut drawn = Vec::new();
        for _ in 0..draws {
            let mut bytes = [0; AHEAD];
            plain.fill(&mut bytes).unwrap();
            drawn.push(bytes);
        }
        // What does not fit into the rest of a draw comes whole from the next one.
        let (mut draw, mut place) = (0, 0);
        for bytes in given {
            if AHEAD - place < bytes.len() {
                (draw, place) = (draw + 1, 0);
            }
            assert_eq!(bytes, drawn[draw][place..place + bytes.len()]);
            place += bytes.len();
        }
        assert_eq!(draw + 1, draws);
    }

    #[test]
    fn nothing_stays_behind_of_what_was_given_out() {
        let ahead = DrawnAhead::from(Arc::new(SeededEntropy::new(6)));
        ahead.fill(&mut [0; 100]).unwrap();
        let drawn = ahead.drawn.lock().unwrap();
        assert_eq!(drawn.bytes[..100], [0; 100]);
        assert_ne!(drawn.bytes[100..200], [0; 100]);
    }

    #[test]
    fn a_source_that_fails_gives_nothing_old() {
        let ahead = DrawnAhead::from(counted(1));
        ahead.fill(&mut [0; AHEAD - 1]).unwrap();
        let mut two = [0; 2];
        assert_eq!(ahead.fill(&mut two), Err(EntropyUnavailable));
        assert_eq!(ahead.fill(&mut [0; 1]), Err(EntropyUnavailable));
        assert_eq!(two, [0; 2]);
        let dry = DrawnAhead::from(Arc::new(DryEntropy));
        assert_eq!(dry.fill(&mut [0; AHEAD + 1]), Err(EntropyUnavailable));
    }

    #[test]
    fn more_than_is_drawn_ahead_comes_from_the_source() {
        let ahead = DrawnAhead::from(Arc::new(SeededEntropy::new(7)));
        let mut bytes = vec![0; 3 * AHEAD];
        ahead.fill(&mut bytes).unwrap();
        assert!(bytes.chunks(AHEAD).all(|chunk| chunk != [0; AHEAD]));
    }

    #[test]
    fn two_draws_differ() {
        let (mut one, mut two) = ([0u8; 32], [0u8; 32]);
        SystemEntropy.fill(&mut one).unwrap();
        SystemEntropy.fill(&mut two).unwrap();
        assert_ne!(one, [0; 32]);
        assert_ne!(one, two);
    }
}
