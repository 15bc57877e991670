//! Nothing about a person is readable in what the stores write: the files are searched, write-ahead logs included.

use std::path::Path;

use consent::{ArtefactDigest, Consent, Recorder, Terms};
use gateway_crypto::Digest;
use gateway_store::{
    Artefact, ArtefactStore, AuditBatch, AuditStore, BlockingKey, ClientStore, ConsentStore, IngestKind,
    IngestStore, LogHead, NewEntry, NewIngest, StagedBatch, StagedClient, StagedElement, StagedTreating,
    StagedWithdrawal,
};
use gateway_store_sql::{SqliteAuditStore, SqliteStore};
use gateway_types::vocabulary::{Category, ConsentKind};
use gateway_types::{
    AgencyId, ClientId, ClientIdentity, Date, EventId, LabelledElement, Payload, Pii, ProgrammeId, RecordKey,
    SourceClientKey, StaffId, Timestamp, WordSet,
};

use crate::support::crypto;

/// Words that stand for everything that is known about a client, and the words that label it.
const SECRET: &[&str] = &[
    "Zebulonia",
    "Quartermain",
    "900778899",
    "1971-03-09",
    "personal-7788",
    "enrolment-7788",
    "5550177",
    "housed-with-a-secret",
    "docket-7788",
    "blocked-on-7788",
    "sud_treatment",
    "Enrollment.csv",
    "opioid-treatment",
    "treats-them",
    "2026-05-17",
];

const CLIENT: &str = "01890000-0000-7000-8000-c0ffeec0ffee";

fn batch(client: ClientId) -> StagedBatch {
    let record = RecordKey::new("Enrollment.csv", "enrolment-7788");
    StagedBatch {
        clients: vec![StagedClient {
            client,
            new: true,
            source_key: SourceClientKey::new("personal-7788"),
            identity: ClientIdentity {
                first_name: Some(Pii::new("Zebulonia".to_owned())),
                last_name: Some(Pii::new("Quartermain".to_owned())),
                birth_date: Date::new(1971, 3, 9).map(Pii::new),
                ssn: Some(Pii::new("900778899".to_owned())),
                phones: vec![Pii::new("5550177".to_owned())],
                ..ClientIdentity::default()
            },
            blocking: vec![BlockingKey {
                domain: "ssn",
                value: Pii::new("blocked-on-7788".to_owned()),
            }],
        }],
        elements: vec![StagedElement {
            id: "01890000-0000-7000-8000-000000000002".parse().unwrap(),
            client,
            programme: Some(ProgrammeId::new("opioid-treatment").unwrap()),
            element: LabelledElement {
                record: record.clone(),
                category: Some(Category::SudTreatment),
                source_programme: None,
                regimes: WordSet::EMPTY,
                sensitivity: WordSet::EMPTY,
                facts: WordSet::EMPTY,
                as_of: Date::new(2026, 5, 17),
                payload: Payload::new().with("Note", "housed-with-a-secret"),
            },
        }],
        treating: vec![StagedTreating {
            client,
            staff: StaffId::new("treats-them").unwrap(),
            since: Date::new(2026, 5, 17),
            until: None,
            record: record.clone(),
        }],
        withdrawals: vec![StagedWithdrawal::Record(RecordKey::new(
            "Exit.csv",
            "enrolment-7788",
        ))],
    }
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let file = file.unwrap();
            (
                file.file_name().into_string().unwrap(),
                std::fs::read(file.path()).unwrap(),
            )
        })
        .collect()
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes
        .windows(word.len())
        .any(|window| window.eq_ignore_ascii_case(word))
}

fn nothing_shows(folder: &Path, control: &str) {
    let files = contents(folder);
    assert!(
        files.iter().any(|(_, bytes)| contains(bytes, control.as_bytes())),
        "the search finds nothing at all"
    );
    for (name, bytes) in files {
        for word in SECRET {
            assert!(
                !contains(&bytes, word.as_bytes()),
                "`{word}` is readable in {name}"
            );
        }
    }
}

#[tokio::test]
async fn the_record_files_show_nothing_about_a_client() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("records.db"), crypto())
        .await
        .unwrap();
    let client: ClientId = CLIENT.parse().unwrap();
    let source = AgencyId::new("riverton-hmis").unwrap();
    let ingest = NewIngest {
        id: "01890000-0000-7000-8000-000000000001".parse().unwrap(),
        source: source.clone(),
        kind: IngestKind::HmisCsv,
        digest: Digest::of(b"file"),
        received_at: Timestamp::from_micros(0),
    };
    store.begin_ingest(&ingest).await.unwrap();
    store.stage(ingest.id, &source, batch(client)).await.unwrap();
    nothing_shows(folder.path(), "riverton-hmis");
    store
        .publish(ingest.id, &serde_json::json!({}), Timestamp::from_micros(1))
        .await
        .unwrap();
    let mut terms = Terms::of(ConsentKind::LegalProceedings);
    terms.proceeding = Some(Pii::new("docket-7788".to_owned()));
    let by = Recorder {
        agency: source,
        staff: StaffId::new("clerk").unwrap(),
    };
    let id = "01890000-0000-7000-8000-000000000003".parse().unwrap();
    let consent = Consent::draft(id, client, terms, by, Timestamp::from_micros(2)).unwrap();
    store
        .record_consent(&consent, 1, Timestamp::from_micros(3))
        .await
        .unwrap();
    let page = b"%PDF-1.7 signed by Zebulonia Quartermain".to_vec();
    let digest = *Digest::of(&page).as_bytes();
    let scan = Artefact {
        consent: id,
        client,
        digest: ArtefactDigest::from_bytes(digest),
        bytes: page,
        handed_in_at: Timestamp::from_micros(4),
    };
    store.keep_artefact(&scan).await.unwrap();
    assert!(store.artefact(id, None).await.unwrap() == Some(scan));
    assert_eq!(store.elements(Some(client)).await.unwrap().len(), 1);
    assert_eq!(store.treating(Some(client)).await.unwrap().len(), 1);

    nothing_shows(folder.path(), "riverton-hmis");
    // Who has a copy of a page cannot tell from the files that it is kept.
    let files = contents(folder.path());
    assert!(!files.iter().any(|(_, bytes)| contains(bytes, &digest)));
    store.close().await;
    nothing_shows(folder.path(), "riverton-hmis");
}

#[tokio::test]
async fn the_audit_file_does_not_name_the_client() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteAuditStore::open(&folder.path().join("audit.db"), crypto())
        .await
        .unwrap();
    let client: ClientId = CLIENT.parse().unwrap();
    let entry = NewEntry {
        event: EventId::from_bytes(*b"an event by name"),
        kind: 1,
        leaf: vec![1],
        sealed_detail: vec![2],
        sealed_facts: vec![3],
        wrapped_secret: vec![4],
        client: Some(client),
    };
    let head = LogHead {
        size: 1,
        root: [0; 32],
        checkpoint: String::new(),
    };
    let batch = AuditBatch {
        from_size: 0,
        entries: vec![entry],
        tiles: Vec::new(),
        lists: Vec::new(),
        head,
    };
    store.append(batch).await.unwrap();
    assert_eq!(store.entries_of_client(client).await.unwrap().len(), 1);
    let written = contents(folder.path());
    assert!(
        written
            .iter()
            .any(|(_, bytes)| contains(bytes, b"an event by name"))
    );
    for (name, bytes) in written {
        assert!(
            !contains(&bytes, client.as_bytes()),
            "the client's id is readable in {name}"
        );
        assert!(
            !contains(&bytes, CLIENT.as_bytes()),
            "the client's id is readable in {name}"
        );
    }
}
