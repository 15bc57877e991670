//! Loads on a log: clients that wait for each entry, and entries that come at a fixed rate whatever the answers do.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gateway_audit::{ListKeys, Receipt, VerifierKey};
use gateway_crypto::Secret;
use gateway_exchange::sequencer::{AuditLog, LogKey};
use gateway_store::AuditStore;
use gateway_types::{EventId, SystemClock};
use tests_load::machine::Latencies;
use tokio::task::JoinSet;

use super::invented::Client;
use super::mark::MarkFile;
use super::slow::SlowFlushes;

const SEED: [u8; 32] = [7; 32];
/// Bytes of facts and released elements of a decision, as of an ordinary one.
pub(crate) const ORDINARY: (usize, usize) = (4_000, 10);
/// Of one that is as small as can be.
pub(crate) const SMALL: (usize, usize) = (100, 2);

/// A log as `assent serve` keeps it: SQLite, signatures, client lists, the mark beside it.
pub(crate) struct Logged {
    log: AuditLog,
    pub(crate) store: Arc<dyn AuditStore>,
    keys: ListKeys,
    clients: Vec<Client>,
    next: AtomicUsize,
}

impl Logged {
    pub(crate) async fn open(
        folder: &Path,
        (clients, size): (usize, (usize, usize)),
        extra: Duration,
    ) -> Arc<Self> {
        let (_records, inner) = tests_support::open_stores(folder).await;
        let store: Arc<dyn AuditStore> = Arc::new(SlowFlushes { inner, extra });
        let key = LogKey {
            origin: tests_support::LOG.to_owned(),
            seed: SEED,
        };
        let mark = MarkFile::serving(folder.join("log.mark"));
        let log = AuditLog::open(Arc::clone(&store), key, Arc::new(SystemClock), mark)
            .await
            .expect("the log");
        Arc::new(Self {
            log,
            store,
            keys: ListKeys::of(&Secret::from_bytes(SEED)),
            clients: (0..clients).map(|_| Client::new(size)).collect(),
            next: AtomicUsize::new(0),
        })
    }

    /// Lets go of the log's files.
    pub(crate) async fn close(self: Arc<Self>) {
        let store = Arc::clone(&self.store);
        drop(self);
        // The sequencer's thread ends by itself.
        while Arc::strong_count(&store) > 1 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// A disclosure about each client, so that their labels are known and their lists begun.
    pub(crate) async fn know_all(self: &Arc<Self>) {
        let mut all = JoinSet::new();
        let each = self.clients.len().div_ceil(512);
        for _ in 0..512 {
            let logged = Arc::clone(self);
            all.spawn(async move {
                for _ in 0..each {
                    logged.disclose_and_complete().await;
                }
            });
        }
        all.join_all().await;
    }

    pub(crate) fn verifier(&self) -> &VerifierKey {
        self.log.verifier()
    }

    /// The next client: each comes once before one comes again.
    fn client(&self) -> &Client {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.clients
            .get(number % self.clients.len())
            .expect("there are clients")
    }

    /// How many bytes the store keeps of a disclosure.
    pub(crate) fn stored_size(&self) -> usize {
        self.client().disclosure(&self.keys).stored()
    }

    /// A disclosure's entry and, once it is durable, its receipt; and what is to be completed.
    async fn disclose(&self) -> (Receipt, &Client) {
        let of = self.client();
        let (entry, client, kept) = of.disclosure(&self.keys).part();
        let appended = self.log.append(entry, Some(client)).await.expect("an entry");
        (kept.receipt(&self.keys, &appended), of)
    }

    /// That the answer was sent: at which place that stands.
    async fn complete(&self, of: &Client, event: EventId) -> u64 {
        let (entry, client) = of.completion(event);
        let appended = self.log.append(entry, Some(client)).await.expect("an entry");
        appended.index()
    }

    /// A disclosure from its entry to its completion.
    async fn disclose_and_complete(&self) -> u64 {
        let (receipt, of) = self.disclose().await;
        self.complete(of, receipt.event).await
    }

    /// Fills the log with disclosures and their completions until it has so many entries.
    pub(crate) async fn fill(self: &Arc<Self>, entries: u64) {
        let size = Arc::new(AtomicU64::new(0));
        let mut all = JoinSet::new();
        for _ in 0..512 {
            let (logged, size) = (Arc::clone(self), Arc::clone(&size));
            all.spawn(async move {
                while size.load(Ordering::Relaxed) < entries {
                    let last = logged.disclose_and_complete().await;
                    size.fetch_max(last, Ordering::Relaxed);
                }
            });
        }
        all.join_all().await;
    }
}

/// So many clients, each waiting for its entry before it makes the next, a disclosure and its completion in turn: entries a
/// second, and how long each disclosure took.
pub(crate) async fn closed(logged: &Arc<Logged>, clients: usize, time: Duration) -> (f64, Latencies) {
    let start = Instant::now();
    let mut all = JoinSet::new();
    for _ in 0..clients {
        let logged = Arc::clone(logged);
        all.spawn(async move {
            let mut took = Vec::new();
            while start.elapsed() < time {
                let begun = Instant::now();
                let (receipt, of) = logged.disclose().await;
                took.push(begun.elapsed());
                logged.complete(of, receipt.event).await;
            }
            took
        });
    }
    let took: Vec<Duration> = all.join_all().await.into_iter().flatten().collect();
    let rate = 2.0 * took.len() as f64 / start.elapsed().as_secs_f64();
    (rate, Latencies::of(took))
}

/// Disclosures at a fixed rate, each with its completion after it: how long each took from the moment it was due until its receipt could be sent as JSON.
/// Every hundredth receipt is checked.
pub(crate) async fn open(logged: &Arc<Logged>, rate: u32, time: Duration) -> Latencies {
    let runtime = tokio::runtime::Handle::current();
    let pacing = Arc::clone(logged);
    // A thread of its own keeps the time: the runtime's timer counts in milliseconds.
    let paced = tokio::task::spawn_blocking(move || {
        let start = Instant::now() + Duration::from_millis(10);
        let count = u32::try_from(time.as_secs()).expect("seconds") * rate;
        let mut all = JoinSet::new();
        for number in 0..count {
            let due = start + Duration::from_secs(1) * number / rate;
            wait_until(due);
            let logged = Arc::clone(&pacing);
            let sent = async move {
                let (receipt, of) = logged.disclose().await;
                let text = serde_json::to_vec(&receipt).expect("a receipt as text");
                let took = due.elapsed();
                if number % 100 == 0 {
                    receipt.check(logged.verifier()).expect("a receipt that proves");
                }
                drop(text);
                logged.complete(of, receipt.event).await;
                took
            };
            all.spawn_on(sent, &runtime);
        }
        all
    });
    Latencies::of(paced.await.expect("the pace").join_all().await)
}

/// Sleeps, and for the last moment only looks at the clock.
fn wait_until(due: Instant) {
    const MOMENT: Duration = Duration::from_micros(120);
    loop {
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        if left > MOMENT {
            std::thread::sleep(left - MOMENT);
        } else {
            std::hint::spin_loop();
        }
    }
}
