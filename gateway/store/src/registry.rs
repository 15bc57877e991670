//! The registry of agencies: every version is kept, the newest counts.

use gateway_types::registry::Agency;
use gateway_types::{AgencyId, StaffId, Timestamp};

use crate::StoreError;

/// One version of an agency's registration.
#[derive(Clone, Debug)]
pub struct RegistryVersion {
    /// 1 for the first.
    pub version: u32,
    /// When it was entered.
    pub entered_at: Timestamp,
    /// Who entered it, and who approved it: two different people for every change after the first set-up.
    pub entered_by: Vec<StaffId>,
    /// What it says.
    pub agency: Agency,
}

/// Agencies and their registrations.
#[async_trait::async_trait]
pub trait RegistryStore: Send + Sync {
    /// Enters a new version of an agency's registration; the same content again enters nothing and returns the
    /// version that stands.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn enter_agency(
        &self,
        agency: &Agency,
        entered_at: Timestamp,
        entered_by: &[StaffId],
    ) -> Result<RegistryVersion, StoreError>;

    /// The newest version of every agency, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn agencies(&self) -> Result<Vec<RegistryVersion>, StoreError>;

    /// Every version of one agency, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn agency_history(&self, agency: &AgencyId) -> Result<Vec<RegistryVersion>, StoreError>;
}
