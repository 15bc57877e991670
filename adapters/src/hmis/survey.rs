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
    ("fy2022/bom_test", Taken(3, 23, 0)),
    ("fy2022/duplicate_primary_keys", Taken(2, 19, 0)),
    ("fy2022/enrollment_test_files", Taken(3, 26, 0)),
    // Two files: an export and its projects, no clients.
    ("fy2024/bad_ending", Refused(&["missing-file"])),
    ("fy2026/bad_ending", Refused(&["missing-file"])),
    ("fy2026/project_test_files", Refused(&["missing-file"])),
    // Every organisation is a victim service provider.
    (
        "fy2024/client_processing",
        Refused(&["nothing-allowed", "victim-service"]),
    ),
    (
        "fy2026/client_processing",
        Refused(&["nothing-allowed", "victim-service"]),
    ),
    (
        "fy2026/client_processing_2",
        Refused(&["nothing-allowed", "victim-service"]),
    ),
    // Organisations and projects stand there twice and differ (one of them says it is a victim service provider), so
    // no enrolment can be placed; two clients without any enrolment are left.
    ("fy2024/validation_files", Taken(2, 0, 0)),
    ("fy2026/validation_files", Taken(2, 0, 0)),
    ("fy2024/bom_test", Taken(3, 23, 0)),
    ("fy2024/duplicate_primary_keys", Taken(2, 19, 0)),
    ("fy2024/enrollment_change_files", Taken(3, 23, 0)),
    ("fy2024/enrollment_test_files", Taken(3, 26, 0)),
    ("fy2024/enrollment_with_deletes_test_files", Taken(2, 3, 18)),
    ("fy2026/allowed_projects", Taken(3, 28, 0)),
    ("fy2026/bad_data", Taken(11, 2, 0)),
    ("fy2026/bom_test", Taken(3, 23, 0)),
    ("fy2026/cleanup_move_ins", Taken(1, 13, 0)),
    // The vendor's extra files are named and not read.
    ("fy2026/custom_files", Taken(3, 26, 0)),
    ("fy2026/date_updated_initial", Taken(1, 1, 0)),
    ("fy2026/date_updated_newer", Taken(1, 1, 0)),
    ("fy2026/duplicate_primary_keys", Taken(2, 19, 0)),
    ("fy2026/enrollment_change_files", Taken(3, 23, 0)),
    ("fy2026/enrollment_test_files", Taken(3, 26, 0)),
    ("fy2026/enrollment_test_files_subset", Taken(3, 23, 0)),
    ("fy2026/enrollment_with_deletes_test_files", Taken(2, 3, 18)),
    ("fy2026/ensure_households", Taken(8, 24, 0)),
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
    assert_eq!(seen, 29);
}

#[test]
fn the_invented_town_is_taken_whole() {
    let today = gateway_types::Date::new(2026, 11, 10).unwrap();
    let town = gateway_synthetic::Town::new(7, 300, today);
    let mut bytes = std::io::Cursor::new(Vec::new());
    let summary = gateway_synthetic::write_hmis_zip(&town, &mut bytes).unwrap();
    let bytes = bytes.into_inner();
    let checked = check_bytes(&bytes, &Limits::default()).unwrap_or_else(|report| panic!("{report}"));
    println!("{}", checked.report());
    for (file, rows) in checked.report().files() {
        assert_eq!(rows.read, summary.rows(file), "{file}");
        assert_eq!(
            (rows.refused, rows.barred),
            (0, 0),
            "{file}\n{}",
            checked.report()
        );
    }
    let records = read_all(&checked, &bytes);
    assert!(records.len() as u64 > checked.rows_about_clients() * 9 / 10);
}

#[test]
fn the_invented_victim_service_provider_is_refused_and_named_nowhere() {
    let today = gateway_types::Date::new(2026, 11, 10).unwrap();
    let town = gateway_synthetic::Town::new(7, 300, today);
    let mut bytes = std::io::Cursor::new(Vec::new());
    gateway_synthetic::write_vsp_zip(&town, &mut bytes).unwrap();
    let report = check_bytes(&bytes.into_inner(), &Limits::default()).unwrap_err();
    assert!(
        report.names("victim-service") && report.names("nothing-allowed"),
        "{report}"
    );
    let text = report.to_string();
    for marker in gateway_synthetic::victim_service_markers() {
        assert!(
            !text.contains(&marker),
            "a marker of the victim service provider stands in the report"
        );
    }
}
