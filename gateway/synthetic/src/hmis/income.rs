//! `IncomeBenefits.csv` and `EmploymentEducation.csv`: money, insurance, work and school of adults.

use std::io;

use super::sheet::Sheet;
use super::user_of;
use crate::dice::{Dice, Stream};
use crate::stays::Stay;
use crate::town::Town;

/// Sources of income in the order of the columns: earned, unemployment, SSI, SSDI, and so on to "other".
const SOURCES: usize = 15;

/// One source with its monthly amount in cents.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Income {
    source: usize,
    cents: i64,
}

impl Income {
    fn draw(dice: &mut Dice) -> Self {
        // Earned, unemployment, SSI, SSDI, TANF, general assistance, retirement, other.
        let source = dice.pick(&[0, 0, 0, 1, 2, 2, 3, 3, 8, 9, 10, 14]);
        let cents = i64::from(dice.between(180, 1_900)) * 100 + i64::from(dice.pick(&[0, 0, 50]));
        Self { source, cents }
    }
}

pub(super) fn income(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    if !stay.is_adult() {
        return Ok(());
    }
    let mut dice = stay.dice(town, Stream::Income);
    let annual = (stay.entry_ago - stay.last_ago() > 365).then_some((5, stay.entry_ago - 365));
    let exit = stay.exit_ago.filter(|_| dice.chance(45)).map(|ago| (3, ago));
    let mut had = dice.chance(55).then(|| Income::draw(&mut dice));
    let insured = dice.chance(66);
    for (ordinal, (stage, ago)) in [Some((1, stay.entry_ago)), annual, exit]
        .into_iter()
        .flatten()
        .enumerate()
    {
        if stage != 1 && had.is_none() && dice.chance(35) {
            had = Some(Income::draw(&mut dice));
        }
        sheet.keys(stay, b'I', ordinal as u64);
        sheet.ago(ago);
        sources(sheet, had);
        benefits(sheet, dice.chance(48));
        insurance(sheet, insured, town.person(stay.client).veteran);
        assistance(sheet, stay.project.funder == 15);
        sheet.code_if((stay.project.funder == 21).then_some(0));
        sheet.code(stage);
        sheet.end(ago, stay.deleted_ago, user_of(stay))?;
    }
    Ok(())
}

/// `IncomeFromAnySource` to `OtherIncomeSourceIdentify`.
fn sources(sheet: &mut Sheet<'_>, had: Option<Income>) {
    sheet.yes(had.is_some());
    sheet.money(had.map_or(0, |income| income.cents));
    for source in 0..SOURCES {
        match had.filter(|income| income.source == source) {
            Some(income) => {
                sheet.code(1);
                sheet.money(income.cents);
            }
            None => {
                sheet.code(0);
                sheet.blank(1);
            }
        }
    }
    let other = had.is_some_and(|income| income.source + 1 == SOURCES);
    sheet.text(if other { "collecting bottles and cans" } else { "" });
}

/// `BenefitsFromAnySource` to `OtherBenefitsSourceIdentify`.
fn benefits(sheet: &mut Sheet<'_>, food: bool) {
    sheet.yes(food);
    sheet.yes(food);
    (0..5).for_each(|_| sheet.code(0));
    sheet.blank(1);
}

/// `InsuranceFromAnySource` to `OtherInsuranceIdentify`: Medicaid, and the veterans' own.
fn insurance(sheet: &mut Sheet<'_>, insured: bool, veteran: bool) {
    sheet.yes(insured || veteran);
    for place in 0..9 {
        sheet.yes(match place {
            0 => insured,
            3 => veteran,
            _ => false,
        });
        sheet.blank(1);
    }
    sheet.code(0);
    sheet.blank(1);
}

/// `ADAP` to `NoRyanWhiteReason`: asked at HOPWA projects.
fn assistance(sheet: &mut Sheet<'_>, hopwa: bool) {
    if hopwa {
        sheet.code(1);
        sheet.blank(1);
        sheet.code(0);
        sheet.code(3);
    } else {
        sheet.blank(4);
    }
}

pub(super) fn employment(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let mut dice = stay.dice(town, Stream::Employment);
    if !stay.is_adult() || !dice.chance(72) {
        return Ok(());
    }
    let employed = dice.chance(23);
    sheet.keys(stay, b'J', 0);
    sheet.ago(stay.entry_ago);
    sheet.code(dice.pick(&[3, 4, 5, 5, 5, 7, 10, 11, 14, 99]));
    sheet.code(dice.pick(&[3, 3, 4, 5, 99]));
    sheet.yes(employed);
    sheet.code_if(employed.then(|| dice.pick(&[1, 2, 3])));
    sheet.code_if((!employed).then(|| dice.pick(&[1, 2, 3])));
    sheet.code(1);
    sheet.end(stay.entry_ago, stay.deleted_ago, user_of(stay))
}
