//! What the disk gives without a log: single flushes, and a flat journal with group commit.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use tests_load::machine::Latencies;
use tokio::sync::{mpsc, oneshot};

/// How large the preallocated files are. What is written begins anew at the end.
const LENGTH: u64 = 64 << 20;
const PAGE: usize = 4096;

/// A file whose blocks are there, so that a flush writes the data and nothing about the file.
fn preallocated(folder: &Path) -> File {
    let file = tempfile::tempfile_in(folder).expect("a file");
    let block = vec![1u8; 1 << 20];
    for at in (0..LENGTH).step_by(block.len()) {
        file.write_all_at(&block, at).expect("a written file");
    }
    file.sync_all().expect("a flushed file");
    file
}

/// One page written and flushed, again and again: the most durable writes one after another that this disk gives. `extra`
/// is waited for after each.
pub(crate) fn flushes(folder: &Path, time: Duration, extra: Duration) -> (f64, Latencies) {
    let file = preallocated(folder);
    let page = [7u8; PAGE];
    let (start, mut took) = (Instant::now(), Vec::new());
    while start.elapsed() < time {
        let begun = Instant::now();
        let at = (took.len() as u64 * PAGE as u64) % LENGTH;
        file.write_all_at(&page, at).expect("a written page");
        file.sync_data().expect("a flushed page");
        if !extra.is_zero() {
            std::thread::sleep(extra);
        }
        took.push(begun.elapsed());
    }
    let rate = took.len() as f64 / start.elapsed().as_secs_f64();
    (rate, Latencies::of(took))
}

type Waiting = (Vec<u8>, oneshot::Sender<()>);

/// A flat journal: one thread writes what has queued up and flushes once, as the sequencer does, and nothing else. How
/// many records of `size` bytes it takes in a second from so many clients that wait for each.
pub(crate) async fn journal(folder: &Path, clients: usize, size: usize, time: Duration) -> f64 {
    let file = preallocated(folder);
    let (queue, waiting) = mpsc::channel::<Waiting>(4096);
    let writer = std::thread::spawn(move || write(&file, waiting));
    let start = Instant::now();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let queue = queue.clone();
        all.spawn(async move {
            let mut count = 0u64;
            while start.elapsed() < time {
                let (reply, done) = oneshot::channel();
                queue.send((vec![7u8; size], reply)).await.expect("a journal");
                done.await.expect("a journal");
                count += 1;
            }
            count
        });
    }
    drop(queue);
    let count: u64 = all.join_all().await.into_iter().sum();
    let rate = count as f64 / start.elapsed().as_secs_f64();
    writer.join().expect("the journal's thread");
    rate
}

fn write(file: &File, mut waiting: mpsc::Receiver<Waiting>) {
    let mut at = 0;
    while let Some((mut bytes, reply)) = waiting.blocking_recv() {
        let mut replies = vec![reply];
        while let Ok((more, reply)) = waiting.try_recv() {
            bytes.extend(more);
            replies.push(reply);
        }
        if at + bytes.len() as u64 > LENGTH {
            at = 0;
        }
        file.write_all_at(&bytes, at).expect("a written record");
        file.sync_data().expect("a flushed record");
        at += bytes.len() as u64;
        for reply in replies {
            let _gone = reply.send(());
        }
    }
}
