//! FY2022: other columns and files, numbers that mean something else today, the same categories.

use gateway_types::vocabulary::{Category, Sensitivity};

use super::{element, refused};
use crate::hmis::format::{HmisFile, Version};
use crate::hmis::samples::Sample;

fn sample() -> Sample {
    Sample::new(Version::Fy2022)
}

fn of(sample: &mut Sample, file: HmisFile, cells: &[(&str, &str)]) {
    let mut all = vec![("PersonalID", "P1"), ("EnrollmentID", "E1")];
    all.extend_from_slice(cells);
    sample.add(file, &all);
}

#[test]
fn where_somebody_lives_is_told_in_todays_numbers_with_the_subsidy_apart() {
    let mut sample = sample();
    sample.set_rows(HmisFile::Enrollment, &[]);
    sample.stay("E1", "P1", "J1", &[("LivingSituation", "4")]);
    of(
        &mut sample,
        HmisFile::Exit,
        &[("ExitDate", "2026-09-20"), ("Destination", "19")],
    );
    of(
        &mut sample,
        HmisFile::CurrentLivingSituation,
        &[("CurrentLivingSituation", "5")],
    );
    let (checked, records) = sample.records();
    assert!(checked.report().is_clean(), "{}", checked.report());

    let entry = element(&records, "Enrollment.csv", Some(Category::Location));
    assert_eq!(entry.payload.fields()["LivingSituation"], 204);
    assert_eq!(
        entry.payload.fields()["living_situation"],
        "psychiatric hospital or facility"
    );
    assert!(entry.sensitivity.contains(Sensitivity::Mh));

    let exit = element(&records, "Exit.csv", Some(Category::Location));
    assert_eq!(exit.payload.fields()["Destination"], 435);
    assert_eq!(exit.payload.fields()["DestinationSubsidyType"], 419);

    let current = element(&records, "CurrentLivingSituation.csv", Some(Category::Location));
    assert_eq!(current.payload.fields()["CurrentLivingSituation"], 205);
    assert!(current.sensitivity.contains(Sensitivity::Sud));
}

#[test]
fn todays_numbers_in_an_export_of_2022_are_not_of_its_list() {
    let mut sample = sample();
    sample.set_rows(HmisFile::Enrollment, &[]);
    sample.stay("E1", "P1", "J1", &[("LivingSituation", "204")]);
    let (checked, records) = sample.records();
    assert!(checked.report().names("bad-code"));
    let kept = element(&records, "Enrollment.csv", None);
    assert_eq!(kept.payload.fields()["LivingSituation"], "204");
}

#[test]
fn a_shelter_is_told_by_how_its_nights_were_counted() {
    for (tracking, name) in [
        ("0", "emergency shelter, entry and exit"),
        ("3", "emergency shelter, night by night"),
        ("", "emergency shelter, entry and exit"),
    ] {
        let mut sample = sample();
        sample.set_rows(HmisFile::Project, &[]);
        sample.add(
            HmisFile::Project,
            &[
                ("ProjectID", "J1"),
                ("OrganizationID", "O1"),
                ("ProjectName", "Pier House"),
                ("ProjectType", "1"),
                ("TrackingMethod", tracking),
            ],
        );
        let (_, records) = sample.records();
        let shelter = element(&records, "Enrollment.csv", Some(Category::ShelterStatus));
        assert_eq!(shelter.payload.fields()["project_type"], name);
    }
}

#[test]
fn what_only_2022_asked_has_its_category() {
    let mut sample = sample();
    sample.set_rows(HmisFile::Client, &[]);
    sample.client(
        "P1",
        &[
            ("Ethnicity", "1"),
            ("Female", "1"),
            ("Questioning", "99"),
            ("White", "99"),
        ],
    );
    sample.set_rows(HmisFile::Enrollment, &[]);
    sample.stay(
        "E1",
        "P1",
        "J1",
        &[
            ("LivingSituation", "16"),
            ("LastPermanentStreet", "9 Quarry Row"),
            ("PercentAMI", "3"),
        ],
    );
    of(
        &mut sample,
        HmisFile::EnrollmentCoc,
        &[("CoCCode", "KS-500"), ("HouseholdID", "H1")],
    );
    of(
        &mut sample,
        HmisFile::HealthAndDv,
        &[("DomesticViolenceVictim", "1"), ("LifeValue", "0")],
    );
    of(
        &mut sample,
        HmisFile::IncomeBenefits,
        &[("VAMedicalServices", "1")],
    );
    let (checked, records) = sample.records();
    assert!(checked.report().is_clean(), "{}", checked.report());

    let shown = element(&records, "Client.csv", Some(Category::Demographics));
    assert_eq!(shown.payload.fields()["Ethnicity"], 1);
    let withheld = element(&records, "Client.csv", None);
    assert_eq!(withheld.payload.fields()["Female"], 1);
    assert_eq!(withheld.payload.fields()["Questioning"], 99);

    let place = element(&records, "Enrollment.csv", Some(Category::Location));
    assert_eq!(place.payload.fields()["LastPermanentStreet"], "9 Quarry Row");
    assert!(place.sensitivity.contains(Sensitivity::Locis));
    let income = element(&records, "Enrollment.csv", Some(Category::Income));
    assert_eq!(income.payload.fields()["PercentAMI"], "more than 50 per cent");

    let coc = element(&records, "EnrollmentCoC.csv", Some(Category::Enrollment));
    assert_eq!(coc.payload.fields()["CoCCode"], "KS-500");
    assert_eq!(coc.source_programme.as_deref(), Some("J1"));
    assert!(
        element(&records, "EnrollmentCoC.csv", None)
            .payload
            .fields()
            .contains_key("HouseholdID")
    );

    let dv = element(&records, "HealthAndDV.csv", Some(Category::DvHistory));
    assert_eq!(dv.payload.fields()["DomesticViolenceVictim"], 1);
    assert!(dv.sensitivity.contains(Sensitivity::Sdv));
    let mind = element(&records, "HealthAndDV.csv", Some(Category::MentalHealth));
    assert_eq!(mind.payload.fields()["LifeValue"], 0);
    let insured = element(&records, "IncomeBenefits.csv", Some(Category::Income));
    assert_eq!(insured.payload.fields()["VAMedicalServices"], 1);
}

#[test]
fn columns_and_files_of_another_year_are_not_taken_for_those_of_2022() {
    let mut later_column = sample();
    later_column.replace(
        HmisFile::HealthAndDv,
        "DomesticViolenceVictim",
        "DomesticViolenceSurvivor",
    );
    refused(&later_column, "column-of-other-version");

    // It may say that a project uses a comparable database.
    let mut later_file = sample();
    later_file.set_rows(HmisFile::HmisParticipation, &[]);
    later_file.replace(
        HmisFile::HmisParticipation,
        "\n",
        "HMISParticipationID,ProjectID,HMISParticipationType\n",
    );
    refused(&later_file, "column-of-other-version");

    let mut earlier_column = Sample::new(Version::Fy2024);
    earlier_column.replace(HmisFile::Client, "Woman", "Female");
    refused(&earlier_column, "column-of-other-version");

    let mut left_over = Sample::new(Version::Fy2024);
    left_over.file("EnrollmentCoC.csv", b"EnrollmentCoCID\n1\n");
    let (checked, records) = left_over.records();
    assert!(checked.report().names("extra-file"));
    assert_eq!(records.len(), 2);
}

#[test]
fn no_file_of_a_later_year_is_missed() {
    let mut sample = sample();
    sample.without("EnrollmentCoC.csv");
    let (checked, _) = sample.records();
    let absent: Vec<_> = checked
        .report()
        .findings()
        .into_iter()
        .filter(|finding| finding.rule == "absent-file")
        .map(|finding| finding.file.to_string())
        .collect();
    assert_eq!(absent, ["EnrollmentCoC.csv"]);
}
