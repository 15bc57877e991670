//! Credentials of the invented agencies: a test CA, a certificate and a token key for each, tokens for their people.
//!
//! For the demo and the tests. Nothing here is meant to guard anything but invented data.

use std::collections::BTreeMap;

use gateway_crypto::certificates::Thumbprint;
use gateway_crypto::certificates::{Authority, CertificateError, Issued, PeerCertificate};
use gateway_crypto::tokens::{
    AgencyClaims, Confirmation, OfficerClaims, OfficerIssuer, TokenError, TokenSigningKey, sign_agency_token,
    sign_officer_token,
};
use gateway_types::registry::{Agency, TokenKey};
use gateway_types::vocabulary::Role;
use gateway_types::{AgencyId, Entropy, InvalidId, StaffId, SystemId, Timestamp};

/// How long certificates last, in days.
const DAYS: u32 = 30;
/// The `kid` of each agency's one token key.
const KID: &str = "invented-1";

/// Why credentials could not be made or found.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// A certificate could not be made.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A token or token key could not be made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// An id is not one.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// There is no such agency.
    #[error("no such agency among the invented ones")]
    NoSuchAgency,
}

/// What an agency proves itself with.
struct Identity {
    certificate: Issued,
    thumbprint: Thumbprint,
    token_key: TokenSigningKey,
}

/// Everybody's credentials.
pub struct Credentials {
    authority: Authority,
    server: Issued,
    identities: BTreeMap<AgencyId, Identity>,
    officer: TokenSigningKey,
    audience: String,
    now: Timestamp,
    token_seconds: u32,
}

/// A person to make a token for.
#[derive(Clone, Copy, Debug)]
pub struct Staff<'a> {
    /// The agency.
    pub agency: &'a str,
    /// The person.
    pub staff: &'a str,
    /// In which role.
    pub role: Role,
    /// At which system.
    pub system: &'a str,
}

impl Credentials {
    /// Makes them all, and enters each agency's token key into its registration. Tokens are for `audience`, issued at
    /// `now` and live `token_seconds`.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn issue(
        agencies: &mut [Agency],
        audience: &str,
        now: Timestamp,
        token_seconds: u32,
        entropy: &dyn Entropy,
    ) -> Result<Self, CredentialError> {
        // A minute early, so that a clock that differs a little does not matter.
        let since = now.plus_seconds(-60);
        let authority = Authority::create("Riverton invented agencies", since, DAYS, entropy)?;
        let server = authority.issue_server(&["127.0.0.1", "localhost"], since, DAYS, entropy)?;
        let mut identities = BTreeMap::new();
        for agency in agencies {
            let certificate = authority.issue_agency(&agency.id, since, DAYS, entropy)?;
            let token_key = TokenSigningKey::generate(entropy)?;
            agency.token_keys = vec![TokenKey {
                kid: KID.to_owned(),
                public_key_pem: token_key.public_pem().to_owned(),
            }];
            let thumbprint = PeerCertificate::read_pem(&certificate.cert_pem)?.thumbprint;
            identities.insert(
                agency.id.clone(),
                Identity {
                    certificate,
                    thumbprint,
                    token_key,
                },
            );
        }
        let officer = TokenSigningKey::generate(entropy)?;
        Ok(Self {
            authority,
            server,
            identities,
            officer,
            audience: audience.to_owned(),
            now,
            token_seconds,
        })
    }

    /// A certificate and key of the same CA for an agency that nobody has registered.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn stranger(&self, agency: &AgencyId, entropy: &dyn Entropy) -> Result<Issued, CredentialError> {
        Ok(self
            .authority
            .issue_agency(agency, self.now.plus_seconds(-60), DAYS, entropy)?)
    }

    /// A certificate of the same CA for any agency, good for `days` from `begin`.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn issue_at(
        &self,
        agency: &AgencyId,
        begin: Timestamp,
        days: u32,
        entropy: &dyn Entropy,
    ) -> Result<Issued, CredentialError> {
        Ok(self.authority.issue_agency(agency, begin, days, entropy)?)
    }

    /// The CA's certificate, PEM.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.authority.cert_pem()
    }

    /// The server's certificate and key, PEM.
    #[must_use]
    pub fn server(&self) -> (&str, &str) {
        (&self.server.cert_pem, &self.server.key_pem)
    }

    /// An agency's certificate and key, PEM.
    ///
    /// # Errors
    /// [`CredentialError::NoSuchAgency`].
    pub fn identity(&self, agency: &str) -> Result<(&str, &str), CredentialError> {
        let identity = self.find(agency)?;
        Ok((&identity.certificate.cert_pem, &identity.certificate.key_pem))
    }

    /// Each agency with its certificate and key, PEM.
    pub fn identities(&self) -> impl Iterator<Item = (&AgencyId, &str, &str)> {
        self.identities.iter().map(|(id, identity)| {
            (
                id,
                identity.certificate.cert_pem.as_str(),
                identity.certificate.key_pem.as_str(),
            )
        })
    }

    /// A token for a person, bound to the agency's certificate.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn token(&self, person: Staff<'_>) -> Result<String, CredentialError> {
        let identity = self.find(person.agency)?;
        Ok(sign_agency_token(
            &identity.token_key,
            KID,
            &self.claims(person)?,
        )?)
    }

    /// The claims of a person's token, to be changed by tests that forge one.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn claims(&self, person: Staff<'_>) -> Result<AgencyClaims, CredentialError> {
        let clinician = matches!(person.role, Role::Clinician | Role::Physician | Role::Nurse);
        Ok(AgencyClaims {
            iss: AgencyId::new(person.agency)?,
            sub: StaffId::new(person.staff)?,
            aud: self.audience.clone(),
            iat: self.now.as_seconds(),
            exp: self.now.as_seconds() + i64::from(self.token_seconds),
            jti: format!("invented-{}", person.staff),
            role: person.role,
            system: SystemId::new(person.system)?,
            licensed_clinician: clinician,
            medical_personnel: clinician,
            cnf: Confirmation {
                thumbprint: self.find(person.agency)?.thumbprint,
            },
        })
    }

    /// Signs claims with an agency's key, whatever they say.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn sign(&self, agency: &str, claims: &AgencyClaims) -> Result<String, CredentialError> {
        Ok(sign_agency_token(&self.find(agency)?.token_key, KID, claims)?)
    }

    /// The compliance officer's public key, PEM.
    #[must_use]
    pub fn officer_public_key(&self) -> &str {
        self.officer.public_pem()
    }

    /// A token for a compliance officer of an agency.
    ///
    /// # Errors
    /// [`CredentialError`].
    pub fn officer_token(&self, staff: &str, agency: &str) -> Result<String, CredentialError> {
        let claims = OfficerClaims {
            iss: OfficerIssuer::Gateway,
            sub: StaffId::new(staff)?,
            aud: self.audience.clone(),
            iat: self.now.as_seconds(),
            exp: self.now.as_seconds() + i64::from(self.token_seconds),
            jti: format!("invented-{staff}"),
            agency: AgencyId::new(agency)?,
        };
        Ok(sign_officer_token(&self.officer, "officer-1", &claims)?)
    }

    fn find(&self, agency: &str) -> Result<&Identity, CredentialError> {
        self.identities
            .get(&AgencyId::new(agency)?)
            .ok_or(CredentialError::NoSuchAgency)
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[credentials]")
    }
}
