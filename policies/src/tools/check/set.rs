//! What is doubtful in a set of files that would be in force together: said twice, or closed by another one's promise.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use gateway_types::vocabulary::{Category, Word, WordSet};
use gateway_types::{AgencyId, MouId};

use super::Read;
use crate::decision::codes;
use crate::mou::{Code, Diagnostic};

pub(super) fn lint(set: &[Read<'_>], found: &mut Vec<Diagnostic>) {
    let active: Vec<&Read<'_>> = set.iter().filter(|read| read.file.is_active()).collect();
    let mut same: BTreeMap<&MouId, Vec<&Read<'_>>> = BTreeMap::new();
    let mut of_party: BTreeMap<&AgencyId, Vec<usize>> = BTreeMap::new();
    for (position, read) in active.iter().enumerate() {
        let parties: BTreeSet<&AgencyId> = read.file.agreement.parties.iter().collect();
        for party in parties {
            of_party.entry(party).or_default().push(position);
        }
    }
    for read in &active {
        let agreement = &read.file.agreement;
        let before = same.entry(agreement.id()).or_default();
        for other in before.iter() {
            found.push(read.finding(
                Code::SameAgreement,
                &read.file.paper.status_place,
                format!(
                    "`{}` is active in `{}` as well: only one version of an agreement is",
                    agreement.id(),
                    other.name
                ),
                "set the older one's status to `terminated`",
            ));
        }
        before.push(read);
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for party in &agreement.parties {
            for position in of_party.get(party).into_iter().flatten() {
                *shared.entry(*position).or_default() += 1;
            }
        }
        // Only of two that share two parties can one bear on what the other lets through.
        let near = shared.into_iter().filter(|(_, parties)| *parties >= 2);
        for other in near.filter_map(|(position, _)| active.get(position)) {
            if other.file.agreement.id() != agreement.id() {
                closed_by(read, other, found);
                if same_time(read, other) {
                    said_twice(read, other, found);
                }
            }
        }
    }
}

fn same_time(one: &Read<'_>, other: &Read<'_>) -> bool {
    let (one, other) = (&one.file.agreement, &other.file.agreement);
    one.ends.is_none_or(|end| other.effective < end) && other.ends.is_none_or(|end| one.effective < end)
}

/// Promises bind all agreements of the same two parties, so one file can close another's clause.
fn closed_by(read: &Read<'_>, other: &Read<'_>, found: &mut Vec<Diagnostic>) {
    for (clause, lines) in read.file.agreement.clauses.iter().zip(&read.file.paper.clauses) {
        for promise in &other.file.agreement.promises {
            let mut closed: WordSet<Category> = WordSet::EMPTY;
            for from in &clause.from {
                for to in &clause.to {
                    let parties = &other.file.agreement.parties;
                    if !(parties.contains(from) && parties.contains(to)) {
                        continue;
                    }
                    closed = clause
                        .purposes
                        .iter()
                        .flat_map(|purpose| {
                            Category::ALL.iter().copied().filter(move |category| {
                                clause.share.covers(*category) && promise.bars(from, to, purpose, *category)
                            })
                        })
                        .fold(closed, WordSet::with);
                }
            }
            if !closed.is_empty() {
                found.push(read.finding(
                    Code::ClosedElsewhere,
                    &lines.place,
                    format!(
                        "promise `{}` of `{}` closes what clause `{}` shares: {}",
                        promise.id,
                        other.file.agreement.id(),
                        clause.id,
                        codes(closed).join(", ")
                    ),
                    &format!("it says: {}", promise.wording.text),
                ));
            }
        }
    }
}

fn said_twice(read: &Read<'_>, other: &Read<'_>, found: &mut Vec<Diagnostic>) {
    for (clause, lines) in read.file.agreement.clauses.iter().zip(&read.file.paper.clauses) {
        let wider = other
            .file
            .agreement
            .clauses
            .iter()
            .find(|outer| outer.holds_all_of(clause));
        // Of two that say the same, the one in the file that is named later is told of.
        let equal = wider.is_some_and(|outer| clause.holds_all_of(outer));
        if let Some(outer) = wider
            && !(equal && read.file.agreement.id() < other.file.agreement.id())
        {
            let place: &Range<usize> = &lines.place;
            found.push(read.finding(
                Code::Overlaps,
                place,
                format!(
                    "clause `{}` of `{}` lets through all that clause `{}` does",
                    outer.id,
                    other.file.agreement.id(),
                    clause.id
                ),
                "ending this agreement would close nothing; if that is not meant, say it in one of them only",
            ));
        }
    }
}
