//! Cases about consents.

use consent::{Consent, FollowUp, FollowUpKind, Recorder, Signature, Signer, Standing, Terms};
use gateway_types::vocabulary::{ConsentKind, PurposeOfUse, SignerRole};

use super::sample::{agency, at, client, client_id, clients, consent_id, push, staff};
use crate::{OwedEntry, RecordStore, StoreError};

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
    // And of many at once, each once.
    let of_many = async |clients: &[u64]| {
        let clients: Vec<_> = clients.iter().map(|number| client_id(*number)).collect();
        let mut found: Vec<_> = store.consents_of(&clients).await.unwrap();
        found.sort_by_key(|stored| stored.consent.id());
        found
            .into_iter()
            .map(|stored| (stored.consent.id(), stored.version))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of_many(&[2, 1, 2, 9]).await,
        [(one.id(), 2), (two.id(), 1), (other.id(), 1)]
    );
    assert_eq!(of_many(&[2]).await, [(other.id(), 1)]);
    assert!(of_many(&[]).await.is_empty());
}

/// A form that lacks everything, signed and recorded by cedar.
fn defective(number: u64, of: u64) -> Consent {
    signed(number, of, 0 - i64::try_from(number).unwrap())
}

fn signed(number: u64, of: u64, signed_at: i64) -> Consent {
    let signature = Signature {
        signed_at: at(signed_at),
        signer: Signer::new(SignerRole::Client),
        co_signer: None,
        standing: Standing::Adult,
        artefact: None,
    };
    let terms = Terms::of(ConsentKind::Tpo);
    Consent::record_signed(
        consent_id(number),
        client_id(of),
        terms,
        signature,
        [].into(),
        by(),
        at(2),
    )
    .unwrap()
}

const REPLACE: FollowUp = FollowUp {
    kind: FollowUpKind::ReplaceForm,
    due: at(2),
};

async fn to_do(store: &dyn RecordStore, whose: &str, now: i64) -> Vec<(gateway_types::ConsentId, FollowUp)> {
    let open = store.follow_ups(&agency(whose), at(now)).await.unwrap();
    open.into_iter()
        .map(|open| (open.consent, open.follow_up))
        .collect()
}

pub(super) async fn what_is_to_be_done_is_listed_for_the_holder_until_it_is_done(store: &dyn RecordStore) {
    with_clients(store).await;
    let (one, two) = (defective(1, 1), defective(2, 1));
    for consent in [&one, &two, &draft(3, 2)] {
        store.record_consent(consent, 1, at(3)).await.unwrap();
    }
    let both = [(one.id(), REPLACE), (two.id(), REPLACE)];
    assert_eq!(to_do(store, "cedar", 3).await, both);
    assert_eq!(to_do(store, "cedar", 1).await, [], "it is not due before");
    assert_eq!(to_do(store, "harbor", 3).await, [], "nobody else has to do it");

    // What the form itself settles is closed with its next version, and opened if it is owed again.
    let gone = two
        .clone()
        .enter_in_error(consent::EntryError::Duplicate, by(), at(4))
        .unwrap();
    store.record_consent(&gone, 2, at(4)).await.unwrap();
    assert_eq!(to_do(store, "cedar", 5).await, [(one.id(), REPLACE)]);

    // What a day has settled is taken from the list, and comes back if it is owed again.
    store
        .settle_follow_ups(&[(one.id(), REPLACE)], at(6))
        .await
        .unwrap();
    assert_eq!(to_do(store, "cedar", 6).await, []);
    let vouched = one
        .clone()
        .attest([consent::Attested::ReadBack].into(), by(), at(6))
        .unwrap();
    store.record_consent(&vouched, 2, at(6)).await.unwrap();
    assert_eq!(to_do(store, "cedar", 6).await, [(one.id(), REPLACE)]);

    let who = staff("clerk");
    let strange = store
        .close_follow_up(&agency("harbor"), one.id(), REPLACE, &who, at(5))
        .await;
    assert!(matches!(strange, Err(StoreError::Missing { .. })));
    assert_eq!(to_do(store, "cedar", 5).await, [(one.id(), REPLACE)]);
    store
        .close_follow_up(&agency("cedar"), one.id(), REPLACE, &who, at(5))
        .await
        .unwrap();
    assert_eq!(to_do(store, "cedar", 5).await, []);
    let again = store
        .close_follow_up(&agency("cedar"), one.id(), REPLACE, &who, at(6))
        .await;
    assert!(matches!(again, Err(StoreError::Missing { .. })));
    // What a person has done with stays closed while the form stays as it is.
    let still = vouched.find(consent::Finding::KnownFalse).unwrap();
    store.record_consent(&still, 3, at(6)).await.unwrap();
    assert_eq!(to_do(store, "cedar", 7).await, []);
}

pub(super) async fn one_form_of_one_holder_is_one_consent(store: &dyn RecordStore) {
    with_clients(store).await;
    let first = signed(1, 1, 0);
    store.record_consent(&first, 1, at(3)).await.unwrap();
    let (same, later, others) = (signed(2, 1, 0), signed(3, 1, 1), signed(4, 2, 0));
    assert!(is_conflict(store.record_consent(&same, 1, at(4)).await));
    assert!(is_conflict(
        store.record_consents(&[later.clone(), same.clone()], at(4)).await
    ));
    assert!(store.consent(later.id()).await.unwrap().is_none(), "all or none");
    store.record_consents(&[later, others], at(4)).await.unwrap();

    // Its own next version is no other form; one that was a duplicate leaves its place.
    let vouched = first
        .attest([consent::Attested::ReadBack].into(), by(), at(5))
        .unwrap();
    store
        .record_consents(std::slice::from_ref(&vouched), at(5))
        .await
        .unwrap();
    assert!(is_conflict(
        store.record_consents(std::slice::from_ref(&vouched), at(5)).await
    ));
    assert!(is_conflict(store.record_consent(&same, 1, at(5)).await));
    let gone = vouched
        .enter_in_error(consent::EntryError::Duplicate, by(), at(6))
        .unwrap();
    store.record_consent(&gone, 3, at(6)).await.unwrap();
    store.record_consent(&same, 1, at(6)).await.unwrap();
}

pub(super) async fn many_new_consents_are_recorded_or_none(store: &dyn RecordStore) {
    with_clients(store).await;
    let many: Vec<Consent> = (1..=50).map(|number| defective(number, 1 + number % 2)).collect();
    let mut spoilt = many.clone();
    spoilt.push(defective(51, 9));
    let outcome = store.record_consents(&spoilt, at(3)).await;
    assert!(matches!(outcome, Err(StoreError::Missing { .. })));
    assert!(store.consents(Some(client_id(1))).await.unwrap().is_empty());
    assert_eq!(to_do(store, "cedar", 3).await, []);

    store.record_consents(&many, at(3)).await.unwrap();
    for of in [1, 2] {
        let listed = store.consents(Some(client_id(of))).await.unwrap();
        assert_eq!(listed.len(), 25);
        assert!(listed.iter().all(|stored| stored.version == 1));
    }
    assert_eq!(to_do(store, "cedar", 3).await.len(), 50);
    assert!(is_conflict(store.record_consents(&many[..1], at(4)).await));
}

pub(super) async fn what_the_log_is_owed_is_noted_with_the_step_or_not_at_all(store: &dyn RecordStore) {
    with_clients(store).await;
    let owed = |number: u8| OwedEntry {
        event: gateway_types::EventId::from_bytes([number; 16]),
        client: client_id(1),
        since: at(i64::from(number)),
        body: vec![number].into(),
    };
    let first = draft(1, 1);
    store
        .record_consent_owing(&first, 1, Some(&owed(2)), at(3))
        .await
        .unwrap();
    let second = amended(&first, PurposeOfUse::Treat);
    assert!(is_conflict(
        store
            .record_consent_owing(&second, 3, Some(&owed(3)), at(4))
            .await
    ));
    store
        .record_consent_owing(&second, 2, Some(&owed(1)), at(4))
        .await
        .unwrap();
    let events = |list: Vec<OwedEntry>| -> Vec<_> {
        list.into_iter()
            .map(|owed| (owed.event, owed.client, owed.since, owed.body.into_inner()))
            .collect()
    };
    let listed = events(store.owed_entries(9).await.unwrap());
    assert_eq!(listed, events(vec![owed(1), owed(2)]), "the longest owed first");
    assert_eq!(store.owed_entries(1).await.unwrap().len(), 1);
    for _ in 0..2 {
        store.settle_owed_entry(owed(1).event).await.unwrap();
    }
    assert_eq!(
        events(store.owed_entries(9).await.unwrap()),
        events(vec![owed(2)])
    );
}
