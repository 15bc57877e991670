//! Cases about requests for consents.

use consent::{ConsentRequest, Recorder};
use gateway_types::vocabulary::{Category, PurposeOfUse, Role};
use gateway_types::{AgencyId, ClientId, ConsentRequestId};

use super::sample::{agency, at, client, client_id, clients, known, push, source_key, staff};
use crate::{AskedSoFar, RecordStore, RequestAnswer, StagedClient, StoreError};

fn id(number: u64) -> ConsentRequestId {
    format!("00000000-0007-7000-8000-{number:012x}").parse().unwrap()
}

fn request(number: u64, client: Option<ClientId>, who: &str, asked: i64) -> ConsentRequest {
    ConsentRequest {
        id: id(number),
        client,
        by: Recorder {
            agency: agency("harbor"),
            staff: staff(who),
        },
        role: Role::Clinician,
        purpose: PurposeOfUse::Treat,
        categories: [Category::Medications].into_iter().collect(),
        days: 30,
        asked_at: at(asked),
    }
}

pub(super) async fn requests_are_kept_and_counted_whoever_they_are_about(store: &dyn RecordStore) {
    let (one, two) = (
        request(1, Some(client_id(1)), "ana", 10),
        request(2, None, "ana", 20),
    );
    let three = request(3, None, "ben", 30);
    for request in [&one, &two, &three] {
        store.record_request(request).await.unwrap();
    }
    let twice = store.record_request(&one).await;
    assert!(matches!(twice, Err(StoreError::Conflict { .. })));
    assert!(store.request(id(2)).await.unwrap() == Some(two));
    assert!(store.request(id(9)).await.unwrap().is_none());
    let (harbor, ana) = (agency("harbor"), staff("ana"));
    let since = |from| {
        let (harbor, ana) = (harbor.clone(), ana.clone());
        async move { store.asked_since(&harbor, &ana, at(from)).await.unwrap() }
    };
    assert_eq!(since(0).await, AskedSoFar { person: 2, agency: 3 });
    assert_eq!(since(20).await, AskedSoFar { person: 1, agency: 2 });
    let others = store.asked_since(&agency("lakeside"), &ana, at(0)).await.unwrap();
    assert_eq!(others, AskedSoFar { person: 0, agency: 0 });
}

pub(super) async fn each_agency_answers_a_request_once_while_it_is_open(store: &dyn RecordStore) {
    let one = request(1, Some(client_id(1)), "ana", 10);
    store.record_request(&one).await.unwrap();
    let (cedar, hmis) = (agency("cedar"), agency("hmis"));
    let did = |by: &AgencyId, now| {
        let by = by.clone();
        async move {
            let open = store.open_requests(&by, now).await.unwrap();
            open.into_iter().map(|(_, answer)| answer).collect::<Vec<_>>()
        }
    };
    assert_eq!(did(&cedar, at(11)).await, [None]);
    let answer = |by: &AgencyId, answer| {
        let by = by.clone();
        async move { store.answer_request(id(1), &by, answer, at(12)).await }
    };
    answer(&cedar, RequestAnswer::Seen).await.unwrap();
    answer(&cedar, RequestAnswer::Seen).await.unwrap();
    assert_eq!(did(&cedar, at(13)).await, [Some(RequestAnswer::Seen)]);
    assert_eq!(
        did(&hmis, at(13)).await,
        [None],
        "what one does another does not see"
    );
    answer(&cedar, RequestAnswer::Declined).await.unwrap();
    answer(&cedar, RequestAnswer::Seen).await.unwrap();
    let again = answer(&cedar, RequestAnswer::Drafted).await;
    assert!(matches!(again, Err(StoreError::Conflict { .. })));
    assert_eq!(did(&cedar, at(13)).await, [Some(RequestAnswer::Declined)]);
    answer(&hmis, RequestAnswer::NotReached).await.unwrap();
    assert_eq!(did(&hmis, at(13)).await, [Some(RequestAnswer::NotReached)]);
    let unknown = store
        .answer_request(id(9), &cedar, RequestAnswer::Seen, at(12))
        .await;
    assert!(matches!(unknown, Err(StoreError::Missing { .. })));
    assert!(
        did(&cedar, one.closes_at()).await.is_empty(),
        "closed to the second"
    );
}

pub(super) async fn a_source_hears_its_own_keys_of_a_client_alone(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
    let of_cedar = StagedClient {
        source_key: source_key(77),
        ..known(client(1))
    };
    push(store, 2, "cedar", clients(vec![of_cedar])).await;
    let keys = |number, source: &str| {
        let source = agency(source);
        async move { store.keys_from(client_id(number), &source).await.unwrap() }
    };
    assert!(keys(1, "hmis").await == [source_key(1)]);
    assert!(keys(1, "cedar").await == [source_key(77)]);
    assert!(keys(2, "cedar").await.is_empty());
    assert!(keys(9, "hmis").await.is_empty());
    // A key that names somebody else now names the first no longer.
    let moved = StagedClient {
        source_key: source_key(1),
        ..known(client(2))
    };
    push(store, 3, "hmis", clients(vec![moved])).await;
    assert!(keys(1, "hmis").await.is_empty());
}
