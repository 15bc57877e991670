//! The accounting of 42 CFR 2.25: three years, and only what went with the patient's consent.
//!
//! Treatment, payment and operations are in it where they went through an electronic health record (2.25(b)); the gateway
//! is held to be one, so all of them are. What went in an emergency or on an order needed no consent and is not.

use gateway_audit::Detail;
use gateway_audit::detail::Released;

pub(super) const RULE: &str = "42 CFR 2.25";
pub(super) const YEARS: i16 = 3;

pub(in crate::account) fn lists(detail: &Detail, released: &Released) -> bool {
    detail.accounting.part2 && super::is_part2(released) && super::is_consented(released)
}
