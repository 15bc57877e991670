//! Requests for accountings: when one was received, by when it is owed, and when it was given (45 CFR 164.528(c)).

use gateway_types::{AgencyId, ClientId, Date, EventId, Pii, SourceClientKey, StaffId};

use crate::StoreError;

/// A client's request for an accounting, as it stands.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountingRequest {
    /// Its id: the event of its entry in the log.
    pub id: EventId,
    /// How often it was recorded: 1 for a new one.
    pub version: u32,
    /// The agency that owes it.
    pub agency: AgencyId,
    /// The client.
    pub client: ClientId,
    /// As the agency knows them.
    pub own_key: SourceClientKey,
    /// Which accounting, by its word.
    pub view: String,
    /// The day it was received.
    pub received: Date,
    /// The day by which it is owed.
    pub due: Date,
    /// Why it was put off, if it was: what the client is told in writing.
    pub put_off: Option<Pii<String>>,
    /// The day it was given.
    pub given: Option<Date>,
    /// Whether the law wants it free of charge.
    pub free: bool,
    /// Who took it down.
    pub by: StaffId,
}

impl std::fmt::Debug for AccountingRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[accounting request {}]", self.id)
    }
}

/// Requests for accountings.
#[async_trait::async_trait]
pub trait AccountingRequestStore: Send + Sync {
    /// Records a request as it stands now; its version is the one it must become. What else names it stays as it was.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if another change was recorded first.
    async fn record_accounting_request(&self, request: &AccountingRequest) -> Result<(), StoreError>;

    /// A request.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn accounting_request(&self, id: EventId) -> Result<Option<AccountingRequest>, StoreError>;

    /// The requests that an agency still owes an answer, the first due first, those after the request `after`, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn owed_accountings(
        &self,
        agency: &AgencyId,
        after: Option<EventId>,
        limit: u32,
    ) -> Result<Vec<AccountingRequest>, StoreError>;

    /// How many requests of a client for this accounting the agency received on `since` or later.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn accountings_asked_since(
        &self,
        agency: &AgencyId,
        client: ClientId,
        view: &str,
        since: Date,
    ) -> Result<u64, StoreError>;
}
