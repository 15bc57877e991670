//! SHA-256 digests with their algorithm in the text, and HMAC-SHA-256 over parts.
//!
//! INVARIANT: wherever several parts are hashed, each is preceded by its length (eight bytes, big-endian), so that
//! no two different lists of parts give the same input.

use std::fmt;
use std::str::FromStr;

use ring::{digest, hmac};
use serde::{Deserialize, Serialize};

const PREFIX: &str = "sha256:";

/// A SHA-256 digest. As text: `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`, as every other tool computes it.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut running = RunningDigest::new();
        running.update(bytes);
        running.finish()
    }

    /// The digest of a list of parts, each preceded by its length.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut running = RunningDigest::new();
        for part in parts {
            running.update(&length_prefix(part));
            running.update(part);
        }
        running.finish()
    }

    /// The digest that a store or an entry kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hex = text.strip_prefix(PREFIX).ok_or(InvalidDigest)?.as_bytes();
        let (pairs, rest) = hex.as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return Err(InvalidDigest);
        }
        let mut bytes = [0u8; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = nibble(*high)? << 4 | nibble(*low)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// A text that is not a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid digest: `sha256:` and 64 lower-case hexadecimal digits are wanted")]
pub struct InvalidDigest;

/// A SHA-256 digest of bytes that arrive piece by piece.
#[derive(Clone)]
pub struct RunningDigest(digest::Context);

impl RunningDigest {
    /// A digest of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all bytes taken in.
    #[must_use]
    pub fn finish(self) -> Digest {
        let mut bytes = [0u8; 32];
        for (to, from) in bytes.iter_mut().zip(self.0.finish().as_ref()) {
            *to = *from;
        }
        Digest(bytes)
    }
}

impl Default for RunningDigest {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for RunningDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunningDigest(..)")
    }
}

/// HMAC-SHA-256 over a list of parts, each preceded by its length.
#[must_use]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    hmac_parts(&hmac::Key::new(hmac::HMAC_SHA256, key), parts)
}

pub(crate) fn hmac_parts(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&length_prefix(part));
        context.update(part);
    }
    let mut code = [0u8; 32];
    for (to, from) in code.iter_mut().zip(context.sign().as_ref()) {
        *to = *from;
    }
    code
}

pub(crate) const fn length_prefix(part: &[u8]) -> [u8; 8] {
    // A slice is never longer than u64::MAX bytes.
    (part.len() as u64).to_be_bytes()
}

const fn nibble(digit: u8) -> Result<u8, InvalidDigest> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(InvalidDigest),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_digest_of_abc_is_that_of_fips_180() {
        assert_eq!(
            Digest::of(b"abc").to_string(),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn hmac_is_that_of_rfc_4231_over_the_length_prefixed_parts() {
        // RFC 4231 gives codes over whole messages; the prefix of an empty list of parts adds nothing.
        let direct = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, b"Jefe"),
            b"\0\0\0\0\0\0\0\x1cwhat do ya want for nothing?",
        );
        assert_eq!(
            hmac_sha256(b"Jefe", &[b"what do ya want for nothing?"]).as_slice(),
            direct.as_ref()
        );
        assert_eq!(
            hmac_sha256(b"", &[])[..4],
            [0xb6, 0x13, 0x67, 0x9a],
            "HMAC-SHA-256 of nothing under an empty key"
        );
    }

    #[test]
    fn only_the_one_text_form_is_read() {
        let good = Digest::of(b"x").to_string();
        assert_eq!(good.parse::<Digest>().unwrap(), Digest::of(b"x"));
        for bad in [
            good.to_uppercase(),
            good.replace("sha256:", ""),
            good.replace("sha256:", "sha512:"),
            good.get(..70).unwrap().to_owned(),
            format!("{good}0"),
            format!("{good}00"),
            format!(" {good}"),
            format!("{}é", good.get(..69).unwrap()),
        ] {
            assert_eq!(bad.parse::<Digest>(), Err(InvalidDigest), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn text_and_json_round_trip(bytes: [u8; 32]) {
            let digest = Digest::from_bytes(bytes);
            prop_assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
            let json = serde_json::to_string(&digest).unwrap();
            prop_assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        }

        #[test]
        fn pieces_make_the_same_digest_as_the_whole(bytes: Vec<u8>, cut: prop::sample::Index) {
            let cut = cut.index(bytes.len() + 1);
            let mut running = RunningDigest::new();
            running.update(&bytes[..cut]);
            running.update(&bytes[cut..]);
            prop_assert_eq!(running.finish(), Digest::of(&bytes));
        }

        #[test]
        fn moving_a_border_between_parts_changes_the_digest(bytes in prop::collection::vec(any::<u8>(), 1..64),
                                                            cut: prop::sample::Index) {
            let cut = cut.index(bytes.len()) + 1;
            let whole: &[&[u8]] = &[&bytes, b""];
            let split: &[&[u8]] = &[&bytes[..cut - 1], &bytes[cut - 1..]];
            prop_assert_ne!(Digest::of_parts(whole), Digest::of_parts(split));
            prop_assert_ne!(hmac_sha256(b"k", whole), hmac_sha256(b"k", split));
            prop_assert_ne!(Digest::of_parts(&[&bytes]), Digest::of_parts(whole));
        }
    }
}
