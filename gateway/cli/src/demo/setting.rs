//! The demo's setting: folder, keys, test CA, certificates, tokens, registry and agreements, all made afresh.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use gateway_crypto::SystemEntropy;
use gateway_exchange::requester::{KnownOfficer, TokenPolicy};
use gateway_exchange::{Gateway, Settings};
use gateway_store::AuditStore;
use gateway_synthetic::{CALLS_MAPPING, Credentials, Staff, agencies as cast};
use gateway_types::registry::Agency;
use gateway_types::vocabulary::Role;
use gateway_types::{AgencyId, StaffId, Timestamp};

use super::approving;
use crate::compose::{self, GatewayKeys, LogPlace, Place, Process, Stores};
use crate::mark::MarkFile;
use crate::{Failure, keys};

/// How long the demo's tokens live: long enough to play with, and said so in the demo's settings only.
const TOKEN_SECONDS: u32 = 12 * 3600;
const AUDIENCE: &str = "assent-demo";
const ORIGIN: &str = "log.riverton.example/assent-demo";

/// The crisis clinician of the tour.
pub(super) const CLINICIAN: Staff<'_> = Staff {
    agency: cast::HARBOR_CRISIS,
    staff: "a-rivera",
    role: Role::Clinician,
    system: "pavement-tablet",
};
/// The police outreach officer of the tour.
pub(super) const OUTREACH_OFFICER: Staff<'_> = Staff {
    agency: cast::RIVERTON_PD_OUTREACH,
    staff: "k-nguyen",
    role: Role::OutreachOfficer,
    system: "outreach-console",
};
/// Who records consents at the treatment programme.
pub(super) const PROGRAMME_STAFF: Staff<'_> = Staff {
    agency: cast::CEDAR_RECOVERY,
    staff: "m-okafor",
    role: Role::ProgramStaff,
    system: "cedar-ehr",
};
/// Who records releases at the HMIS lead.
pub(super) const CASE_MANAGER: Staff<'_> = Staff {
    agency: cast::RIVERTON_HMIS,
    staff: "l-ortega",
    role: Role::CaseManager,
    system: "riverton-hmis-database",
};
/// The compliance officer of the tour.
pub(super) const COMPLIANCE_OFFICER: &str = "d-whitfield";

/// The agreements that come with the demo.
pub(super) const AGREEMENTS: [(&str, &str); 2] = [
    (
        "riverton-crisis-care.toml",
        include_str!("../../../../policies/mou/riverton-crisis-care.toml"),
    ),
    (
        "riverton-outreach.toml",
        include_str!("../../../../policies/mou/riverton-outreach.toml"),
    ),
];

/// Everything the tour needs.
pub(super) struct Setting {
    pub(super) folder: PathBuf,
    pub(super) gateway: Arc<Gateway>,
    pub(super) audit: Arc<dyn AuditStore>,
    pub(super) agencies: Vec<Agency>,
    pub(super) credentials: Credentials,
    pub(super) tls: gateway_http::ServerTls,
}

impl Setting {
    /// Makes it in an empty folder.
    pub(super) async fn make(folder: &Path, now: Timestamp) -> Result<Self, Failure> {
        let since = now.date().plus_days(-365).context("the calendar ends here")?;
        let mut agencies =
            gateway_synthetic::agencies(since).context("the demo's agencies cannot be made")?;
        let credentials = Credentials::issue(&mut agencies, AUDIENCE, now, TOKEN_SECONDS, &SystemEntropy)
            .context("the demo's certificates and keys cannot be made")?;
        let (gateway, audit) = start(folder, credentials.officer_public_key()).await?;
        let by = [
            StaffId::new("demo-operator").context("an id")?,
            StaffId::new("demo-approver").context("an id")?,
        ];
        for agency in &agencies {
            gateway
                .enter_agency(agency, &by)
                .await
                .with_context(|| format!("{} cannot be registered", agency.id))?;
        }
        let (certificate, key) = credentials.server();
        let tls = gateway_http::server_config(certificate, key, credentials.authority())
            .context("the server's TLS cannot be set up")?;
        let setting = Self {
            folder: folder.to_owned(),
            gateway,
            audit,
            agencies,
            credentials,
            tls,
        };
        setting.write_identities()?;
        Ok(setting)
    }

    /// Writes certificates and keys where curl can use them.
    fn write_identities(&self) -> anyhow::Result<()> {
        let folder = self.folder.join("certificates");
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("ca.pem"), self.credentials.authority())?;
        for (agency, certificate, key) in self.credentials.identities() {
            std::fs::write(folder.join(format!("{agency}.pem")), certificate)?;
            keys::write_secret(&folder.join(format!("{agency}.key")), key)?;
        }
        Ok(())
    }
}

async fn start(folder: &Path, officer_key: &str) -> Result<(Arc<Gateway>, Arc<dyn AuditStore>), Failure> {
    let (master, log) = keys::generate()?;
    keys::write_secret(&folder.join("master.key"), &master)?;
    keys::write_secret(&folder.join("log.key"), &log)?;
    let gateway_keys = GatewayKeys {
        master: keys::read_master(&folder.join("master.key"))?,
        older: Vec::new(),
        log: keys::read_log(&folder.join("log.key"))?,
    };
    let officers = approving::Officers::make(&folder.join("approvers"))?;
    let stores = Stores::open(&Place::Folder(folder), &gateway_keys, Process::Serves).await?;
    let audit = Arc::clone(&stores.audit);
    let settings = Settings {
        tokens: TokenPolicy {
            audience: AUDIENCE.to_owned(),
            max_age_seconds: TOKEN_SECONDS,
            leeway_seconds: 30,
        },
        officers: vec![KnownOfficer {
            staff: StaffId::new(COMPLIANCE_OFFICER).context("an id")?,
            agency: AgencyId::new(cast::RIVERTON_HMIS).context("an id")?,
            public_key_pem: officer_key.to_owned(),
        }],
        spool: folder.to_owned(),
        spool_limits: gateway_exchange::spool::SpoolLimits::default(),
        import_bytes: 256 << 20,
        turn_patience: std::time::Duration::from_secs(20),
        thresholds: gateway_linkage::Thresholds::default(),
        witness_of: None,
        quorum: None,
        call_columns: [(
            AgencyId::new(cast::RIVERTON_PD_OUTREACH).context("an id")?,
            CALLS_MAPPING.to_owned(),
        )]
        .into(),
    };
    let gateway = compose::start_serving(
        stores,
        &gateway_keys,
        LogPlace {
            origin: ORIGIN.to_owned(),
            mark: MarkFile::serving(folder.join("log.mark")),
        },
        officers.known()?,
        settings,
    )
    .await?;
    officers
        .put_in_force(&gateway, &folder.join("mou"), &AGREEMENTS)
        .await?;
    Ok((gateway, audit))
}
