//! Keys of rows, sixteen bytes each, so that sets of them stay small.
//!
//! A key of at most fifteen bytes is kept as it is; a longer one (32 hexadecimal digits are common) as 120 bits of
//! hash. By accident two keys of a file of ten million rows meet with a probability below 10^-22; the worst a sender
//! can do by design is to have one of its own rows taken for another of its own.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

/// The key of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 16]);

/// A map by row key. Its hasher has no random seed: same input, same output.
pub(super) type KeyMap<V> = HashMap<Key, V, BuildHasherDefault<DefaultHasher>>;

impl Key {
    /// The key that is written `text`.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut bytes = [0u8; 16];
        if let (Ok(length @ ..=15), Some((first, rest))) = (u8::try_from(text.len()), bytes.split_first_mut())
        {
            *first = length;
            rest.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
            return Self(bytes);
        }
        let [low, high] = [0u8, 1].map(|lane| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u8(lane);
            text.hash(&mut hasher);
            u128::from(hasher.finish())
        });
        let mut bytes = ((high << 64) | low).to_be_bytes();
        if let Some(first) = bytes.first_mut() {
            *first = 0xFF;
        }
        Self(bytes)
    }
}

/// A short fingerprint of a row, to tell a repeated row from one that differs.
pub(super) fn fingerprint(record: &csv::ByteRecord) -> u32 {
    let mut hasher = DefaultHasher::new();
    hasher.write(record.as_slice());
    for range in (0..record.len()).filter_map(|at| record.range(at)) {
        hasher.write_usize(range.end);
    }
    let [a, b, c, d, ..] = hasher.finish().to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_keys_differ() {
        let keys = [
            "",
            "0",
            "00",
            "123456789012345",
            "1234567890123456",
            "2f4b963171644a8b9902bdfe79a4b403",
        ];
        for (at, one) in keys.iter().enumerate() {
            for (other_at, other) in keys.iter().enumerate() {
                assert_eq!(
                    Key::of(one.as_bytes()) == Key::of(other.as_bytes()),
                    at == other_at
                );
            }
        }
    }
}
