//! The gateway: the use cases over the ports, with clock and chance as parts like any other.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use gateway_audit::{ConsentEnded, Detail, Entry, EntryKind, SealedEntry};
use gateway_crypto::certificates::PeerCertificate;
use gateway_crypto::{Digest, Secret};
use gateway_linkage::Thresholds;
use gateway_store::{AuditStore, RecordStore, StoreError};
use gateway_types::registry::Agency;
use gateway_types::{Clock, Entropy, EventId, StaffId, Timestamp};

use crate::agreements::{Clearance, Current};
use crate::approval::Approvers;
use crate::canaries::Canaries;
use crate::directory::Directory;
use crate::ended::NotNotified;
use crate::ingest::{Imports, Lanes, Turns};
use crate::requester::{KnownOfficer, NotAuthenticated, Officer, Requester, Sender, TokenPolicy};
use crate::sequencer::{Appended, AuditLog, LogUnavailable};
use crate::spool::{SpoolLimits, SpoolRoom};
use crate::witness::{Quorum, WitnessOf, Witnessing};

/// What the gateway is told once, at start.
#[derive(Debug)]
pub struct Settings {
    /// How tokens are checked.
    pub tokens: TokenPolicy,
    /// Compliance officers, until they have a console.
    pub officers: Vec<KnownOfficer>,
    /// The folder in which pushes wait, sealed, while they are read.
    pub spool: PathBuf,
    /// How much room they may take there together.
    pub spool_limits: SpoolLimits,
    /// The largest push taken, in bytes.
    pub import_bytes: u64,
    /// How long one client pushed as JSON waits for a push of the same agency that is running.
    pub turn_patience: std::time::Duration,
    /// How sure linkage has to be.
    pub thresholds: Thresholds,
    /// How the columns of an agency's calls for service are named, by agency.
    pub call_columns: std::collections::BTreeMap<gateway_types::AgencyId, String>,
    /// As whom it cosigns other agencies' logs; `None`: none.
    pub witness_of: Option<WitnessOf>,
    /// Who cosigns its own log; `None`: nobody is asked.
    pub quorum: Option<Quorum>,
}

/// The parts a gateway is made of.
pub struct Parts {
    /// Where records are kept.
    pub records: Arc<dyn RecordStore>,
    /// Where the log is kept.
    pub audit: Arc<dyn AuditStore>,
    /// The log, open.
    pub log: AuditLog,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Who may approve agreements.
    pub approvers: Approvers,
    /// What else it is told.
    pub settings: Settings,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("log", &self.log)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A gateway at work.
pub struct Gateway {
    parts: Parts,
    directory: RwLock<Arc<Directory>>,
    imports: Imports,
    turns: Turns,
    form_turns: Turns,
    owing: tokio::sync::Mutex<()>,
    lanes: Lanes,
    agreements: Current,
    clearance: Option<Clearance>,
    spool_room: Arc<SpoolRoom>,
    canaries: Canaries,
    witnessing: Witnessing,
    /// Whoever works on notices that consents ended.
    notices: tokio::sync::Mutex<()>,
    /// How many people are on file, for linkage.
    people: AtomicU64,
    /// When the stores last answered.
    reached: Mutex<Option<Timestamp>>,
}

impl Gateway {
    /// Puts a gateway together and reads the registry. No agreement is in force until they are taken up.
    ///
    /// # Errors
    /// [`StoreError`], or that the log cannot be written.
    pub async fn start(parts: Parts) -> Result<Self, NotStarted> {
        let directory = Directory::read(&*parts.records, None).await?;
        let spool_room = SpoolRoom::new(parts.settings.spool.clone(), parts.settings.spool_limits);
        let people = AtomicU64::new(parts.records.count_clients().await?);
        Ok(Self {
            parts,
            people,
            directory: RwLock::new(Arc::new(directory)),
            imports: Imports::default(),
            turns: Turns::default(),
            form_turns: Turns::default(),
            owing: tokio::sync::Mutex::default(),
            lanes: Lanes::default(),
            agreements: Current::none(),
            clearance: None,
            spool_room,
            canaries: Canaries::default(),
            witnessing: Witnessing::default(),
            notices: tokio::sync::Mutex::default(),
            reached: Mutex::default(),
        })
    }

    /// The same gateway, asking before any set of agreements comes into force whether it may.
    #[must_use]
    pub fn cleared_by(mut self, clearance: Clearance) -> Self {
        self.clearance = Some(clearance);
        self
    }

    pub(crate) fn clearance(&self) -> Option<Clearance> {
        self.clearance.clone()
    }

    /// Clears up after the last stop: undoes pushes that were cut off, closes disclosures whose outcome is not known.
    /// Only for the one process that serves: what another process is just doing would look cut off.
    ///
    /// # Errors
    /// [`NotStarted`], if store or log fail.
    pub async fn recover(&self) -> Result<(), NotStarted> {
        let cut_off = self.records().sweep_unfinished(self.now()).await?;
        if cut_off > 0 {
            tracing::warn!(cut_off, "imports that were running at the last stop were undone");
        }
        // A registration that came while it was stopped.
        self.reread_registry().await?;
        self.close_open_intents().await?;
        self.make_owed_entries().await;
        self.recall_splits().await?;
        // Steps whose notices were not filed before the stop.
        if self.file_notices().await.is_err() {
            tracing::warn!("notices that a consent ended could not be filed; it is tried again");
        }
        Ok(())
    }

    /// Enters or changes the registration of an agency and puts it in force.
    ///
    /// # Errors
    /// [`NotStarted`], if store or log fail.
    pub async fn enter_agency(&self, agency: &Agency, by: &[StaffId]) -> Result<u32, NotStarted> {
        let now = self.now();
        let before = self.directory();
        let same = before.agency(&agency.id).is_some_and(|known| known == agency);
        let entered = self.records().enter_agency(agency, now, by).await?;
        if !same {
            let mut detail = Detail::at(now);
            detail.registry = Some(format!("{}@{}", agency.id, entered.version));
            let people: Vec<_> = by.iter().map(StaffId::as_str).collect();
            detail.note = Some(format!("entered and approved by {}", people.join(" and ")).into());
            let content = serde_json::to_vec(agency).unwrap_or_default();
            self.log_new_event(
                EntryKind::RegistryChange,
                &self.records().client_key(None).await?,
                detail,
                &content,
            )
            .await?;
        }
        self.reread_registry().await?;
        Ok(entered.version)
    }

    /// Reads the registry anew, for changes that another process entered.
    ///
    /// # Errors
    /// [`StoreError`]; the registry known so far then stays in force.
    pub async fn reread_registry(&self) -> Result<(), StoreError> {
        self.take_up_registry().await
    }

    pub(crate) fn put_directory(&self, directory: Arc<Directory>) {
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = directory;
    }

    /// Accepts an agency by its certificate.
    ///
    /// # Errors
    /// [`NotAuthenticated`].
    pub fn authenticate_sender(
        &self,
        certificate: Option<&PeerCertificate>,
    ) -> Result<Sender, NotAuthenticated> {
        Sender::authenticate(&self.directory(), certificate, self.now())
    }

    /// Accepts a person by certificate and token.
    ///
    /// # Errors
    /// [`NotAuthenticated`].
    pub fn authenticate(
        &self,
        certificate: Option<&PeerCertificate>,
        token: Option<&str>,
    ) -> Result<Requester, NotAuthenticated> {
        Requester::authenticate(
            &self.directory(),
            certificate,
            token,
            &self.parts.settings.tokens,
            self.now(),
        )
    }

    /// Accepts a compliance officer by their token.
    ///
    /// # Errors
    /// [`NotAuthenticated`].
    pub fn authenticate_officer(&self, token: Option<&str>) -> Result<Officer, NotAuthenticated> {
        Officer::authenticate(
            &self.parts.settings.officers,
            token,
            &self.parts.settings.tokens,
            self.now(),
        )
    }

    /// What is not well, in fixed words; empty if all is.
    #[must_use]
    pub fn troubles(&self) -> Vec<&'static str> {
        let mut troubles = self.obstacles();
        troubles.extend(self.canaries.troubles());
        troubles.extend(self.witness_troubles());
        troubles
    }

    /// Whether nothing may be released, whatever is decided.
    pub(crate) fn bars_release(&self) -> bool {
        self.canaries.bar_release() || self.quorum_overdue()
    }

    /// What stops it from releasing anything, in fixed words; empty if nothing does.
    #[must_use]
    pub fn obstacles(&self) -> Vec<&'static str> {
        let mut obstacles = Vec::new();
        if !self.parts.log.is_well() {
            obstacles.push("the audit log cannot be written: nothing is released");
        }
        if self.canaries.bar_release() {
            obstacles.push("the canary that must never be released was: nothing is released");
        }
        if self.quorum_overdue() {
            obstacles.push(
                "the audit log has gone without its quorum of witnesses for too long: nothing is released",
            );
        }
        obstacles
    }

    /// Which stores do not answer, in fixed words. Whoever asks often does not burden them: an answer counts for a
    /// second.
    pub async fn unreachable_stores(&self) -> Vec<&'static str> {
        let now = self.now();
        let reached = *self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        if reached.is_some_and(|at| (0..1_000_000).contains(&(now.as_micros() - at.as_micros()))) {
            return Vec::new();
        }
        let mut troubles = Vec::new();
        // One row by its key.
        if self.records().client_key(None).await.is_err() {
            troubles.push("the record store does not answer");
        }
        if self.parts.audit.head().await.is_err() {
            troubles.push("the audit store does not answer");
        }
        if troubles.is_empty() {
            *self.reached.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
        troubles
    }

    /// The registry in force.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The key that checks the log's checkpoints, in C2SP form.
    #[must_use]
    pub fn log_key(&self) -> String {
        self.parts.log.verifier().to_string()
    }

    /// How many clients are on file.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_clients(&self) -> Result<u64, StoreError> {
        self.records().count_clients().await
    }

    pub(crate) fn records(&self) -> &dyn RecordStore {
        &*self.parts.records
    }

    pub(crate) fn shared_records(&self) -> Arc<dyn RecordStore> {
        Arc::clone(&self.parts.records)
    }

    pub(crate) fn audit(&self) -> &dyn AuditStore {
        &*self.parts.audit
    }

    pub(crate) const fn current_agreements(&self) -> &Current {
        &self.agreements
    }

    pub(crate) const fn approvers(&self) -> &Approvers {
        &self.parts.approvers
    }

    pub(crate) const fn witnessing(&self) -> &Witnessing {
        &self.witnessing
    }

    pub(crate) const fn canaries(&self) -> &Canaries {
        &self.canaries
    }

    pub(crate) const fn settings(&self) -> &Settings {
        &self.parts.settings
    }

    pub(crate) const fn imports(&self) -> &Imports {
        &self.imports
    }

    /// Held by whoever makes an entry that is owed.
    pub(crate) const fn owing(&self) -> &tokio::sync::Mutex<()> {
        &self.owing
    }

    /// Whose file of forms is being taken in.
    pub(crate) const fn form_turns(&self) -> &Turns {
        &self.form_turns
    }

    pub(crate) const fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    pub(crate) const fn turns(&self) -> &Turns {
        &self.turns
    }

    pub(crate) const fn spool_room(&self) -> &Arc<SpoolRoom> {
        &self.spool_room
    }

    /// How sure linkage has to be among the people now on file.
    pub(crate) fn thresholds(&self) -> Thresholds {
        self.parts
            .settings
            .thresholds
            .among(self.people.load(Ordering::Relaxed))
    }

    /// Removes for good what sources said before and have superseded or taken back more than so many days ago. What a
    /// disclosure rested on stays sealed beside its entry.
    pub async fn remove_superseded(&self, days: u32) {
        let before = self.now().plus_seconds(-i64::from(days).saturating_mul(86_400));
        match self.records().remove_superseded(before).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, days, "what sources superseded has been removed"),
            Err(error) => log_store_error(&error),
        }
    }

    /// Counts the people on file, whom linkage has to tell apart. If the store does not answer, the count known so far
    /// stands.
    pub(crate) async fn count_people(&self) {
        if let Ok(people) = self.records().count_clients().await {
            self.people.store(people, Ordering::Relaxed);
        }
    }

    pub(crate) const fn notices_turn(&self) -> &tokio::sync::Mutex<()> {
        &self.notices
    }

    /// A notice, signed by the log's key.
    pub(crate) fn sign_notice(&self, notice: &ConsentEnded) -> Result<String, NotNotified> {
        self.parts.log.sign_notice(notice).map_err(|error| {
            tracing::error!(%error, "a notice could not be signed");
            NotNotified::Fault
        })
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.parts.clock
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.parts.entropy
    }

    pub(crate) fn shared_entropy(&self) -> Arc<dyn Entropy> {
        Arc::clone(&self.parts.entropy)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    pub(crate) fn new_event(&self) -> Result<EventId, LogUnavailable> {
        EventId::generate(self.entropy()).map_err(|_| LogUnavailable)
    }

    /// Records something that happened, under a new event id.
    pub(crate) async fn log_new_event(
        &self,
        kind: EntryKind,
        key: &Secret,
        detail: Detail,
        facts: &[u8],
    ) -> Result<(EventId, Appended), LogUnavailable> {
        let event = self.new_event()?;
        let appended = self.log_event(kind, event, key, &detail, facts).await?;
        Ok((event, appended))
    }

    /// Records something under a given event id, and under what is in force now.
    pub(crate) async fn log_event(
        &self,
        kind: EntryKind,
        event: EventId,
        key: &Secret,
        detail: &Detail,
        facts: &[u8],
    ) -> Result<Appended, LogUnavailable> {
        let policy = self.in_force().policy();
        self.log_event_under(policy, kind, event, key, detail, facts)
            .await
    }

    /// Records something under rules and agreements that may have been replaced since it was decided.
    pub(crate) async fn log_event_under(
        &self,
        policy: Digest,
        kind: EntryKind,
        event: EventId,
        key: &Secret,
        detail: &Detail,
        facts: &[u8],
    ) -> Result<Appended, LogUnavailable> {
        let sealed = self.seal(
            &Entry {
                kind,
                event,
                detail,
                facts,
                policy,
                labels: &[],
            },
            key,
        )?;
        self.parts.log.append(sealed, detail.client).await
    }

    /// An entry, sealed.
    pub(crate) fn seal(&self, entry: &Entry<'_>, key: &Secret) -> Result<SealedEntry, LogUnavailable> {
        gateway_audit::seal_entry(entry, key, self.entropy()).map_err(|error| {
            tracing::error!(%error, "an audit entry could not be sealed");
            LogUnavailable
        })
    }

    /// The log.
    pub(crate) const fn log(&self) -> &AuditLog {
        &self.parts.log
    }

    /// Intents that have no completion when the gateway starts were cut off: they count as disclosed.
    async fn close_open_intents(&self) -> Result<(), NotStarted> {
        loop {
            let open = self.audit().open_intents(256).await?;
            if open.is_empty() {
                return Ok(());
            }
            tracing::warn!(
                count = open.len(),
                "disclosures were cut off at the last stop; they count as made"
            );
            let key = self.records().client_key(None).await?;
            for intent in open {
                let mut detail = Detail::at(self.now());
                detail.outcome = Some(gateway_audit::detail::Outcome::Unknown);
                self.log_event(EntryKind::Recovery, intent.event, &key, &detail, b"")
                    .await?;
            }
        }
    }
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[gateway with {:?}]", self.parts.log)
    }
}

/// Why the gateway did not start, or could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log cannot be written.
    #[error(transparent)]
    Log(#[from] LogUnavailable),
}

/// Logs a store's failure with its cause, which names tables and states but no values.
pub(crate) fn log_store_error(error: &StoreError) {
    tracing::error!(%error, "the store failed");
}
