//! A list holds exactly the disclosures that its accounting has a line of, and nothing that may be suspended.

use gateway_audit::detail::{Party, Released};
use gateway_types::vocabulary::{Basis, Category, Regime, WordSet};
use gateway_types::{ElementId, Timestamp};

use super::*;
use crate::account::views::{View, Whose};

fn agency(text: &str) -> AgencyId {
    text.parse().unwrap()
}

fn went(source: &str, regimes: WordSet<Regime>, bases: WordSet<Basis>) -> Released {
    Released {
        element: "00112233445566778899aabbccddeeff".parse::<ElementId>().unwrap(),
        category: Category::Medications,
        source: agency(source),
        programme: None,
        regimes,
        bases,
        as_of: None,
    }
}

fn disclosure(released: Vec<Released>) -> Detail {
    let now: Timestamp = "2026-11-23T14:00:00Z".parse().unwrap();
    let mut detail = Detail::at(now);
    (detail.accounting.hipaa, detail.accounting.part2) = (true, true);
    detail.requester = Some(Party {
        agency: agency("police"),
        person: None,
        role: None,
        system: None,
    });
    detail.released = released;
    detail
}

#[test]
fn a_list_and_its_accounting_never_differ() {
    let clinic = agency("clinic");
    let whose = Whose {
        agency: &clinic,
        registered: None,
    };
    let mut seen = [0; 4];
    for regime in WordSet::<Regime>::all().iter() {
        for basis in WordSet::<Basis>::all().iter() {
            let one = went(
                "clinic",
                [regime].into_iter().collect(),
                [basis].into_iter().collect(),
            );
            let other = went(
                "shelter",
                [Regime::Hmis].into_iter().collect(),
                [Basis::Hmis1].into_iter().collect(),
            );
            let detail = disclosure(vec![one, other]);
            let on = |class| {
                let lists = lists_of(&detail);
                lists
                    .iter()
                    .any(|list| list.class == class && list.source == clinic)
            };
            let line = |view: View| {
                let now = detail.occurred_at;
                detail
                    .released
                    .iter()
                    .any(|one| view.lists(&whose, &detail, one, now))
            };
            if policies::is_suspendable(basis) {
                assert!(
                    on(Class::Suspendable) && !on(Class::Hipaa) && !on(Class::Part2) && !on(Class::Other)
                );
                seen[0] += 1;
                continue;
            }
            assert_eq!(on(Class::Hipaa), line(View::Hipaa), "{regime:?} {basis:?}");
            assert_eq!(on(Class::Part2), line(View::Part2), "{regime:?} {basis:?}");
            assert_eq!(on(Class::Other), !on(Class::Hipaa) && !on(Class::Part2));
            for (count, class) in seen.iter_mut().skip(1).zip(Class::PROVABLE) {
                *count += u32::from(on(class));
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 3), "{seen:?}");
}

/// The ground of one agency's records says nothing about another's list.
#[test]
fn each_agency_files_by_its_own_records() {
    let treated = went(
        "clinic",
        [Regime::Hipaa].into_iter().collect(),
        [Basis::Hip506a].into_iter().collect(),
    );
    let warned = went(
        "hospital",
        [Regime::Hipaa].into_iter().collect(),
        [Basis::Hip512j1].into_iter().collect(),
    );
    let classes = |detail: &Detail| -> Vec<(Class, String)> {
        let lists = lists_of(detail).into_iter();
        lists.map(|list| (list.class, list.source.to_string())).collect()
    };
    assert_eq!(
        classes(&disclosure(vec![treated.clone(), warned.clone()])),
        [
            (Class::Other, "clinic".to_owned()),
            (Class::Hipaa, "hospital".to_owned())
        ]
    );
    // One element that may be suspended makes the entry one, for everybody, by the recipient it may be suspended for.
    let police = went(
        "hospital",
        [Regime::Hipaa].into_iter().collect(),
        [Basis::Hip512f2].into_iter().collect(),
    );
    let lists = lists_of(&disclosure(vec![treated, police]));
    assert_eq!(lists.len(), 2);
    for list in lists {
        assert_eq!(
            (list.class, list.recipient),
            (Class::Suspendable, Some(agency("police")))
        );
    }
}
