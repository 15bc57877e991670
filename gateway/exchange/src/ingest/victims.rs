//! People whom a source knows only through what its registration calls a victim service do not enter, not even by name
//! (34 USC 12291(b)(2); catalogue HP-4, VSP-1).
//!
//! An HMIS export's own word is heeded by its adapter; here the registry's is added to it, for every format.

use std::collections::{BTreeSet, HashMap};

use adapters::hmis;
use gateway_types::registry::{Agency, Programme};
use gateway_types::{SourceClientKey, SourceRecord};

/// What is accepted of an HMIS export of `source`.
pub(super) fn hmis_limits(source: &Agency) -> hmis::Limits {
    hmis::Limits {
        victim_service: projects(&source.programmes),
        ..hmis::Limits::default()
    }
}

fn projects(programmes: &[Programme]) -> hmis::RegisteredVictimService {
    let names = |wanted: fn(&Programme) -> bool| -> BTreeSet<String> {
        let named = programmes.iter().filter(|programme| wanted(programme));
        named
            .flat_map(|programme| programme.source_names.clone())
            .collect()
    };
    let unnamed_are_theirs = programmes
        .iter()
        .any(|programme| programme.covers_unnamed && programme.is_victim_service());
    if unnamed_are_theirs {
        return hmis::RegisteredVictimService::AllBut(names(|programme| !programme.is_victim_service()));
    }
    let theirs = names(Programme::is_victim_service);
    if theirs.is_empty() {
        hmis::RegisteredVictimService::None
    } else {
        hmis::RegisteredVictimService::Projects(theirs)
    }
}

/// Takes out every record about people of whom a push says something, and all of it by victim services. Returns how
/// many people that were.
pub(super) fn without_their_clients(source: &Agency, records: &mut Vec<SourceRecord>) -> u64 {
    // For each person: whether anything said about them is not a victim service's. What says who they are counts only
    // if nothing else is said: a shelter's bundle names a patient without naming itself there.
    let mut named: HashMap<SourceClientKey, Option<bool>> = HashMap::new();
    let mut stays: HashMap<SourceClientKey, Option<bool>> = HashMap::new();
    for record in records.iter() {
        let (said, client, elements) = match record {
            SourceRecord::Client { client, elements, .. } => (&mut named, client, elements),
            SourceRecord::About { client, elements, .. } => (&mut stays, client, elements),
            SourceRecord::Treating { .. } | SourceRecord::Withdrawn { .. } => continue,
        };
        let said = said.entry(client.clone()).or_default();
        for element in elements {
            let theirs = source.is_victim_service_programme(element.source_programme.as_deref());
            *said = Some(said.unwrap_or_default() || !theirs);
        }
    }
    for (client, of_the_name) in named {
        let said = stays.entry(client).or_default();
        *said = said.or(of_the_name);
    }
    let only_named_stays = !source.is_victim_service_programme(None);
    stays.retain(|_, stays| !stays.unwrap_or(only_named_stays));
    if stays.is_empty() {
        return 0;
    }
    records.retain(|record| match record {
        SourceRecord::Client { client, .. }
        | SourceRecord::About { client, .. }
        | SourceRecord::Treating { client, .. } => !stays.contains_key(client),
        SourceRecord::Withdrawn { .. } => true,
    });
    stays.len() as u64
}

#[cfg(test)]
mod tests {
    use gateway_types::record::{Payload, RecordKey};
    use gateway_types::vocabulary::{Category, WordSet};
    use gateway_types::{ClientIdentity, LabelledElement, ProgrammeId};

    use super::*;
    use crate::directory::read_registration;

    fn agency() -> Agency {
        read_registration(
            "x.toml",
            r#"
id = "harbor"
name = "Harbor"
kind = "behavioral_health_provider"
gateway_role = "business_associate"

[[programme]]
id = "clinic"
name = "Clinic"
regimes = ["HIPAA"]
source_names = ["clinic-1"]

[[programme]]
id = "shelter"
name = "Shelter"
regimes = ["VSP"]
source_names = ["shelter-1", "shelter-2"]
"#,
        )
        .unwrap()
    }

    fn programme(source: &mut Agency, id: &str) -> usize {
        let id = ProgrammeId::new(id).unwrap();
        source.programmes.iter().position(|known| known.id == id).unwrap()
    }

    fn element(programme: &str) -> LabelledElement {
        LabelledElement {
            record: RecordKey::new("Condition", programme),
            category: Some(Category::Conditions),
            source_programme: Some(programme.to_owned()),
            regimes: WordSet::EMPTY,
            sensitivity: WordSet::EMPTY,
            facts: WordSet::EMPTY,
            as_of: None,
            payload: Payload::new(),
        }
    }

    fn unnamed() -> LabelledElement {
        LabelledElement {
            source_programme: None,
            ..element("Patient")
        }
    }

    fn named(key: &str, elements: Vec<LabelledElement>) -> SourceRecord {
        SourceRecord::Client {
            client: SourceClientKey::new(key),
            identity: ClientIdentity::default(),
            elements,
            updated: None,
        }
    }

    fn about(key: &str, elements: Vec<LabelledElement>) -> SourceRecord {
        SourceRecord::About {
            client: SourceClientKey::new(key),
            elements,
            updated: None,
        }
    }

    #[test]
    fn whom_only_a_victim_service_knows_does_not_enter() {
        let mut records = vec![
            named("both", vec![element("shelter-1")]),
            about("both", vec![element("clinic-1")]),
            // A Patient without an organisation falls to the default programme.
            named("shelter only", vec![unnamed()]),
            about("shelter only", vec![element("shelter-2")]),
            about("shelter only", vec![element("shelter-1")]),
            named("only named", Vec::new()),
        ];
        assert_eq!(without_their_clients(&agency(), &mut records), 1);
        assert_eq!(
            records.len(),
            3,
            "both records about the one, and the one only named"
        );
    }

    #[test]
    fn who_is_only_named_is_the_default_programmes() {
        let mut agency = agency();
        agency.default_programme = Some(ProgrammeId::new("shelter").unwrap());
        let mut records = vec![
            named("only named", Vec::new()),
            named("clinic", vec![element("clinic-1")]),
        ];
        assert_eq!(without_their_clients(&agency, &mut records), 1);
        assert_eq!(records.len(), 1);
    }

    #[test]
    fn an_export_is_held_to_the_registration() {
        let mut agency = agency();
        let theirs =
            hmis::RegisteredVictimService::Projects(["shelter-1", "shelter-2"].map(String::from).into());
        assert_eq!(hmis_limits(&agency).victim_service, theirs);
        let shelter = programme(&mut agency, "shelter");
        agency.programmes[shelter].covers_unnamed = true;
        let others = hmis::RegisteredVictimService::AllBut([String::from("clinic-1")].into());
        assert_eq!(hmis_limits(&agency).victim_service, others);
        agency.programmes.remove(shelter);
        assert_eq!(
            hmis_limits(&agency).victim_service,
            hmis::RegisteredVictimService::None
        );
    }
}
