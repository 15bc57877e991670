//! `assent policies check`: what is wrong or doubtful in agreement files.

use std::path::PathBuf;

use clap::Args;
use gateway_types::{Clock as _, SystemClock};
use policies::tools::check::check;

use super::page::{Form, found_wrong, read_files};
use crate::Failure;

#[derive(Args)]
pub(crate) struct CheckArgs {
    /// Agreement files, or folders of them. Together they are checked as one set.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    form: Form,
}

pub(crate) fn run(arguments: &CheckArgs) -> Result<(), Failure> {
    let report = check(&read_files(&arguments.files, "toml")?, SystemClock.now());
    arguments.form.print(&report, |style| report.to_text(style))?;
    if report.has_errors() {
        return Err(found_wrong());
    }
    Ok(())
}
