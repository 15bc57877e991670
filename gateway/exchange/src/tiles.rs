//! The log as files (C2SP tlog-tiles): full tiles from the store, partial ones made on request from what lies below them.

use gateway_audit::tree::{TILE_WIDTH, TileId, leaf_hash, parse_numbered, root_of};
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

/// The file of the public log at this path below `tile/`: a hash tile (`0/x001/067`), or a bundle of entries
/// (`entries/000.p/12`). `None` if there is no such file, or not yet.
///
/// # Errors
/// [`StoreError`].
pub async fn file(store: &dyn AuditStore, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let Some((level, numbered)) = path.split_once('/') else {
        return Ok(None);
    };
    let Some((index, width)) = parse_numbered(numbered) else {
        return Ok(None);
    };
    let size = store.head().await?.map_or(0, |head| head.size);
    if level == "entries" {
        return bundle(store, index, width, size).await;
    }
    // Deeper than any tree: 256 to the ninth is beyond 2^64. Written as one digit and nothing else.
    let Some(level) = level
        .parse::<u8>()
        .ok()
        .filter(|parsed| *parsed < 8 && level.len() == 1)
    else {
        return Ok(None);
    };
    let nodes = size >> (8 * u32::from(level));
    if !holds(nodes, index, width) {
        return Ok(None);
    }
    read(store, TileId { level, index, width }).await.map(Some)
}

/// Whether a row of `nodes` has so many from the beginning of part `index` on.
const fn holds(nodes: u64, index: u64, width: u16) -> bool {
    match index.checked_mul(TILE_WIDTH) {
        Some(first) => nodes >= first.saturating_add(width as u64),
        None => false,
    }
}

async fn bundle(
    store: &dyn AuditStore,
    index: u64,
    width: u16,
    size: u64,
) -> Result<Option<Vec<u8>>, StoreError> {
    if !holds(size, index, width) {
        return Ok(None);
    }
    let entries = store.entries(index * TILE_WIDTH, u32::from(width)).await?;
    let mut bytes = Vec::new();
    for entry in &entries {
        // Longer leaves are not taken into the log.
        let length = u16::try_from(entry.leaf.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&entry.leaf);
    }
    Ok((entries.len() == usize::from(width)).then_some(bytes))
}
