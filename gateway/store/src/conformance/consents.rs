//! Cases about consents.

use consent::{Consent, Recorder, Terms};
use gateway_types::vocabulary::{ConsentKind, PurposeOfUse};

use super::sample::{agency, at, client, client_id, clients, consent_id, push, staff};
use crate::{RecordStore, StoreError};

fn by() -> Recorder {
    Recorder {
        agency: agency("cedar"),
        staff: staff("clerk"),
    }
}

fn draft(number: u64, of: u64) -> Consent {
    Consent::draft(
        consent_id(number),
        client_id(of),
        Terms::of(ConsentKind::Tpo),
        by(),
        at(1),
    )
    .unwrap()
}

fn amended(consent: &Consent, purpose: PurposeOfUse) -> Consent {
    let mut terms = consent.terms().clone();
    terms.purposes.insert(purpose);
    consent.clone().amend(terms, by(), at(2)).unwrap()
}

async fn with_clients(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
}

fn is_conflict(outcome: Result<(), StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Conflict { .. }))
}

pub(super) async fn versions_are_kept_in_order(store: &dyn RecordStore) {
    with_clients(store).await;
    let first = draft(1, 1);
    assert!(store.consent(first.id()).await.unwrap().is_none());
    assert!(
        is_conflict(store.record_consent(&first, 2, at(3)).await),
        "the first version is 1"
    );
    store.record_consent(&first, 1, at(3)).await.unwrap();
    assert!(
        is_conflict(store.record_consent(&first, 1, at(4)).await),
        "1 is taken"
    );
    let second = amended(&first, PurposeOfUse::Treat);
    assert!(
        is_conflict(store.record_consent(&second, 3, at(4)).await),
        "2 comes before 3"
    );
    store.record_consent(&second, 2, at(4)).await.unwrap();

    let newest = store.consent(first.id()).await.unwrap().unwrap();
    assert_eq!((newest.version, newest.recorded_at), (2, at(4)));
    assert!(newest.consent == second, "it comes back as it was recorded");
}

pub(super) async fn a_consent_stays_with_its_client(store: &dyn RecordStore) {
    with_clients(store).await;
    store.record_consent(&draft(1, 1), 1, at(3)).await.unwrap();
    let swapped = amended(&draft(1, 2), PurposeOfUse::Treat);
    assert!(is_conflict(store.record_consent(&swapped, 2, at(4)).await));
    let unknown = store.record_consent(&draft(2, 9), 1, at(4)).await;
    assert!(matches!(unknown, Err(StoreError::Missing { .. })));
    assert!(store.consents(Some(client_id(2))).await.unwrap().is_empty());
    assert!(store.consents(Some(client_id(9))).await.unwrap().is_empty());
}

pub(super) async fn the_newest_version_of_each_is_listed(store: &dyn RecordStore) {
    with_clients(store).await;
    let (one, two, other) = (draft(1, 1), draft(2, 1), draft(3, 2));
    for consent in [&one, &two, &other] {
        store.record_consent(consent, 1, at(3)).await.unwrap();
    }
    let changed = amended(&one, PurposeOfUse::Coc);
    store.record_consent(&changed, 2, at(4)).await.unwrap();

    let listed = store.consents(Some(client_id(1))).await.unwrap();
    let versions: Vec<_> = listed
        .iter()
        .map(|stored| (stored.consent.id(), stored.version))
        .collect();
    assert_eq!(versions, [(one.id(), 2), (two.id(), 1)]);
    assert!(listed[0].consent == changed);
    assert!(store.consents(None).await.unwrap().is_empty());
}
