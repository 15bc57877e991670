//! What is to run is exactly the floor that was proved; agreements add nothing that could widen it or fail.

use policies::Agreements;
use policies_reference::{ActiveSet, Floor, NotActive, ReferenceEngine, proved_floor};

use crate::papers::files;

fn shipped() -> Agreements {
    let files = files();
    let pairs: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Agreements::load(&pairs).unwrap()
}

#[test]
fn the_floor_of_this_build_is_the_one_that_was_proved() {
    assert_eq!(
        Floor::load().unwrap().hash(),
        proved_floor().unwrap(),
        "the floor was changed: prove it anew, and record that, with \
         `ASSENT_WRITE_PROVED=1 cargo test -p policies-reference --test prove every_property`"
    );
}

#[test]
fn the_agreements_that_ship_may_come_into_force() {
    let set = ActiveSet::of(&shipped()).unwrap();
    assert_eq!(set.floor, proved_floor().unwrap());
    assert!(set.policies > 20, "{}", set.policies);
}

#[test]
fn a_floor_that_is_not_the_proved_one_lets_no_agreement_into_force() {
    let floor = Floor::load().unwrap();
    for bent in [floor.without("HP-1").unwrap(), floor.opened("P2-51").unwrap()] {
        let expected = bent.hash();
        let engine = ReferenceEngine::with_floor(bent, &shipped()).unwrap();
        match ActiveSet::run_by(&engine) {
            Err(NotActive::OtherFloor { found, .. }) => assert_eq!(found, expected),
            other => panic!("{other:?}"),
        }
    }
}
