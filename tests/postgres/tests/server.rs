//! The private PostgreSQL really starts, keeps databases apart, and leaves nothing behind, even when killed.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tests_postgres::{Server, database_or_skip, shared};

#[test]
fn each_test_gets_an_empty_database_of_its_own() {
    let name = "each_test_gets_an_empty_database_of_its_own";
    let (Some(one), Some(two)) = (database_or_skip(name), database_or_skip(name)) else {
        return;
    };
    assert_ne!(one, two);
    let server = shared().unwrap();
    server
        .psql(&one, "CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('übrig')")
        .unwrap();
    assert_eq!(server.psql(&one, "SELECT x FROM t").unwrap(), "übrig");
    let error = server.psql(&two, "SELECT x FROM t").unwrap_err().to_string();
    assert!(error.contains("does not exist"), "{error}");
    assert_eq!(server.psql(&two, "SHOW fsync").unwrap(), "off");
    assert_eq!(server.psql(&two, "SHOW listen_addresses").unwrap(), "");
}

#[test]
fn a_dropped_server_leaves_nothing() {
    if database_or_skip("a_dropped_server_leaves_nothing").is_none() {
        return;
    }
    let server = Server::start().unwrap();
    let folder = server.folder().to_owned();
    let process = process_of(&folder);
    assert!(is_running(&process));
    drop(server);
    assert!(!folder.exists());
    assert!(!is_running(&process));
}

#[test]
fn a_killed_test_leaves_nothing() {
    if database_or_skip("a_killed_test_leaves_nothing").is_none() {
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "start_a_server_and_wait_to_be_killed",
            "--nocapture",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let folder = lines
        .find_map(|line| Some(line.unwrap().split_once("folder=")?.1.to_owned()))
        .unwrap();
    let folder = Path::new(&folder);
    let process = process_of(folder);
    assert!(is_running(&process));

    child.kill().unwrap();
    child.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    while folder.exists() || is_running(&process) {
        assert!(Instant::now() < deadline, "the server outlived its test");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Not a test: the process that `a_killed_test_leaves_nothing` kills.
#[test]
#[ignore = "run by a_killed_test_leaves_nothing in a process of its own"]
fn start_a_server_and_wait_to_be_killed() {
    println!("\nfolder={}", shared().unwrap().folder().display());
    // Ends with the parent if the parent is gone first.
    let _ = std::io::stdin().read_line(&mut String::new());
}

/// The server's process id, from the first line of its lock file.
fn process_of(folder: &Path) -> String {
    let state = std::fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
    let process = state.lines().next().unwrap_or_default().to_owned();
    assert!(process.parse::<u32>().is_ok(), "no process id in the lock file");
    process
}

fn is_running(process: &str) -> bool {
    Path::new("/proc").join(process).exists()
}
