//! Reading the log: who saw a client's record, the newest checkpoint, the proof of an entry.
//!
//! An officer sees what concerns their own agency: disclosures from its records, and questions that it asked. Of an
//! answer with elements of several agencies they see their agency's part, because the rest may itself be protected
//! (a hospital must not learn from an accounting that a client is known to a Part 2 programme). Questions that were
//! answered with nothing are not listed: an agency that asked and got the neutral answer must not learn from its own
//! account that somebody is on file after all. Each look is recorded.

mod lines;
mod lists;
pub mod requested;
pub mod search;
mod signed;
pub mod suspensions;
pub mod views;

use gateway_audit::lists::CompletenessProof;
use gateway_audit::tree::TileSet;
use gateway_audit::{EntryKind, Proof};
use gateway_store::StoreError;
use gateway_types::vocabulary::{Basis, Category, Notice, PurposeOfUse, Response};
use gateway_types::{AgencyId, ClientId, EventId, StaffId, Timestamp, WordSet};
use serde::Serialize;

use self::lines::{Lines, OpenEntry, Seen};
pub(crate) use self::lists::lists_of;
use self::suspensions::Suspensions;
use self::views::{View, Whose};
use crate::completeness::Listed;
use crate::gateway::Gateway;
use crate::question::About;
use crate::requester::Officer;
use crate::sequencer::LogUnavailable;

/// One line of an account of disclosures.
#[derive(Clone, Debug, Serialize)]
pub struct AccountLine {
    /// The entry's number in the log.
    pub index: u64,
    /// The event, for its proof.
    pub event: EventId,
    /// When.
    pub at: Timestamp,
    /// The agency that received.
    pub recipient: Option<AgencyId>,
    /// The person who received.
    pub person: Option<StaffId>,
    /// Why.
    pub purpose: Option<PurposeOfUse>,
    /// What the recipient saw.
    pub response: Option<Response>,
    /// What was released of the officer's agency's records (of all, if the agency asked).
    pub categories: WordSet<Category>,
    /// On which grounds.
    pub bases: WordSet<Basis>,
    /// Notices that went along.
    pub notices: WordSet<Notice>,
    /// The agencies whose records these were, as far as the officer may know.
    pub sources: Vec<AgencyId>,
    /// How the sending ended: `sent` (handed over whole), `broken off`, or `unknown`, which counts as disclosed.
    pub outcome: &'static str,
    /// Until when it is left out of the accounting that the client gets (45 CFR 164.528(a)(2)). For the officer alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_until: Option<Timestamp>,
}

/// One request for a consent that was shown to the officer's agency.
#[derive(Clone, Debug, Serialize)]
pub struct RequestLine {
    /// The number in the log of the entry that it was shown.
    pub index: u64,
    /// That entry's event.
    pub event: EventId,
    /// When it was shown first.
    pub at: Timestamp,
    /// The agency that asked.
    pub asked_by: AgencyId,
    /// The person who asked.
    pub person: Option<StaffId>,
    /// Why.
    pub purpose: Option<PurposeOfUse>,
}

/// What an officer is told about one client.
#[derive(Clone, Debug)]
pub struct Account {
    /// When it was made.
    pub at: Timestamp,
    /// The disclosures in which the agency took part, oldest first.
    pub disclosures: Vec<AccountLine>,
    /// The requests for a consent that were shown to somebody of the agency, oldest first.
    pub requests: Vec<RequestLine>,
    /// That no disclosure of the agency's records is missing, but for such as may be suspended. Absent where the agency named
    /// the client by particulars and its records went to nobody: the number in it would tell who is on file elsewhere.
    pub proof: Option<CompletenessProof>,
    /// The same of each client whom the agency has merged into this one.
    pub merged: Vec<CompletenessProof>,
}

/// Why there is no account.
#[derive(Debug, thiserror::Error)]
pub enum NotAccounted {
    /// Store or log cannot be reached.
    #[error("the gateway cannot answer now")]
    Unavailable,
    /// A fault of ours, or an entry that does not open.
    #[error("the gateway failed")]
    Fault,
}

impl From<StoreError> for NotAccounted {
    fn from(error: StoreError) -> Self {
        crate::gateway::log_store_error(&error);
        match error {
            StoreError::Unavailable { .. } | StoreError::Conflict { .. } => Self::Unavailable,
            _ => Self::Fault,
        }
    }
}

impl From<LogUnavailable> for NotAccounted {
    fn from(_: LogUnavailable) -> Self {
        Self::Unavailable
    }
}

impl Gateway {
    /// The disclosures of one client in which the officer's agency took part, and the requests for a consent that it was
    /// shown. What the agency itself asked for is not listed: that it was shown to somebody would tell it who is on file.
    /// With a view, what the client is given: only what that accounting of the agency's own records lists, without what is
    /// suspended, and no requests.
    ///
    /// # Errors
    /// [`NotAccounted`].
    pub async fn account(
        &self,
        officer: &Officer,
        about: &About,
        view: Option<View>,
    ) -> Result<Account, NotAccounted> {
        let (client, merged) = self.accounted_for(officer.agency(), about).await?;
        let now = self.now();
        let what = view.map_or_else(
            || "accounting".to_owned(),
            |view| format!("accounting under {}", view.rule()),
        );
        self.log_look_of(officer, client, &what, b"").await?;
        let mut account = Account {
            at: now,
            disclosures: Vec::new(),
            requests: Vec::new(),
            proof: None,
            merged: Vec::new(),
        };
        // Nobody, and somebody with no disclosure, look the same: an officer must not learn who is on file elsewhere.
        let Some(client) = client else {
            return Ok(account);
        };
        let mut suspended = Suspensions::default();
        let mut all = Vec::new();
        for client in std::iter::once(client).chain(merged) {
            let key = self.records().client_key(Some(client)).await?;
            // First where the lists stand, then the entries up to there: what is disclosed meanwhile is in the next account.
            let standing = self.where_lists_stand(&key, officer.agency()).await?;
            let mut entries = self.open_entries(client).await?;
            entries.retain(|entry| entry.stored.index < standing.size());
            suspended.read(&entries, officer.agency(), now)?;
            all.push((standing, entries));
        }
        let directory = self.directory();
        let seen = Seen {
            whose: Whose {
                agency: officer.agency(),
                registered: directory.agency(officer.agency()),
            },
            view,
            suspended: &suspended,
            now,
        };
        let known = matches!(about, About::OwnKey(_));
        for (at, (standing, entries)) in all.into_iter().enumerate() {
            let lines = Lines::of(&entries, &seen);
            account.disclosures.extend(lines.disclosures);
            account.requests.extend(lines.requests);
            if !known && !lines.own_went {
                continue;
            }
            let listed: Vec<Listed> = (entries.into_iter())
                .filter(|entry| entry.kind == EntryKind::Intent && entry.is_listed)
                .map(|entry| Listed {
                    place: entry.stored.index,
                    lists: lists_of(&entry.detail),
                    leaf: entry.stored.leaf,
                })
                .collect();
            let proof = self.completeness(standing, &listed).await?;
            if at == 0 {
                account.proof = Some(proof);
            } else {
                account.merged.push(proof);
            }
        }
        account.disclosures.sort_by_key(|line| line.index);
        account.requests.sort_by_key(|line| line.index);
        Ok(account)
    }

    /// Whose entries the account of a client is made of: their own, and those of clients whom the agency has merged into them
    /// since (45 CFR 164.528 is about a person, not a number). By a key of its own the agency finds also whom it took back.
    async fn accounted_for(
        &self,
        agency: &AgencyId,
        about: &About,
    ) -> Result<(Option<ClientId>, Vec<ClientId>), NotAccounted> {
        let (client, keys) = match about {
            About::OwnKey(key) => {
                let keys = vec![key.clone()];
                let holders = self.records().holders_of_keys(agency, &keys).await?;
                let holder = holders.into_iter().next().flatten();
                (holder.map(|holder| holder.client), keys)
            }
            About::Identity(_) => {
                let client = self.find_client(agency, about).await?;
                let keys = match client {
                    Some(client) => self.records().keys_from(client, agency).await?,
                    None => Vec::new(),
                };
                (client, keys)
            }
        };
        let mut merged = self.records().merged_into(agency, &keys).await?;
        merged.retain(|one| Some(*one) != client);
        Ok((client, merged))
    }

    /// The entries about a client, opened, oldest first.
    async fn open_entries(&self, client: ClientId) -> Result<Vec<OpenEntry>, NotAccounted> {
        let key = self.records().client_key(Some(client)).await?;
        let stored = self.audit().entries_of_client(client).await?;
        stored
            .into_iter()
            .map(|stored| OpenEntry::open(stored, &key))
            .collect()
    }

    /// The newest signed checkpoint; `None` while the log is empty.
    ///
    /// # Errors
    /// [`NotAccounted`].
    pub async fn checkpoint(&self) -> Result<Option<String>, NotAccounted> {
        Ok(self.audit().head().await?.map(|head| head.checkpoint))
    }

    /// A file of the public log, by its path below `tile/`.
    ///
    /// # Errors
    /// [`NotAccounted`].
    pub async fn log_file(&self, path: &str) -> Result<Option<Vec<u8>>, NotAccounted> {
        Ok(crate::tiles::file(self.audit(), path).await?)
    }

    /// The proof that the first entry of an event is in the log, as a file to be checked offline.
    ///
    /// # Errors
    /// [`NotAccounted`].
    pub async fn proof(&self, event: EventId) -> Result<Option<String>, NotAccounted> {
        let Some(entry) = self.audit().entries_of_event(event).await?.into_iter().next() else {
            return Ok(None);
        };
        let Some(head) = self.audit().head().await? else {
            return Ok(None);
        };
        let tiles = self.tiles_for([entry.index], head.size).await?;
        let proof = Proof::of_entry(entry.index, &entry.leaf, &head.checkpoint, &tiles).map_err(|error| {
            tracing::error!(%error, "a proof could not be made");
            NotAccounted::Fault
        })?;
        Ok(Some(proof.to_text()))
    }

    /// The tiles that prove these entries at this size; partial ones are made from what is stored.
    pub(crate) async fn tiles_for(
        &self,
        places: impl IntoIterator<Item = u64>,
        size: u64,
    ) -> Result<TileSet, NotAccounted> {
        use gateway_audit::tree::{inclusion_path, tiles_for};
        let mut tiles = std::collections::BTreeSet::new();
        for place in places {
            let path = inclusion_path(place, size).map_err(|_| NotAccounted::Fault)?;
            tiles.append(&mut tiles_for(&path, size));
        }
        let mut set = TileSet::default();
        for tile in tiles {
            let bytes = crate::tiles::read(self.audit(), tile).await?;
            set.insert(tile, &bytes).map_err(|_| NotAccounted::Fault)?;
        }
        Ok(set)
    }
}
