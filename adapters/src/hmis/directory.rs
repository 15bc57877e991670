//! What the export says about organisations, projects, funders and staff, and what follows from it for every row
//! of a client enrolled there: whether the row may be here at all, and how it must be labelled.

use csv::ByteRecord;
use gateway_types::vocabulary::{ElementFact, Regime, Sensitivity, WordSet};

use super::format::{HmisFile, Version};
use super::keys::{Key, KeyMap};
use super::plan::Plan;
use super::values::{date, decode, read, whole};
use super::{Limits, UnstatedVictimService};
use crate::labelling::text_sensitivity;

/// A project type of `plan`'s version as it is numbered since FY2024: until then every emergency shelter was a 1, and
/// how its nights were counted stood beside it.
fn today(plan: &Plan, record: &ByteRecord, kind: u32) -> u32 {
    let night_by_night = whole(plan.get(record, "TrackingMethod")) == Some(3);
    match plan.version {
        Some(Version::Fy2022) if kind == 1 && !night_by_night => 0,
        _ => kind,
    }
}

/// Why client-level rows of a project may not be here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bar {
    /// Its organisation is a victim service provider (42 USC 11363).
    VictimService,
    /// It uses a comparable database (24 CFR 576.400(f)).
    ComparableDatabase,
    /// Its organisation does not say whether it is one.
    Unstated,
}

/// What `Organization.VictimServiceProvider` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum VictimService {
    No,
    Yes,
    Unstated,
}

#[derive(Clone, Debug)]
struct Organization {
    name: String,
    victim_service: VictimService,
}

/// A project, with what follows from it.
#[derive(Clone, Debug)]
pub(super) struct Project {
    /// Its row in `Project.csv`.
    pub(super) row: u32,
    /// `ProjectID`.
    pub(super) id: String,
    /// `ProjectName`.
    pub(super) name: String,
    /// The organisation's name.
    pub(super) organization: String,
    /// `ProjectType`.
    pub(super) kind: Option<u32>,
    /// Its address, if `ProjectCoC.csv` has one.
    pub(super) address: Option<Address>,
    /// Why its client-level rows may not be here.
    pub(super) bar: Option<Bar>,
    /// Regimes that its funders bring along.
    pub(super) regimes: WordSet<Regime>,
    /// What being enrolled here tells about a client.
    pub(super) sensitivity: WordSet<Sensitivity>,
    /// Facts about everything that comes from here.
    pub(super) facts: WordSet<ElementFact>,
    /// Whether its name tells what is treated there.
    pub(super) telling_name: WordSet<Sensitivity>,
}

impl Project {
    fn fund_by_any(&mut self) {
        self.regimes = self.regimes.with(Regime::Hopwa).with(Regime::Rhy);
        for label in [Sensitivity::Hiv, Sensitivity::Adol, Sensitivity::Mh] {
            self.sensitivity.insert(label);
        }
    }
}

/// The columns of `Project.csv` whose codes put labels on everything that comes from a project.
pub(super) const LABELLING: [&str; 2] = ["TargetPopulation", "HOPWAMedAssistedLivingFac"];

/// Whether what a row of `Project.csv` says in a column cannot be told: the column is missing, or its value is none of
/// the list. The project then gets every label that the column could bring along. An empty cell says that there is none.
pub(super) fn is_unread(plan: &Plan, record: &ByteRecord, name: &str) -> bool {
    let column = plan
        .columns
        .iter()
        .zip(record)
        .find(|(column, _)| column.name == name);
    column.is_none_or(|(column, raw)| !read(column, raw).1.usable())
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// Street lines.
    pub(super) lines: String,
    /// City.
    pub(super) city: String,
    /// State.
    pub(super) state: String,
    /// ZIP code.
    pub(super) zip: String,
}

/// A member of staff.
#[derive(Clone, Debug, Default)]
pub(super) struct Worker {
    /// Name.
    pub(super) name: String,
    /// Telephone, with the extension.
    pub(super) phone: String,
    /// E-mail address.
    pub(super) email: String,
}

/// Organisations, projects and staff of an export.
#[derive(Clone, Debug, Default)]
pub(super) struct Directory {
    organizations: KeyMap<Organization>,
    by_id: KeyMap<u32>,
    projects: Vec<Project>,
    workers: KeyMap<Worker>,
}

/// A row of the directory that cannot be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unplaced {
    /// The organisation is not known.
    Organization,
    /// The project is not known.
    Project,
}

impl Directory {
    /// The project of that key.
    pub(super) fn project_index(&self, key: Key) -> Option<u32> {
        self.by_id.get(&key).copied()
    }

    /// The project at `index`.
    pub(super) fn project(&self, index: u32) -> Option<&Project> {
        self.projects.get(usize::try_from(index).ok()?)
    }

    /// The projects.
    pub(super) fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// The member of staff of that key.
    pub(super) fn worker(&self, key: Key) -> Option<&Worker> {
        self.workers.get(&key)
    }

    /// Takes a row of a file that is not about clients.
    pub(super) fn take(
        &mut self,
        plan: &Plan,
        record: &ByteRecord,
        key: Key,
        row: u32,
        deleted: bool,
        limits: &Limits,
    ) -> Result<(), Unplaced> {
        let text =
            |name: &str| decode(plan.get(record, name)).map_or_else(String::new, |text| text.into_owned());
        let number = |name: &str| whole(plan.get(record, name));
        match plan.file {
            HmisFile::User => {
                let (phone, extension) = (text("UserPhone"), text("UserExtension"));
                let phone = match extension.as_str() {
                    "" => phone,
                    _ => format!("{phone} ext. {extension}"),
                };
                let name = [text("UserFirstName"), text("UserLastName")]
                    .join(" ")
                    .trim()
                    .to_owned();
                let email = text("UserEmail");
                self.workers.insert(key, Worker { name, phone, email });
            }
            HmisFile::Organization => {
                let victim_service = match number("VictimServiceProvider") {
                    Some(0) => VictimService::No,
                    Some(_) => VictimService::Yes,
                    None => VictimService::Unstated,
                };
                let name = text("OrganizationName");
                self.organizations
                    .insert(key, Organization { name, victim_service });
            }
            HmisFile::Project => {
                let organization = self
                    .organizations
                    .get(&Key::of(plan.get(record, "OrganizationID")))
                    .ok_or(Unplaced::Organization)?;
                let id = text("ProjectID");
                let bar = match (organization.victim_service, limits.unstated_victim_service) {
                    _ if limits.victim_service.runs(&id) => Some(Bar::VictimService),
                    (VictimService::Yes, _) => Some(Bar::VictimService),
                    (VictimService::Unstated, UnstatedVictimService::BarsClientRows) => Some(Bar::Unstated),
                    (VictimService::Unstated, UnstatedVictimService::CountsAsNo) | (VictimService::No, _) => {
                        None
                    }
                };
                let mut project = Project {
                    row,
                    id,
                    name: text("ProjectName"),
                    organization: organization.name.clone(),
                    kind: number("ProjectType").map(|kind| today(plan, record, kind)),
                    address: None,
                    bar,
                    regimes: WordSet::EMPTY,
                    sensitivity: WordSet::EMPTY,
                    facts: WordSet::EMPTY,
                    telling_name: WordSet::EMPTY,
                };
                let population = number("TargetPopulation");
                let any_population = is_unread(plan, record, "TargetPopulation");
                if any_population || population == Some(1) {
                    project.sensitivity.insert(Sensitivity::Sdv);
                    project.facts.insert(ElementFact::FamilyViolenceProject);
                    project.facts.insert(ElementFact::RevealsConfidentialLocation);
                }
                if any_population
                    || population == Some(3)
                    || number("HOPWAMedAssistedLivingFac") == Some(1)
                    || is_unread(plan, record, "HOPWAMedAssistedLivingFac")
                {
                    project.sensitivity.insert(Sensitivity::Hiv);
                }
                project.telling_name = text_sensitivity(&project.name)
                    .union(text_sensitivity(&project.organization))
                    .union(text_sensitivity(&text("ProjectCommonName")));
                let index = u32::try_from(self.projects.len()).unwrap_or(u32::MAX);
                self.projects.push(project);
                self.by_id.insert(key, index);
            }
            HmisFile::Funder if !deleted => {
                let project = self.project_of(plan, record)?;
                match number("Funder") {
                    // HUD list 2.06.1: 13 to 19 and, retired, 48 are HOPWA; 22 to 26 runaway and homeless youth; 21 PATH.
                    Some(13..=19 | 48) => {
                        project.regimes.insert(Regime::Hopwa);
                        project.sensitivity.insert(Sensitivity::Hiv);
                    }
                    Some(22..=26) => {
                        project.regimes.insert(Regime::Rhy);
                        project.sensitivity.insert(Sensitivity::Adol);
                    }
                    Some(21) => project.sensitivity.insert(Sensitivity::Mh),
                    _ => {}
                }
            }
            HmisFile::ProjectCoC if !deleted => {
                let address = Address {
                    lines: [text("Address1"), text("Address2")].join(" ").trim().to_owned(),
                    city: text("City"),
                    state: text("State"),
                    zip: text("ZIP"),
                };
                let project = self.project_of(plan, record)?;
                if !address.lines.is_empty() {
                    project.address = Some(address);
                }
            }
            HmisFile::HmisParticipation if !deleted => {
                let ended = date(plan.get(record, "HMISParticipationStatusEndDate")).is_some();
                let comparable = number("HMISParticipationType") == Some(2);
                let project = self.project_of(plan, record)?;
                if comparable && !ended && project.bar.is_none() {
                    project.bar = Some(Bar::ComparableDatabase);
                }
            }
            HmisFile::Inventory | HmisFile::Affiliation | HmisFile::CeParticipation if !deleted => {
                self.project_of(plan, record)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Labels a project as if by every funder that brings labels along, since one of its funders could not be read;
    /// every project, if it is not known which one. Whether it was known.
    pub(super) fn fund_by_any(&mut self, project: Option<Key>) -> bool {
        let index = project
            .and_then(|key| self.project_index(key))
            .and_then(|index| usize::try_from(index).ok());
        match index.and_then(|index| self.projects.get_mut(index)) {
            Some(project) => {
                project.fund_by_any();
                true
            }
            None => {
                self.projects.iter_mut().for_each(Project::fund_by_any);
                false
            }
        }
    }

    /// Takes out what two rows with one key disagree about.
    pub(super) fn forget(&mut self, file: HmisFile, key: Key) {
        match file {
            HmisFile::User => drop(self.workers.remove(&key)),
            HmisFile::Organization => drop(self.organizations.remove(&key)),
            HmisFile::Project => drop(self.by_id.remove(&key)),
            _ => {}
        }
    }

    fn project_of(&mut self, plan: &Plan, record: &ByteRecord) -> Result<&mut Project, Unplaced> {
        let index = self
            .by_id
            .get(&Key::of(plan.get(record, "ProjectID")))
            .and_then(|index| usize::try_from(*index).ok());
        index
            .and_then(|index| self.projects.get_mut(index))
            .ok_or(Unplaced::Project)
    }
}
