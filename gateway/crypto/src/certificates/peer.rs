//! Reading the certificate that a peer showed, and the thumbprint that binds tokens to it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_types::AgencyId;
use openssl::x509::X509;
use serde::{Deserialize, Serialize};

use super::{AGENCY_URN, CertificateError};
use crate::digest::Digest;

/// The SHA-256 of a certificate's DER (`x5t#S256`, RFC 7515 section 4.1.8). As text: base64url without padding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// The thumbprint of a certificate in DER.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(*Digest::of(der).as_bytes())
    }

    /// The thumbprint that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The thumbprint's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a thumbprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid certificate thumbprint: 32 bytes in base64url without padding are wanted")]
pub struct InvalidThumbprint;

impl FromStr for Thumbprint {
    type Err = InvalidThumbprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidThumbprint)?;
        bytes.try_into().map(Self).map_err(|_| InvalidThumbprint)
    }
}

impl Serialize for Thumbprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Thumbprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// What a peer's certificate says, once rustls has accepted its chain and dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    /// The agency it names.
    pub agency: AgencyId,
    /// Its thumbprint, which the agency's tokens must repeat.
    pub thumbprint: Thumbprint,
}

impl PeerCertificate {
    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    /// As [`PeerCertificate::read`].
    pub fn read_pem(pem: &str) -> Result<Self, CertificateError> {
        let certificate = X509::from_pem(pem.as_bytes()).map_err(|_| CertificateError::Unreadable)?;
        Self::read(&certificate.to_der().map_err(|_| CertificateError::Unreadable)?)
    }

    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`CertificateError`] if it cannot be read, or does not name exactly one agency.
    pub fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let certificate = X509::from_der(der).map_err(|_| CertificateError::Unreadable)?;
        // The library reads the first certificate and ignores what follows it; the thumbprint would cover both.
        if certificate.to_der().ok().as_deref() != Some(der) {
            return Err(CertificateError::Unreadable);
        }
        let names = certificate
            .subject_alt_names()
            .ok_or(CertificateError::NoAgency)?;
        let mut agencies = names
            .iter()
            .filter_map(|name| name.uri()?.strip_prefix(AGENCY_URN));
        let agency = agencies.next().ok_or(CertificateError::NoAgency)?;
        if agencies.next().is_some() {
            return Err(CertificateError::SeveralAgencies);
        }
        Ok(Self {
            agency: AgencyId::new(agency)?,
            thumbprint: Thumbprint::of(der),
        })
    }
}
