//! Cases about the memory of a witness.

use gateway_types::Timestamp;

use crate::{AuditStore, SplitView};

pub(super) async fn a_checkpoint_is_replaced_only_by_who_saw_the_last(store: &dyn AuditStore) {
    let log = "log.example/one";
    assert_eq!(store.held_checkpoint(log).await.unwrap(), None);
    // Of two that come first, one is kept.
    assert!(store.hold_checkpoint(log, None, "first").await.unwrap());
    assert!(!store.hold_checkpoint(log, None, "other").await.unwrap());
    assert!(!store.hold_checkpoint(log, Some("other"), "next").await.unwrap());
    assert!(store.hold_checkpoint(log, Some("first"), "second").await.unwrap());
    assert!(!store.hold_checkpoint(log, Some("first"), "third").await.unwrap());
    assert_eq!(
        store.held_checkpoint(log).await.unwrap().as_deref(),
        Some("second")
    );
    assert_eq!(store.held_checkpoint("log.example/two").await.unwrap(), None);
}

pub(super) async fn evidence_and_cosigned_checkpoints_are_kept(store: &dyn AuditStore) {
    let split = |held: &str, shown: &str, at: i64| SplitView {
        origin: "log.example/one".to_owned(),
        held: held.to_owned(),
        shown: shown.to_owned(),
        at: Timestamp::from_micros(at),
    };
    store.keep_split(&split("a", "b", 1)).await.unwrap();
    // Shown again and again, it is evidence once.
    store.keep_split(&split("a", "c", 2)).await.unwrap();
    store.keep_split(&split("d", "e", 3)).await.unwrap();
    assert_eq!(
        store.splits().await.unwrap(),
        [split("a", "b", 1), split("d", "e", 3)]
    );
    assert_eq!(store.witnessed().await.unwrap(), None);
    store.keep_witnessed("one").await.unwrap();
    store.keep_witnessed("two").await.unwrap();
    assert_eq!(store.witnessed().await.unwrap().as_deref(), Some("two"));
}
