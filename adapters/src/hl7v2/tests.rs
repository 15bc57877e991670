//! What is read of messages, what is refused, and that nothing leaks. All people here are made up.

use std::ops::ControlFlow;

use gateway_types::vocabulary::{Category, Regime, Sensitivity, Word as _};
use gateway_types::{LabelledElement, SourceRecord, Timestamp, WordSet};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::acknowledgement::{Code, acknowledgement};
use super::mllp::{Frames, NotFramed, framed};
use super::{Event, Fault, Header, Limits, Standing, file, message};
use crate::Report;

mod units;

const A01: &str = "MSH|^~\\&|ADT|Cedar General|ASSENT|RIVERTON|20261101120000||ADT^A01^ADT_A01|M1|P|2.5.1|||||USA|UNICODE UTF-8\r\
EVN|A01|20261101120000\r\
PID|1||4711^^^CEDAR^MR~123456789^^^SSA^SS||Vale^Ada^Mae^Jr^^^L||19800203|F||2106-3^White^HL70005|12 Elm St^^Riverton^CA^99999||(555)555-0100^PRN^PH||en^English|S|||123456789\r\
NK1|1|Vale^Brother||9 Oak St|5555550199\r\
PV1|1|I|3 WEST^301^A^CEDAR||||17^Brook^Ina^^^Dr|||MED|||||||||V100^^^CEDAR|||||||||||||||||||||||||20261101113000\r\
PV2|||J18.9^Pneumonia^I10\r\
AL1|1|DA|7980^Penicillin^RXNORM|SV|hives\r\
DG1|1||J18.9^Pneumonia^I10||20261101|A\r";

fn events(text: &str) -> Vec<Event> {
    let reading = message(text.as_bytes(), &Limits::default(), 1);
    reading
        .outcome
        .unwrap_or_else(|fault| panic!("{fault:?}\n{}", reading.report))
}

fn fault(text: &str) -> Fault {
    message(text.as_bytes(), &Limits::default(), 1)
        .outcome
        .expect_err("taken")
}

/// The records after some messages, of units that no law binds.
fn after(messages: &[&str]) -> Vec<SourceRecord> {
    after_at(messages, &|_| Some(WordSet::EMPTY))
}

/// The same, of units that a registry tells of.
fn after_at(messages: &[&str], unit: &super::Unit<'_>) -> Vec<SourceRecord> {
    let mut standing = Standing::default();
    for text in messages {
        for event in events(text) {
            for gone in &event.merged {
                standing.merge(gone, &event.client);
            }
            standing.apply(event, unit);
        }
    }
    standing.into_records()
}

fn elements(records: &[SourceRecord]) -> Vec<&LabelledElement> {
    (records.iter())
        .flat_map(|record| match record {
            SourceRecord::Client { elements, .. } | SourceRecord::About { elements, .. } => {
                elements.as_slice()
            }
            SourceRecord::Treating { .. } | SourceRecord::Withdrawn { .. } => &[],
        })
        .collect()
}

fn payload(records: &[SourceRecord], category: Category) -> Value {
    let of = elements(records);
    let element = of.iter().find(|element| element.category == Some(category));
    element.map_or(Value::Null, |element| {
        serde_json::to_value(&element.payload).unwrap()
    })
}

/// A message of another event about the same visit, with these segments after MSH.
fn other(event: &str, id: &str, segments: &str) -> String {
    format!(
        "MSH|^~\\&|ADT|Cedar General|ASSENT|RIVERTON|20261102120000||ADT^{event}|{id}|P|2.5.1\rEVN|{event}|20261102120000\r{segments}"
    )
}

#[test]
fn an_admission_says_who_where_and_what_for() {
    let records = after(&[A01]);
    let SourceRecord::Client { client, identity, .. } = &records[0] else {
        panic!("no client first");
    };
    assert_eq!(client.reveal(), "CEDAR|4711");
    assert_eq!(identity.first_name.as_ref().unwrap().reveal(), "Ada");
    assert_eq!(identity.last_name.as_ref().unwrap().reveal(), "Vale");
    assert_eq!(
        identity.birth_date.as_ref().unwrap().reveal().to_string(),
        "1980-02-03"
    );
    assert_eq!(identity.phones.len(), 1);
    let visit = payload(&records, Category::Encounters);
    assert_eq!(visit["status"], "in-progress");
    assert_eq!(visit["locations"], json!(["3 WEST, CEDAR"]));
    assert_eq!(visit["reason"], "Pneumonia");
    assert_eq!(
        payload(&records, Category::Conditions)["condition_codes"],
        json!(["I10|J18.9"])
    );
    assert_eq!(payload(&records, Category::Allergies)["allergy"], "Penicillin");
    assert_eq!(payload(&records, Category::Ssn)["ssn"], "123456789");
    assert_eq!(
        payload(&records, Category::CaseManagerContact)["attending"],
        json!([{ "name": "Dr Ina Brook" }])
    );
    let programmes: Vec<_> = (elements(&records).iter())
        .map(|element| element.source_programme.as_deref())
        .collect();
    assert!(programmes.contains(&Some("Cedar General")) && programmes.contains(&Some("3 WEST")));
}

#[test]
fn empty_says_nothing_and_two_quotes_delete() {
    let update = other(
        "A08",
        "M2",
        "PID|1||4711^^^CEDAR^MR||||||||||\"\"\rPV1|1||4 EAST^^^CEDAR||||||||||||||||V100^^^CEDAR\r",
    );
    let records = after(&[A01, &update]);
    let who = payload(&records, Category::Demographics);
    assert_eq!(
        who["name"]["family"],
        json!(["Vale"]),
        "an empty PID-5 changes nothing"
    );
    assert_eq!(who["birthDate"], "1980-02-03");
    let contact = payload(&records, Category::Contact);
    assert_eq!(contact.get("telecom"), None, "`\"\"` deletes");
    assert_eq!(contact["address"][0]["city"], "Riverton");
    let visit = payload(&records, Category::Encounters);
    assert_eq!(visit["locations"], json!(["4 EAST, CEDAR"]));
    assert_eq!(visit["reason"], "Pneumonia");
    assert_eq!(payload(&records, Category::Conditions)["condition"], "Pneumonia");
}

#[test]
fn labels_and_regimes_stay_when_a_visit_moves_on() {
    let detox = A01.replace("3 WEST", "DETOX UNIT");
    let moved = other(
        "A08",
        "M2",
        "PID|1||4711^^^CEDAR^MR\rPV1|1||4 EAST^^^CEDAR||||||||||||||||V100^^^CEDAR\r",
    );
    let records = after(&[&detox, &moved]);
    let visits = elements(&records);
    let visit = visits
        .iter()
        .find(|element| element.category == Some(Category::Encounters))
        .unwrap();
    assert!(visit.sensitivity.contains(Sensitivity::Sud));
    assert!(!visit.payload.fields()["locations"].to_string().contains("DETOX"));
}

#[test]
fn a_visit_ends_and_does_not_and_never_was() {
    let left = other(
        "A03",
        "M2",
        "PID|1||4711^^^CEDAR^MR\rPV1|1||||||||||||||||||V100^^^CEDAR|||||||||||||||||07||||||||20261101|20261103\r",
    );
    let records = after(&[A01, &left]);
    let visit = payload(&records, Category::Encounters);
    assert_eq!(
        (&visit["status"], &visit["until"], &visit["discharge"]),
        (&json!("finished"), &json!("20261103"), &json!("07"))
    );
    let back = other(
        "A13",
        "M3",
        "PID|1||4711^^^CEDAR^MR\rPV1|1||||||||||||||||||V100^^^CEDAR\r",
    );
    let visit = payload(&after(&[A01, &left, &back]), Category::Encounters);
    assert_eq!(
        (&visit["status"], visit.get("until"), visit.get("discharge")),
        (&json!("in-progress"), None, None)
    );
    let never = other(
        "A11",
        "M4",
        "PID|1||4711^^^CEDAR^MR\rPV1|1||||||||||||||||||V100^^^CEDAR\r",
    );
    let records = after(&[A01, &never]);
    assert_eq!(payload(&records, Category::Encounters), Value::Null);
    assert_eq!(payload(&records, Category::Conditions), Value::Null);
    assert_eq!(payload(&records, Category::Allergies)["allergy"], "Penicillin");
    assert!(
        records
            .iter()
            .any(|record| matches!(record, SourceRecord::Withdrawn { record: Some(_), .. }))
    );
}

#[test]
fn a_merge_moves_everything_but_who_the_other_was() {
    let gone = A01
        .replace("4711^^^CEDAR", "9999^^^CEDAR")
        .replace("V100", "V200")
        .replace("Vale^Ada", "Vane^Adah");
    let merge = other("A40", "M3", "PID|1||4711^^^CEDAR^MR\rMRG|9999^^^CEDAR^MR\r");
    let records = after(&[A01, &gone, &merge]);
    let clients: Vec<_> = (records.iter())
        .filter_map(|record| match record {
            SourceRecord::Client { client, .. } => Some(client.reveal()),
            _ => None,
        })
        .collect();
    assert_eq!(clients, ["CEDAR|4711"]);
    let visits = elements(&records);
    let visits = visits
        .iter()
        .filter(|element| element.category == Some(Category::Encounters));
    assert_eq!(visits.count(), 2);
    assert!(records.iter().any(|record| {
        matches!(record, SourceRecord::Withdrawn { client, record: None } if client.reveal() == "CEDAR|9999")
    }));
    let itself = other("A40", "M4", "PID|1||4711^^^CEDAR^MR\rMRG|4711^^^CEDAR^MR\r");
    assert_eq!(fault(&itself).rule.id, "merged-with-itself");
    assert_eq!(fault(&other("A40", "M5", "PID|1||4711\r")).rule.id, "no-patient");
}

#[test]
fn diagnoses_with_an_action_of_their_own_are_not_a_snapshot() {
    let dg1 = |code: &str, id: &str, action: &str| {
        format!("DG1|1||{code}^x^I10|||||||||||||||||{id}^CEDAR|{action}\r")
    };
    let head = "PID|1||4711^^^CEDAR^MR\rPV1|1||||||||||||||||||V100^^^CEDAR\r";
    let two = other(
        "A08",
        "M2",
        &format!("{head}{}{}", dg1("J18.9", "d1", "A"), dg1("F11.20", "d2", "A")),
    );
    let one = other("A08", "M3", &format!("{head}{}", dg1("F11.20", "d2", "D")));
    let records = after(&[&two, &one]);
    let of = elements(&records);
    let left: Vec<_> = of
        .iter()
        .filter(|element| element.category == Some(Category::Conditions))
        .collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].payload.fields()["condition_codes"], json!(["I10|J18.9"]));
    // Without actions what is sent is all there is.
    let snapshot = other("A08", "M4", &format!("{head}DG1|1||K35.80^Appendicitis^I10\r"));
    let records = after(&[A01, &snapshot]);
    assert_eq!(
        payload(&records, Category::Conditions)["condition"],
        "Appendicitis"
    );
}

#[test]
fn what_the_source_restricts_is_held_to_part_2_and_its_place_is_not_kept() {
    let restricted = A01.replace("PV1|1|I", "ARV|1|A|LOC~SMD|PHY\rPV1|1|I");
    let records = after(&[&restricted]);
    assert!(
        elements(&records)
            .iter()
            .all(|element| element.regimes.contains(Regime::P2))
    );
    assert_eq!(payload(&records, Category::Encounters).get("locations"), None);
    assert_eq!(payload(&records, Category::Contact).get("address"), None);
    let reading = message(restricted.as_bytes(), &Limits::default(), 1);
    assert!(reading.report.names("restricted") && reading.report.names("location-restricted"));
}

#[test]
fn what_tells_of_a_visit_is_found_wherever_it_stands() {
    for (what, told) in [
        (A01.replace("|MED|", "|Methadone clinic|"), Sensitivity::Opioidud),
        (
            A01.replace("17^Brook^Ina^^^Dr", "17^Brook^Ina^^^Dr^^^101YA0400X"),
            Sensitivity::Sud,
        ),
        (
            A01.replace("CEDAR||||17", "Psychiatric Institute||||17"),
            Sensitivity::Mh,
        ),
        (format!("{A01}PR1|1||HZ2ZZZZ^x^I10P\r"), Sensitivity::Sud),
        (format!("{A01}IN1|1|HOPWA^x\r"), Sensitivity::Hiv),
        (
            A01.replace("J18.9^Pneumonia^I10\rAL1", "F20.9^x^I10\rAL1"),
            Sensitivity::Mh,
        ),
    ] {
        let records = after(&[&what]);
        let of = elements(&records);
        let visit = of
            .iter()
            .find(|element| element.category == Some(Category::Encounters))
            .unwrap();
        assert!(visit.sensitivity.contains(told), "{told:?}: {what}");
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let place = |text: &str| {
        let fault = fault(text);
        (fault.rule.id, fault.at.segment, fault.at.sequence, fault.at.field)
    };
    for (text, wanted) in [
        (
            A01.replace("|P|2.5.1", "|T|2.5.1"),
            ("test-message", Some("MSH"), 1, 11),
        ),
        (
            A01.replace("||ADT^A01", "|HTEST|ADT^A01"),
            ("test-message", Some("MSH"), 1, 11),
        ),
        (
            A01.replace("ADT^A01^ADT_A01", "ORU^R01"),
            ("message-type", Some("MSH"), 1, 9),
        ),
        (
            A01.replace("ADT^A01^ADT_A01", "ADT^A02"),
            ("event-code", Some("MSH"), 1, 9),
        ),
        (A01.replace("|M1|", "||"), ("no-control-id", Some("MSH"), 1, 10)),
        (A01.replace("2.5.1", "3.0"), ("version", Some("MSH"), 1, 12)),
        (
            A01.replace("UNICODE UTF-8", "ISO IR87"),
            ("character-set", Some("MSH"), 1, 18),
        ),
        (
            A01.replace("UNICODE UTF-8", "ASCII").replace("Ada", "Ad\u{e9}"),
            ("character-set", Some("MSH"), 1, 18),
        ),
        (
            A01.replace("MSH|^~\\&|", "MSH|^^\\&|"),
            ("delimiters", Some("MSH"), 1, 2),
        ),
        (
            A01.replace("PID|1||4711^^^CEDAR^MR~", "PID|1||"),
            ("no-patient-id", Some("PID"), 1, 3),
        ),
        (A01.replace("PID|", "ZID|"), ("no-patient", Some("PID"), 1, 0)),
        (A01.replace("PV1|", "ZV1|"), ("no-visit", Some("PV1"), 1, 0)),
        (
            A01.replace("Ada", "A\u{0}da"),
            ("control-character", Some("PID"), 1, 5),
        ),
        (A01.replace("AL1|", "al1|"), ("segment-name", None, 1, 0)),
        (
            A01.replace("hives", &"~".repeat(500)),
            ("too-large", Some("AL1"), 1, 5),
        ),
    ] {
        assert_eq!(place(&text), wanted);
    }
    let latin: Vec<u8> = A01
        .replace("UNICODE UTF-8", "8859/1")
        .replace("Ada", "Ad\u{e9}")
        .chars()
        .map(|sign| u8::try_from(u32::from(sign)).unwrap())
        .collect();
    let reading = message(&latin, &Limits::default(), 1);
    let mut standing = Standing::default();
    reading
        .outcome
        .unwrap()
        .into_iter()
        .for_each(|event| standing.apply(event, &|_| Some(WordSet::EMPTY)));
    assert!(format!("{:?}", payload(&standing.into_records(), Category::Demographics)).contains("Ad\u{e9}"));
}

#[test]
fn escapes_are_undone_once_and_unknown_ones_stay() {
    let text = A01.replace("Vale^Ada", "O\\T\\Neil \\X41\\\\Zq\\ \\E\\F\\E\\^Ada");
    let who = payload(&after(&[&text]), Category::Demographics);
    assert_eq!(who["name"]["family"], json!(["O&Neil A\\Zq\\ \\F\\"]));
}

#[test]
fn other_delimiters_are_those_of_the_message() {
    let signs = [('|', '#'), ('^', '*'), ('~', '%'), ('\\', '!'), ('&', '@')];
    let text: String = A01
        .chars()
        .map(|sign| {
            signs
                .iter()
                .find(|(from, _)| *from == sign)
                .map_or(sign, |(_, to)| *to)
        })
        .collect();
    assert_eq!(
        payload(&after(&[&text]), Category::Demographics)["name"]["given"],
        json!(["Ada", "Mae"])
    );
}

fn read_file(text: &str) -> Result<(usize, Report), Box<Report>> {
    let mut taken = 0;
    let report = file(text.as_bytes(), &Limits::default(), &mut |events| {
        taken += events.len();
        ControlFlow::Continue(())
    })?;
    Ok((taken, report))
}

#[test]
fn files_hold_one_message_several_or_batches() {
    let lines = A01.replace('\r', "\n");
    let (taken, report) = read_file(&format!("\u{feff}{lines}")).unwrap();
    assert_eq!(taken, 1);
    assert!(report.names("segment-end"));
    let test = A01.replace("|P|2.5.1", "|T|2.5.1");
    let batch = format!("FHS|^~\\&\rBHS|^~\\&\r{A01}{test}BTS|2\rFTS|1\r");
    let (taken, report) = read_file(&batch).unwrap();
    assert_eq!(taken, 1, "a refused message does not hold up the others");
    let rows = report.files()["message"];
    assert_eq!((rows.read, rows.taken, rows.refused), (2, 1, 1));
    for (cut, rule) in [
        (batch.replace("BTS|2", "BTS|3"), "batch-count"),
        (batch.replace("BTS|2\rFTS|1\r", ""), "batch-count"),
        (test, "nothing-taken"),
        (format!("x\r{A01}"), "no-message"),
        (String::new(), "no-message"),
    ] {
        assert!(read_file(&cut).unwrap_err().names(rule), "{rule}");
    }
}

#[test]
fn an_acknowledgement_repeats_names_of_systems_and_no_value() {
    let now: Timestamp = "2026-11-01T12:00:01Z".parse().unwrap();
    let answer = |text: &str| {
        let reading = message(text.as_bytes(), &Limits::default(), 1);
        let fault = reading.outcome.err();
        let code = if fault.is_some() {
            Code::Reject
        } else {
            Code::Accept
        };
        acknowledgement(reading.header.as_ref(), code, fault.as_ref(), now, "ACK1")
    };
    assert_eq!(
        answer(A01),
        "MSH|^~\\&|ASSENT|RIVERTON|ADT|Cedar General|20261101120001+0000||ACK^A01^ACK|ACK1|P|2.5.1\rMSA|AA|M1\r"
    );
    let refused = answer(&A01.replace("PID|1||4711^^^CEDAR^MR~", "PID|1||"));
    assert!(
        refused.contains("MSA|AR|M1\rERR||PID^1^3|101^Required field missing^HL70357|E|no-patient-id||"),
        "{refused}"
    );
    assert!(!refused.contains("Vale"));
    let nothing = answer("Vale");
    assert!(
        nothing.contains("MSA|AR|\rERR|") && !nothing.contains("Vale"),
        "{nothing}"
    );
}

#[test]
fn frames_are_found_however_they_are_cut_and_nothing_else_is_taken() {
    let bytes = [framed(b"MSH|one"), framed(b"MSH|two")].concat();
    for size in 1..bytes.len() {
        let (mut frames, mut out) = (Frames::new(100), Vec::new());
        for piece in bytes.chunks(size) {
            frames.take(piece, &mut out).unwrap();
        }
        assert_eq!(out, [b"MSH|one".to_vec(), b"MSH|two".to_vec()]);
        assert!(!frames.is_within());
    }
    for (bytes, fault) in [
        (&b"MSH|"[..], NotFramed::Stray),
        (b"\x0Ba\x0Bb", NotFramed::Broken),
        (b"\x0Ba\x1Cb", NotFramed::Broken),
        (b"\x0Baaaaaaaaaaa", NotFramed::TooLarge),
    ] {
        assert_eq!(Frames::new(10).take(bytes, &mut Vec::new()), Err(fault));
    }
}

/// Every field of every segment holds a word of its own: where nothing is kept, it is in no record, and it is in no report,
/// fault or answer anywhere.
#[test]
fn words_of_what_is_dropped_come_out_nowhere() {
    let mut text = String::from(A01);
    let mut dropped = Vec::new();
    for (segment, fields) in [
        ("NK1", 39),
        ("GT1", 57),
        ("IN1", 53),
        ("IN2", 72),
        ("PR1", 20),
        ("ZPI", 40),
        ("ROL", 12),
        ("ACC", 11),
        ("NTE", 8),
        ("DB1", 8),
    ] {
        text.push_str(segment);
        for field in 1..=fields {
            let word = format!("qx{segment}x{field}q");
            text.push_str(&format!("|{word}^{word}c"));
            dropped.push(word);
        }
        text.push('\r');
    }
    let unread =
        |segment: &str, count: usize, taken: &[usize], line: &mut String, dropped: &mut Vec<String>| {
            line.push_str(segment);
            for field in 1..=count {
                line.push('|');
                if !taken.contains(&field) {
                    let word = format!("qx{segment}x{field}q");
                    line.push_str(&word);
                    dropped.push(word);
                }
            }
            line.push('\r');
        };
    unread("PD1", 21, &[12], &mut text, &mut dropped);
    unread("SFT", 6, &[], &mut text, &mut dropped);
    unread("PV2", 40, &[3], &mut text, &mut dropped);
    text.push_str("OBX|1|TX|8867-4^rate^LN||qxOBXxwordsq\rOBX|2|NM|8867-4^rate^LN||qxOBXxnumberq\rOBX|3|ED|8867-4^rate^LN||a^b^c^d^qxOBXxdocq\r");
    dropped.extend(["qxOBXxwordsq", "qxOBXxnumberq", "qxOBXxdocq"].map(String::from));
    let pid = "PID|1||4711^^^CEDAR^MR|qxPIDx4q||qxPIDx6q|||qxPIDx9q|||qxPIDx12q|||||qxPIDx17q|||qxPIDx20q|qxPIDx21q||qxPIDx23q\r";
    let update = other("A31", "M2", pid);
    dropped.extend([4, 6, 9, 12, 17, 20, 21, 23].map(|field| format!("qxPIDx{field}q")));
    let reading = message(text.as_bytes(), &Limits::default(), 1);
    let second = message(update.as_bytes(), &Limits::default(), 2);
    let mut standing = Standing::default();
    let now: Timestamp = "2026-11-01T12:00:01Z".parse().unwrap();
    let mut told = format!("{}{}", reading.report, second.report);
    for reading in [reading, second] {
        told += &acknowledgement(reading.header.as_ref(), Code::Accept, None, now, "A");
        for event in reading.outcome.unwrap() {
            told += &format!("{event:?}");
            standing.apply(event, &|_| Some(WordSet::EMPTY));
        }
    }
    let records = standing.into_records();
    for element in elements(&records) {
        told += &serde_json::to_string(&element.payload).unwrap();
    }
    for word in &dropped {
        assert!(!told.contains(word), "{word} came out");
    }
}

#[test]
fn no_fault_or_report_repeats_what_was_sent() {
    // Every prefix and every single byte turned into a separator or control character.
    let marker = "Quillfeather";
    let text = A01
        .replace("Vale", marker)
        .replace("12 Elm St", marker)
        .replace("hives", marker);
    for at in 0..text.len() {
        for byte in [b'|', b'^', b'\r', 0, 0xFF, b'"'] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = byte;
            let reading = message(&bytes, &Limits::default(), 1);
            assert!(!reading.report.to_string().contains(marker));
            assert!(!format!("{:?}", reading.outcome).contains(marker));
        }
        let cut = message(&text.as_bytes()[..at], &Limits::default(), 1);
        assert!(!cut.report.to_string().contains(marker));
    }
}

#[test]
fn bombs_are_refused_at_once() {
    let limits = Limits::default();
    let bombs: [Vec<u8>; 6] = [
        vec![b'A'; 64 << 20],
        A01.replace("Ada", &"~".repeat(1 << 20)).into_bytes(),
        A01.replace("Ada", &"&".repeat(900_000)).into_bytes(),
        A01.replace("Ada", &"\\X41\\".repeat(150_000)).into_bytes(),
        format!("{A01}{}", "NTE|1\r".repeat(150_000)).into_bytes(),
        format!("{A01}NTE{}", "|".repeat(900_000)).into_bytes(),
    ];
    let many = "MSH|^~\\&|\r".repeat(2 << 20).into_bytes();
    let begun = std::time::Instant::now();
    let refused = file(&many, &limits, &mut |_| ControlFlow::Continue(())).unwrap_err();
    assert!(
        refused.names("nothing-taken")
            && begun.elapsed().as_millis() < if cfg!(debug_assertions) { 5000 } else { 100 }
    );
    for (number, bomb) in bombs.iter().enumerate() {
        let begun = std::time::Instant::now();
        let _read = message(bomb, &limits, 1);
        let spent = begun.elapsed();
        // Without optimisation everything takes ten times as long.
        let most = if cfg!(debug_assertions) { 5000 } else { 100 };
        assert!(spent.as_millis() < most, "bomb {number} took {spent:?}");
    }
}

#[test]
fn the_samples_made_by_others_are_read_or_refused_for_a_stated_reason() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/data/ehr-hl7v2/ms-fhir-converter"
    );
    let Ok(entries) = std::fs::read_dir(folder) else {
        println!("NOT RUN: no samples at ../shared/data/ehr-hl7v2");
        return;
    };
    let mut taken = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "hl7") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        match read_file(&String::from_utf8(bytes).unwrap()) {
            Ok((events, _)) => {
                println!("{name}: {events} clients");
                taken += 1;
            }
            Err(report) => {
                println!("{name}: {report}");
                let stated = ["message-type", "event-code", "test-message"];
                assert!(stated.iter().any(|rule| report.names(rule)), "{name}: {report}");
            }
        }
    }
    assert!(taken >= 7, "{taken} taken");
}

#[test]
fn a_header_is_a_key_of_sender_and_control_id() {
    let header = |text: &str| -> Header { message(text.as_bytes(), &Limits::default(), 1).header.unwrap() };
    assert_eq!(header(A01).key(), header(&A01.replace("Ada", "Eve")).key());
    assert_ne!(header(A01).key(), header(&A01.replace("|M1|", "|M2|")).key());
    assert_ne!(
        header(A01).key(),
        header(&A01.replace("Cedar General", "Cedar")).key()
    );
    assert_eq!(Category::Conditions.code(), "conditions");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_messages_never_panic_and_never_speak(at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12)) {
        let mut bytes = A01.replace("Vale", "Quillfeather").into_bytes();
        for (place, byte) in at {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let reading = message(&bytes, &Limits::default(), 1);
        let told = format!("{}{:?}", reading.report, reading.outcome.as_ref().err());
        prop_assert!(!told.contains("Quillfeather"));
        if let Ok(events) = reading.outcome {
            let mut standing = Standing::default();
            events.into_iter().for_each(|event| standing.apply(event, &|_| Some(WordSet::EMPTY)));
            let records = standing.into_records();
            let shown = format!("{records:?}");
            prop_assert!(!shown.contains("Quillfeather"));
        }
        let file = file(&bytes, &Limits::default(), &mut |_| ControlFlow::Continue(()));
        if let Err(report) = file {
            prop_assert!(!report.to_string().contains("Quillfeather"));
        }
    }
}
