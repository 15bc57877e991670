//! Cases about the audit log.

use gateway_types::EventId;

use super::sample::client_id;
use crate::{AuditBatch, AuditStore, ListHead, LogHead, NewEntry, StoreError, TileBytes};

const INTENT: u8 = 1;
const COMPLETION: u8 = 2;
const DENIAL: u8 = 3;
const RECOVERY: u8 = 9;

fn event(number: u8) -> EventId {
    EventId::from_bytes([number; 16])
}

fn entry(number: u8, kind: u8, of: Option<u64>) -> NewEntry {
    NewEntry {
        event: event(number),
        kind,
        leaf: vec![number, kind, 1],
        sealed_detail: vec![number, kind, 2],
        sealed_facts: vec![number, kind, 3],
        wrapped_secret: vec![number, kind, 4],
        client: of.map(client_id),
    }
}

fn batch(from_size: u64, entries: Vec<NewEntry>) -> AuditBatch {
    let size = from_size + entries.len() as u64;
    let head = LogHead {
        size,
        root: [size as u8; 32],
        checkpoint: format!("origin\n{size}\n"),
    };
    AuditBatch {
        from_size,
        entries,
        tiles: Vec::new(),
        lists: Vec::new(),
        head,
    }
}

fn tile(level: u8, index: u64) -> TileBytes {
    TileBytes {
        level,
        index,
        hashes: vec![level; 8192],
    }
}

pub(super) async fn a_batch_is_appended_whole(store: &dyn AuditStore) {
    assert_eq!(store.head().await.unwrap(), None);
    assert!(store.entries(0, 10).await.unwrap().is_empty());
    let first = batch(0, vec![entry(1, INTENT, Some(1)), entry(2, DENIAL, None)]);
    store.append(first.clone()).await.unwrap();
    assert_eq!(store.head().await.unwrap(), Some(first.head));
    let second = batch(2, vec![entry(1, COMPLETION, Some(1))]);
    store.append(second.clone()).await.unwrap();
    assert_eq!(store.head().await.unwrap(), Some(second.head));

    let entries = store.entries(0, 10).await.unwrap();
    let what: Vec<_> = entries.iter().map(|e| (e.index, e.event, e.kind)).collect();
    assert_eq!(
        what,
        [
            (0, event(1), INTENT),
            (1, event(2), DENIAL),
            (2, event(1), COMPLETION)
        ]
    );
    assert_eq!(entries[1].leaf, [2, DENIAL, 1]);
    assert_eq!(entries[1].sealed_detail, [2, DENIAL, 2]);
    assert_eq!(entries[1].sealed_facts, [2, DENIAL, 3]);
    assert_eq!(entries[1].wrapped_secret, [2, DENIAL, 4]);
}

pub(super) async fn a_second_sequencer_writes_nothing(store: &dyn AuditStore) {
    let conflicts = |outcome| matches!(outcome, Err(StoreError::Conflict { .. }));
    assert!(
        conflicts(store.append(batch(1, vec![entry(9, DENIAL, None)])).await),
        "nothing is there yet"
    );
    let mine = batch(0, vec![entry(1, DENIAL, None)]);
    store.append(mine.clone()).await.unwrap();
    for late in [0, 2] {
        let mut theirs = batch(late, vec![entry(2, INTENT, None), entry(3, DENIAL, None)]);
        theirs.tiles = vec![tile(0, 0)];
        assert!(conflicts(store.append(theirs).await), "from {late}");
    }
    assert_eq!(store.head().await.unwrap(), Some(mine.head));
    assert_eq!(store.entries(0, 10).await.unwrap().len(), 1);
    assert!(store.open_intents(10).await.unwrap().is_empty());
    assert_eq!(store.tile(0, 0).await.unwrap(), None);
}

pub(super) async fn a_head_must_count_its_entries(store: &dyn AuditStore) {
    let mut wrong = batch(0, vec![entry(1, DENIAL, None)]);
    wrong.head.size = 2;
    assert!(matches!(
        store.append(wrong).await,
        Err(StoreError::Inconsistent { .. })
    ));
    let empty = batch(0, Vec::new());
    assert!(matches!(
        store.append(empty).await,
        Err(StoreError::Inconsistent { .. })
    ));
    assert_eq!(store.head().await.unwrap(), None);
}

pub(super) async fn entries_are_found_by_place_event_and_client(store: &dyn AuditStore) {
    let entries = vec![
        entry(1, INTENT, Some(1)),
        entry(2, INTENT, Some(2)),
        entry(1, COMPLETION, Some(1)),
        entry(3, DENIAL, None),
    ];
    store.append(batch(0, entries)).await.unwrap();
    let places = |entries: Vec<crate::StoredEntry>| entries.iter().map(|e| e.index).collect::<Vec<_>>();
    assert_eq!(places(store.entries(1, 2).await.unwrap()), [1, 2]);
    assert_eq!(places(store.entries(3, u32::MAX).await.unwrap()), [3]);
    assert!(store.entries(4, 1).await.unwrap().is_empty());
    assert!(store.entries(u64::MAX, 1).await.unwrap().is_empty());
    assert_eq!(places(store.entries_of_event(event(1)).await.unwrap()), [0, 2]);
    assert!(store.entries_of_event(event(8)).await.unwrap().is_empty());
    assert_eq!(
        places(store.entries_of_client(client_id(1)).await.unwrap()),
        [0, 2]
    );
    assert_eq!(places(store.entries_of_client(client_id(2)).await.unwrap()), [1]);
    assert!(store.entries_of_client(client_id(3)).await.unwrap().is_empty());
}

pub(super) async fn intents_are_open_until_they_have_an_outcome(store: &dyn AuditStore) {
    let intents = (1..=4).map(|number| entry(number, INTENT, None)).collect();
    store.append(batch(0, intents)).await.unwrap();
    let outcomes = vec![
        entry(2, COMPLETION, None),
        entry(3, RECOVERY, None),
        entry(5, DENIAL, None),
    ];
    store.append(batch(4, outcomes)).await.unwrap();
    let both = vec![entry(6, INTENT, None), entry(6, COMPLETION, None)];
    store.append(batch(7, both)).await.unwrap();
    let open: Vec<_> = store
        .open_intents(10)
        .await
        .unwrap()
        .iter()
        .map(|e| (e.index, e.event))
        .collect();
    assert_eq!(open, [(0, event(1)), (3, event(4))]);
    assert_eq!(store.open_intents(1).await.unwrap().len(), 1);
}

pub(super) async fn a_tile_is_written_once(store: &dyn AuditStore) {
    let mut first = batch(0, vec![entry(1, DENIAL, None)]);
    first.tiles = vec![tile(0, 0), tile(1, 0), tile(0, 1)];
    store.append(first.clone()).await.unwrap();
    assert_eq!(store.tile(1, 0).await.unwrap(), Some(tile(1, 0)));
    assert_eq!(store.tile(1, 1).await.unwrap(), None);
    assert_eq!(store.tile(0, u64::MAX).await.unwrap(), None);

    let mut again = batch(1, vec![entry(2, DENIAL, None)]);
    again.tiles = vec![TileBytes {
        hashes: vec![9; 8192],
        ..tile(0, 1)
    }];
    if store.append(again).await.is_ok() {
        panic!("a tile was written twice");
    }
    assert_eq!(store.tile(0, 1).await.unwrap(), Some(tile(0, 1)));
    assert_eq!(
        store.head().await.unwrap(),
        Some(first.head),
        "the whole batch was refused"
    );
}

pub(super) async fn lists_change_with_the_batch_alone(store: &dyn AuditStore) {
    let list = |label: u8, head: u8| ListHead {
        label: [label; 32],
        head: [head; 32],
    };
    assert!(store.lists(None, 10).await.unwrap().is_empty());
    let mut first = batch(0, vec![entry(1, INTENT, Some(1))]);
    first.lists = vec![list(0, 1), list(9, 1), list(255, 1)];
    store.append(first).await.unwrap();
    let mut second = batch(1, vec![entry(2, INTENT, Some(2))]);
    second.lists = vec![list(9, 2), list(4, 2)];
    store.append(second.clone()).await.unwrap();
    // From the wrong size nothing is written, lists neither.
    second.lists = vec![list(9, 3)];
    assert!(store.append(second).await.is_err());
    let all = [list(0, 1), list(4, 2), list(9, 2), list(255, 1)];
    assert_eq!(store.lists(None, 10).await.unwrap(), all);
    assert_eq!(store.lists(Some([4; 32]), 1).await.unwrap(), all[2..3]);
    assert!(store.lists(Some([255; 32]), 10).await.unwrap().is_empty());
}
