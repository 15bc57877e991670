//! `assent adapters survey`: what would become of the files of a folder, before a source is connected.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use adapters::Report;
use adapters::survey::{Outcome, Surveyed};
use anyhow::Context as _;
use clap::Subcommand;
use rustix::fs::OFlags;
use serde_json::json;
use zip::write::SimpleFileOptions;

use crate::{Failure, say};

/// Larger files are not looked at here.
const MOST: u64 = 1 << 30;

/// The formats that are taken in.
#[derive(Subcommand)]
pub(crate) enum AdaptersCommand {
    /// Say of each file of a folder which format it is in and whether it would be taken, with what, or refused for what.
    /// A folder with an `Export.csv` in it is one HMIS export. Nothing is kept, and no value is shown.
    Survey {
        /// The folder, or one file.
        path: PathBuf,
        /// Write JSON, one object a file.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) fn run(command: &AdaptersCommand) -> Result<(), Failure> {
    let AdaptersCommand::Survey { path, json } = command;
    if !path.exists() {
        return Err(Failure::Usage(anyhow::anyhow!(
            "`{}` is not there",
            path.display()
        )));
    }
    let mut found = Vec::new();
    gather(path, &mut found)?;
    let mut sums: BTreeMap<(&'static str, &'static str), u64> = BTreeMap::new();
    for source in &found {
        let name = source.path().strip_prefix(path).unwrap_or_else(|_| source.path());
        let name = if name.as_os_str().is_empty() {
            source.path()
        } else {
            name
        };
        let surveyed = source.survey()?;
        *sums
            .entry((surveyed.format.name(), word(&surveyed.outcome)))
            .or_default() += 1;
        if *json {
            say(&as_json(name, &surveyed).to_string());
        } else {
            say(&as_text(name, &surveyed));
        }
    }
    if !json {
        say("");
        for ((format, outcome), count) in sums {
            say(&format!("{count:>6}  {format:<12} {outcome}"));
        }
    }
    Ok(())
}

/// One thing to look at.
enum Source {
    File(PathBuf),
    /// A folder that holds the files of one HMIS export.
    Export(PathBuf),
}

impl Source {
    fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Export(path) => path,
        }
    }

    fn survey(&self) -> anyhow::Result<Surveyed> {
        let unreadable = || format!("`{}` cannot be read", self.path().display());
        let bytes = match self {
            Self::File(path) => {
                let length = std::fs::metadata(path).with_context(unreadable)?.len();
                anyhow::ensure!(length <= MOST, "`{}` is larger than 1 GiB", path.display());
                std::fs::read(path).with_context(unreadable)?
            }
            Self::Export(folder) => zipped(folder).with_context(unreadable)?,
        };
        Ok(adapters::survey::survey(&bytes))
    }
}

/// Whether a folder holds the files of one HMIS export, however their names are written.
pub(crate) fn is_export(folder: &Path) -> bool {
    let files = sorted(folder).unwrap_or_default();
    files.iter().any(|file| {
        let name = file.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.eq_ignore_ascii_case("Export.csv")) && file.is_file()
    })
}

/// The CSV files of a folder as the zip that would be pushed. A link in it is not followed: it is an error.
pub(crate) fn zipped(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for file in sorted(folder)? {
        let csv = (file.extension()).is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        if csv && let Some(name) = file.file_name().and_then(|name| name.to_str()) {
            let mut opened = std::fs::OpenOptions::new()
                .read(true)
                .custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed())
                .open(&file)?;
            if opened.metadata()?.is_file() {
                zip.start_file(name, SimpleFileOptions::default())?;
                std::io::copy(&mut opened, &mut zip)?;
            }
        }
    }
    Ok(zip.finish()?.into_inner())
}

fn sorted(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut entries = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn gather(path: &Path, found: &mut Vec<Source>) -> anyhow::Result<()> {
    let unreadable = || format!("`{}` cannot be read", path.display());
    if path.is_file() {
        found.push(Source::File(path.to_owned()));
    } else if is_export(path) {
        found.push(Source::Export(path.to_owned()));
    } else if path.is_dir() {
        for entry in sorted(path).with_context(unreadable)? {
            gather(&entry, found)?;
        }
    }
    Ok(())
}

const fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Taken { .. } => "taken",
        Outcome::Refused(_) => "refused",
        Outcome::NotTaken => "not a format that is taken in",
    }
}

fn as_text(name: &Path, surveyed: &Surveyed) -> String {
    let mut text = format!(
        "{}: {}, {}",
        name.display(),
        surveyed.format.name(),
        word(&surveyed.outcome)
    );
    let rules = |report: &Report| -> String {
        report
            .findings()
            .iter()
            .map(|finding| {
                let row = finding.rows.first().map(|row| format!(", row {row}"));
                format!(
                    "\n    {}: {} ({}{})",
                    finding.rule,
                    finding.message,
                    finding.file,
                    row.unwrap_or_default()
                )
            })
            .collect()
    };
    match &surveyed.outcome {
        Outcome::Taken {
            clients,
            elements,
            report,
        } => {
            let listed: Vec<String> = elements
                .iter()
                .map(|(category, count)| match *category {
                    "" => format!("{count} without a category"),
                    category => format!("{count} {category}"),
                })
                .collect();
            let noun = if *clients == 1 { "client" } else { "clients" };
            text += &format!(": {clients} {noun}");
            if !listed.is_empty() {
                text += &format!("; {}", listed.join(", "));
            }
            text += &rules(report);
        }
        Outcome::Refused(report) => text += &rules(report),
        Outcome::NotTaken => {}
    }
    text
}

fn as_json(name: &Path, surveyed: &Surveyed) -> serde_json::Value {
    let (clients, elements, report) = match &surveyed.outcome {
        Outcome::Taken {
            clients,
            elements,
            report,
        } => (Some(clients), Some(elements), Some(report)),
        Outcome::Refused(report) => (None, None, Some(&**report)),
        Outcome::NotTaken => (None, None, None),
    };
    json!({
        "file": name.display().to_string(),
        "format": surveyed.format,
        "outcome": word(&surveyed.outcome),
        "clients": clients,
        "elements": elements,
        "report": report,
    })
}
