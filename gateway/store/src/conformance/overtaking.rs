//! Cases about what a later push does to what an earlier one said.

use gateway_types::vocabulary::Category::{Contact, Income};
use gateway_types::{LabelledElement, RecordKey};

use super::sample::{
    agency, at, begin, client, client_id, clients, element, element_id, elements, key, known, publish, push,
    said, source_key, stage, texts, treating, withdrawn_client, withdrawn_record,
};
use crate::{RecordStore, StagedBatch, StagedClient, StagedElement, StagedWithdrawal};

fn withdrawn(withdrawals: Vec<StagedWithdrawal>) -> StagedBatch {
    StagedBatch {
        withdrawals,
        ..StagedBatch::default()
    }
}

async fn two_records(store: &dyn RecordStore) {
    let batch = StagedBatch {
        clients: vec![client(1)],
        elements: vec![
            element(1, 1, "e1", Income, "income"),
            element(2, 1, "e1", Contact, "contact"),
            element(3, 1, "e2", Income, "other record"),
        ],
        ..StagedBatch::default()
    };
    assert_eq!(push(store, 1, "hmis", batch).await, 3);
}

pub(super) async fn an_unchanged_element_keeps_its_id(store: &dyn RecordStore) {
    two_records(store).await;
    let again = elements(vec![
        element(11, 1, "e1", Income, "income"),
        element(12, 1, "e1", Contact, "changed"),
    ]);
    assert_eq!(push(store, 2, "hmis", again).await, 1);
    let expected = [
        (element_id(12), "changed"),
        (element_id(1), "income"),
        (element_id(3), "other record"),
    ];
    assert_eq!(
        said(store, 1).await,
        expected.map(|(id, text)| (id, text.to_owned()))
    );
    // A label counts as much as the content.
    let mut relabelled = element(21, 1, "e1", Income, "income");
    relabelled.element.as_of = gateway_types::Date::new(2026, 1, 1);
    let both = vec![relabelled, element(22, 1, "e1", Contact, "changed")];
    assert_eq!(push(store, 3, "hmis", elements(both)).await, 1);
    assert!(said(store, 1).await.iter().any(|(id, _)| *id == element_id(21)));
    // The same key of another source is another record.
    assert_eq!(
        push(
            store,
            4,
            "hospital",
            elements(vec![element(31, 1, "e1", Income, "income")])
        )
        .await,
        1
    );
    assert_eq!(
        texts(store, 1).await,
        ["changed", "income", "income", "other record"]
    );
}

pub(super) async fn what_a_record_says_no_longer_is_gone(store: &dyn RecordStore) {
    two_records(store).await;
    assert_eq!(
        push(
            store,
            2,
            "hmis",
            elements(vec![element(11, 1, "e1", Contact, "contact")])
        )
        .await,
        0
    );
    assert_eq!(texts(store, 1).await, ["contact", "other record"]);
    let two = vec![
        element(21, 1, "e1", Contact, "contact"),
        element(22, 1, "e1", Contact, "second"),
    ];
    assert_eq!(push(store, 3, "hmis", elements(two)).await, 1);
    assert_eq!(texts(store, 1).await, ["contact", "other record", "second"]);
}

pub(super) async fn who_has_left_a_team_treats_no_longer(store: &dyn RecordStore) {
    let team = |id, says: &str, members: &[&str]| StagedBatch {
        elements: vec![StagedElement {
            element: LabelledElement {
                record: RecordKey::new("CareTeam", "t1"),
                ..element(id, 1, "e1", Contact, says).element
            },
            ..element(id, 1, "e1", Contact, says)
        }],
        treating: members.iter().map(|who| treating(1, who, "t1")).collect(),
        ..StagedBatch::default()
    };
    let first = StagedBatch {
        clients: vec![client(1)],
        ..team(1, "both", &["a-rivera", "b-chen"])
    };
    push(store, 1, "hospital", first).await;
    assert_eq!(store.treating(Some(client_id(1))).await.unwrap().len(), 2);
    // The part that is the same stays, whichever of the two changes.
    assert_eq!(
        push(store, 2, "hospital", team(2, "both", &["a-rivera"])).await,
        0
    );
    let left = store.treating(Some(client_id(1))).await.unwrap();
    assert_eq!(
        left.iter().map(|left| left.staff.as_str()).collect::<Vec<_>>(),
        ["a-rivera"]
    );
    assert_eq!(push(store, 3, "hospital", team(3, "one", &["a-rivera"])).await, 1);
    assert_eq!(store.treating(Some(client_id(1))).await.unwrap().len(), 1);
    assert_eq!(push(store, 4, "hospital", team(4, "one", &[])).await, 0);
    assert!(store.treating(Some(client_id(1))).await.unwrap().is_empty());
    assert_eq!(texts(store, 1).await, ["one"]);
}

pub(super) async fn a_withdrawn_record_is_gone(store: &dyn RecordStore) {
    two_records(store).await;
    begin(store, 2, "hmis").await;
    stage(
        store,
        2,
        "hmis",
        withdrawn(vec![withdrawn_record("e1"), withdrawn_record("never")]),
    )
    .await;
    assert_eq!(texts(store, 1).await.len(), 3, "not before it is published");
    publish(store, 2).await;
    assert_eq!(texts(store, 1).await, ["other record"]);
    let found = store
        .clients_of_source(&agency("hmis"), &[source_key(1)])
        .await
        .unwrap();
    assert_eq!(found, [Some(client_id(1))], "the client stays");
    // Another source has no say in it.
    push(store, 3, "hospital", withdrawn(vec![withdrawn_record("e2")])).await;
    assert_eq!(texts(store, 1).await, ["other record"]);
}

pub(super) async fn a_withdrawn_client_is_gone_for_that_source_only(store: &dyn RecordStore) {
    two_records(store).await;
    let hospital = StagedBatch {
        clients: vec![StagedClient {
            blocking: vec![key("name", "hospital")],
            ..known(client(1))
        }],
        elements: vec![element(4, 1, "e1", Income, "hospital")],
        ..StagedBatch::default()
    };
    push(store, 2, "hospital", hospital).await;
    push(store, 3, "hmis", withdrawn(vec![withdrawn_client(1)])).await;
    assert_eq!(texts(store, 1).await, ["hospital"]);
    let keys = [source_key(1)];
    assert_eq!(
        store.clients_of_source(&agency("hmis"), &keys).await.unwrap(),
        [None]
    );
    assert_eq!(
        store.clients_of_source(&agency("hospital"), &keys).await.unwrap(),
        [Some(client_id(1))]
    );
    assert_eq!(store.birth_dates(Some(client_id(1))).await.unwrap().len(), 1);
    let questions = [vec![key("number", "1")], vec![key("name", "hospital")]];
    let found = store.candidates(&questions, 9).await.unwrap();
    assert_eq!((found[0].len(), found[1].len()), (0, 1));
    assert!(
        store.client_key(Some(client_id(1))).await.is_ok(),
        "the audit log still needs it"
    );
}

pub(super) async fn a_withdrawal_counts_after_the_rest_of_its_piece(store: &dyn RecordStore) {
    let batch = StagedBatch {
        clients: vec![client(1), client(2)],
        elements: vec![
            element(1, 1, "e1", Income, "gone"),
            element(2, 1, "e2", Income, "stays"),
            element(3, 2, "e3", Income, "gone too"),
        ],
        withdrawals: vec![withdrawn_record("e1"), withdrawn_client(2)],
        ..StagedBatch::default()
    };
    push(store, 1, "hmis", batch).await;
    assert_eq!(texts(store, 1).await, ["stays"]);
    assert!(texts(store, 2).await.is_empty());
    let found = store
        .clients_of_source(&agency("hmis"), &[source_key(1), source_key(2)])
        .await
        .unwrap();
    assert_eq!(found, [Some(client_id(1)), None]);
    assert!(store.candidates(&[vec![key("number", "2")]], 9).await.unwrap()[0].is_empty());
}

pub(super) async fn what_was_withdrawn_can_be_said_again(store: &dyn RecordStore) {
    two_records(store).await;
    push(store, 2, "hmis", withdrawn(vec![withdrawn_client(1)])).await;
    assert!(texts(store, 1).await.is_empty());
    let again = StagedBatch {
        clients: vec![known(client(1))],
        elements: vec![element(11, 1, "e1", Income, "income")],
        ..StagedBatch::default()
    };
    assert_eq!(push(store, 3, "hmis", again).await, 1);
    assert_eq!(said(store, 1).await, [(element_id(11), "income".to_owned())]);
    let found = store
        .clients_of_source(&agency("hmis"), &[source_key(1)])
        .await
        .unwrap();
    assert_eq!(found, [Some(client_id(1))]);
}

pub(super) async fn an_unchanged_element_keeps_the_time_it_was_received(store: &dyn RecordStore) {
    two_records(store).await;
    for number in 2..=3 {
        let again = vec![
            element(number * 10, 1, "e1", Income, "income"),
            element(number * 10 + 1, 1, "e1", Contact, &format!("changed {number}")),
        ];
        assert_eq!(push(store, number, "hmis", elements(again)).await, 1);
    }
    let mut received: Vec<_> = store
        .elements(Some(client_id(1)))
        .await
        .unwrap()
        .into_iter()
        .map(|element| (element.id, element.received_at))
        .collect();
    received.sort_unstable();
    let expected = [
        (element_id(1), at(1)),
        (element_id(3), at(1)),
        (element_id(31), at(3)),
    ];
    assert_eq!(received, expected);
}

pub(super) async fn what_was_aborted_is_not_compared_with(store: &dyn RecordStore) {
    two_records(store).await;
    let other = || elements(vec![element(11, 1, "e2", Income, "never published")]);
    begin(store, 2, "hmis").await;
    stage(store, 2, "hmis", other()).await;
    super::sample::abort(store, 2).await;
    let same = elements(vec![element(12, 1, "e2", Income, "other record")]);
    assert_eq!(push(store, 3, "hmis", same).await, 0);
    assert_eq!(push(store, 4, "hmis", other()).await, 1);
    assert_eq!(texts(store, 1).await, ["contact", "income", "never published"]);
}

pub(super) async fn a_key_that_moves_to_another_client_leaves_the_first(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
    let moved = StagedClient {
        client: client_id(2),
        blocking: vec![key("name", "moved")],
        ..known(client(1))
    };
    push(store, 2, "hmis", clients(vec![moved])).await;
    let found = store
        .clients_of_source(&agency("hmis"), &[source_key(1)])
        .await
        .unwrap();
    assert_eq!(found, [Some(client_id(2))]);
    assert!(store.birth_dates(Some(client_id(1))).await.unwrap().is_empty());
    assert_eq!(store.birth_dates(Some(client_id(2))).await.unwrap().len(), 2);
    assert!(store.candidates(&[vec![key("number", "1")]], 9).await.unwrap()[0].is_empty());
    assert_eq!(
        store.candidates(&[vec![key("name", "moved")]], 9).await.unwrap()[0][0].client,
        client_id(2)
    );
}

/// A source corrects whom one of its records is about: from then on it is about nobody else.
pub(super) async fn a_record_that_moves_to_another_client_leaves_the_first(store: &dyn RecordStore) {
    two_records(store).await;
    let team = |of| StagedBatch {
        treating: vec![treating(of, "a-rivera", "t1")],
        ..StagedBatch::default()
    };
    push(store, 2, "hmis", team(1)).await;
    push(
        store,
        3,
        "hospital",
        elements(vec![element(4, 1, "e1", Income, "hospital")]),
    )
    .await;
    let corrected = StagedBatch {
        clients: vec![client(2)],
        elements: vec![
            element(11, 2, "e1", Income, "income"),
            element(12, 2, "e1", Contact, "contact"),
        ],
        ..team(2)
    };
    begin(store, 4, "hmis").await;
    assert_eq!(stage(store, 4, "hmis", corrected).await, 2);
    assert_eq!(texts(store, 1).await.len(), 4, "not before it is published");
    publish(store, 4).await;
    assert_eq!(texts(store, 1).await, ["hospital", "other record"]);
    assert_eq!(texts(store, 2).await, ["contact", "income"]);
    assert!(store.treating(Some(client_id(1))).await.unwrap().is_empty());
    assert_eq!(store.treating(Some(client_id(2))).await.unwrap().len(), 1);
    // And back again.
    let back = StagedBatch {
        elements: vec![element(21, 1, "e1", Income, "income")],
        ..StagedBatch::default()
    };
    assert_eq!(push(store, 5, "hmis", back).await, 1);
    assert_eq!(texts(store, 1).await, ["hospital", "income", "other record"]);
    assert!(texts(store, 2).await.is_empty());
    // Deleted, it is gone wherever it has moved to.
    let moved = elements(vec![element(31, 2, "e1", Income, "income")]);
    begin(store, 6, "hmis").await;
    stage(store, 6, "hmis", moved).await;
    stage(store, 6, "hmis", withdrawn(vec![withdrawn_record("e1")])).await;
    publish(store, 6).await;
    assert_eq!(texts(store, 1).await, ["hospital", "other record"]);
    assert!(texts(store, 2).await.is_empty());
}
