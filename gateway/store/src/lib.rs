//! Ports: what the gateway asks of its storage, in the field's terms and without a word of SQL.
//!
//! Everything that passes through here is plain; sealing payloads and identifiers and blinding look-ups is the duty
//! of the implementation. Each method is one transaction: it happens whole or not at all. What an import stages is
//! invisible until [`IngestStore::publish`] and gone after [`IngestStore::abort`], so nothing half-written is ever
//! read. `conformance` holds the one suite that every implementation must pass.

mod accountings;
mod agreements;
mod artefacts;
mod audit;
mod clients;
#[cfg(feature = "testing")]
pub mod conformance;
mod consents;
mod error;
mod ingest;
mod notices;
mod owed;
mod registry;
mod requests;
mod restrictions;
mod service_requests;
mod signing_links;
mod witness;

pub use accountings::{AccountingRequest, AccountingRequestStore};
pub use agreements::{
    AgreementAction, AgreementChange, AgreementEpoch, AgreementStore, BrokenHistory, StandingAgreement,
    StandingAgreements,
};
pub use artefacts::{Artefact, ArtefactStore, MOST_ARTEFACTS, ScanFormat};
pub use audit::{AuditBatch, AuditStore, ClientTag, ListHead, LogHead, NewEntry, StoredEntry, TileBytes};
pub use clients::{BlockingKey, Candidate, ClientStore, KeyHolder, StoredElement, Treating};
pub use consents::{ConsentStore, OpenFollowUp, StoredConsent};
pub use error::StoreError;
pub use ingest::{
    Begun, ExportMark, Holdings, IngestKind, IngestRecord, IngestState, IngestStore, MessageMark, NewIngest,
    Pieces, Repetition, StagedBatch, StagedClient, StagedElement, StagedTreating, StagedWithdrawal,
};
pub use notices::{ChangedConsent, NoticeStore, StoredNotice};
pub use owed::{OwedEntry, OwedStore};
pub use registry::{RegistryStore, RegistryVersion};
pub use requests::{AskedSoFar, RequestAnswer, RequestStore};
pub use restrictions::RestrictionStore;
pub use service_requests::{Area, ServiceRequestStore, StoredServiceRequest};
pub use signing_links::{LinkDigest, LinkParticulars, LinkUse, SigningLink, SigningLinkStore};
pub use witness::{SplitView, WitnessStore};

/// Everything but the audit log, which is kept apart.
pub trait RecordStore:
    AccountingRequestStore
    + AgreementStore
    + ArtefactStore
    + ClientStore
    + ConsentStore
    + IngestStore
    + NoticeStore
    + OwedStore
    + RegistryStore
    + RequestStore
    + RestrictionStore
    + ServiceRequestStore
    + SigningLinkStore
{
}

impl<S> RecordStore for S where
    S: AccountingRequestStore
        + AgreementStore
        + ArtefactStore
        + ClientStore
        + ConsentStore
        + IngestStore
        + NoticeStore
        + OwedStore
        + RegistryStore
        + RequestStore
        + RestrictionStore
        + ServiceRequestStore
        + SigningLinkStore
{
}
