//! Cases about scans of signed forms.

use consent::{ArtefactDigest, Consent, Recorder, Terms};
use gateway_types::vocabulary::ConsentKind;

use super::sample::{agency, at, client, client_id, clients, consent_id, push, staff};
use crate::{Artefact, MOST_ARTEFACTS, RecordStore, StoreError};

async fn with_forms(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
    for number in [1, 2] {
        let by = Recorder {
            agency: agency("cedar"),
            staff: staff("clerk"),
        };
        let terms = Terms::of(ConsentKind::Tpo);
        let form = Consent::draft(consent_id(number), client_id(number), terms, by, at(1)).unwrap();
        store.record_consent(&form, 1, at(1)).await.unwrap();
    }
}

fn scan(form: u64, content: &[u8], seconds: i64) -> Artefact {
    Artefact {
        consent: consent_id(form),
        client: client_id(form),
        digest: ArtefactDigest::from_bytes(*gateway_crypto::Digest::of(content).as_bytes()),
        bytes: content.to_vec(),
        handed_in_at: at(seconds),
    }
}

pub(super) async fn a_scan_comes_back_byte_by_byte(store: &dyn RecordStore) {
    with_forms(store).await;
    let large: Vec<u8> = (0..10_u32 << 18).flat_map(u32::to_le_bytes).collect();
    let (one, two) = (scan(1, &large, 2), scan(1, b"%PDF-2", 3));
    assert!(store.artefact(one.consent, None).await.unwrap().is_none());
    store.keep_artefact(&one).await.unwrap();
    store.keep_artefact(&two).await.unwrap();
    for kept in [&one, &two] {
        let read = store.artefact(kept.consent, Some(kept.digest)).await.unwrap();
        assert!(read.as_ref() == Some(kept));
    }
    let last = store.artefact(one.consent, None).await.unwrap();
    assert!(last.as_ref() == Some(&two), "the one handed in last");

    // Another form has none of them, whatever the digest.
    for digest in [None, Some(one.digest), Some(two.digest)] {
        assert!(store.artefact(consent_id(2), digest).await.unwrap().is_none());
    }
}

pub(super) async fn a_scan_is_never_replaced(store: &dyn RecordStore) {
    with_forms(store).await;
    let first = scan(1, b"%PDF-1", 2);
    store.keep_artefact(&first).await.unwrap();
    let again = scan(1, b"%PDF-1", 5);
    store.keep_artefact(&again).await.unwrap();
    let read = store.artefact(first.consent, Some(first.digest)).await.unwrap();
    assert!(read == Some(first));
    // The same page with another form is kept for itself.
    let other = scan(2, b"%PDF-1", 4);
    store.keep_artefact(&other).await.unwrap();
    let read = store.artefact(other.consent, Some(other.digest)).await.unwrap();
    assert!(read == Some(other));
}

pub(super) async fn a_scan_is_of_a_form_on_file_and_of_its_client(store: &dyn RecordStore) {
    with_forms(store).await;
    let mut swapped = scan(1, b"%PDF-1", 2);
    swapped.client = client_id(2);
    for strange in [scan(3, b"%PDF-1", 2), swapped] {
        let outcome = store.keep_artefact(&strange).await;
        assert!(matches!(outcome, Err(StoreError::Missing { .. })));
        assert!(store.artefact(strange.consent, None).await.unwrap().is_none());
    }
}

pub(super) async fn scans_of_one_form_are_few(store: &dyn RecordStore) {
    with_forms(store).await;
    for number in 0..MOST_ARTEFACTS {
        let scan = scan(1, &number.to_le_bytes(), 2);
        store.keep_artefact(&scan).await.unwrap();
    }
    let outcome = store.keep_artefact(&scan(1, b"one more", 3)).await;
    assert!(matches!(outcome, Err(StoreError::Conflict { .. })));
    // What is kept already is no further one.
    store
        .keep_artefact(&scan(1, &0_u32.to_le_bytes(), 3))
        .await
        .unwrap();
    store.keep_artefact(&scan(2, b"one more", 3)).await.unwrap();
}
