//! The laws of scopes, over random terms and questions; what several consents say together.

use gateway_types::vocabulary::RevocationForm;
use proptest::prelude::*;

use super::random::{Question, agencies, question, terms};
use super::*;

/// A scope in force for a while, some recipients taken out from some moment on.
fn scopes() -> impl Strategy<Value = Scope> {
    (terms(), agencies(), -2000i64..2000, prop::option::of(terms())).prop_map(|(one, who, shift, more)| {
        let by = recorder("cedar-recovery");
        let mut consent = signed(one);
        if !who.is_empty() {
            let revocation = Revocation {
                at: now().plus_seconds(shift),
                form: RevocationForm::Written,
                scope: RevocationScope::Recipients(who),
            };
            consent = consent
                .revoke(revocation, by, now().plus_seconds(shift.max(0)))
                .unwrap();
        }
        let scope = consent.scope(now());
        more.map_or(scope.clone(), |more| scope.union(&more.scope()))
    })
}

fn when() -> impl Strategy<Value = Timestamp> {
    (-3000i64..3000).prop_map(|shift| now().plus_seconds(shift))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn each_operation_is_that_of_sets(a in scopes(), b in scopes(), q in question(), t in when()) {
        let has = |scope: &Scope| scope.contains(&q.ask(), t);
        prop_assert_eq!(has(&a.intersection(&b)), has(&a) && has(&b));
        prop_assert_eq!(has(&a.union(&b)), has(&a) || has(&b));
        prop_assert_eq!(has(&a.difference(&b)), has(&a) && !has(&b));
    }

    #[test]
    fn an_intersection_never_widens_and_a_difference_shares_nothing(a in scopes(), b in scopes()) {
        let both = a.intersection(&b);
        prop_assert!(both.is_within(&a) && both.is_within(&b));
        let rest = a.difference(&b);
        prop_assert!(rest.is_within(&a));
        prop_assert!(rest.intersection(&b).is_empty());
        prop_assert!(a.is_within(&a.union(&b)));
        prop_assert!(a.difference(&a).is_empty());
        prop_assert!(rest.union(&both).is_within(&a) && a.is_within(&rest.union(&both)));
    }

    #[test]
    fn the_empty_scope_is_nothing(a in scopes(), q in question(), t in when()) {
        let nothing = Scope::nothing();
        prop_assert!(!nothing.contains(&q.ask(), t));
        prop_assert!(nothing.is_within(&a));
        prop_assert!(a.intersection(&nothing).is_empty());
        prop_assert_eq!(&a.union(&nothing), &a);
        prop_assert_eq!(&a.difference(&nothing), &a);
        if a.is_empty() {
            prop_assert!(!a.contains(&q.ask(), t));
        }
    }

    #[test]
    fn the_scope_of_terms_is_what_they_cover(terms in terms(), q in question(), t in when()) {
        prop_assert_eq!(terms.scope().contains(&q.ask(), t), terms.cover(&q.ask()));
    }

    #[test]
    fn the_scope_of_a_consent_is_what_it_covers(
        terms in terms(), q in question(), who in agencies(), others in agencies(),
        whole_too in prop::bool::weighted(0.2),
    ) {
        let mut consent = confirmed_by(signed(terms), others);
        let by = || recorder("cedar-recovery");
        if !who.is_empty() {
            let scope = RevocationScope::Recipients(who);
            consent = consent.revoke(Revocation { scope, ..whole(now()) }, by(), now()).unwrap();
        }
        if whole_too {
            consent = consent.revoke(whole(now()), by(), now()).unwrap();
        }
        prop_assert_eq!(consent.scope(now()).contains(&q.ask(), now()), consent.covers(&q.ask(), now()));
        prop_assert!(consent.scope(now()).is_within(&consent.terms().scope()));
    }

    #[test]
    fn two_consents_cover_together_what_each_does_and_say_which(one in terms(), other in terms(), q in question()) {
        let everybody = || random::AGENCIES.map(agency);
        let (one, other) = (confirmed_by(signed(one), everybody()), confirmed_by(second(other), everybody()));
        let ask = q.ask();
        let weighed = weigh([&one, &other], &ask, now());
        prop_assert_eq!(weighed.cover.contains(&one.id()), one.covers(&ask, now()));
        prop_assert_eq!(weighed.cover.contains(&other.id()), other.covers(&ask, now()));
        prop_assert_eq!(weighed.cover.len() + weighed.against.len(), 2);
        let (kind, beside) = (one.terms().kind, other.terms().kind);
        let lawful = kind == beside || check_combination(kind, beside).is_ok();
        let joined = one.joined_scope(&other, now());
        prop_assert_eq!(joined.is_ok(), lawful);
        if let Ok(joined) = joined {
            prop_assert_eq!(joined.contains(&ask, now()), weighed.is_covered());
        }
    }
}

fn second(terms: Terms) -> Consent {
    let by = recorder("cedar-recovery");
    let signature = signature(SignerRole::Client);
    Consent::record_signed(
        consent_id(2),
        client(7),
        terms,
        signature,
        all_attested(),
        by,
        now(),
    )
    .unwrap()
}

#[test]
fn the_random_scopes_and_questions_meet_often_enough_to_mean_something() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut meet, mut differ) = (0, 0);
    for _ in 0..2000 {
        let (a, b, q): (Scope, Scope, Question) = (scopes(), scopes(), question())
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let has = |scope: &Scope| scope.contains(&q.ask(), now());
        meet += u32::from(has(&a) && has(&b));
        differ += u32::from(has(&a) && !has(&b));
    }
    assert!(meet >= 5 && differ >= 50, "{meet} meet, {differ} differ");
}

#[test]
fn within_one_consent_what_protects_more_is_told() {
    let terms = good_terms(ConsentKind::Named);
    let (from, to) = (agency("cedar-recovery"), agency("harbor-crisis"));
    let party = |agency| Party {
        agency,
        classes: WordSet::EMPTY,
    };
    let ask = Ask {
        discloser: party(&from),
        recipient: party(&to),
        person: None,
        purpose: PurposeOfUse::Treat,
        category: Category::Medications,
    };
    let told = |consent: &Consent, ask: &Ask<'_>| {
        let mut weighed = weigh([consent], ask, now());
        weighed.against.pop().map(|(_, against)| against)
    };
    let consent = signed(terms.clone());
    assert_eq!(told(&consent, &ask), None);
    let purpose = PurposeOfUse::LeInvest;
    assert_eq!(
        told(&consent, &Ask { purpose, ..ask }),
        Some(Against::OtherPurpose)
    );
    let category = Category::Hiv;
    assert_eq!(
        told(&consent, &Ask { category, ..ask }),
        Some(Against::OtherInformation)
    );
    let (elsewhere, stranger) = (agency("elsewhere"), agency("riverton-pd-outreach"));
    let recipient = party(&stranger);
    assert_eq!(
        told(&consent, &Ask { recipient, ..ask }),
        Some(Against::OtherRecipient)
    );
    let discloser = party(&elsewhere);
    assert_eq!(
        told(&consent, &Ask { discloser, ..ask }),
        Some(Against::OtherDiscloser)
    );
    let mut persons = terms;
    persons.recipients.persons.insert(NamedPerson {
        agency: to.clone(),
        staff: staff("a-rivera"),
    });
    assert_eq!(told(&signed(persons), &ask), Some(Against::OtherRecipient));
    let by = recorder("cedar-recovery");
    let scope = RevocationScope::Recipients([to.clone()].into());
    let revoked = consent
        .revoke(
            Revocation {
                scope,
                ..whole(now())
            },
            by,
            now(),
        )
        .unwrap();
    assert_eq!(told(&revoked, &ask), Some(Against::RevokedForRecipient));
}
