//! `assent watch`: pushes what an agency's system drops into a folder, each file once, in the order in which they came.
//!
//! A file is taken when nothing has been written to it for a while, and moved only when the gateway has said what became of
//! it: what a crash leaves is pushed again, and recognised. Nothing is ever deleted. Names of files are free text, so
//! they stay in the folder: what is told tells sizes and imports. A refusal that asks a person stops everything after it,
//! and a file that fails again and again gives way to the others, set aside with its reason.

mod folder;
mod tries;

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use gateway_types::{Clock as _, SystemClock};

use self::folder::{Folder, Kept, Look, look};
use self::tries::{TRIES, Tries};
use crate::push::{self, Ended, NotPushed, PushFormat, To};
use crate::{Failure, exit, say};

/// In microseconds.
const SECOND: i64 = 1_000_000;
/// What systems call a file that they have not finished.
const UNFINISHED: [&str; 4] = ["part", "tmp", "filepart", "partial"];

#[derive(Args)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    to: To,
    /// What the files are; without it each is known by its content.
    #[arg(long, value_enum)]
    format: Option<PushFormat>,
    /// The folder and how it is looked at.
    #[command(flatten)]
    looks: Looks,
}

/// The folder and how it is looked at.
#[derive(Args)]
struct Looks {
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
    let to = arguments.to.reach(None, None).map_err(Failure::Usage)?;
    let looks = &arguments.looks;
    let mut watched = Watched::open(looks).map_err(Failure::Usage)?;
    loop {
        let pushes = async |file: File| push::file_to(&to, file, arguments.format).await;
        let waits = watched.pass(pushes).await?;
        if looks.once {
            return waits.map_or(Ok(()), |code| Err(Failure::Told(code)));
        }
        tokio::time::sleep(Duration::from_secs(looks.look_seconds.max(1))).await;
    }
}

/// A folder that this process alone watches.
struct Watched<'a> {
    looks: &'a Looks,
    folder: Folder,
    seen: HashMap<OsString, Look>,
    tries: Tries,
    /// Whether it was told that a person is asked: that is told once.
    asked: bool,
}

/// A file that failed as often as one may, and why.
struct Doubtful {
    name: OsString,
    look: Look,
    why: String,
}

impl<'a> Watched<'a> {
    fn open(looks: &'a Looks) -> anyhow::Result<Self> {
        let folder = Folder::open(&looks.folder)?;
        let tries = Tries::read(&folder.noted());
        Ok(Self {
            looks,
            folder,
            seen: HashMap::new(),
            tries,
            asked: false,
        })
    }

    /// Pushes all files that are ready. Returns the exit code of what stood in the way, if anything did.
    async fn pass(
        &mut self,
        push: impl AsyncFn(File) -> Result<Ended, NotPushed>,
    ) -> Result<Option<u8>, Failure> {
        if self.waits_for_a_person()? {
            return Ok(Some(exit::DATA));
        }
        let mut doubtful: Vec<Doubtful> = Vec::new();
        for (name, seen) in self.ready()? {
            // A link is not followed, here or anywhere in the folder.
            let (pushed, bytes, ended) = match self.folder.read(&name) {
                Ok((file, about)) => (look(&about), about.len(), push(file).await),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => (seen, 0, Err(NotPushed::Unreadable(error))),
            };
            let (kept, report) = match ended {
                Ok(Ended::Closed(why)) => {
                    tell(&format!("a file of {bytes} bytes: not let in: {why}"));
                    return Ok(Some(exit::NOT_PERMITTED));
                }
                Ok(Ended::Later(why)) => {
                    tell(&format!("a file of {bytes} bytes: not now: {why}"));
                    return Ok(Some(exit::UNAVAILABLE));
                }
                Ok(Ended::Failed(why)) => {
                    tell(&format!("a file of {bytes} bytes: failed: {why}"));
                    if self.add_try(pushed)? < TRIES {
                        return Ok(Some(exit::UNAVAILABLE));
                    }
                    // It may be the gateway's fault. Whether another gets through will tell.
                    doubtful.push(Doubtful {
                        name,
                        look: pushed,
                        why,
                    });
                    continue;
                }
                Err(NotPushed::Unreadable(error)) => {
                    let why = format!("it cannot be read: {}", error.kind());
                    tell(&format!("a file: {why}"));
                    if self.add_try(pushed)? < TRIES {
                        return Ok(Some(exit::UNAVAILABLE));
                    }
                    (Kept::Failed, why)
                }
                Err(unknown @ NotPushed::UnknownFormat) => {
                    tell(&format!("a file of {bytes} bytes: refused: {unknown}"));
                    (Kept::Refused, unknown.to_string())
                }
                Ok(ended) => {
                    let import = ended
                        .import()
                        .map_or_else(String::new, |id| format!(", import {id}"));
                    tell(&format!("a file of {bytes} bytes: {}{import}", ended.word()));
                    let kept = match &ended {
                        _ if ended.asks_a_person() => Kept::Held,
                        Ended::Taken { .. } | Ended::TakenBefore { .. } => Kept::Done,
                        _ => Kept::Refused,
                    };
                    (kept, ended.as_text("").trim_start_matches(": ").to_owned())
                }
            };
            if kept != Kept::Failed {
                for doubtful in doubtful.drain(..) {
                    tell(&format!(
                        "a file is set aside after {TRIES} tries, since others get through: {}",
                        doubtful.why
                    ));
                    self.keep(&doubtful.name, doubtful.look, Kept::Failed, &doubtful.why)?;
                }
            }
            self.keep(&name, pushed, kept, &report)?;
            if self.waits_for_a_person()? {
                return Ok(Some(exit::DATA));
            }
        }
        Ok((!doubtful.is_empty()).then_some(exit::UNAVAILABLE))
    }

    /// Whether a file lies there that a person has to look at. Whatever came after it waits: an export that follows one of
    /// which nobody knows yet whether it is meant must not overtake it.
    fn waits_for_a_person(&mut self) -> Result<bool, Failure> {
        let waits = self.folder.holds().context("`held` cannot be read")?;
        if waits && !self.asked {
            tell(
                "a push would take away so much that a person is asked: look into `held`; nothing is taken until nothing \
                 lies there any more",
            );
        }
        self.asked = waits;
        Ok(waits)
    }

    fn add_try(&mut self, of: Look) -> Result<u32, Failure> {
        let tries = self.tries.add(of);
        self.folder
            .note(&self.tries.write())
            .context("what was tried cannot be noted")?;
        Ok(tries)
    }

    /// Moves a file, unless it was written to meanwhile: then it is another, which has not been pushed.
    fn keep(&mut self, name: &OsStr, pushed: Look, kept: Kept, report: &str) -> Result<(), Failure> {
        let now = self.folder.about(name);
        if now.is_some_and(|now| look(&now) == pushed) {
            self.folder
                .keep(name, pushed, kept, report)
                .context("a file that was pushed could not be moved")?;
            self.seen.remove(name);
        }
        Ok(())
    }

    /// The files to which nothing has been written since they were last looked at, nor for the quiet time, oldest first.
    fn ready(&mut self) -> anyhow::Result<Vec<(OsString, Look)>> {
        let mut ready = Vec::new();
        let (before, now) = (std::mem::take(&mut self.seen), SystemClock.now().as_micros());
        let quiet = i64::try_from(self.looks.quiet_seconds)
            .unwrap_or(i64::MAX)
            .saturating_mul(SECOND);
        let files = self.folder.files().context("the folder cannot be read")?;
        for (name, about) in files {
            if unfinished(&name) {
                continue;
            }
            let look = look(&about);
            let (.., seconds, nanos) = look;
            let written = seconds.saturating_mul(SECOND).saturating_add(nanos / 1_000);
            let (unchanged, rest) = (before.get(&name) == Some(&look), now.saturating_sub(written));
            // A clock that was put back must not hold a file for ever: unchanged between two looks, it is quiet then.
            let rested = if rest < 0 { unchanged } else { rest >= quiet };
            let unchanged = unchanged || quiet == 0 || self.looks.once;
            if rested && unchanged {
                ready.push((written, name.clone(), look));
            }
            self.seen.insert(name, look);
        }
        let there: Vec<Look> = self.seen.values().copied().collect();
        self.tries.retain(&there);
        ready.sort();
        Ok(ready.into_iter().map(|(_, name, look)| (name, look)).collect())
    }
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

#[cfg(test)]
mod tests;
