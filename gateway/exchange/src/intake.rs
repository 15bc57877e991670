//! From a source's records to staged ones: which client each is about, which programme binds it.
//!
//! A client whom the source named before keeps their place, also if the source took them back meanwhile: restrictions and
//! consents hang on it, and what was disclosed is accounted for. A new one is linked to a client of other sources only if
//! linkage finds exactly one (an ambiguous match is no match); otherwise a client is made. Records of programmes
//! registered as victim services are dropped here whatever the adapter let through (catalogue HP-4).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::AddAssign;

use adapters::hl7v2::{Event, Standing};
use gateway_linkage::{MatchOutcome, Particulars, Thresholds, find_one};
use gateway_store::{
    BlockingKey, RecordStore, StagedBatch, StagedClient, StagedElement, StagedTreating, StagedWithdrawal,
    StoreError, StoredElement,
};
use gateway_types::record::UNRESOLVED_PROGRAMME;
use gateway_types::registry::{Agency, Programme};
use gateway_types::vocabulary::Regime;
use gateway_types::{
    ClientId, ClientIdentity, Clock, ElementId, Entropy, EntropyUnavailable, IngestId, LabelledElement,
    RecordKey, SourceClientKey, SourceRecord,
};

/// How many identities a blocking key may bring before it says nothing about anyone.
const CANDIDATE_LIMIT: usize = 64;

/// What became of the records of a push. Whether a client was known to anyone else is not counted: the sender would
/// learn from it who is on file elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct IntakeCounts {
    /// Client rows.
    pub(crate) clients: u64,
    /// Elements read.
    pub(crate) elements: u64,
    /// Of these, stored because they were new or changed.
    pub(crate) stored_elements: u64,
    /// Records deleted by the source.
    pub(crate) withdrawn: u64,
    /// Records about a client whom the source has never named: refused.
    pub(crate) without_client: u64,
    /// Elements of victim-service programmes: refused at the door.
    pub(crate) barred: u64,
    /// Elements of programmes that are not registered: bound as if by Part 2 until they are.
    pub(crate) unknown_provenance: u64,
    /// Messages refused.
    #[serde(skip_serializing_if = "is_none")]
    pub(crate) refused: u64,
    /// Merges of clients that were left to a person. Not told: it would tell what others have on file.
    #[serde(skip)]
    pub(crate) merges_left: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_none(count: &u64) -> bool {
    *count == 0
}

impl AddAssign for IntakeCounts {
    fn add_assign(&mut self, other: Self) {
        self.clients += other.clients;
        self.elements += other.elements;
        self.stored_elements += other.stored_elements;
        self.withdrawn += other.withdrawn;
        self.without_client += other.without_client;
        self.barred += other.barred;
        self.unknown_provenance += other.unknown_provenance;
        self.refused += other.refused;
        self.merges_left += other.merges_left;
    }
}

/// Why records could not be taken in: faults of ours, not of the records.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IntakeError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No ids could be made.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

/// The intake of one push.
pub(crate) struct Intake<'g> {
    store: &'g dyn RecordStore,
    clock: &'g dyn Clock,
    entropy: &'g dyn Entropy,
    thresholds: &'g Thresholds,
    source: &'g Agency,
    ingest: IngestId,
    /// Whom the source's keys mean, as far as this push has asked.
    named: HashMap<SourceClientKey, Option<ClientId>>,
    /// Whom keys meant that the source has taken back.
    once: HashMap<SourceClientKey, ClientId>,
    /// Keys that were merged: the one that goes, the one that stays.
    merged: Vec<(SourceClientKey, SourceClientKey)>,
    /// Clients that a key of this push already stands for: two keys of one source are two people.
    taken: HashSet<ClientId>,
}

impl<'g> Intake<'g> {
    /// The intake of push `ingest` by `source`.
    #[must_use]
    pub(crate) fn new(
        store: &'g dyn RecordStore,
        clock: &'g dyn Clock,
        entropy: &'g dyn Entropy,
        thresholds: &'g Thresholds,
        source: &'g Agency,
        ingest: IngestId,
    ) -> Self {
        Self {
            store,
            clock,
            entropy,
            thresholds,
            source,
            ingest,
            named: HashMap::new(),
            once: HashMap::new(),
            merged: Vec::new(),
            taken: HashSet::new(),
        }
    }

    /// Stages the next records of the push.
    ///
    /// # Errors
    /// [`IntakeError`]; the push then has to be aborted.
    pub(crate) async fn take(&mut self, records: Vec<SourceRecord>) -> Result<IntakeCounts, IntakeError> {
        let (batch, mut counts) = self.place_all(records).await?;
        counts.stored_elements = self.store.stage(self.ingest, &self.source.id, batch).await?;
        Ok(counts)
    }

    /// Finds out whom the next records are about. Looks only at what is published and at what it placed itself, so
    /// that the records before need not be staged yet.
    ///
    /// # Errors
    /// As [`Intake::take`].
    pub(crate) async fn place_all(
        &mut self,
        records: Vec<SourceRecord>,
    ) -> Result<(StagedBatch, IntakeCounts), IntakeError> {
        self.look_up_keys(&records).await?;
        let matches = self.match_newcomers(&records).await?;
        let mut counts = IntakeCounts::default();
        let mut batch = StagedBatch::default();
        for record in records {
            match record {
                SourceRecord::Client {
                    client: key,
                    identity,
                    elements,
                    ..
                } => {
                    let client = self.place(&key, matches.get(&key).copied(), &mut counts)?;
                    let blocking = blocking(&Particulars::of(&identity));
                    // Who is on file can be found by what was said before. A row without anything to find a person by, as
                    // of an export with hashed names, does not take that away: a crisis team would look for them in vain.
                    if client.unnamed || !blocking.is_empty() {
                        batch.clients.push(StagedClient {
                            client: client.id,
                            new: client.new,
                            source_key: key,
                            blocking,
                            identity,
                        });
                    }
                    self.add_elements(client.id, elements, &mut batch, &mut counts)?;
                }
                SourceRecord::About {
                    client: key,
                    elements,
                    ..
                } => match self.named.get(&key).copied().flatten() {
                    Some(client) => self.add_elements(client, elements, &mut batch, &mut counts)?,
                    None => {
                        counts.without_client += 1;
                        let records = elements.into_iter().map(|element| element.record);
                        take_back(records.collect(), &mut batch);
                    }
                },
                SourceRecord::Treating {
                    client: key,
                    staff,
                    since,
                    until,
                    record,
                } => match self.named.get(&key).copied().flatten() {
                    Some(client) => batch.treating.push(StagedTreating {
                        client,
                        staff,
                        since,
                        until,
                        record,
                    }),
                    None => {
                        counts.without_client += 1;
                        take_back(BTreeSet::from([record]), &mut batch);
                    }
                },
                SourceRecord::Withdrawn { client: key, record } => {
                    let client = self.named.get(&key).copied().flatten();
                    match (record, client) {
                        // Whoever it was about when it was received: it may have been corrected since.
                        (Some(record), _) => batch.withdrawals.push(StagedWithdrawal::Record(record)),
                        (None, Some(client)) => batch.withdrawals.push(StagedWithdrawal::Client(client)),
                        (None, None) => {}
                    }
                    // A deletion of something never received is already done.
                    counts.withdrawn += u64::from(client.is_some());
                }
            }
        }
        Ok((batch, counts))
    }

    /// Lays events over what is on file of the records that they speak about, and over what is known of it already.
    /// Returns how many merges were left to a person.
    ///
    /// A merge moves what the source said under the key that goes. Where anybody has signed something for that client, or
    /// asked for a restriction, it stays apart, under its own word: a merge must not open what was closed.
    ///
    /// # Errors
    /// As [`Intake::take`].
    pub(crate) async fn lay_over(
        &mut self,
        standing: &mut Standing,
        events: Vec<Event>,
    ) -> Result<u64, IntakeError> {
        let keys = events
            .iter()
            .flat_map(|event| std::iter::once(&event.client).chain(&event.merged));
        let unknown = self.unknown(keys);
        self.look_up(unknown).await?;
        let (slots, wanted): (Vec<_>, Vec<_>) = standing
            .wanted(&events)
            .into_iter()
            .filter_map(|(key, record)| {
                let client = self.named.get(&key).copied().flatten()?;
                Some(((key, record.clone()), (client, record)))
            })
            .unzip();
        if !wanted.is_empty() {
            let said = self.store.said(&self.source.id, &wanted).await?;
            for ((key, record), elements) in slots.into_iter().zip(said) {
                let elements = elements.into_iter().map(|stored| self.labelled(stored));
                standing.know(key, record, elements.collect());
            }
        }
        let mut left = 0;
        for event in events {
            for gone in &event.merged {
                if self.may_merge(gone, standing).await? {
                    standing.merge(gone, &event.client);
                    self.merged.push((gone.clone(), event.client.clone()));
                } else {
                    left += 1;
                }
            }
            standing.apply(event, &|unit| {
                let programme = self.source.programme_of(unit);
                programme.map(|programme| programme.regimes)
            });
        }
        Ok(left)
    }

    /// Keeps with the push which keys were merged since this was called last.
    ///
    /// # Errors
    /// As [`Intake::take`].
    pub(crate) async fn keep_merges(&mut self) -> Result<(), IntakeError> {
        let merged = std::mem::take(&mut self.merged);
        if !merged.is_empty() {
            self.store
                .keep_merges(self.ingest, &self.source.id, &merged)
                .await?;
        }
        Ok(())
    }

    /// Whether what a key stands for may move; what is on file of it is then known.
    async fn may_merge(&self, gone: &SourceClientKey, standing: &mut Standing) -> Result<bool, IntakeError> {
        let Some(client) = self.named.get(gone).copied().flatten() else {
            return Ok(true);
        };
        let signed = !self.store.consents(Some(client)).await?.is_empty();
        if signed || !self.store.restrictions(Some(client)).await?.is_empty() {
            return Ok(false);
        }
        let on_file = self.store.elements(Some(client)).await?.into_iter();
        let own = on_file.filter(|stored| stored.source == self.source.id);
        standing.know_all(gone, own.map(|stored| self.labelled(stored)));
        Ok(true)
    }

    /// An element on file as its source sent it, as far as that is still known.
    fn labelled(&self, stored: StoredElement) -> LabelledElement {
        let source_programme = match stored.programme {
            Some(id) if self.source.default_programme.as_ref() == Some(&id) => None,
            Some(id) => Some(self.source.programme(&id).map_or_else(
                || UNRESOLVED_PROGRAMME.to_owned(),
                |programme| {
                    let mut names = programme.source_names.iter();
                    names.next().map_or_else(|| id.to_string(), ToString::to_string)
                },
            )),
            None => stored.source_programme,
        };
        LabelledElement {
            record: RecordKey::new(stored.record_kind, ""),
            category: stored.category,
            source_programme,
            regimes: stored.regimes,
            sensitivity: stored.sensitivity,
            facts: stored.facts,
            as_of: stored.as_of,
            payload: stored.payload,
        }
    }

    /// Asks once for every key that this push has not asked for yet.
    async fn look_up_keys(&mut self, records: &[SourceRecord]) -> Result<(), IntakeError> {
        let unknown = self.unknown(records.iter().map(key_of));
        self.look_up(unknown).await
    }

    /// Those of some keys for which this push has not asked yet.
    fn unknown<'k>(&self, keys: impl Iterator<Item = &'k SourceClientKey>) -> BTreeSet<SourceClientKey> {
        keys.filter(|key| !self.named.contains_key(*key))
            .cloned()
            .collect()
    }

    async fn look_up(&mut self, unknown: BTreeSet<SourceClientKey>) -> Result<(), IntakeError> {
        let unknown: Vec<SourceClientKey> = unknown.into_iter().collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let found = self.store.holders_of_keys(&self.source.id, &unknown).await?;
        for (key, holder) in unknown.into_iter().zip(found) {
            let named = holder.filter(|holder| holder.named).map(|holder| holder.client);
            self.taken.extend(named);
            if let Some(holder) = holder.filter(|holder| !holder.named) {
                // Not where another key of the source names that client by now, since two keys of one source are two people;
                // nor where they were merged into another, who is accounted for together with them.
                let keys = self.store.keys_from(holder.client, &self.source.id).await?;
                if keys.is_empty() && !self.store.was_merged(holder.client).await? {
                    self.once.insert(key.clone(), holder.client);
                }
            }
            self.named.insert(key, named);
        }
        Ok(())
    }

    /// For each key that is new, the one client of other sources that its row matches.
    async fn match_newcomers(
        &self,
        records: &[SourceRecord],
    ) -> Result<HashMap<SourceClientKey, ClientId>, IntakeError> {
        let newcomers: Vec<(&SourceClientKey, Particulars)> = records
            .iter()
            .filter_map(|record| match record {
                SourceRecord::Client { client, identity, .. }
                    if self.named.get(client).copied().flatten().is_none()
                        && !self.once.contains_key(client) =>
                {
                    Some((client, Particulars::of(identity)))
                }
                _ => None,
            })
            .collect();
        if newcomers.is_empty() {
            return Ok(HashMap::new());
        }
        let questions: Vec<_> = newcomers
            .iter()
            .map(|(_, particulars)| blocking(particulars))
            .collect();
        let answers = self.store.candidates(&questions, CANDIDATE_LIMIT).await?;
        Ok(newcomers
            .iter()
            .zip(answers)
            .filter_map(|((key, particulars), candidates)| {
                // Two keys of one source are two people: whom this source already names is nobody else.
                let own: HashSet<ClientId> = candidates
                    .iter()
                    .filter(|found| found.source == self.source.id)
                    .map(|found| found.client)
                    .collect();
                let candidates = candidates
                    .iter()
                    .filter(|found| !own.contains(&found.client))
                    .map(|found| (found.client, &found.identity));
                Some((
                    (*key).clone(),
                    match_one(particulars, candidates, self.thresholds)?,
                ))
            })
            .collect())
    }

    /// Which client a row's key stands for from now on.
    fn place(
        &mut self,
        key: &SourceClientKey,
        matched: Option<ClientId>,
        counts: &mut IntakeCounts,
    ) -> Result<Placed, IntakeError> {
        counts.clients += 1;
        if let Some(Some(id)) = self.named.get(key) {
            return Ok(Placed {
                id: *id,
                new: false,
                unnamed: false,
            });
        }
        let known = self.once.get(key).copied().or(matched);
        let placed = match known {
            Some(id) if self.taken.insert(id) => Placed {
                id,
                new: false,
                unnamed: true,
            },
            _ => Placed {
                id: ClientId::generate(self.clock, self.entropy)?,
                new: true,
                unnamed: true,
            },
        };
        self.taken.insert(placed.id);
        self.named.insert(key.clone(), Some(placed.id));
        Ok(placed)
    }

    fn add_elements(
        &self,
        client: ClientId,
        elements: Vec<LabelledElement>,
        batch: &mut StagedBatch,
        counts: &mut IntakeCounts,
    ) -> Result<(), IntakeError> {
        let mut barred = BTreeSet::new();
        for mut element in elements {
            let programme = self.source.programme_of(element.source_programme.as_deref());
            if element.regimes.contains(Regime::Vsp) || programme.is_some_and(Programme::is_victim_service) {
                counts.barred += 1;
                barred.insert(element.record);
                continue;
            }
            counts.elements += 1;
            counts.unknown_provenance += u64::from(programme.is_none());
            // What bound it when it was received goes on binding it, whatever the registry says later.
            if let Some(programme) = programme {
                element.regimes = element.regimes.union(programme.regimes);
            }
            batch.elements.push(StagedElement {
                id: ElementId::generate(self.clock, self.entropy)?,
                client,
                programme: programme.map(|programme| programme.id.clone()),
                element,
            });
        }
        // A record of which something is kept loses the rest by being said anew.
        if !barred.is_empty() {
            let staged = &batch.elements;
            barred.retain(|record| !staged.iter().any(|one| one.element.record == *record));
            take_back(barred, batch);
        }
        Ok(())
    }
}

/// Takes back records that now speak about somebody who is not on file, or about what must not be here: what they said
/// before is no longer what the source says.
fn take_back(records: BTreeSet<RecordKey>, batch: &mut StagedBatch) {
    batch
        .withdrawals
        .extend(records.into_iter().map(StagedWithdrawal::Record));
}

impl std::fmt::Debug for Intake<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[intake of {}]", self.ingest)
    }
}

struct Placed {
    id: ClientId,
    /// Nobody is on file under it.
    new: bool,
    /// The source's key does not name them yet, or no longer.
    unnamed: bool,
}

const fn key_of(record: &SourceRecord) -> &SourceClientKey {
    match record {
        SourceRecord::Client { client, .. }
        | SourceRecord::About { client, .. }
        | SourceRecord::Treating { client, .. }
        | SourceRecord::Withdrawn { client, .. } => client,
    }
}

/// The values under which a person is looked up, as the store wants them.
pub(crate) fn blocking(particulars: &Particulars) -> Vec<BlockingKey> {
    particulars
        .blocking_keys()
        .into_iter()
        .map(|key| BlockingKey {
            domain: key.domain,
            value: key.value,
        })
        .collect()
}

/// The one client among `candidates` who is the person in question, if exactly one is.
pub(crate) fn match_one<'c>(
    question: &Particulars,
    candidates: impl Iterator<Item = (ClientId, &'c ClientIdentity)>,
    thresholds: &Thresholds,
) -> Option<ClientId> {
    let candidates: Vec<_> = candidates
        .map(|(client, identity)| (client, Particulars::of(identity)))
        .collect();
    if candidates.len() > CANDIDATE_LIMIT {
        return None;
    }
    match find_one(question, &candidates, thresholds) {
        MatchOutcome::Unique { client, .. } => Some(client),
        MatchOutcome::Ambiguous | MatchOutcome::None => None,
    }
}

pub(crate) const MOST_CANDIDATES: usize = CANDIDATE_LIMIT;
