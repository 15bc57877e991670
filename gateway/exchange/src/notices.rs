//! The texts that travel with what is released: the statements of 42 CFR 2.32 word for word, the rest in plain words.

use gateway_types::vocabulary::{Notice, Word as _};
use policies::{Decision, facts::Handle};

use crate::candidates::Candidates;
use crate::directory::Directory;
use crate::redact::NoticeText;

/// The notices of a decision, in the vocabulary's order. A denial has none.
pub(crate) fn texts(decision: &Decision, candidates: &Candidates, directory: &Directory) -> Vec<NoticeText> {
    let Decision::Permit(permit) = decision else {
        return Vec::new();
    };
    let findings = permit.findings();
    let relied_on = || {
        candidates
            .consents()
            .iter()
            .filter(|stored| findings.consents().contains(&Handle::from(stored.consent.id())))
    };
    findings
        .notices()
        .iter()
        .flat_map(|notice| -> Vec<NoticeText> {
            if notice == Notice::ConsentScope {
                return relied_on()
                    .map(|stored| NoticeText {
                        notice,
                        text: stored.consent.confirm_back(|mentioned| match mentioned {
                            consent::Mentioned::Agency(id) => {
                                directory.agency(id).map(|agency| agency.name.clone())
                            }
                            consent::Mentioned::Person(_) => None,
                        }),
                    })
                    .collect();
            }
            vec![NoticeText {
                notice,
                text: notice.code().to_owned(),
            }]
        })
        .collect()
}
