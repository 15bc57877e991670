//! `assent push`: files to a gateway, each followed to its end.
//!
//! What is pushed is told by its content, as the survey tells it, or by `--format`. The same file again is recognised by the
//! gateway, so that after whatever went wrong on the way it is safe to push it once more.

mod format;
mod gateway;
mod report;

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

pub(crate) use self::format::PushFormat;
pub(crate) use self::gateway::{Ended, Reached, To};
use crate::{Failure, exit, say, survey};

/// More than this is read into memory for no format but an HMIS export.
const WHOLE: u64 = 256 << 20;

#[derive(Args)]
pub(crate) struct PushArgs {
    #[command(flatten)]
    to: To,
    /// What the files are; without it each is known by its content. Calls for service and a single client as JSON have to
    /// be named.
    #[arg(long, value_enum)]
    format: Option<PushFormat>,
    /// Somebody has looked, and means that so much is taken away: `clients=N, statements=M, by=STAFF`.
    #[arg(long, value_name = "WHAT")]
    deletions_meant: Option<String>,
    /// Somebody has looked, and means that an export overtakes one that was made later: who.
    #[arg(long, value_name = "STAFF")]
    older: Option<String>,
    /// Write the gateway's reports as JSON, one object a file.
    #[arg(long)]
    json: bool,
    /// The files, in the order in which they are pushed. A folder with an `Export.csv` in it is one HMIS export.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(crate) async fn run(arguments: &PushArgs) -> Result<(), Failure> {
    let to = arguments
        .to
        .reach(arguments.deletions_meant.as_deref(), arguments.older.as_deref())
        .map_err(Failure::Usage)?;
    let mut refused = false;
    for path in &arguments.files {
        let name = path.display().to_string();
        let file = open(path).with_context(|| format!("`{name}` cannot be read"));
        let ended = match file_to(&to, file.map_err(Failure::Usage)?, arguments.format).await {
            Ok(ended) => ended,
            Err(error) => return Err(Failure::Data(anyhow::anyhow!("`{name}`: {error}"))),
        };
        if arguments.json {
            say(&ended.as_json(&name).to_string());
        } else {
            say(&ended.as_text(&name));
        }
        if ended.asks_a_person() {
            // What follows must not overtake it.
            return Err(Failure::Told(exit::DATA));
        }
        match ended {
            Ended::Taken { .. } | Ended::TakenBefore { .. } => {}
            Ended::Refused { .. } | Ended::Unreadable(_) | Ended::Asks(_) => refused = true,
            // Of the files that follow each may build upon this one.
            Ended::Closed(_) => return Err(Failure::Told(exit::NOT_PERMITTED)),
            Ended::Later(_) | Ended::Failed(_) => return Err(Failure::Told(exit::UNAVAILABLE)),
        }
    }
    if refused {
        return Err(Failure::Told(exit::DATA));
    }
    Ok(())
}

/// Why a file was not pushed at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotPushed {
    /// It cannot be read here.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// Nobody said what it is, and it cannot be seen.
    #[error("it is in no format that is known by its content; `--format` names one")]
    UnknownFormat,
}

/// Pushes one open file and waits for its end.
pub(crate) async fn file_to(
    to: &Reached,
    file: std::fs::File,
    format: Option<PushFormat>,
) -> Result<Ended, NotPushed> {
    let (format, file) = tokio::task::spawn_blocking(move || known(file, format))
        .await
        .map_err(std::io::Error::other)??;
    let format = format.ok_or(NotPushed::UnknownFormat)?;
    Ok(to.push(format, file).await)
}

/// The file; the files of an export as the zip that they are pushed as.
fn open(path: &Path) -> anyhow::Result<std::fs::File> {
    if !survey::is_export(path) {
        let file = std::fs::File::open(path)?;
        anyhow::ensure!(file.metadata()?.is_file(), "it is no file");
        return Ok(file);
    }
    let mut zip = tempfile::tempfile()?;
    zip.write_all(&survey::zipped(path)?)?;
    zip.seek(SeekFrom::Start(0))?;
    Ok(zip)
}

/// What the file is; it is then at its beginning again.
fn known(
    mut file: std::fs::File,
    named: Option<PushFormat>,
) -> std::io::Result<(Option<PushFormat>, std::fs::File)> {
    let mut begins = [0; 4];
    let read = file.read(&mut begins)?;
    let mut whole = Vec::from(begins.get(..read).unwrap_or_default());
    // An export may be large, and its first bytes say that it is a zip.
    if named.is_none_or(PushFormat::has_two_forms) && !whole.starts_with(b"PK") {
        (&file).take(WHOLE).read_to_end(&mut whole)?;
    }
    let seen = PushFormat::of(&whole);
    file.seek(SeekFrom::Start(0))?;
    Ok((named.map_or(seen, |named| Some(named.seen_as(seen))), file))
}
