//! The rules of docs/architecture.md that a compiler does not know: which crate may know which, and how big a file gets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Which of our crates each of our crates may build on. Tests of a crate may use more.
const MAY_USE: [(&str, &[&str]); 15] = [
    ("gateway-types", &[]),
    ("gateway-crypto", &["gateway-types"]),
    ("gateway-audit", &["gateway-types", "gateway-crypto"]),
    ("gateway-linkage", &["gateway-types", "gateway-crypto"]),
    ("consent", &["gateway-types"]),
    // For the digests of rule sets and agreements.
    ("policies", &["gateway-types", "gateway-crypto"]),
    // The second engine and the proof; nothing that decides in use builds on it.
    (
        "policies-reference",
        &["gateway-types", "gateway-crypto", "policies"],
    ),
    ("adapters", &["gateway-types"]),
    ("gateway-store", &["below"]),
    ("gateway-store-sql", &["below", "gateway-store"]),
    ("gateway-exchange", &["below", "gateway-store"]),
    ("gateway-http", &["below", "gateway-store", "gateway-exchange"]),
    // Invents people and files; knows the vocabulary and how to sign.
    ("gateway-synthetic", &["gateway-types", "gateway-crypto"]),
    (
        "gateway-cli",
        &[
            "below",
            "gateway-store",
            "gateway-store-sql",
            "gateway-exchange",
            "gateway-http",
            "gateway-synthetic",
            "policies-reference",
        ],
    ),
    ("tests-postgres", &[]),
];

/// What "below" means: the pure crates, on which everything from the store upwards may build.
const BELOW: [&str; 7] = [
    "gateway-types",
    "gateway-crypto",
    "gateway-audit",
    "gateway-linkage",
    "consent",
    "policies",
    "adapters",
];

/// Third-party crates that one crate of ours has to itself, so that all others see our own types.
const KEPT_TO: [(&str, &[&str]); 16] = [
    ("sqlx", &["gateway-store-sql"]),
    ("ring", &["gateway-crypto"]),
    ("openssl", &["gateway-crypto"]),
    ("jsonwebtoken", &["gateway-crypto"]),
    ("axum", &["gateway-http"]),
    ("utoipa", &["gateway-http"]),
    ("rustls", &["gateway-http"]),
    ("tokio-rustls", &["gateway-http"]),
    ("clap", &["gateway-cli"]),
    ("indicatif", &["gateway-cli"]),
    ("anyhow", &["gateway-cli"]),
    ("quick-xml", &["adapters"]),
    ("csv", &["adapters"]),
    ("minicbor", &["gateway-audit"]),
    ("cedar-policy", &["policies-reference"]),
    ("cedar-policy-symcc", &["policies-reference"]),
];

/// Crates that do no I/O take no time, no randomness and no runtime; crates that would bring them are barred there.
const PURE: [&str; 6] = [
    "gateway-types",
    "gateway-audit",
    "gateway-linkage",
    "consent",
    "policies",
    "adapters",
];
const IMPURE: [&str; 8] = [
    "tokio",
    "hyper",
    "reqwest",
    "rand",
    "getrandom",
    "chrono",
    "tempfile",
    "sqlx",
];

const MOST_LINES: usize = 700;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// Our packages with the names of what they are built on (not what only their tests use): ours, others'.
fn packages() -> BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let (mut ours, mut others) = (BTreeSet::new(), BTreeSet::new());
            for dependency in package["dependencies"].as_array().unwrap() {
                if dependency["kind"].is_null() {
                    let name = dependency["name"].as_str().unwrap().to_owned();
                    if dependency["path"].is_string() {
                        ours.insert(name)
                    } else {
                        others.insert(name)
                    };
                }
            }
            (package["name"].as_str().unwrap().to_owned(), (ours, others))
        })
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let packages = packages();
    for (name, allowed) in MAY_USE {
        let (ours, _) = packages
            .get(name)
            .unwrap_or_else(|| panic!("there is no package {name}"));
        let allowed: BTreeSet<&str> = allowed
            .iter()
            .flat_map(|word| {
                if *word == "below" {
                    BELOW.to_vec()
                } else {
                    vec![*word]
                }
            })
            .collect();
        for used in ours {
            assert!(allowed.contains(used.as_str()), "{name} must not build on {used}");
        }
    }
    for name in packages.keys() {
        let known = MAY_USE.iter().any(|(known, _)| known == name) || name.starts_with("tests-");
        assert!(known, "{name} has no place in docs/architecture.md");
    }
}

#[test]
fn a_third_party_crate_is_known_to_one_of_ours() {
    for (name, (_, others)) in packages() {
        if name.starts_with("tests-") {
            continue;
        }
        for (kept, to) in KEPT_TO {
            assert!(
                !others.contains(kept) || to.contains(&name.as_str()),
                "{name} must not use {kept}"
            );
        }
        for barred in IMPURE {
            assert!(
                !PURE.contains(&name.as_str()) || !others.contains(barred),
                "{name} is pure and must not use {barred}"
            );
        }
    }
}

/// Our source files.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                sources(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_is_short_enough_to_be_read() {
    let mut files = Vec::new();
    for folder in ["gateway", "consent", "adapters", "policies", "tests"] {
        sources(&root().join(folder), &mut files);
    }
    assert!(files.len() > 100, "only {} files were found", files.len());
    let mut lengths = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = text.lines().count();
        assert!(
            text.starts_with("//! "),
            "{} does not begin with what it is for",
            path.display()
        );
        assert!(
            lines <= MOST_LINES,
            "{} has {lines} lines; {MOST_LINES} is the most",
            path.display()
        );
        lengths.push(lines);
    }
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 200, "the median file has {median} lines");
}

#[test]
fn only_the_top_level_that_the_architecture_names_is_there() {
    let known = [
        "Cargo.toml",
        "Cargo.lock",
        "LICENSE",
        "README.md",
        "adapters",
        "consent",
        "docs",
        "gateway",
        "policies",
        "target",
        "tests",
    ];
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            name.starts_with('.') || known.contains(&name.as_str()),
            "{name} is not in docs/architecture.md"
        );
    }
}
