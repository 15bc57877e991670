//! X.509 certificates of the exchange (RFC 5280): a small authority for test and demo, and the reading of the peer's.
//!
//! An agency is known by exactly one subject alternative name of the form `urn:assent:agency:<id>`. Chain and dates
//! are rustls' to check; a token is bound to the certificate by its thumbprint (RFC 8705 section 3.1).

mod authority;
mod keys;
mod peer;
#[cfg(test)]
mod tests;

pub use authority::{Authority, Issued};
pub use peer::{PeerCertificate, Thumbprint};

use std::fmt;

use gateway_types::{EntropyUnavailable, InvalidId};

pub(crate) use keys::generate_p256;

const AGENCY_URN: &str = "urn:assent:agency:";

/// What went wrong with a certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The bytes are not one X.509 certificate in the encoding wanted.
    #[error("not a readable certificate")]
    Unreadable,
    /// The bytes are not a readable private key.
    #[error("not a readable private key")]
    UnreadableKey,
    /// It names no agency.
    #[error("certificate names no agency: no subject alternative name starts with `urn:assent:agency:`")]
    NoAgency,
    /// It names more than one agency.
    #[error("certificate names more than one agency")]
    SeveralAgencies,
    /// What it names is not an agency id.
    #[error("certificate names an agency by {0}")]
    BadAgency(#[from] InvalidId),
    /// The private key is not that of the certificate.
    #[error("private key does not belong to the certificate")]
    KeyMismatch,
    /// A name to be put into a certificate cannot be.
    #[error("not a name for a certificate: {0}")]
    BadName(&'static str),
    /// The dates asked for cannot be written.
    #[error("validity out of range")]
    BadValidity,
    /// No key or serial number could be drawn.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
    /// The library failed.
    #[error(transparent)]
    Library(#[from] LibraryFailure),
}

/// A failure inside the X.509 library that no input explains.
#[derive(Debug)]
pub struct LibraryFailure(openssl::error::ErrorStack);

impl fmt::Display for LibraryFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the certificate library failed")
    }
}

impl std::error::Error for LibraryFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl From<openssl::error::ErrorStack> for CertificateError {
    fn from(stack: openssl::error::ErrorStack) -> Self {
        Self::Library(LibraryFailure(stack))
    }
}
