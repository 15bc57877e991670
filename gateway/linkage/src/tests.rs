//! The people one must join and the people one must not.

use std::collections::BTreeSet;

use gateway_types::{ClientId, ClientIdentity, Date, Pii};
use proptest::prelude::*;

use super::*;
use crate::compare::compare;

/// A person written as `first middle last suffix | birth date | number | telephone`, `-` for what is missing and `+`
/// for a space.
fn person(text: &str) -> Particulars {
    Particulars::of(&identity(text))
}

fn identity(text: &str) -> ClientIdentity {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let names: Vec<Option<Pii<String>>> = parts[0]
        .split(' ')
        .map(|word| (word != "-").then(|| Pii::new(word.replace('+', " "))))
        .collect();
    let field = |n: usize| parts.get(n).copied().filter(|value| *value != "-");
    ClientIdentity {
        first_name: names[0].clone(),
        middle_name: names[1].clone(),
        last_name: names[2].clone(),
        name_suffix: names.get(3).cloned().flatten(),
        birth_date: field(1).map(|date| Pii::new(date.parse().unwrap())),
        ssn: field(2).map(|number| Pii::new(number.to_owned())),
        phones: field(3)
            .map(|phone| Pii::new(phone.to_owned()))
            .into_iter()
            .collect(),
    }
}

fn client(number: u32) -> ClientId {
    format!("00000000-0000-0000-0000-{number:012x}").parse().unwrap()
}

fn matches(question: &str, on_file: &str) -> bool {
    let candidates = [(client(1), person(on_file))];
    matches!(
        find_one(&person(question), &candidates, &Thresholds::default()),
        MatchOutcome::Unique { .. }
    )
}

/// Whether the store would even look at it.
fn share_a_key(one: &str, other: &str) -> bool {
    let keys: BTreeSet<BlockingKey> = person(one).blocking_keys().into_iter().collect();
    person(other).blocking_keys().iter().any(|key| keys.contains(key))
}

#[test]
fn one_person_under_two_pens_is_found() {
    for (one, other) in [
        (
            "Rosa - Delgado-Quill | 1984-03-12 | -",
            "Rosa - Delgado-Quill | 1984-03-12 | -",
        ),
        (
            "ROSA - DELGADO+QUILL | 1984-03-12 | -",
            "Rosa - Delgado-Quill | 1984-03-12 | -",
        ),
        (
            "Rosita - Delgado-Quill | 1984-03-12 | -",
            "Rosa - Delgado-Quill | 1984-03-12 | -",
        ),
        (
            "Rosa - Delgado | 1984-03-12 | 4821",
            "Rosa - Delgado-Quill | 1984-03-12 | 912-44-4821",
        ),
        (
            "Rosa - Quill-Delgado | 1984-03-12 | -",
            "Rosa - Delgado-Quill | 1984-03-12 | -",
        ),
        (
            "Delgado - Rosa | 1984-03-12 | -",
            "Rosa - Delgado | 1984-03-12 | -",
        ),
        ("José - Núñez | 1975-08-04 | -", "Jose - Nunez | 1975-08-04 | -"),
        ("Pepe - Núñez | 1975-08-04 | -", "Jose - Nunez | 1975-08-04 | -"),
        (
            "Bill - Oyelaran-Finch | 1961-02-28 | -",
            "William - Oyelaran-Finch | 1961-02-28 | -",
        ),
        (
            "Marcus - Oyelaran-Finch | 1961-02-03 | -",
            "Marcus - Oyelaran-Finch | 1961-03-02 | -",
        ),
        (
            "Marcus - Oyelaran-Finch | 1961-02-03 | 4821",
            "Marcus - Oyelaran-Finch | 1961-02-08 | 912444821",
        ),
        (
            "Marcus - Finhc | 1961-02-03 | -",
            "Marcus - Finch | 1961-02-03 | -",
        ),
        (
            "Tamsim - Brightwater | 1990-11-30 | 4821",
            "Tamsin - Brightwater | 1990-11-30 | 912444821",
        ),
        (
            "Tamsin - Brightwater | - | xxxxx4821",
            "Tamsin - Brightwater | 1990-11-30 | 912444821",
        ),
        (
            "Tamsin - Brightwater | 1990-01-01 | 4821",
            "Tamsin - Brightwater | 1990-11-30 | 912444821",
        ),
        (
            "Tamsin - Brightwater+Jr | 1990-11-30 | -",
            "Tamsin - Brightwater Jr | 1990-11-30 | -",
        ),
        (
            "- - Brightwater,+Tamsin | 1990-11-30 | -",
            "Tamsin - Brightwater | 1990-11-30 | -",
        ),
        (
            "Tamsin+Brightwater - - | 1990-11-30 | -",
            "Tamsin - Brightwater | 1990-11-30 | -",
        ),
        (
            "Elena - Brightwater | 1990-11-30 | -",
            "Tamsin Elena Brightwater | 1990-11-30 | -",
        ),
        (
            "Ezekiel - De+La+Cruz | 1970-05-06 | -",
            "Zeke - Delacruz | 1970-05-06 | -",
        ),
        (
            "T - Brightwater | 1990-11-30 | 912444821",
            "Tamsin - Brightwater | 1990-11-30 | 912444821",
        ),
    ] {
        assert!(
            matches(one, other),
            "{one} should be {other}: {:?}",
            compare(&person(one), &person(other))
        );
        assert!(
            matches(other, one) || !person(other).suffices(),
            "{other} should be {one}"
        );
        assert!(share_a_key(one, other), "{one} and {other} share no key");
    }
}

#[test]
fn two_people_are_not_joined() {
    for (one, other) in [
        // Twins, with names unlike and alike, with neighbouring numbers, at one telephone, under a sibling's number.
        (
            "Mia - Stroud | 2010-06-01 | - | 5035550142",
            "Noah - Stroud | 2010-06-01 | - | 5035550142",
        ),
        (
            "Mia - Stroud | 2010-06-01 | 912444821",
            "Noah - Stroud | 2010-06-01 | 912444822",
        ),
        (
            "Mia - Stroud | 2010-06-01 | 912444821",
            "Noah - Stroud | 2010-06-01 | 912444821",
        ),
        (
            "Jayden - Stroud | 2010-06-01 | 912444821",
            "Jaylen - Stroud | 2010-06-01 | 912444822",
        ),
        (
            "Jayden - Stroud | 2010-06-01 | -",
            "Jaylen - Stroud | 2010-06-01 | -",
        ),
        (
            "José+Luis - Núñez | 2010-06-01 | -",
            "José+Antonio - Núñez | 2010-06-01 | -",
        ),
        ("J - Stroud | 2010-06-01 | -", "Jaylen - Stroud | 2010-06-01 | -"),
        ("J - Stroud | 2010-06-01 | -", "J - Stroud | 2010-06-01 | -"),
        // Father and son.
        (
            "Ezekiel - Stroud Jr | 1990-06-01 | -",
            "Ezekiel - Stroud Sr | 1962-09-17 | -",
        ),
        (
            "Ezekiel - Stroud Jr | 1990-06-01 | 912444821",
            "Ezekiel - Stroud Sr | 1990-06-01 | 912444821",
        ),
        (
            "Ezekiel - Stroud | 1990-06-01 | -",
            "Ezekiel - Stroud | 1962-09-17 | -",
        ),
        (
            "Ezekiel - Stroud Jr | - | 4821",
            "Ezekiel - Stroud | 1962-09-17 | 912444821",
        ),
        // Spouses.
        (
            "Ana - Stroud | 1980-04-05 | - | 5035550142",
            "Luis - Stroud | 1981-07-09 | - | 5035550142",
        ),
        // Strangers of one name.
        (
            "Maria - Garcia | 1980-04-05 | -",
            "Maria - Garcia | 1992-10-21 | -",
        ),
        (
            "Maria - Garcia | 1980-01-01 | -",
            "Maria - Garcia | 1980-01-01 | -",
        ),
        (
            "Maria - Garcia | 1900-01-01 | -",
            "Maria - Garcia | 1900-01-01 | -",
        ),
        // Placeholders are no agreement.
        (
            "Maria - Garcia | - | 123-45-6789",
            "Maria - Garcia | - | 123-45-6789",
        ),
        ("Maria - Garcia | - | 000000000", "Maria - Garcia | - | 000000000"),
        ("Maria - Garcia | - | 999999999", "Maria - Garcia | - | 999999999"),
        ("John - Doe | 1980-04-05 | -", "John - Doe | 1980-04-05 | -"),
        (
            "Client - Refused | 1980-04-05 | -",
            "Client - Refused | 1980-04-05 | -",
        ),
        // A number typed wrong for somebody else.
        (
            "Tamsin - Brightwater | 1990-11-30 | 912444821",
            "Marcus - Finch | 1961-02-03 | 912444821",
        ),
    ] {
        assert!(
            !matches(one, other),
            "{one} is not {other}: {:?}",
            compare(&person(one), &person(other))
        );
        assert!(!matches(other, one), "{other} is not {one}");
    }
}

#[test]
fn a_question_with_too_little_matches_nobody() {
    let full = "Tamsin Elena Brightwater | 1990-11-30 | 912444821 | 5035550142";
    for poor in [
        "Tamsin - Brightwater | - | -",
        "Tamsin Elena Brightwater | - | - | 5035550142",
        "Tamsin - Brightwater | 1990-01-01 | -",
        "Tamsin - - | 1990-11-30 | -",
        "- - Brightwater | 1990-11-30 | -",
        "- - - | - | 912444821",
        "- - - | 1990-11-30 | 912444821",
    ] {
        assert!(!person(poor).suffices(), "{poor}");
        assert!(!matches(poor, full), "{poor}");
    }
    assert_eq!(
        find_one(&person(full), &[], &Thresholds::default()),
        MatchOutcome::None
    );
}

#[test]
fn two_plausible_clients_are_no_match_and_one_client_twice_is_one() {
    let question = person("Rosa - Delgado | 1984-03-12 | -");
    let twice = [
        (client(1), person("Rosa - Delgado | 1984-03-12 | -")),
        (client(1), person("Rosita - Delgado | 1984-03-12 | -")),
    ];
    let outcome = find_one(&question, &twice, &Thresholds::default());
    assert!(matches!(outcome, MatchOutcome::Unique { client: found, .. } if found == client(1)));
    let mut others = twice.to_vec();
    others.push((client(2), person("Rosa Maria Delgado | 1984-03-12 | 912444821")));
    assert_eq!(
        find_one(&question, &others, &Thresholds::default()),
        MatchOutcome::Ambiguous
    );
    others.reverse();
    assert_eq!(
        find_one(&question, &others, &Thresholds::default()),
        MatchOutcome::Ambiguous
    );
}

#[test]
fn the_explanation_names_fields_and_levels_and_no_value() {
    let candidates = [(client(1), person("Tamsin - Brightwater | 1990-11-30 | 912444821"))];
    let question = person("Tamsin - Brightwater | 1990-11-30 | 4821");
    let MatchOutcome::Unique { explanation, .. } = find_one(&question, &candidates, &Thresholds::default())
    else {
        panic!("she is on file");
    };
    assert_eq!(explanation.agreement(Field::FirstName), Agreement::Exact);
    assert_eq!(explanation.agreement(Field::Ssn), Agreement::LastFour);
    assert_eq!(explanation.agreement(Field::Phone), Agreement::NotCompared);
    let sum: i32 = explanation
        .evidence
        .iter()
        .map(|evidence| evidence.weight.as_hundredths())
        .sum();
    assert_eq!(sum, explanation.total.as_hundredths());
    let shown = format!("{explanation:?} {question:?} {:?}", question.blocking_keys());
    for value in ["amsin", "right", "1990", "4821"] {
        assert!(!shown.contains(value), "{shown}");
    }
}

#[test]
fn a_surname_of_one_word_twice_is_not_any_surname_with_that_word() {
    let twice = person("Ana - Lopez+Lopez | 1990-02-03 | -");
    let with_another = person("Ana - Lopez+Garcia | 1990-02-03 | -");
    for (one, other) in [(&twice, &with_another), (&with_another, &twice)] {
        assert_eq!(compare(one, other).agreement(Field::LastName), Agreement::Part);
    }
}

#[test]
fn what_is_not_known_makes_no_key() {
    assert!(person("- - - | - | -").blocking_keys().is_empty());
    assert!(
        person("Client - Refused | 1900-01-01 | 000000000")
            .blocking_keys()
            .is_empty()
    );
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(vec![
            "maria", "jose", "luis", "bill", "william", "unknown", "jr", "de", "x", ""
        ])
        .prop_map(str::to_owned),
        "[a-zA-Zéñü' -]{0,12}",
        "\\PC{0,6}",
    ]
}

prop_compose! {
    fn anybody()(
        first in prop::option::of(word()),
        middle in prop::option::of(word()),
        last in prop::option::of(word()),
        suffix in prop::option::of(word()),
        birth in prop::option::of((1890i16..2026, 1i8..13, 1i8..29)),
        ssn in prop::option::of("[0-9x-]{0,11}"),
        phones in prop::collection::vec("[0-9+() -]{0,14}", 0..3),
    ) -> ClientIdentity {
        ClientIdentity {
            first_name: first.map(Pii::new),
            middle_name: middle.map(Pii::new),
            last_name: last.map(Pii::new),
            name_suffix: suffix.map(Pii::new),
            birth_date: birth.and_then(|(year, month, day)| Date::new(year, month, day)).map(Pii::new),
            ssn: ssn.map(Pii::new),
            phones: phones.into_iter().map(Pii::new).collect(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn comparing_is_the_same_both_ways(one in anybody(), other in anybody()) {
        let (one, other) = (Particulars::of(&one), Particulars::of(&other));
        prop_assert_eq!(compare(&one, &other), compare(&other, &one));
    }

    #[test]
    fn a_person_told_by_name_and_birth_date_is_found_again(who in anybody()) {
        let particulars = Particulars::of(&who);
        let outcome = find_one(&particulars, &[(client(1), particulars.clone())], &Thresholds::default());
        let found = matches!(outcome, MatchOutcome::Unique { .. });
        let by_name = |name: &Option<names::Name>| name.as_ref().is_some_and(|name| !name.is_initial());
        let told = by_name(&particulars.first)
            && by_name(&particulars.last)
            && matches!(particulars.birth, Some(particulars::Birth::Day(_)));
        prop_assert!(found || !told);
        prop_assert!(!found || particulars.suffices());
        prop_assert!(!told || !particulars.blocking_keys().is_empty());
    }

    #[test]
    fn a_second_client_with_the_same_particulars_makes_it_no_match(who in anybody(), more in anybody()) {
        let (who, more) = (Particulars::of(&who), Particulars::of(&more));
        let candidates = [(client(1), who.clone()), (client(2), more), (client(3), who.clone())];
        let outcome = find_one(&who, &candidates, &Thresholds::default());
        let unique = matches!(outcome, MatchOutcome::Unique { .. });
        prop_assert!(!unique);
    }

    #[test]
    fn keys_are_the_same_each_time_and_each_once(who in anybody()) {
        let keys = Particulars::of(&who).blocking_keys();
        prop_assert_eq!(&keys, &Particulars::of(&who).blocking_keys());
        let each: BTreeSet<&BlockingKey> = keys.iter().collect();
        prop_assert_eq!(each.len(), keys.len());
    }
}

#[test]
fn full_names_and_birth_date_are_enough_whatever_the_script_and_the_number_of_names() {
    for who in [
        "Văn+Hùng - Dang | 1980-05-05 | -",
        "Đức+Thịnh - Do | 1975-11-23 | -",
        "Li - Wu | 1990-07-14 | -",
        "José - Núñez | 1966-09-30 | -",
        "Amina - Osei | 1988-12-03 | -",
    ] {
        assert!(share_a_key(who, who), "{who}");
        assert!(matches(who, who), "{who}");
    }
}
