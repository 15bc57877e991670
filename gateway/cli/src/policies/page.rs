//! What the tools have in common: which files are meant, and how the answer is printed.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use policies::mou::Diagnostic;
use policies::tools::{Ink, Style};
use serde::Serialize;

use crate::{Failure, exit, say};

/// A line longer than this is hard to read, however wide the terminal is.
const WIDEST: usize = 110;

/// How the answer is to be written.
#[derive(clap::Args)]
pub(crate) struct Form {
    /// Write one JSON document instead of words.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Form {
    /// Prints the answer in the form that was asked for.
    pub(crate) fn print<R: Serialize>(
        &self,
        report: &R,
        in_words: impl FnOnce(Style) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            say(&serde_json::to_string_pretty(report).context("the answer cannot be written as JSON")?);
        } else {
            say(in_words(style()).trim_end());
        }
        Ok(())
    }
}

/// Sets something out on standard error, beside an answer that others read line by line.
#[expect(clippy::print_stderr, reason = "this is the command line's own voice")]
pub(crate) fn complain_of(what: &str) {
    eprintln!("{}", what.trim_end());
}

/// Agreement files that something else is asked of have to be in order.
pub(crate) fn tell_diagnostics(found: &[Diagnostic]) -> Failure {
    let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
    Failure::Data(anyhow::anyhow!(
        "the agreements cannot be used:\n{}",
        lines.join("\n")
    ))
}

/// The answer is "no", and has been told.
pub(crate) const fn found_wrong() -> Failure {
    Failure::Told(exit::DATA)
}

/// Colour and width only where a person reads along.
pub(crate) fn style() -> Style {
    if !std::io::stdout().is_terminal() {
        return Style::PLAIN;
    }
    let columns =
        rustix::termios::tcgetwinsize(std::io::stdout()).map_or(WIDEST, |size| usize::from(size.ws_col));
    let colour = std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    Style {
        ink: if colour { Ink::Colour } else { Ink::Plain },
        width: columns.clamp(40, WIDEST),
    }
}

/// The files that are meant, with their names as given: of a folder, its files with this ending, by name.
pub(crate) fn read_files(paths: &[PathBuf], ending: &str) -> Result<Vec<(String, String)>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let found = files_of(path, ending)?;
            if found.is_empty() {
                return Err(Failure::Usage(anyhow::anyhow!(
                    "`{}` holds no file that ends in `.{ending}`",
                    path.display()
                )));
            }
            for file in found {
                files.push(read(&file)?);
            }
        } else {
            files.push(read(path)?);
        }
    }
    Ok(files)
}

fn files_of(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let listed = std::fs::read_dir(folder)
        .with_context(|| format!("`{}` cannot be read", folder.display()))
        .map_err(Failure::Usage)?;
    let mut found = Vec::new();
    for entry in listed {
        let path = entry
            .with_context(|| format!("`{}` cannot be read", folder.display()))?
            .path();
        if path.is_file() && path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<(String, String), Failure> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("`{}` cannot be read", path.display()))
        .map_err(Failure::Usage)?;
    Ok((path.display().to_string(), text))
}
