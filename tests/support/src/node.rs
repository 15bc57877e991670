//! Judges made by others, run by Node: what they find wrong with what we send.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What a script of `tests/node` finds wrong with `input`, line by line; `None`: it, or the package that it needs, is not
/// here, which is said aloud and is a failure where `ASSENT_TESTS_REQUIRE_NODE=1`.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "whether what it needs is there, and saying aloud that it is not"
)]
pub fn judged(script: &str, package: &str, input: &str) -> Option<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node");
    let running = folder.join("node_modules").join(package).is_dir().then(|| {
        Command::new("node")
            .arg(folder.join(script))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
    });
    let Some(Ok(mut running)) = running else {
        let required = std::env::var("ASSENT_TESTS_REQUIRE_NODE").is_ok_and(|value| value == "1");
        assert!(!required, "Node, or a package of tests/node, is not here");
        println!(
            "nothing was validated: Node or a package of tests/node is not here (npm ci --prefix tests/node)"
        );
        return None;
    };
    let mut pipe = running.stdin.take().expect("a pipe");
    pipe.write_all(input.as_bytes()).expect("a reader");
    drop(pipe);
    let output = running.wait_with_output().expect("an end");
    assert!(output.status.success(), "the validator failed");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let last = lines.pop().unwrap_or_default();
    assert!(last.starts_with("looked at"), "{last}");
    Some(lines)
}
