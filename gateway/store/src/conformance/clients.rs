//! Cases about what is on file about a client.

use gateway_types::record::UNRESOLVED_PROGRAMME;
use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity};
use gateway_types::{
    ClientIdentity, Date, LabelledElement, Payload, Pii, ProgrammeId, RecordKey, Word, WordSet,
};

use super::sample::{agency, at, client, client_id, clients, element_id, key, known, push, staff, treating};
use crate::{RecordStore, StagedBatch, StagedClient, StagedElement, StoreError, Treating};

pub(super) async fn an_element_comes_back_as_it_was_staged(store: &dyn RecordStore) {
    let full = StagedElement {
        id: element_id(1),
        client: client_id(1),
        programme: Some(ProgrammeId::new("street-outreach").unwrap()),
        element: LabelledElement {
            record: RecordKey::new("MedicationRequest", "m/1"),
            category: Some(Category::Medications),
            source_programme: Some("17".to_owned()),
            regimes: Regime::ALL.iter().copied().take(2).collect(),
            sensitivity: WordSet::<Sensitivity>::all(),
            facts: ElementFact::ALL.iter().copied().take(1).collect(),
            as_of: Date::new(2026, 2, 28),
            payload: Payload::new()
                .with("Größe", "naïve \u{1F600} \"quoted\" \\ \u{0}")
                .with("Number", 1.25)
                .with("Nothing", serde_json::Value::Null)
                .with("Nested", serde_json::json!({ "b": [1, true], "a": {} })),
        },
    };
    let bare = StagedElement {
        id: element_id(2),
        client: client_id(1),
        programme: None,
        element: LabelledElement {
            record: RecordKey::new("", ""),
            category: None,
            source_programme: None,
            regimes: WordSet::EMPTY,
            sensitivity: WordSet::EMPTY,
            facts: WordSet::EMPTY,
            as_of: None,
            payload: Payload::new(),
        },
    };
    let named = |id: u64, name: &str| {
        let mut named = bare.clone();
        named.id = element_id(id);
        named.element.record = RecordKey::new("named", id.to_string());
        named.element.source_programme = Some(name.to_owned());
        named
    };
    let (named, unresolved) = (named(3, "annex"), named(4, UNRESOLVED_PROGRAMME));
    let staged = [full, bare, named, unresolved];
    let batch = StagedBatch {
        clients: vec![client(1)],
        elements: staged.to_vec(),
        ..StagedBatch::default()
    };
    assert_eq!(push(store, 1, "hospital", batch).await, 4);

    let mut stored = store.elements(Some(client_id(1))).await.unwrap();
    stored.sort_by_key(|element| element.id);
    assert_eq!(stored.len(), 4);
    for (stored, staged) in stored.iter().zip(&staged) {
        let element = &staged.element;
        assert_eq!(stored.id, staged.id);
        assert_eq!(stored.source, agency("hospital"));
        assert_eq!(stored.programme, staged.programme);
        let unregistered = element
            .source_programme
            .clone()
            .filter(|_| staged.programme.is_none());
        assert_eq!(
            stored.source_programme, unregistered,
            "kept until it is registered"
        );
        assert_eq!(stored.category, element.category);
        assert_eq!(stored.regimes, element.regimes);
        assert_eq!(stored.sensitivity, element.sensitivity);
        assert_eq!(stored.facts, element.facts);
        assert_eq!(stored.record_kind, element.record.kind);
        assert_eq!(stored.as_of, element.as_of);
        assert_eq!(stored.received_at, at(1));
        assert!(stored.payload == element.payload);
    }
}

pub(super) async fn unknown_people_and_nobody_have_nothing(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1)])).await;
    for nobody in [None, Some(client_id(9))] {
        assert!(store.elements(nobody).await.unwrap().is_empty());
        assert!(store.treating(nobody).await.unwrap().is_empty());
        assert!(store.birth_dates(nobody).await.unwrap().is_empty());
    }
    let keys = [9, 1, 9].map(super::sample::source_key);
    let found = store.clients_of_source(&agency("hmis"), &keys).await.unwrap();
    assert_eq!(found, [None, Some(client_id(1)), None]);
    let elsewhere = store.clients_of_source(&agency("hospital"), &keys).await.unwrap();
    assert_eq!(
        elsewhere, [None; 3],
        "the same key of another source is another key"
    );
    assert!(
        store
            .clients_of_source(&agency("hmis"), &[])
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.count_clients().await.unwrap(), 1, "nobody is not counted");
}

pub(super) async fn each_client_has_a_key_that_stays(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1), client(2)])).await;
    let mut keys = Vec::new();
    for who in [None, Some(client_id(1)), Some(client_id(2))] {
        let key = *store.client_key(who).await.unwrap().as_bytes();
        assert_eq!(*store.client_key(who).await.unwrap().as_bytes(), key);
        keys.push(key);
    }
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 3);
    push(store, 2, "hospital", clients(vec![known(client(1))])).await;
    assert!(keys.contains(store.client_key(Some(client_id(1))).await.unwrap().as_bytes()));
    let unknown = store.client_key(Some(client_id(9))).await;
    assert!(matches!(unknown, Err(StoreError::Missing { .. })));
}

pub(super) async fn birth_dates_are_those_of_every_source_or_of_one(store: &dyn RecordStore) {
    let born = |year| ClientIdentity {
        birth_date: Date::new(year, 5, 6).map(Pii::new),
        ..ClientIdentity::default()
    };
    let dates = async || {
        let mut dates: Vec<_> = store.birth_dates(Some(client_id(1))).await.unwrap();
        dates.sort_unstable();
        dates
            .into_iter()
            .map(|date| date.into_inner().year())
            .collect::<Vec<_>>()
    };
    push(
        store,
        1,
        "hmis",
        clients(vec![StagedClient {
            identity: born(1980),
            ..client(1)
        }]),
    )
    .await;
    push(
        store,
        2,
        "hospital",
        clients(vec![StagedClient {
            identity: born(1981),
            ..known(client(1))
        }]),
    )
    .await;
    let undated = StagedClient {
        identity: ClientIdentity::default(),
        ..known(client(1))
    };
    push(store, 3, "police", clients(vec![undated])).await;
    assert_eq!(dates().await, [1980, 1981]);
    push(
        store,
        4,
        "hmis",
        clients(vec![StagedClient {
            identity: born(1979),
            ..known(client(1))
        }]),
    )
    .await;
    assert_eq!(dates().await, [1979, 1981]);
    for (source, year) in [("hmis", Some(1979)), ("hospital", Some(1981)), ("police", None)] {
        let of_one = store
            .birth_dates_from(client_id(1), &agency(source))
            .await
            .unwrap();
        let years: Vec<_> = of_one.into_iter().map(|date| date.into_inner().year()).collect();
        assert_eq!(years, year.into_iter().collect::<Vec<_>>(), "{source}");
    }
}

pub(super) async fn treating_relationships_are_replaced_by_record(store: &dyn RecordStore) {
    let said = |treating| StagedBatch {
        treating,
        ..StagedBatch::default()
    };
    let first = StagedBatch {
        clients: vec![StagedClient {
            blocking: vec![key("a", "b")],
            ..client(1)
        }],
        treating: vec![
            treating(1, "a-rivera", "team"),
            treating(1, "b-cole", "team"),
            treating(1, "c-diaz", "other"),
        ],
        ..StagedBatch::default()
    };
    assert_eq!(
        push(store, 1, "hospital", first).await,
        0,
        "elements are counted, nothing else"
    );
    let names = async || {
        let mut treating = store.treating(Some(client_id(1))).await.unwrap();
        treating.sort_by(|one, other| one.staff.cmp(&other.staff));
        treating
            .into_iter()
            .map(|treating| treating.staff.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["a-rivera", "b-cole", "c-diaz"]);
    assert!(store.elements(Some(client_id(1))).await.unwrap().is_empty());

    let mut ended = treating(1, "a-rivera", "team");
    ended.until = Date::new(2026, 6, 30);
    push(store, 2, "hospital", said(vec![ended])).await;
    assert_eq!(names().await, ["a-rivera", "c-diaz"]);
    let treating = store.treating(Some(client_id(1))).await.unwrap();
    let rivera = treating
        .iter()
        .find(|treating| treating.staff == staff("a-rivera"))
        .unwrap();
    let expected = Treating {
        agency: agency("hospital"),
        staff: staff("a-rivera"),
        since: Date::new(2026, 1, 1),
        until: Date::new(2026, 6, 30),
    };
    assert_eq!(*rivera, expected);
}

pub(super) async fn clients_of_canaries_are_neither_listed_nor_counted(store: &dyn RecordStore) {
    push(store, 1, "hmis", clients(vec![client(1)])).await;
    push(store, 2, "assent-canary-clinic", clients(vec![client(2)])).await;
    assert_eq!(store.count_clients().await.unwrap(), 1);
    assert_eq!(store.every_client().await.unwrap(), [client_id(1)]);
    assert!(store.client_key(Some(client_id(2))).await.is_ok());
}
