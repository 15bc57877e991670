//! Coordinated entry (`Assessment*.csv`, `Event.csv`) and schooling of the young (`YouthEducationStatus.csv`).

use std::io;

use super::sheet::Sheet;
use super::user_of;
use crate::dice::Stream;
use crate::directory::ProjectType;
use crate::stays::Stay;
use crate::town::Town;

/// Coordinated entry assesses the head of a household.
fn is_assessed(stay: &Stay) -> bool {
    stay.project.kind == ProjectType::CoordinatedEntry && stay.client == stay.head
}

pub(super) fn assessment(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    if !is_assessed(stay) {
        return Ok(());
    }
    let mut dice = stay.dice(town, Stream::Coordination);
    sheet.keys(stay, b'A', 0);
    sheet.ago(stay.entry_ago);
    sheet.text("Riverton Coordinated Access, Civic Square");
    sheet.code(dice.pick(&[1, 2, 3, 3, 3]));
    sheet.code(dice.pick(&[1, 2]));
    sheet.code(dice.pick(&[1, 1, 2]));
    sheet.end(stay.entry_ago, stay.deleted_ago, user_of(stay))
}

const QUESTIONS: [(&str, [&str; 3]); 2] = [
    (
        "Where do you sleep most nights?",
        ["Outside", "In a shelter", "With people I know"],
    ),
    (
        "How long has it been since you had a place of your own?",
        ["Under a year", "One to three years", "Longer"],
    ),
];

pub(super) fn questions(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    if !is_assessed(stay) {
        return Ok(());
    }
    let mut dice = stay.dice(town, Stream::Coordination);
    QUESTIONS
        .iter()
        .zip(0_u32..)
        .try_for_each(|((question, answers), ordinal)| {
            sheet.row_key(stay, b'Q', ordinal.into());
            sheet.row_key(stay, b'A', 0);
            sheet.enrolment(stay);
            sheet.person(stay.client);
            sheet.text("Housing history");
            sheet.code(i64::from(ordinal) + 1);
            sheet.text(question);
            sheet.text(dice.pick(answers));
            sheet.end(stay.entry_ago, stay.deleted_ago, user_of(stay))
        })
}

pub(super) fn results(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    if !is_assessed(stay) {
        return Ok(());
    }
    let mut dice = stay.dice(town, Stream::Coordination);
    sheet.row_key(stay, b'R', 0);
    sheet.row_key(stay, b'A', 0);
    sheet.enrolment(stay);
    sheet.person(stay.client);
    sheet.text("Priority score");
    sheet.text(&dice.between(1, 17).to_string());
    sheet.end(stay.entry_ago, stay.deleted_ago, user_of(stay))
}

pub(super) fn event(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    if !is_assessed(stay) {
        return Ok(());
    }
    let mut dice = stay.dice(town, Stream::Coordination);
    // Referrals to a shelter bed, transitional housing, rapid rehousing or supportive housing name the project.
    let (event, project) = dice.pick(&[
        (10, "PRJ-101"),
        (11, "PRJ-103"),
        (13, "PRJ-303"),
        (14, "PRJ-301"),
        (2, ""),
    ]);
    let referred = event != 2;
    let ago = (stay.entry_ago - dice.between(0, 14)).max(stay.last_ago());
    let result = dice
        .pick(&[None, None, Some(1), Some(1), Some(2), Some(3)])
        .filter(|_| referred);
    sheet.keys(stay, b'N', 0);
    sheet.ago(ago);
    sheet.code(event);
    sheet.code_if((!referred).then_some(0));
    sheet.blank(1);
    sheet.text(project);
    sheet.code_if(result);
    sheet.ago_if(result.map(|_| (ago - 3).max(0)));
    sheet.end(ago, stay.deleted_ago, user_of(stay))
}

pub(super) fn youth_education(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    if stay.project.funder != 24 {
        return Ok(());
    }
    let mut dice = stay.dice(town, Stream::Youth);
    let attends = dice.pick(&[0, 1, 2]);
    sheet.keys(stay, b'Y', 0);
    sheet.ago(stay.entry_ago);
    sheet.code(attends);
    sheet.code_if((attends == 0).then(|| dice.pick(&[0, 1, 2])));
    sheet.code_if((attends != 0).then(|| dice.pick(&[0, 1, 4])));
    sheet.code(1);
    sheet.end(stay.entry_ago, stay.deleted_ago, user_of(stay))
}
