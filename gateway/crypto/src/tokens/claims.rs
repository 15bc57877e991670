//! What a token claims about the person who asks. The registry decides what an agency's tokens may claim; a claim
//! that the registry does not back is refused where the requester is built, not here.

use gateway_types::vocabulary::Role;
use gateway_types::{AgencyId, StaffId, SystemId};
use serde::{Deserialize, Serialize};

use crate::certificates::Thumbprint;

/// The issuer of officer tokens: the gateway's own key file, until officers have a console.
pub const OFFICER_ISSUER: &str = "assent-officer";

/// An agency's word for a member of its staff. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyClaims {
    /// The agency that issued the token: the same as in the certificate.
    pub iss: AgencyId,
    /// The member of staff.
    pub sub: StaffId,
    /// The gateway it is for.
    pub aud: String,
    /// When it was issued.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Its own name, never used twice: 1 to 128 characters.
    pub jti: String,
    /// The role in which the person asks.
    pub role: Role,
    /// The system on which the answer will be seen.
    pub system: SystemId,
    /// Whether the person is a licensed clinician.
    #[serde(default)]
    pub licensed_clinician: bool,
    /// Whether the person is medical personnel (42 CFR 2.51).
    #[serde(default)]
    pub medical_personnel: bool,
    /// The certificate to which the token is bound.
    pub cnf: Confirmation,
}

/// The `cnf` claim (RFC 8705 section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The certificate's thumbprint.
    #[serde(rename = "x5t#S256")]
    pub thumbprint: Thumbprint,
}

/// A compliance officer's token. Times are seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerClaims {
    /// Always [`OFFICER_ISSUER`].
    pub iss: OfficerIssuer,
    /// The officer.
    pub sub: StaffId,
    /// The gateway it is for.
    pub aud: String,
    /// When it was issued.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Its own name, never used twice: 1 to 128 characters.
    pub jti: String,
    /// The agency whose disclosures the officer may see.
    pub agency: AgencyId,
}

/// The one issuer of officer tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfficerIssuer {
    /// [`OFFICER_ISSUER`].
    #[default]
    #[serde(rename = "assent-officer")]
    Gateway,
}

/// The claims that every kind of token has.
pub(super) trait CommonClaims {
    fn issued_at(&self) -> i64;
    fn expires_at(&self) -> i64;
    fn token_id(&self) -> &str;
}

impl CommonClaims for AgencyClaims {
    fn issued_at(&self) -> i64 {
        self.iat
    }

    fn expires_at(&self) -> i64 {
        self.exp
    }

    fn token_id(&self) -> &str {
        &self.jti
    }
}

impl CommonClaims for OfficerClaims {
    fn issued_at(&self) -> i64 {
        self.iat
    }

    fn expires_at(&self) -> i64 {
        self.exp
    }

    fn token_id(&self) -> &str {
        &self.jti
    }
}
