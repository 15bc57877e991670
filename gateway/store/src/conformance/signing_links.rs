//! Cases about links by which clients sign.

use std::collections::BTreeSet;

use consent::{ArtefactDigest, Consent, Language, Recorder, Screen, Signature, Signer, Standing, Terms};
use gateway_crypto::Digest;
use gateway_types::vocabulary::{ConsentKind, Role, SignerRole};
use gateway_types::{EventId, SigningLinkId, SystemId};

use super::sample::{agency, at, client, client_id, clients, consent_id, push, staff};
use crate::{
    Artefact, LinkDigest, LinkParticulars, LinkUse, OwedEntry, RecordStore, SigningLink, StoreError,
};

fn clerk() -> Recorder {
    Recorder {
        agency: agency("cedar"),
        staff: staff("clerk"),
    }
}

fn draft(form: u64) -> Consent {
    Consent::draft(
        consent_id(form),
        client_id(form),
        Terms::of(ConsentKind::Tpo),
        clerk(),
        at(1),
    )
    .unwrap()
}

/// Two drafts of two clients.
async fn with_drafts(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
    for form in [1, 2] {
        store.record_consent(&draft(form), 1, at(1)).await.unwrap();
    }
}

fn link(form: u64, secret: &str, until: i64) -> SigningLink {
    SigningLink {
        id: SigningLinkId::from_bytes(*Digest::of(secret.as_bytes()).as_bytes().first_chunk().unwrap()),
        digest: LinkDigest::of(secret.as_bytes()),
        consent: consent_id(form),
        client: client_id(form),
        version: 1,
        expires_at: at(until),
        particulars: LinkParticulars {
            asked_by: clerk(),
            role: Role::ProgramStaff,
            system: SystemId::new("cedar-ehr").unwrap(),
            shown: Digest::of(b"form"),
            language: Language::Spanish,
            screen: Screen::Sent,
            standing: Standing::Adult,
            signers: vec![Signer::new(SignerRole::Client)],
            attested: BTreeSet::new(),
        },
    }
}

fn page(form: u64, bytes: &[u8]) -> Artefact {
    Artefact {
        consent: consent_id(form),
        client: client_id(form),
        digest: ArtefactDigest::from_bytes(*Digest::of(bytes).as_bytes()),
        bytes: bytes.to_vec(),
        handed_in_at: at(5),
    }
}

fn signed(form: u64, page: &Artefact) -> Consent {
    let signature = Signature {
        signed_at: at(5),
        signer: Signer::new(SignerRole::Client),
        co_signer: None,
        standing: Standing::Adult,
        artefact: Some(page.digest),
    };
    draft(form)
        .sign(signature, BTreeSet::new(), clerk(), at(5))
        .unwrap()
}

pub(super) async fn a_link_is_found_by_its_digest_until_its_last_second(store: &dyn RecordStore) {
    with_drafts(store).await;
    let made = link(1, "one", 10);
    store.make_signing_link(&made, at(2)).await.unwrap();
    for seconds in [2, 9] {
        let found = store.signing_link(&made.digest, at(seconds)).await.unwrap();
        assert!(found == Some((made.clone(), LinkUse::Sign)), "{seconds}");
    }
    let other = LinkDigest::of(b"other");
    assert!(store.signing_link(&other, at(2)).await.unwrap().is_none());
    for seconds in [10, 11] {
        let found = store.signing_link(&made.digest, at(seconds)).await.unwrap();
        assert!(found.is_none(), "{seconds}");
    }
    let copy = page(1, b"signed");
    let late = store
        .sign_by_link(&made, &signed(1, &copy), &copy, at(20), at(10))
        .await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })));
    assert_eq!(store.consent(consent_id(1)).await.unwrap().unwrap().version, 1);
    // Of no form, or of another's, none is made.
    let mut strange = link(3, "three", 10);
    let made = store.make_signing_link(&strange, at(2)).await;
    assert!(matches!(made, Err(StoreError::Conflict { .. })));
    strange = link(1, "three", 10);
    strange.client = client_id(2);
    let made = store.make_signing_link(&strange, at(2)).await;
    assert!(matches!(made, Err(StoreError::Conflict { .. })));
}

pub(super) async fn a_new_link_ends_the_former(store: &dyn RecordStore) {
    with_drafts(store).await;
    let (first, second, others) = (link(1, "first", 10), link(1, "second", 10), link(2, "others", 10));
    for made in [&first, &others, &second] {
        store.make_signing_link(made, at(2)).await.unwrap();
    }
    assert!(store.signing_link(&first.digest, at(3)).await.unwrap().is_none());
    assert!(store.signing_link(&others.digest, at(3)).await.unwrap().is_some());
    assert!(store.signing_link(&second.digest, at(3)).await.unwrap().is_some());
    // With its end goes what the log is owed about it, once.
    let owed = |number: u8| OwedEntry {
        event: EventId::from_bytes([number; 16]),
        client: client_id(1),
        since: at(3),
        body: b"ended".to_vec().into(),
    };
    let end = async |number| {
        let owed = owed(number);
        store.end_signing_links(consent_id(1), Some(&owed)).await.unwrap()
    };
    assert!(end(1).await);
    assert!(store.signing_link(&second.digest, at(3)).await.unwrap().is_none());
    assert!(store.signing_link(&others.digest, at(3)).await.unwrap().is_some());
    assert!(!end(2).await);
    let listed = store.owed_entries(9).await.unwrap();
    let events: Vec<_> = listed.into_iter().map(|owed| owed.event).collect();
    assert_eq!(events, [owed(1).event]);
}

pub(super) async fn a_form_that_changes_ends_its_link(store: &dyn RecordStore) {
    with_drafts(store).await;
    let made = link(1, "one", 10);
    store.make_signing_link(&made, at(2)).await.unwrap();
    let asked = draft(1).request(clerk(), at(3)).unwrap();
    store.record_consent(&asked, 2, at(3)).await.unwrap();
    assert!(store.signing_link(&made.digest, at(3)).await.unwrap().is_none());
    let copy = page(1, b"signed");
    let outcome = store
        .sign_by_link(&made, &signed(1, &copy), &copy, at(20), at(5))
        .await;
    assert!(matches!(outcome, Err(StoreError::Conflict { .. })));
    assert!(
        store.artefact(consent_id(1), None).await.unwrap().is_none(),
        "nothing of it is kept"
    );
    // Nor is one made for a version that has passed.
    let outcome = store.make_signing_link(&link(1, "two", 10), at(4)).await;
    assert!(matches!(outcome, Err(StoreError::Conflict { .. })));
    let mut next = link(1, "two", 10);
    next.version = 2;
    store.make_signing_link(&next, at(4)).await.unwrap();
    assert!(store.signing_link(&next.digest, at(4)).await.unwrap().is_some());
}

pub(super) async fn a_link_signs_once_and_then_shows_the_copy(store: &dyn RecordStore) {
    with_drafts(store).await;
    let made = link(1, "one", 10);
    store.make_signing_link(&made, at(2)).await.unwrap();
    let copy = page(1, b"signed");
    let form = signed(1, &copy);
    store
        .sign_by_link(&made, &form, &copy, at(20), at(5))
        .await
        .unwrap();
    assert!(store.consent(consent_id(1)).await.unwrap().unwrap().consent == form);
    let kept = store.artefact(consent_id(1), Some(copy.digest)).await.unwrap();
    assert!(kept == Some(copy));
    let again = page(1, b"signed again");
    let outcome = store
        .sign_by_link(&made, &signed(1, &again), &again, at(30), at(6))
        .await;
    assert!(matches!(outcome, Err(StoreError::Conflict { .. })));
    let kept = store.artefact(consent_id(1), Some(again.digest)).await.unwrap();
    assert!(kept.is_none());
    // Past the end of the link, and not past that of its copy.
    for (seconds, found) in [(6, true), (19, true), (20, false)] {
        let link = store.signing_link(&made.digest, at(seconds)).await.unwrap();
        assert_eq!(link.map(|(_, good_for)| good_for), found.then_some(LinkUse::Copy));
    }
    // Whatever becomes of the form; until somebody has done with it.
    let revoked = form
        .enter_in_error(consent::EntryError::WrongTerms, clerk(), at(7))
        .unwrap();
    store.record_consent(&revoked, 3, at(7)).await.unwrap();
    assert!(store.signing_link(&made.digest, at(8)).await.unwrap().is_some());
    assert!(store.end_signing_links(consent_id(1), None).await.unwrap());
    assert!(store.signing_link(&made.digest, at(8)).await.unwrap().is_none());
}

pub(super) async fn of_two_who_sign_at_once_one_does(store: &dyn RecordStore) {
    with_drafts(store).await;
    let made = link(1, "one", 10);
    store.make_signing_link(&made, at(2)).await.unwrap();
    let pages: Vec<Artefact> = (0..6_u8).map(|number| page(1, &[number])).collect();
    let forms: Vec<Consent> = pages.iter().map(|page| signed(1, page)).collect();
    let signing = pages
        .iter()
        .zip(&forms)
        .map(|(page, form)| store.sign_by_link(&made, form, page, at(20), at(5)));
    let outcomes = futures_util::future::join_all(signing).await;
    let won: Vec<usize> = (0..outcomes.len()).filter(|one| outcomes[*one].is_ok()).collect();
    assert_eq!(won.len(), 1, "{outcomes:?}");
    for lost in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(lost, StoreError::Conflict { .. }), "{lost:?}");
    }
    let kept = store.artefact(consent_id(1), None).await.unwrap();
    assert!(kept.as_ref() == Some(&pages[won[0]]));
    assert!(store.consent(consent_id(1)).await.unwrap().unwrap().consent == forms[won[0]]);
}

pub(super) async fn a_link_signs_no_other_form(store: &dyn RecordStore) {
    with_drafts(store).await;
    let made = link(1, "one", 10);
    store.make_signing_link(&made, at(2)).await.unwrap();
    let (own, others) = (page(1, b"signed"), page(2, b"signed"));
    for (form, copy) in [
        (signed(2, &others), &others),
        (signed(1, &own), &others),
        (signed(2, &others), &own),
    ] {
        let outcome = store.sign_by_link(&made, &form, copy, at(20), at(5)).await;
        assert!(matches!(outcome, Err(StoreError::Conflict { .. })));
    }
    for form in [1, 2] {
        assert_eq!(store.consent(consent_id(form)).await.unwrap().unwrap().version, 1);
    }
    assert!(store.signing_link(&made.digest, at(5)).await.unwrap().is_some());
}
