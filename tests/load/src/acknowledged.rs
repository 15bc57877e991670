//! SIGKILL while HL7 v2 messages come: whatever was acknowledged is on file, and what comes again is not stored twice.
//!
//! Promise 8, "nothing acknowledged is lost".

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use gateway_store::RecordStore;
use gateway_synthetic::agencies as cast;
use gateway_types::{AgencyId, SourceClientKey};
use tests_support::messages::{MessageLine, adt, pid, segment, visit};
use tokio::task::JoinSet;

use crate::process::Setting;

const SENDERS: usize = 4;
/// How many messages each has under way.
const WINDOW: usize = 8;

/// What happened.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Messages acknowledged.
    pub acknowledged: usize,
    /// Messages on their way when the gateway was killed.
    pub cut_off: usize,
}

/// A message: which round, which sender, which of its messages.
type Sent = (usize, usize, usize);

/// Kills a gateway `kills` times, each after a while of at most `longest`.
///
/// # Panics
/// If what was acknowledged is not on file, or what comes again is not answered as before.
pub async fn rounds(folder: &Path, spawn: fn(&Path) -> Command, kills: usize, longest: Duration) -> Outcome {
    let setting = Setting::prepare(folder, spawn);
    let mut outcome = Outcome::default();
    let mut again: Vec<Sent> = Vec::new();
    let mut acknowledged: Vec<Sent> = Vec::new();
    for kill in 0..kills {
        let process = setting.start().await;
        let address = setting.message_line();
        // What the kill before cut off, and one that was answered, come again.
        let mut line = MessageLine::connect(address).await;
        for sent in again.drain(..).chain(acknowledged.last().copied()) {
            let answer = line.exchange(&message(sent)).await;
            assert!(answer.contains("|AA|"), "{answer}");
        }
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            senders.spawn(send(address, kill, sender));
        }
        // Later each time, so that they meet other moments.
        let lives = longest * u32::try_from(kill + 1).expect("few") / u32::try_from(kills).expect("few");
        tokio::time::sleep(lives).await;
        process.kill();
        for (answered, cut_off) in senders.join_all().await {
            outcome.cut_off += cut_off.len();
            acknowledged.extend(answered);
            again.extend(cut_off);
        }
        let (records, _audit) = tests_support::open_stores(folder).await;
        check(&*records, &acknowledged).await;
    }
    outcome.acknowledged = acknowledged.len();
    outcome
}

/// Sends until the connection breaks; returns what was acknowledged and what was not.
async fn send(address: SocketAddr, round: usize, sender: usize) -> (Vec<Sent>, Vec<Sent>) {
    let mut line = MessageLine::connect(address).await;
    let (mut answered, mut waiting) = (Vec::new(), VecDeque::new());
    for number in 0.. {
        line.send(&message((round, sender, number))).await;
        waiting.push_back((round, sender, number));
        if waiting.len() < WINDOW {
            continue;
        }
        let Some(answer) = line.answer().await else {
            break;
        };
        assert!(answer.contains("|AA|"), "{answer}");
        answered.extend(waiting.pop_front());
    }
    // What was answered and not read counts as cut off: it comes again.
    (answered, waiting.into())
}

/// Every two messages are about one client: they may be stored together, or the kill may come between them.
fn key((round, sender, number): Sent) -> String {
    format!("{round}.{sender}.{}", number / 2)
}

/// The first of a client admits them, the second has them discharged.
fn message(sent: Sent) -> String {
    let (round, sender, number) = sent;
    let (key, id) = (key(sent), format!("{round}.{sender}.{number}"));
    let name = format!("Person{}", key.replace('.', "x"));
    let who = pid(&key, "Wanda", &name, "1980-05-06");
    if is_second(sent) {
        let left = segment("PV1", &[(19, &format!("{key}^^^LAKESIDE")), (45, "20261102")]);
        return adt("A03", &id, &[who, left]);
    }
    let diagnosis = segment("DG1", &[(1, "1"), (3, "J18.9^Pneumonia^I10")]);
    adt("A01", &id, &[who, visit(&key), diagnosis])
}

const fn is_second((_, _, number): Sent) -> bool {
    number % 2 == 1
}

/// Everything that was acknowledged is on file, whole and once.
async fn check(records: &dyn RecordStore, acknowledged: &[Sent]) {
    let agency = AgencyId::new(cast::LAKESIDE_HOSPITAL).expect("an id");
    let keys: Vec<SourceClientKey> = (acknowledged.iter())
        .map(|sent| SourceClientKey::new(format!("LAKESIDE|{}", key(*sent))))
        .collect();
    let found = records
        .clients_of_source(&agency, &keys)
        .await
        .expect("the store answers");
    for (sent, client) in acknowledged.iter().zip(found) {
        assert!(
            client.is_some(),
            "{} was acknowledged and is not on file",
            key(*sent)
        );
    }
    // The newest of them, whole.
    for sent in acknowledged.iter().rev().take(20) {
        let keys = [SourceClientKey::new(format!("LAKESIDE|{}", key(*sent)))];
        let found = records
            .clients_of_source(&agency, &keys)
            .await
            .expect("the store answers");
        let client = found.first().copied().flatten();
        let elements = records.elements(client).await.expect("the store answers");
        let of = |kind: &str| {
            elements
                .iter()
                .filter(|element| element.record_kind == kind)
                .count()
        };
        assert_eq!((of("PID"), of("PV1"), of("DG1")), (1, 1, 1), "{}", key(*sent));
        let has_left = (elements.iter())
            .filter(|element| element.record_kind == "PV1")
            .any(|visit| visit.payload.fields().get("status") == Some(&"finished".into()));
        assert!(has_left || !is_second(*sent), "{} was discharged", key(*sent));
    }
}
