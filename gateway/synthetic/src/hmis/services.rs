//! `Services.csv` and `CurrentLivingSituation.csv`: bed nights, services given, where somebody was last seen.

use std::io;

use super::sheet::Sheet;
use super::user_of;
use crate::cast::CastMember;
use crate::dice::Stream;
use crate::directory::ProjectType;
use crate::stays::Stay;
use crate::town::Town;

pub(super) fn services(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let mut dice = stay.dice(town, Stream::Services);
    // Record type (list 1.4) and how many rows.
    let (record, rows) = match (stay.project.kind, stay.project.funder) {
        (ProjectType::ShelterNightByNight, _) => (200, dice.between(3, 9)),
        (_, 21) => (141, dice.between(1, 4)),
        (_, 15) => (143, dice.between(2, 4)),
        (_, 24) => (142, dice.between(1, 4)),
        _ => return Ok(()),
    };
    for ordinal in 0..rows {
        let ago = (stay.last_ago() + ordinal).min(stay.entry_ago);
        let given = match record {
            // Bed nights are a row a night: one for each day of the last nights.
            200 if stay.last_ago() + ordinal > stay.entry_ago => break,
            200 => 200,
            141 => dice.pick(&[1, 2, 4, 5, 6, 14]),
            142 => dice.pick(&[5, 6, 8, 14, 17]),
            _ => dice.pick(&[2, 7, 8, 10, 12]),
        };
        let mistaken = dice.below(200) == 0 && CastMember::at(stay.client).is_none();
        let deleted = stay.deleted_ago.or_else(|| mistaken.then_some(0));
        sheet.keys(stay, b'S', ordinal.unsigned_abs().into());
        sheet.ago(ago);
        sheet.code(record);
        sheet.code(given);
        sheet.blank(7);
        sheet.end(ago, deleted, user_of(stay))?;
    }
    Ok(())
}

/// Places in the town where people stay outside.
pub(crate) const OUTSIDE: [&str; 10] = [
    "under the Fourth Street viaduct, east side",
    "riverbank below the pump house",
    "tent behind the freight depot",
    "bench at the ferry landing",
    "Calloway Park, by the bandstand",
    "doorway of the old post office",
    "parked van, Quarry Road turnout",
    "rail cut north of Mill Row",
    "steps of the closed cinema",
    "loading dock, Granary Lane",
];

pub(super) fn living_situations(town: &Town, stay: &Stay, sheet: &mut Sheet<'_>) -> io::Result<()> {
    let mut dice = stay.dice(town, Stream::LivingSituation);
    let rows = match stay.project.kind {
        ProjectType::StreetOutreach => dice.between(1, 5),
        ProjectType::ShelterNightByNight | ProjectType::CoordinatedEntry => dice.between(1, 2),
        _ => return Ok(()),
    };
    for ordinal in 0..rows {
        let ago = (stay.last_ago() + 2 + ordinal * dice.between(3, 9)).min(stay.entry_ago);
        let place = match stay.project.kind {
            ProjectType::ShelterNightByNight => 101,
            ProjectType::StreetOutreach => 116,
            _ => dice.pick(&[116, 116, 101, 302, 335, 336]),
        };
        let doubled_up = matches!(place, 302 | 335 | 336);
        let leaving = doubled_up && dice.chance(40);
        sheet.keys(stay, b'L', ordinal.unsigned_abs().into());
        sheet.ago(ago);
        sheet.code(place);
        sheet.blank(1);
        sheet.text(if stay.project.kind == ProjectType::CoordinatedEntry {
            "Riverton Street Team"
        } else {
            ""
        });
        sheet.code_if(doubled_up.then_some(i64::from(leaving)));
        for _ in 0..4 {
            sheet.code_if(leaving.then(|| dice.pick(&[0, 1, 99])));
        }
        sheet.text(if place == 116 { dice.pick(&OUTSIDE) } else { "" });
        sheet.end(ago, stay.deleted_ago, user_of(stay))?;
    }
    Ok(())
}
