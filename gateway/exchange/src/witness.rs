//! Witnesses: this gateway cosigns the logs of other agencies' gateways, and has its own cosigned by theirs.
//!
//! Whoever holds a log's key can write another history and sign it. Not so that nobody notices, if others have cosigned the
//! first: a witness never signs a checkpoint that does not go on from the last it saw, and keeps two that cannot both be
//! true as evidence.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use gateway_audit::tree::{TileSet, consistency_path, tiles_for};
use gateway_audit::witness::{AddCheckpoint, WitnessAnswer, add_checkpoint};
use gateway_audit::{Checkpoint, Cosigner, TrustPolicy, VerifierKey, WitnessKey, unsigned_text};
use gateway_store::{SplitView, StoreError};
use gateway_types::Timestamp;

use crate::gateway::Gateway;

/// How often a request is tried again because another for the same log came between.
const TRIES: usize = 4;

/// As whom this gateway cosigns, and which logs.
#[derive(Debug)]
pub struct WitnessOf {
    /// Its key as a witness.
    pub cosigner: Cosigner,
    /// The keys of the logs.
    pub logs: Vec<VerifierKey>,
}

/// What a witness says to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WitnessReply {
    /// The cosignature line.
    Cosigned(String),
    /// Not a request.
    Malformed,
    /// Not the log's signature.
    NotSigned,
    /// A log that is not witnessed here.
    UnknownLog,
    /// It holds this size.
    Holds(u64),
    /// The proof does not hold.
    NotConsistent,
}

/// A witness of ours, as the line to it is used.
#[async_trait::async_trait]
pub trait WitnessLine: Send + Sync {
    /// The witness's key.
    fn key(&self) -> &WitnessKey;

    /// Sends the body of an `add-checkpoint` request; status and body of the answer.
    ///
    /// # Errors
    /// Why there was no answer.
    async fn add_checkpoint(&self, body: String) -> Result<(u16, String), String>;
}

/// Who is to cosign this gateway's log, and what follows if too few do.
#[derive(Debug)]
pub struct Quorum {
    /// The witnesses, and how many of them it takes.
    pub policy: TrustPolicy,
    /// After so many minutes without a quorum nothing is released any more; `None`: never on that ground.
    pub stop_after_minutes: Option<u32>,
}

/// What is known of being witnessed.
#[derive(Debug, Default)]
pub(crate) struct Witnessing {
    /// By witness's name, the size it is known to hold.
    sizes: Mutex<BTreeMap<String, u64>>,
    /// A witness has seen more of this log than there is, or another history.
    rolled_back: AtomicBool,
    /// A log that is witnessed here showed two histories.
    split_seen: AtomicBool,
    /// When the quorum last cosigned; at first, when that was first asked.
    quorum_at: Mutex<Option<Timestamp>>,
}

impl Gateway {
    /// Answers a request to cosign. The new checkpoint is held before the cosignature is given out.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was cosigned.
    pub async fn cosign(&self, body: &str) -> Result<WitnessReply, StoreError> {
        let Some(request) = AddCheckpoint::parse(body) else {
            return Ok(WitnessReply::Malformed);
        };
        let Some(of) = &self.settings().witness_of else {
            return Ok(WitnessReply::UnknownLog);
        };
        let origin = request.origin().unwrap_or_default();
        let Some(log) = of.logs.iter().find(|log| log.name() == origin) else {
            return Ok(WitnessReply::UnknownLog);
        };
        for _ in 0..TRIES {
            let held = self.audit().held_checkpoint(origin).await?;
            let now = self.now();
            match add_checkpoint(&request, log, held.as_deref(), &of.cosigner, now) {
                WitnessAnswer::Cosigned(line) => {
                    let new = &request.checkpoint;
                    // Anybody may show the same again; only news is written, for every write waits for the disk.
                    if held.as_deref().is_some_and(|held| same_text(held, new)) {
                        return Ok(WitnessReply::Cosigned(line));
                    }
                    if self.audit().hold_checkpoint(origin, held.as_deref(), new).await? {
                        return Ok(WitnessReply::Cosigned(line));
                    }
                }
                WitnessAnswer::Malformed => return Ok(WitnessReply::Malformed),
                WitnessAnswer::NotSigned => return Ok(WitnessReply::NotSigned),
                WitnessAnswer::Holds(size) => return Ok(WitnessReply::Holds(size)),
                // By itself no evidence: anybody can send a wrong proof with a right checkpoint.
                WitnessAnswer::NotConsistent { .. } => {
                    tracing::warn!(
                        origin,
                        "a checkpoint that does not go on from the one held was not cosigned"
                    );
                    return Ok(WitnessReply::NotConsistent);
                }
                WitnessAnswer::Split { held } => {
                    tracing::error!(origin, "a witnessed log has signed two histories");
                    self.witnessing().split_seen.store(true, Ordering::Release);
                    let size = Checkpoint::open(&held, log).map_or(0, |held| held.head.size);
                    let split = SplitView {
                        origin: origin.to_owned(),
                        held,
                        shown: request.checkpoint.clone(),
                        at: now,
                    };
                    self.audit().keep_split(&split).await?;
                    return Ok(WitnessReply::Holds(size));
                }
            }
        }
        Err(StoreError::Conflict {
            what: "the checkpoint held of a log",
        })
    }

    /// Takes note, at the start, of what is on file: evidence stays a concern until somebody has looked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recall_splits(&self) -> Result<(), StoreError> {
        let seen = !self.audit().splits().await?.is_empty();
        self.witnessing().split_seen.store(seen, Ordering::Release);
        Ok(())
    }

    /// The newest checkpoint of this log with cosignatures, if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn witnessed_checkpoint(&self) -> Result<Option<String>, StoreError> {
        self.audit().witnessed().await
    }

    /// Shows the newest checkpoint to the witnesses and keeps it with the cosignatures it got. Whether they are enough.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn be_witnessed(&self, lines: &[Box<dyn WitnessLine>]) -> Result<bool, StoreError> {
        let now = self.now();
        let begun = || *self.witnessing().quorum_at().get_or_insert(now);
        begun();
        let Some(head) = self.audit().head().await? else {
            return Ok(true);
        };
        let mut cosigned = head.checkpoint.clone();
        for line in lines {
            if let Some(signature) = self.ask_witness(&**line, &head.checkpoint, head.size).await? {
                cosigned.push_str(&signature);
            }
        }
        if cosigned == head.checkpoint {
            return Ok(false);
        }
        let met = |note: &str| {
            let quorum = self.settings().quorum.as_ref();
            quorum.is_none_or(|quorum| quorum.policy.judge(note, None).is_ok_and(|judged| judged.met))
        };
        let enough = met(&cosigned);
        if enough {
            *self.witnessing().quorum_at() = Some(now);
        }
        // A witness that is away for a moment must not cost the checkpoint that enough have vouched for.
        if enough || !self.audit().witnessed().await?.is_some_and(|kept| met(&kept)) {
            self.audit().keep_witnessed(&cosigned).await?;
        }
        Ok(enough)
    }

    /// One witness's cosignature line, checked; `None` if it gave none.
    async fn ask_witness(
        &self,
        line: &dyn WitnessLine,
        checkpoint: &str,
        size: u64,
    ) -> Result<Option<String>, StoreError> {
        let name = line.key().name();
        // Twice: a witness that holds another size says which.
        for _ in 0..2 {
            let old = self.witnessing().size_of(name);
            let request = self.request_from(old, checkpoint, size).await?;
            match line.add_checkpoint(request.to_text()).await {
                Ok((200, lines)) => {
                    let own = line.key().own_lines(&format!("{checkpoint}{lines}"));
                    let Some(own) = own.ok().filter(|own| !own.is_empty()) else {
                        tracing::warn!(witness = name, "a witness's cosignature does not hold");
                        return Ok(None);
                    };
                    self.witnessing().note_size(name, size);
                    return Ok(Some(own));
                }
                Ok((409, holds)) => {
                    let Ok(holds) = holds.trim().parse::<u64>() else {
                        tracing::warn!(witness = name, "a witness did not say what it holds");
                        return Ok(None);
                    };
                    // More than there is; or the size that we proved from, and yet no: another tree of it.
                    if holds > size || holds == old {
                        self.witnessing().found_rolled_back(name);
                        return Ok(None);
                    }
                    self.witnessing().note_size(name, holds);
                }
                Ok((422, _)) => {
                    // What we prove is what we hold. The witness saw something else.
                    self.witnessing().found_rolled_back(name);
                    return Ok(None);
                }
                Ok((status, _)) => {
                    tracing::warn!(witness = name, status, "a witness did not cosign");
                    return Ok(None);
                }
                Err(error) => {
                    tracing::warn!(witness = name, error, "a witness was not reached");
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    async fn request_from(&self, old: u64, checkpoint: &str, size: u64) -> Result<AddCheckpoint, StoreError> {
        const MISSING: StoreError = StoreError::Inconsistent {
            table: "audit_tiles",
            what: "a tile that a proof needs is missing",
        };
        let mut tiles = TileSet::default();
        if old > 0 && old < size {
            let path = consistency_path(old, size).map_err(|_| MISSING)?;
            for tile in tiles_for(&path, size) {
                let bytes = crate::tiles::read(self.audit(), tile).await?;
                tiles.insert(tile, &bytes).map_err(|_| MISSING)?;
            }
        }
        AddCheckpoint::make(old.min(size), checkpoint, size, &tiles).map_err(|_| MISSING)
    }

    /// What is not well, in fixed words. A witness alone stops nothing: its word is no proof, and one that errs or lies must
    /// not keep a crisis worker from an answer. That it does not cosign counts against the quorum.
    pub(crate) fn witness_troubles(&self) -> Option<&'static str> {
        let seen = self.witnessing().rolled_back.load(Ordering::Acquire);
        seen.then_some("a witness says it has seen another history of the audit log, or more of it")
    }

    /// Whether the log has gone without its quorum for longer than the operator lets it.
    pub(crate) fn quorum_overdue(&self) -> bool {
        let Some(minutes) = self
            .settings()
            .quorum
            .as_ref()
            .and_then(|quorum| quorum.stop_after_minutes)
        else {
            return false;
        };
        let last = *self.witnessing().quorum_at();
        last.is_some_and(|last| self.now() > last.plus_seconds(i64::from(minutes) * 60))
    }

    /// What needs somebody's look, in fixed words.
    pub(crate) fn witness_concerns(&self) -> Option<&'static str> {
        let seen = self.witnessing().split_seen.load(Ordering::Acquire);
        seen.then_some(
            "a log that this gateway witnesses has signed two histories: see `assent audit splits`",
        )
    }
}

/// Whether two notes say the same, whoever signed them.
fn same_text(one: &str, other: &str) -> bool {
    unsigned_text(one).is_ok_and(|text| unsigned_text(other) == Ok(text))
}

impl Witnessing {
    fn size_of(&self, name: &str) -> u64 {
        let sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.get(name).copied().unwrap_or(0)
    }

    fn note_size(&self, name: &str, size: u64) {
        let mut sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.insert(name.to_owned(), size);
    }

    fn found_rolled_back(&self, witness: &str) {
        tracing::error!(
            witness,
            "a witness has seen another history of the audit log, or more of it"
        );
        self.rolled_back.store(true, Ordering::Release);
    }

    fn quorum_at(&self) -> std::sync::MutexGuard<'_, Option<Timestamp>> {
        self.quorum_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
