//! `assent watch`: pushes what an agency's system drops into a folder, each file once, in the order in which they came.
//!
//! A file is taken when nothing has been written to it for a while, and moved only when the gateway has said what became of
//! it: what a crash leaves is pushed again, and recognised. Nothing is ever deleted. Names of files are free text, so
//! they stay in the folder: what is told tells sizes and imports.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use gateway_types::{Clock as _, SystemClock, Timestamp};
use rustix::fs::OFlags;

use crate::push::{self, Ended, NotPushed, PushFormat, Reached, To};
use crate::{Failure, exit, say};

const DONE: &str = "done";
const REFUSED: &str = "refused";
/// In microseconds.
const SECOND: i64 = 1_000_000;
const LOCK: &str = ".assent-watch.lock";
/// What systems call a file that they have not finished.
const UNFINISHED: [&str; 4] = ["part", "tmp", "filepart", "partial"];

#[derive(Args)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    to: To,
    /// What the files are; without it each is known by its content.
    #[arg(long, value_enum)]
    format: Option<PushFormat>,
    /// How long nothing may have been written to a file before it is taken.
    #[arg(long, default_value_t = 30)]
    quiet_seconds: u64,
    /// How often the folder is looked at.
    #[arg(long, default_value_t = 10)]
    look_seconds: u64,
    /// Push what is there, then end; for a timer that starts it again.
    #[arg(long)]
    once: bool,
    /// The folder.
    folder: PathBuf,
}

pub(crate) async fn run(arguments: &WatchArgs) -> Result<(), Failure> {
    let to = arguments.to.reach(None).map_err(Failure::Usage)?;
    let watched = Watched::open(arguments).map_err(Failure::Usage)?;
    let mut seen = HashMap::new();
    loop {
        let waits = watched.pass(&to, &mut seen).await?;
        if arguments.once {
            return waits.map_or(Ok(()), |code| Err(Failure::Told(code)));
        }
        tokio::time::sleep(Duration::from_secs(arguments.look_seconds.max(1))).await;
    }
}

/// A folder that this process alone watches.
struct Watched<'a> {
    arguments: &'a WatchArgs,
    /// Given up when the process ends, however it ends.
    _lock: File,
}

/// How a file looked: its length, and when it was written to.
type Look = (u64, Timestamp);

impl<'a> Watched<'a> {
    fn open(arguments: &'a WatchArgs) -> anyhow::Result<Self> {
        let folder = &arguments.folder;
        let unusable = || format!("`{}` cannot be watched", folder.display());
        anyhow::ensure!(folder.is_dir(), "`{}` is no folder", folder.display());
        for kept in [DONE, REFUSED] {
            fs::create_dir_all(folder.join(kept)).with_context(unusable)?;
        }
        let lock = File::create(folder.join(LOCK)).with_context(unusable)?;
        if lock.try_lock().is_err() {
            anyhow::bail!("`{}` is watched by another process", folder.display());
        }
        Ok(Self {
            arguments,
            _lock: lock,
        })
    }

    /// Pushes all files that are ready. Returns the exit code of what stood in the way, if anything did.
    async fn pass(&self, to: &Reached, seen: &mut HashMap<OsString, Look>) -> Result<Option<u8>, Failure> {
        for name in self.ready(seen)? {
            let path = self.arguments.folder.join(&name);
            // Whoever can write here must not make us read what they cannot: a link is not followed.
            let file = OpenOptions::new()
                .read(true)
                .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
                .open(&path);
            let file = match file {
                Ok(file) => file,
                Err(error) => {
                    tell(&format!("a file cannot be read: {}", error.kind()));
                    continue;
                }
            };
            let pushed = file.metadata().context("a file cannot be read")?;
            let bytes = pushed.len();
            let (kept, report) = match push::file_to(to, file, self.arguments.format).await {
                Ok(ended) => {
                    let import = ended
                        .import()
                        .map_or_else(String::new, |id| format!(", import {id}"));
                    tell(&format!("a file of {bytes} bytes: {}{import}", ended.word()));
                    match &ended {
                        Ended::Taken { .. } | Ended::TakenBefore { .. } => (DONE, ended.as_text("")),
                        Ended::Refused { .. } | Ended::Unreadable(_) => (REFUSED, ended.as_text("")),
                        Ended::Closed(why) => {
                            tell(why);
                            return Ok(Some(exit::NOT_PERMITTED));
                        }
                        Ended::Later(why) => {
                            tell(why);
                            return Ok(Some(exit::UNAVAILABLE));
                        }
                    }
                }
                Err(NotPushed::Unreadable(error)) => {
                    tell(&format!("a file cannot be read: {}", error.kind()));
                    continue;
                }
                Err(unknown @ NotPushed::UnknownFormat) => {
                    tell(&format!("a file of {bytes} bytes: refused: {unknown}"));
                    (REFUSED, unknown.to_string())
                }
            };
            // What was written meanwhile has not been pushed: it is another file.
            let now = path.symlink_metadata().ok();
            if now.is_none_or(|now| same(&now) != same(&pushed)) {
                continue;
            }
            self.keep(&name, kept, report.trim_start_matches(": "))
                .context("a file that was pushed could not be moved")?;
            seen.remove(&name);
        }
        Ok(None)
    }

    /// The files to which nothing has been written since they were last looked at, nor for the quiet time, oldest first.
    fn ready(&self, seen: &mut HashMap<OsString, Look>) -> anyhow::Result<Vec<OsString>> {
        let mut ready = Vec::new();
        let (before, now) = (std::mem::take(seen), SystemClock.now());
        let quiet = i64::try_from(self.arguments.quiet_seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(SECOND);
        let unreadable = || format!("`{}` cannot be read", self.arguments.folder.display());
        for entry in fs::read_dir(&self.arguments.folder).with_context(unreadable)? {
            let entry = entry.with_context(unreadable)?;
            let (name, about) = (entry.file_name(), entry.metadata());
            // Links are no files here: what this says is about the link itself.
            let Some(about) = about.ok().filter(fs::Metadata::is_file) else {
                continue;
            };
            if unfinished(&name) {
                continue;
            }
            let written = about
                .mtime()
                .saturating_mul(SECOND)
                .saturating_add(about.mtime_nsec() / 1_000);
            let written = Timestamp::from_micros(written);
            let look = (about.len(), written);
            let (unchanged, rest) = (
                before.get(&name) == Some(&look),
                now.as_micros().saturating_sub(written.as_micros()),
            );
            // A clock that was put back must not hold a file for ever: unchanged between two looks, it is quiet then.
            let rested = if rest < 0 { unchanged } else { rest >= quiet };
            let unchanged = unchanged || quiet == 0 || self.arguments.once;
            if rested && unchanged {
                ready.push((written, name.clone()));
            }
            seen.insert(name, look);
        }
        ready.sort();
        Ok(ready.into_iter().map(|(_, name)| name).collect())
    }

    /// Writes the report, then moves the file beside it. What has the name already keeps it.
    fn keep(&self, name: &OsStr, kept: &str, report: &str) -> std::io::Result<()> {
        let folder = self.arguments.folder.join(kept);
        let mut target = name.to_owned();
        let mut number = 1;
        while folder.join(&target).symlink_metadata().is_ok() {
            number += 1;
            target = name.to_owned();
            target.push(format!(".{number}"));
        }
        let mut beside = target.clone();
        beside.push(".report.txt");
        fs::write(folder.join(beside), format!("{report}\n"))?;
        fs::rename(self.arguments.folder.join(name), folder.join(target))
    }
}

/// What tells that a file is still the one that was opened.
fn same(about: &fs::Metadata) -> (u64, u64, u64, i64, i64) {
    (
        about.dev(),
        about.ino(),
        about.len(),
        about.mtime(),
        about.mtime_nsec(),
    )
}

/// Whether a name says that the file is hidden, or not finished.
fn unfinished(name: &OsStr) -> bool {
    let hidden = name.as_encoded_bytes().starts_with(b".");
    let ending = Path::new(name).extension().and_then(OsStr::to_str);
    hidden || ending.is_some_and(|ending| UNFINISHED.iter().any(|word| word.eq_ignore_ascii_case(ending)))
}

fn tell(what: &str) {
    say(&format!("{} {what}", SystemClock.now()));
}
