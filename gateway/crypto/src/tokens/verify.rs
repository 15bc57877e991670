//! Signing and checking of tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gateway_types::registry::TokenKey;
use gateway_types::{AgencyId, Timestamp};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use super::claims::{AgencyClaims, CommonClaims, OFFICER_ISSUER, OfficerClaims};
use super::key::{TokenSigningKey, VerifyingKey};
use super::{TokenError, provider};
use crate::certificates::Thumbprint;

/// Our tokens are below 1 KiB; a certificate chain in a partner's header still fits.
const TOKEN_MAX: usize = 8 * 1024;
const JTI_MAX: usize = 128;

/// What an agency's token has to fit.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// The gateway's own name.
    pub audience: &'a str,
    /// The agency of the client certificate.
    pub issuer: &'a AgencyId,
    /// The thumbprint of the client certificate.
    pub thumbprint: &'a Thumbprint,
    /// The present moment.
    pub now: Timestamp,
    /// How long ago it may have been issued.
    pub max_age_seconds: u32,
    /// By how much clocks may differ.
    pub leeway_seconds: u32,
}

/// What an officer's token has to fit.
#[derive(Clone, Copy, Debug)]
pub struct ExpectOfficer<'a> {
    /// The gateway's own name.
    pub audience: &'a str,
    /// The present moment.
    pub now: Timestamp,
    /// How long ago it may have been issued.
    pub max_age_seconds: u32,
    /// By how much clocks may differ.
    pub leeway_seconds: u32,
}

/// Signs an agency's token.
///
/// # Errors
/// [`TokenError`] if the key cannot sign.
pub fn sign_agency_token(
    key: &TokenSigningKey,
    kid: &str,
    claims: &AgencyClaims,
) -> Result<String, TokenError> {
    sign(key, kid, claims)
}

/// Signs an officer's token.
///
/// # Errors
/// [`TokenError`] if the key cannot sign.
pub fn sign_officer_token(
    key: &TokenSigningKey,
    kid: &str,
    claims: &OfficerClaims,
) -> Result<String, TokenError> {
    sign(key, kid, claims)
}

/// Checks an agency's token against the keys that the registry has for the agency.
///
/// # Errors
/// [`TokenError`]: its variant is the class of the fault.
pub fn verify_agency_token(
    token: &str,
    keys: &[TokenKey],
    expect: Expect<'_>,
) -> Result<AgencyClaims, TokenError> {
    let head = Head::read(token)?;
    let kid = head.kid.as_deref().ok_or(TokenError::UnknownKey)?;
    let key = keys
        .iter()
        .find(|key| key.kid == kid)
        .ok_or(TokenError::UnknownKey)?;
    let key = VerifyingKey::from_pem(&key.public_key_pem)?;
    let times = Times {
        now: expect.now.as_seconds(),
        max_age: i64::from(expect.max_age_seconds),
        leeway: i64::from(expect.leeway_seconds),
    };
    let claims: AgencyClaims = verify(token, &head, &key, expect.issuer.as_str(), expect.audience, times)?;
    if claims.cnf.thumbprint != *expect.thumbprint {
        return Err(TokenError::WrongCertificate);
    }
    Ok(claims)
}

/// Checks an officer's token against the gateway's own officer key.
///
/// # Errors
/// [`TokenError`]: its variant is the class of the fault.
pub fn verify_officer_token(
    token: &str,
    public_key_pem: &str,
    expect: ExpectOfficer<'_>,
) -> Result<OfficerClaims, TokenError> {
    let head = Head::read(token)?;
    let key = VerifyingKey::from_pem(public_key_pem)?;
    let times = Times {
        now: expect.now.as_seconds(),
        max_age: i64::from(expect.max_age_seconds),
        leeway: i64::from(expect.leeway_seconds),
    };
    verify(token, &head, &key, OFFICER_ISSUER, expect.audience, times)
}

/// The parts of a token's header that count.
#[derive(Deserialize)]
struct Head {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood (RFC 7515 section 4.1.11). We understand none.
    crit: Option<IgnoredAny>,
}

impl Head {
    fn read(token: &str) -> Result<Self, TokenError> {
        if token.len() > TOKEN_MAX {
            return Err(TokenError::TooLong);
        }
        let (head, _) = token.split_once('.').ok_or(TokenError::Malformed)?;
        let head = URL_SAFE_NO_PAD.decode(head).map_err(|_| TokenError::Malformed)?;
        let head: Self = serde_json::from_slice(&head).map_err(|_| TokenError::Malformed)?;
        if head.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        Ok(head)
    }

    fn is_for(&self, algorithm: Algorithm) -> bool {
        match algorithm {
            Algorithm::ES256 => self.alg == "ES256",
            Algorithm::ES384 => self.alg == "ES384",
            _ => false,
        }
    }
}

/// Claims together with `nbf`, which is not required but counts where it is given (RFC 7519 section 4.1.5).
#[derive(Deserialize)]
struct Received<C> {
    #[serde(flatten)]
    claims: C,
    nbf: Option<i64>,
}

#[derive(Clone, Copy)]
struct Times {
    now: i64,
    max_age: i64,
    leeway: i64,
}

impl Times {
    fn check(self, claims: &impl CommonClaims, not_before: Option<i64>) -> Result<(), TokenError> {
        let (issued, expires) = (claims.issued_at(), claims.expires_at());
        if expires <= issued {
            return Err(TokenError::MalformedClaims);
        }
        if expires.saturating_add(self.leeway) <= self.now {
            return Err(TokenError::Expired);
        }
        let latest_start = self.now.saturating_add(self.leeway);
        if issued > latest_start || not_before.is_some_and(|start| start > latest_start) {
            return Err(TokenError::NotYetValid);
        }
        if self.now.saturating_sub(issued) > self.max_age.saturating_add(self.leeway) {
            return Err(TokenError::TooOld);
        }
        Ok(())
    }
}

fn sign<C: Serialize>(key: &TokenSigningKey, kid: &str, claims: &C) -> Result<String, TokenError> {
    provider::install()?;
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(kid.to_owned());
    jsonwebtoken::encode(&header, claims, key.encoding()).map_err(|_| TokenError::UnusableKey)
}

fn verify<C: CommonClaims + DeserializeOwned>(
    token: &str,
    head: &Head,
    key: &VerifyingKey,
    issuer: &str,
    audience: &str,
    times: Times,
) -> Result<C, TokenError> {
    if !head.is_for(key.algorithm) {
        return Err(TokenError::WrongAlgorithm);
    }
    provider::install()?;
    let mut validation = Validation::new(key.algorithm);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["iss", "aud", "sub"]);
    // Both would ask the system's clock; `Times` checks them against the moment given.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let received = jsonwebtoken::decode::<Received<C>>(token, &key.decoding, &validation)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => TokenError::BadSignature,
            ErrorKind::InvalidAlgorithm => TokenError::WrongAlgorithm,
            ErrorKind::InvalidIssuer => TokenError::WrongIssuer,
            ErrorKind::InvalidAudience => TokenError::WrongAudience,
            ErrorKind::Json(_) | ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
                TokenError::MalformedClaims
            }
            _ => TokenError::Malformed,
        })?
        .claims;
    if received.claims.token_id().is_empty() || received.claims.token_id().len() > JTI_MAX {
        return Err(TokenError::MalformedClaims);
    }
    times.check(&received.claims, received.nbf)?;
    Ok(received.claims)
}
