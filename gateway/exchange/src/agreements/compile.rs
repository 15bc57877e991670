//! From the history to a set that can decide: every approval checked again, every file compiled, nothing taken on trust
//! from the store.

use gateway_crypto::Digest;
use gateway_store::{AgreementAction, AgreementChange, AgreementEpoch, StandingAgreements};
use policies::Agreements;
use policies::mou::Diagnostic;

use super::NotTakenUp;
use crate::approval::{Approvers, Statement};

/// What would be in force.
pub(super) struct Next {
    pub(super) standing: StandingAgreements,
    /// Each new epoch with what was in force after it, for the log.
    pub(super) steps: Vec<(AgreementEpoch, StandingAgreements)>,
}

/// What stands after some more epochs, each change of which was approved. No file is read: what left force long ago
/// need not be understood by this release.
pub(super) fn follow(
    standing: &StandingAgreements,
    newer: &[AgreementEpoch],
    approvers: &Approvers,
) -> Result<Next, NotTakenUp> {
    let mut now = standing.clone();
    let mut steps = Vec::with_capacity(newer.len());
    for epoch in newer {
        let after = now.after(epoch)?;
        for change in &epoch.changes {
            let text = match change.action {
                AgreementAction::Activate => change.text.as_deref(),
                AgreementAction::Retire => now
                    .version(&change.mou)
                    .and_then(|standing| standing.change.text.as_deref()),
            };
            check_approval(epoch, change, text.unwrap_or_default(), approvers)?;
        }
        now = after;
        steps.push((epoch.clone(), now.clone()));
    }
    Ok(Next { standing: now, steps })
}

/// Compiles what is in force. Each file must be the version it is kept as, and bring exactly that into force.
pub(super) fn compile(standing: &StandingAgreements) -> Result<Agreements, NotTakenUp> {
    let files: Vec<(String, &str)> = standing
        .versions()
        .map(|version| {
            (
                format!("{}.toml", version.change.mou),
                version.change.text.as_deref().unwrap_or_default(),
            )
        })
        .collect();
    let pairs: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let agreements = Agreements::load(&pairs).map_err(|found| faulty(&found))?;
    for version in standing.versions() {
        let found = agreements
            .all()
            .iter()
            .find(|agreement| *agreement.id() == version.change.mou);
        if found.and_then(policies::Agreement::hash) != Some(version.change.hash) {
            return Err(NotTakenUp::OtherFile {
                epoch: version.since,
                mou: version.change.mou.clone(),
            });
        }
    }
    Ok(agreements)
}

fn faulty(found: &[Diagnostic]) -> NotTakenUp {
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    NotTakenUp::Faulty(lines.join("\n"))
}

fn check_approval(
    epoch: &AgreementEpoch,
    change: &AgreementChange,
    text: &str,
    approvers: &Approvers,
) -> Result<(), NotTakenUp> {
    let wanted = Statement {
        action: change.action,
        mou: change.mou.clone(),
        version: change.version.clone(),
        content: change.hash,
        file: Digest::of(text.as_bytes()),
        replaces: change.replaced,
        stated: epoch.at,
    };
    let approved = approvers
        .check(&change.approval, &wanted, epoch.at)
        .map_err(|why| NotTakenUp::Approval {
            epoch: epoch.number,
            mou: change.mou.clone(),
            why,
        })?;
    if approved.statement == change.statement {
        Ok(())
    } else {
        Err(NotTakenUp::OtherFile {
            epoch: epoch.number,
            mou: change.mou.clone(),
        })
    }
}
