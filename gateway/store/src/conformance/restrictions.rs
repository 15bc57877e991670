//! Cases about restrictions.

use consent::Recorder;
use consent::restriction::{KeptFrom, Restriction, RestrictionStep, Wish};
use gateway_types::RestrictionId;
use gateway_types::vocabulary::Category;

use super::sample::{agency, at, client, client_id, clients, push, staff};
use crate::{RecordStore, StoreError};

fn by() -> Recorder {
    Recorder {
        agency: agency("cedar"),
        staff: staff("clerk"),
    }
}

fn id(number: u64) -> RestrictionId {
    format!("00000000-0006-7000-8000-{number:012x}").parse().unwrap()
}

fn asked(number: u64, of: u64) -> Restriction {
    let wish = Wish::Withhold {
        categories: consent::CategoryScope::Only([Category::Medications].into_iter().collect()),
        from: KeptFrom::Everybody,
    };
    Restriction::ask(id(number), client_id(of), wish, by(), at(1)).unwrap()
}

fn agreed(restriction: &Restriction) -> Restriction {
    let step = RestrictionStep::Agree(None);
    restriction.clone().step(step, by(), at(2)).unwrap()
}

fn is_conflict(outcome: Result<(), StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Conflict { .. }))
}

pub(super) async fn versions_of_a_restriction_are_kept_in_order(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
    let first = asked(1, 1);
    assert!(store.restriction(id(1)).await.unwrap().is_none());
    let second = agreed(&first);
    assert!(
        is_conflict(store.record_restriction(&second, at(3)).await),
        "the first version is 1"
    );
    store.record_restriction(&first, at(3)).await.unwrap();
    assert!(
        is_conflict(store.record_restriction(&first, at(4)).await),
        "1 is taken"
    );
    let of_another = agreed(&asked(1, 2));
    assert!(is_conflict(store.record_restriction(&of_another, at(4)).await));
    store.record_restriction(&second, at(4)).await.unwrap();
    assert!(store.restriction(id(1)).await.unwrap().unwrap() == second);
    let unknown = store.record_restriction(&asked(2, 9), at(4)).await;
    assert!(matches!(unknown, Err(StoreError::Missing { .. })));
}

pub(super) async fn the_newest_restrictions_of_a_client_are_listed(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
    let (one, two, other) = (asked(1, 1), asked(2, 1), asked(3, 2));
    for restriction in [&one, &two, &other] {
        store.record_restriction(restriction, at(3)).await.unwrap();
    }
    let changed = agreed(&one);
    store.record_restriction(&changed, at(4)).await.unwrap();
    let listed = store.restrictions(Some(client_id(1))).await.unwrap();
    assert!(listed == [changed, two]);
    assert!(store.restrictions(None).await.unwrap().is_empty());
    assert!(store.restrictions(Some(client_id(9))).await.unwrap().is_empty());
}
