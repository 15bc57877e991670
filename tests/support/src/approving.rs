//! Two invented officers who approve agreements, and a third whom no gateway knows.

use gateway_audit::NoteSigner;
use gateway_crypto::SigningKey;
use gateway_exchange::Gateway;
use gateway_exchange::agreements::{NotChanged, WantedChange};
use gateway_exchange::approval::{Approver, Approvers, Statement};
use gateway_store::{AgreementAction, AgreementEpoch};
use gateway_synthetic::agencies as cast;
use gateway_types::{AgencyId, StaffId, Timestamp};

/// The two who may approve.
pub const APPROVERS: [&str; 2] = ["d-whitfield", "s-lindqvist"];

/// The key of a person, always the same.
#[must_use]
pub fn approver_key(person: &str) -> NoteSigner {
    let seed = gateway_crypto::Digest::of(person.as_bytes());
    NoteSigner::new(person, SigningKey::from_seed(*seed.as_bytes())).expect("a key name")
}

/// Those whom gateways under test know.
#[must_use]
pub fn approvers() -> Approvers {
    let approvers = APPROVERS.map(|person| Approver {
        person: StaffId::new(person).expect("an id"),
        agency: AgencyId::new(cast::RIVERTON_HMIS).expect("an id"),
        key: approver_key(person).verifier().clone(),
        until: None,
    });
    Approvers::new(approvers.into()).expect("two people")
}

/// What these people sign for a change of a file.
#[must_use]
pub fn approval(action: AgreementAction, text: &str, people: &[&str], stated: Timestamp) -> String {
    let heading = policies::mou::heading("test.toml", text)
        .unwrap_or_else(|found| panic!("the agreement cannot be read: {found:?}"));
    let statement = Statement::about(action, &heading, text, stated).expect("a statement");
    let mut people = people.iter().map(|person| approver_key(person));
    let first = people.next().expect("somebody signs");
    let note = first.sign(&statement.to_string()).expect("a note");
    people.fold(note, |note, signer| signer.sign_also(&note).expect("a note"))
}

/// Changes one agreement, approved by both.
///
/// # Errors
/// [`NotChanged`].
pub async fn change(
    gateway: &Gateway,
    action: AgreementAction,
    text: &str,
    stated: Timestamp,
) -> Result<AgreementEpoch, NotChanged> {
    let approval = approval(action, text, &APPROVERS, stated);
    let wanted = WantedChange {
        action,
        name: "test.toml",
        text,
        approval: &approval,
    };
    gateway.change_agreements(&[wanted]).await
}

/// Takes up what is on file; puts these agreements in force where nothing ever was.
pub async fn put_in_force(gateway: &Gateway, files: &[(&str, &str)], stated: Timestamp) {
    gateway
        .take_up_agreements()
        .await
        .expect("the agreements on file");
    if gateway.in_force().epoch() > 0 {
        return;
    }
    let approvals: Vec<String> = files
        .iter()
        .map(|(_, text)| approval(AgreementAction::Activate, text, &APPROVERS, stated))
        .collect();
    let wanted: Vec<WantedChange<'_>> = files
        .iter()
        .zip(&approvals)
        .map(|((name, text), approval)| WantedChange {
            action: AgreementAction::Activate,
            name,
            text,
            approval,
        })
        .collect();
    gateway
        .change_agreements(&wanted)
        .await
        .unwrap_or_else(|error| panic!("the agreements do not come into force: {error}"));
}
