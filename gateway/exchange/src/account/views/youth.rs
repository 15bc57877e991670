//! Who reviewed the records of a youth in a runaway or homeless youth project (45 CFR 1351.21): they may be told.

use gateway_audit::detail::Released;
use gateway_types::vocabulary::Regime;

pub(super) const RULE: &str = "45 CFR 1351.21";

pub(super) fn lists(released: &Released) -> bool {
    released.regimes.contains(Regime::Rhy)
}
