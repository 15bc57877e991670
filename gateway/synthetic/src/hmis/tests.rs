//! The export against the specification: every header, every cell, every key. Reads the column lists under
//! `../shared` where they are, and says so where they are not.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::OnceLock;

use gateway_types::Date;
use serde_json::Value;

use super::{Summary, victim_service_markers, write_hmis_zip, write_vsp_zip};
use crate::town::Town;

const CLIENTS: usize = 2_000;

fn town() -> Town {
    Town::new(7, CLIENTS, Date::new(2026, 11, 10).unwrap())
}

/// The export that most tests look at, made once.
fn usual() -> &'static (Summary, Vec<u8>) {
    static USUAL: OnceLock<(Summary, Vec<u8>)> = OnceLock::new();
    USUAL.get_or_init(|| export(&town()))
}

fn export(town: &Town) -> (Summary, Vec<u8>) {
    let mut bytes = Cursor::new(Vec::new());
    let summary = write_hmis_zip(town, &mut bytes).unwrap();
    (summary, bytes.into_inner())
}

struct Table {
    header: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Table {
    fn column(&self, name: &str) -> usize {
        self.header.iter().position(|column| column == name).unwrap()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let place = self.column(name);
        self.rows.iter().map(move |row| &row[place])
    }
}

fn tables(zip: &[u8]) -> BTreeMap<String, Table> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
            let rows = reader.records().map(|row| row.unwrap()).collect();
            (file.name().unwrap().into_owned(), Table { header, rows })
        })
        .collect()
}

fn spec() -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/hmis/spec/fy2026.json");
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(_) => {
            println!("NOT CHECKED against the specification: its column lists are not beside the repository");
            None
        }
    }
}

fn files(spec: &Value) -> impl Iterator<Item = (&String, &Vec<Value>)> {
    spec.as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| !name.starts_with('_'))
        .map(|(name, columns)| (name, columns.as_array().unwrap()))
}

#[test]
fn headers_are_those_of_the_specification() {
    let Some(spec) = spec() else { return };
    let mut vsp = Cursor::new(Vec::new());
    write_vsp_zip(&town(), &mut vsp).unwrap();
    for zip in [&usual().1, &vsp.into_inner()] {
        let tables = tables(zip);
        assert_eq!(tables.len(), files(&spec).count());
        for (name, columns) in files(&spec) {
            let wanted: Vec<&str> = columns
                .iter()
                .map(|column| column["name"].as_str().unwrap())
                .collect();
            assert_eq!(tables[name].header, wanted, "{name}");
        }
    }
}

/// Whether `condition` of the specification holds for a row; `None` if it looks beyond the row.
fn holds(condition: &str, cell: &dyn Fn(&str) -> Option<String>) -> Option<bool> {
    let mut all = Vec::new();
    let alternatives = condition.replace(['(', ')'], "");
    for alternative in alternatives.split(" or ") {
        let mut each = true;
        for term in alternative.split(" and ") {
            let (column, wanted) = match term.split_once(" = ") {
                Some((column, value)) => (column, vec![value.trim().to_owned()]),
                None => match term.split_once(" in ") {
                    Some((column, list)) => (column, list.split(',').map(|v| v.trim().to_owned()).collect()),
                    None => {
                        let column = term.strip_suffix(" is not null")?;
                        each &= !cell(column.trim())?.is_empty();
                        continue;
                    }
                },
            };
            let value = cell(column.trim())?;
            each &= wanted.contains(&value);
        }
        all.push(each);
    }
    Some(all.contains(&true))
}

fn listed(spec: &Value, list: &Value, cell: &dyn Fn(&str) -> Option<String>) -> Option<HashSet<String>> {
    let key = match list {
        Value::String(key) => key.clone(),
        Value::Object(by) => {
            let deciding = cell(by["by"].as_str().unwrap().split(' ').next().unwrap())?;
            by.get(&deciding).or_else(|| by.get("*"))?.as_str()?.to_owned()
        }
        _ => return None,
    };
    let codes = spec["_lists"].get(&key)?.as_object()?;
    Some(codes.keys().cloned().collect())
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

fn is_money(text: &str) -> bool {
    text.split_once('.').is_some_and(|(whole, cents)| {
        cents.len() == 2
            && [whole, cents]
                .iter()
                .all(|part| part.bytes().all(|b| b.is_ascii_digit()))
    })
}

#[test]
fn every_cell_obeys_the_specification() {
    let Some(spec) = spec() else { return };
    let tables = tables(&usual().1);
    let (mut conditions, mut lists) = (0, 0);
    for (file, columns) in files(&spec) {
        let table = &tables[file];
        for (number, row) in table.rows.iter().enumerate() {
            let cell = |name: &str| {
                table
                    .header
                    .iter()
                    .position(|column| column == name)
                    .map(|place| row[place].to_owned())
            };
            for (column, value) in columns.iter().zip(row.iter()) {
                let name = column["name"].as_str().unwrap();
                let at = || format!("{file} row {number} column {name}: `{value}`");
                if value.is_empty() {
                    assert_eq!(column["nullable"], true, "{} must have a value", at());
                    continue;
                }
                let kind = column["type"].as_str().unwrap();
                let fits = match kind {
                    "I" => value.bytes().all(|b| b.is_ascii_digit()),
                    "D" => is_date(value),
                    "T" => value
                        .split_once(' ')
                        .is_some_and(|(day, hour)| is_date(day) && hour.len() == 8),
                    "M" | "M+" => is_money(value),
                    text => value.chars().count() <= text.trim_start_matches('S').parse::<usize>().unwrap(),
                };
                assert!(fits, "{} is not of type {kind}", at());
                assert!(!value.contains(['<', '>', '[', ']', '{', '}']), "{}", at());
                if let Some(codes) = listed(&spec, &column["list"], &cell) {
                    lists += 1;
                    assert!(codes.contains(value), "{} is not in the list", at());
                    let excluded = column["list_excludes"].as_array();
                    let barred = excluded
                        .is_some_and(|list| list.iter().any(|code| code.as_i64() == value.parse().ok()));
                    assert!(!barred, "{} is excluded here", at());
                }
                if let Some(condition) = column["null_unless"].as_str()
                    && let Some(holds) = holds(condition, &cell)
                {
                    conditions += 1;
                    assert!(holds, "{} must be empty unless {condition}", at());
                }
            }
        }
    }
    assert!(
        conditions > 1_000 && lists > 100_000,
        "{conditions} conditions, {lists} codes"
    );
}

#[test]
fn strings_are_quoted_and_numbers_are_not() {
    let (_, zip) = usual();
    let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
    let mut text = String::new();
    archive
        .by_name("Client.csv")
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    let rosa = text.lines().nth(1).unwrap();
    assert!(
        rosa.contains(r#","Rosa","M","Delgado-Quill",,1,"921047713",1,1987-04-19,1,0,"#),
        "{rosa}"
    );
}

#[test]
fn keys_are_unique_and_point_at_rows_that_are_there() {
    let tables = tables(&usual().1);
    let keys: HashMap<&str, HashSet<&str>> = [
        ("OrganizationID", "Organization.csv"),
        ("UserID", "User.csv"),
        ("ProjectID", "Project.csv"),
        ("PersonalID", "Client.csv"),
        ("EnrollmentID", "Enrollment.csv"),
        ("AssessmentID", "Assessment.csv"),
        ("ExportID", "Export.csv"),
    ]
    .into_iter()
    .map(|(column, file)| (column, tables[file].values(column).collect()))
    .collect();
    for (file, table) in &tables {
        let first: HashSet<&str> = table.rows.iter().map(|row| &row[0]).collect();
        assert_eq!(first.len(), table.rows.len(), "duplicate keys in {file}");
        for (column, known) in &keys {
            if table.header.iter().any(|name| name == column) {
                assert!(
                    table.values(column).all(|key| known.contains(key)),
                    "{file} {column}"
                );
            }
        }
        // A row about an enrolment names the client of that enrolment.
        if file != "Enrollment.csv" && table.header.iter().any(|name| name == "EnrollmentID") {
            let whose: HashMap<&str, &str> = tables["Enrollment.csv"]
                .values("EnrollmentID")
                .zip(tables["Enrollment.csv"].values("PersonalID"))
                .collect();
            for (enrolment, person) in table.values("EnrollmentID").zip(table.values("PersonalID")) {
                assert_eq!(whose[enrolment], person, "{file}");
            }
        }
    }
}

#[test]
fn no_organisation_is_a_victim_service_provider_and_the_refuge_is_one() {
    let flags = |zip: &[u8]| -> Vec<String> {
        tables(zip)["Organization.csv"]
            .values("VictimServiceProvider")
            .map(str::to_owned)
            .collect()
    };
    assert!(flags(&usual().1).iter().all(|flag| flag == "0"));
    let mut vsp = Cursor::new(Vec::new());
    write_vsp_zip(&town(), &mut vsp).unwrap();
    assert_eq!(flags(&vsp.into_inner()), ["1"]);
}

#[test]
fn no_number_can_belong_to_anybody() {
    let tables = tables(&usual().1);
    let (mut full, mut partial, mut missing) = (0, 0, 0);
    for (ssn, quality) in tables["Client.csv"]
        .values("SSN")
        .zip(tables["Client.csv"].values("SSNDataQuality"))
    {
        match quality {
            "1" => {
                full += 1;
                assert!(ssn.starts_with('9') && ssn.as_bytes()[3] < b'5' && ssn.len() == 9);
            }
            "2" => {
                partial += 1;
                assert!(ssn.starts_with("xxxxx") && ssn.len() == 9);
            }
            _ => {
                missing += 1;
                assert!(ssn.is_empty());
            }
        }
    }
    assert!(
        full > CLIENTS * 7 / 10 && partial > 50 && missing > 100,
        "{full} {partial} {missing}"
    );
}

#[test]
fn an_export_has_about_fifteen_rows_a_client_and_what_a_real_one_has() {
    let (summary, zip) = usual();
    let tables = tables(zip);
    for (file, rows) in summary.files() {
        println!("{file}: {rows}");
        assert_eq!(tables[*file].rows.len() as u64, *rows, "{file}");
        assert!(*rows > 0, "{file} is empty");
    }
    let mean = summary.total() as f64 / CLIENTS as f64;
    println!("{mean:.2} rows a client");
    assert!((14.0..16.0).contains(&mean), "{mean} rows a client");
    let deleted = |file: &str| {
        tables[file]
            .values("DateDeleted")
            .filter(|cell| !cell.is_empty())
            .count()
    };
    assert!(deleted("Client.csv") > 0 && deleted("Enrollment.csv") > 2 && deleted("Services.csv") > 2);
    let types: HashSet<&str> = tables["Disabilities.csv"].values("DisabilityType").collect();
    assert_eq!(types.len(), 6);
    let partial = tables["Client.csv"]
        .values("DOBDataQuality")
        .filter(|code| *code == "2")
        .count();
    assert!(partial > 20);
}

#[test]
fn the_same_town_gives_the_same_bytes_and_another_seed_others() {
    let one = &usual().1;
    assert!(export(&town()).1 == *one);
    let other = Town::new(8, CLIENTS, town().today());
    assert!(export(&other).1 != *one);
}

#[test]
fn the_refuges_words_occur_in_no_other_file() {
    let mut vsp = Cursor::new(Vec::new());
    write_vsp_zip(&town(), &mut vsp).unwrap();
    let all = |zip: &[u8]| -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(zip)).unwrap();
        let mut text = String::new();
        for index in 0..archive.len() {
            archive
                .by_index(index)
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
        }
        text
    };
    let (theirs, ours) = (all(&vsp.into_inner()), all(&usual().1));
    for marker in victim_service_markers() {
        assert!(theirs.contains(&marker), "{marker}");
        assert!(!ours.contains(&marker), "{marker}");
    }
}

/// Run with `cargo test --release -p gateway-synthetic --lib -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement: 100,000 clients"]
fn a_large_town_is_written_quickly() {
    let town = Town::new(7, 100_000, Date::new(2026, 11, 10).unwrap());
    let path = std::env::temp_dir().join("assent-synthetic-large.zip");
    let start = std::time::Instant::now();
    let summary = write_hmis_zip(&town, std::fs::File::create(&path).unwrap()).unwrap();
    let took = start.elapsed();
    let size = std::fs::metadata(&path).unwrap().len();
    std::fs::remove_file(&path).unwrap();
    println!("{} rows in {took:.2?}, {} MB", summary.total(), size / 1_000_000);
    assert!(took.as_secs() < 30, "{took:?}");
}
