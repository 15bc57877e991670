//! The files about the services themselves: export, organisations, users, projects and what hangs on them.

use std::io;

use super::sheet::Sheet;
use crate::directory::{COC, ORGANISATIONS, PROJECTS, Project, ProjectType, STAFF};
use crate::town::Town;

/// Who made an export.
pub(super) struct Exporter {
    pub(super) source_type: i64,
    pub(super) source_id: &'static str,
    pub(super) name: &'static str,
    pub(super) implementation: &'static str,
}

pub(super) const RIVERTON: Exporter = Exporter {
    source_type: 1,
    source_id: COC,
    name: "Riverton Continuum of Care",
    implementation: "riverton-hmis-synthetic",
};

/// All of this is older than any stay.
const LONG_AGO: i32 = 2_000;
const USER: &str = "USR-01";

pub(super) fn export(town: &Town, sheet: &mut Sheet<'_>, by: &Exporter) -> io::Result<()> {
    sheet.text(sheet.export_id());
    sheet.code(by.source_type);
    sheet.text(by.source_id);
    sheet.text(by.name);
    sheet.text("Odette");
    sheet.text("Marlow");
    sheet.text("3125550101");
    sheet.blank(1);
    sheet.text("o.marlow@riverton.example");
    sheet.moment_ago(0);
    sheet.date(town.ago(1_095));
    sheet.date(town.today());
    sheet.text("Assent synthetic HMIS");
    sheet.text("1");
    sheet.text("2026 v1.0");
    sheet.code(3);
    sheet.code(2);
    sheet.code(1);
    sheet.text(by.implementation);
    sheet.finish()
}

pub(super) fn organisations(sheet: &mut Sheet<'_>) -> io::Result<()> {
    ORGANISATIONS.iter().try_for_each(|one| {
        sheet.text(one.id);
        sheet.text(one.name);
        sheet.code(0);
        sheet.blank(1);
        sheet.end(LONG_AGO, None, USER)
    })
}

pub(super) fn users(sheet: &mut Sheet<'_>) -> io::Result<()> {
    STAFF.iter().try_for_each(|member| {
        sheet.text(member.id);
        sheet.text(member.first);
        sheet.text(member.last);
        sheet.text(member.phone);
        sheet.blank(1);
        sheet.text(member.email);
        sheet.end_without_user(LONG_AGO)
    })
}

pub(super) fn projects(sheet: &mut Sheet<'_>) -> io::Result<()> {
    PROJECTS.iter().try_for_each(|project| {
        sheet.text(project.id);
        sheet.text(project.organisation);
        sheet.text(project.name);
        sheet.blank(1);
        sheet.ago(LONG_AGO);
        sheet.blank(1);
        sheet.code(1);
        sheet.code(project.kind as i64);
        sheet.code_if((project.beds > 0).then_some(match project.kind {
            ProjectType::RapidRehousing => 3,
            _ => 1,
        }));
        sheet.code_if((project.kind == ProjectType::RapidRehousing).then_some(2));
        sheet.code_if((project.kind == ProjectType::ServicesOnly).then_some(1));
        sheet.code_if((project.beds > 0).then_some(if project.funder == 15 { 3 } else { 4 }));
        sheet.code_if((project.beds > 0).then_some(if project.funder == 15 { 1 } else { 2 }));
        sheet.code_if((project.beds > 0).then_some(project.beds * 9 / 10));
        sheet.end(LONG_AGO, None, USER)
    })
}

/// One row a project, with a key made of the project's.
fn each(
    sheet: &mut Sheet<'_>,
    prefix: &str,
    wanted: impl Fn(&Project) -> bool,
    mut fill: impl FnMut(&mut Sheet<'_>, &Project),
) -> io::Result<()> {
    PROJECTS
        .iter()
        .filter(|project| wanted(project))
        .try_for_each(|project| {
            sheet.text(&format!("{prefix}-{}", project.id));
            sheet.text(project.id);
            fill(sheet, project);
            sheet.end(LONG_AGO, None, USER)
        })
}

pub(super) fn funders(sheet: &mut Sheet<'_>) -> io::Result<()> {
    each(
        sheet,
        "FND",
        |_| true,
        |sheet, project| {
            sheet.code(project.funder);
            sheet.blank(1);
            sheet.text(&format!("GRANT-{}", project.id));
            sheet.ago(LONG_AGO);
            sheet.blank(1);
        },
    )
}

pub(super) fn project_cocs(sheet: &mut Sheet<'_>) -> io::Result<()> {
    each(
        sheet,
        "COC",
        |_| true,
        |sheet, project| {
            sheet.text(COC);
            sheet.text("999901");
            sheet.text(project.street);
            sheet.blank(1);
            sheet.text("Riverton");
            sheet.text("ZZ");
            sheet.text(project.zip);
            sheet.code(1);
        },
    )
}

pub(super) fn inventory(sheet: &mut Sheet<'_>) -> io::Result<()> {
    each(
        sheet,
        "INV",
        |project| project.beds > 0,
        |sheet, project| {
            let shelter = matches!(
                project.kind,
                ProjectType::ShelterEntryExit | ProjectType::ShelterNightByNight
            );
            sheet.text(COC);
            sheet.code(1);
            sheet.code_if(shelter.then_some(1));
            sheet.code(project.beds);
            sheet.code(project.beds);
            sheet.blank(6);
            sheet.code(project.beds);
            sheet.code_if(shelter.then_some(1));
            sheet.ago(LONG_AGO);
            sheet.blank(1);
        },
    )
}

pub(super) fn affiliations(sheet: &mut Sheet<'_>) -> io::Result<()> {
    each(
        sheet,
        "AFF",
        |project| project.kind == ProjectType::ServicesOnly,
        |sheet, _| sheet.text("PRJ-301"),
    )
}

pub(super) fn hmis_participation(sheet: &mut Sheet<'_>) -> io::Result<()> {
    each(
        sheet,
        "HMP",
        |_| true,
        |sheet, _| {
            sheet.code(1);
            sheet.ago(LONG_AGO);
            sheet.blank(1);
        },
    )
}

pub(super) fn ce_participation(sheet: &mut Sheet<'_>) -> io::Result<()> {
    each(
        sheet,
        "CEP",
        |_| true,
        |sheet, project| {
            let access = project.kind == ProjectType::CoordinatedEntry;
            sheet.yes(access);
            for _ in 0..4 {
                sheet.code_if(access.then_some(1));
            }
            sheet.yes(!access);
            sheet.ago(LONG_AGO);
            sheet.blank(1);
        },
    )
}
