//! SIGKILL under load, at each step of the append path: whatever a client received in full has its entry, whatever was open
//! is closed at the next start.
//!
//! The gateway runs in a process of its own: this test binary again, told by an environment variable to serve a folder
//! instead of testing. `tests/load` does the same as often as it is told.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tests_load::acknowledged;
use tests_load::kill::{Rounds, rounds};

/// Tells the other process which folder to serve.
const SERVE: &str = "ASSENT_TEST_SERVE";

/// Not a test: what the other process runs.
#[test]
#[ignore = "the other process of the test below"]
fn serve() {
    if let Some(folder) = std::env::var_os(SERVE) {
        tests_load::served::serve(Path::new(&folder));
    }
}

pub(crate) fn serve_command(folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["kill::serve", "--exact", "--ignored", "--nocapture"])
        .env(SERVE, folder)
        .stderr(Stdio::inherit());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_kills_under_load_lose_no_entry_of_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = Rounds {
        // Each step at least once.
        kills: 20,
        clients: 4,
        people: 40,
        longest: Duration::from_millis(600),
        verify_every: 10,
    };
    let outcome = rounds(folder.path(), serve_command, wanted).await;
    assert!(
        outcome.answers > 0 && outcome.released > 0,
        "no load: {outcome:?}"
    );
    assert!(outcome.slowest_start < Duration::from_secs(10), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_kills_while_messages_come_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = acknowledged::rounds(folder.path(), serve_command, 10, Duration::from_millis(800)).await;
    assert!(
        outcome.acknowledged > 0 && outcome.cut_off > 0,
        "no load: {outcome:?}"
    );
}
