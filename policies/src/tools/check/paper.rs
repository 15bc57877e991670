//! What is doubtful in one file by itself: dates, signatures, tests, names that nothing uses, clauses that add nothing.

use gateway_types::Timestamp;
use gateway_types::vocabulary::{Category, Instrument, InstrumentTerm, Role, Word, WordSet};

use super::Read;
use crate::agreements::Clause;
use crate::decision::codes;
use crate::facts::CategoryScope;
use crate::mou::{Code, Diagnostic, Status};
use std::ops::Range;

/// An agreement that runs longer than this is hardly looked at again.
const LONG_YEARS: i16 = 3;
/// Time enough to get the next version signed.
const SOON_DAYS: i32 = 60;

pub(super) fn lint(read: &Read<'_>, now: Timestamp, found: &mut Vec<Diagnostic>) {
    dates(read, now, found);
    signatures(read, found);
    tests(read, found);
    unused(read, found);
    contained(read, found);
    instruments(read, found);
    health_to_police(read, found);
}

impl Read<'_> {
    pub(super) fn finding(
        &self,
        code: Code,
        place: &Range<usize>,
        message: impl Into<String>,
        hint: &str,
    ) -> Diagnostic {
        let hint = (!hint.is_empty()).then(|| hint.to_owned());
        Diagnostic::at(code, self.name, self.text, place, message, hint)
    }
}

fn dates(read: &Read<'_>, now: Timestamp, found: &mut Vec<Diagnostic>) {
    let paper = &read.file.paper;
    let today = paper.zone.date_at(now);
    let active = paper.status == Status::Active;
    let top = &paper.status_place;
    match &paper.expires {
        Some(last) => {
            let place = &last.place;
            if last.value < today {
                if active {
                    found.push(read.finding(
                        Code::OutOfTime,
                        place,
                        format!(
                            "the agreement expired on {}: nothing goes under it any more",
                            last.value
                        ),
                        "get the next version signed, or set `status = \"terminated\"`",
                    ));
                }
            } else if today.plus_days(SOON_DAYS).is_some_and(|soon| last.value < soon) {
                found.push(read.finding(
                    Code::ExpiresSoon,
                    place,
                    format!("the agreement expires on {}", last.value),
                    "all of its clauses close on that day; prepare the next version",
                ));
            }
            // The last day is included: three years to the day are not yet too long.
            if paper.effective.years_until(last.value) >= LONG_YEARS {
                found.push(read.finding(
                    Code::LongTerm,
                    place,
                    "the agreement runs for more than three years",
                    "a shorter term makes somebody look at it again",
                ));
            }
        }
        None if paper.review_by.is_none() => found.push(read.finding(
            Code::LongTerm,
            top,
            "the agreement has neither `expires` nor `review_by`: nobody has to look at it again",
            "add `review_by = ` and a date within three years",
        )),
        None => {}
    }
    if let Some(review) = &paper.review_by
        && review.value < today
    {
        found.push(read.finding(
            Code::ReviewDue,
            &review.place,
            format!("the review was due on {}", review.value),
            "",
        ));
    }
    if active && today < paper.effective {
        found.push(read.finding(
            Code::OutOfTime,
            top,
            format!("the agreement is not in force before {}", paper.effective),
            "",
        ));
    }
}

fn signatures(read: &Read<'_>, found: &mut Vec<Diagnostic>) {
    let paper = &read.file.paper;
    if paper.status != Status::Active {
        return;
    }
    for key in &paper.unsigned {
        if let Some(party) = paper.parties.iter().find(|party| party.key == *key) {
            found.push(read.finding(
                Code::Unsigned,
                &party.place,
                format!("party `{key}` has not signed, so the agreement is not in force"),
                "add its [[signature]] with `name`, `title` and `on`, or set `status = \"in_review\"`",
            ));
        }
    }
}

/// A test covers a clause if it expects something of it to be visible to somebody whom it admits.
fn tests(read: &Read<'_>, found: &mut Vec<Diagnostic>) {
    let paper = &read.file.paper;
    for (clause, lines) in read.file.agreement.clauses.iter().zip(&paper.clauses) {
        let tested = paper.tests.iter().any(|test| {
            let shown = Category::ALL
                .iter()
                .filter(|category| test.visible != CategoryScope::All && test.visible.covers(**category));
            shown.into_iter().any(|category| {
                test.to
                    .iter()
                    .any(|(to, role)| clause.covers(&test.from, to, Some(*role), test.purpose, *category))
            })
        });
        if !tested {
            found.push(read.finding(
                Code::Untested,
                &lines.place,
                format!(
                    "no test inside shows what clause `{}` lets anybody see",
                    clause.id
                ),
                "add a [[test]] with something `visible` by it",
            ));
        }
    }
}

fn unused(read: &Read<'_>, found: &mut Vec<Diagnostic>) {
    let paper = &read.file.paper;
    let agreement = &read.file.agreement;
    for set in &paper.field_sets {
        let mentions = read.text.matches(&format!("\"{}\"", set.key)).count();
        if mentions < 2 {
            found.push(read.finding(
                Code::UnusedFieldSet,
                &set.place,
                format!("nothing uses the field set `{}`", set.key),
                "",
            ));
        }
    }
    for party in &paper.parties {
        let receives = |clause: &&Clause| clause.to.contains(&party.agency);
        let admitted: WordSet<Role> = agreement
            .clauses
            .iter()
            .filter(receives)
            .fold(WordSet::EMPTY, |all, clause| all.union(clause.roles));
        let gives = agreement
            .clauses
            .iter()
            .any(|clause| clause.from.contains(&party.agency));
        let idle = party.roles.difference(admitted);
        if admitted.is_empty() && !gives {
            found.push(read.finding(
                Code::Idle,
                &party.place,
                format!("party `{}` neither gives nor receives anything", party.key),
                "",
            ));
        } else if !admitted.is_empty() && !idle.is_empty() {
            found.push(read.finding(
                Code::Idle,
                &party.place,
                format!(
                    "no clause admits these roles of `{}`: {}",
                    party.key,
                    codes(idle).join(", ")
                ),
                "take them off the party, or name them in a clause",
            ));
        }
    }
}

fn contained(read: &Read<'_>, found: &mut Vec<Diagnostic>) {
    let clauses = &read.file.agreement.clauses;
    for (position, (inner, lines)) in clauses.iter().zip(&read.file.paper.clauses).enumerate() {
        let outer = clauses.iter().enumerate().find(|(other, outer)| {
            // Of two that are equal, the later one is told of.
            *other != position
                && outer.holds_all_of(inner)
                && !(inner.holds_all_of(outer) && *other > position)
        });
        if let Some((_, outer)) = outer {
            found.push(read.finding(
                Code::Contained,
                &lines.place,
                format!("clause `{}` adds nothing to clause `{}`", inner.id, outer.id),
                "",
            ));
        }
    }
}

impl Clause {
    /// Whether everything that `inner` lets through goes by this clause as well, with no more asked.
    pub(super) fn holds_all_of(&self, inner: &Self) -> bool {
        let within = |inner: &[gateway_types::AgencyId], outer: &[gateway_types::AgencyId]| {
            outer.is_empty() || (!inner.is_empty() && inner.iter().all(|agency| outer.contains(agency)))
        };
        let consent = self.consent.is_empty()
            || (!inner.consent.is_empty() && inner.consent.is_subset_of(self.consent));
        within(&inner.from, &self.from)
            && within(&inner.to, &self.to)
            && (self.roles.is_empty() || (!inner.roles.is_empty() && inner.roles.is_subset_of(self.roles)))
            && inner.purposes.is_subset_of(self.purposes)
            && Category::ALL
                .iter()
                .all(|category| !inner.share.covers(*category) || self.share.covers(*category))
            && consent
            && self.when.iter().all(|condition| inner.when.contains(condition))
            && self.duties.iter().all(|duty| inner.duties.contains(duty))
    }
}

/// The terms without which an instrument counts for nothing (catalogue 0.5).
pub(super) fn terms_of(instrument: Instrument) -> WordSet<InstrumentTerm> {
    let terms: &[InstrumentTerm] = match instrument {
        Instrument::Baa => &[InstrumentTerm::Baa504eContent],
        Instrument::Qsoa => &[
            InstrumentTerm::QsoaBoundByPart2,
            InstrumentTerm::QsoaResistsProceedings,
        ],
        Instrument::Dua => &[InstrumentTerm::Dua514eContent],
        Instrument::CjisIea => &[InstrumentTerm::CjisControls],
        Instrument::CjisSecAddendum
        | Instrument::Research
        | Instrument::HmisParticipation
        | Instrument::Other => &[],
    };
    terms.iter().copied().collect()
}

fn instruments(read: &Read<'_>, found: &mut Vec<Diagnostic>) {
    let agreement = &read.file.agreement;
    for instrument in agreement.instruments.iter() {
        let missing = terms_of(instrument).difference(agreement.terms);
        if !missing.is_empty() {
            found.push(read.finding(
                Code::EmptyInstrument,
                &read.file.paper.instruments,
                format!(
                    "the instrument `{instrument}` counts for nothing without its terms: {}",
                    codes(missing).join(", ")
                ),
                "add them to `terms` if the signed paper contains them, else take the instrument off",
            ));
        }
    }
}

/// What tells of somebody's health.
const HEALTH: &[Category] = &[
    Category::Medications,
    Category::Allergies,
    Category::Conditions,
    Category::Encounters,
    Category::Labs,
    Category::CarePlan,
    Category::CrisisPlan,
    Category::MentalHealth,
    Category::SudTreatment,
    Category::SudCounselingNotes,
    Category::PsychotherapyNotes,
    Category::Hiv,
    Category::Disability,
    Category::Claims,
];

fn health_to_police(read: &Read<'_>, found: &mut Vec<Diagnostic>) {
    use gateway_types::vocabulary::AgencyKind;
    let paper = &read.file.paper;
    for (clause, lines) in read.file.agreement.clauses.iter().zip(&paper.clauses) {
        let police = paper.parties.iter().find(|party| {
            party.kind == Some(AgencyKind::LawEnforcement) && clause.to.contains(&party.agency)
        });
        let health: WordSet<Category> = HEALTH
            .iter()
            .copied()
            .filter(|category| clause.share.covers(*category))
            .collect();
        if let Some(police) = police
            && !health.is_empty()
            && clause.consent.is_empty()
            && clause.when.is_empty()
        {
            let place = lines
                .share
                .iter()
                .find(|entry| !entry.value.intersection(health).is_empty())
                .map_or(&lines.place, |entry| &entry.place);
            found.push(read.finding(
                Code::HealthToPolice,
                place,
                format!(
                    "clause `{}` promises `{}` health data with no consent and no condition: {}",
                    clause.id,
                    police.key,
                    codes(health).join(", ")
                ),
                "the law decides in any case; say in the paper what it will ask for, or take them off",
            ));
        }
    }
}
