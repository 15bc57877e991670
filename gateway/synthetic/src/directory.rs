//! The homeless services of Riverton: organisations, projects, funding and staff, as an HMIS lists them.
//!
//! Two projects carry a regime of their own through their funder: a HOPWA building (42 USC 12905(e)) and a youth
//! home under the Runaway and Homeless Youth Act (45 CFR 1351). None belongs to a victim service provider.

/// An organisation that contributes to the HMIS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Organisation {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
}

pub(crate) const ORGANISATIONS: [Organisation; 5] = [
    Organisation {
        id: "ORG-10",
        name: "Riverton Shelter Alliance",
    },
    Organisation {
        id: "ORG-20",
        name: "Bridge and Harbor Outreach",
    },
    Organisation {
        id: "ORG-30",
        name: "Keystone Supportive Homes",
    },
    Organisation {
        id: "ORG-40",
        name: "Riverton Coordinated Access",
    },
    Organisation {
        id: "ORG-50",
        name: "Lantern Youth House",
    },
];

/// HMIS project type (list 2.02.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProjectType {
    ShelterEntryExit = 0,
    ShelterNightByNight = 1,
    Transitional = 2,
    SupportiveHousing = 3,
    StreetOutreach = 4,
    ServicesOnly = 6,
    RapidRehousing = 13,
    CoordinatedEntry = 14,
}

/// A project by name, for code that means a certain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProjectKey {
    CannerySt,
    MillNight,
    Orchard,
    StreetTeam,
    AlderCourt,
    Juniper,
    FreshKeys,
    Access,
    LanternHome,
    AlderServices,
}

/// A project of an organisation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Project {
    pub(crate) key: ProjectKey,
    pub(crate) id: &'static str,
    pub(crate) organisation: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: ProjectType,
    /// Funder (list 2.06.1).
    pub(crate) funder: i64,
    pub(crate) street: &'static str,
    pub(crate) zip: &'static str,
    /// Beds, 0 if it houses nobody.
    pub(crate) beds: i64,
}

pub(crate) const PROJECTS: [Project; 10] = [
    Project {
        key: ProjectKey::CannerySt,
        id: "PRJ-101",
        organisation: "ORG-10",
        name: "Cannery Street Shelter",
        kind: ProjectType::ShelterEntryExit,
        funder: 8,
        street: "210 Cannery Street",
        zip: "00011",
        beds: 140,
    },
    Project {
        key: ProjectKey::MillNight,
        id: "PRJ-102",
        organisation: "ORG-10",
        name: "Mill Night Shelter",
        kind: ProjectType::ShelterNightByNight,
        funder: 8,
        street: "9 Mill Row",
        zip: "00011",
        beds: 90,
    },
    Project {
        key: ProjectKey::Orchard,
        id: "PRJ-103",
        organisation: "ORG-10",
        name: "Orchard House",
        kind: ProjectType::Transitional,
        funder: 5,
        street: "77 Orchard Lane",
        zip: "00013",
        beds: 48,
    },
    Project {
        key: ProjectKey::StreetTeam,
        id: "PRJ-201",
        organisation: "ORG-20",
        name: "Riverton Street Team",
        kind: ProjectType::StreetOutreach,
        funder: 21,
        street: "4 Harbor Steps",
        zip: "00010",
        beds: 0,
    },
    Project {
        key: ProjectKey::AlderCourt,
        id: "PRJ-301",
        organisation: "ORG-30",
        name: "Alder Court",
        kind: ProjectType::SupportiveHousing,
        funder: 2,
        street: "1500 Alder Avenue",
        zip: "00014",
        beds: 120,
    },
    Project {
        key: ProjectKey::Juniper,
        id: "PRJ-302",
        organisation: "ORG-30",
        name: "Juniper Terrace",
        kind: ProjectType::SupportiveHousing,
        funder: 15,
        street: "36 Juniper Terrace",
        zip: "00014",
        beds: 30,
    },
    Project {
        key: ProjectKey::FreshKeys,
        id: "PRJ-303",
        organisation: "ORG-30",
        name: "Fresh Keys Rapid Rehousing",
        kind: ProjectType::RapidRehousing,
        funder: 3,
        street: "1500 Alder Avenue",
        zip: "00014",
        beds: 110,
    },
    Project {
        key: ProjectKey::Access,
        id: "PRJ-401",
        organisation: "ORG-40",
        name: "Riverton Coordinated Access",
        kind: ProjectType::CoordinatedEntry,
        funder: 4,
        street: "1 Civic Square",
        zip: "00010",
        beds: 0,
    },
    Project {
        key: ProjectKey::LanternHome,
        id: "PRJ-501",
        organisation: "ORG-50",
        name: "Lantern Home",
        kind: ProjectType::Transitional,
        funder: 24,
        street: "58 Chandler Row",
        zip: "00012",
        beds: 20,
    },
    Project {
        key: ProjectKey::AlderServices,
        id: "PRJ-304",
        organisation: "ORG-30",
        name: "Alder Court Services",
        kind: ProjectType::ServicesOnly,
        funder: 4,
        street: "1500 Alder Avenue",
        zip: "00014",
        beds: 0,
    },
];

/// The project `key`.
pub(crate) fn project(key: ProjectKey) -> &'static Project {
    // INVARIANT: every key has its project (tested), so the first never stands in for another.
    const FIRST: &Project = &PROJECTS[0];
    PROJECTS
        .iter()
        .find(|project| project.key == key)
        .unwrap_or(FIRST)
}

/// A member of the staff who enters data. The telephone numbers are of the block kept for fiction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StaffMember {
    pub(crate) id: &'static str,
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) email: &'static str,
}

pub(crate) const STAFF: [StaffMember; 6] = [
    StaffMember {
        id: "USR-01",
        first: "Odette",
        last: "Marlow",
        phone: "3125550101",
        email: "o.marlow@riverton.example",
    },
    StaffMember {
        id: "USR-02",
        first: "Julian",
        last: "Sayers",
        phone: "3125550102",
        email: "j.sayers@riverton.example",
    },
    StaffMember {
        id: "USR-03",
        first: "Priya",
        last: "Holloway",
        phone: "3125550103",
        email: "p.holloway@riverton.example",
    },
    StaffMember {
        id: "USR-04",
        first: "Mateo",
        last: "Brandt",
        phone: "3125550104",
        email: "m.brandt@riverton.example",
    },
    StaffMember {
        id: "USR-05",
        first: "Hannah",
        last: "Okafor",
        phone: "3125550105",
        email: "h.okafor@riverton.example",
    },
    StaffMember {
        id: "USR-06",
        first: "Wendell",
        last: "Pike",
        phone: "3125550106",
        email: "w.pike@riverton.example",
    },
];

/// The continuum of care's code, in a state that there is not.
pub(crate) const COC: &str = "ZZ-501";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_project_is_found_by_its_key_and_belongs_to_a_known_organisation() {
        for listed in &PROJECTS {
            assert_eq!(project(listed.key).id, listed.id);
            assert!(ORGANISATIONS.iter().any(|one| one.id == listed.organisation));
        }
    }
}
