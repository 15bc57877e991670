//! `assent policies diff`: what newly becomes visible to whom, and what no longer.

use std::path::PathBuf;

use clap::Args;
use policies::tools::diff::diff;

use super::page::{Form, found_wrong, read_files, tell_diagnostics};
use crate::Failure;

#[derive(Args)]
pub(crate) struct DiffArgs {
    /// The old agreement, or a folder of agreements.
    old: PathBuf,
    /// The new one.
    new: PathBuf,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(arguments: &DiffArgs) -> Result<(), Failure> {
    let files = |path: &PathBuf| read_files(std::slice::from_ref(path), "toml");
    let report =
        diff(&files(&arguments.old)?, &files(&arguments.new)?).map_err(|found| tell_diagnostics(&found))?;
    arguments.form.print(&report, |style| report.to_text(style))?;
    if report.has_errors() {
        return Err(found_wrong());
    }
    Ok(())
}
