//! Profiles of step 8: what a purpose or a role may see at most; and which purposes need an agreement at all.

use gateway_types::vocabulary::{Category, Initiator, PurposeOfUse, Role};

use super::case::Case;
use super::rule::Rule;
use crate::facts::AgencyFacts;

/// What a driver needs to pick somebody up safely (164.514(d)(2)).
const DRIVER: &[Category] = &[
    Category::Demographics,
    Category::Contact,
    Category::Location,
    Category::SafetyFlags,
];
/// What a dispatcher needs to send an ambulance prepared.
pub(crate) const EMS: &[Category] = &[
    Category::Demographics,
    Category::Location,
    Category::Allergies,
    Category::Medications,
    Category::Conditions,
    Category::SafetyFlags,
];
/// 164.510(b)(4): who somebody is and where, to tell the family.
pub(crate) const NOTIFY: &[Category] = &[Category::Demographics, Category::Location];
/// 164.512(f)(2)(i): identify or locate.
pub(crate) const IDENTIFY: &[Category] = &[
    Category::Demographics,
    Category::Ssn,
    Category::Contact,
    Category::PhysicalDescription,
    Category::Injury,
];
/// 69 FR 45888 s. 4.1.3, oral request.
pub(crate) const HMIS_IDENTIFY: &[Category] = &[
    Category::Demographics,
    Category::Ssn,
    Category::Contact,
    Category::PhysicalDescription,
];
/// 164.512(f)(6).
pub(crate) const SCENE: &[Category] = &[Category::IncidentReport, Category::Location];
/// 2.12(c)(5): the incident, that the suspect is a patient, name, address, last known whereabouts.
pub(crate) const PREMISES: &[Category] = &[
    Category::IncidentReport,
    Category::Enrollment,
    Category::Demographics,
    Category::Contact,
    Category::Location,
];
/// Housing coordination between HMIS agencies.
pub(crate) const HOUSING: &[Category] = &[
    Category::Demographics,
    Category::Contact,
    Category::CaseManagerContact,
    Category::ShelterStatus,
    Category::Enrollment,
    Category::Income,
    Category::Veteran,
];
/// Police data to a clinician.
pub(crate) const POLICE_TO_CLINIC: &[Category] = &[
    Category::CallsForService,
    Category::PoliceIncident,
    Category::SafetyFlags,
    Category::CaseManagerContact,
    Category::PoliceNarrative,
];

pub(crate) static DRIVER_PROFILE: Rule = Rule {
    id: "HIP-502b",
    citation: "45 CFR 164.502(b), 164.514(d)(2); 42 CFR 2.13(a)",
    says: "a driver sees who to fetch, where, how to reach them, and hazards",
};
pub(crate) static ELIGIBILITY_PROFILE: Rule = Rule {
    id: "FHA-1",
    citation: "Fair Housing Act; section 504; catalogue 5.1",
    says: "a housing provider gets a yes or no about eligibility, never a diagnosis",
};
pub(crate) static AUDITOR_PROFILE: Rule = Rule {
    id: "AUDIT-LOG",
    citation: "45 CFR 164.308(a)(1)(ii)(D); 42 CFR 2.13(a)",
    says: "a compliance officer who audits reads the log's metadata, not payloads",
};
/// The agreement that a disclosure outside the holder needs besides the law.
pub(crate) static AGREEMENT: Rule = Rule {
    id: "MOU",
    citation: "catalogue 0.3 step 6, 0.5",
    says: "an agreement in force between holder and recipient lists the purpose and the category and admits the role",
};

/// What a profile is called, and what it lets through.
pub(crate) type Profile = (&'static Rule, &'static [Category]);

/// The profiles that limit this case, whatever the basis: of the recipient's role, and of the purpose. Where there are
/// two, both do (catalogue section 6: the more restrictive outcome governs).
pub(crate) fn profiles_of(case: &Case<'_>) -> [Option<Profile>; 2] {
    let of_role = case
        .seat
        .has_role(&[Role::Driver])
        .then_some((&DRIVER_PROFILE, DRIVER));
    let of_purpose: Option<Profile> = match case.purpose() {
        PurposeOfUse::Audit if case.seat.has_role(&[Role::ComplianceOfficer]) => {
            Some((&AUDITOR_PROFILE, &[Category::DisclosureLog]))
        }
        PurposeOfUse::HousingElig => Some((&ELIGIBILITY_PROFILE, &[Category::EligibilityFlag])),
        _ => None,
    };
    [of_role, of_purpose]
}

/// Human workflows and client rights need no agreement, and none narrows them; nor a push for emergency treatment.
pub(crate) fn needs_agreement(purpose: PurposeOfUse, initiator: Initiator) -> bool {
    match purpose {
        PurposeOfUse::Patrqt
        | PurposeOfUse::Famrqt
        | PurposeOfUse::Pwatrny
        | PurposeOfUse::Threat
        | PurposeOfUse::LeInvest
        | PurposeOfUse::LeReport
        | PurposeOfUse::LegalProc
        | PurposeOfUse::AbuseReport
        | PurposeOfUse::AbuseFollowup => false,
        PurposeOfUse::Etreat => initiator == Initiator::Requester,
        _ => true,
    }
}

/// Law enforcement, in the sense of 164.103 and of the HMIS doors.
pub(crate) fn is_police(agency: &AgencyFacts) -> bool {
    agency.is_justice()
}
