//! The floor loads, fits the schema strictly, and says what it must of itself.

use policies_reference::{Floor, RuleKind};

#[test]
fn the_floor_loads_and_every_rule_is_cited() {
    let floor = Floor::load().unwrap();
    let count = |kind| floor.rules().iter().filter(|rule| rule.kind == kind).count();
    println!(
        "{} forbids, {} bases",
        count(RuleKind::Forbid),
        count(RuleKind::Basis)
    );
    assert!(count(RuleKind::Forbid) > 40);
    assert!(count(RuleKind::Basis) > 80);
    for rule in floor.rules() {
        assert!(rule.says.ends_with('.'), "{}", rule.id);
        assert!(!rule.text().is_empty(), "{}", rule.id);
    }
}

#[test]
fn a_floor_with_a_rule_less_is_another_floor() {
    let floor = Floor::load().unwrap();
    assert_ne!(floor.without("HP-1").unwrap().hash(), floor.hash());
    assert_ne!(floor.opened("P2-51").unwrap().hash(), floor.hash());
}

/// What is said of one pair of agencies then holds of every pair (see `prove/lint.rs`).
#[test]
fn the_floor_names_no_agency_and_no_moment() {
    let floor = Floor::load().unwrap();
    for policy in floor.policies().policies() {
        let text = policy.to_cedar().unwrap();
        for named in ["Agency::\"", "Person::\""] {
            assert!(!text.contains(named), "{}: {named}", policy.id());
        }
        for comparison in text.split(['<', '>']).skip(1) {
            let number = comparison.trim_start_matches(['=', ' ', '(']);
            let named: String = number.chars().take_while(char::is_ascii_digit).collect();
            // Of numbers only ages and cells are compared with constants.
            assert!(
                ["", "18", "11", "0"].contains(&named.as_str()),
                "{}: {named}",
                policy.id()
            );
        }
    }
}
