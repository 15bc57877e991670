//! Documents, taken and refused; and a survey over the published samples, if they are at hand.

use std::path::Path;

use gateway_types::record::UNRESOLVED_PROGRAMME;
use gateway_types::vocabulary::{Category, Regime, Sensitivity};
use gateway_types::{LabelledElement, SourceRecord};
use proptest::prelude::*;

use super::document;
use crate::Taken;
use crate::report::Report;
use crate::xml::Limits;

const UNIT: &str = "1.2.3.4|clinic";

fn read(text: &str) -> Result<Taken, Box<Report>> {
    document(text.as_bytes(), &Limits::default())
}

/// A document of ours with these sections.
fn with(sections: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<id root="1.2.3" extension="doc-1"/><effectiveTime value="20260304101112-0500"/><confidentialityCode code="N"/>
<recordTarget><patientRole>
  <id root="2.16.840.1.113883.4.1" extension="512-34-5678"/><id root="1.2.3.4" extension="mrn-7"/>
  <addr use="HP"><streetAddressLine>4 Elm</streetAddressLine><city>Riverton</city></addr><telecom value="tel:+1-555-0100"/>
  <patient><name use="P"><given>Zee</given></name>
    <name use="L"><given>Zanzibara</given><given qualifier="CL">Zaz</given><given>May</given><family>Quillfeather</family><family qualifier="BR">Before</family></name>
    <administrativeGenderCode code="F" displayName="Female"/><birthTime value="19800203"/></patient>
</patientRole></recordTarget>
<custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.3.4" extension="clinic"/><name>Elm Street Clinic</name>
</representedCustodianOrganization></assignedCustodian></custodian>
<component><structuredBody>{sections}</structuredBody></component></ClinicalDocument>"#
    )
}

fn section(template: &str, text: &str, entries: &str) -> String {
    format!(
        r#"<component><section><templateId root="2.16.840.1.113883.10.20.22.2.{template}"/><text>{text}</text>{entries}</section></component>"#
    )
}

fn problem(extra: &str, value: &str) -> String {
    section(
        "5.1",
        r#"<list><item ID="p1">Schizoaffective disorder</item></list>"#,
        &format!(
            r#"<entry><act classCode="ACT" moodCode="EVN"><statusCode code="active"/>{extra}<entryRelationship typeCode="SUBJ">
<observation classCode="OBS" moodCode="EVN"><id root="9.9" extension="1"/><statusCode code="completed"/>
<effectiveTime><low value="20250102"/></effectiveTime>{value}</observation></entryRelationship></act></entry>"#
        ),
    )
}

const ALCOHOL: &str =
    r#"<value xsi:type="CD" code="F10.20" codeSystem="2.16.840.1.113883.6.90" displayName="Dependence"/>"#;

fn about(taken: &Taken) -> Vec<&LabelledElement> {
    let mut found = Vec::new();
    for record in &taken.records {
        if let SourceRecord::About { elements, .. } = record {
            found.extend(elements);
        }
    }
    found
}

#[track_caller]
fn only(sections: &str) -> LabelledElement {
    let taken = read(&with(sections)).unwrap();
    let found = about(&taken);
    assert_eq!(found.len(), 1, "{}", taken.report);
    found[0].clone()
}

#[test]
fn a_patient_is_known_by_the_name_in_law_and_their_number_kept_apart() {
    let taken = read(&with("")).unwrap();
    let SourceRecord::Client {
        client,
        identity,
        elements,
        ..
    } = &taken.records[0]
    else {
        panic!("not a client");
    };
    assert_eq!(client.reveal(), "1.2.3.4|mrn-7");
    let text = |part: &Option<gateway_types::Pii<String>>| part.as_ref().unwrap().reveal().clone();
    assert_eq!(text(&identity.first_name), "Zanzibara");
    assert_eq!(text(&identity.middle_name), "May");
    assert_eq!(text(&identity.last_name), "Quillfeather");
    assert_eq!(text(&identity.ssn), "512345678");
    assert_eq!(
        identity.birth_date.as_ref().unwrap().reveal().to_string(),
        "1980-02-03"
    );
    assert_eq!(identity.phones[0].reveal(), "+1-555-0100");
    for element in elements {
        assert_eq!(element.source_programme.as_deref(), Some(UNIT));
        let shown = serde_json::to_string(&element.payload).unwrap();
        assert_eq!(
            shown.contains("512"),
            element.category == Some(Category::Ssn),
            "{shown}"
        );
    }
}

#[test]
fn a_problem_is_labelled_by_code_and_dated() {
    let element = only(&problem("", ALCOHOL));
    assert_eq!(element.category, Some(Category::Conditions));
    assert_eq!(element.record.kind, "ClinicalDocument.Problems");
    assert_eq!(element.record.key.reveal(), "9.9|1");
    assert_eq!(element.payload.fields()["condition"], "Dependence");
    assert_eq!(element.payload.fields()["from"], "20250102");
    assert_eq!(element.as_of.unwrap().to_string(), "2025-01-02");
    for label in [Sensitivity::Ethud, Sensitivity::Sud, Sensitivity::Dia] {
        assert!(element.sensitivity.contains(label));
    }
    assert!(
        element.regimes.is_empty(),
        "a code never decides which law governs"
    );
}

#[test]
fn an_uncoded_item_is_named_by_the_words_it_points_at_and_no_others() {
    let value = r##"<value xsi:type="CD" nullFlavor="UNK"><originalText><reference value="#p1"/></originalText></value>"##;
    let element = only(&problem("", value).replace("</list>", "<item>HIV positive neighbour</item></list>"));
    assert_eq!(element.payload.fields()["condition"], "Schizoaffective disorder");
    assert!(element.sensitivity.contains(Sensitivity::Mh));
    assert!(!element.sensitivity.contains(Sensitivity::Hiv));
    let shown = serde_json::to_string(&element.payload).unwrap();
    assert!(!shown.contains("neighbour"), "{shown}");
}

#[test]
fn negation_and_masking_change_what_is_said() {
    let none = problem("", ALCOHOL).replace("<observation ", "<observation negationInd=\"true\" ");
    assert_eq!(only(&none).payload.fields()["negated"], true);
    let masked = only(&problem("", r#"<value xsi:type="CD" nullFlavor="MSK"/>"#));
    assert_eq!(masked.category, None, "kept, and shown to nobody");
    let gone = problem("", ALCOHOL).replace("\"completed\"", "\"nullified\"");
    let taken = read(&with(&gone)).unwrap();
    assert!(
        matches!(&taken.records[1], SourceRecord::Withdrawn { record: Some(record), .. } if record.key.reveal() == "9.9|1")
    );
}

#[test]
fn an_entry_comes_from_the_unit_that_its_author_is_of() {
    let author = |organization: &str| {
        format!(
            "<author><assignedAuthor><representedOrganization>{organization}</representedOrganization></assignedAuthor></author>"
        )
    };
    let programme = |extra: &str| only(&problem(extra, ALCOHOL)).source_programme;
    assert_eq!(programme("").as_deref(), Some(UNIT), "its custodian's");
    let own = author(r#"<id root="1.2.3.4" extension="otp"/><name>Cedar</name>"#);
    assert_eq!(programme(&own).as_deref(), Some("1.2.3.4|otp"));
    let national =
        author(r#"<id root="1.2.3.4" extension="otp"/><id root="2.16.840.1.113883.4.6" extension="1"/>"#);
    assert_eq!(
        programme(&national).as_deref(),
        Some("1.2.3.4|otp"),
        "units share a national number"
    );
    assert_eq!(
        programme(&author("<name>elm street clinic</name>")).as_deref(),
        Some(UNIT)
    );
    for unclear in [
        author("<name>Somewhere else</name>"),
        author(r#"<id root="1.2.3.4" extension="a"/><id root="1.2.3.4" extension="b"/>"#),
        format!("{own}{}", author(r#"<id root="1.2.3.4" extension="other"/>"#)),
    ] {
        assert_eq!(
            programme(&unclear).as_deref(),
            Some(UNRESOLVED_PROGRAMME),
            "{unclear}"
        );
        assert!(
            read(&with(&problem(&unclear, ALCOHOL)))
                .unwrap()
                .report
                .names("unresolved-unit")
        );
    }
}

#[test]
fn what_the_source_restricts_without_saying_why_is_held_to_part_2() {
    let whole = with(&problem("", ALCOHOL)).replace(
        "<confidentialityCode code=\"N\"/>",
        "<confidentialityCode code=\"R\"/>",
    );
    let taken = read(&whole).unwrap();
    assert!(about(&taken)[0].regimes.contains(Regime::Unknown) && taken.report.names("restricted"));
    let one = problem("", ALCOHOL).replace("<section>", "<section><confidentialityCode code=\"V\"/>");
    assert!(only(&one).regimes.contains(Regime::Unknown));
    let refrain = problem(
        r#"<entryRelationship typeCode="COMP"><organizer><component><observation><value xsi:type="CD" code="NORDSLCD"/></observation></component></organizer></entryRelationship>"#,
        ALCOHOL,
    );
    assert!(only(&refrain).regimes.contains(Regime::Unknown));
    assert!(!only(&problem("", ALCOHOL)).regimes.contains(Regime::Unknown));
}

#[test]
fn a_medicine_tells_what_it_treats() {
    let entry = r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN"><statusCode code="active"/>
<effectiveTime xsi:type="IVL_TS"><low value="20260101"/></effectiveTime><effectiveTime xsi:type="PIVL_TS"><period value="24" unit="h"/></effectiveTime>
<routeCode code="C38288" displayName="by mouth"/><doseQuantity value="80" unit="mg"/>
<consumable><manufacturedProduct><manufacturedMaterial><code code="6813" codeSystem="2.16.840.1.113883.6.88" displayName="methadone"/></manufacturedMaterial></manufacturedProduct></consumable>
<text>takes it at the window</text></substanceAdministration></entry>"#;
    let element = only(&section("1.1", "", entry));
    let fields = element.payload.fields();
    assert_eq!(fields["medication"], "methadone");
    assert_eq!(
        (&fields["dose"], &fields["every"], &fields["route"]),
        (&"80 mg".into(), &"24 h".into(), &"by mouth".into())
    );
    assert!(element.sensitivity.contains(Sensitivity::Opioidud));
    assert!(
        !serde_json::to_string(&element.payload)
            .unwrap()
            .contains("window"),
        "prose is not kept"
    );
    let planned = only(&section("10", "", &entry.replace("\"EVN\"", "\"INT\"")));
    assert_eq!(planned.category, Some(Category::CarePlan));
}

#[test]
fn allergies_results_visits_and_teams_are_read() {
    let allergy = section(
        "6.1",
        "",
        r#"<entry><act><entryRelationship typeCode="SUBJ"><observation><value xsi:type="CD" code="419199007" displayName="Allergy"/>
<participant typeCode="CSM"><participantRole><playingEntity><code code="7980" codeSystem="2.16.840.1.113883.6.88" displayName="Penicillin G"/></playingEntity></participantRole></participant>
<entryRelationship typeCode="MFST"><observation><value xsi:type="CD" displayName="Anaphylaxis"/>
<entryRelationship typeCode="SUBJ"><observation><value xsi:type="CD" displayName="Severe"/></observation></entryRelationship></observation></entryRelationship>
</observation></entryRelationship></act></entry>"#,
    );
    let element = only(&allergy);
    assert_eq!(element.payload.fields()["allergy"], "Penicillin G");
    assert_eq!(
        element.payload.fields()["reactions"],
        serde_json::json!([{ "manifestations": ["Anaphylaxis"], "severity": "Severe" }])
    );
    let result = |value: &str| {
        section(
            "3.1",
            "",
            &format!(
                r#"<entry><organizer><component><observation><code displayName="HIV-1 antibody"/>{value}</observation></component></organizer></entry>"#
            ),
        )
    };
    let measured = only(&result(r#"<value xsi:type="PQ" value="0.2" unit="S/CO"/>"#));
    assert_eq!(
        (measured.category, &measured.payload.fields()["value"]),
        (Some(Category::Labs), &"0.2".into())
    );
    assert!(
        measured.sensitivity.contains(Sensitivity::Hiv),
        "also a negative one"
    );
    let words = only(&result(r#"<value xsi:type="ST">told her partner</value>"#));
    assert!(
        !words.payload.fields().contains_key("value"),
        "an answer in words may say anything"
    );
    let visit = only(&section(
        "22.1",
        "",
        r#"<entry><encounter><code displayName="Visit"/><effectiveTime value="20260102"/>
<participant typeCode="LOC"><participantRole><playingEntity><name>Cedar Methadone Clinic</name></playingEntity></participantRole></participant></encounter></entry>"#,
    ));
    assert!(
        visit.category == Some(Category::Encounters) && visit.sensitivity.contains(Sensitivity::Opioidud)
    );
    let team = only(&section(
        "500",
        "",
        r#"<entry><organizer><component><act><performer><assignedEntity><telecom value="tel:555-0199"/><assignedPerson><name><given>Dora</given><family>Dray</family></name></assignedPerson></assignedEntity></performer></act></component></organizer></entry>"#,
    ));
    assert_eq!(team.category, Some(Category::CaseManagerContact));
    assert_eq!(
        team.payload.fields()["people"],
        serde_json::json!([{ "name": "Dora Dray", "telecom": ["555-0199"] }])
    );
}

#[test]
fn interventions_are_read_with_their_parts_and_without_who_pays() {
    let act = |id: &str, words: &str, more: &str| {
        format!(
            r#"<act classCode="ACT" moodCode="INT">{more}<id root="9.9" extension="{id}"/><code code="1" codeSystem="2.16.840.1.113883.6.96" displayName="{words}"/></act>"#
        )
    };
    let template = |number: &str| format!(r#"<templateId root="2.16.840.1.113883.10.20.22.4.{number}"/>"#);
    let inside =
        |how: &str, act: String| format!(r#"<entryRelationship typeCode="{how}">{act}</entryRelationship>"#);
    let parts = inside("REFR", act("part", "Raise the head of the bed", ""))
        + &inside("COMP", act("cover", "Payment sources", &template("129")))
        + &inside("REFR", act("pointer", "Something else", &template("122")))
        + &inside("RSON", act("reason", "A goal", ""));
    let outer = act("outer", "Intervention", "").replace("</act>", &format!("{parts}</act>"));
    let section = format!(
        r#"<component><section><templateId root="2.16.840.1.113883.10.20.21.2.3"/><text/><entry>{outer}</entry></section></component>"#
    );
    let taken = read(&with(&section)).unwrap();
    let said: Vec<(&str, &str)> = about(&taken)
        .into_iter()
        .map(|element| {
            assert_eq!(element.category, Some(Category::CarePlan));
            let activity = element.payload.fields()["activity"].as_str().unwrap();
            (element.record.key.reveal().as_str(), activity)
        })
        .collect();
    assert_eq!(
        said,
        [
            ("9.9|outer", "Intervention"),
            ("9.9|part", "Raise the head of the bed")
        ]
    );
}

#[test]
fn what_is_not_kept_or_not_understood_is_told_by_its_line() {
    let taken = read(&with(&format!(
        "{}{}{}",
        section("17", "smokes", ""),
        section("5.1", "", "<entry><supply/></entry>"),
        problem("", ALCOHOL).replace(
            "</act></entry>",
            "</act></entry><entry><observation><id root='9.9' extension='1'/></observation></entry>"
        ),
    )))
    .unwrap();
    for rule in ["section-not-kept", "unknown-entry", "repeated-entry"] {
        let finding = taken
            .report
            .findings()
            .into_iter()
            .find(|finding| finding.rule == rule);
        assert!(!finding.unwrap_or_else(|| panic!("{rule}")).rows.is_empty());
    }
    assert_eq!(about(&taken).len(), 2, "what has the id of another is not lost");
}

#[test]
fn documents_that_cannot_be_taken_are_refused_with_the_rule() {
    let sound = with("");
    let refused = [
        (String::new(), "not-xml"),
        (sound.replacen("<id ", "<q:id ", 1), "undeclared-prefix"),
        (
            sound.replacen("?>", "?><!DOCTYPE ClinicalDocument>", 1),
            "document-type",
        ),
        (
            sound.replace("urn:hl7-org:v3", "urn:other"),
            "not-a-clinical-document",
        ),
        (
            sound.replace("structuredBody", "nonXMLBody"),
            "unstructured-document",
        ),
        (sound.replace("recordTarget", "subject"), "not-one-patient"),
        (
            sound.replacen(
                "<custodian>",
                "<recordTarget><patientRole/></recordTarget><custodian>",
                1,
            ),
            "not-one-patient",
        ),
        (
            sound.replacen(r#"<id root="1.2.3.4" extension="mrn-7"/>"#, "", 1),
            "no-patient-id",
        ),
        (
            sound.replacen(r#"<id root="1.2.3" extension="doc-1"/>"#, "", 1),
            "no-document-id",
        ),
    ];
    for (text, rule) in refused {
        let report = read(&text).unwrap_err();
        assert!(report.names(rule), "{rule}: {report}");
    }
}

#[test]
fn no_report_repeats_a_value() {
    let sound = with(&problem("", ALCOHOL));
    for (from, to) in [
        ("19800203", "Xyloquent"),
        ("<custodian>", "<Xyloquent"),
        ("code=\"F10.20\"", "code=\"&Xyloquent;\""),
        ("2.22.2.5.1", "Xyloquent"),
        ("<observation ", "<Xyloquent "),
        ("<act ", "<x:Xyloquent "),
    ] {
        let text = match read(&sound.replacen(from, to, 1)) {
            Ok(taken) => format!(
                "{}{taken:?}{:?}",
                taken.report,
                serde_json::to_string(&taken.report).unwrap()
            ),
            Err(report) => format!("{report}{report:?}"),
        };
        for mark in ["Xylo", "Quillfeather", "512-34", "512345678"] {
            assert!(!text.contains(mark), "{from}: {text}");
        }
    }
}

#[test]
fn the_published_samples_are_read_or_refused_for_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ehr-ccda");
    if !root.is_dir() {
        println!("NOT RUN: the C-CDA samples are not at ../shared/data/ehr-ccda");
        return;
    }
    let mut files: Vec<_> = ["hl7-ccda-examples", "ms-fhir-converter", "samhsa-dss"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "xml" || ending == "ccda")
        })
        .collect();
    files.sort();
    let (mut taken, mut refused) = (Vec::new(), Vec::new());
    for path in &files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match document(&std::fs::read(path).unwrap(), &Limits::default()) {
            Ok(read) => {
                println!("== {name}: {} records\n{}", read.records.len(), read.report);
                taken.push((name, read));
            }
            Err(report) => {
                println!("== {name}: refused\n{report}");
                let rule = report.findings()[0].rule;
                refused.push((name, rule));
            }
        }
    }
    println!("{} taken, {} refused: {refused:?}", taken.len(), refused.len());
    assert_eq!(taken.len() + refused.len(), files.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_document_never_panics(at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let mut bytes = with(&problem("", ALCOHOL)).into_bytes();
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let _outcome = document(&bytes, &Limits::default());
    }
}
