//! What a victim service provider must never send: an export with its clients in it. The gateway has to refuse it
//! at the door and keep nothing (VAWA, 34 USC 12291(b)(2)); the names in it occur nowhere else, so that a search
//! through everything written shows whether it did.

use std::io::{Seek, Write};

use gateway_types::Date;

use super::listings::{Exporter, export};
use super::{Archive, Summary, WriteError, columns};
use crate::town::Town;

const SAFE_HAVEN: Exporter = Exporter {
    source_type: 2,
    source_id: "",
    name: "Wrensfold Refuge",
    implementation: "wrensfold-casebook-synthetic",
};

/// First name, last name, number and birth date of somebody who must leave no trace. They were born before anybody
/// in the town.
type Survivor = (&'static str, &'static str, &'static str, (i16, i8, i8));

const SURVIVORS: [Survivor; 6] = [
    ("Wrenna", "Zornhallow", "971069421", (1941, 5, 23)),
    ("Isaura", "Quetzamayo", "971069438", (1938, 12, 6)),
    ("Petronel", "Vasclough", "971069445", (1946, 3, 17)),
    ("Oluchika", "Embertarn", "971069452", (1943, 9, 9)),
    ("Linhthy", "Dovrecastle", "971069469", (1940, 7, 28)),
    ("Sunniva", "Kelmacrae", "971069476", (1944, 10, 30)),
];
const PLACE: &str = "rooms above the Tolvane bakery";
const PROJECT: &str = "WREN-P1";
const ORGANISATION: &str = "WREN-ORG";
const USER: &str = "WREN-U1";

fn born((year, month, day): (i16, i8, i8)) -> Option<Date> {
    Date::new(year, month, day)
}

/// Writes the small export of the victim service provider.
///
/// # Errors
/// [`WriteError`] if `out` does not take it.
pub fn write_vsp_zip(town: &Town, out: impl Write + Seek) -> Result<Summary, WriteError> {
    let mut archive = Archive::new(town, format!("{:016x}", crate::dice::mix(!town.seed())), out);
    archive.file("Export.csv", columns::EXPORT, |sheet| {
        export(town, sheet, &SAFE_HAVEN)
    })?;
    archive.file("Organization.csv", columns::ORGANIZATION, |sheet| {
        sheet.text(ORGANISATION);
        sheet.text("Wrensfold Refuge");
        sheet.code(1);
        sheet.blank(1);
        sheet.end(900, None, USER)
    })?;
    archive.file("User.csv", columns::USER, |sheet| {
        sheet.text(USER);
        sheet.blank(5);
        sheet.end_without_user(900)
    })?;
    archive.file("Project.csv", columns::PROJECT, |sheet| {
        sheet.text(PROJECT);
        sheet.text(ORGANISATION);
        sheet.text("Wrensfold House");
        sheet.blank(1);
        sheet.ago(900);
        sheet.blank(1);
        sheet.code(1);
        sheet.code(0);
        sheet.code(1);
        sheet.blank(2);
        sheet.code(1);
        sheet.blank(2);
        sheet.end(900, None, USER)
    })?;
    for (name, header) in [
        ("Funder.csv", columns::FUNDER),
        ("ProjectCoC.csv", columns::PROJECT_COC),
        ("Inventory.csv", columns::INVENTORY),
        ("Affiliation.csv", columns::AFFILIATION),
    ] {
        archive.file(name, header, |_| Ok(()))?;
    }
    archive.file("HMISParticipation.csv", columns::HMIS_PARTICIPATION, |sheet| {
        sheet.text("WREN-H1");
        sheet.text(PROJECT);
        sheet.code(2);
        sheet.ago(900);
        sheet.blank(1);
        sheet.end(900, None, USER)
    })?;
    archive.file("CEParticipation.csv", columns::CE_PARTICIPATION, |_| Ok(()))?;
    archive.file("Client.csv", columns::CLIENT, |sheet| {
        SURVIVORS
            .iter()
            .zip(1..)
            .try_for_each(|((first, last, ssn, birth), ordinal)| {
                sheet.text(&client_key(ordinal));
                sheet.text(first);
                sheet.blank(1);
                sheet.text(last);
                sheet.blank(1);
                sheet.code(1);
                sheet.text(ssn);
                sheet.code(1);
                match born(*birth) {
                    Some(birth) => sheet.date(birth),
                    None => sheet.blank(1),
                }
                sheet.code(1);
                sheet.code(0);
                (0..7).for_each(|column| sheet.yes(column == 6));
                sheet.blank(2);
                sheet.code(0);
                sheet.blank(12);
                sheet.end(40, None, USER)
            })
    })?;
    archive.file("Enrollment.csv", columns::ENROLLMENT, |sheet| {
        (1..=SURVIVORS.len()).try_for_each(|ordinal| {
            sheet.text(&format!("WREN-E{ordinal}"));
            sheet.text(&client_key(ordinal));
            sheet.text(PROJECT);
            sheet.ago(40);
            sheet.text(&format!("WREN-H{ordinal}"));
            sheet.code(1);
            sheet.text(crate::directory::COC);
            sheet.code(410);
            sheet.blank(1);
            sheet.code(5);
            sheet.blank(5);
            sheet.code(0);
            sheet.blank(46);
            sheet.end(40, None, USER)
        })
    })?;
    for (name, header) in [
        ("Exit.csv", columns::EXIT),
        ("IncomeBenefits.csv", columns::INCOME_BENEFITS),
    ] {
        archive.file(name, header, |_| Ok(()))?;
    }
    archive.file("HealthAndDV.csv", columns::HEALTH_AND_DV, |sheet| {
        (1..=SURVIVORS.len()).try_for_each(|ordinal| {
            row_keys(sheet, "V", ordinal);
            sheet.ago(40);
            (0..3).for_each(|_| sheet.code(1));
            sheet.blank(5);
            sheet.code(1);
            sheet.end(40, None, USER)
        })
    })?;
    for (name, header) in [
        ("EmploymentEducation.csv", columns::EMPLOYMENT_EDUCATION),
        ("Disabilities.csv", columns::DISABILITIES),
        ("Services.csv", columns::SERVICES),
    ] {
        archive.file(name, header, |_| Ok(()))?;
    }
    archive.file(
        "CurrentLivingSituation.csv",
        columns::CURRENT_LIVING_SITUATION,
        |sheet| {
            row_keys(sheet, "L", 1);
            sheet.ago(12);
            sheet.code(101);
            sheet.blank(7);
            sheet.text(PLACE);
            sheet.end(12, None, USER)
        },
    )?;
    for (name, header) in [
        ("Assessment.csv", columns::ASSESSMENT),
        ("AssessmentQuestions.csv", columns::ASSESSMENT_QUESTIONS),
        ("AssessmentResults.csv", columns::ASSESSMENT_RESULTS),
        ("Event.csv", columns::EVENT),
        ("YouthEducationStatus.csv", columns::YOUTH_EDUCATION_STATUS),
    ] {
        archive.file(name, header, |_| Ok(()))?;
    }
    archive.close()
}

fn client_key(ordinal: usize) -> String {
    format!("WREN-C{ordinal}")
}

fn row_keys(sheet: &mut super::Sheet<'_>, letter: &str, ordinal: usize) {
    sheet.text(&format!("WREN-{letter}{ordinal}"));
    sheet.text(&format!("WREN-E{ordinal}"));
    sheet.text(&client_key(ordinal));
}

/// Every word of the victim service provider's export that must be found nowhere.
pub fn victim_service_markers() -> impl Iterator<Item = String> {
    SURVIVORS
        .iter()
        .zip(1..)
        .flat_map(|((first, last, ssn, birth), ordinal)| {
            let birth = born(*birth).map(|birth| birth.to_string());
            [
                Some((*first).to_owned()),
                Some((*last).to_owned()),
                Some((*ssn).to_owned()),
                Some(client_key(ordinal)),
                birth,
            ]
        })
        .flatten()
        .chain(std::iter::once("Tolvane".to_owned()))
}
