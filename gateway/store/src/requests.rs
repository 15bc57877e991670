//! Requests for consents, and what each agency whose client it is did about one.

use consent::ConsentRequest;
use gateway_types::{AgencyId, ConsentRequestId, StaffId, Timestamp};

use crate::StoreError;

/// What an agency did about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestAnswer {
    /// It was shown to somebody there.
    Seen,
    /// A form was begun.
    Drafted,
    /// The client said no.
    Declined,
    /// The client could not be reached.
    NotReached,
}

impl RequestAnswer {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Seen, Self::Drafted, Self::Declined, Self::NotReached];

    /// As a word.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Drafted => "drafted",
            Self::Declined => "declined",
            Self::NotReached => "not_reached",
        }
    }

    /// What the word says.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.code() == code)
    }
}

/// How many requests somebody made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedSoFar {
    /// The person.
    pub person: u64,
    /// All of their agency.
    pub agency: u64,
}

/// Requests for consents.
#[async_trait::async_trait]
pub trait RequestStore: Send + Sync {
    /// Keeps a request. One about nobody is kept like any other.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn record_request(&self, request: &ConsentRequest) -> Result<(), StoreError>;

    /// How many a person and their agency made since.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn asked_since(
        &self,
        agency: &AgencyId,
        person: &StaffId,
        since: Timestamp,
    ) -> Result<AskedSoFar, StoreError>;

    /// A request.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn request(&self, id: ConsentRequestId) -> Result<Option<ConsentRequest>, StoreError>;

    /// The requests that are open at `now`, the oldest first, each with what `agency` did about it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn open_requests(
        &self,
        agency: &AgencyId,
        now: Timestamp,
    ) -> Result<Vec<(ConsentRequest, Option<RequestAnswer>)>, StoreError>;

    /// Records what an agency did about a request. That it was seen is recorded once; an answer takes the place of that and
    /// of no other answer.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it was answered before; [`StoreError::Missing`] if there is no such request.
    async fn answer_request(
        &self,
        id: ConsentRequestId,
        agency: &AgencyId,
        answer: RequestAnswer,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
