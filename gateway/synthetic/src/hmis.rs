//! The HMIS export of the town: a zip of 24 CSV files in the shape of HUD's FY2026 data standards, written as a
//! stream, the same to the byte for the same town.

mod columns;
mod coordination;
mod episodes;
mod health;
mod income;
mod listings;
mod people;
mod services;
mod sheet;
#[cfg(test)]
mod tests;
mod victim;

use std::io::{self, Seek, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::directory::STAFF;
use crate::stays::Stay;
use crate::town::Town;
pub(crate) use services::OUTSIDE;
use sheet::Sheet;
pub use victim::{victim_service_markers, write_vsp_zip};

/// The archive could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The archive's frame.
    #[error("the archive could not be written")]
    Archive(#[from] zip::result::ZipError),
    /// The bytes of a file in it.
    #[error("a file of the archive could not be written")]
    Output(#[from] io::Error),
}

/// What an export holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    files: Vec<(&'static str, u64)>,
}

impl Summary {
    /// The files in the order of the archive, with their numbers of rows (headers not counted).
    #[must_use]
    pub fn files(&self) -> &[(&'static str, u64)] {
        &self.files
    }

    /// Rows of all files.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.files.iter().map(|(_, rows)| rows).sum()
    }

    /// Rows of the file called `name`; 0 if there is none.
    #[must_use]
    pub fn rows(&self, name: &str) -> u64 {
        self.files
            .iter()
            .find(|(file, _)| *file == name)
            .map_or(0, |(_, rows)| *rows)
    }
}

/// An archive on its way out.
struct Archive<'t, W: Write + Seek> {
    town: &'t Town,
    export_id: String,
    zip: ZipWriter<W>,
    summary: Summary,
}

/// What goes to `Archive::file`: a file's rows.
type Filled = io::Result<()>;

impl<'t, W: Write + Seek> Archive<'t, W> {
    fn new(town: &'t Town, export_id: String, out: W) -> Self {
        Self {
            town,
            export_id,
            zip: ZipWriter::new(out),
            summary: Summary::default(),
        }
    }

    fn file(
        &mut self,
        name: &'static str,
        header: &str,
        fill: impl FnOnce(&mut Sheet<'_>) -> Filled,
    ) -> Result<(), WriteError> {
        // A fixed date of the archive's own beginning of time: the bytes depend on the town alone.
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .compression_level(Some(1))
            .last_modified_time(zip::DateTime::default());
        self.zip.start_file(name, options)?;
        let mut sheet = Sheet::new(self.town, &mut self.zip, &self.export_id, header);
        fill(&mut sheet)?;
        self.summary.files.push((name, sheet.close()?));
        Ok(())
    }

    /// A file with rows about stays.
    fn about_stays(
        &mut self,
        name: &'static str,
        header: &str,
        fill: impl Fn(&Town, &Stay, &mut Sheet<'_>) -> Filled,
    ) -> Result<(), WriteError> {
        let town = *self.town;
        self.file(name, header, |sheet| {
            (0..town.clients()).try_for_each(|client| {
                town.stays(client)
                    .iter()
                    .try_for_each(|stay| fill(&town, stay, sheet))
            })
        })
    }

    fn close(self) -> Result<Summary, WriteError> {
        self.zip.finish()?.flush()?;
        Ok(self.summary)
    }
}

/// Who entered the rows of a stay.
fn user_of(stay: &Stay) -> &'static str {
    STAFF
        .get((stay.client + stay.number as usize) % STAFF.len())
        .map_or("", |member| member.id)
}

/// Writes the town's HMIS export. Memory does not grow with the town.
///
/// # Errors
/// [`WriteError`] if `out` does not take it.
pub fn write_hmis_zip(town: &Town, out: impl Write + Seek) -> Result<Summary, WriteError> {
    let export_id = format!("{:016x}", crate::dice::mix(town.seed() ^ town.clients() as u64));
    let mut archive = Archive::new(town, export_id, out);
    archive.file("Export.csv", columns::EXPORT, |sheet| {
        listings::export(town, sheet, &listings::RIVERTON)
    })?;
    archive.file("Organization.csv", columns::ORGANIZATION, listings::organisations)?;
    archive.file("User.csv", columns::USER, listings::users)?;
    archive.file("Project.csv", columns::PROJECT, listings::projects)?;
    archive.file("Funder.csv", columns::FUNDER, listings::funders)?;
    archive.file("ProjectCoC.csv", columns::PROJECT_COC, listings::project_cocs)?;
    archive.file("Inventory.csv", columns::INVENTORY, listings::inventory)?;
    archive.file("Affiliation.csv", columns::AFFILIATION, listings::affiliations)?;
    archive.file(
        "HMISParticipation.csv",
        columns::HMIS_PARTICIPATION,
        listings::hmis_participation,
    )?;
    archive.file(
        "CEParticipation.csv",
        columns::CE_PARTICIPATION,
        listings::ce_participation,
    )?;
    archive.file("Client.csv", columns::CLIENT, |sheet| {
        people::clients(town, sheet)
    })?;
    archive.about_stays("Enrollment.csv", columns::ENROLLMENT, episodes::enrolment)?;
    archive.about_stays("Exit.csv", columns::EXIT, episodes::exit)?;
    archive.about_stays("IncomeBenefits.csv", columns::INCOME_BENEFITS, income::income)?;
    archive.about_stays("HealthAndDV.csv", columns::HEALTH_AND_DV, health::health)?;
    archive.about_stays(
        "EmploymentEducation.csv",
        columns::EMPLOYMENT_EDUCATION,
        income::employment,
    )?;
    archive.about_stays("Disabilities.csv", columns::DISABILITIES, health::disabilities)?;
    archive.about_stays("Services.csv", columns::SERVICES, services::services)?;
    archive.about_stays(
        "CurrentLivingSituation.csv",
        columns::CURRENT_LIVING_SITUATION,
        services::living_situations,
    )?;
    archive.about_stays("Assessment.csv", columns::ASSESSMENT, coordination::assessment)?;
    archive.about_stays(
        "AssessmentQuestions.csv",
        columns::ASSESSMENT_QUESTIONS,
        coordination::questions,
    )?;
    archive.about_stays(
        "AssessmentResults.csv",
        columns::ASSESSMENT_RESULTS,
        coordination::results,
    )?;
    archive.about_stays("Event.csv", columns::EVENT, coordination::event)?;
    archive.about_stays(
        "YouthEducationStatus.csv",
        columns::YOUTH_EDUCATION_STATUS,
        coordination::youth_education,
    )?;
    archive.close()
}
