//! What an export says of its clients: deletion, what may be here, who they are, labels.

use std::io::Cursor;

use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity};
use gateway_types::{LabelledElement, SourceRecord};

use super::{element, elements, refused, sample};
use crate::hmis::format::HmisFile;
use crate::hmis::samples::{Sample, check_bytes};
use crate::hmis::{Limits, RegisteredVictimService, UnstatedVictimService, check};

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
fn an_export_with_no_or_several_rows_or_of_another_version_is_refused() {
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
        ("2020 v1.8", "unsupported-version"),
        ("next", "unsupported-version"),
        ("", "unstated-version"),
    ] {
        let mut other = sample();
        other.replace(HmisFile::Export, "2026 v1.0", stated);
        refused(&other, rule);
    }
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
fn projects_registered_as_victim_service_leave_no_trace_whatever_the_export_says() {
    let mut sample = sample();
    sample.add(
        HmisFile::Project,
        &[
            ("ProjectID", "J2"),
            ("OrganizationID", "O1"),
            ("ProjectType", "1"),
        ],
    );
    sample.client("P2", &[("LastName", "Zephyrine")]);
    sample.stay("E2", "P2", "J2", &[]);
    let zip = sample.zip();
    let people = |victim_service: RegisteredVictimService| {
        let limits = Limits {
            victim_service,
            ..Limits::default()
        };
        let mut zip = Cursor::new(&zip);
        let checked = check(&mut zip, &limits).unwrap();
        let mut people = std::collections::BTreeSet::new();
        let read = checked.read(&mut zip, &mut |record| {
            if let SourceRecord::Client { client, .. } | SourceRecord::About { client, .. } = record {
                people.insert(client.reveal().to_owned());
            }
            std::ops::ControlFlow::Continue(())
        });
        assert!(read.is_ok());
        people.into_iter().collect::<Vec<_>>()
    };
    let projects = |names: [&str; 1]| names.map(String::from).into();
    assert_eq!(people(RegisteredVictimService::None), ["P1", "P2"]);
    assert_eq!(
        people(RegisteredVictimService::Projects(projects(["J2"]))),
        ["P1"]
    );
    assert_eq!(people(RegisteredVictimService::AllBut(projects(["J1"]))), ["P1"]);
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

/// A second client in a project of their own.
fn two_projects() -> Sample {
    let mut sample = sample();
    sample.add(
        HmisFile::Project,
        &[
            ("ProjectID", "J2"),
            ("OrganizationID", "O1"),
            ("ProjectName", "Quay House"),
            ("ProjectType", "2"),
        ],
    );
    sample.client("P2", &[]);
    sample.stay("E2", "P2", "J2", &[]);
    sample
}

/// Whether everything from J1, and whether everything from J2, is held to HOPWA and RHY; nothing is, if not all.
#[track_caller]
fn held(sample: &Sample, rule: &str, row: u64) -> (bool, bool) {
    let (checked, records) = sample.records();
    let report = checked.report();
    let finding = report.findings().into_iter().find(|finding| finding.rule == rule);
    let finding = finding.unwrap_or_else(|| panic!("{rule} is not in:\n{report}"));
    assert_eq!(
        finding.rows,
        if row == 0 { vec![] } else { vec![row] },
        "{report}"
    );
    let of = |project: &str| {
        let elements: Vec<_> = records
            .iter()
            .flat_map(elements)
            .filter(|element| element.source_programme.as_deref() == Some(project))
            .collect();
        assert!(elements.len() > 2);
        let held = |element: &&LabelledElement| {
            element.regimes.contains(Regime::Hopwa)
                && element.regimes.contains(Regime::Rhy)
                && element.sensitivity.contains(Sensitivity::Hiv)
        };
        let count = elements.iter().filter(|element| held(element)).count();
        assert!(count == 0 || count == elements.len(), "{project}");
        count > 0
    };
    (of("J1"), of("J2"))
}

#[test]
fn a_funder_that_cannot_be_read_may_have_been_any() {
    let with = |cells: &[(&str, &str)]| {
        let mut sample = two_projects();
        let mut all = vec![("FunderID", "F1"), ("ProjectID", "J2"), ("Funder", "2")];
        all.extend_from_slice(cells);
        sample.add(HmisFile::Funder, &all);
        sample
    };
    for cells in [
        &[("Funder", "999")][..],
        &[("Funder", "HOPWA")],
        &[("Funder", "")],
        &[("FunderID", "")],
        &[("DateDeleted", "yesterday")],
    ] {
        assert_eq!(held(&with(cells), "funder-unread", 2), (false, true), "{cells:?}");
    }
    let mut twice = with(&[]);
    twice.add(
        HmisFile::Funder,
        &[("FunderID", "F1"), ("ProjectID", "J2"), ("Funder", "14")],
    );
    assert_eq!(
        held(&twice, "funder-unread", 3),
        (false, true),
        "which row is right is not known"
    );

    assert_eq!(
        held(&with(&[("ProjectID", "")]), "funder-of-any-project", 2),
        (true, true)
    );
    let mut shifted = with(&[]);
    shifted.replace(HmisFile::Funder, "F1,J2", "F1,,J2");
    assert_eq!(held(&shifted, "funder-of-any-project", 2), (true, true));
    let mut absent = two_projects();
    absent.without("Funder.csv");
    assert_eq!(held(&absent, "no-funders", 0), (true, true));

    let elsewhere = with(&[("ProjectID", "J9")]);
    assert_eq!(
        held(&elsewhere, "unknown-project", 2),
        (false, false),
        "of a project without rows here"
    );
}

#[test]
fn a_project_whose_facts_cannot_be_read_gets_every_label_they_could_bring() {
    for (column, value) in [
        ("TargetPopulation", "2"),
        ("TargetPopulation", "survivors"),
        ("HOPWAMedAssistedLivingFac", "yes"),
    ] {
        let mut sample = sample();
        sample.add(
            HmisFile::Project,
            &[
                ("ProjectID", "J2"),
                ("OrganizationID", "O1"),
                ("ProjectType", "2"),
                (column, value),
            ],
        );
        sample.client("P2", &[]);
        sample.stay("E2", "P2", "J2", &[]);
        let (checked, records) = sample.records();
        assert!(checked.report().names("project-fact-unread"), "{column} {value}");
        for element in elements(records.last().unwrap()) {
            assert!(element.sensitivity.contains(Sensitivity::Hiv), "{column} {value}");
            let hidden = element.facts.contains(ElementFact::FamilyViolenceProject);
            assert_eq!(hidden, column == "TargetPopulation", "{column} {value}");
        }
    }
}

#[test]
fn rows_that_hang_on_a_project_that_cannot_be_read_are_refused() {
    let unreadable: [fn(&mut Sample); 3] = [
        |sample| sample.replace(HmisFile::Project, "J2,O1", "J2,,O1"),
        |sample| sample.replace(HmisFile::Project, "J2,O1", "J2,"),
        |sample| {
            sample.add(
                HmisFile::Project,
                &[("ProjectID", "J2"), ("OrganizationID", "O1")],
            )
        },
    ];
    for spoil in unreadable {
        let mut sample = two_projects();
        sample.add(
            HmisFile::Services,
            &[
                ("EnrollmentID", "E2"),
                ("PersonalID", "P2"),
                ("RecordType", "200"),
                ("TypeProvided", "200"),
            ],
        );
        spoil(&mut sample);
        let (checked, records) = sample.records();
        for rule in ["unknown-project", "unknown-enrollment", "unplaced-client"] {
            assert!(checked.report().names(rule), "{rule}:\n{}", checked.report());
        }
        assert_eq!(records.len(), 2, "the other client and their enrolment");
    }
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
