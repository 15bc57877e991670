//! Findings: each says which kind of damage was found and where, in words for someone who is no engineer.

use std::fmt;

use gateway_types::EventId;

use super::conduct::Conduct;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::leaf::LeafError;
use crate::note::NoteError;

/// A kind of damage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A file of the log is not there.
    FileMissing,
    /// A file of the log is there and cannot be read.
    FileUnreadable,
    /// The checkpoint is not one that the log's key signed.
    Checkpoint(CheckpointError),
    /// The log is smaller than the earlier checkpoint says it was.
    RolledBack {
        /// The size it had.
        earlier: u64,
    },
    /// The log does not begin with what the earlier checkpoint covers.
    Rewritten {
        /// The size that the earlier checkpoint covers.
        earlier: u64,
    },
    /// The earlier checkpoint is of another log.
    OtherLog,
    /// The entries and tiles agree, and the signed checkpoint says something else.
    RootDiffers,
    /// An entry was changed after it was recorded.
    EntryAltered,
    /// An entry, or several in a row, are gone.
    EntryMissing,
    /// An entry is in a place that belongs to another.
    EntryMoved {
        /// The number it was recorded under.
        belongs: u64,
    },
    /// There is an entry that was never recorded.
    EntryForeign,
    /// A file is cut off or its inner lengths are wrong.
    FileBroken,
    /// Hashes in a tile were changed.
    TileAltered {
        /// The first changed hash in the tile, from 0.
        first: u64,
        /// How many were changed.
        count: u64,
    },
    /// A recorded entry does not keep the format.
    NotAnEntry(LeafError),
    /// An entry is older than the one before it.
    TimeWentBack {
        /// By how many milliseconds.
        by_ms: u64,
    },
    /// A replica's running numbers skip: entries were dropped before they reached the log.
    NumbersMissing {
        /// The replica.
        replica: u32,
        /// The first missing number.
        first: u64,
        /// How many are missing.
        count: u64,
    },
    /// A replica's running number comes again or goes back.
    NumberRepeated {
        /// The replica.
        replica: u32,
        /// The number.
        number: u64,
    },
    /// The same event was begun twice.
    IntentRepeated,
    /// An outcome was recorded for a disclosure that is not open: never begun, or already closed.
    OutcomeWithoutIntent,
    /// Sealed content was changed.
    DetailAltered,
    /// Sealed content belongs to another entry.
    DetailMoved {
        /// The entry it belongs to.
        belongs: u64,
    },
    /// Sealed content is gone, and no erasure was recorded.
    DetailMissing,
    /// A disclosure is on no client's list.
    NotFiled,
    /// A disclosure is on one list twice.
    FiledTwice,
    /// Something is on a list that is no disclosure of its batch.
    FiledForeign {
        /// The entry that was filed.
        place: u64,
    },
    /// A list was begun a second time.
    ListRestarted,
    /// The root of the lists does not follow from what was filed.
    ListsRoot,
    /// What was filed is in no readable form.
    ListsUnreadable,
    /// The log does not end with the root of its lists.
    ListsNotClosed,
    /// The key of the lists' labels changed.
    LabelKeyChanged,
    /// Too few witnesses have cosigned.
    NotWitnessed {
        /// How many have.
        by: usize,
    },
    /// An entry bears a time after witnesses had cosigned it.
    TimeAfterWitness {
        /// By how many milliseconds.
        by_ms: u64,
    },
    /// An entry bears a time before witnesses cosigned a log that did not hold it.
    TimeBeforeWitness {
        /// By how many milliseconds.
        by_ms: u64,
    },
}

/// Where damage was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The log as a whole.
    Log,
    /// One file.
    File(String),
    /// One entry.
    Entry {
        /// Its number, from 0.
        index: u64,
        /// Its event, where the entry can still be trusted to say.
        event: Option<EventId>,
    },
    /// Entries in a row.
    Entries {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
}

impl Place {
    pub(super) const fn entry(index: u64) -> Self {
        Self::Entry { index, event: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Log => f.write_str("the log"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Entry { index, event: None } => write!(f, "entry {index}"),
            Self::Entry {
                index,
                event: Some(event),
            } => write!(f, "entry {index} (event {event})"),
            Self::Entries { first, last } => write!(f, "entries {first} to {last}"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub damage: Damage,
    /// Where.
    pub place: Place,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        match &self.damage {
            Damage::FileMissing => f.write_str("this part of the log is missing"),
            Damage::FileUnreadable => f.write_str("this part of the log is there but cannot be read"),
            Damage::Checkpoint(CheckpointError::Note(NoteError::NotSigned)) => {
                f.write_str("it is not signed with the key of this log; it proves nothing")
            }
            Damage::Checkpoint(CheckpointError::Note(NoteError::BadSignature)) => f.write_str(
                "its signature does not fit its words; it was changed after it was signed, or forged",
            ),
            Damage::Checkpoint(error) => write!(f, "it cannot be relied on: {error}"),
            Damage::RolledBack { earlier } => write!(
                f,
                "it holds fewer entries than the {earlier} it held when the earlier checkpoint was signed; \
                 entries recorded since were removed, or an old copy is being shown"
            ),
            Damage::Rewritten { earlier } => write!(
                f,
                "its first {earlier} entries are not the ones that the earlier checkpoint vouches for; history \
                 was rewritten and signed again"
            ),
            Damage::OtherLog => {
                f.write_str("the earlier checkpoint is of another log and cannot be compared")
            }
            Damage::RootDiffers => f.write_str(
                "its entries are not, taken together, the ones that the signed checkpoint vouches for",
            ),
            Damage::EntryAltered => f.write_str(
                "it was changed after it was recorded; it no longer has the fingerprint that the signed log \
                 holds for it",
            ),
            Damage::EntryMissing => f.write_str("recorded in the signed log, and gone from these files"),
            Damage::EntryMoved { belongs } => {
                write!(
                    f,
                    "what stands here was recorded as entry {belongs}; the order was changed"
                )
            }
            Damage::EntryForeign => {
                f.write_str("an entry stands here that was never recorded in the signed log")
            }
            Damage::FileBroken => f.write_str("it is cut off, or the lengths inside it are wrong"),
            Damage::TileAltered { first, count } => write!(
                f,
                "{count} of its fingerprints, from number {first} on, were changed; the entries themselves are \
                 as they were signed"
            ),
            Damage::NotAnEntry(error) => {
                write!(f, "it was recorded in a form the log does not allow ({error})")
            }
            Damage::TimeWentBack { by_ms } => write!(
                f,
                "it bears a time {by_ms} ms before that of the entry in front of it; times in the log never go back"
            ),
            Damage::NumbersMissing {
                replica,
                first,
                count,
            } => write!(
                f,
                "before it, {count} running number(s) of replica {replica} are missing, from {first} on; entries \
                 were dropped before they reached the log"
            ),
            Damage::NumberRepeated { replica, number } => write!(
                f,
                "running number {number} of replica {replica} comes again or goes back; entries were doubled or \
                 put in another order"
            ),
            Damage::IntentRepeated => f.write_str("the same disclosure was begun a second time"),
            Damage::OutcomeWithoutIntent => f.write_str(
                "an outcome was recorded for a disclosure that was never begun, or already had an outcome",
            ),
            Damage::DetailAltered => f.write_str("its sealed content was changed after it was recorded"),
            Damage::DetailMoved { belongs } => {
                write!(f, "the sealed content kept for it belongs to entry {belongs}")
            }
            Damage::DetailMissing => {
                f.write_str("its sealed content is gone, and no lawful erasure was recorded for it")
            }
            Damage::NotFiled => f.write_str(
                "this disclosure was filed on no client's list; it would be missing from every accounting",
            ),
            Damage::FiledTwice => f.write_str("this disclosure was filed twice on the same list"),
            Damage::FiledForeign { place } => write!(
                f,
                "it files entry {place}, which is no disclosure made since the root of the lists before it"
            ),
            Damage::ListRestarted => f.write_str(
                "it begins a list that was begun before; what stood on the list would be hidden",
            ),
            Damage::ListsRoot => f.write_str(
                "the root of the client lists does not follow from what was filed; a list was shortened, or \
                 changed in secret",
            ),
            Damage::ListsUnreadable => f.write_str("what it filed is not in a form that can be read"),
            Damage::ListsNotClosed => f.write_str(
                "it does not end with the root of its client lists; an older root could be shown for the newest",
            ),
            Damage::NotWitnessed { by } => write!(
                f,
                "{by} witness(es) of the policy have cosigned it, which is too few; the operator alone vouches for it"
            ),
            Damage::TimeAfterWitness { by_ms } => write!(
                f,
                "it bears a time {by_ms} ms after witnesses had cosigned it; the gateway's clock was ahead"
            ),
            Damage::TimeBeforeWitness { by_ms } => write!(
                f,
                "it bears a time {by_ms} ms before witnesses cosigned a log without it; it was back-dated, or the \
                 gateway's clock was behind"
            ),
            Damage::LabelKeyChanged => f.write_str(
                "the key of the client lists is another than before; a client could be given a second list",
            ),
        }
    }
}

/// More findings than this are counted, not kept.
const KEPT: usize = 1000;

/// Findings as they are made.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: Vec<Finding>,
    more: u64,
}

impl Findings {
    pub(super) fn add(&mut self, damage: Damage, place: Place) {
        if self.kept.len() < KEPT {
            self.kept.push(Finding { damage, place });
        } else {
            self.more += 1;
        }
    }
}

/// What the verifier found.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The checkpoint that was checked against, if one could be read. Only to be relied on if there is no finding
    /// about it.
    pub checkpoint: Option<Checkpoint>,
    /// How many entries were read and hashed.
    pub entries: u64,
    /// How many entries' sealed content was compared with its digest; `None` if it was not handed over.
    pub details: Option<u64>,
    /// How many entries' content was lawfully erased.
    pub erased: u64,
    /// How many client lists there are, if the log keeps them and they could be followed to the end. `None` too if the
    /// sealed content was not handed over.
    pub lists: Option<u64>,
    /// Disclosures begun and without a recorded outcome, as (entry, event). They count as disclosed.
    pub open_intents: Vec<(u64, EventId)>,
    /// What is wrong. Empty: the log is as it was signed.
    pub findings: Vec<Finding>,
    /// How many more findings there were than are kept.
    pub further_findings: u64,
}

impl Verification {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) fn unreadable(findings: Findings) -> Self {
        Self {
            checkpoint: None,
            entries: 0,
            details: None,
            erased: 0,
            lists: None,
            open_intents: Vec::new(),
            findings: findings.kept,
            further_findings: findings.more,
        }
    }

    pub(super) fn of(checkpoint: Checkpoint, entries: u64, conduct: Conduct, findings: Findings) -> Self {
        Self {
            checkpoint: Some(checkpoint),
            entries,
            details: conduct.details,
            erased: conduct.erased,
            lists: conduct.lists(),
            open_intents: conduct.open_intents(),
            findings: findings.kept,
            further_findings: findings.more,
        }
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.checkpoint {
            Some(checkpoint) => writeln!(
                f,
                "Log {}, {} entries by its checkpoint, {} read.",
                checkpoint.origin, checkpoint.head.size, self.entries
            )?,
            None => writeln!(f, "No checkpoint could be read; nothing else was checked.")?,
        }
        if let Some(details) = self.details {
            writeln!(
                f,
                "Sealed content of {details} entries compared, {} lawfully erased.",
                self.erased
            )?;
        } else if self.checkpoint.is_some() {
            writeln!(f, "The sealed content was not handed over and not checked.")?;
        }
        match self.lists {
            Some(lists) => writeln!(
                f,
                "Client lists: {lists}; every disclosure is on one, no line was taken off."
            )?,
            None => writeln!(
                f,
                "Client lists: none, or not followed to the end; completeness was not checked."
            )?,
        }
        if !self.open_intents.is_empty() {
            writeln!(
                f,
                "{} disclosures have no recorded outcome; they count as disclosed.",
                self.open_intents.len()
            )?;
        }
        if self.is_intact() {
            return write!(f, "Nothing was found wrong.");
        }
        for finding in &self.findings {
            writeln!(f, "- {finding}.")?;
        }
        if self.further_findings > 0 {
            writeln!(f, "- and {} more.", self.further_findings)?;
        }
        write!(f, "The log is NOT as it was signed.")
    }
}
