//! The demo's two invented officers, who approve its agreements as real ones would: each with a key of their own.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gateway_exchange::Gateway;
use gateway_exchange::approval::{Approver, Approvers};
use gateway_store::AgreementAction;
use gateway_synthetic::agencies as cast;
use gateway_types::{AgencyId, Clock as _, StaffId, SystemClock};

use crate::policies::{activate, approve};
use crate::{Failure, keys};

/// Who they are, and of which agency.
pub(super) const OFFICERS: [(&str, &str); 2] = [
    (super::setting::COMPLIANCE_OFFICER, cast::RIVERTON_HMIS),
    ("s-lindqvist", cast::HARBOR_CRISIS),
];

/// The officers, with their key files.
pub(super) struct Officers(Vec<(Approver, PathBuf)>);

impl Officers {
    /// Makes their keys in a new folder.
    pub(super) fn make(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir(folder).context("the folder of the approvers' keys cannot be made")?;
        let officers = OFFICERS.map(|(person, agency)| {
            let person = StaffId::new(person)?;
            let path = folder.join(format!("{person}.key"));
            let approver = Approver {
                agency: AgencyId::new(agency)?,
                key: keys::make_approver(&person, &path)?,
                person,
                until: None,
            };
            Ok((approver, path))
        });
        Ok(Self(officers.into_iter().collect::<anyhow::Result<_>>()?))
    }

    /// What the gateway is told of them.
    pub(super) fn known(&self) -> anyhow::Result<Approvers> {
        Ok(Approvers::new(
            self.0.iter().map(|(approver, _)| approver.clone()).collect(),
        )?)
    }

    /// Writes the agreements into a new folder, approves each with both keys, puts them in force.
    pub(super) async fn put_in_force(
        &self,
        gateway: &Gateway,
        folder: &Path,
        agreements: &[(&str, &str)],
    ) -> Result<(), Failure> {
        const ACTION: AgreementAction = AgreementAction::Activate;
        std::fs::create_dir(folder).context("the folder of agreements cannot be made")?;
        let mut files = Vec::new();
        let mut approvals = Vec::new();
        for (name, text) in agreements {
            let path = folder.join(name);
            std::fs::write(&path, text).context("an agreement cannot be written")?;
            let approval = approve::approval_file(&path, ACTION);
            for (approver, key) in &self.0 {
                let signer = keys::read_approver(&approver.person, key)?;
                approve::approve(&path, &approval, ACTION, &signer, SystemClock.now())?;
            }
            approvals.push(std::fs::read_to_string(&approval).context("an approval cannot be read")?);
            files.push(((*name).to_owned(), (*text).to_owned()));
        }
        activate::change(gateway, &files, &approvals, ACTION).await?;
        Ok(())
    }
}
