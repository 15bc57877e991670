//! A full disk, filled at six points of a commit: refusals, and with room again everything goes on (promise 2).

use std::path::Path;
use std::process::Command;

use tests_load::full::{self, Fills};

use crate::kill::serve_command;

fn limited(folder: &Path) -> Command {
    full::told_of_limits(&serve_command(folder))
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_full_disk_nothing_is_answered_and_with_room_again_all_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = full::rounds(folder.path(), limited, Fills::Limit).await;
    assert!(outcome.full == 6 && outcome.refused >= 18, "{outcome:?}");
    assert!(outcome.answers > 6, "{outcome:?}");
}
