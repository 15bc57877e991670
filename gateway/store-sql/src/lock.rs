//! One serving process to one SQLite file: two would each undo what the other is doing.
//!
//! A tool may work beside it (SQLite itself puts writers of several processes in order), but it changes no schema then.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::OpenError;

/// Holds the lock on a database file until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DatabaseLock(File);

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

impl Drop for DatabaseLock {
    /// Closing the file is not enough. The lock is the open file's, and a program that another thread is starting just
    /// then shares it from its fork until its exec, however the file was opened; whoever opens the database meanwhile
    /// would be told that it is in use.
    fn drop(&mut self) {
        // What cannot be undone now, closing undoes.
        self.0.unlock().ok();
    }
}

fn lock_of(database: &Path) -> PathBuf {
    database.with_added_extension("lock")
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_ends_with_its_holder_though_a_program_being_started_shares_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("records.db");
        let held = DatabaseLock::take(&database).unwrap();
        // What a child has between its fork and its exec: the same open file.
        let shared = held.0.try_clone().unwrap();
        assert!(DatabaseLock::take_if_free(&database).unwrap().is_none());
        drop(held);
        assert!(DatabaseLock::take_if_free(&database).unwrap().is_some());
        drop(shared);
    }
}
