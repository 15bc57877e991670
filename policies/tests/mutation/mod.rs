//! The mutation check: each rule of the floor in turn is taken away, then turned round, and a case has to notice.
//!
//! Part of the crate's own unit tests, so that no other build holds anything that could bend a rule. The table that
//! it finds is kept in `docs/law-mutations.md`; `ASSENT_WRITE_LAW_MUTATIONS=1 cargo test -p policies --lib mutation`
//! renews it.

#[expect(dead_code, reason = "the suite reads the cases in more ways than this check")]
#[path = "../suite/cases.rs"]
mod cases;
mod papers;
mod table;
mod witnesses;

use std::cell::Cell;
use std::path::Path;

use crate::law::{self, Rule};

/// What is done to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bend {
    /// It never fires, never carries.
    Removed,
    /// It fires, or carries, exactly where it should not.
    Negated,
}

thread_local! {
    static BENT: Cell<Option<(&'static Rule, Bend)>> = const { Cell::new(None) };
}

/// What a rule found, unless it is the one that is bent now.
pub(crate) fn heard(rule: &'static Rule, found: bool) -> bool {
    BENT.with(|bent| match bent.get() {
        // By what it says: a rule that stands in a table may have several addresses, one for each part of the program that
        // reads the table.
        Some((one, bend)) if (one.id, one.says) == (rule.id, rule.says) => match bend {
            Bend::Removed => false,
            Bend::Negated => !found,
        },
        _ => found,
    })
}

fn with_bent<T>(rule: &'static Rule, bend: Bend, run: impl FnOnce() -> T) -> T {
    BENT.with(|bent| bent.set(Some((rule, bend))));
    let result = run();
    BENT.with(|bent| bent.set(None));
    result
}

/// What each case, and each agreement file with the tests inside it, makes of the rules as they are bent now.
struct Jury {
    scenarios: Vec<cases::Scenario>,
    agreements: Vec<(String, String)>,
    papers: Vec<papers::Paper>,
}

impl Jury {
    fn assembled() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mou");
        let mut agreements: Vec<(String, String)> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(&path).unwrap())
            })
            .collect();
        agreements.sort();
        Self {
            scenarios: cases::scenarios(),
            agreements,
            papers: papers::papers(),
        }
    }

    /// Who notices: scenarios by id, then agreement files and papers by name.
    fn noticed(&self) -> Vec<String> {
        let scenarios = self
            .scenarios
            .iter()
            .filter(|scenario| !cases::differences(scenario).is_empty())
            .map(|scenario| scenario.id.clone());
        let agreements = self
            .agreements
            .iter()
            .filter(|(name, text)| crate::mou::check(name, text).is_err())
            .map(|(name, _)| name.clone());
        let papers = self
            .papers
            .iter()
            .filter(|paper| !paper.holds())
            .map(|paper| paper.name.to_owned());
        scenarios.chain(agreements).chain(papers).collect()
    }
}

#[test]
fn removing_or_negating_any_rule_is_noticed_by_a_case() {
    let jury = Jury::assembled();
    assert_eq!(
        jury.noticed(),
        Vec::<String>::new(),
        "cases fail with no rule bent"
    );
    let rows: Vec<table::Row> = law::rules()
        .map(|rule| table::Row {
            rule,
            removed: with_bent(rule, Bend::Removed, || jury.noticed()),
            negated: with_bent(rule, Bend::Negated, || jury.noticed()),
        })
        .collect();
    let survivors: Vec<String> = rows
        .iter()
        .enumerate()
        .flat_map(|(number, row)| {
            let quiet = [("removed", &row.removed), ("negated", &row.negated)];
            quiet
                .into_iter()
                .filter(|(_, killers)| killers.is_empty())
                .map(move |(bend, _)| format!("{number} {} {bend}: {}", row.rule.id, row.rule.says))
        })
        .collect();
    assert!(
        survivors.is_empty(),
        "{} survive:\n{}",
        survivors.len(),
        survivors.join("\n")
    );
    table::compare(&rows);
}

#[test]
fn no_two_rules_say_the_same() {
    let mut said = std::collections::BTreeSet::new();
    for rule in law::rules() {
        assert!(said.insert((rule.id, rule.says)), "{} {}", rule.id, rule.says);
    }
}

#[test]
fn a_rule_is_bent_for_as_long_as_it_is_said_and_no_longer() {
    let rule = law::rules().next().unwrap();
    assert!(heard(rule, true) && !heard(rule, false));
    assert!(!with_bent(rule, Bend::Removed, || heard(rule, true)));
    assert!(with_bent(rule, Bend::Negated, || heard(rule, false)));
    assert!(heard(rule, true) && !heard(rule, false));
}
