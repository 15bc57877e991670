//! What is doubtful in a set of files that would be in force together: said twice, or closed by another one's promise.

use std::ops::Range;

use gateway_types::vocabulary::{Category, Word, WordSet};

use super::Read;
use crate::decision::codes;
use crate::mou::{Code, Diagnostic};

pub(super) fn lint(set: &[Read<'_>], found: &mut Vec<Diagnostic>) {
    let active: Vec<&Read<'_>> = set.iter().filter(|read| read.file.is_active()).collect();
    for (position, read) in active.iter().enumerate() {
        for other in active.iter().take(position) {
            if read.file.agreement.id() == other.file.agreement.id() {
                found.push(read.finding(
                    Code::SameAgreement,
                    &read.file.paper.status_place,
                    format!(
                        "`{}` is active in `{}` as well: only one version of an agreement is",
                        read.file.agreement.id(),
                        other.name
                    ),
                    "set the older one's status to `terminated`",
                ));
            }
        }
        for other in &active {
            if other.file.agreement.id() != read.file.agreement.id() && share_two_parties(read, other) {
                closed_by(read, other, found);
                if same_time(read, other) {
                    said_twice(read, other, found);
                }
            }
        }
    }
}

/// Only then can one bear on what the other lets through.
fn share_two_parties(one: &Read<'_>, other: &Read<'_>) -> bool {
    let parties = &other.file.agreement.parties;
    let shared = one
        .file
        .agreement
        .parties
        .iter()
        .filter(|party| parties.contains(party));
    shared.count() >= 2
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
