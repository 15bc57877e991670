//! Calls, taken, withheld and barred.

use proptest::prelude::*;

use super::*;

const MAPPING: &str = r#"
incident = "no"
call_type = "type"
received = "at"
block = "block"
disposition = "how"
first_name = "first"
last_name = "last"
birth_date = "dob"
role = "role"
hazard = "note"
"#;
const HEADER: &str = "no,type,at,block,how,first,last,dob,role,note\n";
const SOUND: &str = "K26-0001,WELFARE CHECK,2026-10-01T10:00:00Z,400 block of Pier St,GONE,Zanzibara,Quillfeather,1980-02-03,subject,friendly dog\n";

fn mapping() -> Mapping {
    Mapping::from_toml(MAPPING).unwrap()
}

fn read(rows: &str) -> Result<Taken, Box<Report>> {
    calls(
        format!("{HEADER}{rows}").as_bytes(),
        &mapping(),
        &Limits::default(),
    )
}

#[track_caller]
fn row_stopped(row: &str, rule: &str, severity: Severity) {
    let taken = read(&format!("{SOUND}{row}\n")).unwrap();
    assert_eq!(taken.records.len(), 1);
    let finding = taken
        .report
        .findings()
        .into_iter()
        .find(|finding| finding.rule == rule);
    let finding = finding.unwrap_or_else(|| panic!("{rule} is not in:\n{}", taken.report));
    assert_eq!((finding.severity, finding.rows.as_slice()), (severity, &[3][..]));
    assert!(!taken.report.to_string().contains("Quill"), "{}", taken.report);
}

#[test]
fn a_call_becomes_an_element_and_a_hazard_another() {
    let again = SOUND.replace("K26-0001", "K26-0002").replace("friendly dog", "");
    let taken = read(&format!("{SOUND}{again}")).unwrap();
    let [
        SourceRecord::Client {
            identity, elements, ..
        },
        SourceRecord::About { elements: second, .. },
    ] = taken.records.as_slice()
    else {
        panic!("a client and a second call");
    };
    assert_eq!(
        identity.birth_date.as_ref().unwrap().reveal().to_string(),
        "1980-02-03"
    );
    assert_eq!(elements[0].category, Some(Category::CallsForService));
    assert_eq!(elements[0].payload.fields()["disposition"], "GONE");
    assert!(
        !elements[0]
            .payload
            .fields()
            .values()
            .any(|value| value == "Quillfeather")
    );
    assert_eq!(elements[1].category, Some(Category::SafetyFlags));
    assert_eq!(elements[1].payload.fields()["hazard"], "friendly dog");
    assert_eq!(second.len(), 1);
    assert!(taken.report.is_clean(), "{}", taken.report);
}

#[test]
fn a_hazard_that_tells_of_illness_is_no_flag_for_dispatch() {
    let taken = read(&SOUND.replace("friendly dog", "schizophrenia")).unwrap();
    let SourceRecord::Client { elements, .. } = &taken.records[0] else {
        panic!("not a client");
    };
    assert_eq!(elements[1].category, Some(Category::PoliceIncident));
}

#[test]
fn what_must_not_be_here_is_stopped_by_row_number() {
    let spoil = |from: &str, to: &str| SOUND.trim_end().replace("K26-0001", "K26-0002").replace(from, to);
    row_stopped(
        &spoil("friendly dog", "NCIC HIT see screen"),
        "ncic-return",
        Severity::Barred,
    );
    row_stopped(&spoil("GONE", "III/FBI/123"), "ncic-return", Severity::Barred);
    row_stopped(&spoil("1980-02-03", "2010-02-03"), "juvenile", Severity::Barred);
    row_stopped(
        &spoil("WELFARE CHECK", "RUNAWAY JUVENILE"),
        "juvenile",
        Severity::Barred,
    );
    row_stopped(&spoil("subject", "Caller"), "third-party", Severity::Barred);
    row_stopped(&spoil("Quillfeather", ""), "about-nobody", Severity::RefusesRow);
    row_stopped(
        &spoil("2026-10-01T10:00:00Z", "yesterday"),
        "bad-time",
        Severity::RefusesRow,
    );
    row_stopped(
        &spoil("1980-02-03", "2/3/80"),
        "bad-birth-date",
        Severity::RefusesRow,
    );
    row_stopped(&spoil(",subject", ""), "field-count", Severity::RefusesRow);
    row_stopped(SOUND.trim_end(), "duplicate-incident", Severity::RefusesRow);
}

#[test]
fn an_arrest_makes_a_call_criminal_history() {
    let taken = read(&SOUND.replace("GONE", "ARRESTED AND BOOKED")).unwrap();
    let SourceRecord::Client { elements, .. } = &taken.records[0] else {
        panic!("not a client");
    };
    assert!(elements[0].facts.contains(ElementFact::ContainsArrestNotation));
    assert!(elements[0].regimes.contains(Regime::Chri));
    assert!(taken.report.names("arrest-notation"));
}

#[test]
fn a_file_of_nothing_but_barred_rows_is_refused() {
    assert!(
        read(&SOUND.replace("1980", "2015"))
            .unwrap_err()
            .names("nothing-taken")
    );
}

#[test]
fn a_header_without_a_mapped_column_is_refused_and_an_unmapped_one_told_by_place() {
    let refused = calls(b"no,type,at\n", &mapping(), &Limits::default()).unwrap_err();
    assert!(refused.names("missing-column"), "{refused}");
    let wide = format!(
        "{}Quillfeather\n{},x\n",
        HEADER.replace('\n', ","),
        SOUND.trim_end()
    );
    let taken = calls(wide.as_bytes(), &mapping(), &Limits::default()).unwrap();
    assert!(taken.report.to_string().contains("column 11"));
    assert!(!taken.report.to_string().contains("Quillfeather"));
}

#[test]
fn a_mapping_names_each_column_once() {
    let shared = MAPPING.replace("\"how\"", "\"block\"");
    assert_eq!(
        Mapping::from_toml(&shared).unwrap_err(),
        MappingFault::Shared("block", "disposition")
    );
    assert!(matches!(
        Mapping::from_toml("x = 1"),
        Err(MappingFault::Malformed(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_files_never_panic(at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12)) {
        let mut bytes = format!("{HEADER}{SOUND}").into_bytes();
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let _outcome = calls(&bytes, &mapping(), &Limits::default());
    }
}

#[test]
fn the_calls_of_the_invented_town_are_taken_whole() {
    let today = Date::new(2026, 11, 10).unwrap();
    let town = gateway_synthetic::Town::new(7, 2_000, today);
    let mapping = Mapping::from_toml(gateway_synthetic::CALLS_MAPPING).unwrap();
    let csv = gateway_synthetic::calls_for_service_csv(&town);
    let taken =
        calls(csv.as_bytes(), &mapping, &Limits::default()).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(taken.records.len(), csv.lines().count() - 1, "{}", taken.report);
    assert!(taken.report.is_clean(), "{}", taken.report);
}
