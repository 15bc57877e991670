//! The facts of one decision, in the vocabulary of the acceptance scenarios: dates, kinds, statements, attestations.
//!
//! Facts hold no legal conclusion; whether a consent is good or a basis is met is worked out by the rules. An omitted
//! fact means what the scenarios say it means: false, empty, none. The canonical JSON of [`Facts`] is what is sealed
//! beside an audit entry, so that any decision can be worked out again.

mod circumstances;
mod consent;
mod element;
mod flags;
mod mou;
mod people;

pub use circumstances::{
    Approval, Attestation, Circumstances, Emergency, LegalAuthority, LegalProcess, NoticeOnFile,
    OralAgreement, Representative, Restriction, StateModule, StatementForm, Suspension,
};
pub use consent::{ConsentFacts, Discloser, Expiry, Recipients, Revocation, Signer};
pub use element::{ElementFacts, Handle, InvalidHandle, LogEntry, Particularities};
pub use flags::{CategoryScope, Flags};
pub use mou::MouFacts;
pub use people::{AgencyFacts, ClientFacts, Person, Requester};

use std::collections::BTreeMap;

use gateway_types::vocabulary::{Initiator, PurposeOfUse};
use gateway_types::{AgencyId, Timestamp};
use serde::{Deserialize, Serialize};

/// What is known before any client is looked up: the gates of step 1 see this and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestFacts {
    /// The clock at release time.
    pub now: Timestamp,
    /// Whether somebody asks or the holder pushes.
    pub initiator: Initiator,
    /// Every organisation that occurs, by id.
    pub agencies: BTreeMap<AgencyId, AgencyFacts>,
    /// Who makes the call; a recipient if they ask, the sender if they push.
    pub requester: Requester,
    /// Further recipients: each person or system that will see the payload.
    pub audience: Vec<Person>,
    /// The purpose of use.
    pub purpose: PurposeOfUse,
    /// Agreements given as facts. The gateway leaves this empty and gives the active set instead.
    pub mous: Vec<MouFacts>,
}

impl RequestFacts {
    /// The recipients: requester and audience when somebody asks, the audience alone in a push.
    pub fn recipients(&self) -> impl Iterator<Item = &Person> {
        let asks = (self.initiator == Initiator::Requester).then_some(&self.requester.person);
        asks.into_iter().chain(&self.audience)
    }
}

/// What is known once the client has been looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordFacts {
    /// The person whom the records concern.
    pub client: ClientFacts,
    /// The data that would go out if nothing stopped it.
    pub elements: Vec<ElementFacts>,
    /// Consents, authorisations and releases on file.
    pub consents: Vec<ConsentFacts>,
    /// Attested and recorded circumstances.
    pub circumstances: Circumstances,
}

/// All facts of one decision: a scenario without its expectation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Flat")]
pub struct Facts {
    /// What was known before the client was looked for.
    #[serde(flatten)]
    pub request: RequestFacts,
    /// What was known afterwards.
    #[serde(flatten)]
    pub record: RecordFacts,
}

impl Facts {
    /// The facts as canonical JSON: one form for one set of facts, with sorted keys.
    ///
    /// # Errors
    /// The serialiser's, which these types do not provoke.
    pub fn to_canonical_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        // A crate of the same build (Cedar is one) may switch serde_json to the order of insertion.
        value.sort_all_objects();
        serde_json::to_vec(&value)
    }
}

/// The flat form in which facts are written; unknown keys are errors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Flat {
    now: Timestamp,
    initiator: Initiator,
    agencies: BTreeMap<AgencyId, AgencyFacts>,
    requester: Requester,
    #[serde(default)]
    audience: Vec<Person>,
    purpose: PurposeOfUse,
    #[serde(default)]
    mous: Vec<MouFacts>,
    client: ClientFacts,
    elements: Vec<ElementFacts>,
    #[serde(default)]
    consents: Vec<ConsentFacts>,
    #[serde(default)]
    circumstances: Circumstances,
}

impl From<Flat> for Facts {
    fn from(flat: Flat) -> Self {
        Self {
            request: RequestFacts {
                now: flat.now,
                initiator: flat.initiator,
                agencies: flat.agencies,
                requester: flat.requester,
                audience: flat.audience,
                purpose: flat.purpose,
                mous: flat.mous,
            },
            record: RecordFacts {
                client: flat.client,
                elements: flat.elements,
                consents: flat.consents,
                circumstances: flat.circumstances,
            },
        }
    }
}
