//! The vocabulary of Assent: ids, agencies, people in roles, purposes, categories, regimes, time, chance.
//!
//! Depends on nothing of ours. Everything here is a plain value; what personal data it carries is wrapped in
//! [`Pii`], whose `Debug` shows nothing.

pub mod identity;
pub mod ids;
pub mod record;
pub mod registry;
pub mod sensitive;
pub mod service_request;
pub mod time;
pub mod vocabulary;

pub use identity::ClientIdentity;
pub use ids::{
    AgencyId, ClientId, ConsentId, ConsentRequestId, ElementId, EventId, IngestId, InvalidId, KeyId, MouId,
    ProgrammeId, RestrictionId, SigningLinkId, StaffId, SystemId,
};
pub use record::{LabelledElement, Payload, RecordKey, SourceClientKey, SourceRecord};
pub use sensitive::Pii;
pub use service_request::{ServiceRequest, ServiceRequestNumber, Spot};
pub use time::{Clock, Date, Entropy, EntropyUnavailable, SystemClock, Timestamp, Zone};
pub use vocabulary::{UnknownWord, Word, WordSet};
