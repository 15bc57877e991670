//! Where a push waits while it is read: a nameless temporary file whose every chunk is sealed under a key that
//! exists only in memory. When the gateway ends, however it ends, nothing readable is left.
//!
//! All pushes together take no more than [`SpoolLimits`] says, so that they cannot fill the disk that the audit log may
//! be on: a log that cannot be written stops every disclosure.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gateway_crypto::{ChunkPosition, Digest, RunningDigest, Secret, SpoolSealer};
use gateway_types::Entropy;

const CHUNK: usize = 64 * 1024;
/// After so many chunks the free space is looked at again.
const LOOK_AFTER: u64 = 256;

/// How much room pushes may take.
#[derive(Clone, Copy, Debug)]
pub struct SpoolLimits {
    /// The bytes of all pushes that wait.
    pub total: u64,
    /// The bytes that stay free on the disk, for the database and the log. Looked at on Unix only.
    pub keep_free: u64,
}

impl Default for SpoolLimits {
    fn default() -> Self {
        Self {
            total: 4 << 30,
            keep_free: 1 << 30,
        }
    }
}

/// Where pushes wait, and how much room they take together.
#[derive(Debug)]
pub struct SpoolRoom {
    folder: PathBuf,
    limits: SpoolLimits,
    taken: AtomicU64,
}

/// There is no room for more now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for more pushes")]
pub struct NoRoom;

impl NoRoom {
    fn error() -> io::Error {
        io::Error::new(io::ErrorKind::StorageFull, Self)
    }
}

impl SpoolRoom {
    /// The room in `folder`.
    #[must_use]
    pub fn new(folder: PathBuf, limits: SpoolLimits) -> Arc<Self> {
        Arc::new(Self {
            folder,
            limits,
            taken: AtomicU64::new(0),
        })
    }

    /// Whether `bytes` more would leave enough of the disk that `file` is on.
    fn look(&self, file: &File, bytes: u64) -> io::Result<()> {
        match free_bytes(file)? {
            Some(free) if free < self.limits.keep_free.saturating_add(bytes) => Err(NoRoom::error()),
            _ => Ok(()),
        }
    }

    fn take(&self, bytes: u64) -> io::Result<()> {
        let more = |taken: u64| taken.checked_add(bytes).filter(|sum| *sum <= self.limits.total);
        match self
            .taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
        {
            Ok(_) => Ok(()),
            Err(_) => Err(NoRoom::error()),
        }
    }
}

#[cfg(unix)]
fn free_bytes(file: &File) -> io::Result<Option<u64>> {
    let disk = rustix::fs::fstatvfs(file)?;
    Ok(Some(disk.f_bavail.saturating_mul(disk.f_frsize)))
}

#[cfg(not(unix))]
fn free_bytes(_: &File) -> io::Result<Option<u64>> {
    Ok(None)
}

/// What one push takes of the room; given back when dropped.
struct Taken {
    room: Arc<SpoolRoom>,
    bytes: u64,
}

impl Taken {
    fn more(&mut self, bytes: u64) -> io::Result<()> {
        self.room.take(bytes)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A push being received.
pub struct SpoolWriter {
    file: File,
    taken: Taken,
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
    /// An empty spool for at least `announced` and at most `limit` bytes.
    ///
    /// # Errors
    /// The system's, or that no key could be made; [`NoRoom`] as the source of an error of kind `StorageFull`.
    pub fn create(
        room: &Arc<SpoolRoom>,
        announced: u64,
        limit: u64,
        entropy: Arc<dyn Entropy>,
    ) -> io::Result<Self> {
        let file = tempfile::tempfile_in(&room.folder)?;
        room.look(&file, announced)?;
        // Taken as the bytes come: who only announces takes nothing from others.
        room.take(announced)?;
        room.taken.fetch_sub(announced, Ordering::Relaxed);
        Ok(Self {
            file,
            taken: Taken {
                room: Arc::clone(room),
                bytes: 0,
            },
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
    /// The system's; [`TooLarge`] as the source of an error of kind `FileTooLarge`, [`NoRoom`] of `StorageFull`.
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
            _taken: self.taken,
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
        self.taken.more(sealed.len() as u64)?;
        if self.chunks % LOOK_AFTER == LOOK_AFTER - 1 {
            self.taken.room.look(&self.file, 0)?;
        }
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
    _taken: Taken,
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

    const PLENTY: SpoolLimits = SpoolLimits {
        total: 1 << 30,
        keep_free: 0,
    };

    fn create(room: &Arc<SpoolRoom>, announced: u64, limit: u64) -> io::Result<SpoolWriter> {
        SpoolWriter::create(room, announced, limit, Arc::new(SystemEntropy))
    }

    #[test]
    fn what_was_taken_is_read_back_from_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let room = SpoolRoom::new(folder.path().to_owned(), PLENTY);
        let mut writer = create(&room, 0, 1 << 20).unwrap();
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
        let room = SpoolRoom::new(folder.path().to_owned(), PLENTY);
        let mut writer = create(&room, 0, 10).unwrap();
        writer.take(&[0; 10]).unwrap();
        assert_eq!(writer.take(&[0]).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn all_pushes_together_take_no_more_than_the_room() {
        let folder = tempfile::tempdir().unwrap();
        let limits = SpoolLimits {
            total: 4 * CHUNK as u64,
            ..PLENTY
        };
        let room = SpoolRoom::new(folder.path().to_owned(), limits);
        let full = |result: io::Result<_>| result.err().map(|error| error.kind());
        assert_eq!(
            full(create(&room, 5 * CHUNK as u64, u64::MAX).map(drop)),
            Some(io::ErrorKind::StorageFull)
        );
        let mut first = create(&room, 0, u64::MAX).unwrap();
        first.take(&[1; 2 * CHUNK]).unwrap();
        let first = first.finish().unwrap();
        let mut second = create(&room, 0, u64::MAX).unwrap();
        assert_eq!(
            full(second.take(&[1; 3 * CHUNK])),
            Some(io::ErrorKind::StorageFull)
        );
        drop((first, second));
        assert_eq!(room.taken.load(Ordering::Relaxed), 0);
        let mut third = create(&room, 0, u64::MAX).unwrap();
        third.take(&[1; 3 * CHUNK]).unwrap();
        assert!(third.finish().is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn the_disk_keeps_what_is_to_stay_free() {
        let folder = tempfile::tempdir().unwrap();
        let limits = SpoolLimits {
            keep_free: u64::MAX,
            ..PLENTY
        };
        let room = SpoolRoom::new(folder.path().to_owned(), limits);
        let refused = create(&room, 0, u64::MAX).err().map(|error| error.kind());
        assert_eq!(refused, Some(io::ErrorKind::StorageFull));
    }
}
