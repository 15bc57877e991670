//! Ed25519 signatures (RFC 8032), as signed checkpoints use them.

use std::fmt;

use gateway_types::{Entropy, EntropyUnavailable};
use ring::signature::{self, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::secret::Secret;

/// An Ed25519 private key. `Debug` shows nothing of it.
pub struct SigningKey {
    seed: Secret,
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

/// A signature that is not one of this message by this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signature does not belong to this message and key")]
pub struct BadSignature;

impl SigningKey {
    /// A fresh random key.
    ///
    /// # Errors
    /// [`EntropyUnavailable`] if no random bytes could be had.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, EntropyUnavailable> {
        Secret::generate(entropy).map(Self::from_secret)
    }

    /// The key of a seed that was kept elsewhere.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self::from_secret(Secret::from_bytes(seed))
    }

    fn from_secret(seed: Secret) -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_bytes());
        #[expect(
            clippy::expect_used,
            reason = "ring refuses only a seed of another length than 32 bytes"
        )]
        let pair = pair.expect("a 32-byte seed");
        let mut public = [0u8; 32];
        for (to, from) in public.iter_mut().zip(pair.public_key().as_ref()) {
            *to = *from;
        }
        Self { seed, pair, public }
    }

    /// The seed, to be kept sealed or in a key file.
    #[must_use]
    pub const fn seed(&self) -> &Secret {
        &self.seed
    }

    /// The public key.
    #[must_use]
    pub const fn public(&self) -> [u8; 32] {
        self.public
    }

    /// Signs `message`.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut bytes = [0u8; 64];
        for (to, from) in bytes.iter_mut().zip(self.pair.sign(message).as_ref()) {
            *to = *from;
        }
        bytes
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey([secret])")
    }
}

/// Checks an Ed25519 signature.
///
/// # Errors
/// [`BadSignature`] if it is not a signature of `message` by the holder of `public`.
pub fn verify_ed25519(public: &[u8; 32], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
    UnparsedPublicKey::new(&signature::ED25519, public)
        .verify(message, signature)
        .map_err(|_| BadSignature)
}
