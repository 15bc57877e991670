//! Lines of an accounting, out of a client's opened entries: pure.

use gateway_audit::detail::{Outcome, Released};
use gateway_audit::{Ciphertexts, Detail, EntryKind, Leaf, open_entry};
use gateway_crypto::{Secret, Zeroizing};
use gateway_store::StoredEntry;
use gateway_types::{AgencyId, Timestamp, WordSet};

use super::suspensions::Suspensions;
use super::views::{View, Whose};
use super::{AccountLine, NotAccounted, RequestLine};

/// An entry, opened.
pub(super) struct OpenEntry {
    pub(super) stored: StoredEntry,
    pub(super) kind: EntryKind,
    /// Whether it was filed under lists; entries from before there were lists are not.
    pub(super) is_listed: bool,
    pub(super) detail: Detail,
    pub(super) facts: Zeroizing<Vec<u8>>,
}

impl OpenEntry {
    pub(super) fn open(stored: StoredEntry, key: &Secret) -> Result<Self, NotAccounted> {
        let leaf = Leaf::decode(&stored.leaf).map_err(|_| NotAccounted::Fault)?;
        let sealed = Ciphertexts {
            detail: stored.sealed_detail.clone(),
            facts: stored.sealed_facts.clone(),
            wrapped_secret: stored.wrapped_secret.clone(),
        };
        let opened = open_entry(&leaf, key, &sealed).map_err(|error| {
            tracing::error!(%error, index = stored.index, "an audit entry does not open");
            NotAccounted::Fault
        })?;
        Ok(Self {
            kind: leaf.kind,
            is_listed: !leaf.lists.is_empty(),
            detail: opened.detail,
            facts: opened.facts,
            stored,
        })
    }
}

/// For whom, and as what, an accounting is made.
pub(super) struct Seen<'a> {
    pub(super) whose: Whose<'a>,
    pub(super) view: Option<View>,
    pub(super) suspended: &'a Suspensions,
    pub(super) now: Timestamp,
}

/// The lines of one client.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) disclosures: Vec<AccountLine>,
    pub(super) requests: Vec<RequestLine>,
    /// Whether anything of the agency's own records ever went.
    pub(super) own_went: bool,
}

impl Lines {
    pub(super) fn of(entries: &[OpenEntry], seen: &Seen<'_>) -> Self {
        let agency = seen.whose.agency;
        let mut lines = Self::default();
        for entry in entries {
            let detail = &entry.detail;
            match entry.kind {
                EntryKind::Intent => {
                    lines.own_went |= detail.released.iter().any(|one| one.source == *agency);
                    lines.disclosures.extend(seen.line(&entry.stored, detail));
                }
                EntryKind::ConsentRead if seen.view.is_none() => {
                    lines.requests.extend(request_line(&entry.stored, detail, agency));
                }
                EntryKind::Completion => end(&mut lines.disclosures, &entry.stored, detail),
                _ => {}
            }
        }
        lines
    }
}

impl Seen<'_> {
    fn line(&self, entry: &StoredEntry, detail: &Detail) -> Option<AccountLine> {
        let hidden = self.suspended.hides(detail);
        match self.view {
            None => line(entry, detail, self.whose.agency).map(|line| AccountLine {
                suspended_until: hidden,
                ..line
            }),
            Some(view) => line_of(entry, detail, |one| {
                // What went on a ground that may be suspended, and no more: not what went to the same agency in the same answer
                // on another. 42 CFR 2.25(a) takes the suspension over; what it lists went with consent, which has none.
                let kept_back =
                    hidden.is_some() && view != View::Part2 && one.bases.iter().any(policies::is_suspendable);
                !kept_back && view.lists(&self.whose, detail, one, self.now)
            }),
        }
    }
}

/// Notes how the sending of a disclosure ended.
pub(super) fn end(lines: &mut [AccountLine], entry: &StoredEntry, detail: &Detail) {
    if let Some(line) = lines.iter_mut().find(|line| line.event == entry.event) {
        line.outcome = match detail.outcome {
            Some(Outcome::Sent { .. }) => "sent",
            Some(Outcome::Aborted { .. }) => "broken off",
            _ => line.outcome,
        };
    }
}

/// The line of a request that was shown to somebody of the agency.
fn request_line(entry: &StoredEntry, detail: &Detail, agency: &AgencyId) -> Option<RequestLine> {
    // Only that a request was shown names those who asked; a consultation names an audience and no holder.
    let shown_to = detail.holders.first();
    let asked_by = detail.audience.first()?;
    (shown_to == Some(agency)).then_some(RequestLine {
        index: entry.index,
        event: entry.event,
        at: detail.occurred_at,
        asked_by: asked_by.agency.clone(),
        person: asked_by.person.clone(),
        purpose: detail.purpose,
    })
}

/// The line of an entry as an agency's officer may see it; `None` if it is not the agency's affair.
pub(super) fn line(entry: &StoredEntry, detail: &Detail, agency: &AgencyId) -> Option<AccountLine> {
    let asked = detail
        .requester
        .as_ref()
        .is_some_and(|party| party.agency == *agency);
    line_of(entry, detail, |released| asked || released.source == *agency)
        .or_else(|| asked.then(|| line_with(entry, detail, &[])))
}

/// The line of an entry with the elements that belong to it; `None` if none does.
fn line_of(entry: &StoredEntry, detail: &Detail, belongs: impl Fn(&Released) -> bool) -> Option<AccountLine> {
    let theirs: Vec<_> = detail.released.iter().filter(|one| belongs(one)).collect();
    (!theirs.is_empty()).then(|| line_with(entry, detail, &theirs))
}

fn line_with(entry: &StoredEntry, detail: &Detail, theirs: &[&Released]) -> AccountLine {
    let mut sources: Vec<AgencyId> = theirs.iter().map(|released| released.source.clone()).collect();
    sources.sort_unstable();
    sources.dedup();
    let bases = theirs.iter().flat_map(|released| released.bases.iter()).collect();
    // A notice would tell an officer of one source about the records of another.
    let all_theirs = theirs.len() == detail.released.len();
    AccountLine {
        index: entry.index,
        event: entry.event,
        at: detail.occurred_at,
        recipient: detail.requester.as_ref().map(|party| party.agency.clone()),
        person: detail.requester.as_ref().and_then(|party| party.person.clone()),
        purpose: detail.purpose,
        response: detail.response,
        categories: theirs.iter().map(|released| released.category).collect(),
        bases,
        notices: if all_theirs {
            detail.notices
        } else {
            WordSet::EMPTY
        },
        sources,
        outcome: "unknown",
        suspended_until: None,
    }
}

#[cfg(test)]
mod tests;
