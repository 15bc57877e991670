//! The list of 42 CFR 2.24: to whom an intermediary passed records on by consent, three years back.
//!
//! Only where the registry says that the gateway is an intermediary to the agency; to a business associate's or a
//! service organisation's patients nobody owes this list. It may hold more than went by a general designation, never less.

use gateway_audit::Detail;
use gateway_audit::detail::Released;
use gateway_types::registry::Agency;
use gateway_types::vocabulary::GatewayRole;

pub(super) const RULE: &str = "42 CFR 2.24";
pub(super) const YEARS: i16 = 3;

pub(super) fn lists(agency: Option<&Agency>, detail: &Detail, released: &Released) -> bool {
    agency.is_some_and(|agency| agency.gateway_role == Some(GatewayRole::Intermediary))
        && super::part2::lists(detail, released)
}
