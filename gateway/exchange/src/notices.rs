//! The texts that travel with what is released: the statements of 42 CFR 2.32 word for word, the rest in plain words.
//!
//! The scope of a consent is told to each recipient as it concerns them, never as the form has it: the form might tell
//! who else treats the client.

use std::collections::BTreeSet;

use gateway_types::vocabulary::{Notice, Word as _};
use policies::facts::{ConsentFacts, Facts};
use policies::{Decision, notices};

use crate::redact::NoticeText;

/// The notices of a decision, in the vocabulary's order. A denial has none.
pub(crate) fn texts(decision: &Decision, facts: &Facts) -> Vec<NoticeText> {
    let Decision::Permit(permit) = decision else {
        return Vec::new();
    };
    let findings = permit.findings();
    let relied_on: Vec<&ConsentFacts> = facts
        .record
        .consents
        .iter()
        .filter(|consent| findings.consents().contains(&consent.id))
        .collect();
    let recipients: BTreeSet<_> = facts.request.recipients().map(|person| &person.agency).collect();
    findings
        .notices()
        .iter()
        .flat_map(|notice| -> Vec<NoticeText> {
            let texts: Vec<String> = match notice {
                Notice::ConsentScope => relied_on
                    .iter()
                    .flat_map(|consent| {
                        recipients
                            .iter()
                            .map(|agency| notices::consent_scope(consent, agency))
                    })
                    .collect(),
                Notice::ReleaseEndDate => relied_on
                    .iter()
                    .map(|consent| notices::release_end_date(consent))
                    .collect(),
                fixed => vec![notices::text(fixed).unwrap_or(fixed.code()).to_owned()],
            };
            texts
                .into_iter()
                .map(|text| NoticeText { notice, text })
                .collect()
        })
        .collect()
}
