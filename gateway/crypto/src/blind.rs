//! Blind indexes: looking a value up without keeping it readable. HMAC-SHA-256, cut to 16 bytes, under a key that is
//! derived apart from the sealing keys.
//!
//! Whoever has the key can test guesses (an SSN has only 10^9 values), so the index is a pseudonym, never a safe
//! substitute for leaving a value out; it stays in the database and appears in no log, entry or answer.

use std::fmt;

use ring::hmac;

use crate::digest::hmac_parts;
use crate::master::MasterKey;

/// The keyed index of a value in its domain. Not shown by `Debug`, since equal indexes link people.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlindIndex([u8; 16]);

impl BlindIndex {
    /// The index that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The index for a store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[blind index]")
    }
}

/// Makes blind indexes. A new master key means a new index of everything: unlike sealed blobs, old ones do not match.
#[derive(Clone)]
pub struct BlindIndexer(hmac::Key);

impl BlindIndexer {
    /// The indexer of a master key.
    #[must_use]
    pub fn new(master: &MasterKey) -> Self {
        let key = master.secret().derive("blind index", &[]);
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()))
    }

    /// The index of `value` in `domain` (what the value is: `ssn`, `last+dob`). The same value in two domains has
    /// two indexes that cannot be matched without the key.
    #[must_use]
    pub fn index(&self, domain: &str, value: impl AsRef<[u8]>) -> BlindIndex {
        let code = hmac_parts(&self.0, &[domain.as_bytes(), value.as_ref()]);
        let mut index = [0u8; 16];
        for (to, from) in index.iter_mut().zip(code) {
            *to = from;
        }
        BlindIndex(index)
    }
}

impl fmt::Debug for BlindIndexer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndexer([secret])")
    }
}

#[cfg(test)]
mod tests {
    use gateway_types::KeyId;

    use super::*;
    use crate::testing::SeededEntropy;

    fn master(seed: u64) -> MasterKey {
        MasterKey::generate(KeyId::new("k").unwrap(), &SeededEntropy::new(seed)).unwrap()
    }

    #[test]
    fn equal_values_match_only_within_a_domain_and_a_key() {
        let indexer = BlindIndexer::new(&master(1));
        let index = indexer.index("ssn", "900-12-3456");
        assert_eq!(index, BlindIndexer::new(&master(1)).index("ssn", "900-12-3456"));
        for other in [
            indexer.index("mrn", "900-12-3456"),
            indexer.index("ssn", "900-12-3457"),
            indexer.index("ssn9", "00-12-3456"),
            BlindIndexer::new(&master(2)).index("ssn", "900-12-3456"),
        ] {
            assert_ne!(index, other);
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let indexer = BlindIndexer::new(&master(1));
        assert_eq!(format!("{indexer:?}"), "BlindIndexer([secret])");
        assert_eq!(format!("{:?}", indexer.index("a", "b")), "[blind index]");
    }
}
