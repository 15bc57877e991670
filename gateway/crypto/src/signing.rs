//! Ed25519 signatures (RFC 8032), as signed checkpoints use them.

use std::fmt;

use gateway_types::{Entropy, EntropyUnavailable, KeyId};
use ring::signature::{self, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use zeroize::Zeroizing;

use crate::digest::Digest;
use crate::key_text::{self, KeyTextError};
use crate::secret::Secret;

const FORM: &str = "assent-signing-key-1";

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

    /// The line for the key file, with its line end.
    #[must_use]
    pub fn to_text(&self, id: &KeyId) -> Zeroizing<String> {
        key_text::write(FORM, id, &self.seed, tag_of(&self.public))
    }

    /// Reads the line of a key file.
    ///
    /// # Errors
    /// [`KeyTextError`] if it is not one, or was mistyped or cut.
    pub fn from_text(text: &str) -> Result<(KeyId, Self), KeyTextError> {
        let tag_of_seed = |seed: &Secret| tag_of(&Self::from_secret(seed.clone()).public);
        let (id, seed) = key_text::read(FORM, text, tag_of_seed)?;
        Ok((id, Self::from_secret(seed)))
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

fn tag_of(public: &[u8; 32]) -> [u8; 4] {
    let [a, b, c, d, ..] = *Digest::of(public).as_bytes();
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::master::MasterKey;

    /// RFC 8032 section 7.1, test 2.
    const SEED: &str = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
    const PUBLIC: &str = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
    const SIGNATURE: &str = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        std::array::from_fn(|at| {
            let digits = hex.get(2 * at..2 * at + 2).unwrap();
            u8::from_str_radix(digits, 16).unwrap()
        })
    }

    #[test]
    fn signs_as_rfc_8032_does() {
        let key = SigningKey::from_seed(bytes(SEED));
        assert_eq!(key.public(), bytes(PUBLIC));
        assert_eq!(key.sign(&[0x72]), bytes::<64>(SIGNATURE));
        assert_eq!(
            verify_ed25519(&bytes(PUBLIC), &[0x72], &bytes::<64>(SIGNATURE)),
            Ok(())
        );
    }

    #[test]
    fn the_key_file_round_trips_and_is_not_a_master_key() {
        let key = SigningKey::from_seed(bytes(SEED));
        let id = KeyId::new("log-2026").unwrap();
        let text = key.to_text(&id);
        let (read_id, read) = SigningKey::from_text(&text).unwrap();
        assert_eq!((read_id, read.public()), (id, key.public()));
        assert!(matches!(MasterKey::from_text(&text), Err(KeyTextError::Form(_))));
        let mistyped = text.replacen('T', "U", 1);
        assert_eq!(
            SigningKey::from_text(&mistyped).map(|_| ()).unwrap_err(),
            KeyTextError::Tag
        );
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(
            format!("{:?}", SigningKey::from_seed([5; 32])),
            "SigningKey([secret])"
        );
    }

    proptest! {
        #[test]
        fn only_the_very_message_key_and_signature_fit(seed: [u8; 32], message: Vec<u8>, other: Vec<u8>,
                                                       at in 0usize..64, bit in 0u8..8) {
            let key = SigningKey::from_seed(seed);
            let signature = key.sign(&message);
            prop_assert_eq!(verify_ed25519(&key.public(), &message, &signature), Ok(()));
            prop_assert_eq!(verify_ed25519(&key.public(), &other, &signature).is_ok(), other == message);
            let mut changed = signature;
            changed[at] ^= 1 << bit;
            prop_assert_eq!(verify_ed25519(&key.public(), &message, &changed), Err(BadSignature));
            prop_assert_eq!(verify_ed25519(&key.public(), &message, &signature[..at]), Err(BadSignature));
            let stranger = SigningKey::from_seed(seed.map(|byte| byte ^ 1));
            prop_assert_eq!(verify_ed25519(&stranger.public(), &message, &signature), Err(BadSignature));
        }
    }
}
