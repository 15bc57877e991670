//! The demo's setting: folder, keys, test CA, certificates, tokens, registry and agreements, all made afresh.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use gateway_crypto::certificates::{Authority, Issued, PeerCertificate};
use gateway_crypto::tokens::{
    AgencyClaims, Confirmation, OfficerClaims, OfficerIssuer, TokenSigningKey, sign_agency_token, sign_officer_token,
};
use gateway_crypto::SystemEntropy;
use gateway_exchange::requester::{KnownOfficer, TokenPolicy};
use gateway_exchange::{Gateway, Settings};
use gateway_store::AuditStore;
use gateway_synthetic::{CALLS_MAPPING, agencies as cast};
use gateway_types::registry::{Agency, TokenKey};
use gateway_types::vocabulary::Role;
use gateway_types::{AgencyId, StaffId, SystemId, Timestamp};

use crate::compose::{self, GatewayKeys, Place, Stores};
use crate::{Failure, keys};

/// How long the demo's tokens live: long enough to play with, and said so in the demo's settings only.
pub(crate) const TOKEN_SECONDS: u32 = 12 * 3600;
const DAYS: u32 = 30;
const AUDIENCE: &str = "assent-demo";
const ORIGIN: &str = "log.riverton.example/assent-demo";

/// The agreements that come with the demo.
pub(crate) const AGREEMENTS: [(&str, &str); 2] = [
    ("riverton-crisis-care.toml", include_str!("../../../../policies/mou/riverton-crisis-care.toml")),
    ("riverton-outreach.toml", include_str!("../../../../policies/mou/riverton-outreach.toml")),
];

/// Everything the tour needs.
pub(crate) struct Setting {
    pub(crate) folder: PathBuf,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) audit: Arc<dyn AuditStore>,
    pub(crate) agencies: Vec<Agency>,
    pub(crate) tls: Arc<gateway_http::ServerTls>,
    authority: String,
    issued: BTreeMap<AgencyId, Identity>,
    officer_key: TokenSigningKey,
    now: Timestamp,
}

struct Identity {
    certificate: Issued,
    token_key: TokenSigningKey,
}

impl Setting {
    /// Makes it in an empty folder.
    pub(crate) async fn make(folder: &Path, now: Timestamp) -> Result<Self, Failure> {
        let authority = Authority::create("Riverton demo agencies", now, DAYS, &SystemEntropy)
            .context("the demo's certificate authority cannot be made")?;
        let server = authority
            .issue_server(&["127.0.0.1", "localhost"], now, DAYS, &SystemEntropy)
            .context("the server's certificate cannot be made")?;
        let since = now.date().plus_days(-365).context("the calendar ends here")?;
        let mut agencies = gateway_synthetic::agencies(since).context("the demo's agencies cannot be made")?;
        let mut issued = BTreeMap::new();
        for agency in &mut agencies {
            let certificate = authority
                .issue_agency(&agency.id, now, DAYS, &SystemEntropy)
                .with_context(|| format!("no certificate can be made for {}", agency.id))?;
            let token_key = TokenSigningKey::generate(&SystemEntropy).context("no token key can be made")?;
            agency.token_keys =
                vec![TokenKey { kid: "demo-1".to_owned(), public_key_pem: token_key.public_pem().to_owned() }];
            issued.insert(agency.id.clone(), Identity { certificate, token_key });
        }
        let officer_key = TokenSigningKey::generate(&SystemEntropy).context("no officer's key can be made")?;
        let (gateway, audit) = start(folder, &officer_key).await?;
        for agency in &agencies {
            gateway
                .enter_agency(agency, &[StaffId::new("demo-operator").context("an id")?, StaffId::new("demo-approver").context("an id")?])
                .await
                .with_context(|| format!("{} cannot be registered", agency.id))?;
        }
        let tls = gateway_http::server_config(&server.cert_pem, &server.key_pem, authority.cert_pem())
            .context("the server's TLS cannot be set up")?;
        let setting = Self {
            folder: folder.to_owned(),
            gateway,
            audit,
            agencies,
            tls,
            authority: authority.cert_pem().to_owned(),
            issued,
            officer_key,
            now,
        };
        setting.write_identities()?;
        Ok(setting)
    }

    /// The CA that vouches for everyone in the demo.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// Certificate and key of an agency.
    pub(crate) fn identity(&self, agency: &str) -> anyhow::Result<(&str, &str)> {
        let identity = self.find(agency)?;
        Ok((&identity.certificate.cert_pem, &identity.certificate.key_pem))
    }

    /// A token for a person of an agency.
    pub(crate) fn token(&self, agency: &str, staff: &str, role: Role, system: &str) -> anyhow::Result<String> {
        let identity = self.find(agency)?;
        let der = first_certificate(&identity.certificate.cert_pem)?;
        let clinician = matches!(role, Role::Clinician | Role::Physician | Role::Nurse);
        let claims = AgencyClaims {
            iss: AgencyId::new(agency)?,
            sub: StaffId::new(staff)?,
            aud: AUDIENCE.to_owned(),
            iat: self.now.as_seconds(),
            exp: self.now.as_seconds() + i64::from(TOKEN_SECONDS),
            jti: format!("demo-{staff}"),
            role,
            system: SystemId::new(system)?,
            licensed_clinician: clinician,
            medical_personnel: clinician,
            cnf: Confirmation { thumbprint: PeerCertificate::read(&der)?.thumbprint },
        };
        Ok(sign_agency_token(&identity.token_key, "demo-1", &claims)?)
    }

    /// A token for the compliance officer.
    pub(crate) fn officer_token(&self) -> anyhow::Result<String> {
        let claims = OfficerClaims {
            iss: OfficerIssuer,
            sub: StaffId::new("d-whitfield")?,
            aud: AUDIENCE.to_owned(),
            iat: self.now.as_seconds(),
            exp: self.now.as_seconds() + i64::from(TOKEN_SECONDS),
            jti: "demo-officer".to_owned(),
            agency: AgencyId::new(cast::RIVERTON_HMIS)?,
        };
        Ok(sign_officer_token(&self.officer_key, "officer-1", &claims)?)
    }

    fn find(&self, agency: &str) -> anyhow::Result<&Identity> {
        self.issued.get(&AgencyId::new(agency)?).with_context(|| format!("no such agency in the demo: {agency}"))
    }

    /// Writes certificates and keys where curl can use them.
    fn write_identities(&self) -> anyhow::Result<()> {
        let folder = self.folder.join("certificates");
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("ca.pem"), &self.authority)?;
        for (agency, identity) in &self.issued {
            std::fs::write(folder.join(format!("{agency}.pem")), &identity.certificate.cert_pem)?;
            keys::write_secret(&folder.join(format!("{agency}.key")), &identity.certificate.key_pem)?;
        }
        Ok(())
    }
}

async fn start(folder: &Path, officer_key: &TokenSigningKey) -> Result<(Arc<Gateway>, Arc<dyn AuditStore>), Failure> {
    let (master, log) = keys::generate()?;
    keys::write_secret(&folder.join("master.key"), &master)?;
    keys::write_secret(&folder.join("log.key"), &log)?;
    let gateway_keys = GatewayKeys {
        master: keys::read_master(&folder.join("master.key"))?,
        older: Vec::new(),
        log: keys::read_log(&folder.join("log.key"))?,
    };
    let mou = folder.join("mou");
    std::fs::create_dir(&mou).context("the folder of agreements cannot be made")?;
    for (name, text) in AGREEMENTS {
        std::fs::write(mou.join(name), text).context("an agreement cannot be written")?;
    }
    let agreements = compose::load_agreements(&compose::read_agreements(&mou)?)?;
    let stores = Stores::open(&Place::Folder(folder), &gateway_keys).await?;
    let audit = Arc::clone(&stores.audit);
    let settings = Settings {
        tokens: TokenPolicy {
            audience: AUDIENCE.to_owned(),
            max_age_seconds: TOKEN_SECONDS,
            leeway_seconds: 30,
        },
        officers: vec![KnownOfficer {
            staff: StaffId::new("d-whitfield").context("an id")?,
            agency: AgencyId::new(cast::RIVERTON_HMIS).context("an id")?,
            public_key_pem: officer_key.public_pem().to_owned(),
        }],
        spool: folder.to_owned(),
        import_bytes: 256 << 20,
        thresholds: gateway_linkage::Thresholds::default(),
        call_columns: [(AgencyId::new(cast::RIVERTON_PD_OUTREACH).context("an id")?, CALLS_MAPPING.to_owned())].into(),
    };
    let gateway = compose::start(stores, &gateway_keys, ORIGIN.to_owned(), agreements, settings).await?;
    Ok((gateway, audit))
}

/// The DER bytes of the first certificate of a PEM text.
fn first_certificate(pem: &str) -> anyhow::Result<Vec<u8>> {
    gateway_http::first_certificate(pem).context("the demo's own certificate does not read")
}
