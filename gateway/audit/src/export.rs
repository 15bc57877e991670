//! The folder that an auditor is given: the whole log, checkable without us.
//!
//! ```text
//! checkpoint                   the signed checkpoint                         C2SP tlog-checkpoint, signed-note
//! checkpoint.witnessed         one of before, with cosignatures              C2SP tlog-cosignature
//! tile/L/N  tile/L/N.p/W       the hash tiles, level L from 0                C2SP tlog-tiles
//! tile/entries/N[.p/W]         the entries, 256 to a bundle                  C2SP tlog-tiles
//! details/N[.p/W]              the sealed parts of the same entries          ours, below
//! ```
//!
//! N counts bundles from 0 in groups of three digits, all but the last led by `x` (`x001/x234/067`); the last,
//! incomplete one has `.p/W` behind it, W being how many it holds. An entry bundle is, for each entry, its length
//! (two bytes, big-endian) and its bytes ([`crate::leaf`] says what they mean).
//!
//! A details bundle is, for each entry of the entry bundle with the same N and in the same order:
//!
//! ```text
//! 00                                   nothing: erased (an erasure entry with the same event id must follow), or
//! 01  LEN detail  LEN facts  LEN key   LEN: four bytes, big-endian; then so many bytes
//! ```
//!
//! `detail` and `facts` are the sealed parts; SHA-256(len || detail || len || facts), with lengths of *eight* bytes,
//! is field 9 of the leaf, so that every stored byte of them can be checked without any key. `key` is the entry's
//! secret under the client's key; it is empty in an export that must not be readable, and not covered by the leaf,
//! because clients' keys are renewed. [`crate::seal`] says how all three are opened and checked.
//!
//! A log without entries is its checkpoint alone. The log's public key is not part of the folder: whoever checks it
//! has the key from elsewhere, or has checked nothing.

use std::collections::BTreeMap;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::seal::Ciphertexts;
use crate::tree::{Frontier, FullTile, TILE_WIDTH, TreeHead, concatenate, leaf_hash, numbered_path};

/// Path of the signed checkpoint.
pub const CHECKPOINT: &str = "checkpoint";

/// Path of the newest checkpoint with the cosignatures of witnesses, if there is one.
pub const WITNESSED: &str = "checkpoint.witnessed";

/// Path of the entry bundle `index` that holds `width` entries.
#[must_use]
pub fn entries_path(index: u64, width: u16) -> String {
    numbered_path("tile/entries", index, width)
}

/// Path of the details bundle `index` that holds the parts of `width` entries.
#[must_use]
pub fn details_path(index: u64, width: u16) -> String {
    numbered_path("details", index, width)
}

/// The files of a log, wherever they are.
pub trait LogFiles {
    /// The bytes of the file at `path` (relative, with `/`), or `None` if there is no such file.
    ///
    /// # Errors
    /// If there is one and it cannot be read.
    fn read(&self, path: &str) -> std::io::Result<Option<Vec<u8>>>;
}

impl LogFiles for BTreeMap<String, Vec<u8>> {
    fn read(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        Ok(self.get(path).cloned())
    }
}

/// One file of an export.
#[derive(Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its path in the folder.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for ExportFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ExportFile({}, {} bytes)", self.path, self.bytes.len())
    }
}

/// Why an export was not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The checkpoint does not parse.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint is of another size or root than the entries exported: of another snapshot, or something is wrong.
    #[error("the entries exported are not those of the checkpoint of size {size}")]
    Head {
        /// The size the checkpoint states.
        size: u64,
    },
    /// A leaf or sealed part is longer than its length field can say.
    #[error("entry {0} is too long for a bundle")]
    TooLong(u64),
}

/// Writes an export, one entry after the other, holding no more than one bundle in memory.
#[derive(Debug, Default)]
pub struct Exporter {
    frontier: Frontier,
    held: u16,
    entries: Vec<u8>,
    details: Vec<u8>,
}

impl Exporter {
    /// An export with no entry yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next entry of the log, with its sealed parts unless they were erased. Returns the files that this
    /// completes.
    ///
    /// # Errors
    /// [`ExportError::TooLong`] if it does not fit.
    pub fn push(
        &mut self,
        leaf: &[u8],
        sealed: Option<&Ciphertexts>,
    ) -> Result<Vec<ExportFile>, ExportError> {
        let index = self.frontier.size();
        let length = u16::try_from(leaf.len()).map_err(|_| ExportError::TooLong(index))?;
        self.entries.extend_from_slice(&length.to_be_bytes());
        self.entries.extend_from_slice(leaf);
        match sealed {
            None => self.details.push(0),
            Some(sealed) => {
                self.details.push(1);
                for part in [&sealed.detail, &sealed.facts, &sealed.wrapped_secret] {
                    let length = u32::try_from(part.len()).map_err(|_| ExportError::TooLong(index))?;
                    self.details.extend_from_slice(&length.to_be_bytes());
                    self.details.extend_from_slice(part);
                }
            }
        }
        self.held += 1;
        let mut filled: Vec<FullTile> = Vec::new();
        self.frontier.push(leaf_hash(leaf), &mut filled);
        let mut files: Vec<ExportFile> = filled
            .iter()
            .map(|tile| ExportFile {
                path: tile.id.path(),
                bytes: tile.bytes(),
            })
            .collect();
        if u64::from(self.held) == TILE_WIDTH {
            files.extend(self.bundles(index / TILE_WIDTH));
        }
        Ok(files)
    }

    fn bundles(&mut self, index: u64) -> [ExportFile; 2] {
        let width = std::mem::take(&mut self.held);
        [
            ExportFile {
                path: entries_path(index, width),
                bytes: std::mem::take(&mut self.entries),
            },
            ExportFile {
                path: details_path(index, width),
                bytes: std::mem::take(&mut self.details),
            },
        ]
    }

    /// The remaining files, the checkpoint last: a folder without it is not yet an export.
    ///
    /// # Errors
    /// [`ExportError`] if the checkpoint is not that of the entries exported.
    pub fn finish(mut self, checkpoint: &str) -> Result<Vec<ExportFile>, ExportError> {
        let TreeHead { size, root } = Checkpoint::claimed(checkpoint)?.head;
        if self.frontier.head() != (TreeHead { size, root }) {
            return Err(ExportError::Head { size });
        }
        let mut files: Vec<ExportFile> = self
            .frontier
            .partial_tiles()
            .map(|(id, hashes)| ExportFile {
                path: id.path(),
                bytes: concatenate(hashes),
            })
            .collect();
        if self.held > 0 {
            files.extend(self.bundles(size / TILE_WIDTH));
        }
        files.push(ExportFile {
            path: CHECKPOINT.to_owned(),
            bytes: checkpoint.as_bytes().to_vec(),
        });
        Ok(files)
    }
}

/// What could be read of a bundle.
#[derive(Debug)]
pub struct Unbundled<T> {
    /// The items, up to where the bundle broke.
    pub items: Vec<T>,
    /// Whether it could be read to its last byte.
    pub whole: bool,
}

/// Reads an entry bundle: at most 256 entries.
#[must_use]
pub fn unbundle_entries(bytes: &[u8]) -> Unbundled<&[u8]> {
    unbundle(bytes, |bytes| {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
    })
}

/// The sealed parts of one entry in a details bundle.
#[derive(Clone, Copy)]
pub struct SealedParts<'b> {
    /// The sealed detail.
    pub detail: &'b [u8],
    /// The sealed facts.
    pub facts: &'b [u8],
    /// The entry's secret under the client's key.
    pub wrapped_secret: &'b [u8],
}

impl SealedParts<'_> {
    /// The parts, to keep.
    #[must_use]
    pub fn to_ciphertexts(self) -> Ciphertexts {
        Ciphertexts {
            detail: self.detail.to_vec(),
            facts: self.facts.to_vec(),
            wrapped_secret: self.wrapped_secret.to_vec(),
        }
    }
}

impl std::fmt::Debug for SealedParts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[sealed parts]")
    }
}

/// Reads a details bundle; an item is `None` where the parts were erased.
#[must_use]
pub fn unbundle_details(bytes: &[u8]) -> Unbundled<Option<SealedParts<'_>>> {
    fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
    }
    unbundle(bytes, |bytes| match bytes.split_first()? {
        (0, rest) => Some((None, rest)),
        (1, rest) => {
            let (detail, rest) = part(rest)?;
            let (facts, rest) = part(rest)?;
            let (wrapped_secret, rest) = part(rest)?;
            let parts = SealedParts {
                detail,
                facts,
                wrapped_secret,
            };
            Some((Some(parts), rest))
        }
        _ => None,
    })
}

fn unbundle<'b, T>(mut bytes: &'b [u8], next: impl Fn(&'b [u8]) -> Option<(T, &'b [u8])>) -> Unbundled<T> {
    let mut items = Vec::new();
    while !bytes.is_empty() {
        // One more than allowed is kept, so that a bundle with too many shows.
        let read = if items.len() > 256 { None } else { next(bytes) };
        let Some((item, rest)) = read else {
            return Unbundled { items, whole: false };
        };
        items.push(item);
        bytes = rest;
    }
    Unbundled { items, whole: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundles_read_back_and_broken_ones_up_to_the_break() {
        let mut exporter = Exporter::new();
        let parts = Ciphertexts {
            detail: vec![1, 2],
            facts: Vec::new(),
            wrapped_secret: vec![3],
        };
        exporter.push(b"one", Some(&parts)).unwrap();
        exporter.push(b"", None).unwrap();
        exporter.push(b"three", None).unwrap();
        let [entries, details] = exporter.bundles(0);
        assert_eq!(
            (entries.path.as_str(), details.path.as_str()),
            ("tile/entries/000.p/3", "details/000.p/3")
        );
        assert_eq!(entries.bytes, b"\0\x03one\0\0\0\x05three");
        assert_eq!(details.bytes, b"\x01\0\0\0\x02\x01\x02\0\0\0\0\0\0\0\x01\x03\0\0");
        let read = unbundle_entries(&entries.bytes);
        assert!(read.whole);
        assert_eq!(read.items, [b"one".as_slice(), b"", b"three"]);
        let read = unbundle_details(&details.bytes);
        assert!(read.whole && read.items.len() == 3 && read.items[1].is_none());
        assert_eq!(read.items[0].unwrap().to_ciphertexts(), parts);
        let cut = unbundle_entries(&entries.bytes[..9]);
        assert!(!cut.whole);
        assert_eq!(cut.items.len(), 2);
        assert!(!unbundle_details(b"\x02").whole);
        assert!(!unbundle_entries(&[0; 1000]).whole);
    }

    #[test]
    fn an_export_with_the_checkpoint_of_another_snapshot_is_not_finished() {
        let mut exporter = Exporter::new();
        exporter.push(b"one", None).unwrap();
        let head = Frontier::new().extended(&[leaf_hash(b"two")]).0.head();
        let text = Checkpoint {
            origin: "log.example".into(),
            head,
        }
        .text();
        let note = format!("{text}\n\u{2014} log.example AAAAAAAA\n");
        assert_eq!(exporter.finish(&note).unwrap_err(), ExportError::Head { size: 1 });
    }
}
