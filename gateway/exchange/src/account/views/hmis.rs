//! The trail of HMIS records: every disclosure of them, as far back as the log goes.
//!
//! The 2004 HMIS Data and Technical Standards leave an accounting to what the agency's privacy notice promises (4.2); some
//! promise all of it.

use gateway_audit::detail::Released;
use gateway_types::vocabulary::Regime;

pub(super) const RULE: &str = "HMIS privacy notice (69 FR 45888)";

pub(super) fn lists(released: &Released) -> bool {
    released.regimes.contains(Regime::Hmis)
}
