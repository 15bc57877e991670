//! The HUD HMIS CSV formats FY2022, FY2024 and FY2026 as tables: files, columns, types, null rules, code lists, and into
//! which element a column goes (catalogue HMIS-11).
//!
//! Column names, order, types and lists are facts of HUD's data standards; the last column of each table is ours.

use gateway_types::vocabulary::Category;

mod client;
mod enrollment;
mod health;
mod lists;
mod project;
mod service;

/// What the tables are written with.
mod prelude {
    pub(super) use super::Kind::*;
    pub(super) use super::Null::*;
    pub(super) use super::Part::*;
    pub(super) use super::Years::*;
    pub(super) use super::{ANY, Column, columns, lists};
    pub(super) use gateway_types::vocabulary::Category::*;
}

/// A version of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// HMIS CSV FY2022, in force from October 2021.
    Fy2022,
    /// HMIS CSV FY2024, in force from October 2023.
    Fy2024,
    /// HMIS CSV FY2026, in force from October 2025.
    Fy2026,
}

impl Version {
    /// The version as people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fy2022 => "FY2022",
            Self::Fy2024 => "FY2024",
            Self::Fy2026 => "FY2026",
        }
    }
}

/// In which versions a column exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Years {
    /// FY2022, FY2024 and FY2026.
    All,
    /// FY2022 only.
    Fy2022,
    /// FY2022 and FY2024.
    To2024,
    /// FY2024 and FY2026.
    From2024,
    /// FY2024 only.
    Fy2024,
    /// FY2026 only.
    Fy2026,
    /// FY2024; may stand in FY2026 (HUD's draft lists it, vendors differ).
    Fy2024OrLater,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of at most so many characters.
    Text(u16),
    /// A whole number, not negative.
    Whole,
    /// `yyyy-mm-dd`.
    Date,
    /// `yyyy-mm-dd hh:mm:ss`, without a zone.
    Moment,
    /// Money.
    Money,
    /// Money, not negative.
    Amount,
}

/// Whether a cell may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Null {
    /// It may.
    Nullable,
    /// It may not.
    Required,
}

/// What a column is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Keys and metadata of the row: they name it, date it and tie it to others; they are not shown to anyone.
    Structure,
    /// The key of the row that this row belongs to; goes along with its first element.
    Link,
    /// Goes along with every element of the row.
    Common,
    /// Information about the client, in this category.
    In(Category),
    /// Information about the client whose category another column of the row decides.
    ByType,
    /// Information about the client, or others, for which there is no category: kept, shown to nobody.
    Withheld,
    /// Not about a client.
    Directory,
}

/// What a wrong or missing value in a column means for its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// The value is withheld.
    Value,
    /// The row cannot be used: what it is, whose it is or when it was is not known.
    Row,
}

/// One column.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: &'static str,
    /// Another spelling met in practice.
    pub(super) alias: Option<&'static str>,
    /// In which versions it exists.
    pub(super) years: Years,
    /// Its type.
    pub(super) kind: Kind,
    /// Whether a cell may be empty.
    pub(super) null: Null,
    /// The numbers it may hold; empty: any.
    pub(super) codes: &'static [u16],
    /// What it is to us.
    pub(super) part: Part,
    /// What a wrong value means.
    pub(super) weight: Weight,
}

/// No code list.
const ANY: &[u16] = &[];

impl Column {
    /// Whether this column may stand in a file of `version`.
    pub(super) fn may_stand_in(&self, version: Version) -> bool {
        match self.years {
            Years::All => true,
            Years::Fy2022 => version == Version::Fy2022,
            Years::To2024 => version != Version::Fy2026,
            Years::From2024 | Years::Fy2024OrLater => version != Version::Fy2022,
            Years::Fy2024 => version == Version::Fy2024,
            Years::Fy2026 => version == Version::Fy2026,
        }
    }

    /// Whether a file of `version` has to have it.
    pub(super) fn belongs_in(&self, version: Version) -> bool {
        self.may_stand_in(version) && !(self.years == Years::Fy2024OrLater && version == Version::Fy2026)
    }

    /// Where the subsidy goes that a number of FY2022 for where somebody lives may have told along with the place;
    /// `None`: the column's numbers are today's.
    pub(super) fn recoded(&self) -> Option<&'static str> {
        match (self.years, self.name) {
            (Years::Fy2022, "LivingSituation") => Some("RentalSubsidyType"),
            (Years::Fy2022, "Destination") => Some("DestinationSubsidyType"),
            (Years::Fy2022, "CurrentLivingSituation") => Some("CLSSubsidyType"),
            _ => None,
        }
    }

    fn is_called(&self, header: &[u8]) -> bool {
        header.eq_ignore_ascii_case(self.name.as_bytes())
            || self
                .alias
                .is_some_and(|alias| header.eq_ignore_ascii_case(alias.as_bytes()))
    }
}

/// Declares the columns of one file.
macro_rules! columns {
    ($(#[$meta:meta])* $file:ident
     $($name:ident: $years:expr, $kind:expr, $null:expr, $codes:expr, $part:expr $(, $mark:ident $($alias:literal)?)?;)+) => {
        $(#[$meta])*
        pub(super) const $file: &[Column] = &[$(Column {
            name: stringify!($name),
            alias: columns!(@alias $($mark $($alias)?)?),
            years: $years,
            kind: $kind,
            null: $null,
            codes: $codes,
            part: $part,
            weight: columns!(@weight $($mark)?),
        },)+];
    };
    (@alias) => { None };
    (@alias deciding) => { None };
    (@alias also $alias:literal) => { Some($alias) };
    (@weight) => { super::Weight::Value };
    (@weight also) => { super::Weight::Value };
    (@weight deciding) => { super::Weight::Row };
}
use columns;

/// What kind of rows a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The export itself, projects, organisations, staff.
    Projects,
    /// Clients.
    Clients,
    /// A client's stay in a project.
    Stays,
    /// Something that happened, or was found, during a stay.
    DuringStay,
}

/// A file of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum HmisFile {
    Export,
    User,
    Organization,
    Project,
    Funder,
    ProjectCoC,
    HmisParticipation,
    Inventory,
    Affiliation,
    CeParticipation,
    Client,
    Enrollment,
    EnrollmentCoc,
    Exit,
    IncomeBenefits,
    HealthAndDv,
    EmploymentEducation,
    Disabilities,
    Services,
    CurrentLivingSituation,
    Assessment,
    AssessmentQuestions,
    AssessmentResults,
    Event,
    YouthEducationStatus,
}

impl HmisFile {
    /// Every file, in the order in which they must be read: what others refer to comes first.
    pub(super) const ALL: [Self; 25] = [
        Self::Export,
        Self::User,
        Self::Organization,
        Self::Project,
        Self::Funder,
        Self::ProjectCoC,
        Self::HmisParticipation,
        Self::Inventory,
        Self::Affiliation,
        Self::CeParticipation,
        Self::Client,
        Self::Enrollment,
        Self::EnrollmentCoc,
        Self::Exit,
        Self::IncomeBenefits,
        Self::HealthAndDv,
        Self::EmploymentEducation,
        Self::Disabilities,
        Self::Services,
        Self::CurrentLivingSituation,
        Self::Assessment,
        Self::AssessmentQuestions,
        Self::AssessmentResults,
        Self::Event,
        Self::YouthEducationStatus,
    ];

    /// Without these nothing can be labelled: who the clients are, where they are enrolled, and whose project that is.
    pub(super) const NEEDED: [Self; 5] = [
        Self::Export,
        Self::Organization,
        Self::Project,
        Self::Client,
        Self::Enrollment,
    ];

    /// The file's name in the zip.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Export => "Export.csv",
            Self::User => "User.csv",
            Self::Organization => "Organization.csv",
            Self::Project => "Project.csv",
            Self::Funder => "Funder.csv",
            Self::ProjectCoC => "ProjectCoC.csv",
            Self::HmisParticipation => "HMISParticipation.csv",
            Self::Inventory => "Inventory.csv",
            Self::Affiliation => "Affiliation.csv",
            Self::CeParticipation => "CEParticipation.csv",
            Self::Client => "Client.csv",
            Self::Enrollment => "Enrollment.csv",
            Self::EnrollmentCoc => "EnrollmentCoC.csv",
            Self::Exit => "Exit.csv",
            Self::IncomeBenefits => "IncomeBenefits.csv",
            Self::HealthAndDv => "HealthAndDV.csv",
            Self::EmploymentEducation => "EmploymentEducation.csv",
            Self::Disabilities => "Disabilities.csv",
            Self::Services => "Services.csv",
            Self::CurrentLivingSituation => "CurrentLivingSituation.csv",
            Self::Assessment => "Assessment.csv",
            Self::AssessmentQuestions => "AssessmentQuestions.csv",
            Self::AssessmentResults => "AssessmentResults.csv",
            Self::Event => "Event.csv",
            Self::YouthEducationStatus => "YouthEducationStatus.csv",
        }
    }

    /// Its columns. The first is the row's own key.
    pub(super) const fn columns(self) -> &'static [Column] {
        match self {
            Self::Export => project::EXPORT,
            Self::User => project::USER,
            Self::Organization => project::ORGANIZATION,
            Self::Project => project::PROJECT,
            Self::Funder => project::FUNDER,
            Self::ProjectCoC => project::PROJECT_COC,
            Self::HmisParticipation => project::HMIS_PARTICIPATION,
            Self::Inventory => project::INVENTORY,
            Self::Affiliation => project::AFFILIATION,
            Self::CeParticipation => project::CE_PARTICIPATION,
            Self::Client => client::CLIENT,
            Self::Enrollment => enrollment::ENROLLMENT,
            Self::EnrollmentCoc => enrollment::ENROLLMENT_COC,
            Self::Exit => enrollment::EXIT,
            Self::IncomeBenefits => health::INCOME_BENEFITS,
            Self::HealthAndDv => health::HEALTH_AND_DV,
            Self::EmploymentEducation => health::EMPLOYMENT_EDUCATION,
            Self::Disabilities => health::DISABILITIES,
            Self::Services => service::SERVICES,
            Self::CurrentLivingSituation => service::CURRENT_LIVING_SITUATION,
            Self::Assessment => service::ASSESSMENT,
            Self::AssessmentQuestions => service::ASSESSMENT_QUESTIONS,
            Self::AssessmentResults => service::ASSESSMENT_RESULTS,
            Self::Event => service::EVENT,
            Self::YouthEducationStatus => health::YOUTH_EDUCATION_STATUS,
        }
    }

    /// What kind of rows it holds.
    pub(super) const fn about(self) -> About {
        match self {
            Self::Client => About::Clients,
            Self::Enrollment => About::Stays,
            Self::Export
            | Self::User
            | Self::Organization
            | Self::Project
            | Self::Funder
            | Self::ProjectCoC
            | Self::HmisParticipation
            | Self::Inventory
            | Self::Affiliation
            | Self::CeParticipation => About::Projects,
            _ => About::DuringStay,
        }
    }

    /// The column that says when the row's information held.
    pub(super) const fn date_column(self) -> Option<&'static str> {
        match self {
            Self::Enrollment => Some("EntryDate"),
            Self::Exit => Some("ExitDate"),
            Self::Services => Some("DateProvided"),
            Self::Assessment => Some("AssessmentDate"),
            Self::Event => Some("EventDate"),
            Self::EnrollmentCoc
            | Self::IncomeBenefits
            | Self::HealthAndDv
            | Self::EmploymentEducation
            | Self::Disabilities
            | Self::CurrentLivingSituation
            | Self::YouthEducationStatus => Some("InformationDate"),
            _ => None,
        }
    }

    /// The file called `name` in a zip, whatever the case of its letters.
    pub(super) fn called(name: &[u8]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|file| name.eq_ignore_ascii_case(file.name().as_bytes()))
    }

    /// Whether an export of `version` has this file.
    pub(super) fn belongs_in(self, version: Version) -> bool {
        self.columns().iter().any(|column| column.belongs_in(version))
    }

    /// The column of this file that `header` names: the one of `version`, or else the one of another.
    pub(super) fn column(self, header: &[u8], version: Option<Version>) -> Option<&'static Column> {
        let called = || self.columns().iter().filter(|column| column.is_called(header));
        called()
            .find(|column| version.is_none_or(|version| column.may_stand_in(version)))
            .or_else(|| called().next())
    }
}

/// Which numbers `TypeProvided` may hold beside this `RecordType` (HUD lists P1.2 to C2.2).
pub(super) const fn service_types(record_type: u32) -> &'static [u16] {
    match record_type {
        141 => lists::LP1_2,
        142 => lists::LR14_2,
        143 => lists::LW1_2,
        144 => lists::LV2_2,
        151 => lists::LW2_2,
        152 => lists::LV3_4,
        161 => lists::LP2_2,
        200 => lists::L4_14,
        210 => lists::LV8_2,
        300 => lists::LC2_2,
        _ => ANY,
    }
}

/// Which numbers `DisabilityResponse` may hold beside this `DisabilityType`.
pub(super) const fn disability_responses(disability_type: u32) -> &'static [u16] {
    if disability_type == 10 {
        lists::L4_10_2
    } else {
        lists::L1_8
    }
}

/// What a project type is called (list 2.02.6).
pub(super) const fn project_type(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "emergency shelter, entry and exit",
        1 => "emergency shelter, night by night",
        2 => "transitional housing",
        3 => "permanent supportive housing",
        4 => "street outreach",
        6 => "services only",
        7 => "other",
        8 => "safe haven",
        9 => "permanent housing, housing only",
        10 => "permanent housing with services",
        11 => "day shelter",
        12 => "homelessness prevention",
        13 => "rapid re-housing",
        14 => "coordinated entry",
        _ => return None,
    })
}

/// What a number of FY2022 for where somebody lives is since FY2024: the place, and the subsidy, which then got a list
/// of its own (3.12.A). No number of one year stands in the other for another place.
pub(super) const fn situation_since_2024(code: u32) -> (u32, Option<u32>) {
    match code {
        1 | 16 | 18 => (code + 100, None),
        4..=7 | 15 | 25 => (code + 200, None),
        2 | 12..=14 | 27 | 29 | 32 | 35 | 36 => (code + 300, None),
        10 | 11 | 21..=23 | 26 => (code + 400, None),
        3 => (435, Some(440)),
        19 | 20 | 28 | 31 | 33 | 34 => (435, Some(code + 400)),
        _ => (code, None),
    }
}

/// What a living situation or destination is called (list 3.12.1), in plain words.
pub(super) const fn living_situation(code: u32) -> Option<&'static str> {
    Some(match code {
        8 => "client does not know",
        9 => "client prefers not to answer",
        17 => "other",
        24 => "deceased",
        30 => "no exit interview",
        37 => "worker unable to determine",
        99 => "not collected",
        101 => "emergency shelter",
        116 => "place not meant for habitation",
        118 => "safe haven",
        204 => "psychiatric hospital or facility",
        205 => "substance use treatment facility or detox centre",
        206 => "hospital or other medical facility",
        207 => "jail, prison or juvenile detention",
        215 => "foster care",
        225 => "long-term care facility or nursing home",
        302 => "transitional housing",
        312 => "with family, temporary",
        313 => "with friends, temporary",
        314 => "hotel or motel without a shelter voucher",
        327 => "moved to HOPWA transitional housing",
        329 => "residential project or halfway house",
        332 => "host home",
        335 => "in a family member's home",
        336 => "in a friend's home",
        410 => "rental, no subsidy",
        411 => "owned, no subsidy",
        421 => "owned, with subsidy",
        422 => "with family, permanent",
        423 => "with friends, permanent",
        426 => "moved to HOPWA permanent housing",
        435 => "rental, with subsidy",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_have_the_columns_that_hud_counts() {
        let count = |version| -> usize {
            HmisFile::ALL
                .iter()
                .map(|file| {
                    file.columns()
                        .iter()
                        .filter(|column| column.belongs_in(version))
                        .count()
                })
                .sum()
        };
        // The headers of the sample exports of FY2022 (396), 20 of Disabilities.csv, 22 of HealthAndDV.csv, 77 of
        // IncomeBenefits.csv.
        assert_eq!(count(Version::Fy2022), 396 + 20 + 22 + 77);
        assert_eq!(count(Version::Fy2024), 531);
        assert_eq!(count(Version::Fy2026), 519);
    }

    #[test]
    fn every_column_of_a_client_level_row_goes_somewhere() {
        for file in HmisFile::ALL
            .into_iter()
            .filter(|file| file.about() != About::Projects)
        {
            for column in file.columns() {
                assert_ne!(column.part, Part::Directory, "{} {}", file.name(), column.name);
            }
        }
    }

    #[test]
    fn headers_are_matched_whatever_their_case_and_under_their_other_spelling() {
        assert_eq!(HmisFile::ProjectCoC.column(b"Zip", None).unwrap().name, "ZIP");
        assert_eq!(
            HmisFile::Client
                .column(b"HispanicLatinaeo", Some(Version::Fy2026))
                .unwrap()
                .name,
            "HispanicLatinao"
        );
        assert!(HmisFile::Client.column(b"Religion", None).is_none());
    }

    #[test]
    fn a_column_that_changed_its_numbers_is_read_by_those_of_its_year() {
        for (file, name) in [
            (HmisFile::Enrollment, "LivingSituation"),
            (HmisFile::Exit, "Destination"),
            (HmisFile::CurrentLivingSituation, "CurrentLivingSituation"),
        ] {
            let old = file.column(name.as_bytes(), Some(Version::Fy2022)).unwrap();
            let new = file.column(name.as_bytes(), Some(Version::Fy2024)).unwrap();
            assert!(old.recoded().is_some() && new.recoded().is_none());
            for code in old.codes {
                let (place, subsidy) = situation_since_2024(u32::from(*code));
                assert!(living_situation(place).is_some(), "{name} {code}");
                assert!(
                    new.codes.iter().any(|new| u32::from(*new) == place),
                    "{name} {code}"
                );
                assert_eq!(place == 435, subsidy.is_some(), "{name} {code}");
                assert!(
                    subsidy.is_none_or(|subsidy| lists::L3_12_A.iter().any(|of| u32::from(*of) == subsidy))
                );
            }
        }
    }
}
