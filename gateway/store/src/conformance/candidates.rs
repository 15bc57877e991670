//! Cases about finding a client by what somebody says about them.

use super::sample::{begin, client, client_id, clients, key, known, publish, push, stage};
use crate::{RecordStore, StagedClient};

pub(super) async fn a_client_is_found_under_each_key_and_no_other(store: &dyn RecordStore) {
    let rosa = StagedClient {
        blocking: vec![key("ssn", "111"), key("name", "rosa")],
        ..client(1)
    };
    let marcus = StagedClient {
        blocking: vec![key("ssn", "222"), key("name", "rosa")],
        ..client(2)
    };
    push(store, 1, "hmis", clients(vec![rosa, marcus])).await;

    let questions = [
        vec![key("ssn", "111"), key("name", "rosa"), key("name", "nobody")],
        vec![key("ssn", "222")],
        vec![key("ssn", "rosa")],
        vec![],
        vec![key("ssn", "222")],
    ];
    let found = store.candidates(&questions, 10).await.unwrap();
    let clients = |place: usize| {
        let mut clients: Vec<_> = found[place].iter().map(|candidate| candidate.client).collect();
        clients.sort_unstable();
        clients
    };
    assert_eq!(found.len(), 5);
    assert_eq!(
        clients(0),
        [client_id(1), client_id(2)],
        "each once, though one shares two keys"
    );
    assert_eq!(clients(1), [client_id(2)]);
    assert_eq!(clients(2), [], "an equal value of another kind does not meet");
    assert_eq!(clients(3), []);
    assert_eq!(clients(4), [client_id(2)], "every question is answered");
    assert!(found[1][0].identity == client(2).identity);
    assert!(store.candidates(&[], 10).await.unwrap().is_empty());
}

pub(super) async fn one_more_than_the_limit_is_returned(store: &dyn RecordStore) {
    let crowd = (1..=5)
        .map(|number| StagedClient {
            blocking: vec![key("name", "smith")],
            ..client(number)
        })
        .collect();
    push(store, 1, "hmis", clients(crowd)).await;
    // Unpublished ones must not use up the limit.
    begin(store, 2, "hospital").await;
    let hidden = (11..=15)
        .map(|number| StagedClient {
            blocking: vec![key("name", "smith")],
            ..client(number)
        })
        .collect();
    stage(store, 2, "hospital", clients(hidden)).await;

    let questions = [vec![key("name", "smith")]];
    for (limit, expected) in [(1, 2), (3, 4), (4, 5), (5, 5), (100, 5)] {
        let found = store.candidates(&questions, limit).await.unwrap();
        assert_eq!(found[0].len(), expected, "limit {limit}");
    }
    publish(store, 2).await;
    assert_eq!(store.candidates(&questions, 100).await.unwrap()[0].len(), 10);
}

pub(super) async fn a_changed_identity_is_found_under_its_new_keys_only(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1)])).await;
    let renamed = StagedClient {
        blocking: vec![key("number", "1"), key("name", "new")],
        ..known(client(1))
    };
    push(store, 2, "hmis", clients(vec![renamed.clone()])).await;
    let moved = StagedClient {
        blocking: vec![key("name", "newer")],
        ..renamed
    };
    push(store, 3, "hmis", clients(vec![moved.clone()])).await;
    push(store, 4, "hmis", clients(vec![moved])).await;

    let questions = ["new", "newer"].map(|name| vec![key("name", name)]);
    let found = store.candidates(&questions, 10).await.unwrap();
    assert_eq!((found[0].len(), found[1].len()), (0, 1));
    let old = store.candidates(&[vec![key("number", "1")]], 10).await.unwrap();
    assert!(old[0].is_empty());
    assert_eq!(store.count_clients().await.unwrap(), 1);
}
