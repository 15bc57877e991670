//! Who is asking: a person in a role, at a system, of a registered agency, proved by certificate and signed token.
//!
//! Nothing here comes from a request body. A [`Requester`] has private fields and one public constructor, which checks
//! the token against the registry and the certificate, so a use case that takes one cannot be reached by anyone else.
//! The others make who asks about canaries, of agencies that are in no registry, and who asked earlier for what happens
//! now.
//!
//! ```compile_fail,E0451
//! // Nobody becomes a requester but through their certificate and token.
//! fn promote(other: gateway_exchange::requester::Requester) -> gateway_exchange::requester::Requester {
//!     gateway_exchange::requester::Requester { role: gateway_types::vocabulary::Role::Physician, ..other }
//! }
//! ```

use std::sync::Arc;

use gateway_crypto::certificates::PeerCertificate;
use gateway_crypto::tokens::{self, Expect, ExpectOfficer, OfficerClaims, TokenError};
use gateway_types::registry::Agency;
use gateway_types::vocabulary::{Role, SystemKind};
use gateway_types::{AgencyId, StaffId, SystemId, Timestamp};

use crate::directory::Directory;

/// Why a caller is not who they would have to be. Each is told plainly: it depends on the caller alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAuthenticated {
    /// No client certificate was presented.
    #[error("a client certificate is needed")]
    NoCertificate,
    /// The certificate's agency is not in the registry.
    #[error("the certificate's agency is not registered")]
    UnknownAgency,
    /// The agency has no instrument in force.
    #[error("the agency has no instrument in force")]
    NoInstrument,
    /// There is no token.
    #[error("a bearer token signed by the agency is needed")]
    NoToken,
    /// The token does not hold.
    #[error("the token is not accepted: {0}")]
    Token(TokenError),
    /// The token claims a role that the agency's registration does not list.
    #[error("the role in the token is not registered for the agency")]
    UnregisteredRole,
    /// The token names a system that the agency's registration does not list.
    #[error("the system in the token is not registered for the agency")]
    UnregisteredSystem,
    /// The officer is not known to this gateway.
    #[error("the officer's signing key is not known here")]
    UnknownOfficer,
}

/// How tokens are checked.
#[derive(Clone, Debug)]
pub struct TokenPolicy {
    /// The `aud` that a token must have.
    pub audience: String,
    /// The longest a token may live, in seconds.
    pub max_age_seconds: u32,
    /// How far clocks may differ, in seconds.
    pub leeway_seconds: u32,
}

/// An agency that has proved itself by its certificate alone: enough to push, not to ask.
#[derive(Clone, Debug)]
pub struct Sender {
    directory: Arc<Directory>,
    agency: AgencyId,
}

impl Sender {
    /// Accepts the agency of a client certificate whose chain TLS has checked.
    ///
    /// # Errors
    /// [`NotAuthenticated`].
    pub fn authenticate(
        directory: &Arc<Directory>,
        certificate: Option<&PeerCertificate>,
        now: Timestamp,
    ) -> Result<Self, NotAuthenticated> {
        let certificate = certificate.ok_or(NotAuthenticated::NoCertificate)?;
        directory
            .agency(&certificate.agency)
            .ok_or(NotAuthenticated::UnknownAgency)?;
        directory
            .exchanging(&certificate.agency, now)
            .ok_or(NotAuthenticated::NoInstrument)?;
        Ok(Self {
            directory: Arc::clone(directory),
            agency: certificate.agency.clone(),
        })
    }

    /// Accepts the agency for which a listener was configured that nobody but the machine itself can reach.
    pub(crate) fn local(
        directory: &Arc<Directory>,
        agency: &AgencyId,
        now: Timestamp,
    ) -> Result<Self, NotAuthenticated> {
        directory.agency(agency).ok_or(NotAuthenticated::UnknownAgency)?;
        directory
            .exchanging(agency, now)
            .ok_or(NotAuthenticated::NoInstrument)?;
        Ok(Self {
            directory: Arc::clone(directory),
            agency: agency.clone(),
        })
    }

    /// The agency's id.
    #[must_use]
    pub const fn agency_id(&self) -> &AgencyId {
        &self.agency
    }

    /// The agency's registration.
    #[must_use]
    pub fn agency(&self) -> Option<&Agency> {
        self.directory.agency(&self.agency)
    }

    /// The directory in which it was found.
    #[must_use]
    pub const fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }
}

/// A person of an agency, in a role, at a system.
#[derive(Clone, Debug)]
pub struct Requester {
    sender: Sender,
    staff: StaffId,
    role: Role,
    system: SystemId,
    system_kind: SystemKind,
    system_operator: AgencyId,
    licensed_clinician: bool,
    medical_personnel: bool,
}

impl Requester {
    /// Accepts the person whom an agency's token names, if the token is bound to the agency's certificate.
    ///
    /// # Errors
    /// [`NotAuthenticated`].
    pub fn authenticate(
        directory: &Arc<Directory>,
        certificate: Option<&PeerCertificate>,
        token: Option<&str>,
        policy: &TokenPolicy,
        now: Timestamp,
    ) -> Result<Self, NotAuthenticated> {
        let sender = Sender::authenticate(directory, certificate, now)?;
        let (Some(certificate), Some(agency)) = (certificate, sender.agency()) else {
            return Err(NotAuthenticated::NoCertificate);
        };
        let token = token.ok_or(NotAuthenticated::NoToken)?;
        let claims = tokens::verify_agency_token(
            token,
            &agency.token_keys,
            Expect {
                audience: &policy.audience,
                issuer: &agency.id,
                thumbprint: &certificate.thumbprint,
                now,
                max_age_seconds: policy.max_age_seconds,
                leeway_seconds: policy.leeway_seconds,
            },
        )
        .map_err(NotAuthenticated::Token)?;
        if !agency.roles.contains(claims.role) {
            return Err(NotAuthenticated::UnregisteredRole);
        }
        let system = agency
            .system(&claims.system)
            .ok_or(NotAuthenticated::UnregisteredSystem)?;
        let system_operator = system.operator.clone().unwrap_or_else(|| agency.id.clone());
        let system_kind = system.kind;
        Ok(Self {
            staff: claims.sub,
            role: claims.role,
            system: claims.system,
            system_kind,
            system_operator,
            licensed_clinician: claims.licensed_clinician,
            medical_personnel: claims.medical_personnel,
            sender,
        })
    }

    /// The person who asks about canaries. Only of their invented agencies, whom no certificate names.
    pub(crate) fn of_canary(
        directory: &Arc<Directory>,
        agency: &AgencyId,
        staff: StaffId,
        role: Role,
    ) -> Option<Self> {
        let known = directory.agency(agency).filter(|agency| agency.id.is_canary())?;
        let system = known.systems.first()?;
        Some(Self {
            sender: Sender {
                directory: Arc::clone(directory),
                agency: agency.clone(),
            },
            staff,
            role,
            system: system.id.clone(),
            system_kind: system.kind,
            system_operator: agency.clone(),
            licensed_clinician: false,
            medical_personnel: false,
        })
    }

    /// The person who asked for something that happens now, as the registry knows their agency now. `None` once the agency
    /// may not exchange, or does not have the role or the system any more. What their token said of them beyond is not
    /// carried over.
    pub(crate) fn still(
        directory: &Arc<Directory>,
        asked: &consent::Recorder,
        role: Role,
        system: &SystemId,
        now: Timestamp,
    ) -> Option<Self> {
        let agency = directory.exchanging(&asked.agency, now)?;
        let known = agency.system(system).filter(|_| agency.roles.contains(role))?;
        Some(Self {
            sender: Sender {
                directory: Arc::clone(directory),
                agency: asked.agency.clone(),
            },
            staff: asked.staff.clone(),
            role,
            system: system.clone(),
            system_kind: known.kind,
            system_operator: known.operator.clone().unwrap_or_else(|| asked.agency.clone()),
            licensed_clinician: false,
            medical_personnel: false,
        })
    }

    /// The agency the person belongs to.
    #[must_use]
    pub const fn agency_id(&self) -> &AgencyId {
        self.sender.agency_id()
    }

    /// The agency, as the sender of what the person records.
    #[must_use]
    pub const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// The directory in which the agency was found.
    #[must_use]
    pub const fn directory(&self) -> &Arc<Directory> {
        self.sender.directory()
    }

    /// The person.
    #[must_use]
    pub const fn staff(&self) -> &StaffId {
        &self.staff
    }

    /// The capacity in which they act.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The system on which they will see the answer.
    #[must_use]
    pub const fn system(&self) -> &SystemId {
        &self.system
    }

    /// What kind of system that is, by the registry.
    #[must_use]
    pub const fn system_kind(&self) -> SystemKind {
        self.system_kind
    }

    /// The agency that runs that system.
    #[must_use]
    pub const fn system_operator(&self) -> &AgencyId {
        &self.system_operator
    }

    /// Whether the agency's token says that they are a licensed clinician.
    #[must_use]
    pub const fn is_licensed_clinician(&self) -> bool {
        self.licensed_clinician
    }

    /// Whether the agency's token says that they may receive under 42 CFR 2.51.
    #[must_use]
    pub const fn is_medical_personnel(&self) -> bool {
        self.medical_personnel
    }
}

/// A compliance officer and the public key by which they are known here, until they have a console.
#[derive(Clone, Debug)]
pub struct KnownOfficer {
    /// The officer.
    pub staff: StaffId,
    /// The agency whose disclosures they audit.
    pub agency: AgencyId,
    /// Their public key, PEM.
    pub public_key_pem: String,
}

/// A compliance officer who has proved themselves by their signing key.
#[derive(Clone, Debug)]
pub struct Officer {
    staff: StaffId,
    agency: AgencyId,
}

impl Officer {
    /// Accepts an officer's token if one of the known officers signed it.
    ///
    /// # Errors
    /// [`NotAuthenticated`].
    pub fn authenticate(
        known: &[KnownOfficer],
        token: Option<&str>,
        policy: &TokenPolicy,
        now: Timestamp,
    ) -> Result<Self, NotAuthenticated> {
        let token = token.ok_or(NotAuthenticated::NoToken)?;
        let mut last = NotAuthenticated::UnknownOfficer;
        for officer in known {
            match tokens::verify_officer_token(
                token,
                &officer.public_key_pem,
                ExpectOfficer {
                    audience: &policy.audience,
                    now,
                    max_age_seconds: policy.max_age_seconds,
                    leeway_seconds: policy.leeway_seconds,
                },
            ) {
                Ok(OfficerClaims { sub, agency, .. }) if sub == officer.staff && agency == officer.agency => {
                    return Ok(Self { staff: sub, agency });
                }
                Ok(_) | Err(TokenError::BadSignature) => {}
                Err(error) => last = NotAuthenticated::Token(error),
            }
        }
        Err(last)
    }

    /// The officer.
    #[must_use]
    pub const fn staff(&self) -> &StaffId {
        &self.staff
    }

    /// The agency whose disclosures they audit.
    #[must_use]
    pub const fn agency(&self) -> &AgencyId {
        &self.agency
    }
}
