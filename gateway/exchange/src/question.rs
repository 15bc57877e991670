//! What is asked: about whom, why, which categories, in whose company, under which attested circumstances.
//!
//! These are claims of the caller. Who the caller is never comes from here.

use gateway_types::Pii;
use gateway_types::vocabulary::{Category, PurposeOfUse, Role};
use gateway_types::{AgencyId, ClientIdentity, SourceClientKey, StaffId, SystemId, WordSet};
use policies::facts::Attestation;

/// Who is asked about.
#[derive(Clone, Debug)]
pub enum About {
    /// The client whom the asker's own records, pushed earlier, name so.
    OwnKey(SourceClientKey),
    /// Whoever these particulars identify, if they identify exactly one client.
    Identity(ClientIdentity),
}

/// A further person or system that will see the answer.
#[derive(Clone, Debug)]
pub struct AudienceMember {
    /// Their agency; it must be registered.
    pub agency: AgencyId,
    /// Their role there.
    pub role: Role,
    /// The person, if known.
    pub staff: Option<StaffId>,
    /// The system on which they will see it; what kind it is the registry says.
    pub system: SystemId,
}

/// What the person who asks attests, in their own name. Recorded, logged and reviewed afterwards.
#[derive(Clone, Debug, Default)]
pub struct Attested {
    /// The emergency statement.
    pub emergency: Option<EmergencyStatement>,
    /// Other attestations; role and agency are those of the person who asks.
    pub attestations: Vec<Attestation>,
    /// The request says that a signed consent or authorisation covers this audience.
    pub consent_asserted: bool,
}

/// What medical personnel state of an emergency, in their own name (42 CFR 2.51).
///
/// Only what is said counts: a line left out is a line not recorded, and a question left open, whether the client could
/// consent, refused, or has somebody who can be asked, is answered against a release without consent. Who receives, who
/// discloses and when it was the gateway knows itself; that a disaster has closed a programme the registry says.
#[derive(Clone, Debug)]
pub struct EmergencyStatement {
    /// Treatment is needed at once.
    pub immediate_treatment_needed: bool,
    /// The nature of the emergency, in words (2.51(c)(4)).
    pub nature: Option<Pii<String>>,
    /// Why consent cannot be obtained, in words.
    pub consent_unobtainable: Option<Pii<String>>,
    /// Whether the client is able to consent.
    pub client_able_to_consent: Option<bool>,
    /// Whether the client refused.
    pub client_refused: Option<bool>,
    /// Whether a representative can be asked.
    pub representative_available: Option<bool>,
    /// What is needed.
    pub needed_categories: WordSet<Category>,
}

/// A question to the gateway.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who is asked about.
    pub about: About,
    /// Why.
    pub purpose: PurposeOfUse,
    /// What is wanted; never empty.
    pub categories: WordSet<Category>,
    /// Who else will see it.
    pub audience: Vec<AudienceMember>,
    /// Attested circumstances.
    pub attested: Attested,
    /// The form of the answer.
    pub shape: Shape,
}

/// The form of an answer. It changes nothing of what is released.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Elements with their fields, and the receipt beside them.
    #[default]
    Elements,
    /// A FHIR R4 searchset; the receipt travels apart.
    Fhir,
    /// A C-CDA R2.1 document; the receipt travels apart.
    Ccda,
}
