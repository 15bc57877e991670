//! Bytes that stand in JSON as base64, with their padding.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_crypto::Digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes. Nothing secret: `Debug` shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base64(pub Vec<u8>);

impl From<&Digest> for Base64 {
    fn from(digest: &Digest) -> Self {
        Self(digest.as_bytes().to_vec())
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text);
        bytes
            .map(Self)
            .map_err(|_| serde::de::Error::custom("not base64"))
    }
}

/// Hashes, each as base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hashes(pub Vec<Digest>);

impl Hashes {
    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Hashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|hash| STANDARD.encode(hash.as_bytes())))
    }
}

impl<'de> Deserialize<'de> for Hashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Vec::<Base64>::deserialize(deserializer)?;
        let hashes = texts
            .into_iter()
            .map(|bytes| Some(Digest::from_bytes(bytes.0.try_into().ok()?)));
        let hashes: Option<Vec<Digest>> = hashes.collect();
        hashes
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("not a hash of 32 bytes"))
    }
}
