//! Tiles of the tree: full ones from the store, partial ones made on request from what lies below them.

use gateway_audit::tree::{TileId, leaf_hash, root_of};
use gateway_crypto::Digest;
use gateway_store::{AuditStore, StoreError};

/// The bytes of a tile.
///
/// # Errors
/// [`StoreError`]; [`StoreError::Inconsistent`] if something below it is missing.
pub async fn read(store: &dyn AuditStore, tile: TileId) -> Result<Vec<u8>, StoreError> {
    const MISSING: StoreError = StoreError::Inconsistent {
        table: "audit_tile",
        what: "a tile or entry is missing",
    };
    if tile.width == 256 {
        return Ok(store.tile(tile.level, tile.index).await?.ok_or(MISSING)?.hashes);
    }
    let first = tile.index * 256;
    let mut hashes: Vec<Digest> = Vec::with_capacity(usize::from(tile.width));
    if tile.level == 0 {
        let entries = store.entries(first, u32::from(tile.width)).await?;
        hashes.extend(entries.iter().map(|entry| leaf_hash(&entry.leaf)));
    } else {
        for index in first..first + u64::from(tile.width) {
            let below = TileId::full(tile.level - 1, index);
            let bytes = store.tile(below.level, below.index).await?.ok_or(MISSING)?.hashes;
            hashes.push(root_of(&below.hashes(&bytes).map_err(|_| MISSING)?));
        }
    }
    if hashes.len() != usize::from(tile.width) {
        return Err(MISSING);
    }
    Ok(hashes.iter().flat_map(|hash| *hash.as_bytes()).collect())
}
