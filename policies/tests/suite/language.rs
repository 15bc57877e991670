//! The language of agreements as it is committed: its schema, its references in the documentation, and an agreement in
//! which every key occurs.

use policies::mou::{Severity, numbers, reference, schema};
use policies::tools::Style;

use crate::tools::checked;

#[test]
fn every_code_is_used_once_and_says_what_it_is_about() {
    let mut known = std::collections::BTreeSet::new();
    for (code, about) in policies::mou::Code::ALL {
        assert!(known.insert(code.as_str()) && !about.is_empty());
        let severity = if code.as_str().starts_with('E') {
            Severity::Error
        } else {
            Severity::Warning
        };
        assert_eq!(code.severity(), severity);
    }
}

fn committed(path: &str, wanted: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("ASSENT_WRITE_MOU_SCHEMA").is_some() {
        std::fs::write(&path, wanted).unwrap();
    }
    assert!(
        std::fs::read_to_string(&path).is_ok_and(|text| text == wanted),
        "{} is not what the language is; after a wanted change: \
         ASSENT_WRITE_MOU_SCHEMA=1 cargo test -p policies language",
        path.display()
    );
}

#[test]
fn the_schema_that_is_committed_is_that_of_the_reader() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("mou/mou.schema.json");
    // Compared as values: the order of keys depends on what else is built beside this crate.
    let same = std::fs::read_to_string(&path).is_ok_and(|text| {
        serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|kept| kept == schema())
    });
    if !same {
        committed("mou/mou.schema.json", &format!("{:#}\n", schema()));
    }
}

/// A page whose part between two marks is written from the code.
fn page_with(path: &str, mark: &str, part: &str) {
    let whole = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = std::fs::read_to_string(whole).unwrap();
    let (start, end) = (
        format!("<!-- {mark}: written by a test -->\n"),
        format!("<!-- end of {mark} -->\n"),
    );
    let (before, rest) = text.split_once(&start).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    committed(path, &format!("{before}{start}\n{part}\n\n{end}{after}"));
}

#[test]
fn the_references_of_the_documentation_are_those_of_the_reader() {
    page_with("../docs/mou-files.md", "keys", reference().trim_end());
    page_with("../docs/policies-command.md", "codes", numbers().trim_end());
}

/// An agreement in which every key of the language occurs, each on a line of its own.
const WHOLE: &str = r#"
format = "mou/1"
id = "whole"
version = "1.0.0"
title = "Whole"
status = "active"
effective = 2026-01-01
expires = 2027-01-01
review_by = 2026-10-01
time_zone = "America/Chicago"
signed_document_sha256 = "0598609a1a114ec086af1c110ced20e0afbf1625ec2edbddfe20d61aa13ccf7e"
instruments = ["QSOA"]
terms = ["qsoa_bound_by_part2", "qsoa_resists_proceedings"]
segregated_clinical_record = false
[supersedes]
version = "0.9.0"
hash = "sha256:0598609a1a114ec086af1c110ced20e0afbf1625ec2edbddfe20d61aa13ccf7e"
[[party]]
key = "one"
agency = "one"
name = "One"
kind = "hospital"
roles = ["nurse"]
[[party]]
key = "two"
agency = "two"
name = "Two"
kind = "hospital"
roles = ["physician"]
[[signature]]
party = "one"
name = "A"
title = "B"
on = 2025-12-01
[[field_set]]
key = "set"
about = "x"
fields = ["labs"]
[[clause]]
id = "1"
text = "x"
from = "one"
to = "two"
roles = ["physician"]
purposes = ["TREAT"]
share = ["set"]
consent = "not_required"
when = ["treating_relationship"]
basis = "x"
[[never]]
id = "2"
text = "x"
from = "one"
to = "two"
purposes = ["HRESCH"]
share = ["hiv"]
[audience]
text = "x"
law_enforcement_present = "withhold"
[emergency]
text = "x"
from = "one"
to = "two"
roles = ["physician"]
purposes = ["BTG"]
share = ["set"]
consent = "not_required"
when = ["own_system"]
requires = ["stated_reason", "second_person_within_24h"]
notify = ["client_when_safe", "privacy_officer:one"]
max_hours = 8
basis = "x"
[redisclosure]
default = "prohibited"
notice = "x"
[[redisclosure.allow]]
party = "two"
to = ["one"]
share = ["labs"]
why = "x"
[[retention]]
party = "two"
share = ["*"]
days = 30
then = "delete"
[[test]]
name = "x"
[test.given]
as = "two.physician"
from = "one"
purpose = "TREAT"
on = 2027-01-01
consent = ["tpo"]
facts = ["treating_relationship"]
audience = ["two.physician"]
[test.expect]
visible = ["labs"]
hidden = ["hiv"]
because = { labs = "1" }
"#;

/// The names of the keys of a schema, tables left out.
fn keys_of(schema: &serde_json::Value, found: &mut std::collections::BTreeSet<String>) {
    let Some(properties) = schema["properties"].as_object() else {
        return;
    };
    for (name, property) in properties {
        let inner = if property["items"]["properties"].is_object() {
            &property["items"]
        } else {
            property
        };
        if inner["properties"].is_object() {
            keys_of(inner, found);
        } else {
            found.insert(name.clone());
        }
    }
}

#[test]
fn every_key_of_the_schema_is_read_and_minded() {
    let report = checked(&[("whole.toml", WHOLE)]);
    let errors: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.code.as_str())
        .collect();
    assert_eq!(errors, ["E01"], "{}", report.to_text(Style::PLAIN));
    let mut wanted = std::collections::BTreeSet::new();
    keys_of(&schema(), &mut wanted);
    let mut bent = 0;
    for (number, line) in WHOLE.lines().enumerate() {
        let Some((key, _)) = line.split_once(" = ") else {
            continue;
        };
        wanted.remove(key);
        let text: Vec<String> = WHOLE
            .lines()
            .enumerate()
            .map(|(other, line)| {
                if other == number {
                    format!("{key} = [[1]]")
                } else {
                    line.to_owned()
                }
            })
            .collect();
        let found = policies::mou::check("whole.toml", &text.join("\n")).unwrap_err();
        assert!(
            found.iter().any(|finding| finding.line == number + 1),
            "nobody minds what `{key}` in line {} holds: {found:#?}",
            number + 1
        );
        bent += 1;
    }
    assert!(
        wanted.is_empty() && bent > 70,
        "the whole agreement lacks {wanted:?}"
    );
}
