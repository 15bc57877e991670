//! Criminal justice information passed on to another agency: CJIS Security Policy 5.1.3, 28 CFR 20.21 want it logged.

use gateway_audit::detail::Released;
use gateway_types::vocabulary::Regime;

pub(super) const RULE: &str = "CJIS Security Policy 5.1.3; 28 CFR 20.21";

pub(super) fn lists(released: &Released) -> bool {
    released
        .regimes
        .contains_any(&[Regime::Chri, Regime::Ncicr, Regime::Cji])
}
