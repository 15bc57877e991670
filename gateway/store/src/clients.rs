//! Clients: who they are, what is known about them, who treats them.

use gateway_crypto::Secret;
use gateway_types::vocabulary::{Category, ElementFact, Regime, Sensitivity};
use gateway_types::{
    AgencyId, ClientId, ClientIdentity, Date, ElementId, Payload, Pii, ProgrammeId, RecordKey,
    SourceClientKey, StaffId, Timestamp, WordSet,
};

use crate::StoreError;

/// A value under which a client can be looked up. The store keeps only a keyed digest of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockingKey {
    /// What kind of key, so that equal values of two kinds never meet.
    pub domain: &'static str,
    /// The value.
    pub value: Pii<String>,
}

/// A client who shares a blocking key with the one that is looked for: once for each source that knows them.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The client.
    pub client: ClientId,
    /// The source that says so.
    pub source: AgencyId,
    /// What one source says about who they are.
    pub identity: ClientIdentity,
}

/// One element on file: the newest published version that is not withdrawn.
#[derive(Clone, Debug)]
pub struct StoredElement {
    /// Its id.
    pub id: ElementId,
    /// The agency it came from.
    pub source: AgencyId,
    /// The registered programme it came from; `None`: unknown provenance.
    pub programme: Option<ProgrammeId>,
    /// What the source calls a programme that was not registered when this was received, as in
    /// [`LabelledElement::source_programme`](gateway_types::LabelledElement::source_programme); `None` beside a
    /// registered one too.
    pub source_programme: Option<String>,
    /// `None`: could not be labelled, withheld from everyone.
    pub category: Option<Category>,
    /// Regimes that the data itself proves beyond the programme's.
    pub regimes: WordSet<Regime>,
    /// Sensitivity of the content.
    pub sensitivity: WordSet<Sensitivity>,
    /// Further facts that rules look at.
    pub facts: WordSet<ElementFact>,
    /// The kind of record it came from (`Enrollment.csv`, `MedicationRequest`).
    pub record_kind: String,
    /// The date the information is about or was last confirmed.
    pub as_of: Option<Date>,
    /// When the gateway received it.
    pub received_at: Timestamp,
    /// The content.
    pub payload: Payload,
}

/// A treating relationship that an agency stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Treating {
    /// The agency whose member treats the client.
    pub agency: AgencyId,
    /// The member of its staff.
    pub staff: StaffId,
    /// The first day.
    pub since: Option<Date>,
    /// The last day; `None`: until further notice.
    pub until: Option<Date>,
}

/// Whom a source means by a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// The client.
    pub client: ClientId,
    /// Whether the source names them still.
    pub named: bool,
}

/// Clients and their elements.
#[async_trait::async_trait]
pub trait ClientStore: Send + Sync {
    /// For each question, the clients who share at least one of its keys, at most `limit` identities each; one more
    /// is returned if there are more, so that the caller can tell.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn candidates(
        &self,
        questions: &[Vec<BlockingKey>],
        limit: usize,
    ) -> Result<Vec<Vec<Candidate>>, StoreError>;

    /// For each of a source's keys, the client it names.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn clients_of_source(
        &self,
        source: &AgencyId,
        keys: &[SourceClientKey],
    ) -> Result<Vec<Option<ClientId>>, StoreError> {
        let holders = self.holders_of_keys(source, keys).await?.into_iter();
        Ok(holders
            .map(|holder| holder.filter(|holder| holder.named).map(|holder| holder.client))
            .collect())
    }

    /// For each of a source's keys, the client it names, or named before the source took them back.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn holders_of_keys(
        &self,
        source: &AgencyId,
        keys: &[SourceClientKey],
    ) -> Result<Vec<Option<KeyHolder>>, StoreError>;

    /// The clients whom a source has merged into those that these keys of its name, at once or one after another.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn merged_into(
        &self,
        source: &AgencyId,
        keys: &[SourceClientKey],
    ) -> Result<Vec<ClientId>, StoreError>;

    /// The clients into whom a source has merged this one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn survivors(&self, source: &AgencyId, client: ClientId) -> Result<Vec<ClientId>, StoreError>;

    /// Whether a source has merged this client into another.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn was_merged(&self, client: ClientId) -> Result<bool, StoreError>;

    /// Every current element about a client. For `None` it does the same work on a client that never has any, so
    /// that an unknown person costs as much as a known one.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn elements(&self, client: Option<ClientId>) -> Result<Vec<StoredElement>, StoreError>;

    /// What a source says in some of its records about some clients; nothing for a record that it has taken back, or that is
    /// about somebody else. In the order in which it is asked for.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn said(
        &self,
        source: &AgencyId,
        wanted: &[(ClientId, RecordKey)],
    ) -> Result<Vec<Vec<StoredElement>>, StoreError>;

    /// Who treats a client. `None` as in [`ClientStore::elements`].
    ///
    /// # Errors
    /// [`StoreError`].
    async fn treating(&self, client: Option<ClientId>) -> Result<Vec<Treating>, StoreError>;

    /// Birth dates that sources give for a client, for the age. `None` as in [`ClientStore::elements`].
    ///
    /// # Errors
    /// [`StoreError`].
    async fn birth_dates(&self, client: Option<ClientId>) -> Result<Vec<Pii<Date>>, StoreError>;

    /// Those of them that one source gives.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn birth_dates_from(
        &self,
        client: ClientId,
        source: &AgencyId,
    ) -> Result<Vec<Pii<Date>>, StoreError>;

    /// The keys by which one source names a client.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn keys_from(
        &self,
        client: ClientId,
        source: &AgencyId,
    ) -> Result<Vec<SourceClientKey>, StoreError>;

    /// The key under which a client's audit entries are sealed; the gateway's own for `None`. Erasing it unlinks them.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Missing`] if there is no such client.
    async fn client_key(&self, client: Option<ClientId>) -> Result<Secret, StoreError>;

    /// Every client on file, in no particular order; not those whom a canary's agency ([`AgencyId::is_canary`]) made.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn every_client(&self) -> Result<Vec<ClientId>, StoreError>;

    /// How many clients are on file, counted as they are listed.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn count_clients(&self) -> Result<u64, StoreError>;
}
