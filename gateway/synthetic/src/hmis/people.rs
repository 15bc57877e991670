//! `Client.csv`: who the clients are. Some names, numbers and birth dates are partial or missing, as they are.

use std::io;

use gateway_types::Date;

use super::sheet::Sheet;
use super::user_of;
use crate::dice::{Dice, Stream};
use crate::names::Heritage;
use crate::person::{Person, Quality, Reported, Sex};
use crate::town::Town;

pub(super) fn clients(town: &Town, sheet: &mut Sheet<'_>) -> io::Result<()> {
    (0..town.clients()).try_for_each(|client| {
        let person = town.person(client);
        let reported = town.reported(client);
        sheet.person(client);
        name(sheet, &person, &reported);
        number(sheet, &person, &reported);
        birth(sheet, &person, &reported);
        sheet.code(match person.sex {
            Sex::Female => 0,
            Sex::Male => 1,
        });
        race(town, sheet, &person);
        service(town, sheet, &person);
        let stays = town.stays(client);
        let first = stays.first();
        let deleted_ago = town.is_deleted(client).then(|| {
            stays
                .iter()
                .filter_map(|stay| stay.deleted_ago)
                .min()
                .unwrap_or(0)
        });
        let created_ago = first.map_or(0, |stay| stay.entry_ago);
        sheet.end(created_ago, deleted_ago, first.map_or("USR-01", user_of))
    })
}

fn name(sheet: &mut Sheet<'_>, person: &Person, reported: &Reported) {
    match reported.name {
        Quality::Full => {
            sheet.text(&person.first_name);
            sheet.text(person.middle_name.unwrap_or_default());
            sheet.text(&person.last_name);
            sheet.text(person.name_suffix.unwrap_or_default());
        }
        Quality::Partial => {
            sheet.text(reported.street_name);
            sheet.blank(3);
        }
        Quality::Unknown | Quality::Declined | Quality::NotCollected => sheet.blank(4),
    }
    sheet.code(reported.name as i64);
}

fn number(sheet: &mut Sheet<'_>, person: &Person, reported: &Reported) {
    match reported.ssn {
        Quality::Full => sheet.text(&person.ssn.digits()),
        Quality::Partial => sheet.text(&format!("xxxxx{:04}", person.ssn.last_four())),
        Quality::Unknown | Quality::Declined | Quality::NotCollected => sheet.blank(1),
    }
    sheet.code(reported.ssn as i64);
}

fn birth(sheet: &mut Sheet<'_>, person: &Person, reported: &Reported) {
    match reported.dob {
        Quality::Full => sheet.date(person.birth_date),
        // Only the year is known: by custom the first of January stands for it.
        Quality::Partial => {
            sheet.date(Date::new(person.birth_date.year(), 1, 1).unwrap_or(person.birth_date))
        }
        Quality::Unknown | Quality::Declined | Quality::NotCollected => sheet.blank(1),
    }
    sheet.code(reported.dob as i64);
}

/// `AmIndAKNative, Asian, BlackAfAmerican, HispanicLatinao, MidEastNAfrican, NativeHIPacific, White, RaceNone,
/// AdditionalRaceEthnicity`.
fn race(town: &Town, sheet: &mut Sheet<'_>, person: &Person) {
    let mut dice = Dice::at(town.seed(), Stream::Reported, person.index as u64 | 1 << 40);
    if dice.chance(4) {
        (0..7).for_each(|_| sheet.code(0));
        sheet.code(99);
        sheet.blank(1);
        return;
    }
    let place = match person.heritage {
        Heritage::Vietnamese | Heritage::SouthAsian => 1,
        Heritage::WestAfrican => 2,
        Heritage::Iberian => 3,
        Heritage::Levantine => 4,
        Heritage::Slavic => 6,
        Heritage::British => dice.pick(&[6, 6, 6, 6, 2, 2, 0, 5]),
    };
    (0..7).for_each(|column| sheet.yes(column == place));
    sheet.blank(2);
}

/// `VeteranStatus` to `DischargeStatus`.
fn service(town: &Town, sheet: &mut Sheet<'_>, person: &Person) {
    if !person.veteran {
        let minor = person.birth_date.years_until(town.today()) < 18;
        sheet.code(if minor { 99 } else { 0 });
        sheet.blank(12);
        return;
    }
    let mut dice = Dice::at(town.seed(), Stream::Reported, person.index as u64 | 1 << 41);
    let entered = i64::from(person.birth_date.year()) + 19;
    let separated = (entered + i64::from(dice.between(2, 8))).min(town.today().year().into());
    sheet.code(1);
    sheet.code(entered);
    sheet.code(separated);
    let theatres = [
        (1941, 1945),
        (1950, 1953),
        (1964, 1975),
        (1990, 1991),
        (2001, 2014),
        (2003, 2010),
        (2010, 2011),
    ];
    for (from, to) in theatres {
        sheet.yes(entered <= to && separated >= from && dice.chance(50));
    }
    sheet.code(0);
    sheet.code(dice.pick(&[1, 1, 2, 3, 4, 6]));
    sheet.code(dice.pick(&[1, 1, 1, 2, 6, 7]));
}
