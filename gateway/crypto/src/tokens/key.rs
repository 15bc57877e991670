//! The keys of tokens: P-256 for signing; P-256 or P-384 public keys for checking.

use std::fmt;

use gateway_types::Entropy;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use openssl::ec::EcKey;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use zeroize::Zeroizing;

use super::TokenError;
use crate::certificates::{CertificateError, generate_p256};

/// A P-256 key that signs tokens (ES256). `Debug` shows nothing of it.
pub struct TokenSigningKey {
    encoding: EncodingKey,
    private_pem: Zeroizing<String>,
    public_pem: String,
}

impl TokenSigningKey {
    /// A fresh random key.
    ///
    /// # Errors
    /// [`TokenError::Entropy`] if no random bytes could be had.
    pub fn generate(entropy: &dyn Entropy) -> Result<Self, TokenError> {
        let key = generate_p256(entropy).map_err(|error| match error {
            CertificateError::Entropy(_) => TokenError::Entropy,
            _ => TokenError::UnusableKey,
        })?;
        Self::of(&key)
    }

    /// The key of a PKCS#8 or SEC 1 PEM file.
    ///
    /// # Errors
    /// [`TokenError::UnusableKey`] if it is not a P-256 private key.
    pub fn from_pem(private_pem: &str) -> Result<Self, TokenError> {
        // An empty passphrase callback keeps the library from asking on the terminal for an encrypted key.
        let key = PKey::private_key_from_pem_callback(private_pem.as_bytes(), |_| Ok(0))
            .map_err(|_| TokenError::UnusableKey)?;
        Self::of(&key)
    }

    fn of(key: &PKey<Private>) -> Result<Self, TokenError> {
        let unusable = |_| TokenError::UnusableKey;
        let curve = key.ec_key().map_err(unusable)?.group().curve_name();
        if curve != Some(Nid::X9_62_PRIME256V1) {
            return Err(TokenError::UnusableKey);
        }
        let private = Zeroizing::new(key.private_key_to_pem_pkcs8().map_err(unusable)?);
        let private_pem = std::str::from_utf8(&private).map_err(|_| TokenError::UnusableKey)?;
        let public = key.public_key_to_pem().map_err(unusable)?;
        Ok(Self {
            encoding: EncodingKey::from_ec_pem(&private).map_err(|_| TokenError::UnusableKey)?,
            private_pem: Zeroizing::new(private_pem.to_owned()),
            public_pem: String::from_utf8(public).map_err(|_| TokenError::UnusableKey)?,
        })
    }

    /// The private key, PKCS#8 PEM.
    #[must_use]
    pub fn private_pem(&self) -> &str {
        &self.private_pem
    }

    /// The public key, PEM, as the registry keeps it.
    #[must_use]
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    pub(super) const fn encoding(&self) -> &EncodingKey {
        &self.encoding
    }
}

impl fmt::Debug for TokenSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSigningKey([secret])")
    }
}

/// A public key made ready, with the one algorithm that it is for.
pub(super) struct VerifyingKey {
    pub(super) algorithm: Algorithm,
    pub(super) decoding: DecodingKey,
}

impl VerifyingKey {
    pub(super) fn from_pem(public_pem: &str) -> Result<Self, TokenError> {
        let unusable = |_| TokenError::UnusableKey;
        let key = EcKey::public_key_from_pem(public_pem.as_bytes()).map_err(unusable)?;
        let algorithm = match key.group().curve_name() {
            Some(Nid::X9_62_PRIME256V1) => Algorithm::ES256,
            Some(Nid::SECP384R1) => Algorithm::ES384,
            _ => return Err(TokenError::UnusableKey),
        };
        let mut context = openssl::bn::BigNumContext::new().map_err(unusable)?;
        let point = key
            .public_key()
            .to_bytes(
                key.group(),
                openssl::ec::PointConversionForm::UNCOMPRESSED,
                &mut context,
            )
            .map_err(unusable)?;
        Ok(Self {
            algorithm,
            decoding: DecodingKey::from_ec_der(&point),
        })
    }
}

/// Whether a public key of the registry can check tokens: to be asked when the registry is loaded, not at the first
/// token.
///
/// # Errors
/// [`TokenError::UnusableKey`] if it is not a P-256 or P-384 public key in PEM.
pub fn check_token_key(public_key_pem: &str) -> Result<(), TokenError> {
    VerifyingKey::from_pem(public_key_pem).map(|_| ())
}
