//! Visits that move between units: what the law of one of them bound stays bound (42 CFR 2.11, 2.12).

use gateway_types::WordSet;
use gateway_types::vocabulary::{Category, Regime};

use super::{A01, after_at, elements, other};
use crate::hl7v2::Unit;

#[test]
fn a_visit_once_in_detoxification_or_nobody_knows_where_is_held_to_part_2_wherever_it_goes_on() {
    let detox = A01.replace("3 WEST", "DETOX UNIT");
    let moved = other(
        "A08",
        "M2",
        "PID|1||4711^^^CEDAR^MR\rPV1|1||4 EAST^^^CEDAR||||||||||||||||V100^^^CEDAR\r",
    );
    let visit = |unit: &Unit<'_>| {
        let records = after_at(&[&detox, &moved], unit);
        let mut visits = elements(&records).into_iter().cloned();
        visits
            .find(|element| element.category == Some(Category::Encounters))
            .unwrap()
    };
    let part2 = WordSet::from_iter([Regime::P2]);
    // Registered: what its law bound stays bound, though the visit is now elsewhere. Of one message after the other, and of
    // both in one group, that is the same.
    let known = visit(&|unit| {
        let detox = unit.is_some_and(|unit| unit.contains("DETOX"));
        Some(if detox { part2 } else { WordSet::EMPTY })
    });
    assert!(known.regimes.contains(Regime::P2));
    assert!(known.source_programme.is_some_and(|unit| unit.contains("4 EAST")));
    // Not registered: of unknown provenance, and so it stays.
    let unknown = visit(&|unit| {
        let detox = unit.is_some_and(|unit| unit.contains("DETOX"));
        (!detox).then_some(WordSet::EMPTY)
    });
    assert_eq!(
        unknown.source_programme.as_deref(),
        Some(gateway_types::record::UNRESOLVED_PROGRAMME)
    );
    // Who somebody is is the facility's to say.
    let records = after_at(&[&detox, &moved], &|_| None);
    let unresolved = |element: &&gateway_types::LabelledElement| {
        element.source_programme.as_deref() == Some(gateway_types::record::UNRESOLVED_PROGRAMME)
    };
    for element in elements(&records).into_iter().filter(unresolved) {
        assert_ne!(element.category, Some(Category::Demographics));
    }
}
