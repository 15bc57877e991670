//! Labels that only one key can make and everybody can check: the verifiable random function ECVRF-RISTRETTO255-SHA512
//! of RFC 9381 (C2SP `vrf-r255`).
//!
//! For one input there is exactly one label, whoever holds the key: the log cannot keep a second list for the same client.
//! Without the key nobody can tell which input a label belongs to, not even by trying all of them.

use std::fmt;

use vrf_r255::{Proof, PublicKey, SecretKey};

use crate::digest::Digest;
use crate::secret::Secret;

/// How long a proof is, in bytes.
const PROOF: usize = 80;

/// The key that makes labels. `Debug` shows nothing of it.
pub struct LabelKey {
    key: SecretKey,
    verifier: LabelVerifier,
}

impl LabelKey {
    /// The key of a secret that was derived for this and nothing else.
    #[must_use]
    pub fn from_secret(secret: &Secret) -> Self {
        let mut scalar = *secret.as_bytes();
        // Below 2^252, and so below the group's order: every value is a key but zero, which no derivation gives.
        if let Some(top) = scalar.last_mut() {
            *top &= 0x0f;
        }
        #[expect(
            clippy::expect_used,
            reason = "a scalar below 2^252 is canonical; zero comes with a chance of 2^-252"
        )]
        let key = Option::<SecretKey>::from(SecretKey::from_bytes(scalar)).expect("a scalar below the order");
        let verifier = LabelVerifier(PublicKey::from(key));
        Self { key, verifier }
    }

    /// The key that checks the labels.
    #[must_use]
    pub const fn verifier(&self) -> &LabelVerifier {
        &self.verifier
    }

    /// The label of `input`, and the proof that it is.
    ///
    /// # Errors
    /// [`NotTheLabel`] if the machine miscalculated: the proof is checked before it is given out.
    pub fn label(&self, input: &[u8]) -> Result<(Digest, LabelProof), NotTheLabel> {
        let proof = LabelProof(self.key.prove(input).to_bytes());
        let label = self.verifier.label(input, &proof)?;
        Ok((label, proof))
    }
}

impl fmt::Debug for LabelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[label key]")
    }
}

/// The public key of labels.
#[derive(Clone, PartialEq)]
pub struct LabelVerifier(PublicKey);

impl LabelVerifier {
    /// The key with these bytes; `None` if they are not one.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        PublicKey::from_bytes(bytes).map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The label that `proof` proves for `input`: the SHA-256 of the function's 64 bytes.
    ///
    /// # Errors
    /// [`NotTheLabel`] if it proves none.
    pub fn label(&self, input: &[u8], proof: &LabelProof) -> Result<Digest, NotTheLabel> {
        let proof = Proof::from_bytes(proof.0).ok_or(NotTheLabel)?;
        let output: Option<[u8; 64]> = self.0.verify(input, &proof).into();
        Ok(Digest::of(&output.ok_or(NotTheLabel)?))
    }
}

impl fmt::Debug for LabelVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[label key {}]", Digest::of(&self.to_bytes()))
    }
}

/// The proof that a label belongs to an input. 80 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelProof([u8; PROOF]);

impl LabelProof {
    /// The proof with these bytes; `None` if they are of another length.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A proof that does not prove a label of this input under this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the proof is not one of a label of this input under this key")]
pub struct NotTheLabel;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> LabelKey {
        LabelKey::from_secret(&Secret::from_bytes([seed; 32]))
    }

    #[test]
    fn a_label_is_proved_for_its_input_and_no_other() {
        let (label, proof) = key(255).label(b"client 1").unwrap();
        let verifier = LabelVerifier::from_bytes(key(255).verifier().to_bytes()).unwrap();
        assert_eq!(verifier.label(b"client 1", &proof), Ok(label));
        assert_eq!(verifier.label(b"client 2", &proof), Err(NotTheLabel));
        assert_eq!(key(7).verifier().label(b"client 1", &proof), Err(NotTheLabel));
        assert_ne!(key(7).label(b"client 1").unwrap().0, label);
        for byte in [0, 33, 79] {
            let mut bytes = proof.0;
            bytes[byte] ^= 1;
            let forged = LabelProof::from_slice(&bytes).unwrap();
            assert_eq!(verifier.label(b"client 1", &forged), Err(NotTheLabel));
        }
        assert!(LabelProof::from_slice(&proof.as_bytes()[1..]).is_none());
        assert_eq!(format!("{:?}", key(1)), "[label key]");
    }

    #[test]
    fn the_function_is_that_of_the_specification() {
        // The test vector of C2SP vrf-r255.
        fn bytes<const N: usize>(hex: &str) -> [u8; N] {
            let (pairs, _) = hex.as_bytes().as_chunks::<2>();
            let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            pairs.iter().map(byte).collect::<Vec<_>>().try_into().unwrap()
        }
        let public = bytes("54136cd90d99fbd1d4e855d9556efea87ba0337f2a6ce22028d0f5726fcb854e");
        let proof: [u8; PROOF] = bytes(
            "0a97d961262fb549b4175c5117860f42ae44a123f93c476c439eddd1c0cff9265c805525233e2284dbed45e593b8eea3\
             1d5ca9734d72bcbba9738d5237f955f3b2422351149d1312503b6441a47c940c",
        );
        let output: [u8; 64] = bytes(
            "dd653f0879b48c3ef69e13551239bec4cbcc1c18fe8894de2e9e1c790e182736\
             03bf1c6c25d7a797aeff3c43fd32b974d3fcbd4bcce916007097922a3ea3a794",
        );
        let label = LabelVerifier::from_bytes(public)
            .unwrap()
            .label(b"c2sp.org/vrf-r255", &LabelProof(proof));
        assert_eq!(label, Ok(Digest::of(&output)));
    }
}
