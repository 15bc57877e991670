//! The names by which a FHIR Consent speaks: canonical URLs, code systems, and our words in them (catalogue 5.3, 5.5).
//!
//! URLs under [`BASE`] are names; nothing is to be found there and nothing is ever fetched.

use gateway_types::WordSet;
use gateway_types::vocabulary::{Category, ConsentKind, PurposeOfUse, Word};

/// What every name of our own begins with.
pub const BASE: &str = "https://assent.example/fhir";

/// Agencies, by their id.
pub const AGENCY: &str = "https://assent.example/fhir/NamingSystem/agency";
/// Members of staff, as `agency/person`.
pub const STAFF: &str = "https://assent.example/fhir/NamingSystem/staff";
/// Roles of staff.
pub const ROLE: &str = "https://assent.example/fhir/CodeSystem/role";
/// Systems of an agency, by their id.
pub const SYSTEM: &str = "https://assent.example/fhir/NamingSystem/system";
/// Clients, by the sender's own key.
pub const OWN_KEY: &str = "https://assent.example/fhir/NamingSystem/own-key";
/// Consents, by the gateway's id.
pub const CONSENT: &str = "https://assent.example/fhir/NamingSystem/consent";
/// Classes of discloser and recipient.
pub const CLASS: &str = "https://assent.example/fhir/CodeSystem/recipient-class";
/// Kinds of consent.
pub const KIND: &str = "https://assent.example/fhir/CodeSystem/consent-kind";
/// Categories of information, and `all`.
pub const CATEGORY: &str = "https://assent.example/fhir/CodeSystem/category";
/// Purposes for which HL7 has no code.
pub const PURPOSE: &str = "https://assent.example/fhir/CodeSystem/purpose";
/// Obligations on a decision.
pub const OBLIGATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

/// FHIR's scopes of a consent.
pub const SCOPE: &str = "http://terminology.hl7.org/CodeSystem/consentscope";
/// HL7's purposes of use.
pub const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
pub(super) const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
/// Deprecated copy of the privacy laws in ActCode; taken, never written.
pub(super) const US_PRIVACY_LAW: &str = "http://terminology.hl7.org/CodeSystem/v3-ActUSPrivacyLaw";
pub(super) const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
pub(super) const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
pub(super) const ACTION: &str = "http://terminology.hl7.org/CodeSystem/consentaction";
pub(super) const LOINC: &str = "http://loinc.org";
/// FHIR's resource types.
pub const RESOURCE_TYPE: &str = "http://hl7.org/fhir/resource-types";

/// Everything, in [`CATEGORY`].
pub(super) const ALL: &str = "all";

/// The policy of one kind of consent.
#[must_use]
pub fn policy(kind: ConsentKind) -> String {
    format!("{BASE}/policy/{kind}")
}

/// The URL of an extension of our own.
#[must_use]
pub fn extension(name: &str) -> String {
    format!("{BASE}/StructureDefinition/{name}")
}

/// The code system in which a purpose has its code.
#[must_use]
pub fn purpose_system(purpose: PurposeOfUse) -> &'static str {
    if (purpose as u8) < PurposeOfUse::LeInvest as u8 {
        ACT_REASON
    } else {
        PURPOSE
    }
}

/// The purpose of a coding.
#[must_use]
pub fn purpose(system: &str, code: &str) -> Option<PurposeOfUse> {
    let purpose = PurposeOfUse::from_code(code).ok()?;
    (purpose_system(purpose) == system).then_some(purpose)
}

/// The purpose and what HL7 puts below it. Used to forbid; a permission is for the purpose that it names.
pub(super) fn with_children(purpose: PurposeOfUse) -> WordSet<PurposeOfUse> {
    use PurposeOfUse as P;
    let below: &[P] = match purpose {
        P::Treat => &[P::Coc, P::Etreat, P::Btg],
        P::Etreat => &[P::Btg],
        P::Hoperat => &[
            P::Hqualimp,
            P::Hlegal,
            P::Gov,
            P::Fraud,
            P::Milcdm,
            P::Hdecd,
            P::Mltraining,
        ],
        P::Pubhlth => &[P::Disaster, P::Threat],
        P::Patrqt => &[P::Famrqt, P::Pwatrny],
        _ => &[],
    };
    below.iter().copied().chain([purpose]).collect()
}

/// What a class of resources holds: what a permission for it opens at most, and what a prohibition of it closes at
/// least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    /// Everything of these categories is of the class.
    pub at_most: WordSet<Category>,
    /// Everything of the class is of one of these categories.
    pub at_least: WordSet<Category>,
}

/// What a FHIR resource type holds here; `None`: it cannot be told.
#[must_use]
pub fn resource_type(code: &str) -> Option<Holds> {
    use Category as C;
    let diagnoses = [
        C::Conditions,
        C::MentalHealth,
        C::SudTreatment,
        C::Hiv,
        C::DvHistory,
        C::Disability,
        C::Injury,
        C::SudCounselingNotes,
        C::PsychotherapyNotes,
        C::GeneticBiometric,
        C::PhysicalDescription,
        C::RiskStatement,
    ];
    let (at_most, besides): (&[C], &[C]) = match code {
        "Patient" => (
            &[C::Demographics, C::Contact],
            &[C::Ssn, C::Location, C::Veteran, C::LinkageToken],
        ),
        "AllergyIntolerance" => (&[C::Allergies], &diagnoses),
        "Condition" => (&[C::Conditions], &diagnoses),
        "MedicationRequest" => (&[C::Medications], &diagnoses),
        "Encounter" => (
            &[C::Encounters],
            &[
                C::Enrollment,
                C::ShelterStatus,
                C::ProjectAddress,
                C::Location,
                C::MentalHealth,
                C::SudTreatment,
                C::Hiv,
                C::DvHistory,
                C::Injury,
            ],
        ),
        _ => return None,
    };
    let at_most: WordSet<C> = at_most.iter().copied().collect();
    Some(Holds {
        at_most,
        at_least: besides.iter().copied().collect::<WordSet<C>>().union(at_most),
    })
}

/// The categories of which every element carries the sensitivity `code` by its nature: what a permission for
/// information so labelled opens. `None`: no category is made of it alone.
pub(super) fn labelled(code: &str) -> Option<WordSet<Category>> {
    let category = match code {
        "ETH" | "SUD" => Category::SudTreatment,
        "PSY" | "MH" => Category::MentalHealth,
        "HIV" => Category::Hiv,
        "SDV" => Category::DvHistory,
        _ => return None,
    };
    Some(WordSet::EMPTY.with(category))
}
