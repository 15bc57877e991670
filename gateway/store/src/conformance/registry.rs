//! Cases about the registry.

use gateway_types::WordSet;
use gateway_types::registry::Agency;
use gateway_types::vocabulary::{AgencyKind, Part2Status};

use super::sample::{agency, at, staff};
use crate::RecordStore;

fn registration(id: &str, name: &str) -> Agency {
    Agency {
        id: agency(id),
        name: name.to_owned(),
        kind: AgencyKind::Hospital,
        part2_program: Part2Status::Unknown,
        flags: WordSet::EMPTY,
        roles: WordSet::all(),
        programmes: Vec::new(),
        default_programme: None,
        systems: Vec::new(),
        instruments: Vec::new(),
        gateway_role: None,
        privacy_notice: None,
        emergency_discloser: None,
        disaster_closures: Vec::new(),
        token_keys: Vec::new(),
    }
}

pub(super) async fn the_same_content_enters_nothing(store: &dyn RecordStore) {
    let lakeside = registration("lakeside", "Lakeside Hospital");
    let first = store
        .enter_agency(&lakeside, at(1), &[staff("one")])
        .await
        .unwrap();
    assert_eq!((first.version, first.entered_at), (1, at(1)));
    let again = store
        .enter_agency(&lakeside, at(2), &[staff("two")])
        .await
        .unwrap();
    assert_eq!((again.version, again.entered_at), (1, at(1)));
    assert_eq!(again.entered_by, [staff("one")]);
    assert_eq!(store.agency_history(&lakeside.id).await.unwrap().len(), 1);
}

pub(super) async fn every_version_is_kept(store: &dyn RecordStore) {
    let old = registration("lakeside", "Lakeside Hospital");
    let new = registration("lakeside", "Lakeside Medical Centre");
    let other = registration("cedar", "Cedar Recovery");
    store.enter_agency(&old, at(1), &[staff("one")]).await.unwrap();
    let entered = store
        .enter_agency(&new, at(2), &[staff("one"), staff("two")])
        .await
        .unwrap();
    assert_eq!(entered.version, 2);
    store.enter_agency(&other, at(3), &[staff("one")]).await.unwrap();

    let newest = store.agencies().await.unwrap();
    let agencies: Vec<_> = newest.iter().map(|version| &version.agency).collect();
    assert_eq!(agencies, [&other, &new]);
    let history = store.agency_history(&old.id).await.unwrap();
    let versions: Vec<_> = history
        .iter()
        .map(|v| (v.version, &v.agency, v.entered_by.len()))
        .collect();
    assert_eq!(versions, [(1, &old, 1), (2, &new, 2)]);
    assert!(store.agency_history(&agency("nobody")).await.unwrap().is_empty());
    // What was there once may be entered again: it is a new version.
    assert_eq!(
        store
            .enter_agency(&old, at(4), &[staff("one")])
            .await
            .unwrap()
            .version,
        3
    );
}
