//! Cases about agreements.

use gateway_crypto::Digest;
use gateway_types::MouId;

use super::sample::at;
use crate::RecordStore;

fn version(mou: &str, text: &str) -> (MouId, Digest, String) {
    (
        MouId::new(mou).unwrap(),
        Digest::of(text.as_bytes()),
        text.to_owned(),
    )
}

pub(super) async fn the_active_set_is_what_was_activated_last(store: &dyn RecordStore) {
    let (care, outreach) = (version("care", "care 1"), version("outreach", "outreach 1"));
    store
        .activate_agreements(&[care.clone(), outreach.clone()], at(1))
        .await
        .unwrap();
    let changed = version("care", "care 2");
    store
        .activate_agreements(&[changed.clone(), outreach.clone()], at(2))
        .await
        .unwrap();
    store
        .activate_agreements(&[changed.clone(), outreach], at(3))
        .await
        .unwrap();

    let active = store.active_agreements().await.unwrap();
    let texts: Vec<_> = active.iter().map(|version| version.text.as_str()).collect();
    assert_eq!(texts, ["care 2", "outreach 1"]);
    let times: Vec<_> = active.iter().map(|version| version.activated_at).collect();
    assert_eq!(times, [at(2), at(1)], "what stays in force keeps its time");
    assert!(active.iter().all(|version| version.retired_at.is_none()));

    store.activate_agreements(&[], at(4)).await.unwrap();
    assert!(store.active_agreements().await.unwrap().is_empty());
}

pub(super) async fn every_version_stays_readable_by_its_hash(store: &dyn RecordStore) {
    let (one, two) = (version("care", "care 1"), version("care", "care 2"));
    store
        .activate_agreements(std::slice::from_ref(&one), at(1))
        .await
        .unwrap();
    store
        .activate_agreements(std::slice::from_ref(&two), at(2))
        .await
        .unwrap();

    let retired = store.agreement(&one.1).await.unwrap().unwrap();
    assert_eq!(
        (retired.text.as_str(), retired.retired_at),
        ("care 1", Some(at(2)))
    );
    assert_eq!((retired.mou, retired.hash), (one.0.clone(), one.1));
    assert!(store.agreement(&Digest::of(b"never")).await.unwrap().is_none());

    store
        .activate_agreements(std::slice::from_ref(&one), at(3))
        .await
        .unwrap();
    let again = store.agreement(&one.1).await.unwrap().unwrap();
    assert_eq!((again.activated_at, again.retired_at), (at(3), None));
    assert_eq!(store.active_agreements().await.unwrap(), [again]);
}
