//! Where the log stands: read from the store at a start and after a failure, and checked before anything is appended.

use gateway_audit::lists::Head;
use gateway_audit::tree::{Resume, leaf_hash};
use gateway_audit::{Checkpoint, EntryKind, Frontier, Label, Leaf, ListMap, LogSigner, Stamper, TreeHead};
use gateway_crypto::Digest;
use gateway_store::AuditStore;

use super::mark::HighWater;
use super::{LogKey, LogNotOpened, REPLICA};

/// How many list heads are read at once.
const LISTS: u32 = 4096;

/// Where the log stands: all that is needed to append.
pub(super) struct Edge {
    pub(super) frontier: Frontier,
    pub(super) signer: LogSigner,
    pub(super) stamper: Stamper,
    /// The root of the lists by the last entry; `None` if the log kept none so far.
    pub(super) lists: Option<Digest>,
}

fn damaged(error: &dyn std::fmt::Display) -> LogNotOpened {
    LogNotOpened::Damaged(error.to_string())
}

impl Edge {
    /// Reads the edge from the store and checks it against the signed head.
    pub(super) async fn read(store: &dyn AuditStore, key: &LogKey) -> Result<Self, LogNotOpened> {
        let Some(head) = store.head().await? else {
            let signer = LogSigner::new(key.signer()?, None);
            return Ok(Self {
                frontier: Frontier::new(),
                signer,
                stamper: Stamper::resume(REPLICA, 0, 0),
                lists: None,
            });
        };
        let signed = Checkpoint::open(&head.checkpoint, &key.verifier()?)
            .map_err(|error| damaged(&error))?
            .head;
        let stored = TreeHead {
            size: head.size,
            root: Digest::from_bytes(head.root),
        };
        if signed != stored {
            return Err(damaged(&"the stored head is not the signed one"));
        }
        let (frontier, last) = rebuild(store, signed).await?;
        let last = last.ok_or_else(|| damaged(&"the last entry is missing"))?;
        Ok(Self {
            frontier,
            signer: LogSigner::new(key.signer()?, Some(signed)),
            stamper: Stamper::resume(REPLICA, last.stamp.number, last.stamp.time_ms),
            lists: (last.kind == EntryKind::MapRoot).then_some(last.subject),
        })
    }

    /// Reads the lists and checks them against the root in the last entry.
    pub(super) async fn load_lists(&self, store: &dyn AuditStore) -> Result<ListMap, LogNotOpened> {
        let mut lists = Vec::new();
        let mut after = None;
        loop {
            let some = store.lists(after, LISTS).await?;
            let Some(last) = some.last() else { break };
            after = Some(last.label);
            lists.extend(some.iter().map(|list| {
                let digest = Digest::from_bytes;
                (Label(digest(list.label)), Head(digest(list.head)))
            }));
        }
        let map = ListMap::of(lists);
        let fits = match self.lists {
            Some(root) => map.root() == root,
            None => map.is_empty(),
        };
        if fits {
            Ok(map)
        } else {
            Err(damaged(&"the client lists are not those that were signed"))
        }
    }
}

/// The frontier of the tree with this head, and the last entry, from full tiles and the entries after them.
async fn rebuild(store: &dyn AuditStore, signed: TreeHead) -> Result<(Frontier, Option<Leaf>), LogNotOpened> {
    let resume = Resume::of(signed);
    let mut tiles = std::collections::BTreeMap::new();
    for tile in resume.tiles() {
        if let Some(stored) = store.tile(tile.level, tile.index).await? {
            tiles.insert((tile.level, tile.index), stored.hashes);
        }
    }
    // The last entry is wanted in any case.
    let tail = resume.tail();
    let wanted = tail.max(1).min(signed.size);
    let last = store
        .entries(signed.size - wanted, u32::try_from(wanted).unwrap_or(u32::MAX))
        .await?;
    let hashes = if tail == 0 {
        Vec::new()
    } else {
        last.iter().map(|entry| leaf_hash(&entry.leaf)).collect()
    };
    let frontier = resume
        .rebuild(hashes, |tile| tiles.get(&(tile.level, tile.index)).cloned())
        .map_err(|error| damaged(&error))?;
    let leaf = last
        .last()
        .map(|entry| Leaf::decode(&entry.leaf).map_err(|error| damaged(&error)));
    Ok((frontier, leaf.transpose()?))
}

/// Compares the log with the signer's own note of what it last signed.
pub(super) async fn check_mark(
    store: &dyn AuditStore,
    key: &LogKey,
    edge: &Edge,
    mark: &dyn HighWater,
) -> Result<(), LogNotOpened> {
    let unreadable = |error: &dyn std::fmt::Display| LogNotOpened::Mark(error.to_string());
    let Some(noted) = mark.read().map_err(|error| unreadable(&error))? else {
        return Ok(());
    };
    let noted = Checkpoint::open(&noted, &key.verifier()?)
        .map_err(|error| unreadable(&error))?
        .head;
    let held = edge.frontier.size();
    let rolled_back = LogNotOpened::RolledBack {
        signed: noted.size,
        held,
    };
    if noted.size > held {
        return Err(rolled_back);
    }
    // The log must still begin with what was noted: the tiles and entries of then give the root of then.
    match rebuild(store, noted).await {
        Ok(_) => Ok(()),
        Err(LogNotOpened::Damaged(_)) => Err(rolled_back),
        Err(error) => Err(error),
    }
}
