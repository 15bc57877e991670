//! Cases about agreements.

use gateway_crypto::Digest;
use gateway_types::{EventId, MouId};

use super::sample::at;
use crate::{AgreementAction, AgreementChange, AgreementEpoch, RecordStore, StandingAgreements, StoreError};

fn activation(mou: &str, text: &str, replaced: Option<&str>) -> AgreementChange {
    AgreementChange {
        mou: MouId::new(mou).unwrap(),
        action: AgreementAction::Activate,
        version: "1.0.0".to_owned(),
        hash: Digest::of(text.as_bytes()),
        replaced: replaced.map(|text| Digest::of(text.as_bytes())),
        text: Some(text.to_owned()),
        approval: format!("approved: {text}\n\n\u{2014} an-officer AAAAAAA=\n"),
        statement: Digest::of_parts(&[b"activate", text.as_bytes()]),
    }
}

fn retirement(mou: &str, text: &str) -> AgreementChange {
    AgreementChange {
        action: AgreementAction::Retire,
        replaced: Some(Digest::of(text.as_bytes())),
        text: None,
        statement: Digest::of_parts(&[b"retire", text.as_bytes()]),
        ..activation(mou, text, None)
    }
}

fn epoch(number: u8, changes: Vec<AgreementChange>) -> AgreementEpoch {
    AgreementEpoch {
        number: u64::from(number),
        event: EventId::from_bytes([number; 16]),
        at: at(i64::from(number)),
        changes,
    }
}

async fn in_force(store: &dyn RecordStore) -> Vec<String> {
    let mut standing = StandingAgreements::default();
    for epoch in store.agreement_epochs_after(0).await.unwrap() {
        standing = standing.after(&epoch).unwrap();
    }
    standing
        .versions()
        .map(|version| version.change.text.clone().unwrap())
        .collect()
}

pub(super) async fn what_is_in_force_follows_from_the_history(store: &dyn RecordStore) {
    assert_eq!(store.newest_agreement_epoch().await.unwrap(), 0);
    assert_eq!(store.agreement_epochs_after(0).await.unwrap(), []);
    let both = epoch(
        1,
        vec![
            activation("care", "care 1", None),
            activation("outreach", "outreach 1", None),
        ],
    );
    store.enter_agreement_epoch(&both).await.unwrap();
    assert_eq!(in_force(store).await, ["care 1", "outreach 1"]);
    let changed = epoch(2, vec![activation("care", "care 2", Some("care 1"))]);
    store.enter_agreement_epoch(&changed).await.unwrap();
    assert_eq!(in_force(store).await, ["care 2", "outreach 1"]);
    let gone = epoch(3, vec![retirement("outreach", "outreach 1")]);
    store.enter_agreement_epoch(&gone).await.unwrap();
    assert_eq!(in_force(store).await, ["care 2"]);
    assert_eq!(store.newest_agreement_epoch().await.unwrap(), 3);
}

pub(super) async fn every_version_stays_readable_with_its_approval(store: &dyn RecordStore) {
    let epochs = [
        epoch(1, vec![activation("care", "care 1", None)]),
        epoch(2, vec![activation("care", "care 2", Some("care 1"))]),
        epoch(3, vec![retirement("care", "care 2")]),
        // What was in force once comes back by approvals of its own.
        epoch(
            4,
            vec![AgreementChange {
                statement: Digest::of(b"another statement"),
                ..activation("care", "care 1", None)
            }],
        ),
    ];
    for (entered, epoch) in epochs.iter().enumerate() {
        store.enter_agreement_epoch(epoch).await.unwrap();
        assert_eq!(
            store.agreement_epochs_after(0).await.unwrap(),
            epochs[..=entered],
            "what was there before has changed"
        );
    }
    assert_eq!(store.agreement_epochs_after(2).await.unwrap(), epochs[2..]);
}

pub(super) async fn of_two_who_change_at_once_one_does(store: &dyn RecordStore) {
    store
        .enter_agreement_epoch(&epoch(1, vec![activation("care", "care 1", None)]))
        .await
        .unwrap();
    let before = store.agreement_epochs_after(0).await.unwrap();
    let late = AgreementEpoch {
        event: EventId::from_bytes([9; 16]),
        ..epoch(1, vec![activation("outreach", "outreach 1", None)])
    };
    let early = epoch(3, vec![activation("outreach", "outreach 1", None)]);
    let used = epoch(
        2,
        vec![
            activation("outreach", "outreach 1", None),
            activation("care", "care 1", None),
        ],
    );
    for refused in [late, early, used] {
        let outcome = store.enter_agreement_epoch(&refused).await;
        assert!(
            matches!(outcome, Err(StoreError::Conflict { .. })),
            "{refused:?}: {outcome:?}"
        );
        assert_eq!(store.agreement_epochs_after(0).await.unwrap(), before);
        assert_eq!(store.newest_agreement_epoch().await.unwrap(), 1);
    }
}
