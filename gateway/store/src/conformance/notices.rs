//! Cases about notices that consents ended.

use consent::{Consent, Recorder, Terms};
use gateway_types::vocabulary::{ConsentKind, PurposeOfUse};
use gateway_types::{EventId, Timestamp};

use super::sample::{agency, at, client, client_id, clients, consent_id, push, staff};
use crate::{ChangedConsent, RecordStore, StoredNotice};

fn by() -> Recorder {
    Recorder {
        agency: agency("cedar"),
        staff: staff("clerk"),
    }
}

fn draft(number: u64) -> Consent {
    let (id, client) = (consent_id(number), client_id(number));
    Consent::draft(id, client, Terms::of(ConsentKind::Tpo), by(), at(1)).unwrap()
}

fn amended(consent: &Consent) -> Consent {
    let mut terms = consent.terms().clone();
    terms.purposes.insert(PurposeOfUse::Treat);
    consent.clone().amend(terms, by(), at(2)).unwrap()
}

fn changed(number: u64, version: u32) -> ChangedConsent {
    ChangedConsent {
        consent: consent_id(number),
        version,
    }
}

const fn event(byte: u8) -> EventId {
    EventId::from_bytes([byte; 16])
}

fn notice(id: u8, recipient: &str, consent: u64, issued_at: Timestamp) -> StoredNotice {
    StoredNotice {
        id: event(id),
        recipient: agency(recipient),
        client: client_id(consent),
        consent: consent_id(consent),
        sources: vec![agency("cedar")],
        note: format!("note {id}\n"),
        issued_at,
        acknowledged_at: None,
    }
}

pub(super) async fn a_step_is_noted_until_it_was_looked_at(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
    let (one, two) = (draft(1), draft(2));
    store.record_consent(&one, 1, at(3)).await.unwrap();
    store.record_consent(&two, 1, at(3)).await.unwrap();
    let listed = |now| async move { store.changed_consents(now, 10).await.unwrap() };
    assert!(listed(at(9)).await.is_empty(), "a new form ends nothing");
    let one = amended(&one);
    store.record_consent(&one, 2, at(4)).await.unwrap();
    store.record_consent(&amended(&two), 2, at(5)).await.unwrap();
    assert!(listed(at(3)).await.is_empty());
    assert_eq!(listed(at(9)).await, [changed(1, 2), changed(2, 2)]);
    assert_eq!(store.changed_consents(at(9), 1).await.unwrap(), [changed(1, 2)]);
    // A step taken while it was looked at is not lost.
    store.record_consent(&amended(&one), 3, at(6)).await.unwrap();
    store.record_notices(changed(1, 2), &[], None).await.unwrap();
    assert_eq!(listed(at(9)).await, [changed(2, 2), changed(1, 3)]);
    store.record_notices(changed(1, 3), &[], None).await.unwrap();
    store
        .record_notices(changed(2, 2), &[], Some(at(20)))
        .await
        .unwrap();
    assert!(listed(at(19)).await.is_empty());
    assert_eq!(listed(at(20)).await, [changed(2, 2)]);
}

pub(super) async fn notices_are_listed_for_their_recipient_until_acknowledged(store: &dyn RecordStore) {
    let of = changed(1, 2);
    let (first, second) = (notice(9, "harbor", 1, at(5)), notice(2, "harbor", 1, at(6)));
    let (third, others) = (notice(3, "harbor", 2, at(6)), notice(4, "lakeside", 1, at(5)));
    let all = [first.clone(), second.clone(), others.clone()];
    store.record_notices(of, &all, None).await.unwrap();
    // Found again, it stays as it is.
    let again = notice(9, "harbor", 1, at(8));
    let more = [third.clone(), again];
    store.record_notices(changed(2, 2), &more, None).await.unwrap();
    let harbor = agency("harbor");
    let open = |after, limit| {
        let harbor = harbor.clone();
        async move { store.open_notices(&harbor, after, limit).await.unwrap() }
    };
    assert!(open(None, 10).await == [first.clone(), second.clone(), third.clone()]);
    assert!(open(None, 1).await == [first.clone()]);
    assert!(open(Some(first.id), 10).await == [second.clone(), third.clone()]);
    assert!(open(Some(second.id), 10).await == [third.clone()]);
    assert!(
        open(Some(others.id), 10).await.len() == 3,
        "another's is no place in the list"
    );
    assert!(store.notice(others.id).await.unwrap().unwrap() == others);
    assert!(store.notice(event(77)).await.unwrap().is_none());

    store.acknowledge_notice(first.id, at(30)).await.unwrap();
    store.acknowledge_notice(first.id, at(40)).await.unwrap();
    let seen = store.notice(first.id).await.unwrap().unwrap();
    assert_eq!(seen.acknowledged_at, Some(at(30)), "the first time counts");
    assert!(open(None, 10).await == [second.clone(), third.clone()]);
    // What was acknowledged is still a place in the list.
    assert!(open(Some(first.id), 10).await == [second.clone(), third]);
    let of_one = store.notices_of_consent(consent_id(1)).await.unwrap();
    assert!(of_one == [others, seen, second]);
    assert!(store.notices_of_consent(consent_id(3)).await.unwrap().is_empty());
}
