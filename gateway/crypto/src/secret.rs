//! A 32-byte secret, and the derivation of further secrets from it (HKDF-SHA-256, RFC 5869).

use std::fmt;

use gateway_types::{Entropy, EntropyUnavailable};
use ring::hkdf;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::digest::length_prefix;

/// 32 secret bytes, overwritten when dropped. `Debug` shows nothing; there is no `Display` and no comparison.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret([u8; 32]);

impl Secret {
    /// A fresh random secret.
    ///
    /// # Errors
    /// [`EntropyUnavailable`] if no random bytes could be had.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyUnavailable> {
        let mut secret = Self([0; 32]);
        entropy.fill(&mut secret.0)?;
        Ok(secret)
    }

    /// The secret that was kept elsewhere. The caller's copy is the caller's to overwrite.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret from a slice, such as an opened blob; `None` if it is not 32 bytes long.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes themselves.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Another secret, fixed by this one, by what it is for (`label`) and by what it belongs to (`context`).
    /// Different labels or contexts give secrets that tell nothing of each other or of this one.
    #[must_use]
    pub fn derive(&self, label: &str, context: &[&[u8]]) -> Self {
        Deriver::new(self).derive(label, context)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The extracted form of a secret, for many derivations in a row.
pub(crate) struct Deriver(hkdf::Prk);

impl Deriver {
    pub(crate) fn new(secret: &Secret) -> Self {
        Self(hkdf::Salt::new(hkdf::HKDF_SHA256, b"assent/hkdf/v1").extract(&secret.0))
    }

    pub(crate) fn derive(&self, label: &str, context: &[&[u8]]) -> Secret {
        let mut info = Vec::with_capacity(64);
        for part in std::iter::once(&label.as_bytes()).chain(context) {
            info.extend_from_slice(&length_prefix(part));
            info.extend_from_slice(part);
        }
        let info = [info.as_slice()];
        let mut derived = Secret([0; 32]);
        let filled = self
            .0
            .expand(&info, hkdf::HKDF_SHA256)
            .and_then(|output| output.fill(&mut derived.0));
        #[expect(
            clippy::expect_used,
            reason = "ring fails only on a wrong length; both lengths are SHA-256's 32 bytes"
        )]
        filled.expect("32 bytes were asked for and given");
        derived
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::DryEntropy;

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::from_bytes([0xab; 32]);
        let shown = format!("{secret:?}{secret:#?}").to_lowercase();
        assert!(!shown.contains("ab") && !shown.contains("171"), "{shown}");
    }

    #[test]
    fn without_entropy_there_is_no_secret() {
        assert_eq!(
            Secret::generate(&DryEntropy).map(|_| ()).unwrap_err(),
            EntropyUnavailable
        );
    }

    #[test]
    fn label_and_context_each_change_what_is_derived() {
        let secret = Secret::from_bytes([1; 32]);
        let base = secret.derive("a", &[b"x"]);
        assert_eq!(base.as_bytes(), secret.derive("a", &[b"x"]).as_bytes());
        for other in [
            secret.derive("b", &[b"x"]),
            secret.derive("a", &[b"y"]),
            secret.derive("a", &[]),
            secret.derive("ax", &[]),
            secret.derive("a", &[b"x", b""]),
            Secret::from_bytes([2; 32]).derive("a", &[b"x"]),
            secret.clone(),
        ] {
            assert_ne!(base.as_bytes(), other.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn only_32_bytes_make_a_secret(bytes: Vec<u8>) {
            prop_assert_eq!(Secret::from_slice(&bytes).is_some(), bytes.len() == 32);
        }
    }
}
