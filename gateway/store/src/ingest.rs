//! Pushes of data: staged out of sight, then published whole or aborted whole.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, BoxStream, StreamExt as _};
use gateway_crypto::Digest;
use gateway_types::{
    AgencyId, ClientId, ClientIdentity, Date, ElementId, IngestId, LabelledElement, ProgrammeId, RecordKey,
    SourceClientKey, StaffId, Timestamp,
};

use crate::{BlockingKey, StoreError};

/// What was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IngestKind {
    /// A HUD HMIS CSV export.
    HmisCsv,
    /// One client as JSON.
    HmisJson,
    /// A FHIR R4 bundle.
    FhirBundle,
    /// The lines of a FHIR R4 bulk export.
    FhirNdjson,
    /// A C-CDA document.
    Ccda,
    /// Police calls for service.
    CallsForService,
    /// Field forms of police and 911.
    FieldForms,
    /// An emergency incident data object of a 911 centre.
    Eido,
    /// A NIEM exchange of police or a jail.
    Niem,
    /// A file of HL7 v2 messages.
    Hl7V2,
    /// HL7 v2 messages that came over connections, taken in together.
    Hl7V2Messages,
}

/// How far a push has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IngestState {
    /// Being read and staged; nothing of it is visible.
    Running,
    /// Stored: all of it is visible.
    Published,
    /// Refused: nothing of it is kept but the report.
    Refused,
    /// Ended by a fault of ours; nothing of it is kept. The sender may push it again.
    Failed,
}

/// A push that begins.
#[derive(Clone, Debug)]
pub struct NewIngest {
    /// Its id.
    pub id: IngestId,
    /// Who pushes.
    pub source: AgencyId,
    /// What is pushed.
    pub kind: IngestKind,
    /// Digest of the bytes received and of what they are read by: the same bytes under another registration may say
    /// something else.
    pub digest: Digest,
    /// When it began.
    pub received_at: Timestamp,
}

/// A push as it stands.
#[derive(Clone, Debug)]
pub struct IngestRecord {
    /// What began.
    pub begun: NewIngest,
    /// How far it has come.
    pub state: IngestState,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its report, as JSON without any client data.
    pub report: Option<serde_json::Value>,
}

/// What beginning a push found.
#[derive(Clone, Debug)]
pub enum Begun {
    /// It is new and now running.
    New,
    /// The same source has pushed the same bytes, read by the same, before, and they were published and not overtaken since by another
    /// push, of whatever kind: this is that push.
    Already(Box<IngestRecord>),
}

/// A client row to be staged: how a source names and describes a client.
#[derive(Clone, Debug)]
pub struct StagedClient {
    /// The client, new or known.
    pub client: ClientId,
    /// Whether this push makes the client.
    pub new: bool,
    /// The source's key for them.
    pub source_key: SourceClientKey,
    /// What the source says about who they are.
    pub identity: ClientIdentity,
    /// Under which values they are to be found.
    pub blocking: Vec<BlockingKey>,
}

/// An element to be staged.
#[derive(Clone, Debug)]
pub struct StagedElement {
    /// Its id, if it turns out to be new or changed; an unchanged one keeps the old.
    pub id: ElementId,
    /// The client it is about.
    pub client: ClientId,
    /// The registered programme it comes from; `None`: unknown provenance.
    pub programme: Option<ProgrammeId>,
    /// The element.
    pub element: LabelledElement,
}

/// A treating relationship to be staged. Replaces what the same record of the source said before.
#[derive(Clone, Debug)]
pub struct StagedTreating {
    /// The client.
    pub client: ClientId,
    /// Who treats them.
    pub staff: StaffId,
    /// The first day.
    pub since: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    /// The record that says so.
    pub record: RecordKey,
}

/// What the source has deleted.
#[derive(Clone, Debug)]
pub enum StagedWithdrawal {
    /// One record, whoever it was about.
    Record(RecordKey),
    /// Everything this source said about a client, identity included.
    Client(ClientId),
}

/// A piece of a push, in the order in which it counts: withdrawals after the rest.
#[derive(Clone, Debug, Default)]
pub struct StagedBatch {
    /// Client rows.
    pub clients: Vec<StagedClient>,
    /// Elements.
    pub elements: Vec<StagedElement>,
    /// Treating relationships.
    pub treating: Vec<StagedTreating>,
    /// Deleted records.
    pub withdrawals: Vec<StagedWithdrawal>,
}

/// A message that came over a connection, to be known again when it comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageMark {
    /// Its sender's names and its control id. It is kept as a keyed digest.
    pub key: String,
    /// Digest of the message.
    pub content: Digest,
}

/// What is known of a message of the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// None was taken in lately.
    New,
    /// This very message was.
    Same,
    /// Another one was.
    Other,
}

/// How many clients and what of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Clients, as their source names them.
    pub clients: u64,
    /// What records say: a record's elements are one, its treating relationships another.
    pub statements: u64,
}

/// Which export of which system a push is, and of what. The names that a source gives its systems and projects are kept
/// as digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportMark {
    /// The system exported from.
    pub system: Digest,
    /// The projects it is of; one that stands for all, if it names none.
    pub projects: BTreeSet<Digest>,
    /// When it was exported, by the source's own clock.
    pub exported_at: Timestamp,
}

/// The pieces of a push, in the order in which they count, as they come.
pub type Pieces = BoxStream<'static, StagedBatch>;

/// Pushes.
#[async_trait::async_trait]
pub trait IngestStore: Send + Sync {
    /// Begins a push.
    ///
    /// One push of a source runs at a time, of whatever kind: what a push changes is told by comparing it with what is
    /// published, so that a second one beside it would be compared with what the first is about to replace.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the same source has a push running.
    async fn begin_ingest(&self, ingest: &NewIngest) -> Result<Begun, StoreError>;

    /// Stages the pieces of a running push as they come, one after another; each is made ready while the one before it
    /// is written. Elements that say the same as the published version are not stored again; returns how many elements
    /// were new or changed.
    ///
    /// All that one record says belongs in one piece of the push: what the record said before and does not say there is taken
    /// back. A record is about one client: one that is corrected to be about another is taken back from the first. Pieces of some thousand elements are written fastest.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the source has no such push running, or a piece speaks about a client who is neither
    /// on file nor new in this push; [`StoreError::Conflict`] if a new client is not new. On any error nothing of the
    /// piece at fault and of those after it is kept, and the push has to be aborted.
    async fn stage_all(&self, ingest: IngestId, source: &AgencyId, pieces: Pieces)
    -> Result<u64, StoreError>;

    /// Stages one piece of a running push.
    ///
    /// # Errors
    /// As [`IngestStore::stage_all`].
    async fn stage(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        batch: StagedBatch,
    ) -> Result<u64, StoreError> {
        let piece = stream::once(std::future::ready(batch)).boxed();
        self.stage_all(ingest, source, piece).await
    }

    /// Keeps the marks of the messages that a running push holds; they count once it is published. Marks received before
    /// `forget_before` may be dropped.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the source has no such push running.
    async fn keep_marks(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        marks: &[MessageMark],
        now: Timestamp,
        forget_before: Timestamp,
    ) -> Result<(), StoreError>;

    /// Keeps, with a running push, that a source has merged clients: of each pair the first key goes and the second stays. Whoever
    /// was merged into the first before is then merged into the second.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the source has no such push running.
    async fn keep_merges(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        merges: &[(SourceClientKey, SourceClientKey)],
    ) -> Result<(), StoreError>;

    /// Whether messages with these marks were published since `since`, in the order of the marks.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn repetitions(
        &self,
        source: &AgencyId,
        marks: &[MessageMark],
        since: Timestamp,
    ) -> Result<Vec<Repetition>, StoreError>;

    /// What is on file of the source and would no longer be, once a running push is published. What a record says of
    /// another client than before counts.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if no such push is running.
    async fn taken_away(&self, ingest: IngestId) -> Result<Holdings, StoreError>;

    /// What is on file of a source. Counted anew each time, over everything it ever sent.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn holdings(&self, source: &AgencyId) -> Result<Holdings, StoreError>;

    /// Notes what a running push takes away, and whether somebody said that it is meant. It counts once the push is published.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if no such push is running.
    async fn note_gone(&self, ingest: IngestId, gone: Holdings, meant: bool) -> Result<(), StoreError>;

    /// What the pushes of a source that were published at `since` or later took away unasked: those after the last one of
    /// which somebody said that it is meant.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn gone_since(&self, source: &AgencyId, since: Timestamp) -> Result<Holdings, StoreError>;

    /// Notes which export a running push is. It counts once the push is published.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if the source has no such push running.
    async fn note_export(
        &self,
        ingest: IngestId,
        source: &AgencyId,
        export: &ExportMark,
    ) -> Result<(), StoreError>;

    /// Of each project of a system, when the export was made that was published last.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn newest_exports(
        &self,
        source: &AgencyId,
        system: &Digest,
    ) -> Result<BTreeMap<Digest, Timestamp>, StoreError>;

    /// Every client whom a source names at present.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn clients_named_by(&self, source: &AgencyId) -> Result<Vec<ClientId>, StoreError>;

    /// For which registration of a source the clients that it knows through victim services alone were last taken out.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn swept_for(&self, source: &AgencyId) -> Result<Option<Digest>, StoreError>;

    /// Notes that they were.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn note_swept(&self, source: &AgencyId, registration: &Digest) -> Result<(), StoreError>;

    /// Removes for good what was superseded or taken back by a push that was published before `before`; returns how many
    /// rows that were. What is visible stays as it is.
    ///
    /// # Errors
    /// [`StoreError`]; what was removed by then is gone.
    async fn remove_superseded(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Makes everything staged visible at once.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn publish(
        &self,
        ingest: IngestId,
        report: &serde_json::Value,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Removes everything staged and ends the push as `state` (`Refused` or `Failed`). From its first step on the push
    /// can no longer be staged into or published, whatever becomes of the rest; what is left to be removed after a
    /// failure is left to [`IngestStore::sweep_unfinished`], or to a second call.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn abort(
        &self,
        ingest: IngestId,
        state: IngestState,
        report: &serde_json::Value,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// A push by its id.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn ingest(&self, id: IngestId) -> Result<Option<IngestRecord>, StoreError>;

    /// Aborts as `Failed` every push that was running, or being aborted, when the gateway last stopped; returns how many.
    /// One that has ended meanwhile is passed over, whoever ended it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sweep_unfinished(&self, now: Timestamp) -> Result<u64, StoreError>;
}
