//! Measures the SQLite store: staging with sealing, pushing the same again, reading one client, appending to the log.
//!
//! `cargo run --release -p gateway-store-sql --example rates -- [elements] [shuffled]`; not run by the tests.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a measurement, run by hand"
)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};
use gateway_crypto::{BlindIndexer, Digest, MasterKey, Sealer, SystemEntropy};
use gateway_store::{
    AuditBatch, AuditStore, BlockingKey, ClientStore, IngestKind, IngestStore, LogHead, NewEntry, NewIngest,
    StagedBatch, StagedClient, StagedElement,
};
use gateway_store_sql::{Crypto, SqliteAuditStore, SqliteStore};
use gateway_types::vocabulary::Category;
use gateway_types::{
    AgencyId, ClientId, ClientIdentity, Date, ElementId, EventId, IngestId, KeyId, LabelledElement, Payload,
    Pii, RecordKey, SourceClientKey, SystemClock, Timestamp, WordSet,
};

const BATCH: usize = 2_000;
const CLIENT_BATCH: usize = 5_000;
const EACH: usize = 20;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let elements: usize = arguments.next().map_or(200_000, |text| text.parse().unwrap());
    let shuffled = arguments.next().is_some();
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("records.db"), crypto())
        .await
        .unwrap();
    let clients = elements / EACH;
    let ids: Vec<ClientId> = (0..clients)
        .map(|_| ClientId::generate(&SystemClock, &SystemEntropy).unwrap())
        .collect();

    for push in ["first push", "the same again"] {
        let id = IngestId::generate(&SystemClock, &SystemEntropy).unwrap();
        let source = AgencyId::new("riverton-hmis").unwrap();
        let begun = NewIngest {
            id,
            source: source.clone(),
            kind: IngestKind::HmisCsv,
            digest: Digest::of(push.as_bytes()),
            received_at: Timestamp::from_micros(0),
        };
        store.begin_ingest(&begun).await.unwrap();
        let worked = cpu_seconds();
        let mut spent = Duration::ZERO;
        for from in (0..clients).step_by(CLIENT_BATCH) {
            let batch = StagedBatch {
                clients: (from..clients.min(from + CLIENT_BATCH))
                    .map(|n| client(n, ids[n], push == "first push"))
                    .collect(),
                ..StagedBatch::default()
            };
            let start = Instant::now();
            store.stage(id, &source, batch).await.unwrap();
            spent += start.elapsed();
        }
        println!("{push}: {:.0} clients/s with 6 keys each", rate(clients, spent));
        println!("{push}: processor time by thread: {}", since(&worked));
        let worked = cpu_seconds();
        let of = ids.clone();
        let pieces = (0..elements).step_by(BATCH).map(move |from| StagedBatch {
            elements: (from..elements.min(from + BATCH))
                .map(|n| {
                    // A prime step visits every client in no order; otherwise the file is in the clients' order.
                    let client = if shuffled { (n * 7_919) % clients } else { n / EACH };
                    element(n, of[client.min(clients - 1)])
                })
                .collect(),
            ..StagedBatch::default()
        });
        let start = Instant::now();
        let changed = store
            .stage_all(id, &source, stream::iter(pieces).boxed())
            .await
            .unwrap();
        let spent = start.elapsed();
        println!(
            "{push}: {:.0} elements/s, {changed} stored",
            rate(elements, spent)
        );
        println!("{push}: processor time by thread: {}", since(&worked));
        let start = Instant::now();
        store
            .publish(id, &serde_json::json!({}), Timestamp::from_micros(1))
            .await
            .unwrap();
        println!("{push}: published in {:?}", start.elapsed());
    }

    let mut times: Vec<Duration> = Vec::new();
    for n in 0..500 {
        let start = Instant::now();
        store.elements(Some(ids[(n * 7_919) % clients])).await.unwrap();
        times.push(start.elapsed());
    }
    println!("elements of one client: {}", spread(&mut times));
    let questions: Vec<Vec<BlockingKey>> = (0..clients.min(1_000)).map(keys).collect();
    let start = Instant::now();
    let found = store.candidates(&questions, 50).await.unwrap();
    assert!(found.iter().all(|found| !found.is_empty()));
    println!(
        "candidates: {:.0} questions/s",
        rate(questions.len(), start.elapsed())
    );

    let log = SqliteAuditStore::open(&folder.path().join("audit.db"), crypto())
        .await
        .unwrap();
    let mut times = Vec::new();
    for size in 0..500 {
        let batch = entry(size, ids[0]);
        let start = Instant::now();
        log.append(batch).await.unwrap();
        times.push(start.elapsed());
    }
    println!("append of one entry: {}", spread(&mut times));
    let mut times = Vec::new();
    let path = folder.path().join("fsync");
    let mut file = std::fs::File::create(path).unwrap();
    for _ in 0..500 {
        std::io::Write::write_all(&mut file, &[1; 8192]).unwrap();
        let start = Instant::now();
        file.sync_data().unwrap();
        times.push(start.elapsed());
    }
    println!("fsync of 8 KiB on this disk: {}", spread(&mut times));
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        println!(
            "{:?}: {} MiB",
            file.file_name(),
            file.metadata().unwrap().len() >> 20
        );
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    println!(
        "{}",
        status
            .lines()
            .find(|line| line.starts_with("VmHWM"))
            .unwrap_or_default()
    );
}

fn crypto() -> Crypto {
    let master = MasterKey::generate(KeyId::new("measured").unwrap(), &SystemEntropy).unwrap();
    Crypto {
        sealer: Arc::new(Sealer::new(&master, &[])),
        blind: BlindIndexer::new(&master),
        entropy: Arc::new(SystemEntropy),
    }
}

fn keys(n: usize) -> Vec<BlockingKey> {
    ["ssn", "last+dob", "phonetic", "first+last", "swapped", "phone"]
        .map(|domain| BlockingKey {
            domain,
            value: Pii::new(format!("{domain} {n}")),
        })
        .into()
}

fn client(n: usize, client: ClientId, new: bool) -> StagedClient {
    StagedClient {
        client,
        new,
        source_key: SourceClientKey::new(format!("P{n}")),
        identity: ClientIdentity {
            first_name: Some(Pii::new(format!("First{n}"))),
            last_name: Some(Pii::new(format!("Last{n}"))),
            birth_date: Date::new(1980, 1, 2).map(Pii::new),
            ssn: Some(Pii::new(format!("{n:09}"))),
            ..ClientIdentity::default()
        },
        blocking: keys(n),
    }
}

fn element(n: usize, client: ClientId) -> StagedElement {
    StagedElement {
        id: ElementId::generate(&SystemClock, &SystemEntropy).unwrap(),
        client,
        programme: None,
        element: LabelledElement {
            record: RecordKey::new("Services.csv", format!("S{n}")),
            category: Some(Category::Demographics),
            source_programme: None,
            regimes: WordSet::EMPTY,
            sensitivity: WordSet::EMPTY,
            facts: WordSet::EMPTY,
            as_of: Date::new(2026, 3, 4),
            payload: Payload::new()
                .with("DateProvided", "2026-03-04")
                .with("RecordType", 200)
                .with("TypeProvided", 4)
                .with("OtherTypeProvided", "a note of some length about it")
                .with("FAAmount", 12.5)
                .with("ReferralOutcome", 1)
                .with("Project", format!("project {}", n % 40)),
        },
    }
}

fn entry(size: u64, client: ClientId) -> AuditBatch {
    let event = EventId::generate(&SystemEntropy).unwrap();
    AuditBatch {
        from_size: size,
        entries: vec![NewEntry {
            event,
            kind: 3,
            leaf: vec![1; 212],
            sealed_detail: vec![2; 1_500],
            sealed_facts: vec![3; 2_500],
            wrapped_secret: vec![4; 61],
            client: Some(client),
        }],
        tiles: Vec::new(),
        lists: Vec::new(),
        head: LogHead {
            size: size + 1,
            root: [5; 32],
            checkpoint: "checkpoint".repeat(20),
        },
    }
}

/// Processor time of each thread, by its name and number: what it took, however busy the machine was.
fn cpu_seconds() -> BTreeMap<String, f64> {
    let mut seconds = BTreeMap::new();
    let Ok(threads) = std::fs::read_dir("/proc/self/task") else {
        return seconds;
    };
    for thread in threads {
        let folder = thread.unwrap().path();
        let read = |file| std::fs::read_to_string(folder.join(file)).unwrap_or_default();
        let stat = read("stat");
        let ticks: f64 = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|ticks| ticks.parse::<f64>().ok())
            .sum();
        let number = folder.file_name().unwrap().to_string_lossy().into_owned();
        seconds.insert(format!("{} {number}", read("comm").trim()), ticks / 100.0);
    }
    seconds
}

fn since(before: &BTreeMap<String, f64>) -> String {
    let spent = cpu_seconds()
        .into_iter()
        .map(|(name, after)| (after - before.get(&name).unwrap_or(&0.0), name));
    let busy: Vec<String> = spent
        .filter(|(seconds, _)| *seconds >= 0.02)
        .map(|(seconds, name)| format!("{name} {seconds:.2} s"))
        .collect();
    busy.join(", ")
}

fn rate(count: usize, spent: Duration) -> f64 {
    count as f64 / spent.as_secs_f64()
}

fn spread(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    format!("p50 {:?}, p99 {:?}", at(50), at(99))
}
