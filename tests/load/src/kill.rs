//! SIGKILL under load, at each step of the append path in turn and at random moments: whatever a client received in full is
//! in the log, and the log is whole.
//!
//! Promise 2, "no record, no release", where it is hardest to keep. SIGKILL takes the process, not the machine: what
//! was handed to the kernel survives. That it reaches the disk is a matter of the store's settings, which it checks
//! when it opens, and of the rate of syncs, which the load report shows.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use gateway_audit::export::{Exporter, LogFiles};
use gateway_audit::{Checkpoint, Ciphertexts, EntryKind, Leaf, open_entry, verify_log};
use gateway_crypto::SystemEntropy;
use gateway_http::Caller;
use gateway_store::{AuditStore, RecordStore, StoredEntry};
use gateway_synthetic::{Town, agencies as cast};
use gateway_types::{AgencyId, Clock as _, Entropy as _, EventId, SourceClientKey, SystemClock};
use tests_support::{CLINICIAN, OUTREACH_OFFICER};
use tokio::task::JoinSet;

use crate::process::{Process, SEED, Setting};
use crate::questions::{Expected, Promise, question};
use crate::served::MARK;
use crate::steps::{Aim, Step};

/// How long a transaction may take in which a gateway is killed.
const WITHIN: Duration = Duration::from_millis(1);

/// What to do, how often.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    /// How many times the gateway is killed.
    pub kills: usize,
    /// How many clients ask at once.
    pub clients: usize,
    /// How many people the town has.
    pub people: usize,
    /// The longest a gateway lives under load.
    pub longest: Duration,
    /// The log is verified as a whole after every so many kills, and after the last.
    pub verify_every: usize,
}

/// What happened.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Answers that a client received in full.
    pub answers: u64,
    /// Of these, answers with elements.
    pub released: u64,
    /// Calls that a kill broke off.
    pub broken_off: u64,
    /// Disclosures that a kill left open, each closed at the next start.
    pub left_open: u64,
    /// Entries in the log at the end.
    pub entries: u64,
    /// The longest a gateway took until it listened.
    pub slowest_start: Duration,
    /// How many times it was killed at each step.
    pub kills: BTreeMap<Step, usize>,
}

/// An answer received in full, and whom it was about.
pub(crate) struct Received {
    pub(crate) promise: Promise,
    pub(crate) about: Option<String>,
}

/// Kills a gateway again and again.
///
/// # Panics
/// If an answer has no entry, the log is not whole, a disclosure stays open, or a start fails.
pub async fn rounds(folder: &Path, spawn: fn(&Path) -> Command, rounds: Rounds) -> Outcome {
    let setting = Setting::prepare(folder, spawn);
    let town = Town::new(SEED, rounds.people, SystemClock.now().date());
    fill(&setting, &town).await;

    let mut outcome = Outcome::default();
    let mut open_before: Vec<EventId> = Vec::new();
    for kill in 1..=rounds.kills {
        let step = *Step::ALL.iter().cycle().nth(kill - 1).expect("a step");
        aim(step, !open_before.is_empty()).lay_down(folder);
        *outcome.kills.entry(step).or_default() += 1;
        let mut received = Vec::new();
        if step.is_at_the_start() {
            setting.start_and_die().await;
        } else {
            let process = setting.start().await;
            outcome.slowest_start = outcome.slowest_start.max(process.started_in);
            received = load_and_kill(&setting, process, &town, (step, rounds), &mut outcome).await;
        }
        let (records, audit) = tests_support::open_stores(folder).await;
        check_answers(&*records, &*audit, &received).await;
        check_noted(&setting, &*audit).await;
        if !step.is_at_the_start() {
            check_closed(&*audit, &open_before).await;
        }
        if kill % rounds.verify_every == 0 || kill == rounds.kills {
            outcome.entries = verify(&setting, &*audit).await;
        }
        open_before = open(&*audit).await;
        outcome.left_open += open_before.len() as u64;
    }
    // The last start closes what the last kill left open.
    aim(Step::AnyMoment, true).lay_down(folder);
    setting.start().await.kill();
    let (_records, audit) = tests_support::open_stores(folder).await;
    check_closed(&*audit, &open_before).await;
    assert!(open(&*audit).await.is_empty(), "a disclosure stays open");
    outcome.entries = verify(&setting, &*audit).await;
    outcome
}

/// How the next gateway is to be killed.
fn aim(step: Step, some_open: bool) -> Aim {
    assert!(
        some_open || !step.is_at_the_start(),
        "nothing was left open to be met at a start"
    );
    let mut chance = [0u8; 3];
    SystemEntropy.fill(&mut chance).expect("randomness");
    let [time, high, low] = chance;
    Aim {
        step,
        // At a start the first is the one that is sure to come; the marks of a start come before it listens.
        time: match step {
            step if step.is_at_the_start() => 1,
            Step::BeforeTheMark | Step::AfterTheMark => 30 + u32::from(time % 16),
            _ => 1 + u32::from(time % 16),
        },
        into: WITHIN.mul_f64(f64::from(u16::from_be_bytes([high, low])) / f64::from(u16::MAX)),
    }
}

/// The signer's note is never ahead of the store.
async fn check_noted(setting: &Setting, audit: &dyn AuditStore) {
    let noted = std::fs::read_to_string(setting.folder.join(MARK)).expect("a note");
    let noted = Checkpoint::open(&noted, &setting.log_key()).expect("a note").head;
    let held = audit.head().await.expect("a head").map_or(0, |head| head.size);
    assert!(
        noted.size <= held,
        "noted {}, and the store holds {held}",
        noted.size
    );
}

pub(crate) async fn fill(setting: &Setting, town: &Town) {
    let process = setting.start().await;
    let mut export = std::io::Cursor::new(Vec::new());
    gateway_synthetic::write_hmis_zip(town, &mut export).expect("an export");
    let kind = ("hmis-csv", "application/zip");
    setting
        .push(&process, cast::RIVERTON_HMIS, kind, export.into_inner(), |_| {})
        .await;
    setting.push_the_rest(&process).await;
    process.kill();
}

/// Lets clients ask until the gateway is killed, and returns what they received.
async fn load_and_kill(
    setting: &Setting,
    mut process: Process,
    town: &Town,
    (step, rounds): (Step, Rounds),
    outcome: &mut Outcome,
) -> Vec<Received> {
    let callers = Arc::new([
        setting.person(&process, CLINICIAN),
        setting.person(&process, OUTREACH_OFFICER),
    ]);
    let mut clients = JoinSet::new();
    for client in 0..rounds.clients {
        clients.spawn(ask_until_broken(
            Arc::clone(&callers),
            *town,
            client,
            rounds.clients,
        ));
    }
    if step == Step::AnyMoment {
        tokio::time::sleep(moment(rounds.longest)).await;
        process.kill();
    } else {
        process.has_killed_itself().await;
    }
    let mut received = Vec::new();
    for (answers, broken_off) in clients.join_all().await {
        outcome.broken_off += broken_off;
        received.extend(answers);
    }
    outcome.answers += received.len() as u64;
    outcome.released += received
        .iter()
        .filter(|answer| answer.promise.elements > 0)
        .count() as u64;
    received
}

/// One client: connects, asks one question after another, and stops when the connection breaks.
async fn ask_until_broken(
    callers: Arc<[Caller; 2]>,
    town: Town,
    from: usize,
    step: usize,
) -> (Vec<Received>, u64) {
    let mut received = Vec::new();
    let [clinician, officer] = &*callers;
    let (Ok(mut of_clinician), Ok(mut of_officer)) = (clinician.connect().await, officer.connect().await)
    else {
        return (received, 0);
    };
    for number in (from..).step_by(step) {
        let question = question(number, &town);
        let connection = if question.by.agency == OUTREACH_OFFICER.agency {
            &mut of_officer
        } else {
            &mut of_clinician
        };
        let answer = connection
            .call("POST", "/v1/disclosures", "application/json", question.body)
            .await;
        let Ok(answer) = answer else { break };
        let promise = Promise::of(&answer);
        if question.expected != Expected::Released {
            assert_eq!(promise.elements, 0, "elements about {:?}", question.expected);
        }
        received.push(Received {
            promise,
            about: question.about,
        });
    }
    (received, 1)
}

/// Some moment before `longest`.
fn moment(longest: Duration) -> Duration {
    let mut bytes = [0u8; 4];
    SystemEntropy.fill(&mut bytes).expect("randomness");
    longest.mul_f64(f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
}

/// Each answer has its entry: in its place, with its leaf, saying what was sent.
pub(crate) async fn check_answers(records: &dyn RecordStore, audit: &dyn AuditStore, received: &[Received]) {
    let size = audit.head().await.expect("a head").map_or(0, |head| head.size);
    for answer in received {
        let promise = &answer.promise;
        assert_eq!(
            promise.received, promise.promised,
            "the receipt is of other bytes"
        );
        assert!(promise.index < size, "an answer is not covered by the head");
        let entries = audit.entries_of_event(promise.event).await.expect("entries");
        let entry = entries.first().expect("an answer has no entry");
        assert_eq!(entry.index, promise.index);
        assert_eq!(gateway_audit::tree::leaf_hash(&entry.leaf), promise.leaf_hash);
        assert_eq!(
            recorded_digest(records, entry, answer.about.as_deref()).await,
            Some(promise.received),
            "the entry is about other bytes"
        );
    }
}

/// The digest of what was sent, as the entry has it.
async fn recorded_digest(
    records: &dyn RecordStore,
    entry: &StoredEntry,
    about: Option<&str>,
) -> Option<gateway_crypto::Digest> {
    let leaf = Leaf::decode(&entry.leaf).expect("a leaf");
    let mut client = None;
    if let Some(key) = about {
        let source = AgencyId::new(cast::RIVERTON_HMIS).expect("an id");
        let found = records
            .clients_of_source(&source, &[SourceClientKey::new(key)])
            .await;
        client = found.expect("an answer").into_iter().next().flatten();
    }
    // Somebody of whom the gateway was not sure is nobody to it.
    for client in [client, None] {
        let key = records.client_key(client).await.expect("a key");
        if let Ok(opened) = open_entry(&leaf, &key, &ciphertexts(entry)) {
            return opened.detail.body;
        }
    }
    None
}

/// What was open before the last start was closed by it, as a recovery.
async fn check_closed(audit: &dyn AuditStore, open_before: &[EventId]) {
    for event in open_before {
        let entries = audit.entries_of_event(*event).await.expect("entries");
        let kinds: Vec<u8> = entries.iter().map(|entry| entry.kind).collect();
        assert!(
            kinds.contains(&EntryKind::Recovery.number()),
            "an open disclosure was not closed at the start: it has the entries {kinds:?}"
        );
    }
}

async fn open(audit: &dyn AuditStore) -> Vec<EventId> {
    let open = audit.open_intents(10_000).await.expect("open intents");
    open.iter().map(|entry| entry.event).collect()
}

/// Exports the log, verifies it with nothing but its key, and returns how many entries it has.
pub(crate) async fn verify(setting: &Setting, audit: &dyn AuditStore) -> u64 {
    let head = audit.head().await.expect("a head").expect("entries");
    let mut exporter = Exporter::new();
    let mut files = Exported::default();
    while files.entries < head.size {
        for entry in audit.entries(files.entries, 5_000).await.expect("entries") {
            let written = exporter
                .push(&entry.leaf, Some(&ciphertexts(&entry)))
                .expect("an export");
            files
                .files
                .extend(written.into_iter().map(|file| (file.path, file.bytes)));
            files.entries += 1;
        }
    }
    let last = exporter.finish(&head.checkpoint).expect("an export");
    files
        .files
        .extend(last.into_iter().map(|file| (file.path, file.bytes)));
    let verified = verify_log(&files, &setting.log_key(), None);
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
    assert_eq!(verified.entries, head.size);
    head.size
}

#[derive(Default)]
struct Exported {
    files: BTreeMap<String, Vec<u8>>,
    entries: u64,
}

impl LogFiles for Exported {
    fn read(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        Ok(self.files.get(path).cloned())
    }
}

fn ciphertexts(entry: &StoredEntry) -> Ciphertexts {
    Ciphertexts {
        detail: entry.sealed_detail.clone(),
        facts: entry.sealed_facts.clone(),
        wrapped_secret: entry.wrapped_secret.clone(),
    }
}
