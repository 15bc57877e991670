//! What decided, as one digest: the source of every file that a decision depends on.
//!
//! The law, the engine, the facts, the agreements and how their files are read: a change of any of them is a change of
//! the digest, which is kept with each decision. The words of the closed vocabularies are those of another crate; what
//! they are called is in the sources that name them.

use std::sync::LazyLock;

use gateway_crypto::Digest;

/// A source file by its path in this crate, and its text.
struct Source {
    path: &'static str,
    text: &'static [u8],
}

macro_rules! source {
    ($path:literal) => {
        Source {
            path: $path,
            text: include_bytes!(concat!("../", $path)),
        }
    };
}

/// Every file that decides. A test compares this with the folders.
static SOURCES: &[Source] = &[
    source!("law/case.rs"),
    source!("law/consents.rs"),
    source!("law/element.rs"),
    source!("law/gates.rs"),
    source!("law/hipaa.rs"),
    source!("law/hipaa_public.rs"),
    source!("law/hmis.rs"),
    source!("law/justice.rs"),
    source!("law/mod.rs"),
    source!("law/narrowing.rs"),
    source!("law/own.rs"),
    source!("law/part2.rs"),
    source!("law/part2_exceptions.rs"),
    source!("law/profiles.rs"),
    source!("law/prohibitions.rs"),
    source!("law/rule.rs"),
    source!("law/state.rs"),
    source!("law/victims.rs"),
    source!("src/agreements.rs"),
    source!("src/agreements/in_force.rs"),
    source!("src/agreements/index.rs"),
    source!("src/decision.rs"),
    source!("src/engine.rs"),
    source!("src/engine/batches.rs"),
    source!("src/engine/bearing.rs"),
    source!("src/engine/inquiry.rs"),
    source!("src/engine/passage.rs"),
    source!("src/engine/seats.rs"),
    source!("src/engine/tally.rs"),
    source!("src/facts.rs"),
    source!("src/facts/circumstances.rs"),
    source!("src/facts/consent.rs"),
    source!("src/facts/element.rs"),
    source!("src/facts/flags.rs"),
    source!("src/facts/mou.rs"),
    source!("src/facts/people.rs"),
    source!("src/mou.rs"),
    source!("src/mou/clauses.rs"),
    source!("src/mou/code.rs"),
    source!("src/mou/draft.rs"),
    source!("src/mou/heading.rs"),
    source!("src/mou/keys.rs"),
    source!("src/mou/page.rs"),
    source!("src/mou/paper.rs"),
    source!("src/mou/tests_inside.rs"),
    source!("src/mou/version.rs"),
    source!("src/terms.rs"),
];

/// The content of the floor and of the engine: a digest over their source, so that a change of a rule is a change of
/// the digest.
#[must_use]
pub fn rule_set_hash() -> Digest {
    static HASH: LazyLock<Digest> = LazyLock::new(|| {
        let parts: Vec<&[u8]> = SOURCES
            .iter()
            .flat_map(|source| [source.path.as_bytes(), source.text])
            .collect();
        Digest::of_parts(&parts)
    });
    *HASH
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// What decides nothing: the map of the law, tools that show decisions, labels and texts that go with them, facts
    /// drawn for tests, and this list.
    const NOT_DECIDING: &[&str] = &[
        "law/catalogue.toml",
        "src/blocking.rs",
        "src/labels.rs",
        "src/lib.rs",
        "src/mou/schema.rs",
        "src/notices.rs",
        "src/random",
        "src/rule_set.rs",
        "src/tools",
    ];

    fn collect(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else {
                let inside = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
                found.insert(inside.to_str().unwrap().replace('\\', "/"));
            }
        }
    }

    #[test]
    fn every_file_is_in_the_digest_or_is_said_to_decide_nothing() {
        let mut files = BTreeSet::new();
        for folder in ["law", "src"] {
            collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut files);
        }
        files.retain(|file| !NOT_DECIDING.iter().any(|exempt| file.starts_with(exempt)));
        let listed: BTreeSet<String> = SOURCES.iter().map(|source| source.path.to_owned()).collect();
        assert_eq!(files, listed);
        assert_eq!(listed.len(), SOURCES.len(), "a file is listed twice");
    }
}
