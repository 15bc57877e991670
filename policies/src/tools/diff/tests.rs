//! That what the comparison finds from below is what the engine says of any consents and conditions.

use gateway_types::vocabulary::{ConsentKind, Initiator, PurposeOfUse, Word};

use super::super::world::{CONDITIONS, Given};
use super::{Comparison, Seen};
use crate::{law, mou};

const CARE: &str = include_str!("../../../mou/riverton-crisis-care.toml");

/// Numbers that look random and are the same on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

#[test]
fn the_weakest_conditions_say_for_any_others_what_the_engine_says() {
    let file = mou::read("care", CARE).unwrap();
    let comparison = Comparison::of(std::slice::from_ref(&file), &[]);
    let mut numbers = Numbers(7);
    let (mut open, mut shut) = (0, 0);
    let ways: Vec<_> = comparison.ways.iter().collect();
    for (position, way) in ways.iter().enumerate() {
        if position % 4 != 0 {
            continue;
        }
        let mut seen = Seen::new();
        comparison.seen_on(&comparison.old, way, &mut seen);
        for _ in 0..12 {
            let bits = numbers.next();
            let given = Given {
                consents: ConsentKind::ALL
                    .iter()
                    .filter(|kind| bits >> kind.index() & 3 == 3)
                    .copied()
                    .collect(),
                conditions: comparison.filled(
                    way,
                    &comparison
                        .varying(way)
                        .into_iter()
                        .filter(|condition| {
                            let place = CONDITIONS.iter().position(|known| known == condition).unwrap();
                            bits >> (16 + place) & 1 == 1
                        })
                        .collect::<Vec<_>>(),
                ),
            };
            let engine = comparison.world.seen(&comparison.old, way, &given);
            for category in gateway_types::vocabulary::Category::ALL {
                let told = seen
                    .get(&((*way).clone(), *category))
                    .is_some_and(|weakest| weakest.iter().any(|weaker| weaker.is_within(&given)));
                assert_eq!(told, engine.contains(*category), "{way:?} {category} {given:?}");
                if told {
                    open += 1;
                } else {
                    shut += 1;
                }
            }
        }
    }
    assert!(open > 100 && shut > 100, "{open} open, {shut} shut");
}

#[test]
fn what_no_agreement_has_to_allow_is_asked_about_between_all_parties() {
    let file = mou::read("care", CARE).unwrap();
    let comparison = Comparison::of(std::slice::from_ref(&file), &[]);
    let parties: Vec<_> = file.paper.parties.iter().map(|party| &party.agency).collect();
    for purpose in PurposeOfUse::ALL {
        if law::needs_agreement(*purpose, Initiator::Requester)
            && law::needs_agreement(*purpose, Initiator::Source)
        {
            continue;
        }
        for (from, to) in parties
            .iter()
            .flat_map(|from| parties.iter().map(move |to| (from, to)))
        {
            let asked = comparison
                .ways
                .iter()
                .any(|way| way.purpose == *purpose && way.from == **from && way.to == **to);
            assert!(asked || from == to, "{purpose} from {from} to {to}");
        }
    }
}
