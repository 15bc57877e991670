//! Cases about requests for accountings.

use gateway_types::{Date, EventId, Pii, SourceClientKey};

use super::sample::{agency, client_id, staff};
use crate::{AccountingRequest, RecordStore, StoreError};

const fn event(byte: u8) -> EventId {
    EventId::from_bytes([byte; 16])
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn request(id: u8, of: &str, due: &str) -> AccountingRequest {
    AccountingRequest {
        id: event(id),
        version: 1,
        agency: agency(of),
        client: client_id(1),
        own_key: SourceClientKey::new("key-1"),
        view: "hipaa".to_owned(),
        received: day("2026-01-05"),
        due: day(due),
        put_off: None,
        given: None,
        free: true,
        by: staff("officer"),
    }
}

pub(super) async fn a_request_for_an_accounting_changes_one_step_at_a_time(store: &dyn RecordStore) {
    let first = request(1, "cedar", "2026-03-06");
    assert!(store.accounting_request(event(1)).await.unwrap().is_none());
    store.record_accounting_request(&first).await.unwrap();
    assert!(store.accounting_request(event(1)).await.unwrap().unwrap() == first);
    let put_off = AccountingRequest {
        version: 2,
        due: day("2026-04-05"),
        put_off: Some(Pii::new("the archive is being moved".to_owned())),
        ..first.clone()
    };
    let late = AccountingRequest {
        version: 3,
        ..put_off.clone()
    };
    let of_another = AccountingRequest {
        agency: agency("harbor"),
        ..put_off.clone()
    };
    for wrong in [&first, &late, &of_another] {
        let outcome = store.record_accounting_request(wrong).await;
        assert!(matches!(outcome, Err(StoreError::Conflict { .. })));
    }
    store.record_accounting_request(&put_off).await.unwrap();
    let again = store.record_accounting_request(&put_off).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })));
    assert!(store.accounting_request(event(1)).await.unwrap().unwrap() == put_off);
}

pub(super) async fn what_is_owed_is_listed_by_day_until_it_is_given(store: &dyn RecordStore) {
    let (late, soon) = (
        request(1, "cedar", "2026-03-07"),
        request(2, "cedar", "2026-03-06"),
    );
    let (same_day, others) = (
        request(3, "cedar", "2026-03-06"),
        request(4, "harbor", "2026-01-01"),
    );
    for one in [&late, &soon, &same_day, &others] {
        store.record_accounting_request(one).await.unwrap();
    }
    let cedar = agency("cedar");
    let owed = |after, limit| {
        let cedar = cedar.clone();
        async move { store.owed_accountings(&cedar, after, limit).await.unwrap() }
    };
    assert!(owed(None, 10).await == [soon.clone(), same_day.clone(), late.clone()]);
    assert!(owed(None, 1).await == [soon.clone()]);
    assert!(owed(Some(soon.id), 10).await == [same_day.clone(), late.clone()]);
    let given = AccountingRequest {
        version: 2,
        given: Some(day("2026-02-01")),
        ..same_day
    };
    store.record_accounting_request(&given).await.unwrap();
    assert!(owed(None, 10).await == [soon, late.clone()]);
    // What was given is still a place in the list.
    assert!(owed(Some(given.id), 10).await == [late]);
    assert!(
        owed(Some(others.id), 10).await.is_empty(),
        "another's is no place in the list"
    );
    let asked = |view, since| {
        let cedar = cedar.clone();
        async move {
            let client = client_id(1);
            store
                .accountings_asked_since(&cedar, client, view, day(since))
                .await
                .unwrap()
        }
    };
    assert_eq!(asked("hipaa", "2026-01-05").await, 3);
    assert_eq!(asked("hipaa", "2026-01-06").await, 0);
    assert_eq!(asked("part2", "2026-01-05").await, 0);
}
