//! The table of the mutation check, as it is written into the docs.

use std::fmt::Write as _;
use std::path::Path;

use crate::law::Rule;

/// How many of those who notice are named.
const NAMED: usize = 3;

/// One rule, and who noticed that it was bent.
pub(super) struct Row {
    pub(super) rule: &'static Rule,
    pub(super) removed: Vec<String>,
    pub(super) negated: Vec<String>,
}

const HEAD: &str = "# The mutation check of the law

Each rule of the statutory floor (`policies/law`) is taken away in turn, and turned round in turn: it then fires, or
carries a release, exactly where it should not. Each time at least one case of `policies/cases`, or a test inside an
agreement of `policies/mou`, has to fail. The rules are bent inside the crate's own tests, in one place
(`law::rule::heard`); no other build can.

Generated: `ASSENT_WRITE_LAW_MUTATIONS=1 cargo test -p policies --lib mutation`.

| rule | what it says | removed: cases that fail | negated: cases that fail |
| --- | --- | --- | --- |
";

fn page(rows: &[Row]) -> String {
    let mut page = HEAD.to_owned();
    for row in rows {
        // Writing to a string does not fail.
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} |",
            row.rule.id,
            row.rule.says,
            named(&row.removed),
            named(&row.negated)
        );
    }
    page
}

fn named(killers: &[String]) -> String {
    let mut told = killers.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if killers.len() > NAMED {
        let _ = write!(told, " and {} more", killers.len() - NAMED);
    }
    told
}

/// Compares the page with the one in the docs, or writes it.
pub(super) fn compare(rows: &[Row]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/law-mutations.md");
    let page = page(rows);
    if std::env::var_os("ASSENT_WRITE_LAW_MUTATIONS").is_some() {
        std::fs::write(&path, &page).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/law-mutations.md is out of date: run `ASSENT_WRITE_LAW_MUTATIONS=1 cargo test -p policies --lib mutation`"
    );
}
