//! Requests to 311 lines: bound to a place and a time, to nobody's record.

use gateway_types::{AgencyId, ServiceRequest, Spot, Timestamp};

use crate::StoreError;

/// A part of the map, its edges among it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Its corner to the south and west.
    pub south_west: Spot,
    /// Its corner to the north and east.
    pub north_east: Spot,
}

/// A request on file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredServiceRequest {
    /// The line that took it.
    pub source: AgencyId,
    /// The request.
    pub request: ServiceRequest,
}

/// Requests to 311 lines.
#[async_trait::async_trait]
pub trait ServiceRequestStore: Send + Sync {
    /// Keeps requests of one line. One on file is replaced, unless it was changed later than the one that comes. How
    /// many are new or other than before.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn keep_service_requests(
        &self,
        source: &AgencyId,
        requests: &[ServiceRequest],
    ) -> Result<u64, StoreError>;

    /// The requests of all lines in an area made at `since` or later, the newest first, `limit` at most.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn service_requests(
        &self,
        area: Area,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredServiceRequest>, StoreError>;

    /// Takes out what was made before `before`. How many there were.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn forget_service_requests(&self, before: Timestamp) -> Result<u64, StoreError>;
}
