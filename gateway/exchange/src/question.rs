//! What is asked: about whom, why, which categories, in whose company, under which attested circumstances.
//!
//! These are claims of the caller. Who the caller is never comes from here.

use gateway_types::vocabulary::{Category, PurposeOfUse, Role};
use gateway_types::{AgencyId, ClientIdentity, SourceClientKey, StaffId, SystemId, WordSet};
use policies::facts::{Attestation, Emergency};

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
    /// An emergency statement with the record that 42 CFR 2.51(c) wants.
    pub emergency: Option<Emergency>,
    /// Other attestations; role and agency are those of the person who asks.
    pub attestations: Vec<Attestation>,
    /// The request says that a signed consent or authorisation covers this audience.
    pub consent_asserted: bool,
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
}
