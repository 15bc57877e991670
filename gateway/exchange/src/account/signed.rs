//! The signature of an accounting that is given to a client, over the very bytes that are given.

use gateway_audit::SignedAccounting;
use gateway_crypto::Digest;
use gateway_types::{AgencyId, Timestamp};

use super::NotAccounted;
use super::views::View;
use crate::gateway::Gateway;

impl Gateway {
    /// The note by which the log's key signs an accounting of `agency`, made at `made`, as the bytes `file`.
    ///
    /// # Errors
    /// [`NotAccounted::Fault`].
    pub fn sign_accounting(
        &self,
        agency: &AgencyId,
        view: View,
        made: Timestamp,
        file: &[u8],
    ) -> Result<String, NotAccounted> {
        let accounting = SignedAccounting {
            agency: agency.clone(),
            view: view.code().to_owned(),
            made,
            file: Digest::of(file),
        };
        self.log().sign_accounting(&accounting).map_err(|error| {
            tracing::error!(%error, "an accounting could not be signed");
            NotAccounted::Fault
        })
    }
}
