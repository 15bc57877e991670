//! One process to one SQLite file: two would each believe to be the only writer.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::OpenError;

/// Holds the lock on a database file until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DatabaseLock(#[expect(dead_code, reason = "held, never read")] File);

impl DatabaseLock {
    /// Locks `database` through a file beside it, since SQLite's own locks are on the database file itself.
    pub(crate) fn take(database: &Path) -> Result<Self, OpenError> {
        let path = database.with_added_extension("lock");
        let name = || {
            path.file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        };
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|source| OpenError::Lock { file: name(), source })?;
        match lock.try_lock() {
            Ok(()) => Ok(Self(lock)),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { file: name() }),
            Err(TryLockError::Error(source)) => Err(OpenError::Lock { file: name(), source }),
        }
    }
}
