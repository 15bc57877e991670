//! Programs of `tests/go`, built with Go and the packages of the Go project that Debian ships.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian puts Go's packages.
const PACKAGES: &str = "/usr/share/gocode";

/// The program of `tests/go`, built into `folder`; `None`: Go, or the package `golang.org/x/mod`, is not here, which is said
/// aloud and is a failure where `ASSENT_TESTS_REQUIRE_GO=1`.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "whether what it needs is there, and saying aloud that it is not"
)]
pub fn built(folder: &Path) -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../go");
    let program = folder.join("verify");
    let found = Path::new(PACKAGES).join("src/golang.org/x/mod/sumdb").is_dir();
    let status = found.then(|| {
        Command::new("go")
            .arg("build")
            .arg("-o")
            .arg(&program)
            .arg(".")
            .current_dir(source)
            .env("GO111MODULE", "off")
            .env("GOPATH", PACKAGES)
            .env("GOFLAGS", "")
            .env("GOCACHE", folder.join("cache"))
            .status()
    });
    let Some(Ok(status)) = status else {
        let required = std::env::var("ASSENT_TESTS_REQUIRE_GO").is_ok_and(|value| value == "1");
        assert!(!required, "Go, or its package golang.org/x/mod, is not here");
        println!(
            "nothing was verified with Go: it is not here (Debian: apt-get install golang-go golang-golang-x-mod-dev)"
        );
        return None;
    };
    assert!(status.success(), "tests/go does not build");
    Some(program)
}
