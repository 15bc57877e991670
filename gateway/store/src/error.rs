//! Why a store could not do what was asked, split by what the caller can do about it.

/// A failed store operation. Carries no client data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database did not answer or refused for a passing reason; the caller may try again.
    #[error("the store is not available: {operation}")]
    Unavailable {
        /// What was being done.
        operation: &'static str,
        /// What the database said. Never shown outside.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// What the database holds cannot be: a sealed value that does not open, a word outside its vocabulary.
    #[error("the store holds something impossible in {table}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// What is wrong with it, without any value.
        what: &'static str,
    },
    /// Somebody else changed it first: another version, another head of the log.
    #[error("changed by another in the meantime: {what}")]
    Conflict {
        /// What was changed.
        what: &'static str,
    },
    /// There is no such thing.
    #[error("no such {what}")]
    Missing {
        /// What was asked for.
        what: &'static str,
    },
}

impl StoreError {
    /// An [`StoreError::Unavailable`] with its cause.
    pub fn unavailable(
        operation: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable {
            operation,
            source: Some(source.into()),
        }
    }
}
