//! The folders of a watch: opened once and never by way of a link, so that whoever may write there leads us nowhere else.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::Context as _;
use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

const LOCK: &str = ".assent-watch.lock";
const TRIES: &str = ".assent-watch.tries";
/// More than this of what was noted about tries is not ours.
const NOTED: u64 = 1 << 20;
const REPORT: &str = ".report.txt";

/// Where a file goes when it is known what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Taken in.
    Done,
    /// Read and refused.
    Refused,
    /// Refused until a person has looked.
    Held,
    /// Tried often enough.
    Failed,
}

const ALL: [Kept; 4] = [Kept::Done, Kept::Refused, Kept::Held, Kept::Failed];

impl Kept {
    const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Held => "held",
            Self::Failed => "failed",
        }
    }
}

/// What tells that a file is still the one that was looked at: where it lies, its length, when it was written to.
pub(super) type Look = (u64, u64, u64, i64, i64);

/// How a file looks.
pub(super) fn look(about: &Metadata) -> Look {
    (
        about.dev(),
        about.ino(),
        about.len(),
        about.mtime(),
        about.mtime_nsec(),
    )
}

/// The watched folder and those in it.
pub(super) struct Folder {
    watched: OwnedFd,
    kept: Vec<(Kept, OwnedFd)>,
    /// Given up when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// Opens the folder for this process alone; makes what is missing in it.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let unusable = || format!("`{}` cannot be watched", path.display());
        anyhow::ensure!(path.is_dir(), "`{}` is no folder", path.display());
        // The folder itself is named by whoever starts us; what is in it may be anybody's.
        let watched = rustix::fs::openat(
            CWD,
            path,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .with_context(unusable)?;
        let lock = open(&watched, LOCK, OFlags::RDWR | OFlags::CREATE).with_context(unusable)?;
        if lock.try_lock().is_err() {
            anyhow::bail!("`{}` is watched by another process", path.display());
        }
        let mut kept = Vec::new();
        for kind in ALL {
            match rustix::fs::mkdirat(&watched, kind.name(), Mode::from_raw_mode(0o777)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error).with_context(unusable),
            }
            let folder =
                open(&watched, kind.name(), OFlags::RDONLY | OFlags::DIRECTORY).with_context(|| {
                    format!(
                        "`{}` of `{}` is a link, or no folder",
                        kind.name(),
                        path.display()
                    )
                })?;
            kept.push((kind, OwnedFd::from(folder)));
        }
        Ok(Self {
            watched,
            kept,
            _lock: lock,
        })
    }

    /// What is in the folder and is a file: a link is none.
    pub(super) fn files(&self) -> io::Result<Vec<(OsString, Metadata)>> {
        let mut files = Vec::new();
        for entry in Dir::read_from(&self.watched)? {
            let name = OsStr::from_bytes(entry?.file_name().to_bytes()).to_owned();
            if let Some(about) = self.about(&name) {
                files.push((name, about));
            }
        }
        Ok(files)
    }

    /// How the file of that name stands now; `None`: there is none.
    pub(super) fn about(&self, name: &OsStr) -> Option<Metadata> {
        // Nothing is read, so that what may not be read is seen all the same.
        let file = open(&self.watched, name, OFlags::PATH).ok()?;
        file.metadata().ok().filter(Metadata::is_file)
    }

    /// Opens a file to be read.
    pub(super) fn read(&self, name: &OsStr) -> io::Result<(File, Metadata)> {
        // What became a pipe since it was seen must not hold us up.
        let file = open(&self.watched, name, OFlags::RDONLY | OFlags::NONBLOCK)?;
        let about = file.metadata()?;
        if about.is_file() {
            Ok((file, about))
        } else {
            Err(io::ErrorKind::InvalidInput.into())
        }
    }

    /// Whether a file that a person has to look at still lies there.
    pub(super) fn holds(&self) -> io::Result<bool> {
        for entry in Dir::read_from(self.folder(Kept::Held)?)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if !name.starts_with(b".") && !name.ends_with(REPORT.as_bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Moves the file that was looked at, its report beside it. What has the name there already keeps it; a file that has
    /// taken the name of the one looked at stays.
    pub(super) fn keep(&self, name: &OsStr, looked_at: Look, kept: Kept, report: &str) -> io::Result<()> {
        let folder = self.folder(kept)?;
        for number in 1_u32.. {
            let mut target = name.to_owned();
            if number > 1 {
                target.push(format!(".{number}"));
            }
            let mut beside = target.clone();
            beside.push(REPORT);
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
            let mut written = match open(folder, &beside, flags) {
                Ok(written) => written,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            written.write_all(format!("{report}\n").as_bytes())?;
            let forget = || rustix::fs::unlinkat(folder, &beside, AtFlags::empty());
            match moved((&self.watched, name), (folder, &target)) {
                Ok(()) => {}
                Err(Errno::EXIST) => {
                    forget()?;
                    continue;
                }
                Err(error) => {
                    forget()?;
                    return Err(error.into());
                }
            }
            let there = open(folder, &target, OFlags::PATH)?.metadata()?;
            if look(&there) != looked_at {
                // Another has come under the name between the last look and the move: it has not been pushed.
                moved((folder, &target), (&self.watched, name))?;
                forget()?;
            }
            return Ok(());
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// What was noted about tries; nothing, if that cannot be read.
    pub(super) fn noted(&self) -> String {
        let mut text = String::new();
        if let Ok(file) = open(&self.watched, TRIES, OFlags::RDONLY | OFlags::NONBLOCK)
            && file.take(NOTED).read_to_string(&mut text).is_err()
        {
            text.clear();
        }
        text
    }

    /// Notes what is to be known after a restart.
    pub(super) fn note(&self, text: &str) -> io::Result<()> {
        open(
            &self.watched,
            TRIES,
            OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC,
        )?
        .write_all(text.as_bytes())
    }

    fn folder(&self, kept: Kept) -> io::Result<&OwnedFd> {
        let mut folders = self.kept.iter();
        let found = folders.find(|(kind, _)| *kind == kept);
        found
            .map(|(_, folder)| folder)
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// Opens what has a name in a folder, if it is no link.
fn open(folder: &OwnedFd, name: impl AsRef<OsStr>, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(folder, name.as_ref(), flags, Mode::from_raw_mode(0o644))?;
    Ok(File::from(opened))
}

/// Moves a name, overwriting nothing.
fn moved((from, name): (&OwnedFd, &OsStr), (to, target): (&OwnedFd, &OsStr)) -> Result<(), Errno> {
    match rustix::fs::renameat_with(from, name, to, target, RenameFlags::NOREPLACE) {
        // Not every file system can.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            rustix::fs::linkat(from, name, to, target, AtFlags::empty())?;
            rustix::fs::unlinkat(from, name, AtFlags::empty())
        }
        done => done,
    }
}
