//! `tests-load`: loads, measures and kills a gateway of its own; `README.md` says how, and what the figures mean.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement, run by hand"
)]

mod append;
mod bombs;
#[expect(clippy::indexing_slicing, reason = "places in lists that are never empty")]
#[path = "../../../policies/reference/tests/lint/county.rs"]
mod county;
mod demo;
mod differential;
mod disclose;
mod import;
mod messages;
mod properties;
mod readers;
mod releases;
mod weakenings;
mod witnesses;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use tests_load::full::{self, Fills};
use tests_load::kill::{self, Rounds};

/// As in `assent`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: tests-load import [clients] | releases [forms] | disclose [clients] [seconds] | messages [seconds] | append [seconds] [lists] | verify [entries] | accountings [entries]... | kill [rounds] | full [FOLDER] | demo | properties [facts]
       tests-load differential [facts] [seed]
       tests-load weakenings [minutes] [rules] | weakenings-table LINES | county FOLDER [agreements] | witnesses [rules]
       tests-load readers | bombs
An environment variable ASSENT_LOAD_DATA names a folder that `import` leaves its data in and `disclose` finds them in.";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (what, mut number) = (arguments.next(), |default: usize| {
        arguments
            .next()
            .map_or(default, |text| text.parse().expect("a number"))
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match what.as_deref() {
        Some("serve") => {
            let folder = std::env::args_os().nth(2).expect("a folder");
            // A runtime within a runtime does not run.
            drop(runtime);
            tests_load::served::serve(Path::new(&folder));
        }
        Some("import") => runtime.block_on(import::run(number(100_000))),
        Some("releases") => runtime.block_on(releases::run(number(100_000))),
        Some("disclose") => {
            let (clients, seconds) = (number(100_000), number(60));
            runtime.block_on(disclose::run(clients, seconds));
        }
        Some("messages") => {
            let seconds = u64::try_from(number(20)).expect("a number");
            runtime.block_on(messages::run(seconds));
        }
        Some("append") => {
            let (seconds, lists) = (number(5), number(100_000));
            runtime.block_on(append::run(seconds, lists));
        }
        Some("verify") => runtime.block_on(append::verify(number(200_000) as u64)),
        Some("accountings") => {
            let sizes: Vec<u64> = std::env::args()
                .skip(2)
                .map(|text| text.parse().expect("a number"))
                .collect();
            let sizes = if sizes.is_empty() {
                vec![10_000, 100_000, 1_000_000]
            } else {
                sizes
            };
            runtime.block_on(append::accountings(&sizes));
        }
        Some("differential") => {
            let (count, seed) = (number(1_000_000), number(20));
            return differential::run(count, seed);
        }
        Some("county") => {
            let folder = std::env::args_os().nth(2).expect("a folder");
            let count = std::env::args()
                .nth(3)
                .map_or(1_000, |text| text.parse().expect("a number"));
            for (name, text) in county::files(count) {
                std::fs::write(Path::new(&folder).join(name), text).expect("a file");
            }
        }
        Some("witnesses") => witnesses::run(&std::env::args().skip(2).collect::<Vec<_>>()),
        Some("weakenings-table") => {
            let lines = std::env::args_os().nth(2).expect("the lines of `weakenings`");
            weakenings::table(&std::fs::read_to_string(lines).expect("the lines"));
        }
        Some("weakenings") => {
            return weakenings::run(number(120), &std::env::args().skip(3).collect::<Vec<_>>());
        }
        Some("properties") => return properties::run(number(1_000_000)),
        Some("kill") => {
            let folder = tempfile::tempdir().expect("a folder");
            let outcome = runtime.block_on(kill::rounds(
                folder.path(),
                serve_command,
                Rounds {
                    kills: number(200),
                    clients: 4,
                    people: 500,
                    longest: Duration::from_millis(500),
                    verify_every: 20,
                },
            ));
            println!("{outcome:#?}");
        }
        Some("full") => {
            let outcome = match std::env::args_os().nth(2) {
                Some(small) => {
                    let folder = Path::new(&small).join("assent");
                    std::fs::create_dir_all(&folder).expect("a folder");
                    runtime.block_on(full::rounds(&folder, limited_command, Fills::Ballast))
                }
                None => runtime.block_on(full::rounds(scratch().path(), limited_command, Fills::Limit)),
            };
            println!("{outcome:#?}");
        }
        Some("demo") => demo::run(),
        Some("bombs") => return bombs::run(std::env::args().nth(2).as_deref()),
        Some("readers") => readers::run(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// This program again, as the gateway.
fn serve_command(folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg("serve").arg(folder);
    command
}

/// The same, told of limits by errors.
fn limited_command(folder: &Path) -> Command {
    full::told_of_limits(&serve_command(folder))
}

/// A folder on the disk that `TMPDIR` names.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The folder that keeps its data, or a fresh one.
fn data_folder() -> (PathBuf, Option<tempfile::TempDir>) {
    match std::env::var_os("ASSENT_LOAD_DATA") {
        Some(kept) => {
            std::fs::create_dir_all(&kept).expect("a folder");
            (kept.into(), None)
        }
        None => {
            let folder = tempfile::tempdir().expect("a folder");
            (folder.path().to_owned(), Some(folder))
        }
    }
}
