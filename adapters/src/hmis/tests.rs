//! One test for each hazard of an export.

use std::io::Cursor;

use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity};
use gateway_types::{LabelledElement, SourceRecord};
use proptest::prelude::*;

use super::format::{HmisFile, Version};
use super::samples::{Sample, check_bytes, read_all, zip_of};
use super::{CheckError, Directive, Limits, UnstatedVictimService, check};
use crate::report::{Report, Severity};

fn sample() -> Sample {
    Sample::new(Version::Fy2026)
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
fn a_sound_export_of_either_version_is_taken_without_remark() {
    for version in [Version::Fy2024, Version::Fy2026] {
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
    for version in [Version::Fy2024, Version::Fy2026] {
        let mut sample = Sample::new(version);
        for file in HmisFile::ALL.into_iter().skip(12) {
            sample.add(file, &[("PersonalID", "P1"), ("EnrollmentID", "E1")]);
        }
        let (checked, records) = sample.records();
        assert!(!checked.report().refused());
        assert_eq!(records.len(), 14);
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

    let inside: Vec<_> = HmisFile::ALL
        .into_iter()
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
    for file in HmisFile::ALL {
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

#[test]
fn deletion_withdraws_a_record_an_enrolment_with_what_hangs_on_it_and_a_client() {
    let mut sample = sample();
    sample.stay("E2", "P1", "J1", &[("DateDeleted", "2026-09-30 08:00:00")]);
    sample.add(
        HmisFile::Services,
        &[
            ("EnrollmentID", "E2"),
            ("PersonalID", "P1"),
            ("RecordType", "200"),
            ("TypeProvided", "200"),
        ],
    );
    sample.client("P2", &[("DateDeleted", "2026-09-30 08:00:00")]);
    sample.stay("E3", "P2", "J1", &[]);
    let (checked, records) = sample.records();
    let withdrawn: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            SourceRecord::Withdrawn { client, record } => Some((
                client.reveal(),
                record.as_ref().map(|record| record.kind.as_str()),
            )),
            _ => None,
        })
        .collect();
    assert_eq!(
        withdrawn,
        [
            ("P2", None),
            ("P1", Some("Enrollment.csv")),
            ("P1", Some("Services.csv"))
        ]
    );
    assert_eq!(records.len(), 5);
    assert!(checked.report().names("row-of-deleted"));
}

#[test]
fn an_export_with_no_or_several_rows_or_of_another_version_or_hashed_is_refused() {
    let mut none = sample();
    none.set_rows(HmisFile::Export, &[]);
    refused(&none, "export-rows");

    let mut two = sample();
    two.add(
        HmisFile::Export,
        &[
            ("ExportID", "X2"),
            ("CSVVersion", "2026 v1.0"),
            ("HashStatus", "1"),
        ],
    );
    refused(&two, "export-rows");

    for (stated, rule) in [
        ("2022 v1.3", "unsupported-version"),
        ("next", "unsupported-version"),
        ("", "unstated-version"),
    ] {
        let mut other = sample();
        other.replace(HmisFile::Export, "2026 v1.0", stated);
        refused(&other, rule);
    }

    let mut hashed = sample();
    hashed.set_rows(HmisFile::Export, &[]);
    hashed.add(
        HmisFile::Export,
        &[("CSVVersion", "2026 v1.0"), ("HashStatus", "4")],
    );
    refused(&hashed, "hashed-export");
}

#[test]
fn rows_of_a_victim_service_provider_leave_no_trace_and_the_others_are_taken() {
    let mut sample = sample();
    sample.add(
        HmisFile::Organization,
        &[("OrganizationID", "O2"), ("VictimServiceProvider", "1")],
    );
    sample.add(
        HmisFile::Project,
        &[
            ("ProjectID", "J2"),
            ("OrganizationID", "O2"),
            ("ProjectType", "1"),
        ],
    );
    sample.client("P2", &[("LastName", "Zephyrine")]);
    sample.client("P3", &[]);
    sample.stay("E2", "P2", "J2", &[]);
    sample.stay("E3", "P3", "J2", &[]);
    sample.stay("E4", "P3", "J1", &[]);
    sample.add(
        HmisFile::HealthAndDv,
        &[
            ("EnrollmentID", "E2"),
            ("PersonalID", "P2"),
            ("DomesticViolenceSurvivor", "1"),
        ],
    );
    let (checked, records) = sample.records();
    let keys: Vec<_> = records
        .iter()
        .map(|record| match record {
            SourceRecord::Client { client, .. } | SourceRecord::About { client, .. } => client.reveal(),
            _ => "",
        })
        .collect();
    assert_eq!(
        keys,
        ["P1", "P3", "P1", "P3"],
        "P2 is known only from the victim service provider"
    );
    let report = checked.report();
    assert_eq!(report.files()["Enrollment.csv"].barred, 2);
    assert_eq!(report.files()["HealthAndDV.csv"].barred, 1);
    assert_eq!(report.files()["Client.csv"].barred, 1);
    let client = report
        .findings()
        .into_iter()
        .find(|finding| finding.rule == "barred-client")
        .unwrap();
    assert!(client.rows.is_empty(), "counted, not named");
    let project = report
        .findings()
        .into_iter()
        .find(|finding| finding.rule == "victim-service" && finding.file == "Project.csv")
        .unwrap();
    assert_eq!(project.rows, [3]);
}

#[test]
fn an_export_of_nothing_but_victim_service_is_refused_and_so_is_a_comparable_database() {
    let mut victim = sample();
    victim.set_rows(HmisFile::Organization, &[]);
    victim.add(
        HmisFile::Organization,
        &[("OrganizationID", "O1"), ("VictimServiceProvider", "1")],
    );
    refused(&victim, "nothing-allowed");

    let mut comparable = sample();
    comparable.add(
        HmisFile::HmisParticipation,
        &[("ProjectID", "J1"), ("HMISParticipationType", "2")],
    );
    let report = refused(&comparable, "nothing-allowed");
    assert!(report.names("comparable-database"));
}

#[test]
fn an_unstated_victim_service_flag_warns_or_bars_as_the_operator_chose() {
    let mut sample = sample();
    sample.set_rows(HmisFile::Organization, &[]);
    sample.add(
        HmisFile::Organization,
        &[("OrganizationID", "O1"), ("VictimServiceProvider", "")],
    );
    let (checked, records) = sample.records();
    assert!(checked.report().names("victim-service-blank"));
    assert_eq!(records.len(), 2);
    let strict = Limits {
        unstated_victim_service: UnstatedVictimService::BarsClientRows,
        ..Limits::default()
    };
    let report = check_bytes(&sample.zip(), &strict).unwrap_err();
    assert!(report.names("victim-service-unstated"), "{report}");
}

#[test]
fn only_full_and_possible_particulars_identify_a_client() {
    let mut sample = sample();
    sample.client(
        "P2",
        &[
            ("NameDataQuality", "2"),
            ("SSN", "xxxxx5678"),
            ("SSNDataQuality", "2"),
            ("DOBDataQuality", "2"),
        ],
    );
    sample.client("P3", &[("SSN", "999999999"), ("DOB", "2031-01-01")]);
    let (checked, records) = sample.records();
    let identity = |at: usize| match &records[at] {
        SourceRecord::Client { identity, .. } => identity.clone(),
        _ => panic!("not a client"),
    };
    let full = identity(0);
    assert_eq!(full.ssn.unwrap().reveal(), "512345678");
    assert_eq!(full.birth_date.unwrap().reveal().to_string(), "1980-02-03");
    let partial = identity(1);
    assert!(partial.first_name.is_none() && partial.last_name.is_none() && partial.birth_date.is_none());
    assert_eq!(partial.ssn.unwrap().reveal(), "5678");
    let placeholder = identity(2);
    assert!(placeholder.ssn.is_none() && placeholder.birth_date.is_none());
    assert!(checked.report().names("not-a-real-ssn") && checked.report().names("unlikely-birth-date"));
}

#[test]
fn rows_of_4_08_to_4_11_carry_the_labels_of_the_catalogue() {
    let mut sample = sample();
    for (key, kind, response) in [
        ("D1", "8", "1"),
        ("D2", "9", "1"),
        ("D3", "10", "1"),
        ("D4", "5", "1"),
        ("D5", "6", "0"),
    ] {
        sample.add(
            HmisFile::Disabilities,
            &[
                ("DisabilitiesID", key),
                ("EnrollmentID", "E1"),
                ("PersonalID", "P1"),
                ("DisabilityType", kind),
                ("DisabilityResponse", response),
            ],
        );
    }
    sample.add(
        HmisFile::HealthAndDv,
        &[
            ("EnrollmentID", "E1"),
            ("PersonalID", "P1"),
            ("DomesticViolenceSurvivor", "0"),
            ("PregnancyStatus", "1"),
        ],
    );
    let (_, records) = sample.records();
    for (category, label) in [
        (Category::Hiv, Sensitivity::Hiv),
        (Category::MentalHealth, Sensitivity::Mh),
        (Category::SudTreatment, Sensitivity::Ethud),
        (Category::SudTreatment, Sensitivity::Sud),
        (Category::Disability, Sensitivity::Dia),
    ] {
        assert!(
            element(&records, "Disabilities.csv", Some(category))
                .sensitivity
                .contains(label),
            "{label}"
        );
    }
    let dv = element(&records, "HealthAndDV.csv", Some(Category::DvHistory));
    assert!(
        dv.sensitivity.contains(Sensitivity::Sdv),
        "also when the answer is no"
    );
    assert!(!dv.payload.fields().contains_key("PregnancyStatus"));
    let health = element(&records, "HealthAndDV.csv", Some(Category::Conditions));
    assert!(health.sensitivity.contains(Sensitivity::Pregnant));
}

#[test]
fn a_project_lends_its_labels_to_everything_that_comes_from_it() {
    let mut sample = sample();
    sample.add(
        HmisFile::Project,
        &[
            ("ProjectID", "J2"),
            ("OrganizationID", "O1"),
            ("ProjectName", "Sober Living"),
            ("ProjectType", "2"),
            ("TargetPopulation", "1"),
        ],
    );
    sample.add(
        HmisFile::Funder,
        &[("ProjectID", "J2"), ("FunderID", "F1"), ("Funder", "19")],
    );
    sample.add(
        HmisFile::Funder,
        &[("ProjectID", "J2"), ("FunderID", "F2"), ("Funder", "24")],
    );
    sample.add(
        HmisFile::ProjectCoC,
        &[
            ("ProjectID", "J2"),
            ("Address1", "9 Hidden Lane"),
            ("City", "Riverton"),
        ],
    );
    sample.client("P2", &[]);
    sample.stay("E2", "P2", "J2", &[]);
    let (_, records) = sample.records();
    let stay: Vec<_> = elements(records.last().unwrap()).to_vec();
    for element in &stay {
        assert_eq!(element.source_programme.as_deref(), Some("J2"));
        assert!(element.regimes.contains(Regime::Hopwa) && element.regimes.contains(Regime::Rhy));
        assert!(
            element.sensitivity.contains(Sensitivity::Hiv) && element.sensitivity.contains(Sensitivity::Sdv)
        );
        assert!(element.facts.contains(ElementFact::FamilyViolenceProject));
    }
    let address = stay
        .iter()
        .find(|element| element.category == Some(Category::ProjectAddress))
        .unwrap();
    assert!(address.facts.contains(ElementFact::RevealsConfidentialLocation));
    assert!(address.facts.contains(ElementFact::ProjectNameRevealsSud));
    assert_eq!(address.payload.fields()["address"], "9 Hidden Lane");
}

#[test]
fn an_enrolment_tells_of_bed_and_worker_and_an_exit_ends_both() {
    let (_, records) = sample().records();
    let bed = element(&records, "Enrollment.csv", Some(Category::ShelterStatus));
    assert_eq!(
        bed.payload.fields()["status"],
        "in shelter or transitional housing"
    );
    assert_eq!(
        bed.payload.fields()["project_type"],
        "emergency shelter, night by night"
    );
    assert!(bed.sensitivity.contains(Sensitivity::Livarg));
    let worker = element(&records, "Enrollment.csv", Some(Category::CaseManagerContact));
    assert_eq!(worker.payload.fields()["name"], "Wanda Worker");
    assert_eq!(worker.payload.fields()["phone"], "5550100");
    assert_eq!(worker.payload.fields()["organization_name"], "Harbour Housing");

    let mut left = sample();
    left.add(
        HmisFile::Exit,
        &[
            ("EnrollmentID", "E1"),
            ("PersonalID", "P1"),
            ("ExitDate", "2026-09-20"),
            ("Destination", "205"),
        ],
    );
    let (_, records) = left.records();
    let bed = element(&records, "Enrollment.csv", Some(Category::ShelterStatus));
    assert_eq!(
        (&bed.payload.fields()["status"], &bed.payload.fields()["until"]),
        (&"left".into(), &"2026-09-20".into())
    );
    let worker = element(&records, "Enrollment.csv", Some(Category::CaseManagerContact));
    assert!(!worker.payload.fields().contains_key("phone"));
    let destination = element(&records, "Exit.csv", Some(Category::Location));
    assert!(destination.sensitivity.contains(Sensitivity::Sud));
}

#[test]
fn too_many_refused_rows_refuse_the_export() {
    let mut sample = sample();
    (0..200).for_each(|at| sample.stay(&format!("S{at}"), "P9", "J1", &[]));
    refused(&sample, "too-many-refused-rows");
}

#[test]
fn reading_other_bytes_than_were_checked_is_an_error() {
    let mut sample = sample();
    let (checked, _) = sample.records();
    sample.replace(HmisFile::Client, "Zanzibara,", "Zanzibara");
    let outcome = checked.read(&mut Cursor::new(sample.zip()), &mut |_| {
        std::ops::ControlFlow::Continue(())
    });
    assert!(outcome.is_err());
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
        let file = HmisFile::ALL[file];
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
