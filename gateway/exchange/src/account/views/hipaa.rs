//! The accounting of 45 CFR 164.528: six years, and only what went in the public interest.
//!
//! (a)(1) leaves out treatment, payment and operations, what went to the individual, under an authorization, to family or
//! a directory (510), to a jail for custody ((k)(5)) and limited data sets: none of these is a ground of 164.512 that the
//! policy engine counts. What went to an agency for health oversight or to the police is in it.

use gateway_audit::Detail;
use gateway_audit::detail::Released;
use gateway_types::vocabulary::Regime;

pub(super) const RULE: &str = "45 CFR 164.528";
pub(super) const YEARS: i16 = 6;

pub(in crate::account) fn lists(detail: &Detail, released: &Released) -> bool {
    detail.accounting.hipaa
        && released.regimes.contains(Regime::Hipaa)
        && released.bases.iter().any(policies::is_public_interest)
}
