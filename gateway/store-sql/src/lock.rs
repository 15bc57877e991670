//! One serving process to one SQLite file: two would each undo what the other is doing.
//!
//! A tool may work beside it (SQLite itself puts writers of several processes in order), but it changes no schema then.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::OpenError;

/// Holds the lock on a database file until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DatabaseLock(#[expect(dead_code, reason = "held, never read")] File);

impl DatabaseLock {
    /// Locks `database` through a file beside it, since SQLite's own locks are on the database file itself.
    pub(crate) fn take(database: &Path) -> Result<Self, OpenError> {
        Self::take_if_free(database)?.ok_or_else(|| OpenError::InUse {
            file: name_of(&lock_of(database)),
        })
    }

    /// The same; `None` if another process has it.
    pub(crate) fn take_if_free(database: &Path) -> Result<Option<Self>, OpenError> {
        let path = lock_of(database);
        let name = || name_of(&path);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| OpenError::Lock { file: name(), source })?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self(lock))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(OpenError::Lock { file: name(), source }),
        }
    }
}

fn lock_of(database: &Path) -> PathBuf {
    database.with_added_extension("lock")
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
