//! The signer's high-water mark: the newest checkpoint it signed and the store has, noted apart from the database.
//!
//! A database put back to an older state looks sound to itself. The mark shows that it is not: it lies elsewhere (best on
//! another disk, with other backups), and a start that finds less in the store than the mark covers, or something else, is
//! refused. It is written after the batch is durable and by a thread of its own, always the newest only and not more often
//! than the disk takes without delaying the log; after a crash it may lag behind by what was answered in the last
//! hundredth of a second. Receipts and witnesses cover that.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// How long it rests after writing. A file put in place of another costs the disk more than a commit of the log does, and
/// both would wait for each other.
const REST: std::time::Duration = std::time::Duration::from_millis(10);

/// Where the mark is kept.
pub trait HighWater: Send {
    /// The checkpoint noted last; `None` if none was.
    ///
    /// # Errors
    /// An error of reading.
    fn read(&self) -> std::io::Result<Option<String>>;

    /// Notes a checkpoint in place of the last, durably.
    ///
    /// # Errors
    /// An error of writing.
    fn write(&self, checkpoint: &str) -> std::io::Result<()>;
}

/// No mark is kept: for tools that append while the gateway serves, and for trials.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMark;

impl HighWater for NoMark {
    fn read(&self) -> std::io::Result<Option<String>> {
        Ok(None)
    }

    fn write(&self, _: &str) -> std::io::Result<()> {
        Ok(())
    }
}

#[derive(Default)]
struct Slot {
    newest: Option<String>,
    ended: bool,
}

/// Writes the newest checkpoint to the mark, on a thread of its own.
pub struct MarkKeeper {
    slot: Arc<(Mutex<Slot>, Condvar)>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl std::fmt::Debug for MarkKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[keeper of the high-water mark]")
    }
}

impl MarkKeeper {
    /// Starts keeping.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(mark: Box<dyn HighWater>) -> std::io::Result<Self> {
        let slot = Arc::new((Mutex::new(Slot::default()), Condvar::new()));
        let shared = Arc::clone(&slot);
        let thread = std::thread::Builder::new()
            .name("audit-mark".to_owned())
            .spawn(move || keep(&*mark, &shared))?;
        Ok(Self {
            slot,
            thread: Some(thread),
        })
    }

    /// Notes the newest checkpoint, soon.
    pub fn note(&self, checkpoint: &str) {
        let (slot, told) = &*self.slot;
        slot.lock().unwrap_or_else(PoisonError::into_inner).newest = Some(checkpoint.to_owned());
        told.notify_one();
    }
}

impl Drop for MarkKeeper {
    fn drop(&mut self) {
        let (slot, told) = &*self.slot;
        slot.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        told.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

fn keep(mark: &dyn HighWater, (slot, told): &(Mutex<Slot>, Condvar)) {
    loop {
        let mut guard = slot.lock().unwrap_or_else(PoisonError::into_inner);
        while guard.newest.is_none() && !guard.ended {
            guard = told.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
        let Some(newest) = guard.newest.take() else { return };
        drop(guard);
        if let Err(error) = mark.write(&newest) {
            tracing::error!(%error, "the last signed checkpoint could not be noted beside the log");
        }
        let guard = slot.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever ends does not wait for it.
        drop(told.wait_timeout_while(guard, REST, |slot| !slot.ended));
    }
}
