//! Invented clients and pushes for the cases.

use gateway_crypto::Digest;
use gateway_types::vocabulary::Category;
use gateway_types::{
    AgencyId, ClientId, ClientIdentity, Date, ElementId, IngestId, LabelledElement, Payload, Pii, RecordKey,
    SourceClientKey, StaffId, Timestamp, WordSet,
};

use crate::{
    Begun, BlockingKey, IngestKind, IngestState, NewIngest, RecordStore, StagedBatch, StagedClient,
    StagedElement, StagedTreating, StagedWithdrawal,
};

pub(super) fn agency(name: &str) -> AgencyId {
    AgencyId::new(name).unwrap()
}

pub(super) fn staff(name: &str) -> StaffId {
    StaffId::new(name).unwrap()
}

fn uuid(kind: u16, number: u64) -> String {
    format!("00000000-{kind:04x}-7000-8000-{number:012x}")
}

pub(super) fn client_id(number: u64) -> ClientId {
    uuid(1, number).parse().unwrap()
}

pub(super) fn element_id(number: u64) -> ElementId {
    uuid(2, number).parse().unwrap()
}

pub(super) fn ingest_id(number: u64) -> IngestId {
    uuid(3, number).parse().unwrap()
}

pub(super) fn consent_id(number: u64) -> gateway_types::ConsentId {
    uuid(4, number).parse().unwrap()
}

pub(super) const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000 + 7)
}

pub(super) fn key(domain: &'static str, value: &str) -> BlockingKey {
    BlockingKey {
        domain,
        value: Pii::new(value.to_owned()),
    }
}

pub(super) fn source_key(number: u64) -> SourceClientKey {
    SourceClientKey::new(format!("P{number}"))
}

pub(super) fn identity(first_name: &str) -> ClientIdentity {
    ClientIdentity {
        first_name: Some(Pii::new(first_name.to_owned())),
        birth_date: Date::new(1984, 2, 29).map(Pii::new),
        ..ClientIdentity::default()
    }
}

/// Client `number`, who is found under the key `number`.
pub(super) fn client(number: u64) -> StagedClient {
    StagedClient {
        client: client_id(number),
        new: true,
        source_key: source_key(number),
        identity: identity("Tamsin"),
        blocking: vec![key("number", &number.to_string())],
    }
}

pub(super) fn known(staged: StagedClient) -> StagedClient {
    StagedClient { new: false, ..staged }
}

/// What record `record` says of `category` about client `of`.
pub(super) fn element(id: u64, of: u64, record: &str, category: Category, says: &str) -> StagedElement {
    StagedElement {
        id: element_id(id),
        client: client_id(of),
        programme: None,
        element: LabelledElement {
            record: RecordKey::new("Enrollment.csv", record),
            category: Some(category),
            source_programme: None,
            regimes: WordSet::EMPTY,
            sensitivity: WordSet::EMPTY,
            facts: WordSet::EMPTY,
            as_of: None,
            payload: Payload::new().with("Says", says),
        },
    }
}

pub(super) fn treating(of: u64, who: &str, record: &str) -> StagedTreating {
    StagedTreating {
        client: client_id(of),
        staff: staff(who),
        since: Date::new(2026, 1, 1),
        until: None,
        record: RecordKey::new("CareTeam", record),
    }
}

pub(super) fn withdrawn_record(record: &str) -> StagedWithdrawal {
    StagedWithdrawal::Record(RecordKey::new("Enrollment.csv", record))
}

pub(super) fn withdrawn_client(number: u64) -> StagedWithdrawal {
    StagedWithdrawal::Client(client_id(number))
}

pub(super) fn clients(clients: Vec<StagedClient>) -> StagedBatch {
    StagedBatch {
        clients,
        ..StagedBatch::default()
    }
}

pub(super) fn elements(elements: Vec<StagedElement>) -> StagedBatch {
    StagedBatch {
        elements,
        ..StagedBatch::default()
    }
}

pub(super) fn new_ingest(number: u64, source: &str) -> NewIngest {
    NewIngest {
        id: ingest_id(number),
        source: agency(source),
        kind: IngestKind::HmisCsv,
        digest: Digest::of(&number.to_be_bytes()),
        received_at: at(number as i64),
    }
}

pub(super) async fn begin(store: &dyn RecordStore, number: u64, source: &str) {
    let begun = store.begin_ingest(&new_ingest(number, source)).await.unwrap();
    assert!(matches!(begun, Begun::New), "{begun:?}");
}

/// Begins push `number`, stages `batch` and publishes; returns how many elements were new or changed.
pub(super) async fn push(store: &dyn RecordStore, number: u64, source: &str, batch: StagedBatch) -> u64 {
    begin(store, number, source).await;
    let changed = stage(store, number, source, batch).await;
    publish(store, number).await;
    changed
}

pub(super) async fn stage(store: &dyn RecordStore, number: u64, source: &str, batch: StagedBatch) -> u64 {
    store
        .stage(ingest_id(number), &agency(source), batch)
        .await
        .unwrap()
}

pub(super) async fn publish(store: &dyn RecordStore, number: u64) {
    let report = serde_json::json!({ "rows": number });
    store.publish(ingest_id(number), &report, at(100)).await.unwrap();
}

pub(super) async fn abort(store: &dyn RecordStore, number: u64) {
    let report = serde_json::json!({ "why": "a broken row" });
    store
        .abort(ingest_id(number), IngestState::Refused, &report, at(100))
        .await
        .unwrap();
}

/// What is on file about a client: id and text of each element, in the order of the texts.
pub(super) async fn said(store: &dyn RecordStore, of: u64) -> Vec<(ElementId, String)> {
    let mut said: Vec<_> = store
        .elements(Some(client_id(of)))
        .await
        .unwrap()
        .into_iter()
        .map(|element| {
            let text = element.payload.fields()["Says"].as_str().unwrap().to_owned();
            (element.id, text)
        })
        .collect();
    said.sort_by(|one, other| one.1.cmp(&other.1));
    said
}

/// The texts alone.
pub(super) async fn texts(store: &dyn RecordStore, of: u64) -> Vec<String> {
    said(store, of).await.into_iter().map(|(_, text)| text).collect()
}
