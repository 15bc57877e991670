//! Each view over one log lists what its own law wants, as far back as that law reaches, and of nobody else's records.

use gateway_types::vocabulary::{Category, GatewayRole, Regime};
use gateway_types::{ElementId, WordSet};

use super::*;

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn agency(text: &str) -> AgencyId {
    text.parse().unwrap()
}

fn went(regimes: &[Regime], bases: &[Basis]) -> Released {
    Released {
        element: "00112233445566778899aabbccddeeff".parse::<ElementId>().unwrap(),
        category: Category::Medications,
        source: agency("cedar-recovery"),
        programme: None,
        regimes: regimes.iter().copied().collect::<WordSet<_>>(),
        bases: bases.iter().copied().collect(),
        as_of: None,
    }
}

const NOW: &str = "2026-11-23T14:00:00Z";

/// The views that list this element of a disclosure at `at`.
fn views(at: &str, released: &Released) -> Vec<&'static str> {
    let mut detail = Detail::at(moment(at));
    // As the engine sets them for the disclosure as a whole, which may hold other agencies' records too.
    (detail.accounting.hipaa, detail.accounting.part2) = (true, true);
    let cedar = agency("cedar-recovery");
    let of = Whose {
        agency: &cedar,
        registered: None,
    };
    View::ALL
        .into_iter()
        .filter(|view| view.lists(&of, &detail, released, moment(NOW)))
        .map(View::code)
        .collect()
}

#[test]
fn one_log_gives_each_law_its_own() {
    let now = "2026-11-23T13:00:00Z";
    let warned = went(&[Regime::Hipaa], &[Basis::Hip512j1]);
    let treated = went(&[Regime::Hipaa], &[Basis::Hip506a]);
    let authorized = went(&[Regime::Hipaa], &[Basis::Hip508c]);
    let family = went(&[Regime::Hipaa], &[Basis::Hip510b1]);
    let custody = went(&[Regime::Hipaa], &[Basis::Hip512k5]);
    let police = went(&[Regime::Hipaa], &[Basis::Hip512f2]);
    let consented = went(&[Regime::Hipaa, Regime::P2], &[Basis::Hip506a, Basis::P231a]);
    let emergency = went(&[Regime::Hipaa, Regime::P2], &[Basis::Hip506a, Basis::P251]);
    for (released, expected) in [
        (&warned, &["hipaa"][..]),
        (&treated, &[]),
        (&authorized, &[]),
        (&family, &[]),
        (&custody, &[]),
        (&police, &["hipaa"]),
        (&consented, &["part2"]),
        (&emergency, &[]),
        (&went(&[Regime::Hmis], &[Basis::Hmis1]), &["hmis"]),
        (
            &went(&[Regime::Hmis, Regime::Rhy], &[Basis::Rhy1]),
            &["hmis", "rhy"],
        ),
        (&went(&[Regime::Chri], &[Basis::Cj2033]), &["cjis"]),
    ] {
        assert_eq!(views(now, released), expected, "{released:?}");
    }
}

#[test]
fn an_accounting_reaches_back_as_far_as_its_law_and_no_further() {
    let warned = went(&[Regime::Hipaa], &[Basis::Hip512j1]);
    assert_eq!(views("2020-11-23T00:00:00Z", &warned), ["hipaa"]);
    assert!(views("2020-11-22T23:59:59Z", &warned).is_empty());
    let consented = went(&[Regime::P2], &[Basis::P231a]);
    assert_eq!(views("2023-11-23T00:00:00Z", &consented), ["part2"]);
    assert!(views("2023-11-22T23:59:59Z", &consented).is_empty());
    let shelter = went(&[Regime::Hmis], &[Basis::Hmis1]);
    assert_eq!(views("2012-01-01T00:00:00Z", &shelter), ["hmis"]);
    // No year before has a 29 February three years back.
    let leap = Date::new(2028, 2, 29).unwrap();
    assert_eq!(years_before(leap, 3), Date::new(2025, 2, 28).unwrap());
    assert_eq!(years_before(leap, 4), Date::new(2024, 2, 29).unwrap());
}

#[test]
fn nobody_accounts_for_the_records_of_another_or_owes_a_list_that_is_not_theirs() {
    let mut detail = Detail::at(moment(NOW));
    detail.accounting.part2 = true;
    let (cedar, other) = (agency("cedar-recovery"), agency("lakeside-hospital"));
    let released = went(&[Regime::P2], &[Basis::P231a]);
    let lists = |view: View, whose: &AgencyId, registered: Option<&Agency>| {
        let of = Whose {
            agency: whose,
            registered,
        };
        view.lists(&of, &detail, &released, moment(NOW))
    };
    assert!(lists(View::Part2, &cedar, None));
    assert!(!lists(View::Part2, &other, None));
    let text = "id = \"cedar-recovery\"\nname = \"Cedar Recovery\"\nkind = \"sud_program\"\n";
    let mut registered: Agency = toml::from_str(text).unwrap();
    registered.gateway_role = Some(GatewayRole::QualifiedServiceOrganization);
    assert!(!lists(View::Intermediary, &cedar, Some(&registered)));
    registered.gateway_role = Some(GatewayRole::Intermediary);
    assert!(lists(View::Intermediary, &cedar, Some(&registered)));
    // What the engine did not count, no view does.
    detail.accounting.part2 = false;
    let of = Whose {
        agency: &cedar,
        registered: Some(&registered),
    };
    assert!(!View::Part2.lists(&of, &detail, &released, moment(NOW)));
}

#[test]
fn each_view_has_a_word_and_a_rule_of_its_own() {
    for view in View::ALL {
        assert_eq!(View::from_code(view.code()), Some(view));
    }
    let rules: std::collections::BTreeSet<_> = View::ALL.into_iter().map(View::rule).collect();
    assert_eq!(rules.len(), View::ALL.len());
    assert_eq!(View::from_code("Maria Lopez"), None);
}
