//! Calls for service of the Riverton police about some of the same people, as their dispatch system exports them:
//! one CSV row a call, coarse place, no narrative (bearing: 28 CFR 20.3, none of it is criminal history).

use std::fmt::Write as _;

use crate::cast::CastMember;
use crate::dice::{Dice, Stream};
use crate::hmis::OUTSIDE;
use crate::names::nickname;
use crate::town::Town;

/// Header of the export; [`CALLS_MAPPING`] says which column is what.
pub(crate) const HEADER: &str =
    "incident_no,call_type,received_at,block,disposition,person_first,person_last,person_dob,hazard_note";

/// Which column of the export stands for what, in the form that the adapter for calls for service reads.
pub const CALLS_MAPPING: &str = r#"# Columns of the dispatch export of the Riverton police.
incident    = "incident_no"
call_type   = "call_type"
received    = "received_at"
block       = "block"
disposition = "disposition"
first_name  = "person_first"
last_name   = "person_last"
birth_date  = "person_dob"
hazard      = "hazard_note"
"#;

/// Call types of this department that are about a person in need rather than an offence.
const CALL_TYPES: [&str; 5] = [
    "WELFARE CHECK",
    "PERSON IN CRISIS",
    "TRESPASS ADVISE",
    "ASSIST OUTREACH",
    "MEDICAL ASSIST",
];
const DISPOSITIONS: [&str; 4] = [
    "RESOURCES OFFERED",
    "TRANSPORT SHELTER",
    "GONE ON ARRIVAL",
    "NO ACTION",
];
/// Dispatch-safe hints: how to meet somebody, never why.
const HAZARDS: [&str; 5] = [
    "startles at loud voices, approach from the front",
    "friendly dog in tent",
    "uses a walker",
    "hard of hearing on the left side",
    "needles on ground near tent",
];

/// A call about a client.
struct Call {
    client: usize,
    ago: i32,
    kind: &'static str,
    disposition: &'static str,
    hazard: &'static str,
}

fn calls(town: &Town) -> Vec<Call> {
    let of_cast = [
        (CastMember::Rosa, 26, CALL_TYPES[0], DISPOSITIONS[1], ""),
        (CastMember::Marcus, 71, CALL_TYPES[2], DISPOSITIONS[0], ""),
        (CastMember::Marcus, 9, CALL_TYPES[3], DISPOSITIONS[0], HAZARDS[0]),
        (CastMember::Tamsin, 160, CALL_TYPES[1], DISPOSITIONS[3], ""),
        (
            CastMember::Ezekiel,
            14,
            CALL_TYPES[4],
            DISPOSITIONS[2],
            HAZARDS[2],
        ),
    ];
    let cast = of_cast.map(|(member, ago, kind, disposition, hazard)| Call {
        client: member.index(),
        ago,
        kind,
        disposition,
        hazard,
    });
    let others = (CastMember::ALL.len()..town.clients())
        .skip(17)
        .step_by(30)
        .filter(|client| town.is_plain(*client))
        .take(60)
        .map(|client| {
            let mut dice = Dice::at(town.seed(), Stream::Calls, client as u64);
            Call {
                client,
                ago: dice.between(1, 300),
                kind: dice.pick(&CALL_TYPES),
                disposition: dice.pick(&DISPOSITIONS),
                hazard: if dice.chance(25) { dice.pick(&HAZARDS) } else { "" },
            }
        });
    let mut calls: Vec<Call> = cast.into_iter().chain(others).collect();
    calls.sort_by_key(|call| (-call.ago, call.client));
    calls
}

/// The first name as the officer wrote it down: the short form now and then.
pub(crate) fn heard_first_name(town: &Town, client: usize) -> String {
    let person = town.person(client);
    match nickname(&person.first_name) {
        Some(short) if CastMember::at(client).is_none() && client.is_multiple_of(2) => short.to_owned(),
        _ => person.first_name,
    }
}

/// The police export of calls for service, oldest first.
#[must_use]
pub fn calls_for_service_csv(town: &Town) -> String {
    let mut csv = format!("{HEADER}\n");
    for (number, call) in calls(town).iter().enumerate() {
        let mut dice = Dice::at(town.seed(), Stream::Calls, number as u64 | 1 << 40);
        let person = town.person(call.client);
        let day = town.ago(call.ago);
        let block = dice.pick(&OUTSIDE);
        // Writing to a String cannot fail.
        let _written = writeln!(
            csv,
            "{}-{:06},{},{day}T{:02}:{:02}:00Z,\"{block}\",{},\"{}\",\"{}\",{},\"{}\"",
            day.year(),
            20_000 + number * 37,
            call.kind,
            dice.between(0, 23),
            dice.between(0, 59),
            call.disposition,
            heard_first_name(town, call.client),
            person.last_name,
            person.birth_date,
            call.hazard,
        );
    }
    csv
}

#[cfg(test)]
mod tests {
    use gateway_types::Date;

    use super::*;

    #[test]
    fn every_row_has_the_columns_and_the_mapping_names_them_all() {
        let town = Town::new(3, 2_000, Date::new(2026, 11, 10).unwrap());
        let csv = calls_for_service_csv(&town);
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let header = reader.headers().unwrap().clone();
        let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert!(rows.len() > 40);
        assert_eq!(rows.iter().filter(|row| &row[6] == "Oyelaran-Finch").count(), 2);
        assert!(
            rows.windows(2)
                .all(|pair| pair[0][2].get(..10) <= pair[1][2].get(..10))
        );
        let mapping: toml::Table = CALLS_MAPPING.parse().unwrap();
        let mapped: Vec<&str> = mapping.values().map(|column| column.as_str().unwrap()).collect();
        assert!(header.iter().all(|column| mapped.contains(&column)));
        assert_eq!(mapped.len(), header.len());
    }
}
