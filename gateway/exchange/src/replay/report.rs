//! What a replay tells: numbers, places in the log, agencies and words of the vocabulary. Nobody's name.

use std::collections::BTreeMap;
use std::fmt;

use gateway_types::vocabulary::{Category, PurposeOfUse};
use gateway_types::{AgencyId, EventId, Timestamp, Word as _};
use serde::Serialize;

/// Which way an answer would have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Released under the draft, withheld as it was.
    NewlyReleased,
    /// Withheld under the draft, released as it was.
    NoLongerReleased,
    /// Let through the gates under the draft; what then would have been released was not looked up.
    NewlyAdmitted,
    /// Refused at the gates under the draft.
    NoLongerAdmitted,
}

impl Direction {
    const fn in_words(self) -> &'static str {
        match self {
            Self::NewlyReleased => "newly released",
            Self::NoLongerReleased => "no longer released",
            Self::NewlyAdmitted => "newly let through the gates",
            Self::NoLongerAdmitted => "no longer let through the gates",
        }
    }
}

/// One thing that would be otherwise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    pub(super) direction: Direction,
    pub(super) recipient: AgencyId,
    pub(super) purpose: PurposeOfUse,
    pub(super) category: Option<Category>,
}

/// A decision that does not come out as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unlike {
    /// The entry's number in the log.
    pub index: u64,
    /// The event.
    pub event: EventId,
    /// In what.
    pub what: Vec<&'static str>,
}

/// What a draft would have changed for one recipient, purpose and category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Which way.
    pub direction: Direction,
    /// The agency that received, or did not.
    pub recipient: AgencyId,
    /// What for.
    pub purpose: PurposeOfUse,
    /// What; `None` at the gates.
    pub category: Option<Category>,
    /// How many elements, or requests.
    pub count: u64,
    /// The decisions concerned: number in the log and event.
    pub entries: Vec<(u64, EventId)>,
}

/// What came out of a replay.
#[derive(Clone, Debug, Serialize)]
pub struct ReplayReport {
    /// From when on.
    pub since: Timestamp,
    /// The drafts: agreement and digest.
    pub drafts: Vec<String>,
    /// The rules of this release.
    pub rule_set: gateway_crypto::Digest,
    /// How many decisions were worked out again.
    pub decisions: u64,
    /// How many came out as they were recorded.
    pub same: u64,
    /// Those that did not, although the rules were the same.
    pub unlike: Vec<Unlike>,
    /// How many were decided by the rules of another release; what these said cannot be worked out by this one.
    pub other_rules: u64,
    /// Entries whose set of agreements is not in the history.
    pub unknown_set: Vec<u64>,
    /// Refusals that rested on no facts: somebody in the audience was not registered.
    pub without_facts: u64,
    /// What the drafts would have changed.
    pub changes: Vec<Changed>,
    /// In how many decisions.
    pub changed_decisions: u64,
}

impl ReplayReport {
    pub(super) fn new(since: Timestamp, drafts: Vec<String>) -> Self {
        Self {
            since,
            drafts,
            rule_set: policies::rule_set_hash(),
            decisions: 0,
            same: 0,
            unlike: Vec::new(),
            other_rules: 0,
            unknown_set: Vec::new(),
            without_facts: 0,
            changes: Vec::new(),
            changed_decisions: 0,
        }
    }

    /// Counts what would have changed in one decision.
    pub(super) fn count(&mut self, index: u64, event: EventId, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.changed_decisions += 1;
        let mut counted: BTreeMap<Change, u64> = BTreeMap::new();
        for change in changes {
            *counted.entry(change).or_default() += 1;
        }
        for (change, count) in counted {
            let known = self.changes.iter_mut().find(|known| {
                known.direction == change.direction
                    && known.recipient == change.recipient
                    && known.purpose == change.purpose
                    && known.category == change.category
            });
            if let Some(known) = known {
                known.count += count;
                known.entries.push((index, event));
            } else {
                self.changes.push(Changed {
                    direction: change.direction,
                    recipient: change.recipient,
                    purpose: change.purpose,
                    category: change.category,
                    count,
                    entries: vec![(index, event)],
                });
            }
        }
    }

    /// Whether every decision could be worked out and came out as it was recorded.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.unlike.is_empty() && self.unknown_set.is_empty()
    }
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} decisions since {}: {} come out as they were recorded.",
            self.decisions, self.since, self.same
        )?;
        for unlike in &self.unlike {
            writeln!(
                f,
                "- entry {} (event {}) does NOT come out as it was recorded: {}",
                unlike.index,
                unlike.event,
                unlike.what.join(", ")
            )?;
        }
        for index in &self.unknown_set {
            writeln!(
                f,
                "- entry {index}: the agreements of its day are not in the history"
            )?;
        }
        if self.other_rules > 0 {
            writeln!(
                f,
                "{} were decided by the rules of another release; use that release to work them out. This one has {}.",
                self.other_rules, self.rule_set
            )?;
        }
        if self.without_facts > 0 {
            writeln!(
                f,
                "{} refusals rested on no facts: somebody in the audience was not registered.",
                self.without_facts
            )?;
        }
        if self.drafts.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "Under {}, {} of them would have been answered otherwise.",
            self.drafts.join(" and "),
            self.changed_decisions
        )?;
        for change in &self.changes {
            let category = change.category.map_or("request", |category| category.code());
            let entries: Vec<String> = change
                .entries
                .iter()
                .take(8)
                .map(|(index, _)| index.to_string())
                .collect();
            let more = change.entries.len().saturating_sub(entries.len());
            writeln!(
                f,
                "- {} to {} for {}: {category}, {} (entries {}{})",
                change.direction.in_words(),
                change.recipient,
                change.purpose.code(),
                change.count,
                entries.join(", "),
                if more > 0 {
                    format!(" and {more} more")
                } else {
                    String::new()
                }
            )?;
        }
        Ok(())
    }
}
