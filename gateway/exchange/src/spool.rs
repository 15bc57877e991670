//! Where a push waits while it is read: a nameless temporary file whose every chunk is sealed under a key that
//! exists only in memory. When the gateway ends, however it ends, nothing readable is left.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use gateway_crypto::{ChunkPosition, Digest, RunningDigest, Secret, SpoolSealer};
use gateway_types::Entropy;

const CHUNK: usize = 64 * 1024;

/// A push being received.
pub struct SpoolWriter {
    file: File,
    sealer: SpoolSealer,
    entropy: Arc<dyn Entropy>,
    buffer: Vec<u8>,
    chunks: u64,
    length: u64,
    limit: u64,
    digest: RunningDigest,
}

/// The push is larger than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the push is larger than {limit} bytes")]
pub struct TooLarge {
    /// The most that is taken.
    pub limit: u64,
}

impl SpoolWriter {
    /// An empty spool in `folder` that takes at most `limit` bytes.
    ///
    /// # Errors
    /// The system's, or that no key could be made.
    pub fn create(folder: &std::path::Path, limit: u64, entropy: Arc<dyn Entropy>) -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(folder)?,
            sealer: SpoolSealer::new(&Secret::generate(&*entropy).map_err(io::Error::other)?),
            entropy,
            buffer: Vec::with_capacity(CHUNK),
            chunks: 0,
            length: 0,
            limit,
            digest: RunningDigest::new(),
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// The system's; [`TooLarge`] as the source of an error of kind `FileTooLarge`.
    pub fn take(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.length = self.length.saturating_add(bytes.len() as u64);
        if self.length > self.limit {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                TooLarge { limit: self.limit },
            ));
        }
        self.digest.update(bytes);
        while !bytes.is_empty() {
            // A full chunk waits until more comes, since the last one is sealed as the last.
            if self.buffer.len() == CHUNK {
                self.flush_chunk(ChunkPosition::Middle)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Ends the push.
    ///
    /// # Errors
    /// The system's.
    pub fn finish(mut self) -> io::Result<Spool> {
        self.flush_chunk(ChunkPosition::Last)?;
        Ok(Spool {
            file: self.file,
            sealer: self.sealer,
            length: self.length,
            position: 0,
            open: None,
            digest: self.digest.finish(),
        })
    }

    fn flush_chunk(&mut self, position: ChunkPosition) -> io::Result<()> {
        let sealed = self
            .sealer
            .seal(self.chunks, position, &self.buffer, &*self.entropy)
            .map_err(io::Error::other)?;
        self.file.write_all(&sealed)?;
        self.chunks += 1;
        self.buffer.clear();
        Ok(())
    }
}

impl std::fmt::Debug for SpoolWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[spool of {} bytes so far]", self.length)
    }
}

/// A push received whole, to be read any number of times.
pub struct Spool {
    file: File,
    sealer: SpoolSealer,
    length: u64,
    position: u64,
    /// The chunk last opened, and its number.
    open: Option<(u64, Vec<u8>)>,
    digest: Digest,
}

impl Spool {
    /// The digest of the bytes received.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// How many bytes were received.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.length
    }

    /// Whether nothing was received.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All of it, for formats that are read whole.
    ///
    /// # Errors
    /// The system's.
    pub fn read_all(&mut self) -> io::Result<Vec<u8>> {
        self.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::with_capacity(usize::try_from(self.length).unwrap_or(0));
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn open_chunk(&mut self, number: u64) -> io::Result<&[u8]> {
        if self.open.as_ref().is_none_or(|(open, _)| *open != number) {
            let sealed_chunk = (CHUNK + SpoolSealer::OVERHEAD) as u64;
            self.file.seek(SeekFrom::Start(number * sealed_chunk))?;
            let mut sealed = Vec::with_capacity(CHUNK + SpoolSealer::OVERHEAD);
            (&self.file).take(sealed_chunk).read_to_end(&mut sealed)?;
            let last = self.length.saturating_sub(1) / CHUNK as u64;
            let position = if number == last {
                ChunkPosition::Last
            } else {
                ChunkPosition::Middle
            };
            let plain = self
                .sealer
                .open(number, position, &sealed)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
            self.open = Some((number, plain.to_vec()));
        }
        Ok(self.open.as_ref().map_or(&[], |(_, plain)| plain))
    }
}

impl Read for Spool {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.length || out.is_empty() {
            return Ok(0);
        }
        let chunk = CHUNK as u64;
        let within = usize::try_from(self.position % chunk).map_err(io::Error::other)?;
        let plain = self.open_chunk(self.position / chunk)?;
        let rest = plain.get(within..).unwrap_or(&[]);
        let count = rest.len().min(out.len());
        if let (Some(target), Some(source)) = (out.get_mut(..count), rest.get(..count)) {
            target.copy_from_slice(source);
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[spool of {} bytes]", self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_crypto::SystemEntropy;

    #[test]
    fn what_was_taken_is_read_back_from_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = SpoolWriter::create(folder.path(), 1 << 20, Arc::new(SystemEntropy)).unwrap();
        let bytes: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
        for piece in bytes.chunks(7_777) {
            writer.take(piece).unwrap();
        }
        let mut spool = writer.finish().unwrap();
        assert_eq!(spool.read_all().unwrap(), bytes);
        assert_eq!(spool.digest(), Digest::of(&bytes));
        spool.seek(SeekFrom::End(-70_000)).unwrap();
        let mut tail = Vec::new();
        spool.read_to_end(&mut tail).unwrap();
        assert_eq!(tail, bytes[130_000..]);
    }

    #[test]
    fn a_push_over_the_limit_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = SpoolWriter::create(folder.path(), 10, Arc::new(SystemEntropy)).unwrap();
        writer.take(&[0; 10]).unwrap();
        assert_eq!(writer.take(&[0]).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
