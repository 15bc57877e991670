//! The directory: the registry as one immutable value in memory, replaced whole when a version is entered.
//!
//! Every fact about an agency that a decision rests on is read from here, and each decision records the directory's
//! digest, so that it can be told later which registration was believed.

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_crypto::Digest;
use gateway_store::{RecordStore, RegistryVersion, StoreError};
use gateway_types::registry::{Agency, Programme};
use gateway_types::vocabulary::{Regime, Role};
use gateway_types::{AgencyId, Timestamp, WordSet};

/// Why a registration may not be entered. For the operator: names the place in the file.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// The file is not TOML of the right shape.
    #[error("{name}: {message}")]
    Malformed {
        /// The file's name.
        name: String,
        /// What the parser said, with line and column.
        message: String,
    },
    /// What it says does not hold together.
    #[error("{name}: `{key}`: {why}")]
    Unsound {
        /// The file's name.
        name: String,
        /// The key concerned.
        key: &'static str,
        /// What is wrong.
        why: &'static str,
    },
}

/// Reads one registration file and checks that it holds together.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn read_registration(name: &str, text: &str) -> Result<Agency, RegistrationError> {
    let agency: Agency = toml::from_str(text).map_err(|error| RegistrationError::Malformed {
        name: name.to_owned(),
        message: error.to_string(),
    })?;
    match unsound(&agency) {
        Some((key, why)) => Err(RegistrationError::Unsound {
            name: name.to_owned(),
            key,
            why,
        }),
        None => Ok(agency),
    }
}

/// Roles that need a proof of identity of their own, which an agency's token is not.
const CLIENT_SIDE: [Role; 4] = [Role::Client, Role::Guardian, Role::Parent, Role::FamilyCaregiver];

/// What does not hold together in a registration: the key and why.
fn unsound(agency: &Agency) -> Option<(&'static str, &'static str)> {
    if agency.id.is_canary() {
        return Some(("id", "ids that begin so are the gateway's own"));
    }
    if agency.name.trim().is_empty() {
        return Some(("name", "an agency needs a name that people know"));
    }
    if !distinct(agency.programmes.iter().map(|programme| programme.id.as_str())) {
        return Some(("programme.id", "two programmes have the same id"));
    }
    if !distinct(agency.systems.iter().map(|system| system.id.as_str())) {
        return Some(("system.id", "two systems have the same id"));
    }
    if !distinct(agency.token_keys.iter().map(|key| key.kid.as_str())) {
        return Some(("token_key.kid", "two token keys have the same kid"));
    }
    let source_names = agency
        .programmes
        .iter()
        .flat_map(|programme| &programme.source_names);
    if !distinct(source_names.map(String::as_str)) {
        return Some((
            "programme.source_names",
            "two programmes go by the same name, so it would not be known which law binds a record",
        ));
    }
    if agency.roles.contains_any(&CLIENT_SIDE) {
        return Some((
            "roles",
            "an agency cannot vouch for a client, a guardian or a relative as one of its own people",
        ));
    }
    if agency
        .programmes
        .iter()
        .any(|programme| programme.regimes.is_empty())
    {
        return Some((
            "programme.regimes",
            "a programme with no regime would bind nobody; write `NONE` if that is meant",
        ));
    }
    if agency
        .default_programme
        .as_ref()
        .is_some_and(|id| agency.programme(id).is_none())
    {
        return Some(("default_programme", "there is no such programme in this file"));
    }
    if agency
        .programmes
        .iter()
        .filter(|programme| programme.covers_unnamed)
        .count()
        > 1
    {
        return Some((
            "programme.covers_unnamed",
            "only one programme can stand for the names that no other lists",
        ));
    }
    if agency
        .instruments
        .iter()
        .any(|instrument| instrument.expires.is_some_and(|last| last < instrument.effective))
    {
        return Some(("instrument.expires", "it ends before it begins"));
    }
    None
}

fn superseded(history: Vec<RegistryVersion>) -> Arc<[Superseded]> {
    let until: Vec<Timestamp> = history.iter().skip(1).map(|entry| entry.entered_at).collect();
    let superseded = until.into_iter().zip(history);
    superseded.map(|(until, entry)| (until, entry.agency)).collect()
}

fn distinct<'a>(ids: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let mut ids = ids;
    ids.all(|id| seen.insert(id))
}

/// A registration that another has taken the place of, and when.
type Superseded = (Timestamp, Agency);

/// The newest registration of every agency, and what was registered before it.
#[derive(Debug, Default)]
pub struct Directory {
    agencies: BTreeMap<AgencyId, RegistryVersion>,
    superseded: BTreeMap<AgencyId, Arc<[Superseded]>>,
    digest: Option<Digest>,
}

impl Directory {
    /// The directory of these registrations.
    #[must_use]
    pub fn new(versions: Vec<RegistryVersion>) -> Self {
        let agencies: BTreeMap<_, _> = versions
            .into_iter()
            .map(|version| (version.agency.id.clone(), version))
            .collect();
        let stated: Vec<_> = agencies
            .values()
            .map(|entry| (entry.version, &entry.agency))
            .collect();
        let digest = serde_json::to_vec(&stated).ok().map(|bytes| Digest::of(&bytes));
        Self {
            agencies,
            superseded: BTreeMap::new(),
            digest,
        }
    }

    /// The directory as the store has it. What `before` knows already is not read again.
    pub(crate) async fn read(store: &dyn RecordStore, before: Option<&Self>) -> Result<Self, StoreError> {
        let mut directory = Self::new(store.agencies().await?);
        for (id, entry) in &directory.agencies {
            let same = before.filter(|before| {
                let known = before.agencies.get(id);
                known.is_some_and(|known| known.version == entry.version)
            });
            let superseded = match same {
                Some(before) => before.superseded.get(id).cloned().unwrap_or_default(),
                None if entry.version == 1 => Arc::default(),
                None => superseded(store.agency_history(id).await?),
            };
            directory.superseded.insert(id.clone(), superseded);
        }
        Ok(directory)
    }

    /// The regimes under which a unit of a source was registered at `received_at` or since, and is no longer or under others. A
    /// record that is bound late, by a registration that comes after it, stays bound by it as one that came after it does:
    /// taking a registration back makes nothing freer.
    pub(crate) fn once_bound<'a>(
        &'a self,
        source: &AgencyId,
        received_at: Timestamp,
        unit: impl Fn(&'a Agency) -> Option<&'a Programme>,
    ) -> WordSet<Regime> {
        let superseded = self.superseded.get(source).map_or(&[][..], |all| all);
        superseded
            .iter()
            .filter(|(until, _)| received_at < *until)
            .filter_map(|(_, agency)| unit(agency))
            .fold(WordSet::EMPTY, |all, programme| all.union(programme.regimes))
    }

    /// The registration of an agency, in force or not.
    #[must_use]
    pub fn agency(&self, id: &AgencyId) -> Option<&Agency> {
        self.agencies.get(id).map(|entry| &entry.agency)
    }

    /// The registration of an agency that may exchange at `now`: registered, and with an instrument in force.
    #[must_use]
    pub fn exchanging(&self, id: &AgencyId, now: Timestamp) -> Option<&Agency> {
        self.agency(id).filter(|agency| agency.may_exchange(now))
    }

    /// Every registration, by id.
    pub fn versions(&self) -> impl Iterator<Item = &RegistryVersion> {
        self.agencies.values()
    }

    /// The digest of all of it, for the audit entry.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest.unwrap_or_else(|| Digest::of(b""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
id = "harbor-crisis"
name = "Harbor Crisis Services"
kind = "behavioral_health_provider"
roles = ["clinician"]

[[programme]]
id = "mobile"
name = "Mobile crisis"
regimes = ["HIPAA"]
source_names = ["harbor-mobile"]
"#;

    #[test]
    fn a_sound_registration_is_read() {
        assert_eq!(read_registration("x.toml", GOOD).unwrap().programmes.len(), 1);
    }

    #[test]
    fn what_does_not_hold_together_is_named_by_its_key() {
        let twice = format!(
            "{GOOD}\n[[programme]]\nid = \"detox\"\nname = \"Detox\"\nregimes = [\"P2\"]\nsource_names = [\"harbor-mobile\"]\n"
        );
        let cases = [
            (twice, "source_names"),
            (GOOD.replace("[\"clinician\"]", "[\"client\"]"), "roles"),
            (GOOD.replace("[\"HIPAA\"]", "[]"), "regimes"),
            (GOOD.replace("Harbor Crisis Services", " "), "name"),
            (GOOD.replace("harbor-crisis", "assent-canary-x"), "gateway's own"),
            (GOOD.replace("roles =", "rolls ="), "rolls"),
            (GOOD.replace("\"clinician\"", "\"healer\""), "line 5"),
        ];
        for (text, place) in cases {
            let error = read_registration("x.toml", &text).unwrap_err().to_string();
            assert!(error.contains(place), "{error}");
        }
    }
}
