//! `Enrollment.csv` and `Exit.csv`: how people came to a project and where they went.

use std::io;

use super::sheet::Sheet;
use super::user_of;
use crate::dice::{Dice, Stream};
use crate::directory::{COC, ProjectType};
use crate::person::Relation;
use crate::stays::Stay;
use crate::town::Town;

/// Subsidies (list 3.12.A) that go with a rental with a subsidy.
const SUBSIDIES: [i64; 4] = [431, 433, 434, 439];
/// A rental with a subsidy (list 3.12.1).
pub(super) const SUBSIDISED: i64 = 435;

pub(super) fn enrolment(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    // The household comes from one place, so the numbers are those of its head.
    let mut dice = Dice::at(
        town.seed(),
        Stream::Enrollment,
        stay.head as u64 * 8 + u64::from(stay.number),
    );
    sheet.enrolment(stay);
    sheet.person(stay.client);
    sheet.text(stay.project.id);
    sheet.ago(stay.entry_ago);
    sheet.household(stay);
    sheet.code(match stay.relation {
        Relation::Head => 1,
        Relation::Child => 2,
        Relation::Partner => 3,
    });
    sheet.text(COC);
    origin(stay, &mut dice, sheet);
    sheet.yes(town.health(stay.client).is_disabling());
    let (engaged, moved) = match stay.project.kind {
        ProjectType::StreetOutreach | ProjectType::ShelterNightByNight => (dice.chance(70), false),
        ProjectType::SupportiveHousing | ProjectType::RapidRehousing => (false, dice.chance(80)),
        _ => (false, false),
    };
    let soon_ago = (stay.entry_ago - dice.between(0, 40)).max(stay.last_ago());
    sheet.ago_if(engaged.then_some(soon_ago));
    sheet.ago_if(moved.then_some(soon_ago));
    path(stay, &mut dice, sheet);
    youth(stay, &mut dice, sheet);
    sheet.blank(22);
    sheet.end(stay.entry_ago, stay.deleted_ago, user_of(stay))
}

/// `LivingSituation` to `MonthsHomelessPastThreeYears`.
fn origin(stay: &Stay, dice: &mut Dice, sheet: &mut Sheet<'_>) {
    let from = dice.pick(&[
        116, 116, 116, 116, 101, 101, 101, 335, 336, 302, 314, 206, 204, 205, 207, 410, 435, 99,
    ]);
    sheet.code(from);
    sheet.code_if((from == SUBSIDISED).then(|| dice.pick(&SUBSIDIES)));
    sheet.code(dice.pick(&[10, 11, 2, 3, 4, 5, 99]));
    let homeless = matches!(from, 116 | 101);
    sheet.blank(2);
    if homeless {
        sheet.ago(stay.entry_ago + dice.between(1, 400));
        sheet.code(dice.pick(&[1, 1, 2, 3, 4]));
        sheet.code(dice.pick(&[101, 102, 104, 106, 109, 112, 113]));
    } else {
        sheet.blank(3);
    }
}

/// `DateOfPATHStatus`, `ClientEnrolledInPATH`, `ReasonNotEnrolled` for projects with PATH money (funder 21).
fn path(stay: &Stay, dice: &mut Dice, sheet: &mut Sheet<'_>) {
    if stay.project.funder != 21 || !stay.is_adult() {
        sheet.blank(3);
        return;
    }
    let enrolled = dice.chance(70);
    sheet.ago((stay.entry_ago - 1).max(stay.last_ago()));
    sheet.yes(enrolled);
    sheet.code_if((!enrolled).then(|| dice.pick(&[1, 2, 3])));
}

/// `PercentAMI` to `IncarceratedParent`; the part from `ReferralSource` on for runaway and homeless youth projects.
fn youth(stay: &Stay, dice: &mut Dice, sheet: &mut Sheet<'_>) {
    if stay.project.funder != 24 {
        sheet.blank(19);
        return;
    }
    sheet.blank(1);
    sheet.code(dice.pick(&[1, 2, 7, 11, 30, 38, 39]));
    sheet.blank(5);
    let (welfare, justice) = (dice.chance(40), dice.chance(15));
    for (ward, years) in [(welfare, dice.pick(&[1, 2, 3])), (justice, dice.pick(&[1, 2]))] {
        sheet.yes(ward);
        sheet.code_if(ward.then_some(years));
        sheet.code_if((ward && years == 1).then_some(7));
    }
    for _ in 0..6 {
        let answer = dice.pick(&[0, 0, 0, 1, 8, 99]);
        sheet.code(answer);
    }
}

pub(super) fn exit(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let Some(exit_ago) = stay.exit_ago else {
        return Ok(());
    };
    let mut dice = Dice::at(
        town.seed(),
        Stream::Exit,
        stay.head as u64 * 8 + u64::from(stay.number),
    );
    sheet.keys(stay, b'X', 0);
    sheet.ago(exit_ago);
    let to = dice.pick(&[
        30, 30, 30, 116, 116, 101, 302, 410, 410, 435, 435, 422, 312, 313, 206, 207, 205, 17, 99,
    ]);
    sheet.code(to);
    sheet.code_if((to == SUBSIDISED).then(|| dice.pick(&SUBSIDIES)));
    sheet.text(if to == 17 {
        "left with a relative, place not named"
    } else {
        ""
    });
    if stay.project.funder == 24 {
        sheet.blank(2);
        sheet.code(1);
        sheet.blank(1);
        sheet.code(0);
        sheet.blank(4);
        sheet.code(0);
        sheet.code(0);
        sheet.blank(2);
        sheet.code(0);
        sheet.blank(4);
        sheet.code(0);
        sheet.blank(1);
        (0..5).for_each(|_| sheet.code(1));
        sheet.blank(7);
    } else if stay.project.funder == 15 {
        sheet.code(dice.pick(&[1, 2, 6]));
        sheet.blank(31);
    } else {
        sheet.blank(32);
    }
    sheet.end(exit_ago, stay.deleted_ago, user_of(stay))
}
