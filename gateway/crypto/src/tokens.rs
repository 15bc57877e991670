//! Tokens that say who is asking (RFC 7519), signed by the person's agency with ES256 or ES384 and bound to the
//! agency's client certificate (RFC 8705), so that a token that leaks is of no use without the certificate's key.
//!
//! INVARIANT: the registered key's curve, not the token's header, fixes the algorithm; `none` and the HMAC family do
//! not exist here. Times are checked against the moment passed in, never the system's clock.

mod claims;
mod key;
mod provider;
#[cfg(test)]
mod tests;
mod verify;

pub use claims::{AgencyClaims, Confirmation, OFFICER_ISSUER, OfficerClaims, OfficerIssuer};
pub use key::{TokenSigningKey, check_token_key};
pub use verify::{
    Expect, ExpectOfficer, sign_agency_token, sign_officer_token, verify_agency_token, verify_officer_token,
};

use gateway_types::EntropyUnavailable;

/// Why a token was refused or not made. The variant is the class; nothing of the token is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is longer than any token of ours.
    #[error("token is too long")]
    TooLong,
    /// It is not three parts in base64url with a JSON header.
    #[error("token is malformed")]
    Malformed,
    /// Its header names another algorithm than the key's.
    #[error("token is signed with an algorithm that is not accepted")]
    WrongAlgorithm,
    /// Its header names no key, or one that the issuer has not registered.
    #[error("token names no registered key")]
    UnknownKey,
    /// The signature is not one of this token by the key.
    #[error("token has a bad signature")]
    BadSignature,
    /// A claim is missing or not of its form.
    #[error("token claims are incomplete or malformed")]
    MalformedClaims,
    /// It was issued by someone else.
    #[error("token has another issuer than expected")]
    WrongIssuer,
    /// It was issued for someone else.
    #[error("token has another audience than expected")]
    WrongAudience,
    /// It is bound to another certificate than the one shown.
    #[error("token is bound to another certificate")]
    WrongCertificate,
    /// Its time is over.
    #[error("token has expired")]
    Expired,
    /// Its time has not come.
    #[error("token is not valid yet")]
    NotYetValid,
    /// It was issued longer ago than is accepted, whatever its own end.
    #[error("token was issued too long ago")]
    TooOld,
    /// The key itself cannot be used: our registry or key file is wrong, not the token.
    #[error("token key is not a usable P-256 or P-384 key")]
    UnusableKey,
    /// No random bytes could be had.
    #[error("no random bytes could be had from the system")]
    Entropy,
    /// Another part of the process installed another crypto provider first.
    #[error("another crypto provider for tokens is installed")]
    Provider,
}

impl From<EntropyUnavailable> for TokenError {
    fn from(_: EntropyUnavailable) -> Self {
        Self::Entropy
    }
}
