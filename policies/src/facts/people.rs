//! Facts about agencies, the people who ask or receive, and the client.

use gateway_types::vocabulary::{AgencyFlag, AgencyKind, ClientMatch, Part2Status, Role, SystemKind};
use gateway_types::{AgencyId, StaffId};
use serde::{Deserialize, Serialize};

use super::flags::{Flags, is_false};

/// What an organisation is in law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyFacts {
    /// What it is.
    pub kind: AgencyKind,
    /// Whether it is a Part 2 programme; `unknown` is treated as yes.
    #[serde(default = "no_programme", skip_serializing_if = "is_no_programme")]
    pub part2_program: Part2Status,
    /// Legal facts about it.
    #[serde(flatten)]
    pub flags: Flags<AgencyFlag>,
}

impl From<&gateway_types::registry::Agency> for AgencyFacts {
    fn from(agency: &gateway_types::registry::Agency) -> Self {
        Self {
            kind: agency.kind,
            part2_program: agency.part2_program,
            flags: Flags(agency.flags),
        }
    }
}

const fn no_programme() -> Part2Status {
    Part2Status::No
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_no_programme(status: &Part2Status) -> bool {
    *status == Part2Status::No
}

/// A person, in a role, at a system: whoever will see the payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The agency the person acts for.
    pub agency: AgencyId,
    /// The capacity in which the person acts.
    pub role: Role,
    /// The handle that a consent may name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<StaffId>,
    /// Whether the person is a licensed clinician.
    #[serde(default, skip_serializing_if = "is_false")]
    pub licensed_clinician: bool,
    /// Whether the person may receive under 42 CFR 2.51.
    #[serde(default, skip_serializing_if = "is_false")]
    pub medical_personnel: bool,
    /// Whether the person has a treating provider relationship with this client.
    #[serde(default, skip_serializing_if = "is_false")]
    pub treating_relationship: bool,
    /// Where the payload will be seen.
    pub system: SystemKind,
    /// Who runs that system, if not the person's own agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_operator: Option<AgencyId>,
}

impl Person {
    /// Who runs the system on which the person will see the payload.
    #[must_use]
    pub fn operator(&self) -> &AgencyId {
        self.system_operator.as_ref().unwrap_or(&self.agency)
    }
}

/// Who makes the call, and what was found out about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "FlatRequester")]
pub struct Requester {
    /// The person.
    #[serde(flatten)]
    pub person: Person,
    /// The request says that a signed consent or authorisation covers this audience.
    #[serde(skip_serializing_if = "is_false")]
    pub asserts_consent: bool,
    /// The person's identity could not be verified.
    #[serde(skip_serializing_if = "is_false")]
    pub identity_unverified: bool,
    /// The person's authority could not be verified.
    #[serde(skip_serializing_if = "is_false")]
    pub authority_unverified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the flat form of the scenarios")]
struct FlatRequester {
    agency: AgencyId,
    role: Role,
    person: Option<StaffId>,
    #[serde(default)]
    licensed_clinician: bool,
    #[serde(default)]
    medical_personnel: bool,
    #[serde(default)]
    treating_relationship: bool,
    system: SystemKind,
    system_operator: Option<AgencyId>,
    #[serde(default)]
    asserts_consent: bool,
    #[serde(default)]
    identity_unverified: bool,
    #[serde(default)]
    authority_unverified: bool,
}

impl From<FlatRequester> for Requester {
    fn from(flat: FlatRequester) -> Self {
        Self {
            person: Person {
                agency: flat.agency,
                role: flat.role,
                person: flat.person,
                licensed_clinician: flat.licensed_clinician,
                medical_personnel: flat.medical_personnel,
                treating_relationship: flat.treating_relationship,
                system: flat.system,
                system_operator: flat.system_operator,
            },
            asserts_consent: flat.asserts_consent,
            identity_unverified: flat.identity_unverified,
            authority_unverified: flat.authority_unverified,
        }
    }
}

/// The person whom the records concern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientFacts {
    /// Age in whole years on the day of the decision. Where it is not known, give that of a minor.
    pub age: u8,
    /// In lawful custody now.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_custody: bool,
    /// Dead.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deceased: bool,
    /// State law lets the minor consent to this care alone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub minor_may_consent_alone: bool,
    /// A court has found the client unable to decide.
    #[serde(default, skip_serializing_if = "is_false")]
    pub adjudicated_incapacity: bool,
    /// How the look-up ended; anything but one unique client is no match.
    #[serde(default = "unique", rename = "match", skip_serializing_if = "is_unique")]
    pub found: ClientMatch,
}

impl ClientFacts {
    /// Whether the client is a minor.
    #[must_use]
    pub const fn is_minor(&self) -> bool {
        self.age < 18
    }
}

const fn unique() -> ClientMatch {
    ClientMatch::Unique
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_unique(found: &ClientMatch) -> bool {
    *found == ClientMatch::Unique
}
