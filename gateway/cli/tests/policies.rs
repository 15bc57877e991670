//! `assent policies` as a person runs it: what it prints where, and what it ends with.

#![expect(clippy::unwrap_used, reason = "test code: a step that fails fails the test")]

use std::path::{Path, PathBuf};
use std::process::Command;

struct Ended {
    code: i32,
    out: String,
    err: String,
}

fn assent(arguments: &[&str]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_assent"))
        .arg("policies")
        .args(arguments)
        .output()
        .unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn policies(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    folder.join(path).display().to_string()
}

/// A file of the policies folder with one text changed.
fn bent(folder: &tempfile::TempDir, path: &str, from: &str, to: &str) -> String {
    let text = std::fs::read_to_string(policies(path)).unwrap();
    assert!(text.contains(from), "{path} does not say {from}");
    let name = Path::new(path).file_name().unwrap();
    let bent: PathBuf = folder.path().join(name);
    std::fs::write(&bent, text.replacen(from, to, 1)).unwrap();
    bent.display().to_string()
}

#[test]
fn check_ends_well_on_what_ships_and_with_65_on_a_wrong_file() {
    let ended = assent(&["check", &policies("mou")]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""), "{}", ended.out);
    // The day of the test may bring a warning, never an error.
    assert!(
        ended.out.contains("riverton-outreach 1.0.0: ") && !ended.out.contains("error["),
        "{}",
        ended.out
    );
    let folder = tempfile::tempdir().unwrap();
    let wrong = bent(
        &folder,
        "mou/riverton-outreach.toml",
        "\"LE-OUTREACH\"",
        "\"LE-OUTRAECH\"",
    );
    let ended = assent(&["check", &wrong]);
    assert_eq!(ended.code, 65);
    assert!(ended.out.contains("did you mean `LE-OUTREACH`?") && !ended.out.contains('\u{1b}'));
    let json: serde_json::Value = serde_json::from_str(&assent(&["check", "--json", &wrong]).out).unwrap();
    assert_eq!(json["findings"][0]["code"], "E05");
    assert_eq!(assent(&["check", "no-such-file.toml"]).code, 64);
}

#[test]
fn test_keeps_the_runner_contract() {
    let cases = policies("cases/b_dispatch.json");
    let folder = tempfile::tempdir().unwrap();
    let results = folder.path().join("results.jsonl").display().to_string();
    let ended = assent(&["test", "--results", &results, &cases]);
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let lines: Vec<&str> = ended.out.lines().collect();
    let count = lines.len() - 1;
    assert!(lines[..count].iter().all(|line| line.starts_with("ok D")));
    assert_eq!(lines[count], format!("{count} passed, 0 failed"));
    let written = std::fs::read_to_string(&results).unwrap();
    let keys = [
        "accounting",
        "elements",
        "id",
        "notices",
        "obligations",
        "response",
    ];
    for (line, case) in written.lines().zip(&lines) {
        let result: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        // In which order the keys stand is serde_json's affair.
        let mut found: Vec<_> = result.keys().collect();
        found.sort();
        assert_eq!(found, keys);
        assert_eq!(format!("ok {}", result["id"].as_str().unwrap()), *case);
    }
    assert_eq!(written.lines().count(), count);

    let failing = bent(
        &folder,
        "cases/b_dispatch.json",
        "\"response\": \"ok\"",
        "\"response\": \"neutral\"",
    );
    let ended = assent(&["test", &failing]);
    assert_eq!(ended.code, 1);
    assert_eq!(
        ended.out.lines().count(),
        count + 1,
        "one line a case and one with totals"
    );
    assert!(ended.out.contains("FAIL ") && ended.out.contains("response ok not neutral"));
    assert!(ended.err.contains("- expected neutral") && ended.err.contains("+ came out ok"));

    let unknown = bent(&folder, "cases/b_dispatch.json", "\"initiator\"", "\"initator\"");
    let ended = assent(&["test", &unknown]);
    assert_eq!((ended.code, ended.out.as_str()), (2, ""));
    assert!(ended.err.contains("unknown field `initator`"));
    assert_eq!(assent(&["test", "no-such-file.json"]).code, 2);
    assert_eq!(assent(&["test", &policies("mou")]).code, 0);
}

#[test]
fn explain_takes_a_scenario_or_facts_and_says_why() {
    let cases = policies("cases/a_crisis.json");
    let ended = assent(&["explain", &cases, "--id", "D1"]);
    assert_eq!(ended.code, 0);
    assert!(ended.out.contains("HIP-506a permits") && ended.out.contains("45 CFR 164.506(c)(2)"));
    assert_eq!(assent(&["explain", &cases, "--id", "D0"]).code, 64);
    let ended = assent(&[
        "explain",
        &cases,
        "--id",
        "D1",
        "--json",
        "--agreements",
        &policies("mou"),
    ]);
    let json: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(json["elements"][0]["outcome"], "release");
}

#[test]
fn diff_says_who_sees_more_and_minds_the_version_number() {
    let old = policies("mou/riverton-outreach.toml");
    let folder = tempfile::tempdir().unwrap();
    let new = bent(
        &folder,
        "mou/riverton-outreach.toml",
        "\"shelter_status\"]",
        "\"shelter_status\", \"enrollment\"]",
    );
    let ended = assent(&["diff", &old, &new]);
    assert_eq!(ended.code, 65, "{}{}", ended.out, ended.err);
    assert!(
        ended.out.contains(
            "+ outreach_officer of riverton-pd-outreach newly sees enrollment of riverton-hmis for"
        ),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("error[E15]"));
    assert_eq!(assent(&["diff", &old, &old]).code, 0);
}
