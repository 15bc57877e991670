//! Incidents and bookings, taken, held apart and barred; the same in XML of every generation and in JSON.

use gateway_types::record::UNRESOLVED_PROGRAMME;
use gateway_types::vocabulary::{ElementFact, Regime, Sensitivity};
use proptest::prelude::*;

use super::*;

const PERSON: &str = "<nc:PersonBirthDate><nc:Date>1980-02-03</nc:Date></nc:PersonBirthDate>\
    <nc:PersonName><nc:PersonGivenName>Zanzibara</nc:PersonGivenName><nc:PersonSurName>Quillfeather</nc:PersonSurName></nc:PersonName>";

/// A booking in the namespaces of NIEM 3.
fn booking() -> String {
    format!(
        r##"<b:BookingReport xmlns:b="http://example.org/BookingReport/1.0" xmlns:x="http://example.org/ext/1.0"
 xmlns:nc="http://release.niem.gov/niem/niem-core/3.0/" xmlns:j="http://release.niem.gov/niem/domains/jxdm/5.1/"
 xmlns:s="http://release.niem.gov/niem/structures/3.0/">
<j:Booking><nc:ActivityDate><nc:DateTime>2026-10-01T10:00:00Z</nc:DateTime></nc:ActivityDate>
<j:BookingAgencyRecordIdentification><nc:IdentificationID>B-77</nc:IdentificationID></j:BookingAgencyRecordIdentification>
<j:BookingSubject><nc:RoleOfPerson s:ref="p1"/></j:BookingSubject></j:Booking>
<j:Charge><j:ChargeDescriptionText>TRESPASS</j:ChargeDescriptionText></j:Charge>
<nc:Person s:id="p1">{PERSON}<x:PersonHomelessIndicator>true
 </x:PersonHomelessIndicator><x:PersonBehavioralHealthInformation s:ref="h1"/></nc:Person>
<x:BehavioralHealthInformation s:id="h1"><x:SeriousMentalIllnessIndicator>true</x:SeriousMentalIllnessIndicator>
<x:SubstanceAbuseIndicator>true</x:SubstanceAbuseIndicator>
<x:PrescribedMedication><x:Medication><nc:ItemName>Methadone</nc:ItemName></x:Medication></x:PrescribedMedication>
</x:BehavioralHealthInformation></b:BookingReport>"##
    )
}

/// A LEXS submission in the namespaces of NIEM 2.
fn submission() -> String {
    format!(
        r#"<p:doPublish xmlns:p="http://usdoj.gov/leisp/lexs/publishdiscover/3.1" xmlns:l="http://usdoj.gov/leisp/lexs/3.1"
 xmlns:d="http://usdoj.gov/leisp/lexs/digest/3.1" xmlns:nc="http://niem.gov/niem/niem-core/2.0"
 xmlns:j="http://niem.gov/niem/domains/jxdm/4.0" xmlns:s="http://niem.gov/niem/structures/2.0">
<l:DataItemPackage><l:PackageMetadata><l:DataItemID>K26-9</l:DataItemID>
<l:DataItemPublishInstruction>Insert</l:DataItemPublishInstruction>
<l:DisseminationCriteriaValue><l:DisseminationCriteriaText>Green</l:DisseminationCriteriaText></l:DisseminationCriteriaValue>
</l:PackageMetadata><l:Digest>
<d:EntityActivity><nc:Activity s:id="a1"><nc:ActivityCategoryText>Incident</nc:ActivityCategoryText>
<nc:ActivityDate><nc:Date>2026-10-01</nc:Date></nc:ActivityDate>
<nc:ActivityDescriptionText>Quillfeather hid behind the door</nc:ActivityDescriptionText></nc:Activity></d:EntityActivity>
<d:EntityPerson><d:Person s:id="p1">{PERSON}</d:Person>
<j:IncidentSubject><nc:RoleOfPersonReference s:ref="p1"/></j:IncidentSubject></d:EntityPerson>
<d:EntityPerson><d:Person s:id="p2"><nc:PersonName><nc:PersonGivenName>Vic</nc:PersonGivenName><nc:PersonSurName>Tim</nc:PersonSurName></nc:PersonName></d:Person>
<j:Victim><nc:RoleOfPersonReference s:ref="p2"/></j:Victim></d:EntityPerson>
</l:Digest></l:DataItemPackage></p:doPublish>"#
    )
}

fn read(text: &str) -> Result<Taken, Box<Report>> {
    exchange(text.as_bytes())
}

fn elements_of(taken: &Taken) -> &[LabelledElement] {
    match &taken.records[0] {
        SourceRecord::Client { elements, .. } => elements,
        other => panic!("not a client: {other:?}"),
    }
}

fn of(taken: &Taken, category: Category) -> &LabelledElement {
    let found = elements_of(taken)
        .iter()
        .find(|element| element.category == Some(category));
    found.unwrap_or_else(|| panic!("no {category:?}"))
}

#[track_caller]
fn stopped(text: &str, rule: &str, severity: Severity) {
    let report = read(text).expect_err(rule);
    let finding = report.findings().into_iter().find(|finding| finding.rule == rule);
    let finding = finding.unwrap_or_else(|| panic!("{rule} is not in:\n{report}"));
    assert_eq!(finding.severity, severity);
    assert!(!report.to_string().contains("Quill"), "{report}");
}

#[test]
fn a_booking_is_criminal_history_and_the_care_in_it_of_unknown_provenance() {
    let taken = read(&booking()).unwrap();
    let custody = of(&taken, Category::Arrest);
    assert!(
        custody.regimes.contains(Regime::Chri) && custody.facts.contains(ElementFact::ContainsArrestNotation)
    );
    assert_eq!(
        custody.payload.fields()["charges"],
        serde_json::json!(["TRESPASS"])
    );
    let home = of(&taken, Category::ShelterStatus);
    assert_eq!(home.payload.fields()["homeless"], true);
    assert!(home.regimes.is_empty() && home.source_programme.is_none());
    for category in [
        Category::MentalHealth,
        Category::SudTreatment,
        Category::Medications,
    ] {
        assert_eq!(
            of(&taken, category).source_programme.as_deref(),
            Some(UNRESOLVED_PROGRAMME)
        );
    }
    assert!(
        of(&taken, Category::Medications)
            .sensitivity
            .contains(Sensitivity::Opioidud)
    );
    assert!(taken.report.is_clean(), "{}", taken.report);
}

#[test]
fn every_generation_of_niem_says_the_same() {
    let newest = booking()
        .replace(
            "http://release.niem.gov/niem/niem-core/3.0/",
            "https://docs.oasis-open.org/niemopen/ns/model/niem-core/6.0/",
        )
        .replace(
            "http://release.niem.gov/niem/domains/jxdm/5.1/",
            "https://docs.oasis-open.org/niemopen/ns/model/domains/justice/6.0/",
        )
        .replace(
            "http://release.niem.gov/niem/structures/3.0/",
            "https://docs.oasis-open.org/niemopen/ns/model/structures/6.0/",
        );
    let by_uri = newest
        .replace("s:ref=\"", "s:uri=\"#")
        .replace("s:id=\"", "s:uri=\"#");
    let five = booking()
        .replace("niem-core/3.0", "niem-core/5.0")
        .replace("jxdm/5.1", "jxdm/7.0")
        .replace("structures/3.0", "structures/5.0")
        .replace("nc:", "core:")
        .replace("xmlns:nc=", "xmlns:core=");
    let old = read(&booking()).unwrap();
    for text in [newest, by_uri, five] {
        let new = read(&text).unwrap_or_else(|report| panic!("{report}"));
        assert_eq!(elements_of(&new), elements_of(&old));
    }
    stopped(
        &booking().replace("niem-core/3.0", "niem-core/9.0"),
        "niem-version",
        Severity::RefusesPush,
    );
}

#[test]
fn json_says_the_same_as_xml() {
    let json = serde_json::json!({
        "@context": {
            "b": "http://example.org/BookingReport/1.0#", "x": "http://example.org/ext/1.0#",
            "nc": "http://release.niem.gov/niem/niem-core/5.0/#", "j": "http://release.niem.gov/niem/domains/jxdm/7.0/#",
        },
        "b:BookingReport": {
            "j:Booking": {
                "nc:ActivityDate": { "nc:DateTime": "2026-10-01T10:00:00Z" },
                "j:BookingAgencyRecordIdentification": { "nc:IdentificationID": "B-77" },
                "j:BookingSubject": { "nc:RoleOfPerson": { "@id": "#p1" } },
            },
            "j:Charge": [{ "j:ChargeDescriptionText": "TRESPASS" }],
            "nc:Person": {
                "@id": "#p1",
                "nc:PersonBirthDate": { "nc:Date": "1980-02-03" },
                "nc:PersonName": { "nc:PersonGivenName": "Zanzibara", "nc:PersonSurName": "Quillfeather" },
                "x:PersonHomelessIndicator": true,
                "x:PersonBehavioralHealthInformation": { "@id": "#h1" },
            },
            "x:BehavioralHealthInformation": {
                "@id": "#h1",
                "x:SeriousMentalIllnessIndicator": true,
                "x:SubstanceAbuseIndicator": true,
                "x:PrescribedMedication": { "x:Medication": { "nc:ItemName": "Methadone" } },
            },
        },
    });
    let from_json = read(&json.to_string()).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(elements_of(&from_json), elements_of(&read(&booking()).unwrap()));
    let mut without = json.clone();
    without["@context"] = "http://example.org/context".into();
    stopped(&without.to_string(), "bad-context", Severity::RefusesPush);
    stopped(
        &json.to_string().replace("x:Person", "y:Person"),
        "undeclared-prefix",
        Severity::RefusesPush,
    );
}

#[test]
fn a_subject_is_taken_and_a_victim_barred_and_no_narrative_read() {
    let taken = read(&submission()).unwrap();
    assert_eq!(taken.records.len(), 1);
    let incident = of(&taken, Category::PoliceIncident);
    assert_eq!(incident.payload.fields()["incident"], "K26-9");
    assert!(incident.regimes.is_empty());
    assert!(!format!("{:?}", incident.payload.fields()).contains("door"));
    let rows = taken.report.files()[FILE];
    assert_eq!((rows.read, rows.taken, rows.barred), (2, 1, 1));

    let arrested = submission().replace("IncidentSubject", "ArrestSubject");
    assert!(
        of(&read(&arrested).unwrap(), Category::Arrest)
            .regimes
            .contains(Regime::Chri)
    );
    let both = submission().replace(
        "<nc:RoleOfPersonReference s:ref=\"p2\"/>",
        "<nc:RoleOfPersonReference s:ref=\"p1\"/>",
    );
    stopped(&both, "third-party", Severity::Barred);
}

#[test]
fn what_must_not_come_in_is_stopped() {
    for (from, to, rule, severity) in [
        (">Green<", ">Yellow<", "dissemination", Severity::Barred),
        (">Insert<", ">Delete<", "deletion", Severity::RefusesRow),
        ("1980-02-03", "2010-02-03", "juvenile", Severity::Barred),
        ("1980-02-03", "1980", "bad-birth-date", Severity::RefusesRow),
        ("2026-10-01", "soon", "bad-time", Severity::RefusesRow),
        ("hid behind", "NCIC HIT", "ncic-return", Severity::RefusesPush),
        ("s:id=\"p2\"", "s:id=\"p1\"", "repeated-id", Severity::RefusesPush),
        (
            "<nc:PersonSurName>Quillfeather</nc:PersonSurName>",
            "",
            "about-nobody",
            Severity::RefusesRow,
        ),
        (
            "<l:Digest>",
            "<q:Digest>",
            "undeclared-prefix",
            Severity::RefusesPush,
        ),
    ] {
        assert!(submission().contains(from), "{from}");
        stopped(&submission().replace(from, to), rule, severity);
    }
    stopped(
        &booking().replace("BookingReport", "WarrantIssuedReport"),
        "warrant",
        Severity::RefusesPush,
    );
    stopped(
        &booking().replace("BookingReport", "SearchResults"),
        "unknown-exchange",
        Severity::RefusesPush,
    );
    stopped(
        &booking().replace(">B-77<", "><"),
        "no-number",
        Severity::RefusesRow,
    );
    stopped(
        &format!("<!DOCTYPE a [<!ENTITY b 'c'>]>{}", booking()),
        "document-type",
        Severity::RefusesPush,
    );
    stopped(
        &format!("<!-- first --><?xml version=\"1.0\"?>{}", booking()),
        "not-xml",
        Severity::RefusesPush,
    );
    stopped(
        "<n:Submission xmlns:n=\"http://fbi.gov/cjis/nibrs/2019\"/>",
        "statistical-report",
        Severity::RefusesPush,
    );
    stopped(
        "<i:IncidentReport xmlns:i=\"http://fbi.gov/cjis/N-DEx/IncidentArrest/2.1\"/>",
        "payload-alone",
        Severity::RefusesPush,
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_exchanges_never_panic_and_never_speak(at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let mut bytes = submission().into_bytes();
        for (index, byte) in at {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        let report = match exchange(&bytes) {
            Ok(taken) => taken.report.to_string(),
            Err(report) => report.to_string(),
        };
        prop_assert!(!report.contains("Quillf") && !report.contains("Zanzi"));
    }
}
