//! `diff` and the lints that ask the law: what two versions let be seen, and what a clause promises in vain.

use gateway_types::Timestamp;
use policies::tools::Style;
use policies::tools::check::check;
use policies::tools::diff::{Bump, Change, DiffReport, diff};

const CARE: &str = include_str!("../../mou/riverton-crisis-care.toml");
const OUTREACH: &str = include_str!("../../mou/riverton-outreach.toml");

/// Two agencies and one clause: small enough to ask the whole world about it.
fn small(clause: &str, more: &str) -> String {
    format!(
        r#"format = "mou/1"
id = "small"
version = "1.0.0"
title = "Small"
status = "draft"
effective = 2026-01-01
review_by = 2027-01-01
instruments = ["OTHER"]
{more}
[[party]]
key = "hospital"
agency = "lakeside-hospital"
name = "Hospital"
kind = "hospital"
roles = ["nurse"]
[[party]]
key = "crisis"
agency = "harbor-crisis"
name = "Crisis"
kind = "behavioral_health_provider"
roles = ["clinician", "nurse"]
[[party]]
key = "programme"
agency = "cedar-recovery"
name = "Programme"
kind = "sud_program"
roles = ["clinician"]
[[party]]
key = "police"
agency = "riverton-pd"
name = "Police"
kind = "law_enforcement"
roles = ["outreach_officer"]
[[party]]
key = "lab"
agency = "lab-one"
name = "Laboratory"
kind = "laboratory"
roles = ["laboratory_staff"]
{clause}"#
    )
}

fn clause(id: &str, from: &str, to: (&str, &str), purpose: &str, share: &str, consent: &str) -> String {
    format!(
        "[[clause]]\nid = \"{id}\"\ntext = \"x\"\nfrom = \"{from}\"\nto = \"{}\"\nroles = [\"{}\"]\n\
         purposes = [\"{purpose}\"]\nshare = [{share}]\nconsent = \"{consent}\"\nbasis = \"x\"\n",
        to.0, to.1
    )
}

fn compared(old: &str, new: &str) -> DiffReport {
    let file = |text: &str| vec![("a.toml".to_owned(), text.to_owned())];
    diff(&file(old), &file(new)).unwrap()
}

fn lines(report: &DiffReport) -> Vec<String> {
    let wide = Style {
        width: 400,
        ..Style::PLAIN
    };
    report
        .to_text(wide)
        .lines()
        .filter(|line| line.starts_with(['+', '-', '~', 'e']))
        .map(str::to_owned)
        .collect()
}

const TREATING: (&str, &str) = ("crisis", "clinician");

#[test]
fn the_same_agreement_shows_nobody_more_or_less() {
    let report = compared(CARE, &CARE.replace("# Memorandum", "# A remark. Memorandum"));
    assert!(report.sentences.is_empty() && report.versions.is_empty() && !report.has_errors());
    assert!(
        report
            .to_text(Style::PLAIN)
            .starts_with("nobody sees more or less\n")
    );
}

#[test]
fn what_is_newly_seen_and_what_no_longer_is_told_with_the_weakest_condition() {
    let old = small(
        &clause(
            "1",
            "hospital",
            TREATING,
            "TREAT",
            "\"labs\", \"allergies\"",
            "authorization",
        ),
        "",
    );
    let new = small(
        &clause(
            "1",
            "hospital",
            TREATING,
            "TREAT",
            "\"labs\", \"medications\"",
            "not_required",
        ),
        "",
    );
    let report = compared(&old, &new.replace("1.0.0", "1.0.1"));
    assert_eq!(
        lines(&report),
        [
            "+ clinician of harbor-crisis newly sees medications, labs of lakeside-hospital for TREAT: without any condition",
            "- clinician of harbor-crisis no longer sees allergies of lakeside-hospital for TREAT: with a consent (authorization)",
            "error[E15]: small: something is newly seen, so the version after 1.0.0 is 2.0.0 at least, not 1.0.1",
        ]
    );
    assert!(report.has_errors());
    assert_eq!(report.versions[0].needed, Bump::Major);
    // The other way round the labs are still seen, but no longer without a consent.
    let back = compared(&new, &old.replace("1.0.0", "2.0.0"));
    assert_eq!(
        lines(&back),
        [
            "+ clinician of harbor-crisis newly sees allergies of lakeside-hospital for TREAT: with a consent (authorization)",
            "- clinician of harbor-crisis no longer sees medications, labs of lakeside-hospital for TREAT: without any condition",
        ]
    );
    assert!(!back.has_errors());
}

#[test]
fn what_the_law_asks_for_anyway_is_no_difference() {
    let old = small(
        &clause("1", "programme", TREATING, "TREAT", "\"labs\"", "tpo"),
        "",
    );
    let new = small(
        &clause("1", "programme", TREATING, "TREAT", "\"labs\"", "not_required"),
        "",
    );
    // Part 2 records go on a consent in any case; now one that names the recipient does as well.
    assert_eq!(
        lines(&compared(&old, &new.replace("1.0.0", "2.0.0"))),
        ["+ clinician of harbor-crisis newly sees labs of cedar-recovery for TREAT: with a consent (named)"]
    );
    // Nothing opens notes for an agreement, so promising them changes nothing for anybody.
    let never = small(
        &clause(
            "1",
            "hospital",
            ("police", "outreach_officer"),
            "LE-OUTREACH",
            "\"ncic_response\"",
            "tpo",
        ),
        "",
    );
    let nothing = never.replace("ncic_response\"", "ncic_response\", \"psychotherapy_notes\"");
    let report = compared(&never, &nothing);
    assert!(
        report
            .sentences
            .iter()
            .all(|sentence| sentence.condition.contains("notes")),
        "{:?}",
        lines(&report)
    );
}

#[test]
fn less_is_a_minor_and_words_alone_are_a_patch() {
    let old = small(
        &clause(
            "1",
            "hospital",
            TREATING,
            "TREAT",
            "\"labs\", \"allergies\"",
            "not_required",
        ),
        "",
    );
    let less = small(
        &clause("1", "hospital", TREATING, "TREAT", "\"labs\"", "not_required"),
        "",
    );
    let report = compared(&old, &less.replace("1.0.0", "1.1.0"));
    assert!(!report.has_errors());
    assert!(
        report
            .sentences
            .iter()
            .all(|sentence| sentence.change == Change::NoLonger)
    );
    assert!(compared(&old, &less.replace("1.0.0", "1.0.1")).has_errors());
    let words = old.replace("text = \"x\"", "text = \"other words\"");
    let report = compared(&old, &words.replace("1.0.0", "1.0.1"));
    assert_eq!(report.versions[0].needed, Bump::Patch);
    assert!(!report.has_errors());
    assert!(
        compared(&old, &words).has_errors(),
        "the same number for another text"
    );
}

#[test]
fn conditions_dates_terms_and_promises_count() {
    let base = clause("1", "hospital", TREATING, "TREAT", "\"labs\"", "not_required");
    let old = small(&base, "");
    let when = small(&base.replace("basis", "when = [\"own_system\"]\nbasis"), "");
    assert_eq!(
        lines(&compared(&when, &old.replace("1.0.0", "2.0.0"))),
        [
            "+ clinician of harbor-crisis newly sees labs of lakeside-hospital for TREAT: without any condition"
        ]
    );
    let closed = format!("{old}[[never]]\nid = \"2\"\ntext = \"x\"\nto = \"lab\"\nshare = [\"labs\"]\n");
    assert!(
        compared(&old, &closed).sentences.is_empty(),
        "a promise about somebody else"
    );
    let later = compared(
        &small(&base, "expires = 2026-12-31"),
        &small(&base, "expires = 2027-12-31").replace("1.0.0", "1.1.0"),
    );
    assert_eq!(later.versions[0].needed, Bump::Major);
    assert_eq!(
        lines(&later)[0],
        "~ small: in force 2026-01-01 to 2027-12-31 (was 2026-01-01 to 2026-12-31)"
    );
    let kept =
        format!("{old}[[retention]]\nparty = \"crisis\"\nshare = [\"*\"]\ndays = 30\nthen = \"delete\"\n");
    assert_eq!(
        lines(&compared(&old, &kept.replace("1.0.0", "1.0.1"))),
        ["~ small: new term: harbor-crisis keeps everything for at most 30 days"]
    );
    // An instrument is a fact of law, and can open what no clause does.
    let lab = clause(
        "1",
        "programme",
        ("lab", "laboratory_staff"),
        "HOPERAT",
        "\"labs\"",
        "not_required",
    );
    let qsoa = small(
        &lab,
        "terms = [\"qsoa_bound_by_part2\", \"qsoa_resists_proceedings\"]",
    )
    .replace("[\"OTHER\"]", "[\"QSOA\"]");
    let opened = lines(&compared(&small(&lab, ""), &qsoa.replace("1.0.0", "2.0.0")));
    assert_eq!(
        opened[..2],
        [
            "+ laboratory_staff of lab-one newly sees labs of cedar-recovery for HOPERAT: with a consent (authorization)",
            "+ laboratory_staff of lab-one newly sees labs of cedar-recovery for HOPERAT: where they treat the client",
        ],
        "{opened:#?}"
    );
}

#[test]
fn an_officer_who_looks_on_is_part_of_the_world() {
    let outreach = OUTREACH.replace("\"treat_as_recipient\"", "\"withhold\"");
    let officer = clause(
        "9",
        "outreach",
        ("outreach", "outreach_officer"),
        "TREAT",
        "\"calls_for_service\"",
        "not_required",
    );
    let at = OUTREACH.find("[[never]]").unwrap();
    let with = |text: &str| format!("{}{officer}{}", &text[..at], &text[at..]);
    let report = compared(&with(OUTREACH), &with(&outreach));
    assert!(
        lines(&report)
            .iter()
            .any(|line| line.starts_with('-') && line.contains("while an officer")),
        "{:#?}",
        lines(&report)
    );
}

#[test]
fn every_difference_of_the_engine_is_told_and_nothing_else() {
    // Whatever is asked of both sets one by one must be what the sentences say.
    let old = vec![("a".to_owned(), CARE.to_owned())];
    let new = vec![(
        "a".to_owned(),
        CARE.replace("\"labs\", \"care_plan\"", "\"care_plan\"")
            .replace("\"TREAT\", \"COC\"]", "\"TREAT\"]"),
    )];
    let report = diff(&old, &new).unwrap();
    let again = diff(&old, &new).unwrap();
    assert_eq!(report.sentences, again.sentences);
    assert!(
        report
            .sentences
            .iter()
            .all(|sentence| sentence.change == Change::NoLonger)
    );
    let lost: Vec<&str> = report
        .sentences
        .iter()
        .flat_map(|sentence| sentence.purposes.clone())
        .collect();
    assert!(lost.contains(&"COC") && lost.contains(&"TREAT"));
    let back = diff(&new, &old).unwrap();
    let mirrored = |report: &DiffReport| {
        let mut told: Vec<String> = report
            .sentences
            .iter()
            .map(|sentence| {
                format!(
                    "{} {:?} {} {:?} {:?} {}",
                    sentence.to,
                    sentence.roles,
                    sentence.from,
                    sentence.categories,
                    sentence.purposes,
                    sentence.condition
                )
            })
            .collect();
        told.sort();
        told
    };
    assert_eq!(mirrored(&report), mirrored(&back));
}

fn found(text: &str) -> Vec<String> {
    let now: Timestamp = "2026-11-22T14:00:00Z".parse().unwrap();
    check(&[("a.toml".to_owned(), text.to_owned())], now)
        .findings
        .iter()
        .map(|finding| format!("{} {}", finding.code, finding.message))
        .filter(|line| {
            !line.starts_with("W03") && !line.starts_with("W15 party") && !line.starts_with("W15 no clause")
        })
        .collect()
}

#[test]
fn a_clause_that_the_law_never_lets_act_is_an_error() {
    let told = found(&small(
        &clause(
            "1",
            "police",
            TREATING,
            "TREAT",
            "\"ncic_response\"",
            "not_required",
        ),
        "",
    ));
    assert_eq!(
        told,
        ["E10 clause `1` can never let anything through: the law withholds all that it shares"]
    );
}

#[test]
fn a_category_that_the_law_always_withholds_is_marked_where_it_stands() {
    let text = small(
        &clause(
            "1",
            "police",
            TREATING,
            "TREAT",
            "\"calls_for_service\", \"ncic_response\"",
            "not_required",
        ),
        "",
    );
    let now: Timestamp = "2026-11-22T14:00:00Z".parse().unwrap();
    let report = check(&[("a.toml".to_owned(), text)], now);
    let marked = report
        .findings
        .iter()
        .find(|finding| finding.code.as_str() == "W08")
        .unwrap();
    assert_eq!(
        marked.message,
        "the law withholds this from everybody whom clause `1` admits: ncic_response"
    );
    assert_eq!((marked.column, marked.length), (31, 15));
}

#[test]
fn a_consent_that_the_law_wants_and_the_paper_hides_is_told() {
    assert_eq!(
        found(&small(
            &clause("1", "programme", TREATING, "TREAT", "\"labs\"", "not_required"),
            ""
        )),
        ["W09 the law lets labs go only on a consent: `tpo` or `named`; the clause says `not_required`"]
    );
    assert_eq!(
        found(&small(
            &clause("1", "programme", TREATING, "TREAT", "\"labs\"", "authorization"),
            ""
        )),
        [
            "W09 the law lets labs go only on a consent: `tpo` or `named`; the clause asks for authorization instead, so both would be needed"
        ]
    );
    assert!(
        found(&small(
            &clause("1", "programme", TREATING, "TREAT", "\"labs\"", "tpo"),
            ""
        ))
        .is_empty()
    );
}

#[test]
fn a_missing_instrument_is_named() {
    let lab = clause(
        "1",
        "programme",
        ("lab", "laboratory_staff"),
        "HOPERAT",
        "\"labs\"",
        "not_required",
    );
    let now: Timestamp = "2026-11-22T14:00:00Z".parse().unwrap();
    let report = check(&[("a.toml".to_owned(), small(&lab, ""))], now);
    let hint = report
        .findings
        .iter()
        .find(|finding| finding.code.as_str() == "W09")
        .and_then(|finding| finding.hint.clone())
        .unwrap();
    assert!(
        hint.ends_with("QSOA with qsoa_bound_by_part2 and qsoa_resists_proceedings"),
        "{hint}"
    );
}

#[test]
fn purposes_that_need_no_agreement_are_told() {
    let told = found(&small(
        &clause("1", "hospital", TREATING, "PATRQT", "\"labs\"", "not_required"),
        "",
    ));
    assert_eq!(
        told,
        ["W15 clause `1` lists purposes for which the law alone decides: PATRQT"]
    );
}
