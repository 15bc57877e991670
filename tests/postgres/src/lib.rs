//! A private PostgreSQL for tests, started from the server binaries of the machine: no service to prepare, no
//! container, no fixed port, nothing left behind.
//!
//! One server for each test process, one empty database for each test. Where the binaries are absent a test says so
//! and passes, unless `ASSENT_TESTS_REQUIRE_POSTGRES=1` is set, as the continuous integration does.

mod account;
mod binaries;
mod server;

pub use server::Server;

use std::io::Write as _;
use std::sync::OnceLock;

/// Set to `1`, absence of PostgreSQL fails the test instead of skipping it.
pub const REQUIRE: &str = "ASSENT_TESTS_REQUIRE_POSTGRES";

/// Why there is no PostgreSQL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// The server binaries are not on this machine.
    #[error(
        "PostgreSQL's server binaries (initdb, postgres, psql) are neither in PATH nor in \
         /usr/lib/postgresql/*/bin; on Debian install the package `postgresql`"
    )]
    NoBinaries,
    /// PostgreSQL refuses to run as root, and there is no other account to run it.
    #[error("running as root, and neither the account `postgres` nor `nobody` is in /etc/passwd")]
    NoAccount,
    /// A folder or a process could not be made.
    #[error("could not {doing}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A PostgreSQL program failed.
    #[error("{program} failed: {said}")]
    Failed {
        /// Which program.
        program: &'static str,
        /// The end of what it printed.
        said: String,
    },
    /// The server did not become ready.
    #[error("the server did not start; its log ends: {said}")]
    NotReady {
        /// The end of the log.
        said: String,
    },
}

impl Unavailable {
    pub(crate) const fn system(doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::System { doing, source }
    }
}

/// The server of this test process, started at the first call.
///
/// # Errors
/// [`Unavailable`], the same at every call.
pub fn shared() -> Result<&'static Server, &'static Unavailable> {
    static SHARED: OnceLock<Result<Server, Unavailable>> = OnceLock::new();
    SHARED.get_or_init(Server::start).as_ref()
}

/// A fresh, empty database on the server of this test process, as a URL for `sqlx`.
///
/// # Errors
/// [`Unavailable`] as text, its causes included.
pub fn create_database() -> Result<String, String> {
    shared()
        .map_err(with_causes)?
        .create_database()
        .map_err(|error| with_causes(&error))
}

/// A fresh, empty database for the test called `test`; `None`, said aloud, if this machine has no PostgreSQL.
///
/// # Panics
/// If PostgreSQL is there but does not work, or is absent although [`REQUIRE`] is set to `1`.
#[must_use]
pub fn database_or_skip(test: &str) -> Option<String> {
    let database = match shared() {
        Ok(server) => server.create_database(),
        Err(Unavailable::NoBinaries) => Err(Unavailable::NoBinaries),
        Err(error) => fail(&format!("{test}: {}", with_causes(error))),
    };
    match judge(test, database, requirement()) {
        Verdict::Run(url) => Some(url),
        Verdict::Skip(why) => {
            // The test harness captures the print macros of a test that passes; this must be seen.
            let _ = writeln!(std::io::stderr(), "{why}");
            None
        }
        Verdict::Fail(why) => fail(&why),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Run(String),
    Skip(String),
    Fail(String),
}

fn judge(test: &str, database: Result<String, Unavailable>, requirement: Requirement) -> Verdict {
    match database {
        Ok(url) => Verdict::Run(url),
        Err(error @ Unavailable::NoBinaries) if requirement == Requirement::WhereInstalled => {
            Verdict::Skip(format!("SKIPPED on PostgreSQL: {test}: {error}"))
        }
        Err(error) => Verdict::Fail(format!("{test}: {}", with_causes(&error))),
    }
}

#[expect(
    clippy::panic,
    reason = "a library for tests fails as a test does; a missing database must not pass silently"
)]
fn fail(why: &str) -> ! {
    panic!("{why}");
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Requirement {
    Always,
    WhereInstalled,
}

fn requirement() -> Requirement {
    if std::env::var_os(REQUIRE).is_some_and(|value| value == "1") {
        Requirement::Always
    } else {
        Requirement::WhereInstalled
    }
}

fn with_causes(error: &Unavailable) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absence_names_the_package_and_skips_aloud() {
        let verdict = judge(
            "my_test",
            Err(Unavailable::NoBinaries),
            Requirement::WhereInstalled,
        );
        let Verdict::Skip(why) = verdict else {
            panic!("{verdict:?}");
        };
        assert!(why.contains("SKIPPED") && why.contains("my_test") && why.contains("package `postgresql`"));
    }

    #[test]
    fn absence_fails_where_postgres_is_required() {
        let verdict = judge("t", Err(Unavailable::NoBinaries), Requirement::Always);
        assert!(matches!(verdict, Verdict::Fail(why) if why.contains("package `postgresql`")));
    }

    #[test]
    fn a_broken_server_fails_everywhere() {
        for requirement in [Requirement::Always, Requirement::WhereInstalled] {
            let said = "disk full".to_owned();
            let verdict = judge("t", Err(Unavailable::NotReady { said }), requirement);
            assert!(matches!(verdict, Verdict::Fail(why) if why.contains("disk full")));
        }
    }
}
