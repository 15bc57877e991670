//! Finds the one person whom a question means, or nobody.

use std::collections::BTreeMap;

use gateway_types::ClientId;

use crate::compare::{Explanation, compare};
use crate::particulars::Particulars;
use crate::weights::Thresholds;

/// Whom a question means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchOutcome {
    /// One client, and why.
    Unique {
        /// The client.
        client: ClientId,
        /// Why.
        explanation: Explanation,
    },
    /// More than one could be meant, so none is.
    Ambiguous,
    /// Nobody.
    None,
}

/// Finds the one client whom `question` means among `candidates`. A client may be among them several times, once for
/// each source that knows them; the best of these counts.
#[must_use]
pub fn find_one(
    question: &Particulars,
    candidates: &[(ClientId, Particulars)],
    thresholds: &Thresholds,
) -> MatchOutcome {
    if !question.suffices() {
        return MatchOutcome::None;
    }
    let mut best_of: BTreeMap<ClientId, Explanation> = BTreeMap::new();
    let mut contradicted = Vec::new();
    for (client, particulars) in candidates {
        let explanation = compare(question, particulars);
        if explanation.contradiction.is_some() {
            contradicted.push((*client, explanation.total));
            continue;
        }
        match best_of.get(client) {
            Some(best) if best.total >= explanation.total => {}
            _ => {
                best_of.insert(*client, explanation);
            }
        }
    }
    let mut ranked: Vec<(ClientId, Explanation)> = best_of.into_iter().collect();
    ranked.sort_by_key(|(_, explanation)| std::cmp::Reverse(explanation.total));
    let mut ranked = ranked.into_iter();
    let Some((client, explanation)) = ranked.next() else {
        return MatchOutcome::None;
    };
    if explanation.total < thresholds.accept {
        return MatchOutcome::None;
    }
    // A contradicted candidate is no match, and still makes the field doubtful if the sum speaks for it as much.
    let rivals = ranked.map(|(_, rival)| rival.total).chain(
        contradicted
            .into_iter()
            .filter(|(rival, _)| *rival != client)
            .map(|(_, total)| total),
    );
    let doubtful = rivals
        .filter(|total| *total >= thresholds.plausible)
        .any(|total| total + thresholds.margin > explanation.total);
    if doubtful {
        MatchOutcome::Ambiguous
    } else {
        MatchOutcome::Unique { client, explanation }
    }
}
