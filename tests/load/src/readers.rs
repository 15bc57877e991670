//! How fast each format is read and labelled on one core, beside what its raw parser does with the same bytes.

use std::hint::black_box;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use adapters::{calls_for_service, ccda, eido, fhir, field_forms, hmis, niem, xml};
use gateway_synthetic::{CALLS_MAPPING, Town};
use gateway_types::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tests_load::process::SEED;

/// The best of some runs, in seconds.
fn best(mut run: impl FnMut()) -> f64 {
    (0..5)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap_or(Duration::MAX)
        .as_secs_f64()
}

fn line(format: &str, bytes: usize, read: f64, raw: f64) {
    let rate = |seconds: f64| bytes as f64 / seconds / 1e6;
    println!(
        "{format:<18} {:>8.1} MB {:>9.1} MB/s {:>9.1} MB/s {:>6.0} %",
        bytes as f64 / 1e6,
        rate(read),
        rate(raw),
        100.0 * raw / read
    );
}

pub(crate) fn run() {
    let town = Town::new(SEED, 20_000, SystemClock.now().date());
    println!(
        "{:<18} {:>11} {:>14} {:>14} {:>8}",
        "", "", "labelled", "raw", "of raw"
    );
    hmis_csv(&town);
    let bundles = gateway_synthetic::fhir_bundles(&town).expect("bundles");
    let (_, largest) = bundles
        .iter()
        .max_by_key(|(_, bundle)| bundle.len())
        .expect("a bundle");
    json_format("FHIR", largest.as_bytes(), |bytes| {
        fhir::bundle(bytes, &fhir::Limits::default()).is_ok()
    });
    json_format("field forms", forms().to_string().as_bytes(), |bytes| {
        field_forms::forms(bytes).is_ok()
    });
    json_format("EIDO", incidents().to_string().as_bytes(), |bytes| {
        eido::incident(bytes).is_ok()
    });
    xml_format("C-CDA", chart().as_bytes(), |bytes| {
        ccda::document(bytes, &xml::Limits::default()).is_ok()
    });
    xml_format("NIEM", report().as_bytes(), |bytes| niem::exchange(bytes).is_ok());
    let csv = gateway_synthetic::calls_for_service_csv(&town);
    let mapping = calls_for_service::Mapping::from_toml(CALLS_MAPPING).expect("a mapping");
    let read = best(|| {
        let limits = calls_for_service::Limits::default();
        assert!(calls_for_service::calls(csv.as_bytes(), &mapping, &limits).is_ok());
    });
    line("calls for service", csv.len(), read, raw_csv(csv.as_bytes()));
}

/// HMIS CSV, in rows: the goal is stated in them.
fn hmis_csv(town: &Town) {
    let mut zip = Cursor::new(Vec::new());
    let rows = gateway_synthetic::write_hmis_zip(town, &mut zip)
        .expect("an export")
        .total();
    let zip = zip.into_inner();
    let mut files = Vec::new();
    let mut archive = zip::ZipArchive::new(Cursor::new(zip.as_slice())).expect("a zip");
    for at in 0..archive.len() {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut archive.by_index(at).expect("a file"), &mut bytes).expect("bytes");
        files.push(bytes);
    }
    let limits = hmis::Limits::default();
    let checked = hmis::check(&mut Cursor::new(zip.as_slice()), &limits).expect("a sound export");
    let read = best(|| {
        let mut records = 0u64;
        let taken = checked.read(&mut Cursor::new(zip.as_slice()), &mut |record| {
            black_box(&record);
            records += 1;
            ControlFlow::Continue(())
        });
        assert!(taken.is_ok() && records > 0);
    });
    let check = best(|| {
        assert!(hmis::check(&mut Cursor::new(zip.as_slice()), &limits).is_ok());
    });
    let raw: f64 = files.iter().map(|file| raw_csv(file)).sum();
    let bytes: usize = files.iter().map(Vec::len).sum();
    line("HMIS CSV", bytes, read, raw);
    println!(
        "{:<18} {rows} rows: {:.0} rows/s read and labelled (goal 150000), {:.0} rows/s with the check before it",
        "",
        rows as f64 / read,
        rows as f64 / (read + check)
    );
}

fn raw_csv(bytes: &[u8]) -> f64 {
    best(|| {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let mut row = csv::ByteRecord::new();
        let mut cells = 0;
        while reader.read_byte_record(&mut row).expect("a row") {
            cells += row.len();
        }
        black_box(cells);
    })
}

fn json_format(name: &str, bytes: &[u8], read: impl Fn(&[u8]) -> bool) {
    let raw = best(|| {
        black_box(serde_json::from_slice::<Value>(bytes).expect("JSON"));
    });
    line(
        name,
        bytes.len(),
        best(|| assert!(read(bytes), "{name} is refused")),
        raw,
    );
}

fn xml_format(name: &str, bytes: &[u8], read: impl Fn(&[u8]) -> bool) {
    let raw = best(|| {
        black_box(xml::parse(bytes, &xml::Limits::default()).expect("XML"));
    });
    line(
        name,
        bytes.len(),
        best(|| assert!(read(bytes), "{name} is refused")),
        raw,
    );
}

fn forms() -> Value {
    (0..5_000)
        .map(|at| {
            json!({ "form": "cit_contact", "id": format!("C-{at}"), "at": "2026-10-01T10:00:00Z",
                "client": { "first_name": "Given", "last_name": format!("Family{at}"), "birth_date": "1980-02-03" },
                "call_type_final": "WELFARE CHECK", "block": "400 block of Pier St", "behaviors": ["confused"],
                "suicide": "threat", "suspected_substances": ["fentanyl"], "weapon": "none_seen" })
        })
        .collect()
}

fn incidents() -> Value {
    (0..5_000)
        .map(|at| {
            json!({ "$id": format!("urn:emergency:uid:incidentid:{at}"), "eidoVersion": "1.0",
                "lastUpdateTimeStamp": "2026-10-01T10:05:00Z",
                "incidentComponent": { "$id": "i", "incidentTypeCommonRegistryText": "Psychiatric" },
                "personComponent": [{ "$id": "p", "personIncidentRoleRegistryText": ["Patient"], "ncPersonComponent": {
                    "nc:PersonName": { "nc:PersonGivenName": "Given", "nc:PersonSurName": format!("Family{at}") } } }] })
        })
        .collect()
}

fn chart() -> String {
    let entry = r#"<entry><act><entryRelationship typeCode="SUBJ"><observation><id root="1.2" extension="ID"/>
        <value xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CD" code="35489007" codeSystem="2.16.840.1.113883.6.96" displayName="Depression"/>
        </observation></entryRelationship></act></entry>"#;
    let entries: String = (0..8_000)
        .map(|at| entry.replace("ID", &at.to_string()))
        .collect();
    format!(
        r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.3" extension="d"/><recordTarget><patientRole>
        <id root="1.2.3.4" extension="m"/><patient><name><given>Given</given><family>Family</family></name></patient></patientRole></recordTarget>
        <component><structuredBody><component><section><code code="11450-4" codeSystem="2.16.840.1.113883.6.1"/>{entries}</section></component></structuredBody></component></ClinicalDocument>"#
    )
}

fn report() -> String {
    let people: String = (0..8_000)
        .map(|at| {
            format!(
                r#"<j:IncidentSubject><nc:RoleOfPerson s:ref="p{at}"/></j:IncidentSubject><nc:Person s:id="p{at}"><nc:PersonName>
                <nc:PersonGivenName>Given</nc:PersonGivenName><nc:PersonSurName>Family{at}</nc:PersonSurName></nc:PersonName></nc:Person>"#
            )
        })
        .collect();
    format!(
        r#"<i:IncidentReport xmlns:i="urn:example:incident" xmlns:nc="http://release.niem.gov/niem/niem-core/5.0/"
        xmlns:j="http://release.niem.gov/niem/domains/jxdm/7.0/" xmlns:s="http://release.niem.gov/niem/structures/5.0/">
        <nc:Incident><nc:ActivityIdentification><nc:IdentificationID>K-1</nc:IdentificationID></nc:ActivityIdentification>
        <nc:ActivityDate><nc:Date>2026-10-01</nc:Date></nc:ActivityDate></nc:Incident>{people}</i:IncidentReport>"#
    )
}
