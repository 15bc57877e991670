//! Logs: JSON lines on standard error. Fields are chosen where they are written; none ever holds client data.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

/// Starts logging for `serve`. `ASSENT_LOG` sets the filter; the default is `info`.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_env("ASSENT_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let lines = fmt::layer().json().with_writer(std::io::stderr).with_target(true);
    tracing_subscriber::registry().with(filter).with(lines).init();
    log_panics_by_place();
}

/// Starts logging for the demo: into a file, so that the tour reads without noise.
pub(crate) fn start_in(file: std::fs::File) {
    let filter = EnvFilter::new("info,sqlx=warn");
    let lines = fmt::layer().json().with_writer(std::sync::Mutex::new(file));
    tracing_subscriber::registry().with(filter).with(lines).init();
    log_panics_by_place();
}

/// What a panic says may hold client data, and the default would print it: only its place is logged.
fn log_panics_by_place() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a panic");
    }));
}
