//! Which of its client's lists a disclosure is filed under (45 CFR 164.528, 42 CFR 2.25): by the views themselves, so that a
//! list holds exactly the entries that its accounting has a line of.
//!
//! One element that may be suspended (164.528(a)(2)) makes the whole disclosure one: its entry is one, and a list that is
//! proved to the client must not tell of it.

use gateway_audit::Detail;
use gateway_audit::lists::{Class, ListName};
use gateway_types::AgencyId;

use super::views::{hipaa, part2};

/// The lists that a disclosure belongs to, by what its entry says; at least one for each agency whose records went.
pub(crate) fn lists_of(detail: &Detail) -> Vec<ListName> {
    let mut sources: Vec<&AgencyId> = detail.released.iter().map(|released| &released.source).collect();
    sources.sort_unstable();
    sources.dedup();
    let suspendable = may_be_suspended(detail);
    let mut lists = Vec::new();
    for source in sources {
        let list = |class, recipient| ListName {
            class,
            source: source.clone(),
            recipient,
        };
        if suspendable {
            let recipient = detail.requester.as_ref().map(|party| party.agency.clone());
            lists.push(list(Class::Suspendable, recipient));
            continue;
        }
        let of_source = || {
            detail
                .released
                .iter()
                .filter(|released| released.source == *source)
        };
        let hipaa = of_source().any(|one| hipaa::lists(detail, one));
        let part2 = of_source().any(|one| part2::lists(detail, one));
        lists.extend(hipaa.then(|| list(Class::Hipaa, None)));
        lists.extend(part2.then(|| list(Class::Part2, None)));
        if !hipaa && !part2 {
            lists.push(list(Class::Other, None));
        }
    }
    lists
}

/// Whether an agency may have the whole disclosure kept from an accounting for a time.
pub(crate) fn may_be_suspended(detail: &Detail) -> bool {
    detail
        .released
        .iter()
        .flat_map(|released| released.bases.iter())
        .any(policies::is_suspendable)
}

#[cfg(test)]
mod tests;
