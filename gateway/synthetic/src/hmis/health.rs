//! `HealthAndDV.csv` and `Disabilities.csv`: the rows that hurt most if they reach the wrong people.

use std::io;

use super::sheet::Sheet;
use super::user_of;
use crate::dice::Stream;
use crate::person::Sex;
use crate::stays::Stay;
use crate::town::Town;

/// Stages of data collection (list 5.03.1).
const ENTRY: i64 = 1;
const UPDATE: i64 = 2;
const EXIT: i64 = 3;

pub(super) fn health(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    if !stay.is_adult() {
        return Ok(());
    }
    let mut dice = stay.dice(town, Stream::Health);
    let known = town.health(stay.client);
    let again =
        (stay.entry_ago - stay.last_ago() > 30 && dice.chance(30)).then_some((UPDATE, stay.entry_ago - 30));
    let rows = [Some((ENTRY, stay.entry_ago)), again];
    let pregnant = town.person(stay.client).sex == Sex::Female && dice.chance(3);
    let when = dice.pick(&[1, 2, 3, 4, 4]);
    let fleeing = dice.chance(20);
    for (ordinal, (stage, ago)) in rows.into_iter().flatten().enumerate() {
        sheet.keys(stay, b'V', ordinal as u64);
        sheet.ago(ago);
        sheet.yes(known.violence);
        sheet.code_if(known.violence.then_some(when));
        sheet.code_if(known.violence.then_some(i64::from(fleeing)));
        sheet.code(dice.pick(&[2, 3, 3, 4, 5, 99]));
        sheet.code(dice.pick(&[3, 4, 5, 99]));
        sheet.code(if known.mental {
            dice.pick(&[4, 5])
        } else {
            dice.pick(&[2, 3, 99])
        });
        sheet.yes(pregnant);
        sheet.ago_if(pregnant.then_some(ago - 150));
        sheet.code(stage);
        sheet.end(ago, stay.deleted_ago, user_of(stay))?;
    }
    Ok(())
}

pub(super) fn disabilities(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let mut dice = stay.dice(town, Stream::Disabilities);
    let known = town.health(stay.client);
    // Some projects write a row for every type, most only for what there is and for the two most asked about.
    let thorough = dice.chance(14);
    let at_exit = stay.exit_ago.filter(|_| dice.chance(12));
    let rows = [Some((ENTRY, stay.entry_ago)), at_exit.map(|ago| (EXIT, ago))];
    let mut ordinal = 0;
    for (stage, ago) in rows.into_iter().flatten() {
        for (kind, answer) in known.answers() {
            if answer == 0 && !thorough && !matches!(kind, 9 | 10) {
                continue;
            }
            sheet.keys(stay, b'D', ordinal);
            ordinal += 1;
            sheet.ago(ago);
            sheet.code(kind);
            sheet.code(answer);
            // Element 4.08 (HIV) has no dependent question, the others ask whether it is lasting.
            sheet.code_if((answer != 0 && kind != 8).then(|| dice.pick(&[1, 1, 1, 0, 99])));
            if kind == 8 && answer == 1 {
                hiv(
                    sheet,
                    dice.between(180, 900).into(),
                    dice.between(20, 90_000).into(),
                    dice.chance(50),
                );
            } else {
                sheet.blank(7);
            }
            sheet.code(stage);
            sheet.end(ago, stay.deleted_ago, user_of(stay))?;
        }
    }
    Ok(())
}

/// `TCellCountAvailable` to `AntiRetroviral`.
fn hiv(sheet: &mut Sheet<'_>, t_cells: i64, viral_load: i64, detectable: bool) {
    sheet.code(1);
    sheet.code(t_cells);
    sheet.code(1);
    if detectable {
        sheet.code(1);
        sheet.code(viral_load);
        sheet.code(1);
    } else {
        sheet.code(2);
        sheet.blank(2);
    }
    sheet.code(1);
}
