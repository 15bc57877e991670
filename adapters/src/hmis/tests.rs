//! One test for each hazard of an export.

mod content;
mod fy2022;
mod hashed;

use std::io::Cursor;

use gateway_types::vocabulary::{Category, Sensitivity};
use gateway_types::{LabelledElement, SourceRecord};
use proptest::prelude::*;

use super::format::{About, HmisFile, Version};
use super::samples::{Sample, check_bytes, read_all, zip_of};
use super::{CheckError, Directive, Limits, check};
use crate::report::{Report, Severity};

fn sample() -> Sample {
    Sample::new(Version::Fy2026)
}

/// The files of the sample's version.
fn files() -> impl Iterator<Item = HmisFile> {
    HmisFile::ALL
        .into_iter()
        .filter(|file| file.belongs_in(Version::Fy2026))
}

#[track_caller]
fn refused(sample: &Sample, rule: &str) -> Box<Report> {
    let report = sample.check().expect_err("should be refused");
    assert!(report.names(rule), "{rule} is not in:\n{report}");
    assert!(report.refused());
    report
}

#[track_caller]
fn row_refused(sample: &Sample, file: HmisFile, rule: &str) -> Vec<SourceRecord> {
    let (checked, records) = sample.records();
    let report = checked.report();
    let finding = report
        .findings()
        .into_iter()
        .find(|finding| finding.rule == rule && finding.file == file.name());
    let finding = finding.unwrap_or_else(|| panic!("{rule} is not in:\n{report}"));
    assert!(matches!(
        finding.severity,
        Severity::RefusesRow | Severity::Barred
    ));
    records
}

fn elements(record: &SourceRecord) -> &[LabelledElement] {
    match record {
        SourceRecord::Client { elements, .. } | SourceRecord::About { elements, .. } => elements,
        _ => &[],
    }
}

#[track_caller]
fn element(records: &[SourceRecord], kind: &str, category: Option<Category>) -> LabelledElement {
    records
        .iter()
        .flat_map(elements)
        .find(|element| element.record.kind == kind && element.category == category)
        .unwrap_or_else(|| panic!("no {category:?} of {kind}"))
        .clone()
}

#[test]
fn a_sound_export_of_any_version_is_taken_without_remark() {
    for version in [Version::Fy2022, Version::Fy2024, Version::Fy2026] {
        let (checked, records) = Sample::new(version).records();
        assert!(checked.report().is_clean(), "{}", checked.report());
        assert_eq!(checked.export().version, version);
        assert_eq!(checked.export().directive, Directive::Full);
        assert_eq!(checked.rows_about_clients(), 2);
        assert_eq!(checked.projects().collect::<Vec<_>>(), ["J1"]);
        assert_eq!(records.len(), 2);
        assert!(
            matches!(records[0], SourceRecord::Client { .. }),
            "clients come first"
        );
    }
}

#[test]
fn every_row_gives_at_most_one_element_a_category_and_every_column_goes_somewhere() {
    for version in [Version::Fy2022, Version::Fy2024, Version::Fy2026] {
        let mut sample = Sample::new(version);
        let during = HmisFile::ALL
            .into_iter()
            .filter(|file| file.about() == About::DuringStay && file.belongs_in(version));
        for file in during {
            sample.add(file, &[("PersonalID", "P1"), ("EnrollmentID", "E1")]);
        }
        let (checked, records) = sample.records();
        assert!(!checked.report().refused());
        assert_eq!(records.len(), if version == Version::Fy2022 { 15 } else { 14 });
        for record in &records {
            let mut categories: Vec<_> = elements(record).iter().map(|element| element.category).collect();
            assert!(!categories.is_empty());
            categories.sort();
            let all = categories.len();
            categories.dedup();
            assert_eq!(categories.len(), all);
        }
    }
}

#[test]
fn something_that_is_no_zip_is_refused() {
    for bytes in [
        &b""[..],
        b"PK",
        b"PersonalID,FirstName\n1,Zanzibara\n",
        &[0u8; 4096],
    ] {
        let report = check_bytes(bytes, &Limits::default()).unwrap_err();
        assert!(report.names("not-a-zip"), "{report}");
    }
}

#[test]
fn a_zip_cut_short_or_damaged_is_refused() {
    let whole = sample().zip();
    for length in [whole.len() / 4, whole.len() / 2, whole.len() - 10] {
        let report = check_bytes(&whole[..length], &Limits::default()).unwrap_err();
        assert!(report.names("broken-zip"), "{report}");
    }
    let mut damaged = whole;
    damaged[60] ^= 0xFF;
    assert!(check_bytes(&damaged, &Limits::default()).is_err());
}

#[test]
fn a_zip_bomb_stops_before_it_fills_anything() {
    let mut bomb = sample();
    let row = [b"P1,".as_slice(), &[b'A'; 3000], b"\n"].concat();
    *bomb.bytes(HmisFile::Disabilities) =
        [bomb.bytes(HmisFile::Disabilities).as_slice(), &row.repeat(1000)].concat();
    let limits = Limits {
        ratio_floor: 1 << 20,
        ..Limits::default()
    };
    let report = check_bytes(&bomb.zip(), &limits).unwrap_err();
    assert!(report.names("zip-bomb"), "{report}");

    let mut blank = sample();
    blank
        .bytes(HmisFile::Client)
        .extend(std::iter::repeat_n(b'\n', 4 << 20));
    refused(&blank, "row-too-long");

    let limits = Limits {
        inflated: 2000,
        ..Limits::default()
    };
    let report = check_bytes(&sample().zip(), &limits).unwrap_err();
    assert!(report.names("zip-too-large"), "{report}");

    let limits = Limits {
        rows: 0,
        ..Limits::default()
    };
    let report = check_bytes(&sample().zip(), &limits).unwrap_err();
    assert!(report.names("too-many-rows"), "{report}");

    let mut many = sample();
    (0..200).for_each(|at| many.file(&format!("extra{at}.csv"), b""));
    refused(&many, "too-many-files");
}

#[test]
fn a_missing_file_is_named() {
    for file in HmisFile::NEEDED {
        let mut sample = sample();
        sample.without(file.name());
        let report = refused(&sample, "missing-file");
        assert!(
            report
                .findings()
                .iter()
                .any(|finding| finding.file == file.name())
        );
    }
    let mut sample = sample();
    sample.without("Disabilities.csv");
    let (checked, records) = sample.records();
    assert!(checked.report().names("absent-file"));
    assert_eq!(records.len(), 2);
}

#[test]
fn files_are_found_in_any_case_and_in_one_folder_but_not_twice_or_scattered() {
    let files = |names: &[(&str, &str)]| {
        let mut sample = sample();
        for (from, to) in names {
            let bytes = match HmisFile::called(from.as_bytes()) {
                Some(file) => sample.bytes(file).clone(),
                None => Vec::new(),
            };
            if from != to {
                sample.file(to, &bytes);
            }
        }
        sample
    };
    let mut lower = files(&[("Client.csv", "client.CSV")]);
    lower.without("Client.csv");
    assert!(lower.check().is_ok());

    refused(&files(&[("Client.csv", "client.csv")]), "duplicate-file");

    let mut scattered = files(&[("Client.csv", "more/Client.csv")]);
    scattered.without("Client.csv");
    refused(&scattered, "folder-in-zip");

    let inside: Vec<_> = self::files()
        .map(|file| (format!("export/{}", file.name()), sample().bytes(file).clone()))
        .collect();
    let bytes = zip_of(
        inside
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
    );
    let checked = check_bytes(&bytes, &Limits::default()).unwrap_or_else(|report| panic!("{report}"));
    assert!(checked.report().names("folder-around-files"));
}

#[test]
fn an_extra_file_is_told_by_its_place_not_its_name() {
    let mut sample = sample();
    sample.file("Zanzibara Quillfeather.pdf", b"%PDF");
    let (checked, _) = sample.records();
    assert!(checked.report().names("extra-file"));
    assert!(!checked.report().to_string().contains("Zanzibara"));
}

#[test]
fn a_wrong_column_is_told_by_its_place_and_the_missing_one_by_name() {
    let mut wrong = sample();
    wrong.replace(HmisFile::Enrollment, "LivingSituation", "LivingSituatoin");
    let report = refused(&wrong, "unknown-column");
    assert!(
        report.to_string().contains("Enrollment.csv, column 8"),
        "{report}"
    );
    assert!(
        report
            .to_string()
            .contains("LivingSituation: the column is missing"),
        "{report}"
    );

    let mut missing = sample();
    missing.replace(HmisFile::Enrollment, "EntryDate,", "");
    let report = refused(&missing, "missing-column");
    assert!(report.to_string().contains("EntryDate"), "{report}");

    let mut twice = sample();
    twice.replace(HmisFile::Client, "MiddleName", "FirstName");
    refused(&twice, "repeated-column");

    let mut other_year = sample();
    other_year.replace(HmisFile::Client, "Sex,", "Woman,");
    refused(&other_year, "column-of-other-version");

    let mut headless = sample();
    let text = String::from_utf8(headless.bytes(HmisFile::Client).clone()).unwrap();
    *headless.bytes(HmisFile::Client) = text.lines().nth(1).unwrap().as_bytes().to_vec();
    let report = refused(&headless, "unknown-column");
    assert!(!report.to_string().contains("Zanzibara"), "{report}");

    let mut empty = sample();
    empty.bytes(HmisFile::Client).clear();
    refused(&empty, "empty-file");
}

#[test]
fn columns_in_another_order_are_read_by_name() {
    let mut sample = sample();
    let text = String::from_utf8(sample.bytes(HmisFile::Client).clone()).unwrap();
    let turned: Vec<String> = text
        .lines()
        .map(|line| line.split(',').rev().collect::<Vec<_>>().join(","))
        .collect();
    *sample.bytes(HmisFile::Client) = turned.join("\n").into_bytes();
    let (checked, records) = sample.records();
    assert!(checked.report().names("column-order"));
    let SourceRecord::Client { client, identity, .. } = &records[0] else {
        panic!("not a client");
    };
    assert_eq!(client.reveal(), "P1");
    assert_eq!(identity.last_name.as_ref().unwrap().reveal(), "Quillfeather");
}

#[test]
fn a_byte_order_mark_and_any_line_end_are_read() {
    let mut sample = sample();
    for file in files() {
        let bytes = sample.bytes(file);
        let text = String::from_utf8(bytes.clone()).unwrap().replace('\n', "\r\n");
        *bytes = [b"\xEF\xBB\xBF", text.trim_end().as_bytes()].concat();
    }
    let (checked, records) = sample.records();
    assert!(checked.report().names("byte-order-mark"));
    assert_eq!(records.len(), 2);

    let mut wide = self::sample();
    let text = String::from_utf8(wide.bytes(HmisFile::Client).clone()).unwrap();
    let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes);
    *wide.bytes(HmisFile::Client) = [0xFF, 0xFE].into_iter().chain(utf16).collect();
    refused(&wide, "utf-16");
}

#[test]
fn latin_1_is_read_and_said_and_never_mixed_with_utf_8() {
    let mut sample = sample();
    sample.client("P2", &[("LastName", "MuNNoz")]);
    let spoil = |sample: &mut Sample, with: &[u8]| {
        let bytes = sample.bytes(HmisFile::Client);
        let at = bytes.windows(2).position(|part| part == b"NN").unwrap();
        bytes.splice(at..at + 2, with.iter().copied());
    };
    let mut latin = sample.clone();
    spoil(&mut latin, b"\xF1");
    let (checked, records) = latin.records();
    assert!(checked.report().names("latin-1"));
    let SourceRecord::Client { identity, .. } = &records[1] else {
        panic!("not a client");
    };
    assert_eq!(identity.last_name.as_ref().unwrap().reveal(), "Mu\u{F1}oz");

    let mut mixed = latin;
    mixed.client("P3", &[("LastName", "Mu\u{F1}oz")]);
    refused(&mixed, "mixed-encoding");

    spoil(&mut sample, b"\x81");
    let records = row_refused(&sample, HmisFile::Client, "undecodable");
    assert_eq!(records.len(), 2, "the other client and the enrolment");
}

#[test]
fn a_line_break_inside_quotes_is_part_of_the_cell() {
    let mut sample = sample();
    sample.add(
        HmisFile::CurrentLivingSituation,
        &[
            ("EnrollmentID", "E1"),
            ("PersonalID", "P1"),
            ("CurrentLivingSituation", "116"),
            ("LocationDetails", "under, the\n\"bridge\""),
        ],
    );
    let (_, records) = sample.records();
    let withheld = element(&records, "CurrentLivingSituation.csv", None);
    assert_eq!(
        withheld.payload.fields()["LocationDetails"],
        "under, the\n\"bridge\""
    );
    let place = element(&records, "CurrentLivingSituation.csv", Some(Category::Location));
    assert_eq!(
        place.payload.fields()["living_situation"],
        "place not meant for habitation"
    );
    assert!(
        place.sensitivity.contains(Sensitivity::Livarg) && place.sensitivity.contains(Sensitivity::Locis)
    );
    assert_eq!(place.as_of.unwrap().to_string(), "2026-09-02");
}

#[test]
fn a_shifted_row_is_refused_alone() {
    let mut short = sample();
    short.client("P2", &[]);
    short.replace(HmisFile::Client, "P2,", "P2");
    assert_eq!(row_refused(&short, HmisFile::Client, "field-count").len(), 2);

    let mut long = sample();
    long.client("P2", &[]);
    long.replace(HmisFile::Client, "P2,", "P2,,");
    assert_eq!(row_refused(&long, HmisFile::Client, "field-count").len(), 2);

    // One cell lost and one won: the count is right, the values are not.
    let mut slipped = sample();
    slipped.client("P2", &[("MiddleName", "M")]);
    slipped.replace(
        HmisFile::Client,
        "P2,Zanzibara,M,Quillfeather,,1,512345678,1,1980-02-03,1,",
        "P2,Zanzibara,Quillfeather,,1,512345678,1,1980-02-03,1,x,",
    );
    assert_eq!(row_refused(&slipped, HmisFile::Client, "looks-shifted").len(), 2);
}

#[test]
fn an_unclosed_quote_does_not_swallow_the_export() {
    let mut sample = sample();
    sample.replace(HmisFile::Client, "Zanzibara", "\"Zanzibara");
    (0..9000).for_each(|at| sample.client(&format!("Q{at}"), &[("AdditionalRaceEthnicity", "x")]));
    refused(&sample, "row-too-long");
}

#[test]
fn two_rows_with_one_key_are_both_refused_and_a_repeated_row_is_taken_once() {
    let mut differing = sample();
    differing.client("P1", &[("LastName", "Otherwise")]);
    let report = refused(&differing, "nothing-taken");
    let finding = report
        .findings()
        .into_iter()
        .find(|finding| finding.rule == "duplicate-key")
        .unwrap();
    assert_eq!((finding.count, finding.rows), (2, vec![2, 3]));

    let mut same = sample();
    same.client("P1", &[]);
    let (checked, records) = same.records();
    assert!(checked.report().names("repeated-row"));
    assert_eq!(records.len(), 2);

    let mut stay = sample();
    stay.client("P2", &[]);
    stay.stay("E1", "P2", "J1", &[]);
    let records = row_refused(&stay, HmisFile::Enrollment, "duplicate-key");
    assert_eq!(records.len(), 2, "both clients, no enrolment");
}

#[test]
fn a_reference_to_what_is_not_there_refuses_the_row() {
    let mut sample = sample();
    sample.stay("E2", "P9", "J1", &[]);
    sample.stay("E3", "P1", "J9", &[]);
    sample.client("P2", &[]);
    sample.add(HmisFile::Exit, &[("EnrollmentID", "E9"), ("PersonalID", "P1")]);
    sample.add(
        HmisFile::Services,
        &[
            ("EnrollmentID", "E1"),
            ("PersonalID", "P2"),
            ("RecordType", "200"),
            ("TypeProvided", "200"),
        ],
    );
    let (checked, records) = sample.records();
    for rule in [
        "unknown-client",
        "unknown-project",
        "unknown-enrollment",
        "other-person",
    ] {
        assert!(checked.report().names(rule), "{rule}");
    }
    assert_eq!(records.len(), 3);

    let mut lost = self::sample();
    lost.replace(HmisFile::Project, "J1,O1", "J1,O9");
    let report = refused(&lost, "nothing-taken");
    assert!(
        report.names("unknown-organization") && report.names("unplaced-client"),
        "{report}"
    );
}

#[test]
fn a_delta_may_be_about_a_client_sent_before_but_not_at_an_unknown_project() {
    let mut delta = sample();
    delta.replace(HmisFile::Export, "2026-10-01 02:00:00", "2026-10-02 02:00:00");
    delta.stay("E2", "P7", "J1", &[]);
    let text = String::from_utf8(delta.bytes(HmisFile::Export).clone()).unwrap();
    *delta.bytes(HmisFile::Export) = text.replace(",1,2,1,", ",1,1,1,").into_bytes();
    let (checked, records) = delta.records();
    assert_eq!(checked.export().directive, Directive::Delta);
    assert_eq!(records.len(), 3);
}

#[test]
fn a_value_of_wrong_type_or_list_is_kept_without_a_category() {
    let mut sample = sample();
    sample.stay(
        "E2",
        "P1",
        "J1",
        &[
            ("LivingSituation", "16"),
            ("MoveInDate", "9/10/2015"),
            ("DisablingCondition", "yes"),
        ],
    );
    let (checked, records) = sample.records();
    assert!(checked.report().names("bad-code") && checked.report().names("bad-value"));
    let stay = &records[2];
    let withheld = elements(stay)
        .iter()
        .find(|element| element.category.is_none())
        .unwrap();
    assert_eq!(withheld.payload.fields()["MoveInDate"], "9/10/2015");
    assert!(
        elements(stay)
            .iter()
            .all(|element| element.category != Some(Category::Disability))
    );
    assert!(
        elements(stay)
            .iter()
            .all(|element| element.category != Some(Category::Location))
    );
}

#[test]
fn a_value_that_decides_what_the_row_is_must_be_readable() {
    let mut sample = sample();
    sample.stay("E2", "P1", "J1", &[("EntryDate", "9/10/2015")]);
    sample.add(
        HmisFile::Disabilities,
        &[
            ("EnrollmentID", "E1"),
            ("PersonalID", "P1"),
            ("DisabilityType", "77"),
        ],
    );
    sample.client("P2", &[("DateDeleted", "yesterday")]);
    let (checked, records) = sample.records();
    let needed = checked
        .report()
        .findings()
        .into_iter()
        .filter(|finding| finding.rule == "needed-value");
    assert_eq!(needed.count(), 3);
    assert_eq!(records.len(), 2);
}

/// Marker words stand in every cell that can be wrong; none of them may come back in a report or an error.
#[test]
fn no_report_repeats_a_value() {
    const MARKS: [&str; 3] = ["Xyloquent", "Quillfeather", "512345678"];
    let mut spoilt = Vec::new();
    for file in HmisFile::ALL {
        for column in file
            .columns()
            .iter()
            .filter(|column| column.belongs_in(Version::Fy2026))
        {
            let mut sample = sample();
            if file == HmisFile::Client {
                sample.client("P5", &[(column.name, "Xyloquent")]);
            } else {
                sample.add(
                    file,
                    &[("EnrollmentID", "E1"), ("PersonalID", "P1")]
                        .into_iter()
                        .filter(|(name, _)| file.columns().iter().any(|c| c.name == *name))
                        .chain([(column.name, "Xyloquent")])
                        .collect::<Vec<_>>(),
                );
            }
            spoilt.push(sample);
        }
    }
    let mut header = sample();
    header.replace(HmisFile::Client, "FirstName", "Xyloquent");
    spoilt.push(header);
    for sample in spoilt {
        let text = match sample.check() {
            Ok(checked) => format!(
                "{}{:?}",
                checked.report(),
                serde_json::to_value(checked.report()).unwrap()
            ),
            Err(report) => format!("{report}{report:?}{}", CheckError::Refused(report.clone())),
        };
        for mark in MARKS {
            assert!(!text.contains(mark), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_zip_never_panics(at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), cut in any::<prop::sample::Index>()) {
        let mut bytes = sample().zip();
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let cut = bytes.len() - cut.index(bytes.len()) / 8;
        if let Ok(checked) = check(&mut Cursor::new(&bytes[..cut]), &Limits::default()) {
            read_all(&checked, &bytes[..cut]);
        }
    }

    #[test]
    fn mutated_rows_never_panic(file in 0usize..24, at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut sample = sample();
        let file = files().nth(file).unwrap();
        let bytes = sample.bytes(file);
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if let Ok(checked) = sample.check() {
            read_all(&checked, &sample.zip());
        }
    }
}
